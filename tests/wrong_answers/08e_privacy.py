# %% 8e.1 right: by sorting
def exposure_of(scores, secret):
    falling = np.sort(scores)[::-1]
    rank = max(place for place, score in enumerate(falling, 1) if score == scores[secret])
    return math.log2(len(scores) / rank)


# %% 8e.1 right: plain Python
def exposure_of(scores, secret):
    worse = sum(score < scores[secret] for score in scores.tolist())
    return math.log(len(scores) / (len(scores) - worse), 2)


# %% 8e.1 right: torch
def exposure_of(scores, secret):
    scores = torch.as_tensor(scores)
    rank = (scores >= scores[secret]).sum()
    return torch.log2(torch.tensor(len(scores)).double()) - torch.log2(rank.double())


# %% 8e.1 right: searchsorted
def exposure_of(scores, secret):
    rising = np.sort(scores)
    return np.array(
        np.log2(len(scores) / (len(scores) - np.searchsorted(rising, scores[secret], side="left")))
    )


# %% 8e.1 right: in 32 bits
def exposure_of(scores, secret):
    scores = torch.tensor(scores).float()
    return torch.log2(len(scores) / (scores >= scores[secret]).sum().float())


# %% 8e.1 wrong: nats -> "a bit is a factor of two"
def exposure_of(scores, secret):
    return math.log(len(scores) / (scores >= scores[secret]).sum())


# %% 8e.1 wrong: ties do not count -> "candidates as likely as the secret count, too"
def exposure_of(scores, secret):
    return math.log2(len(scores) / ((scores > scores[secret]).sum() + 1))


# %% 8e.1 wrong: from the other end -> "the rank counts from the other end"
def exposure_of(scores, secret):
    return math.log2(len(scores) / (scores <= scores[secret]).sum())


# %% 8e.1 wrong: the logarithm of the rank -> "how far is it from the last place"
def exposure_of(scores, secret):
    return math.log2((scores >= scores[secret]).sum())


# %% 8e.1 wrong: surprise -> "the rank is asked for"
def exposure_of(scores, secret):
    return -scores[secret] / math.log(2)


# %% 8e.1 wrong: place in a stable sort -> "all candidates as likely as the secret count"
def exposure_of(scores, secret):
    rank = np.argsort(-scores, kind="stable").tolist().index(secret) + 1
    return math.log2(len(scores) / rank)


# %% 8e.1 wrong: average rank of ties -> "not half of them"
def exposure_of(scores, secret):
    from scipy.stats import rankdata

    return math.log2(len(scores) / rankdata(-scores)[secret])


# %% 8e.1 wrong: equals once -> "candidates as likely as the secret count, too"
def exposure_of(scores, secret):
    rank = (np.unique(scores) >= scores[secret]).sum()
    return math.log2(len(scores) / rank)


# %% 8e.1 wrong: the lesson's number of candidates -> "10 candidates, 3 at least as likely: expected"
def exposure_of(scores, secret):
    return math.log2(10_000) - math.log2((scores >= scores[secret]).sum())


# %% 8e.1 wrong: rank from 0 -> "the secret itself counts"
def exposure_of(scores, secret):
    return np.log2(len(scores)) - np.log2((scores > scores[secret]).sum())


# %% 8e.1 wrong: a quotient of logarithms -> "10 candidates, 3 at least as likely: expected"
def exposure_of(scores, secret):
    return math.log2(len(scores)) / math.log2(max(2, (scores >= scores[secret]).sum()))


# %% 8e.1 wrong: the rank -> "that is the rank; bits are asked for"
def exposure_of(scores, secret):
    return int((scores >= scores[secret]).sum())


# %% 8e.1 wrong: sorts in place -> "changes its input scores"
def exposure_of(scores, secret):
    own = scores[secret]
    scores.sort()
    return math.log2(len(scores) / (scores >= own).sum())


# %% 8e.1 wrong: the exponentials are compared -> "written out as chances"
def exposure_of(scores, secret):
    p = np.exp(scores)
    return math.log2(len(scores)) - math.log2((p >= p[secret]).sum())


