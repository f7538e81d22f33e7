"""All sources of all lessons as one list: parsed, merged, written in one style, and checked as far as that goes offline.

A lesson ends with a list of sources; each has authors, a year, a title in italics and links. What can be known without a
network is the form of an identifier, the check digit of an ISBN, and whether two mentions of one work agree. Whether the
work exists, only a look-up tells: `utils.data.works` has some that were looked up.
"""

import html
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

MARK = " <b>(title alone)</b>"


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
        authors = self.authors.replace(" and others", " et al.")
        head = " ".join(filter(None, [authors, f"({self.year})" if self.year else ""]))
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
    """One part of a line of sources; None for one that has neither a title in italics nor a link."""
    plain = LINK.sub(r"\1", part)
    found, first = TITLE.search(plain), LINK.search(part)
    if found:
        names = dict.fromkeys(identifier(url) for _, url in LINK.findall(part))
        return Mention(lesson, *_authors_and_year(plain, found.start()), found[1].strip(), tuple(names))
    return _page(lesson, part, first) if first else None


def _page(lesson: str, part: str, link: re.Match[str]) -> Mention:
    """A part without a title in italics is of its first link; what stands behind that is no longer about it."""
    plain = LINK.sub(r"\1", part[: link.end()])
    authors, year = _authors_and_year(plain, link.start())
    title = _page_title(part[: link.start()], link[1], link[2])
    return Mention(lesson, authors if year else "", year, title, (identifier(link[2]),))


def _authors_and_year(plain: str, title: int) -> tuple[str, int]:
    """The authors stand before the year and the title's place; what stands before a colon is a remark. 0: no year."""
    year = YEAR.search(plain)
    written = plain[: min(title, year.start()) if year else title]
    return written.rpartition(": ")[2].strip(" ,:`"), int(year[1] or year[2]) if year else 0


def _page_title(before: str, linked: str, url: str) -> str:
    """The title of a page without one in italics: the linked words, or what stands before them where they are an address.

    A bare number ("issue [23223]") says too little: then its address is the title.
    """
    before = before.strip(" ,:")
    if linked.isdigit():
        return identifier(url).partition(":")[2]
    return before if before and re.fullmatch(r"\S*[./:]\S*", linked) else linked


def further_pages(lesson: str, part: str) -> list[Mention]:
    """The links of a part after its first, where it has no title in italics: each of them is a page of its own."""
    if TITLE.search(LINK.sub(r"\1", part)):
        return []
    links = LINK.findall(part)[1:]
    return [Mention(lesson, "", 0, _page_title("", text, url), (identifier(url),)) for text, url in links]


def source_parts(text: str) -> list[list[str]]:
    """The parts of each line that a lesson's text lists under "Sources"."""
    return [parts(line) for line in re.findall(r"^- (.+)$", text.partition("## Sources")[2], re.M)]


def mentions(lesson: str, text: str) -> list[Mention]:
    """All sources that a lesson's text lists under "Sources"; a year alone after a semicolon has the authors before it."""
    found: list[Mention] = []
    for line in source_parts(text):
        authors = ""
        for part in line:
            one = mention(lesson, part)
            if one is None:
                continue
            authors = one.authors or (authors if one.year else "")
            found += [one._replace(authors=authors), *further_pages(lesson, part)]
    return found


def passed_over(text: str) -> list[str]:
    """The parts under "Sources" in which no source was seen: remarks, and sources with neither a title in italics nor a link."""
    return [part for line in source_parts(text) for part in line if mention("", part) is None]


def sources(folder: Path = CHAPTERS, before: str = "") -> dict[str, str]:
    """The text with the sources of each lesson in a folder of notebooks, or before one lesson (see `utils.ledger.entries`)."""
    found = {}
    for notebook in notebooks(folder, before):
        texts = ["".join(c["source"]) for c in notebook_cells(notebook) if c["cell_type"] == "markdown"]
        found[notebook.stem] = next((t for t in texts if "## Sources" in t), "")
    return found


def all_mentions(folder: Path = CHAPTERS, before: str = "") -> list[Mention]:
    """The sources of all lessons in a folder, or of those before one."""
    return [one for lesson, text in sources(folder, before).items() for one in mentions(lesson, text)]


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


def as_html(works: Iterable[Reference], known: Iterable[str] = ()) -> str:
    """The list in the course's one style, folded; a work of which nothing can be verified offline bears a mark."""
    known = set(known)
    rows = [f"<li>{_as_html(one)}{MARK * (evidence(one, known) == 'title alone')}</li>" for one in works]
    return f"<details><summary>All {len(rows)} works</summary><ol>{''.join(rows)}</ol></details>"


def _as_html(one: Reference) -> str:
    """A reference, its title in italics and its identifiers as links."""
    text = re.sub(r"\*([^*]+)\*", r"<i>\1</i>", html.escape(one.text(), quote=False))
    return LINK.sub(r'<a href="\2">\1</a>', text)
