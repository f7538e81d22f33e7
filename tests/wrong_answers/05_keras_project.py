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


# %% 5.1 wrong: a full last batch is not counted -> "a full last batch is allowed"
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


# %% 5.2 wrong: the plain mean -> "weighs the small batch like a full one"
def printed_loss(batch_losses, batch_sizes):
    return np.mean(batch_losses)


# %% 5.2 wrong: the sum -> "divide by their number"
def printed_loss(batch_losses, batch_sizes):
    return np.dot(batch_losses, batch_sizes)


# %% 5.2 wrong: divides by the batches -> "not of batches"
def printed_loss(batch_losses, batch_sizes):
    return np.dot(batch_losses, batch_sizes) / len(batch_sizes)


# %% 5.2 wrong: the last batch -> "the last batch alone"
def printed_loss(batch_losses, batch_sizes):
    return batch_losses[-1]


# %% 5.2 wrong: assumes batches of 32 -> "expected"
def printed_loss(batch_losses, batch_sizes):
    return np.dot(batch_losses, batch_sizes) / (32 * len(batch_sizes))


# %% 5.3 right: the sum of the text
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


# %% 5.3 wrong: forgets the floor -> "divide by the floor"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = chi2.cdf(n * mse, n)
    return chance, "investigate" if chance < risk else "too weak" if mse > need else "buy"


# %% 5.3 wrong: one square instead of n -> "the sum of n squares is n·mse"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = chi2.cdf(mse / floor, n)
    return chance, "investigate" if chance < risk else "too weak" if mse > need else "buy"


# %% 5.3 wrong: the bell curve -> "the bell curve fails so far out"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import norm

    chance = norm.cdf((n * mse / floor - n) / np.sqrt(2 * n))
    return chance, "investigate" if chance < risk else "too weak" if mse > need else "buy"


# %% 5.3 wrong: squares the floor -> "the floor is a variance already"
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


# %% 5.4 wrong: uphill -> "check the sign"
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


# %% 5.4 wrong: always the first step -> "weights after step 2"
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
    alpha = lr * np.sqrt(1 - betas[1]) / (1 - betas[0])
    return w - alpha * m / (np.sqrt(v) + eps), m, v


# %% 5.4 wrong: hands back corrected averages -> "return m as it is"
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


# %% 5.5 wrong: Keras draws biases too -> "Keras starts biases at 0"
def start_limits(n_in, n_out):
    limit = np.sqrt(6 / (n_in + n_out))
    return limit, limit, 1 / np.sqrt(n_in), 1 / np.sqrt(n_in)


# %% 5.5 wrong: no biases in PyTorch -> "PyTorch's biases do not start at 0"
def start_limits(n_in, n_out):
    return np.sqrt(6 / (n_in + n_out)), 0, 1 / np.sqrt(n_in), 0


# %% 5.5 wrong: the spread -> "the limit is √3 times that"
def start_limits(n_in, n_out):
    return np.sqrt(2 / (n_in + n_out)), 0, 1 / np.sqrt(3 * n_in), 1 / np.sqrt(3 * n_in)


# %% 5.5 wrong: both alike -> "depends on the inputs alone"
def start_limits(n_in, n_out):
    limit = np.sqrt(6 / (n_in + n_out))
    return limit, 0, limit, limit


# %% 5.5 wrong: the outputs -> "depends on the inputs, not the outputs"
def start_limits(n_in, n_out):
    return np.sqrt(6 / (n_in + n_out)), 0, 1 / np.sqrt(n_out), 1 / np.sqrt(n_out)


# %% 5.5 wrong: kaiming by name -> "whatever the name kaiming suggests"
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


# %% 5.6 wrong: takes milliseconds for seconds -> "a thousand of them are a second"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = steps * (slow_ms - fast_ms) / 3600 * hourly
    return saved, "rewrite" if saved > days * day_rate else "keep"


# %% 5.6 wrong: an hour of sixty seconds -> "an hour has 3,600 seconds"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = steps * (slow_ms - fast_ms) / 60_000 * hourly
    return saved, "rewrite" if saved > days * day_rate else "keep"


# %% 5.6 wrong: hours -> "multiply by the price of an hour"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = steps * (slow_ms - fast_ms) / 3.6e6
    return saved, "rewrite" if saved > days * day_rate else "keep"


# %% 5.6 wrong: the whole bill -> "take the difference"
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


# %% 5.6 wrong: even is enough -> "only more than the cost is worth it"
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


# %% 5.7 wrong: plain arrays never learn -> "self.add_weight registers a weight"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = np.random.default_rng(0).normal(size=(shape[-1], shape[-1])).astype("float32")
        self.b = np.zeros(shape[-1], "float32")

    def call(self, x):
        return x + keras.ops.relu(keras.ops.matmul(x, self.W) + self.b)


# %% 5.7 wrong: frozen -> "self.add_weight registers a weight"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], shape[-1]), trainable=False)
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros", trainable=False)

    def call(self, x):
        return x + keras.ops.relu(keras.ops.matmul(x, self.W) + self.b)


# %% 5.7 wrong: starts at zero -> "all numbers of W start equal"
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


# %% 5.7 wrong: takes the number of samples for d -> "trainable weights"
class Residual(keras.layers.Layer):
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[0], shape[0]))
        self.b = self.add_weight(shape=(shape[0],), initializer="zeros")

    def call(self, x):
        return x


# %% 5.3 wrong: risk is ignored -> "compare with `risk` first"
def due_diligence(mse, n, floor, need, risk=0.001):
    from scipy.stats import chi2

    chance = chi2.cdf(n * mse / floor, n)
    return chance, "investigate" if chance < 0.001 else "too weak" if mse > need else "buy"


# %% 5.4 right: epsilon corrected instead, and a list
def keras_adam(w, g, m, v, t, lr=0.001, betas=(0.9, 0.999), eps=1e-7):
    m, v = m + (g - m) * (1 - betas[0]), v + (g * g - v) * (1 - betas[1])
    first, second = 1 - betas[0] ** t, 1 - betas[1] ** t
    return [w - lr * (m / first) / (np.sqrt(v / second) + eps / np.sqrt(second)), m, v]


# %% 5.6 wrong: the loss is made a gain -> "expected -0.8"
def rewrite(steps, slow_ms, fast_ms, hourly, days, day_rate):
    saved = abs(steps * (slow_ms - fast_ms) / 3.6e6 * hourly)
    return saved, "rewrite" if saved > days * day_rate else "keep"


# %% 5.5 right: a tensor
def start_limits(n_in, n_out):
    return torch.tensor([(6 / (n_in + n_out)) ** 0.5, 0.0, n_in**-0.5, n_in**-0.5])
