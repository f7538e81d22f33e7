"""Choosing the next token from its scores. Lesson 6c builds it; `utils.models.generate` uses it.

Shapes: B rows, V the vocabulary. Sources: top-k, Fan et al. 2018, arXiv:1805.04833; top-p, Holtzman et al. 2020,
arXiv:1904.09751; repetition penalty, Keskar et al. 2019, arXiv:1909.05858, who divide every score by it; that a negative
score is multiplied instead is the transformers library's repair.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from utils.models.nn import is_real, is_whole

COLDEST = 1e-30  # below it a temperature may round to 0 in float32; every gap between scores is already beyond exp's reach


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
        heat, top_p, penalty = self.temperature, self.top_p, self.repetition_penalty
        for name, good, rule in (
            ("temperature", is_real(heat) and heat >= 0, "a number from 0 (greedy) upwards"),
            ("top_k", is_whole(self.top_k, 0), "a whole number, 0 for all tokens"),
            ("top_p", is_real(top_p) and 0 < top_p <= 1, "more than 0 and at most 1"),
            # beyond, scores of ordinary size overflow
            (
                "repetition_penalty",
                is_real(penalty) and 1e-3 <= penalty <= 1e3,
                "from 0.001 to 1000; 1 does nothing",
            ),
        ):
            if not good:
                raise ValueError(f"{name} must be {rule}, not {getattr(self, name)!r}")


GREEDY = Sampling(temperature=0.0)


def filter_scores(scores: torch.Tensor, sampling: Sampling, seen: torch.Tensor | None = None) -> torch.Tensor:
    """Scores (B, V) after the four steps of `Sampling`, -inf where a token is out; seen: (B, V) bool, what came before.

    16-bit scores become float32 first: sums of so many small probabilities need the digits. At temperature 0 the scores
    are not divided; the highest one is the choice whatever top_k and top_p say.
    """
    scores = scores.float() if scores.dtype in (torch.float16, torch.bfloat16) else scores
    if sampling.repetition_penalty != 1 and seen is not None:
        r = sampling.repetition_penalty
        scores = torch.where(seen, torch.where(scores < 0, scores * r, scores / r), scores)
    if sampling.temperature not in (0, 1):
        scores = _divide(scores, sampling.temperature)
    if 0 < sampling.top_k < scores.shape[-1]:
        last = scores.topk(sampling.top_k).values[..., -1:]
        scores = scores.masked_fill(scores < last, -torch.inf)
    if sampling.top_p < 1:
        rising, order = scores.sort(dim=-1)
        out = rising.softmax(dim=-1).cumsum(dim=-1) <= 1 - sampling.top_p
        out[..., -1] = False
        scores = scores.masked_fill(out.scatter(-1, order, out), -torch.inf)
    return scores


def _divide(scores: torch.Tensor, temperature: float) -> torch.Tensor:
    """Scores ÷ temperature; near 0 the highest becomes 0 first, which changes no probability, and nothing overflows."""
    if temperature < 1e-3:
        scores = scores - scores.amax(dim=-1, keepdim=True)
    return scores / max(temperature, COLDEST)


def best(scores: torch.Tensor) -> list[int]:
    """The token with the highest of the scores (B, V), the first of equals.

    Raises ValueError when a row has none that is finite, or one that is nan or infinite; -inf is a token that is out.
    """
    highest, tokens = scores.max(dim=-1)  # nan counts as the highest
    if not highest.isfinite().all():
        raise ValueError(
            "the scores of the next token are not finite (nan or infinite); the model's weights, or its input, are damaged"
        )
    return tokens.tolist()


def in_float64(scores: torch.Tensor) -> torch.Tensor:
    """The same numbers in float64; on the CPU where the device has none, as Apple's MPS."""
    return (scores.cpu() if scores.device.type == "mps" else scores).double()


def probabilities(scores: torch.Tensor, sampling: Sampling, seen: torch.Tensor | None = None) -> torch.Tensor:
    """Probability of each next token, (B, V) float64; all on one token at temperature 0. Raises ValueError as `best`."""
    kept = filter_scores(scores, sampling, seen)
    tokens = best(kept)
    if sampling.temperature == 0:
        return F.one_hot(torch.tensor(tokens), kept.shape[-1]).double()
    return in_float64(kept).softmax(dim=-1)


def pick(p: torch.Tensor, u: torch.Tensor) -> torch.Tensor:
    """The token at which the running sum of p (B, V) passes u (B,) in [0, 1): drawn with its probability if u is uniform.

    p need not sum to 1. Raises ValueError when a row of p has no positive, finite sum.
    """
    total = in_float64(p).cumsum(dim=-1)
    if not (total[:, -1] > 0).logical_and(total[:, -1].isfinite()).all():
        raise ValueError(
            "the probabilities of the next token do not have a positive, finite sum; nothing can be drawn"
        )
    # float32 rounds a u next to 1 up to 1, and no running sum passes that
    u = in_float64(u).clamp(max=1 - 2**-53).to(total.device)
    return torch.searchsorted(total, u[:, None] * total[:, -1:], right=True)[:, 0]


def choose(
    scores: torch.Tensor,
    sampling: Sampling,
    generators: Sequence[torch.Generator],
    seen: torch.Tensor | None = None,
) -> list[int]:
    """One token for each row of scores (B, V); each row has its torch.Generator (on the CPU), so it depends on no other.

    Raises ValueError when scores are not finite, as `best`.
    """
    if sampling.temperature == 0:
        penalised = sampling.repetition_penalty != 1
        return best(filter_scores(scores, sampling, seen) if penalised else scores)
    u = torch.cat([torch.rand(1, generator=g, dtype=torch.float64) for g in generators])
    return pick(probabilities(scores, sampling, seen), u).tolist()
