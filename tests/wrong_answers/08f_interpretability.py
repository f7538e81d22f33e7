# %% 8f.1 right: a list, one at a time
def deletion_curve(f, x, base, scores):
    left = sorted(range(len(x)), key=lambda j: -scores[j])
    now, curve = [float(v) for v in x], []
    curve.append(f(np.array(now)))
    for j in left:
        now[j] = float(base[j])
        curve.append(f(np.array(now)))
    return tuple(curve)


# %% 8f.1 right: masks, as an array
def deletion_curve(f, x, base, scores):
    order = np.lexsort((np.arange(len(x)), -np.asarray(scores)))
    place = np.empty(len(x), dtype=int)
    place[order] = np.arange(len(x))
    return np.array([f(np.where(place < gone, base, x).astype(float)) for gone in range(len(x) + 1)])


# %% 8f.1 right: recursion
def deletion_curve(f, x, base, scores):
    def rest(now, todo):
        if not todo:
            return [f(now)]
        j = max(todo, key=lambda i: (scores[i], -i))
        after = np.where(np.arange(len(now)) == j, base, now)
        return [f(now), *rest(after, [i for i in todo if i != j])]

    return rest(np.array(x, dtype=float), list(range(len(x))))


# %% 8f.1 wrong: smallest first -> "the smallest score goes first"
def deletion_curve(f, x, base, scores):
    x = np.array(x, dtype=float)
    curve = [f(x)]
    for j in np.argsort(scores, kind="stable"):
        x[j] = base[j]
        curve.append(f(x))
    return curve


# %% 8f.1 wrong: by size -> "sorted by size"
def deletion_curve(f, x, base, scores):
    x = np.array(x, dtype=float)
    curve = [f(x)]
    for j in np.argsort(-np.abs(scores), kind="stable"):
        x[j] = base[j]
        curve.append(f(x))
    return curve


# %% 8f.1 wrong: each comes back -> "comes back before the next one"
def deletion_curve(f, x, base, scores):
    curve = [f(x)]
    for j in np.argsort(-scores, kind="stable"):
        now = np.array(x, dtype=float)
        now[j] = base[j]
        curve.append(f(now))
    return curve


# %% 8f.1 wrong: to zero -> "the baseline is asked for"
def deletion_curve(f, x, base, scores):
    x = np.array(x, dtype=float)
    curve = [f(x)]
    for j in np.argsort(-scores, kind="stable"):
        x[j] = 0
        curve.append(f(x))
    return curve


# %% 8f.1 wrong: the start is missing -> "before the first deletion is missing"
def deletion_curve(f, x, base, scores):
    x = np.array(x, dtype=float)
    curve = []
    for j in np.argsort(-scores, kind="stable"):
        x[j] = base[j]
        curve.append(f(x))
    return curve


# %% 8f.1 wrong: ties turned -> "among equal scores"
def deletion_curve(f, x, base, scores):
    x = np.array(x, dtype=float)
    curve = [f(x)]
    for j in np.argsort(scores, kind="stable")[::-1]:
        x[j] = base[j]
        curve.append(f(x))
    return curve


# %% 8f.1 wrong: whole numbers stay whole, halves are cut -> "differ"
def deletion_curve(f, x, base, scores):
    x = np.array(x, dtype=int)
    curve = [f(x)]
    for j in np.argsort(-scores, kind="stable"):
        x[j] = base[j]
        curve.append(f(x))
    return curve


# %% 8f.1 wrong: in place -> "changes its input x"
def deletion_curve(f, x, base, scores):
    curve = [f(x)]
    for j in np.argsort(-scores, kind="stable"):
        x[j] = base[j]
        curve.append(f(x))
    return curve


# %% 8f.1 right: pairs, sorted from behind; Python's reverse keeps ties
def deletion_curve(f, x, base, scores):
    now = x.astype(float)
    curve = [f(now)]
    for j, _ in sorted(enumerate(scores.tolist()), key=lambda pair: pair[1], reverse=True):
        now = np.where(np.arange(len(x)) == j, base, now)
        curve.append(f(now))
    return torch.tensor(curve)


