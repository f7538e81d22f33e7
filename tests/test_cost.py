"""utils.cost against built models, counted FLOPs, measured bytes, and the functions that lesson 2a derives."""

import ast
import inspect
import itertools
import math

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from utils import cost
from utils.course import LESSONS
from utils.course.lesson import read

LESSON = read(LESSONS / "02a_counting.py")
FUNCTIONS = [name for name, value in vars(cost).items() if inspect.isfunction(value)]


def defined_in_lesson(*wanted):
    """A namespace with those functions and classes of the lesson."""
    trees = [node for cell in LESSON.code() for node in ast.parse(cell.source).body]
    found = [t for t in trees if isinstance(t, ast.FunctionDef | ast.ClassDef) and t.name in wanted]
    assert sorted(t.name for t in found) == sorted(wanted)
    space = {"math": math, "torch": torch, "nn": nn}
    exec("\n\n".join(map(ast.unparse, found)), space)
    return space


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_lesson_and_the_module_agree(name):
    module, space = getattr(cost, name), defined_in_lesson(*FUNCTIONS)
    theirs = inspect.signature(space[name]).parameters
    ours = inspect.signature(module).parameters
    assert [(p.name, p.default) for p in ours.values()] == [(p.name, p.default) for p in theirs.values()]
    needed = [n for n, p in ours.items() if p.default is p.empty]
    for scale in (1, 3):
        values = dict(zip(ours, [scale * v for v in (5, 12, 2, 17, 7, 4)], strict=False))
        if "use" in ours:
            values["use"] = 0.3
        assert module(**values) == space[name](**values) > 0
        assert module(*[values[n] for n in needed]) == space[name](*[values[n] for n in needed])


def test_published_models_to_the_last_parameter():
    assert cost.gpt_parameters(12, 768, 50257, 1024) == 124_439_808
    assert cost.gpt_parameters(96, 12288, 50257, 2048) == 174_604_259_328
    assert cost.bert_parameters(12, 768) == 109_482_240
    assert cost.bert_parameters(24, 1024) == 335_141_888


def test_a_block_counts_as_pytorchs_own():
    for width in (4, 24):
        theirs = nn.TransformerEncoderLayer(width, 2, 4 * width)
        assert cost.block_parameters(width) == sum(p.numel() for p in theirs.parameters())


def test_training_bytes_are_those_of_adam():
    model = nn.Linear(7, 5)
    adam = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 7)).sum().backward()
    adam.step()
    moments = [state[name] for state in adam.state.values() for name in ("exp_avg", "exp_avg_sq")]
    tensors = [*model.parameters(), *(p.grad for p in model.parameters()), *moments]
    assert cost.training_bytes(7 * 5 + 5, 4, 4, 8) == sum(t.nbytes for t in tensors)
    assert cost.training_bytes(7e9) == 112e9


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_activations_as_autograd_keeps_them(layers, dtype):
    space = defined_in_lesson("Block", "kept_bytes")
    for batch, context, width, heads in itertools.product((2, 3), (8, 16), (16, 48), (2, 4)):
        stack = nn.Sequential(*[space["Block"](width, heads) for _ in range(layers)]).to(dtype)
        x = torch.randn(batch, context, width, dtype=dtype, requires_grad=True)
        kept = cost.activation_bytes(layers, width, heads, context, batch, number=x.element_size())
        assert space["kept_bytes"](stack, x) == kept


def test_cache_of_published_models():
    assert cost.cache_bytes(96, 96, 128) == 4_718_592
    assert cost.cache_bytes(96, 96, 128, 2048) == 9_663_676_416
    assert cost.cache_bytes(32, 8, 128) == 128 * 1024
    assert cost.cache_bytes(32, 8, 128, 8192) == 2**30


def test_flops_as_pytorch_counts_them():
    Transformer = defined_in_lesson("Block", "Transformer")["Transformer"]
    for layers, width, vocabulary, context in [(1, 8, 11, 4), (3, 24, 5, 16)]:
        with torch.device("meta"):
            model, ids = Transformer(layers, width, 2, vocabulary, context), torch.zeros(1, context).long()
        with FlopCounterMode(display=False) as forward:
            model(ids)
        with FlopCounterMode(display=False) as both:
            model(ids).sum().backward()
        assert cost.forward_flops(layers, width, vocabulary, context) == forward.get_total_flops()
        assert both.get_total_flops() == 3 * forward.get_total_flops()


def test_the_rules_of_thumb_come_near_the_count():
    layers, width, vocabulary, context = 96, 12288, 50257, 2048
    parameters = cost.gpt_parameters(layers, width, vocabulary, context)
    exact = cost.forward_flops(layers, width, vocabulary, context)
    assert cost.inference_flops(parameters, context) == pytest.approx(exact, rel=0.03)
    assert cost.training_flops(parameters, context) == 3 * cost.inference_flops(parameters, context)


def test_the_bill_of_gpt3():
    work = cost.training_flops(cost.gpt_parameters(96, 12288, 50257, 2048), 300e9)
    assert work == pytest.approx(3.14e23, rel=0.002)
    hours = cost.gpu_hours(work, peak=312e12, use=0.4)
    assert hours / 24 == pytest.approx(29_147, rel=1e-3)
    assert cost.price(work, 312e12, 0.4, per_hour=2) == pytest.approx(2 * hours)
    assert cost.gpu_hours(3600, peak=2, use=0.5) == 1


@pytest.mark.parametrize(("peak", "use"), [(0, 0.4), (-1, 0.4), (1, 0), (1, 1.2), (1, -0.1)])
def test_an_impossible_machine_is_refused(peak, use):
    with pytest.raises(ValueError, match="peak must be positive"):
        cost.gpu_hours(1, peak, use)
    with pytest.raises(ValueError, match="peak must be positive"):
        cost.price(1, peak, use, 1)
