# 4b · A network by hand
# Made from lessons/04b_worked_example.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
hidden: int = 20  # hidden units  in [1, 200]
epochs: int = 600  # passes over the training bicycles  in [1, 2000]
lr: float = 0.1  # learning rate  in (0, 1]
drop: float = 0.5  # share of hidden units that dropout switches off  in (0, 0.9]
spread: float = 1.0  # how far the three kinds of repair lie apart  in [0, 3]

# %% 4b.1 asks about count_parameters
for sizes in [(10, 20, 3), (10, 20, 1), (10, 3), (7, 5, 4, 2)]:
    steps = list(zip(sizes[:-1], sizes[1:], strict=True))
    weights_only = sum(n * m for n, m in steps)
    slips = {
        "these are the weights alone; each unit that computes has a bias too": weights_only,
        "the inputs compute nothing, so they have no bias": weights_only + sum(sizes),
        "the outputs have biases too": weights_only + sum(sizes[1:-1]),
        "the biases of the hidden layers are missing": weights_only + sizes[-1],
        "one bias for each unit, not one for each layer": weights_only + len(steps),
    }
    c.close(
        count_parameters(sizes),
        weights_only + sum(sizes[1:]),
        what=f"sizes {sizes}",
        slips=slips,
        hint="from n values to m units: m · n weights and m biases",
    )

# %% 4b.2 asks about weight_slopes, slope_in_h, new_weights
slips = {
    "check the sign: p - target, not target - p": [-1.0, 1.4, -0.4],
    "these are the slopes in the scores; each weight also multiplies by h = 2": [0.5, -0.7, 0.2],
    "brakes is the second of the three": [1.0, 0.6, -1.6],
    "the 1 of the target is missing: p - target": [1.0, 0.6, 0.4],
}
c.close(
    weight_slopes, [1.0, -1.4, 0.4], what="slopes in the weights", slips=slips, hint="h · (p - target)"
)
slips = {
    "use the weights from before the step": -0.47,
    "check the sign: p - target, not target - p": -0.31,
    "h itself does not enter here: slope of each score times its weight": 0.62,
    "add up all three; the target's score is not the only one that depends on h": 0.07,
}
c.close(slope_in_h, 0.31, what="slope in h", slips=slips, hint="0.5·0.4 + (-0.7)·(-0.1) + 0.2·0.2")
slips = {
    "that walks uphill: subtract the step": [0.9, -0.8, 0.4],
    "the learning rate is 0.5, not 1": [-0.6, 1.3, -0.2],
    "the slope of a weight holds h = 2 as well": [0.15, 0.25, 0.1],
}
c.close(new_weights, [-0.1, 0.6, 0.0], what="new weights", slips=slips, hint="weight - 0.5 · slope")

# %% 4b.3 asks about decide
import numpy as np

z = 1.96
for right, n, look, error, want in [
    (25, 30, 3, 12, "label more"),
    (250, 300, 3, 12, "ship"),
    (3, 3, 3, 12, "label more"),
    (12, 30, 3, 12, "stop"),
    (60, 100, 5, 10, "ship"),
    (330, 1000, 2, 3, "label more"),
]:
    got = decide(right, n, look, error)
    what = f"{right} of {n} right, look {look} €, error {error} €"
    c.true(isinstance(got, (tuple, list)) and len(got) == 3, "return three things: low, high, decision")
    share = right / n
    plain = share + z * np.sqrt(share * (1 - share) / n) * np.array([-1, 1])
    # the ends are the two p for which (share - p)² = z² p (1 - p) / n
    ends = np.sort(np.roots([1 + z**2 / n, -2 * share - z**2 / n, share**2]))
    slips = {
        "the plain interval p ± z·√(p(1-p)/n) fails for small n": plain,
        "low comes first": ends[::-1],
    }
    c.close(got[:2], ends, what=what, slips=slips, rtol=1e-5, atol=1e-7, hint="divide by 1 + z²/n")
    c.equal(
        got[2], want, what=what, hint=f"compare both ends with the accuracy needed, 1 - {look}/{error}"
    )

# %% 4b.4 asks about best_layer
import numpy as np
import torch

for K, d in [(3, 10), (4, 4), (2, 5)]:
    draws = np.random.default_rng(K)
    typical, points = draws.normal(size=(K, d)), draws.normal(size=(6, d))
    got = best_layer(typical.copy())
    c.true(isinstance(got, (tuple, list)) and len(got) == 2, "return two arrays: W, b")
    W, b = (np.asarray(part, dtype=float) for part in got)
    c.true(W.shape == (K, d), f"W has shape {W.shape}, not ({K}, {d}): one row for each kind")
    c.true(b.shape == (K,), f"b has shape {b.shape}, not ({K},): one number for each kind")
    squares, products = (typical**2).sum(axis=1), points @ typical.T
    scores = {
        "the nearest kind is right, but too sure: *half* of the squared distance": 2 * products - squares,
        "b is minus *half* of the squared length": products - squares,
        "b is missing: a long mean would win too often": products,
        "check the sign of b": products + squares / 2,
        "squared length, not length": products - np.sqrt(squares) / 2,
    }
    chances = {sentence: torch.tensor(score).softmax(dim=1) for sentence, score in scores.items()}
    mine = torch.tensor(points @ W.T + b).softmax(dim=1)
    true = torch.tensor(-((points[:, None] - typical) ** 2).sum(axis=-1) / 2).softmax(dim=1)
    what = f"probabilities, K={K}, d={d}"
    c.close(mine, true, what=what, slips=chances, hint="multiply out -|x - μ|²/2")

# %% 4b.5 asks about regression_slopes
import torch

for m, D, H in [(6, 10, 20), (5, 3, 4), (1, 2, 3)]:
    draws = torch.Generator().manual_seed(m)
    shapes = [(m, D), (m,), (H, D), (H,), (1, H), (1,)]
    given = [torch.randn(*shape, dtype=torch.double, generator=draws) for shape in shapes]
    inputs, targets, *leaves = given
    for leaf in leaves:
        leaf.requires_grad_()
    said = (torch.relu(inputs @ leaves[0].T + leaves[1]) @ leaves[2].T + leaves[3])[:, 0]
    wanted = torch.autograd.grad(((said - targets) ** 2).mean(), leaves)
    got = regression_slopes(*(t.detach().numpy().copy() for t in given))
    c.true(isinstance(got, (tuple, list)) and len(got) == 4, "return four arrays: W1, b1, W2, b2")
    for name, mine, want in list(zip(["W1", "b1", "W2", "b2"], got, wanted, strict=True))[::-1]:
        slips = {
            "the square's factor 2 is missing": want / 2,
            "check the sign: prediction minus target": -want,
            "the loss is a mean: divide by m": want * m,
        }
        hint = "d2 = 2 (ŷ - y) / m with both of shape (m, 1): write y[:, None]. Then as in `backward`"
        c.close(mine, want, what=f"slopes of {name} for m={m}, D={D}, H={H}", slips=slips, hint=hint)