# %% 8f.1 right: one table of inputs, a row after each deletion
def deletion_curve(f, x, base, scores):
    table = np.tile(x.astype(float), (len(x) + 1, 1))
    for step, j in enumerate(np.argsort(-scores, kind="stable"), start=1):
        table[step:, j] = base[j]
    return list(map(f, table))


# %% 8f.1 right: each time the largest that is left
def deletion_curve(f, x, base, scores):
    now, left = [*map(float, x)], [*map(float, scores)]
    curve = [np.array(f(np.array(now)))]
    for _ in x:
        j = left.index(max(left))
        now[j], left[j] = base[j], -math.inf
        curve.append(np.array(f(np.array(now))))
    return curve


# %% 8f.1 wrong: a sort that loses the order of ties -> "40 inputs"
def deletion_curve(f, x, base, scores):
    x = np.array(x, dtype=float)
    curve = [f(x)]
    for j in np.argsort(-scores, kind="heapsort"):
        x[j] = base[j]
        curve.append(f(x))
    return curve


# %% 8f.1 wrong: inserted instead of deleted -> "begin at x"
def deletion_curve(f, x, base, scores):
    now = np.array(base, dtype=float)
    curve = [f(now)]
    for j in np.argsort(-scores, kind="stable"):
        now[j] = x[j]
        curve.append(f(now))
    return curve


# %% 8f.1 wrong: the falls -> "the values of f are asked for"
def deletion_curve(f, x, base, scores):
    x = np.array(x, dtype=float)
    falls, before = [], f(x)
    for j in np.argsort(-scores, kind="stable"):
        x[j] = base[j]
        falls.append(before - f(x))
        before = f(x)
    return falls


# %% 8f.1 wrong: from left to right -> "the scores decide"
def deletion_curve(f, x, base, scores):
    x = np.array(x, dtype=float)
    curve = [f(x)]
    for j in range(len(x)):
        x[j] = base[j]
        curve.append(f(x))
    return curve


# %% 8f.1 wrong: the last deletion is left out -> "counts once more"
def deletion_curve(f, x, base, scores):
    x = np.array(x, dtype=float)
    curve = []
    for j in np.argsort(-scores, kind="stable"):
        curve.append(f(x))
        x[j] = base[j]
    return curve


# %% 8f.1 wrong: as shares of the start -> "differ"
def deletion_curve(f, x, base, scores):
    x = np.array(x, dtype=float)
    start = f(x)
    curve = [1.0]
    for j in np.argsort(-scores, kind="stable"):
        x[j] = base[j]
        curve.append(f(x) / start)
    return curve


# %% 8f.1 wrong: ranks taken for an order -> "differ"
def deletion_curve(f, x, base, scores):
    x = np.array(x, dtype=float)
    curve = [f(x)]
    for j in np.argsort(np.argsort(-scores, kind="stable"), kind="stable"):
        x[j] = base[j]
        curve.append(f(x))
    return curve


# %% 8f.1 wrong: moved by the baseline, not to it -> "differ"
def deletion_curve(f, x, base, scores):
    x = np.array(x, dtype=float)
    curve = [f(x)]
    for j in np.argsort(-scores, kind="stable"):
        x[j] -= base[j]
        curve.append(f(x))
    return curve


# %% 8f.2 right: sets, row by row
def share_that_turns(decide, rows, column, values):
    seen = [set() for _ in rows]
    for value in values:
        changed = rows.copy()
        changed[:, column] = value
        for row, decision in zip(seen, decide(changed), strict=True):
            row.add(decision if isinstance(decision, bool) else str(decision))
    return sum(len(row) > 1 for row in seen) / len(rows)


# %% 8f.2 right: all pairs
def share_that_turns(decide, rows, column, values):
    made = []
    for value in values:
        changed = np.array(rows)
        changed[:, column] = value
        made.append(np.asarray(decide(changed)))
    turned = np.zeros(len(rows), dtype=bool)
    for a, b in itertools.combinations(made, 2):
        turned |= a != b
    return turned.mean()


# %% 8f.2 right: one row after another, as a tensor
def share_that_turns(decide, rows, column, values):
    turned = 0
    for row in rows:
        many = np.tile(row, (len(values), 1))
        many[:, column] = values
        said = list(decide(many))
        turned += any(one != said[0] for one in said)
    return torch.tensor(turned / len(rows))


