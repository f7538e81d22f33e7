# %% [markdown]
# # 6b · A language model
#
# Train a small GPT on real text, and judge it as strictly as a compressor is judged: in bits per byte.
#
# 60 min to read · under 110 CPU-seconds · under 1,800 MB · GPU: not needed
#
# **You will be able to**
# - turn any loss into bits per byte, and set up rivals on equal terms;
# - train with warm-up, decay, AdamW or Muon, and race optimisers fairly, saying what is held equal;
# - show on a planted source that a model trained with this code comes close to the best possible loss;
# - train one model in several processes;
# - catch two bugs that give a wonderful loss.
#
# *You need:* the decoder and the tokenizer of [lesson 6a](06a_transformer.ipynb), and the training loop of [lesson 3b](03b_training.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
corpus: str = "python"  # text: python, tinyshakespeare, tang300, or the path of a UTF-8 file
vocabulary: int = 512  # tokens, 256 bytes among them  in [256, 8192]
width: int = 64  # numbers that stand for a token inside the model  in {32, 64, 96, 128, 192, 256, 384}
layers: int = 2  # blocks  in [1, 12]
context: int = 64  # tokens that the model sees at once  in [16, 1024]
steps: int = 200  # training steps of the main run  in [40, 100000]
batch: int = 16  # stretches of text a step  in [2, 256]
device: str = "cpu"  # where to train; best looks for a GPU  in {cpu, best}

# %%
import copy
import math
import time
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.nn import functional as F

from utils import data, plot
from utils.check import approx, check, metric
from utils.device import best_device
from utils.errors import CourseError
from utils.models import tokens, train
from utils.models.nn import Llama, Shape
from utils.params import check_parameters
from utils.repro import child_seed, numpy_stream, torch_stream

# %%
check_parameters("06b_language_model", globals())
plot.style()
machine = best_device("cpu" if device == "cpu" else None)
settings = (corpus, vocabulary, width, layers, context, steps, batch)
default = settings == ("python", 512, 64, 2, 64, 200, 16)

# %% [markdown]
# ## 6b.1 What is a good loss?
#
# The shop trains a model on its own texts, and the loss says 3.1. Is that good? Nobody can tell: the number depends on how the text was cut into
# tokens, and on how hard the text is. We need a unit, and rivals.
#
# First an honest exam: the last tenth of the text is held back. But manuals repeat themselves: a paragraph that stands word for word in the learning text
# would examine the memory alone, so it is taken out. Predict: what share of the exam goes?

# %%
text = data.text(corpus)
cut = len(text) * 9 // 10
learn_text, held_back = text[:cut], text[cut:]
known = set(learn_text.split("\n\n"))
paragraphs = held_back.split("\n\n")
exam_text = "\n\n".join(paragraph for paragraph in paragraphs if paragraph not in known)
exam_bytes = len(exam_text.encode())
if len(learn_text.encode()) < 18_000 + 36 * context or exam_bytes < 2_000 + 4 * context:
    raise CourseError("This text is too short or too monotonous; take a longer one, or a smaller `context`.")
print("thousand bytes to learn from", approx(len(learn_text.encode()) / 1000))
print("thousand bytes for the exam", approx(exam_bytes / 1000))
print("share of the held-back text that was known", approx(1 - len(exam_text) / len(held_back)))

# %%
tokenizer = tokens.Tokenizer.learn(learn_text, vocabulary)
learn_ids, exam_ids = (torch.tensor(tokenizer.encode(t)) for t in (learn_text, exam_text))
print("bytes per token of the exam", approx(exam_bytes / len(exam_ids)))
assert 1 <= exam_bytes / len(exam_ids) < 20

# %% [markdown]
# ### Exercise 6b.1 · One measure for all ●○○ 5 min
#
# A loss per token is no fair measure: larger tokens are harder to guess. Convert it. A model has the mean loss `nats` per token on a text
# cut into `n_tokens` tokens, `n_bytes` bytes long. How many **bits per byte** (每字节比特数) is that?
#
# <details><summary>Hint 1</summary>What does the whole text cost, in nats? Then spread that over other pieces.</details>
# <details><summary>Hint 2</summary>A coin's throw carries 1 bit, and −ln ½ nats. So which unit is the larger?</details>


# %% tags=["exercise-6b.1"]
def bits_per_byte(nats, n_tokens, n_bytes):
    """Bits per byte of a text from its mean loss in nats per token."""
    ### BEGIN SOLUTION
    return nats * n_tokens / n_bytes / math.log(2)
    ### END SOLUTION


# %% tags=["check-6b.1"]
with check("6b.1", bits_per_byte) as c:
    for nats, n_tokens, n_bytes in [(math.log(256), 100, 100), (2.0, 500, 1500), (3.1, 20_538, 46_591)]:
        right = nats * n_tokens / n_bytes / math.log(2)
        c.close(
            bits_per_byte(nats, n_tokens, n_bytes),
            right,
            what=f"{nats:.3g} nats a token, {n_tokens} tokens, {n_bytes} bytes",
            hint="the bill of the whole text stays the same, whatever it is divided by and in whichever unit",
            slips={
                "those are nats per byte": right * math.log(2),
                "a bit is less than a nat, so there must be more bits than nats": right * math.log(2) ** 2,
                "tokens and bytes have changed places": nats * n_bytes / n_tokens / math.log(2),
                "those are bits per token; spread them over the bytes": nats / math.log(2),
            },
        )

