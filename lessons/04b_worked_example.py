# %% [markdown]
# # 4b · A network by hand
#
# Follow one bicycle through a whole network, number by number, and train it up to the best accuracy there is.
#
# 60 min to read · under 30 CPU-seconds · under 900 MB · GPU: not needed
#
# **You will be able to**
# - count the numbers in a network, and say why one label may need three outputs;
# - fill one page with every value and every slope of one example, and prove the slopes right;
# - train with a validation set, and judge the result against the best that is possible;
# - add dropout correctly, and measure whether it helped.
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

from utils import data, plot
from utils.check import approx, check, claim, metric
from utils.params import check_parameters
from utils.repro import seed_everything

check_parameters("04b_worked_example", globals())
plot.style()
rng = seed_everything(seed)
default = (seed, hidden, epochs, lr, drop, spread) == (0, 20, 600, 0.1, 0.5, 1.0)

# %% [markdown]
# ## 4b.1 Step 1: a hundred bicycles
#
# The article's example (§4.3) has 100 samples of 10 features and 1 label, and a 10-20-3 network. It walks through the work
# in eight steps. We do the same with something to hold: each bicycle that arrives gets ten measurements (*features*, 特征)
# on the test bench, 0 for a healthy bicycle. The *label* (标签) is the bench that repaired it: wheels, brakes or gears.
#
# We plant the truth: each kind of repair has a typical reading, and every bicycle differs from it at random.

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
x, y = data.gaussian_classes(100, means, seed)
x = np.round(x, 1) + 0.0  # the bench shows one decimal; adding 0 turns -0 into 0
x_train, y_train, x_val, y_val = x[:70], y[:70], x[70:], y[70:]
for name, part in [("training", y_train), ("validation", y_val)]:
    print(
        f"{name}: {len(part)} bicycles,",
        dict(zip(kinds, np.bincount(part, minlength=3).tolist(), strict=True)),
    )

# %%
ax = plot.matrix(
    np.vstack([means, x[0]]),
    title="Three typical bicycles, and the first real one: which kind is it?",
    fmt=".1f",
    ax=plt.subplots(figsize=(8.5, 3))[1],
)
ax.set(yticks=range(4), yticklabels=[*kinds, "bicycle 0"])
ax.set_xticks(range(10), features, rotation=35, ha="right")
plt.show()

# %% [markdown]
# Because we planted the truth, we know the best possible rule: guess the kind whose typical reading is *nearest*. With equal
# spread all round, no rule that sees the same ten numbers is right more often in the long run. Its accuracy is the *Bayes-optimal*
# (贝叶斯最优) one, our yardstick. Chance alone makes it less than 1: the clouds overlap.
#
# We measure it on 50,000 fresh bicycles, with an interval that holds the true value 95 times in 100. Rounding only hides
# information, so it is a ceiling for us too.

# %%
exam_x, exam_y = data.gaussian_classes(50_000, means, seed + 10**9)
ceiling = (data.nearest_mean(exam_x, means) == exam_y).mean()
margin = 1.96 * np.sqrt(ceiling * (1 - ceiling) / len(exam_y))
exam_x = np.round(exam_x, 1)
metric("ceiling", ceiling)
print(f"95 % interval: from {approx(ceiling - margin)} to {approx(ceiling + margin)}")
assert margin < 0.005
assert not default or 0.84 < ceiling < 0.87

# %% [markdown]
# ## 4b.2 One label, three outputs
#
# One label for each bicycle, but three outputs? It fits if the label is a *class* (类别): 0, 1 or 2. The article does not
# say so. The network then gives three scores, and the wanted answer is written *one-hot* (独热编码): a 1 for the true kind,
# 0 elsewhere.
#
# Why not a single output that says 0, 1 or 2? Then brakes (1) would lie *between* wheels and gears, and a bicycle torn
# between wheels and gears would be sent to the brakes. Predict: how much does that cost?

# %%
one_hot = np.eye(3)
print("labels", y[:4])
print(one_hot[y[:4]])
assert np.array_equal(one_hot[y].argmax(axis=1), y)


# %%
def straight_fit(targets):
    """Best straight-line fit to the training targets (least squares), applied to the exam."""
    inputs, exam = (np.column_stack([a, np.ones(len(a))]) for a in (x_train, exam_x))
    return exam @ np.linalg.lstsq(inputs, targets, rcond=None)[0]


found = {}
for order in [(0, 1, 2), (0, 2, 1), (1, 0, 2)]:
    code = np.array(order)  # code[k] is the number that stands for kind k
    guess = np.clip(np.round(straight_fit(code[y_train])), 0, 2)
    name = "one output: " + ", ".join(f"{n} {kinds[order.index(n)]}" for n in range(3))
    found[name] = (guess == code[exam_y]).mean()
found["three outputs, any order"] = (straight_fit(one_hot[y_train]).argmax(axis=1) == exam_y).mean()

# %%
ax = plot.bars(
    found,
    title="One output invents an order, and pays for it",
    xlabel="exam accuracy (dashed: the best possible)",
    ax=plt.subplots(figsize=(8.5, 2.8))[1],
)
ax.axvline(ceiling, color="grey", linestyle="--")
ax.set(xlim=(0, 1))
plt.show()
*one_output, three_outputs = found.values()
print("best of the single outputs", approx(max(one_output)), "three outputs", approx(three_outputs))
assert not default or (max(one_output) < 0.68 and 0.75 < three_outputs < ceiling)

