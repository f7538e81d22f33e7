"""A language model behind /v1/chat/completions and /v1/completions, as OpenAI's API describes them.

`create_app` takes a `Talker`: anything that turns conversations and texts into ids, and ids into pieces of an answer;
`LlamaTalker` makes one of a decoder of the course and its tokenizer. Requests take turns at the model (`Desk`), a piece
of an answer each; what a client that has gone had asked for is not computed any further. What the service cannot do, such
as tools or penalties, is refused with a sentence, and never passed over in silence.

Keys, limits, errors and the server itself are those of utils.models.service: plain HTTP, so for this machine alone, or
behind a reverse proxy with TLS.
"""

import asyncio
import json
import queue
import secrets
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Generator, Mapping, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from typing import Any, Protocol

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from utils.errors import CourseError
from utils.models.generate import Answer, Model, stream
from utils.models.sampling import Sampling
from utils.models.service import (
    Limits,
    ServiceError,
    Worker,
    guarded,
    log,
    no_such_model,
    read_json,
    service,
)

Message = Mapping[str, str]

# ------------------------------------------------------------------------------
# a model that talks


@dataclass(frozen=True)
class Wish:
    """What a request asks for: an answer of up to `new` tokens after each prompt, `n` times."""

    prompts: Sequence[Sequence[int]]
    new: int
    temperature: float = 1.0
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    seed: int = 0
    n: int = 1
    logprobs: bool = False
    stream: bool = False
    usage: bool = False  # in a stream, a last chunk with the numbers of tokens

    @property
    def answers(self) -> list[tuple[Sequence[int], int]]:
        """Prompt and seed of each answer, those of one prompt beside each other."""
        numbered = enumerate(prompt for prompt in self.prompts for _ in range(self.n))
        return [(prompt, self.seed + number) for number, prompt in numbered]


@dataclass(frozen=True)
class Piece:
    """A part of an answer: text that is certain, the tokens since the last piece and, at the end, why it ended."""

    text: str
    ids: Sequence[int] = ()
    logprobs: Sequence[float] = ()
    reason: str | None = None  # "stop" or "length"


class Talker(Protocol):
    """What the service needs of a model. `context`: the most tokens that prompt and answer may have together."""

    name: str
    context: int
    vocabulary: int

    def chat(self, messages: Sequence[Message]) -> list[int]:
        """The ids of a conversation up to the beginning of the answer; CourseError when it cannot be had."""

    def prompt(self, text: str) -> list[int]:
        """The ids of a text to continue."""

    def decode(self, ids: list[int]) -> str:
        """The text of some tokens."""

    def write(self, prompt: Sequence[int], wish: Wish, seed: int) -> Generator[Piece, None, None]:
        """One answer, piece by piece; the last has a reason. Closing it ends the work."""


class LlamaTalker:
    """A decoder, its tokenizer and its template as a `Talker`.

    chat(messages), prompt(text): ids; decode(ids): text, without what only has a meaning; ends: tokens that end an answer.
    """

    def __init__(
        self,
        name: str,
        model: Model,
        *,
        chat: Callable[[Sequence[Message]], list[int]],
        prompt: Callable[[str], list[int]],
        decode: Callable[[list[int]], str],
        ends: Collection[int] = (),
        context: int = 2048,
    ) -> None:
        self.name, self.model, self.context, self.ends = name, model, context, ends
        self.vocabulary = model.shape.vocabulary
        self.chat, self.prompt, self.decode = chat, prompt, decode

    def write(self, prompt: Sequence[int], wish: Wish, seed: int) -> Generator[Piece, None, None]:
        pieces = stream(
            self.model,
            prompt,
            wish.new,
            sampling=Sampling(wish.temperature, top_p=wish.top_p),
            seed=seed,
            decode=self.decode,
            stop=wish.stop,
            end=self.ends,
            room=self.context,
            logprobs=wish.logprobs,
        )
        told = 0
        try:
            for text in pieces:
                yield _piece(pieces.answer, told, text)
                told = len(pieces.answer.ids)
            reason = "length" if pieces.answer.reason == "length" else "stop"
            yield _piece(pieces.answer, told, "", reason)
        finally:
            pieces.close()


def _piece(answer: Answer, told: int, text: str, reason: str | None = None) -> Piece:
    return Piece(text, answer.ids[told:], answer.logprobs[told:], reason)


# ------------------------------------------------------------------------------
# taking turns

DONE = object()
LOOK = 0.25  # seconds between two looks at whether the client is still there


