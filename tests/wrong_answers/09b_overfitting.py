# %% 9b.1 right: three cases
def shrunk(a, s):
    return np.where(a > s, a - s, np.where(a < -s, a + s, 0.0))


# %% 9b.1 right: what a clip leaves
def shrunk(a, s):
    return a - np.clip(a, -s, s)


# %% 9b.1 right: torch
def shrunk(a, s):
    a = torch.as_tensor(a)
    return a.sign() * (a.abs() - s).clamp(min=0)


# %% 9b.1 right: plain Python, number by number
def shrunk(a, s):
    return np.vectorize(lambda v: max(v - s, 0.0) + min(v + s, 0.0))(a)


# %% 9b.1 right: by a fine search
def shrunk(a, s):
    def one(v):
        return min((0.0, v - s, v + s), key=lambda w: (w - v) ** 2 / 2 + s * abs(w))

    return np.vectorize(one, otypes=[float])(a)


# %% 9b.1 right: a copy with masks
def shrunk(a, s):
    w = np.zeros_like(a)
    w[a > s] = a[a > s] - s
    w[a < -s] = a[a < -s] + s
    return w


# %% 9b.1 right: every place by its index, lists come back
def shrunk(a, s):
    w = a.astype(float).copy()
    for place in np.ndindex(a.shape):
        w[place] = math.copysign(max(abs(a[place]) - s, 0), a[place])
    return w.tolist()


# %% 9b.1 right: a factor on the weight
def shrunk(a, s):
    size = np.abs(a)
    return a * np.maximum(1 - s / np.where(size == 0, 1, size), 0) if s else a


# %% 9b.1 wrong: L2 -> "that is the answer for L2"
def shrunk(a, s):
    return a / (1 + s)


# %% 9b.1 wrong: past zero -> "small weights are moved past zero"
def shrunk(a, s):
    return a - s * np.sign(a)


# %% 9b.1 wrong: hard threshold -> "large weights are not moved, small ones cut"
def shrunk(a, s):
    return np.where(np.abs(a) > s, a, 0)


# %% 9b.1 wrong: positive only -> "negative weights deserve the mirror image"
def shrunk(a, s):
    return np.maximum(a - s, 0)


# %% 9b.1 wrong: no sign -> "the sign is lost"
def shrunk(a, s):
    return np.maximum(np.abs(a) - s, 0)


# %% 9b.1 wrong: no half in the first term -> "half as far as the slopes balance"
def shrunk(a, s):
    return np.sign(a) * np.maximum(np.abs(a) - s / 2, 0)


# %% 9b.1 wrong: twice as far -> "twice as far as the slopes balance"
def shrunk(a, s):
    return np.sign(a) * np.maximum(np.abs(a) - 2 * s, 0)


# %% 9b.1 wrong: clipped -> "small weights jump to the penalty's strength"
def shrunk(a, s):
    return np.clip(a, -s, s)


# %% 9b.1 wrong: in place -> "changes its input a"
def shrunk(a, s):
    a[np.abs(a) <= s] = 0
    return a - s * np.sign(a)


# %% 9b.1 wrong: one dimension only -> "expected"
def shrunk(a, s):
    return np.array([np.sign(v) * max(abs(v) - s, 0) for v in np.ravel(a)])


# %% 9b.1 wrong: the lesson's strength -> "expected"
def shrunk(a, s):
    return np.sign(a) * np.maximum(np.abs(a) - 1.0, 0)


# %% 9b.1 wrong: sign of the slope turned -> "expected"
def shrunk(a, s):
    return np.where(a > 0, a + s, a - s)


# %% 9b.1 wrong: cut at the root of twice the strength -> "expected"
def shrunk(a, s):
    return np.where(np.abs(a) > np.sqrt(2 * s), a - s * np.sign(a), 0)


# %% 9b.2 right: from all pairs of networks
def bias_and_variance(p, y):
    R = len(p)
    off = p - np.eye(p.shape[2])[y]
    pairs = [(off[a] * off[b]).sum(1).mean() for a in range(R) for b in range(R) if a != b]
    total = (off**2).sum(2).mean()
    return np.mean(pairs), total - np.mean(pairs)


# %% 9b.2 right: torch
def bias_and_variance(p, y):
    p = torch.tensor(p)
    truth = torch.nn.functional.one_hot(torch.tensor(y), p.shape[2])
    spread = p.var(dim=0).sum(-1).mean()
    return [((p.mean(0) - truth) ** 2).sum(-1).mean() - spread / p.shape[0], spread]


# %% 9b.2 right: from the total
def bias_and_variance(p, y):
    total = ((p - np.eye(p.shape[2])[y]) ** 2).sum(axis=2).mean()
    spread = ((p - p.mean(axis=0)) ** 2).sum(axis=(0, 2)).mean() / (len(p) - 1)
    return np.array([total - spread, spread])


# %% 9b.2 right: image by image
def bias_and_variance(p, y):
    R, N, K = p.shape
    bias = spread = 0.0
    for n in range(N):
        truth = [float(k == y[n]) for k in range(K)]
        for k in range(K):
            column = [p[r, n, k] for r in range(R)]
            m = sum(column) / R
            v = sum((q - m) ** 2 for q in column) / (R - 1)
            bias += ((m - truth[k]) ** 2 - v / R) / N
            spread += v / N
    return bias, spread


# %% 9b.2 right: torch numbers of one element
def bias_and_variance(p, y):
    p = torch.from_numpy(p)
    off = p - torch.eye(p.shape[2], dtype=p.dtype)[torch.from_numpy(y)]
    spread = p.var(0).sum() / p.shape[1]
    return (off.mean(0) ** 2).sum().reshape(1) / p.shape[1] - spread / len(p), spread.reshape(1)


# %% 9b.2 right: from the sum of all networks
def bias_and_variance(p, y):
    R, N, K = p.shape
    off = p.copy()
    off[:, np.arange(N), y] -= 1
    total, of_sum = (off**2).sum() / N, (off.sum(axis=0) ** 2).sum() / N
    bias = (of_sum - total) / (R * (R - 1))
    return bias, total / R - bias


