# %% 6g.1 right: as an array, with numpy
def judge_ranking(ranking, right, k):
    hits = np.isin(np.array(ranking, dtype=object), np.array(list(right), dtype=object))
    first = np.flatnonzero(hits)
    return np.array([hits[:k].sum() / len(right), 1 / (first[0] + 1) if len(first) else 0])

# %% 6g.1 right: a list of two, with a while loop
def judge_ranking(ranking, right, k):
    n = 0
    while n < len(ranking) and ranking[n] not in right:
        n += 1
    found = sum(document in ranking[:k] for document in right)
    return [found / len(right), 0 if n == len(ranking) else 1 / (1 + n)]

# %% 6g.1 right: tensors
def judge_ranking(ranking, right, k):
    ranks = [ranking.index(d) + 1 if d in ranking else math.inf for d in right]
    t = torch.tensor(ranks, dtype=torch.double)
    return (t <= k).double().mean(), 1 / t.min()

# %% 6g.1 right: recursion
def judge_ranking(ranking, right, k):
    def first(rest, n=1):
        return 0 if not rest else 1 / n if rest[0] in right else first(rest[1:], n + 1)
    return sum(ranking[:k].count(d) for d in right) / len(right), first(ranking)

# %% 6g.1 right: Fractions
def judge_ranking(ranking, right, k):
    from fractions import Fraction
    places = [n for n, d in enumerate(ranking, 1) if d in right]
    return Fraction(sum(n <= k for n in places), len(right)), Fraction(1, places[0]) if places else Fraction(0)

# %% 6g.1 right: one tensor
def judge_ranking(ranking, right, k):
    hits = torch.tensor([d in right for d in ranking], dtype=torch.float32)
    rr = (hits / torch.arange(1, len(ranking) + 1)).max() if len(ranking) else torch.tensor(0.0)
    return torch.stack([hits[:k].sum() / len(right), rr])

# %% 6g.1 right: cumulative
def judge_ranking(ranking, right, k):
    places = [ranking.index(d) + 1 for d in right if d in ranking]
    return np.mean([d in ranking[:k] for d in right]), np.float64(1 / min(places, default=np.inf))

# %% 6g.1 right: a named tuple
def judge_ranking(ranking, right, k):
    from collections import namedtuple
    P = namedtuple("P", "recall rr")
    places = [ranking.index(d) + 1 for d in right if d in ranking]
    return P(sum(p <= k for p in places) / len(right), 1 / min(places) if places else 0)

# %% 6g.1 wrong: precision -> "that is precision"
def judge_ranking(ranking, right, k):
    recall = len(set(ranking[:k]) & set(right)) / k
    return recall, max([1 / (ranking.index(d) + 1) for d in right if d in ranking], default=0.0)

# %% 6g.1 wrong: a hit, not a share -> "whether any right document is there"
def judge_ranking(ranking, right, k):
    hit = float(bool(set(ranking[:k]) & set(right)))
    return hit, max([1 / (ranking.index(d) + 1) for d in right if d in ranking], default=0.0)

# %% 6g.1 wrong: ranks from 0 -> "ranks are counted from 1"
def judge_ranking(ranking, right, k):
    recall = len(set(ranking[:k]) & set(right)) / len(right)
    n = min([ranking.index(d) for d in right if d in ranking], default=None)
    return recall, 0.0 if n is None else 1 / n if n else 1.0

# %% 6g.1 wrong: the reciprocal rank ends at k -> "does not end at k"
def judge_ranking(ranking, right, k):
    recall = len(set(ranking[:k]) & set(right)) / len(right)
    return recall, max([1 / (ranking.index(d) + 1) for d in right if d in ranking[:k]], default=0.0)

# %% 6g.1 wrong: the rank itself -> "that is the rank itself"
def judge_ranking(ranking, right, k):
    recall = len(set(ranking[:k]) & set(right)) / len(right)
    return recall, min([ranking.index(d) + 1 for d in right if d in ranking], default=0)

# %% 6g.1 wrong: the last right document -> "that is the last right document"
def judge_ranking(ranking, right, k):
    recall = len(set(ranking[:k]) & set(right)) / len(right)
    return recall, min([1 / (ranking.index(d) + 1) for d in right if d in ranking], default=0.0)

# %% 6g.1 wrong: one number -> "return two numbers"
def judge_ranking(ranking, right, k):
    return len(set(ranking[:k]) & set(right)) / len(right)

# %% 6g.1 wrong: swapped -> "recall comes first"
def judge_ranking(ranking, right, k):
    places = [ranking.index(d) + 1 for d in right if d in ranking]
    return 1 / min(places) if places else 0, sum(p <= k for p in places) / len(right)

# %% 6g.1 wrong: k - 1 -> "recall"
def judge_ranking(ranking, right, k):
    places = [ranking.index(d) + 1 for d in right if d in ranking]
    return sum(p < k for p in places) / len(right), 1 / min(places) if places else 0

# %% 6g.1 wrong: k + 1 -> "recall"
def judge_ranking(ranking, right, k):
    places = [ranking.index(d) + 1 for d in right if d in ranking]
    return sum(p <= k + 1 for p in places) / len(right), 1 / min(places) if places else 0

# %% 6g.1 wrong: only the first right -> "recall"
def judge_ranking(ranking, right, k):
    p = ranking.index(right[0]) + 1 if right[0] in ranking else math.inf
    return float(p <= k), 1 / p

