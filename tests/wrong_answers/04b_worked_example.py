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

# %% 4b.1 wrong: one bias for the inputs too, as a layer -> "as many biases as it has units"
def count_parameters(sizes):
    return sum(n * m for n, m in zip(sizes[:-1], sizes[1:])) + len(sizes)

# %% 4b.1 wrong: a bias for each unit that sends -> "not to the one that sends"
def count_parameters(sizes):
    return sum(n * m + n for n, m in zip(sizes[:-1], sizes[1:]))

# %% 4b.1 wrong: the units instead of the numbers -> "these are the units"
def count_parameters(sizes):
    return sum(sizes)

# %% 4b.1 wrong: hard-coded -> "sizes (7, 5, 4, 2): expected 74, got 283"
def count_parameters(sizes):
    return 283

# %% 4b.1 wrong: always three sizes -> "sizes (7, 5, 4, 2): expected 74, got 64"
def count_parameters(sizes):
    n, h, m = (*sizes, 0)[:3] if len(sizes) > 2 else sizes
    return n * h + h + h * m + m

# %% 4b.1 wrong: stops after the second layer -> "sizes (7, 5, 4, 2)"
def count_parameters(sizes):
    if len(sizes) == 2:
        return sizes[0] * sizes[1] + sizes[1]
    n, h, m = sizes[:3]
    return n * h + h + h * m + m

# %% 4b.1 wrong: three layers at most -> "sizes (3, 6, 5, 4, 2)"
def count_parameters(sizes):
    return sum(m * n + m for n, m in list(zip(sizes[:-1], sizes[1:]))[:3])

# %% 4b.1 right: recursion
def count_parameters(sizes):
    if len(sizes) < 2:
        return 0
    n, m, *rest = sizes
    return m * (n + 1) + count_parameters((m, *rest))

# %% 4b.2 right: 32-bit tensors
weight_slopes = 2 * torch.tensor([0.5, -0.7, 0.2])
slope_in_h = torch.tensor([0.5, -0.7, 0.2]) @ torch.tensor([0.4, -0.1, 0.2])
new_weights = torch.tensor([0.4, -0.1, 0.2]) - 0.5 * weight_slopes

# %% 4b.2 right: computed, as arrays
said_minus_true = np.array([0.5, 0.3 - 1, 0.2])
weight_slopes = 2 * said_minus_true
slope_in_h = torch.tensor(said_minus_true) @ torch.tensor([0.4, -0.1, 0.2], dtype=torch.double)
new_weights = np.array([0.4, -0.1, 0.2]) - 0.5 * weight_slopes

# %% 4b.2 right: tuples
weight_slopes, slope_in_h, new_weights = (1, -1.4, 0.4), 0.31, (-0.1, 0.6, 0)

# %% 4b.2 wrong: true minus said -> "slopes in the weights: check the sign"
weight_slopes, slope_in_h, new_weights = [-1.0, 1.4, -0.4], -0.31, [0.9, -0.8, 0.4]

# %% 4b.2 wrong: forgets h -> "what came in is missing"
weight_slopes, slope_in_h, new_weights = [0.5, -0.7, 0.2], 0.31, [0.15, 0.25, 0.1]

# %% 4b.2 wrong: counts kinds from one the wrong way -> "brakes is the second"
weight_slopes, slope_in_h, new_weights = [1.0, 0.6, -1.6], 0.01, [-0.1, -0.4, 1.0]

# %% 4b.2 wrong: forgets the target -> "the target is missing"
weight_slopes, slope_in_h, new_weights = [1.0, 0.6, 0.4], 0.21, [-0.1, -0.4, 0.0]

# %% 4b.2 wrong: goes back through the weights after the step -> "from before the step"
weight_slopes, slope_in_h, new_weights = [1.0, -1.4, 0.4], -0.47, [-0.1, 0.6, 0.0]

# %% 4b.2 wrong: h in the slope of h -> "h itself does not enter"
weight_slopes, slope_in_h, new_weights = [1.0, -1.4, 0.4], 0.62, [-0.1, 0.6, 0.0]

# %% 4b.2 wrong: only the target's score -> "add up all three"
weight_slopes, slope_in_h, new_weights = [1.0, -1.4, 0.4], 0.07, [-0.1, 0.6, 0.0]

