"""Intervals, paired tests and calibration: against references that were computed in another way, and by their coverage."""

import math

import numpy as np
import pytest
import scipy.stats
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, roc_auc_score

from utils import stats
from utils.errors import CourseError
from utils.repro import numpy_stream

LEVELS = [0.8, 0.95, 0.999]
COUNTS = [(0, 10), (1, 10), (10, 10), (85, 100), (9700, 10_000)]


def draws(name: str, *index: int) -> np.random.Generator:
    return numpy_stream(0, f"test {name}", *index)


# ------------------------------------------------------------------------------
# shares


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("hits", "n"), COUNTS)
def test_intervals_of_a_share_equal_scipy(hits, n, level):
    referee = scipy.stats.binomtest(hits, n)
    for ours, method in [(stats.wilson, "wilson"), (stats.clopper_pearson, "exact")]:
        theirs = referee.proportion_ci(level, method)
        assert ours(hits, n, level) == pytest.approx((theirs.low, theirs.high), rel=1e-9, abs=1e-12)
        assert all(type(end) is float and 0 <= end <= 1 for end in ours(hits, n, level))


def test_wilson_takes_a_fraction_of_a_hit():
    low, high = stats.wilson(8.5, 10)
    assert stats.wilson(8, 10).low < low < stats.wilson(9, 10).low
    # its ends solve the equation that defines it
    for p in (low, high):
        assert abs(0.85 - p) == pytest.approx(1.959963985 * math.sqrt(p * (1 - p) / 10), rel=1e-8)


def covered(interval, n: int, p: float) -> float:
    """Exact share of experiments whose interval holds p."""
    inside = [low <= p <= high for low, high in (interval(hits, n) for hits in range(n + 1))]
    return float(scipy.stats.binom.pmf(np.arange(n + 1), n, p) @ inside)


def test_coverage_of_a_share():
    truths = np.linspace(0.02, 0.98, 97)
    exact = [covered(stats.clopper_pearson, 30, p) for p in truths]
    wilson = [covered(stats.wilson, 30, p) for p in truths]
    assert min(exact) >= 0.95
    assert 0.945 < np.mean(wilson) < 0.96 < np.mean(exact)


@pytest.mark.parametrize("level", LEVELS)
def test_rule_of_three_is_the_share_that_would_just_stay_silent(level):
    for n in (1, 10, 3000):
        assert (1 - stats.rule_of_three(n, level)) ** n == pytest.approx(1 - level)
    assert stats.rule_of_three(3000) == pytest.approx(3 / 3000, rel=0.01)
    # half of the two-sided interval's tail: Clopper-Pearson at level 2·level - 1
    assert stats.rule_of_three(10, level) == pytest.approx(stats.clopper_pearson(0, 10, 2 * level - 1).high)


@pytest.mark.parametrize(
    ("counts", "ends"),
    # Newcombe 1998, table II, method 10
    [((56, 70, 48, 80), (0.0524, 0.3339)), ((9, 10, 3, 10), (0.1705, 0.8090))],
)
def test_two_proportions_equal_newcombe_s_examples(counts, ends):
    found = stats.two_proportions(*counts)
    assert (found.low, found.high) == pytest.approx(ends, abs=5e-5)
    a, n, b, m = counts
    assert found.difference == pytest.approx(a / n - b / m)
    table = [[a, n - a], [b, m - b]]
    assert found.p == pytest.approx(scipy.stats.chi2_contingency(table, correction=False).pvalue)
    mirrored = stats.two_proportions(b, m, a, n)
    assert mirrored == pytest.approx((-found.difference, -found.high, -found.low, found.p))


def test_two_shares_that_are_both_perfect_do_not_differ():
    found = stats.two_proportions(10, 10, 20, 20)
    assert (found.difference, found.p) == (0, 1)
    assert found.low < 0 < found.high


