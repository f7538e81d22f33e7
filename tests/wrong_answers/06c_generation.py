# %% 6c.1 right: a loop
def nucleus(p, top_p):
    kept, total = np.zeros(len(p)), 0.0
    for token in sorted(range(len(p)), key=lambda n: -p[n]):
        if total >= top_p:
            break
        kept[token] = p[token]
        total += p[token]
    return kept / total

# %% 6c.1 wrong: keeps all that are equal to the last one -> "expected"
def nucleus(p, top_p):
    falling = np.sort(p)[::-1]
    size = int(np.searchsorted(np.cumsum(falling), top_p)) + 1
    kept = np.where(p >= falling[min(size, len(p)) - 1], p, 0)
    return kept / kept.sum()

# %% 6c.1 wrong: one token too many where the sum is just reached -> "expected"
def nucleus(p, top_p):
    order = np.argsort(-p, kind="stable")
    above = np.cumsum(p[order]) - p[order]
    kept = np.zeros_like(p)
    kept[order] = np.where(above <= top_p, p[order], 0)
    return kept / kept.sum()

# %% 6c.1 wrong: of equals the last first -> "expected"
def nucleus(p, top_p):
    order = np.argsort(p, kind="stable")[::-1]
    above = np.cumsum(p[order]) - p[order]
    kept = np.zeros_like(p)
    kept[order] = np.where(above < top_p, p[order], 0)
    return kept / kept.sum()

# %% 6c.1 right: a list, through ranks
def nucleus(p, top_p):
    above = np.array([sum(other for m, other in enumerate(p) if other > x or (other == x and m < n)) for n, x in enumerate(p)])
    kept = [x if a < top_p else 0.0 for x, a in zip(p, above)]
    return [x / sum(kept) for x in kept]

# %% 6c.1 wrong: does not sum to 1 -> "must sum to 1 again"
def nucleus(p, top_p):
    order = np.argsort(-p)
    above = np.cumsum(p[order]) - p[order]
    kept = np.zeros_like(p)
    kept[order] = np.where(above < top_p, p[order], 0)
    return kept

# %% 6c.1 wrong: drops the token that crosses -> "must stay"
def nucleus(p, top_p):
    order = np.argsort(-p)
    kept = np.zeros_like(p)
    kept[order] = np.where(np.cumsum(p[order]) < top_p, p[order], 0)
    return kept / max(kept.sum(), 1e-9)

# %% 6c.1 wrong: keeps the tail instead of the head -> "expected"
def nucleus(p, top_p):
    order = np.argsort(p)
    above = np.cumsum(p[order]) - p[order]
    kept = np.zeros_like(p)
    kept[order] = np.where(above < top_p, p[order], 0)
    return kept / kept.sum()

# %% 6c.1 wrong: sorted -> "stay at its token's place"
def nucleus(p, top_p):
    falling = np.sort(p)[::-1]
    kept = np.where(np.cumsum(falling) - falling < top_p, falling, 0)
    return kept / kept.sum()

# %% 6c.1 wrong: a threshold on single probabilities -> "must stay"
def nucleus(p, top_p):
    kept = np.where(p >= 1 - top_p, p, 0)
    return kept / max(kept.sum(), 1e-9)

# %% 6c.1 wrong: changes the array that came in -> "changes its input"
def nucleus(p, top_p):
    order = np.argsort(-p, kind="stable")
    above = np.cumsum(p[order]) - p[order]
    p[order[above >= top_p]] = 0
    p /= p.sum()
    return p

# %% 6c.1 wrong: returns nothing -> "got None"
def nucleus(p, top_p):
    print(p[p > 1 - top_p])

# %% 6c.2 right: from the longest held end down
def release(text, stops):
    first = min((text.index(s) for s in stops if s in text), default=None)
    if first is not None:
        return [text[:first], "", True]
    for start in range(len(text)):
        if any(s.startswith(text[start:]) for s in stops):
            return [text[:start], text[start:], False]
    return [text, "", False]

# %% 6c.2 wrong: the first stop of the list instead of the earliest in the text -> "shown"
def release(text, stops):
    for stop in stops:
        if stop in text:
            return text[: text.index(stop)], "", True
    sizes = [n for stop in stops for n in range(1, len(stop)) if text.endswith(stop[:n])]
    border = len(text) - max(sizes, default=0)
    return text[:border], text[border:], False

