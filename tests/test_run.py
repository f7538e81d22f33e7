"""`course run`, and plain papermill: lessons with parameters of one's own."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from rich.console import Console
from tiny_course import alive, course, sentence, started, surroundings, wait_for

from utils.course import execute
from utils.course import run as runner
from utils.course.execute import unfinished
from utils.errors import CourseError


def outputs(path: Path) -> str:
    """Everything that a notebook printed, and the names of its errors."""
    found = [output for cell in nbformat.read(path, as_version=4).cells for output in cell.get("outputs", [])]
    return "".join(output.get("text", "") or output.get("ename", "") for output in found)


def injected(path: Path) -> str:
    """The text of the cell that papermill put in."""
    cells = nbformat.read(path, as_version=4).cells
    return next(c.source for c in cells if "injected-parameters" in c.metadata.get("tags", []))


def rows(stdout: str) -> dict[str, list[str]]:
    """The last table on the screen: {lesson: [status, seconds, memory]}."""
    found = re.findall(r"^│ (\S+) +│ (.*?) *│ +(\S*) │ +(.*?) │$", stdout, re.M)
    return {name: rest for name, *rest in found}


def test_parameters_of_every_kind_reach_the_lesson(built, tmp_path):
    out, where = tmp_path / "out [of it]", tmp_path / "a folder with, commas = and blanks"
    options = ["n=5", "lr=1", "mode=loud", "sizes=[8,16]", f"where={where}", "seed=3"]
    done = course(built, "run", "01", *(a for option in options for a in ("-p", option)), "--out", str(out))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"n=5 lr=1.0 mode=loud sizes=[64, 256] where={where}\n" in outputs(out / "01_params.ipynb")
    assert injected(out / "01_params.ipynb").splitlines()[1:] == [
        "n = 5",
        "lr = 1.0",
        'mode = "loud"',
        "sizes = [8, 16]",
        f'where = "{where}"',
        "seed = 3",
    ]
    assert os.listdir(out) == ["01_params.ipynb"]
    assert rows(done.stdout).keys() == {"01_params"}
    status, seconds, memory = rows(done.stdout)["01_params"]
    assert status == "✔ done"
    assert float(seconds) > 0
    assert 20 < int(memory.removesuffix(" MB")) < 2000
    assert done.stdout.splitlines()[-1] == f"1 of 1 done, 0 failed; notebooks in {out}"


REFUSED = {
    "unknown name": (["01"], ["sices=[1]"], ["has no parameter 'sices'", "'sizes'?", "seed, n, lr, mode"]),
    "name that one of two lessons lacks": (
        ["01", "03"],
        ["n=4"],
        ["03_meet has no parameter 'n'", "seed, room"],
    ),
    "text for a whole number": (["01"], ["n=three"], ["n takes a whole number, not 'three'"]),
    "fraction for a whole number": (["01"], ["n=2.5"], ["n takes a whole number, not 2.5"]),
    "bool for a whole number": (["01"], ["n=true"], ["n takes a whole number, not True"]),
    "nothing": (["01"], ["n="], ["n takes a whole number, not ''"]),
    "text for a number": (["01"], ["lr=fast"], ["lr takes a number, not 'fast'"]),
    "no list": (["01"], ["sizes=8"], ["sizes takes a list such as [1, 2], not 8"]),
    "text in a list": (["01"], ["sizes=[8,x]"], ["sizes takes"]),
    "below": (["01"], ["n=0"], ["n must lie in [1, 10], and 0 does not"]),
    "above": (["01"], ["n=11"], ["n must lie in [1, 10], and 11 does not"]),
    "on the open end": (["01"], ["lr=0"], ["lr must lie in (0, 1], and 0.0 does not"]),
    "item outside": (["01"], ["sizes=[8,65]"], ["sizes must lie in [1, 64], and 65 does not"]),
    "outside the set": (["01"], ["mode=lod"], ["mode must be one of plain, loud", "Did you mean 'loud'?"]),
    "huge": (["01"], ["lr=1" + 400 * "0"], ["lr takes a number"]),
    "nested without end": (["01"], ["sizes=" + 5000 * "["], ["sizes takes a list"]),
    "no equals sign": (["01"], ["n"], ["Write a parameter as name=value, not 'n'"]),
    "no name": (["01"], ["=3"], ["Write a parameter as name=value, not '=3'"]),
    "given twice": (["01"], ["n=3", "n=4"], ["'n' is given twice", "course sweep"]),
    "unknown lesson": (
        ["02_truoble"],
        [],
        ["no lesson '02_truoble'", "Did you mean '02_trouble'?", "01_params"],
    ),
    "ambiguous": (["0"], [], ["'0' stands for several lessons: 01_params, 02_trouble, 03_meet"]),
    "empty name": ([""], [], ["There is no lesson ''"]),
    "parameter without its option": (["01", "n=3"], [], ["Write -p before a parameter: -p n=3"]),
    "path": (["../chapters/01_params"], [], ["There is no lesson '../chapters/01_params'"]),
    "one good and one unknown": (["01", "99"], [], ["There is no lesson '99'"]),
}


@pytest.mark.parametrize("name", ["01_params", "01", "1", "01_params.ipynb", "{}/chapters/01_params.ipynb"])
def test_the_pages_name_of_a_lesson_and_its_file_were_no_lesson(built, monkeypatch, name):
    look_at(built, monkeypatch)
    assert runner.lesson_path(name.format(built)) == built / "chapters" / "01_params.ipynb"


def look_at(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `run` of this process see the course in `root`, and fail should it execute anything."""
    monkeypatch.setattr(runner, "CHAPTERS", root / "chapters")
    monkeypatch.setattr(runner, "SOLUTIONS", root / "solutions")
    monkeypatch.setattr(runner, "ROOT", root)
    monkeypatch.setattr(runner, "execute_all", lambda *_args, **_options: pytest.fail("something ran"))


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_run_is_refused_in_one_sentence(built, tmp_path, monkeypatch, case):
    names, options, parts = REFUSED[case]
    look_at(built, monkeypatch)
    limits = {"solutions": False, "workers": 2, "threads": 1, "timeout": 60}
    with pytest.raises(CourseError) as error:
        runner.run(names, options, out=tmp_path / "out", **limits, console=Console())
    said = str(error.value)
    assert "\n" not in said
    for part in parts:
        assert part in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [["01", "-p", "n=11"], ["01", "-p", "sices=[1]"], ["02_truoble"]])
