# %% 7.1 right: the rate taken out
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return [W * (1 - lr * alpha / n) - lr * W_slope, b - b_slope * lr]


# %% 7.1 right: tensors, with the slope of the whole loss
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    matrix = torch.tensor(W, requires_grad=True)
    ((matrix**2).sum() * alpha / (2 * n)).backward()
    return matrix.detach() - lr * (torch.tensor(W_slope) + matrix.grad), torch.tensor(b) - lr * torch.tensor(
        b_slope
    )


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
    if (type(found).__module__, type(found).__name__) not in allowed and not isinstance(
        found, (dict, list, complex)
    ):
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
        same = words(entry.title) == words(title) and any(
            words(name) == words(author) for name in entry.authors
        )
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
    fits = any(
        words(entry.title) == words(title) and words(author) in map(words, entry.authors) for entry in table
    )
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
        return entry.title.lower() == title.lower() and author.lower() in [
            name.lower() for name in entry.authors
        ]

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


# %% 7.1 right: lists of Python's own numbers
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    rows = [
        [float(w) - lr * (float(s) + alpha * float(w) / n) for w, s in zip(*pair, strict=True)]
        for pair in zip(W, W_slope, strict=True)
    ]
    return rows, [float(v) - lr * float(s) for v, s in zip(b, b_slope, strict=True)]


# %% 7.1 right: single precision
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    W, b, W_slope, b_slope = (torch.tensor(array, dtype=torch.float32) for array in (W, b, W_slope, b_slope))
    return W - lr * W_slope - lr * alpha / n * W, b - lr * b_slope


# %% 7.1 right: PyTorch's own step, the force of the matrix divided by the rows
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    matrix, bias = nn.Parameter(torch.tensor(W)), nn.Parameter(torch.tensor(b))
    matrix.grad, bias.grad = torch.tensor(W_slope), torch.tensor(b_slope)
    torch.optim.SGD([{"params": matrix, "weight_decay": alpha / n}, {"params": bias}], lr=lr).step()
    return matrix, bias


# %% 7.1 wrong: the rate and the batch of the lesson -> "numbers differ"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return W - 0.2 * (W_slope + alpha * W / 100), b - 0.2 * b_slope


# %% 7.1 wrong: rows the other way -> "numbers differ"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return W - lr * (W_slope + alpha * W * n), b - lr * b_slope


# %% 7.1 wrong: shrinks after the step -> "weights that had stepped already"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return (W - lr * W_slope) * (1 - lr * alpha / n), b - lr * b_slope


# %% 7.1 wrong: the slope forgotten -> "numbers differ"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return W * (1 - lr * alpha / n), b - lr * b_slope


# %% 7.1 wrong: slopes divided by the rows as well -> "a mean over the rows already"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return W - lr * (W_slope + alpha * W) / n, b - lr * b_slope


# %% 7.1 wrong: decoupled from the rate of the slope, once for all rows -> "through the rate as well"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return (1 - alpha / n) * W - lr * W_slope, b - lr * b_slope


# %% 7.1 wrong: the two change places -> "expected an array of shape"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return b - lr * b_slope, W - lr * (W_slope + alpha * W / n)


# %% 7.1 wrong: the bias stands still -> "the bias takes a step as well"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return W - lr * (W_slope + alpha * W / n), b


# %% 7.1 wrong: up the slope -> "numbers differ"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    return W + lr * W_slope - lr * alpha * W / n, b + lr * b_slope


# %% 7.1 wrong: PyTorch's force divided by the rows, on both -> "the bias feels no pull"
def sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n):
    matrix, bias = nn.Parameter(torch.tensor(W)), nn.Parameter(torch.tensor(b))
    matrix.grad, bias.grad = torch.tensor(W_slope), torch.tensor(b_slope)
    torch.optim.SGD([matrix, bias], lr=lr, weight_decay=alpha / n).step()
    return matrix, bias


