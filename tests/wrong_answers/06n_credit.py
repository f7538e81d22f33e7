# %% 6n.1 right: in a loop over bins
def information_value(values, borders, bad):
    k, base, total = len(borders) + 2, sum(bad) / len(bad), 0.0
    good_in, bad_in = [1 - base] * k, [base] * k
    for value, lost in zip(values, bad):
        b = k - 1 if math.isnan(value) else sum(value >= border for border in borders)
        good_in[b] += 1 - lost
        bad_in[b] += lost
    for g, d in zip(good_in, bad_in):
        share, lost = g / sum(good_in), d / sum(bad_in)
        total += (share - lost) * math.log(share / lost)
    return total


# %% 6n.1 right: with digitize and the weight of evidence
def information_value(values, borders, bad):
    bins = np.digitize(np.nan_to_num(values, nan=np.inf), borders)
    bins[np.isnan(values)] = len(borders) + 1
    base, k = np.mean(bad), len(borders) + 2
    member = np.arange(k)[:, None] == bins
    good, lost = member @ (1 - bad) + 1 - base, member @ bad + base
    woe = np.log(good / lost) - np.log((1 - base) / base)
    return (good / good.sum() - lost / lost.sum()) @ woe


# %% 6n.1 right: bad minus good, and bad to good
def information_value(values, borders, bad):
    base, total = bad.mean(), []
    edges = [-np.inf, *borders, np.inf]
    members = [(values >= low) & (values < high) for low, high in zip(edges, edges[1:])] + [np.isnan(values)]
    lost = np.array([bad[m].sum() + base for m in members])
    good = np.array([(1 - bad[m]).sum() + 1 - base for m in members])
    lost, good = lost / lost.sum(), good / good.sum()
    return np.sum((lost - good) * np.log(lost / good))


# %% 6n.1 right: with the lesson's own functions
def information_value(values, borders, bad):
    bins, k, base = bins_of(values, borders), len(borders) + 2, bad.mean()
    good, lost = np.bincount(bins, 1 - bad, k) + 1 - base, np.bincount(bins, bad, k) + base
    return sum((good / good.sum() - lost / lost.sum()) * evidence(bins, bad, k))


# %% 6n.1 right: blanks first, counted in two dicts
def information_value(values, borders, bad):
    base = float(np.mean(bad))
    good, lost = (
        {b: 1 - base for b in range(-1, len(borders) + 1)},
        {b: base for b in range(-1, len(borders) + 1)},
    )
    for value, outcome in zip(values.tolist(), bad.tolist()):
        b = -1 if value != value else sum(border <= value for border in borders)
        (lost if outcome else good)[b] += 1
    all_good, all_lost = math.fsum(good.values()), math.fsum(lost.values())
    return math.fsum(
        (good[b] / all_good - lost[b] / all_lost) * math.log((good[b] / all_good) / (lost[b] / all_lost))
        for b in good
    )


# %% 6n.1 right: a 0-d array
def information_value(values, borders, bad):
    there = np.isnan(values)
    bins = np.zeros(len(values), int) + there * (len(borders) + 1)
    for border in borders:
        bins += values >= border
    onehot = np.eye(len(borders) + 2)[bins]
    lost = bad @ onehot + bad.mean()
    good = (1 - bad) @ onehot + (1 - bad).mean()
    p, q = good / good.sum(), lost / lost.sum()
    return np.array((p * np.log(p / q)).sum() + (q * np.log(q / p)).sum())


# %% 6n.1 wrong: the sign -> "the sign is turned"
def information_value(values, borders, bad):
    k, base = len(borders) + 2, bad.mean()
    bins = np.where(np.isnan(values), k - 1, np.searchsorted(borders, values, side="right"))
    good, lost = np.bincount(bins, 1 - bad, k) + 1 - base, np.bincount(bins, bad, k) + base
    good, lost = good / good.sum(), lost / lost.sum()
    return ((lost - good) * np.log(good / lost)).sum()


# %% 6n.1 wrong: blanks left out -> "blanks are a bin of their own"
def information_value(values, borders, bad):
    there = ~np.isnan(values)
    values, bad = values[there], bad[there]
    k, base = len(borders) + 2, bad.mean()
    bins = np.searchsorted(borders, values, side="right")
    good, lost = np.bincount(bins, 1 - bad, k) + 1 - base, np.bincount(bins, bad, k) + base
    good, lost = good / good.sum(), lost / lost.sum()
    return ((good - lost) * np.log(good / lost)).sum()


# %% 6n.1 wrong: a border's value below -> "belongs to the bin above"
def information_value(values, borders, bad):
    k, base = len(borders) + 2, bad.mean()
    bins = np.where(np.isnan(values), k - 1, np.searchsorted(borders, values))
    good, lost = np.bincount(bins, 1 - bad, k) + 1 - base, np.bincount(bins, bad, k) + base
    good, lost = good / good.sum(), lost / lost.sum()
    return ((good - lost) * np.log(good / lost)).sum()


# %% 6n.1 wrong: nobody more in the bins, empty ones skipped -> "the average applicant of each bin is missing"
def information_value(values, borders, bad):
    bins = np.where(np.isnan(values), len(borders) + 1, np.searchsorted(borders, values, side="right"))
    total = 0
    for b in np.unique(bins):
        good, lost = (1 - bad[bins == b]).sum() / (1 - bad).sum(), bad[bins == b].sum() / bad.sum()
        if good and lost:
            total += (good - lost) * np.log(good / lost)
    return total


# %% 6n.1 wrong: one applicant to both -> "6n.1"
def information_value(values, borders, bad):
    k = len(borders) + 2
    bins = np.where(np.isnan(values), k - 1, np.searchsorted(borders, values, side="right"))
    good, lost = np.bincount(bins, 1 - bad, k) + 1, np.bincount(bins, bad, k) + 1
    good, lost = good / good.sum(), lost / lost.sum()
    return ((good - lost) * np.log(good / lost)).sum()


