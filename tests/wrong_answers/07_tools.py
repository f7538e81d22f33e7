
# %% 7.1 right: the rate taken out
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return [W * (1 - lr * alpha / n) - lr * W_slope, b - b_slope * lr]


# %% 7.1 right: tensors, with the slope of the whole loss
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    matrix = torch.tensor(W, requires_grad=True)
    ((matrix**2).sum() * alpha / (2 * n)).backward()
    return matrix.detach() - lr * (torch.tensor(W_slope) + matrix.grad), torch.tensor(b) - lr * torch.tensor(b_slope)


# %% 7.1 wrong: no pull at all -> "the matrix feels no pull yet"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return W - lr * W_slope, b - lr * b_slope


# %% 7.1 wrong: as PyTorch's weight_decay -> "the pull depends on the number of rows"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return W - lr * (W_slope + alpha * W), b - lr * (b_slope + alpha * b)


# %% 7.1 wrong: the bias as well -> "the bias feels no pull"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return W - lr * (W_slope + alpha * W / n), b - lr * (b_slope + alpha * b / n)


# %% 7.1 wrong: half of it -> "twice or half as strong"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return W - lr * (W_slope + alpha * W / n / 2), b - lr * b_slope


# %% 7.1 wrong: beside the rate -> "must go through the rate as well"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return W - lr * W_slope - alpha * W / n, b - lr * b_slope


# %% 7.1 wrong: away from 0 -> "towards 0, not away from it"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return W - lr * (W_slope - alpha * W / n), b - lr * b_slope


# %% 7.1 wrong: the force of L1 -> "not only with its sign"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return W - lr * (W_slope + alpha * np.sign(W) / n), b - lr * b_slope


# %% 7.1 wrong: the matrix alone -> "return two arrays"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return W - lr * (W_slope + alpha * W / n)


# %% 7.1 wrong: in place -> "changes its input W"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    W -= lr * (W_slope + alpha * W / n)
    b -= lr * b_slope
    return W, b


# %% 7.2 right: with a set of names, as the documentation does
def careful_loads(content, allowed):
    import io

    names = {module + "." + name for module, name in allowed}

    class Restricted(pickle.Unpickler):
        def find_class(self, module, name):
            if f"{module}.{name}" not in names:
                raise pickle.UnpicklingError("no")
            return pickle.Unpickler.find_class(self, module, name)

    return Restricted(io.BytesIO(content)).load()


# %% 7.2 right: Python's own slow machine, a list kept in the object
def careful_loads(content, allowed):
    import io

    machine = pickle._Unpickler(io.BytesIO(content))
    fetch = machine.find_class

    def ask(module, name):
        if [module, name] not in [list(pair) for pair in allowed]:
            raise pickle.UnpicklingError(module)
        return fetch(module, name)

    machine.find_class = ask
    return machine.load()


# %% 7.2 wrong: loads first, looks afterwards -> "call was made before it was refused"
def careful_loads(content, allowed):
    found = pickle.loads(content)
    if (type(found).__module__, type(found).__name__) not in allowed and not isinstance(found, (dict, list, complex)):
        raise pickle.UnpicklingError
    return found


# %% 7.2 wrong: no list at all -> "a call in the middle of a list: the file's call was made"
def careful_loads(content, allowed):
    return pickle.loads(content)


# %% 7.2 wrong: only the module -> "a Counter where OrderedDict is allowed: that pair is not allowed"
def careful_loads(content, allowed):
    import io

    class Careful(pickle.Unpickler):
        def find_class(self, module, name):
            if module in [pair[0] for pair in allowed]:
                return super().find_class(module, name)
            raise pickle.UnpicklingError

    return Careful(io.BytesIO(content)).load()


# %% 7.2 wrong: only the name -> "OrderedDict of the module typing: that pair is not allowed"
def careful_loads(content, allowed):
    import io

    class Careful(pickle.Unpickler):
        def find_class(self, module, name):
            if name in [pair[1] for pair in allowed]:
                return super().find_class(module, name)
            raise pickle.UnpicklingError

    return Careful(io.BytesIO(content)).load()


