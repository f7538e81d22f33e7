# 6h · An agent
# Made from lessons/06h_agent.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
model: str = "smollm2"  # smollm2, or the path of a GGUF file or of a checkpoint's folder
requests: int = 28  # requests that the open model answers with a call  in [6, 48]
runs: int = 4  # how often it answers twelve of them, warmer  in [2, 8]
heat: float = 0.7  # temperature of those runs  in (0, 2]
minute: float = 0.5  # euros for a clerk's minute (invented)  in (0, 100]
error: float = 12.0  # euros that a silent wrong call costs (invented)  in [0, 10000]
token_price: float = 0.6  # euros for a million tokens (invented)  in [0, 1000]

# %% 6h.1 asks about circling
def made(*steps):
    """Steps such as "stock bell 3" as a history."""
    found = []
    for step in steps:
        tool, item, result = step.split()
        call_ = {"tool": tool, "item": item}
        found.append((call_ | ({"quantity": 1} if tool == "order" else {}), {"result": int(result)}))
    return found

again = "the last call and its result are those of an earlier step, and nothing was ordered in between"
cases = [
    ([], False, "the history is empty"),
    (["stock bell 3"], False, "there is only one call"),
    (["stock bell 3", "stock bell 3"], True, again),
    (["stock bell 3", "stock lamp 3"], False, "another item is another call"),
    (["stock bell 3", "price bell 3"], False, "another tool is another call"),
    (["stock bell 3", "stock bell 2"], False, "the result is new, so the call was not in vain"),
    (["stock bell 3", "price bell 9", "stock bell 3"], True, again),
    (["stock bell 3", "order bell 9", "stock bell 3"], False, "an order stands in between"),
    (["stock bell 3", "order lamp 32", "stock bell 3"], False, "an order stands in between"),
    (
        ["stock bell 3", "order bell 9", "price bell 9", "stock bell 3"],
        False,
        "an order stands in between",
    ),
    (["stock bell 3", "order bell 9", "stock bell 2", "stock bell 2"], True, again),
    (["stock bell 3", "order lamp 32", "stock bell 3", "stock bell 3"], True, again),
    (["order bell 9", "stock bell 3", "price bell 9", "stock bell 3"], True, again),
    (["order bell 9", "order bell 9"], False, "two equal orders are no circle"),
    (["order bell 9", "stock bell 2", "order bell 9"], False, "two equal orders are no circle"),
    (["stock bell 3", "stock bell 3", "price bell 9"], False, "only the last call is asked about"),
    (["stock bell 3", "stock bell 2", "stock bell 3"], True, again),
    (
        ["price lamp 32", "stock bell 3", "order lamp 32", "price lamp 32"],
        False,
        "an order stands in between",
    ),
]
failed = {"error": "sold out"}
refused = [({"tool": "stock", "item": "bell"}, failed), ({"item": "bell", "tool": "stock"}, failed)]
named = [(", ".join(steps_) or "nothing", made(*steps_), wanted, why) for steps_, wanted, why in cases]
named += [("stock bell refused twice, its fields in another order", refused, True, again)]
look, sold = made("stock bell 3"), ({"tool": "order", "item": "bell", "quantity": 9}, {"error": "only 3"})
between = "an order stands in between, and a refused one counts too"
named += [("stock bell 3, order bell refused, stock bell 3", [*look, sold, *look], False, between)]
named += [("order bell refused twice", [sold, sold], False, "two equal orders are no circle")]
for steps_, history_, wanted, why in named:
    got = circling(history_)
    c.true(got is ... or got in (True, False), f"return True or False, not {got!r}")
    kind = "no circle" if got else "a circle"
    c.true(
        got is ... or bool(got) is wanted,
        f"{steps_}: this is {kind}; {why}",
        "write down the pairs between the last call and its twin, and look at each",
    )