def test_coverage_of_a_difference_of_shares():
    n, m, a, b = 25, 40, 0.7, 0.45
    weights = np.outer(*(scipy.stats.binom.pmf(np.arange(k + 1), k, p) for k, p in [(n, a), (m, b)]))
    ends = np.array([[stats.two_proportions(i, n, j, m)[1:3] for j in range(m + 1)] for i in range(n + 1)])
    inside = (ends[..., 0] <= a - b) & (a - b <= ends[..., 1])
    assert (weights * inside).sum() == pytest.approx(0.95, abs=0.01)


# ------------------------------------------------------------------------------
# one sample


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("n", [2, 20, 500])
def test_mean_interval_equals_scipy(n, level):
    values = draws("mean", n).normal(3, 2, size=n)
    theirs = scipy.stats.ttest_1samp(values, 0).confidence_interval(level)
    assert stats.mean_interval(values, level) == pytest.approx((theirs.low, theirs.high))


def test_coverage_of_mean_interval_with_few_values():
    """1.96 standard errors of five values cover 88 %, not 95 %."""
    samples = draws("coverage").normal(size=(4000, 5))
    ends = np.array([stats.mean_interval(sample) for sample in samples])
    # standard error of the share: 0.0034
    assert ((ends[:, 0] < 0) & (ends[:, 1] > 0)).mean() == pytest.approx(0.95, abs=0.012)
    half = 1.96 * samples.std(axis=1, ddof=1) / 5**0.5
    assert (np.abs(samples.mean(axis=1)) < half).mean() == pytest.approx(0.88, abs=0.02)


@pytest.mark.parametrize("statistic", [np.mean, np.median, np.std])
def test_bootstrap_equals_scipy_s_percentiles(statistic):
    values = draws("sample").exponential(size=80)
    ours = stats.bootstrap_interval(values, statistic, rng=draws("ours"), draws=20_000)
    theirs = scipy.stats.bootstrap(
        (values,), statistic, method="percentile", n_resamples=20_000, rng=draws("theirs")
    ).confidence_interval
    width = theirs.high - theirs.low
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.03 * width)


def test_bootstrap_in_blocks_draws_the_same(monkeypatch):
    values = draws("sample").normal(size=50)
    whole = stats.bootstrap_interval(values, rng=draws("blocks"), draws=300)
    monkeypatch.setattr(stats, "BLOCK", 50 * 7)
    assert stats.bootstrap_interval(values, rng=draws("blocks"), draws=300) == whole


def test_coverage_of_the_bootstrap():
    samples = draws("bootstrap coverage").exponential(size=(600, 100))
    rng = draws("bootstrap draws")
    ends = np.array([stats.bootstrap_interval(sample, rng=rng, draws=500) for sample in samples])
    assert ((ends[:, 0] < 1) & (ends[:, 1] > 1)).mean() == pytest.approx(0.94, abs=0.03)


def test_groups_are_drawn_whole():
    rng = draws("groups")
    effects, groups = rng.normal(size=40), np.repeat(np.arange(40), 25)
    values = effects[groups] + 0.1 * rng.normal(size=1000)
    by_group = stats.bootstrap_interval(values, rng=rng, groups=groups)
    # a thousand values, but only forty that are independent: as the interval of the forty means
    width = np.subtract(*stats.mean_interval(values.reshape(40, 25).mean(axis=1))[::-1])
    assert by_group.high - by_group.low == pytest.approx(width, rel=0.1)
    alone = stats.bootstrap_interval(values, rng=rng)
    assert alone.high - alone.low < 0.3 * width
    single = stats.bootstrap_interval(values[:100], rng=rng, groups=np.arange(100), draws=8000)
    ungrouped = stats.bootstrap_interval(values[:100], rng=rng, draws=8000)
    assert single == pytest.approx(ungrouped, abs=0.02)


# ------------------------------------------------------------------------------
# the same examples


