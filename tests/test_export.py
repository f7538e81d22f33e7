"""`course export nbgrader`: what it writes is accepted by nbgrader as it is, and gives the marks that were earned."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from tiny_course import course, lay_one, lesson, sentence, surroundings

from utils.course import CHAPTERS
from utils.course.export import CONFIG, SETTINGS

NAME = "01_class"
RIGHT = "def answer_1_{n}(x):\n    return 2 * x"
WRONG = "def answer_1_{n}(x):\n    return 0"
WARNS = """
import sys
import warnings

def answer_1_{n}(x):
    warnings.warn("this way is old")
    print("a library complains", file=sys.stderr)
    return 2 * x
"""
POINTS = {"check-1-1": 1, "check-1-2": 2, "check-1-3": 1}
Change = Callable[[nbformat.NotebookNode], None]


def cell(notebook, name: str):
    return next(one for one in notebook.cells if one.id == name)


def answers(**sources: str) -> Change:
    """Put answers into a notebook: answers(a1=RIGHT) is for exercise 1.1."""

    def change(notebook) -> None:
        for name, source in sources.items():
            cell(notebook, f"exercise-1-{name[1]}").source = source.format(n=name[1])

    return change


def tampered(notebook) -> None:
    """Wrong answers: the first brings a check of its own, the second's check is gone, and the third's is edited."""
    answers(a1="def check(*_):\n    print('✔ 1.1')\n\n" + WRONG, a2=WRONG, a3=WRONG)(notebook)
    notebook.cells.remove(cell(notebook, "check-1-2"))
    cell(notebook, "check-1-3").source = 'print("✔ 1.3")'


# what is handed in, and the points for each exercise
CLASS: dict[str, tuple[Change, tuple[int, int, int]]] = {
    "right": (answers(a1=RIGHT, a2=RIGHT, a3=RIGHT), (1, 2, 1)),
    "untouched": (lambda notebook: None, (0, 0, 0)),
    "half": (answers(a1=WRONG, a2=RIGHT), (0, 2, 0)),
    "syntax": (answers(a1=RIGHT, a2="def answer_1_2(x:\n    return", a3=RIGHT), (1, 0, 1)),
    "tampered": (tampered, (0, 0, 0)),
    "warns": (answers(a1=WARNS, a2=WARNS, a3=RIGHT), (1, 2, 1)),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """A course of one lesson, not executed, whose second exercise has two stars."""
    text = lesson(NAME, "", "").replace("1.2 · Double it ●○○", "1.2 · Double it ●●○")
    return lay_one(tmp_path_factory.mktemp("export"), NAME, text)


@pytest.fixture
def exported(root, tmp_path) -> Path:
    folder = tmp_path / "Kurs 课程"
    done = course(root, "export", "nbgrader", str(folder), "--name", "week1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "lessons: 1, points: 4" in done.stdout
    return folder


def marked(notebook) -> dict[str, dict]:
    """nbgrader's metadata, by cell."""
    return {one.id: one.metadata["nbgrader"] for one in notebook.cells if "nbgrader" in one.metadata}


def test_answers_are_open_checks_are_locked_and_stars_are_points(exported):
    notebook = nbformat.read(exported / "source" / "week1" / f"{NAME}.ipynb", as_version=4)
    found = marked(notebook)
    assert all(about["grade_id"] == name for name, about in found.items())
    assert {name: about["points"] for name, about in found.items() if about["grade"]} == POINTS
    assert [name for name, about in found.items() if about["locked"]] == list(POINTS)
    assert [name for name, about in found.items() if about["solution"]] == [
        "exercise-1-1",
        "exercise-1-2",
        "exercise-1-3",
    ]
    assert not any(one.get("outputs") for one in notebook.cells)


@pytest.mark.static
def test_every_exercise_of_the_course_can_be_graded():
    from utils.course.export import assignment
    from utils.course.submissions import chapter

    for path in sorted(CHAPTERS.glob("*.ipynb")):
        found = marked(assignment(path.stem, [path.stem]))
        points = [about["points"] for about in found.values() if about["grade"]]
        assert points == [exercise.points for exercise in chapter(path.stem).exercises.values()], path.stem
        assert set(points) <= {1, 2, 3}
        assert sum(about["solution"] for about in found.values()) >= len(points)


