# 1 · Background: what scale buys
# Made from lessons/01_background.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
corpus: str = "python"  # the text; two of the three are downloaded  in {python, tinyshakespeare, tang}
widths: list[int] = [12, 20, 32, 48]  # widths of the models that make the law  in [2, 256]
largest: int = 72  # width of the model that is forecast, more than all others  in [3, 512]
characters: int = 8000  # what the smallest model reads; a wider one reads more  in [2000, 1000000]
repeats: int = 2  # models of each width  in [1, 10]
device: str = "auto"  # where to train; auto takes the best that is here  in {auto, cpu, cuda, mps, xpu}
gpu_price: float = 2.0  # euros for one hour of a data-centre GPU  in [0.5, 20]
gpu_use: float = 0.4  # share of the GPU's peak that training reaches  in [0.1, 1]
api_price: float = 1.0  # euros for a million tokens through an API  in [0.01, 20]

# %% 1.1 asks about two_point_forecast
import math

points = [
    (1, 4.0, 10, 3.2, 100),
    (2.0, 3.0, 16.0, 2.0, 5.0),
    (1e6, 1.5, 1e3, 2.5, 1e9),
    (3, 1.2, 40, 1.9, 90),
]
for x1, l1, x2, l2, x3 in points:
    slope = math.log(l2 / l1) / math.log(x2 / x1)
    straight = l1 + (l2 - l1) * (x3 - x1) / (x2 - x1)
    steps = l1 + (l2 - l1) * math.log(x3 / x1) / math.log(x2 / x1)
    c.close(
        two_point_forecast(x1, l1, x2, l2, x3),
        l2 * (x3 / x2) ** slope,
        what=f"x = {x3:g} after ({x1:g}, {l1}) and ({x2:g}, {l2})",
        hint="ln l = ln a + s · ln x holds at both points; first find s, with its sign",
        slips={
            "that is a straight line on plain axes": straight,
            "you took off the same amount for each factor; take off the same share": steps,
            "the sign of the exponent is turned": l2 * (x3 / x2) ** -slope,
            "your law does not pass through the second point": l2 * (x3 / x1) ** slope,
            "that is still a logarithm": math.log(l2) + slope * math.log(x3 / x2),
        },
    )

# %% 1.2 asks about size_for
import math
import numpy as np

for n, noise, goal, alpha in [(5, 0, 1.5, 0.11), (8, 0.05, 1.2, 0.11), (20, 0.1, 0.6, 0.25)]:
    draw = np.random.default_rng(n)
    sizes = draw.permutation(np.logspace(3, 5, n))
    losses = 6 * sizes**-alpha * np.exp(noise * draw.normal(size=n))
    x, y = np.log(sizes), np.log(losses)
    b, a = np.polyfit(x, y, 1)
    back, start = np.polyfit(y, x, 1)
    ends = [x.argmin(), x.argmax()]
    chord, from_end = np.polyfit(x[ends], y[ends], 1)
    plain = np.polyfit(sizes, losses, 1)
    turned = "you fitted ln size against ln loss; that is another line once points scatter"
    c.close(
        size_for(sizes, losses, goal),
        math.exp((math.log(goal) - a) / b),
        what=f"{n} models, target loss {goal}",
        rtol=2e-4,
        hint="the line has ln loss on one side and ln size on the other; solve for the second",
        slips={
            turned: np.exp(start + back * math.log(goal)),
            "you used only the smallest and the largest": np.exp((math.log(goal) - from_end) / chord),
            "that is the line on plain axes": (goal - plain[1]) / plain[0],
            "that is the logarithm of the size": (math.log(goal) - a) / b,
        },
    )

# %% 1.3 asks about doubling_months
import math
import numpy as np

