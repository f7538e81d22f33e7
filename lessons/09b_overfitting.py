# %% [markdown]
# # 9b · Overfitting
#
# Put every remedy against overfitting into one fair race, on careless labels and on careful ones, and keep the negative results.
#
# 70 min to read · under 60 CPU-seconds · under 1,200 MB · GPU: not needed
#
# **You will be able to**
# - race fourteen remedies fairly: same data, same starts, as many tries for each, judged in pairs;
# - say when augmentation, L1, L2, dropout and early stopping help, and when they do not;
# - separate bias from variance by repetition, and read a learning curve;
# - measure how a validation set wears out, and find five leaks with a function of your own;
# - decide what to try first, and whether to buy labels instead.
#
# *You need:* training from [lesson 3b](03b_training.ipynb), double descent from [lesson 2b](02b_generalisation.ipynb), decay under Adam from [lesson 4a](04a_formulas.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
images: int = 150  # images to learn from, in the race  in [60, 200]
carelessness: float = 0.3  # share of labels that the careless clerk types at random  in [0.1, 0.8]
hidden: int = 64  # hidden units of the network  in [32, 512]
steps: int = 100  # training steps  in [60, 2000]
repeats: int = 5  # repetitions of the race, each with its own images, labels and weights  in [3, 50]

# %%
import math
from functools import partial
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.special import ndtr
from sklearn.linear_model import Lasso, Ridge
from torch import nn
from torch.nn.functional import affine_grid, grid_sample, one_hot

from utils import data, plot, stats
from utils.check import approx, check, claim, metric
from utils.params import check_parameters
from utils.repro import child_seed, numpy_stream, torch_stream

check_parameters("09b_overfitting", globals())
plot.style()
default = (images, carelessness, hidden, steps, repeats) == (150, 0.3, 64, 100, 5)


def show(name, **values):
    """One line: a name, and measured numbers with theirs."""
    print(f"{name:24s}", *(f"{what.replace('_', ' ')} {approx(value)} " for what, value in values.items()))


# %% [markdown]
# ## 9b.1 Copy one, or ask three?
#
# The shop's clerk types digits off slips. One key in five she hits wrongly. A new slip looks exactly like three old ones, typed by her at three times. *Copy* the label of one: right in 80 % of cases. Ask all *three*, and take the majority. Two wrong labels that agree are rare; if they never agree, the vote is right when two or three are, or never:
#
# $$P(\text{vote}) = 0.8^3 + 3\cdot 0.8^2\cdot 0.2 = 0.896$$

# %%
p = 0.8
vote = p**3 + 3 * p**2 * (1 - p)
print("copy one:", p, "  majority of three:", round(vote, 3), "  if all labels are right:", 1.0, "and", 1.0)

# %% [markdown]
# Who copies has learnt the clerk's slips by heart: that is **overfitting** (过拟合). A **remedy** makes copying dearer than agreeing. And mark the last column: where the labels are right, the vote gains *nothing*. Whether a remedy helps is a question about the data. This lesson asks it fourteen times.
#
# ## 9b.2 The racecourse
#
# 1,797 real handwritten digits, cut anew for each of five repetitions: some images to learn from, 200 held out for choosing, 700 for the exam, the rest spare.

# %%
split = data.digits(test=197)
pixels = torch.tensor(np.concatenate([split.x_train, split.x_test]), dtype=torch.float32)  # (1797, 64)
truth = torch.tensor(np.concatenate([split.y_train, split.y_test]))  # (1797,)
HELD, EXAM = 200, 700
order = torch.tensor(
    np.array([numpy_stream(seed, "order", r).permutation(len(truth)) for r in range(repeats)])
)
learn, held, spare, exam = order.split([images, HELD, len(truth) - images - HELD - EXAM, EXAM], dim=1)
print("learn, held out, spare, exam:", *(part.shape[1] for part in (learn, held, spare, exam)))

# %% [markdown]
# Two clerks. The *careful* one types what she sees. The *careless* one types a share of the digits at random, the held-out ones too, as in real life. The exam always asks for the truth.


# %%
def typed(share):
    """Labels of all images in each repetition, (R, 1797), a share of them typed at random."""
    draws = [numpy_stream(seed, "clerk", r) for r in range(repeats)]
    random = torch.tensor(np.array([d.random(len(truth)) < share for d in draws]))
    digits = torch.tensor(np.array([d.integers(10, size=len(truth)) for d in draws]))
    return torch.where(random, digits, truth)


