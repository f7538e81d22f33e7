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


# %% 6i.1 right: from the right edge back, floats
def layer_facts(side, inputs, outputs, window, stride, border):
    free = side + 2 * border - window
    out = float((free - free % stride) / stride + 1)
    return torch.tensor([out, outputs * inputs * window**2 + outputs, out**2 * outputs * inputs * window**2])


# %% 6i.1 right: each output number counted, 0-d tensors
def layer_facts(side, inputs, outputs, window, stride, border):
    rim = torch.zeros(1, 1, side + 2 * border, side + 2 * border)
    out = rim.unfold(2, window, stride).shape[2]
    one = torch.ones(inputs, window, window).numel()
    return torch.tensor(out), torch.tensor((one + 1) * outputs), torch.tensor(outputs * out * out * one)


# %% 6i.1 wrong: the rim forgotten -> "the rim belongs to what the window walks over"
def layer_facts(side, inputs, outputs, window, stride, border):
    out = (side - window) // stride + 1
    return out, outputs * (inputs * window**2 + 1), outputs * out**2 * inputs * window**2


# %% 6i.1 wrong: half a place -> "a number of places is whole"
def layer_facts(side, inputs, outputs, window, stride, border):
    out = (side + 2 * border - window) / stride + 1
    return out, outputs * (inputs * window**2 + 1), outputs * out**2 * inputs * window**2


# %% 6i.1 wrong: the side divided by the stride -> "the window has a size itself"
def layer_facts(side, inputs, outputs, window, stride, border):
    out = (side + 2 * border) // stride
    return out, outputs * (inputs * window**2 + 1), outputs * out**2 * inputs * window**2


# %% 6i.1 wrong: a bias for each window of each input channel -> "belongs to an output channel"
def layer_facts(side, inputs, outputs, window, stride, border):
    out = (side + 2 * border - window) // stride + 1
    return out, outputs * inputs * (window**2 + 1), outputs * out**2 * inputs * window**2


# %% 6i.1 wrong: zeros are free -> "zeros of the rim are multiplied, too"
def layer_facts(side, inputs, outputs, window, stride, border):
    layer = nn.Conv2d(inputs, outputs, window, stride, border)
    ones = F.conv2d(torch.ones(1, 1, side, side), torch.ones(1, 1, window, window), None, stride, border)
    size = sum(weights.numel() for weights in layer.parameters())
    return ones.shape[-1], size, int(ones.sum()) * inputs * outputs


# %% 6i.1 wrong: along one side only -> "moves in two directions"
def layer_facts(side, inputs, outputs, window, stride, border):
    out = (side + 2 * border - window) // stride + 1
    return out, outputs * (inputs * window**2 + 1), outputs * out * inputs * window**2


# %% 6i.1 wrong: the weights of one place for all -> "the weights are shared by all places"
def layer_facts(side, inputs, outputs, window, stride, border):
    out = (side + 2 * border - window) // stride + 1
    return out, outputs * (inputs * window**2 + 1) * out**2, outputs * out**2 * inputs * window**2


# %% 6i.1 wrong: weights and multiplications exchanged -> "6i.1"
def layer_facts(side, inputs, outputs, window, stride, border):
    out = (side + 2 * border - window) // stride + 1
    return out, outputs * out**2 * inputs * window**2, outputs * (inputs * window**2 + 1)


# %% 6i.1 wrong: the channels of the lesson -> "6i.1"
def layer_facts(side, inputs, outputs, window, stride, border):
    out = (side + 2 * border - window) // stride + 1
    return out, outputs * (1 * window**2 + 1), outputs * out**2 * 1 * window**2


# %% 6i.2 right: which pixels reach the output, one layer after the other
def receptive_field(layers):
    first = last = 0
    for window, stride in layers[::-1]:
        first, last = first * stride, last * stride + window - 1
    return np.float64(last - first + 1)


# %% 6i.2 right: asked of the gradient, from the first pixel to the last
def receptive_field(layers):
    line = torch.ones(1, 1, 3000, requires_grad=True)
    out = line
    for window, stride in layers:
        out = F.conv1d(out, torch.ones(1, 1, window) / window, stride=stride)
    out[0, 0, 3].backward()
    seen = torch.nonzero(line.grad[0, 0])
    return seen.max() - seen.min() + 1


# %% 6i.2 wrong: skipped pixels left out -> "a pixel that is skipped lies in the square"
def receptive_field(layers):
    seen = {0}
    for window, stride in reversed(layers):
        seen = {at * stride + k for at in seen for k in range(window)}
    return len(seen)


