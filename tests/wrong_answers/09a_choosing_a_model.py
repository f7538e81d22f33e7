# %% 9a.1 right: by sorting and sweeping
def pareto(offers):
    front, best = [], None
    for name, (right, euros) in sorted(offers.items(), key=lambda item: (item[1][1], -item[1][0])):
        if best is None or right > best[0] or (right, euros) == best:
            front.append(name)
            best = (right, euros)
    return front


# %% 9a.1 right: a tuple, with arrays
def pareto(offers):
    names, numbers = list(offers), np.array(list(offers.values()), dtype=float)
    good = numbers * [1, -1]
    lost = [((good >= one).all(axis=1) & (good > one).any(axis=1)).any() for one in good]
    return tuple(names[n] for n in np.argsort(numbers[:, 1], kind="stable") if not lost[n])


# %% 9a.1 right: an array of names
def pareto(offers):
    kept = []
    for name, (right, euros) in offers.items():
        if all(r < right or e > euros or (r == right and e == euros) for r, e in offers.values()):
            kept.append(name)
    return np.array(sorted(kept, key=lambda name: offers[name][1]))


# %% 9a.1 wrong: only strictly worse in both -> "worse in one number and equal in the other"
def pareto(offers):
    kept = [
        name
        for name, (right, euros) in offers.items()
        if not any(r > right and e < euros for r, e in offers.values())
    ]
    return sorted(kept, key=lambda name: offers[name][1])


# %% 9a.1 wrong: equals throw each other out -> "do not dominate each other"
def pareto(offers):
    kept = []
    for name, (right, euros) in offers.items():
        others = [pair for other, pair in offers.items() if other != name]
        if not any(r >= right and e <= euros for r, e in others):
            kept.append(name)
    return sorted(kept, key=lambda name: offers[name][1])


# %% 9a.1 wrong: order of arrival -> "not of the euros"
def pareto(offers):
    return [
        name
        for name, mine in offers.items()
        if not any(o[0] >= mine[0] and o[1] <= mine[1] and o != mine for o in offers.values())
    ]


# %% 9a.1 wrong: dearest first -> "the order is turned"
def pareto(offers):
    kept = [
        name
        for name, mine in offers.items()
        if not any(o[0] >= mine[0] and o[1] <= mine[1] and o != mine for o in offers.values())
    ]
    return sorted(kept, key=lambda name: -offers[name][1])


# %% 9a.1 wrong: more euros are better -> "fewer euros are better"
def pareto(offers):
    kept = [
        name
        for name, mine in offers.items()
        if not any(o[0] >= mine[0] and o[1] >= mine[1] and o != mine for o in offers.values())
    ]
    return sorted(kept, key=lambda name: offers[name][1])


# %% 9a.1 wrong: the best alone -> "no front"
def pareto(offers):
    return [max(offers, key=lambda name: offers[name][0])]


# %% 9a.1 wrong: one of equals -> "not the first alone"
def pareto(offers):
    front, best = [], -1
    for name, (right, _) in sorted(offers.items(), key=lambda item: (item[1][1], -item[1][0])):
        if right > best:
            front.append(name)
            best = right
    return front


# %% 9a.1 wrong: a set -> "a list of names is wanted"
def pareto(offers):
    return {
        name
        for name, mine in offers.items()
        if not any(o[0] >= mine[0] and o[1] <= mine[1] and o != mine for o in offers.values())
    }


# %% 9a.2 right: by counting up
def least_n(p, q, wanted=0.8, alpha=0.05):
    if p == q:
        return math.inf
    n = 1
    while power(n, p, q, alpha) < wanted:
        n += 1
    return n


# %% 9a.2 right: with NumPy, a float that is whole
def least_n(p, q, wanted=0.8, alpha=0.05):
    d, both = p - q, p + q
    if d == 0:
        return float("inf")
    return np.ceil(((ndtri(1 - alpha / 2) * both**0.5 + ndtri(wanted) * (both - d * d) ** 0.5) / d) ** 2)


# %% 9a.2 wrong: rounded down -> "the power is too small"
def least_n(p, q, wanted=0.8, alpha=0.05):
    if p == q:
        return math.inf
    spread = math.sqrt(p + q - (p - q) ** 2)
    return int(((ndtri(1 - alpha / 2) * math.sqrt(p + q) + ndtri(wanted) * spread) / (p - q)) ** 2)


