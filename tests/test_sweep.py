"""`course sweep`: every combination once, one CSV, one picture."""

import csv
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from rich.console import Console
from tiny_course import alive, course, sentence, started, wait_for

from utils.course import run as runner
from utils.course import sweep as sweeper
from utils.errors import CourseError


def rows(out: Path) -> list[dict[str, str]]:
    with open(out / "metrics.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def times(out: Path) -> dict[str, int]:
    """When each run's files were written."""
    return {path.name: path.stat().st_mtime_ns for path in (out / "runs").iterdir()}


def parameters(out: Path) -> dict[str, dict]:
    """{key: parameters} of the runs that are done."""
    records = [json.loads(path.read_text(encoding="utf-8")) for path in (out / "runs").glob("*.json")]
    return {record["name"]: record["parameters"] for record in records}


def test_every_combination_is_run_once_and_more_can_be_added(built, tmp_path):
    out = tmp_path / "out"
    done = course(built, "sweep", "01", "-p", "n=1,2", "-p", "sizes=[1],[8,16]", "--out", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "01_params: 4 combinations, 0 done before, 4 to run\n" in done.stdout
    found = [(row["n"], row["sizes"], row["n_over_three"], row["rate"], row["status"]) for row in rows(out)]
    assert found == [
        (n, sizes, str(int(n) / 3), "0.5", "done") for n in ("1", "2") for sizes in ("[1]", "[8, 16]")
    ]
    assert all(float(row["seconds"]) > 0 and int(row["memory_bytes"]) > 2e7 for row in rows(out))
    assert (out / "metrics.png").read_bytes().startswith(b"\x89PNG")
    assert len(times(out)) == 8
    before = times(out)
    done = course(built, "sweep", "01", "-p", "n=1,2,4", "-p", "sizes=[8,16]", "--out", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 combinations, 2 done before, 1 to run" in done.stdout
    assert [row["n_over_three"] for row in rows(out)] == [str(n / 3) for n in (1, 2, 4)]
    assert {name: time for name, time in times(out).items() if name in before} == before
    assert len(times(out)) == 10


def test_a_failed_combination_is_reported_and_tried_again(built, tmp_path):
    out = tmp_path / "out [of it]"
    command = ["sweep", "01", "-p", "n=1,7", "--out", str(out)]
    done = course(built, *command)
    assert done.returncode == 1
    assert "✘ {'n': 7}: cell 4: ValueError: seven is not supported\n" in done.stdout
    assert f"1 of 2 done; see {out / 'metrics.csv'} and" in done.stdout
    assert [(row["n"], row["n_over_three"], row["status"]) for row in rows(out)] == [
        ("1", str(1 / 3), "done"),
        ("7", "", "failed"),
    ]
    (good,) = parameters(out)
    before = times(out)
    again = course(built, *command)
    assert again.returncode == 1
    assert "2 combinations, 1 done before, 1 to run" in again.stdout
    changed = {name.split(".")[0] for name, time in times(out).items() if before[name] != time}
    assert len(changed) == 1
    assert good not in changed


def test_a_run_that_its_own_code_ended_was_stored_as_done(built, tmp_path):
    out = tmp_path / "out {seed}"
    done = course(built, "sweep", "02", "-p", "seed=20,1", "--workers", "2", "--out", str(out))
    assert done.returncode == 1
    assert "✘ {'seed': 20}: cell 4: SystemExit: the code ended the program\n" in done.stdout
    assert [(row["seed"], row["status"]) for row in rows(out)] == [("20", "failed"), ("1", "done")]
    (key,) = parameters(out)
    assert list(sweeper.stored(out / "runs", [key])) == [key]
    notebook = json.loads((out / "runs" / f"{key}.ipynb").read_text(encoding="utf-8"))
    last = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][-1]
    last["execution_count"] = None
    (out / "runs" / f"{key}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    assert sweeper.stored(out / "runs", [key]) == {}, "stored by an earlier version, which did not look"


@pytest.mark.parametrize("name", ["json", "ipynb"])
def test_a_spoilt_record_counts_as_not_run(tmp_path, name):
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": "1", "outputs": []}
    (tmp_path / "k.ipynb").write_text(json.dumps({"cells": [cell]}))
    (tmp_path / "k.json").write_text(json.dumps(record()))
    assert sweeper.stored(tmp_path, ["k", "other"]) == {"k": record()}
    for text in (
        '{"cells"',
        "[]",
        "{}",
        '{"cells": [1]}',
        json.dumps(record() | {"metrics": []}),
        100_000 * "[",
    ):
        (tmp_path / f"k.{name}").write_text(text)
        assert sweeper.stored(tmp_path, ["k", "other"]) == {}


# what is typed, and the values that are meant
LISTED = {
    'where="a,b.txt"': ["a,b.txt"],
    "where=a,b.txt": ["a", "b.txt"],
    'where="a, b" , c,"d"': ["a, b", "c", "d"],
    'where="say ""a, b""",': ['say "a, b"', ""],
    'where=5" disk,x': ['5" disk', "x"],
    "where=a[1,2],b[,c": ["a[1,2]", "b[", "c"],
}


@pytest.mark.parametrize("option", LISTED)
def test_a_text_with_a_comma_fell_in_two(built, option):
    path = built / "chapters" / "01_params.ipynb"
    assert [values["where"] for values in sweeper.grid(path, [option])] == LISTED[option]


@pytest.mark.parametrize("text", ['"a,b', '"a"b,c', '"'])
def test_a_double_quote_that_does_not_end_is_refused(built, text):
    with pytest.raises(CourseError, match="where begins a value with a double quote and does not end it"):
        sweeper.grid(built / "chapters" / "01_params.ipynb", [f"where={text}"])


def test_two_sweeps_that_start_in_one_folder(tmp_path):
    sweeper._mark(tmp_path / "out", "01_params")
    sweeper._mark(tmp_path / "out", "01_params")
    with pytest.raises(CourseError, match="holds a sweep of 01_params"):
        sweeper._mark(tmp_path / "out", "02_trouble")
    assert json.loads((tmp_path / "out" / "sweep.json").read_text()) == {"lesson": "01_params"}


def kill_a_worker(root: Path) -> None:
    worker = next(p for p in alive(root) if any("popen_loky" in argument for argument in p.cmdline()))
    worker.kill()


# how it happens, the number of workers, the exit status, what is said
WAYS = {
    "ctrl-c": (lambda root, sweep: sweep.send_signal(signal.SIGINT), "2", 130, "Interrupted: type the same"),
    "a worker was killed": (
        lambda root, sweep: kill_a_worker(root),
        "2",
        1,
        "A process of the sweep was killed (out of memory?): type the same command",
    ),
    "terminated, one at a time": (
        lambda root, sweep: sweep.terminate(),
        "1",
        130,
        "Interrupted: type the same",
    ),
    "the sweep was killed": (lambda root, sweep: sweep.kill(), "2", -signal.SIGKILL, ""),
}


def test_an_interrupted_sweep_goes_on_where_it_was(tiny, tmp_path, short_tmp):
    out = tmp_path / "out"
    command = ["sweep", "02", "-p", "seed=1,60,61", "--out", str(out), "--workers"]
    for way, (interrupt, workers, status, said) in WAYS.items():
        (tiny / "asleep-60").unlink(missing_ok=True)
        with started(tiny, *command, workers) as sweep:
            wait_for((tiny / "asleep-60").exists, "the sleeping run")
            wait_for(lambda: list((out / "runs").glob("*.json")), "the finished run")
            finished = {
                name: time for name, time in times(out).items() if name.split(".")[0] in parameters(out)
            }
            interrupt(tiny, sweep)
            stdout, stderr = sweep.communicate(timeout=120)
            assert sweep.returncode == status, (way, stderr)
            assert said in stdout
            assert "Traceback" not in stderr, (way, stderr)
            wait_for(lambda: not alive(tiny), f"the end of all processes after: {way}")
        if said:
            assert [row["seed"] for row in rows(out)] == ["1"]
            assert sorted(times(out)) == sorted(finished)
            assert os.listdir(short_tmp) == [], way
    (tiny / "awake").touch()
    done = course(tiny, *command, "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 combinations, 1 done before, 2 to run" in done.stdout
    assert [(row["seed"], row["status"]) for row in rows(out)] == [
        (seed, "done") for seed in ("1", "60", "61")
    ]
    after = times(out)
    assert {name: after[name] for name in finished} == finished
    assert sorted(record["seed"] for record in parameters(out).values()) == [1, 60, 61]
    assert len(after) == 6


REFUSED = {
    "no parameters": ([], "needs at least one parameter"),
    "unknown name": (["m=1,2"], "has no parameter 'm'"),
    "one bad value": (["n=1,2,11"], "n must lie in [1, 10], and 11 does not"),
    "one empty value": (["n=1,"], "n takes a whole number, not ''"),
    "bad item": (["sizes=[1],[8,65]"], "sizes must lie in [1, 64], and 65 does not"),
    "list without brackets": (["sizes=8,16"], "sizes takes a list such as [1, 2], not 8"),
    "parameter twice": (["n=1,2", "n=3"], "Parameter 'n' is given twice; write its values as n=a,b"),
    "value twice": (["n=1,2,1"], "Parameter 'n' lists a value twice"),
    "no equals sign": (["n"], "Write a parameter as name=value, not 'n'"),
}


def sweep_here(root: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], out: Path, **more) -> str:
    """The sentence with which a sweep in this process refuses to start."""
    monkeypatch.setattr(runner, "CHAPTERS", root / "chapters")
    settings = {"backend_name": "loky", "address": None, "workers": 2, "threads": 1, "timeout": 60}
    settings |= {"solutions": False, "console": Console(quiet=True), **more}
    with pytest.raises(CourseError) as error:
        sweeper.sweep("01", options, out=out, **settings)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_run_is_refused_before_anything_runs(built, tmp_path, monkeypatch, case):
    options, said = REFUSED[case]
    assert said in sweep_here(built, monkeypatch, options, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_refused_sweep_is_one_line_on_stderr(built, tmp_path):
    before = sorted(built.rglob("*"))
    assert sentence(course(built, "sweep", "01", "-p", "n=1,99")).startswith("n must lie in [1, 10]")
    assert sorted(built.rglob("*")) == before
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine").write_text("mine")
    said = sentence(course(built, "sweep", "01", "-p", "n=1", "--out", str(other)))
    assert said == f"{other} exists already and is no sweep; give --out a new name."
    assert os.listdir(other) == ["mine"]


@pytest.mark.parametrize("mark", ['{"lesson": "02_trouble"}', "{", "[]"])
def test_the_folder_of_another_sweep_is_left_alone(built, tmp_path, monkeypatch, mark):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sweep.json").write_text(mark)
    said = sweep_here(built, monkeypatch, ["n=1"], tmp_path / "out")
    assert "give --out a new name" in said
    assert ("holds a sweep of 02_trouble" in said) == ("02" in mark)
    assert (tmp_path / "out" / "sweep.json").read_text() == mark
    assert os.listdir(tmp_path / "out") == ["sweep.json"]


@pytest.mark.parametrize(
    ("backend", "said"), [("dask", "Dask is not installed"), ("ray", "Ray is not installed")]
)
def test_a_missing_cluster_library_is_named_with_its_remedy(built, tmp_path, monkeypatch, backend, said):
    monkeypatch.setitem(sys.modules, backend, None)
    refusal = sweep_here(built, monkeypatch, ["n=1"], tmp_path / "out", backend_name=backend)
    assert refusal.startswith(said)
    assert "pip install -e .[cluster]" in refusal
    assert not (tmp_path / "out").exists()


def test_loky_takes_no_address(built, tmp_path, monkeypatch):
    said = sweep_here(built, monkeypatch, ["n=1"], tmp_path / "out", address="tcp://127.0.0.1:1")
    assert "takes no --address" in said
    assert not (tmp_path / "out").exists()


def test_a_dask_scheduler_that_does_not_answer_is_named(built, tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    address = "tcp://127.0.0.1:1"
    said = sweep_here(built, monkeypatch, ["n=1"], tmp_path / "out", backend_name="dask", address=address)
    assert said.startswith(f"No Dask scheduler answers at {address}")


def test_a_cluster_on_this_machine(built, tmp_path):
    # Ray is not tried here: its node looks for an address outside this machine when it starts, which the tests refuse
    pytest.importorskip("distributed")
    out = tmp_path / "out"
    done = course(built, "sweep", "01", "-p", "n=1,2", "--backend", "dask", "--out", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [(row["n"], row["n_over_three"]) for row in rows(out)] == [(str(n), str(n / 3)) for n in (1, 2)]


def record(**changes) -> dict:
    whole = {"parameters": {"lr": 0.5, "mode": "a"}, "metrics": {"loss": 0.1}, "status": "done"}
    return {**whole, "seconds": 1.26, "memory": 5, "error": "", **changes}


def test_the_table_holds_full_precision_and_gaps():
    failed = record(parameters={"lr": 0.1, "mode": "b,c"}, metrics={}, status="failed")
    text = sweeper.table([record(metrics={"loss": 0.1 + 0.2, "acc": 1.0}), failed], ["lr", "mode"])
    assert text.splitlines() == [
        "lr,mode,acc,loss,status,seconds,memory_bytes",
        "0.5,a,1.0,0.30000000000000004,done,1.3,5",
        '0.1,"b,c",,,failed,1.3,5',
    ]


@pytest.mark.parametrize(
    "records",
    [
        [],
        [record(metrics={})],
        [record(metrics={"loss": float("nan")})],
        [record(), record(parameters={"lr": 0.1, "mode": "b"}), record(metrics={"acc": 1.0})],
        [record(parameters={"lr": [1, 2], "mode": "a"}), record(parameters={"lr": [3], "mode": "a"})],
        [record(parameters={"lr": True, "mode": "a"}), record(parameters={"lr": False, "mode": "a"})],
        [record(parameters={"lr": r"a$\frac$", "mode": "$x"}), record(parameters={"lr": "b", "mode": "$^$"})],
        [record(parameters={"lr": "字", "mode": "😀"}, metrics={"$_$": 1.0})],
    ],
    ids=[
        "nothing ran",
        "no metric",
        "nan",
        "two metrics",
        "lists",
        "bools",
        "dollars",
        "letters without a glyph",
    ],
)
@pytest.mark.filterwarnings("error")
def test_the_picture_is_drawn_whatever_came(tmp_path, records):
    sweeper.draw(records, ["lr", "mode"], "01_params", tmp_path / "metrics.png")
    assert (tmp_path / "metrics.png").read_bytes().startswith(b"\x89PNG")
    assert os.listdir(tmp_path) == ["metrics.png"]


def test_a_run_is_done_anew_when_the_lesson_has_changed(built, tmp_path):
    path = tmp_path / "01_params.ipynb"
    text = (built / "chapters" / "01_params.ipynb").read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    keys = {sweeper.run_key(path, {"n": 1}), sweeper.run_key(path, {"n": 1})}
    keys |= {sweeper.run_key(path, {"n": 2})}
    path.write_text(text.replace("squares = ", "powers = "), encoding="utf-8")
    keys |= {sweeper.run_key(path, {"n": 1})}
    assert len(keys) == 3
