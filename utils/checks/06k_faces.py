# 6k · Faces
# Made from lessons/06k_faces.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
group_a: int = 250  # people of group A to learn from  in [20, 2000]
group_b: int = 50  # people of group B to learn from  in [10, 2000]
steps: int = 400  # training steps of each network  in [20, 20000]
margin: float = 0.2  # ArcFace's margin, in radians  in [0, 0.5]
rate: float = 0.001  # the false-match rate that is promised  in [0.0001, 0.05]
dataset: str = "digits"  # real images whose classes are compared  in {digits, mnist}

# %% 6k.1 asks about error_rates
import numpy as np

draws = np.random.default_rng(7)
cases = [
    ([0.9, 0.5, 0.3, 0.6, 0.1, -0.2, 0.2, -0.3, 0.0], [1, 0, 1, 1, 0, 0, 1, 0, 0], 0.5),
    ([0.9, 0.5, 0.3, 0.6, 0.1, -0.2], [1, 1, 1, 0, 0, 0], 0.5),
    ([0.9, 0.5, 0.3, 0.6, 0.1, -0.2, 0.5], [1, 0, 1, 1, 0, 0, 0], 0.5),
    ([-0.5, -0.1, 0.2], [0, 1, 0], -0.3),
    ([0.4, 0.4, 0.4, 0.4, 0.4], [1, 1, 0, 0, 0], 0.4),
    (draws.normal(size=40).round(1).tolist(), (draws.random(40) < 0.3).tolist(), 0.2),
    (draws.normal(size=31).round(1).tolist(), (draws.random(31) < 0.8).tolist(), -0.4),
]
for scores, same, threshold in cases:
    scores, same = np.array(scores), np.array(same, dtype=bool)
    match = scores >= threshold
    false_match, missed = int((match & ~same).sum()), int((~match & same).sum())
    want = false_match / (~same).sum(), missed / same.sum()
    strict = scores > threshold
    slips = {
        "false match comes first": want[::-1],
        "each error is a share of the pairs in which it can happen, not of all pairs": (
            false_match / len(same),
            missed / len(same),
        ),
        "those are the shares of right decisions": (1 - want[0], 1 - want[1]),
        "a score equal to the threshold matches": (
            (strict & ~same).sum() / (~same).sum(),
            (~strict & same).sum() / same.sum(),
        ),
        "each rate is a share of the pairs of one kind, not of the matches or the refusals": (
            false_match / max(1, match.sum()),
            missed / max(1, (~match).sum()),
        ),
        "those are counts; rates are wanted": (false_match, missed),
        "each rate has been divided by the number of pairs of the other kind": (
            false_match / same.sum(),
            missed / (~same).sum(),
        ),
    }
    c.close(
        error_rates(scores, same, threshold),
        want,
        what=f"{len(scores)} pairs, threshold {threshold}",
        hint="the denominators are the number of pairs of two people, and of one person",
        slips=slips,
    )

# %% 6k.2 asks about threshold_for
import math
import numpy as np

draws = np.random.default_rng(2)
cases = [
    # a promise is met exactly only at binary fractions: all right ways of counting round alike there
    # all slips differ here
    ([0.3, -0.5, 0.0, 0.05, 0.7, 0.6, 0.1, 0.2, 0.3, -0.2, 0.3, 0.8, 0.5, -0.1, -0.3, -0.4], 0.25),
    ([0.1, 0.2, 0.3, 0.4], 0.25),
    ([0.5, 0.3, 0.1, 0.4], 0.5),
    ([0.1, 0.2, 0.5, 0.5, 0.4], 0.2),
    ([0.1, 0.2, 0.5, 0.5, 0.4], 0.5),
    ([0.1, 0.4, 0.4, 0.4, 0.6], 0.5),
    ([-0.3, -0.2, -0.6], 0.34),
    ([0.1, 0.2, 0.3], 0.1),
    ([0.7], 1.0),
    ([0.2, 0.2, 0.2], 0.9),
    ([0.3, 0.1, 0.2], 1.0),
    (draws.normal(size=200).round(2).tolist(), 0.0325),
    (draws.normal(size=1000).round(3).tolist(), 0.0055),
    (draws.normal(size=100).round(1).tolist(), 0.305),
]
for others, share in cases:
    values = np.array(others)
    fit = [t for t in sorted(set(others)) if (values >= t).sum() <= share * len(values) + 1e-9]
    want = fit[0] if fit else math.inf
    strict = [t for t in sorted(set(others)) if (values > t).sum() <= share * len(values) + 1e-9]
    below = [t for t in sorted(set(others)) if (values >= t).sum() < share * len(values) - 1e-9]
    low = [t for t in sorted(set(others)) if (values <= t).sum() <= share * len(values) + 1e-9]
    place = len(values) - math.floor(share * len(values) + 1e-9)
    slips = {
        "equal cosines match together, and so break the promise": np.sort(values)[
            min(place, len(values) - 1)
        ],
        "a pair with exactly this cosine matches, too": strict[0],
        "exactly the promised share is allowed": below[0] if below else math.inf,
        "that is the largest that keeps the promise; the door need not be so strict": max(others)
        if fit
        else 2.0,
        "the cosines stand in any order; that is the first of them that keeps the promise": next(
            (t for t in others if t in fit), math.inf
        ),
        "strangers match at the high end, not at the low one": low[-1] if low else -math.inf,
        "a quantile lies between the cosines; one of them is wanted": np.quantile(values, 1 - share),
    }
    c.close(
        threshold_for(np.array(others), share),
        want,
        what=f"{len(others)} cosines, rate {share}",
        hint="for each different value count how many are at least as large",
        slips=slips,
    )

