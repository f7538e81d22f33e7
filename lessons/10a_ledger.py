# %% [markdown]
# # 10a · The ledger
#
# Gather every verdict of the course into one table, find out what the counts can and cannot say, and audit the course's own sources.
#
# 60 min to read · under 25 CPU-seconds · under 900 MB · GPU: not needed
#
# **You will be able to**
# - collect results from notebooks instead of copying them, and look for what was left out;
# - read counts of errors fairly: what was counted, by whom, and out of what;
# - measure whether two readers agree, beyond luck;
# - decide when a claim is worth checking before you build on it;
# - clean a list of references, and say what can be verified without a network.
#
# *You need:* intervals from [lesson 2b](02b_generalisation.ipynb), and the check digit of [lesson 7](07_tools.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
planted: int = 100  # errors planted of each kind, to see which are found  in [10, 1000]
level: float = 0.95  # of the intervals  in [0.5, 0.999]

# %%
import json
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, display
from sklearn.metrics import cohen_kappa_score

from utils import data, ledger, plot, references, stats
from utils.check import approx, check, metric
from utils.files import CHAPTERS
from utils.params import check_parameters
from utils.repro import numpy_stream

check_parameters("10a_ledger", globals())
plot.style()
HERE = "10a_ledger"  # this lesson reads the notebooks before it, not itself

# %% [markdown]
# ## 10a.1 One verdict, by hand
#
# The lessons have judged what the article says, with evidence that code computed or somebody looked up. *Where are these verdicts now?* Not in a list that somebody keeps by hand: such a list and the lessons would soon disagree. They stand where they were computed, in the notebooks.
#
# A notebook is a JSON file. Open lesson 3a's, and look for an output with a certain mark.

# %%
cells = json.loads((CHAPTERS / "03a_forward_backward.ipynb").read_text(encoding="utf-8"))["cells"]
marked = [
    (cell["id"], output["metadata"]["cornerstone_claim"])
    for cell in cells
    for output in cell.get("outputs", [])
    if "cornerstone_claim" in output.get("metadata", {})
]
where_it_stands, record = marked[0]
print(*(f"{name:>8}: {said}" for name, said in record.items()), sep="\n")

# %% [markdown]
# Four fields: *where* the article says it, *what* it says (in our words, never the article's), the *verdict*, and what is *right* instead (where nothing is amiss it may be empty, as here). The mark travels with the output. So the **ledger** (账本) is not written: it is read.

# %%
verdicts = ledger.entries(before=HERE)
of_3a = [(entry.cell, entry.what) for entry in verdicts if entry.lesson == "03a_forward_backward"]
assert of_3a == [(cell, record["what"]) for cell, record in marked]
lessons = {path.stem for path in ledger.notebooks(before=HERE)}
print(f"{len(verdicts)} verdicts, from {len({e.lesson for e in verdicts})} of {len(lessons)} lessons")

# %% [markdown]
# `utils.ledger` does for all notebooks what you did for one. If a notebook's outputs were cleared, it says so, instead of silently counting less. The links lead to the cell that computed the verdict; JupyterLab jumps to it.

# %%
display(HTML(ledger.as_html(verdicts)))

# %% [markdown]
# ## 10a.2 Is anything missing?
#
# A ledger shows what was judged. *What was not?* For that we need the other side: all that the article says. The course has a table of it, in our own words, section by section. Each sentence names key words of its verdict (`key`), or a reason why it has none (`because`); its `fault` is for step 10a.4.

# %%
sentences = ledger.article()
one = next(s for s in sentences if s.section == "§3.1" and s.fault)
print(one)
print("judged by:", *(entry.verdict for entry in ledger.judging(one, verdicts)))

# %% [markdown]
# Join both tables (连接). A sentence is *judged* if a verdict names its section and holds its key words; *not judged*, with a reason; *later*, if its lesson is not in the course yet; or **open**: forgotten. Predict: how many are open?

# %%
states = [ledger.state(sentence, verdicts, lessons) for sentence in sentences]
print(dict(Counter(states)))
homeless = [e for e in verdicts if not any(ledger.judging(s, [e]) for s in sentences)]
print("verdicts on nothing that the table has:", len(homeless))
forgotten = {s.lesson for s, now in zip(sentences, states, strict=True) if now == "open"}
print("lessons that owe a verdict:", *(sorted(forgotten) or ["none"]))
assert not homeless

