"""`utils.models.quantise`: the product with few-bit weights equals that with the numbers they stand for, with and without kernels."""

import pytest
import torch

from utils.models.decoder import PreparedLlama
from utils.models.generate import generate
from utils.models.nn import Llama, Shape
from utils.models.quantise import QuantisedLinear, kernels, quantised, weight_bytes

SHAPE = Shape(160, width=64, layers=2, heads=4, kv_heads=2, head_width=16, hidden=96)


def matrix(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(params=[8, 4])
def bits(request):
    return request.param


@pytest.fixture(params=["kernels", "without kernels"])
def fast(request, bits):
    if request.param == "kernels" and not kernels(bits):
        pytest.skip(f"this torch has no kernel for {bits} bits")
    return request.param == "kernels"


@pytest.mark.parametrize("rows", [(1,), (5,), (2, 70)])
def test_the_product_equals_that_with_the_dequantised_matrix(bits, fast, rows):
    layer, x = QuantisedLinear(matrix(48, 96), bits, fast), matrix(*rows, 96, seed=1)
    expected = x.bfloat16().float() @ layer.dequantised().T
    # a kernel's output is rounded to bfloat16: 8 bits, so 1 part in 256 at most
    assert torch.allclose(layer(x), expected, rtol=2**-7, atol=2e-3)
    assert layer(x).dtype == torch.float32
    assert layer(x.double()).dtype == torch.float64


def test_both_ways_hold_the_same_numbers(bits):
    if not kernels(bits):
        pytest.skip(f"this torch has no kernel for {bits} bits")
    weight = matrix(48, 96)
    quick, plain = (QuantisedLinear(weight, bits, fast) for fast in (True, False))
    assert torch.equal(quick.dequantised(), plain.dequantised())


def test_no_weight_is_rounded_by_more_than_half_a_step(bits):
    weight = matrix(48, 96) * matrix(48, 1, seed=2).exp()
    rounded = QuantisedLinear(weight, bits, fast=False).dequantised()
    if bits == 8:
        step = weight.abs().amax(dim=1, keepdim=True) / 127
    else:
        grouped = weight.view(48, 3, 32)
        step = ((grouped.amax(-1) - grouped.amin(-1)) / 15).repeat_interleave(32, dim=1)
    # a little more than half: scale and zero are themselves rounded to 8 bits
    assert ((rounded - weight).abs() / step).max() < (0.5 + 127 * 2**-9 if bits == 8 else 0.56)


def test_constant_and_zero_rows_stay_what_they_are(bits):
    weight = torch.zeros(16, 64)
    weight[3] = 0.25
    rounded = QuantisedLinear(weight, bits, fast=False).dequantised()
    assert torch.allclose(rounded, weight, atol=1e-3)


def test_weights_of_a_4_bit_file_fall_on_their_own_steps():
    """Blocks of 16 steps, as Q4_1 stores them, come back up to the rounding of step and zero to bfloat16."""
    generator = torch.Generator().manual_seed(0)
    numbers = torch.randint(0, 16, (16, 4, 32), generator=generator)
    numbers[..., 0], numbers[..., 1] = 0, 15
    step, lowest = (
        torch.rand(16, 4, 1, generator=generator) / 10,
        5 + 5 * torch.rand(16, 4, 1, generator=generator),
    )
    weight = ((numbers - lowest) * step).view(16, 128)
    layer = QuantisedLinear(weight, 4, fast=False)
    assert torch.equal(layer.numbers.view_as(numbers).long(), numbers)
    assert (
        (layer.dequantised() - weight).abs() / step.expand(16, 4, 32).reshape(16, 128)
    ).max() < 0.06  # of a step: 15 · 2⁻⁹ and the zero


@torch.no_grad()
def test_a_model_of_few_bits_is_the_model_of_the_numbers_it_holds(bits):
    torch.manual_seed(0)
    model = Llama(SHAPE).eval()
    for weight in model.parameters():
        if weight.dim() == 2:
            weight.normal_(0, 0.1)
    small, twin = quantised(model, bits), Llama(SHAPE).eval()
    twin.load_state_dict(model.state_dict())
    twin.head = torch.nn.Linear(64, 160, bias=False)
    for ours, theirs in zip(small.modules(), twin.modules(), strict=True):
        if isinstance(ours, QuantisedLinear):
            theirs.weight = torch.nn.Parameter(ours.dequantised())
    ids = torch.arange(120)[None]
    exact, rounded, original = twin(ids), small(ids), model(ids)
    assert (rounded - exact).abs().mean() < 0.01 * exact.abs().mean()
    assert (rounded - original).abs().max() > 0
    assert (model.head.weight - model.embed.weight).abs().max() == 0, "the original has changed"


def test_it_writes_alone_in_a_batch_and_prepared(bits):
    torch.manual_seed(0)
    small = quantised(Llama(SHAPE), bits)
    prompts = [[1, 2, 3], [7, 8, 9]]
    alone = [generate(small, [prompt], 12)[0].ids for prompt in prompts]
    assert [answer.ids for answer in generate(small, prompts, 12)] == alone
    assert generate(PreparedLlama(small), prompts[:1], 12)[0].ids == alone[0]


def test_bytes_that_a_token_reads(bits):
    model = Llama(SHAPE)
    if kernels(bits):
        weights = SHAPE.parameters - 5 * 64  # all but the norms; the head stands for the table it is tied to
        scales = {8: 2 * (160 + 2 * (128 + 64 + 192 + 64)), 4: weights // 32 * 4}[bits]
        assert weight_bytes(quantised(model, bits)) == weights * bits // 8 + scales
        assert weight_bytes(model) == weights * 4


def test_absent_and_lying_kernels_are_not_used(bits, monkeypatch):
    layer = QuantisedLinear(matrix(32, 64), bits, fast=False)
    for spoilt in ("absent", "lying"):
        kernels.cache_clear()
        with monkeypatch.context() as patch:
            for name in ("_weight_int8pack_mm", "_weight_int4pack_mm_for_cpu"):
                if spoilt == "absent":
                    patch.delattr(torch, name, raising=False)
                else:
                    patch.setattr(
                        torch, name, lambda rows, *rest: rows.new_zeros(len(rows), 32), raising=False
                    )
            assert not kernels(bits)
            assert not quantised(Llama(SHAPE), bits).head.fast
            assert layer(matrix(1, 64)).shape == (1, 32)
    kernels.cache_clear()


def test_what_cannot_be_meant():
    with pytest.raises(ValueError, match="bits must be 8 or 4, not 3"):
        quantised(Llama(SHAPE), 3)
    with pytest.raises(ValueError, match="multiple of 32 weights, not 48"):
        quantised(Llama(Shape(64, 48, 1, 2, 2, 24, 64)), 4)
    with torch.device("meta"):
        away = Llama(SHAPE)
    with pytest.raises(ValueError, match="move the model there first"):
        quantised(away, 8)
