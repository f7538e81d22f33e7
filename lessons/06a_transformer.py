# %% [markdown]
# # 6a · A language model, from bytes to Llama
#
# Build the model that large models are made of, rung by rung, prove that it is the real thing, and train it on real text.
#
# 75 min to read · under 115 CPU-seconds · under 1,800 MB · GPU: not needed
#
# **You will be able to**
# - cut any text into tokens with a byte-pair encoder that scales, and say what a token costs;
# - build a Transformer of the Llama shape from an average, with an equality proven at each rung;
# - load an open checkpoint into your own code;
# - train it with warm-up, decay and Muon, and judge it in bits per byte against honest rivals;
# - prove that it learns all there is to learn, and train it in two processes at once.
#
# *You need:* training, from [lesson 3b](03b_training.ipynb), and what attention does, from [lesson 2c](02c_architecture.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
corpus: str = "python"  # text: python, tinyshakespeare, tang300, or the path of a UTF-8 file
vocabulary: int = 512  # tokens, 256 bytes among them  in [256, 8192]
width: int = 96  # numbers that stand for a token inside the model  in {32, 64, 96, 128, 192, 256, 384}
layers: int = 3  # blocks  in [1, 12]
context: int = 64  # tokens that the model sees at once  in [16, 1024]
steps: int = 400  # training steps of the main run  in [40, 100000]
batch: int = 16  # stretches of text a step  in [2, 256]
checkpoint: str = ""  # folder of a downloaded Llama checkpoint to try in section 6a.5
device: str = "cpu"  # where to train; best looks for a GPU  in {cpu, best}

# %%
import math
from collections import Counter
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from utils import cost, data, plot
from utils.check import approx, check, claim, metric
from utils.device import best_device
from utils.errors import CourseError
from utils.models import tokens, train
from utils.models.checkpoints import load_llama
from utils.models.nn import Llama, Shape
from utils.params import check_parameters
from utils.repro import seed_everything

check_parameters("06a_transformer", globals())
plot.style()
rng = seed_everything(seed)
machine = best_device("cpu" if device == "cpu" else None)
settings = (seed, corpus, vocabulary, width, layers, context, steps, batch)
default = settings == (0, "python", 512, 96, 3, 64, 400, 16)

# %% [markdown]
# ## 6a.1 What is the next letter?
#
# The shop's answers to customers are typed by hand, the same sentences a hundred times. A *language model* (语言模型) could go on
# where the clerk has begun: from what stands there, it gives every possible next piece of text a probability. Repeat, and it writes.
#
# What are the pieces? Predict first: how many *bytes* (字节) do these five words take, and which of them surprises you?

# %%
for word in ("wheel", "Wheel", " wheel", "Räder", "车轮"):
    print(f"{word!r:9} {len(word)} characters, {len(word.encode())} bytes: {list(word.encode())}")

# %% [markdown]
# Bytes are complete: 256 of them write every language. But they are small, and a model pays for each piece it reads. *Byte-pair
# encoding* (字节对编码, BPE; Sennrich et al., 2016), which [lesson 2c](02c_architecture.ipynb) built, joins the most frequent pair of
# neighbours into a new *token* (词元), again and again. There each merge **counted all text anew**. First our text:


# %%
text = data.text(corpus)
cut = len(text) * 9 // 10
learn_text, exam_text = text[:cut], text[cut:]
need = 20_000 + 40 * context
if len(text.encode()) < need or len(tokens.learn_merges(learn_text[:40_000], 60)) < 60:
    raise CourseError(f"This text is too short or too monotonous; take one of {need:,} bytes or more.")
exam_bytes = len(exam_text.encode())
print("thousand bytes to learn from", approx(len(learn_text.encode()) / 1000))
print("thousand bytes for the exam", approx(exam_bytes / 1000))

# %% [markdown]
# Words are cut first, with GPT-2's pattern, each with the blank before it, and each different word is kept once. Then the slow and
# obvious trainer. `merge`, from `utils.models.tokens`, is lesson 2c's, on numbers: byte ids below 256, merges from 256 on.


# %%
def naive_merges(often, n):
    """The n best pairs, counted over all words anew each time; and how many words were looked at."""
    cut, found, looked = {word: tokens.byte_ids(word) for word in often}, [], 0
    for new in range(256, 256 + n):
        counts = Counter()
        for word, ids in cut.items():
            looked += 1
            for pair in pairwise(ids):
                counts[pair] += often[word]
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        found.append(best)
        cut = {word: tokens.merge(ids, best, new) for word, ids in cut.items()}
    return found, looked


often = tokens.words(learn_text[:40_000])
slow, slow_looked = naive_merges(often, 60)
pieces = tokens.Tokenizer(slow).parts
print("the first merges:", [part.decode(errors="replace") for part in pieces[256:266]])

# %% [markdown]
# One merge changes few words; all other counts stay as they were. So **keep the counts, and for each pair the words that hold it**.
# A merge takes the old pairs of those words off the books and enters the new ones. Predict: what share of the looks is saved?


# %%
def quick_merges(often, n):
    """The same pairs; only words that hold the pair are looked at."""
    cut = {word: tokens.byte_ids(word) for word in often}
    counts, where, found, looked = Counter(), {}, [], len(cut)

    def book(word, sign):
        for pair in pairwise(cut[word]):
            counts[pair] += sign * often[word]
            where.setdefault(pair, set()).add(word)

    for word in cut:
        book(word, +1)
    for new in range(256, 256 + n):
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        found.append(best)
        for word in where.pop(best):
            book(word, -1)
            cut[word] = tokens.merge(cut[word], best, new)
            book(word, +1)
            looked += 1
        del counts[best]
    return found, looked


# %%
quick, quick_looked = quick_merges(often, 60)
assert quick == slow
assert corpus != "python" or quick_looked < slow_looked / 5
print("the same 60 merges; share of the looks", approx(quick_looked / slow_looked))

# %% [markdown]
# `utils.models.tokens.learn_merges` adds one thing, a *heap* (堆) that hands out the best pair without searching. It must give the same
# merges, and so must the trainer of the `tokenizers` library, written in Rust, which many large models use.

# %%
from tokenizers import Tokenizer as Library
from tokenizers import models, pre_tokenizers, trainers

merges = tokens.learn_merges(learn_text, vocabulary - 256)
assert tokens.learn_merges(learn_text[:40_000], 60) == slow

library = Library(models.BPE())
library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
alphabet = pre_tokenizers.ByteLevel.alphabet()
library.train_from_iterator(
    [learn_text],
    trainers.BpeTrainer(vocab_size=vocabulary, initial_alphabet=alphabet, show_progress=False),
)
tokenizer = tokens.Tokenizer(merges)
names = [tokens.spelled(part) for part in tokenizer.parts]
assert library.get_vocab() == {name: number for number, name in enumerate(names)}
print("our trainer and the library's: the same", "vocabulary, token by token")

# %% [markdown]
# Encoding replays the merges in their order. Nothing may be lost, in any language, and the library must cut the same way. The examples
# are hard on purpose: an emoji of several code points, a Tang poem, blanks, nothing at all.