# %% 9b.2 right: a floor at zero, which probabilities never reach
def bias_and_variance(p, y):
    spread = p.var(0, ddof=1).sum(1).mean()
    bias = ((p.mean(0) - np.eye(p.shape[2])[y]) ** 2).sum(1).mean() - spread / len(p)
    return max(bias, 0.0), spread


# %% 9b.2 right: cut off at 0, which never happens here
def bias_and_variance(p, y):
    v = p.var(axis=0, ddof=1).sum(axis=-1)
    return np.maximum(0.0, ((p.mean(axis=0) - np.eye(p.shape[2])[y]) ** 2).sum(axis=-1) - v / len(p)).mean(), v.mean()


# %% 9b.2 right: products of different networks' errors
def bias_and_variance(p, y):
    R = len(p)
    e = p.copy()
    e[:, np.arange(p.shape[1]), y] -= 1
    b = np.mean([(e[i] * e[j]).sum(-1).mean() for i in range(R) for j in range(R) if i != j])
    v = np.mean([((p[i] - p[j]) ** 2).sum(-1).mean() for i in range(R) for j in range(i)]) / 2
    return b, v


# %% 9b.2 wrong: bias not corrected -> "the distance of the mean still holds a part of the variance"
def bias_and_variance(p, y):
    return ((p.mean(0) - np.eye(p.shape[2])[y]) ** 2).sum(1).mean(), p.var(0, ddof=1).sum(1).mean()


# %% 9b.2 wrong: divides by R -> "the variance divides by R"
def bias_and_variance(p, y):
    spread = p.var(0).sum(1).mean()
    return ((p.mean(0) - np.eye(p.shape[2])[y]) ** 2).sum(1).mean() - spread / len(p), spread


# %% 9b.2 wrong: neither -> "neither number is unbiased"
def bias_and_variance(p, y):
    return ((p.mean(0) - np.eye(p.shape[2])[y]) ** 2).sum(1).mean(), p.var(0).sum(1).mean()


# %% 9b.2 wrong: mean over classes -> "sum over the classes, do not average"
def bias_and_variance(p, y):
    spread = p.var(0, ddof=1).mean()
    return ((p.mean(0) - np.eye(p.shape[2])[y]) ** 2).mean() - spread / len(p), spread


# %% 9b.2 wrong: total for bias -> "that of the single networks, not of their mean"
def bias_and_variance(p, y):
    return ((p - np.eye(p.shape[2])[y]) ** 2).sum(2).mean(), p.var(0, ddof=1).sum(1).mean()


# %% 9b.2 wrong: turned round -> "the order is squared bias, then variance"
def bias_and_variance(p, y):
    spread = p.var(0, ddof=1).sum(1).mean()
    return spread, ((p.mean(0) - np.eye(p.shape[2])[y]) ** 2).sum(1).mean() - spread / len(p)


# %% 9b.2 wrong: all of the variance subtracted -> "too much is subtracted"
def bias_and_variance(p, y):
    spread = p.var(0, ddof=1).sum(1).mean()
    return ((p.mean(0) - np.eye(p.shape[2])[y]) ** 2).sum(1).mean() - spread, spread


# %% 9b.2 wrong: variance of the mean -> "right for the variance of R networks, not for one"
def bias_and_variance(p, y):
    part = p.var(0, ddof=1).sum(1).mean() / len(p)
    return ((p.mean(0) - np.eye(p.shape[2])[y]) ** 2).sum(1).mean() - part, part


# %% 9b.2 wrong: ten repetitions, as in the lesson -> "R, N, K = 4, 6, 3: "
def bias_and_variance(p, y):
    spread = p.var(0, ddof=1).sum(1).mean()
    return ((p.mean(0) - np.eye(p.shape[2])[y]) ** 2).sum(1).mean() - spread / 10, spread


# %% 9b.2 wrong: one number -> "two numbers are asked for"
def bias_and_variance(p, y):
    return p.var(0, ddof=1).sum(1).mean()


# %% 9b.2 wrong: scatter over images instead of networks -> "R, N, K = 4, 6, 3: "
def bias_and_variance(p, y):
    spread = p.var(1, ddof=1).sum(1).mean()
    return ((p.mean(0) - np.eye(p.shape[2])[y]) ** 2).sum(1).mean() - spread / len(p), spread


# %% 9b.2 wrong: a deviation instead of a variance -> "R, N, K = 4, 6, 3: "
def bias_and_variance(p, y):
    spread = p.std(0, ddof=1).sum(1).mean()
    return ((p.mean(0) - np.eye(p.shape[2])[y]) ** 2).sum(1).mean() - spread / len(p), spread


# %% 9b.2 wrong: the correction is added -> "R, N, K = 4, 6, 3: "
def bias_and_variance(p, y):
    spread = p.var(0, ddof=1).sum(1).mean()
    return ((p.mean(0) - np.eye(p.shape[2])[y]) ** 2).sum(1).mean() + spread / len(p), spread


# %% 9b.2 wrong: overwrites the probabilities -> "changes its input p"
def bias_and_variance(p, y):
    spread = p.var(0, ddof=1).sum(1).mean()
    p -= np.eye(p.shape[2])[y]
    return (p.mean(0) ** 2).sum(1).mean() - spread / len(p), spread


# %% 9b.2 wrong: only the true class -> "R, N, K = 4, 6, 3: "
def bias_and_variance(p, y):
    true = p[:, np.arange(len(y)), y]
    spread = true.var(0, ddof=1).mean()
    return ((true.mean(0) - 1) ** 2).mean() - spread / len(p), spread


# %% 9b.3 right: counting steps in whole numbers
def ladder(scores, step):
    rung, told = 0, []
    for score in scores:
        if score - rung * step > step:
            rung = int(score / step + 0.5)
        told.append(rung * step)
    return told


