# %% 6j.1 right: in NumPy, taken boxes marked
def soft_scores(boxes, scores, sigma):
    now, open_ = np.array(scores, dtype=float), np.ones(len(scores), dtype=bool)
    for _ in range(len(scores)):
        best = int(np.argmax(np.where(open_, now, -1.0)))
        open_[best] = False
        for n in np.flatnonzero(open_):
            now[n] *= np.exp(-(overlap(boxes[best], boxes[n]) ** 2) / sigma)
    return now


# %% 6j.1 right: recursion on pairs
def soft_scores(boxes, scores, sigma):
    def rest(left):
        if not left:
            return {}
        score, place = max(((s, -n) for n, s in left.items()), default=None)
        best = -place
        lowered = {
            n: s * math.exp(-(overlap(boxes[best], boxes[n]) ** 2) / sigma)
            for n, s in left.items()
            if n != best
        }
        return {best: score} | rest(lowered)

    found = rest(dict(enumerate(scores)))
    return tuple(found[n] for n in range(len(scores)))


# %% 6j.1 right: as a tensor
def soft_scores(boxes, scores, sigma):
    now, taken = torch.tensor(scores, dtype=torch.double), set()
    while len(taken) < len(scores):
        best = max((n for n in range(len(scores)) if n not in taken), key=lambda n: float(now[n]))
        taken.add(best)
        for n in range(len(scores)):
            if n not in taken:
                now[n] = now[n] * math.exp(-(overlap(boxes[best], boxes[n]) ** 2) / sigma)
    return now


# %% 6j.1 wrong: sorted once at the start -> "as they stand now"
def soft_scores(boxes, scores, sigma):
    now = list(scores)
    order = sorted(range(len(now)), key=lambda n: -scores[n])
    for i, best in enumerate(order):
        for n in order[i + 1 :]:
            now[n] *= math.exp(-(overlap(boxes[best], boxes[n]) ** 2) / sigma)
    return now


# %% 6j.1 wrong: taken boxes go on falling -> "a box that was taken keeps its score"
def soft_scores(boxes, scores, sigma):
    now, left = list(scores), list(range(len(scores)))
    while left:
        best = max(left, key=lambda n: now[n])
        left.remove(best)
        for n in range(len(now)):
            if n != best:
                now[n] *= math.exp(-(overlap(boxes[best], boxes[n]) ** 2) / sigma)
    return now


# %% 6j.1 wrong: no square -> "to be squared"
def soft_scores(boxes, scores, sigma):
    now, left = list(scores), list(range(len(scores)))
    while left:
        best = max(left, key=lambda n: now[n])
        left.remove(best)
        for n in left:
            now[n] *= math.exp(-overlap(boxes[best], boxes[n]) / sigma)
    return now


# %% 6j.1 wrong: the linear form -> "linear form"
def soft_scores(boxes, scores, sigma):
    now, left = list(scores), list(range(len(scores)))
    while left:
        best = max(left, key=lambda n: now[n])
        left.remove(best)
        for n in left:
            now[n] *= 1 - overlap(boxes[best], boxes[n])
    return now


# %% 6j.1 wrong: two sigma squared, as in a density -> "sigma stands below"
def soft_scores(boxes, scores, sigma):
    now, left = list(scores), list(range(len(scores)))
    while left:
        best = max(left, key=lambda n: now[n])
        left.remove(best)
        for n in left:
            now[n] *= math.exp(-(overlap(boxes[best], boxes[n]) ** 2) / (2 * sigma**2))
    return now


# %% 6j.1 wrong: from the first scores each time -> "lowered anew in every round"
def soft_scores(boxes, scores, sigma):
    now, left = list(scores), list(range(len(scores)))
    while left:
        best = max(left, key=lambda n: now[n])
        left.remove(best)
        for n in left:
            now[n] = min(now[n], scores[n] * math.exp(-(overlap(boxes[best], boxes[n]) ** 2) / sigma))
    return now


# %% 6j.1 wrong: hard suppression -> "no score has changed"
def soft_scores(boxes, scores, sigma):
    now, left = list(scores), list(range(len(scores)))
    while left:
        best = max(left, key=lambda n: now[n])
        left.remove(best)
        for n in left:
            now[n] *= overlap(boxes[best], boxes[n]) <= 0.5
    return now


# %% 6j.1 wrong: in the order of taking -> "boxes with scores"
def soft_scores(boxes, scores, sigma):
    left, out = dict(enumerate(scores)), []
    while left:
        best = max(left, key=left.get)
        out.append(left.pop(best))
        for n in left:
            left[n] *= math.exp(-(overlap(boxes[best], boxes[n]) ** 2) / sigma)
    return out


# %% 6j.1 wrong: the scores are changed in place -> "changes its input scores"
def soft_scores(boxes, scores, sigma):
    left = list(range(len(scores)))
    while left:
        best = max(left, key=lambda n: scores[n])
        left.remove(best)
        for n in left:
            scores[n] *= math.exp(-(overlap(boxes[best], boxes[n]) ** 2) / sigma)
    return scores


