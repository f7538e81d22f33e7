# %% [markdown]
# # 3a · Forward and backward
#
# Build the machine that learns, gradient by gradient, and read real handwritten digits with it.
#
# 60 min to read · under 40 CPU-seconds · under 900 MB · GPU: not needed
#
# **You will be able to**
# - compute a forward pass and its gradients on paper, and check them in two independent ways;
# - write an autograd, the engine inside every deep-learning framework, in about 60 lines;
# - write gradient descent, SGD, momentum and Adam, and say what each one buys;
# - recognise three classic failures by their symptoms.
#
# *You need:* the derivative of $w^2$, a matrix product, and NumPy arrays. New here? [Start with lesson 0](00_start_here.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
hidden: int = 32  # hidden units of the digit reader  in [4, 512]
epochs: int = 30  # passes over the training images  in [1, 200]
lr: float = 0.01  # learning rate of Adam for the digits  in (0, 1]

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from utils import data, plot
from utils.check import approx, check, claim, metric
from utils.params import check_parameters
from utils.repro import numpy_stream, seed_everything

check_parameters("03a_forward_backward", globals())
plot.style()
rng = seed_everything(seed)

# %% [markdown]
# ## 3a.1 One weight, one step
#
# Our start-up repairs bicycles by mail. Parcels arrive with handwritten numbers, and a machine shall learn to read them.
# Learning means one thing here: **turn the weights a little so that the error shrinks**.
#
# Begin with a single weight whose *loss* (损失, how wrong we are) is $L(w) = w^2$. Its slope, the *gradient* (梯度),
# is $2w$: which way is uphill, and how steep. So step the other way; the *learning rate* (学习率) sets the size of the step.
#
# Predict first: from $w = 3$ with learning rate 0.1, where does one step land?


# %%
def step(w, slope, lr):
    """Move a weight a little way down its slope."""
    return w - lr * slope


w = 3.0
print(step(w, slope=2 * w, lr=0.1))

# %% [markdown]
# The slope at 3 is 6, a tenth of it is 0.6, and $3 - 0.6 = 2.4$. Repeat this and the weight slides towards 0, where the
# loss is smallest. How fast depends on the learning rate. Predict: what will 1.05 do?


# %%
def descend(w, lr, steps):
    """All weights visited on L(w) = w²."""
    path = [w]
    for _ in range(steps):
        path.append(step(path[-1], slope=2 * path[-1], lr=lr))
    return np.array(path)


# %% tags=["figure"]
# Six steps from w = 3 at three learning rates, over the loss w²
figure, axes = plt.subplots(1, 3, figsize=(9, 2.8), sharey=True)
bowl = np.linspace(-5.4, 5.4, 200)
titles = {0.1: "Rate 0.1 creeps", 0.45: "0.45 arrives", 1.05: "1.05 overshoots and climbs"}
for ax, rate in zip(axes, titles, strict=True):
    path = descend(3.0, rate, steps=6)
    ax.plot(bowl, bowl**2, color="lightgrey")
    ax.plot(path, path**2, "o-")
    ax.set(title=titles[rate], xlabel="weight w")
axes[0].set(ylabel="loss L(w)", ylim=(-1, 30))
plt.show()

# %% [markdown]
# ### Exercise 3a.1 · The largest safe step ●○○ 5 min
#
# Let the loss be $c\,w^2$ with some $c > 0$, so its slope is $2cw$. Below which learning rate does repeated stepping
# converge, from every start? Return that limit as a function of $c$.
#
# <details><summary>Hint 1</summary>Write the next weight as a factor times the present one.</details>
# <details><summary>Hint 2</summary>Multiplying by the same factor again and again shrinks w only while the factor lies between −1 and 1. Which rate brings it to the lower end?</details>


# %% tags=["exercise-3a.1"]
def largest_safe_step(c):
    """Learning rate at which `w -> w - lr * 2 * c * w` stops converging."""
    ### BEGIN SOLUTION
    return 1 / c
    ### END SOLUTION


# %% tags=["check-3a.1"]
with check("3a.1", largest_safe_step) as c:
    for curve in (4.0, 0.3, 2.5):
        slips = {
            "that is the fastest rate; a little beyond it steps overshoot but still converge": 0.5 / curve,
            "at that rate the weights explode already": 2 / curve,
        }
        c.close(
            largest_safe_step(curve),
            1 / curve,
            what=f"c = {curve}",
            slips=slips,
            hint="write the next weight as a factor times this one; between which two numbers must it stay?",
        )

# %% [markdown]
# ## 3a.2 A network on paper
#
# A network chains simple steps. This one has one input $x$, one *hidden unit* (隐藏单元) $h$ and one prediction $p$:
#
# $$z = wx + b \qquad h = \max(z, 0) \qquad p = vh + c \qquad L = (p - y)^2$$
#
# Computing from left to right is *forward propagation* (前向传播). The kink $\max(z, 0)$ is an *activation function* (激活函数)
# called ReLU; without one, two layers would be one straight line. Take a pencil: what is $L$ for the numbers below?

# %%
x, y = 2.0, 3.0
w, b, v, c = 1.5, -1.0, 0.5, 0.0

z = w * x + b
h = max(z, 0.0)
p = v * h + c
loss = (p - y) ** 2
print(f"z = {z}, h = {h}, p = {p}, loss = {loss}")

# %% [markdown]
# Now backward. How does the loss change when $w$ moves a little? $w$ moves $z$, $z$ moves $h$, $h$ moves $p$, $p$ moves
# $L$. The *chain rule* (链式法则) says: multiply the slopes along the way.
#
# $$\frac{\partial L}{\partial w} = \frac{\partial L}{\partial p} \cdot \frac{\partial p}{\partial h} \cdot
# \frac{\partial h}{\partial z} \cdot \frac{\partial z}{\partial w}$$
#
# Start at the loss and walk back; every product so far is reused by all that lies before it. This walk is
# *back-propagation* (反向传播). Predict first: which of $w, b, v, c$ has the steepest slope?

# %%
dp = 2 * (p - y)
dv, dc, dh = dp * h, dp * 1, dp * v
dz = dh * (z > 0)  # ReLU passes the slope on where it was open
dw, db = dz * x, dz * 1
print(f"dp = {dp}, dv = {dv}, dc = {dc}, dh = {dh}, dz = {dz}, dw = {dw}, db = {db}")

# %% tags=["figure"]
# The network as a graph: values from left to right, and below each the slope of the loss
nodes = {
    "x": (0, 2, "x = 2"),
    "w": (0, 1, f"w = {w}\nslope {dw:g}"),
    "b": (0, 0, f"b = {b:g}\nslope {db:g}"),
    "z": (1.3, 1, f"z = {z:g}\nslope {dz:g}"),
    "h": (2.6, 1, f"h = {h:g}\nslope {dh:g}"),
    "v": (2.6, 2, f"v = {v}\nslope {dv:g}"),
    "c": (2.6, 0, f"c = {c:g}\nslope {dc:g}"),
    "p": (3.9, 1, f"p = {p:g}\nslope {dp:g}"),
    "y": (3.9, 0, "y = 3"),
    "L": (5.2, 1, f"L = {loss:g}\nslope 1"),
}
edges = ["xz", "wz", "bz", "zh", "hp", "vp", "cp", "pL", "yL"]
ax = plt.subplots(figsize=(8.5, 3.2))[1]
plot.graph(nodes, edges, title="Values flow right, slopes flow back: v is the steepest", ax=ax)
plt.show()