# %% 6g.1 wrong: only the first right in rr -> "reciprocal rank"
def judge_ranking(ranking, right, k):
    places = [ranking.index(d) + 1 for d in right if d in ranking]
    p = ranking.index(right[0]) + 1 if right[0] in ranking else math.inf
    return sum(p <= k for p in places) / len(right), 1 / p

# %% 6g.1 wrong: mean of reciprocal ranks -> "reciprocal rank"
def judge_ranking(ranking, right, k):
    places = [ranking.index(d) + 1 if d in ranking else math.inf for d in right]
    return sum(p <= k for p in places) / len(right), np.mean([1 / p for p in places])

# %% 6g.1 wrong: sum of reciprocal ranks -> "reciprocal rank"
def judge_ranking(ranking, right, k):
    places = [ranking.index(d) + 1 if d in ranking else math.inf for d in right]
    return sum(p <= k for p in places) / len(right), sum([1 / p for p in places])

# %% 6g.1 wrong: share of those in the ranking -> "the ranking lacks"
def judge_ranking(ranking, right, k):
    places = [ranking.index(d) + 1 for d in right if d in ranking]
    return sum(p <= k for p in places) / max(len(places), 1), 1 / min(places) if places else 0

# %% 6g.1 wrong: precision of what was shown -> "precision"
def judge_ranking(ranking, right, k):
    places = [ranking.index(d) + 1 for d in right if d in ranking]
    return sum(p <= k for p in places) / max(len(ranking[:k]), 1), 1 / min(places) if places else 0

# %% 6g.1 wrong: hit count -> "recall"
def judge_ranking(ranking, right, k):
    places = [ranking.index(d) + 1 for d in right if d in ranking]
    return sum(p <= k for p in places), 1 / min(places) if places else 0

# %% 6g.1 wrong: divided by the smaller of k and their number -> "however small k is"
def judge_ranking(ranking, right, k):
    places = [ranking.index(d) + 1 for d in right if d in ranking]
    return sum(p <= k for p in places) / min(k, len(right)), 1 / min(places) if places else 0

# %% 6g.1 wrong: pops the input -> "changes its input"
def judge_ranking(ranking, right, k):
    recall = len(set(ranking[:k]) & set(right)) / len(right)
    n = 1
    while ranking:
        if ranking.pop(0) in right:
            return recall, 1 / n
        n += 1
    return recall, 0

# %% 6g.1 wrong: None where nothing is found -> "None"
def judge_ranking(ranking, right, k):
    recall = len(set(ranking[:k]) & set(right)) / len(right)
    for n, d in enumerate(ranking, 1):
        if d in right:
            return recall, 1 / n
    return recall, None

# %% 6g.1 wrong: forgets the end -> "return two numbers"
def judge_ranking(ranking, right, k):
    recall = len(set(ranking[:k]) & set(right)) / len(right)
    for n, d in enumerate(ranking, 1):
        if d in right:
            return recall, 1 / n

# %% 6g.2 right: sums over all names
def fuse(rankings, k=60):
    names = sorted({name for ranking in rankings for name in ranking})
    sums = {n: sum(1 / (k + r.index(n) + 1) for r in rankings if n in r) for n in names}
    return sorted(names, key=lambda n: round(-sums[n], 10))

# %% 6g.2 right: with fractions, and a tuple
def fuse(rankings, k=60):
    from fractions import Fraction
    sums = {}
    for ranking in rankings:
        for place, name in enumerate(ranking, start=k + 1):
            sums[name] = sums.get(name, 0) + Fraction(1, place)
    return tuple(name for _, name in sorted((-total, name) for name, total in sums.items()))

# %% 6g.2 right: a stable sort, twice
def fuse(rankings, k=60):
    total = {}
    for ranking in rankings:
        for n in range(len(ranking)):
            total[ranking[n]] = total.get(ranking[n], 0.0) + 1.0 / (k + n + 1)
    order = sorted(total)
    order.sort(key=lambda name: round(total[name], 9), reverse=True)
    return order

# %% 6g.2 right: a NumPy array of names
def fuse(rankings, k=60):
    names = np.array(sorted({d for r in rankings for d in r}))
    s = np.array([sum(1 / (k + 1 + r.index(d)) for r in rankings if d in r) for d in names])
    return names[np.argsort(-s.round(12), kind="stable")]

# %% 6g.2 right: np.str_ in a list
def fuse(rankings, k=60):
    names = np.unique([d for r in rankings for d in r])
    s = np.array([sum(1 / (k + 1 + r.index(d)) for r in rankings if d in r) for d in names])
    return [names[i] for i in np.lexsort((names, -s.round(12)))]

# %% 6g.2 right: lexsort and tolist
def fuse(rankings, k=60):
    names = np.unique([d for r in rankings for d in r])
    s = np.array([sum(1 / (k + 1 + r.index(d)) for r in rankings if d in r) for d in names])
    return names[np.lexsort((names, -s.round(12)))].tolist()

# %% 6g.2 right: fsum
def fuse(rankings, k=60):
    names = {d for r in rankings for d in r}
    s = {d: math.fsum(1 / (k + 1 + r.index(d)) for r in rankings if d in r) for d in names}
    return sorted(names, key=lambda d: (-s[d], d))

