# 8f · Interpretability
# Made from lessons/08f_interpretability.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
steps: int = 700  # training steps of the toy model and of each dictionary  in [20, 20000]
passages: int = 8  # passages on which heads are taken out  in [3, 64]
tokens: int = 16  # of each passage, which is then repeated  in [8, 128]
model: str = "smollm2"  # the language model to look into  in {smollm2, none}

# %% 8f.1 asks about deletion_curve
import numpy as np

def bent(x):
    x = np.asarray(x, dtype=float)
    return float(np.tanh(x[0]) + 2 * x[1] * x[2] - x[-1] ** 2 + 0.1 * np.sum(x))

def product(x):
    return float(np.prod(np.asarray(x) + 1.0))

def walk(f, x, base, order, keep=True):
    seen, curve = np.array(x, dtype=float), [f(np.array(x, dtype=float))]
    for j in order:
        seen = seen.copy() if keep else np.array(x, dtype=float)
        seen[j] = base[j]
        curve.append(f(seen))
    return curve

cases = [
    (product, [1.0, 2.0, 3.0], [0.0, 0.0, 0.0], [0.2, 0.9, 0.5]),
    (bent, [1.0, -2.0, 0.5, 3.0], [0.0, 0.0, 0.0, 0.0], [0.3, -0.8, 0.1, 0.2]),
    (bent, [1.0, -2.0, 0.5, 3.0], [0.5, 1.0, -1.0, 0.25], [-0.3, -0.8, -0.1, -0.2]),
    (product, [3.0, 1.0, 2.0, 5.0], [0.0, 0.5, 1.0, 0.0], [0.4, 0.7, 0.4, 0.7]),
    (bent, [2.0, 1.0, 4.0, 1.0, 0.5], [0.0] * 5, [0.0, 0.0, 0.0, 0.0, 0.0]),
    (product, [2, 4, 1], [0, 1, 0], [1, 3, 2]),
    (bent, np.linspace(-1, 2, 40), np.full(40, 0.5), np.arange(40) * 7 % 3),
]
for f, x, base, scores in cases:
    many = len(x) > 9
    x, base, scores = np.array(x), np.array(base), np.array(scores)
    order = np.argsort(-scores, kind="stable")
    want = walk(f, x, base, order)
    by_size = np.argsort(-np.abs(scores), kind="stable")
    slips = {
        "the smallest score goes first here": walk(f, x, base, np.argsort(scores, kind="stable")),
        "sorted by size; a large negative score is not a large score": walk(f, x, base, by_size),
        "each input comes back before the next one is deleted": walk(f, x, base, order, keep=False),
        "the inputs become 0; the baseline is asked for": walk(f, x, np.zeros(len(x)), order),
        "what f was before the first deletion is missing": want[1:],
        "after the last deletion f counts once more": want[:-1],
        "those are the falls; the values of f are asked for": -np.diff(want),
        "among equal scores the earlier input goes first": walk(
            f, x, base, np.argsort(scores, kind="stable")[::-1]
        ),
        "not every sort keeps equal scores in their order": walk(f, x, base, np.argsort(-scores)),
        "the inputs go in their own order; the scores decide": walk(f, x, base, range(len(x))),
        "f is taken on the way from the baseline to x; begin at x": walk(f, base, x, order),
    }
    c.close(
        deletion_curve(f, x, base, scores),
        want,
        rtol=1e-5,
        what=f"{len(x)} inputs, scores {'0, 1 and 2 in turn' if many else scores.tolist()}",
        hint="copy x, then one loop over the order: delete, evaluate, note",
        slips=slips,
    )

# %% 8f.2 asks about share_that_turns
import numpy as np

draws = np.random.default_rng(8)
rows = draws.normal(size=(40, 3))
rows[:, 2] = draws.integers(3, size=40)

def plain(x):
    return (x[:, 0] + 0.4 * x[:, 2] > 0.5).astype(int)

def bump(x):
    return np.where(abs(x[:, 2] - 1) < 0.1, x[:, 0] > 0.5, x[:, 1] > 10).astype(int)

def words(x):
    return np.array(["take", "ask", "refuse"])[
        np.clip(np.floor(x[:, 0] + x[:, 1] * x[:, 2] + 1), 0, 2).astype(int)
    ]

