# %% [markdown]
# # 3b · Training in seven steps
#
# Take a model from raw images to a file that another program runs, in seven steps, and know what each step costs when it is skipped.
#
# 60 min to read · under 75 CPU-seconds · under 1,400 MB · GPU: not needed
#
# **You will be able to**
# - split data so that the exam is honest, and notice a leak;
# - choose a start, a learning rate and a batch size by measuring instead of guessing;
# - write a training loop that survives being killed, to the last bit;
# - say how sure an accuracy is, judge remedies in pairs, and open the test set once;
# - hand a model over without handing over code that could do harm.
#
# *You need:* the loop *forward, loss, backward, step* of [lesson 3a](03a_forward_backward.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
dataset: str = "digits"  # which images: embedded 8 × 8, or MNIST's 60,000 of 28 × 28  in {digits, mnist}
width: int = 16  # channels of the first convolution  in [8, 64]
epochs: int = 20  # passes over the images in the final training  in [1, 200]
lr: float = 0.01  # largest learning rate of the final training  in [0.0005, 0.05]

# %%
import inspect
import json
import math
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from utils import data, plot, stats
from utils.check import approx, check, claim, metric
from utils.device import choose_device, timer
from utils.params import check_parameters
from utils.repro import child_seed, numpy_stream

check_parameters("03b_training", globals())
plot.style()
STORED = (seed, dataset, width) == (0, "digits", 16)

# %% [markdown]
# ## 3b.1 Step one: prepare the data
#
# Our start-up gets slips with handwritten numbers. Before any model, the images go into **three piles that share nothing**:
#
# - the *training set* (训练集) teaches;
# - the *validation set* (验证集) decides: which model, which rate, when to stop;
# - the *test set* (测试集) examines, once, at the very end.
#
# The test set goes into an envelope that counts how often it is opened. And raw numbers become *normal* ones: grey values from 0 to 1,
# whatever the scanner's scale was. (Text would be cleaned and cut into tokens: [lesson 2c](02c_architecture.ipynb).)


# %%
class Envelope:
    """A pile of images and labels that counts how often somebody looked."""

    def __init__(self, images, labels):
        self.pile, self.opened = (images, labels), 0

    def open(self):
        self.opened += 1
        return self.pile


raw = data.digits(test=360, seed=seed) if dataset == "digits" else data.mnist()
side, white = (8, 1.0) if dataset == "digits" else (28, 255.0)


def to_tensors(images, labels):
    """Grey values from 0 to 1, (N, 1, side, side), and labels (N,)."""
    images = torch.tensor(images, dtype=torch.float32).reshape(
        -1, 1, side, side
    )  # (N, side²) -> (N, 1, side, side)
    return images / white, torch.tensor(labels, dtype=torch.int64)


# %%
known_x, known_y = to_tensors(raw.x_train, raw.y_train)
order = torch.from_numpy(numpy_stream(seed, "validation").permutation(len(known_x)))
held, kept = order[: len(raw.x_test)], order[len(raw.x_test) :]
train = known_x[kept], known_y[kept]
validation = known_x[held], known_y[held]
exam = Envelope(*to_tensors(raw.x_test, raw.y_test))

# %% [markdown]
# That they share nothing is checked, not believed. A program compares bytes; nobody looks at the exam.

# %%
images = [train[0], validation[0], to_tensors(raw.x_test, raw.y_test)[0]]
first, second, third = ({image.numpy().tobytes() for image in pile} for pile in images)
disjoint = not (first & second or first & third or second & third)
assert disjoint
print("train, validation, test:", *map(len, images), "and no image in two piles")

# %% [markdown]
# **What neglect costs.** The warehouse takes five photographs of every slip, and somebody shuffles *photographs* into the
# piles. To see what that fakes, we plant labels that cannot be learnt: for each slip a coin decides "refund" or "no refund".
# No honest method beats one half, except by luck.

# %%
slip_of = np.repeat(np.arange(200), 5)  # the slip on each of 1,000 photographs
noise = numpy_stream(seed, "photographs").normal(0, 0.1, size=(1000, side * side))
photos = known_x[:200].flatten(1).numpy()[slip_of] + noise
refund = numpy_stream(seed, "refunds").integers(2, size=200)[slip_of]

# %% tags=["figure"]
# draws the five photographs of two slips, one of each label
shown = np.r_[np.flatnonzero(refund == 0)[:5], np.flatnonzero(refund == 1)[:5]]
plot.images(
    photos[shown].reshape(-1, side, side),  # (10, side²) -> (10, side, side)
    [("no refund", "refund")[label] for label in refund[shown]],
    columns=5,
    size=1.2,
    title="Five photographs of a slip are nearly one image",
)
plt.show()

# %% [markdown]
# The learner is the simplest there is: answer with the label of the most similar known photograph. Predict its accuracy when
# photographs are shuffled, and when slips are.


# %%
def copycat_accuracy(test):
    """Accuracy on the photographs marked in `test` when each copies the label of its nearest neighbour outside."""
    known, asked = photos[~test], photos[test]
    distance = (known**2).sum(1) - 2 * asked @ known.T  # less a constant of each row
    return (refund[~test][distance.argmin(axis=1)] == refund[test]).mean()


# %%
leaky = copycat_accuracy(numpy_stream(seed, "shuffled photographs").random(1000) < 0.25)
honest = copycat_accuracy(np.isin(slip_of, numpy_stream(seed, "shuffled slips").permutation(200)[:50]))
assert leaky > 0.97
assert 0.2 < honest < 0.8
print("photographs shuffled:", approx(leaky), "  slips shuffled:", approx(honest))

# %% [markdown]
# Coin tosses, "predicted" almost perfectly. That is a *data leak* (数据泄漏): the exam contained what had been taught.
# *Symptom:* a validation score too good to be true, which falls apart on the first new slip. *Remedy:* split by what will be new in
# real life: the slip, the customer, the day. (The honest score differs from one half by luck.)
#
# Our piles obey in part: 13 people wrote the 8 × 8 digits (scikit-learn's description), the file does not tell whose is whose, and a hand
# may stand in all three.

# %% [markdown]
# ### Exercise 3b.1 · Split by slip ●●○ 15 min
#
# `groups` names the slip of each photograph (numbers or texts, in any order). Return a boolean array, one entry a photograph, `True` for
# test. A slip lies wholly on one side. The test gets `round(share * number of slips)` slips, drawn at random: every slip has the
# same chance, however many photographs it has, and `seed` alone decides which.
#
# <details><summary>Hint 1</summary>Draw slips, not photographs. So first you need a list in which every slip stands once.</details>
# <details><summary>Hint 2</summary>Shuffle that list with a generator made from `seed`, take its first few, and then ask of each photograph whether its slip is among them: NumPy has a function for "is in".</details>


# %% tags=["exercise-3b.1"]
def split_by_group(groups, share, seed):
    """Mark the photographs of a random share of the slips: (N,) names -> (N,) bool, True for test."""
    ### BEGIN SOLUTION
    names = np.unique(groups)
    drawn = numpy_stream(seed, "test slips").permutation(names)[: round(share * len(names))]
    return np.isin(groups, drawn)
    ### END SOLUTION


# %% tags=["check-3b.1"]
with check("3b.1", split_by_group) as c:
    mixed = np.random.default_rng(1).permutation(np.repeat([30, 7, 12, 99, 4, 51, 8, -23], range(1, 9)))
    texts, draw = np.array(list("gaabbbcddeeeeff")), "draw slips, all with the same chance; then mark"
    for groups, share in [
        (mixed, 0.25),
        (mixed[::-1], 0.34),
        (texts, 0.4),
        (np.arange(40), 0.14),
        (np.arange(40), 0.16),
        (mixed, 0.6),
    ]:
        marks, again = (np.asarray(split_by_group(groups, share, 5)) for _ in range(2))
        c.true(marks.dtype == bool, "expected True or False for each photograph")
        c.true(marks.shape == groups.shape, f"expected {len(groups)} marks, one a photograph")
        test, rest = (set(groups[part].tolist()) for part in (marks, ~marks))
        c.true(not test & rest, "a slip lies on both sides", draw)
        n = len(test | rest)
        c.equal(len(test), round(share * n), what=f"slips in the test, of {n} with share {share}")
        c.true(np.array_equal(marks, again), "the same seed gave two splits", "what decides the draw?")
    splits = [np.asarray(split_by_group(np.arange(40), 0.5, s)) for s in range(12)]
    c.true(len({marks.tobytes() for marks in splits}) > 1, "twelve seeds gave the same split", draw)
    c.true(all(marks.sum() == 20 for marks in splits), "some seeds give too few slips or too many", draw)
    side_by_side = all(np.diff(marks).sum() <= 2 for marks in splits)
    c.true(not side_by_side, "the slips of the test are neighbours, with each seed", draw)
    often = np.sum([np.asarray(split_by_group(mixed, 0.25, s)) for s in range(400)], axis=0)
    c.true(50 < often.min() < often.max() < 160, "some slips are drawn far more often than others", draw)

