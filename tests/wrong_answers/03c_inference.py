# %% 3c.1 right: row numbers instead of split
def read_pile(model, inputs, batch):
    mode = model.training
    model.train(False)
    found = []
    with torch.no_grad():
        for start in range(0, len(inputs), batch):
            found.extend(model(inputs[start : start + batch]))
    model.train(mode)
    return torch.stack(found)

# %% 3c.1 wrong: forgets eval -> "must rest"
def read_pile(model, inputs, batch):
    was = model.training
    model.train()
    with torch.inference_mode():
        parts = [model(part) if len(part) > 1 else model.eval()(part) for part in inputs.split(batch)]
    model.train(was)
    return torch.cat(parts)

# %% 3c.1 wrong: drops the last, smaller batch -> "the last batch may be smaller"
def read_pile(model, inputs, batch):
    was = model.training
    model.eval()
    with torch.inference_mode():
        whole = max(len(inputs) // batch, 1)
        scores = torch.cat([model(inputs[n * batch : (n + 1) * batch]) for n in range(whole)])
    model.train(was)
    return scores

# %% 3c.1 wrong: keeps the graph -> "kept notes for a backward pass"
def read_pile(model, inputs, batch):
    was = model.training
    model.eval()
    scores = torch.cat([model(part) for part in inputs.split(batch)])
    model.train(was)
    return scores

# %% 3c.1 wrong: leaves the model in eval mode -> "came back in another mode"
def read_pile(model, inputs, batch):
    model.eval()
    with torch.inference_mode():
        return torch.cat([model(part) for part in inputs.split(batch)])

# %% 3c.1 wrong: leaves the model in train mode -> "came back in another mode"
def read_pile(model, inputs, batch):
    model.eval()
    with torch.inference_mode():
        scores = torch.cat([model(part) for part in inputs.split(batch)])
    model.train()
    return scores

# %% 3c.1 wrong: everything at once -> "is the most"
def read_pile(model, inputs, batch):
    was = model.training
    model.eval()
    with torch.inference_mode():
        scores = model(inputs)
    model.train(was)
    return scores

# %% 3c.1 wrong: a list of parts -> "expected one tensor, got list"
def read_pile(model, inputs, batch):
    was = model.training
    model.eval()
    with torch.inference_mode():
        scores = [model(part) for part in inputs.split(batch)]
    model.train(was)
    return scores

# %% 3c.1 wrong: batch taken as the number of parts -> "is the most"
def read_pile(model, inputs, batch):
    was = model.training
    model.eval()
    with torch.inference_mode():
        scores = torch.cat([model(part) for part in inputs.chunk(batch)])
    model.train(was)
    return scores

# %% 3c.1 wrong: classes instead of scores -> "not scores but something made of them"
def read_pile(model, inputs, batch):
    was = model.training
    model.eval()
    with torch.inference_mode():
        scores = torch.cat([model(part) for part in inputs.split(batch)])
    model.train(was)
    return scores.argmax(dim=1)

# %% 3c.2 right: pairs and lists
def equal_count_ece(confidence, right, groups):
    pairs = sorted(zip(confidence.tolist(), right.tolist()))
    n, extra = divmod(len(pairs), groups)
    total = start = 0
    for g in range(groups):
        part = pairs[start : start + n + (g < extra)]
        start += len(part)
        total += abs(sum(c for c, _ in part) - sum(r for _, r in part))
    return total / len(pairs)

# %% 3c.2 right: differences first, and a tensor
def equal_count_ece(confidence, right, groups):
    order = np.argsort(confidence)
    parts = np.array_split(confidence[order] - right[order], groups)
    return torch.tensor(sum(abs(part.sum()) for part in parts) / len(order))

# %% 3c.2 wrong: the plain mean of the gaps -> "a larger part counts more"
def equal_count_ece(confidence, right, groups):
    parts = np.array_split(np.argsort(confidence), groups)
    return np.mean([abs(confidence[p].mean() - right[p].mean()) for p in parts])

# %% 3c.2 wrong: signs cancel -> "gaps of both signs cancel"
def equal_count_ece(confidence, right, groups):
    parts = np.array_split(np.argsort(confidence), groups)
    return sum((confidence[p].mean() - right[p].mean()) * len(p) for p in parts) / len(confidence)

# %% 3c.2 wrong: single answers -> "compare the means of a part"
def equal_count_ece(confidence, right, groups):
    return np.abs(confidence - right).mean()

# %% 3c.2 wrong: no weights -> "weight each by its share"
def equal_count_ece(confidence, right, groups):
    parts = np.array_split(np.argsort(confidence), groups)
    return sum(abs(confidence[p].mean() - right[p].mean()) for p in parts)

# %% 3c.2 wrong: not sorted -> "the answers are not sorted"
def equal_count_ece(confidence, right, groups):
    parts = np.array_split(np.arange(len(confidence)), groups)
    return sum(abs(confidence[p].mean() - right[p].mean()) * len(p) for p in parts) / len(confidence)

# %% 3c.2 wrong: sorts the confidences alone -> "what was right stays behind"
def equal_count_ece(confidence, right, groups):
    parts = np.array_split(np.arange(len(confidence)), groups)
    confidence = np.sort(confidence)
    return sum(abs(confidence[p].mean() - right[p].mean()) * len(p) for p in parts) / len(confidence)

# %% 3c.2 wrong: bins of equal width -> "12 answers in 3 parts: expected"
def equal_count_ece(confidence, right, groups):
    which = np.minimum((confidence * groups).astype(int), groups - 1)
    parts = [np.flatnonzero(which == g) for g in range(groups)]
    return sum(abs(confidence[p].mean() - right[p].mean()) * len(p) for p in parts if len(p)) / len(confidence)

# %% 3c.2 wrong: squared gaps -> "12 answers in 3 parts: expected"
def equal_count_ece(confidence, right, groups):
    parts = np.array_split(np.argsort(confidence), groups)
    return sum((confidence[p].mean() - right[p].mean()) ** 2 * len(p) for p in parts) / len(confidence)

# %% 3c.2 wrong: parts of the floor size, the rest dropped -> "answers in"
def equal_count_ece(confidence, right, groups):
    order, n = np.argsort(confidence), len(confidence) // groups
    parts = [order[g * n : (g + 1) * n] for g in range(groups)]
    return sum(abs(confidence[p].mean() - right[p].mean()) * n for p in parts) / (n * groups)

# %% 3c.3 right: running sums from the top
def cheapest_threshold(confidence, right, error, clerk):
    best, lowest = float("inf"), clerk * len(confidence)
    for t in np.unique(confidence):
        cost = sum(clerk if s < t else (0 if r else error) for s, r in zip(confidence, right))
        if cost < lowest:
            best, lowest = t, cost
    return torch.tensor(best)

# %% 3c.3 right: a hair below the cheapest confidence
def cheapest_threshold(confidence, right, error, clerk):
    tries = np.append(np.unique(confidence) - 1e-9, 1.5)
    costs = [error * np.sum(~right[confidence > t]) + clerk * np.sum(confidence <= t) for t in tries]
    return tries[int(np.argmin(costs))]

# %% 3c.3 wrong: answers everything -> "€ is possible"
def cheapest_threshold(confidence, right, error, clerk):
    return 0.0

# %% 3c.3 wrong: answers nothing -> "€ is possible"
def cheapest_threshold(confidence, right, error, clerk):
    return 1.0

# %% 3c.3 wrong: the rule for an honest confidence -> "€ is possible"
def cheapest_threshold(confidence, right, error, clerk):
    return 1 - clerk / error

# %% 3c.3 wrong: forgets the clerk -> "€ is possible"
def cheapest_threshold(confidence, right, error, clerk):
    return min([*confidence, 2.0], key=lambda t: error * (~right[confidence >= t]).sum())

# %% 3c.3 wrong: the clerk's work counted on the wrong side -> "€ is possible"
def cheapest_threshold(confidence, right, error, clerk):
    return min([*confidence, 2.0], key=lambda t: error * (~right[confidence >= t]).sum() + clerk * (confidence >= t).sum())

# %% 3c.3 wrong: above instead of at or above -> "€ is possible"
def cheapest_threshold(confidence, right, error, clerk):
    return min([0.0, *confidence], key=lambda t: error * (~right[confidence > t]).sum() + clerk * (confidence <= t).sum())

# %% 3c.3 wrong: the dearest -> "€ is possible"
def cheapest_threshold(confidence, right, error, clerk):
    return max([*confidence, 2.0], key=lambda t: error * (~right[confidence >= t]).sum() + clerk * (confidence < t).sum())

# %% 3c.3 wrong: the clerk sees only wrong answers -> "€ is possible"
def cheapest_threshold(confidence, right, error, clerk):
    return min([*confidence, 2.0], key=lambda t: error * (~right[confidence >= t]).sum() + clerk * (~right[confidence < t]).sum())

# %% 3c.3 wrong: the cost, not the threshold -> "€ is possible"
def cheapest_threshold(confidence, right, error, clerk):
    return min(error * (~right[confidence >= t]).sum() + clerk * (confidence < t).sum() for t in [*confidence, 2.0])

# %% 3c.3 wrong: threshold and cost -> "return one number"
def cheapest_threshold(confidence, right, error, clerk):
    return min((error * (~right[confidence >= t]).sum() + clerk * (confidence < t).sum(), t) for t in [*confidence, 2.0])

# %% 3c.3 wrong: a coarse grid -> "€ is possible"
def cheapest_threshold(confidence, right, error, clerk):
    return min([0.0, 0.5, 0.9], key=lambda t: error * (~right[confidence >= t]).sum() + clerk * (confidence < t).sum())

# %% 3c.3 wrong: always answers something -> "and 15.00 € is possible"
def cheapest_threshold(confidence, right, error, clerk):
    return min(confidence, key=lambda t: error * (~right[confidence >= t]).sum() + clerk * (confidence < t).sum())

# %% 3c.4 right: searchsorted and two sums
def stability_index(old, new, edges):
    k = len(edges) + 1

    def shares(values):
        which = np.searchsorted(edges, values, side="right")
        return [(int(np.sum(which == b)) + 0.5) / (len(values) + k / 2) for b in range(k)]

    p, q = shares(old), shares(new)
    return sum(b * math.log(b / a) for a, b in zip(p, q)) + sum(a * math.log(a / b) for a, b in zip(p, q))

# %% 3c.4 right: histogram with open ends
def stability_index(old, new, edges):
    ends = [-np.inf, *edges, np.inf]
    p, q = ((np.histogram(v, ends)[0] + 0.5) / (len(v) + 0.5 * (len(ends) - 1)) for v in (old, new))
    return np.dot(q - p, np.log(q) - np.log(p))

# %% 3c.4 wrong: one direction only -> "PSI weights with q - p"
def stability_index(old, new, edges):
    k = len(edges) + 1
    p, q = ((np.bincount(np.digitize(v, edges), minlength=k) + 0.5) / (len(v) + 0.5 * k) for v in (old, new))
    return (q * np.log(q / p)).sum()

# %% 3c.4 wrong: the other direction only -> "of the old from the new"
def stability_index(old, new, edges):
    k = len(edges) + 1
    p, q = ((np.bincount(np.digitize(v, edges), minlength=k) + 0.5) / (len(v) + 0.5 * k) for v in (old, new))
    return (p * np.log(p / q)).sum()

# %% 3c.4 wrong: the sign -> "never negative"
def stability_index(old, new, edges):
    k = len(edges) + 1
    p, q = ((np.bincount(np.digitize(v, edges), minlength=k) + 0.5) / (len(v) + 0.5 * k) for v in (old, new))
    return ((p - q) * np.log(q / p)).sum()

# %% 3c.4 wrong: the mean over bins -> "PSI adds them up"
def stability_index(old, new, edges):
    k = len(edges) + 1
    p, q = ((np.bincount(np.digitize(v, edges), minlength=k) + 0.5) / (len(v) + 0.5 * k) for v in (old, new))
    return ((q - p) * np.log(q / p)).mean()

# %% 3c.4 wrong: logarithm to base 2 -> "takes the natural one"
def stability_index(old, new, edges):
    k = len(edges) + 1
    p, q = ((np.bincount(np.digitize(v, edges), minlength=k) + 0.5) / (len(v) + 0.5 * k) for v in (old, new))
    return ((q - p) * np.log2(q / p)).sum()

# %% 3c.4 wrong: empty bins not filled -> "expected"
def stability_index(old, new, edges):
    k = len(edges) + 1
    p, q = (np.bincount(np.digitize(v, edges), minlength=k) / len(v) for v in (old, new))
    with np.errstate(all="ignore"):
        return ((q - p) * np.log(q / p)).sum()

# %% 3c.4 wrong: shares that do not sum to one -> "by n + ½ · bins, not by n"
def stability_index(old, new, edges):
    k = len(edges) + 1
    p, q = ((np.bincount(np.digitize(v, edges), minlength=k) + 0.5) / len(v) for v in (old, new))
    return ((q - p) * np.log(q / p)).sum()

# %% 3c.4 wrong: counts instead of shares -> "expected"
def stability_index(old, new, edges):
    k = len(edges) + 1
    p, q = (np.bincount(np.digitize(v, edges), minlength=k) + 0.5 for v in (old, new))
    return ((q - p) * np.log(q / p)).sum()

# %% 3c.4 wrong: values beyond the outer edges are lost -> "expected"
def stability_index(old, new, edges):
    ends = [min(old), *edges, max(old)]
    k = len(edges) + 1
    p, q = ((np.histogram(v, ends)[0] + 0.5) / (len(v) + 0.5 * k) for v in (old, new))
    return ((q - p) * np.log(q / p)).sum()

# %% 3c.4 wrong: one bin too few -> "expected"
def stability_index(old, new, edges):
    k = len(edges)
    which = [np.minimum(np.digitize(v, edges), k - 1) for v in (old, new)]
    p, q = ((np.bincount(w, minlength=k) + 0.5) / (len(w) + 0.5 * k) for w in which)
    return ((q - p) * np.log(q / p)).sum()

# %% 3c.5 right: one exception for all that does not fit
def status_for(body, rows, columns, max_bytes, max_inputs):
    if not len(body) <= max_bytes:
        return 413
    try:
        content = json.loads(body.decode("utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError, ValueError):
        return 400
    try:
        assert set(content) == {"inputs"}
        slips = content["inputs"]
        assert type(slips) is list and 0 < len(slips) <= max_inputs
        for slip in slips:
            assert type(slip) is list and len(slip) == rows
            for row in slip:
                assert type(row) is list and len(row) == columns
                for v in row:
                    assert not isinstance(v, (bool, str)) and 0 <= v <= 16
    except (AssertionError, KeyError, TypeError):
        return 422
    return 200

# %% 3c.5 wrong: the opposite question lets NaN through -> "NaN"
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) > max_bytes:
        return 413
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return 400
    try:
        slips = content["inputs"]
        if type(slips) is not list or not 1 <= len(slips) <= max_inputs:
            return 422
        for slip in slips:
            if type(slip) is not list or len(slip) != rows:
                return 422
            for row in slip:
                if type(row) is not list or len(row) != columns:
                    return 422
                if any(type(v) not in (int, float) or v < 0 or v > 16 for v in row):
                    return 422
    except (KeyError, TypeError):
        return 422
    return 200

# %% 3c.5 wrong: true counts as a number -> "true"
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) > max_bytes:
        return 413
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return 400
    try:
        slips = content["inputs"]
        ok = isinstance(slips, list) and 1 <= len(slips) <= max_inputs
        ok = ok and all(isinstance(s, list) and len(s) == rows for s in slips)
        ok = ok and all(isinstance(r, list) and len(r) == columns for s in slips for r in s)
        ok = ok and all(0 <= v <= 16 for s in slips for r in s for v in r)
    except (KeyError, TypeError):
        return 422
    return 200 if ok else 422

# %% 3c.5 wrong: deep nesting raises -> "RecursionError"
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) > max_bytes:
        return 413
    try:
        content = json.loads(body)
    except ValueError:
        return 400
    try:
        assert set(content) == {"inputs"}
        slips = content["inputs"]
        assert type(slips) is list and 0 < len(slips) <= max_inputs
        assert all(type(s) is list and len(s) == rows for s in slips)
        assert all(type(r) is list and len(r) == columns for s in slips for r in s)
        assert all(type(v) in (int, float) and 0 <= v <= 16 for s in slips for r in s for v in r)
    except (AssertionError, KeyError, TypeError):
        return 422
    return 200

