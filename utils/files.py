"""Where the course and the learner's own files lie, and how a file is written."""

import json
import os
import secrets
from pathlib import Path

from platformdirs import user_data_path

from utils.errors import CourseError

PACKAGE = Path(__file__).resolve().parent


def _root() -> Path:
    """COURSE_ROOT; or the folder around this package; or, where that was installed alone, the one that we stand in."""
    if chosen := os.environ.get("COURSE_ROOT"):
        return Path(chosen)
    here = Path.cwd()
    places = [PACKAGE.parent, here, *here.parents]
    return next((place for place in places if (place / "chapters").is_dir()), PACKAGE.parent)


ROOT = _root()
CHAPTERS = ROOT / "chapters"
LESSONS = ROOT / "lessons"
# What the package carries of each lesson; a course of one's own has it beside its lessons.
_own = os.environ.get("COURSE_ROOT") and any((ROOT / name).is_dir() for name in ("checks", "lessons"))
CHECKS = ROOT / "checks" if _own else PACKAGE / "checks"


def course_home() -> Path:
    """Where the learner's own record and downloads lie: COURSE_HOME, or the user's data folder of this system."""
    chosen = os.environ.get("COURSE_HOME")
    return Path(chosen).expanduser() if chosen else user_data_path("cornerstone-course", appauthor=False)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file, a text as UTF-8, so that a reader, or a crash, sees the old content or the new, never a part.

    Each writer has a part of its own, so several may write one file: the last wins, and every reader sees a whole one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        # not tempfile: its files can be read by their owner only, and keep that when they are moved
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # or a power cut could leave the new name with nothing in it
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def notebook_cells(path: Path) -> list[dict]:
    """The cells of a notebook file; raises CourseError when the file is no notebook."""
    try:
        return list(json.loads(path.read_text(encoding="utf-8"))["cells"])
    except (ValueError, KeyError, TypeError) as error:
        where = f"{path.parent.name}/{path.name}"
        raise CourseError(f"{where} is not a whole notebook; make it anew with `course build`.") from error
