# %% [markdown]
# # 2a · Large models, counted
#
# Count a model's parameters, bytes and FLOPs exactly, before you rent a machine for it.
#
# 60 min to read · under 40 CPU-seconds · under 1,000 MB · GPU: not needed
#
# **You will be able to**
# - derive the size of GPT-2, BERT and GPT-3 on paper, and count the real thing without its memory;
# - say what a model holds in memory, for training and for use, down to the byte;
# - predict the work of a model with 2N and 6N, and say where these rules fail;
# - choose the cheapest machine that does the job.
#
# *You need:* the product of two matrices, and the story so far from [lesson 1](01_background.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
machine_gb: float = 16.0  # memory of your own machine, in GB  in [1, 10000]
gpu_hour: float = 2.0  # rent of one GPU for an hour, in €  in (0, 100]

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from utils import plot
from utils.check import check, claim
from utils.device import memory_peak
from utils.params import check_parameters
from utils.repro import seed_everything, torch_stream

check_parameters("02a_counting", globals())
plot.style()
_ = seed_everything(seed)

# %% [markdown]
# ## 2a.1 Count one block on paper
#
# Our bicycle shop wants a language model, and every offer begins with a number: 8 B, 70 B, 175 B *parameters* (参数, the
# numbers that training sets). Where do they come from?
#
# Such a model is a stack of equal **blocks**. A block of width $d$ takes $d$ numbers for each word and gives $d$ back:
#
# | part | shape |
# |---|---|
# | query, key and value layer | $d \to 3d$ |
# | attention's output layer | $d \to d$ |
# | up | $d \to 4d$ |
# | down | $4d \to d$ |
# | two norms | a scale and a shift for each of $d$ numbers |
#
# A *linear layer* (线性层) $n \to m$ has $n \cdot m$ weights and $m$ biases. Take $d = 4$ and a pencil: how many parameters?

# %%
d = 4
linear = {"query, key, value": (d, 3 * d), "attention's output": (d, d), "up": (d, 4 * d), "down": (4 * d, d)}
count = {name: n * m + m for name, (n, m) in linear.items()} | {"two norms": 2 * (d + d)}
for name, number in count.items():
    print(f"{name:20}{number:4}")
print(f"{'block':20}{sum(count.values()):4}")

# %% [markdown]
# Now with letters. Attention has $3d^2 + 3d$ and $d^2 + d$; *up* and *down*, together called the **MLP**, have $4d^2 + 4d$ and
# $4d^2 + d$; the norms have $4d$. In all
#
# $$12d^2 + 13d.$$


# %%
def block_parameters(width):
    return 12 * width**2 + 13 * width


assert block_parameters(4) == sum(count.values())
print(f"one block of GPT-3, d = 12,288: {block_parameters(12288):,}")

# %% [markdown]
# Around the blocks stand three things: a table with a row for each of $V$ *tokens* (词元: words or pieces of words), one with a
# row for each of $T$ positions, and a last norm. BERT adds a table of two segments and a *pooler*, one more layer $d \to d$.


# %%
def gpt_parameters(layers, width, vocabulary, context):
    """Blocks, token table, position table, last norm. The output scores reuse the token table."""
    return layers * block_parameters(width) + (vocabulary + context + 2) * width


def bert_parameters(layers, width, vocabulary=30522, context=512):
    """As a GPT, plus two segments and the pooler."""
    return gpt_parameters(layers, width, vocabulary, context) + 2 * width + width**2 + width


# %% [markdown]
# A formula may be wrong, so build the thing. In **attention** (注意力) each token compares its *query* with the *keys* of all
# tokens. *Softmax* turns such a row of scores $s$ into shares $e^{s_i} / \sum_j e^{s_j}$, positive and 1 in all; with them the
# tokens' *values* are mixed.
#
# It happens $H$ times side by side, each time with $d/H$ of the numbers: these are the **heads** (注意力头). `causal` forbids to
# look ahead: a score of $-\infty$ becomes a share of 0. GELU, between up and down, is a soft $\max(0, x)$.


# %%
class Block(nn.Module):
    """One Transformer block: (B, T, d) -> (B, T, d)."""

    def __init__(self, width, heads, causal=True):
        super().__init__()
        self.heads, self.causal = heads, causal
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def mix(self, q, k, v):
        scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, H, T, T)
        if self.causal:
            scores = scores + scores.new_full(scores.shape[-2:], -math.inf).triu(1)
        return scores.softmax(dim=-1) @ v

    def forward(self, x):
        B, T, d = x.shape
        qkv = self.qkv(self.norm1(x)).view(B, T, 3, self.heads, -1)  # (B, T, 3d) -> (B, T, 3, H, d/H)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # three times (B, H, T, d/H)
        mixed = self.mix(q, k, v).transpose(1, 2).reshape(B, T, d)  # (B, H, T, d/H) -> (B, T, d)
        x = x + self.out(mixed)
        return x + self.down(nn.functional.gelu(self.up(self.norm2(x))))


# %% [markdown]
# Does it compute what a Transformer block should? PyTorch brings one, written by others. Give both the same weights: same
# input, same output.

# %%
block = Block(width=16, heads=4, causal=False)
theirs = nn.TransformerEncoderLayer(
    16, 4, 64, dropout=0, activation="gelu", norm_first=True, batch_first=True
)
twins = {"norm1": "norm1", "norm2": "norm2", "out": "self_attn.out_proj", "up": "linear1", "down": "linear2"}
with torch.no_grad():
    theirs.self_attn.in_proj_weight.copy_(block.qkv.weight)
    theirs.self_attn.in_proj_bias.copy_(block.qkv.bias)
    for mine, other in twins.items():
        theirs.get_submodule(other).load_state_dict(block.get_submodule(mine).state_dict())


# %%
def size(model):
    return sum(p.numel() for p in model.parameters())


