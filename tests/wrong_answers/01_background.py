# %% 1.1 right: through the law's two numbers
def two_point_forecast(x1, l1, x2, l2, x3):
    alpha = (np.log(l1) - np.log(l2)) / (np.log(x2) - np.log(x1))
    return l1 * x1**alpha * x3**-alpha


# %% 1.1 right: a line on logarithms to base 10
def two_point_forecast(x1, l1, x2, l2, x3):
    slope, start = np.polyfit(np.log10([x1, x2]), np.log10([l1, l2]), 1)
    return torch.tensor(10 ** (start + slope * np.log10(x3)))


# %% 1.1 wrong: a straight line on plain axes -> "plain axes"
def two_point_forecast(x1, l1, x2, l2, x3):
    return l1 + (l2 - l1) / (x2 - x1) * (x3 - x1)


# %% 1.1 wrong: the same amount for each factor -> "same share"
def two_point_forecast(x1, l1, x2, l2, x3):
    return l1 + (l2 - l1) * np.log10(x3 / x1) / np.log10(x2 / x1)


# %% 1.1 wrong: the sign of the exponent -> "sign of the exponent"
def two_point_forecast(x1, l1, x2, l2, x3):
    alpha = math.log(l1 / l2) / math.log(x2 / x1)
    return l2 * (x3 / x2) ** alpha


# %% 1.1 wrong: mixes the two starting points -> "does not pass through the second point"
def two_point_forecast(x1, l1, x2, l2, x3):
    slope = math.log(l2 / l1) / math.log(x2 / x1)
    return l2 * (x3 / x1) ** slope


# %% 1.1 wrong: takes every step for a tenfold -> "x = 5 after (2, 3.0)"
def two_point_forecast(x1, l1, x2, l2, x3):
    return l2 * (l2 / l1) ** math.log10(x3 / x2)


# %% 1.1 wrong: returns the logarithm -> "still a logarithm"
def two_point_forecast(x1, l1, x2, l2, x3):
    slope = math.log(l2 / l1) / math.log(x2 / x1)
    return math.log(l2) + slope * math.log(x3 / x2)


# %% 1.2 right: by hand, to base 2
def size_for(sizes, losses, target):
    x, y = np.log2(sizes), np.log2(losses)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    return 2 ** (x.mean() + (np.log2(target) - y.mean()) / slope)


# %% 1.2 right: scipy
def size_for(sizes, losses, target):
    line = stats.linregress(np.log(list(sizes)), np.log(list(losses)))
    return float(np.exp((np.log(target) - line.intercept) / line.slope))


# %% 1.2 wrong: plain axes -> "plain axes"
def size_for(sizes, losses, target):
    slope, intercept = np.polyfit(sizes, losses, 1)
    return (target - intercept) / slope


# %% 1.2 wrong: the regression turned round -> "another line once points scatter"
def size_for(sizes, losses, target):
    slope, intercept = np.polyfit(np.log(losses), np.log(sizes), 1)
    return np.exp(intercept + slope * np.log(target))


# %% 1.2 wrong: only the ends -> "only the smallest and the largest"
def size_for(sizes, losses, target):
    first, last = np.argmin(sizes), np.argmax(sizes)
    slope = np.log(losses[last] / losses[first]) / np.log(sizes[last] / sizes[first])
    return sizes[first] * (target / losses[first]) ** (1 / slope)


# %% 1.2 wrong: forgets exp -> "that is the logarithm"
def size_for(sizes, losses, target):
    slope, intercept = np.polyfit(np.log(sizes), np.log(losses), 1)
    return (np.log(target) - intercept) / slope


# %% 1.2 wrong: the loss at a size, not the size for a loss -> "5 models, target loss 1.5"
def size_for(sizes, losses, target):
    slope, intercept = np.polyfit(np.log(sizes), np.log(losses), 1)
    return np.exp(intercept + slope * np.log(target))


# %% 1.2 wrong: only the loss in logarithms -> "5 models, target loss 1.5"
def size_for(sizes, losses, target):
    slope, intercept = np.polyfit(sizes, np.log(losses), 1)
    return (np.log(target) - intercept) / slope


# %% 1.2 wrong: no measured model is that good -> "expected"
def size_for(sizes, losses, target):
    return sizes[np.argmin(np.abs(losses - target))]


# %% 1.3 right: natural logarithms, by hand
def doubling_months(years, flops):
    x, y = years - np.mean(years), np.log(flops)
    rate = (x * y).sum() / (x * x).sum()
    return 12 * np.log(2) / rate


