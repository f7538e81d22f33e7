# %% [markdown]
# # 7 · Tools
#
# Train one network in four libraries until they agree, to the digits that each keeps; see what a saved file, a notebook and a list of references can hide, and how to find out.
#
# 75 min to read · under 60 CPU-seconds · under 1,400 MB · GPU: not needed
#
# **You will be able to**
# - move a network between NumPy, PyTorch, Keras and scikit-learn, and prove that it is the same one;
# - compare tools by lines, seconds and megabytes without being unfair to any;
# - say which files run code when they are opened, and open a doubtful one safely;
# - find what a notebook hides, and write down what a result needs to be repeated;
# - verify a reference, and know what a check digit cannot tell.
#
# *You need:* the gradients of [lesson 3a](03a_forward_backward.ipynb) and the Keras project of [lesson 5](05_keras_project.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
backend: str = "torch"  # engine under Keras; the README says how to get others  in {torch, tensorflow, jax}
hidden: int = 32  # hidden units of the network  in [2, 512]
epochs: int = 10  # passes over the training images  in [1, 200]
compiled: bool = False  # also build a program with torch.compile; needs a C++ compiler
gpu_hour: float = 2.0  # rent of a machine with a GPU for an hour, in €  in (0, 100]

# %%
import os
import tempfile

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.special import softmax
from sklearn.utils import check_random_state
from torch import nn
from torch.nn import functional as F

from utils import data, plot
from utils.check import approx, check, claim, metric
from utils.keras_backend import slopes, use_backend
from utils.params import check_parameters
from utils.repro import child_seed, numpy_stream

check_parameters("07_tools", globals())
os.environ |= {"KERAS_TORCH_DEVICE": "cpu", "JAX_ENABLE_X64": "1"}  # 64 bits, which not every GPU can
use_backend(backend)
import keras

keras.config.set_floatx("float64")
plot.style()
DEFAULT = (backend, hidden, epochs) == ("torch", 32, 10)

# %% [markdown]
# ## 7.1 One seed, four answers
#
# A colleague has trained a network in one library, and you work in another. "We used the same seed", she says. Is it then the same network?
# Ask four libraries for three normal numbers each, with the same seed (种子). Predict: how many different answers?

# %%
one = child_seed(seed, "one for all") % 2**31
answers = {
    "NumPy": np.random.default_rng(one).normal(size=3),
    "PyTorch": torch.randn(3, generator=torch.Generator().manual_seed(one)).numpy(),
    "Keras": keras.ops.convert_to_numpy(keras.random.normal((3,), seed=one)),
    "scikit-learn": check_random_state(one).normal(size=3),
}

# %%
for name, values in answers.items():
    print(f"{name:>12}", *(f"{value:7.3f}" for value in values))
different = {tuple(np.float32(values).round(3).tolist()) for values in answers.values()}
print("different answers:", len(different))
assert len(different) == (3 if backend == "torch" else 4)

# %% [markdown]
# A seed is an agreement with *one* generator (Keras asks its engine's), not even with all of a library's versions. So draw once, in one library, and **copy**.
# Below, NumPy draws the weights; all four libraries get these numbers. The data are lesson 3a's handwritten digits: 64 grey values in, ten scores out.

# %%
digits = data.digits(test=360, seed=seed)
x, y = digits.x_train, digits.y_train  # (1437, 64), (1437,)


def fresh(width, name="weights"):
    """First weights of 64 -> width -> 10, each matrix (inputs, units): W1, b1, W2, b2."""
    draws = numpy_stream(seed, name)
    W1, W2 = (draws.normal(size=shape) * np.sqrt(2 / shape[0]) for shape in [(64, width), (width, 10)])
    return [W1, np.zeros(width), W2, np.zeros(10)]


start = fresh(hidden)
print("numbers in the network:", sum(array.size for array in start))

# %% [markdown]
# ## 7.2 Four ways to write it
#
# The network, once by hand. Lesson 3a derived every line: scores, softmax, and the slopes from the last layer back to the first.


# %%
def forward(w, x):
    """Scores (n, 10) and hidden values (n, width) for images x (n, 64)."""
    W1, b1, W2, b2 = w
    h = np.maximum(x @ W1 + b1, 0)
    return h @ W2 + b2, h


# %%
def loss_and_slopes(w, x, y):
    """Mean cross-entropy of a batch, and its slopes in W1, b1, W2, b2."""
    scores, h = forward(w, x)
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    rows = np.arange(len(y))
    loss = -np.log(p[rows, y]).mean()
    p[rows, y] -= 1
    dz2 = p / len(y)  # (n, 10)
    dz1 = dz2 @ w[2].T * (h > 0)  # (n, width)
    return loss, [x.T @ dz1, dz1.sum(axis=0), h.T @ dz2, dz2.sum(axis=0)]


# %% [markdown]
# Training is plain *stochastic gradient descent* (随机梯度下降): batches of 100 in the order of the rows, one step against the slopes for each. We keep the mean loss of each epoch.

# %%
RATE, BATCH = 0.2, 100


def train_numpy(w, x, y, epochs):
    """Plain SGD: (weights, mean loss of each epoch)."""
    w, losses = [array.copy() for array in w], []
    for _ in range(epochs):
        total = 0.0
        for at in range(0, len(x), BATCH):
            part, labels = x[at : at + BATCH], y[at : at + BATCH]
            loss, slope = loss_and_slopes(w, part, labels)
            w = [array - RATE * change for array, change in zip(w, slope, strict=True)]
            total += loss * len(part)
        losses.append(total / len(x))
    return w, losses


# %% [markdown]
# **PyTorch** stores each matrix the other way round, (units, inputs), and finds the slopes itself. The loop stays ours.


# %%
def torch_network(w, dtype=torch.double):
    """The network in PyTorch, with the given weights."""
    width = w[0].shape[1]
    net = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10)).to(dtype)
    with torch.no_grad():
        for parameter, array in zip(net.parameters(), w, strict=True):
            parameter.copy_(torch.tensor(array.T))
    return net


