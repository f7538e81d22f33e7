# %% [markdown]
# # 0 · Start here
#
# Say what your machine can do with a large model, and find your way through this course.
#
# 25 min to read · under 35 CPU-seconds · under 1,200 MB · GPU: not needed
#
# **You will be able to**
# - name the device that computes here, and measure its two speeds;
# - bound the tokens per second that a large model can write on any machine;
# - read the answer of a check, and use hints and solutions well;
# - run a lesson with other numbers, without touching it;
# - find every lesson, and see your own progress.
#
# *You need:* a little Python, and no Chinese. This course follows an article in Chinese, 《技术发展：大模型创业的基石》 ("Technological
# development: the cornerstone of large-model start-ups"), and checks it, section by section; what it says is told in English.

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
n: int = 1024  # rows of the largest matrix that is multiplied  in [64, 16384]
megabytes: int = 256  # size of the largest array that is copied  in [8, 8192]
seconds: float = 0.2  # wall time of one measurement  in (0, 60]

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from utils import plot
from utils.check import approx, check, claim, metric
from utils.errors import CourseError
from utils.params import check_parameters
from utils.repro import seed_everything

check_parameters("00_start_here", globals())
plot.style()
rng = seed_everything(seed)

# %% [markdown]
# ## 0.1 Who computes here?
#
# All output here was stored; your own kernel has run nothing yet. Click into the first cell of code, at the top, and press
# Shift + Enter, again and again, leaving none out. (After a restart, begin at the top.) The next cell asks who does the work.
#
# A *GPU* (图形处理器) is used if there is one **and** it agrees with the CPU on a small test: a fast device that computes
# wrongly is worse than none. No GPU? Then the CPU does it all. Every lesson is made for that.

# %%
import os

from utils.device import best_device, memory_total, timer

device = best_device()
memory = memory_total(device)
threads = torch.get_num_threads()
print(f"device: {os.cpu_count()} cores, {threads} in use by torch, {memory / 1e9:.0f} GB of memory")
# section 0.4 holds two arrays, or two matrices, at a time
needed = 2 * max(megabytes * 1e6, 4 * n**2)
if needed > 0.5 * memory:
    raise CourseError(f"n or megabytes asks for {needed / 1e9:.1f} GB of memory; take a smaller one.")

# %% [markdown]
# Your lines may differ from the stored ones, of course. The course starts with one thread, because small networks run
# fastest that way.
#
# ## 0.2 How this notebook answers you
#
# After each exercise stands one line, its *check*. It prints ○ while you have not begun or not finished, ✘ with what is wrong, and ✔ when all
# is right. Its questions lie in the package, out of sight, because they often show the answer. Here is a small one in the open,
# for the exercise “write a function that squares”.

# %%
from pathlib import Path

from utils.check import judge, say
from utils.shipped import Question

questions = (
    'c.close(answer(3), 9, what="the square of 3", slips={"that is twice the number": 6}, hint="3 · 3")'
)
demo = Question("demo", ("answer",), (), False, questions, Path("demo"))


def demonstrate(answer):
    """What the check says about an answer. (Yours are also recorded; this one is not.)"""
    say(judge(demo, [answer], {}, strict=False)[1])


# %% [markdown]
# Nobody has begun yet; then somebody tries twice, and it is not quite right. The first time you are told *what* is wrong, so that
# you can find out why. From the second wrong try on, the check adds its hint.


# %%
def not_begun(x):
    raise NotImplementedError


demonstrate(not_begun)
demonstrate(lambda x: 2 * x)
demonstrate(lambda x: x + x)
demonstrate(lambda x: x * x)

# %% [markdown]
# - After each change of your answer, run *your* cell first, then its check.
# - **Hints** below an exercise are folded: open the first, try again, and only then the second.
# - **Solutions** are the same notebooks in the folder `solutions`. Look *after* you have tried. Whoever wants to read what a check
#   asks types `print(question("0.1").source)` after `from utils.shipped import question`.
# - The notebook runs to its end whether you solve anything or not.
# - A number after **≈** was measured in this run; yours may differ.
# - A **box with a coloured edge** judges a sentence of the article.

# %% [markdown]
# ## 0.3 Count the work
#
# Nearly all the work in a large model (大模型) is multiplying matrices. One multiplication or one addition of two numbers is
# a *FLOP* (浮点运算, floating-point operation). Computers are rated in FLOP/s: a GFLOP/s is $10^9$ in a second, a TFLOP/s
# is $10^{12}$.
#
# How many FLOPs does a matrix product take? Take a small one and count. Predict first: $(2 \times 3)$ times $(3 \times 2)$.


# %%
def product_counted(a, b):
    """The matrix product by its definition, and the FLOPs that it took.  (n, k) @ (k, m) -> (n, m)"""
    c, flops = np.zeros((len(a), b.shape[1])), 0
    for i in range(c.shape[0]):
        for j in range(c.shape[1]):
            for k in range(len(b)):
                c[i, j] += a[i, k] * b[k, j]  # one multiplication, one addition
                flops += 2
    return c, flops


# %% [markdown]
# Count for the small one, and compare the numbers with NumPy's own product.

# %%
a, b = rng.normal(size=(2, 3)), rng.normal(size=(3, 2))
c, flops = product_counted(a, b)
assert np.allclose(c, a @ b)
print("FLOPs:", flops)

# %% [markdown]
# ### Exercise 0.1 · The work in a matrix product ●○○ 5 min
#
# How many FLOPs does the loop above count for a matrix of $n$ rows and $k$ columns times one of $k$ rows and $m$ columns?
# No loop, please: large models have $n$, $k$ and $m$ in the thousands.
#
# <details><summary>Hint 1</summary>How many numbers does the result have, and how many FLOPs does each of them take?</details>
# <details><summary>Hint 2</summary>Take a single number of the result: how often does the innermost loop turn for it, and what does a turn cost?</details>


