# %% [markdown]
# # 4b · A network by hand
#
# Follow one bicycle through a whole network, number by number, and train it towards the best accuracy there is.
#
# 60 min to read · under 35 CPU-seconds · under 900 MB · GPU: not needed
#
# **You will be able to**
# - count the numbers in a network, and say why one label may need three outputs;
# - fill one page with every value and every slope of one example, and prove the slopes right;
# - train with a validation set, and judge the result against the best that is possible;
# - add dropout correctly, and measure in pairs whether it helped.
#
# *You need:* forward, backward and softmax from [lesson 3a](03a_forward_backward.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
hidden: int = 20  # hidden units  in [1, 200]
epochs: int = 600  # passes over the training bicycles  in [1, 2000]
lr: float = 0.1  # learning rate  in (0, 1]
drop: float = 0.5  # share of hidden units that dropout switches off  in (0, 0.9]
spread: float = 1.0  # how far the three kinds of repair lie apart  in [0, 3]

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from utils import data, plot, stats
from utils.check import approx, check, claim, metric
from utils.params import check_parameters
from utils.repro import child_seed, numpy_stream, seed_everything

check_parameters("04b_worked_example", globals())
plot.style()
seed_everything(seed)
default = (seed, hidden, epochs, lr, drop, spread) == (0, 20, 600, 0.1, 0.5, 1.0)

# %% [markdown]
# ## 4b.1 Step 2: a hundred bicycles
#
# The article's example (§4.3) has 100 samples of 10 features and 1 label, and eight steps: 1 a 10-20-3 network, 2 the data,
# 3 initialisation, 4 forward, 5 the loss and backward, 6 the update, 7 tuning on a validation set, 8 dropout. We begin with
# step 2: the data shape the network.
#
# Each bicycle gets ten measurements (*features*, 特征), 0 if healthy. The *label* (标签) is the bench that repaired it: wheels,
# brakes or gears. We plant the truth: each kind of repair has a typical reading.

# %%
kinds = ["wheels", "brakes", "gears"]
features = ["wobble", "spokes", "pads", "cable", "lever", "chain", "cogs", "shift lag", "noise", "age"]
means = spread * np.array(
    [
        [1.5, 1.2, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.6, 0.0],
        [0.0, 0.0, 1.4, 0.8, 1.2, 0.0, 0.0, 0.0, 0.5, 0.0],
        [0.0, 0.0, 0.0, 0.8, 0.0, 1.2, 1.0, 1.1, 0.0, 0.0],
    ]
)

# %% [markdown]
# Every bicycle differs from its kind's typical reading by chance: each measurement, on its own, by a draw from a bell curve of spread 1.
# The article does not divide its hundred samples. We put 30 aside now, because they will have to judge what the other 70 have taught.

# %%
x, y = data.gaussian_classes(100, means, seed)  # (100, 10) and (100,); the kinds are equally likely
x = np.round(x, 1) + 0.0  # the bench shows one decimal; adding 0 turns -0 into 0
x_train, y_train, x_val, y_val = x[:70], y[:70], x[70:], y[70:]
for name, part in {"training": y_train, "validation": y_val}.items():
    count = np.bincount(part, minlength=3)
    print(f"{name}: {len(part)} bicycles, {count[0]} wheels, {count[1]} brakes, {count[2]} gears")

# %% tags=["figure"]
# the three typical readings and the first bicycle, as a table in colours
ax = plot.matrix(
    np.vstack([means, x[0]]),  # (3, 10) and (10,) -> (4, 10)
    title="Three typical bicycles, and the first real one: which kind is it?",
    fmt=".1f",
    ax=plt.subplots(figsize=(8.5, 3))[1],
)
ax.set(yticks=range(4), yticklabels=[*kinds, "bicycle 0"])
ax.set_xticks(range(10), features, rotation=35, ha="right")
plt.show()

# %% [markdown]
# Because we planted the truth, we know the best rule: guess the kind whose typical reading is *nearest*. With equally
# frequent kinds and such chance, equal all round, no rule that sees the same ten numbers is right more often in the long run. Its
# accuracy is the *Bayes-optimal* (贝叶斯最优) one, our yardstick. It is below 1 where the clouds overlap.
#
# We measure it on 50,000 fresh bicycles. Rounding only hides information, so it is a ceiling for us too.

# %%
exam_x, exam_y = data.gaussian_classes(50_000, means, child_seed(seed, "exam"))
nearest_right = data.nearest_mean(exam_x, means) == exam_y
exam_x = np.round(exam_x, 1)
ceiling = nearest_right.mean()
low, high = stats.wilson(nearest_right.sum(), len(nearest_right))
metric("ceiling", ceiling)
print(f"95 % interval: from {approx(low)} to {approx(high)}")
assert high - low < 0.01
assert not default or 0.84 < ceiling < 0.87

# %% [markdown]
# ## 4b.2 One label, three outputs
#
# One label for each bicycle, but three outputs? It fits if the label is a *class* (类别): 0, 1 or 2. The article does not
# say so. The network then gives three scores, and the wanted answer is written *one-hot* (独热): a 1 for the true kind,
# 0 elsewhere.

# %%
one_hot = np.eye(3)
print("labels", y[:4])
print(one_hot[y[:4]])

# %% [markdown]
# Why not a single output that says 0, 1 or 2? Then brakes (1) would lie *between* wheels and gears, and a bicycle torn
# between wheels and gears would be sent to the brakes. To see what that costs, fit straight lines (least squares) to the
# same 70 bicycles, once with one number to hit, once with three.


# %%
def straight_fit(targets):
    """Least-squares fit to the training targets (70,) or (70, 3), applied to the exam: (50000,) or (50000, 3)."""
    # (m, 10) and (m,) -> (m, 11)
    inputs, exam = (np.column_stack([a, np.ones(len(a))]) for a in (x_train, exam_x))
    return exam @ np.linalg.lstsq(inputs, targets, rcond=None)[0]


three = straight_fit(one_hot[y_train]).argmax(axis=1)
three_outputs = (three == exam_y).mean()
print("three outputs:", approx(three_outputs))

# %% [markdown]
# A single output needs a numbering, and there are several. Predict: does it matter which one we take?

# %%
numberings = {  # the numbers of wheels, brakes, gears
    "wheels 0, brakes 1, gears 2": np.array([0, 1, 2]),
    "wheels 0, gears 1, brakes 2": np.array([0, 2, 1]),
    "brakes 0, wheels 1, gears 2": np.array([1, 0, 2]),
}
one_output, sent_to = {}, []
for name, number in numberings.items():
    guess = np.clip(np.round(straight_fit(number[y_train])), 0, 2).astype(int)
    sent_to.append(np.argsort(number)[guess])  # from numbers back to kinds
    one_output[name] = (sent_to[-1] == exam_y).mean()
    print(f"one output, {name}: {approx(one_output[name])}")

# %% tags=["figure"]
# bars: exam accuracy of the single outputs and of three outputs
bars = {f"one output: {name}": share for name, share in one_output.items()} | {"three outputs": three_outputs}
pays = max(one_output.values()) < three_outputs - 0.02
ax = plot.bars(
    bars,
    title="One output invents an order, and pays for it" if pays else "Here the invented order costs little",
    xlabel="exam accuracy (dashed: the best possible)",
    ax=plt.subplots(figsize=(8.5, 2.8))[1],
)
ax.axvline(ceiling, color="grey", linestyle="--")
ax.set(xlim=(0, 1))
plt.show()

# %% [markdown]
# All four are straight lines through the same data; only the form of the answer differs. With one output, even the
# *numbering* decides which bench gets a bicycle. And with three? Rename the kinds, fit again, and rename back.

# %%
torn = (sent_to[0] != sent_to[1]).mean()
renamed = [straight_fit(one_hot[n[y_train]]).argmax(axis=1) for n in numberings.values()]
kept = all(np.array_equal(np.argsort(n)[r], three) for n, r in zip(numberings.values(), renamed, strict=True))
print(f"one output: another numbering sends {approx(torn, 2)} of the bicycles elsewhere")
print("three outputs: every bicycle stays where it was:", kept)
assert kept
assert not default or (torn > 0.2 and max(one_output.values()) < 0.68 and 0.75 < three_outputs < ceiling)

