# 9a · Choosing a model
# Made from lessons/09a_choosing_a_model.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
dataset: str = "intents"  # texts to sort  in {intents, sms_spam, sentiment_sentences}
reader: str = "minilm"  # the open model that reads  in {minilm, none}
writer: str = "smollm2"  # the open model that is prompted  in {smollm2, none}
labels: list[int] = [20, 100, 300]  # training texts that carry a label, rising  in [16, 2000]
draws: int = 2  # training samples of each size  in [2, 50]
asked: int = 24  # texts of validation that the prompted model answers  in [8, 300]
volume: int = 3000  # messages a month, the middle one of three  in [10, 100000000]
wage: float = 33.5  # euros that an hour of work costs the employer (EU mean of 2024: Eurostat)  in (0, 1000]
wrong_minutes: float = 1.0  # of work that a wrongly sorted message costs (invented)  in [0, 600]
api_read: float = 0.15  # dollars for a million tokens read (GPT-4o mini, July 2024)  in [0, 1000]
api_write: float = 0.60  # dollars for a million tokens that it writes (same source)  in [0, 1000]
api_right: float = 0.0  # share that the API sorts right: put in what YOU measured; 0: not measured  in [0, 1]

# %% 9a.1 asks about pareto
import numpy as np

shops = [
    {"A": (0.6, 10), "B": (0.75, 50), "C": (0.7, 60), "D": (0.9, 300)},
    {"late": (0.9, 300), "cheap": (0.6, 10), "same": (0.6, 10), "odd": (0.6, 12)},
    {"better": (0.8, 20), "worse": (0.7, 20), "poor": (0.5, 5)},
    {"dear": (0.8, 30), "fair": (0.8, 20), "low": (0.1, 1), "bad": (0.05, 2)},
    {"z": (0.5, 7), "a": (0.5, 7), "m": (0.4, 3)},
    {"one": (0.0, 0)},
    {"x": (0.9, 9), "y": (0.8, 8), "w": (0.7, 7), "v": (0.6, 8)},
    {"p": (0.2, 40), "r": (0.3, 30), "s": (0.4, 20)},
    {"tie2": (0.3, 5), "tie1": (0.6, 5), "tie3": (0.6, 5)},
    {"top": (0.9, 10), "low": (0.5, 20), "third": (0.7, 30)},  # the one before is not the best so far
]

def on_front(offers, lose):
    """The front by a rule of losing, to recognise slips."""
    kept_ = [n_ for n_, mine in offers.items() if not any(lose(mine, o) for o in offers.values())]
    return sorted(kept_, key=lambda n_: offers[n_][1])

def loses(mine, other):
    return other[0] >= mine[0] and other[1] <= mine[1] and other != mine

slips = {
    "one that is worse in one number and equal in the other is dominated, too": lambda o, w: on_front(
        o, lambda m, t: t[0] > m[0] and t[1] < m[1]
    ),
    "dearest first; the order is turned": lambda o, w: sorted(w, key=lambda n_: -o[n_][1]),
    "the order is that of arrival, not of the euros": lambda o, w: [n_ for n_ in o if n_ in w],
    "offers of equal price keep the order in which they came": lambda o, w: sorted(
        w, key=lambda n_: (o[n_][1], n_)
    ),
    "those are the dominated ones": lambda o, w: [n_ for n_ in o if n_ not in w],
    "fewer euros are better": lambda o, w: on_front(
        o, lambda m, t: t[0] >= m[0] and t[1] >= m[1] and t != m
    ),
    "the best one alone is no front": lambda o, w: [max(o, key=lambda n_: o[n_][0])],
    "two offers with the same numbers do not dominate each other": lambda o, w: [
        n_ for n_ in w if list(o.values()).count(o[n_]) == 1
    ],
    "of offers with the same numbers all stay, not the first alone": lambda o, w: [
        n_ for n_ in w if list(o)[list(o.values()).index(o[n_])] == n_
    ],
}
wanted_, found_ = [on_front(o_, loses) for o_ in shops], []
for offers_ in shops:
    got = pareto(offers_)
    listed_ = isinstance(got, (list, tuple, np.ndarray))
    c.true(got if got is ... else listed_, f"a list of names is wanted, not {type(got).__name__}")
    found_.append([str(name_) for name_ in got])
for sentence, slip in slips.items():  # a slip is one only if it explains all answers
    made_ = [slip(o_, w_) for o_, w_ in zip(shops, wanted_, strict=True)]
    c.true(found_ == wanted_ or found_ != made_, sentence, "compare each offer with all others")
for offers_, got, want in zip(shops, found_, wanted_, strict=True):
    c.equal(got, want, what=f"offers {offers_}", hint="compare each offer with all others")

