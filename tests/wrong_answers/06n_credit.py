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


# %% 6n.1 wrong: no bin for blanks where there are none -> "expected"
def information_value(values, borders, bad):
    blanks, base = np.isnan(values), bad.mean()
    k = len(borders) + (2 if blanks.any() else 1)
    bins = np.where(blanks, k - 1, np.searchsorted(borders, values, side="right"))
    good, lost = np.bincount(bins, 1 - bad, k) + 1 - base, np.bincount(bins, bad, k) + base
    good, lost = good / good.sum(), lost / lost.sum()
    return ((good - lost) * np.log(good / lost)).sum()


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


# %% 6n.4 wrong: no limit -> "None is wanted"
def forced_rate(good, pays, reached):
    return good * reached * (1 - pays) / pays / (1 - good)


# %% 6n.4 wrong: cut off at one -> "None is wanted"
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
