# 5 · The Keras project
# Made from lessons/05_keras_project.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
backend: str = "torch"  # engine under Keras; the README says how to get others  in {torch, tensorflow, jax}
runs: int = 10  # times the article's program is run, each with another seed  in [2, 200]
noise: float = 0.2  # hours by which two equal repairs differ by chance  in [0.01, 2]
epochs: int = 40  # most passes over the workshop's book  in [2, 500]

# %% 5.1 asks about samples_behind
for counter, batch in [(4, 32), (137, 32), (1, 64), (10, 7), (5, 1)]:
    full = batch * counter
    slips = {
        "with so few, the last batch would be empty": (full - batch, full),
        "the incomplete batch counts as well: the counter rounds up, not down": (full, full + batch - 1),
        "the fewest comes first": (full, full - batch + 1),
        "the last batch may be full as well": (full - batch + 1, full - 1),
    }
    what, hint = f"counter {counter}, batch {batch}", "try it: 96, 97, 128, 129 samples in batches of 32"
    got = samples_behind(counter) if counter == 137 else samples_behind(counter, batch)
    c.close(got, (full - batch + 1, full), what=what, slips=slips, hint=hint)

# %% 5.2 asks about printed_loss
import numpy as np

cases = [([1.0, 2.0, 1.5, 6.0], [32, 32, 32, 4]), ([0.5, 0.1], [64, 1]), ([2.5], [7])]
for means, sizes in [*cases, ([3.0, 1.0, 8.0], [10, 30, 5])]:
    means, sizes = np.array(means), np.array(sizes)
    slips = {
        "that weighs a small batch like a large one": means.mean(),
        "that is the sum over samples, not their mean": (means * sizes).sum(),
        "that is a sum for each batch; the mean wanted is for each sample": (means * sizes).mean(),
        "that is the last batch alone": means[-1],
    }
    hint = "what did the samples of a batch lose together, and all samples of the epoch?"
    got, want = printed_loss(means, sizes), (means * sizes).sum() / sizes.sum()
    c.close(got, want, what=f"losses {means}, sizes {sizes}", slips=slips, hint=hint)

# %% 5.3 asks about due_diligence
import numpy as np

from scipy.special import gammainc
from scipy.stats import norm

cases = [(0.1112, 100, 1.0, 0.5), (0.046, 50, 0.04, 0.06), (0.09, 200, 0.04, 0.06), (0.9, 200, 3.0, 0.5)]
cases += [(0.035, 20, 0.04, 0.06), (0.028, 400, 0.04, 0.06), (0.035, 20, 0.04, 0.06, 0.5)]
cases += [(0.05, 33, 0.04, 0.05), (0.05, 7, 0.04, 0.045), (0.3, 51, 0.25, 0.5), (0.02, 9, 0.04, 0.01)]
# chances on both sides of the risk that is meant when none is given
cases += [(0.0149, 20, 0.04, 0.06), (0.0118, 20, 0.04, 0.06), (0.0107, 20, 0.04, 0.06)]
for mse, n, floor, need, *risk in [*cases, (0.00004, 2000, 0.04, 0.06, 0.0)]:
    chance = gammainc(n / 2, n * mse / floor / 2)
    bell = norm.cdf((mse / floor - 1) * np.sqrt(n / 2))
    slips = {
        "that is the chance of a *larger* error": 1 - chance,
        "the noise has the variance `floor`, not 1": gammainc(n / 2, n * mse / 2),
        "a chi-square number is a sum of squares, not their mean": gammainc(n / 2, mse / floor / 2),
        "the bell curve fails so far out; use the chi-square itself": bell,
        "`floor` is a variance already": gammainc(n / 2, n * mse / floor**2 / 2),
    }
    want = "investigate" if chance < (*risk, 0.001)[0] else "too weak" if mse > need else "buy"
    got, what = due_diligence(mse, n, floor, need, *risk), f"{mse} on {n}, {floor=}, {need=}"
    what += f", risk={risk[0]}" if risk else ", no risk given"
    c.true(isinstance(got, (tuple, list)) and len(got) == 2, "return two things: chance and decision")
    c.close(got[0], chance, rtol=1e-4, atol=0, what=what, slips=slips, hint="at most, or more than?")
    c.equal(got[1], want, what=what, hint="in this order: below `risk`? above `need`? Even is neither")

