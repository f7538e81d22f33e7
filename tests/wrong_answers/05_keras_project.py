# %% 5.1 right: by trying, as a list
def samples_behind(counter, batch=32):
    fitting = [n for n in range(1, batch * (counter + 1)) if -(-n // batch) == counter]
    return [fitting[0], fitting[-1]]


# %% 5.1 right: an array
def samples_behind(counter, batch=32):
    return np.array([counter * batch - batch + 1, counter * batch])


# %% 5.1 wrong: an empty last batch -> "the last batch would be empty"
def samples_behind(counter, batch=32):
    return batch * (counter - 1), batch * counter


# %% 5.1 wrong: rounds down -> "the counter rounds up, not down"
def samples_behind(counter, batch=32):
    return batch * counter, batch * (counter + 1) - 1


# %% 5.1 wrong: the most first -> "the fewest comes first"
def samples_behind(counter, batch=32):
    return batch * counter, batch * (counter - 1) + 1


# %% 5.1 wrong: a full last batch is not counted -> "the last batch may be full as well"
def samples_behind(counter, batch=32):
    return batch * (counter - 1) + 1, batch * counter - 1


# %% 5.1 wrong: always batches of 32 -> "counter 1, batch 64"
def samples_behind(counter, batch=32):
    return 32 * (counter - 1) + 1, 32 * counter


# %% 5.1 wrong: one number -> "expected an array of shape (2,), got one number"
def samples_behind(counter, batch=32):
    return batch * counter


# %% 5.2 right: np.average
def printed_loss(batch_losses, batch_sizes):
    return np.average(batch_losses, weights=batch_sizes)


# %% 5.2 right: a loop, as a tensor
def printed_loss(batch_losses, batch_sizes):
    total, count = torch.tensor(0.0, dtype=torch.double), 0
    for loss, size in zip(batch_losses, batch_sizes):
        total, count = total + loss * size, count + size
    return total / count


# %% 5.2 wrong: the plain mean -> "weighs a small batch like a large one"
def printed_loss(batch_losses, batch_sizes):
    return np.mean(batch_losses)


# %% 5.2 wrong: the sum -> "the sum over samples, not their mean"
def printed_loss(batch_losses, batch_sizes):
    return np.dot(batch_losses, batch_sizes)


# %% 5.2 wrong: divides by the batches -> "the mean wanted is for each sample"
def printed_loss(batch_losses, batch_sizes):
    return np.dot(batch_losses, batch_sizes) / len(batch_sizes)


# %% 5.2 wrong: the last batch -> "the last batch alone"
def printed_loss(batch_losses, batch_sizes):
    return batch_losses[-1]


# %% 5.2 wrong: assumes batches of 32 -> "expected"
def printed_loss(batch_losses, batch_sizes):
    return np.dot(batch_losses, batch_sizes) / (32 * len(batch_sizes))


# %% 5.3 wrong: the sum of the text, for even n alone -> "0.05 on 33"
def due_diligence(mse, n, floor, need, risk=0.001):
    rate = n * mse / floor / 2
    chance, term = 0.0, math.exp((n // 2) * math.log(rate) - rate - math.lgamma(n // 2 + 1))
    for k in range(n // 2, n // 2 + 2000):
        chance, term = chance + term, term * rate / (k + 1)
    decision = "buy" if mse <= need else "too weak"
    return [chance, "investigate" if chance < risk else decision]


# %% 5.3 right: the gamma distribution
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import gamma

    chance = gamma.cdf(mse, n / 2, scale=2 * floor / n)
    return np.float64(chance), ("investigate" if chance < risk else "too weak" if mse > need else "buy")


# %% 5.3 wrong: the other tail -> "of a *larger* error"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = chi2.sf(n * mse / floor, n)
    return chance, "investigate" if chance < risk else "too weak" if mse > need else "buy"


# %% 5.3 wrong: forgets the floor -> "the noise has the variance `floor`"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = chi2.cdf(n * mse, n)
    return chance, "investigate" if chance < risk else "too weak" if mse > need else "buy"


# %% 5.3 wrong: one square instead of n -> "a sum of squares, not their mean"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = chi2.cdf(mse / floor, n)
    return chance, "investigate" if chance < risk else "too weak" if mse > need else "buy"


# %% 5.3 wrong: the bell curve -> "the bell curve fails so far out"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import norm

    chance = norm.cdf((n * mse / floor - n) / np.sqrt(2 * n))
    return chance, "investigate" if chance < risk else "too weak" if mse > need else "buy"


# %% 5.3 wrong: squares the floor -> "`floor` is a variance already"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = chi2.cdf(n * mse / floor**2, n)
    return chance, "investigate" if chance < risk else "too weak" if mse > need else "buy"


# %% 5.3 wrong: calls it zero -> "expected"
def due_diligence(mse, n, floor, need, risk=0.001):
    return 0.0, "investigate"


# %% 5.3 wrong: buys what is good, however it came about -> "expected 'investigate', got 'buy'"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = chi2.cdf(n * mse / floor, n)
    return chance, "buy" if mse <= need else "investigate" if chance < risk else "too weak"


# %% 5.3 wrong: weak before suspicious -> "expected 'investigate', got 'too weak'"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = chi2.cdf(n * mse / floor, n)
    return chance, "too weak" if mse > need else "investigate" if chance < risk else "buy"


# %% 5.4 right: corrected, with epsilon scaled
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m = m + (g - m) * (1 - betas[0])
    v = v + (g * g - v) * (1 - betas[1])
    mean, square = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
    return [w - lr * mean / (np.sqrt(square) + eps / np.sqrt(1 - betas[1] ** t)), m, v]


# %% 5.4 right: tensors
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    w, g, m, v = (torch.tensor(a) for a in (w, g, m, v))
    m, v = torch.lerp(m, g, 1 - betas[0]), betas[1] * v + (1 - betas[1]) * g.square()
    rate = lr * (1 - betas[1] ** t) ** 0.5 / (1 - betas[0] ** t)
    return w - rate * m / (v.sqrt() + eps), m, v


# %% 5.4 wrong: PyTorch's order -> "that is PyTorch's order"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
    mean, square = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
    return w - lr * mean / (np.sqrt(square) + eps), m, v


# %% 5.4 wrong: PyTorch's epsilon too -> "that is PyTorch's Adam, its epsilon too"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
    mean, square = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
    return w - lr * mean / (np.sqrt(square) + eps), m, v


# %% 5.4 wrong: uphill -> "mind the sign"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
    alpha = lr * np.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t)
    return w + alpha * m / (np.sqrt(v) + eps), m, v


# %% 5.4 wrong: no correction -> "5 numbers differ"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
    return w - lr * m / (np.sqrt(v) + eps), m, v


# %% 5.4 wrong: epsilon under the root -> "numbers differ"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
    alpha = lr * np.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t)
    return w - alpha * m / np.sqrt(v + eps), m, v


# %% 5.4 wrong: always the first step -> "w after step 2"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
    alpha = lr * np.sqrt(1 - betas[1]) / (1 - betas[0])
    return w - alpha * m / (np.sqrt(v) + eps), m, v


# %% 5.4 wrong: hands back corrected averages -> "return the average uncorrected"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
    alpha = lr * np.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t)
    return w - alpha * m / (np.sqrt(v) + eps), m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)


# %% 5.4 wrong: the learning rate is written in -> "numbers differ"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
    alpha = 0.001 * np.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t)
    return w - alpha * m / (np.sqrt(v) + eps), m, v


