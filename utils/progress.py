"""The learner's own record: which exercises were tried and passed."""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from utils import shipped
from utils.errors import CourseError
from utils.files import course_home, write_atomically


def record_result(exercise: str, status: str) -> None:
    """Keep the result of one check, one small file for each exercise.

    A file is written beside its place and then moved there, so that an interrupted write leaves the old one whole and
    two kernels never spoil each other's. Nothing is kept for a notebook of solutions, nor where COURSE_PROGRESS=off.
    A check passed once stays passed. A record that cannot be written is said, and stops nothing.
    """
    if os.environ.get("COURSE_PROGRESS") == "off" or _in_solutions() or status == "not attempted":
        return
    try:
        folder = course_home() / "progress"
        folder.mkdir(parents=True, exist_ok=True)
        with _alone_in(folder):
            before = _read_result(folder / f"{exercise}.json")
            passed, now = before.get("status") == "passed", time.strftime("%Y-%m-%dT%H:%M:%S%z")
            record = {
                "exercise": exercise,
                "status": "passed" if passed else status,
                "tries": before.get("tries", 0) + (not passed),
                "first": before.get("first", before.get("time", now)),
                "time": now,
            }
            if record["status"] == "passed":
                record["passed_at"] = before.get("passed_at", before.get("time", now) if passed else now)
            write_atomically(folder / f"{exercise}.json", json.dumps(record))
    # CourseError: there is no home folder, such as that of COURSE_HOME=~someone without such a user
    except (OSError, CourseError) as error:
        reason = getattr(error, "strerror", None) or str(error).rstrip(".")
        print(f"(progress was not recorded: {reason}; set COURSE_HOME to a folder you can write)")


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time read and rewrite a record; where files cannot be locked, go on without."""
    with (folder / ".lock").open("w") as file:
        with contextlib.suppress(ImportError, OSError):
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _in_solutions() -> bool:
    """JupyterLab tells a kernel which notebook it serves."""
    return Path(os.environ.get("JPY_SESSION_NAME", "")).parent.name == "solutions"


def _read_result(path: Path) -> dict:
    """One exercise's record; a file that is missing or spoilt counts as no record."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    fits = isinstance(record, dict) and isinstance(record.get("tries"), int)
    texts = fits and all(isinstance(record.get(name), str) for name in ("exercise", "status"))
    return record if texts else {}


def results(home: Path | None = None) -> dict[str, dict]:
    """All recorded results: {exercise: {"status", "tries", "first", "time" of the last, and "passed_at"}}.

    home: another learner's folder of records and downloads.
    """
    records = map(_read_result, sorted(((home or course_home()) / "progress").glob("*.json")))
    return {record["exercise"]: record for record in records if record}


def progress(lesson: str | None = None) -> str:
    """One line for each lesson: a mark for each exercise (✔ passed, ✘ tried, ○ open) and how many are passed."""
    done = results()
    marks = {"passed": "✔", "failed": "✘"}
    lines = []
    for name, ids in shipped.exercises(lesson).items():
        row = "".join(marks.get(done.get(exercise, {}).get("status", ""), "○") for exercise in ids)
        lines.append(f"{name:<24} {row:<8} {row.count('✔')} of {len(ids)}")
    return "\n".join(lines) or "no lessons"
