"""The command line itself: help, and one sentence for whatever is typed wrong."""

import os
import subprocess

import pytest
from tiny_course import command, course, sentence, surroundings

from utils.progress import record_result

COMMANDS = ["build", "run", "sweep", "serve", "doctor", "progress"]


def test_the_command_alone_shows_its_help(built):
    for arguments in ([], ["--help"], ["-h"]):
        done = course(built, *arguments)
        assert done.stderr == ""
        assert done.returncode == (0 if arguments else 2)
        assert all(f"  {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_with_an_example(built, name):
    done = course(built, name, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Example: course {name}" in done.stdout


def test_the_version_is_told(built):
    done = course(built, "--version")
    assert (done.returncode, done.stderr) == (0, "")


WRONG = {
    "unknown command": (["rum"], ["'rum'"]),
    "unknown option": (["run", "--colour"], ["No such option", "--colour"]),
    "nearly an option": (["run", "--worker", "2"], ["--workers"]),
    "no lesson": (["sweep", "-p", "n=1"], ["LESSON"]),
    "one lesson too many": (["sweep", "01", "02", "-p", "n=1"], ["02"]),
    "option without value": (["run", "-p"], ["-p"]),
    "no workers": (["run", "--workers", "0"], ["--workers must be 1 or more, not 0"]),
    "workers in words": (["run", "--workers", "two"], ["--workers", "two"]),
    "no threads": (["run", "--threads", "-3"], ["--threads must be 1 or more, not -3"]),
    "negative time": (["build", "--timeout", "-1"], ["--timeout must be 1 or more, not -1"]),
    "unknown backend": (["sweep", "01", "-p", "n=1", "--backend", "moon"], ["moon", "loky", "dask", "ray"]),
    "build of a path": (["build", "../lessons/01_params"], ["There is no lesson '../lessons/01_params'"]),
    "build of nothing": (["build", ""], ["There is no lesson ''"]),
    "progress of a path": (["progress", "../x"], ["There is no lesson '../x'"]),
    "progress of nothing": (["progress", ""], ["There is no lesson ''"]),
    "several lines": (["run", "01\n02", "-p", "n\nm=1"], ["There is no lesson '01\\n02'"]),
    "name of several lines": (["run", "01", "-p", "n\nm=1"], ["no parameter 'n\\nm'"]),
    "out in a folder that is a file": (["sweep", "01", "-p", "n=1", "--out", "README.md/x"], ["README.md"]),
    "out with a name too long": (["run", "01", "--out", 300 * "x"], ["name too long"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_typed_wrong_is_answered_in_one_sentence(built, case):
    arguments, parts = WRONG[case]
    said = sentence(course(built, *arguments))
    for part in parts:
        assert part.lower() in said.lower()


@pytest.mark.parametrize(
    "arguments", [["build"], ["build", "--check"], ["run"], ["sweep", "01", "-p", "n=1"], ["progress"]]
)
def test_a_course_that_is_not_there(tmp_path, arguments):
    sentence(course(tmp_path, *arguments, COURSE_ROOT=str(tmp_path / "nowhere")))
    assert os.listdir(tmp_path) == []


def test_doctor_examines_a_course_that_is_not_there(tmp_path):
    done = course(tmp_path, "doctor", COURSE_ROOT=str(tmp_path / "nowhere"), COURSE_DEVICE="cpu")
    assert done.returncode == 1
    assert done.stderr == ""
    assert "COURSE_ROOT" in done.stdout


def test_progress_shows_what_is_solved(built):
    record_result("1.2", "passed")
    record_result("3.1", "failed")
    record_result("9.9", "passed")
    lines = course(built, "progress").stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["01_params", "○✔○"],
        ["02_trouble", "○○○"],
        ["03_meet", "✘○○"],
    ]
    assert lines[0].endswith("1 of 3")
    assert course(built, "progress", "03").stdout.splitlines() == lines[2:]


def test_a_reader_who_has_gone_is_no_trouble(built):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        done = subprocess.run(
            command("progress"),
            cwd=built,
            env=surroundings(built),
            stdout=closed,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "")
