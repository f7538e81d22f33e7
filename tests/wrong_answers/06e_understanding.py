# %% 6e.1 right: NumPy, row by row
def text_vectors(hidden, real):
    rows = [h[r].mean(axis=0) for h, r in zip(hidden.numpy(), real.numpy())]
    return np.array([row / np.sqrt((row**2).sum()) for row in rows])


# %% 6e.1 right: masked_fill, and the length of the sum
def text_vectors(hidden, real):
    total = hidden.masked_fill(~real[:, :, None], 0).sum(1)
    return F.normalize(total, dim=1)


# %% 6e.1 right: einsum
def text_vectors(hidden, real):
    mean = torch.einsum("btc,bt->bc", hidden, real.to(hidden)) / real.sum(1)[:, None]
    return mean / mean.square().sum(1, keepdim=True).sqrt()


# %% 6e.1 wrong: padding in the mean -> "the padding went into the mean"
def text_vectors(hidden, real):
    return F.normalize(hidden.mean(1), dim=1)


# %% 6e.1 wrong: the first token -> "the first token's vector"
def text_vectors(hidden, real):
    return F.normalize(hidden[:, 0], dim=1)


# %% 6e.1 wrong: not of length 1 -> "each vector must have length 1"
def text_vectors(hidden, real):
    return (hidden * real[..., None]).sum(1) / real.sum(1)[:, None]


# %% 6e.1 wrong: the table scaled as a whole -> "scale each text"
def text_vectors(hidden, real):
    mean = (hidden * real[..., None]).sum(1) / real.sum(1)[:, None]
    return mean / mean.norm()


# %% 6e.1 wrong: tokens scaled first -> "not each token before it"
def text_vectors(hidden, real):
    return (F.normalize(hidden, dim=-1) * real[..., None]).sum(1) / real.sum(1)[:, None]


# %% 6e.1 wrong: the mask overwrites the input -> "changes its input hidden"
def text_vectors(hidden, real):
    hidden[~real] = 0
    return F.normalize(hidden.sum(1), dim=1)


# %% 6e.2 right: a tuple
piece_counts = (4, 2, 1)


# %% 6e.2 right: an array of floats
piece_counts = np.array([4.0, 2.0, 1.0])


# %% 6e.2 wrong: the best cut -> "greedy takes the longest piece first"
piece_counts = [3, 2, 1]


# %% 6e.2 wrong: single letters -> "a longer piece than a single letter fits"
piece_counts = [5, 2, 1]


# %% 6e.2 wrong: pieces kept before the rest -> "then all of it is unknown"
piece_counts = [4, 2, 3]


# %% 6e.2 wrong: [UNK] for the rest alone -> "what was found before too"
piece_counts = [4, 2, 4]


# %% 6e.2 wrong: [UNK] is no piece -> "6e.2"
piece_counts = [4, 2, 0]


# %% 6e.2 wrong: one number -> "expected an array of shape (3,)"
piece_counts = 7


# %% 6e.3 right: loops
def masked_perplexity(log_chances, ids, chosen):
    total, n = 0.0, 0
    for row in range(len(ids)):
        for t in range(len(ids[row])):
            if chosen[row, t]:
                total -= float(log_chances[row, t, ids[row, t]])
                n += 1
    return math.exp(total / n)


# %% 6e.3 right: cross_entropy takes logarithms too
def masked_perplexity(log_chances, ids, chosen):
    return F.cross_entropy(log_chances[chosen], ids[chosen]).exp()


# %% 6e.3 right: NumPy
def masked_perplexity(log_chances, ids, chosen):
    rows, places = np.nonzero(chosen.numpy())
    return np.exp(-log_chances.numpy()[rows, places, ids.numpy()[rows, places]].mean())


# %% 6e.3 wrong: all places -> "the visible places were counted too"
def masked_perplexity(log_chances, ids, chosen):
    return F.nll_loss(log_chances.flatten(0, 1), ids.flatten()).exp()


# %% 6e.3 wrong: the visible ones -> "only the visible places"
def masked_perplexity(log_chances, ids, chosen):
    return F.nll_loss(log_chances[~chosen], ids[~chosen]).exp()


# %% 6e.3 wrong: the loss -> "that is the mean loss"
def masked_perplexity(log_chances, ids, chosen):
    return F.nll_loss(log_chances[chosen], ids[chosen])


# %% 6e.3 wrong: shared among all places -> "it was shared among all"
def masked_perplexity(log_chances, ids, chosen):
    each = -log_chances.gather(-1, ids[..., None])[..., 0]
    return (each * chosen).mean().exp()


