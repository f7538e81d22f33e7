"""Every check, tried with its stub, its reference answer, other right answers and plausible wrong ones.

tests/wrong_answers/<lesson>.py holds the answers, each after a line

    # %% 3a.1 right: what is different about it
    # %% 3a.1 wrong: the mistake -> "part of what the check must say"

An answer is run together with only those statements of the lesson that its names need, and judged by the notebook's
own line, `check(…)`, with the questions that the package carries.
"""

import contextlib
import dataclasses
import functools
import io
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

import utils.check
import utils.shipped
from utils.check import CheckFailed
from utils.course import LESSONS
from utils.course.lesson import Lesson, chapter_source, check_call, names, read, solution_source
from utils.course.symbols import Statement, needed, statements
from utils.shipped import question

FOLDER = Path(__file__).parent / "wrong_answers"
HEADER = re.compile(
    r'^# %% (?P<exercise>\S+) (?P<kind>right|wrong): (?P<label>.*?)(?: -> "(?P<says>.+)")?$', re.M
)


@dataclass
class Answer:
    exercise: str
    kind: str
    label: str
    says: str
    code: str


def answers(name: str) -> list[Answer]:
    """The answers on file for a lesson."""
    path = FOLDER / f"{name}.py"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    found = list(HEADER.finditer(text))
    assert len(found) == len(re.findall(r"^# %%", text, re.M)), f"a header of {path.name} is not understood"
    ends = [match.start() for match in found[1:]] + [len(text)] if found else []
    return [
        Answer(m["exercise"], m["kind"], m["label"], m["says"] or "", text[m.end() : end])
        for m, end in zip(found, ends, strict=True)
    ]


@functools.cache
def known_statements(name: str) -> list[Statement]:
    """All statements of a lesson's chapter; read once for all answers."""
    lesson = LESSON[name]
    return statements([chapter_source(lesson, c) if c.kind == "code" else "" for c in lesson.cells])


def before(lesson: Lesson, exercise: str, codes: list[str]) -> list[str]:
    """The statements of the lesson before an exercise that its answers and its check draw on, in order."""
    index = next(n for n, cell in enumerate(lesson.cells) if cell.exercise() == exercise)
    return needed(known_statements(lesson.name), index, codes)


def say(lesson: Lesson, exercise: str, code: str, strict: bool = True) -> str:
    """What the check of an exercise prints about an answer; `strict` says at once what a second try is told."""
    asked = question(exercise)
    line = "from utils.check import check\n" + check_call(asked)
    code = own_cells(lesson, exercise, chapter_source) + "\n" + code
    space = {"__name__": "answers"}
    with contextlib.redirect_stdout(io.StringIO()):
        names_asked = "\n".join([*asked.given, *asked.also])
        exec("\n".join(before(lesson, exercise, [code, names_asked])), space)
        exec(compile(code, f"<answer to {exercise}>", "exec"), space)
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setenv("COURSE_STRICT", "1" if strict else "")
        patch.setattr(utils.check, "wrong_tries", {})
        with contextlib.suppress(CheckFailed):
            exec(line, space)
    return printed.getvalue()


def own_cells(lesson: Lesson, exercise: str, source_of) -> str:
    return "\n".join(source_of(lesson, cell) for cell in lesson.cells if cell.exercise() == exercise)


LESSON = {name: read(LESSONS / f"{name}.py") for name in names()}
EXERCISES = [
    (name, exercise)
    for name, lesson in LESSON.items()
    for exercise in dict.fromkeys(cell.exercise() for cell in lesson.cells if cell.exercise())
]
ANSWERS = [(name, answer) for name in LESSON for answer in answers(name)]


@pytest.mark.parametrize(("name", "exercise"), EXERCISES, ids=[exercise for _, exercise in EXERCISES])
def test_stub_and_reference(name, exercise):
    lesson = LESSON[name]
    assert (
        say(lesson, exercise, own_cells(lesson, exercise, chapter_source))
        == f"○ {exercise} not attempted yet\n"
    )
    assert say(lesson, exercise, own_cells(lesson, exercise, solution_source)) == f"✔ {exercise}\n"


@pytest.mark.parametrize(("name", "exercise"), EXERCISES, ids=[exercise for _, exercise in EXERCISES])
def test_enough_answers_are_on_file(name, exercise):
    kinds = [answer.kind for answer in answers(name) if answer.exercise == exercise]
    assert kinds.count("right") >= 1
    assert kinds.count("wrong") >= 3


@pytest.mark.parametrize(
    ("name", "answer"), ANSWERS, ids=[f"{a.exercise} {a.kind}: {a.label}" for _, a in ANSWERS]
)
def test_answer(name, answer):
    said = say(LESSON[name], answer.exercise, answer.code)
    if answer.kind == "right":
        # a right answer that only warns is right
        assert said.splitlines()[0] == f"✔ {answer.exercise}"
    else:
        assert f"✘ {answer.exercise}: " in said
        assert answer.says, "a wrong answer says what its message must contain"
        assert answer.says in said


@pytest.mark.parametrize(
    ("name", "answer"),
    [(name, answer) for name, answer in ANSWERS if answer.kind == "wrong"],
    ids=[f"{a.exercise}: {a.label}" for _, a in ANSWERS if a.kind == "wrong"],
)
def test_a_first_wrong_try_is_not_told_the_answer(name, answer):
    first = say(LESSON[name], answer.exercise, answer.code, strict=False)
    assert f"✘ {answer.exercise}: " in first
    assert "hint:" not in first


def test_a_check_that_accepts_everything_would_be_noticed(monkeypatch):
    exercise = next(e for name, e in EXERCISES if name == "00_start_here")
    lenient = dataclasses.replace(question(exercise), source='c.true(True, "")')
    monkeypatch.setattr(utils.shipped, "question", lambda _: lenient)
    wrong = next(a for a in answers("00_start_here") if a.exercise == exercise and a.kind == "wrong")
    with pytest.raises(AssertionError):
        test_answer("00_start_here", wrong)
