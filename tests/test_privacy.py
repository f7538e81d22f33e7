"""Lesson 8e's accountant, taken from its text, against closed forms, published values and Opacus."""

import ast
import math

import numpy as np
import pytest
from scipy.stats import norm

from utils.course import LESSONS
from utils.course.lesson import read

WANTED = {"renyi", "spent", "gaussian_delta", "gaussian_epsilon"}
WANTED |= {"step_losses", "strayed", "counted", "bracket"}


@pytest.fixture(scope="module")
def books() -> dict:
    """The lesson's functions that keep the accounts, by name."""
    from scipy.optimize import brentq
    from scipy.special import gammaln, logsumexp, xlogy

    space = {"math": math, "np": np, "norm": norm, "brentq": brentq}
    space |= {"gammaln": gammaln, "logsumexp": logsumexp, "xlogy": xlogy}
    for cell in read(LESSONS / "08e_privacy.py").code():
        for node in ast.parse(cell.source).body:
            orders = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ORDERS"
            if orders or (isinstance(node, ast.FunctionDef) and node.name in WANTED):
                exec(compile(ast.unparse(node), "08e_privacy.py", "exec"), space)
    assert space.keys() >= WANTED
    return space


@pytest.mark.parametrize("sigma", [0.7, 2.0, 30.0])
@pytest.mark.parametrize("order", [2, 7, 64])
def test_without_sampling_a_step_spends_order_over_twice_the_variance(books, sigma, order):
    assert books["renyi"](1.0, sigma, order) == pytest.approx(order / (2 * sigma**2), rel=1e-12)


def test_nobody_sampled_spends_nothing(books):
    assert books["renyi"](0.0, 1.0, 8) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("sigma", "times"), [(10, 100), (5, 1), (30, 400)])
def test_the_three_ways_agree_where_all_hold(books, sigma, times):
    exact = books["gaussian_epsilon"](math.sqrt(times) / sigma, 1e-5)
    low, high = books["bracket"](1.0, sigma, times, 1e-5)
    assert low - 1e-6 <= exact <= high + 1e-6 < low + 0.1
    assert exact <= books["spent"](1.0, sigma, times, 1e-5) <= 1.15 * exact


@pytest.mark.parametrize(("sigma", "times"), [(10, 100), (5, 1)])
def test_what_leaves_the_grid_of_losses_is_bounded(books, sigma, times):
    mu, reach = math.sqrt(times) / sigma, 6.0  # with everybody in, the sum of the losses is normal
    above, below = norm.sf((reach - mu**2 / 2) / mu), norm.cdf((-reach - mu**2 / 2) / mu)
    assert 0 < above <= books["strayed"](1.0, sigma, times, reach, 0.0, True) < 1e-5
    assert 0 < below <= books["strayed"](1.0, sigma, times, reach, 0.0, False) < 0.01


@pytest.mark.parametrize(("q", "sigma", "times"), [(0.01, 1.0, 1000), (0.05, 1.5, 400), (0.1, 2.0, 80)])
def test_counting_lies_below_the_renyi_bound_and_not_far(books, q, sigma, times):
    low, high = books["bracket"](q, sigma, times, 1e-5)
    assert low <= high <= books["spent"](q, sigma, times, 1e-5) <= 1.3 * low


@pytest.mark.parametrize(
    ("q", "sigma", "times", "delta"), [(0.01, 1.0, 1000, 1e-5), (0.1, 2.0, 80, 1e-4), (1.0, 10.0, 100, 1e-5)]
)
def test_opacus_comes_to_the_same(books, q, sigma, times, delta):
    rdp = pytest.importorskip("opacus.accountants.analysis.rdp", reason="the package opacus is not installed")
    orders = books["ORDERS"]
    theirs = rdp.compute_rdp(q=q, noise_multiplier=sigma, steps=times, orders=orders)
    assert theirs == pytest.approx([times * books["renyi"](q, sigma, order) for order in orders], rel=1e-6)
    epsilon, _ = rdp.get_privacy_spent(orders=orders, rdp=theirs, delta=delta)
    assert books["spent"](q, sigma, times, delta) == pytest.approx(epsilon, rel=1e-6)
