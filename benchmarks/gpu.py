"""What a GPU makes of the course's own code: training, attention, an open model that writes, and the lessons.

    python benchmarks/gpu.py                     all four parts on a CUDA device
    python benchmarks/gpu.py train attention     some of them
    python benchmarks/gpu.py --tiny              all parts in small on the CPU: shows that they work, and says nothing of speed

`train`: a decoder of 124 M parameters in bfloat16, compiled, with fused attention, forward, backward and AdamW on random
tokens (the time of a step does not depend on what they are). FLOPs a token: 6 for each parameter, and 12·layers·width·context
for the products of attention, none left out for being masked (Chowdhery et al. 2022, arXiv:2204.02311, appendix B). Their
share is that of the card's peak as its data sheet states it for dense bfloat16, and of what a large product reaches here.
`attention`: the fused kernel against the plain one ("math"), forward and backward, that both give the same being checked first.
`write`: SmolLM2 in bfloat16 with a cache of fixed size, one compiled step a token, against the transformers library with its
static cache; that both write the same is checked first, in float64. Needs the open models, with --tiny random weights.
`lessons`: every lesson's solution with COURSE_DEVICE, as `course run` prints it.
"""

import argparse
import copy
import os
import platform
import re
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from generation import contest
from open_model import library_twin
from torch import nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from utils.cost import training_flops
from utils.device import best_device, memory_peak, timer
from utils.errors import CourseError
from utils.models.checkpoints import load_open
from utils.models.generate import generate
from utils.models.nn import Block, Cache, Llama, Shape, apply_rotary
from utils.models.train import token_loss

# dense bfloat16, FLOP/s, as the makers' data sheets state them
PEAKS = {"H100 PCIe": 756e12, "H100": 989e12, "H200": 989e12, "A100": 312e12, "L40S": 362e12, "L4": 121e12}
GPT = Shape(50304, width=768, layers=12, heads=12, kv_heads=12, head_width=64, hidden=2048)
TINY = Shape(512, width=64, layers=2, heads=4, kv_heads=4, head_width=16, hidden=128)


@dataclass(frozen=True)
class Bench:
    """Where and how large: batches are (rows, tokens)."""

    device: torch.device
    tiny: bool
    repeats: int
    peak: float | None
    rows: Sequence[int] = (1, 2)

    @property
    def shape(self) -> Shape:
        return TINY if self.tiny else GPT

    @property
    def batch(self) -> tuple[int, int]:
        return (2, 32) if self.tiny else (32, 1024)

    def compiled(self, function: Any, mode: str | None = None) -> Any:
        """On the CPU only the capture of the graph is tried: a compiler need not be there."""
        if self.device.type == "cpu":
            return torch.compile(function, backend="aot_eager")
        return torch.compile(function, mode=mode)

    def seconds(self, work: Callable[[], Any], inside: int = 1) -> float:
        """Median seconds of one call of `work`; three that are not counted come first."""
        for _ in range(3):
            work()
        taken = []
        for _ in range(self.repeats):
            with timer(self.device) as spent:
                for _ in range(inside):
                    work()
            taken.append(spent() / inside)
        return statistics.median(taken)


def stated_peak(name: str) -> float | None:
    """FLOP/s of the data sheet for a card's name; None when it is not in the list."""
    words = set(re.split(r"[\s-]", name))
    return next((peak for known, peak in PEAKS.items() if set(known.split()) <= words), None)


def matmul_rate(bench: Bench) -> float:
    """FLOP/s of one large bfloat16 product on this device."""
    n = 256 if bench.tiny else 8192
    a, b = (torch.randn(n, n, device=bench.device, dtype=torch.bfloat16) for _ in range(2))
    return 2 * n**3 / bench.seconds(lambda: a @ b, inside=5)


def flops_per_token(shape: Shape, context: int) -> float:
    """Of training: 6 for each parameter, and attention's two products of `context` places in each layer, three times over."""
    inner = shape.heads * shape.head_width
    return training_flops(shape.parameters, 1) + 12 * shape.layers * inner * context


def train(bench: Bench) -> None:
    """Tokens a second of a whole training step."""
    torch.manual_seed(0)
    model = Llama(bench.shape).to(bench.device, torch.bfloat16)
    B, T = bench.batch
    ids = torch.randint(bench.shape.vocabulary, (B, T + 1), device=bench.device)
    fused = bench.device.type == "cuda"
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-4, betas=(0.9, 0.95), fused=fused)
    loss_of = bench.compiled(lambda x, y: token_loss(model(x), y))

    def step() -> torch.Tensor:
        loss = loss_of(ids[:, :-1], ids[:, 1:])
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        return loss.detach()

    with torch.no_grad():
        plain = float(token_loss(model(ids[:, :-1]), ids[:, 1:]))
    first = float(step())
    if abs(first - plain) > 0.02 * plain:
        raise SystemExit(f"The compiled loss {first:.4f} is not the plain one, {plain:.4f}.")
    rate = B * T / bench.seconds(step, inside=2)
    flops, reached = rate * flops_per_token(bench.shape, T), matmul_rate(bench)
    share = f"{flops / bench.peak:.3f}" if bench.peak else "unknown"
    print(
        "| parameters | batch | tokens/s | TFLOP/s | share of the stated peak | share of a product here | memory |"
    )
    print("|---|---|---|---|---|---|---|")
    print(
        f"| {bench.shape.parameters:,} | {B} × {T} | {rate:,.0f} | {flops / 1e12:.4g} | {share} "
        f"| {flops / reached:.3f} | {memory_peak(bench.device) / 1e9:.1f} GB |"
    )


