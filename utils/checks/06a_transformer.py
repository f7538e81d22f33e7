# 6a · A language model, from bytes to Llama
# Made from lessons/06a_transformer.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
corpus: str = "python"  # text: python, tinyshakespeare, tang300, or the path of a UTF-8 file
vocabulary: int = 512  # tokens, 256 bytes among them  in [256, 8192]
width: int = 96  # numbers that stand for a token inside the model  in {32, 64, 96, 128, 192, 256, 384}
layers: int = 3  # blocks  in [1, 12]
context: int = 64  # tokens that the model sees at once  in [16, 1024]
steps: int = 400  # training steps of the main run  in [40, 100000]
batch: int = 16  # stretches of text a step  in [2, 256]
checkpoint: str = ""  # folder of a downloaded Llama checkpoint to try in section 6a.5
device: str = "cpu"  # where to train; best looks for a GPU  in {cpu, best}

# %% 6a.1 asks about bits_per_byte
import math

for nats, n_tokens, n_bytes in [(math.log(256), 100, 100), (2.0, 500, 1500), (3.1, 20_538, 46_591)]:
    right = nats * n_tokens / n_bytes / math.log(2)
    c.close(
        bits_per_byte(nats, n_tokens, n_bytes),
        right,
        what=f"{nats:.3g} nats a token, {n_tokens} tokens, {n_bytes} bytes",
        hint="total nats = nats · tokens; divide by the bytes and by ln 2",
        slips={
            "those are nats per byte; divide by ln 2": right * math.log(2),
            "one bit is ln 2 nats: divide by ln 2, do not multiply": right * math.log(2) ** 2,
            "tokens and bytes have changed places": nats * n_bytes / n_tokens / math.log(2),
            "those are bits per token; spread them over the bytes": nats / math.log(2),
        },
    )

# %% 6a.2 asks about letter_mask
import numpy as np
import torch

for rows in ([0, 0, 0, 1, 1], [4, 4, 2, 2, 2, 9], [7], [1, 2, 1, 2]):
    letter = torch.tensor(rows)
    same = np.array([[a == b for b in rows] for a in rows])
    causal = np.tril(np.ones((len(rows), len(rows)), dtype=bool))
    got = letter_mask(letter)
    c.true(got is not None, "got None; does the function end with `return …`?")
    got = torch.as_tensor(got)
    c.true(got.dtype == torch.bool, f"the mask holds {got.dtype}, not bools; True means: may see")
    c.close(
        got.int(),
        (same & causal).astype(int),
        what=f"letters {rows}",
        hint="same letter, and s ≤ t; a token sees itself",
        slips={
            "a later token is visible: add the causal condition": same.astype(int),
            "another letter is visible: compare the letters": causal.astype(int),
            "turn it round: True is where a token may look": 1 - (same & causal),
            "rows are the tokens that look; yours look into the future": (same & causal.T).astype(int),
            "a token may see itself": (same & np.tril(causal, -1)).astype(int),
        },
    )

# %% 6a.3 asks about turn
import numpy as np

draws = np.random.default_rng(3)
hint = "pair i is (x[i], x[i + D/2]), its angle t·base**(−2i/D)"
for D, t, base in [(2, 1, 10000.0), (8, 5, 10000.0), (6, 40, 100.0)]:
    x, i = draws.normal(size=D), np.arange(D // 2)
    z, before = x[: D // 2] + 1j * x[D // 2 :], x.copy()

    def turned(angle, z=z):
        w = z * np.exp(1j * angle)
        return np.concatenate([w.real, w.imag])

    slips = {
        "places count from 0: the angle at place t is t·theta": turned((t + 1) * base ** (-2 * i / D)),
        "it turns the other way: a·cos − b·sin": turned(-t * base ** (-2 * i / D)),
        "the exponent is −2i/D, not −i/D": turned(t * base ** (-i / D)),
        "the exponent is negative: later pairs turn slower": turned(t * base ** (2 * i / D)),
        "every pair turns by the same angle; use theta of the pair": turned(np.full(D // 2, float(t))),
    }
    what = f"D = {D}, place {t}, base {base:g}"
    c.close(turn(x, t, base), turned(t * base ** (-2 * i / D)), what=what, hint=hint, slips=slips)
    c.true(np.array_equal(x, before), "the vector that came in was changed; make a new one")
x, y = draws.normal(size=(2, 8))
near, far = np.dot(turn(x, 9), turn(y, 4)), np.dot(turn(x, 105), turn(y, 100))
c.close(near, far, what="scores at distance 5, here and 96 places on")

# %% 6a.4 asks about bigram_bits
from collections import Counter
from itertools import pairwise
import math
import numpy as np

for learn, exam in [
    (b"abab", b"aba"),
    (b"the wheel of the bicycle", b"the bicycle wheel"),
    (b"zzz", b"abc"),
]:
    pairs, firsts = Counter(pairwise(learn)), Counter(learn[:-1])
    own, own_firsts = Counter(pairwise(exam)), Counter(exam[:-1])
    bits = [-math.log2((pairs[p] + 1) / (firsts[p[0]] + 256)) for p in pairwise(exam)]
    cheat = [-math.log2((own[p] + 1) / (own_firsts[p[0]] + 256)) for p in pairwise(exam)]
    back = Counter(learn[1:])
    slips = {
        "those are nats; use log2": np.mean(bits) * math.log(2),
        "divide by the number of pairs, one fewer than bytes": np.sum(bits) / len(exam),
        "the counts come from the exam itself; count in `learn`": np.mean(cheat),
        "that is the sum; take the mean over the pairs": np.sum(bits),
        "the divisor counts bytes as second of a pair; n_a counts a as first": np.mean(
            [-math.log2((pairs[p] + 1) / (back[p[1]] + 256)) for p in pairwise(exam)]
        ),
    }
    hint = "(pairs[a, b] + 1) / (pairs[a].sum() + 256)"
    c.close(
        bigram_bits(learn, exam), np.mean(bits), what=f"{learn!r}, then {exam!r}", slips=slips, hint=hint
    )

# %% 6a.5 asks about best_vocabulary
measured = {256: 1.0, 1000: 2.2, 4000: 3.1, 16000: 3.9, 64000: 4.5}
cases = [
    (4, 128, 1000, "4,000 tokens: (786,432 + 512,000) / 3.1 is more than (786,432 + 128,000) / 2.2"),
    (12, 768, 16000, "count N with the output matrix, and divide by the bytes per token"),
    (32, 4096, 64000, "for a large model the output matrix hardly counts: the longest tokens win"),
    (1, 16, 256, "for a tiny model the output matrix is nearly everything"),
]
for layers_, width_, right, hint in cases:
    got = best_vocabulary(dict(reversed(measured.items())), layers_, width_)
    slips = {
        "the smallest is cheapest per *token*; divide by the bytes per token": 256,
        "the largest has the longest tokens, but V·d in N makes each one dearer": 64000,
    }
    c.close(got, right, what=f"{layers_} layers of width {width_}", hint=hint, slips=slips)
