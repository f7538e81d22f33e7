"""`course verify`: do the measured numbers of the stored notebooks come out on this machine, within the bands that they assert?

A lesson asserts a band for each number behind ≈ in the cell that shows it or in the next one. A lesson that runs to its end has
kept all of them; one that stops says at which cell. The stored notebook is compared with its new run, cell by cell.
"""

import importlib.metadata
import os
import platform
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from utils.course import SOLUTIONS
from utils.course.execute import Result, environment, execute_all
from utils.course.run import job, known_lessons, lesson_path
from utils.errors import CourseError
from utils.files import check_place, notebook_cells, write_atomically

# as tests/sanitize.cfg masks them
MEASURED = re.compile(r"≈ ([^\s<]+)")
NUMBER = re.compile(r"-?[\d,]*\.?\d+(?:e[+-]?\d+)?")
SAME, INSIDE, BROKEN, MISSING = "same", "in its band", "at a broken band", "not shown"
DECIDES = ("torch", "numpy", "scikit-learn", "keras", "scipy")


@dataclass(frozen=True)
class Measured:
    """One number behind ≈: in which code cell (from 1), after which words, as stored and as found here (None: not shown)."""

    lesson: str
    cell: int
    words: str
    stored: str
    here: str | None
    state: str

    @property
    def apart(self) -> float:
        """How far the two are apart, as a share of the larger; inf where one of them is no number."""
        if self.stored == self.here:
            return 0.0
        pair = [NUMBER.match(text or "") for text in (self.stored, self.here)]
        if None in pair:
            return float("inf")
        a, b = (float(found[0].replace(",", "")) for found in pair if found)
        return abs(a - b) / max(abs(a), abs(b)) if a != b else 0.0


def printed(cell: dict) -> str:
    """What a code cell shows as plain text: what it printed, however many pieces that came in, then what it displayed."""
    outputs = cell.get("outputs", [])
    streams = ["".join(o["text"]) for o in outputs if o["output_type"] == "stream" and o["name"] == "stdout"]
    displays = [
        "".join(o.get("data", {}).get("text/plain", "")) for o in outputs if o["output_type"] != "stream"
    ]
    return "\n".join(["".join(streams), *displays])


def shown(cell: dict) -> list[tuple[str, str]]:
    """The numbers behind ≈ of a cell's output: the words before each in its line, and the number."""
    found = []
    for line in printed(cell).splitlines():
        end = 0
        for match in MEASURED.finditer(line):
            found.append((line[end : match.start()].strip(" |,;:"), match[1]))
            end = match.end()
    return found


def code_cells(path: Path) -> list[dict]:
    """A notebook's code cells, without the one that papermill puts in."""
    cells = [cell for cell in notebook_cells(path) if cell["cell_type"] == "code"]
    return [cell for cell in cells if "injected-parameters" not in cell["metadata"].get("tags", [])]


def stopped_at(cells: list[dict]) -> int | None:
    """The number of the first code cell (from 1) that holds an error."""
    for number, cell in enumerate(cells, 1):
        if any(output["output_type"] == "error" for output in cell.get("outputs", [])):
            return number
    return None


def pairs(stored: list[dict], run: list[dict]) -> Iterator[tuple[int, dict, dict]]:
    """The code cells whose outputs are compared: number (from 1), as stored, as run here."""
    for number, (old, new) in enumerate(zip(stored, run, strict=True), 1):
        if "nbval-ignore-output" not in old["metadata"].get("tags", []):
            yield number, old, new


def compare(lesson: str, stored: list[dict], run: list[dict]) -> Iterator[Measured]:
    """Each measured number of the stored notebook's code cells beside that of its new run."""
    stop = stopped_at(run)
    # the band stands in the cell of the number or in the next
    broken = {stop - 1, stop} if stop else set()
    for number, old, new in pairs(stored, run):
        here = shown(new)
        for place, (words, value) in enumerate(shown(old)):
            now = here[place][1] if place < len(here) else None
            state = (
                MISSING if now is None else BROKEN if number in broken else SAME if now == value else INSIDE
            )
            yield Measured(lesson, number, words, value, now, state)


def exact_differences(stored: list[dict], run: list[dict]) -> list[int]:
    """The code cells (from 1) whose text differs beside the measured numbers: exact output that is not the same."""
    return [
        number
        for number, old, new in pairs(stored, run)
        if new.get("execution_count") is not None and exact(old) != exact(new)
    ]


def exact(cell: dict) -> str:
    """What a code cell shows, without measured numbers and the machine's own device."""
    return re.sub(r"device: [^\n]+", "device: #", MEASURED.sub("≈ #", printed(cell)))


