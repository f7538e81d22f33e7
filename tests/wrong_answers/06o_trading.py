# %% 6o.1 right: in a loop over the days
def break_even(position, returns):
    earned = traded = before = 0.0
    for day in range(len(position) - 1):
        earned += position[day] * returns[day + 1]
        traded += abs(position[day] - before)
        before = position[day]
    return earned / traded


# %% 6o.1 right: with a day of nothing in front
def break_even(position, returns):
    p = np.concatenate([[0.0], position])
    turnover = sum(abs(p[i] - p[i - 1]) for i in range(1, len(p) - 1))
    return float(np.sum(p[1:-1] * returns[1:])) / turnover


# %% 6o.1 right: from two runs of the engine, since the net sum falls in a straight line
def break_even(position, returns):
    free, paid = (backtest(position, returns, cost=each).sum() for each in (0.0, 1.0))
    # nothing is borrowed in the task: the engine's third cost stays 0
    return free / (free - paid)


# %% 6o.1 right: a tensor of no axes
def break_even(position, returns):
    import torch

    p, r = torch.tensor(position), torch.tensor(returns)
    before = torch.cat([torch.zeros(1), p[:-2]])
    return (p[:-1] * r[1:]).sum() / (p[:-1] - before).abs().sum()


# %% 6o.1 right: by bisection on the engine
def break_even(position, returns):
    low, high = -1e3, 1e3
    for _ in range(200):
        middle = (low + high) / 2
        if backtest(position, returns, middle).sum() > 0:
            low = middle
        else:
            high = middle
    return middle


# %% 6o.1 right: by recursion
def break_even(position, returns):
    def earned(p, r):
        return p[0] * r[1] + earned(p[1:], r[1:]) if len(p) > 1 else 0.0

    def traded(before, p):
        return abs(p[0] - before) + traded(p[0], p[1:]) if len(p) > 1 else 0.0

    return earned(list(position), list(returns)) / traded(0.0, list(position))


# %% 6o.1 wrong: same day -> "earns the return of the next day"
def break_even(position, returns):
    return (position * returns).sum() / np.abs(np.diff(position[:-1], prepend=0)).sum()


# %% 6o.1 wrong: same day, all changes -> "earns the return of the next day"
def break_even(position, returns):
    return (position * returns).sum() / np.abs(np.diff(position, prepend=0)).sum()


# %% 6o.1 wrong: without the first purchase -> "the first purchase is a trade"
def break_even(position, returns):
    return (position[:-1] * returns[1:]).sum() / np.abs(np.diff(position[:-1])).sum()


# %% 6o.1 wrong: the last decision is traded -> "the last decision is not traded"
def break_even(position, returns):
    return (position[:-1] * returns[1:]).sum() / np.abs(np.diff(position, prepend=0)).sum()


# %% 6o.1 wrong: positions for trades -> "only changes are"
def break_even(position, returns):
    return (position[:-1] * returns[1:]).sum() / np.abs(position[:-1]).sum()


# %% 6o.1 wrong: signs cancel -> "signs must not cancel"
def break_even(position, returns):
    return (position[:-1] * returns[1:]).sum() / np.diff(position[:-1], prepend=0).sum()


# %% 6o.1 wrong: upside down -> "upside down"
def break_even(position, returns):
    return np.abs(np.diff(position[:-1], prepend=0)).sum() / (position[:-1] * returns[1:]).sum()


# %% 6o.1 wrong: what was earned -> "the trades are missing"
def break_even(position, returns):
    return (position[:-1] * returns[1:]).sum()


# %% 6o.1 wrong: never negative -> "expected -0.00666667, got 0.00666667"
def break_even(position, returns):
    return abs((position[:-1] * returns[1:]).sum()) / np.abs(np.diff(position[:-1], prepend=0)).sum()


# %% 6o.1 wrong: counts trades instead of adding up their sizes -> "6o.1"
def break_even(position, returns):
    return (position[:-1] * returns[1:]).sum() / (np.diff(position[:-1], prepend=0) != 0).sum()


# %% 6o.1 wrong: changes its input -> "changes its input"
def break_even(position, returns):
    position[-1] = 0
    return (position[:-1] * returns[1:]).sum() / np.abs(np.diff(position[:-1], prepend=0)).sum()


# %% 6o.1 wrong: one element in a list -> "expected one number"
def break_even(position, returns):
    held = np.asarray(position)[:-1]
    return [(held * returns[1:]).sum() / np.abs(np.diff(held, prepend=0)).sum()]


# %% 6o.1 wrong: squared trades, as slippage -> "got -0.004"
def break_even(position, returns):
    return (position[:-1] * returns[1:]).sum() / (np.diff(position[:-1], prepend=0) ** 2).sum()


# %% 6o.1 wrong: sells at the end -> "got -0.005"
def break_even(position, returns):
    return (position[:-1] * returns[1:]).sum() / np.abs(np.diff(position[:-1], prepend=0, append=0)).sum()


# %% 6o.1 wrong: a trade counts half -> "got -0.0133333"
def break_even(position, returns):
    return 2 * (position[:-1] * returns[1:]).sum() / np.abs(np.diff(position[:-1], prepend=0)).sum()


