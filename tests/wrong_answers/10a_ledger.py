# %% 10a.1 right: a table of counts
def kappa_of(a, b):
    labels = sorted({*a, *b})
    table = np.array([[sum((x, y) == (i, j) for x, y in zip(a, b)) for j in labels] for i in labels])
    share = table / table.sum()
    luck = (share.sum(axis=0) * share.sum(axis=1)).sum()
    if np.isclose(luck, 1):
        return float("nan")
    return (np.trace(share) - luck) / (1 - luck)


# %% 10a.1 right: one minus the disagreement, as against luck's
def kappa_of(a, b):
    differ = sum(x != y for x, y in zip(a, b))
    blindly = sum(x != y for x in a for y in b) / len(b)
    if blindly == 0:
        return math.nan
    return np.float64(1 - differ / blindly)


# %% 10a.1 right: in 32 bits, nan too
def kappa_of(a, b):
    seen = np.mean([x == y for x, y in zip(a, b)])
    luck = sum(np.mean([x == z for x in a]) * np.mean([y == z for y in b]) for z in {*a})
    with np.errstate(invalid="ignore"):
        return np.divide(np.float32(seen - luck), np.float32(1 - luck))


# %% 10a.1 wrong: nothing where it is not defined -> "then kappa is not defined"
def kappa_of(a, b):
    n = len(a)
    seen = sum(x == y for x, y in zip(a, b)) / n
    luck = sum(a.count(x) * b.count(x) for x in {*a}) / n**2
    return None if luck == 1 else (seen - luck) / (1 - luck)


# %% 10a.1 wrong: plain agreement -> "that is the plain agreement; luck is still in it"
def kappa_of(a, b):
    if len({*a, *b}) == 1:
        return math.nan
    return sum(x == y for x, y in zip(a, b)) / len(a)


# %% 10a.1 wrong: luck from labels that are all as likely -> "the readers have their own frequencies"
def kappa_of(a, b):
    seen = np.mean([x == y for x, y in zip(a, b)])
    luck = 1 / len({*a, *b})
    return math.nan if luck == 1 else (seen - luck) / (1 - luck)


# %% 10a.1 wrong: pooled frequencies -> "do not pool them"
def kappa_of(a, b):
    n = len(a)
    seen = sum(x == y for x, y in zip(a, b)) / n
    luck = sum(((a.count(x) + b.count(x)) / (2 * n)) ** 2 for x in {*a, *b})
    return math.nan if luck == 1 else (seen - luck) / (1 - luck)


# %% 10a.1 wrong: not divided by what was left -> "how much was there to reach?"
def kappa_of(a, b):
    n = len(a)
    seen = sum(x == y for x, y in zip(a, b)) / n
    luck = sum(a.count(x) * b.count(x) for x in {*a}) / n**2
    return math.nan if luck == 1 else seen - luck


# %% 10a.1 wrong: one where it is not defined -> "then kappa is not defined"
def kappa_of(a, b):
    n = len(a)
    seen = sum(x == y for x, y in zip(a, b)) / n
    luck = sum(a.count(x) * b.count(x) for x in {*a}) / n**2
    return 1.0 if luck == 1 else (seen - luck) / (1 - luck)


# %% 10a.1 wrong: only labels that both use are counted -> "labels that only one of them uses"
def kappa_of(a, b):
    both = {*a} & {*b}
    pairs = [(x, y) for x, y in zip(a, b) if x in both and y in both]
    a, b = [x for x, _ in pairs], [y for _, y in pairs]
    n = len(pairs)
    seen = sum(x == y for x, y in pairs) / n
    luck = sum(a.count(x) * b.count(x) for x in both) / n**2
    return math.nan if luck == 1 else (seen - luck) / (1 - luck)


# %% 10a.1 wrong: never below zero -> "less than luck"
def kappa_of(a, b):
    n = len(a)
    seen = sum(x == y for x, y in zip(a, b)) / n
    luck = sum(a.count(x) * b.count(x) for x in {*a}) / n**2
    return math.nan if luck == 1 else max(0.0, (seen - luck) / (1 - luck))


