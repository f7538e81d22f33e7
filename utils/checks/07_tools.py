# 7 · Tools
# Made from lessons/07_tools.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
backend: str = "torch"  # engine under Keras; the README says how to get others  in {torch, tensorflow, jax}
hidden: int = 32  # hidden units of the network  in [2, 512]
epochs: int = 10  # passes over the training images  in [1, 200]
compiled: bool = False  # also build a program with torch.compile; needs a C++ compiler
gpu_hour: float = 2.0  # rent of a machine with a GPU for an hour, in €  in (0, 100]

# %% 7.1 asks about sgd_with_alpha
import numpy as np

for n, alpha, lr, d, k in [
    (40, 0.5, 0.3, 4, 3),
    (7, 3.0, 0.05, 2, 2),
    (100, 0.0, 0.1, 3, 5),
    (1, 0.2, 1.0, 1, 4),
]:
    draws = np.random.default_rng(n)
    W, W_slope = draws.normal(size=(2, d, k))
    b, b_slope = draws.normal(size=(2, k))
    pull = alpha * W / n
    plain_W, plain_b = W - lr * W_slope, b - lr * b_slope
    got = sgd_with_alpha(W, b, W_slope, b_slope, lr, alpha, n)
    c.true(
        isinstance(got, (tuple, list)) and len(got) == 2, "return two arrays: the matrix, then the bias"
    )
    what = f"alpha {alpha}, {n} rows, rate {lr}"
    slips = {
        "the matrix feels no pull yet": plain_W,
        "the pull depends on the number of rows; change it and measure again": plain_W - lr * alpha * W,
        "the pull is twice or half as strong": plain_W - lr * pull / 2,
        "the pull is twice or half as strong: measure once more": plain_W - lr * pull * 2,
        "the pull must go through the rate as well": plain_W - pull,
        "the pull goes towards 0, not away from it": plain_W + lr * pull,
        "the pull grows with the weight itself, not only with its sign": plain_W
        - lr * alpha * np.sign(W) / n,
    }
    hint = "double alpha, then halve the rows: how does the difference from alpha = 0 answer?"
    slips |= {
        "the pull was taken from weights that had stepped already": plain_W * (1 - lr * alpha / n),
        "the slopes are a mean over the rows already": W - lr * (W_slope + alpha * W) / n,
    }
    c.close(
        got[0],
        plain_W - lr * pull,
        rtol=1e-5,
        atol=1e-6,
        what=f"the matrix, {what}",
        slips=slips,
        hint=hint,
    )
    slips = {"the bias feels no pull": plain_b - lr * alpha * b / n, "the bias takes a step as well": b}
    slips["the bias feels no pull, of whatever size"] = plain_b - lr * alpha * b
    hint = "start a bias away from 0"
    c.close(got[1], plain_b, rtol=1e-5, atol=1e-6, what=f"the bias, {what}", slips=slips, hint=hint)

# %% 7.2 asks about careful_loads
from pathlib import Path
import os
import pickle
import tempfile

import collections
import fractions

shelter = tempfile.TemporaryDirectory()
place = Path(shelter.name)

class Planted:
    def __reduce__(self):
        return os.makedirs, (str(place / "proof"),)

ordered, counter = collections.OrderedDict(a=1, b=[2]), collections.Counter("aab")
known = [("collections", "OrderedDict"), ("fractions", "Fraction")]
plain = {
    "os": ["makedirs", 1, 2.5, None],
    "posix": (True, "c\nd"),
    "eval": "builtins collections Counter",
}

def opens(value, allowed, what, hint, protocol=4):
    try:
        got = careful_loads(pickle.dumps(value, protocol), allowed)
    except (pickle.UnpicklingError, ImportError) as error:
        c.fail(f"{what}: it should open, but {type(error).__name__} was raised", hint)
    c.equal(got, value, what=what, hint=hint)

opens(plain, [], "a pickle that fetches nothing", "texts are harmless")
opens(fractions.Fraction(3, 7), known, "an allowed fraction", "allowed pairs pass")
for protocol in (2, 4, 5):
    opens(
        [ordered, 1],
        known,
        f"an allowed OrderedDict, protocol {protocol}",
        "allowed pairs pass",
        protocol,
    )
