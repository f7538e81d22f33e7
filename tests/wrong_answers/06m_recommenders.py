# %% 6m.1 right: in a loop
def recall_and_ndcg(ranked, wanted, k):
    hits, dcg = 0, 0.0
    for place, part in enumerate(ranked[:k]):
        if part in list(wanted):
            hits += 1
            dcg += 1 / np.log2(place + 2)
    ideal = sum(1 / np.log2(place + 2) for place in range(min(k, len(wanted))))
    return hits / len(wanted), dcg / ideal


# %% 6m.1 right: arrays
def recall_and_ndcg(ranked, wanted, k):
    hit = np.isin(np.asarray(ranked)[:k], wanted)
    worth = math.log(2) / np.log(np.arange(2, k + 2))
    return np.array([hit.sum() / len(wanted), hit @ worth[: len(hit)] / worth[: len(wanted)].sum()])


# %% 6m.1 right: tensors without a dimension
def recall_and_ndcg(ranked, wanted, k):
    wanted = torch.tensor(list(wanted))
    hit = torch.isin(torch.tensor(list(ranked))[:k], wanted).double()
    worth = 1 / torch.log2(torch.arange(2, k + 2).double())
    best = torch.sort((torch.arange(k) < len(wanted)).double(), descending=True).values
    return hit.sum() / len(wanted), (hit * worth[: len(hit)]).sum() / (best * worth).sum()


# %% 6m.1 wrong: in the other order -> "recall comes first"
def recall_and_ndcg(ranked, wanted, k):
    hit = np.isin(np.asarray(ranked)[:k], wanted)
    worth = 1 / np.log2(np.arange(2, k + 2))
    return hit @ worth[: len(hit)] / worth[: len(wanted)].sum(), hit.sum() / len(wanted)


# %% 6m.1 wrong: precision -> "not of the places in the list"
def recall_and_ndcg(ranked, wanted, k):
    hit = np.isin(np.asarray(ranked)[:k], wanted)
    worth = 1 / np.log2(np.arange(2, k + 2))
    return hit.sum() / k, hit @ worth[: len(hit)] / worth[: len(wanted)].sum()


# %% 6m.1 wrong: recall of what fits -> "not of the places in the list"
def recall_and_ndcg(ranked, wanted, k):
    hit = np.isin(np.asarray(ranked)[:k], wanted)
    worth = 1 / np.log2(np.arange(2, k + 2))
    return hit.sum() / min(k, len(wanted)), hit @ worth[: len(hit)] / worth[: len(wanted)].sum()


# %% 6m.1 wrong: the whole list -> "first k places only"
def recall_and_ndcg(ranked, wanted, k):
    hit = np.isin(np.asarray(ranked), wanted)
    worth = 1 / np.log2(np.arange(2, 100))
    return hit.sum() / len(wanted), hit @ worth[: len(hit)] / worth[: min(k, len(wanted))].sum()


# %% 6m.1 wrong: the logarithm of the place plus two -> "the first place is worth 1"
def recall_and_ndcg(ranked, wanted, k):
    hit = np.isin(np.asarray(ranked)[:k], wanted)
    worth = 1 / np.log2(np.arange(2, 100))
    return hit.sum() / len(wanted), hit @ worth[1 : len(hit) + 1] / worth[: min(k, len(wanted))].sum()


# %% 6m.1 wrong: an ideal longer than the list -> "no more than k places"
def recall_and_ndcg(ranked, wanted, k):
    hit = np.isin(np.asarray(ranked)[:k], wanted)
    worth = 1 / np.log2(np.arange(2, 100))
    return hit.sum() / len(wanted), hit @ worth[: len(hit)] / worth[: len(wanted)].sum()


# %% 6m.1 wrong: an ideal full of hits -> "only parts that she bought"
def recall_and_ndcg(ranked, wanted, k):
    hit = np.isin(np.asarray(ranked)[:k], wanted)
    worth = 1 / np.log2(np.arange(2, 100))
    return hit.sum() / len(wanted), hit @ worth[: len(hit)] / worth[:k].sum()


# %% 6m.1 wrong: the ideal of the hits -> "not only those that were hit"
def recall_and_ndcg(ranked, wanted, k):
    hit = np.isin(np.asarray(ranked)[:k], wanted)
    worth = 1 / np.log2(np.arange(2, 100))
    return hit.sum() / len(wanted), hit @ worth[: len(hit)] / worth[: max(1, hit.sum())].sum()


# %% 6m.1 wrong: not normalised -> "divided by what the best list gets"
def recall_and_ndcg(ranked, wanted, k):
    hit = np.isin(np.asarray(ranked)[:k], wanted)
    return hit.sum() / len(wanted), hit @ (1 / np.log2(np.arange(2, 100)))[: len(hit)]


