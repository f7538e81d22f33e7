# 3b · Training in seven steps
# Made from lessons/03b_training.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
dataset: str = "digits"  # which images: embedded 8 × 8, or MNIST's 60,000 of 28 × 28  in {digits, mnist}
width: int = 32  # channels of the first convolution  in [16, 64]
epochs: int = 40  # passes over the images in the final training  in [1, 200]
lr: float = 0.005  # largest learning rate of the final training  in [0.0005, 0.02]

# %% 3b.1 asks about split_by_group
import numpy as np

names = np.repeat([30, 7, 12, 99, 4, 51, 8, 23], [1, 2, 3, 4, 5, 6, 7, 8])
cases = [(np.random.default_rng(1).permutation(names), 0.25), (np.array(list("aabbbcddeeeef")), 0.5)]
for groups, share in [*cases, (np.arange(40), 0.1)]:
    marks, again = (np.asarray(split_by_group(groups.copy(), share, 0)) for _ in range(2))
    c.true(
        marks.dtype == bool, "expected True or False for each photograph", "np.isin gives such an array"
    )
    c.true(
        marks.shape == groups.shape, f"expected {len(groups)} marks, one a photograph, got {marks.shape}"
    )
    test, rest = (set(groups[side].tolist()) for side in (marks, ~marks))
    c.true(not test & rest, "a slip lies on both sides", "draw slips, then mark all their photographs")
    wanted = round(share * len(test | rest))
    c.equal(len(test), wanted, what=f"slips in the test, of {len(test | rest)} with share {share}")
    c.true(np.array_equal(marks, again), "the same seed gave two splits", "use default_rng(seed)")
splits = [np.asarray(split_by_group(np.arange(40), 0.5, s)) for s in range(5)]
hint = "draw the slips at random, from the seed"
c.true(len({marks.tobytes() for marks in splits}) > 1, "five seeds gave the same split", hint)
neighbours = all(np.diff(marks).sum() <= 2 for marks in splits)
c.true(not neighbours, "the slips of the test are neighbours, with each seed", hint)

# %% 3b.2 asks about lowest_loss
import math

for K in (10, 2, 1000):
    slips = {
        "that is guessing: ln K. Here the right class is certain before it is softened": math.log(K),
        "that would be the floor without the second softmax": 0.0,
        "that counts K others; the right class is one of the K": math.log(math.e + K) - 1,
        "that is the probability of the right class; the loss is minus its logarithm": math.e
        / (math.e + K - 1),
        "the sign: a loss is minus a logarithm": 1 - math.log(math.e + K - 1),
    }
    c.close(lowest_loss(K), -math.log(math.e / (math.e + K - 1)), what=f"K = {K}", slips=slips)

# %% 3b.3 asks about clip_together
import numpy as np
import torch

first, second = np.array([[3.0, 0.0, -6.0]]), np.array([2.0, 0.5])
length = np.sqrt((first**2).sum() + (second**2).sum())
for limit in (1.0, 2.5, 100.0):
    alone = first * min(1, limit / np.sqrt((first**2).sum()))
    slips = {
        "each array was clipped alone; their common length counts": alone,
        "single numbers were clipped, which turns the direction": np.clip(first, -limit, limit),
        "gradients already short enough stay as they are": first * limit / length,
        "the length is the root of the sum of squares": first * min(1, limit / length**2),
    }
    given, hint = (first.copy(), second.copy()), "factor = min(1, limit / common length)"
    twins = [torch.zeros(g.shape, dtype=torch.double, requires_grad=True) for g in given]
    for tensor, g in zip(twins, given, strict=True):
        tensor.grad = torch.tensor(g)
    torch.nn.utils.clip_grad_norm_(twins, limit)
    got = clip_together(list(given), limit)
    c.true(isinstance(got, (list, tuple)) and len(got) == 2, "return a list of two arrays for two arrays")
    for n, own in enumerate((slips, {})):
        c.close(got[n], twins[n].grad, rtol=1e-5, what=f"[{n}], limit {limit:g}", slips=own, hint=hint)
    c.true(np.array_equal(given[0], first), "the arrays that came in were changed; make new ones")
c.close(clip_together([np.zeros(3)], 1.0)[0], np.zeros(3), what="gradients of zero")

# %% 3b.4 asks about early_stop
cases = [
    ([5, 4, 3, 3.5, 3.2, 1.0], 2, (5, 3), "epochs 4 and 5 bring nothing new; the 1.0 is never reached"),
    ([5, 4, 3, 3.5, 3.2, 1.0], 3, (6, 6), "two poor epochs are not three: the 1.0 is reached"),
    ([2, 1, 1, 1, 1], 2, (4, 2), "an equal loss is not lower"),
    ([9, 7, 8, 6, 7, 5, 6], 2, (7, 6), "a new lowest loss starts the count again"),
    ([9, 7, 8, 7.5, 7.2, 7.1], 3, (5, 2), "falling again is not enough; it must fall below the lowest"),
    ([4, 3, 2], 5, (3, 3), "patience was never needed"),
    ([1, 2, 3], 1, (2, 1), "the first epoch was the best"),
]
for losses, patience, wanted, hint in cases:
    got = early_stop(list(losses), patience)
    c.close(got, wanted, what=f"(run, kept) for losses {losses}, patience {patience}", hint=hint)

# %% 3b.5 asks about labels_to_buy
import math

for accuracy, promise in [(0.99, 0.97), (0.985, 0.97), (0.9, 0.8), (0.999, 0.99)]:
    # the bound is reached where accuracy lies 1.96 standard deviations, taken at the promise, above it
    exact = 1.96**2 * promise * (1 - promise) / (accuracy - promise) ** 2
    naive = 1.96**2 * accuracy * (1 - accuracy) / (accuracy - promise) ** 2
    wanted, what = math.floor(exact) + 1, f"accuracy {accuracy}, promise {promise}, money for 5,000"
    slips = {
        "that takes the simple interval p ± 1.96·√(p(1-p)/n); near 1 it is too narrow": math.floor(naive)
        + 1,
        "that is one too few: the bound must exceed the promise": wanted - 1,
        "that is the cost; the number of slips was asked": wanted * 0.2,
        "that spends the whole budget; look for the smallest n": 5000,
    }
    c.close(labels_to_buy(accuracy, promise, 0.2, 1000), wanted, what=what, slips=slips)
    hint = f"{wanted} slips at 0.25 € cost {wanted / 4:g} €"
    c.close(
        labels_to_buy(accuracy, promise, 0.25, wanted / 4),
        wanted,
        what="money for exactly enough",
        hint=hint,
    )
    short = labels_to_buy(accuracy, promise, 0.25, wanted / 4 - 0.25)
    c.true(short is None, f"the money is one slip short, expected None, got {short}", hint)
never = labels_to_buy(0.95, 0.97, 0.2, 200)
c.true(never is None, f"accuracy below the promise: expected None, got {never}")
