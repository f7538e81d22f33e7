# %% 6l.1 right: by the half angle, for either sign
def metres_to_edge(error, width=1.3):
    if math.tan(error) == 0:
        return float("inf")
    radius = abs(2.5 / math.tan(error))
    if width / (2 * radius) > 1:
        return np.inf
    return 2 * radius * math.asin(math.sqrt(width / (2 * radius)))


# %% 6l.1 right: NumPy's numbers, through atan2
def metres_to_edge(error, width=1.3):
    curve = np.tan(np.abs(np.float64(error))) / LENGTH
    if curve == 0 or curve * width > 2:
        return math.inf
    forward = np.sqrt(2 * width / curve - width**2)
    return np.arctan2(forward, 1 / curve - width) / curve


# %% 6l.1 wrong: a straight line at that angle -> "goes on turning"
def metres_to_edge(error, width=1.3):
    return width / math.sin(abs(error)) if error else math.inf


# %% 6l.1 wrong: the way forward -> "not the way along the arc"
def metres_to_edge(error, width=1.3):
    if error == 0:
        return math.inf
    radius = 2.5 / math.tan(abs(error))
    return math.sqrt(max(0, radius**2 - (radius - width) ** 2))


# %% 6l.1 wrong: the angle alone -> "that is the angle"
def metres_to_edge(error, width=1.3):
    if error == 0:
        return math.inf
    radius = 2.5 / math.tan(abs(error))
    return math.acos(1 - width / radius) if width <= 2 * radius else math.inf


# %% 6l.1 wrong: in seconds -> "in seconds"
def metres_to_edge(error, width=1.3):
    if error == 0:
        return math.inf
    radius = 2.5 / math.tan(abs(error))
    return radius * math.acos(1 - width / radius) / 8 if width <= 2 * radius else math.inf


# %% 6l.1 wrong: the sign is kept -> "not negative"
def metres_to_edge(error, width=1.3):
    if error == 0:
        return math.inf
    radius = 2.5 / math.tan(error)
    return radius * math.acos(1 - width / abs(radius))


# %% 6l.1 wrong: straight on is forgotten -> "ZeroDivisionError"
def metres_to_edge(error, width=1.3):
    radius = 2.5 / math.tan(abs(error))
    return radius * math.acos(1 - width / radius) if width <= 2 * radius else math.inf


# %% 6l.1 wrong: the widest point is one radius away -> "it does get there"
def metres_to_edge(error, width=1.3):
    if error == 0:
        return math.inf
    radius = 2.5 / math.tan(abs(error))
    return radius * math.acos(1 - width / radius) if width <= radius else math.inf


# %% 6l.1 wrong: beyond the circle it stops at half of it -> "where it never gets there"
def metres_to_edge(error, width=1.3):
    if error == 0:
        return math.inf
    radius = 2.5 / math.tan(abs(error))
    return radius * math.acos(max(-1, 1 - width / radius))


# %% 6l.1 right: a tensor without axes
def metres_to_edge(error, width=1.3):
    curve = torch.tan(torch.tensor(error, dtype=torch.float64).abs()) / LENGTH
    share = curve * width / 2
    if curve == 0 or share > 1:
        return torch.tensor(math.inf)
    return 2 * torch.asin(share.sqrt()) / curve


# %% 6l.1 right: by halving the way on exact arcs
def metres_to_edge(error, width=1.3):
    def side(metres):
        return abs(move(np.zeros((1, 3)), np.array([error]), metres / SPEED)[0, 1])

    if error == 0:
        return np.array(np.inf)
    low, high = 0.0, math.pi * LENGTH / math.tan(abs(error))
    if side(high) < width:
        return np.array(np.inf)
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if side(middle) < width else (low, middle)
    return np.array(high)


# %% 6l.1 wrong: nothing is returned -> "return"
def metres_to_edge(error, width=1.3):
    if error:
        radius = 2.5 / math.tan(abs(error))
        width <= 2 * radius and radius * math.acos(1 - width / radius)


# %% 6l.1 wrong: never is None -> "got None"
def metres_to_edge(error, width=1.3):
    radius = 2.5 / math.tan(abs(error)) if error else math.inf
    return radius * math.acos(1 - width / radius) if width <= 2 * radius < math.inf else None


