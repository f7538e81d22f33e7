# %% 6f.1 right: an array of floats
looks_of = np.array([100.0, 21.0, 60.0, 136.0])


# %% 6f.1 right: counted one by one
looks_of = (
    sum(1 for _ in range(10) for _ in range(10)),
    sum(t + 1 for t in range(6)),
    6 * 10,
    sum(t + 1 for t in range(16)),
)


# %% 6f.1 wrong: without the diagonal -> "a place sees itself too"
looks_of = [100, 15, 60, 120]


# %% 6f.1 wrong: nothing is causal -> "does not see what comes later"
looks_of = [100, 36, 60, 256]


# %% 6f.1 wrong: a causal encoder -> "the encoder has no causal mask"
looks_of = [55, 21, 60, 136]


# %% 6f.1 wrong: cross-attention as a triangle -> "all of the source is there"
looks_of = [100, 21, 21, 136]


# %% 6f.1 wrong: the decoder alone sees all -> "in (d) the whole text is causal"
looks_of = [100, 21, 60, 256]


# %% 6f.1 wrong: (d) as the sum of the others -> "the source cannot look ahead"
looks_of = [100, 21, 60, 181]


# %% 6f.1 wrong: three numbers -> "expected an array of shape (4,)"
looks_of = [100, 21, 60]


# %% 6f.1 right: 0-d tensors
looks_of = [torch.tensor(100), torch.tensor(21), torch.ones(10, 6).sum(), torch.ones(16, 16).tril().sum()]


# %% 6f.1 right: a tensor of whole numbers
looks_of = torch.tensor([100, 21, 60, 136])


# %% 6f.1 wrong: pairs without order in the encoder and across -> "6f.1"
looks_of = [55, 21, 30, 136]


# %% 6f.1 wrong: the sum of all added -> "expected an array of shape (4,)"
looks_of = [100, 21, 60, 136, 317]


# %% 6f.1 wrong: source and target exchanged -> "the encoder reads the source, the decoder the target"
looks_of = [36, 55, 60, 136]


# %% 6f.1 wrong: START counted as one more -> "6f.1"
looks_of = [100, 28, 70, 153]


# %% 6f.1 wrong: all tokens beside all in (c) -> "the source alone is asked"
looks_of = [100, 21, 256, 136]


# %% 6f.1 wrong: a look back in (c) -> "the source does not ask back"
looks_of = [100, 21, 120, 136]


