# %% [markdown]
# # 9b · Overfitting
#
# Put fourteen remedies against overfitting into one fair race, on careless labels and on careful ones, and keep the negative results.
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
images: int = 120  # images to learn from, in the race  in [60, 190]
carelessness: float = 0.3  # share of labels that the careless clerk types at random  in [0.1, 0.8]
hidden: int = 64  # hidden units of the network  in [32, 512]
steps: int = 60  # training steps  in [40, 2000]
repeats: int = 5  # repetitions of the race, each with its own images, labels and weights  in [3, 50]

# %%
import math
from functools import partial
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import scipy
import torch
from sklearn.linear_model import Lasso, Ridge
from torch import nn
from torch.nn.functional import affine_grid, grid_sample, one_hot

from utils import data, plot, stats
from utils.check import about, approx, check, claim, metric
from utils.params import check_parameters
from utils.repro import numpy_stream, torch_stream

check_parameters("09b_overfitting", globals())
plot.style()
default = (images, carelessness, hidden, steps, repeats) == (120, 0.3, 64, 60, 5)


def show(name, **values):
    """One line: a name, and measured numbers with theirs."""
    print(f"{name:24s}", *(f"{what.replace('_', ' ')} {approx(value)} " for what, value in values.items()))


# %% [markdown]
# ## 9b.1 Copy one, or ask three?
#
# The shop's clerk types digits off slips, and hits one key in five wrongly. A new slip looks exactly like three old ones. *Copy* the label of one: right in 80 % of cases. Ask all *three*, and take the majority. If two wrong labels never agree, the vote is right when at least two labels are:


# %%
def vote(p):
    """Chance that at least two of three labels are right, each with chance p."""
    return p**3 + 3 * p**2 * (1 - p)


for p in (0.8, 1.0):
    print(f"labels right: {p}   copy one: {p}   majority of three: {vote(p):.3f}")

# %% [markdown]
# Who copies has learnt the clerk's slips by heart: that is **overfitting** (过拟合). A **remedy** makes copying dearer than agreeing. And mark the last line: where the labels are right, the vote gains *nothing*. Whether a remedy helps is a question about the data. This lesson asks it fourteen times.
#
# ## 9b.2 The racecourse
#
# 1,797 real handwritten digits, cut anew for each of five repetitions: some images to learn from, 200 held out for choosing, 700 for the exam, the rest spare.

# %%
split = data.digits(test=197)
pixels = torch.tensor(np.concatenate([split.x_train, split.x_test]), dtype=torch.float32)  # (1797, 64)
truth = torch.tensor(np.concatenate([split.y_train, split.y_test]))  # (1797,)
HELD, EXAM = 200, 700
shuffles = [numpy_stream(seed, "order", r).permutation(len(truth)) for r in range(repeats)]
order = torch.tensor(np.array(shuffles))  # (R, 1797)
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
# The network is 64 pixels → `hidden` units (64, unless you change it) → 10 digits. One such network wastes a processor, so we train *many at once* as one batched product, each with its own images, weights and dials.


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
# The training loop holds all dials that turn inside it, numbers or one number per network, $(S, 1, 1)$. Read the two lines in the middle: **L1** and **L2** add to the *slope* and so pass through Adam; **weight decay** (权重衰减) shrinks the weight itself, beside Adam ([lesson 4a](04a_formulas.ipynb)).

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
# **Dropout** (随机失活) silences a random share of the hidden units, anew for each image and step, and makes the others louder, so that their sum stays the same on average.


# %%
def dropout_mask(drop, x, weights, draw):
    if not torch.is_tensor(drop):
        return 1.0
    shape = (*x.shape[:2], weights[0].shape[2])  # (S, n, H)
    return (torch.rand(shape, generator=draw) >= drop) / (1 - drop)


onehot = partial(one_hot, num_classes=10)  # (…) -> (…, 10)


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
    torch_adam = optimiser([matrices, {"params": [net[0].bias, net[2].bias]}], lr=RATE, weight_decay=0.0)
    x, y = worlds["careless"].x[1], worlds["careless"].y[1]
    for _ in range(10):
        torch_adam.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        torch_adam.step()
    return net(x).detach()


# %%
bad, clean = worlds["careless"], worlds["careful"]
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
        return (read(x).argmax(dim=-1) == y).double().mean(dim=1).numpy()


def readers(weights, k):  # k·R networks -> k functions from images (R, n, 64) to scores
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
assert not default or min(course["careless"][0, -1], course["careful"][0, -1]) > 0.98
assert not default or (lost["careless"] > 0.05 and lost["careful"] < 0.03)

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
# In the stored run both networks know their labels by heart. Under the careless clerk that costs much, under the careful one hardly anything: a gap is *not yet* a loss.
#
# ## 9b.4 The field
#
# **Fair** means: the same images and first weights (unless the remedy changes these), and *four tries* for each: four strengths; each repetition takes the best on its 200 held-out images. Plain training gets four starts, else a remedy would win by choosing alone. Rate and steps are tuned for none. We check that the strongest is not best.

