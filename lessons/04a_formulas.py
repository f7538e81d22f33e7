# %% [markdown]
# # 4a · Three formulas, mended and proven
#
# Take three formulas apart, mend what is broken, and prove each one by algebra, by code and by picture.
#
# 60 min to read · under 30 CPU-seconds · under 900 MB · GPU: not needed
#
# **You will be able to**
# - write a layer with every index in its place, and say what the bend is for;
# - derive the slope of the cross-entropy, let SymPy check the algebra and `gradcheck` the code;
# - compute a loss that survives scores of 1000, in every number format;
# - find the largest safe learning rate of a valley before you train in it;
# - say what a larger batch buys, and why weight decay under Adam needs its own rule.
#
# *You need:* forward, backward and the chain rule from [lesson 3a](03a_forward_backward.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
examples: int = 512  # parcels in the postage problem  in [128, 8192]
dimensions: int = 6  # measurements of each parcel  in [2, 16]
momentum: float = 0.9  # momentum whose stability limit is measured  in [0, 0.99]
draws: int = 400  # mini-batches drawn for each batch size  in [100, 2000]

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp
import torch
import torch.nn.functional as F

from utils import plot
from utils.check import approx, check, claim, metric
from utils.params import check_parameters
from utils.repro import seed_everything

check_parameters("04a_formulas", globals())
plot.style()
rng = seed_everything(seed)

# %% [markdown]
# ## 4a.1 The layer, index by index
#
# The article's section 4 rests on three formulas: the layer, the loss, the update. Each is nearly right. You will
# see what "nearly" costs, mend each one, and prove it.
#
# Begin with the layer. Our shop describes each letter by two numbers: how often it says *brake*, how often *invoice*. Two
# *neurons* (神经元) read them. Neuron $i$ weighs input $j$ with $W_{ij}$, adds its own bias, and then bends the sum:
#
# $$z_i^{(l)} = \sum_j W_{ij}^{(l)} a_j^{(l-1)} + b_i^{(l)} \qquad a_i^{(l)} = \varphi\big(z_i^{(l)}\big)$$

# %% [markdown]
# $z$ is the *pre-activation* (预激活值), $a$ the *activation* (激活值), $\varphi$ the bend: ReLU, tanh, … The layer's number
# $l$ stands in brackets because it is no power.
#
# Take a pencil. One letter says *brake* twice and *invoice* once, so $a^{(0)} = (2, 1)$. What are $z$ and, with ReLU, $a$?

# %%
W = np.array([[1.0, -3.0], [0.5, 1.0]])  # one row for each neuron
b = np.array([-0.5, 0.5])
letter = np.array([2.0, 1.0])

z = np.zeros(2)
for i in range(2):
    for j in range(2):
        z[i] += W[i, j] * letter[j]
    z[i] += b[i]
print("z =", z, "  a =", np.maximum(z, 0))

# %% [markdown]
# First neuron: $1 \cdot 2 - 3 \cdot 1 - 0.5 = -1.5$, and ReLU closes it. Second: $0.5 \cdot 2 + 1 \cdot 1 + 0.5 = 2.5$.
#
# The article's version differs in four places: $w$, $z$ and $b$ carry no neuron's index $i$; the index of the input is
# misplaced; $z$ is called the activation; and no $\varphi$ appears. Does a lost index matter? Computers take indices at
# their word. `einsum` sums over each letter that is missing on the right of the arrow. Predict how many numbers each line gives.

# %%
with_index = np.einsum("ij,j->i", W, letter)  # (2, 2), (2,) -> (2,)
index_lost = np.einsum("j,j->", W[0], letter)  # (2,), (2,) -> ()
print("with i:", with_index, "  without:", index_lost)
assert with_index[0] == index_lost

# %% [markdown]
# Without $i$ there is one row of weights and one sum: the formula describes a single neuron, and a layer has many.
#
# With the indices right, code follows from them. The sum over $j$ runs over the columns of $W$, so a batch `a` of shape (m, D)
# meets $W$ of shape (H, D) as `a @ W.T`. Three rungs: loops, one line, the library.


# %%
def layer_loops(a, W, b):
    """a (m, D), W (H, D), b (H,) -> activations (m, H), exactly as the formula reads."""
    out = np.zeros((len(a), len(b)))
    for n in range(len(a)):
        for i in range(len(b)):
            out[n, i] = np.tanh(sum(W[i, j] * a[n, j] for j in range(len(a[n]))) + b[i])
    return out


def layer(a, W, b):
    return np.tanh(a @ W.T + b)  # (m, D) @ (D, H) -> (m, H)


# %%
a, W5, b5 = rng.normal(size=(7, 3)), rng.normal(size=(5, 3)), rng.normal(size=5)
library = torch.tanh(F.linear(*map(torch.tensor, (a, W5, b5)))).numpy()
assert np.allclose(layer_loops(a, W5, b5), layer(a, W5, b5), rtol=0, atol=1e-12)
assert np.allclose(layer(a, W5, b5), library, rtol=0, atol=1e-12)
assert np.allclose(layer(a[2], W5, b5), layer(a, W5, b5)[2], rtol=0, atol=1e-12)
print("loops = one line = torch, to 1e-12, and a row alone equals that row in a batch")

# %% [markdown]
# Now the picture to keep. Draw a grid on a sheet of rubber; each point of it is a possible letter. $W$ and $b$ are an
# *affine map* (仿射映射): they turn, stretch and shift the sheet. Then $\varphi$ acts on each coordinate. Predict: which of
# the two can make a straight line curved?

# %%
pace, ticks = np.linspace(-2, 2, 80), np.linspace(-2, 2, 11)
upright = [np.stack([np.full(80, t), pace], axis=1) for t in ticks]  # two (80,) -> (80, 2)
level = [line[:, ::-1] for line in upright]
W_seen, b_seen = np.array([[1.0, -0.6], [0.5, 0.9]]), np.array([0.4, -0.2])
views = {
    "A sheet of rubber": lambda line: line,
    "W and b: turned, still straight": lambda line: line @ W_seen.T + b_seen,
    "φ = tanh: now it is bent": lambda line: layer(line, W_seen, b_seen),
}

# %% tags=["figure"]
figure, axes = plt.subplots(1, 3, figsize=(9.5, 3.4))
for ax, (title, view) in zip(axes, views.items(), strict=True):
    for lines, colour in [(upright, "C0"), (level, "C1")]:
        for line in lines:
            ax.plot(*view(line).T, color=colour, linewidth=1)
    ax.set_aspect("equal", adjustable="datalim")
    ax.set(title=title, xlabel="first number")
    ax.grid(visible=False)
axes[0].set(ylabel="second number")
plt.show()

# %% [markdown]
# Is it really so? Walk along a straight line: each step $(u_1, u_2)$ points the way of the one before, $(v_1, v_2)$, so the *cross product*
# $u_1 v_2 - u_2 v_1$, the area between the two, is 0. It does not ask for an even pace: $\varphi$ may stretch a line without bending it.

# %%
steps = [np.diff(view(upright[0]), axis=0) for view in views.values()]
areas = [np.abs(u[:-1, 0] * u[1:, 1] - u[:-1, 1] * u[1:, 0]).max() for u in steps]
straight, affine, bent = (area > 1e-12 for area in areas)
print("bent on the sheet, after W and b, after φ:", bool(straight), bool(affine), bool(bent))
assert (straight, affine, bent) == (False, False, True)

# %% [markdown]
# That is a layer: **affine map plus bend**. A straight line stays straight through any number of affine maps; so without
# $\varphi$ a hundred layers bend no more than one. Prove it, once and for all numbers, with symbols. SymPy calculates with
# letters, as you do on paper.

# %%
W1, W2 = sp.Matrix(2, 3, sp.symbols("U(1:3)(1:4)")), sp.Matrix(2, 2, sp.symbols("V(1:3)(1:3)"))
x, b1, b2 = (sp.Matrix(sp.symbols(name)) for name in ("x1:4", "b1:3", "c1:3"))

two_layers = W2 * (W1 * x + b1) + b2
one_layer = (W2 * W1) * x + (W2 * b1 + b2)
no_bend_no_depth = (two_layers - one_layer).expand().is_zero_matrix
print("two layers without a bend equal one:", no_bend_no_depth)

# %% [markdown]
# ### Exercise 4a.1 · Two in one ●○○ 5 min
#
# A supplier sells a network of two layers *without* a bend between them. Return the weights and bias of the single layer that does
# the same. Mind the order.
#
# <details><summary>Hint 1</summary>Write out W2 (W1 x + b1) + b2 and multiply the bracket out. What stands before x?</details>
# <details><summary>Hint 2</summary>Everything that comes out of the first layer, its bias too, passes through the second layer's weights.</details>


