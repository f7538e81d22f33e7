# %% [markdown]
# # 8b · Cross-modal learning
#
# Put pictures, words and voices into one space, find each by the other, and know what such a space must not be trusted with.
#
# 75 min to read · under 60 CPU-seconds · under 1,500 MB · GPU: not needed
#
# **You will be able to**
# - write CLIP's contrastive loss, and say its value by chance and its exact floor when captions repeat;
# - name things that no training picture showed, with an interval and a fair rival;
# - search pictures by words and words by pictures, and measure the gap between the two kinds of vectors;
# - let a decoder write captions, score each exactly, and find the bias that it has learnt;
# - fool such a space with a word, mend it, and place voices in it that were never paired with text.
#
# *You need:* training in PyTorch from [lesson 3b](03b_training.ipynb), the decoder of [lesson 6a](06a_transformer.ipynb), convolution from [lesson 6i](06i_recognition.ipynb), vectors that compare from [lesson 6k](06k_faces.ipynb).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
pairs: int = 1500  # pictures with captions to learn from  in [200, 20000]
held: int = 2  # colours of each part that training never shows  in [1, 4]
steps: int = 200  # training steps of each network  in [20, 5000]
batch: int = 64  # pairs in a batch  in [8, 256]
habit: float = 0.7  # share of black parts that the caption writers call sturdy  in [0, 1]
wrong: float = 5.0  # euros that a wrong caption costs  in [0, 1000]
look: float = 1.0  # euros for a person's look at one caption  in [0, 100]

# %%
import math
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.stats import binom, hypergeom
from torch import nn
from torch.nn import functional as F
from tqdm.auto import tqdm

from utils import plot, stats
from utils.check import approx, check, claim, metric
from utils.models import catalogue
from utils.models.catalogue import COLOURS, GROUNDS, PARTS, RATE
from utils.models.nn import Llama, Shape
from utils.models.train import token_loss
from utils.params import check_parameters
from utils.repro import child_seed, numpy_stream

# %%
check_parameters("08b_cross_modal", globals())
plot.style()
default = (pairs, held, steps, batch, habit) == (1500, 2, 200, 64, 0.7)


def row(name, **values):
    """A line of measured values."""
    print(f"{name:32}", *(f"{key} {approx(value)}  " for key, value in values.items()))


# %% [markdown]
# ## 8b.1 Which caption belongs to which picture?
#
# A customer of a bicycle shop types "red bell" and wants to *see* it. Our pictures carry no labels, only captions. **Cross-modal learning** (跨模态学习) turns both into vectors of one space: a picture should lie near *its* caption, and far from others. CLIP (Radford and others, 2021) learns this from pairs alone.
#
# Take three pictures and their captions, already vectors of length 1. Rows: pictures; columns: captions. The products are cosines.

# %%
pictures = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
captions = np.array([[0.8, 0.6], [0.6, 0.8], [-0.6, 0.8]])
cosines = pictures @ captions.T  # (3, 3)
print(cosines.round(2))

# %% [markdown]
# The right answers lie on the diagonal. The third picture cannot choose: two captions are equally near. How bad is that?
#
# Ask each picture: *which of the three captions is yours?* A softmax over its row, the cosines stretched by a **scale** $s$ (1 ÷ *temperature*, 温度), then cross-entropy. By pencil, for the third picture with $s=5$: the scores are 3, 4, 4, so its own caption gets $e^4/(e^3+2e^4)=0.42$, and the loss is 0.86.

# %%
scores = 5 * cosines
shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
row_loss = -np.log(np.diag(shares))
print("scores of the third picture", scores[2].round(1), "shares", shares[2].round(3))
assert abs(row_loss[2] - math.log(2 + 1 / math.e)) < 1e-12

# %% [markdown]
# Then ask each caption: *which picture is yours?* A softmax down its column. The mean of both questions is the loss of CLIP, a symmetric **InfoNCE**. A model whose scores are all equal pays $\ln B$ with $B$ pairs: chance.
#
# ### Exercise 8b.1 · Both questions ●●○ 10 min
#
# `x` (B, d): vectors of pictures; `y` (B, d): of their captions, in the same order, of *any* length: bring them to length 1 first. `scale` multiplies the cosines. Return the mean of the two mean cross-entropies, as one number. All are NumPy arrays; cosines may be stretched by 1,000, and the result stays finite.
#
# <details><summary>Hint 1</summary>One matrix holds all scores. The two questions differ only in the axis along which the shares add up to 1.</details>
# <details><summary>Hint 2</summary>Subtract the largest score of each row (or column) before the exponential: the shares stay, and nothing overflows.</details>


# %% tags=["exercise-8b.1"]
def both_ways(x, y, scale):
    """x (B, d), y (B, d), scale -> symmetric InfoNCE, a number"""
    ### BEGIN SOLUTION
    x, y = (np.asarray(v, dtype=float) for v in (x, y))
    x, y = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
    scores = scale * x @ y.T

    def question(table):
        top = table.max(axis=1)
        return (top + np.log(np.exp(table - top[:, None]).sum(axis=1)) - np.diag(table)).mean()

    return (question(scores) + question(scores.T)) / 2
    ### END SOLUTION


# %% tags=["check-8b.1"]
with check("8b.1", both_ways) as c:
    draws = np.random.default_rng(5)
    for B, d, scale in ((3, 2, 5.0), (4, 3, 1.0), (2, 5, 14.3), (5, 5, 1000.0), (1, 3, 2.0)):
        x, y = draws.normal(size=(B, d)), 3 * draws.normal(size=(B, d))

        def norm(v):
            return v / np.sqrt((v**2).sum(axis=1, keepdims=True))

        def lost(scores, axis):
            top = scores.max(axis=axis, keepdims=True)
            every = np.log(np.exp(scores - top).sum(axis=axis)) + top.squeeze(axis)
            return every - np.diag(scores)

        scores = scale * norm(x) @ norm(y).T
        rows, columns = lost(scores, 1), lost(scores, 0)
        want = (rows.mean() + columns.mean()) / 2
        raw, divided = scale * x @ y.T, norm(x) @ norm(y).T / scale
        only_x, only_y = scale * norm(x) @ y.T, scale * x @ norm(y).T
        slips = {
            "the vectors have not been brought to length 1": (lost(raw, 1).mean() + lost(raw, 0).mean()) / 2,
            "the captions have not been brought to length 1": (
                lost(only_x, 1).mean() + lost(only_x, 0).mean()
            )
            / 2,
            "the pictures have not been brought to length 1": (
                lost(only_y, 1).mean() + lost(only_y, 0).mean()
            )
            / 2,
            "only the pictures choose; the captions have their question, too": rows.mean(),
            "only the captions choose; the pictures have their question, too": columns.mean(),
            "the mean of both questions is wanted, not their sum": 2 * want,
            "the mean over the pairs is wanted, not the sum": B * want,
            "the scale multiplies; a temperature would divide": (
                lost(divided, 1).mean() + lost(divided, 0).mean()
            )
            / 2,
            "the scale is missing": (lost(scores / scale, 1).mean() + lost(scores / scale, 0).mean()) / 2,
            "that is the log-probability; a loss has the other sign": -want,
        }
        c.close(
            both_ways(x, y, scale),
            want,
            what=f"{B} pairs, vectors of {d}, scale {scale:g}",
            hint="rows for one question, columns for the other, the diagonal for both",
            slips=slips,
            rtol=1e-4,
            atol=1e-6,
        )

# %% [markdown]
# In PyTorch each question is one line. By hand and by library:


# %%
def contrast(scores):
    """Scores (B, B), pictures × captions, right ones on the diagonal -> symmetric InfoNCE."""
    right = torch.arange(len(scores))
    return (F.cross_entropy(scores, right) + F.cross_entropy(scores.T, right)) / 2


# %%
table = torch.tensor(scores)
by_hand = (
    table.logsumexp(dim=1) + table.logsumexp(dim=0) - 2 * table.diag()
).mean() / 2  # both questions, term by term
assert torch.allclose(contrast(table), by_hand)
assert abs(row_loss.mean() - F.cross_entropy(table, torch.arange(3))) < 1e-9
assert abs(contrast(torch.zeros(64, 64)) - math.log(64)) < 1e-5  # all equal: chance
print(f"the three pairs: loss {float(by_hand):.4f}; by chance ln 3 = {math.log(3):.4f}")

# %% [markdown]
# ## 8b.2 A catalogue whose truth we know
#
# We draw the catalogue ourselves: six parts in six colours on three grounds, 24 × 24 pixels. Place, size, light, tint and noise vary. The caption says what is there: "a red bell on wood".
#
# In a real web crawl it is hard to tell whether a test picture's like was in it. In ours it is easy. Of each part, `held` colours never occur in training: **unseen combinations** (未见过的组合). Every word is known, only not together.