# %%
STRENGTHS = {
    "L1": (0.002, 0.005, 0.01, 0.02),
    "L2": (0.003, 0.01, 0.03, 0.1),
    "weight decay": (1.0, 3.0, 8.0, 16.0),
    "dropout": (0.2, 0.5, 0.7, 0.85),  # share silenced
    "label smoothing": (0.2, 0.7, 0.85, 0.95),
    "dirt on the images": (0.1, 0.3, 0.5, 0.8),  # standard deviation; ink is 0 to 1
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
# **Augmentation** (数据增强) shows a changed image at each step, one of sixteen variants. *Dirt* is random grey on each pixel: a dirty 3 is still a 3. A *mirrored* 3 is no digit, though a mirrored 0 or 8 is one. **Label smoothing** (标签平滑) gives the label a part of the certainty, and spreads the rest.

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
# The others change what stands around the loop. **Early stopping** (早停) takes an earlier state. An **ensemble** (集成) averages the members' probabilities: full-size members cost their number in memory and time, small ones share one network's hidden units. **More data** takes spare images, typed by the same clerk.


# %%
def together(members):
    """Readers -> one reader that averages their probabilities."""
    return lambda x: torch.cat([read(x).softmax(dim=-1)[None] for read in members]).mean(dim=0)


def stopped(clerk):
    return [readers(plain[clerk][step], STARTS)[0] for step in STOPS]


def ensembles(clerk):
    full = readers(plain[clerk][steps], STARTS)
    return [together(full[:count]) for count in STRENGTHS["ensemble"]]


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
# **Pre-training** (预训练): an old system kept 600 of the spare slips, and of each only, without a mistake, whether it went through the left door (0 to 4) or the right one. Learn that first; then train a new last layer, with the first one frozen or slowed down. Freezing alone is a remedy, perhaps, so a *control* freezes the untrained layer.

# %%
doors = onehot((truth[spare[:, :600]] > 4).long())
old = fit(fresh(hidden), pixels[spare[:, :600]], doors, steps=60)[60]
before_race = [*old[:2], *fresh(hidden)[2:]]
show(
    "doors read", right_in_exam=accuracy(partial(scores, old), pixels[exam], (truth[exam] > 4).long()).mean()
)

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
    for name, gain in gains[clerk].items():
        show(f"  {name}", gain=gain.difference, low=gain.low, high=gain.high)
        metric(f"gain_{clerk}_{name.replace(' ', '_').replace(',', '').replace('-', '_')}", gain.difference)

# %% [markdown]
# That is 28 questions. If no remedy did anything, one or two of 28 intervals would still miss zero, on average. Benjamini and Hochberg (1995) raise each p-value so that, of what stays below 0.05, on average at most one in twenty is false. Only that is *found*. (They prove it for independent questions; ours share slips and plain networks.)

# %%
questions = [(clerk, name) for clerk in worlds for name in STRENGTHS]
raised = scipy.stats.false_discovery_control([gains[clerk][name].p for clerk, name in questions])
findings = {question for question, p in zip(questions, raised, strict=True) if p < 0.05}
helped = {
    c: [n for n, g in row.items() if (c, n) in findings and g.difference > 0] for c, row in gains.items()
}
for clerk, row in gains.items():
    show(
        f"{clerk} clerk", intervals_above_zero=sum(g.low > 0 for g in row.values()), found=len(helped[clerk])
    )
DIALS = ("L1", "L2", "weight decay", "dropout", "label smoothing", "dirt on the images", "mirrored images")
strongest_best = sum(race["careless", name][0].mean(axis=1).argmax() == 3 for name in DIALS)
show("strongest try is best", dials=strongest_best, of=len(DIALS))
bad_gain, good_gain = ({n: g.difference for n, g in gains[clerk].items()} for clerk in worlds)
if default:
    assert min(bad_gain[n] for n in ("L2", "weight decay", "dropout", "early stopping")) > 0.04
    assert max(abs(good_gain[n]) for n in ("L1", "L2", "weight decay", "dropout", "early stopping")) < 0.03
    assert good_gain["more data"] > 0.01
    assert len(helped["careless"]) > len(helped["careful"]) + 3
    assert max(good_gain, key=good_gain.get) == "more data"
    assert strongest_best == 0
    assert (chosen("careful", "plain") - chosen("careless", "plain")).mean() > max(bad_gain.values())

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
contrast = len(helped["careless"]) > 7 and len(helped["careful"]) < 4
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
# In the stored run most remedies gain where labels are wrong: more data and dirt lead. Where labels are right, *only* more data are found to help. L1 and label smoothing gain by their own intervals only, mirrors, a smaller model and a full-size ensemble not even so; "not found" in five repetitions is not "no effect".
#
# The intervals speak for new cuts of *these* digits, not for other handwriting. Three duels inside the race, and the two clerks against each other; zero inside the interval means: cannot tell.

# %%
DUELS = (("weight decay", "L2"), ("L2", "L1"), ("pre-training", "frozen, untrained"))
for first, second in DUELS:
    print(f"{first} against {second}")
    for clerk in worlds:
        duel = stats.paired_t(chosen(clerk, first), chosen(clerk, second))
        show(f"  {clerk} clerk", difference=duel.difference, low=duel.low, high=duel.high)
care = stats.paired_t(chosen("careful", "plain"), chosen("careless", "plain"))
show("plain, labels typed with care", gain=care.difference, low=care.low, high=care.high)

# %% [markdown]
# L2 and decay are two rules with two scales ([lesson 4a](04a_formulas.ipynb)): the same number means different things, so compare only *tuned* ones. And without its control, pre-training would have been credited with all that freezing brings.
#
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
        (np.array([1.7, -1.7, 2.1, -1.6]), 1.7),
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
# So L1's best weight may be exactly zero, L2's is not. (In our loop L1 is a slope under Adam: it pushes towards zero without landing there.) That matters where few columns carry the truth. 80 rows, 200 columns, five of them true: scikit-learn's `Lasso` (L1) against `Ridge` (L2), both with four strengths chosen on 80 held-out rows.


# %%
def sparse_rows(n, name):
    draw = numpy_stream(seed, name)
    x = draw.normal(size=(n, 200))
    return x, x[:, :5] @ np.array([3.0, -2.0, 2.0, -1.5, 1.0]) + draw.normal(0, 0.5, size=n)


ROWS = {"learn": 80, "hold": 80, "exam": 2000}
(x, y), (look_x, look_y), (new_x, new_y) = (sparse_rows(n, f"columns {part}") for part, n in ROWS.items())
sparse = {}
for kind, strengths in ((Lasso, (0.01, 0.03, 0.1, 0.3)), (Ridge, (0.3, 3.0, 30.0, 300.0))):
    models = [kind(alpha=s, max_iter=20_000).fit(x, y) for s in strengths]
    best = min(models, key=lambda m: ((m.predict(look_x) - look_y) ** 2).mean())
    sparse[kind.__name__] = int((best.coef_ != 0).sum()), ((best.predict(new_x) - new_y) ** 2).mean()
    show(kind.__name__, weights_not_zero=sparse[kind.__name__][0], squared_error=sparse[kind.__name__][1])
assert not default or (sparse["Lasso"][0] < 100 and sparse["Lasso"][1] < sparse["Ridge"][1] / 3)

# %% [markdown]
# (0.25 of the error is noise that nobody can predict.) L1 is the right belief when the truth is sparse, as planted here. In handwriting nobody planted that: see its duel with L2, though there L1 went through Adam.
#
# ## 9b.6 Augmentation is a claim about the exam
#
# Mirrors prepare for an exam with mirrored digits; ours has none. But a harmless shift by up to a pixel? These digits are *centred*. Now let a hand-held scanner arrive, whose digits are not. *Predict first*: on which of the two exams do moved copies gain?


# %%
def moved(x, reach, name):
    """Each image (S, n, 64) moved by up to `reach` pixels, a number or (S, 1, 1), both ways, edges filled with white."""
    S, n, _ = x.shape
    # affine_grid measures eight pixels from -1 to 1: a pixel is a quarter
    way = (torch.rand(S, n, 2, generator=torch_stream(seed, name)) * 2 - 1) * reach / 4
    # (S, n, 2) -> (S·n, 2, 1), beside (S·n, 2, 2)
    grid = torch.cat([torch.eye(2).expand(S * n, 2, 2), way.reshape(S * n, 2, 1)], dim=2)
    pages = x.flatten(0, 1).unflatten(1, (1, 8, 8))  # (S·n, 1, 8, 8)
    field = affine_grid(grid, pages.shape, align_corners=False)
    return grid_sample(pages, field, align_corners=False).reshape(S, n, 64)  # (S·n, 1, 8, 8) -> (S, n, 64)


# %%
reach = torch.tensor((0.25, 0.5, 0.75, 1.0)).repeat_interleave(repeats)[:, None, None]
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
    "moved": (moved(pixels[held], 1.0, "held"), moved(pixels[exam], 1.0, "exam")),
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
        show(
            f"  {name}",
            gain=fits[kind, name].difference,
            low=fits[kind, name].low,
            high=fits[kind, name].high,
        )

# %%
strongest = accuracy(augmented["moved copies"][-1], pixels[exam], truth[exam]) - level["centred", "plain"]
show("largest moves, centred", gain=strongest.mean())
if default:
    assert fits["moved", "moved copies"].low > 0.03
    assert fits["centred", "mirrored copies"].difference < 0.01
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
# The same copies: a gift on one exam, nothing or worse on the other. Such augmentation is a sentence about the world. Dirt is another matter: no exam slip was dirty, yet in the stored run it won under the *careless* clerk. *Small* noise acts like a penalty on slopes (Bishop, 1995); ours, not small, perhaps too.
#
# ## 9b.7 The learning curve
#
# Measure first what a cure would be worth. A **learning curve** (学习曲线) is error against the number of images. On two logarithmic scales it is often nearly straight: $\text{error} \approx b\,n^{-c}$.

# %%
curve = {}
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
        double = 2 ** (-1 / np.mean(fitted))  # b·n^-c is halved when n grows by 2^(1/c)
        show(
            f"{clerk}, {how}",
            c=-np.mean(fitted),
            data_to_halve=double,
            error_small=errors[0].mean(),
            error_large=errors[-1].mean(),
        )

# %%
small_gap, large_gap = (
    (curve["careless", "plain"] - curve["careless", "early stopping"])[n].mean() for n in (2, -1)
)
show("worth of stopping", at_images=small_gap, at_most_images=large_gap)
assert not default or (
    small_gap > 0.05 and curve["careful", "plain"][-1].mean() < curve["careful", "plain"][0].mean() / 2
)

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
    falls = "data do the work" if errors[-1].mean() < errors[0].mean() / 2 else "plain and stopped"
    ax.set_title(f"Careless: {steep}" if clerk == "careless" else f"Careful: {falls}")
    ax.set_xticks(SIZES, SIZES, fontsize=8)
    ax.minorticks_off()
axes[0].set_yticks((0.05, 0.1, 0.2, 0.4), ("0.05", "0.1", "0.2", "0.4"))
axes[0].set_ylabel("error in the exam")
axes[0].legend()
plt.show()

# %% [markdown]
# Read it as a price list: straight across from curve to curve stands how many images the remedy is worth. (Stopping has four tries here, plain one.)
#
# ## 9b.8 Bias and variance, by repetition
#
# Train on ten *disjoint* piles of 100 careless slips. Each exam image gets ten vectors of probabilities $p_r$ with mean $\bar p$; $y$ is 1 at the true digit.
#
# - Squared **bias** (偏差): how far the *mean* is from the truth, $\lVert \bar p - y\rVert^2$.
# - **Variance** (方差): how far the ten are from their mean, the luck of pile, clerk and first weights.
#
# Together they are the expected squared error.
#
# ### Exercise 9b.2 · Bias and variance from a few repetitions ●●○ 20 min
#
# `p` is $(R, N, K)$: probabilities by $R$ networks for $N$ images; `y` $(N,)$ holds the true class numbers. Return two numbers, averaged over images: the squared bias and the variance, both summed over the $K$ classes and both **unbiased**, so that for many drawings of $R$ networks they are right on average. For the variance that means dividing by $R - 1$. The squared distance of the mean over only $R$ networks is too large on average: by how much? Subtract that.
#
# <details><summary>Hint 1</summary>The mean of R networks itself scatters. What is the variance of a mean of R independent draws?</details>
# <details><summary>Hint 2</summary>A test: your two numbers must add up exactly to the mean squared error of the single networks.</details>


# %% tags=["exercise-9b.2"]
def bias_and_variance(p, y):
    """p (R, N, K), y (N,) whole numbers -> squared bias, variance"""
    ### BEGIN SOLUTION
    p = np.asarray(p, dtype=float)
    mean, spread = p.mean(axis=0), p.var(axis=0, ddof=1).sum(axis=1).mean()
    distance = ((mean - np.eye(p.shape[2])[y]) ** 2).sum(axis=1).mean()
    return distance - spread / len(p), spread
    ### END SOLUTION


# %% tags=["check-9b.2"]
with check("9b.2", bias_and_variance) as c:
    draws = np.random.default_rng(3)
    hint = "do your two numbers add up to the mean squared error of the single networks?"
    for R, N, K in ((4, 6, 3), (2, 5, 4), (10, 3, 2), (3, 1, 5)):
        p, y = draws.dirichlet(np.ones(K), size=(R, N)), draws.integers(K, size=N)
        far = ((p.mean(0) - np.eye(K)[y]) ** 2).sum(1).mean()
        spread = p.var(0, ddof=1).sum(1).mean()
        plain_spread = p.var(0).sum(1).mean()
        got = bias_and_variance(p, y)
        c.true(
            isinstance(got, (tuple, list, np.ndarray, torch.Tensor)) and len(got) == 2,
            "two numbers are asked for",
        )
        want = np.array([far - spread / R, spread])
        numbers = [part.reshape(()) if getattr(part, "shape", ()) == (1,) else part for part in got]
        c.close(
            numbers,
            want,
            what=f"R, N, K = {R}, {N}, {K}",
            hint=hint,
            rtol=1e-5,
            slips={
                "the distance of the mean still holds a part of the variance": [far, spread],
                "the variance divides by R": [far - plain_spread / R, plain_spread],
                "neither number is unbiased": [far, plain_spread],
                "the two numbers are right for the variance of R networks, not for one": [
                    far - spread / R,
                    spread / R,
                ],
                "sum over the classes, do not average": want / K,
                "average over the images, do not sum": want * N,
                "the distance is that of the single networks, not of their mean": [
                    ((p - np.eye(K)[y]) ** 2).sum(2).mean(),
                    spread,
                ],
                "the order is squared bias, then variance": want[::-1],
                "too much is subtracted: the mean scatters less than one network": [far - spread, spread],
                "the square of the bias is asked for, not its root": [
                    math.sqrt(max(far - spread / R, 0)),
                    spread,
                ],
            },
        )

# %% [markdown]
# Turn two dials, decay and width, each over ten piles. (The lesson keeps its own version of the formula in one line.)

# %%
PILES, DECAYS, WIDTHS = 10, (0.0, 1.0, 2.0, 4.0, 8.0, 16.0), (2, 4, 8, 16, 32, 64, 128)
# none is in the exam of repetition 0; (PILES·100,) -> (PILES, 100)
piles = order[0][: PILES * 100].reshape(PILES, 100)
pile_y = worlds["careless"].labels[0][piles]
final_x, final_y = pixels[exam[0]], truth[exam[0]].numpy()


def probabilities(weights):
    """(S, N, 10) of the exam images."""
    many = final_x.expand(len(weights[0]), -1, -1)
    return scores(weights, many).softmax(dim=-1).numpy()


def parts_of(p):
    """Squared bias and variance of p (R, N, 10)."""
    spread = p.var(axis=0, ddof=1).sum(axis=1).mean()
    return ((p.mean(axis=0) - np.eye(10)[final_y]) ** 2).sum(axis=1).mean() - spread / len(p), spread


# %%
k = len(DECAYS)
strength = torch.tensor(DECAYS).repeat_interleave(PILES)[:, None, None]
start = [times(w, k) for w in fresh(hidden, count=PILES)]
decayed = fit(start, times(pixels[piles], k), onehot(times(pile_y, k)), decay=strength)[steps]
# (k·PILES, N, 10) -> k times (PILES, N, 10)
by_decay = np.array([parts_of(p) for p in np.split(probabilities(decayed), k)])
sized = [fit(fresh(w, count=PILES), pixels[piles], onehot(pile_y))[steps] for w in WIDTHS]
by_width = np.array([parts_of(probabilities(w)) for w in sized])

# %%
one = probabilities(sized[3])
assert np.isclose(sum(parts_of(one)), ((one - np.eye(10)[final_y]) ** 2).sum(axis=2).mean(), atol=1e-5)
for value, (bias, spread) in zip(DECAYS, by_decay, strict=True):
    show(f"decay {value:g}", squared_bias=bias, variance=spread, together=bias + spread)
for value, (bias, spread) in zip(WIDTHS, by_width, strict=True):
    show(f"{value} hidden units", squared_bias=bias, variance=spread, together=bias + spread)
least = by_decay.sum(axis=1).argmin()
show("best decay", strength=DECAYS[least], variance_without=by_decay[0, 1], variance_with=by_decay[least, 1])
assert not default or (
    least > 0 and by_decay[least, 1] < by_decay[0, 1] / 2 and by_decay[-1, 0] > by_decay[0, 0]
)
total, narrow = by_width.sum(axis=1), by_width.sum(axis=1).argmin()
show("best width", units=WIDTHS[narrow], rise_to_widest=total[-1] - total[narrow])
rises = 0.02 < total[-1] - total[narrow] < by_decay.sum(axis=1)[0] - by_decay.sum(axis=1)[least]
assert not default or (0 < narrow < len(WIDTHS) - 2 and rises and total[-1] < total[1] - 0.03)

# %% tags=["figure"]
# Curves: squared bias, variance and their sum, by decay and by width
_, axes = plt.subplots(1, 2, figsize=(8, 3.3), sharey=True)
for ax, values, parts in zip(axes, (DECAYS, WIDTHS), (by_decay, by_width), strict=True):
    places = range(len(values))
    curves = {"squared bias": parts[:, 0], "variance": parts[:, 1], "together": parts.sum(axis=1)}
    plot.lines(curves, x=places, marker="o", ax=ax)
    ax.set_xticks(places, [f"{v:g}" for v in values])
trade = 0 < least < len(DECAYS) - 1
axes[0].set(title="Decay trades variance for bias" if trade else "Bias and variance by decay")
axes[0].set(xlabel="weight decay", ylabel="squared error of the probabilities")
slow = f"Width: least at {WIDTHS[narrow]} units, then slowly up"
axes[1].set(title=slow if rises and narrow > 0 else "Bias and variance by width")
axes[1].set(xlabel="hidden units")
axes[1].get_legend().remove()
plt.show()

# %% [markdown]
# Decay is a trade: variance falls, bias rises, and between lies the best strength. (By *accuracy* it may be another.) *Width* trades, too: in the stored run the sum is least at a middling width, then rises slowly, less than the best decay saves. The second fall of [lesson 2b](02b_generalisation.ipynb)'s **double descent** is not seen here.
#
# ## 9b.9 A validation set wears out
#
# Each look tells a little about the *held-out* images. Purest case: 200 coin tosses. Somebody sends in random guesses, hears the accuracy of each, turns round those below one half, and lets all *vote*.


# %%
def voted(tries, n, name):
    """Accuracy of a vote of random guesses, turned by what n coin labels said: on those, and on 2,000 fresh ones."""
    draw = numpy_stream(seed, name)
    guess = draw.choice([-1, 1], size=(tries, n + 2000)).astype(np.int8)
    labels = draw.choice([-1, 1], size=n + 2000)
    asked = (guess[:, :n] == labels[:n]).mean(axis=1)  # what the validation set says, one number a try
    side = np.where(asked >= 0.5, 1.0, -1.0)
    vote = np.where(side @ guess + 1e-3 * draw.choice([-1, 1], size=n + 2000) > 0, 1, -1)
    hits = vote == labels
    return asked.max(), hits[:n].mean(), hits[n:].mean()


# %% [markdown]
# Theory first. A guess agrees with the labels in a share that scatters around ½, nearly normally ($Z$ is a standard normal number, $\Phi$ its distribution function); turned, its mean surplus is $\mathrm{E}|Z|/(2\sqrt n) = 1/\sqrt{2\pi n}$ over ½. For one toss, $K$ turned guesses add up to mean $K\sqrt{2/(\pi n)}$ with variance about $K$:
#
# $$\text{accuracy of the vote} \approx \Phi\!\left(\sqrt{\frac{2K}{\pi n}}\right)$$
#
# Five dials with three positions each are already $3^5 = 243$ tries.

# %%
TRIES, LABELS = (1, 10, 50, 100, 200, 500, 1000), 200
worn = np.array([[voted(k, LABELS, f"votes {k} {n}") for n in range(20)] for k in TRIES])  # (tries, 20, 3)
theory = scipy.special.ndtr(np.sqrt(2 * np.array(TRIES) / (math.pi * LABELS)))
for k, rows, said in zip(TRIES, worn, theory, strict=True):
    best, own, new = rows.mean(axis=0)
    show(f"{k} tries", best_single=best, vote=own, theory=said, fresh_labels=new)
metric("vote_of_500", worn[TRIES.index(500), :, 1].mean())
assert np.abs(worn[:, :, 1].mean(axis=1) - theory).max() < 0.05 > np.abs(worn[:, :, 2] - 0.5).mean()

# %% tags=["figure"]
# Curves: accuracy of the vote on the held-out coin labels, by theory, and on fresh labels
curves = {"vote, held-out labels": worn[:, :, 1].mean(axis=1), "theory of pure chance": theory}
curves |= {"best single guess": worn[:, :, 0].mean(axis=1), "vote, fresh labels": worn[:, :, 2].mean(axis=1)}
ax = plot.lines(
    curves,
    x=TRIES,
    title="Coin tosses, read almost perfectly: the held-out labels have been learnt",
    xlabel="questions to the held-out set",
    ylabel="accuracy",
    marker="o",
    ax=plt.subplots(figsize=(6.8, 3.5))[1],
)
ax.set_xscale("log")
ax.set_xticks(TRIES, TRIES)
ax.minorticks_off()
plt.show()

# %% [markdown]
# Nobody looked at a single label: one *number* a try was enough. Choosing the best single try is the mild form ([lesson 8c](08c_automation.ipynb)); building on what was found is the strong one. And our race? It asked four times for each of fifteen rows, sixty times a clerk. How much did the chosen one *of four* flatter itself, under the careful clerk?

# %%
flattery = []
for name in ("plain", *STRENGTHS):
    look, final = race["careful", name]
    # the chosen try's gap, less the gap of all four: level of the two piles cancels
    flattery.append(look.max(axis=0) - chosen("careful", name) - (look - final).mean(axis=0))
flattery = np.mean(flattery, axis=0)  # (R,)
show("held-out flatters by", mean=flattery.mean(), **stats.mean_interval(flattery)._asdict())
assert not default or -0.005 < flattery.mean() < 0.03

# %% [markdown]
# Little, with four tries; whoever then takes the best of fifteen rows asks more. Recht and others (2019) drew new test images for ImageNet: accuracies fell, but the *ranking* of the models hardly changed; many tries by many people had worn it less than feared. Blum and Hardt (2015) give a way to make it last: the **ladder** (阶梯机制).
#
# ### Exercise 9b.3 · A leaderboard that tells less ●●○ 15 min
#
# Entries arrive one after the other, with `scores` on the held-out labels (higher is better). The leaderboard reveals for each entry one number. It keeps a *record*, 0 at the beginning. If the entry's score is **more than** `step` above the record, the record becomes that score, **rounded to the nearest multiple of `step`**. In any case the *record* is what the entry is told. Return the list of what is told. (No score in the check is midway between two multiples, or exactly `step` above the record.)
#
# <details><summary>Hint 1</summary>One variable and one loop. What is appended when the entry is no better?</details>
# <details><summary>Hint 2</summary>The comparison is with the rounded record, not with the best raw score.</details>


# %% tags=["exercise-9b.3"]
def ladder(scores, step):
    """scores: list of numbers from 0 to 1; step > 0 -> list of what each entry is told"""
    ### BEGIN SOLUTION
    record, told = 0.0, []
    for score in scores:
        if score > record + step:
            record = round(score / step) * step
        told.append(record)
    return told
    ### END SOLUTION


# %% tags=["check-9b.3"]
with check("9b.3", ladder) as c:
    draws = np.random.default_rng(3)
    cases = [
        ([0.52, 0.53, 0.61, 0.55, 0.74], 0.05),
        ([0.481, 0.497, 0.522, 0.519, 0.538, 0.561, 0.55], 0.02),
        ([0.91, 0.3, 0.97], 0.04),
        ([0.03, 0.02, 0.124, 0.19], 0.1),
        ([0.08, 0.16, 0.42], 0.1),
        (np.round(0.5 + 0.4 * draws.random(60), 3).tolist(), 0.03),
        ((0.4 + 0.5 * np.sort(draws.random(40))).tolist(), 0.013),
        ([], 0.1),
    ]

    def run(scores, step, against="record", shown="record", nearest=round, first=0.0):
        record, best, out = round(first / step) * step, 0.0, []
        for score in scores:
            if score > {"record": record + step, "any": record, "best": best + step, "none": -1}[against]:
                record = nearest(score / step) * step
            best = max(best, score)
            out.append({"record": record, "raw": score, "best": best}[shown])
        return out

    for scores, step in cases:
        c.close(
            ladder(scores, step),
            run(scores, step),
            what=f"{len(scores)} entries, step {step}",
            hint="go through the entries with a pencil: what is the record before and after each?",
            rtol=1e-5,
            atol=1e-7,
            slips={
                "an entry must be more than a step above the record, not only above it": run(
                    scores, step, "any"
                ),
                "compare with the record that was told, not with the best raw score": run(
                    scores, step, "best"
                ),
                "an entry that is no better learns nothing new": run(scores, step, "none"),
                "that tells the raw scores": list(scores),
                "that tells the best raw score so far": run(scores, step, shown="best"),
                "round to the nearest multiple, not down": run(scores, step, nearest=math.floor),
                "round to the nearest multiple, not up": run(scores, step, nearest=math.ceil),
                "the record itself is rounded, too": run(scores, step, nearest=float),
                "before the first entry the record is 0": run(
                    scores, step, first=scores[0] if scores else 0.0
                ),
            },
        )

# %% [markdown]
# What a voter learns from a ladder is the few moments when the record moves; each of the hundreds in between says only: no better.
#
# ## 9b.10 Five disguises of a leak
#
# A **leak** (数据泄漏) is overfitting that the exam rewards. Each disguise on labels that only chance has made, and a random fifth of the rows for the exam. The learner is always the same: copy the nearest known row.


# %%
def copied(x, y, test):
    """Accuracy on the rows marked in `test` when each copies the label of the nearest other row."""
    distance = ((x[test][:, None] - x[~test][None]) ** 2).sum(axis=2)
    return (y[~test][distance.argmin(axis=1)] == y[test]).mean()


def coins(draw, n=200):
    return draw.normal(size=(n, 5)), draw.integers(2, size=n), draw.permutation(n) < n // 5


# %% [markdown]
# **The copy**: a third of the rows was exported twice. **The relative**: five rows of each customer, one label a customer.


# %%
def copy(draw):
    x, y, test = coins(draw)
    twice = np.r_[np.arange(200), draw.permutation(200)[:67]]
    return copied(x[twice], y[twice], draw.permutation(267) < 53), copied(x, y, test)


# %%
def relative(draw):
    x, y, by_customer = coins(draw, 40)
    rows = x[who := np.repeat(np.arange(40), 5)] + draw.normal(0, 0.3, size=(200, 5))
    return copied(rows, y[who], draw.permutation(200) < 40), copied(rows, y[who], by_customer[who])


# %% [markdown]
# **The future**: the label is a mood that wanders from day to day, and the only column is the day; shuffled days stand between their neighbours. **The answer**: a column that is filled in *after* the label, from it.


# %%
def future(draw):
    mood, day = draw.normal(size=200).cumsum(), np.arange(200.0)
    x, y = day[:, None], (mood > np.median(mood)).astype(int)
    return copied(x, y, draw.permutation(200) < 40), copied(x, y, day >= 160)


def answer(draw):
    x, y, test = coins(draw)
    filled_in = 3 * y[:, None] + draw.normal(0, 0.3, size=(200, 1))
    return copied(np.concatenate([x, filled_in], axis=1), y, test), copied(x, y, test)


# %% [markdown]
# **The preparation**: of 1,000 columns keep the ten that go best with the label, and choose them *before* the split.


# %%
def ten_best(x, y):
    return np.argsort(-np.abs((x - x.mean(axis=0)).T @ (y - y.mean())))[:10]


def preparation(draw):
    x, y = draw.normal(size=(100, 1000)), draw.integers(2, size=100)
    test = draw.permutation(100) < 20
    return copied(x[:, ten_best(x, y)], y, test), copied(x[:, ten_best(x[~test], y[~test])], y, test)


# %%
leaks_found = {}
for kind in (copy, relative, future, answer, preparation):
    found = np.array([kind(numpy_stream(seed, f"leak {kind.__name__}", n)) for n in range(60)])  # (60, 2)
    leaks_found[kind.__name__] = found
    gap = stats.paired_t(found[:, 0], found[:, 1])
    show(kind.__name__, leaky=found[:, 0].mean(), honest=found[:, 1].mean(), gap=gap.difference, low=gap.low)
    assert gap.low > 0.03
    assert kind is future or abs(found[:, 1].mean() - 0.5) < 0.1

# %% [markdown]
# The honest figure of the future may lie above one half: moods last, and to know that is no leak. (Chance has made its labels, too, but one day after another, not by tosses.)

# %% tags=["figure"]
# Bars: accuracy on coin labels with and without each of five leaks
_, ax = plt.subplots(figsize=(6.8, 3))
for shift, label in enumerate(("with the leak", "honest split")):
    values = [found[:, shift].mean() for found in leaks_found.values()]
    ax.bar(np.arange(5) + 0.4 * shift - 0.2, values, 0.38, label=label)
ax.axhline(0.5, color="grey", linestyle="--", linewidth=1)
ax.set_xticks(range(5), [f"the {name}" for name in leaks_found])
ax.set(title="Five leaks let a copier foresee what chance decided", ylabel="accuracy", ylim=(0, 1.3))
ax.legend(loc="upper right", ncols=2)
plt.show()

# %% [markdown]
# ### Exercise 9b.4 · The checklist ●●● 30 min
#
# Make it a function that runs before every training. `train` and `test` are dicts of NumPy arrays: `"x"` $(n, d)$ raw columns, `"y"` $(n,)$ of 0 and 1, both in each part, `"customer"` $(n,)$ names, `"day"` $(n,)$ numbers. `centre` $(d,)$ is what the preparation subtracts from every row. Return the **set** of what you find:
#
# - `"copy"`: some row of the test's x equals a row of the training's x in all columns;
# - `"relative"`: a customer is in both;
# - `"future"`: some training row is from the *same or a later* day than the *earliest* test row;
# - `"answer"`: one column alone separates the labels of the **training** rows: all its values for one label lie strictly above all its values for the other (either way round);
# - `"preparation"`: `centre` is not the mean of the training rows (tolerance $10^{-6}$ in each column).
#
# <details><summary>Hint 1</summary>Five small questions, each a line or two; start with an empty set and add names.</details>
# <details><summary>Hint 2</summary>A row becomes comparable as a tuple, and sets intersect. For the answer compare the smallest value of one label with the largest of the other, column by column.</details>


# %% tags=["exercise-9b.4"]
def leaks(train, test, centre):
    """Names of the leaks between two parts, a set of "copy", "relative", "future", "answer", "preparation"."""
    ### BEGIN SOLUTION
    found = set()
    x, ones = train["x"], train["y"] == 1
    if set(map(tuple, x.tolist())) & set(map(tuple, test["x"].tolist())):
        found.add("copy")
    if np.isin(train["customer"], test["customer"]).any():
        found.add("relative")
    if train["day"].max() >= test["day"].min():
        found.add("future")
    if ((x[ones].min(axis=0) > x[~ones].max(axis=0)) | (x[~ones].min(axis=0) > x[ones].max(axis=0))).any():
        found.add("answer")
    if np.abs(x.mean(axis=0) - centre).max() > 1e-6:
        found.add("preparation")
    return found
    ### END SOLUTION


# %% tags=["check-9b.4"]
with check("9b.4", leaks) as c:

    def parts(number, n=30, m=12, d=3):
        draw = np.random.default_rng(number)
        x, y = draw.normal(size=(n + m, d)), np.arange(n + m) % 2
        names = np.array([f"c{i // 2}" for i in range(n + m)])
        days = np.sort(draw.permutation(400)[: n + m])
        old, new = (
            {"x": x[s].copy(), "y": y[s].copy(), "customer": names[s], "day": days[s].copy()}
            for s in (slice(n), slice(n, None))
        )
        mixes = draw.permutation(n), draw.permutation(m)
        return tuple(
            {key: value[mix] for key, value in part.items()}
            for part, mix in zip((old, new), mixes, strict=True)
        )

    def asked(train, test, want, what, centre=None):
        centre = train["x"].mean(axis=0) if centre is None else centre
        got = leaks(train, test, centre)
        c.true(isinstance(got, (set, frozenset)), "a set of names is asked for")
        for name in sorted(set(got) - want):
            c.true(False, f"{what}: “{name}” is a false alarm", "read that line of the list word for word")
        for name in sorted(want - set(got)):
            c.true(False, f"{what}: “{name}” was overlooked", "read that line of the list word for word")
        c.true(set(got) == want, what)

    asked(*parts(0), set(), "an honest split")
    train, test = parts(1)
    test["x"][5] = train["x"][7]
    asked(train, test, {"copy"}, "one row of the test is a training row")
    train, test = parts(2)
    test["x"][3, :2], test["x"][5, 1:] = train["x"][4, :2], train["x"][5, 1:]
    asked(train, test, set(), "rows that share two of three columns")
    train, test = parts(21)
    train["x"][3] = train["x"][4]
    asked(train, test, set(), "two equal rows in the training part")
    train, test = parts(22)
    train["x"][0], test["x"][0] = [1, 2, 4], [4, 2, 1]
    asked(train, test, set(), "the same numbers in other columns")
    train, test = parts(23)
    test["x"][2] = train["x"][6] + 1e-6
    asked(train, test, set(), "a row that nearly equals a training row")
    train, test = parts(3)
    test["customer"] = np.where(np.arange(12) == 4, train["customer"][9], test["customer"])
    asked(train, test, {"relative"}, "one customer in both parts")
    train, test = parts(4)
    train["day"][11] = test["day"].min()
    asked(train, test, {"future"}, "a training row from the first test day")
    train, test = parts(5)
    train["day"][2] = test["day"].min() + 1
    asked(train, test, {"future"}, "one training row between the test rows")
    for number, sign in ((6, 1), (7, -1)):
        train, test = parts(number)
        train["x"][:, 1] = sign * (train["x"][:, 1] % 1 + 1.5 * train["y"])
        asked(train, test, {"answer"}, f"a column that {'rises' if sign > 0 else 'falls'} with the label")
    train, test = parts(8)
    train["x"][:, 2] = np.where(train["y"] == 1, 1.0, 0.0)
    train["x"][np.flatnonzero(train["y"] == 1)[0], 2] = -1.0
    asked(train, test, set(), "a column that separates all labels but one")
    train, test = parts(9)
    train["x"][:, 0] = np.where(train["y"] == 1, 2.0 + np.arange(30), 2.0 - np.arange(30))
    train["x"][[np.flatnonzero(train["y"] == v)[0] for v in (0, 1)], 0] = 2.0
    asked(train, test, set(), "a column whose two labels meet in one value")
    train, test = parts(10)
    test["x"][:, 0] += 10 * test["y"]
    asked(train, test, set(), "a column that separates the labels of the test rows only")
    train, test = parts(11)
    asked(
        train,
        test,
        {"preparation"},
        "a mean over both parts",
        np.concatenate([train["x"], test["x"]]).mean(axis=0),
    )
    train, test = parts(12)
    shifted = train["x"].mean(axis=0) + np.array([0, 0, 1e-5])
    asked(train, test, {"preparation"}, "a mean that is off in one column", shifted)
    asked(
        train,
        test,
        {"preparation"},
        "a mean that is too small in one column",
        2 * train["x"].mean(axis=0) - shifted,
    )
    asked(train, test, set(), "a mean with rounding errors", train["x"].mean(axis=0) + 1e-9)
    train, test = parts(13)
    balanced = train["x"].mean(axis=0) + np.array([0.5, -0.5, 0])
    asked(train, test, {"preparation"}, "a mean whose errors cancel", balanced)
    train, test = parts(14, d=1)
    train["x"][:, 0] = train["y"] + train["x"][:, 0] % 0.5
    test["x"][0], test["day"][0] = train["x"][0], 0
    test["customer"] = train["customer"][:12]
    everything = {"copy", "relative", "future", "answer", "preparation"}
    asked(train, test, everything, "all five at once", np.array([9.0]))

# %% [markdown]
# What the list cannot see, ask: *when is this value known?* The fifth line is general: repeat the preparation with the training rows alone; if anything changes, something leaked.
#
# ## 9b.11 What to try first
#
# Let the order be *measured*, by forward selection. In each round try, on top of what stands, each of the seven remedies that `SOURCE` names, and keep the one with the highest *held-out* accuracy. (Careless clerk; each remedy at its best single strength, or half of it. A slip held out in one repetition may be in another's exam: a small flattery.)

# %%
SOURCE = {"L1": "l1", "L2": "l2", "weight decay": "decay", "dropout": "drop", "label smoothing": "smooth"}
SOURCE |= {"dirt on the images": "dirt", "early stopping": "stop"}
best_single = {name: STRENGTHS[name][race["careless", name][0].mean(axis=1).argmax()] for name in SOURCE}
print("best single strengths:", ", ".join(f"{name} {approx(value)}" for name, value in best_single.items()))


def recipes_trained(recipes):
    """Recipes, dicts of dials, trained at once in the careless world -> accuracies held out and in the exam, (recipes, R)."""
    k, last = len(recipes), max(r.get("stop", steps) for r in recipes)

    def column(key):
        values = torch.tensor([r.get(key, 0.0) for r in recipes])
        return values.repeat_interleave(repeats)[:, None, None]

    x, y = times(bad.x, k), smoothed(times(bad.y, k), column("smooth"))
    dials = {key: column(key) for key in ("l1", "l2", "decay", "drop")}
    start = [times(w, k) for w in fresh(hidden)]
    weights = fit(start, dirty(x, column("dirt")), y, stops=STOPS, steps=last, **dials)
    states = {step: readers(w, k) for step, w in weights.items()}
    return judged([states[r.get("stop", steps)][n] for n, r in enumerate(recipes)], bad.labels)


# %%
def options(recipe):
    """What may be added: each remedy that the recipe lacks, at its best single strength and at half."""
    for name, key in SOURCE.items():
        if key not in recipe:
            for part in (1.0, 0.5):
                value = best_single[name] * part
                if key != "stop" or value in STOPS:
                    yield name, recipe | {key: int(value) if key == "stop" else value}


def single(name):
    """Held-out and exam accuracies of a remedy at its best single strength: the race knows them."""
    look, final = race["careless", name]
    best = look.mean(axis=1).argmax()
    return name, look[best], final[best]


leader = max(SOURCE, key=lambda name: single(name)[1].mean())
rounds = [("plain", race["careless", "plain"][0][0], race["careless", "plain"][1][0]), single(leader)]
recipe = {SOURCE[leader]: best_single[leader]}

# %% [markdown]
# The race was the first round. Two more follow; then we stop where held-out accuracy was highest.

# %%
tried = []
for _ in range(2):
    names, offers = zip(*options(recipe), strict=True)
    look, final = recipes_trained(offers)
    best = look.mean(axis=1).argmax()
    tried.append((names, look, final))
    recipe = offers[best]
    rounds.append((names[best], look[best], final[best]))

# %%
for number, (name, look, final) in enumerate(rounds):
    print(f"{number} remedies: held out {approx(look.mean())}  exam {approx(final.mean())}  {about(name)}")
    if number:
        step = stats.paired_t(final, rounds[number - 1][2])
        show("  its gain in the exam", gain=step.difference, low=step.low, high=step.high)
stop = int(np.argmax([look.mean() for _, look, _ in rounds]))
show("held-out says: stop after", remedies=stop)
first, *others = np.diff([final.mean() for _, _, final in rounds])
show("gain", of_first=first, of_two_later=sum(others))
assert not default or (first > 0.08 and sum(others) < first / 2 and stop > 0)

# %% [markdown]
# Do remedies add up? The second round knows: what each gains alone, and what it gains on top of the first. (`nan`: it *is* the first.)

# %%
names, look, final = tried[0]
alone, on_top = {}, {}
for name in SOURCE:
    alone[name] = (single(name)[2] - rounds[0][2]).mean()
    offered = [n for n, other in enumerate(names) if other == name]  # at its strength and at half
    best = max(offered, key=lambda n: look[n].mean(), default=None)
    on_top[name] = math.nan if best is None else (final[best] - rounds[1][2]).mean()
    show(name, alone=alone[name], on_top=on_top[name])
left = np.nanmean(list(on_top.values()))
whole = np.mean([alone[name] for name in SOURCE if not math.isnan(on_top[name])])
show("mean", alone=whole, on_top=left)
assert not default or left < whole / 3

# %% tags=["figure"]
# Bars: what each remedy gains in the exam alone, and on top of the first remedy
_, ax = plt.subplots(figsize=(6.8, 3.4))
for shift, (label, bars) in enumerate({"alone": alone, "on top of the first": on_top}.items()):
    ax.barh(np.arange(len(SOURCE)) + 0.4 * shift - 0.2, list(bars.values()), 0.38, label=label)
ax.axvline(0, color="grey", linewidth=1)
ax.set(
    yticks=range(len(SOURCE)),
    yticklabels=list(SOURCE),
    ylim=(-0.6, len(SOURCE) + 0.4),
    xlabel="gain in the exam",
    title="What wins alone adds little to the first"
    if left < whole / 3
    else "Alone, and on top of the first",
)
ax.legend(loc="upper left", ncols=2)
plt.show()

# %% [markdown]
# In the stored run remedies do not add up, as if they cured one illness: what wins alone adds little on top, or is too much. (At its strength or half of it; tuned as a pair they might do better.)
#
# Now the list: five that cost nothing when the model *serves*, then what costs. *Held-out* accuracy orders it: whoever orders by the exam has used it up (9b.9). *Found* as in 9b.4.

# %%
DEAR = {"ensemble": "2 to 5 models to serve", "more data": "labels to pay", "pre-training": "600 more slips"}
for clerk in worlds:
    print(f"{clerk} clerk")
    looks = {n: race[clerk, n][0].max(axis=0).mean() for n in STRENGTHS if n not in DEAR}
    for name in [*sorted(looks, key=looks.get, reverse=True)[:5], *DEAR]:
        seen = about("found" if name in helped[clerk] else "not found")
        print("  gain", approx(gains[clerk][name].difference), seen, about(name), DEAR.get(name, "free"))

# %% [markdown]
# In the stored run no remedy gave as much as right labels (9b.4). So three lines stand before the list. Run the checklist of 9b.10. Read a hundred labels: if many are wrong, mend them first. And watch held-out accuracy *on the way* (9b.3 showed the exam's): where the exam never turned, in our runs, stopping, penalties and dropout had nothing to win, and data had.
#
# ### Exercise 9b.5 · Labels or engineering? ●●● 25 min
#
# Your reader's error follows $e(n) = e_1\,(n/n_1)^{-c}$. You know two points, `(n1, e1)` and `(n2, e2)` with $n_1 < n_2$ and $e_1 > e_2$; you *have* `n2` labels. A remedy costs `fee` euros of an engineer's time, once, and multiplies the error by `factor` < 1 at every $n$. A label costs `price` euros. The product needs an error of at most `target` > 0. Four ways: nothing, labels only, the remedy only, the remedy and labels. Labels are bought whole. Return the **name** of the cheapest way that reaches the target and its cost in euros: `"nothing"`, `"labels"`, `"remedy"` or `"both"`. If "labels" and "both" cost the same, any of them is right; the check has no ties.
#
# <details><summary>Hint 1</summary>Two points on a straight line in logarithms give c. Then solve e(n) = something for n.</details>
# <details><summary>Hint 2</summary>With the remedy the plain curve only has to fall to target divided by what? If n2 labels are already enough, none are bought.</details>


# %% tags=["exercise-9b.5"]
def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    """(n1, e1), (n2, e2): two points of the curve; have n2 labels -> (name of the way, euros)"""
    ### BEGIN SOLUTION
    c = math.log(e1 / e2) / math.log(n2 / n1)

    def to_buy(goal):
        return max(math.ceil(n2 * (e2 / goal) ** (1 / c) - n2 - 1e-9), 0)

    bare, helped = to_buy(target), to_buy(target / factor)
    if bare == 0:
        return "nothing", 0.0
    ways = [("labels", bare * price), ("both" if helped else "remedy", fee + helped * price)]
    return min(ways, key=lambda way: way[1])
    ### END SOLUTION


# %% tags=["check-9b.5"]
with check("9b.5", cheapest) as c:

    def ways(n1, e1, n2, e2, target, price, factor, fee, relief=None, have=None):
        slope, have = math.log(e1 / e2) / math.log(n2 / n1), n2 if have is None else have
        goals = target, target / (relief or factor)
        need = [max(math.ceil(n2 * (e2 / goal) ** (1 / slope) - have), 0) for goal in goals]
        if e2 <= target:
            return [("nothing", 0.0)] * 2
        return [("labels", need[0] * price), ("both" if need[1] else "remedy", fee + need[1] * price)]

    def way(*case, **other):
        return min(ways(*case, **other), key=lambda pair: pair[1])

    cases = [
        # no case wants exactly a whole number of labels: rounding errors would decide it
        (100, 0.315, 400, 0.15, 0.10, 0.5, 0.8, 200),
        (100, 0.315, 400, 0.15, 0.10, 0.5, 0.8, 400),
        (100, 0.315, 400, 0.15, 0.10, 2.0, 0.6, 300),
        (100, 0.315, 400, 0.15, 0.16, 2.0, 0.6, 300),
        (200, 0.25, 500, 0.17, 0.03, 0.08, 0.7, 900),
        (50, 0.5, 800, 0.11, 0.02, 0.3, 0.5, 5000),
        (1000, 0.09, 3000, 0.06, 0.055, 0.2, 0.9, 350),
        (100, 0.5, 400, 0.25, 0.25, 2.0, 0.6, 300),
    ]
    for case in cases:
        what = "n1, e1, n2, e2, target, price, factor, fee = " + ", ".join(f"{v:g}" for v in case)
        got, want = cheapest(*case), way(*case)
        c.true(isinstance(got, (tuple, list)) and len(got) == 2, "a name and a cost are asked for")
        c.close(
            got[1],
            want[1],
            what=what,
            hint="write down the cost of each of the four ways",
            rtol=1e-5,
            slips={
                "there is a cheaper way": max(cost for _, cost in ways(*case)),
                "the labels that you have are paid": way(*case, have=0)[1],
                "the fee counts once": want[1] + case[-1],
            },
        )
        c.equal(got[0], want[0], what=what, hint="which way is that?")

# %% [markdown]
# ## 9b.12 What the article says
#
# Section 9.2 names four remedies against overfitting. Each was in the race, and each verdict could have been another. These questions stood before the race, so each goes by its own interval; counted among all 28, some may miss.


# %%
def verdict(what, so, holds, right):
    """The claim's verdict, if this run shows it; the stored parameters must."""
    shown = holds or default
    so, right = (so, right) if shown else ("not decided with these parameters", "The stored run decides it.")
    claim("§9.2", what, so, evidence=bool(holds) or not shown, right=right)


# %%
fitting, false_one = fits["moved", "moved copies"], fits["centred", "mirrored copies"]
verdict(
    "Data augmentation helps to avoid overfitting.",
    "right where the change keeps the meaning",
    fitting.low > 0 and false_one.low <= 0 and fits["centred", "moved copies"].low <= 0,
    "Moved copies help on a moved exam. On a centred one neither they nor mirrored copies are sure to help.",
)

# %%
cuts = sparse["Lasso"][0] < sparse["Ridge"][0] / 2
slight = {name: good_gain[name] < bad_gain[name] / 3 for name in STRENGTHS}
verdict(
    "L1 and L2 regularisation help to avoid overfitting.",
    "right in principle, no guarantee",
    min(bad_gain["L1"], gains["careless"]["L2"].low) > 0 and cuts and slight["L1"] and slight["L2"],
    "Both gain where labels are wrong (L2 for sure, L1 on average), little or nothing where they are right. L1 cuts, L2 shrinks, and under Adam L2 is no decay.",
)

# %% [markdown]
# And the two that need no penalty:

# %%
verdict(
    "Dropout helps to avoid overfitting.",
    "right in principle, no guarantee",
    gains["careless"]["dropout"].low > 0 and slight["dropout"],
    "It wins where labels are wrong. Where they are right it wins little or nothing.",
)

# %%
stopping = gains["careless"]["early stopping"]
verdict(
    "Early stopping helps to avoid overfitting.",
    "right where the exam turns",
    stopping.low > 0 and slight["early stopping"] and lost["careless"] > lost["careful"],
    "It wins where labels are wrong, and one run serves all its tries. Where the exam does not turn there is nothing to win.",
)

# %% [markdown]
# What the four leave out gained most in the stored run: right labels, then more labels (on careless ones dirt comes close). And without an honest exam nobody would know.
#
# ## Recap
#
# 1. Memory is no illness by itself. It costs where labels are wrong, and little where they are right: watch held-out accuracy on the way.
# 2. In the stored run, tuned alike and judged in pairs, L2, decay, dropout and early stopping win on careless labels, and nearly nothing on careful ones. More data help on both; right labels help most.
# 3. Moved copies say something about the exam, dirt perhaps acts like a penalty; L1 cuts, L2 shrinks; decay trades variance for bias, and so does width.
# 4. A validation set can be learnt from its scores alone: count the questions, keep an exam.
# 5. Leaks and wrong labels first, then one remedy, then labels or engineering by price.
#
# **Next:** [lesson 10a: The ledger](10a_ledger.ipynb)
#
# ## Sources
#
# - N. Srivastava et al. (2014), *Dropout: a simple way to prevent neural networks from overfitting*, Journal of Machine Learning Research 15
# - R. Tibshirani (1996), *Regression shrinkage and selection via the lasso*, Journal of the Royal Statistical Society B 58
# - A. E. Hoerl, R. W. Kennard (1970), *Ridge regression: biased estimation for nonorthogonal problems*, Technometrics 12
# - L. Prechelt (1998), *Early stopping: but when?*, in Neural Networks: Tricks of the Trade
# - I. Loshchilov, F. Hutter (2019), *Decoupled weight decay regularization*, [arXiv:1711.05101](https://arxiv.org/abs/1711.05101)
# - A. Blum, M. Hardt (2015), *The ladder: a reliable leaderboard for machine learning competitions*, [arXiv:1502.04585](https://arxiv.org/abs/1502.04585)
# - C. M. Bishop (1995), *Training with noise is equivalent to Tikhonov regularization*, Neural Computation 7
# - Y. Benjamini, Y. Hochberg (1995), *Controlling the false discovery rate: a practical and powerful approach to multiple testing*, Journal of the Royal Statistical Society B 57
# - B. Recht, R. Roelofs, L. Schmidt, V. Shankar (2019), *Do ImageNet classifiers generalize to ImageNet?*, [arXiv:1902.10811](https://arxiv.org/abs/1902.10811)
# - S. Kaufman, S. Rosset, C. Perlich, O. Stitelman (2012), *Leakage in data mining: formulation, detection, and avoidance*, ACM Transactions on Knowledge Discovery from Data 6