# %% 6g.2 wrong: places from 0 -> "places are counted from 1"
def fuse(rankings, k=60):
    total = {}
    for ranking in rankings:
        for n, name in enumerate(ranking):
            total[name] = total.get(name, 0) + 1 / (k + n)
    return sorted(total, key=lambda name: (-round(total[name], 12), name))

# %% 6g.2 wrong: smallest first -> "the largest sum goes first"
def fuse(rankings, k=60):
    total = {}
    for ranking in rankings:
        for n, name in enumerate(ranking, 1):
            total[name] = total.get(name, 0) + 1 / (k + n)
    return sorted(total, key=lambda name: (round(total[name], 12), name))

# %% 6g.2 wrong: mean over the lists that hold it -> "not their mean"
def fuse(rankings, k=60):
    parts = {}
    for ranking in rankings:
        for n, name in enumerate(ranking, 1):
            parts.setdefault(name, []).append(1 / (k + n))
    return sorted(parts, key=lambda name: (-round(sum(parts[name]) / len(parts[name]), 12), name))

# %% 6g.2 wrong: ties the other way round -> "of equal sums the first in the alphabet"
def fuse(rankings, k=60):
    total = {}
    for ranking in rankings:
        for n, name in enumerate(ranking, 1):
            total[name] = total.get(name, 0) + 1 / (k + n)
    return sorted(total, key=lambda name: (round(total[name], 12), name), reverse=True)

# %% 6g.2 wrong: only what all lists hold -> "every document that occurs in some list"
def fuse(rankings, k=60):
    names = set(rankings[0]).intersection(*rankings[1:])
    return sorted(names, key=lambda n: (-round(sum(1 / (k + r.index(n) + 1) for r in rankings), 12), n))

# %% 6g.2 wrong: 60 whatever k -> "expected"
def fuse(rankings, k=60):
    total = {}
    for ranking in rankings:
        for n, name in enumerate(ranking, 1):
            total[name] = total.get(name, 0) + 1 / (60 + n)
    return sorted(total, key=lambda name: (-round(total[name], 12), name))

# %% 6g.2 wrong: not rounded -> "differ only by rounding"
def fuse(rankings, k=60):
    s = {}
    for rk in rankings:
        for n, d in enumerate(rk, 1):
            s[d] = s.get(d, 0) + 1 / (k + n)
    return sorted(s, key=lambda d: (-s[d], d))

# %% 6g.2 wrong: ties by first seen -> "not the first that was met"
def fuse(rankings, k=60):
    s = {}
    for rk in rankings:
        for n, d in enumerate(rk, 1):
            s[d] = s.get(d, 0) + 1 / (k + n)
    return sorted(s, key=lambda d: -round(s[d], 12))

# %% 6g.2 wrong: best place only -> "not the best of them"
def fuse(rankings, k=60):
    s = {}
    for rk in rankings:
        for n, d in enumerate(rk, 1):
            s[d] = max(s.get(d, 0), 1 / (k + n))
    return sorted(s, key=lambda d: (-round(s[d], 12), d))

# %% 6g.2 wrong: the mean over all lists of places -> "expected"
def fuse(rankings, k=60):
    names = {d for r in rankings for d in r}
    s = {d: sum(r.index(d) + 1 if d in r else len(r) + 1 for r in rankings) for d in names}
    return sorted(names, key=lambda d: (s[d], d))

# %% 6g.2 wrong: a missing one stands behind the last -> "gets nothing"
def fuse(rankings, k=60):
    names = {d for r in rankings for d in r}
    s = {d: sum(1 / (k + (r.index(d) + 1 if d in r else len(r) + 1)) for r in rankings) for d in names}
    return sorted(names, key=lambda d: (-round(s[d], 12), d))

# %% 6g.2 wrong: one over k plus one over place -> "expected"
def fuse(rankings, k=60):
    names = {d for r in rankings for d in r}
    s = {d: sum(1 / k + 1 / (r.index(d) + 1) for r in rankings if d in r) for d in names}
    return sorted(names, key=lambda d: (-round(s[d], 12), d))

# %% 6g.2 wrong: pairs -> "expected"
def fuse(rankings, k=60):
    names = {d for r in rankings for d in r}
    s = {d: sum(1 / (k + r.index(d) + 1) for r in rankings if d in r) for d in names}
    return sorted(s.items(), key=lambda p: (-round(p[1], 12), p[0]))

# %% 6g.2 wrong: two lists only -> "every document that occurs"
def fuse(rankings, k=60):
    rankings = rankings[:2]
    names = {d for r in rankings for d in r}
    s = {d: sum(1 / (k + r.index(d) + 1) for r in rankings if d in r) for d in names}
    return sorted(names, key=lambda d: (-round(s[d], 12), d))

# %% 6g.2 wrong: weighs later lists -> "expected"
def fuse(rankings, k=60):
    s = {}
    for w, rk in enumerate(rankings, 1):
        for n, d in enumerate(rk, 1):
            s[d] = s.get(d, 0) + w / (k + n)
    return sorted(s, key=lambda d: (-round(s[d], 12), d))

# %% 6g.2 wrong: rounded too coarsely -> "expected"
def fuse(rankings, k=60):
    s = {}
    for rk in rankings:
        for n, d in enumerate(rk, 1):
            s[d] = s.get(d, 0) + 1 / (k + n)
    return sorted(s, key=lambda d: (-round(s[d], 3), d))

