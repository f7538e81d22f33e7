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


# %% 8d.1 wrong: ties away from zero -> "not away from zero"
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


# %% 8d.1 right: lesson's own trick, on the bits of float32
def round_float(x, digits):
    raw = np.asarray(x, np.float32).view(np.uint32)
    cut = np.uint32(23 - digits)
    last = (raw >> cut) & np.uint32(1)
    half = np.uint32((1 << (22 - digits)) - 1)
    return ((raw + half + last) >> cut << cut).view(np.float32)


# %% 8d.1 right: with fractions, by recursion, as a tuple
def round_float(x, digits):
    from fractions import Fraction

    def one(value):
        if value < 0:
            return -one(-value)
        if value == 0:
            return 0.0
        if value >= 2:
            return 2 * one(value / 2)
        if value < 1:
            return one(value * 2) / 2
        return float(Fraction(round(Fraction(value) * 2**digits), 2**digits))

    return tuple(one(float(value)) for value in x)


# %% 8d.1 right: by the distance to the next float of so many digits
def round_float(x, digits):
    x = np.asarray(x, dtype=float)
    out = np.zeros_like(x)
    some = x != 0
    gap = 2.0 ** (np.floor(np.log2(np.abs(x[some]))) - digits)
    out[some] = x[some] - np.remainder(x[some], gap)
    rest = np.remainder(x[some], gap) / gap
    odd = np.remainder(np.round(out[some] / gap), 2) == 1
    out[some] += gap * ((rest > 0.5) | ((rest == 0.5) & odd))
    return out


# %% 8d.1 wrong: ties towards zero -> "not towards zero"
def round_float(x, digits):
    part, exponent = np.frexp(x)
    scaled = part * 2 ** (digits + 1)
    return np.ldexp(np.sign(scaled) * np.ceil(np.abs(scaled) - 0.5) / 2 ** (digits + 1), exponent)


# %% 8d.1 wrong: ties up (floor of x + 1/2) -> "not up"
def round_float(x, digits):
    part, exponent = np.frexp(x)
    return np.ldexp(np.floor(part * 2 ** (digits + 1) + 0.5) / 2 ** (digits + 1), exponent)


# %% 8d.1 wrong: decimal digits -> "differ"
def round_float(x, digits):
    return np.round(x, digits)


# %% 8d.1 wrong: the sign is lost -> "expected"
def round_float(x, digits):
    part, exponent = np.frexp(np.abs(x))
    return np.ldexp(np.round(part * 2 ** (digits + 1)), exponent - digits - 1)


# %% 8d.1 wrong: zero becomes the smallest number -> "expected"
def round_float(x, digits):
    x = np.where(x == 0, 1e-30, x)
    part, exponent = np.frexp(x)
    return np.ldexp(np.round(part * 2 ** (digits + 1)), exponent - digits - 1)


# %% 8d.1 wrong: exponents of float16 only -> "any whole number"
def round_float(x, digits):
    part, exponent = np.frexp(x)
    exponent = np.clip(exponent, -14, 16)
    part = np.asarray(x) / 2.0**exponent
    return np.ldexp(np.round(part * 2 ** (digits + 1)), exponent - digits - 1)


# %% 8d.1 wrong: one exponent for the whole array -> "differ"
def round_float(x, digits):
    step = 2.0 ** (np.floor(np.log2(np.abs(x).max())) - digits)
    return np.round(x / step) * step


# %% 8d.1 right: with torch.frexp
def round_float(x, digits):
    part, exponent = torch.frexp(torch.as_tensor(x))
    return torch.ldexp(torch.round(torch.ldexp(part, torch.tensor(digits + 1))), exponent - digits - 1)


# %% 8d.1 wrong: ties go to the odd neighbour -> "expected"
def round_float(x, digits):
    part, exponent = np.frexp(x)
    s = part * 2 ** (digits + 1)
    r = np.round(s)
    tie = np.abs(s - np.floor(s)) == 0.5
    return np.ldexp(np.where(tie, np.floor(s) + np.ceil(s) - r, r) / 2 ** (digits + 1), exponent)


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


# %% 8d.2 right: with numpy, a zero-dimensional array
def bits_a_weight(outputs, inputs, bits, group, shared):
    starts = np.arange(0, inputs, group or inputs)
    return np.asarray(bits + 8 * shared * len(starts) / inputs)


