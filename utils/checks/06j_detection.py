# 6j · Detection
# Made from lessons/06j_detection.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
dataset: str = "warehouse"  # what is on the photos  in {warehouse, bccd}
photos: int = 1500  # photos to learn from (bccd has 205)  in [60, 100000]
steps: int = 350  # training steps of each detector  in [10, 100000]
width: int = 16  # channels of the first layer  in {4, 8, 12, 16, 24, 32, 48, 64}
miss: float = 50.0  # euros that an overlooked part costs (invented)  in [0, 100000]
alarm: float = 2.0  # euros that a false alarm costs (invented)  in (0, 100000]

# %% 6j.1 asks about soft_scores
import math

def common(a, b):
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(across, 0) * max(down, 0)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)

def soft(boxes_, scores_, fall, live=True, again=True, taken=False):
    """Soft suppression, and what its usual slips give."""
    now, left = list(scores_), list(range(len(scores_)))
    while left:
        best = max(left, key=lambda n: (now if live else scores_)[n])
        left.remove(best)
        for n in range(len(now)) if taken else left:
            if n != best:
                factor = fall(common(boxes_[best], boxes_[n]))
                now[n] = now[n] * factor if again else min(now[n], scores_[n] * factor)
    return now

cases = [
    ([(0, 0, 4, 4)], [0.3], 0.5),
    ([(0, 0, 4, 4), (2, 0, 6, 4)], [0.8, 0.6], 0.5),
    ([(2, 0, 6, 4), (0, 0, 4, 4)], [0.6, 0.8], 0.5),
    ([(0, 0, 4, 4), (9, 9, 12, 12)], [0.8, 0.6], 0.5),
    ([(0, 0, 10, 10), (1, 0, 11, 10), (8, 0, 18, 10)], [0.9, 0.8, 0.7], 0.3),
    ([(0, 0, 10, 10), (1, 0, 11, 10), (6, 0, 16, 10), (5, 5, 15, 15)], [0.5, 0.9, 0.85, 0.6], 0.8),
    ([(0, 0, 4, 4), (1, 0, 5, 4)], [0.5, 0.5], 0.2),
    ([(0, 0, 4, 4), (0, 0, 4, 4), (1, 0, 5, 4)], [0.9, 0.6, 0.5], 0.5),
    ([], [], 0.5),
]
for boxes_, scores_, sigma_ in cases:

    def bell(o, s=sigma_):
        return math.exp(-(o**2) / s)

    c.close(
        soft_scores(boxes_, scores_, sigma_),
        soft(boxes_, scores_, bell),
        what=f"boxes with scores {scores_}, sigma {sigma_}"
        + (", two boxes in one place" if len(set(boxes_)) < len(boxes_) else ""),
        hint="follow three boxes with pencil, round by round",
        slips={
            "the next box is the best by the scores as they stand now": soft(
                boxes_, scores_, bell, live=False
            ),
            "a score is lowered anew in every round": soft(boxes_, scores_, bell, again=False),
            "a box that was taken keeps its score": soft(boxes_, scores_, bell, taken=True),
            "the overlap is to be squared": soft(boxes_, scores_, lambda o, s=sigma_: math.exp(-o / s)),
            "sigma stands below the squared overlap, once": soft(
                boxes_, scores_, lambda o, s=sigma_: math.exp(-(o**2) / (2 * s * s))
            ),
            "sigma divides": soft(boxes_, scores_, lambda o, s=sigma_: math.exp(-(o**2) * s)),
            "that is the linear form; the Gaussian one is asked for": soft(
                boxes_, scores_, lambda o: 1 - o
            ),
            "no score has changed": list(scores_),
            "of equal scores the first in the list is taken first": soft(
                boxes_[::-1], scores_[::-1], bell
            )[::-1],
            "the scores belong in the order of the input": sorted(
                soft(boxes_, scores_, bell), reverse=True
            ),
        },
    )