# %% tags=["exercise-4a.1"]
def merge(W1, b1, W2, b2):
    """First layer W1 (H, D), b1 (H,); second W2 (K, H), b2 (K,)  ->  W (K, D), b (K,)"""
    ### BEGIN SOLUTION
    return W2 @ W1, W2 @ b1 + b2
    ### END SOLUTION


# %% tags=["check-4a.1"]
with check("4a.1", merge) as c:
    for D, H, K in [(2, 2, 2), (3, 4, 2), (5, 1, 3)]:
        draw = np.random.default_rng(D)
        W1, b1, W2, b2 = (draw.normal(size=shape) for shape in [(H, D), (H,), (K, H), (K,)])
        got = merge(W1, b1, W2, b2)
        c.true(isinstance(got, (tuple, list)) and len(got) == 2, "return two arrays: W and b")
        what, hint = (
            f"for D={D}, H={H}, K={K}",
            "multiply the bracket out: what stands before x, and what stands alone?",
        )
        slips = {"rows and columns are swapped: W has a row for each output": (W2 @ W1).T}
        if H == D == K:
            slips["wrong order: the first layer acts first, so it stands next to x"] = W1 @ W2
            slips["both matrices are transposed"] = (W1 @ W2).T
        c.close(got[0], W2 @ W1, what=f"W {what}", rtol=1e-5, atol=1e-6, slips=slips, hint=hint)
        slips = {"b1 has to pass through the second layer's weights": b1 + b2} if H == K else {}
        slips["the second layer has a bias of its own"] = W2 @ b1
        slips["the first layer's bias is lost"] = b2
        c.close(got[1], W2 @ b1 + b2, what=f"b {what}", rtol=1e-5, atol=1e-6, slips=slips, hint=hint)

# %% [markdown]
# Is the merged layer always the cheaper one? Count the multiplications for a wide middle and for a narrow one. Predict first.

# %%
for D, H, K in [(100, 100, 100), (1000, 8, 1000)]:
    print(f"{D} → {H} → {K}: two layers {H * D + K * H:,} multiplications, merged {K * D:,}")

# %% [markdown]
# A narrow middle makes two thin layers far cheaper than one full matrix, though they can do less (their product has rank 8 at most).
# LoRA (Hu et al., 2021) adapts large models with such a thin pair: it stands for the *change* of a large matrix, so there is little to train and to store.

# %% [markdown]
# ## 4a.2 The slopes of a layer
#
# To learn, a layer must turn the slope that arrives at its output, $s_i = \partial L / \partial a_i$, into slopes of its own
# parts. Three steps, each one use of the chain rule:
#
# 1. through the bend: $\delta_i = s_i \, \varphi'(z_i)$, the slope in $z_i$;
# 2. $z_i$ contains $W_{ij}$ once, times $a_j$: so $\partial L / \partial W_{ij} = \delta_i a_j$, and $\partial L / \partial b_i = \delta_i$;
# 3. $a_j$ reaches every neuron, and ways add up: $\partial L / \partial a_j = \sum_i W_{ij} \delta_i$.
#
# Let SymPy differentiate a layer of 2 neurons and 3 inputs, and compare.

# %%
W_, a_ = sp.Matrix(2, 3, sp.symbols("W(1:3)(1:4)")), sp.Matrix(sp.symbols("a1:4"))
b_, s_ = sp.Matrix(sp.symbols("b1:3")), sp.Matrix(sp.symbols("s1:3"))
z_ = W_ * a_ + b_
L_ = s_.dot(z_.applyfunc(sp.tanh))  # a loss whose slope in output i is s_i
delta = s_.multiply_elementwise(z_.applyfunc(lambda t: 1 - sp.tanh(t) ** 2))

print("∂L/∂W12 =", L_.diff(W_[0, 1]))
assert all(sp.expand(L_.diff(W_[i, j]) - delta[i] * a_[j]) == 0 for i in range(2) for j in range(3))
assert all(sp.expand(L_.diff(b_[i]) - delta[i]) == 0 for i in range(2))
assert all(sp.expand(L_.diff(a_[j]) - (W_.T * delta)[j]) == 0 for j in range(3))
print("all 6 + 2 + 3 slopes agree with the three steps")

# %% [markdown]
# The algebra holds. Does the *code*? `torch.autograd.gradcheck` compares a hand-written backward with tiny nudges of every
# input. It needs float64: in float32, rounding would drown the nudges. The hand-written class below gives PyTorch our
# three steps instead of its own.


# %%
class Layer(torch.autograd.Function):
    """tanh(a Wᵀ + b) with the backward derived above. a (m, D), W (H, D), b (H,) -> (m, H)"""

    @staticmethod
    def forward(ctx, a, W, b):
        out = torch.tanh(a @ W.T + b)
        ctx.save_for_backward(a, W, out)
        return out

    @staticmethod
    def backward(ctx, slope):
        a, W, out = ctx.saved_tensors
        delta = slope * (1 - out**2)
        return delta @ W, delta.T @ a, delta.sum(dim=0)


def leaf(*shape):
    """A random float64 tensor that wants a gradient."""
    return torch.tensor(rng.normal(size=shape), requires_grad=True)


# %%
print("gradcheck:", torch.autograd.gradcheck(Layer.apply, (leaf(7, 3), leaf(5, 3), leaf(5))))

# %% [markdown]
# ## 4a.3 Cross-entropy is surprise
#
# Each letter belongs on one of three shelves: workshop, spare parts, office. The article's second formula takes minus the sum of
# $y_k \ln z_k$, and its legend says that this $z_k$ is the *predicted probability* of class $k$. Three lines earlier, the same letter
# was the layer's weighted sum. Whoever puts that one in, such as the scores (4, 2, −1), gets this, once for each possible shelf:

# %%
scores = np.array([4.0, 2.0, -1.0])
with np.errstate(invalid="ignore"):
    of_scores = -np.log(scores)
print("with scores in place of probabilities:", of_scores.round(3))
assert of_scores[0] < 0
assert np.isnan(of_scores[2])

# %% [markdown]
# A negative loss, and then no number at all (nan): a score is not a probability. The loss needs numbers between 0 and 1
# that add up to 1. *Softmax* makes them: $p_k = e^{z_k} / \sum_j e^{z_j}$.
#
# Now the loss means something. $-\ln p$ is the *surprise* (惊异) at seeing what you gave the probability $p$: none if you were
# certain, more and more as $p$ falls. The natural logarithm counts it in *nats*, the one to base 2 in bits. Predict: the scores are
# $(\ln 2, 0, 0)$. What are $p$ and the surprise at shelf 0?


# %%
def softmax(z):
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


p = softmax(np.array([np.log(2), 0, 0]))
print("p =", p.round(6))
print(f"surprise at shelf 0: {-np.log(p[0]):.4f} nats, or {-np.log2(p[0]):.4f} bit")


chance = np.linspace(0.003, 1, 400)

# %% tags=["figure"]
ax = plot.lines(
    {"surprise −ln p": (chance, -np.log(chance))},
    title="Sure and right costs nothing; sure and wrong costs without limit",
    xlabel="probability p that was given to what then happened",
    ylabel="surprise (nats)",
)
marks = {
    1: "certain: 0",
    1 / 2: "a coin: ln 2",
    1 / 10: "a digit, guessed: ln 10",
    1 / 100: "one in a hundred",
}
for told, label in marks.items():
    side = "right" if told == 1 else "left"
    ax.plot(told, -np.log(told), "o", color="C1")
    ax.annotate(label, (told, -np.log(told)), (8, 6), textcoords="offset points", ha=side)
plt.show()

# %% [markdown]
# Averaged over examples, surprise is the *cross-entropy* (交叉熵). Written with a *one-hot* (独热) label, $y_k = 1$ for the
# true shelf and 0 elsewhere:
#
# $$L = -\sum_k y_k \ln p_k, \qquad p = \operatorname{softmax}(z)$$
#
# One letter changes, $p$ for $z$, and everything else becomes provable.
#
# ## 4a.4 Its slope: said minus true
#
# Derive in three steps. Let $S = \sum_j e^{z_j}$.
#
# 1. $\ln p_k = z_k - \ln S$.
# 2. $L = -\sum_k y_k z_k + \ln S$, because the labels add up to 1.
# 3. $\partial \ln S / \partial z_k = e^{z_k} / S = p_k$, so $\dfrac{\partial L}{\partial z_k} = p_k - y_k$.
#
# Where did we use that the labels add up to 1? Let SymPy keep the labels free, and see.

# %%
z_, y_ = sp.symbols("z1:4", real=True), sp.symbols("y1:4")
p_ = [sp.exp(z) / sum(map(sp.exp, z_)) for z in z_]
loss_ = -sum(y * sp.log(p) for y, p in zip(y_, p_, strict=True))
total = sum(y_)

