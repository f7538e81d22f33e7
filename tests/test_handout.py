"""`course handout`: a class gets what it needs and no answers, also where the folder is shared and cannot be written."""

import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from tiny_course import course, lay_one, lesson, sentence

from utils.course import CHAPTERS, LESSONS, ROOT
from utils.course.elsewhere import without_links
from utils.course.lesson import BEGIN, END, names, read
from utils.shipped import exercises

NAME = "01_class"
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'


@pytest.fixture(scope="module")
def handed(tmp_path_factory) -> Path:
    """The hand-out of a tiny course, in a folder with blanks and Chinese letters."""
    root = lay_one(tmp_path_factory.mktemp("course"), NAME, lesson(NAME, "", ""))
    folder = tmp_path_factory.mktemp("class") / "Kurs 课程 ä" / "week 1"
    done = course(root, "handout", str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def texts(folder: Path) -> dict[str, str]:
    """Every file of a folder as text, by its path in it; of a notebook also what its cells say."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            text = path.read_bytes().decode("utf-8", errors="ignore")
            if path.suffix == ".ipynb":
                text += "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
            found[path.relative_to(folder).as_posix()] = text
    return found


def answers(name: str) -> list[str]:
    """What stands between the marks in a lesson, where it is long enough to be known again."""
    text = (LESSONS / f"{name}.py").read_text(encoding="utf-8")
    blocks = re.findall(rf"^ *{BEGIN}\n(.*?)^ *{END}$", text, re.M | re.S)
    return [block.rstrip("\n") for block in blocks if len(block) > 60]


@pytest.mark.static
def test_the_course_goes_out_without_its_answers(tmp_path):
    folder = tmp_path / "week1"
    done = course(ROOT, "handout", str(folder), "--lessons", "6a,03a, 4a", COURSE_ROOT="")
    assert (done.returncode, done.stderr) == (0, "")
    lessons = ["03a_forward_backward", "04a_formulas", "06a_transformer"]
    found = texts(folder)
    assert not {"lessons", "solutions", "tests", "teaching"} & {path.name for path in folder.iterdir()}
    for part in ("chapters/*.ipynb", "utils/checks/*.py"):
        assert sorted(path.stem for path in folder.glob(part)) == lessons
    known = [block for name in lessons for block in answers(name)]
    assert len(known) >= 10
    assert [(path, block) for path, text in found.items() for block in known if block in text] == []
    assert "chapters/03a_forward_backward.ipynb" in found["Makefile"]
    assert "00_start_here" not in found["Makefile"]
    assert "[04a_formulas](chapters/04a_formulas.ipynb) | 5 | 9 |" in found["README.md"]


@pytest.mark.static
def test_answers_would_be_noticed():
    found = texts(ROOT / "solutions")
    for name in ("03a_forward_backward", "04a_formulas", "06a_transformer"):
        assert all(block in found[f"{name}.ipynb"] for block in answers(name))


@pytest.mark.static
def test_no_link_leads_to_a_lesson_that_did_not_go_out():
    from utils.course.handout import handed_out

    lessons = ["00_start_here", "03a_forward_backward"]
    pages = [cell.source for name in lessons for cell in handed_out(name, lessons).cells]
    linked = set(re.findall(r"\((\d\w+)\.ipynb", "\n".join(pages)))
    clicked = set(re.findall(r'href "(\w+)\.ipynb"', "\n".join(pages)))
    assert linked == clicked == set(lessons)
    whole = sorted(path.stem for path in CHAPTERS.glob("*.ipynb"))
    for name in lessons:
        official = nbformat.read(CHAPTERS / f"{name}.ipynb", as_version=4)
        official.cells = without_links(official.cells)
        assert handed_out(name, whole) == official


def test_its_answer_cells_are_open_and_its_outputs_are_kept(handed):
    cells = nbformat.read(handed / "chapters" / f"{NAME}.ipynb", as_version=4).cells
    stubs = [cell.source for cell in cells if cell.id.startswith("exercise-")]
    assert len(stubs) == 3
    assert all("raise NotImplementedError" in stub and "return" not in stub for stub in stubs)
    assert "return 2 * x" not in "".join(texts(handed / "chapters").values())


@functools.cache
def namespaces() -> bool:
    """Whether a test may mount a folder so that even root cannot write it."""
    command = ["unshare", "--user", "--map-root-user", "--mount", "true"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def on_a_hub(folder: Path, home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of a user who has a home, and for whom the hand-out is a folder that cannot be written."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "OMP_NUM_THREADS") if name in os.environ}
    offline = str(ROOT / "tests" / "offline")
    env = {**kept, "HOME": str(home), "PYTHONPATH": os.pathsep.join([str(folder), offline]), "COLUMNS": "200"}
    return subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", READ_ONLY, str(folder), *command],
        cwd=home,
        env={**env, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=180,
        check=False,
    )


def told(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_works_read_only_with_a_home_of_ones_own(handed, tmp_path):
    if not namespaces():
        pytest.skip("this system lets no user mount a folder read-only")
    home = tmp_path / "anna müller"
    home.mkdir()
    command = functools.partial(on_a_hub, handed, home)
    own = functools.partial(command, sys.executable, "-m", "utils.course.cli")
    refused = command("touch", str(handed / "x"))
    assert "Read-only file system" in refused.stderr
    assert str(handed) in told(command(sys.executable, "-c", "import utils; print(utils.__path__[0])"))
    assert f"{NAME}                 ○○○      0 of 3" in told(own("progress"))
    assert "✔ done" in told(own("run", "1", "--out", str(home / "out")))
    assert "Read-only file system" in sentence(own("run", "1"))
    told(command("cp", "-r", str(handed / "chapters"), str(home / "chapters")))
    page = home / "chapters" / f"{NAME}.ipynb"
    notebook = nbformat.read(page, as_version=4)
    solved = next(cell for cell in notebook.cells if cell.id == "exercise-1-2")
    solved.source = "def answer_1_2(x):\n    return x + x"
    nbformat.write(notebook, page)
    told(command(sys.executable, "-m", "jupyter", "execute", "--inplace", str(page)))
    assert f"{NAME}                 ○✔○      1 of 3" in told(own("progress"))
    assert list((home / ".local").rglob("1.2.json"))


def test_every_lesson_can_go_out():
    assert exercises().keys() == {path.stem for path in CHAPTERS.glob("*.ipynb")} == set(names())
    assert all(read(LESSONS / f"{name}.py").name == name for name in names())


def test_bad_input_gets_one_sentence_and_leaves_nothing(built, tmp_path):
    (tmp_path / "full").mkdir()
    before = sorted(tmp_path.rglob("*"))
    assert "full is there already" in sentence(course(built, "handout", str(tmp_path / "full")))
    (tmp_path / "file").touch()
    before = sorted(tmp_path.rglob("*"))
    for command in (["handout"], ["export", "nbgrader"]):
        below = sentence(course(built, *command, str(tmp_path / "file" / "week1")))
        assert "cannot be made (Not a directory); name another place" in below
        assert ".part" not in below
    assert "There is no lesson '9z'" in sentence(
        course(built, "handout", str(tmp_path / "new"), "--lessons", "1,9z")
    )
    inside = ROOT / "utils" / "week1"
    assert "lies in the package" in sentence(course(built, "handout", str(inside)))
    assert not inside.exists()
    (built / "checks" / "02_trouble.py").rename(built / "away")
    try:
        assert "02_trouble.py" in sentence(course(built, "handout", str(tmp_path / "a" / "b")))
    finally:
        (built / "away").rename(built / "checks" / "02_trouble.py")
    assert sorted(tmp_path.rglob("*")) == before
