# %% [markdown]
# # 8c · Automation
#
# Let a machine search for the model, in a world where every answer is known; see what it finds, what it costs, and why its own report is too good.
#
# 75 min to read · under 60 CPU-seconds · under 1,500 MB · GPU: not needed
#
# **You will be able to**
# - run grid, random, Bayesian and evolutionary search, halving and Hyperband, and race them at equal cost;
# - build a Gaussian process and expected improvement by hand;
# - compute how much the best of N flatters itself, and report a number that does not;
# - catch a search that reads the future, and say when an hour of thought beats it;
# - plan a search: trials, kilowatt-hours, euros.
#
# *You need:* validation and test sets from [lesson 3b](03b_training.ipynb), intervals from [lesson 2b](02b_generalisation.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
dataset: str = "shop"  # the table of the search  in {shop, digits}
trials: int = 20  # budget of each search, in full trainings  in [8, 80]
repeats: int = 60  # how often each search is repeated  in [20, 500]
held: int = 200  # rows on which a trial is judged  in [50, 300]
watts: float = 60.0  # what this machine takes while it computes  in [1, 10000]
kwh: float = 0.3  # euros for a kilowatt-hour (invented)  in [0, 10]
model: str = "none"  # who proposes: none, smollm2, or the path of a GGUF file or folder

# %%
import itertools
import math
import re
import time
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy import integrate
from scipy.stats import binom, norm
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from torch import nn
from torch.nn import functional as F

# %%
from utils import cost, data, plot, stats
from utils.check import approx, check, claim, metric
from utils.params import check_parameters
from utils.repro import numpy_stream, torch_stream

check_parameters("08c_automation", globals())
plot.style()

# %% [markdown]
# ## 8c.1 Two coins, one winner
#
# Two models that know nothing: each is right half the time. Judge both on *two* examples (each model on its own), keep the better one, report its score. What do you report, on average? Each scores 0, ½ or 1 with chance ¼, ½, ¼. The better one scores
#
# - 1 unless both miss it: $1-(\tfrac34)^2=\tfrac7{16}$;
# - ½ with chance $(\tfrac34)^2-(\tfrac14)^2=\tfrac12$.
#
# So $\tfrac7{16}+\tfrac12\cdot\tfrac12=\tfrac{11}{16}=.69$. The truth is .50. Nobody cheated: *choosing* did it. This is the **winner's curse** (赢家诅咒).

# %%
default = (dataset, trials, repeats, held) == ("shop", 20, 60, 200)


def show(name, **values):
    """One line: a name, and measured numbers with theirs."""
    print(f"{name:22s}", *(f"{what.replace('_', ' ')} {approx(value)} " for what, value in values.items()))


# %%
scores = numpy_stream(seed, "coins").binomial(2, 0.5, size=(100_000, 2)) / 2
reported = scores.max(axis=1).mean()
assert abs(reported - 11 / 16) < 0.01
show("two coins", reported=reported, true=0.5)

# %% tags=["figure"]
# Bars: how often the better of two coins reports each score
counted = np.bincount((scores.max(axis=1) * 2).astype(int), minlength=3) / len(scores)
plot.bars(
    {"reports 0": counted[0], "reports ½": counted[1], "reports 1": counted[2]},
    title="The better of two coins reports more than a coin is worth",
    xlabel="share of 100,000 pairs",
    ax=plt.subplots(figsize=(6.0, 1.8))[1],
)
plt.show()

# %% [markdown]
# Automation tries not two models but two thousand. Whoever lets a machine choose must know this.
#
# ## 8c.2 A world where all answers are known
#
# The start-up promises a day for each repair. Will this one be **late**? Eight columns, in standard units: missing parts, how busy the workshop is, days promised, age of the bicycle, and four that do nothing. The truth is planted: missing parts hurt when it is busy (a plain product: when calm they *help*); very short *and* very long promises are broken.

# %%
COLUMNS = ("parts", "busy", "promise", "age", "price", "distance", "weight", "visits")


def late_chance(x):
    """Planted chance that a repair is late: x (n, 8) -> (n,)."""
    parts, busy, promise, age = x[:, :4].T
    return 1 / (1 + np.exp(-(2.5 * parts * busy + 2 * (promise**2 - 1) + age)))


# %%
def repairs(n, name, *index):
    """n repairs: x (n, 8), late (n,) of 0 and 1."""
    rng = numpy_stream(seed, f"repairs {name}", *index)
    x = rng.normal(size=(n, len(COLUMNS)))
    return x.astype(np.float32), (rng.random(n) < late_chance(x)).astype(int)


# %% tags=["figure"]
# Height lines: the planted chance over missing parts and how busy it is, and over promise and age
_, axes = plt.subplots(1, 2, figsize=(8.4, 3.2))
ticks = np.linspace(-2.5, 2.5, 80)
across, up = np.meshgrid(ticks, ticks)
for ax, (a, b), title in zip(
    axes, ((0, 1), (2, 3)), ("Missing parts hurt when busy", "Promises far from 0 break"), strict=True
):
    grid = np.zeros((across.size, 8))
    grid[:, a], grid[:, b] = across.ravel(), up.ravel()
    grid[:, 2] += 0 if a == 2 else 1  # a promise of middling risk
    drawn_chance = late_chance(grid).reshape(across.shape)  # (6400,) -> (80, 80)
    shown = ax.contourf(ticks, ticks, drawn_chance, levels=np.linspace(0, 1, 11), cmap="RdBu_r")
    ax.set(title=title, xlabel=COLUMNS[a], ylabel=COLUMNS[b])
plt.colorbar(shown, ax=list(axes), label="chance of being late")
plt.show()

# %% [markdown]
# Three sets: to learn, to judge each trial (*validation*, 验证集), and an exam of 5,000 that no search sees. `dataset` swaps in scikit-learn's handwritten digits, with a smaller exam.


# %%
def shop_sets():
    return repairs(400, "learn"), repairs(held, "judge"), repairs(5000, "exam")


def digit_sets():
    images = data.digits(test=360, seed=seed)
    x = np.concatenate([images.x_train, images.x_test]).reshape(1797, 64).astype(np.float32)  # -> (1797, 64)
    y = np.concatenate([images.y_train, images.y_test])
    ends = [400, 400 + held]
    return list(zip(np.split(x, ends), np.split(y, ends), strict=True))


learn, judge, exam = shop_sets() if dataset == "shop" else digit_sets()
classes = int(learn[1].max()) + 1
print(
    "rows:", len(learn[1]), len(judge[1]), len(exam[1]), "| columns", learn[0].shape[1], "| classes", classes
)

# %% [markdown]
# **The search space** (搜索空间). A small network has five choices. Four make its architecture: activation, layers, width, a *skip* (a straight line from input to output, beside the network). The fifth is the learning rate.

# %%
SPACE = {
    "act": ["relu", "tanh", "line"],
    "layers": [1, 2],
    "width": [2, 4, 8, 16],
    "skip": [0, 1],
    "rate": [0.003, 0.01, 0.03, 0.1, 0.3, 0.6, 1.2, 2.4, 5.0],
}

# %%
SIZES = [len(values) for values in SPACE.values()]
CELLS = np.array(list(itertools.product(*map(range, SIZES))))  # (N, 5): which value of each choice
N, EPOCHS = len(CELLS), [1, 3, 9, 27]


def name_of(cell):
    return " ".join(f"{key}={SPACE[key][i]}" for key, i in zip(SPACE, CELLS[cell], strict=True))


print(N, "networks, such as", name_of(100))

# %% [markdown]
# Because they are small, we can train *all* of them. One stack of tensors holds them side by side; narrow networks are padded to width 16, and a mask keeps the padding at 0. `line` is no activation at all.


# %%
def column_of(values):  # (N,) -> (N, 1, 1)
    return torch.tensor(np.array(values), dtype=torch.float32)[:, None, None]


WIDTH = np.array(SPACE["width"])[CELLS[:, 2]]
MASK = torch.tensor(np.arange(16) < WIDTH[:, None])[:, None]  # (N, 1, 16)
FAN, RATE = column_of(WIDTH), column_of(np.array(SPACE["rate"])[CELLS[:, 4]])
DEEP, SKIP = column_of(CELLS[:, 1]) == 1, column_of(CELLS[:, 3])


# %%
def start(inputs, rng, wide=16):
    """First weights of all N networks, scaled by the number of inputs, as a dict of (N, in, out)."""
    sizes = {"a": (inputs, wide), "b": (wide, wide), "c": (wide, classes), "skip": (inputs, classes)}
    w = {key: torch.randn(N, *size, generator=rng) for key, size in sizes.items()}
    fan = {key: inputs if key in ("a", "skip") else FAN for key in sizes}
    w = {key: value / fan[key] ** 0.5 for key, value in w.items()}
    w |= {f"bias {key}": torch.zeros(N, 1, sizes[key][1]) for key in "abc"}
    return {key: value.requires_grad_() for key, value in w.items()}


# %% [markdown]
# One pass for all: a product of stacks, `(N, B, in) @ (N, in, out)`.


# %%
def activated(h):
    """Each third of the networks has its own activation; h (N, B, 16)."""
    relu, tanh, line = h.chunk(3)
    return torch.cat([relu.relu(), tanh.tanh(), line]) * MASK


# %%
def forward(w, x):
    """All networks on the same rows: x (B, inputs) -> scores (N, B, classes)."""
    first = activated(x @ w["a"] + w["bias a"])
    second = activated(first @ w["b"] + w["bias b"])
    hidden = torch.where(DEEP, second, first)
    return hidden @ w["c"] + w["bias c"] + SKIP * (x @ w["skip"])


# %% [markdown]
# Plain gradient descent, each network with its own rate, all on the same batches. Their losses are *added*: the slope of one network's weights does not contain the others. After 1, 3, 9 and 27 epochs all are judged. Scores that are no numbers any more count as class 0.