# %% 5.5 right: a list with other roots
def start_limits(n_in, n_out):
    return [(6 / (n_in + n_out)) ** 0.5, 0, n_in**-0.5, n_in**-0.5]


# %% 5.5 right: an array
def start_limits(n_in, n_out):
    return np.sqrt(np.array([6 / (n_in + n_out), 0, 1 / n_in, 1 / n_in]))


# %% 5.5 wrong: PyTorch first -> "PyTorch comes second"
def start_limits(n_in, n_out):
    return 1 / np.sqrt(n_in), 1 / np.sqrt(n_in), np.sqrt(6 / (n_in + n_out)), 0


# %% 5.5 wrong: Keras draws biases too -> "biases do not start like its weights"
def start_limits(n_in, n_out):
    limit = np.sqrt(6 / (n_in + n_out))
    return limit, limit, 1 / np.sqrt(n_in), 1 / np.sqrt(n_in)


# %% 5.5 wrong: no biases in PyTorch -> "PyTorch's biases do not start like Keras's"
def start_limits(n_in, n_out):
    return np.sqrt(6 / (n_in + n_out)), 0, 1 / np.sqrt(n_in), 0


# %% 5.5 wrong: the spread -> "not the largest"
def start_limits(n_in, n_out):
    return np.sqrt(2 / (n_in + n_out)), 0, 1 / np.sqrt(3 * n_in), 1 / np.sqrt(3 * n_in)


# %% 5.5 wrong: both alike -> "PyTorch's limit is not Keras's"
def start_limits(n_in, n_out):
    limit = np.sqrt(6 / (n_in + n_out))
    return limit, 0, limit, limit


# %% 5.5 wrong: the outputs -> "depends on the other size"
def start_limits(n_in, n_out):
    return np.sqrt(6 / (n_in + n_out)), 0, 1 / np.sqrt(n_out), 1 / np.sqrt(n_out)


# %% 5.5 wrong: kaiming by name -> "smaller than the name kaiming suggests"
def start_limits(n_in, n_out):
    return np.sqrt(6 / (n_in + n_out)), 0, np.sqrt(6 / n_in), 1 / np.sqrt(n_in)