# %% 10a.1 right: the library's
def kappa_of(a, b):
    return cohen_kappa_score(a, b)


# %% 10a.1 right: exact fractions
def kappa_of(a, b):
    from fractions import Fraction

    n = len(a)
    seen = Fraction(sum(x == y for x, y in zip(a, b)), n)
    luck = sum(Fraction(a.count(x) * b.count(x), n * n) for x in set(b))
    return math.nan if luck == 1 else (seen - luck) / (1 - luck)


# %% 10a.1 right: every item against every other, as an array
def kappa_of(a, b):
    luck = np.mean([x == y for x in a for y in b])
    seen = np.mean([x == y for x, y in zip(a, b)])
    return np.array(math.nan if luck == 1 else (seen - luck) / (1 - luck))


# %% 10a.1 wrong: divided by the disagreement -> "three labels"
def kappa_of(a, b):
    seen = np.mean([x == y for x, y in zip(a, b)])
    luck = sum(a.count(x) * b.count(x) for x in {*a}) / len(a) ** 2
    return math.nan if luck == 1 else (seen - luck) / (1 - seen) if seen < 1 else 1.0


# %% 10a.1 wrong: nan wherever each reader has a single label -> "each with a single label, not the same"
def kappa_of(a, b):
    if len({*a}) == len({*b}) == 1:
        return math.nan
    seen = np.mean([x == y for x, y in zip(a, b)])
    luck = sum(a.count(x) * b.count(x) for x in {*a}) / len(a) ** 2
    return (seen - luck) / (1 - luck)


# %% 10a.1 wrong: nan at full agreement -> "full agreement: the answer holds nan"
def kappa_of(a, b):
    seen = np.mean([x == y for x, y in zip(a, b)])
    luck = sum(a.count(x) * b.count(x) for x in {*a}) / len(a) ** 2
    return math.nan if seen == 1 else (seen - luck) / (1 - luck)


# %% 10a.1 wrong: the order of the items is lost -> "three labels"
def kappa_of(a, b):
    seen = sum((Counter(a) & Counter(b)).values()) / len(a)
    luck = sum(a.count(x) * b.count(x) for x in {*a}) / len(a) ** 2
    return math.nan if luck == 1 else (seen - luck) / (1 - luck)


# %% 10a.1 wrong: a label of one reader alone is not expected -> "KeyError"
def kappa_of(a, b):
    first, second = dict(Counter(a)), dict(Counter(b))
    seen = np.mean([x == y for x, y in zip(a, b)])
    luck = sum(first[x] * second[x] for x in first) / len(a) ** 2
    return math.nan if luck == 1 else (seen - luck) / (1 - luck)


# %% 10a.1 wrong: never below 0 -> "kappa is not cut off at 0"
def kappa_of(a, b):
    n = len(a)
    po = sum(x == y for x, y in zip(a, b)) / n
    pe = sum(a.count(k) * b.count(k) for k in set(a)) / n**2
    return math.nan if pe == 1 else max(0, (po - pe) / (1 - pe))


# %% 10a.2 right: step by step
def what_to_do(p, gain, loss, cost, power):
    best, value = "drop", 0
    passes = p + (1 - p) * (1 - power)
    right_among = p / passes if passes else 0.0
    check_first = passes * (right_among * gain - (1 - right_among) * loss) - cost
    if check_first > value:
        best, value = "check", check_first
    if p * gain - (1 - p) * loss > value:
        best, value = "build", p * gain - (1 - p) * loss
    return best, value


# %% 10a.2 right: a sorted list, as a list
def what_to_do(p, gain, loss, cost, power):
    build = p * gain - (1 - p) * loss
    ways = [("drop", 0.0), ("check", build + (1 - p) * power * loss - cost), ("build", build)]
    return list(sorted(ways, key=lambda way: -way[1])[0])


