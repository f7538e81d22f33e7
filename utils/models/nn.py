"""The decoder of lesson 6a: a Transformer of the Llama shape, which open checkpoints of that family fit into.

Shapes: B sequences, T tokens, C the width, H query heads, K key-value heads (H a multiple of K), D the width of a head,
V the vocabulary. Sources: Vaswani et al. 2017, arXiv:1706.03762; RMSNorm, Zhang & Sennrich 2019, arXiv:1910.07467; SwiGLU,
Shazeer 2020, arXiv:2002.05202; rotary positions, Su et al. 2021, arXiv:2104.09864; grouped queries, Ainslie et al. 2023,
arXiv:2305.13245; the whole, Touvron et al. 2023, arXiv:2302.13971 (with every head its own keys, and a separate head matrix).
"""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

Angles = tuple[torch.Tensor, torch.Tensor]  # of the positions, as `Llama.angles` gives them
STRETCH = ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings")


def is_whole(value: object, least: int) -> bool:
    """Whether a value is a whole number of at least `least`; True and False are none."""
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def is_real(value: object) -> bool:
    """Whether a value is a finite number; True and False are none."""
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


class _Undrawn(TorchFunctionMode):
    """Functions of `torch.nn.init` leave their tensor as it is."""

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        options = kwargs or {}
        if getattr(function, "__module__", None) == "torch.nn.init":
            return options["tensor"] if "tensor" in options else args[0]
        return function(*args, **options)


@contextmanager
def shapes_only() -> Iterator[None]:
    """Modules made inside have tensors with shapes and types and without numbers, for weights that come from elsewhere.

    `torch.device("meta")` alone lets layers draw first weights all the same, and loads torch's compiler for it, which
    takes about a second in each process.
    """
    with torch.device("meta"), _Undrawn():
        yield


@dataclass(frozen=True)
class Shape:
    """The numbers that fix a decoder. `hidden` is the width inside the MLP; `scaling` stretches positions as Llama 3.1 does.

    Raises ValueError when no decoder has such numbers.
    """

    vocabulary: int
    width: int = 128
    layers: int = 4
    heads: int = 4
    kv_heads: int = 4
    head_width: int = 32
    hidden: int = 344
    base: float = 10000.0
    scaling: Mapping[str, Any] | None = None
    epsilon: float = 1e-5
    tied: bool = True

    def __post_init__(self) -> None:
        for name in ("vocabulary", "width", "layers", "heads", "kv_heads", "head_width", "hidden"):
            if not is_whole(getattr(self, name), 1):
                raise ValueError(f"{name} must be a whole number of at least 1, not {getattr(self, name)!r}.")
        for name in ("base", "epsilon"):
            if not is_real(getattr(self, name)) or getattr(self, name) <= 0:
                raise ValueError(f"{name} must be a number above 0, not {getattr(self, name)!r}.")
        if self.heads % self.kv_heads:
            raise ValueError(
                f"{self.heads} query heads cannot share {self.kv_heads} key-value heads evenly; use a divisor."
            )
        if self.head_width % 2:
            raise ValueError(f"rotary positions turn pairs of numbers: head_width {self.head_width} is odd.")
        if self.scaling is not None:
            self._check_scaling(self.scaling)

    def _check_scaling(self, scaling: Mapping[str, Any]) -> None:
        if "divisors" in scaling:
            divisors = scaling["divisors"]
            if len(divisors) != self.head_width // 2 or not all(is_real(d) and d > 0 for d in divisors):
                raise ValueError(f"scaling needs {self.head_width // 2} divisors, each a number above 0.")
            return
        for name in STRETCH:
            value = scaling.get(name, 0)
            if not is_real(value) or value <= 0:
                raise ValueError(f"scaling needs {name}, a number above 0.")
        if scaling["low_freq_factor"] >= scaling["high_freq_factor"]:
            raise ValueError("scaling needs a low_freq_factor below its high_freq_factor.")

    @property
    def parameters(self) -> int:
        """How many numbers training sets."""
        attention = self.width * self.head_width * (2 * self.heads + 2 * self.kv_heads)
        block = attention + 3 * self.width * self.hidden + 2 * self.width
        tables = self.vocabulary * self.width * (1 if self.tied else 2)
        return self.layers * block + tables + self.width


