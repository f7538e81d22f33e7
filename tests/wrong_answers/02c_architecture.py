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


# %% 2c.4 right: a loop that remembers the best, as a list
def cheapest(offers, mail):
    best = None
    for name in offers:
        price, rates = offers[name]
        tokens = 0.0
        for language in mail:
            tokens += mail[language] / rates[language]
        if best is None or price * tokens < best[1]:
            best = [name, price * tokens]
    return best


# %% 2c.4 right: bytes and tokens written out, as an array
def cheapest(offers, mail):
    def euros(name):
        price, rates = offers[name]
        return sum(1e6 * size / rates[language] / 1e6 * price for language, size in mail.items())

    name = sorted(offers, key=euros)[0]
    return np.array([name, euros(name)], dtype=object)


# %% 2c.4 wrong: times instead of divided by -> "fewer tokens"
def cheapest(offers, mail):
    bills = {n: p * sum(mail[x] * r[x] for x in mail) for n, (p, r) in offers.items()}
    name = "west" if "west" in offers else "only"
    return name, bills[name]


# %% 2c.4 wrong: times instead of divided by, and the cheapest of those -> "for {'English': 8.0}"
def cheapest(offers, mail):
    bills = {n: p * sum(mail[x] * r[x] for x in mail) for n, (p, r) in offers.items()}
    name = min(bills, key=bills.get)
    return name, bills[name]


# %% 2c.4 wrong: one average for all languages -> "one average of the bytes per token"
def cheapest(offers, mail):
    bills = {
        n: p * sum(mail.values()) * len(mail) / sum(r[x] for x in mail) for n, (p, r) in offers.items()
    }
    name = min(bills, key=bills.get)
    return name, bills[name]


# %% 2c.4 wrong: an average over languages that are not used too -> "for {'English': 8.0}"
def cheapest(offers, mail):
    bills = {n: p * sum(mail.values()) * len(r) / sum(r.values()) for n, (p, r) in offers.items()}
    name = min(bills, key=bills.get)
    return name, bills[name]


# %% 2c.4 wrong: the lowest price per token -> "for {'English': 8.0}"
def cheapest(offers, mail):
    name = min(offers, key=lambda n: offers[n][0])
    return name, offers[name][0] * sum(size / offers[name][1][x] for x, size in mail.items())


# %% 2c.4 wrong: the right firm, billed by the byte -> "as if each were a token"
def cheapest(offers, mail):
    name = min(offers, key=lambda n: offers[n][0] * sum(size / offers[n][1][x] for x, size in mail.items()))
    return name, offers[name][0] * sum(mail.values())


# %% 2c.4 wrong: tokens without their price -> "forgets the price"
def cheapest(offers, mail):
    tokens = {n: sum(size / r[x] for x, size in mail.items()) for n, (p, r) in offers.items()}
    name = min(offers, key=lambda n: offers[n][0] * tokens[n])
    return name, tokens[name]


# %% 2c.4 wrong: the fewest tokens, whatever they cost -> "for {'English': 8.0}"
def cheapest(offers, mail):
    tokens = {n: sum(size / r[x] for x, size in mail.items()) for n, (p, r) in offers.items()}
    name = min(tokens, key=tokens.get)
    return name, offers[name][0] * tokens[name]


# %% 2c.4 wrong: only the name -> "the name and the euros"
def cheapest(offers, mail):
    return min(offers, key=lambda n: offers[n][0] * sum(size / offers[n][1][x] for x, size in mail.items()))


# %% 2c.4 wrong: euros for a token, not for a million -> "euros for"
def cheapest(offers, mail):
    bills = {n: p * sum(1e6 * s / r[x] for x, s in mail.items()) for n, (p, r) in offers.items()}
    name = min(bills, key=bills.get)
    return name, bills[name]


# %% 2c.2 right: no copy of what needs none, and lists that come in
def standardise(train, other):
    train, other = np.array(train, dtype=float), np.array(other, dtype=float)
    gaps = np.nanmedian(train, 0)
    for table in (train, other):
        rows, columns = np.where(np.isnan(table))
        table[rows, columns] = gaps[columns]
    spread = np.sqrt(((train - train.mean(0)) ** 2).mean(0))
    spread[spread == 0] = 1
    return (train - train.mean(0)) / spread, (other - train.mean(0)) / spread


# %% 2c.1 right: a generator of names
def affected(chart, changed):
    touched = set()
    while (more := touched | {end for start, end in chart if start in {changed, *touched}}) != touched:
        touched = more
    return (name for name in sorted(touched))


# %% 2c.2 wrong: the gaps of the other table filled with its own medians -> "its own medians"
def standardise(train, other):
    train, other = (np.where(np.isnan(t), np.nanmedian(t, axis=0), t) for t in (train, other))
    mean, std = train.mean(axis=0), train.std(axis=0)
    std = np.where(std == 0, 1, std)
    return (train - mean) / std, (other - mean) / std


