# %% [markdown]
# # 2d · The whole pipeline
#
# Build the network, its training and the engine that writes; then take each stage out and measure what it was worth.
#
# 60 min to read · under 70 CPU-seconds · under 1,000 MB · GPU: not needed
#
# **You will be able to**
# - build a Transformer block by block, each shape and its mask checked;
# - say why a recurrent network may learn little from far back, and what attention pays for reaching there;
# - know the lowest honest loss, and read one far below it as a leak;
# - export a trained network, and serve it elsewhere, token by token, with the same answers;
# - say what each stage is worth, in accuracy.
#
# *You need:* the mail, its preprocessing and byte-pair encoding, from [lesson 2c](02c_architecture.ipynb); softmax, loss, nats and
# epochs, from [lesson 2b](02b_generalisation.ipynb). Training is explained in [lesson 3a](03a_forward_backward.ipynb); here one loop is enough.

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
letters: int = 2000  # letters in the archive, before some are sent twice  in [400, 20000]
merges: int = 120  # byte pairs to merge, at most  in [0, 400]
width: int = 32  # width of the network  in {16, 24, 32, 48, 64, 128}
layers: int = 2  # blocks of the network  in [1, 6]
epochs: int = 4  # passes over the training letters  in [1, 60]
gap: int = 30  # distracting words in the memory task  in [3, 100]
device: str = "cpu"  # where the networks compute; best looks for a GPU  in {cpu, best}

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from utils import cost, plot
from utils.check import approx, check, claim, metric
from utils.device import best_device, timer
from utils.models import mail as post
from utils.models.tokens import Tokenizer
from utils.params import check_parameters
from utils.repro import child_seed, numpy_stream, seed_everything
from utils.stats import mcnemar

check_parameters("02d_pipeline", globals())
plot.style()
_ = seed_everything(seed)
chosen = best_device("cpu" if device == "cpu" else None)
if chosen.type != "cpu":  # the CPU is the default already, and naming it slows every small step
    torch.set_default_device(chosen)
default = (seed, letters, merges, width, layers, epochs, gap) == (0, 2000, 120, 32, 2, 4, 30)

# %% [markdown]
# ## 2d.1 What comes in
#
# A letter names a part that is at fault and one that is not, and the order of the words tells which. The reply slip is
# two words, such as ` brake insured`; price and age decide on the second. What lesson 2c built, letters, dirt and rules, waits in
# `utils.models.mail`, here called `post`. The tokenizer comes from `utils.models.tokens`: lesson 2c's, on numbers instead of
# texts.

# %%
draw = numpy_stream(seed, "archive")
archive = post.store(post.soil(post.write_letters(letters, draw), draw), draw)
rows = post.tidy(archive).drop_duplicates(post.KEY)
train, validation, test = post.split(rows, numpy_stream(seed, "split"))
rules = post.fit_rules(train)
ours = Tokenizer.learn(train.letter + " =>" + train.reply, 256 + merges)

# %%
draw = numpy_stream(seed, "coming")
truth = post.write_letters(600, draw)
coming = post.soil(truth, draw).assign(shelf=np.nan)  # shelves are filled after the repair
ceiling = float((post.best_guess(coming, truth) == coming.reply).mean())
print(len(train), "letters to learn from;", len(ours), "tokens")
print(coming.letter[0], "->", [ours.decode([n]) for n in ours.encode(coming.letter[0])])
print("who knows the rules is right on", approx(ceiling), "of the coming letters")

# %% [markdown]
# ## 2d.2 The network
#
# In lesson 2c a bag of single words could not tell which part was broken. So let each word look at the others. The heart of the
# network is *attention* (注意力): every position asks a question $q$, every position offers a key $k$ and a value $v$. How well
# question and key match decides how much of the value is taken:
#
# $$a_{t} = \sum_{s \le t} p_{ts}\, v_s \qquad p_t = \text{softmax}_s\!\left( \frac{q_t \cdot k_s}{\sqrt{c}} \right)$$
#
# with $c$ the length of $q$; for random entries of size 1 the product grows like $\sqrt{c}$, and dividing takes that off again.

# %% [markdown]
# The sum ends at $t$: nobody looks ahead. That is the *causal mask* (因果掩码). First as the formula reads:


# %%
def attention_loops(q, k, v):
    """One head. q, k, v (T, c) -> (T, c)"""
    out = torch.zeros_like(v)
    for t in range(len(q)):
        match = (k[: t + 1] * q[t]).sum(dim=1) / q.shape[1] ** 0.5  # (t + 1,)
        for s, share in enumerate(match.exp() / match.exp().sum()):
            out[t] += share * v[s]
    return out


# %%
def attention(q, k, v, mask=True):
    """Any number of heads at once. q, k, v (…, T, c) -> (…, T, c)"""
    T, c = q.shape[-2:]
    match = q @ k.transpose(-2, -1) / c**0.5  # (…, T, T)
    if mask:
        match = match.masked_fill(torch.ones(T, T, dtype=torch.bool).triu(1), -torch.inf)
    return match.softmax(dim=-1) @ v


# %%
with torch.device("cpu"):
    q, k, v = torch.randn(3, 2, 4, 7, 5, dtype=torch.double)  # each: 2 letters, 4 heads, T = 7, c = 5
    fast = attention(q, k, v)
    assert torch.allclose(fast[1, 2], attention_loops(q[1, 2], k[1, 2], v[1, 2]), rtol=0, atol=1e-12)
    library = F.scaled_dot_product_attention(q, k, v, is_causal=True)
assert (fast - library).abs().max() < 1e-6
assert torch.allclose(fast[:, :, 0], v[:, :, 0])
print("loops, matrices and PyTorch agree; the first position can only see itself")

# %% [markdown]
# ### Exercise 2d.1 · A narrow window ●●○ 20 min
#
# Long texts make attention dear: $T^2$ pairs. Some models let position $t$ see only itself and the `window − 1` positions before
# it. Write it for one head or many, in matrices, best without a loop over positions. Leave q, k and v as they are. (A mask shows
# what such a model sees; to save the work as well, a program must skip the masked pairs.)
#
# <details><summary>Hint 1</summary>Start from `attention`. Its mask forbids s > t. You must also forbid positions that lie too far back: which s are these?</details>
# <details><summary>Hint 2</summary>Make a (T, T) table of how far back each s lies from each t. Two kinds of distance are forbidden; both get the same treatment as in `attention`.</details>


