"""`course build`: lessons become executed notebooks, and only what changed is executed."""

import copy
import json
import os
import re
import signal
from pathlib import Path

import nbformat
import pytest
from tiny_course import alive, change, course, lay, lesson, sentence, started, wait_for

from utils.course import build
from utils.course.lesson import read, stored_notebook
from utils.errors import CourseError

FOLDERS = ("chapters", "solutions")


def notebooks(root: Path) -> dict[str, bytes]:
    return {f"{path.parent.name}/{path.stem}": path.read_bytes() for path in sorted(root.glob("*/*.ipynb"))}


def masked(data: bytes) -> bytes:
    """Without measured values, which follow the sign ≈, and without metrics, which hold them at full precision."""
    text = re.sub(r"≈ [^\s<\"\\|]+", "≈ #", data.decode())
    return text.encode()


def parts(root: Path) -> list[Path]:
    return list(root.rglob("*.part*"))


def test_each_lesson_becomes_two_executed_notebooks(built):
    assert set(notebooks(built)) == {
        f"{folder}/{name}" for folder in FOLDERS for name in ("01_params", "02_trouble", "03_meet")
    }
    for path in built.glob("*/*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
        assert all("execution" not in cell.metadata for cell in code)
    texts = {
        folder: "".join(
            output.get("text", "")
            for cell in nbformat.read(built / folder / "01_params.ipynb", as_version=4).cells
            for output in cell.get("outputs", [])
        )
        for folder in FOLDERS
    }
    assert "n=3 lr=0.5 mode=plain sizes=[1, 4] where=\n" in texts["chapters"]
    assert "○ 1.1 not attempted yet\n" in texts["chapters"]
    assert "✔ 1.1\n" in texts["solutions"]


def test_building_again_gives_the_same_bytes_even_beside_a_lesson_that_breaks_a_rule(tiny):
    before = notebooks(tiny)
    change(tiny, "03_meet", "●○○ 5 min", "5 min")
    done = course(tiny, "build", "--force", "01_params")
    assert done.returncode == 0, done.stderr
    assert "2 built, 0 failed" in done.stdout
    after = notebooks(tiny)
    assert {name: masked(data) for name, data in after.items()} == {
        name: masked(data) for name, data in before.items()
    }


def test_only_what_changed_is_executed(tiny):
    assert course(tiny, "build").stdout == "nothing has changed\n"
    times = {path: path.stat().st_mtime_ns for path in tiny.glob("*/*.ipynb")}
    change(tiny, "03_meet", "Do something small.", "Do something else.")
    costs = json.loads((tiny / "lessons" / "costs.json").read_text(encoding="utf-8"))
    done = course(tiny, "build")
    assert done.returncode == 0, done.stderr
    assert "2 built, 0 failed" in done.stdout
    moved = {path for path, time in times.items() if path.stat().st_mtime_ns != time}
    assert moved == {tiny / folder / "03_meet.ipynb" for folder in FOLDERS}
    after = json.loads((tiny / "lessons" / "costs.json").read_text(encoding="utf-8"))
    assert after.keys() == costs.keys()
    assert {name: after[name] for name in ("01_params", "02_trouble")} == {
        name: costs[name] for name in ("01_params", "02_trouble")
    }


def test_costs_are_measured_and_shown_in_the_readme(built):
    costs = json.loads((built / "lessons" / "costs.json").read_text(encoding="utf-8"))
    assert list(costs) == ["01_params", "02_trouble", "03_meet"]
    for cost in (cost for of_lesson in costs.values() for cost in of_lesson.values()):
        assert cost["seconds"] > 0
        assert cost["cpu"] > 0
        assert 20 < cost["megabytes"] < 2000
    readme = (built / "README.md").read_text(encoding="utf-8")
    row = next(line for line in readme.splitlines() if "01_params" in line)
    assert row.startswith(
        "| [1 · The lesson 01_params](chapters/01_params.ipynb) | Do something small | 3 | ≈ "
    )
    assert "–" not in row
    assert readme.startswith("# Tiny\n")
    # three lessons, each with what its first cell and the headings of its exercises say
    assert "In all about 0 hours to read and 1 for the exercises." in readme


def test_costs_are_measured_again_without_a_new_notebook(tiny):
    before = notebooks(tiny)
    path = tiny / "lessons" / "costs.json"
    costs = json.loads(path.read_text(encoding="utf-8"))
    for of_lesson in costs.values():
        of_lesson["chapters"]["cpu"] = 9999.0
    path.write_text(json.dumps(costs), encoding="utf-8")
    change(tiny, "03_meet", "Do something small.", "Do something else.")
    done = course(tiny, "build", "--measure")
    assert done.returncode == 0, done.stderr
    assert "4 measured, 0 failed" in done.stdout
    assert notebooks(tiny) == before
    after = json.loads(path.read_text(encoding="utf-8"))
    assert after["01_params"]["chapters"]["cpu"] < 100
    assert after["03_meet"]["chapters"]["cpu"] == 9999.0  # it is stale, and what it costs is not known
    both = course(tiny, "build", "--measure", "--force")
    assert both.returncode != 0
    assert "give one of the two" in both.stderr


def test_check_names_what_is_stale_and_executes_nothing(tiny):
    done = course(tiny, "build", "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "all notebooks are up to date\n", "")
    change(
        tiny,
        "03_meet",
        "import os\n",
        'import os\n\nopen(os.environ["COURSE_ROOT"] + "/executed", "w").close()\n',
    )
    (tiny / "chapters" / "02_trouble.ipynb").unlink()
    spoilt = tiny / "solutions" / "02_trouble.ipynb"
    spoilt.write_text("<<<<<<< HEAD\n", encoding="utf-8")
    (tiny / "chapters" / "09_old.ipynb").write_bytes((tiny / "chapters" / "01_params.ipynb").read_bytes())
    readme = tiny / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8").replace("small", "large"), encoding="utf-8")
    before = notebooks(tiny)
    done = course(tiny, "build", "--check")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "chapters/02_trouble.ipynb is missing",
        "solutions/02_trouble.ipynb is not a whole notebook",
        "chapters/03_meet.ipynb differs from lessons/03_meet.py",
        "solutions/03_meet.ipynb differs from lessons/03_meet.py",
        "chapters/09_old.ipynb has no lesson; remove it",
        "the table of lessons in README.md is not up to date",
    ]
    assert "course build" in done.stdout
    assert notebooks(tiny) == before
    assert not (tiny / "executed").exists()
    one = course(tiny, "build", "--check", "03_meet")
    assert len(one.stderr.splitlines()) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"cells": [{}]},
        {"metadata": []},
        {"nbformat": 3},
        {"nbformat": 99},
        {"nbformat": None},
        {"cells": [{"cell_type": "code", "id": 5, "metadata": {}, "source": "", "outputs": []}]},
        {"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "source": "", "outputs": [{}]}]},
    ],
)
def test_a_notebook_that_is_none_was_a_traceback(tmp_path, change):
    notebook = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert stored_notebook(path).cells == []
    path.write_text(json.dumps(notebook | change), encoding="utf-8")
    with pytest.raises(CourseError, match=r"a\.ipynb is not a whole notebook"):
        stored_notebook(path)


