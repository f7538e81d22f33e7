# 3b · Training in seven steps
# Made from lessons/03b_training.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
dataset: str = "digits"  # which images: embedded 8 × 8, or MNIST's 60,000 of 28 × 28  in {digits, mnist}
width: int = 16  # channels of the first convolution  in [8, 64]
epochs: int = 20  # passes over the images in the final training  in [1, 200]
lr: float = 0.01  # largest learning rate of the final training  in [0.0005, 0.05]

# %% 3b.1 asks about split_by_group
import numpy as np

mixed = np.random.default_rng(1).permutation(np.repeat([30, 7, 12, 99, 4, 51, 8, -23], range(1, 9)))
texts, draw = np.array(list("gaabbbcddeeeeff")), "draw slips, all with the same chance; then mark"
for groups, share in [
    (mixed, 0.25),
    (mixed[::-1], 0.34),
    (texts, 0.4),
    (np.arange(40), 0.14),
    (np.arange(40), 0.16),
    (mixed, 0.6),
]:
    marks, again = (np.asarray(split_by_group(groups, share, 5)) for _ in range(2))
    c.true(marks.dtype == bool, "expected True or False for each photograph")
    c.true(marks.shape == groups.shape, f"expected {len(groups)} marks, one a photograph")
    test, rest = (set(groups[part].tolist()) for part in (marks, ~marks))
    c.true(not test & rest, "a slip lies on both sides", draw)
    n = len(test | rest)
    c.equal(len(test), round(share * n), what=f"slips in the test, of {n} with share {share}")
    c.true(np.array_equal(marks, again), "the same seed gave two splits", "what decides the draw?")
splits = [np.asarray(split_by_group(np.arange(40), 0.5, s)) for s in range(12)]
c.true(len({marks.tobytes() for marks in splits}) > 1, "twelve seeds gave the same split", draw)
c.true(all(marks.sum() == 20 for marks in splits), "some seeds give too few slips or too many", draw)
side_by_side = all(np.diff(marks).sum() <= 2 for marks in splits)
c.true(not side_by_side, "the slips of the test are neighbours, with each seed", draw)
often = np.sum([np.asarray(split_by_group(mixed, 0.25, s)) for s in range(400)], axis=0)
c.true(50 < often.min() < often.max() < 160, "some slips are drawn far more often than others", draw)

# %% 3b.2 asks about lowest_loss
import math

for K in (10, 2, 3, 1000):
    share = math.e / (math.e + K - 1)
    slips = {
        "that is guessing; here the right class is certain before it is softened": math.log(K),
        "that would be the floor without the second softmax": 0.0,
        "one class too many: the right one is among the K": math.log(math.e + K) - 1,
        "that is a probability, not a loss": share,
        "that is a squared error or a missing probability, not a cross-entropy": 1 - share,
        "the sign: a loss is not negative": math.log(share),
        "that is in bits; nats were asked": -math.log2(share),
    }
    hint = (
        "the first softmax at its best gives 1 to the right class and 0 to the others; soften that vector"
    )
    c.close(lowest_loss(K), -math.log(share), rtol=1e-5, what=f"K = {K}", slips=slips, hint=hint)

# %% 3b.3 asks about clip_together
import numpy as np

draw, hint = np.random.default_rng(3), "one length for all, one factor for all, never above 1"
pair = [np.array([[3.0, 0.0, -6.0]]), np.array([2.0, 0.5])]
many = [np.array(10 * draw.normal(size=shape)) for shape in [(2, 2, 3), (), (4,), (3, 1)]]
for given, limit in [(pair, 1.0), (pair, 2.5), (pair, 6.9), (pair, 100.0), (many, 5.0), (many[:1], 3.0)]:
    length, got = np.sqrt(sum((g**2).sum() for g in given)), clip_together(given, limit)
    whole = isinstance(got, (list, tuple)) and len(got) == len(given)
    c.true(whole, "return a list with one array for each array that came in")
    for i, g in enumerate(given):
        mean = length / np.sqrt(sum(p.size for p in given))
        slips = {
            "the length of a single array was taken for that of all together": g
            * min(1, limit / np.sqrt((g**2).sum())),
            "single numbers were clipped, which turns the direction": np.clip(g, -limit, limit),
            "gradients already short enough stay as they are": g * limit / length,
            "that took the squared length for the length": g * min(1, limit / length**2),
            "that is a mean of squares; a length has their sum": g * min(1, limit / mean),
        }
        what, right = f"[{i}] of {len(given)}, limit {limit:g}", g * min(1, limit / length)
        c.close(got[i], right, rtol=1e-5, what=what, slips=slips, hint=hint)
