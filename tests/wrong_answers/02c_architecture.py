# %% 2c.1 right: recursion that remembers, as a list
def affected(chart, changed):
    touched = []

    def follow(stage):
        for start, end in chart:
            if start == stage and end not in touched:
                touched.append(end)
                follow(end)

    follow(changed)
    return touched

# %% 2c.1 right: grow until nothing is new
def affected(chart, changed):
    touched = {end for start, end in chart if start == changed}
    while True:
        more = touched | {end for start, end in chart if start in touched}
        if more == touched:
            return touched
        touched = more

# %% 2c.1 wrong: only direct followers -> "only its direct followers"
def affected(chart, changed):
    return {end for start, end in chart if start == changed}

# %% 2c.1 wrong: against the arrows, one step -> "a change in 'clean'"
def affected(chart, changed):
    return {start for start, end in chart if end == changed}

# %% 2c.1 wrong: the changed stage always counts -> "only through a loop"
def affected(chart, changed):
    touched, rest = {changed}, [changed]
    while rest:
        stage = rest.pop()
        new = {end for start, end in chart if start == stage} - touched
        touched |= new
        rest += new
    return touched

# %% 2c.1 wrong: never counts the changed stage, even in a loop -> "a change in 'loss'"
def affected(chart, changed):
    touched, rest = {changed}, [changed]
    while rest:
        stage = rest.pop()
        new = {end for start, end in chart if start == stage} - touched
        touched |= new
        rest += new
    return touched - {changed}

# %% 2c.1 wrong: everything upstream -> "a change in 'clean'"
def affected(chart, changed):
    touched, rest = set(), [changed]
    while rest:
        stage = rest.pop()
        new = {start for start, end in chart if end == stage} - touched
        touched |= new
        rest += new
    return touched | {"x"}

# %% 2c.1 wrong: runs round a loop for ever -> "your code raised RecursionError"
def affected(chart, changed):
    touched = set()
    for start, end in chart:
        if start == changed:
            touched |= {end} | affected(chart, end)
    return touched

# %% 2c.1 wrong: three steps only -> "a change in 'a'"
def affected(chart, changed):
    one = {end for start, end in chart if start == changed}
    two = {end for start, end in chart if start in one}
    return one | two | {end for start, end in chart if start in two}

# %% 2c.1 wrong: the number of stages -> "return a set of names, not int"
def affected(chart, changed):
    return sum(start == changed for start, end in chart)

# %% 2c.1 right: an array of names
def affected(chart, changed):
    touched, rest = {}, [changed]
    while rest:
        stage = rest.pop(0)
        for start, end in chart:
            if start == stage and end not in touched:
                touched[end] = True
                rest.append(end)
    return np.array(list(touched))

# %% 2c.2 right: column by column, as lists
def standardise(train, other):
    columns = []
    for a, b in zip(train.T, other.T):
        middle = np.median(a[~np.isnan(a)])
        a, b = a.copy(), b.copy()
        a[np.isnan(a)] = middle
        b[np.isnan(b)] = middle
        spread = a.std() or 1.0
        columns.append(((a - a.mean()) / spread, (b - a.mean()) / spread))
    return [np.stack(part, axis=1).tolist() for part in zip(*columns)]

# %% 2c.2 right: through pandas
def standardise(train, other):
    train, other = pd.DataFrame(train), pd.DataFrame(other)
    middle = train.median()
    train, other = train.fillna(middle), other.fillna(middle)
    spread = train.std(ddof=0).replace(0, 1)
    return ((train - train.mean()) / spread).to_numpy(), ((other - train.mean()) / spread).to_numpy()

# %% 2c.2 wrong: the other table by its own mean and spread -> "its own mean and spread"
def standardise(train, other):
    median = np.nanmedian(train, axis=0)
    tables = []
    for table in (train, other):
        table = np.where(np.isnan(table), median, table)
        std = table.std(axis=0)
        tables.append((table - table.mean(axis=0)) / np.where(std == 0, 1, std))
    return tables

# %% 2c.2 wrong: fitted on both tables together -> "train: "
def standardise(train, other):
    both = np.vstack([train, other])
    median = np.nanmedian(both, axis=0)
    both = np.where(np.isnan(both), median, both)
    std = both.std(axis=0)
    both = (both - both.mean(axis=0)) / np.where(std == 0, 1, std)
    return both[: len(train)], both[len(train) :]