# %% 5.5 wrong: measured once -> "numbers differ"
def start_limits(n_in, n_out):
    line = torch.nn.Linear(n_in, n_out)
    dense = keras.layers.Dense(n_out)
    dense.build((None, n_in))
    return (
        np.abs(dense.get_weights()[0]).max(),
        0,
        float(line.weight.detach().abs().max()),
        float(line.bias.detach().abs().max()),
    )


# %% 5.6 right: through hours, as a list
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    hours = [steps * ms / 1000 / 60 / 60 for ms in (slow_ms, fast_ms)]
    saved = hourly * (hours[0] - hours[1])
    return [saved, "keep" if saved <= days * day_rate else "rewrite"]


# %% 5.6 wrong: takes milliseconds for seconds -> "takes milliseconds for seconds"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = steps * (slow_ms - fast_ms) / 3600 * hourly
    return saved, "rewrite" if saved > days * day_rate else "keep"


# %% 5.6 wrong: an hour of sixty seconds -> "an hour as sixty seconds"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = steps * (slow_ms - fast_ms) / 60_000 * hourly
    return saved, "rewrite" if saved > days * day_rate else "keep"


# %% 5.6 wrong: hours -> "those are hours, not €"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = steps * (slow_ms - fast_ms) / 3.6e6
    return saved, "rewrite" if saved > days * day_rate else "keep"


# %% 5.6 wrong: the whole bill -> "the whole bill, not what is saved"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = steps * slow_ms / 3.6e6 * hourly
    return saved, "rewrite" if saved > days * day_rate else "keep"


# %% 5.6 wrong: after the cost -> "compared, not subtracted"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = steps * (slow_ms - fast_ms) / 3.6e6 * hourly - days * day_rate
    return saved, "rewrite" if saved > 0 else "keep"


# %% 5.6 wrong: five times faster must be worth it -> "expected 'keep', got 'rewrite'"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = steps * (slow_ms - fast_ms) / 3.6e6 * hourly
    return saved, "rewrite" if slow_ms / fast_ms > 1.5 else "keep"


# %% 5.6 wrong: even is enough -> "equal is not worth it"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = steps * (slow_ms - fast_ms) / 3.6e6 * hourly
    return saved, "rewrite" if saved >= days * day_rate - 1e-6 else "keep"


# %% 5.7 right: a Dense layer inside
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.inner = keras.layers.Dense(shape[-1], activation="relu")
        self.inner.build(shape)

    def call(self, x):
        return self.inner(x) + x


