"""`course product`: the shop's assistant of lesson 10b on this machine, with its page and OpenAI's API."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.markup import escape

from utils import data
from utils.course.serve import key_or_new, listening, until_interrupted
from utils.errors import CourseError
from utils.models.product import THRESHOLDS, Assistant, Journal, create_product, writer_of


def product(
    *,
    host: str,
    port: int,
    key: str | None,
    encoder: str,
    writer: str,
    threshold: float | None,
    journal: Path | None,
    threads: int,
    console: Console,
) -> int:
    """Build the assistant and serve it until Ctrl-C; returns the exit status."""
    import torch

    chosen = key_or_new(key)
    with contextlib.closing(listening(host, port)) as listener, _appending(journal) as file:
        torch.set_num_threads(threads)
        with console.status("Reading the shop's pages, half a minute at most."):
            assistant, tokens = _assistant(encoder, writer, threshold)
        app = create_product(assistant, api_key=chosen, journal=Journal(file=file), tokens=tokens)
        url = f"http://{host}:{listener.getsockname()[1]}"
        until_interrupted(app, listener, _welcome(url, None if key else chosen), console)
    return 0


def _assistant(encoder: str, writer: str, threshold: float | None) -> tuple[Assistant, dict[str, Any]]:
    """The assistant with the models that were asked for, and the writer's tokenizer for the API."""
    embed, write, tokens = None, None, {}
    if encoder != "none":
        from utils.models.encoder import load_encoder

        embed = load_encoder(encoder).embed
    if writer != "none":
        from utils.models.checkpoints import load_open

        opened = load_open(writer)
        write = writer_of(opened)
        tokens = {
            "encode": opened.prompt,
            "decode": opened.tokenizer.decode,
            "vocabulary": opened.model.shape.vocabulary,
        }
    least = THRESHOLDS[embed is not None] if threshold is None else threshold
    pages, world = data.shop_documents(), data.shop_tasks()
    return Assistant(pages, world, least, embed=embed, write=write), tokens


@contextlib.contextmanager
def _appending(path: Path | None) -> Iterator[Any]:
    """A file open for adding lines, or None."""
    if path is None:
        yield None
        return
    try:
        file = path.open("a", encoding="utf-8")
    except OSError as error:
        raise CourseError(f"The journal {path} cannot be written ({error.strerror}).") from error
    with file:
        yield file


def _welcome(url: str, key: str | None) -> str:
    """Where the page and the API are. The key stands behind #, so no browser sends it with the address."""
    lines = [
        f"The page: {url}/{f'#key={quote(key)}' if key else ''}",
        f"OpenAI's API: {url}/v1, model kranich; Ctrl-C ends it.",
        f"key: {key}" if key else "key: the one that you gave",
    ]
    return escape("\n".join(lines))
