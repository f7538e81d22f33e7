"""What a class has handed in: which notebook is whose, of which lesson, and the answers in it."""

import functools
import hashlib
import json
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from utils.course import CHAPTERS, SOLUTIONS
from utils.course.lesson import CHECK, EXERCISE
from utils.course.run import known_lessons
from utils.course.symbols import imports, statements
from utils.errors import CourseError
from utils.files import notebook_cells

IDENTIFIER = re.compile(r"exercise-(\d\d?[a-z]?)-(\d+)(?:-\d+)?")
HEADING = re.compile(r"^### Exercise (\S+) · (.+?)\s+(●+)○*", re.M)
LARGEST = 50_000_000  # bytes of a notebook
# lines that only IPython understands: magics, the shell, help, and a name that gets what one of them gives
TIMED = re.compile(r"(\s*)%time\s+(.+)")
MAGIC = re.compile(r"(\s*)([%!].*|\?{1,2}[\w.*]+|[\w.*]+\?{1,2})\s*")
CAUGHT = re.compile(r"(\s*[\w, ]+=)\s*[%!].*")


@dataclass(frozen=True)
class NotebookCell:
    """One code cell, as the course or a learner has it."""

    id: str
    source: str
    exercise: str | None
    is_check: bool


@dataclass(frozen=True)
class Exercise:
    """One exercise of a chapter; `cell` is the place of its first answer cell among the code cells."""

    number: str
    title: str
    points: int
    cell: int


@dataclass(frozen=True)
class Chapter:
    """The course's own notebook of a lesson."""

    name: str
    cells: list[NotebookCell]
    exercises: dict[str, Exercise]

    def stubs(self, exercise: str) -> list[str]:
        return [cell.source for cell in self.cells if cell.exercise == exercise]


@dataclass
class Submission:
    """One file that was handed in; `problem` says why it cannot be read, if it cannot."""

    path: Path
    learner: str
    lesson: str = ""
    problem: str = ""
    digest: str = ""
    cells: list[NotebookCell] = field(default_factory=list)

    def answers(self, exercise: str, stubs: list[str]) -> list[str]:
        """The answer cells of an exercise, in order; a stub that was left beside an answer does not count.

        Where only stubs are left, it is the cells added above the check that give what a stub gives.
        """
        found = [cell.source for cell in self.cells if cell.exercise == exercise]
        untouched = {stub.strip() for stub in stubs}
        changed = [source for source in found if source.strip() not in untouched]
        return changed or (self._below(exercise, stubs) if found else []) or found

    def _below(self, exercise: str, stubs: list[str]) -> list[str]:
        wanted = set().union(*(statement.defines for statement in statements(stubs)))
        last, end = self._until(exercise)
        added = [cell.source for cell in self.cells[last + 1 : end] if not (cell.exercise or cell.is_check)]
        codes = [(source, python(source)) for source in added]
        return [
            source
            for source, code in codes
            if parses(code) and any(statement.defines & wanted for statement in statements([code]))
        ]

    def _until(self, exercise: str) -> tuple[int, int]:
        """The place of the last answer cell of an exercise, and that of the check below it."""
        last = max((n for n, cell in enumerate(self.cells) if cell.exercise == exercise), default=0)
        return last, next((n for n in range(last, len(self.cells)) if self.cells[n].is_check), last)

    def own(self, exercise: str, chapter: Chapter) -> list[str]:
        """What an answer may name: cells that the learner has added above its check, and imports added to the course's cells."""
        ids, texts = {cell.id for cell in chapter.cells}, {cell.source for cell in chapter.cells}
        changed = [
            cell
            for cell in self.cells[: self._until(exercise)[1]]
            if not (cell.exercise or cell.is_check or cell.source in texts) and parses(python(cell.source))
        ]
        return [
            "\n".join(imports(python(cell.source)).values()) if cell.id in ids else python(cell.source)
            for cell in changed
        ]


def read_cells(cells: list[dict]) -> list[NotebookCell]:
    """The code cells of a notebook; raises CourseError when they are no cells."""
    found = []
    try:
        for cell in cells:
            if cell["cell_type"] != "code":
                continue
            source = cell["source"]
            text = source if isinstance(source, str) else "".join(source)
            metadata = cell.get("metadata", {})
            tags = [str(tag) for tag in metadata.get("tags", [])]
            name = str(cell.get("id") or metadata.get("id", ""))  # Colab keeps it there
            found.append(NotebookCell(name, text, _exercise(name, tags), _is_check(name, tags)))
    except (KeyError, TypeError, AttributeError) as error:
        raise CourseError("a cell of it is none") from error
    return found


def _exercise(name: str, tags: list[str]) -> str | None:
    """The exercise that a cell answers, by its id or its tag."""
    if match := IDENTIFIER.fullmatch(name):
        return f"{match[1]}.{match[2]}"
    return next((match[1] for tag in tags if (match := EXERCISE.fullmatch(tag))), None)


def _is_check(name: str, tags: list[str]) -> bool:
    return name.startswith("check-") or any(map(CHECK.fullmatch, tags))