class World(NamedTuple):
    """What a clerk leaves: labels of all images, (R, 1797), and images and labels to learn from."""

    labels: torch.Tensor
    x: torch.Tensor  # (R, n, 64)
    y: torch.Tensor  # (R, n)


# %%
def world_of(share):
    labels = typed(share)
    return World(labels, pixels[learn], labels.gather(1, learn))


worlds = {"careless": world_of(carelessness), "careful": world_of(0.0)}
wrong = (worlds["careless"].y != truth[learn]).float().mean()
show("careless clerk", wrong_labels=wrong)

# %% [markdown]
# The network is 64 pixels → 64 hidden → 10 digits. One such network wastes a processor, so we train *many at once* as one batched product, each with its own images, weights and dials.


# %%
def fresh(width, start=0, count=None):
    """First weights of one network per repetition: (R, 64, width), (R, 1, width), (R, width, 10), (R, 1, 10)."""
    draws = [torch_stream(seed, f"weights {width}", r, start) for r in range(count or repeats)]
    first = [torch.randn(1, 64, width, generator=d) * math.sqrt(2 / 64) for d in draws]
    last = [torch.randn(1, width, 10, generator=d) / math.sqrt(width) for d in draws]
    many = len(draws)
    return [torch.cat(first), torch.zeros(many, 1, width), torch.cat(last), torch.zeros(many, 1, 10)]


def scores(weights, x, mask=1.0):
    """S networks, images (S, n, 64) -> (S, n, 10); mask: what dropout leaves of the hidden units."""
    w, b, v, c = weights
    return torch.baddbmm(c, torch.baddbmm(b, x, w).relu() * mask, v)


# %% [markdown]
# The training loop holds all dials that turn inside it. Each may be a number, or one number per network, $(S, 1, 1)$. Read the two lines in the middle: **L1** and **L2** add to the *slope* and so pass through Adam; **weight decay** (权重衰减) shrinks the weight itself, beside Adam ([lesson 4a](04a_formulas.ipynb)).

# %%
RATE = 0.02


def fit(start, x, targets, *, l1=0.0, l2=0.0, decay=0.0, drop=0.0, pace=1.0, steps=steps, stops=()):
    """x (S, n, 64) or variants of it (A, S, n, 64); targets (S, n, 10) -> {step: weights}, the last step included."""
    weights = [w.clone().requires_grad_() for w in start]
    adam = torch.optim.AdamW(weights, lr=RATE, weight_decay=0.0, fused=True)
    draw, kept = torch_stream(seed, "dropout"), {}
    for step in range(1, steps + 1):
        seen = x if x.dim() == 3 else x[step % len(x)]
        mask = dropout_mask(drop, seen, start, draw)
        loss = -(targets * scores(weights, seen, mask).log_softmax(dim=-1)).sum(dim=-1)  # (S, n)
        adam.zero_grad()
        loss.mean(dim=1).sum().backward()  # each network has its own mean
        with torch.no_grad():
            before = [w.clone() for w in weights[:2]]
            for w in (weights[0], weights[2]):
                w.grad += l1 * w.sign() + l2 * w
                w *= 1 - RATE * decay
            adam.step()
            for w, old in zip(weights, before, strict=False):
                w.copy_(old + pace * (w - old))  # the first layer may be slowed down
        if step in stops or step == steps:
            kept[step] = [w.detach().clone() for w in weights]
    return kept


# %% [markdown]
# **Dropout** (随机失活) silences a random share of the hidden units, anew for each image and step, and makes the others louder by as much.


# %%
def dropout_mask(drop, x, weights, draw):
    """0 for silenced units and 1 / (1 - drop) for others, (S, n, H)."""
    if not torch.is_tensor(drop):
        return 1.0
    shape = (*x.shape[:2], weights[0].shape[2])
    return (torch.rand(shape, generator=draw) >= drop) / (1 - drop)


def onehot(y):
    return one_hot(y, 10).float()  # (…) -> (…, 10)


# %% [markdown]
# Is the batch right? Ten steps of its *second* network must be ten steps of an ordinary PyTorch network, under L2 with `Adam` and under decay with `AdamW`.


# %%
def ordinary(optimiser, strength):
    """The second repetition's network after ten steps of torch's own optimiser: its scores on its images."""
    net = nn.Sequential(nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, 10))
    w, b, v, c = (part[1] for part in fresh(hidden))
    for own, value in zip(net.parameters(), (w.T, b[0], v.T, c[0]), strict=True):
        own.data.copy_(value)
    matrices = {"params": [net[0].weight, net[2].weight], "weight_decay": strength}
    torch_adam = optimiser(
        [matrices, {"params": [net[0].bias, net[2].bias]}], lr=RATE, weight_decay=0.0
    )
    x, y = worlds["careless"].x[1], worlds["careless"].y[1]
    for _ in range(10):
        torch_adam.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        torch_adam.step()
    return net(x).detach()


