# 6c · Generation
# Made from lessons/06c_generation.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967000]
corpus: str = "python"  # text to learn: python, tinyshakespeare, tang300, or the path of a UTF-8 file
width: int = 64  # width of the model, made a multiple of 8  in [16, 2048]
layers: int = 3  # blocks of the model  in [1, 48]
steps: int = 600  # training steps  in [20, 100000]
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
for p, top_p in [*cases, ([0.05, 0.15, 0.35, 0.45], 0.85), ([1.0], 0.1)]:
    p = np.array(p)
    falling = np.sort(p)[::-1]
    size = int(np.searchsorted(np.cumsum(falling), top_p)) + 1
    want = np.where(p >= falling[min(size, len(p)) - 1], p, 0)
    fewer = np.where(p > falling[min(size, len(p)) - 1], p, 0)
    slips = {
        "the cut is right, but the result must sum to 1 again": want,
        "the token with which the sum reaches top_p must stay": fewer / max(fewer.sum(), 1e-9),
        "that is sorted; each probability must stay at its token's place": -np.sort(-want / want.sum()),
    }
    before = p.copy()
    c.close(
        nucleus(p, top_p), want / want.sum(), what=f"p = {before.tolist()}, top_p = {top_p}", slips=slips
    )
    c.true(np.array_equal(p, before), "the array that came in was changed; make a new one")

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
]
hint = "first look for whole stop strings, the earliest counts; else hold the longest beginning of one"
for came, stops, want in cases:
    answer = release(came, stops)
    three = isinstance(answer, (tuple, list)) and len(answer) == 3
    c.true(three, "return three things: shown, held, stopped")
    for name, got, expected in zip(("shown", "held", "stopped"), answer, want, strict=True):
        c.equal(got, expected, what=f"{came!r} with stops {stops}: {name}", hint=hint)

