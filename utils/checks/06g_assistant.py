# 6g · An assistant
# Made from lessons/06g_assistant.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
encoder: str = "minilm"  # the open model that compares texts  in {minilm}
model: str = "smollm2"  # the one that writes: smollm2, or the path of a GGUF file or of a checkpoint's folder
dataset: str = "shop"  # documents and questions  in {shop, squad_dev, xquad_en, xquad_zh}
paragraphs: int = 60  # documents taken from a public data set  in [20, 2067]
questions: int = 200  # questions taken from a public data set  in [100, 10570]
asked: int = 10  # questions that the writing model answers  in [8, 400]
wrong: float = 10.0  # euros that a wrong answer costs (invented)  in (0, 100000]
minute: float = 0.8  # euros that a minute of the clerk costs (invented)  in (0, 1000]
minutes: float = 5.0  # minutes that the clerk takes for a question (invented)  in (0, 1000]

# %% 6g.1 asks about judge_ranking
import numpy as np

cases = [
    (["b", "a", "c", "d"], ["a"], 1, (0.0, 1 / 2)),
    (["b", "a", "c", "d"], ["a"], 2, (1.0, 1 / 2)),
    (["e", "b", "c", "d", "a"], ["d", "a", "c"], 4, (2 / 3, 1 / 3)),
    (["a", "b", "c", "d"], ["d", "a"], 3, (0.5, 1.0)),
    (["b", "c"], ["a"], 2, (0.0, 0.0)),
    ([], ["a"], 3, (0.0, 0.0)),
    (["b", "c", "d", "a"], ["a", "x"], 3, (0.0, 1 / 4)),
    ([7, 3, 5], [5, 3], 10, (1.0, 1 / 2)),
    (["b", "a", "c", "d"], ["a", "x"], 3, (0.5, 1 / 2)),
    (["a", "b", "c"], ["b", "a"], 1, (0.5, 1.0)),
]
for ranking, right, k, (recall, reciprocal) in cases:
    got = judge_ranking(ranking, right, k)
    what = f"ranking {ranking}, right {right}, k = {k}"
    pair = np.shape(got) == (2,) if not isinstance(got, dict) else False
    c.true(got if got is ... else pair, f"{what}: return two numbers")
    hits, held = len(set(ranking[:k]) & set(right)), len(set(ranking) & set(right))
    first = round(1 / reciprocal) if reciprocal else 0
    slips = {
        "right documents that the ranking lacks count too": hits / max(held, 1),
        "the share is of all right documents, however small k is": hits / min(k, len(right)),
        "that is precision: the share of what was shown": hits / k,
        "that is whether any right document is there": float(hits > 0),
        "recall comes first, the reciprocal rank second": reciprocal,
    }
    slips = {text: value for text, value in slips.items() if value != recall}
    c.close(
        got[0], recall, what=f"{what}: recall", slips=slips, hint="how many right ones could there be?"
    )
    slips = {
        "ranks are counted from 1": 1 / (first - 1) if first > 1 else 2.0,
        "that is the rank itself": float(first),
        "the first of the ranking is meant, not the first of `right`": 1 / (1 + ranking.index(right[0]))
        if right[0] in ranking
        else 0.0,
        "the reciprocal rank does not end at k": 0.0 if first > k else 2.0,
        "that is the last right document": next(
            (1 / n for n in range(len(ranking), 0, -1) if ranking[n - 1] in right), 0.0
        ),
    }
    slips = {text: value for text, value in slips.items() if value != reciprocal}
    c.close(
        got[1],
        reciprocal,
        what=f"{what}: reciprocal rank",
        slips=slips,
        hint="the first right one decides",
    )

# %% 6g.2 asks about fuse
import numpy as np

def by_sums(rankings, k, start=1, join=sum, absent=False, sign=-1, ties=1, digits=12):
    """The order that somebody finds who makes one of the slips."""
    names, value = list(dict.fromkeys(name for ranking in rankings for name in ranking)), {}
    for name in names:
        held = [ranking for ranking in rankings if absent or name in ranking]
        places = [ranking.index(name) if name in ranking else len(ranking) for ranking in held]
        value[name] = join([1 / (k + place_ + start) for place_ in places])
    order = sorted(names, reverse=ties < 0) if ties else names
    return sorted(order, key=lambda name: sign * round(value[name], digits))

