# %% 6h.1 right: the part since the last order
def circling(history):
    tail = []
    for call, result in history:
        tail = [] if call["tool"] == "order" else [*tail, (call, result)]
    return bool(tail) and tail[-1] in tail[:-1]


# %% 6h.1 right: by place, as NumPy's own kind of truth
def circling(history):
    orders = [n for n, (call, _) in enumerate(history) if call["tool"] == "order"]
    start = orders[-1] + 1 if orders else 0
    return np.any([history[n] == history[-1] for n in range(start, len(history) - 1)])


# %% 6h.1 wrong: the result is not looked at -> "the result is new"
def circling(history):
    for call, result in reversed(history[:-1]):
        if call["tool"] == "order" or history[-1][0]["tool"] == "order":
            return False
        if call == history[-1][0]:
            return True
    return False


# %% 6h.1 wrong: only the call before -> "those of an earlier step"
def circling(history):
    return len(history) > 1 and history[-1] == history[-2] and history[-1][0]["tool"] != "order"


# %% 6h.1 wrong: orders are no matter -> "an order stands in between"
def circling(history):
    return bool(history) and history[-1][0]["tool"] != "order" and history[-1] in history[:-1]


# %% 6h.1 wrong: any repetition in the history -> "only the last call is asked about"
def circling(history):
    for n, pair in enumerate(history):
        for m in range(n + 1, len(history)):
            if pair == history[m] and not any(call["tool"] == "order" for call, _ in history[n : m + 1]):
                return True
    return False


# %% 6h.1 wrong: two orders make a circle -> "two equal orders are no circle"
def circling(history):
    for call, result in reversed(history[:-1]):
        if (call, result) == history[-1]:
            return True
        if call["tool"] == "order":
            return False
    return False


# %% 6h.1 wrong: once an order, never a circle -> "those of an earlier step"
def circling(history):
    if any(call["tool"] == "order" for call, _ in history):
        return False
    return bool(history) and history[-1] in history[:-1]


# %% 6h.1 wrong: an empty history breaks it -> "IndexError"
def circling(history):
    last = history[-1]
    return last[0]["tool"] != "order" and last in history[:-1]


# %% 6h.1 wrong: a word -> "return True or False"
def circling(history):
    return "yes" if history else "no"


# %% 6h.1 wrong: only an order of the same item counts -> "an order stands in between"
def circling(history):
    for call, result in reversed(history[:-1]):
        last = history[-1][0]
        if "order" == last["tool"] or call["tool"] == "order" and call["item"] == last["item"]:
            return False
        if (call, result) == history[-1]:
            return True
    return False


# %% 6h.1 wrong: the first twin instead of the nearest -> "those of an earlier step"
def circling(history):
    if not history or history[-1][0]["tool"] == "order":
        return False
    first = history.index(history[-1])
    return first < len(history) - 1 and not any(call["tool"] == "order" for call, _ in history[first:])


# %% 6h.1 wrong: the walk ends at the first equal call -> "those of an earlier step"
def circling(history):
    for call, result in reversed(history[:-1]):
        if call["tool"] == "order":
            return False
        if call == history[-1][0]:
            return history[-1][0]["tool"] != "order" and result == history[-1][1]
    return False


# %% 6h.1 wrong: an error is no result -> "those of an earlier step"
def circling(history):
    tail = []
    for call, result in history:
        tail = [] if call["tool"] == "order" else [*tail, (call, result)]
    return bool(tail) and tail[-1] in tail[:-1] and "error" not in tail[-1][1]


# %% 6h.1 wrong: compared as written -> "those of an earlier step"
def circling(history):
    tail = []
    for call, result in history:
        tail = [] if call["tool"] == "order" else [*tail, json.dumps([call, result])]
    return bool(tail) and tail[-1] in tail[:-1]


# %% 6h.1 wrong: a refused order is no order -> "a refused one counts too"
def circling(history):
    tail = []
    for call, result in history:
        tail = [] if call["tool"] == "order" and "error" not in result else [*tail, (call, result)]
    return bool(tail) and tail[-1] in tail[:-1]


# %% 6h.1 wrong: a refused order may make a circle -> "two equal orders are no circle"
def circling(history):
    for call, result in reversed(history[:-1]):
        if (call, result) == history[-1] and (call["tool"] != "order" or "error" in result):
            return True
        if call["tool"] == "order":
            return False
    return False


