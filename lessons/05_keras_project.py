# %% [markdown]
# # 5 · The Keras project
#
# Run the article's program, prove that its printed result never came out of it, and mend it into a project that you could hand over.
#
# 75 min to read · under 60 CPU-seconds · under 1,400 MB · GPU: not needed
#
# **You will be able to**
# - read each line of a Keras program, and write the same in ten lines of plain PyTorch;
# - test a printed training log by arithmetic, before you believe it or pay for it;
# - run a whole small project: three piles, normalisation, callbacks, a log, a file that another process opens;
# - move a model between two libraries, and name every difference that remains;
# - write a layer of your own, and say what the comfort of a framework costs.
#
# *You need:* the training loop of [lesson 3a](03a_forward_backward.ipynb) and the network of [lesson 4b](04b_worked_example.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
backend: str = "torch"  # engine under Keras; the README says how to get others  in {torch, tensorflow, jax}
runs: int = 20  # times the article's program is run, each with another seed  in [2, 200]
noise: float = 0.2  # hours by which two equal repairs differ by chance  in [0.01, 2]
epochs: int = 60  # most passes over the workshop's book  in [2, 500]
digit_epochs: int = 15  # passes over the handwritten digits  in [1, 100]

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from utils import data, plot
from utils.check import approx, check, claim, metric
from utils.keras_backend import use_backend
from utils.params import check_parameters
from utils.repro import seed_everything

check_parameters("05_keras_project", globals())
use_backend(backend)
import keras

plot.style()
rng = seed_everything(seed)
DEFAULT = (runs, noise, epochs, digit_epochs) == (20, 0.2, 60, 15)

# %% [markdown]
# ## 5.1 The program
#
# *Keras* is a library for building and training networks in few lines. It computes nothing itself: beneath it works an engine, its *backend*
# (后端), which is TensorFlow, JAX or PyTorch. Here it is PyTorch, unless you changed the parameter.
#
# The article's program (§5.2), in our own code: a hundred random inputs of ten numbers, a hundred random targets, 20 hidden units, one output,
# ten epochs. We catch what it prints, and what it warns of. Predict: which loss will it reach?

# %%
import contextlib
import io
import warnings

layers = keras.layers


