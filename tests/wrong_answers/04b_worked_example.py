# %% 4b.1 right: a loop over an array
def count_parameters(sizes):
    sizes, total = np.array(sizes), 0
    for n in range(1, len(sizes)):
        total = total + sizes[n] * (sizes[n - 1] + 1)
    return total

# %% 4b.1 right: ask torch
def count_parameters(sizes):
    layers = [torch.nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:])]
    return sum(p.numel() for layer in layers for p in layer.parameters())

# %% 4b.1 wrong: weights alone -> "the weights alone"
def count_parameters(sizes):
    return sum(n * m for n, m in zip(sizes[:-1], sizes[1:]))

# %% 4b.1 wrong: a bias for each input too -> "the inputs compute nothing"
def count_parameters(sizes):
    return sum(n * m for n, m in zip(sizes[:-1], sizes[1:])) + sum(sizes)

# %% 4b.1 wrong: no bias at the output -> "the outputs have biases too"
def count_parameters(sizes):
    return sum(n * m for n, m in zip(sizes[:-1], sizes[1:])) + sum(sizes[1:-1])

# %% 4b.1 wrong: a bias at the output alone -> "the biases of the hidden layers are missing"
def count_parameters(sizes):
    return sum(n * m for n, m in zip(sizes[:-1], sizes[1:])) + sizes[-1]

# %% 4b.1 wrong: one bias a layer -> "not one for each layer"
def count_parameters(sizes):
    return sum(n * m + 1 for n, m in zip(sizes[:-1], sizes[1:]))

# %% 4b.1 wrong: a bias for each unit that sends -> "expected 283, got 290"
def count_parameters(sizes):
    return sum(n * m + n for n, m in zip(sizes[:-1], sizes[1:]))

# %% 4b.1 wrong: the units instead of the numbers -> "expected 283, got 33"
def count_parameters(sizes):
    return sum(sizes)

# %% 4b.1 wrong: hard-coded -> "sizes (10, 20, 1): expected 241, got 283"
def count_parameters(sizes):
    return 283

# %% 4b.1 wrong: always three sizes -> "your code raised"
def count_parameters(sizes):
    n, h, m = (*sizes, 0)[:3] if len(sizes) > 2 else sizes
    return n * h + h + h * m + m

# %% 4b.1 wrong: stops after the second layer -> "sizes (7, 5, 4, 2)"
def count_parameters(sizes):
    if len(sizes) == 2:
        return sizes[0] * sizes[1] + sizes[1]
    n, h, m = sizes[:3]
    return n * h + h + h * m + m

# %% 4b.2 right: computed, as arrays
said_minus_true = np.array([0.5, 0.3 - 1, 0.2])
weight_slopes = 2 * said_minus_true
slope_in_h = torch.tensor(said_minus_true) @ torch.tensor([0.4, -0.1, 0.2], dtype=torch.double)
new_weights = np.array([0.4, -0.1, 0.2]) - 0.5 * weight_slopes

# %% 4b.2 right: tuples
weight_slopes, slope_in_h, new_weights = (1, -1.4, 0.4), 0.31, (-0.1, 0.6, 0)

# %% 4b.2 wrong: true minus said -> "check the sign"
weight_slopes, slope_in_h, new_weights = [-1.0, 1.4, -0.4], -0.31, [0.9, -0.8, 0.4]

# %% 4b.2 wrong: forgets h -> "each weight also multiplies by h = 2"
weight_slopes, slope_in_h, new_weights = [0.5, -0.7, 0.2], 0.31, [0.15, 0.25, 0.1]

# %% 4b.2 wrong: counts kinds from one the wrong way -> "brakes is the second"
weight_slopes, slope_in_h, new_weights = [1.0, 0.6, -1.6], 0.01, [-0.1, -0.4, 1.0]

# %% 4b.2 wrong: forgets the target -> "the 1 of the target is missing"
weight_slopes, slope_in_h, new_weights = [1.0, 0.6, 0.4], 0.21, [-0.1, -0.4, 0.0]

