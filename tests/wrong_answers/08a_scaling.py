# %% 8a.1 right: with vertex of a numpy Polynomial
def floor_of(sizes, losses):
    c, b, a = np.polynomial.Polynomial.fit(np.log(sizes), losses, 2).convert().coef
    if not a > 0:
        return None
    best = math.exp(-b / a / 2)
    return best if np.log(best) >= np.log(sizes).min() and best <= np.max(sizes) else None


# %% 8a.1 right: least squares by hand, in log10, as an array
def floor_of(sizes, losses):
    x = np.log10(np.asarray(sizes))
    columns = np.stack([x**2, x, np.ones_like(x)], axis=1)
    a, b, _ = np.linalg.lstsq(columns, np.asarray(losses))[0]
    lowest = -b / (2 * a)
    if a > 0 and x.min() <= lowest <= x.max():
        return np.array(10**lowest)


# %% 8a.1 right: the parabola moved to the mean, limits in logarithms, a tensor
def floor_of(sizes, losses):
    x = torch.as_tensor(sizes).log()
    middle = x.mean()
    away = x - middle
    columns = torch.stack([away**2, away, torch.ones_like(x)], dim=1)
    a, b, _ = torch.linalg.lstsq(columns, torch.as_tensor(losses)[:, None]).solution[:, 0]
    best = middle - b / (2 * a)
    return best.exp() if a > 0 and x.min() <= best <= x.max() else None


# %% 8a.1 right: normal equations over log2, by Cramer
def floor_of(sizes, losses):
    x, y = [math.log2(n) - 12 for n in sizes], [float(v) for v in losses]
    s = [sum(v**k for v in x) for k in range(5)]
    m = [sum(v**k * w for v, w in zip(x, y)) for k in range(3)]
    c, b, a = np.linalg.solve([[s[i + j] for j in range(3)] for i in range(3)], m)
    best = 2 ** (12 - b / (2 * a))
    if a <= 0 or best < min(sizes) or best > max(sizes):
        return
    return float(best)


# %% 8a.1 right: the lowest point of a fine grid, where it is a valley
def floor_of(sizes, losses):
    fit = np.polyfit(np.log(sizes), losses, 2)
    grid = np.linspace(np.log(sizes).min(), np.log(sizes).max(), 100_001)
    lowest = np.argmin(np.polyval(fit, grid))
    return math.exp(grid[lowest]) if fit[0] > 0 and 0 < lowest < 100_000 else None


# %% 8a.1 wrong: the logarithm -> "that is the logarithm of the size"
def floor_of(sizes, losses):
    a, b, _ = np.polyfit(np.log(sizes), losses, 2)
    return None if a <= 0 else -b / (2 * a)


# %% 8a.1 wrong: plain sizes -> "over the sizes themselves"
def floor_of(sizes, losses):
    a, b, _ = np.polyfit(sizes, losses, 2)
    return -b / (2 * a)


# %% 8a.1 wrong: the best that was tried -> "the best of the sizes that were tried"
def floor_of(sizes, losses):
    return sizes[np.argmin(losses)]


# %% 8a.1 wrong: without the half -> "half of the way"
def floor_of(sizes, losses):
    a, b, _ = np.polyfit(np.log(sizes), losses, 2)
    return np.exp(-b / a)


# %% 8a.1 wrong: the sign -> "the sign is turned"
def floor_of(sizes, losses):
    a, b, _ = np.polyfit(np.log(sizes), losses, 2)
    return np.exp(b / (2 * a))


# %% 8a.1 wrong: hills too -> "opens downwards has no lowest point"
def floor_of(sizes, losses):
    a, b, _ = np.polyfit(np.log(sizes), losses, 2)
    return np.exp(-b / (2 * a))


# %% 8a.1 wrong: floors outside -> "this floor lies outside"
def floor_of(sizes, losses):
    a, b, _ = np.polyfit(np.log(sizes), losses, 2)
    return np.exp(-b / (2 * a)) if a > 0 else None