# %% 6i.2 wrong: from the wrong end -> "from the wrong end"
def receptive_field(layers):
    size = 1
    for window, stride in layers:
        size = (size - 1) * stride + window
    return size


# %% 6i.2 wrong: sees nothing at first -> "a pixel sees itself"
def receptive_field(layers):
    sees, apart = 0, 1
    for window, stride in layers:
        sees += (window - 1) * apart
        apart *= stride
    return sees


# %% 6i.2 wrong: only the empty list goes wrong -> "a pixel sees itself"
def receptive_field(layers):
    if not layers:
        return 0
    size = 1
    for window, stride in reversed(layers):
        size = (size - 1) * stride + window
    return size


# %% 6i.2 wrong: the area -> "6i.2"
def receptive_field(layers):
    size = 1
    for window, stride in reversed(layers):
        size = (size - 1) * stride + window
    return size**2


# %% 6i.2 wrong: strides added -> "6i.2"
def receptive_field(layers):
    sees, apart = 1, 1
    for window, stride in layers:
        sees += (window - 1) * apart
        apart += stride - 1
    return sees


# %% 6i.2 wrong: only the stride of the layer before -> "6i.2"
def receptive_field(layers):
    sees, before = 1, 1
    for window, stride in layers:
        sees += (window - 1) * before
        before = stride
    return sees


# %% 6i.2 wrong: window and stride exchanged -> "6i.2"
def receptive_field(layers):
    sees, apart = 1, 1
    for stride, window in layers:
        sees += (window - 1) * apart
        apart *= stride
    return sees


# %% 6i.2 wrong: the list is emptied -> "changes its input layers"
def receptive_field(layers):
    size = 1
    while layers:
        window, stride = layers.pop()
        size = (size - 1) * stride + window
    return size


# %% 6i.2 wrong: windows times strides -> "6i.2"
def receptive_field(layers):
    size = 1
    for window, stride in reversed(layers):
        size = size * stride + window
    return size