# %%
night = "床前明月光，疑是地上霜。举头望明月，低头思故乡。"  # Li Bai, 8th century
samples = [exam_text[:5000], "The derailleur won't shift!", night, "👩🏽‍🔧 2.5 bar\n\n\t x", ""]
for sample in samples:
    ids = tokenizer.encode(sample)
    assert tokenizer.decode(ids) == sample
    assert tokens.to_library(tokenizer).encode(sample).ids == ids
print(len(samples), "texts there and back, cut as the library cuts them")

# %% [markdown]
# What does a token cost? Models and their bills count tokens, so **bytes per token** is a price. Our encoder learnt from one corpus.
# Predict the order for unseen text of the same kind, for program code, and for Chinese.

# %%
import heapq
import inspect

kinds = {"same corpus": exam_text, "Python code": inspect.getsource(heapq), "Chinese poem": night}
per_token = {kind: len(t.encode()) / len(tokenizer.encode(t)) for kind, t in kinds.items()}
for kind, value in per_token.items():
    print(f"{kind}: bytes per token", approx(value))
assert min(per_token.values()) >= 1
if default:
    assert per_token["same corpus"] > 1.8 > 1.2 > per_token["Chinese poem"]
most = max(per_token, key=per_token.get)
title = f"Most bytes in a token: {most}" if merges else "No merges: a token is a byte"
ax = plot.bars(per_token, title=title, xlabel="bytes per token")
plt.show()

# %% [markdown]
# Nearly every Chinese character takes three bytes; at one byte per token, as in the stored run, the poem costs three tokens a character.
# That is a fact about *this* tokenizer's diet, not about Chinese: with `corpus="tang300"` the poem needs fewer tokens than the code.
#
# ### Exercise 6a.1 · One measure for all ●○○ 5 min
#
# A loss per token is no fair measure: larger tokens are harder to guess. Convert it. A model has the mean loss `nats` per token on a text
# cut into `n_tokens` tokens, `n_bytes` bytes long. How many **bits per byte** (每字节比特数) is that?
#
# <details><summary>Hint 1</summary>The whole text costs nats · n_tokens. Spread that over the bytes.</details>
# <details><summary>Hint 2</summary>One bit is ln 2 nats, so divide by ln 2.</details>


# %% tags=["exercise-6a.1"]
def bits_per_byte(nats, n_tokens, n_bytes):
    """Bits per byte of a text from its mean loss in nats per token."""
    ### BEGIN SOLUTION
    return nats * n_tokens / n_bytes / math.log(2)
    ### END SOLUTION


# %% tags=["check-6a.1"]
with check("6a.1", bits_per_byte) as c:
    for nats, n_tokens, n_bytes in [(math.log(256), 100, 100), (2.0, 500, 1500), (3.1, 20_538, 46_591)]:
        right = nats * n_tokens / n_bytes / math.log(2)
        c.close(
            bits_per_byte(nats, n_tokens, n_bytes),
            right,
            what=f"{nats:.3g} nats a token, {n_tokens} tokens, {n_bytes} bytes",
            hint="total nats = nats · tokens; divide by the bytes and by ln 2",
            slips={
                "those are nats per byte; divide by ln 2": right * math.log(2),
                "one bit is ln 2 nats: divide by ln 2, do not multiply": right * math.log(2) ** 2,
                "tokens and bytes have changed places": nats * n_bytes / n_tokens / math.log(2),
                "those are bits per token; spread them over the bytes": nats / math.log(2),
            },
        )

# %% [markdown]
# ## 6a.2 From an average to attention
#
# To guess what comes next, a token should know what came before. The crudest way: let each place hold the **average** of all places up to
# its own. Here are five tokens with three numbers each, first with a loop, then as one product with a matrix of weights.

# %%
x = torch.randn(5, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.double)
by_loop = torch.stack([x[: t + 1].mean(dim=0) for t in range(5)])

equal_weights = torch.tril(torch.ones(5, 5, dtype=torch.double))
equal_weights /= equal_weights.sum(dim=1, keepdim=True)
assert torch.allclose(equal_weights @ x, by_loop)

hidden_future = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)
by_softmax = torch.zeros(5, 5, dtype=torch.double).masked_fill(hidden_future, -torch.inf).softmax(dim=1)
assert torch.equal(by_softmax, equal_weights)
print(by_softmax.numpy().round(2))

# %% [markdown]
# The third form is the door to everything: *scores*, all 0 for now; the future masked with −∞; softmax makes each row a share of 1. If the
# scores depend on the tokens, the average becomes a choice. Let each token send a **query** (查询) $q$, "what do I look for", a **key** (键)
# $k$, "what am I", and a **value** (值) $v$, "what I tell", of $D$ numbers each. Place $t$ then takes from all places $s$ up to its own:
#
# $$\text{attention}(q, k, v)_t = \sum_{s \le t} \operatorname{softmax}_s\!\left(\frac{q_t \cdot k_s}{\sqrt D}\right) v_s$$


# %%
def attend(q, k, v, causal=True):
    """Attention: q, k, v (…, T, D) -> (…, T, D)"""
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (…, T, T)
    future = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).triu(1) & causal
    return scores.masked_fill(future, -torch.inf).softmax(dim=-1) @ v


def attend_loops(q, k, v):
    """The same, as the formula reads: one query and one key at a time."""
    out = torch.zeros_like(v)
    for t in range(len(q)):
        weights = [math.exp(q[t] @ k[s] / math.sqrt(q.shape[-1])) for s in range(t + 1)]
        for s in range(t + 1):
            out[t] += weights[s] / sum(weights) * v[s]
    return out


# %%
numbers = torch.Generator().manual_seed(seed)


def draw(*shape):
    """Normal numbers, new ones at each call."""
    return torch.randn(*shape, generator=numbers, dtype=torch.double)


q, k, v = draw(6, 4), draw(6, 4), draw(6, 4)
assert torch.allclose(attend(q, k, v), attend_loops(q, k, v))
zero_keys = attend(q, torch.zeros_like(k), v)
assert torch.allclose(zero_keys, torch.stack([v[: t + 1].mean(dim=0) for t in range(6)]))
print("loops and matrices agree; without keys it is the average again")

# %% [markdown]
# **Many heads.** One softmax makes one choice. Let $H$ *heads* (注意力头) look for different things, each in its own $D$ numbers. No loop is
# needed: heads become one more axis. PyTorch has one *fused* function (融合算子) that does all this in a single pass; it is our referee.

# %%
B, T, H, D = 2, 7, 3, 4
q, k, v = draw(B, T, H * D), draw(B, T, H * D), draw(B, T, H * D)


def split(t, heads):
    return t.view(*t.shape[:2], heads, -1).transpose(1, 2)  # (B, T, H*D) -> (B, H, T, D)