# %% 6k.3 asks about jackknife
import math
import numpy as np

draws = np.random.default_rng(11)

def made(P, share, common=0):
    """A symmetric table with a meaningless diagonal; the first `common` people match many."""
    upper = np.triu(draws.random((P, P)) < share, 1)
    upper[:common] |= np.triu(draws.random((P, P)) < 0.6, 1)[:common]
    return (upper | upper.T).astype(int) + np.diag(draws.integers(0, 2, P))

cases = [made(7, 0.3, 1), made(4, 0.5), made(3, 0.5), made(12, 0.1, 2), made(12, 0.0), made(30, 0.05, 3)]
cases.append(np.eye(5, dtype=int))
cases.append(np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 1, 1], [0, 0, 1, 0]]))
for table in cases:
    P, off = len(table), ~np.eye(len(table), dtype=bool)
    rate_of = lambda t: t[~np.eye(len(t), dtype=bool)].mean()  # noqa: E731
    left = np.array([rate_of(np.delete(np.delete(table, i, 0), i, 1)) for i in range(P)])
    rows = np.array([np.delete(table * off, i, 0).sum() / ((P - 1) * (P - 1)) for i in range(P)])
    r, spread = rate_of(table), ((left - left.mean()) ** 2).sum()
    with_diagonal = np.array([np.delete(np.delete(table, i, 0), i, 1).mean() for i in range(P)])
    se = math.sqrt((P - 1) / P * spread)
    slips = {
        "the diagonal means nothing and must not count": (
            table.mean(),
            math.sqrt((P - 1) / P * ((with_diagonal - with_diagonal.mean()) ** 2).sum()),
        ),
        "the diagonal is emptied, but its places are still counted": (
            (table * off).mean(),
            math.sqrt((P - 1) / P * spread) * (P - 2) / (P - 1),
        ),
        "a person who is gone takes row and column along": (
            r,
            math.sqrt((P - 1) / P * ((rows - rows.mean()) ** 2).sum()),
        ),
        "the row of a person who is gone is taken off, but the column stays": (r, se / 2),
        "with one person less, fewer places are left to be counted": (r, se * (P - 2) / P),
        "each pair has two places in the table": (r / 2, se / 2),
        "the sum is divided by P where it should be weighed otherwise": (r, math.sqrt(spread / P)),
        "the factor before the sum is missing": (r, math.sqrt(spread)),
        "that is the ordinary standard deviation of the shares": (r, math.sqrt(spread / (P - 1))),
        "the square root is missing": (r, se**2),
        "that treats all pairs as independent": (r, math.sqrt(r * (1 - r) / (P * (P - 1) / 2))),
        "standard error and share have changed places": (se, r),
    }
    c.close(
        jackknife(table),
        (r, se),
        what=f"{P} people, {int((table * off).sum()) // 2} pairs that match",
        hint="compute the share P times, each time without one row and its column",
        slips=slips,
        atol=1e-8,
    )

# %% 6k.4 asks about who_is_it
import math
import numpy as np