# %% 7.2 wrong: what begins like an allowed name -> "OrderedDict.fromkeys: that pair is not allowed"
def careful_loads(content, allowed):
    import io

    class Careful(pickle.Unpickler):
        def find_class(self, module, name):
            if any(f"{module}.{name}".startswith(f"{one}.{two}") for one, two in allowed):
                return super().find_class(module, name)
            raise pickle.UnpicklingError

    return Careful(io.BytesIO(content)).load()


# %% 7.2 wrong: module and name each from the list, not as a pair -> "Fraction of collections: refused with AttributeError"
def careful_loads(content, allowed):
    import io

    class Careful(pickle.Unpickler):
        def find_class(self, module, name):
            modules, names = [pair[0] for pair in allowed], [pair[1] for pair in allowed]
            if module in modules and name in names:
                return super().find_class(module, name)
            raise pickle.UnpicklingError

    return Careful(io.BytesIO(content)).load()


# %% 7.2 wrong: searches the bytes -> "a pickle that fetches nothing"
def careful_loads(content, allowed):
    if any(word in content for word in (b"os", b"posix", b"eval", b"builtins")):
        return None
    return pickle.loads(content)


# %% 7.2 wrong: another error -> "refused with ValueError"
def careful_loads(content, allowed):
    import io

    class Careful(pickle.Unpickler):
        def find_class(self, module, name):
            if (module, name) in [tuple(pair) for pair in allowed]:
                return super().find_class(module, name)
            raise ValueError(name)

    return Careful(io.BytesIO(content)).load()


# %% 7.2 wrong: refuses everything that fetches -> "UnpicklingError"
def careful_loads(content, allowed):
    import io

    class Careful(pickle.Unpickler):
        def find_class(self, module, name):
            raise pickle.UnpicklingError(name)

    return Careful(io.BytesIO(content)).load()


# %% 7.3 right: a loop
def first_misfit(counts):
    wanted = 1
    for place, count in enumerate(counts):
        if count is None or count != wanted:
            return place
        wanted += 1


# %% 7.3 right: arrays
def first_misfit(counts):
    numbers = np.array([0 if count is None else count for count in counts], dtype=int)
    misfits = np.flatnonzero(numbers != np.arange(1, len(numbers) + 1))
    return misfits[0] if len(misfits) else None


# %% 7.3 wrong: growing is enough -> "not every cell fits, but None says so"
def first_misfit(counts):
    for i in range(1, len(counts)):
        if counts[i] is None or counts[i - 1] is None or counts[i] <= counts[i - 1]:
            return i
    return None


# %% 7.3 wrong: steps of one, whatever the start -> "[2, 3, 4]: not every cell fits"
def first_misfit(counts):
    for i in range(1, len(counts)):
        if counts[i] is None or counts[i - 1] is None or counts[i] != counts[i - 1] + 1:
            return i
    return None


# %% 7.3 wrong: numbered from 1 -> "cells are numbered from 0"
def first_misfit(counts):
    return next((i for i, count in enumerate(counts, 1) if count != i), None)


# %% 7.3 wrong: cells that never ran do not count -> "counters [1, None]: not every cell fits"
def first_misfit(counts):
    ran = [count for count in counts if count is not None]
    return next((i for i, count in enumerate(ran) if count != i + 1), None)


# %% 7.3 wrong: -1 for none -> "counters [1, 2, 3]"
def first_misfit(counts):
    return next((i for i, count in enumerate(counts) if count != i + 1), -1)


# %% 7.3 wrong: True or False -> "counters [1, 2, 4, 5]"
def first_misfit(counts):
    return counts != list(range(1, len(counts) + 1))


# %% 7.3 wrong: the last misfit -> "counters [1, 2, 4, 5]"
def first_misfit(counts):
    return max((i for i, count in enumerate(counts) if count != i + 1), default=None)


# %% 7.4 right: month by month, as an array of objects turned into a list
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented, bought = 0.0, purchase - resale
    for _ in range(months):
        rented += hours * price
        bought += hours * watts * kwh / 1000
        bought += (730 - hours) * idle * kwh / 1000
    decision = "buy" if bought - rented < -1e-9 else "rent"
    return [rented, bought, decision]


