"""The commands that BENCHMARKS.md names run, and compare things that are equal. Their times are not looked at."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
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


def test_training_speed_of_two_equal_models():
    done = run("benchmarks/training.py", "speed", "--repeats", "1")
    assert done.returncode == 0, done.stderr
    table = rows(done.stdout)
    assert [row[0] for row in table] == ["small", "grouped"]
    assert all(float(row[-1].rstrip("×")) > 0 for row in table)


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
    assert all(0.5 < float(row[-1]) < 1.5 for row in table[1:])


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
