"""The pages of teaching/: for each lesson a plan of 90 minutes, its exercises, common mistakes and verdicts.

`course build` makes them from the lessons; only the notes at a page's end are written there, and stay.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from utils.course import ROOT
from utils.course.layout import words
from utils.course.lesson import FIGURE, Lesson, question
from utils.course.tables import between_marks

TEACHING = ROOT / "teaching"
MINUTES = 90
OPENING, CLOSING = 4, 8  # minutes
IN_CLASS = 30  # minutes of exercises that are solved in class
SHORTEST = 2  # minutes for a section
MISTAKES = 6  # shown of an exercise
LETTERS = 6  # of a sentence that says something
BEGIN, END = "<!-- notes: begin -->", "<!-- notes: end -->"
NOTES = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.S)

EXERCISE = re.compile(r"### Exercise (\S+) · (.+?)\s+([●○]+)\s+(\d+) min")
SECTION = re.compile(r"## (.+)")
ASIDE = re.compile(r"Recap|Sources|.*What the article says")
# paragraphs that are no prose: headings, formulas, tables, code, pages' own markup, lists
NO_PROSE = re.compile(r"#|\$\$|\||```|~~~|<|[-*] |\d+\. ")
SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\bal\.)([\"”’)*]*)\s+(?=[\"“‘(*`$]*[A-Z0-9])")
HEADED = re.compile(r"^(?=#{2,3} )", re.M)
LONG = 60  # letters of what is said first; one short sentence says too little
QUESTION = 25  # letters of a question that can be understood alone
PAGE = """\
# {number} · {title}: for the teacher

Made from [the lesson's text](../lessons/{name}.py) by `course build`, but for the notes at the end. The notebook: [chapter](../chapters/{name}.ipynb),
[solutions](../solutions/{name}.ipynb).

{goals}

## 90 minutes

{plan}

At home: {home}.

## Common mistakes

What the checks know by name, in their words:

{mistakes}

## What the article says

{verdicts}

## Notes

{notes}
"""


@dataclass
class Exercise:
    """One exercise as its heading tells it."""

    number: str
    title: str
    stars: str
    minutes: int

    def __str__(self) -> str:
        return f"{self.number} · {self.title} ({self.stars} {self.minutes} min)"


@dataclass
class Section:
    """A part of a lesson: its prose, the titles of its pictures, its exercises."""

    title: str
    texts: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    exercises: list[Exercise] = field(default_factory=list)

    def sentences(self) -> list[str]:
        paragraphs = [part.strip() for text in self.texts for part in text.split("\n\n")]
        prose = [part for part in paragraphs if part and not NO_PROSE.match(part)]
        ended = [SENTENCE_END.sub(r"\1\n", " ".join(paragraph.split())) for paragraph in prose]
        return list(dict.fromkeys("\n".join(ended).split("\n"))) if ended else []


def sections(lesson: Lesson) -> list[Section]:
    """What is taught, in order: all parts but the first page, the article's verdicts, recap and sources."""
    found = [Section("")]
    for cell in lesson.cells[1:]:
        if cell.kind == "code":
            found[-1].pictures += _titles(cell.source) if FIGURE in cell.tags else []
            continue
        for text in HEADED.split(cell.source):
            if heading := SECTION.match(text):
                found.append(Section(heading[1].strip()))
            if told := EXERCISE.match(text):
                found[-1].exercises.append(Exercise(told[1], told[2], told[3], int(told[4])))
            else:
                found[-1].texts.append(text.partition("\n")[2] if text.startswith("#") else text)
    return [one for one in found if one.exercises or (one.title and not ASIDE.match(one.title))]


def _titles(source: str) -> list[str]:
    """The pictures' titles that stand in the code as they are; they say what to see."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.keyword)]
    texts = [_text(node.value) for node in calls if node.arg == "title"]
    return [text.replace("\n", " ") for text in texts if text and "…" not in text]


def _text(node: ast.AST | None) -> str:
    """A text of the code; what it fills in when it runs is "…". Empty for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "…" for part in node.values)
    return ""


def in_class(exercises: list[Exercise]) -> list[Exercise]:
    """The shortest exercises, one at least, that fit into the time for them, in the lesson's order."""
    chosen: list[str] = []
    left = IN_CLASS
    for exercise in sorted(exercises, key=lambda one: one.minutes):
        if not chosen or exercise.minutes <= left:
            chosen.append(exercise.number)
            left -= exercise.minutes
    return [exercise for exercise in exercises if exercise.number in chosen]


def shared_out(minutes: int, weights: list[int]) -> list[int]:
    """Whole minutes for each part by its weight, with a shortest for all; they add up to `minutes`, if that is enough."""
    weights = weights if any(weights) else [1] * len(weights)
    spare = max(0, minutes - SHORTEST * len(weights))
    exact = [spare * weight / sum(weights) for weight in weights]
    shares = [int(value) for value in exact]
    by_rest = sorted(range(len(weights)), key=lambda n: shares[n] - exact[n])
    for n in by_rest[: spare - sum(shares)]:
        shares[n] += 1
    return [SHORTEST + share for share in shares]


def plan(lesson: Lesson) -> Iterator[str]:
    """The lines of the 90 minutes."""
    parts = sections(lesson)
    solved = in_class([exercise for part in parts for exercise in part.exercises])
    talk = MINUTES - OPENING - CLOSING - sum(exercise.minutes for exercise in solved)
    times = shared_out(talk, [sum(map(words, part.texts)) for part in parts])
    yield f"- **0–{OPENING} · Open** with what they will be able to do, and what it rests on."
    now = OPENING
    for part, minutes in zip(parts, times, strict=True):
        yield f"- **{now}–{now + minutes} · {part.title or 'The lesson'}**{_said(part)}"
        now += minutes
        for exercise in part.exercises:
            if exercise in solved:
                yield f"- **{now}–{now + exercise.minutes} · In class: exercise {exercise}**"
                now += exercise.minutes
    yield f"- **{now}–{now + CLOSING} · Close** with the verdicts below. They leave with:"
    yield from (f"  {line}" for line in _recap(lesson))