# %% 6m.1 wrong: a list as long as k is taken for granted -> "IndexError"
def recall_and_ndcg(ranked, wanted, k):
    gain = [(ranked[n] in wanted) / math.log2(n + 2) for n in range(k)]
    ideal = sum(1 / math.log2(n + 2) for n in range(min(k, len(wanted))))
    return sum(value > 0 for value in gain) / len(wanted), sum(gain) / ideal


# %% 6m.2 right: by least squares with more rows
def fold_in(times, Y, alpha, reg):
    root = np.sqrt(1 + alpha * times)
    rows = np.concatenate([Y * root[:, None], math.sqrt(reg) * np.eye(Y.shape[1])])
    return np.linalg.lstsq(rows, np.r_[root * (times > 0), np.zeros(Y.shape[1])], rcond=None)[0]


# %% 6m.2 right: with scikit-learn
def fold_in(times, Y, alpha, reg):
    model = Ridge(alpha=reg, fit_intercept=False, solver="cholesky")
    return model.fit(Y, np.minimum(times, 1), sample_weight=1 + alpha * times).coef_


# %% 6m.2 right: sums in loops, tensors
def fold_in(times, Y, alpha, reg):
    Y = torch.tensor(Y)
    left, right = reg * torch.eye(Y.shape[1], dtype=Y.dtype), torch.zeros(Y.shape[1], dtype=Y.dtype)
    for n, y in zip(times, Y):
        left = left + (1 + alpha * float(n)) * torch.outer(y, y)
        if n:
            right = right + (1 + alpha * float(n)) * y
    return torch.linalg.solve(left, right)


# %% 6m.2 wrong: bought parts only -> "did not buy count, too"
def fold_in(times, Y, alpha, reg):
    w = (1 + alpha * times) * (times > 0)
    return np.linalg.solve((Y.T * w) @ Y + reg * np.eye(Y.shape[1]), Y.T @ w)


# %% 6m.2 wrong: weights do not grow -> "grows with the number of purchases"
def fold_in(times, Y, alpha, reg):
    p = times > 0
    w = 1 + alpha * p
    return np.linalg.solve((Y.T * w) @ Y + reg * np.eye(Y.shape[1]), Y.T @ (w * p))


# %% 6m.2 wrong: the number is the target -> "a purchase is a 1"
def fold_in(times, Y, alpha, reg):
    w = 1 + alpha * times
    return np.linalg.solve((Y.T * w) @ Y + reg * np.eye(Y.shape[1]), Y.T @ (w * times))


# %% 6m.2 wrong: no weights on the right -> "the weight belongs on both sides"
def fold_in(times, Y, alpha, reg):
    w = 1 + alpha * times
    return np.linalg.solve((Y.T * w) @ Y + reg * np.eye(Y.shape[1]), Y.T @ (times > 0))


# %% 6m.2 wrong: no weights on the left -> "the matrix on the left has no weights"
def fold_in(times, Y, alpha, reg):
    w = (1 + alpha * times) * (times > 0)
    return np.linalg.solve(Y.T @ Y + reg * np.eye(Y.shape[1]), Y.T @ w)


# %% 6m.2 wrong: alpha alone -> "weighs more than alpha alone"
def fold_in(times, Y, alpha, reg):
    w = np.where(times > 0, alpha * times, 1)
    return np.linalg.solve((Y.T * w) @ Y + reg * np.eye(Y.shape[1]), Y.T @ (w * (times > 0)))


# %% 6m.2 wrong: without the penalty -> "the penalty is missing"
def fold_in(times, Y, alpha, reg):
    w = 1 + alpha * times
    return np.linalg.lstsq((Y.T * w) @ Y, Y.T @ (w * (times > 0)), rcond=None)[0]


# %% 6m.2 wrong: half the penalty -> "not as strong as asked"
def fold_in(times, Y, alpha, reg):
    w = 1 + alpha * times
    return np.linalg.solve((Y.T * w) @ Y + reg / 2 * np.eye(Y.shape[1]), Y.T @ (w * (times > 0)))


# %% 6m.2 wrong: the lesson's constants -> "expected"
def fold_in(times, Y, alpha, reg):
    w = 1 + 10 * times
    return np.linalg.solve((Y.T * w) @ Y + 5 * np.eye(Y.shape[1]), Y.T @ (w * (times > 0)))


# %% 6m.3 right: from the log-softmax
def in_batch_loss(x, y, q):
    chances = torch.log_softmax(x @ y.T - q.log()[None, :], dim=1)
    return -chances.diagonal().mean()


