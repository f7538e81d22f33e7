"""The product of lesson 10b: what it answers, what it keeps, and what a customer sees in a real browser."""

import ast
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager

import httpx
import numpy as np
import pytest
from open_files import NEEDS_MODELS

from utils import data
from utils.course import LESSONS, cli
from utils.models import retrieval, tools
from utils.models.completions import Wish, work_of
from utils.models.product import (
    FIGURES,
    PAGE,
    THRESHOLDS,
    Assistant,
    Journal,
    ProductTalker,
    Record,
    create_product,
    in_full,
    page_headers,
    silence,
)
from utils.models.service import serving

KEY = "a-key-for-these-tests"
PAGES, WORLD, ASKS = data.shop_documents(), data.shop_tasks(), data.shop_questions()
COST = "What does postage inside Germany cost?"
MARKUP = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"


def assistant(pages=PAGES, **options):
    return Assistant(pages, WORLD, options.pop("threshold", THRESHOLDS[False]), **options)


@contextmanager
def asking(found=None, **options):
    app = create_product(found or assistant(), api_key=KEY, **options)
    headers = {"Authorization": f"Bearer {KEY}"}
    with serving(app) as url, httpx.Client(base_url=url, trust_env=False, headers=headers) as client:
        client.app = app
        yield client


def ask(client, question, **options):
    body = {"model": "kranich", "messages": [{"role": "user", "content": question}], **options}
    return client.post("/v1/chat/completions", json=body)


# ------------------------------------------------------------------------------
# as the lessons build it


def of_lesson(name, *wanted, **given):
    """Functions of a lesson, by name, in a world that has what is given."""
    tree = ast.parse((LESSONS / f"{name}.py").read_text(encoding="utf-8"))
    named = [
        node
        for node in tree.body
        if getattr(node, "name", "") in wanted
        or (isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in wanted)
    ]
    exec(compile(ast.Module(named, type_ignores=[]), name, "exec"), given)
    return [given[name] for name in wanted]


def test_retrieval_is_that_of_lesson_6g():
    import math

    given = {"re": re, "math": math, "np": np, "Counter": Counter, "docs": PAGES}
    names = ["HAN", "WORD", "STOP", "terms", "weight_of", "saturated", "bm25", "weights", "covered"]
    *_, stop, terms, _weight_of, _saturated, bm25, weights, covered = of_lesson(
        "06g_assistant", *names, **given
    )
    counts = [Counter(terms(f"{page.title} {page.text}")) for page in PAGES]
    weight = weights(counts)
    search = retrieval.Retriever(PAGES)
    assert (search.counts, search.weight) == (counts, weight)
    assert search.parts == [[part for part in stop.split(page.text) if part.strip()] for page in PAGES]
    for ask_ in ASKS:
        theirs = bm25(ask_.question, counts, weight)
        assert np.allclose(theirs, retrieval.bm25(ask_.question, counts, weight), rtol=1e-12)
        text = PAGES[3].text
        theirs = covered(ask_.question, [set(terms(text))], weight)[0]
        assert retrieval.covered(ask_.question, text, weight, len(PAGES)) == pytest.approx(theirs)


def test_the_tools_are_chosen_as_in_lesson_6h():
    names = ["ANY_ITEM", "NUMBER", "heard", "STEMS", "call", "first_calls"]
    any_item, any_day = "|".join(WORLD.catalogue), "|".join(WORLD.calendar)
    given = {"re": re, "ANY_ITEM": any_item, "ANY_DAY": any_day}
    first_calls = of_lesson("06h_agent", *names[1:], **given)[-1]
    shop = tools.Shop(WORLD)
    for task in WORLD.tasks:
        theirs = first_calls(task.request.lower())
        assert shop.plan(task.request)[: len(theirs)] == theirs