# %% 6o.1 wrong: multiplies the returns -> "got -0.00683133"
def break_even(position, returns):
    return (np.prod(1 + position[:-1] * returns[1:]) - 1) / np.abs(np.diff(position[:-1], prepend=0)).sum()


# %% 6o.1 wrong: clipped at 0 -> "got 0"
def break_even(position, returns):
    return max(0, (position[:-1] * returns[1:]).sum() / np.abs(np.diff(position[:-1], prepend=0)).sum())


# %% 6o.1 wrong: borrows, too -> "got -0.00673333"
def break_even(position, returns):
    e = backtest(position, returns, borrowing=0.0002).sum()
    return e / np.abs(np.diff(position[:-1], prepend=0)).sum()


# %% 6o.1 wrong: the lesson's example -> "6 days"
def break_even(position, returns):
    position = np.array([1.0, 1.0, -1.0, 0.0])
    returns = np.array([0.00, 0.02, -0.01, 0.03])
    return (position[:-1] * returns[1:]).sum() / np.abs(np.diff(position[:-1], prepend=0)).sum()


# %% 6o.1 wrong: the best of a grid -> "got -0.0067"
def break_even(position, returns):
    grid = np.linspace(-0.05, 0.05, 1001)
    return grid[np.argmin([abs(backtest(position, returns, g).sum()) for g in grid])]


# %% 6o.2 right: with windows
def calm_trend(returns):
    means = sliding_window_view(returns, 20).mean(axis=1)[40:]
    spreads = sliding_window_view(returns, 60).std(axis=1)
    return np.concatenate([np.zeros(59), means / spreads])


# %% 6o.2 right: a list, with plain Python
def calm_trend(returns):
    signal = []
    for t in range(len(returns)):
        wide = [float(r) for r in returns[max(0, t - 59) : t + 1]]
        if len(wide) < 60:
            signal.append(0)
            continue
        centre = sum(wide) / 60
        spread = (sum((r - centre) ** 2 for r in wide) / 60) ** 0.5
        signal.append(sum(wide[-20:]) / 20 / spread)
    return signal


# %% 6o.2 right: by running sums
def calm_trend(returns):
    total, squares = trailing(returns, 60), trailing(returns**2, 60)
    spread = np.sqrt(squares / 60 - (total / 60) ** 2)
    signal = trailing(returns, 20) / 20 / spread
    signal[:59] = 0
    return signal


# %% 6o.2 right: a tensor
def calm_trend(returns):
    import torch

    r = torch.tensor(returns)
    return torch.tensor(
        [
            0.0 if t < 59 else float(r[t - 19 : t + 1].mean() / r[t - 59 : t + 1].std(correction=0))
            for t in range(len(r))
        ],
        dtype=torch.float64,
    )


# %% 6o.2 right: by convolution
def calm_trend(returns):
    n = len(returns)
    m = np.convolve(returns, np.ones(20) / 20)[:n]
    a = np.convolve(returns, np.ones(60) / 60)[:n]
    b = np.convolve(returns**2, np.ones(60) / 60)[:n]
    return np.where(np.arange(n) < 59, 0, m / np.sqrt(np.maximum(b - a**2, 1e-300)))


# %% 6o.2 right: a tuple, by recursion
def calm_trend(returns):
    def rec(r):
        if len(r) < 60:
            return (0,) * len(r)
        return rec(r[:-1]) + (r[-20:].mean() / r[-60:].std(),)

    return rec(returns)


# %% 6o.2 wrong: the colleague's -> "changes when the returns after day"
def calm_trend(returns):
    signal = trailing(returns, 20) / 20 / returns.std()
    signal[:59] = 0
    return signal


# %% 6o.2 wrong: both windows reach one day too far -> "changes when the returns after day"
def calm_trend(returns):
    signal = np.zeros(len(returns))
    for t in range(59, len(returns)):
        signal[t] = returns[t - 18 : t + 2].mean() / returns[t - 58 : t + 2].std()
    return signal


# %% 6o.2 wrong: windows centred on today -> "changes when the returns after day"
def calm_trend(returns):
    signal = np.zeros(len(returns))
    for t in range(59, len(returns)):
        signal[t] = returns[t - 19 : t + 1].mean() / returns[t - 30 : t + 30].std()
    return signal


# %% 6o.2 wrong: only the sign peeks at the future's spread -> "changes when the returns after day"
def calm_trend(returns):
    signal = np.zeros(len(returns))
    for t in range(59, len(returns)):
        signal[t] = returns[t - 19 : t + 1].mean() / returns[t - 59 : t + 1].std()
    return signal * (1 + 1e-6 * returns.std())


# %% 6o.2 wrong: without today -> "today's return is known at the close"
def calm_trend(returns):
    signal = np.zeros(len(returns))
    for t in range(60, len(returns)):
        signal[t] = returns[t - 20 : t].mean() / returns[t - 60 : t].std()
    return signal


# %% 6o.2 wrong: from the 61st day -> "the first day with 60 returns has been left out"
def calm_trend(returns):
    signal = np.zeros(len(returns))
    for t in range(60, len(returns)):
        signal[t] = returns[t - 19 : t + 1].mean() / returns[t - 59 : t + 1].std()
    return signal