# %% 7.2 right: the question as a closure, names fetched by the inherited method
def careful_loads(content, allowed):
    import io

    allowed = frozenset(allowed)

    class Gate(pickle._Unpickler):
        def find_class(self, *pair):
            if pair in allowed:
                return super().find_class(*pair)
            raise pickle.UnpicklingError("not allowed: " + ".".join(pair))

    return Gate(io.BytesIO(bytes(content)), fix_imports=True).load()


# %% 7.2 right: an error of one's own, of the wanted kind
def careful_loads(content, allowed):
    import io

    class Refused(pickle.UnpicklingError):
        pass

    class Careful(pickle.Unpickler):
        def find_class(self, module, name):
            for one, two in allowed:
                if one == module and two == name:
                    return pickle.Unpickler.find_class(self, module, name)
            raise Refused(name)

    return Careful(io.BytesIO(content)).load()


# %% 7.2 wrong: reads STACK_GLOBAL and GLOBAL, with the last two texts -> "by the old command INST: the file's call was made"
def careful_loads(content, allowed):
    texts = []
    for opcode, argument, _ in pickletools.genops(content):
        if isinstance(argument, str) and opcode.name not in ("GLOBAL", "INST"):
            texts.append(argument)
        pair = tuple(argument.split(" ", 1)) if opcode.name == "GLOBAL" else tuple(texts[-2:])
        if opcode.name in ("GLOBAL", "STACK_GLOBAL") and pair not in set(allowed):
            raise pickle.UnpicklingError(str(pair))
    return pickle.loads(content)


# %% 7.2 wrong: reads every command that fetches, with the last two texts -> "put aside: the file's call was made"
def careful_loads(content, allowed):
    texts = []
    for opcode, argument, _ in pickletools.genops(content):
        old = opcode.name in ("GLOBAL", "INST")
        if isinstance(argument, str) and not old:
            texts.append(argument)
        pair = tuple(argument.split(" ", 1)) if old else tuple(texts[-2:])
        if (old or opcode.name == "STACK_GLOBAL") and pair not in set(allowed):
            raise pickle.UnpicklingError(str(pair))
    return pickle.loads(content)


# %% 7.2 wrong: refuses what can call at all -> "an allowed fraction: it should open"
def careful_loads(content, allowed):
    if any(opcode.name in ("REDUCE", "INST") for opcode, _, _ in pickletools.genops(content)):
        raise pickle.UnpicklingError("it calls something")
    return pickle.loads(content)


# %% 7.2 wrong: asks only once -> "a call after an allowed pair: the file's call was made"
def careful_loads(content, allowed):
    import io

    class Careful(pickle.Unpickler):
        asked = False

        def find_class(self, module, name):
            if not self.asked and (module, name) not in allowed:
                raise pickle.UnpicklingError(name)
            self.asked = True
            return super().find_class(module, name)

    return Careful(io.BytesIO(content)).load()


# %% 7.2 wrong: calls first, refuses the result -> "call was made before it was refused"
def careful_loads(content, allowed):
    import io

    class Careful(pickle.Unpickler):
        def find_class(self, module, name):
            self.bad = getattr(self, "bad", False) or (module, name) not in allowed
            return super().find_class(module, name)

    machine = Careful(io.BytesIO(content))
    found = machine.load()
    if getattr(machine, "bad", False):
        raise pickle.UnpicklingError("too late")
    return found


# %% 7.2 wrong: returns None instead of an error -> "nothing was refused"
def careful_loads(content, allowed):
    import io

    class Careful(pickle.Unpickler):
        def find_class(self, module, name):
            if (module, name) in allowed:
                return super().find_class(module, name)
            raise pickle.UnpicklingError(name)

    try:
        return Careful(io.BytesIO(content)).load()
    except pickle.UnpicklingError:
        return None


