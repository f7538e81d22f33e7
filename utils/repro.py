"""One seed, and from it as many independent streams of random numbers as are wanted, each with a name.

Two generators opened with the same number give the same numbers: weights drawn so beside data drawn so *are* the data.
And `seed + 1` for the second trial is the first trial of the next seed. So nothing here opens a generator with the seed
itself; each use has a name, and name and seed together choose a child of the seed's `numpy.random.SeedSequence`:

    weights = numpy_stream(seed, "weights").normal(size=(10, 20))
    trials = [trial(child_seed(seed, "trial", n)) for n in range(20)]

Names with a dot, such as "data.linear", belong to this package.
Source: numpy.org, "Parallel random number generation".
"""

import hashlib
import operator
import os
import random
import sys
from typing import Any

import numpy as np

WORDS = 4  # a name's digest, in 32-bit words: two names meet once in 2**64 tries


def _word(number: int, what: str) -> int:
    """A whole number that fits into 32 bits, so that each fills one word of a spawn key."""
    number = operator.index(number)
    if not 0 <= number < 2**32:
        raise ValueError(f"{what} must lie between 0 and 2**32 - 1, not {number}")
    return number


def _child(seed: int, name: str, *index: int) -> np.random.SeedSequence:
    """The child of a seed that belongs to a name and, for the n-th of many, to numbers."""
    # not Python's hash(): that one is another in each process
    digest = hashlib.sha256(name.encode()).digest()[: 4 * WORDS]
    key = [*np.frombuffer(digest, "<u4").tolist(), *(_word(n, "an index of a stream") for n in index)]
    return np.random.SeedSequence(_word(seed, "seed"), spawn_key=key)


def numpy_stream(seed: int, name: str, *index: int) -> np.random.Generator:
    """A fresh generator; the same seed, name and index give the same numbers, any other gives independent ones.

    seed and index: 0 to 2**32 - 1.
    """
    return np.random.default_rng(_child(seed, name, *index))


def child_seed(seed: int, name: str, *index: int) -> int:
    """A seed for a trial, a second data set or another library, 0 to 2**32 - 1; what it opens is independent too."""
    return int(_child(seed, name, *index).generate_state(1)[0])


def torch_stream(seed: int, name: str, *index: int, device: Any = "cpu") -> Any:
    """As `numpy_stream`, for torch: a fresh torch.Generator, to be passed as `generator=`."""
    import torch

    return torch.Generator(device).manual_seed(child_seed(seed, name, *index))


def seed_everything(seed: int = 0) -> np.random.Generator:
    """Seed Python, NumPy and, where they are already imported, torch and Keras; return a fresh NumPy generator.

    Call it after the imports.  seed: 0 to 2**32 - 1. Each of the five draws from a child of its own.
    """
    generator = numpy_stream(seed, "seed_everything.returned")
    if "keras" in sys.modules:
        import keras

        # first, because it starts the generators of all the others with one number
        keras.utils.set_random_seed(child_seed(seed, "seed_everything.keras"))
    random.seed(child_seed(seed, "seed_everything.python"))
    np.random.seed(child_seed(seed, "seed_everything.numpy"))  # noqa: NPY002  libraries still draw from it
    if "torch" in sys.modules:
        import torch

        torch.manual_seed(child_seed(seed, "seed_everything.torch"))
    return generator


def deterministic(on: bool = True) -> None:
    """Ask torch for algorithms that repeat exactly; an operation that has none then raises RuntimeError.

    See "Reproducibility" in the documentation of PyTorch.
    """
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(on)
    if on:
        torch.backends.cudnn.benchmark = False
