"""One seed for every library, and results that repeat."""

import os
import random
import sys

import numpy as np


def seed_everything(seed: int = 0) -> np.random.Generator:
    """Seed Python, NumPy and, where they are already imported, torch and Keras; return a fresh NumPy generator.

    Call it after the imports.  seed: 0 to 2**32 - 1, the range that NumPy's global seed takes.
    """
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must lie between 0 and 2**32 - 1, not {seed}")
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  libraries still draw from the global generator
    if "torch" in sys.modules:
        import torch

        torch.manual_seed(seed)
    if "keras" in sys.modules:
        import keras

        keras.utils.set_random_seed(seed)
    return np.random.default_rng(seed)


def deterministic(on: bool = True) -> None:
    """Ask torch for algorithms that repeat exactly; an operation that has none then raises RuntimeError.

    See "Reproducibility" in the documentation of PyTorch.
    """
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(on)
    if on:
        torch.backends.cudnn.benchmark = False
