# 10a · The ledger
# Made from lessons/10a_ledger.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
planted: int = 100  # errors planted of each kind, to see which are found  in [10, 1000]
level: float = 0.95  # of the intervals  in [0.5, 0.999]

# %% 10a.1 asks about kappa_of
cases = [
    (list("aaaaaaabbc"), list("aaaaabbbcc"), "three labels"),
    (list("aaab"), list("aaab"), "full agreement"),
    (list("aabb"), list("abab"), "as much as luck"),
    (list("aabb"), list("bbba"), "less than luck"),
    (list("aabb"), list("bbaa"), "no agreement at all"),
    (list("aaaabb"), list("aaaacc"), "labels that only one of them uses"),
    ([1, 1, 2, 3, 1, 1, 1], [1, 2, 2, 3, 1, 1, 3], "labels that are numbers"),
    (["right"] * 18 + ["wrong"] * 2, ["right"] * 17 + ["wrong", "right", "wrong"], "a rare label"),
    (list("aaab"), list("aaaa"), "one reader with a single label"),
    (list("aaa"), list("bbb"), "each with a single label, not the same"),
]
for a, b, what in cases:
    n, labels = len(a), sorted(set(a) | set(b))
    seen = sum(x == y for x, y in zip(a, b, strict=True)) / n
    luck = sum(a.count(x) * b.count(x) for x in labels) / n**2
    pooled = sum(((a.count(x) + b.count(x)) / (2 * n)) ** 2 for x in labels)
    want = (seen - luck) / (1 - luck)
    slips = {
        "that is the plain agreement; luck is still in it": seen,
        "that is what luck gives": luck,
        "every label as likely as another: but the readers have their own frequencies": (
            seen - 1 / len(labels)
        )
        / (1 - 1 / len(labels)),
        "the difference alone; how much was there to reach?": seen - luck,
        "each reader has frequencies of their own; do not pool them": (seen - pooled) / (1 - pooled),
        "kappa is not cut off at 0: less than luck lies below": max(want, 0.0),
    }
    c.close(
        kappa_of(a, b),
        want,
        what=what,
        hint="what share of the agreement that luck leaves over was reached?",
        slips=slips,
    )
one_label = kappa_of(["x", "x", "x"], ["x", "x", "x"])
c.true(
    one_label != one_label,  # as nan alone
    "both give one and the same label to everything: then kappa is not defined",
)

# %% 10a.2 asks about what_to_do
cases = [
    ((0.6, 100, 100, 7, 0.6), "more likely than not"),
    ((0.9, 100, 50, 10, 0.8), "a likely claim"),
    ((0.37, 90, 70, 6, 0.9), "odd numbers"),
    ((0.5, 100, 80, 10, 0.9), "an even one"),
    ((0.1, 100, 80, 10, 0.9), "an unlikely one"),
    ((0.5, 100, 80, 40, 0.9), "a dear check"),
    ((0.5, 100, 200, 10, 0.5), "a weak check"),
    ((0.5, 100, 400, 10, 0.75), "a weak check and a great loss"),
    ((0.25, 100, 25, 5, 1.0), "a perfect check"),
    ((0.4, 10, 30, 6, 1.0), "a check that costs more than it brings"),
    ((0.0, 100, 50, 1, 1.0), "a claim that cannot hold"),
    ((1.0, 100, 50, 0, 0.5), "a claim that must hold, and a check for nothing"),
    ((0.5, 50, 50, 30, 1.0), "building and dropping are equal"),
    ((0.75, 64, 64, 16, 1.0), "checking and building are equal"),
    ((0.5, 32, 64, 16, 1.0), "checking and dropping are equal"),
    ((0.5, 64, 64, 32, 1.0), "all three are equal"),
]
for (p, gain, loss, cost, power), what in cases:
    build = p * gain - (1 - p) * loss
    slipped = (1 - p) * (1 - power) * loss
    values = {"drop": 0.0, "check": p * gain - slipped - cost, "build": build}
    want = max(values, key=values.get)
    got = what_to_do(p, gain, loss, cost, power)
    case = f"{what}: p {p}, gain {gain}, loss {loss}, cost {cost}, power {power}"
    pair = isinstance(got, (tuple, list)) and len(got) == 2
    c.true(pair and isinstance(got[0], str), f"{case}: give a name and a value, in this order")
    c.true(got[0] in values, f'{case}: the name is "build", "check" or "drop", not {got[0]!r}')
    slips = {
        "every claim that does not hold is found: but a check has its power": p * gain - cost,
        "the check's cost is paid also where the claim does not hold": p * (gain - cost) - slipped,
        "power is the share that is found, not the share that slips through": p * gain
        - (1 - p) * power * loss
        - cost,
        "what is found is dropped, and its loss with it": build - cost,
        "a check is not for nothing": p * gain - slipped,
        "an expected value is over all claims, not over those that pass": (p * gain - slipped)
        / (1 - (1 - p) * power or 1)
        - cost,
        "an expected value need not be a whole number": round(values["check"]),
    }
    c.close(
        got[1],
        values[got[0]],
        what=f'{case}, the value of "{got[0]}"',
        hint="what can happen, how likely is each, and what does it bring?",
        slips=slips if got[0] == "check" else {"the loss is what is lost": p * gain + (1 - p) * loss},
    )
    if values[got[0]] == values[want]:
        c.true(got[0] == want, f"{case}: of equal values the most careful way")
    c.equal(got[0], want, what=case, hint="which of the three values is the largest?")