def test_a_refusal_is_one_line_on_stderr_and_touches_nothing(built, tmp_path, arguments):
    before = sorted(built.rglob("*"))
    assert sentence(course(built, "run", *arguments, "--out", str(tmp_path / "out"))).endswith((".", "?"))
    assert not (tmp_path / "out").exists()
    assert sorted(built.rglob("*")) == before


def test_an_output_folder_is_never_written_over(built, tmp_path):
    full, file = tmp_path / "full", tmp_path / "file"
    full.mkdir()
    (full / "mine").write_text("mine")
    file.write_text("mine")
    for out in (full, file):
        said = sentence(course(built, "run", "01", "--out", str(out)))
        assert said == f"{out} exists already and is left as it is; give --out a new name."
    assert "cannot be made" in sentence(course(built, "run", "01", "--out", str(file / "inside")))
    assert [path.name for path in full.iterdir()] == ["mine"]
    assert (full / "mine").read_text() == file.read_text() == "mine"


def test_without_notebooks_the_command_that_makes_them_is_named(tmp_path):
    (tmp_path / "chapters").mkdir()
    for arguments in (["run"], ["run", "01"], ["sweep", "01", "-p", "n=1"], ["progress"]):
        assert "course build" in sentence(course(tmp_path, *arguments))
    assert os.listdir(tmp_path) == ["chapters"]


