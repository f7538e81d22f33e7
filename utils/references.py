"""All sources of all lessons as one list: parsed, merged, written in one style, and checked as far as that goes offline.

A lesson ends with a list of sources; each has authors, a year, a title in italics and links. What can be known without a
network is the form of an identifier, the check digit of an ISBN, and whether two mentions of one work agree. Whether the
work exists, only a look-up tells: `utils.data.works` has some that were looked up.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from utils.errors import CourseError
from utils.files import CHAPTERS, notebook_cells
from utils.ledger import notebooks

LINK = re.compile(r"\[([^\[\]]*)\]\((https?://(?:[^\s()]|\([^\s()]*\))*)\)")
YEAR = re.compile(r"\((?:[A-Z][a-z]+ )?((?:1[89]|20)\d\d)[a-z]?\)|, ((?:1[89]|20)\d\d)(?=[,.\]]|$)")
TITLE = re.compile(r"\*([^*]+)\*")
# Crossref's pattern, which fits all but the oldest of its DOIs.
DOI = re.compile(r"10\.\d{4,9}/[-._;()/:a-z0-9]+")
# The form since April 2007, without a version; the number has five digits from 2015 on.
ARXIV = re.compile(r"(?P<year>\d\d)(?P<month>0[1-9]|1[0-2])\.(?P<number>\d{4,5})")


class Mention(NamedTuple):
    """One source as one lesson names it. year: 0 where none stands; identifiers: as in `utils.data.Work`, or "url:…"."""

    lesson: str
    authors: str
    year: int
    title: str
    identifiers: tuple[str, ...]


class Reference(NamedTuple):
    """One source and all its mentions, the first lesson first; its fields are those most often given."""

    authors: str
    year: int
    title: str
    identifiers: tuple[str, ...]
    mentions: tuple[Mention, ...]

    @property
    def lessons(self) -> tuple[str, ...]:
        """The lessons that name it, in the order of the course."""
        return tuple(dict.fromkeys(mention.lesson for mention in self.mentions))

    def text(self) -> str:
        """The source in the course's one style: authors (year), *title*, identifiers."""
        head = " ".join(filter(None, [self.authors, f"({self.year})" if self.year else ""]))
        return ", ".join([*filter(None, [head, f"*{self.title}*"]), *map(address, self.identifiers)])


# ------------------------------------------------------------------------------
# from the text


def parts(line: str) -> list[str]:
    """A line of sources, cut at the semicolons that stand outside of brackets."""
    depth, cuts = 0, [-1]
    for place, letter in enumerate(line):
        depth += (letter in "([") - (letter in ")]")
        if letter == ";" and depth <= 0:
            cuts.append(place)
    ends = [*cuts[1:], len(line)]
    return [line[start + 1 : end].strip() for start, end in zip(cuts, ends, strict=True)]


def identifier(url: str) -> str:
    """What a link identifies: "arxiv:…", "doi:…", or the address itself as "url:…"."""
    bare = re.sub(r"^https?://(www\.)?", "", url).rstrip("/")
    for host, kind in (("arxiv.org/abs/", "arxiv"), ("doi.org/", "doi")):
        if bare.startswith(host):
            number = bare.removeprefix(host).lower()
            return f"{kind}:{re.sub(r'v[0-9]+$', '', number) if kind == 'arxiv' else number}"
    return f"url:{bare}"


def mention(lesson: str, part: str) -> Mention | None:
    """One part of a line of sources; None for a remark that names no work."""
    links = LINK.findall(part)
    plain = LINK.sub(r"\1", part)
    found, year = TITLE.search(plain), YEAR.search(plain)
    if not links and not found:
        return None
    title = found[1] if found else _page_title(part, links[0][0])
    start = year.start() if year else found.start() if found else 0
    written = plain[:start].strip(" ,:`").rpartition(": ")[2]  # what stands before a colon is a remark
    when = int(year[1] or year[2]) if year else 0
    return Mention(
        lesson, written, when, title.strip(), tuple(dict.fromkeys(identifier(u) for _, u in links))
    )