# %% 10a.2 wrong: the check is perfect -> "a check has its power"
def what_to_do(p, gain, loss, cost, power):
    values = {"drop": 0.0, "check": p * gain - cost, "build": p * gain - (1 - p) * loss}
    best = max(values, key=values.get)
    return best, values[best]


# %% 10a.2 wrong: the cost only where the claim holds -> "the check's cost is paid also where the claim does not hold"
def what_to_do(p, gain, loss, cost, power):
    values = {
        "drop": 0.0,
        "check": p * (gain - cost) - (1 - p) * (1 - power) * loss,
        "build": p * gain - (1 - p) * loss,
    }
    best = max(values, key=values.get)
    return best, values[best]


# %% 10a.2 wrong: power upside down -> "power is the share that is found"
def what_to_do(p, gain, loss, cost, power):
    values = {
        "drop": 0.0,
        "check": p * gain - (1 - p) * power * loss - cost,
        "build": p * gain - (1 - p) * loss,
    }
    best = max(values, key=values.get)
    return best, values[best]


# %% 10a.2 wrong: power upside down, and always checked -> "power is the share that is found"
def what_to_do(p, gain, loss, cost, power):
    return "check", p * gain - (1 - p) * power * loss - cost


# %% 10a.2 wrong: what is found costs its loss all the same -> "what is found is dropped"
def what_to_do(p, gain, loss, cost, power):
    build = p * gain - (1 - p) * loss
    right = {"drop": 0.0, "check": build + (1 - p) * power * loss - cost, "build": build}
    best = max(right, key=right.get)
    return best, {**right, "check": build - cost}[best]


# %% 10a.2 wrong: never checks -> "more likely than not"
def what_to_do(p, gain, loss, cost, power):
    build = p * gain - (1 - p) * loss
    return ("build", build) if build > 0 else ("drop", 0.0)


# %% 10a.2 wrong: ties go to the bold -> "a check for nothing"
def what_to_do(p, gain, loss, cost, power):
    build = p * gain - (1 - p) * loss
    values = {"build": build, "check": build + (1 - p) * power * loss - cost, "drop": 0.0}
    best = max(values, key=values.get)
    return best, values[best]


# %% 10a.2 wrong: dropping costs the gain -> "an unlikely one"
def what_to_do(p, gain, loss, cost, power):
    values = {
        "drop": -p * gain,
        "check": p * gain - (1 - p) * (1 - power) * loss - cost,
        "build": p * gain - (1 - p) * loss,
    }
    best = max(values, key=values.get)
    return best, values[best]


# %% 10a.2 wrong: the name alone -> "give a name and a value"
def what_to_do(p, gain, loss, cost, power):
    return "check"


# %% 10a.2 right: names and values as arrays
def what_to_do(p, gain, loss, cost, power):
    build = p * gain - (1 - p) * loss
    check = p * gain - (1 - p) * (1 - power) * loss - cost
    values, names = np.array([0.0, check, build]), np.array(["drop", "check", "build"])
    return names[values.argmax()], values[values.argmax()]


# %% 10a.2 right: the outcomes of a check one by one, ints for floats
def what_to_do(p, gain, loss, cost, power):
    build = p * gain - (1 - p) * loss
    outcomes = [(p, gain), ((1 - p) * power, 0), ((1 - p) * (1 - power), -loss)]
    check = sum(chance * (brings - cost) for chance, brings in outcomes)
    if max(build, check) <= 0:
        return ("drop", 0)
    return ("check", check) if check >= build else ("build", build)


# %% 10a.2 wrong: a check for nothing -> "a check is not for nothing"
def what_to_do(p, gain, loss, cost, power):
    values = {
        "drop": 0.0,
        "check": p * gain - (1 - p) * (1 - power) * loss,
        "build": p * gain - (1 - p) * loss,
    }
    best = max(values, key=values.get)
    return best, values[best]


