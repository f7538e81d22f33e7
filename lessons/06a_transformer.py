# %% [markdown]
# # 6a · The Transformer, from bytes to Llama
#
# Build the model that large models are made of, rung by rung, and prove that it is the real thing.
#
# 50 min to read · under 30 CPU-seconds · under 1,500 MB · GPU: not needed
#
# **You will be able to**
# - cut any text into tokens with a byte-pair encoder that scales, and say what a token costs;
# - build a Transformer of the Llama shape from an average, with an equality proven at each rung;
# - tell a true equality from one that would hide a slip;
# - load a checkpoint into your own code, and choose a vocabulary by its price.
#
# *You need:* training, from [lesson 3b](03b_training.ipynb), and what attention does, from [lesson 2d](02d_pipeline.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
corpus: str = "python"  # text: python, tinyshakespeare, tang300, or the path of a UTF-8 file
vocabulary: int = 512  # tokens, 256 bytes among them  in [256, 8192]
width: int = 96  # numbers that stand for a token inside the model  in {32, 64, 96, 128, 192, 256, 384}
layers: int = 3  # blocks  in [1, 12]
context: int = 64  # tokens that the model sees at once  in [16, 1024]

# %%
import math
from collections import Counter
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from utils import cost, data, plot
from utils.check import approx, check, metric
from utils.errors import CourseError
from utils.models import tokens
from utils.models.checkpoints import load_llama
from utils.models.nn import Llama, Shape
from utils.params import check_parameters
from utils.repro import child_seed, numpy_stream, torch_stream

# %%
check_parameters("06a_transformer", globals())
plot.style()
default = (corpus, vocabulary, width, layers, context) == ("python", 512, 96, 3, 64)

# %% [markdown]
# ## 6a.1 What is the next piece of text?
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
# encoding* (字节对编码, BPE; an older compressor, brought to words by Sennrich et al., 2016), which [lesson 2c](02c_architecture.ipynb) built, joins the most frequent pair of
# neighbours into a new *token* (词元), again and again. There each merge **counted all text anew**. First our text:

# %%
text = data.text(corpus)
cut = len(text) * 9 // 10
learn_text, unseen_text = text[:cut], text[cut:]
if len(text.encode()) < 20_000 or len(tokens.learn_merges(learn_text[:40_000], 60)) < 60:
    raise CourseError("This text is too short or too monotonous; take one of 20,000 bytes or more.")
print("thousand bytes to learn from", approx(len(learn_text.encode()) / 1000))

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


# %% tags=["nbval-ignore-output"]
# output not compared: each release of Python has another manual
often = tokens.words(learn_text[:40_000])
slow, slow_looked = naive_merges(often, 60)
pieces = tokens.Tokenizer(slow).parts
print("the first merges:", [part.decode(errors="replace") for part in pieces[256:266]])

# %% [markdown]
# One merge changes few words; all other counts stay as they were. So **keep the counts, and for each pair the words that hold it**.
# A merge takes the old pairs of those words off the books and enters the new ones. Predict: what share of the looks at words is saved?


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
print("the same 60 merges; share of the looks that is saved", approx(1 - quick_looked / slow_looked))

# %% [markdown]
# `utils.models.tokens.learn_merges` adds one thing, a *heap* (堆) that hands out the best pair without searching. It must give the same
# merges, and so must the trainer of the `tokenizers` library, written in Rust, which many large models use.

# %%
from tokenizers import Tokenizer as Library
from tokenizers import models, pre_tokenizers, trainers

assert tokens.learn_merges(learn_text[:40_000], 60) == slow
merges = tokens.learn_merges(learn_text, vocabulary - 256)
tokenizer = tokens.Tokenizer(merges)

# %%
library = Library(models.BPE())
library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
alphabet = pre_tokenizers.ByteLevel.alphabet()
trainer = trainers.BpeTrainer(vocab_size=vocabulary, initial_alphabet=alphabet, show_progress=False)
library.train_from_iterator([learn_text], trainer)
names = [tokens.spelled(part) for part in tokenizer.parts]
assert library.get_vocab() == {name: number for number, name in enumerate(names)}
print("our trainer and the library's: the same vocabulary, token by token")

# %% [markdown]
# Encoding replays the merges **in the order in which they were learnt**. Nothing may be lost, in any language, and the library must
# cut the same way. The examples are hard on purpose: an emoji of several code points, a Tang poem, blanks, nothing at all.

# %%
night = "床前明月光，疑是地上霜。举头望明月，低头思故乡。"  # Li Bai, 8th century
samples = [unseen_text[:5000], "The derailleur won't shift!", night, "👩🏽‍🔧 2.5 bar\n\n\t x", ""]
for sample in samples:
    ids = tokenizer.encode(sample)
    assert tokenizer.decode(ids) == sample
    assert tokens.to_library(tokenizer).encode(sample).ids == ids
