# 8e · Privacy
# Made from lessons/08e_privacy.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
steps: int = 400  # training steps of each language model  in [20, 20000]
shadows: int = 16  # networks that the attacker trains for comparison, in pairs  in [4, 128]
epsilon: float = 2.0  # the promise that is kept, audited and priced  in [0.3, 8]
runs: int = 4  # repetitions for each point of the curve in 8e.7  in [2, 50]
games: int = 60000  # of the auditor, of each kind  in [1000, 1000000]
model: str = "none"  # an open model to look for memorised books in  in {none, smollm2}

# %% 8e.1 asks about exposure_of
import math
import numpy as np

draws = np.random.default_rng(3)
cases = [
    (np.array([-4.1, -2.0, -3.3, -1.0, -5.2, -2.5, -6.0, -7.7, -8.1, -9.9]), 5),
    (np.array([-4.1, -2.0, -3.3, -1.0, -5.2, -2.5, -6.0, -7.7, -8.1, -9.9]), 1),
    (np.log([0.1, 0.2, 0.3, 0.4]), 3),
    (np.log([0.1, 0.2, 0.3, 0.4]), 0),
    (np.log([0.1, 0.2, 0.3, 0.4]), 1),
    (np.array([-1.0, -5.0, -1.0, -2.0, -1.0, -9.0, -7.0]), 2),
    (np.array([-3.0, -3.0, -3.0]), 1),
    (draws.normal(size=1000) - 9, 17),
    (draws.normal(size=777).round(1), 500),
    (np.array([-0.5]), 0),
    (np.array([-2.0001, -2.0, -1.9999, -2.0002]), 0),
    (np.array([-900.0, -901.0, -902.0, -899.0]), 1),
]
for scores, secret in cases:
    n, own = len(scores), scores[secret]
    at_least, above = int((scores >= own).sum()), int((scores > own).sum())
    want = math.log2(n) - math.log2(at_least)
    slips = {
        "those are nats; a bit is a factor of two": want * math.log(2),
        "the rank counts from the other end": math.log2(n) - math.log2(int((scores <= own).sum())),
        "that is the rank's logarithm; how far is it from the last place?": math.log2(at_least),
        "candidates as likely as the secret count, too": math.log2(n) - math.log2(above + 1),
        "all candidates as likely as the secret count, not half of them": math.log2(n)
        - math.log2((above + 1 + at_least) / 2),
        "that is how surprising the secret is to the model; the rank is asked for": -own / math.log(2),
        "the sign is turned: 0 is the worst rank's": -want,
        "that is the rank; bits are asked for": at_least,
        "written out as chances, candidates as unlikely as these are all 0": math.log2(n)
        - math.log2(int((np.exp(scores) >= np.exp(own)).sum())),
    }
    if above:
        slips["the secret itself counts"] = math.log2(n) - math.log2(above)
    c.close(
        exposure_of(scores, secret),
        want,
        what=f"{n} candidates, {at_least} at least as likely",
        hint="how many candidates would have to be tried, in the worst order of ties?",
        slips=slips,
    )

# %% 8e.2 asks about caught
import math
import numpy as np