# %% 5.7 right: the bias is made first, and the maximum instead of relu
class Residual(keras.layers.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.width = None

    def build(self, input_shape):
        self.width = input_shape[1]
        self.shift = self.add_weight(shape=(self.width,), initializer="zeros")
        self.matrix = self.add_weight(shape=(self.width, self.width), initializer="he_normal")
        super().build(input_shape)

    def call(self, inputs):
        return keras.ops.add(inputs, keras.ops.maximum(inputs @ self.matrix + self.shift, 0))


# %% 5.7 wrong: the input is not added -> "the input is not added"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]))
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return keras.ops.relu(keras.ops.matmul(x, self.W) + self.b)


# %% 5.7 wrong: relu around everything -> "the relu belongs to the correction alone"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]))
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return keras.ops.relu(x + keras.ops.matmul(x, self.W) + self.b)


# %% 5.7 wrong: no relu -> "the relu is missing"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]))
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return x + keras.ops.matmul(x, self.W) + self.b


# %% 5.7 wrong: the bias is not used -> "the bias is missing"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]))
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return x + keras.ops.relu(keras.ops.matmul(x, self.W))


# %% 5.7 wrong: the bias outside -> "the bias stands inside the relu"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]))
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return x + keras.ops.relu(keras.ops.matmul(x, self.W)) + self.b


# %% 5.7 wrong: PyTorch's orientation -> "the matrix is transposed"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]))
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return x + keras.ops.relu(keras.ops.matmul(x, keras.ops.transpose(self.W)) + self.b)


# %% 5.7 wrong: plain arrays never learn -> "add_weight registers one"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = np.random.default_rng(0).normal(size=(shape[-1], shape[-1])).astype("float32")
        self.b = np.zeros(shape[-1], "float32")

    def call(self, x):
        return x + keras.ops.relu(keras.ops.matmul(x, self.W) + self.b)


# %% 5.7 wrong: frozen -> "add_weight registers one"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]), trainable=False)
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros", trainable=False)

    def call(self, x):
        return x + keras.ops.relu(keras.ops.matmul(x, self.W) + self.b)


# %% 5.7 wrong: starts at zero -> "W is not drawn at random"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]), initializer="zeros")
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return x + keras.ops.relu(keras.ops.matmul(x, self.W) + self.b)


# %% 5.7 wrong: a random bias -> "the bias at the start"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]))
        self.b = self.add_weight(shape=(shape[-1],), initializer="random_normal")

    def call(self, x):
        return x + keras.ops.relu(keras.ops.matmul(x, self.W) + self.b)


# %% 5.7 wrong: takes the number of samples for d -> "are to be learnt"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[0], shape[0]))
        self.b = self.add_weight(shape=(shape[0],), initializer="zeros")

    def call(self, x):
        return x


# %% 5.3 wrong: risk is ignored -> "risk=0.5"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = chi2.cdf(n * mse / floor, n)
    return chance, "investigate" if chance < 0.001 else "too weak" if mse > need else "buy"


# %% 5.4 right: epsilon corrected instead, and a list
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = m + (g - m) * (1 - betas[0]), v + (g * g - v) * (1 - betas[1])
    first, second = 1 - betas[0] ** t, 1 - betas[1] ** t
    return [w - lr * (m / first) / (np.sqrt(v / second) + eps / np.sqrt(second)), m, v]


# %% 5.6 wrong: the loss is made a gain -> "slower is no saving"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = abs(steps * (slow_ms - fast_ms) / 3.6e6 * hourly)
    return saved, "rewrite" if saved > days * day_rate else "keep"


# %% 5.5 right: a tensor
def start_limits(n_in, n_out):
    return torch.tensor([(6 / (n_in + n_out)) ** 0.5, 0.0, n_in**-0.5, n_in**-0.5])


# %% 5.1 right: whole numbers as floats
def samples_behind(counter, batch=32):
    return float(batch * (counter - 1) + 1), float(batch * counter)


# %% 5.1 wrong: at least two in the last batch -> "counter 4, batch 32"
def samples_behind(counter, batch=32):
    return batch * (counter - 1) + 2, batch * counter


# %% 5.2 right: with the operators of arrays
def printed_loss(batch_losses, batch_sizes):
    return (batch_losses * batch_sizes).sum() / batch_sizes.sum()


# %% 5.2 right: plain Python
def printed_loss(batch_losses, batch_sizes):
    return sum(l * n for l, n in zip(batch_losses, batch_sizes)) / sum(batch_sizes)


# %% 5.2 wrong: all batches but the last are like the first -> "sizes [10 30  5]"
def printed_loss(batch_losses, batch_sizes):
    full, rest = batch_sizes[0], batch_sizes[-1]
    return (full * sum(batch_losses[:-1]) + rest * batch_losses[-1]) / (full * (len(batch_losses) - 1) + rest)


# %% 5.2 wrong: without the last batch -> "losses"
def printed_loss(batch_losses, batch_sizes):
    return np.dot(batch_losses[:-1], batch_sizes[:-1]) / max(sum(batch_sizes[:-1]), 1)


# %% 5.3 right: the incomplete gamma function, decision by a table
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.special import gammainc

    chance = float(gammainc(n / 2, n * mse / (2 * floor)))
    return chance, {(False, False): "buy", (False, True): "too weak"}.get((chance < risk, mse > need), "investigate")


# %% 5.3 right: one minus the other tail of the complement, and an array for the text
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = np.exp(chi2.logcdf(n * mse / floor, n))
    return chance, np.where(chance < risk, "investigate", np.where(mse > need, "too weak", "buy"))


# %% 5.3 wrong: one minus the upper tail loses all digits far out -> "0.1112 on 100"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = 1 - chi2.sf(n * mse / floor, n)
    return chance, "investigate" if chance < risk else "too weak" if mse > need else "buy"


# %% 5.3 wrong: exactly what is needed is too weak -> "0.05 on 33"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = chi2.cdf(n * mse / floor, n)
    return chance, "investigate" if chance < risk else "too weak" if mse >= need else "buy"


# %% 5.3 wrong: no suspicion is suspicious -> "risk=0.0"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = chi2.cdf(n * mse / floor, n)
    return chance, "investigate" if chance <= risk else "too weak" if mse > need else "buy"


# %% 5.3 wrong: weak is measured by the floor -> "0.05 on 7"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = chi2.cdf(n * mse / floor, n)
    return chance, "investigate" if chance < risk else "too weak" if mse > 1.5 * floor else "buy"


# %% 5.3 wrong: one degree of freedom fewer -> "0.1112 on 100"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = chi2.cdf(n * mse / floor, n - 1)
    return chance, "investigate" if chance < risk else "too weak" if mse > need else "buy"


# %% 5.4 wrong: betas of the lesson -> "numbers differ"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    alpha = lr * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    return w - alpha * m / (np.sqrt(v) + eps), m, v


# %% 5.4 wrong: epsilon of the lesson -> "numbers differ"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
    alpha = lr * np.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t)
    return w - alpha * m / (np.sqrt(v) + 1e-7), m, v