print(len(samples), "texts there and back, cut as the library cuts them")

# %% [markdown]
# ### Exercise 6a.1 · Cut by hand ●○○ 5 min
#
# Two merges were learnt, in this order: first `a b` → `ab`, then `ab a` → `aba`. With pencil and paper: into how many tokens does this
# tokenizer cut the word `abaababa`, and into how many the word `ababa`? Give the two numbers as a list.
#
# <details><summary>Hint 1</summary>Write the word as single letters. Apply the first merge wherever it fits, from left to right; only then look at the second.</details>
# <details><summary>Hint 2</summary>A b that has gone into one token can go into no other. Count what is left, single letters too.</details>

# %% tags=["exercise-6a.1"]
### BEGIN SOLUTION
token_counts = [3, 2]  # aba ab aba, and ab aba
### END SOLUTION

# %% tags=["check-6a.1"]
with check("6a.1", token_counts) as c:
    c.close(
        token_counts,
        [3, 2],
        hint="all first merges come before any second one, even where a longer token would fit",
        slips={
            "that is what the longest token first would give; replay the merges instead": [4, 3],
            "the second merge is still to come": [5, 3],
            "those are the letters; now merge": [8, 5],
            "the other way round: the longer word first": [2, 3],
        },
    )

# %% [markdown]
# What does a token cost? Models and their bills count tokens, so **bytes per token** is what the price of a token buys. Our encoder learnt from one corpus.
# Predict the order for unseen text of the same kind, for program code, and for Chinese.

# %%
import heapq
import inspect

kinds = {"same corpus": unseen_text, "Python code": inspect.getsource(heapq), "Chinese poem": night}
per_token = {kind: len(t.encode()) / len(tokenizer.encode(t)) for kind, t in kinds.items()}
for kind, value in per_token.items():
    print(f"{kind}: bytes per token", approx(value))
assert min(per_token.values()) >= 1
if default:
    assert per_token["same corpus"] > 1.8 > 1.2 > per_token["Chinese poem"]

# %% tags=["figure"]
# Bars: bytes per token of three kinds of text
longest = max(per_token, key=per_token.get)
title = f"Most bytes in a token: {longest}" if merges else "No merges: a token is a byte"
plot.bars(per_token, title=title, xlabel="bytes per token")
plt.show()

# %% [markdown]
# Nearly every Chinese character in use takes three bytes; at one byte per token, as in the stored run, the poem costs three tokens a character.
# Is that a fact about Chinese, or about this tokenizer's *diet*? Let another one, of 512 tokens, learn from six poems of the same kind. (The
# poem itself is left out: to know it by heart would be cheating.)

# %%
tang = [
    "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。",  # Wang Zhihuan
    "春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。",  # Meng Haoran
    "千山鸟飞绝，万径人踪灭。孤舟蓑笠翁，独钓寒江雪。",  # Liu Zongyuan
    "红豆生南国，春来发几枝。愿君多采撷，此物最相思。",  # Wang Wei
    "空山不见人，但闻人语响。返景入深林，复照青苔上。",  # Wang Wei
    "松下问童子，言师采药去。只在此山中，云深不知处。",  # Jia Dao
]
fed_on_poems = tokens.Tokenizer.learn(tang, 512)
own_diet = len(night.encode()) / len(fed_on_poems.encode(night))
whole = [character for character in dict.fromkeys(night) if len(fed_on_poems.encode(character)) == 1]
print("the poem, cut by a tokenizer that learnt from six others: bytes per token", approx(own_diet))
print("its characters that are one token now:", *whole)
assert own_diet > 1.2
assert not default or own_diet > per_token["Chinese poem"] + 0.2

# %% [markdown]
# Six short poems are enough to make the seventh cheaper, though only its 上 (above) and two marks are whole now; the rest of the gain are pairs of
# bytes. So the price depends on the diet. How far do merges go? On the text they were learnt from, each shortens it, and later ones as a rule less. On unseen text, by groups:

# %%
sizes = [256, *(256 + n for n in (16, 32, 64, 128, 256, 512, 1024) if n <= len(merges))]
page = unseen_text[:20_000]
lengths = [len(page.encode()) / len(tokens.Tokenizer(merges[: V - 256]).encode(page)) for V in sizes]
print(*(f"{V} tokens: {approx(length)}" for V, length in zip(sizes, lengths, strict=True)), sep="\n")
gains = np.diff(lengths) / np.diff(sizes)  # bytes per token that one merge adds
assert not default or gains[0] == gains.max() > 3 * gains[-1] > 0