def add_error(notebook) -> None:
    code = next(cell for cell in notebook.cells if cell.cell_type == "code")
    code.outputs.append(nbformat.v4.new_output("error", ename="E", evalue="", traceback=[]))


def empty(notebook, **fields) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.update(copy.deepcopy(fields))


SPOILT = {
    "edited": (lambda nb: nb.cells[0].update(source="# edited"), "differs from lessons/01_params.py"),
    "shortened": (lambda nb: nb.cells.pop(), "differs from lessons/01_params.py"),
    "other id": (lambda nb: nb.cells[3].update(id="other"), "differs from lessons/01_params.py"),
    "other tags": (lambda nb: nb.cells[3].metadata.update(tags=["x"]), "differs from lessons/01_params.py"),
    "metadata": (lambda nb: nb.metadata.update(papermill={}), "differs from lessons/01_params.py"),
    "not executed": (lambda nb: empty(nb, execution_count=None), "was not executed from top to bottom"),
    "out of order": (lambda nb: empty(nb, execution_count=1), "was not executed from top to bottom"),
    "stripped": (lambda nb: empty(nb, outputs=[]), "has no stored outputs"),
    "failed": (add_error, "holds an error"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_spoilt_notebook_is_noticed(built, tmp_path, monkeypatch, case):
    monkeypatch.setattr(build, "FOLDERS", {"chapters": tmp_path, "solutions": built / "solutions"})
    spoil, message = SPOILT[case]
    notebook = nbformat.read(built / "chapters" / "01_params.ipynb", as_version=4)
    target = next(
        t for t in build.targets([read(built / "lessons" / "01_params.py")]) if t.folder == "chapters"
    )
    target.path.write_text(nbformat.writes(notebook), encoding="utf-8")
    assert target.problem() is None
    spoil(notebook)
    target.path.write_text(nbformat.writes(notebook), encoding="utf-8")
    assert target.problem() == f"chapters/01_params.ipynb {message}"


def test_a_failing_cell_leaves_the_old_notebook_whole(tiny):
    before = notebooks(tiny)
    change(tiny, "02_trouble", 'print("no trouble")', 'raise RuntimeError("this cell is [/broken]")')
    change(tiny, "03_meet", "Do something small.", "Do something else.")
    done = course(tiny, "build")
    assert done.returncode == 1
    assert "2 built, 2 failed" in done.stdout
    failed = next(line for line in done.stdout.splitlines() if "chapters/02_trouble" in line)
    assert failed.startswith("✘")
    assert "RuntimeError: this cell is [/broken]" in failed
    after = notebooks(tiny)
    assert {name for name in after if after[name] != before[name]} == {
        "chapters/03_meet",
        "solutions/03_meet",
    }
    assert parts(tiny) == []
    assert "02_trouble.ipynb differs" in course(tiny, "build", "--check").stderr


def test_a_broken_rule_stops_the_build_with_file_and_line(tiny):
    before = notebooks(tiny)
    change(tiny, "03_meet", "    ### END SOLUTION\n", "")
    text = (tiny / "lessons" / "03_meet.py").read_text(encoding="utf-8").splitlines()
    line = text.index("    ### BEGIN SOLUTION") + 1
    for options in (["build"], ["build", "--check"]):
        assert sentence(course(tiny, *options)) == (
            f"03_meet.py:{line}: `### BEGIN SOLUTION` without `### END SOLUTION`"
        )
    assert notebooks(tiny) == before


def test_an_unknown_lesson_is_answered_with_the_nearest(tiny):
    said = sentence(course(tiny, "build", "01_parms"))
    assert said.startswith("There is no lesson '01_parms'. Did you mean '01_params'? There are: 01_params,")


def test_a_lesson_has_the_names_that_other_commands_know(tiny):
    for name in ("01", "1", "01_params"):
        done = course(tiny, "build", "--check", name)
        assert (done.returncode, done.stdout, done.stderr) == (0, "all notebooks are up to date\n", "")


def test_a_readme_without_its_marks_is_named(tiny):
    (tiny / "README.md").write_text("# Tiny\n", encoding="utf-8")
    assert "<!-- lessons: begin -->" in sentence(course(tiny, "build"))
    (tiny / "README.md").unlink()
    assert "README.md" in sentence(course(tiny, "build", "--check"))


def test_notebooks_are_executed_at_the_same_time_in_folders_made_when_missing(tmp_path):
    root = lay(tmp_path / "course")
    for name in ("01_params", "02_trouble"):
        (root / "lessons" / f"{name}.py").unlink()
    room = tmp_path / "room"
    room.mkdir()
    change(root, "03_meet", 'room: str = ""', f'room: str = "{room}"')
    for folder in FOLDERS:
        (root / folder).rmdir()
    done = course(root, "build", "--workers", "2")
    assert done.returncode == 0, done.stdout
    assert len(list(room.iterdir())) == 2
    assert len(notebooks(root)) == 2


def test_the_reader_s_surroundings_do_not_leak_into_notebooks(tmp_path):
    root = lay(tmp_path / "course")
    for path in (root / "lessons").glob("*.py"):
        path.unlink()
    seen = """
# %%
import os

names = "COURSE_STRICT", "COURSE_DATA", "COURSE_DEVICE", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS"
print({name: os.environ.get(name) for name in names}, os.path.basename(os.getcwd()))
"""
    (root / "lessons" / "04_seen.py").write_text(lesson("04_seen", "", seen), encoding="utf-8")
    env = {"COURSE_STRICT": "1", "COURSE_DATA": "/", "COURSE_DEVICE": "cuda", "OMP_NUM_THREADS": "7"}
    home = tmp_path / "home"
    done = course(root, "build", **env, COURSE_HOME=str(home))
    assert done.returncode == 0, done.stdout
    text = (root / "chapters" / "04_seen.ipynb").read_text(encoding="utf-8")
    wanted = {**dict.fromkeys(("COURSE_STRICT", "COURSE_DATA", "COURSE_DEVICE")), "CUDA_VISIBLE_DEVICES": ""}
    assert json.dumps(f"{ {**wanted, 'OMP_NUM_THREADS': '1'} } chapters\n") in text
    assert not home.exists()


def test_ctrl_c_ends_kernels_and_leaves_no_parts(tiny, short_tmp):
    before = notebooks(tiny)
    change(tiny, "02_trouble", "seed: int = 0", "seed: int = 60")
    change(tiny, "03_meet", "Do something small.", "Do something else.")
    with started(tiny, "build", "--workers", "3") as process:
        wait_for((tiny / "asleep-60").exists, "the sleeping lesson")
        wait_for(
            lambda: all(notebooks(tiny).get(f"{f}/03_meet") != before[f"{f}/03_meet"] for f in FOLDERS),
            "the lesson that does not sleep",
        )
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=120)
        assert process.returncode == 130, stderr
        assert re.fullmatch(r"course: interrupted after \d+ s", stderr.strip())
        assert alive(tiny) == []
    after = notebooks(tiny)
    assert {name for name in after if after[name] != before[name]} == {
        "chapters/03_meet",
        "solutions/03_meet",
    }
    assert parts(tiny) == []
    assert os.listdir(short_tmp) == []
    assert course(tiny, "build", "--check").stderr.splitlines() == [
        f"{folder}/02_trouble.ipynb differs from lessons/02_trouble.py" for folder in FOLDERS
    ]
