# %% 8b.1 right: pair by pair, in plain loops
def both_ways(x, y, scale):
    def cosine(a, b):
        return sum(p * q for p, q in zip(a, b)) / math.hypot(*a) / math.hypot(*b)

    table = [[scale * cosine(a, b) for b in y] for a in x]
    total = 0.0
    for lines in (table, list(zip(*table))):
        for n, line in enumerate(lines):
            top = max(line)
            total += top + math.log(sum(math.exp(v - top) for v in line)) - line[n]
    return total / (2 * len(table))


# %% 8b.1 right: with the library, as a tensor without a dimension
def both_ways(x, y, scale):
    x, y = (F.normalize(torch.as_tensor(v).double(), dim=1) for v in (x, y))
    table, right = scale * x @ y.T, torch.arange(len(x))
    return (F.cross_entropy(table, right) + F.cross_entropy(table.T, right)) / 2


# %% 8b.1 wrong: not of length 1 -> "not been brought to length 1"
def both_ways(x, y, scale):
    table = torch.tensor(scale * x @ y.T)
    right = torch.arange(len(x))
    return (F.cross_entropy(table, right) + F.cross_entropy(table.T, right)) / 2


# %% 8b.1 wrong: rows only -> "the captions have their question, too"
def both_ways(x, y, scale):
    x, y = (F.normalize(torch.tensor(v), dim=1) for v in (x, y))
    return F.cross_entropy(scale * x @ y.T, torch.arange(len(x)))


# %% 8b.1 wrong: columns only -> "the pictures have their question, too"
def both_ways(x, y, scale):
    x, y = (F.normalize(torch.tensor(v), dim=1) for v in (x, y))
    return F.cross_entropy(scale * y @ x.T, torch.arange(len(x)))


# %% 8b.1 wrong: the sum of both questions -> "not their sum"
def both_ways(x, y, scale):
    x, y = (F.normalize(torch.tensor(v), dim=1) for v in (x, y))
    table, right = scale * x @ y.T, torch.arange(len(x))
    return F.cross_entropy(table, right) + F.cross_entropy(table.T, right)


# %% 8b.1 wrong: a temperature -> "a temperature would divide"
def both_ways(x, y, scale):
    x, y = (F.normalize(torch.tensor(v), dim=1) for v in (x, y))
    table, right = x @ y.T / scale, torch.arange(len(x))
    return (F.cross_entropy(table, right) + F.cross_entropy(table.T, right)) / 2


# %% 8b.1 wrong: the sum over the pairs -> "not the sum"
def both_ways(x, y, scale):
    x, y = (F.normalize(torch.tensor(v), dim=1) for v in (x, y))
    table, right = scale * x @ y.T, torch.arange(len(x))
    return (
        F.cross_entropy(table, right, reduction="sum") + F.cross_entropy(table.T, right, reduction="sum")
    ) / 2


# %% 8b.1 wrong: overflows at a scale of 1,000 -> "scale 1000"
def both_ways(x, y, scale):
    x, y = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
    with np.errstate(all="ignore"):
        e = np.exp(scale * x @ y.T)
        return -(np.log(np.diag(e) / e.sum(axis=0)) + np.log(np.diag(e) / e.sum(axis=1))).mean() / 2


# %% 8b.1 right: logaddexp, an array without a dimension
def both_ways(x, y, scale):
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    y = y / np.linalg.norm(y, axis=1, keepdims=True)
    s = scale * x @ y.T
    l = np.logaddexp.reduce(s, axis=1) + np.logaddexp.reduce(s, axis=0) - 2 * np.diag(s)
    return np.array(l.mean() / 2)


# %% 8b.1 wrong: only y normalised -> "the pictures have not been brought"
def both_ways(x, y, scale):
    y = y / np.linalg.norm(y, axis=1, keepdims=True)
    t = torch.tensor(scale * x @ y.T)
    r = torch.arange(len(t))
    return (F.cross_entropy(t, r) + F.cross_entropy(t.T, r)) / 2