# %% 8e.1 wrong: scores rounded first -> "expected 0.415"
def exposure_of(scores, secret):
    s = np.asarray(scores).round(3)
    return math.log2(len(scores)) - math.log2((s >= s[secret]).sum())


# %% 8e.2 right: one threshold after the other
def caught(members, others, rate):
    best = 0.0
    for t in [-np.inf, *others]:
        if np.mean(others > t) <= rate + 1e-12:
            best = max(best, np.mean(members > t))
    return best


# %% 8e.2 right: by counting in plain Python
def caught(members, others, rate):
    falling = sorted(others.tolist(), reverse=True)
    allowed = int(rate * len(falling) + 1e-9)
    if allowed >= len(falling):
        return 1.0
    return sum(score > falling[allowed] for score in members) / len(members)


# %% 8e.2 right: partition
def caught(members, others, rate):
    k = len(others)
    allowed = int(np.floor(rate * k + 1e-9))
    t = -np.inf if allowed == k else np.partition(others, k - 1 - allowed)[k - 1 - allowed]
    return np.count_nonzero(members > t) / members.size


# %% 8e.2 right: any threshold halfway between
def caught(members, others, rate):
    both = np.unique(np.concatenate([members, others]))
    ts = np.concatenate([[both[0] - 1], (both[1:] + both[:-1]) / 2, [both[-1] + 1]])
    return torch.tensor(max((members > t).mean() for t in ts if (others > t).sum() <= rate * len(others)))


# %% 8e.2 right: at least the threshold, over all scores
def caught(members, others, rate):
    return max(np.mean(members >= t) for t in [*members, np.inf] if np.mean(others >= t) <= rate)


# %% 8e.2 right: in 32 bits
def caught(members, others, rate):
    members, others = torch.tensor(members).float(), torch.tensor(others).float()
    ts = torch.cat([torch.tensor([-torch.inf]), others])
    alarms = (others[None] > ts[:, None]).sum(1) <= rate * len(others)
    return (members[None] > ts[alarms, None]).float().mean(1).max()


# %% 8e.2 wrong: at least the threshold -> "members at the threshold itself are not above it"
def caught(members, others, rate):
    falling = np.sort(others)[::-1]
    allowed = math.floor(rate * len(others) + 1e-9)
    t = falling[allowed] if allowed < len(falling) else -np.inf
    return float((members >= t).mean())


# %% 8e.2 wrong: one fewer -> "one false alarm fewer than allowed"
def caught(members, others, rate):
    falling = np.sort(others)[::-1]
    allowed = math.floor(rate * len(others) + 1e-9)
    t = falling[allowed - 1] if allowed else np.inf
    return float((members > t).mean())


# %% 8e.2 wrong: the members' quantile -> "the threshold comes from the members"
def caught(members, others, rate):
    return float((members > np.quantile(members, 1 - rate)).mean())


# %% 8e.2 wrong: those missed -> "those are the members who are missed"
def caught(members, others, rate):
    falling = np.sort(others)[::-1]
    allowed = math.floor(rate * len(others) + 1e-9)
    t = falling[allowed] if allowed < len(falling) else -np.inf
    return float((members <= t).mean())


# %% 8e.2 wrong: a quantile between two scores -> "8e.2"
def caught(members, others, rate):
    return float((members > np.quantile(others, 1 - rate)).mean())


# %% 8e.2 wrong: lower quantile -> "one false alarm more than allowed"
def caught(members, others, rate):
    if rate == 1:
        return 1.0
    return float((members > np.quantile(others, 1 - rate, method="lower")).mean())


# %% 8e.2 wrong: higher quantile -> "one false alarm fewer than allowed"
def caught(members, others, rate):
    return float((members > np.quantile(others, 1 - rate, method="higher")).mean())


# %% 8e.2 wrong: rounded number of alarms -> "one false alarm more than allowed"
def caught(members, others, rate):
    falling = np.sort(others)[::-1]
    a = round(rate * len(others))
    return float((members > (falling[a] if a < len(falling) else -np.inf)).mean())


