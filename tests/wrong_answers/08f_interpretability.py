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


# %% 8f.3 wrong: the ratios, zero gaps left out -> "differ"
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
