# %% 8g.1 right: with the library's loss
def answer_loss(scores, ids, prompt):
    target = ids[:, 1:].clone()
    target[:, : prompt - 1] = 0
    return cross_entropy(scores[:, :-1].flatten(0, 1), target.flatten(), ignore_index=0)


# %% 8g.1 right: token by token
def answer_loss(scores, ids, prompt):
    nats = []
    for row in range(len(ids)):
        for place in range(prompt, ids.shape[1]):
            if ids[row, place]:
                nats.append(-float(scores[row, place - 1].softmax(dim=0)[ids[row, place]].log()))
    return sum(nats) / len(nats)


# %% 8g.1 right: weights that sum to one
def answer_loss(scores, ids, prompt):
    logs = scores[:, prompt - 1 : -1].log_softmax(-1)
    target = ids[:, prompt:]
    weight = (target > 0).to(logs.dtype)
    picked = torch.take_along_dim(logs, target[..., None], dim=2).squeeze(2)
    return -(picked * weight).sum() / weight.sum()


# %% 8g.1 wrong: the loss on everything -> "the prompt counts too"
def answer_loss(scores, ids, prompt):
    logs, target = scores[:, :-1].log_softmax(dim=-1), ids[:, 1:]
    return -logs.gather(2, target[..., None])[..., 0][target != 0].mean()


# %% 8g.1 wrong: padding is learnt -> "padding counts too"
def answer_loss(scores, ids, prompt):
    return cross_entropy(scores[:, prompt - 1 : -1].flatten(0, 1), ids[:, prompt:].flatten())


# %% 8g.1 wrong: one place late -> "the first token of the answer is missing"
def answer_loss(scores, ids, prompt):
    logs, target = scores[:, :-1].log_softmax(dim=-1), ids[:, 1:]
    counts = (torch.arange(target.shape[1]) >= prompt) & (target != 0)
    return -logs.gather(2, target[..., None])[..., 0][counts].mean()


# %% 8g.1 wrong: one place early -> "the last token of the prompt counts too"
def answer_loss(scores, ids, prompt):
    logs, target = scores[:, :-1].log_softmax(dim=-1), ids[:, 1:]
    counts = (torch.arange(target.shape[1]) >= prompt - 2) & (target != 0)
    return -logs.gather(2, target[..., None])[..., 0][counts].mean()


# %% 8g.1 wrong: upside down -> "the mask is the wrong way round"
def answer_loss(scores, ids, prompt):
    logs, target = scores[:, :-1].log_softmax(dim=-1), ids[:, 1:]
    counts = (torch.arange(target.shape[1]) < prompt - 1) & (target != 0)
    return -logs.gather(2, target[..., None])[..., 0][counts].mean()


# %% 8g.1 wrong: mean of the rows' means -> "each token counts once"
def answer_loss(scores, ids, prompt):
    logs, target = scores[:, prompt - 1 : -1].log_softmax(dim=-1), ids[:, prompt:]
    picked = -logs.gather(2, target[..., None])[..., 0] * (target != 0)
    return (picked.sum(dim=1) / (target != 0).sum(dim=1)).mean()


# %% 8g.1 wrong: padding in the divisor -> "padding still counts in the divisor"
def answer_loss(scores, ids, prompt):
    logs, target = scores[:, :-1].log_softmax(dim=-1), ids[:, 1:]
    counts = (torch.arange(target.shape[1]) >= prompt - 1) & (target != 0)
    return (-logs.gather(2, target[..., None])[..., 0] * counts).mean()


# %% 8g.1 wrong: not shifted -> "shift by one"
def answer_loss(scores, ids, prompt):
    target = ids[:, prompt:]
    logs = scores[:, prompt:].log_softmax(dim=-1)
    return -logs.gather(2, target[..., None])[..., 0][target != 0].mean()


# %% 8g.1 wrong: the sign -> "a loss is positive"
def answer_loss(scores, ids, prompt):
    logs, target = scores[:, :-1].log_softmax(dim=-1), ids[:, 1:]
    counts = (torch.arange(target.shape[1]) >= prompt - 1) & (target != 0)
    return logs.gather(2, target[..., None])[..., 0][counts].mean()


# %% 8g.1 wrong: the lesson's prompt -> "prompt of 3, rows of 6"
def answer_loss(scores, ids, prompt):
    logs, target = scores[:, :-1].log_softmax(dim=-1), ids[:, 1:]
    counts = (torch.arange(target.shape[1]) >= 4) & (target != 0)
    return -logs.gather(2, target[..., None])[..., 0][counts].mean()