# %% 6g.2 wrong: interleaved -> "expected"
def fuse(rankings, k=60):
    from itertools import zip_longest
    out = []
    for row in zip_longest(*rankings):
        for d in row:
            if d is not None and d not in out:
                out.append(d)
    return out

# %% 6g.2 wrong: duplicates stay -> "once"
def fuse(rankings, k=60):
    s = {}
    for rk in rankings:
        for n, d in enumerate(rk, 1):
            s[d] = s.get(d, 0) + 1 / (k + n)
    return sorted([d for r in rankings for d in r], key=lambda d: (-round(s[d], 12), d))

# %% 6g.2 wrong: only the names of the first list -> "every document"
def fuse(rankings, k=60):
    s = {d: 0 for d in rankings[0]}
    for rk in rankings:
        for n, d in enumerate(rk, 1):
            if d in s: s[d] += 1 / (k + n)
    return sorted(s, key=lambda d: (-round(s[d], 12), d))

# %% 6g.3 right: plain loops
def table_of_silence(can, right, confidence, t):
    table, well = [[0, 0], [0, 0]], 0
    for c, r, level in zip(can, right, confidence):
        answered = level >= t
        table[0 if c else 1][0 if answered else 1] += 1
        well += bool(r) if answered else not c
    return table, well / len(can)

# %% 6g.3 right: arrays and tensors
def table_of_silence(can, right, confidence, t):
    can, right = torch.tensor(can).bool(), torch.tensor(right).bool()
    said = torch.tensor(confidence, dtype=torch.double) >= t
    table = torch.tensor([[int((a & b).sum()) for b in (said, ~said)] for a in (can, ~can)])
    return table, (said & right).double().mean() + (~said & ~can).double().mean()

# %% 6g.3 right: arrays without a dtype
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can), np.array(right), np.array(confidence) >= t
    T = [[sum(can & said), sum(can & ~said)], [sum(~can & said), sum(~can & ~said)]]
    return T, (sum(said & right) + T[1][1]) / len(can)

# %% 6g.3 right: boolean indexing
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can), np.array(right), np.array(confidence) >= t
    T = np.array([[said[can].sum(), (~said)[can].sum()], [said[~can].sum(), (~said)[~can].sum()]])
    return T, (right[said].sum() + T[1, 1]) / len(can)

# %% 6g.3 right: histogram of floats
def table_of_silence(can, right, confidence, t):
    c, s = np.array(can, int), np.array([x >= t for x in confidence], int)
    T = np.histogram2d(1 - c, 1 - s, bins=[2, 2], range=[[-.5, 1.5], [-.5, 1.5]])[0]
    return (tuple(map(tuple, T)), np.mean([r if x >= t else not q for q, r, x in zip(can, right, confidence)]))

# %% 6g.3 right: Counter
def table_of_silence(can, right, confidence, t):
    n = Counter((bool(c), x >= t) for c, x in zip(can, confidence))
    well = sum(1 for c, r, x in zip(can, right, confidence) if (x >= t and r) or (x < t and not c))
    return [[n[True, True], n[True, False]], [n[False, True], n[False, False]]], well / len(right)

# %% 6g.3 wrong: strictly above -> "confidence exactly t"
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) > t
    table = [[int((a & b).sum()) for b in (said, ~said)] for a in (can, ~can)]
    return table, ((said & right) | (~said & ~can)).mean()

# %% 6g.3 wrong: transposed -> "have changed places"
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t
    table = [[int((a & b).sum()) for a in (can, ~can)] for b in (said, ~said)]
    return table, ((said & right) | (~said & ~can)).mean()

# %% 6g.3 wrong: silence first -> "the first column is for the answered ones"
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t
    table = [[int((a & b).sum()) for b in (~said, said)] for a in (can, ~can)]
    return table, ((said & right) | (~said & ~can)).mean()

# %% 6g.3 wrong: a right refusal counts as an error -> "a right silence is handled well too"
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t
    table = [[int((a & b).sum()) for b in (said, ~said)] for a in (can, ~can)]
    return table, (said & right).mean()

# %% 6g.3 wrong: any answer to an answerable question -> "a wrong answer to a question that has an answer"
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t
    table = [[int((a & b).sum()) for b in (said, ~said)] for a in (can, ~can)]
    return table, (table[0][0] + table[1][1]) / len(can)

# %% 6g.3 wrong: share of the answered -> "not of the answered ones"
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t
    table = [[int((a & b).sum()) for b in (said, ~said)] for a in (can, ~can)]
    return table, right[said].mean() if said.any() else 0.0

# %% 6g.3 wrong: all silence is good -> "silence where a document had the answer"
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t
    table = [[int((a & b).sum()) for b in (said, ~said)] for a in (can, ~can)]
    return table, ((said & right) | ~said).mean()

# %% 6g.3 wrong: flat table -> "table"
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t
    return [(a & b).sum() for a in (can, ~can) for b in (said, ~said)], ((said & right) | (~said & ~can)).mean()

# %% 6g.3 wrong: rows turned -> "first row"
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t
    return [[(a & b).sum() for b in (said, ~said)] for a in (~can, can)], ((said & right) | (~said & ~can)).mean()

