# %% 2d.1 right: triu and tril, keys scaled
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    allowed = torch.ones(T, T, dtype=torch.bool).tril().triu(1 - window)
    match = (q @ (k / c**0.5).transpose(-2, -1)).masked_fill(~allowed, float("-inf"))
    return torch.softmax(match, -1) @ v


# %% 2d.1 right: weights set to zero and shared anew, as nested lists
def window_attention(q, k, v, window):
    T = q.shape[-2]
    gap = torch.arange(T).unsqueeze(1) - torch.arange(T).unsqueeze(0)
    share = torch.exp(torch.einsum("...tc,...sc->...ts", q, k) / q.shape[-1] ** 0.5) * ((gap >= 0) & (gap < window))
    return (share / share.sum(-1, keepdim=True) @ v).tolist()


# %% 2d.1 wrong: one position too many -> "one position too many"
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    gap = torch.arange(T)[:, None] - torch.arange(T)
    match = (q @ k.transpose(-2, -1) / c**0.5).masked_fill((gap < 0) | (gap > window), -torch.inf)
    return match.softmax(-1) @ v


# %% 2d.1 wrong: no window at all -> "however far"
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    match = (q @ k.transpose(-2, -1) / c**0.5).masked_fill(torch.ones(T, T, dtype=torch.bool).triu(1), -torch.inf)
    return match.softmax(-1) @ v


# %% 2d.1 wrong: looks ahead -> "looks ahead"
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    gap = torch.arange(T)[:, None] - torch.arange(T)
    match = (q @ k.transpose(-2, -1) / c**0.5).masked_fill(gap.abs() >= window, -torch.inf)
    return match.softmax(-1) @ v


# %% 2d.1 wrong: no scale -> "not scaled"
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    gap = torch.arange(T)[:, None] - torch.arange(T)
    return (q @ k.transpose(-2, -1)).masked_fill((gap < 0) | (gap >= window), -torch.inf).softmax(-1) @ v


# %% 2d.1 wrong: mask after the softmax -> "shape (6, 4), window 3"
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    gap = torch.arange(T)[:, None] - torch.arange(T)
    return (q @ k.transpose(-2, -1) / c**0.5).softmax(-1).masked_fill((gap < 0) | (gap >= window), 0) @ v


# %% 2d.1 wrong: softmax over the questions -> "shape (6, 4), window 3"
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    gap = torch.arange(T)[:, None] - torch.arange(T)
    match = (q @ k.transpose(-2, -1) / c**0.5).masked_fill((gap < 0) | (gap >= window), -torch.inf)
    return match.softmax(-2) @ v


# %% 2d.1 wrong: masked with zero instead of minus infinity -> "shape (6, 4), window 3"
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    gap = torch.arange(T)[:, None] - torch.arange(T)
    return (q @ k.transpose(-2, -1) / c**0.5).masked_fill((gap < 0) | (gap >= window), 0).softmax(-1) @ v


# %% 2d.1 wrong: one head only -> "your code raised"
def window_attention(q, k, v, window):
    T, c = q.shape
    gap = torch.arange(T)[:, None] - torch.arange(T)
    return (q @ k.T / c**0.5).masked_fill((gap < 0) | (gap >= window), -torch.inf).softmax(-1) @ v


# %% 2d.3 right: from the largest down, as a list
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    for n in reversed(range(1, most + 1)):
        busy = fixed + each * n
        if busy * rate <= n and busy + (n - 1) / rate <= limit:
            return [n, 1000 / n * busy / 3600 * price_per_hour]


# %% 2d.3 right: every batch with its price, the cheapest wins
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    offers = []
    for n in range(1, most + 1):
        busy = fixed + each * n
        if (n - 1) / rate + busy <= limit and busy <= n / rate:
            offers.append((busy / n / 3.6 * price_per_hour, n))
    return (min(offers)[1], min(offers)[0]) if offers else None


# %% 2d.3 wrong: forgets the waiting for the others -> "expected 15, got 90"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    good = [n for n in range(1, most + 1) if fixed + each * n <= limit and fixed + each * n <= n / rate]
    return (max(good), (fixed + each * max(good)) / max(good) * 1000 * price_per_hour / 3600) if good else None


# %% 2d.3 wrong: forgets to keep up -> "no batch will do"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    good = [n for n in range(1, most + 1) if (n - 1) / rate + fixed + each * n <= limit]
    return (max(good), (fixed + each * max(good)) / max(good) * 1000 * price_per_hour / 3600) if good else None


# %% 2d.3 wrong: waits for n instead of n - 1 letters -> "a batch of 1 is in time"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    good = [n for n in range(1, most + 1) if n / rate + fixed + each * n <= limit and fixed + each * n <= n / rate]
    return (max(good), (fixed + each * max(good)) / max(good) * 1000 * price_per_hour / 3600) if good else None


# %% 2d.3 wrong: the smallest batch -> "expected 15, got 3"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    for n in range(1, most + 1):
        busy = fixed + each * n
        if busy <= n / rate and busy + (n - 1) / rate <= limit:
            return n, busy / n * 1000 * price_per_hour / 3600