# %% 3c.5 wrong: too long is asked last -> "413"
def status_for(body, rows, columns, max_bytes, max_inputs):
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return 400
    try:
        assert set(content) == {"inputs"}
        slips = content["inputs"]
        assert type(slips) is list and 0 < len(slips) <= max_inputs
        assert all(type(s) is list and len(s) == rows for s in slips)
        assert all(type(r) is list and len(r) == columns for s in slips for r in s)
        assert all(type(v) in (int, float) and 0 <= v <= 16 for s in slips for r in s for v in r)
    except (AssertionError, KeyError, TypeError):
        return 422
    return 413 if len(body) > max_bytes else 200

# %% 3c.5 wrong: the limit itself is refused -> "exactly max_bytes is still allowed"
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) >= max_bytes:
        return 413
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return 400
    try:
        assert set(content) == {"inputs"}
        slips = content["inputs"]
        assert type(slips) is list and 0 < len(slips) <= max_inputs
        assert all(type(s) is list and len(s) == rows for s in slips)
        assert all(type(r) is list and len(r) == columns for s in slips for r in s)
        assert all(type(v) in (int, float) and 0 <= v <= 16 for s in slips for r in s for v in r)
    except (AssertionError, KeyError, TypeError):
        return 422
    return 200

# %% 3c.5 wrong: any length of the list -> "expected 422, got 200"
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) > max_bytes:
        return 413
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return 400
    try:
        slips = content["inputs"]
        assert all(type(s) is list and len(s) == rows for s in slips)
        assert all(type(r) is list and len(r) == columns for s in slips for r in s)
        assert all(type(v) in (int, float) and 0 <= v <= 16 for s in slips for r in s for v in r)
    except (AssertionError, KeyError, TypeError):
        return 422
    return 200