draws = np.random.default_rng(7)
ties = np.array([5.0, 5.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0, -1.0, -2.0])
cases = [
    (draws.normal(1, 1, 301), draws.normal(0, 1, 500), 0.1),
    (np.array([6.0, 5.5, 4.5, 1.0]), np.array([5.0, 4.0, 3.0, 2.0]), 0.25),
    (np.array([6.0, 5.5, 4.5, 1.0]), np.array([5.0, 4.0, 3.0, 2.0]), 0.0),
    (np.array([6.0, 5.5, 4.5, 1.0]), np.array([5.0, 4.0, 3.0, 2.0]), 1.0),
    (np.array([6.0, 5.0, 4.5, 4.0, 0.5]), ties, 0.1),
    (np.array([6.0, 5.0, 4.5, 4.0, 0.5]), ties, 0.3),
    (np.array([6.0, 5.0, 4.5, 4.0, 0.5]), ties, 0.49),
    (draws.normal(1, 1, 300), draws.normal(0, 1, 1000), 0.001),
    (draws.normal(1, 1, 300), draws.normal(0, 1, 777), 0.05),
    (draws.normal(1, 1, 200).round(1), draws.normal(0, 1, 400).round(1), 0.1),
]
for members, others, rate in cases:
    falling = np.sort(others)[::-1]
    allowed = math.floor(rate * len(others) + 1e-9)

    def share(t, members=members):
        return float((members > t).mean())

    def above(place, falling=falling):
        return falling[place] if 0 <= place < len(falling) else (np.inf if place < 0 else -np.inf)

    want = share(above(allowed))
    slips = {}
    if allowed >= len(others):
        slips["at this rate everybody may be above t; no member need be missed"] = share(min(others) - 1)
    c.close(
        caught(members, others, rate),
        want,
        what=f"{len(members)} members, {len(others)} others, rate {rate:g}",
        hint="count what the rate allows, and put t on the first non-member who must not be above it",
        slips=slips
        | {
            "members at the threshold itself are not above it": float((members >= above(allowed)).mean()),
            "one false alarm fewer than allowed": share(above(allowed - 1)),
            "one false alarm more than allowed": share(above(allowed + 1)),
            "the threshold comes from the members; it must come from the others": share(
                np.quantile(members, 1 - rate)
            ),
            "those are the members who are missed": 1 - want,
            "that is a number of members; a share is asked for": want * len(members),
            "that is the threshold; the share of members above it is asked for": above(allowed),
            "non-members with the same score count one by one": share(
                above(allowed, np.unique(others)[::-1])
            ),
        },
    )

# %% 8e.3 asks about private_gradient
import numpy as np

draws = np.random.default_rng(5)

def reference(g, clip, sigma, expected, noise, way=""):
    length = np.sqrt((g**2).sum(axis=0 if way == "columns" else 1, keepdims=True))
    factor = np.minimum(1, clip / np.maximum(length, 1e-300))
    if way == "stretched":
        factor = clip / np.maximum(length, 1e-300)
    if way == "dropped":
        factor = length <= clip
    kept = g if way == "unclipped" else np.clip(g, -clip, clip) if way == "each number" else g * factor
    if way == "of the sum":
        whole = g.sum(axis=0)
        kept = (whole * min(1, clip / max(np.linalg.norm(whole), 1e-300)))[None]
    size = max(len(g), 1) if way == "true size" else expected
    loud = sigma if way == "no clip" else sigma * clip
    loud = loud * len(g) if way == "each row" else loud
    if way == "late":
        return kept.sum(axis=0) / size + loud * noise
    return (kept.sum(axis=0) + loud * noise) / size

cases = [
    (np.array([[3.0, 4.0], [0.3, 0.4], [0.0, -2.0]]), 1.0, 0.0, 2.0),
    (np.array([[3.0, 4.0], [0.3, 0.4], [0.0, -2.0]]), 2.0, 1.5, 4.0),
    (draws.normal(size=(7, 5)), 0.5, 2.0, 10.0),
    (draws.normal(size=(6, 3)) * np.array([[9, 1, 0.1, 3, 0.5, 1]]).T, 3.0, 0.7, 5.5),
    (np.zeros((2, 4)), 1.5, 1.0, 3.0),
    (np.zeros((0, 4)), 2.0, 1.0, 3.0),
]
for g, clip, sigma, expected in cases:
    noise = draws.normal(size=g.shape[1])
    got = private_gradient(g, clip, sigma, expected, noise)
    slips = {} if len(g) else {"a step without rows has its noise, too": "each row"}
    slips |= {
        "the noise is of the size sigma times clip": "no clip",
        "the batch's true size is a secret; divide by the expected one": "true size",
        "short gradients are not stretched": "stretched",
        "nothing is clipped": "unclipped",
        "the length of a row is limited, not each of its numbers": "each number",
        "each row is clipped, not their sum": "of the sum",
        "the noise is divided, too: it belongs to the sum": "late",
        "one noise for the sum, not one for each row": "each row",
        "rows are shortened, each by its own length; not columns": "columns",
        "a long row is shortened, not left out": "dropped",
    }
    c.close(
        got,
        reference(g, clip, sigma, expected, noise),
        rtol=1e-5,
        atol=1e-6,
        what=f"{len(g)} rows, clip {clip:g}, sigma {sigma:g}",
        hint="factors for rows, then one sum, then noise, then the division",
        slips={said: reference(g, clip, sigma, expected, noise, way) for said, way in slips.items()},
    )

