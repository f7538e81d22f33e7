# 6c · Generation
# Made from lessons/06c_generation.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
corpus: str = "python"  # text to learn: python, tinyshakespeare, tang300, or the path of a UTF-8 file
width: int = 64  # width of the model, made a multiple of 8  in [16, 2048]
layers: int = 2  # blocks of the model  in [1, 48]
steps: int = 200  # training steps  in [20, 100000]
bandwidth: float = 2039.0  # GB a second that the rented GPU reads from its memory  in (0, 100000]
peak: float = 312.0  # TFLOP a second that it computes at most  in (0, 100000]
gpu_hour: float = 2.0  # price of one hour of it  in (0, 1000]

# %% 6c.1 asks about nucleus
import numpy as np

cases = [
    ([0.1, 0.5, 0.3, 0.1 - 0.02, 0.02], 0.7),
    ([0.2, 0.3, 0.5], 0.4),
    ([0.125, 0.5, 0.25, 0.125], 1.0),
]
cases += [([0.05, 0.15, 0.35, 0.45], 0.85), ([1.0], 0.1), ([0.25, 0.25, 0.25, 0.25], 0.6)]
for p, top_p in [*cases, ([0.125, 0.375, 0.375, 0.125], 0.25), ([0.5, 0.0, 0.25, 0.25], 0.75)]:
    p = np.array(p)
    order = np.argsort(-p, kind="stable")
    size = int(np.searchsorted(np.cumsum(p[order]), top_p)) + 1
    want, fewer = np.zeros_like(p), np.zeros_like(p)
    want[order[:size]], fewer[order[: size - 1]] = p[order[:size]], p[order[: size - 1]]
    slips = {
        "the cut is right, but the result must sum to 1 again": want,
        "the token with which the sum reaches top_p must stay": fewer / max(fewer.sum(), 1e-9),
        "that is sorted; each probability must stay at its token's place": -np.sort(-want / want.sum()),
    }
    hint = "a token stays while those above it have not reached top_p"
    what = f"p = {p.tolist()}, top_p = {top_p}"
    c.close(nucleus(p, top_p), want / want.sum(), what=what, slips=slips, hint=hint)

# %% 6c.2 asks about release
cases = [
    ("hello", ["\n"], ("hello", "", False)),
    ("so it", ["it!"], ("so ", "it", False)),
    ("the end.", ["end"], ("the ", "", True)),
    ("a\nUser: b\n\n", ["\n\n", "\nUser:"], ("a", "", True)),
    ("ab", ["abc", "bcd"], ("", "ab", False)),
    ("xaab", ["aabaac"], ("x", "aab", False)),
    ("aaa", ["aab"], ("a", "aa", False)),
    ("all", [], ("all", "", False)),
    ("", ["x"], ("", "", False)),
    ("stop", ["stop", "p now"], ("", "", True)),
    ("x aa", ["ab", "aac"], ("x ", "aa", False)),
    ("one two", ["o t", "ne"], ("o", "", True)),
    ("看那是", ["是的"], ("看那", "是", False)),
    ("a, b, c", [", "], ("a", "", True)),
    ("a.b", ["."], ("a", "", True)),
    ("ab", ["cab", "b"], ("a", "", True)),
    ("say abcd", ["bc", "abcd"], ("say ", "", True)),
]
hint = "first look for whole stop strings, the earliest counts; else hold the longest beginning of one"
for came, stops, want in cases:
    answer = release(came, stops)
    three = isinstance(answer, (tuple, list)) and len(answer) == 3
    c.true(three, "return three things: shown, held, stopped")
    for name, got, expected in zip(("shown", "held", "stopped"), answer, want, strict=True):
        c.equal(got, expected, what=f"{came!r} with stops {stops}: {name}", hint=hint)