# %% 3c.5 wrong: rows and columns swapped -> "expected 200, got 422"
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) > max_bytes:
        return 413
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return 400
    try:
        slips = content["inputs"]
        assert type(slips) is list and 0 < len(slips) <= max_inputs
        assert all(type(s) is list and len(s) == columns for s in slips)
        assert all(type(r) is list and len(r) == rows for s in slips for r in s)
        assert all(type(v) in (int, float) and 0 <= v <= 16 for s in slips for r in s for v in r)
    except (AssertionError, KeyError, TypeError):
        return 422
    return 200

# %% 3c.5 wrong: only the first row is measured -> "[4, 5]"
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) > max_bytes:
        return 413
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return 400
    try:
        slips = content["inputs"]
        assert type(slips) is list and 0 < len(slips) <= max_inputs
        assert all(type(s) is list and len(s) == rows for s in slips)
        assert all(type(s[0]) is list and len(s[0]) == columns for s in slips)
        assert all(type(v) in (int, float) and 0 <= v <= 16 for s in slips for r in s for v in r)
    except (AssertionError, KeyError, TypeError):
        return 422
    return 200

# %% 3c.5 wrong: numpy takes care -> "expected"
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) > max_bytes:
        return 413
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return 400
    try:
        array = np.array(content["inputs"], dtype=float)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        return 422
    good = array.ndim == 3 and array.shape[1:] == (rows, columns) and 1 <= len(array) <= max_inputs
    return 200 if good and ((array >= 0) & (array <= 16)).all() else 422