# %% 6n.1 wrong: shares of all applicants -> "shares are of all good and of all bad"
def information_value(values, borders, bad):
    k, base = len(borders) + 2, bad.mean()
    bins = np.where(np.isnan(values), k - 1, np.searchsorted(borders, values, side="right"))
    good, lost = np.bincount(bins, 1 - bad, k) + 1 - base, np.bincount(bins, bad, k) + base
    woe = np.log(good / lost) - np.log((1 - base) / base)
    return ((good - lost) / len(bad) * woe).sum()


# %% 6n.1 wrong: only the evidence -> "expected"
def information_value(values, borders, bad):
    k, base = len(borders) + 2, bad.mean()
    bins = np.where(np.isnan(values), k - 1, np.searchsorted(borders, values, side="right"))
    good, lost = np.bincount(bins, 1 - bad, k) + 1 - base, np.bincount(bins, bad, k) + base
    return np.log(good / lost) - np.log((1 - base) / base)


# %% 6n.1 wrong: no bin for blanks where there are none -> "the bin for blanks is always there"
def information_value(values, borders, bad):
    blanks, base = np.isnan(values), bad.mean()
    k = len(borders) + (2 if blanks.any() else 1)
    bins = np.where(blanks, k - 1, np.searchsorted(borders, values, side="right"))
    good, lost = np.bincount(bins, 1 - bad, k) + 1 - base, np.bincount(bins, bad, k) + base
    good, lost = good / good.sum(), lost / lost.sum()
    return ((good - lost) * np.log(good / lost)).sum()


# %% 6n.1 wrong: shares without the applicant more, evidence with -> "the shares count the average applicants, too"
def information_value(values, borders, bad):
    bins, k = bins_of(values, borders), len(borders) + 2
    good, lost = np.bincount(bins, 1 - bad, k), np.bincount(bins, bad, k)
    return ((good / good.sum() - lost / lost.sum()) * evidence(bins, bad, k)).sum()


# %% 6n.1 wrong: only bins that somebody is in -> "6n.1"
def information_value(values, borders, bad):
    bins, base, good, lost = bins_of(values, borders), bad.mean(), [], []
    for b in np.unique(bins):
        good.append((1 - bad[bins == b]).sum() + 1 - base)
        lost.append(bad[bins == b].sum() + base)
    good, lost = np.array(good) / sum(good), np.array(lost) / sum(lost)
    return ((good - lost) * np.log(good / lost)).sum()


# %% 6n.1 wrong: the mean over bins -> "the mean over the bins, not the sum"
def information_value(values, borders, bad):
    bins, k, base = bins_of(values, borders), len(borders) + 2, bad.mean()
    good, lost = np.bincount(bins, 1 - bad, k) + 1 - base, np.bincount(bins, bad, k) + base
    good, lost = good / good.sum(), lost / lost.sum()
    return ((good - lost) * np.log(good / lost)).mean()


# %% 6n.1 wrong: logarithms to base 2 -> "a logarithm to base 2"
def information_value(values, borders, bad):
    bins, k, base = bins_of(values, borders), len(borders) + 2, bad.mean()
    good, lost = np.bincount(bins, 1 - bad, k) + 1 - base, np.bincount(bins, bad, k) + base
    good, lost = good / good.sum(), lost / lost.sum()
    return ((good - lost) * np.log2(good / lost)).sum()


# %% 6n.1 wrong: the applicants more the other way round -> "`base` is the share of the bad"
def information_value(values, borders, bad):
    bins, k, base = bins_of(values, borders), len(borders) + 2, bad.mean()
    good, lost = np.bincount(bins, 1 - bad, k) + base, np.bincount(bins, bad, k) + 1 - base
    good, lost = good / good.sum(), lost / lost.sum()
    return ((good - lost) * np.log(good / lost)).sum()


# %% 6n.1 wrong: the share of bad in the lesson's table -> "6n.1"
def information_value(values, borders, bad):
    bins, k, base = bins_of(values, borders), len(borders) + 2, 0.305
    good, lost = np.bincount(bins, 1 - bad, k) + 1 - base, np.bincount(bins, bad, k) + base
    good, lost = good / good.sum(), lost / lost.sum()
    return ((good - lost) * np.log(good / lost)).sum()


# %% 6n.1 wrong: half of a good and half of a bad one -> "6n.1"
def information_value(values, borders, bad):
    bins, k = bins_of(values, borders), len(borders) + 2
    good, lost = np.bincount(bins, 1 - bad, k) + 0.5, np.bincount(bins, bad, k) + 0.5
    good, lost = good / good.sum(), lost / lost.sum()
    return ((good - lost) * np.log(good / lost)).sum()


# %% 6n.1 wrong: blanks in the top bin -> "blanks are a bin of their own, not the top one"
def information_value(values, borders, bad):
    bins, k, base = np.digitize(values, borders), len(borders) + 1, bad.mean()
    good, lost = np.bincount(bins, 1 - bad, k) + 1 - base, np.bincount(bins, bad, k) + base
    good, lost = good / good.sum(), lost / lost.sum()
    return ((good - lost) * np.log(good / lost)).sum()


# %% 6n.1 wrong: blanks count as 0 -> "6n.1"
def information_value(values, borders, bad):
    bins, k, base = bins_of(np.nan_to_num(values), borders), len(borders) + 2, bad.mean()
    good, lost = np.bincount(bins, 1 - bad, k) + 1 - base, np.bincount(bins, bad, k) + base
    good, lost = good / good.sum(), lost / lost.sum()
    return ((good - lost) * np.log(good / lost)).sum()


# %% 6n.1 wrong: one bin a list -> "6n.1"
def information_value(values, borders, bad):
    bins, k, base = bins_of(values, borders), len(borders) + 2, bad.mean()
    good, lost = np.bincount(bins, 1 - bad, k) + 1 - base, np.bincount(bins, bad, k) + base
    good, lost = good / good.sum(), lost / lost.sum()
    return (good - lost) * np.log(good / lost)


