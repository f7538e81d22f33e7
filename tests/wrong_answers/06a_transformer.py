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


# %% 6a.1 right: by replaying the merges
def cut(word):
    for pair in (["a", "b"], ["ab", "a"]):
        parts, n = list(word) if isinstance(word, str) else word, 0
        word = []
        while n < len(parts):
            joined = parts[n : n + 2] == pair
            word.append("".join(parts[n : n + 2]) if joined else parts[n])
            n += 1 + joined
    return len(word)


token_counts = [cut("abaababa"), cut("ababa")]


# %% 6a.1 right: tensors
token_counts = [torch.tensor(3), torch.tensor(2.0)]


# %% 6a.1 wrong: one token too few in the short word -> "expected 2, got 1"
token_counts = [3, 1]


# %% 6a.1 wrong: the second merge is still to come in the long word -> "expected 3, got 5"
token_counts = [5, 2]


# %% 6a.1 wrong: the long word right, the short one as letters -> "expected 2, got 5"
token_counts = [3, 5]


# %% 6a.1 wrong: a row too many -> "expected an array of shape (2,)"
token_counts = [[3, 2]]


# %% 6a.1 wrong: texts of numbers -> "expected numbers, got text"
token_counts = ["3", "2"]


# %% 6a.1 wrong: nothing -> "got None"
token_counts = None


# %% 6a.1 wrong: a function -> "expected numbers"
token_counts = lambda word: [3, 2]


# %% 6a.1 wrong: the tokens of both words -> "different lengths"
token_counts = [["aba", "ab", "aba"], ["ab", "aba"]]


# %% 6a.2 right: tril of a comparison, by torch's own names
def letter_mask(letter):
    return torch.tril(torch.eq(letter[None], letter[:, None]))


# %% 6a.2 right: differences of numbers
def letter_mask(letter):
    T = len(letter)
    s, t = torch.meshgrid(torch.arange(T), torch.arange(T), indexing="xy")
    return torch.logical_and((letter[s] - letter[t]).abs() < 1, s <= t)


# %% 6a.2 wrong: only the token before, and itself -> "letters"
def letter_mask(letter):
    same = letter[:, None] == letter
    near = (torch.arange(len(letter))[:, None] - torch.arange(len(letter))).abs() <= 1
    return torch.tril(same & near)


# %% 6a.2 wrong: the other letters -> "letters [0, 0, 0, 1, 1]"
def letter_mask(letter):
    return torch.tril(letter[:, None] != letter)


# %% 6a.2 wrong: a new letter may look into all earlier ones -> "another letter is visible"
def letter_mask(letter):
    place = torch.arange(len(letter))
    return place[:, None] >= place


# %% 6a.2 wrong: blocks of equal size -> "letters"
def letter_mask(letter):
    size = len(letter) // len(letter.unique())
    block = torch.arange(len(letter)) // size
    return torch.tril(block[:, None] == block)


# %% 6a.2 wrong: one row, not a table -> "expected an array of shape (5, 5)"
def letter_mask(letter):
    return letter == letter[-1]


# %% 6a.2 wrong: letters must be numbered from 0 -> "letters [4, 4, 2, 2, 2, 9]"
def letter_mask(letter):
    starts = torch.cumsum(torch.bincount(letter), 0) - torch.bincount(letter)
    place = torch.arange(len(letter))
    return (place[None] <= place[:, None]) & (place[None] >= starts[letter][:, None])


# %% 6a.2 wrong: changes the letters -> "changes its input"
def letter_mask(letter):
    same = letter[:, None] == letter[None, :]
    letter += 1
    return torch.tril(same)


# %% 6a.2 wrong: shares of the row -> "not bools"
def letter_mask(letter):
    mask = torch.tril(letter[:, None] == letter).double()
    return mask / mask.sum(dim=1, keepdim=True)


# %% 6a.3 right: stacked halves
def turn(x, t, base=10000.0):
    pairs = np.reshape(x, (2, -1))  # (2, D/2)
    angle = t / base ** (np.arange(pairs.shape[1]) / pairs.shape[1])
    turned = pairs * np.cos(angle) + np.array([-pairs[1], pairs[0]]) * np.sin(angle)
    return turned.ravel()


# %% 6a.3 right: length and direction
def turn(x, t, base=10000.0):
    a, b = np.split(np.asarray(x), 2)
    length = np.hypot(a, b)
    direction = np.arctan2(b, a) + t * np.exp(-np.log(base) * 2 * np.arange(len(a)) / len(x))
    return np.append(length * np.cos(direction), length * np.sin(direction))


