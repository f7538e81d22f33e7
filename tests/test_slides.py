"""`course slides`: what stands on a slide, and, where the site's tools are installed, the decks in a browser."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from rich.console import Console
from test_handout import answers
from tiny_course import course, lay, sentence

from utils.course import CHAPTERS, SOLUTIONS, teaching
from utils.course.lesson import names, read
from utils.course.site import TOOLS
from utils.course.slides import (
    LINES,
    LOADED,
    SHELF,
    as_notebook,
    blocks,
    closed,
    deck,
    idea,
    index,
    pages,
    sentences,
    slides,
    spoken,
    with_notes,
    written,
)
from utils.errors import CourseError

QUIET = Console(quiet=True)
NEEDS_TOOLS = pytest.mark.skipif(
    not any(TOOLS.parent.glob("lib/*/site-packages/sphinx_revealjs")),
    reason="`make slides` installs what makes the decks",
)
CHROMIUM = shutil.which("chromium")
FULL = ["00", "03a", "06k", "07", "08f", "10a"]


def drawn(text: str) -> str:
    return f"<svg><title>{len(text)}</title></svg>"


def prose(source: str) -> dict:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code(source: str, *outputs: dict, tags: tuple[str, ...] = ()) -> dict:
    return {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": source, "outputs": list(outputs)}


def said(text: str) -> dict:
    return {"output_type": "stream", "name": "stdout", "text": text}


def shown(alt: str) -> dict:
    return {
        "output_type": "display_data",
        "data": {"image/png": "AAAA"},
        "metadata": {"image/png": {"alt": alt}},
    }


def judged(text: str) -> dict:
    box = f'<div style="border-left:6px solid #009E73;padding:.5em 1em">{text}</div>'
    return {"output_type": "display_data", "data": {"text/html": box}, "metadata": {}}


FIRST = prose("# 1 · Small\n\nDo it.\n\n5 min to read\n\n**You will be able to**\n- do it;\n- undo it.\n")


def made(*cells: dict) -> list[tuple[str, str]]:
    """The slides after the first two: title, and all that stands below it."""
    found = deck([FIRST, *cells], drawn)
    return [(slide.title, f"{slide.text}\n{slide.shown}".strip()) for slide in found[2:]]


# ------------------------------------------------------------------------------
# prose


def test_an_idea_is_the_first_sentence_and_the_next():
    assert idea("One is here. Two is here too. Three is left out.", 20) == "One is here. Two is here too."
    assert idea("One is here. Two is here too.", 5) == "One is here."
    assert idea("$$x$$\n\n- a list\n\nThen the prose begins.", 20) == "Then the prose begins."
    assert idea("", 20) == ""


def test_a_sentence_with_a_term_goes_before_the_next_unless_it_leans_on_another():
    assert (
        idea("One is here. Two is here. A **term** is made here.", 30)
        == "One is here. A **term** is made here."
    )
    assert idea("One is here. Two is here. It is a **term** here.", 30) == "One is here. Two is here."
    assert idea("You make mistakes. **Forgotten reset.** More.", 30) == "You make mistakes."


def test_no_sentence_ends_inside_brackets_bold_type_code_a_formula_or_a_quotation():
    for text in (
        "**Bold. And on.** Then.",
        "`a. B` is code. Then.",
        '"It works. We saw it." Then.',
        "$a. B$ holds. Then.",
        "It favours hard ones (Z. Liu and others, 2025). Then.",
        "It fails (not often. Yet it does). Then.",
    ):
        assert len(sentences(text)) == 2, text


def test_blocks_keep_a_formula_with_a_blank_line_whole():
    assert blocks("a\n\n$$x\n\ny$$\n\n- b\n- c") == ["a", "$$x\n\ny$$", "- b\n- c"]


def test_long_prose_is_split_where_a_sentence_ends_into_parts_of_about_one_length():
    text = " ".join(f"This is sentence number {n} of a text." for n in range(30))
    parts = pages(text, 100)
    assert " ".join(parts) == text
    assert len(parts) == 3
    assert all(60 < len(part.split()) <= 100 for part in parts)


def test_long_lists_are_split_between_their_items():
    text = "Read this:\n\n" + "\n".join(f"- item {n} has six words here" for n in range(30))
    parts = pages(text, 100)
    assert len(parts) > 1
    assert "\n".join(parts).count("- item") == 30
    assert all(part.startswith(("- item", "Read this")) for part in parts)


# ------------------------------------------------------------------------------
# what stands on a slide


def test_the_first_slides_have_title_promise_and_goals():
    first, second = deck([FIRST], drawn)
    assert (first.title, first.text, first.look, first.below) == ("1 · Small", "Do it.", "title", False)
    assert (second.text, second.below) == ("- do it;\n- undo it.", True)


def test_a_heading_with_its_picture_and_no_code():
    [(title, text)] = made(
        prose("## 1.1 Idea\n\nOne is here."), code("plot(1)", said("2"), shown('a "line"'))
    )
    assert title == "1.1 Idea"
    assert text.startswith("One is here.")
    assert '<img alt="a &quot;line&quot;" src="data:image/png;base64,AAAA">' in text
    assert "plot(1)" not in text


def test_the_class_predicts_before_it_sees():
    question, answer = made(
        prose("## 1.1 Idea\n\nOne is here. Predict: how many?"), code("print(2)", said("2\n"))
    )
    assert question == ("1.1 Idea", "One is here.\n\n> Predict: how many?")
    assert answer[1].endswith("<pre>2</pre>")


def test_a_formula_stands_before_the_picture():
    first, second = made(prose("## 1.1 Idea\n\nOne is here.\n\n$$a = b$$"), code("", shown("line")))
    assert first[1] == "One is here.\n\n$$a = b$$"
    assert "<img" in second[1]


def test_short_code_with_its_result_and_long_code_without():
    short, long = "a = 1\nprint(a)", "\n".join(f"a = {n}" for n in range(9))
    assert made(prose("## 1.1 A\n\nOne is here."), code(short, said("<1>\n")))[0][1] == (
        f"One is here.\n~~~python\n{short}\n~~~\n\n<pre>&lt;1&gt;</pre>"
    )
    assert (
        made(prose("## 1.1 A\n\nOne is here."), code(long, said("1\n")))[0][1] == "One is here.\n<pre>1</pre>"
    )
    assert made(prose("## 1.1 A\n\nOne is here."), code(long))[0][1] == "One is here."
    assert made(prose("## 1.1 A\n\nOne is here."), code("import os"))[0][1] == "One is here."


def test_a_long_result_is_cut():
    text = made(prose("## 1.1 A\n\nOne."), code("x\n" * 9, said("\n".join("abcdefghijklmnopqrst"))))[0][1]
    assert text.count("\n") == LINES + 1
    assert text.endswith("…</pre>")


def test_an_exercise_is_its_text_alone():
    found = made(
        prose("## 1.1 A\n\nOne is here."),
        prose(
            "### Exercise 1.1 · Double ●○○ 5 min\n\nDo [it](02.ipynb).\n\n<details><summary>Hint 1</summary>2 · x</details>"
        ),
        code("def double(x):\n    return 2 * x", said("secret"), tags=("exercise-1.1",)),
        code('check("1.1", double)', said("✔ 1.1"), tags=("check-1.1",)),
    )
    assert found == [("1.1 A", "One is here."), ("Exercise 1.1 · Double ●○○ 5 min", "Do it.")]


def test_a_long_exercise_goes_on_below():
    text = " ".join(f"This is sentence number {n} of a text." for n in range(20))
    first, second = made(prose(f"### Exercise 1.1 · Long ●○○ 5 min\n\n{text}"))
    assert second[0] == "Exercise 1.1 · Long ●○○ 5 min, continued"
    assert f"{first[1]} {second[1]}" == text


def test_verdicts_have_slides_of_their_own_and_sources_none():
    found = made(
        prose("## 1.2 What the article says\n\nTwo sentences."),
        code("claim(1)", *[judged(f"claim {n}") for n in range(4)]),
        prose("## Recap\n\n1. One.\n2. Two.\n\n**Next:** more.\n\n## Sources\n\n- A book"),
        prose("after"),
    )
    assert [title for title, _ in found] == [
        "1.2 What the article says",
        "The article, judged",
        "The article, judged",
        "Recap",
    ]
    assert found[1][1].count("claim") == 3
    assert found[3][1] == "1. One.\n2. Two."


def test_a_diagram_is_drawn_and_parameters_and_set_up_are_left_out():
    found = made(
        code("seed: int = 0", tags=("parameters",)),
        code("start()", said("started")),
        prose("## 1.1 Map\n\nOne is here.\n\n```mermaid\nflowchart\n```\n"),
    )
    assert found == [
        ("1.1 Map", "One is here."),
        ("1.1 Map", '<div class="picture"><svg><title>10</title></svg></div>'),
    ]


def test_notes_are_the_teacher_s_plan_and_own_notes():
    page = (
        "## 90 minutes\n\n- **0–4 · Open** with what they will be able to do.\n- **4–9 · 1.1 A**: One is here.\n"
        "  - Ask: how many?\n- **9–14 · In class: exercise 1.1 · Double (●○○ 5 min)**\n\n## Common mistakes\n\n- a slip\n\n"
        f"## Notes\n\n{teaching.BEGIN}\nBring chalk.\n{teaching.END}\n"
    )
    assert spoken(page)["1.1 A"] == "**Minutes 4–9**: One is here.\n  - Ask: how many?"
    cells = [FIRST, prose("## 1.1 A\n\nOne is here."), prose("### Exercise 1.1 · Double ●○○ 5 min\n\nDo it.")]
    found = with_notes(deck(cells, drawn), page)
    assert [slide.notes.partition("**:")[0] for slide in found] == [
        "**Minutes 0–4** with what they will be able to do.\n\nBring chalk.",
        "",
        "**Minutes 4–9",
        "**Minutes 9–14**",
    ]
    text = written(found)
    assert text.count('<aside class="notes">') == 3
    assert text.count('<div class="slide ') == 4
    assert "slip" not in text


def test_the_page_keeps_code_formulas_and_words_as_they_are():
    cells = [
        FIRST,
        prose("## 1.1 A\n\nLet $a_i < b_i$ and $c_i$ be *few*."),
        code("print('<b>')", said("<b>\n\n$5 and $6\n")),
    ]
    text = written(deck(cells, drawn))
    assert "$a_i &lt; b_i$ and $c_i$" in text
    assert "<em>few</em>" in text
    assert "<pre>&lt;b&gt;\n\n$5 and $6</pre>" in text
    assert not re.search(r'(src|href)="(https?:)?//', text)


def test_the_list_names_each_deck_once_with_its_promise():
    told = {name: (f"Title {name}", "Do <it>.", 7) for name in names()}
    text = index(told)
    assert re.findall(r'href="(\w+)\.html"', text) == names()
    assert text.count("Do &lt;it&gt;.") == len(names())
    assert not re.search(r'(src|href)="(https?:)?//', text)


# ------------------------------------------------------------------------------
# the lessons


def stored(folder: Path, name: str) -> list[dict]:
    return json.loads((folder / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]


def masked(text: str) -> str:
    """Without numbers, which another run may measure otherwise, and without the marks of what is solved."""
    return re.sub(r"[✔○]+|[-−]?\d[\d.,e+-]*", "#", text)


@pytest.mark.static
@pytest.mark.parametrize("lesson", names())
def test_no_answer_no_check_and_no_hint_stands_on_a_slide(lesson):
    cells = stored(SOLUTIONS, lesson)
    text = "\n".join(cell.source for cell in as_notebook(deck(cells, drawn)).cells)
    open_text = "\n".join("".join(cell["source"]) for cell in stored(CHAPTERS, lesson))
    lines = {line.strip() for block in answers(lesson) for line in block.split("\n")}
    secret = {line for line in lines if len(line) > 15 and line not in open_text}
    assert [line for line in secret if line in text] == []
    assert not re.search(r"<details|Hint 1|^check\(|^✔ \d", text, re.M)
    for cell in read(SOLUTIONS.parent / "lessons" / f"{lesson}.py").code():
        if cell.checked():
            asked = [line.strip() for line in cell.source.split("\n") if line.strip().startswith("c.")]
            assert not any(line in text for line in asked)


@pytest.mark.static
@pytest.mark.parametrize("lesson", names())
def test_what_was_printed_says_no_more_than_a_chapter_with_open_exercises(lesson):
    told = {
        cell["id"]: masked("".join("".join(output.get("text", "")) for output in cell.get("outputs", [])))
        for cell in stored(CHAPTERS, lesson)
    }
    for cell in stored(SOLUTIONS, lesson):
        if cell["cell_type"] == "code" and not closed(cell) and lesson != "00_start_here":
            text = "".join("".join(output.get("text", "")) for output in cell["outputs"])
            assert masked(text) == told[cell["id"]]


@pytest.mark.static
@pytest.mark.parametrize("lesson", names())
def test_every_heading_picture_exercise_and_verdict_of_a_lesson_has_its_slide(lesson):
    cells = stored(SOLUTIONS, lesson)
    found = deck(cells, drawn)
    prose_text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    # a heading with nothing but an exercise below it has the exercise's slide
    prose_text = re.sub(r"^## .+\s+(?=### Exercise)", "", prose_text, flags=re.M)
    headings = [one for one in re.findall(r"^#{2,3} (.+)$", prose_text, re.M) if one != "Sources"]
    titles = [slide.title for slide in found]
    assert [one for one in headings if one not in titles and "What the article says" not in one] == []
    text = "\n".join(slide.source() for slide in found)
    outputs = [output for cell in cells for output in cell.get("outputs", []) if not closed(cell)]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert text.count('<img alt="') == len(pictures)
    assert '<img alt=""' not in text
    verdicts = [
        one for one in outputs if "border-left:6px" in "".join(one.get("data", {}).get("text/html", ""))
    ]
    assert text.count("border-left:6px") == len(verdicts)


# ------------------------------------------------------------------------------
# the command


def shelf(root: Path) -> Path:
    """An environment of the site in which the files of reveal.js and MathJax are empty."""
    for file in LOADED:
        place = root / "lib" / "python3" / "site-packages" / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    return root / "bin"


def test_decks_are_made_whole_and_take_the_place_of_older_ones(built, tmp_path):
    tools, out = shelf(tmp_path / "tools"), tmp_path / "wall"
    done = course(built, "slides", str(out), "--tools", str(tools))
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 decks" in done.stdout
    pages_made = {"index.html", "01_params.html", "02_trouble.html", "03_meet.html"}
    assert {path.name for path in out.iterdir()} == {*pages_made, SHELF}
    for page in pages_made - {"index.html"}:
        loads = re.findall(r'(?:src|href)="([^":]+)"', (out / page).read_text(encoding="utf-8"))
        assert loads
        assert all((out / place).is_file() for place in loads)
    again = course(built, "slides", str(out), "--lessons", "3", "--tools", str(tools))
    assert again.returncode == 0, again.stderr
    assert sorted(path.name for path in out.glob("*.html")) == ["03_meet.html", "index.html"]
    assert sorted(os.listdir(tmp_path)) == ["tools", "wall"]


def test_what_cannot_be_done_is_one_sentence_and_leaves_nothing(tmp_path):
    root = lay(tmp_path / "course")
    tools, out = shelf(tmp_path / "tools"), tmp_path / "wall"
    ask = lambda *more: sentence(course(root, "slides", str(out), "--tools", str(tools), *more))  # noqa: E731
    assert "There are no notebooks yet" in ask()
    page = root / "solutions" / "01_params.ipynb"
    page.write_text("<<<<<<< HEAD", encoding="utf-8")
    assert "01_params.ipynb is not a whole notebook" in ask()
    assert "There is no lesson '9z'" in ask("--lessons", "9z")
    page.write_text(json.dumps({"cells": []}), encoding="utf-8")
    assert "has no heading" in ask()
    assert sorted(os.listdir(tmp_path)) == ["course", "tools"]


def test_a_folder_that_holds_no_slides_stays(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(CourseError, match="holds no slides made by this command"):
        slides(tmp_path, "00", console=QUIET)
    assert os.listdir(tmp_path) == ["letter.txt"]


def test_without_its_tools_one_sentence_says_what_installs_them(tmp_path):
    with pytest.raises(CourseError, match="`make slides` installs"):
        slides(tmp_path / "wall", "03a", tools=tmp_path / "bin", console=QUIET)
    assert os.listdir(tmp_path) == []


# ------------------------------------------------------------------------------
# in a browser

MEASURE = """() => [...document.querySelectorAll(".slide")].map((slide) => {
  return {
    title: slide.querySelector("h1, h2").textContent,
    size: Number(slide.dataset.size),
    over: Math.max(slide.scrollHeight - 720, slide.scrollWidth - 1280),
    picture: slide.querySelector(".picture")?.clientHeight ?? 720,
  };
})"""


@NEEDS_TOOLS
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_no_slide_overflows_and_nothing_is_asked_for_from_elsewhere(tmp_path):
    from playwright.sync_api import sync_playwright

    out = tmp_path / "wall"
    assert slides(out, ",".join(FULL), console=QUIET) == 0
    asked: list[str] = []
    errors: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        tab = browser.new_page(viewport={"width": 1280, "height": 720})
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: errors.append(str(error)))
        for page in sorted(out.glob("*_*.html")):
            tab.goto(page.as_uri())
            tab.wait_for_function("window.Reveal && Reveal.isReady()", timeout=60_000)
            # as they are shown: each slide has its turn before the wall
            tab.evaluate(
                "document.querySelectorAll('.slides section').forEach((one) => one.style.display = 'block')"
            )
            for slide in tab.evaluate(MEASURE):
                assert slide["over"] <= 0, (page.stem, slide)
                assert slide["size"] >= 70, (page.stem, slide)
                assert slide["picture"] >= 250, (page.stem, slide)
            assert tab.locator("mjx-merror").count() == 0
            assert "$" not in tab.evaluate(
                "[...document.querySelectorAll('.slide p, .slide li')].map((one) => one.innerText).join('')"
            ) or page.stem.startswith("07")
            assert tab.locator("img:not([alt])").count() == 0
        tab.goto((out / "03a_forward_backward.html").as_uri())
        tab.wait_for_selector("mjx-container svg", state="attached")
        tab.goto((out / "00_start_here.html").as_uri())
        tab.wait_for_selector(".diagram svg", state="attached", timeout=60_000)
        leads = tab.eval_on_selector_all(
            ".diagram a",
            "all => all.map((one) => one.getAttribute('href') || one.getAttribute('xlink:href'))",
        )
        assert leads
        assert all((out / lead).is_file() for lead in leads)
        browser.close()
    assert [url for url in asked if not url.startswith((out.as_uri(), "data:", "about:"))] == []
    assert errors == []