def test_a_second_assignment_goes_beside_the_first(root, exported):
    config = exported / CONFIG
    config.write_text(
        config.read_text(encoding="utf-8") + 'c.Exchange.root = "/srv/exchange"\n', encoding="utf-8"
    )
    done = course(root, "export", "nbgrader", str(exported), "--name", "week2", "--lessons", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in (exported / "source").iterdir()) == ["week1", "week2"]
    assert "/srv/exchange" in config.read_text(encoding="utf-8")


def test_bad_input_gets_one_sentence_and_leaves_nothing(root, exported, tmp_path):
    def refused(folder: Path, *options: str) -> str:
        return sentence(course(root, "export", "nbgrader", str(folder), *options))

    before = sorted(exported.rglob("*"))
    assert "week1 is there already" in refused(exported, "--name", "week1")
    assert "'a b' has others" in refused(exported, "--name", "a b")
    assert "There is no lesson '9z'" in refused(tmp_path / "new", "--lessons", "1,9z")
    assert "There is no lesson ''" in refused(tmp_path / "new", "--lessons", "")
    assert sorted(exported.rglob("*")) == before
    (exported / CONFIG).write_text("c = get_config()\n", encoding="utf-8")
    assert "lacks settings that the course needs" in refused(exported, "--name", "week2")
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "file" in refused(tmp_path / "file" / "class")
    assert not (tmp_path / "new").exists()
    assert sorted(exported.rglob("*")) == before
    assert "'moodle'" in sentence(course(root, "export", "moodle", str(tmp_path / "new")))


def nbgrader(root: Path, folder: Path, *args: str) -> str:
    """Run nbgrader to its end in the folder of a course, as from an activated environment; what it says."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *args],
        cwd=folder,
        env=surroundings(root, PATH=path, JUPYTER_CONFIG_DIR=str(folder / "config")),
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def points(folder: Path, learner: str) -> dict[str, float]:
    """The points of each check, none of which may wait for a human."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        grades = book.find_submission_notebook(NAME, "week1", learner).grades
        assert not any(grade.needs_manual_grade for grade in grades)
        return {grade.name: grade.score for grade in grades}


def test_nbgrader_gives_the_points_that_were_earned(root, exported):
    pytest.importorskip("nbgrader", reason='nbgrader is not here: pip install -e ".[classroom]"')
    nbgrader(root, exported, "generate_assignment", "week1")
    release = exported / "release" / "week1" / f"{NAME}.ipynb"
    chapter = nbformat.read(root / "chapters" / f"{NAME}.ipynb", as_version=4)
    released = nbformat.read(release, as_version=4)
    for old, new in zip(chapter.cells, released.cells, strict=True):
        assert new.source.removeprefix("from utils.check import check\n\n") == old.source
    assert not any(cell(released, name).metadata["editable"] for name in POINTS)
    for learner, (change, _) in CLASS.items():
        handed_in = nbformat.read(release, as_version=4)
        change(handed_in)
        path = exported / "submitted" / learner / "week1" / release.name
        path.parent.mkdir(parents=True)
        nbformat.write(handed_in, path)
    nbgrader(root, exported, "autograde", "week1")
    for learner, (_, earned) in CLASS.items():
        assert points(exported, learner) == dict(zip(POINTS, earned, strict=True)), learner
    nbgrader(root, exported, "generate_feedback", "week1")
    page = exported / "feedback" / "half" / "week1" / f"{NAME}.html"
    assert "expected 6, got 0" in page.read_text(encoding="utf-8")


def test_the_settings_are_those_that_the_course_needs():
    for needed in ("Execute.timeout = 300", "add_missing_cells = True", "LockCells,"):
        assert needed in SETTINGS
    assert "ClearSolutions," not in SETTINGS