# %% 3c.5 wrong: everything that does not fit is a 400 -> "expected 422, got 400"
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) > max_bytes:
        return 413
    try:
        slips = json.loads(body)["inputs"]
        assert type(slips) is list and 0 < len(slips) <= max_inputs
        assert all(type(s) is list and len(s) == rows for s in slips)
        assert all(type(r) is list and len(r) == columns for s in slips for r in s)
        assert all(type(v) in (int, float) and 0 <= v <= 16 for s in slips for r in s for v in r)
    except (AssertionError, KeyError, TypeError, ValueError, RecursionError):
        return 400
    return 200

# %% 3c.1 right: one forward call, without hooks
def read_pile(model, inputs, batch):
    was = model.training
    model.eval()
    with torch.no_grad():
        parts = [model(inputs[n : n + batch]) for n in range(0, len(inputs), batch)]
    model.train(was)
    return torch.cat(parts, dim=0)

# %% 3c.1 wrong: plainly forgets eval -> "must rest"
def read_pile(model, inputs, batch):
    with torch.inference_mode():
        return torch.cat([model(part) for part in inputs.split(batch)])

# %% 3c.1 wrong: softmax at the end -> "softmax was not asked"
def read_pile(model, inputs, batch):
    was = model.training
    model.eval()
    with torch.inference_mode():
        scores = torch.cat([model(part) for part in inputs.split(batch)])
    model.train(was)
    return scores.softmax(dim=1)