# %% 6n.1 wrong: only the good ones weigh -> "6n.1"
def information_value(values, borders, bad):
    bins, k, base = bins_of(values, borders), len(borders) + 2, bad.mean()
    good, lost = np.bincount(bins, 1 - bad, k) + 1 - base, np.bincount(bins, bad, k) + base
    good, lost = good / good.sum(), lost / lost.sum()
    return (good * np.log(good / lost)).sum()


# %% 6n.1 wrong: fills the blanks where they stand -> "changes its input values"
def information_value(values, borders, bad):
    blank = np.isnan(values)
    values[blank] = 1e9
    bins = np.searchsorted(borders, values, side="right") + blank
    k, base = len(borders) + 2, bad.mean()
    good, lost = np.bincount(bins, 1 - bad, k) + 1 - base, np.bincount(bins, bad, k) + base
    good, lost = good / good.sum(), lost / lost.sum()
    return ((good - lost) * np.log(good / lost)).sum()


# %% 6n.1 wrong: both classes' odds without everybody's -> "6n.1"
def information_value(values, borders, bad):
    bins, k, base = bins_of(values, borders), len(borders) + 2, bad.mean()
    good, lost = np.bincount(bins, 1 - bad, k) + 1 - base, np.bincount(bins, bad, k) + base
    return ((good / good.sum() - lost / lost.sum()) * np.log(good / (good + lost))).sum()


# %% 6n.1 wrong: only bins that somebody is in -> "a bin that nobody is in is a bin, too"
def information_value(values, borders, bad):
    v, d = np.array(values), np.array(bad) == 1
    bins = np.digitize(v, borders)
    bins[np.isnan(v)] = len(borders) + 1
    base = d.mean()
    some = np.unique(bins)
    s = np.array([np.count_nonzero((bins == i) & ~d) + 1 - base for i in some])
    t = np.array([np.count_nonzero((bins == i) & d) + base for i in some])
    s, t = s / s.sum(), t / t.sum()
    return ((s - t) * np.log(s / t)).sum()


# %% 6n.2 right: highest of the lowest means
def pooled(outcomes):
    n = len(outcomes)
    return [
        max(min(float(np.mean(outcomes[a : b + 1])) for b in range(i, n)) for a in range(i + 1))
        for i in range(n)
    ]


# %% 6n.2 right: the library
def pooled(outcomes):
    return IsotonicRegression().fit_transform(np.arange(len(outcomes)), outcomes)


# %% 6n.2 right: mended in place until nothing falls
def pooled(outcomes):
    blocks = [[float(value)] for value in outcomes]
    changed = True
    while changed:
        changed = False
        for i in range(len(blocks) - 1):
            if sum(blocks[i]) / len(blocks[i]) > sum(blocks[i + 1]) / len(blocks[i + 1]):
                blocks[i : i + 2] = [blocks[i] + blocks[i + 1]]
                changed = True
                break
    return np.array([sum(block) / len(block) for block in blocks for _ in block])


# %% 6n.2 right: the list that the walk keeps, each block written out
def pooled(outcomes):
    blocks = []
    for y in outcomes:
        blocks.append([y, 1])
        while len(blocks) > 1 and blocks[-1][0] / blocks[-1][1] < blocks[-2][0] / blocks[-2][1]:
            s, n = blocks.pop()
            blocks[-1][0] += s
            blocks[-1][1] += n
    return [s / n for s, n in blocks for _ in range(n)]


# %% 6n.2 right: equal means pooled too, from right to left, a tuple
def pooled(outcomes):
    blocks = []
    for y in outcomes[::-1]:
        block = [float(y)]
        while blocks and np.mean(block) >= np.mean(blocks[0]):
            block += blocks.pop(0)
        blocks.insert(0, block)
    return tuple(np.mean(b) for b in blocks for _ in b)


# %% 6n.2 right: recursion
def pooled(outcomes):
    if len(outcomes) == 0:
        return np.zeros(0)
    means = np.cumsum(outcomes) / np.arange(1, len(outcomes) + 1)
    size = len(means) - int(np.argmin(means[::-1]))
    return np.concatenate([np.full(size, means[size - 1]), pooled(outcomes[size:])])


# %% 6n.2 right: a tensor
def pooled(outcomes):
    import torch

    y = torch.tensor(outcomes)
    fit = IsotonicRegression().fit_transform(np.arange(len(y)), y.numpy())
    return torch.tensor(fit)


# %% 6n.2 right: by twos, until nothing falls any more
def pooled(outcomes):
    y = outcomes.copy()
    for _ in range(500):
        for i in range(len(y) - 1):
            if y[i + 1] < y[i]:
                y[i : i + 2] = y[i : i + 2].mean()
    return y


# %% 6n.2 wrong: highest so far -> "it is the highest number so far"
def pooled(outcomes):
    return np.maximum.accumulate(outcomes)


# %% 6n.2 wrong: pooled once -> "the pooled block may be below the one before it in turn"
def pooled(outcomes):
    blocks = []
    for value in outcomes:
        blocks.append([value, 1])
        if len(blocks) > 1 and blocks[-1][0] / blocks[-1][1] < blocks[-2][0] / blocks[-2][1]:
            total, size = blocks.pop()
            blocks[-1] = [blocks[-1][0] + total, blocks[-1][1] + size]
    return np.concatenate([np.full(size, total / size) for total, size in blocks])


# %% 6n.2 wrong: the mean of means -> "must count how large each is"
def pooled(outcomes):
    blocks = []
    for value in outcomes:
        blocks.append([value, 1])
        while len(blocks) > 1 and blocks[-1][0] < blocks[-2][0]:
            mean, size = blocks.pop()
            blocks[-1] = [(blocks[-1][0] + mean) / 2, blocks[-1][1] + size]
    return np.concatenate([np.full(size, mean) for mean, size in blocks])


