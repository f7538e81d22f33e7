# %% 3b.1 right: a loop over a shuffled list, a list of bools
def split_by_group(groups, share, seed):
    import random

    names = sorted(set(groups.tolist()))
    random.Random(seed).shuffle(names)
    test = set(names[: round(share * len(names))])
    return [name in test for name in groups.tolist()]

# %% 3b.1 right: a torch tensor
def split_by_group(groups, share, seed):
    names, index = np.unique(groups, return_inverse=True)
    draw = torch.Generator().manual_seed(seed)
    test = torch.randperm(len(names), generator=draw)[: round(share * len(names))]
    return torch.isin(torch.tensor(index), test)

# %% 3b.1 wrong: shuffles photographs -> "a slip lies on both sides"
def split_by_group(groups, share, seed):
    marks = np.zeros(len(groups), dtype=bool)
    marks[np.random.default_rng(seed).permutation(len(groups))[: round(share * len(groups))]] = True
    return marks

# %% 3b.1 wrong: marks the training slips -> "slips in the test, of 8 with share 0.25: expected 2, got 6"
def split_by_group(groups, share, seed):
    names = np.unique(groups)
    drawn = np.random.default_rng(seed).permutation(names)[: round(share * len(names))]
    return ~np.isin(groups, drawn)

# %% 3b.1 wrong: a share of the photographs, counted as slips -> "slips in the test"
def split_by_group(groups, share, seed):
    names = np.random.default_rng(seed).permutation(np.unique(groups))
    return np.isin(groups, names[: round(share * len(groups))])

# %% 3b.1 wrong: always the first slips -> "twelve seeds gave the same split"
def split_by_group(groups, share, seed):
    names = np.unique(groups)
    return np.isin(groups, names[: round(share * len(names))])

# %% 3b.1 wrong: no seed -> "the same seed gave two splits"
def split_by_group(groups, share, seed):
    names = np.unique(groups)
    return np.isin(groups, np.random.default_rng().permutation(names)[: round(share * len(names))])

# %% 3b.1 wrong: the numbers of the photographs, not marks -> "expected True or False"
def split_by_group(groups, share, seed):
    names = np.unique(groups)
    drawn = np.random.default_rng(seed).permutation(names)[: round(share * len(names))]
    return np.flatnonzero(np.isin(groups, drawn))

# %% 3b.1 wrong: one mark a slip -> "marks, one a photograph"
def split_by_group(groups, share, seed):
    names = np.unique(groups)
    return np.random.default_rng(seed).permutation(len(names)) < round(share * len(names))

# %% 3b.1 wrong: nobody is tested -> "slips in the test"
def split_by_group(groups, share, seed):
    return np.zeros(len(groups), dtype=bool)

# %% 3b.1 wrong: neighbouring slips, only the first one drawn -> "are neighbours, with each seed"
def split_by_group(groups, share, seed):
    names = np.unique(groups)
    first = np.random.default_rng(seed).integers(len(names))
    return np.isin(groups, np.roll(names, first)[: round(share * len(names))])

# %% 3b.2 right: through a softmax
def lowest_loss(K):
    p = torch.softmax(torch.eye(K, dtype=torch.double)[0], dim=0)
    return -torch.log(p[0])

# %% 3b.2 right: one logarithm
def lowest_loss(K):
    return np.log1p((K - 1) / np.e)

# %% 3b.2 wrong: guessing -> "that is guessing"
def lowest_loss(K):
    return math.log(K)

# %% 3b.2 wrong: zero -> "without the second softmax"
def lowest_loss(K):
    return 0.0

# %% 3b.2 wrong: K others -> "one class too many"
def lowest_loss(K):
    return math.log(math.e + K) - 1

# %% 3b.2 wrong: the probability -> "that is a probability, not a loss"
def lowest_loss(K):
    return math.e / (math.e + K - 1)

# %% 3b.2 wrong: the sign -> "the sign"
def lowest_loss(K):
    return math.log(math.e / (math.e + K - 1))

# %% 3b.2 wrong: only for ten classes -> "K = 2"
def lowest_loss(K):
    return math.log(math.e + 9) - 1

# %% 3b.2 wrong: base ten -> "K = 10: expected 1.46115"
def lowest_loss(K):
    return math.log10(math.e + K - 1) - math.log10(math.e)