# %% [markdown]
# All four fits are straight lines through the same data; only the form of the answer differs. With one output, even the
# *numbering* of the kinds changes who gets the right bench. With three outputs, renaming the kinds only swaps columns.
#
# ## 4b.3 Step 2: the network
#
# Ten inputs, twenty hidden units with ReLU, three scores, and softmax to turn the scores into probabilities. Each hidden
# unit listens to all inputs, each score to all hidden units. How many numbers will have to be learnt? Count before you
# read on.

# %% [markdown]
# ### Exercise 4b.1 · Count the numbers ●○○ 5 min
#
# Every unit that computes has one weight for each value that comes in, and one bias. Count the weights and biases of a fully
# connected network with the given layer sizes. Do 10-20-3 and 10-20-1 with a pencil first.
#
# <details><summary>Hint 1</summary>One hidden unit has 10 weights and 1 bias. There are 20 of them. The inputs compute nothing.</details>
# <details><summary>Hint 2</summary>From n values to m units: m · n weights and m biases. Add this up over `zip(sizes[:-1], sizes[1:])`.</details>


# %% tags=["exercise-4b.1"]
def count_parameters(sizes):
    """Weights and biases of a fully connected network. sizes: inputs, hidden layers, outputs, such as (10, 20, 3)."""
    ### BEGIN SOLUTION
    return sum(m * n + m for n, m in zip(sizes[:-1], sizes[1:], strict=True))
    ### END SOLUTION


# %% tags=["check-4b.1"]
with check("4b.1", count_parameters) as c:
    for sizes in [(10, 20, 3), (10, 20, 1), (10, 3), (7, 5, 4, 2)]:
        steps = list(zip(sizes[:-1], sizes[1:], strict=True))
        weights_only = sum(n * m for n, m in steps)
        slips = {
            "these are the weights alone; each unit that computes has a bias too": weights_only,
            "the inputs compute nothing, so they have no bias": weights_only + sum(sizes),
            "the outputs have biases too": weights_only + sum(sizes[1:-1]),
            "the biases of the hidden layers are missing": weights_only + sizes[-1],
            "one bias for each unit, not one for each layer": weights_only + len(steps),
        }
        c.close(
            count_parameters(sizes),
            weights_only + sum(sizes[1:]),
            what=f"sizes {sizes}",
            slips=slips,
            hint="from n values to m units: m · n weights and m biases",
        )


# %% [markdown]
# Two hundred weights and twenty biases lead into the hidden layer, sixty weights and three biases out of it. PyTorch counts
# too, and may disagree with us. Beside it the network that the article's code builds in §5.2: a *single* output.


# %%
def network(outputs, width=20):
    return torch.nn.Sequential(torch.nn.Linear(10, width), torch.nn.ReLU(), torch.nn.Linear(width, outputs))


size = {outputs: sum(p.numel() for p in network(outputs).parameters()) for outputs in (3, 1)}
assert size[3] == 20 * 10 + 20 + 3 * 20 + 3 == 283
assert size[1] == 20 * 10 + 20 + 1 * 20 + 1 == 241
print(f"10-20-3: {size[3]} numbers, 10-20-1: {size[1]} numbers")

# %% [markdown]
# ## 4b.4 Steps 3 and 4: start, and go forward
#
# *Initialisation* (初始化): random weights with variance 2 / inputs, rounded to one decimal so that a pencil can follow. Nothing
# is lost: they are random anyway. Biases usually start at 0. With rounded numbers a unit could then land *exactly* on ReLU's
# kink, where it has no slope; a start at 0.005 makes that impossible.
#
# *Forward*: hidden unit $i$ computes $z_i = \sum_j W_{ij} x_j + b_i$ and hands on $h_i = \max(z_i, 0)$. Here is unit 0 for
# bicycle 0, product by product.

# %%
W1 = np.round(rng.normal(size=(hidden, 10)) * np.sqrt(2 / 10), 1) + 0.0
W2 = np.round(rng.normal(size=(3, hidden)) * np.sqrt(2 / hidden), 1) + 0.0
b1, b2 = np.full(hidden, 0.005), np.zeros(3)
assert np.abs(x @ W1.T + b1).min() > 0.0049  # multiples of 0.01, plus 0.005

x0, y0 = x[0], y[0]
for feature, value, weight in zip(features, x0, W1[0], strict=True):
    print(f"{feature:>10} {value:6.1f} · weight {weight:4.1f} = {value * weight + 0.0:6.2f}")
print(f"{'bias':>10} {b1[0]:28.3f}\n{'z':>10} {np.dot(x0, W1[0]) + b1[0]:28.3f}")

# %% [markdown]
# The other units do the same with their own weights. Then each score adds up what the open units send it, and softmax makes
# probabilities of the three scores. First slowly, exactly as the formulas read:


# %%
def layer(inputs, W, b):
    """z_i = sum of W_ij inputs_j over j, plus b_i"""
    return np.array([sum(W[i, j] * inputs[j] for j in range(len(inputs))) + b[i] for i in range(len(b))])


z0 = layer(x0, W1, b1)
h0 = np.array([max(z, 0.0) for z in z0])
scores0 = layer(h0, W2, b2)
e = [np.exp(score) for score in scores0]
p0 = np.array([part / sum(e) for part in e])
for kind, score, p in zip(kinds, scores0, p0, strict=True):
    print(f"{kind:>7}: score {score:7.4f}, probability {p:.3f}")
print("the truth:", kinds[y0])
assert abs(p0.sum() - 1) < 1e-12


