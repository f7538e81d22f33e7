"""`course progress --homes`: how far a class is."""

import csv
import json
from pathlib import Path

import pytest
from tiny_course import course, sentence


def record(home: Path, exercise: str, status: str, **more: object) -> None:
    folder = home / "progress"
    folder.mkdir(parents=True, exist_ok=True)
    kept = {"exercise": exercise, "status": status, "tries": 2, "first": "2026-01-01", "time": "2026-01-02"}
    (folder / f"{exercise}.json").write_text(json.dumps(kept | more), encoding="utf-8")


@pytest.fixture
def homes(tmp_path) -> Path:
    """Four homes: a shared record's folder, a Linux home, one without a record, one with odd ones."""
    folder = tmp_path / "homes"
    record(folder / "anna 安", "1.1", "passed", passed_at="2026-01-02")
    record(folder / "anna 安", "1.2", "failed", tries=5)
    record(folder / "ben" / ".local" / "share" / "cornerstone-course", "3.3", "passed")
    (folder / "clara").mkdir()
    record(folder / "=odd", "1.1", "wonderful")
    record(folder / "=odd", "9.9", "passed")
    record(folder / "=odd", "1.2", "passed", passed_at="=1+1", tries=True)
    (folder / "=odd" / "progress" / "1.3.json").write_text("{", encoding="utf-8")
    (folder / ".hidden").mkdir()
    (folder / "file").write_text("", encoding="utf-8")
    return folder


def test_a_class_is_a_table_and_a_csv(built, homes, tmp_path):
    path = tmp_path / "new" / "class.csv"
    done = course(built, "progress", "--homes", str(homes), "--csv", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    with path.open(encoding="utf-8", newline="") as file:
        rows = {(row["learner"], row["exercise"]): row for row in csv.DictReader(file)}
    assert len(rows) == 4 * 9
    assert rows["anna 安", "1.1"] == {
        "learner": "anna 安",
        "lesson": "01_params",
        "exercise": "1.1",
        "status": "passed",
        "tries": "2",
        "first": "2026-01-01",
        "passed_at": "2026-01-02",
    }
    assert (rows["anna 安", "1.2"]["status"], rows["anna 安", "1.2"]["tries"]) == ("failed", "5")
    assert rows["ben", "3.3"]["status"] == "passed"
    assert {row["status"] for (learner, _), row in rows.items() if learner == "clara"} == {"not attempted"}
    assert rows["'=odd", "1.1"]["status"] == rows["'=odd", "1.3"]["status"] == "not attempted"
    assert rows["'=odd", "1.2"]["passed_at"] == "'=1+1"
    counts = [line.replace("│", " ").split() for line in done.stdout.splitlines() if "2026-01-02" in line]
    assert counts == [
        ["=odd", "1", "1", "9", "2026-01-02"],
        ["anna", "安", "1", "2", "9", "2026-01-02"],
        ["ben", "1", "1", "9", "2026-01-02"],
    ]


def test_one_lesson_of_a_class(built, homes, tmp_path):
    path = tmp_path / "class.csv"
    assert course(built, "progress", "3", "--homes", str(homes), "--csv", str(path)).returncode == 0
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1 + 4 * 3


def test_bad_input_gets_one_sentence(built, tmp_path):
    assert "is no folder; name the one" in sentence(
        course(built, "progress", "--homes", str(tmp_path / "no"))
    )
    assert "There is no home in" in sentence(course(built, "progress", "--homes", str(tmp_path)))
    assert "--homes DIR" in sentence(course(built, "progress", "--csv", str(tmp_path / "x.csv")))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "class" / "anna").mkdir(parents=True)
    (tmp_path / "file").touch()
    for path, word in (
        (tmp_path, "is a folder; give --csv"),
        (tmp_path / "file" / "x.csv", "cannot be made"),
    ):
        done = course(built, "progress", "--homes", str(tmp_path / "class"), "--csv", str(path))
        assert word in sentence(done)
        assert done.stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["class", "file"]