# %% 6o.2 wrong: one window for both -> "needs 60"
def calm_trend(returns):
    signal = np.zeros(len(returns))
    for t in range(59, len(returns)):
        signal[t] = returns[t - 19 : t + 1].mean() / returns[t - 19 : t + 1].std()
    return signal


# %% 6o.2 wrong: with ddof -> "without ddof"
def calm_trend(returns):
    signal = np.zeros(len(returns))
    for t in range(59, len(returns)):
        signal[t] = returns[t - 19 : t + 1].mean() / returns[t - 59 : t + 1].std(ddof=1)
    return signal


# %% 6o.2 wrong: the sum -> "not their sum"
def calm_trend(returns):
    signal = np.zeros(len(returns))
    for t in range(59, len(returns)):
        signal[t] = returns[t - 19 : t + 1].sum() / returns[t - 59 : t + 1].std()
    return signal


# %% 6o.2 wrong: from the 20th day, with what there is -> "6o.2"
def calm_trend(returns):
    signal = np.zeros(len(returns))
    for t in range(19, len(returns)):
        signal[t] = returns[t - 19 : t + 1].mean() / returns[max(0, t - 59) : t + 1].std()
    return signal


# %% 6o.2 wrong: only the days that have a signal -> "one signal for each day"
def calm_trend(returns):
    return sliding_window_view(returns, 20).mean(axis=1)[40:] / sliding_window_view(returns, 60).std(axis=1)


# %% 6o.2 wrong: nan at the start -> "no number"
def calm_trend(returns):
    signal = np.full(len(returns), np.nan)
    for t in range(59, len(returns)):
        signal[t] = returns[t - 19 : t + 1].mean() / returns[t - 59 : t + 1].std()
    return signal


# %% 6o.2 wrong: windows exchanged -> "exchanged"
def calm_trend(returns):
    s = np.zeros(len(returns))
    for t in range(59, len(returns)):
        s[t] = returns[t - 59 : t + 1].mean() / returns[t - 19 : t + 1].std()
    return s


# %% 6o.2 wrong: the variance -> "not by the variance"
def calm_trend(returns):
    s = np.zeros(len(returns))
    for t in range(59, len(returns)):
        s[t] = returns[t - 19 : t + 1].mean() / returns[t - 59 : t + 1].var()
    return s


# %% 6o.2 wrong: windows of 19 and 59 -> "lack a return: their oldest"
def calm_trend(returns):
    s = np.zeros(len(returns))
    for t in range(59, len(returns)):
        s[t] = returns[t - 18 : t + 1].mean() / returns[t - 58 : t + 1].std()
    return s


# %% 6o.2 wrong: windows of 21 and 61 -> "a return too many"
def calm_trend(returns):
    s = np.zeros(len(returns))
    for t in range(60, len(returns)):
        s[t] = returns[t - 20 : t + 1].mean() / returns[t - 60 : t + 1].std()
    return s


# %% 6o.2 wrong: the spread of all the past -> "not of all so far"
def calm_trend(returns):
    s = np.zeros(len(returns))
    for t in range(59, len(returns)):
        s[t] = returns[t - 19 : t + 1].mean() / returns[: t + 1].std()
    return s


# %% 6o.2 wrong: slices that end before today -> "lack a return: today's"
def calm_trend(returns):
    s = np.zeros(len(returns))
    for t in range(59, len(returns)):
        s[t] = returns[t - 19 : t].mean() / returns[t - 59 : t].std()
    return s


# %% 6o.2 wrong: less its own mean -> "changes when the returns after day"
def calm_trend(returns):
    s = np.zeros(len(returns))
    for t in range(59, len(returns)):
        s[t] = returns[t - 19 : t + 1].mean() / returns[t - 59 : t + 1].std()
    return s - s.mean()


# %% 6o.2 wrong: changes its input -> "changes its input returns"
def calm_trend(returns):
    s = np.zeros(len(returns))
    for t in range(59, len(returns)):
        s[t] = returns[t - 19 : t + 1].mean() / returns[t - 59 : t + 1].std()
    returns[:] = s
    return returns


# %% 6o.2 wrong: the root of the mean square -> "90 of 150 numbers differ"
def calm_trend(returns):
    s = np.zeros(len(returns))
    for t in range(59, len(returns)):
        s[t] = returns[t - 19 : t + 1].mean() / np.sqrt((returns[t - 59 : t + 1] ** 2).mean())
    return s


# %% 6o.2 wrong: a column -> "one signal for each day"
def calm_trend(returns):
    s = np.zeros(len(returns))
    for t in range(59, len(returns)):
        s[t] = returns[t - 19 : t + 1].mean() / returns[t - 59 : t + 1].std()
    return s[:, None]


# %% 6o.3 right: sets of days
def teaching_rows(n, start, stop, h, embargo):
    tested = {t + day for t in range(start, stop) for day in range(1, h + 1)}
    free = [
        t for t in range(n) if not start <= t < stop and not tested & {t + day for day in range(1, h + 1)}
    ]
    later = [t for t in free if t >= stop]
    return [t for t in free if t < start] + later[embargo:]


# %% 6o.3 right: two ranges
def teaching_rows(n, start, stop, h, embargo):
    return [*range(max(start - h + 1, 0)), *range(stop + h - 1 + embargo, n)]


# %% 6o.3 right: a mask
def teaching_rows(n, start, stop, h, embargo):
    rows = np.arange(n)
    return np.flatnonzero((rows <= start - h) | (rows >= stop + h - 1 + embargo))


