# %% 8c.1 right: with combinations
def trials_needed(total, good, level):
    n = 0
    while 1 - math.comb(total - good, n) / math.comb(total, n) < level:
        n += 1
    return n


# %% 8c.1 right: a cumulative product
def trials_needed(total, good, level):
    n = np.arange(total - good + 1)
    miss = np.cumprod((total - good - n) / (total - n))
    return np.argmax(1 - miss >= level) + 1


# %% 8c.1 right: recursion, a float
def trials_needed(total, good, level, missed=1.0, n=0):
    if 1 - missed >= level:
        return float(n)
    return trials_needed(total, good, level, missed * (total - good - n) / (total - n), n + 1)


# %% 8c.1 wrong: with replacement -> "draws the same network again"
def trials_needed(total, good, level):
    return math.ceil(math.log(1 - level) / math.log(1 - good / total)) if good < total else 1


# %% 8c.1 wrong: one too many -> "one more than needed"
def trials_needed(total, good, level):
    missed, n = 1.0, 0
    while 1 - missed < level:
        missed *= (total - good - n) / (total - n)
        n += 1
    return n + 1


# %% 8c.1 wrong: one too few -> "one fewer than needed"
def trials_needed(total, good, level):
    missed, n = 1.0, 0
    while 1 - missed < level:
        missed *= (total - good - n) / (total - n)
        n += 1
    return n - 1


# %% 8c.1 wrong: expected number of hits -> "expected"
def trials_needed(total, good, level):
    return math.ceil(level * total / good)


# %% 8c.1 wrong: all must be good -> "expected"
def trials_needed(total, good, level):
    missed, n = 1.0, 0
    while missed > level:
        missed *= (good - n) / (total - n)
        n += 1
    return n


# %% 8c.2 right: in a loop
def next_trial(mean, doubt, euros, lowest):
    found = []
    for m, d, e in zip(mean, doubt, euros):
        if d == 0:
            gain = max(lowest - m, 0)
        else:
            z = (lowest - m) / d
            gain = (lowest - m) * norm.cdf(z) + d * norm.pdf(z)
        found.append(gain / e)
    return found.index(max(found))


# %% 8c.2 right: with the lesson's function on negative losses
def next_trial(mean, doubt, euros, lowest):
    gain = np.maximum(lowest - mean, 0)
    some = doubt > 0
    gain[some] = improvement(-mean[some], doubt[some], -lowest)
    return np.argmax(gain / euros)


# %% 8c.2 right: a tensor
def next_trial(mean, doubt, euros, lowest):
    m, d, e = (torch.tensor(v, dtype=torch.float64) for v in (mean, doubt, euros))
    normal = torch.distributions.Normal(0.0, 1.0)
    z = (lowest - m) / d.clamp(min=1e-300)
    z = z.clamp(-1e6, 1e6)
    gain = (lowest - m) * normal.cdf(z) + d * normal.log_prob(z).exp()
    gain = torch.where(d > 0, gain, (lowest - m).clamp(min=0))
    return (gain / e).argmax()


# %% 8c.2 wrong: looks for higher -> "higher losses"
def next_trial(mean, doubt, euros, lowest):
    safe = np.where(doubt > 0, doubt, 1.0)
    gain = np.where(doubt > 0, improvement(mean, safe, lowest), np.maximum(mean - lowest, 0))
    return int((gain / euros).argmax())


# %% 8c.2 wrong: no price -> "the price is not counted"
def next_trial(mean, doubt, euros, lowest):
    safe = np.where(doubt > 0, doubt, 1.0)
    gain = np.where(doubt > 0, improvement(-mean, safe, -lowest), np.maximum(lowest - mean, 0))
    return int(gain.argmax())


# %% 8c.2 wrong: times the price -> "should count less"
def next_trial(mean, doubt, euros, lowest):
    safe = np.where(doubt > 0, doubt, 1.0)
    gain = np.where(doubt > 0, improvement(-mean, safe, -lowest), np.maximum(lowest - mean, 0))
    return int((gain * euros).argmax())


# %% 8c.2 wrong: the lowest mean -> "leaves out the doubt"
def next_trial(mean, doubt, euros, lowest):
    return int(mean.argmin())


# %% 8c.2 wrong: a certain place counts as nothing -> "expected"
def next_trial(mean, doubt, euros, lowest):
    safe = np.where(doubt > 0, doubt, 1.0)
    gain = np.where(doubt > 0, improvement(-mean, safe, -lowest), 0)
    return int((gain / euros).argmax())


# %% 8c.2 wrong: a certain place may be worse than nothing -> "expected"
def next_trial(mean, doubt, euros, lowest):
    safe = np.where(doubt > 0, doubt, 1.0)
    gain = np.where(doubt > 0, improvement(-mean, safe, -lowest), lowest - mean)
    return int((gain / euros).argmax())


# %% 8c.2 wrong: the last of a tie -> "expected"
def next_trial(mean, doubt, euros, lowest):
    safe = np.where(doubt > 0, doubt, 1.0)
    gain = np.where(doubt > 0, improvement(-mean, safe, -lowest), np.maximum(lowest - mean, 0)) / euros
    return len(gain) - 1 - int(gain[::-1].argmax())