free = [sp.simplify(loss_.diff(z) - (total * p - y)) for z, p, y in zip(z_, p_, y_, strict=True)]
proper = {y_[2]: 1 - y_[0] - y_[1]}
pairs = zip(z_, p_, y_, strict=True)
said_minus_true = [sp.simplify((loss_.diff(z) - (p - y)).subs(proper)) for z, p, y in pairs]
print("slope − (Σy · p − y) =", free, "   with Σy = 1: slope − (p − y) =", said_minus_true)
assert free == said_minus_true == [0, 0, 0]

# %% [markdown]
# So the slope is $(\sum_j y_j)\, p_k - y_k$ for any labels, and $p_k - y_k$ when they add up to 1. Soft labels, such as
# (0.9, 0.05, 0.05), are welcome too.
#
# The ladder for a batch of $m$ letters: loops, one line, the library. The mean over letters divides each slope by $m$.


# %%
def mean_loss_loops(z, y):
    """z (m, K) scores, y (m,) numbers of the true shelves -> mean surprise."""
    losses = []
    for row, label in zip(z, y, strict=True):
        total = sum(np.exp(score) for score in row)
        losses.append(-np.log(np.exp(row[label]) / total))
    return sum(losses) / len(losses)


def mean_loss(z, y):
    return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]).mean()


# %%
z, y = rng.normal(size=(6, 3)), np.array([0, 2, 1, 1, 0, 2])
twin = torch.tensor(z, requires_grad=True)
F.cross_entropy(twin, torch.tensor(y)).backward()
by_its_legend = -(np.eye(3)[y] * np.log(softmax(z))).sum(axis=1).mean()
legend_holds = abs(by_its_legend - F.cross_entropy(twin, torch.tensor(y)).item()) < 1e-12
assert abs(mean_loss_loops(z, y) - mean_loss(z, y)) < 1e-12
assert abs(mean_loss(z, y) - F.cross_entropy(twin, torch.tensor(y)).item()) < 1e-12
assert np.allclose((softmax(z) - np.eye(3)[y]) / len(y), twin.grad, rtol=0, atol=1e-12)
print("loops = one line = torch, and (p - y)/m = torch's gradient, to 1e-12")


# %% [markdown]
# The library nudges each score and compares with our backward, as for the layer.


# %%
class CrossEntropy(torch.autograd.Function):
    """Mean surprise of scores (m, K) at labels (m,), with the backward derived above."""

    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(torch.softmax(z, dim=1) - F.one_hot(y, z.shape[1]))
        return (torch.logsumexp(z, dim=1) - z[torch.arange(len(y)), y]).mean()

    @staticmethod
    def backward(ctx, slope):
        (said_minus_true,) = ctx.saved_tensors
        return slope * said_minus_true / len(said_minus_true), None


# %%
labels = torch.tensor([0, 2, 1, 1, 0, 2])
print("gradcheck:", torch.autograd.gradcheck(CrossEntropy.apply, (leaf(6, 3), labels)))

# %% [markdown]
# Why this loss and not the squared error $(1 - p)^2$, which also falls to 0? Look at how hard each one pulls on the true score.
# Cross-entropy pulls with $1 - p$. The squared error pulls with $2(1-p) \cdot p(1-p)$: softmax puts its own slope in between.
# Predict: who pulls harder on a network that is sure and wrong?

# %%
lead = np.linspace(-8, 8, 200)  # true score minus the other one
p_true = 1 / (1 + np.exp(-lead))

# %% tags=["figure"]
ax = plot.lines(
    {"cross-entropy: 1 − p": 1 - p_true, "squared error: 2 p (1 − p)²": 2 * p_true * (1 - p_true) ** 2},
    x=lead,
    title="Sure and wrong: cross-entropy pulls, the squared error gives up",
    xlabel="true score minus the other score",
    ylabel="pull on the true score",
)
ax.axvspan(-8, -3, color="C1", alpha=0.08)
ax.text(-7.8, 0.5, "sure and wrong", color="C1")
plt.show()
pull, weak_pull = 1 - p_true[0], 2 * p_true[0] * (1 - p_true[0]) ** 2
assert pull > 0.99
assert weak_pull < 0.001

# %% [markdown]
# ### Exercise 4a.2 · One letter on paper ●○○ 5 min
#
# The scores are $(\ln 6, \ln 3, 0)$ and the letter belongs on shelf 1, the one in the middle. Give the three probabilities,
# the loss in nats (three decimals), and the three slopes of the loss in the scores.
#
# <details><summary>Hint 1</summary>The exponentials of the scores are 6, 3 and 1.</details>
# <details><summary>Hint 2</summary>The loss looks at one probability only. The slopes compare the three with a list that holds a single 1.</details>

# %% tags=["exercise-4a.2"]
# Replace each ... by a list of three numbers, or a number.
### BEGIN SOLUTION
paper_p = [0.6, 0.3, 0.1]
paper_loss = 1.204
paper_slopes = [0.6, -0.7, 0.1]
### END SOLUTION

# %% tags=["check-4a.2"]
with check("4a.2", paper_p, paper_loss, paper_slopes) as c:
    slips = {
        "these are not divided by their sum": [6, 3, 1],
        "softmax needs e to the scores first": np.log([6, 3, 1]) / np.log(18),
    }
    hint = "softmax: e to each score, and then all of them divided by the same number"
    c.close(paper_p, [0.6, 0.3, 0.1], what="p", rtol=2e-3, slips=slips, hint=hint)
    slips = {
        "that is in bits; nats take the natural logarithm": -np.log2(0.3),
        "that is the logarithm to base 10": -np.log10(0.3),
        "a surprise is never negative: mind the minus": np.log(0.3),
        "that is the surprise at shelf 0": -np.log(0.6),
        "that is the surprise at shelf 2": -np.log(0.1),
    }
    hint = "the surprise at the shelf where the letter belongs, to three decimals"
    c.close(paper_loss, -np.log(0.3), what="loss", rtol=0, atol=6e-4, slips=slips, hint=hint)
    slips = {
        "mind the sign: said minus true": [-0.6, 0.7, -0.1],
        "that is the slope for shelf 0": [-0.4, 0.3, 0.1],
        "that is the slope for shelf 2": [0.6, 0.3, -0.9],
        "those are the probabilities; what was true is missing": [0.6, 0.3, 0.1],
        "that is the slope in p; the scores lie one step further back, behind the softmax": [0, -1 / 0.3, 0],
    }
    want, hint = [0.6, -0.7, 0.1], "section 4a.4, in three words"
    c.close(paper_slopes, want, what="slopes", rtol=2e-3, slips=slips, hint=hint)

# %% [markdown]
# ## 4a.5 The right formula that still fails
#
# Mathematics has all numbers; a computer has a few. You will meet four *formats* (浮点格式). Each has a largest number, and
# $e^z$ reaches it soon: then it *overflows* (上溢) to `inf`. Epsilon, the gap between 1 and the next number, tells the
# precision. Predict: which format overflows first, and is bfloat16 more like float16 or like float32?

# %%
formats = {
    str(d).removeprefix("torch."): d for d in (torch.float16, torch.bfloat16, torch.float32, torch.float64)
}
for name, dtype in formats.items():
    info = torch.finfo(dtype)
    powers = f"largest {info.max:8.2g}   epsilon 2^{np.log2(info.eps):.0f}"
    print(f"{name:9} {powers:36} e^z overflows above z = {np.log(info.max):.1f}")

# %% [markdown]
# bfloat16 has the range of float32 with less than three decimal digits; float16 has one more digit and hardly any range.
#
# Three ways to the surprise at each label: **naive**, softmax and then logarithm; **shifted**, the same after taking off the
# largest score $c$, which changes no ratio; and **log-sum-exp**, which never forms $p$ at all:
#
# $$-\ln p_k = \ln \sum_j e^{z_j - c} - (z_k - c)$$
#
# Predict what each makes of the scores (1000, 0, −1000). On paper the answers are 0, 1000 and 2000.


# %%
def naive(z):
    e = torch.exp(z)
    return -torch.log(e / e.sum())


def shifted(z):
    return naive(z - z.max())


def log_sum_exp(z):
    z = z - z.max()
    return torch.log(torch.exp(z).sum()) - z


# %%
ways = {"naive": naive, "shifted": shifted, "log-sum-exp": log_sum_exp}
for name, dtype in formats.items():
    z = torch.tensor([1000.0, 0.0, -1000.0], dtype=dtype)
    answers = {way: [v + 0.0 for v in f(z).tolist()] for way, f in ways.items()}  # + 0.0 turns -0 into 0
    print(f"{name:9}", "  ".join(f"{way} {answer}" for way, answer in answers.items()))
    assert np.isnan(answers["naive"][0])
    assert np.isinf(answers["shifted"][1:]).all()
    same = F.cross_entropy(z.double().expand(3, 3), torch.arange(3), reduction="none")
    assert answers["log-sum-exp"] == same.tolist()