# %% 4b.2 wrong: goes back through the weights after the step -> "from before the step"
weight_slopes, slope_in_h, new_weights = [1.0, -1.4, 0.4], -0.47, [-0.1, 0.6, 0.0]

# %% 4b.2 wrong: h in the slope of h -> "h itself does not enter"
weight_slopes, slope_in_h, new_weights = [1.0, -1.4, 0.4], 0.62, [-0.1, 0.6, 0.0]

# %% 4b.2 wrong: only the target's score -> "add up all three"
weight_slopes, slope_in_h, new_weights = [1.0, -1.4, 0.4], 0.07, [-0.1, 0.6, 0.0]

# %% 4b.2 wrong: uphill -> "that walks uphill"
weight_slopes, slope_in_h, new_weights = [1.0, -1.4, 0.4], 0.31, [0.9, -0.8, 0.4]

# %% 4b.2 wrong: a learning rate of one -> "the learning rate is 0.5"
weight_slopes, slope_in_h, new_weights = [1.0, -1.4, 0.4], 0.31, [-0.6, 1.3, -0.2]

# %% 4b.2 wrong: steps without h -> "holds h = 2 as well"
weight_slopes, slope_in_h, new_weights = [1.0, -1.4, 0.4], 0.31, [0.15, 0.25, 0.1]

# %% 4b.2 wrong: three slopes in h -> "slope in h: expected one number"
weight_slopes, slope_in_h, new_weights = [1.0, -1.4, 0.4], [0.2, 0.07, 0.04], [-0.1, 0.6, 0.0]

# %% 4b.3 right: from the roots of the quadratic, as a list
def decide(right, n, look, error):
    z2 = 1.96**2
    p = right / n
    root = math.sqrt(z2 * (z2 + 4 * n * p * (1 - p)))
    low, high = (2 * n * p + z2 - root) / (2 * (n + z2)), (2 * n * p + z2 + root) / (2 * (n + z2))
    if (1 - high) * error > look:
        return [low, high, "stop"]
    return [low, high, "label more" if (1 - low) * error > look else "ship"]


import math

# %% 4b.3 wrong: the plain interval -> "fails for small n"
def decide(right, n, look, error):
    p = right / n
    half = 1.96 * np.sqrt(p * (1 - p) / n)
    need = 1 - look / error
    return p - half, p + half, "ship" if p - half >= need else "stop" if p + half < need else "label more"

# %% 4b.3 wrong: trusts the measured share -> "expected 'label more', got 'ship'"
def decide(right, n, look, error):
    z, p = 1.96, right / n
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low, high = ((p + z**2 / (2 * n) + s * half) / (1 + z**2 / n) for s in (-1, 1))
    return low, high, "ship" if p >= 1 - look / error else "stop"

# %% 4b.3 wrong: the error that is allowed, not the accuracy -> "expected 'label more', got 'ship'"
def decide(right, n, look, error):
    z, p, need = 1.96, right / n, look / error
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low, high = ((p + z**2 / (2 * n) + s * half) / (1 + z**2 / n) for s in (-1, 1))
    return low, high, "ship" if low >= need else "stop" if high < need else "label more"

# %% 4b.3 wrong: forgets to divide -> "divide by 1 + z²/n"
def decide(right, n, look, error):
    z, p, need = 1.96, right / n, 1 - look / error
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low, high = p + z**2 / (2 * n) - half, p + z**2 / (2 * n) + half
    return low, high, "ship" if low >= need else "stop" if high < need else "label more"

# %% 4b.3 wrong: high before low -> "low comes first"
def decide(right, n, look, error):
    z, p, need = 1.96, right / n, 1 - look / error
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    high, low = ((p + z**2 / (2 * n) + s * half) / (1 + z**2 / n) for s in (-1, 1))
    return low, high, "ship" if low >= need else "stop" if high < need else "label more"

# %% 4b.3 wrong: ships on the hope of the high end -> "expected 'label more', got 'ship'"
def decide(right, n, look, error):
    z, p, need = 1.96, right / n, 1 - look / error
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low, high = ((p + z**2 / (2 * n) + s * half) / (1 + z**2 / n) for s in (-1, 1))
    return low, high, "ship" if high >= need else "stop"

