# 6m · Recommenders
# Made from lessons/06m_recommenders.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
customers: int = 1200  # customers of the generated shop  in [200, 20000]
parts: int = 300  # parts of the generated shop  in [100, 3000]
rounds: int = 24  # how often each may buy  in [10, 40]
epochs: int = 10  # passes over the purchases of each network  in [1, 100]
explore: float = 0.2  # share of places in the list given to chance, in the last part  in (0, 1)
dataset: str = "planted"  # whose purchases are ranked  in {planted, movietweetings}

# %% 6m.1 asks about recall_and_ndcg
import math
import numpy as np

draws = np.random.default_rng(3)
cases = [
    ([5, 9, 2, 7, 1], [2, 5, 8], 4),  # all slips differ here
    ([1, 9, 0], [0, 1, 2], 3),
    ([4, 3, 2, 1, 0], [0], 5),
    ([4, 3, 2, 1, 0], [0], 4),
    ([3, 8], [8, 3, 1, 2, 5, 7], 2),
    ([3, 8, 1], [8, 4], 10),
    ([3, 8], [8, 4, 1], 10),  # a list too short for all that she wants
    ([6, 2, 4, 7], [7, 2, 9, 1, 0, 3], 4),
    *(
        (draws.permutation(30).tolist(), draws.permutation(30)[:n].tolist(), k)
        for n, k in ((4, 10), (12, 10), (1, 20))
    ),
]
for ranked, wanted, k in cases:
    hit = np.isin(ranked[:k], wanted)
    worth = 1 / np.log2(np.arange(2, max(len(ranked), len(wanted), k) + 3))
    dcg, hits, n = float((hit * worth[: len(hit)]).sum()), int(hit.sum()), len(wanted)
    full = np.isin(ranked, wanted)
    ideal = worth[: min(n, k)].sum()
    want = hits / n, dcg / ideal
    late = float((hit * worth[1 : len(hit) + 1]).sum()) / ideal
    old = np.r_[1, worth]  # 1, 1, 1/log2(3), …
    early = float((hit * old[: len(hit)]).sum()) / old[: min(n, k)].sum()
    slips = {
        "recall comes first": want[::-1],
        "recall is a share of all her later purchases, not of the places in the list": (
            hits / k,
            want[1],
        ),
        "look at the first k places only": (
            full.sum() / n,
            float((full * worth[: len(full)]).sum()) / ideal,
        ),
        "the first place is worth 1": (want[0], late),
        "the second place is worth less than the first": (want[0], early),
        "a short list makes the best list no shorter": (
            want[0],
            dcg / worth[: min(n, k, len(ranked))].sum(),
        ),
        "the best list has no more than k places": (want[0], dcg / worth[:n].sum()),
        "the best list holds only parts that she bought": (want[0], dcg / worth[:k].sum()),
        "the best list holds all her parts that fit, not only those that were hit": (
            want[0],
            dcg / worth[: max(1, hits)].sum(),
        ),
        "NDCG is divided by what the best list gets": (want[0], dcg),
        "the logarithm has base 2": (want[0], dcg / math.log(2) / ideal),
    }
    c.close(
        recall_and_ndcg(ranked, wanted, k),
        want,
        what=f"{len(ranked)} parts ranked, {n} wanted, k = {k}",
        hint="find the places of the hits first, counted from 1",
        slips=slips,
    )

# %% 6m.2 asks about fold_in
import numpy as np

draws = np.random.default_rng(8)
cases = [
    (draws.integers(0, 3, 7), draws.normal(size=(7, 3)), 4.0, 0.5),
    (np.array([1, 0, 0, 1, 0]), draws.normal(size=(5, 2)), 10.0, 5.0),
    (np.array([2, 1, 3]), draws.normal(size=(3, 3)), 1.0, 0.1),
    (np.array([0, 5, 0, 1]), draws.normal(size=(4, 6)), 2.0, 1.0),
    (np.array([0, 0, 0, 0]), draws.normal(size=(4, 2)), 2.0, 1.0),
    (np.array([3, 0, 1]), draws.normal(size=(3, 1)), 0.0, 2.0),
]