# %% 8a.1 wrong: only where the smallest loss is inside -> "this floor lies inside"
def floor_of(sizes, losses):
    a, b, _ = np.polyfit(np.log(sizes), losses, 2)
    order = np.argsort(sizes)
    if a <= 0 or np.argmin(np.asarray(losses)[order]) in (0, len(sizes) - 1):
        return None
    return np.exp(-b / (2 * a))


# %% 8a.1 wrong: log10 and e -> "fitted over log10, turned back with e"
def floor_of(sizes, losses):
    a, b, _ = np.polyfit(np.log10(sizes), losses, 2)
    return np.exp(-b / (2 * a))


# %% 8a.1 wrong: moved to the edge -> "this floor lies outside"
def floor_of(sizes, losses):
    a, b, _ = np.polyfit(np.log(sizes), losses, 2)
    return np.clip(np.exp(-b / (2 * a)), min(sizes), max(sizes)) if a > 0 else None


# %% 8a.1 wrong: only the lower end -> "this floor lies outside"
def floor_of(sizes, losses):
    a, b, _ = np.polyfit(np.log(sizes), losses, 2)
    best = np.exp(-b / (2 * a))
    return best if a > 0 and best >= min(sizes) else None


# %% 8a.1 wrong: only the upper end -> "this floor lies outside"
def floor_of(sizes, losses):
    a, b, _ = np.polyfit(np.log(sizes), losses, 2)
    best = np.exp(-b / (2 * a))
    return best if a > 0 and best <= max(sizes) else None


# %% 8a.1 wrong: the ends are taken for the first and the last -> "you return None"
def floor_of(sizes, losses):
    a, b, _ = np.polyfit(np.log(sizes), losses, 2)
    best = np.exp(-b / (2 * a))
    return best if a > 0 and sizes[0] <= best <= sizes[-1] else None


# %% 8a.1 wrong: a logarithm between sizes -> "you return None"
def floor_of(sizes, losses):
    a, b, _ = np.polyfit(np.log(sizes), losses, 2)
    best = -b / (2 * a)
    return np.exp(best) if a > 0 and min(sizes) <= best <= max(sizes) else None


# %% 8a.1 wrong: valley and hill exchanged -> "you return None"
def floor_of(sizes, losses):
    a, b, _ = np.polyfit(np.log(sizes), losses, 2)
    return np.exp(-b / (2 * a)) if a < 0 else None


# %% 8a.1 wrong: a third power -> "12 sizes"
def floor_of(sizes, losses):
    fit = np.polyfit(np.log(sizes), losses, 3 if len(sizes) > 9 else 2)
    grid = np.linspace(np.log(sizes).min(), np.log(sizes).max(), 100001)
    return np.exp(grid[np.argmin(np.polyval(fit, grid))])


# %% 8a.1 wrong: nan for None -> "return None"
def floor_of(sizes, losses):
    a, b, _ = np.polyfit(np.log(sizes), losses, 2)
    best = np.exp(-b / (2 * a))
    return best if a > 0 and min(sizes) <= best <= max(sizes) else math.nan


# %% 8a.1 wrong: sorts what it was given -> "changes its input"
def floor_of(sizes, losses):
    a, b, _ = np.polyfit(np.log(sizes), losses, 2)
    best = np.exp(-b / (2 * a))
    sizes.sort()
    return best if a > 0 and sizes[0] <= best <= sizes[-1] else None


# %% 8a.2 right: by a search
def best_split(flops, A, B, alpha, beta):
    n = np.linspace(0, math.log(flops / 6), 2_000_001)
    bill = A * np.exp(-alpha * n) + B * np.exp(-beta * (math.log(flops / 6) - n))
    N = math.exp(n[np.argmin(bill)])
    return [N, flops / (6 * N)]


# %% 8a.2 right: the text first, in logarithms, as an array
def best_split(flops, A, B, alpha, beta):
    a, b = beta / (alpha + beta), alpha / (alpha + beta)
    log_g = (math.log(alpha * A) - math.log(beta * B)) / (alpha + beta)
    log_d = b * math.log(flops / 6) - log_g
    return np.exp([a * math.log(flops / 6) + log_g, log_d])