# %% tags=["exercise-0.1"]
def product_flops(n, k, m):
    """FLOPs of (n, k) @ (k, m)."""
    ### BEGIN SOLUTION
    return 2 * n * k * m
    ### END SOLUTION


# %% tags=["check-0.1"]
with check("0.1", product_flops) as c:
    for n_, k_, m_ in [(3, 4, 5), (1, 7, 1), (5, 2, 9), (4096, 512, 1000)]:
        slips = {
            "the additions are missing, or the multiplications": n_ * k_ * m_,
            "one addition too few for each number; the loop starts from 0": n_ * m_ * (2 * k_ - 1),
            "too few; a number of the result takes more than one step": 2 * n_ * m_,
            "that holds for square matrices; here n, k and m differ": 2 * n_**3,
        }
        hint = "count for a single number of the result first, then ask how many numbers there are"
        c.close(
            product_flops(n_, k_, m_),
            2 * n_ * k_ * m_,
            what=f"({n_}, {k_}) @ ({k_}, {m_})",
            slips=slips,
            hint=hint,
        )

# %% [markdown]
# ## 0.4 Measure the machine
#
# To measure a speed: do the work once unmeasured (the first time pays for waking up), then repeat it and take the *median*,
# which one disturbed repetition cannot spoil. Then work ÷ time.


# %%
import time


def rate(work, amount):
    """Amount per second that `work()` gets done: the median of at least five repetitions."""
    work()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        with timer(device) as elapsed:
            work()
        times.append(elapsed())
    return amount / np.median(times)


# %% [markdown]
# The first speed: multiply square matrices of growing size, and divide Exercise 0.1's count by the time.

# %%
sizes = [n // 32, n // 16, n // 8, n // 4, n // 2, n]
product_rates = []
for size in sizes:
    a = torch.rand(size, size, device=device)
    product = torch.empty_like(a)
    product_rates.append(rate(lambda a=a, out=product: torch.mm(a, a, out=out), 2 * size**3))

# %%
flops_per_second = product_rates[-1]
assert 1e8 < flops_per_second < 2e15
metric("product_gflop_per_s", flops_per_second / 1e9)

# %% [markdown]
# The second speed is the *memory bandwidth* (内存带宽): how many bytes a second come and go between memory and processor.
# Copy an array and count each byte twice, once read and once written. (Many processors also fetch a line of memory before they
# overwrite it, so that reading alone may go faster; we count what we asked for.)
#
# Predict first: is copying 256 MB as fast, per byte, as copying 1 MB?

# %%
copied, copy_rates = [megabytes * 1e6 / 2**step for step in range(10, -1, -1)], []
for size in copied:
    source = torch.rand(int(size) // 4, device=device)  # 4 bytes a number
    target = torch.empty_like(source)
    copy_rates.append(rate(lambda s=source, t=target: t.copy_(s), 2 * size))

# %%
del source, target
bytes_per_second = copy_rates[-1]
assert 1e8 < bytes_per_second < 2e13
metric("copy_gb_per_s", bytes_per_second / 1e9)

# %% tags=["figure"]
# Both speeds against the size of the work; each title says what this run shows
wasteful = product_rates[0] < 0.5 * max(product_rates)
slower = copy_rates[-1] < 0.8 * max(copy_rates)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2))
left.plot(sizes, np.array(product_rates) / 1e9, "o-")
left.set(title="Small products waste the machine" if wasteful else "Even small products are fast")
left.set(xlabel="rows of the matrix", ylabel="GFLOP/s (float32)")
left.set_xscale("log", base=2)
right.plot(np.array(copied) / 1e6, np.array(copy_rates) / 1e9, "o-", color="C1")
right.set(
    title="Large copies are slower than small ones" if slower else "Large copies are as fast as small ones"
)
right.set(xlabel="size of the array (MB)", ylabel="GB/s")
right.set_xscale("log", base=2)
for ax in (left, right):
    ax.set_ylim(bottom=0)
    ax.xaxis.set_major_formatter("{x:g}")
plt.show()

# %% [markdown]
# Left: each call has a fixed cost. (A fall at the end: perhaps other programs ran.) Right: a small array can stay in the *cache* (缓存), the
# processor's own little memory; a large model does not fit, so **the last point of each curve counts**.
#
# The others are *peaks*, from their makers or computed from their specifications (Sources), in float32.
# Nobody quite reaches one. Yours, on a CPU, are those of the threads in use; the phone's arithmetic is one core's, its memory the
# whole chip's.

# %%
LANES, FMA_UNITS = 4, 4  # a Cortex-X1 core: four 128-bit units, each four numbers wide
machines = {  # FLOP/s in float32, bytes/s
    "yours, measured": (flops_per_second, bytes_per_second),
    "phone, one big core\n(Snapdragon 888)": (2 * LANES * FMA_UNITS * 2.84e9, 64 / 8 * 6.4e9),
    "laptop, its GPU\n(Apple M1)": (2.6e12, 128 / 8 * 4.266e9),
    "data-centre GPU\n(NVIDIA A100 80 GB)": (19.5e12, 2039e9),
}

