"""`course slides`: a deck for each lesson, for a teacher who talks, made from the stored solutions.

A heading begins a slide with the sentence or two that say the idea, and the picture or the result; further pictures, verdicts
and exercises follow below it. Answers, checks and hints stay out. nbconvert writes the decks; reveal.js and MathJax are copied
from the site's environment, so that a deck needs no network.
"""

import ast
import contextlib
import html
import math
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from rich.console import Console

from utils.course import SOLUTIONS, teaching
from utils.course.handout import CLICK
from utils.course.layout import words
from utils.course.run import lessons_named
from utils.course.site import DIAGRAM, LINK, TOOLS, Drawing, contents, say_where, write_text
from utils.course.teaching import ASIDE, HEADED, NO_PROSE, SENTENCE_END
from utils.errors import CourseError
from utils.files import notebook_cells, remade_folder
from utils.shipped import number

TEMPLATE = Path(__file__).with_name("slides.html.j2")
# what a deck loads: in the packages of the site's environment, and in the folder of the decks
LOADED = {
    "sphinx_revealjs/_static/revealjs/dist/reveal.js": "dist/reveal.js",
    "sphinx_revealjs/_static/revealjs/dist/reveal.css": "dist/reveal.css",
    "sphinx_revealjs/_static/revealjs/plugin/notes/notes.js": "plugin/notes/notes.js",
    "sphinx_revealjs/_static/revealjs/LICENSE": "LICENSE-reveal.js",
    "sphinx-mathjax-offline/static/mathjax/tex-svg-full.js": "tex-svg-full.js",
}
SHELF = "assets"

WORDS, BESIDE = 48, 34  # of an idea alone, and beside a picture or a result
PAGE = 105  # words of an exercise or of verdicts on one slide
LIST, SLACK = 135, 12  # words of a list; by how much a part may be longer than its share
CODE, LINES, LETTERS = 8, 10, 500  # lines of code; lines and letters of a result
BOTH = 12  # lines of code and of its result, where both are shown
WIDE = 100  # letters of a line that is not broken
LABEL = 2  # words of what is only a label, such as **Forgotten reset.**
# a sentence that begins so cannot stand without the one before
BOUND = re.compile(r"(It|Its|So|They|Their|This|That|These|Those|But|And|Then|Here|There|He|She|Both)\b")
DETAILS = re.compile(r"<details>.*?</details>", re.S)
EXERCISE = re.compile(r"### Exercise (\S+) · ")
VERDICT = '<div style="border-left:6px'
PARTED = re.compile(r"\n[ \t]*\n+")
PLANNED = re.compile(r"^- \*\*([\d–]+) · (.+?)\*\*(.*(?:\n  - .*)*)", re.M)

Draw = Callable[[str], str]


@dataclass
class Slide:
    """What stands on one slide, as Markdown; `below`: it follows under the slide before, with the key ↓."""

    title: str
    text: str = ""
    shown: str = ""  # the picture or the result, under the text
    look: str = "idea"
    below: bool = True
    notes: str = ""

    def source(self) -> str:
        head = f"{'#' if self.look == 'title' else '##'} {self.title}"
        return "\n\n".join(part for part in (head, self.text, self.shown) if part)


# ------------------------------------------------------------------------------
# prose


def blocks(text: str) -> list[str]:
    """Paragraphs, lists, tables, formulas; a formula or a block of code with a blank line in it stays whole."""
    found: list[str] = []
    for part in PARTED.split(text.strip()):
        if found and any(found[-1].count(mark) % 2 for mark in ("```", "~~~", "$$")):
            found[-1] += f"\n\n{part}"
        elif part.strip():
            found.append(part.strip("\n"))
    return found


def sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph; none ends inside brackets, bold type, code, a formula or a quotation."""
    found: list[str] = []
    for part in SENTENCE_END.sub(r"\1\n", " ".join(paragraph.split())).split("\n"):
        if found and unfinished(found[-1]):
            found[-1] += f" {part}"
        elif part:
            found.append(part)
    return found


def unfinished(text: str) -> bool:
    return any(text.count(mark) % 2 for mark in ("**", "`", "$", '"')) or text.count("(") > text.count(")")


def asked(sentence: str) -> bool:
    """Whether a sentence asks the class to predict."""
    return sentence.lstrip("*").startswith("Predict")


def idea(text: str, most: int) -> str:
    """The sentence or two that say what a text is about: its first, and the one with a term in bold type, or the next."""
    prose = [part for part in blocks(text) if not NO_PROSE.match(part)]
    said = [one for part in prose for one in sentences(part) if not asked(one)]
    if not said:
        return ""
    chosen = said[:1]
    key = (one for one in said[2:4] if "**" in one and words(one) > LABEL and not BOUND.match(one))
    for one in (*(key if "**" not in said[0] + "".join(said[1:2]) else ()), *said[1:2]):
        if len(chosen) == 1 and words(one) > LABEL and words(said[0]) + words(one) <= most:
            chosen.append(one)
    return " ".join(re.sub(r":$", ".", one) for one in chosen)


def formula(text: str) -> str:
    """The first formula that stands alone."""
    return next((part for part in blocks(text) if part.startswith("$$") and part.endswith("$$")), "")


def listed(text: str) -> str:
    """The list or table that a text consists of, or that its first paragraph leads to."""
    parts = blocks(text)
    for n, part in enumerate(parts[:2]):
        if re.match(r"[-*] |\d+\. |\|", part) and (n == 0 or parts[0].endswith(":")):
            return part
    return ""


def plain(text: str) -> str:
    """Without hints, and with names instead of links: from the wall nobody can follow one."""
    return LINK.sub(r"\1", DETAILS.sub("", text)).strip()


def pages(text: str, most: int = PAGE) -> list[str]:
    """A text in parts that each fit on a slide: cut between blocks, between items of a list, between sentences."""
    pieces: list[tuple[str, str]] = []  # with what joins each to the one before
    for block in blocks(text):
        if words(block) <= most:
            pieces.append((block, "\n\n"))
        elif re.match(r"[-*] |\d+\. ", block):
            items = re.split(r"\n(?=[-*] |\d+\. )", block)
            pieces += [(item, "\n" if n else "\n\n") for n, item in enumerate(items)]
        elif NO_PROSE.match(block):
            pieces.append((block, "\n\n"))
        else:
            pieces += [(one, " " if n else "\n\n") for n, one in enumerate(sentences(block))]
    found: list[str] = []
    whole = sum(words(piece) for piece, _ in pieces)
    if whole > most:  # parts of about one length
        most = min(most, math.ceil(whole / math.ceil(whole / most)) + SLACK)
    for piece, joint in pieces:
        if found and words(found[-1]) + words(piece) <= most:
            found[-1] += joint + piece
        else:
            found.append(piece)
    return found


# ------------------------------------------------------------------------------
# what code has shown


def outputs(cell: dict, kind: str) -> list[dict]:
    return [output for output in cell.get("outputs", []) if kind in output.get("data", {})]


def picture(output: dict, title: str) -> str:
    """A picture inside the page, with its words."""
    alt = output.get("metadata", {}).get("image/png", {}).get("alt") or title
    data = "".join(output["data"]["image/png"]).replace("\n", "")
    return framed(f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{data}">')


def framed(inside: str) -> str:
    return f'<div class="picture">{inside}</div>'


def coded(source: str) -> str:
    fence = "~" * max(3, *(len(run) + 1 for run in re.findall("~+", source) or [""]))
    return f"{fence}python\n{source}\n{fence}"


def printed(cell: dict) -> str:
    """What a cell has printed, cut where it is long."""
    text = "".join("".join(output["text"]) for output in cell.get("outputs", []) if "text" in output)
    lines = text.rstrip().split("\n")
    kept = lines[:LINES]
    while len(kept) > 1 and len("\n".join(kept)) > LETTERS:
        kept.pop()
    text = "\n".join([*kept, "…"] if kept != lines else kept)
    wide = " class='wide'" if max(map(len, kept)) > WIDE else ""
    return f"<pre{wide}>{html.escape(text)}</pre>" if text else ""


def result(cells: list[dict]) -> str:
    """The result of a section without a picture: the first that was printed, with its code where that is short."""
    short = [cell for cell in cells if is_short("".join(cell["source"]))]
    spoke = [cell for cell in cells if printed(cell)]
    cell = next((one for one in spoke if one in short), spoke[0] if spoke else short[0] if short else None)
    if cell is None:
        return ""
    source, said = "".join(cell["source"]), printed(cell)
    both = source.count("\n") + said.count("\n") + 2 <= BOTH
    code = coded(source) if cell in short and (both or not said) else ""
    return "\n\n".join(part for part in (code, said) if part)


def is_short(source: str) -> bool:
    """Whether code may stand on a slide: few lines, and not only imports."""
    if len(source.split("\n")) > CODE or max(map(len, source.split("\n"))) > WIDE:
        return False
    with contextlib.suppress(SyntaxError):
        return any(not isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.parse(source).body)
    return False


def closed(cell: dict) -> bool:
    """Whether nothing of a cell may be shown: an answer, a check, the parameters."""
    tags = cell["metadata"].get("tags", [])
    return any(tag.startswith(("exercise-", "check-")) or tag == "parameters" for tag in tags)


# ------------------------------------------------------------------------------
# the slides of a lesson


class Section:
    """One heading's part of a lesson, while its cells are read."""

    def __init__(self, title: str, text: str, draw: Draw) -> None:
        self.title = title
        self.drawn = [framed(draw(found[1])) for found in DIAGRAM.finditer(text)]
        self.text = DIAGRAM.sub("", text).strip()
        self.before = ""  # prose that stands before the next picture
        self.cells: list[dict] = []
        self.pictures: list[str] = []
        self.later: list[Slide] = []  # in the lesson's order
        self.verdicts: list[str] = []

    def prose(self, text: str) -> None:
        if not self.text and not self.cells:
            self.text = text
        self.before = text

    def code(self, cell: dict) -> None:
        if closed(cell):
            return
        self.cells.append(cell)
        for output in outputs(cell, "image/png"):
            shown = picture(output, self.title)
            if self.pictures or self.drawn or self.later:
                self.later.append(Slide(self.title, idea(self.before, BESIDE), shown))
            else:
                self.pictures.append(shown)
            self.before = ""
        for output in outputs(cell, "text/html"):
            found = "".join(output["data"]["text/html"])
            if found.startswith(VERDICT):
                self.verdicts.append(found)

    def exercise(self, title: str, text: str) -> None:
        for n, part in enumerate(pages(text) or [""]):
            self.later.append(Slide(title + (", continued" if n else ""), part, look="exercise"))
        self.before = ""

    def slides(self) -> list[Slide]:
        """The idea first; where the class is asked to predict, or a formula stands there, the picture comes below."""
        if not self.title:  # what stands before the first heading sets up
            return self.later
        pictured = "".join(self.drawn[:1] or self.pictures[:1])
        shown = pictured or ("" if ASIDE.match(self.title) else result(self.cells))
        said, stands = idea(self.text, BESIDE if shown else WORDS), formula(self.text)
        question = next((one for part in blocks(self.text) for one in sentences(part) if asked(one)), "")
        held = listed(self.text)
        held = "" if words(held) > PAGE // 2 and said else held
        text = "\n\n".join(part for part in (said, held or stands) if part)
        found = [Slide(self.title, text)] if text else []
        if question:
            found = [Slide(self.title, f"{text}\n\n> {question}".strip())]
        if shown and (question or not found or (pictured and (stands or held or self.drawn))):
            found.append(Slide(self.title, "", shown))
        elif shown:
            found[0].shown = shown
        found += self.later
        boxes = [f"{box}\n" for box in self.verdicts]
        for part in packed(boxes):
            found.append(Slide("The article, judged", "", "".join(part), look="verdict"))
        if found:
            found[0].below = False
        return found