# %% [markdown]
# In the stored notebooks none, and a test keeps it so: whoever adds a sentence to the table without a verdict or a reason breaks the course. (If a lesson owes one now, you ran it with other parameters or without the open models.) It is asked in both directions, since a verdict on something that the article never said would be as bad.
#
# And the reasons? Read them; this is where an auditor could hide.

# %%
for sentence, now in zip(sentences, states, strict=True):
    if now == "not judged":
        print(f"{sentence.section:>8}  {sentence.says}\n{'→':>8}  {sentence.because}")

# %% tags=["figure"]
# For each chapter of the article: how many of its sentences were judged, were not, or come later
chapters = list(dict.fromkeys(s.section.split(".")[0] for s in sentences))
ax = plt.subplots(figsize=(8, 2.8))[1]
bottom = np.zeros(len(chapters))
for state, colour in [("judged", "C0"), ("not judged", "0.7"), ("later", "C1"), ("open", "C3")]:
    found = Counter(s.section.split(".")[0] for s, now in zip(sentences, states, strict=True) if now == state)
    if found:
        ax.bar(chapters, [found[c] for c in chapters], bottom=bottom, label=state, color=colour)
    bottom += [found[c] for c in chapters]
unjudged = states.count("open")
ax.set(title=f"{unjudged or 'No'} sentence{'s' * (unjudged > 1)} of the table forgotten")
ax.set(xlabel="chapter of the article", ylabel="sentences, in our words")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# What the join cannot know: whether the table has *all* that the article says, and says it fairly. Both tables were written by the same side. Take the article, pick five sentences at random, and look for them: that is the only check from outside, and only you can do it.

# %% [markdown]
# ## 10a.3 How often wrong?
#
# The verdicts are written for a reader: "right, but generic", "half right", "impossible". To count them they are put into five **kinds**. That is a decision, too: a rule of a few words, in `utils.ledger`.

# %%
examples = {kind: [e.verdict for e in verdicts if e.kind == kind] for kind in ledger.KINDS}
for kind, said in examples.items():
    print(f"{kind:>23}: {len(said):2d}   such as “{said[-1] if said else '—'}”")

# %% tags=["figure"]
# The kinds of verdicts in each chapter of the article, from right (left) to wrong
COLOURS = dict(zip(ledger.KINDS, ["#009E73", "#7fcfb4", "#E69F00", "#999999", "#D55E00"], strict=True))
parts = list(dict.fromkeys(s.section.split(".")[0] for s in sentences))
parts = [part for part in parts if any(e.sections[0].split(".")[0] == part for e in verdicts)][::-1]
ax = plt.subplots(figsize=(8, 3.4))[1]
left = np.zeros(len(parts))
for kind in ledger.KINDS:
    n = np.array(
        [sum(e.kind == kind and e.sections[0].split(".")[0] == part for e in verdicts) for part in parts]
    )
    ax.barh(parts, n, left=left, label=kind, color=COLOURS[kind])
    left += n
kinds = [{e.kind for e in verdicts if e.sections[0].split(".")[0] == part} for part in parts]
mixed = sum(found not in ({"right"}, {"wrong"}) for found in kinds)
ax.set(title=f"{mixed} of {len(parts)} chapters are neither all right nor all wrong", xlabel="verdicts")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
ax.grid(axis="y", visible=False)
plt.show()

# %% [markdown]
# Be fair first. Which claims got a plain **right**? (Their boxes may add something, but the sentence stands.)

# %%
for entry in verdicts:
    if entry.kind == "right":
        print(f"{entry.where:>6}  {entry.what}")

# %% [markdown]
# That is the backbone of the subject: the loop of forward pass, loss, gradient and step; where a system's stages lie; what is tuned on a validation set; why compute and privacy matter. A beginner who keeps these sentences has learnt something true.
#
# ### One article, three shares
#
# *So what share of it is wrong?* It depends on what you count. By verdicts, each counts once. By sections, each section counts once, however often it was judged. By sentences of the table, those without a verdict count as well.


# %%
def hard(entry):
    """Whether a verdict is of the hardest kind."""
    return entry.kind == "wrong"


