# 8b · Cross-modal learning
# Made from lessons/08b_cross_modal.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
pairs: int = 1500  # pictures with captions to learn from  in [200, 20000]
held: int = 2  # colours of each part that training never shows  in [1, 4]
steps: int = 200  # training steps of each network  in [20, 5000]
batch: int = 64  # pairs in a batch  in [8, 256]
habit: float = 0.7  # share of black parts that the caption writers call sturdy  in [0, 1]
wrong: float = 5.0  # euros that a wrong caption costs  in [0, 1000]
look: float = 1.0  # euros for a person's look at one caption  in [0, 100]

# %% 8b.1 asks about both_ways
import numpy as np

draws = np.random.default_rng(5)
for B, d, scale in ((3, 2, 5.0), (4, 3, 1.0), (2, 5, 14.3), (5, 5, 1000.0), (1, 3, 2.0)):
    x, y = draws.normal(size=(B, d)), 3 * draws.normal(size=(B, d))

    def norm(v):
        return v / np.sqrt((v**2).sum(axis=1, keepdims=True))

    def lost(scores, axis):
        top = scores.max(axis=axis, keepdims=True)
        every = np.log(np.exp(scores - top).sum(axis=axis)) + top.squeeze(axis)
        return every - np.diag(scores)

    scores = scale * norm(x) @ norm(y).T
    rows, columns = lost(scores, 1), lost(scores, 0)
    want = (rows.mean() + columns.mean()) / 2
    raw, divided = scale * x @ y.T, norm(x) @ norm(y).T / scale
    only_x, only_y = scale * norm(x) @ y.T, scale * x @ norm(y).T
    slips = {
        "the vectors have not been brought to length 1": (lost(raw, 1).mean() + lost(raw, 0).mean()) / 2,
        "the captions have not been brought to length 1": (
            lost(only_x, 1).mean() + lost(only_x, 0).mean()
        )
        / 2,
        "the pictures have not been brought to length 1": (
            lost(only_y, 1).mean() + lost(only_y, 0).mean()
        )
        / 2,
        "only the pictures choose; the captions have their question, too": rows.mean(),
        "only the captions choose; the pictures have their question, too": columns.mean(),
        "the mean of both questions is wanted, not their sum": 2 * want,
        "the mean over the pairs is wanted, not the sum": B * want,
        "the scale multiplies; a temperature would divide": (
            lost(divided, 1).mean() + lost(divided, 0).mean()
        )
        / 2,
        "the scale is missing": (lost(scores / scale, 1).mean() + lost(scores / scale, 0).mean()) / 2,
        "that is the log-probability; a loss has the other sign": -want,
    }
    c.close(
        both_ways(x, y, scale),
        want,
        what=f"{B} pairs, vectors of {d}, scale {scale:g}",
        hint="rows for one question, columns for the other, the diagonal for both",
        slips=slips,
        rtol=1e-4,
        atol=1e-6,
    )

# %% 8b.2 asks about lowest
from collections import Counter
import math
import numpy as np

two_orders = ["a red bell on a black frame", "a black bell on a red frame", "a red bell on a black frame"]
batches = {
    f"captions {' '.join(letters)}": [f"a part {letter}" for letter in letters]
    for letters in ("aaaaabbc", "abca", "aab", "aaaa", "abcd", "abacabadab", "z")
}
for what, batch_of in (batches | {"the same words in two orders": two_orders}).items():
    times = np.array(list(Counter(batch_of).values()))
    B = len(batch_of)
    want = float((times * np.log(times)).sum() / B)
    slips = {
        "the mean goes over the pairs, not over the different captions": float(np.log(times).mean()),
        "that takes the logarithm of a mean; each pair has a logarithm of its own": math.log(
            (times * times).sum() / B
        ),
        "both questions have this floor; their mean is wanted, not their sum": 2 * want,
        "both questions have this floor, not only one of them": want / 2,
        "the mean over the pairs is wanted, not the sum": want * B,
        "that is a sum over pairs, divided by the number of different captions": want * B / len(times),
        "that is how many times a caption stands there on average; the pairs differ": math.log(
            B / len(times)
        ),
        "natural logarithms are wanted": want / math.log(2),
        "that is the loss by chance": math.log(B),
        "a pair without a double pays nothing": float((times * np.log(times + 1)).sum() / B),
        "that is how much the captions differ; the floor is what is lost because they do not": math.log(B)
        - want,
        "that is the share of pairs with a double": float(times[times > 1].sum() / B),
    }
    if batch_of is two_orders:
        slips |= {"words in another order are another caption": math.log(B)}
        slips.pop("that is the loss by chance")
    c.close(
        lowest(batch_of),
        want,
        what=what,
        hint="n equal captions share what their n pictures give them",
        slips=slips,
    )