# %% tags=["figure"]
# The two speeds of four machines, on logarithmic scales; the titles say how far apart they lie
figure, axes = plt.subplots(1, 2, figsize=(9, 3.0), sharey=True)
for i, (ax, what, unit) in enumerate(
    zip(axes, ["Arithmetic", "Memory"], ["GFLOP/s, float32", "GB/s"], strict=True)
):
    values = {name: speeds[i] / 1e9 for name, speeds in machines.items()}
    apart = max(values.values()) / min(values.values())
    title = f"{what}: {approx(apart, 1)} to 1"
    plot.bars(values, title=title, xlabel=f"{unit} (logarithmic)", log=True, ax=ax)
    ax.patches[-1].set_color("C1")
    ax.bar_label(ax.containers[0], fmt=" {:,.0f}", fontsize=9)
    ax.set_xlim(min(values.values()) / 3, max(values.values()) * 6)
plt.show()

# %% [markdown]
# ## 0.5 What it means for a large model
#
# A model is a pile of numbers, its *parameters* (参数) or weights. To write one *token* (词元, a short piece of text), a *dense*
# model **reads all of them once**. In 16 bits, 7 billion parameters are 14 GB. So, for one reader at a time,
#
# $$\text{tokens per second} \le \frac{\text{bytes per second}}{\text{bytes of weights}}$$
#
# Two exceptions come later: a *mixture of experts* reads only its active part (DeepSeek-V3: 37 of 671 billion), and
# speculation ([lesson 6c](06c_generation.ipynb)) gets several tokens out of one reading.

# %%
weights = 7e9 * 16 / 8
print(f"{weights / 1e9:g} GB of weights: at most", approx(bytes_per_second / weights), "tokens/s here")

# %% [markdown]
# That bound is as good as our copy: reading alone, or with more threads, may pass it somewhat.
#
# *Training* is another matter: about $6 \cdot N \cdot D$ FLOPs for $N$ parameters and $D$ tokens. GPT-3 has 175 billion
# parameters and read 300 billion tokens. Predict: how long would it take on your machine?

# %%
gpt3 = 6 * 174_604_259_328 * 300e9
year = 365.25 * 24 * 3600
print(f"training GPT-3, {gpt3:.3g} FLOPs:", approx(gpt3 / flops_per_second / year), "years here")
alone = gpt3 / 312e12  # seconds at the peak of an A100 in 16 bits
print(f"{alone / year:.1f} years on one A100 at its peak, {alone / 1000 / 86400:.0f} days on a thousand")

# %% [markdown]
# That is the gap this course lives with: we *use* and adapt large models, and we *build* small ones to understand them.
#
# ### Exercise 0.2 · Does it fit? ●○○ 5 min
#
# Weights are stored with 32, 16, 8 or 4 bits each. Return two things: the bytes that the weights take, and whether they fit into
# `memory` bytes (exactly full still fits). In practice leave room: a running model takes notes.
#
# <details><summary>Hint 1</summary>A byte has 8 bits. 7 billion parameters of 16 bits are 14 billion bytes.</details>
# <details><summary>Hint 2</summary>Return a pair: the number first, then a comparison with `memory` in which equality counts as fitting.</details>


# %% tags=["exercise-0.2"]
def fits(parameters, bits, memory):
    """(bytes of the weights, True if they fit into `memory` bytes)"""
    ### BEGIN SOLUTION
    size = parameters * bits / 8
    return size, size <= memory
    ### END SOLUTION


# %% tags=["check-0.2"]
with check("0.2", fits) as c:
    cases = [(7e9, 16, 16e9), (7e9, 32, 16e9), (7e9, 4, 3e9), (70e9, 4, 40e9), (109_482_240, 32, 437_928_960)]
    for parameters, bits, room in cases:
        answer, size = fits(parameters, bits, room), parameters * bits / 8
        what = f"{parameters:,.0f} parameters of {bits} bits"
        if answer is not None:
            pair = isinstance(answer, (tuple, list)) and len(answer) == 2
            c.true(pair, f"{what}: return two things, the bytes and whether they fit")
            c.true(not isinstance(answer[0], bool), f"{what}: the bytes come first, then True or False")
        slips = {
            "those are bits, not bytes": parameters * bits,
            "those are gigabytes; return bytes": size / 1e9,
            "that is right for 16 bits alone": parameters * 2,
        }
        c.close(
            answer and answer[0], size, what=what, slips=slips, hint="how many bytes does one parameter take?"
        )
        c.equal(
            answer[1],
            size <= room,
            what=f"{what} in {room:,.0f} bytes",
            hint="compare the bytes of the weights with the room; exactly full still fits",
        )

# %% [markdown]
# ## 0.6 Two ceilings in one picture
#
# Writing a token costs about 2 FLOPs a parameter: multiply and add. With float32 weights, that is 2 FLOPs for 4 bytes read. A
# machine that could do ten or a hundred FLOPs in the time of one byte has to wait.
#
# Let many readers share the trip: with 64 chats at once, each weight is read **once** and used **64 times**. Where does it stop
# helping? At the flat roof. This picture is called a *roofline*. (Each chat also reads notes of its own;
# [lesson 6c](06c_generation.ipynb) counts them.)

# %% tags=["figure"]
# For each machine: the lower of its two ceilings, against the FLOPs done for each byte read
per_byte = np.logspace(-1, 3, 200)
ax = plt.subplots(figsize=(7.6, 4.0))[1]
for colour, (name, (peak, speed)) in zip(["C1", "C0", "C2", "C3"], machines.items(), strict=True):
    reach = np.minimum(peak, speed * per_byte)
    ax.plot(per_byte, reach, color=colour, label=name.replace("\n", " "))
ax.lines[0].set_linewidth(3.5)
for chats in (1, 64):
    ax.axvline(chats / 2, color="grey", linestyle="--", linewidth=1)
    ax.text(chats / 2 * 1.1, 1.3e9, f"{chats} chat" + "s" * (chats > 1), color="grey")
