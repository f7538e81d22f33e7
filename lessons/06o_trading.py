# %% [markdown]
# # 6o · Trading
#
# Test a trading rule on the past without fooling yourself, and say how much it may lose.
#
# 75 min to read · under 40 CPU-seconds · under 1,000 MB · GPU: not needed
#
# **You will be able to**
# - write a back-test with costs, and a test that catches a rule that looks into the future;
# - make each classic leak on purpose, on a market where nothing can be earned, and mend it;
# - judge the best of many tries, and say how many years a result needs;
# - size a bet, state its risk in three ways, and test that statement.
#
# *You need:* intervals and the bootstrap from [lesson 6k](06k_faces.ipynb), held-out data from [lesson 3b](03b_training.ipynb), boosting against networks from [lesson 2b](02b_generalisation.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
days: int = 2500  # trading days of each generated market  in [1000, 10000]
correlation: float = 0.05  # of the planted signal with tomorrow's return  in [0, 0.3]
cost: float = 0.0005  # share of the traded value that a trade costs  in [0, 0.01]
markets: int = 12  # markets on which each leak is tried  in [4, 100]
tries: int = 100  # rules among which the best is taken  in [4, 400]
dataset: str = "planted"  # the series of 6o.6 and 6o.9  in {planted, euro, yen, brent, wti, vix, sp500}

# %%
import math
from collections import Counter, defaultdict

import matplotlib.pyplot as plt
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import special
from scipy import stats as distributions
from scipy.signal import lfilter
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.neural_network import MLPRegressor

from utils import data, plot, stats
from utils.check import approx, check, claim, metric
from utils.params import check_parameters
from utils.repro import child_seed, numpy_stream

# %%
check_parameters("06o_trading", globals())
plot.style()
usual = (days, correlation, cost, markets, tries) == (2500, 0.05, 0.0005, 12, 100)

# %% [markdown]
# ## 6o.1 A promise in a curve
#
# The bicycle shop has spare euros, and a visitor with a laptop: "My network has found a strategy. Look how it would have done!" Such a test on past prices is a **back-test** (回测). What must it survive? (Nothing here is advice on investing.)
#
# One convention for everything: prices are known at the *close* of a day. At the close of day $t$ we know the returns up to $r_t$, and decide the **position** (仓位) $p_t$, a share of our money; -1 is "short", sold without owning. It earns $p_t\,r_{t+1}$, tomorrow.

# %%
returns = np.array([0.00, 0.02, -0.01, 0.03])
position = np.array([1.0, 1.0, -1.0, 0.0])
for day in range(3):
    print(f"decided on day {day}: {position[day]:+.0f}, earned on day {day + 1}:", end=" ")
    print(f"{position[day] * returns[day + 1]:+.2f}")

# %% [markdown]
# By pencil: +2 %, -1 %, and -3 %, for we were short when the price rose. The decision of the last day earns nothing yet.
#
# Trading costs. A change of position from 1 to -1 trades *twice* our money; each traded euro pays a fee, half the gap between buying and selling price, and **slippage** (滑点): a big order moves the price against us, here in proportion, so that part grows with the square. Whoever is short, or holds more than they own, **borrows** and pays every day. That is the engine:


# %%
def backtest(position, returns, cost=0.0, slippage=0.0, borrowing=0.0):
    """position (n,), decided at each close; returns (n,) -> net returns of days 1 to n-1, (n-1,)"""
    held = position[:-1]
    traded = np.abs(np.diff(held, prepend=0.0))
    borrowed = np.maximum(-held, 0) + np.maximum(held - 1, 0)
    return held * returns[1:] - cost * traded - slippage * traded**2 - borrowing * borrowed


def sharpe(returns, a_year=252):
    """Mean over standard deviation, for a year; returns (n,), or (n, N) for N rules"""
    return returns.mean(axis=0) / returns.std(axis=0) * math.sqrt(a_year)


net = backtest(position, returns, cost=0.001, slippage=0.001, borrowing=0.0002)
print("net:", net)
assert np.allclose(net, [0.02 - 0.001 - 0.001, -0.01, -0.03 - 0.002 - 0.004 - 0.0002])

# %% [markdown]
# The **Sharpe ratio** (夏普比率) is what everyone quotes: mean over standard deviation, times $\sqrt{252}$ trading days. (Strictly, of what exceeds the interest on cash; ours pays none.)
#
# Is the engine right? Keep a slow ledger in euros: at each close, buy and sell pieces until the wanted share of our money is in the market. Without costs both must agree to rounding. With costs they differ a little: shares drift between two closes, and the engine trades only *decided* changes.


# %%
def ledger(position, returns, cost):
    """Money after each day, from 1 euro, by buying and selling pieces."""
    money, pieces, price, history = 1.0, 0.0, 100.0, []
    for p, r in zip(position[:-1], returns[1:], strict=True):
        wanted = p * money / price
        money -= cost * abs(wanted - pieces) * price
        money += wanted * price * r
        pieces, price = wanted, price * (1 + r)
        history.append(money)
    return np.array(history)


# %%
rng = numpy_stream(seed, "ledger")
market, decided = rng.normal(0, 0.01, 500), rng.choice([-1.0, 0.0, 0.5, 1.0], 500)
for each in (0.0, 0.001):
    fast, slow = np.cumprod(1 + backtest(decided, market, each)), ledger(decided, market, each)
    print(f"cost {each}: after {len(fast)} days", approx(fast[-1]), "and", approx(slow[-1]))
    assert np.abs(fast / slow - 1).max() < (1e-12 if each == 0 else 0.03)

# %% [markdown]
# ### Exercise 6o.1 · Which cost kills it? ●○○ 10 min
#
# A rule's positions and the market's returns are given, in the convention above; nothing is borrowed, and there is no slippage. At which `cost` for each traded share of our money does the *sum* of the net returns become exactly 0? Trading begins from 0, and the last decision neither earns nor trades. There is at least one trade. The answer is negative for a rule that loses even without cost.
#
# <details><summary>Hint 1</summary>The net sum is what was earned minus the cost times something. What is that something?</details>
# <details><summary>Hint 2</summary>Write down for the example of four days what was earned in all and what was traded in all, the first purchase included.</details>


# %% tags=["exercise-6o.1"]
def break_even(position, returns):
    """position (n,), returns (n,) -> the cost at which nothing is left"""
    ### BEGIN SOLUTION
    held = np.asarray(position)[:-1]
    return held @ np.asarray(returns)[1:] / np.abs(np.diff(held, prepend=0.0)).sum()
    ### END SOLUTION


# %% tags=["check-6o.1"]
with check("6o.1", break_even) as c:
    draws = np.random.default_rng(5)
    cases = [
        (np.array([1.0, 1.0, -1.0, 0.5]), np.array([0.05, 0.02, -0.01, 0.03])),
        (np.array([0.0, 1.0, 0.5, 0.5, -0.5, 2.0]), np.array([0.07, 0.01, 0.02, -0.03, 0.01, -0.02])),
        (np.array([2.0, 0.0]), np.array([0.05, -0.03])),
        (draws.choice([-1.0, 0.0, 1.0], 60), draws.normal(0, 0.01, 60)),
        (np.cumsum(draws.normal(size=41)), draws.normal(0.001, 0.02, 41)),
    ]
    for position, returns in cases:
        held, n = position[:-1], len(position)
        earned, traded = (held * returns[1:]).sum(), np.abs(np.diff(held, prepend=0)).sum()
        inner, whole = np.abs(np.diff(held)).sum(), np.abs(np.diff(position, prepend=0)).sum()
        same_day = (position * returns).sum()
        slips = {
            "the position of a day earns the return of the next day, not of its own": same_day / traded,
            "the position of a day earns the return of the next day, not of its own; and the last decision trades nothing": same_day
            / whole,
            "the first purchase is a trade, too": earned / inner if inner else np.inf,
            "the last decision is not traded any more": earned / whole,
            "the positions held are not what is traded; only changes are": earned / np.abs(held).sum()
            if held.any()
            else np.inf,
            "selling is trading, too; signs must not cancel": earned / held[-1] if held[-1] else np.inf,
            "that is upside down": traded / earned,
            "that is what is earned; the trades are missing": earned,
            "sums, not means over different numbers of days": earned / (n - 1) / (traded / n),
        }
        c.close(
            break_even(position, returns),
            earned / traded,
            what=f"{n} days",
            slips=slips,
            hint="net sum = earned - cost · traded; both as in the engine",
        )

# %% [markdown]
# ## 6o.2 A market with nothing, and one with a little
#
# To know whether a *test* is honest, try it where the truth is known. Market one: returns are independent draws from a normal distribution with mean 0 and a standard deviation of 1 % a day. No rule can be *expected* to earn anything there; whatever one earns is luck. Market two: some number $x_t$ is known at the close, and has a correlation of $\rho$ with tomorrow's return. It changes slowly: each day nine tenths of it stay, and something fresh is added, so that its standard deviation is 1.

# %%
VOL, STAYS = 0.01, 0.9


def nothing(trial=0, n=days):
    """Returns (n,) in which there is nothing to find"""
    return numpy_stream(seed, "nothing", trial).normal(0, VOL, n)


def little(trial=0, n=days):
    """A signal x (n,), and returns (n,) of which x foretells a little, one day ahead"""
    rng = numpy_stream(seed, "little", trial)
    fresh = rng.normal(size=n)
    fresh[1:] *= math.sqrt(1 - STAYS**2)
    x = lfilter([1], [1, -STAYS], fresh)
    luck = rng.normal(size=n)
    told = correlation * np.append(0, x[:-1]) + math.sqrt(1 - correlation**2) * luck
    return x, VOL * told


# %% [markdown]
# The best rule in the second market is to hold $x_t$ itself. It earns $\rho\sigma$ a day with a standard deviation of about $\sigma$, so no rule has a Sharpe ratio above about $\rho\sqrt{252}$. **Predict**: a correlation of 0.05 explains a four-hundredth of the variance. Is that worth anything? And what will the costs leave?

# %%
best = correlation * math.sqrt(252)
long_x, long_r = little(n=252_000)
gross, after = (sharpe(backtest(long_x, long_r, each)) for each in (0, cost))
print(f"possible {best:.3f}; in 1,000 years: without cost", approx(gross), "| with cost", approx(after))
assert abs(gross - best / math.sqrt(1 + correlation**2)) < 0.15
assert after <= gross

