# %% [markdown]
# # 6c · Generation
#
# Make a language model write, choose how it writes, and save it work without changing what it would say.
#
# 90 min to read · under 60 CPU-seconds · under 900 MB · GPU: not needed
#
# **You will be able to**
# - turn scores into text: greedy, temperature, top-k, top-p, penalties, stop strings, streams;
# - build the KV cache, prove that it changes nothing, and say what it costs in bytes;
# - serve prompts of unequal length in one batch, and price a token;
# - let a small model guess for a large one, and prove that the text keeps its distribution;
# - find one attention head's job, and prove it by writing the job by hand.
#
# *You need:* the decoder from [lesson 6a](06a_transformer.ipynb) and the costs from [lesson 2a](02a_counting.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
corpus: str = "python"  # text to learn: python, tinyshakespeare, tang300, or the path of a UTF-8 file
width: int = 64  # width of the model, made a multiple of 8  in [16, 2048]
layers: int = 2  # blocks of the model  in [1, 48]
steps: int = 200  # training steps  in [20, 100000]
bandwidth: float = 2039.0  # GB a second that the rented GPU reads from its memory  in (0, 100000]
peak: float = 312.0  # TFLOP a second that it computes at most  in (0, 100000]
gpu_hour: float = 2.0  # price of one hour of it  in (0, 1000]

# %%
import copy
import math
from collections import Counter
from fractions import Fraction

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.nn.functional import cross_entropy

from utils import cost, data, plot
from utils.check import approx, check, claim, metric
from utils.device import timer
from utils.errors import CourseError
from utils.params import check_parameters
from utils.repro import child_seed, numpy_stream, seed_everything, torch_stream

check_parameters("06c_generation", globals())
plot.style()
seed_everything(seed)
DEFAULT = (corpus, width, layers, steps) == ("python", 64, 2, 200)

# %% [markdown]
# ## 6c.1 A model that has read a book
#
# Our start-up wants a machine that finishes sentences. The model is the decoder of `utils.models.nn`, small enough to learn in seconds, and its
# tokens are single characters. It reads the manual that ships inside Python, or whatever `corpus` names.
#
# What such a model returns is always the same thing: for every place in a text, one score for each possible *next* token.


# %%
text = data.text(corpus)
if len(text) < 5000:
    raise CourseError(f"corpus {corpus!r} is not a text of 5,000 characters or more; name another")
alphabet = sorted(set(text))
number = {character: n for n, character in enumerate(alphabet)}
V, CONTEXT = len(alphabet), 96


# %%
def encode(text):
    return [number[character] for character in text]


def decode(ids):
    return "".join(alphabet[n] for n in ids)


ids = torch.tensor(encode(text))
cut = int(0.9 * len(ids))
assert decode(encode(text[:500])) == text[:500]


def windows(ids, n, name):
    """n pieces of CONTEXT tokens from random places, and the same pieces one token later: (n, CONTEXT) each"""
    starts = numpy_stream(seed, name).integers(len(ids) - CONTEXT, size=n)
    rows = ids[starts[:, None] + np.arange(CONTEXT + 1)]
    return rows[:, :-1], rows[:, 1:]


# %% [markdown]
# Two models learn from the same pages: a *model* that we want to hear, and a much smaller *draft* that will guess for it in section
# 6c.10. The loss is the mean surprise per character, $-\ln p$ of what really came next. The last tenth of the text is kept for validation.
# The table of characters learns at a rate of its own, which [lesson 6b](06b_language_model.ipynb) found to be worth much.

# %%
from utils.models.nn import Cache, Llama, Shape, apply_rotary
from utils.models.train import fit, token_loss


def rise(done):
    """Factor on the learning rate: up during the first steps, then slowly down."""
    return min(1, 30 * done + 0.05) * (1 - 0.95 * done)


def two_rates(net):
    """AdamW with one rate for the blocks and a higher one for the table of characters; narrow nets bear more."""
    table, scale = [net.embed.weight, net.norm.weight], 1 / (net.shape.width + 16)
    groups = [{"params": net.blocks.parameters(), "lr": 0.3 * scale}, {"params": table, "lr": 2.4 * scale}]
    return torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)