# %% 8b.1 wrong: only x normalised -> "the captions have not been brought"
def both_ways(x, y, scale):
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    t = torch.tensor(scale * x @ y.T)
    r = torch.arange(len(t))
    return (F.cross_entropy(t, r) + F.cross_entropy(t.T, r)) / 2


# %% 8b.1 wrong: the largest of all subtracted -> "scale 1000"
def both_ways(x, y, scale):
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    y = y / np.linalg.norm(y, axis=1, keepdims=True)
    s = scale * x @ y.T
    s = s - s.max()
    with np.errstate(all="ignore"):
        return (np.log(np.exp(s).sum(1)) + np.log(np.exp(s).sum(0)) - 2 * np.diag(s)).mean() / 2


# %% 8b.1 wrong: a small number under the logarithm -> "scale 1000"
def both_ways(x, y, scale):
    x, y = (F.normalize(torch.tensor(v), dim=1) for v in (x, y))
    t = scale * x @ y.T
    return -(torch.log(t.softmax(0).diag() + 1e-12) + torch.log(t.softmax(1).diag() + 1e-12)).mean() / 2


# %% 8b.1 wrong: its inputs overwritten -> "changes its input x"
def both_ways(x, y, scale):
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y /= np.linalg.norm(y, axis=1, keepdims=True)
    t = torch.tensor(scale * x @ y.T)
    r = torch.arange(len(t))
    return (F.cross_entropy(t, r) + F.cross_entropy(t.T, r)) / 2


# %% 8b.2 right: what chance costs less the entropy of the captions
def lowest(captions):
    shares = np.unique(captions, return_counts=True)[1] / len(captions)
    return math.log(len(captions)) + (shares * np.log(shares)).sum()


# %% 8b.2 right: the mean of a list
def lowest(captions):
    return np.mean([np.log(captions.count(each)) for each in captions])


# %% 8b.2 wrong: each caption once -> "not over the different captions"
def lowest(captions):
    return np.mean([math.log(captions.count(each)) for each in set(captions)])


# %% 8b.2 wrong: the logarithm of the mean -> "logarithm of a mean"
def lowest(captions):
    return math.log(np.mean([captions.count(each) for each in captions]))


# %% 8b.2 wrong: in bits -> "natural logarithms"
def lowest(captions):
    return np.mean([math.log2(captions.count(each)) for each in captions])


# %% 8b.2 wrong: chance -> "the loss by chance"
def lowest(captions):
    return math.log(len(captions))


# %% 8b.2 wrong: entropy -> "how much the captions differ"
def lowest(captions):
    shares = np.unique(captions, return_counts=True)[1] / len(captions)
    return -(shares * np.log(shares)).sum()


# %% 8b.2 wrong: both questions added -> "not their sum"
def lowest(captions):
    return 2 * np.mean([math.log(captions.count(each)) for each in captions])


# %% 8b.2 wrong: doubles counted from 0 wrongly -> "a pair without a double pays nothing"
def lowest(captions):
    return np.mean([math.log(1 + captions.count(each)) for each in captions])


# %% 8b.2 right: the best shares themselves
def lowest(captions):
    same = torch.tensor([[a == b for b in captions] for a in captions]).double()
    t = same / same.sum(1, keepdim=True)
    return -(t.diag().log()).mean()


# %% 8b.2 wrong: for one question only -> "not only one of them"
def lowest(captions):
    return sum(n * math.log(n) for n in Counter(captions).values()) / len(captions) / 2


# %% 8b.2 wrong: the mean number of a caption -> "on average"
def lowest(captions):
    return math.log(len(captions) / len(set(captions)))


# %% 8b.2 wrong: divided by the different captions -> "number of different captions"
def lowest(captions):
    return sum(n * math.log(n) for n in Counter(captions).values()) / len(set(captions))