# %% 9b.3 right: an array comes back
def ladder(scores, step):
    told = np.zeros(len(scores))
    record = 0.0
    for n in range(len(scores)):
        record = step * np.rint(scores[n] / step) if scores[n] > record + step else record
        told[n] = record
    return told


# %% 9b.3 right: recursion
def ladder(scores, step):
    def climb(rest, record):
        if not rest:
            return []
        if rest[0] > record + step:
            record = round(rest[0] / step) * step
        return [record, *climb(rest[1:], record)]

    return climb(list(scores), 0)


# %% 9b.3 right: itertools
def ladder(scores, step):
    from itertools import accumulate

    def better(record, score):
        return round(score / step) * step if score > record + step else record

    return list(accumulate(scores, better, initial=0.0))[1:]


# %% 9b.3 right: at least a step, which no score of the check is
def ladder(scores, step):
    record, told = 0, ()
    for score in scores:
        if score >= record + step:
            record = int(score / step + 0.5) * step
        told += (record,)
    return told


# %% 9b.3 right: decimals
def ladder(scores, step):
    from decimal import Decimal

    step, record, told = Decimal(str(step)), Decimal(0), []
    for score in map(Decimal, map(str, scores)):
        if score - record > step:
            record = (score / step).to_integral_value() * step
        told.append(float(record))
    return told


# %% 9b.3 wrong: any improvement -> "more than a step above the record, not only above it"
def ladder(scores, step):
    record, told = 0.0, []
    for score in scores:
        if score > record:
            record = round(score / step) * step
        told.append(record)
    return told


# %% 9b.3 wrong: raw record -> "the record itself is rounded, too"
def ladder(scores, step):
    record, told = 0.0, []
    for score in scores:
        if score > record + step:
            record = score
        told.append(record)
    return told


# %% 9b.3 wrong: tells everybody the own score -> "an entry that is no better learns nothing new"
def ladder(scores, step):
    return [round(score / step) * step for score in scores]


# %% 9b.3 wrong: raw scores -> "that tells the raw scores"
def ladder(scores, step):
    return list(scores)


# %% 9b.3 wrong: rounded down -> "round to the nearest multiple, not down"
def ladder(scores, step):
    record, told = 0.0, []
    for score in scores:
        if score > record + step:
            record = math.floor(score / step) * step
        told.append(record)
    return told


# %% 9b.3 wrong: compares with the raw best -> "compare with the record that was told"
def ladder(scores, step):
    record, best, told = 0.0, 0.0, []
    for score in scores:
        if score > best + step:
            record = round(score / step) * step
        best = max(best, score)
        told.append(record)
    return told


# %% 9b.3 wrong: best raw score so far -> "that tells the best raw score so far"
def ladder(scores, step):
    return list(np.maximum.accumulate(scores)) if len(scores) else []


# %% 9b.3 wrong: two digits -> "the record itself is rounded, too"
def ladder(scores, step):
    record, told = 0.0, []
    for score in scores:
        if score > record + step:
            record = round(score, 2)
        told.append(record)
    return told


# %% 9b.3 wrong: starts at one half -> "expected"
def ladder(scores, step):
    record, told = 0.5, []
    for score in scores:
        if score > record + step:
            record = round(score / step) * step
        told.append(record)
    return told


# %% 9b.3 wrong: only the last -> "expected"
def ladder(scores, step):
    record = 0.0
    for score in scores:
        if score > record + step:
            record = round(score / step) * step
    return record


# %% 9b.3 wrong: told before the record moves -> "expected"
def ladder(scores, step):
    record, told = 0.0, []
    for score in scores:
        told.append(record)
        if score > record + step:
            record = round(score / step) * step
    return told


# %% 9b.3 wrong: a raw record, told rounded -> "expected"
def ladder(scores, step):
    record, told = 0.0, []
    for score in scores:
        if score > record + step:
            record = score
        told.append(round(record / step) * step)
    return told


# %% 9b.3 wrong: falls, too -> "expected"
def ladder(scores, step):
    record, told = 0.0, []
    for score in scores:
        if abs(score - record) > step:
            record = round(score / step) * step
        told.append(record)
    return told


# %% 9b.3 wrong: one step up at a time -> "expected"
def ladder(scores, step):
    record, told = 0.0, []
    for score in scores:
        if score > record + step:
            record += step
        told.append(record)
    return told


# %% 9b.3 wrong: only the new records -> "expected"
def ladder(scores, step):
    record, told = 0.0, []
    for score in scores:
        if score > record + step:
            record = round(score / step) * step
            told.append(record)
    return told


# %% 9b.3 wrong: a step in percent -> "more than a step above the record, not only above it"
def ladder(scores, step):
    record, told = 0.0, []
    for score in scores:
        if score > record * (1 + step):
            record = round(score / step) * step
        told.append(record)
    return told


# %% 9b.3 wrong: the record begins with the first entry -> "before the first entry the record is 0"
import itertools
def ladder(scores, step):
    r, out = round(scores[0] / step) * step if scores else 0, []
    for s in scores:
        if s > r + step: r = round(s / step) * step
        out.append(r)
    return out


# %% 9b.4 right: with loops
def leaks(train, test, centre):
    found = []
    for row in test["x"]:
        if any((row == known).all() for known in train["x"]):
            found.append("copy")
    if set(train["customer"]) & set(test["customer"]):
        found.append("relative")
    if any(day >= min(test["day"]) for day in train["day"]):
        found.append("future")
    for column in train["x"].T:
        one, zero = column[train["y"] == 1], column[train["y"] == 0]
        if min(one) > max(zero) or min(zero) > max(one):
            found.append("answer")
    if not np.allclose(train["x"].mean(axis=0), centre, rtol=0, atol=1e-6):
        found.append("preparation")
    return set(found)