# %% 3c.1 wrong: the mode of the outermost module alone -> "mode inside"
def read_pile(model, inputs, batch):
    was = model.training
    model.eval()
    with torch.inference_mode():
        scores = torch.cat([model(part) for part in inputs.split(batch)])
    model.training = was
    return scores

# %% 3c.1 wrong: freezes the model -> "came back frozen"
def read_pile(model, inputs, batch):
    was = model.training
    model.eval().requires_grad_(False)
    with torch.no_grad():
        scores = torch.cat([model(part) for part in inputs.split(batch)])
    model.train(was)
    return scores

# %% 3c.1 wrong: gradients off for good -> "off for the whole notebook"
def read_pile(model, inputs, batch):
    was = model.training
    model.eval()
    torch.set_grad_enabled(False)
    scores = torch.cat([model(part) for part in inputs.split(batch)])
    model.train(was)
    return scores

# %% 3c.1 wrong: the graph built and cut off -> "kept notes for a backward pass"
def read_pile(model, inputs, batch):
    was = model.training
    model.eval()
    scores = torch.cat([model(part) for part in inputs.split(batch)]).detach()
    model.train(was)
    return scores

# %% 3c.2 right: in torch's own float32
def equal_count_ece(confidence, right, groups):
    said, order = torch.tensor(confidence, dtype=torch.float32).sort()
    hit = torch.tensor(right, dtype=torch.float32)[order]
    parts = zip(torch.tensor_split(said, groups), torch.tensor_split(hit, groups))
    return sum(abs((a - b).sum()) for a, b in parts) / len(order)