def never(x):
    return [True] * len(x)

def crossed(x):
    return (x[:, 1] * x[:, 2] > 0).tolist()

cases = [
    (plain, rows, 2, [0, 1]),
    (words, rows[:17], 2, [0.5, 2, -1.5]),
    (plain, rows, 2, [0, 1, 2.5]),
    (plain, rows, 1, [-3.5, 4.0]),
    (bump, rows, 2, [0, 1, 2]),
    (bump, rows, 2, [2, 0, 0, 1]),
    (words, rows[:17], 0, [-2, 0.25, 0.5, 2]),
    (never, rows, 0, [1, 2]),
    (crossed, rows[:9], 2, [-1, 1]),
    (plain, rows[:5], 0, [0.7]),
]
for decide, x, column, values in cases:
    made = []
    for value in values:
        other_x = x.copy()
        other_x[:, column] = value
        made.append(np.asarray(decide(other_x)))
    made, now = np.array(made), np.asarray(decide(x))
    slips = {
        "only the first two values are looked at": float((made[:2] != made[0]).any(axis=0).mean()),
        "only the first and the last value are compared": float((made[0] != made[-1]).mean()),
        "that is a mean over values; a row counts once if any value turns it": float(
            (made[1:] != made[0]).mean() if len(made) > 1 else 0
        ),
        "compared with the rows as they came; the given values are compared with each other": float(
            (made != now).any(axis=0).mean()
        ),
        "that is a mean over all decisions; a row counts once if any value turns it": float(
            (made != made[0]).mean()
        ),
        "that is the share of values that turn a row; the share of rows is asked for": float(
            (made != made[0]).any(axis=1).mean()
        ),
        "that is the share that stays": float((made == made[0]).all(axis=0).mean()),
        "that is a number of rows, not their share": float((made != made[0]).any(axis=0).sum()),
        "only neighbouring values were counted, once for each turn": float(
            (made[1:] != made[:-1]).sum(axis=0).mean()
        ),
    }
    c.close(
        share_that_turns(decide, x, column, values),
        float((made != made[0]).any(axis=0).mean()),
        what=f"{decide.__name__}, column {column}, values {values}",
        hint="a row turns if at least one of its decisions differs from another one",
        slips=slips,
    )

# %% 8f.3 asks about restored
import numpy as np

