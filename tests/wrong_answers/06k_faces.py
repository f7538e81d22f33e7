# %% 6k.1 right: counted in a loop
def error_rates(scores, same, threshold):
    counts = {True: [0, 0], False: [0, 0]}
    for score, one in zip(scores, same):
        counts[bool(one)][int(score >= threshold)] += 1
    return counts[False][1] / sum(counts[False]), counts[True][0] / sum(counts[True])


# %% 6k.1 right: a tensor of two
def error_rates(scores, same, threshold):
    scores, same = torch.as_tensor(scores), torch.as_tensor(same).bool()
    match = (scores >= threshold).double()
    return torch.stack([match[~same].mean(), 1 - match[same].mean()])


# %% 6k.1 right: a list, by sums
def error_rates(scores, same, threshold):
    scores, same = np.array(scores), np.array(same).astype(int)
    wrong = ((scores >= threshold) != same).astype(int)
    return [(wrong * (1 - same)).sum() / (1 - same).sum(), (wrong * same).sum() / same.sum()]


# %% 6k.1 wrong: in the other order -> "false match comes first"
def error_rates(scores, same, threshold):
    match = np.asarray(scores) >= threshold
    return (~match[same]).mean(), match[~same].mean()


# %% 6k.1 wrong: of all pairs -> "not of all pairs"
def error_rates(scores, same, threshold):
    match = np.asarray(scores) >= threshold
    return (match & ~same).mean(), (~match & same).mean()


# %% 6k.1 wrong: above the threshold only -> "a score equal to the threshold matches"
def error_rates(scores, same, threshold):
    match = np.asarray(scores) > threshold
    return match[~same].mean(), (~match[same]).mean()


# %% 6k.1 wrong: right decisions -> "shares of right decisions"
def error_rates(scores, same, threshold):
    match = np.asarray(scores) >= threshold
    return (~match[~same]).mean(), match[same].mean()


# %% 6k.1 wrong: among the matches -> "not of the matches or the refusals"
def error_rates(scores, same, threshold):
    match = np.asarray(scores) >= threshold
    return (match & ~same).sum() / max(1, match.sum()), (~match & same).sum() / max(1, (~match).sum())


# %% 6k.1 wrong: counts -> "those are counts"
def error_rates(scores, same, threshold):
    match = np.asarray(scores) >= threshold
    return (match & ~same).sum(), (~match & same).sum()


# %% 6k.1 wrong: one rate for both -> "expected an array of shape (2,)"
def error_rates(scores, same, threshold):
    return ((np.asarray(scores) >= threshold) != same).mean()


# %% 6k.1 right: an array of shares of ints
def error_rates(scores, same, threshold):
    strangers = [s for s, one in zip(scores, same) if not one]
    own = [s for s, one in zip(scores, same) if one]
    return np.array(
        [sum(s >= threshold for s in strangers) / len(strangers), sum(s < threshold for s in own) / len(own)]
    )


# %% 6k.1 right: two tensors of single precision without a dimension
def error_rates(scores, same, threshold):
    match, same = torch.tensor(scores).float() >= threshold, torch.tensor(same)
    return match[~same].float().mean(), (~match[same]).float().mean()


# %% 6k.1 wrong: denominators exchanged -> "number of pairs of the other kind"
def error_rates(scores, same, threshold):
    match = np.asarray(scores) >= threshold
    return (match & ~same).sum() / same.sum(), (~match & same).sum() / (~same).sum()


# %% 6k.1 wrong: the threshold of the example -> "expected 0.5, got 0"
def error_rates(scores, same, threshold):
    match = np.asarray(scores) >= 0.5
    return match[~same].mean(), (~match[same]).mean()


# %% 6k.1 wrong: the bools as indices -> "expected 0.2, got 1"
def error_rates(scores, same, threshold):
    match = np.asarray(scores) >= threshold
    same = same.astype(int)
    return match[1 - same].mean(), (~match[same]).mean()


# %% 6k.1 wrong: a false non-match needs a cosine at most the threshold -> "a score equal to the threshold matches"
def error_rates(scores, same, threshold):
    return (scores[~same] >= threshold).mean(), (scores[same] <= threshold).mean()


# %% 6k.1 wrong: the low cosines match -> "expected 0.2, got 1"
def error_rates(scores, same, threshold):
    return (scores[~same] <= threshold).mean(), (scores[same] > threshold).mean()


# %% 6k.1 wrong: sorts its input -> "changes its input"
def error_rates(scores, same, threshold):
    own, other = scores[same], scores[~same]
    scores.sort()
    return (other >= threshold).mean(), (own < threshold).mean()


# %% 6k.2 right: the plain way
def threshold_for(others, rate):
    for value in sorted(set(others)):
        if sum(other >= value for other in others) <= rate * len(others) + 1e-12:
            return value
    return float("inf")


# %% 6k.2 right: a table of all comparisons
def threshold_for(others, rate):
    others = np.array(others)
    share = (others[None, :] >= others[:, None]).mean(axis=1)
    return others[share <= rate + 1e-9].min(initial=np.inf)


# %% 6k.2 right: down from the top
def threshold_for(others, rate):
    ordered, best = sorted(others, reverse=True), math.inf
    for n, value in enumerate(ordered, 1):
        last = n == len(ordered) or ordered[n] != value
        if last and n <= rate * len(ordered) + 1e-9:
            best = value
    return torch.tensor(best, dtype=torch.double)