# %% 3c.2 wrong: from the top down -> "sort from the lowest confidence up"
def equal_count_ece(confidence, right, groups):
    parts = np.array_split(np.argsort(-confidence), groups)
    return sum(abs(confidence[p].mean() - right[p].mean()) * len(p) for p in parts) / len(confidence)

# %% 3c.3 wrong: a grid of hundredths -> "€ is possible"
def cheapest_threshold(confidence, right, error, clerk):
    return min(np.linspace(0, 1, 101), key=lambda t: error * (~right[confidence >= t]).sum() + clerk * (confidence < t).sum())

# %% 3c.3 wrong: 1.0 for answering nothing -> "all confidences 1"
def cheapest_threshold(confidence, right, error, clerk):
    return min([*confidence, 1.0], key=lambda t: error * (~right[confidence >= t]).sum() + clerk * (confidence < t).sum())

# %% 3c.3 right: infinity for answering nothing
def cheapest_threshold(confidence, right, error, clerk):
    return min([float("inf"), *confidence], key=lambda t: error * (~right[confidence >= t]).sum() + clerk * (confidence < t).sum())

# %% 3c.4 wrong: the number of bins left to bincount -> "how many bins are there"
def stability_index(old, new, edges):
    k = len(edges) + 1
    p, q = ((np.bincount(np.digitize(v, edges)) + 0.5) / (len(v) + 0.5 * k) for v in (old, new))
    return ((q - p) * np.log(q / p)).sum()

# %% 3c.4 wrong: a bin too few for bincount -> "ValueError"
def stability_index(old, new, edges):
    k = len(edges) + 1
    p, q = ((np.bincount(np.digitize(v, edges), minlength=k - 1) + 0.5) / (len(v) + 0.5 * k) for v in (old, new))
    return ((q - p) * np.log(q / p)).sum()

# %% 3c.4 wrong: a value on an edge falls below -> "belongs to the bin above"
def stability_index(old, new, edges):
    k = len(edges) + 1
    p, q = ((np.bincount(np.digitize(v, edges, right=True), minlength=k) + 0.5) / (len(v) + 0.5 * k) for v in (old, new))
    return ((q - p) * np.log(q / p)).sum()

# %% 3c.5 right: asks the parser to refuse NaN
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) > max_bytes:
        return 413
    try:
        content = json.loads(body, parse_constant=lambda text: int("no"))
    except (ValueError, RecursionError):
        return 400
    try:
        assert set(content) == {"inputs"}
        slips = content["inputs"]
        assert type(slips) is list and 0 < len(slips) <= max_inputs
        for n, slip in enumerate(slips):
            assert type(slip) is list and len(slip) == rows
            for row in slip:
                assert type(row) is list and len(row) == columns
                assert all(type(v) in (int, float) and 0 <= v <= 16 for v in row)
    except (AssertionError, KeyError, TypeError):
        return 422
    return 200

# %% 3c.5 wrong: at least the rows -> "expected 422, got 200"
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) > max_bytes:
        return 413
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return 400
    try:
        assert set(content) == {"inputs"}
        slips = content["inputs"]
        assert type(slips) is list and 0 < len(slips) <= max_inputs
        for n, slip in enumerate(slips):
            assert type(slip) is list and len(slip) >= rows
            for row in slip:
                assert type(row) is list and len(row) == columns
                assert all(type(v) in (int, float) and 0 <= v <= 16 for v in row)
    except (AssertionError, KeyError, TypeError):
        return 422
    return 200

