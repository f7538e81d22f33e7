# %% 0.1 right: per number of the result
def product_flops(n, k, m):
    numbers = n * m
    return numbers * (k + k)

# %% 0.1 wrong: multiplications only -> "the additions are missing"
def product_flops(n, k, m):
    return n * k * m

# %% 0.1 wrong: one addition too few -> "one addition too few"
def product_flops(n, k, m):
    return n * m * (k + k - 1)

# %% 0.1 wrong: square matrices -> "that holds for square matrices"
def product_flops(n, k, m):
    return 2 * n**3

# %% 0.1 wrong: forgets the inner size -> "takes more than one step"
def product_flops(n, k, m):
    return 2 * n * m

# %% 0.1 wrong: adds instead of multiplying -> "expected 120, got 24"
def product_flops(n, k, m):
    return 2 * (n + k + m)

# %% 0.1 wrong: the size of both matrices -> "expected 120, got 32"
def product_flops(n, k, m):
    return n * k + k * m

# %% 0.1 wrong: prints and returns nothing -> "got None"
def product_flops(n, k, m):
    print(2 * n * k * m)

# %% 0.2 right: multiplies instead of dividing, and a list
def fits(parameters, bits, memory):
    return [parameters * (bits / 8), not parameters * bits > memory * 8]

# %% 0.2 wrong: bits for bytes -> "those are bits, not bytes"
def fits(parameters, bits, memory):
    size = parameters * bits
    return size, size <= memory

# %% 0.2 wrong: gigabytes -> "those are gigabytes; return bytes"
def fits(parameters, bits, memory):
    size = parameters * bits / 8
    return size / 1e9, size <= memory

# %% 0.2 wrong: always 16 bits -> "right for 16 bits alone"
def fits(parameters, bits, memory):
    size = 2 * parameters
    return size, size <= memory

# %% 0.2 wrong: exactly full does not fit -> "437,928,960 bytes: expected True, got False"
def fits(parameters, bits, memory):
    size = parameters * bits / 8
    return size, size < memory

# %% 0.2 wrong: the comparison turned round -> "expected True, got False"
def fits(parameters, bits, memory):
    size = parameters * bits / 8
    return size, size >= memory

# %% 0.2 wrong: only the answer to the second question -> "return two things"
def fits(parameters, bits, memory):
    return parameters * bits / 8 <= memory

# %% 0.2 wrong: in the other order -> "the bytes come first"
def fits(parameters, bits, memory):
    size = parameters * bits / 8
    return size <= memory, size

# %% 0.2 wrong: yes and no -> "expected True, got 'yes'"
def fits(parameters, bits, memory):
    size = parameters * bits / 8
    return size, "yes" if size <= memory else "no"

# %% 0.3 right: through the seconds of one round
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    reading = parameters * bits / 8 / bandwidth
    computing = 2 * parameters * chats / flops
    return chats / max(reading, computing)

# %% 0.3 wrong: bits for bytes -> "takes a byte for every bit"
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    return min(chats * bandwidth / (parameters * bits), flops / (2 * parameters))

# %% 0.3 wrong: a byte a weight -> "reads one byte a weight"
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    return min(chats * bandwidth / parameters, flops / (2 * parameters))

# %% 0.3 wrong: the larger ceiling -> "that is the arithmetic's ceiling"
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    return max(chats * bandwidth / (parameters * bits / 8), flops / (2 * parameters))

# %% 0.3 wrong: forgets the chats -> "that is for a single chat"
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    return min(bandwidth / (parameters * bits / 8), flops / (2 * parameters))

# %% 0.3 wrong: memory alone -> "that is the memory's ceiling"
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    return chats * bandwidth / (parameters * bits / 8)

# %% 0.3 wrong: one FLOP a parameter -> "counts one FLOP a parameter"
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    return min(chats * bandwidth / (parameters * bits / 8), flops / parameters)

# %% 0.3 wrong: chats multiply the arithmetic too -> "more chats do not make the arithmetic faster"
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    return chats * min(bandwidth / (parameters * bits / 8), flops / (2 * parameters))

# %% 0.3 wrong: tokens of each chat, not of all -> "that is for a single chat"
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    return min(chats * bandwidth / (parameters * bits / 8), flops / (2 * parameters)) / chats

# %% 0.3 wrong: the weights always in 16 bits -> "that is for 16 bits"
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    return min(chats * bandwidth / (2 * parameters), flops / (2 * parameters))

# %% 0.4 right: all that suit, then the smallest key
def rent(machines, parameters, wanted):
    suits = [
        (euros, -bits, name)
        for name, (euros, bandwidth, memory) in machines.items()
        for bits in (4, 8, 16)
        if parameters * bits / 8 <= memory and bandwidth * 8 / (parameters * bits) >= wanted
    ]
    if not suits:
        return None
    _, bits, name = min(suits)
    return [name, -bits]