def program(seed):
    """Random inputs, random targets, ten epochs: the trained model, its history, and the data."""
    keras.utils.set_random_seed(seed)
    draws = np.random.default_rng(seed)
    x, y = (draws.normal(size=(100, width)).astype("float32") for width in (10, 1))
    model = keras.Sequential([layers.Dense(20, activation="relu", input_shape=(10,)), layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    history = model.fit(x, y, epochs=10, verbose=2).history
    return model, history, x, y


with contextlib.redirect_stdout(io.StringIO()) as printed, warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    model, history, x, y = program(seed)

# %%
import re

said = printed.getvalue()
for epoch, shown in list(enumerate(re.findall(r"(\d+/\d+) - .* - loss: (\S+)", said), 1))[::3]:
    print(f"epoch {epoch}/10: {shown[0]} … loss:", approx(float(shown[1])))
complaint = next(str(c.message) for c in caught if "input_shape" in str(c.message))
print(f"\nwarning: {complaint}")
assert set(re.findall(r"(\d+/\d+) - ", said)) == {"4/4"}
assert list(history) == ["loss"]
assert "val_loss" not in said

# %% [markdown]
# Three observations to keep. The counter says **4/4**. There is a `loss` and nothing else. And the loss sits near 1, not near 0.
#
# The warning is about style, not error: `input_shape=` made the first layer also declare the input. Keras 3 wants the input as a thing of its own,
# `keras.Input((10,))`, as the first element of the list. From here on we write it that way.

# %%
claim(
    "§5.2",
    "The first layer takes the input's shape as an argument, input_shape.",
    "outdated",
    evidence="using an `Input(shape)` object" in complaint and model.count_params() == 241,
    right="It still runs, but Keras 3 warns: put keras.Input((10,)) before the first layer.",
)

# %% [markdown]
# ## 5.2 Line by line
#
# **`Sequential`** chains layers. A **`Dense`** layer is the fully connected one of lesson 4b: a weight for each pair of input and unit, a bias for each
# unit. Keras calls the weights *kernel* (核) and stores them as (inputs, units), so that it can compute $x K + b$ without transposing. How many
# numbers in all? Predict, then read the picture, which is drawn from the model itself.


# %%
def draw(model, title):
    """The layers of a model as boxes: what flows between them, and how many numbers each one holds."""
    nodes, edges = {"in": (0, 0, f"input\n{model.input_shape[1:]}")}, []
    for at, layer in enumerate(model.layers, 1):
        bend = getattr(getattr(layer, "activation", None), "__name__", "linear")
        kind = type(layer).__name__ + (f" {bend}" if bend != "linear" else "")
        nodes[at] = (1.5 * at, 0, f"{kind}\n→ {layer.output.shape[1:]}\n{layer.count_params():,} numbers")
        edges.append((at - 1 if at > 1 else "in", at))
    ax = plt.subplots(figsize=(1.5 * len(nodes) + 0.4, 1.7))[1]
    return plot.graph(nodes, edges, title=title, ax=ax)


ax = draw(model, f"{model.count_params()} numbers: 10·20 + 20 in the first layer, 20 + 1 in the second")
plt.show()
for weight in model.weights:
    print(f"{weight.path.split('/', 1)[1]:16} {tuple(weight.shape)}")
assert model.count_params() == 10 * 20 + 20 + 20 * 1 + 1 == 241

# %% [markdown]
# **`compile`** computes nothing. It notes how to train: which *optimizer* (优化器, here Adam) and which loss (`"mse"`, the mean squared error).
#
# **`fit`** shuffles the samples before each epoch, cuts them into *batches* (批) of 32, and takes one step for each. A hundred samples give
# batches of 32, 32, 32 and **4**: the counter counts batches, and the incomplete one counts too.
#
# **`evaluate`** computes the loss on whatever it is given, and changes nothing. The article gives it the same `x` and `y` again.

# %%
assert int(keras.ops.convert_to_numpy(model.optimizer.iterations)) == 10 * 4
before = model.get_weights()
value = model.evaluate(x, y, verbose=0)
by_hand = np.mean((model.predict(x, verbose=0) - y) ** 2)
assert abs(value - by_hand) < 1e-5
claim(
    "§5.3",
    "Calling evaluate measures the model on validation data.",
    "wrong",
    evidence=all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    and list(history) == ["loss"]
    and abs(value - by_hand) < 1e-5,
    right="The program has one pile of data; evaluate gets the training samples again, and no validation loss exists.",
)

# %% [markdown]
# ### Exercise 5.1 · What the counter counts ●○○ 5 min
#
# Keras shows `counter/counter` at the end of an epoch. Which numbers of training samples show exactly this counter? Return the fewest and the most.
#
# <details><summary>Hint 1</summary>97 samples at batch 32 are three full batches and one of a single sample. What does the counter say? And for 96?</details>
# <details><summary>Hint 2</summary>The most: all batches full. The fewest: all but the last full, and one sample in the last.</details>


# %% tags=["exercise-5.1"]
def samples_behind(counter, batch=32):
    """(fewest, most) samples for which an epoch has `counter` batches."""
    ### BEGIN SOLUTION
    return batch * (counter - 1) + 1, batch * counter
    ### END SOLUTION


# %% tags=["check-5.1"]
with check("5.1", samples_behind) as c:
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

# %% [markdown]
# ### The same in ten lines
#
# What does `fit` do, exactly? Below is our guess in plain PyTorch. The two differ in how they store weights: PyTorch's `Linear` keeps (units, inputs), the
# transpose of Keras's kernel. So copying means transposing.
#
# The proof: the same start, the same order of samples (`shuffle=False`), and ten epochs later the same losses.


# %%
def to_torch(model):
    """A PyTorch network with the weights of a Keras model of two Dense layers."""
    K1, b1, K2, b2 = model.get_weights()
    linear = torch.nn.Linear  # its two sizes are (inputs, units)
    net = torch.nn.Sequential(linear(*K1.shape), torch.nn.ReLU(), linear(*K2.shape))
    with torch.no_grad():
        for parameter, array in zip(net.parameters(), [K1.T, b1, K2.T, b2], strict=True):
            parameter.copy_(torch.tensor(array))
    return net


def fit_torch(net, x, y, orders=torch.arange, batch=32):
    """Train as `fit` does, epoch after epoch: yields the mean loss of each. orders(n): the order of the samples."""
    adam = torch.optim.Adam(net.parameters(), lr=0.001, eps=1e-7)
    while True:
        total = 0.0
        for pick in orders(len(x)).split(batch):
            loss = ((net(x[pick]) - y[pick]) ** 2).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
            total += loss.item() * len(pick)
        yield total / len(x)


# %%
import itertools


def article_model(hidden=20):
    """The article's network, untrained, in the style that Keras 3 wants."""
    model = keras.Sequential([keras.Input((10,)), layers.Dense(hidden, activation="relu"), layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    return model


keras.utils.set_random_seed(seed)
fresh = article_model()
plain = to_torch(fresh)
losses = fresh.fit(x, y, epochs=10, shuffle=False, verbose=0).history["loss"]
plain_losses = list(itertools.islice(fit_torch(plain, torch.tensor(x), torch.tensor(y)), 10))
assert np.abs(np.array(losses) - plain_losses).max() < 1e-4
print("ten epochs, forty steps: all losses equal to 0.0001; the last is", approx(losses[-1]))

# %% [markdown]
# So there is no magic in `fit`. One detail had to be guessed right: the line `total += loss · len(pick)`. That is your next exercise.
#
# ### Exercise 5.2 · The loss that an epoch prints ●○○ 10 min
#
# Keras knows the mean loss of each batch, and the last batch may be smaller. Return the loss that it prints for the epoch.
#
# <details><summary>Hint 1</summary>Every *sample* counts the same. A batch of 4 must not weigh as much as one of 32.</details>
# <details><summary>Hint 2</summary>Multiply each batch's mean by its size, add up, and divide by the number of samples.</details>


# %% tags=["exercise-5.2"]
def printed_loss(batch_losses, batch_sizes):
    """Mean loss over all samples of an epoch, from the mean of each batch."""
    ### BEGIN SOLUTION
    return np.dot(batch_losses, batch_sizes) / np.sum(batch_sizes)
    ### END SOLUTION


# %% tags=["check-5.2"]
with check("5.2", printed_loss) as c:
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

# %% [markdown]
# ## 5.3 A detective story
#
# In §5.4 the article prints a result and calls it good: a counter of 4379/4379, one second, 229 µs a *sample*, a loss of 0.1117, a validation
# loss of 0.1112. We have seen what its program prints. So where does that line come from? Seven clues, in order.
#
# **Clue 1: the counter.** How many samples would 4379 *batches* need? **Clue 2: the clock.** Multiply the printed number by the printed time.

# %%
import math

counter, microseconds, train_loss, val_loss = 4379, 229, 0.1117, 0.1112
print(f"batches of 100 samples: {math.ceil(100 / 32)}, not {counter}")
print(f"{counter} batches would need {32 * (counter - 1) + 1:,} to {32 * counter:,} samples")
print(f"{counter} × {microseconds} µs = {counter * microseconds / 1e6:.3f} s")
assert round(counter * microseconds / 1e6) == 1

# %% [markdown]
# The clock fits to the digit, if 4379 are **samples**. Older versions of Keras counted samples, and timed them; today's count batches and print ms/step.
# So the line may be real, but it belongs to an old Keras and to 4,379 samples.
#
# **Clue 3: today's counter.** What would Keras show for these 4,379 samples now? **Clue 4: a second loss.** A `val_loss` is printed. In our run
# nothing of the kind appeared, because the program never puts validation data aside.

# %%
print(f"4379 samples are {math.ceil(4379 / 32)} batches")
with_validation = article_model().fit(x, y, epochs=1, validation_split=0.2, verbose=0).history
print("without validation data:", list(history), " with it:", list(with_validation))
assert list(with_validation) == ["loss", "val_loss"]

# %% [markdown]
# **Clue 5: the value itself.** The targets are drawn from $N(0, 1)$, whatever the inputs say. Then the best prediction is their mean, 0, and
# its expected squared error is their variance: **1.0**. No network, however large, can expect less on fresh targets.
#
# Could luck do it? For the best predictor, $100 \cdot \text{MSE}$ is a sum of 100 squared normal numbers: a chi-square (卡方) number. For even $n$ its
# chance is a short sum, $P(\text{MSE} \le m) = e^{-\lambda} \sum_{k \ge n/2} \lambda^k / k!$ with $\lambda = nm/2$.

# %%
rate = 100 * val_loss / 2
chance = sum(math.exp(-rate + k * math.log(rate) - math.lgamma(k + 1)) for k in range(50, 200))
print(f"chance of {val_loss} or less on 100 fresh targets: {chance:.1e}")
assert chance < 2.6e-30
lucky = rng.chisquare(100, size=100_000) / 100
assert 0.3 < lucky.min() < 0.8
figure, ax = plt.subplots(figsize=(7, 2.6))
ax.hist(lucky, bins=80, color="C0")
ax.axvline(val_loss, color="C1", linewidth=2)
ax.text(val_loss + 0.02, 3000, "printed in\nthe article", color="C1")
ax.set(title="The best predictor on 100,000 exams: not once near 0.11", xlim=(0, 1.7))
ax.set(xlabel="mean squared error on 100 fresh targets (the best possible mean is 1)", ylabel="exams")
plt.show()

# %% [markdown]
# Luck is ruled out. But perhaps our own run was an odd one, and others end near 0.11?
#
# **Clue 6: run it again, with other seeds.** Each dot below is one whole run of the program, with fresh data and fresh weights: its own `evaluate`, and the
# error on 1,000 targets that it never saw. Predict where the two clouds lie.


# %%
def once(seed):
    """Mean squared errors: the program's on its own samples, on 1,000 unseen ones, and that of the constant 0 there."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model, _, x, y = program(seed)
    draws = np.random.default_rng(seed + 10**9)
    new_x, new_y = (draws.normal(size=(1000, width)).astype("float32") for width in (10, 1))
    guesses = [keras.ops.convert_to_numpy(model(inputs)) for inputs in (x, new_x)] + [0.0]
    return [((guess - truth) ** 2).mean() for guess, truth in zip(guesses, [y, new_y, new_y], strict=True)]


own, unseen, constant = np.array([once(seed + n) for n in range(runs)]).T
for name, errors in [("own samples", own), ("unseen", unseen), ("the constant 0", constant)]:
    print(f"{name}: mean {approx(errors.mean())}, from {approx(errors.min())} to {approx(errors.max())}")
assert own.min() > 0.3
assert unseen.min() > 0.8
assert runs < 20 or (0.95 < own.mean() < 1.5 and 1.05 < unseen.mean() < 1.6)

# %%
figure, ax = plt.subplots(figsize=(7, 2.2))
for row, errors in enumerate([unseen, own]):
    ax.plot(errors, row + np.linspace(-0.25, 0.25, runs), "o", markersize=5, alpha=0.7)
ax.axvline(1, color="grey", linestyle="--")
ax.axvline(val_loss, color="C1", linewidth=2)
ax.set_yticks([0, 1], ["1,000 unseen", "its own 100"])
ax.set(title="No run comes near the printed 0.11; unseen targets come out worse", xlabel="mean squared error")
ax.set(xlim=(0, 2.6), ylim=(-0.6, 1.6))
plt.show()

# %% [markdown]
# A few runs get *below* 1 on their own samples: a hundred targets can be small by chance, and the network has begun to learn them by heart. That gives
# one last suspect: enough epochs.
#
# **Clue 7: memory.** Let three runs go on. When does the loss on the *own* samples fall to 0.1117, and how good is the network on unseen targets then? Our ten
# lines do the same as `fit`, and faster.


# %%
def learn_by_heart(seed, limit=5000):
    """Losses on the own 100 samples and on 1,000 unseen, epoch by epoch, until the printed loss is reached."""
    draws = np.random.default_rng(seed)
    own_x, own_y, new_x, new_y = (
        torch.tensor(draws.normal(size=shape), dtype=torch.float32)
        for shape in [(100, 10), (100, 1), (1000, 10), (1000, 1)]
    )
    keras.utils.set_random_seed(seed)
    net, path = to_torch(article_model()), []
    for loss in fit_torch(net, own_x, own_y, orders=torch.randperm):
        with torch.no_grad():
            path.append((loss, ((net(new_x) - new_y) ** 2).mean().item()))
        if loss < train_loss or len(path) == limit:
            break
    return np.array(path)


# %%
paths = [learn_by_heart(seed + n) for n in range(3)]
for path in paths:
    assert path[-1, 0] < train_loss
    assert len(path) > 250
    assert path[-1, 1] > 1.3
    print(f"epoch {approx(len(path))}: own {approx(path[-1, 0])}, unseen {approx(path[-1, 1])}")
ax = plt.subplots(figsize=(7, 3))[1]
for path in paths:
    ax.plot(path[:, 1], color="C1", label="unseen")
    ax.plot(path[:, 0], color="C0", label="own samples")
ax.axhline(1, color="grey", linestyle="--")
ax.axvline(10, color="grey", linewidth=1)
ax.text(18, 0.05, "the article stops here", color="grey")
ax.set(title="The nearer to 0.11, the worse on unseen targets", xlabel="epoch", ylabel="mean squared error")
ax.set(ylim=(0, None))
ax.legend(*(part[:2] for part in ax.get_legend_handles_labels()))
plt.show()

# %% [markdown]
# Case closed. Hundreds of epochs, not ten, bring the loss on the *own* samples to 0.1117, and the network is then about twice as bad as one that
# always answers 0. That is *overfitting* (过拟合) in its purest form: where there was nothing to learn, everything that was learnt is wrong.

# %%
claim(
    "§5.4",
    "The program prints 4379/4379, a loss of 0.1117 and a validation loss of 0.1112.",
    "impossible",
    evidence=math.ceil(100 / 32) == 4
    and list(history) == ["loss"]
    and chance < 1e-29
    and own.min() > 2 * train_loss,
    right="It prints 4/4 and no validation loss. The line counts 4,379 samples at 229 µs each, one second: another data "
    "set, and an older Keras, which still counted samples.",
)
claim(
    "§5.4",
    "The result shows that the model performs well.",
    "wrong",
    evidence=bool((unseen > constant).all()) and all(path[-1, 1] > 1.3 for path in paths),
    right="On unseen targets every run is worse than the constant 0, which no network can beat here.",
)
claim(
    "§5.3",
    "Random data simulate real training.",
    "wrong",
    evidence=unseen.min() > 0.8 and bool(min(path[:, 1].min() for path in paths) > 0.8),
    right="They test that the code runs. Targets that do not depend on the inputs cannot be learnt; plant a dependence, and a known noise.",
)

# %% [markdown]
# ### Exercise 5.3 · Due diligence ●●○ 20 min
#
# You may buy a model that predicts the hours of a repair. The seller reports a mean squared error `mse` on `n` fresh repairs. Equal repairs differ by
# chance, with variance `floor`: no model can expect less. Return the chance that the *best possible* model scores `mse` or less on `n` repairs ($n \cdot
# \text{mse} / \text{floor}$ is then chi-square with $n$ degrees of freedom), and a decision: `"investigate"` if that chance is below `risk`; else
# `"too weak"` if `mse` exceeds `need`; else `"buy"`.
#
# <details><summary>Hint 1</summary>scipy.stats.chi2.cdf(value, n) is the chance that a chi-square number with n degrees of freedom is at most `value`. For the article: value 11.12, n = 100.</details>
# <details><summary>Hint 2</summary>chance = chi2.cdf(n * mse / floor, n). Decide in the order of the text: investigate first.</details>


# %% tags=["exercise-5.3"]
def due_diligence(mse, n, floor, need, risk=0.001):
    """(chance of so small an error, "investigate", "too weak" or "buy")"""
    ### BEGIN SOLUTION
    from scipy.stats import chi2

    chance = chi2.cdf(n * mse / floor, n)
    if chance < risk:
        return chance, "investigate"
    return chance, "too weak" if mse > need else "buy"
    ### END SOLUTION


# %% tags=["check-5.3"]
with check("5.3", due_diligence) as c:
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

# %% [markdown]
# ## 5.4 Mended: the workshop's book
#
# Now a project worth the name. Our start-up keeps a book: ten readings of each bicycle in the units of the bench, from kilometres to millimetres, and the
# hours that the repair took. We plant the truth: the hours follow the readings, partly with a **bend** (both a very loose and a very tight chain take
# longer), plus chance with a spread of `noise` hours. So the *noise floor* (噪声下限) is known: no model beats a mean squared error of noise².

# %%
readings = ["km", "age", "chain", "pads", "cable", "spokes", "wobble", "cogs", "tyre", "load"]
typical = np.array([8000, 6, 12.7, 3, 40, 900, 1.5, 14, 4.0, 95])
spread = np.array([2500, 2, 0.1, 0.8, 8, 120, 0.4, 2, 0.7, 12])
effect = np.array([0.3, 0.1, 0.0, -0.4, 0.1, -0.2, 0.5, 0.2, -0.1, 0.2])


def book(n, seed):
    """n repairs: readings (n, 10) in the units of the bench, hours (n, 1)."""
    z, hours = data.linear(n, effect, noise, seed)
    hours = 3 + hours + 0.6 * np.abs(z[:, readings.index("chain")])
    return (typical + spread * z).astype("float32"), hours[:, None].astype("float32")


train, validation, test = (book(n, seed + 10**6 * k) for k, n in enumerate([3000, 500, 2000], 1))
floor = noise**2
for name, value in zip(readings, train[0][0], strict=True):
    print(f"{name:>7} {value:8.1f}", end="\n" if name in ("cable", "load") else "  ")
print(f"first repair: {train[1][0, 0]:.2f} hours; noise floor {floor:.3g} hours²")

# %% [markdown]
# Three piles again (lesson 3b): *train* teaches, *validation* decides when to stop, *test* examines once.
#
# Kilometres in thousands, chain links in tenths of a millimetre: a network wants all inputs of the same size. A **`Normalization`** layer (归一化) learns mean and
# variance of each reading from the training pile (`adapt`), and from then on is part of the model. Whoever uses the model hands in raw readings and
# cannot forget a step.

# %%
keras.utils.set_random_seed(seed)
normal = layers.Normalization()
normal.adapt(train[0])
hours_model = keras.Sequential(
    [
        keras.Input((10,)),
        normal,
        layers.Dense(20, activation="relu", name="hidden"),
        layers.Dense(1, name="out"),
    ],
    name="hours",
)
hours_model.compile(optimizer=keras.optimizers.Adam(0.03), loss="mse")
hours_model.summary(print_fn=lambda text, **_: print(text), line_length=64)
ax = draw(hours_model, "Normalization holds numbers too, but they are measured, not trained")
plt.show()
scaled = keras.ops.convert_to_numpy(normal(train[0]))
assert np.abs(scaled.mean(axis=0)).max() < 1e-2
assert np.abs(scaled.std(axis=0) - 1).max() < 1e-2

# %% [markdown]
# *Callbacks* (回调) are objects that `fit` calls after each epoch. Three come with Keras:
#
# - `ReduceLROnPlateau` divides the learning rate when the validation loss stands still: a learning-rate schedule (学习率调度) that watches;
# - `EarlyStopping` (早停) ends training and restores the best weights;
# - `ModelCheckpoint` (检查点) stores the best model so far in a file.
#
# Keras has one for *TensorBoard*, a viewer of training logs, too; but it imports TensorFlow for its writing. PyTorch brings a writer that does not, so a
# short class of our own will do.

# %%
import inspect
import tempfile
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter


class BoardLog(keras.callbacks.Callback):
    """Write the numbers of each epoch into a log that TensorBoard reads."""

    def __init__(self, folder):
        super().__init__()
        self.writer = SummaryWriter(folder)

    def on_epoch_end(self, epoch, logs=None):
        for name, value in (logs or {}).items():
            self.writer.add_scalar(name, float(value), epoch)

    def on_train_end(self, logs=None):
        self.writer.close()


assert "import tensorflow" in inspect.getsource(keras.callbacks.TensorBoard)
workplace = tempfile.TemporaryDirectory()
folder = Path(workplace.name)

# %%
watchers = [
    keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=3, min_delta=0),
    BoardLog(folder / "log"),
    keras.callbacks.EarlyStopping(patience=8, restore_best_weights=True),
    keras.callbacks.ModelCheckpoint(folder / "best.keras", save_best_only=True),
]
options = {"batch_size": 100, "verbose": 0}
record = hours_model.fit(
    *train, validation_data=validation, epochs=epochs, callbacks=watchers, **options
).history
print("logged each epoch:", sorted(record))
print("stopped after", approx(len(record["loss"]), 2), "epochs")
metric("val_loss", min(record["val_loss"]))

# %% [markdown]
# The log lies on the disk in TensorBoard's format. In a terminal, `tensorboard --logdir` and the folder's name would show it in a browser. Here we read it back
# and draw it ourselves, and check that it holds what `fit` returned.

# %%
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

log = EventAccumulator(str(folder / "log"))
log.Reload()
curves = {tag: np.array([event.value for event in log.Scalars(tag)]) for tag in log.Tags()["scalars"]}
assert all(np.allclose(curves[tag], record[tag], rtol=1e-5) for tag in record)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3))
plot.lines({"training": curves["loss"], "validation": curves["val_loss"]}, ax=left)
left.axhline(floor, color="grey", linestyle="--")
left.set(
    title="Down to the noise floor (dashed)",
    xlabel="epoch",
    ylabel="mean squared error (hours²)",
    yscale="log",
)
right.step(np.arange(len(curves["loss"])), curves["learning_rate"], where="post")
right.set(title="The rate falls where progress stops", xlabel="epoch", ylabel="learning rate", yscale="log")
plt.show()

# %% [markdown]
# Now the exam, once. Two rivals keep us honest: the constant (predict the mean of the training hours), and a straight-line fit, which cannot bend.
# Predict where the network lands between the straight line and the floor.

# %%
test_mse = float(np.mean((hours_model.predict(test[0], batch_size=2000, verbose=0) - test[1]) ** 2))
ones = [np.column_stack([(part[0] - typical) / spread, np.ones(len(part[0]))]) for part in (train, test)]
straight = np.linalg.lstsq(ones[0], train[1], rcond=None)[0]
line_mse = float(np.mean((ones[1] @ straight - test[1]) ** 2))
constant_mse = float(np.mean((train[1].mean() - test[1]) ** 2))
metric("test_mse", test_mse)
metric("test_over_floor", test_mse / floor)
assert noise > 0.5 or epochs < 5 or test_mse < constant_mse
assert not DEFAULT or (0.85 < test_mse / floor < 1.5 and line_mse / floor > 2.5)
ax = plot.bars(
    {
        "always the mean": constant_mse,
        "straight line": line_mse,
        "our network": test_mse,
        "noise floor": floor,
    },
    title="The network takes nearly all that can be known",
    xlabel="mean squared error on the test pile (hours²)",
    ax=plt.subplots(figsize=(7, 2.4))[1],
)
plt.show()

# %% [markdown]
# **Break it on purpose.** Leave out the `Normalization` layer, ten epochs, all else equal. Predict the validation loss.

# %%
keras.utils.set_random_seed(seed)
raw_model = article_model()
raw_model.compile(optimizer=keras.optimizers.Adam(0.03), loss="mse")
raw = raw_model.fit(*train, validation_data=validation, epochs=10, **options).history["val_loss"]
with_layer = record["val_loss"][: len(raw)]
print(f"first epoch without the layer {approx(raw[0], 2)}, with it {approx(with_layer[0], 2)}")
print(f"last without {approx(raw[-1], 2)}, with {approx(with_layer[-1], 2)}")
assert not DEFAULT or min(raw) > 3 * min(with_layer)

# %% [markdown]
# *Symptom:* a first loss thousands of times too high, then a crawl that ends far above the floor. Kilometres shout, chains whisper: the scores of
# the units follow the largest readings, and steps of one size suit none of the weights.
#
# ### Hand it over
#
# `save` writes one file with the ending `.keras`. A colleague's program, which has never seen this notebook, opens it in a *fresh process* and must give
# the same hours.

# %%
import subprocess
import sys

hours_model.save(folder / "hours.keras")
np.save(folder / "asked.npy", test[0][:100])
(folder / "colleague.py").write_text(
    "import keras\nimport numpy as np\n"
    "model = keras.models.load_model('hours.keras')\n"
    "np.save('answered.npy', model.predict(np.load('asked.npy'), verbose=0))\n"
)
subprocess.run([sys.executable, "colleague.py"], cwd=folder, check=True, capture_output=True)
answered = np.load(folder / "answered.npy")
wanted = hours_model.predict(test[0][:100], verbose=0)
assert np.abs(answered - wanted).max() < 1e-5
best = keras.models.load_model(folder / "best.keras").predict(test[0][:100], verbose=0)
assert np.abs(best - wanted).max() < 1e-5
print("a fresh process, and the checkpoint, give the same 100 answers")

# %% [markdown]
# What is in the file? A zip with three parts: facts, the layers as text, the numbers. No program in it that could run. So it can be opened without Keras at
# all; here with NumPy, four lines for the whole network. Such a check costs little, and it tells you that you own your model.

# %%
import zipfile

import h5py

with zipfile.ZipFile(folder / "hours.keras") as parcel:
    print(sorted(parcel.namelist()))
    weights = h5py.File(io.BytesIO(parcel.read("model.weights.h5")))
inside = weights["layers"]
mean, variance = (inside["normalization/vars"][n][:] for n in "01")
K1, b1 = (inside["dense/vars"][n][:] for n in "01")
K2, b2 = (inside["dense_1/vars"][n][:] for n in "01")
hidden = np.maximum((test[0][:100] - mean) / np.sqrt(variance) @ K1 + b1, 0)
assert np.abs(hidden @ K2 + b2 - wanted).max() < 1e-4
print("NumPy alone gives the same answers to 0.0001 hours")

# %% [markdown]
# ## 5.5 The other network: three classes
#
# The example of §4.3 is no regression: 10-20-**3**, a class for each bicycle (lesson 4b). In Keras it is the same program with another end: three
# outputs, and the loss `SparseCategoricalCrossentropy`. *Sparse* means labels 0, 1, 2 instead of one-hot rows; `from_logits=True` means that the model
# gives raw scores, *logits* (未归一化的分数), and softmax is part of the loss.
#
# Same bicycles, same start, same rate as in lesson 4b: the numbers must agree.

# %%
means = np.zeros((3, 10))
means[0, [0, 1, 2, 8]] = 1.5, 1.2, 0.3, 0.6
means[1, [2, 3, 4, 8]] = 1.4, 0.8, 1.2, 0.5
means[2, [3, 5, 6, 7]] = 0.8, 1.2, 1.0, 1.1
bikes, kinds = data.gaussian_classes(100, means, seed)
exam, exam_kinds = data.gaussian_classes(50_000, means, seed + 10**9)
ceiling = float((data.nearest_mean(exam, means) == exam_kinds).mean())
bikes, exam = np.round(bikes, 1), np.round(exam, 1)
draws = np.random.default_rng(seed)
W1 = np.round(draws.normal(size=(20, 10)) * np.sqrt(2 / 10), 1)
W2 = np.round(draws.normal(size=(3, 20)) * np.sqrt(2 / 20), 1)
start = [W1.T, np.full(20, 0.005), W2.T, np.zeros(3)]


def classify(loss, epochs=600):
    """Train 10-20-3 from lesson 4b's start, stop when validation says so; the model and its history."""
    model = keras.Sequential([keras.Input((10,)), layers.Dense(20, activation="relu"), layers.Dense(3)])
    model.set_weights(start)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss=loss)
    stop = keras.callbacks.EarlyStopping(patience=40, restore_best_weights=True)
    known = {"validation_data": (bikes[70:], kinds[70:]), "batch_size": 70, "callbacks": [stop], "verbose": 0}
    return model, model.fit(bikes[:70], kinds[:70], epochs=epochs, **known).history


# %%
def accuracy(model):
    """Share of the exam's 50,000 bicycles that go to the right bench."""
    return float((model.predict(exam, batch_size=5000, verbose=0).argmax(axis=1) == exam_kinds).mean())


sorter, path = classify(keras.losses.SparseCategoricalCrossentropy(from_logits=True))
best_epoch = int(np.argmin(path["val_loss"])) + 1
assert sorter.count_params() == 283
metric("exam_accuracy", accuracy(sorter))
print("best possible", approx(ceiling))
assert 0.6 < accuracy(sorter) < ceiling
assert seed != 0 or abs(accuracy(sorter) - 0.784) < 0.01

# %% [markdown]
# Lesson 4b prints the same accuracy at its best epoch, from formulas worked out by hand. To be sure that this is no accident, take lesson 4b's steps once more,
# in 64-bit numbers and without Keras, and compare all 283 numbers.

# %%
tensors = [torch.tensor(array, dtype=torch.double, requires_grad=True) for array in start]
sgd = torch.optim.SGD(tensors, lr=0.1)
for _ in range(best_epoch):
    K1, b1, K2, b2 = tensors
    scores = torch.relu(torch.tensor(bikes[:70]) @ K1 + b1) @ K2 + b2
    sgd.zero_grad()
    torch.nn.functional.cross_entropy(scores, torch.tensor(kinds[:70])).backward()
    sgd.step()
apart = max(np.abs(a - b.detach().numpy()).max() for a, b in zip(sorter.get_weights(), tensors, strict=True))
assert apart < 1e-3
print("after the best epoch, all 283 numbers agree to 0.001")

# %% [markdown]
# **Break it on purpose.** Forget `from_logits=True`, or write the loss as a text, `"sparse_categorical_crossentropy"`, which means the same. Keras then takes
# the scores for probabilities. Predict: an error message?

# %%
muddled, muddled_path = classify("sparse_categorical_crossentropy", epochs=200)
print(f"exam accuracy {approx(accuracy(muddled), 2)}, with logits {approx(accuracy(sorter))}")
assert accuracy(muddled) < accuracy(sorter)
ax = plot.lines(
    {"from_logits=True": np.array(path["loss"]), "forgotten": np.array(muddled_path["loss"])},
    title="No error, no warning: only a loss that does not behave",
    xlabel="epoch",
    ylabel="training loss",
    ax=plt.subplots(figsize=(7, 2.8))[1],
)
plt.show()

# %% [markdown]
# ## 5.6 Twins
#
# A company changes its framework, or receives a model from somebody who uses another one. What must be compared before the twin goes to work? Four things:
# **outputs, loss, gradients, one step**. (On other backends than PyTorch the comparison goes through NumPy, like everything here.)
#
# Keras hides the gradients; each backend has its own way to them. These few lines are all that differs.


# %%
def slopes(model, x, y):
    """Loss and gradients of a compiled model for a batch, whatever engine is beneath."""
    variables = model.trainable_variables
    if backend == "torch":
        model.zero_grad()
        loss = model.compute_loss(x, y, model(x, training=True))
        loss.backward()
        return loss, [variable.value.grad for variable in variables]
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss = model.compute_loss(x, y, model(x, training=True))
        return loss, tape.gradient(loss, variables)
    import jax

    def of_values(values):
        guess, _ = model.stateless_call(values, model.non_trainable_variables, x, training=True)
        return model.compute_loss(x, y, guess)

    return jax.value_and_grad(of_values)([variable.value for variable in variables])


# %%
def worst(ours, theirs):
    """Largest difference between two lists of arrays or tensors."""
    to_numpy = [keras.ops.convert_to_numpy(a) for a in ours], [t.detach().numpy() for t in theirs]
    return max(float(np.abs(a - b).max()) for a, b in zip(*to_numpy, strict=True))


keras.utils.set_random_seed(seed + 1)
model = article_model()
twin = to_torch(model)
guess = twin(torch.tensor(x))
twin_loss = ((guess - torch.tensor(y)) ** 2).mean()
twin_loss.backward()
loss, gradients = slopes(model, x, y)
K1, b1, K2, b2 = twin.parameters()
twin_gradients = [K1.grad.T, b1.grad, K2.grad.T, b2.grad]
for name, mine, theirs in [
    ("outputs", [model(x)], [guess]),
    ("loss", [loss], [twin_loss]),
    ("gradients", gradients, twin_gradients),
]:
    assert worst(mine, theirs) < 1e-5
    print(f"{name:>9}: equal to 0.00001")

# %% [markdown]
# Why not *equal*? 32-bit numbers hold about seven digits, and the two sum in different orders: a few units in the seventh digit are honest. Much more would be a bug.
#
# Now one Adam step on each, with each library's own defaults and the same learning rate.

# %%
model.optimizer.apply(gradients, model.trainable_variables)
torch.optim.Adam(twin.parameters(), lr=0.001).step()
gap = worst(model.trainable_variables, [K1.T, b1, K2.T, b2])
print("after one step the weights differ by up to", approx(gap, 1))
print("a full step is 0.001; smallest slope", approx(min(float(t.abs().min()) for t in twin_gradients), 1))
assert 1e-6 < gap < 2e-3

# back again: PyTorch's weights into Keras
model.set_weights([t.detach().numpy() for t in (K1.T, b1, K2.T, b2)])
assert worst([model(x)], [twin(torch.tensor(x))]) < 1e-5
print("copied back, the outputs are equal to 0.00001 again")

# %% [markdown]
# Equal gradients, and yet the step differs by more than rounding allows. Adam divides by the size of the slope plus a small $\varepsilon$, and the libraries do not
# agree on it: 1e-7 in Keras, 1e-8 in PyTorch. But that alone does not explain it all. Where does $\varepsilon$ stand? Find out.
#
# ### Exercise 5.4 · Keras's Adam ●●● 25 min
#
# Adam keeps $m \leftarrow \beta_1 m + (1-\beta_1) g$ and $v \leftarrow \beta_2 v + (1-\beta_2) g^2$. PyTorch then steps by
# $\text{lr} \cdot \hat m / (\sqrt{\hat v} + \varepsilon)$, with both divided by their start-up corrections $1 - \beta^t$ *first*. Keras follows another line of the same
# paper: it corrects the **rate** and adds $\varepsilon$ to the uncorrected $\sqrt v$. Write Keras's step.
#
# <details><summary>Hint 1</summary>Read keras.optimizers.Adam.update_step: inspect.getsource shows it. Look for `alpha`.</details>
# <details><summary>Hint 2</summary>alpha = lr · √(1 − β2ᵗ) / (1 − β1ᵗ); then w − alpha · m / (√v + eps).</details>


# %% tags=["exercise-5.4"]
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    """Step t = 1, 2, … of Keras's Adam: arrays of equal shape in, new (w, m, v) out."""
    ### BEGIN SOLUTION
    m = betas[0] * m + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g**2
    alpha = lr * np.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t)
    return w - alpha * m / (np.sqrt(v) + eps), m, v
    ### END SOLUTION


# %% tags=["check-5.4"]
with check("5.4", keras_adam) as c:
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

# %% [markdown]
# If you read it right, Keras's $\varepsilon$ acts as if it were $\varepsilon / \sqrt{1-\beta_2^t}$ in PyTorch's formula, much larger at the first steps. Then
# PyTorch with *that* epsilon must land on Keras's weights.

# %%
keras.utils.set_random_seed(seed + 1)
model = article_model()
twin = to_torch(model)
((twin(torch.tensor(x)) - torch.tensor(y)) ** 2).mean().backward()
model.optimizer.apply(slopes(model, x, y)[1], model.trainable_variables)
torch.optim.Adam(twin.parameters(), lr=0.001, eps=1e-7 / math.sqrt(1 - 0.999)).step()
K1, b1, K2, b2 = twin.parameters()
assert worst(model.trainable_variables, [K1.T, b1, K2.T, b2]) < 5e-6
print(f"at the first step epsilon acts as if {1 / math.sqrt(1 - 0.999):.1f} times larger")
print("with that epsilon in PyTorch, all 241 weights are equal to 0.000005")

# %% [markdown]
# The second difference is met before any step: a *fresh* layer is not the same in both libraries.
#
# ### Exercise 5.5 · Where weights begin ●●○ 15 min
#
# Both libraries draw fresh weights of a dense layer evenly from $-L$ to $L$, but with different $L$, and treat biases differently. Measure: make layers
# of many sizes, `layers.Dense` (call `.build((None, n_in))`) and `torch.nn.Linear`, and look at the largest weight and bias. Return the four limits as formulas of
# the two sizes, not as measurements.
#
# <details><summary>Hint 1</summary>Change one size at a time. PyTorch's limit ignores one of the two. Square the limits and invert them: a straight line appears.</details>
# <details><summary>Hint 2</summary>Keras: √(6 / (inputs + outputs)) for weights (Glorot), and what for biases? PyTorch: 1/√inputs for both.</details>


# %% tags=["exercise-5.5"]
def start_limits(n_in, n_out):
    """Largest possible start: (Keras's weights, Keras's biases, PyTorch's weights, PyTorch's biases)"""
    ### BEGIN SOLUTION
    return np.sqrt(6 / (n_in + n_out)), 0.0, 1 / np.sqrt(n_in), 1 / np.sqrt(n_in)
    ### END SOLUTION


# %% tags=["check-5.5"]
with check("5.5", start_limits) as c:
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

# %%
sizes = [8, 32, 128, 512]
found = {"Keras": [], "PyTorch": []}
for n_in in sizes:
    dense = layers.Dense(100)
    dense.build((None, n_in))
    found["Keras"].append(np.abs(dense.get_weights()[0]).max())
    found["PyTorch"].append(float(torch.nn.Linear(n_in, 100).weight.detach().abs().max()))
ax = plot.lines(
    {name: (sizes, np.array(values)) for name, values in found.items()},
    marker="o",
    title="Two libraries, two starts: the same program is not the same training",
    xlabel="inputs of a layer with 100 units",
    ylabel="largest weight at the start",
    ax=plt.subplots(figsize=(7, 2.8))[1],
)
ax.set(xscale="log", ylim=(0, 0.4))
plt.show()

# %% [markdown]
# ### A training loop of one's own
#
# `fit` is a convenience. When it does not do what you need (two optimisers, a loss over several batches), write the loop yourself and keep the rest of Keras.
# With `slopes`, it is as long as PyTorch's. The proof is as before: same start, same order, same losses.


# %%
def fit_by_hand(model, x, y, epochs, batch=32):
    """What fit(shuffle=False) does: the mean loss of each epoch."""
    history = []
    for _ in range(epochs):
        total = 0.0
        for at in range(0, len(x), batch):
            part = x[at : at + batch], y[at : at + batch]
            loss, gradients = slopes(model, *part)
            model.optimizer.apply(gradients, model.trainable_variables)
            total += float(keras.ops.convert_to_numpy(loss)) * len(part[0])
        history.append(total / len(x))
    return history


keras.utils.set_random_seed(seed)
by_hand = fit_by_hand(article_model(), x, y, epochs=10)
assert np.abs(np.array(by_hand) - losses).max() < 1e-4
print("ten epochs by hand: the losses of fit, to 0.0001")

# %% [markdown]
# ### What comfort costs
#
# Four ways now take exactly the same step: plain PyTorch, our loop around Keras, `train_on_batch`, `fit`. Predict the ratio of the slowest to the fastest, for the
# tiny network at batch 32, and for one with a million weights at batch 256. (Processor time, the best of three; on a GPU, or on another backend, all is different.)

# %%
import time


def cost(work, steps):
    """Milliseconds of processor time a step: the best of three."""
    times = []
    work()
    for _ in range(3):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return 1000 * min(times) / steps


# %%
def four_ways(hidden, batch, steps):
    """Milliseconds a step of `batch` samples through these hidden layers, in each of the four ways."""
    x, y = (np.ones((batch * steps, width), "float32") for width in (10, 1))
    dense = [layers.Dense(n, activation="relu") for n in hidden]
    model = keras.Sequential([keras.Input((10,)), *dense, layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    sizes = [10, *hidden, 1]
    pairs = [(torch.nn.Linear(n, m), torch.nn.ReLU()) for n, m in zip(sizes[:-1], sizes[1:], strict=True)]
    net = torch.nn.Sequential(*itertools.chain(*pairs))[:-1]
    plain = fit_torch(net, torch.tensor(x), torch.tensor(y), batch=batch)
    works = {
        "plain PyTorch": lambda: next(plain),
        "own loop, Keras": lambda: fit_by_hand(model, x, y, epochs=1, batch=batch),
        "train_on_batch": lambda: [model.train_on_batch(x[:batch], y[:batch]) for _ in range(steps)],
        "fit": lambda: model.fit(x, y, batch_size=batch, verbose=0),
    }
    return {name: cost(work, steps) for name, work in works.items()}


# %%
tiny, large = four_ways([20], batch=32, steps=40), four_ways([1000, 1000], batch=256, steps=3)
for title, times in [("241 numbers", tiny), ("a million numbers", large)]:
    print(f"{title}:", ", ".join(f"{name} {approx(ms, 2)} ms" for name, ms in times.items()))
ratios = [times["fit"] / times["plain PyTorch"] for times in (tiny, large)]
print("fit against plain PyTorch:", approx(ratios[0], 2), "times, and", approx(ratios[1], 2), "times")
assert backend != "torch" or ratios[0] > 1.5
assert backend != "torch" or ratios[1] < ratios[0]
figure, axes = plt.subplots(1, 2, figsize=(9, 2.4), sharey=True)
titles = ["Tiny: comfort costs more than the work", "Large: the work outweighs it"]
for ax, times, title in zip(axes, (tiny, large), titles, strict=True):
    plot.bars(times, title=title, xlabel="milliseconds a step", ax=ax)
plt.show()

# %% [markdown]
# The comfort has a fixed price *per step*, whatever the step contains. In a tiny network there is little else; in a large one it drowns in the products of
# matrices. So the question is never "which framework is faster", but "how many steps, and how much work in each".
#
# ### Exercise 5.6 · Rewrite it? ●●○ 15 min
#
# An engineer offers to rewrite your training in plain PyTorch. You take `steps` steps a year; a step takes `slow_ms` now and `fast_ms` then (milliseconds). The machine
# costs `hourly` € an hour. The rewrite takes `days` days at `day_rate` €. Return the € saved in a year, and `"rewrite"` if that is more than the rewrite
# costs, else `"keep"`.
#
# <details><summary>Hint 1</summary>A thousand milliseconds are a second, 3,600 seconds an hour.</details>
# <details><summary>Hint 2</summary>saved = steps · (slow_ms − fast_ms) / 3.6e6 · hourly. Compare with days · day_rate.</details>


# %% tags=["exercise-5.6"]
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    """(€ saved a year, "rewrite" or "keep")"""
    ### BEGIN SOLUTION
    saved = steps * (slow_ms - fast_ms) / 3.6e6 * hourly
    return saved, "rewrite" if saved > days * day_rate else "keep"
    ### END SOLUTION


# %% tags=["check-5.6"]
with check("5.6", rewrite) as c:
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

# %% [markdown]
# ## 5.7 A real task, and a layer of your own
#
# The parcels with handwritten numbers again (lesson 3a), now with Keras, and with a layer that Keras does not have. A *residual* layer (残差) hands its input on
# and adds a correction: $x + \text{relu}(xW + b)$. If there is nothing to correct, $W$ stays small, and the layer does no harm. Large models stack hundreds of them.
#
# ### Exercise 5.7 · Write a layer ●●○ 20 min
#
# A Keras layer has two methods. `build` is called once, with the shape of the input, and makes the weights; `call` computes. Write both for inputs of shape (batch, d): a matrix of
# (d, d), drawn at random, and a bias of (d,) that starts at 0.
#
# <details><summary>Hint 1</summary>self.add_weight(shape=…, initializer="glorot_uniform") registers a weight, so that training finds it. A plain array would never learn.</details>
# <details><summary>Hint 2</summary>In build, d = shape[-1]. In call: x + keras.ops.relu(keras.ops.matmul(x, self.W) + self.b).</details>


# %% tags=["exercise-5.7"]
class Residual(keras.layers.Layer):
    """x -> x + relu(x W + b), for inputs (batch, d)."""

    def build(self, shape):
        """Make the weights for inputs of this shape: (None, d)."""
        ### BEGIN SOLUTION
        d = shape[-1]
        self.W = self.add_weight(shape=(d, d), initializer="glorot_uniform")
        self.b = self.add_weight(shape=(d,), initializer="zeros")
        ### END SOLUTION

    def call(self, x):
        """Inputs (batch, d) -> outputs (batch, d)."""
        ### BEGIN SOLUTION
        return x + keras.ops.relu(keras.ops.matmul(x, self.W) + self.b)
        ### END SOLUTION


# %% tags=["check-5.7"]
with check("5.7", Residual) as c:
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


# %% [markdown]
# The course's own copy is called `Shortcut`, and is put to work in a small convolutional network (lesson 3b explains convolution): two convolutions, dropout, one shortcut, ten scores. The
# learning rate follows a schedule fixed in advance, half a cosine from 0.004 down to 0. `register_keras_serializable` lets a saved file find the class again.


# %%
@keras.saving.register_keras_serializable("cornerstone")
class Shortcut(keras.layers.Layer):
    """x -> x + relu(x W + b), for inputs (batch, d)."""

    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]), initializer="glorot_uniform")
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return x + keras.ops.relu(keras.ops.matmul(x, self.W) + self.b)


keras.utils.set_random_seed(seed)
digits = data.digits(test=360, seed=seed)
images, test_images = (
    part.reshape(-1, 8, 8, 1).astype("float32") for part in (digits.x_train, digits.x_test)
)
reader = keras.Sequential([keras.Input((8, 8, 1))])
for size in (16, 32):
    reader.add(layers.Conv2D(size, 3, padding="same", activation="relu"))
    reader.add(layers.MaxPooling2D(2) if size == 16 else layers.Flatten())
for layer in (layers.Dropout(0.3), layers.Dense(64, activation="relu"), Shortcut(), layers.Dense(10)):
    reader.add(layer)
ax = draw(reader, "Where the numbers are: most of them in the first Dense layer")
plt.show()

# %%
steps = digit_epochs * math.ceil(len(images) / 32)
reader.compile(
    optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.004, steps)),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