waiting = all(peak > speed / 2 for peak, speed in machines.values())
ax.set(title=f"For one reader, memory sets the pace {'everywhere' if waiting else 'on most machines'}")
ax.set(xlabel="FLOPs for each byte read (float32 weights)", ylabel="FLOP/s within reach (float32)")
ax.set(xscale="log", yscale="log", ylim=(1e9, 1e15))
ax.xaxis.set_major_formatter("{x:g}")
ax.legend(loc="upper left", fontsize=9, frameon=True, framealpha=1, edgecolor="none")
plt.show()

# %% [markdown]
# In 16 bits both numbers change: a weight is 2 bytes, so one chat does 1 FLOP for each byte; and special units of an A100 do
# 312 TFLOP/s instead of 19.5. Its roof rises, and begins far more to the right. The exercise takes such numbers.

# %% [markdown]
# ### Exercise 0.3 · Tokens per second, for many chats ●●○ 10 min
#
# Return the largest number of tokens per second, all chats together. Two ceilings hold at once: memory, where one reading of
# all weights gives one token to **each** chat; and arithmetic, where every token takes 2 FLOPs a parameter.
#
# <details><summary>Hint 1</summary>Find both ceilings in tokens per second. What does the number of chats change, and what not?</details>
# <details><summary>Hint 2</summary>How long does one reading of all weights take, and how many tokens come out of it? How many FLOPs does one token take? The slower side decides.</details>


# %% tags=["exercise-0.3"]
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    """Upper bound, all chats together. bandwidth: bytes/s; flops: FLOP/s."""
    ### BEGIN SOLUTION
    by_memory = chats * bandwidth / (parameters * bits / 8)
    by_arithmetic = flops / (2 * parameters)
    return min(by_memory, by_arithmetic)
    ### END SOLUTION


# %% tags=["check-0.3"]
with check("0.3", tokens_per_second) as c:
    gpu = {"bandwidth": 2039e9, "flops": 312e12}
    slips = {
        "that takes a byte for every bit": 2039 / (7 * 16),
        "that is the arithmetic's ceiling; memory is slower here": 312e12 / 14e9,
        "that reads one byte a weight; 16 bits are two": 2039 / 7,
        "reading and computing go on at the same time; their times do not add up": 1
        / (14 / 2039 + 14e9 / 312e12),
    }
    got, hint = tokens_per_second(7e9, 16, **gpu), "how long does one reading of all weights take?"
    c.close(got, 2039 / 14, what="7 billion parameters of 16 bits, an A100", slips=slips, hint=hint)
    slips = {"that is for 16 bits; use `bits`": 2039 / 14}
    c.close(tokens_per_second(7e9, 4, **gpu), 2039 / 3.5, what="the same with 4 bits", slips=slips, hint=hint)
    slips = {
        "that is for a single chat; who else is served by the same reading?": 2039 / 14,
        "the arithmetic's ceiling is for all chats together already": 312e12 / 14e9 / 50,
    }
    got, hint = (
        tokens_per_second(7e9, 16, **gpu, chats=50),
        "one reading gives a token to each chat",
    )
    c.close(got, 50 * 2039 / 14, what="50 chats at 16 bits", slips=slips, hint=hint)
    slips = {
        "that is the memory's ceiling; the arithmetic is slower here": 10 * 60 / 1.5,
        "that counts one FLOP a parameter": 100 / 3,
        "more chats do not make the arithmetic faster": 10 * 100 / 6,
    }
    got, hint = tokens_per_second(3e9, 4, 60e9, 100e9, chats=10), "how many FLOPs does one token take?"
    c.close(got, 100 / 6, what="3 billion of 4 bits, a CPU, 10 chats", slips=slips, hint=hint)
    slips = {"that is the memory's ceiling; also for one chat the slower side decides": 51 / 3.5}
    got = tokens_per_second(7e9, 4, 51e9, 91e9)
    c.close(got, 91 / 14, what="7 billion of 4 bits, one core of a phone, 1 chat", slips=slips, hint=hint)

# %% [markdown]
# ## 0.7 A founder's decision
#
# Our start-up repairs bicycles by mail. An assistant shall draft the replies: a model of 7 billion parameters, at least
# 20 tokens per second for one clerk. Four machines are for rent (the prices are invented; put in your own). Weights of
# fewer bits are read faster and fit better, but round more coarsely.

# %%
for_rent = {  # euros an hour, bytes/s, bytes of memory
    "office PC": (0.05, 40e9, 16e9),
    "good laptop": (0.12, 120e9, 16e9),
    "gaming GPU": (0.45, 900e9, 24e9),
    "data-centre GPU": (2.00, 2039e9, 80e9),
}
prices, bandwidths, _ = np.array(list(for_rent.values())).T

# %% tags=["figure"]
# Four machines at three precisions: what they cost, and how fast they can write at most
ax = plt.subplots(figsize=(7.6, 3.6))[1]
for bits, marker in [(16, "s"), (8, "D"), (4, "o")]:
    ax.plot(prices, bandwidths / (7e9 * bits / 8), marker, label=f"{bits} bits")
for name, price, bandwidth in zip(for_rent, prices, bandwidths, strict=True):
    ax.text(price, bandwidth / 14e9 / 1.3, name, ha="center", va="top")
ax.axhline(20, color="grey", linestyle="--", linewidth=1)
ax.set(
    title="Fewer bits lift a cheap machine over the line", xlabel="euros an hour", ylabel="tokens/s at most"
)
ax.set(xscale="log", yscale="log", xlim=(0.03, 4), ylim=(1, 2000))
ax.set(xticks=[0.05, 0.1, 0.2, 0.5, 1, 2], yticks=[1, 10, 20, 100, 1000])
for axis in (ax.xaxis, ax.yaxis):
    axis.set_major_formatter("{x:g}")