# %% [markdown]
# ## 4b.3 Step 1: the network
#
# Ten inputs, one row of hidden units with ReLU (twenty, as in the article), three scores, and softmax to turn the scores
# into probabilities. Each hidden unit listens to all inputs, each score to all hidden units. How many numbers will have to
# be learnt? Count before you read on.
#
# ### Exercise 4b.1 · Count the numbers ●○○ 5 min
#
# Every unit that computes has one weight for each value that comes in, and one bias. Count the weights and biases of a fully
# connected network with the given layer sizes. Do 10-20-3 and 10-20-1 with a pencil first.
#
# <details><summary>Hint 1</summary>One hidden unit has 10 weights and 1 bias. How many such units are there? The inputs compute nothing.</details>
# <details><summary>Hint 2</summary>Walk along the sizes in neighbouring pairs. At each pair ask: how many units compute here, and how many numbers does each of them own?</details>


# %% tags=["exercise-4b.1"]
def count_parameters(sizes):
    """Weights and biases of a fully connected network. sizes: inputs, hidden layers, outputs, such as (10, 20, 3)."""
    ### BEGIN SOLUTION
    return sum(m * n + m for n, m in zip(sizes[:-1], sizes[1:], strict=True))
    ### END SOLUTION


# %% tags=["check-4b.1"]
with check("4b.1", count_parameters) as c:
    for sizes in [(7, 5, 4, 2), (10, 20, 3), (10, 20, 1), (10, 3), (1, 1), (3, 6, 5, 4, 2)]:
        steps = list(zip(sizes[:-1], sizes[1:], strict=True))
        weights_only = sum(n * m for n, m in steps)
        slips = {
            "these are the weights alone; each unit that computes has a bias too": weights_only,
            "the inputs compute nothing, so they have no bias": weights_only + sum(sizes),
            "a bias belongs to the unit that computes, not to the one that sends": weights_only
            + sum(sizes[:-1]),
            "the outputs have biases too": weights_only + sum(sizes[1:-1]),
            "the biases of the hidden layers are missing": weights_only + sizes[-1],
            "one bias for each unit, not one for each layer": weights_only + len(steps),
            "a layer has as many biases as it has units": weights_only + len(sizes),
            "these are the units; each of them owns several numbers": sum(sizes),
        }
        c.close(
            count_parameters(sizes),
            weights_only + sum(sizes[1:]),
            what=f"sizes {sizes}",
            slips=slips,
            hint="one unit first: how many values reach it, and what else does it own? Then all units of its layer",
        )


# %% [markdown]
# Two hundred weights and twenty biases lead into the hidden layer, sixty weights and three biases out of it. PyTorch counts
# too, and may disagree with us. Beside it the network that the article's code builds in §5.2: a *single* output.


# %%
def network(outputs, width=20):
    return torch.nn.Sequential(torch.nn.Linear(10, width), torch.nn.ReLU(), torch.nn.Linear(width, outputs))


size = {outputs: sum(p.numel() for p in network(outputs).parameters()) for outputs in (3, 1)}
print(f"10-20-3: {size[3]} numbers, 10-20-1: {size[1]} numbers")
assert size[3] == 20 * 10 + 20 + 3 * 20 + 3
assert size[1] == 20 * 10 + 20 + 1 * 20 + 1

# %% [markdown]
# ## 4b.4 Steps 3 and 4: start, and go forward
#
# *Initialisation* (初始化): random weights with variance 2 / inputs (He and others, 2015), rounded to one decimal for the
# pencil. The article draws the biases at random as well, as PyTorch does; often they start at 0
# ([lesson 3b](03b_training.ipynb)). Ours start at 0.005: with rounded numbers a unit could land *exactly* on ReLU's kink,
# where it has no slope, and this makes it impossible.
#
# The weights draw from a stream of random numbers of their own. Why that matters, 4b.11 shows.

# %%
draws = numpy_stream(seed, "weights")
W1 = np.round(draws.normal(size=(hidden, 10)) * np.sqrt(2 / 10), 1) + 0.0
W2 = np.round(draws.normal(size=(3, hidden)) * np.sqrt(2 / hidden), 1) + 0.0
b1, b2 = np.full(hidden, 0.005), np.zeros(3)
start = [W1, b1, W2, b2]
assert np.abs(x @ W1.T + b1).min() > 0.0049  # multiples of 0.01, plus 0.005

# %% [markdown]
# *Forward*: hidden unit $i$ computes $z_i = \sum_j W_{ij} x_j + b_i$ and hands on $h_i = \max(z_i, 0)$. Here is unit 0 for
# bicycle 0, product by product. Is it open?

# %%
x0, y0 = x[0], y[0]
for feature, value, weight in zip(features, x0, W1[0], strict=True):
    print(f"{feature:>10} {value:6.1f} · weight {weight:4.1f} = {value * weight + 0.0:6.2f}")
print(f"{'bias':>10} {b1[0]:28.3f}\n{'z':>10} {np.dot(x0, W1[0]) + b1[0]:28.3f}")

# %% [markdown]
# The other units do the same with their own weights. Then each score adds up what the open units send it. First slowly,
# exactly as the formula reads:


# %%
def layer(inputs, W, b):
    """z_i = sum of W_ij inputs_j over j, plus b_i"""
    return np.array([sum(W[i, j] * inputs[j] for j in range(len(inputs))) + b[i] for i in range(len(b))])


z0 = layer(x0, W1, b1)
h0 = np.array([max(z, 0.0) for z in z0])
scores0 = layer(h0, W2, b2)

# %% [markdown]
# *Softmax* makes probabilities of the scores: take $e$ to the power of each, then divide by their sum.

# %%
e = [np.exp(score) for score in scores0]
p0 = np.array([part / sum(e) for part in e])
for kind, score, p in zip(kinds, scores0, p0, strict=True):
    print(f"{kind:>7}: score {score:7.4f}, probability {p:.3f}")
print("the truth:", kinds[y0])
assert abs(p0.sum() - 1) < 1e-12

# %% tags=["figure"]
# units as dots, what each sends to the next as lines; thick is much
columns, colours = [x0, h0, p0], {True: "#D55E00", False: "#0072B2"}
spots = [np.linspace(1, 0, len(column) + 2)[1:-1] for column in columns]
ax = plt.subplots(figsize=(8.5, 4.8))[1]
for at, between in enumerate([W1, W2]):
    for (i, j), push in np.ndenumerate(between * columns[at]):
        ends = [spots[at][j], spots[at + 1][i]]
        ax.plot([at, at + 1], ends, color=colours[push > 0], linewidth=abs(push), alpha=0.6)
for at, column in enumerate(columns):
    face = ["white" if value == 0 else "black" for value in column]
    ax.scatter([at] * len(column), spots[at], s=28, c=face, edgecolors="black", zorder=3)
for spot, name, value in zip(spots[0], features, x0, strict=True):
    ax.text(-0.05, spot, f"{name} {value:.1f}", ha="right", va="center", fontsize=9)
for spot, kind, p in zip(spots[2], kinds, p0, strict=True):
    ax.text(2.05, spot, f"{kind} {p:.3f}", va="center", fontsize=9)
ax.plot([], [], color=colours[True], label="pushes up")
ax.plot([], [], color=colours[False], label="pushes down")
ax.scatter([], [], c="white", edgecolors="black", label="0: sends nothing on")
ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0.03), ncols=3)
ax.set(title="Bicycle 0 on its way: closed units (white) send nothing on", xlim=(-0.5, 2.6))
ax.axis("off")
plt.show()

# %% [markdown]
# Now all bicycles at once: each sum over units becomes a matrix product.


