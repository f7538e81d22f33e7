# %% 6a.1 right: by way of the total
def bits_per_byte(nats, n_tokens, n_bytes):
    total_bits = nats * n_tokens * math.log2(math.e)
    return total_bits / n_bytes


# %% 6a.1 right: a NumPy number
def bits_per_byte(nats, n_tokens, n_bytes):
    return np.float64(nats) / np.log(2.0) * (n_tokens / n_bytes)


# %% 6a.1 wrong: still nats -> "those are nats per byte"
def bits_per_byte(nats, n_tokens, n_bytes):
    return nats * n_tokens / n_bytes


# %% 6a.1 wrong: ln 2 on the wrong side -> "do not multiply"
def bits_per_byte(nats, n_tokens, n_bytes):
    return nats * n_tokens / n_bytes * math.log(2)


# %% 6a.1 wrong: upside down -> "tokens and bytes have changed places"
def bits_per_byte(nats, n_tokens, n_bytes):
    return nats * n_bytes / n_tokens / math.log(2)


# %% 6a.1 wrong: not spread over the bytes -> "those are bits per token"
def bits_per_byte(nats, n_tokens, n_bytes):
    return nats / math.log(2)


# %% 6a.1 wrong: always eight -> "expected"
def bits_per_byte(nats, n_tokens, n_bytes):
    return 8.0


# %% 6a.2 right: loops
def letter_mask(letter):
    mask = torch.zeros(len(letter), len(letter), dtype=torch.bool)
    for t in range(len(letter)):
        for s in range(t + 1):
            mask[t, s] = letter[t] == letter[s]
    return mask


# %% 6a.2 right: NumPy
def letter_mask(letter):
    letter = letter.numpy()
    return np.tril(np.equal.outer(letter, letter))


# %% 6a.2 right: places compared
def letter_mask(letter):
    place = torch.arange(len(letter))
    return (letter.unsqueeze(1) == letter) & (place.unsqueeze(1) >= place)


# %% 6a.2 wrong: no causal part -> "a later token is visible"
def letter_mask(letter):
    return letter[:, None] == letter[None, :]


# %% 6a.2 wrong: letters forgotten -> "another letter is visible"
def letter_mask(letter):
    return torch.ones(len(letter), len(letter), dtype=torch.bool).tril()


# %% 6a.2 wrong: True where hidden -> "turn it round"
def letter_mask(letter):
    same = letter[:, None] == letter[None, :]
    return ~(same & torch.ones(len(letter), len(letter), dtype=torch.bool).tril())


# %% 6a.2 wrong: triu -> "yours look into the future"
def letter_mask(letter):
    same = letter[:, None] == letter[None, :]
    return same & torch.ones(len(letter), len(letter), dtype=torch.bool).triu()


# %% 6a.2 wrong: not itself -> "a token may see itself"
def letter_mask(letter):
    same = letter[:, None] == letter[None, :]
    return same & torch.ones(len(letter), len(letter), dtype=torch.bool).tril(-1)


# %% 6a.2 wrong: numbers to add to scores -> "not bools"
def letter_mask(letter):
    same = letter[:, None] == letter[None, :]
    allowed = same & torch.ones(len(letter), len(letter), dtype=torch.bool).tril()
    return torch.zeros(allowed.shape).masked_fill(~allowed, -torch.inf)


# %% 6a.2 wrong: only neighbours of the same letter -> "letters"
def letter_mask(letter):
    same = letter[:, None] == letter[None, :]
    return same & torch.ones(len(letter), len(letter), dtype=torch.bool).tril().triu(-1)


# %% 6a.3 right: complex numbers
def turn(x, t, base=10000.0):
    half = len(x) // 2
    z = (x[:half] + 1j * x[half:]) * np.exp(1j * t / base ** (np.arange(half) / half))
    return np.concatenate([z.real, z.imag])


# %% 6a.3 right: a loop, and a list
def turn(x, t, base=10000.0):
    D = len(x)
    out = [0.0] * D
    for i in range(D // 2):
        angle = t * base ** (-2 * i / D)
        out[i] = x[i] * math.cos(angle) - x[i + D // 2] * math.sin(angle)
        out[i + D // 2] = x[i] * math.sin(angle) + x[i + D // 2] * math.cos(angle)
    return out


# %% 6a.3 wrong: the other way -> "it turns the other way"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    angle = t * base ** (-2 * np.arange(half) / len(x))
    a, b = x[:half], x[half:]
    return np.concatenate([a * np.cos(angle) + b * np.sin(angle), b * np.cos(angle) - a * np.sin(angle)])


# %% 6a.3 wrong: exponent -i/D -> "the exponent is −2i/D"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    angle = t * base ** (-np.arange(half) / len(x))
    a, b = x[:half], x[half:]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)])


