"""Data for the lessons: embedded, generated with planted truth, or downloaded and verified."""

import csv
import gzip
import hashlib
import io
import json
import os
import re
import struct
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from utils.errors import CourseError
from utils.files import course_home, named_folder
from utils.repro import child_seed, numpy_stream
from utils.xls import numbers

REGISTRY: dict[str, dict] = json.loads(Path(__file__).with_name("registry.json").read_text(encoding="utf-8"))


# ------------------------------------------------------------------------------
# embedded: real data that a dependency brings along


class Split(NamedTuple):
    """Examples and their labels in two disjoint parts."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def digits(test: int = 360, seed: int = 0) -> Split:
    """Handwritten digits: x float64 (N, 64), 8×8 grey values from 0 to 1; y int64 (N,), 0 to 9.

    1,797 images in all, of which `test` are put aside, the same share of every digit. The images come from 13 people, and
    nothing says which is whose: both parts hold the same hands, so a score here says nothing of strangers' handwriting.
    Source: Alpaydin & Kaynak, "Optical Recognition of Handwritten Digits", UCI, 1998, through scikit-learn.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(
        x / 16.0, y.astype(np.int64), test_size=test, random_state=child_seed(seed, "data.digits"), stratify=y
    )
    return Split(x_train, y_train, x_test, y_test)


def python_reference() -> str:
    """English text that every Python carries: the reference manual's topics, about half a million characters.

    Its length depends on the version of Python. Licence: Python Software Foundation.
    """
    from pydoc_data.topics import topics

    return "\n\n".join(topics[name].strip() for name in sorted(topics))


class Message(NamedTuple):
    """What a customer of the course's bicycle shop wrote, and what is to be done (the intent).

    phrasing: messages that say one thing in nearly the same words share it, so that a test can hold out all of them.
    kind: "plain", "typo" (in haste: misspelt, or as in a chat), "mixed" (it also speaks of something else, for which
    nothing is to be done) or "chinese".
    """

    intent: str
    phrasing: str
    kind: str
    text: str


def shop_messages() -> list[Message]:
    """608 messages in 8 intents, two for each of 304 phrasings; written for this course (LICENSE-TEXT: CC BY 4.0)."""
    return [Message(**row) for row in _own_rows("shop_messages.csv")]


def _own_rows(name: str) -> list[dict[str, str]]:
    """The rows of a table that lies beside this file."""
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Document(NamedTuple):
    """A page of what the course's bicycle shop knows. source: "shop", or "customer" for what a customer has written."""

    document: str
    source: str
    title: str
    text: str


class Question(NamedTuple):
    """A customer's question to the shop's documents.

    kind: "near" (in the document's words), "far" (in others), "code" (by a product's code), "typo", "chinese", or "tempting"
    (no document settles it, though one comes near). answers: what a right answer holds, any one of them, as it stands in
    the document; () where nothing settles it. document: where the answer stands, or what comes nearest.
    """

    kind: str
    document: str
    answers: tuple[str, ...]
    question: str


def shop_documents() -> list[Document]:
    """60 documents of one paragraph, 9 of them Chinese; written for this course (LICENSE-TEXT: CC BY 4.0)."""
    return [Document(**row) for row in _own_rows("shop_documents.csv")]


def shop_questions() -> list[Question]:
    """200 questions on `shop_documents`, 40 without an answer, 32 in Chinese; written for this course (CC BY 4.0)."""
    return [
        Question(
            row["kind"], row["document"], tuple(filter(None, row["answers"].split("|"))), row["question"]
        )
        for row in _own_rows("shop_questions.csv")
    ]


class LogLine(NamedTuple):
    """A message as it came in, and what in it is private: (kind, text) in the order in which they stand in it."""

    text: str
    private: tuple[tuple[str, str], ...]


def shop_log() -> list[LogLine]:
    """24 messages with 28 private parts (name, mail, phone, address, card, iban), invented for this course (CC BY 4.0)."""
    mark = re.compile(r"\[(\w+):([^]]*)\]")
    texts = [row["text"] for row in _own_rows("shop_log.csv")]
    return [LogLine(mark.sub(r"\2", text), tuple(mark.findall(text))) for text in texts]