# %% 6o.3 right: floats in array
def teaching_rows(n, start, stop, h, embargo):
    first = stop + h - 1 + embargo
    return np.array([t for t in range(n) if t + h <= start or t >= first], dtype=float)


# %% 6o.3 right: a tensor
def teaching_rows(n, start, stop, h, embargo):
    import torch

    t = torch.arange(n)
    return t[(t + h <= start) | (t >= stop + h - 1 + embargo)]


# %% 6o.3 right: by difference
def teaching_rows(n, start, stop, h, embargo):
    return np.setdiff1d(np.arange(n), np.arange(start - h + 1, stop + h - 1 + embargo))


# %% 6o.3 right: tuple from nonzero
def teaching_rows(n, start, stop, h, embargo):
    rows = np.arange(n)
    return np.nonzero((rows <= start - h) | (rows >= stop + h - 1 + embargo))


# %% 6o.3 wrong: only the block is left out -> "whose target ends inside"
def teaching_rows(n, start, stop, h, embargo):
    return [t for t in range(n) if not start <= t < stop]


# %% 6o.3 wrong: one row too many before -> "whose target ends inside"
def teaching_rows(n, start, stop, h, embargo):
    return [*range(max(start - h + 2, 0)), *range(stop + h - 1 + embargo, n)]


# %% 6o.3 wrong: one row too few before -> "a row is missing before the block"
def teaching_rows(n, start, stop, h, embargo):
    return [*range(max(start - h, 0)), *range(stop + h - 1 + embargo, n)]


# %% 6o.3 wrong: purged before the block only -> "whose target begins inside"
def teaching_rows(n, start, stop, h, embargo):
    return [*range(max(start - h + 1, 0)), *range(stop + embargo, n)]


# %% 6o.3 wrong: the embargo runs while purging does -> "the embargo comes after purging"
def teaching_rows(n, start, stop, h, embargo):
    return [*range(max(start - h + 1, 0)), *range(stop + max(h - 1, embargo), n)]


# %% 6o.3 wrong: an embargo on both sides -> "the embargo holds after the block only"
def teaching_rows(n, start, stop, h, embargo):
    return [*range(max(start - h + 1 - embargo, 0)), *range(stop + h - 1 + embargo, n)]


# %% 6o.3 wrong: the past only -> "may teach, too"
def teaching_rows(n, start, stop, h, embargo):
    return [*range(max(start - h + 1, 0))]


# %% 6o.3 wrong: one row too few after -> "a row is missing after the block"
def teaching_rows(n, start, stop, h, embargo):
    return [*range(max(start - h + 1, 0)), *range(stop + h + embargo, n)]


# %% 6o.3 wrong: negative numbers of rows -> "6o.3"
def teaching_rows(n, start, stop, h, embargo):
    return [*range(n)[: start - h + 1], *range(stop + h - 1 + embargo, n)]


# %% 6o.3 wrong: the rows of the block -> "rows of the test block itself"
def teaching_rows(n, start, stop, h, embargo):
    return [*range(start, stop)]


# %% 6o.3 wrong: a mask of truth values -> "whole numbers"
def teaching_rows(n, start, stop, h, embargo):
    rows = np.arange(n)
    return (rows <= start - h) | (rows >= stop + h - 1 + embargo)


# %% 6o.3 wrong: two lists -> "a list or array"
def teaching_rows(n, start, stop, h, embargo):
    return list(range(max(0, start - h + 1))), list(range(stop + h - 1 + embargo, n))


# %% 6o.3 wrong: a set -> "a list or array"
def teaching_rows(n, start, stop, h, embargo):
    return {t for t in range(n) if t + h <= start or t >= stop + h - 1 + embargo}


# %% 6o.3 wrong: after and before exchanged -> "not in order"
def teaching_rows(n, start, stop, h, embargo):
    return [*range(stop + h - 1 + embargo, n), *range(max(0, start - h + 1))]


# %% 6o.3 wrong: the embargo in front -> "missing before the block"
def teaching_rows(n, start, stop, h, embargo):
    return [t for t in range(n) if t <= start - h - embargo or t >= stop + h - 1]


# %% 6o.3 wrong: no embargo -> "drops so many rows more"
def teaching_rows(n, start, stop, h, embargo):
    return [t for t in range(n) if t <= start - h or t >= stop + h - 1]


# %% 6o.3 wrong: an embargo of one more -> "missing after the block"
def teaching_rows(n, start, stop, h, embargo):
    return [t for t in range(n) if t <= start - h or t > stop + h - 1 + embargo]


# %% 6o.3 wrong: horizon of the lesson -> "missing before the block"
def teaching_rows(n, start, stop, h, embargo):
    h = 20
    return [t for t in range(n) if t <= start - h or t >= stop + h - 1 + embargo]


# %% 6o.3 wrong: the overlap counted in first test row only -> "expected"
def teaching_rows(n, start, stop, h, embargo):
    free = [t for t in range(n) if not start <= t < stop and abs(t - start) >= h]
    return [t for t in free if t < start] + [t for t in free if t >= stop][embargo:]