# %%
bad = worlds["careless"]
for optimiser, dial in ((torch.optim.Adam, "l2"), (torch.optim.AdamW, "decay")):
    many = fit(fresh(hidden), bad.x, onehot(bad.y), steps=10, **{dial: 0.3})[10]
    apart = (scores(many, bad.x)[1] - ordinary(optimiser, 0.3)).abs().max()
    assert apart < 1e-3
print("the batch agrees with torch.optim.Adam and torch.optim.AdamW")

# %% [markdown]
# ## 9b.3 Watch it happen
#
# Plain training, no remedy, five starts of each repetition. Some states on the way are kept: they serve early stopping, ensembles and the picture.

# %%
STARTS, STOPS = 5, (5, 10, 20, 40)
MARKS = sorted({1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 60, 80, steps} & set(range(steps + 1)))


def times(part, k):
    return part.repeat(k, *[1] * (part.dim() - 1))  # (R, …) -> (k·R, …)


plain = {}
for clerk, world in worlds.items():
    many = [torch.cat(parts) for parts in zip(*(fresh(hidden, n) for n in range(STARTS)), strict=True)]
    plain[clerk] = fit(many, times(world.x, STARTS), onehot(times(world.y, STARTS)), stops=MARKS)


# %%
def accuracy(read, x, y):
    """Share of right answers of a reader in each repetition, (R,); read: (R, n, 64) -> (R, n, 10)."""
    with torch.no_grad():
        return (read(x).argmax(dim=-1) == y).float().mean(dim=1).numpy()


def readers(weights, k):
    """k·R networks -> k readers, each a function from images (R, n, 64) to scores."""
    return [partial(scores, part) for part in zip(*(w.chunk(k) for w in weights), strict=True)]


# %%
course = {}
for clerk, world in worlds.items():
    at = {mark: readers(plain[clerk][mark], STARTS)[0] for mark in MARKS}
    own = [accuracy(read, world.x, world.y).mean() for read in at.values()]
    new = [accuracy(read, pixels[exam], truth[exam]).mean() for read in at.values()]
    course[clerk] = np.array([own, new])
    best = MARKS[course[clerk][1].argmax()]
    show(f"{clerk} clerk", learnt=own[-1], exam=new[-1], best_exam_on_the_way=max(new), at_step=best)
lost = {clerk: new.max() - new[-1] for clerk, (_, new) in course.items()}
assert not default or (course["careless"][0, -1] > 0.98 and lost["careless"] > 0.05 > 0.03 > lost["careful"])

# %% tags=["figure"]
# Curves: accuracy on what is learnt and in the exam, by training step, for both clerks
_, axes = plt.subplots(1, 2, figsize=(8, 3.2), sharey=True)
for ax, (clerk, (own, new)) in zip(axes, course.items(), strict=True):
    turned = "the exam turns" if lost[clerk] > 0.03 else "the exam hardly turns"
    curves = {"labels it learns": own, "exam": new}
    plot.lines(curves, x=MARKS, title=f"{clerk.title()} clerk: {turned}", xlabel="training step", ax=ax)
    ax.set_xscale("log")
axes[0].set_ylabel("accuracy")
plt.show()

# %% [markdown]
# Both networks know their own labels by heart at the end. Under the careless clerk it costs a good part of the exam, because what is learnt last are the typing errors. Under the careful clerk memory does little harm. Keep both pictures in mind: a gap between training and exam is *not yet* a loss.
#
# ## 9b.4 The field
#
# **Fair** means: same images, same first weights, and *four tries* for each: four strengths, of which each repetition takes the one best on its 200 held-out images. Plain training gets four tries too: four starts. Without that, a remedy would win by choosing alone.

# %%
STRENGTHS = {
    "L1": (0.0005, 0.002, 0.005, 0.01),
    "L2": (0.003, 0.01, 0.03, 0.1),
    "weight decay": (1.0, 3.0, 8.0, 16.0),
    "dropout": (0.2, 0.4, 0.6, 0.8),  # share silenced
    "label smoothing": (0.1, 0.2, 0.4, 0.6),
    "dirt on the images": (0.1, 0.2, 0.3, 0.5),  # standard deviation; ink is 0 to 1
    "mirrored images": (0.1, 0.2, 0.35, 0.5),  # share mirrored
    "early stopping": STOPS,
    "smaller model": (4, 8, 16, 32),  # hidden units
    "ensemble": (2, 3, 4, 5),  # members of full size
    "ensemble, equal memory": (2, 4, 8, 16),  # members that share the hidden units
    "more data": (4 / 3, 2.0, 3.0, 4.5),  # times the images
    "pre-training": (0.0, 0.03, 0.1, 0.3),  # how fast its first layer may still move
    "frozen, untrained": (0.0, 0.03, 0.1, 0.3),  # the same dial without pre-training
}