# %% 9a.2 asks about least_n
from scipy.special import ndtri
import math

cases = [
    (0.15, 0.05, 0.8, 0.05),
    (0.05, 0.15, 0.8, 0.05),
    (0.12, 0.09, 0.9, 0.05),
    (0.2, 0.11, 0.8, 0.01),
    (0.3, 0.0, 0.95, 0.05),
    (0.08, 0.06, 0.8, 0.1),
    (0.4, 0.1, 0.6, 0.05),
    (0.02, 0.0, 0.8, 0.05),
    (0.1, 0.1, 0.8, 0.05),
]

def by_formula(p, q, wanted, level, spread=None, both=None):
    both = p + q if both is None else both
    spread = p + q - (p - q) ** 2 if spread is None else spread
    root = ndtri(level) * math.sqrt(both) + ndtri(wanted) * math.sqrt(max(spread, 0))
    return (root / (p - q)) ** 2

for p_, q_, wanted_, alpha_ in cases:
    got, what = least_n(p_, q_, wanted_, alpha_), f"p {p_}, q {q_}, power {wanted_}, alpha {alpha_}"
    if p_ == q_:
        c.close(
            got, math.inf, what=what, hint="where two models are equal, nothing can show a difference"
        )
        continue
    exact_ = by_formula(p_, q_, wanted_, 1 - alpha_ / 2)
    slips = {
        "rounded down, the power is too small": math.floor(exact_),
        "that is not a whole number": exact_,
        "the second model may be the better one": math.inf if p_ < q_ else math.ceil(exact_),
        "one more than needed": math.ceil(exact_) + 1,
        "the test is two-sided": math.ceil(by_formula(p_, q_, wanted_, 1 - alpha_)),
        "one of the two quantiles has the wrong sign": math.ceil(by_formula(p_, q_, wanted_, alpha_ / 2)),
        "that gives a power of a half: the wanted power is missing": math.ceil(
            by_formula(p_, q_, 0.5, 1 - alpha_ / 2)
        ),
        "the variance of one text is not the same under both hypotheses": math.ceil(
            by_formula(p_, q_, wanted_, 1 - alpha_ / 2, spread=p_ + q_)
        ),
        "both parts have the spread of a real difference here": math.ceil(
            by_formula(p_, q_, wanted_, 1 - alpha_ / 2, both=p_ + q_ - (p_ - q_) ** 2)
        ),
        "that is for two models judged on different texts": math.ceil(
            by_formula(
                p_,
                q_,
                wanted_,
                1 - alpha_ / 2,
                p_ * (1 - p_) + q_ * (1 - q_),
                p_ * (1 - p_) + q_ * (1 - q_),
            )
        ),
        "that is the root of the number": math.ceil(math.sqrt(exact_)),
        "the level is an argument; it is not always the same": math.ceil(
            by_formula(p_, q_, wanted_, 0.975)
        ),
        "the wanted power is an argument; it is not always the same": math.ceil(
            by_formula(p_, q_, 0.8, 1 - alpha_ / 2)
        ),
    }
    slips = {text: value for text, value in slips.items() if value != math.ceil(exact_)}
    c.close(
        got,
        math.ceil(exact_),
        rtol=0,
        atol=1e-9,
        what=what,
        slips=slips,
        hint="solve the formula for the root of n",
    )

# %% 9a.3 asks about same_order
import math
import numpy as np
import torch

cases = [
    ([1, 2, 3, 4], [1, 2, 3, 4], 0),
    ([4, 3, 2, 1], [1, 2, 3, 4], 0),
    ([70, 60, 65, 80, 62], [50, 40, 60, 55, 30], 0),
    ([70, 60, 65, 80, 62], [50, 40, 60, 55, 30], 12),
    ([70, 70, 65, 80, 65], [50, 40, 60, 55, 30], 0),
    ([1, 2, 3], [5, 5, 5], 0),
    ([1, 2, 3], [5, 6, 7], 2),
    ([3, 3, 3, 3], [1, 2, 4, 8], 1),
    ([5, 1, 4, 4, 9, 2], [-3, -8, -5, -5, 0, -7], 1),
    ([2, 9], [8, 1], 0),
]

def share(board_, own_, least_, tie=0.5, at=False, on="own", square=False, close=None):
    """The share by a rule with one slip in it."""
    found_ = []
    for i_ in range(len(own_)):
        for j_ in range(len(own_)):
            if j_ >= i_ if not square else False:
                continue
            mine_, theirs_ = own_[i_] - own_[j_], board_[i_] - board_[j_]
            gap_ = abs(mine_ if on == "own" else theirs_)
            if gap_ > least_ or (at and gap_ == least_):
                found_.append(tie if theirs_ * mine_ == 0 else float(theirs_ * mine_ > 0))
            else:
                found_.append(close)
    found_ = [one_ for one_ in found_ if one_ is not None]
    return float(np.mean(found_)) if found_ else math.nan