# %% 9a.2 wrong: rounded to the nearest -> "the power is too small"
def least_n(p, q, wanted=0.8, alpha=0.05):
    if p == q:
        return math.inf
    spread = math.sqrt(p + q - (p - q) ** 2)
    return round(((ndtri(1 - alpha / 2) * math.sqrt(p + q) + ndtri(wanted) * spread) / (p - q)) ** 2)


# %% 9a.2 wrong: one-sided -> "two-sided"
def least_n(p, q, wanted=0.8, alpha=0.05):
    if p == q:
        return math.inf
    spread = math.sqrt(p + q - (p - q) ** 2)
    return math.ceil(((ndtri(1 - alpha) * math.sqrt(p + q) + ndtri(wanted) * spread) / (p - q)) ** 2)


# %% 9a.2 wrong: no power -> "the wanted power is missing"
def least_n(p, q, wanted=0.8, alpha=0.05):
    return math.inf if p == q else math.ceil(ndtri(1 - alpha / 2) ** 2 * (p + q) / (p - q) ** 2)


# %% 9a.2 wrong: one spread for both -> "not the same under both"
def least_n(p, q, wanted=0.8, alpha=0.05):
    return (
        math.inf
        if p == q
        else math.ceil((ndtri(1 - alpha / 2) + ndtri(wanted)) ** 2 * (p + q) / (p - q) ** 2)
    )


# %% 9a.2 wrong: different texts -> "judged on different texts"
def least_n(p, q, wanted=0.8, alpha=0.05):
    if p == q:
        return math.inf
    return math.ceil((ndtri(1 - alpha / 2) + ndtri(wanted)) ** 2 * (p * (1 - p) + q * (1 - q)) / (p - q) ** 2)


# %% 9a.2 wrong: not whole -> "not a whole number"
def least_n(p, q, wanted=0.8, alpha=0.05):
    if p == q:
        return math.inf
    spread = math.sqrt(p + q - (p - q) ** 2)
    return ((ndtri(1 - alpha / 2) * math.sqrt(p + q) + ndtri(wanted) * spread) / (p - q)) ** 2


# %% 9a.2 wrong: divides by zero for equals -> "OverflowError"
def least_n(p, q, wanted=0.8, alpha=0.05):
    spread = math.sqrt(p + q - (p - q) ** 2)
    return math.ceil(((ndtri(1 - alpha / 2) * math.sqrt(p + q) + ndtri(wanted) * spread) / (p - q)) ** 2)


# %% 9a.2 wrong: only for p above q -> "p 0.05, q 0.15"
def least_n(p, q, wanted=0.8, alpha=0.05):
    if p <= q:
        return math.inf
    spread = math.sqrt(p + q - (p - q) ** 2)
    return math.ceil(((ndtri(1 - alpha / 2) * math.sqrt(p + q) + ndtri(wanted) * spread) / (p - q)) ** 2)


# %% 9a.3 right: with arrays
def same_order(board, own, least=0.0):
    mine, theirs = (np.subtract.outer(np.array(v), np.array(v)) for v in (own, board))
    counts = np.triu(np.abs(mine) > least, 1)
    return (np.sign(mine * theirs)[counts] / 2 + 0.5).mean() if counts.any() else np.nan


# %% 9a.3 right: combinations and plain comparisons
def same_order(board, own, least=0.0):
    from itertools import combinations

    good = total = 0
    for (b1, o1), (b2, o2) in combinations(zip(board, own, strict=True), 2):
        if abs(o1 - o2) <= least:
            continue
        total += 1
        good += 0.5 if b1 == b2 else (b1 > b2) == (o1 > o2)
    return good / total if total else float("nan")


# %% 9a.3 right: all ordered pairs
def same_order(board, own, least=0.0):
    found = torch.tensor(
        [
            0.5 + 0.5 * np.sign((o - p) * (b - c))
            for b, o in zip(board, own, strict=True)
            for c, p in zip(board, own, strict=True)
            if abs(o - p) > least
        ],
        dtype=torch.double,
    )
    return found.mean()


# %% 9a.3 wrong: ties count nothing -> "counts half"
def same_order(board, own, least=0.0):
    pairs = [(i, j) for i in range(len(own)) for j in range(i) if abs(own[i] - own[j]) > least]
    good = [(own[i] - own[j]) * (board[i] - board[j]) > 0 for i, j in pairs]
    return float(np.mean(good)) if good else math.nan


# %% 9a.3 wrong: ties are right -> "counts half, not as right"
def same_order(board, own, least=0.0):
    pairs = [(i, j) for i in range(len(own)) for j in range(i) if abs(own[i] - own[j]) > least]
    good = [(own[i] - own[j]) * (board[i] - board[j]) >= 0 for i, j in pairs]
    return float(np.mean(good)) if good else math.nan