# %% 6i.3 right: rows of patches glued, then columns
def back_together(patches, channels):
    rows = math.isqrt(patches.shape[1])
    size = math.isqrt(patches.shape[2] // channels)
    parts = patches.reshape(len(patches), -1, channels, size, size).unbind(1)
    lines = [torch.cat(parts[i : i + rows], dim=3) for i in range(0, rows * rows, rows)]
    return torch.cat(lines, dim=2)


# %% 6i.3 right: in NumPy
def back_together(patches, channels):
    N, T, numbers = patches.shape
    rows, size = round(T**0.5), round((numbers / channels) ** 0.5)
    apart = patches.numpy().reshape(N, rows, rows, channels, size, size)
    return np.einsum("nijcab->nciajb", apart).reshape(N, channels, rows * size, rows * size)


# %% 6i.3 right: pixel_shuffle
def back_together(patches, channels):
    N, T, numbers = patches.shape
    rows, size = math.isqrt(T), math.isqrt(numbers // channels)
    return F.pixel_shuffle(patches.transpose(1, 2).reshape(N, numbers, rows, rows), size)


# %% 6i.3 wrong: the axes stay apart -> "expected an array of shape"
def back_together(patches, channels):
    N, T, numbers = patches.shape
    rows, size = math.isqrt(T), math.isqrt(numbers // channels)
    return patches.reshape(N, rows, rows, channels, size, size).permute(0, 3, 1, 4, 2, 5)


# %% 6i.3 wrong: rows of different patches mixed -> "must be followed by those of the same patch"
def back_together(patches, channels):
    N, T, numbers = patches.shape
    rows, size = math.isqrt(T), math.isqrt(numbers // channels)
    apart = patches.reshape(N, rows, rows, channels, size, size)
    return apart.permute(0, 3, 4, 1, 5, 2).reshape(N, channels, rows * size, rows * size)


# %% 6i.3 wrong: rows and columns of the image never brought together -> "6i.3"
def back_together(patches, channels):
    N, T, numbers = patches.shape
    rows, size = math.isqrt(T), math.isqrt(numbers // channels)
    apart = patches.reshape(N, rows, rows, channels, size, size)
    return apart.permute(0, 3, 1, 2, 4, 5).reshape(N, channels, rows * size, rows * size)


# %% 6i.3 wrong: one channel alone -> "6i.3"
def back_together(patches, channels):
    N, T, numbers = patches.shape
    rows, size = math.isqrt(T), math.isqrt(numbers)
    return F.fold(patches.transpose(1, 2), rows * size, size, stride=size)


# %% 6i.3 wrong: the patch of the lesson -> "6i.3"
def back_together(patches, channels):
    rows = math.isqrt(patches.shape[1])
    return F.fold(patches.transpose(1, 2), rows * 2, 2, stride=2)


# %% 6i.3 wrong: the image of the lesson -> "6i.3"
def back_together(patches, channels):
    size = math.isqrt(patches.shape[2] // channels)
    return F.fold(patches.transpose(1, 2), 8, size, stride=size)


# %% 6i.3 wrong: channels last -> "6i.3"
def back_together(patches, channels):
    rows, size = math.isqrt(patches.shape[1]), math.isqrt(patches.shape[2] // channels)
    return F.fold(patches.transpose(1, 2), rows * size, size, stride=size).permute(0, 2, 3, 1)


# %% 6i.3 wrong: the first image only -> "expected an array of shape"
def back_together(patches, channels):
    rows, size = math.isqrt(patches.shape[1]), math.isqrt(patches.shape[2] // channels)
    return F.fold(patches[:1].transpose(1, 2), rows * size, size, stride=size)


# %% 6i.3 wrong: the axes taken as (N, numbers, tokens) -> "6i.3"
def back_together(patches, channels):
    rows, size = math.isqrt(patches.shape[1]), math.isqrt(patches.shape[2] // channels)
    turned = patches.reshape(len(patches), -1, rows * rows)
    return F.fold(turned, rows * size, size, stride=size)


# %% 6i.4 right: arrays, float32
def crossing(sizes, a, b):
    sizes, behind = torch.tensor(sizes).float().log(), torch.tensor(b) - torch.tensor(a)
    for i in range(1, len(sizes)):
        if behind[i - 1] > 0 and behind[i] <= 0:
            share = behind[i - 1] / (behind[i - 1] - behind[i])
            return (sizes[i - 1] + share * (sizes[i] - sizes[i - 1])).exp()


# %% 6i.4 right: where two straight lines meet, with log10
def crossing(sizes, a, b):
    n = np.log10(sizes)
    for i in range(len(n) - 1):
        if b[i] > a[i] and b[i + 1] <= a[i + 1]:
            slope_a, slope_b = ((e[i + 1] - e[i]) / (n[i + 1] - n[i]) for e in (a, b))
            return float(10 ** (n[i] + (b[i] - a[i]) / (slope_a - slope_b)))
    return None


# %% 6i.4 right: recursive
def crossing(sizes, a, b):
    if len(sizes) < 2:
        return None
    x, y = b[0] - a[0], b[1] - a[1]
    if x > 0 >= y:
        return math.exp((math.log(sizes[0]) * -y + math.log(sizes[1]) * x) / (x - y))
    return crossing(sizes[1:], a[1:], b[1:])


# %% 6i.4 wrong: the logarithms of the errors -> "the errors run straight, not their logarithms"
def crossing(sizes, a, b):
    a, b = [math.log(e + 1e-300) for e in a], [math.log(e + 1e-300) for e in b]
    for i in range(len(sizes) - 1):
        x, y = b[i] - a[i], b[i + 1] - a[i + 1]
        if x > 0 >= y:
            return sizes[i] * (sizes[i + 1] / sizes[i]) ** (x / (x - y))


# %% 6i.4 wrong: rounded -> "a number of images is not rounded here"
def crossing(sizes, a, b):
    for i in range(len(sizes) - 1):
        x, y = b[i] - a[i], b[i + 1] - a[i + 1]
        if x > 0 >= y:
            return round(sizes[i] * (sizes[i + 1] / sizes[i]) ** (x / (x - y)))


# %% 6i.4 wrong: a and b exchanged -> "6i.4"
def crossing(sizes, a, b):
    for i in range(len(sizes) - 1):
        x, y = a[i] - b[i], a[i + 1] - b[i + 1]
        if x > 0 >= y:
            return sizes[i] * (sizes[i + 1] / sizes[i]) ** (x / (x - y))


# %% 6i.4 wrong: the last size at which b was worse -> "the last size at which b was worse"
def crossing(sizes, a, b):
    for i in range(len(sizes) - 1):
        if b[i] > a[i] and b[i + 1] <= a[i + 1]:
            return sizes[i]


# %% 6i.4 wrong: half way -> "half way between two sizes"
def crossing(sizes, a, b):
    for i in range(len(sizes) - 1):
        if b[i] > a[i] and b[i + 1] <= a[i + 1]:
            return math.sqrt(sizes[i] * sizes[i + 1])


# %% 6i.4 wrong: first and last size alone -> "6i.4"
def crossing(sizes, a, b):
    x, y = b[0] - a[0], b[-1] - a[-1]
    if x > 0 >= y:
        return sizes[0] * (sizes[-1] / sizes[0]) ** (x / (x - y))


# %% 6i.4 wrong: equal at the start counts as worse -> "None is wanted"
def crossing(sizes, a, b):
    for i in range(len(sizes) - 1):
        x, y = b[i] - a[i], b[i + 1] - a[i + 1]
        if x >= 0 >= y and x != y:
            return sizes[i] * (sizes[i + 1] / sizes[i]) ** (x / (x - y))


# %% 6i.4 wrong: a touch does not count -> "6i.4"
def crossing(sizes, a, b):
    behind = [y - x for x, y in zip(a, b, strict=True)]
    for i in range(len(sizes) - 1):
        x, y = behind[i], behind[i + 1]
        if x > 0 and (y < 0 or (y == 0 and all(later <= 0 for later in behind[i + 1 :]))):
            return sizes[i] * (sizes[i + 1] / sizes[i]) ** (x / (x - y))


# %% 6i.4 wrong: never worse means the first size -> "None is wanted"
def crossing(sizes, a, b):
    if b[0] <= a[0]:
        return float(sizes[0])
    for i in range(len(sizes) - 1):
        x, y = b[i] - a[i], b[i + 1] - a[i + 1]
        if x > 0 >= y:
            return sizes[i] * (sizes[i + 1] / sizes[i]) ** (x / (x - y))


# %% 6i.4 wrong: an interpolation over the whole curve -> "6i.4"
def crossing(sizes, a, b):
    behind = np.subtract(b, a)
    return float(np.exp(np.interp(0, behind[::-1], np.log(sizes[::-1]))))


# %% 6i.4 wrong: the share of the errors' ratio -> "6i.4"
def crossing(sizes, a, b):
    for i in range(len(sizes) - 1):
        x, y = b[i] / a[i] - 1, b[i + 1] / a[i + 1] - 1
        if x > 0 >= y:
            return sizes[i] * (sizes[i + 1] / sizes[i]) ** (x / (x - y))


# %% 6i.4 wrong: what happens after the last size -> "6i.4"
def crossing(sizes, a, b):
    for i in range(len(sizes) - 1):
        x, y = b[i] - a[i], b[i + 1] - a[i + 1]
        if x > 0 and x > y:
            return sizes[i] * (sizes[i + 1] / sizes[i]) ** (x / (x - y))


# %% 6i.5 right: shares times costs, in NumPy
def cheapest_threshold(sure, right, error, person):
    sure, right = np.array(sure), np.array(right)
    best = np.inf, float(person)
    for threshold in np.unique(sure)[::-1]:
        machine = sure >= threshold
        cost = np.mean(machine & ~right) * error + np.mean(~machine) * person
        if cost <= best[1]:
            best = threshold, cost
    return np.array(best)


# %% 6i.5 right: plain Python, a loop in a loop
def cheapest_threshold(sure, right, error, person):
    def cost(threshold):
        total = 0
        for s, ok in zip(sure, right, strict=True):
            if s < threshold:
                total += person
            elif not ok:
                total += error
        return total / len(sure)

    options = sorted(set(list(sure))) + [math.inf]
    return min((cost(t), t) for t in options)[::-1]


# %% 6i.5 right: float32 tensors
def cheapest_threshold(sure, right, error, person):
    sure, right = torch.tensor(np.array(sure)).float(), torch.tensor(np.array(right))
    best = None
    for threshold in [*sure.unique(), torch.tensor(torch.inf)]:
        machine = sure >= threshold
        cost = (error * (machine & ~right) + person * ~machine).float().mean()
        if best is None or cost < best[1]:
            best = torch.stack([threshold, cost])
    return best


# %% 6i.5 wrong: at least and above mixed up in the threshold alone -> "exactly as sure as the threshold"
def cheapest_threshold(sure, right, error, person):
    sure, right = np.asarray(sure), np.asarray(right)
    options = [-1.0, *np.unique(sure)]
    costs = [((~right[sure > t]).sum() * error + (sure <= t).sum() * person) / len(sure) for t in options]
    return options[int(np.argmin(costs))], min(costs)


# %% 6i.5 wrong: cost before threshold -> "6i.5"
def cheapest_threshold(sure, right, error, person):
    sure, right = np.asarray(sure), np.asarray(right)
    options = [*np.unique(sure), math.inf]
    costs = [((~right[sure >= t]).sum() * error + (sure < t).sum() * person) / len(sure) for t in options]
    return min(costs), options[int(np.argmin(costs))]


# %% 6i.5 wrong: None for never -> "got None"
def cheapest_threshold(sure, right, error, person):
    sure, right = np.asarray(sure), np.asarray(right)
    options = [*np.unique(sure), math.inf]
    costs = [((~right[sure >= t]).sum() * error + (sure < t).sum() * person) / len(sure) for t in options]
    at = int(np.argmin(costs))
    return (None if math.isinf(options[at]) else options[at]), costs[at]


# %% 6i.5 wrong: 1.01 for never -> "the threshold"
def cheapest_threshold(sure, right, error, person):
    sure, right = np.asarray(sure), np.asarray(right)
    options = [*np.unique(sure), 1.01]
    costs = [((~right[sure >= t]).sum() * error + (sure < t).sum() * person) / len(sure) for t in options]
    return options[int(np.argmin(costs))], min(costs)


# %% 6i.5 wrong: errors weighed among the answers only -> "the mean cost"
def cheapest_threshold(sure, right, error, person):
    sure, right = np.asarray(sure), np.asarray(right)
    options = [*np.unique(sure), math.inf]
    costs = [
        ((~right[sure >= t]).sum() * error + (sure < t).sum() * person) / max((sure >= t).sum(), 1)
        for t in options
    ]
    return options[int(np.argmin(costs))], min(costs)


# %% 6i.5 wrong: the person looks at the answers, too -> "6i.5"
def cheapest_threshold(sure, right, error, person):
    sure, right = np.asarray(sure), np.asarray(right)
    options = [*np.unique(sure), math.inf]
    costs = [(~right[sure >= t]).sum() * error / len(sure) + person for t in options]
    return options[int(np.argmin(costs))], min(costs)


# %% 6i.5 wrong: right answers cost -> "6i.5"
def cheapest_threshold(sure, right, error, person):
    sure, right = np.asarray(sure), np.asarray(right)
    options = [*np.unique(sure), math.inf]
    costs = [(right[sure >= t].sum() * error + (sure < t).sum() * person) / len(sure) for t in options]
    return options[int(np.argmin(costs))], min(costs)


# %% 6i.5 wrong: the person errs as the machine -> "6i.5"
def cheapest_threshold(sure, right, error, person):
    sure, right = np.asarray(sure), np.asarray(right)
    options = [*np.unique(sure), math.inf]
    costs = [((~right).sum() * error + (sure < t).sum() * person) / len(sure) for t in options]
    return options[int(np.argmin(costs))], min(costs)


# %% 6i.5 wrong: middles between two values -> "the threshold"
def cheapest_threshold(sure, right, error, person):
    sure, right = np.asarray(sure), np.asarray(right)
    values = np.unique(sure)
    options = [values[0] - 0.01, *(values[1:] + values[:-1]) / 2, math.inf]
    costs = [((~right[sure >= t]).sum() * error + (sure < t).sum() * person) / len(sure) for t in options]
    return options[int(np.argmin(costs))], min(costs)


# %% 6i.5 wrong: image by image, equally sure ones parted -> "6i.5"
def cheapest_threshold(sure, right, error, person):
    rows = sorted(zip(map(float, sure), map(bool, right), strict=True))
    costs = [
        (sum(not ok for _, ok in rows[k:]) * error + k * person) / len(rows) for k in range(len(rows) + 1)
    ]
    at = int(np.argmin(costs))
    return ([s for s, _ in rows] + [math.inf])[at], costs[at]


# %% 6i.5 wrong: the first threshold that pays -> "6i.5"
def cheapest_threshold(sure, right, error, person):
    sure, right = np.asarray(sure), np.asarray(right)
    for t in [*np.unique(sure), math.inf]:
        cost = ((~right[sure >= t]).sum() * error + (sure < t).sum() * person) / len(sure)
        if cost <= person:
            return t, cost


# %% 6i.5 wrong: arrays only -> "your code raised"
def cheapest_threshold(sure, right, error, person):
    options = [*np.unique(sure), math.inf]
    costs = [((sure >= t) & ~right).sum() * error / len(sure) + (sure < t).mean() * person for t in options]
    return options[int(np.argmin(costs))], min(costs)


# %% 6i.5 wrong: the sureness is sorted in place -> "changes its input"
def cheapest_threshold(sure, right, error, person):
    order = np.argsort(np.array(sure), kind="stable")
    right = np.array(right)[order]
    sure.sort()
    s = np.array(sure)
    options = [*np.unique(s), math.inf]
    costs = [((~right[s >= t]).sum() * error + (s < t).sum() * person) / len(s) for t in options]
    return options[int(np.argmin(costs))], min(costs)
