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


# %% 8g.1 right: classes in the middle, a Python number
def answer_loss(scores, ids, prompt):
    nats = cross_entropy(
        scores[:, prompt - 1 : -1].transpose(1, 2), ids[:, prompt:], reduction="none", ignore_index=0
    )
    return (nats.sum() / (ids[:, prompt:] != 0).sum()).item()


# %% 8g.1 right: NumPy, place by place
def answer_loss(scores, ids, prompt):
    s, i = scores.numpy(), ids.numpy()
    tot, cnt = 0.0, 0
    for b in range(len(i)):
        for t in range(prompt - 1, i.shape[1] - 1):
            if i[b, t + 1] != 0:
                tot += np.log(np.exp(s[b, t]).sum()) - s[b, t, i[b, t + 1]]
                cnt += 1
    return tot / cnt


# %% 8g.1 wrong: the padding of what was read -> "what is predicted must be no padding"
def answer_loss(scores, ids, prompt):
    logs, target = scores[:, :-1].log_softmax(dim=-1), ids[:, 1:]
    counts = (torch.arange(target.shape[1]) >= prompt - 1) & (ids[:, :-1] != 0)
    return -logs.gather(2, target[..., None])[..., 0][counts].mean()


# %% 8g.1 wrong: divided by rows -> "the sum by row, not by token"
def answer_loss(scores, ids, prompt):
    logs, target = scores[:, :-1].log_softmax(dim=-1), ids[:, 1:]
    counts = (torch.arange(target.shape[1]) >= prompt - 1) & (target != 0)
    return -logs.gather(2, target[..., None])[..., 0][counts].sum() / len(ids)


# %% 8g.1 wrong: the logarithm of the mean -> "prompt of 3, rows of 6"
def answer_loss(scores, ids, prompt):
    logs, target = scores[:, :-1].softmax(dim=-1), ids[:, 1:]
    counts = (torch.arange(target.shape[1]) >= prompt - 1) & (target != 0)
    return -logs.gather(2, target[..., None])[..., 0][counts].mean().log()


# %% 8g.1 wrong: softmax twice -> "prompt of 3, rows of 6"
def answer_loss(scores, ids, prompt):
    logs, target = scores[:, :-1].softmax(-1), ids[:, 1:].clone()
    target[:, : prompt - 1] = 0
    return cross_entropy(logs.flatten(0, 1), target.flatten(), ignore_index=0)


# %% 8g.1 wrong: shifted the other way -> "prompt of 3, rows of 6"
def answer_loss(scores, ids, prompt):
    logs, target = scores[:, 1:].log_softmax(dim=-1), ids[:, :-1]
    counts = (torch.arange(target.shape[1]) >= prompt - 1) & (target != 0)
    return -logs.gather(2, target[..., None])[..., 0][counts].mean()


# %% 8g.1 wrong: the lesson's seven -> "prompt of 3, rows of 6"
def answer_loss(scores, ids, prompt):
    logs, target = scores[:, :-1].log_softmax(dim=-1), ids[:, 1:]
    counts = (torch.arange(target.shape[1]) >= 6) & (target != 0)
    return -logs.gather(2, target[..., None])[..., 0][counts].mean()


# %% 8g.1 wrong: the input overwritten -> "changes its input ids"
def answer_loss(scores, ids, prompt):
    ids[:, :prompt] = 0
    return cross_entropy(scores[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), ignore_index=0)


# %% 8g.1 wrong: no mean -> "expected one number"
def answer_loss(scores, ids, prompt):
    logs, target = scores[:, :-1].log_softmax(dim=-1), ids[:, 1:]
    counts = (torch.arange(target.shape[1]) >= prompt - 1) & (target != 0)
    return -logs.gather(2, target[..., None])[..., 0][counts]


# %% 8g.1 wrong: something small is added to the chance -> "scores far apart"
def answer_loss(scores, ids, prompt):
    t = ids[:, prompt:]
    p = scores[:, prompt - 1 : -1].softmax(-1).gather(2, t[..., None]).squeeze(2)
    return -(p[t != 0] + 1e-8).log().mean()