# %% 8f.2 wrong: first and last -> "only the first and the last"
def share_that_turns(decide, rows, column, values):
    ends = []
    for value in (values[0], values[-1]):
        changed = rows.copy()
        changed[:, column] = value
        ends.append(np.asarray(decide(changed)))
    return float((ends[0] != ends[1]).mean())


# %% 8f.2 wrong: a mean over values -> "a mean over values"
def share_that_turns(decide, rows, column, values):
    made = []
    for value in values:
        changed = rows.copy()
        changed[:, column] = value
        made.append(np.asarray(decide(changed)))
    made = np.array(made)
    return float((made[1:] != made[0]).mean()) if len(made) > 1 else 0.0


# %% 8f.2 wrong: against the rows as they are -> "compared with the rows as they came"
def share_that_turns(decide, rows, column, values):
    now, turned = np.asarray(decide(rows)), np.zeros(len(rows), dtype=bool)
    for value in values:
        changed = rows.copy()
        changed[:, column] = value
        turned |= np.asarray(decide(changed)) != now
    return float(turned.mean())


# %% 8f.2 wrong: those that stay -> "the share that stays"
def share_that_turns(decide, rows, column, values):
    made = []
    for value in values:
        changed = rows.copy()
        changed[:, column] = value
        made.append(np.asarray(decide(changed)))
    return float((np.array(made) == made[0]).all(axis=0).mean())


# %% 8f.2 wrong: a number -> "a number of rows"
def share_that_turns(decide, rows, column, values):
    made = []
    for value in values:
        changed = rows.copy()
        changed[:, column] = value
        made.append(np.asarray(decide(changed)))
    return int((np.array(made) != made[0]).any(axis=0).sum())


# %% 8f.2 wrong: neighbours only, last against first forgotten is right, but counted twice -> "once for each turn"
def share_that_turns(decide, rows, column, values):
    turns, before = np.zeros(len(rows)), None
    for value in values:
        changed = rows.copy()
        changed[:, column] = value
        now = np.asarray(decide(changed))
        if before is not None:
            turns += now != before
        before = now
    return float(turns.mean())


# %% 8f.2 wrong: the rows change -> "changes its input rows"
def share_that_turns(decide, rows, column, values):
    made = []
    for value in values:
        rows[:, column] = value
        made.append(np.asarray(decide(rows)))
    return float((np.array(made) != made[0]).any(axis=0).mean())


# %% 8f.2 wrong: decisions as numbers -> "raised"
def share_that_turns(decide, rows, column, values):
    made = []
    for value in values:
        changed = rows.copy()
        changed[:, column] = value
        made.append(np.asarray(decide(changed)).astype(float))
    return float((np.ptp(np.array(made), axis=0) > 0).mean())


# %% 8f.2 right: neighbours among the values, any of them
def share_that_turns(decide, rows, column, values):
    made = []
    for value in values:
        changed = rows.copy()
        changed[:, column] = value
        made.append(np.asarray(decide(changed)))
    made = np.array(made)
    return np.any(made[1:] != made[:-1], axis=0).mean()


# %% 8f.2 right: all rows in one call
def share_that_turns(decide, rows, column, values):
    many = np.repeat(rows[None], len(values), axis=0)
    many[:, :, column] = np.array(values)[:, None]
    made = np.asarray(decide(many.reshape(-1, rows.shape[1]))).reshape(len(values), -1)
    return 1 - float((made == made[0]).all(axis=0).mean())


# %% 8f.2 right: columns joined, numbers of different decisions
def share_that_turns(decide, rows, column, values):
    seen = []
    for value in values:
        rest = np.delete(rows, column, axis=1)
        seen.append(decide(np.insert(rest, column, value, axis=1)))
    return np.float32(np.mean([len(set(said)) > 1 for said in zip(*seen, strict=True)]))


# %% 8f.2 wrong: a mean over all decisions -> "a row counts once"
def share_that_turns(decide, rows, column, values):
    made = []
    for value in values:
        changed = rows.copy()
        changed[:, column] = value
        made.append(np.asarray(decide(changed)))
    return float((np.array(made) != made[0]).mean())