# %% 8b.2 wrong: only neighbours are doubles -> "captions a b c a"
def lowest(captions):
    from itertools import groupby

    t = 0
    for _, g in groupby(captions):
        n = len(list(g))
        t += n * math.log(n)
    return t / len(captions)


# %% 8b.2 wrong: captions as bags of words -> "words in another order are another caption"
def lowest(captions):
    from collections import Counter
    return sum(n * math.log(n) for n in Counter(" ".join(sorted(c.split())) for c in captions).values()) / len(captions)


# %% 8b.3 right: the rank of the best right thing
def recall_at(similarity, right, k):
    best = np.where(right, similarity, -np.inf).max(axis=1)
    return float(((similarity > best[:, None]).sum(axis=1) < k).mean())


# %% 8b.3 right: in a loop
def recall_at(similarity, right, k):
    hits = 0
    for scores, fits in zip(similarity, right):
        order = sorted(range(len(scores)), key=lambda n: scores[n], reverse=True)
        hits += any(fits[n] for n in order[:k])
    return hits / len(similarity)


# %% 8b.3 right: with topk, as a tensor
def recall_at(similarity, right, k):
    top = torch.tensor(similarity).topk(min(k, similarity.shape[1]), dim=1).indices
    return torch.tensor(right).gather(1, top).any(dim=1).double().mean()


# %% 8b.3 wrong: every hit counted -> "a query counts once"
def recall_at(similarity, right, k):
    top = np.argsort(-similarity, axis=1)[:, :k]
    return np.take_along_axis(right, top, axis=1).sum() / len(similarity)


# %% 8b.3 wrong: share of all right things -> "a query needs only one"
def recall_at(similarity, right, k):
    top = np.argsort(-similarity, axis=1)[:, :k]
    return (np.take_along_axis(right, top, axis=1).sum(axis=1) / right.sum(axis=1)).mean()


# %% 8b.3 wrong: precision -> "how many of the k are right"
def recall_at(similarity, right, k):
    top = np.argsort(-similarity, axis=1)[:, :k]
    return np.take_along_axis(right, top, axis=1).sum() / (k * len(similarity))


# %% 8b.3 wrong: the least similar -> "a large similarity is near"
def recall_at(similarity, right, k):
    top = np.argsort(similarity, axis=1)[:, :k]
    return np.take_along_axis(right, top, axis=1).any(axis=1).mean()


# %% 8b.3 wrong: down the columns -> "has its own k nearest"
def recall_at(similarity, right, k):
    top = np.argsort(-similarity, axis=0)[:k]
    return np.take_along_axis(right, top, axis=0).any(axis=0).mean()


# %% 8b.3 wrong: one too many -> "no more"
def recall_at(similarity, right, k):
    top = np.argsort(-similarity, axis=1)[:, : k + 1]
    return np.take_along_axis(right, top, axis=1).any(axis=1).mean()


# %% 8b.3 wrong: a count -> "not a count"
def recall_at(similarity, right, k):
    top = np.argsort(-similarity, axis=1)[:, :k]
    return np.take_along_axis(right, top, axis=1).any(axis=1).sum()


# %% 8b.3 right: the last k of the rising order
def recall_at(similarity, right, k):
    return np.take_along_axis(right, np.argsort(similarity)[:, -k:], 1).any(1).mean()


# %% 8b.3 wrong: places taken for ranks -> "not the rank of each"
def recall_at(similarity, right, k):
    r = np.argsort(-similarity, axis=1)
    return ((r < k) & right).any(1).mean()


# %% 8b.3 wrong: the sign lost -> "the sign counts"
def recall_at(similarity, right, k):
    return np.take_along_axis(right, np.argsort(-abs(similarity))[:, :k], 1).any(1).mean()


# %% 8b.3 wrong: not sorted -> "not the first k"
def recall_at(similarity, right, k):
    return right[:, :k].any(1).mean()