# %% tags=["figure"]
# Curves: the Sharpe ratio of the best rule against the cost of a trade, for a slow and for a hasty rule
costs = np.linspace(0, 0.002, 21)
hasty = long_x + numpy_stream(seed, "haste").normal(size=len(long_x))
ax = plot.lines(
    {
        "hold x": [sharpe(backtest(long_x, long_r, each)) for each in costs],
        "hold x plus noise": [sharpe(backtest(hasty, long_r, each)) for each in costs],
    },
    x=costs * 10_000,
    title="Costs eat the hasty rule first",
    xlabel="cost, in hundredths of a per cent of the traded value",
    ylabel="Sharpe ratio a year",
    ax=plt.subplots(figsize=(7, 3))[1],
)
ax.axhline(0, color="grey", linewidth=1)
plt.show()

# %% [markdown]
# A thousand years show it clearly. Look at ten, in markets with *nothing*: a mean of $n$ days has an error of $\sigma/\sqrt n$, so even there Sharpe ratios scatter by $\sqrt{252/n}=1/\sqrt{10}\approx 0.32$ around 0. Keep that number in mind.

# %%
always = np.ones(days)
luck = np.array([sharpe(backtest(always, nothing(trial))) for trial in range(200)])
print(f"scatter in {days / 252:.1f} years", approx(luck.std()), "| theory", approx(math.sqrt(252 / days)))
assert abs(luck.std() / math.sqrt(252 / days) - 1) < 0.2

# %% [markdown]
# ## 6o.3 Change the future
#
# The commonest mistake is **look-ahead** (未来函数): a decision uses what was not known yet. One can stare at code for hours and not see it. A test sees it at once. *Replace all returns after day c by others. A rule that does not look ahead decides the same up to and including day c.* We compare real numbers, before they are turned into "buy" or "sell": a leak may change no sign, and still a number.


# %%
def peeks(strategy, returns, c):
    """Whether a decision up to day c changes when the returns after day c do"""
    other = returns.copy()
    other[c + 1 :] = numpy_stream(seed, "another future", c).normal(0, 3 * VOL, len(returns) - c - 1)
    before, now = strategy(returns)[: c + 1], strategy(other)[: c + 1]
    return not np.allclose(now, before, rtol=1e-9, atol=1e-12)


# %% [markdown]
# Try it on two rules that follow the trend of the last 20 days. They differ in one index.


# %%
def trailing(values, width):
    """Sum of the last `width` values up to each day, (n,)"""
    total = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    return total[ends] - total[np.maximum(ends - width, 0)]


def trend(returns):
    return trailing(returns, 20)  # up to and including today


def trend_too_late(returns):
    return np.append(trailing(returns, 20)[1:], 0.0)  # one day too far


# %%
at = [300, 450, 600, 750]
for rule in (trend, trend_too_late):
    print(f"{rule.__name__}: looks ahead on", [c for c in at if peeks(rule, nothing(), c)] or "no day")
assert not any(peeks(trend, nothing(), c) for c in at)
assert all(peeks(trend_too_late, nothing(), c) for c in at)

# %% [markdown]
# `peeks` works for any function from returns to numbers: run it on your own. It proves guilt, not innocence: ask it on several days. And it cannot see what was decided *outside* the function: which shares are in the list, which of a hundred rules is shown.
#
# ### Exercise 6o.2 · Mend a rule ●●○ 15 min
#
# A colleague follows the trend, but holds less when the market is restless: "the *mean* of the last 20 returns, divided by the standard deviation of the returns". His code divides by `returns.std()`, that of all days. Write it without look-ahead: the mean of the 20 returns up to and including day $t$, divided by the standard deviation of the 60 returns up to and including day $t$ (`np.std`, as it is). For the first 59 days, when there are not yet 60, the signal is 0. There are at least 60 days.
#
# The check runs the test above on your rule.
#
# <details><summary>Hint 1</summary>On day t one may use `returns[: t + 1]` and nothing else. A loop over the days is fine.</details>
# <details><summary>Hint 2</summary>Which is the first day with 60 returns up to and including it? Count by hand with 3 in place of 60.</details>


# %% tags=["exercise-6o.2"]
def calm_trend(returns):
    """returns (n,) -> signal (n,)"""
    ### BEGIN SOLUTION
    signal = np.zeros(len(returns))
    for t in range(59, len(returns)):
        known = returns[: t + 1]
        signal[t] = known[-20:].mean() / known[-60:].std()
    return signal
    ### END SOLUTION


# %% tags=["check-6o.2"]
with check("6o.2", calm_trend) as c:
    draws = np.random.default_rng(8)
    for n in (150, 60, 97):
        returns = draws.normal(0.0003, 0.01, n) * (1 + np.arange(n) / 50)
        got = calm_trend(returns)
        c.true(got is not None, "got None; does the function end with `return …`?")
        got = np.asarray(got)
        want, others = (
            np.zeros(n),
            {
                name: np.zeros(n)
                for name in (
                    "same",
                    "ddof",
                    "sum",
                    "early",
                    "late",
                    "swap",
                    "var",
                    "fewer",
                    "both",
                    "more",
                    "all",
                )
            },
        )
        for t in range(n):
            last, wide = returns[max(0, t - 19) : t + 1], returns[max(0, t - 59) : t + 1]
            if t >= 59:
                want[t] = last.mean() / wide.std()
                others["same"][t] = last.mean() / last.std()
                others["ddof"][t] = last.mean() / wide.std(ddof=1)
                others["sum"][t] = last.sum() / wide.std()
                others["swap"][t] = wide.mean() / last.std()
                others["var"][t] = last.mean() / wide.var()
                others["fewer"][t] = last[1:].mean() / wide[1:].std()
                others["both"][t] = last[:-1].mean() / wide[:-1].std()
                others["all"][t] = last.mean() / returns[: t + 1].std()
            if t >= 60:
                others["late"][t] = last.mean() / wide.std()
                others["early"][t] = returns[t - 20 : t].mean() / returns[t - 60 : t].std()
                others["more"][t] = returns[t - 20 : t + 1].mean() / returns[t - 60 : t + 1].std()
        sentences = {
            "both numbers come from the last 20 days; the standard deviation needs 60": "same",
            "the standard deviation is `np.std`, as it is, without ddof": "ddof",
            "the mean of the 20 returns is wanted, not their sum": "sum",
            "mean and standard deviation have exchanged their windows": "swap",
            "divide by the standard deviation, not by the variance": "var",
            "the first day with 60 returns has been left out": "late",
            "today's return is known at the close, and belongs to both windows": "early",
            "both windows lack a return: today's": "both",
            "both windows lack a return: their oldest": "fewer",
            "both windows hold a return too many": "more",
            "the standard deviation is that of 60 returns, not of all so far": "all",
        }
        c.true(got.shape == (n,), f"{n} days: one signal for each day is wanted")
        c.true(
            got.dtype.kind in "fiu" and np.isfinite(got.astype(float)).all(),
            f"{n} days: the signal holds what is no number",
        )
        for day in (59, 75, 100):
            if day < n - 1:
                future = returns.copy()
                future[day + 1 :] = draws.normal(0.01, 0.05, n - day - 1)
                later = np.asarray(calm_trend(future))
                c.true(
                    later.shape == (n,)
                    and np.allclose(later[: day + 1], got[: day + 1], rtol=1e-9, atol=1e-12),
                    f"{n} days: a decision up to day {day} changes when the returns after day {day} change",
                    hint="on day t use returns[: t + 1] alone",
                )
        c.close(
            got,
            want,
            what=f"{n} days",
            slips={sentence: others[name] for sentence, name in sentences.items()},
            hint="20 and 60 returns, both ending with today's; zeros before the 60th return",
            rtol=1e-6,
        )

# %% [markdown]
# ## 6o.4 Six ways to get rich where nothing can be earned
#
# Each leak comes with a twin without it: the same rule, mended. Both run on the same markets with *nothing*, of ten years each (the last on shares of its own). No costs, and positions of +1 or -1 only (0 on days without a forecast): we are generous.


# %%
table, pairs = {}, {}


def earns(signal, returns):
    return sharpe(backtest(np.sign(signal), returns))


def compare(name, leaky, honest):
    """Sharpe ratios (markets, 2) of both rules, kept in `table`; the rules in `pairs`"""
    pairs[name], worlds = (leaky, honest), [nothing(trial) for trial in range(markets)]
    found = np.array([[earns(rule(r), r) for rule in pairs[name]] for r in worlds])
    table[name], error = found, found[:, 1].std(ddof=1) / math.sqrt(markets)
    print(f"{name}: leaky {approx(found[:, 0].mean())},", end=" ")
    print(f"honest {approx(found[:, 1].mean())} (± {approx(error)})")


# %% [markdown]
# **Leak 1, the whole sample's mean.** "Buy when the price is low, sell when it is high." Low against *what*? The average price of the ten years is known only at their end. Honest: the average so far. **Leak 2, the same close**: `trend_too_late` from above, whose decision already holds the return that it will earn.


# %%
def cheap_leaky(returns):
    price = np.cumsum(returns)
    return price.mean() - price


def cheap(returns):
    price = np.cumsum(returns)
    return np.cumsum(price) / np.arange(1, len(price) + 1) - price


compare("1 whole sample", cheap_leaky, cheap)
compare("2 same close", trend_too_late, trend)

# %% tags=["figure"]
# Curves: what two rules that differ in one index earn on a market where nothing can be earned
r = nothing()
rules_shown = {"decided one day too late": trend_too_late, "decided in time": trend}
ax = plot.lines(
    {name: 100 * np.cumsum(backtest(np.sign(rule(r)), r)) for name, rule in rules_shown.items()},
    title="One index apart: a fortune, and luck",
    xlabel="day",
    ylabel="sum of returns, per cent",
    ax=plt.subplots(figsize=(7, 2.8))[1],
)
plt.show()

# %% [markdown]
# **Leak 3, shuffled folds.** Now a model: five numbers say how the price moved over the last 5 to 120 days; the target is the sum of the *next 20* returns. Each row is predicted by a model that has learnt from four fifths of the others, drawn at random, as [lesson 3b](03b_training.ipynb) does with images. But today's row and yesterday's share 19 of 20 days of their targets, and nearly all of their features. For a random fold the answer stands next door.

# %%
HORIZON, WINDOWS = 20, (5, 10, 20, 60, 120)