# %% 8f.2 wrong: the other axis -> "the share of rows is asked for"
def share_that_turns(decide, rows, column, values):
    made = []
    for value in values:
        changed = rows.copy()
        changed[:, column] = value
        made.append(np.asarray(decide(changed)))
    return float((np.array(made) != made[0]).any(axis=1).mean())


# %% 8f.2 wrong: the first two -> "only the first two values"
def share_that_turns(decide, rows, column, values):
    made = []
    for value in values:
        changed = rows.copy()
        changed[:, column] = value
        made.append(np.asarray(decide(changed)))
    return float((made[0] != made[min(1, len(made) - 1)]).mean())


# %% 8f.2 wrong: every decision must differ from the first -> "expected 0."
def share_that_turns(decide, rows, column, values):
    made = []
    for value in values:
        changed = rows.copy()
        changed[:, column] = value
        made.append(np.asarray(decide(changed)))
    return float((np.array(made[1:]) != made[0]).all(axis=0).mean()) if len(made) > 1 else 0.0


# %% 8f.2 wrong: how many other decisions a row gets -> "expected 0."
def share_that_turns(decide, rows, column, values):
    made = []
    for value in values:
        changed = rows.copy()
        changed[:, column] = value
        made.append(np.asarray(decide(changed)))
    return float(np.mean([len(set(said)) - 1 for said in zip(*made, strict=True)]))


# %% 8f.2 wrong: in percent -> "expected 0.175"
def share_that_turns(decide, rows, column, values):
    made = []
    for value in values:
        changed = rows.copy()
        changed[:, column] = value
        made.append(np.asarray(decide(changed)))
    return 100 * float((np.array(made) != made[0]).any(axis=0).mean())


# %% 8f.2 wrong: the values are added -> "expected 0.175"
def share_that_turns(decide, rows, column, values):
    made = []
    for value in values:
        changed = rows.copy()
        changed[:, column] += value
        made.append(np.asarray(decide(changed)))
    return float((np.array(made) != made[0]).any(axis=0).mean())


# %% 8f.2 wrong: the value goes into every column -> "expected 0.175"
def share_that_turns(decide, rows, column, values):
    made = []
    for value in values:
        made.append(np.asarray(decide(np.full_like(rows, value))))
    return float((np.array(made) != made[0]).any(axis=0).mean())


# %% 8f.2 wrong: a row instead of a column -> "expected 0.175"
def share_that_turns(decide, rows, column, values):
    made = []
    for value in values:
        changed = rows.copy()
        changed[column] = value
        made.append(np.asarray(decide(changed)))
    return float((np.array(made) != made[0]).any(axis=0).mean())


# %% 8f.2 wrong: one line for each row -> "expected one number"
def share_that_turns(decide, rows, column, values):
    made = []
    for value in values:
        changed = rows.copy()
        changed[:, column] = value
        made.append(np.asarray(decide(changed)))
    return (np.array(made) != made[0]).any(axis=0).astype(float)


# %% 8f.2 wrong: any turn at all -> "expected numbers"
def share_that_turns(decide, rows, column, values):
    made = []
    for value in values:
        changed = rows.copy()
        changed[:, column] = value
        made.append(np.asarray(decide(changed)))
    return bool((np.array(made) != made[0]).any())


# %% 8f.3 right: with loops, as lists
def restored(clean, spoilt, patched):
    n = len(clean)
    gap = sum(clean) / n - sum(spoilt) / n
    return [[(sum(head) / n - sum(spoilt) / n) / gap for head in layer] for layer in patched]


# %% 8f.3 right: sums, as a tensor
def restored(clean, spoilt, patched):
    return torch.tensor((patched - spoilt).sum(axis=2) / (clean - spoilt).sum())


# %% 8f.3 right: what is missing, taken from one
def restored(clean, spoilt, patched):
    return 1 - (clean.mean() - patched.mean(2)) / (clean.mean() - spoilt.mean())


# %% 8f.3 wrong: a mean of ratios -> "a mean of ratios"
def restored(clean, spoilt, patched):
    with np.errstate(divide="ignore", invalid="ignore"):
        return ((patched - spoilt) / (clean - spoilt)).mean(axis=2)


