"""How sure a number is: intervals, comparisons of two models on the same examples, and calibration.

Every interval covers the truth in `level` of all repetitions, 0.95 unless told. Whatever draws at random takes a NumPy
generator, such as `numpy_stream(seed, "bootstrap")`. Bad input raises CourseError.
"""

import itertools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import special

from utils.errors import CourseError

Statistic = Callable[..., np.ndarray]


class Interval(NamedTuple):
    """Both ends of an interval."""

    low: float
    high: float


class Estimate(NamedTuple):
    """A value and both ends of its interval."""

    value: float
    low: float
    high: float


class Comparison(NamedTuple):
    """First minus second, both ends of its interval, and the two-sided p-value of "there is no difference"."""

    difference: float
    low: float
    high: float
    p: float


def _numbers(values: Any, what: str = "values", least: int = 1) -> np.ndarray:
    """A one-dimensional float array without holes, (n,)."""
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise CourseError(f"{what}: a list of numbers is needed; {error}.") from error
    if array.ndim != 1 or len(array) < least:
        raise CourseError(f"{what}: a list of {least} numbers or more is needed, not shape {array.shape}.")
    if not np.isfinite(array).all():
        raise CourseError(f"{what}: number {int(np.argmin(np.isfinite(array)))} is nan or infinite.")
    return array