sections = {
    where: [hard(e) for e in verdicts if where in e.sections] for e in verdicts for where in e.sections
}
shares = {
    "of the verdicts": np.mean([hard(e) for e in verdicts]),
    "of the sections, on average": np.mean([np.mean(group) for group in sections.values()]),
    "of all sentences": np.mean([any(map(hard, ledger.judging(s, verdicts))) for s in sentences]),
}

# %%
for unit, share in shares.items():
    print(f"{share:5.0%} {unit}")
low, high = stats.wilson(sum(map(hard, verdicts)), len(verdicts), level)
print(f"an interval around the first: {low:.0%} to {high:.0%}")
assert 0 < min(shares.values()) <= max(shares.values()) < 0.5
assert len(set(shares.values())) == 3

# %% [markdown]
# And the interval? Lesson 2b's, which is about *drawing*. Nobody drew these claims: we took all we found, and chose what to call one claim. Cut a wrong sentence in two, and the share rises. So the interval answers one question only: what to expect of many further, independent claims *like these*, from the same pen, judged by the same readers.
#
# Never say "x % of the article is wrong". Say "of n claims that we could test, k were wrong, and here they are".

# %% [markdown]
# ## 10a.4 What goes wrong, and how to see it
#
# A share helps nobody to read the next article. *What kind of fault is common?* For each sentence that is not simply right, the table names one:
#
# | fault | the sentence … | ask |
# |---|---|---|
# | condition, omission, contradiction | holds only if …; leaves out what one needs; says two things | **When does it hold?** |
# | evidence, fact, confusion | shows nothing; is false; takes two things for one | **How do you know?** |
# | source, outdated | names a work that cannot be found as named; was true once | **Who says so, and when?** |

# %%
faults = [ledger.fault_of(entry, sentences) for entry in verdicts]
common = Counter(filter(None, faults))
print(common)
questions = list(dict.fromkeys(ledger.FAULTS.values()))
ask = Counter(ledger.FAULTS[fault] for fault in faults if fault)
print(*(f"{question} finds {ask[question]}" for question in questions), sep="\n")
assert all(fault or entry.kind == "right" for fault, entry in zip(faults, verdicts, strict=True))

# %% tags=["figure"]
# The faults by how often they occur, coloured by the question that finds them
ax = plt.subplots(figsize=(8, 2.8))[1]
names = [name for name, _ in common.most_common()][::-1]
ax.barh(
    names,
    [common[name] for name in names],
    color=[f"C{questions.index(ledger.FAULTS[name])}" for name in names],
)
for n, question in enumerate(questions):
    ax.barh([names[0]], [0], color=f"C{n}", label=question)
most = max(common.values())
first = " and ".join(name for name in names if common[name] == most)
each = " each" if list(common.values()).count(most) > 1 else ""
ax.set(title=f"Commonest: {first}, in {most} verdicts{each}", xlabel="verdicts")
ax.legend(title="found by asking", loc="lower right")
ax.grid(axis="y", visible=False)
plt.show()

# %% [markdown]
# *Are most faults falsehoods, then?* Compare what lacks a condition or a part with what was called wrong, and ask what is amiss with the wrong ones. (Then put the three questions to ten sentences of the next article that you read.)

# %%
missing = common["condition"] + common["omission"]
amiss = Counter(fault for fault, entry in zip(faults, verdicts, strict=True) if hard(entry))
print(f"lacks a condition or a part: {missing}; wrong: {sum(map(hard, verdicts))}, of these")
print("   ", dict(amiss))
assert missing > sum(map(hard, verdicts)) > amiss["fact"]

# %% [markdown]
# More sentences lack something than are wrong, and of the wrong ones only some are plain false facts: others contradict the article's own words, or take two neighbours for one. Where confusion ends and falsehood begins, another reader may see otherwise.
#
# ### Would another reader agree?
#
# Ask a second one, who does not know the first one's labels. We have none here, so a crude rule stands in: it looks for a few words in the verdict and its box. They were chosen by somebody who had seen the labels: what comes out flatters.

# %%
HINTS = {
    "How do you know?": ("measure", "study", "evidence", "it is ", "computes", "belong", "shown", "cannot"),
    "Who says so?": ("edition", "paper", "version", "newer", "keras 3", "doi", "authors"),
}


def second_reader(entry):
    """Which of the three questions, by words alone; the first question where no word is found."""
    text = f"{entry.verdict} {entry.right}".casefold()
    score = {question: sum(word in text for word in words) for question, words in HINTS.items()}
    best = max(score, key=score.get)
    return best if score[best] else "When does it hold?"