# %% 8f.3 wrong: the ratios, zero gaps left out -> "still a mean of ratios"
def restored(clean, spoilt, patched):
    kept = clean != spoilt
    return ((patched - spoilt)[..., kept] / (clean - spoilt)[kept]).mean(axis=2)


# %% 8f.3 wrong: what is missing -> "still missing"
def restored(clean, spoilt, patched):
    return (clean.mean() - patched.mean(axis=2)) / (clean.mean() - spoilt.mean())


# %% 8f.3 wrong: no gap -> "the gap is not divided by"
def restored(clean, spoilt, patched):
    return patched.mean(axis=2) - spoilt.mean()


# %% 8f.3 wrong: from nothing -> "compared with nothing"
def restored(clean, spoilt, patched):
    return patched.mean(axis=2) / (clean.mean() - spoilt.mean())


# %% 8f.3 wrong: over the clean margin -> "divided by the clean margin"
def restored(clean, spoilt, patched):
    return (patched.mean(axis=2) - spoilt.mean()) / clean.mean()


# %% 8f.3 wrong: a size of gap, so the sign is lost -> "the sign is turned"
def restored(clean, spoilt, patched):
    return (patched.mean(axis=2) - spoilt.mean()) / abs(clean.mean() - spoilt.mean())


# %% 8f.3 wrong: cut to 0 and 1 -> "differ"
def restored(clean, spoilt, patched):
    return np.clip((patched.mean(axis=2) - spoilt.mean()) / (clean.mean() - spoilt.mean()), 0, 1)


# %% 8f.3 right: einsum, in single precision
def restored(clean, spoilt, patched):
    one, two, three = (torch.tensor(a, dtype=torch.float32) for a in (clean, spoilt, patched))
    n = len(one)
    return (torch.einsum("lhn->lh", three) / n - two.mean()) / (one.mean() - two.mean())


# %% 8f.3 right: a line from spoilt to clean
def restored(clean, spoilt, patched):
    return np.interp(patched.mean(2), [-1e9, 1e9], [-1e9, 1e9]) / (clean - spoilt).mean() - spoilt.mean() / (
        clean - spoilt
    ).mean()


# %% 8f.3 right: ratios weighted by the gap
def restored(clean, spoilt, patched):
    gap = clean - spoilt
    back = np.zeros(patched.shape[:2])
    for n, size in enumerate(gap):
        share = (patched[:, :, n] - spoilt[n]) / size if size else 0
        back += share * size if size else patched[:, :, n] - spoilt[n]
    return back / gap.sum()


# %% 8f.3 wrong: zero gaps left out, then means -> "counts in the mean, too"
def restored(clean, spoilt, patched):
    kept = clean != spoilt
    return (patched[..., kept] - spoilt[kept]).mean(axis=2) / (clean[kept] - spoilt[kept]).mean()


# %% 8f.3 wrong: zero gaps as nothing -> "zero gaps count as 0"
def restored(clean, spoilt, patched):
    gap = clean - spoilt
    return np.where(gap != 0, (patched - spoilt) / np.where(gap == 0, 1, gap), 0).mean(axis=2)


# %% 8f.3 wrong: a tiny number in the gap -> "differ"
def restored(clean, spoilt, patched):
    return ((patched - spoilt) / (clean - spoilt + 1e-6)).mean(axis=2)


# %% 8f.3 wrong: medians -> "differ"
def restored(clean, spoilt, patched):
    low = np.median(spoilt)
    return (np.median(patched, axis=2) - low) / (np.median(clean) - low)


# %% 8f.3 wrong: the other axis -> "the examples are the last axis"
def restored(clean, spoilt, patched):
    return (patched - spoilt).mean(axis=1) / (clean - spoilt).mean()


# %% 8f.3 wrong: a share of each example -> "expected an array of shape"
def restored(clean, spoilt, patched):
    return (patched - spoilt) / (clean - spoilt).mean()


# %% 8f.3 wrong: sum over mean -> "differ"
def restored(clean, spoilt, patched):
    return (patched - spoilt).sum(axis=2) / (clean - spoilt).mean()


# %% 8f.3 wrong: the gap turned round -> "the sign is turned"
def restored(clean, spoilt, patched):
    return (patched - spoilt).mean(axis=2) / (spoilt - clean).mean()


