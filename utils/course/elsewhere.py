"""Chapters on Colab and Binder: links and a set-up cell, made when `pyproject.toml` names the course's repository on GitHub."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from utils.course import ROOT
from utils.course.lesson import FOLDED, Lesson
from utils.errors import CourseError

ADDRESS = re.compile(r"https://github\.com/([A-Za-z0-9-]+)/([A-Za-z0-9_.-]+?)(?:\.git)?/?")
BRANCH = "main"
# the marks of the two cells, at the end of their ids
LINKS, SETUP = "-open-elsewhere", "-on-colab"
CELL = """\
# On Google Colab this cell fetches the course and installs what is missing there; anywhere else it does nothing.
import sys

if "google.colab" in sys.modules:
    import os
    import subprocess

    course = "/content/{name}"
    if not os.path.isdir(course):
        subprocess.run(["git", "clone", "--quiet", "--depth", "1", "{address}", course], check=True)
        subprocess.run([sys.executable, "-m", "utils.course.colab"], cwd=course, check=True)
    sys.path.insert(0, course)
    os.chdir(course + "/chapters")"""


@dataclass(frozen=True)
class Repository:
    """Where the course lies on GitHub."""

    owner: str
    name: str

    @property
    def address(self) -> str:
        return f"https://github.com/{self.owner}/{self.name}"

    def links(self, lesson: str) -> str:
        """Links in words: a picture would be asked for from elsewhere whenever somebody opens the page."""
        page = f"chapters/{lesson}.ipynb"
        where = f"{self.owner}/{self.name}"
        return (
            f"[Open in Colab](https://colab.research.google.com/github/{where}/blob/{BRANCH}/{page}) · "
            f"[Launch on Binder](https://mybinder.org/v2/gh/{where}/{BRANCH}?urlpath=lab/tree/{page})"
        )


def repository(root: Path = ROOT) -> Repository | None:
    """The repository that a course names under [project.urls]; None where it names none, or one that is not on GitHub."""
    path = root / "pyproject.toml"
    if not path.is_file():
        return None
    try:
        urls = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {}).get("urls", {})
    except ValueError as error:
        raise CourseError(f"{path} cannot be read: {error}") from error
    address = next((str(urls[label]) for label in urls if label.lower() == "repository"), "")
    found = ADDRESS.fullmatch(address)
    return Repository(found[1], found[2]) if found else None


def with_links(notebook: NotebookNode, lesson: Lesson, place: Repository | None) -> NotebookNode:
    """A chapter with links after its first cell, and the set-up after its parameters, where papermill puts values too."""
    if place is None:
        return notebook
    links = nbformat.v4.new_markdown_cell(place.links(lesson.name))
    links["id"] = f"{lesson.number}{LINKS}"
    source = CELL.format(name=place.name, address=place.address)
    setup = nbformat.v4.new_code_cell(source, metadata={"tags": ["hide-input"], **FOLDED})
    setup["id"] = f"{lesson.number}{SETUP}"
    cells = [notebook.cells[0], links]
    for cell in notebook.cells[1:]:
        cells.append(cell)
        if "parameters" in cell.metadata.get("tags", []):
            cells.append(setup)
    notebook.cells = cells
    return notebook


def without_links(cells: list[NotebookNode]) -> list[NotebookNode]:
    """The cells of a chapter that do not depend on where the course lies."""
    return [cell for cell in cells if not cell.get("id", "").endswith((LINKS, SETUP))]