def _pair(a: Any, b: Any, what: str = "a and b", least: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Two arrays of numbers about the same examples, (n,) each."""
    first, second = _numbers(a, what, least), _numbers(b, what, least)
    if len(first) != len(second):
        raise CourseError(f"{what} are about the same examples, so {len(first)} and {len(second)} cannot be.")
    return first, second


def _binary(values: np.ndarray, what: str) -> np.ndarray:
    if not np.isin(values, (0, 1)).all():
        raise CourseError(f"{what} are 0 or 1, false or true.")
    return values


def _counts(hits: float, n: float) -> None:
    if not (n > 0 and 0 <= hits <= n):
        raise CourseError(f"{hits} of {n} is no share: hits lie between 0 and n, and n above 0.")


def _tail(level: float) -> float:
    """The probability left out at the upper end."""
    if not 0 < level < 1:
        raise CourseError(f"level lies between 0 and 1, like 0.95; {level} does not.")
    return (1 - level) / 2


def _z(level: float) -> float:
    return float(-special.ndtri(_tail(level)))


def _two_sided(z: float) -> float:
    return float(2 * special.ndtr(-abs(z)))


def _ratio(difference: float, error: float) -> float:
    """A difference in standard errors; 0 for two models that do not differ anywhere."""
    if error > 1e-12 * abs(difference):
        return difference / error
    if difference:
        raise CourseError("The difference is the same everywhere, so a test has no scatter to judge it by.")
    return 0.0


# ------------------------------------------------------------------------------
# shares


def wilson(hits: float, n: float, level: float = 0.95) -> Interval:
    """The true shares p for which `hits` of n would not surprise: |hits/n - p| ≤ z·√(p(1-p)/n). Wilson 1927.

    Never outside 0…1, and good for small n; hits may be a fraction.
    """
    _counts(hits, n)
    p, z2 = hits / n, _z(level) ** 2
    centre = p + z2 / (2 * n)
    half = math.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n**2)))
    return Interval(max((centre - half) / (1 + z2 / n), 0.0), min((centre + half) / (1 + z2 / n), 1.0))


def clopper_pearson(hits: int, n: int, level: float = 0.95) -> Interval:
    """The "exact" interval of a share: it never covers less than `level`, often more. Clopper & Pearson 1934."""
    _counts(hits, n)
    tail = _tail(level)
    low = special.betaincinv(hits, n - hits + 1, tail) if hits > 0 else 0.0
    high = special.betaincinv(hits + 1, n - hits, 1 - tail) if hits < n else 1.0
    return Interval(float(low), float(high))


def rule_of_three(n: int, level: float = 0.95) -> float:
    """Largest share of failures that n trials without one leave plausible: 1 - (1 - level)^(1/n), about 3/n at 0.95.

    One-sided. Source: Hanley & Lippman-Hand 1983, JAMA 249.
    """
    _counts(0, n)
    _tail(level)
    return -math.expm1(math.log1p(-level) / n)


def two_proportions(hits_a: int, n_a: int, hits_b: int, n_b: int, level: float = 0.95) -> Comparison:
    """Two shares on *different* examples; for the same examples use `mcnemar`.

    Interval: Newcombe 1998, method 10, from both Wilson intervals. p: the z-test with a common share.
    """
    (low_a, high_a), (low_b, high_b) = wilson(hits_a, n_a, level), wilson(hits_b, n_b, level)
    a, b, common = hits_a / n_a, hits_b / n_b, (hits_a + hits_b) / (n_a + n_b)
    error = math.sqrt(common * (1 - common) * (1 / n_a + 1 / n_b))
    low = a - b - math.hypot(a - low_a, high_b - b)
    high = a - b + math.hypot(high_a - a, b - low_b)
    return Comparison(a - b, low, high, _two_sided(_ratio(a - b, error)))


# ------------------------------------------------------------------------------
# means and other statistics of one sample


def mean_interval(values: Any, level: float = 0.95) -> Interval:
    """Student's interval of a mean: mean ± t·s/√n, with n - 1 degrees of freedom. values (n,), n ≥ 2, independent."""
    values = _numbers(values, least=2)
    n = len(values)
    half = special.stdtrit(n - 1, 1 - _tail(level)) * values.std(ddof=1) / math.sqrt(n)
    return Interval(float(values.mean() - half), float(values.mean() + half))


BLOCK = 4_000_000  # numbers drawn at a time, 32 MB


def bootstrap_interval(
    values: Any,
    statistic: Statistic = np.mean,
    *,
    rng: np.random.Generator,
    groups: Any = None,
    level: float = 0.95,
    draws: int = 2000,
) -> Interval:
    """Percentile interval of statistic(values, axis=-1), from samples drawn from values (n,) with replacement.

    groups (n,): examples of one group (a patient, a customer) belong together, and whole groups are drawn.
    Too narrow for small samples and for extremes. Source: Efron & Tibshirani 1993, chapter 13.
    """
    values, tail = _numbers(values, least=2), _tail(level)
    if groups is None:
        found = _redraw(values, statistic, rng, draws)
    else:
        found = _redraw_groups(values, groups, statistic, rng, draws)
    low, high = np.quantile(found, [tail, 1 - tail])
    return Interval(float(low), float(high))


def _redraw(values: np.ndarray, statistic: Statistic, rng: np.random.Generator, draws: int) -> np.ndarray:
    """The statistic of `draws` new samples, (draws,)."""
    n = len(values)
    step = max(BLOCK // n, 1)
    sizes = [min(step, draws - start) for start in range(0, draws, step)]
    return np.concatenate([statistic(values[rng.integers(n, size=(size, n))], axis=-1) for size in sizes])


def _redraw_groups(
    values: np.ndarray, groups: Any, statistic: Statistic, rng: np.random.Generator, draws: int
) -> np.ndarray:
    names, which = np.unique(np.asarray(groups), return_inverse=True)
    if which.shape != values.shape or len(names) < 2:
        raise CourseError("groups: one name for each of the values, and two groups or more.")
    parts = [values[which == number] for number in range(len(names))]
    picks = rng.integers(len(parts), size=(draws, len(parts)))
    return np.array([statistic(np.concatenate([parts[i] for i in pick]), axis=-1) for pick in picks])


# ------------------------------------------------------------------------------
# two models, the same examples


def paired_t(a: Any, b: Any, level: float = 0.95) -> Comparison:
    """Mean of a - b with Student's interval and test; a, b (n,): scores of two models on the same examples or seeds."""
    a, b = _pair(a, b, least=2)
    gain = a - b
    low, high = mean_interval(gain, level)
    t = _ratio(float(gain.mean()), gain.std(ddof=1) / math.sqrt(len(gain)))
    return Comparison(float(gain.mean()), low, high, float(2 * special.stdtr(len(gain) - 1, -abs(t))))


def paired_bootstrap(a: Any, b: Any, *, rng: np.random.Generator, **options: Any) -> Estimate:
    """Mean of a - b and its bootstrap interval; a, b (n,) on the same examples; options of `bootstrap_interval`."""
    a, b = _pair(a, b, least=2)
    return Estimate(float((a - b).mean()), *bootstrap_interval(a - b, rng=rng, **options))


EXACT = 14  # examples: up to here all 2**n signs are tried


def sign_flip(a: Any, b: Any, *, rng: np.random.Generator, draws: int = 9999) -> float:
    """Two-sided p-value of "a and b could change places in every pair": how often random signs give as large a mean.

    Exact up to 14 pairs. Beyond, (1 + hits)/(1 + draws), which is never 0. Source: Phipson & Smyth 2010.
    """
    a, b = _pair(a, b)
    gain = a - b
    least = abs(gain.sum()) - 1e-9 * np.abs(gain).sum()  # ties count, whatever the rounding
    if len(gain) <= EXACT:
        signs = np.array(list(itertools.product((-1, 1), repeat=len(gain))))
        return float((np.abs(signs @ gain) >= least).mean())
    hits = sum(abs((rng.integers(2, size=len(gain)) * 2 - 1) @ gain) >= least for _ in range(draws))
    return float((1 + hits) / (1 + draws))


class McNemar(NamedTuple):
    """Examples that only one of two models got right, and the two-sided p-value of "both are equally good"."""

    only_a: int
    only_b: int
    p: float


def mcnemar(right_a: Any, right_b: Any) -> McNemar:
    """Exact test of two classifiers on the same examples; right_a, right_b (n,) of 0 and 1.

    Where both are right or both wrong they tell nothing; the rest would be a fair coin. Source: McNemar 1947.
    """
    a, b = (_binary(right, "right_a and right_b") for right in _pair(right_a, right_b, "right_a and right_b"))
    only_a, only_b = int(((a == 1) & (b == 0)).sum()), int(((a == 0) & (b == 1)).sum())
    p = 2 * special.bdtr(min(only_a, only_b), only_a + only_b, 0.5) if only_a + only_b else 1.0
    return McNemar(only_a, only_b, min(float(p), 1.0))


# ------------------------------------------------------------------------------
# probabilities


def _forecasts(p: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    p, y = _pair(p, y, "probabilities and outcomes")
    if p.min() < 0 or p.max() > 1:
        raise CourseError(f"probabilities lie in 0…1; these reach from {p.min():g} to {p.max():g}.")
    return p, _binary(y, "outcomes")


class Bins(NamedTuple):
    """For each bin (K,): number of examples, their mean probability, their share of ones; 0 and 0 where it is empty."""

    size: np.ndarray
    said: np.ndarray
    was: np.ndarray


def _binned(p: np.ndarray, y: np.ndarray, which: np.ndarray, bins: int) -> Bins:
    size = np.bincount(which, minlength=bins)
    said, was = (np.bincount(which, values, bins) / np.maximum(size, 1) for values in (p, y))
    return Bins(size, said, was)


def calibration_bins(p: Any, y: Any, bins: int = 10, *, equal_count: bool = False) -> Bins:
    """What a reliability diagram shows. p (n,): stated probabilities; y (n,): 1 where it came true (or the answer was right).

    Bins of equal width, [0, 1/K), …, [1 - 1/K, 1]; or, with equal_count, K parts of the sorted p that differ by one at most.
    """
    p, y = _forecasts(p, y)
    if not 1 <= bins <= (len(p) if equal_count else math.inf):
        raise CourseError(f"{len(p)} examples cannot be put into {bins} bins.")
    if not equal_count:
        return _binned(p, y, np.minimum((p * bins).astype(int), bins - 1), bins)
    which = np.empty(len(p), dtype=int)
    for number, part in enumerate(np.array_split(np.argsort(p, kind="stable"), bins)):
        which[part] = number
    return _binned(p, y, which, bins)


def calibration_error(p: Any, y: Any, bins: int = 10, *, equal_count: bool = False) -> float:
    """ECE: mean of |stated - happened| over bins, weighted by their size. Naeini et al. 2015; p, y as in `calibration_bins`.

    Above 0 for perfect forecasts too, because bins are samples; so compare only at equal n and bins.
    """
    size, said, was = calibration_bins(p, y, bins, equal_count=equal_count)
    return float((size * np.abs(said - was)).sum() / size.sum())


class Brier(NamedTuple):
    """score = reliability - resolution + uncertainty: lies told, differences seen, and what nobody can help."""

    score: float
    reliability: float
    resolution: float
    uncertainty: float


def brier(p: Any, y: Any) -> Brier:
    """Mean of (p - y)², and its three parts; p, y (n,). Brier 1950, Murphy 1973.

    Examples with the very same p make a group; round p first for larger ones.
    """
    p, y = _forecasts(p, y)
    values, which = np.unique(p, return_inverse=True)
    size, said, was = _binned(p, y, which, len(values))
    share, base = size / len(p), y.mean()
    parts = (share * (said - was) ** 2).sum(), (share * (was - base) ** 2).sum(), base * (1 - base)
    return Brier(float(((p - y) ** 2).mean()), *map(float, parts))


# ------------------------------------------------------------------------------
# ranking


def _placements(scores: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """For each positive the share of negatives below it, and for each negative the share of positives above; ties half."""
    scores, labels = _pair(scores, labels, "scores and labels")
    ones = _binary(labels, "labels") == 1
    if min(ones.sum(), (~ones).sum()) < 2:
        raise CourseError("labels: at least two examples of each class are needed.")
    below, above = np.sort(scores[~ones]), np.sort(scores[ones])

    def beaten(these: np.ndarray, by: np.ndarray) -> np.ndarray:
        return (np.searchsorted(by, these, "left") + np.searchsorted(by, these, "right")) / (2 * len(by))

    return beaten(scores[ones], below), 1 - beaten(scores[~ones], above)


def _delong_error(of_ones: np.ndarray, of_zeros: np.ndarray) -> float:
    return math.sqrt(of_ones.var(ddof=1) / len(of_ones) + of_zeros.var(ddof=1) / len(of_zeros))


def auc(scores: Any, labels: Any, level: float = 0.95) -> Estimate:
    """Chance that a positive scores above a negative, ties half, with its interval. scores (n,); labels (n,) of 0 and 1.

    DeLong et al. 1988. Too narrow near 1: when no pair is in the wrong order, it has no width at all.
    """
    of_ones, of_zeros = _placements(scores, labels)
    value, half = float(of_ones.mean()), _z(level) * _delong_error(of_ones, of_zeros)
    return Estimate(value, max(value - half, 0.0), min(value + half, 1.0))


def compare_auc(a: Any, b: Any, labels: Any, level: float = 0.95) -> Comparison:
    """AUC of scores a minus that of scores b on the same examples, (n,) each. DeLong et al. 1988."""
    (ones_a, zeros_a), (ones_b, zeros_b) = _placements(a, labels), _placements(b, labels)
    difference, error = float((ones_a - ones_b).mean()), _delong_error(ones_a - ones_b, zeros_a - zeros_b)
    half = _z(level) * error
    return Comparison(difference, difference - half, difference + half, _two_sided(_ratio(difference, error)))
