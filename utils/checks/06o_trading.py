# 6o · Trading
# Made from lessons/06o_trading.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
days: int = 2500  # trading days of each generated market  in [1000, 10000]
correlation: float = 0.05  # of the planted signal with tomorrow's return  in [0, 0.3]
cost: float = 0.0005  # share of the traded value that a trade costs  in [0, 0.01]
markets: int = 12  # markets on which each leak is tried  in [4, 100]
tries: int = 100  # rules among which the best is taken  in [4, 400]
dataset: str = "planted"  # the series of 6o.6 and 6o.9  in {planted, euro, yen, brent, wti, vix, sp500}

# %% 6o.1 asks about break_even
import numpy as np

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

# %% 6o.2 asks about calm_trend
import numpy as np

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

# %% 6o.3 asks about teaching_rows
import numpy as np

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

# %% 6o.4 asks about under_water
import numpy as np

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

# %% 6o.5 asks about how_much
from scipy import special
import math
import numpy as np

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
