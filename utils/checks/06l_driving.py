# 6l · Driving
# Made from lessons/06l_driving.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
track: str = "generated"  # road of the exam: "generated", or a CSV file with x,y of its middle in metres
labels: int = 2400  # frames that the expert labels for each way to learn  in [400, 100000]
steps: int = 800  # training steps of each network  in [50, 100000]
gust: float = 0.15  # gusts in practice and exam: standard deviation of the steering, rad  in [0, 0.3]
angle: float = 20  # how far the camera sees to each side, degrees  in [5, 90]

# %% 6l.1 asks about metres_to_edge
import math

def driven(error, width, length=2.5):
    radius = length / math.tan(abs(error))
    return radius * math.acos(1 - width / radius)

cases = [(0.01, 1.3), (-0.05, 1.3), (0.3, 1.3), (0.007, 0.4), (0.5, 6.0), (0.2, 20.0), (-0.4, 0.1)]
for error, width in cases:
    radius, front = 2.5 / math.tan(abs(error)), 2.5 / math.sin(abs(error))
    slips = {
        "that is the way forward, not the way along the arc": math.sqrt(
            max(0.0, 2 * radius * width - width**2)
        ),
        "that is the angle, not the way": math.acos(1 - width / radius),
        "a straight line at that angle is no arc: the car goes on turning": width / math.sin(abs(error)),
        "that is in seconds": driven(error, width) / 8.0,
        "the sideways way is part of a circle, not its arc": radius * math.asin(min(1.0, width / radius)),
        "a length is not negative; a wheel turned to the right gets as far as one turned left": -driven(
            error, width
        ),
        "that is the arc of the front wheel; the van's point is the rear one": front
        * math.acos(1 - width / front),
        "that holds for small angles only": math.sqrt(2 * radius * width),
        "`width` is an argument, not always half of the lesson's lane": driven(error, 1.3),
        "that is the other part of the half circle": math.pi * radius - driven(error, width),
        "its circle is wide enough: it does get there": math.inf,
    }
    what = f"error {error:g}, width {width:g}"
    c.close(
        metres_to_edge(error, width),
        driven(error, width),
        what=what,
        hint="radius times the angle driven",
        slips=slips,
    )
for error, width in [(0.0, 1.3), (0.5, 9.2), (-0.5, 20.0)]:
    c.close(
        metres_to_edge(error, width),
        math.inf,
        what=f"error {error:g}, width {width:g}, where it never gets there",
        hint="what is the widest point of the circle?",
    )

# %% 6l.2 asks about expected_cost
def lost_steps(T, error, back, stay=True, first=True, again=False, same=False):
    """stay=False: the lost ones may err too; same=True: one may be back at the step of the error."""
    lost = total = 0.0
    for step in range(T):
        if step or first:
            found = lost * back
            new = error * (1 - lost * stay + found * again)
            lost = (lost + new) * (1 - back) if same else lost - found + new
        total += lost
    return total

for T, error, back in [
    (1, 0.3, 0.2),
    (3, 0.1, 0.5),
    (40, 0.02, 0.0),
    (25, 0.05, 1.0),
    (60, 0.01, 0.3),
    (7, 0.0, 0.4),
    (5, 0.0, 0.0),
    (4, 1.0, 0.25),
    (0, 0.5, 0.5),
]:
    slips = {
        "the first step can already be an error, and costs at once": lost_steps(
            T, error, back, first=False
        ),
        "who has just come back does not err at once": lost_steps(T, error, back, again=True),
        "who is lost already cannot err once more": lost_steps(T, error, back, stay=False),
        "the step of the error is lost; one is back at the next one, at best": lost_steps(
            T, error, back, same=True
        ),
        "`back` is the probability to find back, not to stay lost": lost_steps(T, error, 1 - back),
        "nobody finds back there": lost_steps(T, error, 0.0),
        "that is the bound, not the expected cost": T * T * error,
        "that is the number of errors if nothing is ever lost by them": T * error,
        "that is the chance of being lost at the end, not the sum over the steps": lost_steps(
            T, error, back
        )
        - lost_steps(T - 1, error, back),
        "that is the mean over the steps, not the sum": lost_steps(T, error, back) / max(T, 1),
    }
    what = f"T = {T}, error {error:g}, back {back:g}"
    c.close(
        expected_cost(T, error, back),
        lost_steps(T, error, back),
        what=what,
        hint="carry the probability of being lost from step to step, and add it up",
        slips=slips,
    )

# %% 6l.3 asks about repeater
import numpy as np

draws = np.random.default_rng(5)
lists = [
    [False] * 3 + [True] * 5 + [False] * 2,  # first: every slip has a value of its own here
    [False, True],
    [False, False, True, True, True, False],
    [True, True, True, False],
    [True, False, True, False],
    [False, False],
]
lists += [(draws.random(40) < 0.3).tolist(), np.repeat(draws.random(12) < 0.5, 9).tolist()]
for braking in lists:
    changes = sum(a != b for a, b in zip(braking, braking[1:], strict=False))
    pairs, onsets = len(braking) - 1, any(b and not a for a, b in zip(braking, braking[1:], strict=False))
    what = f"{sum(braking)} of {len(braking)} frames with the brake on"
    got = repeater(list(braking))
    pair = isinstance(got, (tuple, list)) or np.ndim(got) == 1
    c.true(pair and len(got) == 2, f"{what}: expected two numbers, got {got!r}")
    slips = {
        "frame 0 has nothing to repeat, so it does not count": (pairs - changes) / len(braking),
        "with frame 0 counted as right, one frame too many is right": (pairs - changes + 1)
        / len(braking),
        "that is the share of frames in which it is wrong": changes / pairs,
        "that is the share of frames with the brake on": sum(braking) / len(braking),
    }
    c.close(
        got[0],
        (pairs - changes) / pairs,
        what=f"{what}: share right",
        hint="how many neighbours are equal?",
        slips=slips,
    )
    if onsets:
        c.true(got[1] is not None, f"{what}: there is an onset, so the second number is a share")
        c.close(
            got[1],
            0.0,
            what=f"{what}: share of onsets right",
            hint="what stands before an onset, by definition?",
            slips={"at an onset the frame before was another one": 1.0},
        )
    else:
        c.true(
            got[1] is None, f"{what}: there is no onset to be right about, so the second number is None"
        )