# %% 7.2 wrong: a list of what is forbidden -> "nothing was refused"
def careful_loads(content, allowed):
    import io

    class Careful(pickle.Unpickler):
        def find_class(self, module, name):
            if module in ("os", "posix", "nt", "subprocess", "sys") or name in ("eval", "exec"):
                raise pickle.UnpicklingError(name)
            return super().find_class(module, name)

    return Careful(io.BytesIO(content)).load()


# %% 7.2 wrong: imports for itself, with today's spelling -> "protocol 2: it should open"
def careful_loads(content, allowed):
    import importlib
    import io

    class Careful(pickle.Unpickler):
        def find_class(self, module, name):
            if (module, name) in allowed:
                return getattr(importlib.import_module(module), name)
            raise pickle.UnpicklingError(name)

    return Careful(io.BytesIO(content)).load()


# %% 7.2 wrong: the allowed list as one text -> "Fraction of collections: refused with AttributeError"
def careful_loads(content, allowed):
    import io

    class Careful(pickle.Unpickler):
        def find_class(self, module, name):
            if module in str(allowed) and name in str(allowed):
                return super().find_class(module, name)
            raise pickle.UnpicklingError(name)

    return Careful(io.BytesIO(content)).load()


# %% 7.2 wrong: whatever is built in may pass -> "a complex number where nothing is allowed"
import io


def careful_loads(content, allowed):
    class Careful(pickle.Unpickler):
        def find_class(self, module, name):
            if (module, name) not in allowed and module != "builtins":
                raise pickle.UnpicklingError(name)
            return super().find_class(module, name)

    return Careful(io.BytesIO(content)).load()


# %% 7.3 right: recursion from the end
def first_misfit(counts):
    if not counts:
        return None
    before = first_misfit(counts[:-1])
    if before is not None:
        return before
    return None if counts[-1] == len(counts) else len(counts) - 1


# %% 7.3 right: while, with a list of what should stand there
def first_misfit(counts):
    wanted = [*range(1, len(counts) + 1)]
    place = 0
    while counts[place:] != wanted[place:]:
        if counts[place] != wanted[place]:
            return np.array(place)
        place += 1
    return None


# %% 7.3 wrong: counters from 0 -> "counters [1, 2, 4, 5]"
def first_misfit(counts):
    return next((i for i, count in enumerate(counts) if count != i), None)


# %% 7.3 wrong: the counter instead of the index -> "those are the counters of the cells"
def first_misfit(counts):
    return next((count for i, count in enumerate(counts) if count != i + 1), None)


# %% 7.3 wrong: the counter that is missing -> "cells are numbered from 0"
def first_misfit(counts):
    return next((i + 1 for i, count in enumerate(counts) if count != i + 1), None)


# %% 7.3 wrong: the place before the break -> "counters [1, 2, 4, 5]"
def first_misfit(counts):
    return next((max(i - 1, 0) for i, count in enumerate(counts) if count != i + 1), None)


# %% 7.3 wrong: compared with the sorted counters -> "counters [1, 2, 4, 5]: not every cell fits"
def first_misfit(counts):
    ordered = sorted(counts, key=lambda count: count or 0)
    return next((i for i, pair in enumerate(zip(counts, ordered, strict=True)) if pair[0] != pair[1]), None)


# %% 7.3 wrong: only a counter seen before -> "not every cell fits, but None says so"
def first_misfit(counts):
    return next((i for i, count in enumerate(counts) if count is None or count in counts[:i]), None)


# %% 7.3 wrong: the last cell is not looked at -> "counters [1, None]: not every cell fits"
def first_misfit(counts):
    return next((i for i in range(len(counts) - 1) if counts[i] != i + 1), None)


# %% 7.3 wrong: only the number of cells is compared -> "counters [1, 3, 2]: not every cell fits"
def first_misfit(counts):
    ran = [count for count in counts if count is not None]
    if len(ran) == len(counts) == max(ran, default=0):
        return None
    return next((i for i, count in enumerate(counts) if count != i + 1), None)