# %% 8f.3 wrong: against the spoilt margin -> "differ"
def restored(clean, spoilt, patched):
    return (patched.mean(axis=2) - spoilt.mean()) / spoilt.mean()


# %% 8f.3 wrong: never below zero -> "differ"
def restored(clean, spoilt, patched):
    return np.maximum((patched - spoilt).mean(axis=2) / (clean - spoilt).mean(), 0)


# %% 8f.3 wrong: the size of what came back -> "differ"
def restored(clean, spoilt, patched):
    return abs((patched - spoilt).mean(axis=2) / (clean - spoilt).mean())


# %% 8f.4 right: a loop, as a list
def induction_scores(weights, n):
    scores = []
    for head in weights:
        scores.append(sum(head[n + i][1 + i] for i in range(n)) / n)
    return scores


# %% 8f.4 right: the second half's diagonal, as a tensor
def induction_scores(weights, n):
    block = torch.tensor(weights)[:, n:, 1 : n + 1]
    return block.diagonal(dim1=1, dim2=2).mean(dim=1)


# %% 8f.4 right: trace
def induction_scores(weights, n):
    return np.trace(weights[:, n:, 1:], axis1=1, axis2=2) / n


# %% 8f.4 wrong: the copy itself -> "the earlier copy itself"
def induction_scores(weights, n):
    return weights[:, n:, :n].diagonal(axis1=1, axis2=2).mean(axis=1)


# %% 8f.4 wrong: the whole diagonal -> "a place of the first copy"
def induction_scores(weights, n):
    return weights.diagonal(1 - n, axis1=1, axis2=2).mean(axis=1)


# %% 8f.4 wrong: from the second place on -> "the first place of the second copy"
def induction_scores(weights, n):
    t = np.arange(n + 1, 2 * n)
    return weights[:, t, t - n + 1].mean(axis=1)


# %% 8f.4 wrong: before the copy -> "before the earlier copy"
def induction_scores(weights, n):
    t = np.arange(n + 1, 2 * n)
    return weights[:, t, t - n - 1].mean(axis=1)


# %% 8f.4 wrong: a sum -> "a sum, not a mean"
def induction_scores(weights, n):
    return np.trace(weights[:, n:, 1:], axis1=1, axis2=2)


# %% 8f.4 wrong: over the whole text -> "not over the whole text"
def induction_scores(weights, n):
    return np.trace(weights[:, n:, 1:], axis1=1, axis2=2) / weights.shape[1]


# %% 8f.4 wrong: one number -> "one number for each head"
def induction_scores(weights, n):
    t = np.arange(n, 2 * n)
    return weights[:, t, t - n + 1].mean()


# %% 8f.4 wrong: just before -> "to the token just before"
def induction_scores(weights, n):
    t = np.arange(n, 2 * n)
    return weights[:, t, t - 1].mean(axis=1)


# %% 8f.4 wrong: two further -> "one place too far"
def induction_scores(weights, n):
    t = np.arange(n, 2 * n)
    return weights[:, t, t - n + 2].mean(axis=1)


# %% 8f.4 right: a mask
def induction_scores(weights, n):
    t, s = np.indices(weights.shape[1:])
    return weights[:, (t >= n) & (t - s == n - 1)].mean(axis=1)