# %% 10a.3 asks about same_works
import numpy as np

draws = np.random.default_rng(3)
cases = [
    ([{"a"}, {"b"}, {"c"}], "nothing is shared"),
    ([{"a"}, {"b"}, {"a"}], "the first and the last share a key"),
    ([{"a"}, {"b"}, {"a", "b"}], "the last joins two that were apart"),
    ([{"a", "b"}, {"b", "c"}, {"c", "d"}, {"d", "e"}], "a chain"),
    ([{"d", "e"}, {"a", "b"}, {"c", "d"}, {"b", "c"}], "a chain out of order"),
    ([{"a"}, {"b"}, {"c"}, {"d"}, {"a", "d"}, {"b", "c"}, {"c", "d"}], "four become one at the end"),
    ([set(), {"a"}, set(), {"a"}], "two mentions without keys"),
    ([{"a"}, {"A"}, {"aa"}], "keys that look alike"),
    ([], "no mention at all"),
    ([set(map(str, draws.integers(0, 30, size=2))) for _ in range(30)], "thirty mentions"),
    ([{f"k{at}", f"k{at + 1}"} for at in draws.permutation(40)], "a long chain out of order"),
]
for given, what in cases:
    left, want = list(range(len(given))), []
    while left:
        group, grown = [left.pop(0)], True
        keys = set(given[group[0]])
        while grown:
            more = [place for place in left if given[place] & keys]
            grown = bool(more)
            group += more
            left = [place for place in left if place not in more]
            keys = keys.union(*(given[place] for place in more))
        want.append(sorted(group))
    got = same_works(given)
    listed = hasattr(got, "__len__") and all(hasattr(group, "__len__") for group in got)
    c.true(listed, f"{what}: a list of lists is asked for")
    got = [list(group) for group in got]
    c.true(all(got), f"{what}: there is a group without a mention")
    named = any(isinstance(place, (str, set, list, tuple)) for group in got for place in group)
    c.true(not named, f"{what}: a group holds the places of its mentions, not their keys")
    if sorted(map(sorted, got)) == want and got != want:
        c.fail(f"{what}: the groups are right, their order is not")
    places = sorted(place for group in got for place in group)
    c.equal(places, list(range(len(given))), what=f"{what}: every mention stands in one group, once")
    c.true(len(got) <= len(want), f"{what}: what a chain of shared keys connects is one work")
    c.equal(got, want, what=what, hint="which groups does this mention touch?")

# %% 10a.4 asks about check_character
ISSN, OLD, NEW = list(range(8, 0, -1)), list(range(10, 0, -1)), [1, 3] * 6 + [1]
cases = [
    ("0317847", ISSN, 11),
    ("0378595", ISSN, 11),
    ("2434561", ISSN, 11),
    ("0000000", ISSN, 11),
    ("0000006", ISSN, 11),
    ("000000001", OLD, 11),
    ("026203561", OLD, 11),
    ("978026203561", NEW, 10),
    ("978331994462", NEW, 10),
    ("978026204864", NEW, 10),
    ("978000000000", NEW, 10),
    ("978000000004", NEW, 10),
    ("12345", [2, 1, 2, 1, 2, 1], 7),
]
for digits, weights, modulus in cases:
    total = sum(int(d) * w for d, w in zip(digits, weights[:-1], strict=True))
    value = -total % modulus
    want = "X" if value == 10 else str(value)
    got = check_character(digits, list(weights), modulus)
    case = f"{digits} with modulus {modulus}"
    c.true(isinstance(got, str), f"{case}: a text is asked for, not {type(got).__name__}")
    if want == "X":
        c.true(got != "10", f"{case}: ten has a character of its own")
    if value == 0:
        c.true(got not in (str(modulus), "X"), f"{case}: the sum is a multiple already")
    c.true(len(got) == 1, f"{case}: one character is asked for, and no other")
    if got == ("X" if total % modulus == 10 else str(total % modulus)) != want:
        c.fail(f"{case}: that is the remainder; what is missing to the next multiple?")
    if got == ("X" if -total % 11 == 10 else str(-total % 11)) != want:
        c.fail(f"{case}: the modulus is an argument; it is not always 11")
    back = sum(int(d) * w for d, w in zip(digits[::-1], weights[:-1], strict=True))
    if back % modulus != total % modulus and got == (
        "X" if -back % modulus == 10 else str(-back % modulus)
    ):
        c.fail(f"{case}: the first weight belongs to the first digit")
    c.equal(got, want, what=case, hint="how much is missing to the next multiple?")
