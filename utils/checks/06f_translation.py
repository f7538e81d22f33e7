# 6f · Translation
# Made from lessons/06f_translation.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
dataset: str = "amounts"  # what to translate  in {amounts, tatoeba_cmn_eng, tatoeba_fra_eng}
pairs: int = 20000  # pairs to learn from  in [500, 200000]
steps: int = 500  # training steps of the translator  in [20, 100000]
width: int = 64  # numbers that stand for a token inside the model  in {32, 64, 96, 128, 192, 256}
beam: int = 4  # lines that beam search keeps  in [2, 16]

# %% 6f.1 asks about looks_of
c.close(
    looks_of,
    [100, 21, 60, 136],
    hint="full tables for encoder and cross-attention; triangles with their diagonal where a text is causal",
    slips={
        "a place sees itself too": [100, 15, 60, 120],
        "a causal text does not see what comes later": [100, 36, 60, 256],
        "the encoder has no causal mask": [55, 21, 60, 136],
        "cross-attention knows no later: all of the source is there": [100, 21, 21, 136],
        "in (d) the whole text is causal": [100, 21, 60, 256],
        "in (d) the source cannot look ahead, as it can in an encoder": [100, 21, 60, 181],
        "the encoder reads the source, the decoder the target": [36, 55, 60, 136],
        "in (c) the target asks, and the source alone is asked": [100, 21, 256, 136],
        "in (c) the source does not ask back": [100, 21, 120, 136],
    },
)

# %% 6f.2 asks about beam_step
import numpy as np

draws = np.random.default_rng(4)

def ranked(entry):
    return -entry[0], entry[1], entry[2]

def steps_of(scores, chances, k, forget=False, one_each=False, times=False, order=ranked):
    """What somebody finds who makes one of the slips."""
    race = []
    for i, row in enumerate(chances):
        own = [
            ((p if forget else scores[i] * p if times else scores[i] + p), i, t)
            for t, p in enumerate(row)
        ]
        race += sorted(own, key=lambda e: (-e[0], e[2]))[: 1 if one_each else None]
    return sorted(race, key=order)[:k]

cases = []
for n, V, k in [(3, 5, 4), (1, 6, 3), (4, 4, 2), (2, 3, 9), (5, 7, 5)]:
    raw = draws.normal(size=(n, V)) * 2
    chances = raw - np.log(np.exp(raw).sum(axis=1, keepdims=True))
    cases.append((-draws.random(n) * 3, chances, k))
cases.append((np.array([-1.0, -1.0]), np.log2([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]]), 4))
cases.append((np.array([-0.5, -6.0]), np.log([[0.5, 0.4, 0.1], [0.9, 0.05, 0.05]]), 2))
for scores, chances, k in cases:
    want, what = steps_of(scores, chances, k), f"{len(scores)} lines, {chances.shape[1]} tokens, k = {k}"
    got = beam_step(scores, chances, k)
    c.true(isinstance(got, (list, tuple, np.ndarray)), f"{what}: expected a list of tuples, got {got!r}")
    rows = [list(entry) if isinstance(entry, (list, tuple, np.ndarray)) else [entry] for entry in got]
    c.true(all(len(row) == 3 for row in rows), f"{what}: each entry holds a score, a line and a token")
    each = steps_of(scores, chances, k, one_each=True)
    if len(each) < len(want):
        c.true(len(rows) != len(each), f"{what}: each line went on once only; all continuations compete")
    c.true(
        len(rows) == len(want),
        f"{what}: {len(rows)} continuations are not as many as asked for",
        "all n·V compete; cut at k, or take all where there are fewer",
    )
    slips = {
        "the score of the line so far is missing": steps_of(scores, chances, k, forget=True),
        "each line went on once only; all continuations compete": each,
        "those are the least likely": steps_of(scores, chances, k, order=lambda e: e),
        "logarithms of a product add": steps_of(scores, chances, k, times=True),
        "line and token have changed places": [(s, t, i) for s, i, t in want],
        "the best come first": want[::-1],
        "those are probabilities, not their logarithms": [(np.exp(s), i, t) for s, i, t in want],
        "lines and tokens are counted from 0": [(s, i + 1, t + 1) for s, i, t in want],
    }
    ties = {
        "of equal scores the lower line comes first, then the lower token": lambda e: (-e[0], e[2], e[1]),
        "of equal scores the lower line comes first": lambda e: (-e[0], -e[1], e[2]),
        "of equal scores the lower line and the lower token come first": lambda e: (-e[0], -e[1], -e[2]),
    }
    slips |= {sentence: steps_of(scores, chances, k, order=order) for sentence, order in ties.items()}
    slips = {sentence: value for sentence, value in slips.items() if len(value) == len(want)}
    c.close(
        rows,
        want,
        what=what,
        hint="one race of all n·V continuations, by the sum of logarithms",
        slips=slips,
    )

