# %% 2a.1 right: head by head, with NumPy
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    head = width / heads
    block = np.sum([heads * head * width, kv_heads * head * width * 2, width * width, hidden * width * 3, width * 2])
    return np.int64(layers * block + width + vocabulary * width * 2)

# %% 2a.1 right: a tensor of one number
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    kv = width * kv_heads // heads
    total = width * (layers * (2 * width + 2 * kv + 3 * hidden + 2) + 1 + 2 * vocabulary)
    return torch.tensor(total)

# %% 2a.1 right: shape by shape, with math.prod
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    side = kv_heads * width / heads
    shapes = [(width, width), (side, width), (side, width), (width, width)] + 3 * [(hidden, width)] + 2 * [(width,)]
    outside = [(vocabulary, width), (vocabulary, width), (width,)]
    return sum(math.prod(shape) for shape in shapes * layers + outside)

# %% 2a.1 wrong: keys narrow, values wide -> "layers=3, width=24"
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    block = 3 * width**2 + width * kv_heads * (width // heads) + 3 * width * hidden + 2 * width
    return layers * block + width + 2 * vocabulary * width

# %% 2a.1 wrong: queries and output narrow as well -> "layers=3, width=24"
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    block = 4 * width * kv_heads * (width // heads) + 3 * width * hidden + 2 * width
    return layers * block + width + 2 * vocabulary * width

# %% 2a.1 wrong: shares the word table -> "a matrix of their own"
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    block = 2 * width**2 + 2 * width * kv_heads * (width // heads) + 3 * width * hidden + 2 * width
    return layers * block + width + vocabulary * width

# %% 2a.1 wrong: as many key-value heads as heads -> "have kv_heads heads only"
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    return layers * (4 * width**2 + 3 * width * hidden + 2 * width) + width + 2 * vocabulary * width

# %% 2a.1 wrong: two matrices in the MLP -> "three matrices"
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    block = 2 * width**2 + 2 * width * kv_heads * (width // heads) + 2 * width * hidden + 2 * width
    return layers * block + width + 2 * vocabulary * width

# %% 2a.1 wrong: forgets the last norm -> "after the last block is missing"
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    block = 2 * width**2 + 2 * width * kv_heads * (width // heads) + 3 * width * hidden + 2 * width
    return layers * block + 2 * vocabulary * width

# %% 2a.1 wrong: norms with scale and shift -> "a scale without a shift"
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    block = 2 * width**2 + 2 * width * kv_heads * (width // heads) + 3 * width * hidden + 4 * width
    return layers * block + 2 * width + 2 * vocabulary * width

# %% 2a.1 wrong: biases everywhere -> "no layer has a bias"
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    kv = kv_heads * (width // heads)
    biases = 2 * width + 2 * kv + 2 * hidden + width
    block = 2 * width**2 + 2 * width * kv + 3 * width * hidden + 2 * width + biases
    return layers * block + width + 2 * vocabulary * width

# %% 2a.1 wrong: keys and values as wide as one head -> "all key-value heads count"
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    block = 2 * width**2 + 2 * width * (width // heads) + 3 * width * hidden + 2 * width
    return layers * block + width + 2 * vocabulary * width

# %% 2a.1 wrong: the number for Llama-3-8B only -> "layers=3, width=24"
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    return 8_030_261_248

# %% 2a.1 wrong: one norm in a block -> "a block has two norms"
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    block = 2 * width**2 + 2 * width * kv_heads * (width // heads) + 3 * width * hidden + width
    return layers * block + width + 2 * vocabulary * width

# %% 2a.2 right: math.floor
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    per_user = (memory - parameters * weight_bytes) / users
    return max(math.floor(per_user / (4 * layers * kv_heads * head_width)), 0)

# %% 2a.2 right: an early return and NumPy
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    weights = np.float64(parameters) * weight_bytes
    if weights >= memory:
        return 0
    return np.floor((memory - weights) / (users * np.prod([2, 2, layers, kv_heads, head_width])))

# %% 2a.2 right: token by token, with recursion by halves
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    def fits(tokens):
        return parameters * weight_bytes + users * tokens * layers * kv_heads * head_width * 4 <= memory

    def last(low, high):
        if high - low == 1:
            return low
        middle = (low + high) // 2
        return last(middle, high) if fits(middle) else last(low, middle)

    return torch.tensor(last(0, 10**9)) if fits(0) else torch.tensor(0)

# %% 2a.2 wrong: rounds to the nearest -> "one token too many"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    left = memory - parameters * weight_bytes
    return max(0, round(left / (4 * layers * kv_heads * head_width * users)))

# %% 2a.2 wrong: every user has the weights -> "expected 103"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    left = memory / users - parameters * weight_bytes
    return max(0, int(left // (4 * layers * kv_heads * head_width)))

# %% 2a.2 wrong: one cache for all users -> "for all users together"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    return max(0, int((memory - parameters * weight_bytes) // (4 * layers * kv_heads * head_width)))

# %% 2a.2 wrong: forgets the weights -> "the weights take memory too"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    return int(memory // (4 * layers * kv_heads * head_width * users))

# %% 2a.2 wrong: a key without a value -> "a factor 2 is missing"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    left = memory - parameters * weight_bytes
    return max(0, int(left // (2 * layers * kv_heads * head_width * users)))

# %% 2a.2 wrong: rounds up -> "one token too many"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    left = memory - parameters * weight_bytes
    return max(0, math.ceil(left / (4 * layers * kv_heads * head_width * users)))

# %% 2a.2 wrong: does not round -> "a whole number is wanted"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    return max(0, (memory - parameters * weight_bytes) / (4 * layers * kv_heads * head_width * users))

# %% 2a.2 wrong: a negative length -> "do the weights alone fit"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    return int((memory - parameters * weight_bytes) // (4 * layers * kv_heads * head_width * users))

# %% 2a.2 wrong: forgets both factors of the cache -> "two factors are missing"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    left = memory - parameters * weight_bytes
    return max(0, int(left // (users * layers * kv_heads * head_width)))

# %% 2a.2 wrong: takes the bytes of a weight for bits -> "bytes, not bits"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    left = memory - parameters * weight_bytes / 8
    return max(0, int(left // (4 * layers * kv_heads * head_width * users)))

# %% 2a.2 wrong: leaves one token free -> "up to the last one"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    left = memory - parameters * weight_bytes
    return max(0, math.ceil(left / (4 * layers * kv_heads * head_width * users)) - 1)

# %% 2a.2 wrong: uses the weights' precision for the cache -> "leaves 950 bytes"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    left = memory - parameters * weight_bytes
    return max(0, int(left // (2 * layers * kv_heads * head_width * weight_bytes * users)))

# %% 2a.3 right: from the equation
def crossing(width, ratio=4):
    matrices = 2 * (4 * width**2 + 2 * width * ratio * width)
    return matrices / (4 * width)

# %% 2a.3 right: a NumPy number
def crossing(width, ratio=4):
    return np.float64(width * 2 + width * ratio)

# %% 2a.3 wrong: forgets both factors -> "mind the factors"
def crossing(width, ratio=4):
    return (4 + 2 * ratio) * width

# %% 2a.3 wrong: one FLOP a weight -> "costs 2 FLOPs"
def crossing(width, ratio=4):
    return (4 + 2 * ratio) * width / 4

# %% 2a.3 wrong: the MLP only -> "leaves out the four matrices"
def crossing(width, ratio=4):
    return ratio * width

# %% 2a.3 wrong: attention only -> "leaves out the MLP"
def crossing(width, ratio=4):
    return 2 * width

# %% 2a.3 wrong: changed the default -> "no ratio given"
def crossing(width, ratio=1):
    return (2 + ratio) * width

# %% 2a.3 wrong: ratio 4 for all -> "right for one ratio only"
def crossing(width, ratio=4):
    return 6 * width

# %% 2a.3 wrong: one matrix in the MLP -> "the MLP has two matrices"
def crossing(width, ratio=4):
    return (2 + ratio / 2) * width

# %% 2a.3 wrong: the inverse -> "expected 352"
def crossing(width, ratio=4):
    return 1 / ((2 + ratio) * width)

# %% 2a.3 wrong: rounds down -> "do not round"
def crossing(width, ratio=4):
    return int((2 + ratio) * width)

# %% 2a.3 wrong: rounds to the nearest -> "do not round"
def crossing(width, ratio=4):
    return round((2 + ratio) * width)

# %% 2a.3 right: solved by bisection
def crossing(width, ratio=4):
    low, high = 0.0, 1e9
    while high - low > 1e-9 * high:
        T = (low + high) / 2
        if 4 * T * width < 2 * (3 * width * width + width * width + 2 * ratio * width * width):
            low = T
        else:
            high = T
    return torch.tensor([high]).double()[0]

# %% 2a.4 right: sorts a list of dicts
def cheapest_plan(models, machines, users, context, floor):
    allowed = [
        {"plan": [model, each, machine], "rent": rent, "accuracy": accuracy}
        for machine, (memory, rent) in machines.items()
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        if not (accuracy < floor or parameters * each + cache * users * context > memory)
    ]
    allowed.sort(key=lambda plan: (plan["rent"], -plan["accuracy"]))
    return tuple(allowed[0]["plan"]) if allowed else None

# %% 2a.4 right: recursion over the plans, best kept as a dict
def cheapest_plan(models, machines, users, context, floor):
    import itertools
    def better(one, two):
        return one if two is None or (one[0], -one[1]) <= (two[0], -two[1]) else two
    best = None
    for (m, (N, c, accs)), (k, (mem, rent)) in itertools.product(models.items(), machines.items()):
        for b in accs:
            if accs[b] >= floor and N * b + users * context * c <= mem:
                best = better((rent, accs[b], (m, b, k)), best)
    return best and best[2]

# %% 2a.4 wrong: caches in the precision of the weights -> "expected"
def cheapest_plan(models, machines, users, context, floor):
    plans = [(rent, -acc, (m, b, k)) for m, (N, c, accs) in models.items() for b, acc in accs.items()
             for k, (mem, rent) in machines.items() if acc >= floor and (N + users * context * c / 2) * b <= mem]
    return min(plans)[2] if plans else None

# %% 2a.4 wrong: False where there is no plan -> "expected None"
def cheapest_plan(models, machines, users, context, floor):
    plans = [(rent, -acc, (m, b, k)) for m, (N, c, accs) in models.items() for b, acc in accs.items()
             for k, (mem, rent) in machines.items() if acc >= floor and N * b + users * context * c <= mem]
    return min(plans)[2] if plans else False

# %% 2a.4 wrong: forgets the caches -> "60 caches take 15.7 GB"
def cheapest_plan(models, machines, users, context, floor):
    plans = [
        (rent, -accuracy, (model, each, machine))
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        for machine, (memory, rent) in machines.items()
        if parameters * each <= memory and accuracy >= floor
    ]
    return min(plans)[2] if plans else None

# %% 2a.4 wrong: one cache for all users -> "60 caches take 15.7 GB"
def cheapest_plan(models, machines, users, context, floor):
    plans = [
        (rent, -accuracy, (model, each, machine))
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        for machine, (memory, rent) in machines.items()
        if parameters * each + context * cache <= memory and accuracy >= floor
    ]
    return min(plans)[2] if plans else None

# %% 2a.4 wrong: above the floor only -> "equal to the floor is enough"
def cheapest_plan(models, machines, users, context, floor):
    plans = [
        (rent, -accuracy, (model, each, machine))
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        for machine, (memory, rent) in machines.items()
        if parameters * each + users * context * cache <= memory and accuracy > floor
    ]
    return min(plans)[2] if plans else None

# %% 2a.4 wrong: the most accurate plan, whatever it costs -> "expected ('8B', 0.5, '8 GB'), got ('70B', 2"
def cheapest_plan(models, machines, users, context, floor):
    plans = [
        (-accuracy, rent, (model, each, machine))
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        for machine, (memory, rent) in machines.items()
        if parameters * each + users * context * cache <= memory and accuracy >= floor
    ]
    return min(plans)[2] if plans else None

# %% 2a.4 wrong: memory for training -> "got ('8B', 2, '8 × 80 GB')"
def cheapest_plan(models, machines, users, context, floor):
    plans = [
        (rent, -accuracy, (model, each, machine))
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        for machine, (memory, rent) in machines.items()
        if parameters * 16 + users * context * cache <= memory and accuracy >= floor
    ]
    return min(plans)[2] if plans else None

# %% 2a.4 wrong: the first of equal rents -> "which is more accurate"
def cheapest_plan(models, machines, users, context, floor):
    plans = [
        (rent, accuracy, (model, each, machine))
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        for machine, (memory, rent) in machines.items()
        if parameters * each + users * context * cache <= memory and accuracy >= floor
    ]
    return min(plans)[2] if plans else None

# %% 2a.4 wrong: no plan at all, by mistake -> "you found no plan, but there is one"
def cheapest_plan(models, machines, users, context, floor):
    plans = [m for m, (N, c, precisions) in models.items() if floor in precisions and N < 0]
    return min(plans) if plans else None

# %% 2a.4 wrong: no word on equal rents, the first one stays -> "which is more accurate"
def cheapest_plan(models, machines, users, context, floor):
    plans = [(rent, (m, b, k)) for m, (N, c, accs) in models.items() for b, acc in accs.items()
             for k, (mem, rent) in machines.items() if acc >= floor and N * b + users * context * c <= mem]
    return min(plans, key=lambda plan: plan[0])[1] if plans else None

# %% 2a.4 wrong: a running best, equal rents change nothing -> "which is more accurate"
def cheapest_plan(models, machines, users, context, floor):
    best, lowest = None, None
    for m, (N, c, accs) in models.items():
        for b, acc in accs.items():
            for k, (mem, rent) in machines.items():
                if acc >= floor and N * b + users * context * c <= mem and (best is None or rent < lowest):
                    best, lowest = (m, b, k), rent
    return best

# %% 2a.4 wrong: among equal rents the most bytes -> "which is more accurate"
def cheapest_plan(models, machines, users, context, floor):
    plans = [(rent, -b, (m, b, k)) for m, (N, c, accs) in models.items() for b, acc in accs.items()
             for k, (mem, rent) in machines.items() if acc >= floor and N * b + users * context * c <= mem]
    return min(plans)[2] if plans else None

# %% 2a.4 wrong: the first machine in order of rent that holds any -> "two machines share the lowest rent"
def cheapest_plan(models, machines, users, context, floor):
    for k, (mem, _) in sorted(machines.items(), key=lambda item: item[1][1]):
        plans = [(acc, (m, b, k)) for m, (N, c, accs) in models.items() for b, acc in accs.items()
                 if acc >= floor and N * b + users * context * c <= mem]
        if plans:
            return max(plans)[1]
    return None

# %% 2a.4 wrong: 2,000 tokens for everybody -> "one token more"
def cheapest_plan(models, machines, users, context, floor):
    plans = [(rent, -acc, (m, b, k)) for m, (N, c, accs) in models.items() for b, acc in accs.items()
             for k, (mem, rent) in machines.items() if acc >= floor and N * b + users * 2000 * c <= mem]
    return min(plans)[2] if plans else None

# %% 2a.4 wrong: two precisions by heart -> "raised KeyError"
def cheapest_plan(models, machines, users, context, floor):
    plans = [(rent, -accs[b], (m, b, k)) for m, (N, c, accs) in models.items() for b in (2, 0.5)
             for k, (mem, rent) in machines.items() if accs[b] >= floor and N * b + users * context * c <= mem]
    return min(plans)[2] if plans else None

# %% 2a.4 wrong: strikes out the machines that are too small -> "changes its input machines"
def cheapest_plan(models, machines, users, context, floor):
    plans = []
    for m, (N, c, accs) in models.items():
        for b, acc in accs.items():
            for k, (mem, rent) in list(machines.items()):
                if N * 0.5 > mem:
                    del machines[k]
                elif acc >= floor and N * b + users * context * c <= mem:
                    plans.append((rent, -acc, (m, b, k)))
    return min(plans)[2] if plans else None

# %% 2a.4 right: machine by machine, all of one rent together
def cheapest_plan(models, machines, users, context, floor):
    for price in sorted({rent for _, rent in machines.values()}):
        plans = [(acc, m, b, k) for k, (mem, rent) in machines.items() if rent == price
                 for m, (N, c, accs) in models.items() for b, acc in accs.items()
                 if acc >= floor and N * b + users * context * c <= mem]
        if plans:
            return list(max(plans)[1:])
    return None

# %% 2a.4 wrong: an error where there is no plan -> "raised ValueError"
def cheapest_plan(models, machines, users, context, floor):
    plans = [
        (rent, -accuracy, (model, each, machine))
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        for machine, (memory, rent) in machines.items()
        if parameters * each + users * context * cache <= memory and accuracy >= floor
    ]
    return min(plans)[2]

# %% 2a.4 wrong: exactly full does not fit -> "just fill 8 GB"
def cheapest_plan(models, machines, users, context, floor):
    plans = [
        (rent, -accuracy, (model, each, machine))
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        for machine, (memory, rent) in machines.items()
        if parameters * each + users * context * cache < memory and accuracy >= floor
    ]
    return min(plans)[2] if plans else None

# %% 2a.4 wrong: the smallest machine instead of the cheapest -> "got ('8B', 0.5, '16 GB, new')"
def cheapest_plan(models, machines, users, context, floor):
    plans = [
        (memory, -accuracy, (model, each, machine))
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        for machine, (memory, rent) in machines.items()
        if parameters * each + users * context * cache <= memory and accuracy >= floor
    ]
    return min(plans)[2] if plans else None


# %% 2a.1 wrong: one number for each key-value head -> "has a width"
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    attention = 2 * width * width + 2 * width * kv_heads
    return layers * (attention + 3 * width * hidden + 2 * width) + 2 * vocabulary * width + width


# %% 2a.1 right: layers without memory, counted
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    lin = lambda a, b: nn.Linear(a, b, bias=False, device="meta")
    kv = width * kv_heads // heads
    parts = [lin(width, width), lin(width, width), lin(width, kv), lin(width, kv), lin(width, hidden), lin(width, hidden), lin(hidden, width)]
    block = sum(p.weight.numel() for p in parts) + 2 * width
    return layers * block + width + 2 * width * vocabulary


# %% 2a.2 right: doubles, then halves the gap
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    def fits(t):
        return parameters * weight_bytes + users * t * 2 * 2 * layers * kv_heads * head_width <= memory
    if not fits(0):
        return 0
    low, high = 0, 1
    while fits(high):
        high *= 2
    while high - low > 1:
        mid = (low + high) // 2
        low, high = (mid, high) if fits(mid) else (low, mid)
    return low


# %% 2a.2 wrong: missing memory becomes negative tokens -> "no negative number of tokens"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    left = memory - parameters * weight_bytes
    return int(left // (users * 4 * layers * kv_heads * head_width))


# %% 2a.4 wrong: the most accuracy for the money -> "8B"
def cheapest_plan(models, machines, users, context, floor):
    plans = [(r / a, (m, b, k)) for m, (n, c, q) in models.items() for b, a in q.items() for k, (mem, r) in machines.items()
             if n * b + users * context * c <= mem and a >= floor]
    return min(plans)[1] if plans else None