progress = reader.fit(images, digits.y_train, epochs=digit_epochs, batch_size=32, verbose=0).history
test_loss, test_accuracy = reader.evaluate(test_images, digits.y_test, verbose=0)
metric("digit_accuracy", test_accuracy)
assert digit_epochs < 15 or test_accuracy >= (0.97 if DEFAULT and backend == "torch" else 0.94)
reader.save(folder / "reader.keras")
again = keras.models.load_model(folder / "reader.keras").predict(test_images, verbose=0)
assert np.abs(again - reader.predict(test_images, verbose=0)).max() < 1e-5
print("saved with its own layer, and opened again: the same scores")

# %%
said_digits = again.argmax(axis=1)
mistakes = np.flatnonzero(said_digits != digits.y_test)[:10]
labels = [f"{digits.y_test[i]} read as {said_digits[i]}" for i in mistakes]
if len(mistakes):
    title = "What it still misreads: look whether you would do better"
    figure = plot.images(test_images[mistakes, :, :, 0], labels, columns=5, size=1.5, title=title)

# %% [markdown]
# ## 5.8 What the article says about tools
#
# In §5.1 it asks for Python 3.8 or newer, and for a CUDA that matches Python. Packages declare what they need; ask them.

# %%
import sysconfig
from importlib.metadata import metadata, requires

