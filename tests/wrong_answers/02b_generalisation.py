# %% 2b.1 right: the whole condition, tried upwards
def exam_size(accuracy, margin):
    n = 1
    while 1.96 * (accuracy * (1 - accuracy) / n) ** 0.5 > margin:
        n += 1
    return n

# %% 2b.1 right: NumPy, a float that is whole
def exam_size(accuracy, margin):
    return np.ceil((1.96 * np.sqrt(accuracy * (1 - accuracy)) / margin) ** 2)

# %% 2b.1 right: a tensor
def exam_size(accuracy, margin):
    p = torch.tensor(accuracy, dtype=torch.float64)
    return torch.ceil(p * (1 - p) * 1.96**2 / margin**2)

# %% 2b.1 right: the exact quantile of the normal distribution
def exam_size(accuracy, margin):
    from scipy.stats import norm
    return int(np.ceil(accuracy * (1 - accuracy) / (margin / norm.ppf(0.975)) ** 2))

# %% 2b.1 right: recursion by halves
def exam_size(accuracy, margin):
    def enough(n):
        return 1.96 * math.sqrt(accuracy * (1 - accuracy) / n) <= margin
    def least(low, high):
        if high - low == 1:
            return high
        middle = (low + high) // 2
        return least(low, middle) if enough(middle) else least(middle, high)
    return 1 if enough(1) else least(1, 10**7)

# %% 2b.1 wrong: always one more than the whole part -> "one too many"
def exam_size(accuracy, margin):
    return int(accuracy * (1 - accuracy) * (1.96 / margin) ** 2) + 1

# %% 2b.1 wrong: below the margin, not at most -> "one too many"
def exam_size(accuracy, margin):
    n = 1
    while 1.96 * (accuracy * (1 - accuracy) / n) ** 0.5 >= margin:
        n += 1
    return n

# %% 2b.1 wrong: squares nothing -> "a square is missing"
def exam_size(accuracy, margin):
    return math.ceil(math.sqrt(accuracy * (1 - accuracy)) * 1.96 / margin)

# %% 2b.1 wrong: rounds down -> "one example more is needed"
def exam_size(accuracy, margin):
    return int(accuracy * (1 - accuracy) * (1.96 / margin) ** 2)

# %% 2b.1 wrong: rounds to the nearest -> "one example more is needed"
def exam_size(accuracy, margin):
    return round(accuracy * (1 - accuracy) * (1.96 / margin) ** 2)

# %% 2b.1 wrong: one too many -> "expected 385, got 386"
def exam_size(accuracy, margin):
    return int(accuracy * (1 - accuracy) * (1.96 / margin) ** 2) + 2

# %% 2b.1 wrong: does not round -> "a whole number is wanted"
def exam_size(accuracy, margin):
    return accuracy * (1 - accuracy) * (1.96 / margin) ** 2

# %% 2b.1 wrong: one standard error -> "1.96 standard errors, not one"
def exam_size(accuracy, margin):
    return math.ceil(accuracy * (1 - accuracy) / margin**2)

# %% 2b.1 wrong: the margin as the whole width -> "it is not the whole width"
def exam_size(accuracy, margin):
    return math.ceil(accuracy * (1 - accuracy) * (2 * 1.96 / margin) ** 2)

# %% 2b.1 wrong: twice the margin -> "accuracy=0.5, margin=0.05"
def exam_size(accuracy, margin):
    return math.ceil(accuracy * (1 - accuracy) * (1.96 / (2 * margin)) ** 2)

# %% 2b.1 wrong: the worst case for all -> "an accuracy of one half"
def exam_size(accuracy, margin):
    return math.ceil(0.25 * (1.96 / margin) ** 2)

# %% 2b.1 wrong: does not square 1.96 -> "square the 1.96 as well"
def exam_size(accuracy, margin):
    return math.ceil(accuracy * (1 - accuracy) * 1.96 / margin**2)

# %% 2b.1 wrong: squares nothing but the 1.96 -> "that of the margin at least"
def exam_size(accuracy, margin):
    return math.ceil(accuracy * (1 - accuracy) * 1.96**2 / margin)

# %% 2b.1 wrong: p alone under the root -> "not p"
def exam_size(accuracy, margin):
    return math.ceil(accuracy * (1.96 / margin) ** 2)

