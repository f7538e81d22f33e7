"""`course doctor`: what is here, what is missing, and the command that mends it."""

import contextlib
import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from utils.course import CHAPTERS, ROOT
from utils.errors import CourseError
from utils.files import course_home, named_folder

OPTIONAL, FINE, PROBLEM = "optional", "fine", "problem"
MINIMUM_MEMORY = 4e9
MINIMUM_DISK = 2e9


@dataclass
class Finding:
    """One thing looked at: `mend` is the command or sentence that helps when the state is a problem."""

    what: str
    state: str
    seen: str
    mend: str = ""


def locked() -> dict[str, str]:
    """The packages that requirements.txt pins for this Python and system: {name: version}."""
    pins = {}
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if line and not line.startswith(("#", "-")):
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate():
                pins[requirement.name] = str(requirement.specifier).removeprefix("==")
    return pins


def python() -> Iterator[Finding]:
    version = platform.python_version()
    fine = sys.version_info >= (3, 11)
    yield Finding("Python", FINE if fine else PROBLEM, version, "install Python 3.11 or newer")


def packages() -> Iterator[Finding]:
    try:
        pins = locked()
    except OSError:
        mend = "set COURSE_ROOT to the folder of the course, or unset it"
        yield Finding("packages", PROBLEM, f"there is no requirements.txt in {ROOT}", mend)
        return
    except ValueError as error:
        mend = "fetch requirements.txt again"
        yield Finding("packages", PROBLEM, f"requirements.txt in {ROOT} is spoilt: {error}", mend)
        return
    wrong = []
    for name, pinned in pins.items():
        try:
            # "2.13.0+cpu" is the same release as "2.13.0", built for another kind of machine
            installed = importlib.metadata.version(name).partition("+")[0]
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{name} is missing")
            continue
        if installed != pinned:
            wrong.append(f"{name} {installed} instead of {pinned}")
    seen = f"{len(pins) - len(wrong)} of {len(pins)} as pinned" + "".join(f"; {w}" for w in wrong[:5])
    yield Finding("packages", PROBLEM if wrong else FINE, seen, "pip install -r requirements.txt")


def device() -> Iterator[Finding]:
    try:
        from utils.device import choose_device

        choice = choose_device()
    except CourseError as error:
        yield Finding("device", PROBLEM, str(error), "unset COURSE_DEVICE")
    except ImportError as error:
        yield Finding("device", PROBLEM, str(error), "pip install -r requirements.txt")
    else:
        mend = "update the driver of the device that was left aside"
        yield Finding("device", PROBLEM if choice.left_aside else FINE, str(choice), mend)


def machine() -> Iterator[Finding]:
    import psutil

    yield Finding("cores", FINE, str(os.cpu_count()))
    memory = psutil.virtual_memory()
    seen = f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB free"
    enough = memory.available > MINIMUM_MEMORY
    yield Finding("memory", FINE if enough else PROBLEM, seen, "close programs: 4 GB should be free")
    free = shutil.disk_usage(_existing(ROOT)).free
    seen = f"{free / 1e9:.1f} GB free"
    yield Finding("disk", FINE if free > MINIMUM_DISK else PROBLEM, seen, "make room: 2 GB should be free")


def jupyter() -> Iterator[Finding]:
    try:
        yield Finding("JupyterLab", FINE, importlib.metadata.version("jupyterlab"))
    except importlib.metadata.PackageNotFoundError:
        yield Finding("JupyterLab", PROBLEM, "missing", "pip install -r requirements.txt")
    try:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

        command = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except (ImportError, NoSuchKernel, ValueError, IndexError):
        mend = "python -m ipykernel install --sys-prefix"
        yield Finding("kernel python3", PROBLEM, "missing or spoilt", mend)
        return
    found = shutil.which(command)
    own = found is not None and Path(found).parent == Path(sys.executable).parent
    fine = command in ("python", "python3") or own
    seen = command if fine else f"{command}, which is not this Python"
    yield Finding(
        "kernel python3",
        FINE if fine else PROBLEM,
        seen,
        "python -m ipykernel install --sys-prefix",
    )


def notebooks() -> Iterator[Finding]:
    count = len(list(CHAPTERS.glob("*.ipynb")))
    yield Finding("chapters", FINE if count else PROBLEM, str(count), "course build")


def writable() -> Iterator[Finding]:
    mend = "set COURSE_HOME to a folder you can write"
    try:
        home = course_home()
    except CourseError as error:
        yield Finding("your record", PROBLEM, str(error), mend)
        return
    try:
        home.stat()
    except FileNotFoundError:
        pass  # it is made when the first check is recorded
    except OSError as error:
        yield Finding("your record", PROBLEM, f"{home}: {error.strerror}", mend)
        return
    place = _existing(home)
    fine = os.path.isdir(place) and os.access(place, os.W_OK)
    yield Finding("your record", FINE if fine else PROBLEM, str(home), mend)


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that exists."""
    # os.path, which takes a folder that one may not enter, or a name too long, for missing
    return next(place for place in (path, *path.absolute().parents) if os.path.exists(place))


def data_sets() -> Iterator[Finding]:
    from utils.data import REGISTRY

    places = []
    with contextlib.suppress(CourseError):  # `writable` says it
        places.append(course_home() / "data")
    mend = "set COURSE_DATA to a folder that exists, or unset it"
    try:
        mirror = named_folder("COURSE_DATA")
    except CourseError as error:
        mirror = None
        yield Finding("COURSE_DATA", PROBLEM, str(error), mend)
    if mirror:
        places.append(mirror)
        if not os.path.isdir(mirror):
            yield Finding("COURSE_DATA", PROBLEM, f"{mirror} is no folder", mend)
    here = [
        name for name, entry in REGISTRY.items() if any(os.path.isfile(p / entry["file"]) for p in places)
    ]
    away = [name for name in REGISTRY if name not in here]
    yield Finding("real data here", FINE, ", ".join(here) or "none")
    if away:
        hint = "downloaded when a lesson asks for it"
        yield Finding("real data not here", OPTIONAL, ", ".join(away), hint)


def open_models() -> Iterator[Finding]:
    from utils.open_models import INSTALL, MODELS, find, installed

    here = [name for name in MODELS if installed(name)]
    away = [name for name in MODELS if name not in here]
    yield Finding("open models here", FINE, ", ".join(here) or "none")
    for name in here:
        try:
            find(name)
        except CourseError as error:
            yield Finding(MODELS[name]["title"], PROBLEM, str(error), f"{INSTALL} --force-reinstall")
    if away:
        yield Finding("open models not here", OPTIONAL, ", ".join(away), INSTALL)


def findings() -> list[Finding]:
    looks = (python, packages, device, machine, jupyter, notebooks, writable, data_sets, open_models)
    return [finding for look in looks for finding in look()]


def doctor(console: Console) -> int:
    """Print the table; exit status 1 when something needs mending."""
    found = findings()
    table = Table("", "what", Column("seen", overflow="fold"), "how to mend")
    marks = {FINE: "[green]✔", PROBLEM: "[red]✘", OPTIONAL: "○"}
    for finding in found:
        mend = "" if finding.state == FINE else finding.mend
        table.add_row(marks[finding.state], finding.what, escape(finding.seen), escape(mend))
    console.print(table)
    problems = sum(finding.state == PROBLEM for finding in found)
    console.print("All is well." if not problems else f"{problems} to mend; the last column says how.")
    return 1 if problems else 0