# %% 7.3 wrong: all misfits -> "counters [1, 2, 4, 5]"
def first_misfit(counts):
    return [i for i, count in enumerate(counts) if count != i + 1]


# %% 7.3 wrong: eats its input -> "changes its input counts"
def first_misfit(counts):
    place = 0
    while counts:
        if counts.pop(0) != place + 1:
            return place
        place += 1
    return None


# %% 7.3 wrong: -1 where all fit -> "all cells fit, yet the answer is -1"
def first_misfit(counts):
    return next((i for i, c in enumerate(counts) if c != i + 1), -1)


# %% 7.4 right: tensors without a dimension
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    hours = torch.tensor(hours, dtype=torch.float64)
    power = (hours * watts + (730 - hours) * idle) / 1000
    rented, bought = hours * price * months, purchase - resale + power * kwh * months
    return rented, bought, "buy" if bought < rented else "rent"


# %% 7.4 right: hours of the whole time, arrays of one number and a text of NumPy's
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    busy, quiet = months * hours, months * 730 - months * hours
    rented = np.float64(busy * price)
    bought = np.float64(purchase + (busy * watts + quiet * idle) * kwh / 1000 - resale)
    return rented, bought, np.where(rented > bought, "buy", "rent").item()


# %% 7.4 right: idle all the time, and what work draws beyond that
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    a_month = kwh / 1000 * 730 * idle + kwh / 1000 * hours * (watts - idle)
    costs = {"rent": price * hours * months, "buy": purchase + sum([a_month] * months) - resale}
    return costs["rent"], costs["buy"], min(costs, key=costs.get)


# %% 7.4 wrong: a month of 30 days -> "another length"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented = hours * months * price
    bought = purchase + months * (hours * watts + (720 - hours) * idle) / 1000 * kwh - resale
    return rented, bought, "buy" if bought < rented else "rent"


# %% 7.4 wrong: watts at work and idle exchanged -> "changed places"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented = hours * months * price
    bought = purchase + months * (hours * idle + (730 - hours) * watts) / 1000 * kwh - resale
    return rented, bought, "buy" if bought < rented else "rent"


# %% 7.4 wrong: the lesson's rent -> "730 hours for 36 months"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented = hours * months * 2.0
    bought = purchase + months * (hours * watts + (730 - hours) * idle) / 1000 * kwh - resale
    return rented, bought, "buy" if bought < rented else "rent"


# %% 7.4 wrong: the lesson's price of electricity -> "0 hours for 12 months"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented = hours * months * price
    bought = purchase + months * (hours * watts + (730 - hours) * idle) / 1000 * 0.3 - resale
    return rented, bought, "buy" if bought < rented else "rent"


# %% 7.4 wrong: rented for all hours of the month -> "rented"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented = 730 * months * price
    bought = purchase + months * (hours * watts + (730 - hours) * idle) / 1000 * kwh - resale
    return rented, bought, "buy" if bought < rented else "rent"


# %% 7.4 wrong: the resale added -> "what comes back lowers the cost"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented = hours * months * price
    bought = purchase + months * (hours * watts + (730 - hours) * idle) / 1000 * kwh + resale
    return rented, bought, "buy" if bought < rented else "rent"


# %% 7.4 wrong: no electricity -> "electricity is missing"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented, bought = hours * months * price, purchase - resale
    return rented, bought, "buy" if bought < rented else "rent"


# %% 7.4 wrong: energy of one month -> "energy is paid in every month"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented = hours * months * price
    bought = purchase + (hours * watts + (730 - hours) * idle) / 1000 * kwh - resale
    return rented, bought, "buy" if bought < rented else "rent"


# %% 7.4 wrong: whole euros decide -> "the decision, 100 hours for 10 months"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented = hours * months * price
    bought = purchase + months * (hours * watts + (730 - hours) * idle) / 1000 * kwh - resale
    return rented, bought, "buy" if round(bought) < round(rented) else "rent"


