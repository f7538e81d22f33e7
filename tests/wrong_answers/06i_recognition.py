# %% 6i.1 right: by walking
def layer_facts(side, inputs, outputs, window, stride, border):
    places = [at for at in range(0, side + 2 * border, stride) if at + window <= side + 2 * border]
    weights = sum(inputs * window**2 + 1 for _ in range(outputs))
    return [len(places), weights, len(places) ** 2 * (weights - outputs)]


# %% 6i.1 right: asked of torch, as an array
def layer_facts(side, inputs, outputs, window, stride, border):
    layer = nn.Conv2d(inputs, outputs, window, stride, border)
    out = layer(torch.zeros(1, inputs, side, side)).shape[-1]
    size = sum(weights.numel() for weights in layer.parameters())
    return np.array([out, size, layer.weight.numel() * out**2])


# %% 6i.1 wrong: one rim only -> "the rim lies on both sides"
def layer_facts(side, inputs, outputs, window, stride, border):
    out = (side + border - window) // stride + 1
    return out, outputs * (inputs * window**2 + 1), outputs * out**2 * inputs * window**2


# %% 6i.1 wrong: steps, not places -> "stands somewhere before its first step"
def layer_facts(side, inputs, outputs, window, stride, border):
    out = (side + 2 * border - window) // stride
    return out, outputs * (inputs * window**2 + 1), outputs * out**2 * inputs * window**2


# %% 6i.1 wrong: rounded up -> "a last step that runs over the edge is not taken"
def layer_facts(side, inputs, outputs, window, stride, border):
    out = math.ceil((side + 2 * border - window) / stride) + 1
    return out, outputs * (inputs * window**2 + 1), outputs * out**2 * inputs * window**2


# %% 6i.1 wrong: no bias -> "each output channel has a bias"
def layer_facts(side, inputs, outputs, window, stride, border):
    out = (side + 2 * border - window) // stride + 1
    return out, outputs * inputs * window**2, outputs * out**2 * inputs * window**2


# %% 6i.1 wrong: one channel seen -> "a window looks at all input channels"
def layer_facts(side, inputs, outputs, window, stride, border):
    out = (side + 2 * border - window) // stride + 1
    return out, outputs * (window**2 + 1), outputs * out**2 * inputs * window**2


# %% 6i.1 wrong: at every pixel of the input -> "at the places of the output, not of the input"
def layer_facts(side, inputs, outputs, window, stride, border):
    out = (side + 2 * border - window) // stride + 1
    return out, outputs * (inputs * window**2 + 1), outputs * side**2 * inputs * window**2


# %% 6i.1 wrong: biases multiply -> "a bias is added, it multiplies nothing"
def layer_facts(side, inputs, outputs, window, stride, border):
    out = (side + 2 * border - window) // stride + 1
    weights = outputs * (inputs * window**2 + 1)
    return out, weights, weights * out**2


# %% 6i.1 wrong: two numbers -> "three numbers are wanted"
def layer_facts(side, inputs, outputs, window, stride, border):
    return (side + 2 * border - window) // stride + 1, outputs * (inputs * window**2 + 1)


# %% 6i.2 right: from the last layer back to the image
def receptive_field(layers):
    size = 1
    for window, stride in reversed(layers):
        size = (size - 1) * stride + window
    return size


# %% 6i.2 right: recursive, as a tensor
def receptive_field(layers):
    if not layers:
        return torch.tensor(1)
    (window, stride), *later = layers
    return (receptive_field(later) - 1) * stride + window


# %% 6i.2 wrong: strides forgotten -> "strides spread the windows of later layers"
def receptive_field(layers):
    return 1 + sum(window - 1 for window, _ in layers)


# %% 6i.2 wrong: the stride acts too early -> "a layer looks before it strides"
def receptive_field(layers):
    sees, apart = 1, 1
    for window, stride in layers:
        apart *= stride
        sees += (window - 1) * apart
    return sees


# %% 6i.2 wrong: windows added -> "windows overlap"
def receptive_field(layers):
    return sum(window for window, _ in layers) or 1


# %% 6i.2 wrong: windows multiplied -> "windows side by side"
def receptive_field(layers):
    return math.prod(window for window, _ in layers)


# %% 6i.2 wrong: the way between outputs -> "that is the way between two outputs"
def receptive_field(layers):
    return math.prod(stride for _, stride in layers)


# %% 6i.2 wrong: the window is added whole -> "6i.2"
def receptive_field(layers):
    sees, apart = 1, 1
    for window, stride in layers:
        sees += window * apart
        apart *= stride
    return sees


