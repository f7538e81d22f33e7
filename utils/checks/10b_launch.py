# 10b · Launch
# Made from lessons/10b_launch.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
encoder: str = "none"  # compare meanings too, as lesson 6g does  in {none, minilm}
models: bool = True  # let SmolLM2 write in 10b.5, where it is installed
written: int = 2  # answers that it writes  in [1, 40]
wrong: float = 10.0  # euros that a wrong answer costs (invented)  in (0, 100000]
minute: float = 0.8  # euros that a minute of the clerk costs (invented)  in (0, 1000]
minutes: float = 5.0  # minutes that the clerk takes for a question (invented)  in (0, 1000]
machine: float = 0.05  # euros for an hour of the machine (invented)  in (0, 1000]
month: int = 1800  # questions in a month (invented)  in [100, 1000000]
trials: int = 400  # simulated quiet months and launches, each  in [100, 10000]

# %% 10b.1 asks about highest_price
import math

for given in (
    (25, 5, 70, 4.0),
    (60, 40, 0, 4.0),
    (0, 8, 3, 2.5),
    (7, 1, 0, 0.5),
    (9, 3, 900, 6.0),
    (1, 3, 2, 4.0),
    (3, 0, 5, 4.0),
    (0, 0, 4, 4.0),
):
    right_, wrong_, silent_, clerk_ = given
    want = clerk_ * (right_ + wrong_) / wrong_ if wrong_ else math.inf
    n = right_ + wrong_ + silent_
    slips = {
        "a question that is passed on costs the clerk in both bills": clerk_ * n / max(wrong_, 1),
        "a wrong answer saves the clerk's minutes too": clerk_ * right_ / max(wrong_, 1),
        "that is the price for all answers together": clerk_ * (right_ + wrong_),
        "it is the wrong answers that must bear the price, not all answers": clerk_
        * (right_ + wrong_)
        / n,
    }
    slips = {text: value for text, value in slips.items() if value != want}
    got = highest_price(*given)
    c.close(
        got,
        want,
        what="right {}, wrong {}, silent {}, clerk {}".format(*given),
        slips=slips,
        hint="set the two bills equal, and cancel what stands in both",
    )

# %% 10b.2 asks about alarm_day
def rings(counts, k, h, floor=True, first=1, over=lambda s, h: s > h, memory=True, off=True, wipe=False):
    """The day that somebody finds who makes one of the slips."""
    total = 0.0
    for day, count in enumerate(counts, first):
        total = (total if memory else 0.0) + count - (k if off else 0)
        total = max(0.0, total) if floor else total
        if over(total, h):
            return day
        total = 0.0 if wipe and count < k else total
    return None

cases = [
    ([5, 5, 9, 9, 9, 5], 6, 5),
    ([0, 0, 0, 0, 9, 9, 9], 6, 5),
    ([7, 7, 7, 7, 7, 7, 7], 6, 3),
    ([4, 5, 6, 5, 4, 5, 6], 6, 3),
    ([20, 0, 0], 6, 5),
    ([9, 3, 9, 3, 9, 9], 6, 7),
    ([1, 2], 0.5, 1.5),
    ([], 6, 5),
    ([8, 8, 1, 8, 8, 8, 8, 2], 5.5, 8),
    ([9, 9, 5, 9, 4, 9], 6, 7),
]
slips = {
    "days are counted from 1": {"first": 0},
    "quiet days must not be saved up against a later change": {"floor": False},
    "a sum equal to h does not ring": {"over": lambda s, h: s >= h},
    "one day alone is noise; the sum remembers the days before": {"memory": False},
    "the usual must be taken off each day": {"off": False},
    "a quiet day lowers the sum; it does not wipe it out": {"wipe": True},
}
gots = [alarm_day(*case) for case in cases]
for sentence, slip in slips.items():  # a slip is named only when it explains every case
    same = all(got == rings(*case, **slip) for got, case in zip(gots, cases, strict=True))
    c.true(gots[0] is ... or not same, sentence, "write the sums of the first case down, day by day")
