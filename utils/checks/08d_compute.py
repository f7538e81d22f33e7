# 8d · Compute
# Made from lessons/08d_compute.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
model: str = "smollm2"  # smollm2, own (the small one trained here), or the path of a GGUF file or of a checkpoint's folder
documents: int = 12  # pages of the shop that judge a rounding  in [4, 40]
steps: int = 160  # training steps of our own small model  in [40, 5000]
bandwidth: float = 2039.0  # GB a second that a rented GPU reads (A100 80 GB, data sheet)  in [1, 100000]
peak: float = 312.0  # its TFLOP a second, dense, 16 bits (data sheet)  in [0.1, 100000]
kwh: float = 0.19  # euros for a kilowatt-hour (EU, firms, first half of 2025: Eurostat)  in [0, 10]

# %% 8d.1 asks about round_float
import numpy as np
import torch

rng = np.random.default_rng(3)
x = np.concatenate([rng.normal(size=200) * 10.0 ** rng.integers(0, 4, size=200), [0.0, 1.0, -4.0]])
x = x.astype(np.float32).astype(float)
between = np.array([1 + 2**-8, 1 + 3 * 2**-8, -3 - 2**-7, 1 + 2**-11, 5.0])
for digits, kind in ((7, torch.bfloat16), (10, torch.float16)):
    for name, numbers_ in {"200 numbers": x, "ties": between}.items():
        wanted = torch.tensor(numbers_, dtype=torch.float32).to(kind).double().numpy()
        low_, up = np.frexp(numbers_)
        fine = 2.0 ** (digits + 1)
        scaled = low_ * fine
        cuts = {
            "one digit too few is kept": np.round(scaled / 2) * 2,
            "one digit too many is kept": np.round(scaled * 2) / 2,
            "it is cut, not rounded": np.trunc(scaled),
            "it always rounds down": np.floor(scaled),
            "the digits are counted from the point, not from the leading one": np.ldexp(
                np.round(numbers_ * fine / 2) * 2, -up
            ),
        }
        if name == "ties":  # here cutting and sending ties towards zero are the same
            cuts = {
                "ties go to the even neighbour, not away from zero": np.sign(low_)
                * np.floor(abs(scaled) + 0.5),
                "ties go to the even neighbour, not towards zero": np.trunc(scaled),
                "ties go to the even neighbour, not up": np.floor(scaled + 0.5),
                "ties go to the even neighbour, not down": np.ceil(scaled - 0.5),
            }
        slips = {slip: np.ldexp(whole / fine, up) for slip, whole in cuts.items()}
        hint = "try 1, 1.5 and 1 + 2^-digits with few digits on paper"
        c.close(
            round_float(numbers_, digits),
            wanted,
            rtol=1e-12,
            atol=0,
            what=f"{name}, {digits} digits",
            slips=slips,
            hint=hint,
        )
c.close(
    round_float(np.array([5.0, 7.0, 0.3]), 1),
    [4.0, 8.0, 0.25],
    what="5, 7 and 0.3 with one digit",
    hint="which floats with one digit are next to 5?",
)
c.close(
    round_float(np.array([23 * 2.0**100, -17 * 2.0**-100]), 2),
    [24 * 2.0**100, -16 * 2.0**-100],
    rtol=1e-12,
    atol=0,
    what="23·2^100 and -17·2^-100 with two digits",
    hint="the exponent may be any whole number",
)

# %% 8d.2 asks about bits_a_weight
import math