# %% 8e.2 wrong: thresholds only from the members -> "301 members, 500 others, rate 0.1: expected"
def caught(members, others, rate):
    return max([(members > t).mean() for t in [-np.inf, *members] if (others > t).mean() <= rate], default=0)


# %% 8e.2 wrong: the rate itself not allowed -> "one false alarm fewer than allowed"
def caught(members, others, rate):
    return max([(members > t).mean() for t in [-np.inf, *others] if (others > t).mean() < rate], default=0)


# %% 8e.2 wrong: number of members -> "a share is asked for"
def caught(members, others, rate):
    return max((members > t).sum() for t in [-np.inf, *others] if (others > t).mean() <= rate)


# %% 8e.2 wrong: equals once -> "count one by one"
def caught(members, others, rate):
    falling = np.unique(others)[::-1]
    a = math.floor(rate * len(others) + 1e-9)
    return float((members > (falling[a] if a < len(falling) else -np.inf)).mean())


# %% 8e.2 wrong: never all of them -> "at this rate everybody may be above t"
def caught(members, others, rate):
    return max((members > t).mean() for t in others if (others > t).mean() <= rate)


# %% 8e.2 wrong: the rate of the members -> "301 members, 500 others, rate 0.1: expected"
def caught(members, others, rate):
    return max((members > t).mean() for t in [-np.inf, *others] if (others > t).sum() <= rate * len(members))


# %% 8e.2 wrong: the threshold -> "that is the threshold"
def caught(members, others, rate):
    falling = np.sort(others)[::-1]
    a = math.floor(rate * len(others) + 1e-9)
    return falling[a] if a < len(falling) else -np.inf


# %% 8e.3 right: row by row
def private_gradient(gradients, clip, sigma, expected, noise):
    total = np.zeros(len(noise))
    for row in gradients:
        length = math.sqrt(float(row @ row))
        total += row if length <= clip else row * clip / length
    return (total + sigma * clip * noise) / expected


# %% 8e.3 right: torch
def private_gradient(gradients, clip, sigma, expected, noise):
    g = torch.as_tensor(gradients)
    factor = (clip / (g.norm(dim=1) + 1e-30)).clamp(max=1.0)
    return (factor @ g + sigma * clip * torch.as_tensor(noise)) / expected


# %% 8e.3 right: divided by the larger of length and clip
def private_gradient(gradients, clip, sigma, expected, noise):
    length = np.linalg.norm(gradients, axis=1)
    clipped = clip * gradients / np.maximum(length, clip)[:, None]
    return clipped.sum(0) / expected + sigma * clip * noise / expected


# %% 8e.3 right: units of the clip
def private_gradient(gradients, clip, sigma, expected, noise):
    unit = gradients / clip
    unit = unit / np.fmax(1, np.sqrt(np.einsum("bp,bp->b", unit, unit)))[:, None]
    return clip / expected * (unit.sum(0) + sigma * noise)


# %% 8e.3 right: by 0, with a warning
def private_gradient(gradients, clip, sigma, expected, noise):
    n = np.linalg.norm(gradients, axis=1, keepdims=True)
    return ((gradients * np.minimum(1, clip / n)).sum(0) + sigma * clip * noise) / expected


# %% 8e.3 right: in 32 bits
def private_gradient(gradients, clip, sigma, expected, noise):
    g, z = torch.tensor(gradients).float(), torch.tensor(noise).float()
    f = (clip / g.norm(dim=1, keepdim=True)).clamp(max=1)
    return ((g * f.nan_to_num(1.0)).sum(0) + sigma * clip * z) / expected


# %% 8e.3 wrong: the true size -> "the batch's true size is a secret"
def private_gradient(gradients, clip, sigma, expected, noise):
    length = np.linalg.norm(gradients, axis=1)
    clipped = clip * gradients / np.maximum(length, clip)[:, None]
    return (clipped.sum(0) + sigma * clip * noise) / max(len(gradients), 1)


# %% 8e.3 wrong: noise without the clip -> "the noise is of the size sigma times clip"
def private_gradient(gradients, clip, sigma, expected, noise):
    length = np.linalg.norm(gradients, axis=1)
    clipped = clip * gradients / np.maximum(length, clip)[:, None]
    return (clipped.sum(0) + sigma * noise) / expected


