# %% [markdown]
# # 5 · The Keras project
#
# Run the article's program, prove that its printed result never came out of it, and mend it into a project that you could hand over.
#
# 75 min to read · under 50 CPU-seconds · under 1,000 MB · GPU: not needed
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
runs: int = 10  # times the article's program is run, each with another seed  in [2, 200]
noise: float = 0.2  # hours by which two equal repairs differ by chance  in [0.01, 2]
epochs: int = 40  # most passes over the workshop's book  in [2, 500]

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from utils import data, plot
from utils.check import approx, check, claim, metric
from utils.keras_backend import use_backend
from utils.params import check_parameters
from utils.repro import child_seed, numpy_stream, seed_everything

check_parameters("05_keras_project", globals())
use_backend(backend)
import keras

plot.style()
seed_everything(seed)
DEFAULT = (runs, noise, epochs) == (10, 0.2, 40)

# %% [markdown]
# ## 5.1 The program
#
# *Keras* is a library for building and training networks. It computes nothing itself: beneath it works an engine, its *backend* (后端), which
# for training is TensorFlow, JAX or PyTorch. The article takes it out of TensorFlow; here the same lines run on PyTorch, unless you change
# the parameter. ([Lesson 0](00_start_here.ipynb) judges §5.1, on installing.)
#
# The article's program (§5.2), in our own code: a hundred random inputs of ten numbers, a hundred random targets, 20 hidden units, one output,
# ten epochs. Predict: which loss will it reach?

# %%
layers = keras.layers