# %% 2b.1 wrong: 2 for 1.96 -> "accuracy=0.5, margin=0.05"
def exam_size(accuracy, margin):
    return math.ceil(accuracy * (1 - accuracy) * (2 / margin) ** 2)

# %% 2b.1 wrong: a percentage -> "accuracy=0.5, margin=0.05"
def exam_size(accuracy, margin):
    return math.ceil(accuracy * (100 - accuracy) * (1.96 / margin) ** 2)

# %% 2b.2 wrong: always the system of the features -> "the 1500 × 1500 system is the larger one"
def ridge_weights(F, Y, s):
    return np.linalg.solve(F.T @ F + s * np.eye(F.shape[1]), F.T @ Y)

# %% 2b.2 right: extra rows, and lists
def ridge_weights(F, Y, s):
    n, p = F.shape
    if p > n:
        return (F.T @ np.linalg.inv(F @ F.T + s * np.identity(n)) @ Y).tolist()
    rows = np.vstack([F, s**0.5 * np.eye(p)])
    return np.linalg.lstsq(rows, np.vstack([Y, np.zeros((p, Y.shape[1]))]), rcond=None)[0].tolist()

# %% 2b.2 right: torch, the smaller of the two
def ridge_weights(F, Y, s):
    F, Y = torch.tensor(F), torch.tensor(Y)
    n, p = F.shape
    if n < p:
        return F.T @ torch.linalg.solve(F @ F.T + s * torch.eye(n, dtype=F.dtype), Y)
    return torch.linalg.solve(F.T @ F + s * torch.eye(p, dtype=F.dtype), F.T @ Y)

# %% 2b.2 right: scikit-learn
def ridge_weights(F, Y, s):
    from sklearn.linear_model import Ridge
    return Ridge(alpha=s, fit_intercept=False, solver="cholesky").fit(F, Y).coef_.reshape(Y.shape[1], -1).T

# %% 2b.2 right: once turned round
def ridge_weights(F, Y, s):
    wide = F.shape[1] > F.shape[0]
    A = F @ F.T if wide else F.T @ F
    A[np.diag_indices(len(A))] += s
    return F.T @ np.linalg.solve(A, Y) if wide else np.linalg.solve(A, F.T @ Y)

# %% 2b.2 wrong: centres the features -> "weights for n=12"
def ridge_weights(F, Y, s):
    F = F - F.mean(axis=0)
    n, p = F.shape
    if p <= n:
        return np.linalg.solve(F.T @ F + s * np.eye(p), F.T @ Y)
    return F.T @ np.linalg.solve(F @ F.T + s * np.eye(n), Y)

# %% 2b.2 wrong: forgets s where the features are many -> "n=4, p=9"
def ridge_weights(F, Y, s):
    n, p = F.shape
    if p <= n:
        return np.linalg.solve(F.T @ F + s * np.eye(p), F.T @ Y)
    return F.T @ np.linalg.solve(F @ F.T, Y)

# %% 2b.2 wrong: always the system of the rows, in torch -> "n=1500, p=3"
def ridge_weights(F, Y, s):
    F, Y = torch.tensor(F), torch.tensor(Y)
    return F.T @ torch.linalg.solve(F @ F.T + s * torch.eye(len(F), dtype=F.dtype), Y)

# %% 2b.2 wrong: plain least squares -> "s is not in it"
def ridge_weights(F, Y, s):
    return np.linalg.lstsq(F, Y, rcond=None)[0]

# %% 2b.2 wrong: as if squares were averaged -> "do not multiply s by n"
def ridge_weights(F, Y, s):
    n, p = F.shape
    return np.linalg.solve(F.T @ F / n + s * np.eye(p), F.T @ Y / n)

# %% 2b.2 wrong: s squared -> "that is s²"
def ridge_weights(F, Y, s):
    return np.linalg.solve(F.T @ F + s**2 * np.eye(F.shape[1]), F.T @ Y)

# %% 2b.2 wrong: subtracts s -> "the sign of s"
def ridge_weights(F, Y, s):
    return np.linalg.solve(F.T @ F - s * np.eye(F.shape[1]), F.T @ Y)

# %% 2b.2 wrong: s everywhere -> "on the diagonal only"
def ridge_weights(F, Y, s):
    return np.linalg.solve(F.T @ F + s, F.T @ Y)