# %% 10a.2 wrong: the expected value of what passes -> "over all claims, not over those that pass"
def what_to_do(p, gain, loss, cost, power):
    passes = p + (1 - p) * (1 - power) or 1
    values = {
        "drop": 0.0,
        "check": (p * gain - (1 - p) * (1 - power) * loss) / passes - cost,
        "build": p * gain - (1 - p) * loss,
    }
    best = max(values, key=values.get)
    return best, values[best]


# %% 10a.2 wrong: the loss is added -> "the loss is what is lost"
def what_to_do(p, gain, loss, cost, power):
    build = p * gain - (1 - p) * loss
    check = p * gain - (1 - p) * (1 - power) * loss - cost
    values = {"drop": 0.0, "check": check, "build": p * gain + (1 - p) * loss}
    best = max(values, key=values.get)
    return best, values[best]


# %% 10a.2 wrong: the map's check, four of five for a tenth of the gain -> "more likely than not"
def what_to_do(p, gain, loss, cost, power):
    build = p * gain - (1 - p) * loss
    values = {"drop": 0.0, "check": p * gain - (1 - p) * 0.2 * loss - 0.1 * gain, "build": build}
    best = max(values, key=values.get)
    return best, values[best]


# %% 10a.2 wrong: of equal ones check before drop -> "checking and dropping are equal"
def what_to_do(p, gain, loss, cost, power):
    build = p * gain - (1 - p) * loss
    check = p * gain - (1 - p) * (1 - power) * loss - cost
    values = {"check": check, "drop": 0.0, "build": build}
    best = max(values, key=values.get)
    return best, values[best]


# %% 10a.2 wrong: of equal ones build before check -> "of equal values the most careful way"
def what_to_do(p, gain, loss, cost, power):
    build = p * gain - (1 - p) * loss
    check = p * gain - (1 - p) * (1 - power) * loss - cost
    values = {"drop": 0.0, "build": build, "check": check}
    best = max(values, key=values.get)
    return best, values[best]


# %% 10a.2 wrong: the value first -> "in this order"
def what_to_do(p, gain, loss, cost, power):
    build = p * gain - (1 - p) * loss
    check = p * gain - (1 - p) * (1 - power) * loss - cost
    values = {"drop": 0.0, "check": check, "build": build}
    best = max(values, key=values.get)
    return values[best], best


# %% 10a.2 wrong: names of its own -> "not 'CHECK'"
def what_to_do(p, gain, loss, cost, power):
    build = p * gain - (1 - p) * loss
    check = p * gain - (1 - p) * (1 - power) * loss - cost
    values = {"DROP": 0.0, "CHECK": check, "BUILD": build}
    best = max(values, key=values.get)
    return best, values[best]


# %% 10a.2 wrong: nothing where it is dropped -> "give a name and a value"
def what_to_do(p, gain, loss, cost, power):
    build = p * gain - (1 - p) * loss
    check = p * gain - (1 - p) * (1 - power) * loss - cost
    if max(check, build) > 0:
        return ("check", check) if check >= build else ("build", build)


# %% 10a.2 wrong: rounded to whole numbers -> "need not be a whole number"
def what_to_do(p, gain, loss, cost, power):
    values = {"drop": 0, "check": round(p * gain - (1 - p) * (1 - power) * loss - cost), "build": round(p * gain - (1 - p) * loss)}
    name = max(values, key=values.get)
    return name, values[name]


# %% 10a.3 right: union-find
def same_works(mentions):
    parent = list(range(len(mentions)))

    def root(i):
        return i if parent[i] == i else root(parent[i])

    for i, one in enumerate(mentions):
        for j in range(i):
            if one & mentions[j]:
                a, b = sorted([root(i), root(j)])
                parent[b] = a
    works = {}
    for i in range(len(mentions)):
        works.setdefault(root(i), []).append(i)
    return list(works.values())


# %% 10a.3 right: colours that spread until nothing changes, as tuples
def same_works(mentions):
    colour = list(range(len(mentions)))
    changed = True
    while changed:
        changed = False
        for i in range(len(mentions)):
            for j in range(len(mentions)):
                if mentions[i] & mentions[j] and colour[i] != colour[j]:
                    colour[i] = colour[j] = min(colour[i], colour[j])
                    changed = True
    return [tuple(i for i, c in enumerate(colour) if c == one) for one in sorted(set(colour))]