def public_questions(
    name: str, paragraphs: int, questions: int, seed: int = 0
) -> tuple[list[Document], list[Question]]:
    """Paragraphs of whole articles of "squad_dev", "xquad_en" or "xquad_zh", and questions drawn from all that they had.

    Every fifth paragraph is taken away, so that nothing answers its questions, though its neighbours come near: of the
    first `paragraphs` · 5/4 about `paragraphs` stay. kind: "public" for all; document: "" where the answer was taken away.
    """
    items, draw = load(name), numpy_stream(seed, "data.public_questions")
    titles = {title: n for n, title in enumerate(draw.permutation(sorted({item["title"] for item in items})))}
    items.sort(key=lambda item: titles[item["title"]])
    texts = list(dict.fromkeys(item["context"] for item in items))[: paragraphs * 5 // 4]
    lost = set(draw.permutation(len(texts))[: len(texts) // 5].tolist())
    kept = {text: f"p{n}" for n, text in enumerate(texts) if n not in lost}
    pool = [item for item in items if item["context"] in set(texts)]
    picked = [pool[n] for n in draw.permutation(len(pool))[:questions]]
    documents = [Document(place, "public", "", text) for text, place in kept.items()]
    return documents, [_asked(item, kept.get(item["context"], "")) for item in picked]


def _asked(item: dict, document: str) -> Question:
    answers = dict.fromkeys(answer["text"] for answer in item["answers"]) if document else ()
    return Question("public", document, tuple(answers), item["question"])


class Work(NamedTuple):
    """A book, paper or page that exists, as somebody found it.

    kind: "book", "paper", "blog", "course" or "site". authors: family names in their order, of more than eight the first
    three. year: of a page that changes, the year in which it was looked up; of a blog, the year in which it began.
    identifiers: such as "doi:10.1007/…", "isbn:…" and "arxiv:…", in small letters and without hyphens in an ISBN.
    """

    kind: str
    title: str
    authors: tuple[str, ...]
    year: int
    identifiers: tuple[str, ...]
    address: str


def works() -> list[Work]:
    """27 works on large models and their tools, each looked up by title and identifier in November 2026."""
    return [
        Work(
            row["kind"],
            row["title"],
            tuple(row["authors"].split(";")),
            int(row["year"]),
            tuple(filter(None, row["identifiers"].split(";"))),
            row["address"],
        )
        for row in _own_rows("works.csv")
    ]


class ShopTask(NamedTuple):
    """A customer's request to an assistant that has tools, and how to see whether it was served.

    kind: "stock", "price", "order", "calculate", "calendar" (one call serves these), "several" (two calls or more) or
    "none" (nothing is to be called). twin: the same request in other words. calls: a way to serve it. says: the words
    and numbers that the answer must hold. orders: all (item, quantity) that may have been ordered in the end.
    """

    kind: str
    request: str
    twin: str
    calls: list[dict[str, Any]]
    says: list[str]
    orders: list[tuple[str, int]]


class ShopWorld(NamedTuple):
    """What is true in the bicycle shop: {item: {"euros", "pieces"}} and {day: free hours}; and texts about it.

    phrases: how a result is told, by the first of these names that stands among its fields. orders: what a language
    model is told to do.
    examples: requests that are no task, each with its call. attacks: an honest request, and a note in the calendar that
    tells whoever reads it to order something. answers: easy questions with a good and a blatantly bad answer.
    """

    catalogue: dict[str, dict[str, int]]
    calendar: dict[str, list[str]]
    phrases: dict[str, str]
    orders: str
    examples: list[tuple[str, dict[str, Any]]]
    attacks: list[tuple[str, str]]
    answers: list[tuple[str, str, str]]
    tasks: list[ShopTask]


def shop_tasks() -> ShopWorld:
    """60 requests, eight of each kind and twelve of "several"; written for this course (LICENSE-TEXT: CC BY 4.0)."""
    world = _json(Path(__file__).with_name("shop_tasks.json"))
    tasks = [
        ShopTask(**task, orders=[(c["item"], c["quantity"]) for c in task["calls"] if c["tool"] == "order"])
        for task in world.pop("tasks")
    ]
    rows: dict[str, Any] = {
        name: [tuple(row) for row in world.pop(name)] for name in ("examples", "attacks", "answers")
    }
    return ShopWorld(**world, **rows, tasks=tasks)


# ------------------------------------------------------------------------------
# generated: the truth is planted, so the best possible score is known


def linear(n: int, weights: Any, noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """x (n, d) from N(0, 1) and y = x·weights + N(0, noise²), shape (n,). No model beats a mean square error of noise²."""
    rng = numpy_stream(seed, "data.linear")
    weights = np.asarray(weights, dtype=float)
    x = rng.normal(size=(n, len(weights)))
    return x, x @ weights + rng.normal(scale=noise, size=n)


def gaussian_classes(n: int, means: Any, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """x (n, d) around one mean for each class, unit variance, and y (n,), classes equally likely.

    means: (K, d). The best possible guess is the class of the nearest mean (`nearest_mean`).
    """
    rng = numpy_stream(seed, "data.gaussian_classes")
    means = np.asarray(means, dtype=float)
    y = rng.integers(len(means), size=n)
    return means[y] + rng.normal(size=(n, means.shape[1])), y


def nearest_mean(x: np.ndarray, means: Any) -> np.ndarray:
    """Class of the nearest mean, (n,): the Bayes-optimal guess for `gaussian_classes`."""
    distance = ((x[:, None, :] - np.asarray(means, dtype=float)) ** 2).sum(-1)
    return distance.argmin(1)


def markov_tokens(n: int, transitions: Any, seed: int = 0) -> np.ndarray:
    """n tokens, int64, of a source in which the last k tokens decide the chances of the next one.

    transitions: (V, …, V), k + 1 axes; the last axis sums to 1. The first k tokens are uniform.
    """
    rng = numpy_stream(seed, "data.markov_tokens")
    cumulative = np.cumsum(transitions, axis=-1)
    order, size = cumulative.ndim - 1, cumulative.shape[-1]
    tokens = [int(token) for token in rng.integers(size, size=order)]
    for draw in rng.random(max(n - order, 0)):
        row = cumulative[tuple(tokens[len(tokens) - order :])]
        tokens.append(min(int(np.searchsorted(row, draw, side="right")), size - 1))
    return np.asarray(tokens[:n], dtype=np.int64)


def entropy_rate(transitions: Any) -> float:
    """Nats per token that no model can go below on `markov_tokens`: the mean entropy under the stationary state."""
    p = np.asarray(transitions, dtype=float)
    state = np.full(p.shape[:-1], 1 / np.prod(p.shape[:-1]))
    change = 1.0
    while change > 1e-12:
        # one step: append the next token, forget the oldest; half of the old state stays, or a cycle would never settle
        stepped = (state + (state[..., None] * p).sum(axis=0)) / 2
        change, state = np.abs(stepped - state).max(), stepped
    entropy = -(p * np.log(np.where(p > 0, p, 1))).sum(-1)
    return float((state * entropy).sum())


# ------------------------------------------------------------------------------
# downloaded: real public data, verified


def fetch(name: str) -> Path:
    """Path of a verified file of the registry.

    Looked for in the folder that COURSE_DATA names, then in the learner's cache, then at its address. Whatever goes
    wrong raises CourseError with one sentence, and no part of a file stays behind.
    """
    if name not in REGISTRY:
        raise CourseError(f"There is no data set {name!r}; known are {', '.join(sorted(REGISTRY))}.")
    return _verified(name, REGISTRY[name])


def _verified(name: str, entry: dict) -> Path:
    """Path of the file that an entry (file, url, sha256) describes; `name` is what the messages call it."""
    mirror = named_folder("COURSE_DATA")
    path = course_home() / "data" / entry["file"]
    try:
        if mirror and not mirror.is_dir():
            raise CourseError(
                f"COURSE_DATA names {mirror}, which is no folder; name one that exists, or unset it."
            )
        if mirror and (own := mirror / entry["file"]).is_file():
            if _sha256(own) != entry["sha256"]:
                raise CourseError(
                    f"{own} is not the file that {name!r} needs (its sha256 differs); replace or remove it."
                )
            return own
        here = path.is_file() and _sha256(path) == entry["sha256"]
    except OSError as error:
        raise CourseError(
            f"{error.filename} cannot be read: {error.strerror}; give yourself the right to read it, or remove it."
        ) from error
    if not here:
        _download(name, entry, path)
    return path


@cache
def _digest(path: Path, size: int, modified: int, changed: int, number: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sha256(path: Path) -> str:
    """Digest of a file, remembered for as long as it stays the same file, with the same size and times.

    The time of the last modification alone can be set back, and copying with it does so.
    """
    status = path.stat()
    return _digest(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def _downloader(url: str, file: str, asking: Any) -> None:
    """Download into a file that others may read too, as the user's umask has it."""
    import pooch

    # pooch has made a temporary file, which its owner alone may read; made anew, it is like any other file
    os.unlink(file)
    pooch.HTTPDownloader(timeout=30)(url, file, asking)


def _download(name: str, entry: dict, path: Path) -> None:
    """Bring a file to `path` through pooch, which downloads beside it, verifies, and only then moves it there."""
    import errno

    import pooch
    import requests

    pooch.get_logger().setLevel("ERROR")
    advice = f"get it elsewhere and set COURSE_DATA to a folder that has it as {entry['file']}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pooch.retrieve(
            entry["url"],
            known_hash="sha256:" + entry["sha256"],
            fname=path.name,
            path=path.parent,
            downloader=_downloader,
        )
    except requests.exceptions.RequestException as error:
        raise CourseError(
            f"{name!r} could not be downloaded from {entry['url']}: {_network_problem(error)}; "
            f"try again, or {advice}."
        ) from error
    except ValueError as error:
        raise CourseError(
            f"The download of {name!r} is damaged or has changed (its sha256 is not the expected one), and was "
            f"thrown away; try again, or {advice}."
        ) from error
    except OSError as error:
        what = (
            "the disk is full"
            if error.errno in (errno.ENOSPC, errno.EDQUOT)
            else (error.strerror or str(error))
        )
        raise CourseError(
            f"{name!r} could not be stored in {path.parent}: {what}; make room, or set COURSE_HOME to another folder."
        ) from error


def _network_problem(error: Exception) -> str:
    import requests

    response = getattr(error, "response", None)
    if response is not None:
        return f"the server answered {response.status_code} {response.reason}".rstrip()
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    return "no connection"


def load(name: str) -> Any:
    """A data set of the registry as text, list, array or table; see the entry's `records` for its length."""
    path = fetch(name)
    return READERS[name](path)


def text(name: str) -> str:
    """A text to learn from: "python" (the reference manual), "tinyshakespeare", "tang300", or the path of a UTF-8 file."""
    if name == "python":
        return python_reference()
    if name == "tinyshakespeare":
        return load(name)
    if name == "tang300":
        return "\n\n".join("\n".join(poem["paragraphs"]) for poem in load(name))
    return _own_text(name, f"corpus {name!r} is none of python, tinyshakespeare, tang300, and")


def _own_text(name: str, complaint: str) -> str:
    """The text of a file that the reader named; `complaint` begins the sentence for one that cannot be read."""
    try:
        return _text(Path(name).expanduser())
    # RuntimeError: "~someone", and there is no such user
    except (OSError, ValueError, RuntimeError) as error:
        place = "" if name.startswith("~") or os.path.isabs(name) else f" in {Path.cwd()}"
        raise CourseError(f"{complaint} no UTF-8 file that can be read{place}.") from error


def centre_line(name: str) -> np.ndarray:
    """The middle of a closed road, (n, 2) in metres, from a CSV file: x and y of one point a line, and back to the first.

    Lines that begin with # say nothing, further columns (widths) are not read: so the files of the racetrack database of
    the Technical University of Munich fit as they are. Raises CourseError where a line is no point, where two neighbours
    are the same or more than 25 m apart, and where there are fewer than 20 points.
    """
    rows = enumerate(_own_text(name, f"track {name!r} is").splitlines(), 1)
    numbered = [(n, _point(row, n)) for n, row in rows if row.strip() and not row.lstrip().startswith("#")]
    line = np.array([point for _, point in numbered])
    if len(line) < 20:
        raise CourseError(f"track {name!r} has {len(line)} points; a road needs 20 or more.")
    if (line[0] == line[-1]).all():
        line = line[:-1]  # some files say the first point again
    gaps = np.hypot(*(np.roll(line, -1, axis=0) - line).T)
    worst = int(np.argmax(np.where(gaps == 0, np.inf, gaps)))
    if gaps[worst] == 0 or gaps[worst] > 25:
        found = "the same point twice" if gaps[worst] == 0 else f"{gaps[worst]:.0f} m to the next point"
        raise CourseError(
            f"track {name!r}, line {numbered[worst][0]}: {found}; a closed road has a point every 25 m or less."
        )
    return line


def _point(row: str, number: int) -> tuple[float, float]:
    """x and y in metres of one line of a file."""
    try:
        x, y = map(float, row.split(",")[:2])
        if not max(abs(x), abs(y)) < 1e6:
            raise ValueError
    except ValueError as error:
        raise CourseError(
            f"line {number} of the track is no point; write x,y in metres, not {row[:40]!r}."
        ) from error
    return x, y


def mnist() -> Split:
    """MNIST: x uint8 (60000, 28, 28) and (10000, 28, 28), y uint8 (N,). LeCun, Cortes & Burges, 1998."""
    parts = ("train_images_idx3", "train_labels_idx1", "t10k_images_idx3", "t10k_labels_idx1")
    return Split(*(load(f"mnist_{part}") for part in parts))


class Prices(NamedTuple):
    """A series of prices. dates: datetime64 (n,), ascending. values: float64 (n,). a_year: how many there are a year."""

    dates: np.ndarray
    values: np.ndarray
    a_year: int


SERIES = {  # the set of the registry and its column
    "euro": ("fx_daily", "Euro"),
    "yen": ("fx_daily", "Japan"),
    "brent": ("brent_daily", "Price"),
    "wti": ("wti_daily", "Price"),
    "vix": ("vix_daily", "CLOSE"),
    "sp500": ("sp500_monthly", "SP500"),
}


def prices(name: str) -> Prices:
    """A real series, as it stands in its file: days without a price are left out, and nothing is mended.

    "euro": dollars for a euro, "yen": yen for a dollar, "brent" and "wti": dollars a barrel, all daily. WTI was *below zero*
    on 20 April 2020. "vix": daily; an index that nobody can buy. "sp500": monthly, from 1871; each value is the mean of a
    month's days, and dividends are not in it.
    """
    if name not in SERIES:
        raise CourseError(f"There are no prices {name!r}; known are {', '.join(SERIES)}.")
    kept, column = SERIES[name]
    table = load(kept).dropna(subset=[column])
    return Prices(
        table.iloc[:, 0].to_numpy(), table[column].to_numpy(float), 12 if kept.endswith("monthly") else 252
    )


CELLS = ("RBC", "WBC", "Platelets")  # red and white blood cells, and the small platelets


class Photographs(NamedTuple):
    """Images, and for each one boxes of what is on it.

    images: uint8 (N, H, W, 3). boxes: N arrays float64 (n, 4), left, top, right, bottom in pixels. labels: N arrays int64 (n,).
    """

    images: np.ndarray
    boxes: list[np.ndarray]
    labels: list[np.ndarray]


def bccd(part: str = "train", shrink: int = 1) -> Photographs:
    """Blood under a microscope, 640 × 480 pixels: "train" has 205 images, "val" 87, "test" 72. Labels count in CELLS.

    4,886 boxes in all; two more in the table have no area, and are dropped. Nothing else is mended: some cells carry no box.
    shrink: an image's width and height are divided by it, and so are its boxes. The first use downloads 364 images, 8 MB.
    Source: BCCD Dataset, github.com/Shenggan/BCCD_Dataset (MIT), with the division into parts that stands there.
    """
    names = [row["image"] for row in _own_rows("bccd.csv") if row["part"] == part]
    if not names:
        raise CourseError(f"The parts of bccd are train, val and test; {part!r} is none of them.")
    table = load("bccd_boxes")
    table = table[(table.xmin < table.xmax) & (table.ymin < table.ymax)]
    rows = [table[table.filename == f"{name}.jpg"] for name in names]
    boxes = [each[["xmin", "ymin", "xmax", "ymax"]].to_numpy(float) / shrink for each in rows]
    labels = [each.cell_type.map(CELLS.index).to_numpy(np.int64) for each in rows]
    return Photographs(np.stack([_blood_image(name, shrink) for name in names]), boxes, labels)


def _blood_image(name: str, shrink: int) -> np.ndarray:
    """One photograph of `bccd`, uint8 (480 / shrink, 640 / shrink, 3)."""
    from PIL import Image

    file, base = f"BCCD/JPEGImages/{name}.jpg", REGISTRY["bccd_boxes"]["url"].removesuffix("test.csv")
    entry = {"file": f"bccd/{file}", "url": base + file, "sha256": _blood_digests()[name]}
    with Image.open(_verified(file, entry)) as image:
        return np.asarray(image.convert("RGB").reduce(shrink))


@cache
def _blood_digests() -> dict[str, str]:
    return {row["image"]: row["sha256"] for row in _own_rows("bccd.csv")}


def blood_cells(side: int = 24) -> Split:
    """Every box of `bccd`, cut out and brought to side × side: x uint8 (N, side, side, 3), y int64 (N,), in CELLS.

    Training: "train" and "val", 3,941 cells of 292 photographs; test: "test", 945 cells of 72 others. 85 in 100 are red cells.
    """
    known = [_cut(bccd(part), side) for part in ("train", "val")]
    x, y = (np.concatenate(each) for each in zip(*known, strict=True))
    return Split(x, y, *_cut(bccd("test"), side))


def _cut(photographs: Photographs, side: int) -> tuple[np.ndarray, np.ndarray]:
    """(N, side, side, 3) and (N,): what stands in the boxes, photograph by photograph."""
    from PIL import Image

    cut = [
        np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.BILINEAR, box=tuple(box)))
        for image, boxes in zip(photographs.images, photographs.boxes, strict=True)
        for box in boxes
    ]
    return np.stack(cut), np.concatenate(photographs.labels)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _lines(path: Path) -> list[str]:
    return _text(path).splitlines()


def _json(path: Path) -> Any:
    return json.loads(_text(path))


def _idx(path: Path) -> np.ndarray:
    """The IDX format of MNIST: two zero bytes, type 8 (uint8), number of axes, their lengths, the bytes."""
    raw = gzip.decompress(path.read_bytes())
    axes = raw[3]
    shape = struct.unpack(f">{axes}I", raw[4 : 4 + 4 * axes])
    # a copy, because torch warns of arrays that cannot be written
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * axes).reshape(shape).copy()


def _zip_rows(*members: str) -> Callable[[Path], list[list[str]]]:
    """Reader of tab-separated lines of the named members of a zip file."""

    def read(path: Path) -> list[list[str]]:
        with zipfile.ZipFile(path) as archive:
            texts = [archive.read(member).decode("utf-8") for member in members]
        # not splitlines: some sentences hold other characters that Unicode counts as line ends
        return [line.rstrip("\r").split("\t") for text in texts for line in text.split("\n") if line.strip()]

    return read


def _table(**options: Any) -> Callable[[Path], Any]:
    def read(path: Path) -> Any:
        import pandas as pd

        return pd.read_csv(io.StringIO(_text(path)), **options)

    return read


_SIX = range(1, 7)  # months, the latest first
CARD_COLUMNS = [
    *("id", "limit", "sex", "education", "marriage", "age"),
    *(f"{name}_{month}" for name in ("status", "bill", "paid") for month in _SIX),
    "default",
]


def _cards(path: Path) -> Any:
    """A table of the zip's only sheet: 30,000 holders of a credit card, CARD_COLUMNS as float64.

    status: months in arrears (-2, -1 and 0: none). bill and paid: Taiwan dollars. default: 1 where the next month was not paid.
    """
    import pandas as pd

    with zipfile.ZipFile(path) as archive:
        sheet = numbers(archive.read(archive.namelist()[0]))
    return pd.DataFrame(sheet[2:], columns=CARD_COLUMNS)  # the first two rows are headers


def _questions(path: Path) -> list[dict]:
    """SQuAD's layout, flattened: one dict with id, title, context, question, answers for each question."""
    return [
        {"title": article.get("title", ""), "context": paragraph["context"], **question}
        for article in _json(path)["data"]
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
    ]


_FOLDER = "sentiment labelled sentences/"
READERS: dict[str, Callable[[Path], Any]] = {
    "tinyshakespeare": _text,
    "names": _lines,
    "tang300": _json,
    "mnist_train_images_idx3": _idx,
    "mnist_train_labels_idx1": _idx,
    "mnist_t10k_images_idx3": _idx,
    "mnist_t10k_labels_idx1": _idx,
    "sms_spam": _zip_rows("SMSSpamCollection"),
    "sentiment_sentences": _zip_rows(
        *(f"{_FOLDER}{site}_labelled.txt" for site in ("amazon_cells", "imdb", "yelp"))
    ),
    "german_credit_data": _table(sep=" ", header=None),
    "default_credit": _cards,
    "tatoeba_cmn_eng": _zip_rows("cmn.txt"),
    "tatoeba_fra_eng": _zip_rows("fra.txt"),
    "squad_dev": _questions,
    "xquad_en": _questions,
    "xquad_zh": _questions,
    "movietweetings_100k_ratings": _table(
        sep="::", engine="python", names=["user", "movie", "rating", "time"], dtype={"movie": str}
    ),
    "movietweetings_100k_movies": _table(
        sep="::", engine="python", names=["movie", "title", "genres"], dtype={"movie": str}
    ),
    "fx_daily": _table(parse_dates=[0]),
    "brent_daily": _table(parse_dates=[0]),
    "wti_daily": _table(parse_dates=[0]),
    "vix_daily": _table(parse_dates=[0]),
    "sp500_monthly": _table(parse_dates=[0]),
    "bccd_boxes": _table(),
}