# %% 6g.3 wrong: shares instead of counts -> "table"
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t
    return [[(a & b).mean() for b in (said, ~said)] for a in (can, ~can)], ((said & right) | (~said & ~can)).mean()

# %% 6g.3 wrong: row is right, not can -> "whether the quote is right"
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t
    return [[(a & b).sum() for b in (said, ~said)] for a in (right, ~right)], ((said & right) | (~said & ~can)).mean()

# %% 6g.3 wrong: count well -> "share"
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t
    return [[(a & b).sum() for b in (said, ~said)] for a in (can, ~can)], ((said & right) | (~said & ~can)).sum()

# %% 6g.3 wrong: percent -> "share"
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t
    return [[(a & b).sum() for b in (said, ~said)] for a in (can, ~can)], 100*((said & right) | (~said & ~can)).mean()

# %% 6g.3 wrong: silence on a question that would be answered wrongly is good too -> "plays no part"
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t
    return [[(a & b).sum() for b in (said, ~said)] for a in (can, ~can)], ((said & right) | (~said & ~right)).mean()

# %% 6g.3 wrong: right whatever was said -> "share"
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t
    return [[(a & b).sum() for b in (said, ~said)] for a in (can, ~can)], (right | (~said & ~can)).mean()

# %% 6g.3 wrong: badly handled -> "share"
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t
    return [[(a & b).sum() for b in (said, ~said)] for a in (can, ~can)], 1 - ((said & right) | (~said & ~can)).mean()

# %% 6g.3 wrong: of the answerable -> "of all questions"
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t
    return [[(a & b).sum() for b in (said, ~said)] for a in (can, ~can)], ((said & right) | (~said & ~can)).sum() / max(can.sum(), 1)

# %% 6g.3 wrong: the share strictly above -> "in the share too"
def table_of_silence(can, right, confidence, t):
    can, right, said, over = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t, np.array(confidence) > t
    return [[(a & b).sum() for b in (said, ~said)] for a in (can, ~can)], ((over & right) | (~over & ~can)).mean()

# %% 6g.3 wrong: the mean of the two rates -> "the share"
def table_of_silence(can, right, confidence, t):
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t
    rates = [(said & right)[can].mean() if can.any() else 0, (~said)[~can].mean() if (~can).any() else 0]
    return [[(a & b).sum() for b in (said, ~said)] for a in (can, ~can)], np.mean(rates)

# %% 6g.3 wrong: only the table -> "two things"
def table_of_silence(can, right, confidence, t):
    can, said = np.array(can, bool), np.array(confidence) >= t
    return np.array([[(a & b).sum() for b in (said, ~said)] for a in (can, ~can)])

# %% 6g.3 wrong: the notebook's t -> "table"
def table_of_silence(can, right, confidence, t):
    t = 0.5
    can, right, said = np.array(can, bool), np.array(right, bool), np.array(confidence) >= t
    return [[(a & b).sum() for b in (said, ~said)] for a in (can, ~can)], ((said & right) | (~said & ~can)).mean()

# %% 6g.4 right: from the surest down, keeping the last that fits
def promise(confidence, right, limit):
    pairs, best = sorted(zip(confidence, right), reverse=True), None
    for t in sorted(set(confidence), reverse=True):
        given = [r for c, r in pairs if c >= t]
        if stats.wilson(len(given) - sum(given), len(given))[1] <= limit:
            best = t
    return best

# %% 6g.4 right: the formula by hand
def promise(confidence, right, limit):
    z = 1.959963984540054
    c, r = torch.tensor(confidence, dtype=torch.double), torch.tensor(right, dtype=torch.double)
    for t in c.unique():
        given = 1 - r[c >= t]
        n, p = len(given), given.mean()
        high = (p + z * z / (2 * n) + z * torch.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)
        if high <= limit:
            return t
    return None

# %% 6g.4 right: np.unique, array of bools
def promise(confidence, right, limit):
    c, r = np.array(confidence), np.array(right, bool)
    for t in np.unique(c):
        if stats.wilson((~r[c >= t]).sum(), (c >= t).sum()).high <= limit:
            return t

# %% 6g.4 right: min over a list
def promise(confidence, right, limit):
    def high(t):
        given = [r for c, r in zip(confidence, right) if c >= t]
        return stats.wilson(given.count(0), len(given)).high
    return min((t for t in confidence if high(t) <= limit), default=None)

# %% 6g.4 right: cumulative sums from the top
def promise(confidence, right, limit):
    c, r = np.array(confidence), np.array(right)
    order = np.argsort(-c)
    c, bad = c[order], np.cumsum(1 - r[order])
    best = None
    for n in range(len(c)):
        if n + 1 < len(c) and c[n + 1] == c[n]:
            continue
        if stats.wilson(int(bad[n]), n + 1)[1] <= limit:
            best = c[n]
    return best

# %% 6g.4 right: float32 tensor
def promise(confidence, right, limit):
    c, r = torch.tensor(confidence), torch.tensor(right)
    for t in c.unique():
        g = c >= t
        if stats.wilson(int((r[g] == 0).sum()), int(g.sum())).high <= limit:
            return t

# %% 6g.4 right: recursion
def promise(confidence, right, limit):
    if not len(confidence):
        return None
    if stats.wilson(len(right) - sum(right), len(right)).high <= limit:
        return min(confidence)
    t = min(confidence)
    rest = [(c, r) for c, r in zip(confidence, right) if c > t]
    return promise([c for c, _ in rest], [r for _, r in rest], limit)