# %%
def draw(columns, weights, names, title):
    """Units as dots, what each sends to the next as lines: red pushes up, blue down, thick is much."""
    ax = plt.subplots(figsize=(8.5, 4.6))[1]
    spots = [np.linspace(1, 0, len(c) + 2)[1:-1] for c in columns]
    for at, (sent, W) in enumerate(zip(columns[:-1], weights, strict=True)):
        for (i, j), push in np.ndenumerate(W * sent):
            colour = "#D55E00" if push > 0 else "#0072B2"
            ends = [spots[at][j], spots[at + 1][i]]
            ax.plot([at, at + 1], ends, color=colour, linewidth=abs(push), alpha=0.6)
    for at, (values, spot) in enumerate(zip(columns, spots, strict=True)):
        face = ["white" if value == 0 else "black" for value in values]
        ax.scatter([at] * len(spot), spot, s=28, c=face, edgecolors="black", zorder=3)
    for spot, name in zip(spots[0], names[0], strict=True):
        ax.text(-0.05, spot, name, ha="right", va="center", fontsize=9)
    for spot, name in zip(spots[-1], names[1], strict=True):
        ax.text(2.05, spot, name, ha="left", va="center", fontsize=9)
    ax.set(title=title, xlim=(-0.5, 2.6))
    ax.axis("off")


inputs = [f"{name} {value:.1f}" for name, value in zip(features, x0, strict=True)]
outputs = [f"{kind} {p:.3f}" for kind, p in zip(kinds, p0, strict=True)]
draw([x0, h0, p0], [W1, W2], [inputs, outputs], "Closed units (white) send nothing on")
plt.show()

# %% [markdown]
# Now all bicycles at once: each sum over units becomes a matrix product. Check meaning, not only shape: bicycle 0 alone must
# get the same probabilities as bicycle 0 in the crowd, and PyTorch must agree.


# %%
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def forward(x, weights, mask=1.0):
    """z1 (m, H), h (m, H) and the scores (m, 3) of a batch x (m, 10). mask is for step 8."""
    W1, b1, W2, b2 = weights
    z1 = x @ W1.T + b1  # (m, 10) @ (10, H) -> (m, H)
    h = np.maximum(z1, 0) * mask
    return z1, h, h @ W2.T + b2  # (m, H) @ (H, 3) -> (m, 3)


start = [W1, b1, W2, b2]
everyone = softmax(forward(x, start)[2])
assert np.abs(everyone[0] - p0).max() < 1e-12
twins = [torch.tensor(array, requires_grad=True) for array in start]
torch_scores = torch.relu(torch.tensor(x) @ twins[0].T + twins[1]) @ twins[2].T + twins[3]
assert np.abs(torch_scores.detach().softmax(dim=1).numpy() - everyone).max() < 1e-12
print("loops, matrices and torch agree to 1e-12")

# %% [markdown]
# ## 4b.5 Step 5: the loss, then backward
#
# The forward walk ends with the *loss*: $L = -\ln p_y$, how surprised the network is by the truth. It is known *before*
# anything goes backward.
#
# Backward then starts at the scores with *said minus true*: the slope of $L$ in score $k$ is $p_k$ minus the one-hot
# target. From there: a weight's slope is **what came in, times the slope of what went out**; a hidden unit adds up what
# comes back from three scores; ReLU lets it through only where it was open.

# %%
loss0 = -np.log(p0[y0])
d_scores = p0 - one_hot[y0]
d_W2 = np.array([[d_scores[k] * h0[i] for i in range(hidden)] for k in range(3)])
d_h = np.array([sum(d_scores[k] * W2[k, i] for k in range(3)) for i in range(hidden)])
d_z = np.array([d_h[i] if z0[i] > 0 else 0.0 for i in range(hidden)])
d_W1 = np.array([[d_z[i] * x0[j] for j in range(10)] for i in range(hidden)])
by_hand = [d_W1, d_z, d_W2, d_scores]
print(f"loss {loss0:.3f}, slopes in the scores:", *(f"{slope:.3f}" for slope in d_scores))

# %% [markdown]
# Here is the whole bicycle on one page. Read it from left to right for forward, from right to left for backward; the slope
# of any weight is a product of two numbers in it. Cover the last column and compute unit 0 yourself. In the stored run unit 8
# is open, and yet its slope is 0: why?


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
# Unit 8 pushes all three scores alike, and softmax does not see that: the slopes in the scores add up to 0. Is the rest of the
# page right? PyTorch's autograd shares no code with us.

# %%
torch.nn.functional.cross_entropy(torch_scores[:1], torch.tensor(y[:1])).backward()
for name, mine, twin in zip(["W1", "b1", "W2", "b2"], by_hand, twins, strict=True):
    assert np.abs(mine - twin.grad.numpy()).max() < 1e-12
    print(f"slopes of {name}: {mine.size:3} numbers, by hand = autograd to 1e-12")
silent = int((z0 <= 0).sum())
print(f"{silent} closed units: {silent * 10} of {W1.size} first-layer slopes are exactly 0")
assert np.count_nonzero(d_W1[z0 <= 0]) == 0