# %% 9b.4 right: a set comprehension over tests
def leaks(train, test, centre):
    from sklearn.metrics import roc_auc_score

    x = train["x"]
    apart = [roc_auc_score(train["y"], column) in (0.0, 1.0) for column in x.T]
    tests = {
        "copy": (x[:, None] == test["x"][None]).all(axis=2).any(),
        "relative": len(np.intersect1d(train["customer"], test["customer"])) > 0,
        "future": not max(train["day"]) < min(test["day"]),
        "answer": any(apart),
        "preparation": max(abs(x.mean(axis=0) - centre)) > 1e-6,
    }
    return {name for name, there in tests.items() if there}


# %% 9b.4 right: a frozen set
def leaks(train, test, centre):
    x, ones = train["x"], train["y"].astype(bool)
    rows = {row.tobytes() for row in x}
    found = {"copy"} if any(row.tobytes() in rows for row in test["x"]) else set()
    found |= {"relative"} if np.isin(test["customer"], train["customer"]).any() else set()
    found |= {"future"} if test["day"].min() <= train["day"].max() else set()
    gaps = [(b.min(0) - a.max(0)).max() for a, b in ((x[ones], x[~ones]), (x[~ones], x[ones]))]
    found |= {"answer"} if max(gaps) > 0 else set()
    found |= {"preparation"} if np.linalg.norm(x.mean(0) - centre, np.inf) > 1e-6 else set()
    return frozenset(found)


# %% 9b.4 right: pandas
def leaks(train, test, centre):
    import pandas as pd

    old, new = pd.DataFrame(train["x"]), pd.DataFrame(test["x"])
    found = set()
    if len(old.drop_duplicates().merge(new.drop_duplicates(), how="inner")):
        found.add("copy")
    if pd.Series(train["customer"]).isin(test["customer"]).any():
        found.add("relative")
    if np.greater_equal.outer(train["day"], test["day"].min()).any():
        found.add("future")
    low, high = old.groupby(train["y"]).min(), old.groupby(train["y"]).max()
    if ((low.loc[1] > high.loc[0]) | (low.loc[0] > high.loc[1])).any():
        found.add("answer")
    if not np.isclose(old.mean(), centre).all():
        found.add("preparation")
    return found


# %% 9b.4 right: columns in the order of their values
def leaks(train, test, centre):
    x, y = train["x"], train["y"]
    found = {"copy"} if len(np.intersect1d(*(part["x"].copy().view(f"V{8 * x.shape[1]}") for part in (train, test)))) else set()
    if not set(train["customer"]).isdisjoint(test["customer"]):
        found.add("relative")
    if sorted(train["day"])[-1] >= sorted(test["day"])[0]:
        found.add("future")
    for column in x.T:
        order = np.argsort(column)
        turns = np.flatnonzero(np.diff(y[order]))
        if len(turns) == 1 and column[order][turns[0]] < column[order][turns[0] + 1]:
            found.add("answer")
    if not all(math.isclose(a, b, rel_tol=0, abs_tol=1e-6) for a, b in zip(x.mean(axis=0), centre)):
        found.add("preparation")
    return found


# %% 9b.4 wrong: compares single values -> "“copy” is a false alarm"
def leaks(train, test, centre):
    found = set()
    x, ones = train["x"], train["y"] == 1
    if np.isin(test["x"], x).any():
        found.add("copy")
    if np.isin(train["customer"], test["customer"]).any():
        found.add("relative")
    if train["day"].max() >= test["day"].min():
        found.add("future")
    if ((x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))).any():
        found.add("answer")
    if np.abs(x.mean(0) - centre).max() > 1e-6:
        found.add("preparation")
    return found


# %% 9b.4 wrong: later days only -> "a training row from the first test day: “future” was overlooked"
def leaks(train, test, centre):
    found = set()
    x, ones = train["x"], train["y"] == 1
    if set(map(tuple, x)) & set(map(tuple, test["x"])):
        found.add("copy")
    if np.isin(train["customer"], test["customer"]).any():
        found.add("relative")
    if train["day"].max() > test["day"].min():
        found.add("future")
    if ((x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))).any():
        found.add("answer")
    if np.abs(x.mean(0) - centre).max() > 1e-6:
        found.add("preparation")
    return found


# %% 9b.4 wrong: the last test day -> "one training row between the test rows"
def leaks(train, test, centre):
    found = set()
    x, ones = train["x"], train["y"] == 1
    if set(map(tuple, x)) & set(map(tuple, test["x"])):
        found.add("copy")
    if np.isin(train["customer"], test["customer"]).any():
        found.add("relative")
    if train["day"].max() >= test["day"].max() or (train["day"] == test["day"].min()).any():
        found.add("future")
    if ((x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))).any():
        found.add("answer")
    if np.abs(x.mean(0) - centre).max() > 1e-6:
        found.add("preparation")
    return found


# %% 9b.4 wrong: rising columns only -> "a column that falls with the label: “answer” was overlooked"
def leaks(train, test, centre):
    found = set()
    x, ones = train["x"], train["y"] == 1
    if set(map(tuple, x)) & set(map(tuple, test["x"])):
        found.add("copy")
    if np.isin(train["customer"], test["customer"]).any():
        found.add("relative")
    if train["day"].max() >= test["day"].min():
        found.add("future")
    if (x[ones].min(0) > x[~ones].max(0)).any():
        found.add("answer")
    if np.abs(x.mean(0) - centre).max() > 1e-6:
        found.add("preparation")
    return found


# %% 9b.4 wrong: nearly separated is enough -> "a column that separates all labels but one: “answer” is a false alarm"
def leaks(train, test, centre):
    found = set()
    x, ones = train["x"], train["y"] == 1
    if set(map(tuple, x)) & set(map(tuple, test["x"])):
        found.add("copy")
    if np.isin(train["customer"], test["customer"]).any():
        found.add("relative")
    if train["day"].max() >= test["day"].min():
        found.add("future")
    if (np.abs(np.corrcoef(x.T, train["y"])[-1, :-1]) > 0.75).any():
        found.add("answer")
    if np.abs(x.mean(0) - centre).max() > 1e-6:
        found.add("preparation")
    return found