# %% 6e.3 wrong: the sum, not the mean -> "6e.3"
def masked_perplexity(log_chances, ids, chosen):
    return F.nll_loss(log_chances[chosen], ids[chosen], reduction="sum").exp()


# %% 6e.3 wrong: sign -> "the sign is turned"
def masked_perplexity(log_chances, ids, chosen):
    return (-F.nll_loss(log_chances[chosen], ids[chosen])).exp()


# %% 6e.3 wrong: mean of perplexities -> "first the mean, then e to it"
def masked_perplexity(log_chances, ids, chosen):
    return F.nll_loss(log_chances[chosen], ids[chosen], reduction="none").exp().mean()


# %% 6e.3 wrong: mean of the rows' means -> "rows with few hidden tokens weigh too much"
def masked_perplexity(log_chances, ids, chosen):
    each = -log_chances.gather(-1, ids[..., None])[..., 0]
    return ((each * chosen).sum(1) / chosen.sum(1)).mean().exp()


# %% 6e.3 wrong: bits -> "the loss is in nats"
def masked_perplexity(log_chances, ids, chosen):
    return 2 ** F.nll_loss(log_chances[chosen], ids[chosen])


# %% 6e.4 right: through the base
def change_adapter(merged, old, new, alpha):
    base = merged - (alpha / old[0].shape[0]) * torch.matmul(old[1], old[0])
    return torch.add(base, torch.matmul(new[1], new[0]), alpha=alpha / new[1].shape[1])


# %% 6e.4 right: einsum and NumPy
def change_adapter(merged, old, new, alpha):
    (A, B), (C, D) = [[m.numpy() for m in pair] for pair in (old, new)]
    gain = np.einsum("or,ri->oi", D, C) * alpha / len(C)
    return merged.numpy() - np.einsum("or,ri->oi", B, A) * alpha / len(A) + gain


# %% 6e.4 wrong: the old one stays -> "the old correction is still in it"
def change_adapter(merged, old, new, alpha):
    return merged + alpha / len(new[0]) * new[1] @ new[0]


# %% 6e.4 wrong: only the base -> "that is the base"
def change_adapter(merged, old, new, alpha):
    return merged - alpha / len(old[0]) * old[1] @ old[0]


# %% 6e.4 wrong: one scale for both -> "the two ranks differ"
def change_adapter(merged, old, new, alpha):
    return merged + alpha / len(old[0]) * (new[1] @ new[0] - old[1] @ old[0])


# %% 6e.4 wrong: the new scale for both -> "the old one has another scale"
def change_adapter(merged, old, new, alpha):
    return merged + alpha / len(new[0]) * (new[1] @ new[0] - old[1] @ old[0])


# %% 6e.4 wrong: no scale -> "the scale is missing"
def change_adapter(merged, old, new, alpha):
    return merged + new[1] @ new[0] - old[1] @ old[0]


# %% 6e.4 wrong: alpha alone -> "alpha over the rank"
def change_adapter(merged, old, new, alpha):
    return merged + alpha * (new[1] @ new[0] - old[1] @ old[0])


# %% 6e.4 wrong: inputs for the rank -> "6e.4"
def change_adapter(merged, old, new, alpha):
    (A, B), (C, D) = old, new
    return merged - alpha / A.shape[1] * B @ A + alpha / C.shape[1] * D @ C


# %% 6e.4 wrong: signs -> "the signs have changed places"
def change_adapter(merged, old, new, alpha):
    return merged + alpha / len(old[0]) * old[1] @ old[0] - alpha / len(new[0]) * new[1] @ new[0]


# %% 6e.4 wrong: the product the other way round -> "your code raised"
def change_adapter(merged, old, new, alpha):
    return merged - alpha / len(old[0]) * old[0] @ old[1] + alpha / len(new[0]) * new[0] @ new[1]


# %% 6e.5 right: one pass over the sorted messages
def best_threshold(confidence, right, wrong, clerk):
    best = (clerk * len(right), math.inf)
    for t in set(confidence):
        total = 0
        for sure, fine in zip(confidence, right):
            total += (0 if fine else wrong) if sure >= t else clerk
        best = min(best, (total, t))
    return best[1]


# %% 6e.5 right: a table of costs
def best_threshold(confidence, right, wrong, clerk):
    options = np.append(np.unique(confidence), np.inf)
    machine = np.asarray(confidence) >= options[:, None]
    costs = (machine * (1 - np.asarray(right)) * wrong + ~machine * clerk).sum(1)
    return options[np.argmin(np.round(costs, 6))]