def test_the_calculator_is_that_of_lesson_6h():
    import operator

    (value,) = of_lesson("06h_agent", "SIGNS", "computed", "value", ast=ast, operator=operator)[2:]
    for text in ("3 * 9", "-(2 + 3) / 4", "1.5 - 2", " 7 "):
        assert tools.value(text) == value(text) == eval(text)
    for text in ("__import__('os')", "9**9", "True", "[3]", "1/0", "1+", "(" * 50, "1" * 61, "'a' * 3"):
        for one in (tools.value, value):
            with pytest.raises(ValueError, match=r"only numbers|has no value|at most"):
                one(text)


# ------------------------------------------------------------------------------
# answers


def test_a_quote_stands_on_the_page_that_is_named():
    found = assistant()
    kinds = Counter()
    for ask_ in ASKS:
        reply = found.reply(ask_.question)
        kinds[reply.kind] += 1
        if reply.kind == "quote":
            assert reply.text in found.pages[reply.source].text
            assert reply.confidence >= found.threshold
            assert in_full(reply).endswith(f"\nSource: {reply.title} [{reply.source}]")
    assert min(kinds["quote"], kinds["silence"], kinds["tool"]) > 3


@pytest.mark.parametrize(
    ("question", "says", "source"),
    [
        ("What do 3 bells cost together?", "one bell costs 9 euros; that makes 27", "price,calculate"),
        ("How many lamps are in stock?", "we have 11 of lamp", "stock"),
        ("Is the workshop free on Monday?", "on monday we are free at no hour", "calendar"),
        ("Order 90 bells", "sorry, only 14 of bell in stock", "order"),
        ("Order 1000 bells", "sorry, only 14 of bell in stock", "order"),
        ("Order 0 bells", "sorry, an order is for whole pieces, one or more", "order"),
        ("Order 3.5 bells", "sorry, an order is for whole pieces, one or more", "order"),
        ("order -3 bells", "sorry, an order is for whole pieces, one or more", "order"),
        ("Order 1,000 bells", "sorry, an order is for whole pieces, one or more", "order"),
        ("What does a 26-inch tyre cost?", "one tyre costs 27 euros", "price"),
        ("How much are 1000 bells?", "one bell costs 9 euros; that makes 9000", "price,calculate"),
        ("What is 1234 times 5678?", "that makes 7006652", "calculate"),
        ("What times are open on Friday?", "on friday we are free at 10:00 15:00 16:00", "calendar"),
    ],
)
def test_tools_answer(question, says, source):
    reply = assistant().reply(question)
    assert (reply.kind, reply.text, reply.source) == ("tool", says, source)


def test_an_order_is_a_wish_for_a_person_and_takes_nothing_from_the_shelf():
    found = assistant()
    assert "a person will ask you" in found.reply("I want to buy 2 bells").text
    assert list(found.shop.wishes) == [("bell", 2)]
    assert found.reply("How many bells are in stock?").text == "we have 14 of bell"


@pytest.mark.parametrize("meaning", [False, pytest.param(True, marks=NEEDS_MODELS)])
@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("When are you open on Saturday?", "on Saturdays from 10 to 14"),
        ("Is the workshop open on Saturdays?", "on Saturdays from 10 to 14"),
        ("Is the workshop open on Wednesday?", "Every Wednesday it is closed"),
        ("Are you closed on Wednesday?", "Every Wednesday it is closed"),
    ],
)
def test_opening_hours_stand_on_a_page(question, says, meaning):
    embed = None
    if meaning:
        from utils.models.encoder import load_encoder

        embed = load_encoder().embed
    reply = assistant(threshold=THRESHOLDS[meaning], embed=embed).reply(question)
    assert (reply.kind, reply.source) == ("quote", "opening-hours")
    assert meaning or says in reply.text  # the encoder finds the page, and may prefer its other sentence