one_by_one = [attend(*(t[..., h * D : (h + 1) * D] for t in (q, k, v))) for h in range(H)]
at_once = attend(split(q, H), split(k, H), split(v, H)).transpose(1, 2).reshape(B, T, H * D)
assert torch.allclose(at_once, torch.cat(one_by_one, dim=-1))
fused = F.scaled_dot_product_attention(split(q, H), split(k, H), split(v, H), is_causal=True)
assert torch.allclose(fused, attend(split(q, H), split(k, H), split(v, H)))
print("heads one by one, heads as an axis, PyTorch's kernel: all equal")

# %% [markdown]
# ### Exercise 6a.2 · Two letters in one row ●●○ 15 min
#
# Training packs many short letters (信件, not characters) into one row of tokens. A token must not attend to *another* letter. Given `letter`, a vector with the
# number of each token's letter, return the mask: a T×T tensor of bools, True where row $t$ may see column $s$.
#
# <details><summary>Hint 1</summary>Two conditions at once: s ≤ t, and the same letter.</details>
# <details><summary>Hint 2</summary>`letter[:, None] == letter[None, :]` compares all pairs; `torch.ones(T, T).tril().bool()` is the causal part. Combine with &.</details>


# %% tags=["exercise-6a.2"]
def letter_mask(letter):
    """letter (T,) int64 -> (T, T) bool: may row t see column s?"""
    ### BEGIN SOLUTION
    same = letter[:, None] == letter[None, :]
    return same & torch.ones(len(letter), len(letter), dtype=torch.bool).tril()
    ### END SOLUTION


# %% tags=["check-6a.2"]
with check("6a.2", letter_mask) as c:
    for rows in ([0, 0, 0, 1, 1], [4, 4, 2, 2, 2, 9], [7], [1, 2, 1, 2]):
        letter = torch.tensor(rows)
        same = np.array([[a == b for b in rows] for a in rows])
        causal = np.tril(np.ones((len(rows), len(rows)), dtype=bool))
        got = letter_mask(letter)
        c.true(got is not None, "got None; does the function end with `return …`?")
        got = torch.as_tensor(got)
        c.true(got.dtype == torch.bool, f"the mask holds {got.dtype}, not bools; True means: may see")
        c.close(
            got.int(),
            (same & causal).astype(int),
            what=f"letters {rows}",
            hint="same letter, and s ≤ t; a token sees itself",
            slips={
                "a later token is visible: add the causal condition": same.astype(int),
                "another letter is visible: compare the letters": causal.astype(int),
                "turn it round: True is where a token may look": 1 - (same & causal),
                "rows are the tokens that look; yours look into the future": (same & causal.T).astype(int),
                "a token may see itself": (same & np.tril(causal, -1)).astype(int),
            },
        )

# %% [markdown]
# ## 6a.3 Where am I?
#
# Shuffle the earlier tokens of a sentence, and one layer of attention gives the last place **the same answer**: it sees a bag of words.
# Something must say where each token stands. *Rotary positions* (旋转位置编码, RoPE; Su et al., 2021) turn the query and the key like hands of
# a clock: pair $i$ of numbers by the angle $t\,\theta_i$ at place $t$, with $\theta_i = b^{-2i/D}$; the base $b$ is often 10,000.

# %%
q, k, v = draw(6, 4), draw(6, 4), draw(6, 4)
mixed = torch.tensor([3, 0, 4, 1, 2, 5])
assert torch.allclose(attend(q, k, v)[-1], attend(q[mixed], k[mixed], v[mixed])[-1])
print("the last place does not notice that the others were shuffled")


def rotate(x, start=0, base=10000.0):
    """Turn the pairs (i, i + D/2) of x (…, T, D) by the angles of their places."""
    T, D = x.shape[-2:]
    theta = base ** (-torch.arange(0, D, 2, dtype=x.dtype, device=x.device) / D)
    angle = torch.outer(torch.arange(start, start + T, dtype=x.dtype, device=x.device), theta)  # (T, D/2)
    first, second = x.chunk(2, dim=-1)
    turned = (first * angle.cos() - second * angle.sin(), second * angle.cos() + first * angle.sin())
    return torch.cat(turned, dim=-1)


# %% [markdown]
# Why turn, rather than add a number? A rotation keeps lengths, and the product of two turned vectors depends only on the **difference** of
# their angles: on the distance. Predict: what happens to all scores if the whole sentence moves 100 places on?

# %%
here = rotate(q) @ rotate(k).T
moved = rotate(q, start=100) @ rotate(k, start=100).T
assert torch.allclose(here, moved)
assert torch.allclose(rotate(q).norm(dim=-1), q.norm(dim=-1))
print("moved by 100 places: the same scores, the same lengths")

one = torch.ones(1, 32, dtype=torch.double)
distances = np.arange(0, 200)
for base, label in [(10000.0, "base 10,000"), (100.0, "base 100")]:
    scores = [float(rotate(one, 0, base) @ rotate(one, d, base).T) / 32 for d in distances]
    plt.plot(distances, scores, label=label)
plt.legend()
plt.gca().set(
    title="Equal vectors score less as they move apart",
    xlabel="distance (tokens)",
    ylabel="score, share of the largest",
)
plt.show()

# %% [markdown]
# Small $\theta_i$ turn slowly: with base 10,000 the slowest pair has hardly moved after 200 tokens, so far places stay distinguishable.
# Models for long texts use larger bases still.
#
# ### Exercise 6a.3 · Turn one query ●●○ 15 min
#
# Rotate **one** vector `x` of even length D at place `t`, with NumPy: pair $i$ is $(x_i, x_{i + D/2})$, its angle $t \cdot b^{-2i/D}$.
# The check also asks whether your scores depend on the distance alone.
#
# <details><summary>Hint 1</summary>theta = base ** (−2·i / D) for i = 0 … D/2 − 1. The first half of x goes with the second half.</details>
# <details><summary>Hint 2</summary>A rotation sends (a, b) to (a·cos − b·sin, b·cos + a·sin). Join the two halves with np.concatenate.</details>


# %% tags=["exercise-6a.3"]
def turn(x, t, base=10000.0):
    """x (D,) at place t -> the rotated vector (D,)"""
    ### BEGIN SOLUTION
    half = len(x) // 2
    angle = t * base ** (-2 * np.arange(half) / len(x))
    a, b = x[:half], x[half:]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)])
    ### END SOLUTION