# %% 8g.1 wrong: padding as zeros in the mean -> "padding adds nothing, yet it is counted"
def answer_loss(scores, ids, prompt):
    t = ids[:, prompt:]
    s = scores[:, prompt - 1 : -1]
    return torch.nn.functional.cross_entropy(s.reshape(-1, s.shape[-1]), t.reshape(-1), ignore_index=0, reduction="none").mean()


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


# %% 8g.2 right: the places of the right ones
def pass_at(k, n, c):
    return 1 - math.comb(n - k, c) / math.comb(n, c)


# %% 8g.2 right: try by try
def pass_at(k, n, c):
    if k == 0 or c == 0:
        return 0.0
    return c / n + (n - c) / n * pass_at(k - 1, n - 1, c) if n > c else 1.0


# %% 8g.2 right: the library's distribution
def pass_at(k, n, c):
    from scipy.stats import hypergeom

    return 1 - hypergeom.pmf(0, n, c, k)


# %% 8g.2 right: logarithms of factorials, a whole 1
def pass_at(k, n, c):
    if n - c < k:
        return 1
    g = math.lgamma
    return 1 - math.exp(g(n - c + 1) - g(n - c - k + 1) - g(n + 1) + g(n - k + 1))


# %% 8g.2 right: an array of no dimensions
def pass_at(k, n, c):
    return np.array(1 - comb(n - c, k, exact=True) / comb(n, k, exact=True))


# %% 8g.2 right: every number of hits
def pass_at(k, n, c):
    return sum(math.comb(c, j) * math.comb(n - c, k - j) for j in range(1, min(k, c) + 1)) / math.comb(n, k)


# %% 8g.2 wrong: too few wrong ones give 0 -> "4, 16 of 16 right"
def pass_at(k, n, c):
    if n - c < k:
        return 0.0
    return 1 - math.comb(n - c, k) / math.comb(n, k)


# %% 8g.2 wrong: a factor too many -> "k = 1, 3 of 10 right"
def pass_at(k, n, c):
    f = 1.0
    for i in range(k + 1):
        f *= max(n - c - i, 0) / max(n - i, 1)
    return 1 - f


# %% 8g.2 wrong: choices with repetition -> "k = 2, 1 of 4 right"
def pass_at(k, n, c):
    return 1 - math.comb(n - c + k - 1, k) / math.comb(n + k - 1, k)


# %% 8g.2 wrong: whole-number division -> "k = 1, 3 of 10 right"
def pass_at(k, n, c):
    return 1 - math.comb(n - c, k) // math.comb(n, k)


# %% 8g.2 wrong: k times the chance, at most 1 -> "one try's chance, k times"
def pass_at(k, n, c):
    return min(1.0, k * c / n)


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


# %% 8g.3 right: pair by pair, a Python number
def dpo_loss(c, r, rc, rr, beta):
    tot = 0.0
    for a, b, x, y in zip(c.tolist(), r.tolist(), rc.tolist(), rr.tolist()):
        m = beta * (a - x - b + y)
        tot += math.log1p(math.exp(-m)) if m > 0 else -m + math.log1p(math.exp(m))
    return tot / len(c)


# %% 8g.3 right: binary cross-entropy
def dpo_loss(c, r, rc, rr, beta):
    m = beta * ((c - rc) - (r - rr))
    return torch.nn.functional.binary_cross_entropy_with_logits(m, torch.ones_like(m))


# %% 8g.3 wrong: beta at one side -> "beta belongs to both answers"
def dpo_loss(c, r, rc, rr, beta):
    return -logsigmoid(beta * (c - rc) - (r - rr)).mean()


# %% 8g.3 wrong: the chosen alone -> "where are the rejected answers?"
def dpo_loss(c, r, rc, rr, beta):
    return -logsigmoid(beta * (c - rc)).mean()


# %% 8g.3 wrong: beta outside -> "beta belongs inside the sigmoid"
def dpo_loss(c, r, rc, rr, beta):
    return -beta * logsigmoid((c - rc) - (r - rr)).mean()


# %% 8g.3 wrong: probabilities, not logarithms -> "3 pairs, beta 0.5"
def dpo_loss(c, r, rc, rr, beta):
    return -logsigmoid(beta * ((c - rc).exp() - (r - rr).exp())).mean()


