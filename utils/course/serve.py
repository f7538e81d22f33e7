"""`course serve`: an open model behind OpenAI's API, on this machine."""

import contextlib
import ipaddress
import json
import secrets
import shlex
import socket
from typing import Any

from rich.console import Console
from rich.markup import escape

from utils.errors import CourseError

HELLO = [{"role": "user", "content": "Hello"}]


def talker(name: str, context: int) -> Any:
    """The model of that name, folder or file as a `utils.models.completions.Talker`; CourseError when it cannot be had."""
    try:
        from utils.models.checkpoints import load_open
    except ImportError as error:
        raise CourseError(
            f"Open models cannot be read here ({error.name} is missing); install the course again with `make`."
        ) from error
    from utils.models.completions import LlamaTalker
    from utils.models.decoder import PreparedLlama

    found = load_open(name)
    return LlamaTalker(
        found.name,
        PreparedLlama(found.model.eval()),
        chat=found.chat,
        prompt=found.prompt,
        decode=found.tokenizer.decode,
        ends=found.ends,
        context=context,
    )


def serve(
    name: str,
    *,
    host: str,
    port: int,
    key: str | None,
    context: int,
    longest: int,
    wait: int,
    threads: int,
    console: Console,
) -> int:
    """Load a model and serve it until Ctrl-C; returns the exit status."""
    import torch

    from utils.models.completions import create_app
    from utils.models.service import Limits

    chosen, most = key_or_new(key), min(longest, context - 1)
    with contextlib.closing(listening(host, port)) as listener:
        torch.set_num_threads(threads)
        with console.status("Loading the model, half a minute at most."):  # only a terminal shows it
            model = talker(name, context)
        app = create_app(model, api_key=chosen, limits=Limits(max_wait=wait), max_new=most)
        url = f"http://{host}:{listener.getsockname()[1]}/v1"
        welcome = _welcome(url, model.name, None if key else chosen, most, chats=_chats(model))
        until_interrupted(app, listener, welcome, console)
    return 0


def key_or_new(key: str | None) -> str:
    """The key that the user gave, checked before a model is loaded for half a minute; or a new one."""
    from utils.models.service import check_key

    if key:
        check_key(key)
    return key or secrets.token_urlsafe(24)


def listening(host: str, port: int) -> socket.socket:
    """A listening socket, or one sentence that says why there is none."""
    from utils.models.service import listen

    try:
        return listen(host, port)
    # UnicodeError: a name that cannot be one of a machine
    except (OSError, OverflowError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CourseError(
            f"Nobody can listen at {host}:{port} ({reason}); name another --host or --port."
        ) from error


def until_interrupted(app: Any, listener: socket.socket, welcome: str, console: Console) -> None:
    """Say where the app is, and serve it until Ctrl-C."""
    from utils.models.service import make_server

    console.print(welcome, soft_wrap=True, highlight=False)
    if not _loopback(listener.getsockname()[0]):
        console.print(
            "This is plain HTTP: whoever is on the way can read the key. Put a proxy with TLS before it.",
            soft_wrap=True,
        )
    with contextlib.suppress(KeyboardInterrupt):  # the server has already stopped in order
        make_server(app).run(sockets=[listener])
    console.print("The server has ended.")


def _chats(model: Any) -> bool:
    """Whether a Talker has a template for conversations; without one it only continues texts."""
    try:
        return bool(model.chat(HELLO))
    except CourseError:
        return False


def _welcome(url: str, name: str, key: str | None, most: int, *, chats: bool = True) -> str:
    """Where the model is, and a command to try it. A key that the user gave is not shown again.

    most: the tokens that an answer may have; chats: whether the model takes conversations.
    """
    path = "chat/completions" if chats else "completions"
    asked = {"messages": HELLO} if chats else {"prompt": "Hello"}
    # short, so that whoever tries it sees an answer in seconds; where there is little room, the service itself keeps it so
    short = {"max_tokens": 60} if most > 120 else {}
    body = json.dumps({"model": name, **short, **asked})
    header = f"Authorization: Bearer {key or 'YOUR-KEY'}"
    said = shlex.quote(body)  # a file's name may hold a quote
    lines = [
        f"{name} answers at {url}; Ctrl-C ends it.",
        f"key: {key}" if key else "key: the one that you gave",
        f"curl {url}/{path} -H '{header}' -H 'Content-Type: application/json' -d {said}",
    ]
    return escape("\n".join(lines))


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