# %% 5.4 asks about keras_adam
import keras
import numpy as np
import torch

flat = np.array([0.5, -1e-3, 1e-5, -1e-6, 1e-7])  # epsilon matters for the small ones
square = np.array([[0.3, -2e-4], [1e-5, -0.01]])
for start, options in [(flat, {}), (square, {"lr": 0.1, "betas": (0.7, 0.9), "eps": 1e-3})]:
    lr, betas, eps = ({"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-7} | options).values()
    real, w, m, v = keras.Variable(np.zeros(start.shape)), *np.zeros((3, *start.shape))
    own = keras.optimizers.Adam(lr, *betas, epsilon=eps)
    order, whole = (torch.zeros(start.shape, dtype=torch.double, requires_grad=True) for _ in range(2))
    theirs = [(p, torch.optim.Adam([p], lr, betas, e)) for p, e in [(order, eps), (whole, 1e-8)]]
    for t in range(1, 5):
        g, what = start / t, f"after step {t} of slopes {start.tolist()} / {t}"
        got = keras_adam(w, g, m, v, t, **options)
        rows = isinstance(got, (tuple, list, np.ndarray, torch.Tensor))
        c.true(rows and len(got) == 3, "return three arrays: w, m, v")
        own.apply([keras.ops.convert_to_tensor(g, "float32")], [real])
        for twin, optimizer in theirs:
            twin.grad = torch.tensor(g)
            optimizer.step()
        want, m = keras.ops.convert_to_numpy(real), betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        slips = {"that is PyTorch's order, which corrects √v before epsilon is added": order}
        slips |= {"that is PyTorch's Adam, its epsilon too": whole, "mind the sign: go downhill": -want}
        c.close(got[0], want, rtol=1e-3, what=f"w {what}", slips=slips, hint="epsilon is added to what?")
        c.close(got[1], m, atol=0, what=f"m {what}", hint="return the average uncorrected")
        c.close(got[2], v, atol=0, what=f"v {what}", hint="return the average uncorrected")
        w = want.astype(float)

# %% 5.5 asks about start_limits
import numpy as np

for n_in, n_out in [(10, 20), (200, 50), (7, 1000), (64, 64)]:
    glorot, linear = np.sqrt(6 / (n_in + n_out)), 1 / np.sqrt(n_in)
    want = np.array([glorot, 0, linear, linear])
    slips = {
        "PyTorch comes second": want[[2, 3, 0, 1]],
        "Keras's biases do not start like its weights": [glorot, glorot, linear, linear],
        "PyTorch's biases do not start like Keras's": [glorot, 0, linear, 0],
        "that is the spread (standard deviation), not the largest": want / np.sqrt(3),
        "PyTorch's limit is not Keras's": [glorot, 0, glorot, glorot],
        "PyTorch's limit depends on the other size": [glorot, 0, n_out**-0.5, n_out**-0.5],
        "PyTorch's weights are smaller than the name kaiming suggests": [
            glorot,
            0,
            np.sqrt(6 / n_in),
            linear,
        ],
    }
    what, hint = (
        f"{n_in} inputs, {n_out} outputs",
        "for each limit: which sizes move it, and what is 1/L²?",
    )
    c.close(start_limits(n_in, n_out), want, rtol=1e-4, what=what, slips=slips, hint=hint)

# %% 5.6 asks about rewrite
cases = [(10_000_000, 2.2, 0.4, 2.0, 3, 600, "keep"), (5_000_000_000, 2.2, 0.4, 2.0, 4, 600, "rewrite")]
# equal: 5000 € in whichever order the factors are taken, without a rounding
cases += [(10_000_000, 1800.0, 900.0, 2.0, 4, 1250, "keep"), (1_000_000, 12.0, 13.0, 3.0, 1, 500, "keep")]
large = (9_000_000_000, 3.0, 1.0, 2.0)
cases += [(*large, 7.9, 1250, "rewrite"), (*large, 8.5, 1200, "keep")]
for steps, slow, fast, hourly, days, day_rate, decision in cases:
    saved, bill = (steps * ms / 3.6e6 * hourly for ms in (slow - fast, slow))
    slips = {
        "that takes milliseconds for seconds": saved * 1000,
        "that counts an hour as sixty seconds": saved * 60,
        "those are hours, not €": saved / hourly,
        "that is the whole bill, not what is saved": bill,
        "the cost of the rewrite is compared, not subtracted": saved - days * day_rate,
        "slower is no saving: mind the sign": abs(saved),
    }
    got, what = rewrite(steps, slow, fast, hourly, days, day_rate), f"{steps:,} steps, {slow} → {fast} ms"
    c.true(
        isinstance(got, (tuple, list)) and len(got) == 2, "return two things: € saved, and the decision"
    )
    # whoever rounds to cents is right as well
    c.close(got[0], saved, atol=0.006, what=what, slips=slips, hint="milliseconds → hours → €")
    hint = f"{days} days at {day_rate} € are to be saved, and more: equal is not worth it"
    c.equal(got[1], decision, what=f"{what}, {days} days", hint=hint)

# %% 5.7 asks about Residual
import keras
import numpy as np

for d in (3, 5):
    layer, another, draws = Residual(), Residual(), np.random.default_rng(d)
    W, b, x5 = draws.normal(size=(d, d)), np.linspace(-1, 1, d), np.float32(draws.normal(size=(4, d)))
    _ = layer(x5), another(x5)
    shapes = sorted(tuple(weight.shape) for weight in layer.trainable_weights)
    wanted = "a matrix of (d, d) and a bias of (d,) are to be learnt"
    c.true(
        shapes == [(d,), (d, d)], f"d = {d}: trainable are {shapes}; {wanted}", "add_weight registers one"
    )
    first, other = ({a.ndim: a for a in part.get_weights()} for part in (layer, another))
    random = np.ptp(first[2], axis=1).min() > 0 and np.any(first[2] != other[2])
    c.true(random, "W is not drawn at random: units or layers start equal", "an initializer by its name")
    c.close(first[1], np.zeros(d), what="the bias at the start", hint="which initializer gives zeros?")
    layer.set_weights([W if a.ndim == 2 else b for a in layer.get_weights()])
    z, want = x5 @ W + b, x5 + np.maximum(x5 @ W + b, 0)
    slips = {"the input is not added": want - x5, "the relu is missing": x5 + z}
    slips["the relu belongs to the correction alone"] = np.maximum(x5 + z, 0)
    slips["the bias is missing"] = x5 + np.maximum(x5 @ W, 0)
    slips["the bias stands inside the relu"] = x5 + np.maximum(x5 @ W, 0) + b
    slips["the matrix is transposed"] = x5 + np.maximum(x5 @ W.T + b, 0)
    c.close(layer(x5), want, rtol=1e-4, atol=1e-5, what=f"outputs, 4 rows of {d}", slips=slips)
    c.close(layer(x5[:1]), want[:1], rtol=1e-4, atol=1e-5, what=f"outputs, 1 row of {d}")
    trained = keras.Sequential([keras.Input((d,)), layer])
    trained.compile(optimizer="sgd", loss="mse")
    trained.train_on_batch(x5, x5 - 9)
    still = any(np.array_equal(a, np.float32(W if a.ndim == 2 else b)) for a in layer.get_weights())
    c.true(not still, "a training step leaves a weight as it was", "do gradients pass through `call`?")