# %% 6g.4 wrong: the share, without an interval -> "and the interval above it"
def promise(confidence, right, limit):
    for t in sorted(set(confidence)):
        given = [r for c, r in zip(confidence, right) if c >= t]
        if given.count(0) / len(given) <= limit:
            return t

# %% 6g.4 wrong: right answers for wrong ones -> "not of the wrong ones"
def promise(confidence, right, limit):
    for t in sorted(set(confidence)):
        given = [r for c, r in zip(confidence, right) if c >= t]
        if stats.wilson(sum(given), len(given)).high <= limit:
            return t

# %% 6g.4 wrong: the lower end -> "promises nothing"
def promise(confidence, right, limit):
    for t in sorted(set(confidence)):
        given = [r for c, r in zip(confidence, right) if c >= t]
        if stats.wilson(given.count(0), len(given)).low <= limit:
            return t

# %% 6g.4 wrong: the highest threshold -> "the lowest answers most"
def promise(confidence, right, limit):
    for t in sorted(set(confidence), reverse=True):
        given = [r for c, r in zip(confidence, right) if c >= t]
        if stats.wilson(given.count(0), len(given)).high <= limit:
            return t

# %% 6g.4 wrong: strictly above -> "exactly t is given"
def promise(confidence, right, limit):
    for t in sorted(set(confidence)):
        given = [r for c, r in zip(confidence, right) if c > t]
        if given and stats.wilson(given.count(0), len(given)).high <= limit:
            return t

# %% 6g.4 wrong: infinity where nothing keeps it -> "no threshold keeps this promise"
def promise(confidence, right, limit):
    for t in sorted(set(confidence)):
        given = [r for c, r in zip(confidence, right) if c >= t]
        if stats.wilson(given.count(0), len(given)).high <= limit:
            return t
    return math.inf

# %% 6g.4 wrong: of all questions -> "of the answers given"
def promise(confidence, right, limit):
    for t in sorted(set(confidence)):
        given = [r for c, r in zip(confidence, right) if c >= t]
        if stats.wilson(given.count(0), len(right)).high <= limit:
            return t

# %% 6g.4 wrong: ties cut in two -> "expected"
def promise(confidence, right, limit):
    pairs = sorted(zip(confidence, right), key=lambda p: -p[0])
    best = None
    for n in range(1, len(pairs) + 1):
        if stats.wilson(sum(1 - r for _, r in pairs[:n]), n).high <= limit:
            best = pairs[n - 1][0]
    return best

# %% 6g.4 wrong: stops at the first failure from the top -> "some threshold keeps it"
def promise(confidence, right, limit):
    best = None
    for t in sorted(set(confidence), reverse=True):
        given = [r for c, r in zip(confidence, right) if c >= t]
        if stats.wilson(given.count(0), len(given)).high > limit:
            break
        best = t
    return best

# %% 6g.4 wrong: one limit for all, 0.1 -> "some threshold keeps it"
def promise(confidence, right, limit):
    for t in sorted(set(confidence)):
        given = [r for c, r in zip(confidence, right) if c >= t]
        if stats.wilson(given.count(0), len(given)).high <= 0.1:
            return t

# %% 6g.4 wrong: a grid of thresholds -> "expected"
def promise(confidence, right, limit):
    for t in np.linspace(0, 1, 101):
        given = [r for c, r in zip(confidence, right) if c >= t]
        if given and stats.wilson(given.count(0), len(given)).high <= limit:
            return t

# %% 6g.4 wrong: the index -> "expected"
def promise(confidence, right, limit):
    for n, t in enumerate(sorted(set(confidence))):
        given = [r for c, r in zip(confidence, right) if c >= t]
        if stats.wilson(given.count(0), len(given)).high <= limit:
            return n

# %% 6g.4 wrong: the silent ones judged -> "not up to t"
def promise(confidence, right, limit):
    for t in sorted(set(confidence)):
        given = [r for c, r in zip(confidence, right) if c <= t]
        if stats.wilson(given.count(0), len(given)).high <= limit:
            return t

# %% 6g.4 wrong: normal interval -> "expected"
def promise(confidence, right, limit):
    for t in sorted(set(confidence)):
        given = [r for c, r in zip(confidence, right) if c >= t]
        p = given.count(0) / len(given)
        if p + 1.96 * math.sqrt(p * (1 - p) / len(given)) <= limit:
            return t

# %% 6g.4 wrong: the threshold that answers with the lowest upper end -> "expected"
def promise(confidence, right, limit):
    def high(t):
        given = [r for c, r in zip(confidence, right) if c >= t]
        return stats.wilson(given.count(0), len(given)).high
    t = min(sorted(set(confidence)), key=high)
    return t if high(t) <= limit else None

# %% 6g.4 wrong: all confidences in input order -> "expected"
def promise(confidence, right, limit):
    for t in confidence:
        given = [r for c, r in zip(confidence, right) if c >= t]
        if stats.wilson(given.count(0), len(given)).high <= limit:
            return t

# %% 6g.4 wrong: arguments swapped -> "is no share"
def promise(confidence, right, limit):
    for t in sorted(set(confidence)):
        given = [r for c, r in zip(confidence, right) if c >= t]
        if stats.wilson(len(given), given.count(0)).high <= limit:
            return t

