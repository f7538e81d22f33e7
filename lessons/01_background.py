# %% [markdown]
# # 1 · Background: what scale buys
#
# Measure what a larger model buys, forecast the next one before you train it, and write the bill for a real one.
#
# 60 min to read · under 60 CPU-seconds · under 1,200 MB · GPU: not needed
#
# **You will be able to**
# - read and fit a power law, and say how sure its forecast is;
# - turn parameters and text into FLOPs, GPU-days and money;
# - say what grew from 2012 to 2025, what stopped growing, and when;
# - decide with numbers whether your start-up should rent, adapt or train a model.
#
# *You need:* logarithms, and how to run a notebook, from [lesson 0](00_start_here.ipynb). What a gradient does comes in
# [lesson 3a](03a_forward_backward.ipynb); here it is enough that training lowers the loss.

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
corpus: str = "python"  # the text; two of the three are downloaded  in {python, tinyshakespeare, tang}
widths: list[int] = [5, 10, 20, 40, 80]  # widths of the models that make the law  in [2, 256]
largest: int = 160  # width of the model that is forecast  in [2, 512]
characters: int = 20000  # what the smallest model reads; a wider one reads more  in [2000, 1000000]
repeats: int = 3  # models of each width  in [1, 10]
device: str = "auto"  # where to train; auto takes the best that is here  in {auto, cpu, cuda, mps, xpu}
gpu_price: float = 2.0  # euros for one hour of a data-centre GPU  in [0.5, 20]
gpu_use: float = 0.4  # share of the GPU's peak that training reaches  in [0.1, 1]
api_price: float = 1.0  # euros for a million tokens through an API  in [0.01, 20]

# %%
import math
import time
from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from scipy import stats
from torch import nn
from torch.nn.functional import cross_entropy

from utils import cost, data, plot
from utils.check import approx, check, claim, metric
from utils.device import best_device
from utils.errors import CourseError
from utils.params import check_parameters
from utils.repro import seed_everything

check_parameters("01_background", globals())
plot.style()
rng = seed_everything(seed)
machine = best_device(None if device == "auto" else device)

# %% [markdown]
# ## 1.1 A law on paper
#
# Our start-up repairs bicycles by mail, and its inbox overflows. A supplier offers a *large language model* (大语言模型):
# ten times larger than the last one, at ten times the price. What do ten times buy?
#
# Say that with 1 unit of work a model has the *loss* (损失, how surprised it is by the next letter) 4.0, and with 10
# units 3.2. Two guesses: each tenfold takes off 0.8, or each tenfold takes off a fifth. Predict both for 100 and 1,000
# units.


# %%
def power_law(work, start=4.0, tenfold=0.8):
    """Each tenfold of work multiplies the loss by the same factor."""
    return start * tenfold ** math.log10(work)


for work in (1, 10, 100, 1000):
    print(
        f"{work:5} units: minus 0.8 gives {4 - 0.8 * math.log10(work):.2f}, times 0.8 gives {power_law(work):.2f}"
    )

# %% [markdown]
# Taking off 0.8 reaches zero soon, which no model can. A constant *factor* never does. It is a *power law* (幂律),
# $L = a\,x^{-\alpha}$, and here $\alpha = -\log_{10} 0.8$. Its logarithm is
#
# $$\log L = \log a - \alpha \log x,$$
#
# a straight line when both axes count in factors. That is how we shall recognise one.

# %%
work = np.logspace(0, 4, 50)
loss = np.array([power_law(w) for w in work])
figure, axes = plt.subplots(1, 2, figsize=(9, 3))
for ax, title in zip(axes, ["Plain axes: it seems to stop", "Logarithmic axes: it never does"], strict=True):
    ax.plot(work, loss)
    ax.set(title=title, xlabel="work (units)", ylabel="loss")
axes[1].set(xscale="log", yscale="log", yticks=[2, 3, 4], yticklabels=["2", "3", "4"])
axes[1].minorticks_off()
plt.show()

# %% [markdown]
# ### Exercise 1.1 · Two points and a forecast ●○○ 5 min
#
# Two models are measured: work `x1` gave the loss `l1`, work `x2` gave `l2`. If a power law holds, what will `x3` give?
#
# <details><summary>Hint 1</summary>The slope on logarithmic axes is (ln l2 − ln l1) / (ln x2 − ln x1). It is −α.</details>
# <details><summary>Hint 2</summary>l3 = l2 · (x3 / x2) ** slope.</details>


# %% tags=["exercise-1.1"]
def two_point_forecast(x1, l1, x2, l2, x3):
    """Loss at x3 on the power law through (x1, l1) and (x2, l2)."""
    ### BEGIN SOLUTION
    slope = math.log(l2 / l1) / math.log(x2 / x1)
    return l2 * (x3 / x2) ** slope
    ### END SOLUTION


# %% tags=["check-1.1"]
with check("1.1", two_point_forecast) as c:
    for x1, l1, x2, l2, x3 in [(1, 4.0, 10, 3.2, 100), (2.0, 3.0, 16.0, 2.0, 5.0), (1e6, 1.5, 1e3, 2.5, 1e9)]:
        slope = math.log(l2 / l1) / math.log(x2 / x1)
        straight = l1 + (l2 - l1) * (x3 - x1) / (x2 - x1)
        steps = l1 + (l2 - l1) * math.log(x3 / x1) / math.log(x2 / x1)
        c.close(
            two_point_forecast(x1, l1, x2, l2, x3),
            l2 * (x3 / x2) ** slope,
            what=f"x = {x3:g} after ({x1:g}, {l1}) and ({x2:g}, {l2})",
            hint="slope = ln(l2 / l1) / ln(x2 / x1), then l2 · (x3 / x2) ** slope",
            slips={
                "that is a straight line on plain axes": straight,
                "you took off the same amount for each factor; take off the same share": steps,
                "the sign of the exponent is turned: more work must lower the loss": l2 * (x3 / x2) ** -slope,
                "the slope starts from x2: use x3 / x2, not x3 / x1": l2 * (x3 / x1) ** slope,
            },
        )