@pytest.mark.parametrize("n", [2, 12, 300])
def test_paired_t_equals_scipy(n):
    rng = draws("pairs", n)
    a, b = rng.normal(size=n) + 0.2, rng.normal(size=n)
    theirs = scipy.stats.ttest_rel(a, b)
    ends = theirs.confidence_interval(0.9)
    assert stats.paired_t(a, b, 0.9) == pytest.approx(((a - b).mean(), ends.low, ends.high, theirs.pvalue))


def test_paired_bootstrap_sees_what_two_separate_intervals_hide():
    rng = draws("hard and easy")
    difficulty = rng.normal(size=200)
    a, b = difficulty + 0.1 + 0.2 * rng.normal(size=200), difficulty + 0.2 * rng.normal(size=200)
    found = stats.paired_bootstrap(a, b, rng=rng)
    assert found.value == pytest.approx((a - b).mean())
    assert 0 < found.low < found.value < found.high
    assert (found.low, found.high) == pytest.approx(stats.paired_t(a, b)[1:3], abs=0.01)
    separate = [stats.bootstrap_interval(x, rng=rng) for x in (a, b)]
    assert separate[0].low < separate[1].high


@pytest.mark.parametrize("n", [2, 4, 11])
def test_sign_flip_is_exact_for_few_pairs(n):
    rng = draws("signs", n)
    a, b = rng.integers(5, size=n) / 10, rng.integers(5, size=n) / 10
    theirs = scipy.stats.permutation_test((a - b,), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert stats.sign_flip(a, b, rng=rng) == pytest.approx(theirs.pvalue)


def test_sign_flip_for_many_pairs():
    rng = draws("many signs")
    b = rng.normal(size=400)
    a = b + 0.1 + rng.normal(size=400)
    expected = stats.paired_t(a, b).p
    assert 0.001 < expected < 0.9
    # standard error of a p-value from 9,999 draws: below 0.005
    assert stats.sign_flip(a, b, rng=rng) == pytest.approx(expected, abs=0.015)
    assert stats.sign_flip(b + 1, b, rng=rng, draws=99) == 0.01
    assert stats.sign_flip(b, b, rng=rng, draws=99) == 1
    assert stats.sign_flip([3], [1], rng=rng) == 1  # one pair can never tell


def test_sign_flip_keeps_its_level():
    rng = draws("level")
    found = [stats.sign_flip(rng.normal(size=8), rng.normal(size=8), rng=rng) for _ in range(1000)]
    # 5 % promised; the standard error of the share is 0.7 %
    assert np.mean(np.array(found) <= 0.05) == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (3, 3), (1, 9), (25, 8), (0, 6)])
def test_mcnemar_is_a_coin_over_the_disagreements(only_a, only_b):
    a = np.repeat([1, 0, 1, 0], [only_a, only_b, 20, 7])
    b = np.repeat([0, 1, 1, 0], [only_a, only_b, 20, 7])
    both = only_a + only_b
    coin = scipy.stats.binomtest(only_a, both).pvalue if both else 1.0
    assert stats.mcnemar(a, b) == pytest.approx((only_a, only_b, coin))
    assert stats.mcnemar(b == 1, a == 1) == pytest.approx((only_b, only_a, coin))


# ------------------------------------------------------------------------------
# probabilities


def forecasts(n=2000):
    rng = draws("forecasts")
    p = rng.random(n) ** 2
    return p, (rng.random(n) < p**1.3).astype(int)


@pytest.mark.parametrize("bins", [1, 7, 10])
def test_bins_equal_scikit_learn_s(bins):
    p, y = forecasts()
    size, said, was = stats.calibration_bins(p, y, bins)
    true, stated = calibration_curve(y, p, n_bins=bins)
    assert (was[size > 0], said[size > 0]) == (pytest.approx(true), pytest.approx(stated))
    assert size.sum() == len(p)


def test_bins_of_equal_count_equal_scikit_learn_s():
    p, y = forecasts()
    size, said, was = stats.calibration_bins(p, y, 8, equal_count=True)
    true, stated = calibration_curve(y, p, n_bins=8, strategy="quantile")
    assert (was, said) == (pytest.approx(true), pytest.approx(stated))
    assert size.tolist() == [250] * 8
    assert stats.calibration_bins(p[:10], y[:10], 3, equal_count=True).size.tolist() == [4, 3, 3]


