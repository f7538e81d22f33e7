# 6e · Understanding
# Made from lessons/06e_understanding.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
model: str = "minilm"  # the open model that reads  in {minilm}
dataset: str = "intents"  # texts to sort  in {intents, sms_spam, sentiment_sentences}
labels: int = 152  # training texts that carry a label  in [48, 304]
upper: int = 2  # upper layers that fine-tuning may change  in [1, 6]
epochs: int = 3  # passes over the training texts when layers are tuned  in [1, 50]
steps: int = 400  # training steps of the small masked language model  in [40, 20000]

# %% 6e.1 asks about text_vectors
import numpy as np
import torch

draws = np.random.default_rng(5)
for lengths, width in [([3, 5, 1], 4), ([2], 3), ([4, 4], 4), ([6, 2, 3, 5], 2)]:
    T = max(lengths) + (len(lengths) == 1)
    hidden = draws.normal(size=(len(lengths), T, width)) + 0.3
    real = np.arange(T) < np.array(lengths)[:, None]
    if left := width == 2:
        real = real[:, ::-1].copy()
    mean = np.array([row[own].mean(axis=0) for row, own in zip(hidden, real, strict=True)])
    plain, first = hidden.mean(axis=1), hidden[:, 0]

    def unit(rows):
        return rows / np.linalg.norm(rows, axis=-1, keepdims=True)

    got = text_vectors(torch.tensor(hidden), torch.tensor(real))
    slips = {
        "the padding went into the mean": unit(plain),
        "that is the first token's vector": unit(first),
        "the mean is right; each vector must have length 1": mean,
        "scale each text, not the whole table": mean / np.linalg.norm(mean),
        "scale after the mean, not each token before it": np.array(
            [unit(row[own]).mean(axis=0) for row, own in zip(hidden, real, strict=True)]
        ),
        "the mean is that of the vectors themselves; scale once, at the end": unit(
            np.array([unit(row[own]).mean(axis=0) for row, own in zip(hidden, real, strict=True)])
        ),
    }
    what = f"{len(lengths)} texts of {lengths} tokens" + ", padded on the left" * left
    c.close(
        got,
        unit(mean),
        what=what,
        hint="divide by the number of real tokens, then by the length",
        slips=slips,
        atol=1e-6,
    )

# %% 6e.2 asks about piece_counts
unknown = "one of the words cannot be cut to its end; then all of it is unknown"
c.close(
    piece_counts,
    [4, 2, 1],
    hint="begin each word with the longest piece that fits; a rest without a piece makes the whole word unknown",
    slips={
        "that is the shortest cut; greedy takes the longest piece first and never gives it back": [
            3,
            2,
            1,
        ],
        "a longer piece than a single letter fits somewhere": [5, 2, 1],
        unknown: [4, 2, 3],
        f"{unknown}, what was found before too": [4, 2, 4],
    },
)

# %% 6e.3 asks about masked_perplexity
import numpy as np
import torch

draws = np.random.default_rng(8)
for B, T, V in [(2, 4, 3), (3, 5, 5), (1, 6, 2), (4, 3, 7)]:
    raw = draws.normal(size=(B, T, V)) * 1.5
    logs = raw - np.log(np.exp(raw).sum(axis=-1, keepdims=True))
    ids = draws.integers(V, size=(B, T))
    chosen = draws.random((B, T)) < 0.4
    chosen[:, 0], chosen[0, :2] = True, True
    chosen[0, -1] = False
    each = -np.take_along_axis(logs, ids[..., None], axis=-1)[..., 0]
    right = np.exp(each[chosen].mean())
    by_row = np.array([row[m].mean() for row, m in zip(each, chosen, strict=True)])
    slips = {
        "the visible places were counted too": np.exp(each.mean()),
        "those are only the visible places": np.exp(each[~chosen].mean()),
        "that is the mean loss; perplexity is e to it": each[chosen].mean(),
        "the loss is that of the hidden places, but it was shared among all": np.exp(
            (each * chosen).mean()
        ),
        "the sign is turned": 1 / right,
        "first the mean, then e to it": np.exp(each[chosen]).mean(),
        "rows with few hidden tokens weigh too much": np.exp(by_row.mean()),
        "that is 2 to the mean loss, but the loss is in nats": 2 ** each[chosen].mean(),
    }
    slips = {text: value for text, value in slips.items() if abs(value - right) > 1e-6}
    got = masked_perplexity(torch.tensor(logs), torch.tensor(ids), torch.tensor(chosen))
    c.close(
        got, right, what=f"{B} rows of {T} tokens", hint="only the hidden places, all alike", slips=slips
    )

# %% 6e.4 asks about change_adapter
import numpy as np
import torch

