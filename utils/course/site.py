"""`course site`: the course as pages that need no network, made from the stored outputs.

The solutions' notebooks go into a folder of sources with answers and pictures' code folded, words put to the pictures, the map
drawn, and three pages added: the lessons with their cost, the ledger of verdicts, the terms in Chinese. Jupyter Book (version 1,
on Sphinx) makes pages of them; it lives in an environment of its own, because it pins other versions than the course.
"""

import csv
import json
import re
import subprocess
from pathlib import Path
from typing import Any

from rich.console import Console

from utils import ledger
from utils.course import ROOT, SOLUTIONS
from utils.course.run import known_lessons, lesson_path
from utils.course.terms import TERMS
from utils.errors import CourseError
from utils.files import notebook_cells, remade_folder
from utils.shipped import number

TOOLS = ROOT / ".venv-site" / "bin"
LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
DIAGRAM = re.compile(r"```mermaid\n(.*?)```", re.S)
# Jupyter Book puts these into every page, twice, although nothing here runs code on a server
THEBE = re.compile(
    r"<script>const THEBE_JS_URL.*?</script>|<script[^>]*sphinx-thebe\.js[^>]*></script>", re.S
)
STYLE = """.diagram { overflow-x: auto; }
.diagram svg { min-width: 56rem; }
table { margin-bottom: 1rem; }
th, td { padding: .3rem .6rem; text-align: left; vertical-align: top; }
"""
# parts of the contents: the number with which a lesson's name begins, and the part's title
PARTS = {
    "00_": "Find your feet",
    "01_": "What a large model is",
    "03a": "How it learns",
    "06a": "Language",
    "06i": "Vision, shop and money",
    "07_": "Tools and what comes next",
    "09a": "Decide and launch",
}
CONFIG = {
    "title": "Cornerstone",
    "author": "",
    "only_build_toc_files": True,
    "execute": {"execute_notebooks": "off"},
    "html": {"use_repository_button": False, "use_issues_button": False, "home_page_in_navbar": True},
    "launch_buttons": {"thebe": False, "binderhub_url": "", "colab_url": ""},
    "parse": {"myst_enable_extensions": ["amsmath", "colon_fence", "dollarmath", "html_image"]},
    "sphinx": {
        "extra_extensions": ["sphinx-mathjax-offline"],
        "config": {
            "mathjax_path": "mathjax/tex-chtml.js",
            "nb_ipywidgets_js": {},
            "html_title": "Cornerstone",
            "html_copy_source": False,
            "html_context": {"default_mode": "auto"},
            "html_theme_options": {"navbar_persistent": [], "use_download_button": False},
            "language": "en",
            "suppress_warnings": ["mystnb.unknown_mime_type", "myst.header", "myst.xref_missing"],
        },
    },
}


def page(path: Path, draw: "Drawing") -> dict:
    """A notebook as the site shows it."""
    cells = notebook_cells(path)
    for cell in cells:
        if cell["cell_type"] == "markdown":
            cell["source"] = DIAGRAM.sub(lambda found: draw(found[1]), "".join(cell["source"]))
        elif cell["cell_type"] == "code":
            _fold(cell)
            _speak(cell)
    return {**json.loads(path.read_text(encoding="utf-8")), "cells": cells}


def _fold(cell: dict) -> None:
    """Answers and the code of pictures are there, but closed; so is the set-up of a lesson."""
    tags = cell["metadata"].setdefault("tags", [])
    answer = any(tag.startswith("exercise-") for tag in tags)
    if answer or "figure" in tags or "parameters" in tags:
        tags.append("hide-input")
        prompt = "Show the answer" if answer else "Show the code"
        cell["metadata"]["mystnb"] = {
            "code_prompt_show": prompt,
            "code_prompt_hide": prompt.replace("Show", "Hide"),
        }


def _speak(cell: dict) -> None:
    """Words for the pictures of a cell, where MyST-NB reads them."""
    found = [output.get("metadata", {}).get("image/png", {}).get("alt") for output in cell.get("outputs", [])]
    words = " ".join(text for text in found if text)
    if words:
        cell["metadata"].setdefault("mystnb", {})["image"] = {"alt": words}


class Drawing:
    """Draws Mermaid's diagrams as SVG inside the page, with the environment's mermaidx; their links lead to the site's pages."""

    CODE = "import sys, mermaidx; sys.stdout.write(mermaidx.render(sys.stdin.read()).svg())"

    def __init__(self, tools: Path) -> None:
        self.python = tools / "python"

    def __call__(self, text: str) -> str:
        done = _run([str(self.python), "-c", self.CODE], input=text)
        svg = done.stdout.replace('.ipynb"', '.html"').replace("\n", " ")
        return f'<div class="diagram" role="group" tabindex="0" aria-label="Map of the lessons">{svg}</div>'