# %% tags=["exercise-2d.1"]
def window_attention(q, k, v, window):
    """q, k, v (…, T, c), window at least 1 -> (…, T, c)"""
    ### BEGIN SOLUTION
    T, c = q.shape[-2:]
    places = torch.arange(T)
    distance = places[:, None] - places
    match = q @ k.transpose(-2, -1) / c**0.5
    match = match.masked_fill((distance < 0) | (distance >= window), -torch.inf)
    return match.softmax(dim=-1) @ v
    ### END SOLUTION


# %% tags=["check-2d.1"]
with check("2d.1", window_attention) as c, torch.device("cpu"):
    draw = torch.Generator().manual_seed(3)
    for shape, window in [((6, 4), 3), ((2, 3, 5, 4), 2), ((1, 4, 2), 1), ((7, 3), 50)]:
        q_, k_, v_ = (torch.randn(*shape, dtype=torch.double, generator=draw) for _ in range(3))
        T = shape[-2]
        back = torch.arange(T)[:, None] - torch.arange(T)

        def seen(allowed, scale=1.0, q=q_, k=k_, v=v_):
            return F.scaled_dot_product_attention(q * scale, k, v, attn_mask=allowed)

        scores_ = q_ @ k_.mT / shape[-1] ** 0.5
        outside = (back < 0) | (back >= window)
        slips = {
            "after the mask the shares of a position no longer sum to 1": scores_.softmax(-1).masked_fill(
                outside, 0
            )
            @ v_,
            "a score of 0 is no mask: its share is not 0": scores_.masked_fill(outside, 0).softmax(-1) @ v_,
            "that window holds one position too many": seen((back >= 0) & (back <= window)),
            "that sees all earlier positions, however far": seen(back >= 0),
            "that looks ahead": seen(back.abs() < window),
            "the products are not scaled": seen((back >= 0) & (back < window), scale=shape[-1] ** 0.5),
        }
        what, hint = (
            f"shape {shape}, window {window}",
            "which distances are allowed? test the nearest and the farthest",
        )
        c.close(
            window_attention(q_, k_, v_, window),
            seen((back >= 0) & (back < window)),
            what=what,
            slips=slips,
            hint=hint,
        )

# %% [markdown]
# Around attention stand four plain parts. A *linear layer* makes $q, k, v$ from each vector. An *MLP* (多层感知机) works on each
# position alone. A *residual connection* (残差连接) adds what is new to what was there. A *norm* (层归一化) keeps sizes in
# hand. Together they are a **block**, and a large model is many of these. The switches serve section 2d.6.


# %%
class Attention(nn.Module):
    """Several heads: each looks with its own part of the vector."""

    def __init__(self, width, heads=4, mask=True):
        super().__init__()
        self.heads, self.mask = heads, mask
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        B, T, C = x.shape
        # (B, T, C) -> (B, H, T, C//H), three times
        heads = [part.view(B, T, self.heads, -1).transpose(1, 2) for part in self.qkv(x).chunk(3, dim=-1)]
        mixed = attention(*heads, mask=self.mask)  # (B, H, T, C//H)
        return self.out(mixed.transpose(1, 2).reshape(B, T, C))  # (B, H, T, C//H) -> (B, T, C)


# %%
class Block(nn.Module):
    """Look around, then work alone; add both to what was there."""

    def __init__(self, width, drop=0.0, mask=True, residual=True, attend=True):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, mask=mask) if attend else nn.Identity()
        self.drop, self.residual = nn.Dropout(drop), float(residual)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))

    def forward(self, x):
        x = self.residual * x + self.drop(self.attention(self.norm1(x)))
        return self.residual * x + self.drop(self.mlp(self.norm2(x)))


# %% [markdown]
# The whole network: tokens become vectors (*embedding*, 嵌入). The numbers of a letter become one vector **in front**, as a first
# position. Each position gets its own vector added, because the sum in attention knows no order. At the end the *head*, a linear
# layer, gives one score for each token of the vocabulary. With the numbers in front, the scores at place $t$ are a guess of token
# $t$ itself, made from all before it.


# %%
class Network(nn.Module):
    """ids (B, T), numbers (B, columns) -> scores (B, T + 1, vocabulary)"""

    def __init__(self, vocabulary, columns, width, layers, longest=128, drop=0.1, positions=True, **switches):
        super().__init__()
        self.numbers = nn.Linear(columns, width)
        self.embedding, self.position = nn.Embedding(vocabulary, width), nn.Embedding(longest, width)
        self.blocks = nn.ModuleList(Block(width, drop, **switches) for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary)
        nn.init.normal_(self.embedding.weight, std=0.3)
        nn.init.normal_(self.position.weight, std=0.3 * positions)
        self.position.weight.requires_grad_(positions)

    def forward(self, ids, numbers, where=None):
        """Scores at all places, or, to save work, only where the mask (B, T + 1) says: (places, vocabulary)."""
        x = torch.cat([self.numbers(numbers)[:, None], self.embedding(ids)], dim=1)  # (B, T + 1, width)
        x = x + self.position.weight[: x.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x if where is None else x[where]))


# %% [markdown]
# Three questions before any training. Has each step the shape we think? Has a block as many weights as the formula of
# lesson 2a says? And the one that matters most: **if a later token changes, do the earlier scores stay exactly as they were?**

# %%
small = Network(len(ours), 4, width, layers).eval()
ids, front = torch.randint(256, (3, 9)), torch.randn(3, 4)
x = small.embedding(ids)
block = small.blocks[0]
assert x.shape == block.attention(x).shape == block.mlp(x).shape == block(x).shape == (3, 9, width)
assert small(ids, front).shape == (3, 10, len(ours))
count = sum(weight.numel() for weight in block.parameters())
assert count == cost.block_parameters(width)
print("a block has", count, "weights: 12d² + 13d for d =", width)

# %%
changed = ids.clone()
changed[:, 6] = (ids[:, 6] + 1) % 256
moved = (small(changed, front) - small(ids, front)).abs().amax(dim=(0, 2)) > 0
print("token 6 changes; scores that move:", [place for place, m in enumerate(moved.tolist()) if m])
causal, reaches_all = not moved[:7].any(), bool(moved[7:].all())
assert causal
assert reaches_all
alone = small(ids[1:2], front[1:2])
assert torch.allclose(alone[0], small(ids, front)[1], atol=1e-5)