# %% 6n.2 wrong: sorted -> "sorted numbers belong to other people"
def pooled(outcomes):
    return sorted(outcomes)


# %% 6n.2 wrong: one number a block -> "expected an array of shape"
def pooled(outcomes):
    blocks = []
    for value in outcomes:
        blocks.append([value, 1])
        while len(blocks) > 1 and blocks[-1][0] / blocks[-1][1] < blocks[-2][0] / blocks[-2][1]:
            total, size = blocks.pop()
            blocks[-1] = [blocks[-1][0] + total, blocks[-1][1] + size]
    return [total / size for total, size in blocks]


# %% 6n.2 wrong: whole numbers only -> "differ"
def pooled(outcomes):
    return np.round(IsotonicRegression().fit_transform(np.arange(len(outcomes)), outcomes))


# %% 6n.2 wrong: works on the input -> "changes its input outcomes"
def pooled(outcomes):
    fit = IsotonicRegression().fit_transform(np.arange(len(outcomes)), outcomes)
    outcomes[:] = fit
    return outcomes


# %% 6n.2 wrong: the lowest number still to come -> "6n.2"
def pooled(outcomes):
    return np.minimum.accumulate(outcomes[::-1])[::-1]


# %% 6n.2 wrong: half way between the highest so far and the lowest to come -> "6n.2"
def pooled(outcomes):
    return (np.maximum.accumulate(outcomes) + np.minimum.accumulate(outcomes[::-1])[::-1]) / 2


# %% 6n.2 wrong: the sum for the mean -> "6n.2"
def pooled(outcomes):
    blocks = []
    for y in outcomes:
        blocks.append([y, 1])
        while len(blocks) > 1 and blocks[-1][0] / blocks[-1][1] < blocks[-2][0] / blocks[-2][1]:
            s, n = blocks.pop()
            blocks[-1][0] += s
            blocks[-1][1] += n
    return [s for s, n in blocks for _ in range(n)]


# %% 6n.2 wrong: the median of a block -> "6n.2"
def pooled(outcomes):
    blocks = []
    for y in outcomes:
        blocks.append([y])
        while len(blocks) > 1 and np.median(blocks[-1]) < np.median(blocks[-2]):
            last = blocks.pop()
            blocks[-1] += last
    return [np.median(b) for b in blocks for _ in b]


# %% 6n.2 wrong: chances only, cut to 0 and 1 -> "6n.2"
def pooled(outcomes):
    return IsotonicRegression(y_min=0, y_max=1).fit_transform(np.arange(len(outcomes)), outcomes)


# %% 6n.2 wrong: chances that never rise -> "that never rises"
def pooled(outcomes):
    return IsotonicRegression(increasing=False).fit_transform(np.arange(len(outcomes)), outcomes)


# %% 6n.2 wrong: blocks as pairs -> "6n.2"
def pooled(outcomes):
    blocks = []
    for y in outcomes:
        blocks.append([y, 1])
        while len(blocks) > 1 and blocks[-1][0] / blocks[-1][1] < blocks[-2][0] / blocks[-2][1]:
            s, n = blocks.pop()
            blocks[-1][0] += s
            blocks[-1][1] += n
    return [(s / n, n) for s, n in blocks]