# %% 8g.3 wrong: the lesson's beta -> "1 pairs, beta 0.1"
def dpo_loss(c, r, rc, rr, beta):
    return -logsigmoid(0.5 * ((c - rc) - (r - rr))).mean()


# %% 8g.3 wrong: the plain logarithm of the sigmoid -> "must stay finite"
def dpo_loss(c, r, rc, rr, beta):
    return -torch.sigmoid(beta * ((c - rc) - (r - rr))).log().mean()


# %% 8g.3 wrong: the plain logarithm of 1 + exp -> "must stay finite"
def dpo_loss(c, r, rc, rr, beta):
    return (1 + torch.exp(-beta * ((c - rc) - (r - rr)))).log().mean()


# %% 8g.3 wrong: margins cut off -> "4 pairs, beta 1.0"
def dpo_loss(c, r, rc, rr, beta):
    return -logsigmoid((beta * ((c - rc) - (r - rr))).clamp(-500, 500)).mean()


# %% 8g.3 wrong: no mean -> "expected one number"
def dpo_loss(c, r, rc, rr, beta):
    return -logsigmoid(beta * ((c - rc) - (r - rr)))


# %% 8g.3 wrong: each answer a loss of its own -> "3 pairs, beta 0.5"
def dpo_loss(c, r, rc, rr, beta):
    return (-logsigmoid(beta * (c - rc)) - logsigmoid(-beta * (r - rr))).mean()


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


# %% 8g.4 right: answer by answer
def grpo_loss(ratio, reward, clip=0.2):
    tot, n = 0.0, 0
    for p in range(len(ratio)):
        m, s = reward[p].mean(), reward[p].std()
        for g in range(ratio.shape[1]):
            a = (reward[p, g] - m) / (s + 1e-4)
            x = ratio[p, g]
            held = min(max(x, 1 - clip), 1 + clip)
            tot = tot + min(x * a, held * a)
            n += 1
    return -tot / n


# %% 8g.4 wrong: a Python number -> "a loss is for learning"
def grpo_loss(ratio, reward, clip=0.2):
    a = (reward - reward.mean(1, keepdim=True)) / (reward.std(1, keepdim=True) + 1e-4)
    return float(-torch.minimum(ratio * a, ratio.clamp(1 - clip, 1 + clip) * a).mean())


# %% 8g.4 wrong: NumPy -> "a loss is for learning"
def grpo_loss(ratio, reward, clip=0.2):
    q, r = ratio.detach().numpy(), reward.numpy()
    a = (r - r.mean(1, keepdims=True)) / (r.std(1, ddof=1, keepdims=True) + 1e-4)
    return -np.minimum(q * a, q.clip(1 - clip, 1 + clip) * a).mean()


# %% 8g.4 wrong: the ratio detached -> "a loss is for learning"
def grpo_loss(ratio, reward, clip=0.2):
    ratio = ratio.detach()
    a = (reward - reward.mean(1, keepdim=True)) / (reward.std(1, keepdim=True) + 1e-4)
    return -torch.minimum(ratio * a, ratio.clamp(1 - clip, 1 + clip) * a).mean()


# %% 8g.4 wrong: the product clipped -> "the clip belongs to the ratio"
def grpo_loss(ratio, reward, clip=0.2):
    a = (reward - reward.mean(1, keepdim=True)) / (reward.std(1, keepdim=True) + 1e-4)
    return -torch.minimum(ratio * a, (ratio * a).clamp(1 - clip, 1 + clip)).mean()


# %% 8g.4 wrong: the sum in each group -> "not a sum in each group"
def grpo_loss(ratio, reward, clip=0.2):
    a = (reward - reward.mean(1, keepdim=True)) / (reward.std(1, keepdim=True) + 1e-4)
    return -torch.minimum(ratio * a, ratio.clamp(1 - clip, 1 + clip) * a).sum(1).mean()


# %% 8g.4 wrong: another small number -> "clip 0.2"
def grpo_loss(ratio, reward, clip=0.2):
    a = (reward - reward.mean(1, keepdim=True)) / (reward.std(1, keepdim=True) + 1e-8)
    return -torch.minimum(ratio * a, ratio.clamp(1 - clip, 1 + clip) * a).mean()