# %% 6k.2 wrong: strictly above -> "a pair with exactly this cosine matches, too"
def threshold_for(others, rate):
    return min(t for t in others if sum(o > t for o in others) <= rate * len(others) + 1e-9)


# %% 6k.2 wrong: less than the promise -> "exactly the promised share is allowed"
def threshold_for(others, rate):
    fit = [t for t in others if sum(o >= t for o in others) < rate * len(others) - 1e-9]
    return min(fit, default=math.inf)


# %% 6k.2 wrong: the quantile -> "a quantile lies between the cosines"
def threshold_for(others, rate):
    return np.quantile(others, 1 - rate)


# %% 6k.2 wrong: the low end -> "strangers match at the high end"
def threshold_for(others, rate):
    fit = [t for t in others if sum(o <= t for o in others) <= rate * len(others) + 1e-9]
    return max(fit, default=-math.inf)


# %% 6k.2 wrong: by place, without regard to equals -> "equal cosines match together"
def threshold_for(others, rate):
    ordered = np.sort(others)
    place = len(ordered) - math.floor(rate * len(ordered) + 1e-9)
    return ordered[place] if place < len(ordered) else math.inf


# %% 6k.2 wrong: the strictest of all -> "the door need not be so strict"
def threshold_for(others, rate):
    return max(others) if sum(o == max(others) for o in others) <= rate * len(others) else math.inf


# %% 6k.2 wrong: never infinite -> "6k.2"
def threshold_for(others, rate):
    fit = [t for t in others if sum(o >= t for o in others) <= rate * len(others) + 1e-9]
    return min(fit, default=max(others))


# %% 6k.2 right: one minus the share below
def threshold_for(others, rate):
    others = np.asarray(others)
    for value in np.unique(others):
        if 1 - (others < value).mean() <= rate:
            return value
    return np.inf


# %% 6k.2 right: shares in single precision
def threshold_for(others, rate):
    others = torch.tensor(others)
    for value in torch.unique(others):
        if (others >= value).float().mean().item() <= rate:
            return value
    return torch.tensor(math.inf)


# %% 6k.2 right: the quantile's neighbour, then checked
def threshold_for(others, rate):
    ordered = np.sort(others)
    allowed = int(np.floor(rate * len(ordered)))
    if allowed == 0:
        return math.inf
    value = ordered[-allowed]
    if (ordered >= value).sum() > allowed:
        above = ordered[ordered > value]
        return above[0] if len(above) else math.inf
    return value


# %% 6k.2 wrong: the number that may match is rounded -> "equal cosines match together"
def threshold_for(others, rate):
    for value in np.unique(others):
        if (np.array(others) >= value).sum() <= round(rate * len(others)):
            return value
    return math.inf


# %% 6k.2 wrong: the number that may match is rounded up -> "matches, too"
def threshold_for(others, rate):
    for value in np.unique(others):
        if (np.array(others) >= value).sum() <= math.ceil(rate * len(others)):
            return value
    return math.inf


# %% 6k.2 wrong: the higher neighbour of the quantile -> "equal cosines match together"
def threshold_for(others, rate):
    return np.quantile(others, 1 - rate, method="higher")


# %% 6k.2 wrong: the lower neighbour of the quantile -> "matches, too"
def threshold_for(others, rate):
    return np.quantile(others, 1 - rate, method="lower")


# %% 6k.2 wrong: the rate of the lesson -> "expected 0.5, got inf"
def threshold_for(others, rate):
    for value in np.unique(others):
        if (np.array(others) >= value).mean() <= 0.001:
            return value
    return math.inf


# %% 6k.2 wrong: shares of the different values -> "16 cosines"
def threshold_for(others, rate):
    values = np.unique(others)
    for value in values:
        if (values >= value).mean() <= rate:
            return value
    return math.inf


# %% 6k.2 wrong: None for a door that never opens -> "got None"
def threshold_for(others, rate):
    for value in np.unique(others):
        if (np.array(others) >= value).mean() <= rate:
            return value


# %% 6k.2 wrong: minus infinity -> "expected inf, got -inf"
def threshold_for(others, rate):
    for value in np.unique(others):
        if (np.array(others) >= value).mean() <= rate:
            return value
    return -math.inf


# %% 6k.2 wrong: a little above the last that matches -> "expected 0.5, got 0.301"
def threshold_for(others, rate):
    for value in np.unique(others):
        if (np.array(others) > value).mean() <= rate:
            return value + 1e-3
    return math.inf


# %% 6k.2 right: compares the array as it comes
def threshold_for(others, rate):
    for t in np.unique(others):
        if (others >= t).mean() <= rate:
            return t
    return np.inf


# %% 6k.2 wrong: the first in the list that keeps the promise -> "the cosines stand in any order"
def threshold_for(others, rate):
    others = np.asarray(others)
    for t in others:
        if (others >= t).mean() <= rate:
            return t
    return math.inf


# %% 6k.3 right: the plain way
def jackknife(hits):
    def share(table):
        P = len(table)
        return sum(int(table[i][j]) for i in range(P) for j in range(P) if i != j) / (P * (P - 1))

    P = len(hits)
    left = [share(np.delete(np.delete(hits, i, axis=0), i, axis=1)) for i in range(P)]
    mean = sum(left) / P
    return [share(hits), ((P - 1) / P * sum((each - mean) ** 2 for each in left)) ** 0.5]