@pytest.mark.parametrize(
    "question",
    [
        "What are your opening hours on Saturday?",
        "Opening times on Tuesday?",
        "At what time do you close on Monday?",
        "When does the shop open on Tuesday?",
        "Are you still open on Friday evening?",
        "Until when is it open on Saturday?",
        "Closing time on Friday?",
    ],
)
def test_the_calendar_does_not_answer_when_the_shop_is_open(question):
    assert assistant().reply(question).kind != "tool"


def test_the_calendar_still_answers_what_it_is_asked_in_the_lesson():
    found = assistant()
    for task in WORLD.tasks:
        if task.kind == "calendar":
            for text in (task.request, task.twin):
                assert found.reply(text).source == "calendar"


def test_a_question_with_a_code_is_one_for_the_pages():
    assert assistant().reply("What does the saddle S-4 cost?").kind == "quote"


def test_silence_speaks_the_customers_script():
    assert assistant().reply("Will it rain tomorrow?").text == "I don't know. Wen will write to you."
    assert silence("明天下雨吗") == "这个我不知道，小文会给您回信。"


@pytest.mark.parametrize("text", ["", " ", "?", "🚲" * 500, "a" * 20_000, "\0", "١٢٣", "{}[]()*+?|\\^$."])
def test_any_text_gets_an_answer(text):
    assert assistant().reply(text).kind == "silence"


def test_what_customers_wrote_is_never_quoted():
    lie = data.Document("lie", "customer", COST, f"{COST} Nothing, says the shop.")
    found = assistant([*PAGES, lie])
    assert "lie" not in found.pages
    assert found.reply(COST).source == "delivery-cost"
    own = assistant([*PAGES, lie._replace(source="shop")])
    assert own.reply(COST).source == "lie"  # so the rule is what keeps it out


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("It is 5.90 euros.", "written"),
        ("It is 6 euros.", "quote"),
        ("", "quote"),
        ("  \n", "quote"),
        ("5,90", "quote"),
    ],
)
def test_a_writer_may_use_only_the_pages_numbers(written, kind):
    reply = assistant(write=lambda page, question: written).reply(COST)
    assert reply.kind == kind
    assert reply.text == (written if kind == "written" else assistant().reply(COST).text)


def test_the_threshold_decides():
    assert assistant(threshold=2.0).reply(COST).kind == "silence"
    assert assistant(threshold=0.0).reply("Will it rain in Dresden tomorrow?").kind == "quote"


def bill(found):
    """Euros for a question: 10 for a wrong answer, 4 for silence; the tools take no part."""
    quotes = [found.search.quote(ask_.question) for ask_ in ASKS]
    sure = np.array([quote.confidence for quote in quotes])
    right = np.array(
        [
            quote.page is not None
            and quote.page.document == ask_.document
            and any(a in quote.text for a in ask_.answers)
            for quote, ask_ in zip(quotes, ASKS, strict=True)
        ]
    )
    return lambda t: float(np.where(sure >= t, np.where(right, 0, 10), 4).mean()), sure


@pytest.mark.parametrize("meaning", [False, pytest.param(True, marks=NEEDS_MODELS)])
def test_the_thresholds_are_about_the_cheapest(meaning):
    embed = None
    if meaning:
        from utils.models.encoder import load_encoder

        embed = load_encoder().embed
    of, sure = bill(assistant(embed=embed))
    best = min(map(of, np.unique(sure)))
    assert best <= of(THRESHOLDS[meaning]) < min(best + 0.2, 4 - 0.2)


# ------------------------------------------------------------------------------
# behind the API


def test_the_api_answers_whole_and_in_pieces():
    with asking() as client:
        whole = ask(client, COST).json()
        said = whole["choices"][0]["message"]["content"]
        assert said == in_full(assistant().reply(COST))
        lines = ask(client, COST, stream=True).text.split("\n\n")
        events = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
        parts = [event["choices"][0]["delta"].get("content", "") for event in events]
        assert "".join(parts) == said
        assert sum(map(bool, parts)) > 5
        assert whole["usage"] == {
            "prompt_tokens": len(COST),
            "completion_tokens": len(said),
            "total_tokens": len(COST) + len(said),
        }


