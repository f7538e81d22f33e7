# 4a · Three formulas, mended and proven
# Made from lessons/04a_formulas.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
examples: int = 512  # parcels in the postage problem  in [128, 8192]
dimensions: int = 6  # measurements of each parcel  in [2, 16]
momentum: float = 0.9  # momentum whose stability limit is measured  in [0, 0.99]
draws: int = 400  # mini-batches drawn for each batch size  in [100, 2000]

# %% 4a.1 asks about merge
import numpy as np

for D, H, K in [(3, 4, 2), (2, 2, 2), (5, 1, 3)]:
    draw = np.random.default_rng(D)
    W1, b1, W2, b2 = (draw.normal(size=shape) for shape in [(H, D), (H,), (K, H), (K,)])
    got = merge(W1, b1, W2, b2)
    c.true(isinstance(got, (tuple, list)) and len(got) == 2, "return two arrays: W and b")
    what, hint = f"for D={D}, H={H}, K={K}", "W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2)"
    slips = (
        {"wrong order: the first layer acts first, so it stands next to x": W1 @ W2}
        if H == D == K
        else {}
    )
    c.close(got[0], W2 @ W1, what=f"W {what}", slips=slips, hint=hint)
    slips = {"b1 has to pass through the second layer's weights": b1 + b2} if H == K else {}
    slips["the second layer has a bias of its own"] = W2 @ b1
    slips["the first layer's bias is lost"] = b2
    c.close(got[1], W2 @ b1 + b2, what=f"b {what}", slips=slips, hint=hint)

# %% 4a.2 asks about paper_p, paper_loss, paper_slopes
import numpy as np

slips = {
    "these are not divided by their sum": [6, 3, 1],
    "softmax needs e to the scores first": np.log([6, 3, 1]) / np.log(18),
}
c.close(paper_p, [0.6, 0.3, 0.1], what="p", rtol=2e-3, slips=slips, hint="6, 3 and 1, divided by 10")
slips = {
    "that is in bits; nats take the natural logarithm": -np.log2(0.3),
    "that is the logarithm to base 10": -np.log10(0.3),
    "a surprise is never negative: mind the minus": np.log(0.3),
    "that is the surprise at shelf 0": -np.log(0.6),
    "that is the surprise at shelf 2": -np.log(0.1),
}
c.close(paper_loss, -np.log(0.3), what="loss", rtol=2e-3, slips=slips, hint="-ln 0.3")
slips = {
    "mind the sign: said minus true": [-0.6, 0.7, -0.1],
    "that is the slope for shelf 0": [-0.4, 0.3, 0.1],
    "those are the probabilities; take off 1 where the letter belongs": [0.6, 0.3, 0.1],
}
want, hint = [0.6, -0.7, 0.1], "p - y with y = (0, 1, 0)"
c.close(paper_slopes, want, what="slopes", rtol=2e-3, slips=slips, hint=hint)

# %% 4a.3 asks about soft_cross_entropy
import numpy as np
import torch
import torch.nn.functional as F

with np.errstate(all='ignore'):
    for m, K, size in [(4, 3, 1.0), (1, 2, 1.0), (5, 5, 4.0), (3, 4, 700.0)]:
        draw, what = np.random.default_rng(m), f"for {m} rows, {K} classes, scores of size {size:g}"
        s, t = draw.normal(size=(m, K)) * size, draw.dirichlet(np.ones(K), size=m)
        twin = torch.tensor(s, requires_grad=True)
        wanted = F.cross_entropy(twin, torch.tensor(t))
        wanted.backward()
        got, want = soft_cross_entropy(s.copy(), t.copy()), wanted.item()
        c.true(isinstance(got, (tuple, list)) and len(got) == 2, "return two things: the loss and the slopes")
        slips = {
            "that is the sum over rows; take the mean": want * m,
            "that is the mean over classes too; sum over them": want / K,
        }
        hint = "log p = z - max - ln Σ e^(z - max), row by row"
        c.close(got[0], want, what=f"loss {what}", slips=slips, hint=hint)
        slips = {
            "the loss is a mean, so its slopes are divided by the rows": twin.grad * m,
            "mind the sign: said minus true": -twin.grad,
        }
        c.close(got[1], twin.grad, what=f"slopes {what}", slips=slips, hint="(p - targets) / m")
    far = soft_cross_entropy(np.array([[1000.0, 0.0, -1000.0]]), np.array([[0.0, 0.0, 1.0]]))
    hint = "use log-sum-exp: no logarithm of a probability, no exp before the largest score is off"
    c.close(far[0], 2000.0, what="loss of (1000, 0, -1000) at the last class", hint=hint)

