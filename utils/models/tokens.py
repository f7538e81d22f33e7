"""Byte-pair encoding: text to numbers and back, for any language. Lesson 6a builds it and explains each step.

The ids 0 to 255 stand for single bytes, in the order of GPT-2's vocabulary; id 256 + n is the n-th merge. Words are cut
beforehand as GPT-2 cuts them, so that no token spans two words. Sources: Gage 1994 (A new algorithm for data compression)
for the pairs; Sennrich et al. 2016, arXiv:1508.07909, for cutting words so; Radford et al. 2019 for the byte level.
"""

import heapq
import json
import operator
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import regex

from utils.errors import CourseError

if TYPE_CHECKING:
    from tokenizers import Tokenizer as Library

Pair = tuple[int, int]
MOST = (
    2**28
)  # bytes of all tokens together; a few dozen merges, each of the last with itself, would fill any memory

# A contraction, a word, a number or other signs, each with the blank before it; then blanks on their own.
WORD = regex.compile(r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")
# GPT-2 numbers the bytes that print first, so that its files are text; the others stand for characters from 256 on.
PRINTING = [*range(33, 127), *range(161, 173), *range(174, 256)]
BYTES = PRINTING + [byte for byte in range(256) if byte not in PRINTING]
ID = {byte: number for number, byte in enumerate(BYTES)}


def words(texts: str | Iterable[str]) -> Counter[str]:
    """How often each word occurs; a blank before a word belongs to it."""
    texts = [texts] if isinstance(texts, str) else texts
    counted: Counter[str] = Counter()
    for text in texts:
        counted.update(WORD.findall(text))
    return counted


def byte_ids(word: str) -> list[int]:
    """The ids of a word's UTF-8 bytes; raises CourseError when it holds half of a character."""
    try:
        return [ID[byte] for byte in word.encode("utf-8")]
    except UnicodeEncodeError as error:
        raise CourseError(
            f"{word[error.start]!r} is half of a character (a lone surrogate), which no text holds; remove it."
        ) from error


def merge(tokens: Sequence[int], pair: Pair, new: int) -> list[int]:
    """Replace each such pair of neighbours by the new token, from left to right."""
    joined: list[int] = []
    for token in tokens:
        if joined and token == pair[1] and joined[-1] == pair[0]:
            joined[-1] = new
        else:
            joined.append(token)
    return joined


def learn_merges(texts: str | Iterable[str], n: int) -> list[Pair]:
    """The n most frequent pairs, each counted after the ones before it were joined; fewer if no pair is left.

    Of equally frequent pairs the one with the smaller ids comes first, as in the tokenizers library. Counts are kept up
    to date word by word: a merge touches only the words that hold its pair, where a naive trainer counts all text again.
    """
    often = words(texts)
    amounts = list(often.values())
    cut = [byte_ids(word) for word in often]
    counts: Counter[Pair] = Counter()
    where: defaultdict[Pair, set[int]] = defaultdict(set)  # may keep a word that has lost the pair since
    for number, tokens in enumerate(cut):
        for pair in pairwise(tokens):
            counts[pair] += amounts[number]
            where[pair].add(number)
    best = [(-count, pair) for pair, count in counts.items()]  # a heap; its counts may be out of date
    heapq.heapify(best)
    merges: list[Pair] = []
    while best and len(merges) < n:
        count, pair = heapq.heappop(best)
        if -count != counts[pair]:
            if counts[pair] > 0:
                heapq.heappush(best, (-counts[pair], pair))
            continue
        new, grown = 256 + len(merges), set()
        for number in where.pop(pair):
            old = cut[number]
            joined = merge(old, pair, new)
            if len(joined) == len(old):
                continue
            for gone in pairwise(old):
                counts[gone] -= amounts[number]
            for come in pairwise(joined):
                counts[come] += amounts[number]
                where[come].add(number)
                if new in come:
                    grown.add(come)
            cut[number] = joined
        for come in grown:
            heapq.heappush(best, (-counts[come], come))
        merges.append(pair)
    return merges


class Tokenizer:
    """Text to ids and back, from a list of merges: pairs of ids, in the order in which they were learnt.

    Raises CourseError when a merge joins what is not there yet or spells what another token spells already.
    """

    def __init__(self, merges: Iterable[Sequence[int]] = ()) -> None:
        self.merges: list[Pair] = [
            (operator.index(first), operator.index(second)) for first, second in merges
        ]
        self.rank = {pair: number for number, pair in enumerate(self.merges)}
        self.parts = [bytes([byte]) for byte in BYTES]
        self._known: dict[str, list[int]] = {}
        self._join()

    def _join(self) -> None:
        """Spell each merge, from those before it."""
        spelt, size = set(self.parts), 256
        for number, pair in enumerate(self.merges):
            if not 0 <= min(pair) <= max(pair) < 256 + number:
                raise CourseError(f"Merge {number} joins {pair}, and one of them does not exist yet.")
            first, second = (self.parts[i] for i in pair)
            size += len(first) + len(second)
            if size > MOST:
                raise CourseError(f"Merge {number} makes the tokens longer than {MOST:,} bytes together.")
            if first + second in spelt:
                raise CourseError(
                    f"Merge {number} joins {pair} to bytes that an earlier token stands for already."
                )
            spelt.add(first + second)
            self.parts.append(first + second)

    @classmethod
    def learn(cls, texts: str | Iterable[str], vocabulary: int) -> "Tokenizer":
        """A tokenizer of at most `vocabulary` ids (256 bytes and merges) for such texts; raises ValueError below 256."""
        if vocabulary < 256:
            raise ValueError(f"vocabulary must hold the 256 bytes; {vocabulary} is too small")
        return cls(learn_merges(texts, vocabulary - 256))

    def __len__(self) -> int:
        """How many ids there are."""
        return len(self.parts)

    def _cut(self, word: str) -> list[int]:
        """The ids of one word: of all neighbours the pair learnt earliest is joined, until none is left."""
        tokens = byte_ids(word)
        while len(tokens) > 1:
            pair = min(pairwise(tokens), key=lambda pair: self.rank.get(pair, len(self.rank)))
            if pair not in self.rank:
                break
            tokens = merge(tokens, pair, 256 + self.rank[pair])
        return tokens

    def encode(self, text: str) -> list[int]:
        """The ids of a text; raises CourseError when it holds half of a character."""
        ids: list[int] = []
        for word in WORD.findall(text):
            known = self._known.get(word)
            if known is None:
                known = self._cut(word)
                if len(self._known) < 100_000:
                    self._known[word] = known
            ids += known
        return ids

    def to_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes that ids stand for; they may end inside a character. Raises ValueError for an id that is none."""
        numbers = list(ids)
        if numbers and not 0 <= min(numbers) <= max(numbers) < len(self.parts):
            raise ValueError(f"an id is outside 0 … {len(self.parts) - 1}; this tokenizer has no such token")
        return b"".join([self.parts[number] for number in numbers])

    def decode(self, ids: Iterable[int]) -> str:
        """The text that ids stand for; bytes that are no character become �. Raises ValueError as `to_bytes`."""
        return self.to_bytes(ids).decode("utf-8", errors="replace")

    def save(self, path: str | Path) -> None:
        """Write the merges as JSON."""
        Path(path).write_text(json.dumps({"merges": self.merges}), encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> "Tokenizer":
        """Read what `save` wrote; raises CourseError when it is no such file."""
        try:
            return cls(json.loads(Path(path).read_text(encoding="utf-8"))["merges"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise CourseError(f"{path} is not a file of merges that `Tokenizer.save` wrote.") from error


def spelled(part: bytes) -> str:
    """A token as GPT-2's files write it: each byte one printing character, a blank as Ġ."""
    return "".join(chr(byte if ID[byte] < len(PRINTING) else 256 + ID[byte] - len(PRINTING)) for byte in part)


def to_library(tokenizer: Tokenizer) -> "Library":
    """The same tokenizer as an object of the tokenizers library, which is written in Rust."""
    from tokenizers import Tokenizer as Library
    from tokenizers import decoders, models, pre_tokenizers

    names = [spelled(part) for part in tokenizer.parts]
    pairs = [(names[first], names[second]) for first, second in tokenizer.merges]
    library = Library(models.BPE(vocab={name: number for number, name in enumerate(names)}, merges=pairs))
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    library.decoder = decoders.ByteLevel()
    return library