# %% 10a.3 right: recursion, from neighbour to neighbour
def same_works(mentions):
    seen, works = set(), []

    def visit(place, group):
        seen.add(place)
        group.append(place)
        for other, keys in enumerate(mentions):
            if other not in seen and keys & mentions[place]:
                visit(other, group)
        return group

    for place in range(len(mentions)):
        if place not in seen:
            works.append(sorted(visit(place, [])))
    return works


# %% 10a.3 right: powers of a matrix, arrays in a tuple
def same_works(mentions):
    n = len(mentions)
    linked = np.array([bool(x & y) for x in mentions for y in mentions], dtype=int).reshape(n, n) + np.eye(n, dtype=int)
    for _ in range(n):
        linked = (linked @ linked > 0).astype(int)
    return tuple(np.flatnonzero(row) for place, row in enumerate(linked) if row.argmax() == place)


# %% 10a.3 wrong: six passes over all pairs -> "a long chain out of order"
def same_works(mentions):
    colour = list(range(len(mentions)))
    for _ in range(6):
        for i in range(len(mentions)):
            for j in range(len(mentions)):
                if mentions[i] & mentions[j]:
                    colour[i] = colour[j] = min(colour[i], colour[j])
    return [[i for i, c in enumerate(colour) if c == one] for one in sorted(set(colour))]


# %% 10a.3 wrong: joined groups are left empty -> "there is a group without a mention"
def same_works(mentions):
    groups = []
    for place, keys in enumerate(mentions):
        fits = [group for group in groups if group[0] & keys] or [(set(), [])]
        if not fits[0][1]:
            groups.append(fits[0])
        for other in fits[1:]:
            fits[0][0].update(other[0])
            fits[0][1].extend(other[1])
            other[0].clear()
            other[1].clear()
        fits[0][0].update(keys)
        fits[0][1].append(place)
    return [sorted(places) for _, places in groups]


# %% 10a.3 wrong: a work for no mention -> "there is a group without a mention"
def same_works(mentions):
    groups = []
    for place, keys in enumerate(mentions):
        fits = [group for group in groups if group[0] & keys]
        groups = [group for group in groups if not group[0] & keys]
        joined = keys.union(*(group[0] for group in fits))
        groups.append((joined, sorted([place, *(p for group in fits for p in group[1])])))
    return sorted(places for _, places in groups) or [[]]


# %% 10a.3 wrong: the keys, not the places -> "not their keys"
def same_works(mentions):
    return [sorted(keys) for keys in mentions]


# %% 10a.3 wrong: a number of its work for each mention -> "a list of lists is asked for"
def same_works(mentions):
    return list(range(len(mentions)))


# %% 10a.3 wrong: nothing returned -> "a list of lists is asked for"
def same_works(mentions):
    [[place] for place in range(len(mentions))]


# %% 10a.3 wrong: keys are added to the first mention -> "changes its input mentions"
def same_works(mentions):
    groups = []
    for place, keys in enumerate(mentions):
        fits = [group for group in groups if group[0] & keys]
        groups = [group for group in groups if not group[0] & keys]
        for group in fits:
            keys |= group[0]
        groups.append((keys, sorted([place, *(p for group in fits for p in group[1])])))
    return sorted(places for _, places in groups)


# %% 10a.3 wrong: the same keys, not a shared one -> "what a chain of shared keys connects"
def same_works(mentions):
    works = {}
    for place, keys in enumerate(mentions):
        works.setdefault(tuple(sorted(keys)) or place, []).append(place)
    return list(works.values())


# %% 10a.3 wrong: only the first fitting group -> "what a chain of shared keys connects"
def same_works(mentions):
    groups = []
    for place, keys in enumerate(mentions):
        for group in groups:
            if group[0] & keys:
                group[0].update(keys)
                group[1].append(place)
                break
        else:
            groups.append((set(keys), [place]))
    return [places for _, places in groups]