from packaging.specifiers import SpecifierSet

needs = {name: metadata(name)["Requires-Python"] for name in ("torch", "keras")}
print(needs)
claim(
    "§5.1",
    "Python 3.8 or newer is enough.",
    "outdated",
    evidence=not any(SpecifierSet(need).contains("3.8") for need in needs.values()),
    right="Today's frameworks refuse 3.8: each package declares the versions that it takes.",
)
claim(
    "§5.1",
    "Install a CUDA that matches the Python version.",
    "wrong",
    evidence=hasattr(torch.version, "cuda")
    and not any("cuda" in name.lower() for name in sysconfig.get_config_vars())
    and sum(array.nbytes for array in model.get_weights()) == 4 * 241,
    right="Python knows nothing of CUDA; the build of the framework does, and the driver must be new enough for it. The usual "
    "packages bring CUDA along. TensorFlow's last version with GPU on native Windows is 2.10, and it has no official GPU "
    "support on macOS. And 241 numbers, 964 bytes, need no GPU.",
)

# %% [markdown]
# And §7.2 lists TensorFlow, PyTorch and Keras beside each other, as three frameworks, and Colab beside Jupyter.

# %%
engine = type(model.weights[0].value).__module__.partition(".")[0]
demanded = {re.split(r"[^\w-]", need)[0] for need in requires("keras")}
engines = {path.name for path in (Path(keras.__file__).parent / "src" / "backend").iterdir()}
print("Keras demands:", ", ".join(sorted(demanded)))
claim(
    "§7.2",
    "TensorFlow, PyTorch and Keras are three frameworks of one kind.",
    "imprecise",
    evidence={"torch", "tensorflow", "jax"} <= engines and not {"torch", "tensorflow", "jax"} & demanded,
    right="Keras 3 is a layer above an engine: TensorFlow, JAX or PyTorch, and demands none of them in particular. Likewise Colab "
    "is no alternative to Jupyter: it is Jupyter, hosted.",
)
assert engine.startswith({"torch": "torch", "tensorflow": "tensorflow", "jax": "jax"}[backend])