# %% 8f.4 right: n from the shape, recursion, a tuple
def induction_scores(weights, n):
    def total(head, t):
        return head[t, t - len(head) // 2 + 1] + (total(head, t + 1) if t + 1 < len(head) else 0)

    return tuple(total(head, len(head) // 2) / (len(head) // 2) for head in weights)


# %% 8f.4 right: einsum, in single precision
def induction_scores(weights, n):
    return torch.einsum("htt->h", torch.tensor(weights[:, n:, 1 : n + 1]).float()) / n


# %% 8f.4 right: rows shifted
def induction_scores(weights, n):
    lines = [np.roll(weights[:, t], n - 1 - t, axis=1)[:, 0] for t in range(n, 2 * n)]
    return np.mean(lines, axis=0)


# %% 8f.4 wrong: rows and columns -> "no place looks ahead"
def induction_scores(weights, n):
    t = np.arange(n, 2 * n)
    return weights[:, t - n + 1, t].mean(axis=1)


# %% 8f.4 wrong: the last place is left out -> "the last place of the second copy"
def induction_scores(weights, n):
    t = np.arange(n, 2 * n - 1)
    return weights[:, t, t - n + 1].mean(axis=1)


# %% 8f.4 wrong: the lesson's 24 -> "raised"
def induction_scores(weights, n):
    return weights[:, np.arange(24, 48), np.arange(1, 25)].mean(axis=1)


# %% 8f.4 wrong: one line for each place -> "expected an array of shape"
def induction_scores(weights, n):
    t = np.arange(n, 2 * n)
    return weights[:, t, t - n + 1].mean(axis=0)


# %% 8f.4 wrong: the largest -> "the largest"
def induction_scores(weights, n):
    t = np.arange(n, 2 * n)
    return weights[:, t, t - n + 1].max(axis=1)


# %% 8f.4 wrong: a median -> "differ"
def induction_scores(weights, n):
    t = np.arange(n, 2 * n)
    return np.median(weights[:, t, t - n + 1], axis=1)


# %% 8f.4 wrong: the whole block -> "its own place"
def induction_scores(weights, n):
    return weights[:, n:, 1 : n + 1].mean(axis=(1, 2))


# %% 8f.4 wrong: the first copy looks -> "no place looks ahead"
def induction_scores(weights, n):
    return np.trace(weights[:, :n, 1:], axis1=1, axis2=2) / n


# %% 8f.4 wrong: how often it is the place most looked at -> "differ"
def induction_scores(weights, n):
    t = np.arange(n, 2 * n)
    return (weights[:, n:].argmax(axis=2) == t - n + 1).mean(axis=1)


# %% 8f.4 wrong: a share of what the second copy gives to the first -> "differ"
def induction_scores(weights, n):
    t = np.arange(n, 2 * n)
    return weights[:, t, t - n + 1].sum(axis=1) / weights[:, n:, :n].sum(axis=(1, 2))


# %% 8f.5 right: a list of pairs, sorted
def best_audit(audits, share, damage, rebuild):
    found = [(share * damage, 0, "trust"), (rebuild, 1, "rebuild")]
    for n, (name, (caught, bad, alarms, good, price)) in enumerate(audits.items()):
        hit = stats.wilson(caught, bad)[0]
        alarm = stats.wilson(alarms, good)[1]
        stop = share * hit + (1 - share) * alarm
        found.append((price + stop * rebuild + share * (1 - hit) * damage, n + 2, name))
    return list(sorted(found)[0][::-2])


# %% 8f.5 right: what is saved against trusting
def best_audit(audits, share, damage, rebuild):
    saved = {"trust": 0.0, "rebuild": share * damage - rebuild}
    for name in audits:
        caught, bad, alarms, good, price = audits[name]
        low, high = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        saved[name] = share * low * (damage - rebuild) - (1 - share) * high * rebuild - price
    best = "trust"
    for name, value in saved.items():
        if value > saved[best]:
            best = name
    return best, torch.tensor(share * damage - saved[best], dtype=torch.float64)


# %% 8f.5 wrong: rates as measured -> "few trials promise less"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = caught / bad, alarms / good
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: hopeful ends -> "the cautious ends of the intervals are the others"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).high, stats.wilson(alarms, good).low
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: a caught one is free -> "must be rebuilt, too"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (1 - hit) * damage + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: alarms cost nothing -> "alarms at good models cost"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, _, _, price) in audits.items():
        hit = stats.wilson(caught, bad).low
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage)
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: alarms at all models -> "alarms at good ones are rarer"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + alarm * rebuild
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: audits are free -> "the audit itself has a price"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, _) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: audits only -> "to ship without an audit is a choice"
def best_audit(audits, share, damage, rebuild):
    cost = {}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get, default="trust")
    return name, cost.get(name, share * damage)


# %% 8f.5 wrong: no "rebuild" -> "to rebuild every model is a choice"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: the name alone -> "expected a name and a number"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    return min(cost, key=cost.get)


# %% 8f.5 wrong: the last of equal ones -> "expected 'trust'"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = min(reversed(list(cost)), key=cost.get)
    return name, cost[name]


# %% 8f.5 right: cents
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get)
    return name, round(cost[name], 2)