# %% [markdown]
# Four strengths are trained side by side. Seven remedies need no more than this:


# %%
def trained(world, x=None, targets=None, start=None, **dials):
    """Four strengths of a remedy, R networks each -> four readers; what is not given is plain."""
    x = times(world.x, 4) if x is None else x
    targets = onehot(times(world.y, 4)) if targets is None else targets
    start = [times(w, 4) for w in (start or fresh(hidden))]
    return readers(fit(start, x, targets, **dials)[steps], 4)


def dial(name):
    """The four strengths of a remedy for the networks of `trained`, (4·R, 1, 1)."""
    return torch.tensor(STRENGTHS[name]).repeat_interleave(repeats)[:, None, None]


# %% [markdown]
# **Augmentation** (数据增强) shows a changed image at each step; sixteen variants are made beforehand. *Dirt* is random grey on each pixel: a dirty 3 is still a 3. A *mirrored* 3 is no digit. **Label smoothing** (标签平滑) promises only a part of the certainty to the label, and spreads the rest.

# %%
VARIANTS = 16


def dirty(x, amount):
    draw = torch_stream(seed, "dirt")
    return torch.cat([(x + torch.randn(x.shape, generator=draw) * amount)[None] for _ in range(VARIANTS)])


def mirrored(x, share):
    draw, S = torch_stream(seed, "mirror"), len(x)
    glass = x.reshape(S, -1, 8, 8).flip(-1).reshape(x.shape)  # (S, n, 64) -> (S, n, 8, 8) -> (S, n, 64)
    pick = [torch.rand(*x.shape[:2], 1, generator=draw) < share for _ in range(VARIANTS)]
    return torch.cat([torch.where(p, glass, x)[None] for p in pick])


def smoothed(y, amount):
    return (1 - amount) * onehot(y) + amount / 10


# %%
INSIDE = {
    "L1": lambda world, s: trained(world, l1=s),
    "L2": lambda world, s: trained(world, l2=s),
    "weight decay": lambda world, s: trained(world, decay=s),
    "dropout": lambda world, s: trained(world, drop=s),
    "label smoothing": lambda world, s: trained(world, targets=smoothed(times(world.y, 4), s)),
    "dirt on the images": lambda world, s: trained(world, x=dirty(times(world.x, 4), s)),
    "mirrored images": lambda world, s: trained(world, x=mirrored(times(world.x, 4), s)),
}

# %% [markdown]
# The others change what stands around the loop. **Early stopping** (早停) takes an earlier state. An **ensemble** (集成) averages the members' probabilities: full-size members cost their number in memory and time, small ones share the 64 units. **More data** takes spare images, typed by the same clerk.


# %%
def together(members):
    """Readers -> one reader that averages their probabilities."""
    return lambda x: torch.cat([read(x).softmax(dim=-1)[None] for read in members]).mean(dim=0)


def stopped(clerk):
    return [readers(plain[clerk][step], STARTS)[0] for step in STOPS]


def ensembles(clerk):
    full = readers(plain[clerk][steps], STARTS)
    return [together(full[:count]) for count in STRENGTHS["ensemble"]]