class Cache:
    """Keys and values of the tokens read so far, for each layer (B, K, room, D), so that none is computed twice.

    pads: (B,), how many places at the left of each sequence are padding, which nothing may attend to. Positions need no
    correction for it: attention sees only distances. Setting `length` lower forgets the last tokens.
    """

    def __init__(self, model: "Llama", batch: int, room: int, pads: torch.Tensor | None = None) -> None:
        shape, like = model.shape, model.embed.weight
        size = (batch, shape.kv_heads, room, shape.head_width)
        self.keys = [like.new_empty(size) for _ in range(shape.layers)]
        self.values = [like.new_empty(size) for _ in range(shape.layers)]
        self.room, self.length, self.pads = room, 0, pads if pads is not None and bool(pads.any()) else None

    def end(self, new: int) -> int:
        """Where `new` more tokens end; raises ValueError when there is no room for them."""
        end = self.length + new
        if end > self.room:
            raise ValueError(f"the cache has room for {self.room} tokens, and {end} came; make it with more.")
        return end

    def extend(self, layer: int, key: torch.Tensor, value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Append (B, K, T, D) and return all so far, (B, K, length + T, D); raises ValueError when it is full."""
        end = self.end(key.shape[2])
        keys, values = self.keys[layer], self.values[layer]
        keys[:, :, self.length : end] = key
        values[:, :, self.length : end] = value
        return keys[:, :, :end], values[:, :, :end]

    def mask(self, new: int, device: torch.device) -> torch.Tensor | None:
        """What each of `new` tokens may see, (B or 1, 1, new, length + new); None when each may see all, or before comes nothing."""
        end = self.length + new
        if self.pads is None and (new == 1 or self.length == 0):
            return None
        places = torch.arange(end, device=device)
        seen = places <= places[self.length :, None]
        if self.pads is None:
            return seen[None, None]
        real = places >= self.pads[:, None]
        # a padding place sees itself: a row without any place would have no softmax
        own = places == places[self.length :, None]
        return (seen & real[:, None, :] | own)[:, None]


def frequencies(shape: Shape) -> torch.Tensor:
    """Radians that each pair of a head's numbers turns per position, (D/2,), float32: base^(-2i/D).

    With `scaling`, slow turns are slowed further by `factor` so that texts longer than the original context stay within
    known angles; fast ones stay, and between the two bounds the change is gradual. Source: the published code of Llama 3.1
    (`apply_scaling` in meta-llama/llama-models), whose report, arXiv:2407.21783, does not describe it.
    """
    turns = shape.base ** (-torch.arange(0, shape.head_width, 2).float() / shape.head_width)
    if shape.scaling is None:
        return turns
    s = shape.scaling
    if "divisors" in s:  # as a GGUF file stores them: one number for each pair
        return turns / torch.tensor(s["divisors"])
    rounds = s["original_max_position_embeddings"] * turns / (2 * math.pi)  # full turns in the old context
    keep = ((rounds - s["low_freq_factor"]) / (s["high_freq_factor"] - s["low_freq_factor"])).clamp(0, 1)
    return turns * keep + turns / s["factor"] * (1 - keep)


def apply_rotary(x: torch.Tensor, angles: Angles) -> torch.Tensor:
    """Turn the pairs (i, i + D/2) of x (…, T, heads, D) by their angles: (a·cos - b·sin, b·cos + a·sin).

    angles: as `Llama.angles` gives them, each (T, 1, D): cosines twice over, and sines whose first half is negative.
    """
    cosine, sine = angles
    return torch.addcmul(x * cosine, x.roll(x.shape[-1] // 2, dims=-1), sine)


class Attention(nn.Module):
    """Causal attention: H query heads share K pairs of keys and values; positions enter as rotations."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads, self.kv_heads, self.head_width = shape.heads, shape.kv_heads, shape.head_width
        inner = shape.heads * shape.head_width
        self.qkv = nn.Linear(shape.width, inner + 2 * shape.kv_heads * shape.head_width, bias=False)
        self.out = nn.Linear(inner, shape.width, bias=False)

    def forward(
        self,
        x: torch.Tensor,
        angles: Angles,
        layer: int = 0,
        cache: Cache | None = None,
        mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """(B, T, C) -> (B, T, C); `layer` says where in the cache, `mask` what each token may see, as `Cache.mask` does."""
        B, T, _ = x.shape
        heads = self.qkv(x).view(B, T, -1, self.head_width)  # (B, T, H + 2K, D)
        turned, v = heads.split([self.heads + self.kv_heads, self.kv_heads], dim=2)
        q, k = apply_rotary(turned, angles).split([self.heads, self.kv_heads], dim=2)
        q, k, v = q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)  # (B, heads, T, D)
        if cache is not None:
            k, v = cache.extend(layer, k, v)
        if T == 1 and self.heads != self.kv_heads:
            # one new token: the queries that share a key stand in as rows, and no key is copied
            q = q.view(B, self.kv_heads, -1, self.head_width)
        y = F.scaled_dot_product_attention(
            q, k, v, mask, is_causal=mask is None and T > 1, enable_gqa=q.shape[1] != k.shape[1]
        )
        y = y.reshape(B, self.heads, T, self.head_width).transpose(1, 2)
        return self.out(y.reshape(B, T, -1))  # (B, T, H, D) -> (B, T, H·D) -> (B, T, C)


class MLP(nn.Module):
    """SwiGLU: one projection opens or closes the gate of the other, silu(xG) · xU, then back to the width."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.up = nn.Linear(shape.width, 2 * shape.hidden, bias=False)  # gate and up in one product
        self.down = nn.Linear(shape.hidden, shape.width, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, T, C) -> (B, T, C)"""
        gate, up = self.up(x).chunk(2, dim=-1)
        return self.down(F.silu(gate) * up)


class Block(nn.Module):
    """x + attention(norm(x)), then x + mlp(norm(x))."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.norm1, self.attention = nn.RMSNorm(shape.width, shape.epsilon), Attention(shape)
        self.norm2, self.mlp = nn.RMSNorm(shape.width, shape.epsilon), MLP(shape)

    def forward(
        self,
        x: torch.Tensor,
        angles: Angles,
        layer: int = 0,
        cache: Cache | None = None,
        mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """(B, T, C) -> (B, T, C); the rest as in `Attention.forward`."""
        x = x + self.attention(self.norm1(x), angles, layer, cache, mask)
        return x + self.mlp(self.norm2(x))


class Llama(nn.Module):
    """Scores of every next token: ids (B, T) -> (B, T, V).

    The weights start from N(0, 0.02²), those that write into the residual stream smaller by √(2·layers) (Radford et al.
    2019), so that the first loss is close to ln V.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embed = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.width, shape.epsilon)
        self.head = nn.Linear(shape.width, shape.vocabulary, bias=False)
        if shape.tied:
            self.head.weight = self.embed.weight
        self._angles: Angles | None = None
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                narrow = name.endswith(("out.weight", "down.weight"))
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * shape.layers) if narrow else 0.02)

    def angles(self, start: int, end: int) -> Angles:
        """What `apply_rotary` needs for the positions from start to end, each (T, 1, D); kept, and made longer when needed."""
        like = self.embed.weight
        kept = self._angles
        if kept is None or len(kept[0]) < end or (kept[0].device, kept[0].dtype) != (like.device, like.dtype):
            # a table made while no gradients are wanted must serve when they are
            with torch.inference_mode(False), torch.no_grad():
                places = torch.arange(max(end, 256), device=like.device).float()
                angle = torch.outer(places, frequencies(self.shape).to(like.device))[:, None, :]
                cosine = torch.cat((angle.cos(), angle.cos()), dim=-1)
                sine = torch.cat((-angle.sin(), angle.sin()), dim=-1)
                kept = self._angles = (cosine.to(like.dtype), sine.to(like.dtype))
        return kept[0][start:end], kept[1][start:end]

    def forward(self, ids: torch.Tensor, cache: Cache | None = None, last: bool = False) -> torch.Tensor:
        """Scores (B, T, V) of ids (B, T); raises ValueError when the cache has no room for them.

        cache: what came before; the new tokens are added to it.  last: scores of the last place alone, (B, 1, V).
        """
        start = cache.length if cache is not None else 0
        end = cache.end(ids.shape[1]) if cache is not None else ids.shape[1]
        angles = self.angles(start, end)
        mask = cache.mask(ids.shape[1], ids.device) if cache is not None else None
        x = self.embed(ids)
        for layer, block in enumerate(self.blocks):
            x = block(x, angles, layer, cache, mask)
        if cache is not None:
            cache.length = end
        return self.head(self.norm(x[:, -1:] if last else x))
