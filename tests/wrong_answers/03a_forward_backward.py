# %% 3a.1 right: half of two over c
def largest_safe_step(c):
    curvature = 2 * c
    return 2 / curvature

# %% 3a.1 wrong: the rate that arrives in one step -> "fastest rate"
def largest_safe_step(c):
    return 1 / (2 * c)

# %% 3a.1 wrong: two over c -> "weights explode"
def largest_safe_step(c):
    return 2 / c

# %% 3a.1 wrong: forgets that c may differ from 1 -> "expected 0.25, got 1"
def largest_safe_step(c):
    return 1.0

# %% 3a.1 wrong: proportional instead of inverse -> "expected 0.25, got 4"
def largest_safe_step(c):
    return c

# %% 3a.1 wrong: prints and returns nothing -> "got None"
def largest_safe_step(c):
    print(1 / c)

# %% 3a.1 wrong: a text -> "expected numbers, got text"
def largest_safe_step(c):
    return str(1 / c)

# %% 3a.1 wrong: the interval of safe rates -> "expected one number"
def largest_safe_step(c):
    return (0, 1 / c)

# %% 3a.2 right: whole numbers
silent_dv, silent_dw, silent_dc = 0, 0, -6

# %% 3a.2 wrong: the slopes with the old w -> "the old w"
silent_dv, silent_dw, silent_dc = -8.0, -4.0, -4.0

# %% 3a.2 wrong: the sign of the error -> "the sign: is the prediction"
silent_dv, silent_dw, silent_dc = 0.0, 0.0, 6.0

# %% 3a.2 wrong: forgets the square's factor two -> "expected -6, got -3"
silent_dv, silent_dw, silent_dc = 0.0, 0.0, -3.0

# %% 3a.2 wrong: lets the slope through the closed unit -> "slope in w"
silent_dv, silent_dw, silent_dc = 0.0, -6.0, -6.0

# %% 3a.2 wrong: uses z where h belongs -> "slope in v"
silent_dv, silent_dw, silent_dc = 24.0, 0.0, -6.0

# %% 3a.3 right: einsum and a list
def tanh_layer_backward(x, W, a, da):
    dz = da - da * a * a
    return [np.einsum("mh,hd->md", dz, W), np.einsum("mh,md->hd", dz, x), np.ones(len(x)) @ dz]

# %% 3a.3 right: row by row
def tanh_layer_backward(x, W, a, da):
    dx, dW, db = np.zeros_like(x), np.zeros_like(W), np.zeros(W.shape[0])
    for n in range(len(x)):
        dz = da[n] * (1 - a[n] ** 2)
        dx[n] = W.T @ dz
        dW += np.outer(dz, x[n])
        db += dz
    return dx, dW, db

# %% 3a.3 wrong: forgets the slope of tanh -> "dx for m=4"
def tanh_layer_backward(x, W, a, da):
    return da @ W, da.T @ x, da.sum(axis=0)

# %% 3a.3 wrong: the mean over rows for the bias -> "mean over rows"
def tanh_layer_backward(x, W, a, da):
    dz = da * (1 - a**2)
    return dz @ W, dz.T @ x, dz.mean(axis=0)

# %% 3a.3 wrong: sums the bias over the wrong axis -> "db for m=4"
def tanh_layer_backward(x, W, a, da):
    dz = da * (1 - a**2)
    return dz @ W, dz.T @ x, dz.sum(axis=1)

# %% 3a.3 wrong: dW turned -> "expected an array of shape (2, 3)"
def tanh_layer_backward(x, W, a, da):
    dz = da * (1 - a**2)
    return dz @ W, x.T @ dz, dz.sum(axis=0)

# %% 3a.3 wrong: tanh once more, as if a were z -> "dx for m=4"
def tanh_layer_backward(x, W, a, da):
    dz = da * (1 - np.tanh(a) ** 2)
    return dz @ W, dz.T @ x, dz.sum(axis=0)

# %% 3a.3 wrong: keeps the row axis of the bias -> "expected an array of shape (2,)"
def tanh_layer_backward(x, W, a, da):
    dz = da * (1 - a**2)
    return dz @ W, dz.T @ x, dz.sum(axis=0, keepdims=True)