def program(seed):
    """Random inputs, random targets, ten epochs: the trained model, its history, and the data."""
    keras.utils.set_random_seed(child_seed(seed, "network"))
    draws = numpy_stream(seed, "samples")
    x, y = (draws.normal(size=(100, width)).astype("float32") for width in (10, 1))
    model = keras.Sequential([layers.Dense(20, activation="relu", input_shape=(10,)), layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    history = model.fit(x, y, epochs=10, verbose=2).history
    return model, history, x, y


# %% [markdown]
# We catch what it prints, and what it warns of. The times in its lines differ from run to run, so we show the rest.

# %%
import contextlib
import io
import warnings

with contextlib.redirect_stdout(io.StringIO()) as printed, warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    model, history, x, y = program(seed)
said = printed.getvalue()

# %%
import re

shown = re.findall(r"(\d+/\d+) - .* - loss: (\S+)", said)
for epoch in (1, 10):
    print(f"epoch {epoch}/10:", shown[epoch - 1][0], "… loss:", approx(float(shown[epoch - 1][1])))
complaint = next(str(c.message) for c in caught if "input_shape" in str(c.message))
print(f"warning: {complaint}")
counters = {counter for counter, _ in shown}

# %% [markdown]
# Three observations to keep. The counter says **4/4**. There is a `loss` and nothing else. And the loss is nowhere near 0.
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
# numbers in all? Predict, then count.

# %%
for weight in model.weights:
    print(f"{weight.path.split('/', 1)[1]:16} {tuple(weight.shape)}")
print("in all:", model.count_params())
assert model.count_params() == 10 * 20 + 20 + 20 * 1 + 1

# %% tags=["figure"]
# The layers as boxes: what flows between them, and how many numbers each one holds
nodes = {
    "in": (0, 0, "10 numbers"),
    "hidden": (1.8, 0, "Dense, relu\n200 + 20 numbers"),
    "between": (3.6, 0, "20 numbers"),
    "out": (5.4, 0, "Dense\n20 + 1 numbers"),
    "end": (7.2, 0, "1 number"),
}
edges = list(zip(list(nodes), list(nodes)[1:], strict=False))
plot.graph(
    nodes, edges, title="Two layers hold the 241 numbers: 220 and 21", ax=plt.subplots(figsize=(8.5, 1.5))[1]
)
plt.show()

# %% [markdown]
# **`compile`** computes nothing. It notes how to train: which *optimizer* (优化器, here Adam) and which loss (`"mse"`, the mean squared error).
#
# **`fit`** shuffles the samples before each epoch, cuts them into *batches* (批) of 32, and takes one step for each. A hundred samples give
# batches of 32, 32, 32 and **4**: the counter counts batches, and the incomplete one counts too.
#
# **`evaluate`** computes the loss on whatever it is given, and changes nothing. The article gives it the same `x` and `y` again.

# %%
steps_taken = int(keras.ops.convert_to_numpy(model.optimizer.iterations))
before = model.get_weights()
value = model.evaluate(x, y, verbose=0)
by_hand = np.mean((model.predict(x, verbose=0) - y) ** 2)
unchanged = all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
print(f"steps taken: {steps_taken}; evaluate changed a weight: {not unchanged}")
assert steps_taken == 10 * 4
claim(
    "§5.3",
    "Calling evaluate measures the model on validation data.",
    "wrong",
    evidence=list(history) == ["loss"] and bool(abs(value - by_hand) < 1e-5) and unchanged,
    right="The program has one pile of data; evaluate gets the training samples again, and no validation loss exists.",
)

# %% [markdown]
# ### Exercise 5.1 · What the counter counts ●○○ 5 min
#
# Keras shows `counter/counter` at the end of an epoch. Which numbers of training samples show exactly this counter? Return the fewest and the most.
#
# <details><summary>Hint 1</summary>97 samples at batch 32 are three full batches and one of a single sample. What does the counter say? And for 96?</details>
# <details><summary>Hint 2</summary>All batches but the last are full in both cases. How many samples can the last one hold, at least and at most?</details>


# %% tags=["exercise-5.1"]
def samples_behind(counter, batch=32):
    """(fewest, most) samples for which an epoch has `counter` batches."""
    ### BEGIN SOLUTION
    return batch * (counter - 1) + 1, batch * counter
    ### END SOLUTION


# %% tags=["check-5.1"]
with check("5.1", samples_behind) as c:
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

# %% [markdown]
# ### The same in ten lines
#
# What does `fit` do, exactly? Below is our guess in plain PyTorch. The two differ in how they store weights: PyTorch's `Linear` keeps (units, inputs), the
# transpose of Keras's kernel. So copying means transposing.


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


# %%
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


# %% [markdown]
# The proof: the same start, the same order of samples (`shuffle=False`), and ten epochs later the same losses, to a
# thousandth. Not to the last digit: the two differ in a detail of Adam, which Exercise 5.4 will look for.


# %%
import itertools


def article_model():
    """The article's network, untrained, in the style that Keras 3 wants."""
    model = keras.Sequential([keras.Input((10,)), layers.Dense(20, activation="relu"), layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    return model


keras.utils.set_random_seed(child_seed(seed, "race"))
fresh = article_model()
plain = to_torch(fresh)
losses = fresh.fit(x, y, epochs=10, shuffle=False, verbose=0).history["loss"]
plain_losses = list(itertools.islice(fit_torch(plain, torch.tensor(x), torch.tensor(y)), 10))
apart = np.abs(np.array(losses) - plain_losses).max()
print("the last loss of fit", approx(losses[-1]), "and of the ten lines", approx(plain_losses[-1]))
assert apart < 1e-3

# %% [markdown]
# So there is no magic in `fit`, and §5.3 of the article, which says what each line is for, can be put to the test.

# %%
claim(
    "§5.3",
    "Sequential stacks a ReLU layer and an output; compile sets optimiser and loss; fit repeats forward and backward pass for ten epochs.",
    "right",
    evidence=[layer.activation.__name__ for layer in model.layers] == ["relu", "linear"]
    and (model.optimizer.name, model.loss) == ("adam", "mse")
    and len(losses) == 10
    and bool(apart < 1e-3),
)

# %% [markdown]
# One detail had to be guessed right: the line `total += loss · len(pick)`. That is your next exercise.
#
# ### Exercise 5.2 · The loss that an epoch prints ●○○ 10 min
#
# Keras knows the mean loss of each batch, and how many samples were in it. Return the loss that it prints for the epoch: the mean over all samples,
# not rounded. Both inputs are arrays of one number a batch, and batches may have any sizes.
#
# <details><summary>Hint 1</summary>Every *sample* counts the same. A batch of 4 must not weigh as much as one of 32.</details>
# <details><summary>Hint 2</summary>From a batch's mean and its size follows the sum of its losses. And then?</details>


# %% tags=["exercise-5.2"]
def printed_loss(batch_losses, batch_sizes):
    """Mean loss over all samples of an epoch, from the mean (batches,) and the size (batches,) of each batch."""
    ### BEGIN SOLUTION
    return np.dot(batch_losses, batch_sizes) / np.sum(batch_sizes)
    ### END SOLUTION


# %% tags=["check-5.2"]
with check("5.2", printed_loss) as c:
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

# %% [markdown]
# ## 5.3 A detective story
#
# In §5.4 the article prints a result and calls it good: a counter of 4379/4379, one second, 229 µs a *sample*, a loss of 0.1117, a validation
# loss of 0.1112. We have seen what its program prints. So where does that line come from? Six clues, in order.
#
# **Clue 1: the counter.** How many samples would 4379 *batches* need?

# %%
import math

counter, microseconds, train_loss, val_loss = 4379, 229, 0.1117, 0.1112
print(f"batches of 100 samples: {math.ceil(100 / 32)}, not {counter}")
print(f"{counter} batches would need {32 * (counter - 1) + 1:,} to {32 * counter:,} samples")
print(f"{counter} samples are {math.ceil(counter / 32)} batches")

# %% [markdown]
# **Clue 2: the unit.** The line says µs a *sample*. Multiply counter and time, and one second comes out; but that proves little, because Keras *makes* the
# unit time by dividing the seconds by the counter. The word is the clue. What does today's Keras write there?

# %%
import inspect

print(f"{counter} × {microseconds} µs = {counter * microseconds / 1e6:.3f} s")
bar = inspect.getsource(keras.utils.Progbar)
written = {word: word in said + bar for word in ("/step", "/sample")}
print(written)
assert written == {"/step": True, "/sample": False}

# %% [markdown]
# So the line may be real, but not from this program: it belongs to an older Keras that counted and timed samples, and to 4,379 of them.
#
# **Clue 3: a second loss.** A `val_loss` is printed. In our run nothing of the kind appeared, because the program never puts validation data aside. With
# validation data, would it?

# %%
with_validation = article_model().fit(x, y, epochs=1, validation_split=0.2, verbose=0).history
print("without validation data:", list(history), " with it:", list(with_validation))
assert list(with_validation) == ["loss", "val_loss"]

# %% [markdown]
# **Clue 4: the value itself.** The targets are drawn from $N(0, 1)$, whatever the inputs say. Then the best prediction is their mean, 0, and
# its expected squared error is their variance: **1.0**. No network, however large, can expect less on fresh targets.
#
# Could luck do it? For that best prediction, $n \cdot \text{MSE}$ is a sum of $n$ squared normal numbers: a chi-square (卡方) number. (Any other prediction shifts
# those numbers away from 0, and small sums become rarer still.)

# %% [markdown]
# For even $n$ the chance is a series whose terms soon vanish:
# $P(\text{MSE} \le m) = e^{-\lambda} \sum_{k = n/2}^{\infty} \lambda^k / k!$ with $\lambda = nm/2$. The article does not say on how many targets. We try
# 100, and 20, had a fifth been held back.


# %%
def chance(mse, n):
    """Probability that the best prediction has at most this mean squared error on n targets, n even."""
    rate = n * mse / 2
    return sum(math.exp(-rate + k * math.log(rate) - math.lgamma(k + 1)) for k in range(n // 2, n // 2 + 150))


for n in (100, 20):
    print(f"chance of {val_loss} or less on {n} fresh targets: {chance(val_loss, n):.1e}")
assert chance(val_loss, 100) < 2.6e-30
assert chance(val_loss, 20) < 1e-6
lucky = numpy_stream(seed, "exams").chisquare(100, size=100_000) / 100  # (100,000,) mean squared errors
assert 0.3 < lucky.min() < 0.8

# %% tags=["figure"]
# What the best prediction scores on 100,000 exams of 100 targets, beside the printed value
figure, ax = plt.subplots(figsize=(7, 2.6))
ax.hist(lucky, bins=80, color="C0")
ax.axvline(val_loss, color="black", linestyle=":", linewidth=2)
ax.text(val_loss + 0.02, 3000, "printed in\nthe article")
ax.set(title="The best prediction on 100,000 exams: not once near 0.11", xlim=(0, 1.7))
ax.set(xlabel="mean squared error on 100 fresh targets (1 is expected)", ylabel="exams")
plt.show()

# %% [markdown]
# For fresh targets, 20 or more, luck is ruled out. But perhaps our own run was an odd one, and others end near 0.11?
#
# **Clue 5: run it again, with other seeds.** Each run has fresh data and fresh weights. We note its own `evaluate`, and the
# error on 1,000 targets that it never saw. Predict where the two clouds lie.


# %%
def once(trial):
    """Mean squared errors: the program's on its own samples, on 1,000 unseen ones, and that of the constant 0 there."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model, _, x, y = program(trial)
    new_x, new_y = np.split(numpy_stream(trial, "unseen").normal(size=(1000, 11)), [10], axis=1)
    first, second = (keras.ops.convert_to_numpy(model(inputs)) for inputs in (x, new_x))
    return [np.mean(error**2) for error in (first - y, second - new_y, new_y)]


# %%
own, unseen, constant = np.array([once(child_seed(seed, "trial", n)) for n in range(runs)]).T  # each (runs,)
for name, errors in [("own samples", own), ("unseen", unseen), ("the constant 0", constant)]:
    print(f"{name}: mean {approx(errors.mean())}, from {approx(errors.min())} to {approx(errors.max())}")
print("share of the runs below 1 on their own samples", approx((own < 1).mean(), 2))
assert own.min() > 0.3
assert unseen.min() > 0.8
assert runs < 10 or (0.95 < own.mean() < 1.5 and 1.05 < unseen.mean() < 1.6)

# %% tags=["figure"]
# One dot a run, on its own samples and on unseen ones
figure, ax = plt.subplots(figsize=(7, 2.2))
for row, (errors, colour) in enumerate([(unseen, "C1"), (own, "C0")]):
    ax.plot(errors, row + np.linspace(-0.25, 0.25, runs), "o", markersize=5, alpha=0.7, color=colour)
ax.axvline(1, color="grey", linestyle="--")
ax.axvline(val_loss, color="black", linestyle=":", linewidth=2)
ax.set_yticks([0, 1], ["1,000 unseen", "its own 100"])
worse = ", and most are worse on unseen targets" if np.median(unseen - own) > 0 else ""
ax.set(title=f"No run comes near the printed 0.11{worse}", xlabel="mean squared error")
ax.set(xlim=(0, 1.05 * max(own.max(), unseen.max())), ylim=(-0.6, 1.6))
plt.show()

# %% [markdown]
# A run *may* end below 1 on its own samples: a hundred targets can be small by chance, and a network begins to learn them by heart. That gives
# one last suspect: enough epochs.
#
# **Clue 6: memory.** Let one of these runs go on. When does the loss on the *own* samples fall to 0.1117, and how good is the network on unseen targets then? Our ten
# lines do the same as `fit`, and faster.


# %%
def learn_by_heart(trial, limit=5000, every=20):
    """Rows (epoch, loss on the own samples, on the unseen), until the printed loss is reached."""
    draws, shapes = numpy_stream(trial, "samples"), [(100, 10), (100, 1), (1000, 10), (1000, 1)]
    own_x, own_y, new_x, new_y = (torch.tensor(draws.normal(size=shape)).float() for shape in shapes)
    keras.utils.set_random_seed(child_seed(trial, "network"))
    net, path = to_torch(article_model()), []
    for epoch, loss in enumerate(fit_torch(net, own_x, own_y, orders=torch.randperm), 1):
        done = loss < train_loss or epoch == limit
        if done or epoch % every == 1:
            with torch.no_grad():
                path.append((epoch, loss, ((net(new_x) - new_y) ** 2).mean().item()))
        if done:
            break
    return np.array(path)  # (rows, 3)


# %% [markdown]
# Predict how many epochs it takes; the article's program stops after ten.

# %%
memory = learn_by_heart(child_seed(seed, "trial", 0))
epoch, own_loss, unseen_loss = memory[-1]
print(f"epoch {approx(epoch)}: own {approx(own_loss)}, unseen {approx(unseen_loss)}")
assert own_loss < train_loss
assert epoch > 250
assert unseen_loss > max(1.3, memory[:, 2].min() + 0.1)

# %% tags=["figure"]
# The loss on the own samples and on unseen ones, epoch by epoch
ax = plt.subplots(figsize=(7, 3))[1]
ax.plot(memory[:, 0], memory[:, 1], color="C0", label="own samples")
ax.plot(memory[:, 0], memory[:, 2], color="C1", label="unseen")
ax.axhline(1, color="grey", linewidth=1)
ax.axvline(10, color="grey", linewidth=1)
ax.text(18, 0.05, "the article stops here", color="grey")
ax.set(
    title="Memory reaches 0.11; on unseen targets the loss turns and climbs",
    xlabel="epoch",
    ylabel="mean squared error",
)
ax.set(ylim=(0, None))
ax.legend()
plt.show()

# %% [markdown]
# Case closed. Hundreds of epochs, not ten, bring the loss on the *own* samples to 0.1117, and the network is then far worse than one
# that always answers 0. On unseen targets one expects 1 plus the mean square of the network's answers. The random answers of the start
# first shrink, and that helps; then noise is learnt by heart, and they grow again. That is *overfitting* (过拟合) in its purest form: there was
# nothing to learn but to answer 0.

# %%
claim(
    "§5.4",
    "The program prints 4379/4379, a loss of 0.1117 and a validation loss of 0.1112.",
    "impossible",
    evidence=counters == {"4/4"} and list(history) == ["loss"] and bool(own.min() > 2 * train_loss),
    right="It prints 4/4 and no validation loss. The line counts 4,379 samples at 229 µs each, one second: another data "
    "set, and an older Keras, which still counted samples.",
)
claim(
    "§5.4",
    "The result shows that the model performs well.",
    "wrong",
    evidence=bool((unseen > constant).all() and unseen_loss > 1.3),
    right="On unseen targets every run is worse than the constant 0, which no network can expect to beat here.",
)
claim(
    "§5.3",
    "Random data simulate real training.",
    "wrong",
    evidence=bool(unseen.min() > 0.8 and memory[:, 2].min() > 0.8),
    right="They test that the code runs. Targets that do not depend on the inputs cannot be learnt; plant a dependence, and a known noise.",
)

# %% [markdown]
# ### Exercise 5.3 · Due diligence ●●○ 20 min
#
# You may buy a model that predicts the hours of a repair. The seller reports a mean squared error `mse` on `n` fresh repairs. Equal repairs differ by
# chance, normally distributed with variance `floor`: no model can expect less. Return the chance that the *best possible* model scores `mse` or less on `n` repairs ($n \cdot
# \text{mse} / \text{floor}$ is then chi-square with $n$ degrees of freedom, and $n$ may be odd), and a decision: `"investigate"` if that chance is below `risk`; else
# `"too weak"` if `mse` exceeds `need`; else `"buy"`.
#
# <details><summary>Hint 1</summary>scipy.stats.chi2 knows this distribution. Its cdf is the chance that a number is at most a given value; its sf that it is larger. For the article the value is 11.12, and n is 100.</details>
# <details><summary>Hint 2</summary>The decision is a chain of two questions in the order of the text; whoever asks about `need` first buys fraud.</details>


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

# %% [markdown]
# ## 5.4 Mended: the workshop's book
#
# Now a project worth the name. Our start-up keeps a book: ten readings of each bicycle in the units of the bench, from kilometres to millimetres, and the
# hours that the repair took. We plant the truth: the hours follow the readings, partly with a **bend** (both a very loose and a very tight chain take
# longer), plus chance with a spread of `noise` hours. So the *noise floor* (噪声下限) is known: no model can expect less than noise².

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


# %% [markdown]
# Three piles again (lesson 3b): *train* teaches, *validation* decides when to stop, *test* examines once.

# %%
train, validation, test = (book(n, child_seed(seed, "book", k)) for k, n in enumerate([2000, 500, 2000]))
floor = noise**2
for name, value in zip(readings, train[0][0], strict=True):
    print(f"{name:>7} {value:8.1f}", end="\n" if name in ("cable", "load") else "  ")
print(f"first repair: {train[1][0, 0]:.2f} hours; noise floor {floor:.3g} hours²")

# %% [markdown]
# Kilometres in thousands, chain links in tenths of a millimetre: a network wants all inputs of the same size. A **`Normalization`** layer (归一化) learns mean and
# variance of each reading from the training pile (`adapt`), and from then on is part of the model. Whoever uses the model hands in raw readings and
# cannot forget a step.

# %%
keras.utils.set_random_seed(child_seed(seed, "hours model"))
normal = layers.Normalization()
normal.adapt(train[0])
dense = [layers.Dense(20, activation="relu", name="hidden"), layers.Dense(1, name="out")]
hours_model = keras.Sequential([keras.Input((10,)), normal, *dense], name="hours")
hours_model.compile(optimizer=keras.optimizers.Adam(0.1), loss="mse")
hours_model.summary(print_fn=lambda text, **_: print(text), line_length=64)
scaled = keras.ops.convert_to_numpy(normal(train[0]))  # (2000, 10)
assert max(np.abs(scaled.mean(axis=0)).max(), np.abs(scaled.std(axis=0) - 1).max()) < 1e-2

# %% tags=["figure"]
# The spread of each reading, before and after the layer
figure, panes = plt.subplots(1, 2, figsize=(9, 2.6), sharey=True)
titles = ["As the bench gives them: 25,000 to 1", "After the layer: all alike"]
for ax, values, title in zip(panes, (train[0], scaled), titles, strict=True):
    ax.barh(readings, values.std(axis=0))
    ax.set(title=title, xlabel="standard deviation", xscale="log", xlim=(0.05, 5000))
plt.show()

# %% [markdown]
# The list shows it: Normalization has numbers too, but they are measured, not trained.
#
# *Callbacks* (回调) are objects whose methods `fit` calls as it goes: at the start and end of training, of each epoch, of each batch. Three of Keras's own:
#
# - `ReduceLROnPlateau` lowers the learning rate when the validation loss stands still: a learning-rate schedule (学习率调度) that watches;
# - `EarlyStopping` (早停) ends training and, if told to, restores the best weights;
# - `ModelCheckpoint` (检查点) stores the model in a file, with `save_best_only` the best so far.


# %%
def careful():
    """Two callbacks that watch the validation loss."""
    return [
        keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=2, min_delta=0),
        keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True),
    ]


# %% [markdown]
# Keras has one for *TensorBoard*, a viewer of training logs, too; but it imports TensorFlow for its writing. PyTorch brings a writer that does not, so a
# short class of our own will do.

# %%
from torch.utils.tensorboard import SummaryWriter

assert "import tensorflow" in inspect.getsource(keras.callbacks.TensorBoard)


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


# %%
import tempfile
from pathlib import Path

workplace = tempfile.TemporaryDirectory()
folder = Path(workplace.name)
keeper = keras.callbacks.ModelCheckpoint(folder / "best.keras", save_best_only=True)
watchers = [*careful(), BoardLog(folder / "log"), keeper]
options = {"validation_data": validation, "batch_size": 200, "validation_batch_size": 500, "verbose": 0}
record = hours_model.fit(*train, epochs=epochs, callbacks=watchers, **options).history
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

# %% tags=["figure"]
# The losses and the learning rate of each epoch, from the log
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3))
plot.lines({"training": curves["loss"], "validation": curves["val_loss"]}, ax=left)
left.axhline(floor, color="grey", linestyle="--")
near = curves["val_loss"].min() < 1.5 * floor
left.set(title="Close to the noise floor (dashed)" if near else "Still well above the noise floor (dashed)")
left.set(xlabel="epoch", ylabel="mean squared error (hours²)", yscale="log")
rates = curves["learning_rate"]
right.step(np.arange(len(rates)), rates, where="post")
fell = rates[-1] < rates[0]
right.set(title="The rate falls where progress stops" if fell else "Progress never stopped: the rate stays")
right.set(xlabel="epoch", ylabel="learning rate", yscale="log")
plt.show()

# %% [markdown]
# Now the exam, once. Two rivals keep us honest: the constant (predict the mean of the training hours), and a straight-line fit, which cannot bend.
# Predict where the network lands between the straight line and the floor.

# %%
test_mse = float(np.mean((hours_model.predict(test[0], batch_size=2000, verbose=0) - test[1]) ** 2))
constant_mse = float(np.mean((train[1].mean() - test[1]) ** 2))

# (n, 10), (n,) -> (n, 11): the scaled readings and a constant
ones = [np.column_stack([(part[0] - typical) / spread, np.ones(len(part[0]))]) for part in (train, test)]
straight = np.linalg.lstsq(ones[0], train[1], rcond=None)[0]  # (11, 1)
line_mse = float(np.mean((ones[1] @ straight - test[1]) ** 2))
metric("test_mse", test_mse)
metric("test_over_floor", test_mse / floor)
assert noise > 0.5 or epochs < 5 or test_mse < constant_mse
assert not DEFAULT or (0.85 < test_mse / floor < 2 and line_mse / floor > 2.5)

# %% tags=["figure"]
# The errors of the network and its rivals on the test pile
bars = {"always the mean": constant_mse, "straight line": line_mse}
bars |= {"our network": test_mse, "noise floor": floor}
near = test_mse < 1.5 * floor
plot.bars(
    bars,
    title="The network comes close to the floor" if near else "Much more could be known",
    xlabel="mean squared error on the test pile (hours²)",
    ax=plt.subplots(figsize=(7, 2.4))[1],
)
plt.show()

# %% [markdown]
# **Break it on purpose.** Leave out the `Normalization` layer: the same piles, rate and callbacks, ten epochs. Predict the validation loss.

# %%
keras.utils.set_random_seed(child_seed(seed, "hours model"))
raw_model = article_model()
raw_model.compile(optimizer=keras.optimizers.Adam(0.1), loss="mse")
raw = raw_model.fit(*train, epochs=10, callbacks=careful(), **options).history["val_loss"]
with_layer = record["val_loss"][: len(raw)]
print(f"first epoch without the layer {approx(raw[0], 2)}, with it {approx(with_layer[0], 2)}")
print(f"best of ten without {approx(min(raw), 2)}, with {approx(min(with_layer), 2)}")
assert not DEFAULT or (raw[0] > 1000 * with_layer[0] and min(raw) > 3 * min(with_layer))

# %% [markdown]
# *Symptom:* a first loss thousands of times too high (in the stored run, hundreds of thousands), and after ten epochs one that is still far
# above the floor. Kilometres shout, chains whisper: the scores of the units follow the largest readings, and a step that suits the chain's
# weights is far too long for the kilometres'.
#
# ### Hand it over
#
# `save` writes one file with the ending `.keras`. Opened again, it must give the same hours, and so must the checkpoint.

# %%
hours_model.save(folder / "hours.keras")
asked = test[0][:100]  # (100, 10)
wanted = hours_model.predict(asked, verbose=0)
for file in ("hours.keras", "best.keras"):
    opened = keras.models.load_model(folder / file)
    assert np.abs(opened.predict(asked, verbose=0) - wanted).max() < 1e-5
print("the saved model and the checkpoint give the same 100 answers")

# %% [markdown]
# What is in the file? A zip with three parts: facts, the layers as text, the numbers. So it can be read without Keras at all. Here is the
# program of a colleague who has neither Keras nor this notebook: the whole network is its last line.

# %%
colleague = """
import io, zipfile, h5py, numpy as np
numbers = io.BytesIO(zipfile.ZipFile("hours.keras").read("model.weights.h5"))
inside, x = h5py.File(numbers)["layers"], np.load("asked.npy")
(mean, variance), (K1, b1), (K2, b2) = (
    [inside[f"{name}/vars/{n}"][:] for n in (0, 1)] for name in ("normalization", "dense", "dense_1"))
np.save("answered.npy", np.maximum((x - mean) / np.sqrt(variance) @ K1 + b1, 0) @ K2 + b2)
"""

# %% [markdown]
# It runs in a *fresh process*. Such a check costs little, and it tells you that you own your model.

# %%
import subprocess
import sys
import zipfile

np.save(folder / "asked.npy", asked)
subprocess.run([sys.executable, "-c", colleague], cwd=folder, check=True, capture_output=True)
assert np.abs(np.load(folder / "answered.npy") - wanted).max() < 1e-4
with zipfile.ZipFile(folder / "hours.keras") as parcel:
    print(sorted(parcel.namelist()))
print("a fresh process without Keras gives the same answers to 0.0001 hours")

# %% [markdown]
# And a *stranger's* file? The text names Python modules and classes, and `load_model` imports and builds what it names. A `Lambda` layer even carries
# compiled Python. Make one, and open it as anybody would.

# %%
harmless = keras.Sequential([keras.Input((3,)), layers.Lambda(lambda x: 2 * x)])
harmless.save(folder / "stranger.keras")
with zipfile.ZipFile(folder / "stranger.keras") as parcel:
    carries_code = '"__lambda__"' in parcel.read("config.json").decode()
try:
    keras.models.load_model(folder / "stranger.keras")
except ValueError as error:
    refused = str(error)
print("the file carries code:", carries_code)
print(refused.split(". ")[0])

# %% [markdown]
# Safe mode, the default, refuses. But it has been got round: a crafted `config.json` ran a stranger's code *despite* `safe_mode=True`
# before Keras 3.9 (CVE-2025-1550), in another way before 3.11 (CVE-2025-9906), and in a third before 3.13.2 (CVE-2026-1462). So treat a stranger's `.keras` file as a
# stranger's program. Where only numbers must travel, take a format that holds only numbers, such as safetensors
# ([lesson 3c](03c_inference.ipynb)).

# %% [markdown]
# ## 5.5 The other network: three classes
#
# The example of §4.3 is no regression: 10-20-**3**, a class for each bicycle (lesson 4b). In Keras it is the same program with another end: three
# outputs, and the loss `SparseCategoricalCrossentropy`. *Sparse* means labels 0, 1, 2 instead of one-hot rows; `from_logits=True` means that the model
# gives raw scores, *logits* (未归一化的分数), and softmax is part of the loss.
#
# Same bicycles, same start, same rate as in lesson 4b: the numbers must agree. First the bicycles.

# %%
means = np.zeros((3, 10))
means[0, [0, 1, 2, 8]] = 1.5, 1.2, 0.3, 0.6
means[1, [2, 3, 4, 8]] = 1.4, 0.8, 1.2, 0.5
means[2, [3, 5, 6, 7]] = 0.8, 1.2, 1.0, 1.1
bikes, kinds = data.gaussian_classes(100, means, seed)
exam, exam_kinds = data.gaussian_classes(50_000, means, child_seed(seed, "exam"))
ceiling = float((data.nearest_mean(exam, means) == exam_kinds).mean())
bikes, exam = np.round(bikes, 1), np.round(exam, 1)

# %% [markdown]
# Then lesson 4b's start, drawn by the same generator and rounded as there, and transposed for Keras.

# %%
draws = numpy_stream(seed, "weights")
W1 = np.round(draws.normal(size=(20, 10)) * np.sqrt(2 / 10), 1)
W2 = np.round(draws.normal(size=(3, 20)) * np.sqrt(2 / 20), 1)
start = [W1.T, np.full(20, 0.005), W2.T, np.zeros(3)]


def classify(loss, epochs=600):
    """Train 10-20-3 from lesson 4b's start, stop when validation says so; the model and its history."""
    model = keras.Sequential([keras.Input((10,)), layers.Dense(20, activation="relu"), layers.Dense(3)])
    model.set_weights(start)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss=loss)
    stop = keras.callbacks.EarlyStopping(patience=15, restore_best_weights=True)
    known = {"validation_data": (bikes[70:], kinds[70:]), "batch_size": 70, "callbacks": [stop], "verbose": 0}
    return model, model.fit(bikes[:70], kinds[:70], epochs=epochs, **known).history


# %%
sorter, path = classify(keras.losses.SparseCategoricalCrossentropy(from_logits=True))
best_epoch = int(np.argmin(path["val_loss"])) + 1
scores = sorter.predict(exam, batch_size=5000, verbose=0)  # (50,000, 3)
accuracy = float((scores.argmax(axis=1) == exam_kinds).mean())
metric("exam_accuracy", accuracy)
print("best possible", approx(ceiling))
assert sorter.count_params() == 283
assert 0.6 < accuracy < ceiling

# %% [markdown]
# Lesson 4b prints the same accuracy at its best epoch, from formulas worked out by hand. To be sure that this is no accident, take lesson 4b's steps once more,
# in 64-bit numbers and without Keras, and compare all 283 numbers.

# %%
tensors = [torch.tensor(array, dtype=torch.double, requires_grad=True) for array in start]
sgd = torch.optim.SGD(tensors, lr=0.1)
for _ in range(best_epoch):
    K1, b1, K2, b2 = tensors
    outputs = torch.relu(torch.tensor(bikes[:70]) @ K1 + b1) @ K2 + b2  # (70, 3)
    sgd.zero_grad()
    torch.nn.functional.cross_entropy(outputs, torch.tensor(kinds[:70])).backward()
    sgd.step()
apart = max(np.abs(a - b.detach().numpy()).max() for a, b in zip(sorter.get_weights(), tensors, strict=True))
assert apart < 1e-3
print("after the best epoch, all 283 numbers agree to 0.001")

# %% [markdown]
# **Break it on purpose.** Forget `from_logits=True`, or write the loss as a text, `"sparse_categorical_crossentropy"`, which means the same. Keras then takes
# the scores for probabilities. Predict: an error message?

# %%
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    muddled, muddled_path = classify("sparse_categorical_crossentropy", epochs=60)
muddled_scores = muddled.predict(exam, batch_size=5000, verbose=0)  # (50,000, 3)
muddled_accuracy = float((muddled_scores.argmax(axis=1) == exam_kinds).mean())
print(f"exam accuracy {approx(muddled_accuracy, 2)}, with logits {approx(accuracy)}")
print("warnings that speak of the loss:", sum("entropy" in str(c.message) for c in caught))
assert muddled_accuracy < accuracy

# %% tags=["figure"]
# The training loss of both programs
grows = muddled_path["loss"][-1] > 1.2 * min(muddled_path["loss"])
plot.lines(
    {"from_logits=True": np.array(path["loss"]), "forgotten": np.array(muddled_path["loss"])},
    title=f"No error, no warning: only a loss that {'does not behave' if grows else 'means nothing'}",
    xlabel="epoch",
    ylabel="training loss",
    ax=plt.subplots(figsize=(7, 2.8))[1],
)
plt.show()

# %% [markdown]
# To make "probabilities", Keras divides the three scores by their *sum*, and cuts off what is not between 0 and 1 (on TensorFlow it cuts
# first). Scores of both signs can have a negative sum, and dividing by it turns their order round. Count how often; and ask
# the muddled network again, but by these shares.

# %%
total = muddled_scores.sum(axis=1, keepdims=True)  # (50,000, 1)
shares = muddled_scores / total
by_shares = float((shares.argmax(axis=1) == exam_kinds).mean())
print(f"sum negative for {approx((total < 0).mean(), 2)} of the bicycles")
print(f"right by largest score {approx(muddled_accuracy, 2)}, by largest share {approx(by_shares, 2)}")
assert by_shares < ceiling
assert seed != 0 or by_shares > muddled_accuracy + 0.2

# %% [markdown]
# ## 5.6 Twins
#
# A company changes its framework, or receives a model from somebody who uses another one. What must be compared before the twin goes to work? Four things:
# **outputs, loss, gradients, one step**. (On other backends than PyTorch the comparison goes through NumPy, like everything here.)
#
# Keras hides the gradients; each engine has its own way to them. PyTorch keeps them beside the weights.


# %%
def torch_slopes(model, x, y):
    """Loss and gradients of a compiled model for a batch: PyTorch walks back through what it has computed."""
    model.zero_grad()
    loss = model.compute_loss(x, y, model(x, training=True))
    loss.backward()
    return loss, [variable.value.grad for variable in model.trainable_variables]


# %% [markdown]
# TensorFlow records what happens on a *tape*, and plays it backwards; JAX differentiates *functions*, so the weights must go in as arguments. The course's
# `slopes` knows all three ways, so the rest of this lesson runs on any engine. On PyTorch it is the function above.

# %%
from utils.keras_backend import slopes


def twins():
    """The article's network and its copy in PyTorch, whose gradients for x and y are computed."""
    keras.utils.set_random_seed(child_seed(seed, "twins"))
    model = article_model()
    twin = to_torch(model)
    guess = twin(torch.tensor(x))
    loss = ((guess - torch.tensor(y)) ** 2).mean()
    loss.backward()
    return model, twin, guess, loss


def worst(ours, theirs):
    """Largest difference between two lists of arrays or tensors."""
    to_numpy = [keras.ops.convert_to_numpy(a) for a in ours], [t.detach().numpy() for t in theirs]
    return max(float(np.abs(a - b).max()) for a, b in zip(*to_numpy, strict=True))


# %% [markdown]
# Three of the four comparisons. Predict: will the numbers be equal?

# %%
model, twin, guess, twin_loss = twins()
loss, gradients = slopes(model, x, y)
assert backend != "torch" or torch.equal(loss, torch_slopes(model, x, y)[0])
K1, b1, K2, b2 = twin.parameters()
twin_gradients = [K1.grad.T, b1.grad, K2.grad.T, b2.grad]
pairs = {"outputs": ([model(x)], [guess]), "loss": ([loss], [twin_loss])}
for name, pair in (pairs | {"gradients": (gradients, twin_gradients)}).items():
    assert worst(*pair) < 1e-5
    print(f"{name:>9}: equal to 0.00001")

# %% [markdown]
# Why not ask for *equal*? 32-bit numbers hold about seven digits, and two libraries may sum in different orders: a few units in the seventh digit
# are honest. Much more would be a bug.
#
# Now one Adam step on each, with each library's own defaults and the same learning rate.

# %%
model.optimizer.apply(gradients, model.trainable_variables)
torch.optim.Adam(twin.parameters(), lr=0.001).step()
gap = worst(model.trainable_variables, [K1.T, b1, K2.T, b2])
print("a full step is 0.001; after it the weights differ by up to", approx(gap, 1))
assert 1e-6 < gap < 1e-3

model.set_weights([t.detach().numpy() for t in (K1.T, b1, K2.T, b2)])
assert worst([model(x)], [twin(torch.tensor(x))]) < 1e-5
print("PyTorch's weights copied back into Keras: the outputs are equal to 0.00001 again")

# %% [markdown]
# Equal gradients, and yet the step differs by more than rounding allows. Adam divides by the size of the slope plus a small $\varepsilon$, and the libraries do not
# agree on it: 1e-7 in Keras, 1e-8 in PyTorch. But that alone does not explain it all.
#
# ### Exercise 5.4 · Keras's Adam ●●● 25 min
#
# Adam keeps $m \leftarrow \beta_1 m + (1-\beta_1) g$ and $v \leftarrow \beta_2 v + (1-\beta_2) g^2$. PyTorch then steps by
# $\text{lr} \cdot \hat m / (\sqrt{\hat v} + \varepsilon)$, with both divided by their start-up corrections $1 - \beta^t$ *first*. Keras follows another line of the same
# paper (Kingma and Ba, end of section 2), and $\varepsilon$ works differently there. Where does it stand? Read Keras's source, and write Keras's step, for arrays of any shape.
#
# <details><summary>Hint 1</summary>Read keras.optimizers.Adam.update_step: inspect.getsource shows it. Look for `alpha`.</details>
# <details><summary>Hint 2</summary>Both corrections have moved into the learning rate. Which of the four, m, m̂, v and v̂, are then left in the fraction?</details>


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

# %% [markdown]
# If you read it right, Keras's $\varepsilon$ acts as if it were $\varepsilon / \sqrt{1-\beta_2^t}$ in PyTorch's formula, much larger at the first steps. Then
# PyTorch with *that* epsilon must land on Keras's weights.

# %%
model, twin, *_ = twins()
model.optimizer.apply(slopes(model, x, y)[1], model.trainable_variables)
torch.optim.Adam(twin.parameters(), lr=0.001, eps=1e-7 / math.sqrt(1 - 0.999)).step()
K1, b1, K2, b2 = twin.parameters()
assert worst(model.trainable_variables, [K1.T, b1, K2.T, b2]) < 5e-6
print(f"at the first step epsilon acts as if {1 / math.sqrt(1 - 0.999):.1f} times larger")
print("with that epsilon in PyTorch, all 241 weights are equal to 0.000005")

# %% [markdown]
# The second difference is met before any step: a *fresh* layer is not the same in both libraries.
#
# ### Exercise 5.5 · Where weights begin ●●○ 25 min
#
# Both libraries draw fresh weights of a dense layer evenly from $-L$ to $L$, but with different $L$, and treat biases differently. Measure: make layers
# of many sizes, `layers.Dense` (call `.build((None, n_in))`) and `torch.nn.Linear`, and look at the largest weight and bias. Return the four limits as formulas of
# the two sizes, not as measurements.
#
# <details><summary>Hint 1</summary>Change one size at a time. PyTorch's limit ignores one of the two. Take 1/L², and plot it against the size that you changed: a straight line appears.</details>
# <details><summary>Hint 2</summary>Swap the two sizes: which of the libraries does not notice? Both lines go through 0; what is left is one constant for each library.</details>


# %% tags=["exercise-5.5"]
def start_limits(n_in, n_out):
    """Largest possible start: (Keras's weights, Keras's biases, PyTorch's weights, PyTorch's biases)"""
    ### BEGIN SOLUTION
    return np.sqrt(6 / (n_in + n_out)), 0.0, 1 / np.sqrt(n_in), 1 / np.sqrt(n_in)
    ### END SOLUTION


# %% tags=["check-5.5"]
with check("5.5", start_limits) as c:
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

# %%
torch.manual_seed(child_seed(seed, "starts"))
sizes = [8, 32, 128, 512]
found = {"Keras": [], "PyTorch": [torch.nn.Linear(n, 100).weight.abs().max().item() for n in sizes]}
for n in sizes:
    fresh = layers.Dense(100)
    fresh.build((None, n))
    found["Keras"].append(float(np.abs(fresh.get_weights()[0]).max()))

# %% tags=["figure"]
# The largest weight of fresh layers in both libraries
ax = plot.lines(
    {name: (sizes, np.array(values)) for name, values in found.items()},
    marker="o",
    title="Two libraries, two starts: other limits for the same layer",
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


keras.utils.set_random_seed(child_seed(seed, "race"))
by_hand = fit_by_hand(article_model(), x, y, epochs=10)
assert np.abs(np.array(by_hand) - losses).max() < 1e-4
print("ten epochs by hand: the losses of fit, to 0.0001")

# %% [markdown]
# ### What comfort costs
#
# Four ways do the same amount of arithmetic: plain PyTorch, our loop around Keras, `train_on_batch`, `fit`. We time them on two networks of the same depth, each
# with six steps an epoch: 20 units a layer at batch 32, and 500 at batch 256. Predict the ratio of the slowest to the fastest for both. (Processor time, the
# best of four turns; on a GPU, or on another backend, all is different.)

# %%
import time

STEPS = 6  # in an epoch, so that whatever `fit` does once an epoch weighs the same in both networks


def cost(works):
    """Milliseconds of processor time a step, for each way: the best of four turns, taken one way after the other."""
    times = {name: [] for name in works}
    for _ in range(4):
        for name, work in works.items():
            begin = time.process_time()
            work()
            times[name].append(time.process_time() - begin)
    return {name: 1000 * min(taken) / STEPS for name, taken in times.items()}


# %%
def pair(width):
    """10 -> width -> width -> 1 as a compiled Keras model and as a PyTorch network."""
    dense = [layers.Dense(width, activation="relu") for _ in range(2)]
    model = keras.Sequential([keras.Input((10,)), *dense, layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    linear, bend = torch.nn.Linear, torch.nn.ReLU()
    return model, torch.nn.Sequential(linear(10, width), bend, linear(width, width), bend, linear(width, 1))


def four_ways(width, batch):
    """Milliseconds a step of `batch` samples, in each of the four ways."""
    x, y = (np.ones((batch * STEPS, n), "float32") for n in (10, 1))
    starts = range(0, len(x), batch)
    model, net = pair(width)
    plain = fit_torch(net, torch.tensor(x), torch.tensor(y), batch=batch)
    works = {
        "plain PyTorch": lambda: next(plain),
        "own loop": lambda: fit_by_hand(model, x, y, epochs=1, batch=batch),
        "train_on_batch": lambda: [model.train_on_batch(x[i : i + batch], y[i : i + batch]) for i in starts],
        "fit": lambda: model.fit(x, y, batch_size=batch, shuffle=False, verbose=0),
    }
    return cost(works)


# %% [markdown]
# Ratio and *difference*: which of the two says what comfort costs?

# %%
tiny, large = four_ways(20, batch=32), four_ways(500, batch=256)
for title, times in [("20 units a layer", tiny), ("500 units a layer", large)]:
    print(f"{title}:", ", ".join(f"{name} {approx(ms, 2)} ms" for name, ms in times.items()))
ratios = [times["fit"] / times["plain PyTorch"] for times in (tiny, large)]
extra = [times["fit"] - times["plain PyTorch"] for times in (tiny, large)]
growth = large["plain PyTorch"] / tiny["plain PyTorch"]
print("fit against plain PyTorch:", approx(ratios[0], 2), "times, and", approx(ratios[1], 2), "times")
print("in milliseconds: extra", approx(extra[0], 2), "and", approx(extra[1], 2))
print("work grew", approx(growth, 2), "times, the extra", approx(extra[1] / extra[0], 2), "times")
assert backend != "torch" or (ratios[0] > 1.5 and ratios[1] < ratios[0] and extra[1] < growth * extra[0])

# %% tags=["figure"]
# The four ways for both networks
figure, panes = plt.subplots(1, 2, figsize=(9, 2.4), sharey=True)
titles = ["Small: comfort costs more than the work" if ratios[0] > 2 else "Small: comfort costs a good part"]
titles += [
    "Large: the work outweighs it" if ratios[1] < 2 else "Large: comfort still costs more than the work"
]
for ax, times, title in zip(panes, (tiny, large), titles, strict=True):
    plot.bars(times, title=title, xlabel="milliseconds a step", ax=ax)
plt.show()

# %% [markdown]
# The price of comfort is not fixed, but it grew more slowly than the work: perhaps because Keras goes through the same few calls and variables
# whatever their size. In a tiny network that is a large part of the time; in the larger one its share is smaller. So ask less
# "which framework is faster" than "how many steps, and how much work in each".
#
# ### Exercise 5.6 · Rewrite it? ●●○ 15 min
#
# An engineer offers to rewrite your training in plain PyTorch. You take `steps` steps a year; a step takes `slow_ms` now and `fast_ms` then (milliseconds). The machine
# costs `hourly` € an hour. The rewrite takes `days` days (not always whole ones) at `day_rate` €. Return the € saved in a year, negative if it costs more, and
# `"rewrite"` if that is more than the rewrite costs, else `"keep"`.
#
# <details><summary>Hint 1</summary>From milliseconds to seconds, from seconds to hours, from hours to €.</details>
# <details><summary>Hint 2</summary>Two amounts of money decide. Work out both before you compare, and think of the year in which they are equal.</details>


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

# %% [markdown]
# ## 5.7 A layer of your own
#
# What if you need a layer that Keras does not have? A *residual* layer (残差) hands its input on
# and adds a correction: $x + \text{relu}(xW + b)$. With $W$ and $b$ at 0 it returns its input unchanged. He and others (2015) stacked over a hundred
# layers with such shortcuts, where plain stacks got worse with depth.
#
# ### Exercise 5.7 · Write a layer ●●○ 20 min
#
# A Keras layer has two methods. `build` is called once, with the shape of the input, and makes the weights; `call` computes. Write both for inputs of shape (batch, d): a matrix of
# (d, d), drawn at random, and a bias of (d,) that starts at 0. Both must be able to learn.
#
# <details><summary>Hint 1</summary>self.add_weight(shape=…, initializer="glorot_uniform") registers a weight, so that training finds it. A plain array would never learn.</details>
# <details><summary>Hint 2</summary>The last number of the shape is d. Compute with keras.ops alone (matmul, relu): gradients do not pass through NumPy.</details>


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


# %% [markdown]
# The course's own copy is called `Shortcut`. `register_keras_serializable` lets a saved file find the class again.


# %%
@keras.saving.register_keras_serializable("cornerstone")
class Shortcut(keras.layers.Layer):
    """x -> x + relu(x W + b), for inputs (batch, d)."""

    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]), initializer="glorot_uniform")
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return x + keras.ops.relu(keras.ops.matmul(x, self.W) + self.b)


# %% [markdown]
# Two proofs: a deep stack comes back from a file as it was, and with all its numbers at 0 it hands on what it gets, bit by bit.

# %%
deep = keras.Sequential([keras.Input((10,)), *(Shortcut() for _ in range(12))])
rows = test[0][:100] / typical.astype("float32")  # (100, 10)
deep.save(folder / "deep.keras")
again = keras.models.load_model(folder / "deep.keras")
assert np.allclose(again.predict(rows, verbose=0), deep.predict(rows, verbose=0), rtol=1e-4)
deep.set_weights([np.zeros_like(array) for array in deep.get_weights()])
assert np.array_equal(deep.predict(rows, verbose=0), rows)
print("saved and opened again: the same answers; with zeros inside: the input itself")

# %% [markdown]
# ## 5.8 What the article says about tools
#
# §7.2 lists TensorFlow, PyTorch and Keras beside each other as frameworks, and Colab beside Jupyter. All five are good tools. But are they of one kind?
# Packages declare what they need; ask Keras. (It drives NumPy and OpenVINO, too, but not in training: the cell leaves them out.)

# %%
from importlib.metadata import requires

demanded = {re.split(r"[^\w-]", need)[0] for need in requires("keras")}
engines = {path.name for path in (Path(keras.__file__).parent / "src" / "backend").iterdir()}
engine = type(model.weights[0].value).__module__.partition(".")[0]
print("Keras demands:", ", ".join(sorted(demanded)))
print("engines that it can drive:", ", ".join(sorted({"jax", "tensorflow", "torch"} & engines)))
assert engine.startswith({"torch": "torch", "tensorflow": "tensorflow", "jax": "jax"}[backend])
claim(
    "§7.2",
    "Lists TensorFlow, PyTorch and Keras as frameworks side by side, and so Colab and Jupyter.",
    "imprecise",
    evidence={"torch", "tensorflow", "jax"} <= engines and not {"torch", "tensorflow", "jax"} & demanded,
    right="Keras 3 is a layer above an engine: TensorFlow, JAX or PyTorch, and demands none of them in particular. Likewise Colab "
    "is no alternative to Jupyter: it is Jupyter, hosted.",
)

# %% [markdown]
# ## Recap
#
# 1. A Keras program is ten lines of PyTorch: shuffle, cut into batches, forward, loss, backward, step; and 4/4 counts batches.
# 2. Test a printed log by arithmetic: steps, samples, units, and the best error that chance allows.
# 3. A project has three piles, a floor to aim for, normalisation inside the model, and a file that a fresh process opens; a stranger's file is a stranger's program.
# 4. Twins agree in outputs, loss and gradients to rounding; then the optimiser's epsilon and the start tell the libraries apart.
# 5. Comfort costs time at every step, and its price grew more slowly than the work: count your steps before you rewrite.
#
# **Next:** a language model, from text to generation: [lesson 6a](06a_transformer.ipynb). [Back to the map](00_start_here.ipynb)
#
# ## Sources
#
# - Keras 3: [keras.io](https://keras.io); F. Chollet, *Deep Learning with Python*, Manning
# - D. Kingma, J. Ba (2015), *Adam: a method for stochastic optimization*, [arXiv:1412.6980](https://arxiv.org/abs/1412.6980): both places of epsilon, section 2
# - X. Glorot, Y. Bengio (2010), *Understanding the difficulty of training deep feedforward neural networks*, AISTATS: the limit in Keras
# - K. He, X. Zhang, S. Ren, J. Sun (2015), *Deep residual learning for image recognition*, [arXiv:1512.03385](https://arxiv.org/abs/1512.03385)
# - Code from a `.keras` file in spite of safe mode: [CVE-2025-1550](https://nvd.nist.gov/vuln/detail/CVE-2025-1550), as told by its finder, M. Akçam (2025), at [blog.huntr.com](https://blog.huntr.com/inside-cve-2025-1550-remote-code-execution-via-keras-models); [CVE-2025-9906](https://nvd.nist.gov/vuln/detail/CVE-2025-9906); [CVE-2026-1462](https://nvd.nist.gov/vuln/detail/CVE-2026-1462)
# - M. Abadi et al. (2016), *TensorFlow*, [arXiv:1605.08695](https://arxiv.org/abs/1605.08695); A. Paszke et al. (2019), *PyTorch*, [arXiv:1912.01703](https://arxiv.org/abs/1912.01703)
# - L. Prechelt (1998), *Early stopping: but when?*, in Neural Networks: Tricks of the Trade, Springer
# - Colab is hosted Jupyter: [research.google.com/colaboratory/faq.html](https://research.google.com/colaboratory/faq.html)
