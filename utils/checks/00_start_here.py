# 0 · Start here
# Made from lessons/00_start_here.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
n: int = 1024  # rows of the largest matrix that is multiplied  in [64, 16384]
megabytes: int = 256  # size of the largest array that is copied  in [8, 8192]
seconds: float = 0.2  # wall time of one measurement  in (0, 60]

# %% 0.1 asks about product_flops
for n_, k_, m_ in [(3, 4, 5), (1, 7, 1), (5, 2, 9), (4096, 512, 1000)]:
    slips = {
        "the additions are missing, or the multiplications": n_ * k_ * m_,
        "one addition too few for each number; the loop starts from 0": n_ * m_ * (2 * k_ - 1),
        "too few; a number of the result takes more than one step": 2 * n_ * m_,
        "that holds for square matrices; here n, k and m differ": 2 * n_**3,
    }
    hint = "count for a single number of the result first, then ask how many numbers there are"
    c.close(
        product_flops(n_, k_, m_),
        2 * n_ * k_ * m_,
        what=f"({n_}, {k_}) @ ({k_}, {m_})",
        slips=slips,
        hint=hint,
    )

# %% 0.2 asks about fits
cases = [(7e9, 16, 16e9), (7e9, 32, 16e9), (7e9, 4, 3e9), (70e9, 4, 40e9), (109_482_240, 32, 437_928_960)]
for parameters, bits, room in cases:
    answer, size = fits(parameters, bits, room), parameters * bits / 8
    what = f"{parameters:,.0f} parameters of {bits} bits"
    if answer is not None:
        pair = isinstance(answer, (tuple, list)) and len(answer) == 2
        c.true(pair, f"{what}: return two things, the bytes and whether they fit")
        c.true(not isinstance(answer[0], bool), f"{what}: the bytes come first, then True or False")
    slips = {
        "those are bits, not bytes": parameters * bits,
        "those are gigabytes; return bytes": size / 1e9,
        "that is right for 16 bits alone": parameters * 2,
    }
    c.close(
        answer and answer[0], size, what=what, slips=slips, hint="how many bytes does one parameter take?"
    )
    c.equal(
        answer[1],
        size <= room,
        what=f"{what} in {room:,.0f} bytes",
        hint="compare the bytes of the weights with the room; exactly full still fits",
    )

# %% 0.3 asks about tokens_per_second
gpu = {"bandwidth": 2039e9, "flops": 312e12}
slips = {
    "that takes a byte for every bit": 2039 / (7 * 16),
    "that is the arithmetic's ceiling; memory is slower here": 312e12 / 14e9,
    "that reads one byte a weight; 16 bits are two": 2039 / 7,
    "reading and computing go on at the same time; their times do not add up": 1
    / (14 / 2039 + 14e9 / 312e12),
}
got, hint = tokens_per_second(7e9, 16, **gpu), "how long does one reading of all weights take?"
c.close(got, 2039 / 14, what="7 billion parameters of 16 bits, an A100", slips=slips, hint=hint)
slips = {"that is for 16 bits; use `bits`": 2039 / 14}
c.close(tokens_per_second(7e9, 4, **gpu), 2039 / 3.5, what="the same with 4 bits", slips=slips, hint=hint)
slips = {
    "that is for a single chat; who else is served by the same reading?": 2039 / 14,
    "the arithmetic's ceiling is for all chats together already": 312e12 / 14e9 / 50,
}
got, hint = (
    tokens_per_second(7e9, 16, **gpu, chats=50),
    "one reading gives a token to each chat",
)
c.close(got, 50 * 2039 / 14, what="50 chats at 16 bits", slips=slips, hint=hint)
slips = {
    "that is the memory's ceiling; the arithmetic is slower here": 10 * 60 / 1.5,
    "that counts one FLOP a parameter": 100 / 3,
    "more chats do not make the arithmetic faster": 10 * 100 / 6,
}
got, hint = tokens_per_second(3e9, 4, 60e9, 100e9, chats=10), "how many FLOPs does one token take?"
c.close(got, 100 / 6, what="3 billion of 4 bits, a CPU, 10 chats", slips=slips, hint=hint)
slips = {"that is the memory's ceiling; also for one chat the slower side decides": 51 / 3.5}
got = tokens_per_second(7e9, 4, 51e9, 91e9)
c.close(got, 91 / 14, what="7 billion of 4 bits, one core of a phone, 1 chat", slips=slips, hint=hint)

# %% 0.4 asks about rent
offers = {"tower": (2.0, 2000e9, 80e9), "stick": (0.05, 40e9, 16e9), "card": (0.4, 900e9, 24e9)}
offers |= {"book": (0.1, 100e9, 16e9), "box": (9.0, 28e9, 2000e9)}
cases = [  # billions of parameters, tokens/s, best choice, hint
    (7, 20, ("book", 4), "the book reads 3.5 GB 28 times a second, the stick 11 times"),
    (7, 5, ("stick", 8), "the stick is fast enough at 8 bits, which round less coarsely than 4"),
    (1, 5, ("stick", 16), "the stick does it with 16 bits, the most that are on offer"),
    (20, 10, ("book", 4), "at 4 bits the book reads 10 GB exactly ten times a second; that counts"),
    (32, 2, ("stick", 4), "at 4 bits the weights just fill the stick's 16 GB, and fit"),
    (70, 10, ("tower", 8), "35 GB at 4 bits are too much for the others; the tower holds 70 GB"),
    (1000, 5, None, "no machine does it: the box alone holds the weights, and reads 500 GB too slowly"),
    (70, 1000, None, "no machine does it: the tower reads 35 GB only 57 times a second"),
]
for billions, wanted, best, hint in cases:
    answer = rent(dict(offers), billions * 1e9, wanted)
    answer = tuple(answer) if isinstance(answer, list) else answer
    what = f"{billions} billion parameters, {wanted} tokens/s"
    c.true(not isinstance(answer, str), f"{what}: return a pair, the name and the bits", hint)
    wrong = "some machine manages it" if best else "no machine manages it"
    c.true((answer is None) == (best is None), f"{what}: got {answer}, but {wrong}", hint)
    if best:
        c.equal(answer, best, what=what, hint=hint)