ax.minorticks_off()
ax.legend(loc="upper left")
plt.show()

# %% [markdown]
# ### Exercise 0.4 · Which machine do you rent? ●●● 20 min
#
# Return the **cheapest** machine that holds the weights and writes at least `wanted` tokens per second for one chat, and the
# **most** bits out of 16, 8 and 4 with which it manages both. If none does, return `None`. Let memory bandwidth alone limit
# the speed.
#
# The check brings offers of its own: a stick, a book, a card, a tower and a box.
#
# <details><summary>Hint 1</summary>For one machine, try 16, 8, 4 and stop at the first that suits. Do so for all machines, the cheapest first.</details>
# <details><summary>Hint 2</summary>Two loops, one inside the other: the machines sorted by price, and the bits from most to fewest. The first pair that passes both tests is the answer.</details>


# %% tags=["exercise-0.4"]
def rent(machines, parameters, wanted):
    """(name, bits) or None. machines: {name: (euros an hour, bytes/s, bytes of memory)}"""
    ### BEGIN SOLUTION
    for name in sorted(machines, key=lambda name: machines[name][0]):
        _, bandwidth, memory = machines[name]
        for bits in (16, 8, 4):
            size = parameters * bits / 8
            if size <= memory and bandwidth / size >= wanted:
                return name, bits
    return None
    ### END SOLUTION


# %% tags=["check-0.4"]
with check("0.4", rent) as c:
    offers = {"tower": (2.0, 2000e9, 80e9), "stick": (0.05, 40e9, 16e9), "card": (0.4, 900e9, 24e9)}
    offers |= {"book": (0.1, 100e9, 16e9), "box": (9.0, 28e9, 2000e9)}
    cases = [  # billions of parameters, tokens/s, best choice, hint
        (7, 20, ("book", 4), "the book reads 3.5 GB 28 times a second, the stick 11 times"),
        (7, 5, ("stick", 8), "the stick is fast enough at 8 bits, which round less coarsely than 4"),
        (1, 5, ("stick", 16), "the stick does it with 16 bits, the most that are on offer"),
        (20, 10, ("book", 4), "at 4 bits the book reads 10 GB exactly ten times a second; that counts"),
        (32, 2, ("stick", 4), "at 4 bits the weights just fill the stick's 16 GB, and fit"),
        (70, 10, ("tower", 8), "35 GB at 4 bits are too much for the others; the tower holds 70 GB"),
        (1000, 5, None, "no machine does it: the box alone holds the weights, and reads 500 GB too slowly"),
        (70, 1000, None, "no machine does it: the tower reads 35 GB only 57 times a second"),
    ]
    for billions, wanted, best, hint in cases:
        answer = rent(dict(offers), billions * 1e9, wanted)
        answer = tuple(answer) if isinstance(answer, list) else answer
        what = f"{billions} billion parameters, {wanted} tokens/s"
        c.true(not isinstance(answer, str), f"{what}: return a pair, the name and the bits", hint)
        wrong = "some machine manages it" if best else "no machine manages it"
        c.true((answer is None) == (best is None), f"{what}: got {answer}, but {wrong}", hint)
        if best:
            c.equal(answer, best, what=what, hint=hint)

# %% [markdown]
# ## 0.8 The same notebook, other numbers
#
# Every lesson names its numbers in its first code cell, which is tagged `parameters`. The tool *papermill* runs a notebook with
# others: it copies the notebook, puts a cell with your values below that first one, and executes the copy. Here it does so with
# a tiny notebook of two cells, made on the spot.

# %%
import tempfile

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

# %%
folder = tempfile.TemporaryDirectory()
tiny = Path(folder.name) / "tiny.ipynb"
first = new_code_cell("billions: float = 7  # size of a model", metadata={"tags": ["parameters"]})
second = new_code_cell('print(f"{billions:g} billion parameters of 16 bits: {2 * billions:g} GB")')
nbformat.write(new_notebook(cells=[first, second]), tiny)

# %% [markdown]
# Papermill wants to know which kernel to start and where.

# %%
import contextlib
import io

import papermill
from traitlets.config import Config

# kernels that talk through files cannot clash over network ports
sockets = {"transport": "ipc", "ip": f"{folder.name}/k"} if os.name == "posix" else {}
options = {"kernel_name": "python3", "language": "python", "progress_bar": False, "cwd": folder.name}
options["config"] = Config({"KernelManager": sockets})
options["extra_arguments"] = ["--IPKernelApp.log_level=50"]  # a kernel told to end may complain of it


# %%
def run(name, **parameters):
    """Run the tiny notebook into a new one; its last printed line, and what papermill had to say."""
    with contextlib.redirect_stderr(io.StringIO()) as said:
        done = papermill.execute_notebook(tiny, tiny.with_name(name), parameters, **options)
    return done.cells[-1].outputs[0].text.strip(), said.getvalue().strip()


# %%
line, _ = run("small.ipynb", billions=1.5)
print(line)

# %% [markdown]
# For the lessons, the command `course` does it in a terminal (in JupyterLab: File → New → Terminal). The last line runs six
# combinations and puts all results into one table and one picture:
#
# ```bash
# source .venv/bin/activate
# course run 03a -p hidden=64 -p seed=1
# course sweep 03a -p hidden=16,32,64 -p seed=0,1
# ```
#
# **Break it on purpose.** You mean 70 billion and type `bilions`. Predict: an error?

# %%
from utils.params import check_names, of_notebook