# %%
both = [
    (ledger.FAULTS[fault], second_reader(entry))
    for entry, fault in zip(verdicts, faults, strict=True)
    if fault
]
reader, rule = map(np.array, zip(*both, strict=True))
agreement = (reader == rule).mean()
draw = numpy_stream(seed, "answers dealt out anew")
by_luck = np.mean([(reader == draw.permutation(rule)).mean() for _ in range(2000)])
print(f"same question: {agreement:.0%}; with the rule's answers shuffled: {approx(by_luck, 2)}")
assert 0.3 < by_luck < agreement

# %% [markdown]
# Agreement sounds good until one asks how much luck gives. Shuffled answers were given without having read a word; but two readers who both love the first question agree often. *Cohen's kappa* (科恩系数; Cohen, 1960) asks: of the agreement that luck does not give, how much was reached? $\kappa = (p_o - p_e)/(1 - p_e)$, with the observed agreement $p_o$ and luck's, $p_e$: 1 is full agreement, 0 is luck. The exact $p_e$ needs no shuffling (exercise 10a.1).

# %%
kappa = cohen_kappa_score(reader, rule)
assert np.isclose(kappa, (agreement - by_luck) / (1 - by_luck), atol=0.02)
print(f"kappa {kappa:.2f}")
metric("kappa", kappa)

# %% tags=["figure"]
# How often each pair of questions was given: the reader's in the rows, the rule's in the columns
table = np.array([[sum(pair == (a, b) for pair in both) for b in questions] for a in questions])
ax = plt.subplots(figsize=(6, 3))[1]
plot.matrix(table, title=f"Off the diagonal, reader and rule differ (kappa {kappa:.2f})", fmt="d", ax=ax)
ax.set_xticks(range(3), [question.split()[0] + " …?" for question in questions])
ax.set_yticks(range(3), questions)
ax.set(xlabel="the rule asks", ylabel="the reader asked")
plt.show()

# %% [markdown]
# A rule of a few words is no second reader, and its kappa says how crude it is. The lesson is the procedure: two people, who do not talk before they have written; kappa; then they discuss what they disagree on, and mend the *definitions*. Until somebody does this with our table, its labels are one reader's. Behind the verdicts stands evidence; but whether to call something imprecise or wrong was a reader's choice, too.
#
# ### Exercise 10a.1 · Beyond luck ●●○ 15 min
#
# `a` and `b` are two readers' labels of the same items, in the same order: two lists of any values that can be compared (texts, numbers). Return Cohen's kappa. Luck is what two readers reach who keep their own frequencies and draw blindly. Where luck alone gives full agreement, kappa is not defined: return `math.nan`.
#
# <details><summary>Hint 1</summary>Luck, for one label: how often the first reader gives it, and how often the second does, as shares.</details>
# <details><summary>Hint 2</summary>A label that only one of them uses adds nothing to luck, but its items still count.</details>

# %% tags=["exercise-10a.1"]
import math


def kappa_of(a, b):
    """Agreement of two lists of labels beyond luck: 1 for full, 0 for luck's."""
    ### BEGIN SOLUTION
    n = len(a)
    seen = sum(x == y for x, y in zip(a, b, strict=True)) / n
    first, second = Counter(a), Counter(b)
    luck = sum(first[label] * second[label] for label in first) / n**2
    return math.nan if luck == 1 else (seen - luck) / (1 - luck)
    ### END SOLUTION


# %% tags=["check-10a.1"]
with check("10a.1", kappa_of) as c:
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

# %% [markdown]
# ## 10a.5 Build on it, check it, or leave it?
#
# A founder reads a claim: "collaborative filtering with deep learning does well". *Is it worth two weeks to check it first?* Five numbers decide: what is lost if it is wrong, what is won if it holds, what the check costs, how much it finds, and how likely the claim is to hold.
#
# For the last the ledger has a rough answer. To be careful, count only what is right, with or without a condition, and take the low end of the interval.

# %%
holds = sum(e.kind in ("right", "right, with a condition") for e in verdicts)
careful, hopeful = stats.wilson(holds, len(verdicts), level)
print(f"{holds} of {len(verdicts)} hold, some with a condition: {careful:.0%} to {hopeful:.0%}")
assert 0.1 < careful < hopeful < 0.8