# %% 8g.4 wrong: the deviation at least 0.0001 -> "clip 0.2"
def grpo_loss(ratio, reward, clip=0.2):
    a = (reward - reward.mean(1, keepdim=True)) / reward.std(1, keepdim=True).clamp(min=1e-4)
    return -torch.minimum(ratio * a, ratio.clamp(1 - clip, 1 + clip) * a).mean()


# %% 8g.4 wrong: the variance -> "clip 0.2"
def grpo_loss(ratio, reward, clip=0.2):
    a = (reward - reward.mean(1, keepdim=True)) / (reward.var(1, keepdim=True) + 1e-4)
    return -torch.minimum(ratio * a, ratio.clamp(1 - clip, 1 + clip) * a).mean()


# %% 8g.4 wrong: clipped above only -> "groups of"
def grpo_loss(ratio, reward, clip=0.2):
    a = (reward - reward.mean(1, keepdim=True)) / (reward.std(1, keepdim=True) + 1e-4)
    return -torch.minimum(ratio * a, ratio.clamp(max=1 + clip) * a).mean()


# %% 8g.4 wrong: the inverse below -> "groups of"
def grpo_loss(ratio, reward, clip=0.2):
    a = (reward - reward.mean(1, keepdim=True)) / (reward.std(1, keepdim=True) + 1e-4)
    return -torch.minimum(ratio * a, ratio.clamp(1 / (1 + clip), 1 + clip) * a).mean()


# %% 8g.4 wrong: no mean -> "expected one number"
def grpo_loss(ratio, reward, clip=0.2):
    a = (reward - reward.mean(1, keepdim=True)) / (reward.std(1, keepdim=True) + 1e-4)
    return -torch.minimum(ratio * a, ratio.clamp(1 - clip, 1 + clip) * a)


# %% 8g.4 wrong: the clipped ratio is detached -> "both products move with the ratio"
def grpo_loss(ratio, reward, clip=0.2):
    a = (reward - reward.mean(1, keepdim=True)) / (reward.std(1, keepdim=True) + 1e-4)
    return -torch.minimum(ratio * a, ratio.detach().clamp(1 - clip, 1 + clip) * a).mean()


# %% 8g.4 wrong: nothing is added to the deviation -> "the deviation is not alone"
def grpo_loss(ratio, reward, clip=0.2):
    a = (reward - reward.mean(1, keepdim=True)) / reward.std(1, keepdim=True)
    return -torch.minimum(ratio * a, ratio.clamp(1 - clip, 1 + clip) * a).mean()


# %% 8g.4 wrong: always clipped at 0.2 -> "the clip is an argument"
def grpo_loss(ratio, reward, clip=0.2):
    a = (reward - reward.mean(1, keepdim=True)) / (reward.std(1, keepdim=True) + 1e-4)
    return -torch.minimum(ratio * a, ratio.clamp(0.8, 1.2) * a).mean()


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


# %% 8g.5 right: the training spread over the questions
def decide(right, n, trained, questions, answer, wrong, training):
    def ok(k):
        return sum(1 - math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right)

    best = None
    for k in range(1, n + 1):
        cost = k * answer + wrong * (1 - ok(k))
        if best is None or cost < best[0]:
            best = (cost, ("verify", k))
    cost = training / questions + answer + wrong * (1 - trained)
    return ("train", 1) if cost < best[0] else best[1]


# %% 8g.5 right: from n down
def decide(right, n, trained, questions, answer, wrong, training):
    def ok(k):
        return sum(1 - math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right)

    best = None
    for k in range(n, 0, -1):
        cost = questions * (k * answer + wrong * (1 - ok(k)))
        if best is None or cost <= best[0]:
            best = (cost, ("verify", k))
    cost = training + questions * (answer + wrong * (1 - trained))
    return ("train", 1) if cost < best[0] else best[1]