draws = np.random.default_rng(11)
for out, width, r1, r2, alpha in [
    (4, 4, 2, 3, 8.0),
    (3, 5, 1, 2, 4.0),
    (6, 2, 3, 1, 1.5),
    (2, 2, 2, 1, 16.0),
]:
    W = draws.normal(size=(out, width))
    (A1, B1), (A2, B2) = [(draws.normal(size=(r, width)), draws.normal(size=(out, r))) for r in (r1, r2)]
    merged = W + alpha / r1 * B1 @ A1
    right = W + alpha / r2 * B2 @ A2
    slips = {
        "the old correction is still in it": merged + alpha / r2 * B2 @ A2,
        "that is the base; the new correction is missing": W,
        "the two ranks differ, and so do the scales": merged
        - alpha / r1 * B1 @ A1
        + alpha / r1 * B2 @ A2,
        "the old one has another scale than the new one": merged
        - alpha / r2 * B1 @ A1
        + alpha / r2 * B2 @ A2,
        "the scale is missing": merged - B1 @ A1 + B2 @ A2,
        "the scale is alpha over the rank": merged - alpha * B1 @ A1 + alpha * B2 @ A2,
        "the rank is the side that A and B share": merged + alpha / width * (B2 @ A2 - B1 @ A1),
        "the signs have changed places": merged + alpha / r1 * B1 @ A1 - alpha / r2 * B2 @ A2,
    }
    slips = {text: value for text, value in slips.items() if not np.allclose(value, right)}
    args = [
        torch.tensor(merged),
        tuple(map(torch.tensor, (A1, B1))),
        tuple(map(torch.tensor, (A2, B2))),
        alpha,
    ]
    what = f"{out}×{width}, ranks {r1} and {r2}, alpha {alpha}"
    c.close(
        change_adapter(*args),
        right,
        what=what,
        hint="take the old correction away, put the new one on, each with its own scale",
        slips=slips,
    )

# %% 6e.5 asks about best_threshold
import math
import numpy as np

draws = np.random.default_rng(21)
sure = draws.integers(20, 100, size=40) / 100
fine = (draws.random(40) < sure).astype(int)

def priced(case, at_clerk=1.0, least=True, right_costs=False, swap=False, above=False):
    """The threshold that somebody finds who makes one of the slips."""
    sure, fine, wrong, clerk = np.array(case[0]), np.array(case[1]), *case[2:]
    wrong, clerk = (clerk, wrong) if swap else (wrong, clerk * at_clerk)
    options, prices = sorted({*case[0], math.inf}), []
    for t in options:
        machine = sure > t if above else sure >= t
        bad = fine[machine] if right_costs else 1 - fine[machine]
        prices.append(wrong * bad.sum() + clerk * (~machine).sum())
    ties = [t for t, price in zip(options, prices, strict=True) if price < min(prices) + 1e-9]
    return ties[0] if least else ties[-1]

cases = [
    *[(sure.tolist(), fine.tolist(), price, 1.0) for price in (5.0, 2.0, 12.0)],
    ([0.9, 0.4, 0.9, 0.6], [1, 0, 1, 1], 10.0, 1.0),
    ([0.9, 0.9, 0.9, 0.5], [1, 1, 0, 1], 4.0, 1.0),
    ([0.6, 0.7, 0.8], [0, 0, 0], 3.0, 1.0),
    ([0.6, 0.7, 0.8], [1, 1, 1], 3.0, 1.0),
    ([0.3, 0.8], [0, 1], 1.0, 1.0),
    ([0.5, 0.7, 0.9], [1, 1, 0], 4.0, 0.5),
    ([0.2, 0.3, 0.9], [0, 0, 1], 0.5, 1.0),
]
gots = [best_threshold(*case) for case in cases]
hint = "total cost = wrong answers of the machine + messages of the clerk, for each candidate"
slips = {
    "of equally cheap thresholds the lowest is wanted": [priced(case, least=False) for case in cases],
    "what the clerk costs is missing": [priced(case, at_clerk=0.0) for case in cases],
    "a right answer costs nothing, a wrong one does": [priced(case, right_costs=True) for case in cases],
    "the two prices have changed places": [priced(case, swap=True) for case in cases],
    "a message with confidence exactly t goes to the machine": [
        priced(case, above=True) for case in cases
    ],
}
for sentence, found in slips.items():  # a slip is named only when it explains every case
    same = all(np.shape(got) == () and got == t for got, t in zip(gots, found, strict=True))
    c.true(gots[0] is ... or not same, sentence, hint)
for got, case in zip(gots, cases, strict=True):
    want, what = priced(case), f"{len(case[0])} messages, wrong {case[2]:g}, clerk {case[3]:g}"
    if math.isinf(want):
        c.true(
            got == want,
            f"{what}: any threshold among the confidences costs more than leaving all to the clerk; got {got!r}",
        )
    else:
        c.close(got, want, what=what, hint=hint)