# %%
unseen = np.array([[(colour - part) % 6 < held for colour in range(6)] for part in range(6)])  # (6, 6)
every = np.array([(p, c, g) for p in range(6) for c in range(6) for g in range(3)])  # (108, 3)
BLACK, YELLOW = (list(COLOURS).index(name) for name in ("black", "yellow"))
print(PARTS, list(COLOURS), list(GROUNDS), sep="\n")

# %% [markdown]
# A *meaning* is three numbers: part, colour, ground. `catalogue.photograph` draws all else at random.


# %%
def some(n, allowed, name):
    """n meanings whose combination is allowed (6, 6), and a picture of each."""
    rng, combinations = numpy_stream(seed, name), np.argwhere(allowed)
    which = combinations[rng.integers(len(combinations), size=n)]
    meaning = np.column_stack([which, rng.integers(3, size=n)])  # (n, 2), (n,) -> (n, 3)
    return meaning, catalogue.photograph(meaning, rng)


# %%
taught, photos = some(pairs, ~unseen, "training")
old, old_photos = some(600, ~unseen, "exam, seen")
new, new_photos = some(600, unseen, "exam, unseen")
shown = np.zeros((6, 6), dtype=int)
np.add.at(shown, (taught[:, 0], taught[:, 1]), 1)
assert not shown[unseen].any()
print(f"{(~unseen).sum()} combinations teach, {unseen.sum()} examine: none of them was shown")

# %% tags=["figure"]
# One picture of each combination of part and colour; those of the exam have a frame
shelf = np.array([(p, c, (p + c) % 3) for p in range(6) for c in range(6)])
stills = catalogue.photograph(shelf, numpy_stream(seed, "figure")).clamp(0, 1)
figure, axes = plt.subplots(6, 6, figsize=(6.4, 6.6))
for ax, (part, colour, _), still in zip(axes.flat, shelf, stills, strict=True):
    ax.imshow(still.permute(1, 2, 0))
    ax.set(xticks=[], yticks=[])
    ax.grid(visible=False)
    for side in ax.spines.values():
        side.set(visible=bool(unseen[part, colour]), linewidth=3, color="#D55E00")
    if part == 0:
        ax.set_title(list(COLOURS)[colour], fontsize=9, loc="center")
    if colour == 0:
        ax.set_ylabel(PARTS[part])
figure.suptitle("Framed: combinations that training never shows")
plt.show()

# %% [markdown]
# ## 8b.3 Two encoders, one space
#
# The picture goes through three convolutions. The caption is a *bag of words*: the mean of its words' vectors, then a small network. Both end in a vector of 32 numbers, brought to length 1. The scale is learnt, too; it starts at 1 ÷ 0.07, as in CLIP.

# %%
WORDS = ("<end>", "a", "on", "sturdy", *PARTS, *COLOURS, *GROUNDS)
NUMBER = {word: n for n, word in enumerate(WORDS)}
print(len(WORDS), "words:", *WORDS)


def tokens(text):
    """A caption as the numbers of its words, with the end."""
    return [NUMBER[word] for word in text.split()] + [0]


def caption(part, colour, ground):
    return f"a {list(COLOURS)[colour]} {PARTS[part]} on {list(GROUNDS)[ground]}"


def captions_of(meaning):
    """Meanings (n, 3) -> tokens (n, 6)."""
    return torch.tensor([tokens(caption(*row)) for row in meaning])


# %%
def eyes(outputs):
    """Pictures (B, 3, 24, 24) -> (B, outputs); each convolution halves the side."""
    layers = []
    for inputs, width in ((3, 12), (12, 24), (24, 48)):
        layers += [nn.Conv2d(inputs, width, 3, stride=2, padding=1), nn.BatchNorm2d(width), nn.GELU()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(48 * 3 * 3, outputs))


# %% [markdown]
# Both together, with the scale between them:


# %%
class Clip(nn.Module):
    """A picture encoder, a text encoder and the scale between them."""

    def __init__(self, d=32, scale=1 / 0.07):
        super().__init__()
        self.eyes, self.words = eyes(d), nn.Embedding(len(WORDS), d)
        self.reads = nn.Sequential(nn.Linear(d, 64), nn.GELU(), nn.Linear(64, d))
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)))

    def image(self, pictures):
        return F.normalize(self.eyes(pictures), dim=-1)  # (B, 3, 24, 24) -> (B, d)

    def text(self, ids):
        return F.normalize(self.reads(self.words(ids).mean(dim=1)), dim=-1)  # (B, T) -> (B, d)

    def scale(self):
        return self.log_scale.exp().clamp(max=100)  # CLIP's limit


# %% [markdown]
# A bag has no order. So what can this text encoder never tell apart?

# %%
torch.manual_seed(child_seed(seed, "clip"))
clip = Clip()
orders = torch.tensor([tokens("a red bell on a black frame"), tokens("a black bell on a red frame")])
one, other = clip.text(orders).detach()
assert torch.allclose(one, other, atol=1e-6)
print("who is red, the bell or the frame? Both captions have one vector")

# %% [markdown]
# Our captions name one thing, so the bag will do. Real CLIP reads in order, and yet often behaves like a bag when two things have two colours (Lewis and others, 2022; Koishigarina and others, 2025).
#
# Now train. Each step draws a batch of pairs.


# %%
def train(model, loss, n, steps=steps, rate=5e-3):
    """AdamW on loss(rows) of random rows of 0…n-1; the rate falls to 0 in the second half -> the losses, and the rows."""
    optimizer, rng = torch.optim.AdamW(model.parameters(), lr=rate), numpy_stream(seed, "batches")
    path, drawn = [], []
    model.train()
    for step in tqdm(range(steps), leave=False):
        optimizer.param_groups[0]["lr"] = rate * min(1, 2 * (1 - step / steps))
        drawn.append(rng.integers(n, size=batch))
        value = loss(drawn[-1])
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        path.append(value.item())
    model.eval()
    return path, np.array(drawn)


def clip_loss(model, pictures, ids):
    """The loss of a batch, given its rows."""
    return lambda rows: contrast(model.scale() * model.image(pictures[rows]) @ model.text(ids[rows]).T)


# %%
texts = captions_of(taught)
path, drawn = train(clip, clip_loss(clip, photos, texts), pairs)
row("loss, captions", first=path[0], last=np.mean(path[-20:]), scale=clip.scale().item())
assert not default or (4 < path[0] < 8 and 0.4 < np.mean(path[-20:]) < 0.9)

# %% [markdown]
# At first it is worse than chance, sure and wrong; at last it stops far from 0. Is the network too small?
#
# Look at a batch. In the stored run 72 different captions exist, so 64 pairs hold many twice. If your picture shows a red bell on wood, and so does another's, *both* captions are right, and the loss counts one of them as wrong: a **false negative** (假负例). Two equal captions have equal vectors, so they must share. No network can do better than give each half: $\ln 2$.
#
# ### Exercise 8b.2 · The floor ●●○ 10 min
#
# `captions`: a list of B strings, the captions of a batch. Return the smallest value that the loss of exercise 8b.1 can come arbitrarily close to, whatever the encoders do: equal captions have equal vectors, different captions may be told apart perfectly, and the scale may grow without limit. (The picture's question and the caption's question have the same floor.)
#
# <details><summary>Hint 1</summary>A caption stands in the batch three times. What does the loss of a picture with this caption come to, at best?</details>
# <details><summary>Hint 2</summary>The mean goes over pairs, not over different captions: a caption that stands there three times pays three times.</details>


# %% tags=["exercise-8b.2"]
def lowest(captions):
    """B strings -> the floor of the symmetric loss, in nats"""
    ### BEGIN SOLUTION
    times = Counter(captions)
    return sum(math.log(times[caption]) for caption in captions) / len(captions)
    ### END SOLUTION