def _run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """A program of the site's environment; its last line when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, **options)
    except FileNotFoundError as error:
        raise CourseError(f"{command[0]} is not there; `make site` installs what makes the pages.") from error
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "without a word").splitlines()[-1]
        raise CourseError(f"{Path(command[0]).name} stopped: {last}")
    return done


# ------------------------------------------------------------------------------
# pages that are no lesson


def front_page(readme: str) -> str:
    """The first page: what the course is, how to start, and the table of lessons with their cost, from the README."""
    table = readme.partition("<!-- lessons: begin -->")[2].partition("<!-- lessons: end -->")[0]
    opening = readme.partition("\n## ")[0].strip()
    opening = LINK.sub(lambda found: found[0] if found[2].startswith("http") else found[1], opening)
    return f"{opening}\n\n## The lessons\n\n{table.replace('(chapters/', '(').strip()}\n"


def ledger_page() -> str:
    """Every verdict on the article, with a link to the cell that shows it."""
    found = ledger.entries(SOLUTIONS)
    table = re.sub(r'href="([^"#]+)\.ipynb[^"]*"', r'href="\1.html"', ledger.as_html(found))
    return (
        "# The ledger\n\nEvery claim of the article that the course has judged, in our words, with its verdict and the lesson that "
        f"computed it. Lesson 10a says how to read such a list.\n\n{table}\n"
    )


def terms_page() -> str:
    """The terms in Chinese, with the lesson that says them first."""
    rows = list(csv.reader(TERMS.read_text(encoding="utf-8").splitlines()))[1:]
    lines = [
        f'| {english} | <span lang="zh">{chinese}</span> | [{number(lesson)}]({lesson}.ipynb) |'
        for english, chinese, lesson in sorted(rows, key=lambda row: row[0].lower())
    ]
    return "\n".join(["# Terms", "", "| English | 中文 | first in lesson |", "|---|---|---|", *lines, ""])


def contents(lessons: list[str]) -> dict:
    """Jupyter Book's table of contents: parts and their lessons, then the other pages."""
    parts: list[dict] = []
    for lesson in lessons:
        starts = next((title for begin, title in PARTS.items() if lesson.startswith(begin)), "")
        # a part begins with the first lesson that is there of it
        if not parts or (starts and starts != parts[-1]["caption"]):
            parts.append({"caption": starts or "The lessons", "chapters": []})
        parts[-1]["chapters"].append({"file": lesson})
    extra = [{"file": "ledger", "title": "The ledger"}, {"file": "terms", "title": "Terms"}]
    return {
        "format": "jb-book",
        "root": "index",
        "parts": [*parts, {"caption": "To look up", "chapters": extra}],
    }


# ------------------------------------------------------------------------------
# the whole


def sources(folder: Path, tools: Path, lessons: list[str]) -> None:
    """Write what Jupyter Book makes the site from."""
    draw = Drawing(tools)
    for lesson in lessons:
        write_text(
            folder / f"{lesson}.ipynb",
            json.dumps(page(SOLUTIONS / f"{lesson}.ipynb", draw), ensure_ascii=False),
        )
    write_text(folder / "index.md", front_page((ROOT / "README.md").read_text(encoding="utf-8")))
    write_text(folder / "ledger.md", ledger_page())
    write_text(folder / "terms.md", terms_page())
    (folder / "_static").mkdir()
    write_text(folder / "_static" / "course.css", STYLE)
    # JSON is YAML too
    write_text(folder / "_config.yml", json.dumps(CONFIG))
    write_text(folder / "_toc.yml", json.dumps(contents(lessons)))


def settled(text: str) -> str:
    """A page without what would look for a server, and with an icon, so that no browser asks for one."""
    return THEBE.sub("", text).replace("<head>", '<head>\n    <link rel="icon" href="data:,">', 1)


def write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def say_where(out: Path, console: Console) -> None:
    console.print(
        f"Open {out / 'index.html'} in a browser; no network is needed.", markup=False, soft_wrap=True
    )


def site(names: list[str], *, out: Path, tools: Path, console: Console) -> int:
    """Make the site in `out`, whole or not at all; returns the exit status."""
    lessons = [lesson_path(name, solutions=True).stem for name in names] or known_lessons(solutions=True)
    pages, refusal = "_build/html", "is no site made by this command; give --out another name."
    with remade_folder(out, pages, "genindex.html", refusal) as folder:
        sources(folder, tools, lessons)
        console.print(f"{len(lessons)} lessons are made into pages.")
        _run([str(tools / "jupyter-book"), "build", "--quiet", str(folder)])
        for file in (folder / pages).glob("*.html"):
            write_text(file, settled(file.read_text(encoding="utf-8")))
    say_where(out, console)
    return 0