# %% 6j.1 wrong: the best box alone lowers the rest -> "lowered anew in every round"
def soft_scores(boxes, scores, sigma):
    if not scores:
        return []
    best = max(range(len(scores)), key=lambda n: scores[n])
    return [
        s if n == best else s * math.exp(-(overlap(boxes[best], boxes[n]) ** 2) / sigma)
        for n, s in enumerate(scores)
    ]


# %% 6j.1 right: floats and arrays inside, ties by index
def soft_scores(boxes, scores, sigma):
    now, left = np.array(scores, dtype=np.float64), np.arange(len(scores))
    while left.size:
        best, left = left[np.argmax(now[left])], np.delete(left, np.argmax(now[left]))
        now[left] *= [math.exp(-(overlap(boxes[best], boxes[n]) ** 2) / sigma) for n in left]
    return now


# %% 6j.1 right: 0-d tensors in a list
def soft_scores(boxes, scores, sigma):
    now, left = [torch.tensor(s, dtype=torch.double) for s in scores], list(range(len(scores)))
    while left:
        best = left.pop(max(range(len(left)), key=lambda n: now[left[n]]))
        for n in left:
            now[n] = now[n] * torch.exp(torch.tensor(-(overlap(boxes[best], boxes[n]) ** 2) / sigma))
    return now


# %% 6j.1 right: logarithms added up
def soft_scores(boxes, scores, sigma):
    now, left = [math.log(s) for s in scores], list(range(len(scores)))
    while left:
        best = max(left, key=lambda n: now[n])
        left = [n for n in left if n != best]
        for n in left:
            now[n] -= overlap(boxes[best], boxes[n]) ** 2 / sigma
    return [math.exp(s) for s in now]


# %% 6j.1 wrong: of equal scores the last -> "the first in the list is taken first"
def soft_scores(boxes, scores, sigma):
    now, left = list(scores), list(range(len(scores)))
    while left:
        best = max(left, key=lambda n: (now[n], n))
        left.remove(best)
        for n in left:
            now[n] *= math.exp(-(overlap(boxes[best], boxes[n]) ** 2) / sigma)
    return now


# %% 6j.1 wrong: sorted by score at the end -> "the order of the input"
def soft_scores(boxes, scores, sigma):
    now, left = list(scores), list(range(len(scores)))
    while left:
        best = max(left, key=lambda n: now[n])
        left.remove(best)
        for n in left:
            now[n] *= math.exp(-(overlap(boxes[best], boxes[n]) ** 2) / sigma)
    return sorted(now, reverse=True)


# %% 6j.1 wrong: the lowest score first -> "boxes with scores"
def soft_scores(boxes, scores, sigma):
    now, left = list(scores), list(range(len(scores)))
    while left:
        best = min(left, key=lambda n: now[n])
        left.remove(best)
        for n in left:
            now[n] *= math.exp(-(overlap(boxes[best], boxes[n]) ** 2) / sigma)
    return now


# %% 6j.1 wrong: the sign of the exponent -> "numbers differ"
def soft_scores(boxes, scores, sigma):
    now, left = list(scores), list(range(len(scores)))
    while left:
        best = max(left, key=lambda n: now[n])
        left.remove(best)
        for n in left:
            now[n] *= math.exp(overlap(boxes[best], boxes[n]) ** 2 / sigma)
    return now


# %% 6j.1 wrong: sigma squared -> "numbers differ"
def soft_scores(boxes, scores, sigma):
    now, left = list(scores), list(range(len(scores)))
    while left:
        best = max(left, key=lambda n: now[n])
        left.remove(best)
        for n in left:
            now[n] *= math.exp(-((overlap(boxes[best], boxes[n]) / sigma) ** 2))
    return now


# %% 6j.1 wrong: sigma fixed at one half -> "numbers differ"
def soft_scores(boxes, scores, sigma):
    now, left = list(scores), list(range(len(scores)))
    while left:
        best = max(left, key=lambda n: now[n])
        left.remove(best)
        for n in left:
            now[n] *= math.exp(-(overlap(boxes[best], boxes[n]) ** 2) / 0.5)
    return now


# %% 6j.1 wrong: in the order of the list -> "numbers differ"
def soft_scores(boxes, scores, sigma):
    now = list(scores)
    for best in range(len(now)):
        for n in range(best + 1, len(now)):
            now[n] *= math.exp(-(overlap(boxes[best], boxes[n]) ** 2) / sigma)
    return now


# %% 6j.1 wrong: a dictionary -> "expected numbers"
def soft_scores(boxes, scores, sigma):
    return dict(enumerate(scores))


# %% 6j.1 wrong: nothing is returned -> "got None"
def soft_scores(boxes, scores, sigma):
    now = list(scores)


# %% 6j.1 wrong: finds a box by its corners, so that two equal boxes are one -> "two boxes in one place"
def soft_scores(boxes, scores, sigma):
    s = list(scores)
    left = list(boxes)
    while left:
        b = max(left, key=lambda b: s[boxes.index(b)])
        left.remove(b)
        for c in left:
            s[boxes.index(c)] *= math.exp(-overlap(b, c) ** 2 / sigma)
    return s


