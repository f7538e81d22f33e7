# 8a · Scaling
# Made from lessons/08a_scaling.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
corpus: str = "python"  # the text; the second is downloaded  in {python, tinyshakespeare}
budgets: list[float] = [5e8, 1.25e9, 3e9]  # FLOPs of one training run, rising  in [1e8, 1e14]
widths: list[int] = [16, 24, 36, 48, 64]  # hidden units at the middle budget, multiples of 4  in [4, 1024]
repeats: int = 2  # models of each width and budget, trained together  in [2, 8]
rate: float = 0.036  # largest learning rate of a run with the smallest budget  in (0, 0.3]
served: float = 1e13  # tokens that the model of 8a.5 will read and write in use  in [0, 1e16]
gpu_use: float = 0.5  # share of a GPU's peak that its own arithmetic reaches  in [0.1, 1]

# %% 8a.1 asks about floor_of
import numpy as np

draw = np.random.default_rng(4)
for n, best, curve, noise in [(5, 3000, 0.05, 0.0), (7, 900, 0.2, 0.01), (12, 5e4, 0.03, 0.004)]:
    sizes = draw.permutation(best * np.geomspace(0.2, 4, n))
    y = 2 + curve * np.log(sizes / best) ** 2 + noise * draw.normal(size=n)
    a, b, _ = np.polyfit(np.log(sizes), y, 2)
    p, q, _ = np.polyfit(sizes, y, 2)
    t, u, _ = np.polyfit(np.log10(sizes), y, 2)
    got = floor_of(sizes, y)
    c.true(got is not None, f"{n} sizes: this valley has its floor inside, and you return None")
    c.close(
        got,
        np.exp(-b / (2 * a)),
        what=f"{n} sizes",
        rtol=1e-3,
        hint="the slope of a·x² + b·x + c is nothing at one x, and x is a logarithm",
        slips={
            "that is the logarithm of the size": -b / (2 * a),
            "that is a parabola over the sizes themselves, not over their logarithms": -q / (2 * p),
            "that is the best of the sizes that were tried, not the parabola's": sizes[np.argmin(y)],
            "half of the way is missing: how steep is a·x²?": np.exp(-b / a),
            "the sign is turned": np.exp(b / (2 * a)),
            "fitted over log10, turned back with e": np.exp(-u / (2 * t)),
        },
    )
sizes = np.geomspace(1000, 16000, 5)
hill = floor_of(sizes, 3 - 0.1 * np.log(sizes / 4000) ** 2)
c.true(hill is None, "a parabola that opens downwards has no lowest point; return None")
for best in (400, 40000):
    outside = floor_of(sizes, 3 + 0.1 * np.log(sizes / best) ** 2)
    c.true(outside is None, "this floor lies outside the sizes that were tried; return None")
edge = floor_of(sizes, 3 + 0.1 * np.log(sizes / 15000) ** 2)
c.true(
    edge is not None,
    "the smallest loss is that of the largest size, and yet this floor lies inside; you return None",
)
c.close(edge, 15000, what="a floor between the two largest", rtol=1e-4)

# %% 8a.2 asks about best_split
import math

cases = [
    (5.76e23, 406.4, 410.7, 0.34, 0.28),
    (1e21, 482.01, 2085.43, 0.3478, 0.3658),
    (1e12, 3.0, 90.0, 0.5, 0.2),
]
for flops, A, B, alpha, beta in cases:
    p, half = 1 / (alpha + beta), flops / 6
    G = (alpha * A / (beta * B)) ** p
    N = G * half ** (beta * p)
    turned, no_six = G * half ** (alpha * p), G * flops ** (beta * p)
    flat, over = (A / B) ** p * half ** (beta * p), half ** (beta * p) / G
    c.close(
        best_split(flops, A, B, alpha, beta),
        (N, half / N),
        what=f"{flops:g} FLOPs, alpha {alpha}, beta {beta}",
        rtol=1e-3,
        hint="the slopes of the two terms cancel: alpha·A/N^alpha equals beta·B/D^beta",
        slips={
            "the order is N, then D": (half / N, N),
            "the exponent of the compute belongs to the other one": (turned, half / turned),
            "a token costs 6 FLOPs a parameter": (no_six, flops / no_six),
            "N fits, but 6·N·D is not the budget": (N, flops / N),
            "the two terms are made equal; their slopes must cancel": (flat, half / flat),
            "the fraction before the compute is upside down": (over, half / over),
            "that is the square root: an equal split whatever the exponents": (
                math.sqrt(half),
                math.sqrt(half),
            ),
            "20 tokens a parameter, whatever the fit": (math.sqrt(half / 20), math.sqrt(half * 20)),
        },
    )

# %% 8a.3 asks about size_to_train
import numpy as np

def text_of(N, goal, fit):
    left = goal - fit[0] - fit[1] / N ** fit[3]
    return (fit[2] / np.where(left > 0, left, np.nan)) ** (1 / fit[4])

