# 2a · Large models: count, weigh, test
# Made from lessons/02a_counting.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
dataset: str = "digits"  # the images of the second half; mnist is downloaded  in {digits, mnist}
hidden: int = 512  # hidden units of the network that memorises  in [256, 4096]
labels: int = 500  # images whose labels are drawn at random  in [100, 1000]
machine_gb: float = 16.0  # memory of your own machine, in GB  in [1, 10000]

# %% 2a.1 asks about llama_parameters
from torch import nn
import torch

for L, D, H, K, M, V in [(1, 8, 4, 2, 12, 10), (3, 12, 3, 1, 20, 7), (32, 4096, 32, 8, 14336, 128256)]:
    with torch.device("meta"):
        kv, one = K * D // H, [nn.Linear(D, D), nn.Linear(D, D), *(nn.Linear(D, M) for _ in range(3))]
        one += [nn.Linear(D, K * D // H) for _ in range(2)]
        block = sum(layer.weight.numel() for layer in one) + 2 * nn.RMSNorm(D).weight.numel()
        true = L * block + nn.RMSNorm(D).weight.numel() + 2 * nn.Embedding(V, D).weight.numel()
    slips = {
        "the output matrix is not shared with the word table: count V·d twice": true - V * D,
        "keys and values have kv_heads heads only, not all of them": true + L * 2 * D * (D - kv),
        "the MLP has three matrices, not two": true - L * D * M,
        "the norm after the last block is missing": true - D,
        "a norm has one vector here, a scale without a shift": true + (2 * L + 1) * D,
        "no layer has a bias here": true + L * (2 * D + 2 * kv + 2 * M + D),
    }
    what = f"layers={L}, width={D}, heads={H}, kv_heads={K}, hidden={M}, vocabulary={V}"
    hint = "layers · (2d² + 2·d·kv_heads·d/heads + 3·d·hidden + 2d) + d + 2·V·d"
    got = llama_parameters(L, D, H, K, M, V)
    c.close(got, true, rtol=0, atol=0.5, what=what, slips=slips, hint=hint)

# %% 2a.2 asks about longest_conversation
cases = [
    ((1_000, 100, 2, 1, 1, 5, 4), 10, "800 bytes are left, and a token costs 20 for each of 4 users"),
    ((1_000, 100, 2, 1, 1, 5, 3), 13, "800 / 60 is 13.3: round down"),
    ((1_000, 100, 0.5, 2, 3, 1, 1), 39, "with 4-bit weights 950 bytes are left, and a token costs 24"),
    ((80e9, 8_030_261_248, 2, 32, 8, 128, 16), 30488, "Llama-3-8B on an 80 GB card, 16 users"),
    ((16e9, 8_030_261_248, 2, 32, 8, 128, 1), 0, "the weights alone need 16.06 GB"),
]
for case, true, hint in cases:
    memory, N, each, L, K, W, users = case
    left, token = memory - N * each, 2 * L * K * W * 2
    slips = {
        "that is for all users together; each has a cache of its own": max(0, left // token),
        "the weights take memory too": memory // (users * token),
        "a token has a key *and* a value": max(0, left // (users * token / 2)),
        "the cache has 2 bytes for each number": max(0, left // (users * token / 2)),
        "that is rounded up; one token too many does not fit": -(-left // (users * token)),
    }
    what = f"memory={memory:,.0f}, parameters={N:,}, weight_bytes={each}, users={users}"
    c.close(longest_conversation(*case), true, rtol=0, atol=1e-6, what=what, slips=slips, hint=hint)

# %% 2a.3 asks about crossing
for width, ratio in [(64, 3.5), (100, 2), (768, 4)]:
    true = 2 * (4 * width**2 + 2 * ratio * width**2) / (4 * width)
    slips = {
        "that is d²·(4 + 2·ratio) against T·d: both sides are FLOPs, so mind the factors 2 and 4": 2
        * true,
        "a matrix costs 2 FLOPs for each weight, a multiplication and an addition": true / 2,
        "that leaves out the four matrices of attention itself": ratio * width,
        "that is right for ratio 4 only": 6 * width,
        "the MLP has two matrices": (2 + ratio / 2) * width,
    }
    hint = "4·T·d = 2·(4 + 2·ratio)·d²"
    c.close(crossing(width, ratio), true, what=f"width={width}, ratio={ratio}", slips=slips, hint=hint)
c.close(crossing(10), 60, what="without a ratio", hint="keep ratio=4 as the default")

# %% 2a.4 asks about ridge_weights with peak_bytes
import numpy as np

draw = np.random.default_rng(0)
for n, p, K, s in [(12, 4, 3, 0.5), (5, 5, 2, 2.0), (4, 9, 1, 0.1)]:
    F, Y = draw.normal(size=(n, p)), draw.normal(size=(n, K))

    def by_rows(strength, F=F, Y=Y, p=p, K=K):  # ridge is least squares with extra rows that want W = 0
        rows = np.vstack([F, np.sqrt(strength) * np.eye(p)]), np.vstack([Y, np.zeros((p, K))])
        return np.linalg.lstsq(*rows, rcond=None)[0]

    slips = {
        "that is plain least squares: s is not in it": np.linalg.pinv(F) @ Y,
        "here the squares are summed, not averaged: do not multiply s by n": by_rows(s * n),
        "s·I goes in once; that is s²": by_rows(s * s),
        "the sign of s: it is added to the diagonal": np.linalg.pinv(F.T @ F - s * np.eye(p)) @ F.T @ Y,
        "s belongs on the diagonal only: use s·eye": np.linalg.pinv(F.T @ F + s) @ F.T @ Y,
    }
    what = f"weights for n={n}, p={p}, K={K}, s={s}"
    c.close(ridge_weights(F, Y, s), by_rows(s), what=what, slips=slips, hint="(FᵀF + sI) W = FᵀY")
wide = draw.normal(size=(3, 1500))
too_large = "for 3 rows and 1,500 features you built a 1,500 × 1,500 system"
c.equal(np.shape(ridge_weights(wide, np.ones((3, 1)), 1.0)), (1500, 1), what="shape for n=3, p=1500, K=1")
c.true(peak_bytes(wide, np.ones((3, 1))) < 8 * 1500**2, too_large, "3 × 3 is enough")
fine = np.linalg.pinv(wide) @ np.ones((3, 1))  # so small an s changes no digit that counts
why = "in the large system a tiny s drowns in rounding; take the 3 × 3 system"
c.close(ridge_weights(wide, np.ones((3, 1)), 1e-9), fine, what="n=3, p=1500, s=1e-9", hint=why)

# %% 2a.5 asks about cheapest_plan
models = {
    "1B": (1.0e9, 31_250, {2: 0.78, 0.5: 0.74}),
    "8B": (8.0e9, 131_072, {2: 0.90, 0.5: 0.88}),
    "70B": (70.0e9, 327_680, {2: 0.94, 0.5: 0.93}),
}
machines = {"80 GB": (80e9, 1500), "8 × 80 GB": (640e9, 11000), "24 GB": (24e9, 400), "8 GB": (8e9, 90)}
machines["16 GB, new"] = (16e9, 600)
best_of_two = "two plans share the lowest rent: take the more accurate"
cases = [
    (1, 0.85, ("8B", 0.5, "8 GB"), "in 4 bits the 8B and one cache need 4.26 GB"),
    (1, 0.88, ("8B", 0.5, "8 GB"), "an accuracy equal to the floor is enough"),
    (1, 0.89, ("8B", 2, "24 GB"), "0.88 is below the floor, so 16 bits: 16.3 GB"),
    (60, 0.85, ("8B", 0.5, "24 GB"), "60 caches take 15.7 GB; only 4-bit weights fit beside them"),
    (20, 0.70, ("1B", 2, "8 GB"), best_of_two),
    (96, 0.70, ("1B", 2, "8 GB"), "2 GB of weights and 6 GB of caches just fill the 8 GB, and fit"),
    (20, 0.85, ("8B", 2, "24 GB"), best_of_two),
    (20, 0.935, ("70B", 2, "8 × 80 GB"), "only the 70B in 16 bits is that good"),
    (20, 0.95, None, "no model reaches the floor: return None"),
    (100_000, 0.5, None, "no machine holds so many caches: return None"),
]
for users, floor, want, hint in cases:
    what = f"users={users:,}, context=2,000, floor={floor}"
    c.equal(cheapest_plan(models, machines, users, 2000, floor), want, what=what, hint=hint)
