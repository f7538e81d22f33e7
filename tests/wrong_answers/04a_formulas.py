# %% 4a.1 right: einsum and a list
def merge(W1, b1, W2, b2):
    return [np.einsum("kh,hd->kd", W2, W1), b2 + np.einsum("kh,h->k", W2, b1)]

# %% 4a.1 right: by asking the network itself
def merge(W1, b1, W2, b2):
    b = W2 @ (W1 @ np.zeros(W1.shape[1]) + b1) + b2
    columns = [W2 @ (W1 @ unit + b1) + b2 - b for unit in np.eye(W1.shape[1])]
    return torch.tensor(np.stack(columns, axis=1)), torch.tensor(b)

# %% 4a.1 wrong: adds the biases -> "your code raised ValueError"
def merge(W1, b1, W2, b2):
    return W2 @ W1, b1 + b2

# %% 4a.1 wrong: the biases added where shapes allow it -> "b1 has to pass through"
def merge(W1, b1, W2, b2):
    return W2 @ W1, b1 + b2 if len(b1) == len(b2) else W2 @ b1 + b2

# %% 4a.1 wrong: forgets the second bias -> "a bias of its own"
def merge(W1, b1, W2, b2):
    return W2 @ W1, W2 @ b1

# %% 4a.1 wrong: forgets the first bias -> "the first layer's bias is lost"
def merge(W1, b1, W2, b2):
    return W2 @ W1, b2

# %% 4a.1 wrong: the transposed matrix -> "W for D=3, H=4, K=2: expected an array of shape (2, 3), got an array of shape (3, 2)"
def merge(W1, b1, W2, b2):
    return W1.T @ W2.T, W2 @ b1 + b2

# %% 4a.1 wrong: the order for row vectors -> "your code raised ValueError"
def merge(W1, b1, W2, b2):
    return W1 @ W2, b1 @ W2 + b2

# %% 4a.1 wrong: the other order where it fits -> "wrong order: the first layer acts first"
def merge(W1, b1, W2, b2):
    if W1.shape == W2.shape:
        return W1 @ W2, W2 @ b1 + b2
    return W2 @ W1, W2 @ b1 + b2

# %% 4a.1 wrong: bends once more -> "W for D=3"
def merge(W1, b1, W2, b2):
    return np.tanh(W2 @ W1), W2 @ b1 + b2

# %% 4a.1 wrong: only the weights -> "return two arrays"
def merge(W1, b1, W2, b2):
    return W2 @ W1

# %% 4a.2 right: arrays, and all digits
paper_p = np.array([6, 3, 1]) / 10
paper_loss = np.log(10 / 3)
paper_slopes = torch.tensor([0.6, 0.3 - 1, 0.1])

# %% 4a.2 right: a tuple and a loss with three decimals
paper_p, paper_loss, paper_slopes = (0.6, 0.3, 0.1), 1.204, (0.6, -0.7, 0.1)

# %% 4a.2 wrong: forgets to divide -> "not divided by their sum"
paper_p, paper_loss, paper_slopes = [6, 3, 1], 1.204, [0.6, -0.7, 0.1]

# %% 4a.2 wrong: divides the scores -> "softmax needs e to the scores first"
paper_p, paper_loss, paper_slopes = [0.62, 0.38, 0.0], 1.204, [0.6, -0.7, 0.1]
paper_p = [np.log(6) / np.log(18), np.log(3) / np.log(18), 0]

# %% 4a.2 wrong: bits -> "that is in bits"
paper_p, paper_loss, paper_slopes = [0.6, 0.3, 0.1], 1.737, [0.6, -0.7, 0.1]

# %% 4a.2 wrong: base 10 -> "logarithm to base 10"
paper_p, paper_loss, paper_slopes = [0.6, 0.3, 0.1], 0.523, [0.6, -0.7, 0.1]

# %% 4a.2 wrong: no minus -> "a surprise is never negative"
paper_p, paper_loss, paper_slopes = [0.6, 0.3, 0.1], -1.204, [0.6, -0.7, 0.1]

# %% 4a.2 wrong: shelves counted from 1 -> "that is the surprise at shelf 0"
paper_p, paper_loss, paper_slopes = [0.6, 0.3, 0.1], 0.511, [-0.4, 0.3, 0.1]

# %% 4a.2 wrong: true minus said -> "said minus true"
paper_p, paper_loss, paper_slopes = [0.6, 0.3, 0.1], 1.204, [-0.6, 0.7, -0.1]