draw = np.random.default_rng(3)
for n, months, noise in [(4, 6.0, 0.0), (10, 18.0, 1.0), (25, 3.4, 3.0)]:
    years = draw.permutation(np.sort(draw.uniform(2012, 2025, n)))
    flops = 2.0 ** (60 + 12 / months * (years - 2012) + noise * draw.normal(size=n))
    rate = np.polyfit(years, np.log2(flops), 1)[0]
    ends = [years.argmin(), years.argmax()]
    turned = "you fitted the years against the doublings; that is another line once points scatter"
    c.close(
        doubling_months(years, flops),
        12 / rate,
        what=f"{n} models",
        rtol=1e-5,
        hint="the slope of log2(flops) against the years counts doublings a year",
        slips={
            "that is in years; a year has 12 months": 1 / rate,
            "those are doublings a year, not months for a doubling": rate,
            "that is the time to grow e-fold, not twofold": 12 / (rate * math.log(2)),
            "that is the time to grow tenfold, not twofold": 12 / (rate * math.log10(2)),
            "you used only the first and the last model": 12
            / np.polyfit(years[ends], np.log2(flops[ends]), 1)[0],
            turned: 12 * np.polyfit(np.log2(flops), years, 1)[0],
        },
    )

# %% 1.4 asks about best_split
import math

for budget, *given in [(5.88e23, 20), (6e12, 100), (3.14e23, 1.7), (1e25, 150), (2.4e21,)]:
    ratio = given[0] if given else 20
    n, twenty = math.sqrt(budget / (6 * ratio)), math.sqrt(budget / 120)
    c.close(
        best_split(budget, *given),
        (n, ratio * n),
        what=f"{budget:g} FLOPs at {ratio} tokens a parameter{'' if given else ', with no ratio given'}",
        hint="put D = ratio · N into C = 6 · N · D; what is N²?",
        slips={
            "the order is parameters, then tokens": (ratio * n, n),
            "the cost of training has one more factor": (math.sqrt(6) * n, math.sqrt(6) * ratio * n),
            "that is the cost of use; training costs more": (math.sqrt(3) * n, math.sqrt(3) * ratio * n),
            "the ratio is always 20; use the one that was given": (twenty, 20 * twenty),
            "the ratio counts in the parameters, too": (
                math.sqrt(budget / 6),
                ratio * math.sqrt(budget / 6),
            ),
        },
    )

# %% 1.5 asks about cheapest
rent, adapt, train = (0, 0.0015, 0, 1), (4, 0.00001, 1460, 1_000_000), (374_000, 0.0, 900, 3_000_000)
million, llm = 1_000_000, {"train": train, "adapt": adapt, "rent": rent}
disk = {"cloud": (700, 0.002, 0, 1), "cellar": (9000, 0.0001, 200, 250_000)}
cases = [
    (llm, [3000] * 12, "rent", 54.0, "what does an API cost in twelve months?"),
    (llm, [990_000] * 12, "adapt", 17_642.8, "each of adapt's requests costs a little, too"),
    (llm, [1_500_000] * 12, "rent", 27_000.0, "adapt needs two whole GPUs, not one and a half"),
    (llm, [0] * 2 + [1_000_000] * 10, "rent", 15_000.0, "an idle GPU costs too, in each month"),
    (llm, [580_000] * 6 + [1_400_000] * 6, "rent", 17_820.0, "count the GPUs month by month"),
    (llm, [29 * million] * 36, "train", 698_000.0, "a sum once, and ten GPUs a month"),
    (llm, [29 * million] * 24 + [31 * million] * 12, "train", 708_800.0, "ten GPUs, then eleven"),
    (llm, [1_000_000] * 12, "adapt", 17_644.0, "a full GPU is enough"),
    (llm, [31 * million] + [29 * million] * 23, "train", 590_900.0, "a GPU can be given back"),
    (disk, [10_000] * 10, "cloud", 900.0, "an API, too, may have a sum before the start"),
    (disk, [250_000] * 40, "cellar", 18_000.0, "read names and numbers from the options given"),
]
for options, requests, name, total, hint in cases:
    got, ends = cheapest(requests, options), f"first {requests[0]:,}, last {requests[-1]:,}"
    what = f"{len(requests)} months of requests ({ends}), {' or '.join(options)}"
    c.true(isinstance(got, (tuple, list)) and len(got) == 2, "return two things: the name and the total")
    c.equal(got[0], name, what=what, hint=hint)
    c.close(got[1], total, what=f"total, {what}", hint=hint)
