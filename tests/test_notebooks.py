"""The notebooks in the repository: made from the lessons, executed, and within what their first lines promise."""

import json
import re

import nbformat
import pytest

from utils.alt import FALLBACK
from utils.course import CHAPTERS, LESSONS, ROOT, SOLUTIONS
from utils.course.build import budget_problems, check, not_executed, targets
from utils.course.lesson import names, read
from utils.course.rules import problems

pytestmark = pytest.mark.static
NOTEBOOKS = sorted([*CHAPTERS.glob("*.ipynb"), *SOLUTIONS.glob("*.ipynb")])


def test_every_notebook_is_made_from_its_lesson():
    assert check() == []


@pytest.mark.parametrize("name", names())
def test_lesson_keeps_the_rules(name):
    assert problems(read(LESSONS / f"{name}.py")) == []


def test_a_changed_lesson_makes_its_notebooks_stale():
    lesson = read(LESSONS / "00_start_here.py")
    assert all(target.problem() is None for target in targets([lesson]))
    lesson.cells[-1].source += " And more."
    assert all(
        "differs from lessons/00_start_here.py" in (target.problem() or "") for target in targets([lesson])
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_stripped_or_half_run_notebooks_are_noticed(path):
    notebook = nbformat.read(path, as_version=4)
    assert not_executed(notebook, path.stem) is None
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    cells[-1].execution_count = None
    assert "not executed" in not_executed(notebook, path.stem)
    for number, cell in enumerate(cells, 1):
        cell.execution_count, cell.outputs = number, []
    assert "no stored outputs" in not_executed(notebook, path.stem)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_error_stream_was_stored_where_outputs_are_compared(path):
    """What a program says there differs from run to run: a kernel that is ended, a library that warns."""
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    compared = [cell for cell in cells if "nbval-ignore-output" not in cell.metadata.get("tags", [])]
    assert [o.text for cell in compared for o in cell.outputs if o.get("name") == "stderr"] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_picture_has_words_for_those_who_do_not_see_it(path):
    """Words come from the picture's titles, axes and legend; a picture without a title is named here."""
    silent = []
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                words = output.metadata.get("image/png", {}).get("alt", "")
                if not words.strip() or words.startswith(FALLBACK):
                    silent.append(f"{cell['id']}: {words!r}")
    assert silent == []


def test_costs_stay_within_the_line_of_facts():
    assert budget_problems() == []


def test_links_lead_somewhere():
    broken = []
    for path in [*NOTEBOOKS, *ROOT.glob("*.md")]:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            cells = json.loads(text)["cells"]
            text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) + re.findall(r"""href="([^"#]+)""", text):
            if "://" not in target and not (path.parent / target).exists():
                broken.append(f"{path.name}: {target}")
    assert broken == []
