# 2c · The whole pipeline
# Made from lessons/02c_architecture.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
letters: int = 2000  # letters in the archive, before some are sent twice  in [400, 20000]
corpus: str = "reference"  # text to compare in 2c.4  in {mail, reference, tinyshakespeare, tang300}
merges: int = 120  # byte pairs to merge, at most  in [0, 400]
width: int = 32  # width of the network  in {16, 24, 32, 48, 64, 128}
layers: int = 2  # blocks of the network  in [1, 6]
epochs: int = 8  # passes over the training letters  in [1, 60]
runs: int = 3  # random starts in 2c.9, where luck decides  in [1, 10]
gap: int = 50  # distracting words in the memory task  in [3, 100]
device: str = "cpu"  # where the networks compute; best looks for a GPU  in {cpu, best}

# %% 2c.1 asks about affected
import numpy as np

line = [("clean", "train"), ("train", "serve"), ("clean", "test")]
loop = [("data", "net"), ("net", "loss"), ("loss", "step"), ("step", "net"), ("net", "serve")]
hint = "follow every arrow from the changed stage, and on from there"
for chart_, changed, wanted in [
    (line, "clean", {"train", "serve", "test"}),
    (line, "train", {"serve"}),
    (line, "serve", set()),
    ([("e", "f"), ("d", "e"), ("c", "d"), ("b", "c"), ("a", "b")], "a", set("bcdef")),
    (loop, "loss", {"step", "net", "loss", "serve"}),
    (loop, "data", {"net", "loss", "step", "serve"}),
]:
    got = affected(list(chart_), changed)
    c.true(
        np.iterable(got) and not isinstance(got, str),
        f"return a set of names, not {type(got).__name__}",
        hint,
    )
    if set(got) and set(got) == {s for s, e in chart_ if e == changed} != wanted:
        c.fail("those are the stages before it, against the arrows", hint)
    if set(got) == {e for s, e in chart_ if s == changed} != wanted:
        c.fail("those are only its direct followers", hint)
    if set(got) == wanted | {changed} != wanted:
        c.fail("a stage touches itself only through a loop", hint)
    c.equal(sorted(set(got)), sorted(wanted), what=f"a change in {changed!r}", hint=hint)

# %% 2c.2 asks about standardise
import numpy as np

seen = np.array([[1.0, 10, 7], [2, np.nan, 7], [6, 40, 7], [np.nan, 10, 7]])
new = np.array([[np.nan, 20.0, 7], [4, np.nan, 9]])
answer = standardise(seen, new)
c.true(isinstance(answer, (tuple, list)) and len(answer) == 2, "return two tables: train, other")
whole = np.array([[1.0, 10, 7], [2, 10, 7], [6, 40, 7], [2, 10, 7]])
filled = np.array([[2.0, 20, 7], [4, 10, 9]])
mean, std = whole.mean(axis=0), np.array([*whole.std(axis=0)[:2], 1])
hint = "the medians of train, 2 and 10, fill the empty cells; then take its mean and std"
own = (filled - filled.mean(axis=0)) / filled.std(axis=0)
zeroed = (np.where(np.isnan(new), mean, new) - mean) / std
slips = {
    "that is normalised with its own mean and spread": own,
    "an empty cell was filled with 0 after normalising": zeroed,
}
sample = (whole - mean) / np.array([*whole.std(axis=0, ddof=1)[:2], 1])
by_sample = {"that divides by the sample's standard deviation, with n - 1": sample}
c.close(answer[0], (whole - mean) / std, what="train", slips=by_sample, hint=hint)
c.close(answer[1], (filled - mean) / std, what="other", slips=slips, hint=hint)

# %% 2c.3 asks about decode
known = [bytes([byte]) for byte in range(256)] + [
    b" brake",
    b" in",
    b"sured",
    "链".encode()[:2],
    "松了".encode(),
]
hint = "a token may hold a part of a character: what must be complete before you decode?"
c.equal(decode([256, 257, 258], known), " brake insured", what="three tokens", hint=hint)
c.equal(decode([], known), "", what="no tokens", hint=hint)
c.equal(decode([0xE9, 0x93, 0xBE, 260], known), "链松了", what="链 as three single bytes", hint=hint)
c.equal(decode([259, 0xBE, 10, 97], known), "链\na", what="链 cut into two tokens", hint=hint)
c.equal(
    decode([259, 256], known), "� brake", what="a reply that stops inside 链, then goes on", hint=hint
)
c.equal(decode([97, 259], known), "a�", what="a reply that ends inside 链", hint=hint)

# %% 2c.4 asks about window_attention
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

        slips = {
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

# %% 2c.5 asks about best_batch
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
    c.true(got is not None, f"{what}: got None, but a batch of {n} is in time and keeps up")
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