# %% 7.4 wrong: the decision turned round -> "the decision, 40 hours"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented = hours * months * price
    bought = purchase + months * (hours * watts + (730 - hours) * idle) / 1000 * kwh - resale
    return rented, bought, "rent" if bought < rented else "buy"


# %% 7.4 wrong: True for buy -> "the decision, 40 hours"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented = hours * months * price
    bought = purchase + months * (hours * watts + (730 - hours) * idle) / 1000 * kwh - resale
    return rented, bought, bought < rented


# %% 7.4 wrong: bought before rented -> "renting and buying are exchanged"
def rent_or_buy(hours, months, price, purchase, watts, idle, kwh, resale):
    rented = hours * months * price
    bought = purchase + months * (hours * watts + (730 - hours) * idle) / 1000 * kwh - resale
    return bought, rented, "buy" if bought < rented else "rent"


# %% 7.5 right: a list of what fits, then of what has the identifier
def verify(title, author, identifier, table):
    def key(text):
        return text.replace("-", "").lower()

    fitting = [
        i
        for i, entry in enumerate(table)
        if (words(entry.title), [words(author)])
        == (words(title), [w for w in map(words, entry.authors) if w == words(author)])
    ]
    having = {
        i for i, entry in enumerate(table) if key(identifier) in {key(name) for name in entry.identifiers}
    }
    if having & set(fitting):
        return "confirmed"
    if having:
        return "another work"
    return "wrong identifier" if fitting else "not found"


# %% 7.5 right: recursion over the table
def verify(title, author, identifier, table):
    def bare(text):
        return "".join(letter for letter in text.lower() if letter != "-")

    if not table:
        return "not found"
    first, rest = table[0], verify(title, author, identifier, table[1:])
    fits = words(first.title) == words(title) and words(author) in [words(name) for name in first.authors]
    has = bare(identifier) in [bare(name) for name in first.identifiers]
    ranked = ["not found", "wrong identifier", "another work", "confirmed"]
    return max(rest, ranked[2 * has + fits] if has or fits else ranked[0], key=ranked.index)


# %% 7.5 wrong: only what was asked is made small -> "doi:10.5555/hub1"
def verify(title, author, identifier, table):
    def fits(entry):
        return words(entry.title) == words(title) and words(author) in map(words, entry.authors)

    wanted = identifier.lower().replace("-", "")
    having = [entry for entry in table if wanted in [name.replace("-", "") for name in entry.identifiers]]
    if having:
        return "confirmed" if any(map(fits, having)) else "another work"
    return "wrong identifier" if any(map(fits, table)) else "not found"


# %% 7.5 wrong: sets of words -> "“The Brakes of Theory” by Müller"
def verify(title, author, identifier, table):
    def bare(text):
        return text.lower().replace("-", "")

    def fits(entry):
        return alike(entry.title, title) == 1 and words(author) in map(words, entry.authors)

    having = [entry for entry in table if bare(identifier) in map(bare, entry.identifiers)]
    if having:
        return "confirmed" if any(map(fits, having)) else "another work"
    return "wrong identifier" if any(map(fits, table)) else "not found"


# %% 7.5 wrong: half of the title will do -> "“The Brakes of Theory” by Müller"
def verify(title, author, identifier, table):
    def bare(text):
        return text.lower().replace("-", "")

    def fits(entry):
        return alike(entry.title, title) > 0.5 and words(author) in map(words, entry.authors)

    having = [entry for entry in table if bare(identifier) in map(bare, entry.identifiers)]
    if having:
        return "confirmed" if any(map(fits, having)) else "another work"
    return "wrong identifier" if any(map(fits, table)) else "not found"


# %% 7.5 wrong: a part of a name -> "“The Theory of Brakes” by Berg"
def verify(title, author, identifier, table):
    def bare(text):
        return text.lower().replace("-", "")

    def fits(entry):
        return words(entry.title) == words(title) and any(
            set(words(author)) <= set(words(name)) for name in entry.authors
        )

    having = [entry for entry in table if bare(identifier) in map(bare, entry.identifiers)]
    if having:
        return "confirmed" if any(map(fits, having)) else "another work"
    return "wrong identifier" if any(map(fits, table)) else "not found"