# %% 3a.3 wrong: only two of three -> "return three arrays"
def tanh_layer_backward(x, W, a, da):
    dz = da * (1 - a**2)
    return dz.T @ x, dz.sum(axis=0)

# %% 3a.3 wrong: a product of the wrong shapes -> "your code raised ValueError"
def tanh_layer_backward(x, W, a, da):
    dz = da * (1 - a**2)
    return dz @ W.T, dz.T @ x, dz.sum(axis=0)

# %% 3a.4 right: the larger of t and 0, plus a safe rest
def softplus(t):
    big = np.maximum(t.data, 0)
    rest = np.log1p(np.exp(-np.abs(t.data)))
    slope = np.exp(t.data - big - rest)
    return Tensor(big + rest, (t,), lambda s: (s * slope,))

# %% 3a.4 wrong: overflows -> "softplus(800"
def softplus(t):
    with np.errstate(over="ignore"):
        value = np.log(1 + np.exp(t.data))
    return Tensor(value, (t,), lambda s: (s / (1 + np.exp(-t.data)),))

# %% 3a.4 wrong: forgets the incoming slope -> "incoming slope is forgotten"
def softplus(t):
    return Tensor(np.logaddexp(0, t.data), (t,), lambda s: (1 / (1 + np.exp(-t.data)),))

# %% 3a.4 wrong: the slope of the sigmoid instead of the sigmoid -> "slopes of factors"
def softplus(t):
    p = 1 / (1 + np.exp(-t.data))
    return Tensor(np.logaddexp(0, t.data), (t,), lambda s: (s * p * (1 - p),))

# %% 3a.4 wrong: not connected to its parent -> "slopes of factors"
def softplus(t):
    return Tensor(np.logaddexp(0, t.data))

# %% 3a.4 wrong: the sign in the exponential -> "slopes of factors"
def softplus(t):
    return Tensor(np.logaddexp(0, t.data), (t,), lambda s: (s / (1 + np.exp(t.data)),))

# %% 3a.4 wrong: a plain array -> "your code raised"
def softplus(t):
    return np.logaddexp(0, t.data).view(np.matrix)

# %% 3a.4 wrong: ReLU -> "values"
def softplus(t):
    return t.relu()