# %% 6o.3 wrong: numbers past the end -> "expected"
def teaching_rows(n, start, stop, h, embargo):
    return [t for t in range(n + 1) if t <= start - h or t >= stop + h - 1 + embargo]


# %% 6o.3 wrong: half rows -> "whole numbers"
def teaching_rows(n, start, stop, h, embargo):
    return [t + 0.5 for t in range(n) if t <= start - h or t >= stop + h - 1 + embargo]


# %% 6o.4 right: in plain Python
def under_water(returns):
    wealth = peak = 1.0
    deepest, longest, run = 0.0, 0, 0
    for r in returns:
        wealth *= 1 + float(r)
        peak = max(peak, wealth)
        deepest = max(deepest, (peak - wealth) / peak)
        run = run + 1 if wealth < peak else 0
        longest = max(longest, run)
    return deepest, longest


# %% 6o.4 right: with the start in front
def under_water(returns):
    wealth = np.append(1.0, np.cumprod(1 + returns))
    peak = np.maximum.accumulate(wealth)
    rows = "".join("x" if low else " " for low in wealth < peak).split()
    return [np.max(1 - wealth / peak), max(map(len, rows), default=0)]


# %% 6o.4 right: by the distance between days at a peak
def under_water(returns):
    wealth = np.append(1.0, np.cumprod(1 + returns))
    peak = np.maximum.accumulate(wealth)
    at = np.append(np.flatnonzero(wealth == peak), len(wealth))
    return np.array([(1 - wealth / peak).max(), np.diff(at).max() - 1])


# %% 6o.4 right: share of the peak alone
def under_water(returns):
    u, lowest, run, longest = 1.0, 1.0, 0, 0
    for r in returns:
        u = min(1.0, u * (1 + r))
        lowest = min(lowest, u)
        run = (run + 1) * (u < 1)
        longest = max(longest, run)
    return 1 - lowest, longest


# %% 6o.4 right: tensors
def under_water(returns):
    import torch

    w = torch.cumprod(1 + torch.tensor(returns), 0)
    p = torch.cummax(torch.cat([torch.ones(1, dtype=w.dtype), w]), 0).values[1:]
    run = longest = 0
    for b in w < p:
        run = run + 1 if b else 0
        longest = max(run, longest)
    return (1 - w / p).max(), torch.tensor(longest)


# %% 6o.4 wrong: without the start -> "the start is a peak"
def under_water(returns):
    wealth = np.cumprod(1 + returns)
    peak = np.maximum.accumulate(wealth)
    longest = run = 0
    for below in wealth < peak:
        run = run + 1 if below else 0
        longest = max(longest, run)
    return (1 - wealth / peak).max(), longest


# %% 6o.4 wrong: in money -> "a loss is a share of its peak"
def under_water(returns):
    wealth = np.append(1.0, np.cumprod(1 + returns))
    peak = np.maximum.accumulate(wealth)
    rows = "".join("x" if low else " " for low in wealth < peak).split()
    return (peak - wealth).max(), max(map(len, rows), default=0)


# %% 6o.4 wrong: sums of returns -> "returns multiply"
def under_water(returns):
    wealth = np.append(1.0, 1 + np.cumsum(returns))
    peak = np.maximum.accumulate(wealth)
    rows = "".join("x" if low else " " for low in wealth < peak).split()
    return (1 - wealth / peak).max(), max(map(len, rows), default=0)


# %% 6o.4 wrong: negative -> "the drawdown is positive"
def under_water(returns):
    wealth = np.append(1.0, np.cumprod(1 + returns))
    peak = np.maximum.accumulate(wealth)
    rows = "".join("x" if low else " " for low in wealth < peak).split()
    return (wealth / peak - 1).min(), max(map(len, rows), default=0)


# %% 6o.4 wrong: the worst day -> "that is the worst day"
def under_water(returns):
    wealth = np.append(1.0, np.cumprod(1 + returns))
    rows = "".join("x" if low else " " for low in wealth < np.maximum.accumulate(wealth)).split()
    return max(0.0, -returns.min()), max(map(len, rows), default=0)


# %% 6o.4 wrong: all days under water -> "the longest unbroken row"
def under_water(returns):
    wealth = np.append(1.0, np.cumprod(1 + returns))
    peak = np.maximum.accumulate(wealth)
    return (1 - wealth / peak).max(), (wealth < peak).sum()


# %% 6o.4 wrong: days at the peak counted -> "a day at the peak is not under water"
def under_water(returns):
    wealth = np.cumprod(1 + returns)
    peak = np.maximum(np.maximum.accumulate(wealth), 1)
    rows = "".join("x" if low else " " for low in wealth <= peak).split()
    return (1 - wealth / peak).max(), max(map(len, rows), default=0)


# %% 6o.4 wrong: days that fell -> "days that fell are not the same"
def under_water(returns):
    wealth = np.append(1.0, np.cumprod(1 + returns))
    rows = "".join("x" if r < 0 else " " for r in returns).split()
    return (1 - wealth / np.maximum.accumulate(wealth)).max(), max(map(len, rows), default=0)


# %% 6o.4 wrong: from the highest to the lowest of all, whichever comes first -> "6o.4"
def under_water(returns):
    wealth = np.append(1.0, np.cumprod(1 + returns))
    peak = np.maximum.accumulate(wealth)
    rows = "".join("x" if low else " " for low in wealth < peak).split()
    return 1 - wealth.min() / wealth.max(), max(map(len, rows), default=0)


