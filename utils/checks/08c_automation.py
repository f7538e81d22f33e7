# 8c · Automation
# Made from lessons/08c_automation.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
dataset: str = "shop"  # the table of the search  in {shop, digits}
trials: int = 20  # budget of each search, in full trainings  in [8, 80]
repeats: int = 60  # how often each search is repeated  in [20, 500]
held: int = 200  # rows on which a trial is judged  in [50, 300]
watts: float = 60.0  # what this machine takes while it computes  in [1, 10000]
kwh: float = 0.3  # euros for a kilowatt-hour (invented)  in [0, 10]
model: str = "none"  # who proposes: none, smollm2, or the path of a GGUF file or folder

# %% 8c.1 asks about trials_needed
cases = [
    (432, 22, 0.95),
    (432, 22, 0.5),
    (10, 1, 0.85),
    (10, 1, 0.95),
    (6, 6, 0.99),
    (5, 4, 0.9),
    (1000, 50, 0.95),
    (40, 3, 0.8),
    (20, 15, 0.2),
    (10, 5, 0.5),
]

def wanted(total, good, level, back=False):
    missed, n = 1.0, 0
    while 1 - missed < level - 1e-12:
        missed *= (total - good) / total if back else (total - good - n) / (total - n)
        n += 1
    return n

for total, good, level in cases:
    got, want = trials_needed(total, good, level), wanted(total, good, level)
    what = f"{good} good of {total}, level {level}"
    if got == want - 1:
        c.fail(f"{what}: one fewer than needed", "does that many reach the level?")
    if got == want + 1 and got != wanted(total, good, level, back=True):
        c.fail(f"{what}: one more than needed", "would one fewer do?")
    if good < total and got != want and got == wanted(total, good, level, back=True):
        c.fail(f"{what}: that draws the same network again and again", "each miss leaves fewer networks")
    c.close(got, want, what=what, hint="multiply the chances of missing, one trial after the other")

# %% 8c.2 asks about next_trial
from scipy.stats import norm
import numpy as np

draws = np.random.default_rng(5)

def all_same(found, answers):
    return all(np.ndim(one) == 0 and one == other for one, other in zip(found, answers, strict=True))

def gain_of(mean, doubt, lowest, sign=1.0):
    z = sign * (lowest - mean) / np.where(doubt > 0, doubt, 1.0)
    return np.where(
        doubt > 0,
        sign * (lowest - mean) * norm.cdf(z) + doubt * norm.pdf(z),
        np.maximum(sign * (lowest - mean), 0),
    )

cases = [
    ([0.5, 0.3, 0.6], [0.1, 0.1, 0.1], [1, 1, 1], 0.4),
    ([0.5, 0.3, 0.6], [0.1, 0.1, 0.4], [1, 1, 1], 0.4),
    ([0.5, 0.3, 0.35], [0.1, 0.1, 0.1], [1, 4, 1], 0.4),
    ([0.2, 0.5], [0.0, 0.1], [1, 1], 0.3),
    ([0.5, 0.4], [0.0, 0.05], [1, 1], 0.3),
    ([0.9, 0.8, 0.7], [0.0, 0.0, 0.0], [1, 1, 2], 0.3),
    ([0.1, 0.25], [0.0, 0.3], [5, 1], 0.3),
    ([0.35, 0.4], [0.01, 0.3], [1, 1], 0.4),
    ([0.4, 0.35], [0.01, 0.1], [1, 1], 0.4),
    ([0.3, 0.35], [0.0, 0.1], [2, 1], 0.3),
    ([0.2, 0.0], [0.0, 0.0], [1, 2], 0.3),
    ([0.2, 0.15], [0.0, 0.0], [1, 2], 0.3),
    ([0.3, 0.3], [0.1, 0.3], [1, 2], 0.3),
    ([0.0, 0.25], [0.0, 0.0], [2, 1], 0.5),
    *((draws.random(6), draws.random(6), draws.random(6) + 0.5, 0.3) for _ in range(6)),
]
cases = [(*(np.array(v, dtype=float) for v in case[:3]), case[3]) for case in cases]
found = [next_trial(*(v.copy() for v in case[:3]), case[3]) for case in cases]
gains = [(gain_of(mean, doubt, lowest), euros) for mean, doubt, euros, lowest in cases]
turned = [gain_of(mean, doubt, lowest, -1.0) / euros for mean, doubt, euros, lowest in cases]
chances = [
    int((np.where(d > 0, norm.cdf((low - m) / np.where(d > 0, d, 1)), m < low) / e).argmax())
    for m, d, e, low in cases
]
with np.errstate(all="ignore"):
    bare = [
        int((((low - m) * norm.cdf((low - m) / d) + d * norm.pdf((low - m) / d)) / e).argmax())
        for m, d, e, low in cases
    ]
