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