# %% 6o.4 wrong: the last row only -> "6o.4"
def under_water(returns):
    wealth = np.append(1.0, np.cumprod(1 + returns))
    peak = np.maximum.accumulate(wealth)
    run = 0
    for below in wealth < peak:
        run = run + 1 if below else 0
    return (1 - wealth / peak).max(), run


# %% 6o.4 wrong: in the other order -> "2 of 2 numbers differ"
def under_water(returns):
    w = peak = 1.0
    dd = 0
    run = longest = 0
    for r in returns:
        w *= 1 + r
        peak = max(peak, w)
        dd = max(dd, 1 - w / peak)
        run = run + 1 if w < peak else 0
        longest = max(longest, run)
    return longest, dd


# %% 6o.4 wrong: start counts for the depth only -> "a peak for the days, too"
def under_water(returns):
    w = np.cumprod(1 + returns)
    p = np.maximum.accumulate(w)
    run = longest = 0
    for b in w < p:
        run = run + 1 if b else 0
        longest = max(run, longest)
    return (1 - w / np.maximum(p, 1)).max(), longest


# %% 6o.4 wrong: finished stretches only -> "has not ended counts"
def under_water(returns):
    w = np.append(1.0, np.cumprod(1 + returns))
    p = np.maximum.accumulate(w)
    at = np.flatnonzero(w == p)
    return (1 - w / p).max(), np.diff(at, append=at[-1] + 1).max() - 1


# %% 6o.4 wrong: from peak to peak -> "one too many"
def under_water(returns):
    w = np.append(1.0, np.cumprod(1 + returns))
    p = np.maximum.accumulate(w)
    at = np.append(np.flatnonzero(w == p), len(w))
    return (1 - w / p).max(), np.diff(at).max()


# %% 6o.4 wrong: a share of the trough -> "1 of 2 numbers differ"
def under_water(returns):
    w = np.append(1.0, np.cumprod(1 + returns))
    p = np.maximum.accumulate(w)
    run = longest = 0
    for b in w < p:
        run = run + 1 if b else 0
        longest = max(run, longest)
    return (p / w - 1).max(), longest


# %% 6o.4 wrong: a difference of logarithms -> "got 0.693147"
def under_water(returns):
    log = np.append(0.0, np.cumsum(np.log1p(returns)))
    p = np.maximum.accumulate(log)
    run = longest = 0
    for b in log < p:
        run = run + 1 if b else 0
        longest = max(run, longest)
    return (p - log).max(), longest


# %% 6o.4 wrong: below the start -> "days below the start"
def under_water(returns):
    w = np.append(1.0, np.cumprod(1 + returns))
    p = np.maximum.accumulate(w)
    run = longest = 0
    for b in w < 1:
        run = run + 1 if b else 0
        longest = max(run, longest)
    return (1 - w / p).max(), longest


# %% 6o.4 wrong: a tie goes on -> "to the cent"
def under_water(returns):
    w = np.append(1.0, np.cumprod(1 + returns))
    p = np.maximum.accumulate(w)
    run = longest = 0
    for t in range(1, len(w)):
        run = 0 if w[t] > p[t - 1] else run + 1
        longest = max(run, longest)
    return (1 - w / p).max(), longest


# %% 6o.4 wrong: the depth alone -> "shape (2,)"
def under_water(returns):
    w = np.append(1.0, np.cumprod(1 + returns))
    return (1 - w / np.maximum.accumulate(w)).max()


# %% 6o.5 right: the formula written out
def how_much(gross, turnover, cost, sure):
    net = np.stack([gross[:, n] - cost * turnover[n] for n in range(len(turnover))], axis=1)
    T, N = net.shape
    ratios = [net[:, n].mean() / net[:, n].std() for n in range(N)]
    which = int(np.argmax(ratios))
    mine = net[:, which]
    z = (mine - mine.mean()) / mine.std()
    s, skew, kurtosis = ratios[which], np.mean(z**3), np.mean(z**4)
    floor = np.std(ratios) * about_best(N)
    dsr = special.ndtr((s - floor) * np.sqrt(T - 1) / np.sqrt(1 - skew * s + (kurtosis - 1) / 4 * s**2))
    if dsr < sure:
        return which, dsr, 0
    return which, dsr, min(1, mine.mean() / mine.var() / 2)


# %% 6o.5 right: with scipy's moments, as a list
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover[None, :]
    s = net.mean(0) / net.std(0)
    k = s.argmax()
    mine = net[:, k]
    skew, kurtosis = distributions.skew(mine), distributions.kurtosis(mine, fisher=False)
    spread = math.sqrt(1 - skew * s[k] + (kurtosis - 1) / 4 * s[k] ** 2)
    dsr = distributions.norm.cdf((s[k] - s.std() * about_best(len(s))) * math.sqrt(len(net) - 1) / spread)
    return [k, dsr, float(np.clip(0.5 * mine.mean() / mine.var(), 0, 1)) * (dsr >= sure)]


