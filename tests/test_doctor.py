"""`course doctor`: each problem is found, and the mending is named."""

import dataclasses
import importlib.metadata
import io
import json
import os
import re
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from rich.console import Console
from tiny_course import course

import utils.device
from utils.course import doctor

ALIEN = {
    "argv": ["/somewhere/else/python", "-m", "ipykernel_launcher"],
    "display_name": "x",
    "language": "python",
}


def rows(text: str) -> dict[str, tuple[str, str, str]]:
    """The table on the screen, folded lines joined: {what: (mark, seen, how to mend)}."""
    found: list[list[str]] = []
    for mark, *cells in re.findall(r"^│ (.) │ (.*?) *│ (.*?) *│ (.*?) *│$", text, re.M):
        if mark == " ":  # this line goes on with the row above it
            found[-1] = [
                f"{above} {cell}".strip() for above, cell in zip(found[-1], ("", *cells), strict=True)
            ]
        else:
            found.append([mark, *cells])
    return {what: (mark, seen, mend) for mark, what, seen, mend in found}


@pytest.fixture
def healthy(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a problem: the tiny course, and limits that no busy test machine falls below."""
    monkeypatch.setattr(doctor, "ROOT", built)
    monkeypatch.setattr(doctor, "CHAPTERS", built / "chapters")
    monkeypatch.setattr(doctor, "MINIMUM_MEMORY", 0)
    monkeypatch.setattr(doctor, "MINIMUM_DISK", 0)
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    for name in ("COURSE_DATA", "JUPYTER_PATH"):
        monkeypatch.delenv(name, raising=False)


def examine() -> tuple[int, dict[str, tuple[str, str, str]], str]:
    screen = io.StringIO()
    status = doctor.doctor(Console(file=screen, width=400))
    return status, rows(screen.getvalue()), screen.getvalue()


def test_a_long_path_was_cut_in_a_narrow_terminal(built):
    record = built / ("record of a learner whose folder has a long name " * 3).strip()
    done = course(built, "doctor", COURSE_DEVICE="cpu", COLUMNS="80", COURSE_HOME=str(record))
    shown = "".join(line.split("│")[3].strip() for line in done.stdout.splitlines() if line.count("│") == 5)
    assert record.name.replace(" ", "") in shown.replace(" ", "")


def test_the_command_shows_the_table(built):
    done = course(built, "doctor", COURSE_DEVICE="cpu", COLUMNS="400")
    found = rows(done.stdout)
    problems = {what for what, (mark, *_) in found.items() if mark == "✘"}
    assert problems <= {"memory", "disk"}, done.stdout
    assert done.returncode == (1 if problems else 0)
    assert done.stderr == ""
    assert found["packages"][1] == "3 of 3 as pinned"
    assert found["chapters"][1] == "3"
    assert {"Python", "device", "cores", "JupyterLab", "kernel python3", "your record"} <= found.keys()


@pytest.mark.usefixtures("healthy")
def test_all_is_well():
    status, found, text = examine()
    assert status == 0, text
    assert text.endswith("All is well.\n")
    assert {mark for mark, *_ in found.values()} <= {"✔", "○"}
    assert all(mend == "" for mark, _, mend in found.values() if mark == "✔")


def pins(*lines: str):
    def lay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        text = "\n".join(["# pinned", f"click=={version('click')}", *lines, "-e .", ""])
        (tmp_path / "requirements.txt").write_text(text)
        monkeypatch.setattr(doctor, "ROOT", tmp_path)

    return lay


def kernel(text: str):
    def lay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "kernels" / "python3").mkdir(parents=True)
        (tmp_path / "kernels" / "python3" / "kernel.json").write_text(text)
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))

    return lay


def no_kernel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def get(_self, name):
        raise NoSuchKernel(name)

    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", get)


def no_jupyterlab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def without(name):
        if name == "jupyterlab":
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(doctor.importlib.metadata, "version", without)


def home_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "file" / "home"))


def home_is_read_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # the administrator, who may run the tests, can write everywhere
    access = os.access
    monkeypatch.setattr(doctor.os, "access", lambda path, mode: Path(path) != tmp_path and access(path, mode))


def lying_device(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    choice = dataclasses.replace(utils.device.choose_device("cpu"), left_aside=("cuda left aside: lies",))
    monkeypatch.setattr(utils.device, "choose_device", lambda: choice)


def old_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        doctor, "sys", type("old", (), {"version_info": (3, 10), "executable": sys.executable})
    )


def setting(target: str, value):
    return lambda monkeypatch, tmp_path: monkeypatch.setattr(doctor, target, value)


def variable(name: str, value: str):
    return lambda monkeypatch, tmp_path: monkeypatch.setenv(name, value)


# what is done, the row that shows it, a part of what is seen, a part of how to mend it
PROBLEMS = {
    "old Python": (old_python, "Python", "", "install Python 3.11 or newer"),
    "other version": (
        pins("rich==0.0.1"),
        "packages",
        f"1 of 2 as pinned; rich {version('rich')} instead of 0.0.1",
        "pip install -r requirements.txt",
    ),
    "missing package": (
        pins("no-such-package==1.0"),
        "packages",
        "1 of 2 as pinned; no-such-package is missing",
        "pip install -r requirements.txt",
    ),
    "no lock": (
        lambda monkeypatch, tmp_path: monkeypatch.setattr(doctor, "ROOT", tmp_path / "nowhere"),
        "packages",
        "there is no requirements.txt in ",
        "COURSE_ROOT",
    ),
    "unknown device": (
        variable("COURSE_DEVICE", "abacus"),
        "device",
        "no device 'abacus'",
        "unset COURSE_DEVICE",
    ),
    "lying device": (lying_device, "device", "cuda left aside: lies", "update the driver"),
    "little memory": (setting("MINIMUM_MEMORY", 1e18), "memory", "GB free", "close programs"),
    "little disk": (setting("MINIMUM_DISK", 1e18), "disk", "GB free", "make room"),
    "no JupyterLab": (no_jupyterlab, "JupyterLab", "missing", "pip install -r requirements.txt"),
    "no kernel": (no_kernel, "kernel python3", "missing", "python -m ipykernel install --sys-prefix"),
    "kernel of another Python": (
        kernel(json.dumps(ALIEN)),
        "kernel python3",
        "/somewhere/else/python, which is not this Python",
        "python -m ipykernel install --sys-prefix",
    ),
    "kernel without a command": (
        kernel(json.dumps({**ALIEN, "argv": []})),
        "kernel python3",
        "spoilt",
        "python -m ipykernel install --sys-prefix",
    ),
    "kernel that is no JSON": (
        kernel("{"),
        "kernel python3",
        "spoilt",
        "python -m ipykernel install --sys-prefix",
    ),
    "no chapters": (setting("CHAPTERS", Path("nowhere")), "chapters", "0", "course build"),
    "home inside a file": (
        home_in_a_file,
        "your record",
        "home",
        "set COURSE_HOME to a folder you can write",
    ),
    "read-only home": (home_is_read_only, "your record", "home", "set COURSE_HOME to a folder you can write"),
    "home of nobody": (
        variable("COURSE_HOME", "~no-such-user-9z/home"),
        "your record",
        "COURSE_HOME is '~no-such-user-9z/home', and no such home folder is known here",
        "set COURSE_HOME to a folder you can write",
    ),
    "home with a name too long": (
        variable("COURSE_HOME", "/" + 300 * "x" + "/home"),
        "your record",
        "/home: File name too long",
        "set COURSE_HOME to a folder you can write",
    ),
    "data of nobody": (
        variable("COURSE_DATA", "~no-such-user-9z/data"),
        "COURSE_DATA",
        "COURSE_DATA is '~no-such-user-9z/data', and no such home folder is known here",
        "set COURSE_DATA to a folder that exists, or unset it",
    ),
    "data that is no folder": (
        variable("COURSE_DATA", "/no/such/folder"),
        "COURSE_DATA",
        "/no/such/folder is no folder",
        "set COURSE_DATA to a folder that exists, or unset it",
    ),
}


@pytest.mark.usefixtures("healthy")
@pytest.mark.parametrize("case", PROBLEMS)
def test_each_problem_is_shown_with_what_mends_it(monkeypatch, tmp_path, case):
    spoil, what, seen, mend = PROBLEMS[case]
    spoil(monkeypatch, tmp_path)
    status, found, text = examine()
    assert status == 1, text
    assert found[what][0] == "✘", text
    assert seen in found[what][1]
    assert mend in found[what][2]
    assert [name for name, (mark, *_) in found.items() if mark == "✘"] == [what]
    assert text.endswith("1 to mend; the last column says how.\n")


@pytest.mark.usefixtures("healthy")
def test_pins_for_other_machines_do_not_count(monkeypatch, tmp_path):
    pins("no-such-package==1.0 ; python_full_version < '3.0'", "other==2 ; sys_platform == 'nowhere'")(
        monkeypatch, tmp_path
    )
    assert list(doctor.locked()) == ["click"]
    assert examine()[1]["packages"][:2] == ("✔", "1 of 1 as pinned")


@pytest.mark.usefixtures("healthy")
def test_a_build_for_another_kind_of_machine_is_the_same_release(monkeypatch, tmp_path):
    pins("torch==2.13.0")(monkeypatch, tmp_path)
    monkeypatch.setattr(
        doctor.importlib.metadata, "version", lambda name: "2.13.0+cpu" if name == "torch" else version(name)
    )
    assert examine()[1]["packages"][:2] == ("✔", "2 of 2 as pinned")


@pytest.mark.usefixtures("healthy")
def test_real_data_sets_are_found_where_they_lie(monkeypatch, tmp_path):
    from utils.data import REGISTRY

    name, entry = next(iter(REGISTRY.items()))
    before = examine()[1]
    assert before["real data here"][1] == "none"
    (tmp_path / entry["file"]).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / entry["file"]).write_bytes(b"x")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    status, after, _ = examine()
    assert status == 0
    assert after["real data here"][1] == name
    assert name not in after["real data not here"][1].split(", ")