# %% [markdown]
# Naive: $e^{1000}$ is inf, and inf / inf is nan. Shifted: no overflow, but $e^{-1000}$ is 0 (*underflow*, 下溢) and $-\ln 0$ is
# inf. Only log-sum-exp gives 0, 1000, 2000, and it does so in all four formats.
#
# 1000 is far out. How far may scores go? Take $(c, 0, -c)$ and the mean over the three labels, which is about $c$.

# %%
sizes = [4, 20, 40, 100, 300, 500, 800]


def mean_surprise(way, dtype):
    """One mean over the three labels for each size of the scores."""
    scores = [torch.tensor([c, 0, -c], dtype=dtype) for c in sizes]
    return [way(z).double().mean().item() for z in scores]


table = {name: np.array([mean_surprise(way, d) for d in formats.values()]) for name, way in ways.items()}
broken = {name: ~(np.abs(values / sizes - 1) < 0.01) for name, values in table.items()}
assert broken["naive"][:, -1].all()
assert broken["shifted"][:, -1].all()
assert not broken["log-sum-exp"].any()

# %% tags=["figure"]
figure, axes = plt.subplots(1, 3, figsize=(10.5, 2.6), sharey=True)
for ax, (way, values) in zip(axes, table.items(), strict=True):
    fails = broken[way]
    title = f"{way}: {fails.sum()} of {fails.size} fail"
    plot.matrix(fails * 1.0, title=title, xlabel="size c of the scores", ax=ax)
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if fails[row, column] else "black"
        ax.text(column, row, f"{value:.4g}", ha="center", va="center", fontsize=8, color=colour)
    ax.set(xticks=range(len(sizes)), xticklabels=sizes, yticks=range(4), yticklabels=formats)
plt.show()

# %% [markdown]
# Half a remedy is the trap: *shifted* looks mended, and fails on the first letter that surprises a lot. And a broken loss
# is not the worst of it. Its gradient goes into the weights. **Symptom to remember:** one `nan`, and after the next step
# nearly every weight is `nan` (a unit that ReLU has closed may be spared).

# %%
for name, loss in [
    ("naive", lambda z: naive(z)[2]),
    ("torch", lambda z: F.cross_entropy(z[None], torch.tensor([2]))),
]:
    z = torch.tensor([1000.0, 0.0, -1000.0], requires_grad=True)
    loss(z).backward()
    print(f"{name}: gradient {z.grad.tolist()}")
    assert torch.isnan(z.grad).any() == (name == "naive")

# %% [markdown]
# ### Exercise 4a.3 · The loss you would ship ●●○ 15 min
#
# Write the mean cross-entropy for scores and *probabilities* as targets, and its slopes in the scores. Use NumPy. Scores
# of ±1000 must do no harm. Each row of the targets adds up to 1.
#
# <details><summary>Hint 1</summary>Never take the logarithm of a probability: write ln of the quotient as a difference on paper first. The largest score is one for each row; `keepdims=True` keeps it in its row.</details>
# <details><summary>Hint 2</summary>With soft targets every class of a row counts, each with its share. The slopes need p itself: get it back from log p, where nothing can overflow any more. And the loss is a mean.</details>


# %% tags=["exercise-4a.3"]
def soft_cross_entropy(scores, targets):
    """scores (m, K), targets (m, K)  ->  mean loss (one number), slopes (m, K)"""
    ### BEGIN SOLUTION
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -(targets * log_p).sum(axis=1).mean(), (np.exp(log_p) - targets) / len(scores)
    ### END SOLUTION


# %% tags=["check-4a.3"]
with check("4a.3", soft_cross_entropy) as c, np.errstate(all="ignore"):
    near = {"rtol": 1e-5, "atol": 1e-6}
    for m, K, size in [(4, 3, 1.0), (1, 2, 1.0), (5, 5, 4.0), (3, 4, 700.0)]:
        draw, what = np.random.default_rng(m), f"for {m} rows, {K} classes, scores of size {size:g}"
        s, t = draw.normal(size=(m, K)) * size, draw.dirichlet(np.ones(K), size=m)
        twin = torch.tensor(s, requires_grad=True)
        wanted = F.cross_entropy(twin, torch.tensor(t))
        wanted.backward()
        got, want = soft_cross_entropy(s.copy(), t.copy()), wanted.item()
        c.true(isinstance(got, (tuple, list)) and len(got) == 2, "return two things: the loss and the slopes")
        along_rows = s - np.log(np.exp(s - s.max()).sum(axis=0)) - s.max()
        hard = F.cross_entropy(torch.tensor(s), torch.tensor(t.argmax(axis=1))).item()
        slips = {
            "that is the sum over rows; take the mean": want * m,
            "that is the mean over classes too; sum over them": want / K,
            "the softmax runs down the rows; each letter's classes share one softmax": -(t * along_rows).sum()
            / m,
            "the targets are probabilities: every class counts with its share, not only the likeliest": hard,
        }
        # an overflow is inf by many mistakes: it names none
        slips = {sentence: value for sentence, value in slips.items() if np.isfinite(value)}
        hint = "which of the two sums runs over the classes, and over what is the mean?"
        if size > 100:
            hint = "which step makes inf of a large score, or 0 of a small probability?"
        c.close(got[0], want, what=f"loss {what}", **near, slips=slips, hint=hint)
        slips = {
            "the loss is a mean, so its slopes are divided by the rows": twin.grad * m,
            "mind the sign: said minus true": -twin.grad,
            "those are the slopes for hard labels": twin.grad
            + torch.tensor(t - np.eye(K)[t.argmax(axis=1)]) / m,
        }
        hint = "section 4a.4 has the slopes of one row; a mean of m rows shrinks them"
        c.close(got[1], twin.grad, what=f"slopes {what}", **near, slips=slips, hint=hint)
    far = soft_cross_entropy(np.array([[1000.0, 0.0, -1000.0]]), np.array([[0.0, 0.0, 1.0]]))
    hint = "no logarithm of a probability, no exp before the largest score is off"
    c.close(far[0], 2000.0, what="loss of (1000, 0, -1000) at the last class", hint=hint)
    s = np.array([[1000.0, 999.0, 0.0], [-1000.0, -999.0, -1002.0]])
    loss, slopes = soft_cross_entropy(s.copy(), np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]))
    what, p = (
        "of (1000, 999, 0) at class 1 and (-1000, -999, -1002) at class 0",
        np.exp(s - s.max(axis=1)[:, None]),
    )
    p /= p.sum(axis=1)[:, None]
    c.close(loss, -np.log(p[0, 1] * p[1, 0]) / 2, what=f"loss {what}", **near, hint=hint)
    c.close(slopes, (p - [[0, 1, 0], [1, 0, 0]]) / 2, what=f"slopes {what}", **near, hint=hint)

# %% [markdown]
# ## 4a.6 The update, and when it works
#
# The third formula is gradient descent, $\theta = \theta - \alpha \nabla L$, with the *learning rate* (学习率) $\alpha$. Read
# it as a mathematician reads an equation, and solve it for the gradient.

# %%
theta, alpha, g, lam = sp.symbols("theta alpha g lambda", positive=True)
slope = sp.Symbol("slope", real=True)
as_equation = sp.solve(sp.Eq(theta, theta - alpha * slope), slope)
print("as an equation, the slope must be", as_equation)

# %% [markdown]
# As an equation it says that learning is already over. It is an *assignment* (赋值): $\theta \leftarrow \theta - \alpha \nabla L(\theta)$,
# the new from the old.
#
# Does a step go downhill? Near a bottom with positive curvature a smooth valley is close to a parabola, $L = \tfrac{1}{2}\lambda\theta^2$, with the slope
# $\lambda\theta$ and the curvature $\lambda$. Let SymPy factor the change of the loss in one step.

# %%
step_change = lam * (theta - alpha * lam * theta) ** 2 / 2 - lam * theta**2 / 2
print("change of the loss:", sp.factor(step_change))
limit_in_symbols = sp.solve(step_change, alpha)
print("no change at α =", limit_in_symbols)

# %% [markdown]
# The loss falls exactly when $\alpha\lambda < 2$. With many weights, the valley has a curvature in each of its own directions:
# the *eigenvalues* (特征值) of the matrix $H$ of second derivatives. One $\alpha$ must suit them all, so the steepest decides:
# $\alpha < 2/\lambda_{\max}$.
#
# Take $H = \operatorname{diag}(4, 1)$, so the limit is ½. Each step multiplies the first weight by $1 - 4\alpha$ and the second
# by $1 - \alpha$. Predict the first weight after 50 steps from 1, for $\alpha$ = 0.49, 0.50 and 0.51.