# %% 6c.2 wrong: holds nothing back -> "shown"
def release(text, stops):
    places = [text.find(stop) for stop in stops if stop in text]
    if places:
        return text[: min(places)], "", True
    return text, "", False

# %% 6c.2 wrong: holds the shortest end -> "shown"
def release(text, stops):
    places = [text.find(stop) for stop in stops if stop in text]
    if places:
        return text[: min(places)], "", True
    sizes = [n for stop in stops for n in range(1, len(stop)) if text.endswith(stop[:n])]
    border = len(text) - min(sizes, default=0)
    return text[:border], text[border:], False

# %% 6c.2 wrong: holds as much as the longest stop string, always -> "shown"
def release(text, stops):
    places = [text.find(stop) for stop in stops if stop in text]
    if places:
        return text[: min(places)], "", True
    border = max(0, len(text) - max(map(len, stops), default=0) + 1)
    return text[:border], text[border:], False

# %% 6c.2 wrong: shows the stop string itself -> "shown"
def release(text, stops):
    for stop in stops:
        if stop in text:
            return text[: text.index(stop) + len(stop)], "", True
    sizes = [n for stop in stops for n in range(1, len(stop)) if text.endswith(stop[:n])]
    border = len(text) - max(sizes, default=0)
    return text[:border], text[border:], False

# %% 6c.2 wrong: looks for the stop string only at the end -> "shown"
def release(text, stops):
    for stop in stops:
        if text.endswith(stop):
            return text[: len(text) - len(stop)], "", True
    sizes = [n for stop in stops for n in range(1, len(stop)) if text.endswith(stop[:n])]
    border = len(text) - max(sizes, default=0)
    return text[:border], text[border:], False

# %% 6c.2 wrong: the trap of text[:-0] -> "shown"
def release(text, stops):
    places = [text.find(stop) for stop in stops if stop in text]
    if places:
        return text[: min(places)], "", True
    size = max([n for stop in stops for n in range(1, len(stop)) if text.endswith(stop[:n])], default=0)
    return text[:-size], text[-size:], False

# %% 6c.2 wrong: only the text -> "return three things"
def release(text, stops):
    return text

# %% 6c.2 wrong: bytes for characters -> "shown"
def release(text, stops):
    places = [len(text[: text.find(stop)].encode()) for stop in stops if stop in text]
    if places:
        return text[: min(places)], "", True
    sizes = [len(stop[:n].encode()) for stop in stops for n in range(1, len(stop)) if text.endswith(stop[:n])]
    border = len(text) - max(sizes, default=0)
    return text[:border], text[border:], False

# %% 6c.2 wrong: the first stop string that may begin decides, not the longest end -> "shown"
def release(text, stops):
    places = [text.find(stop) for stop in stops if stop in text]
    if places:
        return text[: min(places)], "", True
    for stop in stops:
        for n in range(len(stop) - 1, 0, -1):
            if text.endswith(stop[:n]):
                return text[: len(text) - n], text[len(text) - n :], False
    return text, "", False

# %% 6c.2 wrong: takes a stop string for a pattern -> "shown"
def release(text, stops):
    import re

    places = [found.start() for stop in stops if (found := re.search(stop, text))]
    if places:
        return text[: min(places)], "", True
    sizes = [n for stop in stops for n in range(1, len(stop)) if text.endswith(stop[:n])]
    border = len(text) - max(sizes, default=0)
    return text[:border], text[border:], False

