"""Choosing the next token from its scores. Lesson 6c builds it; `utils.models.generate` uses it.

Shapes: B rows, V the vocabulary. Sources: top-k, Fan et al. 2018, arXiv:1805.04833; top-p, Holtzman et al. 2020,
arXiv:1904.09751; repetition penalty, Keskar et al. 2019, arXiv:1909.05858.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional as F


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen from its scores; temperature 0 takes the highest, always (greedy).

    The order, as in the transformers library: 1. repetition_penalty r: a score s of a token that came before, in the
    prompt or since, becomes s / r if it is positive and s · r otherwise; 2. all scores are divided by the temperature;
    3. top_k keeps the k highest (0: all; ties with the last one stay); 4. top_p keeps the fewest tokens whose
    probabilities, after steps 1 to 3, sum to p or more. Raises ValueError for an impossible number.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    repetition_penalty: float = 1.0

    def __post_init__(self) -> None:
        for name, good, rule in (
            ("temperature", 0 <= self.temperature < float("inf"), "a number from 0 (greedy) upwards"),
            ("top_k", isinstance(self.top_k, int) and self.top_k >= 0, "a whole number, 0 for all tokens"),
            ("top_p", 0 < self.top_p <= 1, "more than 0 and at most 1"),
            (
                "repetition_penalty",
                0 < self.repetition_penalty < float("inf"),
                "more than 0; 1 changes nothing",
            ),
        ):
            if not good:
                raise ValueError(f"{name} must be {rule}, not {getattr(self, name)!r}")


GREEDY = Sampling(temperature=0.0)


def filter_scores(scores: Any, sampling: Sampling, seen: Any = None) -> Any:
    """Scores (B, V) after the four steps of `Sampling`, -inf where a token is out; seen: (B, V) bool, what came before.

    At temperature 0 the scores are not divided; the highest one is the choice whatever top_k and top_p say.
    """
    if sampling.repetition_penalty != 1 and seen is not None:
        r = sampling.repetition_penalty
        scores = torch.where(seen, torch.where(scores < 0, scores * r, scores / r), scores)
    if sampling.temperature not in (0, 1):
        scores = scores / sampling.temperature
    if 0 < sampling.top_k < scores.shape[-1]:
        last = scores.topk(sampling.top_k).values[..., -1:]
        scores = scores.masked_fill(scores < last, -torch.inf)
    if sampling.top_p < 1:
        rising, order = scores.sort(dim=-1)
        out = rising.softmax(dim=-1).cumsum(dim=-1) <= 1 - sampling.top_p
        out[..., -1] = False
        scores = scores.masked_fill(out.scatter(-1, order, out), -torch.inf)
    return scores


def probabilities(scores: Any, sampling: Sampling, seen: Any = None) -> Any:
    """Probability of each next token, (B, V) float64; all on one token at temperature 0."""
    kept = filter_scores(scores, sampling, seen)
    if sampling.temperature == 0:
        return F.one_hot(kept.argmax(dim=-1), kept.shape[-1]).double()
    return kept.double().softmax(dim=-1)


def pick(p: Any, u: Any) -> Any:
    """The token at which the running sum of p (B, V) passes u (B,) in [0, 1): drawn with its probability if u is uniform."""
    total = p.cumsum(dim=-1)
    return torch.searchsorted(total, u[:, None].to(total) * total[:, -1:], right=True)[:, 0]


def choose(scores: Any, sampling: Sampling, generators: Sequence[Any], seen: Any = None) -> list[int]:
    """One token for each row of scores (B, V); each row has its torch.Generator (on the CPU), so it depends on no other."""
    if sampling.temperature == 0:
        if sampling.repetition_penalty != 1:
            scores = filter_scores(scores, sampling, seen)
        return scores.argmax(dim=-1).tolist()
    u = torch.cat([torch.rand(1, generator=g, dtype=torch.float64) for g in generators])
    return pick(probabilities(scores, sampling, seen), u).tolist()