# %%
H2 = np.diag([4.0, 1.0])


def descend(H, start, rate, steps):
    """All points (steps + 1, n) that gradient descent visits in the valley ½ θᵀHθ."""
    path = [np.array(start)]
    for _ in range(steps):
        path.append(path[-1] - rate * H @ path[-1])
    return np.array(path)


for rate in (0.49, 0.50, 0.51):
    first = descend(H2, [1.0, 1.0], rate, 50)[:, 0]
    steps = ", ".join(f"{value:.2f}" for value in first[1:4])
    print(f"α = {rate:.2f}: {steps}, …, after 50 steps {first[50]:.2f}")


# %%
def steep(first, second):
    return 2 * first**2 + second**2 / 2


frame = {"xlim": (-3, 3), "ylim": (-1, 3)}

# %% tags=["figure"]
figure, axes = plt.subplots(1, 3, figsize=(10, 3.3), sharex=True, sharey=True)
titles = {0.49: "0.49 swings in", 0.50: "0.50 swings for ever", 0.51: "0.51 swings out"}
for ax, (rate, title) in zip(axes, titles.items(), strict=True):
    path = descend(H2, [1.0, 2.2], rate, 24)
    plot.landscape(steep, {f"α = {rate:.2f}": path}, **frame, title=title, ax=ax)
    ax.label_outer()
plt.show()

# %% [markdown]
# The second weight walks to 0 calmly in all three; the first, the steep one, decides the fate.
#
# And a valley that stands askew? It has two directions of its own all the same, at right angles, the *eigenvectors*. A walk that starts along
# one of them never leaves it, and each step multiplies it by $1 - \alpha\lambda$ with that direction's $\lambda$. NumPy finds them.

# %%
turn = np.array([[0.8, -0.6], [0.6, 0.8]])  # turns the plane by 37 degrees
askew = turn @ H2 @ turn.T
lambdas, own = np.linalg.eigh(askew)  # own directions: the columns
print("eigenvalues:", lambdas.round(6))
own_walks = {}
for factor, way in zip(1 - 0.45 * lambdas, own.T, strict=True):
    path = own_walks[f"× {factor:.2f} a step"] = descend(askew, 2.2 * way, 0.45, 12)
    assert np.allclose(path[1:], factor * path[:-1])

# %% tags=["figure"]
# the valley turned by 37 degrees, with a walk along each of its own directions
ax = plt.subplots(figsize=(4.6, 3.6))[1]
plot.landscape(
    lambda x, y: (askew[0, 0] * x**2 + 2 * askew[0, 1] * x * y + askew[1, 1] * y**2) / 2,
    own_walks,
    xlim=(-3, 3),
    ylim=(-2.4, 2.4),
    title="Along its own directions a walk goes straight",
    ax=ax,
)
plt.show()

# %% [markdown]
# Back to the upright one. Move the slider: at which rate do both weights shrink at the same pace?

# %% tags=["nbval-ignore-output"]
# output not compared: a slider is alive
from ipywidgets import FloatSlider


def with_rate(rate, ax):
    path = descend(H2, [1.0, 2.2], rate, 24)
    title = f"After 24 steps the distance is {np.linalg.norm(path[-1]):.2g}"
    plot.landscape(steep, {f"α = {rate:.2f}": path}, **frame, title=title, ax=ax)


plot.slider(with_rate, FloatSlider(0.1, min=0.02, max=0.54, step=0.01, description="α"))

# %% [markdown]
# At $\alpha = 0.4$, where $|1 - 4\alpha| = |1 - \alpha|$: the fastest of all.
#
# Does the rule hold where nobody chose the numbers? The shop predicts a parcel's postage from its measurements, with a linear
# layer and the mean squared error $L = \frac{1}{m}\|Xw - y\|^2$. Its matrix of second derivatives is $H = \frac{2}{m} X^T X$.
#
# First the ladder again: the update with loops, in one line, and by `torch.optim`, and a gradcheck of the slope
# $\frac{2}{m} X^T (Xw - y)$.

# %%
X = rng.normal(size=(examples, dimensions)) * np.linspace(0.5, 2, dimensions)
postage = X @ rng.normal(size=dimensions) + 0.5 * rng.normal(size=examples)


# %%
class SquaredError(torch.autograd.Function):
    """Mean squared error of the postage for weights (D,), with the slope written by hand."""

    @staticmethod
    def forward(ctx, w):
        ctx.save_for_backward(w)
        return ((torch.tensor(X) @ w - torch.tensor(postage)) ** 2).mean()

    @staticmethod
    def backward(ctx, slope):
        (w,) = ctx.saved_tensors
        return slope * 2 * torch.tensor(X).T @ (torch.tensor(X) @ w - torch.tensor(postage)) / examples


print("gradcheck:", torch.autograd.gradcheck(SquaredError.apply, leaf(dimensions)))


# %% [markdown]
# One step, three ways: with loops, in one line, and by torch's own optimiser.


# %%
def slopes_at(w):
    return 2 * X.T @ (X @ w - postage) / examples


# %%
loops, line = [0.0] * dimensions, np.zeros(dimensions)
twin = torch.zeros(dimensions, dtype=torch.double, requires_grad=True)
optimiser = torch.optim.SGD([twin], lr=0.05)
for _ in range(50):
    slopes = slopes_at(np.array(loops))
    for i in range(dimensions):
        loops[i] = loops[i] - 0.05 * slopes[i]
    line = line - 0.05 * slopes_at(line)
    optimiser.zero_grad()
    SquaredError.apply(twin).backward()
    optimiser.step()
assert np.allclose(loops, line, rtol=0, atol=1e-10)
assert np.allclose(line, twin.detach(), rtol=0, atol=1e-10)
print("50 steps: loops = one line = torch.optim.SGD, to 1e-10")

# %% [markdown]
# Now find the limit *by experiment*, without a look at any eigenvalue: try a rate, walk 1000 steps, and ask whether the second
# half of the walk still came nearer. Halve the interval until it is narrow. (`beta` is for later.)


# %%
def settles(H, rate, beta=0.0, steps=1000):
    """Whether descent with momentum beta in the valley ½ θᵀHθ still comes nearer in the second half of its walk."""
    w, v = np.ones(len(H)), np.zeros(len(H))
    for n in range(steps):
        v = beta * v + H @ w
        w = w - rate * v
        distance = np.linalg.norm(w)
        if distance > 1e6:
            return False
        if n == steps // 2:
            half_way = distance
    return distance <= half_way


def limit_by_experiment(H, beta=0.0):
    low, high = 0.0, 0.001
    while settles(H, high, beta):
        low, high = high, 2 * high
    while high - low > 1e-4 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if settles(H, middle, beta) else (low, middle)
    return low


# %%
H = 2 * X.T @ X / examples
curvatures = np.linalg.eigvalsh(H)
measured, predicted = limit_by_experiment(H), 2 / curvatures.max()
assert abs(measured / predicted - 1) < 2e-3
if (examples, dimensions) == (512, 6):
    assert 0.15 < predicted < 0.35
print("by experiment", approx(measured), "  2/λmax", approx(predicted), "  equal to 0.2 %")
metric("stability_limit", measured)
rates = np.linspace(0.02, 1.08, 54) * predicted
ends = [np.linalg.norm(descend(H, np.ones(dimensions), rate, 200)[-1]) / dimensions**0.5 for rate in rates]

# %% tags=["figure"]
ax = plot.lines(
    {"after 200 steps": (rates, np.maximum(ends, 1e-16))},
    title="Faster up to the dotted line, slower up to the cliff",
    xlabel="learning rate α",
    ylabel="distance left (1 at the start)",
)
ax.set(yscale="log")
ax.axhline(1, color="lightgrey")
ax.axvline(predicted, color="C1", linestyle="--", label="2/λmax")
ax.axvline(
    2 / (curvatures.max() + curvatures.min()), color="C2", linestyle=":", label="2/(λmax + λmin): fastest"
)
ax.legend(loc="lower left")
plt.show()

# %% [markdown]
# ### Exercise 4a.4 · The limit before the training ●●○ 15 min
#
# A colleague hands you a matrix `X` of measurements, one row a parcel. She will train a linear layer on *half* the mean squared error plus
# a *ridge* (岭回归), a fine for large weights:
#
# $$L = \frac{1}{2m}\|Xw - y\|^2 + \frac{c}{2}\|w\|^2, \qquad c \ge 0$$
#
# Return the learning rate that must not be reached. Why do you not need $y$?
#
# <details><summary>Hint 1</summary>Differentiate the loss twice in w. y disappears at the second time; the ridge does not.</details>
# <details><summary>Hint 2</summary>Two matrices add up: one is made of X, the other curves every direction alike (`np.eye`). `np.linalg.eigvalsh` gives the curvatures of the sum; one of them decides.</details>