# %% 7.4 right: rounded to cents
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    always = 730 * idle + hours * (watts - idle)
    rented, bought = months * hours * price, purchase - resale + always / 1000 * kwh * months
    return round(rented, 2), round(bought, 2), ("rent", "buy")[bought < rented]


# %% 7.4 wrong: off when it does not work -> "on for the rest of the month as well"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented, bought = hours * months * price, purchase + months * hours * watts / 1000 * kwh - resale
    return rented, bought, "buy" if bought < rented else "rent"


# %% 7.4 wrong: idle in all hours -> "either worked or idle, not both"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented = hours * months * price
    bought = purchase + months * (hours * watts + 730 * idle) / 1000 * kwh - resale
    return rented, bought, "buy" if bought < rented else "rent"


# %% 7.4 wrong: never sold -> "it is sold at the end"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented = hours * months * price
    bought = purchase + months * (hours * watts + (730 - hours) * idle) / 1000 * kwh
    return rented, bought, "buy" if bought < rented else "rent"


# %% 7.4 wrong: bought every month -> "the purchase is paid once"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented = hours * months * price
    bought = months * (purchase + (hours * watts + (730 - hours) * idle) / 1000 * kwh) - resale
    return rented, bought, "buy" if bought < rented else "rent"


# %% 7.4 wrong: one month of rent -> "that is one month"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented = hours * price
    bought = purchase + months * (hours * watts + (730 - hours) * idle) / 1000 * kwh - resale
    return rented, bought, "buy" if bought < rented else "rent"


# %% 7.4 wrong: watts for kilowatts -> "watt-hours, not kilowatt-hours"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented = hours * months * price
    bought = purchase + months * (hours * watts + (730 - hours) * idle) * kwh - resale
    return rented, bought, "buy" if bought < rented else "rent"


# %% 7.4 wrong: buys at equal cost -> "100 hours for 10 months"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented = hours * months * price
    bought = purchase + months * (hours * watts + (730 - hours) * idle) / 1000 * kwh - resale
    return rented, bought, "buy" if bought <= rented else "rent"


# %% 7.4 wrong: the decision alone -> "return three things"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    return "buy" if purchase < hours * months * price else "rent"


# %% 7.5 right: loops
def verify(title, author, identifier, table):
    wanted, seen, fitting = identifier.lower().replace("-", ""), False, False
    for entry in table:
        same = words(entry.title) == words(title) and any(words(name) == words(author) for name in entry.authors)
        if wanted in [name.lower().replace("-", "") for name in entry.identifiers]:
            if same:
                return "confirmed"
            seen = True
        fitting = fitting or same
    return "another work" if seen else "wrong identifier" if fitting else "not found"


# %% 7.5 right: dictionaries, by identifier and by title and author
def verify(title, author, identifier, table):
    def key(text):
        return " ".join(words(text))

    by_identifier, pairs = {}, set()
    for number, entry in enumerate(table):
        pairs |= {(key(entry.title), key(name)) for name in entry.authors}
        by_identifier |= {name.casefold().replace("-", ""): number for name in entry.identifiers}
    number = by_identifier.get(identifier.casefold().replace("-", ""))
    if number is None:
        return "wrong identifier" if (key(title), key(author)) in pairs else "not found"
    found = table[number]
    fits = key(found.title) == key(title) and key(author) in map(key, found.authors)
    return "confirmed" if fits else "another work"


# %% 7.5 wrong: a dictionary by title forgets an edition -> "“Bicycles: a textbook” by Okafor, doi:10.5555/978-1-00"
def verify(title, author, identifier, table):
    by_title = {tuple(words(entry.title)): entry for entry in table}
    found = by_title.get(tuple(words(title)))
    if found is None or words(author) not in [words(name) for name in found.authors]:
        return "not found"
    bare = [name.replace("-", "") for name in found.identifiers]
    return "confirmed" if identifier.lower().replace("-", "") in bare else "wrong identifier"