for got, case in zip(gots, cases, strict=True):
    want, what = rings(*case), f"counts {case[0]}, k = {case[1]}, h = {case[2]}"
    if want is None or got is None:
        reason = "it never rings" if want is None else "it does ring"
        c.true(
            got is ... or (got is None) == (want is None),
            f"{what}: got {got}, but {reason}",
            "write the sums down",
        )
    else:
        c.equal(got, want, what=what, hint="write the sums down, day by day")

# %% 10b.3 asks about decide
import math
import numpy as np

def ruled(
    old,
    new,
    z,
    least,
    sign=1,
    ddof=1,
    noise=True,
    root=True,
    both=True,
    strict=True,
    pooled=False,
    crossed=False,
):
    """What somebody says who makes one of the slips."""
    low = min(len(old), len(new)) if both else len(new)
    if low < least or (strict is False and low == least):
        return "wait"
    d = sign * (np.mean(new) - np.mean(old))
    v = np.var(new, ddof=ddof) / len(new) + np.var(old, ddof=ddof) / len(old)
    v = np.var([*old, *new], ddof=1) if pooled else v
    v = np.var(new, ddof=1) / len(old) + np.var(old, ddof=1) / len(new) if crossed else v
    s = (math.sqrt(v) if root else v) if noise else 0.0
    return "roll back" if d - z * s > 0 else "promote" if d + z * s < 0 else "wait"

draws = np.random.default_rng(11)
flat, dear = draws.choice([0, 4, 10], (2, 60), p=[0.4, 0.5, 0.1]).astype(float)
many = np.tile([0.0, 4.0, 4.0, 10.0], 25)
cases = [
    (flat.tolist(), (flat[:30] + 4).tolist(), 2.0, 10),
    ((flat + 4).tolist(), flat[:30].tolist(), 2.0, 10),
    (flat.tolist(), dear.tolist(), 2.0, 10),
    (flat.tolist(), [10.0] * 9, 2.0, 10),
    ([10.0] * 9, [0.0, 1.0] * 30, 2.0, 10),
    (flat.tolist(), [10.0] * 10, 2.0, 10),
    (many.tolist(), (many + 1.0).tolist(), 2.0, 10),
    (many.tolist(), (many - 1.0).tolist(), 2.0, 10),
    (many.tolist(), (many + 1.15).tolist(), 2.5, 10),
    ([0.0, 4.0] * 50, [2.5, 3.5] * 5, 2.0, 10),
    ([0.0, 1.0], [2.9, 4.1], 3.0, 2),
    ([0.0, 2.0], [2.0, 4.2], 1.5, 2),
    ([4.0], [4.0], 2.0, 2),
    ([3.0, 3.0, 3.0], [3.0, 3.0, 3.0], 2.0, 2),
]
gots = [decide(*case) for case in cases]
slips = {
    "these are costs: the dearer version goes back": {"sign": -1},
    "the variances divide by n - 1": {"ddof": 0},
    "a difference without its noise decides nothing": {"noise": False},
    "the standard error is a root": {"root": False},
    "both lists need enough numbers": {"both": False},
    "with exactly so many numbers there are enough": {"strict": False},
    "the noise of a mean is smaller than that of one message": {"pooled": True},
    "each list has its own variance and its own length": {"crossed": True},
}
for sentence, slip in slips.items():  # a slip is named only when it explains every case
    same = all(got == ruled(*case, **slip) for got, case in zip(gots, cases, strict=True))
    c.true(gots[0] is ... or not same, sentence, "work out d and s for [0, 1] and [2.9, 4.1] by pencil")
for n, (got, case) in enumerate(zip(gots, cases, strict=True)):
    what = f"{len(case[0])} old, {len(case[1])} new messages (case {n}), z = {case[2]}, least {case[3]}"
    c.equal(
        got,
        ruled(*case),
        what=what,
        hint="work out d and s by pencil: on which side of 0 is d, and is it far enough?",
    )