# %% 6j.2 right: as an array, rounded
two_areas = np.array([0.664, 0.76])


# %% 6j.2 right: from a loop
two_areas = []
for places in ([1, 2, 4, 7], [1, 2, 3, 5]):
    two_areas.append(sum((n + 1) / place for n, place in enumerate(places)) / 5)


# %% 6j.2 wrong: divided by the hits -> "one true box was never found"
two_areas = [(2 + 3 / 4 + 4 / 7) / 4, 3.8 / 4]


# %% 6j.2 wrong: a mean over all boxes -> "mean precision over all boxes"
two_areas = [
    np.mean([1, 1, 2 / 3, 3 / 4, 3 / 5, 1 / 2, 4 / 7]),
    np.mean([1, 1, 1, 3 / 4, 4 / 5, 4 / 6, 4 / 7]),
]


# %% 6j.2 wrong: recall -> "recall at the end"
two_areas = [0.8, 0.8]


# %% 6j.2 wrong: precision at the end -> "precision at the end"
two_areas = [4 / 7, 4 / 7]


# %% 6j.2 wrong: nothing changes -> "the curve changes"
two_areas = [(2 + 3 / 4 + 4 / 7) / 5] * 2


# %% 6j.2 wrong: one number -> "shape (2,)"
two_areas = 0.664


# %% 6j.2 wrong: the last hit is forgotten -> "numbers differ"
two_areas = [(2 + 3 / 4) / 5, 3.8 / 5]


# %% 6j.2 right: 0-d tensors
two_areas = [torch.tensor(93 / 140), torch.tensor(0.76)]


# %% 6j.2 right: fractions in a tuple
from fractions import Fraction

two_areas = (Fraction(93, 140), Fraction(19, 25))


# %% 6j.2 right: by the lesson's function
two_areas = [ap_by_hand(hits, range(7, 0, -1), 5) for hits in ([1, 1, 0, 1, 0, 0, 1], [1, 1, 1, 0, 1, 0, 0])]


# %% 6j.2 wrong: the two exchanged -> "have changed places"
two_areas = [0.76, 0.6643]


# %% 6j.2 wrong: the hit comes twice -> "does not come twice"
two_areas = [0.6643, (3.8 + 5 / 8) / 5]


# %% 6j.2 wrong: in percent -> "numbers differ"
two_areas = [66.43, 76]


# %% 6j.2 wrong: two decimals only -> "numbers differ"
two_areas = [0.66, 0.76]


# %% 6j.2 wrong: trapezoids -> "numbers differ"
two_areas = [
    (1 + 1 + (2 / 3 + 3 / 4) / 2 + (1 / 2 + 4 / 7) / 2) / 5,
    (3 + (3 / 4 + 4 / 5) / 2) / 5,
]


# %% 6j.2 wrong: divided by the boxes found -> "numbers differ"
two_areas = [(2 + 3 / 4 + 4 / 7) / 7, 3.8 / 7]


# %% 6j.2 wrong: the last precision reaches to the end -> "numbers differ"
two_areas = [(2 + 3 / 4 + 4 / 7 + 4 / 7) / 5, (3.8 + 4 / 5) / 5]


# %% 6j.2 wrong: places counted from zero -> "numbers differ"
two_areas = [(1 + 1 + 3 / 3 + 4 / 6) / 5, (3 + 4 / 4) / 5]


# %% 6j.2 wrong: a text -> "expected numbers, got text"
two_areas = ["0.664", "0.76"]


# %% 6j.3 right: names of cells in a list, counted in a dict
def lost(boxes, stride):
    kept, gone = [], 0
    for x0, y0, x1, y1 in boxes:
        name = (math.floor((x0 + x1) / 2 / stride), math.floor((y0 + y1) / 2 / stride))
        gone += name in kept
        kept += [name]
    return gone


# %% 6j.3 right: NumPy, unique rows
def lost(boxes, stride):
    if not len(boxes):
        return 0
    b = np.asarray(boxes, dtype=float)
    cells = np.floor((b[:, :2] + b[:, 2:]) / 2 / stride)
    return len(b) - len(np.unique(cells, axis=0))