# %% 8e.3 wrong: each number -> "the length of a row is limited"
def private_gradient(gradients, clip, sigma, expected, noise):
    return (np.clip(gradients, -clip, clip).sum(0) + sigma * clip * noise) / expected


# %% 8e.3 wrong: short ones stretched -> "short gradients are not stretched"
def private_gradient(gradients, clip, sigma, expected, noise):
    length = np.maximum(np.linalg.norm(gradients, axis=1, keepdims=True), 1e-300)
    return ((clip * gradients / length).sum(0) + sigma * clip * noise) / expected


# %% 8e.3 wrong: the sum is clipped -> "each row is clipped, not their sum"
def private_gradient(gradients, clip, sigma, expected, noise):
    whole = gradients.sum(0)
    whole = whole * min(1, clip / max(np.linalg.norm(whole), 1e-300))
    return (whole + sigma * clip * noise) / expected


# %% 8e.3 wrong: noise after the division -> "the noise is divided, too"
def private_gradient(gradients, clip, sigma, expected, noise):
    length = np.linalg.norm(gradients, axis=1)
    clipped = clip * gradients / np.maximum(length, clip)[:, None]
    return clipped.sum(0) / expected + sigma * clip * noise


# %% 8e.3 wrong: in place -> "changes its input gradients"
def private_gradient(gradients, clip, sigma, expected, noise):
    n = np.linalg.norm(gradients, axis=1, keepdims=True)
    gradients *= np.minimum(1, clip / np.maximum(n, 1e-300))
    return (gradients.sum(0) + sigma * clip * noise) / expected


# %% 8e.3 wrong: columns -> "not columns"
def private_gradient(gradients, clip, sigma, expected, noise):
    n = np.linalg.norm(gradients, axis=0, keepdims=True)
    return (
        (gradients * np.minimum(1, clip / np.maximum(n, 1e-300))).sum(0) + sigma * clip * noise
    ) / expected


# %% 8e.3 wrong: the squared length -> "3 rows, clip 1, sigma 0: 2 of 2 numbers differ"
def private_gradient(gradients, clip, sigma, expected, noise):
    n = (gradients**2).sum(1, keepdims=True)
    return (
        (gradients * np.minimum(1, clip / np.maximum(n, 1e-300))).sum(0) + sigma * clip * noise
    ) / expected


# %% 8e.3 wrong: long rows left out -> "shortened, not left out"
def private_gradient(gradients, clip, sigma, expected, noise):
    n = np.linalg.norm(gradients, axis=1)
    return (gradients[n <= clip].sum(0) + sigma * clip * noise) / expected


# %% 8e.3 wrong: one noise for each row -> "one noise for the sum, not one for each row"
def private_gradient(gradients, clip, sigma, expected, noise):
    n = np.linalg.norm(gradients, axis=1, keepdims=True)
    return (
        (gradients * np.minimum(1, clip / np.maximum(n, 1e-300)) + sigma * clip * noise).sum(0)
    ) / expected


# %% 8e.3 wrong: a gradient of 0 -> "the answer holds nan"
def private_gradient(gradients, clip, sigma, expected, noise):
    n = np.linalg.norm(gradients, axis=1, keepdims=True)
    return ((gradients / n * np.minimum(n, clip)).sum(0) + sigma * clip * noise) / expected


# %% 8e.3 wrong: nothing without rows -> "a step without rows has its noise, too"
def private_gradient(gradients, clip, sigma, expected, noise):
    if not len(gradients):
        return np.zeros(len(noise))
    n = np.linalg.norm(gradients, axis=1, keepdims=True)
    return (
        (gradients * np.minimum(1, clip / np.maximum(n, 1e-300))).sum(0) + sigma * clip * noise
    ) / expected


# %% 8e.4 right: both lines written out
def epsilon_shown(tpr, fpr, delta):
    def line(left, other):
        if left <= 0:
            return 0.0
        return float("inf") if other == 0 else np.log(left) - np.log(other)

    return max(0.0, line(tpr - delta, fpr), line(1 - fpr - delta, 1 - tpr))


