# %% [markdown]
# # 1 · Background: what scale buys
#
# Measure what a larger model buys, forecast the next one before you train it, and write the bill for a real one.
#
# 60 min to read · under 45 CPU-seconds · under 900 MB · GPU: not needed
#
# **You will be able to**
# - read and fit a power law, and say how sure its forecast is;
# - turn parameters and text into FLOPs, GPU-days and money;
# - say what a table of landmark models shows about 2012 to 2025, and what it is too short to show;
# - decide with numbers whether your start-up should rent, adapt or train a model.
#
# *You need:* logarithms, and how to run a notebook, from [lesson 0](00_start_here.ipynb). What a gradient does comes in
# [lesson 3a](03a_forward_backward.ipynb); here it is enough that training lowers the loss, step by step.

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
corpus: str = "python"  # the text; two of the three are downloaded  in {python, tinyshakespeare, tang}
widths: list[int] = [12, 20, 32, 48]  # widths of the models that make the law  in [2, 256]
largest: int = 72  # width of the model that is forecast, more than all others  in [3, 512]
characters: int = 8000  # what the smallest model reads; a wider one reads more  in [2000, 1000000]
repeats: int = 2  # models of each width  in [1, 10]
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
from utils.repro import child_seed, numpy_stream

check_parameters("01_background", globals())
plot.style()
machine = best_device(None if device == "auto" else device)

# %% [markdown]
# ## 1.1 A law on paper
#
# Our start-up repairs bicycles by mail, and its inbox overflows. A supplier offers a *large language model* (大语言模型):
# ten times larger than the last one, at ten times the price. What do ten times buy?
#
# Say that with 1 unit of work a model has the *loss* (损失, how wrong its guesses are) 4.0, and with 10 units 3.2. Two
# guesses: each tenfold takes off 0.8, or each tenfold takes off a fifth. Predict both for 100 and 1,000 units.


# %%
def power_law(work, start=4.0, tenfold=0.8):
    """Each tenfold of work multiplies the loss by the same factor."""
    return start * tenfold ** math.log10(work)


for work in (1, 10, 100, 1000, 1_000_000):
    less, times = 4 - 0.8 * math.log10(work), power_law(work)
    print(f"{work:9,} units: minus 0.8 gives {less:5.2f}, times 0.8 gives {times:.2f}")

# %% [markdown]
# Taking off 0.8 falls below zero, which no loss can. A constant *factor* never does. It is a *power law* (幂律),
# $L = a\,x^{-\alpha}$, and here $\alpha = -\log_{10} 0.8$. Its logarithm is
#
# $$\log L = \log a - \alpha \log x,$$
#
# a straight line when both axes count in factors. That is how we shall recognise one.

# %% tags=["figure"]
# One power law, on plain and on logarithmic axes.
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
# <details><summary>Hint 1</summary>On logarithmic axes both points lie on a straight line. What is its slope? (It may rise, too.)</details>
# <details><summary>Hint 2</summary>Stand at ln l2 and walk from ln x2 to ln x3 along that slope. You then hold a logarithm.</details>


# %% tags=["exercise-1.1"]
def two_point_forecast(x1, l1, x2, l2, x3):
    """Loss at x3 on the power law through (x1, l1) and (x2, l2)."""
    ### BEGIN SOLUTION
    slope = math.log(l2 / l1) / math.log(x2 / x1)
    return l2 * (x3 / x2) ** slope
    ### END SOLUTION


# %% tags=["check-1.1"]
with check("1.1", two_point_forecast) as c:
    points = [
        (1, 4.0, 10, 3.2, 100),
        (2.0, 3.0, 16.0, 2.0, 5.0),
        (1e6, 1.5, 1e3, 2.5, 1e9),
        (3, 1.2, 40, 1.9, 90),
    ]
    for x1, l1, x2, l2, x3 in points:
        slope = math.log(l2 / l1) / math.log(x2 / x1)
        straight = l1 + (l2 - l1) * (x3 - x1) / (x2 - x1)
        steps = l1 + (l2 - l1) * math.log(x3 / x1) / math.log(x2 / x1)
        c.close(
            two_point_forecast(x1, l1, x2, l2, x3),
            l2 * (x3 / x2) ** slope,
            what=f"x = {x3:g} after ({x1:g}, {l1}) and ({x2:g}, {l2})",
            hint="ln l = ln a + s · ln x holds at both points; first find s, with its sign",
            slips={
                "that is a straight line on plain axes": straight,
                "you took off the same amount for each factor; take off the same share": steps,
                "the sign of the exponent is turned": l2 * (x3 / x2) ** -slope,
                "your law does not pass through the second point": l2 * (x3 / x1) ** slope,
                "that is still a logarithm": math.log(l2) + slope * math.log(x3 / x2),
            },
        )

# %% [markdown]
# ## 1.2 Models that read
#
# Is it true? We train our own. Each model reads text and guesses the next *byte* (字节): one for an English letter, three for
# most Chinese characters. If it gave the byte that comes the probability $p$, its *surprise* is $-\ln p$, counted in *nats*:
# 0 when it was certain, 0.69 for the toss of a coin. The loss is the mean surprise.
#
# Predict: what is the loss of a model that knows nothing and calls all $V$ different bytes equally likely?


# %%
def read_corpus(name):
    """The text of a corpus."""
    if name == "python":
        return data.python_reference()
    if name == "tinyshakespeare":
        return data.load("tinyshakespeare")
    return "\n\n".join("\n".join(poem["paragraphs"]) for poem in data.load("tang300"))


# %%
if len(set(widths)) < 3:
    raise CourseError("widths takes three different widths or more: a line through two points always fits.")
if largest <= max(widths):
    raise CourseError("largest must exceed all widths: the forecast is about a larger model.")
settings = (seed, corpus, widths, largest, characters, repeats)
DEFAULT = settings == (0, "python", [12, 20, 32, 48], 72, 8000, 2)  # our text states what came out for these

codes, ids = np.unique(np.frombuffer(read_corpus(corpus).encode(), dtype=np.uint8), return_inverse=True)
symbols, text = len(codes), torch.from_numpy(ids.astype(np.int64)).to(machine)
# not compared: the manual, the default text, grows with each version of Python
print("bytes in the text", approx(len(text)), "of them different", approx(symbols))
print("loss of a model that knows nothing: ln V", approx(math.log(symbols)))
assert 3 < math.log(symbols) < 5.55  # a byte has 256 values, and ln 256 is 5.545

# %% [markdown]
# **An exam must be fair.** The default text is Python's own reference manual, in alphabetical order: its last tenth speaks of
# other things than the rest. So every tenth stretch of 2,048 bytes, from beginning to end, is kept for the exam. Manuals
# also repeat themselves. A *page* of the exam that stands word for word in the training text would test memory, so we
# leave it out.

# %%
context = 32
pages = text.unfold(0, context + 1, context)  # (bytes,) -> (pages, T+1): the last byte is there to be guessed
tenth = torch.arange(len(pages)) // 64 % 10 == 9
learn_pages, every_tenth = pages[~tenth], pages[tenth]
learnt = bytes(learn_pages[:, :-1].flatten().tolist())
seen = torch.tensor([bytes(page) in learnt for page in every_tenth.tolist()])
pick = numpy_stream(seed, "exam").permutation(int((~seen).sum()))[:500]
exam_pages = every_tenth[~seen][torch.from_numpy(pick)]
print("share of the exam that stood in the training text too", approx(seen.float().mean()))
print("pages to learn from", approx(len(learn_pages)), "and in the exam", approx(len(exam_pages)))
assert seen.float().mean() < 0.5
assert len(exam_pages) > 50

# %% [markdown]
# Knowing nothing is a weak opponent. A better one *counts*: it knows how often each byte occurs, and nothing of what came
# before it. How much does that save?