draws = np.random.default_rng(4)
rows = np.array([[30.0, 40.0], [4.0, 3.0], [0.0, 2.0], [-5.0, 0.0]])
cases = [
    ([2.0, 0.0], rows, ["Li", "Ma", "Li", "Wu"], 0.75, "Ma", "the cosine decides, not the length"),
    ([2.0, 0.0], rows, ["Li", "Ma", "Li", "Wu"], 0.85, None, "nobody reaches the threshold"),
    ([2.0, 0.0], rows, ["Li", "Ma", "Li", "Wu"], 0.8, "Ma", "a score equal to the threshold suffices"),
    (
        [1.0, 0.0],
        [[4.0, 3.0], [2.0, 0.1], [1.0, 0.1]],
        ["a", "b", "b"],
        0.5,
        "b",
        "the highest score is wanted, not the first that suffices",
    ),
    (
        [0.0, 5.0],
        [[0.1, 0.2], [0.0, 1.0], [9.0, 9.0]],
        ["a", "b", "c"],
        0.9,
        "b",
        "long rows must not win",
    ),
    (
        [1.0, 0.0],
        [[2.0, 0.0], [-2.0, 0.0], [4.0, 3.0]],
        ["a", "a", "b"],
        0.5,
        "a",
        "a customer's best row counts, not the mean",
    ),
    (
        [1.0, 0.0],
        [[4.0, 3.0], [4.0, 3.0], [4.0, 3.0], [2.0, 0.1]],
        ["a", "a", "a", "b"],
        0.5,
        "b",
        "a customer's best row counts, not the sum",
    ),
    (
        [1.0, 0.0],
        [[0.0, 1.0], [2.0, 0.0], [1.0, 0.0]],
        ["z", "b", "a"],
        0.5,
        "b",
        "of equals the first in `names` is wanted",
    ),
    ([1.0, 0.0], [[-1.0, 0.0], [-1.0, -1.0]], ["a", "b"], -0.8, "b", "a threshold may be negative"),
    ([1.0, 0.0], [[-1.0, 0.0]], ["a"], 0.5, None, "nobody reaches the threshold"),
    ([0.3, 0.0], [[5.0, 0.0]], [7], 1.0, 7, "names may be numbers"),
    ([0.3, 0.0], [[5.0, 0.0]], [0], 1.0, 0, "names may be numbers, 0 as well"),
]
for probe, gallery, names, limit, want, why in cases:
    got = who_is_it(np.array(probe), np.array(gallery), list(names), limit - 1e-9)
    c.true(got is not ..., "return a name or None")
    place = isinstance(got, (int, np.integer)) and isinstance(names[0], str)
    c.true(not place, f"owners {names}: {got} is the number of a row; the owner's name is wanted")
    if got == "Wu":
        why = "a vector that points the other way has the lowest cosine, not the highest"
    wanted = (
        got is None if want is None else (got is not None and got == want and not isinstance(got, bool))
    )
    c.true(
        bool(wanted),
        f"owners {names}, threshold {limit}: {got!r} is not the answer: {why}",
        "find the row with the highest cosine, then look at the threshold",
    )
for row, limit in (([4.0, 0.0], 1.0), ([0.0, 3.0], 0.0)):  # cosines without rounding
    got = who_is_it(np.array([2.0, 0.0]), np.array([row, [-1.0, 0.0]]), ["Li", "Ma"], limit)
    c.true(
        got is not None and got == "Li",
        f"a cosine of exactly {limit:g}, threshold {limit:g}: a score equal to the threshold suffices",
    )
for M, D in [(40, 8), (25, 3)]:
    gallery, names = (
        draws.normal(size=(M, D)) * draws.uniform(0.1, 9, (M, 1)),
        draws.integers(0, 9, M).tolist(),
    )
    for probe in draws.normal(size=(12, D)):
        cosine = [g @ probe / math.sqrt((g @ g) * (probe @ probe)) for g in gallery]
        best = int(np.argmax(cosine))
        want = names[best] if cosine[best] >= 0.5 else None
        got = who_is_it(probe, gallery, list(names), 0.5)
        fits = got is None if want is None else (got is not None and got == want)
        c.true(
            bool(fits),
            f"{M} random rows in {D} dimensions: another customer, or nobody, is wanted",
            "scale all vectors to length 1 first",
        )

# %% 6k.5 asks about choose_door
import math
import numpy as np

draws = np.random.default_rng(5)
Z = 1.959963984540054

def upper(hits, n, sign=1):
    p = hits / n
    root = Z * math.sqrt((p * (1 - p) + Z * Z / (4 * n)) / n)
    return (p + Z * Z / (2 * n) + sign * root) / (1 + Z * Z / n)

def bills(
    case,
    bound=upper,
    own_strict=False,
    others_strict=False,
    power=True,
    linear=False,
    missed=True,
    typed=True,
    typing_both=False,
):
    own, others, thresholds, customers, visits, tries, theft, refusal, typing = case
    costs = {}
    for name in ("with number", "face only"):
        for t in sorted(thresholds, reverse=True):
            hits = int((others > t).sum() if others_strict else (others >= t).sum())
            f = bound(hits, len(others))
            if name == "face only" and power:
                f = min(1.0, customers * f) if linear else 1 - (1 - f) ** customers
            no = (own <= t).mean() if own_strict else (own < t).mean()
            goodwill = typing if typed and (name == "with number" or typing_both) else 0
            costs[name, float(t)] = (
                visits * (goodwill + (refusal * no if missed else 0)) + tries * theft * f
            )
    return costs