# %% 6a.3 wrong: positive exponent -> "later pairs turn slower"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    angle = t * base ** (2 * np.arange(half) / len(x))
    a, b = x[:half], x[half:]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)])


# %% 6a.3 wrong: one angle for all -> "every pair turns by the same angle"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    a, b = x[:half], x[half:]
    return np.concatenate([a * np.cos(t) - b * np.sin(t), b * np.cos(t) + a * np.sin(t)])


# %% 6a.3 wrong: neighbours are the pairs -> "pair i is (x[i], x[i + D/2])"
def turn(x, t, base=10000.0):
    out = np.empty(len(x))
    for i in range(len(x) // 2):
        angle = t * base ** (-2 * i / len(x))
        a, b = x[2 * i], x[2 * i + 1]
        out[2 * i], out[2 * i + 1] = (
            a * np.cos(angle) - b * np.sin(angle),
            b * np.cos(angle) + a * np.sin(angle),
        )
    return out


# %% 6a.3 wrong: writes into x while it still needs it -> "changes its input"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    angle = t * base ** (-2 * np.arange(half) / len(x))
    x[:half] = x[:half] * np.cos(angle) - x[half:] * np.sin(angle)
    x[half:] = x[half:] * np.cos(angle) + x[:half] * np.sin(angle)
    return x


# %% 6a.3 wrong: the base is fixed -> "base 100"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    angle = t * 10000.0 ** (-2 * np.arange(half) / len(x))
    a, b = x[:half], x[half:]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)])


# %% 6a.4 right: counters
def bigram_bits(learn, exam):
    pairs, firsts = Counter(zip(learn, learn[1:])), Counter(learn[:-1])
    bits = [math.log2((firsts[a] + 256) / (pairs[a, b] + 1)) for a, b in zip(exam, exam[1:])]
    return sum(bits) / len(bits)


# %% 6a.4 right: torch
def bigram_bits(learn, exam):
    table = torch.ones(256, 256, dtype=torch.double)
    for a, b in pairwise(learn):
        table[a, b] += 1
    p = table / table.sum(dim=1, keepdim=True)
    a, b = torch.tensor(list(exam[:-1])), torch.tensor(list(exam[1:]))
    return -torch.log2(p[a, b]).mean()


# %% 6a.4 wrong: nats -> "those are nats"
def bigram_bits(learn, exam):
    pairs, firsts = Counter(zip(learn, learn[1:])), Counter(learn[:-1])
    return np.mean([-math.log((pairs[a, b] + 1) / (firsts[a] + 256)) for a, b in zip(exam, exam[1:])])


# %% 6a.4 wrong: counts the exam -> "the counts come from the exam itself"
def bigram_bits(learn, exam):
    pairs, firsts = Counter(zip(exam, exam[1:])), Counter(exam[:-1])
    return np.mean([-math.log2((pairs[a, b] + 1) / (firsts[a] + 256)) for a, b in zip(exam, exam[1:])])


# %% 6a.4 wrong: the sum -> "that is the sum"
def bigram_bits(learn, exam):
    pairs, firsts = Counter(zip(learn, learn[1:])), Counter(learn[:-1])
    return sum(-math.log2((pairs[a, b] + 1) / (firsts[a] + 256)) for a, b in zip(exam, exam[1:]))


# %% 6a.4 wrong: divides by the column -> "the divisor counts bytes as second of a pair"
def bigram_bits(learn, exam):
    x, y = (np.frombuffer(text, np.uint8) for text in (learn, exam))
    table = np.zeros((256, 256))
    np.add.at(table, (x[:-1], x[1:]), 1)
    p = (table + 1) / (table.sum(axis=0, keepdims=True) + 256)
    return -np.log2(p[y[:-1], y[1:]]).mean()


# %% 6a.4 wrong: no smoothing -> "expected"
def bigram_bits(learn, exam):
    pairs, firsts = Counter(zip(learn, learn[1:])), Counter(learn[:-1])
    return np.mean(
        [-math.log2(pairs[a, b] / firsts[a]) if pairs[a, b] else math.inf for a, b in zip(exam, exam[1:])]
    )