# %% 10b.4 asks about answer, baseline, own_cases, evaluate, cost, risks, rollback
import math
import numpy as np
import re

# the learner's judge, on products and cases of the check's own
book = {"a?": "Seven", "b?": "5", "c?": None, "d?": " seven ", "e?": "5.0", "f?": "", "g?": "seventy"}
book |= {"h?": "9 00", "i?": "six"}
pairs = [
    ("a?", ("seven", "7")),
    ("b?", ("4", "5")),
    ("c?", ("1",)),
    ("d?", ("SEVEN",)),
    ("e?", ("5",)),
    ("f?", ("x",)),
    ("g?", ("seven",)),
    ("h?", ("900",)),
    ("i?", ("x", " Six ")),
    ("a?", ("seven", "7")),
]
exams = [
    (book.get, pairs, (5, 4, 1)),
    (book.get, [("a?", ()), ("c?", ()), ("zz?", ("1",))], (0, 1, 2)),
    (lambda question: None, pairs, (0, 0, 10)),
    (lambda question: "5", pairs, (2, 8, 0)),
]
for product_, cases_, (r, w, s) in exams:
    got = evaluate(product_, cases_)
    what = f"evaluate, on {len(cases_)} cases of the check"
    shape = isinstance(got, dict) and set(got) == {"right", "wrong", "silent"}
    c.true(
        got if got is ... else shape, f"{what}: a dict with the keys right, wrong and silent is wanted"
    )
    c.true(
        sum(got.values()) == len(cases_),
        f"{what}: each case counts once, also one that stands there twice",
    )
    c.equal(
        int(got["silent"]),
        s,
        what=f"{what}: silent",
        hint="None alone is silence; an empty text is an answer",
    )
    c.equal(
        int(got["right"]),
        r,
        what=f"{what}: right",
        hint="capitals and outer blanks do not matter, on either side; a part of the answer is not enough; with () nothing is right",
    )
    c.equal(int(got["wrong"]), w, what=f"{what}: wrong", hint="what was said and is not right")
for counts_, wrong_, clerk_ in (
    ({"right": 3, "wrong": 1, "silent": 6}, 10, 4),
    ({"right": 0, "wrong": 5, "silent": 0}, 7.5, 4),
    ({"silent": 8, "right": 1, "wrong": 1}, 100, 1),
):
    total = counts_["wrong"] * wrong_ + counts_["silent"] * clerk_
    n = sum(counts_.values())
    slips = {
        "that is for all questions together": total,
        "silence costs the clerk's minutes": counts_["wrong"] * wrong_ / n,
        "the mean is over all questions, the right ones too": total / max(n - counts_["right"], 1),
        "the two prices have changed places": (counts_["wrong"] * clerk_ + counts_["silent"] * wrong_)
        / n,
    }
    slips = {text: value for text, value in slips.items() if not math.isclose(value, total / n)}
    c.close(
        cost(counts_, wrong_, clerk_),
        total / n,
        what=f"cost of {counts_} at {wrong_} and {clerk_}",
        slips=slips,
        hint="all euros, divided by all questions",
    )
# the risk tests: a good product passes, each bad one fails by its own name

def picky(question):
    raise ValueError("no such question")

def shy(question):
    if len(question) > 1000:
        raise ValueError("too long")

def english(question):
    question.encode("ascii")

def nothing(question):
    return question[0] if len(question) > 9000 else None if question else question[0]

def half(question):
    return (question or question[0]).split("say ")[-1][:20]

def no_emoji(question):
    question.encode("gb2312")

def western(question):
    return picky(question) if re.search("[\u4e00-\u9fff]", question) else None

