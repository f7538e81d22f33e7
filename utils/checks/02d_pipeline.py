# 2d · The whole pipeline
# Made from lessons/02d_pipeline.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
letters: int = 2000  # letters in the archive, before some are sent twice  in [400, 20000]
merges: int = 120  # byte pairs to merge, at most  in [0, 400]
width: int = 32  # width of the network  in {16, 24, 32, 48, 64, 128}
layers: int = 2  # blocks of the network  in [1, 6]
epochs: int = 4  # passes over the training letters  in [1, 60]
gap: int = 30  # distracting words in the memory task  in [3, 100]
device: str = "cpu"  # where the networks compute; best looks for a GPU  in {cpu, best}

# %% 2d.1 asks about window_attention
from torch.nn import functional as F
import torch

with torch.device('cpu'):
    draw = torch.Generator().manual_seed(3)
    for shape, window in [((6, 4), 3), ((2, 3, 5, 4), 2), ((1, 4, 2), 1), ((7, 3), 50)]:
        q_, k_, v_ = (torch.randn(*shape, dtype=torch.double, generator=draw) for _ in range(3))
        T = shape[-2]
        back = torch.arange(T)[:, None] - torch.arange(T)

        def seen(allowed, scale=1.0, q=q_, k=k_, v=v_):
            return F.scaled_dot_product_attention(q * scale, k, v, attn_mask=allowed)

        scores_ = q_ @ k_.mT / shape[-1] ** 0.5
        outside = (back < 0) | (back >= window)
        slips = {
            "after the mask the shares of a position no longer sum to 1": scores_.softmax(-1).masked_fill(
                outside, 0
            )
            @ v_,
            "a score of 0 is no mask: its share is not 0": scores_.masked_fill(outside, 0).softmax(-1) @ v_,
            "that window holds one position too many": seen((back >= 0) & (back <= window)),
            "that sees all earlier positions, however far": seen(back >= 0),
            "that looks ahead": seen(back.abs() < window),
            "the products are not scaled": seen((back >= 0) & (back < window), scale=shape[-1] ** 0.5),
        }
        what, hint = (
            f"shape {shape}, window {window}",
            "which distances are allowed? test the nearest and the farthest",
        )
        c.close(
            window_attention(q_, k_, v_, window),
            seen((back >= 0) & (back < window)),
            what=what,
            slips=slips,
            hint=hint,
        )

# %% 2d.2 asks about write_on
import numpy as np

chain = {
    (5,): 3,
    (5, 3): 3,
    (5, 3, 3): 1,
    (5, 3, 3, 1): 0,
    (2, 4): 0,
    (1, 2): 4,
    (1, 2, 4): 2,
    (1, 2, 4, 2): 4,
}
chain |= {(1, 2, 4, 2, 4): 0, (4,): 2, (3,): 1, (1,): 4, (2,): 0, (6,): 6, (6, 6): 6, (6, 6, 6): 6}

def scores_(ids):
    seen = tuple(int(n) for n in ids)
    row = np.full(7, -3.0)
    row[chain.get(seen, 5)] = -1.0  # below zero, so that nothing can hide behind a table of zeros
    return row

for ids_, end, most, wanted in [
    ([5], 0, 10, [3, 3, 1]),
    ([5], 0, 3, [3, 3, 1]),
    ([5], 0, 2, [3, 3]),
    ([2, 4], 0, 10, []),
    ([1, 2], 0, 10, [4, 2, 4]),
    ([1, 2], 2, 10, [4]),  # an end in the letter ends nothing
    ([6], 0, 3, [6, 6, 6]),
    ([5], 0, 0, []),
]:
    got, what = write_on(scores_, list(ids_), end, most), f"after {ids_}, end {end}, most {most}"
    c.true(got is not None, f"{what}: got None; does the function end with `return …`?")
    c.true(np.iterable(got) and not isinstance(got, str), "return a list of tokens")
    got = [int(n) for n in got]
    hint = "write the tokens and the calls of `scores` down, step by step, for the first case"
    if got == [*ids_, *wanted] != wanted:
        c.fail(f"{what}: that gives the tokens back that were there before", hint)
    if got == [*wanted, end]:
        c.fail(f"{what}: the end is a sign to stop, not a part of what is returned", hint)
    c.true(len(got) <= most, f"{what}: that writes {len(got)} tokens", hint)
    c.equal(got, wanted, what=what, hint=hint)

# %% 2d.3 asks about best_batch
import numpy as np

for n, *setting in [
    (15, 20.0, 0.1, 0.01, 1.0, 3.6, 256),
    (None, 20.0, 0.1, 0.01, 0.149, 3.6, 256),
    (64, 200.0, 0.1, 0.001, 1.0, 2.0, 64),
    (500, 200.0, 0.1, 0.002, 5.0, 1.8, 500),
    (1, 1.0, 0.3, 0.1, 0.45, 9.0, 256),
    (2, 4.0, 0.25, 0.125, 0.75, 3.6, 256),
]:
    _, fixed, each, _, price, _ = setting
    got, what = best_batch(*setting), "(rate, fixed, each, limit, price, most) = " + str(tuple(setting))
    if n is None:
        why = "batches of 1 and 2 do not keep up, and from 3 on the first letter waits too long"
        c.true(got is None, f"{what}: no batch will do, but got {got}", why)
        continue
    met = f"a batch of {n} is in time and keeps up"
    c.true(got is not None, f"{what}: got None, but some batch is in time and keeps up", met)
    c.true(np.iterable(got) and len(got) == 2, "return two values: n and the euros")
    hint = "write down when the first letter of a batch comes, and when its reply is done"
    c.equal(got[0], n, what=what, hint=hint)
    busy, hint = (
        (fixed + each * n) / n,
        "busy seconds of one letter first, then 1,000 of them, then the price",
    )
    wrong = {
        "that is the price of one letter": 1,
        "the price is for an hour, not for a second": 3_600_000,
    }
    wrong["that is the price of 1,000 batches"] = 1000 * n
    slips = {says: busy * price / 3600 * factor for says, factor in wrong.items()}
    c.close(got[1], busy * price / 3.6, what=f"euros for {what}", slips=slips, hint=hint)