# %% 5.4 wrong: changes what it is given -> "changes its input"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m *= betas[0]
    m += (1 - betas[0]) * g
    v *= betas[1]
    v += (1 - betas[1]) * g**2
    alpha = lr * np.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t)
    return w - alpha * m / (np.sqrt(v) + eps), m, v


# %% 5.4 wrong: rows alone -> "numbers differ"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
    alpha = lr * np.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t)
    root = np.sqrt(v if v.ndim == 1 else np.broadcast_to(v.mean(axis=1, keepdims=True), v.shape))
    return w - alpha * m / (root + eps), m, v


# %% 5.5 wrong: He's limit for both libraries' weights -> "numbers differ"
def start_limits(n_in, n_out):
    return np.sqrt(6 / n_in), 0, np.sqrt(6 / n_in), 1 / np.sqrt(n_in)


# %% 5.5 wrong: the mean of the sizes is forgotten -> "numbers differ"
def start_limits(n_in, n_out):
    return np.sqrt(3 / (n_in + n_out)), 0, 1 / np.sqrt(n_in), 1 / np.sqrt(n_in)


# %% 5.6 right: rounded to cents
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = round((slow_ms - fast_ms) / 1000 * steps / 3600 * hourly, 2)
    return saved, "rewrite" if saved > days * day_rate else "keep"


# %% 5.6 right: exact fractions
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    from fractions import Fraction as F

    saved = F(steps) * (F(slow_ms) - F(fast_ms)) * F(hourly) / 3_600_000
    return saved, ("keep", "rewrite")[saved > F(days) * F(day_rate)]


# %% 5.6 wrong: whole days -> "8.5 days"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = steps * (slow_ms - fast_ms) / 3.6e6 * hourly
    return saved, "rewrite" if saved > int(days) * day_rate else "keep"