# %%
x = torch.randn(2, 5, 16, generator=torch_stream(seed, "input"))
assert torch.allclose(block(x), theirs(x), rtol=0, atol=1e-5)
assert size(block) == size(theirs) == block_parameters(16)
print(f"same outputs as PyTorch's block, and {size(theirs):,} parameters in both")

# %% [markdown]
# ## 2a.2 A giant that weighs nothing
#
# Stack the blocks and add the tables. One class is enough for both families: in BERT every token sees every other one, in GPT
# only the past. (BERT puts its norms behind the additions and one behind the tables; that moves parameters, but adds none.)


# %%
class Transformer(nn.Module):
    """Token ids (B, T) -> scores over the vocabulary (B, T, V)."""

    def __init__(self, layers, width, heads, vocabulary, context, bert=False):
        super().__init__()
        self.words, self.places = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.Sequential(*[Block(width, heads, causal=not bert) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        if bert:
            self.segments, self.pooler = nn.Embedding(2, width), nn.Linear(width, width)

    def encode(self, ids):
        x = self.words(ids) + self.places.weight[: ids.shape[1]]
        return self.norm(self.blocks(x))  # (B, T, d)

    def forward(self, ids):
        return self.encode(ids) @ self.words.weight.T


# %% [markdown]
# GPT-3 in 32-bit numbers would fill 698 GB. PyTorch has a device for such cases: on **meta**, a tensor has a shape and a type,
# but no numbers. Predict first: which of the four models below deserves the name *large*?

# %%
shapes = {  # layers, width, heads, vocabulary, context, bert
    "BERT-base": (12, 768, 12, 30522, 512, True),
    "GPT-2": (12, 768, 12, 50257, 1024),
    "BERT-large": (24, 1024, 16, 30522, 512, True),
    "GPT-3": (96, 12288, 96, 50257, 2048),
}
with torch.device("meta"):
    Transformer(*shapes["GPT-2"])  # the first use of this device loads parts of torch itself
giants, before = {}, memory_peak()
for name, shape in shapes.items():
    with torch.device("meta"):
        giants[name] = Transformer(*shape)
assert memory_peak() - before < 100e6
print(f"GPT-3 would weigh {4 * size(giants['GPT-3']) / 1e9:.0f} GB; all four took less than 0.1 GB")

# %%
for name, giant in giants.items():
    layers, width, heads, vocabulary, context = shapes[name][:5]
    formula = bert_parameters if "BERT" in name else gpt_parameters
    assert all(p.is_meta for p in giant.parameters())
    assert size(giant) == formula(layers, width, vocabulary, context)
    print(f"{name:11}{size(giant):16,} parameters, the same as the formula")

# GPT-2's paper says 117 M; its authors later corrected that to 124 M
published = {"BERT-base": 110e6, "GPT-2": 124e6, "BERT-large": 340e6, "GPT-3": 175e9}
assert all(abs(size(model) / published[name] - 1) < 0.02 for name, model in giants.items())

# %% [markdown]
# Counted, and within 2 % of what the authors say in round numbers (for GPT-2, after their correction). Where do the parameters
# sit? Divide each model into attention, MLP, and the rest, which is mostly the token table.

# %%
shares = {}
for name, (layers, width, *_) in shapes.items():
    attention, mlp = layers * (4 * width**2 + 4 * width), layers * (8 * width**2 + 5 * width)
    whole = size(giants[name])
    shares[name] = [attention / whole, mlp / whole, 1 - (attention + mlp) / whole]
assert shares["GPT-3"][2] < 0.01 < 0.2 < shares["BERT-base"][2]

# %% tags=["figure"]
# draws the shares of attention, MLP and tables in each model as stacked bars
figure, ax = plt.subplots(figsize=(7.5, 2.8))
left = np.zeros(4)
parts = np.transpose(list(shares.values()))
for part, share in zip(["attention", "MLP", "tables and the rest"], parts, strict=True):
    ax.barh(list(shares), share, left=left, label=part)
    left = left + share
title = "Small models carry a dictionary; GPT-3 is nearly all blocks"
ax.set(title=title, xlabel="share of the parameters", xlim=(0, 1))
ax.invert_yaxis()
ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.25), ncols=3)
plt.show()

# %% [markdown]
# ### Exercise 2a.1 · Count a Llama ●●○ 15 min
#
# Newer models differ in details. In Llama 3:
# - no layer has a bias;
# - queries, and attention's output layer, are $d \to d$, split into `heads` heads of $d$/`heads` numbers each;
# - there are fewer *key-value heads*, `kv_heads` of the same width: several query heads share one. So keys and values are narrower;
# - the MLP has **three** matrices between $d$ and `hidden`;
# - each block has two norms, and one more stands after the last block; a norm is one vector of $d$ (no shift);
# - positions cost nothing, and the token table is **not** reused: the scores over the vocabulary have a matrix of their own.
#
# <details><summary>Hint 1</summary>How many numbers does one key have, all key-value heads together? That is the second side of two of the four matrices of attention.</details>
# <details><summary>Hint 2</summary>Count one block, then what stands outside the blocks: two matrices and one vector. For Llama-3-8B (32, 4096, 32, 8, 14336, 128256) it must be 8,030,261,248.</details>


