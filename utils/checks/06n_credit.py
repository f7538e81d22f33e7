# 6n · Credit
# Made from lessons/06n_credit.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
applicants: int = 4000  # applicants to learn from  in [500, 50000]
loss: float = 5.0  # what an unpaid bill costs, in profits of a paid one  in [1, 20]
lottery: float = 0.1  # share of the refused whom a lot accepts  in [0.02, 1]
shock: float = 0.7  # a crisis: so much is added to everybody's log-odds of default  in [0, 2]
dataset: str = "planted"  # the table of 6n.12  in {planted, german_credit, default_credit}

# %% 6n.1 asks about information_value
import numpy as np

draws = np.random.default_rng(3)

def value_of(
    values,
    borders,
    bad,
    extra=1.0,
    blanks=True,
    side="right",
    shares="counted",
    turned=False,
    empty=True,
):
    values, bad = np.array(values), np.array(bad)
    if blanks is False:
        values, bad = values[~np.isnan(values)], bad[~np.isnan(values)]
    k, base = len(borders) + (1 if blanks == "on top" else 2), bad.mean()
    bins = np.where(np.isnan(values), k - 1, np.searchsorted(borders, values, side=side))
    members = np.arange(k)[:, None] == bins  # (k, n)
    counts = np.stack([members @ (1 - bad), members @ bad])  # two of (k,) -> (2, k): good, bad
    more = extra * np.array([1 - base, base])[:: -1 if turned else 1, None]
    if not empty:
        counts = counts[:, members.any(axis=1)]
    total = {"counted": counts + more, "bare": counts, "of all": np.full((2, 1), len(bad))}[shares]
    there = (counts + more > 0).all(axis=0)
    share = ((counts if shares == "bare" else counts + more) / total.sum(axis=1, keepdims=True))[:, there]
    good, lost = (counts + more)[:, there]
    return float(((share[0] - share[1]) * (np.log(good / lost) - np.log((1 - base) / base))).sum())

def case(n, k, blank, share):
    values = draws.normal(size=n).round(1)
    values[draws.random(n) < blank] = np.nan
    bad = (draws.random(n) < np.where(np.isnan(values), 0.6, share - 0.1 * np.nan_to_num(values))).astype(
        int
    )
    return values, np.sort(draws.choice(np.arange(-15, 16) / 10, k, replace=False)), bad

cases = [
    (np.array([1.0, 1.0, 2.0, 2.0, 3.0, np.nan]), np.array([2.0]), np.array([1, 0, 0, 0, 0, 1])),
    case(40, 3, 0.2, 0.3),
    case(60, 4, 0.0, 0.4),
    case(25, 1, 0.3, 0.5),
    (np.array([0.5, 0.7, 0.9, 0.2]), np.array([0.0, 1.0]), np.array([1, 0, 0, 1])),
]
for values, borders, bad in cases:
    blank = int(np.isnan(values).sum())
    what = f"values: {len(values)}, borders: {len(borders)}, blanks: {blank}"
    own = (
        "blanks are a bin of their own, not the top one"
        if blank
        else "the bin for blanks is always there"
    )
    want = value_of(values, borders, bad)
    c.close(
        information_value(values, borders, bad),
        want,
        what=what,
        hint="good and bad in each bin, with the average applicant; their shares; differences times logarithms",
        slips={
            "the sign is turned: good minus bad, and the evidence is good for good": -want,
            "blanks are a bin of their own": value_of(values, borders, bad, blanks=False),
            "the average applicant of each bin is missing": value_of(values, borders, bad, extra=0.0),
            "a value on a border belongs to the bin above": value_of(values, borders, bad, side="left"),
            own: value_of(values, borders, bad, blanks="on top"),
            "shares are of all good and of all bad, not of all applicants": value_of(
                values, borders, bad, shares="of all"
            ),
            "the shares count the average applicants, too": value_of(values, borders, bad, shares="bare"),
            "`base` is the share of the bad": value_of(values, borders, bad, turned=True),
            "that is the mean over the bins, not the sum": want / (len(borders) + 2),
            "that is a logarithm to base 2; evidence is a natural one": want / np.log(2),
            "half an applicant is not one": value_of(values, borders, bad, extra=0.5),
            "a bin that nobody is in is a bin, too": value_of(values, borders, bad, empty=False),
        },
    )

# %% 6n.2 asks about pooled
import numpy as np