# %% 4a.4 asks about rate_limit
import numpy as np

for m, D, size in [(20, 3, 1.0), (3, 3, 1.0), (4, 7, 0.1), (9, 1, 5.0)]:
    X_test = np.random.default_rng(m).normal(size=(m, D)) * size
    curved = np.linalg.svd(X_test, compute_uv=False) ** 2
    want, hint = m / curved.max(), "2 over the largest eigenvalue of H = 2 XᵀX / m"
    slips = {
        "that is 2/λmax of XᵀX/m; the square in the loss brings another factor 2": 2 * want,
        "half of the limit: the limit is 2/λmax, not 1/λmax": want / 2,
        "the loss is a mean: H = 2 XᵀX is divided by the number of rows": want / m,
        "that is the least curved direction; the steepest one decides": m / max(curved.min(), 1e-12),
        "that adds up all curvatures (the trace); only the steepest counts": m / curved.sum(),
    }
    c.close(rate_limit(X_test.copy()), want, what=f"X with {m} rows, {D} columns", slips=slips, hint=hint)

# %% 4a.5 asks about cheapest_plan
plans = {"patient": (16, 0.05, 1.0), "steady": (64, 0.2, 3.0), "large": (512, 0.5, 20.0)}
hint = "all three are good enough; they cost 90 · 1, 21 · 3 and 7 · 20"
c.equal(cheapest_plan(plans, 1.0, 1.0, 0.01), "steady", what="σ² = 1", hint=hint)
hint = "the floor of steady is 0.2 · 16/64 / (2 · 1.8) = 0.0139, above 0.01; that of large is 0.0052"
c.equal(cheapest_plan(plans, 1.0, 16.0, 0.01), "large", what="σ² = 16", hint=hint)
hint = "rate · curvature counts: large is at 2.1, unstable; patient needs 20 steps, steady 3"
cheap = {**plans, "large": (512, 0.5, 0.1)}
c.equal(cheapest_plan(cheap, 4.2, 1.0, 0.01), "steady", what="curvature 4.2", hint=hint)
got = cheapest_plan(plans, 1.0, 16.0, 0.0001)
c.equal(got, "none", what="no plan is good enough", hint='return the text "none"')
hint = "|1 - α| is 0.5 and 0.9: 7 steps and 44 steps"
swinging = {"bold": (64, 1.5, 3.0), "wild": (64, 1.9, 1.0)}
c.equal(cheapest_plan(swinging, 1.0, 0.01, 1.0), "bold", what="rates 1.5 and 1.9", hint=hint)
hint = "steps are whole: 7 · 1.00 is less than 6 · 1.18"
close = {"calm": (64, 0.5, 1.0), "brisk": (64, 0.6, 1.18)}
c.equal(cheapest_plan(close, 1.0, 0.01, 1.0), "calm", what="rates 0.5 and 0.6", hint=hint)
hint = "at rate 0.4 the floors are 0.125 and 0.031"
two = {"B = 1": (1, 0.4, 1.0), "B = 4": (4, 0.4, 2.0)}
c.equal(cheapest_plan(two, 1.0, 1.0, 0.05), "B = 4", what="batches of 1 and 4", hint=hint)
