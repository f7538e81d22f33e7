"""A course model behind an HTTP API in the manner of OpenAI's; lesson 3c puts it to work.

`load_model` opens a folder with numbers and a recipe and refuses pickles. `service` makes a FastAPI app that knows the
key, the limits and the errors; `create_app` adds a model to it. `serving` runs an app on this machine for one block.

Every error is JSON, {"error": {"message", "type", "code"}}, with one sentence for a person and a code for a program.
Nothing that a client sent comes back in a message. Status codes: RFC 9110, HTTP Semantics (2022).
"""

import asyncio
import hashlib
import hmac
import json
import logging
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import anyio.to_thread
import torch
import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from torch import nn

from utils.errors import CourseError
from utils.files import write_atomically

log = logging.getLogger("cornerstone.serve")

# ------------------------------------------------------------------------------
# a model in a folder

PICKLED = (".pt", ".pth", ".pkl", ".pickle", ".bin", ".ckpt", ".joblib")
KINDS = {
    kind.__name__: kind for kind in (nn.Conv2d, nn.Dropout, nn.Flatten, nn.Linear, nn.MaxPool2d, nn.ReLU)
}

# the names that the format gives to types, and those of torch
DTYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "BOOL": "bool",
    "U8": "uint8",
}
DTYPES |= {f"I{bits}": f"int{bits}" for bits in (8, 16, 32, 64)}


def save_model(folder: str | Path, model: nn.Module, config: Mapping[str, Any]) -> None:
    """Write model.safetensors and config.json into a folder; a crash leaves each file old or new, never in part."""
    # tied weights share memory, which the format forbids: each name gets its own copy
    weights = {name: value.detach().cpu().contiguous().clone() for name, value in model.state_dict().items()}
    write_atomically(Path(folder) / "model.safetensors", save(weights))
    write_atomically(Path(folder) / "config.json", json.dumps(config, indent=1))


def from_layers(config: Mapping[str, Any]) -> nn.Module:
    """A chain of layers from a recipe: config["layers"] is a list of [kind, {argument: value}], kinds as in `KINDS`."""
    return nn.Sequential(*(KINDS[kind](**arguments) for kind, arguments in config["layers"]))


def load_model(
    folder: str | Path, build: Callable[[dict], nn.Module] = from_layers, device: Any = "cpu"
) -> tuple[nn.Module, dict]:
    """The model in eval mode on `device`, and its config, from a folder with config.json and one .safetensors file.

    build(config) makes the model with any weights. Names, shapes and types of the stored tensors are compared with it
    before a weight is read or memory is taken. Raises CourseError when something is missing or does not fit, and for
    every file that could be a pickle: such a file is a program, and opening it would run it.
    """
    folder = Path(folder)
    weights = _weights_file(folder)
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CourseError(
            f"{folder.name}/config.json is missing or is not JSON; save the model again."
        ) from error
    try:
        with torch.device("meta"):  # shapes without memory: a recipe may ask for any size
            wanted = {name: _form(value) for name, value in build(config).state_dict().items()}
    except Exception as error:  # a recipe from elsewhere can be wrong in any way
        raise CourseError(
            f"{folder.name}/config.json does not describe a model that can be built here."
        ) from error
    try:
        with safe_open(weights, framework="pt") as file:
            stored = {name: _header(file, name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CourseError(f"{weights.name} is not a whole safetensors file; save the model again.") from error
    for name in sorted({*wanted, *stored}):
        if wanted.get(name) != stored.get(name):
            raise CourseError(
                f"{weights.name} does not fit config.json: the config asks for {name} as "
                f"{wanted.get(name, 'absent')}, the file has it as {stored.get(name, 'absent')}."
            )
    model = build(config)
    tensors = load_file(weights)
    broken = [name for name, value in tensors.items() if not torch.isfinite(value).all()]
    if broken:
        raise CourseError(f"{weights.name} holds {broken[0]} with values that are no finite numbers.")
    model.load_state_dict(tensors)
    return model.to(device).eval(), config


def _weights_file(folder: Path) -> Path:
    """The one file of weights in a folder; a sentence instead for everything that is not plain numbers."""
    if not folder.is_dir():
        if folder.suffix.lower() in PICKLED:
            raise CourseError(_refusal(folder))
        raise CourseError(f"There is no folder {folder.name!r}; give the folder that save_model wrote.")
    found = sorted(folder.glob("*.safetensors"))
    pickled = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in PICKLED]
    if not found and pickled:
        raise CourseError(_refusal(pickled[0]))
    if len(found) != 1:
        raise CourseError(f"{folder.name} must hold one .safetensors file, and holds {len(found)}.")
    return found[0]


def _refusal(path: Path) -> str:
    return (
        f"{path.name} may be a pickle, which is a program that runs when it is opened, and was not opened; "
        "ask for the weights as .safetensors."
    )


def _form(value: Any) -> str:
    return f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}"