# %% 2b.2 wrong: the other way round -> "expected an array of shape (4, 3)"
def ridge_weights(F, Y, s):
    return np.linalg.solve(F.T @ F + s * np.eye(F.shape[1]), F.T @ Y).T

# %% 2b.2 wrong: half of s -> "weights for n=12"
def ridge_weights(F, Y, s):
    return np.linalg.solve(F.T @ F + s / 2 * np.eye(F.shape[1]), F.T @ Y)

# %% 2b.2 wrong: always the system of the features, in torch -> "n=3, p=1500"
def ridge_weights(F, Y, s):
    F, Y = torch.tensor(F), torch.tensor(Y)
    return torch.linalg.solve(F.T @ F + s * torch.eye(F.shape[1], dtype=F.dtype), F.T @ Y)

# %% 2b.2 wrong: always the system of the rows -> "n=1500, p=3: the 1500 × 1500 system is the larger one"
def ridge_weights(F, Y, s):
    return F.T @ np.linalg.solve(F @ F.T + s * np.eye(len(F)), Y)

# %% 2b.2 wrong: changes over at a number of its own -> "n=60, p=200"
def ridge_weights(F, Y, s):
    n, p = F.shape
    if p <= 1000:
        return np.linalg.solve(F.T @ F + s * np.eye(p), F.T @ Y)
    return F.T @ np.linalg.solve(F @ F.T + s * np.eye(n), Y)

# %% 2b.2 wrong: the lesson's own function -> "calls the lesson's least_squares"
def ridge_weights(F, Y, s):
    return least_squares(F, Y, s)

# %% 2b.2 wrong: scales the features in place -> "changes its input F"
def ridge_weights(F, Y, s):
    F /= np.linalg.norm(F, axis=0)
    n, p = F.shape
    if p <= n:
        return np.linalg.solve(F.T @ F + s * np.eye(p), F.T @ Y)
    return F.T @ np.linalg.solve(F @ F.T + s * np.eye(n), Y)

# %% 2b.3 right: by hand, with logarithms to base 2
def labels_to_buy(measured, offers, price, letters, mistake):
    x = [math.log2(n) for n in measured]
    y = [math.log2(error) for error in measured.values()]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    b = sum((u - mx) * (v - my) for u, v in zip(x, y)) / sum((u - mx) ** 2 for u in x)
    totals = {n: n * price + letters * mistake * 2 ** (my + b * (math.log2(n) - mx)) for n in offers}
    best = min(totals, key=totals.get)
    return [best, totals[best]]

# %% 2b.3 right: NumPy all through, an array
def labels_to_buy(measured, offers, price, letters, mistake):
    n, error = np.array(list(measured.items())).T
    A = np.stack([np.ones(len(n)), np.log(n)], axis=1)
    a, b = np.linalg.lstsq(A, np.log(error))[0]
    many = np.array(offers, dtype=float)
    costs = many * price + letters * mistake * np.exp(a) * many**b
    return np.array([many[costs.argmin()], costs.min()])

# %% 2b.3 right: torch in 32 bits
def labels_to_buy(measured, offers, price, letters, mistake):
    n = torch.tensor(list(measured), dtype=torch.float32).log()
    e = torch.tensor(list(measured.values()), dtype=torch.float32).log()
    b = ((n - n.mean()) * (e - e.mean())).sum() / ((n - n.mean()) ** 2).sum()
    many = torch.tensor(offers, dtype=torch.float32)
    costs = many * price + letters * mistake * (e.mean() + b * (many.log() - n.mean())).exp()
    return many[costs.argmin()], costs.min()

# %% 2b.3 right: scipy, a NumPy integer
def labels_to_buy(measured, offers, price, letters, mistake):
    from scipy.stats import linregress
    line = linregress(np.log10(list(measured)), np.log10(list(measured.values())))
    cost = lambda n: n * price + letters * mistake * 10 ** (line.intercept + line.slope * np.log10(n))
    best = min(offers, key=cost)
    return np.int64(best), np.float64(cost(best))