def train_torch(net, x, y, epochs):
    """Plain SGD on tensors, in place: the mean loss of each epoch."""
    optimiser, losses = torch.optim.SGD(net.parameters(), lr=RATE), []
    for _ in range(epochs):
        total = 0.0
        for part, labels in zip(x.split(BATCH), y.split(BATCH), strict=True):
            loss = F.cross_entropy(net(part), labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += loss.item() * len(part)
        losses.append(total / len(x))
    return losses


# %% [markdown]
# **Keras** has the loop inside: we say *what* to train, for how long, and not to shuffle.


# %%
def keras_network(w):
    """The network in Keras, with the given weights, ready for plain SGD."""
    dense = keras.layers.Dense
    net = keras.Sequential([keras.Input((64,)), dense(w[0].shape[1], activation="relu"), dense(10)])
    net.set_weights(w)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(optimizer=keras.optimizers.SGD(RATE), loss=loss)
    return net


def train_keras(net, x, y, epochs):
    """Plain SGD, in place: the mean loss of each epoch."""
    return net.fit(x, y, batch_size=BATCH, epochs=epochs, shuffle=False, verbose=0).history["loss"]


# %% [markdown]
# **scikit-learn** has even the network inside. Its `MLPClassifier` is built when it first sees data, and there is no door for weights of one's own: we let it
# see a batch, then overwrite what it made. Mind the list of things to switch *off*.

# %%
import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

PLAIN = {"solver": "sgd", "momentum": 0, "alpha": 0, "shuffle": False, "tol": 0, "warm_start": True}


def sklearn_network(w, epochs, **options):
    """The network in scikit-learn, with the given weights, ready for so many epochs of plain SGD."""
    given = PLAIN | {"learning_rate_init": RATE, "batch_size": BATCH, "max_iter": epochs} | options
    net = MLPClassifier((w[0].shape[1],), n_iter_no_change=epochs + 1, **given)
    net.partial_fit(np.zeros((BATCH, 64)), np.arange(BATCH) % 10, classes=np.arange(10))
    net.coefs_, net.intercepts_ = [w[0].copy(), w[2].copy()], [w[1].copy(), w[3].copy()]
    return net


# %%
def train_sklearn(net, x, y, epochs):
    """Plain SGD, in place: the mean loss of each epoch."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it means: stopped when we had asked for it
        net.fit(x, y)
    return net.loss_curve_[-epochs:]


# %% [markdown]
# ## 7.3 The same network?
#
# Three questions, in this order: the same weights, do they give the same outputs? The same slopes, so the same step? And after many steps? A tolerance belongs to each answer, stated
# *before* looking: 64-bit numbers hold about 16 digits, so equal shall mean to $10^{-10}$.


# %%
def numbers(net):
    """The weights of a network of any library, as a list of arrays W1, b1, W2, b2."""
    if isinstance(net, MLPClassifier):
        return [net.coefs_[0], net.intercepts_[0], net.coefs_[1], net.intercepts_[1]]
    if isinstance(net, nn.Sequential):
        return [parameter.detach().numpy().T for parameter in net.parameters()]
    return net if isinstance(net, list) else net.get_weights()


# %%
TRAIN = {"PyTorch": train_torch, "Keras": train_keras, "scikit-learn": train_sklearn}


def four(w, epochs):
    """The network with the weights w, once in each library."""
    nets = {"PyTorch": torch_network(w), "Keras": keras_network(w)}
    return {"NumPy": w, **nets, "scikit-learn": sklearn_network(w, epochs)}


# %% [markdown]
# Outputs first. scikit-learn shows only probabilities, so all four are compared as such.


# %%
def probabilities(net, x):
    """What a network of any library says about images x (n, 64): (n, 10), each row sums to 1."""
    if isinstance(net, MLPClassifier):
        return net.predict_proba(x)
    if isinstance(net, nn.Sequential):
        return net(torch.tensor(x)).softmax(dim=1).detach().numpy()
    return softmax(forward(net, x)[0] if isinstance(net, list) else net.predict(x, verbose=0), axis=1)


# %%
exam = digits.x_test  # (360, 64)
said = {name: probabilities(net, exam) for name, net in four(start, epochs).items()}
for name in TRAIN:
    equal = np.abs(said[name] - said["NumPy"]).max() < 1e-10
    print(f"{name:>12}: 3,600 probabilities equal NumPy's to 1e-10: {equal}")

# %% [markdown]
# On PyTorch, Keras fails our test. We had told it `float64`, its weights say so, its outputs say so. Do not widen the tolerance yet: find out *why*. Send a number that needs more than seven digits through an addition, and through a layer.

# %%
long, layer = np.array([[1 + 2.0**-30]]), keras.layers.Dense(1, kernel_initializer="ones")  # ten digits
out = keras.ops.convert_to_numpy(layer(long))
print(f"weights: {layer.kernel.dtype}, output: {out.dtype}; what is left of 2^-30: {out.item() - 1:.1e}")
print(f"what an addition leaves of it: {float(keras.ops.add(long, long)[0, 0]) / 2 - 1:.1e}")
KEEPS = out.item() > 1
TOLERANCE = dict.fromkeys(TRAIN, 1e-10) | {"Keras": 1e-10 if KEEPS else 1e-5}
assert backend != "torch" or not KEEPS
assert all(np.abs(said[name] - said["NumPy"]).max() < TOLERANCE[name] for name in TRAIN)

# %% tags=["figure"]
# The largest distance of a probability from NumPy's, for each library, on a logarithmic scale
far = {name: max(float(np.abs(said[name] - said["NumPy"]).max()), 1e-17) for name in TRAIN}
ax = plt.subplots(figsize=(7, 1.8))[1]
plot.bars(far, title="All as one" if KEEPS else "One of three keeps fewer digits", log=True, ax=ax)
ax.axvline(1e-10, color="grey", linestyle="--")
ax.set(xlabel="largest distance from NumPy's probabilities (dashed: what we asked for)", xlim=(1e-17, 1e-3))
plt.show()

# %% [markdown]
# There the output says 64 bits and holds 32: Keras 3.15 makes both sides of a matrix product `float32` first (in its source: `BIT64_TO_BIT32_DTYPE`; TensorFlow is spared, and JAX's product does not ask it). So on PyTorch equal means to $10^{-5}$ for Keras. A label is not a measurement.
#
# Now the step. One batch, once; then all epochs. Predict how far the four are apart after all steps (150 in the stored run): still within $10^{-10}$, or has each step doubled the distance?


# %%
def race(w, x, y, epochs):
    """Train all four from w: {library: (network, mean loss of each epoch)}."""
    nets, tensors = four(w, epochs), (torch.tensor(x), torch.tensor(y))
    results = {"NumPy": train_numpy(nets.pop("NumPy"), x, y, epochs)}
    for name, net in nets.items():
        results[name] = net, TRAIN[name](net, *(tensors if name == "PyTorch" else (x, y)), epochs)
    return results


def apart(one, other):
    """The largest difference between the weights of two networks."""
    pairs = zip(numbers(one), numbers(other), strict=True)
    return max(float(np.abs(a - b).max()) for a, b in pairs)


first, last = race(start, x[:BATCH], y[:BATCH], 1), race(start, x, y, epochs)
for name in TRAIN:
    step, end = (apart(results[name][0], results["NumPy"][0]) for results in (first, last))
    assert step < TOLERANCE[name]
    assert not DEFAULT or end < 100 * TOLERANCE[name]
    print(f"{name:>12}: one step equal to {TOLERANCE[name]:g}; after all, apart by", approx(end, 1))
metric("exam_accuracy", (probabilities(last["NumPy"][0], exam).argmax(axis=1) == digits.y_test).mean())

# %% tags=["figure"]
# Left: the four loss curves lie on one another. Right: how far three of them are from NumPy's
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3), layout="constrained")
at = range(1, epochs + 1)
for place, (name, (_, losses)) in enumerate(last.items()):
    left.plot(
        at, losses, ["-", "--", ":", "o"][place], color=f"C{place}", label=name, linewidth=2, markersize=4
    )
    if name != "NumPy":
        distance = np.maximum(np.abs(np.array(losses) - last["NumPy"][1]), 1e-17)  # a logarithm has no 0
        right.plot(at, distance, ["", "--", ":", "o"][place], color=f"C{place}", linewidth=2, markersize=4)
left.set(title="Four libraries, one curve", xlabel="epoch", ylabel="training loss (nats)", ylim=(0, None))
right.set(title="Rounding in 64 bits" + ("" if KEEPS else ", and in 32"), yscale="log", ylim=(3e-18, 1e-2))
right.set(xlabel="epoch", ylabel="distance from NumPy's loss\n(bottom: 0)")
left.legend()
plt.show()

# %% [markdown]
# Here the choice of a library was no choice of a result. What differs between two people's results sits elsewhere: in the start, the order, the precision, and in **what nobody typed**.
#
# ### What nobody typed
#
# Ask the libraries for their defaults. The three call it SGD (scikit-learn if told so; by itself it takes Adam); which of them would follow our NumPy loop without being told?


# %%
import inspect


def default(call, name):
    """What a call takes for an argument that is not given."""
    return inspect.signature(call).parameters[name].default


rates = {"PyTorch": (torch.optim.SGD, "lr"), "Keras": (keras.optimizers.SGD, "learning_rate")}
rates["scikit-learn"] = MLPClassifier, "learning_rate_init"
for name, (call, rate) in rates.items():
    print(f"{name:>12}: rate {default(call, rate)}, momentum {default(call, 'momentum')}")
print("besides, scikit-learn's alpha:", default(MLPClassifier, "alpha"))

# %% [markdown]
# **Break it on purpose.** Leave out our `momentum=0` and let scikit-learn take its default; keep all else. Same name, same rate, same start:

# %%
careless = train_sklearn(sklearn_network(start, epochs, momentum=0.9), x, y, epochs)
ours = last["scikit-learn"][1]
print("loss of the first epoch: as typed", approx(ours[0]), "; by default", approx(careless[0]))
assert abs(ours[0] - careless[0]) > 1e-3

# %% [markdown]
# *Symptom:* no error; two curves that should be one. The remedy is the proof above: compare one step, then two, before you compare an epoch. (Plain momentum shows only in the second step; scikit-learn's, Nesterov's by default, in the first.)
#
# ### Exercise 7.1 · The force in alpha ●●○ 15 min
#
# scikit-learn's `alpha` pulls weights towards 0. How exactly? Measure it: take the course's `sklearn_network(w, 1, alpha=…)`, train it for one epoch on the first 100 rows, then another one on the first 50, and compare each with `alpha=0`. (scikit-learn wants all ten digits among the rows; it warns that it clips the batch of 50, as it should.)
# Return the matrix and the bias of a layer after one step of plain SGD with rate `lr`, if `W_slope` and `b_slope` are the slopes of the mean loss of `n` rows *without* any pull.
#
# <details><summary>Hint 1</summary>The difference between the two runs, divided by the rate and by the start, is one number for a whole matrix. How does it change when alpha doubles? When the batch has half as many rows?</details>
# <details><summary>Hint 2</summary>Look at the bias as well: does it feel any pull when it does not start at 0?</details>


# %% tags=["exercise-7.1"]
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    """W (d, k), b (k,), their slopes -> (W, b) after scikit-learn's step on a batch of n rows."""
    ### BEGIN SOLUTION
    return W - lr * (W_slope + alpha * W / n), b - lr * b_slope
    ### END SOLUTION


# %% tags=["check-7.1"]
with check("7.1", sgd_with_alpha) as c:
    for n, alpha, lr, d, k in [
        (40, 0.5, 0.3, 4, 3),
        (7, 3.0, 0.05, 2, 2),
        (100, 0.0, 0.1, 3, 5),
        (1, 0.2, 1.0, 1, 4),
    ]:
        draws = np.random.default_rng(n)
        W, W_slope = draws.normal(size=(2, d, k))
        b, b_slope = draws.normal(size=(2, k))
        pull = alpha * W / n
        plain_W, plain_b = W - lr * W_slope, b - lr * b_slope
        got = sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n)
        c.true(
            isinstance(got, (tuple, list)) and len(got) == 2, "return two arrays: the matrix, then the bias"
        )
        what = f"alpha {alpha}, {n} rows, rate {lr}"
        slips = {
            "the matrix feels no pull yet": plain_W,
            "the pull depends on the number of rows; change it and measure again": plain_W - lr * alpha * W,
            "the pull is twice or half as strong": plain_W - lr * pull / 2,
            "the pull is twice or half as strong: measure once more": plain_W - lr * pull * 2,
            "the pull must go through the rate as well": plain_W - pull,
            "the pull goes towards 0, not away from it": plain_W + lr * pull,
            "the pull grows with the weight itself, not only with its sign": plain_W
            - lr * alpha * np.sign(W) / n,
        }
        hint = "double alpha, then halve the rows: how does the difference from alpha = 0 answer?"
        slips |= {
            "the pull was taken from weights that had stepped already": plain_W * (1 - lr * alpha / n),
            "the slopes are a mean over the rows already": W - lr * (W_slope + alpha * W) / n,
        }
        c.close(
            got[0],
            plain_W - lr * pull,
            rtol=1e-5,
            atol=1e-6,
            what=f"the matrix, {what}",
            slips=slips,
            hint=hint,
        )
        slips = {"the bias feels no pull": plain_b - lr * alpha * b / n, "the bias takes a step as well": b}
        slips["the bias feels no pull, of whatever size"] = plain_b - lr * alpha * b
        hint = "start a bias away from 0"
        c.close(got[1], plain_b, rtol=1e-5, atol=1e-6, what=f"the bias, {what}", slips=slips, hint=hint)