# %% 6h.1 wrong: only an order just before counts -> "an order stands in between"
def circling(history):
    if len(history) < 2 or "order" in (history[-1][0]["tool"], history[-2][0]["tool"]):
        return False
    return history[-1] in history[:-1]


# %% 6h.2 right: the place by next, a tuple of tuples
def may_buy(item, quantity, euros, yeses, purse):
    fits = (n for n, y in enumerate(yeses) if y[0] == item and y[1] == quantity and y[2] >= euros)
    place = next(fits, None)
    if place is None or purse < euros:
        return (False, tuple(yeses))
    return (True, tuple(y for n, y in enumerate(yeses) if n != place))


# %% 6h.2 right: remove takes the first equal one
def may_buy(item, quantity, euros, yeses, purse):
    left = list(yeses)
    fitting = [y for y in yeses if y[:2] == (item, quantity) and euros <= y[2]]
    allowed = bool(fitting) and euros <= purse
    if allowed:
        left.remove(fitting[0])
    return [allowed, left]


# %% 6h.2 wrong: exactly the price -> "cheaper than agreed is fine"
def may_buy(item, quantity, euros, yeses, purse):
    if (item, quantity, euros) not in yeses or euros > purse:
        return False, yeses
    n = yeses.index((item, quantity, euros))
    return True, yeses[:n] + yeses[n + 1 :]


# %% 6h.2 wrong: any price -> "dearer than agreed"
def may_buy(item, quantity, euros, yeses, purse):
    for n, y in enumerate(yeses):
        if y[:2] == (item, quantity) and euros <= purse:
            return True, yeses[:n] + yeses[n + 1 :]
    return False, yeses


# %% 6h.2 wrong: fewer than agreed -> "for another quantity"
def may_buy(item, quantity, euros, yeses, purse):
    for n, y in enumerate(yeses):
        if y[0] == item and y[1] >= quantity and y[2] >= euros and euros <= purse:
            return True, yeses[:n] + yeses[n + 1 :]
    return False, yeses


# %% 6h.2 wrong: the yes is kept -> "exactly this"
def may_buy(item, quantity, euros, yeses, purse):
    return any(y[:2] == (item, quantity) and y[2] >= euros for y in yeses) and euros <= purse, yeses


# %% 6h.2 wrong: all equal ones are used up -> "one of two equal ones remains"
def may_buy(item, quantity, euros, yeses, purse):
    for y in yeses:
        if y[:2] == (item, quantity) and y[2] >= euros and euros <= purse:
            return True, [other for other in yeses if other != y]
    return False, yeses


# %% 6h.2 wrong: the newest is used up -> "the oldest is used up"
def may_buy(item, quantity, euros, yeses, purse):
    for n in reversed(range(len(yeses))):
        if yeses[n][:2] == (item, quantity) and yeses[n][2] >= euros and euros <= purse:
            return True, yeses[:n] + yeses[n + 1 :]
    return False, yeses


# %% 6h.2 wrong: no purse -> "the purse does not suffice"
def may_buy(item, quantity, euros, yeses, purse):
    for n, y in enumerate(yeses):
        if y[:2] == (item, quantity) and y[2] >= euros:
            return True, yeses[:n] + yeses[n + 1 :]
    return False, yeses


# %% 6h.2 wrong: the purse must hold more -> "the purse just suffices"
def may_buy(item, quantity, euros, yeses, purse):
    for n, y in enumerate(yeses):
        if y[:2] == (item, quantity) and y[2] >= euros and euros < purse:
            return True, yeses[:n] + yeses[n + 1 :]
    return False, yeses


# %% 6h.2 wrong: the purse against the agreed price -> "for what it costs now"
def may_buy(item, quantity, euros, yeses, purse):
    for n, y in enumerate(yeses):
        if y[:2] == (item, quantity) and euros <= y[2] <= purse:
            return True, yeses[:n] + yeses[n + 1 :]
    return False, yeses


# %% 6h.2 wrong: only the first yes is looked at -> "only the fitting yes"
def may_buy(item, quantity, euros, yeses, purse):
    if yeses and yeses[0][:2] == (item, quantity) and yeses[0][2] >= euros and euros <= purse:
        return True, yeses[1:]
    return False, yeses