def solved(weight, target, Y, reg):
    return np.linalg.solve(
        (Y * weight[:, None]).T @ Y + reg * np.eye(Y.shape[1]), Y.T @ (weight * target)
    )

for times, Y, alpha, reg in cases:
    one, p = (times > 0) * 1.0, (times > 0) * 1.0
    weight = 1 + alpha * times
    want = solved(weight, p, Y, reg)
    seen = times > 0
    slips = {
        "parts that she did not buy count, too, with weight 1": solved(weight * seen, p, Y, reg),
        "the weight grows with the number of purchases": solved(1 + alpha * one, p, Y, reg),
        "a purchase is a 1, however often; the number only makes it weigh more": solved(
            weight, times * 1.0, Y, reg
        ),
        "the weight belongs on both sides": np.linalg.solve(
            (Y * weight[:, None]).T @ Y + reg * np.eye(Y.shape[1]), Y.T @ p
        ),
        "the matrix on the left has no weights": np.linalg.solve(
            Y.T @ Y + reg * np.eye(Y.shape[1]), Y.T @ (weight * p)
        ),
        "the penalty is missing": np.linalg.lstsq(
            (Y * weight[:, None]).T @ Y, Y.T @ (weight * p), rcond=None
        )[0],
        "a purchase weighs more than alpha alone": solved(np.where(seen, alpha * times, 1.0), p, Y, reg),
        "what she did not buy weighs 1, not 0": solved(alpha * times, p, Y, reg),
        "weights enter once, not squared": solved(weight**2, p, Y, reg),
        "the penalty is not as strong as asked": solved(weight, p, Y, reg / 2),
    }
    c.close(
        fold_in(times, Y, alpha, reg),
        want,
        what=f"{len(times)} parts, vectors of {Y.shape[1]}, alpha {alpha:g}, reg {reg:g}",
        hint="the gradient is zero where a d × d matrix times x equals a vector",
        slips=slips,
        rtol=1e-5,
        atol=1e-8,
    )

# %% 6m.3 asks about in_batch_loss
import numpy as np
import torch