# %% 0.4 wrong: the first that suits, whatever it costs -> "expected ('book', 4), got ('tower', 16)"
def rent(machines, parameters, wanted):
    for name, (_, bandwidth, memory) in machines.items():
        for bits in (16, 8, 4):
            size = parameters * bits / 8
            if size <= memory and bandwidth / size >= wanted:
                return name, bits

# %% 0.4 wrong: the fewest bits -> "the stick is fast enough at 8 bits"
def rent(machines, parameters, wanted):
    for name in sorted(machines, key=lambda name: machines[name][0]):
        _, bandwidth, memory = machines[name]
        for bits in (4, 8, 16):
            size = parameters * bits / 8
            if size <= memory and bandwidth / size >= wanted:
                return name, bits

# %% 0.4 wrong: precision before price -> "expected ('book', 4), got ('card', 16)"
def rent(machines, parameters, wanted):
    for bits in (16, 8, 4):
        for name in sorted(machines, key=lambda name: machines[name][0]):
            _, bandwidth, memory = machines[name]
            size = parameters * bits / 8
            if size <= memory and bandwidth / size >= wanted:
                return name, bits

# %% 0.4 wrong: forgets the memory -> "expected ('tower', 8), got ('card', 8)"
def rent(machines, parameters, wanted):
    for name in sorted(machines, key=lambda name: machines[name][0]):
        for bits in (16, 8, 4):
            if machines[name][1] / (parameters * bits / 8) >= wanted:
                return name, bits

# %% 0.4 wrong: forgets the speed -> "expected ('book', 4), got ('stick', 16)"
def rent(machines, parameters, wanted):
    for name in sorted(machines, key=lambda name: machines[name][0]):
        for bits in (16, 8, 4):
            if parameters * bits / 8 <= machines[name][2]:
                return name, bits

# %% 0.4 wrong: faster than wanted, not as fast -> "exactly ten times a second"
def rent(machines, parameters, wanted):
    for name in sorted(machines, key=lambda name: machines[name][0]):
        _, bandwidth, memory = machines[name]
        for bits in (16, 8, 4):
            size = parameters * bits / 8
            if size <= memory and bandwidth / size > wanted:
                return name, bits

# %% 0.4 wrong: exactly full does not fit -> "just fill the stick's 16 GB"
def rent(machines, parameters, wanted):
    for name in sorted(machines, key=lambda name: machines[name][0]):
        _, bandwidth, memory = machines[name]
        for bits in (16, 8, 4):
            size = parameters * bits / 8
            if size < memory and bandwidth / size >= wanted:
                return name, bits

# %% 0.4 wrong: 16 bits only -> "expected ('book', 4), got ('card', 16)"
def rent(machines, parameters, wanted):
    suits = [n for n, (_, b, m) in machines.items() if 2 * parameters <= m and b / (2 * parameters) >= wanted]
    return (min(suits, key=lambda n: machines[n][0]), 16) if suits else None

# %% 0.4 wrong: only the name -> "return a pair, the name and the bits"
def rent(machines, parameters, wanted):
    for name in sorted(machines, key=lambda name: machines[name][0]):
        _, bandwidth, memory = machines[name]
        for bits in (16, 8, 4):
            size = parameters * bits / 8
            if size <= memory and bandwidth / size >= wanted:
                return name

# %% 0.4 wrong: no machine is an error -> "your code raised ValueError"
def rent(machines, parameters, wanted):
    suits = [
        (euros, -bits, name)
        for name, (euros, bandwidth, memory) in machines.items()
        for bits in (16, 8, 4)
        if parameters * bits / 8 <= memory and bandwidth * 8 / (parameters * bits) >= wanted
    ]
    _, bits, name = min(suits)
    return name, -bits

# %% 0.4 wrong: the dearest when none suits -> "got ('box', 4), but no machine manages it"
def rent(machines, parameters, wanted):
    by_price = sorted(machines, key=lambda name: machines[name][0])
    for name in by_price:
        _, bandwidth, memory = machines[name]
        for bits in (16, 8, 4):
            size = parameters * bits / 8
            if size <= memory and bandwidth / size >= wanted:
                return name, bits
    return by_price[-1], 4

# %% 0.4 wrong: 32 bits, which nobody offered -> "expected ('stick', 16), got ('stick', 32)"
def rent(machines, parameters, wanted):
    for name in sorted(machines, key=lambda name: machines[name][0]):
        _, bandwidth, memory = machines[name]
        for bits in (32, 16, 8, 4):
            size = parameters * bits / 8
            if size <= memory and bandwidth / size >= wanted:
                return name, bits


# %% 0.3 wrong: one chat never waits for the arithmetic -> "also for one chat the slower side decides"
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    memory = chats * bandwidth / (parameters * bits / 8)
    return memory if chats == 1 else min(memory, flops / (2 * parameters))