# %% 8e.4 asks about epsilon_shown
import math

cases = [
    (0.6, 0.2, 0.0),
    (0.3, 0.01, 0.05),
    (0.99, 0.8, 0.01),
    (0.5, 0.5, 0.0),
    (0.1, 0.4, 0.0),
    (0.0, 0.3, 0.1),
    (0.2, 0.0, 0.01),
    (0.005, 0.0, 0.01),
    (1.0, 0.9, 0.0),
    (1.0, 0.9, 0.2),
    (0.0, 0.0, 0.1),
    (0.75, 0.25, 0.0),
    (0.2, 0.1, 0.3),
    (0.25, 0.0, 0.25),
    (1.0, 0.75, 0.25),
    (1.0, 0.0, 0.01),
]

def line(left, other):
    return 0.0 if left <= 0 else math.inf if other <= 0 else math.log(left / other)

for tpr, fpr, delta in cases:
    first, second = line(tpr - delta, fpr), line(1 - fpr - delta, 1 - tpr)
    want = max(first, second, 0.0)
    got = epsilon_shown(tpr, fpr, delta)
    what = f"tpr {tpr:g}, fpr {fpr:g}, delta {delta:g}"
    if math.isinf(want):
        c.true(got == math.inf, f"{what}: no epsilon allows that, however large")
        continue
    c.true(got != math.inf, f"{what}: a finite epsilon allows that")
    c.close(
        got,
        want,
        rtol=1e-5,
        atol=1e-6,
        what=what,
        hint="two inequalities, each solved for epsilon; none may be broken, and epsilon is never below 0",
        slips={
            "delta is left out": max(line(tpr, fpr), line(1 - fpr, 1 - tpr), 0.0),
            "only the first line is kept; both must hold": max(first, 0.0),
            "only the second line is kept; both must hold": max(second, 0.0),
            "epsilon is never below 0": max(first, second),
            "that is a ratio, not its logarithm": math.exp(want),
            "that is a logarithm to base 2": want / math.log(2),
        },
    )

# %% 8e.5 asks about messages_of
import numpy as np

draws = np.random.default_rng(9)

def padded(values, pads, modulus, sign=1, lower=False, rubbish=False, far=True):
    out = np.array(values)
    for i in range(len(out)):
        for j in range(len(out)):
            if i != j and (far or abs(i - j) == 1):
                a, b = (max(i, j), min(i, j)) if lower else (i, j) if rubbish else (min(i, j), max(i, j))
                out[i] += sign * (1 if i < j else -1) * pads[a, b]
    return out % modulus

for n_clients, width, modulus in [
    (2, 1, 16),
    (3, 2, 100),
    (5, 4, 2**16),
    (4, 3, 2**32),
    (1, 2, 8),
    (3, 1, 7),
]:
    values = draws.integers(-modulus // 2, modulus, size=(n_clients, width))
    pads = draws.integers(modulus, size=(n_clients, n_clients, width))
    want = padded(values, pads, modulus)
    got = np.asarray(messages_of(values, pads, modulus))
    what = f"{n_clients} clients, modulus {modulus}"
    c.true(got.shape == want.shape, f"{what}: expected messages of shape {want.shape}, got {got.shape}")
    c.true((got >= 0).all() and (got < modulus).all(), f"{what}: numbers lie outside 0 to modulus - 1")
    slips = {
        "the sign is turned: the earlier client adds": padded(values, pads, modulus, -1),
        "pads with i > j are rubbish": padded(values, pads, modulus, lower=True),
        "both of a pair must use the same pads": padded(values, pads, modulus, rubbish=True),
        "nothing is hidden: where are the pads?": values % modulus,
        "every two clients share pads, not only neighbours": padded(values, pads, modulus, far=False),
        "those are the pads; where are the values?": (want - values) % modulus,
    }
    for said, slip in slips.items():
        c.true((got == want).all() or (got != slip).any(), f"{what}: {said}")
    left = (got.sum(axis=0) - values.sum(axis=0)) % modulus
    c.true((left == 0).all(), f"{what}: in the sum of all messages the pads do not cancel")
    c.equal(
        got.tolist(),
        want.tolist(),
        what=what,
        hint="in a pair the earlier client adds, the later one subtracts the very same pads",
    )