# %% 6k.3 right: by the variance of the shares
def jackknife(hits):
    P, off = len(hits), ~np.eye(len(hits), dtype=bool)
    kept = hits * off
    left = (kept.sum() - 2 * kept.sum(axis=1)) / ((P - 1) * (P - 2))
    return np.array([kept.sum() / (P * (P - 1)), np.sqrt((P - 1) * left.var())])


# %% 6k.3 right: upper triangle only
def jackknife(hits):
    P = len(hits)
    upper = np.triu(np.asarray(hits, dtype=float), 1)
    pairs, mine = upper.sum(), upper.sum(axis=0) + upper.sum(axis=1)
    left = (pairs - mine) / ((P - 1) * (P - 2) / 2)
    return pairs / (P * (P - 1) / 2), float(np.sqrt((P - 1) / P * ((left - left.mean()) ** 2).sum()))


# %% 6k.3 wrong: with the diagonal -> "the diagonal means nothing"
def jackknife(hits):
    P = len(hits)
    left = np.array([np.delete(np.delete(hits, i, 0), i, 1).mean() for i in range(P)])
    return hits.mean(), np.sqrt((P - 1) / P * ((left - left.mean()) ** 2).sum())


# %% 6k.3 wrong: places of the diagonal counted -> "its places are still counted"
def jackknife(hits):
    P, hits = len(hits), hits * ~np.eye(len(hits), dtype=bool)
    left = np.array([np.delete(np.delete(hits, i, 0), i, 1).mean() for i in range(P)])
    return hits.mean(), np.sqrt((P - 1) / P * ((left - left.mean()) ** 2).sum())


# %% 6k.3 wrong: the row goes, the column stays -> "takes row and column along"
def jackknife(hits):
    P, hits = len(hits), hits * ~np.eye(len(hits), dtype=bool)
    left = np.array([np.delete(hits, i, 0).sum() / (P - 1) ** 2 for i in range(P)])
    return hits.sum() / (P * (P - 1)), np.sqrt((P - 1) / P * ((left - left.mean()) ** 2).sum())


# %% 6k.3 wrong: without the factor -> "the factor before the sum is missing"
def jackknife(hits):
    P, hits = len(hits), hits * ~np.eye(len(hits), dtype=bool)
    left = (hits.sum() - 2 * hits.sum(axis=1)) / ((P - 1) * (P - 2))
    return hits.sum() / (P * (P - 1)), np.sqrt(((left - left.mean()) ** 2).sum())


# %% 6k.3 wrong: the standard deviation -> "the sum is divided by P"
def jackknife(hits):
    P, hits = len(hits), hits * ~np.eye(len(hits), dtype=bool)
    left = (hits.sum() - 2 * hits.sum(axis=1)) / ((P - 1) * (P - 2))
    return hits.sum() / (P * (P - 1)), left.std()


# %% 6k.3 wrong: the sample's standard deviation -> "that is the ordinary standard deviation"
def jackknife(hits):
    P, hits = len(hits), hits * ~np.eye(len(hits), dtype=bool)
    left = (hits.sum() - 2 * hits.sum(axis=1)) / ((P - 1) * (P - 2))
    return hits.sum() / (P * (P - 1)), left.std(ddof=1)


# %% 6k.3 wrong: pairs as if independent -> "treats all pairs as independent"
def jackknife(hits):
    P, hits = len(hits), hits * ~np.eye(len(hits), dtype=bool)
    r = hits.sum() / (P * (P - 1))
    return r, np.sqrt(r * (1 - r) / (P * (P - 1) / 2))


# %% 6k.3 wrong: the variance -> "the square root is missing"
def jackknife(hits):
    P, hits = len(hits), hits * ~np.eye(len(hits), dtype=bool)
    left = (hits.sum() - 2 * hits.sum(axis=1)) / ((P - 1) * (P - 2))
    return hits.sum() / (P * (P - 1)), (P - 1) / P * ((left - left.mean()) ** 2).sum()


# %% 6k.3 wrong: the table is emptied in place -> "changes its input hits"
def jackknife(hits):
    np.fill_diagonal(hits, 0)
    P = len(hits)
    left = (hits.sum() - 2 * hits.sum(axis=1)) / ((P - 1) * (P - 2))
    return hits.sum() / (P * (P - 1)), np.sqrt((P - 1) / P * ((left - left.mean()) ** 2).sum())


# %% 6k.3 right: pairs counted in loops
def jackknife(hits):
    table = np.asarray(hits).tolist()
    P = len(table)

    def share(people):
        pairs = [(a, b) for a in people for b in people if a < b]
        return sum(table[a][b] for a, b in pairs) / len(pairs)

    left = [share([p for p in range(P) if p != gone]) for gone in range(P)]
    r = share(range(P))
    return r, math.sqrt((P - 1) / P * sum((each - r) ** 2 for each in left))


# %% 6k.3 right: in torch, single precision
def jackknife(hits):
    h = torch.tensor(hits).float()
    h.fill_diagonal_(0)
    P = len(h)
    left = (h.sum() - 2 * h.sum(dim=0)) / ((P - 1) * (P - 2))
    return torch.stack([h.sum() / (P * (P - 1)), left.std(correction=0) * (P - 1) ** 0.5])