# %% 6j.2 asks about two_areas
c.close(
    two_areas,
    [(2 + 3 / 4 + 4 / 7) / 5, 3.8 / 5],
    rtol=0,
    atol=6e-4,
    hint="four rectangles, each one fifth wide",
    slips={
        "one true box was never found; it counts too": [(2 + 3 / 4 + 4 / 7) / 4, 3.8 / 4],
        "that is the mean precision over all boxes found, hits or not": [
            (1 + 1 + 2 / 3 + 3 / 4 + 3 / 5 + 1 / 2 + 4 / 7) / 7,
            (1 + 1 + 1 + 3 / 4 + 4 / 5 + 4 / 6 + 4 / 7) / 7,
        ],
        "that is the recall at the end": [4 / 5, 4 / 5],
        "that is the precision at the end": [4 / 7, 4 / 7],
        "(a) and (b) have changed places": [3.8 / 5, (2 + 3 / 4 + 4 / 7) / 5],
        "in (b) the hit moves; it does not come twice": [(2 + 3 / 4 + 4 / 7) / 5, (3.8 + 5 / 8) / 5],
        "in (b) all seven boxes are still there, and the curve changes": [(2 + 3 / 4 + 4 / 7) / 5] * 2,
    },
)

# %% 6j.3 asks about lost
cases = [
    ([], 8, 0, "without parts none is lost"),
    ([(0, 0, 6, 6)], 8, 0, "one part"),
    ([(0, 0, 6, 6), (1, 1, 7, 7)], 8, 1, "two middles in one cell"),
    ([(0, 0, 6, 6), (0, 0, 8, 8), (1, 1, 7, 7)], 8, 2, "three middles in one cell: two are lost"),
    ([(0, 0, 6, 6), (10, 0, 16, 6)], 8, 0, "two cells beside each other"),
    ([(0, 0, 6, 6), (0, 10, 6, 16)], 8, 0, "two cells below each other"),
    ([(0, 0, 14, 6), (2, 0, 14, 6)], 8, 0, "middles at x = 7 and at x = 8, on the line"),
    ([(0, 0, 6, 14), (0, 2, 6, 14)], 8, 0, "middles at y = 7 and at y = 8, on the line"),
    ([(0, 8, 6, 24), (8, 0, 24, 6)], 8, 0, "the same two numbers in another order are another cell"),
    ([(0, 0, 6, 6), (1, 1, 7, 7), (20, 0, 26, 6), (19, 1, 25, 7)], 8, 2, "two pairs in two cells"),
    ([(0, 0, 6, 6), (10, 0, 16, 6)], 16, 1, "a coarser grid"),
    ([(0.0, 0.0, 7.9, 7.9), (3.0, 3.0, 12.9, 12.9)], 8.0, 1, "corners that are not whole"),
    ([(0, 0, 20, 20), (1, 1, 3, 3)], 8, 0, "the corner's cell is not the middle's"),
    ([(0, 0, 40, 6), (0, 0, 38, 6), (34, 0, 46, 6)], 8, 1, "middles at x = 20, 19 and 40"),
    ([(46, 0, 54, 6), (0, 8, 6, 14), (60, 0, 68, 6)], 8, 0, "a photo wider than those of the lesson"),
    ([(0, 46, 6, 54), (0, 60, 6, 68)], 8, 0, "a photo higher than those of the lesson"),
]
for boxes_, stride_, expected, what in cases:
    c.equal(
        lost(boxes_, stride_),
        expected,
        what=what,
        hint="name each part's cell by its column and its row, then compare names",
    )

# %% 6j.4 asks about cheapest
import math

def priced(t, scores_, hits_, truths_, miss_, alarm_, strictly=False):
    counts = [
        hit for hit, score in zip(hits_, scores_, strict=True) if (score > t if strictly else score >= t)
    ]
    return miss_ * (truths_ - sum(counts)) + alarm_ * (len(counts) - sum(counts))

