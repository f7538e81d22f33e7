"""The key terms of the course in Chinese, read from the lessons: an emphasised term and, in brackets, its Chinese name."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from utils.course import ROOT
from utils.course.lesson import Lesson

TERMS = ROOT / "utils" / "terms.csv"
HAN = "\u4e00-\u9fff"
NAMED = re.compile(rf"(\*\*|\*)(?P<english>[^*(（）)]{{2,60}}?)\1 \((?P<chinese>[{HAN}][{HAN}·\w-]*)[^()]*\)")


@dataclass(frozen=True)
class Term:
    """A term, its Chinese name, and the lesson that names it first."""

    english: str
    chinese: str
    lesson: str


def named(lessons: Iterable[Lesson]) -> Iterator[Term]:
    """Every naming in the lessons' prose, in their order."""
    for lesson in lessons:
        for cell in lesson.cells:
            if cell.kind == "markdown":
                for found in NAMED.finditer(" ".join(cell.source.split())):
                    yield Term(found["english"].strip(" ,;"), found["chinese"], lesson.name)


def key(english: str) -> str:
    """Terms that differ only by a capital or a plural are one: "Tokens" and "token"."""
    word = english.lower()
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "is", "us", "as")) else word


def terms(lessons: Iterable[Lesson]) -> list[Term]:
    """Each term once, where it is named first."""
    first: dict[str, Term] = {}
    for term in named(lessons):
        first.setdefault(key(term.english), term)
    return list(first.values())


def disputed(lessons: Iterable[Lesson]) -> dict[str, set[str]]:
    """Terms that the lessons call by several Chinese names."""
    called: dict[str, set[str]] = {}
    for term in named(lessons):
        called.setdefault(key(term.english), set()).add(term.chinese)
    return {english: chinese for english, chinese in called.items() if len(chinese) > 1}


def as_csv(found: list[Term]) -> str:
    """The text of terms.csv: English, 中文, lesson of first use."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["English", "中文", "lesson"])
    writer.writerows([term.english, term.chinese, term.lesson] for term in found)
    return text.getvalue()