# %% 2c.2 wrong: of two middle values the lower one -> "train: "
def standardise(train, other):
    train, other = torch.tensor(train), torch.tensor(other)
    median = train.nanmedian(dim=0).values
    train, other = (torch.where(t.isnan(), median, t) for t in (train, other))
    mean, std = train.mean(dim=0), train.std(dim=0, correction=0)
    std = torch.where(std == 0, 1.0, std)
    return (train - mean) / std, (other - mean) / std


# %% 2c.3 wrong: cuts blanks off the end -> "blanks and a line end"
def decode(ids, vocabulary):
    return b"".join(vocabulary[n] for n in ids).decode("utf-8", errors="replace").rstrip()


# %% 2c.3 wrong: each run of blanks becomes one -> "blanks and a line end"
def decode(ids, vocabulary):
    text = b"".join(vocabulary[n] for n in ids).decode("utf-8", errors="replace")
    return re.sub(" +", " ", text)


# %% 2c.1 right: a matrix of who reaches whom
def affected(chart, changed):
    names = sorted({n for arrow in chart for n in arrow} | {changed})
    A = np.zeros((len(names), len(names)), dtype=bool)
    for a, b in chart:
        A[names.index(a), names.index(b)] = True
    reach = A.copy()
    for _ in names:
        reach = reach | (reach.astype(int) @ A.astype(int) > 0)
    return {names[i] for i in np.flatnonzero(reach[names.index(changed)])}


# %% 2c.2 wrong: never divides by less than 1 -> "only 0 is replaced"
def standardise(train, other):
    med = np.nanmedian(train, axis=0)
    a, b = np.where(np.isnan(train), med, train), np.where(np.isnan(other), med, other)
    m, s = a.mean(axis=0), np.maximum(a.std(axis=0), 1)
    return (a - m) / s, (b - m) / s


# %% 2c.2 wrong: the standard deviation before the filling -> "that of the filled column"
def standardise(train, other):
    med = np.nanmedian(train, axis=0)
    a, b = np.where(np.isnan(train), med, train), np.where(np.isnan(other), med, other)
    m, s = a.mean(axis=0), np.nanstd(train, axis=0)
    s = np.where(s == 0, 1, s)
    return (a - m) / s, (b - m) / s


# %% 2c.2 wrong: the lower of two middle values -> "numbers differ"
def standardise(train, other):
    a, b = torch.tensor(train), torch.tensor(other)
    med = a.nanmedian(dim=0).values
    a, b = torch.where(a.isnan(), med, a), torch.where(b.isnan(), med, b)
    s = a.std(0, correction=0)
    s[s == 0] = 1
    return (a - a.mean(0)) / s, (b - a.mean(0)) / s


# %% 2c.2 right: as a table of pandas
def standardise(train, other):
    import pandas as pd
    a, b = pd.DataFrame(train), pd.DataFrame(other)
    med = a.median()
    a, b = a.fillna(med), b.fillna(med)
    s = a.std(ddof=0).replace(0, 1)
    return (a - a.mean()) / s, (b - a.mean()) / s


# %% 2c.3 right: a decoder that remembers half a character
def decode(ids, vocabulary):
    import codecs
    d = codecs.getincrementaldecoder("utf-8")("replace")
    return "".join([d.decode(vocabulary[i]) for i in ids]) + d.decode(b"", final=True)


# %% 2c.3 wrong: one mark for a run of bad bytes -> "begins inside"
def decode(ids, vocabulary):
    import re
    return re.sub("\ufffd+", "\ufffd", b"".join(vocabulary[i] for i in ids).decode("utf-8", "replace"))


# %% 2c.4 wrong: bills the largest language only -> "one of the languages only"
def cheapest(offers, mail):
    l = max(mail, key=mail.get)
    t = {n: p * mail[l] / b[l] for n, (p, b) in offers.items()}
    n = min(t, key=t.get)
    return n, t[n]


# %% 2c.4 wrong: euros first -> "the name comes first"
def cheapest(offers, mail):
    t = {n: p * sum(mail[l] / b[l] for l in mail) for n, (p, b) in offers.items()}
    n = min(t, key=t.get)
    return t[n], n


# %% 2c.2 right: a pipeline of scikit-learn
def standardise(train, other):
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import StandardScaler
    from sklearn.pipeline import make_pipeline
    pipe = make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit(train)
    return pipe.transform(train), pipe.transform(other)


# %% 2c.2 right: almost 0 taken for 0
def standardise(train, other):
    med = np.nanmedian(train, axis=0)
    a, b = np.where(np.isnan(train), med, train), np.where(np.isnan(other), med, other)
    m, s = a.mean(axis=0), a.std(axis=0)
    s[np.isclose(s, 0)] = 1
    return (a - m) / s, (b - m) / s