# %% 3b.3 right: torch, a tuple
def clip_together(gradients, limit):
    length = torch.cat([torch.tensor(g).flatten() for g in gradients]).norm()
    factor = min(1.0, float(limit / (length + 1e-12)))
    return tuple(torch.tensor(g) * factor for g in gradients)

# %% 3b.3 wrong: each alone -> "the length of a single array"
def clip_together(gradients, limit):
    return [g * min(1, limit / max(np.sqrt((g**2).sum()), 1e-12)) for g in gradients]

# %% 3b.3 wrong: every number -> "which turns the direction"
def clip_together(gradients, limit):
    return [np.clip(g, -limit, limit) for g in gradients]

# %% 3b.3 wrong: always to the limit -> "short enough stay as they are"
def clip_together(gradients, limit):
    length = np.sqrt(sum((g**2).sum() for g in gradients)) + 1e-12
    return [g * limit / length for g in gradients]

# %% 3b.3 wrong: no root -> "that took the squared length for the length"
def clip_together(gradients, limit):
    length = sum((g**2).sum() for g in gradients)
    return [g * min(1, limit / (length + 1e-12)) for g in gradients]

# %% 3b.3 wrong: in place -> "changes its input"
def clip_together(gradients, limit):
    length = np.sqrt(sum((g**2).sum() for g in gradients)) + 1e-12
    for g in gradients:
        g *= min(1, limit / length)
    return gradients

# %% 3b.3 wrong: divides by zero -> "gradients of zero"
def clip_together(gradients, limit):
    length = np.sqrt(sum((g**2).sum() for g in gradients))
    with np.errstate(invalid="ignore"):
        return [g / length * min(length, limit) for g in gradients]

# %% 3b.3 wrong: the largest number instead of the length -> "[0] of 2, limit 1"
def clip_together(gradients, limit):
    length = max(np.abs(g).max() for g in gradients) + 1e-12
    return [g * min(1, limit / length) for g in gradients]

# %% 3b.3 wrong: the sum of lengths -> "[0] of 2, limit 1"
def clip_together(gradients, limit):
    length = sum(np.sqrt((g**2).sum()) for g in gradients) + 1e-12
    return [g * min(1, limit / length) for g in gradients]

# %% 3b.3 wrong: only the first array -> "one array for each array that came in"
def clip_together(gradients, limit):
    length = np.sqrt(sum((g**2).sum() for g in gradients)) + 1e-12
    return [gradients[0] * min(1, limit / length)]

# %% 3b.4 right: counts the poor epochs, a list
def early_stop(losses, patience):
    lowest, best, poor, epoch = float("inf"), 0, 0, 0
    for loss in losses:
        epoch += 1
        if loss < lowest:
            lowest, best, poor = loss, epoch, 0
        else:
            poor += 1
        if poor >= patience:
            break
    return [epoch, best]

# %% 3b.4 right: NumPy integers
def early_stop(losses, patience):
    for run in range(1, len(losses) + 1):
        best = np.argmin(losses[:run]) + 1
        if run - best >= patience:
            break
    return run, best

