"""The table of landmark models that lesson 1 draws: complete, in order, and true to its own rule."""

import math
import re
from importlib.resources import files

import pandas as pd
import pytest

pytestmark = pytest.mark.static

MODELS = pd.read_csv(files("utils") / "landmarks.csv")


def test_columns_and_span():
    assert list(MODELS) == [
        "name",
        "year",
        "month",
        "parameters",
        "active",
        "tokens",
        "flops",
        "how",
        "source",
    ]
    assert len(MODELS) >= 12
    assert MODELS.name.is_unique
    assert (MODELS.year.min(), MODELS.year.max()) == (2012, 2025)
    assert MODELS.month.between(1, 12).all()
    assert (MODELS.year * 12 + MODELS.month).is_monotonic_increasing


@pytest.mark.parametrize("model", list(MODELS.itertuples()), ids=lambda model: model.name)
def test_row(model):
    assert 1e6 < model.active <= model.parameters < 1e13
    assert math.isnan(model.tokens) or 1e9 <= model.tokens < 1e14
    assert math.isnan(model.flops) or 1e17 < model.flops < 1e27
    # a cost without its origin is a rumour
    assert isinstance(model.how, str) == (not math.isnan(model.flops))
    number = re.search(r"arXiv:(\d\d)(\d\d)\.\d{4,5}$", model.source)
    if number:  # the identifier carries year and month
        assert (2000 + int(number[1]), int(number[2])) == (model.year, model.month)
    else:
        assert re.search(rf"\b{model.year}$", model.source)


def test_costs_follow_from_the_other_columns():
    for model in MODELS.dropna(subset=["flops"]).itertuples():
        if model.how.startswith(("6ND", "3ND")):
            rule = int(model.how[0]) * model.active * model.tokens
            assert model.flops == pytest.approx(rule, rel=0.005), model.name
        elif model.how == "paper" and model.tokens > 0:
            assert model.flops == pytest.approx(6 * model.active * model.tokens, rel=0.02), model.name


def test_the_factors_of_an_image_model_give_its_cost():
    image_models = MODELS[MODELS.how.str.startswith("6 x", na=False)]
    assert len(image_models) == 3
    for model in image_models.itertuples():
        factors = [float(number) for number in re.findall(r"(?:^| x )([\d.]+(?:e\d+)?)", model.how)]
        assert model.flops == pytest.approx(math.prod(factors), rel=0.05), model.name


def test_layers_of_alexnet():
    """0.724e9 multiply-adds, from the layers of the paper: two groups halve the inputs of layers 2, 4 and 5."""
    layers = [
        55 * 55 * 96 * 11 * 11 * 3,
        27 * 27 * 256 * 5 * 5 * 48,
        13 * 13 * 384 * 3 * 3 * 256,
        13 * 13 * 384 * 3 * 3 * 192,
        13 * 13 * 256 * 3 * 3 * 192,
        6 * 6 * 256 * 4096,
        4096 * 4096,
        4096 * 1000,
    ]
    assert sum(layers) == pytest.approx(0.724e9, rel=0.001)
