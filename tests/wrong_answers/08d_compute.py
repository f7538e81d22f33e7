# %% 8d.1 right: by logarithms, as a list
def round_float(x, digits):
    found = []
    for value in x:
        if value == 0:
            found.append(0.0)
            continue
        step = 2.0 ** (math.floor(math.log2(abs(value))) - digits)
        found.append(float(np.rint(value / step) * step))
    return found


# %% 8d.1 right: by adding and taking away a large number
def round_float(x, digits):
    x = np.asarray(x, dtype=np.float64)
    shifted = x * (2.0 ** (52 - digits) + 1)
    return shifted - (shifted - x)


# %% 8d.1 right: with Python's own round, as a tensor
def round_float(x, digits):
    out = []
    for value in np.asarray(x).tolist():
        part, exponent = math.frexp(value)
        out.append(math.ldexp(round(math.ldexp(part, digits + 1)), exponent - digits - 1))
    return torch.tensor(out, dtype=torch.float64)


# %% 8d.1 wrong: the leading one is forgotten -> "one digit too few"
def round_float(x, digits):
    part, exponent = np.frexp(x)
    return np.ldexp(np.round(part * 2**digits) / 2**digits, exponent)


# %% 8d.1 wrong: one digit more -> "one digit too many"
def round_float(x, digits):
    part, exponent = np.frexp(x)
    return np.ldexp(np.round(part * 2 ** (digits + 2)) / 2 ** (digits + 2), exponent)


# %% 8d.1 wrong: cut -> "cut, not rounded"
def round_float(x, digits):
    part, exponent = np.frexp(x)
    return np.ldexp(np.trunc(part * 2 ** (digits + 1)) / 2 ** (digits + 1), exponent)


# %% 8d.1 wrong: down -> "always rounds down"
def round_float(x, digits):
    part, exponent = np.frexp(x)
    return np.ldexp(np.floor(part * 2 ** (digits + 1)) / 2 ** (digits + 1), exponent)


# %% 8d.1 wrong: ties away from zero -> "even neighbour"
def round_float(x, digits):
    part, exponent = np.frexp(x)
    scaled = part * 2 ** (digits + 1)
    return np.ldexp(np.sign(scaled) * np.floor(np.abs(scaled) + 0.5) / 2 ** (digits + 1), exponent)


# %% 8d.1 wrong: a fixed point -> "counted from the point"
def round_float(x, digits):
    return np.round(x * 2**digits) / 2**digits


# %% 8d.1 wrong: always bfloat16 -> "10 digits"
def round_float(x, digits):
    return torch.tensor(x, dtype=torch.float32).bfloat16().double().numpy()


# %% 8d.1 wrong: bfloat16 or float16, whatever is asked -> "one digit"
def round_float(x, digits):
    kind = torch.bfloat16 if digits < 10 else torch.float16
    return torch.tensor(x, dtype=torch.float32).to(kind).double().numpy()


# %% 8d.1 wrong: zero becomes nan -> "nan"
def round_float(x, digits):
    with np.errstate(all="ignore"):
        step = 2.0 ** (np.floor(np.log2(np.abs(x))) - digits)
        return np.round(x / step) * step


# %% 8d.2 right: by counting one row
def bits_a_weight(outputs, inputs, bits, group, shared):
    size = group or inputs
    total = 0
    for start in range(0, inputs, size):
        total += 8 * shared + bits * min(size, inputs - start)
    return total / inputs