# %% 2c.2 wrong: mean instead of median, filled after normalising -> "train: "
def standardise(train, other):
    mean, std = np.nanmean(train, axis=0), np.nanstd(train, axis=0)
    std = np.where(std == 0, 1, std)
    return np.nan_to_num((train - mean) / std), np.nan_to_num((other - mean) / std)

# %% 2c.2 wrong: the other table's gaps become 0 at the end -> "filled with 0 after normalising"
def standardise(train, other):
    median = np.nanmedian(train, axis=0)
    train = np.where(np.isnan(train), median, train)
    mean, std = train.mean(axis=0), train.std(axis=0)
    std = np.where(std == 0, 1, std)
    return (train - mean) / std, np.nan_to_num((other - mean) / std)

# %% 2c.2 wrong: a constant column gives nan -> "the answer holds nan"
def standardise(train, other):
    median = np.nanmedian(train, axis=0)
    train, other = (np.where(np.isnan(table), median, table) for table in (train, other))
    with np.errstate(invalid="ignore"):
        return (train - train.mean(axis=0)) / train.std(axis=0), (other - train.mean(axis=0)) / train.std(axis=0)

# %% 2c.2 wrong: rows instead of columns -> "train: "
def standardise(train, other):
    median = np.nanmedian(train, axis=0)
    train, other = (np.where(np.isnan(table), median, table) for table in (train, other))
    return tuple((t - t.mean(axis=1, keepdims=True)) / t.std(axis=1, keepdims=True) for t in (train, other))

# %% 2c.2 wrong: one mean for the whole table -> "train: "
def standardise(train, other):
    median = np.nanmedian(train, axis=0)
    train, other = (np.where(np.isnan(table), median, table) for table in (train, other))
    return (train - train.mean()) / train.std(), (other - train.mean()) / train.std()

# %% 2c.2 wrong: the sample standard deviation -> "with n - 1"
def standardise(train, other):
    median = np.nanmedian(train, axis=0)
    train, other = (np.where(np.isnan(table), median, table) for table in (train, other))
    std = train.std(axis=0, ddof=1)
    std = np.where(std == 0, 1, std)
    return (train - train.mean(axis=0)) / std, (other - train.mean(axis=0)) / std

# %% 2c.2 wrong: changes the tables that came in -> "changes its input"
def standardise(train, other):
    median = np.nanmedian(train, axis=0)
    for table in (train, other):
        table[:] = np.where(np.isnan(table), median, table)
    std = np.where(train.std(axis=0) == 0, 1, train.std(axis=0))
    return (train - train.mean(axis=0)) / std, (other - train.mean(axis=0)) / std

# %% 2c.2 wrong: returns one table -> "return two tables"
def standardise(train, other):
    return np.nan_to_num(train)

# %% 2c.3 right: byte by byte
def decode(ids, vocabulary):
    raw = bytearray()
    for n in ids:
        raw.extend(vocabulary[n])
    return str(bytes(raw), "utf-8", "replace")

# %% 2c.3 wrong: each token for itself -> "链 as three single bytes"
def decode(ids, vocabulary):
    return "".join(vocabulary[n].decode("utf-8", errors="replace") for n in ids)

# %% 2c.3 wrong: drops what makes no character -> "stops inside 链"
def decode(ids, vocabulary):
    return b"".join(vocabulary[n] for n in ids).decode("utf-8", errors="ignore")

# %% 2c.3 wrong: fails at a broken character -> "your code raised UnicodeDecodeError"
def decode(ids, vocabulary):
    return b"".join(vocabulary[n] for n in ids).decode("utf-8")

# %% 2c.3 wrong: blanks between tokens -> "three tokens"
def decode(ids, vocabulary):
    return b" ".join(vocabulary[n] for n in ids).decode("utf-8", errors="replace")

# %% 2c.3 wrong: the other code page -> "链 as three single bytes"
def decode(ids, vocabulary):
    return b"".join(vocabulary[n] for n in ids).decode("latin-1")

# %% 2c.3 wrong: strips the first blank -> "three tokens"
def decode(ids, vocabulary):
    return b"".join(vocabulary[n] for n in ids).decode("utf-8", errors="replace").strip()

# %% 2c.3 wrong: returns bytes -> "three tokens"
def decode(ids, vocabulary):
    return b"".join(vocabulary[n] for n in ids)

# %% 2c.4 right: triu and tril, keys scaled
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    allowed = torch.ones(T, T, dtype=torch.bool).tril().triu(1 - window)
    match = (q @ (k / c**0.5).transpose(-2, -1)).masked_fill(~allowed, float("-inf"))
    return torch.softmax(match, -1) @ v

