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

for D, H, K in [(2, 2, 2), (3, 4, 2), (5, 1, 3)]:
    draw = np.random.default_rng(D)
    W1, b1, W2, b2 = (draw.normal(size=shape) for shape in [(H, D), (H,), (K, H), (K,)])
    got = merge(W1, b1, W2, b2)
    c.true(isinstance(got, (tuple, list)) and len(got) == 2, "return two arrays: W and b")
    what, hint = (
        f"for D={D}, H={H}, K={K}",
        "multiply the bracket out: what stands before x, and what stands alone?",
    )
    slips = {"rows and columns are swapped: W has a row for each output": (W2 @ W1).T}
    if H == D == K:
        slips["wrong order: the first layer acts first, so it stands next to x"] = W1 @ W2
        slips["both matrices are transposed"] = (W1 @ W2).T
    c.close(got[0], W2 @ W1, what=f"W {what}", rtol=1e-5, atol=1e-6, slips=slips, hint=hint)
    slips = {"b1 has to pass through the second layer's weights": b1 + b2} if H == K else {}
    slips["the second layer has a bias of its own"] = W2 @ b1
    slips["the first layer's bias is lost"] = b2
    c.close(got[1], W2 @ b1 + b2, what=f"b {what}", rtol=1e-5, atol=1e-6, slips=slips, hint=hint)

# %% 4a.2 asks about paper_p, paper_loss, paper_slopes
import numpy as np

slips = {
    "these are not divided by their sum": [6, 3, 1],
    "softmax needs e to the scores first": np.log([6, 3, 1]) / np.log(18),
}
hint = "softmax: e to each score, and then all of them divided by the same number"
c.close(paper_p, [0.6, 0.3, 0.1], what="p", rtol=2e-3, slips=slips, hint=hint)
slips = {
    "that is in bits; nats take the natural logarithm": -np.log2(0.3),
    "that is the logarithm to base 10": -np.log10(0.3),
    "a surprise is never negative: mind the minus": np.log(0.3),
    "that is the surprise at shelf 0": -np.log(0.6),
    "that is the surprise at shelf 2": -np.log(0.1),
}
hint = "the surprise at the shelf where the letter belongs, to three decimals"
c.close(paper_loss, -np.log(0.3), what="loss", rtol=0, atol=6e-4, slips=slips, hint=hint)
slips = {
    "mind the sign: said minus true": [-0.6, 0.7, -0.1],
    "that is the slope for shelf 0": [-0.4, 0.3, 0.1],
    "that is the slope for shelf 2": [0.6, 0.3, -0.9],
    "those are the probabilities; what was true is missing": [0.6, 0.3, 0.1],
    "that is the slope in p; the scores lie one step further back, behind the softmax": [0, -1 / 0.3, 0],
}
want, hint = [0.6, -0.7, 0.1], "section 4a.4, in three words"
c.close(paper_slopes, want, what="slopes", rtol=2e-3, slips=slips, hint=hint)

# %% 4a.3 asks about soft_cross_entropy
import numpy as np
import torch
import torch.nn.functional as F

with np.errstate(all='ignore'):
    near = {"rtol": 1e-5, "atol": 1e-6}
    for m, K, size in [(4, 3, 1.0), (1, 2, 1.0), (5, 5, 4.0), (3, 4, 700.0)]:
        draw, what = np.random.default_rng(m), f"for {m} rows, {K} classes, scores of size {size:g}"
        s, t = draw.normal(size=(m, K)) * size, draw.dirichlet(np.ones(K), size=m)
        twin = torch.tensor(s, requires_grad=True)
        wanted = F.cross_entropy(twin, torch.tensor(t))
        wanted.backward()
        got, want = soft_cross_entropy(s.copy(), t.copy()), wanted.item()
        c.true(isinstance(got, (tuple, list)) and len(got) == 2, "return two things: the loss and the slopes")
        along_rows = s - np.log(np.exp(s - s.max()).sum(axis=0)) - s.max()
        hard = F.cross_entropy(torch.tensor(s), torch.tensor(t.argmax(axis=1))).item()
        slips = {
            "that is the sum over rows; take the mean": want * m,
            "that is the mean over classes too; sum over them": want / K,
            "the softmax runs down the rows; each letter's classes share one softmax": -(t * along_rows).sum()
            / m,
            "the targets are probabilities: every class counts with its share, not only the likeliest": hard,
        }
        # an overflow is inf by many mistakes: it names none
        slips = {sentence: value for sentence, value in slips.items() if np.isfinite(value)}
        hint = "which of the two sums runs over the classes, and over what is the mean?"
        if size > 100:
            hint = "which step makes inf of a large score, or 0 of a small probability?"
        c.close(got[0], want, what=f"loss {what}", **near, slips=slips, hint=hint)
        slips = {
            "the loss is a mean, so its slopes are divided by the rows": twin.grad * m,
            "mind the sign: said minus true": -twin.grad,
            "those are the slopes for hard labels": twin.grad
            + torch.tensor(t - np.eye(K)[t.argmax(axis=1)]) / m,
        }
        hint = "section 4a.4 has the slopes of one row; a mean of m rows shrinks them"
        c.close(got[1], twin.grad, what=f"slopes {what}", **near, slips=slips, hint=hint)
    far = soft_cross_entropy(np.array([[1000.0, 0.0, -1000.0]]), np.array([[0.0, 0.0, 1.0]]))
    hint = "no logarithm of a probability, no exp before the largest score is off"
    c.close(far[0], 2000.0, what="loss of (1000, 0, -1000) at the last class", hint=hint)
    s = np.array([[1000.0, 999.0, 0.0], [-1000.0, -999.0, -1002.0]])
    loss, slopes = soft_cross_entropy(s.copy(), np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]))
    what, p = (
        "of (1000, 999, 0) at class 1 and (-1000, -999, -1002) at class 0",
        np.exp(s - s.max(axis=1)[:, None]),
    )
    p /= p.sum(axis=1)[:, None]
    c.close(loss, -np.log(p[0, 1] * p[1, 0]) / 2, what=f"loss {what}", **near, hint=hint)
    c.close(slopes, (p - [[0, 1, 0], [1, 0, 0]]) / 2, what=f"slopes {what}", **near, hint=hint)