# %% tags=["check-6a.3"]
with check("6a.3", turn) as c:
    draws = np.random.default_rng(3)
    hint = "pair i is (x[i], x[i + D/2]), its angle t·base**(−2i/D)"
    for D, t, base in [(2, 1, 10000.0), (8, 5, 10000.0), (6, 40, 100.0)]:
        x, i = draws.normal(size=D), np.arange(D // 2)
        z, before = x[: D // 2] + 1j * x[D // 2 :], x.copy()

        def turned(angle, z=z):
            w = z * np.exp(1j * angle)
            return np.concatenate([w.real, w.imag])

        slips = {
            "places count from 0: the angle at place t is t·theta": turned((t + 1) * base ** (-2 * i / D)),
            "it turns the other way: a·cos − b·sin": turned(-t * base ** (-2 * i / D)),
            "the exponent is −2i/D, not −i/D": turned(t * base ** (-i / D)),
            "the exponent is negative: later pairs turn slower": turned(t * base ** (2 * i / D)),
            "every pair turns by the same angle; use theta of the pair": turned(np.full(D // 2, float(t))),
        }
        what = f"D = {D}, place {t}, base {base:g}"
        c.close(turn(x, t, base), turned(t * base ** (-2 * i / D)), what=what, hint=hint, slips=slips)
        c.true(np.array_equal(x, before), "the vector that came in was changed; make a new one")
    x, y = draws.normal(size=(2, 8))
    near, far = np.dot(turn(x, 9), turn(y, 4)), np.dot(turn(x, 105), turn(y, 100))
    c.close(near, far, what="scores at distance 5, here and 96 places on")

# %% [markdown]
# **Grouped queries.** Each token's keys and values stay in memory while the model writes. Let several query heads *share* one key and value
# head (分组查询注意力; Ainslie et al., 2023), and that memory shrinks. Predict by how much for Llama 3 8B, with 32 query heads and 8 shared
# ones.

# %%
q, k, v = draw(1, 6, 7, 4), draw(1, 2, 7, 4), draw(1, 2, 7, 4)  # six query heads, two key-value heads
copied = attend(q, k.repeat_interleave(3, dim=1), v.repeat_interleave(3, dim=1))
assert torch.allclose(copied, F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True))
full, grouped = (cost.cache_bytes(32, heads, 128, tokens=8192) for heads in (32, 8))
print(f"cache of 8,192 tokens: {full / 2**30:.0f} GiB with 32 key heads, {grouped / 2**30:.0f} GiB with 8")

# %% [markdown]
# ## 6a.4 The block, and the whole
#
# Three more parts, each a line. **RMSNorm** divides a token's numbers by their root mean square. **SwiGLU** (Shazeer, 2020) is the small
# network, with one projection as a gate for another: $W_\downarrow\,(\text{silu}(W_g x) \odot W_u x)$, where $\text{silu}(z) = z/(1 + e^{-z})$
# and $\odot$ multiplies number by number.
# And the **residual** (残差): each part only *adds* to what flows through.


# %%
class RMSNorm(nn.Module):
    """x / sqrt(mean(x²) + ε), times a weight for each number."""

    def __init__(self, width, epsilon=1e-5):
        super().__init__()
        self.weight, self.epsilon = nn.Parameter(torch.ones(width)), epsilon

    def forward(self, x):
        return x * torch.rsqrt((x * x).mean(dim=-1, keepdim=True) + self.epsilon) * self.weight


sample = draw(2, 5, 8).float()
assert torch.allclose(RMSNorm(8)(sample), nn.RMSNorm(8, eps=1e-5)(sample), atol=1e-6)
print("our RMSNorm equals PyTorch's")


# %%
class MLP(nn.Module):
    """SwiGLU; gate and up stand in one matrix."""

    def __init__(self, width, hidden):
        super().__init__()
        self.up, self.down = nn.Linear(width, 2 * hidden, bias=False), nn.Linear(hidden, width, bias=False)

    def forward(self, x):
        gate, up = self.up(x).chunk(2, dim=-1)
        return self.down(gate * torch.sigmoid(gate) * up)


# %%
class Attention(nn.Module):
    """H query heads share K keys and values; one matrix makes all three."""

    causal = True

    def __init__(self, width, heads, kv_heads, head_width):
        super().__init__()
        self.heads, self.kv_heads, self.head_width = heads, kv_heads, head_width
        self.qkv = nn.Linear(width, (heads + 2 * kv_heads) * head_width, bias=False)
        self.out = nn.Linear(heads * head_width, width, bias=False)

    def forward(self, x):
        B, T, _ = x.shape
        heads = self.qkv(x).view(B, T, -1, self.head_width).transpose(1, 2)  # (B, H + 2K, T, D)
        q, k, v = heads.split([self.heads, self.kv_heads, self.kv_heads], dim=1)
        share = self.heads // self.kv_heads
        k, v = rotate(k).repeat_interleave(share, dim=1), v.repeat_interleave(share, dim=1)
        y = attend(rotate(q), k, v, self.causal)  # (B, H, T, D)
        return self.out(y.transpose(1, 2).reshape(B, T, -1))


# %%
class Block(nn.Module):
    """Each part adds to what flows through."""

    def __init__(self, s):
        super().__init__()
        self.norm1, self.attention = RMSNorm(s.width), Attention(s.width, s.heads, s.kv_heads, s.head_width)
        self.norm2, self.mlp = RMSNorm(s.width), MLP(s.width, s.hidden)

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


# %% [markdown]
# A table of vectors at the bottom, blocks, a last norm, and the table again at the top to score every token: that is a **decoder** of
# the *Llama shape* (Touvron et al., 2023), a family that many open models belong to. `Shape` holds its numbers and counts its
# parameters.


# %%
class Decoder(nn.Module):
    """Scores of every next token: ids (B, T) -> (B, T, V)"""

    def __init__(self, shape):
        super().__init__()
        self.embed = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.Sequential(*(Block(shape) for _ in range(shape.layers)))
        self.norm = RMSNorm(shape.width)

    def forward(self, ids):
        return self.norm(self.blocks(self.embed(ids))) @ self.embed.weight.T


shape = Shape(
    vocabulary=len(tokenizer),
    width=width,
    layers=layers,
    heads=width // 16,
    kv_heads=width // 32,
    head_width=16,
    hidden=8 * width // 3,
)
ours = Decoder(shape)
assert sum(p.numel() for p in ours.parameters()) == shape.parameters
print("parameters", approx(shape.parameters))

# %% [markdown]
# `utils.models.nn.Llama` is this decoder for daily use: the fused kernel instead of `attend`, and a cache for [lesson 6c](06c_generation.ipynb).
# Same names, so its weights fit into ours, and both must give equal scores. And the test every language model must pass: change a
# token, and nothing *before* it may change.

# %%
torch.manual_seed(seed)
daily = Llama(shape).eval()
ours.load_state_dict({name: w for name, w in daily.state_dict().items() if name != "head.weight"})
ids = torch.from_numpy(rng.integers(len(tokenizer), size=(3, context)))
other = ids.clone()
other[:, context // 2] = (other[:, context // 2] + 1) % len(tokenizer)
with torch.no_grad():
    assert torch.allclose(ours(ids), daily(ids), atol=1e-5)
    changed = (ours(ids) - ours(other)).abs().amax(dim=(0, 2)) > 0
assert not changed[: context // 2].any()
assert changed[context // 2]
print("ours equals utils.models.nn.Llama; the past does not know the future")

# %% [markdown]
# ## 6a.5 Is it really a Llama?
#
# A claim this large needs a referee that shares no code with us. The `transformers` library has its own `LlamaForCausalLM`. Let it make a
# tiny model with **random weights**, and write it to a folder as published checkpoints are: `config.json` and safetensors. We read the
# folder. If one sign, order or constant differed, the scores would not agree.

# %%
import tempfile

from transformers import LlamaConfig, LlamaForCausalLM
from transformers.utils import logging

logging.disable_progress_bar()
config = LlamaConfig(
    vocab_size=101,
    hidden_size=64,
    intermediate_size=160,
    num_hidden_layers=3,
    num_attention_heads=8,
    num_key_value_heads=2,
    tie_word_embeddings=False,
)
torch.manual_seed(seed)
theirs = LlamaForCausalLM(config).eval()
workplace = tempfile.TemporaryDirectory()
folder = Path(workplace.name)
theirs.save_pretrained(folder)
print(sorted(path.name for path in folder.iterdir()))

# %%
loaded = load_llama(folder)
ids = torch.from_numpy(rng.integers(101, size=(4, 200)))
with torch.no_grad():
    single = (loaded(ids) - theirs(ids).logits).abs().max()
    double = (loaded.double()(ids) - theirs.double()(ids).logits).abs().max()
assert single < 1e-5
assert double < 1e-7
print("largest difference of", 4 * 200 * 101, "scores: below 1e-5 in float32, below 1e-7 in float64")

# %% [markdown]
# (In float64 the angles of both are still made in float32.) So **any open checkpoint of this family fits into the code above**. Which could
# a small shop take? The counts come from the published shapes; a licence is part of the price.

# %%
open_models = {
    "SmolLM2 360M": (Shape(49152, 960, 32, 15, 5, 64, 2560), "Apache-2.0"),
    "TinyLlama 1.1B": (Shape(32000, 2048, 22, 32, 4, 64, 5632, tied=False), "Apache-2.0"),
    "Llama 3 8B": (Shape(128256, 4096, 32, 32, 8, 128, 14336, tied=False), "Llama 3 community licence"),
}
for name, (s, licence) in open_models.items():
    print(f"{name:15} {s.parameters:13,} parameters, {2 * s.parameters / 1e9:5.2f} GB in 16 bits, {licence}")
assert open_models["SmolLM2 360M"][0].parameters == 361_821_120
assert open_models["Llama 3 8B"][0].parameters == 8_030_261_248

# %% [markdown]
# The Llama community licence asks companies with over 700 million monthly users to request a licence of their own: open *weights* are not
# open *source*. To try a checkpoint, download its folder, name it in the parameter `checkpoint`, and the cell below continues a sentence.

# %%
if checkpoint:
    writer = load_llama(checkpoint)
    file = Path(checkpoint) / "tokenizer.json"
    if not file.is_file():
        raise CourseError(
            f"{file} is missing: the checkpoint's tokenizer; fetch it from where the weights came."
        )
    letters = Library.from_file(str(file))
    line = torch.tensor([letters.encode("A bicycle is").ids])
    if not line.numel() or line.max() >= writer.shape.vocabulary:
        raise CourseError(f"{file} is not the tokenizer of these weights; fetch both from one place.")
    with torch.no_grad():
        for _ in range(20):
            line = torch.cat([line, writer(line, last=True)[:, -1].argmax(-1, keepdim=True)], dim=1)
    print(letters.decode(line[0].tolist()))
else:
    print("no checkpoint named: the proof above is all we need here")

# %% [markdown]
# ## 6a.6 Rivals
#
# Now train. But what is a good loss? **Compression is prediction**: a model that gives the text the probability $P$ can store it in
# $-\log_2 P$ bits. So our rivals are compressors, and *n-gram* models, which count what followed the last $n - 1$ bytes. All
# read the learning text first, as our model will: of a compressor we take the bytes that the exam *adds*. Predict which is the best.


# %%
def n_gram_bits(n, learn, exam):
    """Bits per byte of a byte n-gram model; where a long context was seen rarely, shorter ones count more (Witten & Bell)."""
    grams = [Counter(learn[i : i + size] for i in range(len(learn) - size + 1)) for size in range(1, n + 1)]
    totals, kinds = Counter(), Counter()
    for table in grams:
        for gram, count in table.items():
            totals[gram[:-1]] += count
            kinds[gram[:-1]] += 1
    bits = 0.0
    for i in range(n, len(exam)):
        p = 1 / 256
        for size, table in enumerate(grams):
            seen = exam[i - size : i]
            if totals[seen]:
                p = (table[exam[i - size : i + 1]] + kinds[seen] * p) / (totals[seen] + kinds[seen])
        bits -= math.log2(p)
    return bits / (len(exam) - n)


# %%
import gzip
import lzma

a, b = learn_text.encode(), exam_text.encode()
rivals = {f"{n}-gram": n_gram_bits(n, a, b) for n in (1, 2, 3, 5)}
for name, packed in [("gzip", lambda t: gzip.compress(t, 9)), ("xz", lambda t: lzma.compress(t, preset=9))]:
    rivals[name] = (
        8 * (len(packed(a + b)) - len(packed(a))) / len(b)
    )  # what the exam adds to the learning text
for name, rival in rivals.items():
    print(f"{name}: bits per byte", approx(rival))
if default:
    assert 1.6 < rivals["5-gram"] < 2.2
    assert 1.3 < rivals["xz"] < 1.5
    assert 8 > rivals["1-gram"] > rivals["2-gram"] > rivals["3-gram"] > rivals["5-gram"]

# %% [markdown]
# ### Exercise 6a.4 · Count a bigram ●●○ 20 min
#
# Build the smallest of these rivals yourself: from a byte text `learn`, estimate the chance that byte $b$ follows byte $a$ as
# $(n_{ab} + 1) / (n_a + 256)$, where $n_a$ counts how often $a$ *is followed* by something. Return the mean bits of each byte of `exam`
# after its first.
#
# <details><summary>Hint 1</summary>np.frombuffer(text, np.uint8) gives the numbers. Count pairs in a 256 × 256 table: np.add.at(table, (x[:-1], x[1:]), 1).</details>
# <details><summary>Hint 2</summary>p = (table + 1) / (table.sum(axis=1, keepdims=True) + 256); then the mean of −log2 p[exam[:-1], exam[1:]].</details>


# %% tags=["exercise-6a.4"]
def bigram_bits(learn, exam):
    """Bits per byte of `exam` (bytes) under a smoothed bigram model of `learn` (bytes)."""
    ### BEGIN SOLUTION
    x, y = (np.frombuffer(text, np.uint8) for text in (learn, exam))
    table = np.zeros((256, 256))
    np.add.at(table, (x[:-1], x[1:]), 1)
    p = (table + 1) / (table.sum(axis=1, keepdims=True) + 256)
    return -np.log2(p[y[:-1], y[1:]]).mean()
    ### END SOLUTION


# %% tags=["check-6a.4"]
with check("6a.4", bigram_bits) as c:
    for learn, exam in [
        (b"abab", b"aba"),
        (b"the wheel of the bicycle", b"the bicycle wheel"),
        (b"zzz", b"abc"),
    ]:
        pairs, firsts = Counter(pairwise(learn)), Counter(learn[:-1])
        own, own_firsts = Counter(pairwise(exam)), Counter(exam[:-1])
        bits = [-math.log2((pairs[p] + 1) / (firsts[p[0]] + 256)) for p in pairwise(exam)]
        cheat = [-math.log2((own[p] + 1) / (own_firsts[p[0]] + 256)) for p in pairwise(exam)]
        back = Counter(learn[1:])
        slips = {
            "those are nats; use log2": np.mean(bits) * math.log(2),
            "divide by the number of pairs, one fewer than bytes": np.sum(bits) / len(exam),
            "the counts come from the exam itself; count in `learn`": np.mean(cheat),
            "that is the sum; take the mean over the pairs": np.sum(bits),
            "the divisor counts bytes as second of a pair; n_a counts a as first": np.mean(
                [-math.log2((pairs[p] + 1) / (back[p[1]] + 256)) for p in pairwise(exam)]
            ),
        }
        hint = "(pairs[a, b] + 1) / (pairs[a].sum() + 256)"
        c.close(
            bigram_bits(learn, exam), np.mean(bits), what=f"{learn!r}, then {exam!r}", slips=slips, hint=hint
        )

# %% [markdown]
# ## 6a.7 Train it
#
# The text becomes one long row of ids. A *window* is `context` of them, its targets the same one place on. Every place starts a window,
# and `windows` makes no copies. Before the first step, ask the model what it knows: nothing, so its loss must be close to $\ln V$.

# %%
learn_ids, exam_ids = (torch.tensor(tokenizer.encode(t)) for t in (learn_text, exam_text))
if len(exam_ids) <= context:
    raise CourseError("The exam is shorter than one window; take a longer text or a smaller `context`.")
learn = train.windows(learn_ids, context)
exam = train.windows(exam_ids, context, stride=context)
exam_n = exam[0].numel()


def bits(nats):
    """Bits per byte of the exam from its mean loss per token."""
    return nats * len(exam_ids) / exam_bytes / math.log(2)


first_loss, _ = train.evaluate(daily, exam)
assert abs(first_loss - math.log(len(tokenizer))) < (0.1 if default else 1)
print("first loss", approx(first_loss), "and ln V", approx(math.log(len(tokenizer))))

# %% [markdown]
# **The schedule.** Adam's averages are empty at first and early gradients large, so the rate *warms up* (预热) from near 0, then stays
# level, then falls in a line to 0 over the last 80 % of the run: long strides first, then the fine work (Hägele et al., 2024).
#
# **The optimiser.** AdamW treats a matrix as a heap of numbers. *Muon* (Jordan et al., 2024) treats it as a matrix: it takes the momentum and
# sets all its *singular values* (奇异值) near 1, so that weak directions learn as fast as loud ones. It never computes them: five rounds of
# a polynomial push them there. Watch it happen:

# %%
momentum = draw(24, 16)
momentum = momentum / momentum.norm()
values = [torch.linalg.svdvals(momentum)]
for _ in range(5):
    gram = momentum @ momentum.T
    momentum = 3.4445 * momentum + (-4.775 * gram + 2.0315 * gram @ gram) @ momentum
    values.append(torch.linalg.svdvals(momentum))
ax = plot.lines(
    {f"round {n}": values[n].numpy() for n in (0, 2, 5)},
    marker="o",
    title="Five rounds bring every direction close to 1",
    xlabel="direction, strongest first",
    ylabel="singular value",
)
assert 0.4 < values[-1].min() < values[-1].max() < 1.4
plt.show()


# %%
def trained(optimiser_of, steps, looks=5, watch=None):
    """A model from the same start, and its history with `looks` looks at the exam; at each, `watch(model)` may show it."""
    torch.manual_seed(seed)
    model = Llama(shape).to(machine)
    history = train.fit(
        model,
        learn,
        exam,
        optimiser=optimiser_of(model),
        epochs=looks,
        steps=max(1, steps // looks),
        batch=batch,
        schedule=train.warm_up_and_decay(0.1),
        seed=seed,
        on_epoch=lambda history: watch(model) if watch else None,
    )
    return model, history


def adamw(lr):
    return lambda model: torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.95), weight_decay=0.1)


# %% [markdown]
# A fair race gives each its own good rate: three rates of AdamW against the one of Muon that `utils.models.train.muon` suggests. It takes Muon for the
# matrices in the blocks, and AdamW for the table and the norms.

# %% tags=["nbval-ignore-output"]
# output not compared: progress bars are alive
race = {f"AdamW {lr:g}": trained(adamw(lr), steps // 5, looks=4)[1] for lr in (0.002, 0.006, 0.018)}
race["Muon 0.02"] = trained(train.muon, steps // 5, looks=4)[1]

# %%
ends = {name: bits(history["val_loss"][-1]) for name, history in race.items()}
for name, end in ends.items():
    print(f"{name}: bits per byte", approx(end))
if default:
    assert ends["Muon 0.02"] < min(end for name, end in ends.items() if name != "Muon 0.02") - 0.05
at = np.arange(1, 5) * (steps // 20)
ax = plot.lines(
    {name: (at, np.array([bits(loss) for loss in history["val_loss"]])) for name, history in race.items()},
    marker="o",
    title=f"From the same start, {min(ends, key=ends.get)} goes deepest in as many steps",
    xlabel="steps",
    ylabel="bits per byte on the exam",
)
ax.legend(loc="upper right", ncols=2)
plt.show()

# %% [markdown]
# A step of Muon costs more arithmetic than one of AdamW, here by the polynomial on every matrix; compare times as well as steps before you
# choose. Now the main run. At each look the model may write a few words: each next token is drawn from its probabilities.


# %%
@torch.no_grad()
def write(model, start, n=60):
    """`n` tokens drawn one by one after a start."""
    ids = torch.tensor([tokenizer.encode(start)], device=machine)
    draws = torch.Generator().manual_seed(seed)
    for _ in range(n):
        chances = model(ids[:, -context:], last=True)[0, -1].softmax(dim=-1).cpu()
        ids = torch.cat([ids, torch.multinomial(chances, 1, generator=draws)[None].to(machine)], dim=1)
    return tokenizer.decode(ids[0].tolist())


# %% tags=["nbval-ignore-output"]
# output not compared: a progress bar, and text that a last digit can turn
start = exam_text[:24].rpartition(" ")[0].strip() or exam_text[:8]
print("untrained:", repr(write(daily.to(machine), start, n=20)))
reader, history = trained(train.muon, steps, watch=lambda model: print(repr(write(model, start, n=20))))
print("trained:", write(reader, start))

# %%
score = bits(history["val_loss"][-1])
metric("bits_per_byte", score)
metric("val_loss", history["val_loss"][-1])
assert score < bits(first_loss)  # it has learnt something
if default:
    assert 1.6 < score < rivals["3-gram"] - 0.2
field = dict(sorted({**rivals, "our model": score}.items(), key=lambda item: -item[1]))
ax = plot.bars(
    field,
    title=f"{list(field)[-1]} leads the field; our model is the orange bar",
    xlabel="bits per byte of the exam (less is better)",
)
ax.patches[::-1][list(field).index("our model")].set_color("C1")
plt.show()

# %% [markdown]
# Be honest about this picture. In the stored run xz and the 5-gram beat us: they store *all* their text, and a manual repeats itself, whole
# sentences long. Their store grows with every byte, and new text repeats less; the Transformer's numbers stay as many as they were, and
# lesson [1](01_background.ipynb) showed that its loss keeps falling with size and text. So the rivals say how far a model of this size is from good.
#
# ### Exercise 6a.5 · Choose the vocabulary ●●● 30 min
#
# You will train on a fixed text of many *bytes*. A larger vocabulary cuts it into fewer tokens, but each token then pays for a larger output
# matrix. Training costs about $6\,N$ FLOPs a token, where $N = 12\,L\,d^2 + V d$, with $L$ layers of width $d$. `options` maps each vocabulary size $V$ to its measured
# bytes per token. Return the $V$ with the fewest FLOPs **per byte**.
#
# <details><summary>Hint 1</summary>FLOPs per byte = FLOPs per token / bytes per token.</details>
# <details><summary>Hint 2</summary>min(options, key=lambda V: 6 * (12 * layers * width**2 + V * width) / options[V])</details>


# %% tags=["exercise-6a.5"]
def best_vocabulary(options, layers, width):
    """options: {vocabulary: bytes per token} -> the vocabulary with the fewest training FLOPs per byte"""

    ### BEGIN SOLUTION
    def flops_per_byte(V):
        return 6 * (12 * layers * width**2 + V * width) / options[V]

    return min(options, key=flops_per_byte)
    ### END SOLUTION


# %% tags=["check-6a.5"]
with check("6a.5", best_vocabulary) as c:
    measured = {256: 1.0, 1000: 2.2, 4000: 3.1, 16000: 3.9, 64000: 4.5}
    cases = [
        (4, 128, 1000, "4,000 tokens: (786,432 + 512,000) / 3.1 is more than (786,432 + 128,000) / 2.2"),
        (12, 768, 16000, "count N with the output matrix, and divide by the bytes per token"),
        (32, 4096, 64000, "for a large model the output matrix hardly counts: the longest tokens win"),
        (1, 16, 256, "for a tiny model the output matrix is nearly everything"),
    ]
    for layers_, width_, right, hint in cases:
        got = best_vocabulary(dict(reversed(measured.items())), layers_, width_)
        slips = {
            "the smallest is cheapest per *token*; divide by the bytes per token": 256,
            "the largest has the longest tokens, but V·d in N makes each one dearer": 64000,
        }
        c.close(got, right, what=f"{layers_} layers of width {width_}", hint=hint, slips=slips)

# %% [markdown]
# ## 6a.8 Does it learn all there is to learn?
#
# Real text hides how good a loss *could* be. So plant the truth: a source of 8 letters where the last **two** decide the chances of the
# next. Its *entropy rate* (熵率) is the loss that no model can beat, and a bigram, which sees one letter, cannot reach it. Predict where the
# Transformer ends between the two.

# %%
chances = np.random.default_rng(7).dirichlet(np.full(8, 0.4), size=(8, 8))
floor = data.entropy_rate(chances)
source = torch.from_numpy(data.markov_tokens(120_000, chances, seed=seed))
teach, test = train.windows(source[:100_000], 32), train.windows(source[100_000:], 32, stride=32)
first, then = source[:99_999].numpy(), source[1:100_000].numpy()
table = np.ones((8, 8))
np.add.at(table, (first, then), 1)
table /= table.sum(axis=1, keepdims=True)
bigram = -np.log(table[source[100_000:-1].numpy(), source[100_001:].numpy()]).mean()
print(f"entropy rate: {floor:.4f} nats a letter;", "bigram", approx(bigram))

# %% tags=["nbval-ignore-output"]
# output not compared: a progress bar is alive
torch.manual_seed(seed)
student = Llama(Shape(8, 48, 2, 3, 3, 16, 128)).to(machine)
study = train.fit(
    student,
    teach,
    test,
    optimiser=train.muon(student),
    epochs=8,
    steps=40,
    batch=32,
    schedule=train.warm_up_and_decay(0.1),
    seed=seed,
)

# %%
with torch.no_grad():
    guesses = student(test[0].to(machine)).log_softmax(dim=-1).cpu()
ours_each = -guesses.gather(-1, test[1][..., None])[..., 0].numpy()  # (windows, places)
truth = np.log(chances)[test[0][:, :-1], test[0][:, 1:], test[1][:, 1:]]  # what the source itself would say
excess = (
    ours_each[:, 1:] + truth
).mean()  # the first place sees one letter only: no model can do better there
metric("nats_above_truth", excess)
print("the truth itself, on these letters", approx(-truth.mean()))
assert 0 < excess < 0.04 < bigram - floor

# %%
ax = plot.lines(
    {"our model": ours_each.mean(axis=0)},
    marker="o",
    title="With two letters in sight it reaches the floor",
    xlabel="place in the window",
    ylabel="nats a letter",
)
ax.axhline(floor, color="grey", linestyle="--", label="entropy rate")
ax.axhline(bigram, color="C3", linestyle=":", label="bigram")
ax.legend(loc="center right")
plt.show()

# %% [markdown]
# The dots scatter because each is a mean over few letters; on the *same* letters the model pays hardly more than the source's own
# probabilities do. At place 0 it sees one letter, as a bigram does; from place 1 on it sits on the floor. **Almost nothing is left to
# learn**, so nothing in our code stands in its way.
#
# ## 6a.9 Two machines, one model
#
# Large models train on many devices. *Data parallel* (数据并行): each process computes the gradient of its share of the batch, all
# gradients are added up, all take the same step. Nothing else changes, so two processes must end where one does. `torchrun` starts them;
# the script is the same for 1, 2 or 1,000.

# %%
import os
import subprocess
import sys

script = folder / "together.py"
written = script.write_text("""
import sys, torch, torch.distributed as dist
from utils import data
from utils.models import train
from utils.models.nn import Llama, Shape

torch.set_num_threads(1)
dist.init_process_group("gloo")  # for GPUs: "nccl"
ids = torch.tensor(list(data.python_reference().encode("ascii", "replace")[:50_000]))
torch.manual_seed(0)
model = Llama(Shape(128, 32, 2, 2, 2, 16, 64))
adamw = torch.optim.AdamW(model.parameters(), lr=3e-3)
history = train.fit(model, train.windows(ids, 32), optimiser=adamw, epochs=2, steps=10, batch=16,
                    clip=1.0, progress=False)
if dist.get_rank() == 0:
    print(dist.get_world_size(), *history["loss"])
dist.destroy_process_group()
""")


# %%
def torchrun(processes):
    """The losses of two epochs, with so many processes on this machine."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "GLOO_SOCKET_IFNAME": "lo",
        "CUDA_VISIBLE_DEVICES": "",
    }
    done = subprocess.run([*command, str(script)], capture_output=True, text=True, env=environment)
    if done.returncode:
        raise CourseError("torchrun failed: " + done.stderr.strip().splitlines()[-1])
    world, *losses = done.stdout.split()
    assert int(world) == processes
    return np.array(losses, dtype=float)


alone, both = torchrun(1), torchrun(2)
assert np.allclose(alone, both, rtol=1e-5)
for name, losses in [("one process", alone), ("two processes", both)]:
    print(f"{name}: losses", " then ".join(map(approx, losses)))

# %% [markdown]
# Equal up to the order in which numbers are added. (Muon computes its polynomial in 16 bits, where such a last digit soon grows to the
# third: its runs are as good as each other, not equal.)
#
# Each process still holds *all* weights. A model that does not fit into one device is cut as well: PyTorch's `fully_shard` (FSDP2) keeps a
# slice of every matrix on each device and gathers it just in time. Lesson 8a will measure what such traffic costs.
#
# ## 6a.10 Break it on purpose
#
# Two bugs that give a *wonderful* loss. **A leak**: forget the mask, and each place can read its answer one place on. **No shift**: take
# the input itself as the target. One block is enough to see it. Predict the two curves beside that of the right model.


# %%
from dataclasses import replace

start_weights = {n: w for n, w in Llama(replace(shape, layers=1)).state_dict().items() if n != "head.weight"}


def short_run(causal=True, shift=True):
    """Our own decoder with one block after 160 steps, and its mean loss over each twenty."""
    model = Decoder(replace(shape, layers=1))
    model.load_state_dict(start_weights)
    model.blocks[0].attention.causal = causal
    options = {"progress": False, "seed": seed}
    pair = learn if shift else (learn[0], learn[0])
    run = train.fit(model, pair, optimiser=train.muon(model), epochs=8, steps=20, batch=batch, **options)
    return model, np.array(run["loss"])


runs = {"right": short_run(), "no mask": short_run(causal=False), "no shift": short_run(shift=False)}
losses = {name: curve[-1] for name, (_, curve) in runs.items()}
for name, value in losses.items():
    print(f"{name}: loss", approx(value))

# %%
ax = plot.lines(
    {name: (np.arange(10, 160, 20), curve) for name, (_, curve) in runs.items()},
    marker="o",
    title="Copying is learnt at once, the leak is found later; both look like triumphs",
    xlabel="steps",
    ylabel="training loss (nats a token)",
)
plt.show()

# %%
page = exam[0][:8]
turned = page.clone()
turned[:, -1] = (turned[:, -1] + 1) % len(tokenizer)
alarm = {}
with torch.no_grad():
    for name, (model, _) in runs.items():
        moved = (model(page) - model(turned))[:, :-1].abs().amax()
        alarm[name] = bool(moved > 1e-6)
    repeated = float((runs["no shift"][0](page).argmax(-1) == page).float().mean())
print("does a later token change earlier scores?", alarm)
print("without the shift, share of guesses that repeat the last token", approx(repeated))
assert alarm == {"right": False, "no mask": True, "no shift": False}
if default:
    assert max(losses["no shift"], losses["no mask"]) < losses["right"] / 2
    assert repeated > 0.9

# %% [markdown]
# *Symptom.* A loss that falls too well, and text that is nonsense. A causal test, as in section 6a.4, takes four lines and finds the first;
# reading one line of output finds the second.
#
# ## 6a.11 What the article says
#
# §6.1 names GPT-3 for generating text. Is our decoder of its kind, and how far away is it?

# %%
gpt3 = cost.gpt_parameters(96, 12288, 50257, 2048)
print(f"GPT-3 has {gpt3:,} parameters; ours times", approx(gpt3 / shape.parameters))
claim(
    "§6.1",
    "GPT-3 is a large model that generates text.",
    "right",
    evidence=bool(gpt3 == 174_604_259_328 and score < bits(first_loss) and not alarm["right"]),
    right="It is a causal decoder, as ours: scores of the next token, drawn again and again.",
)

# %% [markdown]
# ## Recap
#
# 1. Byte-pair encoding keeps counts and touches only what a merge changes; bytes per token is a price, set by the tokenizer's diet.
# 2. Attention is an average whose weights are a softmax of query times key, the future masked; rotations make it see distances.
# 3. RMSNorm, SwiGLU, residuals: blocks of the Llama shape, equal to `transformers` to 1e-5, so open checkpoints fit.
# 4. Judge in bits per byte against compressors and n-grams; on a planted source the loss comes down to the entropy rate.
# 5. A loss too good to be true is a leak; two processes that add up gradients are one.
#
# **Next:** make it write, and write fast, in [lesson 6c](06c_generation.ipynb). [Back to the map](00_start_here.ipynb)
#
# ## Sources
#
# - A. Vaswani et al. (2017), *Attention is all you need*, [arXiv:1706.03762](https://arxiv.org/abs/1706.03762)
# - R. Sennrich, B. Haddow, A. Birch (2016), *Neural machine translation of rare words with subword units*, [arXiv:1508.07909](https://arxiv.org/abs/1508.07909)
# - H. Touvron et al. (2023), *LLaMA: open and efficient foundation language models*, [arXiv:2302.13971](https://arxiv.org/abs/2302.13971)
# - J. Su et al. (2021), *RoFormer: enhanced Transformer with rotary position embedding*, [arXiv:2104.09864](https://arxiv.org/abs/2104.09864)
# - B. Zhang, R. Sennrich (2019), *Root mean square layer normalization*, [arXiv:1910.07467](https://arxiv.org/abs/1910.07467)
# - N. Shazeer (2020), *GLU variants improve Transformer*, [arXiv:2002.05202](https://arxiv.org/abs/2002.05202)
# - J. Ainslie et al. (2023), *GQA: training generalized multi-query Transformer models*, [arXiv:2305.13245](https://arxiv.org/abs/2305.13245)
# - K. Jordan et al. (2024), *Muon: an optimizer for hidden layers in neural networks*; J. Liu et al. (2025), *Muon is scalable for LLM training*, [arXiv:2502.16982](https://arxiv.org/abs/2502.16982)
# - A. Hägele et al. (2024), *Scaling laws and compute-optimal training beyond fixed training durations*, [arXiv:2405.18392](https://arxiv.org/abs/2405.18392)
# - A. Radford et al. (2019), *Language models are unsupervised multitask learners* (GPT-2): the pattern that cuts words
# - T. Brown et al. (2020), *Language models are few-shot learners* (GPT-3), [arXiv:2005.14165](https://arxiv.org/abs/2005.14165)
# - I. Witten, T. Bell (1991), *The zero-frequency problem*, IEEE Transactions on Information Theory 37
# - L. Ben Allal et al. (2025), *SmolLM2*, [arXiv:2502.02737](https://arxiv.org/abs/2502.02737); P. Zhang et al. (2024), *TinyLlama*, [arXiv:2401.02385](https://arxiv.org/abs/2401.02385); Llama team (2024), *The Llama 3 herd of models*, [arXiv:2407.21783](https://arxiv.org/abs/2407.21783)
