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
