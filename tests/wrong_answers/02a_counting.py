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

# %% 2a.1 wrong: shares the word table -> "not shared with the word table"
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    block = 2 * width**2 + 2 * width * kv_heads * (width // heads) + 3 * width * hidden + 2 * width
    return layers * block + width + vocabulary * width

# %% 2a.1 wrong: as many key-value heads as heads -> "have kv_heads heads only"
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    return layers * (4 * width**2 + 3 * width * hidden + 2 * width) + width + 2 * vocabulary * width

# %% 2a.1 wrong: two matrices in the MLP -> "three matrices, not two"
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

# %% 2a.1 wrong: keys and values as wide as one head -> "layers=1, width=8"
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    block = 2 * width**2 + 2 * width * (width // heads) + 3 * width * hidden + 2 * width
    return layers * block + width + 2 * vocabulary * width

# %% 2a.1 wrong: the number for Llama-3-8B only -> "layers=1, width=8"
def llama_parameters(layers, width, heads, kv_heads, hidden, vocabulary):
    return 8_030_261_248

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

# %% 2a.2 wrong: one cache for all users -> "for all users together"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    return max(0, int((memory - parameters * weight_bytes) // (4 * layers * kv_heads * head_width)))

# %% 2a.2 wrong: forgets the weights -> "the weights take memory too"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    return int(memory // (4 * layers * kv_heads * head_width * users))

# %% 2a.2 wrong: a key without a value -> "a key *and* a value"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    left = memory - parameters * weight_bytes
    return max(0, int(left // (2 * layers * kv_heads * head_width * users)))

# %% 2a.2 wrong: rounds up -> "rounded up"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    left = memory - parameters * weight_bytes
    return max(0, math.ceil(left / (4 * layers * kv_heads * head_width * users)))

# %% 2a.2 wrong: does not round -> "expected 13, got 13.3333"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    return max(0, (memory - parameters * weight_bytes) / (4 * layers * kv_heads * head_width * users))

# %% 2a.2 wrong: a negative length -> "the weights alone need 16.06 GB"
def longest_conversation(memory, parameters, weight_bytes, layers, kv_heads, head_width, users):
    return int((memory - parameters * weight_bytes) // (4 * layers * kv_heads * head_width * users))

# %% 2a.2 wrong: uses the weights' precision for the cache -> "with 4-bit weights 950 bytes are left"
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

# %% 2a.3 wrong: forgets both factors -> "mind the factors 2 and 4"
def crossing(width, ratio=4):
    return (4 + 2 * ratio) * width

# %% 2a.3 wrong: one FLOP a weight -> "costs 2 FLOPs"
def crossing(width, ratio=4):
    return (4 + 2 * ratio) * width / 4

# %% 2a.3 wrong: the MLP only -> "leaves out the four matrices"
def crossing(width, ratio=4):
    return ratio * width

# %% 2a.3 wrong: ratio 4 for all -> "right for ratio 4 only"
def crossing(width, ratio=4):
    return 6 * width

# %% 2a.3 wrong: one matrix in the MLP -> "the MLP has two matrices"
def crossing(width, ratio=4):
    return (2 + ratio / 2) * width

# %% 2a.3 wrong: the inverse -> "expected 352"
def crossing(width, ratio=4):
    return 1 / ((2 + ratio) * width)

# %% 2a.4 wrong: always the system of the features -> "you built a 1,500 × 1,500 system"
def ridge_weights(F, Y, s):
    return np.linalg.solve(F.T @ F + s * np.eye(F.shape[1]), F.T @ Y)

# %% 2a.4 right: extra rows, and lists
def ridge_weights(F, Y, s):
    n, p = F.shape
    if p > n:
        return (F.T @ np.linalg.inv(F @ F.T + s * np.identity(n)) @ Y).tolist()
    rows = np.vstack([F, s**0.5 * np.eye(p)])
    return np.linalg.lstsq(rows, np.vstack([Y, np.zeros((p, Y.shape[1]))]), rcond=None)[0].tolist()

# %% 2a.4 right: always the small system of the rows, in torch
def ridge_weights(F, Y, s):
    F, Y = torch.tensor(F), torch.tensor(Y)
    return F.T @ torch.linalg.solve(F @ F.T + s * torch.eye(len(F), dtype=F.dtype), Y)

# %% 2a.4 wrong: plain least squares -> "s is not in it"
def ridge_weights(F, Y, s):
    return np.linalg.lstsq(F, Y, rcond=None)[0]

# %% 2a.4 wrong: as if squares were averaged -> "do not multiply s by n"
def ridge_weights(F, Y, s):
    n, p = F.shape
    return np.linalg.solve(F.T @ F / n + s * np.eye(p), F.T @ Y / n)

# %% 2a.4 wrong: s squared -> "that is s²"
def ridge_weights(F, Y, s):
    return np.linalg.solve(F.T @ F + s**2 * np.eye(F.shape[1]), F.T @ Y)

# %% 2a.4 wrong: subtracts s -> "the sign of s"
def ridge_weights(F, Y, s):
    return np.linalg.solve(F.T @ F - s * np.eye(F.shape[1]), F.T @ Y)

# %% 2a.4 wrong: s everywhere -> "on the diagonal only"
def ridge_weights(F, Y, s):
    return np.linalg.solve(F.T @ F + s, F.T @ Y)

# %% 2a.4 wrong: the other way round -> "expected an array of shape (4, 3)"
def ridge_weights(F, Y, s):
    return np.linalg.solve(F.T @ F + s * np.eye(F.shape[1]), F.T @ Y).T

# %% 2a.4 wrong: half of s -> "weights for n=12"
def ridge_weights(F, Y, s):
    return np.linalg.solve(F.T @ F + s / 2 * np.eye(F.shape[1]), F.T @ Y)

# %% 2a.4 wrong: always the system of the features, in torch -> "take the 3 × 3 system"
def ridge_weights(F, Y, s):
    F, Y = torch.tensor(F), torch.tensor(Y)
    return torch.linalg.solve(F.T @ F + s * torch.eye(F.shape[1], dtype=F.dtype), F.T @ Y)

# %% 2a.5 right: sorts a list of dicts
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

# %% 2a.5 wrong: forgets the caches -> "60 caches take 15.7 GB"
def cheapest_plan(models, machines, users, context, floor):
    plans = [
        (rent, -accuracy, (model, each, machine))
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        for machine, (memory, rent) in machines.items()
        if parameters * each <= memory and accuracy >= floor
    ]
    return min(plans)[2] if plans else None

# %% 2a.5 wrong: one cache for all users -> "60 caches take 15.7 GB"
def cheapest_plan(models, machines, users, context, floor):
    plans = [
        (rent, -accuracy, (model, each, machine))
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        for machine, (memory, rent) in machines.items()
        if parameters * each + context * cache <= memory and accuracy >= floor
    ]
    return min(plans)[2] if plans else None

# %% 2a.5 wrong: above the floor only -> "equal to the floor is enough"
def cheapest_plan(models, machines, users, context, floor):
    plans = [
        (rent, -accuracy, (model, each, machine))
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        for machine, (memory, rent) in machines.items()
        if parameters * each + users * context * cache <= memory and accuracy > floor
    ]
    return min(plans)[2] if plans else None

# %% 2a.5 wrong: the most accurate plan, whatever it costs -> "expected ('8B', 0.5, '8 GB'), got ('70B', 2"
def cheapest_plan(models, machines, users, context, floor):
    plans = [
        (-accuracy, rent, (model, each, machine))
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        for machine, (memory, rent) in machines.items()
        if parameters * each + users * context * cache <= memory and accuracy >= floor
    ]
    return min(plans)[2] if plans else None

# %% 2a.5 wrong: memory for training -> "got ('8B', 2, '8 × 80 GB')"
def cheapest_plan(models, machines, users, context, floor):
    plans = [
        (rent, -accuracy, (model, each, machine))
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        for machine, (memory, rent) in machines.items()
        if parameters * 16 + users * context * cache <= memory and accuracy >= floor
    ]
    return min(plans)[2] if plans else None

# %% 2a.5 wrong: the first of equal rents -> "take the more accurate"
def cheapest_plan(models, machines, users, context, floor):
    plans = [
        (rent, accuracy, (model, each, machine))
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        for machine, (memory, rent) in machines.items()
        if parameters * each + users * context * cache <= memory and accuracy >= floor
    ]
    return min(plans)[2] if plans else None

# %% 2a.5 wrong: an error where there is no plan -> "raised ValueError"
def cheapest_plan(models, machines, users, context, floor):
    plans = [
        (rent, -accuracy, (model, each, machine))
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        for machine, (memory, rent) in machines.items()
        if parameters * each + users * context * cache <= memory and accuracy >= floor
    ]
    return min(plans)[2]

# %% 2a.5 wrong: exactly full does not fit -> "just fill the 8 GB, and fit"
def cheapest_plan(models, machines, users, context, floor):
    plans = [
        (rent, -accuracy, (model, each, machine))
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        for machine, (memory, rent) in machines.items()
        if parameters * each + users * context * cache < memory and accuracy >= floor
    ]
    return min(plans)[2] if plans else None

# %% 2a.5 wrong: the smallest machine instead of the cheapest -> "got ('8B', 0.5, '16 GB, new')"
def cheapest_plan(models, machines, users, context, floor):
    plans = [
        (memory, -accuracy, (model, each, machine))
        for model, (parameters, cache, precisions) in models.items()
        for each, accuracy in precisions.items()
        for machine, (memory, rent) in machines.items()
        if parameters * each + users * context * cache <= memory and accuracy >= floor
    ]
    return min(plans)[2] if plans else None
