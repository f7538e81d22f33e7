"""The open models that come as packages: found without their code, verified once, and one sentence when they are not there."""

import hashlib
import importlib.metadata
import json
import sys
from pathlib import Path

import pytest
from open_files import NEEDS_MODELS

from utils import open_models
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