def learn(name, width, layers, steps):
    """A decoder trained on `steps` batches of 8 windows, and its validation loss."""
    torch.manual_seed(child_seed(seed, name))
    wide = -(-width // 8) * 8
    net = Llama(Shape(V, wide, layers, heads=4, kv_heads=4, head_width=wide // 4, hidden=2 * wide))
    pages, unseen = windows(ids[:cut], 8 * steps, f"pages of the {name}"), windows(ids[cut:], 50, "unseen")
    options = {"optimiser": two_rates(net), "epochs": 1, "seed": seed, "clip": 1.0, "schedule": rise}
    return net, fit(net, pages, unseen, batch=8, **options)["val_loss"][-1]


# %%
model, loss = learn("model", width, layers, steps)
draft, draft_loss = learn("draft", 24, 1, steps // 2)
print(V, "different characters; parameters:", model.shape.parameters, "and", draft.shape.parameters)
print(
    "nats per character, model:", approx(loss), "draft:", approx(draft_loss), "guessing:", approx(math.log(V))
)
assert not DEFAULT or 1.7 < loss < 2.2 < draft_loss < 2.9
metric("loss", loss)

# %% [markdown]
# ## 6c.2 Write: the loop
#
# *Autoregressive* generation (自回归生成) is a loop of four words: **read, choose, append, repeat**. The simplest choice is *greedy* (贪心):
# always the token with the highest score. Every pass reads the whole text again; section 6c.7 mends that.


# %%
@torch.inference_mode()
def write(prompt, new, choose, model=model):
    """Continue a text by `new` tokens; choose: scores (V,) -> token."""
    line = encode(prompt)
    for _ in range(new):
        scores = model(torch.tensor([line]))[0, -1]  # (1, T, V) -> (V,)
        line.append(choose(scores))
    return decode(line)


def likeliest(scores):
    return int(scores.argmax())


prompt = "The " if set("The ") <= set(alphabet) else text[cut : cut + 4]
greedy_text = write(prompt, CONTEXT - 4, likeliest)
assert greedy_text == write(prompt, CONTEXT - 4, likeliest)

# %% [markdown]
# Always the best guess: predict what the text looks like.

# %% tags=["nbval-ignore-output"]
# output not compared: trained weights differ a little between processors, and so may the text
print(greedy_text)

# %% [markdown]
# In the stored run it turns in circles. To *measure* that, count the different runs of four characters among all runs of four. Then ask the model how
# probable it found each character of its own greedy text, and of real texts that it has not seen. Sorted, the two make two curves.


# %%
def freshness(text, n=4):
    """Share of different runs of n characters: 1 when nothing repeats."""
    runs = [text[i : i + n] for i in range(len(text) - n + 1)]
    return len(set(runs)) / len(runs)


@torch.inference_mode()
def chances(text):
    """Probability that the model gave to each character of a text after the first."""
    line = torch.tensor(encode(text))
    return model(line[None, :-1])[0].softmax(dim=-1).gather(1, line[1:, None])[:, 0]


# %% [markdown]
# Both need real texts: pieces of the last tenth, which no model has read.

# %%
real_texts = [text[i : i + CONTEXT] for i in range(cut, len(text) - CONTEXT, CONTEXT)][:48]
real_fresh = np.mean([freshness(real) for real in real_texts])
print("abcabcabc:", Fraction(freshness("abcabcabc", 3)).limit_denominator(100))
print("fresh, greedy:", approx(freshness(greedy_text), 2), "real text:", approx(real_fresh, 2))
assert not DEFAULT or freshness(greedy_text) < real_fresh - 0.3

# %%
found = {"greedy": chances(greedy_text)[len(prompt) - 1 :]}
found["real text"] = torch.cat([chances(real) for real in real_texts])
risky = {name: float((p < 0.05).float().mean()) for name, p in found.items()}
print("characters below 5 %: greedy", approx(risky["greedy"], 2), " real text", approx(risky["real text"], 2))
assert not DEFAULT or risky["greedy"] < 0.05 < 0.2 < risky["real text"] < 0.4

# %% tags=["figure"]
# draws the sorted chances of greedy and of real text
ax = plt.subplots(figsize=(6.4, 3))[1]
for name, p in found.items():
    ax.plot(np.linspace(0, 100, len(p)), p.sort().values, label=name)
ax.set(title=f"Risky characters, below 5 %: greedy {risky['greedy']:.0%}, real text {risky['real text']:.0%}")
ax.set(
    xlabel="% of the characters, from the boldest to the safest",
    ylabel="probability of what came",
    ylim=(0, 1),
)
ax.legend()
plt.show()

# %% [markdown]
# Real text is *not* the likeliest text (Holtzman et al., 2020): who writes wants to say what the reader could not guess.
# (Ours knows little, and is surprised the more.) And in large models a loop feeds itself: each repetition of a sentence makes another more probable (Xu et al., 2022).
# So we must **draw** the next token, with chances that we control.
#
# ## 6c.3 Temperature, top-k, top-p
#
# Take four tokens with chances 8:4:2:1. A *temperature* (温度) $T$ divides the scores before softmax, which raises every chance to the
# power $1/T$. Predict the ratio for $T = \frac12$ and for $T = 2$.

# %%
toy = torch.tensor([8.0, 4.0, 2.0, 1.0], dtype=torch.float64).log()


def tempered(scores, T):
    return (scores / T).softmax(dim=-1)


for T in (0.5, 1, 2, 1e6):
    p = tempered(toy, T)
    print(f"T = {T:g}:", " : ".join(f"{ratio:.3g}" for ratio in (p / p[-1]).tolist()))

# %% [markdown]
# Cold sharpens towards greedy, hot flattens towards dice. But hot dice also throw tokens that are plain nonsense; there are many, and
# together their small chances weigh. Two cuts remove them. **Top-k** keeps the $k$ best. **Top-p** (核采样, nucleus) keeps the fewest
# whose chances sum to at least $p$. Which tokens survive top-k = 2? And top-p = 0.85? (The chances are 0.53, 0.27, 0.13, 0.07.)


# %%
def keep_top_k(scores, k):
    """All but the k highest become -inf."""
    return scores.masked_fill(scores < scores.topk(k).values[-1], -torch.inf)


def keep_top_p(scores, p):
    """The highest stay, until their chances sum to p; the rest becomes -inf."""
    chance, order = scores.softmax(dim=-1).sort(descending=True)
    before = chance.cumsum(dim=-1) - chance  # what stands above each token
    return scores.masked_fill((before >= p)[order.argsort()], -torch.inf)


print("top-k 2:   ", [round(p, 3) for p in keep_top_k(toy, 2).softmax(-1).tolist()])
print("top-p 0.85:", [round(p, 3) for p in keep_top_p(toy, 0.85).softmax(-1).tolist()])

# %% [markdown]
# Now the model's own scores after the prompt. Top-k always keeps the same number; top-p keeps many where the model is unsure and few where
# it knows.


# %%
@torch.inference_mode()
def next_scores(text):
    return model(torch.tensor([encode(text)]))[0, -1].double()


def shown(character):
    """A character as a label: a mark for what cannot be seen."""
    marks = {" ": "␣", "\n": "⏎"}
    return marks.get(character, character if character.isascii() else f"U+{ord(character):X}")


def draw_chances(scores, order, ax, title):
    """Bars of the chances of some tokens, in the order that is given."""
    ax.bar(range(len(order)), scores.softmax(dim=-1)[order])
    ax.set_xticks(range(len(order)), [shown(alphabet[n]) for n in order.tolist()], fontsize=7)
    ax.set(title=title)


next_scores_now = next_scores(prompt)
nucleus_size = int(keep_top_p(next_scores_now, 0.8).isfinite().sum())
print("top-p 0.8 keeps", approx(nucleus_size), "of", V, "characters here")

# %% tags=["figure"]
# draws the model's chances of the next letter, five times
figure, axes = plt.subplots(1, 5, figsize=(11, 2.5), sharey=True)
order = next_scores_now.argsort(descending=True)[:18]
draw_chances(next_scores_now, order, axes[0], "T = 1: as learnt")
draw_chances(next_scores_now / 0.5, order, axes[1], "T = 0.5: safer")
draw_chances(next_scores_now / 2, order, axes[2], "T = 2: a long tail")
draw_chances(keep_top_k(next_scores_now, 4), order, axes[3], "top-k 4: four stay")
draw_chances(keep_top_p(next_scores_now, 0.8), order, axes[4], f"top-p 0.8: {nucleus_size} stay")
axes[0].set(ylabel="chance of the next letter")
plt.show()

# %% [markdown]
# **A referee.** The order matters: temperature first, then top-k, then top-p on what is left. `utils.models.sampling` does it for whole batches;
# the transformers library must agree to the last bit.

# %%
from transformers.generation import logits_process as theirs

from utils.models.generate import generate, speculative, stream
from utils.models.sampling import GREEDY, Sampling, filter_scores

some = torch.randn(5, V, generator=torch_stream(seed, "some scores"), dtype=torch.float64) * 3
k = min(20, V)
chain = theirs.TemperatureLogitsWarper(0.7), theirs.TopKLogitsWarper(k), theirs.TopPLogitsWarper(0.9)
wanted = some
for processor in chain:
    wanted = processor(None, wanted)
assert torch.equal(filter_scores(some, Sampling(0.7, top_k=k, top_p=0.9)), wanted)
for row, expected in zip(some, wanted, strict=True):
    assert torch.equal(keep_top_p(keep_top_k(row / 0.7, k), 0.9), expected)
print("ours, one row at a time; ours in batches; transformers: the same survivors")

# %% [markdown]
# ### Exercise 6c.1 · The nucleus ●●○ 10 min
#
# Write top-p for probabilities instead of scores: return the probabilities (V,) after the cut, summing to 1 again. The token with
# which the sum reaches `top_p` stays. Of equal probabilities the first counts as the likelier. No loops needed.
#
# <details><summary>Hint 1</summary>`np.argsort(-p, kind="stable")` gives the order from the likeliest on. How much stands *above* each token in it?</details>
# <details><summary>Hint 2</summary>A token stays while those above it have not reached top_p yet. The kept ones go back to their own places: indexing with the order works on the left side of = as well.</details>


# %% tags=["exercise-6c.1"]
def nucleus(p, top_p):
    """Probabilities (V,) -> probabilities (V,), zero outside the nucleus."""
    ### BEGIN SOLUTION
    order = np.argsort(-p, kind="stable")
    above = np.cumsum(p[order]) - p[order]
    kept = np.zeros_like(p)
    kept[order] = np.where(above < top_p, p[order], 0)
    return kept / kept.sum()
    ### END SOLUTION


# %% tags=["check-6c.1"]
with check("6c.1", nucleus) as c:
    cases = [
        ([0.1, 0.5, 0.3, 0.1 - 0.02, 0.02], 0.7),
        ([0.2, 0.3, 0.5], 0.4),
        ([0.125, 0.5, 0.25, 0.125], 1.0),
    ]
    cases += [([0.05, 0.15, 0.35, 0.45], 0.85), ([1.0], 0.1), ([0.25, 0.25, 0.25, 0.25], 0.6)]
    for p, top_p in [*cases, ([0.125, 0.375, 0.375, 0.125], 0.25), ([0.5, 0.0, 0.25, 0.25], 0.75)]:
        p = np.array(p)
        order = np.argsort(-p, kind="stable")
        size = int(np.searchsorted(np.cumsum(p[order]), top_p)) + 1
        want, fewer = np.zeros_like(p), np.zeros_like(p)
        want[order[:size]], fewer[order[: size - 1]] = p[order[:size]], p[order[: size - 1]]
        slips = {
            "the cut is right, but the result must sum to 1 again": want,
            "the token with which the sum reaches top_p must stay": fewer / max(fewer.sum(), 1e-9),
            "that is sorted; each probability must stay at its token's place": -np.sort(-want / want.sum()),
        }
        hint = "a token stays while those above it have not reached top_p"
        what = f"p = {p.tolist()}, top_p = {top_p}"
        c.close(nucleus(p, top_p), want / want.sum(), what=what, slips=slips, hint=hint)

# %% [markdown]
# ## 6c.4 A penalty for repetition, and its limits
#
# The *repetition penalty* (重复惩罚) strikes at every token that has occurred. Keskar et al. (2019) divide its score by $r$. But −1 divided by 2 is
# −0.5, a *reward*; so the transformers library, and ours, multiply a negative score by $r$ instead.
#
# Now a trap. Softmax does not care when all scores rise by 10. Predict: does the penalty care?

# %%
occurred = torch.tensor([[True, False, True]])
penalty = Sampling(temperature=1.0, repetition_penalty=2.0)
low = torch.tensor([[3.0, 1.0, -1.0]], dtype=torch.float64)
print("penalised scores:", filter_scores(low, penalty, occurred).tolist())

for scores in (low, low + 10):
    plain, struck = scores.softmax(-1), filter_scores(scores, penalty, occurred).softmax(-1)
    print(
        "chances:",
        [round(p, 3) for p in plain[0].tolist()],
        "penalised:",
        [round(p, 3) for p in struck[0].tolist()],
    )
assert torch.allclose(low.softmax(-1), (low + 10).softmax(-1))

# %% [markdown]
# It cares: the same distribution, punished differently, because a score has no natural zero. So a penalty that suits one model may be
# wrong for another. Does it at least end the loops? Keskar et al. took $r$ = 1.2; we also try 2. Twelve beginnings of real text, continued greedily under three penalties, and drawn
# without one. Predict which is freshest.
#
# `generate` is our loop with all of this built in. It first has to write exactly what `write` wrote.

# %%
model64 = copy.deepcopy(model).double()


def spoken(sampling, prompts, new=80):
    """One continuation of each prompt, as texts without the prompt."""
    answers = generate(model, [encode(p) for p in prompts], new, sampling=sampling, seed=seed, decode=decode)
    return [answer.text for answer in answers]


# %%
same = generate(model64, [encode(prompt)], CONTEXT - 4, decode=decode)[0].text
assert prompt + same == write(prompt, CONTEXT - 4, likeliest, model64)
in_words = sorted(real_texts, key=lambda t: "  " in t[:16] or not t[:16].replace(" ", "").isalpha())[:12]
beginnings, real_ends = [t[:16] for t in in_words], [t[16:] for t in in_words]

# %% [markdown]
# The beginnings are pieces of sentences, not of tables: eighty blanks in a row say nothing about loops.

# %%
tried = {f"greedy, penalty {r}": Sampling(0, repetition_penalty=r) for r in (1.0, 1.2, 2.0)}
tried["drawn, T = 0.8"] = Sampling(0.8)
fresh_of = {name: np.mean([freshness(t) for t in spoken(rule, beginnings)]) for name, rule in tried.items()}
for name, fresh in fresh_of.items():
    print(f"{name:20}: fresh", approx(fresh, 2))

*struck, drawn = fresh_of.values()
print("a penalty makes text as fresh as drawing does:", max(struck) >= drawn)
assert not DEFAULT or max(struck) < drawn - 0.2

# %% [markdown]
# Do the numbers rise steadily with $r$? They need not. A token is struck **once, however often it came**, and how hard depends on the level of the scores.
# The penalty is blind to *what* repeats, too: the blank and the `e` are struck as hard as a loop. Single characters are a hard case for it, for soon all of the common
# ones have come; with words for tokens it has more to choose from. Measure it with your own model before you trust it.

# %% [markdown]
# ## 6c.5 What each choice costs
#
# Two numbers for a text: how fresh it is, and how much it surprises the model, in bits per character ($-\log_2$ of the chance). Twelve real
# beginnings, continued under nine rules. Real text is the goal. Predict where greedy lands, where $T = 1$, and where the penalty.


# %%
@torch.inference_mode()
def surprise(beginnings, ends):
    """Mean bits per character of the ends, read after their beginnings."""
    lines = torch.tensor([encode(b + e) for b, e in zip(beginnings, ends, strict=True)])
    bits = cross_entropy(model(lines[:, :-1]).transpose(1, 2), lines[:, 1:], reduction="none") / math.log(2)
    return float(bits[:, len(beginnings[0]) - 1 :].mean())


# %%
rules = {f"T = {T}": Sampling(T) for T in (0.5, 0.7, 1.0, 1.4)} | {
    "greedy": GREEDY,
    "top-k 5": Sampling(top_k=5),
    "top-p 0.9": Sampling(top_p=0.9),
    "penalty 1.2": Sampling(0, repetition_penalty=1.2),
    "penalty 2.0": Sampling(0, repetition_penalty=2.0),
}
wrote = {name: spoken(rule, beginnings) for name, rule in rules.items()} | {"real text": real_ends}
place = {n: (surprise(beginnings, t), np.mean([freshness(end) for end in t])) for n, t in wrote.items()}

for name in ("greedy", "penalty 2.0", "T = 0.7", "T = 1.0", "T = 1.4", "real text"):
    print(f"{name:11}: bits", approx(place[name][0], 2), " fresh", approx(place[name][1], 2))
if DEFAULT:
    assert place["greedy"][0] < place["T = 0.7"][0] < place["T = 1.0"][0] < place["T = 1.4"][0]
    assert abs(place["T = 1.0"][0] - place["real text"][0]) < 0.6
    assert max(place["penalty 1.2"][1], place["penalty 2.0"][1]) < place["T = 0.7"][1] - 0.1
    assert place["greedy"][1] < place["top-p 0.9"][1]

# %% tags=["figure"]
# draws each rule's surprise and freshness
ax = plt.subplots(figsize=(7.5, 3.8))[1]
for name, (surprised, share) in place.items():
    star = name == "real text"
    ax.plot(
        surprised, share, "*" if star else "o", color="C1" if star else "C0", markersize=14 if star else 6
    )
    above = (7, 5) if name.startswith("penalty") else (7, -9)
    ax.annotate(name, (surprised, share), xytext=above, textcoords="offset points", fontsize=8)
middle = place["greedy"][0] < place["real text"][0] < place["T = 1.4"][0]
ax.set(title="Real text is neither the safest nor the wildest" if middle else "Nine rules and real text")
ax.set(xlabel="surprise, bits per character", ylabel="share of different runs of four")
ax.margins(x=0.15)
plt.show()

# %% [markdown]
# In the stored run plain drawing, $T = 1$, surprises the model about as much as real text does, as training wants it. Below, text gets safe and
# stale; above, fresh and wild. Both penalties stay staler than $T = 0.7$ there: on single characters a penalty is no substitute for drawing. Which
# point is best depends on the product: an answer from a contract wants it cold, a poem warm.

# %% tags=["nbval-ignore-output"]
# output not compared: trained weights differ a little between processors, and so may the text
for name in ("greedy", "penalty 2.0", "T = 0.5", "top-p 0.9", "T = 1.4"):
    print(f"{name:17}| {beginnings[1]!r} … {wrote[name][1]!r}")

# %% [markdown]
# ## 6c.6 Stop, and show it while it comes
#
# A customer should see text as it is written: *streaming* (流式输出). Two traps wait. First, a token of a byte-level vocabulary may be a
# third of a character. Here are the bytes of a Chinese text, one token each. Show each as it comes, and then properly: wait until the bytes make
# whole characters.

# %%
tokens = list("链条 ok".encode())


def spell(tokens):
    return bytes(tokens).decode("utf-8", errors="replace")


def whole_characters(tokens):
    """Pieces of text, never half a character."""
    waiting = []
    for token in tokens:
        waiting.append(token)
        piece = spell(waiting)
        if not piece.endswith("\ufffd"):
            yield piece
            waiting = []


print("each token alone:", [spell([token]) for token in tokens])
print("whole characters:", list(whole_characters(tokens)))

# %% [markdown]
# Second, a *stop string* (停止符) such as `"\nUser:"` ends an answer, and rarely is one token: it **straddles** tokens. So whoever streams must
# hold back every end of the text that might *become* a stop string. Predict what is shown after each letter of `a c c d` if `cd` stops.
#
# `utils.models.generate.Writer` keeps both rules.

# %%
from utils.models.generate import Writer

writer = Writer(99, decode=spell, stop=["cd"])
for letter in "accd":
    print(f"{letter} comes, shown: {writer.add(ord(letter))!r}")
print("answer:", writer.answer.text, "| ended by:", writer.answer.reason)
assert (writer.answer.text, writer.answer.reason) == ("ac", "stop")

# %% [markdown]
# A stream must spell what the whole answer spells, and end before the stop string. To be sure that one comes, let the model write freely first,
# and take two characters from the middle:

# %%
options = {"decode": decode, "sampling": Sampling(0.8), "seed": seed}
free = generate(model, [encode(prompt)], 60, **options)[0].text
halt = free[30:32]
pieces = list(stream(model, encode(prompt), 60, stop=[halt], **options))
assert "".join(pieces) == free[: free.find(halt)]
print("shown: all that came before the stop string, and nothing of it")

# %% [markdown]
# ### Exercise 6c.2 · What may be shown? ●●○ 15 min
#
# `text` has come and is not shown yet. Return three things: what may be shown now; what must be held back; and whether a stop string is
# complete. If it is, show what stands before the *earliest* one, and hold nothing. Else hold the longest end of the text that could still grow into a
# stop string, so one with which some stop string begins.
#
# <details><summary>Hint 1</summary>`text.find(stop)` gives the place of a stop string, or −1. Of all that are there, the smallest place counts.</details>
# <details><summary>Hint 2</summary>`"so it"` with stop `"it!"`: hold `"it"`. Try all beginnings of all stops, and hold the longest that fits the end. What is `text[:-0]`?</details>


# %% tags=["exercise-6c.2"]
def release(text, stops):
    """Text that came, stop strings -> (shown, held, stopped)"""
    ### BEGIN SOLUTION
    places = [text.find(stop) for stop in stops if stop in text]
    if places:
        return text[: min(places)], "", True
    sizes = [n for stop in stops for n in range(1, len(stop)) if text.endswith(stop[:n])]
    border = len(text) - max(sizes, default=0)
    return text[:border], text[border:], False
    ### END SOLUTION


# %% tags=["check-6c.2"]
with check("6c.2", release) as c:
    cases = [
        ("hello", ["\n"], ("hello", "", False)),
        ("so it", ["it!"], ("so ", "it", False)),
        ("the end.", ["end"], ("the ", "", True)),
        ("a\nUser: b\n\n", ["\n\n", "\nUser:"], ("a", "", True)),
        ("ab", ["abc", "bcd"], ("", "ab", False)),
        ("xaab", ["aabaac"], ("x", "aab", False)),
        ("aaa", ["aab"], ("a", "aa", False)),
        ("all", [], ("all", "", False)),
        ("", ["x"], ("", "", False)),
        ("stop", ["stop", "p now"], ("", "", True)),
        ("x aa", ["ab", "aac"], ("x ", "aa", False)),
        ("one two", ["o t", "ne"], ("o", "", True)),
        ("看那是", ["是的"], ("看那", "是", False)),
        ("a, b, c", [", "], ("a", "", True)),
        ("a.b", ["."], ("a", "", True)),
        ("ab", ["cab", "b"], ("a", "", True)),
        ("say abcd", ["bc", "abcd"], ("say ", "", True)),
    ]
    hint = "first look for whole stop strings, the earliest counts; else hold the longest beginning of one"
    for came, stops, want in cases:
        answer = release(came, stops)
        three = isinstance(answer, (tuple, list)) and len(answer) == 3
        c.true(three, "return three things: shown, held, stopped")
        for name, got, expected in zip(("shown", "held", "stopped"), answer, want, strict=True):
            c.equal(got, expected, what=f"{came!r} with stops {stops}: {name}", hint=hint)

# %% [markdown]
# ## 6c.7 The KV cache
#
# Our loop reads everything anew for every token. What of that is needed? Attention at place $t$ mixes the values $v_1 … v_t$ by how well the
# keys $k_1 … k_t$ match *its* query. Because of the causal mask, $k_s$ and $v_s$ of an old place depend on nothing that came later: they are
# **the same numbers in every pass**. Keep them: the *KV cache* (键值缓存). One head, both ways:


# %%
def all_at_once(x, Wq, Wk, Wv):
    """Causal attention of one head: x (T, C) -> (T, D)"""
    q, k, v = x @ Wq, x @ Wk, x @ Wv  # (T, D) each
    match = q @ k.T / math.sqrt(k.shape[1])
    match = match.masked_fill(torch.ones_like(match).triu(1).bool(), -torch.inf)
    return match.softmax(dim=-1) @ v


def one_by_one(x, Wq, Wk, Wv):
    """The same, token by token; keys and values are computed once and kept."""
    keys, values, out = [], [], []
    for token in x:
        keys.append(token @ Wk)
        values.append(token @ Wv)
        k, v = torch.stack(keys), torch.stack(values)  # t of (D,) -> (t, D)
        share = (k @ (token @ Wq) / math.sqrt(k.shape[1])).softmax(dim=-1)
        out.append(share @ v)
    return torch.stack(out)  # T of (D,) -> (T, D)


# %%
x, Wq, Wk, Wv = (torch.randn(*size, dtype=torch.float64) for size in [(10, 6), (6, 4), (6, 4), (6, 4)])
assert torch.allclose(all_at_once(x, Wq, Wk, Wv), one_by_one(x, Wq, Wk, Wv), rtol=0, atol=1e-12)

sentence = torch.tensor([encode(real_texts[0][:40])])
with torch.inference_mode():
    recomputed = model64(sentence)
    memory = Cache(model64, batch=1, room=40)
    cached = torch.cat(
        [model64(sentence[:, :25], memory), *(model64(t, memory) for t in sentence[:, 25:].split(1, dim=1))],
        dim=1,
    )
difference = float((cached - recomputed).abs().max())
assert difference < 1e-10
assert memory.length == 40
print("25 tokens at once and 15 one by one: the same scores as all 40 read anew")

# %%
with timer() as without:
    write(prompt, CONTEXT - 4, likeliest)
with timer() as cached_time:
    generate(model, [encode(prompt)], CONTEXT - 4)
print(
    "our loop without a cache takes as long as `generate` with one, times",
    approx(without() / cached_time(), 2),
)

# %% [markdown]
# The first call reads the whole prompt and fills the cache: *prefill* (预填充). Each later call reads a single token: *decode* (解码).
# (The clock above compares more than the cache: for a single row `generate` also takes a shorter way, told in section 6c.8.)
#
# What does it save? Count for GPT-3's shape, with the formulas of lesson 2a: a pass over $t$ tokens, against one token that looks back at
# $t$. Predict the ratio for a text of 2,000 tokens. And the price: how many bytes must be kept for each token?

# %%
shape = {"layers": 96, "width": 12288, "vocabulary": 50257}
lengths = np.unique(np.geomspace(1, 2048, 60).astype(int))
anew = np.array([cost.forward_flops(**shape, context=int(t)) for t in lengths])
kept = np.array([cost.forward_flops(**shape, context=1) + 4 * int(t - 1) * 96 * 12288 for t in lengths])
assert anew[0] == kept[0]
with_cache = cost.forward_flops(**shape, context=1) + 4 * 1999 * 96 * 12288
print(
    f"at 2,000 tokens: {cost.forward_flops(**shape, context=2000) / with_cache:,.0f} times the work without a cache"
)

per_token, per_text = cost.cache_bytes(96, 96, 128), cost.cache_bytes(96, 96, 128, 2048)
print(f"GPT-3 keeps {per_token:,} bytes a token, {per_text / 1e9:.2f} GB a text of 2,048")
shared, all_heads = cost.cache_bytes(32, 8, 128), cost.cache_bytes(32, 32, 128)
print(f"Llama-3-8B, 8 key-value heads: {shared:,} bytes; with all 32: {all_heads:,}")

# %% tags=["figure"]
# draws the work for the next token, with and without a cache
ax = plot.lines({"everything anew": (lengths, anew / 1e12), "with a cache": (lengths, kept / 1e12)})
grown = kept[-1] / kept[0] - 1
ax.set(title=f"With a cache, the work grows by {grown:.0%} in 2,048 tokens", xscale="log", yscale="log")
ax.set(xlabel="tokens so far", ylabel="TFLOP for the next token, GPT-3")
plt.show()

# %% [markdown]
# Nearly a factor of $t$ for the *last* token, so about half of that for a whole text. It is not free for ever: at some 74,000 tokens (six widths) looking
# back would cost GPT-3 as much as its matrices. Time is bought with memory, which must be held *and read*: so newer models let several query heads *share*
# one key-value head (grouped queries; Ainslie et al., 2023), and servers hand it out in small pages (Kwon et al., 2023).
#
# ### Exercise 6c.3 · How many seats? ●○○ 10 min
#
# A GPU holds `memory_gb` GB (10⁹ bytes). The weights take `weight_bytes` for each parameter, once. Every customer brings a cache of `tokens` tokens with keys
# and values of 2 bytes a number. How many customers fit at the same time? A whole number, 0 if not even the weights fit.
#
# <details><summary>Hint 1</summary>One customer first: how many numbers does a token leave in each layer, and how many bytes are they?</details>
# <details><summary>Hint 2</summary>What is left of the memory beside the weights is shared out in whole customers. It may be less than nothing. Query heads play no role.</details>


# %% tags=["exercise-6c.3"]
def seats(memory_gb, parameters, weight_bytes, layers, kv_heads, head_width, tokens):
    """Customers whose caches fit beside the weights."""
    ### BEGIN SOLUTION
    free = memory_gb * 1e9 - parameters * weight_bytes
    return max(0, int(free // (2 * layers * kv_heads * head_width * tokens * 2)))
    ### END SOLUTION


# %% tags=["check-6c.3"]
with check("6c.3", seats) as c:
    gpus = [(80, 8e9, 2, 8, 8192, 32, 128), (80, 8e9, 0.5, 8, 2000, 32, 128), (24, 7e9, 2, 32, 4096, 32, 128)]
    gpus += [(10, 7e9, 2, 32, 100, 32, 128), (48, 13e9, 1, 40, 1000, 40, 96), (2, 1e9, 1, 2, 1000, 25, 100)]
    for gb, n, per, K, t, L, D in [*gpus, (14, 7e9, 2, 32, 100, 32, 128)]:
        room, one = gb * 1e9 - n * per, 4 * L * K * D * t
        want = max(0, int(room // one))
        slips = {
            "a factor 2 is missing: key and value, 2 bytes each": int(room // (one / 2)),
            "a factor 4 is missing: key and value, 2 bytes each": int(room // (one / 4)),
            "the weights take their part first": int(gb * 1e9 // one),
            "a customer that does not fit whole does not fit": room / one,
            "not even the weights fit: nobody": int(room // one),
        }
        slips = {sentence: value for sentence, value in slips.items() if value != want}
        what = (
            f"{gb} GB, {n:.0e} parameters of {per} bytes, {K} key-value heads of {D}, {L} layers, {t} tokens"
        )
        got = seats(gb, n, per, L, K, D, t)
        c.close(got, want, what=what, slips=slips, hint="what is left beside the weights, in whole customers")

# %% [markdown]
# ## 6c.8 Reading and writing are two different machines
#
# Take a model of 7 billion parameters with 16-bit weights on the rented GPU of the parameters (as stored: NVIDIA's A100 SXM with 80 GB, 2,039 GB and
# 312 dense 16-bit TFLOP a second by its data sheet). Every pass must **read all weights** from memory once and **compute** $2N$ FLOP for each token. The slower of the two
# decides. Predict for a single customer: which is it in prefill, which in decode?

# %%
N, WEIGHTS, MEMORY = 7e9, 2 * 7e9, 80e9  # parameters, bytes of 16-bit weights, bytes of the card


def milliseconds(tokens, weights=WEIGHTS, cached=0.0):
    """Least time of a pass over `tokens` tokens: (reading weights and caches, computing)."""
    return (weights + cached) / (bandwidth * 1e9) * 1e3, cost.inference_flops(N, tokens) / (peak * 1e12) * 1e3


for name, tokens in {"prefill of 1,000": 1000, "decode of 1": 1}.items():
    reading, computing = milliseconds(tokens)
    print(f"{name:16}: reading {reading:.2f} ms, computing {computing:.3f} ms")

# %%
reading, computing = milliseconds(1)
most = 1000 / max(reading, computing)
print(
    f"one customer: at most {most:.0f} tokens a second, {computing * most / 1000:.2%} of the arithmetic used"
)
print(f"a million tokens cost {gpu_hour / 3600 / most * 1e6:.2f} in the currency of the hour")
print("decoding waits for:", "memory" if reading > computing else "arithmetic")

# %% [markdown]
# With the stored numbers decoding for one customer is *memory-bound* (访存受限): tokens a second ≤ bandwidth ÷ bytes of the weights. Remedies follow at once: fewer bytes (*quantise*, 量化: store each weight in fewer bits), or
# more tokens for each reading. A **batch** serves $B$ customers with one reading of the weights; only their caches add up.
# Here each has 1,000 tokens of a 7-B cache without grouped queries; 80 GB hold so many and no more.

# %%
each = cost.cache_bytes(32, 32, 128, tokens=1000)


def rate(batch, weights):
    """Tokens a second of all customers together, and milliseconds that one waits for a token."""
    wait = np.maximum(*milliseconds(batch, weights, each * batch))
    return batch / wait * 1e3, wait


# %%
held = {"16-bit weights": 2 * N, "4-bit weights": N / 2}
crowds = {name: np.arange(1, (MEMORY - weights) // each + 1) for name, weights in held.items()}
print("customers that fit:", {name: len(crowd) for name, crowd in crowds.items()})
gain, longer = (rate(64, WEIGHTS)[i] / rate(1, WEIGHTS)[i] for i in (0, 1))
print(f"64 customers: {gain:.1f} times the tokens, {longer:.1f} times the wait")

# %% tags=["figure"]
# draws price and wait, up to the last customer who fits
figure, axes = plt.subplots(1, 2, figsize=(9, 3))
for name, weights in held.items():
    tokens, wait = rate(crowds[name], weights)
    axes[0].plot(crowds[name], gpu_hour / 3600 / tokens * 1e6, label=name)
    axes[1].plot(crowds[name], wait, label=name)
cheaper = "Company makes tokens cheap …" if gain > 2 else "Company hardly makes tokens cheaper …"
axes[0].set(title=cheaper, ylabel="price of a million tokens", ylim=(0, None))
axes[1].set(title="… each waits longer, and the card is full", ylabel="ms a token", ylim=(0, None))
axes[1].legend()
for ax in axes:
    ax.set(xlabel="customers in a batch", xscale="log")
plt.show()

# %% [markdown]
# These are bounds from formulas. Our own small model, on this machine, with a real clock: batches of 1 to 64 customers, 20 tokens each, timed once, so
# expect scatter. (A single row takes a shorter way, `utils.models.decoder`: the same arithmetic in fewer calls, held equal by a test. Tiny models spend
# much of their time calling.)

# %%
sizes, speeds = [1, 4, 16, 64], []
for size in sizes:
    crowd = [encode(beginnings[n % len(beginnings)]) for n in range(size)]
    generate(model, crowd, 2)
    with timer() as seconds:
        answers = generate(model, crowd, 20, sampling=Sampling())
    assert sum(len(answer.ids) for answer in answers) == 20 * size
    speeds.append(20 * size / seconds())
crowded = speeds[-1] / speeds[1]
print("64 customers against 4: tokens a second, times", approx(crowded, 2))

# %% tags=["figure"]
# draws the measured speed of batches
ax = plt.subplots()[1]
ax.plot(sizes[1:], speeds[1:], "o-", label="batches")
ax.plot(sizes[:1], speeds[:1], "s", label="one row, its shorter way")
ax.legend()
ax.set(
    title=f"Measured here: 64 customers get {crowded:.1f} times the tokens of 4 in the same time",
    xlabel="customers in a batch",
    ylabel="tokens a second, all together",
    xscale="log",
    ylim=(0, None),
)
ax.set_xticks(sizes, sizes)
ax.minorticks_off()
plt.show()

# %% [markdown]
# ## 6c.9 Prompts of unequal length
#
# A batch is a rectangle, prompts are not. Somebody fills the short ones up with *padding* (填充). Four ways: on the right, and reading the last column;
# on the right, and reading each row **at its own last token**; on the left; on the left **with a mask** that lets nobody look at padding. Which are wrong,
# and by how much? Compare the next-token chances of each row with those of the row alone: 0 means equal, 1 that they share nothing.

# %%
prompts = [encode(real_texts[n][:size]) for n, size in enumerate([40, 12, 5, 25])]
longest = max(map(len, prompts))
pads = torch.tensor([longest - len(p) for p in prompts])
right = torch.tensor([p + [0] * (longest - len(p)) for p in prompts])
left = torch.tensor([[0] * (longest - len(p)) + p for p in prompts])

own_end = torch.tensor([len(p) - 1 for p in prompts])
with torch.inference_mode():
    # 4 rows of (V,) -> (4, V)
    alone = torch.stack([model64(torch.tensor([p]))[0, -1] for p in prompts]).softmax(-1)
    ways = {
        "right, last column": model64(right)[:, -1],
        "right, own last token": model64(right)[torch.arange(4), own_end],
        "left, no mask": model64(left)[:, -1],
        "left, masked": model64(left, Cache(model64, 4, longest, pads))[:, -1],
    }
apart = {name: (scores.softmax(-1) - alone).abs().sum(-1) / 2 for name, scores in ways.items()}

# %%
wrong = [name for name, values in apart.items() if values.max() > 1e-6]
print("not as if alone:", *wrong, sep=" | ")
assert max(apart["left, masked"].max(), apart["right, own last token"].max()) < 1e-6
assert not DEFAULT or min(float(apart[name][1:].max()) for name in wrong) > 0.01
assert max(apart["right, last column"][0], apart["left, no mask"][0]) < 1e-10

# %% tags=["figure"]
# draws how far each row of the batch is from the row alone
ax = plt.subplots(figsize=(7, 2.8))[1]
for shift, (name, values) in zip((-0.3, -0.1, 0.1, 0.3), apart.items(), strict=True):
    ax.bar(np.arange(4) + shift, values, 0.18, label=name)
ax.set_xticks(range(4), [f"{len(p)} tokens" for p in prompts])
ax.set(title="Two ways of four answer as if alone: they have no bars", ylabel="distance from the row alone")
ax.set(ylim=(0, 1))
ax.legend(fontsize=8)
plt.show()

# %% [markdown]
# *Symptom:* the longest prompt is always right, short ones write strangely, and the same customer gets other answers depending on who else is in
# the batch. No error, no warning.
#
# Padding on the right harms nobody *before* it; only the last column is the wrong place to read. But to *continue*, the next token would have to stand in
# the padding's place. So left and masked is the simple way. Positions are shifted there, yet rotary positions enter attention only as *distances*.
# `generate` pads for you:

# %%
rule = Sampling(0.9, top_p=0.95)
together = generate(model64, prompts, 20, sampling=rule, seed=seed)
for row, answer in enumerate(together):
    own_seed = child_seed(seed, "generate.row", row)
    assert answer == generate(model64, [prompts[row]], 20, sampling=rule, seed=[own_seed])[0]
print("4 prompts in a batch, drawn with 4 generators: each row as if alone")

# %% [markdown]
# That equality is exact in 64 bits here. In 32 bits the last digits depend on the company in the batch, and a near tie may fall the other way.

# %% [markdown]
# ### Exercise 6c.4 · Pad and mask ●●○ 15 min
#
# Build the rectangle and its mask in NumPy. `mask[b, t, s]` says whether place $t$ of row $b$ may look at place $s$: not ahead, and not at padding. But a
# row of the mask without a single True would make softmax divide by zero, so a padding place may look at itself.
#
# <details><summary>Hint 1</summary>Three parts: not ahead (`np.tri`), not at padding (the places below T − len(prompt), whatever token stands there), and the exception.</details>
# <details><summary>Hint 2</summary>Make `real`, (B, T), True where a token is no padding. Which axis of the mask does it speak of, s or t? `None` in an index adds the other; the exception for a place itself comes last.</details>


# %% tags=["exercise-6c.4"]
def pad_left(prompts, pad):
    """Lists of tokens -> ids (B, T) whole numbers, mask (B, T, T) True or False"""
    ### BEGIN SOLUTION
    T = max(map(len, prompts))
    ids = np.array([[pad] * (T - len(p)) + list(p) for p in prompts])
    real = np.arange(T) >= np.array([[T - len(p)] for p in prompts])  # (B, T)
    return ids, np.tri(T, dtype=bool) & real[:, None, :] | np.eye(T, dtype=bool)
    ### END SOLUTION


# %% tags=["check-6c.4"]
with check("6c.4", pad_left) as c:
    cases = [([[5, 6, 7], [8]], 0), ([[1], [2, 0, 0, 3], [4, 4]], 9), ([[3, 1]], 0), ([[0, 7], [7, 7, 0]], 7)]
    for rows, pad in cases:
        answer = pad_left([list(row) for row in rows], pad)
        c.true(isinstance(answer, (tuple, list)) and len(answer) == 2, "return two arrays: ids and mask")
        T = max(map(len, rows))
        filled = [[pad] * (T - len(r)) + r for r in rows]
        c.close(answer[0], filled, what="ids", hint="padding stands on the left")
        mask, eye = np.asarray(answer[1]), np.eye(T, dtype=bool)
        c.equal(mask.shape, (len(rows), T, T), what="shape of the mask")
        c.equal(set(np.unique(mask).tolist()) <= {0, 1}, True, what="only True and False in the mask")
        mask, empty = mask.astype(bool), np.arange(T) < np.array([[T - len(r)] for r in rows])
        may = np.tri(T, dtype=bool) & ~empty[:, None, :] | eye
        turned = np.array_equal(~mask, may)
        c.true(not turned, "turn it round: True is where place t may look at place s")
        blind = "a place sees nothing, and softmax would divide by zero"
        c.true(mask.any(axis=2).all(), blind, "it may look at itself")
        c.true(not np.triu(mask, 1).any(), "a place looks ahead", "mask[b, t, s] only for s ≤ t")
        looks = (mask & empty[:, None, :] & ~eye).any()
        c.true(not looks, "somebody looks at padding", "only a padding place looks at itself")
        c.true(np.array_equal(mask, may), "a place does not see all that came before it", "s ≤ t, and real")

# %% [markdown]
# ## 6c.10 Let a small model guess
#
# Decoding leaves the arithmetic idle while weights are read. *Speculative decoding* (推测解码; Leviathan et al., 2023) uses it: a small draft
# proposes $k$ tokens, and **one** pass of the large model judges all of them, since a pass over $k+1$ tokens takes hardly longer than over one.
#
# How to judge without changing the text's distribution? Let the draft's chances be $q$ and the model's $p$. Keep a guess $x$ with chance
# $\min(1, p_x / q_x)$. If refused, draw from what $q$ offers too little of: $\max(p - q, 0)$, made to sum to 1.

# %% [markdown]
# *Why it is exact.* Token $x$ comes out in two ways. Guessed and kept: $q_x \min(1, p_x/q_x) = \min(p_x, q_x)$. Or drawn after a refusal: a
# refusal has chance $1 - \alpha$ with $\alpha = \sum_x \min(p_x, q_x)$, and since $\sum_x \max(p_x - q_x, 0)$ is just that number, the draw adds
# $\max(p_x - q_x, 0)$. Together $\min(p_x, q_x) + \max(p_x - q_x, 0) = p_x$. Check by hand, in fractions:

# %%
p = [Fraction(5, 10), Fraction(3, 10), Fraction(2, 10)]
q = [Fraction(2, 10), Fraction(7, 10), Fraction(1, 10)]
pairs = list(zip(p, q, strict=True))
alpha = sum(min(a, b) for a, b in pairs)
rest = [max(a - b, 0) / (1 - alpha) for a, b in pairs]
out = [b * min(1, a / b) + (1 - alpha) * r for (a, b), r in zip(pairs, rest, strict=True)]
print("kept:", alpha, "| after a refusal:", *rest, "| comes out:", *out)
assert out == p

# %% [markdown]
# Whole texts, too? Enumerate: three tokens, chances that depend on the last one, the draft two ahead. Follow every guess, every verdict, every
# redraw, and add up the chance of each of the 27 texts. Beside the rule, two tempting mistakes: keep every guess; and redraw from $p$ itself.


# %%
def law(P, Q, last, length, ahead, keep, redraw):
    """Chance of every text of `length` tokens under speculation; P, Q: (3, 3), chances after each token."""
    total = Counter()

    def go(written, chance, guesses):
        if len(written) == length:
            total[written] += chance
            return
        p, q = (table[written[-1] if written else last] for table in (P, Q))  # (3,) each
        kept = q * keep(p, q) if guesses else 0 * p  # without guesses left, the model adds one of its own
        again = redraw(p, q) if guesses else p
        for x in range(3):
            go((*written, x), chance * kept[x], guesses - 1)
            go((*written, x), chance * (1 - kept.sum()) * again[x], ahead)

    go((), 1.0, ahead)
    return np.array([total[text] for text in np.ndindex(3, 3, 3)])


# %%
def fair(p, q):
    return np.minimum(1, p / q)


def residual(p, q):
    return np.maximum(p - q, 0) / np.maximum(p - q, 0).sum()


# %% [markdown]
# `law` walks through all that can happen. While guesses are left, a guess is kept or redrawn; a redraw ends the pass, and so does the token that the model adds
# when no guess is left. Then the next pass starts with `ahead` guesses.

# %%
P, Q = (numpy_stream(seed, name).dirichlet(np.ones(3), size=3) for name in ("large", "small"))
wanted = np.array([P[0, a] * P[a, b] * P[b, c] for a, b, c in np.ndindex(3, 3, 3)])
methods = {
    "the rule": law(P, Q, 0, 3, 2, fair, residual),
    "keep all": law(P, Q, 0, 3, 2, lambda p, q: 1.0, residual),
    "redraw from p": law(P, Q, 0, 3, 2, fair, lambda p, q: p),
}

for name, chances_of in methods.items():
    off = np.abs(chances_of - wanted).sum() / 2
    print(f"{name:14}: distance from the model's texts", 0 if off < 1e-12 else approx(off, 2))
assert np.allclose(methods["the rule"], wanted, rtol=0, atol=1e-12)
assert not DEFAULT or min(np.abs(methods[n] - wanted).sum() for n in ("keep all", "redraw from p")) > 0.01

# %% [markdown]
# Exact, whatever the draft is. A bad draft costs time, never quality. How much time? If each guess is kept with chance $\alpha$, a pass yields
# its first token surely, a second with chance $\alpha$, and so on: $1 + \alpha + … + \alpha^k = (1 - \alpha^{k+1})/(1 - \alpha)$ tokens.
# Measure ours: estimate $\alpha$ on real text, predict, then count.

# %%
with torch.inference_mode():
    lines = torch.tensor([encode(t) for t in real_texts])
    both = torch.minimum(model(lines).softmax(-1), draft(lines).softmax(-1))  # (B, T, V)
alpha = float(both.sum(-1).mean())
predicted = {k: (1 - alpha ** (k + 1)) / (1 - alpha) for k in (1, 2, 4)}
print("a guess is kept with chance", approx(alpha, 2))
assert not DEFAULT or 0.45 < alpha < 0.75


# %%
def tokens_a_pass(k, n):
    options = {"ahead": k, "sampling": Sampling(), "seed": child_seed(seed, "guess", k, n)}
    answer = speculative(model, draft, encode(beginnings[n]), 60, **options)
    return len(answer.ids) / answer.passes


for k, expected in predicted.items():
    counted = np.mean([tokens_a_pass(k, n) for n in range(4)])
    print(f"{k} ahead: predicted", approx(expected, 2), "tokens a pass, counted", approx(counted, 2))
    assert not DEFAULT or abs(counted / expected - 1) < 0.3

# %% [markdown]
# Greedily, the draft changes nothing at all: the same 60 tokens, in fewer passes.

# %%
plain = generate(model64, [encode(prompt)], 60)[0]
quick = speculative(model64, copy.deepcopy(draft).double(), encode(prompt), 60, ahead=4)
assert quick.ids == plain.ids
assert not DEFAULT or quick.passes < 50
print("greedy with and without a draft: the same 60 tokens")
ahead = np.arange(0, 17)


# %%
def speed_up(alpha, c):
    """Tokens of a pass over its cost, for every k in `ahead`"""
    return np.array([sum(alpha**i for i in range(k + 1)) / (1 + k * c) for k in ahead])


# %% tags=["figure"]
# draws the speed-up against the number of guesses
ax = plot.lines({f"α = {a}": speed_up(a, 0.1) for a in (0.5, 0.7, 0.8, 0.9)}, x=ahead)
ax.axhline(1, color="grey", linestyle=":")
ax.set(title="Each further guess brings less, and costs the same", xlabel="tokens guessed ahead, k")
ax.set(ylabel="speed-up if a guess costs 0.1 passes")
plt.show()

# %% [markdown]
# ### Exercise 6c.5 · How far ahead? ●●○ 15 min
#
# The guesses are not free: if one costs the share $c$ of a pass, $k$ of them and the pass itself cost $1 + kc$ for $1 + \alpha + … + \alpha^k$ tokens.
#
# Given $\alpha$, the cost $c$ of a guess as a share of a pass, and the largest $k$ allowed, return the best $k$ (from 0; the smaller of two equal
# ones) and its speed-up. With $k = 0$ nothing is guessed, and the speed-up is 1. Mind $\alpha = 1$.
#
# <details><summary>Hint 1</summary>The sum 1 + α + … + α^k has no trouble at α = 1; the closed formula divides by zero there.</details>
# <details><summary>Hint 2</summary>Write a function of k for the speed-up and try all k that are allowed, `most` too; how do you keep the first of equals?</details>


# %% tags=["exercise-6c.5"]
def how_far(alpha, c, most):
    """Best number of guesses and its speed-up: (k, speed-up)"""

    ### BEGIN SOLUTION
    def gain(k):
        return sum(alpha**i for i in range(k + 1)) / (1 + k * c)

    best = max(range(most + 1), key=gain)
    return best, gain(best)
    ### END SOLUTION


# %% tags=["check-6c.5"]
with check("6c.5", how_far) as c:
    cases = [(0.8, 0.1, 10), (0.5, 0.05, 8), (0.3, 0.4, 5), (1.0, 0.2, 6), (0.9, 0.02, 4), (0.0, 0.1, 3)]
    cases += [(0.5, 0.5, 3), (1.0, 1.0, 4), (0.7, 0.0, 5), (0.6, 0.1, 0), (0.95, 0.01, 40)]
    for alpha, guess, most in cases:
        answer = how_far(alpha, guess, most)
        pair = isinstance(answer, (tuple, list)) and len(answer) == 2
        c.true(pair, "return two numbers: k and the speed-up")
        sums = np.array([sum(alpha**i for i in range(k + 1)) for k in range(most + 1)])
        costs = 1 + guess * np.arange(most + 1)
        want = int(np.argmax(sums / costs > (sums / costs).max() - 1e-12))
        slips = {
            "that is the most, not the best: guesses cost something": most,
            "that forgets the token that the model adds to every pass": int(np.argmax((sums - 1) / costs)),
        }
        slips = {sentence: value for sentence, value in slips.items() if value != want}
        what = f"α = {alpha}, c = {guess}, k up to {most}"
        c.close(answer[0], want, what=f"{what}: k", slips=slips, hint="try every k, from 0")
        hint = "tokens of a pass over what the pass costs"
        c.close(answer[1], (sums / costs)[want], what=f"{what}: speed-up", hint=hint)

# %% [markdown]
# ## 6c.11 Look inside: one head's job
#
# While writing, every head decides where to look. Those decisions are a matrix for each head, rows *who looks*, columns *where*: an *attention map* (注意力图).
# `look_inside` reads a text as the model does, and keeps the maps. It can also **swap** a head's map for one that we write by hand; that will be
# our proof.


# %%
def look(part, x, angles, future):
    """One layer's maps (B, H, T, T) and values (B, H, T, D) of x (B, T, C)."""
    heads = part.qkv(x).view(*x.shape[:2], 3, part.heads, part.head_width)  # (B, T, 3·H·D) -> (B, T, 3, H, D)
    q, k = (apply_rotary(heads[:, :, i], angles).transpose(1, 2) for i in (0, 1))  # (B, H, T, D)
    match = (q @ k.transpose(2, 3) / math.sqrt(part.head_width)).masked_fill(future, -torch.inf)
    return match.softmax(dim=-1), heads[:, :, 2].transpose(1, 2)


# %%
@torch.inference_mode()
def look_inside(net, rows, swap=None):
    """Scores (B, T, V) and the maps of every layer, (B, layers, H, T, T); swap: {(layer, head): map (T, T)}"""
    x, maps, T = net.embed(rows), [], rows.shape[1]
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    for layer, block in enumerate(net.blocks):
        looks, v = look(block.attention, block.norm1(x), net.angles(0, T), future)
        for (where, head), pattern in (swap or {}).items():
            if where == layer:
                looks[:, head] = pattern
        maps.append(looks)
        x = x + block.attention.out((looks @ v).transpose(1, 2).flatten(2))  # (B, H, T, D) -> (B, T, C)
        x = x + block.mlp(block.norm2(x))
    return net.head(net.norm(x)), torch.stack(maps, dim=1)  # layers of (B, H, T, T) -> (B, layers, H, T, T)


# %% [markdown]
# With nothing swapped, it must say what the model says, and each row of a map must share out exactly 1.

# %%
exam = ids[cut : cut + CONTEXT][None]
scores, maps = look_inside(model, exam)
with torch.inference_mode():
    assert torch.allclose(scores, model(exam), atol=2e-3)
    assert torch.allclose(maps.sum(-1), torch.ones(1, layers, 4, CONTEXT), atol=1e-5)

# %% tags=["figure"]
# draws every head's map of the first 24 characters
figure, axes = plt.subplots(layers, 4, figsize=(10, 2.7 * layers), squeeze=False)
letters = [shown(alphabet[n]) for n in exam[0, :24].tolist()]
for layer, head in np.ndindex(layers, 4):
    ax = axes[layer, head]
    ax.imshow(maps[0, layer, head, :24, :24], cmap="Blues", vmin=0, vmax=1)
    ax.set_title(f"layer {layer}, head {head}", fontsize=9)
    ax.set_xticks(range(24), letters, fontsize=5)
    ax.set_yticks(range(24), letters, fontsize=5)
    ax.grid(visible=False)
axes[0, 0].set(ylabel="who looks", xlabel="where")
figure.suptitle(
    "Stripes are distances, columns are characters that many look at", x=0.01, ha="left", fontsize=11
)
plt.show()

# %% [markdown]
# A stripe *on* the diagonal: the head looks at the present character. A stripe just below it: one back. Most heads here mix several habits,
# and a picture is no proof of a job.
#
# So plant a job. In this language of eight tokens, chance draws each token from a row that the token **before the present one** names; the present one says
# nothing. We know the best loss that any model can have, the *entropy rate* (熵率). Predict: where must a head look?

# %%
rows8 = numpy_stream(seed, "planted chances").dirichlet(np.full(8, 0.3), size=8)
source = np.repeat(rows8[:, None], 8, axis=1)  # (before, present, next)
stream8 = torch.as_tensor(data.markov_tokens(40_000, source, seed=seed))
starts = numpy_stream(seed, "planted pages").integers(39_900, size=3400)
pages = stream8[starts[:, None] + np.arange(49)]
x8, y8 = pages[3200:, :-1], pages[3200:, 1:]

# %%
torch.manual_seed(child_seed(seed, "pupil"))
pupil = Llama(Shape(8, 32, layers=1, heads=2, kv_heads=2, head_width=16, hidden=32))
gentle = {"seed": seed, "schedule": rise, "progress": False}
fit(pupil, (pages[:3200, :-1], pages[:3200, 1:]), optimiser=two_rates(pupil), epochs=1, batch=16, **gentle)
scores, maps = look_inside(pupil, x8)

base, best = float(token_loss(scores[:, 1:], y8[:, 1:])), data.entropy_rate(source)
back = maps[:, 0].diagonal(-1, dim1=-2, dim2=-1).mean(dim=(0, 2))  # (2 heads,)
print("loss", approx(base), "and the best possible", approx(best))
print("share of attention on the place before:", approx(back[0], 2), approx(back[1], 2))
assert not DEFAULT or (best - 0.05 < base < best + 0.12 and back.max() > 0.7)

# %% [markdown]
# In the stored run the second line finds a head that looks one place back nearly always, and another that mostly does. (Such a *previous-token head* is
# one half of the induction circuit with which larger models continue `A B … A` by `B`; Olsson et al., 2022.)
#
# Now the proof, by intervention. Silence one head; silence both; write "exactly one back" by hand into that head; or "two back". Predict each loss, if the job is what
# we think.

# %%
T = x8.shape[1]
step_back = {d: torch.eye(T).roll(d, dims=0).tril() for d in (1, 2)}  # row t looks at t - d
silent, searched = torch.zeros(T, T), int(back.argmax())
swaps = {
    "as learnt": {},
    "that head silent": {(0, searched): silent},
    "both silent": {(0, 0): silent, (0, 1): silent},
    "that head, one back by hand": {(0, searched): step_back[1]},
    "that head, two back by hand": {(0, searched): step_back[2]},
}

losses = {}
for name, swap in swaps.items():
    seen = look_inside(pupil, x8, swap)[0]
    losses[name] = float(token_loss(seen[:, 1:], y8[:, 1:]))
    print(f"{name:27}: loss", approx(losses[name]))
by_hand = losses["that head, one back by hand"]
explained = by_hand < base + 0.25 < min(losses["both silent"], losses["that head, two back by hand"])
assert explained or not DEFAULT

# %% tags=["figure"]
# draws the loss under each swap
title = (
    "One back by hand does the job; silence and two back do not" if explained else "The loss under each swap"
)
ax = plot.bars(losses, title=title, xlabel="loss, nats a token", ax=plt.subplots(figsize=(6.4, 2.6))[1])
ax.axvline(best, color="grey", linestyle=":")
plt.show()

# %% [markdown]
# The hand-written map knows nothing of the text. If it loses almost nothing (compare the first and the fourth number), *that* is an explanation one can test; two
# back, just as blind, fails it in the stored run. And compare "that head silent" with "both silent": a neighbour may do the same work, and then "little happened when I
# removed it" proves little. Silence is a shock as well: there both losses lie above $\ln 8$, the loss of a blind guess. (Dotted: the best possible.)

# %% [markdown]
# ## 6c.12 What the article says
#
# Models *like GPT-3 and BERT*, it says, do well in text generation. GPT-3 is a causal decoder (causal as ours is, though its parts differ). BERT is an
# *encoder* (编码器): every place sees all others, also later ones. Take a tiny one from the transformers library, change the last token of a text, and watch the first places; then do the same with our decoder.

# %%
from transformers import BertConfig, BertForMaskedLM

torch.manual_seed(child_seed(seed, "tiny BERT"))
sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
bert = BertForMaskedLM(BertConfig(vocab_size=50, initializer_range=0.2, **sizes)).eval()
one, other = torch.arange(2, 10)[None], torch.tensor([[*range(2, 9), 33]])

with torch.inference_mode():
    moved = {
        "BERT": float((bert(one).logits - bert(other).logits)[0, :-1].abs().max()),
        "decoder": float((model(one % V) - model(other % V))[0, :-1].abs().max()),
    }
changes = {name: "none" if change < 1e-5 else "some" for name, change in moved.items()}
print("largest change of an earlier score:", changes)
assert moved["BERT"] > 1e-4

# %% [markdown]
# A score that depends on what comes *later* is no forecast. Is BERT then mute? Not quite: append one `[MASK]` at the end, and it does give chances of the next token
# ([Wang and Cho, 2019](https://arxiv.org/abs/1902.04094), write texts by masking and drawing one place at a time). What is missing is a *joint* chance
# of several tokens. A decoder has one, by the chain $p(x_1)\,p(x_2 \mid x_1) \cdots$. Leave two gaps to BERT, and fill the left one first, or the right one first: the same two tokens should have one chance.

# %%
MASK = 49  # a token that stands nowhere else


@torch.inference_mode()
def fill(line, places, tokens):
    """ln of the chance that these tokens fill the places of a line, one after the other."""
    line, total = line.clone(), 0.0
    for place, token in zip(places, tokens, strict=True):
        total += float(bert(line).logits[0, place].log_softmax(-1)[token])
        line[0, place] = token
    return total


gaps = one.clone()
gaps[0, 6:] = MASK
left_first, right_first = fill(gaps, (6, 7), (20, 30)), fill(gaps, (7, 6), (30, 20))
order_matters = abs(left_first - right_first) > 1e-4
print("the two orders give one chance:", not order_matters)

# %%
claim(
    "§6.1",
    "Models like GPT-3 and BERT do well in text generation.",
    "imprecise",
    evidence=bool(order_matters and moved["BERT"] > 1e-4 and moved["decoder"] < 1e-5),
    right="Right for decoders such as GPT-3, which are trained to continue a text. BERT is trained to fill gaps with both sides in view: "
    "it can be made to write, mask by mask, but it is not trained for it and gives no consistent chance of a whole text.",
)

# %% [markdown]
# That BERT is untrained, so it shows what the *architecture* allows, not how well a trained one writes. On the inference engine of §2.3,
# [lesson 2d](02d_pipeline.ipynb) has the verdict.

# %% [markdown]
# ### Exercise 6c.6 · The cheapest that is quick enough ●●● 25 min
#
# You must serve a model of `N` parameters. For each number of `bits` a weight (from `bit_choices`) and each batch size (from `batches`), one pass takes the slower
# of *reading* (weights once, `cache` bytes for each customer; `bandwidth` bytes a second) and *computing* (2N FLOP for each customer; `flops` a second). All must fit
# into `memory` bytes, and a pass may take `limit` seconds at most. Return (bits, batch, price of a million tokens) of the cheapest (of equal prices the fewer bits, then the smaller
# batch), or None if none will do.
#
# <details><summary>Hint 1</summary>Two loops. For each pair: how many bytes lie in memory, how long does reading them take, how long computing, and how many tokens does a pass make?</details>
# <details><summary>Hint 2</summary>`per_hour / 3600` is the price of a second. Collect what fits and is quick enough, with its price in front; `min` has a `default` for an empty list.</details>


# %% tags=["exercise-6c.6"]
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    """(bits, batch, price of a million tokens), or None when nothing is quick enough."""
    ### BEGIN SOLUTION
    found = []
    for bits in bit_choices:
        for batch in batches:
            size = N * bits / 8 + batch * cache
            seconds = max(size / bandwidth, 2 * N * batch / flops)
            if size <= memory and seconds <= limit:
                found.append((per_hour / 3600 * seconds / batch * 1e6, bits, batch))
    price, bits, batch = min(found, default=(None, None, None))
    return None if price is None else (bits, batch, price)
    ### END SOLUTION


# %% tags=["check-6c.6"]
with check("6c.6", cheapest) as c:
    big, small = (2e12, 3e14, 80e9), (1e12, 1e14, 24e9)
    even = (2.0**41, 2.0**46, 2.0**35)  # powers of two, so that equal prices are equal to the last digit
    cases = [
        *[(7e9, [16, 8, 4], [1, 8, 32, 128], 0.5e9, 0.01, big), (7e9, [16], [1, 2, 4, 8], 0.5e9, 0.008, big)],
        *[(7e9, [4], [8, 64, 1024], 1e6, 0.01, big), (70e9, [16, 4], [1, 4, 16, 64], 0.3e9, 0.05, big)],
        *[(7e9, [16, 4], [1, 8], 0.5e9, 0.001, big), (7e9, [8], [4, 365, 400], 0.2e9, 1.0, big)],
        *[(7e9, [16, 8, 4], [1, 4, 16, 64], 0.5e9, 0.02, small), (7e9, [4, 8], [1024], 1e6, 0.1, big)],
        (2**33, [8, 4], [128, 64, 32, 16], 2**20, 1.0, even),
    ]
    for N, choices, sizes, cache, limit, (wide, fast, room) in cases:
        timed = [(b, n, N * b / 8 + n * cache, 2 * N * n / fast) for b in choices for n in sizes]
        timed = [(b, n, max(held / wide, work)) for b, n, held, work in timed if held <= room]
        good = [(1.5 / 3600 * s / n * 1e6, b, n) for b, n, s in timed if s <= limit]
        answer = cheapest(N, choices, sizes, cache, wide, fast, room, limit, 1.5)
        what = f"{N:.0e} parameters, bits {choices}, batches {sizes}, {limit * 1000:g} ms"
        if not good:
            c.equal(answer, None, what=what, hint="nothing is quick enough: return None")
            continue
        price, bits, batch = min(good)
        three = isinstance(answer, (tuple, list)) and len(answer) == 3
        wanted = f"{what}: bits and batch and price are wanted, got {answer!r}"
        c.true(answer if answer is ... else three, wanted)
        hint = "keep what fits and is quick enough; then the lowest price"
        ties = [[b, n] for p, b, n in good if p == price and (b, n) != (bits, batch)]
        first = "of equal prices the fewer bits come first, then the smaller batch"
        c.true(list(answer[:2]) not in ties, f"{what}: {first}", hint)
        c.close(answer[:2], (bits, batch), what=f"{what}: bits and batch", hint=hint)
        slips = {"a pass makes `batch` tokens, not one": price * batch, "that is for one token": price / 1e6}
        c.close(answer[2], price, what=f"{what}: price", slips=slips, hint="per million tokens")

# %% [markdown]
# ## Recap
#
# 1. Writing is a loop: read, choose, append. Greedy repeats itself; temperature, top-k and top-p draw with chances that you control.
# 2. Plain drawing was about as surprising as real text. A repetition penalty depends on the scores' zero, and on single characters it was no substitute for drawing.
# 3. The KV cache changes no score (up to rounding), saves nearly a factor of the length at the last token, and costs bytes for every token of every customer.
# 4. Decoding waits for memory: quantise, batch (padding left, masked), or let a draft guess; the acceptance rule keeps the distribution exactly.
# 5. Where a head must look is explained when a map written by hand can take the place of its own.
#
# **Next:** do all this with a real open model, in [lesson 6d](06d_open_model.ipynb). [Back to the map](00_start_here.ipynb)
#
# ## Sources
#
# - A. Fan, M. Lewis, Y. Dauphin (2018), *Hierarchical neural story generation*, [arXiv:1805.04833](https://arxiv.org/abs/1805.04833): top-k
# - A. Holtzman, J. Buys, L. Du, M. Forbes, Y. Choi (2020), *The curious case of neural text degeneration*, [arXiv:1904.09751](https://arxiv.org/abs/1904.09751): top-p
# - J. Xu et al. (2022), *Learning to break the loop: analyzing and mitigating repetitions for neural text generation*
# - N. S. Keskar, B. McCann, L. R. Varshney, C. Xiong, R. Socher (2019), *CTRL*, [arXiv:1909.05858](https://arxiv.org/abs/1909.05858): the repetition penalty
# - Y. Leviathan, M. Kalman, Y. Matias (2023), *Fast inference from transformers via speculative decoding*, [arXiv:2211.17192](https://arxiv.org/abs/2211.17192)
# - J. Ainslie et al. (2023), *GQA*, [arXiv:2305.13245](https://arxiv.org/abs/2305.13245)
# - W. Kwon et al. (2023), *Efficient memory management for large language model serving with PagedAttention*, [arXiv:2309.06180](https://arxiv.org/abs/2309.06180): the cache without waste
# - C. Olsson et al. (2022), *In-context learning and induction heads*, [arXiv:2209.11895](https://arxiv.org/abs/2209.11895)
# - J. Devlin, M.-W. Chang, K. Lee, K. Toutanova (2018), *BERT*, [arXiv:1810.04805](https://arxiv.org/abs/1810.04805); T. Brown et al. (2020), *Language models are few-shot learners*, [arXiv:2005.14165](https://arxiv.org/abs/2005.14165)
# - NVIDIA, *A100 Tensor Core GPU* data sheet: 312 TFLOP/s, 2,039 GB/s with 80 GB