# %%
ax = plot.matrix(
    d_W1.T,
    title="Stripes: a closed unit learns nothing from this bicycle",
    xlabel="hidden unit",
    ax=plt.subplots(figsize=(8.5, 3.4))[1],
)
ax.set_yticks(range(10), [f"{name} {value:.1f}" for name, value in zip(features, x0, strict=True)])
ax.set(aspect="auto", xticks=range(0, hidden, max(1, hidden // 10)))
plt.show()

# %% [markdown]
# The colours are the slopes of the loss in the first layer's weights. Each row is one measurement: where it is near 0, its
# weights hardly move.
#
# ### Exercise 4b.2 · Back through one unit, with a pencil ●○○ 10 min
#
# A hidden unit holds $h = 2$ (it was open). Its weights to wheels, brakes and gears are $(0.4, -0.1, 0.2)$. The network said
# $p = (0.5, 0.3, 0.2)$; the truth is **brakes**. Find the slopes of the loss in the three weights, the slope in $h$, and the
# three weights after one step with learning rate 0.5.
#
# <details><summary>Hint 1</summary>Said minus true: p − target = (0.5, 0.3 − 1, 0.2). A weight's slope is h times the slope of its score.</details>
# <details><summary>Hint 2</summary>The slope in h is the sum over the three scores of slope times weight, with the weights from before the step. The new weight is the old one minus 0.5 times its slope.</details>

# %% tags=["exercise-4b.2"]
# Replace each ... by a list of three numbers, or by a number.
### BEGIN SOLUTION
weight_slopes = [1.0, -1.4, 0.4]
slope_in_h = 0.31
new_weights = [-0.1, 0.6, 0.0]
### END SOLUTION

# %% tags=["check-4b.2"]
with check("4b.2", weight_slopes, slope_in_h, new_weights) as c:
    slips = {
        "check the sign: p - target, not target - p": [-1.0, 1.4, -0.4],
        "these are the slopes in the scores; each weight also multiplies by h = 2": [0.5, -0.7, 0.2],
        "brakes is the second of the three": [1.0, 0.6, -1.6],
        "the 1 of the target is missing: p - target": [1.0, 0.6, 0.4],
    }
    c.close(
        weight_slopes, [1.0, -1.4, 0.4], what="slopes in the weights", slips=slips, hint="h · (p - target)"
    )
    slips = {
        "use the weights from before the step": -0.47,
        "check the sign: p - target, not target - p": -0.31,
        "h itself does not enter here: slope of each score times its weight": 0.62,
        "add up all three; the target's score is not the only one that depends on h": 0.07,
    }
    c.close(slope_in_h, 0.31, what="slope in h", slips=slips, hint="0.5·0.4 + (-0.7)·(-0.1) + 0.2·0.2")
    slips = {
        "that walks uphill: subtract the step": [0.9, -0.8, 0.4],
        "the learning rate is 0.5, not 1": [-0.6, 1.3, -0.2],
        "the slope of a weight holds h = 2 as well": [0.15, 0.25, 0.1],
    }
    c.close(new_weights, [-0.1, 0.6, 0.0], what="new weights", slips=slips, hint="weight - 0.5 · slope")


# %% [markdown]
# Now the same walk for a batch of $m$ bicycles: the loss becomes their mean, so everything is divided by $m$. The test says
# what that means: the batch's slopes are the mean of the single bicycles' slopes.


# %%
def backward(x, y, weights, mask=1.0):
    """Slopes of the mean loss of a batch, in the order W1, b1, W2, b2. mask is for step 8."""
    z1, h, scores = forward(x, weights, mask)
    d2 = (softmax(scores) - one_hot[y]) / len(x)  # (m, 3)
    d1 = (d2 @ weights[2]) * mask * (z1 > 0)  # (m, 3) @ (3, H) -> (m, H)
    return [d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)]


singles = [backward(x[i : i + 1], y[i : i + 1], start) for i in range(70)]
for batch, hand, *ones in zip(backward(x_train, y_train, start), by_hand, *singles, strict=True):
    assert np.abs(ones[0] - hand).max() < 1e-12
    assert np.abs(batch - np.mean(ones, axis=0)).max() < 1e-12
print("bicycle 0 equals the page above; the batch equals the mean of its 70 bicycles")

# %% [markdown]
# ## 4b.6 Step 6: one update
#
# Every number moves against its slope: $\theta \leftarrow \theta - \alpha \nabla L$, with $\alpha$ the learning rate. The
# slopes make a *promise*: a step of size $\alpha$ lowers the loss by $\alpha$ times the sum of all squared slopes. Predict:
# is the promise kept?


# %%
def move(weights, slopes, rate):
    """New weights, one step against the slopes."""
    return [w - rate * s for w, s in zip(weights, slopes, strict=True)]


def loss(x, y, weights):
    """Mean cross-entropy of a batch."""
    scores = forward(x, weights)[2]
    scores = scores - scores.max(axis=1, keepdims=True)  # changes no probability, and tames exp
    return (np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(y)), y]).mean()


steepness = sum((slope**2).sum() for slope in by_hand)
for rate in (0.0001, 0.001, 0.01):
    fell = loss0 - loss(x[:1], y[:1], move(start, by_hand, rate))
    print(f"rate {rate}: the loss fell by {approx(fell)}, promised {approx(rate * steepness)}")
    assert not default or rate > 0.0001 or abs(fell / (rate * steepness) - 1) < 0.05

# %%
rates = np.linspace(0, 0.06, 61)
after = np.array([loss(x[:1], y[:1], move(start, by_hand, rate)) for rate in rates])
others = np.array([loss(x_train[1:], y_train[1:], move(start, by_hand, rate)) for rate in rates])
promised = rates <= loss0 / steepness
assert not default or (after[-1] < 0.1 and others[-1] > others[0])
ax = plot.lines(
    {
        "bicycle 0": (rates, after),
        "promise": (rates[promised], loss0 - rates[promised] * steepness),
        "the other 69": (rates, others),
    },
    title="The promise holds for short steps, and for bicycle 0 alone",
    xlabel="size of the step (learning rate)",
    ylabel="cross-entropy (nats)",
)
plt.show()

# %% [markdown]
# A promise drawn as a straight line cannot go on: the loss of bicycle 0 flattens out near 0. And what is good for one bicycle
# need not be good for the rest. This is why a step follows the *mean* slope of many.
#
# Move the slider (arrow keys) and watch the three probabilities of bicycle 0. At which rate is it first sent to the right bench?

# %% tags=["nbval-ignore-output"]
# output not compared: a slider is alive
from ipywidgets import FloatSlider