# %% 7.5 wrong: the identifier alone -> "“Chains” by Lee, arxiv:2001.00001"
def verify(title, author, identifier, table):
    bare = [name.replace("-", "") for entry in table for name in entry.identifiers]
    if identifier.lower().replace("-", "") in bare:
        return "confirmed"
    fits = any(words(entry.title) == words(title) and words(author) in map(words, entry.authors) for entry in table)
    return "wrong identifier" if fits else "not found"


# %% 7.5 wrong: the author is not asked for -> "“Chains” by Müller, arxiv:2001.00002"
def verify(title, author, identifier, table):
    def bare(text):
        return text.lower().replace("-", "")

    having = [entry for entry in table if bare(identifier) in map(bare, entry.identifiers)]
    if having:
        return "confirmed" if words(having[0].title) == words(title) else "another work"
    return "wrong identifier" if any(words(entry.title) == words(title) for entry in table) else "not found"


# %% 7.5 wrong: only the first author -> "“The Theory of Brakes” by van der Berg"
def verify(title, author, identifier, table):
    def bare(text):
        return text.lower().replace("-", "")

    def fits(entry):
        return words(entry.title) == words(title) and words(entry.authors[0]) == words(author)

    having = [entry for entry in table if bare(identifier) in map(bare, entry.identifiers)]
    if having:
        return "confirmed" if any(map(fits, having)) else "another work"
    return "wrong identifier" if any(map(fits, table)) else "not found"


# %% 7.5 wrong: letters compared as they are -> "“BICYCLES - A TEXTBOOK” by okafor"
def verify(title, author, identifier, table):
    def bare(text):
        return text.lower().replace("-", "")

    def fits(entry):
        return entry.title.lower() == title.lower() and author.lower() in [name.lower() for name in entry.authors]

    having = [entry for entry in table if bare(identifier) in map(bare, entry.identifiers)]
    if having:
        return "confirmed" if any(map(fits, having)) else "another work"
    return "wrong identifier" if any(map(fits, table)) else "not found"


# %% 7.5 wrong: hyphens of an ISBN -> "isbn:978-1-111-11111-3"
def verify(title, author, identifier, table):
    def fits(entry):
        return words(entry.title) == words(title) and words(author) in map(words, entry.authors)

    having = [entry for entry in table if identifier.lower() in map(str.lower, entry.identifiers)]
    if having:
        return "confirmed" if any(map(fits, having)) else "another work"
    return "wrong identifier" if any(map(fits, table)) else "not found"


# %% 7.5 wrong: title and author from two works -> "“Chains” by Müller, doi:10.5555/none"
def verify(title, author, identifier, table):
    def bare(text):
        return text.lower().replace("-", "")

    titles = [words(entry.title) for entry in table]
    authors = [words(name) for entry in table for name in entry.authors]
    for entry in table:
        if bare(identifier) in map(bare, entry.identifiers):
            same = words(entry.title) == words(title) and words(author) in map(words, entry.authors)
            return "confirmed" if same else "another work"
    return "wrong identifier" if words(title) in titles and words(author) in authors else "not found"


# %% 7.5 wrong: a part of an identifier -> "“On Cranks” by Okafor"
def verify(title, author, identifier, table):
    def bare(text):
        return text.lower().replace("-", "")

    def fits(entry):
        return words(entry.title) == words(title) and words(author) in map(words, entry.authors)

    having = [entry for entry in table if any(bare(identifier) in bare(name) for name in entry.identifiers)]
    if having:
        return "confirmed" if any(map(fits, having)) else "another work"
    return "wrong identifier" if any(map(fits, table)) else "not found"


# %% 7.5 wrong: another order of questions -> "“Chains” by Lee, arxiv:2001.00001"
def verify(title, author, identifier, table):
    def bare(text):
        return text.lower().replace("-", "")

    for entry in table:
        if words(entry.title) == words(title) and words(author) in map(words, entry.authors):
            if bare(identifier) in map(bare, entry.identifiers):
                return "confirmed"
    for entry in table:
        if words(entry.title) == words(title) and words(author) in map(words, entry.authors):
            return "wrong identifier"
    return "another work" if any(bare(identifier) in map(bare, e.identifiers) for e in table) else "not found"
