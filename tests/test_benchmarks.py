"""The commands that BENCHMARKS.md names run, and compare things that are equal. Their times are not looked at."""

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from open_files import NEEDS_MODELS
from real_data import NEEDS_REAL_DATA, REAL

ROOT = Path(__file__).parent.parent


def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess:
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, **changes})


def rows(printed: str) -> list[list[str]]:
    """The cells of the Markdown table that was printed, without its head."""
    lines = [line for line in printed.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def number(cell: str) -> float:
    """The value of a cell such as `1,052.6` or `0.97×`: a fast machine's rates have a comma."""
    return float(cell.removesuffix("×").replace(",", ""))


def test_a_cell_s_number_is_read_with_and_without_a_comma():
    assert [number(cell) for cell in ("1,052.6", "0.97×", "3.1")] == [1052.6, 0.97, 3.1]


def test_training_speed_of_two_equal_models():
    done = run("benchmarks/training.py", "speed", "--repeats", "1")
    assert done.returncode == 0, done.stderr
    table = rows(done.stdout)
    assert [row[0] for row in table] == ["small", "grouped"]
    assert all(number(row[-1]) > 0 for row in table)


@pytest.fixture
def training(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import training

    return training


def test_the_rival_is_the_known_recipe(training):
    """What nanoGPT's README and configuration say for a laptop: the race is fair only if the other runs as it should."""
    torch.manual_seed(0)
    model, optimiser, options = training.small_gpt(65)
    assert sum(p.numel() for p in model.parameters()) == 4 * (12 * 128**2 + 2 * 128) + 128 + (65 + 64) * 128
    matrices, norms = optimiser.param_groups
    assert [group["weight_decay"] for group in optimiser.param_groups] == [0.1, 0.0]
    assert all(p.dim() == 2 for p in matrices["params"])
    assert all(p.dim() == 1 for p in norms["params"])
    assert (matrices["lr"], matrices["betas"], options["clip"], options["steps"]) == (
        1e-3,
        (0.9, 0.99),
        1.0,
        2000,
    )
    rates = [training.cosine(step / 2000) for step in range(2001)]
    assert rates[0] < 0.03
    assert rates[50] == pytest.approx(0.5, abs=0.02)
    assert rates[100] == pytest.approx(1.0)
    assert rates[1050] == pytest.approx(0.55)
    assert rates[2000] == pytest.approx(0.1)
    spread = {name: float(p.detach().std()) for name, p in model.named_parameters() if p.dim() == 2}
    for name, value in spread.items():
        narrow = name.endswith(("out.weight", "down.weight"))
        assert value == pytest.approx(0.02 / math.sqrt(8) if narrow else 0.02, rel=0.05), name


@NEEDS_REAL_DATA
def test_one_seed_stood_for_a_recipe(training, monkeypatch, capsys):
    def short(recipe):
        model, optimiser, options = recipe(65)
        return lambda _: (model, optimiser, {**options, "steps": 1})

    monkeypatch.setenv("COURSE_DATA", str(REAL))
    monkeypatch.setattr(training, "RECIPES", {name: short(one) for name, one in training.RECIPES.items()})
    training.target([3, 4])
    said = capsys.readouterr().out
    table = rows(said)
    assert [row[3] for row in table] == ["3", "3", "4", "4"]
    losses = [number(row[5]) for row in table]
    worst, best = max(losses[1::2]), min(losses[::2])
    assert float(said.split()[-1]) == pytest.approx(worst - best, abs=0.002)


def test_generation_speed_of_two_equal_models():
    done = run("benchmarks/generation.py", "--new", "4", "--repeats", "1", "--shapes", "lesson")
    assert done.returncode == 0, done.stderr
    assert [row[0] for row in rows(done.stdout)] == ["lesson"]


@NEEDS_MODELS
def test_speed_of_the_open_model_in_32_8_and_4_bits():
    done = run("benchmarks/open_model.py", "--new", "2", "--repeats", "1", "--windows", "1")
    assert done.returncode == 0, done.stderr
    table = rows(done.stdout)
    assert [row[0] for row in table] == ["transformers", "32", "8", "4"]
    assert all(0.5 < number(row[-1]) < 1.5 for row in table[1:])


def test_what_a_gpu_will_run_runs_in_small_on_the_cpu():
    done = run("benchmarks/gpu.py", "--tiny", "--repeats", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    parts = done.stdout.split("\n## ")[1:]
    assert [part.split()[0] for part in parts] == ["train", "attention", "write", "lessons"]
    training, attention, writing = (rows(part)[0] for part in parts[:3])
    assert training[:2] == ["115,008", "2 × 32"]
    assert training[4] == "unknown", "a CPU has no data sheet here"
    assert number(attention[2]) > 0
    assert number(writing[1]) > 0
    assert "1 of 1 done" in parts[3]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["paint"], "no part 'paint'; there are train"), (["--repeats", "0"], "must be at least 1")],
)
def test_the_gpu_s_command_refuses_what_it_does_not_know(arguments, said):
    done = run("benchmarks/gpu.py", *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_peaks_and_flops_of_the_gpu_s_share(monkeypatch):
    """The longest name that fits: the H100 for PCIe is slower than the one for the server's own board."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import gpu

    assert gpu.stated_peak("NVIDIA H100 PCIe") == 756e12
    assert gpu.stated_peak("NVIDIA H100 80GB HBM3") == gpu.stated_peak("NVIDIA H200") == 989e12
    assert gpu.stated_peak("NVIDIA A100-SXM4-80GB") == 312e12
    assert gpu.stated_peak("NVIDIA L40") is None, "an L40 is no L4"
    assert gpu.GPT.parameters == pytest.approx(124e6, rel=0.005)
    assert gpu.flops_per_token(gpu.GPT, 1024) == 6 * gpu.GPT.parameters + 12 * 12 * 768 * 1024


@NEEDS_REAL_DATA
def test_merges_of_ours_a_naive_and_the_library_s_trainer():
    done = run("benchmarks/bpe.py", "--merges", "40", "--naive", "2", COURSE_DATA=str(REAL))
    assert done.returncode == 0, done.stderr
    assert len(rows(done.stdout)) == 5


@pytest.mark.parametrize("command", [("benchmarks/training.py", "target"), ("benchmarks/bpe.py",)])
def test_without_data_and_network_one_sentence_says_so(command, tmp_path):
    changes = {"COURSE_DATA": str(tmp_path), "COURSE_HOME": str(tmp_path / "home")}
    done = run(*command, **changes)
    assert done.returncode == 1
    assert "'tinyshakespeare' could not be downloaded" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_command_of_the_page_is_a_file_here():
    page = (ROOT / "BENCHMARKS.md").read_text(encoding="utf-8")
    named = set(re.findall(r"python (benchmarks/\w+\.py)", page))
    assert named == {f"benchmarks/{path.name}" for path in (ROOT / "benchmarks").glob("*.py")}
