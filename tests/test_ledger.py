"""The ledger: the notebooks show what the lessons claim, every sentence of the article has a verdict or a reason."""

import ast
import json
import re
from collections import Counter

import pytest

from utils import ledger
from utils.course import CHAPTERS, LESSONS
from utils.errors import CourseError

pytestmark = pytest.mark.static

ENTRIES = ledger.entries()
ARTICLE = ledger.article()
NAMES = {path.stem for path in ledger.notebooks()}


def claimed(text: str) -> tuple[list[tuple], set[str]]:
    """(where, what, verdict) of each claim that a lesson's text writes out, and all texts that stand in it.

    A claim may also be made by a function of the lesson, or its verdict be chosen by an `if`: then only the texts are known.
    """
    nodes = list(ast.walk(ast.parse(text)))
    calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    claims = [call.args for call in calls if call.func.id == "claim"]
    plain = [args for args in claims if all(isinstance(arg, ast.Constant) for arg in args)]
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return [tuple(arg.value for arg in args) for args in plain], texts


@pytest.mark.parametrize("lesson", sorted(path.stem for path in LESSONS.glob("*.py")))
def test_the_notebook_shows_the_verdicts_of_the_lesson_s_text(lesson):
    shown = [(e.where, e.what, e.verdict) for e in ledger.verdicts(CHAPTERS / f"{lesson}.ipynb")]
    plain, texts = claimed((LESSONS / f"{lesson}.py").read_text(encoding="utf-8"))
    assert Counter(plain) <= Counter(shown)
    assert {text for one in shown for text in one} <= texts
    assert max(Counter(shown).values(), default=1) == 1


def test_claims_of_a_text():
    text = "claim('§1', 'a', 'right', evidence=True)\n\ndef say(what):\n    claim('§2', what, 'wrong', evidence=True)\n\nsay('b')"
    plain, texts = claimed(text)
    assert plain == [("§1", "a", "right")]
    assert {"§2", "b", "wrong"} <= texts


def test_every_link_leads_to_a_cell_that_claims():
    for entry in ENTRIES:
        name, _, cell = entry.link.partition("#cell-id=")
        cells = json.loads((CHAPTERS / name).read_text(encoding="utf-8"))["cells"]
        (source,) = ["".join(c["source"]) for c in cells if c["id"] == cell]
        assert any(f"{caller}(" in source for caller in ledger._callers(cells)), entry


# ------------------------------------------------------------------------------
# the article


def test_no_sentence_of_the_article_is_open():
    states = {sentence: ledger.state(sentence, ENTRIES, NAMES) for sentence in ARTICLE}
    assert [sentence for sentence, state in states.items() if state == "open"] == []
    # what comes later names a lesson that can come
    assert all(re.fullmatch(r"\d\d[a-z]?_\w+", s.lesson) for s, state in states.items() if state == "later")


def test_every_verdict_is_on_a_sentence_of_the_article_and_on_no_foreign_one():
    for entry in ENTRIES:
        on = [sentence for sentence in ARTICLE if ledger.judging(sentence, [entry])]
        assert on, entry
        assert {sentence.section for sentence in on} <= set(entry.sections)


def test_a_sentence_is_judged_by_the_lesson_that_it_names():
    for sentence in ARTICLE:
        judges = {entry.lesson for entry in ledger.judging(sentence, ENTRIES)}
        assert not judges or sentence.because or sentence.lesson in judges, sentence


def test_the_table_of_the_article_is_in_order_and_in_our_words():
    sections = [s.section for s in ARTICLE]
    assert sections == sorted(sections, key=ledger.place)
    assert all(re.fullmatch(r"abstract|§\d+(\.\d+)*", section) for section in sections)
    assert len({s.says for s in ARTICLE}) == len(ARTICLE)
    for sentence in ARTICLE:
        assert sentence.says.endswith("."), sentence
        assert len(sentence.says.split()) <= 20, sentence
        assert not re.search(r"[\u4e00-\u9fff]", sentence.says), (
            "the article's own text is no part of the course"
        )
        assert bool(sentence.because) or bool(sentence.key and sentence.lesson), sentence
        assert sentence.key == sentence.key.casefold()
        assert sentence.fault in {"", *ledger.FAULTS}


def test_every_section_of_the_article_has_a_sentence():
    parts = {ledger.place(section)[:2] for section in {s.section for s in ARTICLE}}
    wanted = {
        (), (1,), (2, 1), (2, 2), (2, 3), (2, 4), (3, 1), (3, 2), (3, 3), (4, 1), (4, 2), (4, 3), (5, 1),
        (5, 2), (5, 3), (5, 4), (6, 1), (6, 2), (6, 3), (6, 4), (7, 1), (7, 2), (7, 3), (8, 1), (8, 2),
        (9, 1), (9, 2), (10,),
    }  # fmt: skip
    assert parts == wanted


