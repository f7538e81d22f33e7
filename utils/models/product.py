"""A product on one's own machine: the bicycle shop's assistant behind OpenAI's API, with a page for the browser.

A question goes to the shop's tools if their rules understand it; else the best sentence of the shop's pages is quoted with
its source, if the search is sure enough; else the assistant says that it does not know. Only what the shop wrote itself is
quoted. What is kept of a question is a `Record`, which holds none of its words.

The page is one file without anything from elsewhere. Its Content-Security-Policy allows exactly the one script and the one
style in it, by their hashes (W3C, Content Security Policy Level 3), so text that got into the page as markup could not run.
"""

import base64
import hashlib
import json
import re
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse

from utils.data import Document, ShopWorld
from utils.errors import CourseError
from utils.models.completions import Message, Piece, Wish, create_app
from utils.models.generate import generate
from utils.models.retrieval import HAN, Embed, Quote, Retriever
from utils.models.service import Limits, ServiceError, guarded
from utils.models.tools import Shop

PAGE = Path(__file__).with_name("product.html")
TALK = re.compile(r"\s*(?:[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+)|\s+$")  # a word, or one Chinese character
FIGURES = re.compile(r"\d+(?:[.,:]\d+)*")
Write = Callable[[str, str], str]
# the least confidence that is spoken, without and with an encoder: about the cheapest on the shop's own questions when a wrong
# answer costs 10 euros and silence 4 (lesson 10b)
THRESHOLDS = {False: 0.34, True: 0.99}
LONGEST = 24  # tokens that a model may write

# ------------------------------------------------------------------------------
# the assistant


class Reply(NamedTuple):
    """kind: "tool", "quote", "written" or "silence". source: a page's name, or the tools asked; "" for silence."""

    kind: str
    text: str
    source: str
    title: str
    confidence: float


class Assistant:
    """Tools, then quotes, then silence.

    threshold: the least confidence that is spoken.  embed: as in `Retriever`.
    write(page, question): the answer in a model's own words. It is taken only if it is not empty and each number in it
    stands on the page; else the quote stays.
    """

    def __init__(
        self,
        pages: Sequence[Document],
        world: ShopWorld,
        threshold: float,
        *,
        embed: Embed | None = None,
        write: Write | None = None,
    ) -> None:
        self.pages = {page.document: page for page in pages if page.source == "shop"}
        self.search, self.shop = Retriever(list(self.pages.values()), embed), Shop(world)
        self.threshold, self._write = threshold, write

    def reply(self, question: str) -> Reply:
        """What a customer is told."""
        if served := self.shop.serve(question):
            text, tools = served
            return Reply("tool", text, ",".join(tools), "the shop's own lists", 1.0)
        quote = self.search.quote(question)
        if quote.page is None or quote.confidence < self.threshold:
            return Reply("silence", silence(question), "", "", quote.confidence)
        kind, text = self._worded(quote, quote.page, question)
        return Reply(kind, text, quote.page.document, quote.page.title, quote.confidence)

    def _worded(self, quote: Quote, page: Document, question: str) -> tuple[str, str]:
        whole = f"{page.title}: {page.text}"
        written = self._write(whole, question).strip() if self._write else ""
        grounded = set(FIGURES.findall(written)) <= set(FIGURES.findall(whole))
        return ("written", written) if written and grounded else ("quote", quote.text)


def writer_of(opened: Any) -> Write:
    """A `write` for an `Assistant` from an open model (`utils.models.checkpoints.load_open`): a page, a question, one line."""

    def write(page: str, question: str) -> str:
        prompt = opened.prompt(f"{page}\n\nQuestion: {question}\nAnswer:")
        options = {"decode": opened.tokenizer.decode, "end": opened.ends, "stop": ["\n"]}
        return generate(opened.model, [prompt], LONGEST, **options)[0].text

    return write


def silence(question: str) -> str:
    """An honest "I don't know", in the question's script."""
    chinese = HAN.search(question)
    return "这个我不知道，小文会给您回信。" if chinese else "I don't know. Wen will write to you."


def in_full(reply: Reply) -> str:
    """A reply as the client reads it; the source, where there is one, is the last line."""
    return f"{reply.text}\nSource: {reply.title} [{reply.source}]" if reply.source else reply.text


# ------------------------------------------------------------------------------
# what is kept


class Record(NamedTuple):
    """All that is kept of a question: no word of it, and nobody's name.

    end: "stop" (said whole, or up to a stop), "length" (as many tokens as were asked for), "left" (the client went before the
    end; tokens and seconds are those until then) or "failed" (the assistant raised; kind is "" then).
    """

    version: str
    kind: str
    source: str
    confidence: float
    seconds: float
    tokens: int
    end: str = "stop"


class Journal:
    """The last records, and with `file` each as a line of JSON for whoever watches the product."""

    def __init__(self, most: int = 10_000, file: Any = None) -> None:
        self.records: deque[Record] = deque(maxlen=most)
        self._file = file

    def add(self, record: Record) -> None:
        self.records.append(record)
        if self._file is not None:
            print(json.dumps(record._asdict()), file=self._file, flush=True)