# %% [markdown]
# ## 3b.2 Step two: build the model
#
# Lesson 3a gave every pixel its own weights. A *convolution* (卷积) slides one small window of weights over the image and
# computes the same weighted sum everywhere: a stroke is a stroke, wherever it stands.
#
# Take a pencil: the window below subtracts a pixel from its right-hand neighbour. What comes out?


# %%
def convolve(image, window):
    """Weighted sums under a window that slides over the image: (H, W), (h, w) -> (H - h + 1, W - w + 1)."""
    (H, W), (h, w) = image.shape, window.shape
    out = np.zeros((H - h + 1, W - w + 1))
    for i in range(H - h + 1):
        for j in range(W - w + 1):
            out[i, j] = (image[i : i + h, j : j + w] * window).sum()
    return out


# %%
bar = np.array([[0, 1, 0, 0], [0, 1, 0, 0], [0, 1, 1, 1]])
edge = np.array([[-1, 1]])
edges = convolve(bar, edge)
print(edges.astype(int))
twin = nn.functional.conv2d(torch.tensor(bar)[None, None].double(), torch.tensor(edge)[None, None].double())
assert np.array_equal(edges, twin[0, 0].numpy())

# %% tags=["figure"]
# draws the image and what the window makes of it
_, axes = plt.subplots(1, 2, figsize=(6, 2.4))
plot.matrix(bar, fmt=".0f", title="An image …", ax=axes[0])
plot.matrix(edges, fmt=".0f", title="… and where its ink begins and ends", ax=axes[1])
for ax in axes:
    ax.set(xticks=[], yticks=[])
plt.show()

# %% [markdown]
# +1 where ink begins, −1 where it ends: an edge detector, the same as PyTorch's.
#
# A layer has many windows, and what one makes is a *channel* (通道). A window of the next layer looks at *all* channels, with 3 × 3
# weights for each. Between layers stands an *activation function* (激活函数), here ReLU: two layers with nothing between
# them would be one.
# Then a *pooling* keeps the largest of every 2 × 2 pixels.
#
# How many layers, how many channels, which activation: these are the choices of step two.