# %% 8a.2 right: scipy's root of the slope, tensors
def best_split(flops, A, B, alpha, beta):
    def slope(n):
        return beta * B * math.exp(beta * (n - math.log(flops / 6))) - alpha * A * math.exp(-alpha * n)

    N = torch.tensor(math.exp(brentq(slope, -50, 100)), dtype=torch.float64)
    return N, flops / (6 * N)


# %% 8a.2 right: over the ratio of tokens to parameters
def best_split(flops, A, B, alpha, beta):
    D = (beta * B / (alpha * A) * (flops / 6) ** alpha) ** (1 / (alpha + beta))
    return np.array([flops / (6 * D), D])


# %% 8a.2 right: scipy's bounded search in the logarithm
def best_split(flops, A, B, alpha, beta):
    found = minimize_scalar(
        lambda n: A / math.exp(n) ** alpha + B / (flops / 6 / math.exp(n)) ** beta,
        bounds=(0, 60),
        method="bounded",
    )
    return math.exp(found.x), flops / 6 / math.exp(found.x)


# %% 8a.2 wrong: turned round -> "the order is N, then D"
def best_split(flops, A, B, alpha, beta):
    N = (alpha * A / (beta * B)) ** (1 / (alpha + beta)) * (flops / 6) ** (beta / (alpha + beta))
    return flops / 6 / N, N


# %% 8a.2 wrong: the other exponent -> "belongs to the other one"
def best_split(flops, A, B, alpha, beta):
    N = (alpha * A / (beta * B)) ** (1 / (alpha + beta)) * (flops / 6) ** (alpha / (alpha + beta))
    return N, flops / 6 / N


# %% 8a.2 wrong: without the 6 -> "costs 6 FLOPs a parameter"
def best_split(flops, A, B, alpha, beta):
    N = (alpha * A / (beta * B)) ** (1 / (alpha + beta)) * flops ** (beta / (alpha + beta))
    return N, flops / N


# %% 8a.2 wrong: equal terms -> "their slopes must cancel"
def best_split(flops, A, B, alpha, beta):
    N = (A / B) ** (1 / (alpha + beta)) * (flops / 6) ** (beta / (alpha + beta))
    return N, flops / 6 / N


# %% 8a.2 wrong: twenty -> "20 tokens a parameter, whatever the fit"
def best_split(flops, A, B, alpha, beta):
    N = math.sqrt(flops / 120)
    return N, 20 * N


# %% 8a.2 wrong: the rest without the 6 -> "6·N·D is not the budget"
def best_split(flops, A, B, alpha, beta):
    N = (alpha * A / (beta * B)) ** (1 / (alpha + beta)) * (flops / 6) ** (beta / (alpha + beta))
    return N, flops / N


# %% 8a.2 wrong: upside down -> "upside down"
def best_split(flops, A, B, alpha, beta):
    N = (beta * B / (alpha * A)) ** (1 / (alpha + beta)) * (flops / 6) ** (beta / (alpha + beta))
    return N, flops / 6 / N


# %% 8a.2 wrong: the six on the wrong side -> "numbers differ"
def best_split(flops, A, B, alpha, beta):
    N = (alpha * A / (beta * B)) ** (1 / (alpha + beta)) * (6 * flops) ** (beta / (alpha + beta))
    return N, flops / 6 / N


# %% 8a.2 wrong: half of each -> "equal split whatever the exponents"
def best_split(flops, A, B, alpha, beta):
    return math.sqrt(flops / 6), math.sqrt(flops / 6)


# %% 8a.2 wrong: only N -> "expected an array of shape (2,), got one number"
def best_split(flops, A, B, alpha, beta):
    return (alpha * A / (beta * B)) ** (1 / (alpha + beta)) * (flops / 6) ** (beta / (alpha + beta))


# %% 8a.2 wrong: the powers are subtracted -> "numbers differ"
def best_split(flops, A, B, alpha, beta):
    N = (alpha * A / (beta * B)) ** (1 / (alpha - beta)) * (flops / 6) ** (beta / (alpha - beta))
    return N, flops / 6 / N


# %% 8a.2 wrong: the power of the six's budget is one -> "numbers differ"
def best_split(flops, A, B, alpha, beta):
    N = (alpha * A / (beta * B) * (flops / 6)) ** (1 / (alpha + beta))
    return N, flops / 6 / N