def rows_of(returns):
    """Features (n, 5), each with a spread of about 1"""
    columns = [trailing(returns, w) / (VOL * math.sqrt(w)) for w in WINDOWS]
    return np.stack(columns, axis=1)  # (n,) five times -> (n, 5)


def target_of(returns):
    """Sum of the next 20 returns, (n,); at the very end, of those that are left"""
    return trailing(np.append(returns, np.zeros(HORIZON)), HORIZON)[HORIZON:]


# %% [markdown]
# The model: the mean target of the five rows most alike. Its honest twin is **walk-forward** (滚动前推): learn from the past, predict the next block, move on. And only from rows whose target is *over*: row $t$ is known at the close of day $t+20$.


# %%
def neighbours(x, y, k=5):
    """-> a function from rows (m, 5) to predictions (m,)"""

    def predict(rows):
        distance = (x**2).sum(axis=1) - 2 * rows @ x.T  # (m, n), up to a constant of each row
        return y[np.argpartition(distance, k, axis=1)[:, :k]].mean(axis=1)

    return predict


def shuffled(returns, fit=neighbours):
    x, y, signal = rows_of(returns), target_of(returns), np.zeros(len(returns))
    rows = np.arange(max(WINDOWS), len(returns) - HORIZON)
    for test in np.array_split(numpy_stream(seed, "folds").permutation(rows), 5):
        train = np.setdiff1d(rows, test)
        signal[test] = fit(x[train], y[train])(x[test])
    return signal


# %%
def walk_forward(returns, fit=neighbours, wait=HORIZON, block=250, memory=10**9):
    """wait: days until a row's target counts as known; HORIZON is honest"""
    x, y, signal = rows_of(returns), target_of(returns), np.zeros(len(returns))
    for start in range(500, len(returns), block):
        last = start - wait + 1
        train = np.arange(max(max(WINDOWS), last - memory), last)
        signal[start : start + block] = fit(x[train], y[train])(x[start : start + block])
    return signal


compare("3 shuffled folds", shuffled, walk_forward)

# %% [markdown]
# Walk-forward alone is not enough. **Leak 4, no purge**: learn from *all* rows before today. The targets of the last 19 are not over: they hold the very days that we are about to trade. (In the data frame they look as innocent as the others, because the future has been filled in.) Removing them is called **purging** (清除). Both twins learn anew every five days, from the last 400 rows, and ask three neighbours, which shows this leak well.


# %%
often = {"fit": lambda x, y: neighbours(x, y, k=3), "block": 5, "memory": 400}
compare("4 no purge", lambda r: walk_forward(r, wait=1, **often), lambda r: walk_forward(r, **often))

# %% tags=["figure"]
# Bars: the days that each row's target uses, around the day on which a model is trained
fig, ax = plt.subplots(figsize=(7, 2.8))
for row in range(-34, 5, 2):
    over, known = row + HORIZON <= 0, row < 0
    ax.barh(row, HORIZON, left=row + 0.5, color="#0072B2" if over else "#D55E00" if known else "lightgrey")
for name, colour in (("may teach", "#0072B2"), ("purged", "#D55E00"), ("to predict", "lightgrey")):
    ax.barh(0, 0, color=colour, label=name)
ax.axvline(0.5, color="black", linewidth=1)
ax.set(
    title="A purged row's target reaches into the days to be traded",
    xlabel="days used by the target (0: today)",
    ylabel="row",
)
ax.legend(loc="upper left")
plt.show()

# %% [markdown]
# **Leak 5, choosing on everything.** Three hundred "indicators", pure noise. Keep the ten that go best with tomorrow's return, then learn weights by an impeccable walk-forward. The leaky twin chooses once, on all ten years; the honest one chooses anew before each block, from the past.


# %%
def indicators(returns, honest):
    """Ten of 300 columns of noise, weighted by ridge regression"""
    x = numpy_stream(seed, "indicators").normal(size=(len(returns), 300))
    y, signal = np.append(returns[1:], 0.0), np.zeros(len(returns))
    for start in range(500, len(returns), 250):
        past, now = slice(0, start), slice(start, start + 250)
        sought = past if honest else slice(None)
        chosen = np.argsort(-np.abs(x[sought].T @ y[sought]))[:10]
        seen = x[past][:, chosen]
        weights = np.linalg.solve(seen.T @ seen + 10 * np.eye(10), seen.T @ y[past])
        signal[now] = x[now][:, chosen] @ weights
    return signal


compare("5 chosen on all", lambda r: indicators(r, honest=False), lambda r: indicators(r, honest=True))

# %% [markdown]
# **Leak 6, survivorship** (幸存者偏差). 400 shares over 120 months, each with a mean return of exactly 0; one that has lost 60 % is taken off the exchange. Buy equal parts of all. "All" in a data base of today are those that still exist. Honest: all that existed *then*, their last month included.


# %%
def shares(trial):
    """Monthly Sharpe ratios of equal parts: of the survivors, and of all that were there at the time"""
    rng = numpy_stream(seed, "shares", trial)
    r = rng.normal(0, 0.04, (120, 1)) + rng.normal(0, 0.08, (120, 400))  # the market's part and their own
    value = np.cumprod(1 + r, axis=0)
    fell = np.maximum.accumulate(value < 0.4, axis=0)
    there = ~np.vstack([np.zeros((1, 400), dtype=bool), fell[:-1]])  # (1, 400) + (119, 400) -> (120, 400)
    return sharpe(r[:, ~fell[-1]].mean(axis=1), 12), sharpe((r * there).sum(axis=1) / there.sum(axis=1), 12)


found = np.array([shares(trial) for trial in range(markets)])
table["6 survivors only"] = found
print("6 survivors only: leaky", approx(found[:, 0].mean()), "honest", approx(found[:, 1].mean()))

# %% tags=["figure"]
# Bars: the mean Sharpe ratio of each leak and of its honest twin
fig, ax = plt.subplots(figsize=(7, 3.4))
place = np.arange(len(table))[::-1]
for column, (label, shift) in enumerate((("leaky", 0.2), ("honest twin", -0.2))):
    means = [each[:, column].mean() for each in table.values()]
    errors = [2 * each[:, column].std(ddof=1) / math.sqrt(markets) for each in table.values()]
    ax.barh(place + shift, means, 0.38, xerr=errors, label=label)
ax.set(
    yticks=place,
    xlabel="Sharpe ratio a year (± two standard errors)",
    title="Each leak earns where nothing can be earned"
    if all(stats.mean_interval(each[:, 0]).low > 0 for each in table.values())
    else "Leaks and their honest twins, where nothing can be earned",
)
ax.set_yticklabels(table)
ax.legend(loc="lower right")
plt.show()

# %% [markdown]
# Is it proven, or luck? Compare in pairs: the same market, leaky minus honest. And ask the test of 6o.3.

# %%
for name, each in table.items():
    gain = stats.paired_t(each[:, 0], each[:, 1])
    print(f"{name}: leaky - honest {approx(gain.difference)}, {approx(gain.low)} to {approx(gain.high)}")
    assert not usual or gain.low > 0.1
    assert not usual or abs(each[:, 1].mean()) < 0.45

# %%
short, asked = nothing(0, 1000), [601, 687, 763, 874]
for name, (leaky, honest) in pairs.items():
    caught, wrongly = (sum(peeks(rule, short, c) for c in asked) for rule in (leaky, honest))
    print(f"{name}: caught on {caught} of 4 days; its honest twin on {wrongly}")
    assert wrongly == 0 < caught
    assert seed or caught == 4

# %% [markdown]
# Five of six are caught, in the stored run on each of the four days. Survivorship is not: the list was made before the function began.
#
# Which models are fooled most? Give the shuffled folds of leak 3 to four kinds.


# %%
def linear(x, y):
    weights = np.linalg.lstsq(x, y, rcond=None)[0]
    return lambda rows: rows @ weights


def boosting(x, y):
    trees = HistGradientBoostingRegressor(learning_rate=0.2, max_iter=40, early_stopping=False)
    return trees.fit(x, y).predict


def network(x, y):
    # a tolerance that nothing meets: the training ends after thirty rounds without "progress"
    net = MLPRegressor(hidden_layer_sizes=(64,), learning_rate_init=0.01, tol=1e9, n_iter_no_change=30)
    return net.set_params(random_state=child_seed(seed, "network")).fit(x, y / y.std()).predict


fooled, worlds = {}, [nothing(trial) for trial in range(min(markets, 4))]
for fit in (linear, network, neighbours, boosting):
    each = [earns(shuffled(r, fit), r) for r in worlds]
    fooled[fit.__name__] = np.mean(each)
    print(f"{fit.__name__}: {approx(fooled[fit.__name__])}, from {approx(min(each))} to {approx(max(each))}")
straight = [earns(shuffled(r, linear), r) for r in map(nothing, range(40))]
low, high = stats.mean_interval(straight)
print(f"linear, on 40 markets: {approx(np.mean(straight))}; 95 % interval {approx(low)} to {approx(high)}")
assert not usual or (min(fooled.values()) > 0 and low > 0)

# %% [markdown]
# In the stored run all four gain on average where nothing can be earned. The straight line gains least, too little to tell from luck on four markets; on forty the interval of its mean leaves out 0. A simple model is no safeguard, then. (Four markets are too few to rank the others, and none of them was tuned.)
#
# ### Exercise 6o.3 · Which rows may teach? ●●○ 20 min
#
# Sometimes the test block lies in the middle, with training on both sides. Rows are 0 … n-1; the target of row $t$ uses the days $t+1$ … $t+h$. The test block is the rows `start` … `stop - 1`. Return, in order, the rows that may teach: a row outside the block is **purged** if its target shares any day with the target of *any* test row. In addition, an **embargo** (禁运期): of the rows *after* the block, the first `embargo` of those that purging has left are dropped as well, since what happened in the test lingers in their features.
#
# <details><summary>Hint 1</summary>From which day to which do the targets of the whole block reach? Draw it for start 5, stop 7, h 3.</details>
# <details><summary>Hint 2</summary>Before the block, the last day of a row's target decides; after it, the first.</details>


# %% tags=["exercise-6o.3"]
def teaching_rows(n, start, stop, h, embargo):
    """-> the rows that may teach, in order"""
    ### BEGIN SOLUTION
    rows = np.arange(n)
    before = rows[rows + h < start + 1]
    after = rows[rows + 1 > stop - 1 + h]
    return np.concatenate([before, after[embargo:]])
    ### END SOLUTION


