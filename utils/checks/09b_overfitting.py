# 9b · Overfitting
# Made from lessons/09b_overfitting.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
images: int = 120  # images to learn from, in the race  in [60, 190]
carelessness: float = 0.3  # share of labels that the careless clerk types at random  in [0.1, 0.8]
hidden: int = 64  # hidden units of the network  in [32, 512]
steps: int = 60  # training steps  in [40, 2000]
repeats: int = 5  # repetitions of the race, each with its own images, labels and weights  in [3, 50]

# %% 9b.1 asks about shrunk
import numpy as np

draws = np.random.default_rng(3)
cases = [
    (np.array([3.0, -3.0, 0.5, -0.5, 0.0]), 1.0),
    (np.array([1.7, -1.7, 2.1, -1.6]), 1.7),
    (np.array([[0.3, -4.0], [5.0, -0.2]]), 0.25),
    (draws.normal(size=(3, 4)), 0.7),
    (draws.normal(size=6), 0.0),
    (np.array(-1.5), 0.5),
]
for a, s in cases:
    want = np.sign(a) * np.maximum(np.abs(a) - s, 0)
    slips = {
        "that is the answer for L2": a / (1 + s),
        "small weights are moved past zero; is the curve lowest there?": a - s * np.sign(a),
        "large weights are not moved, small ones cut: their slope is not balanced": a * (np.abs(a) > s),
        "negative weights deserve the mirror image": np.maximum(a - s, 0),
        "the sign is lost": np.maximum(np.abs(a) - s, 0),
        "the weight is moved twice as far as the slopes balance": np.sign(a)
        * np.maximum(np.abs(a) - 2 * s, 0),
        "the weight is moved half as far as the slopes balance": np.sign(a)
        * np.maximum(np.abs(a) - s / 2, 0),
        "small weights jump to the penalty's strength": np.clip(a, -s, s),
    }
    c.close(
        shrunk(a, s),
        want,
        what=f"a of shape {a.shape}, s = {s}",
        hint="compare the slope of the first term with the two slopes of |w|",
        slips=slips,
    )

# %% 9b.2 asks about bias_and_variance
import math
import numpy as np
import torch

draws = np.random.default_rng(3)
hint = "do your two numbers add up to the mean squared error of the single networks?"
for R, N, K in ((4, 6, 3), (2, 5, 4), (10, 3, 2), (3, 1, 5)):
    p, y = draws.dirichlet(np.ones(K), size=(R, N)), draws.integers(K, size=N)
    far = ((p.mean(0) - np.eye(K)[y]) ** 2).sum(1).mean()
    spread = p.var(0, ddof=1).sum(1).mean()
    plain_spread = p.var(0).sum(1).mean()
    got = bias_and_variance(p, y)
    c.true(
        isinstance(got, (tuple, list, np.ndarray, torch.Tensor)) and len(got) == 2,
        "two numbers are asked for",
    )
    want = np.array([far - spread / R, spread])
    numbers = [part.reshape(()) if getattr(part, "shape", ()) == (1,) else part for part in got]
    c.close(
        numbers,
        want,
        what=f"R, N, K = {R}, {N}, {K}",
        hint=hint,
        rtol=1e-5,
        slips={
            "the distance of the mean still holds a part of the variance": [far, spread],
            "the variance divides by R": [far - plain_spread / R, plain_spread],
            "neither number is unbiased": [far, plain_spread],
            "the two numbers are right for the variance of R networks, not for one": [
                far - spread / R,
                spread / R,
            ],
            "sum over the classes, do not average": want / K,
            "average over the images, do not sum": want * N,
            "the distance is that of the single networks, not of their mean": [
                ((p - np.eye(K)[y]) ** 2).sum(2).mean(),
                spread,
            ],
            "the order is squared bias, then variance": want[::-1],
            "too much is subtracted: the mean scatters less than one network": [far - spread, spread],
            "the square of the bias is asked for, not its root": [
                math.sqrt(max(far - spread / R, 0)),
                spread,
            ],
        },
    )

# %% 9b.3 asks about ladder
import math
import numpy as np