# %% 4b.3 wrong: a fixed need -> "60 of 100 right"
def decide(right, n, look, error):
    z, p, need = 1.96, right / n, 0.75
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low, high = ((p + z**2 / (2 * n) + s * half) / (1 + z**2 / n) for s in (-1, 1))
    return low, high, "ship" if low >= need else "stop" if high < need else "label more"

# %% 4b.3 wrong: never stops -> "expected 'stop', got 'label more'"
def decide(right, n, look, error):
    z, p, need = 1.96, right / n, 1 - look / error
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low, high = ((p + z**2 / (2 * n) + s * half) / (1 + z**2 / n) for s in (-1, 1))
    return low, high, "ship" if low >= need else "label more"

# %% 4b.3 wrong: the decision alone -> "return three things"
def decide(right, n, look, error):
    return "ship" if right / n >= 1 - look / error else "stop"

# %% 4b.4 right: seen from the first mean, as tensors
def best_layer(means):
    means = torch.tensor(means)
    b = -0.5 * (means * means).sum(dim=1)
    return means - means[0], b - b[0]

# %% 4b.4 right: lists and loops
def best_layer(means):
    return [list(m) for m in means], [-sum(v * v for v in m) / 2 for m in means]

# %% 4b.4 wrong: right kind, too sure -> "too sure"
def best_layer(means):
    return 2 * means, -(means**2).sum(axis=1)

# %% 4b.4 wrong: forgets the half in b -> "minus *half*"
def best_layer(means):
    return means, -(means**2).sum(axis=1)

# %% 4b.4 wrong: no b -> "b is missing"
def best_layer(means):
    return means, np.zeros(len(means))

# %% 4b.4 wrong: sign of b -> "check the sign of b"
def best_layer(means):
    return means, (means**2).sum(axis=1) / 2

# %% 4b.4 wrong: length instead of its square -> "squared length"
def best_layer(means):
    return means, -np.linalg.norm(means, axis=1) / 2

# %% 4b.4 wrong: turned, as if x came from the right -> "one row for each kind"
def best_layer(means):
    return means.T, -(means**2).sum(axis=1) / 2

# %% 4b.4 wrong: sums over kinds -> "one number for each kind"
def best_layer(means):
    return means, -(means**2).sum(axis=0) / 2

# %% 4b.4 wrong: sign of W -> "probabilities, K=3"
def best_layer(means):
    return -means, -(means**2).sum(axis=1) / 2

# %% 4b.4 wrong: W alone -> "return two arrays"
def best_layer(means):
    return means

# %% 4b.5 right: autograd
def regression_slopes(x, y, W1, b1, W2, b2):
    leaves = [torch.tensor(a, requires_grad=True) for a in (W1, b1, W2, b2)]
    out = torch.relu(torch.tensor(x) @ leaves[0].T + leaves[1]) @ leaves[2].T + leaves[3]
    torch.nn.functional.mse_loss(out.squeeze(1), torch.tensor(y)).backward()
    return [leaf.grad for leaf in leaves]

# %% 4b.5 right: bicycle by bicycle
def regression_slopes(x, y, W1, b1, W2, b2):
    out = [np.zeros_like(a) for a in (W1, b1, W2, b2)]
    for row, target in zip(x, y):
        h = np.maximum(W1 @ row + b1, 0)
        d = 2 * (W2 @ h + b2 - target) / len(x)
        dz = (W2.T @ d) * (h > 0)
        for total, part in zip(out, (np.outer(dz, row), dz, np.outer(d, h), d)):
            total += part
    return tuple(out)

# %% 4b.5 wrong: forgets the factor two -> "factor 2 is missing"
def regression_slopes(x, y, W1, b1, W2, b2):
    z = x @ W1.T + b1
    h = np.maximum(z, 0)
    d2 = (h @ W2.T + b2 - y[:, None]) / len(x)
    d1 = (d2 @ W2) * (z > 0)
    return d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)