# %% 6c.3 asks about seats
gpus = [(80, 8e9, 2, 8, 8192), (80, 8e9, 0.5, 8, 2000), (24, 7e9, 2, 32, 4096), (10, 7e9, 2, 32, 100)]
for gb, n, per, K, t in gpus:
    room, one = gb * 1e9 - n * per, 4 * 32 * K * 128 * t
    want = max(0, int(room // one))
    slips = {
        "a key AND a value for each token": int(room // (one / 2)),
        "a number of the cache has 2 bytes, and there are keys and values": int(room // (one / 4)),
        "the weights take their part first": int(gb * 1e9 // one),
        "a customer that does not fit whole does not fit": room / one,
        "not even the weights fit: nobody": int(room // one),
    }
    slips = {sentence: value for sentence, value in slips.items() if value != want}
    what = (
        f"{gb} GB, {n:.0e} parameters of {per} bytes, {K} key-value heads of 128, 32 layers, {t} tokens"
    )
    got = seats(gb, n, per, 32, K, 128, t)
    c.close(got, want, what=what, slips=slips, hint="free bytes // bytes of one customer")

# %% 6c.4 asks about pad_left
import numpy as np

for rows, pad in [([[5, 6, 7], [8]], 0), ([[1], [2, 0, 0, 3], [4, 4]], 9), ([[3, 1]], 0)]:
    answer = pad_left([list(row) for row in rows], pad)
    c.true(isinstance(answer, (tuple, list)) and len(answer) == 2, "return two arrays: ids and mask")
    T = max(map(len, rows))
    filled = [[pad] * (T - len(r)) + r for r in rows]
    c.close(answer[0], filled, what="ids", hint="padding stands on the left")
    mask, eye = np.asarray(answer[1]), np.eye(T, dtype=bool)
    c.equal(mask.shape, (len(rows), T, T), what="shape of the mask")
    c.equal(set(np.unique(mask).tolist()) <= {0, 1}, True, what="only True and False in the mask")
    mask, empty = mask.astype(bool), np.arange(T) < np.array([[T - len(r)] for r in rows])
    blind = "a padding place sees nothing, and softmax would divide by zero"
    c.true((mask | ~empty[:, :, None]).any(axis=2).all(), blind, "it may look at itself")
    c.true(not np.triu(mask, 1).any(), "a place looks ahead", "mask[b, t, s] only for s ≤ t")
    looks = (mask & empty[:, None, :] & ~eye).any()
    c.true(not looks, "somebody looks at padding", "only a padding place looks at itself")
    may = np.tri(T, dtype=bool) & ~empty[:, None, :] | eye
    c.true(np.array_equal(mask, may), "a place does not see all that came before it", "s ≤ t, and real")

# %% 6c.5 asks about how_far
import numpy as np

cases = [(0.8, 0.1, 10), (0.5, 0.05, 8), (0.3, 0.4, 5), (1.0, 0.2, 6), (0.9, 0.02, 4), (0.0, 0.1, 3)]
for alpha, guess, most in cases:
    answer = how_far(alpha, guess, most)
    pair = isinstance(answer, (tuple, list)) and len(answer) == 2
    c.true(pair, "return two numbers: k and the speed-up")
    sums = np.array([sum(alpha**i for i in range(k + 1)) for k in range(most + 1)])
    costs = 1 + guess * np.arange(most + 1)
    want = int(np.argmax(sums / costs > (sums / costs).max() - 1e-12))
    slips = {
        "that ignores what guesses cost": most,
        "that forgets the token that the model adds to every pass": int(np.argmax((sums - 1) / costs)),
    }
    slips = {sentence: value for sentence, value in slips.items() if value != want}
    what = f"α = {alpha}, c = {guess}, k up to {most}"
    c.close(answer[0], want, what=f"{what}: k", slips=slips, hint="try every k, from 0")
    hint = "(1 + α + … + α^k) / (1 + k·c)"
    c.close(answer[1], (sums / costs)[want], what=f"{what}: speed-up", hint=hint)

# %% 6c.6 asks about cheapest
gpu = {"bandwidth": 2e12, "flops": 3e14, "memory": 80e9, "per_hour": 2.0}
cases = [
    *[(7e9, [16, 8, 4], [1, 8, 32, 128], 0.5e9, 0.010), (7e9, [16], [1, 2, 4, 8], 0.5e9, 0.008)],
    *[(7e9, [4], [8, 64, 1024], 1e6, 0.010), (70e9, [16, 4], [1, 4, 16, 64], 0.3e9, 0.05)],
    *[(7e9, [16, 4], [1, 8], 0.5e9, 0.001), (7e9, [8], [4, 400], 0.2e9, 1.0)],
]
for N, choices, sizes, cache, limit in cases:
    pairs = [(bits, size, N * bits / 8 + size * cache) for bits in choices for size in sizes]
    timed = [(b, n, held, max(held / 2e12, 2 * N * n / 3e14)) for b, n, held in pairs]
    good = [(2 / 3600 * s / n * 1e6, b, n) for b, n, held, s in timed if held <= 80e9 and s <= limit]
    answer = cheapest(N, choices, sizes, cache, limit=limit, **gpu)
    what = f"{N:.0e} parameters, bits {choices}, batches {sizes}, {limit * 1000:g} ms"
    if not good:
        c.equal(answer, None, what=what, hint="nothing is quick enough: return None")
        continue
    price, bits, batch = min(good)
    three = isinstance(answer, (tuple, list)) and len(answer) == 3
    c.true(three or answer is ..., f"{what}: expected (bits, batch, price), got {answer!r}")
    hint = "keep what fits and is quick enough; then the lowest price"
    c.close(answer[:2], (bits, batch), what=f"{what}: bits and batch", hint=hint)
    slips = {"a pass makes `batch` tokens, not one": price * batch, "that is for one token": price / 1e6}
    c.close(answer[2], price, what=f"{what}: price", slips=slips, hint="per million tokens")