# %% 6m.3 right: row by row
def in_batch_loss(x, y, q):
    losses = []
    for n in range(len(x)):
        scores = (y * x[n]).sum(dim=1) - torch.log(q)
        losses.append(torch.logsumexp(scores, 0) - scores[n])
    return sum(losses) / len(losses)


# %% 6m.3 right: odds divided by shares
def in_batch_loss(x, y, q):
    odds = torch.exp(x @ y.T) / q
    return torch.log(odds.sum(dim=1) / odds.diagonal()).mean()


# %% 6m.3 wrong: the sign -> "wrong sign"
def in_batch_loss(x, y, q):
    return F.cross_entropy(x @ y.T + q.log(), torch.arange(len(x)))


# %% 6m.3 wrong: no correction -> "the correction is missing"
def in_batch_loss(x, y, q):
    return F.cross_entropy(x @ y.T, torch.arange(len(x)))


# %% 6m.3 wrong: the share itself -> "not the share"
def in_batch_loss(x, y, q):
    return F.cross_entropy(x @ y.T - q, torch.arange(len(x)))


# %% 6m.3 wrong: by rows -> "the same for a whole row"
def in_batch_loss(x, y, q):
    return F.cross_entropy(x @ y.T - q.log()[:, None], torch.arange(len(x)))


# %% 6m.3 wrong: each part chooses -> "not each part among customers"
def in_batch_loss(x, y, q):
    return F.cross_entropy((x @ y.T - q.log()).T, torch.arange(len(x)))


# %% 6m.3 wrong: the sum -> "not the sum"
def in_batch_loss(x, y, q):
    return F.cross_entropy(x @ y.T - q.log(), torch.arange(len(x)), reduction="sum")


# %% 6m.3 wrong: without gradients -> "no gradient flows"
def in_batch_loss(x, y, q):
    return F.cross_entropy(x @ y.T - q.log(), torch.arange(len(x))).detach()


# %% 6m.3 wrong: a number -> "no gradient flows"
def in_batch_loss(x, y, q):
    return F.cross_entropy(x @ y.T - q.log(), torch.arange(len(x))).item()


# %% 6m.3 wrong: no gradient for the parts -> "no gradient reaches the parts"
def in_batch_loss(x, y, q):
    return F.cross_entropy(x @ y.detach().T - q.log(), torch.arange(len(x)))


# %% 6m.4 right: by NumPy's sampling written out as products
def sampled_hit(rank, candidates, negatives, k):
    total = 0.0
    for drawn in range(k):
        if drawn <= min(negatives, rank - 1) and negatives - drawn <= candidates - rank:
            up = math.comb(rank - 1, drawn) * math.comb(candidates - rank, negatives - drawn)
            total += up / math.comb(candidates - 1, negatives)
    return total


# %% 6m.4 right: by recursion
def sampled_hit(rank, candidates, negatives, k):
    @__import__("functools").cache
    def chance(better, others, draws, allowed):
        if allowed <= 0:
            return 0.0
        if draws == 0 or better == 0:
            return 1.0
        p = better / others
        hit = chance(better - 1, others - 1, draws - 1, allowed - 1)
        return p * hit + ((1 - p) * chance(better, others - 1, draws - 1, allowed) if p < 1 else 0)

    return torch.tensor(chance(rank - 1, candidates - 1, negatives, k), dtype=torch.float64)


# %% 6m.4 wrong: k better ones are allowed -> "k of them push it out"
def sampled_hit(rank, candidates, negatives, k):
    ways = sum(
        math.comb(rank - 1, n) * math.comb(candidates - rank, negatives - n)
        for n in range(min(k, negatives) + 1)
    )
    return ways / math.comb(candidates - 1, negatives)


# %% 6m.4 wrong: it is one of the better ones -> "none of the better ones"
def sampled_hit(rank, candidates, negatives, k):
    ways = sum(
        math.comb(rank, n) * math.comb(candidates - rank, negatives - n) for n in range(min(k, negatives + 1))
    )
    return ways / math.comb(candidates, negatives)


# %% 6m.4 wrong: it may be drawn again -> "is not drawn again"
def sampled_hit(rank, candidates, negatives, k):
    ways = sum(
        math.comb(rank - 1, n) * math.comb(candidates - rank + 1, negatives - n)
        for n in range(min(k, negatives + 1))
    )
    return ways / math.comb(candidates, negatives)


# %% 6m.4 wrong: with replacement -> "nothing is drawn twice"
def sampled_hit(rank, candidates, negatives, k):
    p = (rank - 1) / (candidates - 1)
    return sum(
        math.comb(negatives, n) * p**n * (1 - p) ** (negatives - n) for n in range(min(k, negatives + 1))
    )