def cosines(n, low, spread):
    return np.clip(draws.normal(low, spread, n), -1, 1).round(2)

grid = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
cases = [
    (cosines(400, 0.8, 0.15), cosines(3000, 0.0, 0.2), grid, 200, 5000, 50, 400.0, 2.0, 0.1),
    (cosines(400, 0.8, 0.15), cosines(3000, 0.0, 0.2), grid, 10, 5000, 5, 100.0, 2.0, 0.5),
    (cosines(300, 0.7, 0.15), cosines(2000, 0.1, 0.2), grid[::-1], 50, 2000, 100, 900.0, 1.0, 0.2),
    (cosines(300, 0.7, 0.15), cosines(500, 0.1, 0.2), grid, 3, 2000, 10, 50.0, 4.0, 0.6),
    (cosines(200, 0.7, 0.1), [0.1] * 1000, [0.5, 0.9], 500, 1000, 20, 300.0, 3.0, 0.0),
    ([0.9] * 50, [0.0] * 50, [0.3, 0.5, 0.7], 1, 100, 10, 10.0, 1.0, 0.5),
    ([0.9] * 50, [0.0] * 50, [0.7, 0.3, 0.5], 30, 100, 0, 10.0, 1.0, 0.0),
    ([0.5] * 40, [0.5] * 2 + [0.1] * 398, [0.5, 0.51], 20, 500, 5, 200.0, 5.0, 0.3),
]
for number, case in enumerate(cases):
    case = np.array(case[0]), np.array(case[1]), *case[2:]
    costs = bills(case)
    want = min(costs, key=lambda choice: round(costs[choice], 9))
    what = f"case {number + 1}: {case[3]} customers, {case[4]} visits, {case[5]} tries, theft {case[6]:g}, refusal {case[7]:g}, typing {case[8]:g}"
    got = choose_door(*case)
    c.true(got is not ..., "return three things: the door's name, the threshold, the cost")
    c.true(
        isinstance(got, (tuple, list)) and len(got) == 3,
        f"{what}: return three things: the door's name, the threshold, the cost",
    )
    door, cut, cost = got
    c.true(
        isinstance(door, str) and door in ("with number", "face only"),
        f"{what}: {door!r} is none of the two doors",
    )
    c.between(cut, -2, 2, what=f"{what}: the threshold")
    near = min(case[2], key=lambda t: abs(t - float(cut)))
    c.true(abs(near - float(cut)) < 1e-6, f"{what}: {float(cut)!r} is none of the thresholds")
    cut = float(near)
    slips = {}
    others = {
        "a trial with few false matches is no promise; the interval is missing": bills(
            case, bound=lambda h, n: h / n
        ),
        "that is the lower end of the interval": bills(case, bound=lambda h, n: upper(h, n, -1)),
        "a cosine equal to the threshold matches": bills(case, own_strict=True, others_strict=True),
        "a visit whose cosine is equal to the threshold is not refused": bills(case, own_strict=True),
        "a stranger whose cosine is equal to the threshold matches": bills(case, others_strict=True),
        "with the face only, a stranger is compared with every customer": bills(case, power=False),
        "chances of getting in do not simply add up": bills(case, linear=True),
        "refused visits cost, too": bills(case, missed=False),
        "typing the number costs, too": bills(case, typed=False),
        "nobody types a number where the face alone decides": bills(case, typing_both=True),
    }
    for sentence, theirs in others.items():
        chosen = min(theirs, key=lambda choice: round(theirs[choice], 9))
        if (door, cut) == chosen and abs(theirs[chosen] - costs[want]) > 1e-6:
            slips[sentence] = theirs[chosen]
    if (door, cut) != want:
        tied = abs(costs[door, cut] - costs[want]) < 1e-9
        reason = (
            "of equally cheap choices another one is preferred" if tied else "a cheaper choice exists"
        )
        slips[reason] = costs[door, cut] if not tied else -1.0
        c.true(not tied or abs(cost - costs[want]) > 1e-6, f"{what}: {reason}")
    c.close(
        cost,
        costs[want],
        what=f"{what}: cost of the year",
        slips=slips,
        hint="visits cost typing and refusals, tries cost thefts",
        rtol=1e-6,
        atol=1e-6,
    )
    c.true((door, cut) == want, f"{what}: the cost is right, but belongs to another door or threshold")