# %% 6o.5 right: tensors
def how_much(gross, turnover, cost, sure):
    import torch

    net = torch.tensor(gross) - cost * torch.tensor(turnover)
    k = (net.mean(0) / net.std(0, correction=0)).argmax()
    d = torch.tensor(deflated(net.numpy()))
    r = net[:, k]
    share = (0.5 * r.mean() / r.var(correction=0)).clamp(max=1) * (d >= sure)
    return k, d, share


# %% 6o.5 right: sums by columns, and matrix products
def how_much(gross, turnover, cost, sure):
    T, N = gross.shape
    net = gross - cost * np.outer(np.ones(T), turnover)
    mean = np.ones(T) @ net / T
    variance = np.array([np.dot(net[:, k] - mean[k], net[:, k] - mean[k]) / T for k in range(N)])
    ratio = mean / np.sqrt(variance)
    best = max(range(N), key=lambda k: ratio[k])
    d = probability_above(net[:, best], ratio.std() * about_best(N))
    return best, d, 0 if d < sure else min(1, mean[best] / variance[best] / 2)


# %% 6o.5 right: mean of squares less the square of the mean, sorted
def how_much(gross, turnover, cost, sure):
    net = gross.T - cost * turnover[:, None]
    s = net.mean(axis=1) / np.sqrt((net**2).mean(axis=1) - net.mean(axis=1) ** 2)
    best = int(np.argsort(-s, kind="stable")[0])
    d = deflated(net.T)
    r = net[best]
    return best, d, 0 if d < sure else min(1, r.mean() / r.var() / 2)


# %% 6o.5 right: statistics of the standard library
def how_much(gross, turnover, cost, sure):
    import statistics as st

    net = [[float(g) - cost * float(t) for g in column] for column, t in zip(gross.T, turnover)]
    s = [st.fmean(c) / st.pstdev(c) for c in net]
    best = s.index(max(s))
    d = probability_above(np.array(net[best]), st.pstdev(s) * about_best(len(s)))
    return best, d, 0 if d < sure else min(1, st.fmean(net[best]) / st.pvariance(net[best]) / 2)


# %% 6o.5 wrong: costs forgotten -> "costs come first"
def how_much(gross, turnover, cost, sure):
    best_rule, belief = int(sharpe(gross).argmax()), deflated(gross)
    mine = gross[:, best_rule]
    return best_rule, belief, min(0.5 * mine.mean() / mine.var(), 1.0) if belief >= sure else 0.0


# %% 6o.5 wrong: one rule alone -> "all tries count"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    best_rule = int(sharpe(net).argmax())
    mine = net[:, best_rule]
    belief = probability_above(mine, 0.0)
    return best_rule, belief, min(0.5 * mine.mean() / mine.var(), 1.0) if belief >= sure else 0.0


# %% 6o.5 wrong: all of Kelly -> "half of Kelly"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    best_rule, belief = int(sharpe(net).argmax()), deflated(net)
    mine = net[:, best_rule]
    return best_rule, belief, min(mine.mean() / mine.var(), 1.0) if belief >= sure else 0.0


# %% 6o.5 wrong: borrowed money -> "nothing is borrowed"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    best_rule, belief = int(sharpe(net).argmax()), deflated(net)
    mine = net[:, best_rule]
    return best_rule, belief, 0.5 * mine.mean() / mine.var() if belief >= sure else 0.0


# %% 6o.5 wrong: bets in any case -> "where the belief is too small"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    best_rule, belief = int(sharpe(net).argmax()), deflated(net)
    mine = net[:, best_rule]
    return best_rule, belief, min(0.5 * mine.mean() / mine.var(), 1.0)


# %% 6o.5 wrong: divided by the standard deviation -> "Kelly divides by the variance"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    best_rule, belief = int(sharpe(net).argmax()), deflated(net)
    mine = net[:, best_rule]
    return best_rule, belief, min(0.5 * mine.mean() / mine.std(), 1.0) if belief >= sure else 0.0


# %% 6o.5 wrong: chosen before costs -> "chosen from the net returns"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    best_rule, belief = int(sharpe(gross).argmax()), deflated(net)
    mine = net[:, best_rule]
    return best_rule, belief, min(0.5 * mine.mean() / mine.var(), 1.0) if belief >= sure else 0.0


# %% 6o.5 wrong: as if normal -> "the tails are left out"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    s = net.mean(axis=0) / net.std(axis=0)
    k, T = int(s.argmax()), len(net)
    belief = special.ndtr((s[k] - s.std() * about_best(len(s))) * math.sqrt((T - 1) / (1 + s[k] ** 2 / 2)))
    mine = net[:, k]
    return k, belief, min(0.5 * mine.mean() / mine.var(), 1.0) if belief >= sure else 0.0


# %% 6o.5 wrong: the excess kurtosis -> "of which a normal has 3"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    s = net.mean(axis=0) / net.std(axis=0)
    k, T = int(s.argmax()), len(net)
    mine = net[:, k]
    spread = 1 - distributions.skew(mine) * s[k] + (distributions.kurtosis(mine) - 1) / 4 * s[k] ** 2
    belief = special.ndtr((s[k] - s.std() * about_best(len(s))) * math.sqrt((T - 1) / spread))
    return k, belief, min(0.5 * mine.mean() / mine.var(), 1.0) if belief >= sure else 0.0