# %% 6m.4 wrong: a miss -> "the chance of a miss"
def sampled_hit(rank, candidates, negatives, k):
    ways = sum(
        math.comb(rank - 1, n) * math.comb(candidates - rank, negatives - n)
        for n in range(min(k, negatives + 1))
    )
    return 1 - ways / math.comb(candidates - 1, negatives)


# %% 6m.4 wrong: the average -> "chance decides"
def sampled_hit(rank, candidates, negatives, k):
    return float((rank - 1) * negatives / (candidates - 1) < k)


# %% 6m.4 wrong: none better is drawn -> "not none at all"
def sampled_hit(rank, candidates, negatives, k):
    return math.comb(candidates - rank, negatives) / math.comb(candidates - 1, negatives)


# %% 6m.4 wrong: exactly one number of better ones -> "exactly k - 1"
def sampled_hit(rank, candidates, negatives, k):
    n = k - 1
    return (
        math.comb(rank - 1, n)
        * math.comb(candidates - rank, negatives - n)
        / math.comb(candidates - 1, negatives)
    )


# %% 6m.4 wrong: the full rank -> "no longer needed"
def sampled_hit(rank, candidates, negatives, k):
    return float(rank <= k)


# %% 6m.4 wrong: by simulation -> "expected"
def sampled_hit(rank, candidates, negatives, k):
    better = np.random.default_rng(0).hypergeometric(rank - 1, candidates - rank, negatives, 20000)
    return (better < k).mean()


# %% 6m.5 right: by a function and a maximum
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    def gain(p_new):
        w = np.array(p_new) / p_old
        if w.sum() ** 2 < least * (w**2).sum() - 1e-9:
            return -math.inf
        v = np.average(liked, weights=w)
        return (v - 1.96 * np.linalg.norm(w * (liked - v)) / w.sum() - np.mean(liked)) * visits * value - cost

    gains = {"keep": 0.0, **{name: gain(p) for name, p in candidates.items()}}
    best = max(gains, key=gains.get)
    return best, gains[best]


# %% 6m.5 right: in tensors
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    r, best = torch.tensor(liked).double(), ["keep", torch.tensor(0.0)]
    for name in candidates:
        w = torch.tensor(candidates[name]) / torch.tensor(p_old)
        share = w / w.sum()
        v = share @ r
        gain = visits * value * (v - 1.96 * (share**2 * (r - v) ** 2).sum().sqrt() - r.mean()) - cost
        if 1 / (share**2).sum() >= least - 1e-9 and gain > best[1]:
            best = [name, gain]
    return best


# %% 6m.5 wrong: not careful -> "the lower end of the interval decides"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        gain = visits * value * ((w * liked).sum() / w.sum() - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: IPS -> "divides by the sum of the weights"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).mean()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: too few rows do not matter -> "too few effective rows is out"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: upside down -> "the weights are upside down"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p_old / np.maximum(p, 1e-9)
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: switching is free -> "switching costs"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v - 1.96 * error - liked.mean())
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: the error of a plain share -> "that of the weighted rows"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt(v * (1 - v) / len(w))
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: the last of equals -> "another candidate comes first"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > 0 and gain >= best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: always the best candidate -> "no candidate with enough effective rows"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    gains = {}
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        if w.sum() ** 2 / (w**2).sum() >= least:
            gains[name] = visits * value * (v - 1.96 * error - liked.mean()) - cost
    best = max(gains, key=gains.get)
    return best, gains[best]


# %% 6m.5 wrong: always keep -> "a candidate has a gain above 0"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    return "keep", 0.0


# %% 6m.1 right: recall from sets, NDCG from ranks of a dict
def recall_and_ndcg(ranked, wanted, k):
    place = {part: n for n, part in enumerate(ranked, 1) if n <= k}
    found = sorted(place[part] for part in set(wanted) & set(place))
    best = np.sum(1 / np.log2(1 + np.arange(1, min(k, len(wanted)) + 1)))
    return [np.float64(len(found)) / len(wanted), sum(math.log(2) / math.log(n + 1) for n in found) / best]


# %% 6m.1 wrong: a short list shortens the best list -> "no shorter"
def recall_and_ndcg(ranked, wanted, k):
    ranked = ranked[:k]
    hit = np.isin(ranked, wanted)
    worth = 1 / np.log2(np.arange(2, len(ranked) + 2))
    return hit.sum() / len(wanted), hit @ worth / worth[: len(wanted)].sum()


# %% 6m.1 wrong: the older formula, where two places are worth 1 -> "the second place is worth less"
def recall_and_ndcg(ranked, wanted, k):
    hit = np.isin(np.asarray(ranked)[:k], wanted)
    worth = np.r_[1, 1 / np.log2(np.arange(2, 100))]
    return hit.sum() / len(wanted), hit @ worth[: len(hit)] / worth[: min(k, len(wanted))].sum()


