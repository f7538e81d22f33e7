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


# %% 8c.1 right: SciPy's hypergeometric distribution
def trials_needed(total, good, level):
    from scipy.stats import hypergeom

    n = 0
    while hypergeom.sf(0, total, good, n) < level:
        n += 1
    return np.array(n)


# %% 8c.1 wrong: more than the level, not at least -> "one more than needed"
def trials_needed(total, good, level):
    missed, n = 1.0, 0
    while 1 - missed <= level and n < total:
        missed *= max(total - good - n, 0) / (total - n)
        n += 1
    return n


# %% 8c.1 wrong: the mean wait for a hit -> "expected"
def trials_needed(total, good, level):
    return math.ceil((total + 1) / (good + 1))


# %% 8c.1 wrong: one after the other, but total stays -> "expected"
def trials_needed(total, good, level):
    missed, n = 1.0, 0
    while 1 - missed < level:
        missed *= max(total - good - n, 0) / total
        n += 1
    return n


# %% 8c.1 wrong: the chance instead of the number -> "expected"
def trials_needed(total, good, level):
    return 1 - (1 - good / total) ** math.ceil(level * total / good)


# %% 8c.1 wrong: a list of two -> "8c.1"
def trials_needed(total, good, level):
    return np.array([1, 2])


# %% 8c.2 wrong: overwrites its input -> "changes its input"
def next_trial(mean, doubt, euros, lowest):
    doubt[doubt == 0] = 1e-12
    z = (lowest - mean) / doubt
    return torch.tensor(np.argmax(((lowest - mean) * norm.cdf(z) + doubt * norm.pdf(z)) / euros))


# %% 8c.2 right: a doubt of 0 is nearly 0
def next_trial(mean, doubt, euros, lowest):
    doubt = np.maximum(doubt, 1e-12)
    z = (lowest - mean) / doubt
    return torch.tensor(np.argmax(((lowest - mean) * norm.cdf(z) + doubt * norm.pdf(z)) / euros))


# %% 8c.2 wrong: the chance of improvement -> "not its size"
def next_trial(mean, doubt, euros, lowest):
    safe = np.where(doubt > 0, doubt, 1e-12)
    return int((norm.cdf((lowest - mean) / safe) / euros).argmax())


# %% 8c.2 wrong: minus the price -> "expected"
def next_trial(mean, doubt, euros, lowest):
    safe = np.where(doubt > 0, doubt, 1e-12)
    return int((improvement(-mean, safe, -lowest) - euros).argmax())


# %% 8c.2 wrong: two standard deviations below -> "expected"
def next_trial(mean, doubt, euros, lowest):
    return int(((lowest - mean + 2 * doubt) / euros).argmax())


# %% 8c.2 wrong: the density term is forgotten -> "expected"
def next_trial(mean, doubt, euros, lowest):
    safe = np.where(doubt > 0, doubt, 1e-12)
    return int(((lowest - mean) * norm.cdf((lowest - mean) / safe) / euros).argmax())


# %% 8c.2 wrong: the whole density, without the doubt -> "expected"
def next_trial(mean, doubt, euros, lowest):
    safe = np.where(doubt > 0, doubt, 1e-12)
    z = (lowest - mean) / safe
    return int((((lowest - mean) * norm.cdf(z) + (doubt > 0) * norm.pdf(z)) / euros).argmax())


# %% 8c.2 wrong: variance for standard deviation -> "expected"
def next_trial(mean, doubt, euros, lowest):
    safe = np.where(doubt > 0, doubt, 1e-12) ** 2
    return int((improvement(-mean, safe, -lowest) / euros).argmax())


