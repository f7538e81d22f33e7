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
for sizes in [(7, 5, 4, 2), (10, 20, 3), (10, 20, 1), (10, 3), (1, 1), (3, 6, 5, 4, 2)]:
    steps = list(zip(sizes[:-1], sizes[1:], strict=True))
    weights_only = sum(n * m for n, m in steps)
    slips = {
        "these are the weights alone; each unit that computes has a bias too": weights_only,
        "the inputs compute nothing, so they have no bias": weights_only + sum(sizes),
        "a bias belongs to the unit that computes, not to the one that sends": weights_only
        + sum(sizes[:-1]),
        "the outputs have biases too": weights_only + sum(sizes[1:-1]),
        "the biases of the hidden layers are missing": weights_only + sizes[-1],
        "one bias for each unit, not one for each layer": weights_only + len(steps),
        "a layer has as many biases as it has units": weights_only + len(sizes),
        "these are the units; each of them owns several numbers": sum(sizes),
    }
    c.close(
        count_parameters(sizes),
        weights_only + sum(sizes[1:]),
        what=f"sizes {sizes}",
        slips=slips,
        hint="one unit first: how many values reach it, and what else does it own? Then all units of its layer",
    )

# %% 4b.2 asks about weight_slopes, slope_in_h, new_weights
slips = {
    "check the sign: said minus true, not true minus said": [-1.0, 1.4, -0.4],
    "these are the slopes in the scores; what came in is missing": [0.5, -0.7, 0.2],
    "brakes is the second of the three": [1.0, 0.6, -1.6],
    "here wheels is taken for the truth": [-1.0, 0.6, 0.4],
    "the target is missing: that is what was said, and not yet minus true": [1.0, 0.6, 0.4],
}
hint = "the slopes in the scores first; then what came in, times that"
c.close(weight_slopes, [1.0, -1.4, 0.4], what="slopes in the weights", slips=slips, hint=hint)
slips = {
    "use the weights from before the step": -0.47,
    "check the sign: said minus true, not true minus said": -0.31,
    "h itself does not enter here": 0.62,
    "add up all three; the target's score is not the only one that depends on h": 0.07,
}
hint = "three roads lead from h to the loss; each gives the slope of its score times its weight"
c.close(slope_in_h, 0.31, what="slope in h", slips=slips, hint=hint)
slips = {
    "that walks uphill": [0.9, -0.8, 0.4],
    "that is a whole slope; how large is the learning rate?": [-0.6, 1.3, -0.2],
    "the slope of a weight holds what came in as well": [0.15, 0.25, 0.1],
}
hint = "old weight, minus the learning rate times its slope from above"
c.close(new_weights, [-0.1, 0.6, 0.0], what="new weights", slips=slips, hint=hint)

# %% 4b.3 asks about decide
import numpy as np

cases = (
    "25/30 3 12, 250/300 3 12, 3/3 3 12, 12/30 3 12, 60/100 5 10, 330/1000 2 3, 10/40 20 22, 180/200 1 25"
)
for case in cases.split(", "):
    right, n, look, error = map(int, case.replace("/", " ").split())
    got = decide(right, n, look, error)
    what = f"{right} of {n} right, look {look} €, error {error} €"
    c.true(isinstance(got, (tuple, list)) and len(got) == 3, "return three things: low, high, decision")
    z, share = 1.96, right / n
    plain = share + z * np.sqrt(share * (1 - share) / n) * np.array([-1, 1])
    # the ends are the two p for which (share - p)² = z² p (1 - p) / n
    ends = np.sort(np.roots([1 + z**2 / n, -2 * share - z**2 / n, share**2]))
    slips = {
        "that is the share with plain standard errors on both sides, not Wilson's interval": plain,
        "low comes first": ends[::-1],
        "the part below the fraction's line is missing": ends * (1 + z**2 / n),
    }
    hint = "look at what stands below the fraction's line, and under the root"
    c.close(
        got[:2], ends, what=what, slips=slips, rtol=2e-4, atol=1e-7, hint=hint
    )  # z of 1.95996 will do
    hint = "compare both ends with the accuracy at which the machine and the mechanic cost the same"
    want = ["stop", "label more", "ship"][int((ends >= 1 - look / error).sum())]
    c.equal(got[2], want, what=what, hint=hint)

