"""What the package carries of each lesson: its parameters, its exercises, and the questions of its checks.

`course build` takes them out of the lesson's text and writes one file a lesson into `utils/checks/`, so that a notebook
needs neither `lessons/` nor `solutions/`. Whoever wants to know what a check asks reads it there:
``print(question("3a.1").source)``.
"""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from utils.errors import CourseError, nearest
from utils.files import CHECKS

HEADING = re.compile(r"^# (?P<number>\S+) · (?P<title>.+)$", re.M)
CELL = re.compile(
    r"^# %% (?:parameters|(?P<exercise>\d\d?[a-z]?\.\d+) asks about (?P<given>[\w, ]+?)"
    r"(?: with (?P<also>[\w, ]+?))?(?P<inplace>, which may change its inputs)?)$",
    re.M,
)


@dataclass(frozen=True)
class Question:
    """What one check asks. `given` are the names in the notebook's call, `also` others that the questions use."""

    exercise: str
    given: tuple[str, ...]
    also: tuple[str, ...]
    inplace: bool
    source: str
    path: Path
    line: int = 0

    def text(self) -> str:
        """The part of the lesson's file that stands for this check."""
        also = f" with {', '.join(self.also)}" if self.also else ""
        inplace = ", which may change its inputs" if self.inplace else ""
        return f"# %% {self.exercise} asks about {', '.join(self.given)}{also}{inplace}\n{self.source}\n"


def number(lesson: str) -> str:
    """A lesson's number as readers say it: "03a_forward_backward" is 3a."""
    return lesson.split("_")[0].lstrip("0") or "0"


@dataclass(frozen=True)
class Shipped:
    """One lesson as the package carries it; `parameters` is the source of its parameters cell."""

    lesson: str
    title: str
    parameters: str
    questions: dict[str, Question]

    def text(self) -> str:
        """The whole file."""
        parts = [
            f"# {number(self.lesson)} · {self.title}\n# Made from lessons/{self.lesson}.py by `course build`: change it there.\n",
            f"# %% parameters\n{self.parameters}\n",
            *(question.text() for question in self.questions.values()),
        ]
        return "\n".join(parts)


def names() -> list[str]:
    """All lessons that the package carries, in the order of the course."""
    return sorted(path.stem for path in CHECKS.glob("*.py"))


def read(lesson: str) -> Shipped:
    """One lesson; raises CourseError when the package carries none of that name."""
    path = CHECKS / f"{lesson}.py"
    if not path.is_file():
        meant = nearest(lesson, names())
        raise CourseError(f"There is no lesson {lesson!r} in this version of the course.{meant}")
    stat = path.stat()
    return _parsed(path, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=128)
def _parsed(path: Path, _changed: int, _size: int) -> Shipped:
    """The file as it was at one moment: a notebook asks for it once an exercise."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        text = ""
    heading, cells = HEADING.search(text), list(CELL.finditer(text))
    if heading is None or not cells or len(cells) != len(re.findall(r"^# %%", text, re.M)):
        raise CourseError(
            f"{path} is not as `course build` makes it; run `course build {path.stem} --force`."
        )
    ends = [cell.start() for cell in cells[1:]] + [len(text)]
    bodies = [text[cell.end() : end].strip("\n") for cell, end in zip(cells, ends, strict=True)]
    questions = {}
    for cell, body in zip(cells[1:], bodies[1:], strict=True):
        line = text.count("\n", 0, cell.end()) + 1
        questions[cell["exercise"]] = Question(
            cell["exercise"],
            tuple(cell["given"].split(", ")),
            tuple(cell["also"].split(", ")) if cell["also"] else (),
            bool(cell["inplace"]),
            body,
            path,
            line,
        )
    return Shipped(path.stem, heading["title"], bodies[0], questions)


def question(exercise: str) -> Question:
    """What the check of an exercise, such as "3a.1", asks; raises CourseError when there is none."""
    wanted = exercise.split(".")[0]
    for name in names():
        if number(name) == wanted and exercise in read(name).questions:
            return read(name).questions[exercise]
    raise CourseError(f"There is no exercise {exercise!r} in this version of the course.")


def exercises(lesson: str | None = None) -> dict[str, list[str]]:
    """The exercises of each lesson, or of one: {"03a_forward_backward": ["3a.1", …]}."""
    wanted = names() if lesson is None else [lesson]
    return {name: list(read(name).questions) for name in wanted}