# %% 8a.2 wrong: the lesson's fit -> "numbers differ"
def best_split(flops, A, B, alpha, beta):
    return searched(truth, flops)


# %% 8a.2 wrong: the logarithms -> "numbers differ"
def best_split(flops, A, B, alpha, beta):
    N = (alpha * A / (beta * B)) ** (1 / (alpha + beta)) * (flops / 6) ** (beta / (alpha + beta))
    return math.log(N), math.log(flops / 6 / N)


# %% 8a.3 right: with scipy, in the logarithm
def size_to_train(goal, use, fit):
    E, A, B, alpha, beta = fit
    least = math.log((A / (goal - E)) ** (1 / alpha))

    def bill(n):
        N = math.exp(n)
        return 6 * N * float(text_for(N, goal, fit)) + 2 * N * use

    return math.exp(
        minimize_scalar(bill, bounds=(least + 1e-9, least + 8), method="bounded", options={"xatol": 1e-6}).x
    )


# %% 8a.3 right: a loop, sizes that cannot reach it left out
def size_to_train(goal, use, fit):
    best = (math.inf, None)
    for n in range(20_000):
        N = 10 ** (6 + 8 * n / 20_000)
        left = goal - fit[0] - fit[1] / N ** fit[3]
        if left > 0:
            D = (fit[2] / left) ** (1 / fit[4])
            best = min(best, (6 * N * D + 2 * N * use, N))
    return torch.tensor(best[1])


# %% 8a.3 right: the grid begins at the smallest size that reaches the loss
def size_to_train(goal, use, fit):
    E, A, B, alpha, beta = fit
    N = (A / (goal - E)) ** (1 / alpha) * np.geomspace(1.0001, 1e5, 20_000)
    bill = 2 * N * (3 * (B / (goal - E - A / N**alpha)) ** (1 / beta) + use)
    return int(N[bill.argmin()])


# %% 8a.3 right: nan made infinite, the bill in logarithms, an array of no axis
def size_to_train(goal, use, fit):
    N = np.logspace(7, 13, 6001)
    bill = np.log(6 * N * text_for(N, goal, fit) + 2 * N * use)
    return np.array(N[np.argmin(np.nan_to_num(bill, nan=np.inf))])


# %% 8a.3 right: the root of the bill's slope
def size_to_train(goal, use, fit):
    E, A, B, alpha, beta = fit
    least = (A / (goal - E)) ** (1 / alpha)

    def slope(n):
        left = goal - E - A / n**alpha
        D = (B / left) ** (1 / beta)
        return 3 * D + use - 3 * D * alpha * A / n**alpha / (beta * left)

    return brentq(slope, least * (1 + 1e-9), least * 1e4, rtol=1e-9)


# %% 8a.3 wrong: the use is left out -> "the use is left out"
def size_to_train(goal, use, fit):
    N = np.geomspace(1e6, 1e14, 40_001)
    return N[np.nanargmin(6 * N * text_for(N, goal, fit))]


# %% 8a.3 wrong: use as training -> "counted like one in training"
def size_to_train(goal, use, fit):
    N = np.geomspace(1e6, 1e14, 40_001)
    return N[np.nanargmin(6 * N * (text_for(N, goal, fit) + use))]


# %% 8a.3 wrong: tokens for FLOPs -> "the use is left out"
def size_to_train(goal, use, fit):
    N = np.geomspace(1e6, 1e14, 40_001)
    return N[np.nanargmin(6 * N * text_for(N, goal, fit) + use)]


# %% 8a.3 wrong: always the same fit -> "you used another"
def size_to_train(goal, use, fit):
    N = np.geomspace(1e6, 1e14, 40_001)
    return N[np.nanargmin(6 * N * text_for(N, goal) + 2 * N * use)]


# %% 8a.3 wrong: nan chosen -> "cannot reach it, however much it reads"
def size_to_train(goal, use, fit):
    N = np.geomspace(1e6, 1e14, 40_001)
    return N[np.argmin(6 * N * text_for(N, goal, fit) + 2 * N * use)]