# %% 6a.4 wrong: n_a counts the last byte too -> "expected"
def bigram_bits(learn, exam):
    pairs, firsts = Counter(zip(learn, learn[1:])), Counter(learn)
    return np.mean([-math.log2((pairs[a, b] + 1) / (firsts[a] + 256)) for a, b in zip(exam, exam[1:])])


# %% 6a.5 right: a loop
def best_vocabulary(options, layers, width):
    best, least = None, math.inf
    for V, size in options.items():
        flops = (12 * layers * width * width + V * width) / size
        if flops < least:
            best, least = V, flops
    return best


# %% 6a.5 right: NumPy
def best_vocabulary(options, layers, width):
    V, size = np.array(list(options)), np.array(list(options.values()))
    return V[np.argmin(6 * (12 * layers * width**2 + V * width) / size)]


# %% 6a.5 wrong: FLOPs per token -> "divide by the bytes per token"
def best_vocabulary(options, layers, width):
    return min(options, key=lambda V: 12 * layers * width**2 + V * width)


# %% 6a.5 wrong: the output matrix is forgotten -> "makes each one dearer"
def best_vocabulary(options, layers, width):
    return min(options, key=lambda V: 12 * layers * width**2 / options[V])


# %% 6a.5 wrong: the largest -> "makes each one dearer"
def best_vocabulary(options, layers, width):
    return max(options)


# %% 6a.5 wrong: the most FLOPs -> "4 layers of width 128"
def best_vocabulary(options, layers, width):
    return max(options, key=lambda V: (12 * layers * width**2 + V * width) / options[V])


# %% 6a.5 wrong: only the output matrix -> "cheapest per *token*"
def best_vocabulary(options, layers, width):
    return min(options, key=lambda V: V * width / options[V])


# %% 6a.5 wrong: the cost itself -> "expected"
def best_vocabulary(options, layers, width):
    return min(6 * (12 * layers * width**2 + V * width) / size for V, size in options.items())


# %% 6a.5 right: a torch tensor
def best_vocabulary(options, layers, width):
    V, size = torch.tensor(list(options)), torch.tensor(list(options.values()))
    return V[((12 * layers * width**2 + V * width) / size).argmin()]


# %% 6a.5 wrong: multiplied by the bytes per token -> "divide by the bytes per token"
def best_vocabulary(options, layers, width):
    return min(options, key=lambda V: (12 * layers * width**2 + V * width) * options[V])


# %% 6a.1 right: a tensor
def bits_per_byte(nats, n_tokens, n_bytes):
    return torch.tensor(nats * n_tokens / n_bytes) / math.log(2)


# %% 6a.1 wrong: decimal digits -> "expected"
def bits_per_byte(nats, n_tokens, n_bytes):
    return nats * n_tokens / n_bytes / math.log(10)


# %% 6a.1 wrong: whole tokens a byte -> "expected"
def bits_per_byte(nats, n_tokens, n_bytes):
    return nats * (n_tokens // n_bytes) / math.log(2)


# %% 6a.2 right: lists
def letter_mask(letter):
    rows = letter.tolist()
    return [[s <= t and a == b for s, b in enumerate(rows)] for t, a in enumerate(rows)]


# %% 6a.2 wrong: the identity -> "expected"
def letter_mask(letter):
    return torch.eye(len(letter), dtype=torch.bool)


# %% 6a.3 right: torch
def turn(x, t, base=10000.0):
    a, b = torch.tensor(x).chunk(2)
    angle = t * base ** (-torch.arange(0, len(x), 2, dtype=torch.double) / len(x))
    return torch.cat([a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()])


# %% 6a.3 wrong: places from 1 -> "places count from 0"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    angle = (t + 1) * base ** (-2 * np.arange(half) / len(x))
    a, b = x[:half], x[half:]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)])


# %% 6a.3 wrong: not turned at all -> "expected"
def turn(x, t, base=10000.0):
    return x.copy()


# %% 6a.4 wrong: divided by the bytes -> "one fewer than bytes"
def bigram_bits(learn, exam):
    pairs, firsts = Counter(pairwise(learn)), Counter(learn[:-1])
    return sum(math.log2((firsts[a] + 256) / (pairs[a, b] + 1)) for a, b in pairwise(exam)) / len(exam)


# %% 6a.4 wrong: joint chance, not conditional -> "expected"
def bigram_bits(learn, exam):
    pairs = Counter(pairwise(learn))
    total = sum(pairs.values()) + 256 * 256
    return np.mean([math.log2(total / (pairs[p] + 1)) for p in pairwise(exam)])