# %% 0.1 right: by columns, in other names and as a float
def product_flops(rows, inner, columns):
    a_column = rows * 2.0 * inner
    return sum([a_column]) * columns


# %% 0.1 right: a product of a list
def product_flops(n, k, m):
    return np.prod([2, n, k, m])


# %% 0.1 wrong: one addition for each number -> "expected 120, got 75"
def product_flops(n, k, m):
    return n * k * m + n * m


# %% 0.1 wrong: the numbers of all three matrices, twice -> "expected 120, got 94"
def product_flops(n, k, m):
    return 2 * (n * k + k * m + n * m)


# %% 0.1 wrong: the sizes of the second matrix -> "expected 120, got 40"
def product_flops(n, k, m):
    return 2 * k * m


# %% 0.1 wrong: three FLOPs a turn -> "expected 120, got 180"
def product_flops(n, k, m):
    return 3 * n * k * m


# %% 0.1 wrong: in GFLOPs -> "expected"
def product_flops(n, k, m):
    return 2 * n * k * m / 1e9


# %% 0.1 wrong: the word -> "expected numbers, got text"
def product_flops(n, k, m):
    return f"{2 * n * k * m} FLOPs"


# %% 0.2 right: NumPy's numbers
def fits(parameters, bits, memory):
    size = np.float64(parameters) / 8 * bits
    return size, np.less_equal(size, memory)


# %% 0.2 right: whole bytes
def fits(parameters, bits, memory):
    size = int(parameters * bits) // 8
    return size, memory - size >= 0


# %% 0.2 wrong: gigabytes of 2^30 -> "expected"
def fits(parameters, bits, memory):
    size = parameters * bits / 8
    return size / 2**30, size <= memory