# ------------------------------------------------------------------------------
# behind the API


def as_bytes(text: str) -> list[int]:
    return list(text.encode())


def from_bytes(ids: Sequence[int]) -> str:
    return bytes(ids).decode("utf-8", errors="replace")


class ProductTalker:
    """An assistant as a `utils.models.completions.Talker`. It hears the customer's last message alone.

    encode, decode: text to ids and back, those of the model that writes; without one a token is a byte.
    """

    def __init__(
        self,
        name: str,
        assistant: Assistant,
        journal: Journal,
        *,
        version: str = "1",
        encode: Callable[[str], list[int]] = as_bytes,
        decode: Callable[[list[int]], str] = from_bytes,
        vocabulary: int = 256,
        context: int = 4096,
    ) -> None:
        self.name, self.assistant, self.journal, self.version = name, assistant, journal, version
        self.prompt, self.decode, self.vocabulary, self.context = encode, decode, vocabulary, context

    def chat(self, messages: Sequence[Message]) -> list[int]:
        """The ids of the last message, which must be the customer's."""
        if messages[-1]["role"] != "user" or not messages[-1]["content"].strip():
            raise CourseError("The last message must be the customer's question.")
        return self.prompt(messages[-1]["content"])

    def write(self, prompt: Sequence[int], wish: Wish, seed: int) -> Generator[Piece, None, None]:
        """The answer, word by word, up to the first stop or as many tokens as were asked for.

        However it ends, there is one record of it, also where the client leaves and the generator is closed. Only a question
        whose client left before its turn came has none.
        """
        if wish.logprobs:
            raise ServiceError(
                400, "unsupported_parameter", "A quote has no probabilities.", param="logprobs"
            )
        start, written, end = time.perf_counter(), 0, "failed"
        reply = Reply("", "", "", "", 0.0)
        try:
            reply = self.assistant.reply(self.decode(list(prompt)))
            for part in TALK.findall(_stopped(in_full(reply), wish.stop)):
                ids = self.prompt(part)
                if written + len(ids) > wish.new:
                    end = "length"
                    break
                written += len(ids)
                yield Piece(part, ids)
            else:
                end = "stop"
        except GeneratorExit:
            end = "left"
            raise
        finally:
            seconds, tokens = time.perf_counter() - start, len(prompt) + written
            kept = (self.version, reply.kind, reply.source, reply.confidence, seconds, tokens, end)
            self.journal.add(Record(*kept))
        yield Piece("", reason=end)


def _stopped(text: str, stops: Iterable[str]) -> str:
    """A text up to the first of some stops."""
    return text[: min((text.find(stop) for stop in stops if stop in text), default=len(text))]


# ------------------------------------------------------------------------------
# the page


def policy(page: str) -> str:
    """A Content-Security-Policy that allows the scripts and styles of a page by their hashes, and its own server."""
    hashes = {
        tag: " ".join(map(_hash, re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.S)))
        for tag in ("script", "style")
    }
    return (
        f"default-src 'none'; script-src {hashes['script']}; style-src {hashes['style']}; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def page_headers(page: str) -> dict[str, str]:
    """What a browser is told about the page: nothing from elsewhere, no frame around it, no copy kept."""
    return {
        "Content-Security-Policy": policy(page),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def create_product(
    assistant: Assistant,
    *,
    api_key: str | Sequence[str],
    name: str = "kranich",
    version: str = "1",
    limits: Limits | None = None,
    journal: Journal | None = None,
    euros_an_hour: float = 0.05,
    tokens: Mapping[str, Any] | None = None,
) -> FastAPI:
    """OpenAI's routes, and the page at /, what the page needs to know at /v1/product, the pages at /v1/pages/NAME.

    euros_an_hour: of the machine at work, for the page's sum.  tokens: encode, decode and vocabulary of a tokenizer.
    app.state.journal holds the records.
    """
    kept = Journal() if journal is None else journal
    talker = ProductTalker(name, assistant, kept, version=version, **(tokens or {}))
    app = create_app(talker, api_key=api_key, limits=limits or Limits(max_bytes=50_000), max_new=2048)
    app.state.journal = kept
    html = PAGE.read_text(encoding="utf-8")
    about = {"model": name, "version": version, "euros_an_hour": euros_an_hour}

    @app.get("/")
    async def page() -> HTMLResponse:
        return HTMLResponse(html, headers=page_headers(html))

    @app.get("/v1/product", dependencies=[Depends(guarded)])
    async def product() -> dict:
        return about

    @app.get("/v1/pages/{document}", dependencies=[Depends(guarded)])
    async def source(document: str) -> dict:
        if document not in assistant.pages:
            raise ServiceError(404, "not_found", "There is no such page.")
        return {"title": assistant.pages[document].title, "text": assistant.pages[document].text}

    return app