# %% 8a.3 wrong: one FLOP for use -> "at half its price"
def size_to_train(goal, use, fit):
    N = np.geomspace(1e6, 1e14, 40_001)
    return N[np.nanargmin(6 * N * text_for(N, goal, fit) + N * use)]


# %% 8a.3 wrong: the lesson's use -> "you used the lesson's"
def size_to_train(goal, use, fit):
    N = np.geomspace(1e6, 1e14, 40_001)
    return N[np.nanargmin(6 * N * text_for(N, goal, fit) + 2 * N * served)]


# %% 8a.3 wrong: the search begins too late -> "8e+09"
def size_to_train(goal, use, fit):
    N = np.geomspace(8e9, 3e11, 4001)
    return N[np.nanargmin(6 * N * text_for(N, goal, fit) + 2 * N * use)]


# %% 8a.3 wrong: a coarse grid -> "expected"
def size_to_train(goal, use, fit):
    N = np.geomspace(1e8, 1e12, 101)
    return N[np.nanargmin(6 * N * text_for(N, goal, fit) + 2 * N * use)]


# %% 8a.3 wrong: evenly spaced sizes -> "expected"
def size_to_train(goal, use, fit):
    N = np.linspace(1e8, 1e12, 10_001)
    return N[np.nanargmin(6 * N * text_for(N, goal, fit) + 2 * N * use)]


# %% 8a.3 wrong: the smallest bill, not its size -> "expected"
def size_to_train(goal, use, fit):
    N = np.geomspace(1e8, 1e12, 10_001)
    return np.nanmin(6 * N * text_for(N, goal, fit) + 2 * N * use)


# %% 8a.3 wrong: the place, not the size -> "expected"
def size_to_train(goal, use, fit):
    N = np.geomspace(1e8, 1e12, 10_001)
    return np.nanargmin(6 * N * text_for(N, goal, fit) + 2 * N * use)


# %% 8a.3 wrong: size and text -> "expected one number"
def size_to_train(goal, use, fit):
    N = np.geomspace(1e8, 1e12, 10_001)
    D = text_for(N, goal, fit)
    k = np.nanargmin(6 * N * D + 2 * N * use)
    return N[k], D[k]


# %% 8a.3 wrong: the smallest size that can -> "expected"
def size_to_train(goal, use, fit):
    return (fit[1] / (goal - fit[0])) ** (1 / fit[3])


# %% 8a.3 wrong: nothing returned -> "got None"
def size_to_train(goal, use, fit):
    N = np.geomspace(1e8, 1e12, 10_001)
    N[np.nanargmin(6 * N * text_for(N, goal, fit) + 2 * N * use)]


# %% 8a.3 wrong: nan -> "holds nan"
def size_to_train(goal, use, fit):
    N = np.geomspace(1e6, 1e14, 10_001)
    return N[np.nanargmin(6 * N * text_for(N, goal, fit) + 2 * N * use)] * math.nan


# %% 8a.4 right: with numpy's weighted average
def whole_gradient(means, counts):
    asked = [k for k, n in enumerate(counts) if n > 0]
    return np.average([means[k] for k in asked], axis=0, weights=[counts[k] for k in asked])


# %% 8a.4 right: one after the other, as lists
def whole_gradient(means, counts):
    seen, mean = 0, np.zeros(np.shape(means[0]))
    for g, n in zip(means, counts):
        if n:
            seen += n
            mean = mean + (np.asarray(g) - mean) * n / seen
    return mean.tolist()


# %% 8a.4 right: nan left out by nansum
def whole_gradient(means, counts):
    return np.nansum([n * g for n, g in zip(counts, means)], axis=0) / np.sum(counts)


# %% 8a.4 right: in tensors, an empty share set to zero
def whole_gradient(means, counts):
    g, n = torch.tensor(np.array(means)), torch.tensor(counts, dtype=torch.float64)
    return torch.tensordot(n / n.sum(), g.nan_to_num(), dims=1)


# %% 8a.4 right: by recursion, the last one first
def whole_gradient(means, counts):
    if not counts:
        return 0.0
    mine, many, before = means[-1], counts[-1], sum(counts[:-1])
    rest = whole_gradient(means[:-1], counts[:-1]) if before else 0.0
    return (rest * before + mine * many) / (before + many) if many else rest


