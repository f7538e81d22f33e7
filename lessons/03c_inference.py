# %% [markdown]
# # 3c · Inference and a service
#
# Put a trained model to work: load it, feed it, doubt it, keep watch over it, and answer strangers over HTTP.
#
# 60 min to read · under 60 CPU-seconds · under 1,200 MB · GPU: not needed
#
# **You will be able to**
# - answer in five steps, in an order that works, and say what each one costs when it is skipped;
# - make a confidence mean what it says, and let the model say "I don't know";
# - notice that the world has changed, and learn from corrections;
# - serve a model that answers nonsense with a sentence.
#
# *You need:* a trained network and the word *epoch*, both from [lesson 3b](03b_training.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
dataset: str = "digits"  # which digits: embedded 8 × 8, or some of MNIST's 28 × 28  in {digits, mnist}
slips: int = 400  # slips that the reader is trained on  in [200, 560]
grain: float = 4.0  # noise of the camera, in sixteenths of black  in [0, 8]
target: float = 0.97  # share of given answers that shall be right  in [0.5, 1]
device: str = "cpu"  # where the reader computes; best looks for a GPU  in {cpu, best}

# %%
import copy
import json
import math
import secrets
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from utils import data, plot
from utils.check import approx, check, claim, metric
from utils.device import best_device, timer
from utils.errors import CourseError
from utils.params import check_parameters
from utils.repro import child_seed, seed_everything, torch_stream

check_parameters("03c_inference", globals())
plot.style()
rng = seed_everything(seed)
place = best_device("cpu" if device == "cpu" else None)
DEFAULT = (seed, dataset, slips, grain, target, device) == (0, "digits", 400, 4.0, 0.97, "cpu")

# %% [markdown]
# ## 3c.1 A reader that wants work
#
# Training happens once, in peace. *Inference* (推理), using the trained model, happens every second, with strangers, for years.
# Our start-up's reader of handwritten slips starts its first day.
#
# The workshop is dim and the camera cheap: each slip arrives as whole grey values, 0 for paper to 16 for ink (to 255 for MNIST),
# with grain. `scan` plays the camera. It can also move the paper to the right; remember that for section 3c.6.

# %%
raw = data.digits(seed=seed) if dataset == "digits" else data.mnist()
side, black, scale = (8, 16, 1.0) if dataset == "digits" else (28, 255, 255.0)
order = rng.permutation(len(raw.x_train) + len(raw.x_test))[:1797]
# (N, side²) -> (N, side, side)
drawn = np.concatenate([raw.x_train, raw.x_test]).reshape(-1, side, side)[order] / scale
digit = np.concatenate([raw.y_train, raw.y_test]).astype(np.int64)[order]


def scan(ink, moved=0):
    """Drawings in 0…1, (N, side, side), as the camera sees them: whole grey values, 0 to black, with grain."""
    paper = np.zeros_like(ink)
    paper[:, :, moved:] = ink[:, :, : side - moved]
    noise = rng.normal(0, grain / 16 * black, size=ink.shape)
    return np.clip(np.round(paper * black + noise), 0, black)


# %%
names = ["train", "validation", "exam", "mail"]
parts = np.split(np.arange(len(digit)), [slips, slips + 350, slips + 850])
ink = {name: drawn[part] for name, part in zip(names, parts, strict=True)}
true = {name: digit[part] for name, part in zip(names, parts, strict=True)}
seen = {name: scan(ink[name]) for name in names}
print({name: seen[name].shape for name in names})
both = np.concatenate([ink["train"][:10] * black, seen["train"][:10]])

# %% tags=["figure"]
figure = plot.images(
    both, [*true["train"][:10], *[""] * 10], title="Above the slips, below what the camera delivers"
)

# %% [markdown]
# Lesson 3b's loop trains a small network on the training slips. Note `config`: it is the **recipe**, what one must know
# besides the weights. The layers are in it, the shape and range of a raw slip, and the number that training divided by. Later steps will
# add golden scores, a temperature and a threshold.