draws = np.random.default_rng(4)
for B, d, twice in ((3, 2, False), (4, 4, False), (2, 5, False), (6, 3, False), (5, 3, True)):
    xs, ys = draws.normal(size=(B, d)), draws.normal(size=(B, d))
    qs = draws.dirichlet(np.ones(B)) * 0.9
    if twice:
        ys[3], qs[3] = ys[1], qs[1]
    equal = (ys[:, None] == ys).all(axis=2) & ~np.eye(B, dtype=bool)  # (B, B)

    def loss_of(logits, axis=1):
        highest = logits.max(axis=axis, keepdims=True)
        total = np.log(np.exp(logits - highest).sum(axis=axis)) + highest.squeeze(axis)
        return total - np.diag(logits)

    logits = xs @ ys.T - np.log(qs)
    odds = np.exp(logits)
    chance = odds / odds.sum(axis=1, keepdims=True)
    right_left_out = np.log((odds * (1 - np.eye(B))).sum(axis=1)) - np.diag(logits)
    want = loss_of(logits)
    x_in, y_in = (torch.tensor(each, requires_grad=True) for each in (xs, ys))
    got = in_batch_loss(x_in, y_in, torch.tensor(qs))
    c.true(got is not ..., "return the loss")
    slips = {
        "the correction has the wrong sign": loss_of(xs @ ys.T + np.log(qs)).mean(),
        "the correction is missing, or the same for a whole row, where it changes nothing": loss_of(
            xs @ ys.T
        ).mean(),
        "the logarithm of the share is subtracted, not the share": loss_of(xs @ ys.T - qs).mean(),
        "each customer chooses among parts, not each part among customers": loss_of(
            logits, axis=0
        ).mean(),
        "the mean over the rows is wanted, not the sum": want.sum(),
        "the right answer's logit is corrected like all others": (want - np.log(qs)).mean(),
        "the right answer's logit is corrected, too": loss_of(
            xs @ ys.T - np.log(qs) * (1 - np.eye(B))
        ).mean(),
        "the wrong answers' logits are corrected, too": loss_of(
            xs @ ys.T - np.log(qs) * np.eye(B)
        ).mean(),
        "cross-entropy wants logits, not probabilities": loss_of(chance).mean(),
        "customers and parts have changed places": loss_of(ys @ xs.T - np.log(qs)).mean(),
        "the logarithm has base e, as everywhere": loss_of(xs @ ys.T - np.log2(qs)).mean(),
        "a part that another customer bought, too, stays among the others": loss_of(
            np.where(equal, -1e9, logits)
        ).mean(),
        "the right answer stays among the B": right_left_out.mean(),
        "that is the mean log-probability; a loss has the other sign": -want.mean(),
    }
    c.close(
        got,
        want.mean(),
        what=f"B = {B}, d = {d}{', one part twice' if twice else ''}",
        hint="logits (B, B), then cross-entropy with the row's own number",
        slips=slips,
        rtol=1e-5,
    )
    c.true(
        isinstance(got, torch.Tensor) and got.requires_grad,
        f"B = {B}: no gradient flows; return a tensor that torch has computed",
    )
    got.backward()
    slope = (chance - np.eye(B)) / B
    for name, given, right in (("customers", x_in, slope @ ys), ("parts", y_in, slope.T @ xs)):
        c.true(given.grad is not None, f"B = {B}: no gradient reaches the {name}")
        c.close(given.grad, right, what=f"B = {B}: gradient of the {name}", rtol=1e-4, atol=1e-7)

# %% 6m.4 asks about sampled_hit
import math

cases = [
    (9, 21, 7, 3),
    (5, 12, 4, 1),
    (1, 30, 10, 1),
    (30, 30, 10, 1),
    (30, 30, 10, 11),
    (4, 10, 9, 4),
    (5, 10, 9, 4),
]
cases += [
    (40, 300, 100, 10),
    (11, 300, 100, 10),
    (60, 300, 100, 10),
    (2, 2, 1, 1),
    (7, 9, 3, 3),
    (20, 50, 0, 1),
    (3, 8, 2, 5),
]

def chance(rank, candidates, negatives, k):
    """By adding one drawn part after the other: how many better ones so far."""
    now = [1.0]
    for drawn in range(negatives):
        left = candidates - 1 - drawn
        after = [0.0] * (len(now) + 1)
        for better, p in enumerate(now):
            up = max(0, rank - 1 - better) / left
            after[better] += p * (1 - up)
            after[better + 1] += p * up
        now = after
    return sum(now[:k])

def replaced(rank, candidates, negatives, k, among=None):
    up = (rank - 1) / ((among or candidates) - 1)
    return sum(
        math.comb(negatives, n) * up**n * (1 - up) ** (negatives - n)
        for n in range(min(k, negatives + 1))
    )

for case in cases:
    rank, candidates, negatives, k = case
    want = chance(*case)
    slips = {
        "fewer than k better ones may be drawn; k of them push it out": chance(
            rank, candidates, negatives, k + 1
        ),
        "up to k - 1 better ones may be drawn": chance(rank, candidates, negatives, k - 1),
        "the part itself is none of the better ones": chance(rank + 1, candidates + 1, negatives, k),
        "the right part is not drawn again: the others are one fewer": chance(
            rank, candidates + 1, negatives, k
        ),
        "nothing is drawn twice": replaced(*case),
        "that is the chance of a miss": 1 - want,
        "each drawn part counts: how many better ones in total, not none at all": chance(
            rank, candidates, negatives, 1
        ),
        "chance decides how many better ones are drawn: a hit is neither sure nor impossible here": float(
            (rank - 1) * negatives / max(1, candidates - 1) < k
        ),
        "that is the chance of exactly k - 1 better ones": chance(*case)
        - chance(rank, candidates, negatives, k - 1),
        "with a sample, a rank below k in the full list is no longer needed": float(rank <= k),
    }
    c.close(
        sampled_hit(rank, candidates, negatives, k),
        want,
        what=f"rank {rank} of {candidates}, {negatives} negatives, k = {k}",
        hint="of rank - 1 better and candidates - rank worse parts, how many draws have fewer than k better ones?",
        slips=slips,
        rtol=1e-6,
        atol=1e-9,
    )