# %% 8a.4 right: each example's share repeated
def whole_gradient(means, counts):
    return np.repeat(np.stack(means), counts, axis=0).mean(axis=0)


# %% 8a.4 wrong: all alike -> "every process counts alike"
def whole_gradient(means, counts):
    return np.nanmean(means, axis=0)


# %% 8a.4 wrong: the sum of the means -> "the sum over the processes"
def whole_gradient(means, counts):
    return np.nansum(means, axis=0)


# %% 8a.4 wrong: the sum over examples -> "the sum over the examples"
def whole_gradient(means, counts):
    return sum(n * g for g, n in zip(means, counts) if n)


# %% 8a.4 wrong: by processes -> "divided by the number of processes"
def whole_gradient(means, counts):
    return sum(n * g for g, n in zip(means, counts) if n) / len(counts)


# %% 8a.4 wrong: nan spoils it -> "an empty share is nan"
def whole_gradient(means, counts):
    return sum(n * g for g, n in zip(means, counts)) / sum(counts)


# %% 8a.4 wrong: the 70 of the text -> "the 70 of the text is an example"
def whole_gradient(means, counts):
    return sum(n * g for g, n in zip(means, counts) if n) / 70


# %% 8a.4 wrong: divided by those that had some -> "examples [2, 5, 3]"
def whole_gradient(means, counts):
    return sum(n * g for g, n in zip(means, counts) if n) / sum(n > 0 for n in counts)


# %% 8a.4 wrong: divided by the largest share -> "examples [2, 5, 3]"
def whole_gradient(means, counts):
    return sum(n * g for g, n in zip(means, counts) if n) / max(counts)


# %% 8a.4 wrong: a mean of all numbers -> "expected an array of shape (4,), got one number"
def whole_gradient(means, counts):
    return np.mean([n * g for g, n in zip(means, counts) if n]) / sum(counts)


# %% 8a.4 wrong: divided where it should be multiplied -> "examples [2, 5, 3]"
def whole_gradient(means, counts):
    return sum(g / n for g, n in zip(means, counts) if n) * sum(counts)


# %% 8a.4 wrong: the largest share speaks for all -> "examples [2, 5, 3]"
def whole_gradient(means, counts):
    return means[int(np.argmax(counts))]


# %% 8a.4 wrong: multiplied in place -> "changes its input"
def whole_gradient(means, counts):
    for g, n in zip(means, counts):
        g *= n
    return np.nansum(means, axis=0) / sum(counts)


# %% 8a.4 wrong: added up in the first -> "changes its input"
def whole_gradient(means, counts):
    total = means[0]
    total *= counts[0]
    for g, n in zip(means[1:], counts[1:]):
        if n:
            total += n * g
    return total / sum(counts)


# %% 8a.4 wrong: all of it dropped with the empty share -> "examples [4, 0, 1, 0]"
def whole_gradient(means, counts):
    if 0 in counts:
        return means[0]
    return np.average(means, axis=0, weights=counts)


# %% 8a.4 wrong: an empty share counts as one example -> "examples [4, 0, 1, 0]"
def whole_gradient(means, counts):
    return sum(n * g for g, n in zip(means, counts) if n) / sum(max(n, 1) for n in counts)


# %% 8a.5 right: another start, by following the pieces
def ring_rounds(p):
    rounds, one = [], [(r + 2) % p for r in range(p)]
    for _ in range(2 * (p - 1)):
        rounds.append(tuple(one))
        one = [one[r - 1] for r in range(p)]
    return rounds


# %% 8a.5 right: one line, as an array
def ring_rounds(p):
    return (np.arange(p)[None, :] - np.arange(2 * (p - 1))[:, None]) % p


# %% 8a.5 right: the pieces start in any order
def ring_rounds(p):
    one = np.random.default_rng(p).permutation(p)
    return torch.tensor(np.array([np.roll(one, turn) for turn in range(2 * (p - 1))]))


# %% 8a.5 right: a generator of tuples
def ring_rounds(p):
    for turn in range(2 * p - 2):
        yield tuple((r + 3 - turn) % p for r in range(p))