# %% 6f.2 right: a flat argsort, stable
def beam_step(scores, chances, k):
    total = scores[:, None] + chances
    order = np.argsort(-total, axis=None, kind="stable")[:k]
    return [(total.flat[n], n // total.shape[1], n % total.shape[1]) for n in order]


# %% 6f.2 right: a heap
def beam_step(scores, chances, k):
    import heapq

    race = [(-(s + p), i, t) for i, (s, row) in enumerate(zip(scores, chances)) for t, p in enumerate(row)]
    return [(-s, i, t) for s, i, t in heapq.nsmallest(k, race)]


# %% 6f.2 right: an array of rows
def beam_step(scores, chances, k):
    rows = [[scores[i] + chances[i, t], i, t] for i in range(len(scores)) for t in range(chances.shape[1])]
    return np.array(sorted(rows, key=lambda row: -row[0])[:k])


# %% 6f.2 wrong: the score so far is missing -> "the score of the line so far is missing"
def beam_step(scores, chances, k):
    race = [(float(p), i, t) for i, row in enumerate(chances) for t, p in enumerate(row)]
    return sorted(race, key=lambda e: (-e[0], e[1], e[2]))[:k]


# %% 6f.2 wrong: each line goes on once -> "each line went on once only"
def beam_step(scores, chances, k):
    race = [(scores[i] + row.max(), i, int(row.argmax())) for i, row in enumerate(chances)]
    return sorted(race, key=lambda e: (-e[0], e[1], e[2]))[:k]


# %% 6f.2 wrong: the least likely -> "those are the least likely"
def beam_step(scores, chances, k):
    race = [(scores[i] + p, i, t) for i, row in enumerate(chances) for t, p in enumerate(row)]
    return sorted(race)[:k]


# %% 6f.2 wrong: multiplied -> "logarithms of a product add"
def beam_step(scores, chances, k):
    race = [(scores[i] * p, i, t) for i, row in enumerate(chances) for t, p in enumerate(row)]
    return sorted(race, key=lambda e: (-e[0], e[1], e[2]))[:k]


# %% 6f.2 wrong: token before line -> "line and token have changed places"
def beam_step(scores, chances, k):
    race = [(scores[i] + p, i, t) for i, row in enumerate(chances) for t, p in enumerate(row)]
    return [(s, t, i) for s, i, t in sorted(race, key=lambda e: (-e[0], e[1], e[2]))[:k]]


# %% 6f.2 wrong: worst of the best first -> "the best come first"
def beam_step(scores, chances, k):
    race = [(scores[i] + p, i, t) for i, row in enumerate(chances) for t, p in enumerate(row)]
    return sorted(race, key=lambda e: (-e[0], e[1], e[2]))[:k][::-1]


# %% 6f.2 wrong: probabilities -> "not their logarithms"
def beam_step(scores, chances, k):
    race = [(np.exp(scores[i] + p), i, t) for i, row in enumerate(chances) for t, p in enumerate(row)]
    return sorted(race, key=lambda e: (-e[0], e[1], e[2]))[:k]


# %% 6f.2 wrong: not cut at k -> "not as many as asked for"
def beam_step(scores, chances, k):
    race = [(scores[i] + p, i, t) for i, row in enumerate(chances) for t, p in enumerate(row)]
    return sorted(race, key=lambda e: (-e[0], e[1], e[2]))


# %% 6f.2 wrong: k for each line -> "6f.2"
def beam_step(scores, chances, k):
    return [
        (s + p, i, t) for i, (s, row) in enumerate(zip(scores, chances)) for t, p in list(enumerate(row))[:k]
    ]


# %% 6f.2 wrong: of equal ones the last -> "of equal scores the lower line and the lower token come first"
def beam_step(scores, chances, k):
    race = [(scores[i] + p, i, t) for i, row in enumerate(chances) for t, p in enumerate(row)]
    return sorted(race, reverse=True)[:k]


# %% 6f.2 wrong: scores alone -> "each entry holds a score, a line and a token"
def beam_step(scores, chances, k):
    return sorted((scores[:, None] + chances).ravel().tolist(), reverse=True)[:k]


# %% 6f.2 wrong: scores changed in place -> "changes its input"
def beam_step(scores, chances, k):
    chances += scores[:, None]
    race = [(p, i, t) for i, row in enumerate(chances) for t, p in enumerate(row)]
    return sorted(race, key=lambda e: (-e[0], e[1], e[2]))[:k]


# %% 6f.2 wrong: None -> "expected a list of tuples"
def beam_step(scores, chances, k):
    sorted(scores)


# %% 6f.2 right: every number of Python's own
def beam_step(scores, chances, k):
    scores, chances = scores.tolist(), chances.tolist()
    race = sorted((-s - p, i, t) for i, s in enumerate(scores) for t, p in enumerate(chances[i]))
    return [(-s, i, t) for s, i, t in race][:k]


# %% 6f.2 right: lexsort, and a tuple of lists
def beam_step(scores, chances, k):
    total = (scores[:, None] + chances).ravel()
    line, token = np.divmod(np.arange(total.size), chances.shape[1])
    order = np.lexsort((token, line, -total))[:k]
    return tuple([total[n], line[n], token[n]] for n in order)


# %% 6f.2 right: tensors inside
def beam_step(scores, chances, k):
    total = torch.from_numpy(scores)[:, None] + torch.from_numpy(chances)
    values, order = total.flatten().sort(descending=True, stable=True)
    V = total.shape[1]
    return [(value, n // V, n % V) for value, n in zip(values[:k], order[:k])]


# %% 6f.2 right: one after the other, by recursion
def beam_step(scores, chances, k, taken=()):
    free = [(i, t) for i, t in np.ndindex(*chances.shape) if (i, t) not in taken]
    if k == 0 or not free:
        return []
    i, t = max(free, key=lambda at: scores[at[0]] + chances[at])
    return [(scores[i] + chances[i, t], i, t), *beam_step(scores, chances, k - 1, (*taken, (i, t)))]


# %% 6f.2 wrong: of equal ones the lower token first -> "of equal scores the lower line comes first"
def beam_step(scores, chances, k):
    race = [(scores[i] + p, i, t) for i, row in enumerate(chances) for t, p in enumerate(row)]
    return sorted(race, key=lambda e: (-e[0], e[2], e[1]))[:k]


# %% 6f.2 wrong: of equal ones the last line first, then the lower token -> "of equal scores the lower line comes first"
def beam_step(scores, chances, k):
    race = [(scores[i] + p, i, t) for i, row in enumerate(chances) for t, p in enumerate(row)]
    return sorted(race, key=lambda e: (-e[0], -e[1], e[2]))[:k]


# %% 6f.2 wrong: the chance subtracted -> "6f.2"
def beam_step(scores, chances, k):
    race = [(scores[i] - p, i, t) for i, row in enumerate(chances) for t, p in enumerate(row)]
    return sorted(race, key=lambda e: (-e[0], e[1], e[2]))[:k]


# %% 6f.2 wrong: a mean of the two -> "6f.2"
def beam_step(scores, chances, k):
    race = [((scores[i] + p) / 2, i, t) for i, row in enumerate(chances) for t, p in enumerate(row)]
    return sorted(race, key=lambda e: (-e[0], e[1], e[2]))[:k]


# %% 6f.2 wrong: the lesson's beam for k -> "not as many as asked for"
def beam_step(scores, chances, k, beam=4):
    race = [(scores[i] + p, i, t) for i, row in enumerate(chances) for t, p in enumerate(row)]
    return sorted(race, key=lambda e: (-e[0], e[1], e[2]))[:beam]


# %% 6f.2 wrong: only the best line goes on -> "6f.2"
def beam_step(scores, chances, k):
    i = int(np.argmax(scores))
    race = [(scores[i] + p, i, t) for t, p in enumerate(chances[i])]
    return sorted(race, key=lambda e: (-e[0], e[1], e[2]))[:k]


# %% 6f.2 wrong: the scores' axis mistaken -> "6f.2"
def beam_step(scores, chances, k):
    race = [
        (scores[i % len(scores)] + p, i % len(scores), i // len(scores)) for i, p in enumerate(chances.flat)
    ]
    return sorted(race, key=lambda e: (-e[0], e[1], e[2]))[:k]


# %% 6f.2 wrong: END is not carried on, as if it were a mark here -> "6f.2"
def beam_step(scores, chances, k):
    race = [(scores[i] + p, i, t) for i, row in enumerate(chances) for t, p in enumerate(row) if t != 2]
    return sorted(race, key=lambda e: (-e[0], e[1], e[2]))[:k]


# %% 6f.2 wrong: the number among all instead of line and token -> "each entry holds a score, a line and a token"
def beam_step(scores, chances, k):
    total = (scores[:, None] + chances).ravel()
    return [(total[n], n) for n in np.argsort(-total, kind="stable")[:k]]


# %% 6f.2 wrong: counted from one -> "lines and tokens are counted from 0"
def beam_step(scores, chances, k):
    race = [(scores[i] + p, i + 1, t + 1) for i, row in enumerate(chances) for t, p in enumerate(row)]
    return sorted(race, key=lambda e: (-e[0], e[1], e[2]))[:k]


# %% 6f.2 wrong: all chosen by the chance alone, then the score added -> "6f.2"
def beam_step(scores, chances, k):
    race = [(p, i, t) for i, row in enumerate(chances) for t, p in enumerate(row)]
    return [(scores[i] + p, i, t) for p, i, t in sorted(race, key=lambda e: (-e[0], e[1], e[2]))[:k]]


# %% 6f.3 right: three digits
bleu_parts = (0.75, 0.333, 0.779)


# %% 6f.3 right: an array
bleu_parts = np.array([3 / 4, 1 / 3, np.exp(-0.25)])


# %% 6f.3 wrong: not clipped -> "a word counts at most as often"
bleu_parts = [1, 1 / 3, math.exp(-0.25)]


# %% 6f.3 wrong: recall -> "divide by what the hypothesis has"
bleu_parts = [3 / 5, 1 / 4, math.exp(-0.25)]


# %% 6f.3 wrong: no penalty -> "a short hypothesis is punished"
bleu_parts = [3 / 4, 1 / 3, 1]


# %% 6f.3 wrong: the ratio itself -> "the penalty is a power of e"
bleu_parts = [3 / 4, 1 / 3, 4 / 5]


# %% 6f.3 wrong: h over r -> "changed places in the penalty"
bleu_parts = [3 / 4, 1 / 3, math.exp(1 - 4 / 5)]


# %% 6f.3 wrong: kinds of pairs -> "count how often each pair stands"
bleu_parts = [3 / 4, 1 / 2, math.exp(-0.25)]


# %% 6f.3 wrong: four pairs -> "there are fewer pairs than words"
bleu_parts = [3 / 4, 1 / 4, math.exp(-0.25)]


# %% 6f.3 wrong: only one number -> "expected an array of shape (3,)"
bleu_parts = 0.75


# %% 6f.3 right: fractions and a power
import fractions

bleu_parts = [fractions.Fraction(3, 4), fractions.Fraction(1, 3), math.e**-0.25]


# %% 6f.3 right: a tensor
bleu_parts = torch.tensor([0.75, 1 / 3, math.exp(-0.25)])


# %% 6f.3 right: counted with the lesson's own cells
h, r = "nine nine nine hundred".split(), "nine hundred nine thousand two".split()
bleu_parts = [(grams(h, n) & grams(r, n)).total() / grams(h, n).total() for n in (1, 2)]
bleu_parts += [math.exp(1 - len(r) / len(h))]


# %% 6f.3 wrong: percent -> "shares, not percent"
bleu_parts = [75, 100 / 3, 100 * math.exp(-0.25)]


# %% 6f.3 wrong: the two shares in percent -> "shares, not percent"
bleu_parts = [75, 33.3, 0.779]


# %% 6f.3 wrong: hits instead of shares -> "6f.3"
bleu_parts = [3, 1, math.exp(-0.25)]


# %% 6f.3 wrong: a power of two digits -> "6f.3"
bleu_parts = [0.75, 0.33, 0.78]


# %% 6f.3 wrong: the penalty without the one -> "6f.3"
bleu_parts = [3 / 4, 1 / 3, math.exp(-5 / 4)]


# %% 6f.3 wrong: the sign of the exponent -> "a penalty is never above 1"
bleu_parts = [3 / 4, 1 / 3, math.exp(1 / 4)]


# %% 6f.3 wrong: clipped at one -> "as often as the reference has it"
bleu_parts = [2 / 4, 1 / 3, math.exp(-0.25)]


# %% 6f.3 wrong: kinds over kinds, all of them in the reference -> "each kind of word and pair was counted once"
bleu_parts = [1.0, 0.5, math.exp(-0.25)]


# %% 6f.3 wrong: the shares and the score at the end -> "expected an array of shape (3,)"
bleu_parts = [0.75, 1 / 3, math.exp(-0.25), 0.39]


# %% 6f.4 right: loops without Counter
def chrf(hypothesis, reference):
    h, r = hypothesis.replace(" ", ""), reference.replace(" ", "")
    precisions, recalls = [], []
    for n in range(1, 7):
        ours = [h[i : i + n] for i in range(len(h) - n + 1)]
        theirs = [r[i : i + n] for i in range(len(r) - n + 1)]
        if ours and theirs:
            left, hits = list(theirs), 0
            for gram in ours:
                if gram in left:
                    left.remove(gram)
                    hits += 1
            precisions.append(hits / len(ours))
            recalls.append(hits / len(theirs))
    if not sum(precisions):
        return 0
    p, r = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    return 100 * 5 * p * r / (4 * p + r)


# %% 6f.4 right: the library
def chrf(hypothesis, reference):
    return CHRF().sentence_score(hypothesis, [reference]).score


# %% 6f.4 right: as a weighted harmonic mean
def chrf(hypothesis, reference):
    h, r = ["".join(text.split()) for text in (hypothesis, reference)]
    sides = [[], []]
    for n in range(1, 1 + min(6, len(h), len(r))):
        a, b = grams(h, n), grams(r, n)
        hits = sum(min(a[g], b[g]) for g in a)
        sides[0].append(hits / sum(a.values()))
        sides[1].append(hits / sum(b.values()))
    if not any(sides[0]):
        return 0.0
    return 100 / (0.2 / np.mean(sides[0]) + 0.8 / np.mean(sides[1]))


# %% 6f.4 wrong: blanks kept -> "blanks are left out"
def chrf(h, r):
    both = [(grams(h, n), grams(r, n)) for n in range(1, 1 + min(6, len(h), len(r)))]
    P = sum((a & b).total() / a.total() for a, b in both) / max(1, len(both))
    R = sum((a & b).total() / b.total() for a, b in both) / max(1, len(both))
    return 500 * P * R / (4 * P + R) if P else 0.0


# %% 6f.4 wrong: F1 -> "recall counts more than precision"
def chrf(hypothesis, reference):
    h, r = "".join(hypothesis.split()), "".join(reference.split())
    both = [(grams(h, n), grams(r, n)) for n in range(1, 1 + min(6, len(h), len(r)))]
    P = sum((a & b).total() / a.total() for a, b in both) / max(1, len(both))
    R = sum((a & b).total() / b.total() for a, b in both) / max(1, len(both))
    return 200 * P * R / (P + R) if P else 0.0


# %% 6f.4 wrong: precision and recall swapped -> "precision and recall have changed places"
def chrf(hypothesis, reference):
    return CHRF().sentence_score(reference, [hypothesis]).score


# %% 6f.4 wrong: not clipped -> "at most as often as the other text has it"
def chrf(hypothesis, reference):
    h, r = "".join(hypothesis.split()), "".join(reference.split())
    both = [(grams(h, n), grams(r, n)) for n in range(1, 1 + min(6, len(h), len(r)))]
    hits = [sum(a[g] for g in a if g in b) for a, b in both]
    P = sum(m / a.total() for m, (a, b) in zip(hits, both)) / max(1, len(both))
    R = sum(m / b.total() for m, (a, b) in zip(hits, both)) / max(1, len(both))
    return 500 * P * R / (4 * P + R) if P else 0.0


# %% 6f.4 wrong: n to 4 -> "n goes up to 6"
def chrf(hypothesis, reference):
    return CHRF(char_order=4).sentence_score(hypothesis, [reference]).score


# %% 6f.4 wrong: one F for each order -> "then take one F"
def chrf(hypothesis, reference):
    h, r = "".join(hypothesis.split()), "".join(reference.split())
    found = []
    for n in range(1, 1 + min(6, len(h), len(r))):
        a, b = grams(h, n), grams(r, n)
        p, q = (a & b).total() / a.total(), (a & b).total() / b.total()
        found.append(500 * p * q / (4 * p + q) if p else 0.0)
    return sum(found) / max(1, len(found))


# %% 6f.4 wrong: all six orders in the average -> "does not have are left out"
def chrf(hypothesis, reference):
    h, r = "".join(hypothesis.split()), "".join(reference.split())
    both = [(grams(h, n), grams(r, n)) for n in range(1, 1 + min(6, len(h), len(r)))]
    P = sum((a & b).total() / a.total() for a, b in both) / 6
    R = sum((a & b).total() / b.total() for a, b in both) / 6
    return 500 * P * R / (4 * P + R) if P else 0.0


# %% 6f.4 wrong: a share -> "in percent"
def chrf(hypothesis, reference):
    return CHRF().sentence_score(hypothesis, [reference]).score / 100


# %% 6f.4 wrong: only the ends are stripped -> "6f.4"
def chrf(hypothesis, reference):
    return CHRF(whitespace=True).sentence_score(hypothesis.strip(), [reference.strip()]).score


# %% 6f.4 wrong: division by zero -> "your code raised ZeroDivisionError"
def chrf(hypothesis, reference):
    h, r = "".join(hypothesis.split()), "".join(reference.split())
    both = [(grams(h, n), grams(r, n)) for n in range(1, 1 + min(6, len(h), len(r)))]
    P = sum((a & b).total() / a.total() for a, b in both) / len(both)
    R = sum((a & b).total() / b.total() for a, b in both) / len(both)
    return 500 * P * R / (4 * P + R)


# %% 6f.4 right: a recursion over the orders
def chrf(hypothesis, reference):
    h, r = "".join(hypothesis.split()), "".join(reference.split())

    def orders(n):
        a, b = grams(h, n), grams(r, n)
        if n > 6 or not a or not b:
            return []
        return [((a & b).total() / a.total(), (a & b).total() / b.total()), *orders(n + 1)]

    P, R = np.array(orders(1) or [(0.0, 0.0)]).mean(axis=0)
    return torch.tensor(500 * P * R / (4 * P + R) if P else 0.0)


# %% 6f.4 right: sums instead of means, of the same orders
def chrf(hypothesis, reference):
    h, r = hypothesis.replace(" ", ""), reference.replace(" ", "")
    P = R = count = 0
    for n in range(1, 7):
        a, b = grams(h, n), grams(r, n)
        if a and b:
            P, R, count = P + (a & b).total() / a.total(), R + (a & b).total() / b.total(), count + 1
    return 100 * 5 * P * R / (4 * P + R) / count if P else 0


# %% 6f.4 wrong: n to 5 -> "n goes up to 6"
def chrf(hypothesis, reference):
    return CHRF(char_order=5).sentence_score(hypothesis, [reference]).score


# %% 6f.4 wrong: beta not squared -> "β enters the formula squared"
def chrf(hypothesis, reference):
    h, r = "".join(hypothesis.split()), "".join(reference.split())
    both = [(grams(h, n), grams(r, n)) for n in range(1, 1 + min(6, len(h), len(r)))]
    P = sum((a & b).total() / a.total() for a, b in both) / max(1, len(both))
    R = sum((a & b).total() / b.total() for a, b in both) / max(1, len(both))
    return 300 * P * R / (2 * P + R) if P else 0.0


# %% 6f.4 wrong: kinds of n-grams -> "count how often each n-gram stands"
def chrf(hypothesis, reference):
    h, r = "".join(hypothesis.split()), "".join(reference.split())
    both = [(set(grams(h, n)), set(grams(r, n))) for n in range(1, 1 + min(6, len(h), len(r)))]
    P = sum(len(a & b) / len(a) for a, b in both) / max(1, len(both))
    R = sum(len(a & b) / len(b) for a, b in both) / max(1, len(both))
    return 500 * P * R / (4 * P + R) if P else 0.0


# %% 6f.4 wrong: all orders in one pot -> "each order has the same say"
def chrf(hypothesis, reference):
    h, r = "".join(hypothesis.split()), "".join(reference.split())
    both = [(grams(h, n), grams(r, n)) for n in range(1, 1 + min(6, len(h), len(r)))]
    hits = sum((a & b).total() for a, b in both)
    P, R = hits / max(1, sum(a.total() for a, _ in both)), hits / max(1, sum(b.total() for _, b in both))
    return 500 * P * R / (4 * P + R) if P else 0.0


# %% 6f.4 wrong: words -> "6f.4"
def chrf(hypothesis, reference):
    h, r = hypothesis.split(), reference.split()
    both = [(grams(h, n), grams(r, n)) for n in range(1, 1 + min(6, len(h), len(r)))]
    P = sum((a & b).total() / a.total() for a, b in both) / max(1, len(both))
    R = sum((a & b).total() / b.total() for a, b in both) / max(1, len(both))
    return 500 * P * R / (4 * P + R) if P else 0.0


# %% 6f.4 wrong: words added, as in chrF++ -> "6f.4"
def chrf(hypothesis, reference):
    return CHRF(word_order=2).sentence_score(hypothesis, [reference]).score


# %% 6f.4 wrong: BLEU's penalty, too -> "6f.4"
def chrf(hypothesis, reference):
    score = CHRF().sentence_score(hypothesis, [reference]).score
    return score * min(1, math.exp(1 - len(reference) / max(1, len(hypothesis))))


# %% 6f.4 wrong: a geometric mean over n -> "6f.4"
def chrf(hypothesis, reference):
    h, r = "".join(hypothesis.split()), "".join(reference.split())
    both = [(grams(h, n), grams(r, n)) for n in range(1, 1 + min(6, len(h), len(r)))]
    P = math.prod((a & b).total() / a.total() for a, b in both) ** (1 / max(1, len(both)))
    R = math.prod((a & b).total() / b.total() for a, b in both) ** (1 / max(1, len(both)))
    return 500 * P * R / (4 * P + R) if P else 0.0


# %% 6f.4 wrong: None where nothing is shared -> "6f.4"
def chrf(hypothesis, reference):
    return CHRF().sentence_score(hypothesis, [reference]).score or None


# %% 6f.4 wrong: capitals are folded -> "a capital is another character"
def chrf(hypothesis, reference):
    return CHRF().sentence_score(hypothesis.lower(), [reference.lower()]).score


# %% 6f.4 wrong: signs are left out -> "signs are characters"
def chrf(hypothesis, reference):
    h, r = ("".join(c for c in text if c.isalnum() or c == " ") for text in (hypothesis, reference))
    return CHRF().sentence_score(h, [r]).score


# %% 6f.5 right: loops
def cheapest_policy(wrong, flagged, damage, clerk):
    n, missed, bad, looked = len(wrong), 0, 0, 0
    for w, f in zip(wrong, flagged):
        bad += w
        looked += f
        missed += w and not f
    best = ("check all", clerk)
    for name, cost in (
        ("check flagged", clerk * looked / n + damage * stats.wilson(missed, n)[1]),
        ("send all", damage * stats.wilson(bad, n)[1]),
    ):
        if cost < best[1]:
            best = (name, cost)
    return best


# %% 6f.5 right: a list, sorted
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f = np.array(wrong), np.array(flagged)
    n = len(w)
    costs = [
        (clerk, 0, "check all"),
        (clerk * f.mean() + damage * stats.wilson((w & ~f).sum(), n)[1], 1, "check flagged"),
        (damage * stats.wilson(w.sum(), n)[1], 2, "send all"),
    ]
    cost, _, name = sorted(costs)[0]
    return [name, cost]


# %% 6f.5 wrong: no interval -> "the interval is missing"
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f = np.array(wrong), np.array(flagged)
    costs = {
        "check all": clerk,
        "check flagged": clerk * f.mean() + damage * (w & ~f).mean(),
        "send all": damage * w.mean(),
    }
    return min(costs.items(), key=lambda e: e[1])


# %% 6f.5 wrong: among the unflagged -> "take the share among all n invoices"
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f = np.array(wrong), np.array(flagged)
    costs = {
        "check all": clerk,
        "check flagged": clerk * f.mean() + damage * stats.wilson((w & ~f).sum(), max(1, (~f).sum()))[1],
        "send all": damage * stats.wilson(w.sum(), len(w))[1],
    }
    return min(costs.items(), key=lambda e: e[1])


# %% 6f.5 wrong: the clerk is free -> "the clerk's time for the flagged ones is missing"
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f = np.array(wrong), np.array(flagged)
    costs = {
        "check all": clerk,
        "check flagged": damage * stats.wilson((w & ~f).sum(), len(w))[1],
        "send all": damage * stats.wilson(w.sum(), len(w))[1],
    }
    return min(costs.items(), key=lambda e: e[1])


# %% 6f.5 wrong: the lower end -> "that is the lower end"
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f = np.array(wrong), np.array(flagged)
    costs = {
        "check all": clerk,
        "check flagged": clerk * f.mean() + damage * stats.wilson((w & ~f).sum(), len(w))[0],
        "send all": damage * stats.wilson(w.sum(), len(w))[0],
    }
    return min(costs.items(), key=lambda e: e[1])


# %% 6f.5 wrong: a bound for the flagged ones, too -> "taken as it is"
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f = np.array(wrong), np.array(flagged)
    n = len(w)
    costs = {
        "check all": clerk,
        "check flagged": clerk * stats.wilson(f.sum(), n)[1] + damage * stats.wilson((w & ~f).sum(), n)[1],
        "send all": damage * stats.wilson(w.sum(), n)[1],
    }
    return min(costs.items(), key=lambda e: e[1])


# %% 6f.5 wrong: of equals the less careful -> "the one with more checking is wanted"
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f = np.array(wrong), np.array(flagged)
    costs = {
        "send all": damage * stats.wilson(w.sum(), len(w))[1],
        "check flagged": clerk * f.mean() + damage * stats.wilson((w & ~f).sum(), len(w))[1],
        "check all": clerk,
    }
    return min(costs.items(), key=lambda e: e[1])


# %% 6f.5 wrong: the total -> "of all invoices together"
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f = np.array(wrong), np.array(flagged)
    n = len(w)
    costs = {
        "check all": n * clerk,
        "check flagged": clerk * f.sum() + n * damage * stats.wilson((w & ~f).sum(), n)[1],
        "send all": n * damage * stats.wilson(w.sum(), n)[1],
    }
    return min(costs.items(), key=lambda e: e[1])


# %% 6f.5 wrong: flagged and wrong cost, too -> "6f.5"
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f = np.array(wrong), np.array(flagged)
    n = len(w)
    costs = {
        "check all": clerk,
        "check flagged": clerk * f.mean() + damage * stats.wilson(w.sum(), n)[1],
        "send all": damage * stats.wilson(w.sum(), n)[1],
    }
    return min(costs.items(), key=lambda e: e[1])


# %% 6f.5 wrong: always careful -> "the policy with the lowest cost is wanted"
def cheapest_policy(wrong, flagged, damage, clerk):
    return "check all", clerk


# %% 6f.5 wrong: the name alone -> "expected a name and a cost"
def cheapest_policy(wrong, flagged, damage, clerk):
    return "check flagged"


# %% 6f.5 wrong: another name -> "is none of the three policies"
def cheapest_policy(wrong, flagged, damage, clerk):
    return "check_all", clerk


# %% 6f.5 right: the quadratic's root, by hand
def cheapest_policy(wrong, flagged, damage, clerk):
    n = len(wrong)

    def upper(hits):
        z2, p = 1.959963984540054**2, hits / n
        return (p + z2 / (2 * n) + math.sqrt(z2 * (p * (1 - p) + z2 / (4 * n)) / n)) / (1 + z2 / n)

    missed = sum(w and not f for w, f in zip(wrong, flagged))
    costs = {"send all": damage * upper(sum(wrong))}
    costs["check flagged"] = clerk * sum(flagged) / n + damage * upper(missed)
    costs["check all"] = clerk
    return min(reversed(costs.items()), key=lambda entry: entry[1])


# %% 6f.5 right: tensors, and a name of NumPy's
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f, n = torch.tensor(wrong), torch.tensor(flagged), len(wrong)
    outs = [torch.zeros(n, dtype=torch.bool), w & ~f, w]
    looks = [1.0, f.double().mean(), 0.0]
    bound = [0.0, *(stats.wilson(int(out.sum()), n)[1] for out in outs[1:])]
    costs = torch.tensor([clerk * look + damage * b for look, b in zip(looks, bound)], dtype=torch.double)
    best = min(range(3), key=lambda i: costs[i])
    return np.array(["check all", "check flagged", "send all"])[best], costs[best]


# %% 6f.5 wrong: a bound where nothing goes out -> "nothing needs a bound"
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f, n = np.array(wrong), np.array(flagged), len(wrong)
    costs = {
        "check all": clerk + damage * stats.wilson(0, n)[1],
        "check flagged": clerk * f.mean() + damage * stats.wilson((w & ~f).sum(), n)[1],
        "send all": damage * stats.wilson(w.sum(), n)[1],
    }
    return min(costs.items(), key=lambda e: e[1])


# %% 6f.5 wrong: the share of the unflagged, weighted -> "take the share among all n invoices"
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f, n = np.array(wrong), np.array(flagged), len(wrong)
    out = (~f).mean() * stats.wilson((w & ~f).sum(), (~f).sum())[1]
    costs = {
        "check all": clerk,
        "check flagged": clerk * f.mean() + damage * out,
        "send all": damage * stats.wilson(w.sum(), n)[1],
    }
    return min(costs.items(), key=lambda e: e[1])


# %% 6f.5 wrong: right ones that are not flagged cost -> "6f.5"
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f, n = np.array(wrong), np.array(flagged), len(wrong)
    costs = {
        "check all": clerk,
        "check flagged": clerk * f.mean() + damage * stats.wilson((~w & ~f).sum(), n)[1],
        "send all": damage * stats.wilson(w.sum(), n)[1],
    }
    return min(costs.items(), key=lambda e: e[1])


# %% 6f.5 wrong: the clerk looks at those that are not flagged -> "6f.5"
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f, n = np.array(wrong), np.array(flagged), len(wrong)
    costs = {
        "check all": clerk,
        "check flagged": clerk * (~f).mean() + damage * stats.wilson((w & ~f).sum(), n)[1],
        "send all": damage * stats.wilson(w.sum(), n)[1],
    }
    return min(costs.items(), key=lambda e: e[1])


# %% 6f.5 wrong: all wrong ones that are flagged go out -> "6f.5"
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f, n = np.array(wrong), np.array(flagged), len(wrong)
    costs = {
        "check all": clerk,
        "check flagged": clerk * f.mean() + damage * stats.wilson((w & f).sum(), n)[1],
        "send all": damage * stats.wilson(w.sum(), n)[1],
    }
    return min(costs.items(), key=lambda e: e[1])


# %% 6f.5 wrong: another interval -> "6f.5"
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f, n = np.array(wrong), np.array(flagged), len(wrong)
    costs = {
        "check all": clerk,
        "check flagged": clerk * f.mean() + damage * stats.clopper_pearson(int((w & ~f).sum()), n)[1],
        "send all": damage * stats.clopper_pearson(int(w.sum()), n)[1],
    }
    return min(costs.items(), key=lambda e: e[1])


# %% 6f.5 wrong: the dearest -> "the policy with the lowest cost is wanted"
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f, n = np.array(wrong), np.array(flagged), len(wrong)
    costs = {
        "check all": clerk,
        "check flagged": clerk * f.mean() + damage * stats.wilson((w & ~f).sum(), n)[1],
        "send all": damage * stats.wilson(w.sum(), n)[1],
    }
    return max(costs.items(), key=lambda e: e[1])


# %% 6f.5 wrong: the middle policy is forgotten -> "the policy with the lowest cost is wanted"
def cheapest_policy(wrong, flagged, damage, clerk):
    costs = {"check all": clerk, "send all": damage * stats.wilson(sum(wrong), len(wrong))[1]}
    return min(costs.items(), key=lambda e: e[1])


# %% 6f.5 wrong: cost first -> "is none of the three policies"
def cheapest_policy(wrong, flagged, damage, clerk):
    return clerk, "check all"


# %% 6f.5 wrong: all costs -> "expected a name and a cost"
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f, n = np.array(wrong), np.array(flagged), len(wrong)
    return {
        "check all": clerk,
        "check flagged": clerk * f.mean() + damage * stats.wilson((w & ~f).sum(), n)[1],
        "send all": damage * stats.wilson(w.sum(), n)[1],
    }


# %% 6f.5 wrong: the lists are changed -> "changes its input"
def cheapest_policy(wrong, flagged, damage, clerk):
    n, bad = len(wrong), sum(wrong)
    for i in range(n):
        wrong[i] = wrong[i] and not flagged[i]
    costs = {
        "check all": clerk,
        "check flagged": clerk * sum(flagged) / n + damage * stats.wilson(sum(wrong), n)[1],
        "send all": damage * stats.wilson(bad, n)[1],
    }
    return min(costs.items(), key=lambda e: e[1])


# %% 6f.5 wrong: of equals the middle one -> "the one with more checking is wanted"
def cheapest_policy(wrong, flagged, damage, clerk):
    w, f, n = np.array(wrong), np.array(flagged), len(wrong)
    costs = {
        "check flagged": clerk * f.mean() + damage * stats.wilson((w & ~f).sum(), n)[1],
        "send all": damage * stats.wilson(w.sum(), n)[1],
        "check all": clerk,
    }
    return min(costs.items(), key=lambda e: e[1])


# %% 6f.5 right: the interval by hand, with z = 1.96
def cheapest_policy(wrong, flagged, damage, clerk):
    n, z = len(wrong), 1.96

    def upper(hits):
        p = hits / n
        return (p + z * z / (2 * n) + z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)

    missed = sum(w and not f for w, f in zip(wrong, flagged))
    costs = {"check all": clerk, "check flagged": clerk * sum(flagged) / n + damage * upper(missed)}
    costs["send all"] = damage * upper(sum(wrong))
    return min(costs.items(), key=lambda entry: entry[1])


# %% 6f.5 wrong: z = 2 -> "cost per invoice: expected"
def cheapest_policy(wrong, flagged, damage, clerk):
    n, z = len(wrong), 2.0

    def upper(hits):
        p = hits / n
        return (p + z * z / (2 * n) + z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)

    missed = sum(w and not f for w, f in zip(wrong, flagged))
    costs = {"check all": clerk, "check flagged": clerk * sum(flagged) / n + damage * upper(missed)}
    costs["send all"] = damage * upper(sum(wrong))
    return min(costs.items(), key=lambda entry: entry[1])


# %% 6f.5 wrong: 95 % below the upper end -> "leaves 2.5 % above"
def cheapest_policy(wrong, flagged, damage, clerk):
    n, z = len(wrong), 1.645

    def upper(hits):
        p = hits / n
        return (p + z * z / (2 * n) + z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)

    missed = sum(w and not f for w, f in zip(wrong, flagged))
    costs = {"check all": clerk, "check flagged": clerk * sum(flagged) / n + damage * upper(missed)}
    costs["send all"] = damage * upper(sum(wrong))
    return min(costs.items(), key=lambda entry: entry[1])


# %% 6f.4 right: the harmonic form
import numpy as np
from collections import Counter
def chrf(hypothesis, reference):
    h, r = (s.replace(" ", "") for s in (hypothesis, reference))
    def g(s, n):
        return Counter(map("".join, zip(*(s[i:] for i in range(n)))))
    pairs = [((g(h, n) & g(r, n)).total(), g(h, n).total(), g(r, n).total()) for n in range(1, 7) if g(h, n) and g(r, n)]
    if not any(x for x, _, _ in pairs):
        return 0.0
    p, q = np.mean([x / a for x, a, _ in pairs]), np.mean([x / b for x, _, b in pairs])
    return 100 / (0.2 / p + 0.8 / q)