# %% 6k.3 right: by pseudo-values
def jackknife(hits):
    P = len(hits)
    h = np.where(np.eye(P, dtype=bool), 0, hits)
    left = (h.sum() - h.sum(0) - h.sum(1)) / ((P - 1) * (P - 2))
    r = h.sum() / (P * (P - 1))
    pseudo = P * r - (P - 1) * left
    return r, pseudo.std(ddof=1) / math.sqrt(P)


# %% 6k.3 wrong: a person's own share instead of the others' -> "expected 0.19518"
def jackknife(hits):
    P = len(hits)
    h = np.where(np.eye(P, dtype=bool), 0, hits)
    left = h.sum(axis=1) / (P - 1)
    return h.sum() / (P * (P - 1)), np.sqrt((P - 1) / P * ((left - left.mean()) ** 2).sum())


# %% 6k.3 wrong: the denominator of all people -> "fewer places are left"
def jackknife(hits):
    P = len(hits)
    h = np.where(np.eye(P, dtype=bool), 0, hits)
    left = (h.sum() - 2 * h.sum(axis=1)) / (P * (P - 1))
    return h.sum() / (P * (P - 1)), np.sqrt((P - 1) / P * ((left - left.mean()) ** 2).sum())


# %% 6k.3 wrong: only the row is taken off -> "but the column stays"
def jackknife(hits):
    P = len(hits)
    h = np.where(np.eye(P, dtype=bool), 0, hits)
    left = (h.sum() - h.sum(axis=1)) / ((P - 1) * (P - 2))
    return h.sum() / (P * (P - 1)), np.sqrt((P - 1) / P * ((left - left.mean()) ** 2).sum())


# %% 6k.3 wrong: one pair for two -> "two places in the table"
def jackknife(hits):
    P = len(hits)
    h = np.triu(hits, 1)
    left = (h.sum() - h.sum(axis=0) - h.sum(axis=1)) / ((P - 1) * (P - 2))
    return h.sum() / (P * (P - 1)), np.sqrt((P - 1) / P * ((left - left.mean()) ** 2).sum())


# %% 6k.3 wrong: P over P - 1 -> "expected 0.19518"
def jackknife(hits):
    P = len(hits)
    h = np.where(np.eye(P, dtype=bool), 0, hits)
    left = (h.sum() - 2 * h.sum(axis=1)) / ((P - 1) * (P - 2))
    return h.sum() / (P * (P - 1)), np.sqrt(P / (P - 1) * ((left - left.mean()) ** 2).sum())


# %% 6k.3 wrong: the factor outside the root -> "expected 0.19518"
def jackknife(hits):
    P = len(hits)
    h = np.where(np.eye(P, dtype=bool), 0, hits)
    left = (h.sum() - 2 * h.sum(axis=1)) / ((P - 1) * (P - 2))
    return h.sum() / (P * (P - 1)), (P - 1) / P * np.sqrt(((left - left.mean()) ** 2).sum())


# %% 6k.3 wrong: pairs left out, not people -> "expected 0.19518"
def jackknife(hits):
    P = len(hits)
    pairs = np.asarray(hits, dtype=float)[np.triu_indices(P, 1)]
    n = len(pairs)
    left = (pairs.sum() - pairs) / (n - 1)
    return pairs.mean(), np.sqrt((n - 1) / n * ((left - left.mean()) ** 2).sum())


# %% 6k.3 wrong: the standard error alone -> "expected an array of shape (2,)"
def jackknife(hits):
    P = len(hits)
    h = np.where(np.eye(P, dtype=bool), 0, hits)
    left = (h.sum() - 2 * h.sum(axis=1)) / ((P - 1) * (P - 2))
    return np.sqrt((P - 1) / P * ((left - left.mean()) ** 2).sum())


# %% 6k.4 right: a table of scores by customer
def who_is_it(probe, gallery, names, threshold):
    scores = {}
    for row, name in zip(gallery, names):
        cosine = float(row @ probe) / math.sqrt(float(row @ row) * float(probe @ probe))
        scores[name] = max(cosine, scores.get(name, -2.0))
    best = max(scores, key=scores.get)
    return best if scores[best] >= threshold else None


# %% 6k.4 right: in torch
def who_is_it(probe, gallery, names, threshold):
    cosine = F.cosine_similarity(torch.tensor(gallery), torch.tensor(probe)[None], dim=1)
    best = max(range(len(names)), key=lambda n: cosine[n])
    if cosine[best] < threshold:
        return None
    return names[best]


# %% 6k.4 wrong: no cosine -> "the cosine decides, not the length"
def who_is_it(probe, gallery, names, threshold):
    score = gallery @ probe / np.linalg.norm(probe)
    return names[int(score.argmax())] if score.max() >= threshold else None


# %% 6k.4 wrong: nobody is nobody -> "nobody reaches the threshold"
def who_is_it(probe, gallery, names, threshold):
    cosine = gallery @ probe / np.linalg.norm(gallery, axis=1)
    return names[int(cosine.argmax())]


# %% 6k.4 wrong: a customer's mean -> "best row counts, not the mean"
def who_is_it(probe, gallery, names, threshold):
    cosine = gallery @ probe / (np.linalg.norm(gallery, axis=1) * np.linalg.norm(probe))
    if cosine.max() < threshold:
        return None
    means = {name: cosine[[n == name for n in names]].mean() for name in names}
    return max(means, key=means.get)