# %% 3b.4 wrong: counted from 0 -> "epochs are counted from 1"
def early_stop(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best == patience:
            return epoch, best
    return len(losses) - 1, best

# %% 3b.4 wrong: an equal loss counts as new -> "an equal loss is not lower"
def early_stop(losses, patience):
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss <= losses[best - 1]:
            best = epoch
        if epoch - best == patience:
            return epoch, best
    return len(losses), best

# %% 3b.4 wrong: one epoch too late -> "losses [5, 4, 3, 3.5, 3.2, 1.0], patience 2: 2 of 2 numbers differ"
def early_stop(losses, patience):
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss < losses[best - 1]:
            best = epoch
        if epoch - best > patience:
            return epoch, best
    return len(losses), best

# %% 3b.4 wrong: compares with the epoch before -> "(run, kept) for losses [5, 4, 3, 3.5, 3.2, 1.0], patience 2"
def early_stop(losses, patience):
    best, poor = 1, 0
    for epoch in range(2, len(losses) + 1):
        if losses[epoch - 1] < losses[epoch - 2]:
            best, poor = epoch, 0
        else:
            poor += 1
        if poor == patience:
            return epoch, best
    return len(losses), best

# %% 3b.4 wrong: never forgets a poor epoch -> "starts the count again"
def early_stop(losses, patience):
    best, poor = 1, 0
    for epoch, loss in enumerate(losses[1:], start=2):
        if loss < losses[best - 1]:
            best = epoch
        else:
            poor += 1
        if poor == patience:
            return epoch, best
    return len(losses), best

# %% 3b.4 wrong: keeps the last weights -> "the last weights are not the best ones"
def early_stop(losses, patience):
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss < losses[best - 1]:
            best = epoch
        if epoch - best == patience:
            return epoch, epoch
    return len(losses), len(losses)

# %% 3b.4 wrong: looks into the future -> "what comes after the stop is never seen"
def early_stop(losses, patience):
    best = int(np.argmin(losses)) + 1
    return min(best + patience, len(losses)), best

# %% 3b.4 wrong: only one number -> "expected an array of shape (2,), got one number"
def early_stop(losses, patience):
    return int(np.argmin(losses)) + 1

# %% 3b.4 right: an array
def early_stop(losses, patience):
    lowest = np.minimum.accumulate(losses)
    new = np.r_[True, lowest[1:] < lowest[:-1]]
    best = np.maximum.accumulate(np.where(new, np.arange(len(losses)), 0))
    stops = np.flatnonzero(np.arange(len(losses)) - best >= patience)
    last = stops[0] if len(stops) else len(losses) - 1
    return np.array([last + 1, best[last] + 1])

# %% 3b.5 right: the closed form
def labels_to_buy(accuracy, promise, price, budget):
    if accuracy <= promise:
        return None
    n = math.floor(1.96**2 * promise * (1 - promise) / (accuracy - promise) ** 2) + 1
    return n if n * price <= budget else None

# %% 3b.5 right: halving the range
def labels_to_buy(accuracy, promise, price, budget):
    low, high = 0, math.floor(budget / price)
    if high < 1 or wilson(accuracy * high, high)[0] <= promise:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if wilson(accuracy * middle, middle)[0] > promise:
            high = middle
        else:
            low = middle
    return high

# %% 3b.5 wrong: the simple interval -> "that takes the simple interval"
def labels_to_buy(accuracy, promise, price, budget):
    n = 1
    while n * price <= budget:
        if accuracy - 1.96 * math.sqrt(accuracy * (1 - accuracy) / n) > promise:
            return n
        n += 1
    return None

# %% 3b.5 wrong: spends everything -> "spends the whole budget"
def labels_to_buy(accuracy, promise, price, budget):
    n = math.floor(budget / price)
    return n if wilson(accuracy * n, n)[0] > promise else None

# %% 3b.5 wrong: the cost -> "that is the cost"
def labels_to_buy(accuracy, promise, price, budget):
    n = 1
    while n * price <= budget:
        if wilson(accuracy * n, n)[0] > promise:
            return n * price
        n += 1
    return None

# %% 3b.5 wrong: one too few -> "one too few"
def labels_to_buy(accuracy, promise, price, budget):
    n = 1
    while n * price <= budget:
        if wilson(accuracy * n, n)[0] > promise:
            return n - 1
        n += 1
    return None

# %% 3b.5 wrong: stops one slip before the money is gone -> "the budget is exactly enough, but got None"
def labels_to_buy(accuracy, promise, price, budget):
    n = 1
    while n * price < budget:
        if wilson(accuracy * n, n)[0] > promise:
            return n
        n += 1
    return None

# %% 3b.5 wrong: forgets the budget -> "the budget is a little short, expected None"
def labels_to_buy(accuracy, promise, price, budget):
    for n in range(1, 20_000):
        if wilson(accuracy * n, n)[0] > promise:
            return n
    return None

# %% 3b.5 wrong: the upper bound -> "accuracy 0.99, promise 0.97, price 0.25: the budget is more than enough"
def labels_to_buy(accuracy, promise, price, budget):
    n = 1
    while n * price <= budget:
        if wilson(accuracy * n, n)[1] > promise:
            return n
        n += 1
    return None

# %% 3b.5 wrong: a square lost in the closed form -> "accuracy 0.99, promise 0.97, price 0.25: the budget is more than enough"
def labels_to_buy(accuracy, promise, price, budget):
    if accuracy <= promise:
        return None
    n = math.floor(1.96 * promise * (1 - promise) / (accuracy - promise) ** 2) + 1
    return n if n * price <= budget else None

# %% 3b.5 wrong: no thought of an impossible promise -> "accuracy 0.95 cannot prove 0.97: expected None"
def labels_to_buy(accuracy, promise, price, budget):
    n = math.floor(1.96**2 * promise * (1 - promise) / (accuracy - promise) ** 2) + 1
    return n if n * price <= budget else None

# %% 3b.1 wrong: int for round -> "slips in the test, of 8 with share 0.34: expected 3, got 2"
def split_by_group(groups, share, seed):
    names = np.unique(groups)
    return np.isin(groups, np.random.default_rng(seed).permutation(names)[: int(share * len(names))])

# %% 3b.1 wrong: rounded up -> "slips in the test, of 40 with share 0.14: expected 6, got"
def split_by_group(groups, share, seed):
    names = np.unique(groups)
    count = math.ceil(share * len(names)) + (len(names) > 20)
    return np.isin(groups, np.random.default_rng(seed).permutation(names)[: round(count)])

# %% 3b.1 wrong: draws with putting back -> "slips"
def split_by_group(groups, share, seed):
    names = np.unique(groups)
    return np.isin(groups, np.random.default_rng(seed).choice(names, round(share * len(names))))

# %% 3b.1 wrong: a coin for each slip -> "slips"
def split_by_group(groups, share, seed):
    names = np.unique(groups)
    return np.isin(groups, names[np.random.default_rng(seed).random(len(names)) < share])

# %% 3b.1 wrong: draws photographs until there are enough slips -> "drawn far more often"
def split_by_group(groups, share, seed):
    shuffled_photos = np.random.default_rng(seed).permutation(groups).tolist()
    drawn = list(dict.fromkeys(shuffled_photos))[: round(share * len(set(shuffled_photos)))]
    return np.isin(groups, drawn)

# %% 3b.1 wrong: sorts what came in -> "changes its input"
def split_by_group(groups, share, seed):
    groups.sort()
    names = np.unique(groups)
    return np.isin(groups, np.random.default_rng(seed).permutation(names)[: round(share * len(names))])

# %% 3b.1 wrong: takes names for places -> "a slip lies on both sides"
def split_by_group(groups, share, seed):
    names = np.unique(groups)
    marks = np.zeros(len(groups), dtype=bool)
    marks[np.random.default_rng(seed).permutation(names)[: round(share * len(names))]] = True
    return marks

# %% 3b.1 wrong: a seed of its own -> "twelve seeds gave the same split"
def split_by_group(groups, share, seed):
    names = np.unique(groups)
    return np.isin(groups, np.random.default_rng(0).permutation(names)[: round(share * len(names))])

# %% 3b.1 right: names in the order in which they come, a dictionary
def split_by_group(groups, share, seed):
    names = list(dict.fromkeys(groups.tolist()))
    places = np.random.RandomState(seed).choice(len(names), round(share * len(names)), replace=False)
    test = {names[place]: True for place in places}
    return np.array([test.get(name, False) for name in groups.tolist()])

# %% 3b.2 right: torch's own loss, 32 bits
def lowest_loss(K):
    return nn.functional.cross_entropy(torch.eye(K)[:1], torch.tensor([0]))

# %% 3b.2 wrong: in bits -> "that is in bits"
def lowest_loss(K):
    return np.log2((math.e + K - 1) / math.e)

# %% 3b.2 wrong: two classes only, the others forgotten -> "K = 10"
def lowest_loss(K):
    return math.log(math.e + 1) - 1

# %% 3b.2 wrong: one minus the probability -> "a squared error or a missing probability"
def lowest_loss(K):
    return (K - 1) / (math.e + K - 1)

# %% 3b.3 right: one long vector, cut again
def clip_together(gradients, limit):
    sizes = [np.size(g) for g in gradients]
    whole = np.concatenate([np.ravel(g) for g in gradients])
    norm = np.linalg.norm(whole)
    if norm > limit:
        whole = whole * (limit / norm)
    parts = np.split(whole, np.cumsum(sizes)[:-1])
    return [part.reshape(np.shape(g)) for part, g in zip(parts, gradients)]

# %% 3b.3 right: as PyTorch does it, with a little added to the length
def clip_together(gradients, limit):
    total = sum(float(np.sum(np.square(g))) for g in gradients) ** 0.5
    return [g * min(1.0, limit / (total + 1e-6)) for g in gradients]

# %% 3b.3 wrong: only two arrays -> "raised"
def clip_together(gradients, limit):
    a, b = gradients
    length = math.sqrt((a**2).sum() + (b**2).sum())
    return [g * min(1, limit / length) for g in (a, b)]

# %% 3b.3 wrong: the length of the first two -> "of 4, limit 5"
def clip_together(gradients, limit):
    length = math.sqrt(sum((g**2).sum() for g in gradients[:2])) + 1e-12
    return [g * min(1, limit / length) for g in gradients]

# %% 3b.3 wrong: flattened -> "expected an array of shape (1, 3)"
def clip_together(gradients, limit):
    length = math.sqrt(sum((g**2).sum() for g in gradients)) + 1e-12
    return [g.ravel() * min(1, limit / length) for g in gradients]

# %% 3b.3 wrong: a mean of squares -> "that is a mean of squares"
def clip_together(gradients, limit):
    length = math.sqrt(np.mean(np.concatenate([g.ravel() for g in gradients]) ** 2)) + 1e-12
    return [g * min(1, limit / length) for g in gradients]

# %% 3b.3 wrong: a factor for each array, where that array alone is too long -> "[1] of 2, limit 2.5"
def clip_together(gradients, limit):
    length = math.sqrt(sum((g**2).sum() for g in gradients)) + 1e-12
    return [g * limit / length if np.sqrt((g**2).sum()) > limit - 0.3 else g for g in gradients]

# %% 3b.3 wrong: rows alone, right for a single row -> "the length of a single array"
def clip_together(gradients, limit):
    return [g * np.minimum(1, limit / (np.linalg.norm(g, axis=-1, keepdims=True) + 1e-12)) for g in gradients]

# %% 3b.4 wrong: the two in the wrong order -> "the two numbers stand in the wrong order"
def early_stop(losses, patience):
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss < losses[best - 1]:
            best = epoch
        if epoch - best == patience:
            return best, epoch
    return best, len(losses)

# %% 3b.4 wrong: a loss above 1e9 is never the lowest -> "losses may have any size"
def early_stop(losses, patience):
    lowest, best, poor, epoch = 1e9, 1, 0, 0
    for epoch, loss in enumerate(losses, start=1):
        if loss < lowest:
            lowest, best, poor = loss, epoch, 0
        else:
            poor += 1
        if poor == patience:
            break
    return epoch, best

# %% 3b.4 wrong: a smallest gain is asked -> "a little lower is lower"
def early_stop(losses, patience):
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss < losses[best - 1] - 1e-4:
            best = epoch
        if epoch - best == patience:
            return epoch, best
    return len(losses), best

# %% 3b.4 wrong: without a stop the last weights are kept -> "the last weights are not the best ones"
def early_stop(losses, patience):
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss < losses[best - 1]:
            best = epoch
        if epoch - best == patience:
            return epoch, best
    return len(losses), len(losses)

# %% 3b.4 wrong: a gain is a share of the loss, wrong below zero -> "a loss may be negative"
def early_stop(losses, patience):
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss / losses[best - 1] < 1:
            best = epoch
        if epoch - best == patience:
            return epoch, best
    return len(losses), best

# %% 3b.4 wrong: any fall starts the count again -> "losses [5, 4, 3, 3.5, 3.2, 1.0], patience 2"
def early_stop(losses, patience):
    best, poor = 1, 0
    for epoch in range(2, len(losses) + 1):
        if losses[epoch - 1] < losses[best - 1]:
            best = epoch
        poor = 0 if losses[epoch - 1] < losses[epoch - 2] else poor + 1
        if poor == patience:
            return epoch, best
    return len(losses), best

# %% 3b.4 right: recursion
def early_stop(losses, patience):
    def go(run, best):
        if run - best == patience or run == len(losses):
            return [run, best]
        return go(run + 1, run + 1 if losses[run] < losses[best - 1] else best)

    return go(1, 1)

# %% 3b.5 wrong: the budget counts slips, not euros -> "the budget is a little short, expected None"
def labels_to_buy(accuracy, promise, price, budget):
    n = 1
    while n <= budget / min(price, 1):
        if wilson(accuracy * n, n)[0] > promise:
            return n
        n += 1
    return None

# %% 3b.5 wrong: nobody needs more than 10,000 -> "accuracy 0.9731, promise 0.97, price 0.25: the budget is more than enough, but got None"
def labels_to_buy(accuracy, promise, price, budget):
    for n in range(1, 10_000):
        if n * price <= budget and wilson(accuracy * n, n)[0] > promise:
            return n
    return None

# %% 3b.5 wrong: hits rounded -> "accuracy 0.99, promise 0.97"
def labels_to_buy(accuracy, promise, price, budget):
    n = 1
    while n * price <= budget:
        if wilson(round(accuracy * n), n)[0] > promise:
            return n
        n += 1
    return None

# %% 3b.5 wrong: one-sided -> "accuracy 0.99, promise 0.97"
def labels_to_buy(accuracy, promise, price, budget):
    if accuracy <= promise:
        return None
    n = math.floor(1.645**2 * promise * (1 - promise) / (accuracy - promise) ** 2) + 1
    return n if n * price <= budget else None

# %% 3b.5 wrong: in tens -> "accuracy 0.985, promise 0.97"
def labels_to_buy(accuracy, promise, price, budget):
    n = 10
    while n * price <= budget:
        if wilson(accuracy * n, n)[0] > promise:
            return n
        n += 10
    return None

# %% 3b.5 wrong: one too many -> "that is one too many"
def labels_to_buy(accuracy, promise, price, budget):
    n = 1
    while n * price <= budget:
        if wilson(accuracy * (n - 1), max(n - 1, 1))[0] > promise:
            return n
        n += 1
    return None

# %% 3b.5 wrong: whole euros -> "the budget is a little short, expected None"
def labels_to_buy(accuracy, promise, price, budget):
    n = 1
    while n * price < math.floor(budget) + 1:
        if wilson(accuracy * n, n)[0] > promise:
            return n
        n += 1
    return None

# %% 3b.5 wrong: equal is enough -> "accuracy 0.97 cannot prove 0.97"
def labels_to_buy(accuracy, promise, price, budget):
    if accuracy < promise:
        return None
    if accuracy == promise:
        return math.floor(budget / price)
    n = math.floor(1.96**2 * promise * (1 - promise) / (accuracy - promise) ** 2) + 1
    return n if n * price <= budget else None

# %% 3b.5 right: a table of all n, a NumPy integer
def labels_to_buy(accuracy, promise, price, budget):
    n = np.arange(1, int(budget // price) + 1)
    enough = np.flatnonzero([wilson(accuracy * k, k)[0] > promise for k in n])
    return n[enough[0]] if len(enough) else None

# %% 3b.1 wrong: always rounded up -> "slips in the test, of 40 with share 0.16: expected 6, got 7"
def split_by_group(groups, share, seed):
    names = np.unique(groups)
    return np.isin(groups, np.random.default_rng(seed).permutation(names)[: math.ceil(share * len(names))])

# %% 3b.1 right: one random number a slip, the smallest are tested
def split_by_group(groups, share, seed):
    names, place = np.unique(groups, return_inverse=True)
    lots = np.random.default_rng(seed).random(len(names))
    chosen = np.argsort(lots)[: round(share * len(names))]
    return tuple(bool(number in set(chosen.tolist())) for number in place)

# %% 3b.1 wrong: ones and zeros -> "expected True or False for each photograph"
def split_by_group(groups, share, seed):
    names = np.unique(groups)
    drawn = np.random.default_rng(seed).permutation(names)[: round(share * len(names))]
    return np.isin(groups, drawn).astype(int)

# %% 3b.1 wrong: the first slip is never tested -> "some slips are drawn far more often"
def split_by_group(groups, share, seed):
    names = np.unique(groups)
    drawn = np.random.default_rng(seed).permutation(names[1:])[: round(share * len(names))]
    return np.isin(groups, drawn)

# %% 3b.2 right: NumPy, an array without axes
def lowest_loss(K):
    best = np.eye(K)[0]
    return np.array(np.log(np.exp(best).sum()) - best[0])

# %% 3b.2 wrong: the uniform vector softened -> "that is guessing"
def lowest_loss(K):
    p = np.full(K, 1 / K)
    return -np.log(np.exp(p)[0] / np.exp(p).sum())

# %% 3b.2 wrong: softened twice -> "K = 10: expected"
def lowest_loss(K):
    p = torch.softmax(torch.softmax(torch.eye(K, dtype=torch.double)[0], dim=0), dim=0)
    return float(-torch.log(p[0]))

# %% 3b.3 right: torch's own clipping
def clip_together(gradients, limit):
    leaves = [nn.Parameter(torch.zeros(np.shape(g), dtype=torch.double)) for g in gradients]
    for leaf, g in zip(leaves, gradients):
        leaf.grad = torch.as_tensor(g).double().clone()
    nn.utils.clip_grad_norm_(leaves, limit)
    return [leaf.grad for leaf in leaves]

# %% 3b.3 right: from_numpy takes arrays without axes
def clip_together(gradients, limit):
    tensors = [torch.from_numpy(g) for g in gradients]
    length = torch.stack([t.norm() for t in tensors]).norm()
    return [t * min(1.0, limit / length.item()) if length > 0 else t for t in tensors]

# %% 3b.3 wrong: one-norm -> "[0] of 2, limit 1"
def clip_together(gradients, limit):
    length = sum(np.abs(g).sum() for g in gradients) + 1e-12
    return [g * min(1, limit / length) for g in gradients]

# %% 3b.3 wrong: the sign is lost -> "[0] of 2, limit 1"
def clip_together(gradients, limit):
    length = math.sqrt(sum((g**2).sum() for g in gradients)) + 1e-12
    return [abs(g) * min(1, limit / length) for g in gradients]

# %% 3b.4 right: a while loop, a torch tensor
def early_stop(losses, patience):
    best = run = 1
    while run < len(losses) and run - best < patience:
        run += 1
        if losses[run - 1] < losses[best - 1]:
            best = run
    return torch.tensor([run, best])

# %% 3b.4 wrong: the last of equal losses is kept, where nothing stopped -> "an equal loss is not lower"
def early_stop(losses, patience):
    run = next((r for r in range(1, len(losses) + 1) if r - 1 - losses.index(min(losses[:r])) == patience), len(losses))
    return run, max(k + 1 for k in range(run) if losses[k] == min(losses[:run]))

# %% 3b.4 wrong: the count of poor epochs instead of epochs run -> "(run, kept)"
def early_stop(losses, patience):
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss < losses[best - 1]:
            best = epoch
        if epoch - best == patience:
            break
    return epoch - best, best

# %% 3b.5 right: doubling, then halving, a float that is whole
def labels_to_buy(accuracy, promise, price, budget):
    def enough(n):
        return wilson(accuracy * n, n)[0] > promise

    if accuracy <= promise:
        return None
    high = 1
    while not enough(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return float(high) if high * price <= budget else None

# %% 3b.5 wrong: the bound may equal accuracy's own -> "expected None"
def labels_to_buy(accuracy, promise, price, budget):
    n = 1
    while n * price <= budget:
        if wilson(accuracy * n, n)[0] > promise:
            return n
        n += 1
    return n


# %% 3b.3 wrong: the longest array decides -> "the length of a single array"
def clip_together(gradients, limit):
    length = max(np.linalg.norm(g) for g in gradients)
    return [g * (limit / length if length > limit else 1) for g in gradients]


# %% 3b.3 right: the length of the lengths
def clip_together(gradients, limit):
    length = np.hypot.reduce([np.linalg.norm(g) for g in gradients], initial=0.0)
    return [np.divide(g, max(length / limit, 1)) for g in gradients]


# %% 3b.4 right: running minima, no loop
def early_stop(losses, patience):
    L = np.asarray(losses)
    low = np.minimum.accumulate(L)
    new = np.r_[True, L[1:] < low[:-1]]
    at = np.maximum.accumulate(np.where(new, np.arange(len(L)), 0))
    stop = np.flatnonzero(np.arange(len(L)) - at >= patience)
    n = stop[0] if len(stop) else len(L) - 1
    return n + 1, at[n] + 1


# %% 3b.5 right: doubles, then halves the gap
def labels_to_buy(accuracy, promise, price, budget):
    good = lambda n: wilson(accuracy * n, n)[0] > promise
    high = 1
    while not good(high):
        if high * price > budget:
            return None
        high *= 2
    low = high // 2
    while high - low > 1:
        mid = (low + high) // 2
        low, high = (low, mid) if good(mid) else (mid, high)
    return high if high * price <= budget else None


# %% 3b.5 wrong: begins with thirty slips -> "expected 11"
def labels_to_buy(accuracy, promise, price, budget):
    for n in range(30, int(budget / price + 1e-9) + 1):
        if wilson(accuracy * n, n)[0] > promise:
            return n
