# 6a · The Transformer, from bytes to Llama
# Made from lessons/06a_transformer.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
corpus: str = "python"  # text: python, tinyshakespeare, tang300, or the path of a UTF-8 file
vocabulary: int = 512  # tokens, 256 bytes among them  in [256, 8192]
width: int = 96  # numbers that stand for a token inside the model  in {32, 64, 96, 128, 192, 256, 384}
layers: int = 3  # blocks  in [1, 12]
context: int = 64  # tokens that the model sees at once  in [16, 1024]

# %% 6a.1 asks about token_counts
c.close(
    token_counts,
    [3, 2],
    hint="all first merges come before any second one, even where a longer token would fit",
    slips={
        "that is what the longest token first would give; replay the merges instead": [4, 3],
        "the second merge is still to come": [5, 3],
        "those are the letters; now merge": [8, 5],
        "the other way round: the longer word first": [2, 3],
    },
)

# %% 6a.2 asks about letter_mask
import numpy as np
import torch

for rows in ([0, 0, 0, 1, 1], [4, 4, 2, 2, 2, 9], [7], [1, 2, 1, 2, 2]):
    same = np.array([[a == b for b in rows] for a in rows])
    causal = np.tril(np.ones((len(rows), len(rows)), dtype=bool))
    got = letter_mask(torch.tensor(rows))
    c.true(got is not None, "got None; does the function end with `return …`?")
    got = torch.as_tensor(got)
    c.true(got.dtype == torch.bool, f"the mask holds {got.dtype}, not bools; True means: may see")
    c.close(
        got.int(),
        (same & causal).astype(int),
        what=f"letters {rows}",
        hint="a token sees itself, and what came before it in its own letter",
        slips={
            "a later token is visible": same.astype(int),
            "another letter is visible": causal.astype(int),
            "turn it round: True is where a token may look": 1 - (same & causal),
            "rows are the tokens that look; yours look into the future": (same & causal.T).astype(int),
            "a token may see itself": (same & np.tril(causal, -1)).astype(int),
        },
    )

# %% 6a.3 asks about turn
import numpy as np

draws = np.random.default_rng(3)
hint = "number i belongs to number i + D/2, not to its neighbour; the first pair turns by t itself"
for D, t, b in [(2, 1, 1e4), (8, 5, 1e4), (6, 40, 100.0), (4, 0, 1e4), (8, 3000, 5e5)]:
    x, i = draws.normal(size=D), np.arange(D // 2)

    def turned(angle, x=x, half=D // 2):
        w = (x[:half] + 1j * x[half:]) * np.exp(1j * angle)
        return np.concatenate([w.real, w.imag])

    right = turned(t * b ** (-2 * i / D))
    z = (x[::2] + 1j * x[1::2]) * np.exp(1j * t * b ** (-2 * i / D))
    neighbours = np.stack([z.real, z.imag], axis=1).ravel()
    slips = {
        "places count from 0, so nothing turns at place 0": turned((t + 1) * b ** (-2 * i / D)),
        "it turns the other way": turned(-t * b ** (-2 * i / D)),
        "all but the first pair turn too fast": turned(t * b ** (-i / D)),
        "later pairs turn slower than the first, not faster": turned(t * b ** (2 * i / D)),
        "every pair turns by the same angle": turned(np.full(D // 2, float(t))),
        "the base is not the one that was passed": turned(t * 1e4 ** (-2 * i / D)),
        "the place is missing: the angle is θ alone": turned(b ** (-2 * i / D)),
        "neighbours were turned together; number i belongs to number i + D/2": neighbours,
    }
    got = turn(x, t) if b == 1e4 else turn(x, t, b)
    # at a far place single precision is right, and off by more than elsewhere
    near = {"rtol": 1e-6, "atol": 1e-7 * max(t, 1)}
    c.close(got, right, what=f"D = {D}, place {t}, base {b:g}", hint=hint, slips=slips, **near)

# %% 6a.4 asks about best_vocabulary
measured = {256: 1.0, 1000: 2.2, 4000: 3.1, 16000: 3.9, 64000: 4.5}
cases = [
    (measured, 4, 128),
    (measured, 12, 768),
    (measured, 32, 4096),
    (measured, 1, 16),
    ({1000: 1.0, 4000: 2.19}, 2, 64),
    ({4000: 2.17, 1000: 1.0}, 2, 64),
]
for options_, layers_, width_ in cases:
    price = {V: (12 * layers_ * width_**2 + V * width_) / size for V, size in options_.items()}
    got = best_vocabulary(options_, layers_, width_)
    what = f"{options_}, {layers_} layers of width {width_}"
    c.close(
        got,
        min(price, key=price.get),
        what=what,
        hint="compare FLOPs a byte: the larger N of a larger vocabulary against its longer tokens",
        slips={"that is the price; return the vocabulary": 6 * min(price.values())},
    )