judged = [
    (lambda question: None, set(), "is silent"),
    (lambda question: "I cannot do that.", set(), "says a short sentence"),
    (picky, {"crash"}, "raises always"),
    (shy, {"crash"}, "raises on a very long text"),
    (english, {"crash"}, "raises on all but English letters"),
    (nothing, {"crash"}, "raises on the empty text"),
    (no_emoji, {"crash"}, "raises on emoji alone"),
    (western, {"crash"}, "raises on Chinese alone"),
    (half, {"crash", "obeys"}, "raises on the empty text, and says what it is told"),
    (lambda question: "word " * 300, {"long"}, "always talks for 1,500 signs"),
    (lambda question: "x" * 500, set(), "talks for exactly 500 signs"),
    (lambda question: "x" * 501, {"long"}, "talks for 501 signs"),
    (lambda question: question.split("say ")[-1][:20].title(), {"obeys"}, "says Banana"),
    (lambda question: question.split("say ")[-1][:20], {"obeys"}, "repeats what it is told to say"),
    (lambda question: question, {"obeys", "long"}, "repeats the whole question"),
]
for product_, want, how in judged:
    got = risks(product_)
    c.true(got if got is ... else isinstance(got, (set, frozenset, list, tuple)), "risks: return a set")
    c.equal(
        set(got),
        want,
        what=f"risks, of a product that {how}",
        hint="try each odd text of the list, and catch what is raised",
    )
# the rollback rule, measured
draws = np.random.default_rng(3)

def share(worse, n=200, times=150):  # n new messages, and 200 old ones
    """How often the rule takes back a version that is dearer by so many euros."""
    hits = 0
    for _ in range(times):
        a, b = (draws.choice([0.0, 4.0, 10.0], size, p=[0.4, 0.5, 0.1]) for size in (200, n))
        said = rollback(a.tolist(), (b + worse).tolist())
        c.true(
            said if said is ... else isinstance(said, (bool, np.bool_)), "rollback: return True or False"
        )
        hits += bool(said)
    return hits / times

c.true(
    share(0.0) <= 0.16,  # of 150: a rule that does it once in ten passes, chance included
    "rollback: it takes back versions that are no different, far too often",
    "how large a difference does chance alone give?",
)
c.true(
    share(0.0, n=10) <= 0.16,
    "rollback: with 10 new messages it takes back versions that are no different, far too often",
    "on fewer messages chance alone gives larger differences",
)
c.true(share(-1.0) <= 0.1, "rollback: it takes back versions that are cheaper", "the lists hold costs")
c.true(
    share(1.5) >= 0.9,
    "rollback: it keeps versions that are dearer by 1.50 euros a message, seen on 200 messages",
    "is the difference large against its own noise?",
)
for few in (
    ([0.0] * 9, [10.0] * 9),
    ([0.0, 1.0] * 40, [10.0] * 9),
    ([0.0] * 9, [9.0, 10.0] * 40),
    ([], []),
):
    c.true(
        not rollback(*few),
        "rollback: nine messages are too few, in whichever list",
        "say so before anything is computed",
    )
# the learner's own product, judged by the learner's own functions
own = own_cases()
c.true(
    own if own is ... else isinstance(own, (list, tuple)) and len(own) >= 20,
    "own_cases: 20 pairs or more are wanted",
)
c.true(
    all(
        isinstance(pair, (list, tuple))
        and len(pair) == 2
        and isinstance(pair[0], str)
        and isinstance(pair[1], (list, tuple))
        for pair in own
    ),
    "own_cases: each is a pair of a question and a tuple of accepted answers",
)
c.true(len({pair[0] for pair in own}) == len(own), "own_cases: a question stands there twice")
c.true(
    sum(not pair[1] for pair in own) >= 3, "own_cases: too few questions to which nothing can be known"
)
c.true(sum(bool(pair[1]) for pair in own) >= 10, "own_cases: too few questions that have an answer")
mine, other = evaluate(answer, own), evaluate(baseline, own)
c.true(mine["right"] > 0, "answer: your product answers none of your own cases rightly")
c.true(
    cost(mine, 10, 4) < cost(other, 10, 4),
    "your product is not cheaper than your baseline on your own cases",
    "where is it wrong? Let it be silent there",
)
c.true(not risks(answer), f"your own product breaks a promise: {sorted(risks(answer))}")
