"""Lesson 5: Keras on each of its engines, with its settings in the course's own folder and clean stored outputs."""

import json
import os
import re
import subprocess
import sys
import types
from pathlib import Path

import papermill
import pytest

from utils import keras_backend
from utils.course import CHAPTERS, LESSONS, ROOT, SOLUTIONS
from utils.course.lesson import read
from utils.course.sweep import metrics
from utils.errors import CourseError

NAME = "05_keras_project"
QUICK = ["runs=2", "epochs=3"]
OTHERS = ("tensorflow", "jax")
ABSENT = [
    pytest.param(n, marks=pytest.mark.skipif(keras_backend._installed(n), reason=f"{n} is installed"))
    for n in OTHERS
]
PRESENT = [
    pytest.param(n, marks=pytest.mark.skipif(not keras_backend._installed(n), reason=f"{n} is not installed"))
    for n in OTHERS
]


def without_keras_variables(**extra: str) -> dict[str, str]:
    """The surroundings of this process, as a learner has them: nothing said about Keras."""
    return {name: value for name, value in os.environ.items() if not name.startswith("KERAS_")} | extra


def run_lesson(out: Path, *options: str, **extra: str) -> subprocess.CompletedProcess:
    given = [part for option in (*QUICK, *options) for part in ("-p", option)]
    command = [
        sys.executable,
        "-m",
        "utils.course.cli",
        "run",
        NAME,
        "--solutions",
        *given,
        "--out",
        str(out),
    ]
    env = without_keras_variables(COLUMNS="300", **extra)
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


# ------------------------------------------------------------------------------
# engines


@pytest.mark.parametrize("name", ABSENT)
def test_an_engine_that_is_not_installed_is_told_in_a_sentence(name, tmp_path):
    done = run_lesson(tmp_path / "run", f"backend={name}")
    assert done.returncode == 1
    assert (
        f"The backend '{name}' is not installed here; make an environment from requirements-{name}.txt"
        in done.stdout
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert (ROOT / f"requirements-{name}.txt").is_file()
    assert f"requirements-{name}.txt" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ABSENT)
def test_plain_papermill_is_told_as_well(name, tmp_path):
    notebook, out = CHAPTERS / f"{NAME}.ipynb", tmp_path / "out.ipynb"
    with pytest.raises(papermill.PapermillExecutionError, match=f"requirements-{name}.txt"):
        papermill.execute_notebook(notebook, out, {"backend": name}, cwd=CHAPTERS, progress_bar=False)


@pytest.mark.parametrize("name", PRESENT)
def test_the_lesson_runs_on_another_engine(name, tmp_path):
    done = run_lesson(tmp_path / "run", f"backend={name}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert metrics(tmp_path / "run" / f"{NAME}.ipynb")["exam_accuracy"] > 0.6


def test_an_unknown_engine():
    with pytest.raises(CourseError, match="no backend 'theano' here; take one of torch, tensorflow, jax"):
        keras_backend.use_backend("theano")


def test_a_folder_of_that_name_is_no_package(tmp_path, monkeypatch):
    (tmp_path / "mxnet_of_nobody").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert not keras_backend._installed("mxnet_of_nobody")
    (tmp_path / "mxnet_of_nobody" / "__init__.py").touch()
    assert keras_backend._installed("mxnet_of_nobody")


def test_keras_cannot_change_its_engine(monkeypatch):
    running = types.SimpleNamespace(backend=types.SimpleNamespace(backend=lambda: "jax"))
    monkeypatch.setitem(sys.modules, "keras", running)
    before = os.environ.get("KERAS_HOME")
    with pytest.raises(CourseError, match="runs on 'jax' already and cannot change; restart the kernel"):
        keras_backend.use_backend("torch")
    assert os.environ.get("KERAS_HOME") == before


def test_the_slopes_are_those_that_the_lesson_builds():
    (built,) = (c.source for c in read(LESSONS / f"{NAME}.py").cells if "def torch_slopes(" in c.source)
    code = (
        "from utils.keras_backend import slopes, use_backend; use_backend(); import keras, numpy as np, torch\n"
        + built
        + """
x, y = np.float32(np.random.default_rng(0).normal(size=(5, 4))), np.ones((5, 1), "float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="relu"), keras.layers.Dense(1)])
model.compile(loss="mse")
(loss, mine), (again, theirs) = torch_slopes(model, x, y), slopes(model, x, y)
assert float(loss) == float(again) > 0
assert [g.shape for g in mine] == [(4, 3), (3,), (3, 1), (1,)]
assert all(torch.equal(a, b) for a, b in zip(mine, theirs, strict=True))
"""
    )
    env = without_keras_variables(COURSE_DEVICE="cpu")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr


# ------------------------------------------------------------------------------
# settings


def test_the_settings_in_the_users_home_are_neither_read_nor_touched(tmp_path):
    home, course = tmp_path / "home", tmp_path / "course"
    own = home / ".keras" / "keras.json"
    own.parent.mkdir(parents=True)
    own.write_text(json.dumps({"backend": "tensorflow", "floatx": "float64"}))
    done = run_lesson(tmp_path / "run", HOME=str(home), COURSE_HOME=str(course))
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(own.read_text()) == {"backend": "tensorflow", "floatx": "float64"}
    assert list(own.parent.iterdir()) == [own]
    assert (course / "keras" / "keras.json").is_file()


def test_a_home_without_settings_stays_without(tmp_path):
    home, course = tmp_path / "home", tmp_path / "course"
    home.mkdir()
    code = (
        "from utils.keras_backend import use_backend; use_backend(); import keras; "
        "print(keras.backend.backend(), keras.config.floatx())"
    )
    env = without_keras_variables(HOME=str(home), COURSE_HOME=str(course), COURSE_DEVICE="cpu")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.split() == ["torch", "float32"]
    assert not (home / ".keras").exists()
    assert (course / "keras").is_dir()


# ------------------------------------------------------------------------------
# what is stored


@pytest.mark.static
@pytest.mark.parametrize("folder", [CHAPTERS, SOLUTIONS], ids=lambda folder: folder.name)
def test_no_bars_colours_times_or_warnings_are_stored(folder):
    cells = json.loads((folder / f"{NAME}.ipynb").read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    texts = ["".join(o.get("text", [])) + "".join(o.get("data", {}).get("text/plain", [])) for o in outputs]
    assert len(texts) > 20
    assert [o for o in outputs if o.get("name") == "stderr"] == []
    unwanted = re.compile(r"\x1b|\x08|\r|ms/step|Warning\b|\b0x[0-9a-f]{6}|/tmp")
    assert [text for text in texts if unwanted.search(text)] == []


@pytest.mark.static
def test_the_classifier_scores_what_lesson_4b_scores():
    here, there = (metrics(SOLUTIONS / f"{name}.ipynb") for name in (NAME, "04b_worked_example"))
    assert abs(here["exam_accuracy"] - there["exam_accuracy"]) < 0.002


@pytest.mark.static
@pytest.mark.parametrize("name", OTHERS)
def test_the_other_environments_have_the_pins_of_the_course(name):
    texts = [(ROOT / f"requirements{part}.txt").read_text(encoding="utf-8") for part in ("", f"-{name}")]
    course, own = (dict(re.findall(r"^([\w-]+)(?:\[\w+\])?==([\w.]+)", text, re.M)) for text in texts)
    assert {"keras", "torch", name} <= set(own)
    assert {package: own[package] for package in ("keras", "torch")} == {
        package: course[package] for package in ("keras", "torch")
    }