line, said = run("typo.ipynb", bilions=70)
assert "70" not in line
print(f"the notebook: {line}\npapermill: {said}")
try:
    check_names({"bilions": 70}, of_notebook(tiny), "tiny")
except CourseError as error:
    print("course run:", error)

# %% [markdown]
# *Symptom:* no error, a fresh notebook, a plausible result: the **default's**. A warning and the added cell in the copy are
# the only traces, and who reads them among a thousand runs? So `course run` compares the names before anything starts, and stops with the last line.

# %% [markdown]
# ## 0.9 The map
#
# The course follows the article's sections, marked §, nearly in their order. A click on a box opens its lesson. Where the
# picture cannot be clicked, the table below it can.
#
# ```mermaid
# flowchart TB
#   subgraph s0 ["Find your feet"]
#     direction LR
#     l00["0 · Start here<br/>§5.1"]
#   end
#   subgraph s1 ["What a large model is"]
#     direction LR
#     l01["1 · Background<br/>§1"] --> l02a["2a · Counting<br/>§2.1"] --> l02b["2b · Generalisation<br/>§2.1, 2.2"] --> l02c["2c · Architecture<br/>§2.4"] --> l02d["2d · Pipeline<br/>§2.3"]
#   end
#   subgraph s2 ["How it learns"]
#     direction LR
#     l03a["3a · Forward and<br/>backward §3.1"] --> l03b["3b · Training<br/>§3.2"] --> l03c["3c · Inference<br/>§3.3"] --> l04a["4a · Formulas<br/>§4.1, 4.2"] --> l04b["4b · Worked example<br/>§4.3"] --> l05["5 · Keras project<br/>§5.2–5.4, 7.2"]
#   end
#   subgraph s3 ["Language"]
#     direction LR
#     l06a["6a · Transformer<br/>§6.1"] --> l06b["6b · Language model<br/>§6.1"] --> l06c["6c · Generation<br/>§6.1"] --> l06d["6d · Open model<br/>§6.1"] --> l06e["6e · Understanding<br/>§6.1"] --> l06f["6f · Translation<br/>§6.1"] --> l06g["6g · Assistant<br/>§6.1"] --> l06h["6h · Agent<br/>§6.1"]
#   end
#   subgraph s4 ["Vision, shop and money"]
#     direction LR
#     l06i["6i · Recognition<br/>§6.2"] --> l06j["6j · Detection<br/>§6.2"] --> l06k["6k · Faces<br/>§6.2"] --> l06l["6l · Driving<br/>§6.2"] --> l06m["6m · Recommenders<br/>§6.3"] --> l06n["6n · Credit<br/>§6.4"] --> l06o["6o · Trading<br/>§6.4"]
#   end
#   subgraph s5 ["Tools and what comes next"]
#     direction LR
#     l07["7 · Tools<br/>§7"] --> l08a["8a · Scaling<br/>§8.1"] --> l08b["8b · Cross-modal<br/>§8.1"] --> l08c["8c · Automation<br/>§8.1"] --> l08d["8d · Compute<br/>§8.2"] --> l08e["8e · Privacy<br/>§8.2"] --> l08f["8f · Interpretability<br/>§8.2"] --> l08g["8g · Alignment<br/>§8"]
#   end
#   subgraph s6 ["Decide and launch"]
#     direction LR
#     l09a["9a · Choosing a model<br/>§9.1"] --> l09b["9b · Overfitting<br/>§9.2"] --> l10a["10a · Ledger<br/>all, §10"] --> l10b["10b · Launch<br/>a product"]
#   end
#   s0 --> s1 --> s2 --> s3 --> s4 --> s5 --> s6
#   classDef ready fill:#cfe8f7,stroke:#0072B2,stroke-width:2px,color:#000000
#   class l00,l01,l02a,l02b,l02c,l02d,l03a,l03b,l03c,l04a,l04b,l05,l06a,l06b,l06c,l06d,l06e,l06f,l06g,l06h,l06i,l06j,l06k,l06l,l06m,l06n,l06o,l07,l08a,l08b,l08c,l08d,l08e,l08f,l08g,l09a,l09b,l10a,l10b ready
#   click l00 href "00_start_here.ipynb"
#   click l01 href "01_background.ipynb"
#   click l02a href "02a_counting.ipynb"
#   click l02b href "02b_generalisation.ipynb"
#   click l02c href "02c_architecture.ipynb"
#   click l02d href "02d_pipeline.ipynb"
#   click l03a href "03a_forward_backward.ipynb"
#   click l03b href "03b_training.ipynb"
#   click l03c href "03c_inference.ipynb"
#   click l04a href "04a_formulas.ipynb"
#   click l04b href "04b_worked_example.ipynb"
#   click l05 href "05_keras_project.ipynb"
#   click l06a href "06a_transformer.ipynb"
#   click l06b href "06b_language_model.ipynb"
#   click l06c href "06c_generation.ipynb"
#   click l06d href "06d_open_model.ipynb"
#   click l06e href "06e_understanding.ipynb"
#   click l06f href "06f_translation.ipynb"
#   click l06g href "06g_assistant.ipynb"
#   click l06h href "06h_agent.ipynb"
#   click l06i href "06i_recognition.ipynb"
#   click l06j href "06j_detection.ipynb"
#   click l06k href "06k_faces.ipynb"
#   click l06l href "06l_driving.ipynb"
#   click l06m href "06m_recommenders.ipynb"
#   click l06n href "06n_credit.ipynb"
#   click l06o href "06o_trading.ipynb"
#   click l07 href "07_tools.ipynb"
#   click l08a href "08a_scaling.ipynb"
#   click l08b href "08b_cross_modal.ipynb"
#   click l08c href "08c_automation.ipynb"
#   click l08d href "08d_compute.ipynb"
#   click l08e href "08e_privacy.ipynb"
#   click l08f href "08f_interpretability.ipynb"
#   click l08g href "08g_alignment.ipynb"
#   click l09a href "09a_choosing_a_model.ipynb"
#   click l09b href "09b_overfitting.ipynb"
#   click l10a href "10a_ledger.ipynb"
#   click l10b href "10b_launch.ipynb"
# ```
#
# | open now | article | afterwards you can |
# |---|---|---|
# | [0 · Start here](00_start_here.ipynb) | §5.1 | know the machine, the checks and the way |
# | [1 · Background: what scale buys](01_background.ipynb) | §1 | measure what scale buys, forecast it, and write its bill |
# | [2a · Large models, counted](02a_counting.ipynb) | §2.1 | count a model's parameters, memory and FLOPs exactly |
# | [2b · Does it generalise?](02b_generalisation.ipynb) | §2.1, 2.2 | tell generalising from memorising; say where deep networks win and where not |
# | [2c · A chart, and what goes into it](02c_architecture.ipynb) | §2.4 | test a system's chart; clean data, cut tokens, and build a first pipeline |
# | [2d · The whole pipeline](02d_pipeline.ipynb) | §2.3 | build network, training and engine, and measure what each stage is worth |
# | [3a · Forward and backward](03a_forward_backward.ipynb) | §3.1 | build the machine that learns, gradient by gradient |
# | [3b · Training in seven steps](03b_training.ipynb) | §3.2 | train in seven steps, and know the price of skipping each |
# | [3c · Inference and a service](03c_inference.ipynb) | §3.3 | infer in five steps, and serve the model over HTTP |
# | [4a · Three formulas, mended and proven](04a_formulas.ipynb) | §4.1, 4.2 | mend, derive and verify the three formulas |
# | [4b · A network by hand](04b_worked_example.ipynb) | §4.3 | follow one example through a network, number by number |
# | [5 · The Keras project](05_keras_project.ipynb) | §5.2–5.4, 7.2 | run, read and mend the Keras example; tell a real training log from an impossible one |
# | [6a · The Transformer](06a_transformer.ipynb) | §6.1 | build tokens and the Llama shape rung by rung, each rung proven |
# | [6b · A language model](06b_language_model.ipynb) | §6.1 | train a GPT on real text and judge it in bits per byte |
# | [6c · Generation](06c_generation.ipynb) | §6.1 | make it write, choose how, and make it fast without changing a word |
# | [6d · An open model](06d_open_model.ipynb) | §6.1 | run a real open language model in your own code, and know what it can and cannot do |
# | [6e · Understanding](06e_understanding.ipynb) | §6.1 | build BERT, put a real one into your own code, and know when to train it further |
# | [6f · Translation](06f_translation.ipynb) | §6.1 | build an encoder–decoder with cross-attention, and judge it by more than its score |
# | [6g · Assistant](06g_assistant.ipynb) | §6.1 | answer with a source, or say "I don't know", and choose when from what each costs |
# | [6h · Agent](06h_agent.ipynb) | §6.1 | give a model tools, guard each door that they open, and measure what the whole is worth |
# | [6i · Recognition](06i_recognition.ipynb) | §6.2, 2.2 | race a CNN fairly against its rivals, and find out what a network looks at |
# | [6j · Detection](06j_detection.ipynb) | §6.2, 2.2 | build YOLO and Faster R-CNN in small, judge them by hand, and follow objects through a video |
# | [6k · Faces](06k_faces.ipynb) | §6.2 | compare faces at a promised rate of false matches, for each group, and attack the door |
# | [6l · Driving](06l_driving.ipynb) | §6.2 | copy a driver, see the copy leave the road, mend it, and say what kilometres prove |
# | [6m · Recommenders](06m_recommenders.ipynb) | §6.3 | recommend by what customers bought, split by time, and see what deep learning adds and what it does not |
# | [6n · Credit](06n_credit.ipynb) | §6.4 | score, mend the chances, decide by costs, explain a refusal and audit the whole |
# | [6o · Trading](06o_trading.ipynb) | §6.4, 2.2 | test a strategy on the past without fooling yourself, and measure its risk |
# | [7 · Tools](07_tools.ipynb) | §7 | write one network in four libraries, know what files and notebooks hide, and check a reference |
# | [8a · Scaling](08a_scaling.ipynb) | §8.1 | forecast how large the next model should be, let a run judge the forecast, and train in several processes |
# | [8b · Cross-modal learning](08b_cross_modal.ipynb) | §8.1 | put pictures, words and voices into one space, and know what it must not be trusted with |
# | [8c · Automation](08c_automation.ipynb) | §8.1 | let a machine search for the model, and see what it finds, costs and overstates |
# | [8d · Compute](08d_compute.ipynb) | §8.2 | save seconds and bytes in ten ways, and say each time what it costs in quality |
# | [8e · Privacy](08e_privacy.ipynb) | §8.2 | steal a secret from a model, train one that cannot be robbed of it, and audit the promise |
# | [8f · Interpretability](08f_interpretability.ipynb) | §8.2 | look inside a model with tools that you have first caught lying |
# | [8g · Alignment](08g_alignment.ipynb) | §8 | turn a model that writes into one that helps, and catch it cheating |
# | [9a · Choosing a model](09a_choosing_a_model.ipynb) | §9.1 | decide with numbers which model to take, build or buy |
# | [9b · Overfitting](09b_overfitting.ipynb) | §9.2 | measure every remedy, the useless ones too |
# | [10a · The ledger](10a_ledger.ipynb) | all, §10 | read the verdicts on the whole article, and clean a list of references |
# | [10b · Launch](10b_launch.ipynb) | a product | launch an assistant on your own machine, and be able to take it back |