def _header(file: Any, name: str) -> str:
    """Type and shape of a stored tensor, from the header alone."""
    part = file.get_slice(name)
    return f"{DTYPES.get(part.get_dtype(), part.get_dtype())} {tuple(part.get_shape())}"


# ------------------------------------------------------------------------------
# errors and limits


class ServiceError(Exception):
    """A request that gets an error: HTTP status, a code for programs, one sentence for people."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.code, self.headers = status, code, headers

    def response(self) -> JSONResponse:
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        if self.status == 401:
            kind = "authentication_error"
        body = {"error": {"message": str(self), "type": kind, "code": self.code}}
        return JSONResponse(body, self.status, headers=self.headers)


@dataclass(frozen=True)
class Limits:
    """What one request may cost: bytes of its body, inputs in it, seconds to send it; and requests at the same time."""

    max_bytes: int = 1_000_000
    max_inputs: int = 64
    max_seconds: float = 10.0
    max_requests: int = 64


async def read_json(request: Request, limits: Limits, fields: Sequence[str]) -> dict:
    """The body of a request, a JSON object with no other fields than these; anything else raises ServiceError.

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
    if not isinstance(content, dict) or not content.keys() <= set(fields):
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
        f"The body is larger than {limits.max_bytes:,} bytes; send fewer inputs at a time.",
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
        raise ServiceError(408, "timeout", "The body took too long to arrive.", Connection="close") from error
    except ClientDisconnect as error:
        raise ServiceError(400, "incomplete_body", "The body ended too early.") from error
    return bytes(body)


def _whole_number(text: str) -> float:
    """Python refuses to read whole numbers of thousands of digits; as a float such a number is infinite."""
    return int(text) if len(text) < 20 else float(text)


def read_inputs(value: Any, shape: Sequence[int], span: tuple[float, float], most: int) -> torch.Tensor:
    """`value`, nested lists of numbers within `span`, as a float32 tensor (N, *shape) with 1 ≤ N ≤ most.

    Raises ServiceError 422 with the place of the first thing that does not fit. True, false, texts, NaN and Infinity
    are no numbers.
    """
    if not isinstance(value, list):
        raise _unfit(f"inputs is {_kind(value)}; a list of inputs is wanted.")
    if not 1 <= len(value) <= most:
        raise _unfit(f"inputs holds {len(value)} inputs; a request takes from 1 to {most}.")
    _check_inside(value, tuple(shape), span, "inputs")
    return torch.tensor(value, dtype=torch.float32)


def _check_inside(values: list, shape: tuple[int, ...], span: tuple[float, float], place: str) -> None:
    low, high = span
    for n, value in enumerate(values):
        if not shape:
            # bool is a kind of int, hence `type`; a comparison with NaN is false
            if type(value) not in (int, float) or not low <= value <= high:
                raise _unfit(f"{place}[{n}] is {_kind(value)}; a number from {low:g} to {high:g} is wanted.")
        elif not isinstance(value, list):
            raise _unfit(f"{place}[{n}] is {_kind(value)}; a list of {shape[0]} is wanted.")
        elif len(value) != shape[0]:
            raise _unfit(f"{place}[{n}] has {len(value)} entries; {shape[0]} are wanted.")
        else:
            _check_inside(value, shape[1:], span, f"{place}[{n}]")


def _unfit(message: str) -> ServiceError:
    return ServiceError(422, "invalid_inputs", message)


def _kind(value: Any) -> str:
    if isinstance(value, float) and value != value:
        return "NaN"
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return "infinite"
    names = {bool: "true or false", str: "a text", list: "a list", dict: "an object", type(None): "null"}
    return names.get(type(value), "a number outside the range")


# ------------------------------------------------------------------------------
# the service


