# 6i · Recognition
# Made from lessons/06i_recognition.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
dataset: str = "digits"  # which images: embedded 8 × 8, MNIST's 28 × 28, or blood cells in colour  in {digits, mnist, bccd}
sizes: list[int] = [50, 250, 1400]  # numbers of training images in the race  in [20, 60000]
trials: int = 2  # races at each size, with other images and other first weights  in [2, 20]
steps: int = 250  # training steps of each racer  in [20, 100000]
final_steps: int = 200  # training steps of the last model, on all images  in [20, 100000]

# %% 6i.1 asks about layer_facts
import numpy as np
import torch

cases = [
    (14, 2, 4, 5, 2, 0),
    (28, 3, 5, 5, 1, 2),
    (8, 1, 16, 3, 1, 1),
    (28, 3, 5, 5, 2, 2),
    (10, 4, 3, 3, 2, 1),
    (7, 6, 2, 7, 1, 0),
    (224, 3, 64, 7, 2, 3),
    (12, 5, 8, 1, 4, 0),
]
for given in cases:
    side_, inputs_, outputs_, window_, stride_, border_ = given
    out = (side_ + 2 * border_ - window_) // stride_ + 1
    seen_ = inputs_ * window_**2
    what = "side {}, {} -> {} channels, window {}, stride {}, border {}".format(*given)
    answer = layer_facts(*given)
    three = isinstance(answer, (tuple, list, np.ndarray)) or torch.is_tensor(answer)
    c.true(answer is ... or (three and len(answer) == 3), f"{what}: three numbers are wanted")
    rounded_up = -((side_ + 2 * border_ - window_) // -stride_) + 1
    starts_ = [at * stride_ - border_ for at in range(out)]
    inside_ = sum(min(at + window_, side_) - max(at, 0) for at in starts_)
    c.close(
        answer[0],
        out,
        what=f"{what}: the side of the output",
        rtol=0,
        slips={
            "the rim lies on both sides of the image": (side_ + border_ - window_) // stride_ + 1,
            "the window stands somewhere before its first step": out - 1,
            "a last step that runs over the edge is not taken": rounded_up,
            "the window has a size itself": (side_ + 2 * border_) // stride_,
            "the rim belongs to what the window walks over": (side_ - window_) // stride_ + 1,
            "a number of places is whole": (side_ + 2 * border_ - window_) / stride_ + 1,
        },
        hint="count the places of the window's left edge",
    )
    c.close(
        answer[1],
        outputs_ * (seen_ + 1),
        what=f"{what}: the weights",
        rtol=0,
        slips={
            "each output channel has a bias": outputs_ * seen_,
            "a window looks at all input channels": outputs_ * (window_**2 + 1),
            "one bias alone is counted": outputs_ * seen_ + 1,
            "a bias belongs to an output channel, not to each channel seen": outputs_ * (seen_ + inputs_),
            "the weights are shared by all places": outputs_ * (seen_ + 1) * out**2,
            "a window is a square": outputs_ * (inputs_ * window_ + 1),
        },
        hint="a window has weights for every channel that it looks at",
    )
    c.close(
        answer[2],
        outputs_ * out**2 * seen_,
        what=f"{what}: the multiplications",
        rtol=0,
        slips={
            "the window stands at the places of the output, not of the input": outputs_
            * side_**2
            * seen_,
            "a bias is added, it multiplies nothing": outputs_ * out**2 * (seen_ + 1),
            "the window moves in two directions": outputs_ * out * seen_,
            "every place of the output multiplies anew": outputs_ * seen_,
            "each output channel has a window of its own": out**2 * seen_,
            "zeros of the rim are multiplied, too": outputs_ * inputs_ * inside_**2,
        },
        hint="count the output numbers, then ask what one of them costs",
    )

# %% 6i.2 asks about receptive_field
import math

cases = [
    [(3, 1)],
    [(5, 2)],
    [(3, 1), (3, 1)],
    [(3, 1), (3, 1), (2, 2), (3, 1), (2, 2)],
    [(7, 2), (3, 2), (3, 1), (3, 2), (1, 1), (7, 1)],
    [(3, 2), (5, 3)],
    [(2, 2)] * 5,
    [(1, 1), (4, 4), (1, 2), (3, 1)],
    [],
]
for layers_ in cases:
    sees_, apart_, late, jump, wrong_end = 1, 1, 1, 1, 1
    touched_ = {0}
    for window_, stride_ in reversed(layers_):
        touched_ = {at * stride_ + k for at in touched_ for k in range(window_)}
    for window_, stride_ in layers_:
        wrong_end = (wrong_end - 1) * stride_ + window_
        sees_, apart_ = sees_ + (window_ - 1) * apart_, apart_ * stride_
        jump *= stride_
        late += (window_ - 1) * jump
    c.close(
        receptive_field(layers_),
        sees_,
        what=f"layers {layers_}",
        rtol=0,
        slips={
            "a pixel sees itself": sees_ - 1 if len(layers_) < 2 else sees_,
            "a pixel that is skipped lies in the square, too": len(touched_),
            "strides spread the windows of later layers": 1 + sum(w - 1 for w, _ in layers_),
            "a layer looks before it strides": late,
            "windows overlap, so their sizes do not add up": sum(w for w, _ in layers_),
            "that would be windows side by side": math.prod(w for w, _ in layers_),
            "that is the way between two outputs": apart_,
            "the layers are walked through from the wrong end": wrong_end,
        },
        hint="what one output sees, and how far two neighbours lie apart, are two numbers",
    )

# %% 6i.3 asks about back_together
from torch.nn import functional as F
import torch

for N_, C_, rows_, p_ in [
    (2, 1, 4, 2),
    (3, 3, 2, 4),
    (1, 2, 3, 3),
    (2, 4, 1, 5),
    (2, 5, 4, 1),
    (4, 3, 5, 2),
]:
    images_ = torch.arange(N_ * C_ * (rows_ * p_) ** 2, dtype=torch.float32)
    images_ = images_.reshape(N_, C_, rows_ * p_, rows_ * p_)
    parts = F.unfold(images_, p_, stride=p_).transpose(1, 2).contiguous()
    answer = back_together(parts, C_)
    what = f"{N_} images of {C_} channels, {rows_} x {rows_} patches of {p_} x {p_}"
    apart_ = parts.reshape(N_, rows_, rows_, C_, p_, p_)
    shape_ = images_.shape
    c.close(
        answer,
        images_,
        what=what,
        rtol=0,
        slips={
            "the numbers were only cut anew; none has changed its place": parts.reshape(shape_),
            "rows and columns of patches have changed places": apart_.permute(0, 3, 2, 4, 1, 5).reshape(
                shape_
            ),
            "inside a patch, rows and columns have changed places": apart_.permute(
                0, 3, 1, 5, 2, 4
            ).reshape(shape_),
            "the image is turned over: rows have become columns": images_.transpose(2, 3),
            "the rows of one patch must be followed by those of the same patch": apart_.permute(
                0, 3, 4, 1, 5, 2
            ).reshape(shape_),
            "a token has the numbers of one channel after those of another, not pixel by pixel": parts.reshape(
                N_, rows_, rows_, p_, p_, C_
            )
            .permute(0, 5, 1, 3, 2, 4)
            .reshape(shape_),
        },
        hint="name the axes; the row of a pixel is the row of its patch and the row inside it",
    )

# %% 6i.4 asks about crossing
import math

cases = [
    ([100, 1000], [0.2, 0.1], [0.4, 0.02]),
    ([50, 200, 800, 3200], [0.2, 0.12, 0.1, 0.09], [0.5, 0.2, 0.06, 0.03]),
    ([10, 40, 90], [0.3, 0.2, 0.1], [0.5, 0.3, 0.11]),
    ([10, 40, 90], [0.3, 0.2, 0.1], [0.2, 0.1, 0.05]),
    ([10, 40, 90], [0.3, 0.2, 0.1], [0.4, 0.2, 0.05]),
    ([10, 40, 160], [0.3, 0.2, 0.1], [0.2, 0.3, 0.05]),
    ([10, 40, 160, 500, 900], [0.4, 0.2, 0.2, 0.1, 0.1], [0.5, 0.1, 0.3, 0.3, 0.0]),
    ([5, 50, 500], [0.25, 0.25, 0.25], [0.25, 0.5, 0.125]),
    ([30, 300], [0.5, 0.5], [0.75, 0.5]),
    ([30, 300, 400], [0.5, 0.5, 0.5], [0.5, 0.5, 0.25]),
    ([10, 40, 90, 300], [0.5, 0.25, 0.25, 0.25], [0.5, 0.5, 0.25, 0.5]),
    ([20, 60], [0.25, 0.25], [0.125, 0.5]),
    ([100], [0.25], [0.5]),
]

def turn(sizes_, a_, b_, way):
    """Where b stops being worse, with a mean `way` of going between two sizes."""
    for i in range(len(sizes_) - 1):
        x, y = b_[i] - a_[i], b_[i + 1] - a_[i + 1]
        if x > 0 >= y:
            return way(sizes_[i], sizes_[i + 1], x / (x - y))
    return None

ways = {
    "the errors run straight over the logarithm of the size": lambda m, n, t: m + (n - m) * t,
    "that is the last size at which b was worse": lambda m, n, t: m,
    "that is the first measured size after the crossing": lambda m, n, t: n,
    "that is half way between two sizes": lambda m, n, t: math.sqrt(m * n),
    "that is half way between the two sizes": lambda m, n, t: (m + n) / 2,
    "the share of the way is counted from the wrong end": lambda m, n, t: m * (n / m) ** (1 - t),
    "that is a logarithm; a number of images is wanted": lambda m, n, t: math.log(m * (n / m) ** t),
}
for sizes_, a_, b_ in cases:
    wanted = turn(sizes_, a_, b_, lambda m, n, t: m * (n / m) ** t)
    answer = crossing(sizes_, a_, b_)
    what = f"sizes {sizes_}, a {a_}, b {b_}"
    if wanted is None:
        c.true(answer is ... or answer is None, f"{what}: b does not cross here, so None is wanted")
        continue
    c.true(answer is not None, f"{what}: b is worse first and not worse later, so there is a crossing")
    slips = {text: turn(sizes_, a_, b_, way) for text, way in ways.items()}
    slips["a number of images is not rounded here"] = round(wanted)
    if min(*a_, *b_) > 0:
        logs = [[math.log(error) for error in errors] for errors in (a_, b_)]
        slips["the errors run straight, not their logarithms"] = turn(
            sizes_, *logs, lambda m, n, t: m * (n / m) ** t
        )
    other = turn(sizes_, b_, a_, lambda m, n, t: m * (n / m) ** t)
    if other is not None:
        slips["there it is a that catches up with b"] = other
    slips = {text: slip for text, slip in slips.items() if not math.isclose(slip, wanted, rel_tol=2e-5)}
    c.close(
        answer,
        wanted,
        what=what,
        rtol=1e-5,  # float32 is enough
        slips=slips,
        hint="first find the two neighbours, then the share of the way on the logarithmic scale",
    )

# %% 6i.5 asks about cheapest_threshold
import math
import numpy as np
import torch

made = np.random.default_rng(6)
s1 = made.integers(40, 100, 64) / 100  # means over 64 and 32 images are exact, so ties stay ties
cases = [
    ([0.9, 0.6, 0.8, 0.5], [True, False, True, False], 8, 1),
    ([0.9, 0.6, 0.8, 0.5], [True, False, True, False], 1, 2),
    ([0.7, 0.99, 0.7, 0.7, 0.95], [True, False, True, False, True], 16, 1),
    ([0.5, 0.9, 0.9, 0.7], [False, True, False, True], 4, 2),
    ([0.625, 0.875], [True, True], 8, 1),
    ([0.5, 0.75, 0.75, 1.0], [True, False, True, True], 8, 0),
    (s1, made.random(64) < s1, 4, 1),
    (s1, made.random(64) < s1, 16, 0.5),
    (s1[:32], made.random(32) < 0.5, 2, 0.5),
]

def cost_of(t, s, r, error, person, mine=np.greater_equal):
    machine = mine(s, t)
    return ((machine & ~r).sum() * error + (~machine).sum() * person) / len(s)

for sure_, right_, error_, person_ in cases:
    s_, r_ = np.array(sure_), np.array(right_, bool)
    options_ = [*np.unique(s_), math.inf]
    costs_ = [cost_of(t, s_, r_, error_, person_) for t in options_]
    at_ = int(np.argmin(np.round(costs_, 12)))
    what = f"{len(s_)} images, error {error_}, person {person_}"
    answer = cheapest_threshold(sure_, right_, error_, person_)
    pair_ = isinstance(answer, (tuple, list, np.ndarray)) or torch.is_tensor(answer)
    c.true(
        answer is ... or (pair_ and len(answer) == 2),
        f"{what}: two numbers are wanted, threshold and cost",
    )
    never, always = float(person_), float((~r_).mean() * error_)
    above = [cost_of(t, s_, r_, error_, person_, np.greater) for t in options_]
    slips = {
        "that is the cost of all images together; the mean is wanted": costs_[at_] * len(s_),
        "whoever is exactly as sure as the threshold is answered by the machine": min(above),
        "the machine may also be left out altogether": min(costs_[:-1]),
        "the person costs something": min(cost_of(t, s_, r_, error_, 0) for t in options_),
        "that is the machine alone, without a person": always,
        "that is the person alone": never,
        "the machine answers the sure ones, not the unsure": min(
            cost_of(t, s_, r_, error_, person_, np.less) for t in options_
        ),
    }
    slips = {
        text: slip for text, slip in slips.items() if not math.isclose(slip, costs_[at_], abs_tol=1e-9)
    }
    c.close(
        answer[1],
        costs_[at_],
        what=f"{what}: the mean cost",
        rtol=1e-6,
        slips=slips,
        hint="write the cost of one threshold, then try them all",
    )
    ties = [
        t
        for t, cost_ in zip(options_, costs_, strict=True)
        if math.isclose(cost_, costs_[at_], abs_tol=1e-9)
    ]
    before_ = options_[max(options_.index(ties[0]) - 1, 0)]
    c.close(
        answer[0],
        ties[0],
        what=f"{what}: the threshold",
        rtol=1e-6,
        slips={
            "of equally cheap thresholds the lowest is wanted": ties[-1],
            "whoever is exactly as sure as the threshold is answered by the machine": before_,
        },
        hint="candidates are the values that occur, and infinity; of equally cheap ones the lowest",
    )