# %% [markdown]
# ## 0.10 Your progress
#
# What you have solved is remembered outside the notebooks, so nothing is lost when you restart or clear them. Here is a mark for
# each exercise of this lesson; `course progress` in a terminal shows all lessons.

# %%
from utils.progress import progress

print(progress("00_start_here"))

# %% [markdown]
# ## 0.11 What the article says
#
# Section 5.1 prepares the computer. It asks for Python 3.8 or newer. Ask the packages themselves: each one states in its metadata
# which Python it accepts.

# %%
from importlib.metadata import distribution, metadata

from packaging.specifiers import SpecifierSet

packages = ("torch", "jupyterlab", "pandas", "scikit-learn")
accepted = {name: metadata(name)["Requires-Python"] for name in packages}
for name, versions in accepted.items():
    print(f"{name:<13} Python {versions}")

# %%
old = [name for name, versions in accepted.items() if "3.8" in SpecifierSet(versions)]
claim(
    "§5.1",
    "Python 3.8 or newer will do.",
    "outdated",
    evidence=not old,
    right="None of these packages accepts 3.8; this course needs 3.11 or newer.",
)

# %% [markdown]
# It also wants *CUDA* (NVIDIA's software for computing on its GPUs) in a version that is compatible with Python and with
# TensorFlow. With the framework, yes: its makers build and test each of its files against one CUDA. And Python? Look into the file
# that was installed: for which Python was it built, for which CUDA, and which others does the project serve?