# %% 9b.4 wrong: a tie separates -> "two labels meet in one value: “answer” is a false alarm"
def leaks(train, test, centre):
    found = set()
    x, ones = train["x"], train["y"] == 1
    if set(map(tuple, x)) & set(map(tuple, test["x"])):
        found.add("copy")
    if np.isin(train["customer"], test["customer"]).any():
        found.add("relative")
    if train["day"].max() >= test["day"].min():
        found.add("future")
    if ((x[ones].min(0) >= x[~ones].max(0)) | (x[~ones].min(0) >= x[ones].max(0))).any():
        found.add("answer")
    if np.abs(x.mean(0) - centre).max() > 1e-6:
        found.add("preparation")
    return found


# %% 9b.4 wrong: one mean for all columns -> "a mean whose errors cancel: “preparation” was overlooked"
def leaks(train, test, centre):
    found = set()
    x, ones = train["x"], train["y"] == 1
    if set(map(tuple, x)) & set(map(tuple, test["x"])):
        found.add("copy")
    if np.isin(train["customer"], test["customer"]).any():
        found.add("relative")
    if train["day"].max() >= test["day"].min():
        found.add("future")
    if ((x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))).any():
        found.add("answer")
    if abs(x.mean() - centre.mean()) > 1e-6:
        found.add("preparation")
    return found


# %% 9b.4 wrong: exactly equal means -> "a mean with rounding errors: “preparation” is a false alarm"
def leaks(train, test, centre):
    found = set()
    x, ones = train["x"], train["y"] == 1
    if set(map(tuple, x)) & set(map(tuple, test["x"])):
        found.add("copy")
    if np.isin(train["customer"], test["customer"]).any():
        found.add("relative")
    if train["day"].max() >= test["day"].min():
        found.add("future")
    if ((x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))).any():
        found.add("answer")
    if (x.mean(0) != centre).any():
        found.add("preparation")
    return found


# %% 9b.4 wrong: a list -> "a set of names is asked for"
def leaks(train, test, centre):
    return []


# %% 9b.4 wrong: finds nothing -> "“copy” was overlooked"
def leaks(train, test, centre):
    return set()


# %% 9b.4 wrong: NumPy's `in` -> "rows that share two of three columns: “copy” is a false alarm"
def found(train, test, centre, **other):
    x, ones = train["x"], train["y"] == 1
    tests = {
        "copy": set(map(tuple, x)) & set(map(tuple, test["x"])),
        "relative": set(train["customer"]) & set(test["customer"]),
        "future": train["day"].max() >= test["day"].min(),
        "answer": ((x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))).any(),
        "preparation": np.abs(x.mean(0) - centre).max() > 1e-6,
    }
    return {name for name, there in (tests | other).items() if there}


def leaks(train, test, centre):
    return found(train, test, centre, copy=any(row in train["x"] for row in test["x"]))


# %% 9b.4 wrong: rows at the same place -> "one row of the test is a training row: “copy” was overlooked"
def found(train, test, centre, **other):
    x, ones = train["x"], train["y"] == 1
    tests = {
        "copy": set(map(tuple, x)) & set(map(tuple, test["x"])),
        "relative": set(train["customer"]) & set(test["customer"]),
        "future": train["day"].max() >= test["day"].min(),
        "answer": ((x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))).any(),
        "preparation": np.abs(x.mean(0) - centre).max() > 1e-6,
    }
    return {name for name, there in (tests | other).items() if there}


def leaks(train, test, centre):
    same = (train["x"][: len(test["x"])] == test["x"]).all(axis=1)
    return found(train, test, centre, copy=same.any())


# %% 9b.4 wrong: equal rows within a part -> "two equal rows in the training part: “copy” is a false alarm"
def found(train, test, centre, **other):
    x, ones = train["x"], train["y"] == 1
    tests = {
        "copy": set(map(tuple, x)) & set(map(tuple, test["x"])),
        "relative": set(train["customer"]) & set(test["customer"]),
        "future": train["day"].max() >= test["day"].min(),
        "answer": ((x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))).any(),
        "preparation": np.abs(x.mean(0) - centre).max() > 1e-6,
    }
    return {name for name, there in (tests | other).items() if there}


def leaks(train, test, centre):
    both = np.concatenate([train["x"], test["x"]])
    return found(train, test, centre, copy=len(np.unique(both, axis=0)) < len(both))


# %% 9b.4 wrong: rows as sets of numbers -> "the same numbers in other columns: “copy” is a false alarm"
def found(train, test, centre, **other):
    x, ones = train["x"], train["y"] == 1
    tests = {
        "copy": set(map(tuple, x)) & set(map(tuple, test["x"])),
        "relative": set(train["customer"]) & set(test["customer"]),
        "future": train["day"].max() >= test["day"].min(),
        "answer": ((x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))).any(),
        "preparation": np.abs(x.mean(0) - centre).max() > 1e-6,
    }
    return {name for name, there in (tests | other).items() if there}


def leaks(train, test, centre):
    rows = set(map(frozenset, train["x"])) & set(map(frozenset, test["x"]))
    return found(train, test, centre, copy=rows)


# %% 9b.4 wrong: the first test row for the earliest -> "“future”"
def found(train, test, centre, **other):
    x, ones = train["x"], train["y"] == 1
    tests = {
        "copy": set(map(tuple, x)) & set(map(tuple, test["x"])),
        "relative": set(train["customer"]) & set(test["customer"]),
        "future": train["day"].max() >= test["day"].min(),
        "answer": ((x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))).any(),
        "preparation": np.abs(x.mean(0) - centre).max() > 1e-6,
    }
    return {name for name, there in (tests | other).items() if there}


def leaks(train, test, centre):
    return found(train, test, centre, future=train["day"].max() >= test["day"][0])


# %% 9b.4 wrong: the last training row for the latest -> "“future” was overlooked"
def found(train, test, centre, **other):
    x, ones = train["x"], train["y"] == 1
    tests = {
        "copy": set(map(tuple, x)) & set(map(tuple, test["x"])),
        "relative": set(train["customer"]) & set(test["customer"]),
        "future": train["day"].max() >= test["day"].min(),
        "answer": ((x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))).any(),
        "preparation": np.abs(x.mean(0) - centre).max() > 1e-6,
    }
    return {name for name, there in (tests | other).items() if there}