class Job:
    """The work of one request: a generator that the desk's thread runs, and a queue from which the request's loop reads."""

    def __init__(self, work: Generator[Any, None, None]) -> None:
        self.work, self.loop = work, asyncio.get_running_loop()
        self.events: asyncio.Queue[Any] = asyncio.Queue()
        self.gone = threading.Event()  # set when nobody waits any more

    def step(self) -> bool:
        """Run to the next piece and send it; whether there is more to do."""
        try:
            event = DONE if self.gone.is_set() else next(self.work, DONE)
        except Exception as error:
            event = error
        more = event is not DONE and not isinstance(event, Exception)
        try:
            self.loop.call_soon_threadsafe(self.events.put_nowait, event)
        except RuntimeError:  # the loop was closed, and with it the server
            more = False
        if not more:
            self._close()
        return more

    def _close(self) -> None:
        """End the work; what fails in that must not end the desk's thread, on which all others wait."""
        try:
            self.work.close()
        except Exception as error:
            log.error("an answer could not be ended", exc_info=error)


class Desk:
    """A thread at which jobs take turns: one piece of each, round and round; at most `at_once`, the others queue in order."""

    def __init__(self, at_once: int = 4) -> None:
        self.at_once = at_once
        self._waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="cornerstone desk", daemon=True)
        self._starting = threading.Lock()

    def take(self, work: Generator[Any, None, None]) -> Job:
        """Queue some work; to be called in the loop that will read its events."""
        job = Job(work)
        self._waiting.put(job)
        with self._starting:
            if self._thread.ident is None:
                self._thread.start()
        return job

    def _work(self) -> None:
        active: deque[Job] = deque()
        while True:
            while len(active) < self.at_once and (not active or not self._waiting.empty()):
                active.append(self._waiting.get())
            job = active.popleft()
            if job.step():
                active.append(job)
            del job  # or an idle desk would keep the last answer


async def events(job: Job, seconds: float, request: Request) -> AsyncIterator[Any]:
    """What a job sends, until it is done; ServiceError 503 when that takes too long. Leaving early ends the work."""
    now = time.monotonic()
    end, look = now + seconds, now + LOOK
    try:
        while True:
            event = await _next_event(job, min(LOOK, max(0.01, end - time.monotonic())))
            if event is DONE:
                return
            now = time.monotonic()
            if now > end:
                late = "The answer took too long; ask for fewer tokens, or try again shortly."
                raise ServiceError(503, "overloaded", late, **{"Retry-After": "1"})
            if now > look:
                look = now + LOOK
                if await request.is_disconnected():
                    raise ServiceError(400, "client_gone", "The client has gone.")
            if isinstance(event, Exception):
                raise event
            if event is not None:
                yield event
    finally:
        job.gone.set()


async def _next_event(job: Job, seconds: float) -> Any:
    """What a job sends next; None when it sends nothing for so long."""
    try:
        return await asyncio.wait_for(job.events.get(), seconds)
    except TimeoutError:
        return None


# ------------------------------------------------------------------------------
# what a client sends

MOST_STOPS, LONGEST_STOP, MOST_ANSWERS = 4, 256, 16
# fields that change nothing here, and fields of which only the value that changes nothing can be taken
IGNORED = ("user", "metadata", "store", "safety_identifier", "prompt_cache_key", "service_tier")
NEUTRAL: dict[str, Any] = {
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "logit_bias": {},
    "top_logprobs": 0,
    "tools": [],
    "tool_choice": "none",
    "response_format": {"type": "text"},
    "modalities": ["text"],
    "echo": False,
    "suffix": "",
    "best_of": 1,
}
COMMON = ("model", "temperature", "top_p", "stop", "seed", "n", "logprobs", "stream", "stream_options")
OWN = {"chat": ("messages", "max_tokens", "max_completion_tokens"), "text": ("prompt", "max_tokens")}
ROLES = ("system", "developer", "user", "assistant")


def unfit(name: str, rule: str) -> ServiceError:
    return ServiceError(400, "invalid_value", f"{name} must be {rule}.", param=name)


