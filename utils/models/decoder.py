"""Reading tokens with a cache, and the quick way for one row on a CPU. Lesson 6c builds both; `utils.models.generate` uses them.

Shapes: B rows, T tokens, C the width, H query heads, K key-value heads, D the width of a head, V the vocabulary.
"""

from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.nn import functional as F

from utils.models.nn import Angles, Block, Cache, Llama, apply_rotary

Product = Callable[[torch.Tensor], torch.Tensor]  # (1, in) -> (1, out): one token's vector times a matrix
Prepare = Callable[[nn.Module], Product]  # what makes it of a linear layer


def in_place(linear: nn.Module) -> Product:
    """The product of a linear layer with its weights where they lie; any other layer as it is."""
    if type(linear) is not nn.Linear or linear.bias is not None:
        return linear
    weight = linear.weight.detach().t()
    return lambda x: torch.mm(x, weight)


def turned(linear: nn.Module) -> Product:
    """As `in_place`, but a layer with more outputs than inputs gets a copy of its weights in the order (in, out).

    One token's product only reads weights, so what counts is how long the stretches are that it reads at once: rows of
    `out` numbers in a copy, rows of `in` numbers in the layer itself.
    """
    if type(linear) is not nn.Linear or linear.bias is not None or linear.out_features <= linear.in_features:
        return in_place(linear)
    weight = linear.weight.detach().t().contiguous()
    return lambda x: torch.mm(x, weight)


class PreparedBlock:
    """One block of a `PreparedLlama`, for one token of one row."""

    def __init__(self, block: Block, prepare: Prepare, epsilon: float) -> None:
        self.norm1, self.norm2 = block.norm1.weight.detach(), block.norm2.weight.detach()
        self.qkv, self.out = prepare(block.attention.qkv), prepare(block.attention.out)
        self.up, self.down = prepare(block.mlp.up), prepare(block.mlp.down)
        self.turning = (
            block.attention.heads + block.attention.kv_heads
        )  # heads with a position: queries and keys
        self.heads, self.kv_heads = block.attention.heads, block.attention.kv_heads
        self.head_width, self.epsilon = block.attention.head_width, epsilon

    def attend(
        self, x: torch.Tensor, angles: Angles, keys: torch.Tensor, values: torch.Tensor
    ) -> torch.Tensor:
        """(1, C) -> (1, C); keys, values: (1, K, t + 1, D), whose last place this token fills."""
        parts = self.qkv(x).view(-1, self.head_width)  # (1, H·D + 2·K·D) -> (H + 2K, D)
        rotated = apply_rotary(parts[: self.turning], angles)[0]  # (1, H + K, D) -> (H + K, D)
        keys[0, :, -1], values[0, :, -1] = rotated[self.heads :], parts[self.turning :]
        q = rotated[: self.heads].view(
            1, self.kv_heads, -1, self.head_width
        )  # queries that share a key, as rows
        y = F.scaled_dot_product_attention(q, keys, values)
        return self.out(y.view(1, -1))  # (1, K, H/K, D) -> (1, H·D) -> (1, C)

    def step(self, x: torch.Tensor, angles: Angles, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """(1, C) -> (1, C): the same arithmetic as `Block.forward`."""
        x = x + self.attend(rms_norm(x, self.norm1, self.epsilon), angles, keys, values)
        gate, up = self.up(rms_norm(x, self.norm2, self.epsilon)).chunk(2, dim=-1)
        return x + self.down(F.silu(gate).mul_(up))


def rms_norm(x: torch.Tensor, weight: torch.Tensor, epsilon: float) -> torch.Tensor:
    """RMSNorm of one token, (1, C): three operations instead of eight."""
    square = torch.dot(x[0], x[0]).item() / x.shape[1]
    return (x * weight).mul_((square + epsilon) ** -0.5)


class PreparedLlama:
    """A model made ready to write one token after another on a CPU: the same numbers up to rounding, in less time.

    prepare: what makes of each linear layer the function that multiplies one token's vector. `turned` copies weights, so
    make it once and use it for every call; later changes of the model's weights do not reach the copies. `in_place`
    copies nothing. Layers of another class (with fewer bits, say) are called as they are, here and by the model itself,
    which reads the prompt.
    """

    def __init__(self, model: Llama, prepare: Prepare = turned) -> None:
        self.model, self.shape = model, model.shape
        self.blocks = [PreparedBlock(block, prepare, model.shape.epsilon) for block in model.blocks]
        self.head = prepare(model.head)

    def step(self, token: int, cache: Cache) -> torch.Tensor:
        """Scores (1, V) after one more token, for a cache of one row without padding; as `Llama.forward`.

        Raises ValueError when the cache has no room for it.
        """
        t, end = cache.length, cache.end(1)
        angles = self.model.angles(t, end)
        x = self.model.embed.weight[token : token + 1]
        for block, keys, values in zip(self.blocks, cache.keys, cache.values, strict=True):
            x = block.step(x, angles, keys.narrow(2, 0, end), values.narrow(2, 0, end))
        cache.length = end
        return self.head(rms_norm(x, self.model.norm.weight, self.shape.epsilon))


class Reader:
    """Rows being read: tokens in, scores out, and what was read once is kept. `pads`: padding at the left of each row."""

    def __init__(self, model: Llama | PreparedLlama, batch: int, room: int, pads: Sequence[int] = ()) -> None:
        self.model = model.model if isinstance(model, PreparedLlama) else model
        like = self.model.embed.weight
        self.cache, self.device = Cache(self.model, batch, room), like.device
        if any(pads):
            self.cache.pads = torch.tensor(pads, device=self.device)
        self.prepared: PreparedLlama | None = None
        if batch == 1 and like.device.type == "cpu" and like.dtype in (torch.float32, torch.float64):
            self.prepared = model if isinstance(model, PreparedLlama) else PreparedLlama(model, in_place)

    def share(self, beginning: Sequence[int], pads: Sequence[int]) -> None:
        """Read once what all rows begin with, and place it behind the padding of each, up to the column where it ends unpadded.

        A key is turned by its column, so each row's copy is turned on by its padding; the numbers are those of reading
        every row, up to rounding. The rows go on at column len(beginning).
        """
        once, n = Cache(self.model, 1, len(beginning)), len(beginning)
        self.model(torch.tensor([beginning], device=self.device), once, last=True)
        for keys, values, key, value in zip(
            self.cache.keys, self.cache.values, once.keys, once.values, strict=True
        ):
            keys[:, :, :n], values[:, :, :n] = 0, 0  # nobody looks at padding, but nan times nothing is nan
            for row, pad in enumerate(pads):
                own = slice(min(pad, n), n)
                kept = n - own.start
                keys[row, :, own] = apply_rotary(key[0, :, :kept], self.model.angles(pad, pad + 1))
                values[row, :, own] = value[0, :, :kept]
        self.cache.length = n

    def read(self, rows: Sequence[Sequence[int]], every: bool = False) -> torch.Tensor:
        """Scores after the last of the new tokens, (B, V); with `every` after each one, (B, T, V).

        Raises ValueError when there is no room for them.
        """
        if self.prepared and len(rows[0]) == 1 and self.cache.length:
            scores = self.prepared.step(rows[0][0], self.cache)
            return scores[:, None] if every else scores
        scores = self.model(torch.tensor(rows, device=self.device), self.cache, last=not every)
        return scores if every else scores[:, -1]