# %% 8b.3 wrong: the best right similarity, with 0 for what is not right -> "given a similarity of 0"
def recall_at(similarity, right, k):
    best = (similarity * right).max(axis=1, keepdims=True)
    return ((similarity > best).sum(axis=1) < k).mean()


# %% 8b.3 wrong: only the first right thing of a row -> "expected"
def recall_at(similarity, right, k):
    at = right.argmax(axis=1)
    own = similarity[np.arange(len(at)), at][:, None]
    return ((similarity > own).sum(axis=1) < k).mean()


# %% 8b.4 right: caption by caption, as an array
def log_probability(logits, ids):
    out = []
    for scores, caption in zip(logits.tolist(), ids.tolist()):
        total = 0.0
        for line, token in zip(scores, caption):
            total += line[token] - math.log(sum(math.exp(v) for v in line))
            if token == 0:
                break
        out.append(total)
    return np.array(out)


# %% 8b.4 right: cross-entropy and a product of masks
def log_probability(logits, ids):
    each = -F.cross_entropy(logits.transpose(1, 2), ids, reduction="none")
    open_before = torch.cat([torch.ones(len(ids), 1), (ids[:, :-1] != 0).cumprod(dim=1)], dim=1)
    return (each * open_before).sum(dim=1)


# %% 8b.4 wrong: padding counted -> "behind the first end does not count"
def log_probability(logits, ids):
    return logits.log_softmax(dim=-1).gather(2, ids[..., None])[..., 0].sum(dim=1)


# %% 8b.4 wrong: without the end -> "the end counts, too"
def log_probability(logits, ids):
    each = logits.log_softmax(dim=-1).gather(2, ids[..., None])[..., 0]
    return (each * ((ids == 0).cumsum(dim=1) == 0)).sum(dim=1)


# %% 8b.4 wrong: all zeros left out -> "no token is left out"
def log_probability(logits, ids):
    each = logits.log_softmax(dim=-1).gather(2, ids[..., None])[..., 0]
    return (each * (ids != 0)).sum(dim=1)


# %% 8b.4 wrong: the mean -> "a sum, not a mean"
def log_probability(logits, ids):
    each = logits.log_softmax(dim=-1).gather(2, ids[..., None])[..., 0]
    mask = (ids == 0).cumsum(dim=1) - (ids == 0).long() == 0
    return (each * mask).sum(dim=1) / mask.sum(dim=1)


# %% 8b.4 wrong: scores -> "scores are no log-probabilities"
def log_probability(logits, ids):
    each = logits.gather(2, ids[..., None])[..., 0]
    mask = (ids == 0).cumsum(dim=1) - (ids == 0).long() == 0
    return (each * mask).sum(dim=1)


# %% 8b.4 wrong: a loss -> "other sign"
def log_probability(logits, ids):
    each = F.cross_entropy(logits.transpose(1, 2), ids, reduction="none")
    mask = (ids == 0).cumsum(dim=1) - (ids == 0).long() == 0
    return (each * mask).sum(dim=1)


# %% 8b.4 wrong: softmax along the places -> "not those of the places"
def log_probability(logits, ids):
    each = logits.log_softmax(dim=1).gather(2, ids[..., None])[..., 0]
    mask = (ids == 0).cumsum(dim=1) - (ids == 0).long() == 0
    return (each * mask).sum(dim=1)


# %% 8b.4 wrong: a probability -> "its logarithm is wanted"
def log_probability(logits, ids):
    each = logits.log_softmax(dim=-1).gather(2, ids[..., None])[..., 0]
    mask = (ids == 0).cumsum(dim=1) - (ids == 0).long() == 0
    return (each * mask).sum(dim=1).exp()


# %% 8b.4 right: one-hot, place by place, a tuple
def log_probability(logits, ids):
    p = (F.one_hot(ids, logits.shape[2]) * logits.log_softmax(2)).sum(2)
    done = torch.zeros(len(ids), dtype=bool)
    t = torch.zeros(len(ids), dtype=p.dtype)
    for k in range(ids.shape[1]):
        t = t + torch.where(done, 0, p[:, k])
        done = done | (ids[:, k] == 0)
    return tuple(t.tolist())


