"""`course progress --homes`: how far a class is, from the records that lie in its learners' homes."""

import csv
import io
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from utils import shipped
from utils.course.marks import harmless, printable
from utils.errors import CourseError
from utils.files import check_place, write_atomically
from utils.progress import results

# where a record lies in a home: COURSE_HOME itself, or the data folder of Linux, macOS and Windows
PLACES = (
    ".",
    ".local/share/cornerstone-course",
    "Library/Application Support/cornerstone-course",
    "AppData/Local/cornerstone-course",
)
STATUSES = ("passed", "failed")
COLUMNS = ["learner", "lesson", "exercise", "status", "tries", "first", "passed_at"]


def class_progress(homes: Path, lesson: str | None, path: Path | None, console: Console) -> int:
    """Show a line for each learner, and write a row for each learner and exercise; a record is a word, and no mark."""
    learners = {home.name: _record(home) for home in _homes(homes)}
    if path is not None:
        check_place(path, "--csv", begins=",".join(COLUMNS))
    exercises = shipped.exercises(lesson)
    view = Table("learner", "passed", "tried", "of", "last")
    for learner, record in learners.items():
        known = [record[number] for numbers in exercises.values() for number in numbers if number in record]
        passed = sum(one["status"] == "passed" for one in known)
        last = max((str(one.get("time", "")) for one in known), default="")
        cells = (learner, passed, len(known), sum(map(len, exercises.values())), last)
        view.add_row(*(Text(printable(str(cell))) for cell in cells))
    console.print(view)
    if path is not None:
        write_atomically(path, _table(learners, exercises).encode("utf-8", "replace"))
    return 0


def _homes(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise CourseError(f"{folder} is no folder; name the one that holds your learners' homes.")
    found = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not found:
        raise CourseError(f"There is no home in {folder}; a learner's home is a folder in it.")
    return found


def _record(home: Path) -> dict[str, dict]:
    """What a learner has tried, from whichever place holds a record; a status that no check gives is left out."""
    record: dict[str, dict] = {}
    for place in PLACES:
        record |= {n: one for n, one in results(home / place).items() if one.get("status") in STATUSES}
    return record


def _table(learners: dict[str, dict[str, dict]], exercises: dict[str, list[str]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for learner, record in learners.items():
        for lesson, numbers in exercises.items():
            for number in numbers:
                one = record.get(number, {"status": "not attempted", "tries": 0})
                told = [str(one.get(name, "")) for name in COLUMNS[3:]]
                writer.writerow(map(harmless, [learner, lesson, number, *told]))
    return file.getvalue()