# %% [markdown]
# ## 6b.2 Rivals
#
# **Compression is prediction** (Shannon, 1948): a model that gives the text the probability $P$ can store it in $-\log_2 P$ bits, and a good
# compressor is a language model in disguise (Delétang et al., 2023). So compressors are rivals. So are *n-gram* models, which count what followed the last $n - 1$ bytes.
#
# A context seen $N$ times, with $K$ different bytes after it: by Witten and Bell's estimate a new one comes next with chance $K/(N+K)$. So the counts
# get the weight $N/(N+K)$, and the next shorter context the rest.


# %%
class Grams:
    """How often each stretch of up to n bytes occurs, how often it was followed by something, and by how many kinds."""

    def __init__(self, n):
        self.n, self.count, self.total, self.kinds = n, Counter(), Counter(), Counter()

    def add(self, text, i):
        """Count the byte at place i, after each context before it."""
        for size in range(min(self.n, i + 1)):
            seen, gram = text[i - size : i], text[i - size : i + 1]
            self.kinds[seen] += gram not in self.count
            self.count[gram] += 1
            self.total[seen] += 1

    def chance(self, text, i, n):
        """Probability of the byte at place i; the shortest context first, each longer one mixed in."""
        p = 1 / 256
        for size in range(min(n, i + 1)):
            seen, gram = text[i - size : i], text[i - size : i + 1]
            if self.total[seen]:
                p = (self.count[gram] + self.kinds[seen] * p) / (self.total[seen] + self.kinds[seen])
        return p


# %%
a, b = learn_text.encode(), exam_text.encode()
grams = Grams(5)
for place in range(len(a)):
    grams.add(a, place)
gram_numbers = len(grams.count) + 2 * len(grams.total)
print("numbers that the 5-gram stores", approx(gram_numbers))
assert len(grams.count) > len(grams.total)


# %% [markdown]
# What are **equal terms**? An n-gram that has been counted is *frozen*, as our model will be: it reads the exam and learns nothing from it.
# A compressor learns as it reads. So there are two leagues; in the second, everybody may learn from each byte *after* having paid for it,
# the 5-gram too. These rivals have all read the whole learning text before. Predict: how much is reading on worth to the 5-gram?


# %%
def gram_bits(n, learning=False):
    """Bits per byte of the exam; with `learning`, each byte is counted once it has been paid for."""
    books = copy.deepcopy(grams) if learning else grams
    bits = 0.0
    for place in range(len(b)):
        bits -= math.log2(books.chance(b, place, n))
        if learning:
            books.add(b, place)
    return bits / len(b)


frozen = {f"{n}-gram": gram_bits(n) for n in (1, 2, 3, 5)}
reading_on = {"5-gram": gram_bits(5, learning=True)}

# %% [markdown]
# Of a compressor we take the bytes that the exam *adds* to the learning text. How far can it look back? gzip sees 32 kB, whatever came before; xz as
# far as we say: 8 MB, here all of it, or 4 kB.

# %%
import gzip
import lzma


def xz(text, memory=2**23):
    """How `xz` packs a text when it can look back so many bytes."""
    return lzma.compress(text, filters=[{"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": memory}])


packers = {"gzip": lambda t: gzip.compress(t, 9), "xz": xz, "xz, 4 kB of memory": lambda t: xz(t, 4096)}
for name, packed in packers.items():
    reading_on[name] = 8 * (len(packed(a + b)) - len(packed(a))) / len(b)

# %%
for league, rivals in [("frozen", frozen), ("reading on", reading_on)]:
    for name, rival in rivals.items():
        print(f"{league}, {name}: bits per byte", approx(rival))
if default:
    assert 8 > frozen["1-gram"] > frozen["2-gram"] > frozen["3-gram"] > frozen["5-gram"] > 1.7
    assert reading_on["5-gram"] < frozen["5-gram"]
    assert 1.4 < reading_on["xz"] < reading_on["xz, 4 kB of memory"] < 2.6

# %% [markdown]
# In the stored run xz leads with its long memory, and the last line says why: with 4 kB of it the lead is gone. It finds stretches that it has
# seen, however long ago. And reading on is worth much to the 5-gram: texts repeat *themselves*. Remember both when the Transformer comes, which sees only `context` tokens.
#
# ### Exercise 6b.2 · Count a bigram ●●○ 20 min
#
# Build the smallest of these rivals yourself: from a byte text `learn`, estimate the chance that byte $b$ follows byte $a$ as
# $(n_{ab} + 1) / (n_a + 256)$, where $n_a$ counts how often $a$ *is followed* by something. Return the mean bits of each byte of `exam`
# after its first.
#
# <details><summary>Hint 1</summary>np.frombuffer(text, np.uint8) gives the numbers. A 256 × 256 table holds all n_ab. Careful: `table[i, j] += 1` with arrays adds once where a pair occurs twice.</details>
# <details><summary>Hint 2</summary>Add 1 to the table; what must each row then be divided by, so that it sums to 1? Look the pairs of `exam` up in it.</details>


# %% tags=["exercise-6b.2"]
def bigram_bits(learn, exam):
    """Bits per byte of `exam` (bytes) under a smoothed bigram model of `learn` (bytes)."""
    ### BEGIN SOLUTION
    x, y = (np.frombuffer(text, np.uint8) for text in (learn, exam))
    table = np.zeros((256, 256))
    np.add.at(table, (x[:-1], x[1:]), 1)
    p = (table + 1) / (table.sum(axis=1, keepdims=True) + 256)
    return -np.log2(p[y[:-1], y[1:]]).mean()
    ### END SOLUTION


