# %% 6b.1 right: by way of the total
def bits_per_byte(nats, n_tokens, n_bytes):
    total_bits = nats * n_tokens * math.log2(math.e)
    return total_bits / n_bytes


# %% 6b.1 right: a NumPy number
def bits_per_byte(nats, n_tokens, n_bytes):
    return np.float64(nats) / np.log(2.0) * (n_tokens / n_bytes)


# %% 6b.1 wrong: still nats -> "those are nats per byte"
def bits_per_byte(nats, n_tokens, n_bytes):
    return nats * n_tokens / n_bytes


# %% 6b.1 wrong: ln 2 on the wrong side -> "more bits than nats"
def bits_per_byte(nats, n_tokens, n_bytes):
    return nats * n_tokens / n_bytes * math.log(2)


# %% 6b.1 wrong: upside down -> "tokens and bytes have changed places"
def bits_per_byte(nats, n_tokens, n_bytes):
    return nats * n_bytes / n_tokens / math.log(2)


# %% 6b.1 wrong: not spread over the bytes -> "those are bits per token"
def bits_per_byte(nats, n_tokens, n_bytes):
    return nats / math.log(2)


# %% 6b.1 wrong: always eight -> "expected"
def bits_per_byte(nats, n_tokens, n_bytes):
    return 8.0


# %% 6b.1 right: a tensor
def bits_per_byte(nats, n_tokens, n_bytes):
    return torch.tensor(nats * n_tokens / n_bytes) / math.log(2)


# %% 6b.1 wrong: decimal digits -> "expected"
def bits_per_byte(nats, n_tokens, n_bytes):
    return nats * n_tokens / n_bytes / math.log(10)