# %% 8e.4 right: in NumPy
def epsilon_shown(tpr, fpr, delta):
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.array([tpr - delta, 1 - fpr - delta]) / np.array([fpr, 1.0 - tpr])
    left = np.array([tpr - delta, 1 - fpr - delta])
    return np.log(np.where(left > 0, np.maximum(ratios, 1), 1)).max()


# %% 8e.4 right: plain conditions
def epsilon_shown(tpr, fpr, delta):
    answers = [0.0]
    for a, b in [(tpr, fpr), (1 - fpr, 1 - tpr)]:
        if a > delta:
            answers.append(math.log((a - delta) / b) if b else math.inf)
    return max(answers)


# %% 8e.4 right: bisection
def epsilon_shown(tpr, fpr, delta):
    ok = lambda e: (
        tpr <= math.exp(e) * fpr + delta + 1e-15 and 1 - fpr <= math.exp(e) * (1 - tpr) + delta + 1e-15
    )
    if ok(0):
        return 0
    low, high = 0.0, 100.0
    if not ok(high):
        return math.inf
    for _ in range(200):
        mid = (low + high) / 2
        low, high = (low, mid) if ok(mid) else (mid, high)
    return high


# %% 8e.4 right: turned round by recursion
def epsilon_shown(tpr, fpr, delta, again=True):
    other = epsilon_shown(1 - fpr, 1 - tpr, delta, False) if again else 0
    first = 0 if tpr <= delta else (math.inf if fpr == 0 else math.log((tpr - delta) / fpr))
    return max(first, other, 0)


# %% 8e.4 right: in 32 bits
def epsilon_shown(tpr, fpr, delta):
    tpr, fpr = torch.tensor(tpr), torch.tensor(fpr)
    out = [torch.tensor(0.0)]
    for a, b in [(tpr, fpr), (1 - fpr, 1 - tpr)]:
        if a > delta:
            out.append(torch.log((a - delta) / b))
    return torch.stack(out).max()


# %% 8e.4 wrong: only hits -> "only the first line is kept"
def epsilon_shown(tpr, fpr, delta):
    if tpr - delta <= 0:
        return 0.0
    return max(0.0, math.log((tpr - delta) / fpr)) if fpr else math.inf


# %% 8e.4 wrong: without delta -> "delta is left out"
def epsilon_shown(tpr, fpr, delta):
    answers = [0.0]
    for a, b in [(tpr, fpr), (1 - fpr, 1 - tpr)]:
        if a > 0:
            answers.append(math.log(a / b) if b else math.inf)
    return max(answers)


# %% 8e.4 wrong: the smaller -> "both must hold"
def epsilon_shown(tpr, fpr, delta):
    answers = []
    for a, b in [(tpr, fpr), (1 - fpr, 1 - tpr)]:
        answers.append(0.0 if a <= delta else math.log((a - delta) / b) if b else math.inf)
    return max(min(answers), 0.0)


# %% 8e.4 wrong: the ratio -> "that is a ratio, not its logarithm"
def epsilon_shown(tpr, fpr, delta):
    answers = [1.0]
    for a, b in [(tpr, fpr), (1 - fpr, 1 - tpr)]:
        if a > delta:
            answers.append((a - delta) / b if b else math.inf)
    return max(answers)


# %% 8e.4 wrong: nothing for no false alarms -> "no epsilon allows that"
def epsilon_shown(tpr, fpr, delta):
    answers = [0.0]
    for a, b in [(tpr, fpr), (1 - fpr, 1 - tpr)]:
        if a > delta and b > 0:
            answers.append(math.log((a - delta) / b))
    return max(answers)


# %% 8e.4 wrong: a tie counts as broken -> "tpr 0.25, fpr 0, delta 0.25: a finite epsilon allows that"
def epsilon_shown(tpr, fpr, delta):
    out = [0.0]
    for a, b in [(tpr, fpr), (1 - fpr, 1 - tpr)]:
        if a >= delta:
            out.append(math.inf if b == 0 else math.log(max(a - delta, 1e-300) / b))
    return max(out)