# %% [markdown]
# ## 1.2 Five models that read
#
# Is it true? We train our own. Each model reads text and guesses the next character. Python's own reference manual serves
# as text; the last tenth is kept for the exam. A symbol is a *byte* (字节): one for an English letter, three for a
# Chinese character.
#
# Predict first: what is the loss of a model that knows nothing and calls all $V$ symbols equally likely?


# %%
settings = (seed, corpus, widths, largest, characters, repeats)
DEFAULT = settings == (0, "python", [5, 10, 20, 40, 80], 160, 20000, 3)
if len(set(widths)) < 3:
    raise CourseError("widths takes three different widths or more: a line through two points always fits.")


def read_corpus(name):
    """The text of a corpus."""
    if name == "python":
        return data.python_reference()
    if name == "tinyshakespeare":
        return data.load("tinyshakespeare")
    return "\n\n".join("\n".join(poem["paragraphs"]) for poem in data.load("tang300"))


codes, ids = np.unique(np.frombuffer(read_corpus(corpus).encode(), dtype=np.uint8), return_inverse=True)
symbols, text = len(codes), torch.from_numpy(ids.astype(np.int64)).to(machine)
learn_from, exam_text = text[: len(text) * 9 // 10], text[len(text) * 9 // 10 :]
print("symbols in the text", approx(len(text)), "of them different", approx(symbols))
print("loss of a model that knows nothing: ln V", approx(math.log(symbols)))
assert 3 < math.log(symbols) < 5.55  # a byte has 256 values, and ln 256 is 5.545

# %% [markdown]
# The model is a GPT with one *Transformer* block: *attention* (注意力) collects what earlier characters said, a small network
# thinks about it. Lessons [2c](02c_architecture.ipynb) and 6a take it apart. For now only one knob matters: its `width`.


# %%
context = 32


class Block(nn.Module):
    """Attention to earlier characters, then a network of two layers; each adds to what came in."""

    def __init__(self, width):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        query, key, value = self.query_key_value(self.norm1(x)).chunk(3, dim=-1)
        scores = query @ key.transpose(1, 2) / math.sqrt(x.shape[-1])  # (B, T, T)
        later = torch.ones(scores.shape[1:], dtype=torch.bool, device=x.device).triu(1)
        x = x + self.mix(scores.masked_fill(later, -torch.inf).softmax(dim=-1) @ value)
        return x + self.down(torch.relu(self.up(self.norm2(x))))


# %%
class Reader(nn.Module):
    """Scores of every next symbol: ids (B, T) -> (B, T, V). The output reuses the table of symbols."""

    def __init__(self, width):
        super().__init__()
        self.symbol, self.place = nn.Embedding(symbols, width), nn.Embedding(context, width)
        self.block, self.norm = Block(width), nn.LayerNorm(width)
        for table in (self.symbol, self.place):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, ids):
        x = self.symbol(ids) + self.place.weight[: ids.shape[1]]
        return self.norm(self.block(x)) @ self.symbol.weight.T


def size(width):
    """Parameters (参数) of a Reader: the numbers that training sets."""
    return sum(p.numel() for p in Reader(width).parameters())


for width in [*widths, largest]:
    assert size(width) == cost.gpt_parameters(1, width, symbols, context)
    print(f"width {width:3}: parameters {approx(size(width))}")

# %% [markdown]
# The assertion compares the count with a formula that [lesson 2a](02a_counting.ipynb) derives. Is the model honest, or
# can it see the letter it must guess? Change the last symbol: no earlier guess may move.

# %%
page = learn_from[:context].clone()[None]
changed = page.clone()
changed[0, -1] = (page[0, -1] + 1) % symbols
with torch.no_grad():
    probe = Reader(16).to(machine)
    moved = (probe(page) - probe(changed)).abs().amax(dim=(0, 2)) > 1e-6
assert moved.tolist() == [False] * (context - 1) + [True]
print("guesses that moved:", int(moved.sum()), "of", context, "(the last)")

# %% [markdown]
# Training shows pages of 32 characters in random order; each character is met once, as long as the text lasts. A wider model
# takes smaller steps, and reads more: text grows with the square root of the size. (Chinchilla's rule, section 1.5, wants
# text in proportion to size; the root keeps us within a minute.)


# %%
def reads(width):
    """Characters that a model of this width reads."""
    return int(characters * math.sqrt(size(width) / size(min(widths))))


