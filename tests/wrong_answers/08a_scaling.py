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


# %% 8a.3 wrong: the use is left out -> "the use is left out"
def size_to_train(goal, use, fit):
    N = np.geomspace(1e6, 1e14, 40_001)
    return N[np.nanargmin(6 * N * text_for(N, goal, fit))]


# %% 8a.3 wrong: use as training -> "a third of one in training"
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


# %% 8a.5 wrong: the direction -> "some process holds no complete piece"
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