# %% tags=["check-6b.2"]
with check("6b.2", bigram_bits) as c:

    def mean_bits(exam, n, per, which=0):
        chances = [(n[pair] + 1) / (per[pair[which]] + 256) for pair in pairwise(exam)]
        return float(-np.log2(chances).mean())

    wheels, the = "车轮 and 车".encode(), b"the wheel of the"
    runs = b"aaaab" * 300  # pairs that overlap, and counts that no byte holds
    texts = [(the, b"the eel"), (b"ababab", b"abba"), (wheels, wheels[3:]), (b"z", b"abc"), (runs, b"aaba")]
    for learn, exam in texts:
        pairs, own = Counter(pairwise(learn)), Counter(pairwise(exam))
        right = mean_bits(exam, pairs, Counter(learn[:-1]))
        once = mean_bits(exam, Counter(set(pairs)), Counter(a for a, _ in pairs))
        slips = {
            "each pair is counted once, however often it occurs": once,
            "those are nats": right * math.log(2),
            "divide by the number of pairs, one fewer than bytes": right * (len(exam) - 1) / len(exam),
            "the counts come from the exam itself": mean_bits(exam, own, Counter(exam[:-1])),
            "that is the sum; the mean over the pairs is wanted": right * (len(exam) - 1),
            "the divisor counts bytes as second of a pair": mean_bits(exam, pairs, Counter(learn[1:]), 1),
        }
        hint = "which counts belong above the line, and which below?"
        c.close(bigram_bits(learn, exam), right, what=f"{learn[:40]!r}, {exam!r}", slips=slips, hint=hint)

# %% [markdown]
# ## 6b.3 Before the first step
#
# The text is one long row of ids. A *window* is `context` of them, its targets the same one place on. Every place starts a window,
# and `windows` makes no copies. The last twentieth is set apart: the rates of the race below will be chosen there, not on the exam. Before the first
# step, ask the model what it knows: nothing. Its first scores are small, all tokens nearly equal to it, so its loss must be close to $\ln V$.

# %%
apart = len(learn_ids) // 20
learn, exam = train.windows(learn_ids[:-apart], context), train.windows(exam_ids, context, stride=context)
trial = train.windows(learn_ids[-apart:], context, stride=context)
shape = Shape(
    vocabulary=len(tokenizer),
    width=width,
    layers=layers,
    heads=width // 16,
    kv_heads=width // 32,
    head_width=16,
    hidden=8 * width // 3,
)


# %%
def new_model(shape=shape):
    """The same start each time."""
    torch.manual_seed(child_seed(seed, "network"))
    return Llama(shape).to(machine)


def bits(nats):
    """Bits per byte of the exam from its mean loss per token."""
    return nats * len(exam_ids) / exam_bytes / math.log(2)


# %%
first_loss, _ = train.evaluate(new_model(), exam)
print("parameters", approx(shape.parameters))
print("first loss", approx(first_loss), "and ln V", approx(math.log(len(tokenizer))))
assert abs(first_loss - math.log(len(tokenizer))) < (0.1 if default else 1)

# %% [markdown]
# **The schedule.** Adam's averages rest on few gradients at first: one reason that is given why the rate *warms up* (预热) from near 0. It stays level for a moment, then
# falls in a line to 0: long strides first, then the fine work. (Nearly the linear decay to zero of Defazio et al., 2023; Hägele et al., 2024, get as far as with a cosine by a constant rate and a short fall.)

# %%
schedule = train.warm_up_and_decay(0.1)
done = np.linspace(0, 1, 101)
rates = np.array([schedule(x) for x in done])
assert rates[0] < 0.02 < rates.max() == 1
assert rates[-1] == 0

# %% tags=["figure"]
# Curve: the factor on the learning rate during a run
plot.lines(
    {"": (done, rates)},
    title="Up, level for a moment, down to nothing",
    xlabel="share of the run",
    ylabel="factor on the rate",
)
plt.show()

# %% [markdown]
# **The optimiser.** AdamW sees a matrix as many single numbers. *Muon* (Jordan et al., 2024) sees what it *does*: a matrix stretches some directions much and
# others little; the factors are its *singular values* (奇异值). Muon takes the momentum and brings its factors towards 1, all but the weakest near it, so that a step
# goes about as far in weak directions as in loud ones. It never computes them: five rounds of a polynomial, its three numbers chosen by Jordan for speed, push them there.

# %%
numbers = torch_stream(seed, "momentum")
left, _ = torch.linalg.qr(torch.randn(24, 16, generator=numbers, dtype=torch.double))
right, _ = torch.linalg.qr(torch.randn(16, 16, generator=numbers, dtype=torch.double))
momentum = left @ torch.diag(torch.logspace(0, -3, 16, dtype=torch.double)) @ right  # a thousand to one
momentum /= momentum.norm()

# %%
values, x = [torch.linalg.svdvals(momentum)], momentum
for _ in range(5):
    gram = x @ x.T
    x = 3.4445 * x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
    values.append(torch.linalg.svdvals(x))
print("weakest and strongest direction, before:", approx(values[0][-1]), approx(values[0][0]))
print("after five rounds:", approx(values[5][-1]), approx(values[5][0]))
assert 0.2 < values[5].min() < values[5].max() < 1.4
torch.testing.assert_close(x, train.orthogonalised(momentum))  # as the optimiser below does it

# %% tags=["figure"]
# Curves: singular values of the momentum after 0, 2 and 5 rounds
ax = plot.lines(
    {f"round {n}": values[n].numpy() for n in (0, 2, 5)},
    marker="o",
    title="Each round lifts the weak directions; after five, none is lost",
    xlabel="direction, strongest first",
    ylabel="singular value",
)
ax.set_yscale("log")
plt.show()

# %% [markdown]
# ## 6b.4 A fair race
#
# Muon trains the matrices in the blocks and leaves the table and the norms to AdamW, at *another* rate. So it has two rates, and a race against AdamW with one is
# unfair. Here AdamW runs both ways. Each of the three gets the same start, data, steps and schedule, no weight decay, and three tries at its rate;
# the table's own rate, where there is one, is the same for both.