# %% [markdown]
# PyTorch's `weight_decay` is another force: it ignores the number of rows, and pulls biases too. One name in the textbook, two results.
#
# ## 7.4 Who finds the slopes?
#
# - NumPy: nobody; we did. scikit-learn: by hand as well, inside, for the losses it knows.
# - PyTorch: *reverse mode* (反向模式) on a **tape**. It notes each operation as it happens, and walks back (lesson 3a).
# - JAX, and `torch.func`: from a **function** make the function of its slopes.
# - Keras: whatever its engine does.

# %%
from torch.func import functional_call, grad, jvp

xt, yt = torch.tensor(x[:BATCH]), torch.tensor(y[:BATCH])
net = torch_network(start)
weights = {name: parameter.detach() for name, parameter in net.named_parameters()}


def loss_of(weights):
    """The loss as a function of the weights alone, which is what JAX and torch.func differentiate."""
    return F.cross_entropy(functional_call(net, weights, (xt,)), yt)


by_hand = loss_and_slopes(start, x[:BATCH], y[:BATCH])[1]
F.cross_entropy(net(xt), yt).backward()
found = {"tape": [parameter.grad.numpy().T for parameter in net.parameters()]}
found["function"] = [slope.numpy().T for slope in grad(loss_of)(weights).values()]
engine = slopes(keras_network(start), x[:BATCH], y[:BATCH])[1]
found[f"Keras on {backend}"] = [keras.ops.convert_to_numpy(slope) for slope in engine]
for name, slope in found.items():
    bound = TOLERANCE["Keras" if "Keras" in name else "PyTorch"]
    assert apart(slope, by_hand) < bound
    print(f"{name}: all slopes equal those by hand to {bound:g}")

# %% [markdown]
# There is another direction. *Forward mode* (正向模式) carries a slope along with each number, and so answers one question in one pass: how does the loss change if all weights move along **one** given
# direction? For all slopes it needs a pass for every weight; reverse mode needs one walk back for all of them. That is why training uses reverse.

# %%
direction = {name: torch.ones_like(weight) for name, weight in weights.items()}
value, change = jvp(loss_of, (weights,), (direction,))
wanted = sum(slope.sum() for slope in by_hand)
assert abs(change.item() - wanted) < 1e-10
print("forward mode, one pass: the slope along one direction, equal to 1e-10")
print("passes for all slopes:", sum(w.numel() for w in weights.values()), "forward, or 1 backward")

# %% [markdown]
# ## 7.5 Lines, seconds, megabytes
#
# Which library is "best"? First *lines*: what we had to write for network and training, without imports, comments and empty lines. Counted, though no usual user needs it: copying our weights in (three lines in PyTorch, one in Keras, two in scikit-learn) and keeping the losses.


# %%
def lines(*functions):
    """Lines of code, without empty lines and without the line of documentation."""
    text = "".join(inspect.getsource(function) for function in functions).splitlines()
    return sum(bool(line.strip()) and not line.strip().startswith('"""') for line in text)


# %%
written = {
    "NumPy": lines(forward, loss_and_slopes, train_numpy),
    "PyTorch": lines(torch_network, train_torch),
    "Keras": lines(keras_network, train_keras),
    "scikit-learn": lines(sklearn_network, train_sklearn) + 1,  # and PLAIN
}
print(written)

# %% [markdown]
# Then *start-up*: what a fresh process pays before it computes anything. It matters for a service that is started for each request, and not at all for a training of a week. Each library is
# imported once, in a process of its own, and pays for all that it imports itself: scikit-learn for NumPy and SciPy, Keras for its engine too.

# %%
import subprocess
import sys

PROBE = """
import sys, time, psutil
before, begin = psutil.Process().memory_info().rss, time.process_time()
import {}
print(time.process_time() - begin, (psutil.Process().memory_info().rss - before) / 1e6)
"""