# %% 4b.2 wrong: uphill -> "that walks uphill"
weight_slopes, slope_in_h, new_weights = [1.0, -1.4, 0.4], 0.31, [0.9, -0.8, 0.4]

# %% 4b.2 wrong: a learning rate of one -> "how large is the learning rate"
weight_slopes, slope_in_h, new_weights = [1.0, -1.4, 0.4], 0.31, [-0.6, 1.3, -0.2]

# %% 4b.2 wrong: steps without h -> "holds what came in as well"
weight_slopes, slope_in_h, new_weights = [1.0, -1.4, 0.4], 0.31, [0.15, 0.25, 0.1]

# %% 4b.2 wrong: the truth is wheels -> "wheels is taken for the truth"
weight_slopes, slope_in_h, new_weights = [-1.0, 0.6, 0.4], -0.19, [0.9, -0.4, 0.0]

# %% 4b.2 wrong: a slip of the pen -> "slope in h: expected 0.31, got 0.27"
weight_slopes, slope_in_h, new_weights = [1.0, -1.4, 0.4], 0.27, [-0.1, 0.6, 0.0]

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

# %% 4b.3 right: the course's own interval, whose z is 1.95996
def decide(right, n, look, error):
    from utils import stats

    low, high = stats.wilson(right, n)
    need = (error - look) / error
    return low, high, "ship" if low >= need else "stop" if high < need else "label more"

# %% 4b.3 right: SciPy's interval
def decide(right, n, look, error):
    from scipy.stats import binomtest

    low, high = binomtest(right, n).proportion_ci(method="wilson")
    need = 1 - look / error
    return low, high, "ship" if low >= need else "stop" if high < need else "label more"

# %% 4b.3 right: 32-bit tensors
def decide(right, n, look, error):
    z, p = torch.tensor(1.96), torch.tensor(right / n)
    half = z * (p * (1 - p) / n + z**2 / (4 * n**2)).sqrt()
    low, high = ((p + z**2 / (2 * n) + s * half) / (1 + z**2 / n) for s in (-1, 1))
    need = 1 - look / error
    return low, high, "ship" if low >= need else "stop" if high < need else "label more"

# %% 4b.3 wrong: the exact interval of Clopper and Pearson -> "25 of 30 right"
def decide(right, n, look, error):
    from utils import stats

    low, high = stats.clopper_pearson(right, n)
    need = 1 - look / error
    return low, high, "ship" if low >= need else "stop" if high < need else "label more"

# %% 4b.3 wrong: 90 of 100 instead of 95 -> "25 of 30 right"
def decide(right, n, look, error):
    from utils import stats

    low, high = stats.wilson(right, n, level=0.9)
    need = 1 - look / error
    return low, high, "ship" if low >= need else "stop" if high < need else "label more"

# %% 4b.3 wrong: z is 2 -> "25 of 30 right"
def decide(right, n, look, error):
    z, p, need = 2, right / n, 1 - look / error
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low, high = ((p + z**2 / (2 * n) + s * half) / (1 + z**2 / n) for s in (-1, 1))
    return low, high, "ship" if low >= need else "stop" if high < need else "label more"

# %% 4b.3 wrong: never ships what needs more than 0.9 -> "180 of 200 right"
def decide(right, n, look, error):
    from utils import stats

    low, high = stats.wilson(right, n)
    need = min(1 - look / error, 0.9)
    return low, high, "ship" if low >= need else "stop" if high < need else "label more"

# %% 4b.3 wrong: the plain interval -> "not Wilson's interval"
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

# %% 4b.3 wrong: forgets to divide -> "below the fraction's line is missing"
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

# %% 4b.4 right: tensors that want gradients
def best_layer(means):
    M = torch.tensor(means, requires_grad=True)
    return M, -0.5 * (M * M).sum(dim=1)

# %% 4b.4 right: 32 bits
def best_layer(means):
    M = torch.tensor(means, dtype=torch.float32)
    return M, -(M**2).sum(dim=1) / 2

# %% 4b.4 right: the squares on the diagonal, shifted by a constant
def best_layer(means):
    return [means, 7 - np.diag(means @ means.T) / 2]

# %% 4b.4 wrong: the mean of the squares for their sum -> "probabilities, K=3"
def best_layer(means):
    return means, -(means**2).mean(axis=1) / 2