cases = [
    (
        [0.9, 0.6, 0.5, 0.3],
        [True, False, True, True],
        4,
        10.0,
        1.0,
        100.0,
        "the low hits are worth an alarm",
    ),
    ([0.9, 0.6, 0.3], [True, False, True], 2, 1.0, 10.0, 100.0, "alarms are dear"),
    ([0.3, 0.9, 0.6], [True, True, False], 2, 10.0, 1.0, 100.0, "the scores are not sorted"),
    ([0.5, 0.5, 0.9], [True, False, True], 3, 10.0, 2.0, 100.0, "two equal scores come in together"),
    ([0.8], [False], 2, 4.0, 3.0, 100.0, "only a false box: no box should count"),
    ([], [], 2, 4.0, 3.0, 100.0, "no boxes at all"),
    (
        [0.9, 0.2],
        [True, False],
        1,
        5.0,
        0.0,
        100.0,
        "alarms are free: of equal costs the highest threshold",
    ),
    ([0.2, 0.9], [False, True], 1, 5.0, 0.0, 100.0, "the same boxes in another order"),
    ([0.9, 0.6], [True, True], 5, 10.0, 1.0, 25.0, "the clerk is cheaper"),
    ([0.9, 0.6], [True, True], 5, 10.0, 1.0, 30.0, "the clerk costs the same"),
    ([0.9, 0.8, 0.7, 0.6], [False, False, True, True], 2, 3.0, 2.0, 50.0, "a bad beginning pays later"),
    ([0.9], [True], 4, 1.0, 1.0, 0.0, "the clerk is free"),
    ([0.7, 0.4], [False, True], 1, 2.0, 2.0, 9.0, "of equal costs the highest threshold, here infinity"),
]
for scores_, hits_, truths_, miss_, alarm_, clerk_, what in cases:
    given = (scores_, hits_, truths_, miss_, alarm_)
    ways = [(t, priced(t, *given)) for t in [math.inf, *sorted(set(scores_), reverse=True)]]
    t, euros = min(ways, key=lambda way: way[1])
    want = (t, euros) if euros <= clerk_ else (None, clerk_)
    answer = cheapest(*given, clerk_)
    pair = isinstance(answer, (tuple, list)) and len(answer) == 2
    c.true(
        ... if answer is ... else pair,
        f"{what}: return two things in a tuple, the threshold and the cost",
    )
    strict = min(priced(t, *given, strictly=True) for t in [math.inf, *scores_])
    slips = {
        "the threshold comes first, then the cost": math.nan if want[0] is None else want[0],
        "there is also the clerk": euros,
        "a box whose score is the threshold counts": strict,
        "no box at all is a way too": min([priced(t, *given) for t in scores_] or [0.0]),
        "parts that no box has found cost too": min(
            miss_ * (sum(hits_) - sum(h for h, s in zip(hits_, scores_, strict=True) if s >= t))
            + alarm_ * sum((not h) for h, s in zip(hits_, scores_, strict=True) if s >= t)
            for t, _ in ways
        ),
        "the two prices have changed places": min(
            priced(t, scores_, hits_, truths_, alarm_, miss_) for t, _ in ways
        ),
    }
    slips = {text: slip for text, slip in slips.items() if slip != want[1]}
    c.close(
        answer[1], want[1], what=f"{what}: the cost", slips=slips, hint="write down the cost of every way"
    )
    if want[0] is None:
        c.true(answer[0] is None, f"{what}: the threshold is None, the clerk does it")
    else:
        c.true(answer[0] is not None, f"{what}: the clerk is not cheaper here")
        c.close(
            answer[0],
            want[0],
            what=f"{what}: the threshold",
            hint="which boxes count there? and which threshold is wanted of equally cheap ones?",
        )

# %% 6j.5 asks about switched
cases = [
    ([], {}, "no frames"),
    ([{"a": 1}], {"a": 0}, "one part, found once"),
    ([{"a": 1}, {"a": 1}, {"a": 1}], {"a": 0}, "the same name all along"),
    ([{"a": 1}, {"a": 2}], {"a": 1}, "another name"),
    ([{"a": 1}, {"a": 2}, {"a": 1}], {"a": 2}, "there and back is two switches"),
    ([{"a": 1}, {}, {"a": 2}], {"a": 1}, "another name after a gap"),
    ([{"a": 1}, {}, {}, {"a": 1}], {"a": 0}, "the same name after a gap"),
    ([{"a": 1, "b": 2}, {"a": 2, "b": 1}], {"a": 1, "b": 1}, "two parts swap names"),
    ([{"a": 1}, {"b": 1}], {"a": 0, "b": 0}, "one name, two parts: no part has changed its name"),
    ([{}, {"a": 5}, {"a": 5, "b": 0}, {"b": 7}], {"a": 0, "b": 1}, "a name may be 0"),
    ([{"a": 1}, {"a": 2}, {"a": 3}, {"a": 3}, {"a": 4}], {"a": 3}, "three switches"),
    ([{"a": None}, {"a": 1}], {"a": 1}, "a name may be None"),
    ([{3: 1, 4: 2}, {4: 2}, {3: 2, 4: 1}], {3: 1, 4: 1}, "parts with numbers"),
]
for frames_, expected, what in cases:
    answer = switched(frames_)
    c.true(answer is ... or isinstance(answer, dict), f"{what}: return a dict {{part: switches}}")
    c.equal(answer, expected, what=what, hint="walk through the frames of one part with pencil")