# %% 9a.3 wrong: exactly least counts -> "no pair counts"
def same_order(board, own, least=0.0):
    pairs = [
        (i, j)
        for i in range(len(own))
        for j in range(i)
        if abs(own[i] - own[j]) >= least and own[i] != own[j]
    ]
    good = [(1 + np.sign((own[i] - own[j]) * (board[i] - board[j]))) / 2 for i, j in pairs]
    return float(np.mean(good)) if good else math.nan


# %% 9a.3 wrong: closeness by the board -> "a matter of the own scores"
def same_order(board, own, least=0.0):
    pairs = [(i, j) for i in range(len(own)) for j in range(i) if abs(board[i] - board[j]) > least]
    good = [(1 + np.sign((own[i] - own[j]) * (board[i] - board[j]))) / 2 for i, j in pairs]
    return float(np.mean(good)) if good else math.nan


# %% 9a.3 wrong: Kendall's tau -> "from -1 to 1"
def same_order(board, own, least=0.0):
    pairs = [(i, j) for i in range(len(own)) for j in range(i) if abs(own[i] - own[j]) > least]
    good = [np.sign((own[i] - own[j]) * (board[i] - board[j])) for i, j in pairs]
    return float(np.mean(good)) if good else math.nan


# %% 9a.3 wrong: close pairs count half -> "not even half"
def same_order(board, own, least=0.0):
    good = []
    for i in range(len(own)):
        for j in range(i):
            far = abs(own[i] - own[j]) > least
            good.append((1 + far * np.sign((own[i] - own[j]) * (board[i] - board[j]))) / 2)
    return float(np.mean(good)) if good else math.nan


# %% 9a.3 wrong: least is forgotten -> "close pairs do not count at all"
def same_order(board, own, least=0.0):
    pairs = [(i, j) for i in range(len(own)) for j in range(i) if own[i] != own[j]]
    good = [(1 + np.sign((own[i] - own[j]) * (board[i] - board[j]))) / 2 for i, j in pairs]
    return float(np.mean(good)) if good else math.nan


# %% 9a.3 wrong: 0 for no pair -> "no pair counts"
def same_order(board, own, least=0.0):
    pairs = [(i, j) for i in range(len(own)) for j in range(i) if abs(own[i] - own[j]) > least]
    good = [(1 + np.sign((own[i] - own[j]) * (board[i] - board[j]))) / 2 for i, j in pairs]
    return sum(good) / max(len(good), 1)


# %% 9a.3 wrong: neighbours only -> "board [70, 60, 65, 80, 62]"
def same_order(board, own, least=0.0):
    pairs = [(i, i - 1) for i in range(1, len(own)) if abs(own[i] - own[i - 1]) > least]
    good = [(1 + np.sign((own[i] - own[j]) * (board[i] - board[j]))) / 2 for i, j in pairs]
    return float(np.mean(good)) if good else math.nan


# %% 9a.4 right: with arrays
def two_choices(costs):
    names, table = list(costs), np.array(list(costs.values()), dtype=float)
    regrets = table - table.min(axis=0)
    return {"mean": names[table.mean(axis=1).argmin()], "regret": names[regrets.max(axis=1).argmin()]}


# %% 9a.4 right: plain loops
def two_choices(costs):
    best_mean = best_regret = None
    for name, mine in costs.items():
        total = sum(mine)
        worst = max(mine[f] - min(other[f] for other in costs.values()) for f in range(len(mine)))
        if best_mean is None or total < best_mean[0]:
            best_mean = total, name
        if best_regret is None or worst < best_regret[0]:
            best_regret = worst, name
    return {"regret": best_regret[1], "mean": best_mean[1]}


# %% 9a.4 wrong: the largest cost -> "not at the largest regret"
def two_choices(costs):
    return {
        "mean": min(costs, key=lambda name: sum(costs[name])),
        "regret": min(costs, key=lambda name: max(costs[name])),
    }


# %% 9a.4 wrong: mean regret -> "not the mean"
def two_choices(costs):
    first = min(costs, key=lambda name: sum(costs[name]))
    return {"mean": first, "regret": first}


# %% 9a.4 wrong: against its own best -> "not of the same plan"
def two_choices(costs):
    return {
        "mean": min(costs, key=lambda name: sum(costs[name])),
        "regret": min(costs, key=lambda name: max(costs[name]) - min(costs[name])),
    }