# %% 6e.5 wrong: the highest of equals -> "the lowest is wanted"
def best_threshold(confidence, right, wrong, clerk):
    def cost(t):
        return sum((wrong * (1 - r)) if c >= t else clerk for c, r in zip(confidence, right))

    options = sorted({*confidence, math.inf}, reverse=True)
    return min(options, key=cost)


# %% 6e.5 wrong: the clerk is free -> "what the clerk costs is missing"
def best_threshold(confidence, right, wrong, clerk):
    def cost(t):
        return sum((wrong * (1 - r)) if c >= t else 0 for c, r in zip(confidence, right))

    return min(sorted({*confidence, math.inf}), key=cost)


# %% 6e.5 wrong: right answers cost -> "a right answer costs nothing"
def best_threshold(confidence, right, wrong, clerk):
    def cost(t):
        return sum((wrong * r) if c >= t else clerk for c, r in zip(confidence, right))

    return min(sorted({*confidence, math.inf}), key=cost)


# %% 6e.5 wrong: prices swapped -> "the two prices have changed places"
def best_threshold(confidence, right, wrong, clerk):
    def cost(t):
        return sum((clerk * (1 - r)) if c >= t else wrong for c, r in zip(confidence, right))

    return min(sorted({*confidence, math.inf}), key=cost)


# %% 6e.5 wrong: above, not from -> "with confidence exactly t goes to the machine"
def best_threshold(confidence, right, wrong, clerk):
    def cost(t):
        return sum((wrong * (1 - r)) if c > t else clerk for c, r in zip(confidence, right))

    return min(sorted({*confidence, math.inf}), key=cost)


# %% 6e.5 wrong: never the clerk alone -> "costs more than leaving all to the clerk"
def best_threshold(confidence, right, wrong, clerk):
    def cost(t):
        return sum((wrong * (1 - r)) if c >= t else clerk for c, r in zip(confidence, right))

    return min(sorted(set(confidence)), key=cost)


# %% 6e.5 wrong: the cost instead of the threshold -> "6e.5"
def best_threshold(confidence, right, wrong, clerk):
    def cost(t):
        return sum((wrong * (1 - r)) if c >= t else clerk for c, r in zip(confidence, right))

    return min(map(cost, {*confidence, math.inf}))


# %% 6e.5 right: from the surest down, equal ones together
def best_threshold(confidence, right, wrong, clerk):
    total, best, at = clerk * len(right), clerk * len(right), float("inf")
    for t in sorted(set(confidence), reverse=True):
        for sure, fine in zip(confidence, right):
            if sure == t:
                total += (0 if fine else wrong) - clerk
        if total <= best + 1e-9:
            best, at = total, t
    return at


# %% 6e.5 wrong: as if it were calibrated -> "6e.5"
def best_threshold(confidence, right, wrong, clerk):
    return min((c for c in confidence if (1 - c) * wrong <= clerk), default=math.inf)


# %% 6e.5 wrong: equal ones torn apart -> "6e.5"
def best_threshold(confidence, right, wrong, clerk):
    rows = sorted(zip(confidence, right), reverse=True)
    costs = [(clerk * len(rows), math.inf)]
    for n, (sure, _) in enumerate(rows, 1):
        bad = sum(1 - fine for _, fine in rows[:n])
        costs.append((wrong * bad + clerk * (len(rows) - n), sure))
    return min(costs)[1]


# %% 6e.5 wrong: the clerk is never asked -> "6e.5"
def best_threshold(confidence, right, wrong, clerk):
    return min(confidence)


# %% 6e.1 wrong: the first n tokens for the real ones -> "padded on the left"
def text_vectors(hidden, real):
    v = torch.stack([h[:n].mean(0) for h, n in zip(hidden, real.sum(1))])
    return v / v.norm(dim=1, keepdim=True)


# %% 6e.1 wrong: each token scaled, and the mean too -> "scale once, at the end"
def text_vectors(hidden, real):
    h = hidden / hidden.norm(dim=-1, keepdim=True)
    v = (h * real[..., None]).sum(1)
    return v / v.norm(dim=1, keepdim=True)


# %% 6e.4 wrong: the inputs for the rank, in the scale -> "the side that A and B share"
def change_adapter(merged, old, new, alpha):
    return merged - alpha / old[0].shape[1] * old[1] @ old[0] + alpha / new[0].shape[1] * new[1] @ new[0]


# %% 6e.5 wrong: the clerk makes the same mistakes -> "expected"
import math
def best_threshold(confidence, right, wrong, clerk):
    def cost(t):
        return sum(wrong * (1 - r) + (clerk if c < t else 0) for c, r in zip(confidence, right))
    return min((cost(t), t) for t in {*confidence, math.inf})[1]
