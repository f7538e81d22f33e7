"""What every HTTP service of the course shares: errors, limits, keys, one worker for the model, and the server itself.

`service` makes a FastAPI app that knows the keys, the limits and the errors; a route takes work with `guarded`,
`read_json` and `Worker`. `serving` runs an app on this machine for one block.

Every error is JSON, {"error": {"message", "type", "param", "code"}}, as OpenAI's are, with one sentence for a person and
a code for a program. Nothing that a client sent comes back in a message. Status codes: RFC 9110, HTTP Semantics (2022).

The server speaks plain HTTP, on which anybody along the way can read a bearer key, and whoever has read it can use it.
On 127.0.0.1 nobody is on the way. Before strangers come, a reverse proxy with TLS stands in front; keys that differ by
client and can be withdrawn, a quota for each, an access log and metrics are then still missing.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import queue
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import h11
import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from utils.errors import CourseError

log = logging.getLogger("cornerstone.serve")
Result = TypeVar("Result")

# ------------------------------------------------------------------------------
# errors and limits


class ServiceError(Exception):
    """A request that gets an error: HTTP status, a code for programs, one sentence for people, the field at fault."""

    def __init__(
        self, status: int, code: str, message: str, *, param: str | None = None, **headers: str
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.param, self.headers = status, code, param, headers

    @property
    def body(self) -> dict:
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        if self.status == 401:
            kind = "authentication_error"
        return {"error": {"message": str(self), "type": kind, "param": self.param, "code": self.code}}

    def response(self) -> JSONResponse:
        return JSONResponse(self.body, self.status, headers=self.headers)


@dataclass(frozen=True)
class Limits:
    """What one request may cost, and how much may go on at the same time.

    max_bytes, max_inputs: of its body.  max_seconds: to send its head, and then its body.
    max_requests, max_connections: at the same time.  max_wait: seconds until its answer, with the time in the queue.
    """

    max_bytes: int = 1_000_000
    max_inputs: int = 64
    max_seconds: float = 10.0
    max_requests: int = 64
    max_connections: int = 256
    max_wait: float = 60.0


async def read_json(request: Request, limits: Limits, fields: Sequence[str] | None = None) -> dict:
    """The body of a request, a JSON object; anything else, and a field besides `fields`, raises ServiceError.

    The length that a client declares is compared first. Then the bytes are counted as they come, because a body in
    chunks declares none: what is too long is never held in memory.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or request.headers.get("content-encoding", "identity") != "identity":
        raise ServiceError(
            415, "unsupported_media_type", "Send the body as application/json, and not compressed."
        )
    body = await _read(request, limits)
    try:
        content = json.loads(body.decode("utf-8"), parse_int=_whole_number)
    except RecursionError as error:
        raise ServiceError(400, "invalid_json", "The body is nested too deeply.") from error
    except ValueError as error:
        raise ServiceError(400, "invalid_json", "The body is not valid JSON in UTF-8.") from error
    if fields is None and not isinstance(content, dict):
        raise ServiceError(400, "invalid_json", "The body must be a JSON object.")
    if fields is not None and not (isinstance(content, dict) and content.keys() <= set(fields)):
        raise ServiceError(
            422,
            "invalid_fields",
            f"The body must be an object with no other fields than {', '.join(fields)}.",
        )
    return content