# %% 6h.2 wrong: the list is changed in place -> "changes its input yeses"
def may_buy(item, quantity, euros, yeses, purse):
    for y in yeses:
        if y[:2] == (item, quantity) and y[2] >= euros and euros <= purse:
            yeses.remove(y)
            return True, yeses
    return False, yeses


# %% 6h.2 wrong: one thing -> "return two things"
def may_buy(item, quantity, euros, yeses, purse):
    return euros <= purse


# %% 6h.2 wrong: the dearest is used up -> "the oldest is used up"
def may_buy(item, quantity, euros, yeses, purse):
    fitting = [y for y in yeses if y[:2] == (item, quantity) and y[2] >= euros]
    if not fitting or euros > purse:
        return False, yeses
    n = yeses.index(max(fitting, key=lambda y: y[2]))
    return True, yeses[:n] + yeses[n + 1 :]


# %% 6h.2 wrong: what remains is sorted -> "what remains keeps its order"
def may_buy(item, quantity, euros, yeses, purse):
    for n, y in enumerate(yeses):
        if y[:2] == (item, quantity) and y[2] >= euros and euros <= purse:
            return True, sorted(yeses[:n] + yeses[n + 1 :])
    return False, yeses


# %% 6h.2 wrong: None for no -> "the first thing is True or False, not None"
def may_buy(item, quantity, euros, yeses, purse):
    for i, (a, q, e) in enumerate(yeses):
        if a == item and q == quantity and e >= euros and purse >= euros:
            return True, yeses[:i] + yeses[i + 1 :]
    return None, yeses


# %% 6h.3 right: slices instead of startswith, an array
def allowed(texts, written, vocabulary):
    n = len(written)
    rest = [text[n:] for text in texts if text[:n] == written]
    good = [bool(v) and any(r[: len(v)] == v for r in rest) for v in vocabulary] + [written in texts]
    return np.flatnonzero(good)


# %% 6h.3 right: a set of all beginnings, a tuple
def allowed(texts, written, vocabulary):
    begun = {text[:n] for text in texts for n in range(len(text) + 1)}
    found = [n for n in range(len(vocabulary)) if vocabulary[n] != "" and written + vocabulary[n] in begun]
    if written in texts:
        found.append(len(vocabulary))
    return tuple(found)


# %% 6h.3 wrong: only the token's first sign -> "no allowed text can be reached"
def allowed(texts, written, vocabulary):
    found = [n for n, v in enumerate(vocabulary) if v and any(t.startswith(written + v[0]) for t in texts)]
    return found + [len(vocabulary)] * (written in texts)


# %% 6h.3 wrong: the empty token -> "spells nothing is allowed"
def allowed(texts, written, vocabulary):
    found = [n for n, v in enumerate(vocabulary) if any(t.startswith(written + v) for t in texts)]
    return found + [len(vocabulary)] * (written in texts)


# %% 6h.3 wrong: a complete text ends -> "may come too"
def allowed(texts, written, vocabulary):
    if written in texts:
        return [len(vocabulary)]
    return [n for n, v in enumerate(vocabulary) if v and any(t.startswith(written + v) for t in texts)]


# %% 6h.3 wrong: never stops -> "stopping is allowed here"
def allowed(texts, written, vocabulary):
    return [n for n, v in enumerate(vocabulary) if v and any(t.startswith(written + v) for t in texts)]


# %% 6h.3 wrong: stops too early -> "stopping is not allowed here"
def allowed(texts, written, vocabulary):
    found = [n for n, v in enumerate(vocabulary) if v and any(t.startswith(written + v) for t in texts)]
    return found + [len(vocabulary)] * any(t.startswith(written) for t in texts)


# %% 6h.3 wrong: somewhere inside -> "no allowed text can be reached"
def allowed(texts, written, vocabulary):
    found = [n for n, v in enumerate(vocabulary) if v and any(written + v in t for t in texts)]
    return found + [len(vocabulary)] * (written in texts)


# %% 6h.3 wrong: what was written is forgotten -> "no allowed text can be reached"
def allowed(texts, written, vocabulary):
    found = [n for n, v in enumerate(vocabulary) if v and any(t.startswith(v) for t in texts)]
    return found + [len(vocabulary)] * (written in texts)