# %% 6j.3 wrong: the corner's cell -> "on the line"
def lost(boxes, stride):
    return len(boxes) - len({(x0 // stride, y0 // stride) for x0, y0, x1, y1 in boxes})


# %% 6j.3 wrong: cells that hold several -> "three middles in one cell"
def lost(boxes, stride):
    cells = [((x0 + x1) // (2 * stride), (y0 + y1) // (2 * stride)) for x0, y0, x1, y1 in boxes]
    return sum(cells.count(cell) > 1 for cell in set(cells))


# %% 6j.3 wrong: all that share -> "two middles in one cell"
def lost(boxes, stride):
    cells = [((x0 + x1) // (2 * stride), (y0 + y1) // (2 * stride)) for x0, y0, x1, y1 in boxes]
    return sum(cells.count(cell) > 1 for cell in cells)


# %% 6j.3 wrong: rounded -> "on the line"
def lost(boxes, stride):
    cells = {
        (round((x0 + x1) / 2 / stride / 2), round((y0 + y1) / 2 / stride / 2)) for x0, y0, x1, y1 in boxes
    }
    return len(boxes) - len(cells)


# %% 6j.3 wrong: the column alone -> "below each other"
def lost(boxes, stride):
    return len(boxes) - len({(x0 + x1) // (2 * stride) for x0, y0, x1, y1 in boxes})


# %% 6j.3 wrong: column and row added up -> "another cell"
def lost(boxes, stride):
    cells = {(x0 + x1) // (2 * stride) + (y0 + y1) // (2 * stride) for x0, y0, x1, y1 in boxes}
    return len(boxes) - len(cells)


# %% 6j.3 wrong: the stride of the lesson -> "a coarser grid"
def lost(boxes, stride):
    return len(boxes) - len({((x0 + x1) // 16, (y0 + y1) // 16) for x0, y0, x1, y1 in boxes})


# %% 6j.3 wrong: the line belongs to the left -> "on the line"
def lost(boxes, stride):
    cells = {
        (math.ceil((x0 + x1) / 2 / stride), math.ceil((y0 + y1) / 2 / stride)) for x0, y0, x1, y1 in boxes
    }
    return len(boxes) - len(cells)


# %% 6j.3 wrong: how many are kept -> "one part"
def lost(boxes, stride):
    return len({((x0 + x1) // (2 * stride), (y0 + y1) // (2 * stride)) for x0, y0, x1, y1 in boxes})


# %% 6j.3 right: recursion
def lost(boxes, stride):
    if not boxes:
        return 0
    (x0, y0, x1, y1), *rest = boxes
    here = ((x0 + x1) / 2 // stride, (y0 + y1) / 2 // stride)
    return lost(rest, stride) + any(
        ((a + c) / 2 // stride, (b + d) / 2 // stride) == here for a, b, c, d in rest
    )


# %% 6j.3 right: a 0-d tensor
def lost(boxes, stride):
    b = torch.tensor(boxes, dtype=torch.double).reshape(-1, 4)
    cells = ((b[:, :2] + b[:, 2:]) / 2).div(stride, rounding_mode="floor").long()
    return torch.tensor(len(boxes) - len(cells.unique(dim=0)))


# %% 6j.3 right: from width and height, as a float
def lost(boxes, stride):
    cells = {
        (int((x0 + (x1 - x0) / 2) / stride), int((y0 + (y1 - y0) / 2) / stride)) for x0, y0, x1, y1 in boxes
    }
    return float(len(boxes) - len(cells))


# %% 6j.3 right: a counter, all but one of each
def lost(boxes, stride):
    from collections import Counter

    cells = Counter(((x0 + x1) / 2 // stride, (y0 + y1) / 2 // stride) for x0, y0, x1, y1 in boxes)
    return sum(n - 1 for n in cells.values())


# %% 6j.3 wrong: the line belongs to the cell above -> "at y = 8, on the line"
def lost(boxes, stride):
    cells = {
        (math.floor((x0 + x1) / 2 / stride), math.ceil((y0 + y1) / 2 / stride)) for x0, y0, x1, y1 in boxes
    }
    return len(boxes) - len(cells)


# %% 6j.3 wrong: the lesson's six columns -> "wider than those of the lesson"
def lost(boxes, stride):
    cells = {(y0 + y1) // 2 // stride * 6 + (x0 + x1) // 2 // stride for x0, y0, x1, y1 in boxes}
    return len(boxes) - len(cells)


# %% 6j.3 wrong: clamped to the lesson's grid -> "wider than those of the lesson"
def lost(boxes, stride):
    cells = {(min((x0 + x1) // 2 // stride, 5), min((y0 + y1) // 2 // stride, 5)) for x0, y0, x1, y1 in boxes}
    return len(boxes) - len(cells)


# %% 6j.3 wrong: clamped downwards alone -> "higher than those of the lesson"
def lost(boxes, stride):
    cells = {((x0 + x1) // 2 // stride, min((y0 + y1) // 2 // stride, 5)) for x0, y0, x1, y1 in boxes}
    return len(boxes) - len(cells)


# %% 6j.3 wrong: the size taken for the middle -> "6j.3"
def lost(boxes, stride):
    return len(boxes) - len(
        {((x1 - x0) // 2 // stride, (y1 - y0) // 2 // stride) for x0, y0, x1, y1 in boxes}
    )


# %% 6j.3 wrong: boxes read as corner and size -> "two pairs in two cells"
def lost(boxes, stride):
    return len(boxes) - len({((x + w / 2) // stride, (y + h / 2) // stride) for x, y, w, h in boxes})


# %% 6j.3 wrong: the far corner -> "6j.3"
def lost(boxes, stride):
    return len(boxes) - len({(x1 // stride, y1 // stride) for x0, y0, x1, y1 in boxes})


# %% 6j.3 wrong: cells not cut to whole numbers -> "two middles in one cell"
def lost(boxes, stride):
    return len(boxes) - len({((x0 + x1) / 2 / stride, (y0 + y1) / 2 / stride) for x0, y0, x1, y1 in boxes})


# %% 6j.3 wrong: the row alone -> "beside each other"
def lost(boxes, stride):
    return len(boxes) - len({(y0 + y1) // (2 * stride) for x0, y0, x1, y1 in boxes})


# %% 6j.3 wrong: column and row as a set -> "another cell"
def lost(boxes, stride):
    cells = {frozenset([(x0 + x1) // (2 * stride), (y0 + y1) // (2 * stride)]) for x0, y0, x1, y1 in boxes}
    return len(boxes) - len(cells)


# %% 6j.3 wrong: pairs that share -> "three middles in one cell"
def lost(boxes, stride):
    cells = [((x0 + x1) // (2 * stride), (y0 + y1) // (2 * stride)) for x0, y0, x1, y1 in boxes]
    return sum(cells[i] == cells[j] for i in range(len(cells)) for j in range(i))


# %% 6j.4 right: NumPy over all thresholds
def cheapest(scores, hits, truths, miss, alarm, clerk):
    s, h = np.array(scores, dtype=float), np.array(hits, dtype=bool)
    ways = [math.inf, *sorted(set(scores), reverse=True)]
    prices = [miss * (truths - h[s >= t].sum()) + alarm * (~h[s >= t]).sum() for t in ways]
    n = int(np.argmin(prices))
    return (None, clerk) if clerk < prices[n] else (ways[n], prices[n])


# %% 6j.4 right: one walk down the sorted list
def cheapest(scores, hits, truths, miss, alarm, clerk):
    order = sorted(zip(scores, hits, strict=True), key=lambda pair: -pair[0])
    cost = miss * truths
    best = [math.inf, cost]
    for n, (score, hit) in enumerate(order):
        cost += -miss if hit else alarm
        if (n + 1 == len(order) or order[n + 1][0] < score) and cost < best[1] - 1e-12:
            best = [score, cost]
    return best if best[1] <= clerk else [None, clerk]


# %% 6j.4 wrong: only above the threshold -> "whose score is the threshold counts"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    best = (math.inf, truths * miss)
    for threshold in sorted(set(scores), reverse=True):
        counted = [hit for hit, score in zip(hits, scores, strict=True) if score > threshold]
        cost = miss * (truths - sum(counted)) + alarm * (len(counted) - sum(counted))
        if cost < best[1]:
            best = (threshold, cost)
    return best if best[1] <= clerk else (None, clerk)


# %% 6j.4 wrong: infinity is forgotten -> "no box at all is a way too"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    best = (None, clerk)
    for threshold in sorted(set(scores), reverse=True):
        counted = [hit for hit, score in zip(hits, scores, strict=True) if score >= threshold]
        cost = miss * (truths - sum(counted)) + alarm * (len(counted) - sum(counted))
        if cost < best[1]:
            best = (threshold, cost)
    return best


# %% 6j.4 wrong: no clerk -> "there is also the clerk"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    ways = [math.inf, *sorted(set(scores), reverse=True)]

    def cost(t):
        counted = [hit for hit, score in zip(hits, scores, strict=True) if score >= t]
        return miss * (truths - sum(counted)) + alarm * (len(counted) - sum(counted))

    best = min(ways, key=cost)
    return best, cost(best)


# %% 6j.4 wrong: prices swapped -> "changed places"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    best = (math.inf, truths * alarm)
    for threshold in sorted(set(scores), reverse=True):
        counted = [hit for hit, score in zip(hits, scores, strict=True) if score >= threshold]
        cost = alarm * (truths - sum(counted)) + miss * (len(counted) - sum(counted))
        if cost < best[1]:
            best = (threshold, cost)
    return best if best[1] <= clerk else (None, clerk)


# %% 6j.4 wrong: only found parts can be missed -> "parts that no box has found cost too"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    best = (math.inf, sum(hits) * miss)
    for threshold in sorted(set(scores), reverse=True):
        counted = [hit for hit, score in zip(hits, scores, strict=True) if score >= threshold]
        cost = miss * (sum(hits) - sum(counted)) + alarm * (len(counted) - sum(counted))
        if cost < best[1]:
            best = (threshold, cost)
    return best if best[1] <= clerk else (None, clerk)


# %% 6j.4 wrong: of equal costs the lowest -> "the threshold"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    best = (math.inf, truths * miss)
    for threshold in sorted(set(scores), reverse=True):
        counted = [hit for hit, score in zip(hits, scores, strict=True) if score >= threshold]
        cost = miss * (truths - sum(counted)) + alarm * (len(counted) - sum(counted))
        if cost <= best[1]:
            best = (threshold, cost)
    return best if best[1] <= clerk else (None, clerk)


# %% 6j.4 wrong: the clerk wins ties -> "the clerk is not cheaper here"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    best = (math.inf, truths * miss)
    for threshold in sorted(set(scores), reverse=True):
        counted = [hit for hit, score in zip(hits, scores, strict=True) if score >= threshold]
        cost = miss * (truths - sum(counted)) + alarm * (len(counted) - sum(counted))
        if cost < best[1]:
            best = (threshold, cost)
    return best if best[1] < clerk else (None, clerk)


# %% 6j.4 wrong: stops at the first rise -> "the cost"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    best = (math.inf, truths * miss)
    for threshold in sorted(set(scores), reverse=True):
        counted = [hit for hit, score in zip(hits, scores, strict=True) if score >= threshold]
        cost = miss * (truths - sum(counted)) + alarm * (len(counted) - sum(counted))
        if cost >= best[1]:
            break
        best = (threshold, cost)
    return best if best[1] <= clerk else (None, clerk)


# %% 6j.4 wrong: equal scores one by one -> "the cost"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    cost, best = miss * truths, (math.inf, miss * truths)
    for score, hit in sorted(zip(scores, hits, strict=True), reverse=True):
        cost += -miss if hit else alarm
        if cost < best[1]:
            best = (score, cost)
    return best if best[1] <= clerk else (None, clerk)


# %% 6j.4 wrong: the threshold alone -> "return two things"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    return math.inf


# %% 6j.4 right: 0-d tensors
def cheapest(scores, hits, truths, miss, alarm, clerk):
    s, h = torch.tensor(scores, dtype=torch.double), torch.tensor(hits, dtype=torch.bool)
    ways = torch.tensor([math.inf, *sorted(set(scores), reverse=True)], dtype=torch.double)
    counts = s[None] >= ways[:, None]
    prices = miss * (truths - (counts & h).sum(dim=1)) + alarm * (counts & ~h).sum(dim=1)
    cost, n = prices.min(dim=0)
    n = int((prices == cost).long().argmax())
    return (None, torch.tensor(clerk)) if clerk < cost else (ways[n], cost)


# %% 6j.4 right: one minimum over keys
def cheapest(scores, hits, truths, miss, alarm, clerk):
    ways = [
        (
            miss * (truths - sum(h for s, h in zip(scores, hits) if s >= t))
            + alarm * sum(not h for s, h in zip(scores, hits) if s >= t),
            -t,
        )
        for t in {*scores, float("inf")}
    ]
    cost, t = min([*ways, (clerk, math.inf)])
    return [None if t == math.inf else -t, cost]


# %% 6j.4 right: recursion down the thresholds
def cheapest(scores, hits, truths, miss, alarm, clerk, t=math.inf):
    counted = [h for s, h in zip(scores, hits) if s >= t]
    here = (t, miss * (truths - sum(counted)) + alarm * counted.count(False))
    lower = [s for s in scores if s < t]
    below = cheapest(scores, hits, truths, miss, alarm, clerk, max(lower)) if lower else (None, clerk)
    return below if below[1] < here[1] else here


# %% 6j.4 wrong: cost before threshold -> "the threshold comes first"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    ways = [math.inf, *sorted(set(scores), reverse=True)]

    def cost(t):
        counted = [hit for hit, score in zip(hits, scores) if score >= t]
        return miss * (truths - sum(counted)) + alarm * (len(counted) - sum(counted))

    best = min(ways, key=cost)
    return (cost(best), best) if cost(best) <= clerk else (clerk, None)


# %% 6j.4 wrong: boxes taken for sorted -> "6j.4"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    best = (math.inf, miss * truths)
    for n, score in enumerate(scores, 1):
        cost = miss * (truths - sum(hits[:n])) + alarm * (n - sum(hits[:n]))
        if cost < best[1]:
            best = (score, cost)
    return best if best[1] <= clerk else (None, clerk)


# %% 6j.4 wrong: alarms counted for every box -> "the cost"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    best = (math.inf, truths * miss)
    for threshold in sorted(set(scores), reverse=True):
        counted = [hit for hit, score in zip(hits, scores) if score >= threshold]
        cost = miss * (truths - sum(counted)) + alarm * len(counted)
        if cost < best[1]:
            best = (threshold, cost)
    return best if best[1] <= clerk else (None, clerk)


# %% 6j.4 wrong: false boxes cost below the threshold too -> "the cost"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    best = (math.inf, truths * miss)
    for threshold in sorted(set(scores), reverse=True):
        counted = [hit for hit, score in zip(hits, scores) if score >= threshold]
        cost = miss * (truths - sum(counted)) + alarm * (len(hits) - sum(hits))
        if cost < best[1]:
            best = (threshold, cost)
    return best if best[1] <= clerk else (None, clerk)


# %% 6j.4 wrong: the formula of calibrated scores -> "6j.4"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    threshold = alarm / (alarm + miss)
    counted = [hit for hit, score in zip(hits, scores) if score >= threshold]
    cost = miss * (truths - sum(counted)) + alarm * (len(counted) - sum(counted))
    return (threshold, cost) if cost <= clerk else (None, clerk)


# %% 6j.4 wrong: no box as a threshold of 1 -> "the threshold"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    best = (1.0, truths * miss)
    for threshold in sorted(set(scores), reverse=True):
        counted = [hit for hit, score in zip(hits, scores) if score >= threshold]
        cost = miss * (truths - sum(counted)) + alarm * (len(counted) - sum(counted))
        if cost < best[1]:
            best = (threshold, cost)
    return best if best[1] <= clerk else (None, clerk)


# %% 6j.4 wrong: the clerk as infinity -> "the clerk does it"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    best = (math.inf, truths * miss)
    for threshold in sorted(set(scores), reverse=True):
        counted = [hit for hit, score in zip(hits, scores) if score >= threshold]
        cost = miss * (truths - sum(counted)) + alarm * (len(counted) - sum(counted))
        if cost < best[1]:
            best = (threshold, cost)
    return best if best[1] <= clerk else (math.inf, clerk)


# %% 6j.4 wrong: the clerk pays only against no box -> "6j.4"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    best = (math.inf, truths * miss) if truths * miss <= clerk else (None, clerk)
    for threshold in sorted(set(scores), reverse=True):
        counted = [hit for hit, score in zip(hits, scores) if score >= threshold]
        cost = miss * (truths - sum(counted)) + alarm * (len(counted) - sum(counted))
        if cost <= best[1]:
            best = (threshold, cost)
    return best


# %% 6j.4 wrong: the prices of the lesson -> "the cost"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    best = (math.inf, truths * 50.0)
    for threshold in sorted(set(scores), reverse=True):
        counted = [hit for hit, score in zip(hits, scores) if score >= threshold]
        cost = 50.0 * (truths - sum(counted)) + 2.0 * (len(counted) - sum(counted))
        if cost < best[1]:
            best = (threshold, cost)
    return best if best[1] <= clerk else (None, clerk)


# %% 6j.4 wrong: the mean over the parts -> "the cost"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    best = (math.inf, miss)
    for threshold in sorted(set(scores), reverse=True):
        counted = [hit for hit, score in zip(hits, scores) if score >= threshold]
        cost = (miss * (truths - sum(counted)) + alarm * (len(counted) - sum(counted))) / truths
        if cost < best[1]:
            best = (threshold, cost)
    return best if best[1] <= clerk else (None, clerk)


# %% 6j.4 wrong: the scores are sorted in place -> "changes its input"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    pairs = sorted(zip(scores, hits), reverse=True)
    scores.sort(reverse=True)
    ways = [(miss * truths, math.inf)]
    for t in scores:
        counted = [hit for score, hit in pairs if score >= t]
        ways.append((miss * (truths - sum(counted)) + alarm * counted.count(False), t))
    cost, t = min(ways, key=lambda way: way[0])
    return (t, cost) if cost <= clerk else (None, clerk)


# %% 6j.4 wrong: of equal costs the first in the list -> "the same boxes in another order: the threshold"
def cheapest(scores, hits, truths, miss, alarm, clerk):
    def cost(t):
        return miss * (truths - sum(h for s, h in zip(scores, hits) if s >= t)) + alarm * sum(not h for s, h in zip(scores, hits) if s >= t)

    best = min([math.inf, *scores], key=cost)
    return (None, clerk) if clerk < cost(best) else (best, cost(best))


# %% 6j.5 right: a part at a time
def switched(frames):
    parts = {part for frame in frames for part in frame}
    return {
        part: sum(a != b for a, b in zip(names, names[1:], strict=False))
        for part in parts
        for names in [[frame[part] for frame in frames if part in frame]]
    }


# %% 6j.5 right: with default dicts, NumPy numbers
def switched(frames):
    from collections import defaultdict

    seen = defaultdict(list)
    for frame in frames:
        for part in frame:
            seen[part].append(frame[part])
    return {
        part: np.int64(sum(names[n] != names[n - 1] for n in range(1, len(names))))
        for part, names in seen.items()
    }


# %% 6j.5 wrong: only the frame before -> "another name after a gap"
def switched(frames):
    count = {part: 0 for frame in frames for part in frame}
    for before, frame in zip(frames, frames[1:], strict=False):
        for part, name in frame.items():
            count[part] += part in before and before[part] != name
    return count


# %% 6j.5 wrong: a gap counts -> "after a gap"
def switched(frames):
    count, before = {part: 0 for frame in frames for part in frame}, {}
    for n, frame in enumerate(frames):
        for part, name in frame.items():
            count[part] += n > 0 and part in before and frames[n - 1].get(part) != name
            before[part] = name
    return count


# %% 6j.5 wrong: different names -> "there and back is two switches"
def switched(frames):
    names = {}
    for frame in frames:
        for part, name in frame.items():
            names.setdefault(part, set()).add(name)
    return {part: len(found) - 1 for part, found in names.items()}


# %% 6j.5 wrong: the first name is a switch -> "one part, found once"
def switched(frames):
    last, count = {}, {}
    for frame in frames:
        for part, name in frame.items():
            count[part] = count.get(part, 0) + (last.get(part) != name)
            last[part] = name
    return count


# %% 6j.5 wrong: parts without a switch are left out -> "one part, found once"
def switched(frames):
    last, count = {}, {}
    for frame in frames:
        for part, name in frame.items():
            if part in last and last[part] != name:
                count[part] = count.get(part, 0) + 1
            last[part] = name
    return count


# %% 6j.5 wrong: one sum for all -> "return a dict"
def switched(frames):
    last, count = {}, 0
    for frame in frames:
        for part, name in frame.items():
            count += part in last and last[part] != name
            last[part] = name
    return count


# %% 6j.5 wrong: a name of 0 or None counts as none -> "a name may be"
def switched(frames):
    last, count = {}, {}
    for frame in frames:
        for part, name in frame.items():
            count[part] = count.get(part, 0) + bool(last.get(part) and last[part] != name)
            last[part] = name
    return count


# %% 6j.5 wrong: names that change parts -> "another name"
def switched(frames):
    count, owner = {part: 0 for frame in frames for part in frame}, {}
    for frame in frames:
        for part, name in frame.items():
            count[part] += name in owner and owner[name] != part
            owner[name] = part
    return count


# %% 6j.5 right: a Counter that holds zeros
def switched(frames):
    from collections import Counter

    last, count = {}, Counter()
    for frame in frames:
        for part, name in frame.items():
            count[part] += last.get(part, name) != name
            last[part] = name
    return count


# %% 6j.5 right: recursion from the end
def switched(frames):
    if not frames:
        return {}
    *before, frame = frames
    count = switched(before)
    for part in frame:
        names = [f[part] for f in before if part in f]
        count[part] = count.get(part, 0) + bool(names and names[-1] != frame[part])
    return count


# %% 6j.5 right: groups of equal names, as 0-d tensors
def switched(frames):
    parts = dict.fromkeys(part for frame in frames for part in frame)
    return {
        part: torch.tensor(sum(1 for _ in itertools.groupby(f[part] for f in frames if part in f)) - 1)
        for part in parts
    }


# %% 6j.5 wrong: compared with the first name -> "6j.5"
def switched(frames):
    first, count = {}, {}
    for frame in frames:
        for part, name in frame.items():
            count[part] = count.get(part, 0) + (first.setdefault(part, name) != name)
    return count


# %% 6j.5 wrong: counted by name -> "6j.5"
def switched(frames):
    last, count = {}, {}
    for frame in frames:
        for part, name in frame.items():
            count[name] = count.get(name, 0) + (part in last and last[part] != name)
            last[part] = name
    return count


# %% 6j.5 wrong: what was not found is forgotten -> "another name after a gap"
def switched(frames):
    last, count = {}, {}
    for frame in frames:
        for part, name in frame.items():
            count[part] = count.get(part, 0) + (part in last and last[part] != name)
        last = frame
    return count


# %% 6j.5 wrong: whether, not how often -> "there and back is two switches"
def switched(frames):
    last, count = {}, {}
    for frame in frames:
        for part, name in frame.items():
            count[part] = max(count.get(part, 0), int(part in last and last[part] != name))
            last[part] = name
    return count


# %% 6j.5 wrong: an old name again is no switch -> "there and back is two switches"
def switched(frames):
    seen, count = {}, {}
    for frame in frames:
        for part, name in frame.items():
            names = seen.setdefault(part, [name])
            count[part] = count.get(part, 0) + (name not in names)
            names.append(name)
    return count


# %% 6j.5 wrong: the parts of the first frame alone -> "6j.5"
def switched(frames):
    count = {part: 0 for part in frames[0]} if frames else {}
    for part in count:
        names = [frame[part] for frame in frames if part in frame]
        count[part] = sum(a != b for a, b in zip(names, names[1:]))
    return count


# %% 6j.5 wrong: the parts of the last frame alone -> "6j.5"
def switched(frames):
    count = {part: 0 for part in frames[-1]} if frames else {}
    for part in count:
        names = [frame[part] for frame in frames if part in frame]
        count[part] = sum(a != b for a, b in zip(names, names[1:]))
    return count


# %% 6j.5 wrong: parts turned into text -> "parts with numbers"
def switched(frames):
    last, count = {}, {}
    for frame in frames:
        for part, name in frame.items():
            count[str(part)] = count.get(str(part), 0) + (part in last and last[part] != name)
            last[part] = name
    return count


# %% 6j.5 wrong: the frames emptied on the way -> "changes its input frames"
def switched(frames):
    last, count = {}, {}
    while frames:
        for part, name in frames.pop(0).items():
            count[part] = count.get(part, 0) + (part in last and last[part] != name)
            last[part] = name
    return count


# %% 6j.5 wrong: pairs in a list -> "return a dict"
def switched(frames):
    parts = {part for frame in frames for part in frame}
    return [(part, 0) for part in parts]


# %% 6j.5 wrong: True where a name has changed -> "6j.5"
def switched(frames):
    return {
        part: len({frame[part] for frame in frames if part in frame}) > 1
        for part in {part for frame in frames for part in frame}
    }