# %% 8b.4 wrong: scores taken for the next token -> "for token t"
def log_probability(logits, ids):
    lp = logits[:, :-1].log_softmax(-1).gather(2, ids[:, 1:, None])[..., 0]
    i = ids[:, 1:]
    m = ((i == 0).cumsum(1) - (i == 0).long()) == 0
    return (lp * m).sum(1)


# %% 8b.4 wrong: up to the second end -> "padding may be any token"
def log_probability(logits, ids):
    lp = logits.log_softmax(-1).gather(2, ids[..., None])[..., 0]
    return (lp * ((ids == 0).cumsum(1) <= 1)).sum(1)


# %% 8b.4 wrong: the length counted from all tokens -> "padding may be any token"
def log_probability(logits, ids):
    lp = logits.log_softmax(-1).gather(2, ids[..., None])[..., 0]
    n = (ids != 0).sum(1) + 1
    return (lp * (torch.arange(ids.shape[1]) < n[:, None])).sum(1)


# %% 8b.4 wrong: up to the last end -> "expected"
def log_probability(logits, ids):
    import torch
    p = logits.log_softmax(-1).gather(2, ids[..., None])[..., 0]
    last = ids.shape[1] - 1 - (ids == 0).int().flip(1).argmax(1, keepdim=True)
    return (p * (torch.arange(ids.shape[1]) <= last)).sum(1)


# %% 8b.5 right: all limits in a list, the highest first
def cheapest(p, right, wrong, look):
    def cost(limit):
        bill = [look if q < limit else 0 if ok else wrong for q, ok in zip(p, right)]
        return round(sum(bill) / len(bill), 12)

    limits = sorted({float(q) for q in p} | {math.inf}, reverse=True)
    best = min(limits, key=cost)
    return [best, cost(best)]


# %% 8b.5 right: all at once
def cheapest(p, right, wrong, look):
    p, right = np.array(p), np.array(right).astype(bool)
    limits = np.append(np.sort(p), np.inf)[::-1]
    out = p >= limits[:, None]
    cost = np.round(np.where(out, wrong * ~right, look).mean(axis=1), 10)
    return np.array([limits[cost.argmin()], cost.min()])


# %% 8b.5 wrong: above the limit only -> "equals the limit is published"
def cheapest(p, right, wrong, look):
    best = (np.inf, look)
    for limit in np.unique(p)[::-1]:
        cost = np.where(p > limit, wrong * ~right, look).mean()
        if cost < best[1] - 1e-12:
            best = limit, cost
    return best


# %% 8b.5 wrong: the lowest limit -> "the highest limit is wanted"
def cheapest(p, right, wrong, look):
    limits = np.append(np.unique(p), np.inf)
    costs = [round(np.where(p >= limit, wrong * ~right, look).mean(), 10) for limit in limits]
    return limits[int(np.argmin(costs))], min(costs)


# %% 8b.5 wrong: never looks at all -> "to look at all is a way"
def cheapest(p, right, wrong, look):
    limits = np.unique(p)[::-1]
    costs = [round(np.where(p >= limit, wrong * ~right, look).mean(), 10) for limit in limits]
    return limits[int(np.argmin(costs))], min(costs)


# %% 8b.5 wrong: the sum -> "not the sum"
def cheapest(p, right, wrong, look):
    limits = np.append(np.unique(p), np.inf)[::-1]
    costs = [round(np.where(p >= limit, wrong * ~right, look).sum(), 10) for limit in limits]
    return limits[int(np.argmin(costs))], min(costs)