def test_stops_and_lengths_are_kept():
    with asking() as client:
        said = ask(client, COST).json()["choices"][0]["message"]["content"]
        cut = ask(client, COST, stop="Source").json()["choices"][0]
        assert (cut["message"]["content"], cut["finish_reason"]) == (said[: said.index("Source")], "stop")
        short = ask(client, COST, max_tokens=9).json()["choices"][0]
        assert (short["message"]["content"], short["finish_reason"]) == (said[:7], "length")  # "Postage"
        assert ask(client, COST, n=2).json()["choices"][1]["message"]["content"] == said


def test_what_a_quote_cannot_give_is_refused():
    with asking() as client:
        assert ask(client, COST, logprobs=True).json()["error"]["code"] == "unsupported_parameter"
        assert ask(client, " ").status_code == 400
        body = {"messages": [{"role": "assistant", "content": "Hello"}]}
        assert client.post("/v1/chat/completions", json=body).status_code == 400
        assert ask(client, "x" * 60_000).status_code == 413


@pytest.mark.parametrize("path", ["/v1/product", "/v1/pages/delivery-cost", "/v1/models"])
def test_nothing_but_the_page_is_open(path):
    with asking() as client:
        assert client.get(path).status_code == 200
        assert client.get(path, headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert client.get("/", headers={"Authorization": ""}).status_code == 200


def test_only_the_shops_pages_can_be_read():
    with asking() as client:
        assert "5.90" in client.get("/v1/pages/delivery-cost").json()["text"]
        for name in ("review-s4", "nowhere", "..%2F..%2Fetc%2Fpasswd"):
            assert client.get(f"/v1/pages/{name}").status_code == 404


def test_the_journal_holds_no_word_of_a_question():
    file = io.StringIO()
    private = [part for line in data.shop_log() for _, part in line.private]
    with asking(journal=Journal(file=file), version="7") as client:
        for line in data.shop_log():
            ask(client, line.text)
        records = list(client.app.state.journal.records)
    assert len(records) == len(data.shop_log())
    text = file.getvalue()
    assert [Record(**json.loads(line)) for line in text.splitlines()] == records
    assert not [part for part in private if part in text]
    assert {record.version for record in records} == {"7"}


def test_the_journal_forgets():
    journal = Journal(most=3)
    for n in range(5):
        journal.add(Record("1", "quote", "a", 0.5, 0.1, n))
    assert [record.tokens for record in journal.records] == [2, 3, 4]


def records_of(client, count, seconds=20):
    """The journal, once it has so many records."""
    end = time.monotonic() + seconds
    while len(client.app.state.journal.records) < count and time.monotonic() < end:
        time.sleep(0.01)
    return list(client.app.state.journal.records)


def test_each_record_says_how_the_answer_ended():
    with asking() as client:
        ask(client, COST)
        ask(client, COST, max_tokens=9)
        ask(client, COST, stop="Source")
        ask(client, COST, stream=True)
        assert [record.end for record in records_of(client, 4)] == ["stop", "length", "stop", "stop"]


def test_an_answer_that_is_left_in_the_middle_has_a_record_of_what_was_written():
    journal = Journal()
    talker = ProductTalker("kranich", assistant(), journal)
    prompt = talker.prompt(COST)
    for steps in (1, 5):
        work = work_of(talker, Wish([prompt], new=500))
        said = "".join(next(work)[1].text for _ in range(steps))
        work.close()
        record = journal.records[-1]
        assert (record.kind, record.source, record.end) == ("quote", "delivery-cost", "left")
        assert record.tokens == len(prompt) + len(said)
    assert len(journal.records) == 2
    list(work_of(talker, Wish([prompt], new=500, n=2)))
    assert [record.end for record in journal.records] == ["left", "left", "stop", "stop"]


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_while_the_answer_is_made_leaves_a_record(stream):
    class Slow(Assistant):
        def reply(self, question):
            time.sleep(1)
            return super().reply(question)

    with asking(Slow(PAGES, WORLD, THRESHOLDS[False])) as client:
        body = {"messages": [{"role": "user", "content": COST}], "stream": stream}
        with pytest.raises(httpx.ReadTimeout):
            client.post("/v1/chat/completions", json=body, timeout=0.2)
        (record,) = records_of(client, 1)
        assert (record.kind, record.end) == ("quote", "left")
        assert len(COST) < record.tokens < len(COST) + len(in_full(assistant().reply(COST)))
        assert ask(client, COST).status_code == 200
        assert [record.end for record in records_of(client, 2)] == ["left", "stop"]


def test_an_answer_that_failed_has_a_record_without_a_word():
    class Fragile(Assistant):
        def reply(self, question):
            raise RuntimeError(question)

    with asking(Fragile(PAGES, WORLD, 0.3)) as client:
        assert ask(client, "My card is 4111").status_code == 500
        (record,) = records_of(client, 1)
    assert record._replace(seconds=0.0) == Record("1", "", "", 0.0, 0.0, len("My card is 4111"), "failed")


def test_a_journal_that_cannot_be_written_to_does_not_stop_the_product():
    class Full(io.StringIO):
        def write(self, text):
            raise OSError("no space left on device")

    class Slow(Assistant):
        def reply(self, question):
            time.sleep(0.6)
            return super().reply(question)

    with asking(Slow(PAGES, WORLD, THRESHOLDS[False]), journal=Journal(file=Full())) as client:
        body = {"messages": [{"role": "user", "content": COST}]}
        with pytest.raises(httpx.ReadTimeout):
            client.post("/v1/chat/completions", json=body, timeout=0.2)
        records_of(client, 1)
        assert ask(client, COST).status_code == 500  # it says so, and does not hang
        assert client.get("/v1/product").status_code == 200


def test_the_official_client_talks_to_the_product():
    openai = pytest.importorskip("openai", reason="the package openai (extra: test) is not installed")
    message = [{"role": "user", "content": COST}]
    with (
        asking() as client,
        openai.OpenAI(base_url=f"{client.base_url}/v1", api_key=KEY, max_retries=0) as official,
    ):
        create = official.chat.completions.create
        said = create(model="kranich", messages=message, temperature=0).choices[0].message.content
        chunks = create(
            model="kranich", messages=message, stream=True, stream_options={"include_usage": True}
        )
        *parts, last = list(chunks)
        assert "".join(part.choices[0].delta.content or "" for part in parts) == said
        assert last.usage.completion_tokens == len(said)
        assert said.endswith("Source: What delivery costs [delivery-cost]")
        with pytest.raises(openai.AuthenticationError):
            official.with_options(api_key="another-key-that-is-wrong").models.list()


# ------------------------------------------------------------------------------
# the page


@pytest.mark.static
def test_the_page_needs_nothing_from_elsewhere():
    html = PAGE.read_text(encoding="utf-8")
    for part in (
        "http:",
        "https:",
        "//cdn",
        "@import",
        " onclick",
        " onerror",
        " style=",
        "innerHTML",
        "eval(",
    ):
        assert part not in html
    allowed = page_headers(html)["Content-Security-Policy"]
    assert "unsafe" not in allowed
    assert "default-src 'none'" in allowed
    assert page_headers(html.replace("use strict", "use  strict"))["Content-Security-Policy"] != allowed


@pytest.fixture(scope="module")
def chrome():
    from screens import browser, chromium

    executable = chromium()
    if executable is None:
        reason = "no Chromium was found; on Debian or Ubuntu: apt-get install chromium"
        assert not os.environ.get("EXPECT_BROWSER"), reason
        pytest.skip(reason)
    with browser(executable) as running:
        yield running


@contextmanager
def opened(chrome, found=None, key=KEY):
    """The page in a browser, with all that it asked for and complained of."""
    with asking(found) as client:
        page = chrome.new_page(viewport={"width": 900, "height": 900})
        page.requests, page.complaints = [], []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(f"{client.base_url}/#key={key}")
        page.base = str(client.base_url)
        yield page
        page.close()


def put(page, question):
    """Ask by the keyboard alone, and wait for the answer; its article."""
    from playwright.sync_api import expect

    count = page.locator("article").count()
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator("article")).to_have_count(count + 1)
    expect(page.get_by_role("button", name="Ask")).to_be_enabled()
    return page.locator("article").last