# %% 10a.3 wrong: into every fitting group -> "every mention stands in one group, once"
def same_works(mentions):
    groups = []
    for place, keys in enumerate(mentions):
        fits = [group for group in groups if group[0] & keys]
        for group in fits:
            group[0].update(keys)
            group[1].append(place)
        if not fits:
            groups.append((set(keys), [place]))
    return [places for _, places in groups]


# %% 10a.3 wrong: compared with the first mention alone -> "a chain"
def same_works(mentions):
    left, works = list(range(len(mentions))), []
    while left:
        first = left[0]
        group = [place for place in left if place == first or mentions[place] & mentions[first]]
        works.append(group)
        left = [place for place in left if place not in group]
    return works


# %% 10a.3 wrong: mentions without keys are all one work -> "two mentions without keys"
def same_works(mentions):
    parent = list(range(len(mentions)))

    def root(i):
        return i if parent[i] == i else root(parent[i])

    for i, one in enumerate(mentions):
        for j in range(i):
            if one & mentions[j] or (not one and not mentions[j]):
                a, b = sorted([root(i), root(j)])
                parent[b] = a
    works = {}
    for i in range(len(mentions)):
        works.setdefault(root(i), []).append(i)
    return list(works.values())


# %% 10a.3 wrong: mentions without keys are left out -> "every mention stands in one group, once"
def same_works(mentions):
    parent = list(range(len(mentions)))

    def root(i):
        return i if parent[i] == i else root(parent[i])

    for i, one in enumerate(mentions):
        for j in range(i):
            if one & mentions[j]:
                a, b = sorted([root(i), root(j)])
                parent[b] = a
    works = {}
    for i in range(len(mentions)):
        if mentions[i]:
            works.setdefault(root(i), []).append(i)
    return list(works.values())


# %% 10a.3 wrong: small letters -> "keys that look alike"
def same_works(mentions):
    mentions = [{key.lower() for key in keys} for keys in mentions]
    parent = list(range(len(mentions)))

    def root(i):
        return i if parent[i] == i else root(parent[i])

    for i, one in enumerate(mentions):
        for j in range(i):
            if one & mentions[j]:
                a, b = sorted([root(i), root(j)])
                parent[b] = a
    works = {}
    for i in range(len(mentions)):
        works.setdefault(root(i), []).append(i)
    return list(works.values())


# %% 10a.3 wrong: the largest work first -> "the groups are right, their order is not"
def same_works(mentions):
    parent = list(range(len(mentions)))

    def root(i):
        return i if parent[i] == i else root(parent[i])

    for i, one in enumerate(mentions):
        for j in range(i):
            if one & mentions[j]:
                a, b = sorted([root(i), root(j)])
                parent[b] = a
    works = {}
    for i in range(len(mentions)):
        works.setdefault(root(i), []).append(i)
    return sorted(works.values(), key=lambda places: -len(places))


# %% 10a.4 right: try every character
def check_character(digits, weights, modulus):
    for value in range(modulus):
        total = sum(int(d) * w for d, w in zip([*digits, value], weights))
        if total % modulus == 0:
            return "0123456789X"[value]


# %% 10a.4 right: with NumPy
def check_character(digits, weights, modulus):
    total = int(np.dot([int(d) for d in digits], weights[:-1]))
    missing = (modulus - total % modulus) % modulus
    return {10: "X"}.get(missing, f"{missing}")


# %% 10a.4 wrong: the remainder itself -> "what is missing to the next multiple?"
def check_character(digits, weights, modulus):
    value = sum(int(d) * w for d, w in zip(digits, weights)) % modulus
    return "X" if value == 10 else str(value)


# %% 10a.4 wrong: a number -> "a text is asked for, not int"
def check_character(digits, weights, modulus):
    return -sum(int(d) * w for d, w in zip(digits, weights)) % modulus


# %% 10a.4 wrong: no X -> "ten has a character of its own"
def check_character(digits, weights, modulus):
    return str(-sum(int(d) * w for d, w in zip(digits, weights)) % modulus)


