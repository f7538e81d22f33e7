# 2c · A chart, and what goes into it
# Made from lessons/02c_architecture.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
letters: int = 2000  # letters in the archive, before some are sent twice  in [400, 20000]
corpus: str = "reference"  # text to compare in 2c.4  in {mail, reference, tinyshakespeare, tang300}
merges: int = 120  # byte pairs to merge, at most  in [0, 400]

# %% 2c.1 asks about affected
import numpy as np

line = [("clean", "train"), ("train", "serve"), ("clean", "test")]
loop = [("data", "net"), ("net", "loss"), ("loss", "step"), ("step", "net"), ("net", "serve")]
hint = "follow every arrow from the changed stage, and on from there"
for chart_, changed, wanted in [
    (line, "clean", {"train", "serve", "test"}),
    (line, "train", {"serve"}),
    (line, "serve", set()),
    ([("e", "f"), ("d", "e"), ("c", "d"), ("b", "c"), ("a", "b")], "a", set("bcdef")),
    (loop, "loss", {"step", "net", "loss", "serve"}),
    (loop, "data", {"net", "loss", "step", "serve"}),
]:
    got = affected(list(chart_), changed)
    c.true(
        np.iterable(got) and not isinstance(got, str),
        f"return a set of names, not {type(got).__name__}",
        hint,
    )
    got = set(got)
    if got and got == {s for s, e in chart_ if e == changed} != wanted:
        c.fail("those are the stages before it, against the arrows", hint)
    if got == {e for s, e in chart_ if s == changed} != wanted:
        c.fail("those are only its direct followers", hint)
    if got == wanted | {changed} != wanted:
        c.fail("a stage touches itself only through a loop", hint)
    c.equal(sorted(got), sorted(wanted), what=f"a change in {changed!r}", hint=hint)

# %% 2c.2 asks about standardise
import numpy as np

full = [[1, 10, 7, 0.001], [2, 15, 7, 0.002], [6, 40, 7, 0.004], [2.5, 10, 7, 0.002], [3, 20, 7, 0.002]]
whole, filled = np.array(full), np.array([[2.5, 20, 7, 0.002], [4, 15, 9, 0.003]])
seen, new = whole.copy(), filled.copy()
seen[[1, 3, 4], [1, 0, 3]] = new[[0, 1, 0], [0, 1, 3]] = np.nan
answer = standardise(seen, new)
c.true(isinstance(answer, (tuple, list)) and len(answer) == 2, "return two tables: train, other")
mean, std = whole.mean(axis=0), whole.std(axis=0)
std[2] = 1
hint = "the medians of train, 2.5, 15 and 0.002, fill the empty cells; then take its mean and std"
own = (filled - filled.mean(axis=0)) / filled.std(axis=0)
zeroed = (np.where(np.isnan(new), mean, new) - mean) / std
by_itself = (np.where(np.isnan(new), np.nanmedian(new, axis=0), new) - mean) / std
slips = {
    "that is normalised with its own mean and spread": own,
    "an empty cell was filled with 0 after normalising": zeroed,
    "its empty cells were filled with its own medians": by_itself,
}
gaps = np.nanstd(seen, axis=0)
gaps[2] = 1
averaged = np.where(np.isnan(seen), np.nanmean(seen, axis=0), seen)
by_sample = {
    "that divides by the sample's standard deviation, with n - 1": (whole - mean) / std * np.sqrt(4 / 5),
    "that divides by 1 where the standard deviation is small; only 0 is replaced": (whole - mean)
    / np.maximum(std, 1),
    "the standard deviation is that of the filled column": (whole - mean) / gaps,
    "mean and standard deviation are those of the filled column": (whole - np.nanmean(seen, axis=0))
    / gaps,
    "the empty cells were filled with the mean, not with the median": (averaged - averaged.mean(axis=0))
    / gaps
    * np.sqrt([5 / 4, 5 / 4, 1, 5 / 4]),
}
c.close(answer[0], (whole - mean) / std, what="train", slips=by_sample, hint=hint)
c.close(answer[1], (filled - mean) / std, what="other", slips=slips, hint=hint)

# %% 2c.3 asks about decode
known = [bytes([byte]) for byte in range(256)] + [
    b" brake",
    b" in",
    b"sured",
    "链".encode()[:2],
    "松了".encode(),
]
hint = "a token may hold a part of a character: what must be complete before you decode?"
c.equal(decode([256, 257, 258], known), " brake insured", what="three tokens", hint=hint)
c.equal(decode([], known), "", what="no tokens", hint=hint)
c.equal(decode([32, 256, 32, 10], known), "  brake \n", what="blanks and a line end", hint=hint)
c.equal(decode([0xE9, 0x93, 0xBE, 260], known), "链松了", what="链 as three single bytes", hint=hint)
c.equal(decode([259, 0xBE, 10, 97], known), "链\na", what="链 cut into two tokens", hint=hint)
c.equal(
    decode([259, 256], known), "� brake", what="a reply that stops inside 链, then goes on", hint=hint
)
c.equal(decode([97, 259], known), "a�", what="a reply that ends inside 链", hint=hint)
c.equal(decode([0x93, 0xBE, 256], known), "�� brake", what="a reply that begins inside 链", hint=hint)

# %% 2c.4 asks about cheapest
import numpy as np

shop = {
    "east": (4.0, {"English": 2.0, "Chinese": 2.0, "French": 1.0}),
    "west": (3.0, {"English": 4.0, "Chinese": 1.0, "French": 3.0}),
    "north": (2.5, {"English": 1.25, "Chinese": 1.0, "French": 1.5}),
    "south": (20.0, {"English": 5.0, "Chinese": 4.0, "French": 4.0}),
}
for offers, mail, name, euros in [
    (shop, {"English": 8.0}, "west", 6.0),
    (shop, {"Chinese": 8.0}, "east", 16.0),
    (shop, {"English": 6.0, "Chinese": 2.0}, "west", 10.5),
    (shop, {"English": 2.0, "Chinese": 8.0}, "east", 20.0),
    ({"only": (10.0, {"Tamil": 0.5})}, {"Tamil": 0.03}, "only", 0.6),
]:
    got, what = cheapest(offers, mail), f"for {mail} million bytes"
    c.true(np.iterable(got) and not isinstance(got, (str, dict)), "return the name and the euros")
    c.true(len(got) == 2, "return two values: the name and the euros")
    hint = "what does a letter become before it is billed, and how many of those?"
    c.true(isinstance(got[0], str), "the name comes first, then the euros")
    c.equal(str(got[0]), name, what=what, hint=hint)
    price, of_it = offers[name][0], offers[name][1]
    size, used = sum(mail.values()), [of_it[language] for language in mail]
    slips = {
        "that multiplies where more bytes per token should mean fewer tokens": price
        * sum(mail[language] * of_it[language] for language in mail),
        "that takes one average of the bytes per token for all languages": price
        * size
        * len(used)
        / sum(used),
        "that bills bytes as if each were a token": price * size,
        "that counts the tokens and forgets the price": euros / price,
        "that bills one of the languages only": price * max(mail.values()) / used[0],
    }
    c.close(got[1], euros, what=f"euros {what}", slips=slips, hint=hint)