def test_the_ends_and_edges_of_bins():
    p = [0.0, 0.1, 0.5, 0.999, 1.0]
    assert stats.calibration_bins(p, [1] * 5).size.tolist() == [1, 1, 0, 0, 0, 1, 0, 0, 0, 2]


def test_calibration_error_of_a_boaster_and_an_honest_one():
    assert stats.calibration_error(np.full(1000, 0.9), np.arange(1000) % 2) == pytest.approx(0.4)
    honest = draws("honest").random(100_000)
    came = draws("came").random(100_000) < honest
    for equal_count in (False, True):
        assert stats.calibration_error(honest, came, equal_count=equal_count) < 0.01
    # by hand: bins {0.1, 0.2} and {0.8, 0.9, 0.9}
    found = stats.calibration_error([0.8, 0.1, 0.9, 0.2, 0.9], [1, 0, 0, 1, 1], bins=2)
    assert found == pytest.approx(2 / 5 * abs(0.15 - 1 / 2) + 3 / 5 * abs(2.6 / 3 - 2 / 3))
    thirds = stats.calibration_error([0.8, 0.1, 0.9, 0.2], [1, 0, 0, 1], bins=2, equal_count=True)
    assert thirds == pytest.approx(abs(0.15 - 0.5) / 2 + abs(0.85 - 0.5) / 2)


def test_brier_and_its_parts():
    p, y = forecasts()
    for rounded in (p, p.round(1)):
        found = stats.brier(rounded, y)
        assert found.score == pytest.approx(brier_score_loss(y, rounded))
        assert found.score == pytest.approx(found.reliability - found.resolution + found.uncertainty)
        assert found.uncertainty == pytest.approx(y.mean() * (1 - y.mean()))
    # nothing but the base rate: no lie, no difference seen
    base = stats.brier(np.full(len(y), y.mean()), y)
    assert base == pytest.approx((base.uncertainty, 0, 0, base.uncertainty))
    # by hand: said 0.2 twice (0 of 2 came), said 0.6 twice (1 of 2 came); base rate 1/4
    assert stats.brier([0.2, 0.2, 0.6, 0.6], [0, 0, 0, 1]) == pytest.approx(
        (0.15, (0.04 + 0.01) / 2, (1 / 16 + 1 / 16) / 2, 3 / 16)
    )


# ------------------------------------------------------------------------------
# ranking


def scored(n, m, gap, name="scores", *index):
    rng = draws(name, *index)
    labels = np.repeat([1, 0], [n, m])
    return rng.normal(size=n + m) + gap * labels, labels


def test_auc_equals_scikit_learn_with_ties():
    scores, labels = scored(60, 90, 1.0)
    for values in (scores, scores.round(0), np.zeros(150)):
        assert stats.auc(values, labels).value == pytest.approx(roc_auc_score(labels, values))


def test_delong_equals_its_definition_over_all_pairs():
    """The variance from the matrix of all pairs, as DeLong et al. write it."""
    scores, labels = scored(12, 17, 0.8)
    scores = scores.round(1)
    above, below = scores[labels == 1], scores[labels == 0]
    won = (above[:, None] > below) + 0.5 * (above[:, None] == below)  # (n, m)
    error = math.sqrt(np.var(won.mean(1), ddof=1) / 12 + np.var(won.mean(0), ddof=1) / 17)
    found = stats.auc(scores, labels, 0.9)
    half = scipy.stats.norm.ppf(0.95) * error
    assert found == pytest.approx((won.mean(), won.mean() - half, min(won.mean() + half, 1)))


