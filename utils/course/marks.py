"""The marks of a class: a table, a CSV and a page of feedback for each learner."""

import csv
import html
import io
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from utils.course.plain import SENTENCE
from utils.course.submissions import Submission, chapter
from utils.files import write_atomically

SIGNS = {"passed": "✔", "failed": "✘", "not attempted": "○", "tampered": "!", "unjudged": "?"}
COLUMNS = ["learner", "lesson", "file", "points", "of", "note"]  # and one for each exercise
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em; color: #222; background: #fff }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ border-bottom: 1px solid #bbb; padding: .4em .6em; text-align: left; vertical-align: top }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; font: 14px/1.4 monospace }}
</style></head>
<body><h1>{title}</h1>
{body}
</body></html>
"""


@dataclass(frozen=True)
class Mark:
    """What became of one exercise: a key of SIGNS, and why."""

    status: str
    sentence: str = ""

    def text(self) -> str:
        said = self.sentence[:SENTENCE]
        return f"{self.status}: {said}" if said else self.status


@dataclass
class Marked:
    """One notebook with the marks of its exercises, or why it could not be read."""

    submission: Submission
    marks: dict[str, Mark]
    problem: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def judged(self) -> bool:
        return not self.problem and all(mark.status != "unjudged" for mark in self.marks.values())

    @property
    def points(self) -> int:
        known = self._exercises()
        return sum(known[number].points for number, mark in self.marks.items() if mark.status == "passed")

    @property
    def possible(self) -> int:
        return sum(exercise.points for exercise in self._exercises().values())

    def _exercises(self) -> dict:
        return chapter(self.submission.lesson).exercises if self.submission.lesson else {}


def compare(marked: list[Marked]) -> None:
    """Note which learners handed in the same file, and who handed in a lesson twice."""
    same, twice = defaultdict(list), defaultdict(list)
    for one in marked:
        if any(mark.status != "not attempted" for mark in one.marks.values()):
            same[one.submission.digest].append(one)
        if one.submission.lesson:
            twice[one.submission.learner, one.submission.lesson].append(one)
    for group in same.values():
        for one in group:
            others = {o.submission.learner for o in group} - {one.submission.learner}
            if others:
                one.notes.append(f"same file as {', '.join(sorted(others))}")
    for group in twice.values():
        for one in group if len(group) > 1 else []:
            one.notes.append("handed in more than once")


def show(marked: list[Marked], console: Console) -> None:
    """The table on the terminal, and below it each sentence that says why a notebook could not be judged."""
    compare(marked)
    view = Table("learner", "lesson", "exercises", "points", "note")
    for one in marked:
        signs = " ".join(SIGNS[mark.status] for mark in one.marks.values())
        points = f"{one.points} of {one.possible}" if one.marks else ""
        note = "; ".join([*(["not readable"] if one.problem else []), *one.notes])
        row = (one.submission.learner, one.submission.lesson, signs, points, note)
        view.add_row(*map(Text, map(printable, row)))
    console.print(view)
    console.print("✔ passed  ✘ failed  ○ not attempted  ! tampered  ? not judged", highlight=False)
    for one in marked:
        unjudged = [number for number, mark in one.marks.items() if mark.status == "unjudged"]
        why = one.problem or (f"{', '.join(unjudged)} could not be judged here" if unjudged else "")
        if why:
            line = f"{one.submission.path}: {why}"
            console.print(printable(line), markup=False, highlight=False, soft_wrap=True)


def printable(text: str) -> str:
    """Without what would move a terminal's cursor or colour it."""
    return "".join(character if character.isprintable() else "�" for character in text)


def write_csv(marked: list[Marked], path: Path) -> None:
    """One row a notebook, one column an exercise of any lesson that was handed in."""
    exercises = dict.fromkeys(number for one in sorted(marked, key=_lesson) for number in one.marks)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([*COLUMNS, *exercises])
    for one in marked:
        note = "; ".join([*([f"not readable: {one.problem}"] if one.problem else []), *one.notes])
        marks = [one.marks[number].text() if number in one.marks else "" for number in exercises]
        points = [one.points, one.possible] if one.marks else ["", ""]
        row = [one.submission.learner, one.submission.lesson, one.submission.path.name, *points, note, *marks]
        writer.writerow(map(harmless, row))
    write_atomically(path, _bytes(file.getvalue()))


def _bytes(text: str) -> bytes:
    """UTF-8, also of a text that has none: an answer chooses part of it."""
    return text.encode("utf-8", "replace")


def _lesson(one: Marked) -> str:
    return one.submission.lesson


def harmless(value: object) -> object:
    """A text that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.startswith(tuple("=+-@\t\r\n＝＋－＠")):
        return "'" + value
    return value


def feedback(marked: list[Marked], folder: Path) -> None:
    """One page a learner, which needs nothing but itself."""
    by_learner = defaultdict(list)
    for one in marked:
        by_learner[one.submission.learner].append(one)
    taken: set[str] = set()
    for learner, own in by_learner.items():
        name = stem = re.sub(r"[^\w-]+", "_", learner).strip("_")[:100] or "learner"
        number = 1
        while _on_disk(name) in taken:
            number += 1
            name = f"{stem}_{number}"
        taken.add(_on_disk(name))
        body = "\n".join(map(_section, own))
        page = PAGE.format(title=html.escape(learner), body=body)
        write_atomically(folder / f"{name}.html", _bytes(page))


def _on_disk(name: str) -> str:
    """A name as systems see it that take é and e with an accent, or capitals and small letters, for one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _section(one: Marked) -> str:
    """One notebook on a page of feedback."""
    title = html.escape(one.submission.lesson or one.submission.path.name)
    if one.problem:
        return f"<h2>{title}</h2>\n<p>This file could not be read: {html.escape(one.problem)}.</p>"
    known = chapter(one.submission.lesson).exercises
    rows = [
        f"<tr><th scope='row'>{number} · {html.escape(known[number].title)}</th>"
        f"<td>{SIGNS[mark.status]} {mark.status}</td>"
        f"<td>{known[number].points if mark.status == 'passed' else 0} of {known[number].points}</td>"
        f"<td><pre>{html.escape(mark.sentence[:SENTENCE])}</pre></td></tr>"
        for number, mark in one.marks.items()
    ]
    head = "<tr><th>exercise</th><th>result</th><th>points</th><th>what the check says</th></tr>"
    return "\n".join(
        [f"<h2>{title}: {one.points} of {one.possible} points</h2>", "<table>", head, *rows, "</table>"]
    )