# %%
counts = (
    torch.bincount(learn_pages.flatten(), minlength=symbols) + 1.0
)  # one more, so that no byte is impossible
counting = -(counts / counts.sum()).log()[exam_pages[:, 1:]].mean().item()
print("exam loss of a model that only counts", approx(counting))
assert counting < math.log(symbols)
if DEFAULT:
    assert 3.1 < counting < 3.5

# %% [markdown]
# The model is a GPT with one *Transformer* block: *attention* (注意力) collects what earlier characters said, a small network
# thinks about it. Lessons [2d](02d_pipeline.ipynb) and [6a](06a_transformer.ipynb) take it apart. For now only one
# knob matters: its `width`, how many numbers it keeps for each character.


# %%
class Block(nn.Module):
    """Attention to earlier characters, then a network of two layers; each adds to what came in."""

    def __init__(self, width):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):  # (B, T, d)
        query, key, value = self.query_key_value(self.norm1(x)).chunk(3, dim=-1)
        scores = query @ key.transpose(1, 2) / math.sqrt(x.shape[-1])  # (B, T, T)
        later = torch.ones(scores.shape[1:], dtype=torch.bool, device=x.device).triu(1)
        x = x + self.mix(scores.masked_fill(later, -torch.inf).softmax(dim=-1) @ value)
        return x + self.down(torch.relu(self.up(self.norm2(x))))


# %% [markdown]
# Around the block: a table with a row for each symbol, one with a row for each place on the page, and scores for what comes
# next. *Softmax* turns scores into probabilities that sum to one; PyTorch's `cross_entropy` does that and takes the mean
# surprise.


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


def mean_surprise(model, pages):
    """Loss in nats, on pages (B, T+1)."""
    scores = model(pages[:, :-1])  # (B, T, V)
    return cross_entropy(scores.flatten(0, 1), pages[:, 1:].flatten())


# %% [markdown]
# How large is such a model? Its *parameters* (参数) are the numbers that training sets. The assertion compares the count
# with a formula that [lesson 2a](02a_counting.ipynb) derives.


# %%
def size(width):
    """Parameters of a Reader."""
    return sum(p.numel() for p in Reader(width).parameters())


for width in [*widths, largest]:
    assert size(width) == cost.gpt_parameters(1, width, symbols, context)
    print(f"width {width:3}: parameters {approx(size(width))}")

# %% [markdown]
# Is the model honest, or can it see the letter that it must guess? Change the last symbol of a page: no earlier guess may move.

# %%
page = learn_pages[:1, :-1]
changed = page.clone()
changed[0, -1] = (page[0, -1] + 1) % symbols
with torch.no_grad():
    probe = Reader(16).to(machine)
    moved = (probe(page) - probe(changed)).abs().amax(dim=(0, 2)) > 1e-6
assert moved.tolist() == [False] * (context - 1) + [True]
print("guesses that moved:", int(moved.sum()), "of", context, "(the last)")

# %% [markdown]
# **Training** shows pages in random order, four at a time; after each four all parameters move a little, to lower the loss.
# Each page is shown once, as long as the text lasts. A wider model makes smaller moves and reads more: its text grows with
# the square root of its size. (Chinchilla's rule, section 1.5, wants text in proportion to size; the root keeps the wait
# short.)


# %%
def reads(width):
    """Characters that a model of this width reads."""
    return int(characters * math.sqrt(size(width) / size(min(widths))))