# %% 3a.5 right: decay last, with the old weight
def adamw_step(w, grad, m, s, t, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    b1, b2 = betas
    m = m + (1 - b1) * (grad - m)
    s = s + (1 - b2) * (grad * grad - s)
    rate = lr / (1 - b1**t)
    return w - rate * m / (np.sqrt(s / (1 - b2**t)) + eps) - lr * weight_decay * w, m, s

# %% 3a.5 wrong: decay inside the gradient -> "inside the gradient (L2)"
def adamw_step(w, grad, m, s, t, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    grad = grad + weight_decay * w
    m = betas[0] * m + (1 - betas[0]) * grad
    s = betas[1] * s + (1 - betas[1]) * grad**2
    mean, square = m / (1 - betas[0] ** t), s / (1 - betas[1] ** t)
    return w - lr * mean / (np.sqrt(square) + eps), m, s

# %% 3a.5 wrong: no correction for the start -> "first step"
def adamw_step(w, grad, m, s, t, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    m = betas[0] * m + (1 - betas[0]) * grad
    s = betas[1] * s + (1 - betas[1]) * grad**2
    return w * (1 - lr * weight_decay) - lr * m / (np.sqrt(s) + eps), m, s

# %% 3a.5 wrong: decay not scaled by the rate -> "weights after 30 steps"
def adamw_step(w, grad, m, s, t, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    m = betas[0] * m + (1 - betas[0]) * grad
    s = betas[1] * s + (1 - betas[1]) * grad**2
    mean, square = m / (1 - betas[0] ** t), s / (1 - betas[1] ** t)
    return w * (1 - weight_decay) - lr * mean / (np.sqrt(square) + eps), m, s

# %% 3a.5 wrong: returns the corrected averages -> "weights after 30 steps"
def adamw_step(w, grad, m, s, t, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    m = betas[0] * m + (1 - betas[0]) * grad
    s = betas[1] * s + (1 - betas[1]) * grad**2
    m, s = m / (1 - betas[0] ** t), s / (1 - betas[1] ** t)
    return w * (1 - lr * weight_decay) - lr * m / (np.sqrt(s) + eps), m, s

# %% 3a.5 wrong: eps inside the root -> "weights after 30 steps"
def adamw_step(w, grad, m, s, t, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    m = betas[0] * m + (1 - betas[0]) * grad
    s = betas[1] * s + (1 - betas[1]) * grad**2
    mean, square = m / (1 - betas[0] ** t), s / (1 - betas[1] ** t)
    return w * (1 - lr * weight_decay) - lr * mean / np.sqrt(square + eps), m, s

# %% 3a.5 wrong: the betas in the other order -> "first step"
def adamw_step(w, grad, m, s, t, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    m = betas[1] * m + (1 - betas[1]) * grad
    s = betas[0] * s + (1 - betas[0]) * grad**2
    mean, square = m / (1 - betas[0] ** t), s / (1 - betas[1] ** t)
    return w * (1 - lr * weight_decay) - lr * mean / (np.sqrt(square) + eps), m, s

# %% 3a.5 wrong: steps uphill -> "first step"
def adamw_step(w, grad, m, s, t, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    m = betas[0] * m + (1 - betas[0]) * grad
    s = betas[1] * s + (1 - betas[1]) * grad**2
    mean, square = m / (1 - betas[0] ** t), s / (1 - betas[1] ** t)
    return w * (1 - lr * weight_decay) + lr * mean / (np.sqrt(square) + eps), m, s

# %% 3a.5 wrong: ignores betas and eps -> "weights after 30 steps"
def adamw_step(w, grad, m, s, t, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    m = 0.9 * m + 0.1 * grad
    s = 0.999 * s + 0.001 * grad**2
    mean, square = m / (1 - 0.9**t), s / (1 - 0.999**t)
    return w * (1 - lr * weight_decay) - lr * mean / (np.sqrt(square) + 1e-8), m, s

# %% 3a.5 wrong: changes the weights in place -> "changes its input"
def adamw_step(w, grad, m, s, t, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    m = betas[0] * m + (1 - betas[0]) * grad
    s = betas[1] * s + (1 - betas[1]) * grad**2
    w *= 1 - lr * weight_decay
    w -= lr * m / (1 - betas[0] ** t) / (np.sqrt(s / (1 - betas[1] ** t)) + eps)
    return w, m, s

# %% 3a.5 wrong: changes the averages in place -> "changes its input"
def adamw_step(w, grad, m, s, t, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    m *= betas[0]
    m += (1 - betas[0]) * grad
    s *= betas[1]
    s += (1 - betas[1]) * grad**2
    step = lr * m / (1 - betas[0] ** t) / (np.sqrt(s / (1 - betas[1] ** t)) + eps)
    return w * (1 - lr * weight_decay) - step, m, s

# %% 3a.5 wrong: squares the gradient in place -> "changes its input"
def adamw_step(w, grad, m, s, t, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    m = betas[0] * m + (1 - betas[0]) * grad
    grad **= 2
    s = betas[1] * s + (1 - betas[1]) * grad
    step = lr * m / (1 - betas[0] ** t) / (np.sqrt(s / (1 - betas[1] ** t)) + eps)
    return w * (1 - lr * weight_decay) - step, m, s

# %% 3a.5 right: torch's own step, from the state that came in
def adamw_step(w, grad, m, s, t, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    weight = torch.tensor(w, requires_grad=True)
    weight.grad = torch.tensor(grad)
    stepper = torch.optim.AdamW([weight], lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
    state = {"step": torch.tensor(t - 1.0), "exp_avg": torch.tensor(m), "exp_avg_sq": torch.tensor(s)}
    stepper.state[weight] = state
    stepper.step()
    return weight.detach(), state["exp_avg"], state["exp_avg_sq"]

# %% 3a.6 right: a loop
def best_reader(readers, slips, digits_per_slip, cost_of_error):
    cheapest, lowest = None, float("inf")
    for name, (right, fixed, each) in readers.items():
        cost = fixed + slips * each + slips * cost_of_error * (1 - right**digits_per_slip)
        if cost < lowest:
            cheapest, lowest = name, cost
    return cheapest

# %% 3a.6 wrong: the most accurate one -> "expected 'small net', got 'clerk'"
def best_reader(readers, slips, digits_per_slip, cost_of_error):
    return max(readers, key=lambda name: readers[name][0])

# %% 3a.6 wrong: one digit a slip -> "the same with three digits a slip"
def best_reader(readers, slips, digits_per_slip, cost_of_error):
    return min(readers, key=lambda n: readers[n][1] + slips * (readers[n][2] + (1 - readers[n][0]) * cost_of_error))

# %% 3a.6 wrong: forgets the cost of each slip -> "expected 'small net', got 'clerk'"
def best_reader(readers, slips, digits_per_slip, cost_of_error):
    return min(readers, key=lambda n: readers[n][1] + slips * (1 - readers[n][0] ** digits_per_slip) * cost_of_error)

# %% 3a.6 wrong: forgets the fixed cost -> "expected 'small net', got 'big net'"
def best_reader(readers, slips, digits_per_slip, cost_of_error):
    return min(readers, key=lambda n: readers[n][2] + (1 - readers[n][0] ** digits_per_slip) * cost_of_error)

# %% 3a.6 wrong: the dearest -> "expected 'small net', got 'clerk'"
def best_reader(readers, slips, digits_per_slip, cost_of_error):
    return max(readers, key=lambda n: readers[n][1] + slips * (readers[n][2] + (1 - readers[n][0] ** digits_per_slip) * cost_of_error))

# %% 3a.6 wrong: the cost, not the name -> "expected 'small net', got"
def best_reader(readers, slips, digits_per_slip, cost_of_error):
    return min(f + slips * (e + (1 - a**digits_per_slip) * cost_of_error) for a, f, e in readers.values())

# %% 3a.6 wrong: errors of all digits wrong instead of any -> "expected 'big net'"
def best_reader(readers, slips, digits_per_slip, cost_of_error):
    return min(readers, key=lambda n: readers[n][1] + slips * (readers[n][2] + (1 - readers[n][0]) ** digits_per_slip * cost_of_error))

# %% 3a.6 wrong: errors added up over the digits -> "1,000 slips of 20 digits"
def best_reader(readers, slips, digits_per_slip, cost_of_error):
    return min(readers, key=lambda n: readers[n][1] + slips * (readers[n][2] + digits_per_slip * (1 - readers[n][0]) * cost_of_error))


# %% 3a.4 wrong: a slope that overflows -> "slopes at 800, -800 and 40"
def softplus(t):
    return Tensor(np.logaddexp(0, t.data), (t,), lambda s: (s * np.exp(t.data) / (1 + np.exp(t.data)),))


# %% 3a.4 wrong: one slope for all -> "slopes of factors"
def softplus(t):
    return Tensor(np.logaddexp(0, t.data), (t,), lambda s: (np.mean(s) / (1 + np.exp(-t.data)),))


# %% 3a.4 wrong: no tuple -> "local must return a tuple"
def softplus(t):
    return Tensor(np.logaddexp(0, t.data), (t,), lambda s: s / (1 + np.exp(-t.data)))


# %% 3a.5 wrong: a fixed eps -> "weights after 30 steps"
def adamw_step(w, grad, m, s, t, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    m = betas[0] * m + (1 - betas[0]) * grad
    s = betas[1] * s + (1 - betas[1]) * grad**2
    mean, square = m / (1 - betas[0] ** t), s / (1 - betas[1] ** t)
    return w * (1 - lr * weight_decay) - lr * mean / (np.sqrt(square) + 1e-8), m, s


# %% 3a.6 wrong: the cost of a slip for each digit -> "never misread"
def best_reader(readers, slips, digits_per_slip, cost_of_error):
    def yearly(name):
        accuracy, fixed, each = readers[name]
        return fixed + slips * (digits_per_slip * each + (1 - accuracy**digits_per_slip) * cost_of_error)

    return min(readers, key=yearly)


# %% 3a.1 right: an array without axes
def largest_safe_step(c):
    return np.array(c) ** -1


# %% 3a.1 right: found by halving, a tensor
def largest_safe_step(c):
    low, high = 0.0, 10 / c
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if abs(1 - 2 * c * middle) < 1 else (low, middle)
    return torch.tensor(low)


# %% 3a.1 wrong: adds where it should divide -> "expected 0.25, got 0.2"
def largest_safe_step(c):
    return 1 / (1 + c)


# %% 3a.2 right: tensors and arrays
silent_dv, silent_dw, silent_dc = torch.tensor(-0.0), np.zeros(()), np.int64(-6)

# %% 3a.2 wrong: nothing learns any more -> "slope in c"
silent_dv, silent_dw, silent_dc = 0, 0, 0

# %% 3a.3 right: torch, a list
def tanh_layer_backward(x, W, a, da):
    x, W, a, da = map(torch.tensor, (x, W, a, da))
    dz = da * (1 - a.square())
    return [dz.matmul(W), dz.mT.matmul(x), dz.sum(0)]


# %% 3a.3 right: autograd does it
def tanh_layer_backward(x, W, a, da):
    x, W = torch.tensor(x, requires_grad=True), torch.tensor(W, requires_grad=True)
    b = torch.atanh(torch.tensor(a)) - (x @ W.T).detach()
    b = b.mean(0).requires_grad_()
    torch.tanh(x @ W.T + b).backward(torch.tensor(da))
    return x.grad, W.grad, b.grad


# %% 3a.3 wrong: the slope of the sigmoid -> "dx for m=4"
def tanh_layer_backward(x, W, a, da):
    dz = da * a * (1 - a)
    return dz @ W, dz.T @ x, dz.sum(axis=0)


# %% 3a.3 wrong: the order of the three -> "expected an array of shape (4, 3), got an array of shape (2, 3)"
def tanh_layer_backward(x, W, a, da):
    dz = da * (1 - a**2)
    return dz.T @ x, dz @ W, dz.sum(axis=0)


# %% 3a.3 wrong: a mean over rows for the weights too -> "dW for m=4"
def tanh_layer_backward(x, W, a, da):
    dz = da * (1 - a**2)
    return dz @ W, dz.T @ x / len(x), dz.sum(axis=0)


# %% 3a.4 right: where, with the dangerous side never formed
def softplus(t):
    small = np.exp(-np.abs(t.data))
    slope = np.where(t.data >= 0, 1 / (1 + small), small / (1 + small))
    return Tensor(np.where(t.data >= 0, t.data, 0) + np.log1p(small), [t], lambda s: (slope * s,))


# %% 3a.4 right: SciPy's sigmoid, written as a list
def softplus(t):
    from scipy.special import expit

    return Tensor(-np.log(expit(-np.clip(t.data, None, 30))) + np.maximum(t.data - 30, 0), (t,), lambda s: (s * expit(t.data),))


# %% 3a.4 wrong: a straight line from 6 on -> "values"
def softplus(t):
    p = 0.5 * (1 + np.tanh(t.data / 2))
    value = np.where(t.data > 6, t.data, np.log1p(np.exp(np.minimum(t.data, 6))))
    return Tensor(value, (t,), lambda s: (s * p,))


# %% 3a.4 wrong: flat below -6 -> "values"
def softplus(t):
    p = 0.5 * (1 + np.tanh(t.data / 2))
    return Tensor(np.where(t.data < -6, 0, np.logaddexp(0, t.data)), (t,), lambda s: (s * p,))


# %% 3a.4 wrong: a loop over rows, so at least one axis -> "your code raised"
def softplus(t):
    value = np.array([[np.logaddexp(0, v) for v in row] for row in t.data.reshape(len(t.data), -1)])
    p = 0.5 * (1 + np.tanh(t.data / 2))
    return Tensor(value.reshape(t.data.shape), (t,), lambda s: (s * p,))


# %% 3a.5 wrong: the decay after the step -> "weights after 30 steps"
def adamw_step(w, grad, m, s, t, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    m = betas[0] * m + (1 - betas[0]) * grad
    s = betas[1] * s + (1 - betas[1]) * grad**2
    mean, square = m / (1 - betas[0] ** t), s / (1 - betas[1] ** t)
    return (w - lr * mean / (np.sqrt(square) + eps)) * (1 - lr * weight_decay), m, s


# %% 3a.5 wrong: counts t from 0 -> "first step"
def adamw_step(w, grad, m, s, t, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    m = betas[0] * m + (1 - betas[0]) * grad
    s = betas[1] * s + (1 - betas[1]) * grad**2
    mean, square = m / (1 - betas[0] ** (t + 1)), s / (1 - betas[1] ** (t + 1))
    return w * (1 - lr * weight_decay) - lr * mean / (np.sqrt(square) + eps), m, s


# %% 3a.5 right: lists of arrays, the decay as a factor of its own
def adamw_step(w, grad, m, s, t, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    one, two = betas
    new = [one * m + grad - one * grad, two * s + (1 - two) * np.square(grad)]
    step = new[0] * lr / (1 - one**t) / (eps + np.sqrt(new[1] / (1 - two**t)))
    return [np.multiply(w, 1 - lr * weight_decay) - step, *new]


# %% 3a.6 right: NumPy, the smallest of an array
def best_reader(readers, slips, digits_per_slip, cost_of_error):
    right, fixed, each = np.array(list(readers.values()), dtype=float).T
    yearly = fixed + slips * (each + (1 - right**digits_per_slip) * cost_of_error)
    return np.array(list(readers))[yearly.argmin()]


# %% 3a.6 right: sorted pairs
def best_reader(readers, slips, digits_per_slip, cost_of_error):
    bills = sorted(
        (fixed + slips * each + slips * (1 - pow(right, digits_per_slip)) * cost_of_error, name)
        for name, (right, fixed, each) in readers.items()
    )
    return bills[0][1]


# %% 3a.6 wrong: the fixed cost for every slip -> "expected 'small net'"
def best_reader(readers, slips, digits_per_slip, cost_of_error):
    return min(readers, key=lambda n: slips * (readers[n][1] + readers[n][2] + (1 - readers[n][0] ** digits_per_slip) * cost_of_error))


# %% 3a.6 wrong: a misread slip costs three euros always -> "1,000 slips of 20 digits"
def best_reader(readers, slips, digits_per_slip, cost_of_error):
    return min(readers, key=lambda n: readers[n][1] + slips * (readers[n][2] + (1 - readers[n][0] ** digits_per_slip) * 3))


# %% 3a.4 right: the slope from the value
def softplus(t):
    out = np.logaddexp(0, t.data)
    def back(slope):
        return (slope * np.exp(t.data - out),)
    return Tensor(out, (t,), back)


# %% 3a.4 wrong: an array, not a Tensor -> "return a Tensor, not an array"
def softplus(t):
    return np.logaddexp(0, t.data)


# %% 3a.4 wrong: a Tensor without parents -> "has the new Tensor its parents"
def softplus(t):
    return Tensor(np.logaddexp(0, t.data))


# %% 3a.4 wrong: puts the new data into the input -> "changes the data of its input"
def softplus(t):
    sig = 1 / (1 + np.exp(-np.clip(t.data, -500, 500)))
    t.data = np.logaddexp(0, t.data)
    return Tensor(t.data, (t,), lambda s: (s * sig,))


# %% 3a.4 wrong: the sigmoid of -t -> "the slope at -t"
def softplus(t):
    return Tensor(np.logaddexp(0, t.data), (t,), lambda s: (s / (1 + np.exp(t.data)),))


# %% 3a.6 wrong: exactly one digit wrong -> "b is never wrong"
def best_reader(readers, slips, digits_per_slip, cost_of_error):
    k = digits_per_slip
    return min(readers, key=lambda n: readers[n][1] + slips * (readers[n][2] + k * (1 - readers[n][0]) * readers[n][0] ** (k - 1) * cost_of_error))


# %% 3a.6 wrong: the chances of the digits added, and at most 1 -> "the same with a dearer b"
def best_reader(readers, slips, digits_per_slip, cost_of_error):
    return min(readers, key=lambda n: readers[n][1] + slips * (readers[n][2] + min(1, digits_per_slip * (1 - readers[n][0])) * cost_of_error))
