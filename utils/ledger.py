"""The ledger: every verdict on the article, read from the notebooks that computed it, and what each of its sentences got.

A notebook keeps a verdict in the metadata of its output (`utils.show.claim`). The article's text is no part of the course:
`article.csv` holds what it says in our own words, section by section, and for each sentence what happened to it.
"""

import csv
import html
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from utils.errors import CourseError
from utils.files import CHAPTERS, notebook_cells
from utils.shipped import number

LESSON = re.compile(r"\d\d[a-z]?_\w+")
# From the kindest to the hardest: a verdict is written for a reader, its kind is for counting.
KINDS = ("right", "right, with a condition", "imprecise", "not shown", "wrong")
WORDS = {
    # what was right once, or is wrong for some cases alone, is not simply wrong
    "imprecise": ("imprecise", "incomplete", "half", "only", "overstated", "partly", "vague", "outdated"),
    "not shown": ("unsupported", "unproven", "possible", "depends", "found", "shown", "guarantee", "decided"),
    "wrong": ("wrong", "impossible", "contradicts"),
}
# What is amiss with a sentence, in the table of the article, and the question that would have found it.
FAULTS = {
    "condition": "When does it hold?",
    "omission": "When does it hold?",
    "contradiction": "When does it hold?",
    "evidence": "How do you know?",
    "fact": "How do you know?",
    "confusion": "How do you know?",
    "source": "Who says so?",
    "outdated": "Who says so?",
}


class Entry(NamedTuple):
    """One verdict: the lesson and the cell that show it, and the record that `claim` left there."""

    lesson: str
    cell: str
    where: str
    what: str
    verdict: str
    right: str

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections that it is about: "§7.3, §10" names two."""
        return tuple(self.where.split(", "))

    @property
    def kind(self) -> str:
        """Its kind, one of KINDS, or "other" for a verdict in words that WORDS does not have."""
        return kind_of(self.verdict)

    @property
    def link(self) -> str:
        """Its cell, from a notebook beside that lesson's; JupyterLab goes to the cell."""
        return f"{self.lesson}.ipynb#cell-id={self.cell}"


def kind_of(verdict: str) -> str:
    """The kind of a verdict: "right, but generic" is "right, with a condition", "impossible" is "wrong"."""
    words = set(re.findall(r"[a-z]+", verdict.casefold()))
    if words == {"right"}:
        return "right"
    if "right" in words and not words & {"half", "wrong"}:
        return "right, with a condition"
    if "right" in words or "wrong for" in verdict.casefold():
        return "imprecise"
    return next((kind for kind, known in WORDS.items() if words & set(known)), "other")


def verdicts(notebook: Path) -> list[Entry]:
    """The verdicts that one notebook shows, in their order.

    Raises CourseError where a cell claims something and shows no verdict: its outputs were cleared, or it never ran.
    """
    found = []
    cells = notebook_cells(notebook)
    callers = re.compile(rf"^(?:{'|'.join(_callers(cells))})\(", re.M)
    for cell in cells:
        records = [
            record
            for output in cell.get("outputs", [])
            if (record := output.get("metadata", {}).get("cornerstone_claim"))
        ]
        if not records and cell["cell_type"] == "code" and _ought_to_claim(cell, callers):
            raise CourseError(
                f"{notebook.parent.name}/{notebook.name} shows no verdict for a claim: run that notebook and save it."
            )
        found += [Entry(notebook.stem, cell["id"], **record) for record in records]
    return found


def entries(folder: Path = CHAPTERS, before: str = "") -> list[Entry]:
    """The ledger: all verdicts of a folder's notebooks, in the order of the lessons.

    before: the name of a lesson; then only notebooks that come before it are read. A lesson that shows the ledger gives its
    own name, since what it shows may not depend on what it showed when it was last run.
    """
    return [entry for notebook in notebooks(folder, before) for entry in verdicts(notebook)]