cases = [
    ([["a", "b", "c"], ["b", "c", "a"]], 60),
    ([["d", "c", "b", "a"], ["a", "b", "c", "d"]], 60),
    ([["x", "m"], ["m"]], 60),
    ([["e", "a", "b"], ["e", "c", "a"], ["b", "c", "f"]], 60),
    ([["e", "a", "b", "h"], ["c", "b"], ["g", "h", "b", "c"]], 1),
    ([["p", "q", "r", "s"], ["s"], ["s", "r"]], 1),
    ([["a", "x", "y", "b"], ["x", "y", "z", "w", "b"]], 1),
    ([["a", "x", "y", "b"], ["x", "y", "z", "w", "b"]], 60),
    ([["b"], ["a"]], 60),
    ([["z", "y"], []], 10),
    ([["c", "a", "b"], ["a", "b", "c"], ["b", "c", "a"]], 2),
]
gots = [fuse(rankings) if k == 60 else fuse(rankings, k) for rankings, k in cases]
gots = [got.tolist() if isinstance(got, np.ndarray) else got for got in gots]
gots = [list(got) if isinstance(got, (list, tuple)) else got for got in gots]
slips = {
    "places are counted from 1": {"start": 0},
    "the largest sum goes first": {"sign": 1},
    "a document gets the sum over the lists, not their mean": {"join": np.mean},
    "a document gets the sum over the lists, not the best of them": {"join": max},
    "from a list without it a document gets nothing": {"absent": True},
    "of equal sums the first in the alphabet goes first": {"ties": -1},
    "of equal sums the first in the alphabet goes first, not the first that was met": {"ties": 0},
    "sums that differ only by rounding are equal": {"digits": 18},
}
for sentence, slip in slips.items():  # a slip is named only when it explains every case
    same = all(got == by_sums(*case, **slip) for got, case in zip(gots, cases, strict=True))
    c.true(gots[0] is ... or not same, sentence, "work out two sums by pencil")
for got, (rankings, k) in zip(gots, cases, strict=True):
    want, what = by_sums(rankings, k), f"{rankings}, k = {k}"
    if isinstance(got, list) and all(isinstance(name, str) for name in got):
        c.true(
            sorted(got) == sorted(want),
            f"{what}: every document that occurs in some list is wanted, once",
        )
    c.equal(got, want, what=what, hint="work out the sums by pencil")

# %% 6g.3 asks about table_of_silence
import numpy as np

draws = np.random.default_rng(7)  # chosen so that no two slips give the same share
able = draws.random(30) < 0.7
fine = able & (draws.random(30) < 0.6)
level = draws.integers(0, 10, 30) / 10
cases = [
    (able.tolist(), fine.tolist(), level.tolist(), 0.5),
    (able.tolist(), fine.tolist(), level.tolist(), 0.0),
    (able.tolist(), fine.tolist(), level.tolist(), 2.0),
    ([True, True, True, False, False], [True, False, True, False, False], [0.9, 0.8, 0.2, 0.7, 0.1], 0.5),
    ([True, True, False], [True, False, False], [0.4, 0.6, 0.6], 0.6),
    ([False, False], [False, False], [0.1, 0.3], 0.3),
]
for able_, fine_, level_, t in cases:
    a, g, said = np.array(able_, bool), np.array(fine_, bool), np.array(level_) >= t
    want = [[int((row & part).sum()) for part in (said, ~said)] for row in (a, ~a)]
    strict = np.array(level_) > t
    over = [[int((row & part).sum()) for part in (strict, ~strict)] for row in (a, ~a)]
    got = table_of_silence(able_, fine_, level_, t)
    what = f"{len(able_)} questions, t = {t:g}"
    pair = isinstance(got, (tuple, list)) and len(got) == 2
    c.true(got if got is ... else pair, f"{what}: return two things, the table and the share")
    slips = {
        "a question with confidence exactly t is answered": over,
        "rows are the questions, columns what we did; here they have changed places": np.transpose(want),
        "the first column is for the answered ones": [row[::-1] for row in want],
        "the first row is for questions that can be answered": want[::-1],
        "the rows ask whether a document answers it, not whether the quote is right": [
            [int((row & part).sum()) for part in (said, ~said)] for row in (g, ~g)
        ],
    }
    slips = {text: value for text, value in slips.items() if not np.array_equal(value, want)}
    c.close(
        got[0],
        want,
        what=f"{what}: the table",
        slips=slips,
        hint="the four counts add up to all questions",
    )
    well = ((said & g) | (~said & ~a)).mean()
    shares_ = {
        "a right silence is handled well too": (said & g).mean(),
        "a wrong answer to a question that has an answer is not handled well": (
            (said & a) | (~said & ~a)
        ).mean(),
        "the share is of all questions, not of the answered ones": g[said].mean() if said.any() else 2.0,
        "silence where a document had the answer is not handled well": ((said & g) | ~said).mean(),
        "where it is silent, what the quote would have been plays no part": (said == g).mean(),
        "the share is of all questions": ((said & g) | (~said & ~a)).sum() / max(a.sum(), 1),
        "confidence exactly t is answered, in the share too": ((strict & g) | (~strict & ~a)).mean(),
    }
    shares_ = {text: value for text, value in shares_.items() if abs(value - well) > 1e-9}
    c.close(
        got[1],
        well,
        what=f"{what}: the share",
        slips=shares_,
        hint="which of the four cells are good news, and is all of that cell?",
    )

# %% 6g.4 asks about promise
from utils import stats
import numpy as np
import torch