# %%
def build(side, width, dropout):
    """A small convolutional network: images (N, 1, side, side) -> scores (N, 10)."""
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1),  # a border of zeros keeps the size
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(dropout),
        nn.Linear(2 * width * (side // 4) ** 2, 10),
    )


def fresh(dropout=0.0):
    """A new model. It always starts with the same weights, so that whatever we compare differs in one thing alone."""
    torch.manual_seed(child_seed(seed, "network"))
    return build(side, width, dropout)


# %%
x, model = train[0][:1], fresh()
for layer in model:
    x = layer(x)
    weights = sum(p.numel() for p in layer.parameters())
    print(f"{type(layer).__name__:10} {tuple(x.shape)!s:17} {weights:6} weights")
by_hand = (9 + 1) * width + (9 * width + 1) * 2 * width + (2 * width * (side // 4) ** 2 + 1) * 10
assert by_hand == sum(p.numel() for p in model.parameters())

# %% [markdown]
# The last two lines count with a pencil, biases included: a window of the first layer has 9 + 1 numbers, one of the second 9 for each
# channel and 1.
#
# %% [markdown]
# Two tests that take a second and save days. A fresh model knows nothing: with PyTorch's own small start its loss is about
# $\ln 10 \approx 2.30$. (A larger start claims things from the first moment, and begins above that.) And it must be able to learn
# **twenty** images by heart; if it cannot, look for a bug or a hopeless setting, not for more data.

# %%
few = train[0][:20], train[1][:20]
adam = torch.optim.AdamW(model.parameters(), lr=0.005)
losses = []
for _ in range(60):
    loss = cross_entropy(model(few[0]), few[1])
    adam.zero_grad()
    loss.backward()
    adam.step()
    losses.append(loss.item())
assert abs(losses[0] - math.log(10)) < 0.25
assert losses[-1] < 0.05
print("first loss", approx(losses[0]), "  after 60 steps on 20 images: below 0.05")

# %% [markdown]
# For all images we need a loop that shuffles. One *epoch* (轮) is a pass over all images in random order. Seed and epoch number **alone**
# decide that order. It looks like a detail; in step four it will save a run.


# %%
def shuffled(n, batch, seed, epoch):
    """0 … n-1 in an order that seed and epoch alone decide, in batches."""
    # the course's package names this stream so; in step four we compare with its loop, bit by bit
    return torch.from_numpy(numpy_stream(seed, "train.shuffled", epoch).permutation(n)).split(batch)


def one_epoch(model, optimiser, pile, batch, seed, epoch, clip=None):
    """Train on every image once; the mean loss over the images. (`clip` comes in step four.)"""
    model.train()
    total = torch.zeros(())
    for pick in shuffled(len(pile[0]), batch, seed, epoch):
        loss = cross_entropy(model(pile[0][pick]), pile[1][pick])
        optimiser.zero_grad()
        loss.backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimiser.step()
        total += len(pick) * loss.detach()
    return float(total) / len(pile[0])


# %% [markdown]
# And one that judges: with `eval()`, so that layers such as dropout rest, and without gradients. Experiments run on 800 images, are
# judged on 360, and all see the images in the same order.


# %%
@torch.no_grad()
def evaluate(model, pile, batch=360):
    """Mean loss and accuracy on a pile."""
    model.eval()
    losses = hits = 0.0
    for x, y in zip(pile[0].split(batch), pile[1].split(batch), strict=True):
        scores = model(x)
        losses += len(x) * float(cross_entropy(scores, y))
        hits += len(x) * float((scores.argmax(dim=-1) == y).float().mean())
    return losses / len(pile[0]), hits / len(pile[0])


@torch.no_grad()
def right_answers(model, images, labels):
    """Which images a model reads rightly, (N,) bool."""
    return (model(images).argmax(dim=1) == labels).numpy()


small = train[0][:800], train[1][:800]
look = validation[0][:360], validation[1][:360]


def quick(model, optimiser, passes, batch=32, pile=small, clip=None):
    """Train for a few passes; the mean loss of each."""
    return [one_epoch(model, optimiser, pile, batch, seed, epoch, clip) for epoch in range(passes)]


# %% [markdown]
# **What neglect costs.** `cross_entropy` contains the softmax. A model made for another library may end with one of its own. Nothing
# crashes. How low can the loss get then? Find out with a pencil, before the machine does.

# %% [markdown]
# ### Exercise 3b.2 · The floor ●○○ 5 min
#
# For $K$ classes, what is the lowest possible cross-entropy (in nats, natural logarithms) when a softmax is applied to probabilities
# once more?
#
# <details><summary>Hint 1</summary>What is the best that the first softmax can hand over? Write down that vector of K probabilities.</details>
# <details><summary>Hint 2</summary>Put that vector through a softmax yourself. Which share of the sum does the right class get, and what loss belongs to that share?</details>


# %% tags=["exercise-3b.2"]
def lowest_loss(K):
    """Smallest cross-entropy (nats) over K classes when the scores are themselves probabilities."""
    ### BEGIN SOLUTION
    return math.log(math.e + K - 1) - 1
    ### END SOLUTION


# %% tags=["check-3b.2"]
with check("3b.2", lowest_loss) as c:
    for K in (10, 2, 3, 1000):
        share = math.e / (math.e + K - 1)
        slips = {
            "that is guessing; here the right class is certain before it is softened": math.log(K),
            "that would be the floor without the second softmax": 0.0,
            "one class too many: the right one is among the K": math.log(math.e + K) - 1,
            "that is a probability, not a loss": share,
            "that is a squared error or a missing probability, not a cross-entropy": 1 - share,
            "the sign: a loss is not negative": math.log(share),
            "that is in bits; nats were asked": -math.log2(share),
        }
        hint = (
            "the first softmax at its best gives 1 to the right class and 0 to the others; soften that vector"
        )
        c.close(lowest_loss(K), -math.log(share), rtol=1e-5, what=f"K = {K}", slips=slips, hint=hint)

# %%
softened = {}
for name, extra in [("scores", []), ("softmax twice", [nn.Softmax(dim=1)])]:
    net = nn.Sequential(*fresh(), *extra)
    history = quick(net, torch.optim.AdamW(net.parameters(), lr=0.005), passes=5)
    softened[name] = history[-1], evaluate(net, look)[1]
    print(f"{name}: last loss {approx(history[-1])}, validation accuracy {approx(softened[name][1])}")
assert softened["scores"][0] < 0.5 < 1.4 < softened["softmax twice"][0] < 2.25

# %% [markdown]
# *Symptom:* the loss falls slowly and sticks far above zero: compare with your answer for $K = 10$. The accuracy is a poor alarm. How
# much it suffers depends on the start; try another `seed`.

# %% [markdown]
# ## 3b.3 Step three: the start
#
# Training begins somewhere: the *initialisation* (初始化). The tempting choice is zero. The usual one is random, but **how large?**
# A stack of ten hidden layers shows it best. Each unit sums 64 inputs with weights of spread $s/\sqrt{64}$. He et al. (2015)
# computed that with ReLU the signal keeps its size for $s = \sqrt 2$. Predict what $s = 0.1$ and $s = 3$ do in ten layers.


# %%
def deep_net(s):
    """Ten hidden layers of 64; weights N(0, s² / inputs), the same draws for each s; biases 0."""
    torch.manual_seed(child_seed(seed, "deep network"))
    sizes = [side * side, *[64] * 10, 10]
    layers: list = [nn.Flatten()]
    for n, m in zip(sizes[:-1], sizes[1:], strict=True):
        layers += [nn.Linear(n, m), nn.ReLU()]
        nn.init.normal_(layers[-2].weight, 0, s / math.sqrt(n))
        nn.init.zeros_(layers[-2].bias)
    return nn.Sequential(*layers[:-1])


@torch.no_grad()
def signal_sizes(s):
    """Root mean square of the outputs of each hidden layer, (10,)."""
    signal, sizes = small[0][:256], []
    for layer in deep_net(s):
        signal = layer(signal)
        if isinstance(layer, nn.ReLU):
            sizes.append(float(signal.square().mean().sqrt()))
    return np.array(sizes)


# %%
starts = {"zero": 0.0, "too small, s = 0.1": 0.1, "He, s = √2": math.sqrt(2), "too large, s = 3": 3.0}
signals = {name: signal_sizes(s) for name, s in starts.items()}
growth = {name: sizes[-1] / sizes[0] for name, sizes in signals.items() if name != "zero"}
for name, factor in growth.items():
    print(f"{name}: the signal times {approx(factor)} from the first to the tenth layer")
assert not signals["zero"].any()
assert growth["too small, s = 0.1"] < 1e-8
assert 0.02 < growth["He, s = √2"] < 20 < growth["too large, s = 3"]

# %% tags=["figure"]
# draws the size of the signal in each layer, for each start but zero
ax = plot.lines(
    {name: (np.arange(1, 11), sizes) for name, sizes in signals.items() if name != "zero"},
    marker="o",
    title="Only He's start carries the signal through ten layers",
    xlabel="hidden layer",
    ylabel="size of the signal",
)
ax.set(yscale="log", xticks=range(1, 11))
plt.show()

# %% [markdown]
# Each layer multiplies the signal by about $s/\sqrt 2$; ten layers make that a tenth power. The zero start is not in the picture: a
# signal of exactly 0 has no logarithm. Move the slider and look for the narrow range that works.

# %% tags=["nbval-ignore-output"]
# output not compared: a slider is alive
from ipywidgets import FloatSlider


def with_scale(s, ax):
    title = f"s = {s:.1f}: each layer multiplies by about {s / math.sqrt(2):.2f}"
    plot.lines({"signal": (np.arange(1, 11), signal_sizes(s))}, marker="o", title=title, ax=ax)
    ax.set(yscale="log", ylim=(1e-8, 1e6), xlabel="hidden layer", ylabel="size of the signal")


plot.slider(with_scale, FloatSlider(1.4, min=0.2, max=4.0, step=0.1, readout_format=".1f"))

# %% [markdown]
# **What neglect costs.** Train each start for five passes with plain SGD.

# %%
trained = {}
for name, s in starts.items():
    net = deep_net(s)
    history = quick(net, torch.optim.SGD(net.parameters(), lr=0.05), passes=5)
    trained[name] = history, net
    number = math.isfinite(history[-1])
    print(f"{name}: last loss {approx(history[-1])}" if number else f"{name}: the loss is no number any more")
last = {name: history[-1] for name, (history, _) in trained.items()}
stuck = all(abs(last[name] - math.log(10)) < 0.03 for name in ("zero", "too small, s = 0.1"))
assert stuck
if STORED:
    assert last["He, s = √2"] < 2.1
    assert not last["too large, s = 3"] < 2

# %% tags=["figure"]
# draws the training loss of each start; what is no number or above 4 cannot be seen, and the legend says so
ax = plt.subplots()[1]
for (name, (history, _)), style in zip(trained.items(), ["o-", "x--", "o-", "o-"], strict=True):
    unseen = not max(history) < 4
    ax.plot(range(1, 6), history, style, label=name + " (leaves the picture)" * unseen)
ax.set(title="Zero and too small stand still at ln 10", xlabel="pass", ylabel="cross-entropy (nats)")
ax.set(ylim=(0, 4), xticks=range(1, 6))
ax.legend()
plt.show()

# %% [markdown]
# *Symptoms.* Zero and too small: the loss stands still at $\ln 10$. Too large: it leaves the picture, or becomes `nan`, in the first
# steps. And what exactly happened to the zeros? Look inside.

# %%
layers = [layer for layer in trained["zero"][1] if isinstance(layer, nn.Linear)]
hidden_never_moved = all(not layer.weight.any() and not layer.bias.any() for layer in layers[:-1])
last_bias_moved = bool(layers[-1].bias.any())
print("hidden weights and biases still zero:", hidden_never_moved, "  last bias moved:", last_bias_moved)

# %%
claim(
    "§3.2",
    "The weights and biases are initialised at random.",
    "imprecise",
    evidence=hidden_never_moved and last_bias_moved and growth["too small, s = 0.1"] < 1e-8,
    right="Weights must differ, and drawing them is the usual way: all zero, with ReLU, the hidden ones never move. That is not "
    "enough: the scale decides. He's about keeps the signal's size, others lose or explode it. Biases may start at 0, as here.",
)

# %% [markdown]
# ## 3b.4 Step four: train
#
# **Which learning rate?** Do not guess: *range test*. Start a fresh model with a tiny rate, raise it a little after each batch, and
# draw the loss over the rate. Smith (2015) proposed it, and read the useful range off the accuracy; reading it off the loss is later
# practice. Single batches are noisy, so we smooth. Where the loss is lowest, the rate is already on the brink. A common rule of thumb goes
# back to a *tenth* of it.

# %%
probe = fresh()
adam = torch.optim.AdamW(probe.parameters())
rates, seen = np.geomspace(1e-5, 1.0, 75), []
picks = [pick for epoch in range(3) for pick in shuffled(800, 32, seed, epoch)]
for rate, pick in zip(rates, picks, strict=True):
    adam.param_groups[0]["lr"] = rate
    loss = cross_entropy(probe(small[0][pick]), small[1][pick])
    adam.zero_grad()
    loss.backward()
    adam.step()
    seen.append(loss.item())

smooth = np.convolve(seen, np.ones(5) / 5, mode="valid")
brink = rates[2:-2][smooth.argmin()]
candidates = [brink / 100, brink / 10, brink * 3]
print("lowest loss at the rate", approx(brink, 2), "  a tenth:", approx(brink / 10, 2))
assert 0.003 < brink < 0.5
assert not smooth[-1] < 1.5 * smooth.min()

# %% tags=["figure"]
# draws the smoothed loss over the rate, with the three candidates
ax = plt.subplots()[1]
ax.plot(rates[2:-2], smooth)
for rate, name in zip(candidates, ["a hundredth", "a tenth", "3 × the lowest"], strict=True):
    ax.axvline(rate, color="C2", linestyle=":")
    ax.text(rate, 0.1, f"{name} ", fontsize=9, ha="right")
ax.set(title="Too timid on the left, thrown off on the right", xscale="log", ylim=(0, 4))
ax.set(xlabel="learning rate, raised after each batch", ylabel="cross-entropy (nats), mean of 5 batches")
plt.show()

# %% [markdown]
# A rule of thumb is a guess that is worth a test. *Validation* decides, as it must: three rates, four passes each, from the same start.
# Predict the order.

# %%
judged = {}
for rate in candidates:
    net = fresh()
    quick(net, torch.optim.AdamW(net.parameters(), lr=rate), passes=4)
    judged[rate] = evaluate(net, look)[1]
    print(f"rate {approx(rate, 2)}: validation accuracy {approx(judged[rate])}")
best_rate = max(judged, key=judged.__getitem__)
print("validation chooses", approx(best_rate, 2))

# %% [markdown]
# **Which batch size?** The *batch size* (批量大小) trades noise for speed. Predict: after two passes over the same images, have batches
# of 8 or of 128 taught more? And which are faster?
#
# A large batch is less noisy, so it may afford a larger rate. With one rate for all the race would be unfair. So each size gets the better
# of two rates.


# %%
sizes, learnt, seconds = [8, 32, 128], [], []
for size in sizes:
    reached = {}
    for rate in (0.2, 0.4):
        net = fresh()
        with timer() as passed:
            quick(net, torch.optim.SGD(net.parameters(), lr=rate), passes=2, batch=size)
        reached[rate] = evaluate(net, look)[1]
    best = max(reached, key=reached.__getitem__)
    learnt.append(reached[best])
    seconds.append(passed())
    print(
        f"batches of {size}: {2 * math.ceil(800 / size)} steps, accuracy {approx(learnt[-1])} at rate {approx(best)}"
    )
assert learnt[0] > learnt[-1] + 0.1

# %% tags=["figure"]
# draws accuracy and time over the batch size
_, axes = plt.subplots(1, 2, figsize=(9, 2.8))
slower = "… and take longer" if seconds[0] > seconds[-1] else "… and take no longer here"
for ax, values, title, label in [
    (axes[0], learnt, "Small batches learn more in two passes …", "validation accuracy"),
    (axes[1], seconds, slower, "seconds on this machine"),
]:
    ax.plot(sizes, values, "o-")
    ax.set(xscale="log", title=title, xlabel="images in a batch", ylabel=label, ylim=(0, None))
    ax.set_xticks(sizes, sizes)
    ax.minorticks_off()
plt.show()

# %% [markdown]
# Small batches take more steps for the same images; large ones use the processor better. (In the stored run batches of 128 end hardly past
# guessing, and the larger rate did not help them: 14 steps are few.) Rate and batch size are chosen *together*, and the article says by which pile.

# %%
gains = [max(scores) - min(scores) for scores in (judged.values(), learnt)]
claim(
    "§3.2",
    "Hyper-parameters such as learning rate and batch size are tuned on a validation set.",
    "right",
    evidence=min(gains) > 0.05,
)

# %% [markdown]
# **When a gradient explodes.** One broken example can throw all weights away. *Gradient clipping* (梯度裁剪) limits the step: if the
# gradients of all weights *together* are longer than a limit, they are scaled back to it. The direction stays.

# %% [markdown]
# ### Exercise 3b.3 · Clip ●●○ 10 min
#
# Write it. `gradients` is a list of arrays of any shapes and any number; return a list of arrays of the same shapes. Together they are one
# long vector. Leave the arrays that came in unchanged.
#
# <details><summary>Hint 1</summary>One length for all arrays together. How long would the vector be that holds all their numbers?</details>
# <details><summary>Hint 2</summary>Every array gets the same factor. What is it when they are too long, and what when they are not? And what if all are zero?</details>


# %% tags=["exercise-3b.3"]
def clip_together(gradients, limit):
    """Scale a list of arrays so that their common length is at most `limit`; a new list of arrays."""
    ### BEGIN SOLUTION
    length = math.sqrt(sum((g**2).sum() for g in gradients))
    factor = limit / length if length > limit else 1.0
    return [factor * g for g in gradients]
    ### END SOLUTION


# %% tags=["check-3b.3"]
with check("3b.3", clip_together) as c:
    draw, hint = np.random.default_rng(3), "one length for all, one factor for all, never above 1"
    pair = [np.array([[3.0, 0.0, -6.0]]), np.array([2.0, 0.5])]
    many = [np.array(10 * draw.normal(size=shape)) for shape in [(2, 2, 3), (), (4,), (3, 1)]]
    for given, limit in [(pair, 1.0), (pair, 2.5), (pair, 6.9), (pair, 100.0), (many, 5.0), (many[:1], 3.0)]:
        length, got = np.sqrt(sum((g**2).sum() for g in given)), clip_together(given, limit)
        whole = isinstance(got, (list, tuple)) and len(got) == len(given)
        c.true(whole, "return a list with one array for each array that came in")
        for i, g in enumerate(given):
            mean = length / np.sqrt(sum(p.size for p in given))
            slips = {
                "the length of a single array was taken for that of all together": g
                * min(1, limit / np.sqrt((g**2).sum())),
                "single numbers were clipped, which turns the direction": np.clip(g, -limit, limit),
                "gradients already short enough stay as they are": g * limit / length,
                "that took the squared length for the length": g * min(1, limit / length**2),
                "that is a mean of squares; a length has their sum": g * min(1, limit / mean),
            }
            what, right = f"[{i}] of {len(given)}, limit {limit:g}", g * min(1, limit / length)
            c.close(got[i], right, rtol=1e-5, what=what, slips=slips, hint=hint)
    c.close(clip_together([np.zeros(3)], 1.0)[0], np.zeros(3), what="gradients of zero")

# %% [markdown]
# **What neglect costs.** A new scanner sends five slips with grey values from 0 to 255 instead of 0 to 1. Five of 800: predict what
# they do to the loss of each pass, with momentum, without and with a limit of 1.

# %%
mixed = small[0].clone()
mixed[:5] *= 255
survived = {}
for name, limit in [("no limit", None), ("limit 1", 1.0)]:
    net = fresh()
    sgd = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    history = quick(net, sgd, passes=5, pile=(mixed, small[1]), clip=limit)
    survived[name] = history, evaluate(net, look)[1]
    print(f"{name}: loss", *map(approx, history), f"  accuracy {approx(survived[name][1])}")
(wild, wild_accuracy), (calm, calm_accuracy) = survived["no limit"], survived["limit 1"]
end = "learns again" if wild[-1] < 2 else "is stuck at guessing" if wild[-1] < 3 else "is lost"
print("without a limit the model", end)
assert not max(wild) < math.log(10)
assert calm[-1] < 2
assert calm_accuracy > max(0.7, wild_accuracy) or not STORED
print("found:", (mixed.amax(dim=(1, 2, 3)) > 1).nonzero().flatten().tolist())

# %% [markdown]
# *Symptom:* a loss that jumps above guessing, $\ln 10$. What follows is luck: the model may learn again, get stuck at guessing, or turn to
# `nan`. Clipping is the seat belt. *Looking at the data* is the cure: the last line found the five slips, and belongs into step one.
#
# **A run that survives.** Large models train for weeks, and machines fail. A *checkpoint* (检查点) must hold everything that training
# changes: the weights, the optimiser's averages, the state of the random generator, the history. Not less.

# %%
from safetensors import safe_open
from safetensors.torch import load_file, save_file


def everything(model, optimiser):
    """All tensors that training changes, under flat names."""
    found = {f"model/{name}": tensor for name, tensor in model.state_dict().items()}
    for number, state in optimiser.state_dict()["state"].items():
        found |= {f"optimiser/{number}/{name}": tensor for name, tensor in state.items()}
    return found | {"random": torch.get_rng_state()}


def save_run(file, model, optimiser, history):
    """Write beside the place, then move: whoever dies in between leaves the old file whole."""
    part = f"{file}.part"
    save_file(everything(model, optimiser), part, metadata={"history": json.dumps(history)})
    os.replace(part, file)


# %%
def load_run(file, model, optimiser):
    """Put everything back; returns the history."""
    with safe_open(file, framework="pt") as stored:
        names = stored.keys()
        found = {name: stored.get_tensor(name).clone() for name in names}
        history = json.loads(stored.metadata()["history"])
    state, weights = {}, {}
    for name, tensor in found.items():
        kind, *rest = name.split("/")
        if kind == "model":
            weights[rest[0]] = tensor
        elif kind == "optimiser":
            state.setdefault(int(rest[0]), {})[rest[1]] = tensor
    model.load_state_dict(weights)
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    torch.set_rng_state(found["random"])
    return history


# %% [markdown]
# Now the whole: train, look at validation, write a checkpoint, and at the next start go on from there.


# %%
def train_model(model, optimiser, pile, look, *, epochs, batch, seed, clip=None, file=None, load=load_run):
    """The history {"loss", "val_loss", "val_score"}; goes on from the checkpoint `file` if there is one."""
    # dropout draws from here; again the package's name for the stream, so that the two loops can be compared
    torch.manual_seed(child_seed(seed, "train.fit"))
    history = {"loss": [], "val_loss": [], "val_score": []}
    if file and Path(file).exists():
        history = load(file, model, optimiser)
    for epoch in range(len(history["loss"]), epochs):
        history["loss"].append(one_epoch(model, optimiser, pile, batch, seed, epoch, clip))
        val_loss, val_score = evaluate(model, look, batch)
        history["val_loss"].append(val_loss)
        history["val_score"].append(val_score)
        if file:
            save_run(file, model, optimiser, history)
    return history


# %% [markdown]
# Our referee: the course's package has the same loop, `utils.models.train.fit`, with conveniences around it: a progress bar, a schedule for the
# rate, changed copies of images, mixed precision, early stopping. Same seed, same start: the two must agree in every bit.

# %%
from utils.models.train import fit


def same(one, other):
    """Whether two models have equal weights, to the last bit."""
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def with_adam(dropout=0.2):
    """A fresh model and its optimiser."""
    net = fresh(dropout)
    return net, torch.optim.AdamW(net.parameters(), lr=0.01)


plan = {"epochs": 3, "batch": 32, "seed": seed, "clip": 1.0}
ours, ours_adam = with_adam()
our_history = train_model(ours, ours_adam, small, look, **plan)
theirs, theirs_adam = with_adam()
their_history = fit(theirs, small, look, optimiser=theirs_adam, progress=False, **plan)
assert our_history == their_history
assert same(ours, theirs)
print("3 epochs: all losses, scores and weights equal utils.models.train.fit, to the last bit")

# %% [markdown]
# Now interrupt: two epochs, a checkpoint, and a new model that goes on. Then the same with a checkpoint of which only
# weights and history are used. Predict which ends like the run without a break.


# %%
def weights_only(file, model, optimiser):
    """What is left when a checkpoint forgets the optimiser and the generator: both begin anew."""
    generator = torch.get_rng_state()
    nobody = torch.optim.AdamW(model.parameters())  # takes the averages, and is thrown away
    history = load_run(file, model, nobody)
    torch.set_rng_state(generator)
    return history


workshop = tempfile.TemporaryDirectory()
folder = Path(workshop.name)
for name, load in [("everything", load_run), ("weights only", weights_only)]:
    options = plan | {"file": folder / f"{name}.safetensors"}
    train_model(*with_adam(), small, look, **(options | {"epochs": 2}))
    resumed, resumed_adam = with_adam()
    train_model(resumed, resumed_adam, small, look, load=load, **options)
    print(f"{name}: {'equal to the last bit' if same(resumed, ours) else 'another model'}")
    assert same(resumed, ours) == (name == "everything")

# %% [markdown]
# **The hard test.** Not a polite stop: a separate program trains, and in the middle of an epoch the operating system kills it with SIGKILL,
# which no program can catch. Here is the program. It runs until a certain step, tells us, and waits for its end.

# %%
training = """
def main(checkpoint, wait_at=None):
    slips, steps = load_file("slips.safetensors"), 0

    def loss(scores, labels):
        nonlocal steps
        steps += 1
        if steps == wait_at:
            print("in the middle of epoch 2", flush=True)
            sys.stdin.read()
        return nn.functional.cross_entropy(scores, labels)

    torch.manual_seed(0)
    model = build(slips["x"].shape[-1], 8, 0.2)
    adam = torch.optim.AdamW(model.parameters(), lr=0.005)
    known = slips["x"], slips["y"]
    fit(model, known, optimiser=adam, loss=loss, checkpoint=checkpoint, epochs=3, batch=32, progress=False)
    return model

if __name__ == "__main__":
    main("killed.safetensors", wait_at=29)
"""

# %% [markdown]
# It gets 600 slips, so an epoch has 19 batches, and step 29 lies in the middle of the second. We kill it there, resume here, and
# compare with a run that nobody disturbed.

# %%
save_file({"x": small[0][:600].clone(), "y": small[1][:600].clone()}, folder / "slips.safetensors")
imports = (
    "import sys, torch\nfrom torch import nn\nfrom safetensors.torch import load_file\n"
    "from utils.models.train import fit\n\n"
)
program = folder / "train_slips.py"
program.write_text(imports + inspect.getsource(build) + training)
pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
with subprocess.Popen([sys.executable, program.name], cwd=folder, **pipes) as child:
    print("child:", child.stdout.readline().strip())
    child.kill()
assert child.returncode not in (0, None)
home = os.getcwd()
os.chdir(folder)
main = runpy.run_path(program.name)["main"]
revived, undisturbed = main("killed.safetensors"), main("whole.safetensors")
os.chdir(home)
assert same(revived, undisturbed)
print("killed and resumed: every weight equals the undisturbed run, bit for bit")

# %% [markdown]
# The child died in its second epoch. The checkpoint of the first was whole, and the resumed run did the second again: with the same
# order, the same dropout, the same averages.
#
# **When to stop.** With many epochs the training loss often goes on falling after validation has turned. *Early stopping* (早停) watches the
# validation loss: when it has not reached a new low for `patience` epochs, stop, and go back to the best weights. What must a checkpoint
# hold then? The best weights too, and `fit` keeps them in it.

# %% [markdown]
# ### Exercise 3b.4 · When to stop ●●○ 15 min
#
# `losses` are the validation losses of all epochs that could be run. Training ends after `patience` epochs in a row without a *new lowest*
# loss (an equal one is not lower; any lower one is, however little). Return two numbers, both counted from 1: the epochs run, and the epoch whose
# weights are kept.
#
# <details><summary>Hint 1</summary>Walk through the losses, and remember the lowest so far and its epoch.</details>
# <details><summary>Hint 2</summary>At each epoch ask how long ago that was. What do you return if the answer is never long enough?</details>


# %% tags=["exercise-3b.4"]
def early_stop(losses, patience):
    """Epochs run, and the epoch whose weights are kept, both counted from 1: [float], int -> (int, int)."""
    ### BEGIN SOLUTION
    for run in range(1, len(losses) + 1):
        best = min(range(run), key=losses.__getitem__) + 1
        if run - best == patience:
            break
    return run, best
    ### END SOLUTION


# %% tags=["check-3b.4"]
with check("3b.4", early_stop) as c:
    cases = [
        ([5, 4, 3, 3.5, 3.2, 1.0], 2, (5, 3), "what comes after the stop is never seen"),
        ([5, 4, 3, 3.5, 3.2, 1.0], 3, (6, 6), "two poor epochs are not three"),
        ([2, 1, 1, 1, 1], 2, (4, 2), "an equal loss is not lower"),
        ([9, 7, 8, 6, 7, 5, 6], 2, (7, 6), "a new lowest loss starts the count again"),
        ([9, 7, 8, 7.5, 7.2, 7.1], 3, (5, 2), "falling again is not enough; it must fall below the lowest"),
        ([4, 3, 2], 5, (3, 3), "patience was never needed"),
        ([4, 2, 3, 2.5], 5, (4, 2), "patience was not used up; the best weights are kept all the same"),
        ([1, 2, 3], 1, (2, 1), "the first epoch was the best"),
        ([3.5], 1, (1, 1), "one epoch alone"),
        ([3e12, 2e12, 4e12, 5e12, 1e12], 2, (4, 2), "losses may have any size"),
        ([-1.0, -3.0, -2.0, -2.5], 2, (4, 2), "a loss may be negative"),
        ([1.0, 0.9999999, 0.9999998, 0.9999997, 2.0], 1, (5, 4), "a little lower is lower"),
    ]
    for losses, patience, (run, kept), hint in cases:
        slips = {
            "the two numbers stand in the wrong order": (kept, run),
            "epochs are counted from 1": (run - 1, kept - 1),
            "the last weights are not the best ones": (run, run),
        }
        what = f"(run, kept) for losses {losses}, patience {patience}"
        c.close(early_stop(losses, patience), (run, kept), rtol=1e-9, what=what, slips=slips, hint=hint)

# %% [markdown]
# While a run lives, one wants to watch. `fit` calls us after each epoch, so we can draw, here every fifth time. (The training loss is
# measured with dropout on, validation with dropout off: so it may lie *above* validation.)

# %% tags=["nbval-ignore-output"]
# output not compared: the curve and the bar are alive
from IPython.display import display

figure, ax = plt.subplots()
screen = display(figure, display_id=True)


def redraw(history, every=5):
    if len(history["loss"]) % every:
        return
    ax.clear()
    curves = {"training": history["loss"], "validation": history["val_loss"]}
    title = "When validation has found no new low for a while, we stop"
    plot.lines(curves, x=range(1, len(history["loss"]) + 1), title=title, ax=ax)
    ax.set(xlabel="epoch", ylabel="cross-entropy (nats)", yscale="log")
    ax.xaxis.get_major_locator().set_params(integer=True)
    screen.update(figure)


candidate, adam = with_adam(dropout=0.5)
plan = {"epochs": 25, "batch": 32, "seed": seed, "patience": 3}
watched = fit(candidate, small, look, optimiser=adam, on_epoch=redraw, **plan)
redraw(watched, every=1)
plt.close(figure)

# %%
val_loss = watched["val_loss"]
assert evaluate(candidate, look)[0] < min(val_loss) * 1.0001
print(
    "epochs run:",
    approx(len(val_loss), 2),
    "  validation loss of the weights that were kept:",
    approx(min(val_loss)),
)

# %% [markdown]
# ## 3b.5 Step five: evaluate
#
# On validation, which we may ask as often as we like. One number hides who suffers. A *confusion matrix* (混淆矩阵) counts every truth
# against every answer.

# %%
with torch.no_grad():
    scores = candidate(look[0])
said = scores.argmax(dim=1)
counts = np.zeros((10, 10), dtype=int)
np.add.at(counts, (look[1].numpy(), said.numpy()), 1)
assert np.array_equal(counts.sum(axis=1), np.bincount(look[1], minlength=10))
hardest = cross_entropy(scores, look[1], reduction="none").argsort(descending=True)[:10]
labels = [f"{int(look[1][i])} read as {int(said[i])}" for i in hardest]

# %% tags=["figure"]
# draws the confusion matrix
ax = plot.matrix(
    counts,
    fmt=".0f",
    title="What lies off the diagonal is an error",
    xlabel="answer",
    ylabel="truth",
    ax=plt.subplots(figsize=(5, 5))[1],
)
ax.set(xticks=range(10), yticks=range(10))
plt.show()

# %% [markdown]
# Then **look at the errors**, and at what was nearly one. The ten images with the largest losses say more than any average: are they
# unreadable, mislabelled, or ours to learn?

# %% tags=["figure"]
# draws the ten images with the largest losses
plot.images(look[0][hardest, 0], labels, columns=5, size=1.5, title="The ten hardest: would you have known?")
plt.show()

# %% [markdown]
# **How sure is an accuracy?** 360 images are a sample: another 360 would give another number. Let $\hat p$ be the share of right answers
# among $n$. Wilson's *confidence interval* (置信区间) of 1927 holds all true accuracies $p$ for which our $\hat p$ would be no surprise:
#
# $$|\hat p - p| \le z \sqrt{p(1-p)/n}$$
#
# The root is the spread of $\hat p$; 95 % of a bell curve lie within $z = 1.96$ spreads. Solved for $p$:
#
# $$\frac{\hat p + \frac{z^2}{2n} \pm z \sqrt{\frac{\hat p (1 - \hat p)}{n} + \frac{z^2}{4 n^2}}}{1 + \frac{z^2}{n}}$$

# %%
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)  # leaves 2.5 % on each side: 1.96


def wilson(hits, n):
    """Lowest and highest plausible accuracy after `hits` right answers of n, at 95 %."""
    p = hits / n
    half = Z * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    return (p + Z**2 / (2 * n) - half) / (1 + Z**2 / n), (p + Z**2 / (2 * n) + half) / (1 + Z**2 / n)


from scipy.stats import binomtest

for hits, n in [(85, 100), (97, 100), (100, 100), (9700, 10_000)]:
    low, high = wilson(hits, n)
    assert np.allclose((low, high), binomtest(hits, n).proportion_ci(method="wilson"), atol=1e-9)
    assert np.allclose((low, high), stats.wilson(hits, n), atol=1e-9)
    print(f"{hits} of {n}: {low:.3f} to {high:.3f}")

# %% [markdown]
# 85 of 100 may mean 77 % or 91 %. And 100 of 100 is *not* certainty. So print the interval beside every accuracy. (It holds the luck of the slips, not that
# one chose by them: early stopping chose our weights by these.)
#
# **What neglect costs.** Two classics. Marking one's own homework: accuracy on the *training* images. And forgetting `eval()`: dropout
# goes on silencing units at random while we measure. Predict for both: too high or too low?

# %%
hits = int((said == look[1]).sum())
low, high = wilson(hits, 360)
homework = evaluate(candidate, small)[1]
print(f"validation: {approx(hits / 360)} (from {approx(low)} to {approx(high)})")
print("training images:", approx(homework))
assert homework > 0.95

candidate.train()
torch.manual_seed(child_seed(seed, "forgotten eval"))
with torch.no_grad():
    first, second = candidate(look[0]), candidate(look[0])
candidate.eval()
forgotten, right = (float(cross_entropy(s, look[1])) for s in (first, scores))
print(f"loss with eval() {approx(right, 2)}, forgotten {approx(forgotten, 2)}")
print("asked twice, the same answers:", torch.equal(first, second))
assert forgotten > 1.1 * right

# %% [markdown]
# The homework says nothing about new slips: who learns by heart gets full marks. *Symptom* of the forgotten `eval()`: the same image
# gets different scores each time, and the loss is higher than it should be.
#
# ## 3b.6 Step six: improve
#
# The shop buys hand-held scanners, and from next month half of the slips will arrive tilted, moved, larger or smaller. *Data augmentation*
# (数据增强) makes such copies while training. It can help where the change keeps the meaning. A tilted 3 is a 3. A mirrored one is nothing.


# %%
def tilt(images, turn=0.4, size=0.2, move=0.25):
    """Each image turned (radians), scaled and moved at random, at most so much."""
    a, s, dx, dy = torch.rand(4, len(images), device=images.device) * 2 - 1
    angle, scale = turn * a, 1 + size * s
    across = torch.stack([scale * angle.cos(), -scale * angle.sin(), move * dx], dim=1)  # 3 of (N,) -> (N, 3)
    down = torch.stack([scale * angle.sin(), scale * angle.cos(), move * dy], dim=1)  # 3 of (N,) -> (N, 3)
    matrices = torch.stack([across, down], dim=1)  # 2 of (N, 3) -> (N, 2, 3)
    grid = nn.functional.affine_grid(matrices, images.shape, align_corners=False)
    return nn.functional.grid_sample(images, grid, align_corners=False)


def mirror(images):
    """Half of the images flipped left to right, and half upside down."""
    across, down = torch.rand(2, len(images), 1, 1, 1, device=images.device) < 0.5
    images = torch.where(across, images.flip(3), images)
    return torch.where(down, images.flip(2), images)


torch.manual_seed(child_seed(seed, "shown copies"))
shown = small[0][:8]
assert torch.allclose(tilt(shown, 0, 0, 0), shown, atol=1e-5)
copies = {"as written": shown, "tilted": tilt(shown), "mirrored": mirror(shown)}

# %% tags=["figure"]
# draws eight images, and their tilted and mirrored copies
plot.images(
    torch.cat(list(copies.values()))[:, 0],
    [name if i == 0 else "" for name in copies for i in range(8)],
    columns=8,
    size=1.1,
    title="Tilted: still the same digit; mirrored: often none",
)
plt.show()

# %% [markdown]
# Five recipes, ten epochs each. *Dropout* (随机失活) silences half of the last layer's inputs at random; *weight decay* (权重衰减)
# shrinks every weight a little at each step. Each recipe is asked on the straight *validation* slips and on tilted copies of them. Predict
# the winner of each column.

# %%
recipes = {
    "plain": (0.0, 0.0, None),
    "dropout 0.5": (0.5, 0.0, None),
    "weight decay 0.1": (0.0, 0.1, None),
    "tilted copies": (0.0, 0.0, tilt),
    "mirrored copies": (0.0, 0.0, mirror),
}


def warm(done):
    """Factor on the learning rate, at the share `done` of the run, 0 to 1: a short rise, then down half a cosine to 0."""
    return min(1.0, 10 * done + 0.05) * (1 + math.cos(math.pi * done)) / 2


def by_recipe(name, pile, look, epochs, rate):
    """A model trained by a recipe, and its history."""
    dropout, decay, augment = recipes[name]
    net = fresh(dropout).to(choose_device().device)
    adam = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=decay)
    plan = {"epochs": epochs, "batch": 64, "seed": seed, "schedule": warm, "augment": augment}
    history = fit(net, pile, look, optimiser=adam, progress=len(pile[0]) > 10_000, **plan)
    return net.cpu(), history


# %%
torch.manual_seed(child_seed(seed, "tilted validation"))
piles = {"straight": look, "tilted": (tilt(look[0]), look[1])}
read_rightly = {}
for name in recipes:
    net, _ = by_recipe(name, small, None, epochs=10, rate=0.01)
    read_rightly[name] = {kind: right_answers(net, *pile) for kind, pile in piles.items()}
    print(f"{name}:", ", ".join(f"{kind} {approx(hit.mean())}" for kind, hit in read_rightly[name].items()))

# %% [markdown]
# Is a difference luck? Two intervals that overlap do not settle it, and there is a sharper way: all recipes read the *same* slips.
# Where two are both right or both wrong, they do not differ. What counts are the slips that **only one** of them reads. If the two are
# equally good, each such slip is a fair coin. That is McNemar's test (1947), here in its exact form.


# %%
def only_one(right_a, right_b):
    """Images that only the first, and that only the second of two models reads."""
    return int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())


