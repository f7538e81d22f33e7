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