# %% [markdown]
# Token 6 enters after the scores for it were given, so places 0 to 6 stand still. A letter alone gets what it gets in a
# batch. Here is who may look at whom:

# %% tags=["figure"]
# draw what the first head of the untrained network gives to each place
with torch.no_grad():
    placed = torch.cat([small.numbers(front)[:, None], x], dim=1) + small.position.weight[:10]
    h = block.norm1(placed)  # (3, 10, width)
    q, k, _ = (
        part[0, :, : width // 4] for part in block.attention.qkv(h).chunk(3, dim=-1)
    )  # (10, width // 4)
    match = q @ k.T / (width // 4) ** 0.5  # (10, 10)
    match = match.masked_fill(torch.ones(10, 10, dtype=torch.bool).triu(1), -torch.inf)
ax = plt.subplots(figsize=(4.9, 3.4))[1]
plot.matrix(
    match.softmax(dim=-1).cpu(),
    title="Nobody looks to the right of itself",
    bar="share of the attention",
    ax=ax,
)
ax.set(xlabel="place looked at", ylabel="place that looks", xticks=range(0, 10, 3), yticks=range(0, 10, 3))
plt.show()

# %% [markdown]
# ## 2d.3 Recurrent or attention?
#
# The article (§2.3) knows feed-forward networks and 递归 ones, which we read as *recurrent* (循环), and never names attention. A
# recurrent network reads word by word and keeps one vector as its memory. Give both the same task: a word, then distracting
# words, then the question *which was the first word?* Eight words are possible, so guessing scores one in eight. Predict: which
# network remembers over many words?


# %%
class Recurrent(nn.Module):
    """ids (B, T) -> scores (B, 8), from the memory after the last word. kind: RNN or LSTM"""

    def __init__(self, kind, length, width=32):
        super().__init__()
        self.embedding, self.head = nn.Embedding(17, width), nn.Linear(width, 8)
        self.cell = getattr(nn, kind)(width, width, batch_first=True)

    def read(self, x):
        return self.head(self.cell(x)[0][:, -1])

    def forward(self, ids):
        return self.read(self.embedding(ids))


# %%
class Attentive(Recurrent):
    """The same with one block of ours in place of the recurrent cell."""

    def __init__(self, kind, length, width=32):
        super().__init__("RNN", length, width)
        self.cell, self.position = Block(width), nn.Parameter(torch.randn(length, width))

    def read(self, x):
        return self.head(self.cell(x + self.position)[:, -1])


# %% [markdown]
# All start from weights of the same stream, and each gets the same rate, untuned, and the same budget: 100 batches of 32 sequences,
# made afresh, so nothing can be learnt by heart.


# %%
def build(kind, gap):
    """A network that has learnt nothing yet."""
    torch.manual_seed(child_seed(seed, "recall"))
    return (Attentive if kind == "attention" else Recurrent)(kind, gap + 2)


# %%
def sequences(n, gap):
    """A word to remember (0 to 7), `gap` distracting ones (8 to 15), the question (16): (n, gap + 2)"""
    ids = torch.randint(8, 16, (n, gap + 2))
    ids[:, 0], ids[:, -1] = torch.randint(8, (n,)), 16
    return ids


# %%
def practise(net, gap, steps=100, batch=32):
    optimiser = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(steps):
        ids = sequences(batch, gap)
        loss = F.cross_entropy(net(ids), ids[:, 0])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


# %% [markdown]
# Then an exam on 500 new sequences:


# %%
def recall(kind, gap):
    """A network trained on the memory task, and its accuracy."""
    net = build(kind, gap)
    practise(net, gap)
    ids = sequences(500, gap)
    return net, float((net(ids).argmax(dim=1) == ids[:, 0]).float().mean())


# %%
kinds, gaps = ["RNN", "LSTM", "attention"], sorted({2, 8, gap})
recalled = {(kind, n): recall(kind, n) for kind in kinds for n in gaps}
for kind in kinds:
    short, long = (approx(recalled[kind, n][1], 2) for n in (2, gap))
    print(f"{kind}: after 2 words {short}, after {gap} words {long}")
if default:
    assert recalled["attention", gap][1] > 0.95
    assert max(recalled["RNN", gap][1], recalled["LSTM", gap][1]) < 0.3
    assert min(recalled[kind, 2][1] for kind in kinds) > 0.9

# %% [markdown]
# Why? A network learns from slopes. Ask each one *before* its training how strongly the word at each place moves the answer: the size
# of the slope in that word's vector. Where it all but vanishes beside the others, training has little to follow.


# %%
def slope_sizes(net, gap):
    """How strongly each word of a sequence of the task moves the answer: size of the slope in its vector, (gap + 2,)"""
    x = net.embedding(sequences(64, gap)).detach().requires_grad_()
    net.read(x).square().sum().backward()
    return x.grad.square().mean(dim=(0, 2)).sqrt().cpu().numpy()


# %%
felt = {f"{kind}, untrained": slope_sizes(build(kind, gap), gap) for kind in kinds}
felt["attention, trained"] = slope_sizes(recalled["attention", gap][0], gap)
if default:
    assert felt["attention, untrained"][0] > 1e4 * max(felt["RNN, untrained"][0], felt["LSTM, untrained"][0])
    assert felt["attention, trained"].argmax() == 0

# %% tags=["figure"]
# draw accuracy against distance, and how strongly each word is felt
figure, axes = plt.subplots(1, 2, figsize=(9, 3.2))
for kind in kinds:
    axes[0].plot(gaps, [recalled[kind, n][1] for n in gaps], "o-", label=kind)
colours = {"RNN": "C0", "LSTM": "C1", "attention": "C2"}
for name, sizes in felt.items():
    axes[1].plot(sizes, "-" if "untrained" in name else ":", color=colours[name.split(",")[0]], label=name)
longest = {kind: recalled[kind, max(gaps)][1] for kind in kinds}
only_one = longest["attention"] > 0.8 and max(longest["RNN"], longest["LSTM"]) < 0.5
axes[0].axhline(1 / 8, color="grey", linestyle="--")
axes[0].set(title="Only attention learnt to look far back" if only_one else "Who knows the first word?")
axes[0].set(xlabel="words between", ylabel="accuracy", ylim=(0, 1.05))
axes[1].set(title="How strongly each word moves the answer", xlabel="place of the word")
axes[1].set(yscale="log", ylabel="size of slope")
axes[0].legend()
axes[1].legend(fontsize=7)
plt.show()

# %% [markdown]
# Left: the dashed line is guessing. Right: in a recurrent network a slope passes through every step on its way back, and in these
# it shrinks on the way; attention reaches every word in one step. This is what these nets do in a training this short, and no law:
# the LSTM was invented against the fading (Hochreiter and Schmidhuber, 1997). And attention pays elsewhere: what it must keep of
# the text grows with every word, a recurrent memory never does.

# %% [markdown]
# ## 2d.4 The training strategy
#
# Preprocessing hands over whole numbers, normalised columns, and a mask that says which places belong to the reply. Only
# these are scored: what customers write need not be guessed.


# %%
def tensors(mail, rules, cutter):
    """ids (n, T), numbers (n, columns), and a mask (n, T + 1) that is true on the reply and its line end."""
    asked = [cutter.encode(letter + " =>") for letter in mail.letter]
    replies = [cutter.encode(reply + "\n") for reply in mail.reply]
    T = max(len(a) + len(b) for a, b in zip(asked, replies, strict=True))
    ids, where = np.zeros((len(mail), T), int), np.zeros((len(mail), T + 1), bool)
    for n, (a, b) in enumerate(zip(asked, replies, strict=True)):
        ids[n, : len(a) + len(b)] = a + b
        where[n, len(a) : len(a) + len(b)] = True
    return (
        torch.tensor(ids),
        torch.tensor(post.numbers(mail, rules), dtype=torch.float32),
        torch.tensor(where),
    )


# %%
def score(net, ids, numbers, where):
    """The loss: −ln of the share given to each right token, on average (cross-entropy, in nats a token)."""
    return F.cross_entropy(net(ids, numbers, where), ids[where[:, :-1]])


# %% [markdown]
# Now the arrows of lesson 2c's chart, one line of code each. *Regularisation* (正则化) is two things here: *dropout*, which
# silences random parts of the network while it trains, and *weight decay*, by which the optimiser shrinks all weights a little.
# *Validation* (验证) chooses which epoch to keep.


# %%
def one_epoch(net, optimiser, learn, batch=40):
    """The mean loss of one pass over the letters, in random order."""
    net.train()  # dropout on: regularisation → network
    losses = []
    for rows in torch.randperm(len(learn[0])).split(batch):
        loss = score(net, *(part[rows] for part in learn))  # training set → network → loss
        losses.append(loss.detach())
        if not loss.isfinite():
            break  # nothing mends a network whose loss is nan
        optimiser.zero_grad()
        loss.backward()  # loss → optimiser
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)  # no single batch may throw it off
        optimiser.step()  # optimiser → network: the feedback
    return float(sum(losses) / len(losses))


# %%
def train_network(net, learn, validate, epochs):
    """Loss on the training and on the validation part, one pair an epoch; the net keeps its best weights."""
    settings = {"lr": 0.006, "weight_decay": 0.01, "betas": (0.9, 0.98), "fused": True}
    optimiser = torch.optim.AdamW(net.parameters(), **settings)  # weight decay: regularisation → optimiser
    history, lowest, best = [], np.inf, net.state_dict()
    for _ in range(epochs):
        seen = one_epoch(net, optimiser, learn)
        net.eval()
        with torch.no_grad():
            unseen = float(score(net, *validate))
        history.append((seen, unseen))
        if unseen < lowest:  # validation set → choose the epoch
            lowest, best = unseen, {name: value.clone() for name, value in net.state_dict().items()}
    net.load_state_dict(best)
    net.eval()
    return history


# %% [markdown]
# How low may the loss fall? One reply in twenty was drawn at random from six, and no network can foresee the draw. The *entropy*
# (熵) of a reply, its average −ln p, is a floor; divided by the tokens of a reply, since the loss is a mean over tokens. Ages that
# nobody gave lift it further. Predict: is a loss below the floor good news?

# %%
wrong = post.SLIP / 6  # the chance of each of the five wrong replies
chances = np.array([1 - 5 * wrong] + [wrong] * 5)
surprise = -np.log(chances)
tokens_a_reply = np.mean([len(ours.encode(reply + "\n")) for reply in train.reply])
floor = (chances * surprise).sum() / tokens_a_reply

# %% [markdown]
# A floor on average: among few validation letters there may be fewer slips, or more. Two standard errors say how far chance alone
# usually moves it.

# %%
spread = np.sqrt((chances * surprise**2).sum() - (chances * surprise).sum() ** 2)  # of one reply, in nats
room = 2 * spread / tokens_a_reply / np.sqrt(len(validation))
print("floor", approx(floor), "nats a token, give or take", approx(room, 2))

# %%
torch.manual_seed(child_seed(seed, "network"))
net = Network(len(ours), 4, width, layers)
history = train_network(net, tensors(train, rules, ours), tensors(validation, rules, ours), epochs)
lowest = min(unseen for _, unseen in history)
print("validation after each epoch:", *(approx(unseen, 2) for _, unseen in history))
if default:
    assert floor - room < lowest < 2.5 * floor
    assert history[0][1] > 1.5 * lowest

# %% tags=["figure"]
# draw both losses after each epoch
at_floor = floor - room < lowest < floor + 2 * room
title = "Down to the floor of chance, and no further" if at_floor else "Both losses, and the floor of chance"
curves = dict(zip(["training set", "validation set"], np.transpose(history), strict=True))
ax = plot.lines(curves, x=np.arange(1, epochs + 1), title=title, marker="o", markersize=3)
ax.set(xlabel="epoch", ylabel="cross-entropy (nats a token)", ylim=(0, None))
ax.axhline(floor, color="grey", linestyle="--")
ax.axhspan(floor - room, floor + room, color="grey", alpha=0.2)
ax.text(1, floor + room, "the clerks' slips", va="bottom", color="grey")
plt.show()

# %% [markdown]
# ## 2d.5 The inference engine
#
# A trained network gives *scores*. To get a reply it must be asked again and again: give it the letter, take the token with the
# highest score, append it, ask again, until it writes the line end. This *autoregressive loop* (自回归) is the second loop of the
# chart. Write it for one letter first.

# %% [markdown]
# ### Exercise 2d.2 · The loop ●●○ 15 min
#
# `scores(ids)` takes the list of all tokens so far and returns an array with one number for each token of the vocabulary: how
# well it would come next. Write on after `ids` by always taking the highest, until `end` comes or `most` new tokens are written. Return the
# list of the new tokens, without `end`.
#
# <details><summary>Hint 1</summary>What does the network have to see before it can choose the second new token?</details>
# <details><summary>Hint 2</summary>Two things can stop the loop: what was chosen, and how many were. Ask about the first before you keep the token.</details>


# %% tags=["exercise-2d.2"]
def write_on(scores, ids, end, most):
    """scores: function of a list of tokens; ids: the tokens so far -> the new tokens"""
    ### BEGIN SOLUTION
    written = []
    while len(written) < most:
        token = int(np.argmax(scores([*ids, *written])))
        if token == end:
            break
        written.append(token)
    return written
    ### END SOLUTION


# %% tags=["check-2d.2"]
with check("2d.2", write_on) as c:
    chain = {
        (5,): 3,
        (5, 3): 3,
        (5, 3, 3): 1,
        (5, 3, 3, 1): 0,
        (2, 4): 0,
        (1, 2): 4,
        (1, 2, 4): 2,
        (1, 2, 4, 2): 4,
    }
    chain |= {(1, 2, 4, 2, 4): 0, (4,): 2, (3,): 1, (1,): 4, (2,): 0, (6,): 6, (6, 6): 6, (6, 6, 6): 6}

    def scores_(ids):
        seen = tuple(int(n) for n in ids)
        row = np.full(7, -3.0)
        row[chain.get(seen, 5)] = -1.0  # below zero, so that nothing can hide behind a table of zeros
        return row

    for ids_, end, most, wanted in [
        ([5], 0, 10, [3, 3, 1]),
        ([5], 0, 3, [3, 3, 1]),
        ([5], 0, 2, [3, 3]),
        ([2, 4], 0, 10, []),
        ([1, 2], 0, 10, [4, 2, 4]),
        ([1, 2], 2, 10, [4]),  # an end in the letter ends nothing
        ([6], 0, 3, [6, 6, 6]),
        ([5], 0, 0, []),
    ]:
        got, what = write_on(scores_, list(ids_), end, most), f"after {ids_}, end {end}, most {most}"
        c.true(got is not None, f"{what}: got None; does the function end with `return …`?")
        c.true(np.iterable(got) and not isinstance(got, str), "return a list of tokens")
        got = [int(n) for n in got]
        hint = "write the tokens and the calls of `scores` down, step by step, for the first case"
        if got == [*ids_, *wanted] != wanted:
            c.fail(f"{what}: that gives the tokens back that were there before", hint)
        if got == [*wanted, end]:
            c.fail(f"{what}: the end is a sign to stop, not a part of what is returned", hint)
        c.true(len(got) <= most, f"{what}: that writes {len(got)} tokens", hint)
        c.equal(got, wanted, what=what, hint=hint)

# %% [markdown]
# Now for a whole batch, each letter at its own length: `ends` holds the place where each one goes on.


# %%
@torch.no_grad()
def write_tokens(net, mail, rules, cutter):
    """The tokens that the network writes after each letter, one at a time: lists of equal length"""
    front = torch.tensor(post.numbers(mail, rules), dtype=torch.float32)
    asked = [cutter.encode(letter + " =>") for letter in mail.letter]
    most = max(len(cutter.encode(reply + "\n")) for reply in post.REPLIES)
    ids = torch.tensor([a + [0] * (most + max(map(len, asked)) - len(a)) for a in asked])
    ends, every = torch.tensor([len(a) for a in asked]), torch.arange(len(asked))
    for _ in range(most):
        where = torch.arange(ids.shape[1] + 1) == ends[:, None]  # the place behind the last token
        ids[every, ends] = net(ids, front, where).argmax(dim=1)
        ends += 1
    return [line[len(a) : len(a) + most] for line, a in zip(ids.tolist(), asked, strict=True)]


# %%
def write_replies(net, mail, rules, cutter):
    """What the network writes up to the line end, as texts."""
    return [cutter.decode(line).partition("\n")[0] for line in write_tokens(net, mail, rules, cutter)]


# %%
replies = write_replies(net, coming, rules, ours)
for letter, reply in zip(coming.letter[:3], replies[:3], strict=True):
    print(letter, "=>" + reply)
accuracy = float((coming.reply == replies).mean())
metric("coming_accuracy", accuracy)
metric("who_knows_the_rules", ceiling)
if default:
    assert ceiling - 0.15 < accuracy <= ceiling + 0.02

# %% [markdown]
# The start-up will not serve from a notebook. **Export** (导出): one file with the weights *and everything that preprocessing has
# learnt*, the merges and the rules. The format `safetensors` holds numbers and texts, and no code that could run.

# %%
import json
import tempfile
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file

folder = tempfile.TemporaryDirectory()
file = Path(folder.name) / "clerk.safetensors"
contents = {name: value.cpu() for name, value in net.state_dict().items()}
for name in ("limit", "median", "mean", "std"):
    contents[f"rules.{name}"] = torch.tensor(rules[name], device="cpu")
notes = {"merges": ours.merges, "columns": rules["columns"], "width": width, "layers": layers, "heads": 4}
save_file(contents, file, metadata={name: json.dumps(note) for name, note in notes.items()})

# %% [markdown]
# Load it into a fresh object that started from other random weights. Before: other replies. Afterwards: the same.

# %%
with safe_open(file, "pt") as stored:
    saved = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    known = {name: json.loads(text) for name, text in stored.metadata().items()}
rules_again = {
    name.removeprefix("rules."): saved.pop(name).numpy() for name in list(saved) if "rules." in name
}
rules_again["columns"] = known["columns"]
again = Tokenizer(known["merges"])
fresh = Network(len(again), 2 * len(known["columns"]), known["width"], known["layers"]).eval()

# %%
assert write_replies(fresh, coming[:50], rules_again, again) != replies[:50]
fresh.load_state_dict(saved)
assert write_replies(fresh, coming, rules_again, again) == replies
print("loaded into a fresh object: all", len(replies), "replies are the same")

# %% [markdown]
# *Elsewhere* may mean a machine without PyTorch. Here is the network in NumPy, with the weights from that file (here PyTorch read
# them; `safetensors.numpy` does so without it). It takes **one** position at a time and keeps keys and values of those before:
# the *KV cache* (键值缓存). No later token can change them, so nothing needs to be computed twice. It is also the referee of the network and
# of its loop: it shares no code with the classes of section 2d.2.


# %%
class Engine:
    """The trained network, one position at a time."""

    def __init__(self, weights, heads, layers):
        self.weights = {name: value.cpu().numpy() for name, value in weights.items()}
        self.heads, self.cache = heads, [([], []) for _ in range(layers)]  # keys and values of each block

    def linear(self, name, x):
        return self.weights[name + ".weight"] @ x + self.weights[name + ".bias"]

    def norm(self, name, x):
        x = (x - x.mean()) / np.sqrt(x.var() + 1e-5)
        return self.weights[name + ".weight"] * x + self.weights[name + ".bias"]

    def look(self, q, keys, values):
        """q (width,), keys and values: lists of such -> (width,)"""
        # (width,) or a list of such -> (places, heads, width//heads)
        q, k, v = (np.reshape(a, (-1, self.heads, len(q) // self.heads)) for a in (q, keys, values))
        match = np.exp((q * k).sum(axis=-1) / np.sqrt(q.shape[-1]))  # (places, heads)
        return ((match / match.sum(axis=0))[..., None] * v).sum(axis=0).ravel()


# %%
def step(engine, x):
    """One more position, (width,) -> scores of the token that comes next, (vocabulary,)"""
    x = x + engine.weights["position.weight"][len(engine.cache[0][0])]
    for n, (keys, values) in enumerate(engine.cache):
        q, k, v = np.split(engine.linear(f"blocks.{n}.attention.qkv", engine.norm(f"blocks.{n}.norm1", x)), 3)
        keys.append(k)
        values.append(v)
        x = x + engine.linear(f"blocks.{n}.attention.out", engine.look(q, keys, values))
        h = np.maximum(engine.linear(f"blocks.{n}.mlp.0", engine.norm(f"blocks.{n}.norm2", x)), 0)
        x = x + engine.linear(f"blocks.{n}.mlp.2", h)
    return engine.linear("head", engine.norm("norm", x))


# %% [markdown]
# The numbers go in first, then the letter, then each token that it writes.


# %%
def answer(engine, letter, most=20):
    """The ids of a letter (a table of one row) and of the reply to it, and the scores after every position."""
    ids = again.encode(letter.letter.iloc[0] + " =>")
    longest, end = len(ids) + most, again.encode("\n")[0]
    scores = [step(engine, engine.linear("numbers", post.numbers(letter, rules_again)[0]))]
    scores += [step(engine, engine.weights["embedding.weight"][n]) for n in ids]
    while ids[-1] != end and len(ids) < longest:
        ids.append(int(scores[-1].argmax()))
        scores.append(step(engine, engine.weights["embedding.weight"][ids[-1]]))
    return ids, np.array(scores)


# %%
differences = []
for n in range(20):
    ids, cached = answer(Engine(saved, known["heads"], known["layers"]), coming[n : n + 1])
    with torch.no_grad():
        front = torch.tensor(post.numbers(coming[n : n + 1], rules_again)).float()
        recomputed = fresh(torch.tensor([ids]), front)[0].cpu().numpy()
    differences.append(np.abs(cached - recomputed).max())
    assert again.decode(ids).partition(" =>")[2].partition("\n")[0] == replies[n]
same_scores = bool(max(differences) < 1e-3)
assert same_scores
asked = len(again.encode(coming.letter[19] + " =>"))
print("NumPy with a cache, PyTorch without: 20 letters, the same scores and replies")
print(f"positions for the last: {len(ids)} with a cache, {sum(range(asked + 1, len(ids) + 1))} without")

# %% [markdown]
# **Batch against latency.** A customer at the counter waits; a letter can wait until morning. Computing several at once shares the
# fixed cost of a pass; each letter then waits for the whole batch. Time both:


# %%
@torch.no_grad()
def seconds_a_pass(ids, front):
    """The fastest of seven passes over some letters."""
    tries = []
    for _ in range(7):
        with timer(ids.device) as elapsed:
            net(ids, front)
        tries.append(elapsed())
    return min(tries)


# %%
sizes = [1, 2, 4, 8, 16, 32, 64]
ids, front, _ = tensors(coming[:64], rules, ours)
seconds = [seconds_a_pass(ids[:n], front[:n]) for n in sizes]

# %% tags=["figure"]
# draw how long a pass takes, and how many letters are done in a second
figure, axes = plt.subplots(1, 2, figsize=(9, 3))
axes[0].plot(sizes, np.array(seconds) * 1000, "o-")
longer = seconds[-1] > 1.5 * seconds[0]
waits = "In a large batch every letter waits longer …" if longer else "A large batch takes hardly longer …"
axes[0].set(title=waits, ylabel="milliseconds a pass", ylim=(0, None))
axes[1].plot(sizes, np.array(sizes) / seconds, "o-", color="C1")
more = sizes[-1] / seconds[-1] > 1.5 / seconds[0]
done = "… and more letters are done" if more else "… and hardly more letters are done"
axes[1].set(title=done, ylabel="letters a second, one token each", ylim=(0, None))
for ax in axes:
    ax.set(xscale="log", xlabel="letters in a batch", xticks=sizes, xticklabels=sizes)
plt.show()

# %% [markdown]
# ### Exercise 2d.3 · How large a batch? ●●● 30 min
#
# Your call, founder. Letters arrive evenly, `rate` a second. The engine waits until a batch of $n$ has come, then needs
# `fixed + each · n` seconds. The first letter of the batch waits longest: for the others to come, and for the computing. It must
# wait at most `limit` seconds, and a batch must be done no later than when the next is full. You pay for busy seconds. Return
# the cheapest `n` and the euros for 1,000 letters, or `None` if no batch will do. The euros are an average over many letters: a part
# of a batch costs its part.
#
# <details><summary>Hint 1</summary>When the first of n letters arrives, n − 1 are still to come: (n − 1)/rate seconds. The next batch is full n/rate seconds after this one was.</details>
# <details><summary>Hint 2</summary>How many busy seconds does one letter cost in a batch of n, and does that rise or fall with n? Among those n that meet both conditions the choice is then easy.</details>


# %% tags=["exercise-2d.3"]
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    """Cheapest (n, euros for 1,000 letters) with 1 <= n <= most, or None"""
    ### BEGIN SOLUTION
    good = [
        n
        for n in range(1, most + 1)
        if (n - 1) / rate + fixed + each * n <= limit and fixed + each * n <= n / rate
    ]
    if not good:
        return None
    n = max(good)
    return n, (fixed + each * n) / n * 1000 * price_per_hour / 3600
    ### END SOLUTION


# %% tags=["check-2d.3"]
with check("2d.3", best_batch) as c:
    for n, *setting in [
        (15, 20.0, 0.1, 0.01, 1.0, 3.6, 256),
        (None, 20.0, 0.1, 0.01, 0.149, 3.6, 256),
        (64, 200.0, 0.1, 0.001, 1.0, 2.0, 64),
        (500, 200.0, 0.1, 0.002, 5.0, 1.8, 500),
        (1, 1.0, 0.3, 0.1, 0.45, 9.0, 256),
        (2, 4.0, 0.25, 0.125, 0.75, 3.6, 256),
    ]:
        _, fixed, each, _, price, _ = setting
        got, what = best_batch(*setting), "(rate, fixed, each, limit, price, most) = " + str(tuple(setting))
        if n is None:
            why = "batches of 1 and 2 do not keep up, and from 3 on the first letter waits too long"
            c.true(got is None, f"{what}: no batch will do, but got {got}", why)
            continue
        met = f"a batch of {n} is in time and keeps up"
        c.true(got is not None, f"{what}: got None, but some batch is in time and keeps up", met)
        c.true(np.iterable(got) and len(got) == 2, "return two values: n and the euros")
        hint = "write down when the first letter of a batch comes, and when its reply is done"
        c.equal(got[0], n, what=what, hint=hint)
        busy, hint = (
            (fixed + each * n) / n,
            "busy seconds of one letter first, then 1,000 of them, then the price",
        )
        wrong = {
            "that is the price of one letter": 1,
            "the price is for an hour, not for a second": 3_600_000,
        }
        wrong["that is the price of 1,000 batches"] = 1000 * n
        slips = {says: busy * price / 3600 * factor for says, factor in wrong.items()}
        c.close(got[1], busy * price / 3.6, what=f"euros for {what}", slips=slips, hint=hint)

# %% [markdown]
# ## 2d.6 Take one stage out
#
# Everything stands. What is each part worth? Take one out at a time, train anew, and read **two** numbers: the accuracy that
# the pipeline *reports* on its own test part, scored the way it was trained, and the accuracy of the replies it *writes* to
# the coming mail. A stage can cost accuracy, and it can cost the truth: where the first is far above the second, the report lies.


# %%
@torch.no_grad()
def reported(net, ids, front, where):
    """The share of letters of which every token of the reply is right, each guessed after the right ones before it."""
    missed = net(ids, front, where).argmax(dim=1) != ids[where[:, :-1]]
    return 1 - len(where.nonzero()[:, 0][missed].unique()) / len(ids)


# %%
def pipeline(rules=rules, passes=epochs, **switches):
    """A whole pipeline with the changes asked for: what it reports, which replies are right (600,), its lowest loss."""
    learn, validate, examine = (tensors(part, rules, ours) for part in (train, validation, test))
    torch.manual_seed(child_seed(seed, "network"))  # each starts as the network above did
    net = Network(len(ours), learn[1].shape[1], width, layers, **switches)
    history = train_network(net, learn, validate, passes)
    right = (coming.reply == write_replies(net, coming, rules, ours)).to_numpy()
    return reported(net, *examine), right, min((unseen for _, unseen in history), default=np.inf)


# %% [markdown]
# The rules can be spoilt by hand: a median that is empty, a limit that lets slipped prices pass, a mean and a spread that change
# nothing, a column from the future.

# %%
plain = {"mean": 0.0, "std": 1.0}  # what changes nothing
with_shelf = post.fit_rules(train, columns=("price", "months", "shelf"))
cases = {
    "empty cells kept": {"rules": rules | {"median": np.nan}},
    "slipped prices kept": {"rules": post.fit_rules(train, limit=np.inf)},
    "not normalised": {"rules": rules | plain},
    "shelf number kept": {"rules": with_shelf},
    "no attention": {"attend": False},
    "no positions": {"positions": False},
    "no causal mask": {"mask": False},
    "no residual": {"residual": False},
    "no training": {"passes": 0},
}

# %%
exam = tensors(test, rules, ours)
table = {"all stages right": (reported(net, *exam), (coming.reply == replies).to_numpy(), lowest)}
table |= {name: pipeline(**changes) for name, changes in cases.items()}

# %% [markdown]
# The last stage needs no training: serve the trained network wrongly. Once with numbers that are not normalised, once with
# merges that somebody learnt anew, from the coming letters, and once with a single pass instead of the loop. The report was made
# before, so it stays what it was.

# %%
firsts = [ours.decode(line[:1]) for line in write_tokens(net, coming, rules, ours)]
anew = Tokenizer.learn(coming.letter + " =>" + coming.reply, len(ours))
served = {
    "served: raw numbers": write_replies(net, coming, rules | plain, ours),
    "served: merges learnt anew": write_replies(net, coming, rules, anew),
    "served: one pass, no loop": firsts,
}
for name, written in served.items():
    table[name] = table["all stages right"][0], (coming.reply == written).to_numpy(), np.nan

# %% [markdown]
# All answer the same 600 letters, so each is compared with the whole pipeline *in pairs*: only letters that one has right and the
# other wrong tell anything. If both are equally good, these fall like a fair coin. *McNemar's test* says how surprised a coin would
# be; in the picture a bar is pale where it would not ($p > 0.01$).

# %%
reports, truths = ({name: float(np.mean(row[i])) for name, row in table.items()} for i in (0, 1))
whole = table["all stages right"][1]
close = [name for name, (_, right, _) in table.items() if mcnemar(right, whole).p > 0.01]
lies = [name for name in table if reports[name] > truths[name] + 0.2]
for name in table:
    print(f"{name:<28} reported {approx(reports[name], 2)}  written {approx(truths[name], 2)}")

# %% tags=["figure"]
# draw what each pipeline reports, and what it writes
ax = plt.subplots(figsize=(9, 4.8))[1]
places = np.arange(len(table))
shades = ["#dfeaf2" if name in close[1:] else "#9cc4df" for name in table]
ax.barh(places, list(truths.values()), height=0.6, color=shades, label="written to the coming mail")
ax.plot(list(reports.values()), places, "|", color="C1", markersize=14, markeredgewidth=3, label="reported")
ax.axvline(ceiling, color="grey", linestyle="--")
ax.text(ceiling, -0.9, "who knows the rules", color="grey", ha="center")
stages = {0.5: "preprocessing", 4.5: "network", 8.5: "training", 9.5: "serving"}
for y, stage in stages.items():
    ax.axhline(y, color="grey", linewidth=0.8)
    ax.text(1.04, y + 0.1, stage, va="top", color="grey")
ax.set(yticks=places, yticklabels=list(table), ylim=(len(table) - 0.4, -0.6))
ax.set(xlim=(-0.01, 1.03), xlabel="accuracy")
ax.set_title(f"What each stage is worth; {len(lies)} report far more than they write", pad=22)
ax.legend(loc="upper left", bbox_to_anchor=(0, -0.09), ncols=2)
ax.grid(axis="y", visible=False)
plt.show()

# %%
print("reported more than 0.2 above what was written:", "; ".join(lies) or "none")
fatal = ["empty cells kept", "shelf number kept", "no attention", "no causal mask", "no residual"]
fatal += ["no training", "served: merges learnt anew", "served: one pass, no loop"]
if default:
    assert max(truths[name] for name in fatal) < 0.6
    assert max(truths["slipped prices kept"], truths["not normalised"]) < truths["all stages right"] - 0.1
    assert truths["no positions"] > 0.4
    assert {"shelf number kept", "no causal mask", *served} <= set(lies)
    assert min(reports["shelf number kept"], reports["no causal mask"]) > 0.95
for name in ("all stages right", "slipped prices kept", "no causal mask"):
    metric(name.replace(" ", "_"), truths[name])

# %% [markdown]
# **Lies** in the stored run: with the shelf or without the mask a pipeline reports near 1, and is right little more often than one
# who guesses among six replies. What is *served* wrongly lies too: its report was made before.

# %% [markdown]
# **Worth everything, or most of it,** in the stored run: attention, the residual way, training itself, the same merges. Three rows could not come out
# otherwise: an empty cell is *nan*, which spreads to the loss of its batch, and there training stops; without attention the place that
# must answer never sees the letter; and a reply has more than one token, while one pass gives one.
#
# **Worth something** in the stored run: numbers on one scale, and slipped prices out.

# %% [markdown]
# **Replaceable** in the stored run: positions. Language models without them keep up elsewhere too; Haviv and others (2022), who
# measured it, conjecture that behind a causal mask the *number* of words that a place sees tells where it stands.
#
# **Not taken out**: regularisation; [lesson 3b](03b_training.ipynb) compares remedies in pairs. Each row is one start, with the rate and
# the epochs of the whole pipeline; nothing was tuned for them, so another start or longer training can move all but those three.

# %% [markdown]
# Break the mask once more, and learn its face. Training shows a network all tokens of the reply at once. Without the mask it
# just copies the answer. Predict its validation loss.

# %%
honest, copied = table["all stages right"][2], table["no causal mask"][2]
print("floor", approx(floor), "| with the mask", approx(honest), "| without", approx(copied, 1))
if default:
    assert copied < floor - room < honest

# %% [markdown]
# *Symptom.* A loss **far below the floor**, more than chance allows, on data never trained on, and replies that are worthless. (A hair
# below, as some honest runs come, is luck.) No talent can foresee a random draw; the answer leaked in. The shelf is such a leak too: in
# the stored run its report beats who knows the rules. When a score is too good, look for the leak before you open the champagne.
#
# ## 2d.7 What the article says
#
# §2.3 names four stages. In each of them one thing done wrong leaves little here:

# %%
one_of_each = ["shelf number kept", "no attention", "no training", "served: merges learnt anew"]
claim(
    "§2.3",
    "A large model's system has four stages: preprocessing, network, training strategy, inference engine.",
    "right",
    evidence=max(truths[name] for name in one_of_each) < 0.45,
)
no_recurrence = not any(isinstance(part, nn.RNNBase) for part in net.modules())
claim(
    "§2.3",
    "The networks are recurrent or feed-forward ones.",
    "incomplete",
    evidence=causal and reaches_all and no_recurrence and truths["no attention"] < 0.45,
    right="Most of today's language models are Transformers. They are feed-forward in this sense, but attention, which is "
    "never named, carries each word to all later ones, and a causal mask keeps the future out.",
)

# %% [markdown]
# Of the engine it says that it maps inputs to outputs, for use in real time. It does map: a fresh object and an engine in NumPy
# gave the same replies from one file. What the sentence does not say is how a model of *language* comes to an output:

# %%
claim(
    "§2.3",
    "The inference engine maps inputs to outputs with the trained model, for use in real time.",
    "right, but incomplete",
    evidence=same_scores,
    right="For a language model one pass gives one token: the mapping is an autoregressive loop, with a cache that gives the "
    "same scores as computing everything again. And real time is one use; what can wait is computed in batches.",
)

# %% [markdown]
# The chart of §2.4 is judged in [lesson 2c](02c_architecture.ipynb).
#
# ## Recap
#
# 1. Attention: questions, keys, values, and a mask; around it linear layers, an MLP, residuals and norms.
# 2. A recurrent slope passes through every step and can fade; attention reaches every word in one, and keeps them all.
# 3. Chance sets a floor under the loss, give or take a little. A loss far below it is a leak.
# 4. Weights, merges and rules travel together in one file; a cache computes each position once.
# 5. Take one stage out and measure twice: what is reported, and what is written.
#
# **Next:** the machine that learns, gradient by gradient, in [lesson 3a](03a_forward_backward.ipynb). [Back to the map](00_start_here.ipynb)
#
# ## Sources
#
# - A. Vaswani and others (2017), *Attention is all you need*, [arXiv:1706.03762](https://arxiv.org/abs/1706.03762)
# - S. Hochreiter, J. Schmidhuber (1997), *Long short-term memory*, Neural Computation 9, [doi:10.1162/neco.1997.9.8.1735](https://doi.org/10.1162/neco.1997.9.8.1735)
# - I. Loshchilov, F. Hutter (2019), *Decoupled weight decay regularization*, [arXiv:1711.05101](https://arxiv.org/abs/1711.05101)
# - A. Haviv and others (2022), *Transformer language models without positional encodings still learn positional information*, [arXiv:2203.16634](https://arxiv.org/abs/2203.16634)