# %% 8g.5 right: the number a tensor
def decide(right, n, trained, questions, answer, wrong, training):
    def ok(k):
        return 1 - np.mean([math.comb(n - c, int(k)) / math.comb(n, int(k)) for c in right])

    best = None
    for k in torch.arange(1, n + 1):
        cost = questions * (k * answer + wrong * (1 - ok(k)))
        if best is None or cost < best[0]:
            best = (cost, ("verify", k))
    cost = training + questions * (answer + wrong * (1 - trained))
    return ("train", 1) if cost < best[0] else best[1]


# %% 8g.5 right: tries until one more does not pay
def decide(right, n, trained, questions, answer, wrong, training):
    from itertools import takewhile

    def ok(k):
        return sum(1 - math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right)

    best = None
    for k in takewhile(
        lambda k: k == 1 or (k * answer + wrong * (1 - ok(k)) < (k - 1) * answer + wrong * (1 - ok(k - 1))),
        range(1, n + 1),
    ):
        cost = questions * (k * answer + wrong * (1 - ok(k)))
        if best is None or cost < best[0]:
            best = (cost, ("verify", k))
    cost = training + questions * (answer + wrong * (1 - trained))
    return ("train", 1) if cost < best[0] else best[1]


# %% 8g.5 right: the first k that one more try does not improve
def decide(right, n, trained, questions, answer, wrong, training):
    def cost(k):
        return questions * (k * answer + wrong * sum(math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right))
    k = 1
    while k < n and cost(k + 1) < cost(k): k += 1
    t = training + questions * (answer + wrong * (1 - trained))
    return ("train", 1) if t < cost(k) else ("verify", k)


# %% 8g.5 wrong: the tempting formula for each problem -> "the tempting formula"
def decide(right, n, trained, questions, answer, wrong, training):
    def ok(k):
        return sum(1 - (1 - c / n) ** k for c in right) / len(right)

    best = None
    for k in range(1, n + 1):
        cost = questions * (k * answer + wrong * (1 - ok(k)))
        if best is None or cost < best[0]:
            best = (cost, ("verify", k))
    cost = training + questions * (answer + wrong * (1 - trained))
    return ("train", 1) if cost < best[0] else best[1]


# %% 8g.5 wrong: many tries after training -> "the other way is cheaper"
def decide(right, n, trained, questions, answer, wrong, training):
    def ok(k):
        return sum(1 - math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right)

    best = None
    for k in range(1, n + 1):
        cost = questions * (k * answer + wrong * (1 - ok(k)))
        if best is None or cost < best[0]:
            best = (cost, ("verify", k))
    cost = min(training + questions * (k * answer + wrong * (1 - trained) ** k) for k in range(1, n + 1))
    return ("train", 1) if cost < best[0] else best[1]


# %% 8g.5 wrong: n itself left out -> "another number of tries"
def decide(right, n, trained, questions, answer, wrong, training):
    def ok(k):
        return sum(1 - math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right)

    best = None
    for k in range(1, n):
        cost = questions * (k * answer + wrong * (1 - ok(k)))
        if best is None or cost < best[0]:
            best = (cost, ("verify", k))
    cost = training + questions * (answer + wrong * (1 - trained))
    return ("train", 1) if cost < best[0] else best[1]


# %% 8g.5 wrong: powers of two -> "wrong answers are dear"
def decide(right, n, trained, questions, answer, wrong, training):
    def ok(k):
        return sum(1 - math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right)

    best = None
    for k in [2**i for i in range(10) if 2**i <= n]:
        cost = questions * (k * answer + wrong * (1 - ok(k)))
        if best is None or cost < best[0]:
            best = (cost, ("verify", k))
    cost = training + questions * (answer + wrong * (1 - trained))
    return ("train", 1) if cost < best[0] else best[1]


# %% 8g.5 wrong: ties to more tries -> "nothing ever right"
def decide(right, n, trained, questions, answer, wrong, training):
    def ok(k):
        return sum(1 - math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right)

    best = None
    for k in range(1, n + 1):
        cost = questions * (k * answer + wrong * (1 - ok(k)))
        if best is None or cost <= best[0]:
            best = (cost, ("verify", k))
    cost = training + questions * (answer + wrong * (1 - trained))
    return ("train", 1) if cost < best[0] else best[1]