def after_step(rate, ax):
    p = softmax(forward(x[:1], move(start, by_hand, rate))[2][0])
    plot.bars(dict(zip(kinds, p, strict=True)), xlabel=f"probability (the truth: {kinds[y0]})", ax=ax)
    ax.set(title=f"After a step of {rate:.3f} it goes to {kinds[p.argmax()]}", xlim=(0, 1))


plot.slider(after_step, FloatSlider(0.0, min=0, max=0.04, step=0.001, readout_format=".3f"))

# %% [markdown]
# ## 4b.7 Step 7: train and validate
#
# Training repeats steps 4 to 6. Each *epoch* (轮次) takes one step down the mean slope of the 70 training bicycles. The 30 of
# the *validation set* (验证集) are never trained on; they tell us when to stop.
#
# `fit` keeps the weights of every epoch, so that we can look back. Predict: where will the training loss end, and where the
# validation loss?


# %%
def fit(weights, x, y, drop=0.0, seed=0):
    """The weights at the start and after each epoch. drop: the share of hidden units to switch off, for step 8."""
    draws = np.random.default_rng(seed)
    path = [weights]
    for _ in range(epochs):
        mask = (draws.random((len(x), len(weights[1]))) >= drop) / (1 - drop) if drop else 1.0
        path.append(move(path[-1], backward(x, y, path[-1], mask), lr))
    return path


path = fit(start, x_train, y_train)
train_loss = np.array([loss(x_train, y_train, weights) for weights in path])
val_loss = np.array([loss(x_val, y_val, weights) for weights in path])
best = int(val_loss.argmin())
print(f"validation loss: lowest {approx(val_loss[best], 2)}, at the end {approx(val_loss[-1], 2)}")
assert not default or (train_loss[-1] < 0.05 and val_loss[-1] > 1.3 * val_loss[best])

# %%
ax = plot.lines(
    {"training": train_loss, "validation": val_loss},
    title="Training loss goes to zero; validation loss turns and climbs",
    xlabel="epoch",
    ylabel="mean cross-entropy (nats)",
)
ax.plot(best, val_loss[best], "o", color="black")
ax.annotate(
    "stop here",
    (best, val_loss[best]),
    (best, val_loss[best] + 0.4),
    ha="center",
    arrowprops={"arrowstyle": "->"},
)
ax.set(ylim=(0, 1.5))
plt.show()

# %% [markdown]
# That turn is *overfitting* (过拟合): the network goes on learning what is peculiar to 70 bicycles. Going back to the best
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
mine = path[min(epochs, 50)]
worst = max(np.abs(a - b.detach().numpy()).max() for a, b in zip(mine, model.parameters(), strict=True))
assert worst < 1e-8
print(f"after {min(epochs, 50)} epochs all weights equal torch.nn's to 1e-8")


# %%
def accuracy(x, y, weights):
    """Share of bicycles that are sent to the right bench."""
    return float((forward(x, weights)[2].argmax(axis=1) == y).mean())


for name, weights in [
    ("before training", start),
    ("at the best epoch", path[best]),
    ("at the end", path[-1]),
]:
    parts = [accuracy(a, b, weights) for a, b in [(x_train, y_train), (x_val, y_val), (exam_x, exam_y)]]
    print(f"{name:>17}: training {approx(parts[0])}, validation {approx(parts[1])}, exam {approx(parts[2])}")
metric("val_accuracy", accuracy(x_val, y_val, path[best]))
metric("exam_accuracy", accuracy(exam_x, exam_y, path[best]))
assert not default or 0.74 < accuracy(exam_x, exam_y, path[best]) < ceiling

# %% [markdown]
# Only because we planted the truth do we have an exam of 50,000. In your company you will have the 30. One bicycle more or
# less moves their accuracy by a thirtieth, and you have *chosen* the epoch on them, which flatters it. How far can thirty
# be trusted?
#
# ### Exercise 4b.3 · Ship, or buy more labels? ●●○ 20 min
#
# The network was right on `right` of `n` fresh bicycles. A wrong bench costs `error` euros; a mechanic who looks first is
# always right and costs `look`. So the machine pays if it errs in less than look / error of all cases. Take the 95 % *Wilson
# interval* of its accuracy, with $z = 1.96$:
#
# $$\frac{\hat p + \frac{z^2}{2n} \pm z\sqrt{\frac{\hat p(1-\hat p)}{n} + \frac{z^2}{4n^2}}}{1 + \frac{z^2}{n}}$$
#
# Return its ends, and `"ship"` if all of it lies at or above the accuracy needed, `"stop"` if all lies below, else `"label more"`.
#
# <details><summary>Hint 1</summary>p̂ = right / n. The accuracy needed is 1 − look / error, for example 0.75 for 3 € and 12 €.</details>
# <details><summary>Hint 2</summary>Compute centre = p̂ + z²/(2n), half = z·√(…) and divide both by 1 + z²/n. Compare the low end with the need first, then the high end.</details>


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
    z = 1.96
    for right, n, look, error, want in [
        (25, 30, 3, 12, "label more"),
        (250, 300, 3, 12, "ship"),
        (3, 3, 3, 12, "label more"),
        (12, 30, 3, 12, "stop"),
        (60, 100, 5, 10, "ship"),
        (330, 1000, 2, 3, "label more"),
    ]:
        got = decide(right, n, look, error)
        what = f"{right} of {n} right, look {look} €, error {error} €"
        c.true(isinstance(got, (tuple, list)) and len(got) == 3, "return three things: low, high, decision")
        share = right / n
        plain = share + z * np.sqrt(share * (1 - share) / n) * np.array([-1, 1])
        # the ends are the two p for which (share - p)² = z² p (1 - p) / n
        ends = np.sort(np.roots([1 + z**2 / n, -2 * share - z**2 / n, share**2]))
        slips = {
            "the plain interval p ± z·√(p(1-p)/n) fails for small n": plain,
            "low comes first": ends[::-1],
        }
        c.close(got[:2], ends, what=what, slips=slips, rtol=1e-5, atol=1e-7, hint="divide by 1 + z²/n")
        c.equal(
            got[2], want, what=what, hint=f"compare both ends with the accuracy needed, 1 - {look}/{error}"
        )