# %% 4a.4 asks about rate_limit
import numpy as np

for m, D, size, ridge in [(20, 3, 1.0, 0.5), (4, 7, 0.1, 0.02), (3, 3, 1.0, 0.0), (9, 1, 5.0, 30.0)]:
    X_test = np.random.default_rng(m).normal(size=(m, D)) * size
    S = X_test.T @ X_test
    squares = np.linalg.eigvalsh(S)
    top, low = squares.max(), max(squares.min(), 0.0) if m > 1 else 0.0
    want = 2 / (top / m + ridge)
    slips = {
        "the half before the square takes the 2 of its slope away": 2 / (2 * top / m + ridge),
        "the ridge has a half too, which takes the 2 of its slope away": 2 / (top / m + 2 * ridge),
        "the 2 of the ridge's slope takes its half away": 2 / (top / m + ridge / 2),
        "the limit is twice that": want / 2,
        "that is twice the limit": 2 * want,
        "the ridge curves the valley too": 2 * m / top,
        "the square is a mean: divide by the number of rows": 2 / (top + ridge),
        "divide by the rows, not by the columns": 2 / (top / D + ridge),
        "the mean runs over the rows, not over all numbers of X": 2 / (top / X_test.size + ridge),
        "the ridge is no part of the mean": 2 / (top / m + ridge / m),
        "that is the least curved direction; the steepest one decides": 2 / (low / m + ridge)
        if low + ridge
        else 0,
        "that adds up all curvatures (the trace); only the steepest counts": 2
        / (squares.sum() / m + D * ridge),
        "the trace of XᵀX adds up all its curvatures; only the steepest counts": 2
        / (squares.sum() / m + ridge),
    }
    spread = (X_test - X_test.mean(axis=0)).T @ (X_test - X_test.mean(axis=0))
    slips |= {
        f"no mean is taken off X first, as a covariance {by}": 2
        / (np.linalg.eigvalsh(spread).max() / rows + ridge)
        for by, rows in [("has it", m), ("has it, and its m − 1", m - 1)]
    }
    what, hint = (
        f"X with {m} rows, {D} columns, c = {ridge:g}",
        "what is the matrix of second derivatives in w?",
    )
    c.close(rate_limit(X_test.copy(), ridge), want, what=what, rtol=1e-5, slips=slips, hint=hint)

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
hint = "where the curvature is not 1, it belongs into the floor: here 2.375 and 0.1023 against 0.2"
steep = {"swing": (1, 0.475, 1.0), "calm": (1, 0.225, 30.0)}
c.equal(cheapest_plan(steep, 4.0, 1.0, 0.2), "calm", what="curvature 4", hint=hint)
hint = "where the curvature is not 1, it belongs into the steps: here 17 and 4"
flat = {"slow": (64, 0.5, 1.0), "fast": (64, 1.5, 3.2)}
c.equal(cheapest_plan(flat, 0.5, 0.01, 1.0), "fast", what="curvature 0.5", hint=hint)
hint = "one step arrives, the floor is exactly what is allowed, and `at most` lets it in"
direct = {"direct": (1, 1.0, 1.0)}
c.equal(
    cheapest_plan(direct, 1.0, 1.0, 0.5),
    "direct",
    what="rate · curvature = 1, floor = allowed",
    hint=hint,
)
hint = "a single step is not free"
dear = {"direct": (64, 1.0, 9.0), "half": (64, 0.5, 1.0)}
c.equal(cheapest_plan(dear, 1.0, 1.0, 0.5), "half", what="rate · curvature = 1, dear", hint=hint)
hint = "at the limit itself it swings for ever; below is below"
edge = {"edge": (64, 2.0, 0.01), "safe": (64, 0.9, 5.0)}
c.equal(cheapest_plan(edge, 1.0, 0.01, 1.0), "safe", what="rate · curvature = 2", hint=hint)
hint = "2 steps and 7 steps"
few = {"few": (64, 0.95, 1.0), "more": (64, 0.5, 0.3)}
c.equal(cheapest_plan(few, 1.0, 0.01, 1.0), "few", what="rates 0.95 and 0.5", hint=hint)
c.equal(cheapest_plan({}, 1.0, 1.0, 1.0), "none", what="no plan at all", hint='return the text "none"')