def train_reader(width, text, amount, draw_seed, batch=8):
    """A Reader of this width after `amount` characters from `text`, in random order."""
    torch.manual_seed(draw_seed)
    model, draw = Reader(width).to(machine), np.random.default_rng(draw_seed)
    optimiser = torch.optim.AdamW(model.parameters(), lr=min(0.02, 0.4 / width), betas=(0.9, 0.95))
    pages, steps = (len(text) - 1) // context, max(20, amount // (batch * context))
    rates = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, optimiser.param_groups[0]["lr"], steps, pct_start=0.1, cycle_momentum=False
    )
    x, y = (text[first : first + pages * context].view(pages, context) for first in (0, 1))
    passes = -(-steps * batch // pages)
    order = torch.from_numpy(np.concatenate([draw.permutation(pages) for _ in range(passes)]))
    for pick in order[: steps * batch].to(machine).view(steps, batch):
        loss = cross_entropy(model(x[pick]).flatten(0, 1), y[pick].flatten())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        rates.step()
    return model


# %%
@torch.no_grad()
def exam(model, text, most=1000):
    """Mean loss, in nats a symbol, on the first pages of a text."""
    pages = min(most, (len(text) - 1) // context)
    x, y = (text[first : first + pages * context].view(pages, context) for first in (0, 1))
    return cross_entropy(model(x).flatten(0, 1), y.flatten()).item()


points, kept = [], {}
for width in widths:
    for repeat in range(repeats):
        kept[width] = train_reader(width, learn_from, reads(width), seed * repeats + repeat)
        points.append((size(width), reads(width), exam(kept[width], exam_text)))
    print(f"width {width:3}: exam loss {approx(np.mean([p[2] for p in points[-repeats:]]))}")
N, D, L = np.array(points).T
if DEFAULT:
    assert 2.9 < L[:3].mean() < 3.6
    assert 1.65 < L[-3:].mean() < 2.05

# %% [markdown]
# ## 1.3 Is it a law?
#
# Points on logarithmic axes, and a straight line through them by *least squares* (最小二乘). Repeats with other random
# numbers scatter; the scatter says how sure we may be. Two intervals follow from it: one for the slope, and a wider one
# for *a new point*, which brings its own scatter.


# %%
def fit_line(x, y):
    """Slope, intercept and the 95 % half-width of the slope, for points x, y (n,)."""
    found = stats.linregress(x, y)
    return found.slope, found.intercept, stats.t.ppf(0.975, len(x) - 2) * found.stderr


def forecast(x, y, at):
    """The line at `at`, and both ends of the 95 % prediction interval (预测区间) of one new point there."""
    slope, intercept, _ = fit_line(x, y)
    n, left = len(x), y - intercept - slope * x
    scatter = math.sqrt((left**2).sum() / (n - 2))
    far = (at - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
    half = stats.t.ppf(0.975, n - 2) * scatter * np.sqrt(1 + 1 / n + far)
    middle = intercept + slope * at
    return middle, middle - half, middle + half


# %% [markdown]
# Does the interval keep its promise? Invent a thousand worlds in which a line *is* the truth, and count how often the new
# point lies inside.

# %%
places = np.repeat(np.arange(5.0), 3)
inside = 0
for _ in range(1000):
    new = 4 - 0.5 * 6.0 + rng.normal() * 0.1
    _, low, high = forecast(places, 4 - 0.5 * places + rng.normal(size=15) * 0.1, at=6.0)
    inside += low < new < high
assert 0.92 < inside / 1000 < 0.98
print("inside the 95 % interval, share of worlds", approx(inside / 1000))

# %%
slope, _, half = fit_line(np.log(N), np.log(L))
metric("alpha", -slope)
print("exponent", approx(-slope), "give or take", approx(half, 1))
if DEFAULT:
    assert 0.10 < -slope < 0.15
    assert half < 0.025


# %%
def draw_law(title):
    """The line, its band for a new model, and our points; returns the ax."""
    sizes = np.geomspace(N.min(), 2 * max(N.max(), size(largest)), 60)
    middle, bottom, top = np.exp(forecast(np.log(N), np.log(L), np.log(sizes)))
    ax = plt.subplots()[1]
    ax.fill_between(sizes, bottom, top, alpha=0.15, label="95 % for a new model")
    ax.plot(sizes, middle, color="C0", label="power law")
    ax.plot(N, L, "o", color="C1", markersize=5, label="our models")
    ax.set(title=title, xlabel="parameters", ylabel="exam loss (nats)", xscale="log", yscale="log")
    ax.set(yticks=[1.5, 2, 2.5, 3, 4], yticklabels=["1.5", "2", "2.5", "3", "4"])
    ax.yaxis.minorticks_off()
    return ax


draw_law("On logarithmic axes our models line up").legend()
plt.show()

# %% [markdown]
# ### Exercise 1.2 · How much for a lower loss? ●●○ 15 min
#
# Turn the law round. Given measured sizes and losses, how large must a model be to reach a target loss? Fit the logarithm of the
# loss against the logarithm of the size by least squares, then solve for the size.
#
# <details><summary>Hint 1</summary>`slope, intercept = np.polyfit(np.log(sizes), np.log(losses), 1)`.</details>
# <details><summary>Hint 2</summary>ln target = intercept + slope · ln size. Solve for ln size, then take exp.</details>


# %% tags=["exercise-1.2"]
def size_for(sizes, losses, target):
    """Size at which the fitted power law reaches the target loss."""
    ### BEGIN SOLUTION
    slope, intercept = np.polyfit(np.log(sizes), np.log(losses), 1)
    return np.exp((np.log(target) - intercept) / slope)
    ### END SOLUTION


# %% tags=["check-1.2"]
with check("1.2", size_for) as c:
    for n, scatter, goal in [(5, 0.0, 1.5), (8, 0.05, 1.2), (20, 0.1, 2.0)]:
        sizes = np.logspace(3, 5, n)
        losses = 6.0 * sizes**-0.11 * np.exp(scatter * np.random.default_rng(n).normal(size=n))
        x, y = np.log(sizes), np.log(losses)
        b, a = np.polyfit(x, y, 1)
        back, start = np.polyfit(y, x, 1)
        chord = math.log(losses[-1] / losses[0]) / math.log(sizes[-1] / sizes[0])
        plain = np.polyfit(sizes, losses, 1)
        c.close(
            size_for(sizes, losses, goal),
            math.exp((math.log(goal) - a) / b),
            what=f"{n} models, target loss {goal}",
            hint="fit ln loss = intercept + slope · ln size, then size = exp((ln target - intercept) / slope)",
            slips={
                "you fitted ln size against ln loss; that is another line once points scatter": np.exp(
                    start + back * math.log(goal)
                ),
                "you used only the first and the last model": sizes[0] * (goal / losses[0]) ** (1 / chord),
                "that is the line on plain axes": (goal - plain[1]) / plain[0],
                "that is the logarithm of the size": (math.log(goal) - a) / b,
            },
        )

# %% [markdown]
# **Compute.** How much work is that? In a model of $N$ parameters, each takes part in one multiplication and one addition for
# each symbol: $2N$ *FLOPs* (浮点运算). The way back, which finds the gradient, costs twice as much. So training on $D$ symbols
# needs about
#
# $$C \approx 6 \cdot N \cdot D.$$
#
# A rule of thumb deserves a referee: PyTorch can count every matrix product of one training step.

# %%
from torch.utils.flop_counter import FlopCounterMode

counted = {}
for width in widths:
    model, pages = Reader(width), torch.zeros(8, context, dtype=torch.long)
    with FlopCounterMode(display=False) as counter:
        cross_entropy(model(pages).flatten(0, 1), pages.flatten()).backward()
    counted[width] = counter.get_total_flops() / pages.numel()
    assert counted[width] == 6 * (12 * width**2 + symbols * width) + 12 * context * width
    print(f"width {width:3}: 6N {approx(6 * size(width))}, counted a symbol {approx(counted[width])}")
if DEFAULT:
    assert all(1 < counted[width] / (6 * size(width)) < 1.12 for width in widths)

# %% [markdown]
# Six times the parameters, give or take a few percent. What the rule leaves out is attention, $12\,T\,d$ FLOPs a symbol for a
# page of $T$ symbols and the width $d$; what it counts too much are biases and norms, which meet no matrix. In a large model
# both vanish beside the block's $12d^2$ weights, $72d^2$ FLOPs.
#
# In our runs text grows as the root of the size, so $C$ grows as $N^{1.5}$. Predict the exponent on an axis of compute.

# %%
C = cost.training_flops(N, D)
slope_c, start_c, half_c = fit_line(np.log(C), np.log(L))
assert abs(slope_c / slope - 1 / 1.5) < 0.02
print("exponent in compute", approx(-slope_c), "give or take", approx(half_c, 1))
print("so ten times the compute multiplies the loss by", approx(10**slope_c))
if DEFAULT:
    assert 0.78 < 10**slope_c < 0.87
ax = plt.subplots()[1]
ax.plot(C, np.exp(start_c) * C**slope_c, label="power law")
ax.plot(C, L, "o", markersize=5, label="6·N·D")
ax.plot(np.repeat([counted[width] for width in widths], repeats) * D, L, "x", label="counted")
ax.set(title="Compute buys loss by the factor", xlabel="training compute (FLOPs)", ylabel="exam loss (nats)")
ax.set(xscale="log", yscale="log", yticks=[2, 2.5, 3], yticklabels=["2", "2.5", "3"])
ax.yaxis.minorticks_off()
ax.legend()
plt.show()

# %% [markdown]
# ## 1.4 A forecast that can fail
#
# A curve drawn *through* points proves little. So write the forecast down first: a model twice as wide as any above, nearly four
# times the parameters. What loss will it have, and how far off may it be before we call the law broken? Then, and only
# then, train it.

# %%
expected, low, high = np.exp(forecast(np.log(N), np.log(L), math.log(size(largest))))
print("forecast", approx(expected), "in an interval from", approx(low), "to", approx(high))
assert low < expected < high
if DEFAULT:
    assert high / low < 1.25

# %%
start = time.process_time()
kept[largest] = train_reader(largest, learn_from, reads(largest), seed * repeats)
seconds = time.process_time() - start
got = exam(kept[largest], exam_text)
metric("forecast", expected)
metric("measured", got)
print("the law", "holds" if low < got < high else "is broken")
if DEFAULT:
    assert low < got < high, (low, got, high)
ax = draw_law(
    "The sixth model lands in the band that was drawn before"
    if low < got < high
    else "The sixth model misses the band"
)
ax.plot(size(largest), got, "*", color="C2", markersize=15, label="the sixth, trained after")
ax.legend()
plt.show()

# %% [markdown]
# Look closely: does the star sit above or below the middle? In our runs it lies a little above. Text has a randomness of its own
# that no model can guess, so every such line must flatten in the end. The band knows the *scatter* of our models; it
# cannot know where the straight part ends.
#
# And what did the parameters buy? Let three models read the same line, and colour each character by its surprise, $-\ln p$.

# %%
first = 32 * 40
line = exam_text[first : first + context + 1]
surprise = []
readers = [min(kept), sorted(kept)[len(kept) // 2], max(kept)]
with torch.no_grad():
    for width in readers:
        chances = kept[width](line[None, :-1]).log_softmax(dim=-1)[0]
        surprise.append(-chances.gather(1, line[1:, None]).squeeze(1).cpu().numpy())
letters = [chr(codes[i]) if 32 < codes[i] < 127 else "·" for i in line[1:].tolist()]
figure, ax = plt.subplots(figsize=(9, 2.2))
shown = ax.imshow(surprise, cmap="Reds", vmin=0, vmax=6, aspect="auto")
ax.set(xticks=range(context), xticklabels=letters, yticks=range(3))
ax.set(yticklabels=[f"width {w}" for w in readers], title="The larger model is surprised less often")
ax.grid(visible=False)
figure.colorbar(shown, label="surprise (nats)")
plt.show()
if DEFAULT:
    assert np.mean(surprise[0]) > np.mean(surprise[2])

# %% [markdown]
# ## 1.5 Break it: run out of text
#
# The law has small print: every model met *fresh* text. Take that away. The same width, the same number of steps, but from a
# shorter and shorter book that it must read again and again. Predict both curves: the loss on the pages it knows, and on the
# exam.

# %%
width = sorted(set(widths))[-2]
shares = [1 / 64, 1 / 16, 1 / 4, 1]
known, unknown = [], []
for share in shares:
    book = learn_from[: int(len(learn_from) * share)]
    model = train_reader(width, book, reads(width), seed)
    known.append(exam(model, book))
    unknown.append(exam(model, exam_text))
    print(f"{share:.3f} of the text: known pages {approx(known[-1])}, exam {approx(unknown[-1])}")
usual = np.exp(forecast(np.log(N), np.log(L), math.log(size(width))))
if DEFAULT:
    assert unknown[0] > usual[2] > unknown[-1]
    assert unknown[0] - known[0] > 0.5 > abs(unknown[-1] - known[-1])

# %%
ax = plot.lines(
    {"pages it has read": (shares, known), "exam": (shares, unknown)},
    marker="o",
    title="With too little text the law breaks",
    xlabel="share of the text that the model may read",
    ylabel="loss (nats)",
)
ax.axhspan(usual[1], usual[2], color="C2", alpha=0.15)
ax.text(1, usual[0], "what the law says ", ha="right", va="center", color="C2")
ax.set(xscale="log", xticks=shares, xticklabels=["1/64", "1/16", "1/4", "all"])
ax.minorticks_off()
plt.show()

# %% [markdown]
# *Symptom.* Known pages get easy while the exam gets hard: the model learns its book by heart. Try `corpus="tang"`: three
# hundred poems are read several times over by the largest model, and the forecast fails.
#
# So size alone is not the recipe. From over 400 models Hoffmann et al. (2022) found the best split of a given compute: near
# **20 tokens a parameter**. A *token* (词元) is a piece of a word.
#
# ## 1.6 Thirteen years of larger models
#
# Now the giants. The table comes with this course: every number from its paper, or computed as the column `how` says.

# %%
models = pd.read_csv(files("utils") / "landmarks.csv")
models["when"] = models.year + (models.month - 0.5) / 12
for m in models.itertuples():
    tokens = "" if math.isnan(m.tokens) else f"{m.tokens / 1e9:8,.0f} B tokens"
    flops = "" if math.isnan(m.flops) else f"{m.flops:.2e} FLOPs"
    print(f"{m.year} {m.name:18} {m.parameters / 1e9:7.2f} B parameters {tokens:18} {flops}")

# %% [markdown]
# Where a paper gives tokens, the rule $6ND$ can be checked against what its authors say they spent. Mixture-of-experts models
# use only some of their parameters for each token; those *active* ones count.

# %%
told = models[(models.how == "paper") & models.tokens.notna()]
for m in told.itertuples():
    rule = cost.training_flops(m.active, m.tokens)
    assert abs(rule / m.flops - 1) < 0.02
    print(f"{m.name:14} 6ND = {rule:.2e}, the paper says {m.flops:.2e}")

# %% [markdown]
# **How fast did training compute grow?** Once more a line, now of $\log_2$ FLOPs against time: its slope counts *doublings a year*.
# Predict: how many months to double?

# %%
paid = models.dropna(subset=["flops"])
when, doublings = paid.when.to_numpy(), np.log2(paid.flops.to_numpy())
slope_t, start_t, half_t = fit_line(when, doublings)
fast, slow = 12 / (slope_t + half_t), 12 / (slope_t - half_t)
print(f"doubled every {12 / slope_t:.1f} months; 95 %: {fast:.1f} to {slow:.1f} months")
assert 4 < fast < 12 / slope_t < slow < 8

# %% [markdown]
# Sevilla et al. (2022) found about six months with over a hundred models. But is it *one* line? Let two lines meet in a year
# of their choice. And since a bend that fits best always fits a little better, leave out each model in turn and see whether
# the bend stays.


# %%
def bend(when, y):
    """The year where two joined lines fit best, and the slopes before and after it."""
    tries = []
    for year in np.arange(2014, 2025, 0.25):
        columns = np.stack([np.ones(len(when)), when - 2012, np.maximum(0, when - year)], axis=1)
        weights = np.linalg.lstsq(columns, y)[0]
        tries.append((((columns @ weights - y) ** 2).sum(), year, weights[1], weights[1] + weights[2]))
    return min(tries)[1:]


year, before, after = bend(when, doublings)
moved = [bend(np.delete(when, i), np.delete(doublings, i))[0] for i in range(len(when))]
print(f"bend in {year}: doubling every {12 / before:.1f} months before, {12 / after:.1f} after")
print(f"without one model: from {min(moved)} to {max(moved)}")

# %%
ax = plt.subplots(figsize=(8.5, 4.4))[1]
line = np.array([2012, year, 2026])
height = start_t + slope_t * year
ax.plot(when, paid.flops, "o")
ax.plot(line, 2 ** (start_t + slope_t * line), color="grey", linestyle="--", label="one line")
for low_name, part in {"to GPT-3": when < 2020.5, "from GPT-3": when > 2020.3}.items():
    b, a, _ = fit_line(when[part], doublings[part])
    ends = when[part][[0, -1]]
    ax.plot(ends, 2 ** (a + b * ends), label=f"{low_name}: {12 / b:.0f} months")
beside = {"PaLM": (-6, 3), "GPT-3": (-6, 3), "T5-11B": (-6, 3), "Gopher": (-6, 3), "Llama 3 405B": (-6, 3)}
beside |= {"Chinchilla": (2, -14), "LLaMA-65B": (2, -24), "Llama 2 70B": (4, -13), "DeepSeek-V3": (7, -6)}
for m in paid.itertuples():
    shift = beside.get(m.name, (7, -3))
    side = "right" if shift[0] < 0 else "left"
    ax.annotate(m.name, (m.when, m.flops), shift, textcoords="offset points", ha=side, fontsize=8)
ax.set(
    yscale="log",
    title="Compute raced from 2017 to 2020, then slowed",
    xlabel="year",
    ylabel="FLOPs",
    xlim=(2012, 2028),
)
ax.legend(loc="lower right")
plt.show()

# %% [markdown]
# So the steady line hides a standstill from 2014 to 2017, a race to GPT-3, and a slower pace since. *When* it slowed is not
# settled: leave out one paper, and the bend moves by years. Fourteen hand-picked models cannot say more, and some of the
# largest laboratories no longer publish such numbers.
#
# What else broke? Compare *parameters* with *tokens* from GPT-3 on.

# %%
recent = models[models.when > 2020.3]
growth = {}
for what in ("parameters", "tokens"):
    growth[what] = fit_line(recent.when, np.log2(recent[what]))
    print(f"{what}: {growth[what][0]:.1f} doublings a year, give or take {growth[what][2]:.1f}")
assert growth["tokens"][0] > growth["tokens"][2]
assert abs(growth["parameters"][0]) < growth["parameters"][2]

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 3.4))
axes[0].plot(recent.when, recent.parameters / 1e9, "o-", label="parameters")
axes[0].plot(recent.when, recent.tokens / 1e9, "s-", label="tokens")
axes[0].set(yscale="log", title="Text grew, size did not", ylabel="billions", xlabel="year")
axes[0].legend()
ratio = recent.tokens / recent.parameters
axes[1].plot(recent.when, ratio, "o-")
axes[1].axhline(20, color="grey", linestyle="--")
axes[1].text(2020.3, 21, "20: Chinchilla's rule", va="bottom", color="grey")
axes[1].set(yscale="log", title="Tokens a parameter: a hundredfold", xlabel="year")
plt.show()

# %% [markdown]
# The turn came in 2022: Chinchilla, a quarter of Gopher's size and trained on more text, beat it. Later models go far beyond 20 tokens, since a smaller model is cheaper for *every* answer it will ever give (Sardana et
# al., 2024).
#
# ### Exercise 1.3 · The doubling time ●○○ 10 min
#
# Given years (with fractions) and FLOPs, return the *doubling time in months* of the least-squares line.
#
# <details><summary>Hint 1</summary>Fit log2(FLOPs) against the years; the slope is doublings a year.</details>
# <details><summary>Hint 2</summary>12 months divided by doublings a year: `12 / np.polyfit(years, np.log2(flops), 1)[0]`.</details>


# %% tags=["exercise-1.3"]
def doubling_months(years, flops):
    """Months in which the fitted exponential doubles."""
    ### BEGIN SOLUTION
    return 12 / np.polyfit(years, np.log2(flops), 1)[0]
    ### END SOLUTION


# %% tags=["check-1.3"]
with check("1.3", doubling_months) as c:
    draw = np.random.default_rng(3)
    for n, months, noise in [(4, 6.0, 0.0), (10, 18.0, 1.0), (25, 3.4, 3.0)]:
        years = np.sort(draw.uniform(2012, 2025, n))
        flops = 2.0 ** (60 + 12 / months * (years - 2012) + noise * draw.normal(size=n))
        rate = np.polyfit(years, np.log2(flops), 1)[0]
        ends = math.log2(flops[-1] / flops[0]) / (years[-1] - years[0])
        c.close(
            doubling_months(years, flops),
            12 / rate,
            what=f"{n} models",
            rtol=1e-5,
            hint="12 / slope of log2(flops) against years",
            slips={
                "that is in years; a year has 12 months": 1 / rate,
                "those are doublings a year, not months for a doubling": rate,
                "that is the time to grow e-fold; use log2": 12 / (rate * math.log(2)),
                "that is the time to grow tenfold; use log2": 12 / (rate * math.log10(2)),
                "you used only the first and the last model": 12 / ends,
            },
        )

# %% [markdown]
# ### Exercise 1.4 · Spend a budget well ●●○ 15 min
#
# You may spend `flops` on one training run and want `ratio` tokens for each parameter. How many parameters, how many tokens?
# Then test Chinchilla: 5.88e23 FLOPs at 20 tokens a parameter.
#
# <details><summary>Hint 1</summary>Two equations: C = 6·N·D and D = ratio·N. Put the second into the first.</details>
# <details><summary>Hint 2</summary>N = √(C / (6 · ratio)), D = ratio · N.</details>


# %% tags=["exercise-1.4"]
def best_split(flops, ratio=20):
    """(parameters, tokens) that use up the budget with `ratio` tokens for each parameter."""
    ### BEGIN SOLUTION
    parameters = math.sqrt(flops / (6 * ratio))
    return parameters, ratio * parameters
    ### END SOLUTION


# %% tags=["check-1.4"]
with check("1.4", best_split) as c:
    for budget, ratio in [(5.88e23, 20), (6e12, 100), (3.14e23, 1.7), (1e25, 150)]:
        n = math.sqrt(budget / (6 * ratio))
        c.close(
            best_split(budget, ratio),
            (n, ratio * n),
            what=f"{budget:g} FLOPs at {ratio} tokens a parameter",
            hint="N = √(C / (6 · ratio)), D = ratio · N",
            slips={
                "the order is parameters, then tokens": (ratio * n, n),
                "the 6 is missing": (math.sqrt(budget / ratio), math.sqrt(budget * ratio)),
                "that is the cost of using a model; training costs 6, not 2": (
                    math.sqrt(3) * n,
                    math.sqrt(3) * ratio * n,
                ),
                "the ratio is always 20; use the one that was given": (
                    math.sqrt(budget / 120),
                    20 * math.sqrt(budget / 120),
                ),
            },
        )

# %% [markdown]
# ## 1.7 The bill
#
# From FLOPs to money in two divisions. A data-centre GPU of 2020, the A100, has a *peak* of 312 TFLOP/s in 16-bit arithmetic; a
# good training run reaches 40 % of it. GPT-3 took 3.14e23 FLOPs. Predict: how long on one GPU, and what does that cost at
# the price in the parameters?

# %%
gpt3 = models.set_index("name").loc["GPT-3"]
hours = gpt3.flops / (312e12 * gpu_use) / 3600
gpt3_bill = hours * gpu_price
print(
    f"{hours / 24:,.0f} GPU-days: {hours / 24 / 365:,.0f} years on one, {hours / 24 / 1000:,.0f} days on 1,000"
)
print(f"at {gpu_price:g} € an hour: {gpt3_bill:,.0f} €")
assert math.isclose(gpt3_bill, cost.price(gpt3.flops, 312e12, gpu_use, gpu_price))

# %% [markdown]
# That is one run that works at the first try. Salaries, failed runs, data and evaluation come on top.
#
# **Three ways for the shop.** It has 3,000 mails a month, 1,500 tokens each with the answer:
#
# - *rent*: call an API, pay per token;
# - *adapt*: take open weights of 7 billion parameters, fine-tune (微调) them with LoRA, rent a GPU to serve them;
# - *train*: the same model from nothing, 20 tokens a parameter, then serve it.

# %% [markdown]
# LoRA (Hu et al., 2021) leaves the weights as they are and adds to a matrix of width 4096 the product of two thin ones, 4096 × 8
# and 8 × 4096. Predict: what share of 7 billion is trained, with two such pairs in each of 32 layers?

# %%
thin = 32 * 2 * (4096 * 8 + 8 * 4096)
print(f"LoRA trains {thin:,} of 7,000,000,000 parameters: {thin / 7e9:.2%}")
assert thin == 4_194_304
tokens_each, tokens_a_second, hours_a_month = (
    1500,
    1000,
    730,
)  # what one GPU serves is an assumption: measure yours
once = {
    "rent": 0.0,
    "adapt": cost.price(cost.training_flops(7e9, 10e6), 312e12, gpu_use, gpu_price),
    "train": cost.price(cost.training_flops(7e9, 140e9), 312e12, gpu_use, gpu_price),
}
for way, euros in once.items():
    print(f"{way:6} before the first answer: {euros:10,.2f} €")


# %% [markdown]
# Ten million tokens of one's own mails take about an hour, counted at the full 6·N·D, of which LoRA saves a part. Training from
# nothing costs as much as a small car. But a model of one's own must be *served*: a GPU by the month, used or not.


# %%
def first_year(way, requests, token_price=api_price):
    """Euros for twelve months with this many requests a month; requests may be an array."""
    requests = np.asarray(requests)
    if way == "rent":
        return 12 * requests * tokens_each * token_price / 1e6
    gpus = np.maximum(1, np.ceil(requests * tokens_each / (tokens_a_second * 3600 * hours_a_month)))
    return once[way] + 12 * gpus * hours_a_month * gpu_price


grid = np.arange(1_000, 10_000_001, 1_000)
ours_cheaper = grid[first_year("adapt", grid) <= first_year("rent", grid)]
crossing = (
    f"first at {ours_cheaper[0]:,} requests a month" if len(ours_cheaper) else "nowhere below ten million"
)
for way in once:
    print(f"{way:6} 3,000 requests a month, first year: {first_year(way, 3000):10,.0f} €")
print("adapting is cheaper than renting", crossing)
if (gpu_price, gpu_use, api_price) == (2.0, 0.4, 1.0):
    assert first_year("adapt", 1_800_000) > first_year("rent", 1_800_000)


# %%
def bill(token_price, ax):
    for way in once:
        ax.plot(grid, first_year(way, grid, token_price), label=way)
    better = grid[first_year("adapt", grid) <= first_year("rent", grid, token_price)]
    verdict = (
        f"adapting first wins at {better[0]:,} requests a month" if len(better) else "renting always wins"
    )
    ax.set(xscale="log", yscale="log", title=f"{token_price:g} € a million tokens: {verdict}")
    ax.set(xlabel="requests a month", ylabel="first year (€)", ylim=(10, 1e6))
    ax.axvline(3000, color="grey", linestyle=":")
    ax.text(3100, 15, "our shop", color="grey")
    ax.legend()


bill(api_price, plt.subplots()[1])
plt.show()

# %% [markdown]
# Each stair is one more GPU; at our prices the second one hands the lead back to renting for a while. Move the slider: what must a
# million tokens cost before a shop with 100,000 mails should run a model of its own? And ours, with 3,000?

# %% tags=["nbval-ignore-output"]
# output not compared: a slider is alive
from ipywidgets import FloatLogSlider

plot.slider(bill, FloatLogSlider(api_price, min=-2, max=2, step=0.05, readout_format=".2f"))

# %% [markdown]
# ### Exercise 1.5 · Rent, adapt or train? ●●● 30 min
#
# Your shop grows, so `requests` is a list with one number a month. An option is `(once, per_request, gpu_month, capacity)`: a
# sum before the start, a price for each request, and a rent for each GPU, which serves `capacity` requests a month. An
# option with `gpu_month > 0` keeps *at least one* GPU, and enough of them in each month. Return the cheapest option's name and its
# total cost.
#
# <details><summary>Hint 1</summary>GPUs in a month: max(1, math.ceil(r / capacity)). An API has gpu_month = 0, so its GPUs cost nothing.</details>
# <details><summary>Hint 2</summary>total = once + sum(r · per_request + gpus(r) · gpu_month for r in requests); then the min over the names.</details>


# %% tags=["exercise-1.5"]
def cheapest(requests, options):
    """(name, total cost) of the cheapest option. options: {name: (once, per_request, gpu_month, capacity)}"""

    ### BEGIN SOLUTION
    def total(name):
        once, per_request, gpu_month, capacity = options[name]
        gpus = [max(1, math.ceil(r / capacity)) for r in requests]
        return once + sum(requests) * per_request + sum(gpus) * gpu_month

    name = min(options, key=total)
    return name, total(name)
    ### END SOLUTION


# %% tags=["check-1.5"]
with check("1.5", cheapest) as c:
    rent, adapt, train = (0, 0.0015, 0, 1), (4, 0.00001, 1460, 1_000_000), (26_000, 0.0, 900, 3_000_000)
    offers = {"train": train, "adapt": adapt, "rent": rent}
    cases = [
        ([3000] * 12, "rent", 54.0, "an API costs 12 · 3000 · 0.0015"),
        ([990_000] * 12, "adapt", 17_642.8, "adapt: 4 + 12 · (990,000 · 0.00001 + 1460)"),
        ([1_500_000] * 12, "rent", 27_000.0, "adapt needs two whole GPUs, not one and a half"),
        ([0] * 2 + [1_000_000] * 10, "rent", 15_000.0, "an idle GPU costs too: at least one in each month"),
        ([580_000] * 6 + [1_400_000] * 6, "rent", 17_820.0, "count the GPUs month by month, not on average"),
        ([2_900_000] * 36, "train", 58_400.0, "train: 26,000 once and 36 · 900"),
        ([2_900_000] * 24 + [3_100_000] * 12, "train", 69_200.0, "train: one GPU for 24 months, then two"),
        ([1_000_000] * 12, "adapt", 17_644.0, "one GPU serves 1,000,000 requests; a full one is enough"),
    ]
    for requests, name, total, hint in cases:
        got = cheapest(requests, offers)
        what = (
            f"{len(requests)} months, {requests[0]:,} requests in the first and {requests[-1]:,} in the last"
        )
        c.true(isinstance(got, (tuple, list)) and len(got) == 2, "return two things: the name and the total")
        c.equal(got[0], name, what=what, hint=hint)
        c.close(got[1], total, what=f"total, {what}", hint=hint)

# %% [markdown]
# ## 1.8 What the article says
#
# §1 names four gifts to a start-up: capability, a lower barrier, new business models, inspiration. You have measured the first
# (section 1.4) and priced the third (1.7). Inspiration no code can test. The barrier comes below.
#
# **§1 calls BERT a model for recognising images.** Give it some. BERT's first layer looks up a row for each *word number*.

# %%
words = nn.Embedding(30522, 64)
images = torch.tensor(data.digits(seed=seed).x_train[:4].reshape(4, 8, 8), dtype=torch.float32)
try:
    words(images)
    refused = False
except RuntimeError as error:
    refused = True
    print("RuntimeError:", str(error).split(";")[0])
photo = 3 * 224 * 224
print(f"as numbers, a photo of 224 × 224 would be a sentence of {photo:,} words; BERT reads 512")

# %% [markdown]
# Rounding the greys to whole numbers would silence the error and make nonsense: grey 7 and grey 8 would be two unrelated words. A
# *Vision Transformer* (Dosovitskiy et al., 2020) starts otherwise: cut the image into patches, and map each with a matrix. Close
# greys then stay close.

# %%
patches = images.unfold(1, 4, 4).unfold(2, 4, 4).reshape(4, 4, 16)  # (B, 8, 8) -> (B, patches, pixels)
tokens = nn.Linear(16, 64)(patches)
assert torch.equal(patches[:, 1], images[:, :4, 4:].reshape(4, 16))
print("four images, four patches each, ready for the same Transformer:", tuple(tokens.shape))
claim(
    "§1",
    "BERT is an example of a model for image recognition.",
    "wrong",
    evidence=refused and photo > 512,
    right="BERT is a text encoder (masked words and next sentence, Devlin et al. 2018); for images there are ViT, BEiT and MAE.",
)

# %% [markdown]
# **§1 lets large models provide computing power.** How fast was this machine with our sixth model, and how long would it need for
# GPT-3?

# %%
speed = cost.training_flops(size(largest), reads(largest)) / seconds
years_here = gpt3.flops / speed / (365 * 24 * 3600)
print("this machine in training, FLOP/s", approx(speed, 1))
print("GPT-3 on it would take years:", approx(years_here, 1))
claim(
    "§1",
    "Large models provide a start-up with computing power.",
    "wrong",
    evidence=bool((paid.flops > 0).all()) and years_here > 10,
    right="They consume it: about 6·N·D FLOPs to train and 2·N for each token of every answer.",
)

# %%
api, adapted, trained = (float(first_year(way, 3000)) for way in once)
print(f"first year with 3,000 mails a month: {api:,.0f} €, {adapted:,.0f} € or {trained:,.0f} €")
claim(
    "§1",
    "Large models lower the technical barrier for start-ups.",
    "imprecise",
    evidence=api < adapted < trained < gpt3_bill,
    right="Access through APIs and open weights lowers it. Training one from nothing raises it.",
)

# %% [markdown]
# **The abstract promises real cases.** This verdict rests on reading, not on measuring: the cell records what we found for each
# application the article names. Check it against the text. The course's own cases come with data, a known best result and a
# price, as the shop's bill above.

# %%
found = {  # company, cost, measured result
    "§6.1 language": (None, None, None),
    "§6.2 vision": (None, None, None),
    "§6.3 recommenders": (None, None, None),
    "§6.4 finance": (None, None, None),
}
claim(
    "abstract",
    "The article supports its advice with real cases.",
    "wrong",
    evidence=not any(item for case in found.values() for item in case),
    right="It names systems and fields, but no company, no cost and no measured result.",
)

# %% [markdown]
# ## Recap
#
# 1. A power law is a straight line on logarithmic axes: equal factors of compute take off equal *shares* of the loss.
# 2. Write a forecast down with its interval before you train; then it can fail, and that is its worth.
# 3. Training costs about 6·N·D FLOPs. Without fresh text the law breaks.
# 4. Compute doubled about twice a year; since GPT-3 it went into text rather than into size.
# 5. For a small shop renting wins, adapting follows, training from nothing comes last: do the sum with your prices.
#
# **Next:** what is inside those parameters, counted to the last one, in [lesson 2a](02a_counting.ipynb).
# [Back to the map](00_start_here.ipynb)
#
# ## Sources
#
# - J. Kaplan et al. (2020), *Scaling laws for neural language models*, [arXiv:2001.08361](https://arxiv.org/abs/2001.08361)
# - J. Hoffmann et al. (2022), *Training compute-optimal large language models* (Chinchilla), [arXiv:2203.15556](https://arxiv.org/abs/2203.15556)
# - N. Sardana et al. (2024), *Beyond Chinchilla-optimal: accounting for inference in language model scaling laws*, [arXiv:2401.00448](https://arxiv.org/abs/2401.00448)
# - J. Sevilla et al. (2022), *Compute trends across three eras of machine learning*, [arXiv:2202.05924](https://arxiv.org/abs/2202.05924)
# - T. Brown et al. (2020), *Language models are few-shot learners* (GPT-3), [arXiv:2005.14165](https://arxiv.org/abs/2005.14165)
# - E. Hu et al. (2021), *LoRA: low-rank adaptation of large language models*, [arXiv:2106.09685](https://arxiv.org/abs/2106.09685)
# - J. Devlin et al. (2018), *BERT*, [arXiv:1810.04805](https://arxiv.org/abs/1810.04805)
# - A. Dosovitskiy et al. (2020), *An image is worth 16x16 words* (ViT), [arXiv:2010.11929](https://arxiv.org/abs/2010.11929); BEiT, [arXiv:2106.08254](https://arxiv.org/abs/2106.08254); MAE, [arXiv:2111.06377](https://arxiv.org/abs/2111.06377)
# - NVIDIA (2020), *A100 Tensor Core GPU*, data sheet: 312 TFLOP/s in 16-bit arithmetic
# - The papers of the landmark models: column `source` of `utils/landmarks.csv`
