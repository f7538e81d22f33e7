# 2b · Does it generalise?
# Made from lessons/02b_generalisation.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
dataset: str = "digits"  # the images; mnist is downloaded  in {digits, mnist}
hidden: int = 512  # hidden units of the network that memorises  in [256, 4096]
labels: int = 300  # images whose labels are drawn at random  in [100, 800]

# %% 2b.1 asks about exam_size
import math

for p, margin in [(0.5, 0.05), (0.9, 0.03), (0.97, 0.005), (0.2, 0.1), (0.4, 0.3), (0.5, 0.49)]:
    exact = p * (1 - p) * (1.96 / margin) ** 2
    slips = {
        "that is rounded down or to the nearest: one example more is needed": math.floor(exact),
        "here the margin is hit exactly, which is enough: that is one too many": math.floor(exact) + 1,
        "a whole number is wanted": exact,
        "the margin is 1.96 standard errors, not one": math.ceil(exact / 1.96**2),
        "the margin is 1.96 standard errors, not 2": math.ceil(exact * (2 / 1.96) ** 2),
        "the margin goes to both sides; it is not the whole width": math.ceil(exact * 4),
        "that is the number for an accuracy of one half": math.ceil(0.25 * (1.96 / margin) ** 2),
        "square the 1.96 as well": math.ceil(exact / 1.96),
        "a square is missing, that of the margin at least": math.ceil(exact * margin),
        "no square is taken at all; what undoes a root?": math.ceil(math.sqrt(exact)),
        "under the root stands p·(1 - p), not p": math.ceil(p * (1.96 / margin) ** 2),
    }
    hint = "for p = 0.5, how large is the standard error of 100 examples, and of 400?"
    c.close(
        exam_size(p, margin),
        math.ceil(exact),
        rtol=0,
        what=f"accuracy={p}, margin={margin}",
        slips=slips,
        hint=hint,
    )

# %% 2b.2 asks about ridge_weights with peak_bytes
import numpy as np

own = "least_squares" not in getattr(ridge_weights, "__wrapped__", ridge_weights).__code__.co_names
c.true(own, "that calls the lesson's least_squares; write it with np.linalg.solve")
draw = np.random.default_rng(0)
for n, p, K, s in [(12, 4, 3, 0.5), (5, 5, 2, 2.0), (4, 9, 1, 0.1)]:
    F, Y, e = draw.normal(size=(n, p)), draw.normal(size=(n, K)), np.eye(p)
    true, often, twice, less = (np.linalg.inv(F.T @ F + t * e) @ F.T @ Y for t in (s, s * n, s * s, -s))
    slips = {
        "that is plain least squares: s is not in it": np.linalg.pinv(F) @ Y,
        "here the squares are summed, not averaged: do not multiply s by n": often,
        "s·I goes in once; that is s²": twice,
        "the sign of s: it is added to the diagonal": less,
        "s belongs on the diagonal only": np.linalg.pinv(F.T @ F + s) @ F.T @ Y,
    }
    what = f"weights for n={n}, p={p}, K={K}, s={s}"
    c.close(ridge_weights(F, Y, s), true, what=what, slips=slips, hint="which shape has W?")
for n, p in [(3, 1500), (1500, 3), (60, 200), (200, 60)]:
    F, Y, size = draw.normal(size=(n, p)), draw.normal(size=(n, 1)), max(n, p)
    small = f"n={n}, p={p}: the {size} × {size} system is the larger one"
    c.true(peak_bytes(F, Y) < 8 * size**2, small, "compare n with p")
    fine = (
        np.linalg.pinv(F) @ Y
    )  # so small an s changes no digit that counts, but drowns in a large system
    c.close(ridge_weights(F, Y, 1e-9), fine, what=f"{small}? s=1e-9", hint="compare n with p")

# %% 2b.3 asks about labels_to_buy
import math
import numpy as np

tidy, steep, four = {100: 0.2, 400: 0.1}, {1000: 0.01, 100: 0.1}, [64000, 400, 1600, 6400]
rough = {200: 0.16, 100: 0.3, 400: 0.14, 800: 0.13}
lucky = {200: 0.16, 100: 0.3, 800: 0.15, 400: 0.13}
cases = [
    (tidy, four, 1.0, 20_000, 2.0, "how large is the error with four times 400 labels?"),
    (tidy, four, 50.0, 20_000, 2.0, "here a label saves less than it costs"),
    (tidy, four, 1.0, 20_000, 900.0, "here a mistake costs 900"),
    (steep, [2000, 1000, 4000], 0.1, 50_000, 1.0, "here ten times the labels, a tenth of the error"),
    (rough, [3200, 800, 1600], 0.2, 10_000, 1.0, "here no line goes through all four measurements"),
    (lucky, [900, 6400, 2400, 600], 0.2, 10_000, 1.0, "work out the total of each of the four offers"),
]
for measured, offers, price, letters, mistake, hint in cases:
    n, e = np.log(list(measured)), np.log(list(measured.values()))
    b, ends = ((n - n.mean()) * e).sum() / ((n - n.mean()) ** 2).sum(), (e[-1] - e[0]) / (n[-1] - n[0])
    error = {k: math.exp(e.mean() + b * (math.log(k) - n.mean())) for k in offers}
    other = {k: math.exp(e[0] + ends * (math.log(k) - n[0])) for k in offers}
    costs = [[k * price + letters * mistake * f[k] for k in offers] for f in (error, other)]
    (cost, m), (wrong, at) = (min(zip(row, offers, strict=True)) for row in costs)
    slips = {"all measurements shape the line, not only two": (at, wrong)}
    slips |= {"first the number of labels, then the cost": (cost, m)}
    slips |= {"that is the cost of the mistakes alone": (m, cost - m * price)}
    got, what = (
        labels_to_buy(measured, offers, price, letters, mistake),
        f"{measured=}, {price=}, {mistake=}",
    )
    c.close(got, (m, cost), rtol=1e-5, what=what, slips=slips, hint=hint)