def test_coverage_of_delong():
    truth = scipy.stats.norm.cdf(1 / 2**0.5)
    ends = np.array([stats.auc(*scored(60, 60, 1.0, "delong", n))[1:] for n in range(800)])
    # the standard error of the share is 0.8 %
    assert ((ends[:, 0] < truth) & (truth < ends[:, 1])).mean() == pytest.approx(0.945, abs=0.025)


def test_two_rankings_of_the_same_examples():
    scores, labels = scored(80, 120, 1.0)
    worse = scores + draws("blur").normal(size=200)
    found = stats.compare_auc(scores, worse, labels)
    assert found.difference == pytest.approx(roc_auc_score(labels, scores) - roc_auc_score(labels, worse))
    # against the bootstrap over both classes, which shares nothing with it but the data
    rng, gains = draws("again"), []
    for _ in range(1000):
        pick = np.concatenate([rng.integers(80, size=80), 80 + rng.integers(120, size=120)])
        gains.append(stats.auc(scores[pick], labels[pick]).value - stats.auc(worse[pick], labels[pick]).value)
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * np.std(gains), rel=0.1)
    z = found.difference / ((found.high - found.low) / 2 / 1.959963985)
    assert found.p == pytest.approx(2 * scipy.stats.norm.sf(z))
    assert stats.compare_auc(scores, scores, labels) == (0, 0, 0, 1)


# ------------------------------------------------------------------------------
# errors

RNG = np.random.default_rng(0)
WRONG = {
    "more hits than tries": (lambda: stats.wilson(11, 10), "11 of 10 is no share"),
    "negative hits": (lambda: stats.clopper_pearson(-1, 10), "-1 of 10 is no share"),
    "no tries": (lambda: stats.two_proportions(0, 0, 1, 2), "0 of 0 is no share"),
    "no trials": (lambda: stats.rule_of_three(0), "0 of 0 is no share"),
    "percent": (lambda: stats.wilson(1, 10, 95), "level lies between 0 and 1, like 0.95; 95 does not"),
    "one value": (lambda: stats.mean_interval([1]), r"2 numbers or more is needed, not shape \(1,\)"),
    "a table": (lambda: stats.mean_interval(np.ones((3, 2))), r"not shape \(3, 2\)"),
    "words": (lambda: stats.mean_interval(["a", "b"]), "a list of numbers is needed"),
    "nan": (lambda: stats.bootstrap_interval([1, math.nan], rng=RNG), "number 1 is nan or infinite"),
    "groups": (lambda: stats.bootstrap_interval([1, 2], rng=RNG, groups=[1]), "one name for each"),
    "one group": (lambda: stats.bootstrap_interval([1, 2], rng=RNG, groups=[1, 1]), "two groups or more"),
    "lengths": (lambda: stats.paired_t([1, 2], [1, 2, 3]), "same examples, so 2 and 3 cannot be"),
    "constant gain": (lambda: stats.paired_t([1.1, 2.1], [1, 2]), "same everywhere"),
    "not binary": (lambda: stats.mcnemar([0, 2], [0, 1]), "right_a and right_b are 0 or 1"),
    "outside": (lambda: stats.brier([0.5, 1.5], [0, 1]), "these reach from 0.5 to 1.5"),
    "outcomes": (lambda: stats.calibration_error([0.5, 0.5], [0, 3]), "outcomes are 0 or 1"),
    "no bins": (lambda: stats.calibration_bins([0.5], [1], 0), "1 examples cannot be put into 0 bins"),
    "many bins": (lambda: stats.calibration_bins([0.5], [1], 2, equal_count=True), "into 2 bins"),
    "one class": (lambda: stats.auc([1, 2, 3], [1, 1, 0]), "at least two examples of each class"),
    "no scatter": (
        lambda: stats.compare_auc([1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 0, 0]),
        "no scatter to judge it by",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_bad_input_gets_one_sentence(case):
    call, message = WRONG[case]
    with pytest.raises(CourseError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_models_that_are_equal_everywhere_do_not_differ():
    assert stats.paired_t([1.0, 2.0], [1.0, 2.0]) == (0, 0, 0, 1)