# %% 6l.1 wrong: minus infinity to the right -> "never gets there"
def metres_to_edge(error, width=1.3):
    radius = 2.5 / math.tan(abs(error)) if error else math.inf
    return (
        radius * math.acos(1 - width / radius)
        if width <= 2 * radius < math.inf
        else math.copysign(math.inf, error)
    )


# %% 6l.1 wrong: nan beyond the circle -> "nan"
def metres_to_edge(error, width=1.3):
    radius = 2.5 / np.tan(abs(error)) if error else np.inf
    return radius * np.arccos(1 - width / radius) if error else np.inf


# %% 6l.1 wrong: the circle of the front wheel -> "front wheel"
def metres_to_edge(error, width=1.3):
    radius = 2.5 / math.sin(abs(error)) if error else math.inf
    return radius * math.acos(1 - width / radius) if width <= 2 * radius < math.inf else math.inf


# %% 6l.1 wrong: the parabola -> "small angles only"
def metres_to_edge(error, width=1.3):
    return math.sqrt(2 * width * 2.5 / math.tan(abs(error))) if error else math.inf


# %% 6l.1 wrong: the lane of the lesson -> "`width` is an argument"
def metres_to_edge(error, width=1.3):
    radius = 2.5 / math.tan(abs(error)) if error else math.inf
    return radius * math.acos(1 - HALF / radius) if HALF <= 2 * radius < math.inf else math.inf


# %% 6l.1 wrong: the angle at the other end -> "the other part"
def metres_to_edge(error, width=1.3):
    radius = 2.5 / math.tan(abs(error)) if error else math.inf
    return radius * math.acos(width / radius - 1) if width <= 2 * radius < math.inf else math.inf


# %% 6l.1 wrong: in degrees -> "expected"
def metres_to_edge(error, width=1.3):
    radius = 2.5 / math.tan(math.radians(abs(error))) if error else math.inf
    return radius * math.acos(1 - width / radius) if width <= 2 * radius < math.inf else math.inf


# %% 6l.2 right: a closed form, since each step is linear
def expected_cost(T, error, back):
    pull = error + back
    if pull == 0:
        return 0.0
    rest = error / pull
    return rest * sum(1 - (1 - pull) ** t for t in range(1, T + 1))


# %% 6l.2 right: two groups as a matrix
def expected_cost(T, error, back):
    state, step = np.array([1.0, 0.0]), np.array([[1 - error, back], [error, 1 - back]])
    total = 0.0
    for _ in range(T):
        state = step @ state
        total += state[1]
    return np.float64(total)


# %% 6l.2 right: by recursion
def expected_cost(T, error, back, lost=0.0):
    if T == 0:
        return 0
    lost = lost - lost * back + error - lost * error
    return lost + expected_cost(T - 1, error, back, lost)


# %% 6l.2 wrong: the first step is safe -> "the first step can already be an error"
def expected_cost(T, error, back):
    lost = total = 0.0
    for step in range(T):
        if step:
            lost = lost * (1 - back) + (1 - lost) * error
        total += lost
    return total


# %% 6l.2 wrong: who comes back may err at once -> "does not err at once"
def expected_cost(T, error, back):
    lost = total = 0.0
    for _ in range(T):
        found = lost * back
        lost = lost - found + (1 - lost + found) * error
        total += lost
    return total


# %% 6l.2 wrong: nobody comes back -> "nobody finds back"
def expected_cost(T, error, back):
    return sum(1 - (1 - error) ** t for t in range(1, T + 1))


# %% 6l.2 wrong: the bound -> "that is the bound"
def expected_cost(T, error, back):
    return T * T * error


# %% 6l.2 wrong: the chance at the end -> "at the end, not the sum"
def expected_cost(T, error, back):
    lost = 0.0
    for _ in range(T):
        lost = lost * (1 - back) + (1 - lost) * error
    return lost


# %% 6l.2 wrong: the mean of the steps -> "the mean over the steps"
def expected_cost(T, error, back):
    lost = total = 0.0
    for _ in range(T):
        lost = lost * (1 - back) + (1 - lost) * error
        total += lost
    return total / max(T, 1)