# %% 6c.3 wrong: the lesson's layers instead of the argument -> "expected"
def seats(memory_gb, parameters, weight_bytes, layers, kv_heads, head_width, tokens):
    return max(0, int((memory_gb * 1e9 - parameters * weight_bytes) // (4 * 32 * kv_heads * head_width * tokens)))

# %% 6c.3 wrong: the lesson's head width instead of the argument -> "expected"
def seats(memory_gb, parameters, weight_bytes, layers, kv_heads, head_width, tokens):
    return max(0, int((memory_gb * 1e9 - parameters * weight_bytes) // (4 * layers * kv_heads * 128 * tokens)))

# %% 6c.3 wrong: rounds to the nearest customer -> "expected"
def seats(memory_gb, parameters, weight_bytes, layers, kv_heads, head_width, tokens):
    return max(0, round((memory_gb * 1e9 - parameters * weight_bytes) / (4 * layers * kv_heads * head_width * tokens)))

# %% 6c.3 wrong: one customer fewer, for safety -> "expected"
def seats(memory_gb, parameters, weight_bytes, layers, kv_heads, head_width, tokens):
    return max(0, int((memory_gb * 1e9 - parameters * weight_bytes) // (4 * layers * kv_heads * head_width * tokens)) - 1)

# %% 6c.3 right: counts customers up
def seats(memory_gb, parameters, weight_bytes, layers, kv_heads, head_width, tokens):
    from math import floor
    customer = cost.cache_bytes(layers, kv_heads, head_width, tokens)
    return float(max(0, floor((memory_gb * 10**9 - parameters * weight_bytes) / customer)))

# %% 6c.3 wrong: forgets the values -> "a factor 2 is missing"
def seats(memory_gb, parameters, weight_bytes, layers, kv_heads, head_width, tokens):
    return max(0, int((memory_gb * 1e9 - parameters * weight_bytes) // (layers * kv_heads * head_width * tokens * 2)))

# %% 6c.3 wrong: one byte a number, and no values -> "a factor 4 is missing"
def seats(memory_gb, parameters, weight_bytes, layers, kv_heads, head_width, tokens):
    return max(0, int((memory_gb * 1e9 - parameters * weight_bytes) // (layers * kv_heads * head_width * tokens)))

# %% 6c.3 wrong: forgets the weights -> "weights take their part"
def seats(memory_gb, parameters, weight_bytes, layers, kv_heads, head_width, tokens):
    return int(memory_gb * 1e9 // (4 * layers * kv_heads * head_width * tokens))

# %% 6c.3 wrong: a fraction of a customer -> "does not fit whole"
def seats(memory_gb, parameters, weight_bytes, layers, kv_heads, head_width, tokens):
    return (memory_gb * 1e9 - parameters * weight_bytes) / (4 * layers * kv_heads * head_width * tokens)

# %% 6c.3 wrong: fewer than nobody -> "nobody"
def seats(memory_gb, parameters, weight_bytes, layers, kv_heads, head_width, tokens):
    return int((memory_gb * 1e9 - parameters * weight_bytes) // (4 * layers * kv_heads * head_width * tokens))

# %% 6c.3 wrong: gigabytes of 2 to the 30 -> "expected"
def seats(memory_gb, parameters, weight_bytes, layers, kv_heads, head_width, tokens):
    return max(0, int((memory_gb * 2**30 - parameters * weight_bytes) // (4 * layers * kv_heads * head_width * tokens)))

# %% 6c.4 right: loops
def pad_left(prompts, pad):
    T = max(len(p) for p in prompts)
    ids = np.full((len(prompts), T), pad)
    mask = np.zeros((len(prompts), T, T), dtype=bool)
    for b, p in enumerate(prompts):
        start = T - len(p)
        ids[b, start:] = p
        for t in range(T):
            mask[b, t, start : t + 1] = True
            mask[b, t, t] = True
    return ids, mask

# %% 6c.4 right: lists, ones and zeros
def pad_left(prompts, pad):
    T = max(len(p) for p in prompts)
    ids = [[pad] * (T - len(p)) + p for p in prompts]
    mask = [[[int(s <= t and (s >= T - len(p) or s == t)) for s in range(T)] for t in range(T)] for p in prompts]
    return [ids, mask]

# %% 6c.4 wrong: pads on the right -> "padding stands on the left"
def pad_left(prompts, pad):
    T = max(len(p) for p in prompts)
    ids = np.array([p + [pad] * (T - len(p)) for p in prompts])
    real = np.arange(T) < np.array([[len(p)] for p in prompts])
    return ids, np.tri(T, dtype=bool) & real[:, None, :] | np.eye(T, dtype=bool)

# %% 6c.4 wrong: blind padding places -> "divide by zero"
def pad_left(prompts, pad):
    T = max(len(p) for p in prompts)
    ids = np.array([[pad] * (T - len(p)) + p for p in prompts])
    real = np.arange(T) >= np.array([[T - len(p)] for p in prompts])
    return ids, np.tri(T, dtype=bool) & real[:, None, :]

# %% 6c.4 wrong: looks at padding -> "somebody looks at padding"
def pad_left(prompts, pad):
    T = max(len(p) for p in prompts)
    ids = np.array([[pad] * (T - len(p)) + p for p in prompts])
    return ids, np.repeat(np.tri(T, dtype=bool)[None], len(prompts), axis=0)

# %% 6c.4 wrong: not causal -> "a place looks ahead"
def pad_left(prompts, pad):
    T = max(len(p) for p in prompts)
    ids = np.array([[pad] * (T - len(p)) + p for p in prompts])
    real = np.arange(T) >= np.array([[T - len(p)] for p in prompts])
    return ids, np.repeat(real[:, None, :], T, axis=1) | np.eye(T, dtype=bool)

# %% 6c.4 wrong: takes every token that equals the padding for padding -> "does not see all that came before"
def pad_left(prompts, pad):
    T = max(len(p) for p in prompts)
    ids = np.array([[0] * (T - len(p)) + p for p in prompts])
    real = ids != 0
    ids = np.array([[pad] * (T - len(p)) + p for p in prompts])
    return ids, np.tri(T, dtype=bool) & real[:, None, :] | np.eye(T, dtype=bool)

# %% 6c.4 wrong: rows and columns of the mask swapped -> "a place looks ahead"
def pad_left(prompts, pad):
    T = max(len(p) for p in prompts)
    ids = np.array([[pad] * (T - len(p)) + p for p in prompts])
    real = np.arange(T) >= np.array([[T - len(p)] for p in prompts])
    return ids, (np.tri(T, dtype=bool) & real[:, None, :] | np.eye(T, dtype=bool)).transpose(0, 2, 1)

# %% 6c.4 wrong: the mask turned round -> "turn it round"
def pad_left(prompts, pad):
    T = max(len(p) for p in prompts)
    ids = np.array([[pad] * (T - len(p)) + p for p in prompts])
    real = np.arange(T) >= np.array([[T - len(p)] for p in prompts])
    return ids, ~(np.tri(T, dtype=bool) & real[:, None, :] | np.eye(T, dtype=bool))

# %% 6c.4 wrong: takes what equals the padding for padding -> "does not see all"
def pad_left(prompts, pad):
    T = max(len(p) for p in prompts)
    ids = np.array([[pad] * (T - len(p)) + p for p in prompts])
    return ids, np.tri(T, dtype=bool) & (ids != pad)[:, None, :] | np.eye(T, dtype=bool)

# %% 6c.4 wrong: a mask of (B, T) -> "shape of the mask"
def pad_left(prompts, pad):
    T = max(len(p) for p in prompts)
    ids = np.array([[pad] * (T - len(p)) + p for p in prompts])
    return ids, np.arange(T) >= np.array([[T - len(p)] for p in prompts])

# %% 6c.4 wrong: only the ids -> "return two arrays"
def pad_left(prompts, pad):
    T = max(len(p) for p in prompts)
    return np.array([[pad] * (T - len(p)) + p for p in prompts])

# %% 6c.5 right: the closed formula, with its limit
def how_far(alpha, c, most):
    ks = np.arange(most + 1)
    tokens = ks + 1 if alpha == 1 else (1 - alpha ** (ks + 1)) / (1 - alpha)
    gain = tokens / (1 + ks * c)
    return [int(gain.argmax()), gain.max()]

# %% 6c.5 wrong: guesses for free -> "guesses cost something"
def how_far(alpha, c, most):
    return most, sum(alpha**i for i in range(most + 1)) / (1 + most * c)

# %% 6c.5 wrong: without the model's own token -> "forgets the token that the model adds"
def how_far(alpha, c, most):
    gain = [sum(alpha**i for i in range(1, k + 1)) / (1 + k * c) for k in range(most + 1)]
    return int(np.argmax(gain)), max(gain)

# %% 6c.5 wrong: starts at k = 1 -> "expected 0, got 1"
def how_far(alpha, c, most):
    gain = [sum(alpha**i for i in range(k + 1)) / (1 + k * c) for k in range(1, most + 1)]
    best = int(np.argmax(gain))
    return best + 1, gain[best]

# %% 6c.5 wrong: divides by zero where every guess is kept -> "ZeroDivisionError"
def how_far(alpha, c, most):
    gain = [(1 - alpha ** (k + 1)) / (1 - alpha) / (1 + k * c) for k in range(most + 1)]
    return int(np.argmax(gain)), max(gain)

# %% 6c.5 wrong: tokens a pass instead of the speed-up -> "speed-up"
def how_far(alpha, c, most):
    gain = [sum(alpha**i for i in range(k + 1)) / (1 + k * c) for k in range(most + 1)]
    best = int(np.argmax(gain))
    return best, gain[best] * (1 + best * c)

# %% 6c.5 wrong: most itself is left out -> "k"
def how_far(alpha, c, most):
    gain = [sum(alpha**i for i in range(k + 1)) / (1 + k * c) for k in range(most)]
    return int(np.argmax(gain)), max(gain)

# %% 6c.5 wrong: the larger of two equal ones -> "k"
def how_far(alpha, c, most):
    gain = [sum(alpha**i for i in range(k + 1)) / (1 + k * c) for k in range(most + 1)]
    best = max(range(most + 1), key=lambda k: (round(gain[k], 12), k))
    return best, gain[best]

# %% 6c.5 wrong: climbs and never looks at more than ten -> "k"
def how_far(alpha, c, most):
    gain = [sum(alpha**i for i in range(k + 1)) / (1 + k * c) for k in range(min(most, 10) + 1)]
    return int(np.argmax(gain)), max(gain)

# %% 6c.5 wrong: the cost 0.1 of the picture instead of the argument -> "k"
def how_far(alpha, c, most):
    gain = [sum(alpha**i for i in range(k + 1)) / (1 + k * 0.1) for k in range(most + 1)]
    return int(np.argmax(gain)), max(gain)

# %% 6c.5 wrong: (1 + k alpha) tokens a pass -> "k"
def how_far(alpha, c, most):
    gain = [(1 + k * alpha) / (1 + k * c) for k in range(most + 1)]
    return int(np.argmax(gain)), max(gain)

# %% 6c.5 wrong: only k -> "return two numbers"
def how_far(alpha, c, most):
    return max(range(most + 1), key=lambda k: sum(alpha**i for i in range(k + 1)) / (1 + k * c))

# %% 6c.6 right: one by one, the best so far
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    best = None
    for batch in reversed(batches):
        for bits in bit_choices:
            size = N * bits / 8 + batch * cache
            t = max(size / bandwidth, 2 * N * batch / flops)
            if size > memory or t > limit:
                continue
            money = t / 3600 * per_hour * (1e6 / batch)
            if best is None or money < best[2]:
                best = [bits, batch, money]
    return best

# %% 6c.6 wrong: forgets the memory -> "bits and batch"
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    found = []
    for bits in bit_choices:
        for batch in batches:
            t = max((N * bits / 8 + batch * cache) / bandwidth, 2 * N * batch / flops)
            if t <= limit:
                found.append((per_hour / 3600 * t / batch * 1e6, bits, batch))
    return (min(found)[1], min(found)[2], min(found)[0]) if found else None

# %% 6c.6 wrong: forgets the limit -> "bits and batch"
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    found = []
    for bits in bit_choices:
        for batch in batches:
            size = N * bits / 8 + batch * cache
            t = max(size / bandwidth, 2 * N * batch / flops)
            if size <= memory:
                found.append((per_hour / 3600 * t / batch * 1e6, bits, batch))
    return (min(found)[1], min(found)[2], min(found)[0]) if found else None

# %% 6c.6 wrong: never computes, only reads -> "bits and batch"
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    found = []
    for bits in bit_choices:
        for batch in batches:
            size = N * bits / 8 + batch * cache
            t = size / bandwidth
            if size <= memory and t <= limit:
                found.append((per_hour / 3600 * t / batch * 1e6, bits, batch))
    return (min(found)[1], min(found)[2], min(found)[0]) if found else None

# %% 6c.6 wrong: a pass makes one token -> "batch"
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    found = []
    for bits in bit_choices:
        for batch in batches:
            size = N * bits / 8 + batch * cache
            t = max(size / bandwidth, 2 * N * batch / flops)
            if size <= memory and t <= limit:
                found.append((per_hour / 3600 * t / batch * 1e6, bits, batch))
    return (min(found)[1], min(found)[2], min(found)[0] * min(found)[2]) if found else None

# %% 6c.6 wrong: bits taken for bytes -> "bits and batch"
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    found = [(1e12, bit_choices[0], batches[0])]
    for bits in bit_choices:
        for batch in batches:
            size = N * bits + batch * cache
            t = max(size / bandwidth, 2 * N * batch / flops)
            if size <= memory and t <= limit:
                found.append((per_hour / 3600 * t / batch * 1e6, bits, batch))
    return min(found)[1], min(found)[2], min(found)[0]

# %% 6c.6 wrong: nothing quick enough raises -> "your code raised ValueError"
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    found = []
    for bits in bit_choices:
        for batch in batches:
            size = N * bits / 8 + batch * cache
            t = max(size / bandwidth, 2 * N * batch / flops)
            if size <= memory and t <= limit:
                found.append((per_hour / 3600 * t / batch * 1e6, bits, batch))
    return min(found)[1], min(found)[2], min(found)[0]

# %% 6c.6 wrong: the card of the lesson instead of the arguments -> "batch"
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    found = []
    for bits in bit_choices:
        for batch in batches:
            size = N * bits / 8 + batch * cache
            t = max(size / 2e12, 2 * N * batch / 3e14)
            if size <= 80e9 and t <= limit:
                found.append((2.0 / 3600 * t / batch * 1e6, bits, batch))
    price, bits, batch = min(found, default=(None, None, None))
    return None if price is None else (bits, batch, price)

# %% 6c.6 wrong: reading and computing one after the other -> "batch"
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    found = []
    for bits in bit_choices:
        for batch in batches:
            size = N * bits / 8 + batch * cache
            t = size / bandwidth + 2 * N * batch / flops
            if size <= memory and t <= limit:
                found.append((per_hour / 3600 * t / batch * 1e6, bits, batch))
    price, bits, batch = min(found, default=(None, None, None))
    return None if price is None else (bits, batch, price)

# %% 6c.6 wrong: of equal prices the more bits -> "of equal prices the fewer bits come first"
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    found = []
    for bits in bit_choices:
        for batch in batches:
            size = N * bits / 8 + batch * cache
            t = max(size / bandwidth, 2 * N * batch / flops)
            if size <= memory and t <= limit:
                found.append((per_hour / 3600 * t / batch * 1e6, -bits, batch))
    price, bits, batch = min(found, default=(None, None, None))
    return None if price is None else (-bits, batch, price)

# %% 6c.6 wrong: the price first -> "bits and batch"
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    found = []
    for bits in bit_choices:
        for batch in batches:
            size = N * bits / 8 + batch * cache
            t = max(size / bandwidth, 2 * N * batch / flops)
            if size <= memory and t <= limit:
                found.append((per_hour / 3600 * t / batch * 1e6, bits, batch))
    return min(found, default=None)

# %% 6c.1 right: torch
def nucleus(p, top_p):
    falling, order = torch.sort(torch.as_tensor(p), descending=True, stable=True)
    kept = torch.where(falling.cumsum(0) - falling < top_p, falling, 0)
    return torch.zeros_like(falling).index_copy(0, order, kept / kept.sum())

# %% 6c.1 right: recursion, and a tuple
def nucleus(p, top_p):
    def best(left, missing):
        if missing <= 0 or not left:
            return []
        token = max(left, key=lambda n: (p[n], -n))
        return [token, *best([n for n in left if n != token], missing - p[token])]

    kept = best(list(range(len(p))), top_p)
    return tuple(p[n] / sum(p[m] for m in kept) if n in kept else 0 for n in range(len(p)))

# %% 6c.1 wrong: a softmax instead of a division -> "expected"
def nucleus(p, top_p):
    order = np.argsort(-p, kind="stable")
    kept = np.zeros_like(p)
    kept[order] = np.where(np.cumsum(p[order]) - p[order] < top_p, np.exp(p[order]), 0)
    return kept / kept.sum()

# %% 6c.1 wrong: a fixed share of the tokens -> "expected"
def nucleus(p, top_p):
    order = np.argsort(-p, kind="stable")[: max(1, round(top_p * len(p)))]
    kept = np.zeros_like(p)
    kept[order] = p[order]
    return kept / kept.sum()

# %% 6c.2 right: by patterns
def release(text, stops):
    import re

    whole = re.search("|".join(map(re.escape, stops)), text) if stops else None
    if whole:
        return text[: whole.start()], "", True
    held = next((text[n:] for n in range(len(text)) if any(stop.startswith(text[n:]) for stop in stops)), "")
    return text.removesuffix(held), held, bool(whole)

# %% 6c.2 right: recursion from the left
def release(text, stops):
    if not text:
        return "", "", False
    if any(text.startswith(stop) for stop in stops):
        return "", "", True
    if any(stop.startswith(text) for stop in stops) and not any(stop in text for stop in stops):
        return "", text, False
    shown, held, stopped = release(text[1:], stops)
    return text[0] + shown, held, stopped

# %% 6c.2 wrong: the stop string that is complete first, not the one that begins first -> "shown"
def release(text, stops):
    for end in range(1, len(text) + 1):
        done = [stop for stop in stops if text[:end].endswith(stop)]
        if done:
            return text[: end - max(map(len, done))], "", True
    sizes = [n for stop in stops for n in range(1, len(stop)) if text.endswith(stop[:n])]
    border = len(text) - max(sizes, default=0)
    return text[:border], text[border:], False

# %% 6c.2 wrong: holds the stop string itself -> "held"
def release(text, stops):
    places = [text.find(stop) for stop in stops if stop in text]
    if places:
        return text[: min(places)], text[min(places) :], True
    sizes = [n for stop in stops for n in range(1, len(stop)) if text.endswith(stop[:n])]
    border = len(text) - max(sizes, default=0)
    return text[:border], text[border:], False

# %% 6c.3 right: seat after seat
def seats(memory_gb, parameters, weight_bytes, layers, kv_heads, head_width, tokens):
    full, seated = parameters * weight_bytes, 0
    while full + 4 * layers * kv_heads * head_width * tokens <= memory_gb * 1e9:
        full, seated = full + 4 * layers * kv_heads * head_width * tokens, seated + 1
    return torch.tensor(seated)

# %% 6c.3 right: fractions
def seats(memory_gb, parameters, weight_bytes, layers, kv_heads, head_width, tokens):
    free = Fraction(memory_gb) * 10**9 - Fraction(parameters) * Fraction(weight_bytes)
    return max(int(free / (4 * layers * kv_heads * head_width * tokens)), 0)

# %% 6c.3 wrong: every customer brings the weights -> "expected"
def seats(memory_gb, parameters, weight_bytes, layers, kv_heads, head_width, tokens):
    return int(memory_gb * 1e9 // (parameters * weight_bytes + 4 * layers * kv_heads * head_width * tokens))

# %% 6c.3 wrong: the cache has the weights' precision -> "2 bytes each"
def seats(memory_gb, parameters, weight_bytes, layers, kv_heads, head_width, tokens):
    free = memory_gb * 1e9 - parameters * weight_bytes
    return max(0, int(free // (2 * weight_bytes * layers * kv_heads * head_width * tokens)))

# %% 6c.4 right: torch
def pad_left(prompts, pad):
    T = max(map(len, prompts))
    pads = torch.tensor([T - len(p) for p in prompts])
    ids = torch.tensor([[pad] * (T - len(p)) + list(p) for p in prompts])
    real = torch.arange(T) >= pads[:, None]
    return ids, torch.ones(T, T, dtype=torch.bool).tril() & real[:, None, :] | torch.eye(T, dtype=torch.bool)

# %% 6c.4 wrong: padding looks at padding before it -> "somebody looks at padding"
def pad_left(prompts, pad):
    T = max(map(len, prompts))
    ids = np.array([[pad] * (T - len(p)) + list(p) for p in prompts])
    real = np.arange(T) >= np.array([[T - len(p)] for p in prompts])
    return ids, np.tri(T, dtype=bool) & (real[:, None, :] | ~real[:, :, None])

# %% 6c.4 wrong: a place does not see itself, padding apart -> "a place sees nothing"
def pad_left(prompts, pad):
    T = max(map(len, prompts))
    ids = np.array([[pad] * (T - len(p)) + list(p) for p in prompts])
    real = np.arange(T) >= np.array([[T - len(p)] for p in prompts])
    return ids, np.tri(T, k=-1, dtype=bool) & real[:, None, :] | (np.eye(T, dtype=bool) & ~real[:, :, None])

# %% 6c.5 right: climbs as long as it pays
def how_far(alpha, c, most):
    def climb(k, tokens, gain):
        more = (tokens + alpha ** (k + 1)) / (1 + (k + 1) * c)
        return climb(k + 1, tokens + alpha ** (k + 1), more) if k < most and more > gain else (k, gain)

    return climb(0, 1.0, 1.0)

# %% 6c.5 right: fractions
def how_far(alpha, c, most):
    alpha, c = Fraction(alpha), Fraction(c)
    gains = [sum(alpha**i for i in range(k + 1)) / (1 + k * c) for k in range(most + 1)]
    return np.argmax(gains), float(max(gains))

# %% 6c.5 wrong: only the guesses cost, the pass is forgotten -> "k"
def how_far(alpha, c, most):
    gains = [sum(alpha**i for i in range(k + 1)) / max(k * c, 1) for k in range(most + 1)]
    return int(np.argmax(gains)), max(gains)

# %% 6c.5 wrong: the order swapped -> "k"
def how_far(alpha, c, most):
    gains = [sum(alpha**i for i in range(k + 1)) / (1 + k * c) for k in range(most + 1)]
    return max(gains), int(np.argmax(gains))

# %% 6c.6 right: a grid in NumPy
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    bits, batch = np.meshgrid(sorted(bit_choices), sorted(batches), indexing="ij")
    size = N * bits / 8 + batch * cache
    seconds = np.maximum(size / bandwidth, 2 * N * batch / flops)
    price = np.where((size <= memory) & (seconds <= limit), per_hour / 3600 * seconds / batch * 1e6, np.inf)
    best = np.unravel_index(price.argmin(), price.shape)
    return [bits[best], batch[best], price[best]] if np.isfinite(price[best]) else None

# %% 6c.6 wrong: memory must not be filled to the last byte -> "bits and batch"
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    found = []
    for bits in bit_choices:
        for batch in batches:
            size = N * bits / 8 + batch * cache
            seconds = max(size / bandwidth, 2 * N * batch / flops)
            if size < memory and seconds <= limit:
                found.append((per_hour / 3600 * seconds / batch * 1e6, bits, batch))
    price, bits, batch = min(found, default=(None, None, None))
    return None if price is None else (bits, batch, price)

# %% 6c.6 wrong: the limit itself is too slow -> "bits and batch"
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    found = []
    for bits in bit_choices:
        for batch in batches:
            size = N * bits / 8 + batch * cache
            seconds = max(size / bandwidth, 2 * N * batch / flops)
            if size <= memory and seconds < limit:
                found.append((per_hour / 3600 * seconds / batch * 1e6, bits, batch))
    price, bits, batch = min(found, default=(None, None, None))
    return None if price is None else (bits, batch, price)

# %% 6c.6 wrong: minutes for seconds -> "price"
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    found = []
    for bits in bit_choices:
        for batch in batches:
            size = N * bits / 8 + batch * cache
            seconds = max(size / bandwidth, 2 * N * batch / flops)
            if size <= memory and seconds <= limit:
                found.append((per_hour / 60 * seconds / batch * 1e6, bits, batch))
    price, bits, batch = min(found, default=(None, None, None))
    return None if price is None else (bits, batch, price)


# %% 6c.2 wrong: the last of a stop string that stands there twice -> "'a, b, c'"
def release(text, stops):
    places = [text.rfind(s) for s in stops if s in text]
    if places:
        return text[: min(places)], "", True
    for n in range(len(text), 0, -1):
        if any(s.startswith(text[-n:]) for s in stops):
            return text[:-n], text[-n:], False
    return text, "", False


# %% 6c.6 wrong: of equal prices the larger batch -> "of equal prices the fewer bits come first"
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    good = []
    for bits in bit_choices:
        for batch in batches:
            size = N * bits / 8 + batch * cache
            seconds = max(size / bandwidth, 2 * N * batch / flops)
            if size <= memory and seconds <= limit:
                good.append((per_hour / 3600 * seconds / batch * 1e6, bits, -batch))
    return (lambda p, b, n: (b, -n, p))(*min(good)) if good else None


# %% 6c.6 wrong: of equal prices the first that was tried -> "of equal prices the fewer bits come first"
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    good = []
    for bits in bit_choices:
        for batch in batches:
            size = N * bits / 8 + batch * cache
            seconds = max(size / bandwidth, 2 * N * batch / flops)
            if size <= memory and seconds <= limit:
                good.append((per_hour / 3600 * seconds / batch * 1e6, bits, batch))
    return (lambda p, b, n: (b, n, p))(*min(good, key=lambda r: r[0])) if good else None


# %% 6c.6 wrong: the largest batch that is quick enough -> "of equal prices the fewer bits come first"
def cheapest(N, bit_choices, batches, cache, bandwidth, flops, memory, limit, per_hour):
    good = []
    for bits in bit_choices:
        for batch in batches:
            size = N * bits / 8 + batch * cache
            seconds = max(size / bandwidth, 2 * N * batch / flops)
            if size <= memory and seconds <= limit:
                good.append((-batch, bits, per_hour / 3600 * seconds / batch * 1e6))
    return (lambda n, b, p: (b, -n, p))(*min(good)) if good else None