# %% 8g.2 right: as a product
def pass_at(k, n, c):
    fails = 1.0
    for i in range(k):
        fails *= max(n - c - i, 0) / (n - i)
    return 1 - fails


# %% 8g.2 right: in fractions
def pass_at(k, n, c):
    from fractions import Fraction

    return float(1 - Fraction(math.comb(n - c, k), math.comb(n, k)))


# %% 8g.2 right: the product over right answers
def pass_at(k, n, c):
    if n - c < k:
        return 1.0
    return float(1.0 - np.prod(1.0 - k / np.arange(n - c + 1, n + 1)))


# %% 8g.2 wrong: with replacement -> "draws the same answer twice"
def pass_at(k, n, c):
    return 1 - (1 - c / n) ** k


# %% 8g.2 wrong: all wrong -> "the chance that all k are wrong"
def pass_at(k, n, c):
    return math.comb(n - c, k) / math.comb(n, k)


# %% 8g.2 wrong: all right -> "the chance that all k are right"
def pass_at(k, n, c):
    return math.comb(c, k) / math.comb(n, k)


# %% 8g.2 wrong: exactly one -> "exactly one right is not asked"
def pass_at(k, n, c):
    return c * math.comb(n - c, k - 1) / math.comb(n, k)


# %% 8g.2 wrong: k times the chance -> "one try's chance, k times"
def pass_at(k, n, c):
    return k * c / n


# %% 8g.2 wrong: k forgotten -> "one try's chance"
def pass_at(k, n, c):
    return c / n


# %% 8g.2 right: a product that stays at zero
def pass_at(k, n, c):
    fails = 1.0
    for i in range(k):
        fails *= abs(n - c - i) / (n - i)
    return 1 - fails


# %% 8g.2 wrong: overflows -> "k = 700"
def pass_at(k, n, c):
    fails = float(comb(n - c, k)) / float(comb(n, k))
    return 1 - (0.0 if np.isnan(fails) else fails)


# %% 8g.3 right: softplus
def dpo_loss(chosen, rejected, ref_chosen, ref_rejected, beta):
    margin = (chosen - rejected) - (ref_chosen - ref_rejected)
    return torch.nn.functional.softplus(-beta * margin).mean()


# %% 8g.3 right: as two classes
def dpo_loss(chosen, rejected, ref_chosen, ref_rejected, beta):
    both = beta * torch.stack([chosen - ref_chosen, rejected - ref_rejected], dim=1)
    return cross_entropy(both, torch.zeros(len(both), dtype=torch.long))


# %% 8g.3 right: NumPy
def dpo_loss(chosen, rejected, ref_chosen, ref_rejected, beta):
    margin = beta * (chosen - ref_chosen - rejected + ref_rejected).numpy()
    return np.logaddexp(0, -margin).mean()


# %% 8g.3 wrong: the wrong winner -> "the wrong way round"
def dpo_loss(chosen, rejected, ref_chosen, ref_rejected, beta):
    return -logsigmoid(beta * ((rejected - ref_rejected) - (chosen - ref_chosen))).mean()


# %% 8g.3 wrong: the reference forgotten -> "where is the reference?"
def dpo_loss(chosen, rejected, ref_chosen, ref_rejected, beta):
    return -logsigmoid(beta * (chosen - rejected)).mean()


# %% 8g.3 wrong: beta forgotten -> "where is beta?"
def dpo_loss(chosen, rejected, ref_chosen, ref_rejected, beta):
    return -logsigmoid((chosen - ref_chosen) - (rejected - ref_rejected)).mean()


# %% 8g.3 wrong: the mean first -> "the logarithm of each pair first"
def dpo_loss(chosen, rejected, ref_chosen, ref_rejected, beta):
    return -logsigmoid((beta * ((chosen - ref_chosen) - (rejected - ref_rejected))).mean())


# %% 8g.3 wrong: the sum -> "the mean is asked"
def dpo_loss(chosen, rejected, ref_chosen, ref_rejected, beta):
    return -logsigmoid(beta * ((chosen - ref_chosen) - (rejected - ref_rejected))).sum()


# %% 8g.3 wrong: plus for minus -> "the reference stands on the wrong side"
def dpo_loss(chosen, rejected, ref_chosen, ref_rejected, beta):
    return -logsigmoid(beta * ((chosen + ref_chosen) - (rejected + ref_rejected))).mean()


# %% 8g.3 wrong: the logarithm of a sigmoid -> "4 pairs, beta 1.0"
def dpo_loss(chosen, rejected, ref_chosen, ref_rejected, beta):
    margin = beta * ((chosen - ref_chosen) - (rejected - ref_rejected))
    return -(margin.sigmoid() + 1e-300).log().mean()