# %% 8b.5 wrong: looks are free -> "a look has its price"
def cheapest(p, right, wrong, look):
    limits = np.append(np.unique(p), np.inf)[::-1]
    costs = [round(np.where(p >= limit, wrong * ~right, 0).mean(), 10) for limit in limits]
    return limits[int(np.argmin(costs))], min(costs)


# %% 8b.5 wrong: cost first -> "limit first"
def cheapest(p, right, wrong, look):
    limits = np.append(np.unique(p), np.inf)[::-1]
    costs = [round(np.where(p >= limit, wrong * ~right, look).mean(), 10) for limit in limits]
    return min(costs), limits[int(np.argmin(costs))]


# %% 8b.5 right: two shares, no rounding
def cheapest(p, right, wrong, look):
    best = None
    for l in [math.inf, *sorted(set(p), reverse=True)]:
        c = wrong * np.mean((p >= l) & ~right) + look * np.mean(p < l)
        if best is None or c < best[1]:
            best = (l, c)
    return best


# %% 8b.5 right: shares first, then prices
def cheapest(p, right, wrong, look):
    def cost(t):
        pub = p >= t
        return wrong * np.mean(pub & ~right) + look * np.mean(~pub)
    best = min([math.inf, *p], key=lambda t: (cost(t), -t))
    return best, cost(best)


# %% 8b.5 wrong: stops at the first rise -> "numbers differ"
def cheapest(p, right, wrong, look):
    best = (math.inf, look)
    for l in sorted(set(p.tolist()), reverse=True):
        c = (wrong * ((p >= l) & ~right).sum() + look * (p < l).sum()) / len(p)
        if c > best[1]:
            break
        if c < best[1]:
            best = (l, c)
    return best


# %% 8b.5 wrong: a round grid of limits -> "numbers differ"
def cheapest(p, right, wrong, look):
    best = (math.inf, look)
    for l in np.linspace(1, 0, 101):
        c = (wrong * ((p >= l) & ~right).sum() + look * (p < l).sum()) / len(p)
        if c < best[1]:
            best = (l, c)
    return best


# %% 8b.5 wrong: infinity only if cheaper -> "the highest limit is wanted"
def cheapest(p, right, wrong, look):
    best = (None, 1e9)
    for l in sorted(set(p.tolist())):
        c = (wrong * ((p >= l) & ~right).sum() + look * (p < l).sum()) / len(p)
        if c <= best[1]:
            best = (l, c)
    return (math.inf, look) if look < best[1] else best


# %% 8b.5 wrong: lesson's prices -> "not of the lesson"
def cheapest(p, right, wrong, look):
    wrong, look = 5.0, 1.0
    best = (math.inf, look)
    for l in sorted(set(p.tolist()), reverse=True):
        c = (wrong * ((p >= l) & ~right).sum() + look * (p < l).sum()) / len(p)
        if c < best[1]:
            best = (l, c)
    return best


# %% 8b.5 wrong: a mended caption costs -> "to publish all"
def cheapest(p, right, wrong, look):
    best = (math.inf, look + wrong * (~right).mean())
    for l in sorted(set(p.tolist()), reverse=True):
        c = (wrong * (~right).sum() + look * (p < l).sum()) / len(p)
        if c < best[1]:
            best = (l, c)
    return best


# %% 8b.5 wrong: sorts p apart from right -> "to publish all"
def cheapest(p, right, wrong, look):
    p = np.sort(p)[::-1]
    best = (math.inf, look)
    for l in p:
        c = (wrong * ((p >= l) & ~right).sum() + look * (p < l).sum()) / len(p)
        if c < best[1]:
            best = (l, c)
    return best


# %% 8b.5 wrong: equal probabilities split by the order in which they came -> "expected"
def cheapest(p, right, wrong, look):
    order = np.argsort(-p, kind="stable")
    n = len(p)
    cost = look * n
    best = (math.inf, cost / n)
    for i in order:
        cost += (0 if right[i] else wrong) - look
        if cost / n < best[1]:
            best = (p[i], cost / n)
    return best