def test_a_spoilt_notebook_is_named(tiny):
    (tiny / "chapters" / "01_params.ipynb").write_text("<<<<<<< HEAD\n", encoding="utf-8")
    for arguments in (["run"], ["sweep", "01", "-p", "n=1,2"]):
        assert "chapters/01_params.ipynb is not a whole notebook" in sentence(course(tiny, *arguments))
    assert not (tiny / "runs").exists()
    assert not (tiny / "sweeps").exists()


def test_a_failing_lesson_does_not_stop_the_others(tiny):
    done = course(tiny, "run", "-p", "seed=13", "--workers", "1")
    assert done.returncode == 1
    (out,) = (tiny / "runs").iterdir()
    assert {name: row[0] for name, row in rows(done.stdout).items()} == {
        "01_params": "✔ done",
        "02_trouble": "✘ failed",
        "03_meet": "✔ done",
    }
    assert "✘ 02_trouble: cell 5: ValueError: thirteen is unlucky\n" in done.stdout
    assert "2 of 3 done, 1 failed; notebooks in runs/" in done.stdout.replace(f"{tiny}/", "")
    assert sorted(os.listdir(out)) == ["01_params.ipynb", "02_trouble.ipynb", "03_meet.ipynb"]
    assert "ValueError" in outputs(out / "02_trouble.ipynb")
    assert "seed = 13" in injected(out / "02_trouble.ipynb")