# %% 2d.3 wrong: the price of 1,000 batches -> "price of 1,000 batches"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    good = [n for n in range(1, most + 1) if (n - 1) / rate + fixed + each * n <= limit and fixed + each * n <= n / rate]
    return (max(good), (fixed + each * max(good)) * 1000 * price_per_hour / 3600) if good else None


# %% 2d.3 wrong: an hour taken for a second -> "not for a second"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    good = [n for n in range(1, most + 1) if (n - 1) / rate + fixed + each * n <= limit and fixed + each * n <= n / rate]
    return (max(good), (fixed + each * max(good)) / max(good) * 1000 * price_per_hour) if good else None


# %% 2d.3 wrong: one letter -> "the price of one letter"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    good = [n for n in range(1, most + 1) if (n - 1) / rate + fixed + each * n <= limit and fixed + each * n <= n / rate]
    return (max(good), (fixed + each * max(good)) / max(good) * price_per_hour / 3600) if good else None


# %% 2d.3 wrong: ignores the largest batch allowed -> "expected 64"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    good = [n for n in range(1, 2000) if (n - 1) / rate + fixed + each * n <= limit and fixed + each * n <= n / rate]
    return (max(good), (fixed + each * max(good)) / max(good) * 1000 * price_per_hour / 3600) if good else None


# %% 2d.3 wrong: only n -> "return two values"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    good = [n for n in range(1, most + 1) if (n - 1) / rate + fixed + each * n <= limit and fixed + each * n <= n / rate]
    return max(good) if good else None


# %% 2d.3 right: all batches at once, as an array
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    n = np.arange(1, most + 1)
    busy = fixed + each * n
    good = np.flatnonzero(((n - 1) / rate + busy <= limit) & (busy <= n / rate))
    if len(good):
        return np.array([n[good[-1]], busy[good[-1]] / n[good[-1]] / 3.6 * price_per_hour])


# %% 2d.3 wrong: in time only if there is time to spare -> "a batch of 2 is in time"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    good = [n for n in range(1, most + 1) if (n - 1) / rate + fixed + each * n < limit and fixed + each * n < n / rate]
    return (max(good), (fixed + each * max(good)) / max(good) * 1000 * price_per_hour / 3600) if good else None


# %% 2d.1 wrong: changes the questions on the way -> "changes its input q"
def window_attention(q, k, v, window):
    q /= q.norm(dim=-1, keepdim=True)
    back = torch.arange(q.shape[-2])[:, None] - torch.arange(q.shape[-2])
    match = (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).masked_fill((back < 0) | (back >= window), -torch.inf)
    return match.softmax(dim=-1) @ v


# %% 2d.2 right: one list that grows, cut at the end
def write_on(scores, ids, end, most):
    text = list(ids)
    for _ in range(most):
        values = list(scores(text))
        text.append(values.index(max(values)))
        if text[-1] == end:
            return text[len(ids) : -1]
    return text[len(ids) :]


# %% 2d.2 right: recursion, with torch, as a tensor
def write_on(scores, ids, end, most):
    if most == 0:
        return torch.tensor([], dtype=torch.long)
    token = torch.as_tensor(scores(ids)).argmax()
    if token == end:
        return torch.tensor([], dtype=torch.long)
    rest = write_on(scores, [*ids, int(token)], end, most - 1)
    return torch.cat([token[None], rest])


# %% 2d.2 right: a while loop, as a tuple of NumPy numbers
def write_on(scores, ids, end, most):
    new = ()
    while len(new) < most and (token := np.argmax(scores(list(ids) + [int(n) for n in new]))) != end:
        new = (*new, token)
    return new


# %% 2d.2 wrong: the network sees the newest token only -> "after [5]"
def write_on(scores, ids, end, most):
    written, newest = [], ids
    while len(written) < most:
        token = int(np.argmax(scores(newest)))
        if token == end:
            break
        written.append(token)
        newest = [token]
    return written


# %% 2d.2 wrong: the network sees the letter only -> "after [5]"
def write_on(scores, ids, end, most):
    written = []
    while len(written) < most:
        token = int(np.argmax(scores(ids)))
        if token == end:
            break
        written.append(token)
    return written


# %% 2d.2 wrong: the network sees only what is new -> "after [5]"
def write_on(scores, ids, end, most):
    written = []
    while len(written) < most:
        token = int(np.argmax(scores(written or ids)))
        if token == end:
            break
        written.append(token)
    return written


# %% 2d.2 wrong: keeps the end -> "a sign to stop"
def write_on(scores, ids, end, most):
    written = []
    while len(written) < most and end not in written:
        written.append(int(np.argmax(scores([*ids, *written]))))
    return written


# %% 2d.2 wrong: gives back the letter as well -> "that were there before"
def write_on(scores, ids, end, most):
    text = list(ids)
    for _ in range(most):
        token = int(np.argmax(scores(text)))
        if token == end:
            break
        text.append(token)
    return text