again, printed = (1.8172, 482.01, 2085.43, 0.3478, 0.3658), (1.6934, 406.4, 410.7, 0.3392, 0.2849)
cases = [
    (again, 70e9, 1.4e12, 1e13),
    (again, 7e9, 1e11, 0),
    (printed, 30e9, 6e11, 3e12),
    (again, 1e9, 3e10, 1e15),
]
N = np.geomspace(1e6, 1e14, 80_001)
for fit, N0, D0, use in cases:
    wish = fit[0] + fit[1] / N0 ** fit[3] + fit[2] / D0 ** fit[4]
    D, other = text_of(N, wish, fit), text_of(N, wish, again)
    slips = {
        "the use is left out": 6 * N * D,
        "each token in use is counted like one in training, which costs three times as much": 6 * N * D
        + 6 * N * use,
        "each token in use is counted at half its price": 6 * N * D + N * use,
        "the fit is an argument; you used another": 6 * N * other + 2 * N * use,
        "the tokens in use are an argument; you used the lesson's": 6 * N * D + 2 * N * 1e13,
    }
    chosen = size_to_train(wish, use, fit)
    c.true(
        not (isinstance(chosen, float) and chosen < 0.999 * N[~np.isnan(D)][0]),
        f"loss {wish:.4f}: the size that you return cannot reach it, however much it reads",
    )
    c.close(
        chosen,
        N[np.nanargmin(6 * N * D + 2 * N * use)],
        what=f"loss {wish:.4f}, {use:g} tokens in use",
        rtol=0.006,
        hint="one array of sizes, one of the text each needs, one of bills",
        slips={what: N[np.nanargmin(bill)] for what, bill in slips.items()},
    )

# %% 8a.4 asks about whole_gradient
import numpy as np

draw = np.random.default_rng(6)
for counts, shape in [
    ([2, 5, 3], (4,)),
    ([18, 18, 17, 17], (2, 3)),
    ([4, 0, 1, 0], (3,)),
    ([0, 7], (5,)),
    ([3, 3], (2,)),
]:
    rows = [draw.normal(size=(n, *shape)) for n in counts]
    means = [r.mean(axis=0) if len(r) else np.full(shape, np.nan) for r in rows]
    whole = np.concatenate(rows).mean(axis=0)
    asked = [m for m in means if not np.isnan(m).any()]
    c.close(
        whole_gradient(means, counts),
        whole,
        what=f"examples {counts}",
        hint="turn each mean into a sum first; a share of none adds none",
        slips={
            "every process counts alike, however few examples it had": np.mean(asked, axis=0),
            "that is the sum over the processes, not the mean over the examples": np.sum(asked, axis=0),
            "that is the sum over the examples": whole * sum(counts),
            "divided by the number of processes, not of examples": whole * sum(counts) / len(counts),
            "the 70 of the text is an example; the counts are an argument": whole * sum(counts) / 70,
            "an empty share is nan, and makes all nan": np.full(shape, np.nan),
        },
    )

# %% 8a.5 asks about ring_rounds
import numpy as np

draw = np.random.default_rng(8)
for p in (2, 3, 4, 7):
    got = ring_rounds(p)
    c.true(got if got is ... else np.iterable(got), f"p = {p}: return a list of rounds")
    got = list(got)
    c.true(
        all(map(np.iterable, got)), f"p = {p}: each round is itself a list, with a piece for each sender"
    )
    rounds = [list(map(int, one)) for one in got]
    c.true(
        len(rounds) == 2 * (p - 1),
        f"p = {p}: expected as many rounds as the text says, adding and replacing together",
    )
    shaped = all(len(one) == p and all(0 <= piece < p for piece in one) for one in rounds)
    c.true(shaped, f"p = {p}: each round names one piece, 0 to p - 1, for each of the p senders")
    own = draw.integers(1, 1000, size=(p, p)).astype(float)
    hold = own.copy()
    for turn, one in enumerate(rounds):
        before = hold.copy()
        for r, piece in enumerate(one):
            to = (r + 1) % p
            hold[to, piece] = before[r, piece] + (before[to, piece] if turn < p - 1 else 0)
        if turn == p - 2:
            sums = own.sum(axis=0)
            somewhere = np.isclose(hold, sums).any(axis=0)  # (p,)
            twice = bool((hold > sums + 0.5).any())
            c.true(
                not twice,
                f"p = {p}: while adding, some piece is counted twice; follow one piece round the ring",
            )
            c.true(
                somewhere.all(),
                f"p = {p}: when the adding is over, some piece is complete in no process",
                hint="send on what you received in the round before",
            )
    c.true(
        np.allclose(hold, own.sum(axis=0)),
        f"p = {p}: the adding is right, but after replacing not all hold all sums",
        hint="in the first replacing round each sends the piece that it holds complete",
    )