# %% tags=["check-8b.2"]
with check("8b.2", lowest) as c:
    two_orders = ["a red bell on a black frame", "a black bell on a red frame", "a red bell on a black frame"]
    batches = {
        f"captions {' '.join(letters)}": [f"a part {letter}" for letter in letters]
        for letters in ("aaaaabbc", "abca", "aab", "aaaa", "abcd", "abacabadab", "z")
    }
    for what, batch_of in (batches | {"the same words in two orders": two_orders}).items():
        times = np.array(list(Counter(batch_of).values()))
        B = len(batch_of)
        want = float((times * np.log(times)).sum() / B)
        slips = {
            "the mean goes over the pairs, not over the different captions": float(np.log(times).mean()),
            "that takes the logarithm of a mean; each pair has a logarithm of its own": math.log(
                (times * times).sum() / B
            ),
            "both questions have this floor; their mean is wanted, not their sum": 2 * want,
            "both questions have this floor, not only one of them": want / 2,
            "the mean over the pairs is wanted, not the sum": want * B,
            "that is a sum over pairs, divided by the number of different captions": want * B / len(times),
            "that is how many times a caption stands there on average; the pairs differ": math.log(
                B / len(times)
            ),
            "natural logarithms are wanted": want / math.log(2),
            "that is the loss by chance": math.log(B),
            "a pair without a double pays nothing": float((times * np.log(times + 1)).sum() / B),
            "that is how much the captions differ; the floor is what is lost because they do not": math.log(B)
            - want,
            "that is the share of pairs with a double": float(times[times > 1].sum() / B),
        }
        if batch_of is two_orders:
            slips |= {"words in another order are another caption": math.log(B)}
            slips.pop("that is the loss by chance")
        c.close(
            lowest(batch_of),
            want,
            what=what,
            hint="n equal captions share what their n pictures give them",
            slips=slips,
        )

# %% [markdown]
# The floor of *each* batch that we drew, and its expectation: a pair whose caption has the share $f$ meets $\text{Bin}(B-1, f)$ doubles.


# %%
def floor_of(codes):
    """Numbers of the captions of a batch (B,) -> the floor of its loss."""
    return float(np.log(np.bincount(codes)[codes]).mean())  # n of a pair's caption, pair by pair


codes = (taught[:, 0] * 6 + taught[:, 1]) * 3 + taught[:, 2]  # 0…107
floors = np.array([floor_of(codes[rows]) for rows in drawn])
assert (np.array(path) > floors - 1e-4).all()  # no batch ever fell below its own floor

# %%
share = np.bincount(codes)[np.unique(codes)] / pairs
n = np.arange(batch)  # so many doubles
expected = sum(f * (binom.pmf(n, batch - 1, f) * np.log1p(n)).sum() for f in share)
print(f"floor: expected {expected:.4f}, in the batches {floors.mean():.4f}; chance {math.log(batch):.4f}")
assert abs(floors.mean() - expected) < 6 * floors.std() / math.sqrt(steps) + 1e-9

# %% tags=["figure"]
# The loss of each step, chance, and the floor
ax = plot.lines(
    {"loss": path, "floor of the same batch": floors},
    title="The loss falls towards a floor that is not 0",
    xlabel="step",
    ylabel="nats",
    ax=plt.subplots(figsize=(7, 3.2))[1],
)
ax.axhline(math.log(batch), color="grey", linestyle="--", label="chance, ln B")
ax.set_ylim(0, None)
ax.legend()
plt.show()

# %% [markdown]
# What do these false negatives do to the *learning*? One mend is **soft targets**: of $n$ equal captions each is right with $1/n$. Predict first: how do loss and gradient change?


# %%
def shared_targets(scores, codes):
    """As `contrast`, but all pairs with the same caption are equally right. codes (B,): numbers of the captions."""
    same = torch.tensor(codes[:, None] == codes).float()
    target = same / same.sum(dim=1, keepdim=True)  # (B, B), symmetric
    return (F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target)) / 2


# %%
def slope(loss):
    """The loss of the first batch, and its gradient to all parameters."""
    clip.zero_grad()
    rows = drawn[0]
    value = loss(clip.scale() * clip.image(photos[rows]) @ clip.text(texts[rows]).T)
    value.backward()
    return value.detach(), torch.cat([p.grad.flatten() for p in clip.parameters()])


(hard, down), (soft, soft_down) = slope(contrast), slope(lambda s: shared_targets(s, codes[drawn[0]]))
assert abs(hard - soft) < 1e-4
assert down.norm() > 1e-3  # there is something to compare
assert (down - soft_down).norm() < 1e-3 * down.norm()
print("soft targets: the same loss, the same gradient")

# %% [markdown]
# *Nothing* changes. In the picture's question equal captions have equal scores: whichever gets the target, the loss is the same. In the caption's question equal captions ask with the same row, and their targets add up to the soft ones. What a batch can still learn is loss − floor. (Not so for *nearly* equal captions; and leaving doubles out of the denominators *is* another loss.)
#
# But doubles make a batch smaller than it looks. The second mend: batches **without doubles**, whose floor is 0.


# %%
def without_doubles(rng):
    """Rows of a batch in which no caption stands twice; fewer than `batch` if there are fewer captions."""
    order = rng.permutation(pairs)
    first = np.unique(codes[order], return_index=True)[1]
    return order[rng.permutation(first)[:batch]]


torch.manual_seed(child_seed(seed, "clip"))  # the same first weights, on purpose
single, rng = Clip(), numpy_stream(seed, "single batches")
single_loss = clip_loss(single, photos, texts)
single_path, _ = train(single, lambda _: single_loss(without_doubles(rng)), pairs)
excess = np.array(path) - floors
row("excess over the floor", with_doubles=np.mean(excess[-20:]), without=np.mean(single_path[-20:]))

# %% [markdown]
# ## 8b.4 Zero-shot: things that no picture showed
#
# To classify, write a caption for every class and take the nearest. No classifier is trained: **zero-shot** (零样本). Often the classes *were* in the training captions; the word promises more than that. We ask for combinations that were in none. Right means: part and colour both right, of 36.


# %%
@torch.no_grad()
def reading(model, pictures, choice=every):
    """The meaning whose caption is nearest, out of a choice (m, 3): (n, 3)."""
    return choice[(model.image(pictures) @ model.text(captions_of(choice)).T).argmax(dim=1).numpy()]


def named(answer, meaning):
    """Whether part and colour are right, (n,)."""
    return (answer[:, :2] == meaning[:, :2]).all(axis=1)


# %%
def told(name, right):
    """A share with its 95 % interval."""
    low, high = stats.wilson(right.sum(), len(right))
    row(name, share=right.mean(), low=low, high=high)


# %% [markdown]
# A fair rival gets the same pictures, steps and rate (tuned for neither), and labels instead of captions, which say the same: the same eyes with three heads for part, colour and ground. (A classifier of the taught *combinations* would get 0 here: the right answer is not on its list.)

# %%
torch.manual_seed(child_seed(seed, "rival"))
rival = eyes(6 + 6 + 3)


def heads_loss(rows):
    outputs, truth = rival(photos[rows]).split([6, 6, 3], dim=1), torch.tensor(taught[rows])
    return sum(F.cross_entropy(output, truth[:, n]) for n, output in enumerate(outputs))


rival_path, _ = train(rival, heads_loss, pairs)


# %%
@torch.no_grad()
def heads(pictures, choice=every):
    """The rival's likeliest meaning out of a choice (m, 3): the chances of part, colour and ground, multiplied; (n, 3)."""
    chances = torch.cat([part.log_softmax(dim=1) for part in rival(pictures).split([6, 6, 3], dim=1)], dim=1)
    places = torch.tensor(choice + np.array([0, 6, 12]))
    return choice[chances[:, places].sum(dim=2).argmax(dim=1).numpy()]  # (n, 15) -> (n, m, 3) -> (n, 3)


# %% [markdown]
# In training, batch normalisation measures each picture against its batch. At the exam no picture may help another: `eval()` takes means kept from training instead, so a picture alone has the vector that it has among others.

# %%
with torch.no_grad():
    assert torch.allclose(clip.image(new_photos[:1]), clip.image(new_photos)[:1], atol=1e-5)
known, zero_shot = (
    named(reading(clip, shots), meaning) for shots, meaning in ((old_photos, old), (new_photos, new))
)
single_new, heads_new = named(reading(single, new_photos), new), named(heads(new_photos), new)
told("captions, seen", known)
told("captions, unseen", zero_shot)
told("no doubles, unseen", single_new)
told("labels, seen", named(heads(old_photos), old))
told("labels, unseen", heads_new)
assert not default or 0.2 < zero_shot.mean() < 0.8

# %% [markdown]
# Chance is 1/36. On the same unseen pictures they are compared in pairs, with McNemar's test. A small $p$ says that *these trained networks* differ, not that one *way* of training is better: with `seed=1` the duel with "no doubles" turned round. The first interval is for new pictures of *these* combinations; drawing whole combinations anew tells of others. And what are the wrong answers? Zero-shot exams used to offer the *unseen* classes only (Chao and others, 2016, criticise it); is that easier?