# %% [markdown]
# ## 4b.8 Step 8: dropout
#
# *Dropout* (随机失活): in each training step every hidden unit is switched off with probability $q$, so that none can lean on
# its neighbours. Those left are scaled up by $1/(1-q)$, so that the scores stay the same *on average*. When the network is
# used, nothing is switched off.
#
# A mask does both: 0 or $1/(1-q)$ for each unit. Check the average on bicycle 0 with 20,000 masks, and `backward` under a mask
# against autograd.

# %%
masks = (rng.random((20_000, hidden)) >= drop) / (1 - drop)
dropped = (h0 * masks) @ W2.T + b2
noise = dropped.std(axis=0) / np.sqrt(len(masks))
assert (np.abs(dropped.mean(axis=0) - scores0) < 5 * noise + 1e-12).all()
for kind, score, value in zip(kinds, scores0, dropped.T, strict=True):
    print(
        f"{kind:>7}: score {score:7.4f}, with dropout {approx(value.mean(), 2)} on average, spread {approx(value.std(), 2)}"
    )

# %%
twins = [torch.tensor(array, requires_grad=True) for array in start]
units = torch.relu(torch.tensor(x_train) @ twins[0].T + twins[1]) * torch.tensor(masks[:70])
torch.nn.functional.cross_entropy(units @ twins[2].T + twins[3], torch.tensor(y_train)).backward()
for slope, twin in zip(backward(x_train, y_train, start, masks[:70]), twins, strict=True):
    assert np.abs(slope - twin.grad.numpy()).max() < 1e-12
print("slopes under a mask: by hand = autograd to 1e-12")

# %%
path_dropout = fit(start, x_train, y_train, drop=drop, seed=seed)
val_dropout = np.array([loss(x_val, y_val, weights) for weights in path_dropout])
assert not default or val_dropout[-1] < val_loss[-1]
ax = plot.lines(
    {"without dropout": val_loss, "with dropout": val_dropout},
    title="With dropout the validation loss climbs later, and less",
    xlabel="epoch",
    ylabel="validation loss (nats)",
)
ax.set(ylim=(0, 1.5))
plt.show()

# %% [markdown]
# One run on thirty bicycles proves little. So repeat everything twenty times with fresh bicycles and fresh weights, each time
# with an exam of 20,000, and compare *within* each repetition. A fourth contestant joins: no hidden layer at all, ten inputs
# straight to three scores, 33 numbers.


# %%
def trial(seed):
    """Exam accuracy of four ways to learn from 70 fresh bicycles, and of the best possible rule."""
    draws = np.random.default_rng(seed)
    x, y = data.gaussian_classes(100, means, seed)
    fresh_x, fresh_y = data.gaussian_classes(20_000, means, seed + 10**9)
    weights = [draws.normal(size=(m, n)) * np.sqrt(2 / n) for n, m in [(10, hidden), (hidden, 3)]]
    weights = [weights[0], np.zeros(hidden), weights[1], np.zeros(3)]
    plain, dropout = fit(weights, x[:70], y[:70]), fit(weights, x[:70], y[:70], drop, seed)
    stop = np.argmin([loss(x[70:], y[70:], w) for w in plain])
    W, b = np.zeros((3, 10)), np.zeros(3)
    for _ in range(epochs):
        slope = (softmax(x[:70] @ W.T + b) - one_hot[y[:70]]) / 70
        W, b = W - lr * slope.T @ x[:70], b - lr * slope.sum(axis=0)
    return {
        "no remedy": accuracy(fresh_x, fresh_y, plain[-1]),
        "early stopping": accuracy(fresh_x, fresh_y, plain[stop]),
        "dropout": accuracy(fresh_x, fresh_y, dropout[-1]),
        "no hidden layer": ((fresh_x @ W.T + b).argmax(axis=1) == fresh_y).mean(),
        "best possible": (data.nearest_mean(fresh_x, means) == fresh_y).mean(),
    }


# %%
trials = [trial(seed + 1 + n) for n in range(20)]
ways = {name: np.array([t[name] for t in trials]) for name in trials[0]}
for name in ("early stopping", "dropout", "no hidden layer"):
    gain = ways[name] - ways["no remedy"]
    margin = 1.96 * gain.std(ddof=1) / np.sqrt(len(gain))
    low, high = gain.mean() - margin, gain.mean() + margin
    print(f"{name}: gain {approx(gain.mean(), 2)}, 95 % interval from {approx(low, 1)} to {approx(high, 1)}")
    assert not default or (low < 0 < high if name == "early stopping" else 0 < low < high < 0.04)
metric("dropout_gain", (ways["dropout"] - ways["no remedy"]).mean())
assert not default or ways["best possible"].mean() > ways["dropout"].mean() + 0.03

# %%
ax = plt.subplots(figsize=(7, 3))[1]
for row, scores in enumerate(reversed(ways.values())):
    ax.plot(scores, row + np.linspace(-0.2, 0.2, len(scores)), "o", markersize=4, alpha=0.6)
    ax.plot([scores.mean()] * 2, [row - 0.32, row + 0.32], color="black")