# %%
@torch.no_grad()
def right(w, x, y):
    """Which networks are right on which rows: (N, n) bools."""
    parts = [
        forward(w, torch.tensor(part)).nan_to_num().argmax(-1)
        for part in np.array_split(x, len(x) // 1000 + 1)
    ]
    return (torch.cat(parts, dim=1) == torch.tensor(y)).numpy()


# %%
def epoch(w, x, y, rng, batch=50):
    for rows in torch.randperm(len(x), generator=rng).split(batch):
        scores = forward(w, x[rows]).flatten(0, 1)  # (N, B, classes) -> (N * B, classes)
        loss = F.cross_entropy(scores, y[rows].repeat(N), reduction="sum") / len(rows)
        slopes = torch.autograd.grad(loss, list(w.values()))
        with torch.no_grad():
            for weight, slope in zip(w.values(), slopes, strict=True):
                weight -= RATE * slope


# %%
began = time.process_time()
x, y = torch.tensor(learn[0]), torch.tensor(learn[1])
w, order = start(x.shape[1], torch_stream(seed, "weights")), torch_stream(seed, "order")
valid, truth = np.zeros((N, 4)), np.zeros((N, 4))  # accuracy on validation and exam after 1, 3, 9, 27 epochs
for done in range(1, EPOCHS[-1] + 1):
    epoch(w, x, y, order)
    if done in EPOCHS:
        judged, known = right(w, *judge), right(w, *exam)  # (N, held), (N, 5000)
        valid[:, EPOCHS.index(done)], truth[:, EPOCHS.index(done)] = judged.mean(axis=1), known.mean(axis=1)
seconds = time.process_time() - began
final, best = truth[:, -1], truth[:, -1].max()
show("all networks", median=np.median(final), worst=final.min(), best=best)
print("the best:", name_of(final.argmax()))

# %% [markdown]
# Is the stack right? Take one network's first weights, put them into ordinary layers, and train it *alone*, on the same batches, with PyTorch's own optimiser. Then a second question: how good can *anybody* be, on average, who knows the planted chances?

# %%
one = int(final.argmax())
act = {"relu": torch.relu, "tanh": torch.tanh, "line": lambda h: h}[SPACE["act"][CELLS[one, 0]]]
first, order = start(x.shape[1], torch_stream(seed, "weights")), torch_stream(seed, "order")
layers, hidden = nn.ModuleDict(), ["a", "b"][: CELLS[one, 1] + 1]
for key in [*hidden, "c", "skip"]:
    ins = x.shape[1] if key in ("a", "skip") else WIDTH[one]
    outs = classes if key in ("c", "skip") else WIDTH[one]
    layers[key] = nn.Linear(ins, outs, bias=key != "skip")
    layers[key].weight.data = first[key][one, :ins, :outs].detach().T.clone()
    if key != "skip":
        nn.init.zeros_(layers[key].bias)


def alone(x):
    h = x
    for key in hidden:
        h = act(layers[key](h))
    return layers["c"](h) + CELLS[one, 3] * layers["skip"](x)


# %%
optimiser = torch.optim.SGD(layers.parameters(), lr=SPACE["rate"][CELLS[one, 4]])
for _ in range(EPOCHS[-1]):
    for rows in torch.randperm(len(x), generator=order).split(50):
        optimiser.zero_grad()
        F.cross_entropy(alone(x[rows]), y[rows]).backward()
        optimiser.step()
same = (alone(torch.tensor(exam[0])).argmax(1).numpy() == exam[1]) == known[one]
print("alone as in the stack:", same.mean() > 0.99)
ceiling = np.maximum(late_chance(exam[0]), 1 - late_chance(exam[0])).mean() if dataset == "shop" else 1.0
show("best on average", accuracy=ceiling)
assert same.mean() > 0.99
assert not default or 0.5 < np.median(final) < best - 0.1 < ceiling - 0.1 < 0.8

# %% tags=["figure"]
# Learning curves of 60 networks, and the sorted truth of all
_, (left, other) = plt.subplots(1, 2, figsize=(8.4, 3.2), sharey=True)
some = numpy_stream(seed, "curves").permutation(N)[:60]
left.plot(EPOCHS, truth[some].T, color="#0072B2", alpha=0.25, linewidth=1)
early = np.corrcoef(truth[:, 0], final)[0, 1] > 0.5
left.set(
    title="Many losers show early" if early else "Early curves tell only a part",
    xlabel="epochs",
    ylabel="exam accuracy",
    xscale="log",
)
left.set_xticks(EPOCHS, EPOCHS)
left.minorticks_off()
other.plot(np.sort(final)[::-1], color="#D55E00")
few = (final > best - 0.05).mean() < 0.15
other.set(
    title="Few are good: all networks, sorted" if few else "All networks, sorted",
    xlabel="rank after 27 epochs",
)
plt.show()

# %% [markdown]
# Now a "training" is a look into this table; a search pays all the same. It sees `valid`. We alone see `truth`, and measure **regret** (遗憾): accuracy of the best network after 27 epochs, minus that of the one in hand. (The best on the exam is a winner, too; many rows keep its curse small.)
#
# ## 8c.3 What matters, and a grid against the lot
#
# *Predict*: which of the five choices matters most? Average over the others: the variance of these averages is that choice's *main effect*. The rest is due to pairs and more.


# %%
cube = final.reshape(SIZES)  # (N,) -> (3, 2, 4, 2, 9)
others = {key: tuple(a for a in range(5) if a != axis) for axis, key in enumerate(SPACE)}
effects = {key: cube.mean(axis=rest).var() / cube.var() for key, rest in others.items()}
top = max(effects, key=effects.get)
effects["together"] = 1 - sum(effects.values())
for key, share in effects.items():
    show(key, share=share)

# %% tags=["figure"]
# Bars: share of the variance that each choice explains alone
plot.bars(
    effects,
    title=f"Of the single choices, {top} matters most",
    xlabel="share of the variance of the exam accuracy",
    ax=plt.subplots(figsize=(6.2, 2.6))[1],
)
plt.show()

# %% tags=["figure"]
# A matrix: exam accuracy by activation and rate, averaged over the other choices, in points above the median network
pairs = 100 * (cube.mean(axis=(1, 2, 3)) - np.median(final))  # (3, 9)
flat = np.ptp(pairs, axis=1).argmin() == SPACE["act"].index("line")
ax = plot.matrix(
    pairs,
    title="Rate matters, for a line least" if flat else "Rate and activation, averaged over the rest",
    xlabel="learning rate",
    fmt="+.0f",
    bar="points above the median",
    ax=plt.subplots(figsize=(7.0, 2.6))[1],
)
ax.set_xticks(range(9), SPACE["rate"])
ax.set_yticks(range(3), SPACE["act"])
plt.show()

# %% [markdown]
# A **grid** (网格搜索) crosses few values of each choice: 20 trials allow 5 rates × 2 widths × 2 activations (ours spreads rates and widths, and draws the rest). If only the rate matters, 20 trials have tested 5 rates. **Random search** (随机搜索) draws each choice anew, and tests all nine, or nearly all (Bergstra and Bengio, 2012). Does it show in *this* table?
#
# A search *asks* for a network and an epoch count, and is *told* the validation score. One driver pays for all of them, so that budgets are equal.


# %%
BUDGET = trials * EPOCHS[-1]  # epochs


def search(method, budget, *index):
    """Run one search: epochs spent so far, and exam accuracy of the network in hand, after each trial."""
    asks, paid = method(numpy_stream(seed, f"search {method.__name__}", *index)), {}
    spent, top_score, in_hand, log, told = 0, -1.0, 0.0, [], None
    while spent < budget:
        cell, level = asks.send(told)
        spent += max(EPOCHS[level] - paid.get(cell, 0), 0)  # goes on from where it stopped
        paid[cell], told = max(EPOCHS[level], paid.get(cell, 0)), valid[cell, level]
        if spent <= budget and told > top_score:
            top_score, in_hand = told, truth[cell, level]
        log.append((min(spent, budget), in_hand, top_score))
    return np.array(log)


# %%
def random_search(rng):
    for cell in rng.permutation(N):
        yield int(cell), 3
    yield from random_search(rng)


# %%
def grid_search(rng):
    """Every second rate x every second width x 2 activations; what is left open by lot; then another such grid."""
    first = rng.integers(2)  # the widths 2 and 8, or 4 and 16
    picks = [rng.permutation(3)[:2], [rng.integers(2)], [first, first + 2], [rng.integers(2)], range(0, 9, 2)]
    corners = [np.ravel_multi_index(corner, SIZES) for corner in itertools.product(*picks)]
    for cell in rng.permutation(corners):
        yield int(cell), 3
    yield from grid_search(rng)


# %% [markdown]
# One search is an anecdote. So each is repeated with other random numbers, and the mean regret gets an interval.


# %%
def regrets(method):
    """(repeats, BUDGET + 1): regret of the network in hand after each epoch spent; nan before the first."""
    table = np.full((repeats, BUDGET + 1), np.nan)
    for n in range(repeats):
        for spent, in_hand, _ in search(method, BUDGET, n):
            table[n, int(spent) :] = best - in_hand
    return table


# %%
race = {"grid": regrets(grid_search), "random": regrets(random_search)}
for name, table in race.items():
    low, high = stats.mean_interval(table[:, -1])
    show(name, regret=table[:, -1].mean(), low=low, high=high)

# %% [markdown]
# How many random trials are enough? That has an answer before anything is trained.
#
# ### Exercise 8c.1 · How many trials? ●○○ 10 min
#
# A space has `total` networks, `good` of which are good enough. Random search draws without repeating any. Return the smallest number of trials that hits at least one good network with a chance of at least `level`.
#
# <details><summary>Hint 1</summary>It is easier to compute the chance that *all* trials miss.</details>
# <details><summary>Hint 2</summary>The first trial misses with chance (total − good)/total. How many are left for the second, and how many of those are bad?</details>


# %% tags=["exercise-8c.1"]
def trials_needed(total, good, level):
    """total, good: counts, 1 ≤ good ≤ total; level in (0, 1) -> a whole number"""
    ### BEGIN SOLUTION
    missed, n = 1.0, 0
    while 1 - missed < level:
        missed *= (total - good - n) / (total - n)
        n += 1
    return n
    ### END SOLUTION


# %% tags=["check-8c.1"]
with check("8c.1", trials_needed) as c:
    cases = [
        (432, 22, 0.95),
        (432, 22, 0.5),
        (10, 1, 0.85),
        (10, 1, 0.95),
        (6, 6, 0.99),
        (5, 4, 0.9),
        (1000, 50, 0.95),
        (40, 3, 0.8),
        (20, 15, 0.2),
        (10, 5, 0.5),
    ]

    def wanted(total, good, level, back=False):
        missed, n = 1.0, 0
        while 1 - missed < level - 1e-12:
            missed *= (total - good) / total if back else (total - good - n) / (total - n)
            n += 1
        return n

    for total, good, level in cases:
        got, want = trials_needed(total, good, level), wanted(total, good, level)
        what = f"{good} good of {total}, level {level}"
        if got == want - 1:
            c.fail(f"{what}: one fewer than needed", "does that many reach the level?")
        if got == want + 1 and got != wanted(total, good, level, back=True):
            c.fail(f"{what}: one more than needed", "would one fewer do?")
        if good < total and got != want and got == wanted(total, good, level, back=True):
            c.fail(f"{what}: that draws the same network again and again", "each miss leaves fewer networks")
        c.close(got, want, what=what, hint="multiply the chances of missing, one trial after the other")

# %% [markdown]
# ## 8c.4 Learn from the trials: a Gaussian process
#
# Random search forgets what it has seen. **Bayesian optimisation** (贝叶斯优化) keeps a forecast of *all* untried values, with its doubt. Take one choice, the rate; the rest stays fixed. A **Gaussian process** (高斯过程) says: values at near places are alike, with correlation
#
# $$k(a,b)=e^{-(a-b)^2/2\ell^2}$$
#
# Given trials at $t$ with (standardised) scores $y$, the forecast at $s$ has mean $k_{st}(K_{tt}+\sigma^2I)^{-1}y$ and variance $1-k_{st}(K_{tt}+\sigma^2I)^{-1}k_{ts}$; $\sigma^2$ is the noise of a score.


# %%
def alike(a, b, length):  # places (n, d) and (m, d) -> correlations (n, m)
    return np.exp(-((a[:, None] - b[None]) ** 2).sum(-1) / (2 * length**2))


def forecast(tried, near, y, noise):
    """Mean and standard deviation at m places: tried (n, n) and near (m, n) are correlations, y (n,) scores."""
    solved = np.linalg.solve(tried + noise * np.eye(len(y)), near.T)  # (n, m)
    return y @ solved, np.sqrt(np.maximum(1 - (near.T * solved).sum(axis=0), 1e-12))


# %%
line = np.flatnonzero((CELLS[:, :4] == CELLS[one, :4]).all(axis=1))  # the nine rates of the best architecture
place, heights = np.log10(SPACE["rate"])[:, None], valid[line, -1]
seen = np.array([0, 3, 8])
scaled = (heights[seen] - heights[seen].mean()) / heights[seen].std()
spots = np.linspace(place[0, 0], place[-1, 0], 200)[:, None]
length, noise = 0.8, 0.05
mean, doubt = forecast(
    alike(place[seen], place[seen], length), alike(spots, place[seen], length), scaled, noise
)
library = GaussianProcessRegressor(RBF(length), alpha=noise, optimizer=None).fit(place[seen], scaled)
told_mean, told_doubt = library.predict(spots, return_std=True)
assert np.allclose([mean, doubt], [told_mean, told_doubt], atol=1e-6)
print("equal to scikit-learn's at", len(spots), "places")

# %% [markdown]
# Where to try next? Where the mean is high, or where the doubt is large? **Expected improvement** (期望改进, EI) weighs both: by how much will the new score beat the best so far, on average, counting 0 where it does not? With $z=(\mu-y^*)/\sigma$ it has a closed form:
#
# $$\text{EI}=(\mu-y^*)\,\Phi(z)+\sigma\,\varphi(z)$$
#
# $\Phi$ and $\varphi$ are the normal distribution's sum and density. A formula should be tested against what it claims: the integral.


# %%
def improvement(mean, doubt, top):
    """Expected improvement over `top`: mean, doubt (m,) -> (m,)."""
    z = (mean - top) / doubt
    return (mean - top) * norm.cdf(z) + doubt * norm.pdf(z)


gains = improvement(mean, doubt, scaled.max())
for i in (20, 90, 150):

    def beats(v, i=i):
        return max(v - scaled.max(), 0) * norm.pdf(v, mean[i], doubt[i])

    ends = mean[i] - 9 * doubt[i], mean[i] + 9 * doubt[i]
    by_numbers = integrate.quad(beats, *ends, points=[scaled.max()], limit=200)[0]
    assert math.isclose(gains[i], by_numbers, rel_tol=1e-5, abs_tol=1e-9)
print("equal to the integral")

# %% tags=["figure"]
# A Gaussian process on three trials, the untried truth, and expected improvement below
_, (upper, lower) = plt.subplots(2, 1, figsize=(6.6, 4.6), sharex=True, height_ratios=[2, 1])
middle, unit = heights[seen].mean(), heights[seen].std()
ends = [middle + unit * (mean + k * doubt) for k in (-2, 2)]
upper.plot(spots[:, 0], middle + unit * mean, label="forecast")
upper.fill_between(spots[:, 0], *ends, alpha=0.2, label="± 2 doubts")
upper.plot(place[:, 0], heights, "o", color="grey", label="all nine")
upper.plot(place[seen, 0], heights[seen], "o", color="#D55E00", label="tried")
upper.set(title="Three trials forecast the rest, with doubt between them", ylabel="validation accuracy")
upper.legend(fontsize=8)
lower.plot(spots[:, 0], gains, color="#009E73")
lower.axvline(spots[gains.argmax(), 0], color="grey", linestyle="--")
lower.set(xlabel="log10 of the learning rate", ylabel="EI", title="The next trial: where EI is highest")
plt.show()

# %% [markdown]
# In five dimensions nothing changes but the distance. Ordered choices are put on 0…1; the three activations sit at equal distances from each other. Five random trials first, then always the untried network with the highest EI. Length and noise are set by hand here; libraries fit them, too.

# %%
ordered = CELLS[:, 1:] / (np.array(SIZES[1:]) - 1)  # (N, 4)
CODE = np.hstack([np.eye(3)[CELLS[:, 0]] * 0.7, ordered])  # (N, 3), (N, 4) -> (N, 7)
ALIKE = alike(CODE, CODE, 0.5)


def bayes_search(rng):
    tried, told = [], []
    for _ in range(N):
        cell = int(rng.integers(N))
        if len(tried) >= 5:
            y = (np.array(told) - np.mean(told)) / (np.std(told) + 1e-9)
            gain = improvement(*forecast(ALIKE[np.ix_(tried, tried)], ALIKE[:, tried], y, 0.1), y.max())
            gain[tried] = -1
            cell = int(gain.argmax())
        told.append((yield cell, 3))
        tried.append(cell)


race["bayes"] = regrets(bayes_search)

# %% [markdown]
# ### Exercise 8c.2 · The next trial, per euro ●●○ 15 min
#
# Trials differ in price. Return the *index* of the place with the highest expected improvement **per euro**. Here scores are *losses*: lower is better, and `lowest` is the lowest so far. Where `doubt` is 0 the forecast is certain: the improvement is `lowest - mean` if that is positive, else 0. On a tie the first place counts.
#
# <details><summary>Hint 1</summary>A loss that must fall is a score that must rise: what changes its sign?</details>
# <details><summary>Hint 2</summary>`np.where` computes both sides; a division by 0 must not happen, or must not matter.</details>


# %% tags=["exercise-8c.2"]
def next_trial(mean, doubt, euros, lowest):
    """mean, doubt, euros (m,), doubt ≥ 0, euros > 0; lowest: a number -> index"""
    ### BEGIN SOLUTION
    mean, doubt, euros = (np.asarray(v, dtype=float) for v in (mean, doubt, euros))
    sure = np.maximum(lowest - mean, 0)
    safe = np.where(doubt > 0, doubt, 1.0)
    z = (lowest - mean) / safe
    gain = np.where(doubt > 0, (lowest - mean) * norm.cdf(z) + safe * norm.pdf(z), sure)
    return int((gain / euros).argmax())
    ### END SOLUTION


# %% tags=["check-8c.2"]
with check("8c.2", next_trial) as c:
    draws = np.random.default_rng(5)

    def all_same(found, answers):
        return all(np.ndim(one) == 0 and one == other for one, other in zip(found, answers, strict=True))

    def gain_of(mean, doubt, lowest, sign=1.0):
        z = sign * (lowest - mean) / np.where(doubt > 0, doubt, 1.0)
        return np.where(
            doubt > 0,
            sign * (lowest - mean) * norm.cdf(z) + doubt * norm.pdf(z),
            np.maximum(sign * (lowest - mean), 0),
        )

    cases = [
        ([0.5, 0.3, 0.6], [0.1, 0.1, 0.1], [1, 1, 1], 0.4),
        ([0.5, 0.3, 0.6], [0.1, 0.1, 0.4], [1, 1, 1], 0.4),
        ([0.5, 0.3, 0.35], [0.1, 0.1, 0.1], [1, 4, 1], 0.4),
        ([0.2, 0.5], [0.0, 0.1], [1, 1], 0.3),
        ([0.5, 0.4], [0.0, 0.05], [1, 1], 0.3),
        ([0.9, 0.8, 0.7], [0.0, 0.0, 0.0], [1, 1, 2], 0.3),
        ([0.1, 0.25], [0.0, 0.3], [5, 1], 0.3),
        ([0.35, 0.4], [0.01, 0.3], [1, 1], 0.4),
        ([0.4, 0.35], [0.01, 0.1], [1, 1], 0.4),
        ([0.3, 0.35], [0.0, 0.1], [2, 1], 0.3),
        ([0.2, 0.0], [0.0, 0.0], [1, 2], 0.3),
        ([0.2, 0.15], [0.0, 0.0], [1, 2], 0.3),
        ([0.3, 0.3], [0.1, 0.3], [1, 2], 0.3),
        ([0.0, 0.25], [0.0, 0.0], [2, 1], 0.5),
        *((draws.random(6), draws.random(6), draws.random(6) + 0.5, 0.3) for _ in range(6)),
    ]
    cases = [(*(np.array(v, dtype=float) for v in case[:3]), case[3]) for case in cases]
    found = [next_trial(*(v.copy() for v in case[:3]), case[3]) for case in cases]
    gains = [(gain_of(mean, doubt, lowest), euros) for mean, doubt, euros, lowest in cases]
    turned = [gain_of(mean, doubt, lowest, -1.0) / euros for mean, doubt, euros, lowest in cases]
    chances = [
        int((np.where(d > 0, norm.cdf((low - m) / np.where(d > 0, d, 1)), m < low) / e).argmax())
        for m, d, e, low in cases
    ]
    with np.errstate(all="ignore"):
        bare = [
            int((((low - m) * norm.cdf((low - m) / d) + d * norm.pdf((low - m) / d)) / e).argmax())
            for m, d, e, low in cases
        ]
    slips = {
        "that looks for higher losses": [int(gain.argmax()) for gain in turned],
        "the price is not counted": [int(gain.argmax()) for gain, _ in gains],
        "that is the chance of an improvement, not its size": chances,
        "a dear trial should count less, not more": [int((gain * euros).argmax()) for gain, euros in gains],
        "the lowest mean leaves out the doubt and the price": [int(mean.argmin()) for mean, *_ in cases],
        "0/0 where a place is certain and exactly as low as `lowest`: nothing is gained there": bare,
    }
    for sentence, answers in slips.items():
        c.true(not all_same(found, answers), sentence, "compare one place with the other by hand")
    for got, case, (gain, euros) in zip(found, cases, gains, strict=True):
        c.equal(
            got,
            int((gain / euros).argmax()),
            what=f"means {case[0].round(2).tolist()}, doubts {case[1].round(2).tolist()}",
            hint="EI of the negative loss, divided by the price, with doubt 0 treated apart",
        )

# %% [markdown]
# ## 8c.5 Two more proposers: TPE and evolution
#
# A Gaussian process compares each trial with all others, which grows costly. The **tree-structured Parzen estimator** (TPE, Bergstra and others, 2011) asks a simpler question: what do the *good* trials have in common that the rest have not? For each choice count the values among the best quarter, $l$, and among the others, $g$; of 24 untried networks drawn by lot, propose the one with the highest $l/g$. (Ours adds one to each count. The original draws its candidates from $l$, and so does Optuna's, which does more.)


# %%
def shares(cells, axis):
    """How often each value of a choice occurs, with one more for each."""
    counts = np.bincount(CELLS[cells, axis], minlength=SIZES[axis]) + 1
    return counts / counts.sum()


def tpe_search(rng):
    tried, told = [], []
    for _ in range(N):
        cell = int(rng.integers(N))
        if len(tried) >= 5:
            ranked = np.array(tried)[np.argsort(told)[::-1]]
            good, rest = np.split(ranked, [max(len(ranked) // 4, 2)])
            pairs = [(shares(good, a)[CELLS[:, a]], shares(rest, a)[CELLS[:, a]]) for a in range(5)]
            l, g = (np.log(side).sum(axis=0) for side in zip(*pairs, strict=True))  # (N,) each
            draws = rng.choice(np.setdiff1d(np.arange(N), tried), 24)
            cell = int(draws[(l - g)[draws].argmax()])
        told.append((yield cell, 3))
        tried.append(cell)


# %% [markdown]
# **Evolution** (进化) needs no model at all, and is a classic of **neural architecture search** (神经架构搜索, NAS). Keep eight networks. Pick three by lot; the best of them has a child that differs in *one* choice; the oldest of the eight leaves, however good it is (Real and others, 2019).


# %%
def child_of(cell, rng, tried):
    """A network that differs from `cell` in one choice, and is new if lots allow."""
    for _ in range(30):
        child, axis = CELLS[cell].copy(), rng.integers(5)
        child[axis] = rng.integers(SIZES[axis])
        if (number := int(np.ravel_multi_index(child, SIZES))) not in tried:
            return number
    return int(rng.integers(N))


def evolution(rng):
    alive, tried = [], {}
    for cell in rng.permutation(N)[:8]:
        tried[int(cell)] = yield int(cell), 3
        alive.append(int(cell))
    while True:
        parent = max(rng.choice(alive, 3, replace=False), key=lambda cell: tried[int(cell)])
        child = child_of(parent, rng, tried)
        tried[child] = yield child, 3
        alive = [*alive[1:], child]


# %%
def lead(name, other="random", at=-1):
    """Mean regret of one search minus another's, with its interval; repeats are independent, so no pairs."""
    a, b = race[name][:, at], race[other][:, at]
    half = 1.96 * math.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    return a.mean() - b.mean(), a.mean() - b.mean() - half, a.mean() - b.mean() + half


# %%
race |= {"tpe": regrets(tpe_search), "evolution": regrets(evolution)}
for name in ("grid", "bayes", "tpe", "evolution"):
    gap, low, high = lead(name)
    show(f"{name} - random", regret=gap, low=low, high=high)
apart = [name for name in ("grid", "bayes", "tpe", "evolution") if math.prod(lead(name)[1:]) > 0]
print("apart from random on this table:", ", ".join(apart) or "none")

# %% [markdown]
# An interval that holds 0 names no winner, and none speaks of other tables: the data stay the same. (With `seed=1` three of the four were apart.) For architectures, too, random is the rival to beat (Li and Talwalkar, 2019).
#
# ## 8c.6 Stop the losers early
#
# **Successive halving** (逐次减半) trains 27 networks for 1 epoch, the best third to 3, and so on, each going on:
#
# $$27\cdot1+9\cdot2+3\cdot6+1\cdot18=81\text{ epochs}=3\text{ full trainings}$$
#
# **Hyperband** doubts that one epoch tells: it plays cups of 27 networks from 1 epoch, 12 from 3, 6 from 9, 4 from 27 (Li and others, 2016).


# %%
def cup(rng, n, level):
    """One cup: n networks, of which a third goes on to each further level."""
    cells = [int(cell) for cell in rng.permutation(N)[:n]]
    while cells:
        scores = {}
        for cell in cells:
            scores[cell] = yield cell, level
        level += 1
        cells = sorted(cells, key=scores.get, reverse=True)[: len(cells) // 3] if level < 4 else []


def halving(rng):
    while True:
        yield from cup(rng, 27, 0)


def hyperband(rng):
    while True:
        for n, level in ((27, 0), (12, 1), (6, 2), (4, 3)):
            yield from cup(rng, n, level)


race |= {"halving": regrets(halving), "hyperband": regrets(hyperband)}


# %% tags=["figure"]
# Bars: networks still in at each level, for the four cups of Hyperband
_, ax = plt.subplots(figsize=(6.4, 2.8))
for place_of_cup, (n, level) in enumerate(((27, 0), (12, 1), (6, 2), (4, 3))):
    alive = [n // 3**k for k in range(4 - level)]
    at = np.arange(level, 4) + 0.2 * (place_of_cup - 1.5)
    ax.bar(at, alive, width=0.18, label=f"{n} from {EPOCHS[level]}")
    for left_edge, count in zip(at, alive, strict=True):
        ax.text(left_edge, count, count, ha="center", va="bottom", fontsize=8)
ax.set_xticks(range(4), EPOCHS)
ax.set(title="Four cups: many for a short time, or few for long", xlabel="epochs", ylabel="networks still in")
ax.legend(title="cup", fontsize=8)
plt.show()

# %% [markdown]
# Now the race, at equal budgets, by one rule: in hand is what has the best validation score so far. The row `the whole table` is what a search of *all* networks, trained to the end, would bring: it, too, chooses on `held` rows, and they have luck. A cup also judges *half-trained* networks, and keeps one that was best then: early stopping, which would cost random search nothing. So a fair rival, `looks`, is judged on the way as well.


# %%
def looks(rng):
    """Random search that is judged after 1, 3 and 9 epochs, too, on its way to 27."""
    for cell in rng.permutation(N):
        for level in range(4):
            yield int(cell), level


race["looks"] = regrets(looks)
marks = [BUDGET // 4, BUDGET // 2, BUDGET]
for name, table in race.items():
    show(name, **{f"after_{mark // 27}": np.nanmean(table[:, mark]) for mark in marks})
show("the whole table", regret=best - final[valid[:, -1].argmax()])
quicker = lead("halving", "looks", at=marks[0])[2] < 0
for name, mark in {"at a quarter": marks[0], "at the end": marks[2]}.items():
    for other in ("random", "looks"):
        gap, low, high = lead("halving", other, at=mark)
        show(f"halving - {other}, {name}", regret=gap, low=low, high=high)
metric("regret_random", race["random"][:, -1].mean())
metric("regret_bayes", race["bayes"][:, -1].mean())
metric("regret_halving", race["halving"][:, -1].mean())

# %% tags=["figure"]
# Curves with bands: mean regret against the budget spent, eight searches
_, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True)
groups = (("grid", "random", "bayes", "tpe", "evolution"), ("random", "looks", "halving", "hyperband"))
for ax, names in zip(axes, groups, strict=True):
    for name in names:
        table = race[name][:, EPOCHS[-1] :: 9]
        spent, half = np.arange(table.shape[1]) / 3 + 1, 1.96 * table.std(axis=0) / math.sqrt(repeats)
        ax.plot(spent, table.mean(axis=0), label=name)
        ax.fill_between(spent, table.mean(axis=0) - half, table.mean(axis=0) + half, alpha=0.15)
    ax.set(xlabel="budget spent, in full trainings", ylim=(0, None))
    ax.legend(fontsize=8)
axes[0].set(title="Judged only at the end", ylabel="mean regret, 95 % bands")
axes[1].set(title="Who stops losers starts faster" if quicker else "With and without stopping losers")
plt.show()

# %% [markdown]
# The orders can change with the table and the budget; with `dataset`, `trials` and `seed` you can try. Two things stay: compare at *equal cost*, and over *many* repeats. (Part of halving's lead may be its looking on the way: see its lead over `looks`. And who looks more often at the same `held` rows has more chances of luck: see 8c.7.)
#
# ### Exercise 8c.3 · A cup by hand ●●○ 20 min
#
# `scores[i][r]` is the score of network i at level r (higher is better), `epochs[r]` the epochs it has had by then. Play one cup: all networks at level 0; then the best `len // eta` of those still in (but at least one) go on to the next level, up to the last, where the best one wins. On a tie the lower index goes on, or wins. Training continues where it stopped. Return the winner's index and the epochs spent in all.
#
# <details><summary>Hint 1</summary>A network that goes from level r to r + 1 costs only what is new.</details>
# <details><summary>Hint 2</summary>Python's `sorted` keeps the order of what is equal. Does yours still, when you turn it round?</details>


# %% tags=["exercise-8c.3"]
def play_cup(scores, epochs, eta):
    """scores (n, R) array, epochs list of R numbers, increasing, eta ≥ 2 -> (index of the winner, epochs spent)"""
    ### BEGIN SOLUTION
    alive, spent, before = list(range(len(scores))), 0, 0
    for level, now in enumerate(epochs):
        spent += len(alive) * (now - before)
        before = now
        alive = sorted(alive, key=lambda i: -scores[i][level])
        if level + 1 < len(epochs):
            alive = sorted(alive[: max(len(alive) // eta, 1)])
    return alive[0], spent
    ### END SOLUTION


# %% tags=["check-8c.3"]
with check("8c.3", play_cup) as c:
    draws = np.random.default_rng(8)

    def played(
        scores,
        epochs,
        eta,
        afresh=False,
        late_tie=False,
        up=False,
        first=False,
        last=False,
        stop=False,
        ever=False,
    ):
        alive, spent, before, seen = list(range(len(scores))), 0, 0, []
        for level, now in enumerate(epochs):
            seen += [(-scores[i][level], i) for i in alive]
            spent += len(alive) * (now if afresh else now - before)
            before = now
            at = 0 if first else (len(epochs) - 1 if last else level)
            alive = sorted(alive, key=lambda i: (-scores[i][at], -i if late_tie else i))
            if level + 1 < len(epochs):
                kept = -(-len(alive) // eta) if up else len(alive) // eta
                alive = alive[: max(kept, 1)]
                if stop and len(alive) == 1:
                    break
        return min(seen)[1] if ever else alive[0], spent

    apart = [  # most slips below have a winner of their own, or a bill
        [0.30, 0.20, 0.50],
        [0.10, 0.60, 0.70],
        [0.80, 0.50, 0.30],
        [0.70, 0.95, 0.60],
        [0.60, 0.70, 0.65],
        [0.20, 0.10, 0.99],
        [0.55, 0.40, 0.20],
        [0.05, 0.30, 0.10],
    ]
    cases = [
        (np.array(apart), [1, 3, 9], 2),
        (draws.random((9, 3)), [1, 3, 9], 3),
        (draws.random((27, 4)), [1, 3, 9, 27], 3),
        (draws.random((8, 3)), [2, 5, 11], 2),
        (draws.random((7, 3)), [1, 4, 8], 3),
        (draws.random((2, 3)), [1, 2, 4], 3),
        (np.array([[0.5, 0.7], [0.9, 0.7], [0.9, 0.7], [0.9, 0.7]]), [1, 5], 2),
        (np.array([[0.6, 0.6], [0.6, 0.9], [0.6, 0.9], [0.1, 1.0]]), [1, 2], 2),
        (np.array([[0.5, 0.7], [0.8, 0.7], [0.9, 0.7], [0.1, 0.9]]), [1, 2], 2),
        (draws.random((1, 2)), [3, 6], 2),
        (draws.random((5, 1)), [4], 2),
        (draws.random((8, 3)), [1, 2, 5], 3),
    ]
    for scores, epochs, eta in cases:
        got = play_cup(scores.copy(), list(epochs), eta)
        c.true(
            (isinstance(got, (tuple, list)) and len(got) == 2) or np.shape(got) == (2,),
            "return two things: the winner and the epochs spent",
        )
        c.close(
            got,
            played(scores, epochs, eta),
            what=f"{len(scores)} networks, epochs {epochs}, eta {eta}",
            hint="level by level: pay for what is new, sort, keep; sort once more at the last level",
            slips={
                "training continues where it stopped, so nothing is paid twice": played(
                    scores, epochs, eta, afresh=True
                ),
                "on a tie the lower index goes on": played(scores, epochs, eta, late_tie=True),
                "too many go on": played(scores, epochs, eta, up=True),
                "the lowest scores went on": played(-np.asarray(scores), epochs, eta),
                "the winner is the best at the last level; scores from half-way do not count": played(
                    scores, epochs, eta, ever=True
                ),
                "the last one left is trained to the last level, too": played(scores, epochs, eta, stop=True),
                "each level is judged by its own scores": played(scores, epochs, eta, first=True),
                "that looks at the last level's scores before they are known": played(
                    scores, epochs, eta, last=True
                ),
            },
        )

# %% [markdown]
# ## 8c.7 The winner's curse, computed
#
# What does a search *report*, and what is true? Draw many validation sets of `held` rows from the exam's thousands, and on each take the best of n random networks. Beside it, the same without shared rows: each network has its own. Then theory is exact. The best has at most k hits only if *all* have:
#
# $$P(\max\le k)=\prod_i F_i(k),\qquad \text{E}[\max]=\frac1m\sum_{k=0}^{m-1}\Bigl(1-\prod_iF_i(k)\Bigr)$$
#
# with $F_i$ the binomial sum of network i, and m rows. (*Equal coins* are n networks that are all as good as the median one.)


# %%
def expected_best(sums):
    """Expected best share of n scores with their own rows: binomial sums (…, n, m) at 0…m-1 -> (…)."""
    return (1 - sums.prod(axis=-2)).mean(axis=-1)


assert math.isclose(expected_best(binom.cdf([[0, 1], [0, 1]], 2, 0.5)), 11 / 16)  # 8c.1, by pencil


# %%
COUNTS, DRAWS = [1, 2, 4, 8, 16, 32, 64], 400
rng, drawn = numpy_stream(seed, "sets"), np.zeros((DRAWS, 64), int)
told, real, lone = np.zeros((3, DRAWS, len(COUNTS)))
for d in range(DRAWS):
    cells, rows = rng.permutation(N)[:64], rng.choice(known.shape[1], held, replace=False)
    hits, own_rows = known[np.ix_(cells, rows)].mean(axis=1), rng.binomial(held, final[cells]) / held  # (64,)
    drawn[d] = cells
    for j, n in enumerate(COUNTS):
        told[d, j], real[d, j], lone[d, j] = (
            hits[:n].max(),
            final[cells[hits[:n].argmax()]],
            own_rows[:n].max(),
        )

# %%
sums = binom.cdf(np.arange(held), held, final[:, None])  # (N, held)
theory = np.array([expected_best(sums[drawn[:, :n]]).mean() for n in COUNTS])
coins = [expected_best(binom.cdf(np.arange(held), held, np.full((n, 1), np.median(final)))) for n in COUNTS]
gaps = told - real
for j, n in enumerate(COUNTS):
    show(f"best of {n}", reported=told[:, j].mean(), true=real[:, j].mean(), gap=gaps[:, j].mean())
    show("  own rows", simulated=lone[:, j].mean(), theory=theory[j], equal_coins=coins[j])
metric("gap_of_32", gaps[:, 5].mean())
assert np.abs(lone.mean(axis=0) - theory).max() < 0.01
assert abs(gaps[:, 0].mean()) < 0.01
assert gaps[:, 5].mean() > stats.mean_interval(gaps[:, 0]).high

# %% tags=["figure"]
# Curves: reported and true score of the best of n, and the two exact expectations
curves = {"reported": told.mean(axis=0), "true": real.mean(axis=0), "own rows, theory": theory}
ax = plot.lines(
    curves | {"equal coins, theory": coins},
    x=COUNTS,
    title="The best of n: what is reported grows faster than what is true",
    xlabel="networks tried",
    ylabel="accuracy",
    marker="o",
    ax=plt.subplots(figsize=(6.6, 3.6))[1],
)
ax.set_xscale("log", base=2)
ax.set_xticks(COUNTS, COUNTS)
plt.show()

# %% [markdown]
# The truth *rises*: searching helps. The report rises more: the gap is the curse. Shared rows make it milder than own rows: common luck favours nobody.
#
# How is it mended? By rows that did not choose:
#
# - **as it is**: choose and report on all (the gap of 32 again, on other draws);
# - **split**: choose on one half, report on the other;
# - **nested** (嵌套验证): split 20 times, report the mean; ship what is best on all rows;
# - **fresh**: choose on all, judge the winner on as many new rows.


# %%
def halves(hits, rng, times):
    """Choose on one half of the rows, score on the other: hits (n, rows) -> the scores (times,)."""
    found, rows = [], hits.shape[1]
    for _ in range(times):
        order = rng.permutation(rows)
        first, second = order[: rows // 2], order[rows // 2 :]
        found.append(hits[hits[:, first].mean(axis=1).argmax(), second].mean())
    return np.array(found)


# %%
rng, reports = numpy_stream(seed, "mended"), []
for _ in range(DRAWS):
    cells, rows = rng.permutation(N)[:32], rng.choice(known.shape[1], 2 * held, replace=False)
    hits, new = known[np.ix_(cells, rows[:held])], known[np.ix_(cells, rows[held:])]
    pick = hits.mean(axis=1).argmax()
    nested = halves(hits, rng, 20)
    half_pick = hits[:, : held // 2].mean(axis=1).argmax()
    split = hits[half_pick, held // 2 :].mean()
    # what is said, and the truth of what is shipped
    pairs = [(hits[pick].mean(), pick), (split, half_pick), (nested.mean(), pick), (new[pick].mean(), pick)]
    reports.append([(value, final[cells[p]]) for value, p in pairs])
reports = np.array(reports)  # (DRAWS, 4, 2): said and true
half = reports[:, 2, 0].mean() - reports[:, 1, 1].mean()  # nesting said, minus what a choice on half is worth
assert not default or abs(half) < 0.008

# %%
ways, bias = ("as it is", "split", "nested", "fresh rows"), {}
for j, way in enumerate(ways):
    said, was = reports[:, j].T
    bias[way] = stats.paired_t(said, was)
    show(way, said=said.mean(), true=was.mean(), bias=bias[way].difference, scatter=(said - was).std())
assert not default or bias["nested"].difference < 0 < 0.005 < bias["as it is"].low
assert not default or abs(bias["fresh rows"].difference) < 0.008

# %% tags=["figure"]
# Points with intervals: bias of four ways to report the winner of 32
_, ax = plt.subplots(figsize=(6.4, 2.4))
for at, way in enumerate(ways[::-1]):
    one_bias = bias[way]
    ax.errorbar(
        one_bias.difference,
        at,
        xerr=[[one_bias.difference - one_bias.low], [one_bias.high - one_bias.difference]],
        fmt="o",
        capsize=3,
        color="#0072B2",
    )
ax.axvline(0, color="grey", linestyle="--")
ax.set_yticks(range(4), ways[::-1])
ax.set(title="The rows that chose flatter the winner", xlabel="said minus true accuracy, best of 32")
plt.show()

# %% [markdown]
# Splitting is honest and ships a slightly worse network. Nesting tells what a choice on *half* the rows is worth (**split**'s truth), so it is too cautious about what is shipped. (Only the *choice* is repeated, as by Tsamardinos and others, 2018, with a bootstrap; *nested cross-validation* trains anew in each fold: Cawley and Talbot, 2010.) Fresh rows are best, cost most, and are fresh **once**: who looks, changes a setting and looks again has made them validation rows.

# %% [markdown]
# ### Exercise 8c.4 · How many rows to choose on? ●●○ 15 min
#
# Two models are truly right with chances `p > q`. Each is judged on its own `m` rows, independently; the one with more hits is kept, and a fair coin decides ties. With what chance is the better one kept? Exactly, no simulation.
#
# <details><summary>Hint 1</summary>Give the worse one k hits. With what chance, and with what chance does the better one have more?</details>
# <details><summary>Hint 2</summary>A tie counts half. `binom.pmf` and `binom.cdf` of SciPy take an array of counts; the counts go from 0 to m, both included.</details>


# %% tags=["exercise-8c.4"]
def right_choice(p, q, m):
    """p, q in [0, 1]; m ≥ 1 rows for each model -> chance that the model with p is kept"""
    ### BEGIN SOLUTION
    k = np.arange(m + 1)
    more = 1 - binom.cdf(k, m, p)
    return float((binom.pmf(k, m, q) * (more + binom.pmf(k, m, p) / 2)).sum())
    ### END SOLUTION


# %% tags=["check-8c.4"]
with check("8c.4", right_choice) as c:
    for p, q, m in [
        (0.8, 0.7, 1),
        (0.8, 0.7, 2),
        (0.75, 0.72, 100),
        (0.9, 0.5, 10),
        (0.61, 0.6, 7),
        (1.0, 0.3, 3),
        (0.84, 0.8, 200),
        (0.5, 0.0, 2),
    ]:
        k = np.arange(m + 1)
        a, b = binom.pmf(k, m, p), binom.pmf(k, m, q)
        table = np.outer(a, b)  # hits of the better, hits of the worse
        wins, ties = np.tril(table, -1).sum(), np.trace(table)
        noise = math.sqrt((p * (1 - p) + q * (1 - q)) / m)
        c.close(
            right_choice(p, q, m),
            wins + ties / 2,
            rtol=1e-7,
            what=f"p {p}, q {q}, {m} rows",
            hint="sum over all pairs of counts: more hits count whole, equal ones half",
            slips={
                "ties are not counted at all": wins,
                "ties are counted whole": wins + ties,
                "that is the chance that the worse one is kept": 1 - wins - ties / 2,
                "one of the counts is left out": wins + ties / 2 - table[-1].sum() + table[-1, -1] / 2,
                "the highest count is left out": wins + ties / 2 - table[-1, -1] / 2,
                "that is the normal approximation": norm.cdf((p - q) / noise),
            },
        )

# %% [markdown]
# Try it on the shop's numbers: to tell .84 from .80 with chance .9 takes hundreds of rows. (On the *same* rows, in pairs, fewer; see `mcnemar` in [lesson 2b](02b_generalisation.ipynb).) A search over hundreds of networks with 200 rows need not find *the* best one. It finds one of the better ones, which is often enough.
#
# ## 8c.8 A machine that reads the future
#
# The shop's database has more columns: thirty of no use, and `apologies`, the number of sorry-mails sent. An automatic selector takes the five best columns; cross-validation (交叉验证, [lesson 2b](02b_generalisation.ipynb)) judges. *Predict*: what will it take first?


# %%
def warehouse(n, name):
    """n finished repairs: 8 columns of before, 30 useless ones, and apologies, which are sent when it *is* late."""
    x, late = repairs(n, name)
    rng = numpy_stream(seed, f"columns {name}")
    apologies = rng.poisson(0.1 + 1.6 * late)[:, None]
    return np.hstack([x, rng.normal(size=(n, 30)), apologies]), late  # (n, 8), (n, 30), (n, 1) -> (n, 39)


past, past_late = warehouse(400, "past")
today, today_late = warehouse(4000, "today")
today[:, -1] = 0  # when the day is promised, nobody has apologised yet
NAMES = [*COLUMNS, *(f"code {i}" for i in range(30)), "apologies"]


# %% [markdown]
# The robot is a pipeline: select, scale, regress.


# %%
def robot():
    return make_pipeline(SelectKBest(f_classif, k=5), StandardScaler(), LogisticRegression())


def promised(columns):
    """Cross-validated accuracy, accuracy on the day of promise, and the columns taken."""
    pipe = robot().fit(past[:, columns], past_late)
    taken = np.array(columns)[np.argsort(pipe[0].scores_)[::-1][:5]]
    claimed = cross_val_score(robot(), past[:, columns], past_late, cv=10).mean()
    return claimed, pipe.score(today[:, columns], today_late), [NAMES[i] for i in taken]


everything, before = list(range(39)), list(range(38))
leaky, honest = promised(everything), promised(before)
for name, result in (("all columns", leaky), ("known when promised", honest)):
    show(name, cross_validated=result[0], on_the_day=result[1])
    print("  first:", result[2][0])
assert leaky[2][0] == "apologies"
assert leaky[0] > leaky[1] + 0.1
assert abs(honest[0] - honest[1]) < 0.1

# %% tags=["figure"]
# Bars: cross-validated accuracy and accuracy on the day, with and without the column of the future
plot.bars(
    {
        "all columns: cross-validated": leaky[0],
        "all columns: on the day": leaky[1],
        "known when promised: cross-validated": honest[0],
        "known when promised: on the day": honest[1],
    },
    title="Validation believes a column of the future",
    xlabel="accuracy",
    ax=plt.subplots(figsize=(6.6, 2.2))[1],
)
plt.show()

# %% [markdown]
# The search did what it was told: find what predicts. No cross-validation catches this, since the leak sits in all folds. (The honest number is low: neither the selector nor a plain regression sees products or squares; see 8c.9.) What does is dull: note for each column *when it is written*, and admit only those of before the decision.
#
# A second leak is the search itself. Take coins for labels, 1,000 columns of noise, 60 rows. Choose the 20 best columns on *all* rows, then cross-validate.

# %%
rng = numpy_stream(seed, "noise")
noise_x, coin = rng.normal(size=(60, 1000)), rng.permutation(60) % 2
pick = SelectKBest(f_classif, k=20)
outside = cross_val_score(LogisticRegression(), pick.fit_transform(noise_x, coin), coin, cv=10).mean()
inside = cross_val_score(make_pipeline(pick, LogisticRegression()), noise_x, coin, cv=10).mean()
show("coins", selected_before=outside, selected_in_each_fold=inside)
assert inside < 0.7 < outside

# %% [markdown]
# Famous results on genes were of this kind (Ambroise and McLachlan, 2002). Rule: *everything* that has looked at labels belongs inside the fold.
#
# ## 8c.9 A robot against an hour of thought
#
# **AutoML** (自动机器学习) tries model families. Ours tries nine models: regression, plain and on squares and products, neighbours, boosting; a third of the rows judges. Its rival asks the mechanic, and writes down **one documented rule**: "missing parts matter when it is busy; promises far from normal are broken; old bicycles take longer". Three columns for a plain regression.


# %%
def families():
    """The robot's candidates."""
    wide, line = PolynomialFeatures(2), partial(LogisticRegression, max_iter=1000)
    plain = [make_pipeline(StandardScaler(), line(C=C)) for C in (0.1, 1)]
    pairs = [make_pipeline(wide, StandardScaler(), line(C=C)) for C in (0.01, 0.1, 1)]
    near = [make_pipeline(StandardScaler(), KNeighborsClassifier(k)) for k in (3, 9)]
    trees = [HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=n) for n in (4, 8)]
    return plain + pairs + near + trees


def automl(x, y):
    cut = 2 * len(y) // 3
    return max(families(), key=lambda m: m.fit(x[:cut], y[:cut]).score(x[cut:], y[cut:])).fit(x, y)


# %%
def thought(x):  # the mechanic's rule as columns: (n, 8) -> (n, 3)
    parts, busy, promise, age = x[:, :4].T
    return np.stack([parts * busy, promise**2, age], axis=1)  # three of (n,) -> (n, 3)


def hunch(x):  # another rule, as sure of itself: heavy and dear ones are late, far ones, and old ones
    return np.stack([x[:, 6] * x[:, 4], x[:, 5] ** 2, x[:, 3]], axis=1)  # three of (n,) -> (n, 3)


# %%
new_x, new_late = repairs(4000, "new")
ROWS = [30, 60, 120, 480, 1920]
contest = {name: [] for name in ("robot", "thought", "wrong hunch")}
for rows in ROWS:
    turns = [repairs(rows, "contest", rows, turn) for turn in range(3 if rows < 1000 else 1)]
    contest["robot"].append(np.mean([automl(*turn).score(new_x, new_late) for turn in turns]))
    for name, rule in (("thought", thought), ("wrong hunch", hunch)):
        fits = [LogisticRegression().fit(rule(x), y) for x, y in turns]
        contest[name].append(np.mean([fit.score(rule(new_x), new_late) for fit in fits]))

for j, rows in enumerate(ROWS):
    show(f"{rows} rows", **{name.replace(" ", "_"): values[j] for name, values in contest.items()})
show("the planted chances", accuracy=((late_chance(new_x) > 0.5) == new_late).mean())
early, late_gap = (contest["thought"][j] - contest["robot"][j] for j in (0, -1))
assert late_gap < early / 2
assert contest["wrong hunch"][-1] < contest["robot"][-1] - 0.05

# %% tags=["figure"]
# Curves: accuracy of the robot, the rule and a wrong rule against the number of rows
ax = plot.lines(
    contest,
    x=ROWS,
    title="Thought is worth rows; a wrong hunch stays wrong",
    xlabel="rows to learn from",
    ylabel="accuracy on 4,000 new repairs",
    marker="o",
    ax=plt.subplots(figsize=(6.4, 3.4))[1],
)
ax.set_xscale("log")
ax.set_xticks(ROWS, ROWS)
ax.minorticks_off()
plt.show()

# %% [markdown]
# *We* planted this truth, and told the mechanic; the robot's space holds it. (Means of three draws; at 1,920 rows, one. The hunch is right on age.) So offer the rule's columns *to* the search.
#
# ## 8c.10 A language model as the proposer
#
# Zhang and others (2023) let large models propose: with few trials they did as well as Bayesian optimisation. `model="smollm2"` asks SmolLM2 of [lesson 6d](06d_open_model.ipynb), in three searches of eight trials (too few to name a winner): it continues a list, the best last. An answer without a new network is replaced by a lot, and counted.


# %%
def question(tried):
    """A text to go on with: the space, and what was tried, the best last."""
    space = "; ".join(f"{key}: {', '.join(map(str, values))}" for key, values in SPACE.items())
    lines = [f"{name_of(cell)} accuracy={tried[cell]:.3f}" for cell in sorted(tried, key=tried.get)]
    return "\n".join([f"Settings of a small network, each trial better. {space}.", *lines, "act="])


def named_in(text):
    """The network nearest to what the first line of a text names, or None; numbers are rounded to allowed ones."""
    found = dict(re.findall(r"(\w+)=([\w.]+)", text.split("\n")[0]))
    try:
        at = [SPACE["act"].index(found["act"])]
        at += [np.abs(np.array(SPACE[key]) - float(found[key])).argmin() for key in list(SPACE)[1:]]
    except (KeyError, ValueError):
        return None
    return int(np.ravel_multi_index(at, SIZES))


assert named_in(f"{name_of(100)} accuracy=0.9") == 100
print(question({100: valid[100, -1], 7: valid[7, -1]})[-109:])


# %%
def language_search(rng):
    """Two random trials, then what the language model says; what it cannot say is drawn by lot, and counted."""
    tried = {}
    while True:
        cell = int(rng.integers(N))
        if len(tried) > 1:
            ids, lot = opened.prompt(question(tried)), int(rng.integers(2**31))
            how = {
                "sampling": Sampling(0.7),
                "seed": lot,
                "end": opened.ends,
                "decode": opened.tokenizer.decode,
            }
            said = named_in("act=" + generate(opened.model, [ids], 30, **how)[0].text)
            answers.append(said is not None and said not in tried)
            cell = said if answers[-1] else cell
        tried[cell] = yield cell, 3


# %%
if model == "none":
    print("Skipped: no language model was named; try -p model=smollm2.")
else:
    from utils.models.checkpoints import load_open
    from utils.models.generate import generate
    from utils.models.sampling import Sampling

    opened, answers = load_open(model), []
    for method in (language_search, random_search):
        ends = [best - search(method, 8 * EPOCHS[-1], n)[-1, 1] for n in range(3)]
        low, high = stats.mean_interval(ends)
        show(method.__name__, regret=np.mean(ends), low=low, high=high)
    print("answers that named an untried network:", approx(sum(answers)), "of", len(answers))

# %% [markdown]
# ## 8c.11 The tool: `course sweep`
#
# A real search runs for days, and machines stop. So a tool must keep what is done. `course sweep` runs a notebook for every combination of values and stores each result at once. We give it a small notebook of its own: one regression on the shop's table, by gradient descent, with a rate.

# %%
import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

PARAMETERS = 'rate: float = 0.1  # learning rate  in (0, 100]\ntable: str = ""  # file of numbers'
TRIAL = """import numpy as np
from utils.check import metric

numbers = np.load(table)
x, y, w = numbers["x"], numbers["y"], np.zeros(numbers["x"].shape[1])
for _ in range(200):
    w -= rate * x.T @ (1 / (1 + np.exp(-x @ w)) - y) / len(y)
metric("accuracy", ((x @ w > 0) == y).mean())"""

# %%
home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
root = Path(home.name)
(root / "chapters").mkdir()
np.savez(root / "table.npz", x=thought(repairs(400, "sweep")[0]), y=repairs(400, "sweep")[1])
first, second = (nbformat.v4.new_code_cell(text) for text in (PARAMETERS, TRIAL))
first.metadata["tags"] = ["parameters"]
kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
nbformat.write(
    nbformat.v4.new_notebook(cells=[first, second], metadata=kernel), root / "chapters" / "01_trial.ipynb"
)
command = [
    sys.executable,
    "-m",
    "utils.course.cli",
    "sweep",
    "01",
    "-p",
    "rate=0.001,1",
    "-p",
    f"table={root / 'table.npz'}",
]
command += ["--out", str(root / "out"), "--workers", "1"]
place_of = os.environ | {"COURSE_ROOT": str(root)}

# %% [markdown]
# In a terminal it is `course sweep LESSON -p rate=0.001,1`. We start it, wait for the first result, and interrupt it. Then the same line again.


# %%
def results():
    return sorted((root / "out" / "runs").glob("*.json"))


tool = subprocess.Popen(command, env=place_of, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
patience = time.monotonic() + 120
while not results() and tool.poll() is None and time.monotonic() < patience:
    time.sleep(0.02)
tool.terminate()
tool.communicate()
kept = {path.name: path.stat().st_mtime_ns for path in results()}
again = subprocess.run(command, env=place_of, capture_output=True, text=True)
assert len(kept) == 1, kept
assert again.returncode == 0, again.stdout + again.stderr
assert all((root / "out" / "runs" / name).stat().st_mtime_ns == when for name, when in kept.items())
print("kept:", len(kept), "of 2; after the same line again:", len(results()))

for row in csv.DictReader((root / "out" / "metrics.csv").open(encoding="utf-8")):
    print("rate", row["rate"], "| accuracy", approx(float(row["accuracy"])), "|", row["status"])
home.cleanup()

# %% [markdown]
# It kept what was done, and ran the rest. (With `--backend dask` or `ray` the same line spreads over a cluster.) It is a grid, and no more: your proposer can call it.
#
# ## 8c.12 The bill
#
# First ours, measured: the whole table, all networks. Then a search for a language model of 100 million parameters that reads 2 billion tokens, on rented A100s: 6·N·D operations a training ([lesson 1](01_background.ipynb)), at 40 % of 312 TFLOP/s, 400 W a card (the SXM form), 2 € an hour (invented).

# %%
power = seconds / 3600 * watts / 1000  # kWh
show("our table", CPU_seconds=seconds, kWh=power, euros=power * kwh)
hours = cost.gpu_hours(cost.training_flops(1e8, 2e9), 312e12, 0.4)
bills = {"one training": hours, f"random, {trials}": trials * hours, "a whole table": N * hours}
for name, h in bills.items():
    print(f"{name:14s} {h:8,.0f} h {h * 0.4:8,.0f} kWh {h * 2:8,.0f} €")

# %% tags=["figure"]
# Bars: kilowatt-hours of one training, a random search, a whole table
plot.bars(
    {name: h * 0.4 for name, h in bills.items()},
    title="The search costs as many trainings as it makes",
    xlabel="kWh, without cooling and the rest of the machine",
    log=True,
    ax=plt.subplots(figsize=(6.2, 2))[1],
)
plt.show()

# %% [markdown]
# An early famous search kept hundreds of GPUs busy (Zoph and Le, 2016). An often-quoted estimate of the emissions of another (Strubell and others, 2019) was later refined by authors among whom were those who had run it (Patterson and others, 2021): estimates from outside can be far off. Measure yours.
#
# ### Exercise 8c.5 · When to stop paying ●●○ 15 min
#
# You decide *before* the search how many trials to buy. `truth[k-1]` is the expected *true* accuracy of the network in hand after k trials, `now` that of today's model, which stays if it is better or if you buy nothing. A percentage point (.01) of accuracy is worth `point` euros. A trial takes `hours` hours on a machine of `watts` watts and costs `rent` euros an hour, plus power at `kwh` euros a kilowatt-hour. Return the number of trials with the highest profit; on a tie the smaller one.
#
# <details><summary>Hint 1</summary>What does one trial cost, in euros? Watts are not kilowatts.</details>
# <details><summary>Hint 2</summary>Buying nothing is a plan, too: what profit has it? And what is a network worth that is worse than today's?</details>


# %% tags=["exercise-8c.5"]
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    """truth (K,); now: accuracy; euros, hours, watts -> a number of trials, 0…K"""
    ### BEGIN SOLUTION
    price = hours * (rent + watts / 1000 * kwh)
    gains = [0.0] + [max(value - now, 0) * 100 * point for value in truth]
    profits = [gain - k * price for k, gain in enumerate(gains)]
    return max(range(len(profits)), key=lambda k: (round(profits[k], 9), -k))
    ### END SOLUTION


# %% tags=["check-8c.5"]
with check("8c.5", trials_to_buy) as c:
    curve = [0.70, 0.76, 0.79, 0.81, 0.82, 0.825, 0.828, 0.83]
    cases = [
        (curve, 0.72, 10.0, 1.0, 400.0, 2.0, 0.3),
        (curve, 0.72, 10.0, 2.0, 3000.0, 0.0, 3.0),
        (curve, 0.72, 1.0, 1.0, 400.0, 20.0, 0.3),
        (curve, 0.85, 100.0, 1.0, 400.0, 2.0, 0.3),
        (curve, 0.60, 10.0, 1.0, 400.0, 12.0, 0.3),
        (curve, 0.72, 1000.0, 0.5, 400.0, 2.0, 0.3),
        ([0.75, 0.875, 0.875], 0.5, 4.0, 1.0, 0.0, 50.0, 0.3),
        ([0.75], 0.5, 2.0, 1.0, 0.0, 50.0, 0.3),
        (curve, 0.72, 20.0, 3.0, 5000.0, 1.0, 1.0),
        (curve, 0.72, 3.0, 1.0, 2000.0, 1.5, 1.0),
        (curve, 0.72, 10.0, 4.0, 100.0, 3.0, 0.3),
        ([0.7, 0.76], 0.72, 1.0, 1.0, 0.0, 3.0, 0.3),
        ([0.76, 0.765, 0.8], 0.72, 1.0, 1.0, 0.0, 1.0, 0.3),
        ([0.8, 0.801, 0.802, 0.816], 0.72, 1.0, 1.0, 0.0, 1.0, 0.3),
    ]

    def plan(
        truth, now, point, hours, watts, rent, kwh, zero=True, unit=1000, scale=100, power=True, last=False
    ):
        price = hours * (rent + (watts / unit * kwh if power else 0))
        gains = [0.0 if zero else -math.inf, *(max(v - now, 0) * scale * point for v in truth)]
        profit = [round(g - k * price, 9) for k, g in enumerate(gains)]
        return max(range(len(profit)), key=lambda k: (profit[k], k if last else -k))

    found = [trials_to_buy(np.array(case[0]), *case[1:]) for case in cases]
    slips = {
        "watts were taken for kilowatts": {"unit": 1},
        "accuracy was taken for percentage points": {"scale": 1},
        "the power is not paid": {"power": False},
        "buying nothing is a plan, too": {"zero": False},
        "on a tie the smaller number counts": {"last": True},
    }
    slipped = {sentence: [plan(*case, **how) for case in cases] for sentence, how in slips.items()}
    slipped["the highest accuracy is not the highest profit"] = [
        int(np.argmax(case[0])) + 1 for case in cases
    ]
    for sentence, answers in slipped.items():
        same = all(np.ndim(one) == 0 and one == other for one, other in zip(found, answers, strict=True))
        c.true(not same, sentence, "do one case by hand, with all its units")
    for got, case in zip(found, cases, strict=True):
        terms = zip(("now", "point", "hours", "watts", "rent", "kwh"), case[1:], strict=True)
        c.close(
            got,
            plan(*case),
            what=", ".join(f"{name} {value:g}" for name, value in terms),
            hint="the profit of each plan from 0 to K: worth of the gain minus the price of k trials",
        )

# %% [markdown]
# Notice `truth`, not "reported": who plans with the report buys too much, for part of its rise is curse.
#
# ## 8c.13 What the article says
#
# §8.1 names automated model development among the trends, as one that lowers the threshold (门槛) of building models. That has a part that a race can judge: how near does a search come that knows *nothing* of networks, compared with a network drawn by lot, and with the best there is? And a part that it leaves out: is what comes back what it says?

# %%
lot, found = best - np.mean(final), race["random"][:, -1].mean()
show("regret", by_lot=lot, after_random_search=found)
lower = bool(found < lot / 3)
flatters = bool(
    bias["as it is"].low > 0 and abs(bias["fresh rows"].difference) < bias["as it is"].difference / 2
)
reads = bool(leaky[2][0] == "apologies" and leaky[1] < honest[1])
thinks = bool(early > 0.02)
print("tunes:", lower, "| flatters itself:", flatters, "| took the future:", reads, "| thought led:", thinks)
if default or (lower and flatters and reads and thinks):
    claim(
        "§8.1",
        "Automated model development lowers the threshold of building models.",
        "right, but incomplete",
        evidence=lower and flatters and reads and thinks,
        right="Inside a space that people laid out, it replaces knowledge of settings: random search, which has none, "
        "removed most of the regret of a network drawn by lot. It does not replace knowledge of the matter: it reported more than was true, took a "
        "column that is written after the fact, and with few rows lost to a rule of three columns.",
    )
else:
    print("no verdict: in this run one of the four did not show")

# %% [markdown]
# To be fair: one small space, one planted table (or the digits), small networks. What the article says of larger models and of several kinds of data is judged in other lessons of section 8.
#
# ## Recap
#
# 1. A search is a proposer, a judge and a bill. Compare proposers at equal cost, over many repeats, against random search.
# 2. A Gaussian process forecasts untried settings with its doubt; expected improvement weighs both. Halving saves by stopping losers.
# 3. The best of N flatters itself: on coins all of it is luck. Report what rows say that did not choose, once.
# 4. A search takes whatever predicts, the future included. Ask of each column when it is written; keep selection inside the folds.
# 5. Right thought was worth hundreds of rows here, a wrong hunch none. Price a search before it runs.
#
# **Next:** [lesson 8d: Compute](08d_compute.ipynb)
#
# ## Sources
#
# - J. Bergstra, Y. Bengio (2012), *Random search for hyper-parameter optimization*, [JMLR 13](https://jmlr.org/papers/v13/bergstra12a.html); J. Bergstra, R. Bardenet, Y. Bengio, B. Kégl (2011), *Algorithms for hyper-parameter optimization*, NeurIPS 24; S. Watanabe (2023), *Tree-structured Parzen estimator*, [arXiv:2304.11127](https://arxiv.org/abs/2304.11127)
# - K. Jamieson, A. Talwalkar (2016), *Non-stochastic best arm identification and hyperparameter optimization*, [PMLR 51](http://proceedings.mlr.press/v51/jamieson16.html); L. Li and others (2016), *Hyperband*, [arXiv:1603.06560](https://arxiv.org/abs/1603.06560)
# - B. Zoph, Q. Le (2016), *Neural architecture search with reinforcement learning*, [arXiv:1611.01578](https://arxiv.org/abs/1611.01578); E. Real and others (2019), *Regularized evolution for image classifier architecture search*, [arXiv:1802.01548](https://arxiv.org/abs/1802.01548); L. Li, A. Talwalkar (2019), *Random search and reproducibility for neural architecture search*, [arXiv:1902.07638](https://arxiv.org/abs/1902.07638)
# - G. Cawley, N. Talbot (2010), *On over-fitting in model selection and subsequent selection bias in performance evaluation*, [JMLR 11](http://jmlr.org/papers/v11/cawley10a.html); I. Tsamardinos and others (2018), *Bootstrapping the out-of-sample predictions for efficient and accurate cross-validation*, [doi:10.1007/s10994-018-5714-4](https://doi.org/10.1007/s10994-018-5714-4)
# - C. Ambroise, G. McLachlan (2002), *Selection bias in gene extraction on the basis of microarray gene-expression data*, PNAS 99, [doi:10.1073/pnas.102102699](https://doi.org/10.1073/pnas.102102699)
# - M. Zhang and others (2023), *Using large language models for hyperparameter optimization*, [arXiv:2312.04528](https://arxiv.org/abs/2312.04528)
# - E. Strubell, A. Ganesh, A. McCallum (2019), *Energy and policy considerations for deep learning in NLP*, [arXiv:1906.02243](https://arxiv.org/abs/1906.02243); D. Patterson and others (2021), *Carbon emissions and large neural network training*, [arXiv:2104.10350](https://arxiv.org/abs/2104.10350); NVIDIA (2020), *A100 Tensor Core GPU*, data sheet: 312 TFLOP/s in 16-bit arithmetic, dense; 400 W in the SXM form