# %%
def reading(pages, amount, draw, batch=4):
    """The pages as they are read, (steps, batch, T+1): each once at random, then all again while the book is too short."""
    steps = max(20, amount // (batch * context))
    passes = -(-steps * batch // len(pages))
    order = np.concatenate([draw.permutation(len(pages)) for _ in range(passes)])
    chosen = pages[torch.from_numpy(order[: steps * batch])]
    return chosen.view(steps, batch, -1)  # (steps·B, T+1) -> (steps, B, T+1)


# %% [markdown]
# The loop below has four lines: loss, gradient, step, next step size. Lesson [3b](03b_training.ipynb) is about each of them.
# One simple rule sets the step size of every width; none is tuned by hand.


# %%
def train_reader(width, batches, start):
    """A Reader that has read the batches (steps, B, T+1). start: a seed for its first weights."""
    torch.manual_seed(start)
    model = Reader(width).to(machine)
    step_size = min(0.02, 0.25 / width)
    fused = machine.type in ("cpu", "cuda")  # the same update, with less overhead
    optimiser = torch.optim.AdamW(model.parameters(), step_size, betas=(0.9, 0.95), fused=fused)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, step_size, len(batches), pct_start=0.1, cycle_momentum=False
    )
    for batch in batches:
        optimiser.zero_grad()
        mean_surprise(model, batch).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
    return model


# %%
def reader(width, repeat, book=learn_pages):
    """A trained Reader of this width, and what it has read; each repeat has weights and an order of its own."""
    batches = reading(book, reads(width), numpy_stream(seed, "order", width, repeat))
    return train_reader(width, batches, child_seed(seed, "weights", width, repeat)), batches


@torch.no_grad()
def exam(model, pages=exam_pages):
    """Loss in nats on pages that it is not trained on, or on those given."""
    return mean_surprise(model, pages).item()


# %% [markdown]
# Now the measurement. It takes some seconds. Which width will gain most from being doubled?

# %%
points, kept, books = [], {}, {}
for width in widths:
    for repeat in range(repeats):
        kept[width], books[width] = reader(width, repeat)
        points.append((size(width), reads(width), exam(kept[width])))
    print(f"width {width:3}: exam loss {approx(np.mean([p[2] for p in points[-repeats:]]))}")
N, D, L = np.array(points).T  # parameters, characters read, exam loss
if DEFAULT:
    assert 3.1 < L[:repeats].mean() < 3.4
    assert 2.6 < L[-repeats:].mean() < 2.95

# %% [markdown]
# ## 1.3 Is it a law?
#
# Points on logarithmic axes, and a straight line through them by *least squares* (最小二乘). Repeats with other random
# numbers scatter, and the scatter says how sure we may be of the slope.


# %%
def fit_line(x, y):
    """Slope, intercept and the 95 % half-width of the slope, for points x, y (n,)."""
    found = stats.linregress(x, y)
    return found.slope, found.intercept, stats.t.ppf(0.975, len(x) - 2) * found.stderr


# %%
slope, _, half = fit_line(np.log(N), np.log(L))
metric("alpha", -slope)
print("exponent", approx(-slope), "give or take", approx(half, 1))
if DEFAULT:
    assert 0.055 < -slope < 0.1
    assert half < 0.035

# %% [markdown]
# Where will a *new point* lie? Three things are unsure: its own scatter (the 1 under the root below), the height of the line
# ($1/n$), and its slope, which counts the more, the farther away the new point is. Student's $t$ stands where 1.96 would,
# since the scatter is itself guessed from a few points.


# %%
def forecast(x, y, at):
    """The line at `at`, and both ends of the 95 % prediction interval (预测区间) of one new point there."""
    slope, intercept, _ = fit_line(x, y)
    n, left = len(x), y - intercept - slope * x
    scatter = math.sqrt((left**2).sum() / (n - 2))
    far = (at - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
    half = stats.t.ppf(0.975, n - 2) * scatter * np.sqrt(1 + 1 / n + far)
    return intercept + slope * at, intercept + slope * at - half, intercept + slope * at + half


# %% [markdown]
# Does the interval keep its promise? Invent five hundred worlds in which a line *is* the truth, and count how often the new
# point lies inside.

# %%
draw = numpy_stream(seed, "worlds")
places = np.repeat(np.arange(5.0), 3)
inside = 0
for _ in range(500):
    new = 4 - 0.5 * 6.0 + draw.normal() * 0.1
    _, low, high = forecast(places, 4 - 0.5 * places + draw.normal(size=15) * 0.1, at=6.0)
    inside += low < new < high
assert 0.91 < inside / 500 < 0.99
print("inside the 95 % interval, share of worlds", approx(inside / 500))


# %%
def draw_law(title):
    """The line, its band for a new model, and our points; returns the ax."""
    sizes = np.geomspace(N.min(), 2 * size(largest), 60)
    middle, bottom, top = np.exp(forecast(np.log(N), np.log(L), np.log(sizes)))
    ax = plt.subplots()[1]
    ax.fill_between(sizes, bottom, top, alpha=0.15, label="95 % for a new model")
    ax.plot(sizes, middle, color="C0", label="power law")
    ax.plot(N, L, "o", color="C1", markersize=5, label="our models")
    ax.set(title=title, xlabel="parameters", ylabel="exam loss (nats)", xscale="log", yscale="log")
    ax.set(yticks=[2, 2.5, 3, 3.5], yticklabels=["2", "2.5", "3", "3.5"])
    ax.yaxis.minorticks_off()
    return ax


# %% tags=["figure"]
# Our models and the line through them.
draw_law(f"Ten times the parameters, √10 times the text: loss × {10**slope:.2f}").legend()
plt.show()

# %% [markdown]
# "Law" is a large word. How far do the models of each width lie off the line?

# %%
_, start_n, _ = fit_line(np.log(N), np.log(L))
off = np.log(L) - start_n - slope * np.log(N)
for width in sorted(set(widths)):
    print(f"width {width:3}: off the line by (per cent)", approx(100 * off[size(width) == N].mean(), 2))
print("the narrowest models are better than counting by (nats)", approx(counting - L[:repeats].mean(), 1))
if DEFAULT:
    assert np.abs(off).max() < 0.07
    assert abs(counting - L[:repeats].mean()) < 0.15

# %% [markdown]
# Minus at both ends, plus between them: in the stored run the losses fall slowly at first, then faster. Perhaps because the
# narrowest models hardly do better than counting. At the far end the bend must go the other way: no model can guess what is
# random in text, so Hoffmann et al. (2022) add a constant. A straight line may do for one step beyond the data.
#
# ### Exercise 1.2 · How much for a lower loss? ●●○ 15 min
#
# Turn the law round. Given measured sizes and losses, how large must a model be to reach a target loss? Fit the logarithm of the
# loss against the logarithm of the size by least squares, then solve for the size (it need not be whole).
#
# <details><summary>Hint 1</summary>`np.polyfit(x, y, 1)` fits a straight line, slope first. On which axes is the law one?</details>
# <details><summary>Hint 2</summary>The line gives ln loss for every ln size. Now the left side is known, and ln size is wanted.</details>


# %% tags=["exercise-1.2"]
def size_for(sizes, losses, target):
    """Size at which the fitted power law reaches the target loss."""
    ### BEGIN SOLUTION
    slope, intercept = np.polyfit(np.log(sizes), np.log(losses), 1)
    return np.exp((np.log(target) - intercept) / slope)
    ### END SOLUTION


# %% tags=["check-1.2"]
with check("1.2", size_for) as c:
    for n, noise, goal, alpha in [(5, 0, 1.5, 0.11), (8, 0.05, 1.2, 0.11), (20, 0.1, 0.6, 0.25)]:
        draw = np.random.default_rng(n)
        sizes = draw.permutation(np.logspace(3, 5, n))
        losses = 6 * sizes**-alpha * np.exp(noise * draw.normal(size=n))
        x, y = np.log(sizes), np.log(losses)
        b, a = np.polyfit(x, y, 1)
        back, start = np.polyfit(y, x, 1)
        ends = [x.argmin(), x.argmax()]
        chord, from_end = np.polyfit(x[ends], y[ends], 1)
        plain = np.polyfit(sizes, losses, 1)
        turned = "you fitted ln size against ln loss; that is another line once points scatter"
        c.close(
            size_for(sizes, losses, goal),
            math.exp((math.log(goal) - a) / b),
            what=f"{n} models, target loss {goal}",
            rtol=2e-4,
            hint="the line has ln loss on one side and ln size on the other; solve for the second",
            slips={
                turned: np.exp(start + back * math.log(goal)),
                "you used only the smallest and the largest": np.exp((math.log(goal) - from_end) / chord),
                "that is the line on plain axes": (goal - plain[1]) / plain[0],
                "that is the logarithm of the size": (math.log(goal) - a) / b,
            },
        )

# %% [markdown]
# **Compute.** How much work is that? In a model of $N$ parameters, each takes part in one multiplication and one addition for
# each symbol: $2N$ *FLOPs* (浮点运算). The way back, which finds how to change each parameter, costs twice as much. So
# training on $D$ symbols needs about
#
# $$C \approx 6 \cdot N \cdot D.$$
#
# A rule of thumb deserves a referee: PyTorch can count every matrix product of one training step.

# %%
from torch.utils.flop_counter import FlopCounterMode


def counted_flops(width):
    """FLOPs of the matrix products of one training step, for each symbol."""
    model, batch = Reader(width), torch.zeros(8, context + 1, dtype=torch.long)
    with FlopCounterMode(display=False) as counter:
        mean_surprise(model, batch).backward()
    return counter.get_total_flops() / (8 * context)


# %%
counted = {width: counted_flops(width) for width in sorted({*widths, largest})}
for width, flops in counted.items():
    print(f"width {width:3}: 6N {approx(6 * size(width))}, counted a symbol {approx(flops)}")
    assert flops == 6 * (12 * width**2 + symbols * width) + 12 * context * width
if DEFAULT:
    assert all(1 < flops / (6 * size(width)) < 1.12 for width, flops in counted.items())

# %% [markdown]
# Six times the parameters, give or take a few per cent. The rule leaves out attention, $12\,T\,d$ FLOPs a symbol for a page of
# $T$ symbols and the width $d$. It counts too much the table of places, biases and norms, which meet no matrix. In a wide
# model that reads short pages both vanish beside the block's $72\,d^2$; for long pages attention does not.
#
# In our runs text grows as the root of the size, so $C$ grows as $N^{1.5}$. Predict the exponent on an axis of compute.

# %%
C = cost.training_flops(N, D)
slope_c, start_c, half_c = fit_line(np.log(C), np.log(L))
print("exponent in compute", approx(-slope_c), "give or take", approx(half_c, 1))
print("so ten times the compute multiplies the loss by", approx(10**slope_c))
assert abs(slope_c / slope - 1 / 1.5) < 0.03
if DEFAULT:
    assert 0.86 < 10**slope_c < 0.93

# %% tags=["figure"]
# The same losses against compute, by the rule and as counted.
ax = plt.subplots()[1]
ax.plot(C, np.exp(start_c) * C**slope_c, label="power law")
ax.plot(C, L, "o", markersize=5, label="6·N·D")
ax.plot(np.repeat([counted[width] for width in widths], repeats) * D, L, "x", label="counted")
ax.set(title=f"Ten times the compute multiply the loss by {10**slope_c:.2f}")
ax.set(xlabel="training compute (FLOPs)", ylabel="exam loss (nats)", xlim=(C.min() / 2, C.max() * 2))
ax.set(xscale="log", yscale="log", yticks=[2.6, 2.8, 3, 3.2], yticklabels=["2.6", "2.8", "3", "3.2"])
ax.yaxis.minorticks_off()
ax.legend()
plt.show()

# %% [markdown]
# ## 1.4 A forecast that can fail
#
# A curve drawn *through* points proves little. So write the forecast down first, for a model larger than all the others. What
# loss will it have, and how far off may it be before we call the law broken? Then, and only then, train it.

# %%
expected, low, high = np.exp(forecast(np.log(N), np.log(L), math.log(size(largest))))
print("times the parameters of our largest so far", approx(size(largest) / N.max()))
print("forecast", approx(expected), "in an interval from", approx(low), "to", approx(high))
if DEFAULT:
    assert high / low < 1.25

# %%
began = time.process_time()
kept[largest], _ = reader(largest, 0)
seconds = time.process_time() - began
got = exam(kept[largest])
metric("forecast", expected)
metric("measured", got)
verdict = "lands in the band" if low < got < high else "misses the band"
print("the new model", verdict, "that was drawn before")
if DEFAULT:
    assert low < got < high, (low, got, high)

# %% tags=["figure"]
# The forecast, and the model that was trained after it.
ax = draw_law(f"The new model {verdict} that was drawn before")
ax.plot(size(largest), got, "*", color="C2", markersize=15, label="the new model, trained after")
ax.legend()
plt.show()

# %% [markdown]
# The band knows the *scatter* of our models; it cannot know how the line bends beyond them. In the stored run the new model
# (with seeds 1 to 3 too) does better than the middle of its band, as the bend would have it. A forecast far from the data is
# less sure than its band says.
#
# What did size and text buy? Let three models read the same line, and see how surprised each is by every character.

# %%
line = exam_pages[0]
readers = [min(kept), sorted(kept)[len(kept) // 2], max(kept)]
surprise = []
with torch.no_grad():
    for width in readers:
        chances = kept[width](line[None, :-1]).log_softmax(dim=-1)[0]  # (T, V)
        surprise.append(-chances.gather(1, line[1:, None]).squeeze(1).cpu().numpy())
letters = [chr(codes[i]) if 32 < codes[i] < 127 else "·" for i in line[1:].tolist()]
means = [float(np.mean(row)) for row in surprise]
for width, mean in zip(readers, means, strict=True):
    print(f"width {width:3}: mean surprise on this line {approx(mean)}")

# %% [markdown]
# One line is one line. On how many pages of the exam is each of the three surprised least?

# %%
with torch.no_grad():
    scores = torch.stack(
        [kept[width](exam_pages[:, :-1]) for width in readers]
    )  # 3 × (P, T, V) -> (3, P, T, V)
    wanted = exam_pages[:, 1:].expand(3, -1, -1)  # (P, T) -> (3, P, T)
    by_page = -scores.log_softmax(dim=-1).gather(-1, wanted[..., None]).mean(dim=(2, 3))  # (3, P)
wins = torch.bincount(by_page.argmin(dim=0), minlength=3) / by_page.shape[1]
for width, share in zip(readers, wins.tolist(), strict=True):
    print(f"width {width:3}: least surprised on a share of the pages {approx(share, 2)}")
if DEFAULT:
    assert wins[2] > 0.75

# %% tags=["figure"]
# Each row is a model, each column a character of the line.
figure, ax = plt.subplots(figsize=(9, 2.2))
shown = ax.imshow(surprise, cmap="Reds", vmin=0, vmax=6, aspect="auto")
ax.set(
    xticks=range(context), xticklabels=letters, yticks=range(3), yticklabels=[f"width {w}" for w in readers]
)
ax.set(
    title=f"On {wins[2]:.0%} of all pages the largest model is surprised least, on this line it is"
    + ("" if means[2] == min(means) else " not")
)
ax.grid(visible=False)
figure.colorbar(shown, label="surprise (nats)")
plt.show()

# %% [markdown]
# ## 1.5 Break it: run out of text
#
# The law has small print: no page was shown twice. Take that away. The same width, the same first weights, the same number of
# pages read, but from a shorter and shorter book: a random quarter of those pages, a sixteenth, a sixty-fourth. Predict both
# curves: the loss on the pages it has read, and on the exam.

# %%
middle = sorted(set(widths))[-2]
read = books[middle].flatten(0, 1)  # (steps, B, T+1) -> (pages, T+1)
fresh = read.unique(dim=0)
shuffled = fresh[torch.from_numpy(numpy_stream(seed, "book").permutation(len(fresh)))]
times, known, unknown = [len(read) / len(fresh)], [exam(kept[middle], shuffled[:500])], [exam(kept[middle])]
for part in (4, 16, 64):
    book = shuffled[: max(1, len(fresh) // part)]
    model, _ = reader(middle, repeats - 1, book)
    times.append(len(read) / len(book))
    known.append(exam(model, book[:500]))
    unknown.append(exam(model))
for n, inner, outer in zip(times, known, unknown, strict=True):
    print("each page read", approx(n), "times: its own pages", approx(inner), "exam", approx(outer))
usual = np.exp(forecast(np.log(N), np.log(L), math.log(size(middle))))

# %% [markdown]
# Compare with the law's own band for a model of this size: only what leaves it is more than the luck of the draw.

# %%
broken = [n for n, outer in zip(times, unknown, strict=True) if outer > usual[2]]
print("readings of each page after which the exam leaves the band:", ", ".join(map(approx, broken)) or "none")
if DEFAULT:
    assert usual[1] < unknown[0] < usual[2] < unknown[-1]
    assert unknown[-1] - known[-1] > 0.5 > abs(unknown[0] - known[0])

# %% tags=["figure"]
# Loss on the book and on the exam, for books of which each page was read 1, 4, 16 and 64 times.
ax = plot.lines(
    {"pages it has read": (times, known), "exam": (times, unknown)},
    marker="o",
    title=f"Read {min(broken):.0f} times: known pages get easy, the exam gets worse"
    if broken
    else "These books are long enough",
    xlabel="how often each page was read",
    ylabel="loss (nats)",
)
ax.axhspan(usual[1], usual[2], color="C2", alpha=0.15)
ax.text(times[-1], usual[1], "what the law says", ha="right", va="bottom", color="C2")
ax.set(xscale="log", xticks=times, xticklabels=[f"{n:.0f}" for n in times])
ax.minorticks_off()
plt.show()

# %% [markdown]
# *Symptom.* Where the curves part, known pages get easy and the exam does not: the model learns its book by heart. A few
# readings do little harm. Muennighoff et al. (2023) found the same with up to 9 billion parameters: four readings cost
# next to nothing, many more are wasted.
#
# So size alone is not the recipe. With over 400 models Hoffmann et al. (2022) sought the best split of a given compute: near
# **20 tokens a parameter**. A *token* (词元) is a piece of a word.

# %% [markdown]
# ## 1.6 Thirteen years of larger models
#
# Now the giants. The table comes with this course; its column `how` says where each cost comes from: a paper, or a rule.
# Mixture-of-experts models (混合专家模型) use only some of their parameters for each token: those are *active*.

# %%
models = pd.read_csv(files("utils") / "landmarks.csv")
models["when"] = models.year + (models.month - 0.5) / 12
for m in models.itertuples():
    active = f"({m.active / 1e9:.0f} active)" if m.active < m.parameters else ""
    tokens = "" if math.isnan(m.tokens) else f"{m.tokens / 1e9:8,.0f} B tokens"
    flops = "" if math.isnan(m.flops) else f"{m.flops:.2e} FLOPs"
    print(f"{m.year} {m.name:18} {m.parameters / 1e9:7.2f} B {active:11} {tokens:18} {flops}")

# %% [markdown]
# Does $6ND$ hold for giants? The FLOPs in most papers were computed by that very rule, so they prove nothing. A clock does:
# Llama 2's authors report how many hours their A100 GPUs ran (Touvron et al., 2023). An A100 can do at most 312 TFLOP/s in
# 16-bit arithmetic. What share of that must it have reached, if the rule is right? More than all would refute it.

# %%
a100, clock = 312e12, {7e9: 184_320, 13e9: 368_640, 34e9: 1_038_336, 70e9: 1_720_320}  # parameters: GPU-hours
use = {}
for size_b, gpu_hours in clock.items():
    use[size_b] = cost.training_flops(size_b, 2e12) / (gpu_hours * 3600 * a100)
    print(f"Llama 2 {size_b / 1e9:2.0f} B on 2 trillion tokens: {use[size_b]:.0%} of the GPU's peak")
assert all(0.3 < share < 0.5 for share in use.values())

# %% [markdown]
# Plausible, and alike at ten times the size. It is also where our parameter `gpu_use` comes from. A second referee: Gopher's authors
# count 6.31e23 FLOPs, with everything (Rae et al., 2021). The rule says 5.04e23, a fifth less: their count includes results that
# were thrown away to save memory and computed again. So $6ND$ is what the *mathematics* needs; a real run may do more.
#
# **How fast did training compute grow?** Once more a line, of $\log_2$ FLOPs against time. Predict: times how much a year?

# %%
paid = models.dropna(subset=["flops"])
when, doublings = paid.when.to_numpy(), np.log2(paid.flops.to_numpy())
slope_t, start_t, half_t = fit_line(when, doublings)
slow, yearly, fast = 2.0 ** np.array([slope_t - half_t, slope_t, slope_t + half_t])
print(f"{len(paid)} papers: times {yearly:.1f} a year; 95 %: {slow:.1f} to {fast:.1f}")
assert 3 < slow < 4 < yearly < 5 < fast < 6

# %% [markdown]
# Epoch AI (2024) counts hundreds of models: times 4 to 5 a year from 2010 to May 2024. But is it *one* line? The
# eye sees a race up to GPT-3, and a slower pace since. Let two lines meet in the year that suits them best.


# %%
def bend(when, y):
    """Two joined lines: (squared error, year where they meet, slope before, slope after) of the best."""
    tries = []
    for year in np.arange(2014, 2025, 0.5):
        columns = np.stack(
            [np.ones(len(when)), when - 2012, np.maximum(0, when - year)], axis=1
        )  # 3 × (n,) -> (n, 3)
        weights = np.linalg.lstsq(columns, y)[0]
        tries.append((((columns @ weights - y) ** 2).sum(), year, weights[1], weights[1] + weights[2]))
    return min(tries)


# %%
error, year, before, after = bend(when, doublings)
left = doublings - start_t - slope_t * when
gain = (left**2).sum() / error
print(f"bend in {year}: times {2**before:.1f} a year before, times {2**after:.1f} after")
print(f"the squared error of one line is {gain:.2f} times as large")

# %% [markdown]
# Now be suspicious. Whoever may choose the year finds *some* bend in any scatter. So invent histories that do grow at one steady
# pace, with the same scatter at the same dates, and search each for its best bend. How often does one look as good as ours?

# %%
draw = numpy_stream(seed, "histories")
scatter = math.sqrt((left**2).sum() / (len(left) - 2))
gains = []
for _ in range(200):
    history = start_t + slope_t * when + scatter * draw.normal(size=len(when))
    steady, begin, _ = fit_line(when, history)
    gains.append(((history - begin - steady * when) ** 2).sum() / bend(when, history)[0])
by_chance = float(np.mean(np.array(gains) >= gain))
print("steady histories with a bend as good as ours, share", approx(by_chance, 2))
assert 0.08 < by_chance < 0.45

# %% tags=["figure"]
# Training compute of the landmark models, the steady line and the best bend.
ax = plt.subplots(figsize=(8.5, 4.4))[1]
ax.plot(when, paid.flops, "o")
steady = f"one line: × {yearly:.1f} a year"
ax.plot([2012, 2026], 2 ** (start_t + slope_t * np.array([2012, 2026])), "--", color="grey", label=steady)
joint, bent = np.array([2012, year, 2026]), lambda x: before * x + (after - before) * np.maximum(0, x - year)
ax.plot(joint, 2 ** (bent(joint) + (doublings - bent(when)).mean()), color="C1", label=f"best bend: {year}")
beside = {"PaLM": (-6, 3), "GPT-3": (-6, 3), "T5-11B": (-6, 3), "Gopher": (-6, 3), "Llama 3 405B": (-6, 3)}
beside |= {
    "Chinchilla": (4, -15),
    "LLaMA-65B": (2, -24),
    "Llama 2 70B": (7, -7),
    "Qwen3-235B-A22B": (7, 3),
}
for m in paid.itertuples():
    shift = beside.get(m.name, (7, -9))
    side = "right" if shift[0] < 0 else "left"
    ax.annotate(m.name, (m.when, m.flops), shift, textcoords="offset points", ha=side, fontsize=8)
ax.set(
    yscale="log", title="Fourteen papers cannot tell a bend from a steady line", xlabel="year", ylabel="FLOPs"
)
ax.set(xlim=(2012, 2028))
ax.legend(loc="lower right")
plt.show()

# %% [markdown]
# So: *in these fourteen papers* compute grew about fourfold a year, and they cannot show whether it slowed. Larger collections
# see more. Sevilla et al. (2022) find that very large models set themselves apart in late 2015; Epoch sees
# signs that the frontier slowed around 2018. And our list was picked by hand: some of the largest laboratories no longer publish such numbers, so
# their models are missing.
#
# What grew, size or text? Compare *active* parameters with tokens from GPT-3 on.

# %%
recent = models[models.when > 2020.3]
growth = {}
for what in ("active", "tokens"):
    growth[what] = fit_line(recent.when, np.log2(recent[what]))
    print(f"{what}: {growth[what][0]:.1f} doublings a year, give or take {growth[what][2]:.1f}")
ratio = recent.tokens / recent.active
print("tokens for each active parameter:", {n: round(r, 1) for n, r in zip(recent.name, ratio, strict=True)})
assert growth["tokens"][0] > growth["tokens"][2]
assert abs(growth["active"][0]) < growth["active"][2]

# %% tags=["figure"]
# Size and text of the models since GPT-3, and how many tokens each active parameter has seen.
figure, axes = plt.subplots(1, 2, figsize=(9, 3.4))
axes[0].plot(recent.when, recent.active / 1e9, "o-", label="active parameters")
axes[0].plot(recent.when, recent.tokens / 1e9, "s-", label="tokens")
axes[0].set(
    yscale="log", title="Text grew; for size, no trend in nine papers", ylabel="billions", xlabel="year"
)
axes[0].legend()
axes[1].plot(recent.when, ratio, "o-")
axes[1].axhline(20, color="grey", linestyle="--")
axes[1].text(2020.3, 22, "20: Chinchilla's rule", va="bottom", color="grey")
axes[1].set(yscale="log", title=f"From {ratio.min():.0f} to {ratio.max():,.0f} tokens for each parameter")
axes[1].set(xlabel="year", ylabel="tokens for an active parameter")
plt.show()

# %% [markdown]
# In 2022 Chinchilla, a quarter of Gopher's size and trained on more text, beat it. PaLM, a week later, still had 1.4 tokens a
# parameter; the papers after it stay at Chinchilla's 20 or go far beyond, for a smaller model is cheaper for *every* answer
# that it will ever give (Sardana et al., 2024). No trend in nine papers is not the same as no growth.
#
# ### Exercise 1.3 · The doubling time ●○○ 10 min
#
# We say "times so much a year"; Sevilla et al. say "doubling every six months". Is it the same? Given years (with fractions) and
# FLOPs, return the *doubling time in months* of the least-squares line of $\log_2$ FLOPs against the years.
#
# <details><summary>Hint 1</summary>In which unit is the slope of that line? Say it aloud, with both words.</details>
# <details><summary>Hint 2</summary>You know how many doublings one year has. How long does one take, and how many months is that?</details>


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
        years = draw.permutation(np.sort(draw.uniform(2012, 2025, n)))
        flops = 2.0 ** (60 + 12 / months * (years - 2012) + noise * draw.normal(size=n))
        rate = np.polyfit(years, np.log2(flops), 1)[0]
        ends = [years.argmin(), years.argmax()]
        turned = "you fitted the years against the doublings; that is another line once points scatter"
        c.close(
            doubling_months(years, flops),
            12 / rate,
            what=f"{n} models",
            rtol=1e-5,
            hint="the slope of log2(flops) against the years counts doublings a year",
            slips={
                "that is in years; a year has 12 months": 1 / rate,
                "those are doublings a year, not months for a doubling": rate,
                "that is the time to grow e-fold, not twofold": 12 / (rate * math.log(2)),
                "that is the time to grow tenfold, not twofold": 12 / (rate * math.log10(2)),
                "you used only the first and the last model": 12
                / np.polyfit(years[ends], np.log2(flops[ends]), 1)[0],
                turned: 12 * np.polyfit(np.log2(flops), years, 1)[0],
            },
        )

# %% [markdown]
# ### Exercise 1.4 · Spend a budget well ●●○ 15 min
#
# You may spend `flops` on one training run and want `ratio` tokens for each parameter; when no ratio is given, Chinchilla's. How
# many parameters, how many tokens? Then test it on Chinchilla itself: 5.88e23 FLOPs.
#
# <details><summary>Hint 1</summary>Two equations: C = 6·N·D and D = ratio·N. Put the second into the first.</details>
# <details><summary>Hint 2</summary>Now N stands in it twice, so N² is what you know; the tokens follow from N.</details>


# %% tags=["exercise-1.4"]
def best_split(flops, ratio=20):
    """(parameters, tokens) that use up the budget with `ratio` tokens for each parameter."""
    ### BEGIN SOLUTION
    parameters = math.sqrt(flops / (6 * ratio))
    return parameters, ratio * parameters
    ### END SOLUTION


# %% tags=["check-1.4"]
with check("1.4", best_split) as c:
    for budget, *given in [(5.88e23, 20), (6e12, 100), (3.14e23, 1.7), (1e25, 150), (2.4e21,)]:
        ratio = given[0] if given else 20
        n, twenty = math.sqrt(budget / (6 * ratio)), math.sqrt(budget / 120)
        c.close(
            best_split(budget, *given),
            (n, ratio * n),
            what=f"{budget:g} FLOPs at {ratio} tokens a parameter{'' if given else ', with no ratio given'}",
            hint="put D = ratio · N into C = 6 · N · D; what is N²?",
            slips={
                "the order is parameters, then tokens": (ratio * n, n),
                "the cost of training has one more factor": (math.sqrt(6) * n, math.sqrt(6) * ratio * n),
                "that is the cost of use; training costs more": (math.sqrt(3) * n, math.sqrt(3) * ratio * n),
                "the ratio is always 20; use the one that was given": (twenty, 20 * twenty),
                "the ratio counts in the parameters, too": (
                    math.sqrt(budget / 6),
                    ratio * math.sqrt(budget / 6),
                ),
            },
        )

# %% [markdown]
# ## 1.7 The bill
#
# From FLOPs to money in two divisions: by what a GPU does in an hour, then by nothing but its price. GPT-3 took 3.14e23 FLOPs.
# Predict: how long on one A100 at the share of its peak that Llama 2 reached, and what does that cost?

# %%
gpt3 = models.set_index("name").loc["GPT-3"]
hours = gpt3.flops / (a100 * gpu_use) / 3600
gpt3_bill = hours * gpu_price
days = hours / 24
print(f"{days:,.0f} GPU-days: {days / 365:,.0f} years on one, {days / 1000:,.0f} days on 1,000")
print(f"at {gpu_price:g} € an hour: {gpt3_bill:,.0f} €")
assert math.isclose(gpt3_bill, cost.price(gpt3.flops, a100, gpu_use, gpu_price))

# %% [markdown]
# Salaries, failed runs and data come on top; whose answers are *better*, no bill says. **Three ways for the shop**, with 3,000
# mails a month, 1,500 tokens each:
#
# - *rent*: call an API, pay per token;
# - *adapt*: fine-tune (微调) 7 billion open weights with LoRA; serve them on a rented GPU;
# - *train*: the same from nothing, on 2 trillion tokens.
#
# LoRA (Hu et al., 2021) trains only two thin matrices, $4096 \times 8$ and $8 \times 4096$; their product is added
# to a large one. What share of 7 billion are two pairs in 32 layers?

# %%
thin = 32 * 2 * (4096 * 8 + 8 * 4096)
print(f"LoRA trains {thin:,} of 7,000,000,000 parameters: {thin / 7e9:.2%}")
assert thin == 4_194_304
tokens_to_train = {"rent": 0, "adapt": 10e6, "train": 2e12}  # ten million: the shop's own mails
once = {
    way: cost.price(cost.training_flops(7e9, tokens), a100, gpu_use, gpu_price)
    for way, tokens in tokens_to_train.items()
}
for way, euros in once.items():
    print(f"{way:6} before the first answer: {euros:12,.2f} €")
by_rule = cost.price(cost.training_flops(7e9, 20 * 7e9), a100, gpu_use, gpu_price)
print(f"train on only 20 tokens a parameter:  {by_rule:12,.2f} €")

# %% [markdown]
# Adapting is counted at the full $6ND$, of which LoRA saves a part. Training by Chinchilla's 20 tokens looks a bargain, but it is
# the best split for *one training run*. Whoever will answer mails for years trains longer: Llama 2 saw nearly 300 tokens for each of 7 billion
# parameters, at fourteen times the price.
#
# A model of one's own must also be *served*: a GPU by the month, used or not.


# %%
tokens_each, tokens_a_second, hours_a_month = (
    1500,
    1000,
    730,
)  # what one GPU serves is an assumption: measure yours


def first_year(way, requests, token_price=api_price):
    """Euros for twelve months with this many requests a month; requests may be an array."""
    requests = np.asarray(requests)
    if way == "rent":
        return 12 * requests * tokens_each * token_price / 1e6
    gpus = np.maximum(1, np.ceil(requests * tokens_each / (tokens_a_second * 3600 * hours_a_month)))
    return once[way] + 12 * gpus * hours_a_month * gpu_price


# %%
grid = np.arange(1_000, 10_000_001, 1_000)
ours_cheaper = grid[first_year("adapt", grid) <= first_year("rent", grid)]
for way in once:
    print(f"{way:6} 3,000 requests a month, first year: {first_year(way, 3000):10,.0f} €")
crossing = (
    f"first at {ours_cheaper[0]:,} requests a month" if len(ours_cheaper) else "nowhere below ten million"
)
print("adapting is cheaper than renting", crossing)
if (gpu_price, gpu_use, api_price) == (2.0, 0.4, 1.0):
    assert first_year("adapt", 1_800_000) > first_year("rent", 1_800_000)  # a second GPU has just come


# %%
def bill(token_price, ax):
    """Draw the first year of the three ways over the requests a month."""
    for way in once:
        ax.plot(grid, first_year(way, grid, token_price), label=way)
    better = grid[first_year("adapt", grid) <= first_year("rent", grid, token_price)]
    verdict = (
        f"adapting first wins at {better[0]:,} requests a month" if len(better) else "renting always wins"
    )
    ax.set(xscale="log", yscale="log", title=f"{token_price:g} € a million tokens: {verdict}")
    ax.set(xlabel="requests a month", ylabel="first year (€)", ylim=(10, 1e7))
    ax.axvline(3000, color="grey", linestyle=":")
    ax.text(3100, 15, "our shop", color="grey")
    ax.legend()


# %% tags=["figure"]
# The first year of the three ways at the price in the parameters.
bill(api_price, plt.subplots()[1])
plt.show()

# %% [markdown]
# Each stair is one more GPU; just after a stair the lead may go back to renting. Move the slider: what must a million tokens cost
# before a shop with 100,000 mails should run a model of its own? And ours, with 3,000? Then compare with the cell below it.

# %% tags=["nbval-ignore-output"]
# output not compared: a slider is alive
from ipywidgets import FloatLogSlider

plot.slider(bill, FloatLogSlider(api_price, min=-2, max=3, step=0.05, readout_format=".2f"))

# %%
for requests in (3_000, 100_000):
    even = float(first_year("adapt", requests)) / (12 * requests * tokens_each / 1e6)
    print(f"{requests:7,} requests a month: adapting pays when a million tokens cost over {even:,.2f} €")

# %% [markdown]
# ### Exercise 1.5 · Rent, adapt or train? ●●● 30 min
#
# Your shop grows, or shrinks: `requests` is a list with one number a month. An option is `(start, per_request, gpu_month, capacity)`: a
# sum before the start, a price for each request, and a rent for each GPU, which serves `capacity` requests a month. An
# option with `gpu_month > 0` keeps *at least one* GPU, and in each month just enough of them; GPUs can be given back. Return the
# cheapest option's name and its total cost. (No two cost the same.)
#
# <details><summary>Hint 1</summary>How many GPUs does one month need? Mind a quiet month, and a full one.</details>
# <details><summary>Hint 2</summary>Write a small function that adds up one option, month by month; `min` takes such a function as `key`.</details>


# %% tags=["exercise-1.5"]
def cheapest(requests, options):
    """(name, total cost) of the cheapest option. options: {name: (start, per_request, gpu_month, capacity)}"""

    ### BEGIN SOLUTION
    def total(name):
        start, per_request, gpu_month, capacity = options[name]
        gpus = [max(1, math.ceil(r / capacity)) for r in requests]
        return start + sum(requests) * per_request + sum(gpus) * gpu_month

    name = min(options, key=total)
    return name, total(name)
    ### END SOLUTION


# %% tags=["check-1.5"]
with check("1.5", cheapest) as c:
    rent, adapt, train = (0, 0.0015, 0, 1), (4, 0.00001, 1460, 1_000_000), (374_000, 0.0, 900, 3_000_000)
    million, llm = 1_000_000, {"train": train, "adapt": adapt, "rent": rent}
    disk = {"cloud": (700, 0.002, 0, 1), "cellar": (9000, 0.0001, 200, 250_000)}
    cases = [
        (llm, [3000] * 12, "rent", 54.0, "what does an API cost in twelve months?"),
        (llm, [990_000] * 12, "adapt", 17_642.8, "each of adapt's requests costs a little, too"),
        (llm, [1_500_000] * 12, "rent", 27_000.0, "adapt needs two whole GPUs, not one and a half"),
        (llm, [0] * 2 + [1_000_000] * 10, "rent", 15_000.0, "an idle GPU costs too, in each month"),
        (llm, [580_000] * 6 + [1_400_000] * 6, "rent", 17_820.0, "count the GPUs month by month"),
        (llm, [29 * million] * 36, "train", 698_000.0, "a sum once, and ten GPUs a month"),
        (llm, [29 * million] * 24 + [31 * million] * 12, "train", 708_800.0, "ten GPUs, then eleven"),
        (llm, [1_000_000] * 12, "adapt", 17_644.0, "a full GPU is enough"),
        (llm, [31 * million] + [29 * million] * 23, "train", 590_900.0, "a GPU can be given back"),
        (disk, [10_000] * 10, "cloud", 900.0, "an API, too, may have a sum before the start"),
        (disk, [250_000] * 40, "cellar", 18_000.0, "read names and numbers from the options given"),
    ]
    for options, requests, name, total, hint in cases:
        got, ends = cheapest(requests, options), f"first {requests[0]:,}, last {requests[-1]:,}"
        what = f"{len(requests)} months of requests ({ends}), {' or '.join(options)}"
        c.true(isinstance(got, (tuple, list)) and len(got) == 2, "return two things: the name and the total")
        c.equal(got[0], name, what=what, hint=hint)
        c.close(got[1], total, what=f"total, {what}", hint=hint)

# %% [markdown]
# ## 1.8 What the article says
#
# §1 names four gifts to a start-up: capability, a lower barrier, new business models, inspiration. Business models and inspiration no
# code can test; capability and the barrier it can.
#
# **§1 lets deep networks find their features by themselves.** Nobody told our largest model what a letter is. Yet it keeps
# a row of numbers for each byte. Is the row nearest to a byte's own of the same kind: capital, small letter, digit, sign?


# %%
def kind(code):
    """What a byte stands for: "A" a capital, "a" a small letter, "0" a digit, "." everything else."""
    letter = chr(code)
    if letter.isascii() and letter.isalpha():
        return "A" if letter.isupper() else "a"
    return "0" if letter.isdigit() else "."


# %%
frequent = np.flatnonzero(np.bincount(learn_pages.flatten().cpu().numpy(), minlength=symbols) >= 100)
kinds = np.array([kind(int(codes[i])) for i in frequent])
rows = kept[largest].symbol.weight.detach().cpu().numpy()[frequent]
rows = rows - rows.mean(axis=0)
rows /= np.linalg.norm(rows, axis=1, keepdims=True)
nearest = (rows @ rows.T - 2 * np.eye(len(rows))).argmax(axis=1)  # itself does not count
same = float((kinds[nearest] == kinds).mean())

# %%
draw = numpy_stream(seed, "kinds")
dealt = [draw.permutation(kinds) for _ in range(1000)]
by_luck = [float((names[nearest] == names).mean()) for names in dealt]
print("bytes whose nearest row is of their own kind, share", approx(same))
print("if kinds were dealt at random, share", approx(np.mean(by_luck)), "and at best", approx(max(by_luck)))

# %% [markdown]
# Luck is a weak rival, too. Small letters are frequent, capitals rare: does the row perhaps hold nothing but how *often* its byte
# comes? Then the byte that comes about as often would tell as much.

# %%
often = np.log(counts.cpu().numpy()[frequent])
apart = np.abs(often[:, None] - often) + 1e9 * np.eye(
    len(often)
)  # (F, 1) with (F,) -> (F, F); itself does not count
by_count = float((kinds[apart.argmin(axis=1)] == kinds).mean())
print("bytes whose neighbour in frequency is of their own kind, share", approx(by_count))
shown = same > max(*by_luck, by_count)

# %% tags=["figure"]
# The rows of the frequent bytes, squeezed from many numbers to the two directions in which they differ most.
flat = np.linalg.svd(rows, full_matrices=False)[0][:, :2]
ax = plt.subplots(figsize=(7, 4))[1]
names = {"a": "small letters", "A": "capitals", "0": "digits", ".": "signs"}
for index, name in enumerate(names.values()):
    ax.scatter([], [], color=f"C{index}", label=name)
for (x, y), code, mark in zip(flat, codes[frequent], kinds, strict=True):
    letter = chr(code) if 32 < code < 127 else "·"
    ax.text(x, y, letter.replace("$", r"\$"), color=f"C{list(names).index(mark)}", ha="center", va="center")
ax.set(
    title=f"For {same:.0%} of the bytes the nearest row is of their own kind",
    xlabel="first direction",
    ylabel="second direction",
    xlim=(1.1 * flat[:, 0].min(), 1.1 * flat[:, 0].max()),
    ylim=(1.1 * flat[:, 1].min(), 1.1 * flat[:, 1].max()),
)
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# The kinds stood nowhere in the data, and nobody asked for them: guessing the next byte was the whole task. Where it can be seen,
# the features came by themselves.

# %%
if shown:
    claim(
        "§1",
        "Deep networks find the features of their data by themselves.",
        "right",
        evidence=shown,
    )
else:
    print("a model so small, or one that has read so little, does not show it")
if DEFAULT:
    assert shown

# %% [markdown]
# **§1 and §2.2 call BERT a model for recognising images.** Give it some. BERT's first layer looks up a row for each *word
# number*; a grey value is no number of a row.

# %%
words = nn.Embedding(30522, 64)  # BERT's dictionary
images = torch.tensor(numpy_stream(seed, "images").random((4, 8, 8)), dtype=torch.float32)  # in grey
try:
    words(images)
    refused = False
except RuntimeError as error:
    refused = True
    print("RuntimeError:", str(error).split(";")[0])

# %% [markdown]
# Rounding the greys to whole numbers would silence the error and make nonsense: grey 7 and grey 8 would be two unrelated words. A
# *Vision Transformer* (ViT; Dosovitskiy et al., 2020) starts otherwise: it cuts the image into patches, and maps each with a
# matrix. Close greys then stay close.

# %%
patches = images.unfold(1, 4, 4).unfold(2, 4, 4).reshape(4, 4, 16)  # (B, 8, 8) -> (B, patches, pixels)
assert torch.equal(patches[:, 1], images[:, :4, 4:].reshape(4, 16))  # (B, 4, 4) -> (B, pixels)
tokens = nn.Linear(16, 64)(patches)
print("four images, four patches each, ready for the same Transformer:", tuple(tokens.shape))

# %% [markdown]
# Behind the entrance both are twelve blocks of width 768 (their norms stand in other places). So what is BERT's entrance for? Its authors
# publish 110 million parameters, those of ViT 86 million. If the 24 million between them are a table of words, BERT reads.
#
# Sizes alone cannot rule out a small second entrance: one for patches takes 0.7 million, less than the rounding. For that, read
# what BERT was trained on: words left out, and next sentences.

# %%
body = 12 * cost.block_parameters(768)
bert = cost.bert_parameters(12, 768)  # word table, places, two segments, norm; the pooler at the end
vit = body + (3 * 16 * 16 * 768 + 768) + (1 + 14 * 14) * 768 + 768 + 2 * 768  # patches, places, class, norm
print(f"the same body, {body:,} parameters; BERT {bert:,}, ViT {vit:,}")
table = 30522 * 768
print(f"published: 110 - 86 = 24 million; a table of words takes {table / 1e6:.1f} million")
print(f"of what BERT has besides the body, {table / (bert - body):.0%} is the table of words")
claim(
    "§1, §2.2",
    "BERT is an example of a model for image recognition.",
    "wrong",
    evidence=refused and abs(bert / 1e6 - 110) < 1 and abs(vit / 1e6 - 86) < 1 and abs(table / 1e6 - 24) < 1,
    right="BERT is a text encoder (masked words and next sentence, Devlin et al. 2018); for images there are ViT, BEiT and MAE.",
)

# %% [markdown]
# **§1 says that large models bring a powerful "computing ability" (计算能力).** Read it in two ways. As *skill*: our larger
# models guess better. As *computing power*: how many FLOPs does each of them make, or take? And how long would this machine need for
# GPT-3, at the speed at which it trained our largest model?

# %%
speed = counted[largest] * reads(largest) / seconds
years_here = gpt3.flops / speed / (365 * 24 * 3600)
print("this machine in training, FLOP/s", approx(speed, 1))
print("GPT-3 on it would take years:", approx(years_here, 1))
skill = slope < 0  # the loss falls with the parameters
appetite = all(np.diff([counted[width] for width in sorted(counted)]) > 0)
if skill:
    claim(
        "§1",
        "Large models bring a start-up powerful computing ability.",
        "imprecise",
        evidence=bool(skill and appetite and years_here > 10),
        right="They bring skill, and take computing power: about 6·N·D FLOPs to train, 2·N for each token of every answer.",
    )
else:
    print("models so small, or so little text, that size brought no skill")

# %% [markdown]
# **§1 lets large models lower the technical barrier.** You have the three bills for 3,000 mails a month.

# %%
api, adapted, trained = (float(first_year(way, 3000)) for way in once)
print(
    f"first year: rent {api:,.0f} €, adapt {adapted:,.0f} €, train {trained:,.0f} €; GPT-3 alone {gpt3_bill:,.0f} €"
)
claim(
    "§1",
    "Large models lower the technical barrier for start-ups.",
    "imprecise",
    evidence=api < adapted < trained < gpt3_bill,
    right="Access through APIs and open weights lowers it. Training one from nothing raises it.",
)

# %% [markdown]
# **The abstract promises real cases.** That is for reading, not for measuring, so there is no verdict in a box. We looked for a
# company, a cost or a measured result among the applications of §6, and found none; check it against the text. The course
# supplies its own cases, each with data, a known best result and a price.

# %% [markdown]
# ## Recap
#
# 1. A power law is a straight line on logarithmic axes: equal factors of compute take off equal *shares* of the loss.
# 2. Write a forecast down with its interval before you train; then it can fail, and that is its worth.
# 3. Training costs about 6·N·D FLOPs. A text may be read a few times; read too often, it is learnt by heart.
# 4. In fourteen landmark papers compute grew about fourfold a year; fourteen cannot say whether it slowed.
# 5. For a small shop renting wins, adapting follows, training from nothing comes last: do the sum with your prices.
#
# **Next:** what is inside those parameters, counted to the last one, in [lesson 2a](02a_counting.ipynb).
# [Back to the map](00_start_here.ipynb)
#
# ## Sources
#
# - J. Kaplan et al. (2020), *Scaling laws for neural language models*, [arXiv:2001.08361](https://arxiv.org/abs/2001.08361)
# - J. Hoffmann et al. (2022), *Training compute-optimal large language models* (Chinchilla), [arXiv:2203.15556](https://arxiv.org/abs/2203.15556)
# - N. Muennighoff et al. (2023), *Scaling data-constrained language models*, [arXiv:2305.16264](https://arxiv.org/abs/2305.16264)
# - N. Sardana et al. (2024), *Beyond Chinchilla-optimal: accounting for inference in language model scaling laws*, [arXiv:2401.00448](https://arxiv.org/abs/2401.00448)
# - J. Sevilla et al. (2022), *Compute trends across three eras of machine learning*, [arXiv:2202.05924](https://arxiv.org/abs/2202.05924)
# - Epoch AI (2024), *Training compute of frontier AI models grows by 4-5x per year*, [epoch.ai](https://epoch.ai/blog/training-compute-of-frontier-ai-models-grows-by-4-5x-per-year)
# - T. Brown et al. (2020), *Language models are few-shot learners* (GPT-3), [arXiv:2005.14165](https://arxiv.org/abs/2005.14165)
# - J. Rae et al. (2021), *Scaling language models: methods, analysis & insights from training Gopher*, [arXiv:2112.11446](https://arxiv.org/abs/2112.11446)
# - H. Touvron et al. (2023), *Llama 2: open foundation and fine-tuned chat models*, [arXiv:2307.09288](https://arxiv.org/abs/2307.09288)
# - E. Hu et al. (2021), *LoRA: low-rank adaptation of large language models*, [arXiv:2106.09685](https://arxiv.org/abs/2106.09685)
# - J. Devlin et al. (2018), *BERT*, [arXiv:1810.04805](https://arxiv.org/abs/1810.04805)
# - A. Dosovitskiy et al. (2020), *An image is worth 16x16 words* (ViT), [arXiv:2010.11929](https://arxiv.org/abs/2010.11929); BEiT, [arXiv:2106.08254](https://arxiv.org/abs/2106.08254); MAE, [arXiv:2111.06377](https://arxiv.org/abs/2111.06377)
# - NVIDIA (2020), *A100 Tensor Core GPU*, data sheet: 312 TFLOP/s in 16-bit arithmetic
# - The papers of the landmark models: column `source` of `utils/landmarks.csv`