# %% 8d.2 right: the whole matrix
def bits_a_weight(outputs, inputs, bits, group, shared):
    rulers = outputs * (1 if group == 0 else -(-inputs // group))
    return (outputs * inputs * bits + rulers * shared * 8) / (outputs * inputs)


# %% 8d.2 wrong: bytes for bits -> "in bytes"
def bits_a_weight(outputs, inputs, bits, group, shared):
    return bits + shared * (math.ceil(inputs / group) if group else 1) / inputs


# %% 8d.2 wrong: the last group is forgotten -> "shorter group"
def bits_a_weight(outputs, inputs, bits, group, shared):
    return bits + 8 * shared * (inputs // group if group else 1) / inputs


# %% 8d.2 wrong: every group is full -> "expected"
def bits_a_weight(outputs, inputs, bits, group, shared):
    return bits + 8 * shared / (group or inputs)


# %% 8d.2 wrong: no rulers -> "rulers are missing"
def bits_a_weight(outputs, inputs, bits, group, shared):
    return bits


# %% 8d.2 wrong: the whole matrix -> "a matrix, not a weight"
def bits_a_weight(outputs, inputs, bits, group, shared):
    groups = math.ceil(inputs / group) if group else 1
    return outputs * (inputs * bits + groups * shared * 8)


# %% 8d.2 wrong: bytes a weight -> "that is in bytes"
def bits_a_weight(outputs, inputs, bits, group, shared):
    groups = math.ceil(inputs / group) if group else 1
    return (bits + groups * shared * 8 / inputs) / 8


# %% 8d.2 wrong: rulers once for the matrix -> "one set of rulers"
def bits_a_weight(outputs, inputs, bits, group, shared):
    groups = math.ceil(inputs / group) if group else 1
    return bits + groups * shared * 8 / (inputs * outputs)


# %% 8d.3 right: normal equations
def make_up(w, X, k, value):
    rest = [i for i in range(len(w)) if i != k]
    A, target = X[:, rest], X @ w - X[:, k] * value
    new = np.zeros(len(w))
    new[rest] = np.linalg.solve(A.T @ A, A.T @ target)
    new[k] = value
    return new


# %% 8d.3 right: the column of the inverse Hessian, as a list
def make_up(w, X, k, value):
    inverse = np.linalg.inv(X.T @ X)
    return list(w + (value - w[k]) * inverse[:, k] / inverse[k, k])


# %% 8d.3 right: a tensor, with torch's least squares
def make_up(w, X, k, value):
    A = torch.tensor(np.delete(X, k, axis=1))
    missing = torch.tensor(X @ w - X[:, k] * value)
    rest = torch.linalg.lstsq(A, missing[:, None]).solution[:, 0]
    return torch.cat([rest[:k], torch.tensor([value], dtype=rest.dtype), rest[k:]])


# %% 8d.3 wrong: the others stay -> "left as they were"
def make_up(w, X, k, value):
    new = w.copy()
    new[k] = value
    return new


# %% 8d.3 wrong: the sign -> "the wrong way"
def make_up(w, X, k, value):
    new, rest = w.copy(), np.arange(len(w)) != k
    new[k] = value
    new[rest] -= np.linalg.lstsq(X[:, rest], X[:, k] * (w[k] - value), rcond=None)[0]
    return new


# %% 8d.3 wrong: the fixed weight is not fixed -> "not the value"
def make_up(w, X, k, value):
    new, rest = w.copy(), np.arange(len(w)) != k
    new[rest] += np.linalg.lstsq(X[:, rest], X[:, k] * (w[k] - value), rcond=None)[0]
    return new


# %% 8d.3 wrong: the fixed part is left in -> "part left in"
def make_up(w, X, k, value):
    rest = np.delete(np.arange(len(w)), k)
    new = np.empty(len(w))
    new[rest] = np.linalg.lstsq(X[:, rest], X @ w, rcond=None)[0]
    new[k] = value
    return new


# %% 8d.3 wrong: only the correction -> "only the correction"
def make_up(w, X, k, value):
    inverse = np.linalg.inv(X.T @ X)
    return (value - w[k]) * inverse[:, k] / inverse[k, k]


# %% 8d.3 wrong: only later columns make up, as in GPTQ -> "left as they were"
def make_up(w, X, k, value):
    new = w.copy()
    new[k] = value
    if k + 1 < len(w):
        new[k + 1 :] += np.linalg.lstsq(X[:, k + 1 :], X[:, k] * (w[k] - value), rcond=None)[0]
    return new


# %% 8d.3 wrong: changes its input -> "changes its input"
def make_up(w, X, k, value):
    rest = np.arange(len(w)) != k
    missing = X[:, k] * (w[k] - value)
    w[k] = value
    w[rest] += np.linalg.lstsq(X[:, rest], missing, rcond=None)[0]
    return w


# %% 8d.4 right: one fraction
def time_inside(rate, service):
    busy = service * rate
    return service * (2 - busy) / (2 - 2 * busy) if busy < 1 else float("inf")


# %% 8d.4 right: by Little's law, from the number inside
def time_inside(rate, service):
    busy = rate * service
    if busy >= 1:
        return np.inf
    if rate == 0:
        return service
    return (busy + busy**2 / (2 * (1 - busy))) / rate


# %% 8d.4 wrong: the wait alone -> "service is missing"
def time_inside(rate, service):
    busy = rate * service
    return math.inf if busy >= 1 else busy * service / (2 * (1 - busy))


# %% 8d.4 wrong: M/M/1 -> "all are equal"
def time_inside(rate, service):
    return math.inf if rate * service >= 1 else 1 / (1 / service - rate)


# %% 8d.4 wrong: a factor 2 -> "all are equal"
def time_inside(rate, service):
    busy = rate * service
    return math.inf if busy >= 1 else service + busy * service / (1 - busy)


# %% 8d.4 wrong: how many are inside -> "how many are inside"
def time_inside(rate, service):
    busy = rate * service
    return math.inf if busy >= 1 else busy + busy**2 / (2 * (1 - busy))


# %% 8d.4 wrong: the service within the wait is forgotten -> "terms"
def time_inside(rate, service):
    busy = rate * service
    return math.inf if busy >= 1 else service + busy / (2 * (1 - busy))


# %% 8d.4 wrong: a full machine divides by zero -> "ZeroDivisionError"
def time_inside(rate, service):
    busy = rate * service
    return math.inf if busy > 1 else service + busy * service / (2 * (1 - busy))


# %% 8d.4 wrong: overload gives a negative time -> "cannot keep up"
def time_inside(rate, service):
    busy = rate * service
    return math.inf if busy == 1 else service + busy * service / (2 * (1 - busy))


# %% 8d.5 right: sorted by a key
def choose_machine(machines, versions, tokens, rate, limit, loss):
    def inside(pair):
        service = tokens * versions[pair[1]][0] / machines[pair[0]][1]
        busy = rate * service
        return service + busy * service / (2 * (1 - busy)) if busy < 1 else math.inf

    pairs = [(m, v) for m in machines for v in versions]
    pairs = [(m, v) for m, v in pairs if versions[v][0] <= machines[m][0] and versions[v][1] <= loss]
    pairs = [pair for pair in pairs if inside(pair) <= limit]
    key = lambda pair: (machines[pair[0]][2], versions[pair[1]][1], inside(pair))
    return min(pairs, key=key, default=None)


# %% 8d.5 right: machine by machine, as a list
def choose_machine(machines, versions, tokens, rate, limit, loss):
    best, answer = (math.inf,), None
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            load = rate * s
            if load < 1 and size <= room and lost <= loss:
                stay = s * (1 + load / 2 / (1 - load))
                if stay <= limit and (euros, lost, stay) < best:
                    best, answer = (euros, lost, stay), [m, v]
    return answer


# %% 8d.5 wrong: nobody else waits -> "stays too long"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = [
        (euros, lost, tokens * size / reads, m, v)
        for m, (room, reads, euros) in machines.items()
        for v, (size, lost) in versions.items()
        if size <= room and lost <= loss and tokens * size / reads <= limit
    ]
    return min(found)[3:] if found else None


# %% 8d.5 wrong: memory is forgotten -> "does not fit"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            if rate * s < 1 and lost <= loss and s * (1 + rate * s / 2 / (1 - rate * s)) <= limit:
                found.append((euros, lost, s, m, v))
    return min(found)[3:] if found else None


# %% 8d.5 wrong: quality is forgotten -> "loses more"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            if rate * s < 1 and size <= room and s * (1 + rate * s / 2 / (1 - rate * s)) <= limit:
                found.append((euros, lost, s, m, v))
    return min(found)[3:] if found else None


# %% 8d.5 wrong: the fastest instead of the cheapest -> "expected"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            if rate * s < 1 and size <= room and lost <= loss:
                stay = s * (1 + rate * s / 2 / (1 - rate * s))
                if stay <= limit:
                    found.append((stay, euros, lost, m, v))
    return min(found)[3:] if found else None


# %% 8d.5 wrong: of equally dear ones the quickest -> "expected"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            if rate * s < 1 and size <= room and lost <= loss:
                stay = s * (1 + rate * s / 2 / (1 - rate * s))
                if stay <= limit:
                    found.append((euros, stay, lost, m, v))
    return min(found)[3:] if found else None


# %% 8d.5 wrong: an overloaded machine has a negative time -> "stays too long"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            stay = s * (1 + rate * s / 2 / (1 - rate * s)) if rate * s != 1 else 0
            if size <= room and lost <= loss and stay <= limit:
                found.append((euros, lost, stay, m, v))
    return min(found)[3:] if found else None


# %% 8d.5 wrong: the machine's name alone -> "a pair of names"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            if rate * s < 1 and size <= room and lost <= loss:
                stay = s * (1 + rate * s / 2 / (1 - rate * s))
                if stay <= limit:
                    found.append((euros, lost, stay, m, v))
    return min(found)[3] if found else None


# %% 8d.5 wrong: None where something does -> "something keeps the promise"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    return None