# %% 6b.1 wrong: whole tokens a byte -> "expected"
def bits_per_byte(nats, n_tokens, n_bytes):
    return nats * (n_tokens // n_bytes) / math.log(2)


# %% 6b.2 right: counters
def bigram_bits(learn, exam):
    pairs, firsts = Counter(zip(learn, learn[1:])), Counter(learn[:-1])
    bits = [math.log2((firsts[a] + 256) / (pairs[a, b] + 1)) for a, b in zip(exam, exam[1:])]
    return sum(bits) / len(bits)


# %% 6b.2 right: torch
def bigram_bits(learn, exam):
    table = torch.ones(256, 256, dtype=torch.double)
    for a, b in pairwise(learn):
        table[a, b] += 1
    p = table / table.sum(dim=1, keepdim=True)
    a, b = torch.tensor(list(exam[:-1])), torch.tensor(list(exam[1:]))
    return -torch.log2(p[a, b]).mean()


# %% 6b.2 wrong: nats -> "those are nats"
def bigram_bits(learn, exam):
    pairs, firsts = Counter(zip(learn, learn[1:])), Counter(learn[:-1])
    return np.mean([-math.log((pairs[a, b] + 1) / (firsts[a] + 256)) for a, b in zip(exam, exam[1:])])


# %% 6b.2 wrong: counts the exam -> "the counts come from the exam itself"
def bigram_bits(learn, exam):
    pairs, firsts = Counter(zip(exam, exam[1:])), Counter(exam[:-1])
    return np.mean([-math.log2((pairs[a, b] + 1) / (firsts[a] + 256)) for a, b in zip(exam, exam[1:])])


# %% 6b.2 wrong: the sum -> "that is the sum"
def bigram_bits(learn, exam):
    pairs, firsts = Counter(zip(learn, learn[1:])), Counter(learn[:-1])
    return sum(-math.log2((pairs[a, b] + 1) / (firsts[a] + 256)) for a, b in zip(exam, exam[1:]))


# %% 6b.2 wrong: divides by the column -> "the divisor counts bytes as second of a pair"
def bigram_bits(learn, exam):
    x, y = (np.frombuffer(text, np.uint8) for text in (learn, exam))
    table = np.zeros((256, 256))
    np.add.at(table, (x[:-1], x[1:]), 1)
    p = (table + 1) / (table.sum(axis=0, keepdims=True) + 256)
    return -np.log2(p[y[:-1], y[1:]]).mean()


# %% 6b.2 wrong: no smoothing -> "expected"
def bigram_bits(learn, exam):
    pairs, firsts = Counter(zip(learn, learn[1:])), Counter(learn[:-1])
    return np.mean(
        [-math.log2(pairs[a, b] / firsts[a]) if pairs[a, b] else math.inf for a, b in zip(exam, exam[1:])]
    )


# %% 6b.2 wrong: n_a counts the last byte too -> "expected"
def bigram_bits(learn, exam):
    pairs, firsts = Counter(zip(learn, learn[1:])), Counter(learn)
    return np.mean([-math.log2((pairs[a, b] + 1) / (firsts[a] + 256)) for a, b in zip(exam, exam[1:])])


# %% 6b.2 wrong: divided by the bytes -> "one fewer than bytes"
def bigram_bits(learn, exam):
    pairs, firsts = Counter(pairwise(learn)), Counter(learn[:-1])
    return sum(math.log2((firsts[a] + 256) / (pairs[a, b] + 1)) for a, b in pairwise(exam)) / len(exam)


# %% 6b.2 wrong: joint chance, not conditional -> "expected"
def bigram_bits(learn, exam):
    pairs = Counter(pairwise(learn))
    total = sum(pairs.values()) + 256 * 256
    return np.mean([math.log2(total / (pairs[p] + 1)) for p in pairwise(exam)])


# %% 6b.1 wrong: 8 bits in a byte, once more -> "expected"
def bits_per_byte(nats, n_tokens, n_bytes):
    return 8 * nats * n_tokens / n_bytes / math.log(2)


# %% 6b.1 wrong: rounded -> "expected"
def bits_per_byte(nats, n_tokens, n_bytes):
    return round(nats * n_tokens / n_bytes / math.log(2), 2)


# %% 6b.2 wrong: a plain += with arrays -> "each pair is counted once"
def bigram_bits(learn, exam):
    x, y = (np.frombuffer(text, np.uint8) for text in (learn, exam))
    table = np.zeros((256, 256))
    table[x[:-1], x[1:]] += 1
    p = (table + 1) / (table.sum(axis=1, keepdims=True) + 256)
    return -np.log2(p[y[:-1], y[1:]]).mean()


# %% 6b.2 wrong: a table of 128 -> "raised"
def bigram_bits(learn, exam):
    table = np.ones((128, 128))
    for a, b in pairwise(learn):
        table[a, b] += 1
    p = table / (table.sum(axis=1, keepdims=True) + 128)
    return float(np.mean([-np.log2(p[a, b]) for a, b in pairwise(exam)]))


# %% 6b.2 wrong: characters for bytes -> "expected"
def bigram_bits(learn, exam):
    learn, exam = learn.decode(), exam.decode()
    pairs, firsts = Counter(pairwise(learn)), Counter(learn[:-1])
    return np.mean([-math.log2((pairs[p] + 1) / (firsts[p[0]] + 256)) for p in pairwise(exam)])


# %% 6b.2 wrong: as many as there are different bytes, for 256 -> "expected"
def bigram_bits(learn, exam):
    pairs, firsts, kinds = Counter(pairwise(learn)), Counter(learn[:-1]), len(set(learn))
    return np.mean([-math.log2((pairs[p] + 1) / (firsts[p[0]] + kinds)) for p in pairwise(exam)])


# %% 6b.2 wrong: each different pair of the exam once -> "expected"
def bigram_bits(learn, exam):
    pairs, firsts = Counter(pairwise(learn)), Counter(learn[:-1])
    seen = sorted(set(pairwise(exam)))
    return np.mean([-math.log2((pairs[p] + 1) / (firsts[p[0]] + 256)) for p in seen])


# %% 6b.3 right: fractions
def pays_from(model_bits, weights_bytes, rival_bits):
    from fractions import Fraction

    saved = Fraction(rival_bits) - Fraction(model_bits)
    return int(8 * weights_bytes // saved) + 1 if saved > 0 else None


# %% 6b.3 right: one by one
def pays_from(model_bits, weights_bytes, rival_bits):
    if model_bits >= rival_bits:
        return None
    n = 0
    while weights_bytes + n * model_bits / 8 >= n * rival_bits / 8:
        n += 1
    return n


# %% 6b.3 right: a float, and NumPy
def pays_from(model_bits, weights_bytes, rival_bits):
    if rival_bits <= model_bits:
        return None
    return np.floor(8 * weights_bytes / (rival_bits - model_bits)) + 1.0


# %% 6b.3 wrong: where both are equal -> "there both are of equal size"
def pays_from(model_bits, weights_bytes, rival_bits):
    if rival_bits <= model_bits:
        return None
    return math.ceil(8 * weights_bytes / (rival_bits - model_bits))


# %% 6b.3 wrong: bits for bytes -> "bits and bytes are mixed up"
def pays_from(model_bits, weights_bytes, rival_bits):
    if rival_bits <= model_bits:
        return None
    return math.floor(weights_bytes / (rival_bits - model_bits)) + 1


# %% 6b.3 wrong: the model's own bits forgotten -> "the model needs some bits itself"
def pays_from(model_bits, weights_bytes, rival_bits):
    return math.floor(8 * weights_bytes / rival_bits) + 1 if rival_bits > model_bits else None


# %% 6b.3 wrong: no answer where it never pays -> "raised"
def pays_from(model_bits, weights_bytes, rival_bits):
    return math.floor(8 * weights_bytes / (rival_bits - model_bits)) + 1


# %% 6b.3 wrong: infinity where it never pays -> "expected None"
def pays_from(model_bits, weights_bytes, rival_bits):
    if rival_bits <= model_bits:
        return math.inf
    return math.floor(8 * weights_bytes / (rival_bits - model_bits)) + 1


# %% 6b.3 wrong: equal rates taken for a gain -> "raised"
def pays_from(model_bits, weights_bytes, rival_bits):
    if rival_bits < model_bits:
        return None
    return math.floor(8 * weights_bytes / (rival_bits - model_bits)) + 1


# %% 6b.3 wrong: gives up at ten thousand -> "got None, but with enough letters it pays"
def pays_from(model_bits, weights_bytes, rival_bits):
    for n in range(10_000):
        if weights_bytes + n * model_bits / 8 < n * rival_bits / 8:
            return n


# %% 6b.3 wrong: rounded -> "there both are of equal size, or the rival is smaller"
def pays_from(model_bits, weights_bytes, rival_bits):
    if rival_bits <= model_bits:
        return None
    n = 8 * weights_bytes / (rival_bits - model_bits)
    return int(n) + 1 if n == int(n) else int(n)


# %% 6b.4 right: random other tokens, all rows
def sees_future(model, ids):
    before, found = model(ids), False
    for place in range(ids.shape[1]):
        other = ids.clone()
        other[:, place] = torch.where(ids[:, place] == 0, before.shape[-1] - 1, 0)
        found |= bool(((model(other)[:, :place] - before[:, :place]).abs() > 1e-6).any())
    return found


# %% 6b.4 right: all later tokens at once
def sees_future(model, ids):
    before = model(ids)
    V = before.shape[-1]
    for place in range(1, ids.shape[1]):
        other = torch.cat([ids[:, :place], (ids[:, place:] + 1) % V], dim=1)
        if not torch.allclose(model(other)[:, :place], before[:, :place], rtol=0, atol=1e-6):
            return np.bool_(True)
    return False


# %% 6b.4 right: shorter texts
def sees_future(model, ids):
    whole = model(ids)
    return any((model(ids[:, :n]) - whole[:, :n]).abs().max() > 1e-6 for n in range(1, ids.shape[1]))


# %% 6b.4 wrong: only the last token -> "a leak from place 3 to place 2"
def sees_future(model, ids):
    before, other = model(ids), ids.clone()
    other[:, -1] = (other[:, -1] + 1) % before.shape[-1]
    return bool(((model(other) - before)[:, :-1].abs() > 1e-6).any())


# %% 6b.4 wrong: only the neighbour before it -> "a leak from the last place to the first"
def sees_future(model, ids):
    before = model(ids)
    for place in range(1, ids.shape[1]):
        other = ids.clone()
        other[:, place] = (other[:, place] + 1) % before.shape[-1]
        if (model(other) - before)[:, place - 1].abs().max() > 1e-6:
            return True
    return False


# %% 6b.4 wrong: its own place too -> "a model that adds up the past"
def sees_future(model, ids):
    before = model(ids)
    for place in range(ids.shape[1]):
        other = ids.clone()
        other[:, place] = (other[:, place] + 1) % before.shape[-1]
        if (model(other) - before)[:, : place + 1].abs().max() > 1e-6:
            return True
    return False


# %% 6b.4 wrong: the first row alone -> "in the last row alone"
def sees_future(model, ids):
    before = model(ids)
    for place in range(1, ids.shape[1]):
        other = ids.clone()
        other[:, place] = (other[:, place] + 1) % before.shape[-1]
        if (model(other) - before)[0, :place].abs().max() > 1e-6:
            return True
    return False


# %% 6b.4 wrong: loses sight of a faint one -> "faint"
def sees_future(model, ids):
    before = model(ids)
    for place in range(1, ids.shape[1]):
        other = ids.clone()
        other[:, place] = (other[:, place] + 1) % before.shape[-1]
        if (model(other) - before)[:, :place].abs().max() > 1e-3:
            return True
    return False


# %% 6b.4 wrong: the first token never looked at -> "a leak from place 1 to place 0"
def sees_future(model, ids):
    before = model(ids)
    for place in range(2, ids.shape[1]):
        other = ids.clone()
        other[:, place] = (other[:, place] + 1) % before.shape[-1]
        if (model(other) - before)[:, :place].abs().max() > 1e-6:
            return True
    return False


# %% 6b.4 wrong: never a leak -> "a leak from the last place to the first"
def sees_future(model, ids):
    return False


# %% 6b.4 wrong: any difference is a leak -> "a model that adds up the past"
def sees_future(model, ids):
    before = model(ids)
    other = (ids + 1) % before.shape[-1]
    return bool((model(other) - before).abs().max() > 1e-6)


# %% 6b.4 wrong: changes what it was given -> "changes its input"
def sees_future(model, ids):
    before = model(ids)
    for place in range(1, ids.shape[1]):
        ids[:, place] = (ids[:, place] + 1) % before.shape[-1]
        if (model(ids) - before)[:, :place].abs().max() > 1e-6:
            return True
        before = model(ids)
    return False


# %% 6b.4 wrong: which place it is -> "expected True, got"
def sees_future(model, ids):
    before = model(ids)
    for place in range(1, ids.shape[1]):
        other = ids.clone()
        other[:, place] = (other[:, place] + 1) % before.shape[-1]
        if (model(other) - before)[:, :place].abs().max() > 1e-6:
            return place
    return False


# %% 6b.1 right: Fractions and an array of no dimensions
def bits_per_byte(nats, n_tokens, n_bytes):
    from fractions import Fraction

    return np.array(nats / math.log(2) * float(Fraction(n_tokens, n_bytes)))


# %% 6b.2 right: a loop over the exam, counting in the bytes themselves
def bigram_bits(learn, exam):
    def chance(a, b):
        follows = [after for before, after in pairwise(learn) if before == a]
        return (follows.count(b) + 1) / (len(follows) + 256)

    return sum(-math.log2(chance(a, b)) for a, b in pairwise(exam)) / (len(exam) - 1)


# %% 6b.2 wrong: one for 256 in the divisor -> "expected"
def bigram_bits(learn, exam):
    pairs, firsts = Counter(pairwise(learn)), Counter(learn[:-1])
    return np.mean([-math.log2((pairs[p] + 1) / (firsts[p[0]] + 1)) for p in pairwise(exam)])


# %% 6b.3 right: halving the search
def pays_from(model_bits, weights_bytes, rival_bits):
    if rival_bits <= model_bits:
        return None
    low, high = 0, 1
    while 8 * weights_bytes + high * model_bits >= high * rival_bits:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        smaller = 8 * weights_bytes + middle * model_bits < middle * rival_bits
        low, high = (low, middle) if smaller else (middle, high)
    return torch.tensor(high)


# %% 6b.3 wrong: the number of bits -> "expected"
def pays_from(model_bits, weights_bytes, rival_bits):
    if rival_bits <= model_bits:
        return None
    return 8 * (math.floor(8 * weights_bytes / (rival_bits - model_bits)) + 1)


# %% 6b.4 right: from the last token to the first, one row at a time
def sees_future(model, ids):
    before = model(ids)

    def leaks(place):
        if place == 0:
            return False
        other = ids.index_fill(1, torch.tensor([place]), 0)
        more = ids.index_fill(1, torch.tensor([place]), 1)
        moved = torch.stack([model(other), model(more)]) - before
        return float(moved[:, :, :place].abs().max()) > 1e-6 or leaks(place - 1)

    return leaks(ids.shape[1] - 1)


# %% 6b.4 wrong: only a score that rises counts -> "lowers the first scores"
def sees_future(model, ids):
    before = model(ids)
    for place in range(1, ids.shape[1]):
        other = ids.clone()
        other[:, place] = (other[:, place] + 1) % before.shape[-1]
        if (model(other) - before)[:, :place].max() > 1e-6:
            return True
    return False


# %% 6b.4 wrong: the mean change, signs and all -> "expected True"
def sees_future(model, ids):
    before = model(ids)
    for place in range(1, ids.shape[1]):
        other = ids.clone()
        other[:, place] = (other[:, place] + 1) % before.shape[-1]
        if (model(other) - before)[:, :place].mean() > 1e-3:
            return True
    return False


# %% 6b.2 wrong: bytes.count, which leaves out what overlaps -> "b'aaaab"
import math
def bigram_bits(learn, exam):
    return sum(-math.log2((learn.count(bytes([a, b])) + 1) / (learn[:-1].count(bytes([a])) + 256)) for a, b in zip(exam, exam[1:])) / (len(exam) - 1)


# %% 6b.2 wrong: counts that wrap at 256 -> "b'aaaab"
import numpy as np
def bigram_bits(learn, exam):
    L, E = np.frombuffer(learn, np.uint8), np.frombuffer(exam, np.uint8)
    n = np.ones((256, 256), dtype=np.uint8)
    np.add.at(n, (L[:-1], L[1:]), 1)
    return -np.log2(n / n.sum(axis=1)[:, None])[E[:-1], E[1:]].mean()


# %% 6b.2 wrong: learns on while it reads the exam -> "expected"
import math
from collections import Counter
def bigram_bits(learn, exam):
    pairs, first = Counter(zip(learn, learn[1:])), Counter(learn[:-1])
    total = 0
    for a, b in zip(exam, exam[1:]):
        total -= math.log2((pairs[a, b] + 1) / (first[a] + 256))
        pairs[a, b] += 1
        first[a] += 1
    return total / (len(exam) - 1)


# %% 6b.4 wrong: the mean of the changes, whatever its sign -> "a leak from"
def sees_future(model, ids):
    base = model(ids)
    V = base.shape[-1]
    for s in range(1, ids.shape[1]):
        other = ids.clone()
        other[:, s] = (other[:, s] + 1) % V
        if (model(other)[:, :s] - base[:, :s]).mean().abs() > 1e-6:
            return True
    return False


# %% 6b.4 wrong: the largest token stays as it is -> "all tokens are 8"
def sees_future(model, ids):
    base = model(ids)
    V = base.shape[-1]
    for s in range(1, ids.shape[1]):
        other = ids.clone()
        other[:, s] = (other[:, s] + 1).clamp(max=V - 1)
        if (model(other)[:, :s] - base[:, :s]).abs().max() > 1e-6:
            return True
    return False


# %% 6b.4 wrong: every token becomes 0 -> "all tokens are 0"
def sees_future(model, ids):
    base = model(ids)
    for s in range(1, ids.shape[1]):
        other = ids.clone()
        other[:, s] = 0
        if (model(other)[:, :s] - base[:, :s]).abs().max() > 1e-6:
            return True
    return False


# %% 6b.4 wrong: not equal to the last bit -> "less than 1e-6"
def sees_future(model, ids):
    base = model(ids)
    V = base.shape[-1]
    for s in range(1, ids.shape[1]):
        other = ids.clone()
        other[:, s] = (other[:, s] + 1) % V
        if not torch.equal(model(other)[:, :s], base[:, :s]):
            return True
    return False


# %% 6b.4 wrong: allclose as it comes -> "large scores"
def sees_future(model, ids):
    base = model(ids)
    V = base.shape[-1]
    for s in range(1, ids.shape[1]):
        other = ids.clone()
        other[:, s] = (other[:, s] + 1) % V
        if not torch.allclose(model(other)[:, :s], base[:, :s]):
            return True
    return False


# %% 6b.4 wrong: V taken from the ids -> "all tokens are 0"
def sees_future(model, ids):
    base = model(ids)
    V = int(ids.max()) + 1
    for s in range(1, ids.shape[1]):
        other = ids.clone()
        other[:, s] = (other[:, s] + 1) % V
        if (model(other)[:, :s] - base[:, :s]).abs().max() > 1e-6:
            return True
    return False