# %% 6o.5 wrong: the turnover of all rules together -> "6o.5"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover.mean()
    best_rule, belief = int(sharpe(net).argmax()), deflated(net)
    mine = net[:, best_rule]
    return best_rule, belief, min(0.5 * mine.mean() / mine.var(), 1.0) if belief >= sure else 0.0


# %% 6o.5 wrong: the last of equals -> "of equals the first"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    s = sharpe(net, 1)
    best = len(s) - 1 - int(s[::-1].argmax())
    d = deflated(net)
    r = net[:, best]
    return best, d, (0.0 if d < sure else min(1.0, r.mean() / r.var() / 2))


# %% 6o.5 wrong: always 0.95 -> "sure 0.9"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    best = int(sharpe(net, 1).argmax())
    d = deflated(net)
    r = net[:, best]
    return best, d, (0.0 if d < 0.95 else min(1.0, r.mean() / r.var() / 2))


# %% 6o.5 wrong: exact expected best -> "got 0.9"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    s = sharpe(net, 1)
    best = int(s.argmax())
    d = probability_above(net[:, best], s.std() * expected_best(len(s)))
    r = net[:, best]
    return best, d, (0.0 if d < sure else min(1.0, r.mean() / r.var() / 2))


# %% 6o.5 wrong: clip before halving -> "got 0.5"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    best = int(sharpe(net, 1).argmax())
    d = deflated(net)
    r = net[:, best]
    return best, d, (0.0 if d < sure else min(1.0, r.mean() / r.var()) / 2)


# %% 6o.5 wrong: Kelly of the gross -> "1 of 3 numbers differ"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    best = int(sharpe(net, 1).argmax())
    d = deflated(net)
    r = gross[:, best]
    return best, d, (0.0 if d < sure else min(1.0, r.mean() / r.var() / 2))


# %% 6o.5 wrong: cost once, not each day -> "numbers differ"
def how_much(gross, turnover, cost, sure):
    net = gross.copy()
    net[0] -= cost * turnover
    best = int(sharpe(net, 1).argmax())
    d = deflated(net)
    r = net[:, best]
    return best, d, (0.0 if d < sure else min(1.0, r.mean() / r.var() / 2))


# %% 6o.5 wrong: cost added -> "numbers differ"
def how_much(gross, turnover, cost, sure):
    net = gross + cost * turnover
    best = int(sharpe(net, 1).argmax())
    d = deflated(net)
    r = net[:, best]
    return best, d, (0.0 if d < sure else min(1.0, r.mean() / r.var() / 2))


# %% 6o.5 wrong: ratios a year -> "daily units"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    s = sharpe(net)
    best = int(s.argmax())
    r = net[:, best]
    z = (r - r.mean()) / r.std()
    d = float(
        special.ndtr(
            (s[best] - s.std() * about_best(len(s)))
            * math.sqrt(len(r) - 1)
            / math.sqrt(1 - (z**3).mean() * s[best] + ((z**4).mean() - 1) / 4 * s[best] ** 2)
        )
    )
    return best, d, (0.0 if d < sure else min(1.0, r.mean() / r.var() / 2))


# %% 6o.5 wrong: T for T-1 -> "1 of 3 numbers differ"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    s = sharpe(net, 1)
    best = int(s.argmax())
    r = net[:, best]
    z = (r - r.mean()) / r.std()
    d = float(
        special.ndtr(
            (s[best] - s.std() * about_best(len(s)))
            * math.sqrt(len(r))
            / math.sqrt(1 - (z**3).mean() * s[best] + ((z**4).mean() - 1) / 4 * s[best] ** 2)
        )
    )
    return best, d, (0.0 if d < sure else min(1.0, r.mean() / r.var() / 2))


# %% 6o.5 wrong: ddof in scatter only -> "1 of 3 numbers differ"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    s = sharpe(net, 1)
    best = int(s.argmax())
    r = net[:, best]
    d = probability_above(r, s.std(ddof=1) * about_best(len(s)))
    return best, d, (0.0 if d < sure else min(1.0, r.mean() / r.var() / 2))


# %% 6o.5 wrong: the best by the mean -> "not with the highest mean"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    best = int(net.mean(axis=0).argmax())
    s = sharpe(net, 1)
    r = net[:, best]
    d = probability_above(r, s.std() * about_best(len(s)))
    return best, d, (0.0 if d < sure else min(1.0, r.mean() / r.var() / 2))


# %% 6o.5 wrong: counted from 1 -> "got 3"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    best = int(sharpe(net, 1).argmax())
    d = deflated(net)
    r = net[:, best]
    return best + 1, d, (0.0 if d < sure else min(1.0, r.mean() / r.var() / 2))


# %% 6o.5 wrong: changes its input -> "changes its input gross"
def how_much(gross, turnover, cost, sure):
    gross -= cost * turnover
    net = gross
    best = int(sharpe(net, 1).argmax())
    d = deflated(net)
    r = net[:, best]
    return best, d, (0.0 if d < sure else min(1.0, r.mean() / r.var() / 2))


# %% 6o.5 wrong: a belief of just `sure` is refused -> "is not below it"
def how_much(gross, turnover, cost, sure):
    net = gross - cost * turnover
    best = int(sharpe(net, 1).argmax())
    dsr = deflated(net)
    r = net[:, best]
    return best, dsr, min(r.mean() / r.var() / 2, 1) if dsr > sure else 0