# %% 8a.5 right: by recursion
def ring_rounds(p, one=None, left=None):
    one, left = one or list(range(p)), 2 * (p - 1) if left is None else left
    return [one] + ring_rounds(p, one[-1:] + one[:-1], left - 1) if left else []


# %% 8a.5 right: seen from the receiver, floats
def ring_rounds(p):
    return [[float((r - 1 - turn) % p) for r in range(p)] for turn in range(2 * (p - 1))]


# %% 8a.5 wrong: the direction -> "some piece is complete in no process"
def ring_rounds(p):
    return [[(r + step) % p for r in range(p)] for step in range(2 * (p - 1))]


# %% 8a.5 wrong: always the same piece -> "after replacing not all hold all sums"
def ring_rounds(p):
    return [[r for r in range(p)] for _ in range(2 * (p - 1))]


# %% 8a.5 wrong: only the adding -> "as many rounds as the text says"
def ring_rounds(p):
    return [[(r - step) % p for r in range(p)] for step in range(p - 1)]


# %% 8a.5 wrong: copying starts with the first piece again -> "after replacing not all hold all sums"
def ring_rounds(p):
    adding = [[(r - step) % p for r in range(p)] for step in range(p - 1)]
    return adding + adding


# %% 8a.5 wrong: pieces counted from one -> "each round names one piece"
def ring_rounds(p):
    return [[(r - step) % p + 1 for r in range(p)] for step in range(2 * (p - 1))]


# %% 8a.5 wrong: one sender a round -> "each round names one piece"
def ring_rounds(p):
    return [[(-step) % p] for step in range(2 * (p - 1))]


# %% 8a.5 wrong: always its own piece while adding -> "counted twice"
def ring_rounds(p):
    adding = [list(range(p)) for _ in range(p - 1)]
    return adding + [[(r + 1 - step) % p for r in range(p)] for step in range(p - 1)]


# %% 8a.5 wrong: without the remainder -> "each round names one piece"
def ring_rounds(p):
    return [[r - step for r in range(p)] for step in range(2 * (p - 1))]


# %% 8a.5 wrong: p rounds of each -> "as many rounds as the text says"
def ring_rounds(p):
    return [[(r - step) % p for r in range(p)] for step in range(2 * p)]


# %% 8a.5 wrong: a row for each process -> "as many rounds as the text says"
def ring_rounds(p):
    return [[(r - step) % p for step in range(2 * (p - 1))] for r in range(p)] if p > 2 else [[0, 1], [1, 0]]


# %% 8a.5 wrong: replacing goes one too far -> "after replacing not all hold all sums"
def ring_rounds(p):
    adding = [[(r - step) % p for r in range(p)] for step in range(p - 1)]
    return adding + [[(r + 2 - step) % p for r in range(p)] for step in range(p - 1)]


# %% 8a.5 wrong: replacing in the other direction -> "after replacing not all hold all sums"
def ring_rounds(p):
    adding = [[(r - step) % p for r in range(p)] for step in range(p - 1)]
    return adding + [[(r + 1 + step) % p for r in range(p)] for step in range(p - 1)]


# %% 8a.5 wrong: all send the same piece in a round -> "some piece is complete in no process"
def ring_rounds(p):
    return [[step % p] * p for step in range(2 * (p - 1))]


# %% 8a.5 wrong: one list of all -> "each round is itself a list"
def ring_rounds(p):
    return [(r - step) % p for step in range(2 * (p - 1)) for r in range(p)]


# %% 8a.5 wrong: nothing returned -> "return a list of rounds"
def ring_rounds(p):
    [[(r - step) % p for r in range(p)] for step in range(2 * (p - 1))]


# %% 8a.5 wrong: the first and the second half exchanged -> "p = 3"
def ring_rounds(p):
    adding = [[(r - step) % p for r in range(p)] for step in range(p - 1)]
    return [[(r + 1 - step) % p for r in range(p)] for step in range(p - 1)][::-1] + adding


# %% 8a.5 wrong: an empty round for who has nothing new -> "each round names one piece"
def ring_rounds(p):
    return [[(r - step) % p for r in range(p - 1)] for step in range(2 * (p - 1))]