# %% 6g.4 wrong: -1 for none -> "no threshold keeps this promise"
def promise(confidence, right, limit):
    for t in sorted(set(confidence)):
        given = [r for c, r in zip(confidence, right) if c >= t]
        if stats.wilson(given.count(0), len(given)).high <= limit:
            return t
    return -1

# %% 6g.4 wrong: all thresholds that keep it, as an array -> "expected one number"
def promise(confidence, right, limit):
    c, r = np.array(confidence), np.array(right)
    return np.array([t for t in np.unique(c) if stats.wilson(int((r[c >= t] == 0).sum()), int((c >= t).sum())).high <= limit])

# %% 6g.4 right: an array without dimensions
def promise(confidence, right, limit):
    c, r = np.array(confidence), np.array(right)
    for t in np.unique(c):
        if stats.wilson(int((r[c >= t] == 0).sum()), int((c >= t).sum())).high <= limit:
            return np.array(t)

# %% 6g.4 wrong: sorts its input -> "changes its input"
def promise(confidence, right, limit):
    confidence.sort()
    for t in confidence:
        given = [r for c, r in zip(confidence, right) if c >= t]
        if stats.wilson(given.count(0), len(given)).high <= limit:
            return t

# %% 6g.5 right: from the right by negative steps
def hide_cards(text):
    def luhn(run):
        digits = [int(d) for d in re.sub(r"[ -]", "", run)]
        total = sum(digits[-1::-2])
        for d in digits[-2::-2]:
            total += sum(divmod(2 * d, 10))
        return total % 10 == 0
    return CARD.sub(lambda m: "[card]" if luhn(m.group()) else m.group(), text)

# %% 6g.5 right: finditer, from behind
def hide_cards(text):
    for match in reversed(list(CARD.finditer(text))):
        digits = re.sub(r"\D", "", match[0])[::-1]
        total = 0
        for n, digit in enumerate(digits):
            value = int(digit) * (1 + n % 2)
            total += value - 9 * (value > 9)
        if not total % 10:
            text = text[: match.start()] + "[card]" + text[match.end() :]
    return text

# %% 6g.5 right: a table of doubled digits
def hide_cards(text):
    def one(m):
        d = [int(x) for x in m[0] if x not in " -"]
        s = sum(int("0246813579"[x]) if (len(d) - i) % 2 == 0 else x for i, x in enumerate(d))
        return "[card]" if s % 10 == 0 else m[0]
    return CARD.sub(one, text)

# %% 6g.5 right: numpy
def hide_cards(text):
    def one(m):
        d = np.array([int(x) for x in m[0] if x.isdigit()])[::-1]
        d[1::2] *= 2
        d[d > 9] -= 9
        return m[0] if d.sum() % 10 else "[card]"
    return CARD.sub(one, text)

# %% 6g.5 right: pieces joined
def hide_cards(text):
    out, at = [], 0
    for m in CARD.finditer(text):
        d = [int(x) for x in m[0] if x.isdigit()][::-1]
        s = sum(d[::2]) + sum(sum(divmod(2 * x, 10)) for x in d[1::2])
        out += [text[at : m.start()], "[card]" if s % 10 == 0 else m[0]]
        at = m.end()
    return "".join(out) + text[at:]

# %% 6g.5 right: recursion
def hide_cards(text):
    def luhn(d, double=False):
        if not d:
            return 0
        v = int(d[-1]) * (1 + double)
        return v // 10 + v % 10 + luhn(d[:-1], not double)
    return CARD.sub(lambda m: m[0] if luhn([x for x in m[0] if x.isdigit()]) % 10 else "[card]", text)

# %% 6g.5 wrong: every long number -> "without a look at the check digit"
def hide_cards(text):
    return CARD.sub("[card]", text)

# %% 6g.5 wrong: doubles the first -> "begins at the second digit"
def hide_cards(text):
    def replaced(match):
        digits = [int(d) for d in match[0] if d.isdigit()][::-1]
        total = sum(digits[1::2]) + sum(2 * d - 9 if d > 4 else 2 * d for d in digits[::2])
        return match[0] if total % 10 else "[card]"
    return CARD.sub(replaced, text)

# %% 6g.5 wrong: from the left -> "counted from the left"
def hide_cards(text):
    def replaced(match):
        digits = [int(d) for d in match[0] if d.isdigit()]
        total = sum(digits[::2]) + sum(2 * d - 9 if d > 4 else 2 * d for d in digits[1::2])
        return match[0] if total % 10 else "[card]"
    return CARD.sub(replaced, text)

# %% 6g.5 wrong: forgets the nine -> "above 9 loses 9"
def hide_cards(text):
    def replaced(match):
        digits = [int(d) for d in match[0] if d.isdigit()][::-1]
        return match[0] if (sum(digits[::2]) + 2 * sum(digits[1::2])) % 10 else "[card]"
    return CARD.sub(replaced, text)

# %% 6g.5 wrong: keeps the valid ones -> "expected"
def hide_cards(text):
    def replaced(match):
        digits = [int(d) for d in match[0] if d.isdigit()][::-1]
        total = sum(digits[::2]) + sum(2 * d - 9 if d > 4 else 2 * d for d in digits[1::2])
        return "[card]" if total % 10 else match[0]
    return CARD.sub(replaced, text)