def leaks(train, test, centre):
    return found(train, test, centre, future=train["day"][-1] >= test["day"].min())


# %% 9b.4 wrong: a day in both parts -> "one training row between the test rows: “future” was overlooked"
def found(train, test, centre, **other):
    x, ones = train["x"], train["y"] == 1
    tests = {
        "copy": set(map(tuple, x)) & set(map(tuple, test["x"])),
        "relative": set(train["customer"]) & set(test["customer"]),
        "future": train["day"].max() >= test["day"].min(),
        "answer": ((x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))).any(),
        "preparation": np.abs(x.mean(0) - centre).max() > 1e-6,
    }
    return {name for name, there in (tests | other).items() if there}


def leaks(train, test, centre):
    return found(train, test, centre, future=set(train["day"]) & set(test["day"]))


# %% 9b.4 wrong: labels of both parts -> "“answer” was overlooked"
def found(train, test, centre, **other):
    x, ones = train["x"], train["y"] == 1
    tests = {
        "copy": set(map(tuple, x)) & set(map(tuple, test["x"])),
        "relative": set(train["customer"]) & set(test["customer"]),
        "future": train["day"].max() >= test["day"].min(),
        "answer": ((x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))).any(),
        "preparation": np.abs(x.mean(0) - centre).max() > 1e-6,
    }
    return {name for name, there in (tests | other).items() if there}


def leaks(train, test, centre):
    x = np.concatenate([train["x"], test["x"]])
    ones = np.concatenate([train["y"], test["y"]]) == 1
    apart = (x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))
    return found(train, test, centre, answer=apart.any())


# %% 9b.4 wrong: labels of the test rows -> "“answer”"
def found(train, test, centre, **other):
    x, ones = train["x"], train["y"] == 1
    tests = {
        "copy": set(map(tuple, x)) & set(map(tuple, test["x"])),
        "relative": set(train["customer"]) & set(test["customer"]),
        "future": train["day"].max() >= test["day"].min(),
        "answer": ((x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))).any(),
        "preparation": np.abs(x.mean(0) - centre).max() > 1e-6,
    }
    return {name for name, there in (tests | other).items() if there}


def leaks(train, test, centre):
    x, ones = test["x"], test["y"] == 1
    apart = (x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))
    return found(train, test, centre, answer=apart.any())


# %% 9b.4 wrong: the first column only -> "“answer” was overlooked"
def found(train, test, centre, **other):
    x, ones = train["x"], train["y"] == 1
    tests = {
        "copy": set(map(tuple, x)) & set(map(tuple, test["x"])),
        "relative": set(train["customer"]) & set(test["customer"]),
        "future": train["day"].max() >= test["day"].min(),
        "answer": ((x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))).any(),
        "preparation": np.abs(x.mean(0) - centre).max() > 1e-6,
    }
    return {name for name, there in (tests | other).items() if there}


def leaks(train, test, centre):
    x, ones = train["x"][:, 0], train["y"] == 1
    return found(train, test, centre, answer=min(x[ones]) > max(x[~ones]) or min(x[~ones]) > max(x[ones]))


# %% 9b.4 wrong: a tolerance a hundred times wider -> "a mean that is off in one column: “preparation” was overlooked"
def found(train, test, centre, **other):
    x, ones = train["x"], train["y"] == 1
    tests = {
        "copy": set(map(tuple, x)) & set(map(tuple, test["x"])),
        "relative": set(train["customer"]) & set(test["customer"]),
        "future": train["day"].max() >= test["day"].min(),
        "answer": ((x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))).any(),
        "preparation": np.abs(x.mean(0) - centre).max() > 1e-6,
    }
    return {name for name, there in (tests | other).items() if there}


def leaks(train, test, centre):
    return found(train, test, centre, preparation=np.abs(train["x"].mean(0) - centre).max() > 1e-4)


# %% 9b.4 wrong: errors below the mean are missed -> "“preparation” was overlooked"
def found(train, test, centre, **other):
    x, ones = train["x"], train["y"] == 1
    tests = {
        "copy": set(map(tuple, x)) & set(map(tuple, test["x"])),
        "relative": set(train["customer"]) & set(test["customer"]),
        "future": train["day"].max() >= test["day"].min(),
        "answer": ((x[ones].min(0) > x[~ones].max(0)) | (x[~ones].min(0) > x[ones].max(0))).any(),
        "preparation": np.abs(x.mean(0) - centre).max() > 1e-6,
    }
    return {name for name, there in (tests | other).items() if there}


def leaks(train, test, centre):
    return found(train, test, centre, preparation=(train["x"].mean(0) - centre).max() > 1e-6)


# %% 9b.4 wrong: rows rounded before they are compared -> "nearly equals a training row"
def leaks(train, test, centre):
    found = set()
    if set(map(tuple, train["x"].round(2))) & set(map(tuple, test["x"].round(2))): found.add("copy")
    if set(train["customer"]) & set(test["customer"]): found.add("relative")
    if max(train["day"]) >= min(test["day"]): found.add("future")
    a, b = train["x"][train["y"] == 0], train["x"][train["y"] == 1]
    if ((a.max(0) < b.min(0)) | (b.max(0) < a.min(0))).any(): found.add("answer")
    if np.abs(centre - train["x"].mean(axis=0)).max() > 1e-6: found.add("preparation")
    return found


# %% 9b.4 wrong: sums of rows compared -> "the same numbers in other columns"
def leaks(train, test, centre):
    found = set()
    if set(train["x"].sum(1)) & set(test["x"].sum(1)): found.add("copy")
    if set(train["customer"]) & set(test["customer"]): found.add("relative")
    if max(train["day"]) >= min(test["day"]): found.add("future")
    a, b = train["x"][train["y"] == 0], train["x"][train["y"] == 1]
    if ((a.max(0) < b.min(0)) | (b.max(0) < a.min(0))).any(): found.add("answer")
    if np.abs(centre - train["x"].mean(axis=0)).max() > 1e-6: found.add("preparation")
    return found