def coin(a, b):
    """How often a fair coin, thrown a + b times, is at least as one-sided as a to b."""
    one_side = sum(math.comb(a + b, k) for k in range(min(a, b) + 1)) / 2 ** (a + b)
    return min(1.0, 2 * one_side)


print("13 to 1:", round(coin(13, 1), 4), "  7 to 5:", round(coin(7, 5), 4))
for kind, hits in read_rightly["tilted copies"].items():
    pair = only_one(read_rightly["plain"][kind], hits)
    assert np.allclose((*pair, coin(*pair)), stats.mcnemar(read_rightly["plain"][kind], hits))

# %% [markdown]
# Each remedy against plain, on both piles. These are eight tests, and of eight coins one is easily odd. So we believe a difference only below
# $0.05/8$ (Bonferroni's correction). Even then it stands between two *trained models*: another seed trains others, so who judges recipes repeats
# the training.

# %%
verdicts = {}
for name in list(recipes)[1:]:
    for kind in piles:
        lost, won = only_one(read_rightly["plain"][kind], read_rightly[name][kind])
        p = coin(lost, won)
        verdicts[name, kind] = "cannot tell" if p > 0.05 / 8 else "better" if won > lost else "worse"
        counted = f"only plain {approx(lost, 2)}, only this {approx(won, 2)}, p {approx(p, 1)}"
        print(f"{name}, {kind}: {counted}: {verdicts[name, kind]}")