# %% 9a.4 wrong: the last of equals -> "of equals the plan that comes first"
def two_choices(costs):
    best = [min(future) for future in zip(*costs.values(), strict=True)]
    worst = {name: max(c - b for c, b in zip(mine, best, strict=True)) for name, mine in costs.items()}
    names = list(costs)[::-1]
    return {"mean": min(names, key=lambda name: sum(costs[name])), "regret": min(names, key=worst.get)}


# %% 9a.4 wrong: the dearest -> "the dearest plan"
def two_choices(costs):
    best = [min(future) for future in zip(*costs.values(), strict=True)]
    worst = {name: max(c - b for c, b in zip(mine, best, strict=True)) for name, mine in costs.items()}
    return {"mean": max(costs, key=lambda name: sum(costs[name])), "regret": max(worst, key=worst.get)}


# %% 9a.4 wrong: a pair -> "a dict with the names"
def two_choices(costs):
    return "a", "b"


# %% 9a.4 wrong: regret as distance, whatever its side -> "regret"
def two_choices(costs):
    middle = [sum(future) / len(costs) for future in zip(*costs.values(), strict=True)]
    worst = {name: max(abs(c - b) for c, b in zip(mine, middle, strict=True)) for name, mine in costs.items()}
    return {"mean": min(costs, key=lambda name: sum(costs[name])), "regret": min(worst, key=worst.get)}


# %% 9a.5 right: by Bayes' rule, step by step
def pilot_value(chances, costs, signals):
    def expected(weights):
        return min(sum(w * c for w, c in zip(weights, mine, strict=True)) for mine in costs.values())

    after = 0.0
    for given in signals.values():
        likely = sum(p * g for p, g in zip(chances, given, strict=True))
        if likely:
            after += likely * expected([p * g / likely for p, g in zip(chances, given, strict=True)])
    return expected(chances) - after


# %% 9a.5 right: torch
def pilot_value(chances, costs, signals):
    P, K = torch.tensor(chances).double(), torch.tensor([list(m) for m in costs.values()]).double()
    S = torch.tensor([list(g) for g in signals.values()]).double()
    return (K @ P).min() - (K @ (P * S).T).min(dim=0).values.sum()


# %% 9a.5 wrong: perfect knowledge -> "knowing the future for sure"
def pilot_value(chances, costs, signals):
    P, K = np.array(chances), np.array(list(costs.values()))
    return (K @ P).min() - K.min(axis=0) @ P


# %% 9a.5 wrong: signals weigh the same -> "signals are not equally likely"
def pilot_value(chances, costs, signals):
    P, K = np.array(chances), np.array(list(costs.values()))
    after = [(K @ (P * g)).min() / (P @ g) if P @ np.array(g) else 0 for g in map(np.array, signals.values())]
    return (K @ P).min() - np.mean(after)


# %% 9a.5 wrong: not weighed at all -> "weighed by how likely that signal is"
def pilot_value(chances, costs, signals):
    P, K = np.array(chances), np.array(list(costs.values()))
    after = [(K @ (P * g)).min() / (P @ g) if P @ np.array(g) else 0 for g in map(np.array, signals.values())]
    return (K @ P).min() - np.sum(after)


# %% 9a.5 wrong: the sign -> "what the pilot saves"
def pilot_value(chances, costs, signals):
    P, K = np.array(chances), np.array(list(costs.values()))
    return sum((K @ (P * np.array(g))).min() for g in signals.values()) - (K @ P).min()


# %% 9a.5 wrong: what it costs -> "what does it save"
def pilot_value(chances, costs, signals):
    P, K = np.array(chances), np.array(list(costs.values()))
    return sum((K @ (P * np.array(g))).min() for g in signals.values())


# %% 9a.5 wrong: without the chances -> "the chances of the futures are missing"
def pilot_value(chances, costs, signals):
    P, K = np.array(chances), np.array(list(costs.values()))
    return (K @ P).min() - sum((K @ np.array(g)).min() for g in signals.values()) / len(P)


# %% 9a.5 wrong: the best plan of each future -> "knowing the future"
def pilot_value(chances, costs, signals):
    P, K = np.array(chances), np.array(list(costs.values()))
    return (K @ P).min() - sum((K.min(axis=0) * P * np.array(g)).sum() for g in signals.values())


# %% 9a.5 wrong: the likeliest future decides -> "chances [0.5, 0.5]"
def pilot_value(chances, costs, signals):
    P, K = np.array(chances), np.array(list(costs.values()))
    after = 0.0
    for given in signals.values():
        weights = P * np.array(given)
        plan = K[:, weights.argmax()].argmin()
        after += K[plan] @ weights
    return K[:, P.argmax()].min() - after