# %% 8c.2 wrong: the value instead of the place -> "expected"
def next_trial(mean, doubt, euros, lowest):
    safe = np.where(doubt > 0, doubt, 1.0)
    gain = np.where(doubt > 0, improvement(-mean, safe, -lowest), np.maximum(lowest - mean, 0))
    return float((gain / euros).max())


# %% 8c.3 right: with argsort
def play_cup(scores, epochs, eta):
    scores = np.asarray(scores)
    alive, spent = np.arange(len(scores)), 0
    new = np.diff(epochs, prepend=0)
    for level in range(len(epochs)):
        if level:
            order = np.argsort(-scores[alive, level - 1], kind="stable")
            alive = np.sort(alive[order][: max(1, len(alive) // eta)])
        spent += len(alive) * new[level]
    return int(alive[scores[alive, -1].argmax()]), int(spent)


# %% 8c.3 right: recursion, a list
def play_cup(scores, epochs, eta, alive=None, level=0):
    alive = list(range(len(scores))) if alive is None else alive
    cost = len(alive) * (epochs[level] - (epochs[level - 1] if level else 0))
    ranked = sorted(alive, key=lambda i: (-scores[i][level], i))
    if level == len(epochs) - 1:
        return [ranked[0], cost]
    winner, more = play_cup(scores, epochs, eta, ranked[: len(alive) // eta or 1], level + 1)
    return [winner, cost + more]


# %% 8c.3 wrong: trains afresh at each level -> "nothing is paid twice"
def play_cup(scores, epochs, eta):
    alive, spent = list(range(len(scores))), 0
    for level, now in enumerate(epochs):
        spent += len(alive) * now
        alive = sorted(alive, key=lambda i: (-scores[i][level], i))
        if level + 1 < len(epochs):
            alive = alive[: max(len(alive) // eta, 1)]
    return alive[0], spent


# %% 8c.3 wrong: ties to the higher index -> "on a tie the lower"
def play_cup(scores, epochs, eta):
    alive, spent, before = list(range(len(scores))), 0, 0
    for level, now in enumerate(epochs):
        spent += len(alive) * (now - before)
        before = now
        alive = sorted(alive, key=lambda i: (scores[i][level], i))[::-1]
        if level + 1 < len(epochs):
            alive = alive[: max(len(alive) // eta, 1)]
    return alive[0], spent


# %% 8c.3 wrong: rounds up -> "too many go on"
def play_cup(scores, epochs, eta):
    alive, spent, before = list(range(len(scores))), 0, 0
    for level, now in enumerate(epochs):
        spent += len(alive) * (now - before)
        before = now
        alive = sorted(alive, key=lambda i: (-scores[i][level], i))
        if level + 1 < len(epochs):
            alive = alive[: math.ceil(len(alive) / eta)]
    return alive[0], spent


# %% 8c.3 wrong: the lowest go on -> "the lowest scores went on"
def play_cup(scores, epochs, eta):
    alive, spent, before = list(range(len(scores))), 0, 0
    for level, now in enumerate(epochs):
        spent += len(alive) * (now - before)
        before = now
        alive = sorted(alive, key=lambda i: (scores[i][level], i))
        if level + 1 < len(epochs):
            alive = alive[: max(len(alive) // eta, 1)]
    return alive[0], spent


# %% 8c.3 wrong: always judged by the first level -> "its own scores"
def play_cup(scores, epochs, eta):
    alive, spent, before = list(range(len(scores))), 0, 0
    for level, now in enumerate(epochs):
        spent += len(alive) * (now - before)
        before = now
        alive = sorted(alive, key=lambda i: (-scores[i][0], i))
        if level + 1 < len(epochs):
            alive = alive[: max(len(alive) // eta, 1)]
    return alive[0], spent


# %% 8c.3 wrong: looks ahead -> "before they are known"
def play_cup(scores, epochs, eta):
    alive, spent, before = list(range(len(scores))), 0, 0
    for level, now in enumerate(epochs):
        spent += len(alive) * (now - before)
        before = now
        alive = sorted(alive, key=lambda i: (-scores[i][-1], i))
        if level + 1 < len(epochs):
            alive = alive[: max(len(alive) // eta, 1)]
    return alive[0], spent


# %% 8c.3 wrong: nobody may be left -> "raised"
def play_cup(scores, epochs, eta):
    alive, spent, before = list(range(len(scores))), 0, 0
    for level, now in enumerate(epochs):
        spent += len(alive) * (now - before)
        before = now
        alive = sorted(alive, key=lambda i: (-scores[i][level], i))
        if level + 1 < len(epochs):
            alive = alive[: len(alive) // eta]
    return alive[0], spent


# %% 8c.3 wrong: the winner alone -> "two things"
def play_cup(scores, epochs, eta):
    return 0


# %% 8c.4 right: a table of pairs
def right_choice(p, q, m):
    k = np.arange(m + 1)
    both = np.outer(binom.pmf(k, m, p), binom.pmf(k, m, q))
    return (both * (np.sign(k[:, None] - k) + 1) / 2).sum()


# %% 8c.4 right: in plain Python
def right_choice(p, q, m):
    def chance(r, k):
        return math.comb(m, k) * r**k * (1 - r) ** (m - k)

    total = 0.0
    for i in range(m + 1):
        for j in range(m + 1):
            total += chance(p, i) * chance(q, j) * (1.0 if i > j else 0.5 if i == j else 0.0)
    return total


# %% 8c.4 right: two sums of the distribution
def right_choice(p, q, m):
    k = np.arange(m + 1)
    return np.mean([binom.sf(k, m, p) @ binom.pmf(k, m, q), binom.sf(k - 1, m, p) @ binom.pmf(k, m, q)])


# %% 8c.4 wrong: ties are lost -> "not counted at all"
def right_choice(p, q, m):
    k = np.arange(m + 1)
    return binom.sf(k, m, p) @ binom.pmf(k, m, q)


# %% 8c.4 wrong: ties are won -> "counted whole"
def right_choice(p, q, m):
    k = np.arange(m + 1)
    return binom.sf(k - 1, m, p) @ binom.pmf(k, m, q)


# %% 8c.4 wrong: the other one -> "the worse one is kept"
def right_choice(p, q, m):
    k = np.arange(m + 1)
    return 1 - binom.pmf(k, m, q) @ (binom.sf(k, m, p) + binom.pmf(k, m, p) / 2)


# %% 8c.4 wrong: the normal curve -> "normal approximation"
def right_choice(p, q, m):
    return norm.cdf((p - q) / math.sqrt((p * (1 - p) + q * (1 - q)) / m))


# %% 8c.4 wrong: the last count forgotten -> "highest count"
def right_choice(p, q, m):
    k = np.arange(m)
    return binom.pmf(k, m, q) @ (binom.sf(k, m, p) + binom.pmf(k, m, p) / 2)


# %% 8c.4 wrong: the last count of the better one forgotten -> "one of the counts"
def right_choice(p, q, m):
    k = np.arange(m)
    return binom.pmf(k, m, p) @ (binom.cdf(k - 1, m, q) + binom.pmf(k, m, q) / 2)


# %% 8c.4 wrong: a simulation -> "expected"
def right_choice(p, q, m):
    draws = np.random.default_rng(0)
    a, b = draws.binomial(m, p, 10_000), draws.binomial(m, q, 10_000)
    return ((a > b) + (a == b) / 2).mean()


# %% 8c.5 right: with arrays
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    gain = np.concatenate([[0.0], np.maximum(np.asarray(truth) - now, 0)]) * 100 * point
    profit = gain - np.arange(len(gain)) * hours * (rent + watts * kwh / 1000)
    return profit.argmax()


# %% 8c.5 right: a loop that keeps the best
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    most, plan = 0.0, 0
    for k, value in enumerate(truth, 1):
        bill = k * (hours * rent + hours * watts / 1000 * kwh)
        worth = point * (value - now) / 0.01 if value > now else 0.0
        if worth - bill > most + 1e-9:
            most, plan = worth - bill, k
    return plan


# %% 8c.5 wrong: watts as kilowatts -> "watts were taken for kilowatts"
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    profit = [0.0] + [
        max(v - now, 0) * 100 * point - k * hours * (rent + watts * kwh) for k, v in enumerate(truth, 1)
    ]
    return profit.index(max(profit))


# %% 8c.5 wrong: no power -> "the power is not paid"
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    profit = [0.0] + [max(v - now, 0) * 100 * point - k * hours * rent for k, v in enumerate(truth, 1)]
    return profit.index(max(profit))


# %% 8c.5 wrong: always buys -> "buying nothing"
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    price = hours * (rent + watts / 1000 * kwh)
    profit = [max(v - now, 0) * 100 * point - k * price for k, v in enumerate(truth, 1)]
    return profit.index(max(profit)) + 1


# %% 8c.5 wrong: accuracy for points -> "taken for percentage points"
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    price = hours * (rent + watts / 1000 * kwh)
    profit = [0.0] + [max(v - now, 0) * point - k * price for k, v in enumerate(truth, 1)]
    return profit.index(max(profit))


# %% 8c.5 wrong: the last of a tie -> "on a tie the smaller"
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    price = hours * (rent + watts / 1000 * kwh)
    profit = [0.0] + [round(max(v - now, 0) * 100 * point - k * price, 9) for k, v in enumerate(truth, 1)]
    return max(range(len(profit)), key=lambda k: (profit[k], k))


# %% 8c.5 wrong: the highest accuracy -> "highest accuracy is not"
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    return int(np.argmax(truth)) + 1


# %% 8c.5 wrong: the index, not the number -> "expected"
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    price = hours * (rent + watts / 1000 * kwh)
    profit = [max(v - now, 0) * 100 * point - k * price for k, v in enumerate(truth, 1)]
    return profit.index(max(profit))