c.close(clip_together([np.zeros(3)], 1.0)[0], np.zeros(3), what="gradients of zero")

# %% 3b.4 asks about early_stop
cases = [
    ([5, 4, 3, 3.5, 3.2, 1.0], 2, (5, 3), "what comes after the stop is never seen"),
    ([5, 4, 3, 3.5, 3.2, 1.0], 3, (6, 6), "two poor epochs are not three"),
    ([2, 1, 1, 1, 1], 2, (4, 2), "an equal loss is not lower"),
    ([9, 7, 8, 6, 7, 5, 6], 2, (7, 6), "a new lowest loss starts the count again"),
    ([9, 7, 8, 7.5, 7.2, 7.1], 3, (5, 2), "falling again is not enough; it must fall below the lowest"),
    ([4, 3, 2], 5, (3, 3), "patience was never needed"),
    ([4, 2, 3, 2.5], 5, (4, 2), "patience was not used up; the best weights are kept all the same"),
    ([1, 2, 3], 1, (2, 1), "the first epoch was the best"),
    ([3.5], 1, (1, 1), "one epoch alone"),
    ([3e12, 2e12, 4e12, 5e12, 1e12], 2, (4, 2), "losses may have any size"),
    ([-1.0, -3.0, -2.0, -2.5], 2, (4, 2), "a loss may be negative"),
    ([1.0, 0.9999999, 0.9999998, 0.9999997, 2.0], 1, (5, 4), "a little lower is lower"),
]
for losses, patience, (run, kept), hint in cases:
    slips = {
        "the two numbers stand in the wrong order": (kept, run),
        "epochs are counted from 1": (run - 1, kept - 1),
        "the last weights are not the best ones": (run, run),
    }
    what = f"(run, kept) for losses {losses}, patience {patience}"
    c.close(early_stop(losses, patience), (run, kept), rtol=1e-9, what=what, slips=slips, hint=hint)

# %% 3b.5 asks about labels_to_buy
from statistics import NormalDist
import math

z2, hint = NormalDist().inv_cdf(0.975) ** 2, "the bill is n * price, and all of the budget may be spent"
for p, promise in [
    (0.99, 0.97),
    (0.985, 0.97),
    (0.9, 0.8),
    (0.7, 0.6),
    (1.0, 0.95),
    (0.9731, 0.97),
    (0.9, 0.6),
]:
    # the bound is reached where p lies z standard deviations, taken at the promise, above it
    wanted = math.floor(z2 * promise * (1 - promise) / (p - promise) ** 2) + 1
    slips = {
        "that takes the simple interval, which is too narrow near 1": 1
        + z2 * p * (1 - p) // (p - promise) ** 2,
        "that is one too few: the bound must exceed the promise": wanted - 1,
        "that is one too many": wanted + 1,
        "that is the cost; the number of slips was asked": wanted * 0.25,
        "that spends the whole budget; look for the smallest n": 20_000,
    }
    for price, money in [(0.25, 5000), (0.25, wanted / 4), (3.0, 3 * wanted)]:
        got, case = (
            labels_to_buy(p, promise, price, money),
            f"accuracy {p}, promise {promise}, price {price}",
        )
        rich = f"{case}: the budget is " + ("more than enough" if money == 5000 else "exactly enough")
        c.true(got is not None, f"{rich}, but got None", hint)
        first = "try n = 1, 2, 3, …; with accuracy * n hits, not rounded, where is the bound first above the promise?"
        c.close(got, wanted, what=rich, slips=slips, hint=first)
        short = labels_to_buy(p, promise, price, wanted * price - 0.25)
        c.true(short is None, f"{case}: the budget is a little short, expected None, got {short}", hint)
for p in (0.95, 0.97):
    c.true(labels_to_buy(p, 0.97, 0.25, 200) is None, f"accuracy {p} cannot prove 0.97: expected None")