# %% 8b.3 asks about recall_at
import numpy as np

draws = np.random.default_rng(51)
for N, M, k in ((29, 11, 3), (31, 8, 1), (8, 8, 2), (4, 3, 5), (10, 7, 4), (7, 12, 1)):
    similarity = draws.permuted(np.tile(np.linspace(-1, 1, M), (N, 1)), axis=1)
    right = draws.random((N, M)) < 0.2
    right[np.arange(N), draws.integers(M, size=N)] = True
    rank = (-similarity).argsort(axis=1).argsort(axis=1)
    found = right & (rank < k)
    downwards = similarity.argsort(axis=1).argsort(axis=1)
    columns = (-similarity).argsort(axis=0).argsort(axis=0)
    sizes = (-abs(similarity)).argsort(axis=1).argsort(axis=1)
    want = found.any(axis=1).mean()
    slips = {
        "a query counts once, however many right things it finds": found.sum() / N,
        "that is how many of all right things are found; a query needs only one": (
            found.sum(axis=1) / right.sum(axis=1)
        ).mean(),
        "that is how many of the k are right; a query needs only one": found.sum() / (N * k),
        "a large similarity is near": (right & (downwards < k)).any(axis=1).mean(),
        "the sign counts: a similarity far below 0 is far": (right & (sizes < k)).any(axis=1).mean(),
        "what is not right has been given a similarity of 0; others lie below that": (
            (similarity > (similarity * right).max(axis=1, keepdims=True)).sum(axis=1) < k
        ).mean(),
        "argsort gives things in the order of their ranks, not the rank of each thing": (
            right & ((-similarity).argsort(axis=1) < k)
        )
        .any(axis=1)
        .mean(),
        "the k most similar are wanted, not the first k": right[:, :k].any(axis=1).mean(),
        "each query, a row, has its own k nearest": (right & (columns < k)).any(axis=0).mean(),
        "k things are looked at, no more": (right & (rank < k + 1)).any(axis=1).mean(),
        "the k-th thing counts, too": (right & (rank < k - 1)).any(axis=1).mean(),
        "all right things are not needed, one will do": (found.sum(axis=1) == right.sum(axis=1)).mean(),
        "a share is wanted, not a count": found.any(axis=1).sum(),
    }
    c.close(
        recall_at(similarity, right, k),
        want,
        what=f"{N} queries, {M} things, k = {k}",
        hint="any right one among the first k of the row",
        slips=slips,
    )

# %% 8b.4 asks about log_probability
import numpy as np
import torch

draws = np.random.default_rng(2)
for ids in ([[3, 2, 0, 1], [1, 0, 0, 0], [2, 3, 1, 0]], [[0, 2, 1], [4, 0, 3]], [[1, 4, 2, 3, 0, 1]]):
    ids = np.array(ids)
    B, T = ids.shape
    logits = draws.normal(size=(B, T, 5)) * 2
    log_p = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
    each = np.take_along_axis(log_p, ids[..., None], axis=2)[..., 0]
    length = (ids == 0).argmax(axis=1)
    place = np.arange(T)
    upto, before = place <= length[:, None], place < length[:, None]
    raw = np.take_along_axis(logits, ids[..., None], axis=2)[..., 0]
    down = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    want = (each * upto).sum(axis=1)
    next_one = np.take_along_axis(log_p[:, :-1], ids[:, 1:, None], axis=2)[..., 0]
    slips = {
        "the scores at place t are for token t, not for the one behind it": (next_one * upto[:, 1:]).sum(
            axis=1
        ),
        "what stands behind the first end does not count": each.sum(axis=1),
        "the first end alone ends a caption; padding may be any token": (
            each * ((ids == 0).cumsum(axis=1) <= 1)
        ).sum(axis=1),
        "the end counts, too: the model chose to stop there": (each * before).sum(axis=1),
        "every token up to the end counts, and no token is left out because it is 0": (
            each * (ids != 0)
        ).sum(axis=1),
        "a probability of the whole is a product: its logarithm is a sum, not a mean": (each * upto).sum(
            axis=1
        )
        / upto.sum(axis=1),
        "that is the probability; its logarithm is wanted": np.exp(want),
        "scores are no log-probabilities yet": (raw * upto).sum(axis=1),
        "the shares of the words add up to 1, not those of the places": (
            np.take_along_axis(down, ids[..., None], axis=2)[..., 0] * upto
        ).sum(axis=1),
        "that is a loss; a log-probability has the other sign": -want,
        "one number for each caption is wanted": want.sum(),
    }
    c.close(
        log_probability(torch.tensor(logits), torch.tensor(ids)),
        want,
        what=f"{B} captions of up to {T} tokens",
        hint="one log-probability a place, and a mask that ends behind the first 0",
        slips=slips,
        rtol=1e-5,
        atol=1e-6,
    )