# %% 0.2 wrong: rounded up to whole bytes a weight -> "7,000,000,000 parameters of 4 bits"
def fits(parameters, bits, memory):
    size = parameters * max(bits // 8, 1)
    return size, size <= memory


# %% 0.2 wrong: leaves a fifth of the room -> "expected True, got False"
def fits(parameters, bits, memory):
    size = parameters * bits / 8
    return size, size <= 0.8 * memory


# %% 0.2 wrong: one and zero -> "expected True, got 1"
def fits(parameters, bits, memory):
    size = parameters * bits / 8
    return size, int(size <= memory)


# %% 0.2 wrong: what is left instead of whether it fits -> "expected True, got 2000000000.0"
def fits(parameters, bits, memory):
    size = parameters * bits / 8
    return size, memory - size


# %% 0.2 wrong: the room instead of the weights -> "7,000,000,000 parameters of 16 bits"
def fits(parameters, bits, memory):
    return memory, parameters * bits / 8 <= memory


# %% 0.2 wrong: a dictionary -> "return two things"
def fits(parameters, bits, memory):
    size = parameters * bits / 8
    return {"bytes": size, "fits": size <= memory}


# %% 0.3 right: NumPy's smaller one, the time of one token
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    seconds = np.array([parameters * bits / 8 / bandwidth / chats, 2 * parameters / flops])
    return 1 / seconds.max()


# %% 0.3 right: along the roofline
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    flops_a_byte = 2 * parameters * chats / (parameters * bits / 8)
    return min(bandwidth * flops_a_byte, flops) / (2 * parameters)


# %% 0.3 wrong: the times added -> "their times do not add up"
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    return chats / (parameters * bits / 8 / bandwidth + 2 * parameters * chats / flops)


# %% 0.3 wrong: every chat reads the weights for itself -> "50 chats at 16 bits"
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    return min(bandwidth / chats / (parameters * bits / 8), flops / (2 * parameters))


# %% 0.3 wrong: the arithmetic is shared among the chats -> "50 chats at 16 bits"
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    return min(chats * bandwidth / (parameters * bits / 8), flops / (2 * parameters * chats))


# %% 0.3 wrong: fewer bits compute faster -> "3 billion of 4 bits"
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    return min(chats * bandwidth / (parameters * bits / 8), flops * 16 / bits / (2 * parameters))


# %% 0.3 wrong: six FLOPs a parameter, as in training -> "3 billion of 4 bits"
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    return min(chats * bandwidth / (parameters * bits / 8), flops / (6 * parameters))


# %% 0.3 wrong: both ceilings -> "expected one number"
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    return chats * bandwidth / (parameters * bits / 8), flops / (2 * parameters)


# %% 0.3 wrong: whole tokens -> "expected"
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    return int(min(chats * bandwidth / (parameters * bits / 8), flops / (2 * parameters)))


# %% 0.4 right: a table of all pairs, filtered
def rent(machines, parameters, wanted):
    import itertools

    best = None
    for (name, (euros, speed, room)), bits in itertools.product(machines.items(), (16, 8, 4)):
        size = parameters * bits / 8
        if size > room or speed < wanted * size:
            continue
        if best is None or (euros, -bits) < best[0]:
            best = (euros, -bits), (name, bits)
    return best and best[1]


# %% 0.4 right: bits as they come out of NumPy
def rent(machines, parameters, wanted):
    for name, (_, speed, room) in sorted(machines.items(), key=lambda item: item[1]):
        bits = np.array([16, 8, 4])
        size = parameters * bits / 8
        good = bits[(size <= room) & (speed >= wanted * size)]
        if good.size:
            return name, good.max()


# %% 0.4 wrong: the lowest price of a token -> "expected ('book', 4), got ('card'"
def rent(machines, parameters, wanted):
    suits = [
        (euros / (bandwidth / (parameters * bits / 8)), -bits, name)
        for name, (euros, bandwidth, memory) in machines.items()
        for bits in (4, 8, 16)
        if parameters * bits / 8 <= memory and bandwidth * 8 / (parameters * bits) >= wanted
    ]
    return (min(suits)[2], -min(suits)[1]) if suits else None


# %% 0.4 wrong: the fastest -> "expected ('book', 4), got ('tower', 4)"
def rent(machines, parameters, wanted):
    suits = [
        (bandwidth / (parameters * bits / 8), name, bits)
        for name, (euros, bandwidth, memory) in machines.items()
        for bits in (4, 8, 16)
        if parameters * bits / 8 <= memory and bandwidth * 8 / (parameters * bits) >= wanted
    ]
    return max(suits)[1:] if suits else None


# %% 0.4 wrong: the bits first -> "expected ('book', 4), got (4, 'book')"
def rent(machines, parameters, wanted):
    for name in sorted(machines, key=lambda name: machines[name][0]):
        for bits in (16, 8, 4):
            size = parameters * bits / 8
            if size <= machines[name][2] and machines[name][1] / size >= wanted:
                return bits, name


# %% 0.4 wrong: tells in words that there is none -> "return a pair"
def rent(machines, parameters, wanted):
    for name in sorted(machines, key=lambda name: machines[name][0]):
        for bits in (16, 8, 4):
            size = parameters * bits / 8
            if size <= machines[name][2] and machines[name][1] / size >= wanted:
                return name, bits
    return "none"


# %% 0.4 wrong: looks at the cheapest machine alone -> "some machine manages it"
def rent(machines, parameters, wanted):
    name = min(machines, key=lambda name: machines[name][0])
    for bits in (16, 8, 4):
        size = parameters * bits / 8
        if size <= machines[name][2] and machines[name][1] / size >= wanted:
            return name, bits


# %% 0.4 wrong: bits for bytes in the speed -> "expected ('book', 4), got ('card'"
def rent(machines, parameters, wanted):
    for name in sorted(machines, key=lambda name: machines[name][0]):
        for bits in (16, 8, 4):
            if parameters * bits / 8 <= machines[name][2] and machines[name][1] / (parameters * bits) >= wanted:
                return name, bits


# %% 0.4 wrong: leaves 8 bits out -> "the stick is fast enough at 8 bits"
def rent(machines, parameters, wanted):
    for name in sorted(machines, key=lambda name: machines[name][0]):
        for bits in (16, 4):
            size = parameters * bits / 8
            if size <= machines[name][2] and machines[name][1] / size >= wanted:
                return name, bits


# %% 0.3 right: by the slower of two times
def tokens_per_second(parameters, bits, bandwidth, flops, chats=1):
    seconds = max(parameters * bits / 8 / bandwidth, 2 * parameters * chats / flops)
    return chats / seconds


# %% 0.4 right: one look at each machine, without sorting
def rent(machines, parameters, wanted):
    best = None
    for name in machines:
        euro, speed, memory = np.array(machines[name])
        for bits in np.array([16, 8, 4]):
            size = parameters * bits / 8
            if size <= memory and size * wanted <= speed:
                if best is None or euro < best[0]:
                    best = (euro, name, bits)
                break
    if best is not None:
        return best[1:]


# %% 0.4 wrong: the best price for each token -> "book"
def rent(machines, parameters, wanted):
    ok = [(e / (s / (parameters * b / 8)), n, b) for n, (e, s, m) in machines.items() for b in (16, 8, 4)
          if parameters * b / 8 <= m and s / (parameters * b / 8) >= wanted]
    return min(ok)[1:] if ok else None


# %% 0.4 wrong: fits at one precision, fast at another -> "book"
def rent(machines, parameters, wanted):
    for name, (e, s, m) in sorted(machines.items(), key=lambda i: i[1][0]):
        good = [b for b in (16, 8, 4) if parameters * b / 8 <= m]
        if good and s / (parameters * 4 / 8) >= wanted:
            return name, max(good)
