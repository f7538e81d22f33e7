"""Finding the page that answers a question and quoting it, as lesson 6g builds it.

Words are compared by BM25 (Robertson and Zaragoza 2009), meaning by the vectors of an encoder where there is one. A quote
comes with a confidence; what is too little of it is for the caller to say.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from utils.data import Document

HAN = re.compile("[\u4e00-\u9fff]+")  # a run of Chinese characters
WORD = re.compile(r"[^\W_\u4e00-\u9fff]+(?:[-.,@:][^\W_\u4e00-\u9fff]+)*")
STOP = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"“])|(?<=[。！？])")  # where a sentence ends
Embed = Callable[[list[str]], np.ndarray]


def terms(text: str) -> list[str]:
    """The terms of a text, with repetitions: words in small letters, codes whole, neighbouring pairs of Chinese characters."""
    pairs = [run[n : n + 2] for run in HAN.findall(text) for n in range(max(len(run) - 1, 1))]
    return WORD.findall(text.lower()) + pairs


def weight_of(holding: int, n: int) -> float:
    """What a term says that `holding` of n documents hold; the floor is that of SQLite's FTS5."""
    return max(math.log((n - holding + 0.5) / (holding + 0.5)), 1e-6)


def weights(counts: Sequence[Counter]) -> dict[str, float]:
    """What each term of some documents weighs."""
    holding = Counter(term for count in counts for term in count)
    return {term: weight_of(n, len(counts)) for term, n in holding.items()}


def bm25(
    question: str, counts: Sequence[Counter], weight: Mapping[str, float], k1: float = 1.2, b: float = 0.75
) -> np.ndarray:
    """Scores (N,) of documents, given the Counter of terms of each."""
    size, score = np.array([count.total() for count in counts]), np.zeros(len(counts))
    for term in terms(question):
        f = np.array([count[term] for count in counts])
        score += weight.get(term, 0.0) * f * (k1 + 1) / (f + k1 * (1 - b + b * size / size.mean()))
    return score


def covered(question: str, text: str, weight: Mapping[str, float], n: int) -> float:
    """The share of a question's weight that a text holds; a term of none of the n documents weighs most."""
    parts = {term: weight.get(term, weight_of(0, n)) for term in terms(question)}
    held = set(terms(text))
    return sum(value for term, value in parts.items() if term in held) / (sum(parts.values()) or 1.0)


def ranked(score: np.ndarray, least: float = -math.inf) -> np.ndarray:
    """Numbers of documents above `least`, the best first; of equals the earlier one."""
    order = np.argsort(-score, kind="stable")
    return order[score[order] > least]


class Quote(NamedTuple):
    """A sentence, the page on which it stands (None where none was found), and how sure the search is of it."""

    text: str
    page: Document | None
    confidence: float


class Retriever:
    """Finds pages and quotes them.

    embed: texts -> unit vectors (n, C), kept once made; without it only words count. As lesson 6g elected, an encoder that
    knows no Chinese is not asked to rank pages for a Chinese question.
    """

    def __init__(self, pages: Sequence[Document], embed: Embed | None = None) -> None:
        self.pages, self._embed = list(pages), embed
        self.counts = [Counter(terms(f"{page.title} {page.text}")) for page in pages]
        self.weight = weights(self.counts)
        self.parts = [[part for part in STOP.split(page.text) if part.strip()] for page in pages]
        self._known: dict[str, np.ndarray] = {}

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors (n, C) of texts; each text is read once."""
        assert self._embed is not None
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, np.asarray(self._embed(new)), strict=True))
        return np.array([self._known[text] for text in texts])

    def find(self, question: str) -> np.ndarray:
        """Numbers of pages, the best first."""
        return self._find(question, self._question(question))

    def _find(self, question: str, vector: np.ndarray | None) -> np.ndarray:
        if vector is None or HAN.search(question):
            return ranked(bm25(question, self.counts, self.weight), 0)
        return ranked(self.vectors([f"{page.title}. {page.text}" for page in self.pages]) @ vector)

    def _question(self, question: str) -> np.ndarray | None:
        """A question's vector (C,), or None without an encoder. It is not kept: customers' words are not for storing."""
        return None if self._embed is None else np.asarray(self._embed([question]))[0]

    def quote(self, question: str, top: int = 3) -> Quote:
        """The best sentence of the first `top` pages; each is read with its page's title."""
        vector = self._question(question)
        pages = sorted(self._find(question, vector)[:top])
        options = [(n, part) for n in pages for part in self.parts[n]]
        if not options:
            return Quote("", None, 0.0)
        shown = [f"{self.pages[n].title}: {part}" for n, part in options]
        score = np.array([covered(question, text, self.weight, len(self.pages)) for text in shown])
        if vector is not None:
            score = score + self.vectors(shown) @ vector
        n, part = options[int(score.argmax())]
        return Quote(part, self.pages[n], float(score.max()))
