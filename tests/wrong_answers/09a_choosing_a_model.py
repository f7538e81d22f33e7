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


# %% 9a.1 right: by recursion
def pareto(offers):
    if not offers: return []
    first = min(offers, key=lambda n: (offers[n][1], -offers[n][0]))
    r, e = offers[first]
    same = [n for n in offers if offers[n] == (r, e)]
    return same + pareto({n: o for n, o in offers.items() if o[0] > r})


# %% 9a.1 right: sorted by both numbers
def pareto(offers):
    return sorted((n for n, (r, e) in offers.items() if not any((R >= r and E < e) or (R > r and E <= e) for R, E in offers.values())), key=lambda n: offers[n])


# %% 9a.1 right: sorted by quality: on the front the same order
def pareto(offers):
    def beats(a, b): return a[0] >= b[0] and a[1] <= b[1] and a != b
    return sorted([n for n, o in offers.items() if not any(beats(p, o) for p in offers.values())], key=lambda n: offers[n][0])


# %% 9a.1 wrong: compared with the offer before it alone -> "'third': (0.7, 30)"
def pareto(offers):
    front, before = [], None
    for name, (right, euros) in sorted(offers.items(), key=lambda item: (item[1][1], -item[1][0])):
        if before is None or right > before[0] or (right, euros) == before:
            front.append(name)
        before = (right, euros)
    return front


# %% 9a.1 wrong: dominated only by what is strictly better -> "expected ['cheap', 'same', 'late']"
def pareto(offers):
    return sorted((n for n, (r, e) in offers.items() if not any(R > r and E <= e for R, E in offers.values())), key=lambda n: offers[n][1])


# %% 9a.1 wrong: dominated only by what is strictly cheaper -> "expected ['poor', 'better']"
def pareto(offers):
    return sorted((n for n, (r, e) in offers.items() if not any(R >= r and E < e for R, E in offers.values())), key=lambda n: offers[n][1])


# %% 9a.1 wrong: throws out of the dict itself -> "changes its input"
def pareto(offers):
    for n in list(offers):
        if any(o[0] >= offers[n][0] and o[1] <= offers[n][1] and o != offers[n] for o in offers.values()): del offers[n]
    return sorted(offers, key=lambda n: offers[n][1])


# %% 9a.1 wrong: equals in reverse -> "got ['same', 'cheap', 'late']"
def pareto(offers):
    f = [n for n, m in offers.items() if not any(o[0] >= m[0] and o[1] <= m[1] and o != m for o in offers.values())]
    return sorted(f[::-1], key=lambda n: offers[n][1])


# %% 9a.1 wrong: compared with earlier offers alone -> "got ['low', 'fair', 'dear']"
def pareto(offers):
    n = list(offers)
    return sorted([a for i, a in enumerate(n) if not any(offers[b][0] >= offers[a][0] and offers[b][1] <= offers[a][1] and offers[b] != offers[a] for b in n[:i])], key=lambda a: offers[a][1])


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


# %% 9a.2 right: by bisection, a tensor
def least_n(p, q, wanted=0.8, alpha=0.05):
    if p == q: return np.inf
    low, high = 0, 1
    while power(high, p, q, alpha) < wanted: low, high = high, 2 * high
    while high - low > 1:
        m = (low + high) // 2
        low, high = (low, m) if power(m, p, q, alpha) >= wanted else (m, high)
    return torch.tensor(high)


# %% 9a.2 right: the first of many
def least_n(p, q, wanted=0.8, alpha=0.05):
    if p == q: return float("inf")
    n = np.arange(1, 20000)
    return n[np.argmax(power(n, p, q, alpha) >= wanted)]


# %% 9a.2 right: the whole part, and one more
def least_n(p, q, wanted=0.8, alpha=0.05):
    if p == q: return math.inf
    d = abs(p - q)
    return int(((ndtri(1 - alpha / 2) * math.sqrt(p + q) + ndtri(wanted) * math.sqrt(p + q - d**2)) / d) ** 2) + 1


# %% 9a.2 wrong: the lesson's level -> "the level is an argument"
def least_n(p, q, wanted=0.8, alpha=0.05):
    if p == q: return math.inf
    d = abs(p - q)
    return math.ceil(((ndtri(.975) * math.sqrt(p + q) + ndtri(wanted) * math.sqrt(p + q - d**2)) / d) ** 2)