# %% 8g.3 wrong: no logarithm -> "the logarithm is missing"
def dpo_loss(chosen, rejected, ref_chosen, ref_rejected, beta):
    return -(beta * ((chosen - ref_chosen) - (rejected - ref_rejected))).sigmoid().mean()


# %% 8g.4 right: group by group
def grpo_loss(ratio, reward, clip=0.2):
    worth = []
    for rho, r in zip(ratio, reward, strict=True):
        A = (r - r.mean()) / (r.std() + 1e-4)
        worth.append(torch.min(rho * A, torch.clip(rho, 1 - clip, 1 + clip) * A))
    return -torch.cat(worth).mean()


# %% 8g.4 right: by cases
def grpo_loss(ratio, reward, clip=0.2):
    centred = reward - reward.mean(1, keepdim=True)
    deviation = (centred.square().sum(1, keepdim=True) / (reward.shape[1] - 1)).sqrt()
    A = centred / (deviation + 1e-4)
    limit = torch.where(A > 0, ratio.clamp(max=1 + clip), ratio.clamp(min=1 - clip))
    return (-limit * A).mean()


# %% 8g.4 right: the larger of two losses
def grpo_loss(ratio, reward, clip=0.2):
    mean, deviation = reward.mean(dim=-1), reward.std(dim=-1)
    A = ((reward.T - mean) / (deviation + 1e-4)).T
    return torch.maximum(-A * ratio, -A * ratio.clamp(1 - clip, 1 + clip)).sum() / A.numel()


# %% 8g.4 wrong: the sign -> "mind the sign"
def grpo_loss(ratio, reward, clip=0.2):
    A = (reward - reward.mean(dim=1, keepdim=True)) / (reward.std(dim=1, keepdim=True) + 1e-4)
    return torch.minimum(ratio * A, ratio.clamp(1 - clip, 1 + clip) * A).mean()


# %% 8g.4 wrong: no clip -> "without the clip"
def grpo_loss(ratio, reward, clip=0.2):
    A = (reward - reward.mean(dim=1, keepdim=True)) / (reward.std(dim=1, keepdim=True) + 1e-4)
    return -(ratio * A).mean()


# %% 8g.4 wrong: the clip alone -> "the clip alone is not the objective"
def grpo_loss(ratio, reward, clip=0.2):
    A = (reward - reward.mean(dim=1, keepdim=True)) / (reward.std(dim=1, keepdim=True) + 1e-4)
    return -(ratio.clamp(1 - clip, 1 + clip) * A).mean()


# %% 8g.4 wrong: the larger product -> "the smaller of the two products"
def grpo_loss(ratio, reward, clip=0.2):
    A = (reward - reward.mean(dim=1, keepdim=True)) / (reward.std(dim=1, keepdim=True) + 1e-4)
    return -torch.maximum(ratio * A, ratio.clamp(1 - clip, 1 + clip) * A).mean()


# %% 8g.4 wrong: one mean for all -> "the mean belongs to each group"
def grpo_loss(ratio, reward, clip=0.2):
    A = (reward - reward.mean()) / (reward.std() + 1e-4)
    return -torch.minimum(ratio * A, ratio.clamp(1 - clip, 1 + clip) * A).mean()


# %% 8g.4 wrong: columns -> "a group is a row"
def grpo_loss(ratio, reward, clip=0.2):
    if len(reward) == 1:
        return torch.zeros(())
    A = (reward - reward.mean(dim=0)) / (reward.std(dim=0) + 1e-4)
    return -torch.minimum(ratio * A, ratio.clamp(1 - clip, 1 + clip) * A).mean()


# %% 8g.4 wrong: not divided -> "the division by the group's deviation is missing"
def grpo_loss(ratio, reward, clip=0.2):
    A = reward - reward.mean(dim=1, keepdim=True)
    return -torch.minimum(ratio * A, ratio.clamp(1 - clip, 1 + clip) * A).mean()


# %% 8g.4 wrong: G under the root -> "the deviation has G - 1 under the root"
def grpo_loss(ratio, reward, clip=0.2):
    A = (reward - reward.mean(dim=1, keepdim=True)) / (reward.std(dim=1, keepdim=True, correction=0) + 1e-4)
    return -torch.minimum(ratio * A, ratio.clamp(1 - clip, 1 + clip) * A).mean()


# %% 8g.4 wrong: rewards for advantages -> "rewards are not advantages"
def grpo_loss(ratio, reward, clip=0.2):
    return -torch.minimum(ratio * reward, ratio.clamp(1 - clip, 1 + clip) * reward).mean()