def attention(bench: Bench) -> None:
    """Fused against plain attention, forward and backward."""
    heads, width = (2, 16) if bench.tiny else (12, 64)
    backends = {"fused": SDPBackend.FLASH_ATTENTION, "plain": SDPBackend.MATH}
    print("| tokens | rows | fused, ms | plain, ms | plain ÷ fused |\n|---|---|---|---|---|")
    for T, B in ((32, 2), (64, 1)) if bench.tiny else ((1024, 32), (4096, 8), (16384, 1)):
        torch.manual_seed(0)
        q, k, v = (
            torch.randn(B, heads, T, width, device=bench.device, dtype=torch.bfloat16, requires_grad=True)
            for _ in range(3)
        )  # (B, H, T, D) each

        def both_ways(backend: SDPBackend, q=q, k=k, v=v) -> torch.Tensor:
            with sdpa_kernel(backend):
                y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            y.sum().backward()
            return y.detach()

        results = [both_ways(backend) for backend in backends.values()]
        apart = float((results[0] - results[1]).abs().max())
        if apart > 0.05:
            raise SystemExit(f"The two kernels differ by {apart:.3f} at {T} tokens.")
        times = {name: bench.seconds(lambda b=backend: both_ways(b)) for name, backend in backends.items()}
        print(
            f"| {T:,} | {B} | {1e3 * times['fused']:.2f} | {1e3 * times['plain']:.2f} "
            f"| {times['plain'] / times['fused']:.2f}× |"
        )