# %% 5.6 wrong: days rounded up -> "7.9 days"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = steps * (slow_ms - fast_ms) / 3.6e6 * hourly
    return saved, "rewrite" if saved > -(-days // 1) * day_rate else "keep"


# %% 5.6 wrong: even is enough, without rounding -> "equal is not worth it"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = steps * (slow_ms - fast_ms) / 3.6e6 * hourly
    return saved, "rewrite" if saved >= days * day_rate else "keep"


# %% 5.7 wrong: gradients stop at the matrix -> "leaves a weight as it was"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]))
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return x + keras.ops.relu(keras.ops.matmul(x, keras.ops.stop_gradient(self.W.value)) + self.b)


# %% 5.7 wrong: every layer starts with the same numbers -> "W is not drawn at random"
class Residual(keras.layers.Layer):
    def build(self, shape):
        same = np.random.default_rng(0).normal(size=(shape[-1], shape[-1]))
        self.W = self.add_weight(shape=(shape[-1], shape[-1]), initializer=lambda shape, dtype=None: keras.ops.convert_to_tensor(same, dtype))
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return x + keras.ops.relu(keras.ops.matmul(x, self.W) + self.b)


# %% 5.7 wrong: all units start alike -> "W is not drawn at random"
class Residual(keras.layers.Layer):
    def build(self, shape):
        column = keras.random.normal((shape[-1], 1))
        self.W = self.add_weight(shape=(shape[-1], shape[-1]), initializer=lambda shape, dtype=None: keras.ops.tile(column, (1, shape[-1])))
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return x + keras.ops.relu(keras.ops.matmul(x, self.W) + self.b)


# %% 5.7 wrong: another bend -> "outputs, 4 rows of 3"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]))
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return x + keras.ops.gelu(keras.ops.matmul(x, self.W) + self.b)


# %% 5.6 right: hours of a step first, then €
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = hourly * ((slow_ms - fast_ms) / 1000 / 60 / 60) * steps
    return saved, "rewrite" if saved > days * day_rate else "keep"


# %% 5.6 right: both bills of a step, then the difference
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = (slow_ms / 3.6e6 * hourly - fast_ms / 3.6e6 * hourly) * steps
    return saved, "keep" if days * day_rate >= saved else "rewrite"


# %% 5.6 right: a dictionary of words
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    hours = steps * (slow_ms / 3_600_000 - fast_ms / 3_600_000)
    return np.array(hours * hourly), {True: "rewrite", False: "keep"}[bool(hours * hourly > days * day_rate)]


# %% 5.6 wrong: the ratio of the speeds decides -> "expected 'keep', got 'rewrite'"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = steps * (slow_ms - fast_ms) / 3.6e6 * hourly
    return saved, "rewrite" if slow_ms >= 2 * fast_ms else "keep"


# %% 5.6 wrong: fast minus slow -> "expected 10, got -10"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = steps * (fast_ms - slow_ms) / 3.6e6 * hourly
    return saved, "rewrite" if -saved > days * day_rate else "keep"


# %% 5.6 wrong: only the money -> "return two things"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    return steps * (slow_ms - fast_ms) / 3.6e6 * hourly


# %% 5.6 wrong: the other way round -> "expected numbers"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = steps * (slow_ms - fast_ms) / 3.6e6 * hourly
    return "rewrite" if saved > days * day_rate else "keep", saved


# %% 5.6 wrong: True for rewrite -> "got False"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = steps * (slow_ms - fast_ms) / 3.6e6 * hourly
    return saved, saved > days * day_rate


# %% 5.6 wrong: what is left in the first year decides against a threshold of 10 % -> "7.9 days"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = steps * (slow_ms - fast_ms) / 3.6e6 * hourly
    return saved, "rewrite" if saved > 1.1 * days * day_rate else "keep"


# %% 5.1 right: range's ends
def samples_behind(counter, batch=32):
    fitting = range((counter - 1) * batch + 1, counter * batch + 1)
    return min(fitting), max(fitting)


# %% 5.1 right: a tensor
def samples_behind(counter, batch=32):
    most = torch.tensor(counter * batch)
    return torch.stack([most - batch + 1, most])


# %% 5.1 wrong: samples from 0 -> "the last batch would be empty"
def samples_behind(counter, batch=32):
    return counter * batch - batch, counter * batch


# %% 5.1 wrong: all the samples that fit -> "expected an array of shape (2,)"
def samples_behind(counter, batch=32):
    return list(range((counter - 1) * batch + 1, counter * batch + 1))


# %% 5.1 wrong: how many numbers, and the most -> "counter 4, batch 32"
def samples_behind(counter, batch=32):
    return batch, counter * batch


# %% 5.1 wrong: the most is one too many -> "counter 4, batch 32"
def samples_behind(counter, batch=32):
    return (counter - 1) * batch + 1, counter * batch + 1


# %% 5.1 wrong: divides instead -> "counter 4, batch 32"
def samples_behind(counter, batch=32):
    return counter / batch, counter


# %% 5.1 wrong: text -> "expected numbers"
def samples_behind(counter, batch=32):
    return f"{(counter - 1) * batch + 1} to {counter * batch}"


# %% 5.2 right: one sample after the other
def printed_loss(batch_losses, batch_sizes):
    return np.repeat(batch_losses, batch_sizes).mean()


# %% 5.2 right: a running mean, as an array of no axes
def printed_loss(batch_losses, batch_sizes):
    mean, seen = 0.0, 0
    for loss, size in zip(batch_losses, batch_sizes):
        seen += size
        mean += (loss - mean) * size / seen
    return np.array(mean)


# %% 5.2 wrong: shares of the largest batch -> "losses"
def printed_loss(batch_losses, batch_sizes):
    return np.mean(batch_losses * batch_sizes / batch_sizes.max())


# %% 5.2 wrong: weighs by one over the size -> "losses"
def printed_loss(batch_losses, batch_sizes):
    return np.average(batch_losses, weights=1 / batch_sizes)


# %% 5.2 wrong: the running losses of all batches -> "expected one number"
def printed_loss(batch_losses, batch_sizes):
    return np.cumsum(batch_losses * batch_sizes) / np.cumsum(batch_sizes)


# %% 5.2 wrong: the median -> "losses"
def printed_loss(batch_losses, batch_sizes):
    return np.median(np.repeat(batch_losses, batch_sizes))


# %% 5.2 wrong: rounded as Keras prints it -> "losses [0.5 0.1], sizes [64  1]"
def printed_loss(batch_losses, batch_sizes):
    return round(np.average(batch_losses, weights=batch_sizes), 4)


# %% 5.3 right: the cumulative chance by numbers, finely
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    best_possible = chi2(df=n, scale=floor / n)  # the mean squared error itself
    chance = best_possible.cdf(mse)
    verdicts = [("investigate", chance < risk), ("too weak", mse > need), ("buy", True)]
    return [chance, next(word for word, holds in verdicts if holds)]


# %% 5.3 wrong: a normal number in place of the chi-square, by its variance -> "the bell curve fails"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import norm

    chance = norm(floor, floor * np.sqrt(2 / n)).cdf(mse)
    return chance, "investigate" if chance < risk else "too weak" if mse > need else "buy"


# %% 5.3 wrong: how dense, not how likely -> "0.1112 on 100"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = chi2.pdf(n * mse / floor, n)
    return chance, "investigate" if chance < risk else "too weak" if mse > need else "buy"


# %% 5.3 wrong: in per cent -> "0.1112 on 100"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = chi2.cdf(n * mse / floor, n)
    return 100 * chance, "investigate" if chance < risk else "too weak" if mse > need else "buy"


# %% 5.3 wrong: both tails -> "0.1112 on 100"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = 2 * min(chi2.cdf(n * mse / floor, n), chi2.sf(n * mse / floor, n))
    return chance, "investigate" if chance < risk else "too weak" if mse > need else "buy"


# %% 5.3 wrong: the decision first -> "expected numbers, got text"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = chi2.cdf(n * mse / floor, n)
    return "investigate" if chance < risk else "too weak" if mse > need else "buy", chance


# %% 5.3 wrong: only the chance -> "return two things"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    return chi2.cdf(n * mse / floor, n)


# %% 5.3 wrong: never buys below the floor -> "expected 'buy', got 'investigate'"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = chi2.cdf(n * mse / floor, n)
    return chance, "investigate" if mse < floor else "too weak" if mse > need else "buy"


# %% 5.4 right: step written out with where epsilon stands in both
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    b1, b2 = betas
    new_m = np.average([m, g], axis=0, weights=[b1, 1 - b1])
    new_v = b2 * v + (1 - b2) * np.square(g)
    step = lr * new_m * (1 - b2**t) ** 0.5 / ((1 - b1**t) * (new_v**0.5 + eps))
    return np.array([w - step, new_m, new_v])


# %% 5.4 wrong: one epsilon outside the fraction -> "numbers differ"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
    alpha = lr * np.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t)
    return w - alpha * (m / np.sqrt(v) + eps), m, v