async def _read(request: Request, limits: Limits) -> bytes:
    too_large = ServiceError(
        413,
        "body_too_large",
        f"The body is larger than {limits.max_bytes:,} bytes; send less at a time.",
    )
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limits.max_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(limits.max_seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limits.max_bytes:
                    raise too_large
    except TimeoutError as error:
        raise ServiceError(408, "timeout", "The body took too long to arrive.") from error
    except ClientDisconnect as error:
        raise ServiceError(400, "incomplete_body", "The body ended too early.") from error
    return bytes(body)


def _whole_number(text: str) -> float:
    """Python refuses to read whole numbers of thousands of digits; as a float such a number is infinite."""
    return int(text) if len(text.lstrip("-")) < 20 else float(text)


# ------------------------------------------------------------------------------
# one worker


class Worker:
    """A thread that computes for an app: one job after the other, in the order in which they came.

    It belongs to no event loop, so an app can be served, stopped and served again. A job whose client has gone or whose
    time is over is left out if it has not begun.
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Future, Callable[[], Any]]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="cornerstone worker", daemon=True)
        self._starting = threading.Lock()

    def _work(self) -> None:
        while True:
            future, job = self._jobs.get()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(job())
                except BaseException as error:
                    future.set_exception(error)
            del future, job  # or an idle worker would keep the last answer

    def submit(self, job: Callable[[], Result]) -> "Future[Result]":
        """Put a job at the end of the queue."""
        future: Future[Result] = Future()
        self._jobs.put((future, job))
        with self._starting:
            if self._thread.ident is None:
                self._thread.start()
        return future

    async def run(
        self, job: Callable[[], Result], seconds: float, gone: Callable[[], Awaitable[bool]] | None = None
    ) -> Result:
        """What a job returns; ServiceError 503 when that takes longer than so many seconds.

        gone(): whether the client has left, such as `request.is_disconnected`; then nobody waits any more.
        """
        future = asyncio.wrap_future(self.submit(job))
        end = time.monotonic() + seconds
        try:
            while not (await asyncio.wait({future}, timeout=min(0.25, max(0.0, end - time.monotonic()))))[0]:
                if time.monotonic() >= end:
                    raise ServiceError(
                        503,
                        "overloaded",
                        "The answer took too long; try again shortly.",
                        **{"Retry-After": "1"},
                    )
                if gone is not None and await gone():
                    raise ServiceError(400, "client_gone", "The client has gone.")
            return future.result()
        finally:
            future.cancel()


# ------------------------------------------------------------------------------
# the service


def service(models: Sequence[str], *, api_key: str | Sequence[str], limits: Limits | None = None) -> FastAPI:
    """An app with /healthz, /v1/models and the course's errors; add a route with `guarded` to give it work.

    api_key: 16 or more printable ASCII characters, which every request under /v1 sends as `Authorization: Bearer …`;
    or several such keys, of which any will do, so that one can be replaced while the other still holds.
    """
    keys = [api_key] if isinstance(api_key, str) else list(api_key)
    for key in keys or [""]:
        check_key(key)
    # no pages that explain the API: they load scripts from elsewhere
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.keys = [hashlib.sha256(key.encode()).digest() for key in keys]
    app.state.limits = limits or Limits()
    app.state.running = 0
    app.add_exception_handler(ServiceError, _refused)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_middleware(_Failures)
    _add_listing(app, models)
    return app


def check_key(key: str) -> None:
    """Raise CourseError for a key that is too short to be one, or that no header can carry."""
    if len(key) < 16 or not key.isascii() or not key.isprintable() or " " in key:
        raise CourseError(
            "An API key has 16 or more printable ASCII characters without blanks; make one with secrets.token_urlsafe()."
        )


def _add_listing(app: FastAPI, models: Sequence[str]) -> None:
    """Routes that say that the service lives, and what it has."""
    created = int(time.time())
    cards = {
        name: {"id": name, "object": "model", "created": created, "owned_by": "cornerstone"}
        for name in models
    }

    @app.api_route("/healthz", methods=["GET", "HEAD"])
    async def health() -> dict:
        return {"status": "ok"}

    @app.get("/v1/models", dependencies=[Depends(guarded)])
    async def listing() -> dict:
        return {"object": "list", "data": list(cards.values())}

    @app.get("/v1/models/{name:path}", dependencies=[Depends(guarded)])
    async def card(name: str) -> dict:
        if name not in cards:
            raise no_such_model(models)
        return cards[name]


def no_such_model(models: Sequence[str]) -> ServiceError:
    has = ", ".join(models)
    return ServiceError(
        404, "model_not_found", f"There is no such model; this service has {has}.", param="model"
    )


async def guarded(request: Request) -> AsyncIterator[None]:
    """A FastAPI dependency: a right key, and not more requests at once than the limit."""
    state = request.app.state
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    digest = hashlib.sha256(key.encode()).digest()
    # compare_digest takes as long for a wrong key as for one that is nearly right, and all are compared
    right = sum([hmac.compare_digest(digest, known) for known in state.keys])
    if not right or scheme.lower() != "bearer":
        raise ServiceError(
            401,
            "invalid_api_key",
            "Send a valid key in the header Authorization: Bearer KEY.",
            **{"WWW-Authenticate": "Bearer"},
        )
    if state.running >= state.limits.max_requests:
        raise ServiceError(
            503, "overloaded", "Too many requests at once; try again shortly.", **{"Retry-After": "1"}
        )
    state.running += 1
    try:
        yield
    finally:
        state.running -= 1


async def _refused(_request: Request, error: Any) -> JSONResponse:
    return error.response()


async def _no_route(request: Request, error: Any) -> JSONResponse:
    """Paths that do not exist, and methods that a path does not take."""
    codes = {
        404: ("not_found", "There is nothing at this path."),
        405: ("method_not_allowed", "This path takes another method."),
    }
    code, message = codes.get(error.status_code, ("http_error", "The request cannot be served."))
    return ServiceError(error.status_code, code, message, **(error.headers or {})).response()


class _Failures:
    """Around the app: what went wrong is for the operator's log; a stranger learns only that it did.

    A handler of FastAPI would not do: after it the server drops the connection, and a client that goes on is cut off.
    An answer that comes before the body was read closes the connection, or the client could go on sending for ever.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begun, unread = False, _has_body(scope["headers"])

        async def reading() -> Any:
            nonlocal unread
            message = await receive()
            unread = unread and message.get("more_body", False)
            return message

        async def watched(message: Any) -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start" and unread:
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        try:
            await self.app(scope, reading, watched)
        except Exception as error:
            log.error("a request failed", exc_info=error)
            if begun:
                raise
            sorry = "The service failed on this request; try again later."
            await ServiceError(500, "internal_error", sorry).response()(scope, reading, watched)


def _has_body(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    found = dict(headers)
    return b"transfer-encoding" in found or found.get(b"content-length", b"0").strip(b"0") != b""


# ------------------------------------------------------------------------------
# the server


class _Protocol(H11Protocol):
    """uvicorn's, with a limit on the time that a request's head may take and on the connections, and errors in JSON."""

    head_timer: asyncio.TimerHandle | None = None

    @property
    def limits(self) -> Limits:
        return self.config.app.state.limits  # type: ignore[union-attr]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.limits.max_connections:
            transport.abort()
        else:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.head_timer:
            self.head_timer.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self._await_head()
        super().on_response_complete()

    def _await_head(self) -> None:
        if self.head_timer:
            self.head_timer.cancel()
        self.head_timer = self.loop.call_later(self.limits.max_seconds, self._no_head)

    def _no_head(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self._refuse(ServiceError(408, "timeout", "The head of the request took too long to arrive."))

    def send_400_response(self, msg: str) -> None:
        self._refuse(ServiceError(400, "invalid_request", "This is no valid HTTP request."))

    def _refuse(self, error: ServiceError) -> None:
        """Answer, if nothing was answered yet, and close."""
        if not self.transport.is_closing() and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = json.dumps(error.body).encode()
            head = {
                "content-type": "application/json",
                "content-length": str(len(body)),
                "connection": "close",
            }
            answer = h11.Response(
                status_code=error.status, headers=list(head.items()), reason=STATUS_PHRASES[error.status]
            )
            for event in (answer, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def make_server(app: FastAPI) -> uvicorn.Server:
    """A server for an app of `service`, which prints and logs nothing of its own."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            loop="asyncio",
            http=_Protocol,
            ws="none",
            log_config=None,
            log_level="critical",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
    )


def listen(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A listening socket; port 0 is any free one. It names its protocol, or asyncio would not know that it may send small
    packets at once, and each answer would wait for the client's system to confirm the one before (some 40 ms).
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if port:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # at once after the last server
        listener.bind((host, port))
        listener.listen(128)
    except BaseException:
        listener.close()
        raise
    return listener


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Run an app on a free port of 127.0.0.1 while the block runs; gives the base URL, "http://127.0.0.1:…".

    The server works in a thread of its own. It ends with the block, however the block ends; requests under way get a
    second to finish.
    """
    listener = listen()
    server = make_server(app)

    def run() -> None:
        with suppress(SystemExit):  # how uvicorn says that the app did not start
            server.run(sockets=[listener])

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise CourseError("The server could not start; its app failed while starting.")
            time.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