draws = np.random.default_rng(3)
cases = [
    ([0.52, 0.53, 0.61, 0.55, 0.74], 0.05),
    ([0.481, 0.497, 0.522, 0.519, 0.538, 0.561, 0.55], 0.02),
    ([0.91, 0.3, 0.97], 0.04),
    ([0.03, 0.02, 0.124, 0.19], 0.1),
    ([0.08, 0.16, 0.42], 0.1),
    (np.round(0.5 + 0.4 * draws.random(60), 3).tolist(), 0.03),
    ((0.4 + 0.5 * np.sort(draws.random(40))).tolist(), 0.013),
    ([], 0.1),
]

def run(scores, step, against="record", shown="record", nearest=round, first=0.0):
    record, best, out = round(first / step) * step, 0.0, []
    for score in scores:
        if score > {"record": record + step, "any": record, "best": best + step, "none": -1}[against]:
            record = nearest(score / step) * step
        best = max(best, score)
        out.append({"record": record, "raw": score, "best": best}[shown])
    return out

for scores, step in cases:
    c.close(
        ladder(scores, step),
        run(scores, step),
        what=f"{len(scores)} entries, step {step}",
        hint="go through the entries with a pencil: what is the record before and after each?",
        rtol=1e-5,
        atol=1e-7,
        slips={
            "an entry must be more than a step above the record, not only above it": run(
                scores, step, "any"
            ),
            "compare with the record that was told, not with the best raw score": run(
                scores, step, "best"
            ),
            "an entry that is no better learns nothing new": run(scores, step, "none"),
            "that tells the raw scores": list(scores),
            "that tells the best raw score so far": run(scores, step, shown="best"),
            "round to the nearest multiple, not down": run(scores, step, nearest=math.floor),
            "round to the nearest multiple, not up": run(scores, step, nearest=math.ceil),
            "the record itself is rounded, too": run(scores, step, nearest=float),
            "before the first entry the record is 0": run(
                scores, step, first=scores[0] if scores else 0.0
            ),
        },
    )

# %% 9b.4 asks about leaks
import numpy as np

def parts(number, n=30, m=12, d=3):
    draw = np.random.default_rng(number)
    x, y = draw.normal(size=(n + m, d)), np.arange(n + m) % 2
    names = np.array([f"c{i // 2}" for i in range(n + m)])
    days = np.sort(draw.permutation(400)[: n + m])
    old, new = (
        {"x": x[s].copy(), "y": y[s].copy(), "customer": names[s], "day": days[s].copy()}
        for s in (slice(n), slice(n, None))
    )
    mixes = draw.permutation(n), draw.permutation(m)
    return tuple(
        {key: value[mix] for key, value in part.items()}
        for part, mix in zip((old, new), mixes, strict=True)
    )

def asked(train, test, want, what, centre=None):
    centre = train["x"].mean(axis=0) if centre is None else centre
    got = leaks(train, test, centre)
    c.true(isinstance(got, (set, frozenset)), "a set of names is asked for")
    for name in sorted(set(got) - want):
        c.true(False, f"{what}: “{name}” is a false alarm", "read that line of the list word for word")
    for name in sorted(want - set(got)):
        c.true(False, f"{what}: “{name}” was overlooked", "read that line of the list word for word")
    c.true(set(got) == want, what)

asked(*parts(0), set(), "an honest split")
train, test = parts(1)
test["x"][5] = train["x"][7]
asked(train, test, {"copy"}, "one row of the test is a training row")
train, test = parts(2)
test["x"][3, :2], test["x"][5, 1:] = train["x"][4, :2], train["x"][5, 1:]
asked(train, test, set(), "rows that share two of three columns")
train, test = parts(21)
train["x"][3] = train["x"][4]
asked(train, test, set(), "two equal rows in the training part")
train, test = parts(22)
train["x"][0], test["x"][0] = [1, 2, 4], [4, 2, 1]
asked(train, test, set(), "the same numbers in other columns")
train, test = parts(23)
test["x"][2] = train["x"][6] + 1e-6
asked(train, test, set(), "a row that nearly equals a training row")
train, test = parts(3)
test["customer"] = np.where(np.arange(12) == 4, train["customer"][9], test["customer"])
asked(train, test, {"relative"}, "one customer in both parts")
train, test = parts(4)
train["day"][11] = test["day"].min()
asked(train, test, {"future"}, "a training row from the first test day")
train, test = parts(5)
train["day"][2] = test["day"].min() + 1
asked(train, test, {"future"}, "one training row between the test rows")
for number, sign in ((6, 1), (7, -1)):
    train, test = parts(number)
    train["x"][:, 1] = sign * (train["x"][:, 1] % 1 + 1.5 * train["y"])
    asked(train, test, {"answer"}, f"a column that {'rises' if sign > 0 else 'falls'} with the label")