# %% 5.4 wrong: the correction of v without its root -> "numbers differ"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
    alpha = lr * (1 - betas[1] ** t) / (1 - betas[0] ** t)
    return w - alpha * m / (np.sqrt(v) + eps), m, v


# %% 5.4 wrong: corrects the mean alone -> "numbers differ"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
    return w - lr * m / (1 - betas[0] ** t) / (np.sqrt(v) + eps), m, v


# %% 5.4 wrong: the betas changed places -> "numbers differ"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = betas[1] * m + (1 - betas[1]) * g, betas[0] * v + (1 - betas[0]) * g**2
    alpha = lr * np.sqrt(1 - betas[0] ** t) / (1 - betas[1] ** t)
    return w - alpha * m / (np.sqrt(v) + eps), m, v


# %% 5.4 wrong: without momentum -> "w after step 2"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
    alpha = lr * np.sqrt(1 - betas[1] ** t)
    return w - alpha * g / (np.sqrt(v) + eps), m, v


# %% 5.4 wrong: steps counted from 0 -> "numbers differ"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
    alpha = lr * np.sqrt(1 - betas[1] ** (t + 1)) / (1 - betas[0] ** (t + 1))
    return w - alpha * m / (np.sqrt(v) + eps), m, v


# %% 5.4 wrong: only the weights come back -> "return three arrays"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
    return w - lr * np.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t) * m / (np.sqrt(v) + eps)


# %% 5.4 wrong: v holds the slope itself -> "numbers differ"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * abs(g)
    alpha = lr * np.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t)
    return w - alpha * m / (v + eps), m, v


# %% 5.5 right: by way of the variances
def start_limits(n_in, n_out):
    keras_variance, torch_variance = 2 / (n_in + n_out), 1 / (3 * n_in)
    return math.sqrt(3 * keras_variance), 0, math.sqrt(3 * torch_variance), math.sqrt(3 * torch_variance)


# %% 5.5 wrong: the mean of both sizes for PyTorch -> "numbers differ"
def start_limits(n_in, n_out):
    limit = np.sqrt(2 / (n_in + n_out))
    return np.sqrt(6 / (n_in + n_out)), 0, limit, limit


# %% 5.5 wrong: the variance instead of its root -> "numbers differ"
def start_limits(n_in, n_out):
    return 6 / (n_in + n_out), 0, 1 / n_in, 1 / n_in


# %% 5.5 wrong: the product of the sizes -> "numbers differ"
def start_limits(n_in, n_out):
    return np.sqrt(6 / (n_in * n_out)), 0, 1 / np.sqrt(n_in), 1 / np.sqrt(n_in)


# %% 5.5 wrong: a constant from one measurement -> "numbers differ"
def start_limits(n_in, n_out):
    return 2.45 / np.sqrt(n_in + n_out), 0, 1 / np.sqrt(n_in), 1 / np.sqrt(n_in)


# %% 5.5 wrong: biases of Keras are None -> "expected numbers, got None"
def start_limits(n_in, n_out):
    return np.sqrt(6 / (n_in + n_out)), None, 1 / np.sqrt(n_in), 1 / np.sqrt(n_in)


# %% 5.5 wrong: the biases of PyTorch follow the outputs -> "numbers differ"
def start_limits(n_in, n_out):
    return np.sqrt(6 / (n_in + n_out)), 0, 1 / np.sqrt(n_in), 1 / np.sqrt(n_out)


# %% 5.5 wrong: three numbers -> "expected an array of shape (4,)"
def start_limits(n_in, n_out):
    return np.sqrt(6 / (n_in + n_out)), 0, 1 / np.sqrt(n_in)