# %% 3c.5 wrong: at least the columns -> "expected 422, got 200"
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) > max_bytes:
        return 413
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return 400
    try:
        assert set(content) == {"inputs"}
        slips = content["inputs"]
        assert type(slips) is list and 0 < len(slips) <= max_inputs
        for n, slip in enumerate(slips):
            assert type(slip) is list and len(slip) == rows
            for row in slip:
                assert type(row) is list and len(row) >= columns
                assert all(type(v) in (int, float) and 0 <= v <= 16 for v in row)
    except (AssertionError, KeyError, TypeError):
        return 422
    return 200

# %% 3c.5 wrong: at least of both -> "expected 422, got 200"
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) > max_bytes:
        return 413
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return 400
    try:
        assert set(content) == {"inputs"}
        slips = content["inputs"]
        assert type(slips) is list and 0 < len(slips) <= max_inputs
        for n, slip in enumerate(slips):
            assert type(slip) is list and len(slip) >= rows
            for row in slip:
                assert type(row) is list and len(row) >= columns
                assert all(type(v) in (int, float) and 0 <= v <= 16 for v in row)
    except (AssertionError, KeyError, TypeError):
        return 422
    return 200

# %% 3c.5 wrong: counts the rows of the first slip -> "expected 422, got 200"
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) > max_bytes:
        return 413
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return 400
    try:
        assert set(content) == {"inputs"}
        slips = content["inputs"]
        assert type(slips) is list and 0 < len(slips) <= max_inputs
        for n, slip in enumerate(slips):
            assert type(slip) is list and (n > 0 or len(slip) == rows)
            for row in slip:
                assert type(row) is list and len(row) == columns
                assert all(type(v) in (int, float) and 0 <= v <= 16 for v in row)
    except (AssertionError, KeyError, TypeError):
        return 422
    return 200

# %% 3c.5 wrong: characters instead of bytes -> "expected 413"
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body.decode("utf-8", "replace")) > max_bytes:
        return 413
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return 400
    try:
        assert set(content) == {"inputs"}
        slips = content["inputs"]
        assert type(slips) is list and 0 < len(slips) <= max_inputs
        for n, slip in enumerate(slips):
            assert type(slip) is list and len(slip) == rows
            for row in slip:
                assert type(row) is list and len(row) == columns
                assert all(type(v) in (int, float) and 0 <= v <= 16 for v in row)
    except (AssertionError, KeyError, TypeError):
        return 422
    return 200

# %% 3c.5 wrong: lets other fields in -> "expected 422, got 200"
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) > max_bytes:
        return 413
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return 400
    try:
        pass
        slips = content["inputs"]
        assert type(slips) is list and 0 < len(slips) <= max_inputs
        for n, slip in enumerate(slips):
            assert type(slip) is list and len(slip) == rows
            for row in slip:
                assert type(row) is list and len(row) == columns
                assert all(type(v) in (int, float) and 0 <= v <= 16 for v in row)
    except (AssertionError, KeyError, TypeError):
        return 422
    return 200

# %% 3c.1 right: a copy rests, the model stays as it is
def read_pile(model, inputs, batch):
    import copy
    resting = copy.deepcopy(model).eval()
    scores = []
    with torch.no_grad():
        for start in range(0, inputs.shape[0], batch):
            scores.append(resting(inputs[start : start + batch]))
    return torch.vstack(scores)

# %% 3c.1 wrong: the logarithm of softmax -> "the logarithm of softmax was not asked"
def read_pile(model, inputs, batch):
    was = model.training
    model.eval()
    with torch.inference_mode():
        scores = torch.cat([model(part).log_softmax(dim=1) for part in inputs.split(batch)])
    model.train(was)
    return scores

# %% 3c.1 wrong: the batches in reverse -> "in another order than the inputs"
def read_pile(model, inputs, batch):
    was = model.training
    model.eval()
    scores = torch.empty(0, dtype=inputs.dtype)
    with torch.inference_mode():
        for part in inputs.split(batch):
            scores = torch.cat([model(part), scores])
    model.train(was)
    return scores

# %% 3c.4 wrong: a half for each edge in the divisor -> "k edges make k + 1 bins"
def stability_index(old, new, edges):
    k = len(edges) + 1
    p, q = ((np.bincount(np.digitize(v, edges), minlength=k) + 0.5) / (len(v) + 0.5 * len(edges)) for v in (old, new))
    return ((q - p) * np.log(q / p)).sum()