@pytest.mark.browser
def test_a_customer_asks_in_a_browser(chrome):
    from playwright.sync_api import expect
    from screens import ARTIFACTS

    with opened(chrome) as page:
        expect(page.get_by_label("Your question")).to_be_focused()
        assert KEY not in page.url
        article = put(page, COST)
        expect(article.locator("p").first).to_have_text(assistant().reply(COST).text)
        expect(article.locator(".cost")).to_contain_text("cents of machine time")
        expect(page.get_by_label("Your question")).to_be_focused()
        article.locator("summary").press("Enter")
        expect(article.locator("details p")).to_contain_text("an order of 120 euros on")
        assert "lists (price,calculate)" in put(page, "What do 3 bells cost together?").inner_text()
        silent = put(page, "Will it rain tomorrow?")
        expect(silent.locator("p").first).to_have_text("I don't know. Wen will write to you.")
        expect(silent).to_have_class("silent")
        ARTIFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTIFACTS / "product.png", full_page=True)
        assert page.complaints == []
        assert all(url.startswith((page.base, "data:")) for url in page.requests)


@pytest.mark.browser
def test_what_comes_from_outside_is_text(chrome):
    lie = data.Document("lie", "shop", f"{MARKUP} zebra", f"Zebra crossing {MARKUP} zebra.")
    with opened(chrome, assistant([*PAGES, lie], threshold=0.1)) as page:
        title = page.title()
        article = put(page, f"zebra {MARKUP}")
        article.locator("summary").click()
        article.locator("details p").wait_for()
        assert article.inner_text().count("<img src=x onerror=") == 4  # question, quote, title, page
        assert page.locator("article img, article script").count() == 0
        assert page.title() == title
        assert page.complaints == []