# %% 6h.3 wrong: only tokens that complete a text -> "may come too"
def allowed(texts, written, vocabulary):
    found = [n for n, v in enumerate(vocabulary) if v and written + v in texts]
    return found + [len(vocabulary)] * (written in texts)


# %% 6h.3 wrong: spellings instead of numbers -> "the numbers of the tokens"
def allowed(texts, written, vocabulary):
    return [v for v in vocabulary if v and any(t.startswith(written + v) for t in texts)]


# %% 6h.3 wrong: spellings taken as patterns -> "no allowed text can be reached"
def allowed(texts, written, vocabulary):
    going = [n for n, v in enumerate(vocabulary) if v and any(re.match(written + v, text) for text in texts)]
    return going + [len(vocabulary)] * (written in texts)


# %% 6h.3 wrong: a token's number by its spelling -> "may come too"
def allowed(texts, written, vocabulary):
    good = [v for v in vocabulary if v and any(t.startswith(written + v) for t in texts)]
    return [vocabulary.index(v) for v in good] + [len(vocabulary)] * (written in texts)


# %% 6h.4 right: a product of falling shares
def all_right(right, n, k):
    chance = lambda c: math.prod((c - i) / (n - i) for i in range(k)) if c >= k else 0.0
    return np.mean([chance(c) for c in right])


# %% 6h.4 right: fractions, a list first
def all_right(right, n, k):
    from fractions import Fraction

    return float(sum(Fraction(math.comb(c, k), math.comb(n, k)) for c in right) / len(right))


# %% 6h.4 wrong: runs put back -> "none is picked twice"
def all_right(right, n, k):
    return np.mean([(c / n) ** k for c in right])


# %% 6h.4 wrong: the power of the mean -> "do not mix them"
def all_right(right, n, k):
    return (np.mean(right) / n) ** k


# %% 6h.4 wrong: pass@k -> "at least one right run"
def all_right(right, n, k):
    return sum(1 - math.comb(n - c, k) / math.comb(n, k) for c in right) / len(right)


# %% 6h.4 wrong: no mean -> "a sum over the tasks"
def all_right(right, n, k):
    return sum(math.comb(c, k) / math.comb(n, k) for c in right)


# %% 6h.4 wrong: all n -> "needs not have all its n runs right"
def all_right(right, n, k):
    return sum(c == n for c in right) / len(right)


# %% 6h.4 wrong: at least k right -> "expected 0.388889, got 0.666667"
def all_right(right, n, k):
    return np.mean([c >= k for c in right])


# %% 6h.4 wrong: floats overflow -> "OverflowError"
def all_right(right, n, k):
    def comb(a, b):
        return math.gamma(a + 1) / math.gamma(b + 1) / math.gamma(a - b + 1) if a >= b else 0.0

    return sum(comb(c, k) / comb(n, k) for c in right) / len(right)


# %% 6h.5 right: three names and a loop
def best_plan(right, tried, clerk, machine, check, noticed, error):
    p = stats.wilson(right, tried)[0]
    alone = p * machine + (1 - p) * (machine + error)
    seen = machine + check + (1 - p) * noticed * clerk + (1 - p) * (1 - noticed) * error
    best = ("clerk", clerk)
    for name, price in (("machine", alone), ("checked", seen)):
        if price < best[1]:
            best = (name, price)
    return list(best)


# %% 6h.5 right: NumPy's argmin
def best_plan(right, tried, clerk, machine, check, noticed, error):
    w = 1 - stats.wilson(right, tried).low
    later = noticed * clerk + error - noticed * error
    prices = np.array([clerk, machine + w * error, machine + check + w * later])
    return ("clerk", "machine", "checked")[prices.argmin()], prices.min()


# %% 6h.5 wrong: the pilot's share -> "be more careful"
def best_plan(right, tried, clerk, machine, check, noticed, error):
    w = 1 - right / tried
    plans = {"clerk": clerk, "machine": machine + w * error}
    plans["checked"] = machine + check + w * (noticed * clerk + (1 - noticed) * error)
    return min(plans.items(), key=lambda plan: plan[1])