# %% 8g.5 wrong: the trained answer is free -> "the other way is cheaper"
def decide(right, n, trained, questions, answer, wrong, training):
    def ok(k):
        return sum(1 - math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right)

    best = None
    for k in range(1, n + 1):
        cost = questions * (k * answer + wrong * (1 - ok(k)))
        if best is None or cost < best[0]:
            best = (cost, ("verify", k))
    cost = training + questions * wrong * (1 - trained)
    return ("train", 1) if cost < best[0] else best[1]


# %% 8g.5 wrong: a trained model never fails -> "the other way is cheaper"
def decide(right, n, trained, questions, answer, wrong, training):
    def ok(k):
        return sum(1 - math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right)

    best = None
    for k in range(1, n + 1):
        cost = questions * (k * answer + wrong * (1 - ok(k)))
        if best is None or cost < best[0]:
            best = (cost, ("verify", k))
    cost = training + questions * answer
    return ("train", 1) if cost < best[0] else best[1]


# %% 8g.5 wrong: stops at the first right answer -> "another number of tries"
def decide(right, n, trained, questions, answer, wrong, training):
    def ok(k):
        return sum(1 - math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right)

    best = None
    for k in range(1, n + 1):
        cost = questions * (
            sum(1 - (ok(j - 1) if j > 1 else 0) for j in range(1, k + 1)) * answer + wrong * (1 - ok(k))
        )
        if best is None or cost < best[0]:
            best = (cost, ("verify", k))
    cost = training + questions * (answer + wrong * (1 - trained))
    return ("train", 1) if cost < best[0] else best[1]


# %% 8g.5 wrong: the k of the tries after training -> "after training, one answer is drawn"
def decide(right, n, trained, questions, answer, wrong, training):
    def ok(k):
        return sum(1 - math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right)

    best = None
    for k in range(1, n + 1):
        cost = questions * (k * answer + wrong * (1 - ok(k)))
        if best is None or cost < best[0]:
            best = (cost, ("verify", k))
    cost = training + questions * (answer + wrong * (1 - trained))
    return ("train", best[1][1]) if cost < best[0] else best[1]


# %% 8g.5 wrong: the pair turned round -> "the first of the pair"
def decide(right, n, trained, questions, answer, wrong, training):
    def ok(k):
        return sum(1 - math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right)

    best = None
    for k in range(1, n + 1):
        cost = questions * (k * answer + wrong * (1 - ok(k)))
        if best is None or cost < best[0]:
            best = (cost, ("verify", k))
    cost = training + questions * (answer + wrong * (1 - trained))
    return (1, "train") if cost < best[0] else best[1][::-1]


# %% 8g.5 wrong: a capital letter -> "the first of the pair"
def decide(right, n, trained, questions, answer, wrong, training):
    def ok(k):
        return sum(1 - math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right)

    best = None
    for k in range(1, n + 1):
        cost = questions * (k * answer + wrong * (1 - ok(k)))
        if best is None or cost < best[0]:
            best = (cost, ("verify", k))
    cost = training + questions * (answer + wrong * (1 - trained))
    return ("Train", 1) if cost < best[0] else ("Verify", best[1][1])


# %% 8g.5 wrong: solved once, always solved -> "another number of tries"
def decide(right, n, trained, questions, answer, wrong, training):
    def ok(k):
        return sum(c > 0 for c in right) / len(right)

    best = None
    for k in range(1, n + 1):
        cost = questions * (k * answer + wrong * (1 - ok(k)))
        if best is None or cost < best[0]:
            best = (cost, ("verify", k))
    cost = training + questions * (answer + wrong * (1 - trained))
    return ("train", 1) if cost < best[0] else best[1]


# %% 8g.5 wrong: never trains -> "the other way is cheaper"
def decide(right, n, trained, questions, answer, wrong, training):
    def ok(k):
        return sum(1 - math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right)

    best = None
    for k in range(1, n + 1):
        cost = questions * (k * answer + wrong * (1 - ok(k)))
        if best is None or cost < best[0]:
            best = (cost, ("verify", k))
    cost = training + questions * (answer + wrong * (1 - trained))
    return best[1]
