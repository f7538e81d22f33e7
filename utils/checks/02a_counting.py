# 2a · Large models, counted
# Made from lessons/02a_counting.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
machine_gb: float = 16.0  # memory of your own machine, in GB  in [1, 10000]
gpu_hour: float = 2.0  # rent of one GPU for an hour, in €  in (0, 100]

# %% 2a.1 asks about llama_parameters
for L, D, H, K, M, V in [(3, 24, 6, 2, 20, 7), (1, 8, 4, 2, 12, 10), (32, 4096, 32, 8, 14336, 128256)]:
    kv = K * D // H
    block = 2 * D * D + 2 * D * kv + 3 * D * M + 2 * D
    true = L * block + D + 2 * V * D
    slips = {
        "the scores have a matrix of their own, beside the token table": true - V * D,
        "keys and values have kv_heads heads only, not all of them": true + L * 2 * D * (D - kv),
        "all key-value heads count, not one": true + L * 2 * D * (D // H - kv),
        "each key-value head has a width, as a query head has": true + L * 2 * D * (K - kv),
        "the MLP has three matrices": true - L * D * M,
        "the norm after the last block is missing": true - D,
        "a block has two norms": true - L * D,
        "a norm has a scale without a shift here": true + (2 * L + 1) * D,
        "no layer has a bias here": true + L * (2 * D + 2 * kv + 2 * M + D),
    }
    what = f"layers={L}, width={D}, heads={H}, kv_heads={K}, hidden={M}, vocabulary={V}"
    hint = "write down the shape of each of the seven matrices of a block, then add what stands outside"
    got = llama_parameters(L, D, H, K, M, V)
    c.close(got, true, rtol=0, atol=0.5, what=what, slips=slips, hint=hint)

# %% 2a.2 asks about longest_conversation
cases = [
    ((10_000, 1_900, 2, 1, 1, 5, 3), 103, "6,200 bytes are left for 3 users"),
    ((1_000, 100, 0.5, 2, 3, 1, 1), 39, "½ a byte for a weight leaves 950 bytes"),
    ((1_100, 100, 2, 1, 3, 5, 3), 5, "the 900 bytes that are left may be used up to the last one"),
    ((80e9, 8_030_261_248, 2, 32, 8, 128, 16), 30488, "Llama-3-8B on an 80 GB card, 16 users"),
    ((16e9, 8_030_261_248, 2, 32, 8, 128, 1), 0, "do the weights alone fit into 16 GB?"),
]
for case, true, hint in cases:
    memory, N, each, L, K, W, users = case
    left, token = memory - N * each, users * 2 * L * K * W * 2
    slips = {
        "there is no negative number of tokens": left // token,
        "that is for all users together; each has a cache of its own": left * users // token,
        "the weights take memory too": memory // token,
        "weight_bytes are bytes, not bits": (memory - N * each / 8) // token,
        "a factor 2 is missing: a key *and* a value, each number of 2 bytes": left * 2 // token,
        "two factors are missing: a key *and* a value, each number of 2 bytes": left * 4 // token,
        "one token too many does not fit": -(-left // token),
        "a whole number is wanted": left / token,
    }
    what = f"memory={memory:,.0f}, parameters={N:,}, weight_bytes={each}, users={users}"
    c.close(longest_conversation(*case), true, rtol=0, atol=1e-6, what=what, slips=slips, hint=hint)

# %% 2a.3 asks about crossing
import math

for width, ratio in [(64, 3.5), (100, 2), (5, 2.5), (768, 4)]:
    true = 2 * (4 * width**2 + 2 * ratio * width**2) / (4 * width)
    slips = {
        "do not round: the length at which both are equal is wanted": math.floor(true),
        "both sides are FLOPs: mind the factors before both": 2 * true,
        "a matrix costs 2 FLOPs for each weight, a multiplication and an addition": true / 2,
        "that leaves out the four matrices of attention itself": ratio * width,
        "that leaves out the MLP": 2 * width,
        "that is right for one ratio only": 6 * width,
        "the MLP has two matrices": (2 + ratio / 2) * width,
    }
    hint = "for d = 1 and ratio = 1 the block has six matrices with one weight each"
    c.close(crossing(width, ratio), true, what=f"width={width}, ratio={ratio}", slips=slips, hint=hint)
c.close(crossing(10), 60, what="width=10, no ratio given", hint="keep the default of the first line")

# %% 2a.4 asks about cheapest_plan
ours = {"1B": (1e9, 31_250, {2: 0.78, 0.5: 0.74}), "8B": (8e9, 131_072, {2: 0.90, 0.5: 0.88})}
ours["70B"] = (70e9, 327_680, {2: 0.94, 0.5: 0.93})
rents = {"80 GB": (80e9, 1500), "8 × 80 GB": (640e9, 11000), "24 GB": (24e9, 400), "8 GB": (8e9, 90)}
rents["16 GB, new"] = (16e9, 600)
turned = {"8B": (8e9, 131_072, {0.5: 0.88, 2: 0.90}), "1B": (1e9, 31_250, {1: 0.77, 0.5: 0.74})}
near = {"8 GB": (8e9, 90), "24 GB": (24e9, 91)}
equal, tie = {"12 GB": (12e9, 300), "20 GB": (20e9, 300), "40 GB": (40e9, 700)}, "which is more accurate?"
cases = [
    (ours, rents, 1, 2000, 0.88, ("8B", 0.5, "8 GB"), "an accuracy equal to the floor is enough"),
    (ours, rents, 1, 2000, 0.89, ("8B", 2, "24 GB"), "0.88 is below this floor"),
    (ours, rents, 60, 2000, 0.85, ("8B", 0.5, "24 GB"), "60 caches take 15.7 GB"),
    (ours, rents, 1, 2000, 0.70, ("8B", 0.5, "8 GB"), f"several plans share the lowest rent: {tie}"),
    (ours, rents, 96, 2000, 0.70, ("1B", 2, "8 GB"), "2 GB of weights and 6 GB of caches just fill 8 GB"),
    (ours, rents, 96, 2001, 0.70, ("1B", 0.5, "8 GB"), "one token more for each user no longer fits"),
    (turned, rents, 20, 2000, 0.85, ("8B", 2, "24 GB"), f"two plans share the lowest rent: {tie}"),
    (turned, equal, 1, 2000, 0.70, ("8B", 2, "20 GB"), f"two machines share the lowest rent: {tie}"),
    (turned, rents, 96, 2000, 0.75, ("1B", 1, "8 GB"), "a model may come in other precisions"),
    (ours, near, 1, 2000, 0.85, ("8B", 0.5, "8 GB"), "a rent that is 1 € lower is lower"),
    (ours, rents, 20, 2000, 0.935, ("70B", 2, "8 × 80 GB"), "only the 70B in 16 bits is that good"),
    (ours, rents, 20, 2000, 0.95, None, "does any model reach this floor?"),
    (ours, rents, 100_000, 2000, 0.5, None, "how many GB do so many caches take?"),
]
for models, machines, users, context, floor, want, hint in cases:
    got, what = cheapest_plan(models, machines, users, context, floor), f"{users=}, {context=}, {floor=}"
    c.true(got is not None or want is None, f"{what}: you found no plan, but there is one", hint)
    c.equal(got, want, what=what, hint=hint)