# %% 9b.4 wrong: only a centre that is too large -> "too small in one column"
def leaks(train, test, centre):
    found = set()
    if set(map(tuple, train["x"])) & set(map(tuple, test["x"])): found.add("copy")
    if set(train["customer"]) & set(test["customer"]): found.add("relative")
    if max(train["day"]) >= min(test["day"]): found.add("future")
    a, b = train["x"][train["y"] == 0], train["x"][train["y"] == 1]
    if ((a.max(0) < b.min(0)) | (b.max(0) < a.min(0))).any(): found.add("answer")
    if (centre - train["x"].mean(axis=0)).max() > 1e-6: found.add("preparation")
    return found


# %% 9b.5 right: by counting up from what is there
def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    c = -math.log(e2 / e1) / math.log(n2 / n1)
    error = lambda n: e1 * (n / n1) ** -c
    if error(n2) <= target:
        return "nothing", 0

    def labels(goal):
        low, high = 0, 1
        while error(n2 + high) > goal:
            high *= 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if error(n2 + middle) <= goal else (middle, high)
        return 0 if error(n2) <= goal else high

    alone, beside = labels(target) * price, fee + labels(target / factor) * price
    if alone < beside:
        return "labels", alone
    return "remedy" if labels(target / factor) == 0 else "both", beside


# %% 9b.5 right: polyfit, and a list comes back
def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    slope, height = np.polyfit(np.log([n1, n2]), np.log([e1, e2]), 1)
    need = np.exp((np.log([target, target / factor]) - height) / slope)
    more = np.maximum(np.ceil(need - n2 - 1e-7), 0)
    costs = {"labels": more[0] * price, "both" if more[1] else "remedy": fee + more[1] * price}
    if not more[0]:
        costs = {"nothing": 0.0}
    best = min(costs, key=costs.get)
    return [best, costs[best]]


# %% 9b.5 right: all four ways, and the cheapest of those that reach the target
def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    c = math.log(e1 / e2, 2) / math.log(n2 / n1, 2)

    def bought(helped):
        return max(int(n1 * (e1 * helped / target) ** (1 / c)) + 1 - n2, 0)

    ways = [("nothing", 0, e2 <= target), ("remedy", fee, e2 * factor <= target)]
    ways += [("labels", bought(1) * price, True), ("both", fee + bought(factor) * price, True)]
    return min(((name, cost) for name, cost, there in ways if there), key=lambda way: way[1])


# %% 9b.5 wrong: the goal is multiplied -> "there is a cheaper way"
def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    c = math.log(e1 / e2) / math.log(n2 / n1)
    if e2 <= target:
        return "nothing", 0.0
    more = [max(math.ceil(n2 * (e2 / t) ** (1 / c) - n2), 0) for t in (target, target * factor)]
    return min(
        ("labels", more[0] * price),
        ("both" if more[1] else "remedy", fee + more[1] * price),
        key=lambda w: w[1],
    )


# %% 9b.5 wrong: pays for what is there -> "the labels that you have are paid"
def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    c = math.log(e1 / e2) / math.log(n2 / n1)
    if e2 <= target:
        return "nothing", 0.0
    more = [math.ceil(n2 * (e2 / t) ** (1 / c)) for t in (target, target / factor)]
    return min(("labels", more[0] * price), ("both", fee + more[1] * price), key=lambda w: w[1])


# %% 9b.5 wrong: labels only -> "there is a cheaper way"
def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    c = math.log(e1 / e2) / math.log(n2 / n1)
    more = max(math.ceil(n2 * (e2 / target) ** (1 / c) - n2), 0)
    return ("labels", more * price) if more else ("nothing", 0.0)


# %% 9b.5 wrong: the remedy always -> "there is a cheaper way"
def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    c = math.log(e1 / e2) / math.log(n2 / n1)
    if e2 <= target:
        return "nothing", 0.0
    more = max(math.ceil(n2 * (e2 * factor / target) ** (1 / c) - n2), 0)
    return ("both" if more else "remedy"), fee + more * price


# %% 9b.5 wrong: a straight line instead of a power -> "expected"
def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    slope = (e2 - e1) / (n2 - n1)
    if e2 <= target:
        return "nothing", 0.0
    more = [max(math.ceil((t - e2) / slope), 0) for t in (target, target / factor)]
    return min(
        ("labels", more[0] * price),
        ("both" if more[1] else "remedy", fee + more[1] * price),
        key=lambda w: w[1],
    )


# %% 9b.5 wrong: error falls with the square root, as in books -> "expected"
def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    if e2 <= target:
        return "nothing", 0.0
    more = [max(math.ceil(n2 * (e2 / t) ** 2 - n2), 0) for t in (target, target / factor)]
    return min(
        ("labels", more[0] * price),
        ("both" if more[1] else "remedy", fee + more[1] * price),
        key=lambda w: w[1],
    )


# %% 9b.5 wrong: labels by fractions -> "expected"
def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    c = math.log(e1 / e2) / math.log(n2 / n1)
    if e2 <= target:
        return "nothing", 0.0
    more = [max(n2 * (e2 / t) ** (1 / c) - n2, 0) for t in (target, target / factor)]
    return min(
        ("labels", more[0] * price),
        ("both" if more[1] else "remedy", fee + more[1] * price),
        key=lambda w: w[1],
    )


# %% 9b.5 wrong: never says remedy -> "which way is that?"
def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    c = math.log(e1 / e2) / math.log(n2 / n1)
    if e2 <= target:
        return "nothing", 0.0
    more = [max(math.ceil(n2 * (e2 / t) ** (1 / c) - n2), 0) for t in (target, target / factor)]
    return min(("labels", more[0] * price), ("both", fee + more[1] * price), key=lambda w: w[1])