# %% 9a.2 wrong: the lesson's power -> "the wanted power is an argument"
def least_n(p, q, wanted=0.8, alpha=0.05):
    if p == q: return math.inf
    d = abs(p - q)
    return math.ceil(((ndtri(1 - alpha / 2) * math.sqrt(p + q) + ndtri(.8) * math.sqrt(p + q - d**2)) / d) ** 2)


# %% 9a.2 wrong: one quantile subtracted -> "has the wrong sign"
def least_n(p, q, wanted=0.8, alpha=0.05):
    if p == q: return math.inf
    d = abs(p - q)
    return math.ceil(((ndtri(1 - alpha / 2) * math.sqrt(p + q) - ndtri(wanted) * math.sqrt(p + q - d**2)) / d) ** 2)


# %% 9a.2 wrong: not squared -> "the root of the number"
def least_n(p, q, wanted=0.8, alpha=0.05):
    if p == q: return math.inf
    d = abs(p - q)
    return math.ceil(((ndtri(1 - alpha / 2) * math.sqrt(p + q) + ndtri(wanted) * math.sqrt(p + q - d**2)) / d))


# %% 9a.2 wrong: rounded before it is squared -> "169"
def least_n(p, q, wanted=0.8, alpha=0.05):
    if p == q: return math.inf
    d = abs(p - q)
    return math.ceil(((ndtri(1 - alpha / 2) * math.sqrt(p + q) + ndtri(wanted) * math.sqrt(p + q - d**2)) / d)) ** 2


# %% 9a.2 wrong: the rough count of the lesson -> "both parts have the spread"
def least_n(p, q, wanted=0.8, alpha=0.05):
    if p == q: return math.inf
    return math.ceil(((ndtri(1 - alpha / 2) + ndtri(wanted)) / (p - q)) ** 2 * (p + q - (p - q) ** 2))


# %% 9a.2 wrong: 0 for equals -> "p 0.1, q 0.1"
def least_n(p, q, wanted=0.8, alpha=0.05):
    if p == q: return 0
    d = abs(p - q)
    return math.ceil(((ndtri(1 - alpha / 2) * math.sqrt(p + q) + ndtri(wanted) * math.sqrt(p + q - d**2)) / d) ** 2)


# %% 9a.2 wrong: only where the first model is the better one -> "the second model may be the better one"
def least_n(p, q, wanted=0.8, alpha=0.05):
    if p <= q: return math.inf
    d = abs(p - q)
    return math.ceil(((ndtri(wanted) * math.sqrt(p + q - d * d) + ndtri(1 - alpha / 2) * math.sqrt(p + q)) / d) ** 2)


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


# %% 9a.3 right: with tensors, from one side
def same_order(board, own, least=0.0):
    b, o = torch.tensor(board), torch.tensor(own)
    db, do = b[:, None] - b, o[:, None] - o
    m = do > least
    return ((db[m] > 0).float() + 0.5 * (db[m] == 0).float()).mean()


# %% 9a.3 right: with fractions
def same_order(board, own, least=0.0):
    from fractions import Fraction
    from itertools import combinations
    s = [Fraction(1 + int(np.sign((a - b) * (c - d))), 2) for (a, c), (b, d) in combinations(zip(own, board), 2) if abs(a - b) > least]
    return sum(s) / len(s) if s else np.float32(math.nan)


# %% 9a.3 right: sorted by the own score first
def same_order(board, own, least=0.0):
    z = sorted(zip(own, board))
    v = [(b > a) + (a == b) / 2 for k, (o, a) in enumerate(z) for p, b in z[k + 1:] if p - o > least]
    return np.array(v).mean() if v else np.array(np.nan)


# %% 9a.3 wrong: a difference without its absolute value -> "got 0.75"
def same_order(board, own, least=0.0):
    v = [(1 + np.sign((own[i] - own[j]) * (board[i] - board[j]))) / 2 for i in range(len(own)) for j in range(i) if own[i] - own[j] > least]
    return float(np.mean(v)) if v else math.nan


