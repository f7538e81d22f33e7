"""Weights in 8 or 4 bits, for decoding on a CPU: fewer bytes to read for each token, and that is what decoding costs.

Only the weights of the linear layers are rounded; what flows between them stays float32, and each row is rounded to
bfloat16 where it meets a matrix, because the kernels want it so. 8 bits: whole numbers from -127 to 127 and one scale a
row of the matrix. 4 bits: 16 steps between the smallest and the largest of each 32 neighbours in a row, so that weights
from a 4-bit GGUF file (Q4_0, Q4_1) fall on steps of their own. Sources: LLM.int8, Dettmers et al. 2022, arXiv:2208.07339;
the blocks of 32 are those of llama.cpp.
"""

from functools import cache

import torch
from torch import nn

from utils.models.nn import Llama, shapes_only

GROUP = 32  # weights that share a scale and a zero, at 4 bits
STEPS = {8: 127, 4: 15}

# ------------------------------------------------------------------------------
# torch's kernels: private names of the pinned version, used nowhere else


def _eight(rows: torch.Tensor, numbers: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    return torch._weight_int8pack_mm(rows, numbers, scales)


def _four(rows: torch.Tensor, packed: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
    return torch._weight_int4pack_mm_for_cpu(rows, packed, GROUP, grid)


def _pack(numbers: torch.Tensor) -> torch.Tensor:
    """Whole numbers 0 … 15 (out, in) in the order that the kernel reads, two in a byte."""
    return torch._convert_weight_to_int4pack_for_cpu(numbers.int(), 1)


@cache
def kernels(bits: int) -> bool:
    """Whether this torch has the kernels for so many bits, and they compute what they should; a small trial says so."""
    generator = torch.Generator().manual_seed(0)
    weight, rows = (torch.randn(32, 64, generator=generator) for _ in range(2))
    try:
        layer = QuantisedLinear(weight, bits, fast=True)
        expected = rows.bfloat16().float() @ layer.dequantised().T
        return bool((layer(rows) - expected).abs().max() < 0.02 * expected.abs().max())
    except (AttributeError, RuntimeError, NotImplementedError):
        return False


# ------------------------------------------------------------------------------


class QuantisedLinear(nn.Module):
    """A linear layer without bias whose weights have 8 or 4 bits: x (…, in) -> (…, out), in the type of x.

    weight: (out, in), float; bits: 8 or 4, which needs an `in` that 32 divides. fast: with torch's kernels; without them
    the weights are unpacked anew for every product, which gives the same numbers up to rounding, slowly.
    """

    numbers: torch.Tensor
    scales: torch.Tensor

    def __init__(self, weight: torch.Tensor, bits: int, fast: bool) -> None:
        super().__init__()
        if bits not in STEPS:
            raise ValueError(f"bits must be 8 or 4, not {bits!r}")
        if bits == 4 and weight.shape[1] % GROUP:
            raise ValueError(f"4 bits need rows of a multiple of {GROUP} weights, not {weight.shape[1]}")
        self.bits, self.fast = bits, fast
        self.out_features, self.in_features = weight.shape
        numbers, scales = (round_to_8 if bits == 8 else round_to_4)(weight.detach().float())
        self.register_buffer("numbers", _pack(numbers) if fast and bits == 4 else numbers)
        self.register_buffer("scales", scales)

    def dequantised(self) -> torch.Tensor:
        """The matrix that the layer stands for, (out, in) float32."""
        if self.bits == 8:
            return self.numbers.float() * self.scales.float()[:, None]
        numbers = self._unpacked() if self.fast else self.numbers
        step, zero = self.scales.float().transpose(0, 1).unsqueeze(-1).unbind(2)  # each (out, in / 32, 1)
        grouped = numbers.view(self.out_features, -1, GROUP).float()
        return ((grouped - 8) * step + zero).view(self.out_features, -1)

    def _unpacked(self) -> torch.Tensor:
        """The whole numbers back from the kernel's order, (out, in): the product with unit rows, steps 1 and zeros 0."""
        unit = torch.eye(self.in_features, dtype=torch.bfloat16)
        plain = torch.ones_like(self.scales)
        plain[..., 1] = 8
        return _four(unit, self.numbers, plain).t().round()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows = x.reshape(-1, self.in_features).bfloat16()
        if self.fast:
            product = (_eight if self.bits == 8 else _four)(rows, self.numbers, self.scales)
        else:
            product = rows.float() @ self.dequantised().T
        return product.to(x.dtype).view(*x.shape[:-1], self.out_features)


def round_to_8(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(out, in) -> whole numbers int8 (out, in) and a scale for each row, bfloat16 (out,)."""
    scales = (weight.abs().amax(dim=1) / STEPS[8]).clamp(min=1e-30).bfloat16()
    numbers = (weight / scales.float()[:, None]).round().clamp(-STEPS[8], STEPS[8])
    return numbers.to(torch.int8), scales


def round_to_4(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(out, in) -> whole numbers 0 … 15, int8 (out, in), and steps and zeros, bfloat16 (in / 32, out, 2).

    A weight is (number - 8) · step + zero.
    """
    grouped = weight.view(len(weight), -1, GROUP)
    lowest, highest = grouped.aminmax(dim=-1, keepdim=True)
    step = ((highest - lowest) / STEPS[4]).clamp(min=1e-30).bfloat16().float()
    zero = (lowest + 8 * step).bfloat16().float()
    numbers = ((grouped - zero) / step + 8).round().clamp(0, STEPS[4])
    grid = torch.cat([step, zero], dim=-1).transpose(0, 1).contiguous()  # (out, in/32, 2) -> (in/32, out, 2)
    return numbers.to(torch.int8).view_as(weight), grid.bfloat16()


def quantised(model: Llama, bits: int) -> Llama:
    """The same model with the weights of its linear layers in 8 or 4 bits, its head among them.

    It reads prompts, batches and single tokens as the original does, and `PreparedLlama` takes it as well. The table of
    embeddings, of which a token reads one row, and the norms are the original's own. Raises ValueError for another
    number of bits, a model that is not on the CPU, or (4 bits) a width that 32 does not divide.
    """
    if model.embed.weight.device.type != "cpu":
        raise ValueError("weights are rounded for the kernels of a CPU; move the model there first")
    with shapes_only():
        small = Llama(model.shape)
    small.embed, small.norm, small.head = model.embed, model.norm, _rounded(model.head, bits)
    for new, old in zip(small.blocks, model.blocks, strict=True):
        new.norm1, new.norm2 = old.norm1, old.norm2
        new.attention.qkv, new.attention.out = (
            _rounded(old.attention.qkv, bits),
            _rounded(old.attention.out, bits),
        )
        new.mlp.up, new.mlp.down = _rounded(old.mlp.up, bits), _rounded(old.mlp.down, bits)
    return small.eval()


def _rounded(linear: nn.Linear, bits: int) -> QuantisedLinear:
    # the kernels take whole stretches of 16 rows
    fast = bits in STEPS and linear.out_features % 16 == 0 and kernels(bits)
    return QuantisedLinear(linear.weight, bits, fast)


def weight_bytes(model: nn.Module) -> int:
    """Bytes that one token reads: every linear layer whole; of the table of embeddings one row only, which is not counted."""
    layers = (module for module in model.modules() if isinstance(module, nn.Linear | QuantisedLinear))
    return sum(
        t.numel() * t.element_size() for layer in layers for t in (*layer.parameters(), *layer.buffers())
    )