# %% 2d.2 wrong: one token too many -> "that writes 3 tokens"
def write_on(scores, ids, end, most):
    written = []
    while len(written) <= most:
        token = int(np.argmax(scores([*ids, *written])))
        if token == end:
            break
        written.append(token)
    return written


# %% 2d.2 wrong: no limit -> "that writes 3 tokens"
def write_on(scores, ids, end, most):
    written = []
    while (token := int(np.argmax(scores([*ids, *written])))) != end and len(written) < 50:
        written.append(token)
    return written


# %% 2d.2 wrong: the whole text counts against the limit -> "after [5]"
def write_on(scores, ids, end, most):
    written = []
    while len(ids) + len(written) < most:
        token = int(np.argmax(scores([*ids, *written])))
        if token == end:
            break
        written.append(token)
    return written


# %% 2d.2 wrong: never stops at the end -> "after [5]"
def write_on(scores, ids, end, most):
    written = []
    for _ in range(most):
        written.append(int(np.argmax(scores([*ids, *written]))))
    return written


# %% 2d.2 wrong: stops when a token comes twice -> "after [5]"
def write_on(scores, ids, end, most):
    written = []
    while len(written) < most:
        token = int(np.argmax(scores([*ids, *written])))
        if token == end or token in written:
            break
        written.append(token)
    return written


# %% 2d.2 wrong: the lowest score -> "after [5]"
def write_on(scores, ids, end, most):
    written = []
    while len(written) < most:
        token = int(np.argmin(scores([*ids, *written])))
        if token == end:
            break
        written.append(token)
    return written


# %% 2d.2 wrong: changes the letter that came in -> "changes its input ids"
def write_on(scores, ids, end, most):
    start = len(ids)
    while len(ids) - start < most:
        token = int(np.argmax(scores(ids)))
        if token == end:
            break
        ids.append(token)
    return ids[start:]


# %% 2d.2 wrong: an end in the letter stops it too -> "after [1, 2], end 2"
def write_on(scores, ids, end, most):
    text = list(ids)
    while end not in text and len(text) < len(ids) + most:
        text.append(int(np.argmax(scores(text))))
    return [token for token in text[len(ids) :] if token != end]


# %% 2d.2 wrong: the end is always token 0 -> "after [1, 2], end 2"
def write_on(scores, ids, end, most):
    written = []
    while len(written) < most and (token := int(np.argmax(scores([*ids, *written])))):
        written.append(token)
    return written


# %% 2d.2 wrong: cuts the letter at an end too -> "after [1, 2], end 2"
def write_on(scores, ids, end, most):
    text = list(ids)
    for _ in range(most):
        text.append(int(scores(text).argmax()))
    return text[len(ids) : text.index(end)] if end in text else text[len(ids) :]


# %% 2d.2 right: the sign to stop is iter's
def write_on(scores, ids, end, most):
    import itertools

    text = list(ids)
    for token in itertools.islice(iter(lambda: int(scores(text).argmax()), end), most):
        text.append(token)
    return text[len(ids) :]


# %% 2d.1 right: exponentials times a mask, then divided
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    ok = torch.ones(T, T, dtype=q.dtype).tril().triu(1 - window)
    e = (q @ k.transpose(-2, -1) / c**0.5).exp() * ok
    return (e / e.sum(dim=-1, keepdim=True)) @ v


# %% 2d.1 wrong: masks the shares, not the scores -> "no longer sum to 1"
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    i = torch.arange(T)
    back = i[:, None] - i
    return (q @ k.mT / c**0.5).softmax(-1).masked_fill((back < 0) | (back >= window), 0.0) @ v


# %% 2d.1 wrong: masks with a score of 0 -> "a score of 0 is no mask"
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    i = torch.arange(T)
    back = i[:, None] - i
    return (q @ k.mT / c**0.5).masked_fill((back < 0) | (back >= window), 0.0).softmax(-1) @ v


# %% 2d.2 wrong: goes on after the end -> "expected [3, 3, 1]"
def write_on(scores, ids, end, most):
    text, new = list(ids), []
    for _ in range(most):
        n = int(np.argmax(scores(text)))
        text.append(n)
        if n != end:
            new.append(n)
    return new


# %% 2d.2 wrong: always asks once -> "most 0"
def write_on(scores, ids, end, most):
    new = [int(np.argmax(scores(list(ids))))]
    while new[-1] != end and len(new) < most:
        new.append(int(np.argmax(scores(list(ids) + new))))
    return new[:-1] if new[-1] == end else new


# %% 2d.3 wrong: stops at the first batch that will not do -> "got None, but some batch"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    n = 0
    while n < most and n / rate + fixed + each * (n + 1) <= limit and fixed + each * (n + 1) <= (n + 1) / rate:
        n += 1
    return (n, (fixed / n + each) / 3.6 * price_per_hour) if n else None


# %% 2d.2 right: a generator of tokens
def write_on(scores, ids, end, most):
    text = list(ids)
    for _ in range(most):
        n = int(np.argmax(scores(text)))
        if n == end:
            return
        text.append(n)
        yield n