# %% 8b.5 asks about cheapest
import numpy as np

draws = np.random.default_rng(9)
cases = [
    # dearer at first, cheaper at last
    ([0.6, 0.95, 0.3, 0.8, 0.7, 0.9, 0.5, 0.4], [1, 0, 0, 1, 1, 1, 1, 1], 3.0, 1.0),
    ([0.9, 0.8, 0.6, 0.4, 0.3], [1, 1, 0, 1, 0], 5.0, 1.0),
    ([0.9, 0.8, 0.8, 0.3], [1, 1, 0, 1], 4.0, 1.0),
    ([0.2, 0.9, 0.5], [1, 1, 1], 3.0, 0.5),
    ([0.9, 0.7], [0, 0], 10.0, 1.0),
    ([0.5, 0.75], [0, 1], 1.0, 1.0),
    ([0.4, 0.9, 0.7, 0.6], [1, 0, 1, 1], 4.0, 1.0),  # to look at all costs the same
]
for _ in range(3):
    p = draws.integers(1, 20, 32) / 23  # between the places of any round grid
    cases.append((p.tolist(), (draws.random(32) < p).tolist(), 4.0, 1.0))
for p, right, wrong, look in cases:
    p, right, n = np.array(p), np.array(right, dtype=bool), len(p)

    def search(cost, limits, down=True):
        best = None
        for limit in sorted(limits, reverse=down):
            value = cost(limit)
            if best is None or value < best[1] - 1e-12:
                best = (limit, value)
        return best

    def bill(limit, p=p, right=right, wrong=wrong, look=look):
        out = p >= limit
        return (wrong * (out & ~right).sum() + look * (~out).sum()) / len(p)

    def strict(limit, p=p, right=right, wrong=wrong, look=look):
        return (wrong * ((p > limit) & ~right).sum() + look * (p <= limit).sum()) / len(p)

    def lessons(limit, p=p, right=right):
        return (5.0 * ((p >= limit) & ~right).sum() + 1.0 * (p < limit).sum()) / len(p)

    def free(limit, p=p, right=right, wrong=wrong):
        return wrong * ((p >= limit) & ~right).sum() / len(p)

    limits = [*set(p.tolist()), np.inf]
    want = search(bill, limits)
    backwards = search(
        lambda limit, p=p, right=right, bill=bill, wrong=wrong, look=look: (
            (wrong * ((p < limit) & ~right).sum() + look * (p >= limit).sum()) / len(p)
        ),
        limits,
    )
    slips = {
        "among equal costs the highest limit is wanted": search(bill, limits, down=False),
        "a caption whose probability equals the limit is published": search(strict, limits),
        "to look at all is a way, too": search(bill, limits[:-1]),
        "the cost per caption is wanted, not the sum": (want[0], want[1] * n),
        "a look has its price, too": search(free, limits),
        "to publish all is not the cheapest here": search(bill, [p.min()]),
        "the prices are those of this case, not of the lesson": search(lessons, limits),
        "likely captions are published, unlikely ones looked at": backwards,
        "limit first, then cost": want[::-1],
    }
    c.close(
        cheapest(p, right, wrong, look),
        want,
        what=f"{n} captions, {wrong:g} euros a wrong one, {look:g} a look",
        hint="the cost of one limit is a sum of two terms",
        slips=slips,
    )