# %% 9a.3 wrong: two comparisons with > agree -> "counts half, not as right"
def same_order(board, own, least=0.0):
    v = [(own[i] > own[j]) == (board[i] > board[j]) for i in range(len(own)) for j in range(i) if abs(own[i] - own[j]) > least]
    return float(np.mean(v)) if v else math.nan


# %% 9a.3 wrong: a share of all pairs -> "got 0.5"
def same_order(board, own, least=0.0):
    v = [(1 + np.sign((own[i] - own[j]) * (board[i] - board[j]))) / 2 for i in range(len(own)) for j in range(i) if abs(own[i] - own[j]) > least]
    return float(sum(v)) / (len(own) * (len(own) - 1) / 2) if v else math.nan


# %% 9a.3 wrong: ties are left out -> "the board ties counts, too"
def same_order(board, own, least=0.0):
    v = [(own[i] - own[j]) * (board[i] - board[j]) > 0 for i in range(len(own)) for j in range(i) if abs(own[i] - own[j]) > least and board[i] != board[j]]
    return float(np.mean(v)) if v else math.nan


# %% 9a.3 wrong: both differences larger than least -> "the board ties counts, too"
def same_order(board, own, least=0.0):
    v = [(1 + np.sign((own[i] - own[j]) * (board[i] - board[j]))) / 2 for i in range(len(own)) for j in range(i) if abs(own[i] - own[j]) > least and abs(board[i] - board[j]) > least]
    return float(np.mean(v)) if v else math.nan


# %% 9a.3 wrong: Spearman's correlation -> "from -1 to 1"
def same_order(board, own, least=0.0):
    return float(spearman(np.array([board]), np.array([own]))[0])


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


# %% 9a.4 right: the mean as a weighted sum
def two_choices(costs):
    best = [min(f) for f in zip(*costs.values())]
    return {"mean": min(costs, key=lambda n: sum(c / len(costs[n]) for c in costs[n])), "regret": min(costs, key=lambda n: max(c - b for c, b in zip(costs[n], best)))}


# %% 9a.4 right: chances of 1/n, and NumPy's text
def two_choices(costs):
    K = np.array(list(costs.values())); n = list(costs); w = np.full(K.shape[1], 1 / K.shape[1])
    return {"mean": np.array(n)[(K @ w).argmin()], "regret": n[int((K - K.min(0)).max(1).argmin())]}


# %% 9a.4 right: the lowest mean regret is the lowest mean
def two_choices(costs):
    K = np.array(list(costs.values()), float); n = list(costs); R = K - K.min(0)
    return dict(mean=n[R.mean(1).argmin()], regret=n[R.max(1).argmin()])


# %% 9a.4 wrong: against the dearest plan of a future -> "regret"
def two_choices(costs):
    K = np.array(list(costs.values()), float); n = list(costs); R = K.max(0) - K
    return dict(mean=n[K.mean(1).argmin()], regret=n[R.max(1).argmin()])


# %% 9a.4 wrong: numbers for names -> "got 30.0"
def two_choices(costs):
    K = np.array(list(costs.values()), float); n = list(costs); R = K - K.min(0)
    return dict(mean=K.mean(1).min(), regret=R.max(1).min())


# %% 9a.4 wrong: the smallest regret -> "not the smallest"
def two_choices(costs):
    K = np.array(list(costs.values()), float); n = list(costs); R = K - K.min(0)
    return dict(mean=n[K.mean(1).argmin()], regret=n[R.min(1).argmin()])


# %% 9a.4 wrong: the two have changed places -> "mean: expected 'a', got 'c'"
def two_choices(costs):
    K = np.array(list(costs.values()), float); n = list(costs); R = K - K.min(0)
    return dict(regret=n[K.mean(1).argmin()], mean=n[R.max(1).argmin()])


# %% 9a.4 wrong: equals by name -> "expected 'west'"
def two_choices(costs):
    K = np.array(list(costs.values()), float); n = list(costs); R = dict(zip(n, (K - K.min(0)).max(1)))
    return dict(mean=min(sorted(n), key=lambda k: sum(costs[k])), regret=min(sorted(n), key=R.get))