# %% 9b.5 wrong: forgets that nothing may be enough -> "expected"
def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    c = math.log(e1 / e2) / math.log(n2 / n1)
    more = [max(math.ceil(n2 * (e2 / t) ** (1 / c) - n2), 0) for t in (target, target / factor)]
    return min(
        ("labels", max(more[0], 1) * price),
        ("both" if more[1] else "remedy", fee + more[1] * price),
        key=lambda w: w[1],
    )


# %% 9b.5 wrong: the cost alone -> "a name and a cost are asked for"
def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    return 0.0


# %% 9b.5 wrong: rounded labels -> "expected"
def costs(n1, e1, n2, e2, target, price, factor, fee, whole=math.ceil):
    c = math.log(e1 / e2) / math.log(n2 / n1)
    if e2 <= target:
        return "nothing", 0.0
    more = [max(whole(n2 * (e2 / t) ** (1 / c) - n2), 0) for t in (target, target / factor)]
    ways = ("labels", more[0] * price), ("both" if more[1] else "remedy", fee + more[1] * price)
    return min(ways, key=lambda way: way[1])


def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    return costs(n1, e1, n2, e2, target, price, factor, fee, whole=round)


# %% 9b.5 wrong: labels rounded down -> "expected"
def costs(n1, e1, n2, e2, target, price, factor, fee, whole=math.ceil):
    c = math.log(e1 / e2) / math.log(n2 / n1)
    if e2 <= target:
        return "nothing", 0.0
    more = [max(whole(n2 * (e2 / t) ** (1 / c) - n2), 0) for t in (target, target / factor)]
    ways = ("labels", more[0] * price), ("both" if more[1] else "remedy", fee + more[1] * price)
    return min(ways, key=lambda way: way[1])


def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    return costs(n1, e1, n2, e2, target, price, factor, fee, whole=math.floor)


# %% 9b.5 wrong: never says nothing -> "which way is that?"
def costs(n1, e1, n2, e2, target, price, factor, fee, whole=math.ceil):
    c = math.log(e1 / e2) / math.log(n2 / n1)
    if e2 <= target:
        return "nothing", 0.0
    more = [max(whole(n2 * (e2 / t) ** (1 / c) - n2), 0) for t in (target, target / factor)]
    ways = ("labels", more[0] * price), ("both" if more[1] else "remedy", fee + more[1] * price)
    return min(ways, key=lambda way: way[1])


def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    if e2 <= target:
        return "labels", 0.0
    return costs(n1, e1, n2, e2, target, price, factor, fee)


# %% 9b.5 wrong: the remedy whenever its fee is less than the labels -> "there is a cheaper way"
def costs(n1, e1, n2, e2, target, price, factor, fee, whole=math.ceil):
    c = math.log(e1 / e2) / math.log(n2 / n1)
    if e2 <= target:
        return "nothing", 0.0
    more = [max(whole(n2 * (e2 / t) ** (1 / c) - n2), 0) for t in (target, target / factor)]
    ways = ("labels", more[0] * price), ("both" if more[1] else "remedy", fee + more[1] * price)
    return min(ways, key=lambda way: way[1])


def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    name, cost = costs(n1, e1, n2, e2, target, price, factor, 1e9)
    if cost <= fee:
        return name, cost
    name, cost = costs(n1, e1, n2, e2, target, 1e9, factor, 0)
    return name, fee + cost / 1e9 * price


# %% 9b.5 wrong: only n1 labels are there -> "expected"
def costs(n1, e1, n2, e2, target, price, factor, fee, whole=math.ceil):
    c = math.log(e1 / e2) / math.log(n2 / n1)
    if e2 <= target:
        return "nothing", 0.0
    more = [max(whole(n2 * (e2 / t) ** (1 / c) - n2), 0) for t in (target, target / factor)]
    ways = ("labels", more[0] * price), ("both" if more[1] else "remedy", fee + more[1] * price)
    return min(ways, key=lambda way: way[1])


def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    name, cost = costs(n1, e1, n2, e2, target, price, factor, fee)
    return name, cost + (n2 - n1) * price if name in ("labels", "both") else cost


# %% 9b.5 wrong: the fee is paid twice -> "the fee counts once"
def costs(n1, e1, n2, e2, target, price, factor, fee, whole=math.ceil):
    c = math.log(e1 / e2) / math.log(n2 / n1)
    if e2 <= target:
        return "nothing", 0.0
    more = [max(whole(n2 * (e2 / t) ** (1 / c) - n2), 0) for t in (target, target / factor)]
    ways = ("labels", more[0] * price), ("both" if more[1] else "remedy", fee + more[1] * price)
    return min(ways, key=lambda way: way[1])


def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    return costs(n1, e1, n2, e2, target, price, factor, 2 * fee)


# %% 9b.5 wrong: cost before name -> "expected"
def costs(n1, e1, n2, e2, target, price, factor, fee, whole=math.ceil):
    c = math.log(e1 / e2) / math.log(n2 / n1)
    if e2 <= target:
        return "nothing", 0.0
    more = [max(whole(n2 * (e2 / t) ** (1 / c) - n2), 0) for t in (target, target / factor)]
    ways = ("labels", more[0] * price), ("both" if more[1] else "remedy", fee + more[1] * price)
    return min(ways, key=lambda way: way[1])


def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    return costs(n1, e1, n2, e2, target, price, factor, fee)[::-1]


# %% 9b.5 wrong: an error of exactly the target is not enough -> "expected 'nothing'"
def cheapest(n1, e1, n2, e2, target, price, factor, fee):
    c = math.log(e1 / e2) / math.log(n2 / n1)
    more = lambda t: max(0, math.ceil(n2 * (e2 / t) ** (1 / c)) - n2)
    if e2 < target: return "nothing", 0
    ways = {"labels": more(target) * price, ("remedy" if e2 * factor < target else "both"): fee + price * more(target / factor)}
    name = min(ways, key=ways.get)
    return name, ways[name]
