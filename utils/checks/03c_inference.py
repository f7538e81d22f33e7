# 3c · Inference and a service
# Made from lessons/03c_inference.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
dataset: str = "digits"  # which digits: embedded 8 × 8, or some of MNIST's 28 × 28  in {digits, mnist}
slips: int = 400  # slips that the reader is trained on  in [200, 560]
grain: float = 4.0  # noise of the camera, in sixteenths of black  in [0, 8]
target: float = 0.97  # share of given answers that shall be right  in [0.5, 1]
device: str = "cpu"  # where the reader computes; best looks for a GPU  in {cpu, best}

# %% 3c.1 asks about read_pile
from torch import nn
import torch

for n, batch, mode in [(8, 4, True), (7, 3, True), (6, 6, False), (1, 4, True), (9, 2, False)]:
    torch.manual_seed(n)
    layers = nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Dropout(0.5), nn.Linear(5, 3)
    net, x = nn.Sequential(*layers).double().eval(), torch.randn(n, 4).double()
    largest, memory, awake = [], [], []
    wanted = net(x).detach()
    net.train(mode)

    def note(_, args, sizes=largest, memory=memory):
        sizes.append(len(args[0]))
        memory.append(torch.is_grad_enabled())

    net[0].register_forward_pre_hook(note)
    net[2].register_forward_pre_hook(lambda part, _, awake=awake: awake.append(part.training))
    what, eval_first = (
        f"{n} inputs in batches of {batch}",
        "the model was not in eval mode: dropout and batch norm must rest",
    )
    try:
        with torch.enable_grad():
            got = read_pile(net, x, batch)
            left_on = torch.is_grad_enabled()
    except ValueError as error:
        c.true("more than 1 value per channel" not in str(error), f"{what}: {eval_first}")
        raise
    finally:
        torch.set_grad_enabled(True)
    c.true(isinstance(got, torch.Tensor), f"expected one tensor, got {type(got).__name__}", "torch.cat")
    if got.shape != (n, 3):
        c.true(
            got.ndim == 2, f"{what}: not scores but something made of them; return what the model gives"
        )
        c.true(len(got) == n, f"{what}: {len(got)} answers; the last batch may be smaller")
    softened = torch.softmax(wanted, dim=1)
    slips_here = {
        "softmax was not asked; return the scores as the model gives them": softened,
        "the logarithm of softmax was not asked; return the scores as the model gives them": softened.log(),
    }
    parts = wanted.split(batch)
    turned = {"one by one": wanted.flip(0), "batch by batch": torch.cat(parts[::-1])}
    for way, scores in turned.items():
        slips_here[f"the scores come in another order than the inputs: {way} from the end"] = scores
    c.true(not any(awake), f"{what}: {eval_first}")
    order = "join what the model gives for each batch, in the order of the inputs"
    c.close(got, wanted, what=what, rtol=1e-5, atol=1e-8, slips=slips_here, hint=order)
    c.true(
        not any(memory),
        "PyTorch kept notes for a backward pass while it computed",
        "switch them off around the call",
    )
    c.true(
        not got.requires_grad, "the scores still know their past", "switch the notes off around the call"
    )
    c.true(
        left_on,
        "afterwards gradients are off for the whole notebook",
        "a `with` block ends; a setting stays",
    )
    c.true(
        all(p.requires_grad for p in net.parameters()),
        "the model came back frozen: it can never learn again",
    )
    c.true(max(largest) <= batch, f"a batch of {max(largest)} went in; {batch} is the most")
    c.true(
        net.training == mode, "the model came back in another mode", "which mode was it in when it came?"
    )
    same = all(part.training == mode for part in net.modules())
    c.true(
        same,
        "the model came back in another mode inside: its layers have modes too",
        "set it with a call",
    )
with torch.no_grad():
    read_pile(net, x, batch)
    still_off = not torch.is_grad_enabled()
c.true(
    still_off, "gradients were off before, and are on afterwards", "a `with` block ends; a setting stays"
)

# %% 3c.2 asks about equal_count_ece
import numpy as np

