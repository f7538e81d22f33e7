# %% 6a.1 right: an array
token_counts = np.array([3, 2])


# %% 6a.1 right: a tuple, and floats
token_counts = (3.0, 2)


# %% 6a.1 wrong: the longest token first -> "replay the merges instead"
token_counts = [4, 3]


# %% 6a.1 wrong: stopped after the first merge -> "the second merge is still to come"
token_counts = [5, 3]


# %% 6a.1 wrong: letters -> "now merge"
token_counts = [8, 5]


# %% 6a.1 wrong: swapped -> "the other way round"
token_counts = [2, 3]


# %% 6a.1 wrong: one word only -> "expected an array of shape (2,)"
token_counts = 3


# %% 6a.1 wrong: the tokens instead of their number -> "expected numbers"
token_counts = ["aba", "ab"]


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


# %% 6a.2 right: lists
def letter_mask(letter):
    rows = letter.tolist()
    return [[s <= t and a == b for s, b in enumerate(rows)] for t, a in enumerate(rows)]


# %% 6a.2 wrong: the identity -> "expected"
def letter_mask(letter):
    return torch.eye(len(letter), dtype=torch.bool)


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


# %% 6a.3 wrong: exponent -i/D -> "all but the first pair turn too fast"
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


# %% 6a.3 wrong: neighbours are the pairs -> "not to its neighbour"
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


# %% 6a.3 wrong: the base is fixed -> "the base is not the one that was passed"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    angle = t * 10000.0 ** (-2 * np.arange(half) / len(x))
    a, b = x[:half], x[half:]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)])


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


# %% 6a.4 right: a loop
def best_vocabulary(options, layers, width):
    best, least = None, math.inf
    for V, size in options.items():
        flops = (12 * layers * width * width + V * width) / size
        if flops < least:
            best, least = V, flops
    return best


# %% 6a.4 right: NumPy
def best_vocabulary(options, layers, width):
    V, size = np.array(list(options)), np.array(list(options.values()))
    return V[np.argmin(6 * (12 * layers * width**2 + V * width) / size)]


# %% 6a.4 wrong: FLOPs per token -> "layers of width"
def best_vocabulary(options, layers, width):
    return min(options, key=lambda V: 12 * layers * width**2 + V * width)


# %% 6a.4 wrong: the output matrix is forgotten -> "layers of width"
def best_vocabulary(options, layers, width):
    return min(options, key=lambda V: 12 * layers * width**2 / options[V])


# %% 6a.4 wrong: the largest -> "layers of width"
def best_vocabulary(options, layers, width):
    return max(options)


# %% 6a.4 wrong: the most FLOPs -> "4 layers of width 128"
def best_vocabulary(options, layers, width):
    return max(options, key=lambda V: (12 * layers * width**2 + V * width) / options[V])


# %% 6a.4 wrong: only the output matrix -> "layers of width"
def best_vocabulary(options, layers, width):
    return min(options, key=lambda V: V * width / options[V])


# %% 6a.4 wrong: the cost itself -> "that is the price"
def best_vocabulary(options, layers, width):
    return min(6 * (12 * layers * width**2 + V * width) / size for V, size in options.items())


# %% 6a.4 right: a torch tensor
def best_vocabulary(options, layers, width):
    V, size = torch.tensor(list(options)), torch.tensor(list(options.values()))
    return V[((12 * layers * width**2 + V * width) / size).argmin()]


# %% 6a.4 wrong: multiplied by the bytes per token -> "layers of width"
def best_vocabulary(options, layers, width):
    return min(options, key=lambda V: (12 * layers * width**2 + V * width) * options[V])


# %% 6a.2 wrong: as if equal letters always stood together -> "letters [1, 2, 1, 2, 2]"
def letter_mask(letter):
    start = torch.tensor(
        [
            next(s for s in range(t, -1, -1) if s == 0 or letter[s - 1] != letter[t])
            for t in range(len(letter))
        ]
    )
    place = torch.arange(len(letter))
    return (place[None, :] <= place[:, None]) & (place[None, :] >= start[:, None])


# %% 6a.2 wrong: zeros and ones -> "not bools"
def letter_mask(letter):
    return torch.tril((letter[:, None] == letter).long())


# %% 6a.2 wrong: letters in order are enough -> "letters"
def letter_mask(letter):
    return torch.tril(letter[:, None] <= letter)


# %% 6a.2 wrong: one row too many in front -> "expected an array of shape"
def letter_mask(letter):
    return torch.tril(letter[:, None] == letter)[None]


# %% 6a.3 right: a rotation matrix
def turn(x, t, base=10000.0):
    D = len(x)
    R = np.zeros((D, D))
    for i in range(D // 2):
        c, s = np.cos(t * base ** (-2 * i / D)), np.sin(t * base ** (-2 * i / D))
        j = i + D // 2
        R[i, i], R[i, j], R[j, i], R[j, j] = c, -s, s, c
    return R @ x


# %% 6a.3 wrong: D of the lesson's models -> "D = 8"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    angle = t * base ** (-2 * np.arange(half) / 16)
    a, b = x[:half], x[half:]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)])


# %% 6a.3 wrong: pairs count from 1 -> "D = 2"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    angle = t * base ** (-2 * np.arange(1, half + 1) / len(x))
    a, b = x[:half], x[half:]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)])


# %% 6a.3 wrong: only the first half turns -> "D = 2"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    angle = t * base ** (-2 * np.arange(half) / len(x))
    return np.concatenate([x[:half] * np.cos(angle) - x[half:] * np.sin(angle), x[half:]])


# %% 6a.3 wrong: a small-angle shortcut -> "expected"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    angle = t * base ** (-2 * np.arange(half) / len(x))
    a, b = x[:half], x[half:]
    return np.concatenate([a - b * angle, b + a * angle])


# %% 6a.4 right: sorted by price
def best_vocabulary(options, layers, width):
    return sorted(options, key=lambda V: (12 * layers * width + V) / options[V])[0]


# %% 6a.4 wrong: the table counted twice -> "2 layers of width 64"
def best_vocabulary(options, layers, width):
    return min(options, key=lambda V: (12 * layers * width**2 + 2 * V * width) / options[V])


# %% 6a.4 wrong: 8 for 12 -> "2 layers of width 64"
def best_vocabulary(options, layers, width):
    return min(options, key=lambda V: (8 * layers * width**2 + V * width) / options[V])


# %% 6a.4 wrong: 6 for 12 -> "layers of width"
def best_vocabulary(options, layers, width):
    return min(options, key=lambda V: (6 * layers * width**2 + V * width) / options[V])


# %% 6a.4 wrong: 24 for 12 -> "layers of width"
def best_vocabulary(options, layers, width):
    return min(options, key=lambda V: (24 * layers * width**2 + V * width) / options[V])


# %% 6a.4 wrong: the width not squared -> "layers of width"
def best_vocabulary(options, layers, width):
    return min(options, key=lambda V: (12 * layers * width + V * width) / options[V])


# %% 6a.4 wrong: one layer always -> "layers of width"
def best_vocabulary(options, layers, width):
    return min(options, key=lambda V: (12 * width**2 + V * width) / options[V])


# %% 6a.4 wrong: its place in the list -> "layers of width"
def best_vocabulary(options, layers, width):
    return int(np.argmin([(12 * layers * width**2 + V * width) / options[V] for V in options]))
