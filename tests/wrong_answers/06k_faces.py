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


# %% 6k.4 wrong: the number of the row -> "is not the answer"
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