draws = np.random.default_rng(11)
cases = [
    np.array([1.0, 3.0, 2.0, 0.0, 5.0]),
    np.array([0.0, 1.0, 0.0, 1.0]),
    np.array([1.0, 2.0, 3.0]),
    np.array([3.0, 2.0, 1.0]),
    np.array([2.0]),
    (draws.random(30) < np.linspace(0.1, 0.9, 30)).astype(float),
    draws.normal(size=25).round(2),
    np.array([-1.0, -1.0, -4.0, 2.0, 2.0]),
]
for outcomes in cases:
    n = len(outcomes)
    sums = np.concatenate([[0.0], np.cumsum(outcomes)])
    want = [
        max(min((sums[b + 1] - sums[a]) / (b + 1 - a) for b in range(i, n)) for a in range(i + 1))
        for i in range(n)
    ]
    once = []  # pools a new number with the last block only once
    for value in outcomes:
        once.append([value, 1])
        if len(once) > 1 and once[-1][0] / once[-1][1] < once[-2][0] / once[-2][1]:
            total, size = once.pop()
            once[-1] = [once[-1][0] + total, once[-1][1] + size]
    halves = []  # the mean of means
    for value in outcomes:
        halves.append([float(value), 1])
        while len(halves) > 1 and halves[-1][0] < halves[-2][0]:
            mean, size = halves.pop()
            halves[-1] = [(halves[-1][0] + mean) / 2, halves[-1][1] + size]
    c.close(
        pooled(outcomes),
        want,
        what=f"{n} outcomes that begin {outcomes[:4].tolist()}",
        hint="blocks of sum and size; pool backwards for as long as the last mean is below the one before it",
        slips={
            "that never falls, but it is the highest number so far, not the nearest": np.maximum.accumulate(
                outcomes
            ),
            "the pooled block may be below the one before it in turn": np.concatenate(
                [np.full(s, t / s) for t, s in once]
            ),
            "the mean of two blocks must count how large each is": np.concatenate(
                [np.full(s, m) for m, s in halves]
            ),
            "sorted numbers belong to other people": np.sort(outcomes),
            "that never rises": [
                -max(
                    min(-(sums[b + 1] - sums[a]) / (b + 1 - a) for b in range(i, n)) for a in range(i + 1)
                )
                for i in range(n)
            ],
        },
    )

# %% 6n.3 asks about report_worth
import numpy as np

cases = [
    ([0.5, 0.5], [0.1, 0.5], 80.0, 400.0),
    ([0.8, 0.2], [0.02, 0.3], 80.0, 400.0),
    ([0.8, 0.2], [0.05, 0.4], 80.0, 400.0),
    ([0.5, 0.5], [0.05, 0.1], 80.0, 400.0),
    ([0.3, 0.7], [0.3, 0.6], 80.0, 400.0),
    ([0.2, 0.3, 0.5], [0.6, 0.02, 0.2], 50.0, 120.0),
    ([0.9, 0.1], [0.1, 0.9], 100.0, 100.0),
    ([1.0], [0.1], 30.0, 90.0),
]
for chances, after, gain, cost in cases:
    w, p = np.array(chances), np.array(after)
    yes = gain * (1 - p) - cost * p
    before = float(w @ yes)
    informed = float(w @ np.maximum(yes, 0))
    plain = float(np.maximum(yes, 0).mean() - max(yes.mean(), 0))
    level = informed - max(float(yes.mean()), 0)
    c.close(
        report_worth(np.array(chances), np.array(after), gain, cost),
        informed - max(before, 0),
        what=f"chances {chances}, after {after}, gain {gain:g}, cost {cost:g}",
        hint="the best decision after each thing said, weighted; minus the best decision without it",
        slips={
            "that is what you earn with the report; how much is it without?": informed,
            "without the report you may refuse, too": informed - before,
            "with the report you may refuse, too": before - max(before, 0),
            "the things said do not come equally often": plain,
            "the chance before the report is weighted by how often each thing is said": level,
            "an unpaid bill earns no gain": float(
                w @ np.maximum(gain - cost * p, 0) - max(w @ (gain - cost * p), 0)
            ),
            "the sign is turned": max(before, 0) - informed,
        },
    )

# %% 6n.4 asks about forced_rate
cases = [
    (0.75, 0.9, 0.6),
    (0.6, 0.9, 0.6),
    (0.5, 0.8, 0.9),
    (0.7, 1.0, 0.4),
    (0.9, 0.5, 0.5),
    (0.3, 0.6, 0.5),
    (0.8, 0.75, 0.5),
    (0.4, 0.5, 0.0),
    (0.95, 0.9, 0.9),
    (0.5, 0.5, 1.0),
]
for good, pays, reached in cases:
    rate = good * reached * (1 - pays) / pays / (1 - good)
    what = f"good {good:g}, pays {pays:g}, reached {reached:g}"
    got = forced_rate(good, pays, reached)
    if rate > 1 + 1e-9:
        c.true(got is not ..., "return a number or None")
        c.true(got is None, f"{what}: no rule can do that, yet the answer is {got!r}")
        continue
    c.true(got is not None, f"{what}: there is such a rule, but the answer is None")
    c.close(
        got,
        rate,
        what=what,
        hint="with 100 applicants: good ones approved, all approved, bad ones approved, bad ones",
        slips={
            "that is the share of bad ones among the approved": 1 - pays,
            "that is the share of the bad ones who are refused": 1 - rate,
            "that is a share of all applicants, not of the bad ones": rate * (1 - good),
            "that is a share of the good ones": rate * (1 - good) / good,
            "the approved are not the good ones approved; some do not pay": good
            * reached
            * (1 - pays)
            / (1 - good),
            "the approved who pay are the good ones approved": reached * (1 - pays) / pays,
        },
    )

