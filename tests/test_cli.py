"""The command line itself: help, and one sentence for whatever is typed wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_course import command, course, sentence, surroundings

import utils.files
from utils.errors import CourseError
from utils.progress import record_result

COMMANDS = [
    "build",
    "run",
    "sweep",
    "verify",
    "serve",
    "product",
    "grade",
    "export",
    "handout",
    "site",
    "slides",
    "doctor",
    "progress",
]


def test_the_command_alone_shows_its_help(built):
    for arguments in ([], ["--help"], ["-h"]):
        done = course(built, *arguments)
        assert done.stderr == ""
        assert done.returncode == (0 if arguments else 2)
        assert all(f"  {name} " in done.stdout for name in COMMANDS)
        assert "..." not in done.stdout.split("Commands:")[1]  # no summary is cut off


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
    "more workers than anybody has": (["run", "--workers", "9999"], ["--workers must be 1,024 or less"]),
    "an endless time": (["run", "--timeout", 30 * "9"], ["--timeout must be 1,000,000 or less"]),
    "a wait without end": (["serve", "x", "--wait", 30 * "9"], ["--wait must be 1,000,000 or less"]),
    "a context for a prompt alone": (["serve", "x", "--context", "1"], ["--context must be 2 or more"]),
    "a context for books": (["serve", "x", "--context", "10000000"], ["--context must be 1,000,000 or less"]),
    "time that no clock counts": (
        ["grade", ".", "--seconds", 30 * "9"],
        ["--seconds must be 1,000,000 or less"],
    ),
    "a threshold that is none": (["product", "--threshold", "nan"], ["--threshold", "nan is none"]),
    "a host of dots": (["serve", "x", "--host", "a..b"], ["Nobody can listen at a..b:8000"]),
    "a host too long": (["product", "--host", 70 * "x"], ["Nobody can listen at"]),
    "a class that is not named": (["grade", ""], ["an empty text names no place"]),
    "homes that are not named": (["progress", "--homes", ""], ["an empty text names no place"]),
    "a short key": (["serve", "nowhere", "--key", "short"], ["An API key has 16 or more"]),
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


def test_a_folder_that_was_removed_ended_every_command_with_a_traceback(built, tmp_path):
    for name in ("COURSE_ROOT", "COURSE_HOME"):
        done = subprocess.run(
            ["sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', "sh", *command("progress")],
            cwd=tmp_path,
            env=surroundings(built, **{name: "relative"}),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        said = "course: The folder that you stand in was removed; go to another one with `cd`.\n"
        assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


def test_a_course_with_a_name_too_long_was_a_traceback(tmp_path):
    assert "name too long" in sentence(course(tmp_path, "progress", COURSE_ROOT=f"/{300 * 'x'}"))


@pytest.mark.parametrize(
    "arguments",
    [["run", "loop.ipynb"], ["handout", "loop"], ["sweep", "01", "-p", "n=1", "--out", "loop"]],
)
def test_a_link_to_itself_was_a_traceback(tiny, arguments):
    for name in ("loop", "loop.ipynb"):
        (tiny / name).symlink_to(name)
    before = sorted(tiny.rglob("*"))
    sentence(course(tiny, *arguments))
    assert sorted(tiny.rglob("*")) == before


def test_a_file_that_the_command_did_not_write_is_left_as_it_is(built, tmp_path):
    """`course verify --out lessons/01.py` wrote over a lesson, and as root `--csv /dev/null` replaced the device by a file."""
    mine, empty, earlier = (tmp_path / name for name in ("mine", "empty", "earlier"))
    mine.write_text("mine", encoding="utf-8")
    empty.touch()
    earlier.write_text("# earlier file, 2026", encoding="utf-8")
    for path, word in ((mine, "was not written by this command"), (Path(os.devnull), "is no ordinary file")):
        with pytest.raises(CourseError, match=word):
            utils.files.check_place(path, "--out", begins="# earlier file")
    for path in (empty, earlier, tmp_path / "new"):
        utils.files.check_place(path, "--out", begins="# earlier file")
    homes = tmp_path / "homes" / "anna"
    homes.mkdir(parents=True)
    for arguments in (["verify", "01", "--out"], ["progress", "--homes", str(homes.parent), "--csv"]):
        assert "is left as it is" in sentence(course(built, *arguments, str(mine)))
    assert mine.read_text(encoding="utf-8") == "mine"
    for _ in range(2):
        done = course(built, "progress", "--homes", str(homes.parent), "--csv", str(tmp_path / "new"))
        assert (done.returncode, done.stderr) == (0, "")


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


@pytest.mark.parametrize("stream", [1, 2])
def test_a_closed_output_ended_a_finished_command_with_a_traceback(built, stream):
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {stream}>&-', "sh", *command("progress")],
        cwd=built,
        env=surroundings(built),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("" if stream == 1 else course(built, "progress").stdout)


def test_relative_folders_meant_others_in_a_notebook(tiny, tmp_path):
    """A kernel runs in chapters/; the folders are those that the command was given where it was typed."""
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    cell = """
import os
import utils.files
print({name: os.environ[name] for name in utils.files.VARIABLES}, utils.files.ROOT, utils.files.course_home())
"""
    notebook = tiny / "chapters" / "03_meet.ipynb"
    text = notebook.read_text(encoding="utf-8")
    assert text.count('print(\\"met\\"') == 1
    lines = json.dumps(cell)[1:-1]
    notebook.write_text(text.replace('print(\\"met\\"', f'{lines}print(\\"met\\"'), encoding="utf-8")
    env = surroundings(tiny, COURSE_ROOT=tiny.name, COURSE_HOME="home", COURSE_DATA="mirror")
    done = subprocess.run(
        command("run", "03", "--out", "out"),
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    wanted = {"COURSE_ROOT": str(tiny), "COURSE_HOME": str(tmp_path / "home"), "COURSE_DATA": str(mirror)}
    said = (tmp_path / "out" / "03_meet.ipynb").read_text(encoding="utf-8")
    assert f"{wanted} {tiny} {tmp_path / 'home'}" in said


@pytest.mark.parametrize("name", ["COURSE_ROOT", "COURSE_HOME", "COURSE_DATA"])
def test_a_relative_folder_is_refused_in_a_kernel_that_cannot_know_it(name):
    import_in_kernel = (
        "import ipykernel.kernelapp, utils.files as f; f.course_home(); f.named_folder('COURSE_DATA')"
    )
    done = subprocess.run(
        [sys.executable, "-c", import_in_kernel],
        env={**os.environ, name: "mine"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[-1] == (
        f"utils.errors.CourseError: {name} is 'mine'; write the whole path, because a notebook runs in a folder of "
        "its own."
    )


def test_a_home_folder_that_is_not_known_is_told_in_one_sentence(built):
    place = "~no-such-user-9z/x"
    said = sentence(course(built, "progress", COURSE_HOME=place))
    assert said == (
        f"COURSE_HOME is '{place}', and no such home folder is known here; write the whole path of a folder."
    )
    assert place in sentence(course(built, "progress", COURSE_ROOT=place))


def test_a_user_without_a_home_is_told_to_name_one(monkeypatch):
    def unknown(*_args, **_kwargs):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("COURSE_HOME")
    for answer in (unknown, lambda *_args, **_kwargs: Path("~/.local/share/cornerstone-course")):
        monkeypatch.setattr(utils.files, "user_data_path", answer)
        with pytest.raises(CourseError, match="names no home folder for you; set COURSE_HOME"):
            utils.files.course_home()


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