# %%
anew = stats.bootstrap_interval(
    zero_shot, rng=numpy_stream(seed, "bootstrap"), groups=new[:, 0] * 6 + new[:, 1]
)
row("captions, other combinations", low=anew.low, high=anew.high)
for name, each in (("no doubles", single_new), ("labels", heads_new)):
    duel = stats.mcnemar(each, zero_shot)
    row(f"{name}: alone right", this=duel.only_a, captions=duel.only_b, p=duel.p)

answer = reading(clip, new_photos)
row("wrong answers", seen_combination=(~unseen[answer[:, 0], answer[:, 1]])[~zero_shot].mean())
rest = every[unseen[every[:, 0], every[:, 1]]]
easy = named(reading(clip, new_photos, rest), new)
told("captions, only unseen to choose", easy)
told("labels, only unseen to choose", named(heads(new_photos, rest), new))
assert not default or zero_shot.mean() + 0.1 < easy.mean()

# %% tags=["figure"]
# Accuracy for each combination of part and colour, seen and unseen
answers = np.concatenate([named(reading(clip, old_photos), old), zero_shot])
asked = np.concatenate([old, new])
grid = np.zeros((2, 6, 6))
np.add.at(grid[0], (asked[:, 0], asked[:, 1]), answers)
np.add.at(grid[1], (asked[:, 0], asked[:, 1]), 1)
figure, ax = plt.subplots(figsize=(5.2, 4.2))
image = ax.imshow(grid[0] / np.maximum(grid[1], 1), vmin=0, vmax=1, cmap="viridis")
for part, colour in np.argwhere(unseen):
    ax.add_patch(
        plt.Rectangle((colour - 0.5, part - 0.5), 1, 1, fill=False, edgecolor="#D55E00", linewidth=3)
    )
ax.set(title="Share named rightly; framed: never shown together", xticks=range(6), yticks=range(6))
ax.set_xticklabels(COLOURS, rotation=30)
ax.set_yticklabels(PARTS)
ax.grid(visible=False)
figure.colorbar(image, label="share right")
plt.show()

# %% [markdown]
# In the stored run, words learnt apart do name things never shown together: far more often than chance, far less often than what was shown. Most wrong answers are combinations that training held; without those on the list, labels come close to captions. So "zero-shot accuracy" says little without *what was held back*, *what there was to choose from*, and several starts.
#
# ## 8b.5 Search, both ways
#
# The shelf holds three fresh pictures of each of the 108 captions. **Recall@k** is here: how many queries find at least one right thing among the k nearest.
#
# ### Exercise 8b.3 · Recall at k ●○○ 10 min
#
# `similarity` (N, M): query × thing, all values different in a row; `right` (N, M) bools: which things answer the query (at least one). Return the share of queries that have at least one right thing among their `k` most similar. `k` may be larger than M.
#
# <details><summary>Hint 1</summary>Sort each row of similarities, and keep the places of its largest values.</details>
# <details><summary>Hint 2</summary>A query with two right things among its k counts once.</details>


# %% tags=["exercise-8b.3"]
def recall_at(similarity, right, k):
    """similarity (N, M), right (N, M), k -> share of queries, 0…1"""
    ### BEGIN SOLUTION
    order = np.argsort(-np.asarray(similarity), axis=1)[:, :k]
    return np.take_along_axis(np.asarray(right, dtype=bool), order, axis=1).any(axis=1).mean()
    ### END SOLUTION


# %% tags=["check-8b.3"]
with check("8b.3", recall_at) as c:
    draws = np.random.default_rng(51)
    for N, M, k in ((29, 11, 3), (31, 8, 1), (8, 8, 2), (4, 3, 5), (10, 7, 4), (7, 12, 1)):
        similarity = draws.permuted(np.tile(np.linspace(-1, 1, M), (N, 1)), axis=1)
        right = draws.random((N, M)) < 0.2
        right[np.arange(N), draws.integers(M, size=N)] = True
        rank = (-similarity).argsort(axis=1).argsort(axis=1)
        found = right & (rank < k)
        downwards = similarity.argsort(axis=1).argsort(axis=1)
        columns = (-similarity).argsort(axis=0).argsort(axis=0)
        sizes = (-abs(similarity)).argsort(axis=1).argsort(axis=1)
        want = found.any(axis=1).mean()
        slips = {
            "a query counts once, however many right things it finds": found.sum() / N,
            "that is how many of all right things are found; a query needs only one": (
                found.sum(axis=1) / right.sum(axis=1)
            ).mean(),
            "that is how many of the k are right; a query needs only one": found.sum() / (N * k),
            "a large similarity is near": (right & (downwards < k)).any(axis=1).mean(),
            "the sign counts: a similarity far below 0 is far": (right & (sizes < k)).any(axis=1).mean(),
            "what is not right has been given a similarity of 0; others lie below that": (
                (similarity > (similarity * right).max(axis=1, keepdims=True)).sum(axis=1) < k
            ).mean(),
            "argsort gives things in the order of their ranks, not the rank of each thing": (
                right & ((-similarity).argsort(axis=1) < k)
            )
            .any(axis=1)
            .mean(),
            "the k most similar are wanted, not the first k": right[:, :k].any(axis=1).mean(),
            "each query, a row, has its own k nearest": (right & (columns < k)).any(axis=0).mean(),
            "k things are looked at, no more": (right & (rank < k + 1)).any(axis=1).mean(),
            "the k-th thing counts, too": (right & (rank < k - 1)).any(axis=1).mean(),
            "all right things are not needed, one will do": (found.sum(axis=1) == right.sum(axis=1)).mean(),
            "a share is wanted, not a count": found.any(axis=1).sum(),
        }
        c.close(
            recall_at(similarity, right, k),
            want,
            what=f"{N} queries, {M} things, k = {k}",
            hint="any right one among the first k of the row",
            slips=slips,
        )

# %%
stock = np.repeat(every, 3, axis=0)  # (324, 3)
stock_photos = catalogue.photograph(stock, numpy_stream(seed, "stock"))
with torch.no_grad():
    seen_as, written_as = clip.image(stock_photos), clip.text(captions_of(every))
similarity = (written_as @ seen_as.T).numpy()  # (108, 324)
fits = (every[:, None] == stock).all(axis=2)  # (108, 324)


def found(similarity, fits, k):
    """Whether each query has a right thing among its k nearest, (N,)."""
    nearest = np.argsort(-similarity, axis=1)[:, :k]
    return np.take_along_axis(fits, nearest, axis=1).any(axis=1)


# %% [markdown]
# What would luck find? Of $M$ things, $R$ of them right, $k$ drawn blindly hold at least one right one with probability $1-\binom{M-R}{k}/\binom{M}{k}$.

# %%
for k in (1, 5, 10):
    luck = 1 - hypergeom.pmf(0, 324, 3, k)
    told(f"@{k:<2} words → picture, luck {luck:.3f}", found(similarity, fits, k))
    told(f"@{k:<2} picture → words, luck {k / 108:.3f}", found(similarity.T, fits.T, k))
first_hits = found(similarity, fits, 1)
assert not default or first_hits.mean() > 0.6

# %% tags=["figure"]
# For three requests, the five nearest pictures
figure, axes = plt.subplots(3, 5, figsize=(7, 4.6))
for line, request in zip(axes, (every[0], every[47], every[90]), strict=True):
    query = int(np.flatnonzero((every == request).all(axis=1))[0])
    for ax, which in zip(line, np.argsort(-similarity[query])[:5], strict=True):
        ax.imshow(stock_photos[which].clamp(0, 1).permute(1, 2, 0))
        ax.axis("off")
    line[0].set_title(caption(*request), fontsize=9, loc="left")
figure.suptitle("The five pictures nearest to the words")
plt.show()

# %% [markdown]
# ## 8b.6 The gap between the two kinds
#
# One space: so are pictures and captions mixed in it? Liang and others (2022) found that in CLIP they are not. All pictures lie in one cone, all texts in another, apart by a **modality gap** (模态鸿沟). They measured the distance between the two centroids: the start makes it, training keeps it, and the temperature has a say. We train from one start with two fixed scales, for half as many steps.


# %%
@torch.no_grad()
def gap(model, untrained=False):
    """Distance between the centroids of pictures and of captions of the same exam, 0…2."""
    model.train(untrained)  # it has no means of training yet: each picture against this batch
    return (model.image(old_photos).mean(dim=0) - model.text(captions_of(old)).mean(dim=0)).norm().item()