# %% 6h.2 asks about may_buy
two, one, dear = ("bell", 2, 18), ("bell", 1, 9), ("lamp", 1, 32)
cases = [
    (("bell", 2, 18, [two], 50), True, [], "the customer said yes to exactly this"),
    (("bell", 2, 18, [], 50), False, [], "nobody said yes"),
    (("bell", 3, 18, [two], 50), False, [two], "the yes was for another quantity"),
    (("bell", 1, 9, [two], 50), False, [two], "the yes was for another quantity"),
    (("lamp", 2, 18, [two], 50), False, [two], "the yes was for another item"),
    (("bell", 2, 19, [two], 50), False, [two], "it has become dearer than agreed"),
    (("bell", 2, 17, [two], 50), True, [], "cheaper than agreed is fine"),
    (("bell", 2, 18, [two], 17), False, [two], "the purse does not suffice"),
    (("bell", 2, 18, [two], 18), True, [], "the purse just suffices"),
    (("bell", 2, 17, [two], 17), True, [], "the purse just suffices for what it costs now"),
    (("bell", 2, 18, [two, two], 50), True, [two], "a yes holds once, so one of two equal ones remains"),
    (("bell", 2, 18, [one, two, dear], 50), True, [one, dear], "only the fitting yes is used up"),
    (
        ("bell", 2, 18, [("bell", 2, 16), two], 50),
        True,
        [("bell", 2, 16)],
        "the first is too low, the second fits",
    ),
    (
        ("bell", 2, 16, [two, ("bell", 2, 16)], 50),
        True,
        [("bell", 2, 16)],
        "both fit, and the oldest is used up",
    ),
    (
        ("bell", 2, 16, [("bell", 2, 16), two], 50),
        True,
        [two],
        "both fit, and the oldest is used up",
    ),
    (("bell", 2, 18, [dear, two, one], 50), True, [dear, one], "what remains keeps its order"),
    (("lamp", 1, 32, [two, dear], 30), False, [two, dear], "the purse does not suffice"),
    (("bell", 2, 0, [("bell", 2, 0)], 0), True, [], "a gift costs nothing and needs no purse"),
]
for given, allowed, left, why in cases:
    answer = may_buy(*given)
    what = f"{given[1]} {given[0]} for {given[2]}, yeses {given[3]}, purse {given[4]}"
    pair = isinstance(answer, (tuple, list)) and len(answer) == 2
    c.true(answer is ... or pair, f"{what}: return two things, True or False and the remaining yeses")
    c.true(answer[0] in (True, False), f"{what}: the first thing is True or False, not {answer[0]!r}")
    c.true(
        bool(answer[0]) is allowed,
        f"{what}: it {'may not' if answer[0] else 'may'} be bought: {why}",
        "test item, quantity, price and purse one by one",
    )
    c.true(
        isinstance(answer[1], (list, tuple))
        and [tuple(y) if isinstance(y, list) else y for y in answer[1]] == left,
        f"{what}: other yeses remain than {answer[1]!r}: {why}",
        "what was not used stays, in its order",
    )

# %% 6h.3 asks about allowed
import numpy as np

vocabulary = ["b", "be", "bell", "ell", "l", "ll", " mount", "", "belt", "t", "x", "bells", " "]
stop = len(vocabulary)
texts_ = ["bell", "bell mount", "belt"]

def wanted_(texts, so_far, vocabulary):
    going = [n for n, v in enumerate(vocabulary) if v and any(t.startswith(so_far + v) for t in texts)]
    return going + [len(vocabulary)] * (so_far in texts)

cases = [
    (texts_, "", vocabulary),
    (texts_, "be", vocabulary),
    (texts_, "bel", vocabulary),
    (texts_, "bell", vocabulary),
    (texts_, "belt", vocabulary),
    (texts_, "bell ", ["mount", "m", " mount", "o", "mountain"]),
    (texts_, "bx", vocabulary),
    (["aa", "aaa"], "a", ["a", "aa", "aaa", ""]),
    (["stock"], "st", ["ock", "o", "stock", "st", "ck", "oc"]),
    (["", "a"], "", ["a", "b", ""]),
    (["ab"], "", ["a", "b", "a", "ab"]),
    (["axb", "1+1"], "", ["a.", ".", "1+", "1", "ax"]),  # no sign stands for others
    ([], "", ["a"]),
]
for texts, so_far, spelt in cases:
    want, got = wanted_(texts, so_far, spelt), allowed(texts, so_far, spelt)
    what = f"{so_far!r} is written, of {texts}"
    if got is not ... and np.ndim(got) == 1:
        whole = len(got) == 0 or np.asarray(got).dtype.kind in "iu"
        c.true(whole, f"{what}: return the numbers of the tokens, not {got!r}")
        numbers_ = [int(n) for n in got]
        end_, names_ = len(spelt), {n: repr(v) for n, v in enumerate(spelt)}
        why = "would the text, with all of the token, be the beginning of an allowed one?"
        over = [names_[n] for n in numbers_ if n not in want and n in names_]
        lost = [names_[n] for n in want if n not in numbers_ and n in names_]
        c.true("''" not in over, f"{what}: a token that spells nothing is allowed", why)
        c.true(not over, f"{what}: after {', '.join(over)} no allowed text can be reached", why)
        c.true(not lost, f"{what}: {', '.join(lost)} may come too", why)
        c.true(
            (end_ in numbers_) == (end_ in want),
            f"{what}: stopping is {'not ' if end_ in numbers_ else ''}allowed here",
            "is what stands there complete?",
        )
    c.equal(list(got), want, what=what, hint="rising numbers, each once, and the stop last")

# %% 6h.4 asks about all_right
import math