def _said(part: Section) -> str:
    """What to say first, what to ask and what to show in a section."""
    said, rest = "", part.sentences()
    while rest and len(said) < LONG:
        said += f" {rest.pop(0)}"
    asks = [one for one in rest if one.lstrip("*").startswith("Predict")]
    asks += [one for one in rest if one.endswith("?") and len(one) >= QUESTION and one not in asks]
    lines = [f"  - Ask: {one}" for one in asks[:2]] + [f"  - Show: {title}" for title in part.pictures]
    return "\n".join([f":{said}" if said else "", *lines])


def _recap(lesson: Lesson) -> list[str]:
    parts = [part for cell in lesson.cells if cell.kind == "markdown" for part in HEADED.split(cell.source)]
    text = next((part for part in parts if part.startswith("## Recap")), "")
    return re.findall(r"^(\d+\. .+)$", text, re.M)


def mistakes(source: str) -> list[str]:
    """The slips that a check's questions name; where they name none, what else they may find wrong."""
    slips, found = [], []
    nodes = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.stmt, ast.expr, ast.keyword))
    ]
    for node in sorted(nodes, key=lambda node: node.lineno):
        if isinstance(node, ast.keyword) and node.arg == "slips":
            slips += _keys(node.value)
        elif isinstance(node, (ast.Assign, ast.AugAssign)):
            slips += _named_slips(node)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "c.true" and len(node.args) > 1:
            found.append(_text(node.args[1]))
    # in a message "for D=3: rows are swapped" only the end is the mistake
    told = [re.sub(r"^([^:]*…[^:]*: )+", "", text) for text in slips or found]
    return [text for text in dict.fromkeys(told) if sum(map(str.isalpha, text)) >= LETTERS]


def _named_slips(node: ast.Assign | ast.AugAssign) -> list[str]:
    """The sentences of `slips = {…}`, `slips |= {…}` and `slips["…"] = …`."""
    found = []
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        if "slips" in ast.unparse(target).partition("[")[0]:
            found += [_text(target.slice)] if isinstance(target, ast.Subscript) else []
            found += _keys(node.value)
    return found


def _keys(node: ast.AST) -> list[str]:
    dicts = [part for part in ast.walk(node) if isinstance(part, ast.Dict)]
    return [_text(key) for part in dicts for key in part.keys]


def _mistakes(lesson: Lesson, exercises: list[Exercise]) -> Iterator[str]:
    asked = {cell.checked(): question(lesson, cell).source for cell in lesson.code() if cell.checked()}
    for exercise in exercises:
        known = mistakes(asked.get(exercise.number, ""))
        if known:
            yield "\n".join([f"**{exercise}**\n", *(f"- {text}" for text in known[:MISTAKES])])
            if len(known) > MISTAKES:
                yield f"and {len(known) - MISTAKES} more, in [the checks](../utils/checks/{lesson.name}.py)."


def _verdicts(lesson: Lesson) -> Iterator[str]:
    """One line a claim; a verdict that the code chooses is told by the run."""
    for cell in lesson.code():
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "claim" and len(node.args) > 2:
                section, text, verdict = map(_text, node.args[:3])
                yield f"- {section or '…'} “{text or '…'}”: **{verdict or 'as the run decides'}**"


def page(lesson: Lesson, notes: str = f"{BEGIN}\n{END}") -> str:
    """The whole page of a lesson."""
    heading, *goals = lesson.cells[0].source.split("\n\n")
    exercises = [exercise for part in sections(lesson) for exercise in part.exercises]
    solved = in_class(exercises)
    text = PAGE.format(
        number=lesson.number,
        title=heading.split(" · ", 1)[-1].strip(),
        name=lesson.name,
        goals="\n\n".join(goals),
        plan="\n".join(plan(lesson)),
        home="; ".join(str(one) for one in exercises if one not in solved) or "nothing",
        mistakes="\n\n".join(_mistakes(lesson, exercises)) or "They name none.",
        verdicts="\n".join(_verdicts(lesson)) or "No claim of it is judged here.",
        notes="{notes}",
    )
    return re.sub(r"\]\((\d\w+\.ipynb)", r"](../chapters/\1", text).replace("{notes}", notes)


def stored(name: str) -> str:
    """A file of the folder as it lies there, or an empty text."""
    path = TEACHING / f"{name}.md"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def made(lesson: Lesson) -> str:
    """The page as it should be: made anew around the notes that stand in the stored one."""
    notes = NOTES.search(stored(lesson.name))
    return page(lesson, notes[0]) if notes else page(lesson)


def stale(lesson: Lesson) -> bool:
    return stored(lesson.name) != made(lesson)


def with_index(readme: str, lessons: list[Lesson]) -> str:
    """The text of the folder's README with its table of lessons made anew."""
    rows = ["| lesson | in class | at home |", "|---|---|---|"]
    for lesson in lessons:
        exercises = [exercise for part in sections(lesson) for exercise in part.exercises]
        solved = in_class(exercises)
        names = [
            ", ".join(f"{one.number} {one.stars}" for one in exercises if (one in solved) == here)
            for here in (True, False)
        ]
        title = lesson.cells[0].source.partition("\n")[0].removeprefix("# ")
        rows.append(f"| [{title}]({lesson.name}.md) | {names[0]} | {names[1]} |")
    return between_marks(readme, rows, "teaching/README.md")