# %% [markdown]
# ## Recap
#
# 1. A Keras program is ten lines of PyTorch: shuffle, cut into batches, forward, loss, backward, step; and 4/4 counts batches.
# 2. Test a printed log by arithmetic: steps, samples, seconds, and the best error that chance allows.
# 3. A project has three piles, a floor to aim for, normalisation inside the model, and a file that a fresh process opens.
# 4. Twins agree in outputs, loss and gradients to rounding; then the optimiser's epsilon and the start tell the libraries apart.
# 5. Comfort costs a fixed time a step: count your steps before you rewrite.
#
# **Next:** a language model, from text to generation, in lesson 6a. [Back to the map](00_start_here.ipynb)
#
# ## Sources
#
# - Keras 3: [keras.io](https://keras.io); F. Chollet, *Deep Learning with Python*, Manning
# - D. Kingma, J. Ba (2015), *Adam: a method for stochastic optimization*, [arXiv:1412.6980](https://arxiv.org/abs/1412.6980): both places of epsilon, section 2
# - M. Abadi et al. (2016), *TensorFlow*, [arXiv:1605.08695](https://arxiv.org/abs/1605.08695); A. Paszke et al. (2019), *PyTorch*, [arXiv:1912.01703](https://arxiv.org/abs/1912.01703)
# - L. Prechelt (1998), *Early stopping: but when?*, in Neural Networks: Tricks of the Trade, Springer
# - TensorFlow on Windows and macOS: [tensorflow.org/install/pip](https://www.tensorflow.org/install/pip); Colab is hosted Jupyter: [research.google.com/colaboratory/faq.html](https://research.google.com/colaboratory/faq.html)
# - E. Alpaydin, C. Kaynak (1998), *Optical recognition of handwritten digits*, UCI Machine Learning Repository: the images, through scikit-learn