cases = [
    ([4, 0, 2], 4, 2),
    ([3], 4, 2),
    ([4, 4], 4, 4),
    ([3, 3], 4, 4),
    ([1, 2, 3, 4], 4, 1),
    ([5, 7, 10, 0, 9], 10, 3),
    ([1, 1, 6], 6, 5),
    ([990, 400, 1000], 1000, 20),
    ([999, 1000], 1000, 1000),
]
for right, n, k in cases:
    ways = math.comb(n, k)
    want = sum(math.comb(each, k) / ways for each in right) / len(right)
    mean = sum(right) / len(right) / n
    slips = {
        "the k runs are different ones: none is picked twice": sum((each / n) ** k for each in right)
        / len(right),
        "tasks differ; do not mix them before asking for k right ones": mean**k,
        "that is the chance of at least one right run": 1
        - sum(math.comb(n - each, k) / ways for each in right) / len(right),
        "that is a sum over the tasks, not a mean": want * len(right),
        "a task needs not have all its n runs right, only the k that are picked": sum(
            each == n for each in right
        )
        / len(right),
    }
    slips = {text: slip for text, slip in slips.items() if not math.isclose(slip, want, rel_tol=1e-6)}
    hint = "count the ways to pick k right runs, and all ways to pick k runs, for one task"
    c.close(
        all_right(right, n, k),
        want,
        what=f"right {right} of {n}, k = {k}",
        slips=slips,
        hint=hint,
        rtol=1e-6,
    )

# %% 6h.5 asks about best_plan
from utils import stats
import math

def plans(w, clerk, machine, check_, noticed, error):
    later = noticed * clerk + (1 - noticed) * error
    return {"clerk": clerk, "machine": machine + w * error, "checked": machine + check_ + w * later}

cases = [
    (47, 48, 3.0, 0.01, 0.3, 0.9, 2.0),
    (90, 100, 5.0, 0.1, 0.2, 0.7, 20.0),
    (40, 48, 1.5, 0.01, 0.3, 0.9, 12.0),
    (20, 48, 1.5, 0.01, 0.3, 0.9, 12.0),
    (30, 48, 4.0, 0.05, 0.5, 0.95, 60.0),
    (480, 500, 2.0, 0.02, 0.4, 0.8, 10.0),
    (10, 10, 2.0, 0.02, 0.5, 0.7, 5.0),
    (0, 20, 2.0, 0.0, 0.5, 1.0, 9.0),
    (50, 100, 2.0, 2.0, 0.5, 0.5, 0.0),
    (90, 100, 5.0, 0.1, 0.4, 0.0, 20.0),
    (95, 100, 5.0, 0.1, 0.0, 1.0, 30.0),
    (90, 100, 5.0, 0.1, 0.0, 0.0, 20.0),
]
for given in cases:
    right, tried, *costs_ = given
    clerk_, machine_, check_, noticed_, error_ = costs_
    low, high = stats.wilson(right, tried)
    found = plans(1 - low, *costs_)
    name = min(found, key=found.get)
    answer = best_plan(*given)
    what = f"{right} of {tried} right, clerk {clerk_}, machine {machine_}, check {check_}, noticed {noticed_}, error {error_}"
    pair = isinstance(answer, (tuple, list)) and len(answer) == 2 and isinstance(answer[0], str)
    c.true(answer is ... or pair, f"{what}: return two things, the name of the plan and its cost")

    def cheapest(w, costs_=costs_, **changes):
        """The cost that somebody finds who makes one of the slips."""
        named = (
            dict(zip(("clerk", "machine", "check_", "noticed", "error"), costs_, strict=True)) | changes
        )
        return min(plans(w, **named).values())

    slips = {
        "the pilot's own share of right tasks is a guess; be more careful": cheapest(1 - right / tried),
        "that is the hopeful end of the interval": cheapest(1 - high),
        "the share that is right has changed places with the share that is wrong": cheapest(low),
        "the checker does not notice every wrong task": cheapest(1 - low, noticed=1.0),
        "a wrong task that is noticed must be done anew, and that costs too": min(
            clerk_, machine_ + (1 - low) * error_, machine_ + check_ + (1 - low) * (1 - noticed_) * error_
        ),
        "looking at each result costs too": cheapest(1 - low, check_=0.0),
        "a wrong task that is noticed goes to the clerk, one that is not costs the error; these two are swapped": cheapest(
            1 - low, noticed=1 - noticed_
        ),
    }
    # every mistake that ends at the clerk's cost looks the same, so that cost tells nothing
    told = (found[name], clerk_)
    slips = {
        text: slip
        for text, slip in slips.items()
        if not any(math.isclose(slip, other, rel_tol=1e-4) for other in told)
    }
    c.close(
        answer[1],
        found[name],
        what=what,
        slips=slips,
        hint="write down the three costs for one task, then compare",
        rtol=1e-4,  # the interval by hand has z = 1.96
    )
    c.equal(
        answer[0],
        name,
        what=f"{what}: the plan",
        hint="of equally cheap plans the first in the order of the text",
    )