# %% 6m.1 wrong: worth 1/r -> "1 of 2 numbers differ"
def recall_and_ndcg(ranked, wanted, k):
    hit = np.isin(np.asarray(ranked)[:k], wanted)
    worth = 1 / np.arange(1, 100)
    return hit.sum() / len(wanted), hit @ worth[: len(hit)] / worth[: min(k, len(wanted))].sum()


# %% 6m.1 wrong: always ten -> "first k places only"
def recall_and_ndcg(ranked, wanted, k):
    hit = np.isin(np.asarray(ranked)[:10], wanted)
    worth = 1 / np.log2(np.arange(2, 100))
    return hit.sum() / len(wanted), hit @ worth[: len(hit)] / worth[: min(10, len(wanted))].sum()


# %% 6m.1 wrong: natural logarithm above, base 2 below -> "base 2"
def recall_and_ndcg(ranked, wanted, k):
    hit = np.isin(np.asarray(ranked)[:k], wanted)
    places = np.arange(2, 100)
    below = (1 / np.log2(places))[: min(k, len(wanted))].sum()
    return hit.sum() / len(wanted), hit @ (1 / np.log(places))[: len(hit)] / below


# %% 6m.1 wrong: one number -> "expected an array of shape (2,)"
def recall_and_ndcg(ranked, wanted, k):
    return len(set(ranked[:k]) & set(wanted)) / len(wanted)


# %% 6m.1 wrong: hits taken off the wanted list -> "changes its input wanted"
def recall_and_ndcg(ranked, wanted, k):
    n, gain = len(wanted), 0.0
    for place, part in enumerate(ranked[:k]):
        if part in wanted:
            wanted.remove(part)
            gain += 1 / math.log2(place + 2)
    return 1 - len(wanted) / n, gain / sum(1 / math.log2(place + 2) for place in range(min(n, k)))


# %% 6m.2 right: the lesson's Gram matrix plus what is bought, as a list
def fold_in(times, Y, alpha, reg):
    bought = np.flatnonzero(times)
    Yb, more = Y[bought], alpha * times[bought]
    left = Y.T @ Y + Yb.T @ np.diag(more) @ Yb + np.diag([reg] * Y.shape[1])
    return (np.linalg.inv(left) @ Yb.T @ (1 + more)).tolist()


# %% 6m.2 right: by conjugate gradients
def fold_in(times, Y, alpha, reg):
    c = 1 + alpha * times
    x = np.zeros(Y.shape[1])
    rest = Y.T @ (c * (times > 0))
    way = rest.copy()
    for _ in range(5 * len(x)):
        if rest @ rest < 1e-28:
            break
        image = Y.T @ (c * (Y @ way)) + reg * way
        step = (rest @ rest) / (way @ image)
        new = rest - step * image
        x, way, rest = x + step * way, new + (new @ new) / (rest @ rest) * way, new
    return x


# %% 6m.2 right: the other ridge formula, an I x I system
def fold_in(times, Y, alpha, reg):
    c = 1 + alpha * times
    return Y.T @ np.linalg.solve(np.diag(reg / c) + Y @ Y.T, (times > 0) * 1.0)


# %% 6m.2 wrong: weights without the 1 -> "weighs 1, not 0"
def fold_in(times, Y, alpha, reg):
    w = alpha * times
    return np.linalg.solve((Y.T * w) @ Y + reg * np.eye(Y.shape[1]), Y.T @ (w * (times > 0)))


# %% 6m.2 wrong: weights under the root and squared -> "not squared"
def fold_in(times, Y, alpha, reg):
    w = (1 + alpha * times) ** 2
    return np.linalg.solve((Y.T * w) @ Y + reg * np.eye(Y.shape[1]), Y.T @ (w * (times > 0)))


# %% 6m.2 wrong: one row of a table -> "expected an array of shape (3,), got an array of shape (1, 3)"
def fold_in(times, Y, alpha, reg):
    w = 1 + alpha * times
    return np.linalg.solve((Y.T * w) @ Y + reg * np.eye(Y.shape[1]), Y.T @ (w * (times > 0)))[None]


# %% 6m.2 wrong: the penalty on every entry -> "expected"
def fold_in(times, Y, alpha, reg):
    w = 1 + alpha * times
    return np.linalg.solve((Y.T * w) @ Y + reg, Y.T @ (w * (times > 0)))


# %% 6m.2 wrong: wishes below 0 are cut -> "expected"
def fold_in(times, Y, alpha, reg):
    w = 1 + alpha * times
    x = np.linalg.solve((Y.T * w) @ Y + reg * np.eye(Y.shape[1]), Y.T @ (w * (times > 0)))
    return np.maximum(x, 0)