# %% 6k.4 wrong: rows of a customer added -> "best row counts, not the sum"
def who_is_it(probe, gallery, names, threshold):
    cosine = gallery @ probe / (np.linalg.norm(gallery, axis=1) * np.linalg.norm(probe))
    if cosine.max() < threshold:
        return None
    votes = {name: sum(max(0.0, c) for c, n in zip(cosine, names) if n == name) for name in names}
    return max(votes, key=votes.get)


# %% 6k.4 wrong: the last of equals -> "of equals the first in `names`"
def who_is_it(probe, gallery, names, threshold):
    cosine = gallery @ probe / (np.linalg.norm(gallery, axis=1) * np.linalg.norm(probe))
    best = max(range(len(names)), key=lambda n: (cosine[n], n))
    return names[best] if cosine[best] >= threshold else None


# %% 6k.4 wrong: the number of the row -> "is the number of a row"
def who_is_it(probe, gallery, names, threshold):
    cosine = gallery @ probe / (np.linalg.norm(gallery, axis=1) * np.linalg.norm(probe))
    return int(cosine.argmax()) if cosine.max() >= threshold else None


# %% 6k.4 wrong: without sign -> "is not the answer"
def who_is_it(probe, gallery, names, threshold):
    cosine = np.abs(gallery @ probe) / (np.linalg.norm(gallery, axis=1) * np.linalg.norm(probe))
    return names[int(cosine.argmax())] if cosine.max() >= threshold else None


# %% 6k.4 wrong: a name that is 0 is lost -> "is not the answer"
def who_is_it(probe, gallery, names, threshold):
    cosine = gallery @ probe / (np.linalg.norm(gallery, axis=1) * np.linalg.norm(probe))
    return (cosine.max() >= threshold and names[int(cosine.argmax())]) or None


# %% 6k.4 right: vectors made one long, sorted
def who_is_it(probe, gallery, names, threshold):
    one = lambda v: np.asarray(v) / np.linalg.norm(v, axis=-1, keepdims=True)
    cosine = one(gallery) @ one(probe)
    n = int(np.argsort(-cosine, kind="stable")[0])
    return names[n] if cosine[n] >= threshold else None


# %% 6k.4 right: names as an array, a loop
def who_is_it(probe, gallery, names, threshold):
    names, best, found = np.array(names), -np.inf, None
    for n, row in enumerate(gallery):
        cosine = np.dot(row, probe) / np.linalg.norm(row) / np.linalg.norm(probe)
        if cosine > best:
            best, found = cosine, names[n]
    return found if best >= threshold else None


# %% 6k.4 right: in single precision
def who_is_it(probe, gallery, names, threshold):
    gallery, probe = torch.tensor(gallery).float(), torch.tensor(probe).float()
    cosine = F.normalize(gallery, dim=1) @ F.normalize(probe, dim=0)
    best = cosine.argmax()
    return names[best] if cosine[best] >= threshold else None


# %% 6k.4 right: customers first, in the order of names
def who_is_it(probe, gallery, names, threshold):
    cosine = [float(g @ probe / np.sqrt((g @ g) * (probe @ probe))) for g in np.asarray(gallery)]
    score = {name: max(c for c, n in zip(cosine, names) if n == name) for name in dict.fromkeys(names)}
    name = max(score, key=score.get)
    return name if score[name] >= threshold else None


# %% 6k.4 wrong: above the threshold only -> "a score equal to the threshold suffices"
def who_is_it(probe, gallery, names, threshold):
    cosine = gallery @ probe / (np.linalg.norm(gallery, axis=1) * np.linalg.norm(probe))
    best = int(cosine.argmax())
    return names[best] if cosine[best] > threshold else None


# %% 6k.4 wrong: the probe's length is forgotten -> "nobody reaches the threshold"
def who_is_it(probe, gallery, names, threshold):
    cosine = gallery @ probe / np.linalg.norm(gallery, axis=1)
    best = int(cosine.argmax())
    return names[best] if cosine[best] >= threshold else None


# %% 6k.4 wrong: lengths along the other axis -> "'Li' is not the answer"
def who_is_it(probe, gallery, names, threshold):
    cosine = (gallery / np.linalg.norm(gallery, axis=0)) @ probe / np.linalg.norm(probe)
    best = int(cosine.argmax())
    return names[best] if cosine[best] >= threshold else None


# %% 6k.4 wrong: the nearest by distance -> "None is not the answer"
def who_is_it(probe, gallery, names, threshold):
    best = int(np.linalg.norm(gallery - probe, axis=1).argmin())
    cosine = gallery[best] @ probe / (np.linalg.norm(gallery[best]) * np.linalg.norm(probe))
    return names[best] if cosine >= threshold else None


# %% 6k.4 wrong: the first that reaches the threshold -> "not the first that suffices"
def who_is_it(probe, gallery, names, threshold):
    cosine = gallery @ probe / (np.linalg.norm(gallery, axis=1) * np.linalg.norm(probe))
    return next((n for n, c in zip(names, cosine) if c >= threshold), None)


# %% 6k.4 wrong: votes of the rows that match -> "not the sum"
def who_is_it(probe, gallery, names, threshold):
    cosine = gallery @ probe / (np.linalg.norm(gallery, axis=1) * np.linalg.norm(probe))
    voters = [n for n, c in zip(names, cosine) if c >= threshold]
    return max(voters, key=voters.count) if voters else None


