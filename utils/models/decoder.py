"""Reading tokens with a cache, and the quick way for one row on a CPU. Lesson 6c builds both; `utils.models.generate` uses them.

Shapes: B rows, T tokens, C the width, H query heads, K key-value heads, D the width of a head, V the vocabulary.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional as F

from utils.models.nn import Cache, Llama, rotate


class Decoder:
    """A model made ready to write one token after another on a CPU: the same numbers up to rounding, in less time.

    One token's matrix products only read weights, so what counts is how they lie in memory: turned (in, out), each
    product runs through them in order. copy=True turns them, in twice the memory; make it once and use it for every
    call. Later changes of the model's weights do not reach the copies. copy=False reads them where they lie.
    """

    def __init__(self, model: Llama, copy: bool = True) -> None:
        def turned(linear: Any) -> Any:
            weight = linear.weight.detach().t()
            return weight.contiguous() if copy else weight

        self.model, self.shape = model, model.shape
        self.layers = [
            (
                *(b.norm1.weight, turned(b.attention.qkv), turned(b.attention.out)),
                *(b.norm2.weight, turned(b.mlp.up), turned(b.mlp.down)),
            )
            for b in model.blocks
        ]
        self.head = turned(model.head)

    def _norm(self, x: Any, weight: Any) -> Any:
        """RMSNorm of one token, (1, C): three operations instead of eight."""
        square = torch.dot(x[0], x[0]).item() / self.shape.width
        return (x * weight).mul_((square + self.shape.epsilon) ** -0.5)

    def step(self, token: int, cache: Cache) -> Any:
        """Scores (1, V) after one more token, for a cache of one row without padding; the same arithmetic as Llama.forward."""
        shape, t = self.shape, cache.length
        heads, D = shape.heads + shape.kv_heads, shape.head_width
        angles = self.model.angles(t, t + 1)
        x = self.model.embed.weight[token : token + 1]
        for (norm1, qkv, out, norm2, up, down), keys, values in zip(
            self.layers, cache.keys, cache.values, strict=True
        ):
            parts = torch.mm(self._norm(x, norm1), qkv).view(-1, D)  # (H + 2K, D)
            turned = rotate(parts[:heads], angles)[0]
            keys[0, :, t], values[0, :, t] = turned[shape.heads :], parts[heads:]
            q = turned[: shape.heads].view(1, shape.kv_heads, -1, D)  # queries that share a key, as rows
            y = F.scaled_dot_product_attention(q, keys.narrow(2, 0, t + 1), values.narrow(2, 0, t + 1))
            x = torch.addmm(x, y.view(1, -1), out)
            gate, up_part = torch.mm(self._norm(x, norm2), up).chunk(2, dim=-1)
            x = torch.addmm(x, F.silu(gate).mul_(up_part), down)
        cache.length = t + 1
        return torch.mm(self._norm(x, self.model.norm.weight), self.head)


class Reader:
    """Rows being read: tokens in, scores out, and what was read once is kept. `pads`: padding at the left of each row."""

    def __init__(self, model: Llama | Decoder, batch: int, room: int, pads: Sequence[int] = ()) -> None:
        self.model = model.model if isinstance(model, Decoder) else model
        like = self.model.embed.weight
        self.cache, self.device = Cache(self.model, batch, room), like.device
        if any(pads):
            self.cache.pads = torch.tensor(pads, device=self.device)
        quick = batch == 1 and like.device.type == "cpu" and like.dtype in (torch.float32, torch.float64)
        self.decoder = (
            (model if isinstance(model, Decoder) else Decoder(model, copy=False)) if quick else None
        )

    def read(self, rows: Sequence[Sequence[int]], every: bool = False) -> Any:
        """Scores after the last of the new tokens, (B, V); with `every` after each one, (B, T, V)."""
        if self.decoder and len(rows[0]) == 1 and self.cache.length:
            scores = self.decoder.step(rows[0][0], self.cache)
            return scores[:, None] if every else scores
        scores = self.model(torch.tensor(rows, device=self.device), self.cache, last=not every)
        return scores if every else scores[:, -1]