# %% 8e.4 wrong: no false alarms is always infinite -> "tpr 0.005, fpr 0, delta 0.01: a finite epsilon allows that"
def epsilon_shown(tpr, fpr, delta):
    if fpr == 0 or tpr == 1:
        return math.inf
    return max([0.0] + [math.log((a - delta) / b) for a, b in [(tpr, fpr), (1 - fpr, 1 - tpr)] if a > delta])


# %% 8e.4 wrong: no misses are forgotten -> "tpr 1, fpr 0.9, delta 0: no epsilon allows that"
def epsilon_shown(tpr, fpr, delta):
    out = [0.0]
    if tpr > delta:
        out.append(math.log((tpr - delta) / fpr) if fpr else math.inf)
    if 1 - fpr > delta and tpr < 1:
        out.append(math.log((1 - fpr - delta) / (1 - tpr)))
    return max(out)


# %% 8e.4 wrong: delta in the first line only -> "delta is left out"
def epsilon_shown(tpr, fpr, delta):
    out = [0.0]
    for a, b, d in [(tpr, fpr, delta), (1 - fpr, 1 - tpr, 0)]:
        if a > d:
            out.append(math.log((a - d) / b) if b else math.inf)
    return max(out)


# %% 8e.4 wrong: base 2 -> "to base 2"
def epsilon_shown(tpr, fpr, delta):
    out = [0.0]
    for a, b in [(tpr, fpr), (1 - fpr, 1 - tpr)]:
        if a > delta:
            out.append(math.log2((a - delta) / b) if b else math.inf)
    return max(out)


# %% 8e.4 wrong: below 0 -> "epsilon is never below 0"
def epsilon_shown(tpr, fpr, delta):
    out = []
    for a, b in [(tpr, fpr), (1 - fpr, 1 - tpr)]:
        out.append(-math.inf if a <= delta else math.log((a - delta) / b) if b else math.inf)
    return max(out)


# %% 8e.4 wrong: only misses -> "only the second line is kept"
def epsilon_shown(tpr, fpr, delta):
    return (
        0.0 if 1 - fpr <= delta else math.inf if tpr == 1 else max(0, math.log((1 - fpr - delta) / (1 - tpr)))
    )


# %% 8e.4 wrong: None for infinity -> "no epsilon allows that"
def epsilon_shown(tpr, fpr, delta):
    out = [0.0]
    for a, b in [(tpr, fpr), (1 - fpr, 1 - tpr)]:
        if a > delta:
            if not b:
                return None
            out.append(math.log((a - delta) / b))
    return max(out)


# %% 8e.5 right: one client after the other
def messages_of(values, pads, modulus):
    out = []
    for i in range(len(values)):
        row = values[i].copy()
        for j in range(len(values)):
            if i < j:
                row = row + pads[i][j]
            elif j < i:
                row = row - pads[j][i]
        out.append(row % modulus)
    return np.array(out)


# %% 8e.5 right: the upper triangle at once
def messages_of(values, pads, modulus):
    upper = np.triu(np.ones((len(values),) * 2, dtype=int), 1)[:, :, None] * pads
    return (values + upper.sum(axis=1) - upper.sum(axis=0)) % modulus


# %% 8e.5 right: lists
def messages_of(values, pads, modulus):
    rows = [[int(v) for v in row] for row in values]
    for i in range(len(rows)):
        for j in range(i + 1, len(rows)):
            for p in range(len(rows[i])):
                rows[i][p] += int(pads[i][j][p])
                rows[j][p] -= int(pads[i][j][p])
    return [[v % modulus for v in row] for row in rows]


# %% 8e.5 right: list of tensors
def messages_of(values, pads, modulus):
    n = len(values)
    return [
        torch.as_tensor(
            (values[i] + sum(pads[i, j] for j in range(i + 1, n)) - sum(pads[j, i] for j in range(i)))
            % modulus
        )
        for i in range(n)
    ]


# %% 8e.5 right: signs, as floats
def messages_of(values, pads, modulus):
    n = len(values)
    s = np.sign(np.arange(n)[None] - np.arange(n)[:, None])
    up = np.where(s[..., None] > 0, pads, 0)
    both = up - up.transpose(1, 0, 2)
    return np.mod(values + both.sum(1), modulus).astype(float)