# %% 4b.4 asks about best_layer
import numpy as np
import torch

for K, d in [(3, 10), (4, 4), (2, 5), (5, 2)]:
    draws = np.random.default_rng(K)
    typical, points = draws.normal(size=(K, d)), draws.normal(size=(6, d))
    got = best_layer(typical)
    c.true(isinstance(got, (tuple, list)) and len(got) == 2, "return two arrays: W, b")
    W, b = (np.asarray(p.detach() if isinstance(p, torch.Tensor) else p, dtype=float) for p in got)
    c.true(W.shape == (K, d), f"W has shape {W.shape}, not ({K}, {d}): one row for each kind")
    c.true(b.shape == (K,), f"b has shape {b.shape}, not ({K},): one number for each kind")
    squares, products = (typical**2).sum(axis=1), points @ typical.T
    scores = {
        "the nearest kind is right, but too sure: see the half in the density": 2 * products - squares,
        "W is right; b is too strong": products - squares,
        "b is missing: a long mean would win too often": products,
        "check the sign of b": products + squares / 2,
        "check the sign of W": -products - squares / 2,
        "b holds the squared length, not the length": products - np.sqrt(squares) / 2,
    }
    slips = {sentence: torch.tensor(score).softmax(dim=1) for sentence, score in scores.items()}
    mine = torch.tensor(points @ W.T + b).softmax(dim=1)
    true = torch.tensor(-((points[:, None] - typical) ** 2).sum(axis=-1) / 2).softmax(dim=1)
    what, hint = f"probabilities, K={K}, d={d}", "which terms of the square does softmax notice?"
    c.close(mine, true, what=what, slips=slips, hint=hint, rtol=1e-4, atol=1e-6)  # 32 bits will do

# %% 4b.5 asks about regression_slopes
import torch

for m, D, H in [(6, 10, 20), (5, 3, 4), (4, 3, 3), (7, 2, 1), (1, 2, 3)]:
    draws, size = torch.Generator().manual_seed(m), f"m={m}, D={D}, H={H}"
    shapes = [(m, D), (m,), (H, D), (H,), (1, H), (1,)]
    given = [torch.randn(*shape, dtype=torch.double, generator=draws) for shape in shapes]
    inputs, targets, *leaves = [t.requires_grad_() for t in given]
    said = (torch.relu(inputs @ leaves[0].T + leaves[1]) @ leaves[2].T + leaves[3])[:, 0]
    wanted = torch.autograd.grad(((said - targets) ** 2).mean(), leaves)
    hint = "give y the shape (m, 1) before it is taken off; below that, all is as in `backward`"
    try:
        got = regression_slopes(*(t.detach().numpy().copy() for t in given))
    except ValueError as error:
        c.fail(f"{size}: {error}. Which shape has your slope at the output?", hint)
    c.true(isinstance(got, (tuple, list)) and len(got) == 4, "return four arrays: W1, b1, W2, b2")
    back = (2 * (said - targets) / m)[:, None] @ leaves[2]  # what arrives at the gate, (m, H)
    ungated = {"W1": back.T @ inputs, "b1": back.sum(dim=0)}
    for name, mine, want in list(zip(["W1", "b1", "W2", "b2"], got, wanted, strict=True))[::-1]:
        slips = {"the square's factor is missing": want / 2, "the loss is a mean": want * m}
        slips["check the sign: prediction minus target"] = -want
        slips["ReLU's gate is missing"] = ungated.get(name, want)
        tolerance = {"rtol": 1e-4, "atol": 2e-6}  # wide enough for 32 bits and for finite differences
        c.close(mine, want, what=f"slopes of {name} for {size}", slips=slips, hint=hint, **tolerance)