# %% tags=["exercise-4a.4"]
def rate_limit(X, c):
    """X (m, D), c ≥ 0  ->  learning rate at which gradient descent on the half mean square with ridge stops converging."""
    ### BEGIN SOLUTION
    H = X.T @ X / len(X) + c * np.eye(X.shape[1])
    return 2 / np.linalg.eigvalsh(H).max()
    ### END SOLUTION


# %% tags=["check-4a.4"]
with check("4a.4", rate_limit) as c:
    for m, D, size, ridge in [(20, 3, 1.0, 0.5), (4, 7, 0.1, 0.02), (3, 3, 1.0, 0.0), (9, 1, 5.0, 30.0)]:
        X_test = np.random.default_rng(m).normal(size=(m, D)) * size
        S = X_test.T @ X_test
        squares = np.linalg.eigvalsh(S)
        top, low = squares.max(), max(squares.min(), 0.0) if m > 1 else 0.0
        want = 2 / (top / m + ridge)
        slips = {
            "the half before the square takes the 2 of its slope away": 2 / (2 * top / m + ridge),
            "the ridge has a half too, which takes the 2 of its slope away": 2 / (top / m + 2 * ridge),
            "the 2 of the ridge's slope takes its half away": 2 / (top / m + ridge / 2),
            "the limit is twice that": want / 2,
            "that is twice the limit": 2 * want,
            "the ridge curves the valley too": 2 * m / top,
            "the square is a mean: divide by the number of rows": 2 / (top + ridge),
            "divide by the rows, not by the columns": 2 / (top / D + ridge),
            "the mean runs over the rows, not over all numbers of X": 2 / (top / X_test.size + ridge),
            "the ridge is no part of the mean": 2 / (top / m + ridge / m),
            "that is the least curved direction; the steepest one decides": 2 / (low / m + ridge)
            if low + ridge
            else 0,
            "that adds up all curvatures (the trace); only the steepest counts": 2
            / (squares.sum() / m + D * ridge),
            "the trace of XᵀX adds up all its curvatures; only the steepest counts": 2
            / (squares.sum() / m + ridge),
        }
        spread = (X_test - X_test.mean(axis=0)).T @ (X_test - X_test.mean(axis=0))
        slips |= {
            f"no mean is taken off X first, as a covariance {by}": 2
            / (np.linalg.eigvalsh(spread).max() / rows + ridge)
            for by, rows in [("has it", m), ("has it, and its m − 1", m - 1)]
        }
        what, hint = (
            f"X with {m} rows, {D} columns, c = {ridge:g}",
            "what is the matrix of second derivatives in w?",
        )
        c.close(rate_limit(X_test.copy(), ridge), want, what=what, rtol=1e-5, slips=slips, hint=hint)

# %% [markdown]
# ## 4a.7 Batches: noise falls as 1/B
#
# The article's sum runs over all $m$ examples: that is *full-batch* descent. Beside it §4.1 names SGD, and its own training code
# uses mini-batches. A batch of $B$ random parcels gives a slope that is right on average and wrong by chance. If one parcel's slope
# has the variance $\sigma^2$, the mean of $B$ independent ones has $\sigma^2 / B$.
#
# Predict: how does that look on log–log paper? And what if a batch may not contain a parcel twice, up to $B = m$?

# %%
each = 2 * (X @ np.zeros(dimensions) - postage)[:, None] * X  # one parcel's slope a row (m, D)
full = each.mean(axis=0)
variance = ((each - full) ** 2).sum(axis=1).mean()
batches = [2**k for k in range(14) if 2**k < examples] + [examples]


def noise(pick):
    """Mean squared distance between the slope of a batch and the full slope; pick() draws one batch."""
    return np.mean([((each[pick()].mean(axis=0) - full) ** 2).sum() for _ in range(draws)])


# %%
repeating = np.array([noise(lambda B=B: rng.integers(examples, size=B)) for B in batches])
distinct = np.array([noise(lambda B=B: rng.permutation(examples)[:B]) for B in batches])
exponent = np.polyfit(np.log(batches), np.log(repeating), 1)[0]
if (examples, dimensions, draws) == (512, 6, 400):
    assert -1.1 < exponent < -0.9
    assert abs((repeating * batches / variance).mean() - 1) < 0.1
assert distinct[-1] < 1e-20 * variance
print("noise is proportional to B to the power", approx(exponent, 2))
print("with all parcels in the batch it is gone")
metric("noise_exponent", exponent)

# %% tags=["figure"]
ax = plot.lines(
    {"σ²/B": variance / np.array(batches)},
    x=batches,
    title="Ten times the batch, a tenth of the noise; all parcels, none",
    xlabel="batch size B",
    ylabel="mean squared error of the slope",
    color="grey",
    linestyle="--",
)
within = np.linspace(1, examples - 1, 500)
ax.plot(within, variance / within * (examples - within) / (examples - 1), color="C1", linestyle=":")
ax.plot(batches, repeating, "o", color="C0", label="a parcel may repeat")
ax.plot(batches[:-1], distinct[:-1], "s", color="C1", fillstyle="none", label="no parcel twice")
ax.text(0.8 * examples, 0.02 * repeating[-1], "all parcels: no noise", ha="right", color="C1")
ax.set(xscale="log", yscale="log")
ax.legend(loc="lower left")
plt.show()

# %% [markdown]
# On log–log paper it is a straight line of slope −1. Without repeats there is a factor $(m - B)/(m - 1)$, the
# dotted curve. What does noise cost? With a constant rate, SGD never arrives at a bottom where single slopes are not 0: it trembles. In a
# valley of curvature $\lambda$ a step is $w \leftarrow (1 - \alpha\lambda) w - \alpha \cdot \text{noise}$. Two rules say what becomes of variances: a factor $c$ enters as $c^2$, and those of independent
# things add up. Noise of variance $s = \sigma^2/B$, the same everywhere, turns the weight's variance $v$ into $(1 - \alpha\lambda)^2 v + \alpha^2 s$.
# It rests where that is $v$ again. The loss that remains is $\tfrac{1}{2}\lambda v$.

# %%
s, v = sp.symbols("s v", positive=True)
rest = sp.solve(sp.Eq(v, (1 - alpha * lam) ** 2 * v + alpha**2 * s), v)[0]
floor = sp.factor(lam * rest / 2)
print("loss that remains:", floor)
assert sp.simplify(floor - alpha * s / (2 * (2 - alpha * lam))) == 0

# %%
floors = {}
for rate in (0.1, 0.4):
    floors[rate] = []
    for B in (1, 4, 16, 64):
        w = np.zeros(4000)  # 4000 walkers at once, λ = 1, σ² = 1
        for _ in range(60):
            w = w - rate * (w + rng.normal(size=4000) / B**0.5)
        remains, theory = (w**2).mean() / 2, rate / B / (2 * (2 - rate))
        assert abs(remains / theory - 1) < 0.13
        floors[rate].append(remains)
    print(f"α = {rate}: the loss that remains for B = 1, 4, 16, 64 is", *map(approx, floors[rate]))

# %% [markdown]
# While $\alpha\lambda$ is small, the floor is nearly proportional to $\alpha / B$. So there are two ways down, a smaller rate or a larger batch, and both cost
# money: one in steps, the other in examples a step.

# %% [markdown]
# ### Exercise 4a.5 · Which training plan do you rent? ●●● 25 min
#
# Each plan has a batch size, a learning rate and a price a step. Return the name of the cheapest plan that does the job,
# or `"none"`. A plan does the job if its rate is *below the stability limit* and its floor
# $\alpha s / (2(2 - \alpha\lambda))$, with $s = \sigma^2/B$, is at most `allowed`. Its cost is price × steps; steps is the
# smallest whole number for which $|1 - \alpha\lambda|^{\text{steps}} \le 0.01$. No two plans that do the job cost the same.
#
# <details><summary>Hint 1</summary>Throw out the unstable plans first. Beyond the limit the formula of the floor turns negative and looks splendid.</details>
# <details><summary>Hint 2</summary>Count the steps in a loop, or take logarithms of both sides (both are negative) and round up. Is there a rate at which a single step arrives, and what is ln 0?</details>


