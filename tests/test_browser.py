"""What a learner does in JupyterLab, done in a real browser: run all, answer an exercise, open a picture's code."""

import os
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from playwright.sync_api import expect
from screens import ARTIFACTS, VIEWPORT, Lab, NotebookPage, browser, chromium

from utils.course import CHAPTERS, SOLUTIONS
from utils.course.lesson import notebooks, read
from utils.course.worker import Cells, kernel_options

pytestmark = pytest.mark.browser
LESSONS = ("00_start_here", "03a_forward_backward")


@pytest.fixture(scope="module")
def started():
    executable = chromium()
    if executable is None:
        reason = "no Chromium was found; on Debian or Ubuntu: apt-get install chromium"
        assert not os.environ.get("EXPECT_BROWSER"), reason
        pytest.skip(reason)
    with browser(executable) as running:
        yield running


@pytest.fixture(scope="module")
def lab(started, tmp_path_factory):
    """A server for copies of the chapters that hold no outputs, so that all outputs in the page come from this run."""
    with Lab(tmp_path_factory.mktemp("lab")) as server:
        for path in CHAPTERS.iterdir():
            if path.suffix == ".ipynb":
                write_stripped(path, server.work / path.name)
            elif path.is_file():
                shutil.copy(path, server.work)
        yield server


def write_stripped(source: Path, target: Path) -> None:
    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, target)


def tagged(notebook: dict, prefix: str) -> dict[str, list[dict]]:
    """Exercise → its cells with a tag such as check-3a.1, in the order of the notebook."""
    found: dict[str, list[dict]] = {}
    for cell in notebook["cells"]:
        for tag in cell["metadata"].get("tags", []):
            if tag.startswith(prefix):
                found.setdefault(tag.removeprefix(prefix), []).append(cell)
    return found


def errors(notebook: dict) -> list[str]:
    """What went wrong in a saved notebook, cell by cell."""
    return [
        f"{cell['id']}: {output['ename']}: {output['evalue']}"
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if output["output_type"] == "error"
    ]


def move_slider(notebook: NotebookPage) -> None:
    """Press the right arrow on the first slider and wait until the picture beneath it is another one."""
    handle = notebook.page.locator(".jp-OutputArea .noUi-handle").first
    picture = (
        notebook.page.locator(".jp-CodeCell").filter(has=handle).locator(".jp-OutputArea-output img").first
    )
    handle.scroll_into_view_if_needed()
    before = picture.get_attribute("src")
    assert before
    handle.press("ArrowRight")
    expect(picture).not_to_have_attribute("src", before, timeout=30_000)
    expect(picture).to_be_visible()


@pytest.mark.parametrize("name", LESSONS)
def test_a_learner_in_jupyterlab(name, started, lab):
    page = started.new_page(viewport=VIEWPORT)
    notebook = NotebookPage(page, lab, f"{name}.ipynb")

    notebook.run_all()
    notebook.pictures(ARTIFACTS, f"chapters-{name}")
    saved = notebook.save()
    assert errors(saved) == []
    assert any(cell.get("outputs") for cell in saved["cells"])

    checks = tagged(saved, "check-")
    exercise, cells = next(iter(tagged(saved, "exercise-").items()))
    solution = nbformat.read(SOLUTIONS / f"{name}.ipynb", as_version=4)
    answers = {cell["id"]: cell["source"] for cell in tagged(solution, "exercise-")[exercise]}
    assert f"○ {exercise} not attempted yet" in notebook.run_cell(checks[exercise][-1]["id"])
    for cell in cells:
        notebook.type_into(cell["id"], answers[cell["id"]])
        notebook.run_cell(cell["id"])
    assert f"✔ {exercise}" in notebook.run_cell(checks[exercise][-1]["id"])
    page.screenshot(path=ARTIFACTS / f"chapters-{name}-solved.png")
    assert (lab.home / "course" / "progress" / f"{exercise}.json").is_file()

    if name == "00_start_here":
        diagram = page.locator(".jp-RenderedMermaid img").first
        expect(diagram).to_be_visible()
        assert diagram.evaluate("image => image.naturalWidth") > 0
        assert page.locator(".jp-RenderedMermaid.jp-mod-warning").count() == 0
    if name == "03a_forward_backward":
        move_slider(notebook)
        page.screenshot(path=ARTIFACTS / f"chapters-{name}-slider.png")

    assert errors(notebook.save()) == []
    # a widget's own outputs are not in the file
    assert page.locator("[data-mime-type='application/vnd.jupyter.error']").count() == 0
    assert page.get_by_text("Error displaying widget").count() == 0
    assert notebook.complaints == []
    page.close()


PICTURE = """# %%
from utils import plot

plot.style()

# %% [markdown]
# A picture:

# %% tags=["figure"]
# One step up
ax = plot.lines({"up": [1, 2]}, title="It goes up")
"""


@pytest.fixture
def illustrated(lab, tmp_path, monkeypatch):
    """A built chapter with one cell that only draws, in the lab's folder; its name."""
    lesson = tmp_path / "01_picture.py"
    lesson.write_text(PICTURE, encoding="utf-8")
    notebook = notebooks(read(lesson))["chapters"]
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    NotebookClient(notebook, timeout=120, **kernel_options(str(tmp_path), Cells())).execute()
    nbformat.write(notebook, lab.work / "01_picture.ipynb")
    return "01_picture.ipynb"


def test_the_code_of_a_picture_is_folded_until_a_click(started, lab, illustrated):
    page = started.new_page(viewport=VIEWPORT)
    notebook = NotebookPage(page, lab, illustrated)
    cells = page.locator(".jp-CodeCell")
    picture = cells.filter(has=page.locator(".jp-OutputArea-output img"))
    expect(picture).to_have_count(1)
    image, editor = picture.locator(".jp-OutputArea-output img"), picture.locator(".jp-InputArea-editor")
    fold = picture.locator(".jp-Cell-inputWrapper .jp-Placeholder")

    expect(image).to_be_visible()
    assert image.evaluate("image => image.naturalWidth") > 300
    expect(fold).to_be_visible()
    expect(editor).to_be_hidden()
    assert page.locator(".jp-InputArea-editor:visible").count() == cells.count() - 1, "others stand open"
    page.screenshot(path=ARTIFACTS / "figure-folded.png")

    fold.click()
    expect(fold).to_be_hidden()
    expect(editor).to_be_visible()
    expect(editor).to_contain_text("plot.lines")
    expect(image).to_be_visible()
    page.screenshot(path=ARTIFACTS / "figure-open.png")
    assert notebook.complaints == []
    page.close()