def _page_title(part: str, linked: str) -> str:
    """The title of a page without one in italics: the linked words, or what stands before them where they are an address."""
    before = part[: part.index("[")].strip(" ,:")
    return before if before and re.fullmatch(r"\S*[./:]\S*", linked) else linked


def mentions(lesson: str, text: str) -> list[Mention]:
    """All sources that a lesson's text lists under "Sources"; a year alone after a semicolon has the authors before it."""
    found: list[Mention] = []
    for line in re.findall(r"^- (.+)$", text.partition("## Sources")[2], re.M):
        authors = ""
        for part in parts(line):
            one = mention(lesson, part)
            if one is None:
                continue
            authors = one.authors or (authors if one.year else "")
            found.append(one._replace(authors=authors))
    return found


def all_mentions(folder: Path = CHAPTERS, before: str = "") -> list[Mention]:
    """The sources of all lessons in a folder of notebooks, or of those before one (see `utils.ledger.entries`)."""
    found = []
    for notebook in notebooks(folder, before):
        texts = ["".join(c["source"]) for c in notebook_cells(notebook) if c["cell_type"] == "markdown"]
        found += mentions(notebook.stem, next((t for t in texts if "## Sources" in t), ""))
    return found


# ------------------------------------------------------------------------------
# one work, one reference


def words(text: str) -> tuple[str, ...]:
    """The words of a title or a name: small letters, no accents, no punctuation (lesson 7)."""
    plain = unicodedata.normalize("NFKD", text)
    return tuple(re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c)).lower()))


def keys(one: Mention) -> set[tuple]:
    """What two mentions must share, at least one of them, to be of one work."""
    titled = [("title", words(one.title), one.year)] if one.year else []
    return {("identifier", name) for name in one.identifiers} | set(titled)


def family(authors: str) -> tuple[str, ...]:
    """The first author's family name: "L. Ben Allal et al." gives ("allal",)."""
    return words(re.split(r",| et al| and ", authors)[0])[-1:]


def same_but_shorter(a: Mention, b: Mention) -> bool:
    """Whether two mentions have one first author, and one title in one year; a subtitle, or the year, may be missing."""
    first, second = sorted([words(a.title), words(b.title)], key=len)
    if not family(a.authors) or family(a.authors) != family(b.authors):
        return False
    if not (a.year and b.year):
        return first == second
    return a.year == b.year and second[: len(first)] == first


def merge(found: Sequence[Mention]) -> list[Reference]:
    """One reference for each work, in the order of the authors' names.

    Sharing is passed on: if a and b have one DOI, and b and c one title and year, then all three are one work.
    """
    group = list(range(len(found)))

    def root(place: int) -> int:
        while group[place] != place:
            place = group[place]
        return place

    for place, other in _alike(found):
        group[root(place)] = root(other)
    groups: dict[int, list[Mention]] = {}
    for place, one in enumerate(found):
        groups.setdefault(root(place), []).append(one)
    return sorted(map(_reference, groups.values()), key=lambda one: (words(one.authors), one.year, one.title))


def _alike(found: Sequence[Mention]) -> Iterator[tuple[int, int]]:
    """Pairs of places whose mentions share a key, or differ in a subtitle alone."""
    seen: dict[tuple, int] = {}
    names: dict[tuple[str, ...], list[int]] = {}
    for place, one in enumerate(found):
        yield from ((place, seen.setdefault(key, place)) for key in keys(one))
        earlier = names.setdefault(family(one.authors), [])
        yield from ((place, other) for other in earlier if same_but_shorter(one, found[other]))
        earlier.append(place)


def _reference(group: list[Mention]) -> Reference:
    """The mentions of one work as a reference: the fullest title, the longest list of authors, the commonest year."""
    years = Counter(one.year for one in group if one.year)
    names = dict.fromkeys(name for one in group for name in one.identifiers)
    return Reference(
        max((one.authors for one in group), key=len),
        min(years, key=lambda year: (-years[year], year)) if years else 0,
        max((one.title for one in group), key=len),
        tuple(sorted(names, key=lambda name: ("arxiv", "doi", "isbn", "url").index(name.split(":")[0]))),
        tuple(group),
    )