# %% 4b.5 wrong: target minus prediction -> "check the sign"
def regression_slopes(x, y, W1, b1, W2, b2):
    z = x @ W1.T + b1
    h = np.maximum(z, 0)
    d2 = 2 * (y[:, None] - h @ W2.T - b2) / len(x)
    d1 = (d2 @ W2) * (z > 0)
    return d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)

# %% 4b.5 wrong: the sum for the mean -> "the loss is a mean"
def regression_slopes(x, y, W1, b1, W2, b2):
    z = x @ W1.T + b1
    h = np.maximum(z, 0)
    d2 = 2 * (h @ W2.T + b2 - y[:, None])
    d1 = (d2 @ W2) * (z > 0)
    return d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)

# %% 4b.5 wrong: a table of all pairs -> "both of shape (m, 1): write y[:, None]"
def regression_slopes(x, y, W1, b1, W2, b2):
    z = x @ W1.T + b1
    h = np.maximum(z, 0)
    d2 = 2 * (h @ W2.T + b2 - y).mean(axis=1, keepdims=True) / len(x)
    d1 = (d2 @ W2) * (z > 0)
    return d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)

# %% 4b.5 wrong: the table of all pairs goes on -> "slopes of b2 for m=6, D=10, H=20: expected an array of shape (1,)"
def regression_slopes(x, y, W1, b1, W2, b2):
    z = x @ W1.T + b1
    h = np.maximum(z, 0)
    d2 = 2 * (h @ W2.T + b2 - y) / len(x)
    return np.zeros_like(W1), np.zeros_like(b1), d2.T @ h, d2.sum(axis=0)

# %% 4b.5 wrong: ReLU lets everything through -> "slopes of b1 for m=6"
def regression_slopes(x, y, W1, b1, W2, b2):
    z = x @ W1.T + b1
    h = np.maximum(z, 0)
    d2 = 2 * (h @ W2.T + b2 - y[:, None]) / len(x)
    d1 = d2 @ W2
    return d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)

# %% 4b.5 wrong: z where h belongs -> "slopes of W2 for m=6"
def regression_slopes(x, y, W1, b1, W2, b2):
    z = x @ W1.T + b1
    h = np.maximum(z, 0)
    d2 = 2 * (h @ W2.T + b2 - y[:, None]) / len(x)
    d1 = (d2 @ W2) * (z > 0)
    return d1.T @ x, d1.sum(axis=0), d2.T @ z, d2.sum(axis=0)

# %% 4b.5 wrong: W1 turned -> "expected an array of shape (20, 10)"
def regression_slopes(x, y, W1, b1, W2, b2):
    z = x @ W1.T + b1
    h = np.maximum(z, 0)
    d2 = 2 * (h @ W2.T + b2 - y[:, None]) / len(x)
    d1 = (d2 @ W2) * (z > 0)
    return x.T @ d1, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)

# %% 4b.5 wrong: the means of the biases -> "slopes of b2 for m=6"
def regression_slopes(x, y, W1, b1, W2, b2):
    z = x @ W1.T + b1
    h = np.maximum(z, 0)
    d2 = 2 * (h @ W2.T + b2 - y[:, None]) / len(x)
    d1 = (d2 @ W2) * (z > 0)
    return d1.T @ x, d1.mean(axis=0), d2.T @ h, d2.mean(axis=0)

# %% 4b.5 wrong: softmax at the output -> "slopes of b2 for m=6"
def regression_slopes(x, y, W1, b1, W2, b2):
    z = x @ W1.T + b1
    h = np.maximum(z, 0)
    out = np.ones((len(x), 1))
    d2 = 2 * (out - y[:, None]) / len(x)
    d1 = (d2 @ W2) * (z > 0)
    return d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)

# %% 4b.5 wrong: only three -> "return four arrays"
def regression_slopes(x, y, W1, b1, W2, b2):
    h = np.maximum(x @ W1.T + b1, 0)
    d2 = 2 * (h @ W2.T + b2 - y[:, None]) / len(x)
    return h, d2.T @ h, d2.sum(axis=0)