def packed(boxes: list[str]) -> list[list[str]]:
    """Boxes in groups that each fit on a slide."""
    found: list[list[str]] = []
    for box in boxes:
        size = words(re.sub("<[^>]*>", " ", "".join([*(found[-1] if found else []), box])))
        if found and len(found[-1]) < 3 and size <= PAGE:
            found[-1].append(box)
        else:
            found.append([box])
    return found


def opening(text: str) -> list[Slide]:
    """The first slides: the title with its promise, and what the class will be able to do."""
    title, *parts = blocks(plain(text))
    promise = next((part for part in parts if not NO_PROSE.match(part)), "")
    goals = next((part for part in parts if part.startswith("**You will be able to**")), "")
    found = [Slide(title.removeprefix("# "), promise, look="title", below=False)]
    if goals:
        _, _, rest = goals.partition("**You will be able to**")
        rest = rest.strip() if rest.startswith("\n") else f"- {rest.strip()}"
        found.append(Slide("You will be able to", rest, look="list"))
    return found


def deck(cells: list[dict], draw: Draw) -> list[Slide]:
    """The slides of a lesson, from the cells of its stored solutions."""
    found: list[Slide] = []
    section = Section("", "", draw)
    for n, cell in enumerate(cells):
        source = "".join(cell["source"])
        if cell["cell_type"] != "markdown":
            section.code(cell)
            continue
        if n == 0:
            found += opening(source)
            continue
        for part in filter(str.strip, HEADED.split(source)):
            heading, _, text = part.partition("\n")
            if EXERCISE.match(part):
                section.exercise(heading.removeprefix("### "), plain(text))
            elif not re.match("#{2,3} ", part):
                section.prose(plain(part))
            else:
                found += section.slides()
                title = plain(heading.lstrip("# "))
                section = Section(title, plain(text), draw)
                if title == "Sources":
                    return found
                if title == "Recap":
                    rest = listed(section.text) or section.text
                    section.text = ""
                    section.later = [Slide(title, page, look="list") for page in pages(rest, LIST)]
    return [*found, *section.slides()]