def machine(threads: int) -> list[str]:
    """What decides which digits come out: processor, system, Python and the libraries that calculate. No name, no path."""
    import torch

    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in DECIDES)
    return [
        f"{platform.system()} {platform.release()}, {platform.machine()}, {os.cpu_count()} cores, "
        f"{torch.backends.cpu.get_cpu_capability()}, {threads} thread(s) a notebook",
        f"Python {platform.python_version()}, {versions}",
    ]


@dataclass(frozen=True)
class Verdict:
    """What became of one lesson."""

    result: Result
    numbers: list[Measured]
    exact: list[int]

    @property
    def good(self) -> bool:
        return self.result.status == "done" and not self.exact and not self.count(MISSING)

    def count(self, *states: str) -> int:
        return sum(number.state in states for number in self.numbers)

    @property
    def widest(self) -> float:
        return max((number.apart for number in self.numbers if number.here is not None), default=0.0)

    def row(self) -> list[str]:
        return [
            self.result.name,
            "all bands kept" if self.result.status == "done" else self.result.error or self.result.status,
            str(len(self.numbers)),
            str(self.count(SAME)),
            str(self.count(INSIDE)),
            str(self.count(BROKEN, MISSING)),
            f"{100 * self.widest:.1f} %",
            ", ".join(map(str, self.exact)) or "none",
        ]


TITLE = "# course verify"
HEAD = ["lesson", "ran", "≈", "same", "in band", "out", "apart", "other text"]
LEGEND = (
    "≈: measured numbers that the stored notebook shows. In band: other digits, and the assertion beside them held. Out: the "
    "assertion beside them failed, or they were not shown. Apart: the furthest of them from the stored one. Other text: code "
    "cells whose exact output differs."
)


def report(verdicts: list[Verdict], threads: int) -> str:
    """The whole as Markdown: machine, a row for each lesson, and every number that is not the stored one."""
    lines = [
        f"{TITLE}, {time.strftime('%Y-%m-%d')}",
        "",
        *(f"- {line}" for line in machine(threads)),
        "",
    ]
    lines += ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    lines += ["| " + " | ".join(_cell(text) for text in verdict.row()) + " |" for verdict in verdicts]
    lines += ["", LEGEND]
    other = [n for verdict in verdicts for n in verdict.numbers if n.state != SAME]
    if other:
        lines += ["", "## Numbers that are not the stored ones", ""]
        lines += ["| lesson | code cell | what | stored | here | |", "|---|---|---|---|---|---|"]
        lines += [
            f"| {n.lesson} | {n.cell} | {_cell(n.words)} | {_cell(n.stored)} | {_cell(n.here or '—')} | {n.state} |"
            for n in other
        ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Text for a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


def verify(names: list[str], *, out: Path, workers: int, threads: int, timeout: int, console: Console) -> int:
    """Run the stored solutions anew, compare, write the report; exit status 1 when something did not come out."""
    check_place(out, "--out", begins=TITLE)
    if not SOLUTIONS.is_dir():
        raise CourseError(
            "There is no folder solutions/ here, and its stored numbers are what is compared with."
        )
    wanted = names or known_lessons(solutions=True)
    paths = list(dict.fromkeys(lesson_path(name, solutions=True) for name in wanted))
    results = [Result(path.stem) for path in paths]
    with tempfile.TemporaryDirectory(prefix="verify-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        jobs = [(job(path, folder / path.name, {}, timeout), environment(threads)) for path in paths]
        console.print(f"Lessons to run: {len(paths)}, up to {workers} at once; this takes a while.")
        complete = execute_all(jobs, results, workers, on_done=lambda i: console.print(_said(results[i])))
        if not complete:
            raise KeyboardInterrupt  # the command says that it was interrupted
        verdicts = [_judge(path, folder / path.name, r) for path, r in zip(paths, results, strict=True)]
    write_atomically(out, report(verdicts, threads))
    return _tell(verdicts, out, console)


def _said(result: Result) -> str:
    return f"{'✔' if result.status == 'done' else '✘'} {result.name} {escape(result.error)}"


def _judge(stored: Path, run: Path, result: Result) -> Verdict:
    if not run.is_file():
        return Verdict(result, [], [])
    before, after = code_cells(stored), code_cells(run)
    return Verdict(result, list(compare(result.name, before, after)), exact_differences(before, after))


def _tell(verdicts: list[Verdict], out: Path, console: Console) -> int:
    table = Table(*HEAD)
    for verdict in verdicts:
        table.add_row(*map(escape, verdict.row()))
    console.print(table)
    bad = [verdict.result.name for verdict in verdicts if not verdict.good]
    console.print(
        f"{len(verdicts) - len(bad)} of {len(verdicts)} lessons came out; the report is in {out}. "
        "Attach it to an issue when something is amiss.",
        markup=False,
        soft_wrap=True,
    )
    return 1 if bad else 0