# %% tags=["figure"]
# draws for each remedy how many slips only it, and how many only plain reads
_, axes = plt.subplots(1, 2, figsize=(9, 2.8), sharey=True)
for ax, kind in zip(axes, piles, strict=True):
    names = list(recipes)[1:]
    lost, won = np.transpose(
        [only_one(read_rightly["plain"][kind], read_rightly[name][kind]) for name in names]
    )
    ax.barh(names, won, color="C2", label="only the remedy reads it")
    ax.barh(names, -lost, color="C1", label="only plain reads it")
    ax.axvline(0, color="black", linewidth=0.8)
    ax.xaxis.set_major_formatter(lambda slips, _: f"{abs(slips):.0f}")
    ax.set(title=f"{kind.capitalize()} slips on which the two differ", xlabel="slips")
axes[0].invert_yaxis()
axes[0].legend(fontsize=8)
plt.show()

# %%
if STORED:
    assert verdicts["tilted copies", "tilted"] == "better"
    assert verdicts["mirrored copies", "tilted"] == "worse"
    assert verdicts["dropout 0.5", "straight"] == verdicts["weight decay 0.1", "straight"] == "cannot tell"
both = {name: sum(hits.sum() for hits in kinds.values()) for name, kinds in read_rightly.items()}
chosen = max(both, key=both.__getitem__)
print(f"most right answers on both piles together: {chosen}, {approx(both[chosen])} of 720")

