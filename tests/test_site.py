"""`course site`: what goes into the pages, and, where Jupyter Book is installed, the pages themselves."""

import html.parser
import json
import os
import re
import shutil
import socketserver
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from rich.console import Console

from utils.course import ROOT, SOLUTIONS
from utils.course.build import load_lessons
from utils.course.lesson import names
from utils.course.site import TOOLS, contents, front_page, ledger_page, page, settled, site, terms_page
from utils.course.terms import TERMS, as_csv, disputed, key, terms
from utils.errors import CourseError

NEEDS_TOOLS = pytest.mark.skipif(
    not (TOOLS / "jupyter-book").is_file(), reason="`make site` installs what makes the pages"
)
CHROMIUM = shutil.which("chromium")


def drawn(text: str) -> str:
    return f"<svg><title>{len(text)}</title></svg>"


# ------------------------------------------------------------------------------
# the terms


@pytest.mark.static
def test_one_chinese_name_for_a_term_and_the_list_is_what_the_lessons_say():
    lessons = load_lessons()
    assert disputed(lessons) == {}
    assert TERMS.read_text(encoding="utf-8") == as_csv(terms(lessons)), "`course build` writes it anew"


def test_a_plural_and_a_capital_make_no_other_term():
    assert key("Tokens") == key("token")
    assert key("bias") == "bias"
    assert key("loss") == "loss"


# ------------------------------------------------------------------------------
# what goes into the pages


@pytest.mark.static
@pytest.mark.parametrize("lesson", names())
def test_answers_are_closed_and_pictures_have_words(lesson):
    for cell in page(SOLUTIONS / f"{lesson}.ipynb", drawn)["cells"]:
        tags = cell["metadata"].get("tags", [])
        if any(tag.startswith("exercise-") for tag in tags) and cell["cell_type"] == "code":
            assert "hide-input" in tags
        pictures = [output for output in cell.get("outputs", []) if "image/png" in output.get("data", {})]
        assert not pictures or cell["metadata"]["mystnb"]["image"]["alt"]
        assert "```mermaid" not in "".join(cell["source"])


@pytest.mark.static
def test_every_lesson_stands_once_in_the_contents():
    found = [chapter["file"] for part in contents(names())["parts"] for chapter in part["chapters"]]
    assert found == [*names(), "ledger", "terms"]


@pytest.mark.static
def test_the_first_page_leads_to_pages_of_the_site_only():
    text = front_page((ROOT / "README.md").read_text(encoding="utf-8"))
    led = {target for target in re.findall(r"\]\(([^)]+)\)", text) if not target.startswith("http")}
    assert led == {f"{name}.ipynb" for name in names()}


@pytest.mark.static
def test_ledger_and_terms_lead_to_lessons():
    pages = {f"{name}.html" for name in names()}
    assert set(re.findall(r'href="([^"]+)"', ledger_page())) <= pages
    assert terms_page().count('<span lang="zh">') == TERMS.read_text(encoding="utf-8").count("\n") - 1


def test_nothing_is_left_of_what_looks_for_a_server():
    text = '<head><script>const THEBE_JS_URL = "https://x"</script><script src="_static/sphinx-thebe.js"></script></head>'
    assert "thebe" not in settled(text).lower()
    assert 'rel="icon"' in settled(text)


def test_a_folder_that_is_no_site_stays(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(CourseError, match="is no site made by this command"):
        site(["00"], out=tmp_path, tools=TOOLS, console=Console(quiet=True))
    assert os.listdir(tmp_path) == ["letter.txt"]


def test_without_its_tools_one_sentence_says_what_installs_them(tmp_path):
    with pytest.raises(CourseError, match="`make site` installs"):
        site(["03a"], out=tmp_path / "pages", tools=tmp_path, console=Console(quiet=True))
    assert os.listdir(tmp_path) == []


# ------------------------------------------------------------------------------
# the pages


class Links(html.parser.HTMLParser):
    """Where a page leads, what it loads, its anchors, and its pictures without words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.leads: set[str] = set()
        self.loads: set[str] = set()
        self.anchors: set[str] = set()
        self.silent = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        if tag in ("script", "img", "link") and (place := found.get("src") or found.get("href")):
            self.loads.add(place)
        if tag == "a" and found.get("href"):
            self.leads.add(found["href"])
        self.silent += tag == "img" and not found.get("alt")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site") / "pages"
    assert site(["00", "02a", "03a"], out=out, tools=TOOLS, console=Console(quiet=True)) == 0
    return out


@NEEDS_TOOLS
def test_links_and_anchors_exist_and_nothing_is_loaded_from_elsewhere(pages):
    read = {path.name: Links(path.read_text(encoding="utf-8")) for path in pages.glob("*.html")}
    made = {"00_start_here.html", "02a_counting.html", "03a_forward_backward.html"}
    assert made | {"index.html", "ledger.html", "terms.html", "search.html"} <= read.keys()
    for name, found in read.items():
        assert not found.silent, name
        for place in found.loads | found.leads:
            parts = urlsplit(place)
            if parts.scheme or place.startswith("//"):
                assert place in found.leads or parts.scheme == "data", f"{name} loads {place}"
                continue
            target = unquote(parts.path) or name
            # this site has three of the lessons; the others would be there in a whole one
            elsewhere = parts.fragment or target
            if re.fullmatch(r"\d\d\w?_\w+\.(html|ipynb)", elsewhere) and elsewhere not in made:
                continue
            assert (pages / target).exists(), f"{name} leads to {target}"
            if parts.fragment and target in read and not parts.fragment.startswith(":"):
                assert unquote(parts.fragment) in read[target].anchors | {""}, f"{name} leads to {place}"


@pytest.fixture
def served(pages: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), partial(Quiet, directory=str(pages))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


@NEEDS_TOOLS
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_a_browser_without_network_shows_formulas_map_and_finds_words(served):
    from playwright.sync_api import sync_playwright

    asked: list[str] = []
    errors: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        tab = browser.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(served + "03a_forward_backward.html")
        tab.wait_for_selector("mjx-container svg, mjx-container mjx-math", timeout=30_000)
        assert tab.locator("h1").count() >= 1
        tab.goto(served + "00_start_here.html")
        assert tab.locator(".diagram svg a").count() >= len(names()) - 1
        tab.goto(served + "search.html?q=momentum")
        tab.wait_for_selector("#search-results li a", timeout=30_000)
        browser.close()
    outside = [url for url in asked if not url.startswith((served, "data:"))]
    assert outside == []
    assert errors == []


@NEEDS_TOOLS
def test_a_second_run_takes_the_place_of_the_first(pages):
    (pages / "old.html").write_text("old")
    assert site(["03a"], out=pages, tools=TOOLS, console=Console(quiet=True)) == 0
    assert not (pages / "old.html").exists()
    assert json.loads((pages / "searchindex.js").read_text(encoding="utf-8")[len("Search.setIndex(") : -1])