# %% 8c.3 right: an array, scores as lists
def play_cup(scores, epochs, eta):
    scores, alive, spent = np.asarray(scores).tolist(), list(range(len(scores))), 0
    for level, (now, before) in enumerate(zip(epochs, [0, *epochs[:-1]])):
        if level:
            keep = max(1, len(alive) // eta)
            alive = [i for _, i in sorted((-scores[i][level - 1], i) for i in alive)][:keep]
        spent += len(alive) * (now - before)
    return np.array([min(alive, key=lambda i: (-scores[i][-1], i)), spent])


# %% 8c.3 wrong: a later tie keeps the order of the level before -> "on a tie the lower"
def play_cup(scores, epochs, eta):
    alive, spent, before = list(range(len(scores))), 0, 0
    for level, now in enumerate(epochs):
        spent += len(alive) * (now - before)
        before = now
        alive = sorted(alive, key=lambda i: -scores[i][level])
        if level + 1 < len(epochs):
            alive = alive[: max(len(alive) // eta, 1)]
    return alive[0], spent


# %% 8c.3 wrong: the last level does not judge -> "8c.3"
def play_cup(scores, epochs, eta):
    alive, spent, before = list(range(len(scores))), 0, 0
    for level, now in enumerate(epochs):
        spent += len(alive) * (now - before)
        before = now
        if level + 1 < len(epochs):
            alive = sorted(alive, key=lambda i: (-scores[i][level], i))[: max(len(alive) // eta, 1)]
    return alive[0], spent


# %% 8c.3 wrong: always thirds -> "expected"
def play_cup(scores, epochs, eta):
    alive, spent, before = list(range(len(scores))), 0, 0
    for level, now in enumerate(epochs):
        spent += len(alive) * (now - before)
        before = now
        alive = sorted(alive, key=lambda i: (-scores[i][level], i))
        if level + 1 < len(epochs):
            alive = alive[: max(len(alive) // 3, 1)]
    return alive[0], spent


# %% 8c.3 wrong: the first level is free -> "expected"
def play_cup(scores, epochs, eta):
    alive, spent, before = list(range(len(scores))), 0, epochs[0]
    for level, now in enumerate(epochs):
        spent += len(alive) * (now - before)
        before = now
        alive = sorted(alive, key=lambda i: (-scores[i][level], i))
        if level + 1 < len(epochs):
            alive = alive[: max(len(alive) // eta, 1)]
    return alive[0], spent


# %% 8c.3 wrong: cost before winner -> "expected"
def play_cup(scores, epochs, eta):
    alive, spent, before = list(range(len(scores))), 0, 0
    for level, now in enumerate(epochs):
        spent += len(alive) * (now - before)
        before = now
        alive = sorted(alive, key=lambda i: (-scores[i][level], i))
        if level + 1 < len(epochs):
            alive = alive[: max(len(alive) // eta, 1)]
    return spent, alive[0]


# %% 8c.4 right: the difference of the counts, by convolution
def right_choice(p, q, m):
    k = np.arange(m + 1)
    gap = np.convolve(binom.pmf(k, m, p), binom.pmf(k, m, q)[::-1])  # -m … m
    return torch.tensor(gap[m + 1 :].sum() + gap[m] / 2)


# %% 8c.4 wrong: in per cent -> "expected"
def right_choice(p, q, m):
    k = np.arange(m + 1)
    return 100 * (binom.pmf(k, m, q) @ (binom.sf(k, m, p) + binom.pmf(k, m, p) / 2))


# %% 8c.4 wrong: the count of 0 is forgotten -> "expected"
def right_choice(p, q, m):
    k = np.arange(1, m + 1)
    return binom.pmf(k, m, q) @ (binom.sf(k, m, p) + binom.pmf(k, m, p) / 2)


# %% 8c.4 wrong: the worse one is judged by its mean -> "expected"
def right_choice(p, q, m):
    return binom.sf(math.floor(q * m), m, p)


# %% 8c.4 wrong: on the same row only -> "expected"
def right_choice(p, q, m):
    return p * (1 - q) + (p * q + (1 - p) * (1 - q)) / 2


# %% 8c.5 right: a worse network counts against its plan, which is never the best
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    price = hours * (rent + watts * kwh / 1000)
    profit = (truth - now) * 100 * point - price * np.arange(1, len(truth) + 1)
    return int(np.argmax(np.r_[0.0, profit].round(9)))


# %% 8c.5 wrong: only one trial is paid -> "expected"
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    price = hours * (rent + watts / 1000 * kwh)
    profit = [0.0] + [max(v - now, 0) * 100 * point - price for v in truth]
    return profit.index(max(profit))


# %% 8c.5 wrong: stops at the first trial that does not pay -> "expected"
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    price, best = hours * (rent + watts / 1000 * kwh), now
    for k, value in enumerate(truth):
        if (value - best) * 100 * point <= price:
            return k
        best = value
    return len(truth)


# %% 8c.5 wrong: today's model is forgotten -> "expected"
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    price = hours * (rent + watts / 1000 * kwh)
    profit = [0.0] + [v * 100 * point - k * price for k, v in enumerate(truth, 1)]
    return profit.index(max(profit))


# %% 8c.5 wrong: the rent does not depend on the hours -> "expected"
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    price = rent + hours * watts / 1000 * kwh
    profit = [0.0] + [max(v - now, 0) * 100 * point - k * price for k, v in enumerate(truth, 1)]
    return profit.index(max(profit))


# %% 8c.5 wrong: the profit instead of the number -> "expected"
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    price = hours * (rent + watts / 1000 * kwh)
    return max([0.0] + [max(v - now, 0) * 100 * point - k * price for k, v in enumerate(truth, 1)])


# %% 8c.1 right: the chance of a first hit at each trial, added up
def trials_needed(total, good, level):
    reached, missed, n = 0.0, 1.0, 0
    while reached < level:
        reached += missed * good / (total - n)
        missed *= 1 - good / (total - n)
        n += 1
    return n


# %% 8c.2 right: what is not a number counts as nothing
def next_trial(mean, doubt, euros, lowest):
    with np.errstate(all="ignore"):
        return int(np.nan_to_num(improvement(-mean, doubt, -lowest) / euros).argmax())


# %% 8c.2 wrong: divides by a doubt of 0 -> "0/0 where a place is certain"
def next_trial(mean, doubt, euros, lowest):
    return int((improvement(-mean, doubt, -lowest) / euros).argmax())


# %% 8c.2 wrong: the price squared -> "expected"
def next_trial(mean, doubt, euros, lowest):
    safe = np.where(doubt > 0, doubt, 1e-12)
    return int((improvement(-mean, safe, -lowest) / euros**2).argmax())


# %% 8c.2 wrong: the root of the price -> "expected"
def next_trial(mean, doubt, euros, lowest):
    safe = np.where(doubt > 0, doubt, 1e-12)
    return int((improvement(-mean, safe, -lowest) / np.sqrt(euros)).argmax())


# %% 8c.2 wrong: the doubt is taken for a variance -> "expected"
def next_trial(mean, doubt, euros, lowest):
    safe = np.sqrt(np.where(doubt > 0, doubt, 1e-24))
    return int((improvement(-mean, safe, -lowest) / euros).argmax())


# %% 8c.2 wrong: the cheapest of a tie -> "expected"
def next_trial(mean, doubt, euros, lowest):
    safe = np.where(doubt > 0, doubt, 1e-12)
    gain = improvement(-mean, safe, -lowest) / euros
    return int(np.lexsort((euros, -gain))[0])


# %% 8c.3 right: how many are left is known before
def play_cup(scores, epochs, eta):
    left = [max(1, len(scores) // eta**level) for level in range(len(epochs))]
    alive = np.arange(len(scores))
    for level, keep in enumerate([*left[1:], 1]):
        alive = alive[np.lexsort((alive, -scores[alive, level]))][:keep]
    return alive[0], sum(n * new for n, new in zip(left, np.diff([0, *epochs])))


# %% 8c.3 wrong: rounds to the nearest -> "too many go on"
def play_cup(scores, epochs, eta):
    alive, spent, before = list(range(len(scores))), 0, 0
    for level, now in enumerate(epochs):
        spent += len(alive) * (now - before)
        before = now
        alive = sorted(alive, key=lambda i: (-scores[i][level], i))
        if level + 1 < len(epochs):
            alive = alive[: max(round(len(alive) / eta), 1)]
    return alive[0], spent


# %% 8c.3 wrong: the best score ever seen wins -> "half-way do not count"
def play_cup(scores, epochs, eta):
    alive, spent, before, seen = list(range(len(scores))), 0, 0, []
    for level, now in enumerate(epochs):
        spent += len(alive) * (now - before)
        before = now
        ranked = sorted((-scores[i][level], i) for i in alive)
        seen += ranked
        alive = [i for _, i in ranked[: max(len(alive) // eta, 1)]]
    return min(seen)[1], spent


# %% 8c.3 wrong: stops when one is left -> "the last one left is trained"
def play_cup(scores, epochs, eta):
    alive, spent, before = list(range(len(scores))), 0, 0
    for level, now in enumerate(epochs):
        spent += len(alive) * (now - before)
        before = now
        alive = sorted(alive, key=lambda i: (-scores[i][level], i))[: max(len(alive) // eta, 1)]
        if len(alive) == 1:
            break
    return alive[0], spent


# %% 8c.3 wrong: the place among those left, not the index -> "expected"
def play_cup(scores, epochs, eta):
    spent, before = 0, 0
    for level, now in enumerate(epochs):
        spent += len(scores) * (now - before)
        before = now
        if level + 1 < len(epochs):
            order = np.argsort(-scores[:, level], kind="stable")
            scores = scores[np.sort(order[: max(len(scores) // eta, 1)])]
    return int(scores[:, -1].argmax()), spent


# %% 8c.4 right: a walk of the difference, row by row
def right_choice(p, q, m):
    gap = np.zeros(2 * m + 1)
    gap[m] = 1
    up, down = p * (1 - q), q * (1 - p)
    for _ in range(m):
        gap = gap * (1 - up - down) + np.r_[0, gap[:-1]] * up + np.r_[gap[1:], 0] * down
    return gap[m + 1 :].sum() + gap[m] / 2


# %% 8c.4 right: hits paired row by row, and those that differ counted
def right_choice(p, q, m):
    from scipy.stats import binom
    a, b = p * (1 - q), q * (1 - p)
    return sum(binom.pmf(n, m, a + b) * (binom.sf(n / 2, n, a / (a + b)) + (0.5 * binom.pmf(n // 2, n, a / (a + b)) if n % 2 == 0 else 0)) for n in range(m + 1))


# %% 8c.4 right: the difference of hits grows row by row
def right_choice(p, q, m):
    d = np.ones(1)
    for _ in range(m):
        d = np.convolve(d, [(1 - p) * q, p * q + (1 - p) * (1 - q), p * (1 - q)])
    return d[m + 1:].sum() + d[m] / 2


# %% 8c.4 wrong: ties are set aside -> "expected"
def right_choice(p, q, m):
    k = np.arange(m + 1)
    ties = binom.pmf(k, m, p) @ binom.pmf(k, m, q)
    return binom.sf(k, m, p) @ binom.pmf(k, m, q) / (1 - ties)


# %% 8c.5 right: step by step, added up
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    level = np.maximum(np.concatenate([[now], truth]), now)
    steps = np.diff(level) * 100 * point - hours * rent - hours * watts * kwh / 1000
    return np.concatenate([[0], np.cumsum(steps)]).round(6).argmax()


# %% 8c.5 wrong: the power of one hour only -> "expected"
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    price = hours * rent + watts / 1000 * kwh
    profit = [0.0] + [max(v - now, 0) * 100 * point - k * price for k, v in enumerate(truth, 1)]
    return profit.index(max(profit))


# %% 8c.5 wrong: the last number that still pays -> "expected"
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    price = hours * (rent + watts / 1000 * kwh)
    profit = [0.0] + [max(v - now, 0) * 100 * point - k * price for k, v in enumerate(truth, 1)]
    return max(k for k, value in enumerate(profit) if value >= 0)


# %% 8c.5 wrong: the last step that pays for itself -> "expected"
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    price = hours * (rent + watts / 1000 * kwh)
    steps = np.diff(np.maximum(np.r_[now, truth], now)) * 100 * point
    pays = np.flatnonzero(steps > price + 1e-9)
    return int(pays[-1]) + 1 if len(pays) else 0


# %% 8c.5 wrong: from today's level on, stops at the first step that does not pay -> "expected"
def trials_to_buy(truth, now, point, hours, watts, rent, kwh):
    price = hours * (rent + watts / 1000 * kwh)
    k, best = int(np.sum(truth <= now)), now
    while k < len(truth) and (truth[k] - best) * 100 * point > price + 1e-9:
        best = truth[k]
        k += 1
    return k if best > now else 0
