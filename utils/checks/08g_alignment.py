# 8g · Alignment
# Made from lessons/08g_alignment.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
steps: int = 240  # training steps of the base model  in [20, 20000]
demonstrations: int = 512  # answers that people wrote for us  in [64, 100000]
rounds: int = 50  # steps of each run of reinforcement learning  in [10, 2000]
group: int = 8  # answers to each problem in such a step  in [2, 48]
kl: float = 1.0  # how dear it is to leave the model that we started from  in [0, 10]
model: str = "none"  # an open model for the last part  in {none, smollm2}
lora_steps: int = 40  # fine-tuning steps of the open model  in [1, 2000]

# %% 8g.1 asks about answer_loss
from torch.nn.functional import cross_entropy
import torch

draw = torch.Generator().manual_seed(3)
for B, T, V, prompt, gone, size in (
    (2, 6, 5, 3, (0, 0), 1),
    (3, 8, 7, 2, (0, 1, 4), 1),
    (4, 9, 4, 5, (2, 0, 1, 3), 1),
    (1, 5, 6, 4, (0,), 1),
    (2, 7, 6, 2, (0, 2), 20),
):
    scores = size * torch.randn(B, T, V, generator=draw).double()
    ids = torch.randint(1, V, (B, T), generator=draw)
    for row, pads in enumerate(gone):
        ids[row, T - pads :] = 0
    nats = cross_entropy(scores[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="none").view(
        B, T - 1
    )
    same = cross_entropy(scores.flatten(0, 1), ids.flatten(), reduction="none").view(B, T)
    at, real = torch.arange(T - 1), ids[:, 1:] != 0
    mask = (at >= prompt - 1) & real
    per_row = [(nats[i][mask[i]]).mean() for i in range(B)]
    late = (at >= prompt) & real
    slips = {
        "the prompt counts too": float(nats[real].mean()),
        "what is predicted must be no padding; what was read is another question": float(
            nats[(at >= prompt - 1) & (ids[:, :-1] != 0)].mean()
        ),
        "that is the sum by row, not by token": float(nats[mask].sum() / B),
        "padding counts too": float(nats[:, prompt - 1 :].mean()),
        "that is the prompt's loss; the mask is the wrong way round": float(
            nats[(at < prompt - 1) & real].mean()
        ),
        "the last token of the prompt counts too": float(nats[(at >= prompt - 2) & real].mean()),
        "each token counts once, so long answers weigh more": float(torch.stack(per_row).mean()),
        "that is the sum": float(nats[mask].sum()),
        "padding still counts in the divisor": float(nats[mask].sum() / mask.numel()),
        "padding adds nothing, yet it is counted": float(
            nats[mask].sum() / nats[:, prompt - 1 :].numel()
        ),
        "a token cannot be predicted from itself: shift by one": float(
            same[:, prompt:][ids[:, prompt:] != 0].mean()
        ),
        "a loss is positive": -float(nats[mask].mean()),
        "a loss of probabilities needs a softmax over the scores": float(
            -scores[:, :-1].gather(2, ids[:, 1:, None])[..., 0][mask].mean()
        ),
    }
    if late.any():
        slips["the first token of the answer is missing"] = float(nats[late].mean())
    c.close(
        answer_loss(scores, ids, prompt),
        float(nats[mask].mean()),
        what=f"prompt of {prompt}, rows of {T}{', scores far apart' if size > 1 else ''}",
        hint="at which place is the first answer token predicted?"
        if size == 1
        else "a small chance stays as small as it is",
        slips=slips,
    )

# %% 8g.2 asks about pass_at
import math

for k, n, hit in (
    (1, 10, 3),
    (2, 4, 1),
    (3, 10, 3),
    (5, 16, 7),
    (4, 16, 0),
    (4, 16, 16),
    (8, 16, 9),
    (16, 16, 1),
    (100, 2000, 7),
    (700, 2000, 1),
    (10, 11, 1),
):
    right_share = hit / n
    want = 1 - math.comb(n - hit, k) / math.comb(n, k)
    slips = {"that is the chance that all k are wrong": 1 - want} if 0 < hit < n else {}
    if k > 1 and 0 < hit < n:
        slips["that draws the same answer twice, and is biased"] = 1 - (1 - right_share) ** k
        slips["that is the chance that all k are right"] = math.comb(hit, k) / math.comb(n, k)
        slips["exactly one right is not asked: at least one"] = (
            hit * math.comb(n - hit, k - 1) / math.comb(n, k)
        )
        slips["that is one try's chance, k times"] = k * right_share
        slips["that is one try's chance"] = right_share
    c.close(
        pass_at(k, n, hit),
        want,
        what=f"k = {k}, {hit} of {n} right",
        hint="in how many ways can k answers be chosen, and in how many are all of them wrong?",
        slips=slips,
    )

# %% 8g.3 asks about dpo_loss
import math
import torch

draw = torch.Generator().manual_seed(4)
soft = torch.nn.functional.softplus
for B, beta, wide in ((3, 0.5, 1), (1, 0.1, 3), (6, 2.0, 1), (4, 1.0, 1000), (5, 0.3, 4)):
    a, b, ra, rb = (-5 + wide * torch.randn(B, generator=draw).double() for _ in range(4))
    margin = beta * ((a - ra) - (b - rb))
    slips = {
        "the pair is the wrong way round": soft(margin).mean(),
        "where is the reference?": soft(-beta * (a - b)).mean(),
        "where is beta?": soft(-margin / beta).mean(),
        "where are the rejected answers?": soft(-beta * (a - ra)).mean(),
        "beta belongs to both answers": soft((b - rb) - beta * (a - ra)).mean(),
        "beta belongs inside the sigmoid": beta * soft(-margin / beta).mean(),
        "a margin of thousands must stay finite": torch.inf,
        "the logarithm of each pair first, then the mean": soft(-margin.mean()),
        "the mean is asked, not the sum": soft(-margin).sum(),
        "a loss is positive here": -soft(-margin).mean(),
        "the reference stands on the wrong side": soft(-beta * ((a + ra) - (b + rb))).mean(),
        "beta multiplies": soft(-margin / beta**2).mean(),
        "the logarithm is missing": -margin.sigmoid().mean(),
    }
    want = soft(-margin).mean()
    slips = {say: float(v) for say, v in slips.items() if abs(v - want) > 1e-6}
    c.close(
        dpo_loss(a, b, ra, rb, beta),
        float(want),
        what=f"{B} pairs, beta {beta}",
        hint="which difference of differences goes through the sigmoid?",
        slips=slips,
    )
a, b, ra, rb = (torch.tensor([v], dtype=torch.float64) for v in (-1.0, -1.0, -1.0, -1.0))
c.close(
    dpo_loss(a, b, ra, rb, 0.7),
    math.log(2),
    what="a policy that is its reference",
    hint="which difference of differences goes through the sigmoid?",
)
c.close(
    dpo_loss(a - 3000, b, ra, rb, 1.0), 3000.0, what="a margin of -3000", hint="ln σ must not underflow"
)

# %% 8g.4 asks about grpo_loss
import torch

draw = torch.Generator().manual_seed(5)
for P, G, clip, near in (
    (3, 4, 0.2, 0.4),
    (2, 5, 0.1, 0.5),
    (4, 4, 0.2, 0.6),
    (1, 3, 0.3, 0.8),
    (5, 2, 0.2, 0.5),
):
    ratio = (near * torch.randn(P, G, generator=draw).double()).exp()
    reward = torch.randn(P, G, generator=draw).double().round(decimals=1) * 2
    mean, std = reward.mean(dim=1, keepdim=True), reward.std(dim=1, keepdim=True)
    A = (reward - mean) / (std + 1e-4)
    held = ratio.clamp(1 - clip, 1 + clip)
    want = -torch.minimum(ratio * A, held * A).mean()
    all_A = (reward - reward.mean()) / (reward.std() + 1e-4)
    plain_A, pop_A = (
        reward - mean,
        (reward - mean) / (reward.std(dim=1, keepdim=True, correction=0) + 1e-4),
    )
    columns_A = (reward - reward.mean(dim=0)) / (reward.std(dim=0) + 1e-4) if P > 1 else A
    slips = {
        "a loss falls when good answers become likelier: mind the sign": -want,
        "without the clip": -(ratio * A).mean(),
        "the clip alone is not the objective: compare both products": -(held * A).mean(),
        "the smaller of the two products, not the larger": -torch.maximum(ratio * A, held * A).mean(),
        "the mean belongs to each group, not to the batch": -torch.minimum(
            ratio * all_A, held * all_A
        ).mean(),
        "a group is a row, not a column": -torch.minimum(ratio * columns_A, held * columns_A).mean(),
        "the division by the group's deviation is missing": -torch.minimum(
            ratio * plain_A, held * plain_A
        ).mean(),
        "the deviation has G - 1 under the root": -torch.minimum(ratio * pop_A, held * pop_A).mean(),
        "rewards are not advantages": -torch.minimum(ratio * reward, held * reward).mean(),
        "the mean over answers is asked": want * P * G,
        "the mean over all answers is asked, not a sum in each group": want * G,
        "the clip belongs to the ratio": -torch.minimum(
            ratio * A, (ratio * A).clamp(1 - clip, 1 + clip)
        ).mean(),
    }
    slips = {say: float(v) for say, v in slips.items() if abs(v - want) > 1e-6}
    bare_A = (reward - mean) / std
    usual = ratio.clamp(0.8, 1.2)
    slips["the clip is an argument; it is not always the same"] = float(
        -torch.minimum(ratio * A, usual * A).mean()
    )
    slips["the deviation is not alone below the line"] = float(
        -torch.minimum(ratio * bare_A, held * bare_A).mean()
    )
    c.close(
        grpo_loss(ratio, reward, clip),
        float(want),
        what=f"{P} groups of {G}, clip {clip}",
        hint="advantage by rows, then the smaller of two products, then minus the mean",
        slips=slips,
        atol=1e-9,
    )
ratio = torch.rand(2, 4, generator=draw).double() + 0.5
c.close(
    grpo_loss(ratio, torch.ones(2, 4).double()),
    0.0,
    what="equal rewards in each group",
    hint="what is the advantage then?",
    atol=1e-9,
)
slope_at = torch.full((1, 2), 1.0).double().requires_grad_()
loss = grpo_loss(slope_at, torch.tensor([[1.0, 0.0]]).double())
c.true(
    torch.is_tensor(loss) and loss.requires_grad,
    "a loss is for learning: stay with tensors, so that its slope can be taken",
    hint="no float(), item(), numpy() or detach() on the way from the ratio",
)
loss.backward()
c.true(
    slope_at.grad is not None and bool(slope_at.grad[0, 0] < 0 < slope_at.grad[0, 1]),
    "at ratio 1 the slope must raise the good answer and lower the bad one",
)
six = torch.tensor([[1.0, 1.05, 1.5, 0.5, 1.5, 0.5]]).double().requires_grad_()
paid = torch.tensor([[1.0, 0.0, 1.0, 0.0, 0.0, 1.0]]).double()
grpo_loss(six, paid).backward()
pull = -(paid - 0.5) / (paid.std() + 1e-4) / 6
moves = torch.tensor([[1.0, 1.0, 0.0, 0.0, 1.0, 1.0]]).double()
c.close(
    six.grad,
    pull * moves,
    what="the slope at ratios 1, 1.05, 1.5, 0.5, 1.5, 0.5, the first, third and last answer good",
    hint="which of the two products is the smaller one, and does it move with the ratio?",
    slips={
        "between the limits both products move with the ratio": pull
        * moves
        * (1 - 0.5 * (abs(six - 1) < 0.2))
    },
)

# %% 8g.5 asks about decide
import math

mixed, split = [0, 4, 8, 8, 8], [1, 1, 15, 16]
cases = [
    ((split, 16, 0.8, 10_000, 0.002, 1.0, 900.0), "hard and easy problems mixed"),
    ((split, 16, 0.5, 10_000, 0.02, 1.0, 900.0), "hard and easy problems mixed, tries ten times as dear"),
    ((mixed, 8, 0.9, 1000, 0.01, 1.0, 100.0), "a training, and many questions"),
    ((mixed, 8, 0.9, 100, 0.01, 1.0, 100.0), "a training, and few questions"),
    (([2, 2, 2, 2], 8, 0.5, 1000, 0.05, 1.0, 1e6), "wrong answers are dear, tries cheap"),
    (([2, 4, 6, 8], 8, 0.99, 500, 1.0, 0.5, 1e6), "tries are dearer than a wrong answer"),
    ((split, 16, 0.97, 10_000, 0.02, 1.0, 900.0), "a good trained model, dear tries"),
    (([16, 16], 16, 1.0, 10, 0.5, 3.0, 0.0), "equally cheap"),
    (([0, 0, 0], 4, 0.0, 10, 0.0, 1.0, 5.0), "nothing ever right, and tries are free"),
]
for args, what in cases:
    right, n, trained, questions, answer, wrong, training = args
    share, tries = sum(right) / (n * len(right)), range(1, n + 1)
    fails = {
        "true": [sum(math.comb(n - x, k) / math.comb(n, k) for x in right) / len(right) for k in tries],
        "of the mean": [(1 - share) ** k for k in tries],
        "drawn again": [sum((1 - x / n) ** k for x in right) / len(right) for k in tries],
    }
    costs = {
        how: [round(questions * (k * answer + wrong * f), 9) for k, f in enumerate(failing, 1)]
        for how, failing in fails.items()
    }
    best = {how: cost.index(min(cost)) + 1 for how, cost in costs.items()}
    train_cost = training + questions * (answer + wrong * (1 - trained))
    way = "verify" if min(costs["true"]) <= train_cost + 1e-9 else "train"
    k = best["true"] if way == "verify" else 1
    got = decide(*args)
    c.true(isinstance(got, (tuple, list)) and len(got) == 2, "a pair of a word and a number is asked")
    c.true(
        isinstance(got[0], str) and got[0] in ("verify", "train"),
        'the first of the pair is "verify" or "train", written like this',
    )
    c.true(
        got[0] == way,
        f"{what}: the other way is cheaper; compare the totals",
        hint="which part of the cost does not grow with the questions?",
    )
    c.true(way == "verify" or got[1] == k, f"{what}: after training, one answer is drawn")
    c.true(
        got[1] == k or got[1] != best["of the mean"] or k == best["of the mean"],
        f"{what}: the mean problem is not the problems; hard ones stay hard however often you try",
        hint="pass@k of each problem, then the mean",
    )
    c.true(
        got[1] == k or got[1] != best["drawn again"] or k == best["drawn again"],
        f"{what}: that number of tries comes from the tempting formula of 8g.2",
        hint="pass@k of each problem without bias, then the mean",
    )
    c.true(
        got[1] == k,
        f"{what}: another number of tries is cheaper, or as cheap with fewer",
        hint="try every k from 1 to n",
    )