# %% [markdown]
# ### Exercise 10a.2 · What to do with a claim ●●● 20 min
#
# A claim holds with chance `p`. Who *builds* on it wins `gain` if it holds, and loses `loss` (a positive number) if not. Who *checks* first pays `cost` in any case. A check lets every claim pass that holds, and finds a share `power` of those that do not; on what passes you build, the rest you drop. Who *drops* it at once neither wins nor loses.
#
# Return the name and the expected value of the best way: `("build", v)`, `("check", v)` or `("drop", v)`. Of equal ones take the most careful: drop before check, check before build.
#
# <details><summary>Hint 1</summary>List what can happen to a claim that is checked: it holds; it does not and is found; it does not and slips through.</details>
# <details><summary>Hint 2</summary>The cost of a check is paid in all three cases, the loss in one.</details>


# %% tags=["exercise-10a.2"]
def what_to_do(p, gain, loss, cost, power):
    """The best of "build", "check" and "drop", and its expected value."""
    ### BEGIN SOLUTION
    values = {
        "drop": 0.0,
        "check": p * gain - (1 - p) * (1 - power) * loss - cost,
        "build": p * gain - (1 - p) * loss,
    }
    best = max(values, key=values.get)
    return best, values[best]
    ### END SOLUTION


# %% tags=["check-10a.2"]
with check("10a.2", what_to_do) as c:
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


# %% [markdown]
# Now the map of this decision, for a check that finds four of five wrong claims and costs a tenth of the gain. Predict: a claim like the article's, by its careful chance, with a loss as large as the gain: in which of the three fields does it lie? (The code of the picture holds the answer to the exercise; leave it folded until yours passes.)

# %% tags=["figure"]
# Which way is best, by the chance that a claim holds and by what is lost if not
chances, losses = np.meshgrid(np.linspace(0, 1, 201), np.linspace(0, 4, 161))
at_once = chances - (1 - chances) * losses
slipped = 0.2 * (1 - chances) * losses  # one wrong claim of five slips through
checked = chances - slipped - 0.1
ways = np.argmax([np.zeros_like(at_once), checked, at_once], axis=0)
ax = plt.subplots(figsize=(7, 3.4))[1]
ax.contourf(chances, losses, ways, levels=[-0.5, 0.5, 1.5, 2.5], colors=["0.8", "#56B4E9", "#009E73"])
for end in (careful, hopeful):
    ax.axvline(end, color="black", linestyle="--", linewidth=1)
place = ways[np.abs(losses[:, 0] - 1).argmin(), np.abs(chances[0] - careful).argmin()]
ax.plot(careful, 1, "ko", label=f"the careful chance:\n{['drop', 'check first', 'build'][place]}")
ax.text((careful + hopeful) / 2, 3.7, "this article", ha="center")
for x, y, name in [(0.1, 1.5, "drop"), (0.65, 2.2, "check first"), (0.9, 0.25, "build")]:
    ax.text(x, y, name, ha="center", fontweight="bold")
ax.set(title="Between dropping and building lies a wide band where checking pays")
ax.set(xlabel="chance that the claim holds", ylabel="loss if not, in gains")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# ## 10a.6 The course's own sources
#
# Who audits others should stand an audit. Every lesson ends with its sources. *Are they in order?* Start with one line, by hand.

# %%
line = "A. Vaswani and others (2017), *Attention is all you need*, [arXiv:1706.03762](https://arxiv.org/abs/1706.03762); both good"
for part in references.parts(line):
    print(references.mention("an example", part))

# %% [markdown]
# The parser knows no grammar; it looks for a year in brackets, a title in italics, and links. What has neither title nor link is passed over. From a link it takes the **identifier**: arXiv number, DOI (数字对象标识符), or else the address.
#
# Now all lessons. The same paper appears in many of them: merge what is one.

# %%
found = references.all_mentions(before=HERE)
works = references.merge(found)
print(f"{len(found)} mentions of {len(works)} works, in {len({m.lesson for m in found})} lessons")
assert {m.lesson for m in found} == lessons
for work in sorted(works, key=lambda work: -len(work.lessons))[:4]:
    print(f"{len(work.lessons)} lessons:", work.text())

# %% [markdown]
# *And what was passed over?*

# %%
texts = references.sources(before=HERE).values()
print(*(part for text in texts for part in references.passed_over(text)), sep="\n")