# %% 6l.4 asks about highest_speed
import math

for sight, seconds, brake in [
    (20, 0.3, 4.0),
    (60, 0.0, 6.0),
    (20, 2.0, 3.0),
    (100, 0.1, 8.0),
    (5, 1.0, 0.5),
    (0, 0.4, 5.0),
]:
    lag, free = brake * seconds, math.sqrt(2 * brake * sight)
    slips = {
        "the way driven blind is missing": free,
        "the way that slowing takes is missing": sight / max(seconds, 1e-9),
        "that is faster than with no delay at all": lag + math.sqrt(lag**2 + 2 * brake * sight),
        "that is the other root; it drives backwards": -lag - math.sqrt(lag**2 + 2 * brake * sight),
        "that is in km/h": 3.6 * (-lag + math.sqrt(lag**2 + 2 * brake * sight)),
        "while slowing, the speed is only half of the first one on average": (
            -lag + math.sqrt(lag**2 + 4 * brake * sight)
        )
        / 2,
        "the blind way shortens the sight, and it depends on the speed itself": math.sqrt(
            max(0.0, 2 * brake * (sight - 8.0 * seconds))
        ),
    }
    what = f"sight {sight} m, {seconds:g} s, brake {brake:g} m/s²"
    c.close(
        highest_speed(sight, seconds, brake),
        -lag + math.sqrt(lag**2 + 2 * brake * sight),
        what=what,
        hint="blind way + braking way = sight: a quadratic equation",
        slips=slips,
    )

# %% 6l.5 asks about decide
from scipy.stats import poisson
import math

def bound(k, level=0.95):
    low, high = 0.0, 1000.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if poisson.cdf(k, middle) > 1 - level else (low, middle)
    return low

cases = [
    (1000, 0, 0.002, 2.0, 2000),
    (1000, 0, 0.002, 2.0, 500),
    (5000, 1, 0.001, 1.0, 0),
    (200, 3, 0.01, 5.0, 2900),
    (200, 3, 0.01, 5.0, 2800),
    (0, 0, 1e-4, 0.5, 16_000),
    (50_000, 9, 1e-3, 1.0, 10.0),
    (3300, 0, 0.001, 3.0, 0),
    (7000, 1, 0.0007, 0.0, 0),
    (500, 2, 0.004, 0.0, 0),
]
for km, crashes_seen, allowed, price, budget in cases:
    most = bound(crashes_seen)
    further = most / allowed - km
    want = "launch" if further <= 0 else "test" if further * price <= budget else "keep the driver"
    what = f"{km} km, {crashes_seen} crashes, allowed {allowed:g}, {price:g} € a km, budget {budget:g} €"
    got = decide(km, crashes_seen, allowed, price, budget)
    c.true(
        isinstance(got, (tuple, list)) and len(got) == 2,
        f"{what}: expected a decision and kilometres, got {got!r}",
    )
    c.true(
        got[0] in ("launch", "test", "keep the driver"),
        f"{what}: {got[0]!r} is none of the three decisions",
    )
    others = {
        "that bound is two-sided; the insurer asks for one side": bound(crashes_seen, 0.975) / allowed
        - km,
        "with crashes, the rule of three is not enough": 3 / allowed - km if crashes_seen else math.nan,
        "the rule of three is rounded; the exact bound is wanted": 3 / allowed - km
        if not crashes_seen
        else math.nan,
        "the crashes per kilometre so far are an estimate, not a bound": crashes_seen / allowed - km,
        "the kilometres driven already count": most / allowed,
        "the crashes that happened stay in the count": bound(0) / allowed - km,
        "that is the bound for one crash more than you had": bound(crashes_seen + 1) / allowed - km,
        "that is the bound for one crash fewer than you had": bound(crashes_seen - 1) / allowed - km
        if crashes_seen
        else math.nan,
    }
    slips = {sentence: value for sentence, value in others.items() if value > 0}
    if want != "launch":
        none = " that none was seen makes a rate of 0 an estimate, not a bound"
        early = f"{what}: the bound does not hold yet;{none if crashes_seen == 0 else ''}".rstrip(";")
        c.true(got[0] != "launch", early, "how large may the rate still be?")
        slips["that is the price of the kilometres, not their number"] = further * price
        slips["parts of a kilometre count; do not round"] = math.ceil(further)
        c.close(
            got[1],
            further,
            what=f"{what}: further kilometres",
            rtol=1e-4,
            slips=slips,
            hint="the bound on the expected number, over the rate allowed, less what is driven",
        )
    elif got[0] == "launch":
        c.close(got[1], 0.0, what=f"{what}: kilometres", hint="nothing more is needed")
    else:
        c.close(
            got[1],
            0.0,
            what=f"{what}: the bound holds already; kilometres",
            slips=slips,
            hint="compare the bound with what is allowed",
        )
    c.equal(
        str(got[0]), want, what=what, hint="compare the price of the further kilometres with the budget"
    )