# %% tags=["check-6o.3"]
with check("6o.3", teaching_rows) as c:

    def allowed(n, start, stop, h, embargo):
        before, after = range(max(0, start - h + 1)), range(max(stop, stop - 1 + h), n)
        return [*before, *after[embargo:]]

    cases = [
        (20, 5, 7, 4, 2),
        (20, 5, 7, 1, 0),
        (30, 12, 18, 5, 0),
        (30, 0, 6, 4, 3),
        (30, 24, 30, 4, 3),
        (12, 4, 8, 6, 1),
        (15, 5, 6, 2, 0),
        (40, 10, 20, 20, 50),
    ]
    for case in cases:
        n, start, stop, h, embargo = case
        got = teaching_rows(*case)
        want = allowed(*case)
        c.true(got is not None, "got None; does the function end with `return …`?")
        what = f"n {n}, block {start} to {stop - 1}, h {h}, embargo {embargo}"
        try:
            given = np.asarray(got).ravel()
            rows = [int(row) for row in given]
        except (TypeError, ValueError):
            given, rows = None, got
        c.true(isinstance(rows, list), f"{what}: a list or array of row numbers is wanted")
        c.true(
            given.dtype != bool and rows == given.tolist(),
            f"{what}: the numbers of the rows are wanted, as whole numbers",
        )
        block = set(range(start, stop))
        others = {
            "rows of the test block itself are among them": bool(block & set(rows)),
            "a row before the block is left whose target ends inside the block's targets": any(
                r < start and r + h > start for r in rows
            ),
            "a row after the block is left whose target begins inside the block's targets": any(
                r >= stop and r < stop - 1 + h for r in rows
            ),
            "the embargo comes after purging and drops so many rows more": rows
            == [*range(max(0, start - h + 1)), *range(max(stop + embargo, stop - 1 + h), n)],
            "the embargo holds after the block only": rows
            == [*range(max(0, start - h + 1 - embargo)), *range(stop - 1 + h + embargo, n)],
            "a row is missing before the block, though its target is over before the first day of the block's targets": any(
                r < start and r not in rows for r in want
            ),
            "a row is missing after the block, though its target begins late enough and the embargo is over": 0
            < sum(r >= stop for r in rows)
            < sum(r >= stop for r in want),
            "rows after the block may teach, too, once their targets begin late enough": bool(allowed(*case))
            and any(r >= stop for r in want)
            and not any(r >= stop for r in rows),
            "the rows are not in order": sorted(rows) == want != rows,
            "a row stands there twice": len(set(rows)) < len(rows),
        }
        if rows != want:
            for sentence, applies in others.items():
                c.true(
                    not applies,
                    f"{what}: {sentence}",
                    hint="the block's targets reach from day start + 1 to day stop - 1 + h",
                )
        c.equal(
            rows, want, what=what, hint="the block's targets reach from day start + 1 to day stop - 1 + h"
        )

# %% [markdown]
# ## 6o.5 The best of many
#
# Suppose no rule looks ahead. Try a hundred of them, and show the best. How good is the best of $N$ independent rules that are worth *nothing*? Each Sharpe ratio is about normal, with standard deviation $s=\sqrt{252/n}$; divided by $s$, the largest has density $N\,\varphi(z)\,\Phi(z)^{N-1}$, where $\varphi$ and $\Phi$ are the density and the distribution function of a standard normal: one of $N$ is at $z$, the others below. So its mean is $s\int z\,N\varphi(z)\Phi(z)^{N-1}dz$, exactly. By pencil for two: $1/\sqrt{\pi}$. Bailey and López de Prado give a formula without integral.


# %%
def expected_best(N):
    """Mean of the largest of N independent standard normal draws, by the integral"""
    z = np.linspace(-10, 10, 20_001)
    return float(np.trapezoid(z * N * distributions.norm.pdf(z) * special.ndtr(z) ** (N - 1), z))


assert abs(expected_best(2) - 1 / math.sqrt(math.pi)) < 1e-6


# %%
def about_best(N):
    """The same by Bailey and López de Prado's approximation"""
    g = np.euler_gamma
    return float((1 - g) * special.ndtri(1 - 1 / N) + g * special.ndtri(1 - 1 / (N * math.e)))


print({N: (round(expected_best(N), 3), round(about_best(N), 3)) for N in (2, 3, 10, 100, 1000)})

# %% [markdown]
# **Predict**: a thousand worthless rules, tested on four years. What will the best one show, in those four years and in the next four?

# %%
N_DAYS = 1000


def best_of(N, trial):
    """Sharpe ratio of the best of N random rules, in the years in which it was chosen and in the next ones"""
    rng = numpy_stream(seed, "random rules", N, trial)
    r, signs = rng.normal(0, VOL, (2 * N_DAYS, 1)), rng.choice(np.array([-1.0, 1.0]), (2 * N_DAYS, N))
    first, second = map(sharpe, np.split(signs * r, 2))
    return first.max(), second[first.argmax()]


# %%
shown = {}
for N, runs in ((10, 60), (100, 40), (1000, 10)):
    shown[N] = np.array([best_of(N, trial) for trial in range(runs)])
    theory, (inside, outside) = expected_best(N) * math.sqrt(252 / N_DAYS), shown[N].mean(axis=0)
    print(f"best of {N}: chosen {approx(inside)} (theory {theory:.2f}), afterwards {approx(outside)}")
    assert abs(inside - theory) < 0.2
    assert abs(outside) < 0.5

# %% tags=["figure"]
# Curves: the best of N worthless rules, by theory and by trial, and what it earns afterwards
sizes = np.unique(np.logspace(0, 4, 30).astype(int))[1:]
ax = plot.lines(
    {"theory": (sizes, [expected_best(int(N)) * math.sqrt(252 / N_DAYS) for N in sizes])},
    title="The best of many worthless rules looks good, until it is traded",
    xlabel="number of rules tried",
    ylabel="Sharpe ratio of the best",
    ax=plt.subplots(figsize=(7, 3.2))[1],
)
ax.plot(list(shown), [each[:, 0].mean() for each in shown.values()], "o", label="tried, when chosen")
ax.plot(list(shown), [each[:, 1].mean() for each in shown.values()], "s", label="tried, afterwards")
ax.axhline(0, color="grey", linewidth=1)
ax.set(xscale="log")
ax.legend()
plt.show()

# %% [markdown]
# The **deflated Sharpe ratio** (DSR) measures how far the best ratio $\hat S$ lies above $S_0$, the expected best of $N$ worthless rules, in standard errors. In daily units, with $T$ days, skewness $\gamma_3$ and kurtosis $\gamma_4$ (means of the third and fourth power of standardised returns; 0 and 3 for a normal),
#
# $$\mathrm{DSR}=\Phi\!\left(\frac{(\hat S-S_0)\sqrt{T-1}}{\sqrt{1-\gamma_3\hat S+\frac{\gamma_4-1}{4}\hat S^2}}\right),\qquad S_0=\operatorname{sd}(\hat S_1\ldots\hat S_N)\cdot\text{expected best of }N.$$
#
# With $S_0=0$ it is the *probabilistic* Sharpe ratio of one rule that was tried alone. It is no probability that the rule is good: at 0.95, one rule with the true ratio $S_0$ would show so much in one case of twenty.


# %%
def probability_above(returns, floor):
    """Confidence that the true daily Sharpe ratio exceeds `floor`; returns (T,)"""
    s, z = sharpe(returns, 1), (returns - returns.mean()) / returns.std()
    spread = 1 - (z**3).mean() * s + ((z**4).mean() - 1) / 4 * s**2
    return float(special.ndtr((s - floor) * math.sqrt((len(returns) - 1) / spread)))


def deflated(trials):
    """trials (T, N): daily returns of all rules tried -> the DSR of the best"""
    ratios = sharpe(trials, 1)
    return probability_above(trials[:, ratios.argmax()], ratios.std() * about_best(trials.shape[1]))


# %% [markdown]
# Does it work? Take five years and a hundred rules: first all worthless, then one of them real, with a true Sharpe ratio of 1 and of 2. How often is 0.95 passed, with and without deflating?


# %%
def contest(true, trial):
    """(passes when not deflated, when deflated, whether the best is the real one)"""
    trials = numpy_stream(seed, "contest", trial).normal(size=(1260, 100))
    trials[:, 0] += true / math.sqrt(252)
    winner = sharpe(trials).argmax()
    return probability_above(trials[:, winner], 0.0) > 0.95, deflated(trials) > 0.95, winner == 0


# %%
passed = {true: np.mean([contest(true, trial) for trial in range(60)], axis=0) for true in (0, 1, 2)}
for true, (loose, strict, real) in passed.items():
    print(f"true ratio {true}: not deflated {approx(loose)}, deflated {approx(strict)};", end=" ")
    print("the best is the real one", approx(real))
print("tried alone, a ratio of 1 would pass in five years with", approx(special.ndtr(math.sqrt(5) - 1.645)))
assert passed[0][0] > 0.85
assert passed[0][1] < 0.1

# %% tags=["figure"]
# Bars: how often the best of a hundred passes 0.95, with and without deflating
fig, ax = plt.subplots(figsize=(7, 2.6))
for column, (label, shift) in enumerate((("not deflated", 0.2), ("deflated", -0.2))):
    ax.barh(np.arange(3)[::-1] + shift, [share[column] for share in passed.values()], 0.38, label=label)
ax.set(
    yticks=np.arange(3)[::-1],
    xlabel="share of contests passed",
    xlim=(0, 1),
    title="Not deflated, worthless rules pass as real ones do",
)
ax.set_yticklabels(["all worthless", "one with ratio 1", "one with ratio 2"])
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# Without deflating, nearly every best of worthless rules is "significant at 95 %". The DSR lets hardly any through, fewer than one in twenty, for the best of a hundred scatters less than a single ratio. And it pays: a *real* ratio of 1 is seldom seen among a hundred. Try fewer; $N$ counts every try.
#
# ## 6o.6 The same on one series
#
# Now a series with moods: calm weeks, wild weeks, fat tails, still nothing to foretell. (Or real prices: the parameter `dataset`.) Its variance of tomorrow mixes a constant, today's variance and today's squared surprise: the model GARCH.