draws = np.random.default_rng(5)
cases = [
    (
        np.array([6.0, 8.0]),
        np.array([2.0, 4.0]),
        np.array([[[2.0, 4.0], [6.0, 8.0]], [[4.0, 6.0], [3.0, 2.0]]]),
    ),
    (np.array([3.0, 1.0, 5.0]), np.array([3.0, -1.0, 0.0]), draws.normal(size=(2, 3, 3))),
    (draws.normal(size=7) + 3, draws.normal(size=7), draws.normal(size=(4, 2, 7))),
    (draws.normal(size=3) - 1, draws.normal(size=3) + 2, draws.normal(size=(3, 3, 3))),
    (np.array([2.5]), np.array([-0.5]), draws.normal(size=(1, 4, 1))),
]
for clean, spoilt, with_head in cases:
    gap, mean = clean.mean() - spoilt.mean(), with_head.mean(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = (with_head - spoilt) / (clean - spoilt)
    c.close(
        restored(clean, spoilt, with_head),
        (mean - spoilt.mean()) / gap,
        rtol=1e-5,
        atol=1e-7,
        what=f"{with_head.shape[0]} layers, {with_head.shape[1]} heads, {len(clean)} examples",
        hint="what do the mean margins say without the patch, with it, and at best?",
        slips={
            "that is a mean of ratios; a small gap of one example rules it": each.mean(axis=-1),
            "zero gaps are left out, but that is still a mean of ratios": each[..., clean != spoilt].mean(
                axis=-1
            ),
            "zero gaps count as 0, but that is still a mean of ratios": np.where(
                clean != spoilt, each, 0
            ).mean(axis=-1),
            "an example whose own gap is zero counts in the mean, too": (
                (with_head - spoilt)[..., clean != spoilt].mean(axis=-1)
                / (clean - spoilt)[clean != spoilt].mean()
            ),
            "that is what is still missing": (clean.mean() - mean) / gap,
            "compared with nothing instead of with the spoilt run": mean / gap,
            "the gap is not divided by": mean - spoilt.mean(),
            "divided by the clean margin, not by the gap": (mean - spoilt.mean()) / clean.mean(),
            "the mean runs over the heads; the examples are the last axis": (with_head - spoilt).mean(
                axis=1
            )
            / gap,
            "the sign is turned": (spoilt.mean() - mean) / gap,
        },
    )

# %% 8f.4 asks about induction_scores
import numpy as np

draws = np.random.default_rng(4)
for heads, n in ((3, 5), (1, 2), (2, 3), (5, 8), (4, 4)):
    raw = np.tril(draws.gamma(0.5, size=(heads, 2 * n, 2 * n)) + 1e-3)
    w = raw / raw.sum(axis=2, keepdims=True)
    t = np.arange(n, 2 * n)
    c.close(
        induction_scores(w, n),
        w[:, t, t - n + 1].mean(axis=1),
        rtol=1e-5,
        atol=1e-7,
        what=f"{heads} heads, n = {n}",
        hint="for the token at t, its earlier copy is n places back; and what stands after that?",
        slips={
            "that is the earlier copy itself, not the place after it": w[:, t, t - n].mean(axis=1),
            "that is the place before the earlier copy": w[:, t[1:], t[1:] - n - 1].mean(axis=1),
            "that is one place too far on": w[:, t, t - n + 2].mean(axis=1),
            "that is attention to the token just before": w[:, t, t - 1].mean(axis=1),
            "the first place of the second copy counts, too": w[:, t[1:], t[1:] - n + 1].mean(axis=1),
            "the last place of the second copy counts, too": w[:, t[:-1], t[:-1] - n + 1].mean(axis=1),
            "a place of the first copy has slipped in": w.diagonal(1 - n, axis1=1, axis2=2).mean(axis=1),
            "the mean runs over places, not over the whole text": w[:, t, t - n + 1].sum(axis=1)
            / (2 * n),
            "that is a sum, not a mean": w[:, t, t - n + 1].sum(axis=1),
            "the largest is not the mean": w[:, t, t - n + 1].max(axis=1),
            "each place t looks at its own place, not at all of them": w[:, n:, 1 : n + 1].mean(
                axis=(1, 2)
            ),
            "no place looks ahead; weights[h, t, s] is from t to s": w[:, t - n + 1, t].mean(axis=1),
            "one number for each head is asked for": w[:, t, t - n + 1].mean(),
        },
    )

# %% 8f.5 asks about best_audit
from utils import stats

shop = {
    "gradient": (7, 20, 1, 20, 50),
    "walk": (15, 20, 3, 20, 200),
    "intervention": (60, 60, 2, 60, 900),
}
few = {"map": (3, 3, 0, 3, 100), "hand": (54, 60, 6, 60, 100)}
loud = {"loud": (40, 40, 30, 40, 10), "quiet": (28, 40, 0, 40, 10)}
cases = [
    ({}, 0.25, 8_000, 10_000),
    (shop, 0.02, 20_000, 6_000),
    (shop, 0.2, 100_000, 6_000),
    (few, 0.2, 40_000, 8_000),
    (few, 0.4, 30_000, 8_000),
    (shop, 0.5, 100_000, 6_000),
    (shop, 0.95, 20_000, 6_000),
    (shop, 0.08, 30_000, 6_000),
    (loud, 0.05, 60_000, 9_000),
    (loud, 0.3, 60_000, 9_000),
    (loud, 0.1, 30_000, 3_000),
    ({}, 0.25, 40_000, 10_000),
    ({"this": (38, 40, 2, 40, 300), "that": (38, 40, 2, 40, 300)}, 0.2, 50_000, 8_000),
    ({"free": (0, 40, 0, 40, 0.0)}, 0.0, 5_000, 1_000),
    ({"cheap": (38, 40, 2, 40, 100), "dear": (38, 40, 2, 40, 3_000)}, 0.2, 50_000, 8_000),
    ({"dear": (38, 40, 2, 40, 3_000), "cheap": (30, 40, 2, 40, 100)}, 0.1, 50_000, 8_000),
    ({"shy": (24, 40, 0, 40, 0), "sure": (39, 40, 12, 40, 0)}, 0.1, 50_000, 20_000),
    ({"uneven": (28, 30, 4, 90, 250)}, 0.2, 50_000, 10_000),
    ({"free": (0, 40, 2, 40, 0)}, 1.0, 5_000, 10_000),
]

def ends(entry, hit="low", alarm="high"):
    caught, bad, alarms, good, price = entry
    return getattr(stats.wilson(caught, bad), hit), getattr(stats.wilson(alarms, good), alarm), price

def rates(entry):
    caught, bad, alarms, good, price = entry
    return caught / bad, alarms / good, price

def pick(audits, share, damage, rebuild, cost_of, without=(), read=ends, known=None):
    cost = {"trust": share * damage, "rebuild": rebuild} | (known or {})
    cost |= {name: cost_of(*read(entry), share, damage, rebuild) for name, entry in audits.items()}
    cost = {name: euros for name, euros in cost.items() if name not in without}
    name = min(cost, key=cost.get)
    return name, cost[name]

def full(hit, alarm, price, share, damage, rebuild):
    return price + share * (hit * rebuild + (1 - hit) * damage) + (1 - share) * alarm * rebuild

def caught_free(hit, alarm, price, share, damage, rebuild):
    return price + share * (1 - hit) * damage + (1 - share) * alarm * rebuild

def no_alarms(hit, alarm, price, share, damage, rebuild):
    return price + share * (hit * rebuild + (1 - hit) * damage)

def unweighted(hit, alarm, price, share, damage, rebuild):
    return price + share * (hit * rebuild + (1 - hit) * damage) + alarm * rebuild

def no_price(hit, alarm, price, share, damage, rebuild):
    return full(hit, alarm, 0, share, damage, rebuild)

for audits, share, damage, rebuild in cases:
    numbers = (audits, share, damage, rebuild)
    want, got = pick(*numbers, full), best_audit(*numbers)
    what = f"{', '.join(audits) or 'no audit'} at share {share:g}, damage {damage:,}, rebuild {rebuild:,}"
    pair = isinstance(got, (tuple, list)) and len(got) == 2 and isinstance(got[0], str)
    c.true(got is ... or pair, f"{what}: expected a name and a number, got {got!r}")
    slips = {
        "few trials promise less than their rate says": pick(*numbers, full, read=rates),
        "the cautious ends of the intervals are the others": pick(
            *numbers, full, read=lambda entry: ends(entry, "high", "low")
        ),
        "the cautious end for alarms is not the one for catches": pick(
            *numbers, full, read=lambda entry: ends(entry, "low", "low")
        ),
        "the cautious end for catches is not the one for alarms": pick(
            *numbers, full, read=lambda entry: ends(entry, "high", "high")
        ),
        "catches are counted among the bad models, alarms among the good ones": pick(
            *numbers, full, read=lambda entry: ends((entry[0], entry[3], entry[2], entry[1], entry[4]))
        ),
        "a bad model that is caught must be rebuilt, too": pick(*numbers, caught_free),
        "alarms at good models cost, too": pick(*numbers, no_alarms),
        "not every model is a good one: alarms at good ones are rarer than that": pick(
            *numbers, unweighted
        ),
        "the audit itself has a price": pick(*numbers, no_price),
        "nobody knows yet which models are bad: to rebuild means all of them": pick(
            *numbers, full, known={"rebuild": share * rebuild}
        ),
        "to rebuild every model is a choice, too": pick(*numbers, full, without=("rebuild",)),
        "to ship without an audit is a choice, too": pick(*numbers, full, without=("trust",)),
        "only a part of the models can do damage": pick(*numbers, full, known={"trust": damage}),
    }
    c.close(
        got[1],
        want[1],
        rtol=1e-4,  # some take 1.96 for the normal quantile
        atol=0.006,  # a cost may be rounded to cents
        what=what,
        hint="put the four ends of the tree into one sum",
        slips={sentence: euros for sentence, (name, euros) in slips.items() if name == got[0]},
    )
    c.equal(got[0], want[0], what=what, hint="of equal ones the first")