# %% [markdown]
# The picture is a *computation graph* (计算图). Is it right? Ask a referee who knows no calculus: nudge each weight by a
# hair and watch the loss. This is a *finite difference* (有限差分).


# %%
def paper_loss(w, b, v, c):
    return (v * max(w * x + b, 0.0) + c - y) ** 2


point, hair = np.array([w, b, v, c]), 1e-6
for name, by_chain_rule, nudge in zip("wbvc", [dw, db, dv, dc], np.eye(4) * hair, strict=True):
    by_nudging = (paper_loss(*(point + nudge)) - paper_loss(*(point - nudge))) / (2 * hair)
    assert abs(by_nudging - by_chain_rule) < 1e-6
    print(f"d{name}: chain rule {by_chain_rule}, nudging agrees")

# %% [markdown]
# ### Exercise 3a.2 · A silent unit ●○○ 5 min
#
# Keep all numbers but one: $w = -1.5$. With pencil and paper, find the slopes of the loss in $v$, $w$ and $c$. Which of the
# three can still learn?
#
# <details><summary>Hint 1</summary>Go forward first: z = −1.5·2 − 1. What does ReLU make of it, and what is p then?</details>
# <details><summary>Hint 2</summary>Walk back as in the cell above, with the new h and p. What does a closed ReLU do to a slope that wants to pass?</details>

# %% tags=["exercise-3a.2"]
# Replace each ... by a number.
### BEGIN SOLUTION
silent_dv = 0.0
silent_dw = 0.0
silent_dc = -6.0
### END SOLUTION

# %% tags=["check-3a.2"]
with check("3a.2", silent_dv, silent_dw, silent_dc) as c:
    c.close(
        silent_dc,
        -6.0,
        what="slope in c",
        hint="forward first: what are h and p now? then back from the loss",
        slips={
            "that is the slope with the old w": -4.0,
            "the sign: is the prediction above or below y?": 6.0,
        },
    )
    c.close(silent_dv, 0.0, what="slope in v", hint="by which value is v multiplied?")
    c.close(silent_dw, 0.0, what="slope in w", hint="what does a closed ReLU let through?")

# %% [markdown]
# A unit that is closed for *every* input gets no slope from any of them, so its own weights stand still. It has a name: *dead ReLU*.
#
# ## 3a.3 Real digits
#
# Now the parcels. Each image is 8 × 8 grey values, so $D = 64$ numbers from 0 to 1; each label is a digit from 0 to 9.
# We learn from some and keep the others aside, unseen, for the exam.

# %%
digits = data.digits(test=360, seed=seed)
print("learn from", digits.x_train.shape, "exam on", digits.x_test.shape)

# %% tags=["figure"]
# The first twenty images with their labels
pictures = digits.x_train[:20].reshape(-1, 8, 8)  # (20, 64) -> (20, 8, 8)
plot.images(pictures, digits.y_train[:20], title="What people wrote, and what they meant")
plt.show()

# %% [markdown]
# A *layer* has a row of weights for each output: $z_i = \sum_j W_{ij} x_j + b_i$. We stack two, with ReLU between:
# 64 numbers → hidden units → 10 scores.
#
# Scores become probabilities through **softmax**, $p_k = e^{z_k} / \sum_j e^{z_j}$. The loss of an image with label $y$ is
# the *cross-entropy* (交叉熵) $L = -\ln p_y$, in *nats* because the logarithm is the natural one: zero when we are sure and right,
# large when we are sure and wrong. First exactly as the formula reads, with loops:


# %%
def layer_loops(x, W, b):
    """z_i = sum of W_ij x_j over j, plus b_i.  x (D,), W (H, D), b (H,) -> (H,)"""
    z = np.zeros(len(b))
    for i in range(len(b)):
        for j in range(len(x)):
            z[i] += W[i, j] * x[j]
        z[i] += b[i]
    return z


def softmax(z):
    """Scores to probabilities along the last axis. Taking off the largest score changes no ratio and tames exp."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


# %% [markdown]
# Backward through the loss is short. Since $L = -z_y + \ln \sum_j e^{z_j}$, its slope in the score $z_k$ is
#
# $$\frac{\partial L}{\partial z_k} = p_k - [k = y]$$
#
# where $[k = y]$ is 1 for the right digit and 0 otherwise: *what we said minus what is true*. Every weight then gets its
# upstream slope times its own input. A hidden unit feeds ten scores, so it **adds up** what comes back from all ten.


# %%
def gradients_loops(x, y, W1, b1, W2, b2):
    """Slopes of one image's loss, in the order W1, b1, W2, b2."""
    z1 = layer_loops(x, W1, b1)
    h = np.maximum(z1, 0)
    dz2 = softmax(layer_loops(h, W2, b2))
    dz2[y] -= 1
    dW1, dW2, dh = np.zeros_like(W1), np.zeros_like(W2), np.zeros_like(h)
    for k in range(len(dz2)):
        for i in range(len(h)):
            dW2[k, i] = dz2[k] * h[i]
            dh[i] += dz2[k] * W2[k, i]
    dz1 = dh * (z1 > 0)
    for i in range(len(h)):
        for j in range(len(x)):
            dW1[i, j] = dz1[i] * x[j]
    return dW1, dz1, dW2, dz2


# %% [markdown]
# The same for a batch of $m$ images at once: each loop over a sum becomes a matrix product, and the loss becomes the mean
# over images, hence the division by $m$. Read the shapes: they leave only one way to write each product.


# %%
def gradients(x, y, W1, b1, W2, b2):
    """Slopes of the mean loss of a batch.  x (m, D), y (m,), W1 (H, D), W2 (K, H)"""
    z1 = x @ W1.T + b1  # (m, D) @ (D, H) -> (m, H)
    h = np.maximum(z1, 0)
    p = softmax(h @ W2.T + b2)  # (m, H) @ (H, K) -> (m, K)
    dz2 = (p - np.eye(len(b2))[y]) / len(x)  # (m, K)
    dz1 = (dz2 @ W2) * (z1 > 0)  # (m, K) @ (K, H) -> (m, H)
    return dz1.T @ x, dz1.sum(axis=0), dz2.T @ h, dz2.sum(axis=0)


# %% [markdown]
# Five images, one by one with loops and all at once: the batch must give the mean of the five.

# %%
small = [rng.normal(size=shape) * 0.3 for shape in [(5, 64), (5,), (10, 5), (10,)]]
x5, y5 = digits.x_train[:5], digits.y_train[:5]
one_by_one = [gradients_loops(x, y, *small) for x, y in zip(x5, y5, strict=True)]
for name, fast, *slow in zip(["W1", "b1", "W2", "b2"], gradients(x5, y5, *small), *one_by_one, strict=True):
    assert np.allclose(fast, np.mean(slow, axis=0), rtol=0, atol=1e-12)
    print(f"{name} {fast.shape}: the batch equals the mean of its images")

