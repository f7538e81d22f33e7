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


# %% 6o.3 wrong: one row too few after -> "6o.3"
def teaching_rows(n, start, stop, h, embargo):
    return [*range(max(start - h + 1, 0)), *range(stop + h + embargo, n)]


# %% 6o.3 wrong: negative numbers of rows -> "6o.3"
def teaching_rows(n, start, stop, h, embargo):
    return [*range(n)[: start - h + 1], *range(stop + h - 1 + embargo, n)]


# %% 6o.3 wrong: the rows of the block -> "rows of the test block itself"
def teaching_rows(n, start, stop, h, embargo):
    return [*range(start, stop)]


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


# %% 6o.5 wrong: chosen before costs -> "6o.5"
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
