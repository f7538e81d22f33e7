# 3a · Forward and backward
# Made from lessons/03a_forward_backward.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
hidden: int = 32  # hidden units of the digit reader  in [4, 512]
epochs: int = 30  # passes over the training images  in [1, 200]
lr: float = 0.01  # learning rate of Adam for the digits  in (0, 1]

# %% 3a.1 asks about largest_safe_step
for curve in (4.0, 0.3, 2.5):
    slips = {
        "that is the fastest rate; a little beyond it steps overshoot but still converge": 0.5 / curve,
        "at that rate the weights explode already": 2 / curve,
    }
    c.close(
        largest_safe_step(curve),
        1 / curve,
        what=f"c = {curve}",
        slips=slips,
        hint="write the next weight as a factor times this one; between which two numbers must it stay?",
    )

# %% 3a.2 asks about silent_dv, silent_dw, silent_dc
c.close(
    silent_dc,
    -6.0,
    what="slope in c",
    hint="forward first: what are h and p now? then back from the loss",
    slips={
        "that is the slope with the old w": -4.0,
        "the sign: is the prediction above or below y?": 6.0,
    },
)
c.close(silent_dv, 0.0, what="slope in v", hint="by which value is v multiplied?")
c.close(silent_dw, 0.0, what="slope in w", hint="what does a closed ReLU let through?")

# %% 3a.3 asks about tanh_layer_backward
import torch

for m, D, H in [(4, 3, 2), (3, 3, 3), (1, 2, 5)]:
    draw = torch.Generator().manual_seed(m)
    x, W, b, da = (
        torch.randn(*s, dtype=torch.double, generator=draw) for s in [(m, D), (H, D), (H,), (m, H)]
    )
    leaves = [t.requires_grad_() for t in (x, W, b)]
    a = torch.tanh(x @ W.T + b)
    a.backward(da)
    wanted = [t.grad.numpy() for t in leaves]
    got = tanh_layer_backward(*(t.detach().numpy() for t in (x, W, a, da)))
    c.true(isinstance(got, (tuple, list)) and len(got) == 3, "return three arrays: dx, dW, db")
    for name, mine, true in zip(["dx", "dW", "db"], got, wanted, strict=True):
        slips = {"that is the mean over rows": true / m}
        hint = "go back through tanh first; then let the shapes choose each product"
        what = f"{name} for m={m}, D={D}, H={H}"
        c.close(mine, true, what=what, slips=slips if name == "db" else {}, hint=hint)

# %% 3a.4 asks about softplus with try_softplus
import numpy as np
import torch

inputs = np.array([[[0.0, 1.0, -2.0], [3.0, -30.0, 5.0]], [[7.5, -7.5, 11.0], [-4.0, 20.0, 0.3]]])
factor = np.array([[[3.0, -1.0, 0.5], [2.0, 1.0, -4.0]], [[-2.0, 5.0, 1.5], [0.7, -3.0, 2.5]]])
try:
    values, slopes, after = try_softplus(inputs.copy(), factor)
except AttributeError as error:
    c.true("'numpy" not in str(error), "return a Tensor, not an array: what remembers the way back?")
    raise
c.true(
    np.array_equal(after, inputs), "softplus changes the data of its input, which others may still need"
)
twin = torch.tensor(inputs, requires_grad=True)
wanted = torch.nn.functional.softplus(twin, threshold=1000)
(torch.tensor(factor) * wanted).sum().backward()
c.close(values, wanted, what="values")
slips = {
    "the incoming slope is forgotten": twin.grad / torch.tensor(factor),
    "no slope came back: has the new Tensor its parents?": np.zeros_like(inputs),
    "that is the slope at -t": torch.tensor(factor) * torch.sigmoid(-twin),
}
hint = "the derivative of softplus, times what?"
c.close(slopes, twin.grad, what="slopes of factors · softplus", slips=slips, hint=hint)
with np.errstate(all="ignore"):
    far, steep, _ = try_softplus(np.array([800.0, -800.0, 40.0]), 1.0)
