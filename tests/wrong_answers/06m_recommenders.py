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


# %% 6m.2 wrong: half the penalty -> "twice or half as strong"
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


# %% 6m.5 wrong: upside down -> "a candidate has a gain above 0"
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


# %% 6m.5 wrong: always the best candidate -> "no candidate gains more than it costs"
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