# %% 4a.2 wrong: the slope of shelf 0 -> "the slope for shelf 0"
paper_p, paper_loss, paper_slopes = [0.6, 0.3, 0.1], 1.204, [-0.4, 0.3, 0.1]

# %% 4a.2 wrong: the slope in p instead of z -> "slopes: 3 of 3 numbers differ"
paper_p, paper_loss, paper_slopes = [0.6, 0.3, 0.1], 1.204, [0, -1 / 0.3, 0]

# %% 4a.3 right: logaddexp, row by row
def soft_cross_entropy(scores, targets):
    log_p = np.array([row - np.logaddexp.reduce(row) for row in scores])
    loss = np.mean([-(t @ row) for t, row in zip(targets, log_p)])
    return [loss, (np.exp(log_p) - targets) / scores.shape[0]]

# %% 4a.3 right: torch and its autograd
def soft_cross_entropy(scores, targets):
    z = torch.tensor(scores, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(z, torch.tensor(targets))
    loss.backward()
    return loss, z.grad

# %% 4a.3 wrong: naive -> "the answer holds nan"
def soft_cross_entropy(scores, targets):
    e = np.exp(scores)
    p = e / e.sum(axis=1, keepdims=True)
    return -(targets * np.log(p)).sum(axis=1).mean(), (p - targets) / len(scores)

# %% 4a.3 wrong: shifted softmax, then the logarithm -> "log p = z - max"
def soft_cross_entropy(scores, targets):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -(targets * np.log(p)).sum(axis=1).mean(), (p - targets) / len(scores)

# %% 4a.3 wrong: shifted softmax with a clipped probability -> "loss for 3 rows, 4 classes, scores of size 700"
def soft_cross_entropy(scores, targets):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -(targets * np.log(p + 1e-12)).sum(axis=1).mean(), (p - targets) / len(scores)

# %% 4a.3 wrong: the sum over rows -> "that is the sum over rows"
def soft_cross_entropy(scores, targets):
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -(targets * log_p).sum(), (np.exp(log_p) - targets) / len(scores)

# %% 4a.3 wrong: the mean over classes too -> "mean over classes too"
def soft_cross_entropy(scores, targets):
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -(targets * log_p).mean(), (np.exp(log_p) - targets) / len(scores)

# %% 4a.3 wrong: slopes of the sum -> "divided by the rows"
def soft_cross_entropy(scores, targets):
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -(targets * log_p).sum(axis=1).mean(), np.exp(log_p) - targets

# %% 4a.3 wrong: true minus said -> "said minus true"
def soft_cross_entropy(scores, targets):
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -(targets * log_p).sum(axis=1).mean(), (targets - np.exp(log_p)) / len(scores)

# %% 4a.3 wrong: softmax over the rows -> "loss for 4 rows"
def soft_cross_entropy(scores, targets):
    z = scores - scores.max(axis=0)
    log_p = z - np.log(np.exp(z).sum(axis=0))
    return -(targets * log_p).sum(axis=1).mean(), (np.exp(log_p) - targets) / len(scores)

# %% 4a.3 wrong: one shift for the whole batch -> "scores of size 700"
def soft_cross_entropy(scores, targets):
    z = scores - scores.max()
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -(targets * log_p).sum(axis=1).mean(), (np.exp(log_p) - targets) / len(scores)

# %% 4a.3 wrong: only the likeliest class counts -> "loss for 4 rows"
def soft_cross_entropy(scores, targets):
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    hard = np.eye(scores.shape[1])[targets.argmax(axis=1)]
    return -(hard * log_p).sum(axis=1).mean(), (np.exp(log_p) - targets) / len(scores)

# %% 4a.3 wrong: the loss alone -> "return two things"
def soft_cross_entropy(scores, targets):
    return torch.nn.functional.cross_entropy(torch.tensor(scores), torch.tensor(targets))

# %% 4a.4 right: the largest singular value
def rate_limit(X):
    return len(X) / np.linalg.norm(X, 2) ** 2

# %% 4a.4 right: torch, a tensor with one number
def rate_limit(X):
    X = torch.tensor(X)
    return 2 / torch.linalg.eigvalsh(2 * X.T @ X / X.shape[0])[-1]

# %% 4a.4 right: the matrix of parcels times parcels
def rate_limit(X):
    return 1 / np.linalg.eigvalsh(X @ X.T / X.shape[0]).max()

# %% 4a.4 wrong: forgets the two of the square -> "another factor 2"
def rate_limit(X):
    return 2 / np.linalg.eigvalsh(X.T @ X / len(X)).max()

# %% 4a.4 wrong: one over the curvature -> "half of the limit"
def rate_limit(X):
    return 1 / np.linalg.eigvalsh(2 * X.T @ X / len(X)).max()

# %% 4a.4 wrong: the sum instead of the mean -> "divided by the number of rows"
def rate_limit(X):
    return 2 / np.linalg.eigvalsh(2 * X.T @ X).max()

# %% 4a.4 wrong: the least curved direction -> "the steepest one decides"
def rate_limit(X):
    return 2 / np.linalg.eigvalsh(2 * X.T @ X / len(X)).min()

# %% 4a.4 wrong: the trace -> "adds up all curvatures"
def rate_limit(X):
    return 2 / np.trace(2 * X.T @ X / len(X))

# %% 4a.4 wrong: the largest entry of the diagonal -> "X with 20 rows, 3 columns"
def rate_limit(X):
    return 2 / np.diag(2 * X.T @ X / len(X)).max()

# %% 4a.4 wrong: divides by the columns -> "X with 20 rows, 3 columns"
def rate_limit(X):
    return 2 / np.linalg.eigvalsh(2 * X.T @ X / X.shape[1]).max()

# %% 4a.4 wrong: all eigenvalues -> "expected one number"
def rate_limit(X):
    return 2 / np.linalg.eigvalsh(2 * X.T @ X / len(X))

# %% 4a.4 wrong: takes off the mean first -> "X with 20 rows, 3 columns"
def rate_limit(X):
    return 1 / max(np.linalg.eigvalsh(np.atleast_2d(np.cov(X.T, bias=True))).max(), 1e-9)

# %% 4a.5 right: a loop that counts the steps
def cheapest_plan(plans, curvature, variance, allowed):
    best, lowest = "none", float("inf")
    for name, (batch, rate, price) in plans.items():
        factor = abs(1 - rate * curvature)
        if factor >= 1:
            continue
        if rate * (variance / batch) / (2 * (2 - rate * curvature)) > allowed:
            continue
        steps, left = 0, 1.0
        while left > 0.01:
            left *= factor
            steps += 1
        if steps * price < lowest:
            best, lowest = name, steps * price
    return best

# %% 4a.5 wrong: the unstable plan looks splendid -> "curvature 4.2: expected 'steady', got 'large'"
def cheapest_plan(plans, curvature, variance, allowed):
    costs = {}
    for name, (batch, rate, price) in plans.items():
        if rate * variance / batch / (2 * (2 - rate * curvature)) <= allowed:
            costs[name] = price * np.ceil(np.log(0.01) / np.log(abs(1 - rate * curvature)))
    return min(costs, key=costs.get, default="none")

# %% 4a.5 wrong: the lowest price a step -> "σ² = 1: expected 'steady', got 'patient'"
def cheapest_plan(plans, curvature, variance, allowed):
    good = [n for n, (b, r, p) in plans.items() if r * curvature < 2 and r * variance / b / (2 * (2 - r * curvature)) <= allowed]
    return min(good, key=lambda n: plans[n][2], default="none")

# %% 4a.5 wrong: the fewest steps -> "σ² = 1: expected 'steady', got 'large'"
def cheapest_plan(plans, curvature, variance, allowed):
    good = [n for n, (b, r, p) in plans.items() if r * curvature < 2 and r * variance / b / (2 * (2 - r * curvature)) <= allowed]
    return min(good, key=lambda n: abs(1 - plans[n][1] * curvature), default="none")

# %% 4a.5 wrong: ignores the floor -> "σ² = 16: expected 'large', got 'steady'"
def cheapest_plan(plans, curvature, variance, allowed):
    costs = {n: p * np.ceil(np.log(0.01) / np.log(abs(1 - r * curvature))) for n, (b, r, p) in plans.items() if r * curvature < 2}
    return min(costs, key=costs.get, default="none")

# %% 4a.5 wrong: ignores the batch -> "σ² = 1: expected 'steady', got"
def cheapest_plan(plans, curvature, variance, allowed):
    costs = {}
    for name, (batch, rate, price) in plans.items():
        if rate * curvature < 2 and rate * variance / (2 * (2 - rate * curvature)) <= allowed:
            costs[name] = price * np.ceil(np.log(0.01) / np.log(abs(1 - rate * curvature)))
    return min(costs, key=costs.get, default="none")

# %% 4a.5 wrong: noise falls with the square of the batch -> "σ² = 16: expected 'large', got 'steady'"
def cheapest_plan(plans, curvature, variance, allowed):
    costs = {}
    for name, (batch, rate, price) in plans.items():
        if rate * curvature < 2 and rate * variance / batch**2 / (2 * (2 - rate * curvature)) <= allowed:
            costs[name] = price * np.ceil(np.log(0.01) / np.log(abs(1 - rate * curvature)))
    return min(costs, key=costs.get, default="none")

# %% 4a.5 wrong: forgets the half of the floor -> "σ² = 16: expected 'large', got 'none'"
def cheapest_plan(plans, curvature, variance, allowed):
    costs = {}
    for name, (batch, rate, price) in plans.items():
        if rate * curvature < 2 and rate * variance / batch / (2 - rate * curvature) <= allowed:
            costs[name] = price * np.ceil(np.log(0.01) / np.log(abs(1 - rate * curvature)))
    return min(costs, key=costs.get, default="none")

# %% 4a.5 wrong: takes the curvature for 1 -> "curvature 4.2: expected 'steady', got 'large'"
def cheapest_plan(plans, curvature, variance, allowed):
    costs = {}
    for name, (batch, rate, price) in plans.items():
        if rate < 2 and rate * variance / batch / (2 * (2 - rate)) <= allowed:
            costs[name] = price * np.ceil(np.log(0.01) / np.log(abs(1 - rate)))
    return min(costs, key=costs.get, default="none")

# %% 4a.5 wrong: the limit of one over the curvature -> "rates 1.5 and 1.9: expected 'bold', got 'none'"
def cheapest_plan(plans, curvature, variance, allowed):
    costs = {}
    for name, (batch, rate, price) in plans.items():
        if rate * curvature < 1 and rate * variance / batch / (2 * (2 - rate * curvature)) <= allowed:
            costs[name] = price * np.ceil(np.log(0.01) / np.log(abs(1 - rate * curvature)))
    return min(costs, key=costs.get, default="none")

# %% 4a.5 wrong: the dearest -> "σ² = 1: expected 'steady', got 'large'"
def cheapest_plan(plans, curvature, variance, allowed):
    costs = {}
    for name, (batch, rate, price) in plans.items():
        if rate * curvature < 2 and rate * variance / batch / (2 * (2 - rate * curvature)) <= allowed:
            costs[name] = price * np.ceil(np.log(0.01) / np.log(abs(1 - rate * curvature)))
    return max(costs, key=costs.get, default="none")

# %% 4a.5 wrong: the cost, not the name -> "σ² = 1: expected 'steady', got"
def cheapest_plan(plans, curvature, variance, allowed):
    return min(p * np.ceil(np.log(0.01) / np.log(abs(1 - r * curvature))) for b, r, p in plans.values())

# %% 4a.5 wrong: nothing when no plan is left -> "no plan is good enough"
def cheapest_plan(plans, curvature, variance, allowed):
    costs = {}
    for name, (batch, rate, price) in plans.items():
        if rate * curvature < 2 and rate * variance / batch / (2 * (2 - rate * curvature)) <= allowed:
            costs[name] = price * np.ceil(np.log(0.01) / np.log(abs(1 - rate * curvature)))
    return min(costs, key=costs.get, default=None)

# %% 4a.5 wrong: steps rounded down -> "rates 0.5 and 0.6: expected 'calm', got 'brisk'"
def cheapest_plan(plans, curvature, variance, allowed):
    costs = {}
    for name, (batch, rate, price) in plans.items():
        if rate * curvature < 2 and rate * variance / batch / (2 * (2 - rate * curvature)) <= allowed:
            costs[name] = price * np.floor(np.log(0.01) / np.log(abs(1 - rate * curvature)))
    return min(costs, key=costs.get, default="none")

# %% 4a.5 wrong: parts of a step -> "rates 0.5 and 0.6: expected 'calm', got 'brisk'"
def cheapest_plan(plans, curvature, variance, allowed):
    costs = {}
    for name, (batch, rate, price) in plans.items():
        if rate * curvature < 2 and rate * variance / batch / (2 * (2 - rate * curvature)) <= allowed:
            costs[name] = price * np.log(0.01) / np.log(abs(1 - rate * curvature))
    return min(costs, key=costs.get, default="none")