# %% 5.5 wrong: lowest limits -> "numbers differ"
def start_limits(n_in, n_out):
    return -np.sqrt(6 / (n_in + n_out)), 0, -1 / np.sqrt(n_in), -1 / np.sqrt(n_in)


# %% 5.7 right: Keras's own layer by Einstein's sum, initializer as an object
class Residual(keras.layers.Layer):
    def build(self, shape):
        start = keras.initializers.HeNormal()
        self.inner = keras.layers.EinsumDense(
            "bi,ij->bj", shape[-1], bias_axes="j", activation="relu", kernel_initializer=start
        )

    def call(self, x):
        return keras.ops.add(x, self.inner(x))


# %% 5.7 right: weights by name, relu as a Keras activation
class Residual(keras.layers.Layer):
    def build(self, input_shape):
        _, d = input_shape
        self.kernel = self.add_weight(name="kernel", shape=[d, d], initializer="random_uniform")
        self.bias = self.add_weight(name="bias", shape=[d], initializer=keras.initializers.Zeros())

    def call(self, inputs):
        return keras.activations.relu(keras.ops.dot(inputs, self.kernel) + self.bias) + inputs


# %% 5.7 wrong: a weight for each number, no matrix -> "are to be learnt"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1],), initializer="random_normal")
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return x + keras.ops.relu(x * self.W + self.b)


# %% 5.7 wrong: no bias -> "are to be learnt"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]), initializer="glorot_uniform")

    def call(self, x):
        return x + keras.ops.relu(keras.ops.matmul(x, self.W))


# %% 5.7 wrong: sizes of one example -> "your code raised"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(3, 3), initializer="glorot_uniform")
        self.b = self.add_weight(shape=(3,), initializer="zeros")

    def call(self, x):
        return x + keras.ops.relu(keras.ops.matmul(x, self.W) + self.b)


# %% 5.7 wrong: relu before the product -> "outputs, 4 rows of 3"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]), initializer="glorot_uniform")
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return x + keras.ops.matmul(keras.ops.relu(x), self.W) + self.b


# %% 5.7 wrong: the input twice -> "outputs, 4 rows of 3"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]), initializer="glorot_uniform")
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return 2 * x + keras.ops.relu(keras.ops.matmul(x, self.W) + self.b)


# %% 5.7 wrong: starts as the identity -> "W is not drawn at random"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]), initializer="identity")
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return x + keras.ops.relu(keras.ops.matmul(x, self.W) + self.b)


# %% 5.7 wrong: the rows of a batch meet -> "outputs, 4 rows of 3"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]), initializer="glorot_uniform")
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        z = keras.ops.matmul(x, self.W) + self.b
        return x + keras.ops.relu(z - keras.ops.mean(z, axis=0))


# %% 5.7 wrong: nothing comes back -> "got None"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]), initializer="glorot_uniform")
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        x + keras.ops.relu(keras.ops.matmul(x, self.W) + self.b)


# %% 5.3 right: a gamma distribution with a scale
from scipy import stats
def due_diligence(mse, n, floor, need, risk=0.001):
    chance = float(stats.gamma.cdf(mse, a=n / 2, scale=2 * floor / n))
    return chance, ("investigate" if chance < risk else "too weak" if mse > need else "buy")


# %% 5.3 wrong: another risk when none is given -> "no risk given"
from scipy.stats import chi2
def due_diligence(mse, n, floor, need, risk=0.01):
    chance = chi2.cdf(n * mse / floor, n)
    return chance, "investigate" if chance < risk else "too weak" if mse > need else "buy"


# %% 5.4 wrong: another learning rate when none is given -> "w after step 1"
def keras_adam(w, g, m, v, t, lr=0.01, betas=(0.9, 0.999), eps=1e-7):
    b1, b2 = betas
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
    return w - lr * np.sqrt(1 - b2**t) / (1 - b1**t) * m / (np.sqrt(v) + eps), m, v


# %% 5.7 wrong: one bias for all -> "are to be learnt"
class Residual(keras.layers.Layer):
    def build(self, shape):
        d = shape[-1]
        self.W = self.add_weight(shape=(d, d), initializer="glorot_uniform")
        self.b = self.add_weight(shape=(1,), initializer="zeros")
    def call(self, x):
        return x + keras.ops.relu(x @ self.W + self.b)


# %% 5.7 wrong: a bias that cannot learn -> "are to be learnt"
class Residual(keras.layers.Layer):
    def build(self, shape):
        d = shape[-1]
        self.W = self.add_weight(shape=(d, d), initializer="glorot_uniform")
        self.b = self.add_weight(shape=(d,), initializer="zeros", trainable=False)
    def call(self, x):
        return x + keras.ops.relu(x @ self.W + self.b)


# %% 5.1 wrong: another batch when none is given -> "counter 137"
def samples_behind(counter, batch=64):
    return (counter - 1) * batch + 1, counter * batch