# %% [markdown]
# "Cannot tell" is an answer: 360 slips do not show small differences. A remedy fits a problem or it does not. Tilted copies help where
# slips are tilted, and in ten epochs may cost something on straight ones. Mirrors fit nothing here.
#
# We choose for the shop's future: the most right answers on both piles together.
#
# **Half the bits.** GPUs multiply 16-bit numbers faster. `fit` uses them for products on most GPUs (*mixed
# precision*, 混合精度), and keeps the weights in 32 bits. Two lines show why it must.

# %%
print("1 + 1/256 in bfloat16:", torch.tensor(1 + 1 / 256).bfloat16().item())
print("0.00000001 in float16:", torch.tensor(1e-8).half().item())

# %% [markdown]
# A small step would be lost, and a small gradient would vanish. So steps are added in 32 bits, and float16 gradients are scaled up on the way.
#
# **The final training.** The chosen recipe, on all training images, for more epochs. The schedule was no candidate: all five recipes had it.

# %%
final, history = by_recipe(chosen, train, validation, epochs, lr)
metric("val_accuracy", history["val_score"][-1])
metric("train_loss", history["loss"][-1])
DEFAULT = STORED and (epochs, lr) == (20, 0.01)
assert history["val_score"][-1] > 0.92 or not DEFAULT

