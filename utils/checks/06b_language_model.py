# 6b · A language model
# Made from lessons/06b_language_model.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
corpus: str = "python"  # text: python, tinyshakespeare, tang300, or the path of a UTF-8 file
vocabulary: int = 512  # tokens, 256 bytes among them  in [256, 8192]
width: int = 64  # numbers that stand for a token inside the model  in {32, 64, 96, 128, 192, 256, 384}
layers: int = 2  # blocks  in [1, 12]
context: int = 64  # tokens that the model sees at once  in [16, 1024]
steps: int = 200  # training steps of the main run  in [40, 100000]
batch: int = 16  # stretches of text a step  in [2, 256]
device: str = "cpu"  # where to train; best looks for a GPU  in {cpu, best}

# %% 6b.1 asks about bits_per_byte
import math

for nats, n_tokens, n_bytes in [(math.log(256), 100, 100), (2.0, 500, 1500), (3.1, 20_538, 46_591)]:
    right = nats * n_tokens / n_bytes / math.log(2)
    c.close(
        bits_per_byte(nats, n_tokens, n_bytes),
        right,
        what=f"{nats:.3g} nats a token, {n_tokens} tokens, {n_bytes} bytes",
        hint="the bill of the whole text stays the same, whatever it is divided by and in whichever unit",
        slips={
            "those are nats per byte": right * math.log(2),
            "a bit is less than a nat, so there must be more bits than nats": right * math.log(2) ** 2,
            "tokens and bytes have changed places": nats * n_bytes / n_tokens / math.log(2),
            "those are bits per token; spread them over the bytes": nats / math.log(2),
        },
    )

# %% 6b.2 asks about bigram_bits
from collections import Counter
from itertools import pairwise
import math
import numpy as np

def mean_bits(exam, n, per, which=0):
    chances = [(n[pair] + 1) / (per[pair[which]] + 256) for pair in pairwise(exam)]
    return float(-np.log2(chances).mean())

wheels, the = "车轮 and 车".encode(), b"the wheel of the"
runs = b"aaaab" * 300  # pairs that overlap, and counts that no byte holds
texts = [(the, b"the eel"), (b"ababab", b"abba"), (wheels, wheels[3:]), (b"z", b"abc"), (runs, b"aaba")]
for learn, exam in texts:
    pairs, own = Counter(pairwise(learn)), Counter(pairwise(exam))
    right = mean_bits(exam, pairs, Counter(learn[:-1]))
    once = mean_bits(exam, Counter(set(pairs)), Counter(a for a, _ in pairs))
    slips = {
        "each pair is counted once, however often it occurs": once,
        "those are nats": right * math.log(2),
        "divide by the number of pairs, one fewer than bytes": right * (len(exam) - 1) / len(exam),
        "the counts come from the exam itself": mean_bits(exam, own, Counter(exam[:-1])),
        "that is the sum; the mean over the pairs is wanted": right * (len(exam) - 1),
        "the divisor counts bytes as second of a pair": mean_bits(exam, pairs, Counter(learn[1:]), 1),
    }
    hint = "which counts belong above the line, and which below?"
    c.close(bigram_bits(learn, exam), right, what=f"{learn[:40]!r}, {exam!r}", slips=slips, hint=hint)

# %% 6b.3 asks about pays_from
import math

hint = "write both sizes in bytes for n bytes of letters; then try n where they meet, and n + 1"
cases = [(1.0, 1000, 3.0, 4001), (2.0, 700, 2.3125, 17921), (1.0, 1000, 4.0, 2667), (1.0, 0, 2.0, 1)]
for model, weights, rival, right in cases:
    got, what = (
        pays_from(model, weights, rival),
        f"{model} bits, {weights} bytes of weights, rival {rival}",
    )
    c.true(got is not None, f"{what}: got None, but with enough letters it pays")
    slips = {
        "there both are of equal size, or the rival is smaller": right - 1,
        "bits and bytes are mixed up": math.floor(weights / (rival - model)) + 1,
        "the model needs some bits itself": math.floor(8 * weights / rival) + 1,
    }
    c.close(got, right, what=what, hint=hint, slips=slips)
for model, weights, rival in [(2.0, 100, 2.0), (3.0, 100, 2.0), (2.0, 0, 2.0)]:
    what = f"{model} bits, {weights} bytes of weights, rival {rival}"
    c.equal(pays_from(model, weights, rival), None, what=what, hint=hint)

# %% 6b.4 asks about sees_future
import torch

draws = torch.Generator().manual_seed(5)
E, ids = torch.randn(9, 9, generator=draws, dtype=torch.double), torch.randint(9, (3, 7), generator=draws)
E -= E.mean(dim=1, keepdim=True)  # a mean over the scores never moves

def reads(ids, to=0, since=0, size=0.0, row=slice(None), lift=0.0):
    scores = E[ids].cumsum(1) + lift
    if max(to, since) < ids.shape[1]:
        scores[row, to] += size * E[ids[row, since]]
    return scores

hint = "each token in turn must be changed, and each time all scores before it compared"
for what, options in [
    ("the last place to the first", {"to": 0, "since": 6}),
    ("place 3 to place 2", {"to": 2, "since": 3}),
    ("place 1 to place 0", {"to": 0, "since": 1}),
    ("place 5 to place 1", {"to": 1, "since": 5}),
    ("place 4 to place 3, in the last row alone", {"to": 3, "since": 4, "row": 2}),
    ("place 5 to place 4, faint", {"to": 4, "since": 5, "size": 1e-4}),
    ("place 5 to place 4, faint, in large scores", {"to": 4, "since": 5, "size": 1e-4, "lift": 1e3}),
]:
    got = sees_future(lambda ids, o={"size": 1.0} | options: reads(ids, **o), ids)
    c.equal(got, True, what=f"a leak from {what}", hint=hint)
for token in (0, 8):
    got = sees_future(lambda ids: reads(ids, 2, 3, 1.0), torch.full((2, 5), token))
    what = f"a leak from place 3 to place 2 where all tokens are {token} and V is 9"
    c.equal(got, True, what=what, hint="every token must become another one, which the model knows")
for what, sign in [("raises", 1), ("lowers", -1)]:

    def leaky(ids, sign=sign):
        return torch.cat(
            [E[ids[:, :1]] + sign * ids[:, 4:].sum(dim=1)[:, None, None], E[ids[:, 1:]]], dim=1
        )

    c.equal(
        sees_future(leaky, ids % 8), True, what=f"a later token that {what} the first scores", hint=hint
    )
for what, model in [("adds up the past", reads), ("sees its own token alone", lambda ids: E[ids])]:
    c.equal(sees_future(model, ids), False, what=f"a model that {what}", hint=hint)
got = sees_future(lambda ids: reads(ids, 2, 3, 1e-9), ids)
c.equal(got, False, what="a change of less than 1e-6", hint="by more than 1e-6")
c.equal(sees_future(reads, ids[:, :1]), False, what="one token", hint=hint)