slips = {
    "that looks for higher losses": [int(gain.argmax()) for gain in turned],
    "the price is not counted": [int(gain.argmax()) for gain, _ in gains],
    "that is the chance of an improvement, not its size": chances,
    "a dear trial should count less, not more": [int((gain * euros).argmax()) for gain, euros in gains],
    "the lowest mean leaves out the doubt and the price": [int(mean.argmin()) for mean, *_ in cases],
    "0/0 where a place is certain and exactly as low as `lowest`: nothing is gained there": bare,
}
for sentence, answers in slips.items():
    c.true(not all_same(found, answers), sentence, "compare one place with the other by hand")
for got, case, (gain, euros) in zip(found, cases, gains, strict=True):
    c.equal(
        got,
        int((gain / euros).argmax()),
        what=f"means {case[0].round(2).tolist()}, doubts {case[1].round(2).tolist()}",
        hint="EI of the negative loss, divided by the price, with doubt 0 treated apart",
    )

# %% 8c.3 asks about play_cup
import numpy as np

draws = np.random.default_rng(8)

def played(
    scores,
    epochs,
    eta,
    afresh=False,
    late_tie=False,
    up=False,
    first=False,
    last=False,
    stop=False,
    ever=False,
):
    alive, spent, before, seen = list(range(len(scores))), 0, 0, []
    for level, now in enumerate(epochs):
        seen += [(-scores[i][level], i) for i in alive]
        spent += len(alive) * (now if afresh else now - before)
        before = now
        at = 0 if first else (len(epochs) - 1 if last else level)
        alive = sorted(alive, key=lambda i: (-scores[i][at], -i if late_tie else i))
        if level + 1 < len(epochs):
            kept = -(-len(alive) // eta) if up else len(alive) // eta
            alive = alive[: max(kept, 1)]
            if stop and len(alive) == 1:
                break
    return min(seen)[1] if ever else alive[0], spent

apart = [  # most slips below have a winner of their own, or a bill
    [0.30, 0.20, 0.50],
    [0.10, 0.60, 0.70],
    [0.80, 0.50, 0.30],
    [0.70, 0.95, 0.60],
    [0.60, 0.70, 0.65],
    [0.20, 0.10, 0.99],
    [0.55, 0.40, 0.20],
    [0.05, 0.30, 0.10],
]
cases = [
    (np.array(apart), [1, 3, 9], 2),
    (draws.random((9, 3)), [1, 3, 9], 3),
    (draws.random((27, 4)), [1, 3, 9, 27], 3),
    (draws.random((8, 3)), [2, 5, 11], 2),
    (draws.random((7, 3)), [1, 4, 8], 3),
    (draws.random((2, 3)), [1, 2, 4], 3),
    (np.array([[0.5, 0.7], [0.9, 0.7], [0.9, 0.7], [0.9, 0.7]]), [1, 5], 2),
    (np.array([[0.6, 0.6], [0.6, 0.9], [0.6, 0.9], [0.1, 1.0]]), [1, 2], 2),
    (np.array([[0.5, 0.7], [0.8, 0.7], [0.9, 0.7], [0.1, 0.9]]), [1, 2], 2),
    (draws.random((1, 2)), [3, 6], 2),
    (draws.random((5, 1)), [4], 2),
    (draws.random((8, 3)), [1, 2, 5], 3),
]
for scores, epochs, eta in cases:
    got = play_cup(scores.copy(), list(epochs), eta)
    c.true(
        (isinstance(got, (tuple, list)) and len(got) == 2) or np.shape(got) == (2,),
        "return two things: the winner and the epochs spent",
    )
    c.close(
        got,
        played(scores, epochs, eta),
        what=f"{len(scores)} networks, epochs {epochs}, eta {eta}",
        hint="level by level: pay for what is new, sort, keep; sort once more at the last level",
        slips={
            "training continues where it stopped, so nothing is paid twice": played(
                scores, epochs, eta, afresh=True
            ),
            "on a tie the lower index goes on": played(scores, epochs, eta, late_tie=True),
            "too many go on": played(scores, epochs, eta, up=True),
            "the lowest scores went on": played(-np.asarray(scores), epochs, eta),
            "the winner is the best at the last level; scores from half-way do not count": played(
                scores, epochs, eta, ever=True
            ),
            "the last one left is trained to the last level, too": played(scores, epochs, eta, stop=True),
            "each level is judged by its own scores": played(scores, epochs, eta, first=True),
            "that looks at the last level's scores before they are known": played(
                scores, epochs, eta, last=True
            ),
        },
    )

# %% 8c.4 asks about right_choice
from scipy.stats import binom
from scipy.stats import norm
import math
import numpy as np

for p, q, m in [
    (0.8, 0.7, 1),
    (0.8, 0.7, 2),
    (0.75, 0.72, 100),
    (0.9, 0.5, 10),
    (0.61, 0.6, 7),
    (1.0, 0.3, 3),
    (0.84, 0.8, 200),
    (0.5, 0.0, 2),
]:
    k = np.arange(m + 1)
    a, b = binom.pmf(k, m, p), binom.pmf(k, m, q)
    table = np.outer(a, b)  # hits of the better, hits of the worse
    wins, ties = np.tril(table, -1).sum(), np.trace(table)
    noise = math.sqrt((p * (1 - p) + q * (1 - q)) / m)
    c.close(
        right_choice(p, q, m),
        wins + ties / 2,
        rtol=1e-7,
        what=f"p {p}, q {q}, {m} rows",
        hint="sum over all pairs of counts: more hits count whole, equal ones half",
        slips={
            "ties are not counted at all": wins,
            "ties are counted whole": wins + ties,
            "that is the chance that the worse one is kept": 1 - wins - ties / 2,
            "one of the counts is left out": wins + ties / 2 - table[-1].sum() + table[-1, -1] / 2,
            "the highest count is left out": wins + ties / 2 - table[-1, -1] / 2,
            "that is the normal approximation": norm.cdf((p - q) / noise),
        },
    )

# %% 8c.5 asks about trials_to_buy
import math
import numpy as np

curve = [0.70, 0.76, 0.79, 0.81, 0.82, 0.825, 0.828, 0.83]
cases = [
    (curve, 0.72, 10.0, 1.0, 400.0, 2.0, 0.3),
    (curve, 0.72, 10.0, 2.0, 3000.0, 0.0, 3.0),
    (curve, 0.72, 1.0, 1.0, 400.0, 20.0, 0.3),
    (curve, 0.85, 100.0, 1.0, 400.0, 2.0, 0.3),
    (curve, 0.60, 10.0, 1.0, 400.0, 12.0, 0.3),
    (curve, 0.72, 1000.0, 0.5, 400.0, 2.0, 0.3),
    ([0.75, 0.875, 0.875], 0.5, 4.0, 1.0, 0.0, 50.0, 0.3),
    ([0.75], 0.5, 2.0, 1.0, 0.0, 50.0, 0.3),
    (curve, 0.72, 20.0, 3.0, 5000.0, 1.0, 1.0),
    (curve, 0.72, 3.0, 1.0, 2000.0, 1.5, 1.0),
    (curve, 0.72, 10.0, 4.0, 100.0, 3.0, 0.3),
    ([0.7, 0.76], 0.72, 1.0, 1.0, 0.0, 3.0, 0.3),
    ([0.76, 0.765, 0.8], 0.72, 1.0, 1.0, 0.0, 1.0, 0.3),
    ([0.8, 0.801, 0.802, 0.816], 0.72, 1.0, 1.0, 0.0, 1.0, 0.3),
]

def plan(
    truth, now, point, hours, watts, rent, kwh, zero=True, unit=1000, scale=100, power=True, last=False
):
    price = hours * (rent + (watts / unit * kwh if power else 0))
    gains = [0.0 if zero else -math.inf, *(max(v - now, 0) * scale * point for v in truth)]
    profit = [round(g - k * price, 9) for k, g in enumerate(gains)]
    return max(range(len(profit)), key=lambda k: (profit[k], k if last else -k))

found = [trials_to_buy(np.array(case[0]), *case[1:]) for case in cases]
slips = {
    "watts were taken for kilowatts": {"unit": 1},
    "accuracy was taken for percentage points": {"scale": 1},
    "the power is not paid": {"power": False},
    "buying nothing is a plan, too": {"zero": False},
    "on a tie the smaller number counts": {"last": True},
}
slipped = {sentence: [plan(*case, **how) for case in cases] for sentence, how in slips.items()}
slipped["the highest accuracy is not the highest profit"] = [
    int(np.argmax(case[0])) + 1 for case in cases
]
for sentence, answers in slipped.items():
    same = all(np.ndim(one) == 0 and one == other for one, other in zip(found, answers, strict=True))
    c.true(not same, sentence, "do one case by hand, with all its units")
for got, case in zip(found, cases, strict=True):
    terms = zip(("now", "point", "hours", "watts", "rent", "kwh"), case[1:], strict=True)
    c.close(
        got,
        plan(*case),
        what=", ".join(f"{name} {value:g}" for name, value in terms),
        hint="the profit of each plan from 0 to K: worth of the gain minus the price of k trials",
    )