# %% 6f.3 asks about bleu_parts
import math

brevity = math.exp(1 - 5 / 4)
c.close(
    bleu_parts,
    [3 / 4, 1 / 3, brevity],
    rtol=2e-3,
    hint="clip by the reference, divide by the hypothesis; then e to 1 minus reference over hypothesis",
    slips={
        "a word counts at most as often as the reference has it": [1, 1 / 3, brevity],
        "divide by what the hypothesis has, not by the reference": [3 / 5, 1 / 4, brevity],
        "a short hypothesis is punished": [3 / 4, 1 / 3, 1],
        "the penalty is a power of e": [3 / 4, 1 / 3, 4 / 5],
        "the two lengths have changed places in the penalty": [3 / 4, 1 / 3, math.exp(1 - 4 / 5)],
        "count how often each pair stands, not how many kinds there are": [3 / 4, 1 / 2, brevity],
        "each kind of word and pair was counted once": [1, 1 / 2, brevity],
        "there are fewer pairs than words": [3 / 4, 1 / 4, brevity],
        "a word may be a hit as often as the reference has it, not once only": [1 / 2, 1 / 3, brevity],
        "a penalty is never above 1": [3 / 4, 1 / 3, 1 / brevity],
        "shares, not percent": [75, 100 / 3, brevity],
        "three shares, not percent": [75, 100 / 3, 100 * brevity],
    },
)

# %% 6f.4 asks about chrf
from collections import Counter
from sacrebleu.metrics import CHRF
import math
import numpy as np
import re

def counted_grams(text, n):
    return Counter(text[i : i + n] for i in range(len(text) - n + 1))

def scored(
    hypothesis,
    reference,
    beta=2,
    top=6,
    blanks=False,
    clip=True,
    late=False,
    all_orders=False,
    kinds=False,
    pot=False,
):
    """chrF of somebody who makes one of the slips."""
    h, r = ((t if blanks else "".join(t.split())) for t in (hypothesis, reference))
    both = []
    for n in range(1, min(top, len(h), len(r)) + 1):
        a, b = counted_grams(h, n), counted_grams(r, n)
        a, b = (Counter(set(a)), Counter(set(b))) if kinds else (a, b)
        shared = (a & b).total() if clip else sum(a[g] for g in a if g in b)
        both.append((shared, a.total(), b.total()))
    P, R = ([entry[0] / entry[side] for entry in both] for side in (1, 2))

    def f(p, r):
        return 100 * (1 + beta**2) * p * r / (beta**2 * p + r) if p + r else 0.0

    if not P:
        return 0.0
    if late:
        return np.mean([f(p, r) for p, r in zip(P, R, strict=True)])
    if pot:
        return f(
            *(sum(entry[0] for entry in both) / sum(entry[side] for entry in both) for side in (1, 2))
        )
    n = top if all_orders else len(P)
    return f(sum(P) / n, sum(R) / n)

texts = [
    ("nine hundred five euros", "nine hundred and five euros"),
    ("二千零五", "两千零五"),
    ("the bike is back", "your bicycle will be back soon"),
    ("aaa aaab", "a ab"),
    ("go", "go on"),
    ("on", "no way"),
    ("xyz", "abc"),
    ("same text", "same text"),
    ("a b c d", "abcd e"),
    ("", "abc"),
    ("Pay 5.", "pay 5!"),
]
for pair in texts:
    want = scored(*pair)
    slips = {
        "blanks are left out": scored(*pair, blanks=True),
        "recall counts more than precision": scored(*pair, beta=1),
        "precision and recall have changed places": scored(*pair, beta=0.5),
        "an n-gram counts at most as often as the other text has it": scored(*pair, clip=False),
        "n goes up to 6": scored(*pair, top=4),
        "n goes up to 6, and 6 belongs to it": scored(*pair, top=5),
        "β enters the formula squared": scored(*pair, beta=math.sqrt(2)),
        "count how often each n-gram stands, not which kinds there are": scored(*pair, kinds=True),
        "each order has the same say, however many n-grams it has": scored(*pair, pot=True),
        "average precision and recall first, then take one F": scored(*pair, late=True),
        "orders that one of the texts does not have are left out": scored(*pair, all_orders=True),
        "a capital is another character than its small letter": scored(*map(str.lower, pair)),
        "signs are characters, too": scored(*(re.sub(r"[^\w\s]", "", text) for text in pair)),
        "in percent": want / 100,
    }
    c.close(
        chrf(*pair),
        want,
        what=f"{pair[0]!r} against {pair[1]!r}",
        hint="clipped hits over the n-grams of each text, both averaged over n, then F with β = 2",
        slips=slips,
        atol=1e-6,
    )