train, test = parts(8)
train["x"][:, 2] = np.where(train["y"] == 1, 1.0, 0.0)
train["x"][np.flatnonzero(train["y"] == 1)[0], 2] = -1.0
asked(train, test, set(), "a column that separates all labels but one")
train, test = parts(9)
train["x"][:, 0] = np.where(train["y"] == 1, 2.0 + np.arange(30), 2.0 - np.arange(30))
train["x"][[np.flatnonzero(train["y"] == v)[0] for v in (0, 1)], 0] = 2.0
asked(train, test, set(), "a column whose two labels meet in one value")
train, test = parts(10)
test["x"][:, 0] += 10 * test["y"]
asked(train, test, set(), "a column that separates the labels of the test rows only")
train, test = parts(11)
asked(
    train,
    test,
    {"preparation"},
    "a mean over both parts",
    np.concatenate([train["x"], test["x"]]).mean(axis=0),
)
train, test = parts(12)
shifted = train["x"].mean(axis=0) + np.array([0, 0, 1e-5])
asked(train, test, {"preparation"}, "a mean that is off in one column", shifted)
asked(
    train,
    test,
    {"preparation"},
    "a mean that is too small in one column",
    2 * train["x"].mean(axis=0) - shifted,
)
asked(train, test, set(), "a mean with rounding errors", train["x"].mean(axis=0) + 1e-9)
train, test = parts(13)
balanced = train["x"].mean(axis=0) + np.array([0.5, -0.5, 0])
asked(train, test, {"preparation"}, "a mean whose errors cancel", balanced)
train, test = parts(14, d=1)
train["x"][:, 0] = train["y"] + train["x"][:, 0] % 0.5
test["x"][0], test["day"][0] = train["x"][0], 0
test["customer"] = train["customer"][:12]
everything = {"copy", "relative", "future", "answer", "preparation"}
asked(train, test, everything, "all five at once", np.array([9.0]))

# %% 9b.5 asks about cheapest
import math

def ways(n1, e1, n2, e2, target, price, factor, fee, relief=None, have=None):
    slope, have = math.log(e1 / e2) / math.log(n2 / n1), n2 if have is None else have
    goals = target, target / (relief or factor)
    need = [max(math.ceil(n2 * (e2 / goal) ** (1 / slope) - have), 0) for goal in goals]
    if e2 <= target:
        return [("nothing", 0.0)] * 2
    return [("labels", need[0] * price), ("both" if need[1] else "remedy", fee + need[1] * price)]

def way(*case, **other):
    return min(ways(*case, **other), key=lambda pair: pair[1])

cases = [
    # no case wants exactly a whole number of labels: rounding errors would decide it
    (100, 0.315, 400, 0.15, 0.10, 0.5, 0.8, 200),
    (100, 0.315, 400, 0.15, 0.10, 0.5, 0.8, 400),
    (100, 0.315, 400, 0.15, 0.10, 2.0, 0.6, 300),
    (100, 0.315, 400, 0.15, 0.16, 2.0, 0.6, 300),
    (200, 0.25, 500, 0.17, 0.03, 0.08, 0.7, 900),
    (50, 0.5, 800, 0.11, 0.02, 0.3, 0.5, 5000),
    (1000, 0.09, 3000, 0.06, 0.055, 0.2, 0.9, 350),
    (100, 0.5, 400, 0.25, 0.25, 2.0, 0.6, 300),
]
for case in cases:
    what = "n1, e1, n2, e2, target, price, factor, fee = " + ", ".join(f"{v:g}" for v in case)
    got, want = cheapest(*case), way(*case)
    c.true(isinstance(got, (tuple, list)) and len(got) == 2, "a name and a cost are asked for")
    c.close(
        got[1],
        want[1],
        what=what,
        hint="write down the cost of each of the four ways",
        rtol=1e-5,
        slips={
            "there is a cheaper way": max(cost for _, cost in ways(*case)),
            "the labels that you have are paid": way(*case, have=0)[1],
            "the fee counts once": want[1] + case[-1],
        },
    )
    c.equal(got[0], want[0], what=what, hint="which way is that?")