ax.set_yticks(range(5), list(ways)[::-1])
ax.set(
    title="Dropout gains a little; the best possible stays far away",
    xlabel="exam accuracy (a dot for each repetition, a bar for their mean)",
)
plt.show()

# %% [markdown]
# Read it soberly. Dropout helps by one or two points in a hundred, and its interval stays above 0: more than luck. Early
# stopping on thirty bicycles is a gamble: its interval holds 0. And no hidden layer at all does as well as dropout. All of
# them stay well below the ceiling.
#
# ## 4b.9 What closes the gap
#
# No remedy replaces data. Same network, same training, more bicycles:

# %%
counts = [70, 300, 1000, 3000, 10_000]
many_x, many_y = data.gaussian_classes(counts[-1], means, seed + 2 * 10**9)
learnt = [accuracy(exam_x, exam_y, fit(start, many_x[:n], many_y[:n])[-1]) for n in counts]
ax = plot.lines(
    {"10-20-3": (counts, np.array(learnt))}, marker="o", title="More bicycles lift the network to the ceiling"
)
ax.axhline(ceiling, color="grey", linestyle="--")
ax.text(counts[0], ceiling - 0.001, "best possible", va="top", color="grey")
ax.set(xscale="log", xlabel="training bicycles", ylabel="exam accuracy")
plt.show()
print(
    "gap to the ceiling:",
    ", ".join(f"{n} bicycles {approx(ceiling - a, 1)}" for n, a in zip(counts, learnt, strict=True)),
)
assert not default or (ceiling - learnt[0] > 0.04 and abs(ceiling - learnt[-1]) < 0.015)

# %% [markdown]
# Why can 33 numbers keep up? Because of the truth we planted. The ceiling's rule, *nearest typical reading*, is itself one
# layer without a bend, and with softmax it even gives the true probabilities. Can you write it down?
#
# ### Exercise 4b.4 · The best layer, without training ●●○ 15 min
#
# Kinds are equally likely; bicycles of kind $k$ are spread around $\mu_k$ with density proportional to
# $e^{-|x - \mu_k|^2/2}$. Return `W` (K, d) and `b` (K,) such that softmax of $x W^T + b$ is the true probability of each kind.
#
# <details><summary>Hint 1</summary>By Bayes' rule the probability of kind k is its density divided by the sum of all. That is a softmax of −|x − μ|²/2. Multiply the square out.</details>
# <details><summary>Hint 2</summary>−|x − μ|²/2 = −|x|²/2 + μ·x − |μ|²/2. The first term is the same for all kinds, and softmax does not see it.</details>


# %% tags=["exercise-4b.4"]
def best_layer(means):
    """means (K, d)  ->  W (K, d) and b (K,) of the layer that no other can beat."""
    ### BEGIN SOLUTION
    means = np.asarray(means, dtype=float)
    return means, -(means**2).sum(axis=1) / 2
    ### END SOLUTION


# %% tags=["check-4b.4"]
with check("4b.4", best_layer) as c:
    for K, d in [(3, 10), (4, 4), (2, 5)]:
        draws = np.random.default_rng(K)
        typical, points = draws.normal(size=(K, d)), draws.normal(size=(6, d))
        got = best_layer(typical.copy())
        c.true(isinstance(got, (tuple, list)) and len(got) == 2, "return two arrays: W, b")
        W, b = (np.asarray(part, dtype=float) for part in got)
        c.true(W.shape == (K, d), f"W has shape {W.shape}, not ({K}, {d}): one row for each kind")
        c.true(b.shape == (K,), f"b has shape {b.shape}, not ({K},): one number for each kind")
        squares, products = (typical**2).sum(axis=1), points @ typical.T
        scores = {
            "the nearest kind is right, but too sure: *half* of the squared distance": 2 * products - squares,
            "b is minus *half* of the squared length": products - squares,
            "b is missing: a long mean would win too often": products,
            "check the sign of b": products + squares / 2,
            "squared length, not length": products - np.sqrt(squares) / 2,
        }
        chances = {sentence: torch.tensor(score).softmax(dim=1) for sentence, score in scores.items()}
        mine = torch.tensor(points @ W.T + b).softmax(dim=1)
        true = torch.tensor(-((points[:, None] - typical) ** 2).sum(axis=-1) / 2).softmax(dim=1)
        what = f"probabilities, K={K}, d={d}"
        c.close(mine, true, what=what, slips=chances, hint="multiply out -|x - μ|²/2")


# %% [markdown]
# ## 4b.10 The other network: regression
#
# The code that the article prints (§5.2) is not this example. It is a network for *regression* (回归): it predicts a
# quantity, say the minutes on the workbench.
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