# %% 2c.4 right: weights set to zero and shared anew, as nested lists
def window_attention(q, k, v, window):
    T = q.shape[-2]
    gap = torch.arange(T).unsqueeze(1) - torch.arange(T).unsqueeze(0)
    share = torch.exp(torch.einsum("...tc,...sc->...ts", q, k) / q.shape[-1] ** 0.5) * ((gap >= 0) & (gap < window))
    return (share / share.sum(-1, keepdim=True) @ v).tolist()

# %% 2c.4 wrong: one position too many -> "one position too many"
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    gap = torch.arange(T)[:, None] - torch.arange(T)
    match = (q @ k.transpose(-2, -1) / c**0.5).masked_fill((gap < 0) | (gap > window), -torch.inf)
    return match.softmax(-1) @ v

# %% 2c.4 wrong: no window at all -> "however far"
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    match = (q @ k.transpose(-2, -1) / c**0.5).masked_fill(torch.ones(T, T, dtype=torch.bool).triu(1), -torch.inf)
    return match.softmax(-1) @ v

# %% 2c.4 wrong: looks ahead -> "looks ahead"
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    gap = torch.arange(T)[:, None] - torch.arange(T)
    match = (q @ k.transpose(-2, -1) / c**0.5).masked_fill(gap.abs() >= window, -torch.inf)
    return match.softmax(-1) @ v

# %% 2c.4 wrong: no scale -> "not scaled"
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    gap = torch.arange(T)[:, None] - torch.arange(T)
    return (q @ k.transpose(-2, -1)).masked_fill((gap < 0) | (gap >= window), -torch.inf).softmax(-1) @ v

# %% 2c.4 wrong: mask after the softmax -> "shape (6, 4), window 3"
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    gap = torch.arange(T)[:, None] - torch.arange(T)
    return (q @ k.transpose(-2, -1) / c**0.5).softmax(-1).masked_fill((gap < 0) | (gap >= window), 0) @ v

# %% 2c.4 wrong: softmax over the questions -> "shape (6, 4), window 3"
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    gap = torch.arange(T)[:, None] - torch.arange(T)
    match = (q @ k.transpose(-2, -1) / c**0.5).masked_fill((gap < 0) | (gap >= window), -torch.inf)
    return match.softmax(-2) @ v

# %% 2c.4 wrong: masked with zero instead of minus infinity -> "shape (6, 4), window 3"
def window_attention(q, k, v, window):
    T, c = q.shape[-2:]
    gap = torch.arange(T)[:, None] - torch.arange(T)
    return (q @ k.transpose(-2, -1) / c**0.5).masked_fill((gap < 0) | (gap >= window), 0).softmax(-1) @ v

# %% 2c.4 wrong: one head only -> "your code raised"
def window_attention(q, k, v, window):
    T, c = q.shape
    gap = torch.arange(T)[:, None] - torch.arange(T)
    return (q @ k.T / c**0.5).masked_fill((gap < 0) | (gap >= window), -torch.inf).softmax(-1) @ v

# %% 2c.5 right: from the largest down, as a list
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    for n in reversed(range(1, most + 1)):
        busy = fixed + each * n
        if busy * rate <= n and busy + (n - 1) / rate <= limit:
            return [n, 1000 / n * busy / 3600 * price_per_hour]

# %% 2c.5 right: every batch with its price, the cheapest wins
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    offers = []
    for n in range(1, most + 1):
        busy = fixed + each * n
        if (n - 1) / rate + busy <= limit and busy <= n / rate:
            offers.append((busy / n / 3.6 * price_per_hour, n))
    return (min(offers)[1], min(offers)[0]) if offers else None

# %% 2c.5 wrong: forgets the waiting for the others -> "expected 15, got 90"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    good = [n for n in range(1, most + 1) if fixed + each * n <= limit and fixed + each * n <= n / rate]
    return (max(good), (fixed + each * max(good)) / max(good) * 1000 * price_per_hour / 3600) if good else None

# %% 2c.5 wrong: forgets to keep up -> "no batch will do"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    good = [n for n in range(1, most + 1) if (n - 1) / rate + fixed + each * n <= limit]
    return (max(good), (fixed + each * max(good)) / max(good) * 1000 * price_per_hour / 3600) if good else None

# %% 2c.5 wrong: waits for n instead of n - 1 letters -> "got None, but a batch of 1"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    good = [n for n in range(1, most + 1) if n / rate + fixed + each * n <= limit and fixed + each * n <= n / rate]
    return (max(good), (fixed + each * max(good)) / max(good) * 1000 * price_per_hour / 3600) if good else None