# %% 1.3 right: time in months from the start
def doubling_months(years, flops):
    months = (np.array(years) - years[0]) * 12
    return 1 / stats.linregress(months, np.log2(flops)).slope


# %% 1.3 wrong: years -> "a year has 12 months"
def doubling_months(years, flops):
    return 1 / np.polyfit(years, np.log2(flops), 1)[0]


# %% 1.3 wrong: doublings a year -> "doublings a year"
def doubling_months(years, flops):
    return np.polyfit(years, np.log2(flops), 1)[0]


# %% 1.3 wrong: natural logarithm -> "e-fold, not twofold"
def doubling_months(years, flops):
    return 12 / np.polyfit(years, np.log(flops), 1)[0]


# %% 1.3 wrong: logarithm to base 10 -> "tenfold, not twofold"
def doubling_months(years, flops):
    return 12 / np.polyfit(years, np.log10(flops), 1)[0]


# %% 1.3 wrong: only the ends -> "only the first and the last"
def doubling_months(years, flops):
    first, last = np.argmin(years), np.argmax(years)
    return 12 * (years[last] - years[first]) / np.log2(flops[last] / flops[first])


# %% 1.3 wrong: the intercept -> "4 models"
def doubling_months(years, flops):
    return 12 / np.polyfit(years, np.log2(flops), 1)[1]


# %% 1.3 wrong: always six months -> "10 models"
def doubling_months(years, flops):
    return 6.0


# %% 1.4 right: a list, by powers
def best_split(flops, ratio=20):
    n = (flops / ratio / 6) ** 0.5
    return [n, flops / (6 * n)]


# %% 1.4 right: tokens first, then an array
def best_split(flops, ratio=20):
    tokens = np.sqrt(flops * ratio / 6)
    return np.array([tokens / ratio, tokens])


# %% 1.4 wrong: leaves the ratio out of the parameters -> "counts in the parameters, too"
def best_split(flops, ratio=20):
    n = math.sqrt(flops / 6)
    return n, ratio * n

# %% 1.4 wrong: the other order -> "parameters, then tokens"
def best_split(flops, ratio=20):
    n = math.sqrt(flops / (6 * ratio))
    return ratio * n, n


# %% 1.4 wrong: no six -> "one more factor"
def best_split(flops, ratio=20):
    n = math.sqrt(flops / ratio)
    return n, ratio * n


# %% 1.4 wrong: the cost of use -> "training costs more"
def best_split(flops, ratio=20):
    n = math.sqrt(flops / (2 * ratio))
    return n, ratio * n


# %% 1.4 wrong: always twenty -> "use the one that was given"
def best_split(flops, ratio=20):
    n = math.sqrt(flops / 120)
    return n, 20 * n


# %% 1.4 wrong: Chinchilla by heart -> "6e+12 FLOPs"
def best_split(flops, ratio=20):
    return 70e9, 1.4e12


# %% 1.4 wrong: forgets the root -> "expected 7e+10"
def best_split(flops, ratio=20):
    n = flops / (6 * ratio)
    return n, ratio * n


# %% 1.4 wrong: only the parameters -> "expected an array of shape (2,)"
def best_split(flops, ratio=20):
    return math.sqrt(flops / (6 * ratio))


