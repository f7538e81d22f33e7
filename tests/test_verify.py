"""`course verify`: which measured numbers came out, which did not, and what it says of lessons that stop."""

import json
from pathlib import Path

import pytest
from tiny_course import change, course, sentence

from utils.course.verify import BROKEN, INSIDE, MISSING, SAME, code_cells, compare, exact_differences, shown


def cell(text: str, *, error: str = "", tags: tuple[str, ...] = (), count: int | None = 1) -> dict:
    """A code cell that printed `text`, in two pieces as kernels send it, and stopped with `error` if there is one."""
    half = len(text) // 2
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": piece} for piece in (text[:half], text[half:])
    ]
    if error:
        outputs.append({"output_type": "error", "ename": "AssertionError", "evalue": error, "traceback": []})
    return {
        "cell_type": "code",
        "source": "…",
        "metadata": {"tags": list(tags)},
        "outputs": outputs,
        "execution_count": count,
    }


def notebook(path: Path, *cells: dict) -> Path:
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8")
    return path


def states(tmp_path: Path, before: list[dict], after: list[dict]) -> list[str]:
    old, new = notebook(tmp_path / "old.ipynb", *before), notebook(tmp_path / "new.ipynb", *after)
    return [number.state for number in compare("01", code_cells(old), code_cells(new))]


def test_words_and_numbers_of_a_line():
    assert shown(cell("loss ≈ 0.12, tokens ≈ 29,100\nplain 7\n")) == [("loss", "0.12,"), ("tokens", "29,100")]


def test_same_in_band_and_missing(tmp_path):
    before = [cell("a ≈ 1.50\nb ≈ 2.00\n"), cell("c ≈ 3.00\n")]
    after = [cell("a ≈ 1.50\nb ≈ 2.10\n"), cell("")]
    assert states(tmp_path, before, after) == [SAME, INSIDE, MISSING]
    (_, b, c) = compare("01", code_cells(tmp_path / "old.ipynb"), code_cells(tmp_path / "new.ipynb"))
    assert b.apart == pytest.approx(0.1 / 2.1)
    assert c.here is None


def test_the_cell_that_stops_and_the_one_before_it_are_at_a_broken_band(tmp_path):
    before = [cell("a ≈ 1.0\n"), cell("b ≈ 2.0\n"), cell("c ≈ 3.0\n"), cell("d ≈ 4.0\n")]
    after = [
        cell("a ≈ 1.0\n"),
        cell("b ≈ 2.5\n"),
        cell("c ≈ 3.0\n", error="out of band"),
        cell("", count=None),
    ]
    assert states(tmp_path, before, after) == [SAME, BROKEN, BROKEN, MISSING]


def test_only_exact_text_must_agree(tmp_path):
    live = ("nbval-ignore-output",)
    before = [
        cell("n = 3, loss ≈ 1.0\n"),
        cell("n = 3\n"),
        cell("12 s\n", tags=live),
        cell("device: cpu (one)\n"),
    ]
    after = [
        cell("n = 3, loss ≈ 9.0\n"),
        cell("n = 4\n"),
        cell("15 s\n", tags=live),
        cell("device: cuda (two)\n"),
    ]
    old, new = notebook(tmp_path / "old.ipynb", *before), notebook(tmp_path / "new.ipynb", *after)
    assert exact_differences(code_cells(old), code_cells(new)) == [2]


def test_a_course_that_comes_out_and_one_that_does_not(tiny):
    done = course(tiny, "verify", "01", "--out", "mine.md")
    assert done.returncode == 0, done.stdout + done.stderr
    said = (tiny / "mine.md").read_text(encoding="utf-8")
    assert "| 01_params | all bands kept | 2 | 2 | 0 | 0 | 0.0 % | none |" in said
    assert str(tiny) not in said, "a report names no place of this machine"

    stored = tiny / "solutions" / "01_params.ipynb"
    text = stored.read_text(encoding="utf-8")
    stored.write_text(
        text.replace("rate ≈ 0.500", "rate ≈ 0.400").replace("n=3 lr", "n=4 lr"), encoding="utf-8"
    )
    done = course(tiny, "verify", "01")
    assert done.returncode == 1
    said = (tiny / "verify.md").read_text(encoding="utf-8")
    assert "| rate | 0.400 | 0.500 | in its band |" in said
    assert "20.0 % | 3 |" in said, "the third code cell printed another n"


def test_a_lesson_that_stops_is_named_with_its_cell(tiny):
    change(tiny, "02_trouble", "if seed == 13", "if seed == 0")
    assert course(tiny, "build", "02_trouble").returncode == 1, "it was to fail"
    stored = tiny / "solutions" / "02_trouble.ipynb"
    text = stored.read_text(encoding="utf-8")
    stored.write_text(text.replace("if seed == 13", "if seed == 0"), encoding="utf-8")
    done = course(tiny, "verify", "02", "--out", "mine.md")
    assert done.returncode == 1
    assert "ValueError: thirteen is unlucky" in (tiny / "mine.md").read_text(encoding="utf-8")


def test_bad_input_is_told_in_a_sentence(built, tmp_path):
    assert "There is no lesson '09'" in sentence(course(built, "verify", "09"))
    assert "is a folder; give --out" in sentence(course(built, "verify", "01", "--out", str(tmp_path)))
    (tmp_path / "file").touch()
    below = str(tmp_path / "file" / "mine.md")
    assert "cannot be made (Not a directory); give --out" in sentence(
        course(built, "verify", "01", "--out", below)
    )