opens(1 + 2j, {("builtins", "complex")}, "pairs in a set", "any collection of pairs will do")
spelt = "compare the pickle's own spelling, and let pickle fetch what is allowed"
opens(1 + 2j, [("__builtin__", "complex")], "an allowed complex number, protocol 2", spelt, 2)
proof = (place / "proof").as_posix().encode()
# "os" and "makedirs" are put aside, two allowed names thrown away, then the first two fetched back
aside = (
    b"\x80\x04\x8c\x02os\x940\x8c\x08makedirs\x940\x8c\x0bcollections\x8c\x0bOrderedDict00h\x00h\x01\x93"
)
refuse = {
    "a call in the middle of a list": (pickle.dumps([1, Planted(), ordered]), known),
    "an OrderedDict where nothing is allowed": (pickle.dumps(ordered), []),
    "a complex number where nothing is allowed": (pickle.dumps(1 + 2j), []),
    "a Counter where OrderedDict is allowed": (pickle.dumps(counter), known),
    "OrderedDict of the module typing": (b"\x80\x04\x8c\x06typing\x8c\x0bOrderedDict\x93.", known),
    "OrderedDict.fromkeys": (b"\x80\x04\x8c\x0bcollections\x8c\x14OrderedDict.fromkeys\x93.", known),
    "Fraction of collections": (b"\x80\x04\x8c\x0bcollections\x8c\x08Fraction\x93.", known),
    "a call after an allowed pair": (pickle.dumps([ordered, Planted()]), known),
    "a call in an old protocol": (pickle.dumps(Planted(), protocol=0), known),
    "a call by the old command INST": (b"(V" + proof + b"\nios\nmakedirs\n.", known),
    "names that were put aside": (
        aside + b"X" + len(proof).to_bytes(4, "little") + proof + b"\x85R.",
        known,
    ),
}
for what, (content, allowed) in refuse.items():
    try:
        got, refused = careful_loads(content, allowed), None
    except Exception as error:
        got, refused = None, error
    c.true(
        not (place / "proof").exists(),
        f"{what}: the file's call was made before it was refused",
        "who is asked before a function is fetched?",
    )
    c.true(
        refused is not None,
        f"{what}: that pair is not allowed, and nothing was refused",
        "at each fetch, compare module and name, both whole",
    )
    kind = isinstance(refused, pickle.UnpicklingError)
    c.true(kind, f"{what}: refused with {type(refused).__name__}; which error does the text ask for?")

# %% 7.3 asks about first_misfit
cases = [[1, 2, 4, 5], [1, 2, 3], [2, 3, 4], [1, 3, 2], [1, 2, None, 4], [1, None], [None, None], [], [7]]
cases += [[1, 2, 3, 4, 4], [5, 2, 3], [1, 2, 3, None], [1], [1, 2, 2, 4], [3, 2, 1], [None, 2, 3]]
wants = [next((i for i, count in enumerate(counts) if count != i + 1), None) for counts in cases]
found = [first_misfit(counts) for counts in cases]
from_one = [None if want is None else want + 1 for want in wants]
numbered = all(type(got) is type(one) and got == one for got, one in zip(found, from_one, strict=True))
c.true(not numbered, "cells are numbered from 0")
counters = [None if want is None else one[want] for one, want in zip(cases, wants, strict=True)]
c.true(found != counters, "those are the counters of the cells; an index says where a cell stands")
for counts, want, got in zip(cases, wants, found, strict=True):
    hint = "a hole is a misfit, and so is a first counter that is not 1"
    c.true(
        want is None or got is not None, f"counters {counts}: not every cell fits, but None says so", hint
    )
    c.true(
        want is not None or got is None, f"counters {counts}: all cells fit, yet the answer is {got!r}"
    )
    c.equal(got, want, what=f"counters {counts}", hint="which counter must the cell at index i have?")

# %% 7.4 asks about rent_or_buy
cases = [(40, 24, 2.0, 9000, 450, 60, 0.3, 3000), (400, 24, 2.0, 9000, 450, 60, 0.3, 3000)]
cases += [(0, 12, 2.0, 2500, 300, 40, 0.25, 2500), (730, 36, 1.1, 20000, 700, 90, 0.4, 0)]
# the first two are equal, without a rounding
cases += [
    (100, 10, 2.0, 2000, 0, 0, 0.5, 0),
    (10, 1, 1.5, 12.5, 500, 0, 0.5, 0),
    (100, 20, 2.0, 4500, 0, 0, 0.5, 1000),
    (100, 10, 2.0, 2000, 0, 0, 0.5, 0.4),  # cheaper by cents
]
for case in cases:
    hours, months, price, purchase, watts, idle, kwh, resale = case
    rented, monthly = hours * months * price, (hours * watts + (730 - hours) * idle) / 1000 * kwh
    bought = purchase + months * monthly - resale
    swapped = (hours * idle + (730 - hours) * watts) / 1000 * kwh
    at_work, all_idle = hours * watts / 1000 * kwh, (hours * watts + 730 * idle) / 1000 * kwh
    got = rent_or_buy(*case)
    c.true(
        isinstance(got, (tuple, list)) and len(got) == 3,
        "return three things: € rented, € bought, the decision",
    )
    what = f"{hours} hours for {months} months, {price} € an hour, {purchase} € once"
    slips = {"that is one month": hours * price, "renting and buying are exchanged": bought}
    c.close(got[0], rented, atol=0.006, what=f"rented, {what}", slips=slips, hint="hours, months, €")
    slips = {
        "the machine is on for the rest of the month as well": purchase + months * at_work - resale,
        "an hour is either worked or idle, not both": purchase + months * all_idle - resale,
        "it is sold at the end": purchase + months * monthly,
        "the purchase is paid once": months * (purchase + monthly) - resale,
        "energy is paid in every month": purchase + monthly - resale,
        "those are watt-hours, not kilowatt-hours": purchase + 1000 * months * monthly - resale,
        "electricity is missing": purchase - resale,
        "the two numbers of watts have changed places": purchase + months * swapped - resale,
        "a month is said to have another length": purchase
        + months * (monthly - 0.01 * idle * kwh)
        - resale,
        "what comes back lowers the cost": purchase + months * monthly + resale,
    }
    c.close(
        got[1], bought, atol=0.006, what=f"bought, {what}", slips=slips, hint="energy of one month first"
    )
    c.equal(
        got[2],
        "buy" if bought < rented else "rent",
        what=f"the decision, {what}",
        hint="cheaper, not equal, is a reason to buy",
    )