# %% 6k.4 wrong: the name first in the alphabet -> "of equals the first in"
def who_is_it(probe, gallery, names, threshold):
    cosine = gallery @ probe / (np.linalg.norm(gallery, axis=1) * np.linalg.norm(probe))
    if cosine.max() < threshold:
        return None
    return min(n for n, c in zip(names, cosine) if c >= cosine.max() - 1e-12)


# %% 6k.4 wrong: an empty name for nobody -> "nobody reaches the threshold"
def who_is_it(probe, gallery, names, threshold):
    cosine = gallery @ probe / (np.linalg.norm(gallery, axis=1) * np.linalg.norm(probe))
    best = int(cosine.argmax())
    return names[best] if cosine[best] >= threshold else ""


# %% 6k.4 wrong: the mean template of each customer -> "not the mean"
def who_is_it(probe, gallery, names, threshold):
    owners = list(dict.fromkeys(names))
    mean = np.array([np.mean([g for g, n in zip(gallery, names) if n == o], axis=0) for o in owners])
    cosine = mean @ probe / (np.linalg.norm(mean, axis=1) * np.linalg.norm(probe) + 1e-12)
    best = int(cosine.argmax())
    return owners[best] if cosine[best] >= threshold else None


# %% 6k.4 wrong: the gallery is scaled in place -> "changes its input gallery"
def who_is_it(probe, gallery, names, threshold):
    gallery /= np.linalg.norm(gallery, axis=1, keepdims=True)
    cosine = gallery @ probe / np.linalg.norm(probe)
    best = int(cosine.argmax())
    return names[best] if cosine[best] >= threshold else None


# %% 6k.4 wrong: the size of the cosine, whatever its sign -> "points the other way"
def who_is_it(probe, gallery, names, threshold):
    c = abs(gallery @ probe / np.linalg.norm(gallery, axis=1) / np.linalg.norm(probe))
    i = c.argmax()
    return names[i] if c[i] >= threshold else None


# %% 6k.5 right: two loops
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    best = None
    for door in ("with number", "face only"):
        for t in sorted(thresholds)[::-1]:
            hits = sum(1 for other in others if other >= t)
            f = stats.wilson(hits, len(others)).high
            no = sum(1 for score in own if score < t) / len(own)
            enters = f if door == "with number" else 1 - math.pow(1 - f, customers)
            cost = visits * no * refusal + tries * enters * theft
            cost += visits * typing * (door == "with number")
            if best is None or cost < best[2] - 1e-12:
                best = (door, t, cost)
    return best


# %% 6k.5 right: one table in NumPy, a list back
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    t = np.sort(np.array(thresholds))[::-1]
    f = np.array([stats.wilson((np.array(others) >= cut).sum(), len(others)).high for cut in t])
    no = (np.array(own)[None] < t[:, None]).mean(axis=1)
    rows = np.stack([visits * typing + tries * theft * f, tries * theft * (1 - (1 - f) ** customers)])
    costs = rows + visits * refusal * no
    door, n = np.unravel_index(costs.argmin(), costs.shape)
    return [("with number", "face only")[door], t[n], costs[door, n]]


# %% 6k.5 wrong: the trial as it is -> "the interval is missing"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    def cost(door, t):
        f = (np.array(others) >= t).mean()
        f = 1 - (1 - f) ** customers if door == "face only" else f
        goodwill = typing if door == "with number" else 0
        return visits * (goodwill + refusal * (np.array(own) < t).mean()) + tries * theft * f

    choices = [(d, t) for d in ("with number", "face only") for t in sorted(thresholds)[::-1]]
    best = min(choices, key=lambda choice: cost(*choice))
    return *best, cost(*best)


# %% 6k.5 wrong: one comparison for both -> "compared with every customer"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    def cost(door, t):
        f = stats.wilson(int((np.array(others) >= t).sum()), len(others)).high
        goodwill = typing if door == "with number" else 0
        return visits * (goodwill + refusal * (np.array(own) < t).mean()) + tries * theft * f

    choices = [(d, t) for d in ("with number", "face only") for t in sorted(thresholds)[::-1]]
    best = min(choices, key=lambda choice: cost(*choice))
    return *best, cost(*best)


# %% 6k.5 wrong: typing is free -> "typing the number costs, too"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    def cost(door, t):
        f = stats.wilson(int((np.array(others) >= t).sum()), len(others)).high
        f = 1 - (1 - f) ** customers if door == "face only" else f
        return visits * refusal * (np.array(own) < t).mean() + tries * theft * f

    choices = [(d, t) for d in ("with number", "face only") for t in sorted(thresholds)[::-1]]
    best = min(choices, key=lambda choice: cost(*choice))
    return *best, cost(*best)


# %% 6k.5 wrong: refusals are free -> "refused visits cost, too"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    def cost(door, t):
        f = stats.wilson(int((np.array(others) >= t).sum()), len(others)).high
        f = 1 - (1 - f) ** customers if door == "face only" else f
        return visits * typing * (door == "with number") + tries * theft * f

    choices = [(d, t) for d in ("with number", "face only") for t in sorted(thresholds)[::-1]]
    best = min(choices, key=lambda choice: cost(*choice))
    return *best, cost(*best)