# %% 6m.2 wrong: a mean instead of the sum -> "expected"
def fold_in(times, Y, alpha, reg):
    w = 1 + alpha * times
    return np.linalg.solve((Y.T * w) @ Y / len(w) + reg * np.eye(Y.shape[1]), Y.T @ (w * (times > 0)) / len(w))


# %% 6m.2 wrong: the numbers become 0 and 1 in place -> "changes its input times"
def fold_in(times, Y, alpha, reg):
    w = 1 + alpha * times
    times[times > 0] = 1
    return np.linalg.solve((Y.T * w) @ Y + reg * np.eye(Y.shape[1]), Y.T @ (w * times))


# %% 6m.3 right: shares of the batch only
def in_batch_loss(x, y, q):
    logits = torch.einsum("bd,jd->bj", x, y) - torch.log(q / q.sum())
    return F.nll_loss(F.log_softmax(logits, dim=-1), torch.arange(len(q)))


# %% 6m.3 right: the correction as one more column
def in_batch_loss(x, y, q):
    wide, one = torch.cat([y, -q.log()[:, None]], dim=1), torch.ones_like(x[:, :1])
    return F.cross_entropy(torch.cat([x, one], dim=1) @ wide.T, torch.eye(len(x), dtype=x.dtype))


# %% 6m.3 right: parts down the rows, and the softmax down the columns
def in_batch_loss(x, y, q):
    logits = y @ x.T - q.log()[:, None]
    return (logits.logsumexp(dim=0) - logits.diag()).sum() / len(x)


# %% 6m.3 wrong: the right logit without correction -> "the right answer's logit is corrected"
def in_batch_loss(x, y, q):
    logits = x @ y.T - q.log() * (1 - torch.eye(len(x)))
    return F.cross_entropy(logits, torch.arange(len(x)))


# %% 6m.3 wrong: only the right logit corrected -> "the wrong answers' logits are corrected"
def in_batch_loss(x, y, q):
    return F.cross_entropy(x @ y.T - torch.diag(q.log()), torch.arange(len(x)))


# %% 6m.3 wrong: correction only below -> "corrected like all others"
def in_batch_loss(x, y, q):
    scores = x @ y.T
    return ((scores - q.log()).logsumexp(dim=1) - scores.diagonal()).mean()


# %% 6m.3 wrong: the right answer left out below -> "stays among the B"
def in_batch_loss(x, y, q):
    logits = x @ y.T - q.log()
    others = logits.masked_fill(torch.eye(len(x), dtype=torch.bool), -torch.inf)
    return (others.logsumexp(dim=1) - logits.diagonal()).mean()


# %% 6m.3 wrong: the sign of the loss -> "a loss has the other sign"
def in_batch_loss(x, y, q):
    return torch.log_softmax(x @ y.T - q.log(), dim=1).diagonal().mean()


# %% 6m.3 wrong: probabilities go into cross-entropy -> "not probabilities"
def in_batch_loss(x, y, q):
    return F.cross_entropy(torch.softmax(x @ y.T - q.log(), dim=1), torch.arange(len(x)))


# %% 6m.3 wrong: a loss for each row -> "expected one number, got an array of shape (3,)"
def in_batch_loss(x, y, q):
    return F.cross_entropy(x @ y.T - q.log(), torch.arange(len(x)), reduction="none")


# %% 6m.3 wrong: base 2 -> "the logarithm has base e"
def in_batch_loss(x, y, q):
    return F.cross_entropy(x @ y.T - q.log2(), torch.arange(len(x)))


# %% 6m.3 wrong: gradients for the parts only -> "no gradient reaches the customers"
def in_batch_loss(x, y, q):
    return F.cross_entropy(x.detach() @ y.T - q.log(), torch.arange(len(x)))


# %% 6m.3 wrong: no gradient through the right answer -> "gradient of the customers"
def in_batch_loss(x, y, q):
    logits = x @ y.T - q.log()
    return (logits.logsumexp(dim=1) - logits.diagonal().detach()).mean()


# %% 6m.3 wrong: leaves out a part that another customer bought, too -> "stays among the others"
def in_batch_loss(x, y, q):
    s = x @ y.T - q.log()
    same = (y[:, None] == y[None]).all(-1) & ~torch.eye(len(y), dtype=bool)
    return F.cross_entropy(s.masked_fill(same, -1e9), torch.arange(len(x)))


# %% 6m.3 wrong: parts choose customers -> "customers and parts have changed places"
def in_batch_loss(x, y, q):
    return F.cross_entropy(y @ x.T - torch.log(q), torch.arange(len(x)))


# %% 6m.4 right: SciPy
def sampled_hit(rank, candidates, negatives, k):
    from scipy.stats import hypergeom

    return hypergeom.cdf(k - 1, candidates - 1, rank - 1, negatives)