for n, groups in [(12, 3), (50, 7), (11, 4), (13, 2)]:
    draw = np.random.default_rng(n)
    said = draw.permutation(np.linspace(0.31, 0.99, n) ** 2)
    hits = (draw.random(n) < 0.5).astype(float)
    at = [np.array_split(array[np.argsort(said)], groups) for array in (said, hits)]
    gaps = np.array([a.mean() - b.mean() for a, b in zip(*at, strict=True)])
    weights = np.array([len(a) for a in at[0]]) / n
    slips_here = {
        "that is the plain mean of the gaps; a larger part counts more": np.abs(gaps).mean(),
        "gaps of both signs cancel: take each one's size": (weights * gaps).sum(),
        "that is the sum of all gaps; weight each by its share of the answers": np.abs(gaps).sum(),
        "that compares single answers; compare the means of a part": np.abs(said - hits).mean(),
    }
    ways = {
        "the answers are not sorted by confidence": (said, hits),
        "the confidences are sorted, and what was right stays behind": (np.sort(said), hits),
        "the parts are cut elsewhere: sort from the lowest confidence up, and the first parts get one more": (
            np.sort(said)[::-1],
            hits[np.argsort(-said)],
        ),
    }
    for sentence, arrays in ways.items():
        cut = [np.array_split(array, groups) for array in arrays]
        slips_here[sentence] = sum(abs((a - b).sum()) for a, b in zip(*cut, strict=True)) / n
    what = f"{n} answers in {groups} parts"
    c.close(
        equal_count_ece(said.copy(), hits.copy(), groups),
        (weights * np.abs(gaps)).sum(),
        what=what,
        rtol=1e-5,
        slips=slips_here,
        hint="a gap has a size and a weight, and both belong to a part",
    )

# %% 3c.3 asks about cheapest_threshold
import numpy as np

grid, near_one = np.linspace(0.3, 0.97, 23), 1 - 10.0 ** -np.linspace(0.3, 4, 60)
cases = [(40, 5.0, 0.5, grid), (60, 1.0, 0.4, grid), (30, 0.2, 1.0, grid), (30, 900.0, 0.5, grid)]
cases += [
    (50, 12.0, 2.0, grid),
    (60, 9.0, 0.5, near_one),
    (60, 90.0, 0.2, near_one),
    (6, 50.0, 1.0, [1.0]),
]
for n, error, clerk, levels in cases:
    draw = np.random.default_rng(n)
    said = draw.choice(levels, size=n, replace=len(levels) < n)
    hits = draw.random(n) < np.minimum(said, 0.8) ** 2

    def bill(t, error=error, clerk=clerk, said=said, hits=hits):
        return error * (~hits[said >= t]).sum() + clerk * (said < t).sum()

    best = min(map(bill, [*said, 2.0]))
    t = np.asarray(cheapest_threshold(said.copy(), hits.copy(), error, clerk), dtype=float)
    c.true(t.shape == () and not np.isnan(t), "return one number, the threshold")
    paid = bill(float(t))
    what = f"{n} slips, an error {error:g} €, the clerk {clerk:g} €"
    what += (
        ", all confidences 1"
        if len(levels) == 1
        else ", confidences near 1"
        if levels is near_one
        else ""
    )
    c.true(
        paid <= best + 1e-9,
        f"{what}: threshold {float(t):.9g} costs {paid:.2f} €, and {best:.2f} € is possible",
        "what does each slip cost, once a threshold is set? answered means confidence >= threshold",
    )

# %% 3c.4 asks about stability_index
import numpy as np

draw = np.random.default_rng(3)
cases = [(draw.normal(size=300), draw.normal(0.5, 1.2, size=80), [-1.0, 0.0, 1.0])]
cases += [(draw.random(40), draw.random(90) + 2, [0.25, 0.5]), (draw.random(50), draw.random(70), [0.5])]
cases += [
    (draw.random(30), draw.random(25) / 5, [0.25, 0.5, 0.75]),
    (draw.random(20) / 5, draw.random(30), [0.3]),
]
cases += [
    (draw.random(90) - 2, draw.random(40), [0.25, 0.5]),
    (np.array([0.1, 0.3]), np.array([0.1, 0.2]), [0.25, 0.5]),
]
cases += [(np.array([0.0, 1, 1, 1]), np.array([1.0, 2, 3, 0.5]), [1.0, 2.0])]
for old, new, edges in cases:
    # how many values lie below each edge, and the differences of these
    below = [[0, *((values < edge).sum() for edge in edges), len(values)] for values in (old, new)]
    p, q = ((np.diff(n) + 0.5) / (n[-1] + 0.5 * (len(n) - 1)) for n in below)
    ratio = np.log(q / p)
    slips_here = {
        "that is a Kullback–Leibler divergence; PSI weights with q - p": (q * ratio).sum(),
        "that is a Kullback–Leibler divergence of the old from the new; PSI weights with q - p": -(
            p * ratio
        ).sum(),
        "the sign: both factors turn together, and PSI is never negative": ((p - q) * ratio).sum(),
        "that is the mean over bins; PSI adds them up": ((q - p) * ratio).mean(),
        "that is the logarithm to base 2; PSI takes the natural one": ((q - p) * ratio).sum() / np.log(2),
    }
    for sentence, upto, more, size in [
        ("a value on an edge belongs to the bin above", np.less_equal, 0.5, 0.5),
        ("a share divides by n + ½ · bins, not by n", np.less, 0.5, 0),
        ("½ is added in each bin, not 1", np.less, 1, 1),
        ("k edges make k + 1 bins", np.less, 0.5, 0.5 * len(edges) / (len(edges) + 1)),
    ]:
        below = [[0, *(upto(values, edge).sum() for edge in edges), len(values)] for values in (old, new)]
        a, b = ((np.diff(n) + more) / (n[-1] + size * (len(n) - 1)) for n in below)
        slips_here[sentence] = ((b - a) * np.log(b / a)).sum()
    what = f"{len(old)} old and {len(new)} new values, edges {edges}"
    hint = "how many bins are there, also when nothing lies in some of them?"
    got = stability_index(old.copy(), new.copy(), list(edges))
    c.close(got, ((q - p) * ratio).sum(), what=what, rtol=1e-5, slips=slips_here, hint=hint)