# %% 7.5 wrong: the first title that fits decides -> "“BICYCLES - A TEXTBOOK” by okafor"
def verify(title, author, identifier, table):
    def bare(text):
        return text.lower().replace("-", "")

    for entry in table:
        if words(entry.title) == words(title) and words(author) in map(words, entry.authors):
            if bare(identifier) in map(bare, entry.identifiers):
                return "confirmed"
            return "wrong identifier"
    return "another work" if any(bare(identifier) in map(bare, e.identifiers) for e in table) else "not found"


# %% 7.5 wrong: only the first identifier of a work -> "isbn:978-1-111-11111-3"
def verify(title, author, identifier, table):
    def bare(text):
        return text.lower().replace("-", "")

    def fits(entry):
        return words(entry.title) == words(title) and words(author) in map(words, entry.authors)

    having = [
        entry for entry in table if entry.identifiers and bare(entry.identifiers[0]) == bare(identifier)
    ]
    if having:
        return "confirmed" if any(map(fits, having)) else "another work"
    return "wrong identifier" if any(map(fits, table)) else "not found"


# %% 7.5 wrong: the lesson's table -> "“Bicycles: a textbook” by Okafor"
def verify(title, author, identifier, table):
    def bare(text):
        return text.lower().replace("-", "")

    def fits(entry):
        return words(entry.title) == words(title) and words(author) in map(words, entry.authors)

    having = [entry for entry in works if bare(identifier) in map(bare, entry.identifiers)]
    if having:
        return "confirmed" if any(map(fits, having)) else "another work"
    return "wrong identifier" if any(map(fits, works)) else "not found"


# %% 7.5 wrong: no word for the right work with a wrong number -> "“Chains” by Okafor, doi:10.5555/978-9-99"
def verify(title, author, identifier, table):
    def bare(text):
        return text.lower().replace("-", "")

    for entry in table:
        if bare(identifier) in map(bare, entry.identifiers):
            fits = words(entry.title) == words(title) and words(author) in map(words, entry.authors)
            return "confirmed" if fits else "another work"
    return "not found"


# %% 7.5 wrong: title or author will do -> "“Chains” by Müller, arxiv:2001.00002"
def verify(title, author, identifier, table):
    def bare(text):
        return text.lower().replace("-", "")

    def fits(entry):
        return words(entry.title) == words(title) or words(author) in map(words, entry.authors)

    having = [entry for entry in table if bare(identifier) in map(bare, entry.identifiers)]
    if having:
        return "confirmed" if any(map(fits, having)) else "another work"
    return "wrong identifier" if any(map(fits, table)) else "not found"


# %% 7.5 wrong: compares identifiers without any punctuation -> "doi:105555/chains"
def verify(title, author, identifier, table):
    norm = lambda s: "".join(words(s))
    same = lambda w: words(title) == words(w.title) and words(author) in map(words, w.authors)
    mine = [w for w in table if norm(identifier) in map(norm, w.identifiers)]
    if mine:
        return "confirmed" if any(map(same, mine)) else "another work"
    return "wrong identifier" if any(map(same, table)) else "not found"


# %% 7.5 wrong: a dictionary by title, which keeps one work of each -> "doi:10.5555/hub-3"
def verify(title, author, identifier, table):
    key = lambda s: s.lower().replace("-", "")
    by = {tuple(words(w.title)): w for w in table}
    ids = {key(i): w for w in table for i in w.identifiers}
    same = lambda w: words(w.title) == words(title) and words(author) in map(words, w.authors)
    if key(identifier) in ids:
        return "confirmed" if same(ids[key(identifier)]) else "another work"
    w = by.get(tuple(words(title)))
    return "wrong identifier" if w and same(w) else "not found"
