# %% [markdown]
# # 3b · Training in seven steps
#
# Take a model from raw images to a file that another program runs, in seven steps, and know what each step costs when it is skipped.
#
# 60 min to read · under 60 CPU-seconds · under 1,400 MB · GPU: not needed
#
# **You will be able to**
# - split data so that the exam is honest, and notice a leak;
# - choose a start, a learning rate and a batch size by measuring instead of guessing;
# - write a training loop that survives being killed, to the last bit;
# - say how sure an accuracy is, choose remedies on validation, and open the test set once;
# - hand a model over without handing over code that could do harm.
#
# *You need:* the loop *forward, loss, backward, step* of [lesson 3a](03a_forward_backward.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
dataset: str = "digits"  # which images: embedded 8 × 8, or MNIST's 60,000 of 28 × 28  in {digits, mnist}
width: int = 32  # channels of the first convolution  in [16, 64]
epochs: int = 40  # passes over the images in the final training  in [1, 200]
lr: float = 0.005  # largest learning rate of the final training  in [0.0005, 0.02]

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

from utils import data, plot
from utils.check import approx, check, claim, metric
from utils.params import check_parameters
from utils.repro import seed_everything

check_parameters("03b_training", globals())
plot.style()
rng = seed_everything(seed)
DEFAULT = (seed, dataset, width, epochs, lr) == (0, "digits", 32, 40, 0.005)

# %% [markdown]
# ## 3b.1 Step one: prepare the data
#
# Our start-up gets slips with handwritten numbers. Before any model, the images go into **three piles that share nothing**:
#
# - the *training set* (训练集) teaches;
# - the *validation set* (验证集) decides: which model, which rate, when to stop;
# - the *test set* (测试集) examines, once, at the very end.
#
# The test set goes into an envelope that counts how often it is opened.


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
    """Grey values from 0 to 1 as (N, 1, side, side), labels (N,)."""
    images = torch.tensor(images, dtype=torch.float32).reshape(-1, 1, side, side)
    return images / white, torch.tensor(labels, dtype=torch.int64)


# %%
known_x, known_y = to_tensors(raw.x_train, raw.y_train)
exam = Envelope(*to_tensors(raw.x_test, raw.y_test))
order = torch.from_numpy(rng.permutation(len(known_x)))
held, kept = order[: len(raw.x_test)], order[len(raw.x_test) :]
train = known_x[kept], known_y[kept]
validation = known_x[held], known_y[held]
piles = train[0], validation[0], exam.pile[0]
first, second, third = ({image.numpy().tobytes() for image in pile} for pile in piles)
disjoint = not (first & second or first & third or second & third)
assert disjoint
print("train, validation, test:", *map(len, piles), "and no image in two piles")

# %% [markdown]
# **What neglect costs.** The warehouse takes five photographs of every slip, and somebody shuffles *photographs* into the
# piles. To see what that fakes, we plant labels that cannot be learnt: for each slip a coin decides "refund" or "no refund".
# No honest method beats one half.
#
# The learner is the simplest there is: answer with the label of the most similar known photograph. Predict both accuracies.

# %%
slip_of = np.repeat(np.arange(200), 5)
photos = known_x[:200].reshape(200, -1).numpy()[slip_of] + rng.normal(0, 0.1, size=(1000, side * side))
refund = rng.integers(2, size=200)[slip_of]


def copycat_accuracy(test):
    """Accuracy on the photographs marked in `test` when each copies the label of its nearest neighbour outside."""
    known, asked = photos[~test], photos[test]
    distance = (known**2).sum(1) - 2 * asked @ known.T  # less a constant of each row
    return (refund[~test][distance.argmin(axis=1)] == refund[test]).mean()


leaky = copycat_accuracy(rng.random(1000) < 0.25)
honest = copycat_accuracy(np.isin(slip_of, rng.permutation(200)[:50]))
assert leaky > 0.97
assert 0.25 < honest < 0.75
print("photographs shuffled:", approx(leaky), "  slips shuffled:", approx(honest))

# %% [markdown]
# Coin tosses, "predicted" almost perfectly. That is a *data leak* (数据泄漏): the exam contained what had been taught.
# *Symptom:* a validation score too good to be true, which falls apart on the first new slip. *Remedy:* split by what will be new in
# real life: the slip, the customer, the day.

# %% [markdown]
# ### Exercise 3b.1 · Split by slip ●●○ 15 min
#
# `groups` names the slip of each photograph, in any order. Return a boolean array, one entry a photograph, `True` for test. A
# slip lies wholly on one side. The test gets `round(share * number of slips)` slips, drawn at random by `seed`.
#
# <details><summary>Hint 1</summary>Draw slips, not photographs: first find the different names with `np.unique`.</details>
# <details><summary>Hint 2</summary>`np.random.default_rng(seed).permutation(names)[:count]` draws the slips; `np.isin(groups, drawn)` marks their photographs.</details>


# %% tags=["exercise-3b.1"]
def split_by_group(groups, share, seed):
    """Mark the photographs of a random share of the slips: (N,) names -> (N,) bool, True for test."""
    ### BEGIN SOLUTION
    names = np.unique(groups)
    drawn = np.random.default_rng(seed).permutation(names)[: round(share * len(names))]
    return np.isin(groups, drawn)
    ### END SOLUTION


# %% tags=["check-3b.1"]
with check("3b.1", split_by_group) as c:
    names = np.repeat([30, 7, 12, 99, 4, 51, 8, 23], [1, 2, 3, 4, 5, 6, 7, 8])
    cases = [(np.random.default_rng(1).permutation(names), 0.25), (np.array(list("aabbbcddeeeef")), 0.5)]
    for groups, share in [*cases, (np.arange(40), 0.1)]:
        marks, again = (np.asarray(split_by_group(groups.copy(), share, 0)) for _ in range(2))
        c.true(
            marks.dtype == bool, "expected True or False for each photograph", "np.isin gives such an array"
        )
        c.true(
            marks.shape == groups.shape, f"expected {len(groups)} marks, one a photograph, got {marks.shape}"
        )
        test, rest = (set(groups[side].tolist()) for side in (marks, ~marks))
        c.true(not test & rest, "a slip lies on both sides", "draw slips, then mark all their photographs")
        wanted = round(share * len(test | rest))
        c.equal(len(test), wanted, what=f"slips in the test, of {len(test | rest)} with share {share}")
        c.true(np.array_equal(marks, again), "the same seed gave two splits", "use default_rng(seed)")
    splits = [np.asarray(split_by_group(np.arange(40), 0.5, s)) for s in range(5)]
    hint = "draw the slips at random, from the seed"
    c.true(len({marks.tobytes() for marks in splits}) > 1, "five seeds gave the same split", hint)
    neighbours = all(np.diff(marks).sum() <= 2 for marks in splits)
    c.true(not neighbours, "the slips of the test are neighbours, with each seed", hint)

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