# %% 8f.5 right: the tree, end by end
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = sum(
            chance * (price + paid)
            for chance, paid in (
                (share * hit, rebuild),
                (share * (1 - hit), damage),
                ((1 - share) * alarm, rebuild),
                ((1 - share) * (1 - alarm), 0),
            )
        )
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 right: an array of costs, argmin
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    n = int(np.argmin(list(cost.values())))
    return list(cost)[n], np.array(list(cost.values()))[n]


# %% 8f.5 right: own Wilson interval, with 1.96
def best_audit(audits, share, damage, rebuild):
    z = 1.96
    def wilson(k, n, sign):
        p = k / n
        return (p + z * z / (2 * n) + sign * z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)
    out = [("trust", share * damage), ("rebuild", float(rebuild))]
    for name, (k, b, f, g, price) in audits.items():
        miss = 1 - wilson(k, b, -1)
        alarm = share * (1 - miss) + (1 - share) * wilson(f, g, 1)
        out.append((name, price + alarm * rebuild + share * miss * damage))
    return list(min(out, key=lambda o: o[1]))


# %% 8f.5 wrong: two lower ends -> "the cautious end for alarms"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).low
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: two upper ends -> "the cautious end for catches"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).high, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: counts of the other kind -> "catches are counted among the bad"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, good).low, stats.wilson(alarms, bad).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: all models as trials -> "got 6000"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad + good).low, stats.wilson(alarms, bad + good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: only the bad are rebuilt -> "nobody knows yet"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": share * rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: trust always costs -> "only a part of the models"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: audits first -> "expected 'trust'"
def best_audit(audits, share, damage, rebuild):
    cost = {}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    cost |= {"trust": share * damage, "rebuild": rebuild}
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: rebuild before trust -> "expected 'trust'"
def best_audit(audits, share, damage, rebuild):
    cost = {"rebuild": rebuild, "trust": share * damage}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: by name among equals -> "expected '"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    euros, name = min((euros, name) for name, euros in cost.items())
    return name, euros


# %% 8f.5 wrong: the dearest -> "a choice, too"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = max(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: cost first -> "expected a name and a number"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get)
    return cost[name], name


# %% 8f.5 wrong: no number -> "got None"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    return min(cost, key=cost.get), None


# %% 8f.5 wrong: a table -> "expected a name and a number"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    return cost


# %% 8f.5 wrong: 90 % intervals -> "got 3371"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad, 0.9).low, stats.wilson(alarms, good, 0.9).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: the other interval -> "got 3774"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.clopper_pearson(caught, bad).low, stats.clopper_pearson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: a caught model does its damage, too -> "got 6000"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + damage) + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: the price only for alarms -> "got 3127"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = (share * hit + (1 - share) * alarm) * (price + rebuild) + share * (1 - hit) * damage
    name = min(cost, key=cost.get)
    return name, cost[name]


# %% 8f.5 wrong: picked by the rates, told with the cautious ends -> "map, hand"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    plain = {
        name: price
        + share * (caught / bad * rebuild + (1 - caught / bad) * damage)
        + (1 - share) * alarms / good * rebuild
        for name, (caught, bad, alarms, good, price) in audits.items()
    }
    name = min(both := {"trust": share * damage, "rebuild": rebuild} | plain, key=both.get)
    return name, cost[name]


# %% 8f.5 wrong: whole euros -> "got 3776"
def best_audit(audits, share, damage, rebuild):
    cost = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        hit, alarm = stats.wilson(caught, bad).low, stats.wilson(alarms, good).high
        cost[name] = price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild
    name = min(cost, key=cost.get)
    return name, int(cost[name])


# %% 8f.5 wrong: intervals of 90 % -> "expected"
def best_audit(audits, share, damage, rebuild):
    costs = {"trust": share * damage, "rebuild": rebuild}
    for name, (caught, bad, alarms, good, price) in audits.items():
        c, a = stats.wilson(caught, bad, 0.9).low, stats.wilson(alarms, good, 0.9).high
        costs[name] = price + share * (c * rebuild + (1 - c) * damage) + (1 - share) * a * rebuild
    name = min(costs, key=costs.get)
    return name, costs[name]