# %% [markdown]
# No more choices. **Open the envelope**, and ask on both kinds of slips; to each accuracy its interval.

# %%
test_x, test_y = exam.open()
torch.manual_seed(child_seed(seed, "tilted test"))
for kind, asked in {"straight": test_x, "tilted": tilt(test_x)}.items():
    hits = int(right_answers(final, asked, test_y).sum())
    share, (low, high) = hits / len(test_y), wilson(hits, len(test_y))
    metric("test_accuracy" if kind == "straight" else "test_accuracy_tilted", share)
    print(f"  from {approx(low)} to {approx(high)}; the envelope was opened {exam.opened} time")
    assert share > {"straight": 0.92, "tilted": 0.82}[kind] or not DEFAULT

# %% [markdown]
# **What neglect costs.** Why only once? Suppose we had tried 200 readers that are all *equally* good, 95 % each, and picked the best on the test set.
# Predict its score there, and on fresh slips.

# %%
lots = numpy_stream(seed, "readers")
readers = (lots.random((200, 360)) < 0.95).mean(axis=1)
winner, on_fresh_slips = readers.max(), (lots.random(100_000) < 0.95).mean()
print("best of 200 on the test set:", approx(winner))
print("the same reader on fresh slips:", approx(on_fresh_slips))
assert winner > 0.97
assert abs(on_fresh_slips - 0.95) < 0.005

# %% tags=["figure"]
# draws the scores of 200 equal readers
_, ax = plt.subplots(figsize=(7, 2.8))
ax.hist(readers, bins=np.arange(0.9, 1.0, 1 / 180) + 1 / 720)
ax.axvline(0.95, color="C1", label="what each is worth")
ax.axvline(winner, color="C2", linestyle="--", label="the winner's score")
ax.set(
    title="The best of 200 equals was lucky, not better", xlabel="score on 360 test slips", ylabel="readers"
)
ax.legend()
plt.show()

# %% [markdown]
# The winner won by luck, and luck does not move to new slips. Whatever one *chooses* by is no longer a test.
# (These 200 err independently of each other. Real candidates share errors, and luck parts them less.)

# %% [markdown]
# ### Exercise 3b.5 · How many labels to buy? ●●○ 15 min
#
# A customer wants proof that we read better than `promise`. Our reader is right in a share `accuracy` of slips; checking one costs `price` €.
# Return the smallest number n of checked slips for which Wilson's lower bound, with `accuracy * n` hits (not rounded), exceeds `promise`.
# Return `None` if no n is enough, or if n slips cost more than `budget`; a bill of exactly `budget` can be paid. (A loop without the budget
# may never end: ■ interrupts it.)
#
# <details><summary>Hint 1</summary>How does the lower bound move when n grows and the share of hits stays? So where do you look first?</details>
# <details><summary>Hint 2</summary>The budget says how long to go on trying. Which two questions do you ask about each n, and in which order?</details>


# %% tags=["exercise-3b.5"]
def labels_to_buy(accuracy, promise, price, budget):
    """Smallest number of checked slips that proves `promise`, or None when there is none or the budget cannot pay it."""
    ### BEGIN SOLUTION
    n = 1
    while n * price <= budget:
        if wilson(accuracy * n, n)[0] > promise:
            return n
        n += 1
    return None
    ### END SOLUTION


# %% tags=["check-3b.5"]
with check("3b.5", labels_to_buy) as c:
    z2, hint = NormalDist().inv_cdf(0.975) ** 2, "the bill is n * price, and all of the budget may be spent"
    for p, promise in [
        (0.99, 0.97),
        (0.985, 0.97),
        (0.9, 0.8),
        (0.7, 0.6),
        (1.0, 0.95),
        (0.9731, 0.97),
        (0.9, 0.6),
    ]:
        # the bound is reached where p lies z standard deviations, taken at the promise, above it
        wanted = math.floor(z2 * promise * (1 - promise) / (p - promise) ** 2) + 1
        slips = {
            "that takes the simple interval, which is too narrow near 1": 1
            + z2 * p * (1 - p) // (p - promise) ** 2,
            "that is one too few: the bound must exceed the promise": wanted - 1,
            "that is one too many": wanted + 1,
            "that is the cost; the number of slips was asked": wanted * 0.25,
            "that spends the whole budget; look for the smallest n": 20_000,
        }
        for price, money in [(0.25, 5000), (0.25, wanted / 4), (3.0, 3 * wanted)]:
            got, case = (
                labels_to_buy(p, promise, price, money),
                f"accuracy {p}, promise {promise}, price {price}",
            )
            rich = f"{case}: the budget is " + ("more than enough" if money == 5000 else "exactly enough")
            c.true(got is not None, f"{rich}, but got None", hint)
            first = "try n = 1, 2, 3, …; with accuracy * n hits, not rounded, where is the bound first above the promise?"
            c.close(got, wanted, what=rich, slips=slips, hint=first)
            short = labels_to_buy(p, promise, price, wanted * price - 0.25)
            c.true(short is None, f"{case}: the budget is a little short, expected None, got {short}", hint)
    for p in (0.95, 0.97):
        c.true(labels_to_buy(p, 0.97, 0.25, 200) is None, f"accuracy {p} cannot prove 0.97: expected None")

