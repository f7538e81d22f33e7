"""Training a small language model on a CPU: how long to a given loss, and how many tokens a second.

    python benchmarks/training.py target --threads 2     seconds to validation loss 1.88 on Tiny Shakespeare characters
    python benchmarks/training.py speed --threads 1      tokens a second against the transformers library

`target` trains two recipes one after the other in one process, each with its own model and schedule, on the first 90 % of
the characters, and measures the loss on all of the last 10 % in windows of 64. The small GPT is the recipe that is well
known from nanoGPT's instructions for a laptop: 4 layers, 128 wide, 2,000 steps of 12 windows, AdamW. Ours is the decoder
of lesson 6a with Muon. The clock runs while a recipe trains, and stops for the validation. One seed says little, because
the ends of one recipe differ by some hundredths: so there are several, and the small GPT's best end is held against our
worst.

`speed` gives the transformers library's Llama and ours the same weights and the same batches, and lets them take turns.
"""

import argparse
import math
import os
import platform
import statistics
import time
from typing import Any

import torch
from generation import pair
from torch import nn
from torch.nn import functional as F

from utils import data
from utils.errors import CourseError
from utils.models import train
from utils.models.nn import Llama, Shape

CONTEXT, BATCH, GOAL = 64, 12, 1.88
SHAPES = {
    "small": {"vocabulary": 65, "width": 128, "layers": 4, "heads": 4, "kv_heads": 4, "hidden": 344, "batch": (12, 64)},
    "grouped": {"vocabulary": 512, "width": 256, "layers": 4, "heads": 8, "kv_heads": 2, "hidden": 688, "batch": (8, 128)},
}  # fmt: skip


class GPTBlock(nn.Module):
    """A block of GPT-2 without biases."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width, bias=False), nn.LayerNorm(width, bias=False)
        self.qkv, self.out = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.up, self.down = nn.Linear(width, 4 * width, bias=False), nn.Linear(4 * width, width, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        B, T, C = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(B, T, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(B, T, C))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class SmallGPT(nn.Module):
    """GPT-2's shape in small: learnt positions, LayerNorm, GELU, tied output; started as GPT-2 is."""

    def __init__(self, vocabulary: int, width: int = 128, layers: int = 4, heads: int = 4) -> None:
        super().__init__()
        self.embed, self.place = nn.Embedding(vocabulary, width), nn.Embedding(CONTEXT, width)
        self.blocks = nn.Sequential(*(GPTBlock(width, heads) for _ in range(layers)))
        self.norm = nn.LayerNorm(width, bias=False)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                narrow = name.endswith(("out.weight", "down.weight"))
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * layers) if narrow else 0.02)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.embed(ids) + self.place.weight[: ids.shape[1]]
        return F.linear(self.norm(self.blocks(x)), self.embed.weight)


def cosine(done: float) -> float:
    """Warm up over 100 of 2,000 steps, then down to a tenth along a cosine."""
    if done < 0.05:
        return (done + 1e-3) / 0.051
    return 0.1 + 0.9 * (1 + math.cos(math.pi * (done - 0.05) / 0.95)) / 2


def small_gpt(vocabulary: int) -> tuple[nn.Module, Any, dict]:
    """Model, optimiser and options of the known recipe."""
    model = SmallGPT(vocabulary)
    matrices = [p for p in model.parameters() if p.dim() == 2]
    rest = [p for p in model.parameters() if p.dim() != 2]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), fused=True)
    return model, optimiser, {"steps": 2000, "clip": 1.0, "schedule": cosine}


def ours(vocabulary: int) -> tuple[nn.Module, Any, dict]:
    """Model, optimiser and options of ours."""
    model = Llama(Shape(vocabulary, width=96, layers=2, heads=2, kv_heads=2, head_width=48, hidden=256))
    optimiser = train.muon(model, lr=0.02, adam_lr=0.04, momentum=0.9)
    return model, optimiser, {"steps": 660, "schedule": train.warm_up_and_decay(0.05)}


RECIPES = {"small GPT, AdamW": small_gpt, "ours, Muon": ours}


