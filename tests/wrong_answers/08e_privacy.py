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