# %% [markdown]
# Remarks, but also data sheets, a law and judgments: real sources that nothing marks for a machine. So the list is not complete.
#
# When are two mentions one work? If they share an identifier, or title and year, or the first author and the title, one without its subtitle or its year. And sharing is **passed on**: an article with a DOI only and one with an arXiv number only are one, if a third mention has both.
#
# ### Exercise 10a.3 · One work, many names ●●○ 20 min
#
# `mentions` is a list of sets of keys (texts). Two mentions that share a key are of one work, and so are two that a chain of shared keys connects. A mention without keys is a work of its own. Return a list of lists: for each work, the places of its mentions in growing order; the works by their first mention.
#
# <details><summary>Hint 1</summary>Two groups that seemed apart may turn out to be one when a later mention has keys of both.</details>
# <details><summary>Hint 2</summary>Take a mention, and collect all groups so far that share a key with it: how many can there be?</details>


# %% tags=["exercise-10a.3"]
def same_works(mentions):
    """Places of the mentions, grouped by work: [[0, 3], [1], [2]]."""
    ### BEGIN SOLUTION
    groups = []  # pairs of keys and places
    for place, keys in enumerate(mentions):
        touched = [group for group in groups if group[0] & set(keys)]
        groups = [group for group in groups if not group[0] & set(keys)]
        joined = set(keys).union(*(group[0] for group in touched))
        groups.append((joined, sorted([place, *(p for group in touched for p in group[1])])))
    return sorted(places for _, places in groups)
    ### END SOLUTION


# %% tags=["check-10a.3"]
with check("10a.3", same_works) as c:
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