# %% 6m.4 right: one minus the misses, in fractions
def sampled_hit(rank, candidates, negatives, k):
    from fractions import Fraction

    miss = Fraction(0)
    for n in range(k, min(negatives, rank - 1) + 1):
        if negatives - n <= candidates - rank:
            miss += Fraction(
                math.comb(rank - 1, n) * math.comb(candidates - rank, negatives - n),
                math.comb(candidates - 1, negatives),
            )
    return 1 - miss


# %% 6m.4 right: which places the sample holds, seen from the better parts
def sampled_hit(rank, candidates, negatives, k):
    ways = lambda n: math.comb(negatives, n) * math.comb(candidates - 1 - negatives, rank - 1 - n)
    return sum(ways(n) for n in range(min(k, rank))) / math.comb(candidates - 1, rank - 1)


# %% 6m.4 wrong: the lesson's numbers -> "neither sure nor impossible"
def sampled_hit(rank, candidates, negatives, k):
    ways = sum(math.comb(rank - 1, n) * math.comb(300 - rank, 100 - n) for n in range(10))
    return ways / math.comb(299, 100)


# %% 6m.4 wrong: k - 1 better ones push it out -> "up to k - 1 better ones"
def sampled_hit(rank, candidates, negatives, k):
    ways = sum(
        math.comb(rank - 1, n) * math.comb(candidates - rank, negatives - n)
        for n in range(min(k - 1, negatives + 1))
    )
    return ways / math.comb(candidates - 1, negatives)


# %% 6m.4 wrong: the share of the full list -> "expected"
def sampled_hit(rank, candidates, negatives, k):
    return min(1.0, k / rank)


# %% 6m.4 wrong: the rank scaled down -> "neither sure nor impossible"
def sampled_hit(rank, candidates, negatives, k):
    return min(1.0, k * (candidates - 1) / ((rank - 1) * negatives + 1e-9))


# %% 6m.4 wrong: one of k random places -> "expected"
def sampled_hit(rank, candidates, negatives, k):
    return min(1.0, k / (negatives + 1))


# %% 6m.4 wrong: worse and better changed -> "expected"
def sampled_hit(rank, candidates, negatives, k):
    ways = sum(
        math.comb(candidates - rank, n) * math.comb(rank - 1, negatives - n)
        for n in range(min(k, negatives + 1))
    )
    return ways / math.comb(candidates - 1, negatives)


# %% 6m.4 wrong: more places than parts not thought of -> "ValueError"
def sampled_hit(rank, candidates, negatives, k):
    ways = sum(math.comb(rank - 1, n) * math.comb(candidates - rank, negatives - n) for n in range(k))
    return ways / math.comb(candidates - 1, negatives)


# %% 6m.4 wrong: a normal approximation -> "expected"
def sampled_hit(rank, candidates, negatives, k):
    p = (rank - 1) / (candidates - 1)
    spread = math.sqrt(negatives * p * (1 - p) * (candidates - 1 - negatives) / max(1, candidates - 2)) + 1e-9
    return 0.5 * (1 + math.erf((k - 0.5 - negatives * p) / spread / math.sqrt(2)))


# %% 6m.4 wrong: whole percents -> "expected"
def sampled_hit(rank, candidates, negatives, k):
    ways = sum(
        math.comb(rank - 1, n) * math.comb(candidates - rank, negatives - n)
        for n in range(min(k, negatives + 1))
    )
    return round(ways / math.comb(candidates - 1, negatives), 2)


# %% 6m.5 right: row by row, in lists
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    liked, usual = [int(r) for r in liked], sum(liked) / len(liked)
    found = []
    for place, (name, p_new) in enumerate(candidates.items()):
        w = [float(new) / float(old) for new, old in zip(p_new, p_old)]
        if sum(w) ** 2 / sum(x * x for x in w) < least:
            continue
        v = sum(x for x, r in zip(w, liked) if r) / sum(w)
        se = sum((x * (r - v)) ** 2 for x, r in zip(w, liked)) ** 0.5 / sum(w)
        gain = ((v - 1.96 * se) - usual) * value * visits - cost
        if gain > 0:
            found.append((-gain, place, name))
    return [min(found)[2], -min(found)[0]] if found else ["keep", 0]


# %% 6m.5 right: all candidates as one table, no new one among them thought of
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    if not candidates:
        return "keep", 0
    w = np.stack(list(candidates.values())) / p_old
    share = w / w.sum(axis=1, keepdims=True)
    v = share @ liked
    low = v - 1.96 * np.sqrt((share**2 * (liked - v[:, None]) ** 2).sum(axis=1))
    gain = np.where(1 / (share**2).sum(axis=1) >= least - 1e-9, value * visits * (low - liked.mean()) - cost, 0)
    n = gain.argmax()
    return (list(candidates)[n], gain[n]) if gain[n] > 0 else ("keep", np.int64(0))