# %% 6n.5 asks about cheapest_way
import itertools

def summed(person):
    return 10 * person["income"] - 8 * person["debt"] - 5 * person["late"] - person["age"]

def product(person):  # two small changes do what neither does alone
    return 100 - person["debt"] * person["late"]

def peak(person):  # more is not always better
    return 20 - (person["limit"] - 3) ** 2 - 2 * person["late"]

debts, lates = [(2, 5), (1, 8), (0, 14)], [(2, 2), (1, 5), (0, 9)]
person = {"income": 2, "debt": 3, "late": 3, "age": 4}
cases = [
    (person, {"debt": debts, "late": lates}, summed, -15),
    (person, {"debt": debts, "late": lates}, summed, -23),
    (person, {"debt": debts, "late": lates}, summed, -10),
    (person, {"debt": debts, "late": lates}, summed, 30),
    (person, {"debt": debts, "late": lates}, summed, -24),
    (person, {}, summed, 0),
    (person, {"income": [(3, 9)], "debt": debts, "late": lates}, summed, 22),
    (person, {"debt": [(2, 4)], "late": [(2, 4)]}, summed, -19),
    (person, {"income": [(3, 9)], "debt": debts, "late": lates}, summed, 4),
    ({"debt": 6, "late": 5}, {"debt": [(5, 1), (1, 9)], "late": [(4, 1), (0, 11)]}, product, 80),
    ({"debt": 6, "late": 5}, {"debt": [(5, 1), (1, 9)], "late": [(4, 1), (0, 11)]}, product, 81),
    ({"debt": 6, "late": 5}, {"debt": [(5, 1), (1, 10)], "late": [(4, 1), (0, 9)]}, product, 95),
    ({"limit": 9, "late": 1}, {"limit": [(1, 8), (3, 6), (4, 5), (7, 2)], "late": [(0, 2)]}, peak, 17),
    ({"limit": 9, "late": 1}, {"limit": [(3, 7)], "late": [(0, 1)]}, peak, 20),
    (person, {"debt": [(2, 4)], "late": [(2, 2)], "age": [(1, 2)]}, summed, -15),
    (person, {"age": [(1, 2)], "late": [(2, 2)], "debt": [(2, 4)]}, summed, -15),
    (person, {"late": [(2, 3)], "debt": [(2, 4), (1, 7)]}, summed, -17),
]
for number, (now, options, points, limit) in enumerate(cases):
    ways = []
    for chosen in itertools.product(*[[None, *ways_of] for ways_of in options.values()]):
        moves = {n: w for n, w in zip(options, chosen, strict=True) if w is not None}
        changed = {n: v for n, (v, _) in moves.items()}
        if points({**now, **changed}) >= limit:
            ways.append((sum(e for _, e in moves.values()), len(moves), changed))
    ways.sort(key=lambda way: way[:2])
    want = ways[0][2] if ways else None
    what = f"case {number + 1}, limit {limit}"
    got = cheapest_way(now, options, points, limit)
    c.true(got is not ..., "return a dict or None")
    c.true(got is None or isinstance(got, dict), f"{what}: return a dict of changes, or None")
    if want is None:
        c.true(got is None, f"{what}: no changes suffice here, yet the answer is {got}")
        continue
    c.true(got is not None or want != {}, f"{what}: she is approved as she is, but the answer is None")
    c.true(got is not None, f"{what}: changes that suffice exist, but the answer is None")
    odd = [n for n, v in got.items() if v not in [value for value, _ in options.get(n, [])]]
    c.true(not odd, f"{what}: {', '.join(map(str, odd))} is no change that she can make")
    score = points({**now, **got})
    c.true(score >= limit, f"{what}: with {got} she is still refused")
    effort = sum(dict(options[n])[v] for n, v in got.items())
    c.true(
        effort <= ways[0][0] + 1e-9,
        f"{what}: {got} suffices, but takes more effort than needed",
        hint="compare all combinations, also those of several small changes",
    )
    c.true(len(got) <= ways[0][1], f"{what}: of equal efforts, fewer changes are wanted")