def test_what_is_not_right_has_a_fault():
    for entry in ENTRIES:
        assert bool(ledger.fault_of(entry, ARTICLE)) == (entry.kind != "right"), entry
    for sentence in ARTICLE:
        kinds = {entry.kind for entry in ledger.judging(sentence, ENTRIES)}
        assert not sentence.fault or kinds != {"right"}, sentence


# ------------------------------------------------------------------------------
# kinds


def test_every_verdict_has_a_kind():
    assert {entry.verdict for entry in ENTRIES if entry.kind == "other"} == set()
    assert sum(Counter(e.kind for e in ENTRIES).values()) == len(ENTRIES)
    assert set(ledger.WORDS) | {"right", "right, with a condition"} == set(ledger.KINDS)


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        ("right", "right"),
        ("Right", "right"),
        ("right, but", "right, with a condition"),
        ("right; these images need none", "right, with a condition"),
        ("half right", "imprecise"),
        ("right book, wrong DOI", "imprecise"),
        ("incomplete", "imprecise"),
        ("impossible", "wrong"),
        ("possible, and not shown", "not shown"),
        ("contradicts itself", "wrong"),
        ("outdated", "imprecise"),
        ("wrong for pre-trained models", "imprecise"),
        ("right in principle, no guarantee", "right, with a condition"),
        ("not decided with these parameters", "not shown"),
        ("not found", "not shown"),
        ("copyright", "other"),
        ("", "other"),
    ],
)
def test_kinds(verdict, kind):
    assert ledger.kind_of(verdict) == kind


# ------------------------------------------------------------------------------
# reading


def notebook(folder, name, *outputs, source="claim('§1', 'a < b', 'right', evidence=True)", count=None):
    """A notebook with one cell, as a learner's disk may hold it."""
    cell = {"cell_type": "code", "id": "x-1", "source": [source], "outputs": list(outputs)} | {
        "execution_count": count
    }
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    return path


def output(where, what="a < b", verdict="right"):
    record = {"where": where, "what": what, "verdict": verdict, "right": "b & c"}
    return {"output_type": "display_data", "data": {}, "metadata": {"cornerstone_claim": record}}


def test_a_notebook_without_its_outputs_is_not_passed_over(tmp_path):
    path = notebook(tmp_path, "01_a")
    with pytest.raises(CourseError, match=r"01_a\.ipynb shows no verdict for a claim: run that notebook"):
        ledger.verdicts(path)
    assert ledger.verdicts(notebook(tmp_path, "02_b", source="claims = 1  # claim(")) == []


def test_a_claim_under_an_if_or_in_a_function_is_not_passed_over(tmp_path):
    under_if = "if shown:\n    claim('§1', 'a', 'right', evidence=True)"
    with pytest.raises(CourseError, match="shows no verdict"):  # it never ran
        ledger.verdicts(notebook(tmp_path, "01_a", source=under_if))
    assert ledger.verdicts(notebook(tmp_path, "01_a", source=under_if, count=3)) == []
    by_name = "def say(what):\n\n    claim('§1', what, 'right', evidence=True)\n\nsay('a')"
    with pytest.raises(CourseError, match="shows no verdict"):
        ledger.verdicts(notebook(tmp_path, "01_a", source=by_name, count=3))
    assert len(ledger.verdicts(notebook(tmp_path, "01_a", output("§1"), source=by_name, count=3))) == 1


def test_a_copy_of_a_notebook_is_no_lesson(tmp_path):
    for name in ("01_a", "01_a-Copy1", "Untitled"):
        notebook(tmp_path, name, output("§1", name))
    assert [e.what for e in ledger.entries(tmp_path)] == ["01_a"]


def test_a_lesson_reads_only_the_notebooks_before_it(tmp_path):
    for name in ("02_b", "10a_c", "01_a", "10b_d"):
        notebook(tmp_path, name, output("§1", name))
    assert [e.what for e in ledger.entries(tmp_path)] == ["01_a", "02_b", "10a_c", "10b_d"]
    assert [e.what for e in ledger.entries(tmp_path, before="10a_c")] == ["01_a", "02_b"]


def test_the_table_is_sorted_by_the_article_and_escapes_what_it_shows(tmp_path):
    notebook(tmp_path, "01_a", output("§10"), output("§4.2.1, §9"), output("abstract"), output("§4.2"))
    page = ledger.as_html(ledger.entries(tmp_path), folder="chapters/")
    assert re.findall(r"<tr><td>([^<]+)", page) == ["abstract", "§4.2", "§4.2.1, §9", "§10"]
    assert page.count("a &lt; b") == page.count("<td>b &amp; c</td>") == 4
    assert 'href="chapters/01_a.ipynb#cell-id=x-1">1</a>' in page


def test_the_stored_ledger_is_that_of_the_stored_notebooks():
    """Fails when a claim was changed and the lesson that shows the ledger was not built again."""
    cells = json.loads((CHAPTERS / "10a_ledger.ipynb").read_text(encoding="utf-8"))["cells"]
    pages = [
        "".join(output["data"]["text/html"])
        for cell in cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    assert ledger.as_html(ledger.entries(before="10a_ledger")) in pages