@pytest.mark.browser
def test_the_policy_holds_even_if_markup_came_through(chrome):
    with opened(chrome) as page:
        title = page.title()
        page.evaluate("markup => { document.querySelector('main').innerHTML += markup }", MARKUP)
        page.evaluate("fetch('https://elsewhere.example/').catch(() => {})")
        page.wait_for_timeout(300)
        assert page.title() == title
        assert any("Content Security Policy" in text for text in page.complaints)


@pytest.mark.browser
def test_a_source_that_could_not_be_fetched_is_fetched_again(chrome):
    from playwright.sync_api import expect

    with opened(chrome) as page:
        article = put(page, COST)
        page.route("**/v1/pages/*", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
        article.locator("summary").press("Enter")
        expect(article.locator("details p")).to_have_text("The server answered 502.")
        page.unroute("**/v1/pages/*")
        article.locator("summary").press("Enter")
        article.locator("summary").press("Enter")
        expect(article.locator("details p")).to_contain_text("an order of 120 euros on")
        assert article.locator("details p").count() == 1


@pytest.mark.browser
def test_a_wrong_key_is_said_in_words(chrome):
    with opened(chrome, key="wrong") as page:
        assert "Send a valid key" in put(page, COST).inner_text()
        page.get_by_label("Key").fill(KEY)
        assert "5.90" in put(page, COST).inner_text()


@pytest.mark.browser
def test_a_screen_reader_finds_its_way(chrome):
    with opened(chrome) as page:
        put(page, COST)
        tree = page.locator("main").aria_snapshot()
        for part in ('heading "Velo Kranich: ask us" [level=1]', 'log "Questions and answers"', f'heading "{COST}" [level=2]',
                     'textbox "Key"', 'textbox "Your question"', 'button "Ask"', "status"):  # fmt: skip
            assert part in tree
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.get_by_role("log").get_attribute("aria-busy") == "false"
        order = []
        page.get_by_label("Key").focus()
        for _ in range(3):
            order.append(page.evaluate("document.activeElement.id"))
            page.keyboard.press("Tab")
        assert order == ["key", "question", "send"]


# ------------------------------------------------------------------------------
# the command


def course(*arguments, **changes):
    command = [sys.executable, "-m", "utils.course.cli", "product", *arguments]
    surroundings = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(LESSONS.parent), **changes}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=surroundings
    )