# %%
def restless(n):
    """Returns (n,) and their true spreads (n,): GARCH(1,1) with Student's t of 5 degrees of freedom"""
    draws = numpy_stream(seed, "restless").standard_t(5, n) * math.sqrt(3 / 5)  # variance 1
    sigma, returns = np.full(n, VOL), VOL * draws
    for t in range(1, n):
        sigma[t] = math.sqrt(0.01 * VOL**2 + 0.09 * returns[t - 1] ** 2 + 0.90 * sigma[t - 1] ** 2)
        returns[t] = sigma[t] * draws[t]
    return returns, sigma


# %% [markdown]
# Real prices need returns, and a trap waits there: on 20 April 2020 a barrel of WTI cost *less than nothing*. A logarithm fails; a percentage turns its sign. So where prices are not all positive we divide the change in dollars by the median price of the 250 days before.


# %%
def changes(prices):
    """Prices (n,) -> returns (n-1,), or (n-250,) where a price is not positive"""
    if prices.min() > 0:
        return prices[1:] / prices[:-1] - 1
    usual_price = np.median(sliding_window_view(prices[:-1], 250), axis=1)
    return np.diff(prices)[249:] / usual_price


fell = np.array([20.0, 18.0, -37.0, 10.0])
print("dollars:", np.diff(fell), "| per cent:", (100 * np.diff(fell) / fell[:-1]).round())

# %% [markdown]
# From -37 to +10 dollars the price rose, and the percentage says -127.

# %%
if dataset == "planted":
    (series, true_spread), a_year = restless(8000), 252
else:
    real = data.prices(dataset)
    series, a_year = changes(real.values), real.a_year
    print(f"{dataset}: {str(real.dates[0])[:10]} to {str(real.dates[-1])[:10]}")
print(f"{len(series):,} returns; yearly spread", approx(series.std() * math.sqrt(a_year)))

# %%
size, z = np.abs(series), (series - series.mean()) / series.std()
print("kurtosis (3 for a normal)", approx((z**4).mean()))
print("correlation of neighbours", approx(np.corrcoef(series[1:], series[:-1])[0, 1]), end="; ")
print("of their sizes", approx(np.corrcoef(size[1:], size[:-1])[0, 1]))

# %% tags=["figure"]
# Curve: the returns of the series
ax = plot.lines(
    {"": 100 * series},
    title="Wild days come together"
    if np.corrcoef(np.abs(series[1:]), np.abs(series[:-1]))[0, 1] > 0.1
    else "The returns of the series",
    xlabel="day" if a_year == 252 else "month",
    ylabel="return, per cent",
    ax=plt.subplots(figsize=(7, 2.4))[1],
    linewidth=0.5,
)
plt.show()

# %% [markdown]
# (The generated series has no finite kurtosis: the longer one looks, the larger it gets. The DSR's formula wants a finite one. At a daily ratio near 0 that term hardly counts.)
#
# A hundred rules of one family, "hold while the short average of prices is above the long one", chosen on the first half. They resemble one another, so they are not a hundred *independent* tries: their ratios scatter less, and $S_0$, which is made from that scatter, is lower.


# %%
def crossover(returns, short, long):
    """+1 while the mean of the last `short` prices (as sums of returns) is above that of the last `long`, else -1"""
    price = np.cumsum(returns)
    return np.where(trailing(price, short) / short > trailing(price, long) / long, 1.0, -1.0)


side = math.ceil(math.sqrt(tries))
ends = ((2, 38), (50, 230)) if a_year == 252 else ((1, 4), (5, 24))  # days or months
lengths = [np.unique(np.linspace(*each, side).round().astype(int)).tolist() for each in ends]
rules = [(short, long) for short in lengths[0] for long in lengths[1]][:tries]
earned = [backtest(crossover(series, *rule), series, cost)[230:] for rule in rules]
early, late = np.array_split(np.stack(earned, axis=1), 2)  # N of (n,) -> (n, N)

# %%
ratio_early, ratio_late = sharpe(early, a_year), sharpe(late, a_year)
winner = int(ratio_early.argmax())
print(f"best of {len(rules)}: {rules[winner]}, Sharpe ratio", approx(ratio_early[winner]))
print("its DSR", approx(deflated(early)), "| Sharpe ratio in the second half", approx(ratio_late[winner]))
metric("best_early", ratio_early[winner])
metric("best_late", ratio_late[winner])

# %% tags=["figure"]
# Points: every rule's Sharpe ratio in the first half and in the second
fig, ax = plt.subplots(figsize=(5.4, 3.4))
ax.plot(ratio_early, ratio_late, "o", alpha=0.5, label="a rule")
ax.plot(ratio_early[winner], ratio_late[winner], "s", label="the best of the first half")
ax.axhline(0, color="grey", linewidth=1)
ax.set(
    title="The best of the first half, in the second",
    xlabel="Sharpe ratio, first half",
    ylabel="Sharpe ratio, second half",
)
ax.legend()
plt.show()

# %% [markdown]
# With `sp500`, beware: each value is the *mean* of a month's days. Such means correlate with their neighbours even where the days do not (Working, 1960), a seventh leak that sits in the data. On our market with nothing:

# %%
months = np.cumsum(nothing(0, 21 * 5000)).reshape(-1, 21).mean(axis=1)  # (days,) -> mean price of each month
moves = np.diff(months)
linked = np.corrcoef(moves[1:], moves[:-1])[0, 1]
print("correlation of neighbouring months", approx(linked), end="; ")
print("Sharpe ratio of following the last one", approx(sharpe(backtest(np.sign(moves), moves), 12)))
assert abs(linked - (21**2 - 1) / (4 * 21**2 + 2)) < 0.06  # Working's formula for means of 21

# %% [markdown]
# Nobody could trade at those means. Nor can `vix` be bought; `brent` and `wti` are spot prices, futures earn otherwise; currencies lack their interest. And where a rule passes, then fades (`yen`), luck may have ended, or the world have changed.
#
# ## 6o.7 How sure, and how long?
#
# An interval by bootstrap draws days at random, as if they were independent. Many series are not: a fund that values its houses by old appraisals reports *smoothed* returns. Draw **blocks** (分块自助法) of neighbouring days instead, so that what belongs together stays together.


