# 5 · The Keras project
# Made from lessons/05_keras_project.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
backend: str = "torch"  # engine under Keras; the README says how to get others  in {torch, tensorflow, jax}
runs: int = 20  # times the article's program is run, each with another seed  in [2, 200]
noise: float = 0.2  # hours by which two equal repairs differ by chance  in [0.01, 2]
epochs: int = 60  # most passes over the workshop's book  in [2, 500]
digit_epochs: int = 15  # passes over the handwritten digits  in [1, 100]

# %% 5.1 asks about samples_behind
for counter, batch in [(4, 32), (137, 32), (1, 64), (10, 7)]:
    full = batch * counter
    slips = {
        "with so few, the last batch would be empty; it needs one sample": (full - batch, full),
        "the incomplete batch counts as well: the counter rounds up, not down": (full, full + batch - 1),
        "the fewest comes first": (full, full - batch + 1),
        "a full last batch is allowed: one more": (full - batch + 1, full - 1),
    }
    what, hint = f"counter {counter}, batch {batch}", "the last batch holds from 1 to `batch` samples"
    c.close(samples_behind(counter, batch), (full - batch + 1, full), what=what, slips=slips, hint=hint)

# %% 5.2 asks about printed_loss
import numpy as np

for means, sizes in [([1.0, 2.0, 1.5, 6.0], [32, 32, 32, 4]), ([0.5, 0.1], [64, 1]), ([2.5], [7])]:
    means, sizes = np.array(means), np.array(sizes)
    slips = {
        "that weighs the small batch like a full one; weigh by size": means.mean(),
        "that is the sum over samples; divide by their number": (means * sizes).sum(),
        "divide by the number of samples, not of batches": (means * sizes).sum() / len(sizes),
        "that is the last batch alone": means[-1],
    }
    got = printed_loss(means.tolist(), sizes.tolist())
    c.close(got, (means * sizes).sum() / sizes.sum(), what=f"losses {means}", slips=slips)

# %% 5.3 asks about due_diligence
import numpy as np

from scipy.special import gammainc
from scipy.stats import norm

cases = [(0.1112, 100, 1.0, 0.5, "investigate"), (0.046, 50, 0.04, 0.06, "buy")]
cases += [(0.09, 200, 0.04, 0.06, "too weak"), (0.035, 20, 0.04, 0.06, "buy")]
cases += [(0.028, 400, 0.04, 0.06, "investigate"), (0.9, 200, 3.0, 0.5, "investigate")]
cases += [(0.035, 20, 0.04, 0.06, "investigate", 0.5)]
for mse, n, floor, need, decision, *risk in cases:
    chance = gammainc(n / 2, n * mse / floor / 2)
    slips = {
        "that is the chance of a *larger* error": 1 - chance,
        "divide by the floor: the noise has that variance, not 1": gammainc(n / 2, n * mse / 2),
        "the sum of n squares is n·mse": gammainc(n / 2, mse / floor / 2),
        "the bell curve fails so far out; use the chi-square itself": norm.cdf(
            (mse / floor - 1) * np.sqrt(n / 2)
        ),
        "the floor is a variance already": gammainc(n / 2, n * mse / floor**2 / 2),
    }
    got, what = due_diligence(mse, n, floor, need, *risk), f"mse {mse} on {n}, floor {floor}, need {need}"
    c.true(isinstance(got, (tuple, list)) and len(got) == 2, "return two things: chance and decision")
    c.close(
        got[0], chance, rtol=1e-4, atol=0, what=what, slips=slips, hint="chi2.cdf(n * mse / floor, n)"
    )
    c.equal(got[1], decision, what=what, hint="compare with `risk` first, then with `need`")

# %% 5.4 asks about keras_adam
import keras
import numpy as np
import torch

slopes_given = np.array([0.5, -1e-3, 1e-5, -1e-6, 1e-7])  # epsilon matters for the small ones
real, w, m, v = keras.Variable(np.zeros(5, "float32")), *np.zeros((3, 5))
twins = [torch.zeros(5, dtype=torch.double, requires_grad=True) for _ in range(2)]
keras_own = keras.optimizers.Adam(0.01)
torch_own = [
    torch.optim.Adam([twin], lr=0.01, eps=eps) for twin, eps in zip(twins, (1e-7, 1e-8), strict=True)
]
for t in range(1, 5):
    g = slopes_given / t
    got = keras_adam(w.copy(), g.copy(), m.copy(), v.copy(), t, lr=0.01)
    c.true(isinstance(got, (tuple, list)) and len(got) == 3, "return three arrays: w, m, v")
    keras_own.apply([keras.ops.convert_to_tensor(g.astype("float32"))], [real])
    for twin, optimizer in zip(twins, torch_own, strict=True):
        twin.grad = torch.tensor(g)
        optimizer.step()
    want, m, v = keras.ops.convert_to_numpy(real), 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    slips = {"that is PyTorch's order, which corrects √v before epsilon is added": twins[0]}
    slips |= {"that is PyTorch's Adam, its epsilon too": twins[1]}
    slips |= {"check the sign: a step goes against the slope": -want}
    options = {"what": f"weights after step {t}, slopes {slopes_given.tolist()} / {t}", "slips": slips}
    c.close(got[0], want, rtol=1e-3, hint="alpha · m / (√v + eps)", **options)
    c.close(got[1], m, atol=0, what=f"m after step {t}", hint="return m as it is, uncorrected")
    c.close(got[2], v, atol=0, what=f"v after step {t}", hint="return v as it is, uncorrected")
    w = np.asarray(got[0], dtype=float)