def target(seeds: list[int]) -> None:
    """Train every recipe with every seed, and print a table."""
    text = data.load("tinyshakespeare")
    letters = sorted(set(text))
    ids = torch.tensor([letters.index(letter) for letter in text])
    cut = len(ids) * 9 // 10
    learn, look = train.windows(ids[:cut], CONTEXT), train.windows(ids[cut:], CONTEXT, stride=CONTEXT)
    print(
        "| recipe | parameters | steps | seed | seconds | validation loss | 1.88 reached |\n|---|---|---|---|---|---|---|"
    )
    ends: dict[str, list[float]] = {name: [] for name in RECIPES}
    for seed in seeds:
        for name in RECIPES:
            ends[name].append(race(name, seed, len(letters), learn, look))
    (rival, theirs), (our_name, our_ends) = ends.items()
    for name, losses in ends.items():
        print(
            f"\n{name}: {min(losses):.3f} to {max(losses):.3f}, median {statistics.median(losses):.3f}",
            end="",
        )
    print(f"\n{our_name} at its worst minus {rival} at its best: {max(our_ends) - min(theirs):+.3f}")


def race(name: str, seed: int, vocabulary: int, learn: train.Pair, look: train.Pair) -> float:
    """Train one recipe, print its row, and return its validation loss."""
    torch.manual_seed(seed)
    model, optimiser, options = RECIPES[name](vocabulary)
    start = time.perf_counter()
    train.fit(model, learn, optimiser=optimiser, epochs=1, batch=BATCH, seed=seed, progress=False, **options)
    seconds = time.perf_counter() - start
    loss, _ = train.evaluate(model, look)
    size, reached = sum(p.numel() for p in model.parameters()), "yes" if loss <= GOAL else "no"
    print(
        f"| {name} | {size:,} | {options['steps']:,} | {seed} | {seconds:.1f} | {loss:.3f} | {reached} |",
        flush=True,
    )
    return loss


def speed(repeats: int) -> None:
    from transformers.utils import logging

    logging.disable_progress_bar()
    print("| shape | parameters | transformers | ours | ours ÷ transformers |\n|---|---|---|---|---|")
    for name, shape in SHAPES.items():
        theirs, mine = (model.train() for model in pair(shape, spread=0.02))
        B, T = shape["batch"]
        ids = torch.randint(shape["vocabulary"], (B, T + 1))
        models = {"transformers": lambda x, m=theirs: m(x).logits, "ours": mine}

        def step(model: Any, ids: torch.Tensor = ids, both: Any = (theirs, mine)) -> float:
            for one in both:
                one.zero_grad()
            loss = train.token_loss(model(ids[:, :-1]), ids[:, 1:])
            loss.backward()
            return loss.item()

        losses = [step(model) for model in models.values()]
        if abs(losses[0] - losses[1]) > 1e-5:
            raise SystemExit(f"the losses differ: {losses}")
        taken: dict[str, list[float]] = {which: [] for which in models}
        for _ in range(repeats):
            for which, model in models.items():
                start = time.perf_counter()
                for _ in range(5):
                    step(model)
                taken[which].append((time.perf_counter() - start) / 5)
        rates = {which: B * T / statistics.median(times) for which, times in taken.items()}
        cells = " | ".join(f"{rate:,.0f}" for rate in rates.values())
        print(
            f"| {name} | {mine.shape.parameters:,} | {cells} | {rates['ours'] / rates['transformers']:.2f}× |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["target", "speed"])
    parser.add_argument("--threads", type=int, choices=[1, 2, 4, 8], default=1)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="for target")
    parser.add_argument("--repeats", type=int, default=25, help="for speed: turns of 5 steps")
    asked = parser.parse_args()
    if asked.repeats < 1:
        parser.error("--repeats must be at least 1")
    torch.set_num_threads(asked.threads)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}, {asked.threads} thread(s)\n"
    )
    try:
        target(asked.seeds) if asked.what == "target" else speed(asked.repeats)
    except CourseError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