def service(models: Sequence[str], *, api_key: str, limits: Limits | None = None) -> FastAPI:
    """An app with /healthz, /v1/models and the course's errors; add a route with `guarded` to give it work.

    api_key: 16 or more printable ASCII characters, which every request under /v1 sends as `Authorization: Bearer …`.
    """
    if len(api_key) < 16 or not api_key.isascii() or not api_key.isprintable() or " " in api_key:
        raise CourseError(
            "An API key has 16 or more printable ASCII characters without blanks; make one with secrets.token_urlsafe()."
        )
    # no pages that explain the API: they load scripts from elsewhere
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.key = hashlib.sha256(api_key.encode()).digest()
    app.state.limits = limits or Limits()
    app.state.running = 0
    app.add_exception_handler(ServiceError, _refused)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_middleware(_Failures)

    @app.get("/healthz")
    async def health() -> dict:
        return {"status": "ok"}

    @app.get("/v1/models", dependencies=[Depends(guarded)])
    async def listing() -> dict:
        cards = [{"id": name, "object": "model", "owned_by": "cornerstone"} for name in models]
        return {"object": "list", "data": cards}

    return app


async def guarded(request: Request) -> AsyncIterator[None]:
    """A FastAPI dependency: the right key, and not more requests at once than the limit."""
    state = request.app.state
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    digest = hashlib.sha256(key.encode()).digest()
    # compare_digest takes as long for a wrong key as for one that is nearly right
    if not hmac.compare_digest(digest, state.key) or scheme.lower() != "bearer":
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
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        begun = False

        async def watched(message: Any) -> None:
            nonlocal begun
            begun = True
            await send(message)

        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            log.error("a request failed", exc_info=error)
            if begun:
                raise
            sorry = "The service failed on this request; try again later."
            await ServiceError(500, "internal_error", sorry).response()(scope, receive, send)


def create_app(
    model: nn.Module,
    *,
    name: str,
    shape: Sequence[int],
    span: tuple[float, float],
    preprocess: Callable[[torch.Tensor], torch.Tensor],
    interpret: Callable[[torch.Tensor], list[dict]],
    api_key: str,
    limits: Limits | None = None,
) -> FastAPI:
    """A service with POST /v1/predict: {"model": name, "inputs": [...]} -> {"model", "data": [one answer each], "usage"}.

    shape, span: of one raw input, and its smallest and largest number; a client sends what the camera gave.
    preprocess(inputs): raw (N, *shape) float32 on the CPU -> what the model takes, as in training.
    interpret(outputs): the model's outputs (N, …) on the CPU -> N dicts that JSON can hold.
    The model is put into eval mode. One request computes at a time; the others wait, and the service still answers.
    """
    app = service([name], api_key=api_key, limits=limits)
    device = next(model.parameters()).device
    model.eval()
    turn = asyncio.Lock()

    def compute(inputs: torch.Tensor) -> list[dict]:
        with torch.inference_mode():  # holds for one thread, so it belongs here
            return interpret(model(preprocess(inputs).to(device)).cpu())

    @app.post("/v1/predict", dependencies=[Depends(guarded)])
    async def predict(request: Request) -> JSONResponse:
        limits = app.state.limits
        content = await read_json(request, limits, ["model", "inputs"])
        if content.get("model", name) != name:
            raise ServiceError(404, "model_not_found", f"There is no such model; this service has {name}.")
        if "inputs" not in content:
            raise _unfit("The field inputs is missing.")
        inputs = read_inputs(content["inputs"], shape, span, limits.max_inputs)
        async with turn:
            answers = await anyio.to_thread.run_sync(partial(compute, inputs), abandon_on_cancel=True)
        data = [{"index": n, **answer} for n, answer in enumerate(answers)]
        return JSONResponse({"object": "list", "model": name, "data": data, "usage": {"inputs": len(inputs)}})

    return app


def _listener() -> socket.socket:
    """A free port of 127.0.0.1. The socket names its protocol, or asyncio would not know that it may send small
    packets at once, and each answer would wait for the client's system to confirm the one before (some 40 ms).
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    return listener


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Run an app on a free port of 127.0.0.1 while the block runs; gives the base URL, "http://127.0.0.1:…".

    The server works in a thread of its own. It ends with the block, however the block ends; requests under way get a
    second to finish.
    """
    listener = _listener()
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            log_config=None,
            log_level="critical",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
    )

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
