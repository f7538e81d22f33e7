"""Scores that another program computed from SmolLM2's file, kept small, to compare the course's own with.

The files beside this one were made by `tests/reference/smollm2.py` with the transformers library. The scores of 200
positions on 49,152 tokens would be 39 MB; kept are, of each position, 16 columns, the best token, the logarithm of the
summed exponentials, and four sums of all scores with random signs, in which any column that is off shows.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

TEXTS = Path(__file__).with_name(
    "smollm2.json"
)  # ids that were read, conversations as ids, a text that was written
NUMBERS = TEXTS.with_suffix(".safetensors")  # `summary` of the scores after each of those ids


def stored() -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """What the transformers library read and wrote, and the summary of its scores after each of `["ids"]`."""
    from safetensors.torch import load_file

    return json.loads(TEXTS.read_text(encoding="utf-8")), load_file(NUMBERS)


def columns(vocabulary: int) -> torch.Tensor:
    """The 16 tokens whose scores are kept, (16,)."""
    return torch.from_numpy(np.random.default_rng(1).integers(vocabulary, size=16))


def signs(vocabulary: int) -> torch.Tensor:
    """Four rows of ±1/√V, (4, V) float64."""
    drawn = np.random.default_rng(0).integers(2, size=(4, vocabulary)) * 2 - 1
    return torch.from_numpy(drawn / np.sqrt(vocabulary))


def summary(scores: torch.Tensor) -> dict[str, torch.Tensor]:
    """What is kept of scores (T, V)."""
    vocabulary = scores.shape[1]
    return {
        "picked": scores[:, columns(vocabulary)].contiguous(),
        "best": scores.argmax(dim=-1).int(),
        "summed": scores.double().logsumexp(dim=-1).float(),
        "signed": (scores.double() @ signs(vocabulary).T).float(),
    }