for board_, own_, least_ in cases:
    want = share(board_, own_, least_)
    kendall_ = 2 * want - 1
    slips = {
        "a pair that the board ties counts half": share(board_, own_, least_, tie=0.0),
        "a pair that the board ties counts, too": share(board_, own_, least_, tie=None),
        "a pair that the board ties counts half, not as right": share(board_, own_, least_, tie=1.0),
        "a difference of exactly `least` is not more than it": share(board_, own_, least_, at=True),
        "closeness is a matter of the own scores": share(board_, own_, least_, on="board"),
        "the two rankings have changed places": share(own_, board_, least_),
        "close pairs do not count at all": share(board_, own_, 0),
        "a pair that is too close does not count, not even half": share(board_, own_, least_, close=0.5),
        "that is from -1 to 1; a share is wanted": kendall_,
        "that is the share in the opposite order": 1 - want,
        "a model is no pair with itself": share(board_, own_, least_, at=True, square=True),
    }
    got = same_order(list(map(float, board_)), list(map(float, own_)), least_)
    if math.isnan(want):
        c.true(
            got is ...
            or (isinstance(got, (float, np.floating, np.ndarray, torch.Tensor)) and bool(np.isnan(got))),
            f"board {board_}, own {own_}, least {least_}: no pair counts, so math.nan is wanted; got {got!r}",
        )
        continue
    slips = {text: value for text, value in slips.items() if not math.isnan(value) and value != want}
    c.close(
        got,
        want,
        what=f"board {board_}, own {own_}, least {least_}",
        slips=slips,
        hint="go through the pairs once",
    )

# %% 9a.4 asks about two_choices
cases = [
    {"wait": [30, 30, 30], "build": [20, 25, 90], "adapt": [25, 28, 45]},
    {"a": [10, 0], "b": [0, 10], "c": [6, 6]},
    {"bold": [0, 0, 0, 100], "calm": [40, 40, 40, 40], "mid": [20, 20, 20, 70]},
    {"west": [5, 5], "east": [5, 5]},  # by name the order would be another
    {"x": [100, 1], "y": [101, 0], "z": [99, 50]},
    {"p": [-5, 8], "q": [1, 1], "r": [-2, 3]},
    {"only": [3]},
    {"even": [100, 100], "steep": [20, 90]},
    {"u": [1000, 10], "v": [990, 60], "w": [995, 24]},
    {"g": [7, 1, 9, 1], "h": [9, 1, 7, 1], "i": [8, 1, 8, 1]},  # quarters: no rounding parts equals
    {"steady": [40, 40, 40, 0], "rare": [0, 0, 0, 50]},
]

def rule_of(costs_, kind):
    best_ = [min(f_) for f_ in zip(*costs_.values(), strict=True)]
    over_ = {n_: [a_ - b_ for a_, b_ in zip(m_, best_, strict=True)] for n_, m_ in costs_.items()}
    keys = {
        "mean": lambda n_: sum(costs_[n_]),
        "regret": lambda n_: max(over_[n_]),
        "dearest": lambda n_: max(costs_[n_]),
        "cheapest": lambda n_: min(costs_[n_]),
        "mean regret": lambda n_: sum(over_[n_]),
        "own span": lambda n_: max(costs_[n_]) - min(costs_[n_]),
        "largest mean": lambda n_: -sum(costs_[n_]),
        "largest regret": lambda n_: -max(over_[n_]),
        "squares": lambda n_: sum(o_ * o_ for o_ in over_[n_]),
        "least regret": lambda n_: min(over_[n_]),
    }
    return min(costs_, key=keys[kind]), [
        n_ for n_ in costs_ if keys[kind](n_) == min(map(keys[kind], costs_))
    ][-1]

wordings = {
    "mean": {
        "largest mean": "that is the dearest plan",
        "dearest": "that looks at the worst future alone",
    },
    "regret": {
        "dearest": "that looks at the largest cost, not at the largest regret",
        "mean regret": "the largest regret decides, not the mean",
        "own span": "regret is counted against the best plan of the same future, not of the same plan",
        "largest regret": "that is the plan that hurts most",
        "squares": "the largest regret decides, not all of them together",
        "least regret": "the largest regret counts, not the smallest",
        "cheapest": "that looks only at the luckiest future",
    },
}
said_ = []
for costs_ in cases:
    got = two_choices(costs_)
    shaped_ = isinstance(got, dict) and set(got) == {"mean", "regret"}
    c.true(got if got is ... else shaped_, 'a dict with the names "mean" and "regret" is wanted')
    said_.append(got)