# %% 6l.2 wrong: all may err, the lost ones too -> "who is lost already"
def expected_cost(T, error, back):
    lost = total = 0.0
    for _ in range(T):
        lost = lost * (1 - back) + error
        total += lost
    return total


# %% 6l.2 right: the powers of a matrix, as a tensor
def expected_cost(T, error, back):
    step = torch.tensor([[1 - error, error], [back, 1 - back]], dtype=torch.float64)
    lost = [torch.linalg.matrix_power(step, t)[0, 1] for t in range(1, T + 1)]
    return torch.stack(lost).sum() if lost else torch.tensor(0)


# %% 6l.2 right: follow who is on the path
def expected_cost(T, error, back):
    on, total = 1.0, 0.0
    for _ in range(T):
        on = on * (1 - error) + (1 - on) * back
        total += 1 - on
    return np.array(total)


# %% 6l.2 wrong: the cost is counted before the step -> "the first step can already be an error"
def expected_cost(T, error, back):
    lost = total = 0.0
    for _ in range(T):
        total += lost
        lost = lost * (1 - back) + (1 - lost) * error
    return total


# %% 6l.2 wrong: back at the step of the error -> "the step of the error is lost"
def expected_cost(T, error, back):
    lost = total = 0.0
    for _ in range(T):
        lost = (lost + (1 - lost) * error) * (1 - back)
        total += lost
    return total


# %% 6l.2 wrong: back is taken for staying -> "not to stay lost"
def expected_cost(T, error, back):
    lost = total = 0.0
    for _ in range(T):
        lost = lost * back + (1 - lost) * error
        total += lost
    return total


# %% 6l.2 wrong: the long run from the start -> "expected"
def expected_cost(T, error, back):
    return T * error / (error + back) if error else 0.0


# %% 6l.2 wrong: the on-path probability is summed -> "expected"
def expected_cost(T, error, back):
    on, total = 1.0, 0.0
    for _ in range(T):
        on = on * (1 - error) + (1 - on) * back
        total += on
    return total


# %% 6l.2 wrong: divides by error + back, which may both be 0 -> "ZeroDivisionError"
def expected_cost(T, error, back):
    q = 1 - error - back
    return error / (error + back) * (T - q * (1 - q**T) / (error + back))


# %% 6l.3 right: with NumPy
def repeater(braking):
    b = np.array(braking, dtype=bool)
    onsets = ~b[:-1] & b[1:]
    return (b[1:] == b[:-1]).mean(), (0 if onsets.any() else None)


# %% 6l.3 right: frame by frame, as a list
def repeater(braking):
    right = onsets = caught = 0
    for n in range(1, len(braking)):
        right += braking[n] is braking[n - 1]
        if braking[n] and not braking[n - 1]:
            onsets += 1
            caught += braking[n - 1] == braking[n]
    return [right / (len(braking) - 1), caught / onsets if onsets else None]


# %% 6l.3 wrong: frame 0 counts among the frames -> "frame 0 has nothing to repeat"
def repeater(braking):
    equal = sum(a == b for a, b in zip(braking, braking[1:]))
    return equal / len(braking), 0.0 if any(b and not a for a, b in zip(braking, braking[1:])) else None


# %% 6l.3 wrong: frame 0 repeats itself -> "frame 0 counted as right"
def repeater(braking):
    before = [braking[0], *braking[:-1]]
    equal = sum(a == b for a, b in zip(before, braking))
    return equal / len(braking), 0.0 if any(b and not a for a, b in zip(braking, braking[1:])) else None


# %% 6l.3 wrong: the share of errors -> "in which it is wrong"
def repeater(braking):
    pairs = list(zip(braking, braking[1:]))
    return sum(a != b for a, b in pairs) / len(pairs), 0.0 if (False, True) in pairs else None


# %% 6l.3 wrong: none and zero are the same -> "there is no onset"
def repeater(braking):
    pairs = list(zip(braking, braking[1:]))
    return sum(a == b for a, b in pairs) / len(pairs), 0.0