c.close(
    scored("the bike is back", "your bike"),
    CHRF().sentence_score("the bike is back", ["your bike"]).score,
)

# %% 6f.5 asks about cheapest_policy
import math
import numpy as np

def upper(hits, n, sign=1, z=1.959963984540054):
    p = hits / n
    root = z * math.sqrt((p * (1 - p) + z * z / (4 * n)) / n)
    return (p + z * z / (2 * n) + sign * root) / (1 + z * z / n)

def policies(
    wrong, flagged, damage, clerk, bound=upper, among="all", free=False, twice=False, promise=False
):
    wrong, flagged = np.array(wrong), np.array(flagged)
    n, missed = len(wrong), int((wrong & ~flagged).sum())
    rest = n if among == "all" else max(1, int((~flagged).sum()))
    looked = 0.0 if free else clerk * (bound(int(flagged.sum()), n) if twice else flagged.mean())
    out = bound(missed, rest) * (rest / n if among == "weighted" else 1)
    return {
        "check all": clerk + (damage * bound(0, n) if promise else 0.0),
        "check flagged": looked + damage * out,
        "send all": damage * bound(int(wrong.sum()), n),
    }

def trial(n, caught, missed, alarms):
    """n invoices, of which some are wrong and flagged, wrong and not, right and flagged."""
    wrong = [True] * (caught + missed) + [False] * (n - caught - missed)
    return wrong, [True] * caught + [False] * missed + [True] * alarms + [False] * (
        n - caught - missed - alarms
    )

cases = [
    (*trial(1000, 30, 2, 10), 60.0, 3.0),
    (*trial(300, 20, 0, 5), 40.0, 1.0),
    (*trial(300, 20, 0, 5), 400.0, 1.0),
    (*trial(2000, 3, 1, 40), 1.0, 5.0),
    (*trial(50, 0, 0, 0), 100.0, 2.0),
    (*trial(400, 0, 6, 30), 50.0, 4.0),
    (*trial(400, 60, 3, 200), 50.0, 4.0),
    (*trial(100, 0, 0, 0), 20.0, 1.0),
    (*trial(100, 4, 2, 5), 0.0, 0.0),  # all three cost nothing
]
for case in cases:
    costs = policies(*case)
    name = min(costs, key=lambda policy: round(costs[policy], 9))
    what = f"{len(case[0])} invoices, {sum(case[0])} wrong, {sum(case[1])} flagged, damage {case[2]:g}, clerk {case[3]:g}"
    got = cheapest_policy(*case)
    c.true(
        isinstance(got, (tuple, list)) and len(got) == 2,
        f"{what}: expected a name and a cost, got {got!r}",
    )
    c.true(got[0] in costs, f"{what}: {got[0]!r} is none of the three policies")
    tied = abs(costs[got[0]] - costs[name]) < 1e-9 and got[0] != name
    c.true(not tied, f"{what}: of equally cheap policies the one with more checking is wanted")
    others = {
        "a trial with few faults is no promise; the interval is missing": policies(
            *case, bound=lambda hits, n: hits / n
        ),
        "take the share among all n invoices": policies(*case, among="unflagged"),
        "take the share among all n invoices, though some are looked at": policies(
            *case, among="weighted"
        ),
        "where all are checked, nothing goes out unread, and nothing needs a bound": policies(
            *case, promise=True
        ),
        "the clerk's time for the flagged ones is missing": policies(*case, free=True),
        "that is the lower end of the interval": policies(
            *case, bound=lambda hits, n: upper(hits, n, -1)
        ),
        "95 % between both ends leaves 2.5 % above the upper one: z is 1.96": policies(
            *case,
            bound=lambda hits, n: upper(hits, n, z=1.64493),  # tables say 1.645
        ),
        "the share of flagged invoices is taken as it is": policies(*case, twice=True),
    }
    slips = {}
    for sentence, theirs in others.items():
        chosen = min(theirs, key=lambda policy: round(theirs[policy], 9))
        if got[0] == chosen and abs(theirs[chosen] - costs[name]) > 1e-6:
            slips[sentence] = theirs[chosen]
    slips |= {"that is the cost of all invoices together": costs[name] * len(case[0])}
    if got[0] != name:
        slips["the policy with the lowest cost is wanted"] = costs[got[0]]
    hint = "for each policy: what the clerk costs, and what goes out wrong"
    # the interval by hand has z = 1.96, which moves a cost by up to 4 in 100,000
    c.close(got[1], costs[name], rtol=1e-4, what=f"{what}: cost per invoice", slips=slips, hint=hint)
    c.equal(str(got[0]), name, what=what, hint="the lowest of the three costs decides")