bar = np.array([[0, 1, 0, 0], [0, 1, 0, 0], [0, 1, 1, 1]])
edge = np.array([[-1, 1]])
print(convolve(bar, edge).astype(int))
twin = nn.functional.conv2d(torch.tensor(bar)[None, None].double(), torch.tensor(edge)[None, None].double())
assert np.array_equal(convolve(bar, edge), twin[0, 0].numpy())

# %% [markdown]
# +1 where ink begins, −1 where it ends: an edge detector, and the same as PyTorch's. Ours gets two layers of such windows, each
# 3 × 3, each followed by a ReLU and by a *pooling* that keeps the largest of every 2 × 2 pixels. `padding=1` adds a
# border, so that a convolution keeps the size. Two numbers and a share of dropout are all that `build` needs to make it again.


# %%
def build(side, width, dropout):
    """A small convolutional network: images (N, 1, side, side) -> scores (N, 10)."""
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(dropout),
        nn.Linear(2 * width * (side // 4) ** 2, 10),
    )


# %%
model = build(side, width, dropout=0.0)
x = train[0][:1]
for layer in model:
    x = layer(x)
    weights = sum(p.numel() for p in layer.parameters())
    print(f"{type(layer).__name__:10} {tuple(x.shape)!s:17} {weights:6} weights")
by_hand = (9 + 1) * width + (9 * width + 1) * 2 * width + (2 * width * (side // 4) ** 2 + 1) * 10
assert by_hand == sum(p.numel() for p in model.parameters())

# %% [markdown]
# Two tests that take a second and save days. A fresh model must score about $\ln 10 \approx 2.30$: it knows nothing and claims
# nothing. And it must be able to learn **twenty** images by heart; a model that cannot do that has a bug, not a lack of data.

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
assert losses[-1] < 0.02
print("first loss", approx(losses[0]), "  after 60 steps on 20 images: below 0.02")

# %% [markdown]
# **What neglect costs.** `cross_entropy` contains the softmax. Models copied from elsewhere often end with another one. Nothing
# crashes. Predict: how low can the loss get then?
#
# Even a perfect answer, probability 1 for the right digit, is softened again to $e^1 / (e^1 + 9 e^0)$. Train both for five
# passes over 1,077 images and compare.

# %%
small = train[0][:1077], train[1][:1077]
look = validation[0][:360], validation[1][:360]


def quick(model, optimiser, pile, passes):
    """Train for a few passes; the mean loss of each. The plainest loop there is; section 3b.4 makes a better one."""
    history = []
    for epoch in range(passes):
        order, losses = np.random.default_rng([seed, epoch]).permutation(len(pile[0])), []
        for pick in torch.from_numpy(order).split(32):
            loss = cross_entropy(model(pile[0][pick]), pile[1][pick])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        history.append(float(np.mean(losses)))
    return history


# %%
softened = {}
for name, extra in [("scores", []), ("softmax twice", [nn.Softmax(dim=1)])]:
    torch.manual_seed(seed)
    net = nn.Sequential(*build(side, width, 0.0), *extra)
    softened[name] = quick(net, torch.optim.AdamW(net.parameters(), lr=0.005), small, passes=5)
    print(f"{name}: last loss {approx(softened[name][-1])}")
floor = math.log(math.e + 9) - 1
assert softened["scores"][-1] < 0.3 < floor < softened["softmax twice"][-1] < 2.1
print(f"the floor for softmax twice is {floor:.3f}")

# %% [markdown]
# *Symptom:* the loss falls slowly and sticks far above zero, while the accuracy looks merely a little poor. Nobody suspects the
# model.

# %% [markdown]
# ### Exercise 3b.2 · The floor ●○○ 5 min
#
# For $K$ classes, what is the lowest possible cross-entropy when a softmax is applied to probabilities once more?
#
# <details><summary>Hint 1</summary>The best the first softmax can do is 1 for the right class and 0 for the K − 1 others. Put that vector through a softmax.</details>
# <details><summary>Hint 2</summary>The right class gets e / (e + K − 1). The loss is minus its natural logarithm.</details>


# %% tags=["exercise-3b.2"]
def lowest_loss(K):
    """Smallest cross-entropy (nats) over K classes when the scores are themselves probabilities."""
    ### BEGIN SOLUTION
    return math.log(math.e + K - 1) - 1
    ### END SOLUTION


# %% tags=["check-3b.2"]
with check("3b.2", lowest_loss) as c:
    for K in (10, 2, 1000):
        slips = {
            "that is guessing: ln K. Here the right class is certain before it is softened": math.log(K),
            "that would be the floor without the second softmax": 0.0,
            "that counts K others; the right class is one of the K": math.log(math.e + K) - 1,
            "that is the probability of the right class; the loss is minus its logarithm": math.e
            / (math.e + K - 1),
            "the sign: a loss is minus a logarithm": 1 - math.log(math.e + K - 1),
        }
        c.close(lowest_loss(K), -math.log(math.e / (math.e + K - 1)), what=f"K = {K}", slips=slips)

# %% [markdown]
# ## 3b.3 Step three: the start
#
# Training begins somewhere: the *initialisation* (初始化). The tempting choice is zero. The usual one is random, but **how large?**
# A stack of ten hidden layers shows it best. Each unit sums 64 inputs with weights of spread $s/\sqrt{64}$. He et al. (2015)
# computed that with ReLU the signal keeps its size for $s = \sqrt 2$. Predict what $s = 0.1$ and $s = 3$ do in ten layers.


# %%
def deep_net(s):
    """Ten hidden layers of 64; weights N(0, s² / inputs), biases 0."""
    torch.manual_seed(seed)
    sizes = [side * side, *[64] * 10, 10]
    layers: list = [nn.Flatten()]
    for n, m in zip(sizes[:-1], sizes[1:], strict=True):
        layers += [nn.Linear(n, m), nn.ReLU()]
        nn.init.normal_(layers[-2].weight, 0, s / math.sqrt(n))
        nn.init.zeros_(layers[-2].bias)
    return nn.Sequential(*layers[:-1])


@torch.no_grad()
def signal_sizes(s):
    """Root mean square of the outputs of each hidden layer."""
    signal, sizes = small[0][:256], []
    for layer in deep_net(s):
        signal = layer(signal)
        if isinstance(layer, nn.ReLU):
            sizes.append(float(signal.square().mean().sqrt()))
    return np.array(sizes)


# %%
starts = {"zero": 0.0, "too small, s = 0.1": 0.1, "He, s = √2": math.sqrt(2), "too large, s = 3": 3.0}
signals = {name: signal_sizes(s) for name, s in starts.items()}
drawn = {name: (np.arange(1, 11), sizes) for name, sizes in signals.items() if name != "zero"}
ax = plot.lines(
    drawn,
    marker="o",
    title="Only He's start carries the signal through ten layers",
    xlabel="hidden layer",
    ylabel="size of the signal",
)
ax.set(yscale="log", xticks=range(1, 11))
plt.show()
growth = {name: sizes[-1] / sizes[0] for name, sizes in signals.items() if name != "zero"}
assert not signals["zero"].any()
assert growth["too small, s = 0.1"] < 1e-8
assert 0.05 < growth["He, s = √2"] < 20 < growth["too large, s = 3"]

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
    history = quick(net, torch.optim.SGD(net.parameters(), lr=0.05), small, passes=5)
    trained[name] = (history[-1], net)
    number = math.isfinite(history[-1])
    print(f"{name}: last loss {approx(history[-1])}" if number else f"{name}: the loss is no number any more")
if (seed, dataset) == (0, "digits"):
    assert all(abs(trained[name][0] - math.log(10)) < 0.02 for name in ("zero", "too small, s = 0.1"))
    assert trained["He, s = √2"][0] < 1.2
    assert not trained["too large, s = 3"][0] < 2

# %% [markdown]
# *Symptoms.* Zero and too small: the loss stands still at $\ln 10$. Too large: it explodes to `nan` in the first steps. And what exactly
# happened to the zeros? Look inside.

# %%
hidden_zero = [layer for layer in trained["zero"][1] if isinstance(layer, nn.Linear)][:-1]
still_zero = all(not layer.weight.any() and not layer.bias.any() for layer in hidden_zero)
he_biases_began_at_zero = all(
    not layer.bias.any() for layer in deep_net(math.sqrt(2)) if isinstance(layer, nn.Linear)
)
claim(
    "§3.2",
    "The weights and biases are initialised at random.",
    "imprecise",
    evidence=still_zero and he_biases_began_at_zero and growth["too small, s = 0.1"] < 1e-8,
    right="Weights must differ at random, or (all zero) the hidden ones never move at all; biases usually start at 0; "
    "and the scale decides: He's keeps the signal's size, others lose or explode it.",
)

# %% [markdown]
# ## 3b.4 Step four: train
#
# Now the loop deserves better parts. First part: one *epoch* (轮), a pass over all images in random order. We let seed and epoch
# number **alone** decide the order. That looks like a detail; soon it will save a run.


# %%
def shuffled(n, batch, seed, epoch):
    """0 … n-1 in an order that seed and epoch alone decide, in batches."""
    return torch.from_numpy(np.random.default_rng([seed, epoch]).permutation(n)).split(batch)


def one_epoch(model, optimiser, pile, batch, seed, epoch, clip=None):
    """Train on every image once; the mean loss over the images."""
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
# Second part: look at validation, with `eval()` so that layers such as dropout rest, and without gradients.


# %%
@torch.no_grad()
def evaluate(model, pile, batch):
    """Mean loss and accuracy on a pile."""
    model.eval()
    losses = hits = 0.0
    for x, y in zip(pile[0].split(batch), pile[1].split(batch), strict=True):
        scores = model(x)
        losses += len(x) * float(cross_entropy(scores, y))
        hits += len(x) * float((scores.argmax(dim=-1) == y).float().mean())
    return losses / len(pile[0]), hits / len(pile[0])


# %% [markdown]
# **Which learning rate?** Do not guess: *range test*. Start a fresh model with a tiny rate, raise it a little after each batch, and
# draw the loss over the rate. Where it falls steeply, learning is fast; just before it turns up is too far. Smith (2015) chooses
# within the falling stretch.

# %%
torch.manual_seed(seed)
probe = build(side, width, 0.0)
adam = torch.optim.AdamW(probe.parameters())
rates, seen = np.geomspace(1e-5, 1.0, 68), []
picks = [pick for epoch in range(2) for pick in shuffled(1077, 32, seed, epoch)]
for rate, pick in zip(rates, picks, strict=True):
    adam.param_groups[0]["lr"] = rate
    loss = cross_entropy(probe(small[0][pick]), small[1][pick])
    adam.zero_grad()
    loss.backward()
    adam.step()
    seen.append(loss.item())
smooth = np.convolve(seen, np.ones(5) / 5, mode="valid")
best = rates[4:][smooth.argmin()]
assert 0.005 < best < 1
assert smooth[-1] > 2 * smooth.min()

# %%
ax = plot.lines(
    {"loss, mean of 5 batches": (rates[4:], smooth)},
    title="Too timid on the left, thrown off on the right",
    xlabel="learning rate, raised after each batch",
    ylabel="cross-entropy (nats)",
)
ax.axvspan(0.003, 0.03, alpha=0.15, color="C2")
ax.text(0.0095, 0.1, "steep fall:\nchoose here", ha="center", va="bottom", fontsize=9)
ax.set(xscale="log", ylim=(0, 4))
plt.show()

# %% [markdown]
# **Which batch size?** The *batch size* (批量大小) trades noise for speed. Predict: with the same five passes over the same images, do
# batches of 4 or of 256 learn more? And which is faster?

# %%
from utils.device import timer

sizes, learnt, seconds = [4, 16, 64, 256], [], []
for size in sizes:
    torch.manual_seed(seed)
    net = build(side, width, 0.0)
    sgd = torch.optim.SGD(net.parameters(), lr=0.1)
    with timer() as passed:
        for epoch in range(5):
            one_epoch(net, sgd, small, size, seed, epoch)
    seconds.append(passed())
    learnt.append(evaluate(net, look, 360)[1])
    print(f"batches of {size}: {5 * math.ceil(1077 / size)} steps, accuracy {approx(learnt[-1])}")
assert learnt[0] > learnt[-1] + 0.1

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 2.8))
for ax, values, title, label in [
    (axes[0], learnt, "Small batches learn more in five passes …", "validation accuracy"),
    (axes[1], seconds, "… and take longer", "seconds on this machine"),
]:
    ax.plot(sizes, values, "o-")
    ax.set(xscale="log", title=title, xlabel="images in a batch", ylabel=label, ylim=(0, None))
    ax.set_xticks(sizes, sizes)
    ax.minorticks_off()
plt.show()

# %% [markdown]
# Small batches take more steps; each is noisier and uses the processor worse. A large batch can afford a larger rate, within limits.
#
# **When a gradient explodes.** One broken example can throw all weights away. *Gradient clipping* (梯度裁剪) limits the step: if the
# gradients of all weights *together* are longer than a limit, they are scaled back to it. The direction stays.

# %% [markdown]
# ### Exercise 3b.3 · Clip ●●○ 10 min
#
# Write it. Leave the arrays that came in unchanged.
#
# <details><summary>Hint 1</summary>One length for all arrays together: the square root of the sum of all squares of all arrays.</details>
# <details><summary>Hint 2</summary>factor = min(1, limit / length), and every array times that factor. If all gradients are zero, do not divide.</details>


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
    first, second = np.array([[3.0, 0.0, -6.0]]), np.array([2.0, 0.5])
    length = np.sqrt((first**2).sum() + (second**2).sum())
    for limit in (1.0, 2.5, 100.0):
        alone = first * min(1, limit / np.sqrt((first**2).sum()))
        slips = {
            "each array was clipped alone; their common length counts": alone,
            "single numbers were clipped, which turns the direction": np.clip(first, -limit, limit),
            "gradients already short enough stay as they are": first * limit / length,
            "the length is the root of the sum of squares": first * min(1, limit / length**2),
        }
        given, hint = (first.copy(), second.copy()), "factor = min(1, limit / common length)"
        twins = [torch.zeros(g.shape, dtype=torch.double, requires_grad=True) for g in given]
        for tensor, g in zip(twins, given, strict=True):
            tensor.grad = torch.tensor(g)
        torch.nn.utils.clip_grad_norm_(twins, limit)
        got = clip_together(list(given), limit)
        c.true(isinstance(got, (list, tuple)) and len(got) == 2, "return a list of two arrays for two arrays")
        for n, own in enumerate((slips, {})):
            c.close(got[n], twins[n].grad, rtol=1e-5, what=f"[{n}], limit {limit:g}", slips=own, hint=hint)
        c.true(np.array_equal(given[0], first), "the arrays that came in were changed; make new ones")
    c.close(clip_together([np.zeros(3)], 1.0)[0], np.zeros(3), what="gradients of zero")

# %% [markdown]
# **What neglect costs.** A new scanner sends five slips with grey values from 0 to 255 instead of 0 to 1. Five of 1,077: predict what
# they do to training with momentum, without and with a limit of 1.

# %%
mixed = small[0].clone()
mixed[:5] *= 255
survived = {}
for name, limit in [("no limit", None), ("limit 1", 1.0)]:
    torch.manual_seed(seed)
    net = build(side, width, 0.0)
    sgd = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    for epoch in range(6):
        one_epoch(net, sgd, (mixed, small[1]), 32, seed, epoch, clip=limit)
    survived[name] = evaluate(net, look, 360)[1]
    print(f"{name}: accuracy {approx(survived[name])}")
assert survived["limit 1"] > max(0.85, survived["no limit"] + 0.1)

# %% [markdown]
# *Symptom:* a loss that suddenly jumps, and then stays at guessing or turns to `nan`. Clipping is the seat belt; finding the five slips is
# the cure.
#
# **A run that survives.** Large models train for weeks, and machines fail. A *checkpoint* (检查点) must hold everything that training
# changes: the weights, the optimiser's averages, the state of the random generator, the history. Not less.


# %%
from safetensors import safe_open
from safetensors.torch import save_file


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
# Now the whole. It trains, looks at validation, remembers the best weights, stops early if asked, and writes a checkpoint after each
# epoch. *Early stopping* (早停) means: when the validation loss has not fallen for `patience` epochs, stop and go back to the best.


# %%
def train_model(model, optimiser, pile, look, *, epochs, batch, seed, clip=None, patience=None, file=None):
    """The history {"loss", "val_loss", "val_score"}; goes on from the checkpoint `file` if there is one."""
    torch.manual_seed(seed)
    history, best = {"loss": [], "val_loss": [], "val_score": []}, None
    if file and Path(file).exists():
        history = load_run(file, model, optimiser)
    for epoch in range(len(history["loss"]), epochs):
        history["loss"].append(one_epoch(model, optimiser, pile, batch, seed, epoch, clip))
        val_loss, val_score = evaluate(model, look, batch)
        history["val_loss"].append(val_loss)
        history["val_score"].append(val_score)
        if val_loss == min(history["val_loss"]):
            best = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        if file:
            save_run(file, model, optimiser, history)
        if patience and epoch - np.argmin(history["val_loss"]) >= patience:
            break
    if patience and best:
        model.load_state_dict(best)
    return history


# %% [markdown]
# Our referee: the course's package has the same loop, `utils.models.train.fit`, with conveniences around it: a progress bar, a schedule for the
# rate, changed copies of images, mixed precision, best weights inside the checkpoint. Same seed, same start: the two must agree in every bit.

# %%
from utils.models.train import fit


def fresh(dropout=0.2):
    """A new model, always the same one, and its optimiser."""
    torch.manual_seed(seed)
    net = build(side, width, dropout)
    return net, torch.optim.AdamW(net.parameters(), lr=0.005)


def same(one, other):
    """Whether two models have equal weights, to the last bit."""
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


ours, ours_adam = fresh()
theirs, theirs_adam = fresh()
our_history = train_model(ours, ours_adam, small, look, epochs=4, batch=32, seed=seed, clip=1.0)
options = {"epochs": 4, "batch": 32, "seed": seed, "clip": 1.0, "progress": False}
their_history = fit(theirs, small, look, optimiser=theirs_adam, **options)
assert our_history == their_history
assert same(ours, theirs)
print("4 epochs: all losses, scores and weights equal utils.models.train.fit, to the last bit")

# %% [markdown]
# Now interrupt: two epochs, a checkpoint, and a new model that goes on. Then the same with a checkpoint that kept only the weights, as
# many tutorials do. Predict which ends like the run without a break.

# %%
workshop = tempfile.TemporaryDirectory()
folder = Path(workshop.name)
for name in ("everything", "weights only"):
    file = folder / f"{name}.safetensors"
    half, half_adam = fresh()
    train_model(half, half_adam, small, look, epochs=2, batch=32, seed=seed, clip=1.0, file=file)
    rest, rest_adam = fresh()
    if name == "weights only":
        history = load_run(file, rest, torch.optim.AdamW(half.parameters()))
        save_run(file, rest, rest_adam, history)
        torch.manual_seed(seed)
    train_model(rest, rest_adam, small, look, epochs=4, batch=32, seed=seed, clip=1.0, file=file)
    print(f"{name}: {'equal to the last bit' if same(rest, ours) else 'another model'}")
    assert same(rest, ours) == (name == "everything")

# %% [markdown]
# **The hard test.** Not a polite stop: a separate program trains, and in the middle of an epoch the operating system kills it with SIGKILL,
# which no program can catch. Here is the program. It runs until a certain step, tells us, and waits for its end.

# %%
training = """
def main(checkpoint, wait_at=None):
    digits, steps = data.digits(), 0
    x = torch.tensor(digits.x_train, dtype=torch.float32).reshape(-1, 1, 8, 8)

    def loss(scores, labels):
        nonlocal steps
        steps += 1
        if steps == wait_at:
            print("in the middle of epoch 4", flush=True)
            sys.stdin.read()
        return nn.functional.cross_entropy(scores, labels)

    torch.manual_seed(0)
    model = build(8, 16, 0.2)
    adam = torch.optim.AdamW(model.parameters(), lr=0.005)
    known, options = (x, torch.tensor(digits.y_train)), {"epochs": 6, "batch": 32, "progress": False}
    fit(model, known, optimiser=adam, loss=loss, checkpoint=checkpoint, **options)
    return model

if __name__ == "__main__":
    main("killed.safetensors", wait_at=157)
"""

# %% [markdown]
# An epoch has 45 batches, so step 157 lies in the middle of the fourth. Kill it there, resume here, and compare with a run that nobody
# disturbed.

# %%
imports = (
    "import sys, torch\nfrom torch import nn\nfrom utils import data\nfrom utils.models.train import fit\n\n"
)
program = folder / "train_digits.py"
program.write_text(imports + inspect.getsource(build) + training)
pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
with subprocess.Popen([sys.executable, program.name], cwd=folder, **pipes) as child:
    print("child:", child.stdout.readline().strip())
    child.kill()
assert child.returncode not in (0, None)
main = runpy.run_path(str(program))["main"]
resumed = main(folder / "killed.safetensors")
uninterrupted = main(folder / "whole.safetensors")
assert same(resumed, uninterrupted)
print("killed and resumed: every weight equals the uninterrupted run, bit for bit")

# %% [markdown]
# The child died in its fourth epoch. The checkpoint of the third was whole, and the resumed run did the fourth again: with the same order,
# the same dropout, the same averages.
#
# While a run lives, one wants to watch. `fit` shows a bar, and calls us after each epoch, so we can draw. The curve grows under your eyes.

# %% tags=["nbval-ignore-output"]
# output not compared: the curve and the bar are alive
from IPython.display import display

figure, ax = plt.subplots()
screen = display(figure, display_id=True)


def redraw(history):
    ax.clear()
    curves = {"training": history["loss"], "validation": history["val_loss"]}
    title = "Both losses fall; when validation stops falling, so do we"
    plot.lines(curves, x=range(1, len(history["loss"]) + 1), title=title, ax=ax)
    ax.set(xlabel="epoch", ylabel="cross-entropy (nats)", yscale="log")
    ax.xaxis.get_major_locator().set_params(integer=True)
    screen.update(figure)


candidate, adam = fresh(dropout=0.5)
options = {"epochs": 25, "batch": 32, "seed": seed, "patience": 6, "on_epoch": redraw}
watched = fit(candidate, small, look, optimiser=adam, **options)
plt.close(figure)

# %% [markdown]
# ### Exercise 3b.4 · When to stop ●●○ 15 min
#
# `losses` are the validation losses of all epochs that could be run. Training ends after `patience` epochs in a row without a *new lowest*
# loss (an equal one is not lower). Return two numbers, counted from 1: the epochs run, and the epoch whose weights are kept.
#
# <details><summary>Hint 1</summary>Walk through the losses, remember the lowest and its epoch. How many epochs have passed since?</details>
# <details><summary>Hint 2</summary>Stop as soon as epoch − best epoch = patience. If that never happens, training ends after the last epoch.</details>


# %% tags=["exercise-3b.4"]
def early_stop(losses, patience):
    """Epochs run, and the epoch whose weights are kept, both counted from 1: [float], int -> (int, int)."""
    ### BEGIN SOLUTION
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss < losses[best - 1]:
            best = epoch
        if epoch - best == patience:
            return epoch, best
    return len(losses), best
    ### END SOLUTION


# %% tags=["check-3b.4"]
with check("3b.4", early_stop) as c:
    cases = [
        ([5, 4, 3, 3.5, 3.2, 1.0], 2, (5, 3), "epochs 4 and 5 bring nothing new; the 1.0 is never reached"),
        ([5, 4, 3, 3.5, 3.2, 1.0], 3, (6, 6), "two poor epochs are not three: the 1.0 is reached"),
        ([2, 1, 1, 1, 1], 2, (4, 2), "an equal loss is not lower"),
        ([9, 7, 8, 6, 7, 5, 6], 2, (7, 6), "a new lowest loss starts the count again"),
        ([9, 7, 8, 7.5, 7.2, 7.1], 3, (5, 2), "falling again is not enough; it must fall below the lowest"),
        ([4, 3, 2], 5, (3, 3), "patience was never needed"),
        ([1, 2, 3], 1, (2, 1), "the first epoch was the best"),
    ]
    for losses, patience, wanted, hint in cases:
        got = early_stop(list(losses), patience)
        c.close(got, wanted, what=f"(run, kept) for losses {losses}, patience {patience}", hint=hint)

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
assert counts.sum() == 360
assert np.array_equal(counts.sum(axis=1), np.bincount(look[1], minlength=10))
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
# Then **look at the errors**. The ten images with the largest losses say more than any average: are they unreadable, mislabelled, or ours
# to learn?

# %%
hardest = cross_entropy(scores, look[1], reduction="none").argsort(descending=True)[:10]
labels = [f"{look[1][i]}" if said[i] == look[1][i] else f"{look[1][i]} read as {said[i]}" for i in hardest]
figure = plot.images(
    look[0][hardest, 0], labels, columns=5, size=1.5, title="The ten hardest: would you have known?"
)

# %% [markdown]
# **How sure is an accuracy?** 360 images are a sample. Wilson's *confidence interval* (置信区间) of 1927 holds those true
# accuracies $p$ that would make our count not too surprising, $|\hat p - p| \le z \sqrt{p(1-p)/n}$ with $z = 1.96$. Solved for $p$:
#
# $$\frac{\hat p + \frac{z^2}{2n} \pm z \sqrt{\frac{\hat p (1 - \hat p)}{n} + \frac{z^2}{4 n^2}}}{1 + \frac{z^2}{n}}$$
#
# Predict: 85 of 100 right. How wide is it?


# %%
def wilson(hits, n, z=1.96):
    """Lowest and highest plausible accuracy after `hits` right answers of n, at 95 %."""
    p = hits / n
    half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (p + z**2 / (2 * n) - half) / (1 + z**2 / n), (p + z**2 / (2 * n) + half) / (1 + z**2 / n)


from scipy.stats import binomtest

for hits, n in [(85, 100), (97, 100), (100, 100), (9700, 10_000)]:
    low, high = wilson(hits, n)
    referee = binomtest(hits, n).proportion_ci(method="wilson")
    assert max(abs(low - referee.low), abs(high - referee.high)) < 1e-5
    print(f"{hits} of {n}: {low:.3f} to {high:.3f}")

# %% [markdown]
# 85 of 100 may mean 77 % or 91 %. And 100 of 100 is *not* certainty. So print the interval beside every accuracy, and do not celebrate a
# difference that is smaller than it.
#
# **What neglect costs.** Two classics. Marking one's own homework: accuracy on the *training* images. And forgetting `eval()`: dropout
# goes on silencing units at random while we measure. Predict for both: too high or too low?

# %%
low, high = wilson(int((said == look[1]).sum()), 360)
print(f"validation: {approx(float((said == look[1]).float().mean()))} (from {approx(low)} to {approx(high)})")
print("training images:", approx(evaluate(candidate, small, 360)[1]))
candidate.train()
torch.manual_seed(seed)
with torch.no_grad():
    first, second = candidate(look[0]), candidate(look[0])
candidate.eval()
forgotten, right = (float(cross_entropy(s, look[1])) for s in (first, scores))
print(f"loss with eval() {approx(right, 2)}, forgotten {approx(forgotten, 2)}")
print("asked twice, the same answers:", torch.equal(first, second))
assert evaluate(candidate, small, 360)[1] > 0.98
assert forgotten > right

# %% [markdown]
# *Symptom* of the forgotten `eval()`: the same image gets different scores each time, and results are a little worse than in training.
#
# ## 3b.6 Step six: improve
#
# The shop buys hand-held scanners, and slips arrive tilted, moved, larger or smaller. *Data augmentation* (数据增强) makes such copies while
# training. It helps when the change keeps the meaning. A tilted 3 is a 3. A mirrored one is nothing.


# %%
def tilt(images, turn=0.4, size=0.2, move=0.25):
    """Each image turned (radians), scaled and moved at random, at most so much."""
    a, s, dx, dy = torch.rand(4, len(images), device=images.device) * 2 - 1
    angle, scale = turn * a, 1 + size * s
    across = torch.stack([scale * angle.cos(), -scale * angle.sin(), move * dx], dim=1)
    down = torch.stack([scale * angle.sin(), scale * angle.cos(), move * dy], dim=1)
    grid = nn.functional.affine_grid(torch.stack([across, down], dim=1), images.shape, align_corners=False)
    return nn.functional.grid_sample(images, grid, align_corners=False)


def mirror(images):
    """Half of the images flipped left to right, and half upside down."""
    across, down = torch.rand(2, len(images), 1, 1, 1, device=images.device) < 0.5
    images = torch.where(across, images.flip(3), images)
    return torch.where(down, images.flip(2), images)


# %%
torch.manual_seed(seed)
shown = small[0][:10]
assert torch.allclose(tilt(shown, 0, 0, 0), shown, atol=1e-5)
copies = torch.cat([shown, tilt(shown), mirror(shown)])
title = "As written; tilted: still the same digit; mirrored: often none"
figure = plot.images(copies[:, 0], title=title)

# %% [markdown]
# Five recipes, each trained for fifteen epochs, each asked on straight and on tilted *validation* slips. *Dropout* (随机失活) silences half of
# the last layer's inputs at random; *weight decay* (权重衰减) shrinks every weight a little at each step. Predict the winner of each column.

# %%
recipes = {
    "plain": (0.0, 0.0, None),
    "dropout 0.5": (0.5, 0.0, None),
    "weight decay 0.1": (0.0, 0.1, None),
    "tilted copies": (0.0, 0.0, tilt),
    "mirrored copies": (0.0, 0.0, mirror),
}


def warm(done):
    """Factor on the learning rate: a short rise, then down to 0 along half a cosine."""
    return min(1.0, 10 * done + 0.05) * (1 + math.cos(math.pi * done)) / 2


# %%
tilted, results = (tilt(look[0]), look[1]), {}
for name, (dropout, decay, augment) in recipes.items():
    net, _ = fresh(dropout)
    adam = torch.optim.AdamW(net.parameters(), lr=0.005, weight_decay=decay)
    options = {"epochs": 15, "batch": 32, "seed": seed, "progress": False}
    fit(net, small, optimiser=adam, schedule=warm, augment=augment, **options)
    results[name] = evaluate(net, look, 360)[1], evaluate(net, tilted, 360)[1]
    print(f"{name}: straight {approx(results[name][0])}, tilted {approx(results[name][1])}")

# %%
plain, tilting, mirroring = (results[name] for name in ("plain", "tilted copies", "mirrored copies"))
if (seed, dataset) == (0, "digits"):
    assert tilting[1] > plain[1] + 0.1
    assert all(abs(results[name][0] - plain[0]) < 0.04 for name in ("dropout 0.5", "weight decay 0.1"))
    assert plain[0] > 0.95
figure, ax = plt.subplots(figsize=(7, 3))
for column, (label, marker) in enumerate([("straight slips", "o"), ("tilted slips", "s")]):
    accuracy = np.array([pair[column] for pair in results.values()])
    bounds = np.array([wilson(round(a * 360), 360) for a in accuracy]).T
    ax.errorbar(accuracy, range(5), xerr=np.abs(bounds - accuracy), fmt=marker, capsize=3, label=label)
ax.set(
    title="Tilted copies help where slips are tilted; mirrors hurt",
    xlabel="validation accuracy, with Wilson's interval",
)
ax.set_yticks(range(5), results)
ax.invert_yaxis()
ax.legend(loc="upper center", bbox_to_anchor=(0.7, 1.0))
plt.show()

# %% [markdown]
# Dropout and weight decay: their intervals overlap with plain, so on 360 images we *cannot tell*, and say so. Tilted copies gain far more
# than the interval on tilted slips, and what they may cost on straight ones lies within it. Mirrors cost on both: they teach confusion. A remedy fits a problem or it
# does not.

# %%
w, gradient, decay = 2.0, 1.0, 0.5
ends = {}
for name, optimiser in [("L2 in Adam", torch.optim.Adam), ("AdamW", torch.optim.AdamW)]:
    weight = torch.tensor([w], dtype=torch.double, requires_grad=True)
    weight.grad = torch.tensor([gradient], dtype=torch.double)
    optimiser([weight], lr=0.1, weight_decay=decay).step()
    ends[name] = round(weight.item(), 6)
print(ends)
claim(
    "§9.2",
    "Augmentation, L1 or L2, dropout and early stopping avoid overfitting.",
    "no guarantee",
    evidence=mirroring[0] < plain[0] and ends == {"L2 in Adam": 1.9, "AdamW": 1.8},
    right="Each helps where it fits: copies must keep the label's meaning (mirrors lowered the accuracy), and with Adam "
    "an L2 penalty is not weight decay: one step from the same start ends elsewhere. Lesson 9b measures them all.",
)

# %% [markdown]
# **Half the bits.** GPUs multiply 16-bit numbers several times faster. `fit` uses them for products where the device has them (*mixed precision*,
# 混合精度), and keeps the weights in 32 bits. Two lines show why it must.

# %%
print("1 + 1/256 in bfloat16:", torch.tensor(1 + 1 / 256).bfloat16().item())
print("0.00000001 in float16:", torch.tensor(1e-8).half().item())

# %% [markdown]
# A small step would be lost, and a small gradient would vanish. So steps are added in 32 bits, and float16 gradients are scaled up on the way.
#
# **The final training.** Validation has decided: tilted copies, a little dropout, a rate that warms up and fades.

# %%
from utils.device import choose_device

torch.manual_seed(seed)
final = build(side, width, dropout=0.2).to(choose_device().device)
adam = torch.optim.AdamW(final.parameters(), lr=lr)
options = {"epochs": epochs, "batch": 32, "schedule": warm, "augment": tilt, "progress": dataset == "mnist"}
history = fit(final, train, validation, optimiser=adam, seed=seed, **options)
final.cpu()
metric("val_accuracy", history["val_score"][-1])
metric("train_loss", history["loss"][-1])
if DEFAULT:
    assert history["val_score"][-1] > 0.96

# %% [markdown]
# No more choices. **Open the envelope.**

# %%
test_x, test_y = exam.open()
with torch.no_grad():
    hits = int((final(test_x).argmax(dim=1) == test_y).sum())
test_accuracy = hits / len(test_y)
metric("test_accuracy", test_accuracy)
low, high = wilson(hits, len(test_y))
print(f"95 % interval: from {approx(low)} to {approx(high)}; the envelope was opened {exam.opened} time")
if DEFAULT:
    assert test_accuracy >= 0.97

# %% [markdown]
# **What neglect costs.** Why only once? Suppose we had tried 200 readers that are all *equally* good, 95 % each, and picked the best on the test set.
# Predict its score there, and on fresh slips.

# %%
readers = rng.random((200, 360)) < 0.95
winner = readers.mean(axis=1).max()
fresh_slips = (rng.random(100_000) < 0.95).mean()
print("best of 200 on the test set:", approx(winner))
print("the same reader on fresh slips:", approx(fresh_slips))
assert winner > 0.97
assert abs(fresh_slips - 0.95) < 0.005

# %% [markdown]
# The winner won by luck, and luck does not move to new slips. Whatever one *chooses* by is no longer a test.

# %% [markdown]
# ### Exercise 3b.5 · How many labels to buy? ●●● 25 min
#
# A customer wants proof that we read better than `promise`. Our reader is right in a share `accuracy` of slips; checking one costs `price` €.
# Return the smallest number n of checked slips for which Wilson's lower bound, with `accuracy * n` hits (not rounded), exceeds `promise`; or
# `None` if they cost more than `budget`, or no n is enough.
#
# <details><summary>Hint 1</summary>The lower bound rises with n. Count up from 1 until `wilson(accuracy * n, n)[0]` exceeds the promise.</details>
# <details><summary>Hint 2</summary>Loop while n * price ≤ budget, and return the first n that passes; after the loop, None.</details>


# %% tags=["exercise-3b.5"]
def labels_to_buy(accuracy, promise, price, budget):
    """Smallest number of checked slips that proves `promise`, or None when the budget cannot pay it."""
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
    for accuracy, promise in [(0.99, 0.97), (0.985, 0.97), (0.9, 0.8), (0.999, 0.99)]:
        # the bound is reached where accuracy lies 1.96 standard deviations, taken at the promise, above it
        exact = 1.96**2 * promise * (1 - promise) / (accuracy - promise) ** 2
        naive = 1.96**2 * accuracy * (1 - accuracy) / (accuracy - promise) ** 2
        wanted, what = math.floor(exact) + 1, f"accuracy {accuracy}, promise {promise}, money for 5,000"
        slips = {
            "that takes the simple interval p ± 1.96·√(p(1-p)/n); near 1 it is too narrow": math.floor(naive)
            + 1,
            "that is one too few: the bound must exceed the promise": wanted - 1,
            "that is the cost; the number of slips was asked": wanted * 0.2,
            "that spends the whole budget; look for the smallest n": 5000,
        }
        c.close(labels_to_buy(accuracy, promise, 0.2, 1000), wanted, what=what, slips=slips)
        hint = f"{wanted} slips at 0.25 € cost {wanted / 4:g} €"
        c.close(
            labels_to_buy(accuracy, promise, 0.25, wanted / 4),
            wanted,
            what="money for exactly enough",
            hint=hint,
        )
        short = labels_to_buy(accuracy, promise, 0.25, wanted / 4 - 0.25)
        c.true(short is None, f"the money is one slip short, expected None, got {short}", hint)
    never = labels_to_buy(0.95, 0.97, 0.2, 200)
    c.true(never is None, f"accuracy below the promise: expected None, got {never}")

# %% [markdown]
# ## 3b.7 Step seven: deploy
#
# To *deploy* (部署) is to hand the model to a program that has never seen this notebook. Two ways. First: **weights and a recipe**. The
# weights go into a safetensors file, which holds numbers and names and nothing that runs; what is needed to build the model, and to prepare an
# image, goes into a small readable file.

# %%
from torch.export import Dim, export

config = {"side": side, "width": width, "dropout": 0.2, "divide_by": white, "labels": list(range(10))}
(folder / "config.json").write_text(json.dumps(config))
save_file(final.state_dict(), folder / "reader.safetensors")

exported = export(final, (test_x[:2],), dynamic_shapes=({0: Dim("batch")},))
torch.export.save(exported, folder / "reader.pt2")
for node in exported.graph.nodes:
    if node.op == "call_function":
        print(node.target.__name__, [value for value in node.args if not isinstance(value, torch.fx.Node)])

# %% [markdown]
# The second way, `torch.export`, writes the **computation itself**: a list of operations, as printed, with weights and no Python class. `Dim("batch")`
# leaves the number of images open. Find dropout: it was exported in `eval()` mode, so its `training` is stored as False, for good.
#
# Now a fresh process that knows only the folder. It must give *equal* scores in both ways.

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
    answers = {"built": model(images), "exported": torch.export.load("reader.pt2").module()(images)}
save_file({name: scores.clone() for name, scores in answers.items()}, "answered.safetensors")
"""
)
from safetensors.torch import load_file

save_file({"images": test_x[:100] * white}, folder / "asked.safetensors")
subprocess.run([sys.executable, program.name], cwd=folder, check=True, capture_output=True)
answered = load_file(folder / "answered.safetensors")
with torch.no_grad():
    wanted = final(test_x[:100])
for name, scores in answered.items():
    assert torch.allclose(scores, wanted, rtol=0, atol=1e-5)
    print(f"{name}: 100 images, the same scores in a fresh process")

# %% [markdown]
# **What neglect costs.** The old habit is `torch.save(model)`, which is a *pickle*: a small program that runs when somebody opens it. Predict what
# happens when we load a "model" from a stranger.


# %%
class Gift:
    """What a stranger may send: pickle asks an object how to make it again, and it answers with any call."""

    def __reduce__(self):
        return print, ("this line was printed by the file; it could have been anything",)


torch.save(Gift(), folder / "gift.pt")
torch.load(folder / "gift.pt", weights_only=False)
try:
    torch.load(folder / "gift.pt", weights_only=True)
    refused = False
except Exception as error:
    refused = "weights_only" in str(error).lower()
assert refused
print("weights_only=True refuses the file")

# %% [markdown]
# *Symptom:* none. That is the danger. Exchange safetensors, and never open a pickle that you did not write.
#
# ## 3b.8 What the article says
#
# Its seven steps put dropout *after* the evaluation, and end on validation.

# %%
final.train()
twice = [final(test_x[:50]).detach() for _ in range(2)]
final.eval()
acts_in_training = not torch.equal(*twice)
rests_in_evaluation = torch.equal(final(test_x[:50]), final(test_x[:50]))
claim(
    "§3.2",
    "Regularisation and dropout come after the evaluation; three piles of data are not asked for.",
    "wrong order",
    evidence=acts_in_training and rests_in_evaluation and disjoint and exam.opened >= 1,
    right="Dropout belongs to the model and acts while training; one chooses on validation and reports a test set, which shares "
    "nothing with the others, once. For large models pre-training, fine-tuning and alignment are steps of their own.",
)

# %% [markdown]
# ## Recap
#
# 1. Three piles that share nothing, split by what will be new; a score too good to be true is a leak.
# 2. Test the model before the data: loss ln 10 at first, twenty images by heart, no second softmax, a start that keeps the signal.
# 3. Measure rate and batch; clip; keep *everything* in the checkpoint, and a killed run ends as if nothing had happened.
# 4. An accuracy has an interval; choose on validation with it, and open the test set once.
# 5. Ship numbers and a recipe, never a pickle.
#
# **Next:** the same model answers real requests, in [lesson 3c](03c_inference.ipynb). [Back to the map](00_start_here.ipynb)
#
# ## Sources
#
# - K. He, X. Zhang, S. Ren, J. Sun (2015), *Delving deep into rectifiers*, [arXiv:1502.01852](https://arxiv.org/abs/1502.01852)
# - L. Smith (2015), *Cyclical learning rates for training neural networks*, [arXiv:1506.01186](https://arxiv.org/abs/1506.01186)
# - N. Srivastava et al. (2014), *Dropout: a simple way to prevent neural networks from overfitting*, Journal of Machine Learning Research 15
# - L. Prechelt (1998), *Early stopping: but when?*, in Neural Networks: Tricks of the Trade
# - I. Loshchilov, F. Hutter (2019), *Decoupled weight decay regularization*, [arXiv:1711.05101](https://arxiv.org/abs/1711.05101)
# - E. Wilson (1927), *Probable inference, the law of succession, and statistical inference*, Journal of the American Statistical Association 22
# - Safetensors and `torch.export`: [huggingface.co/docs/safetensors](https://huggingface.co/docs/safetensors), [docs.pytorch.org](https://docs.pytorch.org/docs/stable/export.html)
# - Y. LeCun, C. Cortes, C. Burges (1998), *The MNIST database of handwritten digits*; E. Alpaydin, C. Kaynak (1998), *Optical recognition of handwritten digits*, UCI