# %%
def block_draws(values, length, rng, draws=300):
    """`draws` new series like values (n,), of blocks of `length` from random places, round the end: (draws, n)"""
    n = len(values)
    starts = rng.integers(n, size=(draws, -(-n // length)))
    places = (starts[:, :, None] + np.arange(length)) % n  # (draws, blocks, length)
    return values[places.reshape(draws, -1)[:, :n]]  # (draws, blocks, length) -> (draws, n)


def false_alarm(length, trial):
    """Whether the 95 % interval of the mean of a smoothed, worthless series leaves out 0"""
    rng = numpy_stream(seed, "smoothed", trial)
    smooth = np.convolve(rng.normal(0, 0.02, 242), np.ones(3) / 3, "valid")  # 20 years of months
    low, high = np.quantile(block_draws(smooth, length, rng).mean(axis=1), [0.025, 0.975])
    return not low < 0 < high


# %%
alarms = {length: np.mean([false_alarm(length, trial) for trial in range(1000)]) for length in (1, 12)}
print("95 % intervals that miss: single months", approx(alarms[1]), "| blocks of 12", approx(alarms[12]))
assert alarms[12] < 0.14
assert alarms[12] < alarms[1] - 0.08

# %% [markdown]
# Five in a hundred would be right; in the stored run blocks come much nearer, and still miss too often. The best rule of the last section, in the second half:

# %%
chosen, length = late[:, winner], 20 if a_year == 252 else 12
redrawn = block_draws(chosen, length, numpy_stream(seed, "blocks"), 500)
low, high = np.quantile(sharpe(redrawn.T, a_year), [0.025, 0.975])
print("Sharpe ratio", approx(ratio_late[winner]), "from", approx(low), "to", approx(high))
ours = np.quantile(block_draws(chosen, 1, numpy_stream(seed, "single"), 1000).mean(axis=1), [0.025, 0.975])
theirs = stats.bootstrap_interval(chosen, rng=numpy_stream(seed, "plain"))
# blocks of one day are the plain bootstrap
assert np.abs(ours - theirs).max() < 0.12 * (theirs.high - theirs.low)

# %% [markdown]
# How wide it is! How many years until a true ratio $S$ shows? After $Y$ years the estimate scatters by $1/\sqrt{Y}$. To find it in 80 of 100 cases, at a one-sided level of 5 %, $S$ must lie 1.645 + 0.842 such errors above 0: $Y=(2.487/S)^2$. (For independent days.)


# %%
def years_needed(ratio, level=0.05, power=0.8):
    return ((special.ndtri(1 - level) + special.ndtri(power)) / ratio) ** 2


def detected(ratio, years, runs=300):
    """Share of simulated records whose ratio is significantly above 0, one-sided at 5 %"""
    rng = numpy_stream(seed, "records", round(100 * ratio), years)
    records = rng.normal(ratio / math.sqrt(252), 1, (252 * years, runs))
    return float((sharpe(records) * math.sqrt(years) > 1.645).mean())


# %%
print("years for", {ratio: round(float(years_needed(ratio)), 1) for ratio in (0.5, 1.0, 2.0)}, end="; ")
print("two-sided, for 0.5:", round(float(years_needed(0.5, level=0.025)), 1))
power = {years: detected(0.5, years) for years in (3, 10, 25)}
print("a ratio of 0.5 is found in", {years: approx(share) for years, share in power.items()})
assert abs(power[25] - 0.8) < 0.1
assert power[10] < 0.6

# %% tags=["figure"]
# Curves: the chance to recognise a true Sharpe ratio, against the years of the record
years = np.linspace(0.5, 40, 80)
ax = plot.lines(
    {f"true ratio {s}": (years, special.ndtr(s * np.sqrt(years) - 1.645)) for s in (0.5, 1.0, 2.0)},
    title="A Sharpe ratio of 0.5 takes a generation to prove",
    xlabel="years of honest record",
    ylabel="chance to recognise it",
    ax=plt.subplots(figsize=(7, 3))[1],
)
ax.axhline(0.8, color="grey", linewidth=1)
plt.show()

# %% [markdown]
# ## 6o.8 How much to bet
#
# Suppose a rule *is* real: mean $\mu$, standard deviation $\sigma$ a day. Bet the share $f$ of your money each day. Wealth multiplies, so its *logarithm* counts, and that grows by about $f\mu-f^2\sigma^2/2$. The best share is $f^*=\mu/\sigma^2$, named after Kelly (1956), who asked it of a gambler; for returns see Thorp (2006). At twice that share the growth is 0 again. And the path is wild: with $c$ times the Kelly share, the chance to *ever* fall to the part $a$ of the start is $a^{2/c-1}$.
#
# **Predict** for $a=\frac12$: full Kelly, half Kelly.

# %%
MU, SIGMA = 0.8 * 0.16 / 252, 0.16 / math.sqrt(252)  # Sharpe ratio 0.8, 16 % a year
kelly = MU / SIGMA**2
paths = numpy_stream(seed, "paths").normal(MU, SIGMA, (1000, 2520))


def fate(share):
    """Shares to bet, (1,) or (1000,) -> median wealth after ten years, and how many ever halved"""
    grown = np.log(np.maximum(1 + np.reshape(share, (-1, 1)) * paths, 1e-12))  # (1000,) -> (1000, 1)
    wealth = np.cumsum(grown, axis=1)
    return np.exp(np.median(wealth[:, -1])), (wealth.min(axis=1) < math.log(0.5)).mean()


fates = {c: fate(c * kelly) for c in (0.5, 1.0, 2.0)}
for c, (median, halved) in fates.items():
    print(
        f"{c} Kelly: median wealth {approx(median)}, ever halved {approx(halved)} (theory {0.5 ** (2 / c - 1):.3f})"
    )
assert fates[1.0][0] > fates[0.5][0] > fates[2.0][0]
assert abs(fates[1.0][1] - 0.5) < 0.1

# %% tags=["figure"]
# Curves: the wealth of one path at three sizes of the bet, on a logarithmic scale
ax = plot.lines(
    {f"{c} Kelly": np.cumprod(1 + c * kelly * paths[0]) for c in fates},
    title="The same luck, three sizes of the bet",
    xlabel="day",
    ylabel="wealth, of 1 at the start",
    ax=plt.subplots(figsize=(7, 2.8))[1],
)
ax.set(yscale="log")
ax.axhline(1, color="grey", linewidth=1)
plt.show()

# %% [markdown]
# (Ten years are not for ever: at twice Kelly some fortunes have not halved *yet*.) Half of Kelly gives up a quarter of the *growth rate*, and most of the fear.
#
# But nobody knows $\mu$. Estimate it from three years, and bet on the estimate:

# %%
record = numpy_stream(seed, "three years").normal(MU, SIGMA, (1000, 756))
guess = np.maximum(record.mean(axis=1) / record.var(axis=1), 0)
print(f"Kelly {kelly:.1f}; eight in ten guesses lie in", *map(approx, np.quantile(guess, [0.1, 0.9])))
guessed = {c: fate(c * guess) for c in (0.5, 1.0)}
for c, (median, halved) in guessed.items():
    print(f"{c} of the guess: median wealth {approx(median)}, ever halved {approx(halved)}")
assert guessed[1.0][1] > guessed[0.5][1] + 0.15
assert guessed[1.0][0] / guessed[0.5][0] < 0.7 * fates[1.0][0] / fates[0.5][0]

# %% tags=["figure"]
# Curve: growth against the share that is bet; what one day of -20 % leaves
share = np.linspace(0, 2.2, 100)
fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3))
plot.lines(
    {"": (share, 252 * (share * kelly * MU - (share * kelly * SIGMA) ** 2 / 2))},
    title="Half of Kelly keeps 3/4 of the growth",
    xlabel="share of Kelly",
    ylabel="growth a year (log)",
    ax=left,
)
plot.lines(
    {"": (share, 100 * np.maximum(1 - 0.2 * share * kelly, 0))},
    title="One day of -20 % ends full Kelly",
    xlabel="share of Kelly",
    ylabel="money left, per cent",
    ax=right,
)
for ax in (left, right):
    ax.axhline(0, color="grey", linewidth=1)
plt.show()

# %% [markdown]
# Where $\mu$ was known, full Kelly had over twice the median wealth of half. With guesses both end about equal, and the full one halved far more fortunes: a good reason for less. The right picture is the **stress day** (压力测试). At a spread of 1 % a day, -20 % would be twenty spreads: for a normal distribution, as good as never. On 19 October 1987 the Dow Jones index fell by 22.6 %, and whoever held five times their money was in debt.
#
# ### Exercise 6o.4 · Under water ●●○ 15 min
#
# A client does not feel a standard deviation; she feels the way down. From daily `returns`, wealth starts at 1 and is multiplied by 1 + return each day. Return two numbers. First the **maximum drawdown** (最大回撤): the largest loss from any earlier peak (the start counts as one), as a share of that peak, positive, 0 if wealth never falls. Second the longest number of days in a row that ended *strictly below* the highest wealth seen before or on that day (here, too, the start counts).
#
# <details><summary>Hint 1</summary>For each day: what is the highest wealth so far, the start included?</details>
# <details><summary>Hint 2</summary>Count up while a day is under water; start again from 0 when it is not.</details>


# %% tags=["exercise-6o.4"]
def under_water(returns):
    """returns (n,) -> (maximum drawdown, longest number of days below a peak)"""
    ### BEGIN SOLUTION
    wealth = np.cumprod(1 + np.asarray(returns))
    peak = np.maximum(np.maximum.accumulate(wealth), 1.0)
    longest = run = 0
    for below in wealth < peak:
        run = run + 1 if below else 0
        longest = max(longest, run)
    return (1 - wealth / peak).max(), longest
    ### END SOLUTION


# %% tags=["check-6o.4"]
with check("6o.4", under_water) as c:
    draws = np.random.default_rng(11)
    cases = [
        np.array([0.5, -0.5, 1.0, -0.25, 0.5, -0.5, 1.0, -0.25, 0.5]),
        np.array([-0.2, 0.1, 0.1, 0.5]),
        np.array([0.1, 0.2, 0.0, 0.3]),
        np.array([1.0, -0.5, 1.0, -0.75, 3.0]),
        np.array([0.25, -0.5, 0.5, 0.25, 0.5, -0.5, 0.25, 0.25, 0.25, 0.0]),
        draws.normal(0.001, 0.02, 120),
        np.append(draws.normal(0.0, 0.03, 60), [0.5, 0.5, -0.1]),
        np.array([-0.1]),
    ]

    def run_of(flags):
        longest = now = 0
        for flag in flags:
            now = now + 1 if flag else 0
            longest = max(longest, now)
        return longest

    for returns in cases:
        wealth = np.cumprod(1 + returns)
        peak = np.maximum(np.maximum.accumulate(wealth), 1)
        inner, added = np.maximum.accumulate(wealth), 1 + np.cumsum(returns)
        added_peak = np.maximum(np.maximum.accumulate(added), 1)
        want = (1 - wealth / peak).max(), run_of(wealth < peak)
        ended = np.flatnonzero(np.append(True, wealth == peak))[-1]
        slips = {
            "the start is a peak, too": ((1 - wealth / inner).max(), run_of(wealth < inner)),
            "the start is a peak for the days, too": (want[0], run_of(wealth < inner)),
            "a time under water that has not ended counts, too": (want[0], run_of((wealth < peak)[:ended])),
            "a loss is a share of its peak, not of the money at the start": ((peak - wealth).max(), want[1]),
            "returns multiply; they do not add up": (
                (1 - added / added_peak).max(),
                run_of(added < added_peak),
            ),
            "the drawdown is positive": (-want[0], want[1]),
            "that is the worst day, not the way down from a peak": (max(0, -returns.min()), want[1]),
            "that is the loss against the start, not against the highest peak so far": (
                max(0, 1 - wealth.min()),
                want[1],
            ),
            "all days under water are counted; the longest unbroken row is wanted": (
                want[0],
                int((wealth < peak).sum()),
            ),
            "a day at the peak is not under water": (want[0], run_of(wealth <= peak)),
            "a day that is back at the peak, to the cent, is not under water": (
                want[0],
                run_of(wealth <= np.append(1, peak[:-1])),
            ),
            "days below the start are not the same as days below a peak": (want[0], run_of(wealth < 1)),
            "days that fell are not the same as days below a peak": (want[0], run_of(returns < 0)),
            "the days under water are one too many": (want[0], want[1] + 1),
            "a share is wanted, not per cent": (100 * want[0], want[1]),
        }
        c.close(
            under_water(returns),
            want,
            what=f"{len(returns)} days",
            slips=slips,
            hint="compare each day's wealth with the highest so far, 1 included",
            atol=1e-9,
        )

# %% [markdown]
# ## 6o.9 Risk, stated and tested
#
# A bank says: "Tomorrow we lose more than V only on one day in a hundred." V is the **value at risk** (VaR, 风险价值). The mean loss on those bad days is the **expected shortfall** (ES); of a normal, $\sigma\,\varphi(z)/0.01$ with $z=\Phi^{-1}(0.99)$. Three ways, each from the last 500 days: a *normal* distribution with their standard deviation; their *history*, the 99th percentile of losses; and **filtered** history: divide each day by the spread that was current then, take the percentile, multiply by the spread of *today*.


# %%
LEVEL, WINDOW = 0.01, 500 if a_year == 252 else 240


def current_spread(returns, fade=0.94):
    """Spread foreseen for each day from the days before: a fading mean of squares, (n,)"""
    start = (returns[:50] ** 2).mean()
    known, _ = lfilter([1 - fade], [1, -fade], returns**2, zi=[fade * start])
    return np.sqrt(np.append(start, known[:-1]))


def worst(windows):
    """Rows of returns (m, w) -> VaR and ES of each row by its history, (m,) each"""
    losses = -windows
    edge = np.quantile(losses, 1 - LEVEL, axis=1)
    tail = losses >= edge[:, None]
    return edge, (losses * tail).sum(axis=1) / tail.sum(axis=1)


# %%
past, today = sliding_window_view(series, WINDOW)[:-1], series[WINDOW:]  # (m, w), (m,)
spread, z = past.std(axis=1), special.ndtri(1 - LEVEL)
stated = {"normal": (z * spread, spread * distributions.norm.pdf(z) / LEVEL), "history": worst(past)}
fading = current_spread(series)
calm = worst(sliding_window_view(series / fading, WINDOW)[:-1])
stated["filtered"] = fading[WINDOW:] * calm[0], fading[WINDOW:] * calm[1]

# %% [markdown]
# Is a statement true? Count the **exceptions**, days that lost more than V: $x$ of $n$. If it is right every day, $x$ is binomial with $p=0.01$. Kupiec (1995) compares two likelihoods, at $p$ and at the observed share; twice the logarithm of their ratio is about $\chi^2$ with one degree of freedom.


# %%
def kupiec(x, n, p=LEVEL):
    """p-value of "the chance of an exception is p" """

    def log_likelihood(q):
        return special.xlogy(x, q) + special.xlog1py(n - x, -q)

    return float(distributions.chi2.sf(2 * (log_likelihood(x / n) - log_likelihood(p)), 1))


for x in (80, 95, 110, 125):
    exact = distributions.binomtest(x, 10_000, LEVEL).pvalue
    print(f"{x} of 10,000: Kupiec {kupiec(x, 10_000):.3f}, exact test {exact:.3f}")
    assert abs(kupiec(x, 10_000) - exact) < 0.04

# %% [markdown]
# A right share is not all. Exceptions that come together can ruin a bank though their number is right. So look also at the days *after* an exception, and at how deep the exceptions went: the mean loss on them over the ES that was stated. (In the generated series the truth itself is known; it stands last.)

# %%
if dataset == "planted":  # and the truth, which is known here
    edge, scale = distributions.t.ppf(LEVEL, 5), true_spread[WINDOW:] * math.sqrt(3 / 5)
    stated["truth"] = -edge * scale, distributions.t.pdf(edge, 5) / LEVEL * (5 + edge**2) / 4 * scale
report = {}
for name, (var, es) in stated.items():
    bad = -today > var
    again, depth = bad[1:][bad[:-1]].mean(), (-today[bad]).mean() / es[bad].mean()
    report[name] = bad.mean(), kupiec(bad.sum(), len(bad)), again, depth
    print(f"{name}: exceptions {approx(100 * bad.mean())} %, Kupiec p {approx(report[name][1])};", end=" ")
    print(f"after an exception {approx(100 * again)} %; loss / ES {approx(depth)}")
    metric(f"exceptions_{name}", bad.mean())
if dataset == "planted":
    assert report["normal"][1] < 0.01
    assert report["normal"][3] > 1.1
    assert abs(report["filtered"][0] - LEVEL) < 0.006
    assert report["filtered"][2] < report["normal"][2]

# %% tags=["figure"]
# Curves: returns of 1,500 days, the normal and the filtered VaR, and the exceptions of the filtered one
fig, ax = plt.subplots(figsize=(8, 3))
window = slice(max(0, len(today) - 1500), len(today))
where = np.arange(len(today))[window]
ax.plot(where, 100 * today[window], color="lightgrey", linewidth=0.6, label="returns")
for name, colour in (("normal", "#D55E00"), ("filtered", "#0072B2")):
    ax.plot(where, -100 * stated[name][0][window], color=colour, linewidth=1, label=f"minus VaR, {name}")
hits = where[(-today > stated["filtered"][0])[window]]
ax.plot(hits, 100 * today[hits], "k.", label="exceptions, filtered")
ax.set(
    title="A limit that knows only the last 500 days comes late"
    if a_year == 252
    else "Two limits for one series",
    xlabel="day" if a_year == 252 else "month",
    ylabel="per cent",
)
ax.legend(ncol=2, fontsize=8)
plt.show()

# %% [markdown]
# In the stored run the normal distribution is broken nearly twice as often as promised, and more deeply; history comes closer, and fails Kupiec, too; only the limit that moves with today's spread passes, and keeps the exceptions apart. Real series are less kind (`yen`).
#
# How fat is the tail? Take the worst day in spreads of the 500 days before, and ask how often a normal distribution would see it. Part of that is mood, not tail: so measure it in the spread of its own day, too.

# %%
surprise = (today / past.std(axis=1)).min()
wait_log10 = -(special.log_ndtr(surprise) / math.log(10)) - math.log10(a_year)
print("worst day, in spreads:", approx(surprise), end="; ")
print("a normal distribution has one in ten to the power of", approx(wait_log10), "years;", end=" ")
print("worst in spreads of its own day:", approx((today / fading[WINDOW:]).min()))
assert dataset != "planted" or wait_log10 > 2

# %% [markdown]
# ## 6o.10 A language model reads the news
#
# "We ask a language model whether a headline is good for the share. On all past headlines it earns splendidly." The model has read the internet, *later*. Among its texts are reviews that tell how each story ended.
#
# Build it small. Sixteen firms, a headline every few weeks, and returns that *nothing* foretells. Later a journalist writes reviews of some weeks. A language model of counts learns from these: what follows the longest context that it has seen?

# %%
EVENTS = ["opens a plant", "hires a chief", "buys a rival", "signs a contract", "recalls a brake"]
FIRMS, WEEKS, CUTOFF = 16, 1040, 728  # twenty years; the model's texts end after fourteen
rng = numpy_stream(seed, "news")
weekly = rng.normal(0, 0.03, (WEEKS, FIRMS))  # the return of the week after the headline
appears, topic = rng.random((WEEKS, FIRMS)) < 0.3, rng.integers(len(EVENTS), size=(WEEKS, FIRMS))
news = [(w, f, EVENTS[topic[w, f]]) for w, f in np.argwhere(appears).tolist()]
reviewed = [story for story in news if rng.random() < 0.15]


def headline(week, firm, event):
    return f"week {week} firm {firm} {event}".split()


def review(week, firm, event):
    return [*headline(week, firm, event), "shares", "rose" if weekly[week, firm] > 0 else "fell"]


print(len(news), "headlines; a review:", " ".join(review(*reviewed[0])))


# %%
def read(texts):
    """A language model of counts: after each context, how often did each word come?"""
    counts = defaultdict(Counter)
    for words in texts:
        for end in range(1, len(words)):
            for begin in range(end):
                counts[tuple(words[begin:end])][words[end]] += 1
    return counts


def opinion(model, words):
    """log odds of "rose" against "fell" after a headline, by the longest known context; one imagined case each"""
    for begin in range(len(words)):
        if (seen := model.get((*words[begin:], "shares"))) is not None:
            return math.log((seen["rose"] + 1) / (seen["fell"] + 1))
    return 0.0


# %% [markdown]
# The back-test: long or short one part for each headline, by the sign of the opinion. First with the model as it is, trained on all reviews up to week 728; then with the honest one, which at the start of each half-year learns only from reviews of *earlier* weeks.


# %%
def trade(model_for, stories=news):
    """Weekly returns (1040,) of trading every headline by the opinion of model_for(week)"""
    earned, parts = np.zeros(WEEKS), np.zeros(WEEKS)
    for week, firm, event in stories:
        side = np.sign(opinion(model_for(week), headline(week, firm, event)))
        earned[week] += side * weekly[week, firm]
        parts[week] += abs(side)
    return earned / np.maximum(parts, 1)


def texts_before(week):
    return [review(*story) for story in reviewed if story[0] < min(week, CUTOFF)]


knowing = read(texts_before(WEEKS))
dated = {week: read(texts_before(week)) for week in range(0, WEEKS, 26)}
with_hindsight, without = trade(lambda week: knowing), trade(lambda week: dated[week // 26 * 26])


# %%
def ratio_of(part):
    """Sharpe ratio before the cut-off of the model with hindsight, on a part of the headlines"""
    return sharpe(trade(lambda week: knowing, part)[:CUTOFF], 52)


own, news_ratio = set(reviewed), {}
for name, each in (("knows the reviews", with_hindsight), ("texts up to the day", without)):
    news_ratio[name] = inside, beyond = sharpe(each[:CUTOFF], 52), sharpe(each[CUTOFF:], 52)
    print(f"{name}: Sharpe ratio before the cut-off {approx(inside)}, after it {approx(beyond)}")
print("luck alone: ±", approx(math.sqrt(52 / CUTOFF)), "and ±", approx(math.sqrt(52 / (WEEKS - CUTOFF))))
own_ratio, other_ratio = ratio_of(reviewed), ratio_of([story for story in news if story not in own])
print("with hindsight: on reviewed headlines", approx(own_ratio), "| on the others", approx(other_ratio))
assert news_ratio["knows the reviews"][0] > news_ratio["texts up to the day"][0] + 0.8
assert own_ratio > 3
assert abs(other_ratio) < 1.1  # four times luck

# %% tags=["figure"]
# Curves: wealth by the news, for the model with hindsight and for the dated one
ax = plot.lines(
    {
        "has read what happened": np.cumsum(100 * with_hindsight),
        "has read only older texts": np.cumsum(100 * without),
    },
    title="A model earns as long as it has read the outcome"
    if news_ratio["knows the reviews"][0] > 1
    else "Two models read the news",
    xlabel="week",
    ylabel="sum of returns, per cent",
    ax=plt.subplots(figsize=(7, 3))[1],
)
ax.axvline(CUTOFF, color="grey", linestyle="--", linewidth=1)
plt.show()

# %% [markdown]
# The model foretells nothing, it *remembers*: before the cut-off it earns on the headlines whose reviews it has read, and on the others what luck gives. (After it both models have read the same, and agree.) With a downloaded model one cannot list what it has read. Then only headlines *after* its training ended can test it. (Glasserman and Lin, 2023, hid the firms' names: masked headlines even did better inside the training period, since the name also distracts. So measure; do not assume.)
#
# ## 6o.11 A decision
#
# ### Exercise 6o.5 · How much for the visitor? ●●● 30 min
#
# The visitor hands over honest daily *gross* returns of **all** the rules that he tried, `gross` (T, N), and what each traded a day on average, `turnover` (N,). There are at least two, and the best of them earns something. Your broker takes `cost` for each traded share of the money.
#
# 1. Net returns of a rule: its gross returns minus cost times its turnover, each day.
# 2. The best rule has the highest net Sharpe ratio (of equals the first).
# 3. Its DSR, in daily units, from the *net* returns: all standard deviations and moments divide by the number of values (not by one less); $S_0$ with `about_best`.
# 4. The share to bet: 0 if the DSR is below `sure`; else *half* of Kelly, $\mu/\sigma^2$ of its net returns, but never above 1: nothing is borrowed.
#
# Return the number of the best rule, its DSR, and the share.
#
# <details><summary>Hint 1</summary>Everything but the first and the last step stands in section 6o.5, where the best of many was judged, as a function.</details>
# <details><summary>Hint 2</summary>Each rule has its own turnover: which axis of `gross` are the rules?</details>


# %% tags=["exercise-6o.5"]
def how_much(gross, turnover, cost, sure):
    """gross (T, N), turnover (N,) -> (number of the best rule, its DSR, the share to bet)"""
    ### BEGIN SOLUTION
    net = np.asarray(gross) - cost * np.asarray(turnover)
    best_rule = int((net.mean(axis=0) / net.std(axis=0)).argmax())
    belief, chosen = deflated(net), net[:, best_rule]
    share = 0.5 * chosen.mean() / chosen.var() if belief >= sure else 0.0
    return best_rule, belief, min(share, 1.0)
    ### END SOLUTION


# %% tags=["check-6o.5"]
with check("6o.5", how_much) as c:
    draws = np.random.default_rng(17)

    def luck_of(N):
        g = 0.5772156649015329
        return (1 - g) * special.ndtri(1 - 1 / N) + g * special.ndtri(1 - 1 / (N * math.e))

    def ratios(returns):
        return returns.mean(axis=0) / returns.std(axis=0)

    def judged(returns, which, count=None, ddof=0, normal=False, excess=False, zero=False, a_year=1):
        s = returns.mean(axis=0) / returns.std(axis=0, ddof=ddof)
        mine = returns[:, which]
        z = (mine - mine.mean()) / mine.std()
        third, fourth = (0.0, 3.0) if normal else ((z**3).mean(), (z**4).mean() - (3 if excess else 0))
        floor = 0.0 if zero else s.std(ddof=ddof) * luck_of(count or returns.shape[1])
        at = s[which]
        if a_year > 1:
            at, floor = at * math.sqrt(a_year), floor * math.sqrt(a_year)
        return float(
            special.ndtr(
                (at - floor) * math.sqrt((len(returns) - 1) / (1 - third * at + (fourth - 1) / 4 * at**2))
            )
        )

    def share_of(mine, belief, sure, part=0.5, top=1.0):
        return min(part * mine.mean() / mine.var(), top) if belief >= sure else 0.0

    cases = []
    for T, N, lift, vol, cost, sure in (
        (700, 12, 0.14, 0.01, 0.0005, 0.9),
        (500, 5, 0.10, 0.05, 0.001, 0.3),
        (900, 20, 0.02, 0.01, 0.0002, 0.95),
        (400, 8, 0.3, 0.2, 0.002, 0.9),
        (600, 6, 0.2, 0.3, 0.0, 0.8),
    ):
        made = draws.standard_t(5, (T, N)) * vol
        made[:, 2] += lift * vol + 0.3 * cost
        made[:, 3] += (lift + 0.15) * vol
        moved = draws.random(N) * 0.3
        moved[3] = 2.0 + 200 * vol
        made[:, 1] = 3 * made[:, 1] + 2 * lift * vol  # a higher mean, and a lower ratio
        cases.append((made, moved, cost, sure))
    # two equal rules; sums of these numbers are exact in any order
    twins = (draws.integers(-8, 9, (256, 6)) + np.array([0, 0, 1, -1, 0, 1])) / 16
    twins[:, 5] = twins[:, 2]
    cases.append((twins, np.full(6, 0.25), 2.0**-10, 0.5))
    # a rule so good that the belief is 1, in whatever order it is computed
    certain = draws.integers(-8, 9, (1024, 4)) / 16 + np.array([0, 0.05, 0.35, 0.02])
    cases.append((certain, np.full(4, 0.25), 2.0**-10, 1.0))
    for number, (gross, turnover, cost, sure) in enumerate(cases, 1):
        net = gross - cost * turnover
        which, before = (int(ratios(r).argmax()) for r in (net, gross))
        rich, last = int(net.mean(axis=0).argmax()), int(np.flatnonzero(ratios(net) == ratios(net).max())[-1])
        mine, belief = net[:, which], judged(net, which)
        want = which, belief, share_of(mine, belief, sure)

        def slip(belief, chosen=which, returns=net, sure=sure, **options):
            return chosen, belief, share_of(returns[:, chosen], belief, sure, **options)

        slips = {
            "costs come first: the best rule before costs need not be the best after them": slip(
                judged(gross, before), before, gross
            ),
            "the best rule before costs need not be the best after them": slip(judged(net, before), before),
            "the best rule is chosen from the net returns": (
                before,
                belief,
                share_of(net[:, before], belief, sure),
            ),
            "the best is the one with the highest ratio, not with the highest mean": slip(
                judged(net, rich), rich
            ),
            "of equals the first is wanted": slip(belief, last),
            "all tries count; this is the belief in a single one": slip(judged(net, which, zero=True)),
            "the tails are left out: skewness and kurtosis belong to the formula": slip(
                judged(net, which, normal=True)
            ),
            "the kurtosis is that of which a normal has 3": slip(judged(net, which, excess=True)),
            "daily units: no ratio a year belongs into the formula": slip(judged(net, which, a_year=252)),
            "standard deviations divide by the number of values": slip(judged(net, which, ddof=1)),
            "half of Kelly, not all of it": slip(belief, part=1.0),
            "nothing is borrowed: no more than all the money": slip(belief, top=np.inf),
            "a belief that is just `sure` is not below it": (which, belief, 0.0),
            "where the belief is too small, nothing is bet": (
                which,
                belief,
                min(0.5 * mine.mean() / mine.var(), 1.0),
            ),
            "Kelly divides by the variance, not by the standard deviation": (
                which,
                belief,
                min(0.5 * mine.mean() / mine.std(), 1.0) if belief >= sure else 0.0,
            ),
        }
        got = how_much(gross, turnover, cost, sure)
        c.close(
            got,
            want,
            what=f"case {number}: {gross.shape[0]} days, {gross.shape[1]} rules, cost {cost:g}, sure {sure:g}",
            slips=slips,
            hint="net returns first; then everything on them",
            rtol=1e-6,
            atol=1e-9,
        )

# %% [markdown]
# ## 6o.12 What the article says
#
# §6.4 names trading strategies among the uses of large models in finance, and gives no measurement. (Risk and credit: [lesson 6n](06n_credit.ipynb); §2.2: [lesson 2b](02b_generalisation.ipynb).) Others measured: Lopez-Lira and Tang (2023) report that a language model's opinion of headlines foretold returns, on 15 months of news younger than the model.
#
# Would a good-looking back-test be evidence? Only if it told the real from the worthless. And does our stricter test ever say yes? Each number here could have come out otherwise.

# %%
sees = passed[2] - passed[0]  # not deflated, deflated
richer = sum(each[:, 0].mean() > best for each in table.values())
print("a ratio of 2 passes oftener than nothing, by", approx(sees[0]), "| deflated, by", approx(sees[1]))
print(f"leaks that earn more than the best honest rule of market two: {richer} of {len(table)}")
print("a ratio of 0.5 is found in ten years with", approx(power[10]), end="; ")
print("15 months find, in 80 of 100 cases, a ratio of", approx(math.sqrt(years_needed(1.0) / 1.25)))
blind = bool(sees[0] < 0.1 and richer > 0 and power[10] < 0.8)
if blind and sees[1] > 0.3:
    claim(
        "§6.4",
        "Large models serve trading strategies.",
        "unproven",
        evidence=blind,
        right="They are used; that they earn, the article does not show. A back-test shows it only with rules fixed before the data, a passed look-ahead test, "
        "prices of all that existed then, texts older than each decision, costs, every try counted, and a record long enough: about 25 years for a "
        "Sharpe ratio of 0.5, six for 1. Here the usual test let worthless rules pass as often as real ones, and some leaks earned more than the best honest rule.",
    )
else:
    print("no verdict: with these parameters the facts do not hold together")

# %% [markdown]
# ## Recap
#
# 1. Decide at the close, earn tomorrow, pay for every trade. Change the future: what was decided before must stay.
# 2. Shuffled folds, unpurged targets, choices made on everything, survivors: each earns where nothing can be earned.
# 3. The best of N worthless rules has a known mean. Deflate by it, and count every try.
# 4. A Sharpe ratio of 0.5 takes some 25 years to show. Draw blocks, where neighbours belong together.
# 5. Bet half of what you believe, at most; state the risk of tomorrow by the spread of today, and count the exceptions.
#
# **Next:** one network in four libraries, in [lesson 7](07_tools.ipynb). [Back to the map](00_start_here.ipynb)
#
# ## Sources
#
# - D. Bailey, M. López de Prado (2014), *The deflated Sharpe ratio: correcting for selection bias, backtest overfitting, and non-normality*, Journal of Portfolio Management 40(5), [doi:10.3905/jpm.2014.40.5.094](https://doi.org/10.3905/jpm.2014.40.5.094)
# - M. López de Prado (2018), *Advances in financial machine learning*, Wiley, chapter 7: purging and embargo
# - A. Lo (2002), *The statistics of Sharpe ratios*, Financial Analysts Journal 58(4)
# - H. Künsch (1989), *The jackknife and the bootstrap for general stationary observations*, Annals of Statistics 17; D. Politis, J. Romano (1992), *A circular block-resampling procedure for stationary data*, in LePage, Billard (eds.), Exploring the limits of bootstrap, Wiley: blocks round the end
# - T. Bollerslev (1986), *Generalized autoregressive conditional heteroskedasticity*, Journal of Econometrics 31
# - J. Kelly (1956), *A new interpretation of information rate*, Bell System Technical Journal 35; E. Thorp (2006), *The Kelly criterion in blackjack, sports betting, and the stock market*, Handbook of Asset and Liability Management 1, chapter 9
# - N. Brady and others (1988), *Report of the Presidential Task Force on Market Mechanisms*: 19 October 1987
# - J. Hull, A. White (1998), *Incorporating volatility updating into the historical simulation method for value-at-risk*, Journal of Risk 1: filtered history
# - P. Kupiec (1995), *Techniques for verifying the accuracy of risk measurement models*, Journal of Derivatives 3; P. Christoffersen (1998), *Evaluating interval forecasts*, International Economic Review 39
# - H. Working (1960), *Note on the correlation of first differences of averages in a random chain*, Econometrica 28
# - P. Glasserman, C. Lin (2023), *Assessing look-ahead bias in stock return predictions generated by GPT sentiment analysis*, [arXiv:2309.17322](https://arxiv.org/abs/2309.17322); A. Lopez-Lira, Y. Tang (2023), *Can ChatGPT forecast stock price movements? Return predictability and large language models*, [arXiv:2304.07619](https://arxiv.org/abs/2304.07619)
# - `dataset`: exchange rates of the Federal Reserve (H.10); Brent and WTI of the U.S. Energy Information Administration, whose [note of April 2020](https://www.eia.gov/todayinenergy/detail.php?id=43495) explains the negative price; VIX of Cboe; S&P 500 of R. Shiller