# %% 5.5 asks about start_limits
import numpy as np

for n_in, n_out in [(10, 20), (200, 50), (7, 1000)]:
    glorot, he = np.sqrt(6 / (n_in + n_out)), 1 / np.sqrt(n_in)
    want = np.array([glorot, 0, he, he])
    slips = {
        "PyTorch comes second": want[[2, 3, 0, 1]],
        "Keras starts biases at 0": [glorot, glorot, he, he],
        "PyTorch's biases do not start at 0": [glorot, 0, he, 0],
        "that is the spread (standard deviation); the limit is √3 times that": want / np.sqrt(3),
        "PyTorch's limit depends on the inputs alone": [glorot, 0, glorot, glorot],
        "PyTorch's limit depends on the inputs, not the outputs": [glorot, 0, n_out**-0.5, n_out**-0.5],
        "PyTorch's weights have the limit 1/√inputs, whatever the name kaiming suggests": [
            glorot,
            0,
            np.sqrt(6 / n_in),
            he,
        ],
    }
    what, hint = f"{n_in} inputs, {n_out} outputs", "√(6 / (inputs + outputs)) and 1/√inputs"
    c.close(start_limits(n_in, n_out), want, rtol=1e-4, what=what, slips=slips, hint=hint)

# %% 5.6 asks about rewrite
cases = [(10_000_000, 2.2, 0.4, 2.0, 3, 600, "keep"), (5_000_000_000, 2.2, 0.4, 2.0, 4, 600, "rewrite")]
cases += [(2_000_000_000, 2.0, 1.1, 4.0, 4, 500, "keep"), (1_000_000, 12.0, 13.0, 3.0, 1, 500, "keep")]
cases += [(2_000_000_000, 2.0, 1.1, 4.0, 3.9, 500, "rewrite")]
for steps, slow, fast, hourly, days, day_rate, decision in cases:
    saved, bill = (steps * ms / 3.6e6 * hourly for ms in (slow - fast, slow))
    slips = {
        "a step is given in milliseconds: a thousand of them are a second": saved * 1000,
        "an hour has 3,600 seconds": saved * 60,
        "those are hours; multiply by the price of an hour": saved / hourly,
        "that is the bill, not what is saved: take the difference of the two times": bill,
        "the cost of the rewrite is compared, not subtracted": saved - days * day_rate,
    }
    got, what = rewrite(steps, slow, fast, hourly, days, day_rate), f"{steps:,} steps, {slow} → {fast} ms"
    c.true(
        isinstance(got, (tuple, list)) and len(got) == 2, "return two things: € saved, and the decision"
    )
    c.close(got[0], saved, what=what, slips=slips)
    hint = f"saves {saved:.2f} €, costs {days * day_rate:.2f} €; only more than the cost is worth it"
    c.equal(got[1], decision, what=what, hint=hint)

# %% 5.7 asks about Residual
import keras
import numpy as np

for d in (3, 5):
    layer, x5 = Residual(), np.random.default_rng(d).normal(size=(4, d)).astype("float32")
    layer(x5)
    shapes = sorted(tuple(w.shape) for w in layer.trainable_weights)
    hint = "self.add_weight registers a weight; it is trainable by default"
    c.equal(shapes, [(d,), (d, d)], what=f"trainable weights for d = {d}", hint=hint)
    at = [len(shape) for shape in map(np.shape, layer.get_weights())]
    W, b = layer.get_weights()[at.index(2)], layer.get_weights()[at.index(1)]
    c.true(np.ptp(W) > 0, "all numbers of W start equal, so all units stay equal", "glorot_uniform")
    c.close(b, np.zeros(d), what="the bias at the start", hint='initializer="zeros"')
    b = np.linspace(-0.5, 0.5, d).astype("float32")
    layer.set_weights([W if n == 2 else b for n in at])
    up, z = np.maximum(x5 @ W, 0), x5 @ W + b
    slips = {"the input is not added": np.maximum(z, 0), "the relu is missing": x5 + z}
    slips |= {"the relu belongs to the correction alone": np.maximum(x5 + z, 0)}
    slips |= {"the bias is missing": x5 + up, "the bias stands inside the relu": x5 + up + b}
    slips |= {"the matrix is transposed: x W, with W (inputs, units)": x5 + np.maximum(x5 @ W.T + b, 0)}
    for rows in (4, 1):
        got, want = keras.ops.convert_to_numpy(layer(x5[:rows])), (x5 + np.maximum(z, 0))[:rows]
        some = {sentence: slip[:rows] for sentence, slip in slips.items()}
        c.close(got, want, rtol=1e-4, atol=1e-5, what=f"outputs, {rows} rows of {d}", slips=some)
