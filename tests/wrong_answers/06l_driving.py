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


# %% 6l.1 wrong: the widest point is one radius away -> "expected"
def metres_to_edge(error, width=1.3):
    if error == 0:
        return math.inf
    radius = 2.5 / math.tan(abs(error))
    return radius * math.acos(1 - width / radius) if width <= radius else math.inf


# %% 6l.1 wrong: beyond the circle it stops at half of it -> "it never gets there"
def metres_to_edge(error, width=1.3):
    if error == 0:
        return math.inf
    radius = 2.5 / math.tan(abs(error))
    return radius * math.acos(max(-1, 1 - width / radius))


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


# %% 6l.2 wrong: all may err, the lost ones too -> "expected"
def expected_cost(T, error, back):
    lost = total = 0.0
    for _ in range(T):
        lost = lost * (1 - back) + error
        total += lost
    return total


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