def test_a_killed_kernel_is_reported_in_words(built, tmp_path):
    done = course(built, "run", "02", "-p", "seed=9", "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert (
        "✘ 02_trouble: cell 4: the kernel was killed (out of memory?), or the code ended it\n" in done.stdout
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert alive(built) == []


# the seed that asks lesson 02 for it, and what is said
ENDINGS = {
    "sys.exit(0)": (20, "cell 4: SystemExit: the code ended the program"),
    "raise SystemExit": (22, "cell 4: SystemExit: the code ended the program"),
    "exit()": (23, "cell 4: exit() or quit() ended the kernel"),
    "os._exit(0)": (25, "cell 4: the kernel was killed (out of memory?), or the code ended it"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_run_that_its_own_code_ends_was_called_done(built, tmp_path, ending):
    seed, said = ENDINGS[ending]
    done = course(built, "run", "02", "-p", f"seed={seed}", "--out", str(tmp_path / "out"))
    assert done.returncode == 1, done.stdout
    assert rows(done.stdout)["02_trouble"][0] == "✘ failed"
    assert f"✘ 02_trouble: {said}\n" in done.stdout
    assert "0 of 1 done, 1 failed" in done.stdout
    assert alive(built) == []


def code(count: int | None, *outputs: dict, source: str | list[str] = "1") -> dict:
    return {"cell_type": "code", "execution_count": count, "outputs": list(outputs), "source": source}


def error(name: str, value: str) -> dict:
    return {"output_type": "error", "ename": name, "evalue": value, "traceback": []}


def test_a_notebook_is_done_when_every_code_cell_ran_and_none_holds_an_error():
    text, stream = {"cell_type": "markdown", "source": "words"}, {"output_type": "stream", "text": "x"}
    assert unfinished([]) == ""
    assert unfinished([text, code(1, stream), code(None, source=["\n", " "]), code(2)]) == ""
    assert unfinished([code(1), code(None), code(None, source=["1"])]) == "only 1 of 3 code cells ran"
    assert unfinished([code(1), code(2, stream, error("ValueError", "no\nmore"))]) == "cell 2: ValueError: no"
    assert unfinished([code(1, error("SystemExit", "0")), code(None)]) == (
        "cell 1: SystemExit: the code ended the program"
    )


def test_braces_in_a_path_were_taken_for_names_to_fill_in(tiny, tmp_path):
    root = tiny.rename(tmp_path / "course {n} {}")
    for name in ("out {x}", "out {}", "out }{"):
        out = tmp_path / name
        done = course(root, "run", "01", "-p", "n=4", "--out", str(out))
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert os.listdir(out) == ["01_params.ipynb"]
        assert "n=4 " in outputs(out / "01_params.ipynb")


def test_two_runs_with_one_folder_spoilt_each_other(built, tmp_path, monkeypatch):
    """Both look while the folder is empty; then one makes its place in it, and the other leaves that alone."""
    look_at(built, monkeypatch)
    out = tmp_path / "out"
    mkdir = Path.mkdir

    def faster(path, *args, **kwargs):
        if path.name == ".running":
            mkdir(path)
        return mkdir(path, *args, **kwargs)

    monkeypatch.setattr(Path, "mkdir", faster)
    limits = {"solutions": False, "workers": 2, "threads": 1, "timeout": 60}
    with pytest.raises(CourseError, match="exists already and is left as it is"):
        runner.run(["01"], [], out=out, **limits, console=Console())
    assert os.listdir(out) == [".running"], "it belongs to the other run"


def test_a_run_that_ended_between_the_look_and_the_claim_is_not_written_over(tmp_path, monkeypatch):
    mkdir = Path.mkdir

    def late(path, *args, **kwargs):
        if path.name == ".running":
            (path.parent / "01_params.ipynb").write_text("of the other run")
        return mkdir(path, *args, **kwargs)

    monkeypatch.setattr(Path, "mkdir", late)
    with pytest.raises(CourseError, match="exists already"):
        runner.new_folder(tmp_path / "out")
    assert os.listdir(tmp_path / "out") == ["01_params.ipynb"]


def test_two_runs_in_one_second_get_folders_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "ROOT", tmp_path)
    monkeypatch.setattr(runner.time, "strftime", lambda _format: "now")
    assert [runner.new_folder(None).name for _ in range(3)] == ["now", "now_2", "now_3"]


def test_a_long_folder_for_temporary_files_left_no_room_for_sockets(built, tmp_path):
    long = tmp_path / ("x" * 120)
    long.mkdir()
    done = course(built, "run", "01", "--out", str(tmp_path / "out"), TMPDIR=str(long))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert os.listdir(long) == []


@pytest.mark.skipif(not os.path.isdir("/tmp"), reason="this system has no /tmp")
@pytest.mark.parametrize("levels", [2, 3])
def test_the_longest_usual_place_still_has_room_for_a_kernel_s_sockets(monkeypatch, levels):
    room = execute.SOCKET_PATH - levels * len("/tmpabcdefgh") - len("/k-5")
    for length, place in ((room, None), (room + 1, "/tmp")):
        monkeypatch.setattr(execute.tempfile, "gettempdir", lambda length=length: "/" + "x" * (length - 1))
        assert execute.temporary_place(levels) == place


def test_the_reason_is_the_worker_s_not_what_a_kernel_said_last(tmp_path):
    """A kernel that is still alive writes on the same stderr, after the worker."""
    job = {"task": "run", "input": str(tmp_path / "none.ipynb"), "output": str(tmp_path / "out.ipynb")}
    rest = {"parameters": {}, "cwd": str(tmp_path), "timeout": 9}
    late = (
        "import atexit, sys; atexit.register(lambda: print('Parent appears to have exited', file=sys.stderr))"
    )
    (tmp_path / "sitecustomize.py").write_text(late)
    env = execute.environment(
        1, PYTHONPATH=os.pathsep.join([str(tmp_path), str(Path(runner.__file__).parents[2])])
    )
    result = execute.execute({**job, **rest}, env, execute.Result("x"), stop=lambda: False)
    assert result.status == "failed"
    assert result.error.startswith("FileNotFoundError: ")
    assert "none.ipynb" in result.error


def test_a_cell_over_its_time_limit_is_reported_in_words(tiny, tmp_path):
    done = course(tiny, "run", "02", "-p", "seed=60", "--timeout", "3", "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "✘ 02_trouble: a cell ran over its time limit\n" in done.stdout
    assert alive(tiny) == []


def test_an_interrupted_run_keeps_what_is_finished(tiny, tmp_path, short_tmp):
    out = tmp_path / "out"
    with started(tiny, "run", "03", "02", "-p", "seed=60", "--workers", "2", "--out", str(out)) as process:
        wait_for((tiny / "asleep-60").exists, "the sleeping lesson")
        wait_for((out / "03_meet.ipynb").exists, "the finished lesson")
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=120)
        assert (process.returncode, stderr) == (130, "")
        assert alive(tiny) == []
    assert os.listdir(out) == ["03_meet.ipynb"]
    assert "alone" in outputs(out / "03_meet.ipynb")
    assert {name: row[0] for name, row in rows(stdout).items()} == {
        "03_meet": "✔ done",
        "02_trouble": "interrupted",
    }
    assert stdout.splitlines()[-1] == f"Interrupted: 1 of 2 done, 0 failed; notebooks in {out}"
    assert os.listdir(short_tmp) == []


def test_an_interrupted_run_without_a_finished_lesson_names_no_notebooks(tiny, tmp_path):
    out = tmp_path / "out"
    with started(tiny, "run", "02", "-p", "seed=60", "--out", str(out)) as process:
        wait_for((tiny / "asleep-60").exists, "the sleeping lesson")
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate(timeout=120)
    assert stdout.splitlines()[-1] == "Interrupted: 0 of 1 done, 0 failed; no notebook was finished"
    assert os.listdir(out) == []


def test_a_terminated_run_ends_in_order_too_and_starts_no_waiting_lesson(tiny, tmp_path):
    out = tmp_path / "out"
    with started(tiny, "run", "02", "03", "-p", "seed=60", "--workers", "1", "--out", str(out)) as process:
        wait_for((tiny / "asleep-60").exists, "the sleeping lesson")
        process.send_signal(signal.SIGTERM)
        stdout, _ = process.communicate(timeout=120)
    assert process.returncode == 130
    assert {row[0] for row in rows(stdout).values()} == {"interrupted"}
    assert rows(stdout)["03_meet"][1] == ""
    assert os.listdir(out) == []


def test_no_kernel_outlives_a_command_that_was_killed(tiny, tmp_path):
    with started(tiny, "run", "02", "-p", "seed=60", "--out", str(tmp_path / "out")) as process:
        wait_for((tiny / "asleep-60").exists, "the sleeping lesson")
        assert len(alive(tiny)) >= 3
        process.kill()
        wait_for(lambda: not alive(tiny), "the end of worker and kernel")


def test_two_lessons_run_at_the_same_time(built, tmp_path):
    room, out = tmp_path / "room", tmp_path / "out"
    room.mkdir()
    done = course(built, "run", "02", "03", "-p", f"room={room}", "--workers", "2", "--out", str(out))
    assert done.returncode == 0, done.stdout
    assert len(list(room.iterdir())) == 2
    assert all("met\n" in outputs(out / f"{name}.ipynb") for name in ("02_trouble", "03_meet"))


def test_solutions_run_too(built, tmp_path):
    done = course(built, "run", "03_meet.ipynb", "--solutions", "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert "✔ 3.1\n" in outputs(tmp_path / "out" / "03_meet.ipynb")


def papermill(root: Path, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "papermill", "01_params.ipynb", str(out), "-k", "python3", *options],
        cwd=root / "chapters",
        env=surroundings(root),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def test_plain_papermill_takes_a_parameter(built, tmp_path):
    done = papermill(built, tmp_path / "out.ipynb", "-p", "n", "5", "-y", "sizes: [8, 16]")
    assert done.returncode == 0, done.stderr
    assert "n=5 lr=0.5 mode=plain sizes=[64, 256] where=\n" in outputs(tmp_path / "out.ipynb")


def test_plain_papermill_stops_at_an_impossible_parameter(built, tmp_path):
    done = papermill(built, tmp_path / "out.ipynb", "-p", "n", "11")
    assert done.returncode == 1
    assert "CourseError: n must lie in [1, 10], and 11 does not." in done.stderr
    said = outputs(tmp_path / "out.ipynb")
    assert said == "CourseError"