# %% 6g.5 wrong: stars instead -> "expected"
def hide_cards(text):
    def replaced(match):
        digits = [int(d) for d in match[0] if d.isdigit()][::-1]
        total = sum(digits[::2]) + sum(2 * d - 9 if d > 4 else 2 * d for d in digits[1::2])
        return match[0] if total % 10 else "****"
    return CARD.sub(replaced, text)

# %% 6g.5 wrong: replaces wherever it stands -> "expected"
def hide_cards(text):
    for m in CARD.finditer(text):
        d = [int(x) for x in m[0] if x.isdigit()][::-1]
        if (sum(d[::2]) + sum(sum(divmod(2 * x, 10)) for x in d[1::2])) % 10 == 0:
            text = text.replace(m[0], "[card]")
    return text

# %% 6g.5 wrong: only runs of 16 -> "expected"
def hide_cards(text):
    def one(m):
        d = [int(x) for x in m[0] if x.isdigit()][::-1]
        s = sum(d[::2]) + sum(sum(divmod(2 * x, 10)) for x in d[1::2])
        return "[card]" if s % 10 == 0 and len(d) == 16 else m[0]
    return CARD.sub(one, text)

# %% 6g.5 wrong: the doubled tens digit only -> "loses 9"
def hide_cards(text):
    def one(m):
        d = [int(x) for x in m[0] if x.isdigit()][::-1]
        s = sum(d[::2]) + sum((2 * x) % 10 for x in d[1::2])
        return "[card]" if s % 10 == 0 else m[0]
    return CARD.sub(one, text)

# %% 6g.5 wrong: loses 10 -> "loses 9"
def hide_cards(text):
    def one(m):
        d = [int(x) for x in m[0] if x.isdigit()][::-1]
        s = sum(d[::2]) + sum(2 * x - 10 * (2 * x > 9) for x in d[1::2])
        return "[card]" if s % 10 == 0 else m[0]
    return CARD.sub(one, text)

# %% 6g.5 wrong: an own pattern without blanks -> "expected"
def hide_cards(text):
    def one(m):
        d = [int(x) for x in m[0] if x.isdigit()][::-1]
        s = sum(d[::2]) + sum(sum(divmod(2 * x, 10)) for x in d[1::2])
        return "[card]" if s % 10 == 0 else m[0]
    return re.sub(r"\d{13,19}", one, text)

# %% 6g.5 wrong: only the first -> "expected"
def hide_cards(text):
    def one(m):
        d = [int(x) for x in m[0] if x.isdigit()][::-1]
        s = sum(d[::2]) + sum(sum(divmod(2 * x, 10)) for x in d[1::2])
        return "[card]" if s % 10 == 0 else m[0]
    return CARD.sub(one, text, count=1)

# %% 6g.5 wrong: digits without their blanks stay -> "expected"
def hide_cards(text):
    def one(m):
        run = re.sub(r"\D", "", m[0])
        d = [int(x) for x in run][::-1]
        s = sum(d[::2]) + sum(sum(divmod(2 * x, 10)) for x in d[1::2])
        return "[card]" if s % 10 == 0 else run
    return CARD.sub(one, text)

# %% 6g.5 wrong: blanks counted as places -> "expected"
def hide_cards(text):
    def one(m):
        s = 0
        for n, x in enumerate(reversed(m[0])):
            if x.isdigit():
                v = int(x) * (1 + n % 2)
                s += v - 9 * (v > 9)
        return "[card]" if s % 10 == 0 else m[0]
    return CARD.sub(one, text)

# %% 6g.5 wrong: all of the text or nothing -> "expected"
def hide_cards(text):
    def one(m):
        d = [int(x) for x in m[0] if x.isdigit()][::-1]
        s = sum(d[::2]) + sum(sum(divmod(2 * x, 10)) for x in d[1::2])
        return s % 10 == 0
    return CARD.sub("[card]", text) if any(map(one, CARD.finditer(text))) else text

# %% 6g.5 wrong: marked, not a text -> "expected"
def hide_cards(text):
    return [m[0] for m in CARD.finditer(text)]

# %% 6g.5 wrong: sum odd -> "expected"
def hide_cards(text):
    def one(m):
        d = [int(x) for x in m[0] if x.isdigit()][::-1]
        s = sum(d[::2]) + sum(sum(divmod(2 * x, 10)) for x in d[1::2])
        return "[card]" if s % 5 == 0 else m[0]
    return CARD.sub(one, text)


# %% 6g.1 wrong: the place of the first that `right` names -> "not the first of `right`"
def judge_ranking(ranking, right, k):
    first = 1 / (ranking.index(right[0]) + 1) if right[0] in ranking else 0
    return len(set(ranking[:k]) & set(right)) / len(right), first


# %% 6g.2 wrong: another k when none is given -> "k = 60"
def fuse(rankings, k=0):
    s = {}
    for r in rankings:
        for i, d in enumerate(r, 1):
            s[d] = s.get(d, 0) + 1 / (k + i)
    return sorted(s, key=lambda d: (-round(s[d], 10), d))


# %% 6g.2 wrong: rounds the sums to four digits -> "["
def fuse(rankings, k=60):
    s = {}
    for r in rankings:
        for i, d in enumerate(r, 1):
            s[d] = s.get(d, 0) + 1 / (k + i)
    return sorted(s, key=lambda d: (-round(s[d], 4), d))