# %% 6i.3 right: the library's fold
def back_together(patches, channels):
    rows = math.isqrt(patches.shape[1])
    size = math.isqrt(patches.shape[2] // channels)
    return F.fold(patches.transpose(1, 2), rows * size, size, stride=size)


# %% 6i.3 right: patch by patch into an empty image
def back_together(patches, channels):
    rows, size = math.isqrt(patches.shape[1]), math.isqrt(patches.shape[2] // channels)
    out = torch.empty(len(patches), channels, rows * size, rows * size)
    for token in range(rows * rows):
        i, j = token // rows * size, token % rows * size
        # (N, C·p·p) -> (N, C, p, p)
        out[:, :, i : i + size, j : j + size] = patches[:, token].reshape(-1, channels, size, size)
    return out


# %% 6i.3 wrong: only cut anew -> "only cut anew"
def back_together(patches, channels):
    side = math.isqrt(patches[0].numel() // channels)
    return patches.reshape(-1, channels, side, side)  # (N, T, C·p·p) -> (N, C, side, side)


# %% 6i.3 wrong: column by column -> "rows and columns of patches have changed places"
def back_together(patches, channels):
    N, T, numbers = patches.shape
    rows, size = math.isqrt(T), math.isqrt(numbers // channels)
    apart = patches.reshape(N, rows, rows, channels, size, size)
    return apart.permute(0, 3, 2, 4, 1, 5).reshape(N, channels, rows * size, rows * size)


# %% 6i.3 wrong: patches turned -> "inside a patch, rows and columns"
def back_together(patches, channels):
    N, T, numbers = patches.shape
    rows, size = math.isqrt(T), math.isqrt(numbers // channels)
    apart = patches.reshape(N, rows, rows, channels, size, size)
    return apart.permute(0, 3, 1, 5, 2, 4).reshape(N, channels, rows * size, rows * size)


# %% 6i.3 wrong: turned over as a whole -> "rows have become columns"
def back_together(patches, channels):
    rows, size = math.isqrt(patches.shape[1]), math.isqrt(patches.shape[2] // channels)
    return F.fold(patches.transpose(1, 2), rows * size, size, stride=size).transpose(2, 3)


# %% 6i.3 wrong: channels last in a token -> "not pixel by pixel"
def back_together(patches, channels):
    N, T, numbers = patches.shape
    rows, size = math.isqrt(T), math.isqrt(numbers // channels)
    apart = patches.reshape(N, rows, rows, size, size, channels)
    return apart.permute(0, 5, 1, 3, 2, 4).reshape(N, channels, rows * size, rows * size)


# %% 6i.3 wrong: for four by four patches alone -> "6i.3"
def back_together(patches, channels):
    size = math.isqrt(patches.shape[2] // channels)
    return F.fold(patches.transpose(1, 2), 4 * size, size, stride=size)


# %% 6i.4 right: with NumPy's interpolation
def crossing(sizes, a, b):
    behind = np.subtract(b, a)
    turns = np.flatnonzero((behind[:-1] > 0) & (behind[1:] <= 0))
    if not len(turns):
        return None
    i = turns[0]
    return np.exp(np.interp(0, [behind[i + 1], behind[i]], np.log([sizes[i + 1], sizes[i]])))


# %% 6i.4 right: by halving, on the logarithm
def crossing(sizes, a, b):
    for i in range(1, len(sizes)):
        before, after = b[i - 1] - a[i - 1], b[i] - a[i]
        if before > 0 and after <= 0:
            low, high = 0.0, 1.0
            for _ in range(60):
                middle = (low + high) / 2
                low, high = (middle, high) if before + middle * (after - before) > 0 else (low, middle)
            log = math.log(sizes[i - 1]) + high * (math.log(sizes[i]) - math.log(sizes[i - 1]))
            return torch.tensor(math.exp(log), dtype=torch.float64)
    return None


# %% 6i.4 wrong: straight over the size -> "straight over the logarithm"
def crossing(sizes, a, b):
    for i in range(len(sizes) - 1):
        x, y = b[i] - a[i], b[i + 1] - a[i + 1]
        if x > 0 >= y:
            return sizes[i] + (sizes[i + 1] - sizes[i]) * x / (x - y)


# %% 6i.4 wrong: a logarithm -> "that is a logarithm"
def crossing(sizes, a, b):
    for i in range(len(sizes) - 1):
        x, y = b[i] - a[i], b[i + 1] - a[i + 1]
        if x > 0 >= y:
            return math.log(sizes[i]) + math.log(sizes[i + 1] / sizes[i]) * x / (x - y)


# %% 6i.4 wrong: the next measured size -> "first measured size after the crossing"
def crossing(sizes, a, b):
    for i in range(len(sizes) - 1):
        if b[i] > a[i] and b[i + 1] <= a[i + 1]:
            return sizes[i + 1]


# %% 6i.4 wrong: the wrong share -> "from the wrong end"
def crossing(sizes, a, b):
    for i in range(len(sizes) - 1):
        x, y = b[i] - a[i], b[i + 1] - a[i + 1]
        if x > 0 >= y:
            return sizes[i] * (sizes[i + 1] / sizes[i]) ** (y / (y - x))


# %% 6i.4 wrong: any change of sign -> "6i.4"
def crossing(sizes, a, b):
    for i in range(len(sizes) - 1):
        x, y = b[i] - a[i], b[i + 1] - a[i + 1]
        if x * y <= 0 and x != y:
            return sizes[i] * (sizes[i + 1] / sizes[i]) ** (x / (x - y))


# %% 6i.4 wrong: equal does not count -> "there is a crossing"
def crossing(sizes, a, b):
    for i in range(len(sizes) - 1):
        x, y = b[i] - a[i], b[i + 1] - a[i + 1]
        if x > 0 > y:
            return sizes[i] * (sizes[i + 1] / sizes[i]) ** (x / (x - y))


# %% 6i.4 wrong: the last crossing -> "6i.4"
def crossing(sizes, a, b):
    found = None
    for i in range(len(sizes) - 1):
        x, y = b[i] - a[i], b[i + 1] - a[i + 1]
        if x > 0 >= y:
            found = sizes[i] * (sizes[i + 1] / sizes[i]) ** (x / (x - y))
    return found


# %% 6i.4 wrong: 0 for never -> "None is wanted"
def crossing(sizes, a, b):
    for i in range(len(sizes) - 1):
        x, y = b[i] - a[i], b[i + 1] - a[i + 1]
        if x > 0 >= y:
            return sizes[i] * (sizes[i + 1] / sizes[i]) ** (x / (x - y))
    return 0.0


# %% 6i.5 right: in one walk over the sorted images
def cheapest_threshold(sure, right, error, person):
    rows = sorted(zip([*map(float, sure)], [*map(bool, right)], strict=True))
    best = None
    for threshold in [*sorted({s for s, _ in rows}), float("inf")]:
        costs = [person if s < threshold else 0 if ok else error for s, ok in rows]
        mean = sum(costs) / len(rows)
        if best is None or mean < best[1] - 1e-12:
            best = threshold, mean
    return list(best)


# %% 6i.5 right: all thresholds at once
def cheapest_threshold(sure, right, error, person):
    sure, right = torch.as_tensor(np.array(sure)), torch.as_tensor(np.array(right))
    thresholds = torch.cat([sure.unique(), torch.tensor([torch.inf])])
    machine = sure >= thresholds[:, None]
    cost = torch.where(machine, torch.where(right, 0.0, float(error)), float(person)).double().mean(1)
    at = int((cost <= cost.min() + 1e-9).int().argmax())
    return thresholds[at], cost[at]


# %% 6i.5 wrong: the sum -> "the mean is wanted"
def cheapest_threshold(sure, right, error, person):
    sure, right = np.asarray(sure), np.asarray(right)
    options = [*np.unique(sure), math.inf]
    costs = [(~right[sure >= t]).sum() * error + (sure < t).sum() * person for t in options]
    return options[int(np.argmin(costs))], min(costs)


# %% 6i.5 wrong: above the threshold only -> "6i.5"
def cheapest_threshold(sure, right, error, person):
    sure, right = np.asarray(sure), np.asarray(right)
    options = [*np.unique(sure), math.inf]
    costs = [((~right[sure > t]).sum() * error + (sure <= t).sum() * person) / len(sure) for t in options]
    return options[int(np.argmin(costs))], min(costs)


# %% 6i.5 wrong: the machine always answers something -> "may also be left out"
def cheapest_threshold(sure, right, error, person):
    sure, right = np.asarray(sure), np.asarray(right)
    options = np.unique(sure)
    costs = [((~right[sure >= t]).sum() * error + (sure < t).sum() * person) / len(sure) for t in options]
    return options[int(np.argmin(costs))], min(costs)


# %% 6i.5 wrong: the person works for nothing -> "the person costs something"
def cheapest_threshold(sure, right, error, person):
    sure, right = np.asarray(sure), np.asarray(right)
    options = [*np.unique(sure), math.inf]
    costs = [(~right[sure >= t]).sum() * error / len(sure) for t in options]
    return options[int(np.argmin(costs))], min(costs)


# %% 6i.5 wrong: the unsure ones -> "6i.5"
def cheapest_threshold(sure, right, error, person):
    sure, right = np.asarray(sure), np.asarray(right)
    options = [*np.unique(sure), math.inf]
    costs = [((~right[sure < t]).sum() * error + (sure >= t).sum() * person) / len(sure) for t in options]
    return options[int(np.argmin(costs))], min(costs)


# %% 6i.5 wrong: the highest of equally cheap thresholds -> "the lowest is wanted"
def cheapest_threshold(sure, right, error, person):
    sure, right = np.asarray(sure), np.asarray(right)
    options = [*np.unique(sure), math.inf][::-1]
    costs = [((~right[sure >= t]).sum() * error + (sure < t).sum() * person) / len(sure) for t in options]
    return options[int(np.argmin(costs))], min(costs)


# %% 6i.5 wrong: a grid of thresholds -> "6i.5"
def cheapest_threshold(sure, right, error, person):
    sure, right = np.asarray(sure), np.asarray(right)
    options = np.linspace(0, 1, 11)
    costs = [((~right[sure >= t]).sum() * error + (sure < t).sum() * person) / len(sure) for t in options]
    return options[int(np.argmin(costs))], min(costs)


# %% 6i.5 wrong: only the cost -> "two numbers are wanted"
def cheapest_threshold(sure, right, error, person):
    sure, right = np.asarray(sure), np.asarray(right)
    options = [*np.unique(sure), math.inf]
    return min(((~right[sure >= t]).sum() * error + (sure < t).sum() * person) / len(sure) for t in options)
