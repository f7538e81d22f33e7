"""One seed for every library, and algorithms that repeat."""

import os
import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from utils.repro import deterministic, seed_everything


def draws(generator):
    """One number of each source of chance."""
    return random.random(), np.random.random(), torch.rand(1).item(), generator.random()  # noqa: NPY002


def test_one_seed_repeats_every_source_of_chance():
    first = draws(seed_everything(3))
    second = draws(seed_everything(3))
    assert first == second
    other = draws(seed_everything(4))
    assert all(a != b for a, b in zip(first, other, strict=True))


def test_the_generator_is_fresh_and_independent_of_the_global_one():
    generator = seed_everything(3)
    assert generator.random() == np.random.default_rng(3).random()
    generator.random(100)
    assert np.random.random() == np.random.RandomState(3).random()  # noqa: NPY002


def test_the_default_seed_is_zero():
    assert draws(seed_everything()) == draws(seed_everything(0))


@pytest.mark.parametrize("seed", [0, 2**32 - 1])
def test_the_ends_of_the_range(seed):
    assert draws(seed_everything(seed)) == draws(seed_everything(seed))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_numpy_does_not_take_is_refused_before_anything_changes(seed):
    seed_everything(3)
    expected = draws(np.random.default_rng(3))
    seed_everything(3)
    with pytest.raises(ValueError, match=r"seed must lie between 0 and 2\*\*32 - 1"):
        seed_everything(seed)
    assert draws(np.random.default_rng(3)) == expected


def test_keras_is_seeded_where_it_is_loaded(monkeypatch):
    seeds = []
    utilities = type("utils", (), {"set_random_seed": seeds.append})
    monkeypatch.setitem(sys.modules, "keras", type("keras", (), {"utils": utilities}))
    seed_everything(5)
    assert seeds == [5]


def test_seeding_loads_nothing():
    code = "import sys, utils.repro; utils.repro.seed_everything(1); print('torch' in sys.modules, 'keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


@pytest.fixture
def restored():
    """Leave torch as it was."""
    before = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    yield
    torch.use_deterministic_algorithms(before[0])
    torch.backends.cudnn.benchmark = before[1]


@pytest.mark.usefixtures("restored")
def test_deterministic_can_be_switched_on_and_off(monkeypatch):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    torch.backends.cudnn.benchmark = True
    deterministic()
    assert torch.are_deterministic_algorithms_enabled()
    assert not torch.backends.cudnn.benchmark
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    # torch has no deterministic version of this one
    with pytest.raises(RuntimeError, match="does not have a deterministic implementation"):
        torch.zeros(4).put_(torch.tensor([0, 0]), torch.tensor([1.0, 2.0]))
    deterministic(False)
    assert not torch.are_deterministic_algorithms_enabled()
    assert not torch.backends.cudnn.benchmark
    torch.zeros(4).put_(torch.tensor([0, 0]), torch.tensor([1.0, 2.0]))


@pytest.mark.usefixtures("restored")
def test_deterministic_keeps_a_workspace_that_is_set(monkeypatch):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    deterministic()
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"