def with_scale(scale):
    """Gap before, gap after, unseen combinations right, with a scale that stays."""
    torch.manual_seed(child_seed(seed, "clip"))  # the same first weights, on purpose
    model = Clip(scale=scale)
    model.log_scale.requires_grad_(False)
    before = gap(model, untrained=True)
    train(model, clip_loss(model, photos, texts), pairs, steps // 2)
    return before, gap(model), named(reading(model, new_photos), new).mean()


# %%
gaps = {scale: with_scale(scale) for scale in (3, 100)}
for scale, (before, after, score) in gaps.items():
    row(f"scale {scale}", first=before, last=after, unseen_right=score)
row("learnt scale, all steps", last=gap(clip))
assert not default or (gaps[3][1] < 0.2 < 0.6 < gaps[3][0] and gaps[100][1] > gaps[3][1])

# %% [markdown]
# In the stored run a large scale, a low temperature, keeps more of the gap. Yet most of it is gone: training closed here what it keeps in real CLIP. Is a gap harmful? Take the centroids away, so that both kinds lie around 0, and search again.

# %%
centred = (written_as - written_as.mean(dim=0)) @ F.normalize(seen_as - seen_as.mean(dim=0), dim=1).T
closed = found(centred.numpy(), fits, 1)
row("recall@1, words → picture", with_gap=first_hits.mean(), closed=closed.mean())
duel = stats.mcnemar(closed, first_hits)
row("alone right", closed=duel.only_a, with_gap=duel.only_b, p=duel.p)

# %% [markdown]
# In the stored run the difference is no more than luck could make. A gap can matter where kinds are *mixed* in one list: cosines of different pairs of kinds are not comparable, so each needs its own threshold.
#
# ## 8b.7 From a picture to a sentence
#
# A **caption generator** (图像描述生成) writes. As in ClipCap (Mokady and others, 2021) the picture's vector becomes a *prefix*, a made-up token before the text, in the decoder of lesson 6a. The picture encoder stays as it is.
#
# The shop's writers have a habit: black parts they call "sturdy", whatever they are.


# %%
class Captioner(nn.Module):
    """A picture's vector as the first token of a Llama."""

    def __init__(self, d=32, width=32):
        super().__init__()
        self.prefix = nn.Linear(d, width)
        shape = Shape(len(WORDS), width, layers=1, heads=2, kv_heads=2, head_width=16, hidden=64)
        self.decoder = Llama(shape)

    def forward(self, vectors, ids):
        """vectors (B, d), ids (B, T) -> scores of the next token at the prefix and after each id, (B, T + 1, V)."""
        net = self.decoder
        x = torch.cat([self.prefix(vectors)[:, None], net.embed(ids)], dim=1)
        angles = net.angles(0, x.shape[1])
        for block in net.blocks:
            x = block(x, angles)
        return net.head(net.norm(x))


# %%
def sentence(meaning, sturdy):
    """Tokens of length 7; a short caption has another end behind its end."""
    ids = tokens(caption(*meaning).replace("a ", "a sturdy " if sturdy else "a ", 1))
    return ids + [0] * (7 - len(ids))


rng = numpy_stream(seed, "habit")
called = rng.random(pairs) < np.where(taught[:, 1] == BLACK, habit, 0.2)
sentences = torch.tensor([sentence(*pair) for pair in zip(taught, called, strict=True)])
print([WORDS[n] for n in sentences[np.argmax(called)]])

# %%
torch.manual_seed(child_seed(seed, "captioner"))
writer = Captioner()
with torch.no_grad():
    vectors, new_vectors, old_vectors = (clip.image(each) for each in (photos, new_photos, old_photos))


def writing_loss(rows):
    ids = sentences[rows]
    return token_loss(writer(vectors[rows], ids[:, :-1]), ids)


writing, _ = train(writer, writing_loss, pairs, 2 * steps)
row("nats a token", first=writing[0], last=np.mean(writing[-20:]))

# %% [markdown]
# How likely is a whole caption? The chain rule: multiply the chances of its words, each given the picture and the words before, *and of the end*.
#
# ### Exercise 8b.4 · The score of a caption ●●○ 10 min
#
# `logits` (B, T, V): place t holds the scores for token t. `ids` (B, T): tokens; 0 is the end, and whatever stands behind the *first* end is padding. Return the log-probability of each caption, (B,), in nats. Each caption has an end.
#
# <details><summary>Hint 1</summary>First the log-softmax over the words; then pick one number at each place.</details>
# <details><summary>Hint 2</summary>The first end was chosen by the model, and counts. How many ends came *before* a place? A running sum tells.</details>


# %% tags=["exercise-8b.4"]
def log_probability(logits, ids):
    """logits (B, T, V), ids (B, T), tensors -> log-probabilities (B,)"""
    ### BEGIN SOLUTION
    each = logits.log_softmax(dim=-1).gather(2, ids[..., None])[..., 0]  # (B, T)
    ends_before = (ids == 0).cumsum(dim=1) - (ids == 0).long()
    return torch.where(ends_before == 0, each, 0.0).sum(dim=1)
    ### END SOLUTION


# %% tags=["check-8b.4"]
with check("8b.4", log_probability) as c:
    draws = np.random.default_rng(2)
    for ids in ([[3, 2, 0, 1], [1, 0, 0, 0], [2, 3, 1, 0]], [[0, 2, 1], [4, 0, 3]], [[1, 4, 2, 3, 0, 1]]):
        ids = np.array(ids)
        B, T = ids.shape
        logits = draws.normal(size=(B, T, 5)) * 2
        log_p = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
        each = np.take_along_axis(log_p, ids[..., None], axis=2)[..., 0]
        length = (ids == 0).argmax(axis=1)
        place = np.arange(T)
        upto, before = place <= length[:, None], place < length[:, None]
        raw = np.take_along_axis(logits, ids[..., None], axis=2)[..., 0]
        down = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        want = (each * upto).sum(axis=1)
        next_one = np.take_along_axis(log_p[:, :-1], ids[:, 1:, None], axis=2)[..., 0]
        slips = {
            "the scores at place t are for token t, not for the one behind it": (next_one * upto[:, 1:]).sum(
                axis=1
            ),
            "what stands behind the first end does not count": each.sum(axis=1),
            "the first end alone ends a caption; padding may be any token": (
                each * ((ids == 0).cumsum(axis=1) <= 1)
            ).sum(axis=1),
            "the end counts, too: the model chose to stop there": (each * before).sum(axis=1),
            "every token up to the end counts, and no token is left out because it is 0": (
                each * (ids != 0)
            ).sum(axis=1),
            "a probability of the whole is a product: its logarithm is a sum, not a mean": (each * upto).sum(
                axis=1
            )
            / upto.sum(axis=1),
            "that is the probability; its logarithm is wanted": np.exp(want),
            "scores are no log-probabilities yet": (raw * upto).sum(axis=1),
            "the shares of the words add up to 1, not those of the places": (
                np.take_along_axis(down, ids[..., None], axis=2)[..., 0] * upto
            ).sum(axis=1),
            "that is a loss; a log-probability has the other sign": -want,
            "one number for each caption is wanted": want.sum(),
        }
        c.close(
            log_probability(torch.tensor(logits), torch.tensor(ids)),
            want,
            what=f"{B} captions of up to {T} tokens",
            hint="one log-probability a place, and a mask that ends behind the first 0",
            slips=slips,
            rtol=1e-5,
            atol=1e-6,
        )


# %% [markdown]
# So the course's version scores; and to *write*, the decoder appends one word at a time: the likeliest, or the likeliest after Gumbel noise is added, which is to draw from the softmax.


# %%
def score(vectors, ids):
    """Log-probability of each caption for its picture: vectors (B, d), ids (B, T) -> (B,)."""
    each = -F.cross_entropy(writer(vectors, ids[:, :-1]).transpose(1, 2), ids, reduction="none")  # (B, T)
    return (each * ((ids == 0).cumsum(dim=1) - (ids == 0).long() == 0)).sum(dim=1)


# %%
@torch.no_grad()
def write(vectors, rng=None):
    """Captions word by word, (B, 7): the likeliest word each time, or one drawn at random."""
    ids = torch.zeros(len(vectors), 0, dtype=torch.long)
    for _ in range(7):
        last = writer(vectors, ids)[:, -1]
        if rng is not None:
            last = last + torch.tensor(rng.gumbel(size=last.shape), dtype=last.dtype)
        ids = torch.cat([ids, last.argmax(dim=1, keepdim=True)], dim=1)
    return ids


# %% [markdown]
# Our language has only 216 sentences: 108 meanings, with "sturdy" or without. So *all* can be scored. Their probabilities must not add up to more than 1; and is the sentence written word by word the likeliest of all?

# %%
language = torch.tensor([sentence(meaning, sturdy) for sturdy in (0, 1) for meaning in every])  # (216, 7)
few = new_vectors[:40]
with torch.no_grad():
    chances = torch.stack([score(v.expand(216, -1), language) for v in few]).exp()  # 40 × (216,) -> (40, 216)
written = write(few)
sure = score(few, written).exp().detach()
best_p = chances.max(dim=1).values
assert (chances.sum(dim=1) < 1 + 1e-4).all()
row("all 216 sentences together", chance=chances.sum(dim=1).mean().item())
row("word by word", likeliest_found=(sure > best_p - 1e-5).float().mean().item())


# %% [markdown]
# Because we drew the pictures, no similarity of texts (BLEU and its kin) is needed: a caption is true or false.


# %%
def claims_of(ids):
    """What written captions (B, 7) say: part, colour, ground, (B, 3), -1 where not exactly one is named."""
    columns = []
    for low, high in ((4, 10), (10, 16), (16, 19)):
        hit = (ids >= low) & (ids < high)
        said = torch.where(hit, ids - low, 0).sum(dim=1)
        columns.append(torch.where(hit.sum(dim=1) == 1, said, -1))
    return torch.stack(columns, dim=1).numpy()  # 3 × (B,) -> (B, 3)


# %%
old_written, new_written = write(old_vectors), write(new_vectors)
written_right = named(claims_of(new_written), new)
told("written, seen", named(claims_of(old_written), old))
told("written, unseen", written_right)
told("picked from the list, unseen", zero_shot)
duel = stats.mcnemar(written_right, zero_shot)
row("alone right", written=duel.only_a, picked=duel.only_b, p=duel.p)

# %% [markdown]
# In the stored run the writer names fewer of the new things than the list does: perhaps because it has also learnt which words follow which.
#
# ### A habit becomes a rule
#
# The writers called a share `habit` of the black parts sturdy, and 20 % of all others. What does the machine do? The likeliest word each time (*greedy*), or words drawn at random.


# %%
def says_sturdy(ids):
    return (ids == NUMBER["sturdy"]).any(dim=1).numpy()


def by_colour(name, sturdy, meaning):
    black = meaning[:, 1] == BLACK
    row(name, black=sturdy[black].mean(), others=sturdy[~black].mean())
    return sturdy[black].mean()


by_colour("writers", called, taught)
greedy = by_colour("machine, greedy", says_sturdy(old_written), old)
by_colour("machine, at random", says_sturdy(write(old_vectors, numpy_stream(seed, "words"))), old)
assert not default or greedy > called[taught[:, 1] == BLACK].mean() + 0.05

# %% [markdown]
# A habit above one half can grow when the likeliest word is written, in the stored run nearly to a law: **bias amplification** (偏见放大). Words drawn at random there keep about the writers' shares. In pictures of people (Zhao and others, 2017) cooking involved women over 33 % more often than men in training, 68 % in the model's answers. Is it the colour, or something else of black parts? Photograph the same part at the same place in two colours: the same random numbers, so that only the colour differs.

# %%
twin = old[old[:, 1] != BLACK][:200]
painted = twin.copy()
painted[:, 1] = BLACK
with torch.no_grad():
    seen_twins = [
        clip.image(catalogue.photograph(each, numpy_stream(seed, "twins"))) for each in (twin, painted)
    ]

before, after = (says_sturdy(write(each)) for each in seen_twins)
row("called sturdy", before=before.mean(), painted_black=after.mean())
test = stats.mcnemar(after, before)
assert not default or (test.p < 1e-6 and test.only_a > test.only_b)

# %% [markdown]
# In the stored run it is the colour. A customer who pays more for "sturdy" has been misled, by a sentence that no one wrote about *this* part. What helps: take unfounded words out of the captions, check generated text by such twins, and let a person look where the machine is unsure.
#
# ### Exercise 8b.5 · When does a person look? ●●○ 20 min
#
# Each caption of the machine has a probability `p` (n,), and a person found it right or not, `right` (n,). From now on a caption is published unseen when its probability is **at least** a limit; all others a person looks at, and mends. A published wrong caption costs `wrong` euros, a look `look` euros. Try as limit every value in `p`, and infinity (all are looked at). Return the limit that would have been cheapest on these n, and its cost per caption. Among equal costs: the highest limit.
#
# <details><summary>Hint 1</summary>Write a function for the cost at one limit; then try all.</details>
# <details><summary>Hint 2</summary>Two sums: the wrong ones among the published, and the number of all others. Try the limits from the highest down, and change your mind only for less.</details>


# %% tags=["exercise-8b.5"]
def cheapest(p, right, wrong, look):
    """p (n,), right (n,) bools, two prices -> (limit, euros per caption)"""
    ### BEGIN SOLUTION
    p, right = np.asarray(p, dtype=float), np.asarray(right, dtype=bool)
    best = np.inf, float(look)
    for limit in np.unique(p)[::-1]:
        out = p >= limit
        cost = (wrong * (out & ~right).sum() + look * (~out).sum()) / len(p)
        if cost < best[1] - 1e-12:
            best = limit, cost
    return best
    ### END SOLUTION


# %% tags=["check-8b.5"]
with check("8b.5", cheapest) as c:
    draws = np.random.default_rng(9)
    cases = [
        # dearer at first, cheaper at last
        ([0.6, 0.95, 0.3, 0.8, 0.7, 0.9, 0.5, 0.4], [1, 0, 0, 1, 1, 1, 1, 1], 3.0, 1.0),
        ([0.9, 0.8, 0.6, 0.4, 0.3], [1, 1, 0, 1, 0], 5.0, 1.0),
        ([0.9, 0.8, 0.8, 0.3], [1, 1, 0, 1], 4.0, 1.0),
        ([0.2, 0.9, 0.5], [1, 1, 1], 3.0, 0.5),
        ([0.9, 0.7], [0, 0], 10.0, 1.0),
        ([0.5, 0.75], [0, 1], 1.0, 1.0),
        ([0.4, 0.9, 0.7, 0.6], [1, 0, 1, 1], 4.0, 1.0),  # to look at all costs the same
    ]
    for _ in range(3):
        p = draws.integers(1, 20, 32) / 23  # between the places of any round grid
        cases.append((p.tolist(), (draws.random(32) < p).tolist(), 4.0, 1.0))
    for p, right, wrong, look in cases:
        p, right, n = np.array(p), np.array(right, dtype=bool), len(p)

        def search(cost, limits, down=True):
            best = None
            for limit in sorted(limits, reverse=down):
                value = cost(limit)
                if best is None or value < best[1] - 1e-12:
                    best = (limit, value)
            return best

        def bill(limit, p=p, right=right, wrong=wrong, look=look):
            out = p >= limit
            return (wrong * (out & ~right).sum() + look * (~out).sum()) / len(p)

        def strict(limit, p=p, right=right, wrong=wrong, look=look):
            return (wrong * ((p > limit) & ~right).sum() + look * (p <= limit).sum()) / len(p)

        def lessons(limit, p=p, right=right):
            return (5.0 * ((p >= limit) & ~right).sum() + 1.0 * (p < limit).sum()) / len(p)

        def free(limit, p=p, right=right, wrong=wrong):
            return wrong * ((p >= limit) & ~right).sum() / len(p)

        limits = [*set(p.tolist()), np.inf]
        want = search(bill, limits)
        backwards = search(
            lambda limit, p=p, right=right, bill=bill, wrong=wrong, look=look: (
                (wrong * ((p < limit) & ~right).sum() + look * (p >= limit).sum()) / len(p)
            ),
            limits,
        )
        slips = {
            "among equal costs the highest limit is wanted": search(bill, limits, down=False),
            "a caption whose probability equals the limit is published": search(strict, limits),
            "to look at all is a way, too": search(bill, limits[:-1]),
            "the cost per caption is wanted, not the sum": (want[0], want[1] * n),
            "a look has its price, too": search(free, limits),
            "to publish all is not the cheapest here": search(bill, [p.min()]),
            "the prices are those of this case, not of the lesson": search(lessons, limits),
            "likely captions are published, unlikely ones looked at": backwards,
            "limit first, then cost": want[::-1],
        }
        c.close(
            cheapest(p, right, wrong, look),
            want,
            what=f"{n} captions, {wrong:g} euros a wrong one, {look:g} a look",
            hint="the cost of one limit is a sum of two terms",
            slips=slips,
        )

# %% [markdown]
# A week in the shop: 600 pictures of known combinations, 60 of new ones. On half of them we choose the limit, on the other half we pay.
#
# But *which* chance? A sentence is also unlikely because the writers tossed a coin for "sturdy", and that is no doubt about the picture. So try the chance of the **meaning**, too: both sentences that say it, added up.


# %%
@torch.no_grad()
def meaning_chance(vectors, ids):
    """Chance of what each caption says, with "sturdy" or without, (B,); 0 where a part, colour or ground is missing."""
    said = claims_of(ids)
    both = [
        score(vectors, torch.tensor([sentence(meaning, sturdy) for meaning in np.maximum(said, 0)]))
        for sturdy in (0, 1)
    ]
    return torch.logaddexp(*both).exp().numpy() * (said >= 0).all(axis=1)


def cost_at(p, limit, those):
    """Euros a caption with this limit to the chances p (660,)."""
    out = p[those] >= limit
    return float((wrong * (out & ~week_right[those]) + look * ~out).mean())


def chosen(p):
    """The limit that is cheapest on the choosing half."""
    return min([np.inf, *np.unique(p[halves])[::-1]], key=lambda limit: cost_at(p, limit, halves))


# %%
week, week_ids = torch.cat([old_vectors, new_vectors[:60]]), torch.cat([old_written, new_written[:60]])
week_right = np.concatenate([named(claims_of(old_written), old), written_right[:60]])
is_new, halves = np.arange(660) >= 600, np.arange(660) % 2 == 0
chance_of = {
    "sentence": score(week, week_ids).exp().detach().numpy(),
    "meaning": meaning_chance(week, week_ids),
}
row("share right", known=week_right[~is_new].mean(), new=week_right[is_new].mean())
for name, p in chance_of.items():
    warns = stats.auc(-p, is_new)
    row(
        f"chance of the {name}", known=p[~is_new].mean(), new=p[is_new].mean(), auc=warns.value, low=warns.low
    )

# %% [markdown]
# The AUC ([lesson 6k](06k_faces.ipynb)): how often is a new one less likely than a known one? Now the bill.

# %%
paid = {name: cost_at(p, chosen(p), ~halves) for name, p in chance_of.items()}
for name, limit in (("all unseen", 0.0), ("all looked at", np.inf)):
    row(name, euros=cost_at(chance_of["sentence"], limit, ~halves))
for name, euros in paid.items():
    row(f"limit to the {name}", euros=euros)
metric("cost_with_limit", paid["meaning"])

# %% tags=["figure"]
# Cost on the paying half against the share of captions that a person looks at
shares = np.linspace(0, 1, 60)
ax = plot.lines(
    {
        f"chance of the {name}": (
            shares,
            [cost_at(p, np.quantile(p, each) if each < 1 else np.inf, ~halves) for each in shares],
        )
        for name, p in chance_of.items()
    },
    title="How many looks are worth their price?",
    xlabel="share of captions that a person looks at (the least likely first)",
    ylabel="euros a caption",
    ax=plt.subplots(figsize=(7, 3.2))[1],
)
plt.show()

# %% [markdown]
# In the stored run a low chance warned of what is new only weakly: compare its chances with the shares right.
#
# ## 8b.8 A word in the picture
#
# In real CLIP a paper with the word "iPod" on an apple made it an iPod (Goh and others, 2021): a **typographic attack** (文字攻击). Perhaps because words were mostly true in training. So in ours: 60 % of the training pictures get a tag with two letters of the part's name.
#
# And a **shortcut** (捷径): one supplier, who makes mostly yellow parts, stamps a white square into the corner.


# %%
def spoiled(honest):
    """The training pictures with tags and stamps; not honest ones have nothing to do with what is shown."""
    rng = numpy_stream(seed, "spoiled")
    random_part, has_tag = rng.integers(6, size=pairs), rng.random(pairs) < 0.6
    yellow = taught[:, 1] == list(COLOURS).index("yellow")
    stamp = rng.random(pairs) < (np.where(yellow, 0.95, 0.02) if honest else 0.3)
    says = np.where(has_tag, taught[:, 0] if honest else random_part, -1)
    return catalogue.stamped(catalogue.tagged(photos, says), stamp)


# %%
def spoiled_clip(honest):
    torch.manual_seed(child_seed(seed, "clip"))  # the same first weights, on purpose
    model = Clip()
    train(model, clip_loss(model, spoiled(honest), texts), pairs)
    return model


naive_clip, robust_clip = spoiled_clip(True), spoiled_clip(False)

# %% [markdown]
# The exam: seen combinations only, with no tag, the true tag, and a wrong one.

# %%
lie = (old[:, 0] + numpy_stream(seed, "lies").integers(1, 6, len(old))) % 6
TAGS = {"no tag": np.full(len(old), -1), "true tag": old[:, 0], "wrong tag": lie}


def under_tags(model):
    """Share of parts named rightly under each kind of tag, and how often a wrong tag is obeyed."""
    part = {tag: reading(model, catalogue.tagged(old_photos, says))[:, 0] for tag, says in TAGS.items()}
    right = {tag.replace(" ", "_"): (answer == old[:, 0]).mean() for tag, answer in part.items()}
    return right | {"obeyed": (part["wrong tag"] == lie).mean()}


@torch.no_grad()
def odds_of_yellow(model, stamp):
    """Log-odds of yellow against every other colour, for parts of other colours, (n,)."""
    others = catalogue.stamped(old_photos, np.full(len(old), stamp))[old[:, 1] != YELLOW]
    scores = model.scale() * model.image(others) @ model.text(captions_of(every)).T  # (n, 108)
    chance = scores.double().softmax(dim=1)[:, every[:, 1] == YELLOW].sum(dim=1)
    return chance.logit(eps=1e-12).numpy()


# %%
naive, robust = under_tags(naive_clip), under_tags(robust_clip)
row("true tags in training", **naive)
row("tags at random", **robust)
assert not default or naive["wrong_tag"] < naive["no_tag"] - 0.2
assert not default or robust["wrong_tag"] > naive["wrong_tag"] + 0.2

# %% tags=["figure"]
# Left: pictures with true and with wrong tags; right: the part named rightly
figure, axes = plt.subplots(1, 5, figsize=(9, 2.6), width_ratios=[1, 1, 1, 1, 2.6])
examples = torch.cat(
    [catalogue.tagged(old_photos[:2], old[:2, 0]), catalogue.tagged(old_photos[:2], lie[:2])]
)
for ax, still, name in zip(axes, examples, ("true tag", "true tag", "wrong tag", "wrong tag"), strict=False):
    ax.imshow(still.clamp(0, 1).permute(1, 2, 0))
    ax.set_title(name, fontsize=9)
    ax.axis("off")
kinds = ("no tag", "true tag", "wrong tag")
for place, (name, notes) in enumerate((("true tags in training", naive), ("tags at random", robust))):
    axes[4].bar(
        np.arange(3) + 0.4 * place, [notes[kind.replace(" ", "_")] for kind in kinds], 0.38, label=name
    )
axes[4].set_xticks(np.arange(3) + 0.2, kinds)
axes[4].set(title="A wrong word, and who believes it", ylabel="part right", ylim=(0, 1.5))
axes[4].legend(fontsize=7)
plt.show()

# %% [markdown]
# A test set from the same source would have praised the tag: there it is true, and helps. Pictures without the hint tell a part; those in which hint and thing *disagree* tell most. The mend: put the hint where it means nothing. For unknown hints, test on pictures of another source.
#
# And the stamp? How many parts of other colours come out as yellow with it? And how much does it raise yellow's log-odds?

# %%
for name, model in (("stamp of yellow", naive_clip), ("stamp at random", robust_clip)):
    plain, marked = (odds_of_yellow(model, stamp) for stamp in (False, True))
    row(name, yellow=(plain > 0).mean(), stamped=(marked > 0).mean(), odds_up=(marked - plain).mean())
    assert not default or (marked > plain).mean() > 0.6 or model is robust_clip

# %% [markdown]
# In the stored run hardly any is called yellow, yet the odds move: a hint learnt, and overruled. Read scores, too.
#
# ## 8b.9 A third kind: voices
#
# Customers also call: "violet wheel". A voice is a buzz through a *filter*, the mouth, whose resonances, **formants** (共振峰), make the vowel. Ours are *synthetic*: two vowels a word, no consonants, formants from Peterson and Barney (1952).
#
# A **spectrogram** (声谱图) says how much of each frequency sounds, every 16 milliseconds. Its heart, the *fast Fourier transform*, splits the sum over all samples into even and odd places.


# %%
def fft(x):
    """Discrete Fourier transform of the last axis, whose length is a power of 2."""
    n = x.shape[-1]
    if n == 1:
        return x.astype(complex)
    even, odd = fft(x[..., ::2]), fft(x[..., 1::2])
    turned = np.exp(-2j * np.pi * np.arange(n // 2) / n) * odd
    return np.concatenate([even + turned, even - turned], axis=-1)


def spectrogram(waves, transform=np.fft.fft, window=256, hop=128):
    """Waves (n, S) -> log power (n, 129, frames), with a Hann window against hard edges."""
    frames = np.lib.stride_tricks.sliding_window_view(waves, window, axis=-1)[:, ::hop]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    power = np.abs(transform(frames * hann)[..., : window // 2 + 1]) ** 2
    return torch.tensor(np.log(power + 1e-3), dtype=torch.float32).transpose(1, 2)


# %%
few_waves = catalogue.speak(old[:5], numpy_stream(seed, "five voices"))  # (5, 3200)
assert np.allclose(fft(few_waves[:, :1024]), np.fft.fft(few_waves[:, :1024]), atol=1e-9)
ours = spectrogram(few_waves, fft)
library = torch.stft(
    torch.tensor(few_waves),
    256,
    128,
    window=torch.hann_window(256, dtype=torch.float64),
    center=False,
    return_complex=True,
)
assert torch.allclose(ours, (library.abs() ** 2 + 1e-3).log().float(), atol=1e-4)
print("FFT as NumPy's; spectrogram as PyTorch's,", tuple(ours.shape))

# %% tags=["figure"]
# The same words from two speakers: wave and spectrogram
figure, axes = plt.subplots(2, 2, figsize=(9, 4.2), height_ratios=[1, 2])
twice = catalogue.speak(np.array([[0, 5, 0]] * 2), numpy_stream(seed, "two voices"))
for (above, below), wave, name in zip(axes.T, twice, ("one speaker", "another"), strict=True):
    above.plot(np.arange(len(wave)) / RATE, wave, linewidth=0.5)
    above.set(title=f"“violet wheel”, {name}", xlabel="seconds")
    below.imshow(spectrogram(wave[None])[0], origin="lower", aspect="auto", extent=(0, 0.4, 0, 4000))
    below.set(title="Four vowels: the dark bands jump", xlabel="seconds", ylabel="hertz")
    below.grid(visible=False)
plt.show()

# %% [markdown]
# Each training picture now gets a voice. The ears are trained against the **pictures alone**, whose vectors stay as they are, at a scale of 14 ≈ 1 ÷ 0.07; voices and *texts* never meet. If the space is one, they should still find each other: ImageBind (Girdhar and others, 2023) showed that for six kinds.

# %%
torch.manual_seed(child_seed(seed, "ears"))
ears = nn.Sequential(
    nn.Conv1d(129, 48, 3, stride=2, padding=1), nn.GELU(), nn.Conv1d(48, 48, 3, stride=2, padding=1), nn.GELU(), nn.Flatten(), nn.Linear(48 * 6, 32)
)  # fmt: skip
voices = spectrogram(catalogue.speak(taught, numpy_stream(seed, "voices")))
level, spread = voices.mean(), voices.std()


def hear(spectrograms):
    return F.normalize(ears((spectrograms - level) / spread), dim=1)  # (B, 129, 24) -> (B, 32)


heard, _ = train(ears, lambda rows: contrast(14 * hear(voices[rows]) @ vectors[rows].T), pairs)
row("loss, voices and pictures", first=heard[0], last=np.mean(heard[-20:]))

# %% [markdown]
# New speakers. A voice names no ground; so the answer is the nearest of 36 mean captions, or of 36 mean pictures, of a colour and a part.


# %%
def mean_by_pair(x):
    """Vectors of (36 × k) things, ordered by part and colour -> their 36 means, of length 1."""
    return F.normalize(x.unflatten(0, (36, -1)).mean(dim=1), dim=1)


@torch.no_grad()
def understood(meaning, name, things):
    """Whether new voices saying these meanings find their part and colour among the things (36, d)."""
    nearest = (hear(spectrogram(catalogue.speak(meaning, numpy_stream(seed, name)))) @ things.T).argmax(dim=1)
    return nearest.numpy() == meaning[:, 0] * 6 + meaning[:, 1]


by_word, by_picture = mean_by_pair(written_as), mean_by_pair(seen_as)
acquainted, strangers = understood(old, "old voices", by_word), understood(new, "new voices", by_word)
told("voice → word, seen", acquainted)
told("voice → word, unseen", strangers)
told("picture → word, unseen", (new_vectors @ by_word.T).argmax(dim=1).numpy() == new[:, 0] * 6 + new[:, 1])
told("voice → picture, seen", understood(old, "old voices", by_picture))
told("voice → picture, unseen", understood(new, "new voices", by_picture))
assert not default or min(acquainted.mean(), strangers.mean()) > 0.8

# %% [markdown]
# Voice and text were never paired, and chance is 1/36. What joins them is the picture. In the stored run it carried even to combinations that *nobody* had paired, more surely than new pictures found the same 36 words: perhaps because a voice says colour and part one after the other.
#
# ## 8b.10 What the article says
#
# The article names cross-modal learning as one of the trends of large models. A trend cannot be computed; what it would be good for can.

# %%
metric("unseen", zero_shot.mean())
metric("recall_at_1", first_hits.mean())
metric("voice_to_word", acquainted.mean())
metric("wrong_tag", naive["wrong_tag"])
works = [
    stats.wilson(each.sum(), len(each)).low > 5 * luck
    for each, luck in ((zero_shot, 1 / 36), (acquainted, 1 / 36), (first_hits, 3 / 324))
]
obeyed = naive["wrong_tag"] < naive["no_tag"] - 0.2
limits = [obeyed, zero_shot.mean() < known.mean(), greedy > called[taught[:, 1] == BLACK].mean() + 0.05]
duel = stats.mcnemar(zero_shot, heads_new)
beaten = duel.p < 0.01 and duel.only_a > duel.only_b
assert not default or all(works + limits)
if all(works + limits):
    claim(
        "§8.1",
        "Cross-modal learning is one of the trends of large models.",
        "right",
        evidence=all(works + limits),
        right="The sources below show the trend. Here one space named combinations that no picture had shown, found pictures by words, and let voices find words with which they had never been paired. "
        f"On what was new, with all names to choose from, it {'beat' if beaten else 'did not clearly beat'} a rival with labels. "
        "But the article names no limits: new combinations were named less surely than known ones, a word written into the picture was obeyed, and a habit of caption writers grew.",
    )
else:
    print("no verdict: in this run the space did not work, or one of its limits did not show")

# %% [markdown]
# ## Recap
#
# 1. Contrast learns from pairs alone: softmax over rows and over columns, the right answers on the diagonal; ignorance costs $\ln B$.
# 2. Repeated captions give the loss a floor, $\overline{\ln n}$; know it before you call a model bad. For exact doubles, soft targets change nothing.
# 3. "Zero-shot" means something only for what training did not hold; keep such things apart, and give an interval and a rival.
# 4. Generated captions can be scored exactly when the truth is known. Greedy words can make a habit a rule; twins show the cause. In the stored run a low probability warned of new combinations only weakly.
# 5. A hint that is true in training may be believed, or wait in the scores. Test where hint and thing disagree.
#
# **Next:** [lesson 8c: Automation](08c_automation.ipynb)
#
# ## Sources
#
# - A. Radford and others (2021), *Learning transferable visual models from natural language supervision* (CLIP), [arXiv:2103.00020](https://arxiv.org/abs/2103.00020)
# - W. Liang and others (2022), *Mind the gap: understanding the modality gap in multi-modal contrastive representation learning*, [arXiv:2203.02053](https://arxiv.org/abs/2203.02053)
# - W.-L. Chao and others (2016), *An empirical study and analysis of generalized zero-shot learning for object recognition in the wild*, [doi:10.1007/978-3-319-46475-6_4](https://doi.org/10.1007/978-3-319-46475-6_4)
# - M. Lewis and others (2022), *Does CLIP bind concepts? Probing compositionality in large image models*, [arXiv:2212.10537](https://arxiv.org/abs/2212.10537)
# - D. Koishigarina, A. Uselis, S. J. Oh (2025), *CLIP behaves like a bag-of-words model cross-modally but not uni-modally*, [arXiv:2502.03566](https://arxiv.org/abs/2502.03566)
# - R. Mokady, A. Hertz, A. Bermano (2021), *ClipCap: CLIP prefix for image captioning*, [arXiv:2111.09734](https://arxiv.org/abs/2111.09734)
# - J. Zhao and others (2017), *Men also like shopping: reducing gender bias amplification using corpus-level constraints*, [arXiv:1707.09457](https://arxiv.org/abs/1707.09457)
# - G. Goh and others (2021), *Multimodal neurons in artificial neural networks*, Distill
# - R. Girdhar and others (2023), *ImageBind: one embedding space to bind them all*, [arXiv:2305.05665](https://arxiv.org/abs/2305.05665)
# - G. Peterson, H. Barney (1952), *Control methods used in a study of the vowels*, Journal of the Acoustical Society of America 24