# %% 6h.5 wrong: the upper end -> "the hopeful end"
def best_plan(right, tried, clerk, machine, check, noticed, error):
    w = 1 - stats.wilson(right, tried).high
    plans = {"clerk": clerk, "machine": machine + w * error}
    plans["checked"] = machine + check + w * (noticed * clerk + (1 - noticed) * error)
    return min(plans.items(), key=lambda plan: plan[1])


# %% 6h.5 wrong: right for wrong -> "changed places"
def best_plan(right, tried, clerk, machine, check, noticed, error):
    w = stats.wilson(right, tried).low
    plans = {"clerk": clerk, "machine": machine + w * error}
    plans["checked"] = machine + check + w * (noticed * clerk + (1 - noticed) * error)
    return min(plans.items(), key=lambda plan: plan[1])


# %% 6h.5 wrong: every wrong task is noticed -> "does not notice every wrong task"
def best_plan(right, tried, clerk, machine, check, noticed, error):
    w = 1 - stats.wilson(right, tried).low
    plans = {"clerk": clerk, "machine": machine + w * error, "checked": machine + check + w * clerk}
    return min(plans.items(), key=lambda plan: plan[1])


# %% 6h.5 wrong: nothing is done anew -> "must be done anew"
def best_plan(right, tried, clerk, machine, check, noticed, error):
    w = 1 - stats.wilson(right, tried).low
    plans = {"clerk": clerk, "machine": machine + w * error}
    plans["checked"] = machine + check + w * (1 - noticed) * error
    return min(plans.items(), key=lambda plan: plan[1])


# %% 6h.5 wrong: looking is free -> "looking at each result costs"
def best_plan(right, tried, clerk, machine, check, noticed, error):
    w = 1 - stats.wilson(right, tried).low
    plans = {"clerk": clerk, "machine": machine + w * error}
    plans["checked"] = machine + w * (noticed * clerk + (1 - noticed) * error)
    return min(plans.items(), key=lambda plan: plan[1])


# %% 6h.5 wrong: of equal ones the last -> "the plan"
def best_plan(right, tried, clerk, machine, check, noticed, error):
    w = 1 - stats.wilson(right, tried).low
    plans = [("clerk", clerk), ("machine", machine + w * error)]
    plans += [("checked", machine + check + w * (noticed * clerk + (1 - noticed) * error))]
    return min(reversed(plans), key=lambda plan: plan[1])


# %% 6h.5 wrong: checked before machine -> "the plan"
def best_plan(right, tried, clerk, machine, check, noticed, error):
    w = 1 - stats.wilson(right, tried).low
    plans = {"clerk": clerk, "checked": machine + check + w * (noticed * clerk + (1 - noticed) * error)}
    plans["machine"] = machine + w * error
    name = min(plans, key=plans.get)
    return name, plans[name]


# %% 6h.5 wrong: noticed and unnoticed change places -> "these two are swapped"
def best_plan(right, tried, clerk, machine, check, noticed, error):
    w = 1 - stats.wilson(right, tried).low
    plans = {"clerk": clerk, "machine": machine + w * error}
    plans["checked"] = machine + check + w * ((1 - noticed) * clerk + noticed * error)
    name = min(plans, key=plans.get)
    return name, plans[name]


# %% 6h.5 wrong: only the name -> "return two things"
def best_plan(right, tried, clerk, machine, check, noticed, error):
    return "clerk"


# %% 6h.5 right: the interval by hand, with z = 1.96
def best_plan(right, tried, clerk, machine, check, noticed, error):
    z, p, n = 1.96, right / tried, tried
    low = (p + z * z / (2 * n) - z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)
    w = 1 - low
    plans = {"clerk": clerk, "machine": machine + w * error}
    plans["checked"] = machine + check + w * (noticed * clerk + (1 - noticed) * error)
    return min(plans.items(), key=lambda plan: plan[1])


# %% 6h.5 wrong: z = 2 -> "expected"
def best_plan(right, tried, clerk, machine, check, noticed, error):
    z, p, n = 2.0, right / tried, tried
    low = (p + z * z / (2 * n) - z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)
    w = 1 - low
    plans = {"clerk": clerk, "machine": machine + w * error}
    plans["checked"] = machine + check + w * (noticed * clerk + (1 - noticed) * error)
    return min(plans.items(), key=lambda plan: plan[1])