# %% 1.5 right: a loop over months
def cheapest(requests, options):
    best = None
    for name, (once, each, rent, capacity) in options.items():
        cost_of = once
        for r in requests:
            cost_of += r * each + rent * max(1, -(-r // capacity))
        if best is None or cost_of < best[1]:
            best = (name, cost_of)
    return list(best)


# %% 1.5 right: arrays
def cheapest(requests, options):
    r = np.array(requests)
    totals = {
        name: once + (r * each + rent * np.maximum(1, np.ceil(r / capacity))).sum()
        for name, (once, each, rent, capacity) in options.items()
    }
    return min(totals.items(), key=lambda pair: pair[1])


# %% 1.5 wrong: parts of a GPU -> "990,000"
def cheapest(requests, options):
    totals = {
        name: once + sum(r * each + rent * r / capacity for r in requests)
        for name, (once, each, rent, capacity) in options.items()
    }
    name = min(totals, key=totals.get)
    return name, totals[name]


# %% 1.5 wrong: at least one, but then parts of a GPU -> "two whole GPUs"
def cheapest(requests, options):
    totals = {
        name: once + sum(r * each + rent * max(1, r / capacity) for r in requests)
        for name, (once, each, rent, capacity) in options.items()
    }
    name = min(totals, key=totals.get)
    return name, totals[name]


# %% 1.5 wrong: no GPU in quiet months -> "an idle GPU costs too"
def cheapest(requests, options):
    totals = {
        name: once + sum(r * each + rent * math.ceil(r / capacity) for r in requests)
        for name, (once, each, rent, capacity) in options.items()
    }
    name = min(totals, key=totals.get)
    return name, totals[name]


# %% 1.5 wrong: GPUs for the average month -> "month by month"
def cheapest(requests, options):
    mean = sum(requests) / len(requests)
    totals = {
        name: once + sum(requests) * each + len(requests) * rent * max(1, math.ceil(mean / capacity))
        for name, (once, each, rent, capacity) in options.items()
    }
    name = min(totals, key=totals.get)
    return name, totals[name]


# %% 1.5 wrong: one GPU for everything -> "two whole GPUs"
def cheapest(requests, options):
    totals = {name: o[0] + sum(requests) * o[1] + len(requests) * o[2] for name, o in options.items()}
    name = min(totals, key=totals.get)
    return name, totals[name]


# %% 1.5 wrong: forgets the sum before the start -> "expected 'adapt', got 'train'"
def cheapest(requests, options):
    totals = {
        name: sum(r * each + rent * max(1, math.ceil(r / capacity)) for r in requests)
        for name, (once, each, rent, capacity) in options.items()
    }
    name = min(totals, key=totals.get)
    return name, totals[name]


# %% 1.5 wrong: pays the sum before the start each month -> "expected 17642.8"
def cheapest(requests, options):
    totals = {
        name: sum(once + r * each + rent * max(1, math.ceil(r / capacity)) for r in requests)
        for name, (once, each, rent, capacity) in options.items()
    }
    name = min(totals, key=totals.get)
    return name, totals[name]


# %% 1.5 wrong: forgets the price of each request -> "expected 'rent', got"
def cheapest(requests, options):
    totals = {
        name: once + sum(rent * max(1, math.ceil(r / capacity)) for r in requests)
        for name, (once, each, rent, capacity) in options.items()
    }
    name = max(totals, key=totals.get)
    return name, totals[name]


# %% 1.5 wrong: only the name -> "return two things"
def cheapest(requests, options):
    return "rent"


# %% 1.5 wrong: the dearest -> "expected 'rent', got"
def cheapest(requests, options):
    totals = {
        name: once + sum(r * each + rent * max(1, math.ceil(r / capacity)) for r in requests)
        for name, (once, each, rent, capacity) in options.items()
    }
    name = max(totals, key=totals.get)
    return name, totals[name]


# %% 1.5 wrong: one GPU more than full ones -> "a full GPU is enough"
def cheapest(requests, options):
    totals = {
        name: once + sum(r * each + rent * (r // capacity + 1) for r in requests)
        for name, (once, each, rent, capacity) in options.items()
    }
    name = min(totals, key=totals.get)
    return name, totals[name]


# %% 1.5 wrong: the GPUs of the busiest month in all months -> "ten GPUs, then eleven"
def cheapest(requests, options):
    totals = {
        name: once + sum(requests) * each + len(requests) * rent * max(1, math.ceil(max(requests) / capacity))
        for name, (once, each, rent, capacity) in options.items()
    }
    name = min(totals, key=totals.get)
    return name, totals[name]


# %% 1.1 wrong: believes that every law falls -> "x = 90 after (3, 1.2)"
def two_point_forecast(x1, l1, x2, l2, x3):
    alpha = abs(math.log(l1 / l2) / math.log(x2 / x1))
    return l2 * (x3 / x2) ** -alpha


# %% 1.1 right: single numbers as float32 tensors
def two_point_forecast(x1, l1, x2, l2, x3):
    x1, l1, x2, l2, x3 = (torch.tensor(float(v)) for v in (x1, l1, x2, l2, x3))
    slope = (l2 / l1).log() / (x2 / x1).log()
    return l2 * (x3 / x2) ** slope


# %% 1.2 right: a whole number, rounded up
def size_for(sizes, losses, target):
    slope, intercept = np.polyfit(np.log(sizes), np.log(losses), 1)
    return math.ceil(np.exp((np.log(target) - intercept) / slope))


# %% 1.2 right: a whole number, rounded
def size_for(sizes, losses, target):
    slope, intercept = np.polyfit(np.log(sizes), np.log(losses), 1)
    return round(float(np.exp((np.log(target) - intercept) / slope)))


# %% 1.2 wrong: writes into what it was given -> "changes its input sizes"
def size_for(sizes, losses, target):
    np.log(sizes, out=sizes)
    np.log(losses, out=losses)
    slope, intercept = np.polyfit(sizes, losses, 1)
    return np.exp((np.log(target) - intercept) / slope)


# %% 1.2 wrong: takes the list for sorted -> "8 models"
def size_for(sizes, losses, target):
    slope = np.log(losses[-1] / losses[0]) / np.log(sizes[-1] / sizes[0])
    return sizes[0] * (target / losses[0]) ** (1 / slope)


# %% 1.3 wrong: the regression turned round -> "fitted the years against the doublings"
def doubling_months(years, flops):
    return 12 * np.polyfit(np.log2(flops), years, 1)[0]


# %% 1.3 right: lists, and months from the first year
def doubling_months(years, flops):
    years, flops = list(years), list(flops)
    months = [12 * (y - min(years)) for y in years]
    return float(1 / np.polyfit(months, [math.log2(f) for f in flops], 1)[0])


# %% 1.4 wrong: no default for the ratio -> "TypeError"
def best_split(flops, ratio):
    n = math.sqrt(flops / (6 * ratio))
    return n, ratio * n


# %% 1.4 wrong: another default -> "with no ratio given"
def best_split(flops, ratio=1):
    n = math.sqrt(flops / (6 * ratio))
    return n, ratio * n


# %% 1.4 right: one ratio for all who give none
def best_split(flops, ratio=None):
    ratio = 20.0 if ratio is None else float(ratio)
    n = torch.tensor(flops / 6 / ratio, dtype=torch.float64).sqrt()
    return n, n * ratio


# %% 1.5 wrong: never gives a GPU back -> "31,000,000"
def cheapest(requests, options):
    totals = {}
    for name, (start, each, rent, capacity) in options.items():
        total, gpus = start, 1
        for r in requests:
            gpus = max(gpus, math.ceil(r / capacity))
            total += r * each + gpus * rent
        totals[name] = total
    name = min(totals, key=totals.get)
    return name, totals[name]


# %% 1.5 wrong: knows the three names by heart -> "KeyError: 'rent'"
def cheapest(requests, options):
    totals = {}
    for name in ("rent", "adapt", "train"):
        start, each, rent, capacity = options[name]
        totals[name] = start + sum(r * each + rent * max(1, math.ceil(r / capacity)) for r in requests)
    name = min(totals, key=totals.get)
    return name, totals[name]


# %% 1.5 wrong: an API never has a sum before the start -> "expected 900, got 200"
def cheapest(requests, options):
    totals = {}
    for name, (start, each, rent, capacity) in options.items():
        gpus = sum(max(1, math.ceil(r / capacity)) for r in requests)
        totals[name] = sum(requests) * each + (start + gpus * rent if rent else 0)
    name = min(totals, key=totals.get)
    return name, totals[name]


# %% 1.5 wrong: sorts the months of the caller -> "changes its input requests"
def cheapest(requests, options):
    requests.sort()
    totals = {
        name: start + sum(r * each + rent * max(1, math.ceil(r / capacity)) for r in requests)
        for name, (start, each, rent, capacity) in options.items()
    }
    name = min(totals, key=totals.get)
    return name, totals[name]


# %% 1.1 right: recursion by tenfolds and a rest, in base 2
def two_point_forecast(x1, l1, x2, l2, x3):
    s = math.log2(l2 / l1) / math.log2(x2 / x1)
    return np.array(2 ** (math.log2(l1) + s * math.log2(x3 / x1)))


# %% 1.1 right: a geometric mean of both losses with weights
def two_point_forecast(x1, l1, x2, l2, x3):
    share = math.log(x3 / x1) / math.log(x2 / x1)
    return torch.tensor(l1 ** (1 - share) * l2**share)


# %% 1.1 wrong: the losses in logarithms, the work not -> "x = 100 after (1, 4.0)"
def two_point_forecast(x1, l1, x2, l2, x3):
    return l1 * (l2 / l1) ** ((x3 - x1) / (x2 - x1))


# %% 1.2 right: NumPy's newer polynomials
def size_for(sizes, losses, target):
    b, a = np.polynomial.Polynomial.fit(np.log(sizes), np.log(losses), 1).convert().coef[::-1]
    return np.array(math.exp((math.log(target) - a) / b))


# %% 1.2 right: least squares in torch
def size_for(sizes, losses, target):
    x = torch.tensor(sizes, dtype=torch.float64).log()
    y = torch.tensor(losses, dtype=torch.float64).log()
    A = torch.stack([x, torch.ones_like(x)], dim=1)
    b, a = torch.linalg.lstsq(A, y[:, None]).solution[:, 0]
    return ((math.log(target) - a) / b).exp()


# %% 1.2 wrong: the mean of all two-point laws -> "models, target loss"
def size_for(sizes, losses, target):
    order = np.argsort(sizes)
    x, y = np.log(sizes)[order], np.log(losses)[order]
    slope = np.mean(np.diff(y) / np.diff(x))
    return np.exp(x.mean() + (np.log(target) - y.mean()) / slope)


# %% 1.3 right: a list for one number's place, torch
def doubling_months(years, flops):
    x = torch.tensor(years, dtype=torch.float64)
    y = torch.tensor(flops, dtype=torch.float64).log2()
    x = x - x.mean()
    return 12 / ((x * (y - y.mean())).sum() / (x * x).sum())


# %% 1.3 wrong: the mean of the steps between neighbours -> "10 models"
def doubling_months(years, flops):
    order = np.argsort(years)
    return 12 / np.mean(np.diff(np.log2(flops)[order]) / np.diff(years[order]))


# %% 1.3 wrong: takes the list for sorted -> "models"
def doubling_months(years, flops):
    return 12 * (years[-1] - years[0]) / np.log2(flops[-1] / flops[0])


# %% 1.4 right: by logarithms
def best_split(flops, ratio=20):
    n = math.exp(0.5 * (math.log(flops) - math.log(6 * ratio)))
    return np.float64(n), np.float64(flops / 6 / n)


# %% 1.4 wrong: the square root of the ratio twice -> "FLOPs at"
def best_split(flops, ratio=20):
    n = math.sqrt(flops / 6) / ratio
    return n, ratio * n


# %% 1.5 right: a tensor for the total, whole divisions
def cheapest(requests, options):
    best = {}
    for name, (start, each, rent, capacity) in options.items():
        r = torch.tensor(requests, dtype=torch.float64)
        best[name] = start + (r * each + rent * torch.clamp(torch.ceil(r / capacity), min=1)).sum()
    name = min(best, key=lambda n: float(best[n]))
    return [name, best[name]]


# %% 1.5 right: recursion over the months
def cheapest(requests, options):
    def rest(months, each, rent, capacity):
        if not months:
            return 0
        first, *others = months
        return first * each + rent * max(1, -(-first // capacity)) + rest(others, each, rent, capacity)

    return min(
        ((name, o[0] + rest(requests, *o[1:])) for name, o in options.items()), key=lambda pair: pair[1]
    )


# %% 1.5 wrong: the total alone is the cheapest, the name the first -> "expected 'rent', got 'train'"
def cheapest(requests, options):
    totals = {
        name: start + sum(r * each + rent * max(1, math.ceil(r / capacity)) for r in requests)
        for name, (start, each, rent, capacity) in options.items()
    }
    return next(iter(options)), min(totals.values())


# %% 1.5 wrong: rounds the GPUs instead of rounding up -> "requests"
def cheapest(requests, options):
    totals = {
        name: start + sum(r * each + rent * max(1, round(r / capacity)) for r in requests)
        for name, (start, each, rent, capacity) in options.items()
    }
    name = min(totals, key=totals.get)
    return name, totals[name]


# %% 1.5 wrong: always a year -> "36 months"
def cheapest(requests, options):
    totals = {}
    for name, (start, each, rent, capacity) in options.items():
        month = sum(r * each + rent * max(1, math.ceil(r / capacity)) for r in requests) / len(requests)
        totals[name] = start + 12 * month
    name = min(totals, key=totals.get)
    return name, totals[name]


# %% 1.1 wrong: takes the first work for 1 -> "expected 2.50916"
def two_point_forecast(x1, l1, x2, l2, x3):
    s = math.log(l2 / l1) / math.log(x2 / x1)
    return l1 * x3**s


# %% 1.3 right: from the covariance
def doubling_months(years, flops):
    c = np.cov(years, np.log2(flops))
    return 12 * c[0, 0] / c[0, 1]


# %% 1.3 wrong: sorts years and FLOPs apart -> "expected 20.0481"
def doubling_months(years, flops):
    return 12 / np.polyfit(sorted(years), np.log2(sorted(flops)), 1)[0]


# %% 1.5 right: counts the GPUs up, and sorts the bills
def cheapest(requests, options):
    def gpus(r, c):
        n = 1
        while n * c < r:
            n += 1
        return n
    bills = [(math.fsum([s, *(p * r for r in requests), *(g * gpus(r, c) for r in requests if g > 0)]), n)
             for n, (s, p, g, c) in options.items()]
    total, name = sorted(bills)[0]
    return name, total