# %% 6m.5 right: sorted by gain, which keeps the order of equals
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    def judge(w):
        v = (w * liked).sum() / w.sum()
        se = (((w * (liked - v)) ** 2).sum()) ** 0.5 / w.sum()
        return float(visits * (value * (v - 1.96 * se) - value * liked.mean()) - cost)

    weights = {name: p / p_old for name, p in candidates.items()}
    kept = {name: judge(w) for name, w in weights.items() if w.sum() ** 2 / (w**2).sum() >= least}
    return sorted([("keep", 0.0), *kept.items()], key=lambda pair: pair[1], reverse=True)[0]


# %% 6m.5 right: rounded to cents
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best, gain = "keep", 0.0
    for name in candidates:
        w = candidates[name] / p_old
        share = w / w.sum()
        v = np.dot(share, liked)
        one = visits * value * (v - 1.96 * np.linalg.norm(share * (liked - v)) - np.mean(liked)) - cost
        if one > gain and np.dot(share, share) * least <= 1 + 1e-9:
            best, gain = name, one
    return best, round(gain, 2)


# %% 6m.5 wrong: the gain first -> "the name comes first"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    return 0.0, "keep"


# %% 6m.5 wrong: IPS with the spread of its own rows -> "expected"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).mean()
        error = (w * liked).std(ddof=1) / math.sqrt(len(w))
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: not divided by the old probability -> "compares the new probability with the old one"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: without weights in the error -> "have weights, too"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt(((liked - v) ** 2).sum()) / len(w)
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: weights once in the error -> "the weights are squared"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: no root in the error -> "the root is missing"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = (w**2 * (liked - v) ** 2).sum() / w.sum() ** 2
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: the error divided by the rows -> "divided by the sum of the weights"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / len(w)
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: the error of a share with effective rows -> "formula for shares"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt(v * (1 - v) * (w**2).sum()) / w.sum()
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: the error around 0 -> "far the rows are from the estimate"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * liked).sum()) / w.sum()
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: the upper end -> "not the upper one"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v + 1.96 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: one standard error -> "more than one standard error"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v - error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: two standard errors -> "expected"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v - 2 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: the log's mean not subtracted -> "log's own mean"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v - 1.96 * error) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: the cost at every visit -> "a candidate has a gain above 0"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * (value * (v - 1.96 * error - liked.mean()) - cost)
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: gain in likes -> "expected"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = v - 1.96 * error - liked.mean()
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: exactly enough rows are too few -> "enough effective rows"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() > least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: a gain of 0 is enough -> "a gain of 0 is not above 0"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and (gain > best[1] or best[0] == "keep" and gain >= 0):
            best = name, gain
    return best


# %% 6m.5 wrong: all rows count -> "too few effective rows is out"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if len(w) >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: the first that gains -> "another candidate is to be chosen"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > 0 and best[0] == "keep":
            best = name, gain
    return best


# %% 6m.5 wrong: a bound of the lesson on the weights -> "expected"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best = "keep", 0.0
    for name, p in candidates.items():
        w = np.minimum(p / p_old, 5)
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > best[1]:
            best = name, gain
    return best


# %% 6m.5 wrong: the best estimate first, then its lower end -> "another candidate is to be chosen"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best, highest = ("keep", 0.0), -1.0
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if w.sum() ** 2 / (w**2).sum() >= least and gain > 0 and v > highest:
            best, highest = (name, gain), v
    return best


# %% 6m.5 wrong: the best of all, then its rows -> "a candidate has a gain above 0"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    best, rows = ("keep", 0.0), math.inf
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        if gain > best[1]:
            best, rows = (name, gain), w.sum() ** 2 / (w**2).sum()
    return best if rows >= least else ("keep", 0.0)


# %% 6m.5 wrong: None for keep -> "is no candidate's name"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    return None, 0.0


# %% 6m.5 wrong: the name alone -> "return a name and the gain"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    return "keep"


# %% 6m.5 wrong: a candidate is taken for granted -> "ValueError"
def choose_recommender(liked, p_old, candidates, value, visits, cost, least):
    gains = {}
    for name, p in candidates.items():
        w = p / p_old
        v = (w * liked).sum() / w.sum()
        error = np.sqrt((w**2 * (liked - v) ** 2).sum()) / w.sum()
        gain = visits * value * (v - 1.96 * error - liked.mean()) - cost
        gains[name] = gain if w.sum() ** 2 / (w**2).sum() >= least else -math.inf
    best = max(gains, key=gains.get)
    return (best, gains[best]) if gains[best] > 0 else ("keep", 0.0)