# %% 7.5 asks about verify
from utils.data import Work

def work(title, authors, *identifiers):
    return Work("book", title, tuple(authors), 2020, identifiers, "https://example.org")

table = [
    work("Bicycles: a Textbook", ["Okafor"], "doi:10.5555/978-1-00", "isbn:9781111111113"),
    work("Bicycles: a Textbook", ["Okafor"], "doi:10.5555/978-2-00"),
    work("The Théory of Brakes", ["Müller", "van der Berg"], "arxiv:2001.00001"),
    work("Chains", ["Lee", "Okafor"], "arxiv:2001.00002", "doi:10.5555/chains"),
    work("Spokes, and Why", ["Lee"]),
    work("Hubs", ["Díaz-Roe"], "doi:10.5555/HUB-1"),
    work("Hubs", ["Smith"], "doi:10.5555/HUB-2"),
]
cases = [
    (
        "Bicycles: a textbook",
        "Okafor",
        "doi:10.5555/978-1-00",
        "confirmed",
        "title, author and identifier agree",
    ),
    (
        "BICYCLES - A TEXTBOOK",
        "okafor",
        "DOI:10.5555/978-2-00",
        "confirmed",
        "the second edition is one of its own",
    ),
    (
        "Bicycles: a Textbook",
        "Okafor",
        "isbn:978-1-111-11111-3",
        "confirmed",
        "an ISBN may be written with hyphens",
    ),
    ("The Theory of Brakes", "Muller", "arxiv:2001.00001", "confirmed", "accents do not matter"),
    (
        "The Theory of Brakes",
        "van der Berg",
        "arXiv:2001.00001",
        "confirmed",
        "any of the authors may be named",
    ),
    ("Chains", "Okafor", "doi:10.5555/CHAINS", "confirmed", "a work may have several identifiers"),
    ("Chains", "Lee", "arxiv:2001.00001", "another work", "the identifier belongs to a work on brakes"),
    (
        "Chains",
        "Müller",
        "arxiv:2001.00002",
        "another work",
        "the work exists, but nobody of this name wrote it",
    ),
    (
        "Chains",
        "Berg",
        "arxiv:2001.00001",
        "another work",
        "neither title nor author fit the identifier's work",
    ),
    ("hubs", "Diaz Roe", "doi:10.5555/hub1", "confirmed", "both sides in small letters, without hyphens"),
    ("The Theory of Brakes", "Berg", "arxiv:2001.00001", "another work", "part of a name is none"),
    ("The Brakes of Theory", "Müller", "arxiv:2001.00001", "another work", "the order of words counts"),
    (
        "The Theory of Gears",
        "Müller",
        "arxiv:2001.00001",
        "another work",
        "the author fits, the title does not",
    ),
    (
        "Bicycles",
        "Okafor",
        "doi:10.5555/978-1-00",
        "another work",
        "a title without its subtitle is another list of words",
    ),
    (
        "Chains",
        "Okafor",
        "doi:10.5555/978-9-99",
        "wrong identifier",
        "the work is there, the identifier is not",
    ),
    (
        "Spokes and why",
        "Lee",
        "isbn:9780000000002",
        "wrong identifier",
        "a work without identifiers can be there as well",
    ),
    ("Hubs", "Díaz-Roe", "doi:10.5555/hub-3", "wrong identifier", "two works may have one title"),
    ("Hubs", "Smith", "doi:10.5555/hub-3", "wrong identifier", "two works may have one title"),
    (
        "Chains",
        "Lee",
        "doi:105555/chains",
        "wrong identifier",
        "hyphens do not count, points do",
    ),
    ("Chains", "Müller", "doi:10.5555/none", "not found", "title and author must be of one work"),
    (
        "Bicycles: a Textbook",
        "Lee",
        "arxiv:1999.99999",
        "not found",
        "title and author must be of one work",
    ),
    ("On Cranks", "Okafor", "arxiv:2001.0000", "not found", "part of an identifier is none"),
    ("Chain", "Lee", "doi:10.5555/978", "not found", "part of a title is none"),
]
for title, author, identifier, want, why in cases:
    got = verify(title, author, identifier, list(table))
    c.equal(got, want, what=f"“{title}” by {author}, {identifier}", hint=why)
c.equal(
    verify("Chains", "Lee", "doi:10.5555/chains", []),
    "not found",
    what="an empty table",
    hint="nothing is in it",
)