# %%
TABLE = 0.03  # rate of the table and the norms


def one_rate(model, lr):
    return torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.95), weight_decay=0.0, fused=True)


def muon(model, lr):
    return train.muon(model, lr=lr, adam_lr=TABLE)


# %%
def two_rates(model, lr):
    """AdamW with Muon's two groups."""
    inside = [p for name, p in model.named_parameters() if p.dim() == 2 and name.startswith("blocks.")]
    rest = [p for p in model.parameters() if all(p is not q for q in inside)]
    groups = [{"params": inside, "lr": lr}, {"params": rest, "lr": TABLE}]
    return torch.optim.AdamW(groups, betas=(0.9, 0.95), weight_decay=0.0, fused=True)


# %% [markdown]
# One function for every run of this lesson, so that nothing but what is named can differ:


# %%
def trained(optimiser, steps, looks=1, pair=learn, test=exam, model=None, **options):
    """A model from the same start, its history with `looks` looks at `test`, and its CPU-seconds."""
    model = new_model() if model is None else model
    start, each = time.process_time(), max(1, steps // looks)
    plan = {"epochs": looks, "steps": each, "batch": batch, "schedule": schedule, "seed": seed, **options}
    history = train.fit(model, pair, test, optimiser=optimiser(model), **plan)
    return model, history, time.process_time() - start


# %% tags=["nbval-ignore-output"]
# output not compared: progress bars are alive
ways = {
    "AdamW, one rate": (one_rate, (0.006, 0.012, 0.024)),
    "AdamW, two rates": (two_rates, (0.002, 0.004, 0.008)),
    "Muon": (muon, (0.02, 0.04, 0.08)),
}
short, race, cpu = max(8, steps // 8), {}, {}
for name, (way, tries) in ways.items():
    for lr in tries:
        _, history, seconds = trained(lambda model, way=way, lr=lr: way(model, lr), short, test=trial)
        race[name, lr], cpu[name] = history["val_loss"][-1], seconds

# %% [markdown]
# Each way is judged by its best try, in nats a token of the pages set apart: the tokens are the same for all.

# %%
best = {name: min((race[name, lr], lr) for lr in tries) for name, (_, tries) in ways.items()}
for name, (end, lr) in best.items():
    print(f"{name}, best of three at", approx(lr, 1), "with nats a token", approx(end))

# %%
(single, _), (double, double_rate), (orthogonal, muon_rate) = best.values()
gap = single - orthogonal
print("share of the gap that two rates close", approx((single - double) / gap if gap > 0 else 0))
if default:
    assert double < single - 0.3
    assert 0.5 < (single - double) / gap < 0.95

# %% [markdown]
# A step of Muon is dearer, though: five rounds of three products for every matrix. We count their FLOPs beside the 6 for each parameter and token that learning takes
# ([lesson 1](01_background.ipynb); attention's own products are left out, in AdamW's favour), and give AdamW as much in more steps. Does Muon still lead? Predict.

# %%
sides = [
    sorted(p.shape)
    for name, p in new_model().named_parameters()
    if p.dim() == 2 and name.startswith("blocks.")
]
rounds = sum(5 * (4 * r * r * c + 2 * r**3) for r, c in sides)  # r ≤ c: two products of 2·r²·c, one of 2·r³
learning = 6 * sum(p.numel() for p in new_model().parameters()) * batch * context
even = round(short * (1 + rounds / learning))
print(f"the rounds add {rounds / learning:.0%} to a step; AdamW gets {even} steps for Muon's {short}")

# %% tags=["nbval-ignore-output"]
# output not compared: a progress bar is alive
_, history, _ = trained(lambda model: two_rates(model, double_rate), even, test=trial)
level = history["val_loss"][-1]

# %%
print("AdamW, two rates, equal arithmetic: nats a token", approx(level))
print("Muon's lead then, nats a token", approx(level - orthogonal))
print(
    "time of Muon, as a multiple of AdamW's in as many steps", approx(cpu["Muon"] / cpu["AdamW, two rates"])
)
assert not default or 0.03 < level - orthogonal < double - orthogonal

# %% tags=["figure"]
# Curves: the loss against the learning rate, one for each way, on a logarithmic axis
order = sorted(best, key=best.get)
title = (
    "Two rates bring AdamW most of the way to Muon"
    if (single - double) > gap / 2 > 0
    else f"Deepest: {order[0]}"
)
ax = plot.lines(
    {
        name: (np.array(tries), np.array([race[name, lr] for lr in tries]))
        for name, (_, tries) in ways.items()
    },
    marker="o",
    title=title,
    xlabel="learning rate (of the blocks, where there are two)",
    ylabel="nats a token on the pages set apart",
)
ax.set_xscale("log")
rates = sorted({lr for _, lr in race})
ax.set_xticks(rates, [f"{lr:g}" for lr in rates], rotation=45)
ax.minorticks_off()
plt.show()

# %% [markdown]
# In the stored run AdamW gets most of Muon's lead too, once the table has its own rate. Of the rest more than half is left at equal arithmetic, in so short
# a run. Say *what* is held equal. (Jordan applies Muon to queries, keys and values separately; we to their joint matrix.)
#
# ## 6b.5 The main run
#
# Now eight times as long, with equal steps and the best rates: AdamW with two rates, whose model we keep, and Muon. Does the lead grow? Our model may
# write, each next token drawn from its probabilities.


# %%
@torch.no_grad()
def write(model, start, n=60):
    """`n` tokens drawn one by one after a start."""
    ids = torch.tensor([tokenizer.encode(start)], device=machine)
    draws = torch_stream(seed, "write")
    for _ in range(n):
        chances = model(ids[:, -context:], last=True)[0, -1].softmax(dim=-1).cpu()
        ids = torch.cat([ids, torch.multinomial(chances, 1, generator=draws)[None].to(machine)], dim=1)
    return tokenizer.decode(ids[0].tolist())


# %% tags=["nbval-ignore-output"]
# output not compared: a progress bar, and text that a last digit can turn
start = exam_text[:24].rpartition(" ")[0].strip() or exam_text[:8]
print("untrained:", repr(write(new_model(), start, n=20)))
reader, history, _ = trained(lambda model: two_rates(model, double_rate), steps, looks=2)
print("trained:", write(reader, start))
_, rival, _ = trained(lambda model: muon(model, muon_rate), steps, looks=2)  # the same batches

# %%
score = bits(history["val_loss"][-1])
metric("bits_per_byte", score)
metric("val_loss", history["val_loss"][-1])
assert score < bits(first_loss)  # it has learnt something
assert not default or 1.7 < score < frozen["3-gram"]
long_lead = history["val_loss"][-1] - rival["val_loss"][-1]
print("Muon's lead after the long run, nats a token", approx(long_lead, 1))
assert not default or long_lead < (level - orthogonal) / 2

# %% [markdown]
# In the stored run the lead is gone, on the exam. That is one start, and rates tuned for the short race: a fair long race would tune them anew.
# As planned, we go on with AdamW's model.
#
# Where in a window is the loss made? A place at the beginning has little to go by, for windows of the exam do not overlap. Predict: after how many tokens is the
# loss as low as it gets?


# %%
@torch.no_grad()
def losses_of(model, pair):
    """Nats of each token: (windows, places)"""
    parts = zip(pair[0].split(64), pair[1].split(64), strict=True)
    each = [
        F.cross_entropy(model(x.to(machine)).transpose(1, 2), y.to(machine), reduction="none")
        for x, y in parts
    ]
    return torch.cat(each).cpu()


by_place = losses_of(reader, exam).mean(dim=0).numpy()
late = by_place[context // 2 :].mean()
print("nats a token, first place:", approx(by_place[0]), "second half of the window:", approx(late))
assert not default or late < by_place[0] - 0.2
print("bits per byte, if every token had half a window before it", approx(bits(late)))

# %% tags=["figure"]
# Curve: mean loss at each place of the window
plot.lines(
    {"our model": by_place},
    title="The first place of a window costs most"
    if by_place[0] == by_place.max()
    else "The loss at each place of a window",
    xlabel="place in the window",
    ylabel="nats a token",
)
plt.show()

# %% [markdown]
# So the cut into windows costs little: in the stored run the first place alone lies above all others, and what follows is mostly scatter. Now the
# second league: let the model, too, **learn from each piece after it has paid for it** (*dynamic evaluation*; Krause et al., 2018). Eight windows are scored with the weights as they are; then one step downhill on them, of a size set by hand; then the next eight.

# %%
adapting = copy.deepcopy(reader).train()
optimiser = torch.optim.SGD(adapting.parameters(), lr=0.3)
paid = 0.0
for x, y in zip(exam[0].split(8), exam[1].split(8), strict=True):
    loss = train.token_loss(adapting(x.to(machine)), y.to(machine))  # paid before it is learnt
    paid += loss.item() * len(x)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
adapted = bits(paid / len(exam[0]))
print("bits per byte, frozen:", approx(score), "reading on:", approx(adapted))
assert not default or score - 0.3 < adapted < score + 0.02

# %% tags=["figure"]
# Two panels of bars: bits per byte of the frozen models, and of those that learn as they read
figure, panels = plt.subplots(1, 2, figsize=(9, 3.4))
for ax, name, rivals, own in zip(
    panels, ("frozen", "reading on"), (frozen, reading_on), (score, adapted), strict=True
):
    field = dict(sorted({**rivals, "our model": own}.items(), key=lambda item: -item[1]))
    plot.bars(
        field,
        title=f"{name.capitalize()}: {list(field)[-1]} is best",
        xlabel="bits per byte (less is better)",
        ax=ax,
    )
    ax.patches[::-1][list(field).index("our model")].set_color("C1")
plt.show()

# %%
beaten_by = {name for name, rival in frozen.items() if rival < score}
beaten_by |= {f"{name} (reading on)" for name, rival in reading_on.items() if rival < adapted}
print("the model is beaten by:", ", ".join(sorted(beaten_by)) or "none of them")
print(
    "numbers in our model",
    approx(shape.parameters),
    "in the 5-gram",
    approx(gram_numbers),
)
if default:
    assert {"5-gram", "5-gram (reading on)", "xz (reading on)"} <= beaten_by
    assert "3-gram" not in beaten_by
    assert shape.parameters < gram_numbers

# %% [markdown]
# Be honest about this picture. In the stored run, after seconds of training on a few hundred kilobytes, the model loses to counting and to looking up. It holds
# fewer numbers than the 5-gram's tables, and it saw less: its windows, drawn at random, missed a good part of the text
# that the rivals read whole. With more size and text such a loss goes on falling ([lesson 1](01_background.ipynb)). The rivals say how far *this* model is from good.
#
# ### Exercise 6b.3 · Does it pay for its own weights? ●●○ 10 min
#
# An honest archive that is packed with a model must hold the model too. The shop's letters take `rival_bits` bits per byte with xz. A model needs `model_bits`, but its file of
# `weights_bytes` bytes must be stored once. From how many bytes of letters on is the archive with the model **smaller**? Return the smallest whole
# number of bytes, or None if that never comes. (Both rates are taken as constant, and a byte has 8 bits.)
#
# <details><summary>Hint 1</summary>How many bytes does the model save on each byte of letters? What must those savings exceed?</details>
# <details><summary>Hint 2</summary>At the point where both archives are of equal size the model's is not yet smaller. And can the saving be nothing, or less?</details>


# %% tags=["exercise-6b.3"]
def pays_from(model_bits, weights_bytes, rival_bits):
    """Smallest number of bytes whose archive, weights included, is smaller than the rival's; None if none is."""
    ### BEGIN SOLUTION
    saved = (rival_bits - model_bits) / 8  # bytes a byte
    if saved <= 0:
        return None
    return math.floor(weights_bytes / saved) + 1
    ### END SOLUTION


# %% tags=["check-6b.3"]
with check("6b.3", pays_from) as c:
    hint = "write both sizes in bytes for n bytes of letters; then try n where they meet, and n + 1"
    cases = [(1.0, 1000, 3.0, 4001), (2.0, 700, 2.3125, 17921), (1.0, 1000, 4.0, 2667), (1.0, 0, 2.0, 1)]
    for model, weights, rival, right in cases:
        got, what = (
            pays_from(model, weights, rival),
            f"{model} bits, {weights} bytes of weights, rival {rival}",
        )
        c.true(got is not None, f"{what}: got None, but with enough letters it pays")
        slips = {
            "there both are of equal size, or the rival is smaller": right - 1,
            "bits and bytes are mixed up": math.floor(weights / (rival - model)) + 1,
            "the model needs some bits itself": math.floor(8 * weights / rival) + 1,
        }
        c.close(got, right, what=what, hint=hint, slips=slips)
    for model, weights, rival in [(2.0, 100, 2.0), (3.0, 100, 2.0), (2.0, 0, 2.0)]:
        what = f"{model} bits, {weights} bytes of weights, rival {rival}"
        c.equal(pays_from(model, weights, rival), None, what=what, hint=hint)

# %% [markdown]
# ## 6b.6 Does it learn all there is to learn?
#
# Real text hides how good a loss *could* be. So plant the truth: a source of 8 letters where the last **two** decide the chances of the
# next. Its *entropy rate* (熵率) is the loss that no model can beat, and a bigram, which sees one letter, cannot reach it. Predict where the
# Transformer ends between the two.

# %%
chances = numpy_stream(seed, "source").dirichlet(np.full(8, 0.4), size=(8, 8))
floor = data.entropy_rate(chances)
source = data.markov_tokens(90_000, chances, seed=seed)
taught, tested = source[:80_000], source[80_000:]

# %%
table = np.ones((8, 8))
np.add.at(table, (taught[:-1], taught[1:]), 1)
table /= table.sum(axis=1, keepdims=True)
bigram = -np.log(table[tested[:-1], tested[1:]]).mean()
print("entropy rate, in nats a letter", approx(floor), "bigram", approx(bigram))
assert floor < bigram

# %% tags=["nbval-ignore-output"]
# output not compared: a progress bar is alive
letters = train.windows(torch.from_numpy(taught), 32)
test = train.windows(torch.from_numpy(tested), 32, stride=32)
torch.manual_seed(child_seed(seed, "student"))
student = Llama(Shape(8, 48, 2, 3, 3, 16, 128)).to(machine)
study = train.fit(
    student,
    letters,
    optimiser=two_rates(student, 0.006),
    epochs=1,
    steps=400,
    batch=16,
    schedule=schedule,
    seed=seed,
)

# %% [markdown]
# The truth itself pays for these letters too, by chance a little more or less than the entropy rate. So compare on the *same* letters.

# %%
ours_each = losses_of(student, test).numpy()  # (windows, places)
truth_each = -np.log(
    chances[test[0][:, :-1], test[0][:, 1:], test[1][:, 1:]]
)  # from place 1 on: two letters seen
excess = (ours_each[:, 1:] - truth_each).mean()
metric("nats_above_truth", excess)
print("the source's own chances pay", approx(truth_each.mean()))
if default:
    assert 0 < excess < 0.09 < bigram - floor - 0.1

# %% tags=["figure"]
# Dots: the model's loss at each place of the window, with the entropy rate and the bigram as lines
ax = plot.lines(
    {"our model": ours_each.mean(axis=0)},
    marker="o",
    title="With two letters in sight it comes down to the floor"
    if excess < 0.09
    else "The loss at each place",
    xlabel="place in the window",
    ylabel="nats a letter",
)
ax.axhline(floor, color="grey", linestyle="--", label="entropy rate")
ax.axhline(bigram, color="C3", linestyle=":", label="bigram")
ax.legend(loc="center right")
plt.show()

# %% [markdown]
# At place 0 it sees one letter, as a bigram does, and, as stored, pays no less; then it sits near the floor. **Of this source, hardly anything is left to
# learn**. But with 64 contexts it proves nothing of links across a page.
#
# ## 6b.7 Two processes, one model
#
# Large models train on many devices. *Data parallel* (数据并行): each process computes the gradient of its share of the batch, all
# gradients are added up, all take the same step. Nothing else changes, so two processes must end where one does. `torchrun` starts them with this script:

# %%
import os
import subprocess
import sys
import tempfile
from pathlib import Path

workplace = tempfile.TemporaryDirectory()
script = Path(workplace.name) / "together.py"
written = script.write_text("""
import torch, torch.distributed as dist
from utils import data
from utils.models import train
from utils.models.nn import Llama, Shape

torch.set_num_threads(1)
dist.init_process_group("gloo")  # how processes talk: gloo between CPUs, nccl between NVIDIA's GPUs
ids = torch.tensor(list(data.python_reference().encode("ascii", "replace")[:50_000]))
torch.manual_seed(0)
model = Llama(Shape(128, 32, 2, 2, 2, 16, 64))
adamw = torch.optim.AdamW(model.parameters(), lr=3e-3)
history = train.fit(model, train.windows(ids, 32), optimiser=adamw, epochs=2, steps=10, batch=16, clip=1.0, progress=False)
if dist.get_rank() == 0:
    print(dist.get_world_size(), *history["loss"])
dist.destroy_process_group()
""")


# %%
def torchrun(processes):
    """The losses of two epochs of the script, with so many processes on this machine."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    alone = {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run([*command, str(script)], capture_output=True, text=True, env=os.environ | alone)
    if done.returncode:
        raise CourseError("torchrun failed: " + (done.stderr.strip().splitlines() or ["it said nothing"])[-1])
    world, *losses = done.stdout.split()
    assert int(world) == processes
    return np.array(losses, dtype=float)


# %% [markdown]
# The same in one process, here, without any word about others:

# %%
ids = torch.tensor(list(data.python_reference().encode("ascii", "replace")[:50_000]))
torch.manual_seed(0)
single_model = Llama(Shape(128, 32, 2, 2, 2, 16, 64))
adamw = torch.optim.AdamW(single_model.parameters(), lr=3e-3)
plan = {"epochs": 2, "steps": 10, "batch": 16, "clip": 1.0, "progress": False}
one = np.array(train.fit(single_model, train.windows(ids, 32), optimiser=adamw, **plan)["loss"])

# %%
two = torchrun(2)
assert np.allclose(one, two, rtol=1e-5)
for name, losses in [("one process", one), ("two processes", two)]:
    print(f"{name}: losses", " then ".join(map(approx, losses)))

# %% [markdown]
# Equal up to the order in which numbers are added. More processes need only another number, and a batch with a window for each. Each still holds
# *all* weights; what does not fit into one device is cut too: `fully_shard` of PyTorch (FSDP2) gathers slices just in time.
#
# ## 6b.8 Break it on purpose
#
# Two bugs that give a *wonderful* loss. **A leak**: forget the mask, and each place can read its answer one place on. **No shift**: take
# the input itself as the target. One block is enough to see it. Predict both curves.


# %%
class Leaky(Llama):
    """A decoder without its mask: every place sees all places."""

    def forward(self, ids):
        T = ids.shape[1]
        x, everything = self.embed(ids), torch.ones(1, 1, T, T, dtype=torch.bool, device=ids.device)
        for layer, block in enumerate(self.blocks):
            x = block(x, self.angles(0, T), layer, None, everything)
        return self.head(self.norm(x))


# %% tags=["nbval-ignore-output"]
# output not compared: progress bars are alive
runs, one_block = {}, replace(shape, layers=1)
for name, kind, pair in [
    ("right", Llama, learn),
    ("no mask", Leaky, learn),
    ("no shift", Llama, (learn[0], learn[0])),
]:
    model = kind(one_block).to(machine)
    model.load_state_dict(new_model(one_block).state_dict())
    plan = {"looks": 10, "pair": pair, "test": None, "batch": 8}
    runs[name] = trained(lambda m: two_rates(m, 0.01), 100, model=model, **plan)

# %%
curves = {name: np.array(history["loss"]) for name, (_, history, _) in runs.items()}
for name, curve in curves.items():
    print(f"{name}: loss", approx(curve[-1]))
repeats = float((runs["no shift"][0](exam[0][:8].to(machine)).argmax(-1).cpu() == exam[0][:8]).float().mean())
print("without the shift, share of guesses that repeat the last token", approx(repeats))
if default:
    assert max(curves["no mask"][-1], curves["no shift"][-1]) < 0.6 * curves["right"][-1]
    assert repeats > 0.9

# %% tags=["figure"]
# Curves: training loss of the right model, the one without a mask and the one without a shift
fooled = all(curves[name][-1] < curves["right"][-1] for name in ("no mask", "no shift"))
plot.lines(
    {name: (np.arange(5, 100, 10), curve) for name, curve in curves.items()},
    marker="o",
    title="Copying is learnt at once, the leak is found later; both look like triumphs"
    if fooled and curves["no shift"][4] < curves["no mask"][4] < curves["right"][4] - 0.3
    else "Three training losses",
    xlabel="steps",
    ylabel="training loss (nats a token)",
)
plt.show()

# %% [markdown]
# *Symptom.* A loss that falls too well, and text that does not keep what the loss promises. Reading one line of output finds the missing shift. For the leak, change
# one token, and look whether any score *before* it moves:

# %%
page = exam[0][:8].to(machine)
turned = page.clone()
turned[:, -1] = (turned[:, -1] + 1) % len(tokenizer)
with torch.no_grad():
    moved = {name: (run[0](page) - run[0](turned))[:, :-1].abs().amax() for name, run in runs.items()}
alarm = {name: bool(change > 1e-6) for name, change in moved.items()}
print("does the last token change earlier scores?", alarm)
assert alarm == {"right": False, "no mask": True, "no shift": False}

# %% [markdown]
# ### Exercise 6b.4 · Find every leak ●●● 20 min
#
# That test changes the *last* token only; a leak between two places in the middle escapes it. Write one that no leak escapes. `model` is a function from ids (B, T) to
# scores (B, T, V), place by place; `ids` is one such tensor. Return True if there is **any** token that changes the scores of **any** earlier place by more than
# 1e-6, in any row; else False.
#
# <details><summary>Hint 1</summary>Which tokens can be changed? Which scores come before each of them? Ids must stay below V; the scores tell you V.</details>
# <details><summary>Hint 2</summary>One loop over the places: a copy with that one token changed in all rows, one call of the model, one comparison of a slice.</details>


# %% tags=["exercise-6b.4"]
def sees_future(model, ids):
    """model: ids (B, T) -> scores (B, T, V). Whether any token changes a score at an earlier place."""
    ### BEGIN SOLUTION
    before = model(ids)
    for place in range(1, ids.shape[1]):
        other = ids.clone()
        other[:, place] = (other[:, place] + 1) % before.shape[-1]
        if (model(other) - before)[:, :place].abs().max() > 1e-6:
            return True
    return False
    ### END SOLUTION


# %% tags=["check-6b.4"]
with check("6b.4", sees_future) as c:
    draws = torch.Generator().manual_seed(5)
    E, ids = torch.randn(9, 9, generator=draws, dtype=torch.double), torch.randint(9, (3, 7), generator=draws)
    E -= E.mean(dim=1, keepdim=True)  # a mean over the scores never moves

    def reads(ids, to=0, since=0, size=0.0, row=slice(None), lift=0.0):
        scores = E[ids].cumsum(1) + lift
        if max(to, since) < ids.shape[1]:
            scores[row, to] += size * E[ids[row, since]]
        return scores

    hint = "each token in turn must be changed, and each time all scores before it compared"
    for what, options in [
        ("the last place to the first", {"to": 0, "since": 6}),
        ("place 3 to place 2", {"to": 2, "since": 3}),
        ("place 1 to place 0", {"to": 0, "since": 1}),
        ("place 5 to place 1", {"to": 1, "since": 5}),
        ("place 4 to place 3, in the last row alone", {"to": 3, "since": 4, "row": 2}),
        ("place 5 to place 4, faint", {"to": 4, "since": 5, "size": 1e-4}),
        ("place 5 to place 4, faint, in large scores", {"to": 4, "since": 5, "size": 1e-4, "lift": 1e3}),
    ]:
        got = sees_future(lambda ids, o={"size": 1.0} | options: reads(ids, **o), ids)
        c.equal(got, True, what=f"a leak from {what}", hint=hint)
    for token in (0, 8):
        got = sees_future(lambda ids: reads(ids, 2, 3, 1.0), torch.full((2, 5), token))
        what = f"a leak from place 3 to place 2 where all tokens are {token} and V is 9"
        c.equal(got, True, what=what, hint="every token must become another one, which the model knows")
    for what, sign in [("raises", 1), ("lowers", -1)]:

        def leaky(ids, sign=sign):
            return torch.cat(
                [E[ids[:, :1]] + sign * ids[:, 4:].sum(dim=1)[:, None, None], E[ids[:, 1:]]], dim=1
            )

        c.equal(
            sees_future(leaky, ids % 8), True, what=f"a later token that {what} the first scores", hint=hint
        )
    for what, model in [("adds up the past", reads), ("sees its own token alone", lambda ids: E[ids])]:
        c.equal(sees_future(model, ids), False, what=f"a model that {what}", hint=hint)
    got = sees_future(lambda ids: reads(ids, 2, 3, 1e-9), ids)
    c.equal(got, False, what="a change of less than 1e-6", hint="by more than 1e-6")
    c.equal(sees_future(reads, ids[:, :1]), False, what="one token", hint=hint)

# %% [markdown]
# ## 6b.9 What the article says
#
# §6.1 names GPT-3 among the models that do well in generating text. This lesson shows what stands behind "well": a number, its unit, and who else reaches it.
# The verdict is in [lesson 6c](06c_generation.ipynb), where models write.
#
# ## Recap
#
# 1. Bits per byte make all models and compressors comparable; say who was frozen and who read on, and keep known paragraphs out of the exam.
# 2. A fair race gives everyone the same tries and says what is equal. In the stored run most of Muon's lead over AdamW was the table's own rate; a part of the rest was left at equal arithmetic, and nothing in a run eight times as long, at the rates of the short one.
# 3. A small model after a short training lost to counting and looking up; its weights must be paid for, too.
# 4. On a planted source the loss came close to the entropy rate; two processes that add up gradients are one.
# 5. A loss too good to be true? Look for a leak, a missing shift, or pages of the exam in the learning text.
#
# **Next:** make it write, and write fast, in [lesson 6c](06c_generation.ipynb). [Back to the map](00_start_here.ipynb)
#
# ## Sources
#
# - C. Shannon (1948), *A mathematical theory of communication*, Bell System Technical Journal 27
# - G. Delétang et al. (2023), *Language modeling is compression*, [arXiv:2309.10668](https://arxiv.org/abs/2309.10668)
# - I. Witten, T. Bell (1991), *The zero-frequency problem*, IEEE Transactions on Information Theory 37: the chance of something new
# - K. Jordan et al. (2024), [*Muon: an optimizer for hidden layers in neural networks*](https://kellerjordan.github.io/posts/muon/); J. Liu et al. (2025), *Muon is scalable for LLM training*, [arXiv:2502.16982](https://arxiv.org/abs/2502.16982)
# - A. Defazio et al. (2023), *When, why and how much? Adaptive learning rate scheduling by refinement*, [arXiv:2310.07831](https://arxiv.org/abs/2310.07831)
# - A. Hägele et al. (2024), *Scaling laws and compute-optimal training beyond fixed training durations*, [arXiv:2405.18392](https://arxiv.org/abs/2405.18392)
# - B. Krause et al. (2018), *Dynamic evaluation of neural sequence models*, [arXiv:1709.07432](https://arxiv.org/abs/1709.07432)
# - P. Deutsch (1996), *DEFLATE compressed data format specification*, RFC 1951: the 32 kB of gzip
# - T. Brown et al. (2020), *Language models are few-shot learners* (GPT-3), [arXiv:2005.14165](https://arxiv.org/abs/2005.14165)