# %% tags=["exercise-4a.5"]
def cheapest_plan(plans, curvature, variance, allowed):
    """Name of the cheapest plan, or the text none. plans: {name: (batch, rate, price a step)}; variance: σ² above"""
    ### BEGIN SOLUTION
    costs = {}
    for name, (batch, rate, price) in plans.items():
        pace = rate * curvature
        if pace < 2 and rate * variance / batch / (2 * (2 - pace)) <= allowed:
            left = abs(1 - pace)
            costs[name] = price * (math.ceil(math.log(0.01) / math.log(left)) if left > 0.01 else 1)
    return min(costs, key=costs.get, default="none")
    ### END SOLUTION


# %% tags=["check-4a.5"]
with check("4a.5", cheapest_plan) as c:
    plans = {"patient": (16, 0.05, 1.0), "steady": (64, 0.2, 3.0), "large": (512, 0.5, 20.0)}
    hint = "all three are good enough; they cost 90 · 1, 21 · 3 and 7 · 20"
    c.equal(cheapest_plan(plans, 1.0, 1.0, 0.01), "steady", what="σ² = 1", hint=hint)
    hint = "the floor of steady is 0.2 · 16/64 / (2 · 1.8) = 0.0139, above 0.01; that of large is 0.0052"
    c.equal(cheapest_plan(plans, 1.0, 16.0, 0.01), "large", what="σ² = 16", hint=hint)
    hint = "rate · curvature counts: large is at 2.1, unstable; patient needs 20 steps, steady 3"
    cheap = {**plans, "large": (512, 0.5, 0.1)}
    c.equal(cheapest_plan(cheap, 4.2, 1.0, 0.01), "steady", what="curvature 4.2", hint=hint)
    got = cheapest_plan(plans, 1.0, 16.0, 0.0001)
    c.equal(got, "none", what="no plan is good enough", hint='return the text "none"')
    hint = "|1 - α| is 0.5 and 0.9: 7 steps and 44 steps"
    swinging = {"bold": (64, 1.5, 3.0), "wild": (64, 1.9, 1.0)}
    c.equal(cheapest_plan(swinging, 1.0, 0.01, 1.0), "bold", what="rates 1.5 and 1.9", hint=hint)
    hint = "steps are whole: 7 · 1.00 is less than 6 · 1.18"
    close = {"calm": (64, 0.5, 1.0), "brisk": (64, 0.6, 1.18)}
    c.equal(cheapest_plan(close, 1.0, 0.01, 1.0), "calm", what="rates 0.5 and 0.6", hint=hint)
    hint = "at rate 0.4 the floors are 0.125 and 0.031"
    two = {"B = 1": (1, 0.4, 1.0), "B = 4": (4, 0.4, 2.0)}
    c.equal(cheapest_plan(two, 1.0, 1.0, 0.05), "B = 4", what="batches of 1 and 4", hint=hint)
    hint = "where the curvature is not 1, it belongs into the floor: here 2.375 and 0.1023 against 0.2"
    steep = {"swing": (1, 0.475, 1.0), "calm": (1, 0.225, 30.0)}
    c.equal(cheapest_plan(steep, 4.0, 1.0, 0.2), "calm", what="curvature 4", hint=hint)
    hint = "where the curvature is not 1, it belongs into the steps: here 17 and 4"
    flat = {"slow": (64, 0.5, 1.0), "fast": (64, 1.5, 3.2)}
    c.equal(cheapest_plan(flat, 0.5, 0.01, 1.0), "fast", what="curvature 0.5", hint=hint)
    hint = "one step arrives, the floor is exactly what is allowed, and `at most` lets it in"
    direct = {"direct": (1, 1.0, 1.0)}
    c.equal(
        cheapest_plan(direct, 1.0, 1.0, 0.5),
        "direct",
        what="rate · curvature = 1, floor = allowed",
        hint=hint,
    )
    hint = "a single step is not free"
    dear = {"direct": (64, 1.0, 9.0), "half": (64, 0.5, 1.0)}
    c.equal(cheapest_plan(dear, 1.0, 1.0, 0.5), "half", what="rate · curvature = 1, dear", hint=hint)
    hint = "at the limit itself it swings for ever; below is below"
    edge = {"edge": (64, 2.0, 0.01), "safe": (64, 0.9, 5.0)}
    c.equal(cheapest_plan(edge, 1.0, 0.01, 1.0), "safe", what="rate · curvature = 2", hint=hint)
    hint = "2 steps and 7 steps"
    few = {"few": (64, 0.95, 1.0), "more": (64, 0.5, 0.3)}
    c.equal(cheapest_plan(few, 1.0, 0.01, 1.0), "few", what="rates 0.95 and 0.5", hint=hint)
    c.equal(cheapest_plan({}, 1.0, 1.0, 1.0), "none", what="no plan at all", hint='return the text "none"')

# %% [markdown]
# ## 4a.8 What the optimisers change
#
# Momentum and Adam were built in [lesson 3a](03a_forward_backward.ipynb). Here we ask what becomes of the limit.
#
# **Momentum** (动量) keeps a share $\beta$ of the last step: $w_{t+1} - w_t = \beta(w_t - w_{t-1}) - \alpha\lambda w_t$. Try $w_t = r^t$, each step the
# same factor $r$, and divide by $r^{t-1}$:
#
# $$r^2 - (1 + \beta - \alpha\lambda)\,r + \beta = 0$$
#
# The roots multiply to $\beta < 1$: a complex pair has the size $\sqrt\beta$ and dies out. A real root reaches size 1 only at
# $1$, which needs $\alpha\lambda = 0$, or at $-1$: there divergence begins. Solve for $\alpha$, then ask the experiment.

# %%
beta, r = sp.symbols("beta r", real=True)
with_momentum = sp.solve((r**2 - (1 + beta - alpha * lam) * r + beta).subs(r, -1), alpha)[0]
print("limit with momentum:", sp.factor(with_momentum))

gain = limit_by_experiment(H, momentum) / predicted
assert abs(gain / (1 + momentum) - 1) < 0.01
print(f"momentum {momentum}: the measured limit is", approx(gain), "times the plain one")

# %% [markdown]
# Momentum widens the limit by the factor $1 + \beta$, which stays below 2.
#
# **Adam** divides each slope by its own typical size. Predict: multiply the loss by 1000; the best weights stay where they
# are. What happens to the path of gradient descent, and what to Adam's?


# %%
def walk(optimiser, scale, steps=30, **options):
    """Weights after some steps on `scale` times the postage loss."""
    w = torch.zeros(dimensions, dtype=torch.double, requires_grad=True)
    stepper = optimiser([w], **options)
    for _ in range(steps):
        stepper.zero_grad()
        (scale * SquaredError.apply(w)).backward()
        stepper.step()
    return w.detach().numpy()


# %%
adam_moves = np.abs(walk(torch.optim.Adam, 1000, lr=0.01) - walk(torch.optim.Adam, 1, lr=0.01)).max()
sgd_far = np.abs(walk(torch.optim.SGD, 1000, lr=0.01)).max()
assert adam_moves < 1e-3
assert sgd_far > 1e10
print("Adam walks the same path to 1e-3; gradient descent with the same rate has exploded")

# %% [markdown]
# Adam does not feel the scale of the loss, so it has no limit $2/\lambda_{\max}$ of this simple kind.
#
# That blindness has a price. *L2 regularisation* adds $\tfrac{1}{2} c \|w\|^2$ to the loss, so $c\,w$ to the slope. *Weight decay*
# (权重衰减) shrinks the weight directly, $w \leftarrow (1 - \alpha c)\,w$, beside the step. Under plain SGD they are the same
# thing, term by term: $w - \alpha(g + cw) = (1 - \alpha c)\,w - \alpha g$.

# %%
w, c_decay = rng.normal(size=dimensions), 0.3
twin = torch.tensor(w, requires_grad=True)
l2 = torch.optim.SGD([twin], lr=0.01, weight_decay=c_decay)
for _ in range(50):
    w = (1 - 0.01 * c_decay) * w - 0.01 * slopes_at(w)
    l2.zero_grad()
    SquaredError.apply(twin).backward()
    l2.step()
same_under_sgd = np.allclose(w, twin.detach(), rtol=0, atol=1e-10)
assert same_under_sgd
print("SGD: L2 in the slope equals decay beside it, to 1e-10")

# %% [markdown]
# Under Adam, $c\,w$ goes through the division as well. Two weights start at 1. Their slopes swing to and fro with no meaning,
# so the only thing to do is to decay. But one weight's slopes are 100 times larger. Predict the four curves: L2 and
# decoupled decay, small slopes and large.