# %%
def joint(world, count):
    """One ensemble of `count` members that have the hidden units of one network among them."""
    start = [torch.cat(p) for p in zip(*(fresh(hidden // count, m) for m in range(count)), strict=True)]
    weights = fit(start, times(world.x, count), onehot(times(world.y, count)))[steps]
    return together(readers(weights, count))


def on_size(world, size):
    """States at STOPS and at the end of plain networks that learn from `size` images, spare ones included."""
    rows = torch.cat([learn, spare], dim=1)[:, :size]
    return fit(fresh(hidden), pixels[rows], onehot(world.labels.gather(1, rows)), stops=STOPS)


# %% [markdown]
# **Pre-training** (预训练): an old system kept 600 of the spare slips, and of each only whether it went through the left door (0 to 4) or the right one. Learn that first; then train a new last layer, with the first one frozen or slowed down. Freezing alone is a remedy, perhaps, so a *control* freezes the untrained layer.

# %%
doors = onehot((truth[spare[:, :600]] > 4).long())
old = fit(fresh(hidden), pixels[spare[:, :600]], doors, steps=60)[60]
before_race = [*old[:2], *fresh(hidden)[2:]]
show("doors read", right_in_exam=accuracy(partial(scores, old), pixels[exam], (truth[exam] > 4).long()).mean())

# %%
AROUND = {
    "early stopping": lambda clerk, world: stopped(clerk),
    "smaller model": lambda clerk, world: [
        partial(scores, fit(fresh(width), world.x, onehot(world.y))[steps])
        for width in STRENGTHS["smaller model"]
    ],
    "ensemble": lambda clerk, world: ensembles(clerk),
    "ensemble, equal memory": lambda clerk, world: [
        joint(world, n) for n in STRENGTHS["ensemble, equal memory"]
    ],
    "more data": lambda clerk, world: [partial(scores, grown[clerk][n][steps]) for n in SIZES[-4:]],
    "pre-training": lambda clerk, world: trained(world, start=before_race, pace=dial("pre-training")),
    "frozen, untrained": lambda clerk, world: trained(world, pace=dial("frozen, untrained")),
}
SIZES = sorted({images // 3, 2 * images // 3, images} | {round(images * k) for k in STRENGTHS["more data"]})
grown = {clerk: {size: on_size(world, size) for size in SIZES} for clerk, world in worlds.items()}

# %% [markdown]
# Run the race. For each remedy: accuracy of its four tries on held-out images and in the exam, $(4, R)$.


# %%
def judged(tries, labels):
    """Four readers -> accuracies on held-out images, by the clerk's labels, and in the exam, (4, R) each."""
    look = [accuracy(read, pixels[held], labels.gather(1, held)) for read in tries]
    final = [accuracy(read, pixels[exam], truth[exam]) for read in tries]
    return np.array(look), np.array(final)


race = {}
for clerk, world in worlds.items():
    race[clerk, "plain"] = judged(readers(plain[clerk][steps], STARTS)[:4], world.labels)
    for name, remedy in INSIDE.items():
        race[clerk, name] = judged(remedy(world, dial(name)), world.labels)
    for name, remedy in AROUND.items():
        race[clerk, name] = judged(remedy(clerk, world), world.labels)

# %% [markdown]
# Each repetition takes its own best try by *held-out* accuracy. Remedy and plain share images and start in a repetition, so we compare in pairs: `stats.paired_t`, an interval for the mean gain.


# %%
def chosen(clerk, name):
    """Exam accuracy of the try that looks best on held-out images, in each repetition, (R,)."""
    look, final = race[clerk, name]
    return final[look.argmax(axis=0), np.arange(repeats)]


def gain_over_plain(clerk, name):
    return stats.paired_t(chosen(clerk, name), chosen(clerk, "plain"))


# %%
gains = {}
for clerk in worlds:
    show(f"{clerk}, plain", exam=chosen(clerk, "plain").mean())
    gains[clerk] = {name: gain_over_plain(clerk, name) for name in STRENGTHS}
    for name, gain in sorted(gains[clerk].items(), key=lambda item: -item[1].difference):
        show(f"  {name}", gain=gain.difference, low=gain.low, high=gain.high)
        metric(f"gain_{clerk}_{name.replace(' ', '_').replace(',', '').replace('-', '_')}", gain.difference)

# %%
helped = {clerk: [n for n, gain in row.items() if gain.low > 0] for clerk, row in gains.items()}
harmed = {clerk: [n for n, gain in row.items() if gain.high < 0] for clerk, row in gains.items()}
for clerk in worlds:
    show(f"{clerk} clerk", surely_help=len(helped[clerk]), surely_harm=len(harmed[clerk]), of=len(STRENGTHS))
bad_gain, good_gain = ({n: g.difference for n, g in gains[clerk].items()} for clerk in worlds)
if default:
    assert min(bad_gain[n] for n in ("L2", "weight decay", "dropout", "early stopping")) > 0.04
    assert max(abs(good_gain[n]) for n in ("L1", "L2", "weight decay", "dropout", "early stopping")) < 0.03
    assert good_gain["more data"] > 0.01
    assert len(helped["careless"]) > len(helped["careful"])

# %% tags=["figure"]
# Points with intervals: gain over plain training of each remedy, for both clerks
names = sorted(STRENGTHS, key=lambda name: bad_gain[name])
_, ax = plt.subplots(figsize=(7.4, 4.6))
for shift, (clerk, colour) in enumerate({"careless": "C1", "careful": "C0"}.items()):
    for place, name in enumerate(names):
        gain = gains[clerk][name]
        ax.plot([gain.low, gain.high], [place - 0.15 + 0.3 * shift] * 2, color=colour, linewidth=2)
        label = f"{clerk} clerk" if place == 0 else None
        ax.plot(gain.difference, place - 0.15 + 0.3 * shift, "o", color=colour, label=label)
ax.axvline(0, color="grey", linewidth=1)
contrast = len(helped["careless"]) > len(helped["careful"]) + 2
ax.set(
    yticks=range(len(names)),
    yticklabels=names,
    xlabel="gain in the exam over plain training (interval over repetitions)",
    title="Most remedies help where labels are wrong, few where they are right"
    if contrast
    else "Fourteen remedies, two clerks",
)
ax.legend(loc="lower right")
plt.show()

# %% [markdown]
# In the stored run four things stand out. Where labels are wrong, penalties, dropout, early stopping and dirt all win about a tenth and more. Where they are right, *none* of them is sure to help; more data is. Pre-training beats its control under the careless clerk: the doors taught something beyond freezing. And label smoothing, ensembles of memorisers and smaller models are no cure here.
#
# Caution: of 28 intervals one or two miss zero by luck alone, and all repetitions share the same 1,797 digits.

# %% [markdown]
# ## 9b.5 Shrink, or cut?
#
# L1 and L2 both punish size. What differs is the *kind* of small. Take one weight that the data want at $a$, and punish it: L2 with $\tfrac{s}{2}w^2$ gives $w = a/(1+s)$, smaller, never zero. L1 with $s\,|w|$ is the exercise.
#
# ### Exercise 9b.1 · What L1 does to one weight ●○○ 10 min
#
# Return the $w$ that makes $\tfrac12 (w - a)^2 + s\,|w|$ smallest, for $s \ge 0$. `a` is a NumPy array of any shape, `s` a number; an array of the same shape comes back.
#
# <details><summary>Hint 1</summary>Assume $w > 0$ and set the slope to zero. For which $a$ is the result really positive?</details>
# <details><summary>Hint 2</summary>Draw the curve for $a = 1$ and $s = 2$. Where is its lowest point? Negative $a$ are a mirror image.</details>


# %% tags=["exercise-9b.1"]
def shrunk(a, s):
    """Minimiser of (w - a)²/2 + s·|w|, elementwise: array (…), number -> array (…)"""
    ### BEGIN SOLUTION
    return np.sign(a) * np.maximum(np.abs(a) - s, 0.0)
    ### END SOLUTION


# %% tags=["check-9b.1"]
with check("9b.1", shrunk) as c:
    draws = np.random.default_rng(3)
    cases = [
        (np.array([3.0, -3.0, 0.5, -0.5, 0.0]), 1.0),
        (np.array([2.0, -2.0, 2.1, -1.9]), 2.0),
        (np.array([[0.3, -4.0], [5.0, -0.2]]), 0.25),
        (draws.normal(size=(3, 4)), 0.7),
        (draws.normal(size=6), 0.0),
        (np.array(-1.5), 0.5),
    ]
    for a, s in cases:
        want = np.sign(a) * np.maximum(np.abs(a) - s, 0)
        slips = {
            "that is the answer for L2": a / (1 + s),
            "small weights are moved past zero; is the curve lowest there?": a - s * np.sign(a),
            "large weights are not moved, small ones cut: their slope is not balanced": a * (np.abs(a) > s),
            "negative weights deserve the mirror image": np.maximum(a - s, 0),
            "the sign is lost": np.maximum(np.abs(a) - s, 0),
            "the weight is moved twice as far as the slopes balance": np.sign(a)
            * np.maximum(np.abs(a) - 2 * s, 0),
            "the weight is moved half as far as the slopes balance": np.sign(a)
            * np.maximum(np.abs(a) - s / 2, 0),
            "small weights jump to the penalty's strength": np.clip(a, -s, s),
        }
        c.close(
            shrunk(a, s),
            want,
            what=f"a of shape {a.shape}, s = {s}",
            hint="compare the slope of the first term with the two slopes of |w|",
            slips=slips,
        )

# %% [markdown]
# So L1 sets weights to exactly zero, and L2 none. That matters where few columns carry the truth. 80 rows, 200 columns, five of them true: scikit-learn's `Lasso` (L1) against `Ridge` (L2), both with four strengths chosen on 80 held-out rows.


# %%
def sparse_rows(n, name):
    draw = numpy_stream(seed, name)
    x = draw.normal(size=(n, 200))
    return x, x[:, :5] @ np.array([3.0, -2.0, 2.0, -1.5, 1.0]) + draw.normal(0, 0.5, size=n)


(x, y), (look_x, look_y), (new_x, new_y) = (sparse_rows(n, f"columns {n}") for n in (80, 81, 2000))
sparse = {}
for kind, strengths in ((Lasso, (0.01, 0.03, 0.1, 0.3)), (Ridge, (0.3, 3.0, 30.0, 300.0))):
    models = [kind(alpha=s, max_iter=20_000).fit(x, y) for s in strengths]
    best = min(models, key=lambda m: ((m.predict(look_x) - look_y) ** 2).mean())
    sparse[kind.__name__] = int((best.coef_ != 0).sum()), ((best.predict(new_x) - new_y) ** 2).mean()
    show(kind.__name__, weights_not_zero=sparse[kind.__name__][0], squared_error=sparse[kind.__name__][1])
assert not default or (sparse["Lasso"][0] < 100 and sparse["Lasso"][1] < sparse["Ridge"][1] / 3)

# %% [markdown]
# (0.25 of the error is noise that nobody can predict.) L1 is the right belief when the truth is sparse. Handwriting is not: every pixel tells a little, and in the race L1 had no edge over L2.
#
# **L2 or decay?** In the race both got four tries. Did they differ, as lesson 4a's toy made one expect?

# %%
duel = {clerk: stats.paired_t(chosen(clerk, "weight decay"), chosen(clerk, "L2")) for clerk in worlds}
for clerk, (difference, low, high, _) in duel.items():
    verdict = "cannot tell" if low <= 0 <= high else "they differ"
    show(f"decay minus L2, {clerk}", difference=difference, low=low, high=high)
    print(" ", verdict)

# %% [markdown]
# They are two rules with two scales: the same number means different things, so compare only *tuned* ones.
#
# ## 9b.6 Augmentation is a claim about the exam
#
# Mirrors said something false about digits. But what of a change that is harmless to the eye: a shift by up to a pixel? These digits are *centred*; a shift denies it. Now let a hand-held scanner arrive, whose slips lie anywhere. *Predict first*: same augmentation, two exams.


# %%
def moved(x, reach, name):
    """Each image (S, n, 64) moved by up to `reach` pixels, a number or (S, 1, 1), both ways, edges filled with white."""
    S, n, _ = x.shape
    way = (torch.rand(S, n, 2, generator=torch_stream(seed, name)) * 2 - 1) * reach / 4
    grid = torch.eye(2, 3).repeat(S * n, 1, 1)
    grid[:, :, 2] = way.flatten(0, 1)
    pages = x.reshape(S * n, 1, 8, 8)  # (S, n, 64) -> (S·n, 1, 8, 8)
    field = affine_grid(grid, pages.shape, align_corners=False)
    return grid_sample(pages, field, align_corners=False).reshape(S, n, 64)  # (S·n, 1, 8, 8) -> (S, n, 64)


# %%
STRENGTHS_MOVED = (0.5, 1.0, 1.5, 2.0)
clean = worlds["careful"]
reach = torch.tensor(STRENGTHS_MOVED).repeat_interleave(repeats)[:, None, None]
variants = torch.cat([moved(times(clean.x, 4), reach, f"move {v}")[None] for v in range(VARIANTS)])
augmented = {
    "moved copies": trained(clean, x=variants),
    "dirty copies": trained(clean, x=dirty(times(clean.x, 4), dial("dirt on the images"))),
    "mirrored copies": trained(clean, x=mirrored(times(clean.x, 4), dial("mirrored images"))),
    "plain": readers(plain["careful"][steps], STARTS)[:4],
}

# %% [markdown]
# Held-out images must be like the exam: for the moved exam the strength is chosen on moved held-out images.

# %%
LOOKS = {
    "centred": (pixels[held], pixels[exam]),
    "moved": (moved(pixels[held], 2.0, "held"), moved(pixels[exam], 2.0, "exam")),
}
fits, level = {}, {}
for kind, (look_x, exam_x) in LOOKS.items():
    for name, tries in augmented.items():
        look = np.array([accuracy(read, look_x, truth[held]) for read in tries])
        final = np.array([accuracy(read, exam_x, truth[exam]) for read in tries])
        level[kind, name] = final[look.argmax(axis=0), np.arange(repeats)]
    show(f"{kind} exam, plain", accuracy=level[kind, "plain"].mean())
    for name in list(augmented)[:3]:
        fits[kind, name] = stats.paired_t(level[kind, name], level[kind, "plain"])
        show(f"  {name}", gain=fits[kind, name].difference, low=fits[kind, name].low, high=fits[kind, name].high)

# %%
strongest = accuracy(augmented["moved copies"][-1], pixels[exam], truth[exam]) - level["centred", "plain"]
show("largest moves, centred", gain=strongest.mean())
if default:
    assert fits["moved", "moved copies"].low > 0.03
    assert fits["centred", "mirrored copies"].difference < -0.005
    assert fits["centred", "moved copies"].difference < fits["moved", "moved copies"].difference - 0.05
    assert strongest.mean() < -0.01

# %% tags=["figure"]
# Bars with intervals: gain of three augmentations on a centred and on a moved exam
_, ax = plt.subplots(figsize=(6.6, 3))
for shift, kind in enumerate(LOOKS):
    for place, name in enumerate(list(augmented)[:3]):
        gain, where = fits[kind, name], place + 0.3 * shift - 0.15
        label = f"{kind} exam" if place == 0 else None
        ax.bar(where, gain.difference, 0.28, color=f"C{shift}", label=label)
        ax.plot([where, where], [gain.low, gain.high], color="black", linewidth=1.5)
ax.axhline(0, color="grey", linewidth=1)
ax.set_xticks(range(3), list(augmented)[:3])
pays = fits["moved", "moved copies"].low > max(0, fits["centred", "moved copies"].difference)
ax.set(
    ylabel="gain in accuracy",
    title="Moved copies pay on a moved exam" if pays else "Three augmentations, two exams",
)
ax.legend()
plt.show()

# %% [markdown]
# The same copies: a gift on one exam, nothing or worse on the other. Augmentation is no regulariser that one "switches on"; it is a sentence about the world, and the exam decides whether it is true.
#
# ## 9b.7 The learning curve
#
# Before curing, measure what the cure would be worth. A **learning curve** (学习曲线) is error against the number of images. On two logarithmic scales it is often nearly straight: $\text{error} \approx b\,n^{-c}$.

# %%
curve, slope = {}, {}
for clerk, world in worlds.items():
    for how in ("plain", "early stopping"):
        errors = []
        for size in SIZES:
            states = grown[clerk][size]
            tries = [states[step] for step in ((steps,) if how == "plain" else STOPS)]
            look, final = judged([partial(scores, w) for w in tries], world.labels)
            errors.append(1 - final[look.argmax(axis=0), np.arange(repeats)])
        curve[clerk, how] = np.array(errors)  # (sizes, R)
        fitted = [np.polyfit(np.log(SIZES), np.log(column), 1)[0] for column in curve[clerk, how].T]
        slope[clerk, how] = stats.mean_interval(fitted)
        mean = np.mean(fitted)
        show(f"{clerk}, {how}", exponent=-mean, error_small=errors[0].mean(), error_large=errors[-1].mean())

# %%
halving = {key: 2 ** (2 / sum(ends)) for key, ends in slope.items()}  # n -> n·2^(1/c) halves the error
for (clerk, how), factor in halving.items():
    show(f"{clerk}, {how}", times_the_data_to_halve_the_error=1 / factor)
small_gap, large_gap = ((curve["careless", "plain"] - curve["careless", "early stopping"])[n].mean() for n in (2, -1))
show("worth of stopping", at_images=small_gap, at_most_images=large_gap)
assert not default or (small_gap > 0.05 and curve["careful", "plain"][-1].mean() < curve["careful", "plain"][0].mean() / 2)

# %% tags=["figure"]
# Curves on logarithmic scales: exam error by number of images, with bands over repetitions
_, axes = plt.subplots(1, 2, figsize=(8, 3.3), sharey=True)
for ax, clerk in zip(axes, worlds, strict=True):
    for how in ("plain", "early stopping"):
        errors = curve[clerk, how]
        ax.plot(SIZES, errors.mean(axis=1), marker="o", label=how)
        ends = np.array([stats.mean_interval(row) for row in errors])
        ax.fill_between(SIZES, np.maximum(ends[:, 0], 1e-3), ends[:, 1], alpha=0.2)
    steep = "stopping is worth much" if small_gap > 0.05 else "plain and stopped"
    ax.set(xscale="log", yscale="log", xlabel="images to learn from")
    ax.set_title(f"Careless: {steep}" if clerk == "careless" else "Careful: data do the work")
    ax.set_xticks(SIZES, SIZES, fontsize=8)
    ax.minorticks_off()
axes[0].set_ylabel("error in the exam")
axes[0].legend()
plt.show()

# %% [markdown]
# Read it as a price list. Go from a point of the upper curve straight *left or right* to the lower one: so many more typed images do the same as the remedy. Exercise 9b.5 will turn this into money.