# %% 6m.5 asks about choose_recommender
import math
import numpy as np

draws = np.random.default_rng(6)

def world(n, names, sharp=1.5, kinds=6):
    affinity = draws.normal(size=(n, kinds))

    def chances(scores):
        odds = np.exp(scores)
        return odds / odds.sum(axis=1, keepdims=True)

    old = chances(0.5 * draws.normal(size=(n, kinds)))
    shown = np.array([draws.choice(kinds, p=row) for row in old])
    liked = (draws.random(n) < 1 / (1 + np.exp(1 - affinity[np.arange(n), shown]))) * 1
    pick = np.arange(n), shown
    made = {
        name: chances(sharp * k * affinity + 0.3 * draws.normal(size=(n, kinds)))[pick]
        for k, name in enumerate(names)
    }
    return liked, old[pick], made

def judged(case, slip=""):
    """The choice when one thing is done differently; with no slip the right one."""
    liked, p_old, candidates, value, visits, cost, least = case
    best = ("keep", 0.0)
    for name, p_new in candidates.items():
        w = {"plain": p_new, "upside": p_old / np.maximum(p_new, 1e-9)}.get(slip, p_new / p_old)
        total, n, effective = w.sum(), len(w), w.sum() ** 2 / (w**2).sum()
        v = (w * liked).mean() if slip == "ips" else (w * liked).sum() / total
        square = {
            "share": v * (1 - v) / n,
            "plain rows": ((liked - v) ** 2).sum() / n**2,
            "once": (w * (liked - v) ** 2).sum() / total**2,
            "by n": (w**2 * (liked - v) ** 2).sum() / n**2,
            "effective share": v * (1 - v) / effective,
            "no centre": (w**2 * liked).sum() / total**2,
        }.get(slip, (w**2 * (liked - v) ** 2).sum() / total**2)
        error = square if slip == "no root" else math.sqrt(max(square, 0))
        end = v - 1.96 * error * {"point": 0, "upper": -1, "one error": 1 / 1.96}.get(slip, 1)
        gain = visits * value * (end - liked.mean() * (slip != "no rival")) - cost * (slip != "free")
        if (effective >= least or slip == "few rows") and gain > best[1]:
            best = name, float(gain)
    return best

def plain_to_see(n=200):
    """A log in which every slip above gains something, so that each can be told by its number."""
    liked, p_old = np.arange(n) % 2, draws.uniform(0.05, 0.2, n)
    w = np.where(liked, np.where(draws.random(n) < 0.6, 2.2, 0.2), draws.uniform(0.5, 0.9, n))
    few = np.where((np.arange(n) < 20) & (liked == 1), 0.9, 0.001)
    return liked, p_old, {"new": p_old * w, "few": few}, 0.5, 40_000, 50.0, 50

