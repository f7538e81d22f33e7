"""Pairs of texts to translate: amounts in English and Chinese words, whose right answers are known, and real sentences.

A number, a price or a date has exactly one right form here, of the several that people use: "two hundred five" (no "and"),
二百零五 (二, not 两), "march fifth nineteen oh five". A zero among the digits of a year is 〇, in a number 零.
"""

import datetime
import re
import zlib
from typing import NamedTuple

import numpy as np

from utils import data
from utils.errors import CourseError
from utils.repro import numpy_stream


def _words(text: str) -> list[str]:
    return text.split()


ONES = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")
MONTHS = _words("january february march april may june july august september october november december")
DAYS = _words(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
HAN = "零一二三四五六七八九"
UNITS = {"十": 10, "百": 100, "千": 1000}
FIRST_DAY, LAST_DAY = datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)
KINDS = {"number": 0.5, "price": 0.25, "date": 0.25}


class Pair(NamedTuple):
    """Two texts that say the same, as tokens; those that share a `meaning` are held out together."""

    kind: str
    english: list[str]
    other: list[str]
    meaning: str


# ------------------------------------------------------------------------------
# numbers, written and read


def english(n: int) -> list[str]:
    """The words of a whole number from 0 to 999,999: [eighty, three, thousand, one, hundred, four]."""
    if not 0 <= n < 10**6:
        raise CourseError(f"English words are made for 0 to 999,999, not for {n}.")
    if n < 20:
        return [ONES[n]]
    if n < 100:
        return [TENS[n // 10 - 2], *(english(n % 10) if n % 10 else [])]
    size, name = (1000, "thousand") if n >= 1000 else (100, "hundred")
    return [*english(n // size), name, *(english(n % size) if n % size else [])]


def _four_digits(n: int) -> str:
    """0 to 9,999 with 千 百 十; a gap of zeros inside is read once, as 零."""
    text, gap = "", False
    for size, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = n // size % 10
        if digit:
            text += ("零" if gap and text else "") + HAN[digit] + unit
        gap = not digit
    return text


def chinese(n: int) -> str:
    """A whole number from 0 to 99,999,999 in characters, in units of 万 (ten thousand): 八万三千一百零四."""
    if not 0 <= n < 10**8:
        raise CourseError(f"Chinese characters are made for 0 to 99,999,999, not for {n}.")
    high, low = divmod(n, 10_000)
    gap = "零" if high and 0 < low < 1000 else ""
    text = (_four_digits(high) + "万" if high else "") + gap + _four_digits(low)
    return text.removeprefix("一") if text.startswith("一十") else text or "零"  # 十二, not 一十二


def read_english(words: list[str]) -> int:
    """The number that words say, also in other forms: [twelve, hundred, and, five] is 1,205. ValueError for other words."""
    total = group = 0
    for word in words:
        if word == "thousand":
            total, group = total + group * 1000, 0
        elif word == "hundred":
            group *= 100
        elif word != "and":
            group += ONES.index(word) if word in ONES else 10 * TENS.index(word) + 20
    return total + group


def read_chinese(text: str) -> int:
    """The number that characters say. ValueError for other characters."""
    total = group = digit = 0
    for character in text:
        if character in HAN:
            digit = HAN.index(character)
        elif character == "万":
            total, group, digit = (total + group + digit) * 10_000, 0, 0
        elif character in UNITS:
            group, digit = group + max(digit, 1) * UNITS[character], 0
        else:
            raise ValueError(f"{character!r} is no part of a number")
    return total + group + digit


# ------------------------------------------------------------------------------
# prices and dates


def price(euros: int, cents: int) -> tuple[list[str], str]:
    """An amount of money in both languages; cents are left out where there are none."""
    words = [*english(euros), "euro" if euros == 1 else "euros"]
    if cents:
        words += [*english(cents), "cent" if cents == 1 else "cents"]
    return words, chinese(euros) + "欧元" + (chinese(cents) + "欧分" if cents else "")


def _day_words(day: int) -> list[str]:
    if day <= len(DAYS):
        return [DAYS[day - 1]]
    return ["thirtieth"] if day == 30 else [TENS[day // 10 - 2], DAYS[day % 10 - 1]]


def _year_words(year: int) -> list[str]:
    """In pairs of digits: nineteen eighty four, nineteen oh five, twenty hundred."""
    century, rest = divmod(year, 100)
    if not rest:
        return [*english(century), "hundred"]
    return [*english(century), *(["oh"] if rest < 10 else []), *english(rest)]


def date(day: datetime.date) -> tuple[list[str], str]:
    """A day in both languages: month, day, year in English, and the other way round in Chinese."""
    words = [MONTHS[day.month - 1], *_day_words(day.day), *_year_words(day.year)]
    year = "".join("〇" if c == "0" else HAN[int(c)] for c in str(day.year))
    return words, f"{year}年{chinese(day.month)}月{chinese(day.day)}日"


# ------------------------------------------------------------------------------
# sets of pairs


def held_out(meaning: str) -> bool:
    """Whether a meaning belongs to the exam: one in five, by a checksum; what is as short as 二十三 always trains."""
    return len(meaning) > 3 and zlib.crc32(meaning.encode()) % 5 == 0


def number(n: int) -> Pair:
    """A whole number as a pair."""
    return Pair("number", english(n), list(chinese(n)), chinese(n))


def _drawn(rng: np.random.Generator) -> Pair:
    """A number of one to five digits (each length as often), a price of up to four, or a day of two centuries."""
    kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
    digits = int(rng.integers(1, 6))
    n = int(rng.integers(10 ** (digits - 1), 10**digits))
    if kind == "number":
        return number(n)
    if kind == "price":
        words, text = price(n % 10_000 or 1, int(rng.integers(100)))
    else:
        words, text = date(FIRST_DAY + datetime.timedelta(int(rng.integers((LAST_DAY - FIRST_DAY).days + 1))))
    return Pair(kind, words, list(text), text)


def amounts(n: int, exam: int, seed: int = 0) -> tuple[list[Pair], list[Pair]]:
    """n pairs to learn from, where short ones come again and again, and `exam` different ones with other meanings."""
    rng = numpy_stream(seed, "bilingual.amounts")
    learn: list[Pair] = []
    unseen: dict[str, Pair] = {}
    while len(learn) < n or len(unseen) < exam:
        pair = _drawn(rng)
        if held_out(pair.meaning):
            unseen.setdefault(pair.meaning, pair)
        else:
            learn.append(pair)
    return learn[:n], list(unseen.values())[:exam]


def tokens(text: str, characters: bool = False) -> list[str]:
    """Lower-case words and signs of a text, or its characters without blanks. Apostrophes and hyphens stay in words."""
    text = text.lower()
    return [c for c in text if not c.isspace()] if characters else re.findall(r"[\w'’-]+|[^\w\s]", text)


def sentences(
    name: str, n: int, exam: int, seed: int = 0, longest: int = 12
) -> tuple[list[Pair], list[Pair]]:
    """Up to n pairs of "tatoeba_cmn_eng" or "tatoeba_fra_eng" to learn from, and `exam` English sentences, each once.

    All translations of one sentence lie on one side. longest: the most English tokens; the other side may have half as
    many again. Errors as in `data.load`.
    """
    rows = [(tokens(row[0]), tokens(row[1], "cmn" in name), row[0]) for row in data.load(name)]
    short = [
        Pair("sentence", *row) for row in rows if len(row[0]) <= longest and 2 * len(row[1]) <= 3 * longest
    ]
    order = numpy_stream(seed, "bilingual.sentences").permutation(len(short))
    mixed = [short[place] for place in order]
    unseen = {pair.meaning: pair for pair in mixed if held_out(pair.meaning)}
    return [pair for pair in mixed if not held_out(pair.meaning)][:n], list(unseen.values())[:exam]