# %%
def softmax(z):
    """Probabilities (…, K) of scores (…, K); the largest is taken off first, which tames exp and changes nothing."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def forward(x, weights, mask=1.0):
    """z1 (m, H), h (m, H) and the scores (m, 3) of a batch x (m, 10). mask is for step 8."""
    W1, b1, W2, b2 = weights
    z1 = x @ W1.T + b1  # (m, 10) @ (10, H) -> (m, H)
    h = np.maximum(z1, 0) * mask
    return z1, h, h @ W2.T + b2  # (m, H) @ (H, 3) -> (m, 3)


# %% [markdown]
# Check meaning, not only shape: bicycle 0 alone must get the same probabilities as bicycle 0 in the crowd, and PyTorch must
# agree.


# %%
def torch_scores(leaves, x, mask=1.0):
    """The same network in torch; leaves: W1, b1, W2, b2 as tensors."""
    return torch.relu(torch.tensor(x) @ leaves[0].T + leaves[1]) * mask @ leaves[2].T + leaves[3]


everyone = softmax(forward(x, start)[2])
twins = [torch.tensor(array, requires_grad=True) for array in start]
assert np.abs(everyone[0] - p0).max() < 1e-12
assert np.abs(torch_scores(twins, x).detach().softmax(dim=1).numpy() - everyone).max() < 1e-12
print("loops, matrices and torch agree to 1e-12")

# %% [markdown]
# ## 4b.5 Step 5: the loss, then backward
#
# The forward walk ends with the *loss*: $L = -\ln p_y$, how surprised the network is by the truth. Its unit is the *nat*
# (奈特): 0 for a truth held certain, $\ln 3 \approx 1.1$ for a shrug between three kinds. It is known *before* anything goes
# backward.
#
# Backward starts at the scores with *said minus true*: the slope of $L$ in score $k$ is $p_k$ minus the one-hot target.

# %%
loss0 = -np.log(p0[y0])
d_scores = p0 - one_hot[y0]
print(f"loss {loss0:.3f}, slopes in the scores:", *(f"{slope:.3f}" for slope in d_scores))
assert abs(d_scores.sum()) < 1e-12

# %% [markdown]
# They add up to 0: what the true kind is to gain, the others are to lose. From there, three rules:
#
# - a weight's slope is **what came in, times the slope of what went out**;
# - a hidden unit adds up what comes back from the three scores;
# - ReLU lets it through only where it was open.

# %%
d_W2 = np.array([[d_scores[k] * h0[i] for i in range(hidden)] for k in range(3)])
d_h = np.array([sum(d_scores[k] * W2[k, i] for k in range(3)) for i in range(hidden)])
d_z = np.array([d_h[i] if z0[i] > 0 else 0.0 for i in range(hidden)])
d_W1 = np.array([[d_z[i] * x0[j] for j in range(10)] for i in range(hidden)])
by_hand = [d_W1, d_z, d_W2, d_scores]  # slopes of W1, b1, W2, b2

# %% [markdown]
# Here is the whole bicycle on one page. Read it from left to right for forward, from right to left for backward; the slope
# of any weight is a product of two numbers in it. Cover the last column and compute a unit yourself. In the stored run one unit
# could not change any score, even if it were open. Which?


# %%
def show(value, digits):
    """A number in fixed width, without a minus before zero."""
    return f"{round(float(value), digits) + 0.0:8.{digits}f}"


print("bicycle 0 ", *(f"{value:5.1f}" for value in x0), "\n")
print("unit        z        h  |   weights to the 3 scores  | slope h  slope z")
for i in range(min(hidden, 20)):
    to_scores = "".join(show(weight, 1) for weight in W2[:, i])
    print(f"{i:4}", show(z0[i], 3), show(h0[i], 3), "|", to_scores, " |", show(d_h[i], 3), show(d_z[i], 3))
print()
for name, values in [("score", scores0), ("p", p0), ("target", one_hot[y0]), ("p - target", d_scores)]:
    print(f"{name:>21}  |", "".join(show(value, 4) for value in values))

# %% [markdown]
# (In the stored run it is unit 1: its three weights were rounded to 0.0.) Is the page right? PyTorch's autograd shares no code with us.

# %%
torch.nn.functional.cross_entropy(torch_scores(twins, x[:1]), torch.tensor(y[:1])).backward()
for name, mine, twin in zip(["W1", "b1", "W2", "b2"], by_hand, twins, strict=True):
    assert np.abs(mine - twin.grad.numpy()).max() < 1e-12
    print(f"slopes of {name}: {mine.size:3} numbers, by hand = autograd to 1e-12")

# %% [markdown]
# Some of these slopes are exactly 0. *What came in, times the slope of what went out*: so there are two ways to be 0. Count
# both.

# %%
closed, empty = z0 <= 0, x0 == 0
quiet = closed[:, None] | empty  # (H, 1) with (10,) -> (H, 10)
print(f"{closed.sum()} closed units silence {closed.sum() * 10} of {W1.size} first-layer weights")
print(f"{empty.sum()} measurements of 0.0 silence {empty.sum() * (~closed).sum()} more")
assert (d_W1[quiet] == 0).all()

# %% tags=["figure"]
# the slopes of all first-layer weights, as colours
ax = plot.matrix(
    d_W1.T,
    title="White stripes: a closed unit learns nothing from this bicycle"
    if closed.any()
    else "No unit is closed: all may learn from this bicycle",
    xlabel="hidden unit",
    bar="slope of the loss in the weight",
    ax=plt.subplots(figsize=(8.5, 3.4))[1],
)
ax.set_yticks(range(10), [f"{name} {value:.1f}" for name, value in zip(features, x0, strict=True)])
ax.set(aspect="auto", xticks=range(0, hidden, max(1, hidden // 10)))
plt.show()

# %% [markdown]
# Red: the weight will be lowered. Blue: it will be raised. A row whose measurement is near 0 hardly moves.
#
# ### Exercise 4b.2 · Back through one unit, with a pencil ●○○ 10 min
#
# A hidden unit holds $h = 2$ (it was open). Its weights to wheels, brakes and gears are $(0.4, -0.1, 0.2)$. The network said
# $p = (0.5, 0.3, 0.2)$; the truth is **brakes**. Find the slopes of the loss in the three weights, the slope in $h$, and the
# three weights after one step with learning rate 0.5.
#
# <details><summary>Hint 1</summary>Begin at the scores: said minus true, where true is a 1 for brakes. Then use the three rules above.</details>
# <details><summary>Hint 2</summary>A weight: what came in is h. The slope in h: three roads lead back to it, each with the weight from before the step. A step goes against the slope.</details>

# %% tags=["exercise-4b.2"]
# Replace each ... by a list of three numbers, or by a number. The check waits for all three.
### BEGIN SOLUTION
weight_slopes = [1.0, -1.4, 0.4]
slope_in_h = 0.31
new_weights = [-0.1, 0.6, 0.0]
### END SOLUTION

# %% tags=["check-4b.2"]
with check("4b.2", weight_slopes, slope_in_h, new_weights) as c:
    slips = {
        "check the sign: said minus true, not true minus said": [-1.0, 1.4, -0.4],
        "these are the slopes in the scores; what came in is missing": [0.5, -0.7, 0.2],
        "brakes is the second of the three": [1.0, 0.6, -1.6],
        "here wheels is taken for the truth": [-1.0, 0.6, 0.4],
        "the target is missing: that is what was said, and not yet minus true": [1.0, 0.6, 0.4],
    }
    hint = "the slopes in the scores first; then what came in, times that"
    c.close(weight_slopes, [1.0, -1.4, 0.4], what="slopes in the weights", slips=slips, hint=hint)
    slips = {
        "use the weights from before the step": -0.47,
        "check the sign: said minus true, not true minus said": -0.31,
        "h itself does not enter here": 0.62,
        "add up all three; the target's score is not the only one that depends on h": 0.07,
    }
    hint = "three roads lead from h to the loss; each gives the slope of its score times its weight"
    c.close(slope_in_h, 0.31, what="slope in h", slips=slips, hint=hint)
    slips = {
        "that walks uphill": [0.9, -0.8, 0.4],
        "that is a whole slope; how large is the learning rate?": [-0.6, 1.3, -0.2],
        "the slope of a weight holds what came in as well": [0.15, 0.25, 0.1],
    }
    hint = "old weight, minus the learning rate times its slope from above"
    c.close(new_weights, [-0.1, 0.6, 0.0], what="new weights", slips=slips, hint=hint)

# %% [markdown]
# Now the same walk for a batch of $m$ bicycles: the loss becomes their mean, so everything is divided by $m$.


# %%
def backward(x, y, weights, mask=1.0):
    """Slopes of the mean loss of a batch, in the order W1, b1, W2, b2. mask is for step 8."""
    z1, h, scores = forward(x, weights, mask)
    d2 = (softmax(scores) - one_hot[y]) / len(x)  # (m, 3)
    d1 = (d2 @ weights[2]) * mask * (z1 > 0)  # (m, 3) @ (3, H) -> (m, H)
    return [d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)]


# %% [markdown]
# What it means can be tested: the slopes of the batch are the mean of the slopes of its bicycles, one by one.

# %%
singles = [backward(x[i : i + 1], y[i : i + 1], start) for i in range(70)]
for batch, hand, *ones in zip(backward(x_train, y_train, start), by_hand, *singles, strict=True):
    assert np.abs(ones[0] - hand).max() < 1e-12
    assert np.abs(batch - np.mean(ones, axis=0)).max() < 1e-12
print("bicycle 0 equals the page above; the batch equals the mean of its 70 bicycles")

# %% [markdown]
# ## 4b.6 Step 6: one update
#
# Every number moves against its slope: $\theta \leftarrow \theta - \alpha \nabla L$, with $\alpha$ the learning rate.


# %%
def move(weights, slopes, rate):
    """New weights, one step against the slopes."""
    return [w - rate * s for w, s in zip(weights, slopes, strict=True)]


def loss(x, y, weights):
    """Mean cross-entropy of a batch, in nats."""
    scores = forward(x, weights)[2]
    scores = scores - scores.max(axis=1, keepdims=True)  # changes no probability, and tames exp
    return (np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(y)), y]).mean()


# %% [markdown]
# The slopes make a *promise*: a step of size $\alpha$ lowers the loss by $\alpha$ times the sum of all squared slopes. Take
# the step that promises a loss of 0, and a tenth and a hundredth of it. Predict: which promises are kept?

# %%
steepness = sum((slope**2).sum() for slope in by_hand)
whole = loss0 / steepness  # the rate that promises a loss of 0
for share in (0.01, 0.1, 1):
    fell = loss0 - loss(x[:1], y[:1], move(start, by_hand, share * whole))
    print(f"{share:4g} of it: the loss falls by {approx(fell)}, promised {approx(share * loss0)}")
    assert share > 0.01 or abs(fell / (share * loss0) - 1) < 0.1

# %%
rates = np.linspace(0, 2 * whole, 61)
after = np.array([loss(x[:1], y[:1], move(start, by_hand, rate)) for rate in rates])
others = np.array([loss(x_train[1:], y_train[1:], move(start, by_hand, rate)) for rate in rates])

# %% tags=["figure"]
# the loss of bicycle 0 and of the others after steps of all sizes, and the promise
ax = plot.lines(
    {
        "bicycle 0": (rates, after),
        "promise": (rates[:31], loss0 - rates[:31] * steepness),
        "the other 69": (rates, others),
    },
    title="The promise holds for short steps; a straight line cannot go on",
    xlabel="size of the step (learning rate)",
    ylabel="cross-entropy (nats)",
)
plt.show()

# %% [markdown]
# A loss never goes below 0, so a promise drawn as a straight line must break. And it speaks of bicycle 0 alone: what the step
# does to the other 69, the green line, was never asked. In the stored run it falls a little, with another seed it rises. This
# is why a step follows the *mean* slope of many.
#
# Move the slider (arrow keys). Which of the three probabilities grows first, and does any of the others follow it for a while?

# %% tags=["nbval-ignore-output"]
# output not compared: a slider is alive
from ipywidgets import FloatSlider


def after_step(share, ax):
    p = softmax(forward(x[:1], move(start, by_hand, share * whole))[2][0])
    plot.bars(dict(zip(kinds, p, strict=True)), xlabel=f"probability (the truth: {kinds[y0]})", ax=ax)
    ax.set(title=f"{share:.2f} of the step that promises 0: it goes to {kinds[p.argmax()]}", xlim=(0, 1))


plot.slider(after_step, FloatSlider(0.0, min=0, max=2, step=0.05))

# %% [markdown]
# ## 4b.7 Step 7: train and validate
#
# The article's steps 4 to 6 handle one sample, once. Training repeats them. Each *epoch* (轮) here takes one step down the
# mean slope of the 70 training bicycles. The 30 of the *validation set* (验证集) are never trained on; they tell us when to
# stop. `fit` keeps the weights of every epoch, so that we can look back.


# %%
def fit(weights, x, y, rate=lr, drop=0.0, masks=None):
    """The weights at the start and after each epoch. drop, masks: share and stream of dropout, for step 8."""
    path = [weights]
    for _ in range(epochs):
        mask = (masks.random((len(x), len(weights[1]))) >= drop) / (1 - drop) if drop else 1.0
        path.append(move(path[-1], backward(x, y, path[-1], mask), rate))
    return path


# %% [markdown]
# Predict: where will the training loss end, and where the validation loss?

# %%
path = fit(start, x_train, y_train)
train_loss = np.array([loss(x_train, y_train, weights) for weights in path])
val_loss = np.array([loss(x_val, y_val, weights) for weights in path])
best = int(val_loss.argmin())
print(f"training loss: at the end {approx(train_loss[-1], 2)}")
print(f"validation loss: lowest {approx(val_loss[best], 2)}, at the end {approx(val_loss[-1], 2)}")
assert not default or (train_loss[-1] < 0.05 and val_loss[-1] > 1.3 * val_loss[best])

# %% tags=["figure"]
# training and validation loss over the epochs
turns = val_loss[-1] > 1.1 * val_loss[best]
ax = plot.lines(
    {"training": train_loss, "validation": val_loss},
    title="Training loss goes on falling; validation loss turns and climbs"
    if turns
    else "So far, validation loss has hardly turned",
    xlabel="epoch",
    ylabel="mean cross-entropy (nats)",
)
ax.plot(best, val_loss[best], "o", color="black")
spot, arrow = (best, val_loss[best] + 0.4), {"arrowstyle": "->"}
ax.annotate("lowest: stop here", (best, val_loss[best]), spot, ha="center", arrowprops=arrow)
ax.set(ylim=(0, max(1.5, val_loss[best] + 0.8)))
plt.show()

# %% [markdown]
# Such a turn is *overfitting* (过拟合): the network goes on learning what is peculiar to 70 bicycles. Going back to the best
# epoch is *early stopping* (早停). Did we train correctly at all? `torch.nn` and `torch.optim`, from the same start, must
# end with the same weights.

# %%
model = network(3, hidden).double()
with torch.no_grad():
    for parameter, array in zip(model.parameters(), start, strict=True):
        parameter.copy_(torch.tensor(array))
optimiser = torch.optim.SGD(model.parameters(), lr=lr)
for _ in range(min(epochs, 50)):
    optimiser.zero_grad()
    torch.nn.functional.cross_entropy(model(torch.tensor(x_train)), torch.tensor(y_train)).backward()
    optimiser.step()

# %%
mine = path[min(epochs, 50)]
worst = max(np.abs(a - b.detach().numpy()).max() for a, b in zip(mine, model.parameters(), strict=True))
assert worst < 1e-8
print(f"after {min(epochs, 50)} epochs all weights equal torch.nn's to 1e-8")

# %% [markdown]
# What has the training won, and what have the epochs after the best one changed? Beside the loss we count the bicycles that go
# to the right bench, and how sure the network is on average: the probability of the bench it chooses.


# %%
def right(x, y, weights):
    """Whether each bicycle is sent to the right bench, (m,)."""
    return forward(x, weights)[2].argmax(axis=1) == y


def accuracy(x, y, weights):
    """Share of bicycles that are sent to the right bench."""
    return float(right(x, y, weights).mean())


# %%
moments = {"before training": start, "at the best epoch": path[best], "at the end": path[-1]}
for name, weights in moments.items():
    known, thirty = accuracy(x_train, y_train, weights), accuracy(x_val, y_val, weights)
    print(f"{name}: right on {approx(known)} of the training, {approx(thirty)} of the validation bicycles;")
    sure = softmax(forward(exam_x, weights)[2]).max(axis=1).mean()
    print(f"  exam: right {approx(accuracy(exam_x, exam_y, weights))}, sure {approx(sure)}, ", end="")
    print(f"loss {approx(loss(exam_x, exam_y, weights))}")

# %%
metric("val_accuracy", accuracy(x_val, y_val, path[best]))
metric("exam_accuracy", accuracy(exam_x, exam_y, path[best]))
exam_loss = {name: loss(exam_x, exam_y, weights) for name, weights in moments.items()}
moved = accuracy(exam_x, exam_y, path[-1]) - accuracy(exam_x, exam_y, path[best])
assert not default or 0.70 < accuracy(exam_x, exam_y, path[best]) < ceiling
assert not default or abs(moved) < 0.03
assert not default or exam_loss["at the end"] > 1.2 * exam_loss["at the best epoch"]

# %% [markdown]
# In the stored run the last epochs hardly touch the exam's *accuracy*, and yet its *loss* climbs by half. What grows is the
# network's sureness: right on three of four, it ends up sure to nine in ten. The temperature of
# [lesson 3c](03c_inference.ipynb) is made for just that.
#
# The article's step 7 tunes the learning rate and the batch size on the validation set. It works like choosing the epoch: try,
# and keep what does best on the 30. Here for the rate:

# %%
for rate in (0.01, 0.03, 0.1, 0.3):
    tried = fit(start, x_train, y_train, rate)
    losses = [loss(x_val, y_val, weights) for weights in tried]
    stop = int(np.argmin(losses))
    exam = approx(accuracy(exam_x, exam_y, tried[stop]))
    print(f"rate {rate}: lowest validation loss {approx(losses[stop])}, epoch {approx(stop, 2)}, exam {exam}")

# %% [markdown]
# In the stored run the three larger rates find the same place, sooner or later; 0.01 is still on its way. The batch size is
# tuned in the same manner.
#
# Only because we planted the truth do we have an exam of 50,000. In your company you will have the 30, and you have *chosen*
# on them, which flatters them. How far can thirty be trusted? Cut the exam into piles of thirty, and look at what each pile
# says of the same network.

# %%
exam_right = right(exam_x, exam_y, path[best])
piles = exam_right[:49_980].reshape(1666, 30).sum(axis=1)  # (49980,) -> (1666, 30) -> (1666,)
few, many = np.percentile(piles, [2.5, 97.5])
print(
    f"all say {approx(exam_right.mean())}; 95 of 100 piles lie from {approx(few / 30)} to {approx(many / 30)}"
)
assert not default or (many - few) / 30 > 0.2

# %% tags=["figure"]
# how many of the piles have n of 30 right
ax = plt.subplots()[1]
ax.bar(np.arange(31) / 30, np.bincount(piles, minlength=31), width=0.025)
ax.axvline(exam_right.mean(), color="black", linestyle="--", label="all 50,000")
ax.axvline(accuracy(x_val, y_val, path[best]), color="#D55E00", label="our own thirty")
ax.set(
    title=f"The same network, asked by thirty: from {few / 30:.2f} to {many / 30:.2f}",
    xlabel="share of a pile of thirty that goes to the right bench",
    ylabel="piles",
    xlim=(max(0, piles.min() / 30 - 0.1), 1.02),
)
ax.legend(loc="upper left")
plt.show()

# %% [markdown]
# From the one pile that you have, turn the question round: for which true accuracies $p$ would it be no surprise? *No surprise*
# means: the measured share lies within $z = 1.96$ standard errors $\sqrt{p(1-p)/n}$ of $p$. Solve that for $p$, and you have
# the interval of Wilson (1927).
#
# ### Exercise 4b.3 · Ship, or buy more labels? ●●○ 20 min
#
# The network was right on `right` of `n` fresh bicycles. A wrong bench costs `error` euros; a mechanic who looks first is
# always right and costs `look`. So the machine pays if it errs in less than look / error of all cases. Take the 95 % Wilson
# interval of its accuracy, with $\hat p$ = right / n and $z = 1.96$:
#
# $$\frac{\hat p + \frac{z^2}{2n} \pm z\sqrt{\frac{\hat p(1-\hat p)}{n} + \frac{z^2}{4n^2}}}{1 + \frac{z^2}{n}}$$
#
# Return its ends, and `"ship"` if all of it lies at or above the accuracy needed, `"stop"` if all lies below, else `"label more"`.
#
# <details><summary>Hint 1</summary>Which accuracy is needed if looking costs 3 € and a wrong bench 12 €? The machine may then err in one case of four.</details>
# <details><summary>Hint 2</summary>Name the formula's parts: what stands before ±, what after it, what below. For "ship", which end of the interval must clear the need? For "stop", which one must miss it?</details>


# %% tags=["exercise-4b.3"]
def decide(right, n, look, error):
    """(low, high, decision): low and high are accuracies, decision is "ship", "stop" or "label more"."""
    ### BEGIN SOLUTION
    z, share, need = 1.96, right / n, 1 - look / error
    centre = share + z**2 / (2 * n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    low, high = (centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)
    if low >= need:
        return low, high, "ship"
    return low, high, "stop" if high < need else "label more"
    ### END SOLUTION


# %% tags=["check-4b.3"]
with check("4b.3", decide) as c:
    cases = (
        "25/30 3 12, 250/300 3 12, 3/3 3 12, 12/30 3 12, 60/100 5 10, 330/1000 2 3, 10/40 20 22, 180/200 1 25"
    )
    for case in cases.split(", "):
        right, n, look, error = map(int, case.replace("/", " ").split())
        got = decide(right, n, look, error)
        what = f"{right} of {n} right, look {look} €, error {error} €"
        c.true(isinstance(got, (tuple, list)) and len(got) == 3, "return three things: low, high, decision")
        z, share = 1.96, right / n
        plain = share + z * np.sqrt(share * (1 - share) / n) * np.array([-1, 1])
        # the ends are the two p for which (share - p)² = z² p (1 - p) / n
        ends = np.sort(np.roots([1 + z**2 / n, -2 * share - z**2 / n, share**2]))
        slips = {
            "that is the share with plain standard errors on both sides, not Wilson's interval": plain,
            "low comes first": ends[::-1],
            "the part below the fraction's line is missing": ends * (1 + z**2 / n),
        }
        hint = "look at what stands below the fraction's line, and under the root"
        c.close(
            got[:2], ends, what=what, slips=slips, rtol=2e-4, atol=1e-7, hint=hint
        )  # z of 1.95996 will do
        hint = "compare both ends with the accuracy at which the machine and the mechanic cost the same"
        want = ["stop", "label more", "ship"][int((ends >= 1 - look / error).sum())]
        c.equal(got[2], want, what=what, hint=hint)


# %% [markdown]
# `utils.stats` has the same interval. Does it keep its word? Ask each of the 1,666 piles for its interval, and count how many
# hold the accuracy of the whole exam: about 95 of 100 should. (Our own thirty, printed first, also chose the epoch: their interval may
# lie too high.)

# %%
low, high = stats.wilson(right(x_val, y_val, path[best]).sum(), 30)
print(f"our thirty say: from {approx(low)} to {approx(high)}")
intervals = np.array([stats.wilson(n, 30) for n in range(31)])[piles]  # (1666, 2)
held = (intervals[:, 0] <= exam_right.mean()) & (exam_right.mean() <= intervals[:, 1])
print(f"intervals that hold the truth: {approx(held.mean())}")
assert not default or 0.92 < held.mean() < 0.98

# %% [markdown]
# ## 4b.8 Step 8: dropout
#
# *Dropout* (随机失活): in each training step, and for each bicycle anew, every hidden unit is switched off with probability
# $q$, so that none can lean on its neighbours. Those left are scaled up by $1/(1-q)$, so that the scores stay the same *on
# average*. When the network is used, nothing is switched off. Evaluating, then improving, is a loop: after step 8 one goes
# back to step 4.
#
# A mask does it: 0 or $1/(1-q)$ for each unit. Check the average on bicycle 0, with 20,000 masks.

# %%
masks = (numpy_stream(seed, "average").random((20_000, hidden)) >= drop) / (1 - drop)
dropped = (h0 * masks) @ W2.T + b2  # (20000, H) @ (H, 3) -> (20000, 3)
for kind, score, values in zip(kinds, scores0, dropped.T, strict=True):
    told = f"with dropout {approx(values.mean(), 2)} on average, spread {approx(values.std(), 2)}"
    print(f"{kind:>7}: score {score:7.4f}, {told}")
noise = dropped.std(axis=0) / np.sqrt(len(masks))
assert (np.abs(dropped.mean(axis=0) - scores0) < 5 * noise + 1e-12).all()

# %% [markdown]
# The average stays, the spread is large: that is the noise in which the units have to learn. And `backward` under a mask, is it
# right? Autograd again.

# %%
twins = [torch.tensor(array, requires_grad=True) for array in start]
masked_scores = torch_scores(twins, x_train, torch.tensor(masks[:70]))
torch.nn.functional.cross_entropy(masked_scores, torch.tensor(y_train)).backward()
for slope, twin in zip(backward(x_train, y_train, start, masks[:70]), twins, strict=True):
    assert np.abs(slope - twin.grad.numpy()).max() < 1e-12
print("slopes under a mask: by hand = autograd to 1e-12")

# %% [markdown]
# Train from the same start, on the same bicycles, with dropout. Predict: whom will the thirty prefer?

# %%
path_dropout = fit(start, x_train, y_train, drop=drop, masks=numpy_stream(seed, "masks"))
val_dropout = np.array([loss(x_val, y_val, weights) for weights in path_dropout])
for name, curve in {"without": val_loss, "with": val_dropout}.items():
    print(f"{name} dropout: lowest validation loss {approx(curve.min())}, at the end {approx(curve[-1])}")
prefer = "with" if val_dropout.min() < val_loss.min() else "without"
print("the thirty prefer the network", prefer, "dropout")

# %% tags=["figure"]
# validation loss with and without dropout
ax = plot.lines(
    {"without dropout": val_loss, "with dropout": val_dropout},
    title=f"Thirty validation bicycles prefer the network {prefer} dropout",
    xlabel="epoch",
    ylabel="validation loss (nats)",
)
ax.set(ylim=(0, max(1.5, 1.1 * max(val_loss[-1], val_dropout[-1]))))
plt.show()

# %% [markdown]
# And the exam? It is asked in the same unit first, the loss at the last epoch. Then in bicycles, *in pairs*: where both are right
# or both wrong, a bicycle says nothing. Only those count that one network gets right and the other not; if both were equally
# good, these would be a fair coin. This is McNemar's test.

# %%
lost = {name: loss(exam_x, exam_y, p[-1]) for name, p in {"without": path, "with": path_dropout}.items()}
print(f"exam loss at the end: {approx(lost['without'])} without dropout, {approx(lost['with'])} with")
pair = stats.mcnemar(right(exam_x, exam_y, path_dropout[-1]), right(exam_x, exam_y, path[-1]))
better = "with" if pair.only_a > pair.only_b else "without"
print(f"only with dropout right {approx(pair.only_a)}, only without {approx(pair.only_b)}")
print(f"the exam prefers the network {better} dropout; by chance: {approx(pair.p, 1)}")
assert not default or (prefer, better) == ("without", "with")
assert not default or (val_dropout[-1] > val_loss[-1] and lost["with"] < lost["without"] - 0.1)
assert not default or pair.p < 1e-6

# %% [markdown]
# In the stored run the thirty and the fifty thousand disagree on the loss, and the fifty thousand are sure. But sure of what? Of *these two
# networks*. Whether dropout helps *in general* is another question, and it needs other bicycles, other starting weights, other
# masks.
#
# So repeat everything twenty times. A fourth contestant joins: no hidden layer at all, ten inputs straight to three scores, 33
# numbers.


# %%
def straight(x, y):
    """Softmax of ten inputs straight to three scores, trained like `fit`: W (3, 10) and b (3,)."""
    W, b = np.zeros((3, 10)), np.zeros(3)
    for _ in range(epochs):
        slope = (softmax(x @ W.T + b) - one_hot[y]) / len(x)
        W, b = W - lr * slope.T @ x, b - lr * slope.sum(axis=0)
    return W, b


def fresh_start(seed, hidden=hidden):
    """First weights of a 10-hidden-3 network, not rounded."""
    draws = numpy_stream(seed, "weights")
    W1 = draws.normal(size=(hidden, 10)) * np.sqrt(2 / 10)
    W2 = draws.normal(size=(3, hidden)) * np.sqrt(2 / hidden)
    return [W1, np.zeros(hidden), W2, np.zeros(3)]


# %% [markdown]
# All contestants of a trial get the same 70 bicycles, the same start (33 zeros without a hidden layer), the same rate, the same
# number of epochs, the same exam of 20,000. None is tuned. Early stopping alone also sees 30 validation bicycles.


# %%
def trial(seed):
    """Exam accuracy of four ways to learn from 70 fresh bicycles, and of the best possible rule."""
    x, y = data.gaussian_classes(100, means, seed)
    fresh_x, fresh_y = data.gaussian_classes(20_000, means, child_seed(seed, "exam"))
    weights = fresh_start(seed)
    plain = fit(weights, x[:70], y[:70])
    dropout = fit(weights, x[:70], y[:70], drop=drop, masks=numpy_stream(seed, "masks"))
    stop = np.argmin([loss(x[70:], y[70:], w) for w in plain])
    W, b = straight(x[:70], y[:70])
    return {
        "no remedy": accuracy(fresh_x, fresh_y, plain[-1]),
        "early stopping": accuracy(fresh_x, fresh_y, plain[stop]),
        "dropout": accuracy(fresh_x, fresh_y, dropout[-1]),
        "no hidden layer": ((fresh_x @ W.T + b).argmax(axis=1) == fresh_y).mean(),
        "best possible": (data.nearest_mean(fresh_x, means) == fresh_y).mean(),
    }


trials = [trial(child_seed(seed, "trial", n)) for n in range(20)]
ways = {name: np.array([t[name] for t in trials]) for name in trials[0]}

# %% [markdown]
# Compare *within* each trial: an easy pile of bicycles is easy for all. The mean of the twenty differences has an interval
# (Student's, with 19 degrees of freedom); if it holds 0, twenty trials cannot tell.


# %%
def compare(first, second):
    """How first differs from second over the same trials, said and returned."""
    gain = stats.paired_t(ways[first], ways[second])
    word = "better" if gain.low > 0 else "worse" if gain.high < 0 else "cannot tell"
    print(f"{first} against {second}: {word}. ", end="")
    print(f"Gain {approx(gain.difference, 2)}, interval {approx(gain.low, 2)} to {approx(gain.high, 2)}")
    return gain


gains = {name: compare(name, "no remedy") for name in ("early stopping", "dropout", "no hidden layer")}
duel = compare("no hidden layer", "dropout")
metric("dropout_gain", gains["dropout"].difference)
assert not default or all(0 < gain.low < gain.high < 0.04 for gain in gains.values())
assert not default or duel.low < 0 < duel.high

# %% tags=["figure"]
# a dot for each trial and way, a bar for the mean
gain, away = gains["dropout"], max(0.0, (ways["best possible"] - ways["dropout"]).mean())
word = "gains a little" if gain.low > 0 else "loses" if gain.high < 0 else "may gain or lose"
ax = plt.subplots(figsize=(7, 3))[1]
for row, scores in enumerate(reversed(ways.values())):
    ax.plot(scores, row + np.linspace(-0.2, 0.2, len(scores)), "o", markersize=4, alpha=0.6)
    ax.plot([scores.mean()] * 2, [row - 0.32, row + 0.32], color="black")
ax.set_yticks(range(5), list(ways)[::-1])
ax.set(
    title=f"Dropout {word}; the best possible is {away:.2f} away",
    xlabel="exam accuracy (a dot for each trial, a bar for their mean)",
)
plt.show()

# %% [markdown]
# Read it soberly. In the stored run each of the three wins a point or two in a hundred, more than luck. Early stopping is the
# frailest: with seeds 1 to 4 its interval holds 0, perhaps because only thirty bicycles choose the epoch. And between dropout and
# *no hidden layer at all* twenty trials cannot tell. All stay well below the ceiling.

# %%
still_missing = ways["best possible"].mean() - max(ways[name].mean() for name in list(ways)[:4])
print("from the best of the four to the ceiling:", approx(still_missing, 2))
assert not default or still_missing > 0.03

# %% [markdown]
# ## 4b.9 What closes the gap
#
# Same network, same start, same training, more bicycles (a fresh pile of 4,000; the first 70 of them are not the 70 of
# above). Predict: how many does it take to halve the gap?

# %%
counts = [70, 200, 600, 2000, 4000]
many_x, many_y = data.gaussian_classes(counts[-1], means, child_seed(seed, "more bicycles"))
learnt = np.array([accuracy(exam_x, exam_y, fit(start, many_x[:n], many_y[:n])[-1]) for n in counts])
for n, share in zip(counts, learnt, strict=True):
    print(f"{n:4} bicycles: {approx(ceiling - share, 1)} below the ceiling")
assert not default or (ceiling - learnt[0] > 0.03 and abs(ceiling - learnt[-1]) < 0.015)

# %% tags=["figure"]
# exam accuracy over the number of training bicycles
reached, rose = abs(ceiling - learnt[-1]) < 0.015, learnt[-1] > learnt[0] + 0.01
near = f"{counts[-1]:,} bicycles lift the network to within {abs(ceiling - learnt[-1]):.3f} of the ceiling"
title = near if reached and rose else "More bicycles, still no ceiling"
if not rose:
    title = "Here more bicycles change little"
ax = plot.lines({f"10-{hidden}-3": (counts, learnt)}, marker="o", title=title)
ax.axhline(ceiling, color="grey", linestyle="--")
ax.text(counts[0], ceiling - 0.001, "best possible", va="top", color="grey")
ax.set(xscale="log", xlabel="training bicycles", ylabel="exam accuracy")
plt.show()

# %% [markdown]
# Why can 33 numbers keep up with so many more? Because of the truth we planted. The ceiling's rule, *nearest typical reading*,
# is itself one layer without a bend, and with softmax it even gives the true probabilities. Can you write it down?
#
# ### Exercise 4b.4 · The best layer, without training ●●○ 15 min
#
# Kinds are equally likely; bicycles of kind $k$ are spread around $\mu_k$ with density proportional to
# $e^{-|x - \mu_k|^2/2}$. Return `W` (K, d) and `b` (K,) such that softmax of $x W^T + b$ is the true probability of each kind.
#
# <details><summary>Hint 1</summary>By Bayes' rule the probability of a kind is its density divided by the sum of all densities. That is a softmax; of what? Multiply the square out.</details>
# <details><summary>Hint 2</summary>Three terms come out. One is the same for all kinds, and softmax does not see it. One holds both x and the mean, one the mean alone: which is W's work, which is b's?</details>


# %% tags=["exercise-4b.4"]
def best_layer(means):
    """means (K, d)  ->  W (K, d) and b (K,) of the layer that no other can beat."""
    ### BEGIN SOLUTION
    means = np.asarray(means, dtype=float)
    return means, -(means**2).sum(axis=1) / 2
    ### END SOLUTION


# %% tags=["check-4b.4"]
with check("4b.4", best_layer) as c:
    for K, d in [(3, 10), (4, 4), (2, 5), (5, 2)]:
        draws = np.random.default_rng(K)
        typical, points = draws.normal(size=(K, d)), draws.normal(size=(6, d))
        got = best_layer(typical)
        c.true(isinstance(got, (tuple, list)) and len(got) == 2, "return two arrays: W, b")
        W, b = (np.asarray(p.detach() if isinstance(p, torch.Tensor) else p, dtype=float) for p in got)
        c.true(W.shape == (K, d), f"W has shape {W.shape}, not ({K}, {d}): one row for each kind")
        c.true(b.shape == (K,), f"b has shape {b.shape}, not ({K},): one number for each kind")
        squares, products = (typical**2).sum(axis=1), points @ typical.T
        scores = {
            "the nearest kind is right, but too sure: see the half in the density": 2 * products - squares,
            "W is right; b is too strong": products - squares,
            "b is missing: a long mean would win too often": products,
            "check the sign of b": products + squares / 2,
            "check the sign of W": -products - squares / 2,
            "b holds the squared length, not the length": products - np.sqrt(squares) / 2,
        }
        slips = {sentence: torch.tensor(score).softmax(dim=1) for sentence, score in scores.items()}
        mine = torch.tensor(points @ W.T + b).softmax(dim=1)
        true = torch.tensor(-((points[:, None] - typical) ** 2).sum(axis=-1) / 2).softmax(dim=1)
        what, hint = f"probabilities, K={K}, d={d}", "which terms of the square does softmax notice?"
        c.close(mine, true, what=what, slips=slips, hint=hint, rtol=1e-4, atol=1e-6)  # 32 bits will do


# %% [markdown]
# ## 4b.10 The other network: regression
#
# A warning of ours, not of the article: the code that it prints (§5.2) is *another* network than this example. It is made for
# *regression* (回归): it predicts a quantity, say the minutes on the workbench.
#
# | | the example (§4.3) | the code (§5.2) |
# |---|---|---|
# | network | 10-20-3, 283 numbers | 10-20-1, 241 numbers |
# | label | a kind: 0, 1, 2 | any number |
# | output | three probabilities | the number itself |
# | loss | cross-entropy | mean squared error |
# | slope at the output | $(p - \text{one-hot})/m$ | $2(\hat y - y)/m$ |
# | validation, dropout | steps 7 and 8 | none |
#
# From the hidden layer down, backward is the same.
#
# ### Exercise 4b.5 · Backward for the regression network ●●● 25 min
#
# Write the slopes of the mean squared error $\frac1m \sum (\hat y - y)^2$ of the 10-20-1 network, for any sizes. The hidden layer
# is ReLU, the output has no bend.
#
# <details><summary>Hint 1</summary>Go forward first, as in `forward`: the output has shape (m, 1). Give y that shape too, with y[:, None], or NumPy will make an (m, m) table of all pairs.</details>
# <details><summary>Hint 2</summary>The table above has the slope at the output. Keep it in the shape (m, 1). What `backward` does below its first slope, without the mask, is then all that is left.</details>


# %% tags=["exercise-4b.5"]
def regression_slopes(x, y, W1, b1, W2, b2):
    """x (m, D), y (m,), W1 (H, D), b1 (H,), W2 (1, H), b2 (1,)  ->  slopes of W1, b1, W2, b2 in the same shapes."""
    ### BEGIN SOLUTION
    z = x @ W1.T + b1
    h = np.maximum(z, 0)
    d2 = 2 * (h @ W2.T + b2 - y[:, None]) / len(x)
    d1 = (d2 @ W2) * (z > 0)
    return d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)
    ### END SOLUTION


# %% tags=["check-4b.5"]
with check("4b.5", regression_slopes) as c:
    for m, D, H in [(6, 10, 20), (5, 3, 4), (4, 3, 3), (7, 2, 1), (1, 2, 3)]:
        draws, size = torch.Generator().manual_seed(m), f"m={m}, D={D}, H={H}"
        shapes = [(m, D), (m,), (H, D), (H,), (1, H), (1,)]
        given = [torch.randn(*shape, dtype=torch.double, generator=draws) for shape in shapes]
        inputs, targets, *leaves = [t.requires_grad_() for t in given]
        said = (torch.relu(inputs @ leaves[0].T + leaves[1]) @ leaves[2].T + leaves[3])[:, 0]
        wanted = torch.autograd.grad(((said - targets) ** 2).mean(), leaves)
        hint = "give y the shape (m, 1) before it is taken off; below that, all is as in `backward`"
        try:
            got = regression_slopes(*(t.detach().numpy().copy() for t in given))
        except ValueError as error:
            c.fail(f"{size}: {error}. Which shape has your slope at the output?", hint)
        c.true(isinstance(got, (tuple, list)) and len(got) == 4, "return four arrays: W1, b1, W2, b2")
        back = (2 * (said - targets) / m)[:, None] @ leaves[2]  # what arrives at the gate, (m, H)
        ungated = {"W1": back.T @ inputs, "b1": back.sum(dim=0)}
        for name, mine, want in list(zip(["W1", "b1", "W2", "b2"], got, wanted, strict=True))[::-1]:
            slips = {"the square's factor is missing": want / 2, "the loss is a mean": want * m}
            slips["check the sign: prediction minus target"] = -want
            slips["ReLU's gate is missing"] = ungated.get(name, want)
            tolerance = {"rtol": 1e-4, "atol": 2e-6}  # wide enough for 32 bits and for finite differences
            c.close(mine, want, what=f"slopes of {name} for {size}", slips=slips, hint=hint, **tolerance)

# %% [markdown]
# ## 4b.11 Break it on purpose
#
# **One output, classification loss.** Mix the two networks: a single score, softmax, cross-entropy. Softmax divides a number by
# itself. Predict the loss.

# %%
single = network(1, hidden).double()
mixed_up = torch.nn.functional.cross_entropy(single(torch.tensor(x)), torch.zeros(100, dtype=torch.long))
mixed_up.backward()
largest = max(float(p.grad.abs().max()) for p in single.parameters())
print(f"loss {mixed_up.item() + 0.0}, largest slope {largest}")
assert mixed_up.item() == largest == 0
try:
    torch.nn.functional.cross_entropy(single(torch.tensor(x)), torch.tensor(y))
except IndexError:
    print("with the real labels: IndexError, there is no output 1 or 2")

# %% [markdown]
# *Symptom.* The loss is 0 from the first step and nothing ever moves, or the first label that is not 0 is out of bounds. A
# loss that is too good at once is a fault, not a success.
#
# **Dropout left on.** The mask belongs to training. Forget to take it off, and the network throws dice for each customer. Ask
# it twice about the same exam.

# %%
dice, trained, answers = numpy_stream(seed, "dice"), path_dropout[-1], []
for _ in range(2):
    mask = (dice.random((len(exam_x), hidden)) >= drop) / (1 - drop)
    answers.append(forward(exam_x, trained, mask)[2].argmax(axis=1))
differ = (answers[0] != answers[1]).mean()
careless, careful = (answers[0] == exam_y).mean(), accuracy(exam_x, exam_y, trained)
print(f"two calls disagree on {approx(differ, 2)} of the bicycles")
print(f"exam accuracy {approx(careless)} with the mask, {approx(careful)} without")
assert not default or (differ > 0.05 and careless < careful - 0.02)

# %% [markdown]
# *Symptom.* The same question gets different answers; in the stored run, accuracy falls as well. In PyTorch the remedy is
# `model.eval()`.
#
# **One seed, opened twice.** Two generators that are opened with the same number give the same numbers. Draw the first weights
# from the very stream that made the bicycles. What do the hidden units hold before any training?

# %%
twice = numpy_stream(seed, "data.gaussian_classes")  # the name that the data have used
twice.integers(3, size=100)  # there, the labels came first
copied = twice.normal(size=(100, 10))
made_x, made_y = data.gaussian_classes(100, means, seed)
assert np.abs(copied - (made_x - means[made_y])).max() < 1e-12
print("100 rows of first weights = what is peculiar to bicycles 0 to 99, all equal to 1e-12")

# %%
z_copied = x @ (copied * np.sqrt(2 / 10)).T  # (100, 10) @ (10, 100) -> (100, 100)
own, other = np.diag(z_copied).mean(), z_copied[~np.eye(100, dtype=bool)].mean()
print(f"unit i sums up to {approx(own, 2)} for bicycle i, to {approx(other, 1)} for the others, on average")
assert own > 2 > 4 * abs(other)

# %% tags=["figure"]
# the sums of twenty such units for twenty bicycles, and of twenty honest ones
figure, axes = plt.subplots(1, 2, figsize=(8.5, 3.8))
honest = x[:20] @ fresh_start(child_seed(seed, "honest"))[0][:20].T
top = max(np.abs(z_copied[:20, :20]).max(), np.abs(honest).max())
for ax, sums, words in [
    (axes[0], z_copied[:20, :20], "weights from the data's stream"),
    (axes[1], honest, "weights from their own"),
]:
    plot.matrix(sums, title=words, xlabel="hidden unit", ylabel="bicycle", bar="weighted sum", ax=ax)
    ax.set(xticks=range(0, 20, 5), yticks=range(0, 20, 5))
    ax.images[0].set_clim(-top, top)  # one scale for both
figure.suptitle("Before any training, most units already know their bicycle (left)", fontweight="bold")
plt.show()

# %% [markdown]
# *Symptom.* None: no error, no warning, only weights that look random, and results that may be a little off. An earlier version of
# this lesson had this fault. So each use of chance gets a stream with a name of its own: `numpy_stream(seed, "weights")`.
#
# ## 4b.12 What the article says
#
# In its steps, the article lets back-propagation *compute the loss*. If that were so, there would be no loss where
# back-propagation is impossible. Forbid it, and see whether the loss comes out; then let it run, and see what it brings.

# %%
leaves = [torch.tensor(array, requires_grad=True) for array in start]
with torch.no_grad():  # nothing is kept that back-propagation would need
    forbidden = torch.nn.functional.cross_entropy(torch_scores(leaves, x_train), torch.tensor(y_train))
value = torch.nn.functional.cross_entropy(torch_scores(leaves, x_train), torch.tensor(y_train))
known_first = forbidden.item() == value.item() and not forbidden.requires_grad
value.backward()
slopes = backward(x_train, y_train, start)
same = all(np.abs(leaf.grad.numpy() - s).max() < 1e-12 for leaf, s in zip(leaves, slopes, strict=True))

# %%
claim(
    "§4.3",
    "Back-propagation computes the loss.",
    "wrong",
    evidence=known_first and same,
    right="The forward pass computes the loss; back-propagation computes its slopes.",
)

# %% [markdown]
# Does one round of steps 4 to 6 train a network? And may one tune on samples that it has learnt from, as long as nothing else is
# put aside? Throw dice for the labels, so that there is nothing to learn but the samples themselves.

# %%
diced = numpy_stream(seed, "labels by dice").integers(3, size=10_070)
known, fresh = (x_train, diced[:70]), (exam_x[:10_000], diced[70:])
untrained = fresh_start(child_seed(seed, "diced"), hidden=20)
once = often = move(untrained, backward(*known, untrained), 0.1)
for _ in range(599):
    often = move(often, backward(*known, often), 0.1)
told = {"after 1 update": accuracy(*known, once), "after 600": accuracy(*known, often)}
told["after 600, fresh bicycles"] = accuracy(*fresh, often)
print(", ".join(f"{name}: {approx(share, 2)}" for name, share in told.items()))

# %%
after_one, memorised, worth = told.values()
claim(
    "§4.3",
    "Forward, backward and update on a sample, then tuning on a validation set: eight steps.",
    "incomplete",
    evidence=memorised > max(after_one, worth) + 0.25,
    right="Steps 4 to 6 repeat, over all samples, many times. The validation samples must be put aside before training, and others for a last test: the hundred are not divided.",
)
claim(
    "§4.3",
    "Samples of 10 features with one label each fit a network with three outputs.",
    "incomplete",
    evidence=bool(kept and torn > 0),
    right="Only if the label is a class in {0, 1, 2}, written one-hot; the example does not say so. Then no numbering of the classes matters, as it would with one output.",
)
claim(
    "§4.3",
    "The example is a three-layer network: 10 inputs, 20 hidden units, 3 outputs.",
    "right",
    evidence=size[3] == 283 and [p.shape[0] for p in network(3).parameters() if p.ndim == 2] == [20, 3],
    right="It says what it counts. Between three layers of units lie two of weights: with the biases 283 numbers, the ones that are learnt.",
)

# %% [markdown]
# ## Recap
#
# 1. One label that is a class means as many outputs as classes, because classes have no order.
# 2. 10-20-3 holds 283 numbers, 10-20-1 holds 241; a page holds everything one example does to them.
# 3. Forward gives the loss; backward starts with *said minus true*, and a weight's slope is what came in times what came back.
# 4. Validation says when to stop, but thirty samples say it in a whisper: give an interval, and compare in pairs.
# 5. Know the best possible score before you praise a network: here data closed nearly all of the gap, and the remedies a part of it.
#
# **Next:** the article's own program, run, read and mended, in [lesson 5](05_keras_project.ipynb). [Back to the map](00_start_here.ipynb)
#
# ## Sources
#
# - N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov (2014), *Dropout: a simple way to prevent neural networks from overfitting*, Journal of Machine Learning Research 15, [jmlr.org](https://jmlr.org/papers/v15/srivastava14a.html)
# - K. He, X. Zhang, S. Ren, J. Sun (2015), *Delving deep into rectifiers*, [arXiv:1502.01852](https://arxiv.org/abs/1502.01852): the variance 2 / inputs
# - L. Prechelt (1998), *Early stopping: but when?*, in Neural Networks: Tricks of the Trade, Springer
# - E. B. Wilson (1927), *Probable inference, the law of succession, and statistical inference*, Journal of the American Statistical Association 22
# - Q. McNemar (1947), *Note on the sampling error of the difference between correlated proportions or percentages*, Psychometrika 12, [doi:10.1007/BF02295996](https://doi.org/10.1007/BF02295996)
# - D. Rumelhart, G. Hinton, R. Williams (1986), *Learning representations by back-propagating errors*, Nature 323, [doi:10.1038/323533a0](https://doi.org/10.1038/323533a0)
