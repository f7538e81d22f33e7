"""Where the course and the learner's own files lie, and how a file is written."""

import contextlib
import json
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from utils.errors import CourseError

PACKAGE = Path(__file__).resolve().parent
VARIABLES = ("COURSE_ROOT", "COURSE_HOME", "COURSE_DATA")


def _chosen(variable: str) -> str:
    """What a variable says, with "~" replaced where its home folder is known; empty when it says nothing.

    A relative path is counted from the folder in which a program was started. A notebook's kernel is started in the
    notebook's folder, and cannot know which one was meant: there it raises CourseError.
    """
    path = os.path.expanduser(os.environ.get(variable, ""))
    if path and not path.startswith("~") and not os.path.isabs(path) and "ipykernel.kernelapp" in sys.modules:
        raise CourseError(
            f"{variable} is {path!r}; write the whole path, because a notebook runs in a folder of its own."
        )
    return path


def named_folder(variable: str) -> Path | None:
    """The folder that an environment variable names, as an absolute path; None when it names none."""
    path = _chosen(variable)
    if path.startswith("~"):
        raise CourseError(
            f"{variable} is {path!r}, and no such home folder is known here; write the whole path of a folder."
        )
    return Path(path).absolute() if path else None


def make_variables_absolute() -> None:
    """Let what this program starts, whose notebooks run in other folders, mean the same folders as this program.

    Raises CourseError where the folder in which it was started is gone, because then nobody can say which are meant.
    """
    try:
        os.getcwd()
    except FileNotFoundError as error:
        raise CourseError("The folder that you stand in was removed; go to another one with `cd`.") from error
    for variable in VARIABLES:
        path = _chosen(variable)
        if path and not path.startswith("~"):
            os.environ[variable] = os.path.abspath(path)


def _root() -> Path:
    """COURSE_ROOT; or the folder around this package; or, where that was installed alone, the one that we stand in."""
    try:
        if chosen := _chosen("COURSE_ROOT"):
            return Path(chosen).absolute()
        here = Path.cwd()
        places = [PACKAGE.parent, here, *here.parents]
    except FileNotFoundError:  # the folder that we stand in was removed
        places = [PACKAGE.parent]
    return next((place for place in places if os.path.isdir(place / "chapters")), PACKAGE.parent)


# The folder that holds lessons/ and chapters/; COURSE_ROOT names another, for a course of one's own.
ROOT = _root()
CHAPTERS = ROOT / "chapters"
LESSONS = ROOT / "lessons"
# What the package carries of each lesson; a course of one's own has it beside its lessons.
_own = os.environ.get("COURSE_ROOT") and any(os.path.isdir(ROOT / name) for name in ("checks", "lessons"))
CHECKS = ROOT / "checks" if _own else PACKAGE / "checks"


def course_home() -> Path:
    """Where the learner's own record and downloads lie: COURSE_HOME, or the user's data folder of this system.

    Raises CourseError when there is no such folder: "~someone" without such a user, or a user without a home.
    """
    chosen = named_folder("COURSE_HOME")
    if chosen is not None:
        return chosen
    try:
        home = user_data_path("cornerstone-course", appauthor=False)
    except RuntimeError:
        home = Path()
    if not home.is_absolute():
        raise CourseError(
            "This system names no home folder for you; set COURSE_HOME to a folder you can write."
        )
    return home


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


def check_place(path: Path, option: str, *, begins: str = "", folder: bool = False) -> None:
    """Raise CourseError when no file (or no folder with files) can be made at `path`; leaves nothing there.

    What is there is only written over when it is empty or an earlier file of the same command, which begins with `begins`. What
    is neither a file nor a folder, such as /dev/null, would be replaced by a file, and is refused too.

    For a command that works for minutes before it writes what `option` asks for.
    """
    path = path.absolute()
    if path.is_dir() and not folder:
        raise CourseError(f"{path} is a folder; give {option} the name of a file.")
    if folder and os.path.lexists(path) and not path.is_dir():
        raise CourseError(f"{path} is no folder; give {option} the name of one, or a new name.")
    if not folder and os.path.exists(path) and not path.is_file():
        raise CourseError(f"{path} is no ordinary file; give {option} the name of one, or a new name.")
    if not folder and path.is_file() and not _begins(path, begins.encode("utf-8")):
        raise CourseError(
            f"{path} exists, was not written by this command, and is left as it is; give {option} a new name."
        )
    place = path if path.is_dir() else next(p for p in path.parents if os.path.lexists(p))
    probe = place / f"{path.name}.{secrets.token_hex(4)}.part"
    try:
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise CourseError(
            f"{path} cannot be made ({error.strerror}); give {option} another place."
        ) from error


def _begins(path: Path, begin: bytes) -> bool:
    """Whether a file is empty or begins so."""
    with path.open("rb") as file:
        return file.read(len(begin)) in (b"", begin)


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill, which gets its name when all is in it; an error in between leaves nothing behind.

    Raises CourseError when there is something of that name already.
    """
    path = path.absolute()
    if os.path.lexists(path):
        raise CourseError(f"{path} is there already; name a folder that is not, or remove it.")
    made = [place for place in path.parents if not place.exists()]
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            part.mkdir(parents=True)
        except OSError as error:
            raise CourseError(f"{path} cannot be made ({error.strerror}); name another place.") from error
        yield part
        os.replace(part, path)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        for place in made:
            with contextlib.suppress(OSError):
                place.rmdir()
        raise


@contextlib.contextmanager
def remade_folder(path: Path, inside: str, mark: str, refusal: str) -> Iterator[Path]:
    """A folder to work in; at the end the folder `inside` it takes the place of `path`, and an error leaves all as it was.

    Raises CourseError with `refusal` when `path` holds something, but not the file `mark` that all folders made so have.
    """
    empty = path.is_dir() and not any(path.iterdir())
    if os.path.lexists(path) and not empty and not (path / mark).is_file():
        raise CourseError(f"{path} exists and {refusal}")
    path.absolute().parent.mkdir(parents=True, exist_ok=True)
    # beside its place, so that what is made need only be moved there
    with tempfile.TemporaryDirectory(prefix=f"{path.name}-", dir=path.absolute().parent) as scratch:
        yield Path(scratch)
        if path.exists():
            shutil.rmtree(path)
        os.replace(Path(scratch) / inside, path)


def notebook_cells(path: Path) -> list[dict]:
    """The cells of a notebook file; raises CourseError when the file is no notebook."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise not_whole(path) from error
    if not isinstance(cells, list) or not all(map(_is_cell, cells)):
        raise not_whole(path)
    return [{"metadata": {}, **cell} for cell in cells]


def not_whole(path: Path) -> CourseError:
    """What is said of a file that should be a notebook."""
    where = f"{path.parent.name}/{path.name}"
    return CourseError(f"{where} is not a whole notebook; make it anew with `course build`.")


def _is_cell(cell: Any) -> bool:
    """Whether it is a cell as the fourth version of notebooks has it; what is absent of it would be empty."""
    if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
        return False
    metadata, outputs = cell.get("metadata", {}), cell.get("outputs", [])
    if (
        not isinstance(metadata, dict)
        or not _texts(metadata.get("tags", []))
        or not isinstance(outputs, list)
    ):
        return False
    whole = all(isinstance(output, dict) and isinstance(output.get("output_type"), str) for output in outputs)
    return whole and (isinstance(cell.get("source"), str) or _texts(cell.get("source")))


def _texts(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(text, str) for text in found)