# %% tags=["figure"]
# Curve: bytes per token of unseen text against the size of the vocabulary
ax = plot.lines(
    {"unseen text": (np.array(sizes), np.array(lengths))},
    marker="o",
    title="Merges help, and the first ones most" if len(merges) > 100 else "Bytes per token by vocabulary",
    xlabel="vocabulary (tokens)",
    ylabel="bytes per token",
)
plt.show()

# %% [markdown]
# ## 6a.2 From an average to attention
#
# To guess what comes next, a token should know what came before. The crudest way: let each place hold the **average** of all places up to
# its own. Here are five tokens with three numbers each, first with a loop, then as one product with a matrix of weights.

# %%
numbers = torch_stream(seed, "examples")


def draw(*shape):
    """Normal numbers, new ones at each call."""
    return torch.randn(*shape, generator=numbers, dtype=torch.double)


x = draw(5, 3)
by_loop = torch.stack([x[: t + 1].mean(dim=0) for t in range(5)])  # 5 × (3,) -> (5, 3)
equal_weights = torch.ones(5, 5, dtype=torch.double).tril()
equal_weights /= equal_weights.sum(dim=1, keepdim=True)
assert torch.allclose(equal_weights @ x, by_loop)

# %% [markdown]
# A third form gives the same weights: *scores*, all 0 for now; the future masked with −∞; softmax makes each row a share of 1.

# %%
hidden_future = torch.ones(5, 5, dtype=torch.bool).triu(1)
scores = torch.zeros(5, 5, dtype=torch.double).masked_fill(hidden_future, -torch.inf)
assert torch.equal(scores.softmax(dim=1), equal_weights)
print(scores.softmax(dim=1).numpy().round(2))

# %% [markdown]
# That form is the door to everything. If the scores depend on the tokens, the average becomes a choice. Let each token send a **query** (查询) $q$, "what do I look for", a **key** (键)
# $k$, "what am I", and a **value** (值) $v$, "what I tell", of $D$ numbers each. Place $t$ then takes from all places $s$ up to its own:
#
# $$\text{attention}(q, k, v)_t = \sum_{s \le t} \operatorname{softmax}_s\!\left(\frac{q_t \cdot k_s}{\sqrt D}\right) v_s$$
#
# ($\sqrt D$ keeps the scores of long vectors as small as those of short ones: [lesson 2d](02d_pipeline.ipynb).)


# %%
def attend(q, k, v):
    """Attention: q, k, v (…, T, D) -> (…, T, D)"""
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (…, T, T)
    future = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).triu(1)
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
q, k, v = draw(6, 4), draw(6, 4), draw(6, 4)
assert torch.allclose(attend(q, k, v), attend_loops(q, k, v))
zero_keys = attend(q, torch.zeros_like(k), v)
assert torch.allclose(zero_keys, torch.stack([v[: t + 1].mean(dim=0) for t in range(6)]))  # (6, 4)
print("loops and matrices agree; without keys it is the average again")

# %% tags=["figure"]
# Two matrices of weights side by side: an average, and attention
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.6))
average = attend(q, torch.zeros_like(k), torch.eye(6, dtype=torch.double))
chosen = attend(q, k, torch.eye(6, dtype=torch.double))
plot.matrix(
    average, fmt=".2f", title="An average: equal shares", xlabel="looks at place", ylabel="place", ax=left
)
plot.matrix(chosen, fmt=".2f", title="Attention: a choice", xlabel="looks at place", ylabel="place", ax=right)
plt.show()

# %% [markdown]
# **Many heads.** One softmax makes one choice. Let $H$ *heads* (注意力头) look for different things, each in its own $D$ numbers. No loop is
# needed: heads become one more axis. PyTorch has one *fused* function (融合算子) that does all this in a single pass; it is our referee.

# %%
B, T, H, D = 2, 7, 3, 4
q, k, v = draw(B, T, H * D), draw(B, T, H * D), draw(B, T, H * D)


def split(t, heads):
    return t.view(*t.shape[:2], heads, -1).transpose(1, 2)  # (B, T, H*D) -> (B, H, T, D)


one_by_one = [attend(*(t[..., h * D : (h + 1) * D] for t in (q, k, v))) for h in range(H)]
at_once = attend(split(q, H), split(k, H), split(v, H))  # (B, H, T, D)
assert torch.allclose(
    at_once.transpose(1, 2).reshape(B, T, H * D), torch.cat(one_by_one, dim=-1)
)  # (B, T, H*D)
fused = F.scaled_dot_product_attention(split(q, H), split(k, H), split(v, H), is_causal=True)
assert torch.allclose(fused, at_once)
print("heads one by one, heads as an axis, PyTorch's kernel: all equal")