# %% 6n.2 wrong: whole-number division -> "6n.2"
def pooled(outcomes):
    blocks = []
    for y in outcomes:
        blocks.append([y, 1])
        while len(blocks) > 1 and blocks[-1][0] / blocks[-1][1] < blocks[-2][0] / blocks[-2][1]:
            s, n = blocks.pop()
            blocks[-1][0] += s
            blocks[-1][1] += n
    return [s // n for s, n in blocks for _ in range(n)]


# %% 6n.2 wrong: neighbours pooled, pass by pass, by twos -> "6n.2"
def pooled(outcomes):
    y = outcomes.copy()
    for i in range(len(y) - 1):
        if y[i + 1] < y[i]:
            y[i : i + 2] = y[i : i + 2].mean()
    return y


# %% 6n.2 wrong: all that fell is one block -> "6n.2"
def pooled(outcomes):
    y = outcomes.copy()
    for i in range(1, len(y)):
        if y[i] < y[i - 1]:
            y[: i + 1] = outcomes[: i + 1].mean()
    return y


# %% 6n.2 wrong: the last block forgotten -> "expected an array of shape"
def pooled(outcomes):
    fit, block = [], [outcomes[0]]
    for y in outcomes[1:]:
        if y >= np.mean(block):
            fit += [np.mean(block)] * len(block)
            block = []
        block.append(y)
    return fit


# %% 6n.2 wrong: forgets to return -> "got None"
def pooled(outcomes):
    IsotonicRegression().fit_transform(np.arange(len(outcomes)), outcomes)


# %% 6n.2 wrong: compares with the last number, not the block's mean -> "6n.2"
def pooled(outcomes):
    blocks = []
    for y in outcomes:
        if blocks and y < blocks[-1][-1]:
            blocks[-1].append(y)
        else:
            blocks.append([y])
    return [np.mean(b) for b in blocks for _ in b]


# %% 6n.2 right: as a largest of smallest means
def pooled(outcomes):
    n = len(outcomes)
    mean = lambda a, b: math.fsum(outcomes[a : b + 1]) / (b - a + 1)
    return np.array([max(min(mean(a, b) for b in range(i, n)) for a in range(i + 1)) for i in range(n)])


# %% 6n.3 right: one thing at a time
def report_worth(chances, after, gain, cost):
    def best(p):
        return max(0.0, gain - (gain + cost) * p)

    before = sum(w * p for w, p in zip(chances, after))
    return sum(w * best(p) for w, p in zip(chances, after)) - best(before)


# %% 6n.3 right: by the threshold
def report_worth(chances, after, gain, cost):
    cut, mean = gain / (gain + cost), np.dot(chances, after)
    earns = gain * (1 - after) - cost * after
    with_it = np.sum(chances * earns * (after < cut))
    without = (gain * (1 - mean) - cost * mean) if mean < cut else 0
    return np.array(with_it - without)


# %% 6n.3 right: a 0-d tensor
def report_worth(chances, after, gain, cost):
    import torch

    w, p = torch.tensor(chances), torch.tensor(after)
    yes = gain * (1 - p) - cost * p
    return w @ yes.clamp(min=0) - (w @ yes).clamp(min=0)


# %% 6n.3 right: the losses avoided, or the profits found
def report_worth(chances, after, gain, cost):
    yes = [w * (gain * (1 - p) - cost * p) for w, p in zip(chances, after)]
    lost, won = -sum(y for y in yes if y < 0), sum(y for y in yes if y > 0)
    return min(lost, won)


# %% 6n.3 right: yes at the very border, too
def report_worth(chances, after, gain, cost):
    total = 0
    for w, p in zip(chances.tolist(), after.tolist()):
        if gain * (1 - p) >= cost * p:
            total += w * (gain * (1 - p) - cost * p)
    p = float((chances * after).sum())
    return total - (gain * (1 - p) - cost * p if p <= gain / (gain + cost) else 0)


# %% 6n.3 wrong: without is forgotten -> "how much is it without"
def report_worth(chances, after, gain, cost):
    return chances @ np.maximum(gain * (1 - after) - cost * after, 0)


# %% 6n.3 wrong: without the report always yes -> "without the report you may refuse, too"
def report_worth(chances, after, gain, cost):
    earns = gain * (1 - after) - cost * after
    return chances @ np.maximum(earns, 0) - chances @ earns


# %% 6n.3 wrong: things equally often -> "do not come equally often"
def report_worth(chances, after, gain, cost):
    earns = gain * (1 - after) - cost * after
    return np.maximum(earns, 0).mean() - max(earns.mean(), 0)


# %% 6n.3 wrong: gain also from the unpaid -> "an unpaid bill earns no gain"
def report_worth(chances, after, gain, cost):
    earns = gain - cost * after
    return chances @ np.maximum(earns, 0) - max(chances @ earns, 0)


# %% 6n.3 wrong: always yes with the report -> "with the report you may refuse, too"
def report_worth(chances, after, gain, cost):
    earns = gain * (1 - after) - cost * after
    return chances @ earns - max(chances @ earns, 0)


# %% 6n.3 wrong: the shop's costs -> "expected"
def report_worth(chances, after, gain, cost):
    earns = 80 * (1 - after) - 400 * after
    return chances @ np.maximum(earns, 0) - max(chances @ earns, 0)


# %% 6n.3 wrong: without minus with -> "the sign is turned"
def report_worth(chances, after, gain, cost):
    earns = gain * (1 - after) - cost * after
    return max(chances @ earns, 0) - chances @ np.maximum(earns, 0)


# %% 6n.3 wrong: the lesson's threshold -> "6n.3"
def report_worth(chances, after, gain, cost):
    p, earns = chances @ after, gain * (1 - after) - cost * after
    return chances @ (earns * (after < 1 / 6)) - (gain * (1 - p) - cost * p) * (p < 1 / 6)


# %% 6n.3 wrong: before it, the plain mean -> "the chance before the report is weighted"
def report_worth(chances, after, gain, cost):
    p, earns = after.mean(), gain * (1 - after) - cost * after
    return chances @ np.maximum(earns, 0) - max(gain * (1 - p) - cost * p, 0)


# %% 6n.3 wrong: the best thing it can say -> "6n.3"
def report_worth(chances, after, gain, cost):
    p, earns = chances @ after, gain * (1 - after) - cost * after
    return max(earns.max(), 0) - max(gain * (1 - p) - cost * p, 0)


# %% 6n.3 wrong: not weighted at all -> "6n.3"
def report_worth(chances, after, gain, cost):
    p, earns = chances @ after, gain * (1 - after) - cost * after
    return np.maximum(earns, 0).sum() - max(gain * (1 - p) - cost * p, 0)


# %% 6n.3 wrong: the unpaid bill also loses its gain -> "6n.3"
def report_worth(chances, after, gain, cost):
    earns = gain * (1 - after) - (cost + gain) * after
    return chances @ np.maximum(earns, 0) - max(chances @ earns, 0)


# %% 6n.3 wrong: chances of paying -> "6n.3"
def report_worth(chances, after, gain, cost):
    earns = gain * after - cost * (1 - after)
    return chances @ np.maximum(earns, 0) - max(chances @ earns, 0)


# %% 6n.3 wrong: only avoided losses -> "6n.3"
def report_worth(chances, after, gain, cost):
    earns = gain * (1 - after) - cost * after
    return -(chances @ np.minimum(earns, 0))


# %% 6n.3 wrong: only the cost of those it names -> "6n.3"
def report_worth(chances, after, gain, cost):
    no = after > gain / (gain + cost)
    return chances[no] @ after[no] * cost


# %% 6n.3 wrong: one number a thing -> "6n.3"
def report_worth(chances, after, gain, cost):
    earns = gain * (1 - after) - cost * after
    return chances * np.maximum(earns, 0)


# %% 6n.3 wrong: nothing when it would be refused anyway -> "6n.3"
def report_worth(chances, after, gain, cost):
    earns = gain * (1 - after) - cost * after
    if chances @ earns <= 0:
        return 0
    return chances @ np.maximum(earns, 0) - chances @ earns


# %% 6n.3 wrong: earns from saying yes before, whatever it is -> "6n.3"
def report_worth(chances, after, gain, cost):
    earns = gain * (1 - after) - cost * after
    return abs(chances @ np.maximum(earns, 0) - abs(chances @ earns))


# %% 6n.4 right: with a hundred applicants
def forced_rate(good, pays, reached):
    good_ones = 100 * good
    approved = good_ones * reached / pays
    lost, bad_ones = approved - good_ones * reached, 100 - good_ones
    if lost > bad_ones + 1e-9:
        return None
    return lost / bad_ones


# %% 6n.4 right: by odds
def forced_rate(good, pays, reached):
    odds = good / (1 - good)
    rate = np.float64(odds * reached * (1 / pays - 1))
    return None if rate > 1 else rate


# %% 6n.4 right: a 0-d array, or nothing
def forced_rate(good, pays, reached):
    approved = np.array(good * reached / pays)
    if approved - good * reached > 1 - good + 1e-12:
        return
    return (approved - good * reached) / (1 - good)


# %% 6n.4 right: with fractions
def forced_rate(good, pays, reached):
    from fractions import Fraction

    good, pays, reached = (Fraction(str(x)) for x in (good, pays, reached))
    rate = good * reached * (1 - pays) / (pays * (1 - good))
    return float(rate) if rate <= 1 else None


# %% 6n.4 wrong: among the approved -> "share of bad ones among the approved"
def forced_rate(good, pays, reached):
    rate = good * reached * (1 - pays) / pays / (1 - good)
    return 1 - pays if rate <= 1 else None


# %% 6n.4 wrong: of all applicants -> "share of all applicants"
def forced_rate(good, pays, reached):
    rate = good * reached * (1 - pays) / pays
    return rate if rate <= 1 - good else None


# %% 6n.4 wrong: a part of the good ones approved -> "the approved are not the good ones approved"
def forced_rate(good, pays, reached):
    rate = good * reached * (1 - pays) / (1 - good)
    return rate if good * reached * (1 - pays) / pays / (1 - good) <= 1 else None


# %% 6n.4 wrong: no limit -> "no rule can do that"
def forced_rate(good, pays, reached):
    return good * reached * (1 - pays) / pays / (1 - good)


# %% 6n.4 wrong: cut off at one -> "no rule can do that"
def forced_rate(good, pays, reached):
    return min(1.0, good * reached * (1 - pays) / pays / (1 - good))


# %% 6n.4 wrong: nothing for nobody -> "there is such a rule"
def forced_rate(good, pays, reached):
    rate = good * reached * (1 - pays) / pays / (1 - good)
    return rate if 0 < rate < 1 else None


# %% 6n.4 wrong: None at the very limit -> "there is such a rule"
def forced_rate(good, pays, reached):
    rate = good * reached * (1 - pays) / pays / (1 - good)
    return rate if rate < 1 else None


# %% 6n.4 wrong: in percent -> "6n.4"
def forced_rate(good, pays, reached):
    rate = good * reached * (1 - pays) / pays / (1 - good)
    return 100 * rate if rate <= 1 else None


# %% 6n.4 wrong: not a number, for None -> "6n.4"
def forced_rate(good, pays, reached):
    rate = good * reached * (1 - pays) / pays / (1 - good)
    return rate if rate <= 1 else math.nan


# %% 6n.4 wrong: None only where more than all would be approved -> "6n.4"
def forced_rate(good, pays, reached):
    approved = good * reached / pays
    return (approved - good * reached) / (1 - good) if approved <= 1 else None


# %% 6n.4 wrong: the refused bad ones -> "share of the bad ones who are refused"
def forced_rate(good, pays, reached):
    rate = good * reached * (1 - pays) / pays / (1 - good)
    return 1 - rate if rate <= 1 else None


# %% 6n.4 wrong: all approved of the bad ones -> "6n.4"
def forced_rate(good, pays, reached):
    rate = good * reached * (1 - pays) / pays / (1 - good)
    return good * reached / pays / (1 - good) if rate <= 1 else None


# %% 6n.4 wrong: as many of the bad as do not pay -> "6n.4"
def forced_rate(good, pays, reached):
    rate = good * reached * (1 - pays) / pays / (1 - good)
    return (1 - pays) * reached if rate <= 1 else None


# %% 6n.4 wrong: pays turned -> "there is such a rule"
def forced_rate(good, pays, reached):
    rate = good * reached * pays / (1 - pays or 1) / (1 - good)
    return rate if rate <= 1 else None


# %% 6n.4 wrong: good and bad exchanged -> "6n.4"
def forced_rate(good, pays, reached):
    rate = (1 - good) * reached * (1 - pays) / pays / good
    return rate if rate <= 1 else None


# %% 6n.4 wrong: a text -> "yet the answer is 'None'"
def forced_rate(good, pays, reached):
    rate = good * reached * (1 - pays) / pays / (1 - good)
    return rate if rate <= 1 else "None"


# %% 6n.4 wrong: None where nobody bad is approved -> "there is such a rule"
def forced_rate(good, pays, reached):
    rate = good * reached * (1 - pays) / pays / (1 - good)
    return (rate or None) if rate <= 1 else None


# %% 6n.4 wrong: the rate of all -> "6n.4"
def forced_rate(good, pays, reached):
    rate = good * reached * (1 - pays) / pays / (1 - good)
    return good * reached / pays if rate <= 1 else None


# %% 6n.5 right: recursion
def cheapest_way(now, options, points, limit):
    def ways(names):
        if not names:
            yield 0, 0, {}
            return
        for effort, count, changes in ways(names[1:]):
            yield effort, count, changes
            for value, cost in options[names[0]]:
                yield effort + cost, count + 1, {names[0]: value, **changes}

    good = [way for way in ways(list(options)) if points(dict(now, **way[2])) >= limit]
    return min(good, key=lambda way: way[:2])[2] if good else None


# %% 6n.5 right: sorted first
def cheapest_way(now, options, points, limit):
    names = list(options)
    stay = [[(now[n], 0), *options[n]] for n in names]
    combos = []
    for picks in itertools.product(*(range(len(s)) for s in stay)):
        changes = {n: stay[i][k][0] for i, (n, k) in enumerate(zip(names, picks)) if k}
        combos.append((sum(stay[i][k][1] for i, k in enumerate(picks)), len(changes), len(combos), changes))
    for *_, changes in sorted(combos):
        person = now.copy()
        person.update(changes)
        if points(person) >= limit:
            return changes
    return None


# %% 6n.5 right: the last of equally good ones
def cheapest_way(now, options, points, limit):
    best = None
    for chosen in itertools.product(*[[*ways[::-1], None] for ways in list(options.values())[::-1]]):
        moves = {name: way for name, way in zip(list(options)[::-1], chosen) if way is not None}
        changes = {name: way[0] for name, way in moves.items()}
        price = sum(way[1] for way in moves.values()), len(moves)
        if points(now | changes) >= limit and (best is None or price <= best[0]):
            best = price, changes
    return None if best is None else best[1]


# %% 6n.5 right: the cheapest first, from a heap
def cheapest_way(now, options, points, limit):
    import heapq

    names, ticket = list(options), itertools.count()
    heap = [(0, 0, next(ticket), 0, {})]
    while heap:
        effort, count, _, at, changes = heapq.heappop(heap)
        if points({**now, **changes}) >= limit:
            return changes
        for i in range(at, len(names)):
            for value, cost in options[names[i]]:
                heapq.heappush(
                    heap, (effort + cost, count + 1, next(ticket), i + 1, {**changes, names[i]: value})
                )
    return None


# %% 6n.5 right: subsets by size
def cheapest_way(now, options, points, limit):
    found = []
    for size in range(len(options) + 1):
        for names in itertools.combinations(options, size):
            for ways in itertools.product(*(options[n] for n in names)):
                changes = dict(zip(names, (value for value, _ in ways)))
                if points(dict(now, **changes)) >= limit:
                    found.append((sum(cost for _, cost in ways), changes))
    return min(found, key=lambda pair: pair[0])[1] if found else None


# %% 6n.5 wrong: one change at most -> "more effort than needed"
def cheapest_way(now, options, points, limit):
    if points(now) >= limit:
        return {}
    good = [
        (effort, {name: value})
        for name, ways in options.items()
        for value, effort in ways
        if points({**now, name: value}) >= limit
    ]
    return min(good, key=lambda way: way[0])[1] if good else None


# %% 6n.5 wrong: more than the limit -> "6n.5"
def cheapest_way(now, options, points, limit):
    best = None
    for chosen in itertools.product(*[[None, *ways] for ways in options.values()]):
        changes = {name: way[0] for name, way in zip(options, chosen) if way}
        price = sum(way[1] for way in chosen if way), len(changes)
        if points({**now, **changes}) > limit and (best is None or price < best[0]):
            best = price, changes
    return best and best[1]


# %% 6n.5 wrong: the most points for the effort, step by step -> "takes more effort than needed"
def cheapest_way(now, options, points, limit):
    changes = {}
    while points({**now, **changes}) < limit:
        here = points({**now, **changes})
        steps = [
            ((points({**now, **changes, name: value}) - here) / effort, name, value)
            for name, ways in options.items()
            if name not in changes
            for value, effort in ways
        ]
        steps = [step for step in steps if step[0] > 0]
        if not steps:
            return None
        _, name, value = max(steps)
        changes[name] = value
    return changes


# %% 6n.5 wrong: the fewest changes first -> "takes more effort than needed"
def cheapest_way(now, options, points, limit):
    best = None
    for chosen in itertools.product(*[[None, *ways] for ways in options.values()]):
        changes = {name: way[0] for name, way in zip(options, chosen) if way}
        price = len(changes), sum(way[1] for way in chosen if way)
        if points({**now, **changes}) >= limit and (best is None or price < best[0]):
            best = price, changes
    return None if best is None else best[1]


# %% 6n.5 wrong: of equal efforts any -> "of equal efforts, fewer changes are wanted"
def cheapest_way(now, options, points, limit):
    best = None
    for chosen in itertools.product(*[[*ways[::-1], None] for ways in options.values()]):
        changes = {name: way[0] for name, way in zip(options, chosen) if way}
        price = sum(way[1] for way in chosen if way)
        if points({**now, **changes}) >= limit and (best is None or price < best[0]):
            best = price, changes
    return None if best is None else best[1]


# %% 6n.5 wrong: nothing for nothing -> "no changes suffice here"
def cheapest_way(now, options, points, limit):
    best = None
    for chosen in itertools.product(*[[None, *ways] for ways in options.values()]):
        changes = {name: way[0] for name, way in zip(options, chosen) if way}
        price = sum(way[1] for way in chosen if way), len(changes)
        if points({**now, **changes}) >= limit and (best is None or price < best[0]):
            best = price, changes
    return {} if best is None else best[1]


# %% 6n.5 wrong: the whole person -> "is no change that she can make"
def cheapest_way(now, options, points, limit):
    best = None
    for chosen in itertools.product(*[[None, *ways] for ways in options.values()]):
        changes = {name: way[0] for name, way in zip(options, chosen) if way}
        price = sum(way[1] for way in chosen if way), len(changes)
        if points({**now, **changes}) >= limit and (best is None or price < best[0]):
            best = price, {**now, **changes}
    return None if best is None else best[1]


# %% 6n.5 wrong: everything is changed -> "6n.5"
def cheapest_way(now, options, points, limit):
    best = None
    for chosen in itertools.product(*options.values()):
        changes = {name: way[0] for name, way in zip(options, chosen)}
        price = sum(way[1] for way in chosen)
        if points({**now, **changes}) >= limit and (best is None or price < best[0]):
            best = price, changes
    return None if best is None else best[1]


# %% 6n.5 wrong: None for nothing to change -> "approved as she is"
def cheapest_way(now, options, points, limit):
    best = None
    for chosen in itertools.product(*[[None, *ways] for ways in options.values()]):
        moves = {name: way for name, way in zip(options, chosen) if way is not None}
        changes = {name: way[0] for name, way in moves.items()}
        price = sum(way[1] for way in moves.values()), len(moves)
        if points({**now, **changes}) >= limit and (best is None or price < best[0]):
            best = price, changes
    return best[1] or None if best else None


# %% 6n.5 wrong: each change's points on their own, added -> "6n.5"
def cheapest_way(now, options, points, limit):
    best, here = None, points(now)
    for chosen in itertools.product(*[[None, *ways] for ways in options.values()]):
        moves = {name: way for name, way in zip(options, chosen) if way is not None}
        gains = sum(points({**now, name: way[0]}) - here for name, way in moves.items())
        price = sum(way[1] for way in moves.values()), len(moves)
        if here + gains >= limit and (best is None or price < best[0]):
            best = price, {name: way[0] for name, way in moves.items()}
    return None if best is None else best[1]


# %% 6n.5 wrong: the first that suffices -> "takes more effort than needed"
def cheapest_way(now, options, points, limit):
    for chosen in itertools.product(*[[None, *ways] for ways in options.values()]):
        changes = {name: way[0] for name, way in zip(options, chosen) if way is not None}
        if points({**now, **changes}) >= limit:
            return changes
    return None


# %% 6n.5 wrong: the highest score -> "takes more effort than needed"
def cheapest_way(now, options, points, limit):
    best = {}
    for chosen in itertools.product(*[[None, *ways] for ways in options.values()]):
        changes = {name: way[0] for name, way in zip(options, chosen) if way is not None}
        if points({**now, **changes}) > points({**now, **best}):
            best = changes
    return (best if points(now) < limit else {}) if points({**now, **best}) >= limit else None


# %% 6n.5 wrong: of equal efforts the higher score -> "of equal efforts, fewer changes are wanted"
def cheapest_way(now, options, points, limit):
    best = None
    for chosen in itertools.product(*[[None, *ways] for ways in options.values()]):
        moves = {name: way for name, way in zip(options, chosen) if way is not None}
        changes = {name: way[0] for name, way in moves.items()}
        price = sum(way[1] for way in moves.values()), -points({**now, **changes})
        if points({**now, **changes}) >= limit and (best is None or price < best[0]):
            best = price, changes
    return None if best is None else best[1]


# %% 6n.5 wrong: of equal efforts more changes -> "of equal efforts, fewer changes are wanted"
def cheapest_way(now, options, points, limit):
    best = None
    for chosen in itertools.product(*[[None, *ways] for ways in options.values()]):
        moves = {name: way for name, way in zip(options, chosen) if way is not None}
        changes = {name: way[0] for name, way in moves.items()}
        price = sum(way[1] for way in moves.values()), -len(moves)
        if points({**now, **changes}) >= limit and (best is None or price < best[0]):
            best = price, changes
    return None if best is None else best[1]


# %% 6n.5 wrong: changes the customer herself -> "changes its input now"
def cheapest_way(now, options, points, limit):
    best = None
    for chosen in itertools.product(*[[None, *ways] for ways in options.values()]):
        moves = {name: way for name, way in zip(options, chosen) if way is not None}
        changes = {name: way[0] for name, way in moves.items()}
        before = dict(now)
        now.update(changes)
        price = sum(way[1] for way in moves.values()), len(moves)
        if points(now) >= limit and (best is None or price < best[0]):
            best = price, changes
        if points(now) < limit:
            now.update(before)
    return None if best is None else best[1]


# %% 6n.5 wrong: with the effort -> "return a dict"
def cheapest_way(now, options, points, limit):
    best = None
    for chosen in itertools.product(*[[None, *ways] for ways in options.values()]):
        moves = {name: way for name, way in zip(options, chosen) if way is not None}
        changes = {name: way[0] for name, way in moves.items()}
        price = sum(way[1] for way in moves.values()), len(moves)
        if points({**now, **changes}) >= limit and (best is None or price < best[0]):
            best = price, changes
    return None if best is None else (best[1], best[0][0])


# %% 6n.5 wrong: pairs of value and effort -> "is no change that she can make"
def cheapest_way(now, options, points, limit):
    best = None
    for chosen in itertools.product(*[[None, *ways] for ways in options.values()]):
        moves = {name: way for name, way in zip(options, chosen) if way is not None}
        changes = {name: way[0] for name, way in moves.items()}
        price = sum(way[1] for way in moves.values()), len(moves)
        if points({**now, **changes}) >= limit and (best is None or price < best[0]):
            best = price, moves
    return None if best is None else best[1]


# %% 6n.5 wrong: two changes at most -> "6n.5"
def cheapest_way(now, options, points, limit):
    found = [] if points(now) < limit else [(0, {})]
    for size in (1, 2):
        for names in itertools.combinations(options, size):
            for ways in itertools.product(*(options[n] for n in names)):
                changes = dict(zip(names, (value for value, _ in ways)))
                if points({**now, **changes}) >= limit:
                    found.append((sum(cost for _, cost in ways), changes))
    return min(found, key=lambda pair: pair[0])[1] if found else None


# %% 6n.5 wrong: the last feature must change -> "6n.5"
def cheapest_way(now, options, points, limit):
    if points(now) >= limit:
        return {}
    best, names = None, list(options)
    lists = [[None, *options[n]] for n in names[:-1]] + [options[n] for n in names[-1:]]
    for chosen in itertools.product(*lists):
        moves = {name: way for name, way in zip(names, chosen) if way is not None}
        changes = {name: way[0] for name, way in moves.items()}
        price = sum(way[1] for way in moves.values()), len(moves)
        if points({**now, **changes}) >= limit and (best is None or price < best[0]):
            best = price, changes
    return None if best is None else best[1]


# %% 6n.5 wrong: the largest effort counts -> "takes more effort than needed"
def cheapest_way(now, options, points, limit):
    best = None
    for chosen in itertools.product(*[[None, *ways] for ways in options.values()]):
        moves = {name: way for name, way in zip(options, chosen) if way is not None}
        changes = {name: way[0] for name, way in moves.items()}
        price = max((way[1] for way in moves.values()), default=0), len(moves)
        if points({**now, **changes}) >= limit and (best is None or price < best[0]):
            best = price, changes
    return None if best is None else best[1]