# %% 8d.2 right: a tensor, floor division upwards
def bits_a_weight(outputs, inputs, bits, group, shared):
    group = group if group > 0 else inputs
    return torch.tensor(bits + 8 * shared * ((inputs + group - 1) // group) / inputs)


# %% 8d.2 right: an exact fraction
def bits_a_weight(outputs, inputs, bits, group, shared):
    from fractions import Fraction

    return bits + Fraction(8 * shared * math.ceil(inputs / (group or inputs)), inputs)


# %% 8d.2 right: the whole matrix in whole bytes, as pack makes them
def bits_a_weight(outputs, inputs, bits, group, shared):
    whole = math.ceil(outputs * inputs * bits / 8)
    return 8 * (whole + outputs * math.ceil(inputs / (group or inputs)) * shared) / (outputs * inputs)


# %% 8d.2 wrong: each row padded to bytes -> "whole bytes"
def bits_a_weight(outputs, inputs, bits, group, shared):
    row = math.ceil(inputs * bits / 8) + shared * math.ceil(inputs / (group or inputs))
    return 8 * row / inputs


# %% 8d.2 wrong: groups run over the ends of rows -> "ends with its row"
def bits_a_weight(outputs, inputs, bits, group, shared):
    n = outputs * inputs
    return bits + 8 * shared * (math.ceil(n / group) if group else outputs) / n


# %% 8d.2 wrong: group 0 means one ruler for the matrix -> "one set of rulers"
def bits_a_weight(outputs, inputs, bits, group, shared):
    if group == 0:
        return bits + 8 * shared / (inputs * outputs)
    return bits + 8 * shared * math.ceil(inputs / group) / inputs


# %% 8d.2 wrong: group 0 means no ruler -> "rulers are missing"
def bits_a_weight(outputs, inputs, bits, group, shared):
    return bits + 8 * shared * math.ceil(inputs / group) / inputs if group else bits


# %% 8d.2 wrong: outputs and inputs swapped -> "expected"
def bits_a_weight(outputs, inputs, bits, group, shared):
    return bits + 8 * shared * math.ceil(outputs / (group or outputs)) / outputs


# %% 8d.2 wrong: one group too many where it divides -> "expected"
def bits_a_weight(outputs, inputs, bits, group, shared):
    return bits + 8 * shared * (inputs // group + 1 if group else 1) / inputs


# %% 8d.2 wrong: the lesson's two bytes -> "expected"
def bits_a_weight(outputs, inputs, bits, group, shared):
    return bits + 16 * math.ceil(inputs / (group or inputs)) / inputs


# %% 8d.2 right: really packed
def bits_a_weight(outputs, inputs, bits, group, shared):
    whole = np.zeros(outputs * inputs, np.uint8)
    return (
        8
        * (pack(whole, bits).nbytes + outputs * len(range(0, inputs, group or inputs)) * shared)
        / len(whole)
    )


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


# %% 8d.3 right: Lagrange's equations, as a tuple
def make_up(w, X, k, value):
    K = len(w)
    H = X.T @ X
    e = np.zeros(K)
    e[k] = 1
    system = np.block([[H, e[:, None]], [e[None], np.zeros((1, 1))]])
    return tuple(np.linalg.solve(system, np.append(H @ w, value))[:K])


# %% 8d.3 right: pseudo-inverse, inserted
def make_up(w, X, k, value):
    rest = np.delete(X, k, axis=1)
    return np.insert(np.linalg.pinv(rest) @ (X @ w - value * X[:, k]), k, value)


# %% 8d.3 right: one after the other until nothing moves
def make_up(w, X, k, value):
    new, wanted = [float(v) for v in w], X @ w
    new[k] = float(value)
    for _ in range(20000):
        for j in range(len(w)):
            if j != k:
                left = wanted - X @ np.array(new)
                new[j] += float(X[:, j] @ left) / float(X[:, j] @ X[:, j])
        if np.abs(np.delete(X, k, 1).T @ (wanted - X @ np.array(new))).max() < 1e-12:
            break
    return new


# %% 8d.3 right: QR with the fixed column last
def make_up(w, X, k, value):
    order = [i for i in range(len(w)) if i != k] + [k]
    R = np.linalg.qr(X[:, order], mode="r")
    m = len(w) - 1
    new = np.empty(len(w))
    new[k] = value
    new[order[:-1]] = w[order[:-1]] + np.linalg.solve(R[:m, :m], R[:m, m]) * (w[k] - value)
    return new


# %% 8d.3 right: a column of the inverse of X'X
def make_up(w, X, k, value):
    H = np.linalg.inv(X.T @ X)
    return w - (w[k] - value) / H[k, k] * H[:, k]


# %% 8d.3 wrong: each column makes up alone -> "differ"
def make_up(w, X, k, value):
    lost = X[:, k] * (w[k] - value)
    new = w + X.T @ lost / (X**2).sum(0)
    new[k] = value
    return new


# %% 8d.3 wrong: all columns fitted, then the value set -> "left as they were"
def make_up(w, X, k, value):
    new = np.linalg.lstsq(X, X @ w, rcond=None)[0]
    new[k] = value
    return new


# %% 8d.3 wrong: the error shared out evenly -> "differ"
def make_up(w, X, k, value):
    new = w + (w[k] - value) / (len(w) - 1)
    new[k] = value
    return new


# %% 8d.3 wrong: the Hessian, not its inverse -> "differ"
def make_up(w, X, k, value):
    H = X.T @ X
    return w + (value - w[k]) * H[:, k] / H[k, k]


# %% 8d.3 wrong: damped, as in the lesson -> "differ"
def make_up(w, X, k, value):
    H = X.T @ X
    H = H + 0.01 * np.diag(H).mean() * np.eye(len(H))
    inverse = np.linalg.inv(H)
    return w + (value - w[k]) * inverse[:, k] / inverse[k, k]


# %% 8d.3 wrong: rounds the weight itself by the lesson's ruler -> "number 0"
def make_up(w, X, k, value):
    value = np.round(w[k] / 0.3) * 0.3
    inverse = np.linalg.inv(X.T @ X)
    return w + (value - w[k]) * inverse[:, k] / inverse[k, k]


# %% 8d.3 wrong: the fixed weight is left out of the answer -> "shape"
def make_up(w, X, k, value):
    inverse = np.linalg.inv(X.T @ X)
    return np.delete(w + (value - w[k]) * inverse[:, k] / inverse[k, k], k)


# %% 8d.3 wrong: the fixed weight at the end -> "differ"
def make_up(w, X, k, value):
    rest = np.delete(X, k, axis=1)
    return np.append(np.linalg.pinv(rest) @ (X @ w - value * X[:, k]), value)


# %% 8d.3 wrong: the fit of the fixed column, not scaled by the error -> "differ"
def make_up(w, X, k, value):
    rest = np.arange(len(w)) != k
    new = w.copy()
    new[rest] += np.linalg.lstsq(X[:, rest], X[:, k], rcond=None)[0]
    new[k] = value
    return new


# %% 8d.3 wrong: each other weight corrected as if alone -> "expected"
def make_up(w, X, k, value):
    e = X[:, k] * (w[k] - value)
    n = w + X.T @ e / (X**2).sum(0)
    n[k] = value
    return n


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


# %% 8d.4 wrong: the service within the wait is forgotten -> "seconds"
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


# %% 8d.4 right: a tensor, infinity included
def time_inside(rate, service):
    busy = torch.tensor(rate * service, dtype=torch.float64)
    wait = busy * service / (2 * (1 - busy))
    return torch.where(busy < 1, service + wait, torch.tensor(math.inf, dtype=torch.float64))


# %% 8d.4 right: numpy, full machines last
def time_inside(rate, service):
    busy = np.float64(rate) * service
    with np.errstate(divide="ignore"):
        wait = busy * service / (2 * (1 - busy))
    return np.float64("inf") if wait < 0 or not np.isfinite(wait) else service + wait


# %% 8d.4 right: the free share of the time
def time_inside(rate, service):
    free = 1 - rate * service
    return service / 2 * (1 + 1 / free) if free > 0 else math.inf


# %% 8d.4 wrong: half of the wait -> "expected"
def time_inside(rate, service):
    busy = rate * service
    return math.inf if busy >= 1 else service + busy * service / (4 * (1 - busy))


# %% 8d.4 wrong: the brackets of 2(1 - busy) -> "expected"
def time_inside(rate, service):
    busy = rate * service
    return math.inf if busy >= 1 else service + busy * service / 2 * (1 - busy)


# %% 8d.4 wrong: busy is rate over service -> "expected"
def time_inside(rate, service):
    busy = rate / service
    return math.inf if busy >= 1 else service + busy * service / (2 * (1 - busy))


# %% 8d.4 wrong: the rate in place of the load -> "expected"
def time_inside(rate, service):
    return math.inf if rate * service >= 1 else service + rate * service / (2 * (1 - rate))


# %% 8d.4 wrong: infinity only when it is busy for more than 1 -> "cannot keep up"
def time_inside(rate, service):
    busy = rate * service
    if busy > 1:
        return math.inf
    return service + busy * service / (2 * max(1 - busy, 1e-9))


# %% 8d.4 wrong: None for a queue without end -> "promise None"
def time_inside(rate, service):
    busy = rate * service
    return None if busy >= 1 else service + busy * service / (2 * (1 - busy))


# %% 8d.4 wrong: nobody comes, so nobody stays -> "service is missing"
def time_inside(rate, service):
    busy = rate * service
    if rate == 0:
        return 0.0
    return math.inf if busy >= 1 else service + busy * service / (2 * (1 - busy))


# %% 8d.4 wrong: overload is a full machine at 99 % -> "cannot keep up"
def time_inside(rate, service):
    busy = min(rate * service, 0.99)
    return service + busy * service / (2 * (1 - busy))


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


# %% 8d.5 right: the lesson's answer to 8d.4, an array of names
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m in machines:
        for v in versions:
            size, lost = versions[v]
            room, reads, euros = machines[m]
            s = size / reads * tokens
            free = 1 - rate * s
            if free > 0 and room >= size and lost <= loss and (s + s / free) / 2 <= limit:
                found += [(euros, lost, s, (m, v))]
    return np.array(min(found)[-1]) if found else None


# %% 8d.5 right: one after the other is thrown away
def choose_machine(machines, versions, tokens, rate, limit, loss):
    def stay(m, v):
        s = tokens * versions[v][0] / machines[m][1]
        return math.inf if rate * s >= 1 else s + rate * s * s / (2 * (1 - rate * s))

    pairs = {(m, v) for m in machines for v in versions if versions[v][0] <= machines[m][0]}
    pairs = {p for p in pairs if stay(*p) <= limit and versions[p[1]][1] <= loss}
    for price in (lambda p: machines[p[0]][2], lambda p: versions[p[1]][1], lambda p: stay(*p)):
        pairs = {p for p in pairs if price(p) == min(map(price, pairs))}
    return next(iter(pairs), None)


# %% 8d.5 wrong: a limit that is just kept does not count -> "expected ('desk', '4b')"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            if rate * s < 1 and size <= room and lost <= loss:
                stay = s * (1 + rate * s / 2 / (1 - rate * s))
                if stay < limit:
                    found.append((euros, lost, stay, m, v))
    return min(found)[3:] if found else None


# %% 8d.5 wrong: a version as large as the memory does not fit -> "expected ('just fits', '4b')"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            if rate * s < 1 and size < room and lost <= loss:
                stay = s * (1 + rate * s / 2 / (1 - rate * s))
                if stay <= limit:
                    found.append((euros, lost, stay, m, v))
    return min(found)[3:] if found else None


# %% 8d.5 wrong: a loss that is just allowed does not count -> "something keeps"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            if rate * s < 1 and size <= room and lost < loss:
                stay = s * (1 + rate * s / 2 / (1 - rate * s))
                if stay <= limit:
                    found.append((euros, lost, stay, m, v))
    return min(found)[3:] if found else None


# %% 8d.5 wrong: the wait alone is compared -> "stays too long"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            if rate * s < 1 and size <= room and lost <= loss:
                stay = s * rate * s / 2 / (1 - rate * s)
                if stay <= limit:
                    found.append((euros, lost, stay, m, v))
    return min(found)[3:] if found else None


# %% 8d.5 wrong: cheapest per answer -> "got ('A100', '4b')"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            if rate * s < 1 and size <= room and lost <= loss:
                stay = s * (1 + rate * s / 2 / (1 - rate * s))
                if stay <= limit:
                    found.append((euros * s, lost, stay, m, v))
    return min(found)[3:] if found else None


# %% 8d.5 wrong: bytes taken for bits -> "stays too long"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / 8 / reads
            if rate * s < 1 and size <= room and lost <= loss:
                stay = s * (1 + rate * s / 2 / (1 - rate * s))
                if stay <= limit:
                    found.append((euros, lost, stay, m, v))
    return min(found)[3:] if found else None


# %% 8d.5 wrong: the lesson's 100 tokens -> "stays too long"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = 100 * size / reads
            if rate * s < 1 and size <= room and lost <= loss:
                stay = s * (1 + rate * s / 2 / (1 - rate * s))
                if stay <= limit:
                    found.append((euros, lost, stay, m, v))
    return min(found)[3:] if found else None


# %% 8d.5 wrong: version before machine -> "a pair of names"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            if rate * s < 1 and size <= room and lost <= loss:
                stay = s * (1 + rate * s / 2 / (1 - rate * s))
                if stay <= limit:
                    found.append((euros, lost, stay, v, m))
    return min(found)[3:] if found else None


# %% 8d.5 wrong: the whole tuple is returned -> "a pair of names"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            if rate * s < 1 and size <= room and lost <= loss:
                stay = s * (1 + rate * s / 2 / (1 - rate * s))
                if stay <= limit:
                    found.append((euros, lost, stay, m, v))
    return min(found) if found else None


# %% 8d.5 wrong: the first of equally dear ones -> "got ('L4', '16')"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    best = None
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            if rate * s < 1 and size <= room and lost <= loss:
                stay = s * (1 + rate * s / 2 / (1 - rate * s))
                if stay <= limit and (best is None or euros < machines[best[0]][2]):
                    best = m, v
    return best


# %% 8d.5 wrong: equal in euros and loss, the time forgotten -> "got ('L4', '16')"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            if rate * s < 1 and size <= room and lost <= loss:
                stay = s * (1 + rate * s / 2 / (1 - rate * s))
                if stay <= limit:
                    found.append((euros, lost, m, v))
    return min(found)[2:] if found else None


# %% 8d.5 wrong: a full machine divides by zero -> "ZeroDivisionError"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            if rate * s <= 1 and size <= room and lost <= loss:
                stay = s * (1 + rate * s / 2 / (1 - rate * s))
                if stay <= limit:
                    found.append((euros, lost, stay, m, v))
    return min(found)[3:] if found else None


# %% 8d.5 wrong: every answer times for varying service -> "got ('desk', '8')"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            if rate * s < 1 and size <= room and lost <= loss:
                stay = s / (1 - rate * s)
                if stay <= limit:
                    found.append((euros, lost, stay, m, v))
    return min(found)[3:] if found else None


# %% 8d.5 wrong: an empty tuple where nothing will do -> "nothing keeps"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    found = []
    for m, (room, reads, euros) in machines.items():
        for v, (size, lost) in versions.items():
            s = tokens * size / reads
            if rate * s < 1 and size <= room and lost <= loss:
                stay = s * (1 + rate * s / 2 / (1 - rate * s))
                if stay <= limit:
                    found.append((euros, lost, stay, m, v))
    return min(found)[3:] if found else ()


# %% 8d.5 wrong: the loss before the euros -> "got ('A100',"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    def t(rate, service):
        load = rate * service
        return service * (1 + load / (2 - 2 * load)) if load < 1 else math.inf

    ok = [
        (l, e, t(rate, tokens * s / r), (m, v))
        for m, (a, r, e) in machines.items()
        for v, (s, l) in versions.items()
        if s <= a and l <= loss
    ]
    ok = sorted(x for x in ok if x[2] <= limit and math.isfinite(x[2]))
    return ok[0][3] if ok else None


# %% 8d.5 wrong: the smallest version in place of the smallest loss -> "expected"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    def t(rate, service):
        load = rate * service
        return service * (1 + load / (2 - 2 * load)) if load < 1 else math.inf

    ok = [
        (e, s, t(rate, tokens * s / r), (m, v), l)
        for m, (a, r, e) in machines.items()
        for v, (s, l) in versions.items()
        if s <= a and l <= loss
    ]
    ok = sorted(x for x in ok if x[2] <= limit and math.isfinite(x[2]))
    return ok[0][3] if ok else None


# %% 8d.5 wrong: only the cheapest machine is asked -> "something keeps"
def choose_machine(machines, versions, tokens, rate, limit, loss):
    m = min(machines, key=lambda m: machines[m][2])
    for v in sorted(versions, key=lambda v: versions[v][1]):
        s = tokens * versions[v][0] / machines[m][1]
        load = rate * s
        if (
            versions[v][0] <= machines[m][0]
            and load < 1
            and versions[v][1] <= loss
            and s * (1 + load / (2 - 2 * load)) <= limit
        ):
            return m, v
    return None