def check_fields(content: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The fields that mean something, without those that are null; a ServiceError for one that cannot be followed."""
    known = {*COMMON, *OWN[kind]}
    for name in content.keys() & NEUTRAL.keys():
        if content[name] is not None and content[name] != NEUTRAL[name]:
            raise ServiceError(400, "unsupported_parameter", f"This service has no {name}.", param=name)
    if content.keys() - known - NEUTRAL.keys() - set(IGNORED):
        has = ", ".join(sorted(known))
        raise ServiceError(
            400, "unknown_parameter", f"There is a field that is not known here; known are {has}."
        )
    return {name: value for name, value in content.items() if name in known and value is not None}


def number(content: Mapping[str, Any], name: str, default: float, low: float, high: float) -> float:
    """A field that is a number; whole where the default is."""
    value = content.get(name, default)
    whole = isinstance(default, int)
    # bool is a kind of int, hence `type`; a comparison with NaN is false
    if type(value) not in ((int,) if whole else (int, float)) or not low <= value <= high:
        raise unfit(name, f"a {'whole ' if whole else ''}number from {low:,} to {high:,}")
    return value


def flag(content: Mapping[str, Any], name: str) -> bool:
    value = content.get(name, False)
    if type(value) is not bool:
        raise unfit(name, "true or false")
    return value


def stops(content: Mapping[str, Any]) -> tuple[str, ...]:
    value = content.get("stop", [])
    found = [value] if isinstance(value, str) else value
    good = isinstance(found, list) and len(found) <= MOST_STOPS
    if not good or not all(isinstance(text, str) and 0 < len(text) <= LONGEST_STOP for text in found):
        raise unfit("stop", f"a text or up to {MOST_STOPS} texts of 1 to {LONGEST_STOP} characters")
    return tuple(found)


def messages(content: Mapping[str, Any]) -> list[Message]:
    """The messages of a conversation, each with a role and one text."""
    found = content.get("messages")
    if not isinstance(found, list) or not found:
        raise unfit("messages", "a list of at least one message")
    return [_message(message, f"messages[{place}]") for place, message in enumerate(found)]


def _message(message: Any, place: str) -> Message:
    if not isinstance(message, dict) or message.get("role") not in ROLES:
        raise unfit(place, f"an object with a role, one of {', '.join(ROLES)}, and a content")
    if any(value for name, value in message.items() if name not in ("role", "content", "name")):
        raise unfit(place, "an object with no other fields than role, content and name")
    role = "system" if message["role"] == "developer" else message["role"]
    return {"role": role, "content": _text(message.get("content"), f"{place}.content")}


def _text(value: Any, place: str) -> str:
    """A text, or a list of parts that are texts."""
    if isinstance(value, list):
        parts = [part.get("text") for part in value if isinstance(part, dict) and part.get("type") == "text"]
        texts = [text for text in parts if isinstance(text, str)]
        value = "".join(texts) if len(texts) == len(value) else None
    if not isinstance(value, str):
        raise unfit(place, "a text, or a list of parts of the type text")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise unfit(place, "text that UTF-8 can hold, without lone surrogates") from None
    return value


def prompts(content: Mapping[str, Any], talker: Talker) -> list[list[int]]:
    """The ids of each prompt: of a text or a list of texts, or ids as they are."""
    found = content.get("prompt", "")
    rows = found if isinstance(found, list) and not all(type(one) is int for one in found) else [found]
    if not 1 <= len(rows) <= MOST_ANSWERS:
        raise unfit("prompt", f"a text, a list of ids, or a list of up to {MOST_ANSWERS} of those")
    return [_ids(row, talker) for row in rows]


def _ids(row: Any, talker: Talker) -> list[int]:
    if not isinstance(row, list):
        return talker.prompt(_text(row, "prompt"))
    if not all(type(token) is int and 0 <= token < talker.vocabulary for token in row):
        raise unfit("prompt", f"text, or ids from 0 to {talker.vocabulary - 1:,}")
    return row


def wish_of(content: Mapping[str, Any], kind: str, talker: Talker, most: int) -> Wish:
    """What a request asks for, checked. Encoding a long text takes long: not to be called in a loop."""
    try:
        ids = [talker.chat(messages(content))] if kind == "chat" else prompts(content, talker)
    except CourseError as error:
        log.info("a request was refused", exc_info=error)
        raise unfit(
            "messages" if kind == "chat" else "prompt", "what this model's template can take"
        ) from error
    n = int(number(content, "n", 1, 1, MOST_ANSWERS // len(ids)))
    return Wish(
        ids,
        _room(content, kind, ids, talker.context, most),
        number(content, "temperature", 1.0, 0, 2),
        max(number(content, "top_p", 1.0, 0, 1), 1e-9),  # 0 leaves the best token, as a very small one does
        stops(content),
        # neighbouring seeds must not share answers, hence the large step
        int(number(content, "seed", secrets.randbits(62), -(2**63), 2**63)) * MOST_ANSWERS,
        n,
        _logprobs_wanted(content, kind),
        flag(content, "stream"),
        _usage_wanted(content),
    )


def _room(content: Mapping[str, Any], kind: str, ids: list[list[int]], context: int, most: int) -> int:
    """The most tokens of an answer."""
    longest = max(map(len, ids))
    if not min(map(len, ids)):
        raise unfit("prompt", "at least one token long")
    name = "max_completion_tokens" if "max_completion_tokens" in content else "max_tokens"
    asked = int(number(content, name, min(most, 16) if kind == "text" else most, 1, most))
    if longest >= context or (name in content and longest + asked > context):
        long = f"The prompt has {longest:,} tokens, and with the answer there is room for {context:,}; shorten it."
        field = "messages" if kind == "chat" else "prompt"
        raise ServiceError(400, "context_length_exceeded", long, param=field)
    return min(asked, context - longest)


def _logprobs_wanted(content: Mapping[str, Any], kind: str) -> bool:
    if kind == "chat":
        return flag(content, "logprobs")
    if "logprobs" in content:  # here it is the number of other tokens to be listed
        number(content, "logprobs", 0, 0, 0)
    return "logprobs" in content


def _usage_wanted(content: Mapping[str, Any]) -> bool:
    options = content.get("stream_options", {})
    if not isinstance(options, dict) or not options.keys() <= {"include_usage", "include_obfuscation"}:
        raise unfit("stream_options", "an object with no other field than include_usage")
    return flag(options, "include_usage")


# ------------------------------------------------------------------------------
# what a client gets


@dataclass
class Form:
    """How answers of one kind are written down: of a conversation ("chat") or of a text ("text")."""

    kind: str
    talker: Talker
    id: str = field(init=False)
    created: int = field(default_factory=lambda: int(time.time()))

    def __post_init__(self) -> None:
        self.id = ("chatcmpl-" if self.kind == "chat" else "cmpl-") + secrets.token_hex(12)

    def whole(self, choices: list[dict], usage: dict) -> dict:
        name = "chat.completion" if self.kind == "chat" else "text_completion"
        return {**self._head(name), "choices": choices, "usage": usage}

    def chunk(self, choices: list[dict], usage: dict | None = None) -> dict:
        name = "chat.completion.chunk" if self.kind == "chat" else "text_completion"
        return {**self._head(name), "choices": choices, "usage": usage}

    def _head(self, name: str) -> dict:
        return {"id": self.id, "object": name, "created": self.created, "model": self.talker.name}

    def choice(self, index: int, piece: Piece, logprobs: dict | None, part: str = "message") -> dict:
        """One answer, or with part "delta" what has come to it."""
        said: dict[str, Any] = {"text": piece.text}
        if self.kind == "chat":
            role = {"role": "assistant", "content": piece.text, "refusal": None}
            said = {part: role if part == "message" else {"content": piece.text} if piece.text else {}}
        return {"index": index, **said, "logprobs": logprobs, "finish_reason": piece.reason}

    def opening(self, index: int) -> dict:
        """The first delta of an answer, which says who talks."""
        return {
            "index": index,
            "delta": {"role": "assistant", "content": ""},
            "logprobs": None,
            "finish_reason": None,
        }

    def logprobs(self, piece: Piece, start: int = 0) -> dict:
        """ln p of each token; start: the length of the text before."""
        texts = [self.talker.decode([token]) for token in piece.ids]
        if self.kind == "chat":
            both = zip(texts, piece.logprobs, strict=True)
            return {"content": [_token(text, value) for text, value in both], "refusal": None}
        ends = [start]
        for text in texts:
            ends.append(ends[-1] + len(text))
        values = list(piece.logprobs)
        return {"tokens": texts, "token_logprobs": values, "top_logprobs": None, "text_offset": ends[:-1]}


def _token(text: str, value: float) -> dict:
    """A token; its bytes are null where they are no whole character."""
    whole = None if "\ufffd" in text else list(text.encode())
    return {"token": text, "logprob": value, "bytes": whole, "top_logprobs": []}


def _usage(wish: Wish, written: int) -> dict:
    read = sum(map(len, wish.prompts))
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _joined(pieces: Sequence[Piece]) -> Piece:
    """All pieces of one answer as one."""
    ids = [token for piece in pieces for token in piece.ids]
    values = [value for piece in pieces for value in piece.logprobs]
    return Piece("".join(piece.text for piece in pieces), ids, values, pieces[-1].reason)


def work_of(talker: Talker, wish: Wish) -> Generator[tuple[int, Piece], None, None]:
    """Number and piece, for all the answers of a request, one answer after the other. Closing it closes the one at work."""
    for index, (prompt, seed) in enumerate(wish.answers):
        with closing(talker.write(prompt, wish, seed)) as pieces:
            for piece in pieces:
                yield index, piece


# ------------------------------------------------------------------------------
# the service


def create_app(
    talker: Talker,
    *,
    api_key: str | Sequence[str],
    limits: Limits | None = None,
    max_new: int = 1024,
    at_once: int = 4,
) -> FastAPI:
    """A service with /v1/chat/completions and /v1/completions, for OpenAI's clients.

    max_new: the most tokens that an answer may have.  at_once: answers that are written side by side.
    limits.max_wait holds for the whole answer, the time in the queue included.
    """
    app = service([talker.name], api_key=api_key, limits=limits)
    encoder, desk = Worker(), Desk(at_once)

    async def answer(request: Request, kind: str) -> Response:
        limits = app.state.limits
        content = await read_json(request, limits)
        if content.get("model", talker.name) != talker.name:
            raise no_such_model([talker.name])
        wanted = check_fields(content, kind)
        wish = await encoder.run(
            lambda: wish_of(wanted, kind, talker, max_new), limits.max_wait, request.is_disconnected
        )
        found = events(desk.take(work_of(talker, wish)), limits.max_wait, request)
        form = Form(kind, talker)
        return await (_streamed if wish.stream else _at_once)(form, wish, found)

    @app.post("/v1/chat/completions", dependencies=[Depends(guarded)])
    async def chat(request: Request) -> Response:
        return await answer(request, "chat")

    @app.post("/v1/completions", dependencies=[Depends(guarded)])
    async def complete(request: Request) -> Response:
        return await answer(request, "text")

    return app


async def _at_once(form: Form, wish: Wish, found: AsyncIterator[Any]) -> Response:
    """All answers in one body."""
    parts: list[list[Piece]] = [[] for _ in wish.answers]
    async with aclosing(found):  # type: ignore[type-var]
        async for index, piece in found:
            parts[index].append(piece)
    answers = [_joined(pieces) for pieces in parts]
    choices = [
        form.choice(index, piece, form.logprobs(piece) if wish.logprobs else None)
        for index, piece in enumerate(answers)
    ]
    return JSONResponse(form.whole(choices, _usage(wish, sum(len(piece.ids) for piece in answers))))


async def _streamed(form: Form, wish: Wish, found: AsyncIterator[Any]) -> Response:
    """Server-sent events. The first piece is awaited here, so that a failure before it gets its own status."""
    first = await anext(found)

    async def body() -> AsyncIterator[str]:
        async with aclosing(found):  # type: ignore[type-var]
            try:
                async for line in _lines(form, wish, first, found):
                    yield line
            except ServiceError as error:
                yield _line(error.body)
            except Exception as error:
                log.error("a stream failed", exc_info=error)
                yield _line(ServiceError(500, "internal_error", "The service failed on this request.").body)

    return StreamingResponse(body(), media_type="text/event-stream", headers={"Cache-Control": "no-cache"})


async def _lines(form: Form, wish: Wish, first: Any, found: AsyncIterator[Any]) -> AsyncIterator[str]:
    """The events of a stream: who talks, the pieces, how many tokens, and that this was all."""
    lengths, written = [0 for _ in wish.answers], 0
    if form.kind == "chat":
        for index in range(len(lengths)):
            yield _line(form.chunk([form.opening(index)]))
    async for index, piece in _again(first, found):
        logprobs = form.logprobs(piece, lengths[index]) if wish.logprobs else None
        lengths[index] += len(piece.text)
        written += len(piece.ids)
        yield _line(form.chunk([form.choice(index, piece, logprobs, "delta")]))
    if wish.usage:
        yield _line(form.chunk([], _usage(wish, written)))
    yield "data: [DONE]\n\n"


async def _again(first: Any, rest: AsyncIterator[Any]) -> AsyncIterator[Any]:
    yield first
    async for event in rest:
        yield event


def _line(content: dict) -> str:
    """One server-sent event. JSON has no line breaks of its own, which would end it."""
    return f"data: {json.dumps(content)}\n\n"