# %%
config = {
    "name": "digit-reader",
    "layers": [
        ["Conv2d", {"in_channels": 1, "out_channels": 16, "kernel_size": 3, "padding": 1}],
        ["ReLU", {}],
        ["MaxPool2d", {"kernel_size": 2}],
        ["Flatten", {}],
        ["Dropout", {"p": 0.2}],
        ["Linear", {"in_features": 16 * (side // 2) ** 2, "out_features": 64}],
        ["ReLU", {}],
        ["Linear", {"in_features": 64, "out_features": 10}],
    ],
    "shape": [side, side],
    "span": [0, black],
    "divide_by": black,
}


# %%
def prepare(grey, config):
    """Grey values (N, side, side) -> what the network was trained on, (N, 1, side, side), 0 to 1."""
    return torch.as_tensor(grey, dtype=torch.float32)[:, None] / config["divide_by"]


# %%
from utils.models.serve import from_layers, load_model, save_model
from utils.models.train import fit

torch.manual_seed(child_seed(seed, "weights"))
trained = from_layers(config).to(place)
adam = torch.optim.Adam(trained.parameters(), lr=0.005)
pile = prepare(seen["train"], config), torch.as_tensor(true["train"])
history = fit(trained, pile, optimiser=adam, epochs=60, batch=32, seed=seed, progress=False)
assert history["loss"][-1] < 0.3 < history["loss"][0] < 5
print("training loss, first and last epoch:", approx(history["loss"][0]), approx(history["loss"][-1], 1))

workplace = tempfile.TemporaryDirectory()
folder = Path(workplace.name) / "reader"
save_model(folder, trained, config)
print(sorted(path.name for path in folder.iterdir()))

# %% [markdown]
# What is inside a safetensors file? Eight bytes say how long the header is. The header is JSON: name, type, shape and place of each
# tensor. Then come the numbers. Predict: where could a virus hide?

# %%
content = (folder / "model.safetensors").read_bytes()
length = int.from_bytes(content[:8], "little")
header = json.loads(content[8 : 8 + length])
for name, entry in header.items():
    print(name, entry["dtype"], entry["shape"], "bytes", entry["data_offsets"])
last = max(entry["data_offsets"][1] for entry in header.values())
assert 8 + length + last == len(content)

# %% [markdown]
# Nowhere that it would run: names, types, places, numbers. (They can still be a bad model.) A pickle, often called `.pt` or `.bin`, *is* a
# program; lesson 3b opened one. Since PyTorch 2.6 `torch.load` takes only tensors and plain types from it unless told otherwise; a stranger's file is
# no place to try it.
#
# ## 3c.2 Step one: load, and load once
#
# Loading (加载) comes first, before any slip. `load_model` builds the network from the recipe, compares names, shapes and types with the
# file's header, then reads the weights, and ends in `eval()` mode. What does not fit, it refuses.

# %%
model, recipe = load_model(folder, device=place)
assert all(
    torch.equal(a, b) for a, b in zip(trained.state_dict().values(), model.state_dict().values(), strict=True)
)
assert recipe == config
assert not model.training

spoilt = Path(workplace.name) / "spoilt"
wider = {**config, "layers": [*config["layers"][:-1], ["Linear", {"in_features": 64, "out_features": 12}]]}
save_model(spoilt, trained, wider)
stranger = Path(workplace.name) / "gift.pt"
stranger.write_bytes(b"anything")
for what in (stranger, spoilt):
    try:
        load_model(what)
    except CourseError as refusal:
        print(refusal)

# %% [markdown]
# It is tempting to load the model inside the function that answers, and it works. Predict: how many times longer does loading take
# than reading one slip?

# %%
one = prepare(seen["exam"][:1], recipe).to(place)


def median_seconds(call, times):
    """Median wall time of `times` calls, after one that does not count."""
    call()
    taken = []
    for _ in range(times):
        with timer(place) as seconds:
            call()
        taken.append(seconds())
    return float(np.median(taken))


# %%
with torch.inference_mode():
    forward_seconds = median_seconds(lambda: model(one), 50)
load_seconds = median_seconds(lambda: load_model(folder, device=place), 20)
print("loading takes", approx(load_seconds / forward_seconds, 1), "times as long as reading a slip")
stored = sum(file.stat().st_size for file in Path(folder).iterdir())
print(f"it reads {stored / 1000:.0f} kB of files; a slip has {one.nbytes / 1000:.1f} kB")
assert stored > 10 * one.nbytes

# %% [markdown]
# And this reader is tiny. With a large model, each customer would wait until gigabytes have been read.
#
# ## 3c.3 Step two: prepare exactly as in training
#
# *Preprocessing* (预处理) must be the very same in training and in service. When the two differ, that is *training–serving skew* (Zinkevich), and
# nothing crashes: any array of the right shape gets an answer. Predict: which of these five mistakes costs most? And will the
# reader's confidence warn us?


# %%
@torch.inference_mode()
def scores_of(inputs, reader=None):
    """Scores (N, 10), float64 on the CPU, of prepared inputs."""
    return (reader or model)(inputs.to(place)).cpu().double()


def accuracy(scores, labels):
    return float((scores.argmax(dim=1).numpy() == labels).mean())


# %%
skews = {
    "as in training": lambda x: x,
    "not divided": lambda x: x * black,
    "divided twice": lambda x: x / black,
    "paper and ink swapped": lambda x: 1 - x,
    "rows and columns swapped": lambda x: x.transpose(2, 3),
    "moved by an eighth": lambda x: torch.roll(x, side // 8, dims=3),
}
exam_x = prepare(seen["exam"], recipe)
skewed = {name: scores_of(skew(exam_x)) for name, skew in skews.items()}
cost = {name: accuracy(scores, true["exam"]) for name, scores in skewed.items()}
sure = {name: float(scores.softmax(1).max(1).values.mean()) for name, scores in skewed.items()}
for name in skews:
    print(f"{name:25} accuracy {approx(cost[name], 2)}  mean confidence {approx(sure[name], 2)}")

# %%
falsely_sure = sum(sure[name] > cost[name] + 0.1 for name in list(skews)[1:])
print("mistakes after which it says at least 0.1 more than is right:", falsely_sure, "of 5")
if DEFAULT:
    assert falsely_sure == 5
    assert cost["as in training"] > 0.8
    assert cost["paper and ink swapped"] < 0.1
    assert max(cost["divided twice"], cost["rows and columns swapped"]) < 0.5
    assert max(list(cost.values())[2:]) < cost["not divided"] < cost["as in training"]
    assert cost["not divided"] > 0.55
    assert 0.25 < cost["moved by an eighth"] < 0.65
    assert min(sure["not divided"], sure["rows and columns swapped"] + 0.3) > 0.97

# %% tags=["figure"]
ax = plt.subplots(figsize=(7, 3.4))[1]
height = np.arange(len(skews))[::-1]
ax.barh(height + 0.2, cost.values(), 0.38, label="accuracy")
ax.barh(height - 0.2, sure.values(), 0.38, label="mean confidence")
ax.set_yticks(height, list(skews))
title = "Wrong inputs, confident answers" if falsely_sure > 2 else "Wrong inputs: the confidence falls too"
ax.set(title=title, xlabel="share", xlim=(0, 1))
ax.grid(axis="y", visible=False)
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# *Symptom:* no error. In the stored run the confidence stays high after four of the five mistakes; "divided twice" alone looks doubtful.
# "Not divided" is the sneakiest: it keeps the most right answers, but nearly *everything* is now certain, and whoever relies on the confidence is
# lost.
#
# *Remedy:* one function, `prepare`, for both sides; its numbers in the recipe; and a **golden test**. Store a few raw slips with the
# scores they got on the day of training. Every program that uses the model must reproduce them before it opens.

# %%
golden = {"inputs": seen["validation"][:3].tolist()}
golden["scores"] = scores_of(prepare(golden["inputs"], config), trained).round(decimals=3).tolist()
save_model(folder, trained, {**config, "golden": golden})
model, recipe = load_model(folder, device=place)


def opens(skew):
    """Whether a program that prepares slips in this way passes the golden test."""
    inputs = skew(prepare(recipe["golden"]["inputs"], recipe))
    return torch.allclose(scores_of(inputs), torch.tensor(recipe["golden"]["scores"]).double(), atol=0.01)


print({name: opens(skew) for name, skew in skews.items()})
assert [opens(skew) for skew in skews.values()] == [True] + [False] * 5

# %% [markdown]
# Three slips catch all five mistakes.
#
# ## 3c.4 Step three: forward
#
# Dropout silences random units while training. In service one slip must get one answer, so `model.eval()` must come before the first answer.
# Here is what forgetting it does to the slip on which the reader hesitates most. Five times the *same* slip; predict how many different
# answers.

# %%
hardest = exam_x[skewed["as in training"].softmax(1).max(1).values.argmin()][None]
torch.manual_seed(child_seed(seed, "modes"))
modes = {}
for mode in ("train", "eval"):
    model.train(mode == "train")
    # five (10,) -> (5, 10)
    modes[mode] = torch.stack([scores_of(hardest).softmax(1)[0] for _ in range(5)])
    share = accuracy(scores_of(exam_x), true["exam"])
    said = modes[mode].argmax(dim=1).tolist()
    print(f"{mode}(): accuracy", approx(share), "  different digits for one slip:", approx(len(set(said)), 1))
    assert not DEFAULT or 0.75 < share < 0.92
assert not model.training
dropout_changes = len(modes["train"].unique(dim=0)) > 1
eval_repeats = len(modes["eval"].unique(dim=0)) == 1
assert dropout_changes
assert eval_repeats

# %% tags=["figure"]
figure, axes = plt.subplots(1, 2, figsize=(9, 2.8), sharey=True)
for ax, (mode, title) in zip(
    axes, {"train": "train(): five opinions", "eval": "eval(): one"}.items(), strict=True
):
    ax.plot(np.arange(10), modes[mode].T, "o-", alpha=0.7)
    ax.set(title=title, xlabel="digit", xticks=range(10))
axes[0].set(ylabel="probability")
plt.show()

# %% [markdown]
# *Symptom:* the same question gets other probabilities each time, on a doubtful slip even another digit. The five draws need not even hold the
# answer of `eval()`: without dropout the units add up otherwise. In the stored run the accuracy suffers a little.
#
# Second: `torch.inference_mode()`. Without it PyTorch remembers every step for a backward pass that never comes. Third: *batches*. A slip's
# answer must not depend on its neighbours. Check meaning, not only shape:

# %%
with_memory = model(exam_x[:64].to(place))
with torch.inference_mode():
    without = model(exam_x[:64].to(place))
    alone = torch.cat([model(x[None].to(place)) for x in exam_x[:64]])
assert with_memory.requires_grad
assert not without.requires_grad
alone_or_not = torch.allclose(without, alone, atol=1e-4 if place.type == "cpu" else 1e-2)
assert alone_or_not
print("the 64 slips alone and in one batch: the same scores, and nothing kept for a backward pass")

# %% [markdown]
# Why batches at all? Two numbers matter in service: *latency* (延迟), how long one customer waits, and *throughput* (吞吐量), how many slips
# are read in a second. Predict how each changes from batches of 1 to batches of 256.

# %%
sizes = [1, 4, 16, 64, 256]
with torch.inference_mode():
    batches = [exam_x[:n].to(place) for n in sizes]
    waits = [median_seconds(lambda batch=batch: model(batch), 15) for batch in batches]
rates = [n / wait for n, wait in zip(sizes, waits, strict=True)]
print("batches of 256 read", approx(rates[-1] / rates[0], 1), "times as many slips a second")
print("a batch of 16 takes", approx(waits[2] / waits[0], 1), "times as long as one slip")

# %% tags=["figure"]
figure, axes = plt.subplots(1, 2, figsize=(9, 2.8))
gain = "Batches read more slips a second …" if rates[-1] > 1.5 * rates[0] else "Here batches gain little …"
axes[0].plot(sizes, np.divide(rates, 1000), "o-")
axes[0].set(title=gain, ylabel="thousand slips a second")
axes[1].plot(sizes, np.multiply(waits, 1000), "o-", color="C1")
axes[1].set(title="… and each customer waits longer", ylabel="milliseconds a batch")
for ax in axes:
    ax.set(xscale="log", xlabel="slips in a batch", ylim=(0, None))
    ax.set_xticks(sizes, sizes)
    ax.minorticks_off()
plt.show()

# %% [markdown]
# The slips of a batch share the fixed cost of a call. That gain ends somewhere: the left curve can even fall again, so measure before you choose. For a
# night's pile of letters, take large batches; while a customer waits, small ones. And
# this was only computing: a customer also waits until the batch is full, and until it is his turn. Section 3c.7 measures whole waits, though of
# requests that nobody gathers into batches.

# %% [markdown]
# ### Exercise 3c.1 · Read a pile ●●○ 10 min
#
# Return the scores of all inputs, in their order, computed in batches of at most `batch`, in eval mode and without memory for gradients. The model
# comes in one mode, train or eval, the same for all its parts. Afterwards all of them are in that mode again, and it can still be trained; nothing else
# in the notebook has changed.
#
# <details><summary>Hint 1</summary>`inputs.split(batch)` gives the batches, the last one perhaps smaller; `torch.cat` joins the results.</details>
# <details><summary>Hint 2</summary>`model.training` tells the mode, `model.eval()` and `model.train(True)` set it, for all layers inside. A `with` block switches the memory off for its lines alone.</details>


# %% tags=["exercise-3c.1"]
def read_pile(model, inputs, batch):
    """Scores (N, K) of inputs (N, …)."""
    ### BEGIN SOLUTION
    was = model.training
    model.eval()
    with torch.inference_mode():
        scores = torch.cat([model(part) for part in inputs.split(batch)])
    model.train(was)
    return scores
    ### END SOLUTION


# %% tags=["check-3c.1"]
with check("3c.1", read_pile) as c:
    for n, batch, mode in [(8, 4, True), (7, 3, True), (6, 6, False), (1, 4, True), (9, 2, False)]:
        torch.manual_seed(n)
        layers = nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Dropout(0.5), nn.Linear(5, 3)
        net, x = nn.Sequential(*layers).double().eval(), torch.randn(n, 4).double()
        largest, memory, awake = [], [], []
        wanted = net(x).detach()
        net.train(mode)

        def note(_, args, sizes=largest, memory=memory):
            sizes.append(len(args[0]))
            memory.append(torch.is_grad_enabled())

        net[0].register_forward_pre_hook(note)
        net[2].register_forward_pre_hook(lambda part, _, awake=awake: awake.append(part.training))
        what, eval_first = (
            f"{n} inputs in batches of {batch}",
            "the model was not in eval mode: dropout and batch norm must rest",
        )
        try:
            with torch.enable_grad():
                got = read_pile(net, x, batch)
                left_on = torch.is_grad_enabled()
        except ValueError as error:
            c.true("more than 1 value per channel" not in str(error), f"{what}: {eval_first}")
            raise
        finally:
            torch.set_grad_enabled(True)
        c.true(isinstance(got, torch.Tensor), f"expected one tensor, got {type(got).__name__}", "torch.cat")
        if got.shape != (n, 3):
            c.true(
                got.ndim == 2, f"{what}: not scores but something made of them; return what the model gives"
            )
            c.true(len(got) == n, f"{what}: {len(got)} answers; the last batch may be smaller")
        softened = torch.softmax(wanted, dim=1)
        slips_here = {
            "softmax was not asked; return the scores as the model gives them": softened,
            "the logarithm of softmax was not asked; return the scores as the model gives them": softened.log(),
        }
        parts = wanted.split(batch)
        turned = {"one by one": wanted.flip(0), "batch by batch": torch.cat(parts[::-1])}
        for way, scores in turned.items():
            slips_here[f"the scores come in another order than the inputs: {way} from the end"] = scores
        c.true(not any(awake), f"{what}: {eval_first}")
        order = "join what the model gives for each batch, in the order of the inputs"
        c.close(got, wanted, what=what, rtol=1e-5, atol=1e-8, slips=slips_here, hint=order)
        c.true(
            not any(memory),
            "PyTorch kept notes for a backward pass while it computed",
            "switch them off around the call",
        )
        c.true(
            not got.requires_grad, "the scores still know their past", "switch the notes off around the call"
        )
        c.true(
            left_on,
            "afterwards gradients are off for the whole notebook",
            "a `with` block ends; a setting stays",
        )
        c.true(
            all(p.requires_grad for p in net.parameters()),
            "the model came back frozen: it can never learn again",
        )
        c.true(max(largest) <= batch, f"a batch of {max(largest)} went in; {batch} is the most")
        c.true(
            net.training == mode, "the model came back in another mode", "which mode was it in when it came?"
        )
        same = all(part.training == mode for part in net.modules())
        c.true(
            same,
            "the model came back in another mode inside: its layers have modes too",
            "set it with a call",
        )
    with torch.no_grad():
        read_pile(net, x, batch)
        still_off = not torch.is_grad_enabled()
    c.true(
        still_off, "gradients were off before, and are on afterwards", "a `with` block ends; a setting stays"
    )

# %% [markdown]
# ## 3c.5 Step four: interpret
#
# Softmax turns scores into numbers that sum to 1. Are they *probabilities*? If the reader says "90 %" on a hundred slips, about ninety should be
# right. That property is called *calibration* (校准). Networks often lack it: Guo et al. (2017) found those of their day overconfident.
#
# One knob mends much: divide the scores by a *temperature* (温度) $T$ before the softmax. By hand, for scores 2, 1, 0: what does $T = 2$ do to
# the winner, and what to its confidence?


# %%
def softened(scores, T):
    return torch.softmax(torch.as_tensor(scores, dtype=torch.float64) / T, dim=-1)


for T in (0.5, 1, 2):
    print(f"T = {T}:", [round(p, 3) for p in softened([2.0, 1.0, 0.0], T).tolist()])
assert math.isclose(softened([2.0, 1.0, 0.0], 2)[0], 1 / (1 + math.exp(-0.5) + math.exp(-1)))

# %% [markdown]
# The winner stays, its confidence falls. To *measure* calibration, sort the answers into ten bins by confidence. In each bin compare the
# mean confidence with the share of right answers. The mean gap, weighted by the answers in each bin, is the *expected calibration error*:
#
# $$\text{ECE} = \sum_b \frac{n_b}{n} \,\bigl|\,\text{confidence}_b - \text{accuracy}_b\,\bigr|$$
#
# Here $n_b$ of the $n$ answers fall into bin $b$.


# %%
def bins_of(confidence, right, bins=10):
    """For each bin of confidence: number of answers, their mean confidence, the share that is right."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    count = np.bincount(which, minlength=bins)
    share = [np.bincount(which, values, bins) / np.maximum(count, 1) for values in (confidence, right)]
    return count, *share


def ece(confidence, right, bins=10):
    count, said, was = bins_of(confidence, right, bins)
    return float((count * np.abs(said - was)).sum() / count.sum())


# %%
from utils.stats import calibration_error, wilson

honest = rng.random(100_000)
came_true = rng.random(100_000) < honest
assert ece(honest, came_true) < 0.01
assert math.isclose(ece(honest, came_true), calibration_error(honest, came_true))
print("says 0.9, is right half the time: ECE", round(ece(np.full(1000, 0.9), np.arange(1000) % 2), 6))

# %% [markdown]
# Tested on planted truth: an honest forecaster gets nearly 0, a boaster exactly his lie. Now our reader. We look for the $T$ under which
# the **validation** slips are most likely; the exam stays aside. As a function of $1/T$ this loss is one valley without a second bottom. So
# take two points inside an interval and cut off the end beyond the worse one, again and again. An optimiser of SciPy is the referee.

# %%
val_scores, exam_scores = scores_of(prepare(seen["validation"], recipe)), scores_of(exam_x)
val_true, exam_true = (torch.as_tensor(true[name]) for name in ("validation", "exam"))


def loss_at(T):
    return float(cross_entropy(val_scores / T, val_true))


def best_temperature(low=0.02, high=20.0):
    """The T with the smallest loss, by ternary search over 1/T."""
    for _ in range(80):
        first, second = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, second) if loss_at(1 / first) < loss_at(1 / second) else (first, high)
    return 2 / (low + high)


# %%
from scipy.optimize import minimize_scalar

T = best_temperature()
referee = minimize_scalar(
    lambda b: loss_at(1 / b), bounds=(0.02, 20), method="bounded", options={"xatol": 1e-8}
)
assert math.isclose(T, 1 / referee.x, rel_tol=1e-3)
plain, warm = (softened(exam_scores, t).max(dim=1) for t in (1.0, T))
assert torch.equal(plain.indices, warm.indices)
right = (warm.indices == exam_true).numpy()
errors = {t: ece(p.values.numpy(), right) for t, p in [("before", plain), ("after", warm)]}
print("temperature", approx(T, 2), "  accuracy before and after", approx(right.mean()))
print("mean confidence before", approx(plain.values.mean(), 2), "after", approx(warm.values.mean(), 2))
metric("ece_before", errors["before"])
metric("ece_after", errors["after"])
if DEFAULT:
    assert 1.1 < T < 2.5
    assert 0.9 < plain.values.mean() < 0.96
    assert 0.82 < warm.values.mean() < 0.9
    assert errors["after"] < 0.05 < errors["before"] < 0.12


# %%
def reliability(T, ax):
    """Draw what was said against what was true, for the exam slips at temperature T."""
    confidence = softened(exam_scores, T).max(dim=1).values.numpy()
    count, said, was = bins_of(confidence, right)
    middle = np.arange(0.05, 1, 0.1)
    ax.bar(middle, was, 0.09, color="C0", label="share right")
    ax.hlines(said[count > 0], *(middle[count > 0] + half for half in [-0.045, 0.045]), "C1", linewidth=3)
    for x, n, bar in zip(middle, count, was, strict=True):
        ink = "white" if bar > 0.08 else "black"
        ax.text(x, 0.01, n or "", ha="center", va="bottom", color=ink, fontsize=8)
    ax.plot([0, 1], [0, 1], color="grey", linestyle="--")
    ax.set(
        title=f"T = {T:.2f}: ECE {ece(confidence, right):.3f}",
        xlabel="confidence",
        ylabel="share that is right",
    )
    ax.set(xlim=(0, 1), ylim=(0, 1))


# %% tags=["figure"]
figure, axes = plt.subplots(1, 2, figsize=(8.5, 3.6), sharey=True)
reliability(1.0, axes[0])
reliability(T, axes[1])
axes[1].set(ylabel="")
figure.suptitle(
    "Bars: what was right. Orange: what the reader said. Small: how many answers",
    x=0.01,
    ha="left",
    fontsize=11,
    fontweight="bold",
)
plt.show()

# %% [markdown]
# This is a *reliability diagram*. Where a bar ends below its orange mark, the reader boasts. In the stored run the
# division by $T$ brings bars and marks nearer at the top, where most answers are; bins in the middle, with a few dozen answers or fewer, still miss, one
# by far.
#
# Move the slider: from where on do the bars outgrow their marks, so that the boaster turns timid?

# %% tags=["nbval-ignore-output"]
# output not compared: a slider is alive
from ipywidgets import FloatSlider

plot.slider(reliability, FloatSlider(1.0, min=0.3, max=4.0, step=0.1, description="T"))

# %% [markdown]
# Somewhere near the fitted $T$, not exactly there: $T$ was fitted to other slips, and to how likely *all* their true digits were, not to the bars. So the
# exam's bars may outgrow their marks a little before it.
#
# ### Exercise 3c.2 · Bins that are never empty ●●○ 15 min
#
# Ten equal intervals leave some bins nearly empty, and their gaps are noise. Sort the answers by confidence instead, from the lowest up, cut them into `groups`
# parts of equal size (where it does not divide, as `np.array_split` does: the first parts get one more), and weight each part's gap by its share of the answers.
#
# <details><summary>Hint 1</summary>`order = np.argsort(confidence)`; both arrays must go through the same order.</details>
# <details><summary>Hint 2</summary>Split the order, not the arrays: each part is then a list of places in both. A part's gap is a distance of two means.</details>


# %% tags=["exercise-3c.2"]
def equal_count_ece(confidence, right, groups):
    """Calibration error over parts of equal size: confidence (n,) in 0…1, right (n,) of 0 and 1 -> one number."""
    ### BEGIN SOLUTION
    parts = np.array_split(np.argsort(confidence), groups)
    gaps = [abs(confidence[part].mean() - right[part].mean()) * len(part) for part in parts]
    return sum(gaps) / len(confidence)
    ### END SOLUTION


# %% tags=["check-3c.2"]
with check("3c.2", equal_count_ece) as c:
    for n, groups in [(12, 3), (50, 7), (11, 4), (13, 2)]:
        draw = np.random.default_rng(n)
        said = draw.permutation(np.linspace(0.31, 0.99, n) ** 2)
        hits = (draw.random(n) < 0.5).astype(float)
        at = [np.array_split(array[np.argsort(said)], groups) for array in (said, hits)]
        gaps = np.array([a.mean() - b.mean() for a, b in zip(*at, strict=True)])
        weights = np.array([len(a) for a in at[0]]) / n
        slips_here = {
            "that is the plain mean of the gaps; a larger part counts more": np.abs(gaps).mean(),
            "gaps of both signs cancel: take each one's size": (weights * gaps).sum(),
            "that is the sum of all gaps; weight each by its share of the answers": np.abs(gaps).sum(),
            "that compares single answers; compare the means of a part": np.abs(said - hits).mean(),
        }
        ways = {
            "the answers are not sorted by confidence": (said, hits),
            "the confidences are sorted, and what was right stays behind": (np.sort(said), hits),
            "the parts are cut elsewhere: sort from the lowest confidence up, and the first parts get one more": (
                np.sort(said)[::-1],
                hits[np.argsort(-said)],
            ),
        }
        for sentence, arrays in ways.items():
            cut = [np.array_split(array, groups) for array in arrays]
            slips_here[sentence] = sum(abs((a - b).sum()) for a, b in zip(*cut, strict=True)) / n
        what = f"{n} answers in {groups} parts"
        c.close(
            equal_count_ece(said.copy(), hits.copy(), groups),
            (weights * np.abs(gaps)).sum(),
            what=what,
            rtol=1e-5,
            slips=slips_here,
            hint="a gap has a size and a weight, and both belong to a part",
        )

# %% [markdown]
# **"I don't know."** A calibrated confidence allows a decision: answer above a threshold, and hand the rest to a person. To *abstain* (拒识)
# is a skill. The share of slips that get an answer is the *coverage*. On validation we choose the smallest threshold at which the
# answers reach the target; the exam says what it is worth.


# %%
def coverage_curve(confidence, right):
    """Thresholds from high to low with the coverage and the accuracy of what is answered at each."""
    order = np.argsort(-confidence, kind="stable")
    answered = np.arange(1, len(order) + 1)
    return confidence[order], answered / len(order), np.cumsum(right[order]) / answered


# %%
val_warm = softened(val_scores, T).max(dim=1)
val_right = (val_warm.indices == val_true).numpy()
levels, coverage, reached = coverage_curve(val_warm.values.numpy(), val_right)
good = np.flatnonzero(reached >= target)
threshold = float(levels[good[-1]]) if len(good) else 1.0
exam_conf = warm.values.numpy()
answered = exam_conf >= threshold
exam_reached = right[answered].mean() if answered.any() else math.nan
print("threshold", approx(threshold, 2), "  coverage of the exam", approx(answered.mean(), 2))
print("accuracy of all", approx(right.mean()), "  of those answered", approx(exam_reached))
if DEFAULT:
    assert 0.4 < answered.mean() < 0.9
    assert 0.5 < threshold < 0.95
    assert right.mean() + 0.05 < exam_reached

# %% [markdown]
# How sure is that share? The exam's answered slips are a sample.

# %%
interval = wilson(int(right[answered].sum()), int(answered.sum())) if answered.any() else (0.0, 1.0)
print("95 % interval of that: from", approx(interval[0]), "to", approx(interval[1]))
better = bool(answered.any() and exam_reached > right.mean())
print("better than all answers together:", better)

# %%
exam_coverage, exam_curve = coverage_curve(exam_conf, right)[1:]
pairs = {  # from 20 answers on: a share of fewer is noise
    "validation: we choose here": (coverage[19:], reached[19:]),
    "exam: what it is worth": (exam_coverage[19:], exam_curve[19:]),
}
surest = float(exam_curve[len(exam_curve) // 2 - 1])  # of the surer half of the exam

# %% tags=["figure"]
ax = plot.lines(
    pairs,
    title="The surer half is right more often than all together"
    if surest > right.mean()
    else "Here the surer half is no better than all together",
    xlabel="coverage: share of slips answered (from 20 answers on)",
    ylabel="accuracy of the answers",
)
ax.axhline(target, color="grey", linestyle="--")
ax.plot(answered.mean(), exam_reached, "o", color="C1")
ax.set(ylim=(min(0.7, right.mean() - 0.05), 1.01), xlim=(0, 1.02))
plt.show()

# %% [markdown]
# Whether the point lies above the dashed line, the target, or below it is a matter of chance too:
# a few hundred slips leave an interval of some percent. So promise a customer the lower end of what the exam says, not the target.
# Even that holds for slips like these alone: the people who wrote the exam's 8 × 8 digits may have written training slips too (lesson 3b).

# %% [markdown]
# ### Exercise 3c.3 · What does doubt cost? ●●○ 15 min
#
# A founder's decision. A wrong answer costs `error` euros: a wrong part in the mail. Each slip below the threshold goes to a clerk, who is always
# right and costs `clerk` euros. Return a threshold (answer when confidence ≥ threshold) with the lowest total cost on these slips.
#
# <details><summary>Hint 1</summary>Only a few thresholds matter: each confidence itself, and one above them all (answer nothing).</details>
# <details><summary>Hint 2</summary>Write a function that adds up the bill for one threshold: two kinds of slips cost something. Then `min` with a `key` asks it for every candidate. Could a confidence be 1.0?</details>


# %% tags=["exercise-3c.3"]
def cheapest_threshold(confidence, right, error, clerk):
    """A threshold with the lowest total cost. confidence (n,), right (n,) of True and False; euros a slip."""

    ### BEGIN SOLUTION
    def cost(t):
        answered = confidence >= t
        return error * (answered & ~right).sum() + clerk * (~answered).sum()

    return min([*confidence, 2.0], key=cost)
    ### END SOLUTION


# %% tags=["check-3c.3"]
with check("3c.3", cheapest_threshold) as c:
    grid, near_one = np.linspace(0.3, 0.97, 23), 1 - 10.0 ** -np.linspace(0.3, 4, 60)
    cases = [(40, 5.0, 0.5, grid), (60, 1.0, 0.4, grid), (30, 0.2, 1.0, grid), (30, 900.0, 0.5, grid)]
    cases += [
        (50, 12.0, 2.0, grid),
        (60, 9.0, 0.5, near_one),
        (60, 90.0, 0.2, near_one),
        (6, 50.0, 1.0, [1.0]),
    ]
    for n, error, clerk, levels in cases:
        draw = np.random.default_rng(n)
        said = draw.choice(levels, size=n, replace=len(levels) < n)
        hits = draw.random(n) < np.minimum(said, 0.8) ** 2

        def bill(t, error=error, clerk=clerk, said=said, hits=hits):
            return error * (~hits[said >= t]).sum() + clerk * (said < t).sum()

        best = min(map(bill, [*said, 2.0]))
        t = np.asarray(cheapest_threshold(said.copy(), hits.copy(), error, clerk), dtype=float)
        c.true(t.shape == () and not np.isnan(t), "return one number, the threshold")
        paid = bill(float(t))
        what = f"{n} slips, an error {error:g} €, the clerk {clerk:g} €"
        what += (
            ", all confidences 1"
            if len(levels) == 1
            else ", confidences near 1"
            if levels is near_one
            else ""
        )
        c.true(
            paid <= best + 1e-9,
            f"{what}: threshold {float(t):.9g} costs {paid:.2f} €, and {best:.2f} € is possible",
            "what does each slip cost, once a threshold is set? answered means confidence >= threshold",
        )

# %% [markdown]
# Chow's rule (1970) needs no search. A slip with the probability $p$ of being right costs $(1 - p) \cdot \text{error}$ on average when answered. So
# answer when that is at most `clerk`: when $p \ge 1 - \text{clerk}/\text{error}$. It needs honest probabilities. An error of 12 €, a clerk of 2 €: what does the exam cost?

# %%
chow = 1 - 2 / 12
bills = {}
for name, stated in [("as the network says it", plain.values.numpy()), ("calibrated", exam_conf)]:
    given = stated >= chow
    bills[name] = 12 * int((given & ~right).sum()) + 2 * int((~given).sum())
    print(f"{name}: {approx(bills[name])} €")
assert not DEFAULT or bills["calibrated"] < bills["as the network says it"]

# %% [markdown]
# **Where did it look?** The gradient can also flow to the *pixels*: how does the winner's score change when a pixel gets a little darker? Such a map
# is called *saliency* (显著性), after Simonyan et al. (2013). Times the ink, it estimates what each stroke contributed (Shrikumar et al., 2016). The referee
# nudges the steepest pixel.


# %%
def saliency(inputs, reader=None):
    """Slopes of each slip's winning score in its pixels, (N, 1, side, side); float64 on the CPU."""
    reader = copy.deepcopy(reader or model).cpu().double().eval()
    inputs = inputs.double().requires_grad_()
    reader(inputs).max(dim=1).values.sum().backward()
    return inputs.grad


# %%
slopes = saliency(exam_x[:10])
twin, hair = copy.deepcopy(model).cpu().double().requires_grad_(False), 1e-6
dust = torch.rand(1, 1, side, side, generator=torch_stream(seed, "dust"), dtype=torch.double)
asked = (
    exam_x[:1].double() + 0.001 * dust
)  # max pooling has no slope where two pixels tie: a little dust parts them
exact = saliency(asked.clone())[0, 0]
row, column = divmod(int(exact.abs().argmax()), side)
nudge = torch.zeros_like(asked)
nudge[0, 0, row, column] = hair
winner = twin(asked).argmax()
up, down = (twin(asked + sign * nudge)[0, winner] for sign in (1, -1))
assert math.isclose(float(up - down) / (2 * hair), exact[row, column], rel_tol=1e-3)
print("the steepest pixel: gradient and nudging agree")
print(
    "slip 0: score",
    approx(twin(asked)[0, winner]),
    "  its contributions add up to",
    approx((exact * asked).sum()),
)

# %% tags=["figure"]
labels = [f"read {n}" for n in plain.indices[:10]]
figure = plot.images(exam_x[:10, 0], labels, bar="ink", title="The slips …")
figure = plot.images(
    (slopes * exam_x[:10])[:, 0],
    signed=True,
    bar="slope × ink",
    title="… red spoke for the answer, blue against it",
)

# %% [markdown]
# Useful for *suspicion* (does it look at the margin?), not as proof: the map is true for tiny changes only, and what the biases add to the score
# belongs to no pixel.

# %% [markdown]
# ## 3c.6 Step five: feedback while it runs
#
# The article's fifth step is feedback to the *user*: the answer, at once, as a help to decide; our reader gives digit, confidence or "I don't know".
# Somebody must also give feedback to the *model*. Sixteen days of mail, 24 slips a day. On the evening of day 8 somebody cleans the camera and
# moves its paper guide by an eighth of the width. Nobody knows the true digits in time, so accuracy cannot ring the bell. What can we watch?

# %% [markdown]
# Two candidates: the mean *ink* of a day's slips, and their mean *confidence*. Predict which one rings. The limits come from validation: means of 24 random
# slips, of which one in a thousand lies outside.
#
# A change of the inputs is called *data drift* (数据漂移). When the *meaning* changes, and the same slip must be read otherwise, it is *concept drift* (概念漂移; Gama
# et al., 2014): no alarm on inputs or confidence hears that, only labels do.

# %%
moved = side // 8
mail = np.arange(384).reshape(16, 24)  # (384,) -> (16, 24), a day a row
# 16 days of (24, side, side) -> (16, 24, side, side)
stream = np.stack([scan(ink["mail"][day], 0 if n < 8 else moved) for n, day in enumerate(mail)])


def confidence_of(grey, reader=None):
    return softened(scores_of(prepare(grey, recipe), reader), T).max(dim=1).values.numpy()


def ink_of(grey):
    return grey.mean(axis=(1, 2)) / black


# %%
watch = {}
for name, measure in [("ink", ink_of), ("confidence", confidence_of)]:
    usual = rng.choice(measure(seen["validation"]), size=(10_000, 24)).mean(axis=1)
    daily = np.array([measure(day).mean() for day in stream])
    low, high = np.quantile(usual, [0.0005, 0.9995])
    watch[name] = daily, low, high, np.flatnonzero((daily < low) | (daily > high)) + 1

# %% tags=["figure"]
figure, axes = plt.subplots(1, 2, figsize=(9, 3))
for ax, (name, (daily, low, high, alarms)) in zip(axes, watch.items(), strict=True):
    ax.axhspan(low, high, alpha=0.15, color="C2")
    ax.plot(np.arange(1, 17), daily, "o-")
    ax.plot(alarms, daily[alarms - 1], "o", color="C1", markersize=8)
    ax.axvline(8.5, color="grey", linestyle="--")
    ax.set(xlabel="day", ylabel=f"mean {name} of the day", xticks=range(2, 17, 2))
    ax.set(title=f"{name}: alarms on {len(alarms)} of 16 days")
plt.show()

# %%
if DEFAULT:
    assert sum(watch["confidence"][3] >= 9) > 4
    assert sum(watch["confidence"][3] < 9) <= 1
    assert len(watch["ink"][3]) <= 2

# %% [markdown]
# The dashed line is the evening of day 8. The ink is nearly the same, only elsewhere. **An alarm hears only what it measures**, so hang up several.

# And what are temperature and threshold worth now? Both were fitted to the old guide. Predict: of the exam slips, seen through the new guide, that the
# reader still answers, how many are right?

# %%
new_guide, old_guide = prepare(scan(ink["exam"], moved), recipe), exam_x


def honesty(inputs, reader=None, T=T):
    """ECE, share of slips answered, and the share of the answers that is right, on the exam slips as seen in `inputs`."""
    best = softened(scores_of(inputs, reader), T).max(dim=1)
    confidence, hit = best.values.numpy(), (best.indices == exam_true).numpy()
    given = confidence >= threshold
    return ece(confidence, hit), given.mean(), hit[given].mean() if given.any() else math.nan


# %%
stages = {"old guide": honesty(old_guide), "new guide": honesty(new_guide)}
for name, (gap, share, reached_now) in stages.items():
    print(
        f"{name}: ECE",
        approx(gap, 2),
        " answered",
        approx(share, 2),
        " of these right",
        approx(reached_now, 2),
    )
stale = stages["new guide"][0] > stages["old guide"][0] + 0.05
assert not DEFAULT or (stale and stages["new guide"][2] < stages["old guide"][2] - 0.05)

# %% [markdown]
# Honesty is lost exactly when it is needed, as Ovadia et al. (2019) found for many methods. So drift means: stop, and choose anew.
#
# Meanwhile the slips below the threshold go to the clerk anyway, and her answers are *labels that are paid for already*. Each evening we train a copy of
# the reader on the old training slips and on all that she has corrected since day 9. A second copy gets the corrections alone. The referee
# is the exam, through the new guide and through the old one.


# %%
def evening(reader, lesson, n):
    """One evening of training, and the accuracy on the exam through the new guide and the old one."""
    adam = torch.optim.Adam(reader.parameters(), lr=0.002)
    order = child_seed(seed, "retrain", n)
    fit(reader, lesson, optimiser=adam, epochs=8, batch=32, seed=order, progress=False)
    return [accuracy(scores_of(x, reader), true["exam"]) for x in (new_guide, old_guide)]


# %%
corrected_x, corrected_y = [], []
reader, forgetful = copy.deepcopy(model), copy.deepcopy(model)
before = [accuracy(scores_of(x), true["exam"]) for x in (new_guide, old_guide)]
progress, without_old = [before], before
for n in range(8, 16):
    unsure = confidence_of(stream[n], reader) < threshold
    corrected_x.append(prepare(stream[n][unsure], recipe))
    corrected_y.append(torch.as_tensor(true["mail"][mail[n]][unsure]))
    lesson = torch.cat([pile[0], *corrected_x]), torch.cat([pile[1], *corrected_y])
    progress.append(evening(reader, lesson, n))
    if len(corrections := torch.cat(corrected_y)):
        without_old = evening(forgetful, (torch.cat(corrected_x), corrections), n)
after, clerk_work = progress[-1], len(torch.cat(corrected_y))

# %%
print("the clerk corrected", approx(clerk_work), "slips of", 8 * 24)
for guide, first, last, alone in zip(["new", "old"], before, after, without_old, strict=True):
    print(f"{guide} guide: accuracy", approx(first), "→", approx(last), "  corrections alone", approx(alone))
later = honesty(new_guide, reader)
print("of its answers right, at the old temperature and threshold:", approx(later[2], 2))
metric("accuracy_after_corrections", after[0])
learns = after[0] > before[0] + 0.05
if DEFAULT:
    assert 0.3 < before[0] < 0.6 < 0.68 < after[0] < before[1]
    assert max(before[1] - 0.06, without_old[1]) < after[1]
curves = dict(zip(["new guide, learning", "old guide, learning"], np.transpose(progress), strict=True))

# %% tags=["figure"]
ax = plot.lines(
    {**curves, "new guide, no loop": np.full(9, before[0])},
    x=np.arange(8, 17),
    marker="o",
    markersize=3,
    title="The clerk's answers teach the reader the new guide"
    if learns
    else "Here the clerk's answers teach little",
    xlabel="evening",
    ylabel="accuracy on the exam slips",
)
ax.set(ylim=(0, 1))
plt.show()

# %% [markdown]
# In the stored run the loop helps. On the old guide it loses little or nothing with the old slips in the lesson, and much with the corrections alone, which
# teach the new guide about as well. Three warnings. The clerk sees only
# what the reader doubted: confident mistakes are never corrected, so send her a few *random* slips too. Temperature and threshold fit
# another reader: choose both anew, though here the old ones come near the target. And the best remedy was to push the guide back.

# %% [markdown]
# ### Exercise 3c.4 · One number for drift ●●○ 15 min
#
# Those who score credit watch their inputs with the *population stability index* (du Pisanie et al., 2023; how large is alarming depends on the number of
# values). Let $p_b$ and $q_b$ be the shares of old and new values in bin $b$. Then
# $\text{PSI} = \sum_b (q_b - p_b) \ln(q_b / p_b)$. `edges` are the inner borders: k edges make k + 1 bins, the outer ones open; a value on an edge belongs to the bin above. Empty bins must not divide by 0: a share is
# (count + ½) / (n + ½ · bins).
#
# <details><summary>Hint 1</summary>`np.digitize(values, edges)` gives each value's bin, 0 to k; values beyond the last edge land in bin k.</details>
# <details><summary>Hint 2</summary>`np.bincount` counts, but knows only the bins that it meets: `minlength` says how many there are. The shares of each side sum to 1.</details>


# %% tags=["exercise-3c.4"]
def stability_index(old, new, edges):
    """PSI of new values against old ones; edges increasing."""
    ### BEGIN SOLUTION
    bins = len(edges) + 1
    shares = [
        (np.bincount(np.digitize(values, edges), minlength=bins) + 0.5) / (len(values) + 0.5 * bins)
        for values in (old, new)
    ]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    ### END SOLUTION


# %% tags=["check-3c.4"]
with check("3c.4", stability_index) as c:
    draw = np.random.default_rng(3)
    cases = [(draw.normal(size=300), draw.normal(0.5, 1.2, size=80), [-1.0, 0.0, 1.0])]
    cases += [(draw.random(40), draw.random(90) + 2, [0.25, 0.5]), (draw.random(50), draw.random(70), [0.5])]
    cases += [
        (draw.random(30), draw.random(25) / 5, [0.25, 0.5, 0.75]),
        (draw.random(20) / 5, draw.random(30), [0.3]),
    ]
    cases += [
        (draw.random(90) - 2, draw.random(40), [0.25, 0.5]),
        (np.array([0.1, 0.3]), np.array([0.1, 0.2]), [0.25, 0.5]),
    ]
    cases += [(np.array([0.0, 1, 1, 1]), np.array([1.0, 2, 3, 0.5]), [1.0, 2.0])]
    for old, new, edges in cases:
        # how many values lie below each edge, and the differences of these
        below = [[0, *((values < edge).sum() for edge in edges), len(values)] for values in (old, new)]
        p, q = ((np.diff(n) + 0.5) / (n[-1] + 0.5 * (len(n) - 1)) for n in below)
        ratio = np.log(q / p)
        slips_here = {
            "that is a Kullback–Leibler divergence; PSI weights with q - p": (q * ratio).sum(),
            "that is a Kullback–Leibler divergence of the old from the new; PSI weights with q - p": -(
                p * ratio
            ).sum(),
            "the sign: both factors turn together, and PSI is never negative": ((p - q) * ratio).sum(),
            "that is the mean over bins; PSI adds them up": ((q - p) * ratio).mean(),
            "that is the logarithm to base 2; PSI takes the natural one": ((q - p) * ratio).sum() / np.log(2),
        }
        for sentence, upto, more, size in [
            ("a value on an edge belongs to the bin above", np.less_equal, 0.5, 0.5),
            ("a share divides by n + ½ · bins, not by n", np.less, 0.5, 0),
            ("½ is added in each bin, not 1", np.less, 1, 1),
            ("k edges make k + 1 bins", np.less, 0.5, 0.5 * len(edges) / (len(edges) + 1)),
        ]:
            below = [[0, *(upto(values, edge).sum() for edge in edges), len(values)] for values in (old, new)]
            a, b = ((np.diff(n) + more) / (n[-1] + size * (len(n) - 1)) for n in below)
            slips_here[sentence] = ((b - a) * np.log(b / a)).sum()
        what = f"{len(old)} old and {len(new)} new values, edges {edges}"
        hint = "how many bins are there, also when nothing lies in some of them?"
        got = stability_index(old.copy(), new.copy(), list(edges))
        c.close(got, ((q - p) * ratio).sum(), what=what, rtol=1e-5, slips=slips_here, hint=hint)
    c.close(stability_index(old, old, edges), 0.0, what="nothing has changed", atol=1e-6)

# %% [markdown]
# ## 3c.7 Serve it
#
# A branch office wants to use the reader. It gets an *API* (接口): send raw slips over HTTP, receive answers as JSON. `utils.models.serve` makes the app from five
# things we have already: the model, `prepare`, the shape and range of a raw slip, and a function that turns scores into answers. The sixth is a
# secret key. Note that the client sends **raw** grey values: preprocessing has one home, beside the model.

# %% [markdown]
# An answer needs two numbers that training did not know, the temperature and the threshold. They belong into the recipe, or the reader, loaded
# elsewhere, would answer otherwise. And the app gets the golden scores: if the model does not give them, it does not open.

# %%
save_model(folder, model, {**recipe, "temperature": T, "threshold": threshold})
model, recipe = load_model(folder, device=place)
import httpx

from utils.models.serve import Limits, create_app, serving


# %%
def interpret(scores):
    """One answer a slip: the digit, or null for "I don't know", and the calibrated confidence."""
    best = softened(scores, recipe["temperature"]).max(dim=1)
    pairs = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    return [{"digit": d if sure >= recipe["threshold"] else None, "confidence": sure} for d, sure in pairs]


# %% [markdown]
# Name, shape and range come from the recipe too. Once the app is made as it should be, and once with a spoilt preprocessing: will it open?

# %%
api_key = secrets.token_urlsafe(24)


def reader_app(skew=lambda x: x):
    """The service, from the model and its recipe; `skew` spoils its preprocessing."""
    return create_app(
        model,
        name=recipe["name"],
        shape=recipe["shape"],
        span=recipe["span"],
        preprocess=lambda grey: skew(prepare(grey, recipe)),
        interpret=interpret,
        golden=recipe["golden"],
        api_key=api_key,
        limits=Limits(max_bytes=200_000, max_inputs=32),
    )


# %%
app = reader_app()
try:
    reader_app(skews["divided twice"])
except CourseError as refusal:
    print(refusal)

# %% [markdown]
# `serving(app)` starts the server in a thread, on a free port of this machine that nobody outside can reach, and ends it with the block. Ask it
# as a customer would, with an HTTP client, and compare with the reader on our desk.

# %%
headers = {"Authorization": f"Bearer {api_key}"}
with serving(app) as url, httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=30) as client:
    print(client.get("/healthz").json(), client.get("/v1/models").json()["data"][0]["id"])
    reply = client.post("/v1/predict", json={"inputs": seen["exam"][:32].tolist()})
answers = reply.json()["data"]
print(reply.status_code, list(answers[0]), reply.json()["usage"])
at_desk = interpret(scores_of(exam_x[:32]))
assert [answer["digit"] for answer in answers] == [answer["digit"] for answer in at_desk]
assert np.allclose([a["confidence"] for a in answers], [a["confidence"] for a in at_desk], atol=1e-4)
print("32 slips over HTTP: the same answers as at the desk")
try:
    httpx.get(url + "/healthz", trust_env=False)
except httpx.ConnectError:
    print("after the block the server is gone")

# %% [markdown]
# That was the friendly customer. Others send nonsense, by mistake or on purpose, and each must get a *sentence*, never a crash and never a
# traceback. HTTP has a number for whose fault it is: 4xx yours, 5xx ours. Predict the number for each of these.

# %%
good = seen["exam"][:1].tolist()


# %%
def with_pixel(value):
    """A request whose first pixel is `value`, as JSON."""
    grey = copy.deepcopy(good)
    grey[0][0][0] = value
    return json.dumps({"inputs": grey})


# %%
strange = {
    "no JSON": ('{"inputs": [[', {}),
    "nested 90,000 deep": ("[" * 90_000, {}),
    "another field": ('{"images": []}', {}),
    "an empty list": ('{"inputs": []}', {}),
    "33 slips": (json.dumps({"inputs": good * 33}), {}),
    "a row too few": (json.dumps({"inputs": [good[0][1:]]}), {}),
    "a text": (with_pixel("7"), {}),
    "true": (with_pixel(True), {}),
    "NaN": (with_pixel(float("nan")), {}),
    "Infinity": (with_pixel(float("inf")), {}),
    "a wrong key": (with_pixel(0), {"Authorization": "Bearer guessed-key-000000"}),
    "not called JSON": (with_pixel(0), {"Content-Type": "text/plain"}),
    "too large": (" " * 200_001, {}),
    "too large, in chunks": ([b" " * 10_000] * 30, {}),
}

# %% [markdown]
# Send them all. Each must get its own error, and the service must go on.

# %%
statuses = {}
with serving(app) as url, httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=30) as client:
    for name, (body, extra) in strange.items():
        kind = {"Content-Type": "application/json", **extra}
        reply = client.post("/v1/predict", content=body, headers=kind)
        statuses[name] = reply.status_code
        print(f"{name:21} {reply.status_code}  {reply.json()['error']['message']}")
    statuses["no such path"] = client.get("/v1/everything").status_code
    statuses["wrong method"] = client.get("/v1/predict").status_code
    alive = client.post("/v1/predict", json={"inputs": good}).status_code
assert all(400 <= status < 500 for status in statuses.values())
asked = [statuses[name] for name in ("no JSON", "NaN", "a wrong key", "too large, in chunks")]
assert asked == [400, 422, 401, 413]
assert alive == 200
print({name: statuses[name] for name in ("no such path", "wrong method")}, "and still alive:", alive)

# %% [markdown]
# Three of these deserve a second look. `NaN` is no JSON, yet Python's parser takes it, and one NaN can spread through a whole network. `true` counts
# as 1 in Python unless one asks for the exact type. And a body in *chunks* does not say how long it will be: count the bytes while they come, and stop at the
# limit, or a stranger fills your memory.

# %% [markdown]
# Last: many customers at once. Eight of them send 160 slips, from this very program, so their own work is in the times. Half wait
# less than the *median*, p50; one in twenty longer than *p95*, and those write to you. Does everybody get his **own** answer?

# %%
from concurrent.futures import ThreadPoolExecutor


# %%
def timed(n):
    """Ask for slip n: the digit, and the seconds until it came."""
    with timer() as seconds:
        reply = client.post("/v1/predict", json={"inputs": seen["exam"][n : n + 1].tolist()})
    return reply.json()["data"][0]["digit"], seconds()


# %%
with serving(app) as url, httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as client:
    timed(0)
    with ThreadPoolExecutor(8) as crowd:
        came, seconds = zip(*crowd.map(timed, range(160)), strict=True)
assert list(came) == [answer["digit"] for answer in interpret(scores_of(exam_x[:160]))]
p50, p95 = np.percentile(seconds, [50, 95]) * 1000
assert 0 < p50 <= p95 < 60_000
print("160 right replies; p50", approx(p50, 2), "ms, p95", approx(p95, 2), "ms")

# %% tags=["figure"]
ax = plt.subplots(figsize=(6.4, 2.6))[1]
ax.plot(np.sort(seconds) * 1000, np.arange(1, 161) / 160)
for value, share, name in [(p50, 0.5, "p50"), (p95, 0.95, "p95")]:
    ax.plot(value, share, "o", color="C1")
    ax.annotate(name, (value, share), xytext=(8, -12), textcoords="offset points")
ax.set(
    title=f"Half wait less than {p50:.0f} ms, one in twenty longer than {p95:.0f} ms",
    xlabel="milliseconds until the answer",
    ylabel="share of requests",
)
ax.set(xlim=(0, None), ylim=(0, 1.03))
plt.show()

# %% [markdown]
# **Before strangers may come**, this still is missing: *TLS* (the server speaks plain HTTP, so everybody on the way can read the key; a reverse proxy with
# HTTPS stands in front), keys that differ by customer and can be withdrawn, a quota for each, an access log and metrics, and batches across
# requests: eight customers at once were eight calls of the model.

# %% [markdown]
# ### Exercise 3c.5 · Guard the door ●●● 30 min
#
# Write the guard: given the bytes of a body, return the status. 413 if it has more than `max_bytes`, before anything else; 400 if it is no JSON (also when nested too
# deeply); 422 unless it is an object whose one field, `inputs`, is a list of 1 to `max_inputs` slips, each a list of `rows` lists of `columns` numbers from 0 to 16; else
# 200. True and texts are no numbers. `NaN` and `Infinity` are no JSON, but Python's parser takes them: refuse them, with 400 or with 422. It never raises.
#
# <details><summary>Hint 1</summary>`json.loads` raises ValueError for bad JSON and bad UTF-8, and RecursionError for nesting. Ask `isinstance(x, list)` before each `len(x)`.</details>
# <details><summary>Hint 2</summary>`type(v) in (int, float) and 0 <= v <= 16` is false for True, "7", None and NaN. The opposite question, `v < 0 or v > 16`, lets NaN through.</details>


# %% tags=["exercise-3c.5"]
def status_for(body, rows, columns, max_bytes, max_inputs):
    """HTTP status for a body (bytes): 200, 400, 413 or 422."""
    ### BEGIN SOLUTION
    if len(body) > max_bytes:
        return 413
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return 400

    def listed(value, length):
        return isinstance(value, list) and len(value) == length

    inputs = content["inputs"] if isinstance(content, dict) and set(content) == {"inputs"} else None
    if not isinstance(inputs, list) or not 1 <= len(inputs) <= max_inputs:
        return 422
    if not all(listed(slip, rows) and all(listed(row, columns) for row in slip) for slip in inputs):
        return 422
    values = [value for slip in inputs for row in slip for value in row]
    return 200 if all(type(v) in (int, float) and 0 <= v <= 16 for v in values) else 422
    ### END SOLUTION


# %% tags=["check-3c.5"]
with check("3c.5", status_for) as c:
    slip, head = "[[1, 2.5, 16], [0, 3, 4]]", '{"inputs": '

    def judged(got, status, what, hint=""):
        if isinstance(got, int) and not isinstance(got, bool) and got != status:
            c.fail(
                f"{what}: expected {status}, got {got}", hint, first=f"{what}: {got} is not the right status"
            )
        c.equal(got, status, what=what, hint=hint)

    fine = f"[{slip}]|[{slip}, {slip}, {slip}]"
    odd = 'true|"7"|null|NaN|Infinity|-Infinity|1e999|-0.5|16.5|[1]|{}|1' + "0" * 400
    bad = '[]|null|{}|"text"|7|[3]|[[]]|["ab"]|[["abc", "abc"]]|[[[1, 2], [3, 4], [5, 6]]]'
    bad += (
        f"|[{slip}, [[1, 2, 3], [4, 5]]]|[{slip}, [[1, 2, 3], 4]]|[[{slip}]]|[{slip}, {slip}, {slip}, {slip}]"
    )
    bad += "|[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]|[[[1, 2, 3, 4], [4, 5, 6, 7]]]|[[[1, 2, 3], [4, 5, 6, 7]]]"
    bad += f"|[{slip}, [[1, 2, 3], [4, 5, 6], [7, 8, 9]]]|[{slip}, [[1, 2, 3]]]|[{slip}, []]|[{slip}, {{}}]|[[[], []]]"
    cases = [(head + text + "}", 200) for text in fine.split("|")]
    cases += [(head + text + "}", 422) for text in bad.split("|")]
    cases += [(f"{head}[{slip}, [[1, 2, 3], [4, {text}, 6]]]}}", 422) for text in odd.split("|")]
    cases += [("[]", 422), ("null", 422), ('"inputs"', 422), ('{"input": []}', 422), ("", 400)]
    cases += [(head + f'[{slip}], "model": "digit-reader"}}', 422), (f'[{{"inputs": [{slip}]}}]', 422)]
    cases += [(head, 400), (head + fine, 400), (head + "[" * 30_000, 400), ('{"inputs": "\xff"}', 400)]
    for text, status in cases:
        got = status_for(text.encode("latin-1"), 2, 3, 40_000, 3)
        if got == 400 and any(word in text for word in ("NaN", "Infinity")):
            continue
        shown = f"the body {text if len(text) < 160 else text[:50] + ' …'}" if text else "an empty body"
        judged(got, status, f"rows=2, columns=3, max_inputs=3, {shown}")
    valid = f"{head}[{slip}]}}".encode()
    hint = "compare the length first; exactly max_bytes is still allowed"
    judged(status_for(valid, 2, 3, len(valid), 3), 200, "a good body of max_bytes", hint)
    judged(status_for(valid, 2, 3, len(valid) - 1, 3), 413, "a good body, one byte too long", hint)
    judged(status_for(b"[" * 50, 2, 3, 49, 3), 413, "no JSON, and too long", hint)
    wide = '"链链链"'.encode()
    hint = "bytes, not characters: 链 is three of them"
    got = status_for(wide, 2, 3, len(wide) - 1, 3)
    judged(got, 413, "three characters of three bytes, one byte too long", hint)
    judged(status_for(valid, 3, 2, 100, 3), 422, "2 rows of 3 where 3 rows of 2 are wanted")

# %% [markdown]
# ## 3c.8 What the article says
#
# Its five steps in §3.3 begin with the input and load the model afterwards; a forward pass gives the result; interpretation with pictures and
# feedback in real time follow. What we measured on each:

# %%
claim(
    "§3.3",
    "Inference prepares the input first and loads the model after that.",
    "incomplete",
    evidence=stored > 10 * one.nbytes
    and opens(skews["as in training"])
    and not opens(skews["divided twice"]),
    right="For a single answer either order works. A service loads once, before the first request, because loading reads every weight "
    "anew; and what the input needs (here, the number to divide by) comes with the model, exactly as in training.",
)
claim(
    "§3.3",
    "A forward pass then gives the prediction.",
    "right, but",
    evidence=dropout_changes and eval_repeats and alone_or_not,
    right="In eval mode, or dropout changes the answer. A model that writes needs one pass for each token, in a loop with a "
    "KV cache; lesson 2d builds one.",
)

# %%
claim(
    "§3.3",
    "The output is interpreted and shown, and feedback in real time helps the user to decide.",
    "right, but",
    evidence=bool(stages["new guide"][0] > stages["old guide"][0]),
    right="The numbers shown must be calibrated first, and when the inputs drift they stop being true: the model needs feedback as "
    "well, alarms and corrected slips.",
)

# %% [markdown]
# ## Recap
#
# 1. Load first and once, numbers and a recipe only; a golden test compares loading and preparing with those of training.
# 2. `eval()`, `inference_mode()`, batches: large for throughput, small for latency.
# 3. A temperature fitted on validation makes confidence more honest, while slips stay alike; a threshold makes room for "I don't know".
# 4. Watch several statistics, expect drift, and let corrections teach the model without forgetting the old.
# 5. A service checks key, size, form and numbers before the model sees anything, and answers every mistake with a sentence.
#
# **Next:** the three formulas behind it all, derived and mended, in [lesson 4a](04a_formulas.ipynb). [Back to the map](00_start_here.ipynb)
#
# ## Sources
#
# - C. Guo, G. Pleiss, Y. Sun, K. Weinberger (2017), *On calibration of modern neural networks*, [arXiv:1706.04599](https://arxiv.org/abs/1706.04599)
# - M. Naeini, G. Cooper, M. Hauskrecht (2015), *Obtaining well calibrated probabilities using Bayesian binning*, AAAI: the ECE
# - C. Chow (1970), *On optimum recognition error and reject tradeoff*, IEEE Transactions on Information Theory 16
# - K. Simonyan, A. Vedaldi, A. Zisserman (2013), *Deep inside convolutional networks*, [arXiv:1312.6034](https://arxiv.org/abs/1312.6034)
# - A. Shrikumar, P. Greenside, A. Shcherbina, A. Kundaje (2016), *Not just a black box: learning important features through propagating activation differences*, [arXiv:1605.01713](https://arxiv.org/abs/1605.01713)
# - Y. Ovadia et al. (2019), *Can you trust your model's uncertainty?*, [arXiv:1906.02530](https://arxiv.org/abs/1906.02530)
# - J. du Pisanie et al. (2023), *A critical review of existing and new population stability testing procedures in credit risk scoring*, [arXiv:2303.01227](https://arxiv.org/abs/2303.01227)
# - M. Zinkevich, *Rules of machine learning*, [developers.google.com](https://developers.google.com/machine-learning/guides/rules-of-ml): training–serving skew
# - J. Gama et al. (2014), *A survey on concept drift adaptation*, ACM Computing Surveys 46
# - D. Sculley et al. (2015), *Hidden technical debt in machine learning systems*, NeurIPS
# - R. Fielding, M. Nottingham, J. Reschke (2022), *HTTP semantics*, [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110)
# - The safetensors format: [huggingface.co/docs/safetensors](https://huggingface.co/docs/safetensors); FastAPI: [fastapi.tiangolo.com](https://fastapi.tiangolo.com)
# - E. Alpaydin, C. Kaynak (1998), *Optical recognition of handwritten digits*, UCI Machine Learning Repository: the images, through scikit-learn
