"""Open models that come as packages: where their files lie, and that they are the right ones.

Only the files are used: they are found through the list of files that every installed distribution carries, and no code
of those packages is imported. `requirements-models.txt` installs them.
"""

import contextlib
import hashlib
import importlib.metadata
import json
import os
import zipfile
from collections.abc import Iterable
from pathlib import Path

from utils.errors import CourseError
from utils.files import course_home, write_atomically
from utils.params import Parameter

MODELS: dict[str, dict] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
INSTALL = "pip install --no-deps -r requirements-models.txt"


def installed(name: str) -> Path | None:
    """Where an open model's file lies according to its distribution's own list of files; None when it is not installed."""
    if name not in MODELS:
        raise CourseError(f"There is no open model {name!r}; known are {', '.join(sorted(MODELS))}.")
    try:
        files = importlib.metadata.distribution(MODELS[name]["distribution"]).files or []
    except importlib.metadata.PackageNotFoundError:
        return None
    places = (Path(str(file.locate())) for file in files if file.as_posix() == MODELS[name]["file"])
    return next(places, None)


def find(name: str) -> Path:
    """Path of an open model's file, verified by its sha256; raises CourseError with one sentence that says what to do."""
    path = installed(name)
    if path is None:
        raise CourseError(_missing(name))
    again = f"install it anew: {INSTALL} --force-reinstall"
    try:
        right = path.stat().st_size == MODELS[name]["bytes"] and _sha256(path) == MODELS[name]["sha256"]
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}; {again}") from error
    if not right:
        raise CourseError(f"{path} is damaged or of another version (its sha256 differs); {again}")
    return path


def absent(parameters: Iterable[Parameter]) -> str:
    """Why a lesson cannot run here as it is: one sentence on the open model among its defaults that is missing, or ""."""
    for parameter in parameters:
        if (
            isinstance(parameter.default, str)
            and parameter.default in MODELS
            and not installed(parameter.default)
        ):
            return _missing(parameter.default)
    return ""


def excuse(parameters: Iterable[Parameter]) -> str:
    """As `absent`, for whoever builds and tests; with EXPECT_MODELS=1 nothing excuses, and what needs the model fails."""
    return "" if os.environ.get("EXPECT_MODELS") else absent(parameters)


def _missing(name: str) -> str:
    return f"{MODELS[name]['title']} is not installed; type: {INSTALL}"


def member(name: str, file: str) -> bytes:
    """One file of an open model that comes as an archive, such as "model.safetensors" of "minilm"."""
    path = find(name)
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(file)
    except (KeyError, zipfile.BadZipFile) as error:
        raise CourseError(f"{path} holds no file {file!r}.") from error


def _sha256(path: Path) -> str:
    """Digest of a file; remembered in the learner's folder for as long as path, size and time stay the same."""
    status, known = path.stat(), _verified()
    key = f"{path.absolute()} {status.st_size} {status.st_mtime_ns}"
    if isinstance(known.get(key), str):
        return known[key]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    # a folder that is not there or cannot be written: the digest is computed again next time
    with contextlib.suppress(OSError, CourseError):
        write_atomically(course_home() / "verified.json", json.dumps({**known, key: digest}, indent=1))
    return digest


def _verified() -> dict:
    """The digests that were computed before."""
    try:
        known = json.loads((course_home() / "verified.json").read_text(encoding="utf-8"))
    except (OSError, CourseError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}