# %% 6a.3 wrong: the place is forgotten -> "the place is missing"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    angle = base ** (-2 * np.arange(half) / len(x))
    a, b = x[:half], x[half:]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)])


# %% 6a.3 wrong: neighbours, and the halves side by side -> "D = 8"
def turn(x, t, base=10000.0):
    angle = t * base ** (-2 * np.arange(len(x) // 2) / len(x))
    a, b = x[::2], x[1::2]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)])


# %% 6a.3 wrong: both signs plus -> "D = 2"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    angle = t * base ** (-2 * np.arange(half) / len(x))
    a, b = x[:half], x[half:]
    return np.concatenate([a * np.cos(angle) + b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)])


# %% 6a.3 wrong: degrees -> "D = 2"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    angle = np.deg2rad(t * base ** (-2 * np.arange(half) / len(x)))
    a, b = x[:half], x[half:]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)])


# %% 6a.3 wrong: a factor of two too many in the exponent -> "D = 8"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    angle = t * base ** (-4 * np.arange(half) / len(x))
    a, b = x[:half], x[half:]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)])


# %% 6a.3 wrong: pairs in reverse -> "D = 8"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    angle = t * base ** (-2 * np.arange(half)[::-1] / len(x))
    a, b = x[:half], x[half:]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)])


# %% 6a.3 wrong: the halves changed places -> "D = 2"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    angle = t * base ** (-2 * np.arange(half) / len(x))
    b, a = x[:half], x[half:]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)])


# %% 6a.3 wrong: complex numbers come back -> "expected numbers, got complex numbers"
def turn(x, t, base=10000.0):
    half = len(x) // 2
    return (x[:half] + 1j * x[half:]) * np.exp(1j * t * base ** (-2 * np.arange(half) / len(x)))


# %% 6a.4 right: the most bytes for a FLOP
def best_vocabulary(options, layers, width):
    bytes_a_flop = {size / (12 * layers * width + V): V for V, size in options.items()}
    return bytes_a_flop[max(bytes_a_flop)]


# %% 6a.4 right: pairs in a list
def best_vocabulary(options, layers, width):
    return min((6 * (12 * layers * width**2 + V * width) / size, V) for V, size in options.items())[1]


# %% 6a.4 wrong: the pair -> "expected one number"
def best_vocabulary(options, layers, width):
    return min((6 * (12 * layers * width**2 + V * width) / size, V) for V, size in options.items())


# %% 6a.4 wrong: the longest tokens -> "4 layers of width 128"
def best_vocabulary(options, layers, width):
    return max(options, key=options.get)


# %% 6a.4 wrong: the table in every layer -> "layers of width"
def best_vocabulary(options, layers, width):
    return min(options, key=lambda V: (12 * layers * width**2 + layers * V * width) / options[V])


# %% 6a.4 wrong: its bytes per token -> "layers of width"
def best_vocabulary(options, layers, width):
    return options[min(options, key=lambda V: (12 * layers * width**2 + V * width) / options[V])]


# %% 6a.4 wrong: the first one that is listed -> "layers of width"
def best_vocabulary(options, layers, width):
    return next(iter(options))


# %% 6a.4 wrong: the logarithm of the vocabulary for the table -> "layers of width"
def best_vocabulary(options, layers, width):
    return min(options, key=lambda V: (12 * layers * width**2 + math.log(V) * width) / options[V])


# %% 6a.4 wrong: 16 for 12 -> "layers of width"
def best_vocabulary(options, layers, width):
    return min(options, key=lambda V: (16 * layers * width**2 + V * width) / options[V])


# %% 6a.4 wrong: text -> "expected numbers, got text"
def best_vocabulary(options, layers, width):
    return str(min(options, key=lambda V: (12 * layers * width**2 + V * width) / options[V]))


# %% 6a.3 right: single precision
import numpy as np
def turn(x, t, base=10000.0):
    x = np.asarray(x, dtype=np.float32)
    h = len(x) // 2
    th = (t * base ** (-2 * np.arange(h) / len(x))).astype(np.float32)
    return np.concatenate([x[:h] * np.cos(th) - x[h:] * np.sin(th), x[:h] * np.sin(th) + x[h:] * np.cos(th)])


# %% 6a.3 wrong: another base when none is given -> "place 5"
def turn(x, t, base=1000.0):
    h = len(x) // 2
    th = t * base ** (-2 * np.arange(h) / len(x))
    return np.concatenate([x[:h] * np.cos(th) - x[h:] * np.sin(th), x[:h] * np.sin(th) + x[h:] * np.cos(th)])