def spoken(page: str) -> dict[str, str]:
    """What a teacher's page plans for each heading and exercise: minutes, what to ask, what to show."""
    plan = page.partition("## 90 minutes")[2].partition("\n## ")[0]
    found = {}
    for minutes, title, rest in PLANNED.findall(plan):
        exercise = re.match(r"In class: exercise (\S+)", title)
        found[exercise[1] if exercise else title] = f"**Minutes {minutes}**{rest}"
    return found


def with_notes(slides: list[Slide], page: str) -> list[Slide]:
    """The slides with what the teacher's page plans for them."""
    plans = spoken(page)
    first, last = plans.get("Open", ""), plans.get("Close", "").partition(" They leave")[0]
    own = teaching.NOTES.search(page)
    written = own[0].removeprefix(teaching.BEGIN).removesuffix(teaching.END).strip() if own else ""
    for slide in slides:
        exercise = EXERCISE.match(f"### {slide.title}")
        slide.notes = plain(plans.pop(exercise[1] if exercise else slide.title, ""))
        if slide.title == "Recap" and last:
            slide.notes, last = plain(last), ""
    if slides:
        slides[0].notes = plain("\n\n".join(part for part in (first, written) if part))
    return slides


def as_notebook(slides: list[Slide]) -> NotebookNode:
    """The deck as nbconvert takes it: a cell for each slide, and one for its notes."""
    cells = []
    for slide in slides:
        kind = "subslide" if slide.below else "slide"
        looks = f"{slide.look} pictured" if 'class="picture"' in slide.shown else slide.look
        metadata = {"slideshow": {"slide_type": kind}, "look": looks}
        cells.append(nbformat.v4.new_markdown_cell(slide.source(), metadata=metadata))
        if slide.notes:
            notes = {"slideshow": {"slide_type": "notes"}}
            cells.append(nbformat.v4.new_markdown_cell(slide.notes, metadata=notes))
    return nbformat.v4.new_notebook(cells=cells, metadata={"title": slides[0].title})


# ------------------------------------------------------------------------------
# the whole