# %% tags=["figure"]
# In which years the sources appeared, those before 2000 in ten-year steps
years = np.array([work.year for work in works if work.year])
edges = [*range(int(years.min()) // 10 * 10, 2000, 10), *range(2000, int(years.max()) + 2)]
counted = np.histogram(years, bins=edges)[0]
ax = plt.subplots(figsize=(8, 2.6))[1]
ax.bar(edges[:-1], counted / np.diff(edges), width=np.diff(edges), align="edge", edgecolor="white")
old = (years < 2000).sum()
ax.set_title(f"A young subject on old ground: {old} of {len(years)} dated sources are from before 2000")
ax.set(xlabel="year (before 2000 the mean of ten years)", ylabel="works a year")
plt.show()

# %% tags=["figure"]
# For each pair of lessons: how many works both cite; the diagonal is left empty
order = sorted(lessons)
shared = np.zeros((len(order), len(order)))
for work in works:
    at = [order.index(lesson) for lesson in work.lessons]
    for i in at:
        for j in at:
            shared[i, j] += i != j
figure, ax = plt.subplots(figsize=(6.4, 5.4))
picture = ax.imshow(shared, cmap="Blues")
short = [ledger.number(lesson) for lesson in order]
ax.set_xticks(range(len(order)), short, rotation=90, fontsize=7)
ax.set_yticks(range(len(order)), short, fontsize=7)
closest = [f"{short[i]} and {short[j]}" for i, j in np.argwhere(np.triu(shared) == shared.max())]
ax.set(title=f"Most sources in common, {shared.max():.0f}: lessons {', '.join(closest[:3])}")
ax.set(xlabel="lesson", ylabel="lesson")
ax.grid(visible=False)
figure.colorbar(picture, label="works that both cite")
plt.show()

# %% [markdown]
# ## 10a.7 What can be verified offline?
#
# Without a network nobody can look a work up. What is left? The form of identifiers; the check digit of an ISBN; whether two mentions of one work contradict each other; and whether a paper is cited with a year *before* its own arXiv number, which begins with year and month.

# %%
known = {name for work in data.works() for name in work.identifiers}
proof = Counter(references.evidence(work, known) for work in works)
for what, n in proof.most_common():
    print(f"{n:4d} works: {what}")
alone = [work.year for work in works if references.evidence(work, known) == "title alone" and work.year]
print(f"with a title alone: their median year is {np.median(alone):.0f}")
assert not [name for work in works for name in work.identifiers if references.fault(name)]

# %% [markdown]
# *Looked up* means: in lesson 7's table of works that somebody found by title and identifier. *Identifier*: its form is right; whether it is this work's, only a click shows. *Address*: a page, which may move. **Title alone**: nothing here can be verified offline, and in the list each bears a mark. Unfold it:

# %%
display(HTML(references.as_html(works, known)))

# %% [markdown]
# Now the doubts: where does a work contradict itself?

# %%
doubtful = [(work, references.doubts(work)) for work in works if references.doubts(work)]
for work, doubts in doubtful:
    print(work.text()[:70], "…", *doubts, sep="\n    ")

# %% [markdown]
# A doubt is no error. In the stored run it is a paper that a journal printed in 2011, and that its authors put on arXiv in January 2012 (its number begins with 1201). The rule is right to ask, and the answer is easy. Better a few questions too many than a list that nobody questions.
#
# ### Break it on purpose
#
# Few doubts could mean that the list is clean, or that the audit is blind. Test the audit: plant errors, and see which it finds.


# %%
def other_digit(text, place, draw):
    """The text with the digit at one place replaced by another one."""
    digit = (int(text[place]) + 1 + draw.integers(9)) % 10
    return f"{text[:place]}{digit}{text[place + 1 :]}"


def swapped(text, place):
    """The text with two neighbours exchanged."""
    return f"{text[:place]}{text[place + 1]}{text[place]}{text[place + 2 :]}"


isbns = [name for name in sorted(known) if name.startswith("isbn:")]
clean = [work for work in works if work.year and not references.doubts(work)]
papers = [  # without those of 11/2011, whose date has no two unlike neighbours to swap
    work for work in clean if any(references.posted(n) and n[6:10] != "1111" for n in work.identifiers)
]


# %%
def plant(kind, draw):
    """One error in one reference: the reference as it would then be read."""
    work = papers[draw.integers(len(papers))]
    number = next(name for name in work.identifiers if references.posted(name))
    if kind == "ISBN, one digit":
        number = other_digit(isbns[draw.integers(len(isbns))], draw.integers(5, 18), draw)
    elif kind == "arXiv, year or month":
        number = other_digit(number, draw.integers(6, 10), draw)
    elif kind == "arXiv, number":
        number = other_digit(number, draw.integers(11, len(number)), draw)
    elif kind == "arXiv, neighbours swapped":
        number = swapped(number, draw.choice([at for at in (6, 7, 8) if number[at] != number[at + 1]]))
    year = work.year - 1 if kind == "year, one too early" else work.year
    return references.Mention("planted", work.authors, year, work.title, (number,))


# %%
KINDS = [
    "ISBN, one digit",
    "arXiv, year or month",
    "arXiv, neighbours swapped",
    "year, one too early",
    "arXiv, number",
]
caught = {}
for kind in KINDS:
    draw = numpy_stream(seed, f"plant {kind}")
    errors = [references.merge([plant(kind, draw)])[0] for _ in range(planted)]
    caught[kind] = np.mean([bool(references.doubts(error)) for error in errors])
    print(f"{kind:>26}: {caught[kind]:4.0%} found")
assert caught["ISBN, one digit"] == 1
assert caught["arXiv, number"] == 0

# %% tags=["figure"]
# Which planted errors the audit finds
plot.bars(
    {name: 100 * share for name, share in caught.items()},
    title="A check digit shows every wrong digit, a plain number none",
    xlabel="% of the planted errors that were found",
    ax=plt.subplots(figsize=(7, 2.4))[1],
)
plt.show()

# %% [markdown]
# To one of the five the audit is blind: a wrong digit in the running number of an arXiv paper, which then is *another* paper's. A DOI has no check digit either. Only opening it helps. (A wrong month that is still a month may escape, too.) And even a perfect identifier does not say that the work supports what it is cited for: in medical journals a quarter did not fully, 12 % were seriously off (Jergas and Baethge, 2015, 28 studies).
#
# ### Exercise 10a.4 · One check digit for all ●○○ 10 min
#
# Many numbers guard themselves in the same way: each digit has a weight, and with the check character the weighted sum is a multiple of a modulus. In a serial's ISSN the eight characters weigh 8, 7, …, 2, 1, modulus 11; in an old ISBN the ten weigh 10, 9, …, 1, modulus 11; in a new one 1, 3, 1, …, 3, 1, modulus 10. A check value of ten is written X.
#
# `digits` is a text without the last character, `weights` has one number for each digit **and** a last one, 1, for the check. Return the check character, a text.
#
# <details><summary>Hint 1</summary>What must be added so that the sum reaches the next multiple? And what if it is one already?</details>
# <details><summary>Hint 2</summary>Try the ISSN 0317-847?: the weighted sum of the seven digits is 120.</details>


# %% tags=["exercise-10a.4"]
def check_character(digits, weights, modulus):
    """The last character of an ISSN, ISBN or the like, from the digits before it."""
    ### BEGIN SOLUTION
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights[:-1], strict=True))
    value = -total % modulus
    return "X" if value == 10 else str(value)
    ### END SOLUTION