# %% 6k.5 wrong: the lower threshold of equals -> "of equally cheap choices another one is preferred"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    def cost(door, t):
        f = stats.wilson(int((np.array(others) >= t).sum()), len(others)).high
        f = 1 - (1 - f) ** customers if door == "face only" else f
        goodwill = typing if door == "with number" else 0
        return visits * (goodwill + refusal * (np.array(own) < t).mean()) + tries * theft * f

    choices = [(d, t) for d in ("with number", "face only") for t in sorted(thresholds)]
    best = min(choices, key=lambda choice: cost(*choice))
    return *best, cost(*best)


# %% 6k.5 wrong: the first threshold -> "a cheaper choice exists"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    t = min(thresholds)
    f = stats.wilson(int((np.array(others) >= t).sum()), len(others)).high
    cost = visits * (typing + refusal * (np.array(own) < t).mean()) + tries * theft * f
    return "with number", t, cost


# %% 6k.5 wrong: chances added up -> "do not simply add up"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    def cost(door, t):
        f = stats.wilson(int((np.array(others) >= t).sum()), len(others)).high
        f = min(1.0, customers * f) if door == "face only" else f
        goodwill = typing if door == "with number" else 0
        return visits * (goodwill + refusal * (np.array(own) < t).mean()) + tries * theft * f

    choices = [(d, t) for d in ("with number", "face only") for t in sorted(thresholds)[::-1]]
    best = min(choices, key=lambda choice: cost(*choice))
    return *best, cost(*best)


# %% 6k.5 wrong: without the cost -> "return three things"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    return "with number", max(thresholds)


# %% 6k.5 wrong: no threshold -> "the threshold: got None"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    return "with number", None, 0.0


# %% 6k.5 wrong: the door by its number -> "is none of the two doors"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    return 0, max(thresholds), 0.0


# %% 6k.5 wrong: the cost of a visit -> "6k.5"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    t = max(thresholds)
    f = stats.wilson(int((np.array(others) >= t).sum()), len(others)).high
    return "with number", t, typing + refusal * (np.array(own) < t).mean() + theft * f


# %% 6k.5 right: by logarithms, costs in another order
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    best = ("", 0.0, math.inf)
    for door, N in (("with number", 1), ("face only", customers)):
        for t in sorted(thresholds, reverse=True):
            f = stats.wilson(int((np.array(others) >= t).sum()), len(others)).high
            enters = f if door == "with number" else -math.expm1(N * math.log1p(-f))
            cost = enters * theft * tries + (np.array(own) < t).sum() * visits / len(own) * refusal
            cost += typing * visits if door == "with number" else 0
            if cost < best[2]:
                best = (door, t, cost)
    return best


# %% 6k.5 right: as one formula with N of 1
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    rows = []
    for rank, (door, N) in enumerate((("with number", 1), ("face only", customers))):
        for t in thresholds:
            f = stats.wilson(sum(o >= t for o in others), len(others)).high
            bill = tries * (1 - (1 - f) ** N) * theft + visits * refusal * sum(o < t for o in own) / len(own)
            rows.append((bill + (visits * typing if rank == 0 else 0), rank, -t, door))
    cost, _, t, door = min(rows)
    return door, -t, cost


# %% 6k.5 right: thresholds in single precision, tensors back
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    own, others = torch.tensor(own).float(), torch.tensor(others).float()
    t = torch.tensor(thresholds).float().sort(descending=True).values
    f = torch.tensor(
        [stats.wilson(int((others >= cut).sum()), len(others)).high for cut in t], dtype=torch.double
    )
    no = torch.stack([(own < cut).double().mean() for cut in t])
    a = visits * (typing + refusal * no) + tries * theft * f
    b = visits * refusal * no + tries * theft * (1 - (1 - f) ** customers)
    if a.min() <= b.min():
        return "with number", t[a.argmin()], a.min()
    return "face only", t[b.argmin()], b.min()


# %% 6k.5 wrong: the lower end -> "that is the lower end of the interval"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    def cost(door, t):
        f = stats.wilson(int((np.array(others) >= t).sum()), len(others)).low
        f = 1 - (1 - f) ** customers if door == "face only" else f
        goodwill = typing if door == "with number" else 0
        return visits * (goodwill + refusal * (np.array(own) < t).mean()) + tries * theft * f

    choices = [(d, t) for d in ("with number", "face only") for t in sorted(thresholds)[::-1]]
    best = min(choices, key=lambda choice: cost(*choice))
    return *best, cost(*best)


# %% 6k.5 wrong: the upper end of the refusals, too -> "expected 881.133, got 1070.77"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    def cost(door, t):
        f = stats.wilson(int((np.array(others) >= t).sum()), len(others)).high
        no = stats.wilson(int((np.array(own) < t).sum()), len(own)).high
        f = 1 - (1 - f) ** customers if door == "face only" else f
        goodwill = typing if door == "with number" else 0
        return visits * (goodwill + refusal * no) + tries * theft * f

    choices = [(d, t) for d in ("with number", "face only") for t in sorted(thresholds)[::-1]]
    best = min(choices, key=lambda choice: cost(*choice))
    return *best, cost(*best)