# %% 4b.4 wrong: centres the means in W alone -> "probabilities, K=3"
def best_layer(means):
    return means - means.mean(axis=1, keepdims=True), -(means**2).sum(axis=1) / 2

# %% 4b.4 wrong: changes the means in place -> "changes its input means"
def best_layer(means):
    means -= means[0]
    return means, -(means**2).sum(axis=1) / 2

# %% 4b.4 wrong: right kind, too sure -> "too sure"
def best_layer(means):
    return 2 * means, -(means**2).sum(axis=1)

# %% 4b.4 wrong: forgets the half in b -> "b is too strong"
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

# %% 4b.4 wrong: sign of W -> "check the sign of W"
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

# %% 4b.5 right: 32 bits
def regression_slopes(x, y, W1, b1, W2, b2):
    leaves = [torch.tensor(a, dtype=torch.float32, requires_grad=True) for a in (W1, b1, W2, b2)]
    x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
    out = torch.relu(x @ leaves[0].T + leaves[1]) @ leaves[2].T + leaves[3]
    torch.nn.functional.mse_loss(out.squeeze(1), y).backward()
    return [leaf.grad for leaf in leaves]

# %% 4b.5 right: finite differences
def regression_slopes(x, y, W1, b1, W2, b2):
    weights, slopes = [W1, b1, W2, b2], []

    def loss(w):
        return ((np.maximum(x @ w[0].T + w[1], 0) @ w[2].T + w[3] - y[:, None]) ** 2).mean()

    for n, array in enumerate(weights):
        slope = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            ends = []
            for nudge in (1e-6, -1e-6):
                moved = [w.copy() for w in weights]
                moved[n][place] += nudge
                ends.append(loss(moved))
            slope[place] = (ends[0] - ends[1]) / 2e-6
        slopes.append(slope)
    return slopes

# %% 4b.5 wrong: a table of all pairs, as it comes -> "Which shape has your slope at the output?"
def regression_slopes(x, y, W1, b1, W2, b2):
    z = x @ W1.T + b1
    h = np.maximum(z, 0)
    d2 = 2 * (h @ W2.T + b2 - y) / len(x)
    d1 = (d2 @ W2) * (z > 0)
    return d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)

# %% 4b.5 wrong: the gate lets 0 through and all else -> "ReLU's gate is missing"
def regression_slopes(x, y, W1, b1, W2, b2):
    h = np.maximum(x @ W1.T + b1, 0)
    d2 = 2 * (h @ W2.T + b2 - y[:, None]) / len(x)
    d1 = (d2 @ W2) * (h >= 0)
    return d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)

# %% 4b.5 wrong: ReLU on the slopes -> "slopes of b1 for m=6"
def regression_slopes(x, y, W1, b1, W2, b2):
    h = np.maximum(x @ W1.T + b1, 0)
    d2 = 2 * (h @ W2.T + b2 - y[:, None]) / len(x)
    d1 = np.maximum(d2 @ W2, 0)
    return d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)

# %% 4b.5 wrong: divides by the lesson's seventy -> "slopes of b2 for m=6"
def regression_slopes(x, y, W1, b1, W2, b2):
    z = x @ W1.T + b1
    h = np.maximum(z, 0)
    d2 = 2 * (h @ W2.T + b2 - y[:, None]) / 70
    d1 = (d2 @ W2) * (z > 0)
    return d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)

# %% 4b.5 wrong: forgets the factor two -> "the square's factor is missing"
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

# %% 4b.5 wrong: a table of all pairs -> "give y the shape (m, 1)"
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

# %% 4b.5 wrong: ReLU lets everything through -> "slopes of b1 for m=6, D=10, H=20: ReLU's gate is missing"
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

# %% 4b.1 right: a dot product of the sizes, as a 0-d tensor
def count_parameters(sizes):
    s = torch.tensor(sizes)
    return (s[:-1] + 1) @ s[1:]

# %% 4b.1 right: a float
def count_parameters(sizes):
    return float(np.dot(np.add(sizes[:-1], 1), sizes[1:]))

# %% 4b.1 wrong: every layer with every later one -> "sizes (7, 5, 4, 2)"
def count_parameters(sizes):
    return sum(sizes[i] * sizes[j] for i in range(len(sizes)) for j in range(i)) + sum(sizes[1:])