@functools.cache
def chapter(name: str) -> Chapter:
    """The course's notebook of a lesson, with the points of its exercises: one for each star."""
    raw = notebook_cells(CHAPTERS / f"{name}.ipynb")
    cells = read_cells(raw)
    text = "\n".join("".join(cell["source"]) for cell in raw if cell["cell_type"] == "markdown")
    told = {number: (title, len(stars)) for number, title, stars in HEADING.findall(text)}
    exercises: dict[str, Exercise] = {}
    for place, cell in enumerate(cells):
        if cell.exercise and cell.exercise not in exercises:
            title, points = told.get(cell.exercise, ("", 1))
            exercises[cell.exercise] = Exercise(cell.exercise, title, points, place)
    return Chapter(name, cells, exercises)


def reference(name: str) -> Submission:
    """The course's own answers to a lesson."""
    path = SOLUTIONS / f"{name}.ipynb"
    if not path.is_file():
        raise CourseError(
            f"To mark {name}, `course grade` needs the course's own answers; put solutions/{path.name} back."
        )
    return Submission(path, "the course", name, cells=read_cells(notebook_cells(path)))


def submissions(folder: Path) -> list[Submission]:
    """All notebooks below a folder, sorted; raises CourseError where there is none."""
    if not folder.is_dir():
        raise CourseError(f"{folder} is no folder; name the one that holds the notebooks of your class.")
    inside = folder / "submitted"  # as nbgrader lays it out
    top = inside if inside.is_dir() else folder
    paths = [
        path
        for path in sorted(top.rglob("*.ipynb"))
        if not any(part.startswith(".") for part in path.relative_to(top).parts)
    ]
    closed = _closed(top)
    if not paths and not closed:
        raise CourseError(f"There is no notebook in {folder}; a submission is a file that ends in .ipynb.")
    return [*closed, *(_submission(path, top) for path in paths)]


def _closed(top: Path) -> list[Submission]:
    """The folders that may not be read: what a learner has put there would be passed over without a word."""
    errors: list[OSError] = []
    for _, inside, _ in os.walk(top, onerror=errors.append):
        inside[:] = [name for name in inside if not name.startswith(".")]
    found = []
    for error in sorted(errors, key=lambda error: str(error.filename)):
        path = Path(error.filename)
        if path == top:
            raise error
        learner = path.relative_to(top).parts[0]
        found.append(Submission(path, learner, problem=f"it cannot be opened: {error.strerror}"))
    return found


def _submission(path: Path, top: Path) -> Submission:
    parts = path.relative_to(top).parts
    found = Submission(path, parts[0] if len(parts) > 1 else path.stem)
    try:
        if path.is_symlink() or not path.is_file():
            raise CourseError("it is no plain file")
        if path.stat().st_size > LARGEST:
            raise CourseError("it is larger than 50 MB")
        data = path.read_bytes()
        found.digest = hashlib.sha256(data).hexdigest()
        found.cells = read_cells(_raw_cells(data))
        found.lesson = _lesson(found.cells)
    except OSError as error:
        found.problem = f"it cannot be opened: {error.strerror}"
    except CourseError as error:
        found.problem = str(error)
    if len(parts) == 1 and found.lesson:
        found.learner = path.stem.replace(found.lesson, "").strip(" _-.") or path.stem
    return found


def _raw_cells(data: bytes) -> list[dict]:
    try:
        cells = json.loads(data)["cells"]
    except (ValueError, RecursionError) as error:
        raise CourseError("it is no JSON, so no notebook") from error
    except (KeyError, TypeError, IndexError) as error:
        raise CourseError("it has no cells, so it is no notebook") from error
    if not isinstance(cells, list):
        raise CourseError("its cells are no list")
    return cells


def _lesson(cells: list[NotebookCell]) -> str:
    """The lesson with which a notebook shares most cells, by their ids and the exercises that they answer."""
    ids, exercises = {cell.id for cell in cells}, {cell.exercise for cell in cells}
    shared: Counter[str] = Counter()
    for name in known_lessons():
        known = chapter(name)
        shared[name] = len(ids & {cell.id for cell in known.cells}) + len(exercises & known.exercises.keys())
    name, count = max(shared.items(), key=lambda item: item[1])
    if not count:
        raise CourseError("it shares no cell with any lesson; is it of another course?")
    return name


def python(source: str) -> str:
    """A cell without the lines that only IPython understands, where it is no Python because of them."""
    if parses(source):
        return source
    plain = "\n".join(map(_without_magic, source.split("\n")))
    return plain if parses(plain) else source


def _without_magic(line: str) -> str:
    if match := TIMED.fullmatch(line):
        return match[1] + match[2]
    if match := CAUGHT.fullmatch(line):
        return f"{match[1]} None"
    if match := MAGIC.fullmatch(line):
        return f"{match[1]}pass" if match[1] else ""
    return line


def parses(source: str) -> bool:
    """Whether a text is Python, and not so deep that it cannot be taken apart."""
    try:
        statements([source])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