# %% 2b.3 wrong: large errors count more -> "numbers differ"
def labels_to_buy(measured, offers, price, letters, mistake):
    e = np.array(list(measured.values()))
    slope, height = np.polyfit(np.log(list(measured)), np.log(e), 1, w=e)
    cost, best = min((n * price + letters * mistake * np.exp(height + slope * np.log(n)), n) for n in offers)
    return best, cost

# %% 2b.3 wrong: the slope alone -> "numbers differ"
def labels_to_buy(measured, offers, price, letters, mistake):
    slope, _ = np.polyfit(np.log(list(measured)), np.log(list(measured.values())), 1)
    cost, best = min((n * price + letters * mistake * n**slope, n) for n in offers)
    return best, cost

# %% 2b.3 wrong: a straight line without logarithms -> "numbers differ"
def labels_to_buy(measured, offers, price, letters, mistake):
    slope, height = np.polyfit(list(measured), list(measured.values()), 1)
    cost, best = min((n * price + letters * mistake * max(0, height + slope * n), n) for n in offers)
    return best, cost

# %% 2b.3 wrong: logarithm of one side only -> "numbers differ"
def labels_to_buy(measured, offers, price, letters, mistake):
    slope, height = np.polyfit(list(measured), np.log(list(measured.values())), 1)
    cost, best = min((n * price + letters * mistake * np.exp(height + slope * n), n) for n in offers)
    return best, cost

# %% 2b.3 wrong: through the first and the last measurement -> "not only two"
def labels_to_buy(measured, offers, price, letters, mistake):
    (n1, e1), *_, (n2, e2) = measured.items()
    b = math.log(e2 / e1) / math.log(n2 / n1)
    cost, best = min((n * price + letters * mistake * e2 * (n / n2) ** b, n) for n in offers)
    return best, cost

# %% 2b.3 wrong: from the last measurement on, with the fitted slope -> "0.16"
def labels_to_buy(measured, offers, price, letters, mistake):
    slope, height = np.polyfit(np.log(list(measured)), np.log(list(measured.values())), 1)
    n2, e2 = list(measured.items())[-1]
    cost, best = min((n * price + letters * mistake * e2 * (n / n2) ** slope, n) for n in offers)
    return best, cost

# %% 2b.3 wrong: always the square root -> "0.01"
def labels_to_buy(measured, offers, price, letters, mistake):
    a = np.exp(np.mean([np.log(e) + 0.5 * np.log(n) for n, e in measured.items()]))
    cost, best = min((n * price + letters * mistake * a / n**0.5, n) for n in offers)
    return best, cost

# %% 2b.3 wrong: the largest offer -> "numbers differ"
def labels_to_buy(measured, offers, price, letters, mistake):
    slope, height = np.polyfit(np.log(list(measured)), np.log(list(measured.values())), 1)
    n = max(offers)
    return n, n * price + letters * mistake * np.exp(height + slope * np.log(n))

# %% 2b.3 wrong: the smallest offer -> "numbers differ"
def labels_to_buy(measured, offers, price, letters, mistake):
    slope, height = np.polyfit(np.log(list(measured)), np.log(list(measured.values())), 1)
    n = min(offers)
    return n, n * price + letters * mistake * np.exp(height + slope * np.log(n))

# %% 2b.3 wrong: forgets the letters -> "numbers differ"
def labels_to_buy(measured, offers, price, letters, mistake):
    slope, height = np.polyfit(np.log(list(measured)), np.log(list(measured.values())), 1)
    cost, best = min((n * price + mistake * np.exp(height + slope * np.log(n)), n) for n in offers)
    return best, cost

# %% 2b.3 wrong: forgets what a mistake costs -> "expected"
def labels_to_buy(measured, offers, price, letters, mistake):
    slope, height = np.polyfit(np.log(list(measured)), np.log(list(measured.values())), 1)
    cost, best = min((n * price + letters * np.exp(height + slope * np.log(n)), n) for n in offers)
    return best, cost

# %% 2b.3 wrong: forgets the price -> "numbers differ"
def labels_to_buy(measured, offers, price, letters, mistake):
    slope, height = np.polyfit(np.log(list(measured)), np.log(list(measured.values())), 1)
    cost, best = min((letters * mistake * np.exp(height + slope * np.log(n)), n) for n in offers)
    return best, cost