# %% [markdown]
# ### Exercise 6a.2 · Two letters in one row ●●○ 15 min
#
# Training packs many short letters (信件, not characters) into one row of tokens. A token must not attend to *another* letter. Given `letter`, a vector with the
# number of each token's letter, return the mask: a T×T tensor of bools, True where row $t$ may see column $s$.
#
# <details><summary>Hint 1</summary>Two conditions at once. Which pairs (t, s) does the order of the tokens allow, and which the letters?</details>
# <details><summary>Hint 2</summary>A column vector compared with a row vector gives a whole table of comparisons; `tril` keeps the lower triangle of a table.</details>


# %% tags=["exercise-6a.2"]
def letter_mask(letter):
    """letter (T,) int64 -> (T, T) bool: may row t see column s?"""
    ### BEGIN SOLUTION
    same = letter[:, None] == letter[None, :]
    return same & torch.ones(len(letter), len(letter), dtype=torch.bool).tril()
    ### END SOLUTION


# %% tags=["check-6a.2"]
with check("6a.2", letter_mask) as c:
    for rows in ([0, 0, 0, 1, 1], [4, 4, 2, 2, 2, 9], [7], [1, 2, 1, 2, 2]):
        same = np.array([[a == b for b in rows] for a in rows])
        causal = np.tril(np.ones((len(rows), len(rows)), dtype=bool))
        got = letter_mask(torch.tensor(rows))
        c.true(got is not None, "got None; does the function end with `return …`?")
        got = torch.as_tensor(got)
        c.true(got.dtype == torch.bool, f"the mask holds {got.dtype}, not bools; True means: may see")
        c.close(
            got.int(),
            (same & causal).astype(int),
            what=f"letters {rows}",
            hint="a token sees itself, and what came before it in its own letter",
            slips={
                "a later token is visible": same.astype(int),
                "another letter is visible": causal.astype(int),
                "turn it round: True is where a token may look": 1 - (same & causal),
                "rows are the tokens that look; yours look into the future": (same & causal.T).astype(int),
                "a token may see itself": (same & np.tril(causal, -1)).astype(int),
            },
        )

# %% [markdown]
# ## 6a.3 Where am I?
#
# Shuffle the earlier tokens of a sentence. What does the last place notice?

# %%
q, k, v = draw(6, 4), draw(6, 4), draw(6, 4)
mixed = torch.tensor([3, 0, 4, 1, 2, 5])
assert torch.allclose(attend(q, k, v)[-1], attend(q[mixed], k[mixed], v[mixed])[-1])
print("the last place does not notice that the others were shuffled")

# %% [markdown]
# Nothing: to one layer of attention the past is a bag of words. Something must say where each token stands. *Rotary positions* (旋转位置编码, RoPE; Su et al., 2021) turn the query and the key like hands of
# a clock: pair $i$ of numbers by the angle $t\,\theta_i$ at place $t$, with $\theta_i = b^{-2i/D}$; the base $b$ is often 10,000.


# %%
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

# %%
one = torch.ones(1, 32, dtype=torch.double)
distances = np.arange(200)
by_distance = {
    base: np.array([float(rotate(one, 0, base) @ rotate(one, d, base).T) / 32 for d in distances])
    for base in (10000.0, 100.0)
}
slowest = 10000.0 ** (-30 / 32)
print(
    "the slowest pair has turned, after 200 tokens, by a share of its circle of",
    approx(200 * slowest / math.tau),
)
for curve in by_distance.values():
    assert curve[:10].mean() > curve[10:50].mean() > curve[100:].mean()

# %% tags=["figure"]
# Curves: score of two equal vectors against their distance, for two bases
plot.lines(
    {f"base {base:,.0f}": curve for base, curve in by_distance.items()},
    title="In waves, but on the whole equal vectors score less as they move apart",
    xlabel="distance (tokens)",
    ylabel="score, share of the largest",
)
plt.show()