for part_, hint_ in (
    ("mean", "all futures alike: one number for each plan"),
    ("regret", "make a table of regrets first, future by future"),
):
    right_ = [rule_of(costs_, part_)[0] for costs_ in cases]
    mine_ = [got[part_] for got in said_]
    last_ = [rule_of(costs_, part_)[1] for costs_ in cases]
    c.true(mine_ == right_ or mine_ != last_, f"{part_}: of equals the plan that comes first is wanted")
    for kind_, words_ in wordings[part_].items():
        made_ = [rule_of(costs_, kind_)[0] for costs_ in cases]
        c.true(mine_ == right_ or mine_ != made_, f"{part_}: {words_}")
    for costs_, got, want in zip(cases, mine_, right_, strict=True):
        c.equal(got, want, what=f"{costs_}: {part_}", hint=hint_)

# %% 9a.5 asks about pilot_value
import numpy as np

two = {"wait": [30.0, 30.0], "buy": [10.0, 60.0]}
cases = [
    ([0.5, 0.5], two, {"good": [0.9, 0.2], "bad": [0.1, 0.8]}),
    ([0.8, 0.2], two, {"good": [0.9, 0.2], "bad": [0.1, 0.8]}),
    ([0.5, 0.5], two, {"good": [1.0, 0.0], "bad": [0.0, 1.0]}),
    ([0.5, 0.5], two, {"good": [0.6, 0.6], "bad": [0.4, 0.4]}),
    ([0.1, 0.9], two, {"good": [0.7, 0.3], "bad": [0.3, 0.7]}),
    ([0.5, 0.5], two, {"good": [0.55, 0.5], "bad": [0.45, 0.5]}),
    (
        [0.2, 0.5, 0.3],
        {"wait": [50.0, 50.0, 50.0], "build": [20.0, 60.0, 90.0], "adapt": [35.0, 40.0, 70.0]},
        {"low": [0.7, 0.2, 0.1], "middle": [0.2, 0.5, 0.3], "high": [0.1, 0.3, 0.6]},
    ),
    (
        [0.25, 0.75],
        {"a": [0.0, 100.0], "b": [40.0, 40.0], "c": [80.0, 5.0]},
        {"s": [0.9, 0.5], "t": [0.1, 0.2], "u": [0.0, 0.3]},
    ),
]

def value_of(chances_, costs_, signals_):
    """Some values of a pilot: the right one, and what slips make of it."""
    P, K, S = (
        np.array(chances_),
        np.array(list(costs_.values()), float),
        np.array(list(signals_.values())),
    )
    plain_, flat_ = (K @ P).min(), np.full(len(P), 1 / len(P))
    seen_ = S @ P  # (signals,): how likely each is
    told_ = [(K @ (P * s_)).min() for s_ in S]
    given_ = np.array([t_ / w_ if w_ else 0.0 for t_, w_ in zip(told_, seen_, strict=True)])
    return {
        "right": plain_ - sum(told_),
        "the futures are not equally likely": (K @ flat_).min()
        - sum((K @ (flat_ * s_)).min() for s_ in S),
        "that is the value of knowing the future for sure; a signal can err": plain_
        - (K.min(axis=0) @ P),
        "the sign is turned: what the pilot saves is wanted": sum(told_) - plain_,
        "that is what the plans cost with the pilot; what does it save?": sum(told_),
        "that is what the best plan costs without a pilot": plain_,
        "signals are not equally likely": plain_ - given_.mean(),
        "after each signal the expected cost must be weighed by how likely that signal is": plain_
        - given_.sum(),
        "the chances of the futures are missing": plain_ - sum((K @ s_).min() for s_ in S) / len(P),
        "after a signal one plan is taken, before the future is known": plain_
        - sum((K.min(axis=0) * P * s_).sum() for s_ in S),
        "without the pilot the cheapest plan is taken, not the mean of all": (K @ P).mean() - sum(told_),
        "without the pilot, too, the plan with the lowest expected cost is taken": (K @ P).max()
        - sum(told_),
    }

for chances_, costs_, signals_ in cases:
    found_ = value_of(chances_, costs_, signals_)
    want = found_.pop("right")
    slips = {text: value for text, value in found_.items() if abs(value - want) > 1e-3}
    c.close(
        pilot_value(chances_, costs_, signals_),
        want,
        rtol=1e-5,
        atol=1e-4,
        what=f"chances {chances_}, costs {costs_}, signals {signals_}",
        slips=slips,
        hint="for each signal: which plan is then the cheapest, and how much does it contribute?",
    )