# %% 4b.2 right: a column of 0-d tensors and a NumPy number
weight_slopes = [torch.tensor(1.0), torch.tensor(-1.4), torch.tensor(0.4)]
slope_in_h, new_weights = np.float32(0.31), np.array([-0.1, 0.6, 0.0])

# %% 4b.2 wrong: steps with the slope in h -> "new weights"
weight_slopes, slope_in_h, new_weights = [1.0, -1.4, 0.4], 0.31, [0.245, -0.255, 0.045]

# %% 4b.3 right: by bisection of the definition
def decide(right, n, look, error):
    p, z = right / n, 1.96
    def edge(inside, outside):
        for _ in range(100):
            middle = (inside + outside) / 2
            if abs(p - middle) <= z * (middle * (1 - middle) / n) ** 0.5:
                inside = middle
            else:
                outside = middle
        return inside
    low, high = edge(p, 0.0), edge(p, 1.0)
    need = 1 - look / error
    return np.array(low), np.array(high), "ship" if low >= need else "stop" if high < need else "label more"

# %% 4b.3 wrong: ship and stop turned round -> "expected"
def decide(right, n, look, error):
    from utils import stats

    low, high = stats.wilson(right, n)
    need = 1 - look / error
    return low, high, "stop" if low >= need else "ship" if high < need else "label more"

# %% 4b.3 wrong: other words -> "expected 'label more', got 'more labels'"
def decide(right, n, look, error):
    from utils import stats

    low, high = stats.wilson(right, n)
    need = 1 - look / error
    return low, high, "ship" if low >= need else "stop" if high < need else "more labels"

# %% 4b.4 right: centred on the mean of all kinds
def best_layer(means):
    middle = means.mean(axis=0)
    b = -((means - middle) ** 2).sum(axis=1) / 2 - (means - middle) @ middle
    return means - middle, b

# %% 4b.4 wrong: each mean at length one -> "probabilities, K=3"
def best_layer(means):
    unit = means / np.linalg.norm(means, axis=1, keepdims=True)
    return unit, np.full(len(means), -0.5)

# %% 4b.4 wrong: the sign inside the square lost -> "probabilities, K=3"
def best_layer(means):
    return np.abs(means), -(means**2).sum(axis=1) / 2

# %% 4b.5 right: einsum, as a tuple of tensors
def regression_slopes(x, y, W1, b1, W2, b2):
    x, y, W1, b1, W2, b2 = (torch.tensor(a) for a in (x, y, W1, b1, W2, b2))
    z = torch.einsum("md,hd->mh", x, W1) + b1
    miss = 2 / len(x) * (z.relu() @ W2[0] + b2[0] - y)
    back = torch.einsum("m,h->mh", miss, W2[0]) * (z > 0)
    return back.T @ x, back.sum(0), (miss @ z.relu())[None], miss.sum()[None]

# %% 4b.5 wrong: the gate of the slope, not of the sum -> "slopes of b1 for m=6"
def regression_slopes(x, y, W1, b1, W2, b2):
    z = x @ W1.T + b1
    h = np.maximum(z, 0)
    d2 = 2 * (h @ W2.T + b2 - y[:, None]) / len(x)
    back = d2 @ W2
    d1 = back * (back > 0)
    return d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)

# %% 4b.5 wrong: back through the signs of the weights -> "slopes of b1 for m=6"
def regression_slopes(x, y, W1, b1, W2, b2):
    z = x @ W1.T + b1
    h = np.maximum(z, 0)
    d2 = 2 * (h @ W2.T + b2 - y[:, None]) / len(x)
    d1 = (d2 @ np.sign(W2)) * (z > 0)
    return d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)


# %% 4b.3 right: the roots of the quadratic equation
def decide(right, n, look, error):
    p, z = right / n, 1.96
    low, high = sorted(np.roots([1 + z * z / n, -(2 * p + z * z / n), p * p]).real)
    need = 1 - look / error
    return low, high, "ship" if low >= need else "stop" if high < need else "label more"


# %% 4b.4 right: a constant added to all rows of W
def best_layer(means):
    return means - means.mean(0), np.array([-0.5 * m @ m for m in means])
