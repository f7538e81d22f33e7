"""The bicycle shop's mail: letters whose truth is known, the world's dirt, and the rules that clean it.

Lesson 2c builds each of these and explains it; lesson 2d goes on from here. A mail is a table with the columns letter,
price (euros), months (age of the bicycle) and reply; an archive has a shelf too.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

PARTS = ["brake", "chain", "wheel"]
GREETINGS = ["hello", "dear shop", "good morning", "hi all"]
FAULTS, FINE = ["is loose", "is broken"], ["is fine", "is new"]
FRAMES = ["the {0} but the {1}", "my {0} and the {1}"]
REPLIES = [f" {part} {tray}" for part in PARTS for tray in ("insured", "plain")]
KEY = ["letter", "price", "months"]  # what makes two rows the same letter
SLIP = 0.05  # the share of replies that a clerk draws at random

Rules = dict[str, Any]


# ------------------------------------------------------------------------------
# the world


def write_letters(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """n clean letters with price (€), age in months, and the right reply."""
    return pd.DataFrame([_letter(rng) for _ in range(n)], columns=[*KEY, "reply"])


def _letter(rng: np.random.Generator) -> tuple[str, int, int, str]:
    bad, good = rng.permutation(PARTS)[:2]
    halves = [f"{bad} {rng.choice(FAULTS)}", f"{good} {rng.choice(FINE)}"]
    first = rng.integers(2)
    text = rng.choice(FRAMES).format(halves[first], halves[1 - first])
    price, months = int(rng.integers(200, 2001)), int(rng.integers(0, 61))
    tray = "insured" if price - 15 * months > 400 else "plain"
    return f"{rng.choice(GREETINGS)} {text}", price, months, f" {bad} {tray}"


def soil(mail: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """What people and clerks do to clean letters: ages left empty, cents for euros, replies drawn at random."""
    n = len(mail)
    months = mail.months.mask(rng.random(n) < 0.1)
    price = mail.price.where(rng.random(n) >= 0.02, mail.price * 100)
    reply = mail.reply.where(rng.random(n) >= SLIP, rng.choice(REPLIES, size=n))
    return mail.assign(months=months, price=price, reply=reply)


def store(mail: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """What the archive does: half of the letters arrive twice, in capitals; each row gets a shelf; all are shuffled."""
    again = mail.iloc[rng.permutation(len(mail))[: len(mail) // 2]]
    again = again.assign(letter=again.letter.str.upper() + "  ")
    both = pd.concat([mail, again])
    both = both.assign(shelf=both.reply.map(REPLIES.index))
    return both.iloc[rng.permutation(len(both))].reset_index(drop=True)


def best_guess(coming: pd.DataFrame, truth: pd.DataFrame) -> pd.Series:
    """The replies of someone who knows the rules of this world, mends slipped prices, and takes 30 months for an empty age."""
    euros = coming.price.where(coming.price <= 2000, coming.price / 100)
    worth = euros - 15 * coming.months.fillna(30)
    return " " + truth.reply.str.split().str[0] + np.where(worth > 400, " insured", " plain")


# ------------------------------------------------------------------------------
# preprocessing


def tidy(mail: pd.DataFrame) -> pd.DataFrame:
    """Small letters, single spaces."""
    return mail.assign(letter=mail.letter.str.lower().str.split().str.join(" "))


def split(
    mail: pd.DataFrame, rng: np.random.Generator, shares: Sequence[float] = (0.7, 0.15)
) -> list[pd.DataFrame]:
    """Training, validation and test part, in random order; the last gets what the shares leave."""
    cuts = (np.cumsum(shares) * len(mail)).astype(int)
    return [mail.iloc[rows] for rows in np.split(rng.permutation(len(mail)), cuts)]


def fit_rules(
    train: pd.DataFrame, columns: Sequence[str] = ("price", "months"), limit: float | None = None
) -> Rules:
    """What preprocessing has to remember, all of it from the training part. limit: the highest price that is believed."""
    limit = 5 * train.price.median() if limit is None else limit
    raw = _raw(train, columns, limit)  # (n, columns)
    median = np.nanmedian(raw, axis=0)  # (columns,)
    filled = np.where(np.isnan(raw), median, raw)
    return {
        "columns": list(columns),
        "limit": limit,
        "median": median,
        "mean": filled.mean(axis=0),
        "std": filled.std(axis=0),
    }


def _raw(mail: pd.DataFrame, columns: Sequence[str], limit: float) -> np.ndarray:
    """The columns as floats, (n, columns); a price that is not believed becomes nan."""
    return mail.assign(price=mail.price.where(mail.price < limit))[list(columns)].to_numpy(float)


def numbers(mail: pd.DataFrame, rules: Rules) -> np.ndarray:
    """The columns, filled and normalised, then a flag for each empty cell: (n, 2 · columns)."""
    raw = _raw(mail, rules["columns"], rules["limit"])
    filled = np.where(np.isnan(raw), rules["median"], raw)
    # (n, columns) and (n, columns) -> (n, 2 · columns)
    return np.hstack([(filled - rules["mean"]) / rules["std"], np.isnan(raw)])