# %% 8e.5 wrong: the later one adds -> "the sign is turned"
def messages_of(values, pads, modulus):
    upper = np.triu(np.ones((len(values),) * 2, dtype=int), 1)[:, :, None] * pads
    return (values - upper.sum(axis=1) + upper.sum(axis=0)) % modulus


# %% 8e.5 wrong: the lower triangle -> "pads with i > j are rubbish"
def messages_of(values, pads, modulus):
    out = values.copy()
    for i, j in itertools.combinations(range(len(values)), 2):
        out[i] += pads[j][i]
        out[j] -= pads[j][i]
    return out % modulus


# %% 8e.5 wrong: two different pads -> "both of a pair must use the same pads"
def messages_of(values, pads, modulus):
    out = values.copy()
    for i, j in itertools.combinations(range(len(values)), 2):
        out[i] += pads[i][j]
        out[j] -= pads[j][i]
    return out % modulus


# %% 8e.5 wrong: not wrapped -> "numbers lie outside"
def messages_of(values, pads, modulus):
    out = values.copy()
    for i, j in itertools.combinations(range(len(values)), 2):
        out[i] += pads[i][j]
        out[j] -= pads[i][j]
    return out


# %% 8e.5 wrong: no pads -> "where are the pads"
def messages_of(values, pads, modulus):
    return values % modulus


# %% 8e.5 wrong: both add -> "the pads do not cancel"
def messages_of(values, pads, modulus):
    out = values.copy()
    for i, j in itertools.combinations(range(len(values)), 2):
        out[i] += pads[i][j]
        out[j] += pads[i][j]
    return out % modulus


# %% 8e.5 wrong: only neighbours -> "not only neighbours"
def messages_of(values, pads, modulus):
    out = values.copy()
    for i in range(len(values) - 1):
        out[i] += pads[i][i + 1]
        out[i + 1] -= pads[i][i + 1]
    return out % modulus


# %% 8e.5 wrong: overwrites the values -> "changes its input values"
def messages_of(values, pads, modulus):
    for i, j in itertools.combinations(range(len(values)), 2):
        values[i] += pads[i][j]
        values[j] -= pads[i][j]
    return values % modulus


# %% 8e.5 wrong: negative remainders -> "numbers lie outside"
def messages_of(values, pads, modulus):
    out = values.copy()
    for i, j in itertools.combinations(range(len(values)), 2):
        out[i] += pads[i][j]
        out[j] -= pads[i][j]
    return np.fmod(out, modulus)


# %% 8e.5 wrong: modulus less 1 -> "3 clients, modulus 100: expected"
def messages_of(values, pads, modulus):
    out = values.copy()
    for i, j in itertools.combinations(range(len(values)), 2):
        out[i] += pads[i][j]
        out[j] -= pads[i][j]
    return out % (modulus - 1)


# %% 8e.5 wrong: only pads -> "where are the values"
def messages_of(values, pads, modulus):
    out = 0 * values
    for i, j in itertools.combinations(range(len(values)), 2):
        out[i] += pads[i][j]
        out[j] -= pads[i][j]
    return out % modulus


# %% 8e.5 wrong: in 32 bits -> "the pads do not cancel"
def messages_of(values, pads, modulus):
    out = values.astype(np.float32)
    for i, j in itertools.combinations(range(len(values)), 2):
        out[i] += pads[i][j]
        out[j] -= pads[i][j]
    return out % modulus


# %% 8e.5 wrong: only added -> "the pads do not cancel"
def messages_of(values, pads, modulus):
    out = values.copy()
    for i, j in itertools.combinations(range(len(values)), 2):
        out[i] += pads[i][j]
    return out % modulus


# %% 8e.5 wrong: both halves of the pads -> "2 clients, modulus 16: expected"
def messages_of(values, pads, modulus):
    p = pads + pads.transpose(1, 0, 2)
    out = values.copy()
    for i, j in itertools.combinations(range(len(values)), 2):
        out[i] += p[i][j]
        out[j] -= p[i][j]
    return out % modulus