c.close(far, [800.0, 0.0, 40.0], what="softplus(800, -800, 40)", hint="look for a safe ln(e^a + e^b)")
what, hint = "slopes at 800, -800 and 40", "which exponential grows too large?"
c.close(steep, [1.0, 0.0, 1.0], what=what, hint=hint)
alone, slope, _ = try_softplus(np.array(0.0), 2.0)
c.close(alone, np.log(2), what="softplus of a single number, 0", hint="any shape, also one without axes")
c.close(slope, 1.0, what="slope at a single number, 0, times 2", hint=hint)

# %% 3a.5 asks about adamw_step
import numpy as np
import torch

first = adamw_step(np.ones(1), np.full(1, 4.0), np.zeros(1), np.zeros(1), 1, weight_decay=0.0)
c.true(isinstance(first, (tuple, list)) and len(first) == 3, "return three arrays: w, m, s")
hint = "are m and s corrected for their start at 0? then the very first step has the size lr"
c.close(first[0], [0.99], what="first step from w = 1 with slope 4", hint=hint)
options = {"lr": 0.02, "betas": (0.8, 0.95), "eps": 0.01, "weight_decay": 0.3}
twin, l2 = (torch.tensor([3.0, -2.0, 0.5], dtype=torch.double, requires_grad=True) for _ in range(2))
steppers = [(torch.optim.AdamW([twin], **options), twin), (torch.optim.Adam([l2], **options), l2)]
w, m, s = np.array([3.0, -2.0, 0.5]), np.zeros(3), np.zeros(3)
for t in range(1, 31):
    w, m, s = (np.asarray(part) for part in adamw_step(w, np.sin(3 * w) + t / 10, m, s, t, **options))
    for stepper, tensor in steppers:
        tensor.grad = torch.sin(3 * tensor.detach()) + t / 10
        stepper.step()
slips = {"that is Adam with the decay inside the gradient (L2)": l2}
hint = "where do eps, the two betas and the decay enter? compare with our Adam line by line"
c.close(w, twin, what="weights after 30 steps", slips=slips, hint=hint)

# %% 3a.6 asks about best_reader
readers = {"clerk": (0.999, 0, 0.40), "small net": (0.96, 200, 0.0), "big net": (0.98, 1500, 0.001)}
what, hint = "20,000 slips of one digit, 3 € an error", "small net: 200 + 20,000 · 0.04 · 3 = 2,600 €"
c.equal(best_reader(readers, 20_000, 1, 3.0), "small net", what=what, hint=hint)
what, hint = "the same with three digits a slip", "a slip is right only if all digits are: accuracy ** 3"
c.equal(best_reader(readers, 20_000, 3, 3.0), "big net", what=what, hint=hint)
what, hint = (
    "1,000 slips of three digits, 12 € an error",
    "clerk: 1,000 · (0.40 + 0.003 · 12), about 436 €",
)
c.equal(best_reader(readers, 1_000, 3, 12.0), "clerk", what=what, hint=hint)
what, hint = (
    "20,000 slips, nets that differ in the cost per slip",
    "the cost per slip counts for every slip",
)
c.equal(
    best_reader({"a": (0.9, 0, 0.2), "b": (0.9, 1000, 0.1)}, 20_000, 2, 1.0), "b", what=what, hint=hint
)
what, hint = "1,000 slips of 20 digits", "a: 1,000 · (1 - 0.9 ** 20), about 878 €"
c.equal(best_reader({"a": (0.9, 0, 0), "b": (0.95, 500, 0)}, 1_000, 20, 1.0), "a", what=what, hint=hint)
what, hint = "1,000 slips of 20 digits, and b is never wrong", "two wrong digits make a misread slip, too"
c.equal(best_reader({"a": (0.9, 0, 0), "b": (1.0, 500, 0)}, 1_000, 20, 1.0), "b", what=what, hint=hint)
what, hint = "the same with a dearer b", "a: 1,000 · (1 - 0.9 ** 20), about 878 €"
c.equal(best_reader({"a": (0.9, 0, 0), "b": (1.0, 950, 0)}, 1_000, 20, 1.0), "a", what=what, hint=hint)
what, hint = "900 slips of three digits that are never misread", "the cost per slip is paid once a slip"
c.equal(best_reader({"a": (1.0, 0, 0.4), "b": (1.0, 100, 0.3)}, 900, 3, 1.0), "a", what=what, hint=hint)
