"""Seconds to learn 1,000 merges from a megabyte of text, and to encode it: ours, a naive trainer, the tokenizers library.

    python benchmarks/bpe.py            the three trainers on the first million characters of Tiny Shakespeare
    python benchmarks/bpe.py --naive 50 the naive trainer learns 50 merges, and its time for all is told as that share

Ours must learn the library's merges, one by one, and cut the text as it does; both are checked. The naive trainer counts
all pairs of all different words anew for each merge.
"""

import argparse
import json
import os
import platform
import time
from collections import Counter
from itertools import pairwise

from tokenizers import Tokenizer as Library
from tokenizers import models, pre_tokenizers, trainers

from utils import data
from utils.errors import CourseError
from utils.models import tokens


def naive(text: str, n: int) -> list[tuple[int, int]]:
    """The n best pairs, counted anew each time."""
    often = tokens.words(text)
    cut, found = {word: tokens.byte_ids(word) for word in often}, []
    for new in range(256, 256 + n):
        counts: Counter[tuple[int, int]] = Counter()
        for word, ids in cut.items():
            for pair in pairwise(ids):
                counts[pair] += often[word]
        found.append(min(counts, key=lambda pair: (-counts[pair], pair)))
        cut = {word: tokens.merge(ids, found[-1], new) for word, ids in cut.items()}
    return found


def library(text: str, n: int) -> list[tuple[str, str]]:
    """What the library's trainer learns."""
    learner = Library(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=256 + n, initial_alphabet=alphabet, show_progress=False)
    learner.train_from_iterator([text], trainer)
    return [tuple(pair) for pair in json.loads(learner.to_str())["model"]["merges"]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--merges", type=int, default=1000)
    parser.add_argument("--naive", type=int, default=1000, help="merges that the naive trainer learns")
    asked = parser.parse_args()
    if asked.merges < 1 or asked.naive < 1:
        parser.error("--merges and --naive must be at least 1")
    try:
        text = data.load("tinyshakespeare")[:1_000_000]
    except CourseError as error:
        raise SystemExit(str(error)) from error

    print(
        f"{platform.machine()}, {os.cpu_count()} cores; {len(text.encode()):,} bytes, {asked.merges:,} merges\n"
    )
    print("| what | seconds |\n|---|---|")

    def timed(what: str, call, share: float = 1.0):
        start = time.perf_counter()
        result = call()
        print(f"| {what} | {(time.perf_counter() - start) / share:.2f} |", flush=True)
        return result

    merges = timed("train: ours", lambda: tokens.learn_merges(text, asked.merges))
    theirs = timed("train: tokenizers (Rust)", lambda: library(text, asked.merges))
    few = min(asked.naive, asked.merges)
    label = "train: naive" if few == asked.merges else f"train: naive, from its first {few} merges"
    slow = timed(label, lambda: naive(text, few), few / asked.merges)
    tokenizer = tokens.Tokenizer(merges)
    names = [tokens.spelled(part) for part in tokenizer.parts]
    if [(names[a], names[b]) for a, b in merges] != theirs or slow != merges[:few]:
        raise SystemExit("the trainers learnt different merges")
    referee = tokens.to_library(tokenizer)
    ids = timed("encode: ours", lambda: tokenizer.encode(text))
    if ids != timed("encode: tokenizers (Rust)", lambda: referee.encode(text).ids):
        raise SystemExit("the two cut the text differently")


if __name__ == "__main__":
    main()