# %% 6l.3 wrong: repeats and onsets mixed up -> "another one"
def repeater(braking):
    pairs = list(zip(braking, braking[1:]))
    return sum(a == b for a, b in pairs) / len(pairs), 1.0 if (False, True) in pairs else None


# %% 6l.3 wrong: one number -> "two numbers"
def repeater(braking):
    pairs = list(zip(braking, braking[1:]))
    return sum(a == b for a, b in pairs) / len(pairs)


# %% 6l.3 right: an array of two numbers where there are two
def repeater(braking):
    b = np.array(braking)
    right = 1 - np.logical_xor(b[1:], b[:-1]).mean()
    return np.array([right, 0.0]) if (b[1:] > b[:-1]).any() else np.array([right, None])


# %% 6l.3 right: tensors without axes
def repeater(braking):
    b = torch.tensor(braking)
    onset = ~b[:-1] & b[1:]
    right = b[1:] == b[:-1]
    return right.double().mean(), right[onset].double().mean() if onset.any() else None


# %% 6l.3 wrong: the share of braking frames -> "frames with the brake on"
def repeater(braking):
    return sum(braking) / len(braking), 0.0 if (False, True) in zip(braking, braking[1:]) else None


# %% 6l.3 wrong: a start with the brake on is an onset -> "no onset"
def repeater(braking):
    pairs = list(zip(braking, braking[1:]))
    onset = braking[0] or (False, True) in pairs
    return sum(a == b for a, b in pairs) / len(pairs), 0.0 if onset else None


# %% 6l.3 wrong: releases are taken for onsets -> "there is an onset"
def repeater(braking):
    pairs = list(zip(braking, braking[1:]))
    return sum(a == b for a, b in pairs) / len(pairs), 0.0 if (True, False) in pairs else None


# %% 6l.3 wrong: no onset gives nan -> "there is no onset"
def repeater(braking):
    b = np.array(braking)
    onset = ~b[:-1] & b[1:]
    return (b[1:] == b[:-1]).mean(), 0.0 / onset.sum() if not onset.any() else 0.0


# %% 6l.3 wrong: the share of onsets among the frames -> "expected"
def repeater(braking):
    pairs = list(zip(braking, braking[1:]))
    onsets = sum(b and not a for a, b in pairs)
    return sum(a == b for a, b in pairs) / len(pairs), onsets / len(pairs) if onsets else None


# %% 6l.3 wrong: the input is shifted in place -> "changes its input"
def repeater(braking):
    before = braking[:-1]
    braking.pop(0)
    pairs = list(zip(before, braking))
    return sum(a == b for a, b in pairs) / len(pairs), 0.0 if (False, True) in pairs else None


# %% 6l.3 wrong: per cent -> "expected"
def repeater(braking):
    pairs = list(zip(braking, braking[1:]))
    return 100 * sum(a == b for a, b in pairs) / len(pairs), 0.0 if (False, True) in pairs else None


# %% 6l.4 right: the roots of the polynomial
def highest_speed(sight, seconds, brake):
    return max(np.roots([1 / (2 * brake), seconds, -sight]))


# %% 6l.4 right: by halving
def highest_speed(sight, seconds, brake):
    low, high = 0.0, 1000.0
    for _ in range(100):
        v = (low + high) / 2
        low, high = (v, high) if v * seconds + v * v / (2 * brake) <= sight else (low, v)
    return low


# %% 6l.4 wrong: no blind way -> "driven blind is missing"
def highest_speed(sight, seconds, brake):
    return math.sqrt(2 * brake * sight)


# %% 6l.4 wrong: only the blind way -> "slowing takes is missing"
def highest_speed(sight, seconds, brake):
    return sight / max(seconds, 1e-9)


# %% 6l.4 wrong: the other root -> "backwards"
def highest_speed(sight, seconds, brake):
    return -brake * seconds - math.sqrt((brake * seconds) ** 2 + 2 * brake * sight)


# %% 6l.4 wrong: in km/h -> "km/h"
def highest_speed(sight, seconds, brake):
    return 3.6 * (math.sqrt((brake * seconds) ** 2 + 2 * brake * sight) - brake * seconds)


