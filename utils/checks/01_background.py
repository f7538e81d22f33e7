# 1 · Background: what scale buys
# Made from lessons/01_background.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
corpus: str = "python"  # the text; two of the three are downloaded  in {python, tinyshakespeare, tang}
widths: list[int] = [5, 10, 20, 40, 80]  # widths of the models that make the law  in [2, 256]
largest: int = 160  # width of the model that is forecast  in [2, 512]
characters: int = 20000  # what the smallest model reads; a wider one reads more  in [2000, 1000000]
repeats: int = 3  # models of each width  in [1, 10]
device: str = "auto"  # where to train; auto takes the best that is here  in {auto, cpu, cuda, mps, xpu}
gpu_price: float = 2.0  # euros for one hour of a data-centre GPU  in [0.5, 20]
gpu_use: float = 0.4  # share of the GPU's peak that training reaches  in [0.1, 1]
api_price: float = 1.0  # euros for a million tokens through an API  in [0.01, 20]

# %% 1.1 asks about two_point_forecast
import math

for x1, l1, x2, l2, x3 in [(1, 4.0, 10, 3.2, 100), (2.0, 3.0, 16.0, 2.0, 5.0), (1e6, 1.5, 1e3, 2.5, 1e9)]:
    slope = math.log(l2 / l1) / math.log(x2 / x1)
    straight = l1 + (l2 - l1) * (x3 - x1) / (x2 - x1)
    steps = l1 + (l2 - l1) * math.log(x3 / x1) / math.log(x2 / x1)
    c.close(
        two_point_forecast(x1, l1, x2, l2, x3),
        l2 * (x3 / x2) ** slope,
        what=f"x = {x3:g} after ({x1:g}, {l1}) and ({x2:g}, {l2})",
        hint="slope = ln(l2 / l1) / ln(x2 / x1), then l2 · (x3 / x2) ** slope",
        slips={
            "that is a straight line on plain axes": straight,
            "you took off the same amount for each factor; take off the same share": steps,
            "the sign of the exponent is turned: more work must lower the loss": l2 * (x3 / x2) ** -slope,
            "the slope starts from x2: use x3 / x2, not x3 / x1": l2 * (x3 / x1) ** slope,
        },
    )

# %% 1.2 asks about size_for
import math
import numpy as np

for n, scatter, goal in [(5, 0.0, 1.5), (8, 0.05, 1.2), (20, 0.1, 2.0)]:
    sizes = np.logspace(3, 5, n)
    losses = 6.0 * sizes**-0.11 * np.exp(scatter * np.random.default_rng(n).normal(size=n))
    x, y = np.log(sizes), np.log(losses)
    b, a = np.polyfit(x, y, 1)
    back, start = np.polyfit(y, x, 1)
    chord = math.log(losses[-1] / losses[0]) / math.log(sizes[-1] / sizes[0])
    plain = np.polyfit(sizes, losses, 1)
    c.close(
        size_for(sizes, losses, goal),
        math.exp((math.log(goal) - a) / b),
        what=f"{n} models, target loss {goal}",
        hint="fit ln loss = intercept + slope · ln size, then size = exp((ln target - intercept) / slope)",
        slips={
            "you fitted ln size against ln loss; that is another line once points scatter": np.exp(
                start + back * math.log(goal)
            ),
            "you used only the first and the last model": sizes[0] * (goal / losses[0]) ** (1 / chord),
            "that is the line on plain axes": (goal - plain[1]) / plain[0],
            "that is the logarithm of the size": (math.log(goal) - a) / b,
        },
    )

# %% 1.3 asks about doubling_months
import math
import numpy as np

draw = np.random.default_rng(3)
for n, months, noise in [(4, 6.0, 0.0), (10, 18.0, 1.0), (25, 3.4, 3.0)]:
    years = np.sort(draw.uniform(2012, 2025, n))
    flops = 2.0 ** (60 + 12 / months * (years - 2012) + noise * draw.normal(size=n))
    rate = np.polyfit(years, np.log2(flops), 1)[0]
    ends = math.log2(flops[-1] / flops[0]) / (years[-1] - years[0])
    c.close(
        doubling_months(years, flops),
        12 / rate,
        what=f"{n} models",
        rtol=1e-5,
        hint="12 / slope of log2(flops) against years",
        slips={
            "that is in years; a year has 12 months": 1 / rate,
            "those are doublings a year, not months for a doubling": rate,
            "that is the time to grow e-fold; use log2": 12 / (rate * math.log(2)),
            "that is the time to grow tenfold; use log2": 12 / (rate * math.log10(2)),
            "you used only the first and the last model": 12 / ends,
        },
    )

# %% 1.4 asks about best_split
import math

for budget, ratio in [(5.88e23, 20), (6e12, 100), (3.14e23, 1.7), (1e25, 150)]:
    n = math.sqrt(budget / (6 * ratio))
    c.close(
        best_split(budget, ratio),
        (n, ratio * n),
        what=f"{budget:g} FLOPs at {ratio} tokens a parameter",
        hint="N = √(C / (6 · ratio)), D = ratio · N",
        slips={
            "the order is parameters, then tokens": (ratio * n, n),
            "the 6 is missing": (math.sqrt(budget / ratio), math.sqrt(budget * ratio)),
            "that is the cost of using a model; training costs 6, not 2": (
                math.sqrt(3) * n,
                math.sqrt(3) * ratio * n,
            ),
            "the ratio is always 20; use the one that was given": (
                math.sqrt(budget / 120),
                20 * math.sqrt(budget / 120),
            ),
        },
    )

# %% 1.5 asks about cheapest
rent, adapt, train = (0, 0.0015, 0, 1), (4, 0.00001, 1460, 1_000_000), (26_000, 0.0, 900, 3_000_000)
offers = {"train": train, "adapt": adapt, "rent": rent}
cases = [
    ([3000] * 12, "rent", 54.0, "an API costs 12 · 3000 · 0.0015"),
    ([990_000] * 12, "adapt", 17_642.8, "adapt: 4 + 12 · (990,000 · 0.00001 + 1460)"),
    ([1_500_000] * 12, "rent", 27_000.0, "adapt needs two whole GPUs, not one and a half"),
    ([0] * 2 + [1_000_000] * 10, "rent", 15_000.0, "an idle GPU costs too: at least one in each month"),
    ([580_000] * 6 + [1_400_000] * 6, "rent", 17_820.0, "count the GPUs month by month, not on average"),
    ([2_900_000] * 36, "train", 58_400.0, "train: 26,000 once and 36 · 900"),
    ([2_900_000] * 24 + [3_100_000] * 12, "train", 69_200.0, "train: one GPU for 24 months, then two"),
    ([1_000_000] * 12, "adapt", 17_644.0, "one GPU serves 1,000,000 requests; a full one is enough"),
]
for requests, name, total, hint in cases:
    got = cheapest(requests, offers)
    what = (
        f"{len(requests)} months, {requests[0]:,} requests in the first and {requests[-1]:,} in the last"
    )
    c.true(isinstance(got, (tuple, list)) and len(got) == 2, "return two things: the name and the total")
    c.equal(got[0], name, what=what, hint=hint)
    c.close(got[1], total, what=f"total, {what}", hint=hint)
