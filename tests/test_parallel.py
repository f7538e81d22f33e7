"""Two processes train a network in five ways: the results, the bytes and the failures that lesson 8a shows."""

import json
import subprocess
import time

import pytest
import torch
from safetensors.torch import load_file

from utils.errors import CourseError
from utils.models import parallel


def task(examples=64):
    draw = torch.Generator().manual_seed(3)
    torch.manual_seed(5)
    start = parallel.weights(parallel.network())
    x = torch.randn(examples, 32, generator=draw, dtype=torch.float64)
    return start, x, torch.randint(10, (examples,), generator=draw)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    both = parallel.Two(folder, *task())
    yield both
    both.stop()
    assert all(process.returncode is not None for process in both.processes)


@pytest.fixture(scope="module")
def reports(two):
    return [json.loads(two.wait_for(f"report{rank}.json").read_text()) for rank in (0, 1)]


@pytest.fixture(scope="module")
def ends(two, reports):
    return [load_file(two.folder / f"weights{rank}.safetensors") for rank in (0, 1)]


@pytest.mark.parametrize("name", ["data_parallel", "zero_1", "fully_sharded"])
def test_both_processes_end_with_the_weights_of_one(name, ends):
    assert torch.equal(ends[0][name], ends[1][name])
    assert (ends[0][name] - parallel.one_process(*task())).abs().max() < 1e-12


def test_the_stages_of_the_pipeline_together_are_the_network(ends):
    found = torch.cat([end["pipeline"] for end in ends])
    assert (found - parallel.one_process(*task())).abs().max() < 1e-12


def test_the_halves_of_the_matrices_together_are_the_network(ends):
    net, _ = parallel.with_weights(parallel.one_process(*task()))
    W1, b1, W2, b2 = net.parameters()
    for name, whole, dim in [("0", W1, 0), ("1", b1, 0), ("2", W2, 1)]:
        found = torch.cat([end[f"tensor_parallel {name}"] for end in ends], dim=dim)
        assert (found - whole).abs().max() < 1e-12
    for end in ends:
        assert (end["tensor_parallel 3"] - b2).abs().max() < 1e-12


def test_what_a_process_sends_and_stores(reports):
    P = len(task()[0])
    for report in reports:
        assert report["sent"]["data_parallel"] == report["sent"]["zero_1"] == 10 * 8 * P
        assert report["sent"]["tensor_parallel"] == 10 * 8 * 64 * 10
        assert report["sent"]["pipeline"] == 10 * 8 * 64 * 64
        assert report["averages"] == P  # two for each of half the weights
        assert report["straggle"][1] > 0.45
    assert sum(report["stored"] for report in reports) == P


def test_a_killed_process_ends_the_other_and_one_takes_up_the_run(two, reports):
    two.train()
    while int(load_file(two.wait_for("run.safetensors"))["done"]) < 20:
        time.sleep(0.05)
    two.kill(1)
    assert "Error" in two.wait_for("end0.txt", 60).read_text()
    net, adam, done = parallel.resume(two.folder / "run.safetensors")
    assert done % 10 == 0
    _, x, y = task()
    for _ in range(5):
        adam.zero_grad()
        torch.nn.functional.cross_entropy(net(x), y).backward()
        adam.step()
    assert (parallel.weights(net) - parallel.one_process(*task(), steps=done + 5)).abs().max() < 1e-10


def test_a_process_that_fails_is_told_in_a_sentence(tmp_path, monkeypatch):
    def broken(self, rank):
        (tmp_path / f"errors{rank}.txt").write_text("no such network\n")
        return subprocess.Popen([parallel.sys.executable, "-c", "raise SystemExit(3)"])

    monkeypatch.setattr(parallel.Two, "_start", broken)
    with pytest.raises(CourseError, match="no such network"):
        parallel.Two(tmp_path, *task()).wait_for("report0.json")


def test_nobody_waits_for_processes_that_have_ended_in_peace(tmp_path, monkeypatch):
    command = [parallel.sys.executable, "-c", "pass"]
    monkeypatch.setattr(parallel.Two, "_start", lambda self, rank: subprocess.Popen(command))
    for rank in (0, 1):
        (tmp_path / f"errors{rank}.txt").touch()
    began = time.monotonic()
    with pytest.raises(CourseError, match="they said nothing"):
        parallel.Two(tmp_path, *task()).wait_for("report0.json")
    assert time.monotonic() - began < 60


def test_a_process_ends_when_the_one_that_started_it_is_gone(tmp_path):
    alone = parallel.Two(tmp_path, *task())
    alone.wait_for("report1.json")
    for process in alone.processes:
        process.stdin.close()  # as the system does when the parent dies
        assert process.wait(60) == 0
    assert not (tmp_path / "run.safetensors").exists()
    alone.stop()