# %% 6l.4 wrong: v²/a for the braking way -> "half of the first one on average"
def highest_speed(sight, seconds, brake):
    lag = brake * seconds
    return (-lag + math.sqrt(lag**2 + 4 * brake * sight)) / 2


# %% 6l.4 wrong: the blind way of the van in the lesson -> "depends on the speed itself"
def highest_speed(sight, seconds, brake):
    return math.sqrt(max(0, 2 * brake * (sight - 8 * seconds)))


# %% 6l.4 right: without a difference of near numbers
def highest_speed(sight, seconds, brake):
    return np.float64(2 * sight) / (seconds + np.sqrt(seconds**2 + 2 * sight / brake))


# %% 6l.4 right: as a tensor, by the square completed
def highest_speed(sight, seconds, brake):
    s, b = torch.tensor(float(seconds)).double(), torch.tensor(float(brake)).double()
    return b * (torch.sqrt(s**2 + 2 * torch.tensor(float(sight)).double() / b) - s)


# %% 6l.4 wrong: the sign of the blind way -> "faster than with no delay"
def highest_speed(sight, seconds, brake):
    return brake * seconds + math.sqrt((brake * seconds) ** 2 + 2 * brake * sight)


# %% 6l.4 wrong: both roots -> "expected one number"
def highest_speed(sight, seconds, brake):
    return np.roots([1 / (2 * brake), seconds, -sight])


# %% 6l.4 wrong: four for two under the root -> "half of the first one"
def highest_speed(sight, seconds, brake):
    return (-brake * seconds + ((brake * seconds) ** 2 + 4 * brake * sight) ** 0.5) / 2


# %% 6l.4 wrong: the blind time slows too -> "expected"
def highest_speed(sight, seconds, brake):
    return math.sqrt(2 * brake * sight) - brake * seconds


# %% 6l.4 wrong: gravity is in it -> "expected"
def highest_speed(sight, seconds, brake):
    b = 9.81 * brake
    return -b * seconds + math.sqrt((b * seconds) ** 2 + 2 * b * sight)


# %% 6l.4 wrong: whole metres a second -> "expected"
def highest_speed(sight, seconds, brake):
    lag = brake * seconds
    return int(-lag + math.sqrt(lag**2 + 2 * brake * sight))


# %% 6l.5 right: by the chi-squared table
def decide(km, crashes, allowed, price, budget):
    from scipy.stats import chi2

    needed = chi2.ppf(0.95, 2 * (crashes + 1)) / 2 / allowed
    if needed <= km:
        return ["launch", 0]
    if (needed - km) * price > budget:
        return ["keep the driver", needed - km]
    return ["test", needed - km]


# %% 6l.5 right: with the lesson's interval, at 90 % on two sides
def decide(km, crashes, allowed, price, budget):
    further = max(0.0, crash_rate(crashes, 1.0, level=0.9)[1] / allowed - km)
    names = "launch" if further == 0 else "test" if further * price <= budget else "keep the driver"
    return names, further


# %% 6l.5 wrong: both sides -> "two-sided"
def decide(km, crashes, allowed, price, budget):
    further = crash_rate(crashes, 1.0)[1] / allowed - km
    if further <= 0:
        return "launch", 0.0
    return ("test" if further * price <= budget else "keep the driver"), further


# %% 6l.5 wrong: the estimate for a bound -> "an estimate, not a bound"
def decide(km, crashes, allowed, price, budget):
    further = crashes / allowed - km
    if further <= 0:
        return "launch", 0.0
    return ("test" if further * price <= budget else "keep the driver"), further


# %% 6l.5 wrong: all kilometres anew -> "the kilometres driven already count"
def decide(km, crashes, allowed, price, budget):
    needed = special.gammaincinv(crashes + 1, 0.95) / allowed
    if needed <= km:
        return "launch", 0.0
    return ("test" if (needed - km) * price <= budget else "keep the driver"), needed


# %% 6l.5 wrong: three over n -> "rounded"
def decide(km, crashes, allowed, price, budget):
    further = 3 / allowed - km
    if further <= 0:
        return "launch", 0.0
    return ("test" if further * price <= budget else "keep the driver"), further