# %% 3c.5 wrong: full black is refused -> "expected 200, got 422"
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) > max_bytes:
        return 413
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return 400
    if not isinstance(content, dict) or set(content) != {"inputs"}:
        return 422
    slips = content["inputs"]
    if not isinstance(slips, list) or not 1 <= len(slips) <= max_inputs:
        return 422
    for slip in slips:
        if not isinstance(slip, list) or len(slip) != rows:
            return 422
        for row in slip:
            if not isinstance(row, list) or len(row) != columns:
                return 422
            if not all(type(v) in (int, float) and 0 <= v < 16 for v in row):
                return 422
    return 200


# %% 3c.1 right: a decorator, and each part its own mode
@torch.no_grad()
def read_pile(model, inputs, batch):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    scores = [row for i in range(0, inputs.shape[0], batch) for row in model(inputs[i : i + batch])]
    for m, t in modes:
        m.training = t
    return torch.stack(scores)


# %% 3c.1 wrong: switches gradients on at the end -> "gradients were off before"
def read_pile(model, inputs, batch):
    mode = model.training
    model.eval()
    torch.set_grad_enabled(False)
    out = torch.cat([model(x) for x in inputs.split(batch)])
    torch.set_grad_enabled(True)
    model.train(mode)
    return out


# %% 3c.2 wrong: the last parts get one more -> "the first parts get one more"
def equal_count_ece(confidence, right, groups):
    n = len(right)
    order = np.argsort(confidence)
    cuts = [i * n // groups for i in range(groups + 1)]
    parts = [order[a:b] for a, b in zip(cuts, cuts[1:])]
    return sum(len(p) / n * abs(confidence[p].mean() - right[p].mean()) for p in parts)


# %% 3c.4 wrong: one in each bin -> "½ is added in each bin"
def stability_index(old, new, edges):
    bins = len(edges) + 1
    share = lambda v: (np.bincount(np.digitize(v, edges), minlength=bins) + 1) / (len(v) + bins)
    p, q = share(old), share(new)
    return ((q - p) * np.log(q / p)).sum()


# %% 3c.4 right: counts below each edge
def stability_index(old, new, edges):
    e = np.asarray(edges)
    def share(v):
        below = (np.asarray(v)[:, None] < e).sum(0)
        c = np.diff(np.concatenate([[0], below, [len(v)]]))
        return (c + 0.5) / (len(v) + 0.5 * len(c))
    p, q = share(old), share(new)
    return np.sum((p - q) * np.log(p / q))


# %% 3c.5 right: pattern matching
import json
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) > max_bytes:
        return 413
    try:
        said = json.loads(str(body, "utf-8"))
    except Exception:
        return 400
    match said:
        case {"inputs": [*slips], **rest} if not rest and 1 <= len(slips) <= max_inputs:
            fine = all(
                type(s) is list and len(s) == rows and all(type(r) is list and len(r) == columns and all(type(v) in {int, float} and v >= 0 and v <= 16 for v in r) for r in s)
                for s in slips
            )
            return 200 if fine else 422
    return 422


# %% 3c.5 wrong: one slip fewer than allowed -> "expected 200, got 422"
import json
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) > max_bytes:
        return 413
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return 400
    if not isinstance(said, dict) or list(said) != ["inputs"]:
        return 422
    slips = said["inputs"]
    if not isinstance(slips, list) or not 1 <= len(slips) < max_inputs:
        return 422
    for slip in slips:
        if not isinstance(slip, list) or len(slip) != rows:
            return 422
        for row in slip:
            if not isinstance(row, list) or len(row) != columns:
                return 422
            for v in row:
                if type(v) not in (int, float) or not 0 <= v <= 16:
                    return 422
    return 200


# %% 3c.1 right: a copy of the model reads
import copy
def read_pile(model, inputs, batch):
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        return torch.cat([twin(x) for x in inputs.split(batch)])


# %% 3c.5 right: statuses by their names
import json
from http import HTTPStatus as S
def status_for(body, rows, columns, max_bytes, max_inputs):
    if len(body) > max_bytes:
        return S(413)
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return S.BAD_REQUEST
    good = lambda v: type(v) in (int, float) and 0 <= v <= 16
    if type(said) is dict and said.keys() == {"inputs"} and type(said["inputs"]) is list and 0 < len(said["inputs"]) <= max_inputs:
        for slip in said["inputs"]:
            if type(slip) is not list or len(slip) != rows or any(type(r) is not list or len(r) != columns or not all(map(good, r)) for r in slip):
                return S(422)
        return S.OK
    return S(422)