# %% tags=["check-10a.4"]
with check("10a.4", check_character) as c:
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

# %% [markdown]
# The course's own function for the ISBN, `references.isbn_digit`, is lesson 7's rule; all ISBNs of its table of works pass it.

# %%
numbers = [name[5:] for name in isbns]
assert all(references.isbn_digit(number[:12]) == int(number[12]) for number in numbers)
print(len(numbers), "ISBNs pass")

# %% [markdown]
# ## 10a.8 What the article says here
#
# §10 is its list of references. Lesson 7 has judged it, work by work, with the look-ups; here are its verdicts once more, read from the ledger and not written again.

# %%
for entry in verdicts:
    if set(entry.sections) & {"§7.1", "§7.3", "§10"}:
        print(f"{entry.where:>9}  {entry.what}\n{'→':>10} {entry.verdict}")

# %% [markdown]
# Of the works named, real ones stand beside works that we did not find, and a real book has a number that is not its own. The form gave nothing away: the ISBN inside that number has the right check digit ([lesson 7](07_tools.ipynb)). It speaks for the third question. *Who says so?* means: open it.
#
# ## 10a.9 What to learn next
#
# Each of these was looked up when this lesson was written. Choose one, not all.
#
# | you want to | go on with |
# |---|---|
# | train a language model at full scale | [CS336, Language modeling from scratch](https://stanford-cs336.github.io): five large assignments, on rented GPUs |
# | see a whole chat model in one small code base | [nanochat](https://github.com/karpathy/nanochat): from tokenizer to web page (a full run takes eight large GPUs for hours) |
# | understand the theory, with Transformers and diffusion | S. Prince, [Understanding Deep Learning](https://udlbook.github.io/udlbook/) |
# | build products on models of others | C. Huyen (2025), *AI Engineering*, O'Reilly |
# | run systems: data, hardware, operations | [Machine Learning Systems](https://mlsysbook.ai) |
# | look inside models, and align them | [ARENA](https://github.com/callummcdougall/ARENA_3.0): exercises with tests |
#
# And the best exercise costs nothing: take an article that you believed, and write its ledger.

# %% [markdown]
# ## Recap
#
# 1. Results are read from where they were computed; a copy would go stale. A join in both directions shows what was forgotten, and names what was left out and why; whether the table has all of the article, only the article shows.
# 2. A share of errors needs its unit and its readers. Three units gave three shares; say "k of n that we tested", and list them.
# 3. In this ledger more sentences lack a condition or a part than are wrong. Ask: when does it hold, how do you know, who says so?
# 4. Agreement is judged beyond luck; a claim is checked when the check costs less than it saves.
# 5. A list of references can be cleaned by code, but form proves no existence, and existence no support. Plant errors to learn what an audit is blind to.
#
# **Next:** [lesson 10b: Launch](10b_launch.ipynb)
#
# ## Sources
#
# - J. Cohen (1960), *A coefficient of agreement for nominal scales*, Educational and Psychological Measurement 20(1), [doi:10.1177/001316446002000104](https://doi.org/10.1177/001316446002000104)
# - H. Jergas, C. Baethge (2015), *Quotation accuracy in medical journal articles: a systematic review and meta-analysis*, PeerJ 3, [doi:10.7717/peerj.1364](https://doi.org/10.7717/peerj.1364)
# - E. B. Wilson (1927), *Probable inference, the law of succession, and statistical inference*, Journal of the American Statistical Association 22
# - ISSN: the rule of the check digit, [loc.gov](http://www.loc.gov/issn/check.html); DOI: [crossref.org](https://www.crossref.org/authors/andrew-gilmartin/); arXiv: [info.arxiv.org](https://info.arxiv.org/help/arxiv_identifier.html)
# - Links to a cell of a notebook: [jupyterlab, pull request 13285](https://github.com/jupyterlab/jupyterlab/pull/13285)