# %% [markdown]
# ### Exercise 3a.3 · Backward through a tanh layer ●●○ 15 min
#
# Another layer computes $a = \tanh(x W^T + b)$ for a batch. Given `da`, the slope of the loss in `a`, return the slopes in
# `x`, `W` and `b`. The slope of tanh is $1 - \tanh^2$. No loops.
#
# <details><summary>Hint 1</summary>First go back through tanh: dz has the shape of a, (m, H). Everything else starts from dz.</details>
# <details><summary>Hint 2</summary>Look at how z = x Wᵀ + b treats x, W and b, and let the shapes (m, D), (H, D) and (H,) guide the products: only one order fits. All m rows share b.</details>


# %% tags=["exercise-3a.3"]
def tanh_layer_backward(x, W, a, da):
    """x (m, D), W (H, D), a and da (m, H)  ->  dx (m, D), dW (H, D), db (H,)"""
    ### BEGIN SOLUTION
    dz = da * (1 - a**2)
    return dz @ W, dz.T @ x, dz.sum(axis=0)
    ### END SOLUTION


# %% tags=["check-3a.3"]
with check("3a.3", tanh_layer_backward) as c:
    for m, D, H in [(4, 3, 2), (3, 3, 3), (1, 2, 5)]:
        draw = torch.Generator().manual_seed(m)
        x, W, b, da = (
            torch.randn(*s, dtype=torch.double, generator=draw) for s in [(m, D), (H, D), (H,), (m, H)]
        )
        leaves = [t.requires_grad_() for t in (x, W, b)]
        a = torch.tanh(x @ W.T + b)
        a.backward(da)
        wanted = [t.grad.numpy() for t in leaves]
        got = tanh_layer_backward(*(t.detach().numpy() for t in (x, W, a, da)))
        c.true(isinstance(got, (tuple, list)) and len(got) == 3, "return three arrays: dx, dW, db")
        for name, mine, true in zip(["dx", "dW", "db"], got, wanted, strict=True):
            slips = {"that is the mean over rows": true / m}
            hint = "go back through tanh first; then let the shapes choose each product"
            what = f"{name} for m={m}, D={D}, H={H}"
            c.close(mine, true, what=what, slips=slips if name == "db" else {}, hint=hint)

# %% [markdown]
# ## 3a.4 Two referees
#
# Gradients fail silently: with a wrong one training often goes on, only worse. So we never trust one way of computing them. Referee one is
# **PyTorch's autograd**, which shares no code with us. Referee two is the **finite difference**, which shares no theory.


# %%
def mean_loss(x, y, W1, b1, W2, b2):
    p = softmax(np.maximum(x @ W1.T + b1, 0) @ W2.T + b2)
    return -np.log(p[np.arange(len(y)), y]).mean()


# %%
twins = [torch.tensor(array, requires_grad=True) for array in small]
scores = torch.relu(torch.tensor(x5) @ twins[0].T + twins[1]) @ twins[2].T + twins[3]
torch.nn.functional.cross_entropy(scores, torch.tensor(y5)).backward()
worst = max(
    np.abs(mine - twin.grad.numpy()).max()
    for mine, twin in zip(gradients(x5, y5, *small), twins, strict=True)
)
assert worst < 1e-10
print("agrees with torch.autograd to 1e-10")


# %%
slopes = gradients(x5, y5, *small)[0]
place = np.unravel_index(np.abs(slopes).argmax(), slopes.shape)  # where the largest slope in W1 is


def nudged(hair):
    """That slope by a finite difference of the given width."""
    up, down = small[0].copy(), small[0].copy()
    up[place] += hair
    down[place] -= hair
    return (mean_loss(x5, y5, up, *small[1:]) - mean_loss(x5, y5, down, *small[1:])) / (2 * hair)


# %% [markdown]
# Which width is best? Try 37 of them, from a tenth down to $10^{-13}$.

# %%
exact = slopes[place]
hairs = np.logspace(-1, -13, 37)
errors = np.array([abs(nudged(hair) - exact) / abs(exact) for hair in hairs])
assert errors.min() < 1e-7

# %% tags=["figure"]
# The error of the slope against the width of the nudge, both logarithmic
ax = plot.lines({"relative error": (hairs, errors + 1e-16)}, title="A nudge can be too large, and too small")
ax.set(xlabel="width of the nudge", ylabel="relative error of the slope", xscale="log", yscale="log")
plt.show()

# %% [markdown]
# From right to left: a wide nudge sees the curve bend (and may cross a kink); then the error falls with the square of the width.
# At last rounding swamps the tiny difference. In float64, a width from 1e-6 to 1e-4 is a good choice here.
#
# ## 3a.5 An autograd in about 60 lines
#
# Writing `gradients` anew for each network is dull and risky. Let the numbers remember where they came from, and the walk
# back writes itself: *automatic differentiation* (自动微分). Each operation says how a slope on its result becomes one slope
# for each parent.


# %%
class Value:
    """A number that remembers its parents; `local` turns a slope into a tuple, one slope for each parent."""

    def __init__(self, data, parents=(), local=lambda slope: ()):
        self.data, self.grad = data, 0.0
        self.parents, self.local = parents, local

    def __add__(self, other):
        return Value(self.data + other.data, (self, other), lambda slope: (slope, slope))

    def __mul__(self, other):
        return Value(self.data * other.data, (self, other), lambda s: (s * other.data, s * self.data))

    def relu(self):
        return Value(max(self.data, 0.0), (self,), lambda slope: (slope * (self.data > 0),))

    def receive(self, slope):
        self.grad = self.grad + slope


# %% [markdown]
# Backward: visit every value after all that depend on it, and let each hand its slope to its parents. Parents **add** what
# they receive, because a number used twice moves the result along two ways.