# %%
decays = {}
for name, optimiser in [
    ("L2 inside Adam", torch.optim.Adam),
    ("decay beside Adam (AdamW)", torch.optim.AdamW),
]:
    w = torch.ones(2, dtype=torch.double, requires_grad=True)
    stepper, path = optimiser([w], lr=0.01, weight_decay=0.5), [[1.0, 1.0]]
    for t in range(400):
        w.grad = torch.tensor([1.0, 100.0], dtype=torch.double) * (-1) ** t
        stepper.step()
        path.append(w.tolist())
    decays[name] = np.array(path)

# %% tags=["figure"]
figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True)
says = ["L2: large slopes, little decay", "Decoupled: both decay alike"]
for ax, path, title in zip(axes, decays.values(), says, strict=True):
    plot.lines({"slopes ±1": path[:, 0], "slopes ±100": path[:, 1]}, title=title, xlabel="step", ax=ax)
axes[0].set(ylabel="weight", ylim=(0, 1.1))
axes[1].lines[1].set_linestyle("--")
plt.show()

# %%
(inside_small, inside_large), (beside_small, beside_large) = (path[-1] for path in decays.values())
print("L2 inside Adam:  small slopes", approx(inside_small, 2), " large", approx(inside_large, 2))
print("decay beside it: small slopes", approx(beside_small, 2), " large", approx(beside_large, 2))
assert inside_small < 0.3
assert inside_large > 0.9
assert abs(beside_small - beside_large) < 0.01
assert abs(beside_small - 0.995**400) < 0.02

# %% [markdown]
# L2 inside Adam nearly leaves alone the weights that get large slopes: the very ones that are pulled about most. AdamW (Loshchilov and Hutter,
# 2019) treats all alike; LLaMA, for one, was trained with it (Touvron et al., 2023). Exercise 3a.5 lets you write it.
#
# ## 4a.9 Break it on purpose
#
# **Softmax twice.** `F.cross_entropy` wants *scores*; it applies softmax itself. Many a network ends in a softmax all the same. No
# error appears. Feed it perfect answers and predict the loss.

# %%
for classes in (3, 10):
    perfect = torch.eye(classes, dtype=torch.double)  # probability 1 on the right class, every time
    stuck = F.cross_entropy(perfect, torch.arange(classes)).item()
    print(f"{classes} classes: every answer right, and the loss is {stuck:.3f}")
    assert abs(stuck - np.log((np.e + classes - 1) / np.e)) < 1e-9

# %% [markdown]
# *Symptom.* The loss stays above a strange height, $\ln(1 + (K-1)/e)$, even when every answer is right.
#
# **A slope that is almost right.** Forget one division, and a step still goes downhill. Who notices? `gradcheck` does.


# %%
class Hasty(CrossEntropy):
    """The same loss; its backward forgets to divide by the number of rows."""

    @staticmethod
    def backward(ctx, slope):
        (said_minus_true,) = ctx.saved_tensors
        return slope * said_minus_true, None


# %%
z = leaf(6, 3)
before = Hasty.apply(z, labels)
before.backward()
after = Hasty.apply(z - 0.1 * z.grad, labels)
verdict = torch.autograd.gradcheck(Hasty.apply, (leaf(6, 3), labels), raise_exception=False)
print("the loss falls:", bool(after < before), "  gradcheck:", verdict)
assert after < before
assert not verdict

# %% [markdown]
# *Symptom.* None in the curve; the learning rate that works just depends on the batch size. Test every hand-written backward.
#
# ## 4a.10 What the article says
#
# §4.1 names two losses, the mean squared error and the cross-entropy, and two optimisers, gradient descent and SGD; its own code then
# takes Adam. Let all three walk 500 steps on the postage, each at a rate that suits it. Predict: does each reach the best loss that a linear layer
# can have?

# %%
best = np.linalg.lstsq(X, postage)[0]
small_steps = np.zeros(dimensions)
for _ in range(500):
    pick = rng.integers(examples, size=32)
    slopes = 2 * X[pick].T @ (X[pick] @ small_steps - postage[pick]) / 32
    small_steps = small_steps - predicted / 20 * slopes

# %%
walks = {"gradient descent": walk(torch.optim.SGD, 1, steps=500, lr=predicted / 2)}
walks |= {"SGD, batches of 32": small_steps, "Adam": walk(torch.optim.Adam, 1, steps=500, lr=0.05)}
excess = {name: ((X @ (w - best)) ** 2).mean() / ((X @ best) ** 2).mean() for name, w in walks.items()}
for name, share in excess.items():
    print(f"{name}: of the loss that can be taken away remains", approx(share, 1))
assert excess["gradient descent"] < excess["SGD, batches of 32"] < 0.1
assert excess["Adam"] < 0.1

# %% [markdown]
# All come near. SGD, at a tenth of the rate of gradient descent, keeps a rest: the floor of section 4a.7, and perhaps a way still
# to go. Now the verdicts on §4.1 and the three formulas.

# %%
claim(
    "§4.1",
    "Training minimises a loss, such as the mean squared error or the cross-entropy, by gradient descent or SGD.",
    "right, but",
    evidence=bool(max(excess.values()) < 0.1),
    right="On the squared error of the postage both come near the best. Adam, which the article's own code takes and which does so too, is missing from the list.",
)
claim(
    "§4.2.1",
    "A layer's activation is z, its weighted sum of inputs plus a bias.",
    "wrong",
    evidence=bool(no_bend_no_depth and bent and not affine),
    right="Each neuron i has its own pre-activation z_i = Σ_j W_ij a_j + b_i; the activation is a = φ(z). Without φ, all layers collapse into one.",
)

# %%
claim(
    "§4.2.2",
    "The loss is the cross-entropy of the labels y and the logarithm of z, the predicted probability of each class.",
    "right, but",
    evidence=bool(legend_holds and np.isnan(of_scores[2])),
    right="By its own legend it holds. But z was the weighted sum in §4.2.1, for which it fails, and the softmax between the two is "
    "not named: p = softmax(z), in code with log-sum-exp; then the slope in z is p − y.",
)
claim(
    "§4.2.3",
    "Training sets θ = θ − α∇L.",
    "right",
    evidence=bool(
        as_equation == [0] and excess["gradient descent"] < 0.01 and abs(measured / predicted - 1) < 2e-3
    ),
    right="As an assignment, θ ← θ − α∇L. On a quadratic it converges below 2/λmax; full-batch training of deep networks "
    "typically hovers at that edge (Cohen et al., 2021).",
)

# %% [markdown]
# ## Recap
#
# 1. A layer is an affine map plus a bend; without the bend, depth is an illusion.
# 2. Cross-entropy is mean surprise at softmax probabilities; its slope is said minus true.
# 3. In code, log-sum-exp or nothing: the shifted softmax is only half a remedy.
# 4. Descent is stable below $2/\lambda_{\max}$, $1+\beta$ times that with momentum; noise falls as $1/B$.
# 5. L2 and weight decay are one under SGD and two under Adam.
#
# **Next:** all three formulas at work in one network, number by number, in [lesson 4b](04b_worked_example.ipynb). [Back to the map](00_start_here.ipynb)
#
# ## Sources
#
# - I. Goodfellow, Y. Bengio, A. Courville (2016), *Deep Learning*, MIT Press, chapters 4, 6 and 8, [deeplearningbook.org](https://www.deeplearningbook.org)
# - C. Shannon (1948), *A mathematical theory of communication*, Bell System Technical Journal 27
# - H. Robbins, S. Monro (1951), *A stochastic approximation method*, Annals of Mathematical Statistics 22
# - B. Polyak (1964), *Some methods of speeding up the convergence of iteration methods*, USSR Computational Mathematics and Mathematical Physics 4
# - D. Kingma, J. Ba (2015), *Adam: a method for stochastic optimization*, [arXiv:1412.6980](https://arxiv.org/abs/1412.6980)
# - I. Loshchilov, F. Hutter (2019), *Decoupled weight decay regularization*, [arXiv:1711.05101](https://arxiv.org/abs/1711.05101)
# - E. Hu and others (2021), *LoRA: low-rank adaptation of large language models*, [arXiv:2106.09685](https://arxiv.org/abs/2106.09685)
# - J. Cohen, S. Kaur, Y. Li, J. Kolter, A. Talwalkar (2021), *Gradient descent on neural networks typically occurs at the edge of stability*, [arXiv:2103.00065](https://arxiv.org/abs/2103.00065)
# - H. Touvron and others (2023), *LLaMA: open and efficient foundation language models*, [arXiv:2302.13971](https://arxiv.org/abs/2302.13971)
# - A. Meurer and others (2017), *SymPy: symbolic computing in Python*, PeerJ Computer Science 3:e103, [doi:10.7717/peerj-cs.103](https://doi.org/10.7717/peerj-cs.103)
# - PyTorch documentation, *Gradcheck mechanics*, [docs.pytorch.org](https://docs.pytorch.org/docs/stable/notes/gradcheck.html)
