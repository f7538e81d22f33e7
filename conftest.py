"""For every test, notebooks included: no network, one thread unless told otherwise, and a fresh learner's record."""

import functools
import os
import runpy
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
OFFLINE = ROOT / "tests" / "offline"
HOME = tempfile.TemporaryDirectory(prefix="cornerstone-")

# Python runs sitecustomize at its start: kernels, workers and servers inherit the blocked network through this.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(OFFLINE), os.environ.get("PYTHONPATH")]))
# By its path: some systems have a sitecustomize of their own, which this process has already imported.
runpy.run_path(str(OFFLINE / "sitecustomize.py"))

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("MPLBACKEND", "agg")
os.environ["COURSE_HOME"] = HOME.name
# Code of lesson 5 is also run outside its notebook: on torch, and with Keras's settings in the tests' own folder.
os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ["KERAS_HOME"] = str(Path(HOME.name) / "keras")
for name in ("COURSE_STRICT", "COURSE_DEVICE", "COURSE_PROGRESS", "COURSE_ROOT", "NBGRADER_EXECUTION"):
    os.environ.pop(name, None)


def pytest_configure(config: pytest.Config) -> None:
    config.option.nbval_sanitize_with = str(ROOT / "tests" / "sanitize.cfg")


@functools.cache
def absent_model(notebook: Path) -> str:
    """Why a notebook need not run here: the open model that it needs is missing."""
    from utils import open_models, params  # not before the settings above

    return open_models.excuse(params.of_notebook(notebook).values())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.suffix == ".ipynb" and (reason := absent_model(item.path)):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Before a notebook's kernel starts, give it the surroundings in which `course build` executed it."""
    if item.path.suffix == ".ipynb":
        os.environ["COURSE_HOME"] = str(Path(HOME.name) / item.path.parent.name / item.path.stem)
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
        os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
        os.environ.pop("COURSE_DATA", None)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test keeps its own progress record and downloads."""
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "course-home"))