# %% tags=["exercise-2a.1"]
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    """Number of parameters, a whole number."""
    ### BEGIN SOLUTION
    attention = 2 * width**2 + 2 * width * kv_heads * (width // heads)
    block = attention + 3 * width * hidden + 2 * width
    return layers * block + width + 2 * vocabulary * width
    ### END SOLUTION


# %% tags=["check-2a.1"]
with check("2a.1", llama_parameters) as c:
    for L, D, H, K, M, V in [(3, 24, 6, 2, 20, 7), (1, 8, 4, 2, 12, 10), (32, 4096, 32, 8, 14336, 128256)]:
        kv = K * D // H
        block = 2 * D * D + 2 * D * kv + 3 * D * M + 2 * D
        true = L * block + D + 2 * V * D
        slips = {
            "the scores have a matrix of their own, beside the token table": true - V * D,
            "keys and values have kv_heads heads only, not all of them": true + L * 2 * D * (D - kv),
            "all key-value heads count, not one": true + L * 2 * D * (D // H - kv),
            "each key-value head has a width, as a query head has": true + L * 2 * D * (K - kv),
            "the MLP has three matrices": true - L * D * M,
            "the norm after the last block is missing": true - D,
            "a block has two norms": true - L * D,
            "a norm has a scale without a shift here": true + (2 * L + 1) * D,
            "no layer has a bias here": true + L * (2 * D + 2 * kv + 2 * M + D),
        }
        what = f"layers={L}, width={D}, heads={H}, kv_heads={K}, hidden={M}, vocabulary={V}"
        hint = "write down the shape of each of the seven matrices of a block, then add what stands outside"
        got = llama_parameters(L, D, H, K, M, V)
        c.close(got, true, rtol=0, atol=0.5, what=what, slips=slips, hint=hint)

# %% [markdown]
# ## 2a.3 Weigh it: training
#
# To learn, a model guesses the next token. Its *loss* (损失) is $-\ln p$, where $p$ is the share that softmax gave to the right
# one: 0 for the whole share, $\ln V$ for equal shares; the unit of a natural logarithm is the *nat*. The *gradient* (梯度) says for
# each parameter how the loss changes when the parameter grows. Going back through the model to find it is called *backward*; then
# an *optimiser* moves all parameters a little. The usual one, Adam, keeps two running averages for each parameter.
# [Lesson 3a](03a_forward_backward.ipynb) builds all this.

# %% [markdown]
# So in 32-bit numbers, of 4 bytes, training takes 4 for the weight, 4 for its gradient, 8 for Adam: 16 bytes a parameter. *Mixed
# precision* (混合精度) computes with 16-bit weights and gradients, but keeps a 32-bit copy for the update: $2 + 2 + (4 + 4 + 4)$, 16
# again.


# %%
def training_bytes(parameters, weights=2, gradients=2, optimiser=12):
    """Bytes before any activation; weights, gradients and optimiser are bytes for each parameter."""
    return parameters * (weights + gradients + optimiser)


# %% [markdown]
# And to hold the formula against a machine, count what a real model and its optimiser have in hand:


# %%
def held(model, optimiser):
    """Bytes of weights, gradients and the optimiser's state."""
    tensors = [*model.parameters(), *(p.grad for p in model.parameters() if p.grad is not None)]
    tensors += [t for state in optimiser.state.values() for t in state.values()]
    return sum(t.numel() * t.element_size() for t in tensors)


# %% [markdown]
# Count the bytes of a small model at three moments: when it is built, after backward, and after the optimiser's first step.
# Predict: at which one does memory jump most?

# %%
small = Transformer(layers=2, width=64, heads=4, vocabulary=100, context=32)
ids = torch.randint(100, (4, 32), generator=torch_stream(seed, "tokens"))
adam, moments = torch.optim.Adam(small.parameters()), {}
moments["model built"] = held(small, adam)
# from all tokens but the last, guess the one that follows: (B, T-1, V) against (B, T-1)
nn.functional.cross_entropy(small(ids)[:, :-1].flatten(0, 1), ids[:, 1:].flatten()).backward()
moments["after backward"] = held(small, adam)
adam.step()
moments["after the first step"] = held(small, adam)

# %%
N, tensors = size(small), len(list(small.parameters()))
assert moments["model built"] == 4 * N
assert moments["after backward"] == 8 * N
assert moments["after the first step"] == training_bytes(N, 4, 4, 8) + 4 * tensors
for moment, number in moments.items():
    print(f"{moment:22}{number:10,} bytes")
print(f"16 bytes for each of {N:,} parameters, and 4 for each of {tensors} step counters")

# %% tags=["figure"]
# draws the bytes for each parameter at the three moments
plot.bars(
    {moment: number / N for moment, number in moments.items()},
    title="The first step doubles the bill",
    xlabel="bytes for each parameter",
    ax=plt.subplots(figsize=(6.4, 2))[1],
)
plt.show()

# %% [markdown]
# Exact to the byte. And a symptom to remember: **a training run that runs out of memory at its first `step()`**, after a forward
# and a backward pass that went well, lacks room for the optimiser's state. Adam makes it only when it first needs it.
#
# The rest is *activations* (激活值): what the forward pass keeps because backward needs it. Go through one block with $B$
# sequences of $T$ tokens, and note what each operation must remember.

# %% [markdown]
# | operation | keeps | numbers, in units of $BTd$ |
# |---|---|---:|
# | two norms | their inputs (and a mean and a spread for each token) | 2 |
# | query, key, value layer | its input | 1 |
# | attention | queries, keys, values | 3 |
# | softmax | its output, for $H$ heads | $B H T^2$ numbers |
# | attention's output layer | its input | 1 |
# | up | its input | 1 |
# | bend (GELU) | its input, four times as wide | 4 |
# | down | its input, four times as wide | 4 |
#
# Together $16\,BTd + BHT^2 + 4\,BT$ numbers.


# %%
def activation_bytes(layers, width, heads, context, batch, number=2):
    """Bytes that the blocks keep for the way back; `number` is the bytes of one number."""
    return layers * number * batch * context * (16 * width + heads * context + 4)


# %% [markdown]
# A table made by thinking may forget something. PyTorch lets us stand beside it and note every tensor that it puts away.


# %%
def kept_bytes(model, x):
    """Bytes that a forward pass puts away for backward, weights aside; memory shared by two tensors counts once."""
    weights = {p.untyped_storage().data_ptr() for p in model.parameters()}
    kept = {}

    def note(tensor):
        memory = tensor.untyped_storage()
        if memory.data_ptr() not in weights:
            kept[memory.data_ptr()] = memory.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        result = model(x)
    assert result.requires_grad  # alive until here, so no address was used twice
    return sum(kept.values())


# %%
for B, T, d, H in [(2, 16, 64, 4), (4, 32, 64, 4), (3, 64, 48, 8)]:
    measured = kept_bytes(Block(d, H), torch.ones(B, T, d, requires_grad=True))
    assert measured == activation_bytes(1, d, H, T, B, number=4)
    print(f"B={B} T={T:2} d={d} heads={H}: {measured:9,} bytes, as the formula says")

# %% [markdown]
# Weights do not grow with the batch; activations do, and softmax's part with the *square* of the length. (Korthikanti and
# others, 2022, have 34 bytes where we have 2 · 16 in 16-bit numbers: they add dropout's masks.)
#
# After the blocks come the scores, $V$ numbers for each token, which softmax keeps (often in 32 bits; we count 16). For GPT-2 with
# 1,024 tokens: at which batch do the activations outweigh all the rest?

# %%
batches = np.arange(1, 17)
fixed = training_bytes(size(giants["GPT-2"])) / 1e9
blocks = activation_bytes(12, 768, 12, 1024, batches) / 1e9
scores = 2 * 1024 * 50257 * batches / 1e9
overtake = int(batches[blocks + scores > fixed][0])
assert overtake == 3
print(
    f"GPT-2: {fixed:.2f} GB fixed; a sequence adds {blocks[0]:.2f} GB in the blocks, {scores[0]:.2f} GB of scores"
)
print("activations lead from batch", overtake)

# %% tags=["figure"]
# draws the memory of training GPT-2, stacked, against the batch size
figure, ax = plt.subplots()
names = ["weights, gradients, Adam", "activations in the blocks", "scores over the vocabulary"]
ax.stackplot(batches, [np.full(16, fixed), blocks, scores], labels=names, alpha=0.8)
title = "From three sequences on, activations are most of the memory"
ax.set(title=title, xlabel="sequences in a batch", ylabel="GB to train GPT-2, 16-bit activations")
ax.legend(loc="upper left")
plt.show()

# %% [markdown]
# Remedies, in the order one tries them: smaller batches whose gradients are added up; attention kernels that never store the
# $T \times T$ table; *checkpointing*, which keeps only each block's input and computes the rest again.
#
# ## 2a.4 Weigh it: use
#
# To use a model, weights are enough, and one thing more. A GPT writes one token at a time, and each new token looks at the
# keys and values of all before it. Must they be computed again each time? Only if they change. Predict: do they?

# %%
text = torch.randint(100, (1, 12), generator=torch_stream(seed, "text"))


@torch.no_grad()
def keys_and_values(model, ids):
    """What the `qkv` layer of each block puts out behind the queries: a list of (B, T, 2d)."""
    seen = []
    note = lambda layer, args, out: seen.append(out[..., layer.in_features :].clone())  # noqa: E731
    hooks = [block.qkv.register_forward_hook(note) for block in model.blocks]
    model(ids)
    for hook in hooks:
        hook.remove()
    return seen


# %%
def unchanged(model):
    """Whether the keys and values of 11 tokens stay the same when a twelfth is added."""
    short, long = keys_and_values(model, text[:, :11]), keys_and_values(model, text)
    return all(torch.allclose(a, b[:, :11], rtol=0, atol=1e-5) for a, b in zip(short, long, strict=True))


# %%
masked = Transformer(layers=2, width=64, heads=4, vocabulary=100, context=32, bert=True)
print("GPT:  unchanged by a new token?", unchanged(small))
print("BERT: unchanged by a new token?", unchanged(masked))
assert unchanged(small)
assert not unchanged(masked)

# %% [markdown]
# In a GPT the past does not see the future, so its keys and values can be kept: the **KV cache** (键值缓存). For each token that
# is 2 (key and value) × layers × key-value heads × width of a head. A BERT has no such cache:
# in every block but the first, each new token changes them all.


# %%
def cache_bytes(layers, kv_heads, head_width, tokens=1, number=2):
    return 2 * layers * kv_heads * head_width * tokens * number


# %%
measured = sum(t.numel() * t.element_size() for t in keys_and_values(small, text))
assert measured == cache_bytes(layers=2, kv_heads=4, head_width=16, tokens=12, number=4)
print(f"small model, 12 tokens: {measured:,} bytes, as the formula says")
gpt3 = [cache_bytes(96, 96, 128, tokens) for tokens in (1, 2048)]
print(f"GPT-3: {gpt3[0]:,} bytes a token, {gpt3[1] / 1e9:.2f} GB for 2,048")
print(f"Llama-3-8B: {cache_bytes(32, 8, 128):,} bytes a token: 8 key-value heads serve 32 heads")

# %% [markdown]
# Now the founder's question: which model fits which machine? Three ways to have one: run it with weights of 4 bits (files also store
# a scale for each group of weights, so rather 4.5), run it with 16 bits, or train it whole with Adam, activations not counted. Running
# includes one conversation of 2,048 tokens, except for BERT, which holds none.

# %%
family = {  # parameters, bytes of cache a token; Llama 8B as in exercise 2a.1, 70B (80, 8192, 64, 8, 28672, 128256)
    "BERT-large": (size(giants["BERT-large"]), 0),
    "Llama-3-8B": (8_030_261_248, cache_bytes(32, 8, 128)),
    "Llama-3-70B": (70_553_706_496, cache_bytes(80, 8, 128)),
    "GPT-3": (size(giants["GPT-3"]), cache_bytes(96, 96, 128)),
}


# %%
def uses(parameters, cache):
    """Bytes for each way to have a model."""
    talk = 2048 * cache
    run = {"run, 4 bit": parameters / 2 + talk, "run, 16 bit": 2 * parameters + talk}
    return run | {"train, Adam": training_bytes(parameters)}


# %% [markdown]
# Against them stand four machines: yours (the parameter `machine_gb`), a gamer's card, a card of a data centre, and a box with
# eight of those. (In practice leave room: a running program needs working memory that we do not count.)

# %%
machines = {"yours": machine_gb, "24 GB card": 24, "80 GB card": 80, "8 × 80 GB": 640}


def smallest(needed):
    """The smallest machine that holds so many bytes."""
    enough = [(gb, machine) for machine, gb in machines.items() if needed <= gb * 1e9]
    return min(enough)[1] if enough else "none"


# %%
needs = {name: uses(*numbers) for name, numbers in family.items()}
fits = {name: {use: smallest(needed) for use, needed in row.items()} for name, row in needs.items()}
for name, row in needs.items():
    print(f"{name:12}", " · ".join(f"{use} {needed / 1e9:,.1f} GB" for use, needed in row.items()))

# %% tags=["figure"]
# draws a table: for each model and use the bytes and the smallest machine, darker for a larger machine
order = [*sorted(machines, key=machines.get), "none"]
level = np.array([[order.index(machine) for machine in row.values()] for row in fits.values()])
figure, ax = plt.subplots(figsize=(8, 3.2))
ax.imshow(level, cmap="Blues", vmin=-1, vmax=6, aspect="auto")
for (row, column), _ in np.ndenumerate(level):
    name, use = list(needs)[row], list(needs[list(needs)[row]])[column]
    ax.text(column, row, f"{needs[name][use] / 1e9:,.1f} GB\n{fits[name][use]}", ha="center", va="center")
ax.set(xticks=range(3), xticklabels=needs["GPT-3"], yticks=range(4), yticklabels=needs)
ax.set_title("One 80 GB card runs Llama-3-8B; training it with Adam takes more")
ax.grid(visible=False)
plt.show()

# %% [markdown]
# A rented 80 GB card runs Llama-3-8B easily, but does not train it whole with plain Adam: weights, gradients and state take 128 GB
# before the first activation. (Optimisers with a smaller state exist.) How many customers can it *serve*? Each conversation has a
# cache of its own. Predict: what fills the card, the weights or the conversations?

# %%
N, per_token = family["Llama-3-8B"]
assert training_bytes(N) > 80e9 > 2 * N


def card_bytes(customers, tokens):
    """Bytes of Llama-3-8B in 16 bits, with as many conversations of so many tokens."""
    return 2 * N + customers * tokens * per_token


full = {customers: (80e9 - 2 * N) / (customers * per_token) for customers in (8, 64)}
assert all(math.isclose(card_bytes(*pair), 80e9) for pair in full.items())
print({customers: f"full at {tokens:,.0f} tokens each" for customers, tokens in full.items()})

# %% tags=["figure"]
# draws the memory of Llama-3-8B against the length of conversations, for 1, 8 and 64 customers
lengths = np.geomspace(512, 131072, 60)
ax = plot.lines(
    {f"{n} customer{'s' if n > 1 else ''}": (lengths, card_bytes(n, lengths) / 1e9) for n in (1, 8, 64)},
    title=f"Conversations fill the card: 64 of {full[64]:,.0f} tokens each",
    xlabel="tokens in each conversation",
    ylabel="GB for Llama-3-8B, 16 bit",
)
ax.axhline(80, color="grey", linestyle="--")
ax.text(520, 84, "80 GB", color="grey")
ax.set(xscale="log", yscale="log", ylim=(10, 1500))
plt.show()

# %% [markdown]
# Move the slider (click it, then use the arrow keys): 8,192 tokens in each conversation, one card of 80 GB. At how many customers
# does it overflow?

# %% tags=["nbval-ignore-output"]
# output not compared: a slider is alive
from ipywidgets import IntSlider


def card(customers, ax):
    whole = card_bytes(customers, 8192) / 1e9
    title = f"{whole:.0f} GB " + ("fit" if whole <= 80 else "do not fit") + " into 80 GB"
    parts = {"weights": 2 * N / 1e9, "KV cache": whole - 2 * N / 1e9, "together": whole}
    plot.bars(parts, title=title, xlabel="GB", ax=ax)
    ax.axvline(80, color="grey", linestyle="--")
    ax.set(xlim=(0, 100))


plot.slider(card, IntSlider(8, min=1, max=75, description="customers"))

# %%
overflow = next(customers for customers in range(1, 1000) if card_bytes(customers, 8192) > 80e9)
print("the card overflows with customer", overflow)

# %% [markdown]
# ### Exercise 2a.2 · How long may a conversation be? ●○○ 10 min
#
# A machine has `memory` bytes. It holds the weights (`weight_bytes` for each parameter; ½ means 4 bits) and a cache for each of
# `users` conversations, 2 bytes a number. What is the largest whole number of tokens that *each* conversation may
# have? Return 0 if the weights alone do not fit.
#
# <details><summary>Hint 1</summary>First subtract the weights from the memory. What is left is shared by all users.</details>
# <details><summary>Hint 2</summary>What does one more token cost when every user gets it? How often does that go into what is left?</details>


# %% tags=["exercise-2a.2"]
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    """Tokens for each user, a whole number of 0 or more."""
    ### BEGIN SOLUTION
    left = memory - parameters * weight_bytes
    per_token = 2 * layers * kv_heads * head_width * 2
    return max(0, int(left // (users * per_token)))
    ### END SOLUTION


# %% tags=["check-2a.2"]
with check("2a.2", longest_conversation) as c:
    cases = [
        ((10_000, 1_900, 2, 1, 1, 5, 3), 103, "6,200 bytes are left for 3 users"),
        ((1_000, 100, 0.5, 2, 3, 1, 1), 39, "½ a byte for a weight leaves 950 bytes"),
        ((1_100, 100, 2, 1, 3, 5, 3), 5, "the 900 bytes that are left may be used up to the last one"),
        ((80e9, 8_030_261_248, 2, 32, 8, 128, 16), 30488, "Llama-3-8B on an 80 GB card, 16 users"),
        ((16e9, 8_030_261_248, 2, 32, 8, 128, 1), 0, "do the weights alone fit into 16 GB?"),
    ]
    for case, true, hint in cases:
        memory, N, each, L, K, W, users = case
        left, token = memory - N * each, users * 2 * L * K * W * 2
        slips = {
            "there is no negative number of tokens": left // token,
            "that is for all users together; each has a cache of its own": left * users // token,
            "the weights take memory too": memory // token,
            "weight_bytes are bytes, not bits": (memory - N * each / 8) // token,
            "a factor 2 is missing: a key *and* a value, each number of 2 bytes": left * 2 // token,
            "two factors are missing: a key *and* a value, each number of 2 bytes": left * 4 // token,
            "one token too many does not fit": -(-left // token),
            "a whole number is wanted": left / token,
        }
        what = f"memory={memory:,.0f}, parameters={N:,}, weight_bytes={each}, users={users}"
        c.close(longest_conversation(*case), true, rtol=0, atol=1e-6, what=what, slips=slips, hint=hint)

# %% [markdown]
# ## 2a.5 Work
#
# A weight does two operations for each token, a multiplication and an addition. Each is a **FLOP** (浮点运算). So a model of
# $N$ parameters should need about $2N$ a token. Backward computes two products for each one of forward, for the
# slope in the weights and in the input: $4N$ more. Hence the famous $6N$ to train on one token (Kaplan and others, 2020).

# %% [markdown]
# Counted exactly, matrix products alone, for each token: every block's matrices cost $24 d^2$ and its attention $4 T d$ (scores,
# then mixing); the scores over the vocabulary cost $2Vd$ once. The $4Td$ are for *all* pairs; a kernel that skips what `causal`
# forbids needs about half of them.


# %%
def forward_flops(layers, width, vocabulary, context):
    """FLOPs of all matrix products for `context` tokens; vocabulary 0 leaves out the output scores."""
    return context * (24 * layers * width**2 + 4 * context * layers * width + 2 * vocabulary * width)


# %% [markdown]
# And an independent witness: PyTorch can count the FLOPs of every matrix product that it meets.

# %%
from torch.utils.flop_counter import FlopCounterMode


def counted(run, *inputs):
    """FLOPs of the matrix products that PyTorch meets while `run(*inputs)` works."""
    with FlopCounterMode(display=False) as counter:
        run(*inputs)
    return counter.get_total_flops()


# %% [markdown]
# The counter works on the meta device too: PyTorch walks through GPT-3, notes each product, and computes none of them. (Our GPT-3
# lets all blocks look at all pairs; in the real one every second block's attention is sparse, so it needs a little less.)


# %%
def both_ways(model, ids):
    model(ids).sum().backward()


# %%
work = {}
for name in ("GPT-2", "GPT-3"):
    layers, width, _, vocabulary, context = shapes[name]
    model, ids = giants[name], torch.zeros(1, context, dtype=torch.long, device="meta")
    forward, work[name] = counted(model, ids), counted(both_ways, model, ids)
    assert forward == forward_flops(layers, width, vocabulary, context)
    assert work[name] == 3 * forward
    print(f"{name}: {forward:,} FLOPs forward for {context:,} tokens, exactly 3 times that with backward")
    print(f"       counted / 2N: {forward / context / (2 * size(model)):.3f}")

# %% [markdown]
# Where does 2N go wrong? **Attention** multiplies tokens with tokens, without any parameter, so it is not in $N$ and grows with
# the length. **Tables** are parameters that multiply nothing: looking up a row is free. GPT reuses its token table for the
# scores, so there it counts once after all. BERT as an encoder gives no scores.
# (The picture goes on beyond the 1,024 and 2,048 tokens for which these two have positions.)

# %%
layers, width, _, _, context = shapes["BERT-base"][:5]
bert, ids = giants["BERT-base"], torch.zeros(1, context, dtype=torch.long, device="meta")
encoder = counted(bert.encode, ids)
assert encoder == forward_flops(layers, width, 0, context)
tables = (30522 + 512 + 2) * width
ratio, without = (encoder / context / (2 * n) for n in (size(bert), size(bert) - tables))
print(f"BERT-base, encoding 512 tokens: counted / 2N = {ratio:.3f}")
print(f"without its tables, which are {tables / size(bert):.0%} of N: {without:.3f}")

# %%
lengths = np.geomspace(64, 131072, 40).astype(int)
ratios = {}
for name in ("GPT-2", "GPT-3"):
    layers, width, _, vocabulary, _ = shapes[name]
    rule = 2 * size(giants[name])
    ratios[name] = [forward_flops(layers, width, vocabulary, int(T)) / int(T) / rule for T in lengths]

# %% tags=["figure"]
# draws the exact FLOPs over the rule 2N against the length of the text
ax = plot.lines(
    ratios,
    x=lengths,
    title="2N holds for short texts; then attention takes over",
    xlabel="tokens in the text",
    ylabel="FLOPs a token / 2N",
)
ax.axhline(1, color="grey", linestyle="--")
ax.set(xscale="log", yscale="log", yticks=[1, 2, 5, 10], yticklabels=["1", "2", "5", "10"])
plt.show()

# %% [markdown]
# **Break it on purpose.** A counter knows only the operations it was taught. PyTorch has attention as one *fused* operation, the
# same result with less memory. Put it into a block and count again, on this machine's processor.


# %%
class FusedBlock(Block):
    def mix(self, q, k, v):
        return nn.functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)


# %%
x = torch.randn(1, 256, 64, generator=torch_stream(seed, "longer input"))
slow, fused = Block(64, 4), FusedBlock(64, 4)
fused.load_state_dict(slow.state_dict())
assert torch.allclose(slow(x), fused(x), rtol=0, atol=1e-5)
missing = counted(slow, x) - counted(fused, x)
assert missing == 4 * 256**2 * 64
print(f"equal outputs, but {missing:,} FLOPs fewer: exactly 4·T²·d, all of attention")

# %% [markdown]
# *Symptom.* Your measured share of the machine's speed looks too low, and worse for long texts: the work was done, but not
# counted. Always hold a counter against a formula.
#
# ### Exercise 2a.3 · When does attention cost more? ●○○ 5 min
#
# Let an MLP widen to `ratio` · $d$ instead of $4d$. From which length $T$ on does attention over all pairs ($4Td$ for each token
# and block) cost more than all matrices of the block? Return the length at which both are equal, even if it is no whole number.
#
# <details><summary>Hint 1</summary>A matrix n × m costs 2·n·m FLOPs a token. How many matrices has the block, and of which shapes?</details>
# <details><summary>Hint 2</summary>Add up the matrices' FLOPs for one token, set the sum equal to 4·T·d, and solve for T: one d cancels.</details>


# %% tags=["exercise-2a.3"]
def crossing(width, ratio=4):
    """Tokens at which attention and the matrices of a block cost the same."""
    ### BEGIN SOLUTION
    return (2 + ratio) * width
    ### END SOLUTION


# %% tags=["check-2a.3"]
with check("2a.3", crossing) as c:
    for width, ratio in [(64, 3.5), (100, 2), (5, 2.5), (768, 4)]:
        true = 2 * (4 * width**2 + 2 * ratio * width**2) / (4 * width)
        slips = {
            "do not round: the length at which both are equal is wanted": math.floor(true),
            "both sides are FLOPs: mind the factors before both": 2 * true,
            "a matrix costs 2 FLOPs for each weight, a multiplication and an addition": true / 2,
            "that leaves out the four matrices of attention itself": ratio * width,
            "that leaves out the MLP": 2 * width,
            "that is right for one ratio only": 6 * width,
            "the MLP has two matrices": (2 + ratio / 2) * width,
        }
        hint = "for d = 1 and ratio = 1 the block has six matrices with one weight each"
        c.close(crossing(width, ratio), true, what=f"width={width}, ratio={ratio}", slips=slips, hint=hint)
    c.close(crossing(10), 60, what="width=10, no ratio given", hint="keep the default of the first line")

# %% [markdown]
# ## 2a.6 From work to money
#
# From work to money there are two divisions: by the speed that a GPU *reaches*, and by the hours in its price. An A100 promises
# 312 trillion FLOPs a second in 16 bits. How much of that is reached? The authors of Llama 2 published the
# hours: 184,320 of an A100 for its model of 6.74 billion parameters, which read 2 trillion tokens.


# %%
def training_flops(parameters, tokens):
    return 6 * parameters * tokens


def inference_flops(parameters, tokens):
    return 2 * parameters * tokens


# %%
def gpu_hours(flops, peak, use):
    """Hours for one GPU with `peak` FLOP/s, of which the share `use` is reached."""
    return flops / (peak * use) / 3600


def price(flops, peak, use, per_hour):
    return gpu_hours(flops, peak, use) * per_hour


# %%
reached = gpu_hours(training_flops(6.74e9, 2e12), peak=312e12, use=1) / 184_320
assert 0.385 < reached < 0.395
print(f"Llama 2 reached {reached:.0%} of the promise, counted by 6N")

# %% [markdown]
# That many cards at once reach two fifths of the promise is good work. Now GPT-3, which read 300 billion tokens. The exact count and
# the rule of thumb should differ by the few per cent that we saw.

# %%
read = 300e9  # tokens
exact, rule = work["GPT-3"] / 2048 * read, training_flops(size(giants["GPT-3"]), read)
assert abs(exact / rule - 1) < 0.05
days = gpu_hours(rule, 312e12, reached) / 24  # counted as the share was
print(f"GPT-3: counted {exact:.2e} FLOPs, by 6N {rule:.2e}")
print(f"{days:,.0f} days of one A100, {days / 365:.0f} years: so many must share the work")

# %%
bill = price(rule, 312e12, reached, gpu_hour)
reading = price(inference_flops(8_030_261_248, 1000), 312e12, reached, gpu_hour)
print(f"training GPT-3 at {gpu_hour:g} € an hour: {bill / 1e6:,.2f} million €")
print(f"1,000 tokens of Llama-3-8B at the same share: {100 * reading:.4f} cents")

# %% [markdown]
# Mind the condition: *at the same share*. It can be reached only when many tokens go through each weight at once, as in training,
# in reading a long question, or in answering hundreds of customers together. (And the bill is for one run that succeeds: no
# trials, no staff.) One lonely conversation waits for memory instead, as
# [lesson 0](00_start_here.ipynb) measured, and costs many times as much.

# %% [markdown]
# ### Exercise 2a.4 · Which model on which machine? ●●● 30 min
#
# The founder's question. A plan is a model, a number of bytes for each weight, and one machine. It is allowed if weights plus the
# caches of all users fit into the machine (exactly full still fits), and if the accuracy on *your own* customers' letters is
# at least `floor`. Return the allowed plan with the lowest rent; among equal rents the most accurate; `None` if there is none.
#
# <details><summary>Hint 1</summary>Three loops: models, precisions, machines. Collect every allowed plan, then take the best.</details>
# <details><summary>Hint 2</summary>Python compares tuples by their first elements, and by the second where those are equal. Which two numbers decide here, and which of them must be turned round for `min`?</details>


# %% tags=["exercise-2a.4"]
def cheapest_plan(models, machines, users, context, floor):
    """(model, bytes per weight, machine), or None.

    models: {name: (parameters, cache bytes per token, {bytes per weight: accuracy})}
    machines: {name: (memory in bytes, rent a month)};  context: tokens of each user's conversation
    """
    ### BEGIN SOLUTION
    plans = []
    for model, (parameters, cache, precisions) in models.items():
        for each, accuracy in precisions.items():
            need = parameters * each + users * context * cache
            for machine, (memory, rent) in machines.items():
                if need <= memory and accuracy >= floor:
                    plans.append((rent, -accuracy, (model, each, machine)))
    return min(plans)[2] if plans else None
    ### END SOLUTION


# %% tags=["check-2a.4"]
with check("2a.4", cheapest_plan) as c:
    ours = {"1B": (1e9, 31_250, {2: 0.78, 0.5: 0.74}), "8B": (8e9, 131_072, {2: 0.90, 0.5: 0.88})}
    ours["70B"] = (70e9, 327_680, {2: 0.94, 0.5: 0.93})
    rents = {"80 GB": (80e9, 1500), "8 × 80 GB": (640e9, 11000), "24 GB": (24e9, 400), "8 GB": (8e9, 90)}
    rents["16 GB, new"] = (16e9, 600)
    turned = {"8B": (8e9, 131_072, {0.5: 0.88, 2: 0.90}), "1B": (1e9, 31_250, {1: 0.77, 0.5: 0.74})}
    near = {"8 GB": (8e9, 90), "24 GB": (24e9, 91)}
    equal, tie = {"12 GB": (12e9, 300), "20 GB": (20e9, 300), "40 GB": (40e9, 700)}, "which is more accurate?"
    cases = [
        (ours, rents, 1, 2000, 0.88, ("8B", 0.5, "8 GB"), "an accuracy equal to the floor is enough"),
        (ours, rents, 1, 2000, 0.89, ("8B", 2, "24 GB"), "0.88 is below this floor"),
        (ours, rents, 60, 2000, 0.85, ("8B", 0.5, "24 GB"), "60 caches take 15.7 GB"),
        (ours, rents, 1, 2000, 0.70, ("8B", 0.5, "8 GB"), f"several plans share the lowest rent: {tie}"),
        (ours, rents, 96, 2000, 0.70, ("1B", 2, "8 GB"), "2 GB of weights and 6 GB of caches just fill 8 GB"),
        (ours, rents, 96, 2001, 0.70, ("1B", 0.5, "8 GB"), "one token more for each user no longer fits"),
        (turned, rents, 20, 2000, 0.85, ("8B", 2, "24 GB"), f"two plans share the lowest rent: {tie}"),
        (turned, equal, 1, 2000, 0.70, ("8B", 2, "20 GB"), f"two machines share the lowest rent: {tie}"),
        (turned, rents, 96, 2000, 0.75, ("1B", 1, "8 GB"), "a model may come in other precisions"),
        (ours, near, 1, 2000, 0.85, ("8B", 0.5, "8 GB"), "a rent that is 1 € lower is lower"),
        (ours, rents, 20, 2000, 0.935, ("70B", 2, "8 × 80 GB"), "only the 70B in 16 bits is that good"),
        (ours, rents, 20, 2000, 0.95, None, "does any model reach this floor?"),
        (ours, rents, 100_000, 2000, 0.5, None, "how many GB do so many caches take?"),
    ]
    for models, machines, users, context, floor, want, hint in cases:
        got, what = cheapest_plan(models, machines, users, context, floor), f"{users=}, {context=}, {floor=}"
        c.true(got is not None or want is None, f"{what}: you found no plan, but there is one", hint)
        c.equal(got, want, what=what, hint=hint)

# %% [markdown]
# ## 2a.7 What the article says
#
# In §2.1 it defines large models by three marks: the number of parameters, the cost of computing, and generalisation through
# training on much data. The third is [lesson 2b](02b_generalisation.ipynb)'s. For the number it gives two ranges, a few lines
# apart. Hold both against our counts.

# %%
base, giant = size(giants["BERT-base"]), size(giants["GPT-3"])
claim(
    "§2.1",
    "Large models have billions to hundreds of billions of parameters; and: millions to billions.",
    "contradicts itself",
    evidence=base < 1e9 and giant > 100e9,
    right="BERT-base fails the first range, GPT-3 exceeds the second; no agreed threshold exists. Give the count.",
)
claim(
    "§2.1",
    "Large models need much computing.",
    "right",
    evidence=days > 365 and training_bytes(giant) > 640e9 and work["GPT-3"] > 100 * work["GPT-2"],
    right="Training costs about 6 FLOPs for each parameter and token, and 16 bytes for each parameter.",
)

# %% [markdown]
# ## Recap
#
# 1. A block has $12d^2 + 13d$ parameters; with the tables that gives GPT-2, BERT and GPT-3 to the last one.
# 2. Training with Adam takes 16 bytes a parameter plus activations; using it takes the weights plus a KV cache for each conversation.
# 3. 2N FLOPs a token forward and 6N in training, but for tables that only look up and attention that grows with the length.
# 4. A counter that does not know an operation counts nothing and says nothing: hold it against a formula.
# 5. Work becomes money through the share of the promised speed that is reached; ask for that share.
#
# **Next:** does a model that fits also *generalise*? [Lesson 2b](02b_generalisation.ipynb). [Back to the map](00_start_here.ipynb)
#
# ## Sources
#
# - A. Vaswani and others (2017), *Attention is all you need*, [arXiv:1706.03762](https://arxiv.org/abs/1706.03762)
# - J. Devlin and others (2018), *BERT*, [arXiv:1810.04805](https://arxiv.org/abs/1810.04805)
# - A. Radford and others (2019), *Language models are unsupervised multitask learners* (GPT-2), OpenAI
# - T. Brown and others (2020), *Language models are few-shot learners* (GPT-3), [arXiv:2005.14165](https://arxiv.org/abs/2005.14165)
# - Llama team (2024), *The Llama 3 herd of models*, [arXiv:2407.21783](https://arxiv.org/abs/2407.21783)
# - H. Touvron and others (2023), *Llama 2: open foundation and fine-tuned chat models*, [arXiv:2307.09288](https://arxiv.org/abs/2307.09288)
# - J. Kaplan and others (2020), *Scaling laws for neural language models*, [arXiv:2001.08361](https://arxiv.org/abs/2001.08361)
# - V. Korthikanti and others (2022), *Reducing activation recomputation in large Transformer models*, [arXiv:2205.05198](https://arxiv.org/abs/2205.05198)