cases = [
    (576, 576, 4, 32, 4),
    (576, 1536, 8, 0, 2),
    (10, 100, 4, 32, 4),
    (7, 128, 3, 32, 4),
    (3, 64, 4, 64, 2),
    (64, 96, 2, 16, 3),
    (6, 33, 4, 32, 2),
    (4, 20, 4, 32, 2),
]
for outputs, inputs, per, group, shared in cases:
    rulers = len(range(0, inputs, group)) if group else 1
    wanted = (outputs * inputs * per + outputs * rulers * shared * 8) / (outputs * inputs)
    slips = {
        "a ruler's size is in bytes": per + shared * rulers / inputs,
        "the last, shorter group needs its ruler too": per
        + 8 * shared * (inputs // group if group else 1) / inputs,
        "every weight counts as if it had a ruler of its own": per + 8 * shared,
        "the rulers are missing": float(per),
        "that is a matrix, not a weight": wanted * outputs * inputs,
        "that is in bytes": wanted / 8,
        "all rows share one set of rulers here": per + 8 * shared * rulers / inputs / outputs,
        "a group ends with its row": per
        + 8 * shared * math.ceil(outputs * inputs / (group or inputs)) / (outputs * inputs),
        "rows are filled up to whole bytes here": 8
        * (math.ceil(inputs * per / 8) + shared * rulers)
        / inputs,
    }
    what = f"{outputs} rows of {inputs}, {per} bits, groups of {group}, {shared} bytes"
    c.close(
        bits_a_weight(outputs, inputs, per, group, shared),
        wanted,
        what=what,
        slips=slips,
        hint="draw one row with its groups",
    )

# %% 8d.3 asks about make_up
import numpy as np

rng = np.random.default_rng(5)
for n, K, k in ((30, 4, 0), (50, 6, 5), (40, 5, 2), (12, 2, 1)):
    X = rng.normal(size=(n, K)) @ rng.normal(size=(K, K)) + 0.5
    w = rng.normal(size=K)
    value = float(np.round(w[k]))
    inverse = np.linalg.inv(X.T @ X)
    wanted = w - (w[k] - value) / inverse[k, k] * inverse[:, k]
    what = f"{n} inputs, {K} weights, number {k} fixed"
    got = make_up(w, X, k, value)
    alone = np.where(np.arange(K) == k, value, w)
    slips = {
        "the others were left as they were": alone,
        "the others go the wrong way: the error is doubled": 2 * alone - wanted,
        "the others make up for it, but the fixed weight is not the value": np.where(
            np.arange(K) == k, w, wanted
        ),
        "the others were fitted to the outputs anew, the fixed weight's part left in": np.insert(
            np.linalg.lstsq(np.delete(X, k, 1), X @ w, rcond=None)[0], k, value
        ),
        "only the correction is returned, not the weights": wanted - w,
    }
    c.close(
        got,
        wanted,
        rtol=1e-5,
        atol=1e-7,
        what=what,
        slips=slips,
        hint="the outputs lack the fixed column times what was taken from its weight",
    )

# %% 8d.4 asks about time_inside
import math

hint = "simulate three customers on paper: when does the second wait?"
for rate, service in ((0.5, 1.0), (3.0, 0.25), (0.1, 9.0), (20.0, 0.04), (0.0, 2.0), (1.5, 0.5)):
    busy = rate * service
    wait = busy * service / (2 * (1 - busy))
    slips = {
        "that is the wait alone; the service is missing": wait,
        "that holds for service times that vary (exponential); here all are equal": service / (1 - busy),
        "the wait is a number of seconds, not a share alone": service + busy / (2 * (1 - busy)),
        "that is how many are inside, not how long": rate * (service + wait),
    }
    c.close(
        time_inside(rate, service),
        service + wait,
        what=f"{rate} a second, {service} s each",
        slips=slips,
        hint=hint,
    )
for rate, service in ((1.0, 1.0), (2.0, 0.75), (4.0, 0.25), (10.0, 3.0)):
    got = time_inside(rate, service)
    what = f"{rate} a second, {service} s each"
    c.true(
        got is ... or got == math.inf,
        f"{what}: the machine cannot keep up, yet you promise {got}",
        "what happens to the queue in the long run?",
    )

# %% 8d.5 asks about choose_machine
import math
import numpy as np

fleet = {
    "A100": (80e9, 2000e9, 2.0),
    "desk": (64e9, 80e9, 0.2),
    "L4": (24e9, 300e9, 0.7),
    "L4 twin": (24e9, 400e9, 0.7),
}
kinds_ = {"16": (14e9, 0.0), "8": (7e9, 0.001), "4": (4e9, 0.08), "4b": (4e9, 0.05)}
tries = [
    (100, 0.01, 20.0, 0.1),
    (100, 0.01, 18.5, 0.0),
    (100, 0.01, 20.0, 0.0),
    (100, 0.5, 3.0, 0.1),
    (100, 0.5, 2.0, 0.01),
    (100, 0.1, 6.0, 0.06),
    (100, 1.5, 1.0, 0.0),
    (100, 0.9, 1.0, 0.1),
    (500, 0.2, 3.0, 0.1),
    (100, 5.0, 9.0, 0.1),
    (100, 0.15, 5.5, 0.1),
    (100, 0.19, 20.0, 0.1),
    (100, 0.0, 5.0, 0.05),
]
worlds = [
    (fleet, kinds_),
    ({name: fleet[name] for name in ("L4", "A100")}, {"70": (35e9, 0.0), "70, 2 bits": (20e9, 0.5)}),
    ({"just fits": (4e9, 40e9, 0.05), "desk": fleet["desk"]}, kinds_),
]
for fleet_, versions_ in worlds:
    for tokens, rate, limit, most in tries:
        ranked_ = []
        for m, (room, fast, price) in fleet_.items():
            for v, (size, lost) in versions_.items():
                each_ = tokens * size / fast
                if size <= room and lost <= most and rate * each_ < 1:
                    stay = each_ * (1 + rate * each_ / (2 - 2 * rate * each_))
                    if stay <= limit:
                        ranked_.append((price, lost, stay, m, v))
        wanted = min(ranked_)[3:] if ranked_ else None
        got = choose_machine(fleet_, versions_, tokens, rate, limit, most)
        what = f"{list(fleet_)}, {tokens} tokens, {rate} a second, {limit} s, loss {most}"
        if wanted is None or got is None:
            kind = "nothing keeps the promise" if wanted is None else "something keeps the promise"
            c.true(
                got is ... or (got is None) == (wanted is None),
                f"{what}: got {got}, but {kind}",
                "time inside is wait and service",
            )
            continue
        pair = isinstance(got, (tuple, list, np.ndarray)) and len(got) == 2
        pair = pair and got[0] in list(fleet_) and got[1] in list(versions_)
        c.true(got if got is ... else pair, f"{what}: a pair of names is wanted, the machine's first")
        if got is ...:
            continue
        room, fast, price = fleet_[got[0]]
        size, lost = versions_[got[1]]
        c.true(size <= room, f"{what}: {got[1]} does not fit into {got[0]}", "compare bytes with bytes")
        c.true(lost <= most, f"{what}: {got[1]} loses more than is allowed")
        busy = rate * tokens * size / fast
        inside_ = tokens * size / fast * (1 + busy / (2 - 2 * busy)) if busy < 1 else math.inf
        c.true(
            inside_ <= limit,
            f"{what}: on {got[0]} the mean customer stays too long",
            "customers also wait for each other",
        )
        c.equal(
            tuple(got), wanted, what=what, hint="euros an hour decide first, then the loss, then the time"
        )