# %%
def parents_first(output):
    """Everything that `output` was computed from, each after its parents. A stack, so that long sums do not run out of calls."""
    order, seen, stack = [], set(), [(output, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack += [(node, True), *((parent, False) for parent in node.parents)]
    return order


# %%
def backward(output):
    """Add to `.grad` of everything that `output` was computed from, once for each graph."""
    output.receive(1.0)
    for node in reversed(parents_first(output)):
        slopes = node.local(node.grad)
        if not isinstance(slopes, tuple) or len(slopes) != len(node.parents):
            raise TypeError("local must return a tuple, one slope for each parent")
        for parent, slope in zip(node.parents, slopes, strict=True):
            parent.receive(slope)


# %%
vx, vw, vb, vv, vc, minus_y = map(Value, [2.0, 1.5, -1.0, 0.5, 0.0, -3.0])
error = (vw * vx + vb).relu() * vv + vc + minus_y
backward(error * error)
print("dw, db, dv, dc =", [node.grad for node in (vw, vb, vv, vc)])
assert [node.grad for node in (vw, vb, vv, vc)] == [dw, db, dv, dc]

# %% [markdown]
# The same four slopes as on paper. `error * error` uses one value twice, so it would have been wrong without the adding. (A second
# `backward` on the *same* graph would add the old slopes again; compute the loss anew each time, as every loop below does.)
#
# **Now arrays.** One new thought: NumPy *broadcasts*. A bias of shape (H,) is copied to every row of (m, H), so it moves the
# loss along $m$ ways; on the way back its slopes must be **summed** over those rows. That is `unbroadcast`.


# %%
def unbroadcast(slope, shape):
    """Sum a slope over the axes along which an array of this shape was copied."""
    slope = np.sum(slope, axis=tuple(range(np.ndim(slope) - len(shape))))  # axes that the array had not
    copied = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return slope.sum(axis=copied, keepdims=True)  # with no axis in `copied`, this sums nothing


# %%
class Tensor(Value):
    """An array that remembers. Where two meet, the smaller one is broadcast."""

    def __init__(self, data, parents=(), local=lambda slope: ()):
        super().__init__(np.asarray(data, dtype=float), parents, local)
        self.grad = np.zeros_like(self.data)

    def __add__(self, other):
        return Tensor(self.data + other.data, (self, other), lambda s: (s, s))

    def __mul__(self, other):
        other = other if isinstance(other, Tensor) else Tensor(other)
        return Tensor(self.data * other.data, (self, other), lambda s: (s * other.data, s * self.data))

    def receive(self, slope):
        self.grad = self.grad + unbroadcast(slope, self.data.shape)


# %% [markdown]
# The other operations follow one pattern: the new data, the parents, and how a slope goes back. The product of matrices is the
# rule you saw in `gradients`: each factor receives the slope times the *other* factor.


# %%
def matmul(a, b):
    """(m, D) @ (D, H) -> (m, H)"""
    return Tensor(a.data @ b.data, (a, b), lambda s: (s @ b.data.T, a.data.T @ s))


def total(a):
    return Tensor(a.data.sum(), (a,), lambda s: (s * np.ones_like(a.data),))


Tensor.__matmul__ = matmul
Tensor.__sub__ = lambda a, b: a + b * -1.0
Tensor.T = property(lambda a: Tensor(a.data.T, (a,), lambda s: (s.T,)))
Tensor.relu = lambda a: Tensor(np.maximum(a.data, 0), (a,), lambda s: (s * (a.data > 0),))
Tensor.sum = total
Tensor.mean = lambda a: total(a) * (1 / a.data.size)
Tensor.backward = backward

# %% [markdown]
# The last piece is the loss. Softmax and logarithm go in **one** operation, for two reasons: its slope is the simple
# $p - [k = y]$ from above, and $\ln \sum e^{z}$ can be computed without ever forming a huge exponential.


# %%
def cross_entropy(scores, labels):
    """Mean loss of a batch: scores Tensor (m, K), labels (m,) whole numbers."""
    z = scores.data - scores.data.max(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    losses = np.log(np.exp(z).sum(axis=1)) - z[rows, labels]
    said_minus_true = softmax(z) - np.eye(z.shape[1])[labels]
    return Tensor(losses.mean(), (scores,), lambda s: (s * said_minus_true / len(labels),))


# %%
def network(x, weights):
    """Scores of a batch. weights: [W1, b1, W2, b2, …]; ReLU between the layers."""
    for W, b in zip(weights[0:-2:2], weights[1:-2:2], strict=True):
        x = (x @ W.T + b).relu()
    return x @ weights[-2].T + weights[-1]


# %% [markdown]
# The same five images, the same start, a third opinion:

# %%
ours = [Tensor(array) for array in small]
cross_entropy(network(Tensor(x5), ours), y5).backward()
worst = max(np.abs(tensor.grad - twin.grad.numpy()).max() for tensor, twin in zip(ours, twins, strict=True))
assert worst < 1e-10
print("our autograd agrees with torch.autograd to 1e-10")

# %% [markdown]
# A picky test for a picky matter: an expression that broadcasts both ways, a column times a row, with one array used twice.

# %%
col, row = rng.normal(size=(4, 1)), rng.normal(size=(3,))
a, b = Tensor(col), Tensor(row)
(a * b + a - b).relu().mean().backward()

# %%
ta, tb = torch.tensor(col, requires_grad=True), torch.tensor(row, requires_grad=True)
(ta * tb + ta - tb).relu().mean().backward()
assert np.allclose(a.grad, ta.grad, rtol=0, atol=1e-10)
assert np.allclose(b.grad, tb.grad, rtol=0, atol=1e-10)
print("slopes have the shapes of their arrays:", a.grad.shape, b.grad.shape)

# %% [markdown]
# ### Exercise 3a.4 · Teach the autograd a new operation ●●○ 15 min
#
# *Softplus*, $\ln(1 + e^t)$, is a ReLU with a rounded corner. Give it to the autograd: return a `Tensor` whose `local`
# passes the slope on. Large inputs must not overflow: for $t = 800$ the result is 800 and the slope 1, for $-800$ both are 0.
#
# <details><summary>Hint 1</summary>Copy the shape of `Tensor.relu`: new data, the parents `(t,)`, and a function from slope to a tuple with one slope. The derivative of softplus is the sigmoid 1/(1 + e⁻ᵗ).</details>
# <details><summary>Hint 2</summary>NumPy has a function that computes ln(eᵃ + eᵇ) safely: look for `logaddexp`. For the slope, ask yourself what your formula gives at −800 and at 800.</details>


# %% tags=["exercise-3a.4"]
def softplus(t):
    """ln(1 + e^t), elementwise: Tensor of any shape -> Tensor of that shape."""
    ### BEGIN SOLUTION
    sigmoid = 0.5 * (1 + np.tanh(t.data / 2))
    return Tensor(np.logaddexp(0, t.data), (t,), lambda slope: (slope * sigmoid,))
    ### END SOLUTION


def try_softplus(array, factor):
    """softplus(array), the slope of sum(factor * softplus(array)) in the array, and the array afterwards."""
    t = Tensor(array)
    out = softplus(t)
    (out * factor).sum().backward()
    return out.data, t.grad, t.data


# %% tags=["check-3a.4"]
with check("3a.4", softplus) as c:
    inputs = np.array([[[0.0, 1.0, -2.0], [3.0, -30.0, 5.0]], [[7.5, -7.5, 11.0], [-4.0, 20.0, 0.3]]])
    factor = np.array([[[3.0, -1.0, 0.5], [2.0, 1.0, -4.0]], [[-2.0, 5.0, 1.5], [0.7, -3.0, 2.5]]])
    try:
        values, slopes, after = try_softplus(inputs.copy(), factor)
    except AttributeError as error:
        c.true("'numpy" not in str(error), "return a Tensor, not an array: what remembers the way back?")
        raise
    c.true(
        np.array_equal(after, inputs), "softplus changes the data of its input, which others may still need"
    )
    twin = torch.tensor(inputs, requires_grad=True)
    wanted = torch.nn.functional.softplus(twin, threshold=1000)
    (torch.tensor(factor) * wanted).sum().backward()
    c.close(values, wanted, what="values")
    slips = {
        "the incoming slope is forgotten": twin.grad / torch.tensor(factor),
        "no slope came back: has the new Tensor its parents?": np.zeros_like(inputs),
        "that is the slope at -t": torch.tensor(factor) * torch.sigmoid(-twin),
    }
    hint = "the derivative of softplus, times what?"
    c.close(slopes, twin.grad, what="slopes of factors · softplus", slips=slips, hint=hint)
    with np.errstate(all="ignore"):
        far, steep, _ = try_softplus(np.array([800.0, -800.0, 40.0]), 1.0)
    c.close(far, [800.0, 0.0, 40.0], what="softplus(800, -800, 40)", hint="look for a safe ln(e^a + e^b)")
    what, hint = "slopes at 800, -800 and 40", "which exponential grows too large?"
    c.close(steep, [1.0, 0.0, 1.0], what=what, hint=hint)
    alone, slope, _ = try_softplus(np.array(0.0), 2.0)
    c.close(alone, np.log(2), what="softplus of a single number, 0", hint="any shape, also one without axes")
    c.close(slope, 1.0, what="slope at a single number, 0, times 2", hint=hint)

# %% [markdown]
# ## 3a.6 Four ways downhill
#
# The gradient says which way; the *optimiser* (优化器) decides how to walk. Four of them, each in its own words:
#
# - **Gradient descent**: one step down the slope of *all* examples.
# - **SGD**: the same with a small random batch (小批量): each step is cheaper, and noisier.
# - **Momentum** (动量): keep a running sum of slopes, in which old ones fade; where slopes agree it gathers speed, and it may overshoot.
# - **Adam**: divide a running average by the typical size of the slope, so every weight gets steps of similar length.


# %%
class SGD:
    """Gradient descent; with all examples in a batch it is the full-batch one. Momentum 0 is the plain one."""

    def __init__(self, weights, lr, momentum=0.0):
        self.weights, self.lr, self.momentum = weights, lr, momentum
        self.velocity = [np.zeros_like(w.data) for w in weights]

    def step(self):
        for n, w in enumerate(self.weights):
            self.velocity[n] = self.momentum * self.velocity[n] + w.grad
            w.data = w.data - self.lr * self.velocity[n]

    def zero_grad(self):
        for w in self.weights:
            w.grad = np.zeros_like(w.data)


# %% [markdown]
# Adam keeps two running averages in which old values fade by a factor $\beta$ a step: $m$ of the slopes, $s$ of their squares. Both
# start at 0 and so begin too small. In step $t = 1, 2, …$ dividing by $1 - \beta^t$ repairs that; call the results $\hat m$ and
# $\hat s$. Then $w \leftarrow w - \text{lr} \cdot \hat m / (\sqrt{\hat s} + \epsilon)$, with a tiny $\epsilon$ against dividing by 0.


# %%
class Adam(SGD):
    """Kingma & Ba (2015), with the constants of their paper."""

    def __init__(self, weights, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(weights, lr)
        self.betas, self.eps, self.t = betas, eps, 0
        self.m = [np.zeros_like(w.data) for w in weights]
        self.s = [np.zeros_like(w.data) for w in weights]

    def step(self):
        self.t += 1
        (beta1, beta2), t = self.betas, self.t
        for n, w in enumerate(self.weights):
            self.m[n] = beta1 * self.m[n] + (1 - beta1) * w.grad
            self.s[n] = beta2 * self.s[n] + (1 - beta2) * w.grad**2
            mean, square = self.m[n] / (1 - beta1**t), self.s[n] / (1 - beta2**t)
            w.data = w.data - self.lr * mean / (np.sqrt(square) + self.eps)


# %% [markdown]
# The testing ground: two weights fitted to 64 points, one input three times as large as the other, so that the valley is
# about nine times as curved one way. Each optimiser walks 50 steps beside its twin from `torch.optim`.

# %%
inputs = rng.normal(size=(64, 2)) * [1, 3]
targets = (inputs @ [1.0, -0.5])[:, None] + rng.normal(size=(64, 1)) * 0.5
start = np.array([[-3.0], [2.5]])


# %%
def walk(optimiser, tensor, batch=64, steps=50):
    """The weights (steps + 1, 2) that an optimiser visits; `tensor` makes ours, or PyTorch's."""
    w, draw, path = tensor(start), numpy_stream(seed, "walk"), [start.ravel()]
    stepper = optimiser([w])
    for _ in range(steps):
        pick = draw.permutation(64)[:batch]
        error = tensor(inputs[pick]) @ w - tensor(targets[pick])
        stepper.zero_grad()
        (error * error).mean().backward()
        stepper.step()
        path.append(np.ravel(w.data.tolist()))
    return np.array(path)


# %%
def torch_tensor(array):
    return torch.tensor(array, requires_grad=True)


contest = {
    "gradient descent": (64, lambda w: SGD(w, lr=0.04), lambda w: torch.optim.SGD(w, lr=0.04)),
    "SGD": (8, lambda w: SGD(w, lr=0.04), lambda w: torch.optim.SGD(w, lr=0.04)),
    "momentum": (64, lambda w: SGD(w, 0.04, 0.8), lambda w: torch.optim.SGD(w, lr=0.04, momentum=0.8)),
    "Adam": (64, lambda w: Adam(w, lr=0.3), lambda w: torch.optim.Adam(w, lr=0.3)),
}

# %% [markdown]
# Ours and PyTorch's twin see the same batches; after 50 steps they must stand on the same spot. The rates show how each
# one walks; they are not tuned, so this is no race.

# %%
paths = {}
for name, (batch, mine, theirs) in contest.items():
    paths[name] = walk(mine, Tensor, batch)
    assert np.abs(paths[name] - walk(theirs, torch_tensor, batch)).max() < 1e-10
    print(f"{name}: 50 steps, the same as torch.optim to 1e-10")


# %%
def valley(first, second):
    """Mean square error over all points, for grids of the two weights."""
    error = inputs[:, 0] * first[..., None] + inputs[:, 1] * second[..., None] - targets[:, 0]
    return (error**2).mean(axis=-1)


lowest = np.linalg.lstsq(inputs, targets, rcond=None)[0].ravel()

# %% tags=["figure"]
# The four walks over the height lines of the loss; a star marks the lowest point
figure, axes = plt.subplots(2, 2, figsize=(9, 6.4), sharex=True, sharey=True)
says = [
    "Full batch: into the valley, then slow",
    "Mini-batches: the same, with noise",
    "Momentum: faster along, swinging across",
    "Adam: steps of similar length in both weights",
]
for ax, (name, path), title in zip(axes.flat, paths.items(), says, strict=True):
    plot.landscape(valley, {name: path}, title=title, ax=ax)
    ax.plot(*lowest, marker="*", markersize=11, color="black")
for ax in axes.flat:
    ax.label_outer()
plt.show()

# %% [markdown]
# Move the slider (click it, then use the arrow keys) and find the rate at which plain descent begins to climb the walls. For
# a valley, the limit is two over the steepest curvature, the same rule as in exercise 3a.1. (Curvatures along a valley's own
# directions are the *eigenvalues* of a matrix; NumPy finds them. You need not know how.)

# %% tags=["nbval-ignore-output"]
# output not compared: a slider is alive
from ipywidgets import FloatSlider


def with_rate(lr, ax):
    path = walk(lambda w: SGD(w, lr=lr), Tensor, steps=25)
    verdict = "settles" if np.abs(path[-1]).max() < 4 else "climbs out"
    plot.landscape(valley, {f"rate {lr:.3f}": path}, title=f"Gradient descent {verdict}", ax=ax)


plot.slider(with_rate, FloatSlider(0.1, min=0.01, max=0.15, step=0.005, readout_format=".3f"))

# %%
curvature = np.linalg.eigvalsh(2 * inputs.T @ inputs / 64)
limit = 2 / curvature.max()
below, above = (walk(lambda w, lr=limit * f: SGD(w, lr=lr), Tensor, steps=200) for f in (0.98, 1.02))
assert np.abs(below[-1]).max() < 4 < np.abs(above[-1]).max()
print(f"limit {approx(limit)}: two percent less settles, two percent more does not")

# %% [markdown]
# ### Exercise 3a.5 · AdamW, the optimiser of large models ●●○ 15 min
#
# Many large models are trained with **AdamW**: before Adam's step, each weight shrinks by `lr * weight_decay * w`. The decay
# does *not* enter the gradient. Write one step; `t` counts from 1. Return new arrays and leave those that came in as they were.
#
# <details><summary>Hint 1</summary>Start from our Adam: update m and s with the plain gradient, correct both for their start at 0, step. Only one line is new.</details>
# <details><summary>Hint 2</summary>Two things move the weight in one step, and neither sees the other: the decay, which looks at w alone, and Adam's step, which looks at the slopes alone.</details>


# %% tags=["exercise-3a.5"]
def adamw_step(w, grad, m, s, t, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    """One step, t = 1, 2, …: arrays of equal shape in, new (w, m, s) out."""
    ### BEGIN SOLUTION
    m = betas[0] * m + (1 - betas[0]) * grad
    s = betas[1] * s + (1 - betas[1]) * grad**2
    mean, square = m / (1 - betas[0] ** t), s / (1 - betas[1] ** t)
    w = w * (1 - lr * weight_decay) - lr * mean / (np.sqrt(square) + eps)
    return w, m, s
    ### END SOLUTION


# %% tags=["check-3a.5"]
with check("3a.5", adamw_step) as c:
    first = adamw_step(np.ones(1), np.full(1, 4.0), np.zeros(1), np.zeros(1), 1, weight_decay=0.0)
    c.true(isinstance(first, (tuple, list)) and len(first) == 3, "return three arrays: w, m, s")
    hint = "are m and s corrected for their start at 0? then the very first step has the size lr"
    c.close(first[0], [0.99], what="first step from w = 1 with slope 4", hint=hint)
    options = {"lr": 0.02, "betas": (0.8, 0.95), "eps": 0.01, "weight_decay": 0.3}
    twin, l2 = (torch.tensor([3.0, -2.0, 0.5], dtype=torch.double, requires_grad=True) for _ in range(2))
    steppers = [(torch.optim.AdamW([twin], **options), twin), (torch.optim.Adam([l2], **options), l2)]
    w, m, s = np.array([3.0, -2.0, 0.5]), np.zeros(3), np.zeros(3)
    for t in range(1, 31):
        w, m, s = (np.asarray(part) for part in adamw_step(w, np.sin(3 * w) + t / 10, m, s, t, **options))
        for stepper, tensor in steppers:
            tensor.grad = torch.sin(3 * tensor.detach()) + t / 10
            stepper.step()
    slips = {"that is Adam with the decay inside the gradient (L2)": l2}
    hint = "where do eps, the two betas and the decay enter? compare with our Adam line by line"
    c.close(w, twin, what="weights after 30 steps", slips=slips, hint=hint)

# %% [markdown]
# ## 3a.7 Read the digits
#
# All parts are on the bench: network, loss, autograd, optimiser. Training is one short loop: *forward, loss, backward, step*.
# The random start matters: weights drawn with variance 2 / inputs keep the signal's size through ReLU layers (He
# initialisation), biases start at 0. One pass over all training images is an *epoch* (轮). Predict first: what accuracy does a
# network reach that has learnt nothing?


# %%
def start_weights(sizes, seed):
    """[W1, b1, W2, b2, …] for layers of the given sizes: He initialisation, biases 0."""
    draw = numpy_stream(seed, "weights")
    weights = []
    for n, m in zip(sizes[:-1], sizes[1:], strict=True):
        weights += [draw.normal(size=(m, n)) * np.sqrt(2 / n), np.zeros(m)]
    return weights


def accuracy(weights, x, y):
    """Share of images whose highest score is the right digit."""
    return float((network(Tensor(x), weights).data.argmax(axis=1) == y).mean())


# %%
def train(weights, optimiser, epochs, reset=True, forward=network):
    """Mean training loss of each epoch; the weights learn in place."""
    draw, history = numpy_stream(seed, "shuffle"), []
    for _ in range(epochs):
        batches = np.array_split(draw.permutation(len(digits.x_train)), 23)
        losses = []
        for pick in batches:
            loss = cross_entropy(forward(Tensor(digits.x_train[pick]), weights), digits.y_train[pick])
            if reset:
                optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(float(loss.data))
        history.append(np.mean(losses))
    return history


# %% [markdown]
# Now the real thing: measure, train, measure again.

# %%
weights = [Tensor(array) for array in start_weights([64, hidden, 10], seed)]
print("before:", approx(accuracy(weights, digits.x_test, digits.y_test)))
history = train(weights, Adam(weights, lr=lr), epochs)
test_accuracy = accuracy(weights, digits.x_test, digits.y_test)
metric("test_accuracy", test_accuracy)
metric("train_loss", history[-1])

# %%
if (seed, hidden, epochs, lr) == (0, 32, 30, 0.01):
    assert test_accuracy >= 0.95, test_accuracy
    assert history[-1] < history[0]

# %% tags=["figure"]
# The training loss of each epoch, and the loss of guessing; the title looks at the curve
early = epochs > 6 and history[4] - history[-1] < 0.3 * (np.log(10) - history[-1])
title = "Most is learnt in the first few epochs" if early else "The loss of each epoch"
curve = {"training loss": (np.arange(1, epochs + 1), history)}
ax = plot.lines(curve, marker="o", markersize=3, title=title)
ax.set(xlabel="epoch", ylabel="mean cross-entropy (nats)")
ax.axhline(np.log(10), color="grey", linestyle="--")
ax.text(epochs, np.log(10), "ln 10: guessing", ha="right", va="bottom", color="grey")
ax.set(ylim=(0, 2.6))
plt.show()

# %% [markdown]
# A program of little more than a hundred lines, all yours, reads digits it has never seen. Is the *training* right too, not only one gradient?
# The same network in `torch.nn`, from the same start, with the same batches, must end with the same weights.

# %%
start_here = start_weights([64, hidden, 10], seed)
model = torch.nn.Sequential(
    torch.nn.Linear(64, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 10)
).double()
with torch.no_grad():
    for parameter, array in zip(model.parameters(), start_here, strict=True):
        parameter.copy_(torch.tensor(array))
optimiser = torch.optim.Adam(model.parameters(), lr=lr)
draw = numpy_stream(seed, "shuffle")  # on purpose the stream of `train`: the same batches
for pick in np.array_split(draw.permutation(len(digits.x_train)), 23):
    scores = model(torch.tensor(digits.x_train[pick]))
    optimiser.zero_grad()
    torch.nn.functional.cross_entropy(scores, torch.tensor(digits.y_train[pick])).backward()
    optimiser.step()

# %%
twin = [Tensor(array) for array in start_here]
train(twin, Adam(twin, lr=lr), epochs=1)
worst = max(np.abs(a.data - b.detach().numpy()).max() for a, b in zip(twin, model.parameters(), strict=True))
assert worst < 1e-8
print("after one epoch, 23 steps, all weights equal torch.nn's to 1e-8")

# %% [markdown]
# What do the trained hidden units see? Two looks at the ten with the largest weights to the scores. First their input weights,
# each times how much its pixel varies between images: ink on red excites the unit, ink on blue silences it. Then the 40 test
# images that excite it most, averaged.

# %%
busiest = np.argsort(-np.abs(weights[2].data).sum(axis=0))[:10]
seen = (weights[0].data[busiest] * digits.x_train.std(axis=0)).reshape(-1, 8, 8)  # (10, 64) -> (10, 8, 8)
excitement = digits.x_test @ weights[0].data[busiest].T + weights[1].data[busiest]
favourites = [digits.x_test[np.argsort(-e)[:40]].mean(axis=0) for e in excitement.T]
favourites = np.reshape(favourites, (-1, 8, 8))  # (10, 64) -> (10, 8, 8)

# %% tags=["figure"]
# Ten hidden units, each by its number: its weights above, what it answers to below
title = "Red excites a unit, blue silences it"
plot.images(seen, busiest, signed=True, size=1.1, bar="weight × spread", title=title)
title = "The average of the 40 images that excite each unit most"
plot.images(favourites, busiest, size=1.1, bar="ink", title=title)
plt.show()

# %%
said = network(Tensor(digits.x_test), weights).data.argmax(axis=1)
wrong = np.flatnonzero(said != digits.y_test)[:10]

# %% tags=["figure"]
# The first misread test images, with what was meant and what was read
labels = [f"{digits.y_test[i]} read as {said[i]}" for i in wrong]
pictures = digits.x_test[wrong].reshape(-1, 8, 8)  # (10, 64) -> (10, 8, 8)
plot.images(pictures, labels, columns=5, size=1.5, title="Misread: would you have read them?")
plt.show()

# %% [markdown]
# ### Exercise 3a.6 · Which reader should the shop use? ●●○ 15 min
#
# A slip carries a number of several digits and is misread if even *one* digit is. A misread slip sends the wrong part and costs
# money; so does each reader. Return the name of the reader with the smallest yearly cost:
# reader's fixed cost + slips × (its cost per slip + chance of a misread slip × cost of a misread slip).
#
# <details><summary>Hint 1</summary>If one digit is right with chance a, and digits err independently, both of two are right with chance a².</details>
# <details><summary>Hint 2</summary>Write the yearly cost of one reader as a small function of its name first. Then ask for the name with the smallest one.</details>


# %% tags=["exercise-3a.6"]
def best_reader(readers, slips, digits_per_slip, cost_of_error):
    """Name of the cheapest reader. readers: {name: (accuracy per digit, fixed cost a year, cost per slip)}"""

    ### BEGIN SOLUTION
    def yearly(name):
        accuracy, fixed, per_slip = readers[name]
        return fixed + slips * (per_slip + (1 - accuracy**digits_per_slip) * cost_of_error)

    return min(readers, key=yearly)
    ### END SOLUTION


# %% tags=["check-3a.6"]
with check("3a.6", best_reader) as c:
    readers = {"clerk": (0.999, 0, 0.40), "small net": (0.96, 200, 0.0), "big net": (0.98, 1500, 0.001)}
    what, hint = "20,000 slips of one digit, 3 € an error", "small net: 200 + 20,000 · 0.04 · 3 = 2,600 €"
    c.equal(best_reader(readers, 20_000, 1, 3.0), "small net", what=what, hint=hint)
    what, hint = "the same with three digits a slip", "a slip is right only if all digits are: accuracy ** 3"
    c.equal(best_reader(readers, 20_000, 3, 3.0), "big net", what=what, hint=hint)
    what, hint = (
        "1,000 slips of three digits, 12 € an error",
        "clerk: 1,000 · (0.40 + 0.003 · 12), about 436 €",
    )
    c.equal(best_reader(readers, 1_000, 3, 12.0), "clerk", what=what, hint=hint)
    what, hint = (
        "20,000 slips, nets that differ in the cost per slip",
        "the cost per slip counts for every slip",
    )
    c.equal(
        best_reader({"a": (0.9, 0, 0.2), "b": (0.9, 1000, 0.1)}, 20_000, 2, 1.0), "b", what=what, hint=hint
    )
    what, hint = "1,000 slips of 20 digits", "a: 1,000 · (1 - 0.9 ** 20), about 878 €"
    c.equal(best_reader({"a": (0.9, 0, 0), "b": (0.95, 500, 0)}, 1_000, 20, 1.0), "a", what=what, hint=hint)
    what, hint = "1,000 slips of 20 digits, and b is never wrong", "two wrong digits make a misread slip, too"
    c.equal(best_reader({"a": (0.9, 0, 0), "b": (1.0, 500, 0)}, 1_000, 20, 1.0), "b", what=what, hint=hint)
    what, hint = "the same with a dearer b", "a: 1,000 · (1 - 0.9 ** 20), about 878 €"
    c.equal(best_reader({"a": (0.9, 0, 0), "b": (1.0, 950, 0)}, 1_000, 20, 1.0), "a", what=what, hint=hint)
    what, hint = "900 slips of three digits that are never misread", "the cost per slip is paid once a slip"
    c.equal(best_reader({"a": (1.0, 0, 0.4), "b": (1.0, 100, 0.3)}, 900, 3, 1.0), "a", what=what, hint=hint)


# %% [markdown]
# ## 3a.8 Break it on purpose
#
# You will make these mistakes. Meet them here first, so that you know their faces.
#
# **Forgotten reset.** Gradients are *added* to `.grad`. Without `zero_grad`, every step follows the sum of all slopes since the
# start. **Wrong sign.** One minus too few, and the step goes uphill. (We let it go at a tenth of the rate, or it would leave the
# picture at once.) Predict both curves.

# %%
runs, ends = {}, {}
for name, rate, reset in [("right", 0.1, True), ("no reset", 0.1, False), ("wrong sign", -0.01, True)]:
    w = [Tensor(array) for array in start_weights([64, hidden, 10], seed)]
    runs[name] = train(w, SGD(w, lr=rate), epochs=8, reset=reset)
    ends[name] = accuracy(w, digits.x_test, digits.y_test)
assert runs["right"][-1] < runs["right"][0]
assert runs["no reset"][-1] > max(runs["right"][-1], 1.2 * min(runs["no reset"]))
assert np.log(10) < runs["wrong sign"][0] < runs["wrong sign"][-1]
learnt = ends["right"]  # test accuracy of the right loop

# %% tags=["figure"]
# The loss of eight epochs, on a logarithmic scale, for the right loop and the two broken ones
curves = {name: (np.arange(1, 9), np.array(run)) for name, run in runs.items()}
ax = plot.lines(
    curves, marker="o", markersize=3, title="No reset falls, then turns; the wrong sign climbs at once"
)
ax.axhline(np.log(10), color="grey", linestyle="--")
ax.text(8, np.log(10), "ln 10: guessing", ha="right", va="bottom", color="grey")
ax.set(xlabel="epoch", ylabel="mean cross-entropy (nats)", yscale="log")
plt.show()

# %% [markdown]
# *Symptoms.* No reset: the loss falls, here faster than the right one at first, then turns. Wrong sign: it is above guessing from the
# first epoch on, and climbs.
#
# **Vanishing gradients** (梯度消失). The sigmoid $1/(1 + e^{-z})$ has a slope of at most ¼. Ten sigmoid layers multiply ten
# such slopes on the way back. What is left for the first layer?


# %%
def sigmoid(a):
    value = 1 / (1 + np.exp(-a.data))
    return Tensor(value, (a,), lambda s: (s * value * (1 - value),))


# %%
def deep(bend):
    """The network's forward pass with another activation function than ReLU between the layers."""

    def forward(x, weights):
        for W, b in zip(weights[0:-2:2], weights[1:-2:2], strict=True):
            x = bend(x @ W.T + b)
        return x @ weights[-2].T + weights[-1]

    return forward


# %%
def deep_weights(scale):
    """Ten hidden layers of 64 units: He's start times `scale`; biases 0."""
    return [Tensor(scale * array) for array in start_weights([64] * 11 + [10], seed)]


def slope_sizes(bend, scale):
    """Root mean square of the slopes in the weights of each of ten hidden layers."""
    weights = deep_weights(scale)
    scores = deep(bend)(Tensor(digits.x_train[:256]), weights)
    cross_entropy(scores, digits.y_train[:256]).backward()
    return np.array([np.sqrt((W.grad**2).mean()) for W in weights[0:-2:2]])


# %% [markdown]
# Predict: by which factor does the slope of the first layer differ from the tenth's? He's start was made for ReLU. So we give
# the sigmoid a second chance, with weights six times as large.

# %%
bends = {"ReLU": (Tensor.relu, 1), "sigmoid": (sigmoid, 1), "sigmoid, start × 6": (sigmoid, 6)}
sizes = {name: slope_sizes(*bend) for name, bend in bends.items()}
left = {name: size[0] / size[-1] for name, size in sizes.items()}
for name, factor in left.items():
    print(f"{name}: the first layer's slopes are {approx(factor, 1)} times the tenth layer's")
assert left["sigmoid"] < 1e-3 < 0.02 < min(left["ReLU"], left["sigmoid, start × 6"])

# %% tags=["figure"]
# The size of the slopes in each of ten layers, on a logarithmic scale
curves = {name: (np.arange(1, 11), s) for name, s in sizes.items()}
ax = plot.lines(curves, marker="o", title="From the same start, the gradient dies in sigmoids")
ax.set(xlabel="hidden layer (1 is next to the image)", ylabel="size of its slopes", yscale="log")
ax.set(xticks=range(1, 11))
plt.show()

# %% [markdown]
# What does that do to learning? Train all three for five epochs of SGD, and see how far the first layer moves.

# %%
moves = {}
for name, (bend, scale) in bends.items():
    w = deep_weights(scale)
    first = w[0].data.copy()
    ends[name] = train(w, SGD(w, lr=0.1), epochs=5, forward=deep(bend))[-1]
    moves[name] = np.linalg.norm(w[0].data - first) / np.linalg.norm(first)
    print(f"{name}: loss {approx(ends[name])}, first layer moved by {approx(moves[name], 1)} of its size")
assert abs(ends["sigmoid"] - np.log(10)) < 0.1
assert moves["sigmoid"] < 1e-3 < 0.01 < moves["ReLU"]
assert max(ends["ReLU"], ends["sigmoid, start × 6"]) < ends["sigmoid"] - 0.1

# %% [markdown]
# *Symptom.* The loss stands still near $\ln 10$, which is guessing, and under SGD the first layer stays where it started. It is not
# the sigmoid alone: activation and start belong together (Glorot & Bengio, 2010). Remedies: ReLU-like activations, a start that
# fits them, and, in Transformers, residual connections and normalisation.
#
# ## 3a.9 What the article says
#
# §3.1 names the four parts that you have built: forward propagation layer by layer, a loss that measures the error,
# back-propagation, and gradient descent, plain or stochastic, as the optimiser. Three of the four statements hold as they stand.

# %%
untaught = [Tensor(array) for array in start_weights([64, hidden, 10], seed)]
claim(
    "§3.1",
    "Forward propagation computes the output layer by layer, and the loss measures how far it is from the target.",
    "right",
    evidence=runs["right"][-1] < runs["right"][0]
    and learnt > accuracy(untaught, digits.x_test, digits.y_test),
)
claim(
    "§3.1",
    "Optimisers such as gradient descent and stochastic gradient descent adjust the weights to reduce the loss.",
    "right",
    evidence=all(valley(*path[-1]) < valley(*path[0]) for path in paths.values()),
)

# %% [markdown]
# The fourth: it lets back-propagation *update the weights*. Watch closely which line changes them.

# %%
w = [Tensor(array) for array in start_weights([64, hidden, 10], seed)]
before = [tensor.data.copy() for tensor in w]


def unchanged():
    return all(np.array_equal(tensor.data, array) for tensor, array in zip(w, before, strict=True))


# %%
cross_entropy(network(Tensor(x5), w), y5).backward()
after_backward = unchanged()
SGD(w, lr=0.1).step()
claim(
    "§3.1",
    "Back-propagation updates the weights of the network.",
    "imprecise",
    evidence=after_backward and not unchanged(),
    right="Back-propagation computes the gradients and leaves every weight as it was; the optimiser then updates the weights.",
)

# %% [markdown]
# ## Recap
#
# 1. Forward computes the loss; backward multiplies slopes along every path and adds up the paths.
# 2. An autograd is a list of small rules and one walk in reverse order; broadcasting forward is summing backward.
# 3. Never trust one way to a gradient: compare with another library, and nudge.
# 4. The gradient says where, the optimiser how: momentum gathers speed, Adam rescales each weight.
# 5. No reset, wrong sign, vanishing slopes: three symptoms you now know.
#
# **Next:** the same loop on a real project, in seven steps, in [lesson 3b](03b_training.ipynb). [Back to the map](00_start_here.ipynb)
#
# ## Sources
#
# - D. Rumelhart, G. Hinton, R. Williams (1986), *Learning representations by back-propagating errors*, Nature 323, [doi:10.1038/323533a0](https://doi.org/10.1038/323533a0)
# - H. Robbins, S. Monro (1951), *A stochastic approximation method*, Annals of Mathematical Statistics 22
# - B. Polyak (1964), *Some methods of speeding up the convergence of iteration methods*: momentum, [doi:10.1016/0041-5553(64)90137-5](https://doi.org/10.1016/0041-5553(64)90137-5)
# - D. Kingma, J. Ba (2015), *Adam: a method for stochastic optimization*, [arXiv:1412.6980](https://arxiv.org/abs/1412.6980)
# - I. Loshchilov, F. Hutter (2019), *Decoupled weight decay regularization*, [arXiv:1711.05101](https://arxiv.org/abs/1711.05101)
# - X. Glorot, Y. Bengio (2010), *Understanding the difficulty of training deep feedforward neural networks*, AISTATS, [proceedings.mlr.press](https://proceedings.mlr.press/v9/glorot10a.html)
# - K. He, X. Zhang, S. Ren, J. Sun (2015), *Delving deep into rectifiers*, [arXiv:1502.01852](https://arxiv.org/abs/1502.01852)
# - E. Alpaydin, C. Kaynak (1998), *Optical recognition of handwritten digits*, UCI Machine Learning Repository: the images, through scikit-learn