cases = [
    plain_to_see(),
    (*world(400, ["same", "new", "sharper"]), 0.5, 40_000, 1000.0, 50),
    (*world(400, ["same", "new", "sharper"]), 0.5, 40_000, 1000.0, 220),
    (*world(300, ["a", "b"]), 0.5, 4000, 5000.0, 10),
    (*world(600, ["b", "a", "c", "d"], sharp=0.8), 2.0, 10_000, 200.0, 100),
    (*world(200, ["one", "two"], sharp=3.0), 1.0, 1000, 0.0, 20),
    (np.array([1, 0, 1, 0]), np.full(4, 0.5), {"x": np.full(4, 0.5)}, 1.0, 100, 0.0, 1),
]
twin = np.array([0.9, 0.1, 0.9, 0.1, 0.8, 0.1, 0.9, 0.2])
# the wild one has the higher estimate, the calm one the higher lower end
rows = np.arange(80)
calm = np.where(rows % 2, 0.65, 0.35)
wild = np.where(rows % 4 == 1, 0.8, np.where(rows % 8 == 0, 0.6, 0.1))
cases += [
    (rows % 2, np.full(80, 0.5), {"wild": wild, "calm": calm}, 1.0, 1000, 10.0, 40),
    (
        np.array([1, 0, 1, 0, 1, 0, 1, 0]),
        np.full(8, 0.5),
        {"late": twin, "again": twin},
        1.0,
        1000,
        10.0,
        2,
    ),
    # effective rows exactly as many as asked for
    (np.array([1, 0, 1, 0]), np.full(4, 0.5), {"x": np.array([0.5, 0, 0.5, 0])}, 1.0, 1000, 10.0, 2),
    # a gain of exactly 0, and nobody to choose
    (np.ones(4), np.full(4, 0.5), {"x": np.full(4, 0.5)}, 1.0, 100, 0.0, 1),
    (np.array([1, 0, 1, 0]), np.full(4, 0.5), {}, 1.0, 100, 0.0, 1),
]
for number, case in enumerate(cases, 1):
    want = judged(case)
    what = f"case {number}: {len(case[0])} rows, candidates {', '.join(case[2]) or 'none'}"
    got = choose_recommender(*case)
    c.true(
        got if got is ... else isinstance(got, (tuple, list)) and len(got) == 2,
        f"{what}: return a name and the gain",
    )
    name, gain = got
    c.true(not isinstance(gain, str), f"{what}: the name comes first, then the gain")
    c.true(
        isinstance(name, str) and name in ("keep", *case[2]),
        f"{what}: {name!r} is no candidate's name, nor keep",
    )
    sentences = {
        "point": "be careful: the lower end of the interval decides",
        "upper": "the lower end is wanted, not the upper one",
        "one error": "the lower end lies more than one standard error below",
        "ips": "SNIPS divides by the sum of the weights",
        "share": "the standard error is that of the weighted rows",
        "plain rows": "the rows of the standard error have weights, too",
        "effective share": "the standard error comes from the rows themselves, not from a formula for shares",
        "no root": "the root is missing in the standard error",
        "once": "in the standard error the weights are squared",
        "by n": "the standard error, too, is divided by the sum of the weights",
        "no centre": "the standard error measures how far the rows are from the estimate",
        "plain": "a weight compares the new probability with the old one",
        "upside": "the weights are upside down",
        "no rival": "only what exceeds the log's own mean is a gain",
        "free": "switching costs",
        "few rows": "a candidate with too few effective rows is out",
    }
    variants = [(sentence, judged(case, slip)) for slip, sentence in sentences.items()]
    slips = {
        sentence: other[1]
        for sentence, other in variants
        if other[0] == name and abs(other[1] - want[1]) > 0.02
    }
    if want[0] != "keep" and name == "keep":
        c.true(False, f"{what}: a candidate has a gain above 0 and enough effective rows")
    if name != want[0]:
        better = "another candidate is to be chosen"
        none = "no candidate with enough effective rows has one above 0"
        slips[none if want[0] == "keep" else better] = gain
    c.close(
        gain,
        want[1],
        what=f"{what}: the gain",
        slips=slips,
        hint="the lower end against the log's mean, in euros of a whole year; then the cost",
        rtol=1e-6,
        atol=0.01,  # a cent
    )
    first = "a gain of 0 is not above 0" if want[0] == "keep" else "another candidate comes first"
    c.true(name == want[0], f"{what}: the gain is right, but {first}")