# %% [markdown]
# Fast pairs tell near places apart. Slow ones have not gone once round their circle, so far distances stay unambiguous; models for long texts
# use larger bases still.
#
# ### Exercise 6a.3 · Turn one query ●●○ 15 min
#
# Rotate **one** vector `x` of even length D at place `t`, with NumPy: pair $i$ is $(x_i, x_{i + D/2})$, its angle $t \cdot b^{-2i/D}$.
#
# <details><summary>Hint 1</summary>How many pairs are there, and which numbers does i run through? Make all angles at once.</details>
# <details><summary>Hint 2</summary>Turning the point (1, 0) by an angle gives (cos, sin), turning (0, 1) gives (−sin, cos). A pair (a, b) is a times the first and b times the second.</details>


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
    hint = "number i belongs to number i + D/2, not to its neighbour; the first pair turns by t itself"
    for D, t, b in [(2, 1, 1e4), (8, 5, 1e4), (6, 40, 100.0), (4, 0, 1e4), (8, 3000, 5e5)]:
        x, i = draws.normal(size=D), np.arange(D // 2)

        def turned(angle, x=x, half=D // 2):
            w = (x[:half] + 1j * x[half:]) * np.exp(1j * angle)
            return np.concatenate([w.real, w.imag])

        right = turned(t * b ** (-2 * i / D))
        z = (x[::2] + 1j * x[1::2]) * np.exp(1j * t * b ** (-2 * i / D))
        neighbours = np.stack([z.real, z.imag], axis=1).ravel()
        slips = {
            "places count from 0, so nothing turns at place 0": turned((t + 1) * b ** (-2 * i / D)),
            "it turns the other way": turned(-t * b ** (-2 * i / D)),
            "all but the first pair turn too fast": turned(t * b ** (-i / D)),
            "later pairs turn slower than the first, not faster": turned(t * b ** (2 * i / D)),
            "every pair turns by the same angle": turned(np.full(D // 2, float(t))),
            "the base is not the one that was passed": turned(t * 1e4 ** (-2 * i / D)),
            "the place is missing: the angle is θ alone": turned(b ** (-2 * i / D)),
            "neighbours were turned together; number i belongs to number i + D/2": neighbours,
        }
        got = turn(x, t) if b == 1e4 else turn(x, t, b)
        # at a far place single precision is right, and off by more than elsewhere
        near = {"rtol": 1e-6, "atol": 1e-7 * max(t, 1)}
        c.close(got, right, what=f"D = {D}, place {t}, base {b:g}", hint=hint, slips=slips, **near)

# %% [markdown]
# **Grouped queries.** Each token's keys and values stay in memory while the model writes. Let several query heads *share* one key and value
# head (分组查询注意力; Ainslie et al., 2023), and that memory shrinks. Predict by how much for Llama 3 8B, with 32 query heads and 8 shared
# ones.

# %%
q, k, v = draw(1, 6, 7, 4), draw(1, 2, 7, 4), draw(1, 2, 7, 4)  # six query heads, two key-value heads
copied = attend(q, k.repeat_interleave(3, dim=1), v.repeat_interleave(3, dim=1))
assert torch.allclose(copied, F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True))
full, grouped = (cost.cache_bytes(32, heads, 128, tokens=8192) for heads in (32, 8))
print(
    f"keys and values of 8,192 tokens, 16 bits a number: {full / 2**30:.0f} GiB with 32 key heads, {grouped / 2**30:.0f} GiB with 8"
)

# %% [markdown]
# ## 6a.4 The block, and the whole
#
# Three more parts, each a line. **RMSNorm** (Zhang & Sennrich, 2019) divides a token's numbers by their root mean square; a small ε under the root guards
# against division by zero.


# %%
class RMSNorm(nn.Module):
    """x / sqrt(mean(x²) + ε), times a weight for each number."""

    def __init__(self, width, epsilon=1e-5):
        super().__init__()
        self.weight, self.epsilon = nn.Parameter(torch.ones(width)), epsilon

    def forward(self, x):
        return x * torch.rsqrt((x * x).mean(dim=-1, keepdim=True) + self.epsilon) * self.weight


# %%
sample = draw(2, 5, 8).float()
assert torch.allclose(RMSNorm(8)(sample), nn.RMSNorm(8, eps=1e-5)(sample), atol=1e-6)
print("our RMSNorm equals PyTorch's")

# %% [markdown]
# **SwiGLU** (Shazeer, 2020) is the small network, with one projection as a gate for another: $W_\downarrow\,(\text{silu}(W_g x) \odot W_u x)$,
# where $\text{silu}(z) = z/(1 + e^{-z})$ and $\odot$ multiplies number by number. It has three matrices where the older small network has two,
# with a hidden width of $4d$ for tokens of $d$ numbers; here a hidden width of $8d/3$ keeps the parameters equal.


# %%
class MLP(nn.Module):
    """SwiGLU; gate and up stand in one matrix."""

    def __init__(self, width, hidden):
        super().__init__()
        self.up, self.down = nn.Linear(width, 2 * hidden, bias=False), nn.Linear(hidden, width, bias=False)

    def forward(self, x):
        gate, up = self.up(x).chunk(2, dim=-1)
        return self.down(gate * torch.sigmoid(gate) * up)


# %% [markdown]
# **Attention**, with everything so far: one matrix makes queries, keys and values; queries and keys are turned; groups share.


# %%
class Attention(nn.Module):
    """H query heads share K keys and values; one matrix makes all three."""

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
        y = attend(rotate(q), k, v)
        return self.out(y.transpose(1, 2).reshape(B, T, -1))  # (B, H, T, D) -> (B, T, H*D)


# %% [markdown]
# And the **residual** (残差): each part only *adds* to what flows through. The norm stands *before* each part (pre-norm), so that the stream
# itself is never squeezed.


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
# A table of vectors at the bottom, blocks, a last norm, and a score for every token at the top: a **decoder** of the *Llama shape*, a family
# that many open models belong to. The first Llamas (Touvron et al., 2023) have a second table at the top; small models often use the first one
# again. The two are then *tied* (权重共享), as here.


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


# %% [markdown]
# `Shape` holds the numbers of such a model and counts its parameters. Heads of 16 numbers, two of them to a key:

# %%
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
metric("parameters", shape.parameters)

# %% [markdown]
# `utils.models.nn.Llama` is this decoder for daily use: the fused kernel instead of `attend`, and a cache for [lesson 6c](06c_generation.ipynb).
# Same names, so its weights fit into ours, and both must give equal scores.


# %%
def weights_of(llama):
    """The weights of a tied `Llama`, for our `Decoder`: its head is the table again."""
    return {name: w for name, w in llama.state_dict().items() if name != "head.weight"}


torch.manual_seed(child_seed(seed, "network"))
daily = Llama(shape).eval()
ours.load_state_dict(weights_of(daily))
ids = torch.from_numpy(numpy_stream(seed, "ids").integers(len(tokenizer), size=(3, context)))
with torch.no_grad():
    assert torch.allclose(ours(ids), daily(ids), atol=1e-5)
print("our decoder and utils.models.nn.Llama give the same scores")

# %% [markdown]
# Now the test that every model must pass that writes from left to right. Change one token: nothing *before* it may change. Predict the picture, with the changed
# place down and the places that notice across.

# %%
noticed = []
with torch.no_grad():
    before = ours(ids[:1, :16])
    for place in range(16):
        other = ids[:1, :16].clone()
        other[:, place] = (other[:, place] + 1) % len(tokenizer)
        noticed.append((ours(other) - before).abs().amax(dim=(0, 2)).numpy())  # (1, 16, V) -> (16,)
notices = np.array(noticed) > 0  # (changed place, noticing place)
assert not notices[np.tril_indices(16, -1)].any()
assert notices[np.diag_indices(16)].all()
print("places before the change that notice it:", int(notices[np.tril_indices(16, -1)].sum()))

# %% tags=["figure"]
# Matrix: which places notice that one token was changed
plot.matrix(
    notices.astype(float),
    title="A change travels forward only: the past does not know the future",
    xlabel="place that notices (red)",
    ylabel="place that was changed",
)
plt.show()

# %% [markdown]
# ## 6a.5 Is it really a Llama?
#
# A claim this large needs a referee that shares no code with us. The `transformers` library has its own `LlamaForCausalLM`. Let it make a
# tiny model with **random weights**, and write it to a folder as published checkpoints are: `config.json` and safetensors.

# %%
import tempfile
from pathlib import Path

from transformers import LlamaConfig, LlamaForCausalLM
from transformers.utils import logging

logging.disable_progress_bar()
sizes_of_theirs = {
    "vocab_size": 101,
    "hidden_size": 64,
    "intermediate_size": 160,
    "num_hidden_layers": 3,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
}
config = LlamaConfig(**sizes_of_theirs, rms_norm_eps=1e-5, tie_word_embeddings=True)
torch.manual_seed(child_seed(seed, "theirs"))
theirs = LlamaForCausalLM(config).eval()

# %%
workplace = tempfile.TemporaryDirectory()
folder = Path(workplace.name)
theirs.save_pretrained(folder)
print(sorted(path.name for path in folder.iterdir()))

# %% [markdown]
# `load_llama` reads such a folder into `Llama`; from there the weights go into the `Decoder` that you have just read, line by line. A wrong sign, order
# or constant should show in the scores; section 6a.6 puts that to the test.

# %%
loaded = load_llama(folder)
mine = Decoder(loaded.shape).eval()
mine.load_state_dict(weights_of(loaded))
ids = torch.from_numpy(numpy_stream(seed, "theirs.ids").integers(101, size=(4, 200)))
with torch.no_grad():
    reference = theirs(ids).logits
    single = float((mine(ids) - reference).abs().max())
    double = float((loaded.double()(ids) - theirs.double()(ids).logits).abs().max())
assert single < 1e-5
assert double < 1e-6
print(f"{reference.numel():,} scores: equal within 1e-5 in float32, the daily model within 1e-6 in float64")

# %% [markdown]
# (In float64 the angles of both are still made in float32.)
#
# ## 6a.6 Break it on purpose
#
# Is that equality worth anything? A test that nothing could fail proves nothing. So make five small slips, each of which leaves every *shape* as
# it was. Predict which of them the bound of 1e-5 would let through.

# %%
from dataclasses import replace

loaded, theirs = loaded.float(), theirs.float()


def changed(name, change):
    """Our decoder with each weight of that name changed."""
    model = Decoder(loaded.shape)
    model.load_state_dict({n: change(w) if n.endswith(name) else w for n, w in weights_of(loaded).items()})
    return model.eval()


def constants(**numbers):
    """The daily model with other constants and the same weights."""
    model = Llama(replace(loaded.shape, **numbers)).eval()
    model.load_state_dict(loaded.state_dict())
    return model


# %% [markdown]
# One of them is famous: Meta's first files put the two numbers of a pair side by side, others half a head apart. A loader that forgets to
# put the rows of queries and keys in order reads them so:


# %%
def side_by_side(w):
    """The first 10 of 12 heads, queries and keys, with their pairs laid out as neighbours."""
    turned, values = w[:80], w[80:]
    pairs = turned.view(10, 2, 4, 64).transpose(1, 2)  # (10, 2, D/2, C) -> (10, D/2, 2, C)
    return torch.cat([pairs.reshape(80, 64), values])  # (10, D/2, 2, C) -> (10*D, C)


slipped = {
    "base 10,100 for 10,000": constants(base=10_100.0),
    "ε 1e-6 for 1e-5": constants(epsilon=1e-6),
    "gate and up changed places": changed("mlp.up.weight", lambda w: w.roll(160, dims=0)),
    "pairs as neighbours": changed("attention.qkv.weight", side_by_side),
    "values 0.1 % too large": changed("attention.out.weight", lambda w: 1.001 * w),
}

# %%
with torch.no_grad():
    gaps = {name: float((model(ids) - reference).abs().max()) for name, model in slipped.items()}
for name, gap in gaps.items():
    print(f"{name}: largest difference", approx(gap))
assert min(gaps.values()) > 1e-5 > single

# %% tags=["figure"]
# Bars on a logarithmic axis: largest difference from the reference for each slip, and for the decoder as it is
ax = plot.bars(
    {**gaps, "no slip": single},
    log=True,
    title="Each slip lies above the bound, the true decoder below",
    xlabel="largest difference from the scores of transformers",
)
ax.axvline(1e-5, color="C3", linestyle="--")
plt.show()

# %% [markdown]
# All five would train, write and pass every test of shapes. *Symptom* in practice: a checkpoint that loads without complaint and writes
# worse than it should, a little or a lot. The cure is a number to compare with.
#
# ## 6a.7 Which model could a shop take?
#
# `load_llama` takes checkpoints of this family: rotary positions as here or stretched as in Llama 3.1, no biases; others it refuses with a
# sentence. The sizes below come from the published shapes; a licence is part of the price.

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

# %% tags=["figure"]
# Stacked bars: how the parameters of each model divide into tables, attention and small networks
kinds_of_weights = {
    "tables of tokens": [s.vocabulary * s.width * (1 if s.tied else 2) for s, _ in open_models.values()],
    "attention": [
        s.layers * s.width * s.head_width * 2 * (s.heads + s.kv_heads) for s, _ in open_models.values()
    ],
    "small networks": [s.layers * 3 * s.width * s.hidden for s, _ in open_models.values()],
}
totals = np.array([s.parameters for s, _ in open_models.values()])
left = np.zeros(len(totals))
figure, ax = plt.subplots()
for label, counts in kinds_of_weights.items():
    ax.barh(list(open_models), counts / totals, left=left, label=label)
    left = left + counts / totals
ax.set(title="Most of these three models sits in small networks", xlabel="share of the parameters")
ax.legend(loc="lower center", bbox_to_anchor=(0.5, -0.4), ncols=3)
plt.show()

# %% [markdown]
# A community licence is not an open-source one. Llama 3's asks, among other things, that products say "Built with Meta Llama 3", keep to a
# policy of allowed uses, and that companies which had over 700 million monthly users when it came out ask for a licence of their own. Read it before you build on it.
# [Lesson 6d](06d_open_model.ipynb) runs a real one, SmolLM2, in this code.
#
# ### Exercise 6a.4 · Choose the vocabulary ●●○ 10 min
#
# You will train on a fixed text of many *bytes*. A larger vocabulary cuts it into fewer tokens, but each token then pays for a larger output
# matrix. Training costs about $6\,N$ FLOPs a token, where $N = 12\,L\,d^2 + V d$, with $L$ layers of width $d$. `options` maps each vocabulary size $V$ to its measured
# bytes per token. Return the $V$ with the fewest FLOPs **per byte**. (That is the price alone. The vocabulary changes the loss as well, and larger models
# deserve larger ones: Tao et al., 2024.)
#
# <details><summary>Hint 1</summary>Work it out for two vocabularies on paper, with all units: FLOPs a token, bytes a token, FLOPs a byte.</details>
# <details><summary>Hint 2</summary>`min` takes a `key`: a function that says by what to compare. What comes back is the vocabulary, not its price.</details>


# %% tags=["exercise-6a.4"]
def best_vocabulary(options, layers, width):
    """options: {vocabulary: bytes per token} -> the vocabulary with the fewest training FLOPs per byte"""

    ### BEGIN SOLUTION
    def flops_per_byte(V):
        return 6 * (12 * layers * width**2 + V * width) / options[V]

    return min(options, key=flops_per_byte)
    ### END SOLUTION


# %% tags=["check-6a.4"]
with check("6a.4", best_vocabulary) as c:
    measured = {256: 1.0, 1000: 2.2, 4000: 3.1, 16000: 3.9, 64000: 4.5}
    cases = [
        (measured, 4, 128),
        (measured, 12, 768),
        (measured, 32, 4096),
        (measured, 1, 16),
        ({1000: 1.0, 4000: 2.19}, 2, 64),
        ({4000: 2.17, 1000: 1.0}, 2, 64),
    ]
    for options_, layers_, width_ in cases:
        price = {V: (12 * layers_ * width_**2 + V * width_) / size for V, size in options_.items()}
        got = best_vocabulary(options_, layers_, width_)
        what = f"{options_}, {layers_} layers of width {width_}"
        c.close(
            got,
            min(price, key=price.get),
            what=what,
            hint="compare FLOPs a byte: the larger N of a larger vocabulary against its longer tokens",
            slips={"that is the price; return the vocabulary": 6 * min(price.values())},
        )

# %% [markdown]
# ## 6a.8 What the article says
#
# §6.1 names GPT-3 as a model for generating text. This decoder is its relative, not its copy: GPT-3 has learnt positions instead of rotations,
# LayerNorm, GELU and biases, and some of its attention is sparse (Brown et al., 2020); and it is larger.

# %%
gpt3 = cost.gpt_parameters(96, 12288, 50257, 2048)
print(f"GPT-3: {gpt3:,} parameters, as counted in lesson 2a; ours: {shape.parameters:,}")

# %% [markdown]
# Whether such models do *well* at generating is a claim about their text; its verdict is in [lesson 6c](06c_generation.ipynb).
#
# ## Recap
#
# 1. Byte-pair encoding can keep its counts and touch only what a merge changes; how many bytes a token holds depends on the tokenizer's diet, and so does the price of a text.
# 2. Attention is an average whose weights are a softmax of query times key, the future masked.
# 3. Rotations bring places into the scores, as distances alone; groups of queries share keys, and memory shrinks.
# 4. RMSNorm, SwiGLU, residuals: blocks of the Llama shape, equal to `transformers` within 1e-5.
# 5. The equality counts because five small slips, none of which changes a shape, all break it.
#
# **Next:** train it on real text and judge it, in [lesson 6b](06b_language_model.ipynb). [Back to the map](00_start_here.ipynb)
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
# - A. Radford et al. (2019), *Language models are unsupervised multitask learners* (GPT-2): the pattern that cuts words
# - T. Brown et al. (2020), *Language models are few-shot learners* (GPT-3), [arXiv:2005.14165](https://arxiv.org/abs/2005.14165)
# - C. Tao et al. (2024), *Scaling laws with vocabulary: larger models deserve larger vocabularies*, [arXiv:2407.13623](https://arxiv.org/abs/2407.13623)
# - L. Ben Allal et al. (2025), *SmolLM2*, [arXiv:2502.02737](https://arxiv.org/abs/2502.02737); P. Zhang et al. (2024), *TinyLlama*, [arXiv:2401.02385](https://arxiv.org/abs/2401.02385); Llama team (2024), *The Llama 3 herd of models*, [arXiv:2407.21783](https://arxiv.org/abs/2407.21783)
# - Meta (2024), *Meta Llama 3 community license agreement*, in the file LICENSE beside the weights