# %% 6c.3 asks about seats
gpus = [(80, 8e9, 2, 8, 8192, 32, 128), (80, 8e9, 0.5, 8, 2000, 32, 128), (24, 7e9, 2, 32, 4096, 32, 128)]
gpus += [(10, 7e9, 2, 32, 100, 32, 128), (48, 13e9, 1, 40, 1000, 40, 96), (2, 1e9, 1, 2, 1000, 25, 100)]
for gb, n, per, K, t, L, D in [*gpus, (14, 7e9, 2, 32, 100, 32, 128)]:
    room, one = gb * 1e9 - n * per, 4 * L * K * D * t
    want = max(0, int(room // one))
    slips = {
        "a factor 2 is missing: key and value, 2 bytes each": int(room // (one / 2)),
        "a factor 4 is missing: key and value, 2 bytes each": int(room // (one / 4)),
        "the weights take their part first": int(gb * 1e9 // one),
        "a customer that does not fit whole does not fit": room / one,
        "not even the weights fit: nobody": int(room // one),
    }
    slips = {sentence: value for sentence, value in slips.items() if value != want}
    what = (
        f"{gb} GB, {n:.0e} parameters of {per} bytes, {K} key-value heads of {D}, {L} layers, {t} tokens"
    )
    got = seats(gb, n, per, L, K, D, t)
    c.close(got, want, what=what, slips=slips, hint="what is left beside the weights, in whole customers")

# %% 6c.4 asks about pad_left
import numpy as np

cases = [([[5, 6, 7], [8]], 0), ([[1], [2, 0, 0, 3], [4, 4]], 9), ([[3, 1]], 0), ([[0, 7], [7, 7, 0]], 7)]
for rows, pad in cases:
    answer = pad_left([list(row) for row in rows], pad)
    c.true(isinstance(answer, (tuple, list)) and len(answer) == 2, "return two arrays: ids and mask")
    T = max(map(len, rows))
    filled = [[pad] * (T - len(r)) + r for r in rows]
    c.close(answer[0], filled, what="ids", hint="padding stands on the left")
    mask, eye = np.asarray(answer[1]), np.eye(T, dtype=bool)
    c.equal(mask.shape, (len(rows), T, T), what="shape of the mask")
    c.equal(set(np.unique(mask).tolist()) <= {0, 1}, True, what="only True and False in the mask")
    mask, empty = mask.astype(bool), np.arange(T) < np.array([[T - len(r)] for r in rows])
    may = np.tri(T, dtype=bool) & ~empty[:, None, :] | eye
    turned = np.array_equal(~mask, may)
    c.true(not turned, "turn it round: True is where place t may look at place s")
    blind = "a place sees nothing, and softmax would divide by zero"
    c.true(mask.any(axis=2).all(), blind, "it may look at itself")
    c.true(not np.triu(mask, 1).any(), "a place looks ahead", "mask[b, t, s] only for s ≤ t")
    looks = (mask & empty[:, None, :] & ~eye).any()
    c.true(not looks, "somebody looks at padding", "only a padding place looks at itself")
    c.true(np.array_equal(mask, may), "a place does not see all that came before it", "s ≤ t, and real")

# %% 6c.5 asks about how_far
import numpy as np

cases = [(0.8, 0.1, 10), (0.5, 0.05, 8), (0.3, 0.4, 5), (1.0, 0.2, 6), (0.9, 0.02, 4), (0.0, 0.1, 3)]
cases += [(0.5, 0.5, 3), (1.0, 1.0, 4), (0.7, 0.0, 5), (0.6, 0.1, 0), (0.95, 0.01, 40)]
for alpha, guess, most in cases:
    answer = how_far(alpha, guess, most)
    pair = isinstance(answer, (tuple, list)) and len(answer) == 2
    c.true(pair, "return two numbers: k and the speed-up")
    sums = np.array([sum(alpha**i for i in range(k + 1)) for k in range(most + 1)])
    costs = 1 + guess * np.arange(most + 1)
    want = int(np.argmax(sums / costs > (sums / costs).max() - 1e-12))
    slips = {
        "that is the most, not the best: guesses cost something": most,
        "that forgets the token that the model adds to every pass": int(np.argmax((sums - 1) / costs)),
    }
    slips = {sentence: value for sentence, value in slips.items() if value != want}
    what = f"α = {alpha}, c = {guess}, k up to {most}"
    c.close(answer[0], want, what=f"{what}: k", slips=slips, hint="try every k, from 0")
    hint = "tokens of a pass over what the pass costs"
    c.close(answer[1], (sums / costs)[want], what=f"{what}: speed-up", hint=hint)

# %% 6c.6 asks about cheapest
big, small = (2e12, 3e14, 80e9), (1e12, 1e14, 24e9)
even = (2.0**41, 2.0**46, 2.0**35)  # powers of two, so that equal prices are equal to the last digit
cases = [
    *[(7e9, [16, 8, 4], [1, 8, 32, 128], 0.5e9, 0.01, big), (7e9, [16], [1, 2, 4, 8], 0.5e9, 0.008, big)],
    *[(7e9, [4], [8, 64, 1024], 1e6, 0.01, big), (70e9, [16, 4], [1, 4, 16, 64], 0.3e9, 0.05, big)],
    *[(7e9, [16, 4], [1, 8], 0.5e9, 0.001, big), (7e9, [8], [4, 365, 400], 0.2e9, 1.0, big)],
    *[(7e9, [16, 8, 4], [1, 4, 16, 64], 0.5e9, 0.02, small), (7e9, [4, 8], [1024], 1e6, 0.1, big)],
    (2**33, [8, 4], [128, 64, 32, 16], 2**20, 1.0, even),
]
for N, choices, sizes, cache, limit, (wide, fast, room) in cases:
    timed = [(b, n, N * b / 8 + n * cache, 2 * N * n / fast) for b in choices for n in sizes]
    timed = [(b, n, max(held / wide, work)) for b, n, held, work in timed if held <= room]
    good = [(1.5 / 3600 * s / n * 1e6, b, n) for b, n, s in timed if s <= limit]
    answer = cheapest(N, choices, sizes, cache, wide, fast, room, limit, 1.5)
    what = f"{N:.0e} parameters, bits {choices}, batches {sizes}, {limit * 1000:g} ms"
    if not good:
        c.equal(answer, None, what=what, hint="nothing is quick enough: return None")
        continue
    price, bits, batch = min(good)
    three = isinstance(answer, (tuple, list)) and len(answer) == 3
    wanted = f"{what}: bits and batch and price are wanted, got {answer!r}"
    c.true(answer if answer is ... else three, wanted)
    hint = "keep what fits and is quick enough; then the lowest price"
    ties = [[b, n] for p, b, n in good if p == price and (b, n) != (bits, batch)]
    first = "of equal prices the fewer bits come first, then the smaller batch"
    c.true(list(answer[:2]) not in ties, f"{what}: {first}", hint)
    c.close(answer[:2], (bits, batch), what=f"{what}: bits and batch", hint=hint)
    slips = {"a pass makes `batch` tokens, not one": price * batch, "that is for one token": price / 1e6}
    c.close(answer[2], price, what=f"{what}: price", slips=slips, hint="per million tokens")