# %% 6k.5 wrong: thefts by customers, too -> "expected 881.133, got 5583.27"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    def cost(door, t):
        f = stats.wilson(int((np.array(others) >= t).sum()), len(others)).high
        f = 1 - (1 - f) ** customers if door == "face only" else f
        goodwill = typing if door == "with number" else 0
        return visits * (goodwill + refusal * (np.array(own) < t).mean()) + (tries + visits) * theft * f

    choices = [(d, t) for d in ("with number", "face only") for t in sorted(thresholds)[::-1]]
    best = min(choices, key=lambda choice: cost(*choice))
    return *best, cost(*best)


# %% 6k.5 wrong: typing is paid once a customer -> "expected 881.133, got 401.133"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    def cost(door, t):
        f = stats.wilson(int((np.array(others) >= t).sum()), len(others)).high
        f = 1 - (1 - f) ** customers if door == "face only" else f
        goodwill = typing * customers if door == "with number" else 0
        return goodwill + visits * refusal * (np.array(own) < t).mean() + tries * theft * f

    choices = [(d, t) for d in ("with number", "face only") for t in sorted(thresholds)[::-1]]
    best = min(choices, key=lambda choice: cost(*choice))
    return *best, cost(*best)


# %% 6k.5 wrong: the equal threshold refuses -> "is equal to the threshold is not refused"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    def cost(door, t):
        f = stats.wilson(int((np.array(others) >= t).sum()), len(others)).high
        f = 1 - (1 - f) ** customers if door == "face only" else f
        goodwill = typing if door == "with number" else 0
        return visits * (goodwill + refusal * (np.array(own) <= t).mean()) + tries * theft * f

    choices = [(d, t) for d in ("with number", "face only") for t in sorted(thresholds)[::-1]]
    best = min(choices, key=lambda choice: cost(*choice))
    return *best, cost(*best)


# %% 6k.5 wrong: an equal cosine of strangers does not match -> "a stranger whose cosine is equal"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    def cost(door, t):
        f = stats.wilson(int((np.array(others) > t).sum()), len(others)).high
        f = 1 - (1 - f) ** customers if door == "face only" else f
        goodwill = typing if door == "with number" else 0
        return visits * (goodwill + refusal * (np.array(own) < t).mean()) + tries * theft * f

    choices = [(d, t) for d in ("with number", "face only") for t in sorted(thresholds)[::-1]]
    best = min(choices, key=lambda choice: cost(*choice))
    return *best, cost(*best)


# %% 6k.5 wrong: the face is preferred of equals -> "another one is preferred"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    def cost(door, t):
        f = stats.wilson(int((np.array(others) >= t).sum()), len(others)).high
        f = 1 - (1 - f) ** customers if door == "face only" else f
        goodwill = typing if door == "with number" else 0
        return visits * (goodwill + refusal * (np.array(own) < t).mean()) + tries * theft * f

    choices = [(d, t) for d in ("face only", "with number") for t in sorted(thresholds)[::-1]]
    best = min(choices, key=lambda choice: cost(*choice))
    return *best, cost(*best)


# %% 6k.5 wrong: the order of the thresholds as given -> "another one is preferred"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    def cost(door, t):
        f = stats.wilson(int((np.array(others) >= t).sum()), len(others)).high
        f = 1 - (1 - f) ** customers if door == "face only" else f
        goodwill = typing if door == "with number" else 0
        return visits * (goodwill + refusal * (np.array(own) < t).mean()) + tries * theft * f

    choices = [(d, t) for d in ("with number", "face only") for t in thresholds]
    best = min(choices, key=lambda choice: cost(*choice))
    return *best, cost(*best)


# %% 6k.5 wrong: the interval of the face's chance -> "expected 171.755, got 155.637"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    def cost(door, t):
        f = (np.array(others) >= t).mean()
        f = 1 - (1 - f) ** customers if door == "face only" else f
        f = stats.wilson(int(round(f * len(others))), len(others)).high
        goodwill = typing if door == "with number" else 0
        return visits * (goodwill + refusal * (np.array(own) < t).mean()) + tries * theft * f

    choices = [(d, t) for d in ("with number", "face only") for t in sorted(thresholds)[::-1]]
    best = min(choices, key=lambda choice: cost(*choice))
    return *best, cost(*best)


# %% 6k.5 wrong: the thresholds are sorted in place -> "changes its input thresholds"
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    def cost(door, t):
        f = stats.wilson(int((np.array(others) >= t).sum()), len(others)).high
        f = 1 - (1 - f) ** customers if door == "face only" else f
        goodwill = typing if door == "with number" else 0
        return visits * (goodwill + refusal * (np.array(own) < t).mean()) + tries * theft * f

    thresholds.sort(reverse=True)
    choices = [(d, t) for d in ("with number", "face only") for t in thresholds]
    best = min(choices, key=lambda choice: cost(*choice))
    return *best, cost(*best)


# %% 6k.5 right: compares the arrays as they come
def choose_door(own, others, thresholds, customers, visits, tries, theft, refusal, typing):
    best = None
    for door in ("with number", "face only"):
        for t in sorted(thresholds, reverse=True):
            f = stats.wilson(int((others >= t).sum()), len(others)).high
            p = f if door == "with number" else 1 - (1 - f) ** customers
            cost = tries * p * theft + visits * (own < t).mean() * refusal + (visits * typing if door == "with number" else 0)
            if best is None or cost < best[2]:
                best = door, t, cost
    return best