# %% 10a.4 wrong: a whole modulus where nothing is missing -> "the sum is a multiple already"
def check_character(digits, weights, modulus):
    value = modulus - sum(int(d) * w for d, w in zip(digits, weights)) % modulus
    return "X" if value == 10 else str(value)


# %% 10a.4 wrong: weights from the other end -> "the first weight belongs to the first digit"
def check_character(digits, weights, modulus):
    value = -sum(int(d) * w for d, w in zip(digits[::-1], weights)) % modulus
    return "X" if value == 10 else str(value)


# %% 10a.4 wrong: always the weights of an ISSN -> "modulus 11"
def check_character(digits, weights, modulus):
    value = -sum(int(d) * w for d, w in zip(digits, range(len(digits), 0, -1))) % modulus
    return "X" if value == 10 else str(value)


# %% 10a.4 wrong: always modulus 11 -> "modulus 10"
def check_character(digits, weights, modulus):
    value = -sum(int(d) * w for d, w in zip(digits, weights)) % 11
    return "X" if value == 10 else str(value)


# %% 10a.4 wrong: small x -> "expected"
def check_character(digits, weights, modulus):
    value = -sum(int(d) * w for d, w in zip(digits, weights)) % modulus
    return "x" if value == 10 else str(value)


# %% 10a.4 right: recursion, digit by digit
def check_character(digits, weights, modulus):
    def total(digits, weights):
        return int(digits[0]) * weights[0] + total(digits[1:], weights[1:]) if digits else 0

    return np.array([*"0123456789X"])[-total(digits, weights) % modulus]


# %% 10a.4 right: one more until it fits
def check_character(digits, weights, modulus):
    total, value = sum(int(d) * w for d, w in zip(digits, weights)), 0
    while (total + value) % modulus:
        value += 1
    return f"{value}".replace("10", "X")


# %% 10a.4 wrong: all characters -> "one character is asked for"
def check_character(digits, weights, modulus):
    value = -sum(int(d) * w for d, w in zip(digits, weights)) % modulus
    return digits + ("X" if value == 10 else str(value))


# %% 10a.4 wrong: nothing for nought -> "one character is asked for"
def check_character(digits, weights, modulus):
    value = -sum(int(d) * w for d, w in zip(digits, weights)) % modulus
    return "X" if value == 10 else str(value or "")


# %% 10a.4 wrong: zeros in front are lost -> "0317847 with modulus 11"
def check_character(digits, weights, modulus):
    value = -sum(int(d) * w for d, w in zip(str(int(digits)), weights)) % modulus
    return "X" if value == 10 else str(value)


# %% 10a.4 wrong: the weights one place off -> "0317847 with modulus 11"
def check_character(digits, weights, modulus):
    value = -sum(int(d) * w for d, w in zip(digits, weights[1:])) % modulus
    return "X" if value == 10 else str(value)


# %% 10a.4 wrong: the last weight is taken off the list -> "changes its input weights"
def check_character(digits, weights, modulus):
    weights.pop()
    value = -sum(int(d) * w for d, w in zip(digits, weights)) % modulus
    return "X" if value == 10 else str(value)


# %% 10a.4 wrong: a number, except for ten -> "a text is asked for, not int"
def check_character(digits, weights, modulus):
    value = -sum(int(d) * w for d, w in zip(digits, weights)) % modulus
    return "X" if value == 10 else value


# %% 10a.4 wrong: modulus 11 whatever is asked -> "it is not always 11"
def check_character(digits, weights, modulus):
    r = -sum(int(d) * w for d, w in zip(digits, weights)) % 11
    return "X" if r == 10 else str(r)


# %% 10a.4 wrong: a missing ten is an X with every modulus -> "the sum is a multiple already"
def check_character(digits, weights, modulus):
    r = modulus - sum(int(d) * w for d, w in zip(digits, weights)) % modulus
    return "X" if r == 10 else "0" if r > 10 else str(r)