c.close(stability_index(old, old, edges), 0.0, what="nothing has changed", atol=1e-6)

# %% 3c.5 asks about status_for
slip, head = "[[1, 2.5, 16], [0, 3, 4]]", '{"inputs": '

def judged(got, status, what, hint=""):
    if isinstance(got, int) and not isinstance(got, bool) and got != status:
        c.fail(
            f"{what}: expected {status}, got {got}", hint, first=f"{what}: {got} is not the right status"
        )
    c.equal(got, status, what=what, hint=hint)

fine = f"[{slip}]|[{slip}, {slip}, {slip}]"
odd = 'true|"7"|null|NaN|Infinity|-Infinity|1e999|-0.5|16.5|[1]|{}|1' + "0" * 400
bad = '[]|null|{}|"text"|7|[3]|[[]]|["ab"]|[["abc", "abc"]]|[[[1, 2], [3, 4], [5, 6]]]'
bad += (
    f"|[{slip}, [[1, 2, 3], [4, 5]]]|[{slip}, [[1, 2, 3], 4]]|[[{slip}]]|[{slip}, {slip}, {slip}, {slip}]"
)
bad += "|[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]|[[[1, 2, 3, 4], [4, 5, 6, 7]]]|[[[1, 2, 3], [4, 5, 6, 7]]]"
bad += f"|[{slip}, [[1, 2, 3], [4, 5, 6], [7, 8, 9]]]|[{slip}, [[1, 2, 3]]]|[{slip}, []]|[{slip}, {{}}]|[[[], []]]"
cases = [(head + text + "}", 200) for text in fine.split("|")]
cases += [(head + text + "}", 422) for text in bad.split("|")]
cases += [(f"{head}[{slip}, [[1, 2, 3], [4, {text}, 6]]]}}", 422) for text in odd.split("|")]
cases += [("[]", 422), ("null", 422), ('"inputs"', 422), ('{"input": []}', 422), ("", 400)]
cases += [(head + f'[{slip}], "model": "digit-reader"}}', 422), (f'[{{"inputs": [{slip}]}}]', 422)]
cases += [(head, 400), (head + fine, 400), (head + "[" * 30_000, 400), ('{"inputs": "\xff"}', 400)]
for text, status in cases:
    got = status_for(text.encode("latin-1"), 2, 3, 40_000, 3)
    if got == 400 and any(word in text for word in ("NaN", "Infinity")):
        continue
    shown = f"the body {text if len(text) < 160 else text[:50] + ' …'}" if text else "an empty body"
    judged(got, status, f"rows=2, columns=3, max_inputs=3, {shown}")
valid = f"{head}[{slip}]}}".encode()
hint = "compare the length first; exactly max_bytes is still allowed"
judged(status_for(valid, 2, 3, len(valid), 3), 200, "a good body of max_bytes", hint)
judged(status_for(valid, 2, 3, len(valid) - 1, 3), 413, "a good body, one byte too long", hint)
judged(status_for(b"[" * 50, 2, 3, 49, 3), 413, "no JSON, and too long", hint)
wide = '"链链链"'.encode()
hint = "bytes, not characters: 链 is three of them"
got = status_for(wide, 2, 3, len(wide) - 1, 3)
judged(got, 413, "three characters of three bytes, one byte too long", hint)
judged(status_for(valid, 3, 2, 100, 3), 422, "2 rows of 3 where 3 rows of 2 are wanted")