# %% [markdown]
# ### Exercise 4b.5 · Backward for the regression network ●●● 25 min
#
# Write the slopes of the mean squared error $\frac1m \sum (\hat y - y)^2$ of the 10-20-1 network, for any sizes. The hidden layer
# is ReLU, the output has no bend.
#
# <details><summary>Hint 1</summary>Go forward first: z = x W1ᵀ + b1, h = max(z, 0), ŷ = h W2ᵀ + b2 of shape (m, 1). Give y that shape too, y[:, None], or NumPy will make an (m, m) table of all pairs.</details>
# <details><summary>Hint 2</summary>d2 = 2 (ŷ − y) / m, of shape (m, 1). The rest is our `backward` without a mask, from the line after d2 on.</details>


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
    for m, D, H in [(6, 10, 20), (5, 3, 4), (1, 2, 3)]:
        draws = torch.Generator().manual_seed(m)
        shapes = [(m, D), (m,), (H, D), (H,), (1, H), (1,)]
        given = [torch.randn(*shape, dtype=torch.double, generator=draws) for shape in shapes]
        inputs, targets, *leaves = given
        for leaf in leaves:
            leaf.requires_grad_()
        said = (torch.relu(inputs @ leaves[0].T + leaves[1]) @ leaves[2].T + leaves[3])[:, 0]
        wanted = torch.autograd.grad(((said - targets) ** 2).mean(), leaves)
        got = regression_slopes(*(t.detach().numpy().copy() for t in given))
        c.true(isinstance(got, (tuple, list)) and len(got) == 4, "return four arrays: W1, b1, W2, b2")
        for name, mine, want in list(zip(["W1", "b1", "W2", "b2"], got, wanted, strict=True))[::-1]:
            slips = {
                "the square's factor 2 is missing": want / 2,
                "check the sign: prediction minus target": -want,
                "the loss is a mean: divide by m": want * m,
            }
            hint = "d2 = 2 (ŷ - y) / m with both of shape (m, 1): write y[:, None]. Then as in `backward`"
            c.close(mine, want, what=f"slopes of {name} for m={m}, D={D}, H={H}", slips=slips, hint=hint)

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
assert mixed_up.item() == 0
assert largest == 0
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
trained = path_dropout[-1]
answers = []
for _ in range(2):
    mask = (rng.random((len(exam_x), hidden)) >= drop) / (1 - drop)
    answers.append(forward(exam_x, trained, mask)[2].argmax(axis=1))
differ = (answers[0] != answers[1]).mean()
careless, careful = (answers[0] == exam_y).mean(), accuracy(exam_x, exam_y, trained)
print(f"two calls disagree on {approx(differ, 2)} of the bicycles")
print(f"exam accuracy {approx(careless)} with the mask, {approx(careful)} without")
assert not default or (differ > 0.05 and careless < careful - 0.02)

# %% [markdown]
# *Symptom.* The same question gets different answers, and accuracy in use lies below accuracy in the test. In PyTorch the
# remedy is `model.eval()`.
#
# ## 4b.12 What the article says
#
# In its steps, the article lets back-propagation *compute the loss*. If that were so, backward would have to know the loss. Add
# 100 to it, and see whether any slope changes.

# %%
leaves = [torch.tensor(array, requires_grad=True) for array in start]
scores = torch.relu(torch.tensor(x_train) @ leaves[0].T + leaves[1]) @ leaves[2].T + leaves[3]
value = torch.nn.functional.cross_entropy(scores, torch.tensor(y_train))
known_first = abs(value.item() - loss(x_train, y_train, start)) < 1e-12 and leaves[0].grad is None
(value + 100).backward()
slopes = backward(x_train, y_train, start)
same = all(np.abs(leaf.grad.numpy() - s).max() < 1e-12 for leaf, s in zip(leaves, slopes, strict=True))
claim(
    "§4.3",
    "Back-propagation computes the loss.",
    "wrong",
    evidence=known_first and same,
    right="The forward pass computes the loss; back-propagation computes its slopes, and they do not depend on the loss's height.",
)

# %%
claim(
    "§4.3",
    "100 samples with one label each fit a network with three outputs.",
    "incomplete",
    evidence=set(y.tolist()) == {0, 1, 2} and one_hot[y].shape == (100, 3),
    right="Only if the label is a class in {0, 1, 2}, written one-hot; the example does not say so.",
)
claim(
    "§4.3",
    "10-20-3 is a three-layer network.",
    "imprecise",
    evidence=sum(array.ndim == 2 for array in start) == 2 and size[3] == 283,
    right="Three layers of units, but two layers of weights, and weights are what is learnt: 283 numbers with the biases.",
)

# %%
code_model = network(1)
said = code_model(torch.tensor(x, dtype=torch.float32))
has_dropout = any(isinstance(part, torch.nn.Dropout) for part in code_model.modules())
claim(
    "§4.3, §5.2",
    "The code implements the worked example.",
    "mismatch",
    evidence=size[1] == 241 != size[3] and said.shape == (100, 1) and not has_dropout,
    right="It is a 10-20-1 regression network with squared error and 241 numbers: no classes, no validation, no dropout.",
)

# %% [markdown]
# ## Recap
#
# 1. One label that is a class means as many outputs as classes, because classes have no order.
# 2. 10-20-3 holds 283 numbers, 10-20-1 holds 241; a page holds everything one example does to them.
# 3. Forward gives the loss; backward starts with *said minus true*, and a weight's slope is what came in times what came back.
# 4. Validation says when to stop, but thirty samples say it in a whisper: give an interval.
# 5. Know the best possible score before you praise a network; data closed the gap, dropout a small part of it.
#
# **Next:** the article's own program, run, read and mended, in lesson 5. [Back to the map](00_start_here.ipynb)
#
# ## Sources
#
# - N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov (2014), *Dropout: a simple way to prevent neural networks from overfitting*, Journal of Machine Learning Research 15, [jmlr.org](https://jmlr.org/papers/v15/srivastava14a.html)
# - K. He, X. Zhang, S. Ren, J. Sun (2015), *Delving deep into rectifiers*, [arXiv:1502.01852](https://arxiv.org/abs/1502.01852): the variance 2 / inputs
# - L. Prechelt (1998), *Early stopping: but when?*, in Neural Networks: Tricks of the Trade, Springer
# - E. B. Wilson (1927), *Probable inference, the law of succession, and statistical inference*, Journal of the American Statistical Association 22
# - D. Rumelhart, G. Hinton, R. Williams (1986), *Learning representations by back-propagating errors*, Nature 323, [doi:10.1038/323533a0](https://doi.org/10.1038/323533a0)
