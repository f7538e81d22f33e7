"""Tokens a second of cached generation, ours against the transformers library: same shape, same weights, same process.

    OMP_NUM_THREADS=1 python benchmarks/generation.py --threads 1
    OMP_NUM_THREADS=2 python benchmarks/generation.py --threads 2 --repeats 9
    OMP_NUM_THREADS=1 python benchmarks/generation.py --threads 1 --shapes smollm2 --new 32 --repeats 3

Both write greedily, one prompt at a time. That the tokens are the same is checked first, in float64. Runs of the two alternate, so that other
work on the machine meets both; the table has the medians. `prepared` is `PreparedLlama(model)`, made once outside the
clock as a server makes it; `plain` passes the model itself. The last column is the bytes of the weights, read once for
each token, as a share of what this process reads from memory in that time: at 1 nothing could be faster with these bytes.
Weights that fit into the processor's cache can pass 1.
"""

import argparse
import copy
import os
import platform
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from typing import Any

import torch

from utils.models.checkpoints import load_llama
from utils.models.decoder import PreparedLlama
from utils.models.generate import generate
from utils.models.nn import Llama

SHAPES = {
    "lesson": {"vocabulary": 103, "width": 64, "layers": 3, "heads": 4, "kv_heads": 4, "hidden": 128},
    "small": {"vocabulary": 65, "width": 128, "layers": 4, "heads": 4, "kv_heads": 4, "hidden": 344},
    "wider": {"vocabulary": 512, "width": 256, "layers": 6, "heads": 8, "kv_heads": 4, "hidden": 688},
    "widest": {"vocabulary": 8192, "width": 512, "layers": 8, "heads": 8, "kv_heads": 4, "hidden": 1376},
    # that of SmolLM2-135M: minutes and 6 GB, so only when it is asked for
    "smollm2": {"vocabulary": 49152, "width": 576, "layers": 30, "heads": 9, "kv_heads": 3, "hidden": 1536},
}
USUAL = [name for name in SHAPES if name != "smollm2"]


def pair(shape: dict[str, Any], spread: float = 0.1) -> tuple[Any, Llama]:
    """A transformers Llama with random weights from N(0, spread²), and ours with the same ones; both in eval mode."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=shape["vocabulary"],
        hidden_size=shape["width"],
        intermediate_size=shape["hidden"],
        num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"],
        num_key_value_heads=shape["kv_heads"],
        tie_word_embeddings=True,
        initializer_range=spread,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
    )
    theirs = LlamaForCausalLM(config).eval()
    with tempfile.TemporaryDirectory() as folder:
        theirs.save_pretrained(folder)
        return theirs, load_llama(folder)


def same_tokens(theirs: Any, ours: Llama, ids: Any, new: int) -> bool:
    """Whether both write the same in float64; in float32 the rounding of two orders of sums may decide a near tie."""
    theirs, ours = copy.deepcopy(theirs).double(), copy.deepcopy(ours).double()
    expected = theirs.generate(ids, max_new_tokens=new, do_sample=False)[0, ids.shape[1] :].tolist()
    return all(generate(model, ids.tolist(), new)[0].ids == expected for model in (ours, PreparedLlama(ours)))


def contest(runs: dict[str, Callable[[], Any]], new: int, repeats: int) -> dict[str, float]:
    """Median tokens a second of each, in alternating runs after one that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(repeats + 1):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            if turn:
                seconds[name].append(time.perf_counter() - start)
    return {name: new / statistics.median(taken) for name, taken in seconds.items()}


def bandwidth(turns: int = 5) -> float:
    """Bytes a second that a sum reads from 256 MB, the best of some turns."""
    numbers, best = torch.ones(2**26), float("inf")
    for _ in range(turns):
        start = time.perf_counter()
        numbers.sum()
        best = min(best, time.perf_counter() - start)
    return 4 * len(numbers) / best


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--threads", type=int, choices=[1, 2, 4, 8], default=1, help="threads that torch may use"
    )
    parser.add_argument("--shapes", nargs="+", choices=list(SHAPES), default=USUAL)
    parser.add_argument("--new", type=int, default=128, help="tokens to write")
    parser.add_argument("--prompt", type=int, default=16, help="tokens to read first")
    parser.add_argument("--repeats", type=int, default=7, help="timed runs of each")
    asked = parser.parse_args()
    if min(asked.new, asked.prompt, asked.repeats) < 1:
        parser.error("--new, --prompt and --repeats must be at least 1")
    warnings.filterwarnings("ignore")
    torch.set_num_threads(asked.threads)

    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}, {asked.threads} thread(s),"
    )
    print(
        f"{asked.prompt} tokens read, {asked.new} written greedily, median of {asked.repeats} alternating runs"
    )
    print()
    print(
        "| shape | parameters | threads | transformers | plain | prepared | prepared ÷ transformers | share of bandwidth |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name in asked.shapes:
        theirs, ours = pair(SHAPES[name])
        # not 0, which transformers would take for padding
        ids = torch.randint(1, SHAPES[name]["vocabulary"], (1, asked.prompt))
        if not same_tokens(theirs, ours, ids, asked.new):
            raise SystemExit(f"{name}: the two wrote different tokens; there is nothing to compare")
        prepared, options = PreparedLlama(ours), {"max_new_tokens": asked.new, "do_sample": False}
        speeds = contest(
            {
                "transformers": lambda m=theirs, i=ids, o=options: m.generate(i, **o)[
                    0, asked.prompt :
                ].tolist(),
                "plain": lambda m=ours, i=ids: generate(m, i.tolist(), asked.new)[0].ids,
                "prepared": lambda m=prepared, i=ids: generate(m, i.tolist(), asked.new)[0].ids,
            },
            asked.new,
            asked.repeats,
        )
        cells = " | ".join(f"{speed:,.0f}" for speed in speeds.values())
        ratio = speeds["prepared"] / speeds["transformers"]
        share = 4 * ours.shape.parameters * speeds["prepared"] / bandwidth()
        print(
            f"| {name} | {ours.shape.parameters:,} | {asked.threads} | {cells} | {ratio:.2f}× | {share:.2f} |"
        )


if __name__ == "__main__":
    main()