def start_up(module):
    """(CPU-seconds, megabytes) that importing a module costs a fresh process."""
    command = [sys.executable, "-c", PROBE.format(module)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return tuple(map(float, done.stdout.split()[-2:]))


modules = {"NumPy": "numpy", "PyTorch": "torch", "Keras": "keras", "scikit-learn": "sklearn.neural_network"}
paid = {name: start_up(module) for name, module in modules.items()}
for name, (seconds, megabytes) in paid.items():
    print(f"{name:>12}: CPU-seconds", approx(seconds, 2), "; megabytes", approx(megabytes, 2))
assert paid["NumPy"][1] < min(paid["PyTorch"][1], paid["Keras"][1], paid["scikit-learn"][1])

# %% [markdown]
# Last, *seconds of training*. A fair race (公平的比较) has rules: same numbers, same batches, one thread, the same precision (but Keras on PyTorch takes the cheaper 32 bits, as we saw), everything built before the clock starts, the first epoch not counted, the best of three turns. Unequal stays: each `fit` of Keras and scikit-learn also checks and arranges the data. On PyTorch, nothing is compiled.
# Two widths, because what is true of a small network need not be true of a larger one ([lesson 5](05_keras_project.ipynb) asks why).

# %%
import time


def pace(width):
    """Milliseconds of CPU an epoch, for each library: the best of three turns after one that does not count."""
    tensors, turns = (torch.tensor(x), torch.tensor(y)), []
    nets = four(fresh(width, "pace"), 1)
    for _ in range(4):
        turns.append({})
        for name, net in nets.items():
            begin = time.process_time()
            (TRAIN | {"NumPy": train_numpy})[name](net, *(tensors if name == "PyTorch" else (x, y)), 1)
            turns[-1][name] = 1000 * (time.process_time() - begin)
    return {name: min(turn[name] for turn in turns[1:]) for name in nets}


paces = {width: pace(width) for width in (32, 512)}
for width, times in paces.items():
    print(f"{width} hidden units:", ", ".join(f"{name} {approx(ms, 2)} ms" for name, ms in times.items()))

# %% tags=["figure"]
# Lines, start-up and pace of the four, side by side
figure, panes = plt.subplots(1, 4, figsize=(11, 2.4), sharey=True)
names = list(written)[::-1]
ratio = [max(times.values()) / min(times.values()) for times in paces.values()]
columns = [
    (f"Lines: {max(written.values())} to {min(written.values())}", "lines of code", written),
    ("Importing is not free", "megabytes to import", {name: paid[name][1] for name in written}),
    (f"Small: {ratio[0]:.0f} to 1", "ms an epoch, 32 units", paces[32]),
    (f"Larger: {ratio[1]:.0f} to 1", "ms an epoch, 512 units", paces[512]),
]
for ax, (headline, label, values) in zip(panes, columns, strict=True):
    ax.barh(names, [values[name] for name in names], color=["C3", "C2", "C1", "C0"])
    ax.set(title=headline, xlabel=label)
    ax.grid(axis="y", visible=False)
plt.show()

# %% [markdown]
# Lines say little alone: in scikit-learn the network is *its* network, and for another loss there is no line to change. And "X is faster than Y" without the size of the work is no statement.
#
# ## 7.6 Eager or compiled
#
# PyTorch is *eager* (即时执行): Python walks through your function, operation by operation, every time. A *compiler* (编译器) first **records** what it does, then builds a program. What can go wrong there? Our own recorder: a function does its operations through `do`, and the recording `do` notes them.


# %%
def eager(operation, value):
    """Do it, and forget it."""
    return operation(value)


def record(function, example):
    """The operations that a function does on an example, as a list."""
    tape = []  # `append` returns None, so that `or` goes on to the operation's value
    function(lambda operation, value: tape.append(operation) or operation(value), example)
    return tape


def replay(tape, value):
    """Repeat a record on other values; the function itself is not asked again."""
    for operation in tape:
        value = operation(value)
    return value


def scores(do, x):
    """The trained network: images (n, 64) -> scores (n, 10)."""
    W1, b1, W2, b2 = last["NumPy"][0]
    h = do(lambda value: np.maximum(value @ W1 + b1, 0), x)
    return do(lambda value: value @ W2 + b2, h)


# %% [markdown]
# Recorded from one image, does it hold for 360?

# %%
tape = record(scores, exam[:1])
assert np.array_equal(replay(tape, exam), scores(eager, exam))
print(len(tape), "operations recorded; on 360 images they give the function's own scores, bit by bit")

# %% [markdown]
# It does. **Break it on purpose:** add a harmless `if`. Some scanners deliver negatives, ink for paper; so our function turns images with more ink than paper round before it reads them. Predict: what does a program do with negatives that was recorded from an ordinary image?


# %%
def careful(do, x):
    """As `scores`, but images with more ink (1) than paper (0) are turned round first."""
    return scores(do, do(lambda value: 1 - value, x) if x.mean() > 0.5 else x)


negatives = 1 - exam
frozen = replay(record(careful, exam), negatives)
for name, found in {"the function": careful(eager, negatives), "its record": frozen}.items():
    print(name, "reads of the negatives", approx((found.argmax(axis=1) == digits.y_test).mean()))
assert (frozen.argmax(axis=1) == digits.y_test).mean() < 0.6

# %% tags=["figure"]
# Five digits, and the same five as another scanner delivers them
pairs = np.concatenate([exam[:5], negatives[:5]]).reshape(-1, 8, 8)  # (10, 64) -> (10, 8, 8)
plot.images(pairs, ["as learnt"] * 5 + ["negative"] * 5, title="The record was made from the first of these")
plt.show()

# %% [markdown]
# *Symptom:* none; an `if` that looks at values was decided once, for ever. Real tools know this trap: under `jax.jit` it is an error, `torch.compile` cuts the function in two at such an `if`, and the older `torch.jit.trace` freezes it as we did, with a warning that is easily overlooked.
#
# `torch.compile` has C++ (or GPU code) written, so it needs a compiler on the machine. The stored run leaves it out; `course run 07 -p compiled=true` measures it, or says why it cannot.


# %%
def build(net, x):
    """torch.compile on this machine: seconds to build, and milliseconds a call before and after; or why not."""
    from torch.utils.benchmark import Timer

    try:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder  # nothing is left behind, nothing old is found
            begin = time.perf_counter()
            fast = torch.compile(net)
            equal = torch.allclose(fast(x), net(x), rtol=0, atol=1e-10)
            seconds = time.perf_counter() - begin
            calls = [Timer("f(x)", globals={"f": f, "x": x}).timeit(200).median for f in (net, fast)]
        return f"{approx(seconds, 2)} s to build; ms a call {approx(1e3 * calls[0], 2)}, then {approx(1e3 * calls[1], 2)}; equal: {equal}"
    except Exception as problem:  # no compiler, or a Python that this version cannot record
        return f"not compiled here: {type(problem).__name__}: {str(problem).partition(chr(10))[0]}"


print(build(torch_network(start), torch.tensor(x)) if compiled else "not asked for")

# %% [markdown]
# ## 7.7 What saving means
#
# Each library has its own answer to "save the model". Numbers only, or numbers with a recipe, or the *object* itself? We write the trained network five times, read each file back, and look inside for a *pickle*
# (Python's own format for objects). As it is written today, a pickle begins with byte 128 and ends with a dot, also inside a zip. That will do for our own five files; we shall see what such a look is worth.

# %%
import pickle
import zipfile
from pathlib import Path

from safetensors.numpy import load_file, save_file

workplace = tempfile.TemporaryDirectory()
folder = Path(workplace.name)

# %%
trained = {name: net for name, (net, _) in last.items()}
named = dict(zip(["W1", "b1", "W2", "b2"], trained["NumPy"], strict=True))
np.savez(folder / "numpy.npz", **named)
save_file(named, folder / "any.safetensors")
torch.save(trained["PyTorch"].state_dict(), folder / "torch.pt")
(folder / "sklearn.pkl").write_bytes(pickle.dumps(trained["scikit-learn"]))
trained["Keras"].save(folder / "keras.keras")


# %%
def pickles(path):
    """The parts of a file that are pickles."""
    parts = {path.name: path.read_bytes()}
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as parcel:
            parts = {name: parcel.read(name) for name in parcel.namelist()}
    return [name for name, content in parts.items() if content[:1] == b"\x80" and content[-1:] == b"."]


files = ["numpy.npz", "any.safetensors", "torch.pt", "keras.keras", "sklearn.pkl"]
sizes = {name: (folder / name).stat().st_size / sum(array.nbytes for array in start) for name in files}
held = {name: pickles(folder / name) for name in files}
for name in files:
    print(
        f"{name:>16}: pickle inside {bool(held[name])}; bytes for each byte of weights", approx(sizes[name])
    )

# %% [markdown]
# Do they come back as they were?

# %%
back = {
    "numpy.npz": list(np.load(folder / "numpy.npz").values()),
    "any.safetensors": [load_file(folder / "any.safetensors")[name] for name in named],
    "torch.pt": [part.numpy().T for part in torch.load(folder / "torch.pt").values()],
    "keras.keras": keras.models.load_model(folder / "keras.keras").get_weights(),
    "sklearn.pkl": numbers(pickle.loads((folder / "sklearn.pkl").read_bytes())),
}
own = [trained[name] for name in ("NumPy", "NumPy", "PyTorch", "Keras", "scikit-learn")]
for arrays, net in zip(back.values(), own, strict=True):
    assert apart(arrays, net) == 0
print("all five files give back their numbers, bit by bit")

# %% [markdown]
# scikit-learn's file was our own, so we opened it. Would you open a stranger's? A pickle does not *describe* an object, it says what to **call** to make one. Any function will do. Here is a harmless gift: opening it makes
# an empty folder. We read it without opening it, with `pickletools`.

# %%
import pickletools


class Gift:
    """An object that asks for a folder to be made when somebody loads it."""

    def __reduce__(self):
        return os.makedirs, (str(folder / "proof"),)


# %%
gift = pickle.dumps(Gift())
read = [(opcode.name, argument) for opcode, argument, _ in pickletools.genops(gift)]
print("names:", [argument for _, argument in read if isinstance(argument, str)][:2])
print("commands:", [name for name, _ in read if name in ("STACK_GLOBAL", "REDUCE")])
(folder / "gift.pkl").write_bytes(gift)
np.save(folder / "gift.npy", np.array(Gift(), dtype=object), allow_pickle=True)
torch.save(Gift(), folder / "gift.pt")
assert not (folder / "proof").exists()  # written, read, but not opened

# %% [markdown]
# `STACK_GLOBAL` fetches a function by its name, `REDUCE` calls it. Now the stranger's gift comes in every wrapping, and each loader is asked to open it. The seven: pickle, joblib, `np.load` with `allow_pickle` and without, `torch.load` without `weights_only` and with, safetensors. (safetensors has no place for one, so it is given the bare pickle.) Predict: which of them run it?

# %%
import joblib

loaders = {
    "pickle.load": lambda: pickle.loads((folder / "gift.pkl").read_bytes()),
    "joblib.load": lambda: joblib.load(folder / "gift.pkl"),
    "np.load, allow_pickle=True": lambda: np.load(folder / "gift.npy", allow_pickle=True),
    "np.load": lambda: np.load(folder / "gift.npy"),
    "torch.load, weights_only=False": lambda: torch.load(folder / "gift.pt", weights_only=False),
    "torch.load": lambda: torch.load(folder / "gift.pt"),
    "safetensors": lambda: load_file(folder / "gift.pkl"),
}
refusals = {}
for name, load in loaders.items():
    try:
        load()
    except Exception as problem:  # a refusal is what we hope for
        refusals[name] = str(problem)
    else:
        (folder / "proof").rmdir()  # it ran, so the folder is there
print("refused by:", ", ".join(refusals))
print("a pickle in gift.npy, by our look:", bool(pickles(folder / "gift.npy")))
assert not (folder / "proof").exists()  # who refused ran nothing before
assert list(refusals) == ["np.load", "torch.load", "safetensors"]
assert "allow_pickle=False" in refusals["np.load"]
assert "weights_only" in refusals["torch.load"]

# %% tags=["figure"]
# The five files: how large they are for what they hold, and which of them hold a pickle
ax = plt.subplots(figsize=(7, 2.4))[1]
order = files[::-1]
ax.barh(order, [sizes[name] for name in order], color=["C1" if held[name] else "C0" for name in order])
ax.axvline(1, color="grey", linestyle="--")
for row, name in enumerate(order):
    ax.text(0.05, row, "holds a pickle" if held[name] else "no pickle", va="center", color="white")
ax.set(
    title="The same network five times: two files are programs",
    xlabel="bytes on disk for each byte of weights",
)
ax.grid(axis="y", visible=False)
plt.show()

# %% [markdown]
# Our look missed the gift in the `.npy`: there it stands behind a header. So trust the loader, not the look. scikit-learn's documentation says that loading by `pickle` and `joblib` can run code; safer are ONNX and `skops`. `torch.load` asks an **allow-list** (白名单), by itself since 2.6: a pickle machine that fetches only known names.
# It has been got round as well, before 2.6 (CVE-2025-32434) and before 2.10 (CVE-2026-24747). safetensors has no machine at all. A `.keras` file holds no pickle, but can hold code in another way: [lesson 5](05_keras_project.ipynb) opens one.
#
# ### Exercise 7.2 · Open it safely ●●○ 20 min
#
# Write the allow-list loader. `content` is a pickle, `allowed` a collection of pairs (module, name), spelt as the pickle spells them (old ones say `__builtin__` for `builtins`, which the module pickle understands). Return the object; as soon as the pickle wants any *other* pair, raise `pickle.UnpicklingError`, before anything of it is called.
#
# <details><summary>Hint 1</summary>A check afterwards is too late, and searching the bytes for suspicious words refuses innocent texts. Read "Restricting Globals" in the documentation of the module pickle.</details>
# <details><summary>Hint 2</summary>A subclass of pickle.Unpickler is asked through its method find_class(module, name) each time; what is allowed, the inherited method can fetch. It reads from a file: io.BytesIO makes one of bytes.</details>


# %% tags=["exercise-7.2"]
def careful_loads(content, allowed):
    """The object of a pickle (bytes) that fetches nothing but the allowed (module, name) pairs."""
    ### BEGIN SOLUTION
    import io

    class Careful(pickle.Unpickler):
        def find_class(self, module, name):
            if (module, name) in {tuple(pair) for pair in allowed}:
                return super().find_class(module, name)
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed")

    return Careful(io.BytesIO(content)).load()
    ### END SOLUTION


# %% tags=["check-7.2"]
with check("7.2", careful_loads) as c:
    import collections
    import fractions

    shelter = tempfile.TemporaryDirectory()
    place = Path(shelter.name)

    class Planted:
        def __reduce__(self):
            return os.makedirs, (str(place / "proof"),)

    ordered, counter = collections.OrderedDict(a=1, b=[2]), collections.Counter("aab")
    known = [("collections", "OrderedDict"), ("fractions", "Fraction")]
    plain = {
        "os": ["makedirs", 1, 2.5, None],
        "posix": (True, "c\nd"),
        "eval": "builtins collections Counter",
    }

    def opens(value, allowed, what, hint, protocol=4):
        try:
            got = careful_loads(pickle.dumps(value, protocol), allowed)
        except (pickle.UnpicklingError, ImportError) as error:
            c.fail(f"{what}: it should open, but {type(error).__name__} was raised", hint)
        c.equal(got, value, what=what, hint=hint)

    opens(plain, [], "a pickle that fetches nothing", "texts are harmless")
    opens(fractions.Fraction(3, 7), known, "an allowed fraction", "allowed pairs pass")
    for protocol in (2, 4, 5):
        opens(
            [ordered, 1],
            known,
            f"an allowed OrderedDict, protocol {protocol}",
            "allowed pairs pass",
            protocol,
        )
    opens(1 + 2j, {("builtins", "complex")}, "pairs in a set", "any collection of pairs will do")
    spelt = "compare the pickle's own spelling, and let pickle fetch what is allowed"
    opens(1 + 2j, [("__builtin__", "complex")], "an allowed complex number, protocol 2", spelt, 2)
    proof = (place / "proof").as_posix().encode()
    # "os" and "makedirs" are put aside, two allowed names thrown away, then the first two fetched back
    aside = (
        b"\x80\x04\x8c\x02os\x940\x8c\x08makedirs\x940\x8c\x0bcollections\x8c\x0bOrderedDict00h\x00h\x01\x93"
    )
    refuse = {
        "a call in the middle of a list": (pickle.dumps([1, Planted(), ordered]), known),
        "an OrderedDict where nothing is allowed": (pickle.dumps(ordered), []),
        "a complex number where nothing is allowed": (pickle.dumps(1 + 2j), []),
        "a Counter where OrderedDict is allowed": (pickle.dumps(counter), known),
        "OrderedDict of the module typing": (b"\x80\x04\x8c\x06typing\x8c\x0bOrderedDict\x93.", known),
        "OrderedDict.fromkeys": (b"\x80\x04\x8c\x0bcollections\x8c\x14OrderedDict.fromkeys\x93.", known),
        "Fraction of collections": (b"\x80\x04\x8c\x0bcollections\x8c\x08Fraction\x93.", known),
        "a call after an allowed pair": (pickle.dumps([ordered, Planted()]), known),
        "a call in an old protocol": (pickle.dumps(Planted(), protocol=0), known),
        "a call by the old command INST": (b"(V" + proof + b"\nios\nmakedirs\n.", known),
        "names that were put aside": (
            aside + b"X" + len(proof).to_bytes(4, "little") + proof + b"\x85R.",
            known,
        ),
    }
    for what, (content, allowed) in refuse.items():
        try:
            got, refused = careful_loads(content, allowed), None
        except Exception as error:
            got, refused = None, error
        c.true(
            not (place / "proof").exists(),
            f"{what}: the file's call was made before it was refused",
            "who is asked before a function is fetched?",
        )
        c.true(
            refused is not None,
            f"{what}: that pair is not allowed, and nothing was refused",
            "at each fetch, compare module and name, both whole",
        )
        kind = isinstance(refused, pickle.UnpicklingError)
        c.true(kind, f"{what}: refused with {type(refused).__name__}; which error does the text ask for?")

# %% [markdown]
# An allow-list is as good as its entries: one careless name, such as `getattr`, opens the door again. So for numbers, take a format of numbers.
#
# ## 7.8 What a notebook hides
#
# Jupyter keeps everything that was ever run in the *notebook kernel* (内核): also what has been changed or deleted since. The page shows cells from top to bottom; the kernel knows only the order in which they were run. (Colab is this same Jupyter, hosted: [lesson 5](05_keras_project.ipynb).)
#
# A bill for three parts, as a notebook of four cells:

# %%
bill = [
    "prices = [18.0, 7.5, 42.5]  # € without tax",
    "tax = 1.19",
    "prices = [tax * price for price in prices]",
    "print(round(sum(prices), 2))",
]


# %%
import contextlib
import io


def run(cells, order):
    """What a kernel prints that runs the cells in this order; the error's name if one fails."""
    names, heard = {}, io.StringIO()
    with contextlib.redirect_stdout(heard):
        for index in order:
            try:
                exec(cells[index], names)
            except Exception as error:
                return type(error).__name__
    return heard.getvalue().strip()


# %% [markdown]
# Three people work with these cells. One runs each once; one presses Shift + Enter twice on the third cell; one runs all and *then* deletes the second cell. Predict the three totals, and what a colleague gets who runs the third page afresh.

# %%
ways = {"from top to bottom": [0, 1, 2, 3], "third cell run twice": [0, 1, 2, 2, 3]}
totals = {way: run(bill, order) for way, order in ways.items()}
totals["second cell deleted, same kernel"] = run(bill, [0, 1, 2, 3])
totals["second cell deleted, fresh kernel"] = run(bill, [0, 2, 3])
for way, total in totals.items():
    print(f"{way:>34}: {total}")
assert totals["third cell run twice"] == str(round(68 * 1.19**2, 2))

# %% tags=["figure"]
# The way of the kernel through the page: down once, or with a step on the spot
figure, panes = plt.subplots(1, 2, figsize=(8, 2.6), sharey=True)
for ax, order, headline in zip(
    panes,
    [[1, 2, 3, 4], [1, 2, 3, 3, 4]],
    [
        f"Read and run alike: {totals['from top to bottom']}",
        f"One cell twice: {totals['third cell run twice']}",
    ],
    strict=True,
):
    ax.plot(range(1, len(order) + 1), order, "o-")
    ax.set(
        title=headline,
        xlabel="[count] beside the cell",
        ylabel="cell on the page",
        yticks=[1, 2, 3, 4],
        xticks=range(1, 6),
    )
panes[0].invert_yaxis()
plt.show()

# %% [markdown]
# Taxed twice, and the page looks as it should. The only trace is in the counters in brackets: they read [1] [2] [4] [5].
#
# ### Exercise 7.3 · What the counters tell ●○○ 10 min
#
# `counts` holds the counters of a stored notebook's code cells from top to bottom, None for a cell that was never run. A page that was run from top to bottom in a fresh kernel, each cell once, has counters 1, 2, 3, … Return the index (from 0) of the first cell that
# does not fit that, or None if all fit.
#
# <details><summary>Hint 1</summary>Growing is not enough: 1, 2, 4 says that something ran which is not on the page any more, or ran twice.</details>
# <details><summary>Hint 2</summary>Which counter must the cell at index i have? The first cell can be wrong, too.</details>


# %% tags=["exercise-7.3"]
def first_misfit(counts):
    """Index of the first cell whose counter shows that the page was not simply run from top to bottom, or None."""
    ### BEGIN SOLUTION
    return next((i for i, count in enumerate(counts) if count != i + 1), None)
    ### END SOLUTION


# %% tags=["check-7.3"]
with check("7.3", first_misfit) as c:
    cases = [[1, 2, 4, 5], [1, 2, 3], [2, 3, 4], [1, 3, 2], [1, 2, None, 4], [1, None], [None, None], [], [7]]
    cases += [[1, 2, 3, 4, 4], [5, 2, 3], [1, 2, 3, None], [1], [1, 2, 2, 4], [3, 2, 1], [None, 2, 3]]
    wants = [next((i for i, count in enumerate(counts) if count != i + 1), None) for counts in cases]
    found = [first_misfit(counts) for counts in cases]
    from_one = [None if want is None else want + 1 for want in wants]
    numbered = all(type(got) is type(one) and got == one for got, one in zip(found, from_one, strict=True))
    c.true(not numbered, "cells are numbered from 0")
    counters = [None if want is None else one[want] for one, want in zip(cases, wants, strict=True)]
    c.true(found != counters, "those are the counters of the cells; an index says where a cell stands")
    for counts, want, got in zip(cases, wants, found, strict=True):
        hint = "a hole is a misfit, and so is a first counter that is not 1"
        c.true(
            want is None or got is not None, f"counters {counts}: not every cell fits, but None says so", hint
        )
        c.true(
            want is not None or got is None, f"counters {counts}: all cells fit, yet the answer is {got!r}"
        )
        c.equal(got, want, what=f"counters {counts}", hint="which counter must the cell at index i have?")

# %% [markdown]
# Pimentel and others (2019) looked at 1.4 million notebooks on GitHub to see how many can be repeated; out-of-order counters were among the things they counted. The remedies are cheap:
#
# 1. **Kernel → Restart & Run All** before you believe or send anything.
# 2. Names are given once: `taxed = …`, never `prices = … prices …`.
# 3. A machine does it: papermill runs a page in a fresh kernel ([lesson 0](00_start_here.ipynb)); `nbval` runs it *and compares each output with the stored one*. All notebooks of this course are tested so.

# %%
import re

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output

page = new_notebook(cells=[new_code_cell(bill[n], execution_count=c) for n, c in enumerate([1, 2, 4, 5])])
page.cells[-1].outputs = [new_output("stream", text=totals["third cell run twice"] + "\n")]
nbformat.write(page, folder / "bill.ipynb")
command = [sys.executable, "-m", "pytest", "-q", "--color=no", "--nbval", "--nbval-current-env", "bill.ipynb"]
tested = subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout
print(", ".join(re.findall(r"\d+ (?:passed|failed)", tested)))
print("it names both totals:", all(totals[way] in tested for way in ways))

# %% [markdown]
# ## 7.9 What a result needs
#
# A number without its circumstances cannot be repeated. Which circumstances? Write a card for each result: versions, data, settings. Then two people whose numbers differ compare cards, not guesses.


# %%
import hashlib
import platform
from importlib.metadata import version


def card(data, **settings):
    """What a result needs to be repeated."""
    digest = hashlib.sha256(np.ascontiguousarray(data).tobytes()).hexdigest()
    packages = {name: version(name) for name in ("numpy", "torch", "keras", "scikit-learn")}
    return {"python": platform.python_version(), "packages": packages, "data": digest, "settings": settings}


# %%
def differences(one, other, path=""):
    """The paths at which two cards differ."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return [path] if one != other else []
    keys = sorted(one.keys() | other.keys())
    return [place for key in keys for place in differences(one.get(key), other.get(key), f"{path}/{key}")]


# %% [markdown]
# A colleague sends her card: another seed, one grey value different in one of 1,437 images, and an older package. Nothing of that is seen in a table of results.

# %%
hers = x.copy()
hers[700, 30] += 1 / 16
mine = card(x, seed=1, rate=RATE, batch=BATCH)
theirs = card(hers, seed=2, rate=RATE, batch=BATCH)
theirs["packages"]["scikit-learn"] = "1.0"
print(differences(mine, theirs))

# %% [markdown]
# Four things make a card come true again, each for another layer:
#
# - **Pins** (锁定版本): `torch==2.13.0`, not `torch`, for all packages, those that came along too; with hashes (`pip --require-hashes`) not even a replaced file gets in.
# - **Seeds**, one named stream for each use; and no promise across versions: PyTorch's documentation says so for its own.
# - **Data** by checksum.
# - A **container** (容器) for what pip does not reach: Python, system libraries, a C++ compiler. Not the GPU's driver: that belongs to the machine. And another processor may round otherwise: promise a tolerance.

# %% [markdown]
# ```dockerfile
# FROM python:3.12-slim
# WORKDIR /app
# COPY requirements.txt .
# RUN pip install --no-cache-dir -r requirements.txt
# COPY . .
# CMD ["papermill", "lesson.ipynb", "out.ipynb", "-p", "seed", "0"]
# ```
#
# A tag such as `3.12-slim` moves on with every repair; only a digest (`python@sha256:…`) stays. A hosted notebook is the opposite: its image changes under you, so print the card in the first cell.
#
# ### The bill for a GPU
#
# Hosted machines are mostly paid by the hour *that they run*, not by the hour that they compute. Predict: two euros an hour, and the GPU works a fifth of the time, because you read and think. What does an hour of *work* cost?

# %%
busy = np.array([1.0, 0.5, 0.2, 0.05])
for share in busy:
    print(f"busy {share:4.0%} of the time: {gpu_hour / share:7.2f} € for an hour of work")
forgotten = gpu_hour * 24 * 3
print(f"left running from Friday to Monday, three days: {forgotten:.2f} €")

# %% [markdown]
# ### Exercise 7.4 · Rent or buy ●●○ 20 min
#
# Your start-up needs a GPU for `hours` a month, over `months` months. *Rented*, it costs `price` € for each of these hours. *Bought*, it costs `purchase` € at once, and is always on: it draws `watts` during those hours, and `idle` watts during the rest of a month of 730 hours; a kilowatt-hour costs `kwh` €. At the end it is sold
# for `resale` €. Return three things: the € for renting and for buying over the whole time, and `"buy"` if that is cheaper, else `"rent"`.
#
# <details><summary>Hint 1</summary>Count energy for one month first: hours at work, and the remaining hours, each with its own watts. 1,000 watts for an hour are one kilowatt-hour.</details>
# <details><summary>Hint 2</summary>What is paid once must not be multiplied by the months. What comes back at the end lowers the cost.</details>


# %% tags=["exercise-7.4"]
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    """(€ rented, € bought, "rent" or "buy")"""
    ### BEGIN SOLUTION
    rented = hours * months * price
    energy = (hours * watts + (730 - hours) * idle) / 1000  # kWh a month
    bought = purchase + months * energy * kwh - resale
    return rented, bought, "buy" if bought < rented else "rent"
    ### END SOLUTION


# %% tags=["check-7.4"]
with check("7.4", rent_or_buy) as c:
    cases = [(40, 24, 2.0, 9000, 450, 60, 0.3, 3000), (400, 24, 2.0, 9000, 450, 60, 0.3, 3000)]
    cases += [(0, 12, 2.0, 2500, 300, 40, 0.25, 2500), (730, 36, 1.1, 20000, 700, 90, 0.4, 0)]
    # the first two are equal, without a rounding
    cases += [
        (100, 10, 2.0, 2000, 0, 0, 0.5, 0),
        (10, 1, 1.5, 12.5, 500, 0, 0.5, 0),
        (100, 20, 2.0, 4500, 0, 0, 0.5, 1000),
        (100, 10, 2.0, 2000, 0, 0, 0.5, 0.4),  # cheaper by cents
    ]
    for case in cases:
        hours, months, price, purchase, watts, idle, kwh, resale = case
        rented, monthly = hours * months * price, (hours * watts + (730 - hours) * idle) / 1000 * kwh
        bought = purchase + months * monthly - resale
        swapped = (hours * idle + (730 - hours) * watts) / 1000 * kwh
        at_work, all_idle = hours * watts / 1000 * kwh, (hours * watts + 730 * idle) / 1000 * kwh
        got = rent_or_buy(*case)
        c.true(
            isinstance(got, (tuple, list)) and len(got) == 3,
            "return three things: € rented, € bought, the decision",
        )
        what = f"{hours} hours for {months} months, {price} € an hour, {purchase} € once"
        slips = {"that is one month": hours * price, "renting and buying are exchanged": bought}
        c.close(got[0], rented, atol=0.006, what=f"rented, {what}", slips=slips, hint="hours, months, €")
        slips = {
            "the machine is on for the rest of the month as well": purchase + months * at_work - resale,
            "an hour is either worked or idle, not both": purchase + months * all_idle - resale,
            "it is sold at the end": purchase + months * monthly,
            "the purchase is paid once": months * (purchase + monthly) - resale,
            "energy is paid in every month": purchase + monthly - resale,
            "those are watt-hours, not kilowatt-hours": purchase + 1000 * months * monthly - resale,
            "electricity is missing": purchase - resale,
            "the two numbers of watts have changed places": purchase + months * swapped - resale,
            "a month is said to have another length": purchase
            + months * (monthly - 0.01 * idle * kwh)
            - resale,
            "what comes back lowers the cost": purchase + months * monthly + resale,
        }
        c.close(
            got[1], bought, atol=0.006, what=f"bought, {what}", slips=slips, hint="energy of one month first"
        )
        c.equal(
            got[2],
            "buy" if bought < rented else "rent",
            what=f"the decision, {what}",
            hint="cheaper, not equal, is a reason to buy",
        )


# %% tags=["figure"]
# What two years cost, rented and bought, against the hours of work a month
hours = np.arange(401)
rented_total = 24 * hours * gpu_hour
bought_total = 6000 + 24 * 0.73 * 0.3 * np.interp(hours, [0, 730], [60, 450])  # the month's mean watts
ax = plt.subplots(figsize=(7, 2.8))[1]
plot.lines(
    {"rented": (hours, rented_total), "bought: 9,000 €, resold for 3,000 €": (hours, bought_total)}, ax=ax
)
cheaper = hours[rented_total > bought_total]
headline = (
    f"Buying begins to pay at {cheaper[0]} hours a month"
    if len(cheaper)
    else "Here renting is always cheaper"
)
ax.set(title=headline, xlabel="hours of work a month", ylabel="€ in two years")
plt.show()

# %% [markdown]
# The prices (also `gpu_hour`) are examples: 450 W at work, 60 W idle, 0.30 € a kilowatt-hour. Upkeep and repairs are left out.
#
# ## 7.10 Does the book exist?
#
# §7 and §10 recommend books and papers. *Do they exist?* Language models invent references: in short literature reviews on 42 topics, 55 % of those by GPT-3.5 and 18 % of those by GPT-4 (Walters and Wilder, 2023).
#
# The course has a table of works that were looked up, with first authors. For others: [Crossref](https://api.crossref.org); put a DOI behind `https://api.crossref.org/works/`. It knows its own DOIs (arXiv's are not); `https://doi.org/` leads to all.

# %%
works = data.works()
print(len(works), "works; the second:", works[1].title, "by", works[1].authors[0], works[1].year)
print("its identifiers:", *works[1].identifiers)

# %% [markdown]
# Titles are written in many ways, so compare words, not letters: small letters, no accents, no punctuation. How alike are two titles? The share of words that both have, of all words that either has.


# %%
import unicodedata


def words(text):
    """The words of a title or a name: small letters, no accents, no punctuation."""
    plain = unicodedata.normalize("NFKD", text)
    return re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)).lower())


# %%
def alike(one, other):
    """Words in both titles, as a share of the words in either (0 to 1)."""
    a, b = set(words(one)), set(words(other))
    return len(a & b) / len(a | b)


def nearest(title):
    """The work with the most similar title, and how alike the titles are."""
    return max(((alike(title, work.title), work) for work in works), key=lambda pair: pair[0])


def found(title, author, table):
    """Whether a work of the table has most of these words in its title, and this author."""
    return any(alike(title, work.title) > 0.5 and author in work.authors for work in table)


# %% [markdown]
# How far can such a look be trusted? Ask it where we know the answer. First for works that are there, cited as people cite: without the subtitle. Then for works whose row we have taken out. Predict: how often is it right?

# %%
cut = [(work.title.split(": ")[0], work) for work in works if ": " in work.title]
there = sum(found(title, work.authors[0], works) for title, work in cut)
print(f"cited without their subtitle: {there} of {len(cut)} found")
gone = [found(work.title, work.authors[0], [w for w in works if w is not work]) for work in works]
print(f"taken out of the table: {len(works) - sum(gone)} of {len(works)} not found")

# %% [markdown]
# The two that it finds although they were taken out are Aggarwal's: each finds the other edition. But real works are missed for nothing more than a subtitle. *Found* is worth much; *not found* is a question, not an answer.
#
# What the article recommends (§7.1, §7.3; §10 repeats some with another author; … stands for words that we leave out):

# %%
cited = [
    ("§7.1", "Deep Learning", "Goodfellow"),
    ("§7.1", "Large-scale Language Modeling in 2018", "Graves"),
    ("§7.3", "Neural Networks and Deep Learning", "Aggarwal"),
    ("§7.3", "Cramer-Rao … Gaussian Neural Networks", "Sra"),
    ("§10", "Cramer-Rao … Gaussian Neural Networks", "Graves"),
]
matches = [(where, title, author, *nearest(title)) for where, title, author in cited]
for where, _, author, share, work in matches:
    print(f"{where:>5} {author:>10}: {share:4.0%} alike with “{work.title[:44]}” by {work.authors[0]}")

# %% tags=["figure"]
# For each reference: the most similar title in the table, and whether its author is the one named
ax = plt.subplots(figsize=(8, 2.6))[1]
rows = [f"{where} {author}" for where, _, author, _, _ in matches][::-1]
shares = [share for *_, share, _ in matches][::-1]
hits = [found(title, author, works) for _, title, author, _, _ in matches][::-1]
ax.barh(rows, shares, color=["C0" if hit else "C1" for hit in hits])
for row, hit in enumerate(hits):
    ax.text(0.01, row, "title and author" if hit else "a neighbour", va="center", color="white", fontsize=8)
ax.set(title="Two are there; three have only distant neighbours", xlim=(0, 1))
ax.set(xlabel="words in common with the nearest title")
ax.grid(axis="y", visible=False)
plt.show()

# %% [markdown]
# Goodfellow's book is there to the word; Aggarwal's has a subtitle, and exists twice. The others find only neighbours. One of these is by the very Graves who is named, about something else: a real name makes any title plausible. (It comes first of two that are equally alike; Kim and Park's of 2021, on Cramér and Rao, shares more words, but is less alike by its long title.) Absence from 27 works proves nothing; we also searched by title and by author, until November 2026, and found no trace.

# %%
exists = {(where, author): (share, work) for where, _, author, share, work in matches}
share, goodfellow = exists["§7.1", "Goodfellow"]
claim(
    "§7.1",
    "Recommends the book Deep Learning by Goodfellow, Bengio and Courville.",
    "right",
    evidence=share == 1
    and goodfellow.authors == ("Goodfellow", "Bengio", "Courville")
    and goodfellow.year == 2016,
)
share, neighbour = exists["§7.1", "Graves"]
graves = [work for work in works if "Graves" in work.authors]
claim(
    "§7.1",
    "Recommends a paper “Large-scale Language Modeling in 2018” by Graves.",
    "not found",
    evidence=not found(cited[1][1], "Graves", works)
    and "Graves" not in neighbour.authors
    and len(graves) > 0
    and all(alike(cited[1][1], work.title) < 0.3 for work in graves),
    right="We found no such paper, which does not prove that there is none. The nearest is “Large Scale Language Modeling: Converging on 40GB of Text in Four Hours” (2018) by Puri and others, arXiv 1808.01371.",
)

# %%
twice = {author: found(title, author, works) for _, title, author in cited if title.startswith("Cramer")}
claim(
    "§7.3, §10",
    "Recommends a paper on Cramér–Rao and Gaussian neural networks, by Sra in §7.3, by Graves in §10.",
    "contradicts itself",
    evidence=len(twice) == 2 and not any(twice.values()),
    right="The two sections name different authors for one title; and we found it under neither.",
)
editions = [work for work in works if "Aggarwal" in work.authors]
claim(
    "§7.3, §10",
    "Recommends Neural Networks and Deep Learning by Aggarwal, with a DOI.",
    "right book, wrong DOI",
    evidence=found(cited[2][1], "Aggarwal", works) and len({work.identifiers[0] for work in editions}) == 2,
    right="The printed DOI, looked up, is neither edition's: 2018 is 10.1007/978-3-319-94463-0, 2023 is 10.1007/978-3-031-29642-0.",
)

# %% [markdown]
# ### A check digit is no witness
#
# The last digit of an *ISBN* (国际标准书号) follows from the twelve before it: weigh them 1, 3, 1, 3, …, add, and fill up to the next ten. It guards against slips of the hand. Which ones? Try every wrong digit and every swap of two neighbours.


# %%
def check_digit(twelve):
    """The thirteenth digit of an ISBN, from the first twelve (a text)."""
    return -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(twelve)) % 10


def valid(isbn):
    """Whether the last digit is the one that the others demand."""
    return int(isbn[12]) == check_digit(isbn[:12])


isbns = [name[5:] for work in works for name in work.identifiers if name.startswith("isbn:")]
print(len(isbns), "ISBNs of real books, all valid:", all(map(valid, isbns)))
print("Springer's DOI holds one:", valid(works[1].identifiers[0][12:].replace("-", "")))

# %%
wrong = [f"{i[:at]}{d}{i[at + 1 :]}" for i in isbns for at in range(13) for d in "0123456789" if d != i[at]]
pairs = [(i, at) for i in isbns for at in range(12) if i[at] != i[at + 1]]
swapped = [f"{i[:at]}{i[at + 1]}{i[at]}{i[at + 2 :]}" for i, at in pairs]
caught = {
    "one wrong digit": 1 - np.mean([valid(isbn) for isbn in wrong]),
    "two neighbours swapped": 1 - np.mean([valid(isbn) for isbn in swapped]),
}
print("caught:", ", ".join(f"{slip} {share:.1%}" for slip, share in caught.items()))

# %% [markdown]
# Every single wrong digit is caught, most swaps too (the missed ones swap digits that differ by five: 3·5 − 5 = 10). And an *invented* book? Whoever invents an ISBN and knows the rule puts the right digit at the end. We invent a thousand that begin like real ones (a few may happen to be some real book's).

# %%
draws = numpy_stream(seed, "invented books").integers(0, 10, size=(1000, 7))
bodies = [
    "978026" + "".join(map(str, row[:6])) for row in draws
]  # 978-0: the books of English-speaking countries
invented = [body + str(check_digit(body)) for body in bodies]
naive = [body + str(row[6]) for body, row in zip(bodies, draws, strict=True)]  # any last digit
caught["invented, last digit at random"] = 1 - np.mean([valid(isbn) for isbn in naive])
caught["invented by the rule"] = 1 - np.mean([valid(isbn) for isbn in invented])
print(f"invented by the rule: {caught['invented by the rule']:.0%} caught")
assert 0.85 < caught["invented, last digit at random"] < 0.95

# %% tags=["figure"]
# What the check digit catches, and what it cannot
plot.bars(
    {name: 100 * share for name, share in caught.items()},
    title="A check digit knows slips, not lies",
    xlabel="% caught",
    ax=plt.subplots(figsize=(7, 2.2))[1],
)
plt.show()

# %% [markdown]
# So it is with the DOI that the article prints for Aggarwal's book: the ISBN in it passes its check digit, and neither edition has it. A valid number says "well written", not "exists". Only a look-up says that.
#
# ### Exercise 7.5 · Verify a reference ●●● 30 min
#
# A reference has a `title`, one `author` (family name) and an `identifier` (such as `"doi:…"`). `table` is a list of works like the course's, with `.title`, `.authors` and `.identifiers`. Titles are the same if `words` gives the same list for both, and so are names; identifiers are the same if they
# agree in small letters, without hyphens. The author may be any of a work's authors. Return
#
# - `"confirmed"`: a work with this identifier has this title and author;
# - `"another work"`: the identifier is in the table, but its work has another title, or not this author;
# - `"wrong identifier"`: the identifier is not in the table, but a work with this title and author is;
# - `"not found"`: neither.
#
# <details><summary>Hint 1</summary>The identifier decides first. Only if no work has it, look for title and author, in *one* work.</details>
# <details><summary>Hint 2</summary>Two editions share title and author; a dictionary by title forgets one of them. Helpful: a function that says whether a work has this title and author.</details>


# %% tags=["exercise-7.5"]
def verify(title, author, identifier, table):
    """ "confirmed", "another work", "wrong identifier" or "not found"."""

    ### BEGIN SOLUTION
    def bare(text):
        return text.lower().replace("-", "")

    def fits(work):
        return words(work.title) == words(title) and words(author) in [words(name) for name in work.authors]

    having = [work for work in table if bare(identifier) in map(bare, work.identifiers)]
    if having:
        return "confirmed" if any(map(fits, having)) else "another work"
    return "wrong identifier" if any(map(fits, table)) else "not found"
    ### END SOLUTION


# %% tags=["check-7.5"]
with check("7.5", verify) as c:
    from utils.data import Work

    def work(title, authors, *identifiers):
        return Work("book", title, tuple(authors), 2020, identifiers, "https://example.org")

    table = [
        work("Bicycles: a Textbook", ["Okafor"], "doi:10.5555/978-1-00", "isbn:9781111111113"),
        work("Bicycles: a Textbook", ["Okafor"], "doi:10.5555/978-2-00"),
        work("The Théory of Brakes", ["Müller", "van der Berg"], "arxiv:2001.00001"),
        work("Chains", ["Lee", "Okafor"], "arxiv:2001.00002", "doi:10.5555/chains"),
        work("Spokes, and Why", ["Lee"]),
        work("Hubs", ["Díaz-Roe"], "doi:10.5555/HUB-1"),
        work("Hubs", ["Smith"], "doi:10.5555/HUB-2"),
    ]
    cases = [
        (
            "Bicycles: a textbook",
            "Okafor",
            "doi:10.5555/978-1-00",
            "confirmed",
            "title, author and identifier agree",
        ),
        (
            "BICYCLES - A TEXTBOOK",
            "okafor",
            "DOI:10.5555/978-2-00",
            "confirmed",
            "the second edition is one of its own",
        ),
        (
            "Bicycles: a Textbook",
            "Okafor",
            "isbn:978-1-111-11111-3",
            "confirmed",
            "an ISBN may be written with hyphens",
        ),
        ("The Theory of Brakes", "Muller", "arxiv:2001.00001", "confirmed", "accents do not matter"),
        (
            "The Theory of Brakes",
            "van der Berg",
            "arXiv:2001.00001",
            "confirmed",
            "any of the authors may be named",
        ),
        ("Chains", "Okafor", "doi:10.5555/CHAINS", "confirmed", "a work may have several identifiers"),
        ("Chains", "Lee", "arxiv:2001.00001", "another work", "the identifier belongs to a work on brakes"),
        (
            "Chains",
            "Müller",
            "arxiv:2001.00002",
            "another work",
            "the work exists, but nobody of this name wrote it",
        ),
        (
            "Chains",
            "Berg",
            "arxiv:2001.00001",
            "another work",
            "neither title nor author fit the identifier's work",
        ),
        ("hubs", "Diaz Roe", "doi:10.5555/hub1", "confirmed", "both sides in small letters, without hyphens"),
        ("The Theory of Brakes", "Berg", "arxiv:2001.00001", "another work", "part of a name is none"),
        ("The Brakes of Theory", "Müller", "arxiv:2001.00001", "another work", "the order of words counts"),
        (
            "The Theory of Gears",
            "Müller",
            "arxiv:2001.00001",
            "another work",
            "the author fits, the title does not",
        ),
        (
            "Bicycles",
            "Okafor",
            "doi:10.5555/978-1-00",
            "another work",
            "a title without its subtitle is another list of words",
        ),
        (
            "Chains",
            "Okafor",
            "doi:10.5555/978-9-99",
            "wrong identifier",
            "the work is there, the identifier is not",
        ),
        (
            "Spokes and why",
            "Lee",
            "isbn:9780000000002",
            "wrong identifier",
            "a work without identifiers can be there as well",
        ),
        ("Hubs", "Díaz-Roe", "doi:10.5555/hub-3", "wrong identifier", "two works may have one title"),
        ("Hubs", "Smith", "doi:10.5555/hub-3", "wrong identifier", "two works may have one title"),
        (
            "Chains",
            "Lee",
            "doi:105555/chains",
            "wrong identifier",
            "hyphens do not count, points do",
        ),
        ("Chains", "Müller", "doi:10.5555/none", "not found", "title and author must be of one work"),
        (
            "Bicycles: a Textbook",
            "Lee",
            "arxiv:1999.99999",
            "not found",
            "title and author must be of one work",
        ),
        ("On Cranks", "Okafor", "arxiv:2001.0000", "not found", "part of an identifier is none"),
        ("Chain", "Lee", "doi:10.5555/978", "not found", "part of a title is none"),
    ]
    for title, author, identifier, want, why in cases:
        got = verify(title, author, identifier, list(table))
        c.equal(got, want, what=f"“{title}” by {author}, {identifier}", hint=why)
    c.equal(
        verify("Chains", "Lee", "doi:10.5555/chains", []),
        "not found",
        what="an empty table",
        hint="nothing is in it",
    )

# %% [markdown]
# ### What to read instead
#
# Three of each kind that the article names; each was opened before it was put here, and stands in the table or under Sources.
#
# | kind | three that exist |
# |---|---|
# | books | [Deep Learning](https://www.deeplearningbook.org) (the theory, until 2016) · [Understanding Deep Learning](https://udlbook.com) (with Transformers and diffusion) · [Dive into Deep Learning](https://d2l.ai) (its pages run) |
# | papers | [automatic differentiation, a survey](https://jmlr.org/papers/v18/17-468.html) · [PyTorch 2](https://doi.org/10.1145/3620665.3640366) (what a compiler does) · [quality of Jupyter notebooks](https://doi.org/10.1109/MSR.2019.00077) |
# | blogs and courses | [A Recipe for Training Neural Networks](https://karpathy.github.io/2019/04/25/recipe/) · [Lil'Log](https://lilianweng.github.io) · [CS336](https://stanford-cs336.github.io) |
# | sites | [PyTorch, serialization](https://docs.pytorch.org/docs/main/notes/serialization.html) · [scikit-learn, model persistence](https://scikit-learn.org/stable/model_persistence.html) · [Keras, getting started](https://keras.io/getting_started) |
#
# What §7.2 says of tools is judged in [lesson 5](05_keras_project.ipynb), and installing them in [lesson 0](00_start_here.ipynb).

# %% [markdown]
# ## Recap
#
# 1. Same weights, same order: four libraries take the same steps, to the digits that each really keeps. A seed copies nothing; copy the weights.
# 2. Results differ through what nobody typed: defaults such as momentum and alpha. Compare the first steps before you compare an epoch.
# 3. Lines, start-up and pace rank libraries differently, and their ratio depends on the size of the work. A recorded program forgets its `if`s.
# 4. A pickle is a program. Numbers go into safetensors, or into `.npz` opened as `np.load` does it by itself; a doubtful file goes through an allow-list, or not at all.
# 5. A notebook is believed after a fresh run; a result after its card; a reference after a look-up. A check digit proves none of them.
#
# **Next:** [lesson 8a: Scaling](08a_scaling.ipynb)
#
# ## Sources
#
# - C. Harris and others (2020), *Array programming with NumPy*, [doi:10.1038/s41586-020-2649-2](https://doi.org/10.1038/s41586-020-2649-2); F. Pedregosa and others (2011), *Scikit-learn: machine learning in Python*, [arXiv:1201.0490](https://arxiv.org/abs/1201.0490); A. Paszke and others (2019), *PyTorch*, [arXiv:1912.01703](https://arxiv.org/abs/1912.01703)
# - A. Baydin, B. Pearlmutter, A. Radul, J. Siskind (2018), *Automatic differentiation in machine learning: a survey*, [JMLR 18(153)](https://jmlr.org/papers/v18/17-468.html)
# - J. Ansel and others (2024), *PyTorch 2: faster machine learning through dynamic Python bytecode transformation and graph compilation*, [doi:10.1145/3620665.3640366](https://doi.org/10.1145/3620665.3640366)
# - Opening files: the warning and "Restricting globals" in [Python's pickle](https://docs.python.org/3/library/pickle.html); [numpy.load](https://numpy.org/devdocs/reference/generated/numpy.load.html); [PyTorch, serialization semantics](https://docs.pytorch.org/docs/main/notes/serialization.html), and its advisories [CVE-2025-32434](https://github.com/pytorch/pytorch/security/advisories/GHSA-53q9-r3pm-6pq6) and [CVE-2026-24747](https://github.com/pytorch/pytorch/security/advisories/GHSA-63cw-57p8-fm3p); [scikit-learn, model persistence](https://scikit-learn.org/stable/model_persistence.html)
# - Keras and 64 bits: its issues [23223](https://github.com/keras-team/keras/issues/23223) and [23704](https://github.com/keras-team/keras/issues/23704)
# - J. F. Pimentel, L. Murta, V. Braganholo, J. Freire (2019), *A large-scale study about quality and reproducibility of Jupyter notebooks*, [doi:10.1109/MSR.2019.00077](https://doi.org/10.1109/MSR.2019.00077); [nbval](https://github.com/computationalmodelling/nbval)
# - [PyTorch, reproducibility](https://docs.pytorch.org/docs/stable/notes/randomness.html)
# - W. Walters, E. Wilder (2023), *Fabrication and errors in the bibliographic citations generated by ChatGPT*, Scientific Reports 13, [doi:10.1038/s41598-023-41032-5](https://doi.org/10.1038/s41598-023-41032-5)
# - R. Puri, R. Kirby, N. Yakovenko, B. Catanzaro (2018), *Large scale language modeling: converging on 40GB of text in four hours*, [arXiv:1808.01371](https://arxiv.org/abs/1808.01371)
# - The check digit: [isbnagency.com](https://isbnagency.com/check-digit-calculator.php); [Crossref's REST API](https://api.crossref.org)