# %% [markdown]
# ## 3b.7 Step seven: deploy
#
# To *deploy* (部署) is to hand the model to a program that has never seen this notebook. What must go along? **Weights and a recipe.** The
# weights go into a safetensors file; what is needed to build the model and to prepare an image goes into a small readable one.
#
# Why safetensors? Because one can say what is in it, to the last byte: a length, a table of names and shapes, and numbers. Nothing that
# runs.

# %%
config = {"side": side, "width": width, "dropout": 0.0, "divide_by": white, "labels": list(range(10))}
(folder / "config.json").write_text(json.dumps(config))
save_file(final.state_dict(), folder / "reader.safetensors")
content = (folder / "reader.safetensors").read_bytes()
length = int.from_bytes(content[:8], "little")
table = json.loads(content[8 : 8 + length])
print({name: entry["shape"] for name, entry in table.items()})
assert len(content) == 8 + length + 4 * by_hand  # four bytes a weight

# %% [markdown]
# Now a program that knows only the folder: `runpy` starts it with none of our names. The code that builds the model is its own, and
# it must give the same scores, up to rounding. (In [lesson 3c](03c_inference.ipynb) such a program answers over HTTP.)

# %%
program = folder / "serve_once.py"
program.write_text(
    "import json\nimport torch\nfrom safetensors.torch import load_file, save_file\nfrom torch import nn\n\n"
    + inspect.getsource(build)
    + """
config = json.load(open("config.json"))
model = build(config["side"], config["width"], config["dropout"]).eval()
model.load_state_dict(load_file("reader.safetensors"))
images = load_file("asked.safetensors")["images"] / config["divide_by"]
with torch.inference_mode():
    save_file({"scores": model(images)}, "answered.safetensors")
"""
)
save_file({"images": test_x[:100] * white}, folder / "asked.safetensors")
os.chdir(folder)
runpy.run_path(program.name)
os.chdir(home)
answered = load_file(folder / "answered.safetensors")["scores"]
with torch.no_grad():
    wanted = final(test_x[:100])
assert torch.allclose(answered, wanted, rtol=0, atol=1e-5)
print("100 images, the same scores from a program that knows only the folder")

# %% [markdown]
# **What neglect costs.** The old habit is `torch.save(model)`, which is a *pickle*: a small program that runs when somebody opens it. Here is
# what a stranger may send. Predict what happens when we load it. (Since version 2.6 PyTorch refuses such a file unless one asks for it with
# `weights_only=False`.)


# %%
class Gift:
    """Pickle asks an object how to make it again, and this one answers with a call. It could have been any."""

    def __reduce__(self):
        return print, ("this line was printed by the file",)


torch.save(Gift(), folder / "gift.pt")
torch.load(folder / "gift.pt", weights_only=False)
try:
    torch.load(folder / "gift.pt")
    refused = False
except Exception as error:
    refused = "weights_only" in str(error).lower()
assert refused
print("torch.load refuses the file by itself")

# %% [markdown]
# **The better trap.** `torch.export` writes the *computation* into a `.pt2` file: a list of operations, weights, and no Python class. It is good
# for one's own servers, and it sounds safe. Look at the list: where is dropout?

# %%
from torch.export import Dim, export

exported = export(final, (test_x[:2],), dynamic_shapes=({0: Dim("batch")},))  # any number of images
torch.export.save(exported, folder / "reader.pt2")
for node in exported.graph.nodes:
    if node.op == "call_function":
        print(node.target.__name__, [value for value in node.args if not isinstance(value, torch.fx.Node)])

# %% [markdown]
# It was exported in `eval()` mode, so its `training` is stored as False, for good. But what else is in the file? It is a zip archive.
# We put the stranger's gift in the place of one of its members, and open it with the official loader, which has no `weights_only` to ask for.

# %%
import contextlib
import io
import logging
import zipfile

with zipfile.ZipFile(folder / "reader.pt2") as whole, zipfile.ZipFile(folder / "gift.pt2", "w") as planted:
    for name in whole.namelist():
        gift = name.endswith("sample_inputs/model.pt")
        planted.writestr(name, (folder / "gift.pt").read_bytes() if gift else whole.read(name))

logging.disable(logging.WARNING)
with contextlib.redirect_stdout(io.StringIO()) as heard, contextlib.suppress(Exception):
    torch.export.load(folder / "gift.pt2")
logging.disable(logging.NOTSET)
ran = "this line was printed by the file" in heard.getvalue()
assert ran
print("a stranger's line ran while the .pt2 was opened:", ran)

# %% [markdown]
# PyTorch's own documentation of `torch.export.load` says so: it uses pickle under the hood, "never load data from an untrusted source".
#
# *Symptom:* none. That is the danger. Between strangers: safetensors and a recipe, and nothing else. Whoever sends a `.pt`, a `.pkl` or a `.pt2`
# may be sending a program.
#
# ## 3b.8 What the article says
#
# Its seven steps are real work, and we have done them in its order. Two more remarks.

# %%
drops = fresh(dropout=0.2)
one, two = drops(test_x[:50]), drops(test_x[:50])
drops.eval()
rests = torch.equal(drops(test_x[:50]), drops(test_x[:50]))
claim(
    "§3.2",
    "Regularisation and dropout are step six, after training and evaluation.",
    "imprecise",
    evidence=not torch.equal(one, two) and rests,
    right="To evaluate, then to improve, is right. But then one trains again: steps four to six are a loop. Dropout is built in step two, "
    "acts in step four, and rests in step five.",
)
claim(
    "§3.2",
    "A model is evaluated, and its settings are tuned, on a validation set; no other set is named.",
    "incomplete",
    evidence=bool(winner - on_fresh_slips > 0.02),
    right="What one chooses by flatters the choice: the best of 200 equal readers scored two points or more above its worth. So a test set, "
    "which shares nothing with the others, is opened once.",
)

# %% [markdown]
# ## Recap
#
# 1. Three piles that share nothing, split by what will be new; a score too good to be true is a leak.
# 2. Test the model before the data: loss ln 10 at first, twenty images by heart, no second softmax, a start that keeps the signal.
# 3. Measure rate and batch; look at the data, and clip; keep *everything* in the checkpoint, and a killed run ends as if nothing had happened.
# 4. An accuracy has an interval, and two models are compared in pairs; choose on validation, and open the test set once.
# 5. To strangers and from strangers: numbers and a recipe. A pickle is a program, and a `.pt2` can hide one.
#
# **Next:** the same model answers real requests, in [lesson 3c](03c_inference.ipynb). [Back to the map](00_start_here.ipynb)
#
# ## Sources
#
# - K. He, X. Zhang, S. Ren, J. Sun (2015), *Delving deep into rectifiers*, [arXiv:1502.01852](https://arxiv.org/abs/1502.01852)
# - L. Smith (2015), *Cyclical learning rates for training neural networks*, [arXiv:1506.01186](https://arxiv.org/abs/1506.01186)
# - P. Goyal et al. (2017), *Accurate, large minibatch SGD: training ImageNet in 1 hour*, [arXiv:1706.02677](https://arxiv.org/abs/1706.02677)
# - N. Srivastava et al. (2014), *Dropout: a simple way to prevent neural networks from overfitting*, Journal of Machine Learning Research 15
# - L. Prechelt (1998), *Early stopping: but when?*, in Neural Networks: Tricks of the Trade
# - I. Loshchilov, F. Hutter (2019), *Decoupled weight decay regularization*, [arXiv:1711.05101](https://arxiv.org/abs/1711.05101)
# - E. Wilson (1927), *Probable inference, the law of succession, and statistical inference*, Journal of the American Statistical Association 22
# - Q. McNemar (1947), *Note on the sampling error of the difference between correlated proportions or percentages*, Psychometrika 12
# - Safetensors: [huggingface.co/docs/safetensors](https://huggingface.co/docs/safetensors); `torch.export.load` and its warning: [docs.pytorch.org](https://docs.pytorch.org/docs/stable/export.html)
# - Y. LeCun, C. Cortes, C. Burges (1998), *The MNIST database of handwritten digits*; E. Alpaydin, C. Kaynak (1998), *Optical recognition of handwritten digits*, UCI