def address(name: str) -> str:
    """An identifier as a link in Markdown."""
    kind, _, number = name.partition(":")
    if kind == "arxiv":
        return f"[arXiv:{number}](https://arxiv.org/abs/{number})"
    if kind == "doi":
        return f"[doi:{number}](https://doi.org/{number})"
    return f"[{number.split('/')[0]}](https://{number})" if kind == "url" else f"ISBN {number}"


# ------------------------------------------------------------------------------
# what can be known offline


def isbn_digit(twelve: str) -> int:
    """The thirteenth digit of an ISBN, from the first twelve: with weights 1, 3, 1, 3, … all thirteen give a multiple of ten."""
    return -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(twelve)) % 10


def fault(name: str) -> str:
    """What is wrong with an identifier by its form alone; empty where nothing is, which does not prove that it exists."""
    kind, _, number = name.partition(":")
    if kind == "isbn":
        if not re.fullmatch(r"97[89]\d{10}", number):
            return "an ISBN has 13 digits and begins with 978 or 979"
        return "" if isbn_digit(number[:12]) == int(number[12]) else "the check digit does not fit"
    if kind == "doi":
        return "" if DOI.fullmatch(number) else "a DOI begins with 10., a registrant's number and a slash"
    if kind == "arxiv":
        return _arxiv_fault(number)
    if kind == "url":
        return "" if re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?(/\S*)?", number) else "no address"
    raise CourseError(f"{name!r}: an identifier begins with isbn:, doi:, arxiv: or url:.")


def _arxiv_fault(number: str) -> str:
    """The form of an arXiv identifier: year and month, then four digits, from 2015 on five."""
    if re.fullmatch(r"[a-z-]+(\.[a-z]{2})?/\d{7}", number):
        return ""  # as it was until March 2007
    found = ARXIV.fullmatch(number)
    if not found:
        return "an arXiv number has the year, the month, a point and four or five digits"
    if found["year"] + found["month"] < "0704":
        return "this form began in April 2007"
    if (len(found["number"]) == 5) != (found["year"] >= "15"):
        return "the number has five digits from 2015 on, and four before"
    return ""


def posted(name: str) -> int:
    """The year that an arXiv identifier holds, 0 for other identifiers: "arxiv:1706.03762" is of 2017."""
    found = ARXIV.fullmatch(name.removeprefix("arxiv:")) if name.startswith("arxiv:") else None
    return 2000 + int(found["year"]) if found else 0


def doubts(one: Reference) -> list[str]:
    """What a reader should look up about a reference, each in a sentence; an empty list is no proof."""
    found = [f"{name}: {said}" for name in one.identifiers if (said := fault(name))]
    years = sorted({m.year for m in one.mentions if m.year})
    if len(years) > 1:
        found.append(f"cited with the years {', '.join(map(str, years))}")
    if years and any(posted(name) > years[0] for name in one.identifiers):
        found.append(f"cited as of {years[0]}, before its arXiv number")
    if len({name for name in one.identifiers if name.startswith("arxiv:")}) > 1:
        found.append("two arXiv numbers")
    titles = [set(words(m.title)) for m in one.mentions]
    if any(not titles[0] & title for title in titles[1:]):
        found.append("two titles without a common word")
    return found


def evidence(one: Reference, known: Iterable[str] = ()) -> str:
    """What speaks for a reference offline: "looked up", "identifier", "address" or "title alone".

    known: identifiers that somebody has looked up, such as those of `utils.data.works`.
    """
    if set(one.identifiers) & set(known):
        return "looked up"
    kinds = {name.split(":")[0] for name in one.identifiers}
    return "identifier" if kinds - {"url"} else "address" if kinds else "title alone"