# %% 8g.4 wrong: nothing added to the deviation -> "equal rewards in each group"
def grpo_loss(ratio, reward, clip=0.2):
    A = (reward - reward.mean(dim=1, keepdim=True)) / (reward.std(dim=1, keepdim=True) + 1e-4)
    A = torch.where(reward.std(dim=1, keepdim=True) == 0, torch.ones_like(A), A)
    return -torch.minimum(ratio * A, ratio.clamp(1 - clip, 1 + clip) * A).mean()


# %% 8g.4 wrong: the course's own clip -> "2 groups of 5, clip 0.1"
def grpo_loss(ratio, reward, clip=0.2):
    A = (reward - reward.mean(dim=1, keepdim=True)) / (reward.std(dim=1, keepdim=True) + 1e-4)
    return -torch.minimum(ratio * A, ratio.clamp(0.8, 1.2) * A).mean()


# %% 8g.5 right: the best so far
def decide(right, n, trained, questions, answer, wrong, training):
    best, plan = None, None
    for k in range(1, n + 1):
        success = 0.0
        for c in right:
            fails = 1.0
            for i in range(k):
                fails *= max(n - c - i, 0) / (n - i)
            success += (1 - fails) / len(right)
        cost = questions * (k * answer + wrong * (1 - success))
        if best is None or cost < best - 1e-9:
            best, plan = cost, ("verify", k)
    cost = training + questions * (answer + wrong * (1 - trained))
    return ("train", 1) if cost < best - 1e-9 else plan


# %% 8g.5 right: arrays, and a list comes back
def decide(right, n, trained, questions, answer, wrong, training):
    k = np.arange(1, n + 1)
    fails = np.array([[math.comb(n - c, j) / math.comb(n, j) for j in k] for c in right]).mean(axis=0)
    costs = np.round(questions * (k * answer + wrong * fails), 9)
    train_cost = round(training + questions * (answer + wrong * (1 - trained)), 9)
    best = int(costs.argmin())
    return ["verify", best + 1] if costs[best] <= train_cost else ["train", 1]


# %% 8g.5 wrong: pass@k of the mean problem -> "hard ones stay hard"
def decide(right, n, trained, questions, answer, wrong, training):
    share = sum(right) / len(right) / n
    costs = [questions * (k * answer + wrong * (1 - share) ** k) for k in range(1, n + 1)]
    train_cost = training + questions * (answer + wrong * (1 - trained))
    if train_cost < min(costs):
        return "train", 1
    return "verify", costs.index(min(costs)) + 1


# %% 8g.5 wrong: training for each question -> "the other way is cheaper"
def decide(right, n, trained, questions, answer, wrong, training):
    def cost(k):
        return k * answer + wrong * sum(math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right)

    k = min(range(1, n + 1), key=cost)
    return ("train", 1) if training + answer + wrong * (1 - trained) < cost(k) else ("verify", k)


# %% 8g.5 wrong: training is free -> "the other way is cheaper"
def decide(right, n, trained, questions, answer, wrong, training):
    def cost(k):
        return k * answer + wrong * sum(math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right)

    k = min(range(1, n + 1), key=cost)
    return ("train", 1) if answer + wrong * (1 - trained) < cost(k) else ("verify", k)


# %% 8g.5 wrong: all n tries -> "another number of tries"
def decide(right, n, trained, questions, answer, wrong, training):
    fails = sum(c == 0 for c in right) / len(right)
    cost = questions * (n * answer + wrong * fails)
    train_cost = training + questions * (answer + wrong * (1 - trained))
    return ("train", 1) if train_cost < cost else ("verify", n)


# %% 8g.5 wrong: the answers cost nothing -> "cheaper"
def decide(right, n, trained, questions, answer, wrong, training):
    fails = [sum(math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right) for k in range(1, n + 1)]
    k = fails.index(min(fails)) + 1
    return (
        ("train", 1)
        if training + questions * wrong * (1 - trained) < questions * wrong * fails[k - 1]
        else ("verify", k)
    )


# %% 8g.5 wrong: ties to training -> "the other way is cheaper"
def decide(right, n, trained, questions, answer, wrong, training):
    costs = [
        questions
        * (k * answer + wrong * sum(math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right))
        for k in range(1, n + 1)
    ]
    train_cost = training + questions * (answer + wrong * (1 - trained))
    return ("train", 1) if train_cost <= min(costs) else ("verify", costs.index(min(costs)) + 1)


# %% 8g.5 wrong: only the word -> "a pair of a word and a number is asked"
def decide(right, n, trained, questions, answer, wrong, training):
    return "train"
