"""Lesson 8f's attributions, taken from its text, against closed forms and against Captum where that is installed."""

import ast
import itertools
import math

import numpy as np
import pytest
import torch

from utils.course import LESSONS
from utils.course.lesson import read

WANTED = {"slopes", "occlusion", "integrated", "shapley"}


@pytest.fixture(scope="module")
def ways() -> dict:
    """The lesson's functions that attribute, by name."""
    space = {"torch": torch, "np": np, "math": math, "itertools": itertools}
    for cell in read(LESSONS / "08f_interpretability.py").code():
        for node in ast.parse(cell.source).body:
            if isinstance(node, ast.FunctionDef) and node.name in WANTED:
                exec(compile(ast.unparse(node), "08f_interpretability.py", "exec"), space)
    assert space.keys() >= WANTED
    return space


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    torch.manual_seed(4)
    layers = torch.nn.Linear(5, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1), torch.nn.Flatten(0)
    return torch.nn.Sequential(*layers).requires_grad_(False)


INPUTS = torch.tensor([[1.0, -2.0, 0.5, 3.0, -0.25], [0.0, 1.0, -1.5, 2.0, 0.75]])
BASE = torch.tensor([0.5, 0.0, -0.5, 1.0, 0.0])


def test_in_a_linear_model_all_ways_agree(ways):
    weights = torch.tensor([2.0, -1.0, 0.0, 0.5, 3.0])

    def line(x):
        return x @ weights + 7

    moved = weights * (INPUTS - BASE)
    assert torch.allclose(ways["occlusion"](line, INPUTS, BASE), moved, atol=1e-5)
    assert torch.allclose(ways["integrated"](line, INPUTS, BASE, 3), moved, atol=1e-5)
    shares = ways["shapley"](line, INPUTS[0], BASE, [[0], [1, 3], [2, 4]])
    assert np.allclose(shares, [moved[0, 0], moved[0, [1, 3]].sum(), moved[0, [2, 4]].sum()], atol=1e-5)


def test_the_walk_of_a_square_is_known(ways):
    found = ways["integrated"](lambda x: (x**2).sum(dim=1), INPUTS, BASE, 8)
    assert torch.allclose(
        found, INPUTS**2 - BASE**2, atol=1e-5
    )  # the middle rule is exact for straight slopes


def test_walk_and_orders_are_complete(ways, network):
    owed = network(INPUTS) - network(BASE[None])
    assert torch.allclose(ways["integrated"](network, INPUTS, BASE, 2000).sum(dim=1), owed, atol=2e-3)
    assert math.isclose(
        ways["shapley"](network, INPUTS[1], BASE, [[0], [1], [2], [3], [4]]).sum(), owed[1], abs_tol=1e-5
    )


def test_captum_says_the_same(ways, network):
    attr = pytest.importorskip("captum.attr")
    base = BASE.expand(2, -1)
    grown = attr.IntegratedGradients(network).attribute(INPUTS, base, n_steps=40, method="riemann_middle")
    assert torch.allclose(ways["integrated"](network, INPUTS, BASE, 40), grown.float(), atol=1e-5)
    hidden = attr.FeatureAblation(network).attribute(INPUTS, base)
    assert torch.allclose(ways["occlusion"](network, INPUTS, BASE), hidden, atol=1e-5)
    wiggled = attr.Saliency(network).attribute(INPUTS.clone().requires_grad_(), abs=False)
    assert torch.allclose(ways["slopes"](network, INPUTS), wiggled, atol=1e-6)
    groups = torch.tensor([[0, 1, 1, 2, 2]])
    entered = attr.ShapleyValues(network).attribute(INPUTS[:1], BASE[None], feature_mask=groups)[0]
    ours = ways["shapley"](network, INPUTS[0], BASE, [[0], [1, 2], [3, 4]])
    assert np.allclose(ours, entered[[0, 1, 3]], atol=1e-5)