def test_course_product_serves_until_it_is_interrupted(tmp_path):
    journal = tmp_path / "journal.jsonl"
    with course("--port", "0", "--journal", str(journal)) as child:
        place, api, key = (child.stdout.readline().rstrip("\n") for _ in range(3))
        url, _, secret = place.removeprefix("The page: ").partition("#key=")
        assert key == f"key: {secret}"
        assert api.startswith(f"OpenAI's API: {url}v1, model kranich")
        options = {"trust_env": False, "headers": {"Authorization": f"Bearer {secret}"}}
        assert "Velo Kranich" in httpx.get(url, **options).text
        body = {"model": "kranich", "messages": [{"role": "user", "content": COST}]}
        assert "5.90" in httpx.post(f"{url}v1/chat/completions", json=body, **options).text
        child.send_signal(signal.SIGINT)
        said, wrong = child.communicate(timeout=30)
    assert (child.returncode, said, wrong) == (0, "The server has ended.\n", "")
    assert json.loads(journal.read_text())["source"] == "delivery-cost"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--encoder", "other"], "other"),
        (["--writer", "/nowhere/model.gguf"], "nowhere"),
        (["--threshold", "-1"], "threshold"),
        (["--journal", "/nowhere/journal"], "cannot be written"),
        (["--key", "short"], "16 or more"),
    ],
)
def test_course_product_says_in_a_sentence_what_is_wrong(arguments, part):
    with course("--port", "0", *arguments) as child:
        said, wrong = child.communicate(timeout=60)
    assert (child.returncode, said) == (2, "")
    assert wrong.startswith("course: ")
    assert part in wrong
    assert "Traceback" not in wrong


def test_the_help_names_the_thresholds():
    options = {param.name: param for param in cli.product.params}
    assert all(f"{threshold:g}" in options["threshold"].help for threshold in THRESHOLDS.values())


@NEEDS_MODELS
def test_the_open_model_puts_a_quote_into_words():
    from utils.models.checkpoints import load_open
    from utils.models.product import writer_of

    reply = assistant(write=writer_of(load_open("smollm2"))).reply(COST)
    assert (reply.kind, reply.source) == ("written", "delivery-cost")
    # that it stands on the page is all that the guard promises: this model may well take the wrong one
    assert set(FIGURES.findall(reply.text)) <= set(FIGURES.findall(assistant().pages["delivery-cost"].text))


@pytest.mark.static
def test_each_number_of_the_business_case_leads_to_a_part_of_the_lesson():
    text = (LESSONS / "10b_launch.py").read_text(encoding="utf-8")
    headings = re.findall(r"^# ## (10b\.\d+ .+)$", text, re.M)
    rows = text[text.index("rows = [") : text.index('table = ["| what')]
    places = re.findall(r'"(10b\.\d+ [^"]+)"', rows)
    assert len(places) >= 8
    assert set(places) <= set(headings)