# %%
import sys

here = f"cp{sys.version_info.major}{sys.version_info.minor}"
built_for = distribution("torch").read_text("WHEEL") or f"Tag: {here}"
pythons = [
    version for version in ("3.10", "3.11", "3.12", "3.13") if version in SpecifierSet(accepted["torch"])
]
print("device: this torch was built with CUDA", torch.version.cuda)
print("the project serves Python", ", ".join(pythons))
print("this file is for the Python that runs here:", here in built_for)

# %% [markdown]
# The project makes a file for each Python that it serves, and decides itself which CUDA goes into it: choose the framework's build, and
# Python has nothing left to disagree about. And is a GPU needed at all? The article's network, 10 → 20 → 1, on a CPU:

# %%
network = torch.nn.Sequential(torch.nn.Linear(10, 20), torch.nn.ReLU(), torch.nn.Linear(20, 1))
count = sum(weights.numel() for weights in network.parameters())
x = torch.randn(100, 10)
optimiser, losses = torch.optim.Adam(network.parameters()), []
with timer() as elapsed:
    for _ in range(100):
        loss = ((network(x) - x.sum(dim=1, keepdim=True)) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
print(f"{count} parameters, 100 steps on the {x.device.type}:", approx(elapsed()), "seconds")

# %%
learnt = losses[-1] < losses[0] and x.device.type == "cpu" and elapsed() < 60
claim(
    "§5.1",
    "Install a CUDA that is compatible with Python and TensorFlow.",
    "half right",
    evidence=here in built_for and len(pythons) > 1 and learnt,
    right="With the framework's build it has to fit, and with the GPU's driver, which is not named; Python is settled by "
    "the framework's file. 241 parameters learn without any GPU.",
)

# %% [markdown]
# ## Recap
#
# 1. A machine has two speeds: FLOP/s for arithmetic, bytes/s for memory. Measure them: warm up, repeat, take the median.
# 2. $(n, k) @ (k, m)$ takes $2nkm$ FLOPs; $N$ parameters of $b$ bits take $N b / 8$ bytes.
# 3. A dense model: one reader's tokens per second ≤ bandwidth ÷ bytes of weights; many chats share each reading, up to the arithmetic's roof.
# 4. Checks say ○, ✘ or ✔; what stands after ≈ was measured; hints first, solutions last.
# 5. Parameters change a run without touching the notebook. A misspelt one changes nothing, and leaves only a warning, unless somebody checks.
#
# **Next:** [1 · Background: what scale buys](01_background.ipynb).
#
# ## Sources
#
# - T. Brown and others (2020), *Language models are few-shot learners* (GPT-3), [arXiv:2005.14165](https://arxiv.org/abs/2005.14165)
# - J. Kaplan and others (2020), *Scaling laws for neural language models*: about 6·N·D FLOPs, [arXiv:2001.08361](https://arxiv.org/abs/2001.08361)
# - DeepSeek-AI (2024), *DeepSeek-V3 technical report*, [arXiv:2412.19437](https://arxiv.org/abs/2412.19437)
# - S. Williams, A. Waterman, D. Patterson (2009), *Roofline: an insightful visual performance model*, Communications of the ACM 52(4), [doi:10.1145/1498765.1498785](https://doi.org/10.1145/1498765.1498785)
# - NVIDIA (2021), [*A100 data sheet*](https://www.nvidia.com/en-us/data-center/a100/): 19.5 TFLOP/s in float32, 312 in bfloat16 without sparsity, 2,039 GB/s (SXM, 80 GB)
# - Apple (2020), [*Apple unleashes M1*](https://www.apple.com/newsroom/2020/11/apple-unleashes-m1/): 2.6 TFLOP/s. Its bandwidth is computed: LPDDR4X-4266 on 128 bits
# - Qualcomm and Arm (2020), Snapdragon 888: a Cortex-X1 core at 2.84 GHz with four 128-bit units, LPDDR5-6400 on 64 bits; both its speeds are computed from that
# - [Documentation of papermill](https://papermill.readthedocs.io) and of [PyTorch](https://pytorch.org/get-started/locally/)