INDEX = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>Cornerstone: slides</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 18px/1.5 "Helvetica Neue", Arial, "Noto Sans", sans-serif; color: #1b2733; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
h1, h2 {{ color: #0072b2; line-height: 1.2; }} a {{ color: #0072b2; }} li {{ margin: .4rem 0; }} small {{ color: #5b6670; }}
</style></head><body><main>
<h1>Cornerstone: slides</h1>
<p>Open a lesson. <kbd>Space</kbd> goes on, <kbd>←</kbd> <kbd>→</kbd> go through the sections, <kbd>↑</kbd> <kbd>↓</kbd> within one,
<kbd>Esc</kbd> shows them all, <kbd>F</kbd> fills the screen, <kbd>S</kbd> opens the speaker's view with the plan of the hour.</p>
{parts}
</main></body></html>
"""


def index(told: dict[str, tuple[str, str, int]]) -> str:
    """The page that lists the decks by chapter; of each lesson: title, promise, number of slides."""
    lines = []
    for part in contents(list(told))["parts"][:-1]:  # the last one is the site's own
        lines.append(f"<h2>{html.escape(part['caption'])}</h2>\n<ul>")
        for lesson in (chapter["file"] for chapter in part["chapters"]):
            title, promise, count = told[lesson]
            lines.append(
                f'<li><a href="{lesson}.html">{html.escape(title)}</a> <small>{count} slides</small><br>{html.escape(promise)}</li>'
            )
        lines.append("</ul>")
    return INDEX.format(parts="\n".join(lines))


def read(lesson: str) -> list[dict]:
    """The cells of a stored solution."""
    cells = notebook_cells(SOLUTIONS / f"{lesson}.ipynb")
    return [{**cell, "source": "".join(cell["source"])} for cell in cells]


def written(slides: list[Slide]) -> str:
    """The page of a deck."""
    from nbconvert import SlidesExporter
    from pygments.formatters import HtmlFormatter
    from traitlets.config import Config

    settings = Config({"CSSHTMLHeaderPreprocessor": {"enabled": False}})
    exporter = SlidesExporter(template_file=str(TEMPLATE), exclude_anchor_links=True, config=settings)
    colours = HtmlFormatter(style="friendly", nobackground=True).get_style_defs(".highlight")
    text, _ = exporter.from_notebook_node(as_notebook(slides), resources={"shelf": SHELF, "colours": colours})
    return str(text)


def fetch(shelf: Path, tools: Path) -> None:
    """Copy what the decks load."""
    for packed_at, place in LOADED.items():
        places = [
            *tools.parent.glob(f"lib/*/site-packages/{packed_at}"),
            tools.parent / "Lib/site-packages" / packed_at,
        ]
        found = next((place for place in places if place.is_file()), None)
        if found is None:
            raise CourseError(
                f"{Path(packed_at).name} is not there; `make slides` installs what makes the decks."
            )
        (shelf / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(found, shelf / place)


def slides(out: Path, names: str | None, *, tools: Path = TOOLS, console: Console) -> int:
    """Make the decks in `out`, whole or not at all; returns the exit status."""
    lessons = lessons_named(names, solutions=True)
    cells = {lesson: read(lesson) for lesson in lessons}
    drawing = Drawing(tools)

    def draw(text: str) -> str:
        return drawing(CLICK.sub(lambda line: line[0] if line[1] in lessons else "", text))

    refusal = "holds no slides made by this command; name another folder."
    with remade_folder(out, "slides", f"{SHELF}/dist/reveal.js", refusal) as scratch:
        made = scratch / "slides"
        fetch(made / SHELF, tools)
        told = {}
        for lesson in lessons:
            found = with_notes(deck(cells[lesson], draw), teaching.stored(lesson))
            if not found:
                raise CourseError(f"{SOLUTIONS / lesson}.ipynb has no heading to make a slide of.")
            write_text(made / f"{lesson}.html", written(found))
            told[lesson] = (found[0].title or number(lesson), found[0].text, len(found))
        write_text(made / "index.html", index(told))
    count = sum(count for _, _, count in told.values())
    console.print(f"{len(lessons)} decks, {count} slides.")
    say_where(out, console)
    return 0