# %% 6l.5 wrong: the crashes are forgotten -> "the crashes that happened stay in the count"
def decide(km, crashes, allowed, price, budget):
    further = -math.log(0.05) / allowed - km
    if further <= 0:
        return "launch", 0.0
    return ("test" if further * price <= budget else "keep the driver"), further


# %% 6l.5 wrong: the price is not asked -> "compare the price"
def decide(km, crashes, allowed, price, budget):
    further = special.gammaincinv(crashes + 1, 0.95) / allowed - km
    return ("launch", 0.0) if further <= 0 else ("test", further)


# %% 6l.5 wrong: the euros for the kilometres -> "the price of the kilometres"
def decide(km, crashes, allowed, price, budget):
    further = special.gammaincinv(crashes + 1, 0.95) / allowed - km
    if further <= 0:
        return "launch", 0.0
    return ("test" if further * price <= budget else "keep the driver"), further * price


# %% 6l.5 wrong: one number -> "a decision and kilometres"
def decide(km, crashes, allowed, price, budget):
    return special.gammaincinv(crashes + 1, 0.95) / allowed - km


# %% 6l.5 right: by a search, as a tensor
def decide(km, crashes, allowed, price, budget):
    low, high = 0.0, 200.0
    for _ in range(80):
        mean = (low + high) / 2
        below = sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(crashes + 1))
        low, high = (mean, high) if below > 0.05 else (low, mean)
    further = torch.tensor(high / allowed - km, dtype=torch.float64).clamp(min=0)
    name = "launch" if further == 0 else "test" if further * price <= budget else "keep the driver"
    return name, further


# %% 6l.5 wrong: free kilometres are not paid for -> "expected"
def decide(km, crashes, allowed, price, budget):
    further = special.gammaincinv(crashes + 1, 0.95) / allowed - km
    if further <= 0:
        return "launch", 0.0
    return ("test" if further * price < budget else "keep the driver"), further


# %% 6l.5 wrong: the lower end of the interval -> "the bound does not hold yet"
def decide(km, crashes, allowed, price, budget):
    further = special.gammaincinv(crashes + 1, 0.05) / allowed - km
    if further <= 0:
        return "launch", 0.0
    return ("test" if further * price <= budget else "keep the driver"), further


# %% 6l.5 wrong: one crash fewer, as at the lower end -> "one crash fewer"
def decide(km, crashes, allowed, price, budget):
    further = special.gammaincinv(max(crashes, 1), 0.95) / allowed - km
    if further <= 0:
        return "launch", 0.0
    return ("test" if further * price <= budget else "keep the driver"), further


# %% 6l.5 wrong: whole kilometres -> "do not round"
def decide(km, crashes, allowed, price, budget):
    further = math.ceil(special.gammaincinv(crashes + 1, 0.95) / allowed - km)
    if further <= 0:
        return "launch", 0.0
    return ("test" if further * price <= budget else "keep the driver"), further


# %% 6l.5 wrong: the budget pays for all kilometres -> "keep the driver"
def decide(km, crashes, allowed, price, budget):
    needed = special.gammaincinv(crashes + 1, 0.95) / allowed
    if needed <= km:
        return "launch", 0.0
    return ("test" if needed * price <= budget else "keep the driver"), needed - km


# %% 6l.5 wrong: a launch keeps what is over -> "kilometres"
def decide(km, crashes, allowed, price, budget):
    further = special.gammaincinv(crashes + 1, 0.95) / allowed - km
    if further <= 0:
        return "launch", further
    return ("test" if further * price <= budget else "keep the driver"), further


# %% 6l.5 wrong: the two numbers change places -> "none of the three decisions"
def decide(km, crashes, allowed, price, budget):
    further = max(0.0, special.gammaincinv(crashes + 1, 0.95) / allowed - km)
    return further, "launch" if further == 0 else "test" if further * price <= budget else "keep the driver"


# %% 6l.5 wrong: the words are others -> "none of the three decisions"
def decide(km, crashes, allowed, price, budget):
    further = max(0.0, special.gammaincinv(crashes + 1, 0.95) / allowed - km)
    return "Launch" if further == 0 else "Test" if further * price <= budget else "Keep the driver", further