draws = np.random.default_rng(5)
level = np.sort(draws.permutation(np.repeat(np.arange(100) / 100, 2))[:120])
fine = (draws.random(120) < 0.3 + 0.69 * level).astype(int)
many = np.r_[np.full(60, 0.9), np.full(40, 0.5)]
most = np.r_[np.ones(57), np.zeros(3), np.ones(20), np.zeros(20)].astype(int)

def upper(bad, n):
    return stats.wilson(bad, n).high

def lowest(sure, fine_, limit, bound=upper, answers=np.greater_equal, last=False, of_all=False):
    """The threshold that somebody finds who makes one of the slips."""
    kept = []
    for t in sorted(set(sure)):
        given = [f for s, f in zip(sure, fine_, strict=True) if answers(s, t)]
        if given and bound(given.count(0), len(sure if of_all else given)) <= limit:
            kept.append(t)
    return (kept[-1] if last else kept[0]) if kept else None

cases = [
    (level.tolist(), fine.tolist(), 0.3),
    (level.tolist(), fine.tolist(), 0.2),
    (level.tolist(), fine.tolist(), 0.5),
    (many.tolist(), most.tolist(), 0.14),
    (many.tolist(), most.tolist(), 0.04),
    ([0.4, 0.8, 0.6], [1, 1, 1], 0.6),
    ([0.4, 0.8, 0.6], [1, 1, 1], 0.05),
    (draws.permutation(np.arange(50)).tolist(), [1] * 50, 0.1),
]
hint = "for each t: the answers given, the wrong ones among them, the upper end of their interval"
slips = {
    "that keeps the share below the limit, and the interval above it": {"bound": lambda bad, n: bad / n},
    "that is the interval of the right answers, not of the wrong ones": {
        "bound": lambda bad, n: stats.wilson(n - bad, n).high
    },
    "the lower end of the interval promises nothing": {"bound": lambda bad, n: stats.wilson(bad, n).low},
    "the share is of the answers given, not of all questions": {"of_all": True},
    "an answer with confidence exactly t is given": {"answers": np.greater},
    "answers are given from t on, not up to t": {"answers": np.less_equal},
    "of all thresholds that keep the promise the lowest answers most": {"last": True},
}
gots = [promise(*case) for case in cases]
plain = [
    float(got) if np.ndim(got) == 0 and isinstance(got, (int, float, np.number, torch.Tensor)) else got
    for got in gots
]
for sentence, slip in slips.items():  # a slip is named only when it explains every case
    slipped = [lowest(*case, **slip) for case in cases]
    same = all(map(np.array_equal, plain, slipped))
    c.true(gots[0] is ... or not same, sentence, hint)
for got, case in zip(gots, cases, strict=True):
    want, what = lowest(*case), f"{len(case[0])} questions, limit {case[2]:g}"
    if want is None or got is None:
        reason = "no threshold keeps this promise" if want is None else "some threshold keeps it"
        c.true(got is ... or (want is None) == (got is None), f"{what}: got {got}, but {reason}", hint)
        continue
    c.close(got, want, what=what, hint=hint)

# %% 6g.5 asks about hide_cards with CARD
import re

def valid(digits, first=1, minus=9):
    """Luhn's test; first: which place from the right, counted from 0, is the first to be doubled."""
    total = 0
    for n, digit in enumerate(map(int, reversed(digits))):
        digit = 2 * digit if n % 2 == first else digit
        total += digit - minus if digit > 9 else digit
    return total % 10 == 0

def hidden(text, test):
    """The text with the runs hidden that pass a test."""
    return CARD.sub(lambda m: "[card]" if test(re.sub(r"\D", "", m[0])) else m[0], text)

cases = [
    "My card is 4111 1111 1111 1111, the parcel 3404341610940426.",
    "5500-0000-0000-0004 or 378282246310005 (an odd number of digits)?",
    "no digits at all",
    "4111 1111 1111 1112 is mistyped, 6011 1111 1111 1117 is not; order 20836",
    "30569309025904 and 4222222222222 and 0000000000000000",
    "4111111111111111 4111111111111111 x 1234567890123",
    "79927398713 is valid, and too short for a card; 4917610000000000003 has 19",
    "4111111111111111 is a card, and 41111111111111110000 is too long for one",
    "4111-1111-1111-1112 and nothing else",
]
slips = {
    "every run of digits was hidden, without a look at the check digit": lambda digits: True,
    "the doubling begins at the second digit from the right": lambda digits: valid(digits, first=0),
    "the doubling was counted from the left": lambda digits: valid(digits[::-1]),
    "a doubled number above 9 loses 9": lambda digits: valid(digits, minus=0),
}
gots = [hide_cards(text) for text in cases]
for sentence, slip in slips.items():  # a slip is named only when it explains every case
    same = all(got == hidden(text, slip) for got, text in zip(gots, cases, strict=True))
    c.true(gots[0] is ... or not same, sentence, "do 4111 1111 1111 1111 by pencil")
for got, text in zip(gots, cases, strict=True):
    c.equal(got, hidden(text, valid), what=f"{text!r}", hint="do 4111 1111 1111 1111 by pencil")