# %% 2c.5 wrong: the smallest batch -> "expected 15, got 3"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    for n in range(1, most + 1):
        busy = fixed + each * n
        if busy <= n / rate and busy + (n - 1) / rate <= limit:
            return n, busy / n * 1000 * price_per_hour / 3600

# %% 2c.5 wrong: the price of 1,000 batches -> "price of 1,000 batches"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    good = [n for n in range(1, most + 1) if (n - 1) / rate + fixed + each * n <= limit and fixed + each * n <= n / rate]
    return (max(good), (fixed + each * max(good)) * 1000 * price_per_hour / 3600) if good else None

# %% 2c.5 wrong: an hour taken for a second -> "not for a second"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    good = [n for n in range(1, most + 1) if (n - 1) / rate + fixed + each * n <= limit and fixed + each * n <= n / rate]
    return (max(good), (fixed + each * max(good)) / max(good) * 1000 * price_per_hour) if good else None

# %% 2c.5 wrong: one letter -> "the price of one letter"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    good = [n for n in range(1, most + 1) if (n - 1) / rate + fixed + each * n <= limit and fixed + each * n <= n / rate]
    return (max(good), (fixed + each * max(good)) / max(good) * price_per_hour / 3600) if good else None

# %% 2c.5 wrong: ignores the largest batch allowed -> "expected 64"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    good = [n for n in range(1, 2000) if (n - 1) / rate + fixed + each * n <= limit and fixed + each * n <= n / rate]
    return (max(good), (fixed + each * max(good)) / max(good) * 1000 * price_per_hour / 3600) if good else None

# %% 2c.5 wrong: only n -> "return two values"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    good = [n for n in range(1, most + 1) if (n - 1) / rate + fixed + each * n <= limit and fixed + each * n <= n / rate]
    return max(good) if good else None

# %% 2c.5 right: all batches at once, as an array
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    n = np.arange(1, most + 1)
    busy = fixed + each * n
    good = np.flatnonzero(((n - 1) / rate + busy <= limit) & (busy <= n / rate))
    if len(good):
        return np.array([n[good[-1]], busy[good[-1]] / n[good[-1]] / 3.6 * price_per_hour])

# %% 2c.5 wrong: in time only if there is time to spare -> "got None, but a batch of 2"
def best_batch(rate, fixed, each, limit, price_per_hour, most=256):
    good = [n for n in range(1, most + 1) if (n - 1) / rate + fixed + each * n < limit and fixed + each * n < n / rate]
    return (max(good), (fixed + each * max(good)) / max(good) * 1000 * price_per_hour / 3600) if good else None


# %% 2c.1 wrong: nothing at all -> "a change in 'clean'"
def affected(chart, changed):
    return set()


# %% 2c.2 wrong: a constant column of the other table is divided by nothing -> "other: "
def standardise(train, other):
    median = np.nanmedian(train, axis=0)
    train, other = (np.where(np.isnan(table), median, table) for table in (train, other))
    mean, std = train.mean(axis=0), train.std(axis=0)
    with np.errstate(all="ignore"):
        return np.nan_to_num((train - mean) / std), np.nan_to_num((other - mean) / std)


# %% 2c.2 wrong: a little is added to the spread -> "other: "
def standardise(train, other):
    median = np.nanmedian(train, axis=0)
    train, other = (np.where(np.isnan(table), median, table) for table in (train, other))
    mean, std = train.mean(axis=0), train.std(axis=0) + 1e-12
    return (train - mean) / std, (other - mean) / std


# %% 2c.3 right: by index, an array of numbers
def decode(ids, vocabulary):
    ids = np.array(ids, dtype=int)
    text = b""
    for n in range(len(ids)):
        text += vocabulary[ids[n]]
    return text.decode("utf-8", "replace")


# %% 2c.3 wrong: forgets what is left at the end -> "ends inside"
def decode(ids, vocabulary):
    import codecs

    stream = codecs.getincrementaldecoder("utf-8")("replace")
    return "".join(stream.decode(vocabulary[n]) for n in ids)


# %% 2c.4 wrong: changes the questions on the way -> "changes its input q"
def window_attention(q, k, v, window):
    q /= q.norm(dim=-1, keepdim=True)
    back = torch.arange(q.shape[-2])[:, None] - torch.arange(q.shape[-2])
    match = (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).masked_fill((back < 0) | (back >= window), -torch.inf)
    return match.softmax(dim=-1) @ v