# %% 2b.3 wrong: the price decides, but is left out of the cost -> "mistakes alone"
def labels_to_buy(measured, offers, price, letters, mistake):
    slope, height = np.polyfit(np.log(list(measured)), np.log(list(measured.values())), 1)
    cost, best = min((n * price + letters * mistake * np.exp(height + slope * np.log(n)), n) for n in offers)
    return best, cost - best * price

# %% 2b.3 wrong: cost first -> "first the number of labels"
def labels_to_buy(measured, offers, price, letters, mistake):
    slope, height = np.polyfit(np.log(list(measured)), np.log(list(measured.values())), 1)
    cost, best = min((n * price + letters * mistake * np.exp(height + slope * np.log(n)), n) for n in offers)
    return cost, best

# %% 2b.3 wrong: the number alone -> "expected an array of shape (2,), got one number"
def labels_to_buy(measured, offers, price, letters, mistake):
    slope, height = np.polyfit(np.log(list(measured)), np.log(list(measured.values())), 1)
    cost, best = min((n * price + letters * mistake * np.exp(height + slope * np.log(n)), n) for n in offers)
    return best

# %% 2b.3 wrong: the place in the list -> "numbers differ"
def labels_to_buy(measured, offers, price, letters, mistake):
    slope, height = np.polyfit(np.log(list(measured)), np.log(list(measured.values())), 1)
    cost, best = min((n * price + letters * mistake * np.exp(height + slope * np.log(n)), n) for n in offers)
    return offers.index(best), cost

# %% 2b.3 wrong: only what is bought beyond the labels in hand -> "numbers differ"
def labels_to_buy(measured, offers, price, letters, mistake):
    slope, height = np.polyfit(np.log(list(measured)), np.log(list(measured.values())), 1)
    cost, best = min(((n - max(measured)) * price + letters * mistake * np.exp(height + slope * np.log(n)), n) for n in offers)
    return best, cost

# %% 2b.3 wrong: sorts the offers in place -> "changes its input offers"
def labels_to_buy(measured, offers, price, letters, mistake):
    slope, height = np.polyfit(np.log(list(measured)), np.log(list(measured.values())), 1)
    offers.sort(key=lambda n: n * price + letters * mistake * np.exp(height + slope * np.log(n)))
    return offers[0], offers[0] * price + letters * mistake * np.exp(height + slope * np.log(offers[0]))


# %% 2b.1 wrong: two standard errors -> "1.96 standard errors, not 2"
def exam_size(accuracy, margin):
    return math.ceil(accuracy * (1 - accuracy) * (2 / margin) ** 2)


# %% 2b.3 right: the regression of the standard library
def labels_to_buy(measured, offers, price, letters, mistake):
    import statistics
    f = statistics.linear_regression([math.log(k) for k in measured], [math.log(v) for v in measured.values()])
    def total(n):
        return math.fsum([n * price, math.exp(f.intercept + f.slope * math.log(n)) * letters * mistake])
    return min((total(n), n) for n in offers)[::-1]


# %% 2b.3 wrong: stops at the first dearer offer -> "expected 2400"
def labels_to_buy(measured, offers, price, letters, mistake):
    b, a = np.polyfit([math.log(n) for n in measured], [math.log(e) for e in measured.values()], 1)
    total = lambda n: n * price + letters * mistake * math.exp(a + b * math.log(n))
    best = offers[0]
    for n in offers[1:]:
        if total(n) >= total(best):
            break
        best = n
    return best, total(best)


# %% 2b.3 wrong: the offer nearest to the best number -> "expected 2400"
def labels_to_buy(measured, offers, price, letters, mistake):
    b, a = np.polyfit([math.log(n) for n in measured], [math.log(e) for e in measured.values()], 1)
    total = lambda n: n * price + letters * mistake * math.exp(a + b * math.log(n))
    opt = (letters * mistake * math.exp(a) * -b / price) ** (1 / (1 - b))
    best = min(offers, key=lambda n: abs(n - opt))
    return best, total(best)


# %% 2b.3 wrong: sorts labels and errors apart -> "expected 1343.77"
def labels_to_buy(measured, offers, price, letters, mistake):
    b, a = np.polyfit(np.log(sorted(measured)), np.log(sorted(measured.values(), reverse=True)), 1)
    total = lambda n: n * price + letters * mistake * math.exp(a + b * math.log(n))
    best = min(offers, key=total)
    return best, total(best)