# %% 9a.4 wrong: squared regrets -> "not all of them together"
def two_choices(costs):
    K = np.array(list(costs.values()), float); n = list(costs); R = K - K.min(0)
    return dict(mean=n[K.mean(1).argmin()], regret=n[(R**2).sum(1).argmin()])


# %% 9a.4 wrong: the last of equals in regret alone -> "regret: of equals"
def two_choices(costs):
    K = np.array(list(costs.values()), float); n = list(costs); R = K - K.min(0)
    return dict(mean=n[K.mean(1).argmin()], regret=n[len(n) - 1 - R.max(1)[::-1].argmin()])


# %% 9a.4 wrong: the median -> "mean: expected 'wait', got 'build'"
def two_choices(costs):
    K = np.array(list(costs.values()), float); n = list(costs); R = K - K.min(0)
    return dict(mean=n[np.median(K, 1).argmin()], regret=n[R.max(1).argmin()])


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


# %% 9a.5 right: plain loops
def pilot_value(chances, costs, signals):
    def best(w): return min(sum(a * b for a, b in zip(w, c)) for c in costs.values())
    return best(chances) - sum(best([a * b for a, b in zip(chances, s)]) for s in signals.values())


# %% 9a.5 right: by regrets
def pilot_value(chances, costs, signals):
    P = np.array(chances); K = np.array(list(costs.values())); S = np.array(list(signals.values()))
    R = K - K.min(0)
    return (R @ P).min() - (R @ (P * S).T).min(0).sum()


# %% 9a.5 right: tensors of what is handed in
def pilot_value(chances, costs, signals):
    P = torch.tensor(chances); K = torch.tensor(list(costs.values())); S = torch.tensor(list(signals.values()))
    return (K @ P).min() - sum((K @ (P * s)).min() for s in S)


# %% 9a.5 wrong: the plan by the signal alone, without the chances -> "got -6.7"
def pilot_value(chances, costs, signals):
    P = np.array(chances); K = np.array(list(costs.values())); S = np.array(list(signals.values()))
    return (K @ P).min() - sum(K[(K @ s).argmin()] @ (P * s) for s in S)


# %% 9a.5 wrong: a signal's row taken for the chances -> "got -1.70909"
def pilot_value(chances, costs, signals):
    P = np.array(chances); K = np.array(list(costs.values())); S = np.array(list(signals.values()))
    return (K @ P).min() - sum((P @ s) * (K @ (s / s.sum())).min() for s in S)


# %% 9a.5 wrong: the futures alike -> "the futures are not equally likely"
def pilot_value(chances, costs, signals):
    P = np.full(len(chances), 1 / len(chances)); K = np.array(list(costs.values())); S = np.array(list(signals.values()))
    return (K @ P).min() - sum((K @ (P * s)).min() for s in S)


# %% 9a.5 wrong: the first signal alone -> "got 19.5"
def pilot_value(chances, costs, signals):
    P = np.array(chances); K = np.array(list(costs.values())); S = np.array(list(signals.values()))
    return (K @ P).min() - (K @ (P * S[0])).min()


# %% 9a.5 wrong: one plan for all signals -> "expected 6, got 0"
def pilot_value(chances, costs, signals):
    P = np.array(chances); K = np.array(list(costs.values())); S = np.array(list(signals.values()))
    return (K @ P).min() - min(sum(k @ (P * s) for s in S) for k in K)


# %% 9a.5 wrong: the best signal of each plan -> "got 4"
def pilot_value(chances, costs, signals):
    P = np.array(chances); K = np.array(list(costs.values())); S = np.array(list(signals.values()))
    return (K @ P).min() - (K @ (P * S).T).min(1).sum()


# %% 9a.5 wrong: against the first plan -> "without the pilot, too"
def pilot_value(chances, costs, signals):
    p, C = np.asarray(chances), np.array(list(costs.values()))
    return (C @ p)[0] - sum((C @ (p * np.asarray(s))).min() for s in signals.values())


# %% 9a.5 wrong: without the pilot all futures alike -> "without the pilot, too"
def pilot_value(chances, costs, signals):
    p, C = np.asarray(chances), np.array(list(costs.values()))
    return C.mean(axis=1).min() - sum((C @ (p * np.asarray(s))).min() for s in signals.values())