def notebooks(folder: Path = CHAPTERS, before: str = "") -> list[Path]:
    """The notebooks of a folder, in the order of the course; only those before a lesson, if one is named."""
    found = (
        path for path in folder.glob("*.ipynb") if LESSON.fullmatch(path.stem)
    )  # no copy that JupyterLab made
    return sorted(path for path in found if not before or path.stem < before)


def _ought_to_claim(cell: dict, callers: re.Pattern) -> bool:
    """Whether a cell that shows no verdict should: under an `if` it may have had reasons, unless it never ran."""
    never_ran = cell.get("execution_count") is None
    return bool(
        callers.search(_source(cell)) or (never_ran and re.search(r"^\s+claim\(", _source(cell), re.M))
    )


def _callers(cells: Iterable[dict]) -> list[str]:
    """ "claim", and the functions of a notebook that call it: a call of theirs at the left edge shows a verdict."""
    text = "\n".join(_source(cell) for cell in cells if cell["cell_type"] == "code")
    bodies = re.findall(r"^def (\w+)\(.*\n((?:[ \t]+\S.*\n|[ \t]*\n)*)", text + "\n", re.M)
    return ["claim", *(name for name, body in bodies if re.search(r"\bclaim\(", body))]


def _source(cell: dict) -> str:
    """A cell's text, which a notebook may store line by line."""
    return "".join(cell.get("source", ""))


# ------------------------------------------------------------------------------
# the article, sentence by sentence


class Sentence(NamedTuple):
    """What the article says in one place, in our words.

    key: words of the claim that a verdict is on, in small letters. because: why nothing is judged, where nothing is.
    fault: what is amiss with it (one of FAULTS), as we read it; empty where nothing is. lesson: who judges it.
    """

    section: str
    says: str
    key: str
    lesson: str
    fault: str
    because: str


def article() -> list[Sentence]:
    """What the article says, in its order."""
    with Path(__file__).with_name("article.csv").open(encoding="utf-8", newline="") as file:
        return [Sentence(**row) for row in csv.DictReader(file)]


def judging(sentence: Sentence, ledger: Iterable[Entry]) -> list[Entry]:
    """The verdicts on a sentence: they name its section, and their claim holds its key."""
    if not sentence.key:
        return []
    return [e for e in ledger if sentence.section in e.sections and sentence.key in e.what.casefold()]


def state(sentence: Sentence, ledger: Iterable[Entry], lessons: Iterable[str]) -> str:
    """ "judged"; "not judged", for a reason that the table gives; "later", if its lesson is not among these; or "open"."""
    if judging(sentence, ledger):
        return "judged"
    if sentence.because:
        return "not judged"
    return "open" if sentence.lesson in lessons else "later"


def fault_of(entry: Entry, sentences: Iterable[Sentence]) -> str:
    """What is amiss with the sentence that a verdict is about; empty for a plain "right"."""
    if entry.kind == "right":
        return ""
    return next((s.fault for s in sentences if s.fault and judging(s, [entry])), "")


# ------------------------------------------------------------------------------
# to look at


def as_html(ledger: Iterable[Entry], folder: str = "") -> str:
    """The ledger as an HTML table in the order of the article; folder: what stands before the links, such as "chapters/"."""
    rows = [
        f"<tr><td>{html.escape(entry.where)}</td><td>{html.escape(entry.what)}</td>"
        f"<td><b>{html.escape(entry.verdict)}</b></td><td>{html.escape(entry.right)}</td>"
        f'<td><a href="{folder}{entry.link}">{html.escape(number(entry.lesson))}</a></td></tr>'
        for entry in sorted(ledger, key=lambda entry: place(entry.sections[0]))
    ]
    head = "<tr><th>article</th><th>claim, in our words</th><th>verdict</th><th>what holds</th><th>lesson</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def place(section: str) -> tuple[int, ...]:
    """For sorting sections as the article has them: §4.2.1 before §10, the abstract first."""
    return tuple(int(part) for part in re.findall(r"\d+", section))