class StaticStep(nn.Module):
    """One more token of every row with keys and values in places that never move, so that one graph serves all tokens."""

    def __init__(self, model: Llama, cache: Cache) -> None:
        super().__init__()
        self.model, self.cache = model, cache
        self.cosine, self.sine = model.angles(0, cache.room)  # (room, 1, D)

    def forward(self, token: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
        """token: (B, 1), place: (1,), where the token stands. Returns the most likely next token, (B, 1)."""
        angles = self.cosine[place], self.sine[place]
        seen = torch.arange(self.cache.room, device=place.device) <= place  # (room,)
        x = self.model.embed(token)  # (B, 1, C)
        for layer, block in enumerate(self.model.blocks):
            x = x + self.attend(block, block.norm1(x), angles, layer, place, seen)
            x = x + block.mlp(block.norm2(x))
        return self.model.head(self.model.norm(x))[:, -1].argmax(dim=-1, keepdim=True)

    def attend(
        self,
        block: Block,
        x: torch.Tensor,
        angles: tuple[torch.Tensor, torch.Tensor],
        layer: int,
        place: torch.Tensor,
        seen: torch.Tensor,
    ) -> torch.Tensor:
        """(B, 1, C) -> (B, 1, C)"""
        part, keys, values = block.attention, self.cache.keys[layer], self.cache.values[layer]
        heads = part.qkv(x).view(len(x), 1, -1, part.head_width)  # (B, 1, H + 2K, D)
        rotated, v = heads.split([part.heads + part.kv_heads, part.kv_heads], dim=2)
        q, k = apply_rotary(rotated, angles).split([part.heads, part.kv_heads], dim=2)
        keys.index_copy_(2, place, k.transpose(1, 2))  # (B, K, 1, D) into (B, K, room, D)
        values.index_copy_(2, place, v.transpose(1, 2))
        q = q.view(len(x), part.kv_heads, -1, part.head_width)  # queries that share a key, as rows
        y = F.scaled_dot_product_attention(q, keys, values, attn_mask=seen[None, None, None])
        return part.out(y.reshape(len(x), 1, -1))  # (B, K, H/K, D) -> (B, 1, H·D) -> (B, 1, C)


class StaticWriter:
    """Greedy text of rows of one length, through one compiled step."""

    def __init__(self, bench: Bench, model: Llama, rows: int, room: int) -> None:
        self.model, self.device = model, bench.device
        self.cache = Cache(model, rows, room)
        for stored in (*self.cache.keys, *self.cache.values):
            stored.zero_()  # an unused place may hold nan, and nan times a weight of 0 is nan
            torch._dynamo.mark_static_address(stored)  # else a captured graph refuses to write into it
        self.step = bench.compiled(StaticStep(model, self.cache), mode="reduce-overhead")

    @torch.inference_mode()
    def write(self, ids: torch.Tensor, new: int) -> list[list[int]]:
        """`new` tokens after ids (B, T)."""
        self.cache.length = 0
        token = self.model(ids, self.cache, last=True)[:, -1].argmax(dim=-1, keepdim=True)
        written = [token]
        for place in range(ids.shape[1], ids.shape[1] + new - 1):
            # a captured graph writes its answer to the same memory each time
            token = self.step(token, torch.tensor([place], device=self.device)).clone()
            written.append(token)
        return torch.cat(written, dim=1).tolist()


def write(bench: Bench) -> None:
    """SmolLM2 with a static cache, against the transformers library."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    model, prompt = writing_model(bench.tiny)
    new = 4 if bench.tiny else 256
    print("| rows | ours, tokens/s | transformers, tokens/s | ours ÷ transformers |\n|---|---|---|---|")
    for rows in bench.rows:
        ids = torch.tensor([prompt] * rows, device=bench.device)
        exact = copy.deepcopy(model).to(bench.device, torch.float64)
        wanted = [answer.ids for answer in generate(exact, ids.tolist(), min(new, 32))]
        if any(run() != wanted for _, run in writers(bench, exact, ids, min(new, 32))):
            raise SystemExit("The two wrote different tokens; there is nothing to compare.")
        runs = dict(writers(bench, model.to(bench.device, torch.bfloat16), ids, new))
        speeds = contest(runs, new * rows, bench.repeats)
        ours, theirs = speeds["ours"], speeds["transformers"]
        print(f"| {rows} | {ours:,.1f} | {theirs:,.1f} | {ours / theirs:.2f}× |", flush=True)


def writing_model(tiny: bool) -> tuple[Llama, list[int]]:
    """SmolLM2 and a question to it; with `tiny` random weights and random tokens."""
    if tiny:
        torch.manual_seed(0)
        return Llama(TINY).eval(), torch.randint(1, TINY.vocabulary, (8,)).tolist()
    opened = load_open("smollm2")
    question = "Explain in a few sentences why a bicycle stays upright."
    return opened.model, opened.chat([{"role": "user", "content": question}])


def writers(
    bench: Bench, model: Llama, ids: torch.Tensor, new: int
) -> Iterator[tuple[str, Callable[[], list[list[int]]]]]:
    """A function for each side that writes `new` tokens after ids (B, T)."""
    mine = StaticWriter(bench, model, len(ids), ids.shape[1] + new)
    yield "ours", lambda: mine.write(ids, new)
    theirs = library_twin(model).to(bench.device, model.embed.weight.dtype)
    options = {"max_new_tokens": new, "min_new_tokens": new, "do_sample": False}
    if bench.device.type != "cpu":  # there the library would want a compiler
        options["cache_implementation"] = "static"
    mask = torch.ones_like(ids)
    yield (
        "transformers",
        lambda: theirs.generate(ids, attention_mask=mask, **options)[:, ids.shape[1] :].tolist(),
    )


def lessons(bench: Bench) -> None:
    """Solutions of the lessons on the device; a small one alone with --tiny."""
    names = ["02a_counting"] if bench.tiny else []
    command = [sys.executable, "-m", "utils.course.cli", "run", "--solutions", *names]
    done = subprocess.run(
        command,
        env={**os.environ, "COURSE_DEVICE": str(bench.device)},
        cwd=Path(__file__).parent.parent,
    )
    if done.returncode:
        raise SystemExit("A lesson failed on the device; the table above says which.")


PARTS = {"train": train, "attention": attention, "write": write, "lessons": lessons}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all without a name")
    parser.add_argument("--tiny", action="store_true", help="everything in small, on the CPU")
    parser.add_argument("--repeats", type=int, default=10, help="timed runs of each")
    parser.add_argument("--rows", type=int, nargs="+", help="texts written at once; 1 8 32 if not said")
    parser.add_argument(
        "--peak", type=float, help="TFLOP/s of the card in dense bfloat16, from its data sheet"
    )
    asked = parser.parse_args()
    if unknown := [part for part in asked.parts if part not in PARTS]:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    rows = asked.rows or ([1, 2] if asked.tiny else [1, 8, 32])
    if min(asked.repeats, *rows) < 1 or (asked.peak is not None and not asked.peak > 0):
        parser.error("--repeats and --rows must be at least 1, and --peak above 0")
    try:
        device = best_device("cpu" if asked.tiny else "cuda")
        peak = 1e12 * asked.peak if asked.peak else None
        if device.type == "cuda":
            card = torch.cuda.get_device_name()
            peak = peak or stated_peak(card)
            print(f"{card}, CUDA {torch.version.cuda}, ", end="")
        print(f"{platform.machine()}, torch {torch.__version__}, {asked.repeats} timed runs each")
        for part in asked.parts or PARTS:
            print(f"\n## {part}\n", flush=True)
            PARTS[part](Bench(device, asked.tiny, asked.repeats, peak, rows))
    except CourseError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
