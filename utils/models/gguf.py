"""A GGUF file: its metadata, its table of tensors, and the weights, de-quantised.

The layout is read here, so that every length is compared with the file's size before memory is taken for it; the blocks
of few-bit numbers are unpacked by the library `gguf`. Source: the GGUF specification, ggml-org/ggml, docs/gguf.md.
"""

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from utils.errors import CourseError

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MOST_ENTRIES = 2**16  # of metadata, and of tensors; the largest models have some thousands
MOST_ITEMS = 2**20  # of one list; the largest vocabularies have a quarter of a million
MOST_LETTERS = 2**24  # of one text, in bytes
STRING, ARRAY = 8, 9
NUMBERS: dict[int, np.dtype[Any]] = {
    0: np.dtype("u1"),
    1: np.dtype("i1"),
    2: np.dtype("<u2"),
    3: np.dtype("<i2"),
    4: np.dtype("<u4"),
    5: np.dtype("<i4"),
    6: np.dtype("<f4"),
    7: np.dtype("?"),
    10: np.dtype("<u8"),
    11: np.dtype("<i8"),
    12: np.dtype("<f8"),
}


@dataclass(frozen=True)
class Stored:
    """One tensor in the file: its type by number and name, its shape (rows first), and its bytes from start to end."""

    number: int
    kind: str
    shape: tuple[int, ...]
    start: int
    end: int


class Cursor:
    """A place in the file that moves on as it is read; every error is one sentence."""

    def __init__(self, path: Path, data: np.ndarray) -> None:
        self.path, self.data, self.place = path, data.data, 0  # slices of a view cost little

    def fail(self, why: str) -> CourseError:
        return CourseError(f"{self.path} is not a whole GGUF file: {why}; fetch it again.")

    def bytes(self, size: int) -> bytes:
        """The next bytes; fails before it takes memory when the file does not have them."""
        end = self.place + size
        if end > len(self.data):
            raise self.fail(f"it ends within what starts at byte {self.place}")
        taken = bytes(self.data[self.place : end])
        self.place = end
        return taken

    def number(self, code: str) -> int:
        """One number in the format of `struct`, little-endian."""
        return struct.unpack("<" + code, self.bytes(struct.calcsize(code)))[0]

    def count(self, most: int, what: str, code: str = "Q") -> int:
        """A number of things that follow, which may not be absurd."""
        count = self.number(code)
        if count > most:
            raise self.fail(f"it claims {count:,} {what}, more than {most:,}")
        return count

    def text(self) -> str:
        raw = self.bytes(self.count(MOST_LETTERS, "bytes in one text"))
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.fail(f"a text before byte {self.place} is not UTF-8") from error

    def value(self, kind: int) -> Any:
        """A text, a number or a list of either."""
        if kind == STRING:
            return self.text()
        if kind == ARRAY:
            inner, size = self.number("I"), self.count(MOST_ITEMS, "items in one list")
            if inner == STRING:
                return [self.text() for _ in range(size)]
            return self._numbers(inner, size)
        return self._numbers(kind, 1)[0]

    def _numbers(self, kind: int, size: int) -> list:
        if kind not in NUMBERS:
            raise self.fail(f"a value has the unknown type {kind}")
        return np.frombuffer(self.bytes(size * NUMBERS[kind].itemsize), NUMBERS[kind]).tolist()


class File:
    """An opened GGUF file.  metadata: {key: number, text or list};  tensors: {name: Stored}.

    Raises CourseError for a file that is not whole, of another version, or claims more than it can hold.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            self.data = np.memmap(self.path, mode="r")
        except (OSError, ValueError) as error:  # ValueError: an empty file
            raise CourseError(f"{path} is not there or empty; name a GGUF file.") from error
        cursor = Cursor(self.path, self.data)
        if cursor.bytes(4) != MAGIC:
            raise cursor.fail("it does not begin with the letters GGUF")
        version = cursor.number("I")
        if version not in VERSIONS:
            raise CourseError(
                f"{path} is GGUF of version {version} or of another byte order; versions 2 and 3 are read here."
            )
        tensors, entries = cursor.count(MOST_ENTRIES, "tensors"), cursor.count(MOST_ENTRIES, "entries")
        self.metadata = _unique(cursor, entries, lambda: cursor.value(cursor.number("I")))
        table = _unique(cursor, tensors, lambda: _row(cursor))
        self.tensors = _placed(cursor, table, self.metadata.get("general.alignment", 32))

    def weights(self, name: str) -> np.ndarray:
        """A tensor as float32, in its shape with the rows first."""
        from gguf.constants import GGMLQuantizationType
        from gguf.quants import dequantize

        tensor = self.tensors[name]
        raw = np.array(self.data[tensor.start : tensor.end]).reshape(*tensor.shape[:-1], -1)
        try:
            with np.errstate(all="ignore"):  # numbers that are none are found where the weights are used
                return dequantize(raw, GGMLQuantizationType(tensor.number)).astype(np.float32, copy=False)
        except NotImplementedError as error:
            raise CourseError(
                f"{self.path} stores {name} as {tensor.kind}, which cannot be unpacked here; take another file of "
                "the model, such as one with Q8_0 or Q4_1."
            ) from error


def _unique(cursor: Cursor, count: int, read: Callable[[], Any]) -> dict[str, Any]:
    """`count` names, each followed by what `read` reads."""
    found: dict[str, Any] = {}
    for _ in range(count):
        name = cursor.text()
        if name in found:
            raise cursor.fail(f"it names {name[:80]!r} twice")
        found[name] = read()
    return found


def _row(cursor: Cursor) -> tuple[tuple[int, ...], int, int]:
    """Shape (rows first), type and offset of one tensor, from the table."""
    sizes = [cursor.number("Q") for _ in range(cursor.count(4, "dimensions", "I"))]
    return tuple(reversed(sizes)), cursor.number("I"), cursor.number("Q")


def _placed(cursor: Cursor, table: dict[str, Any], alignment: Any) -> dict[str, Stored]:
    """The table with every tensor's place in the file; all within it, none over another."""
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    if type(alignment) is not int or not 8 <= alignment <= 2**16 or alignment & (alignment - 1):
        raise cursor.fail(f"its alignment is {alignment!r}")
    base = -(-cursor.place // alignment) * alignment
    tensors = {}
    for name, (shape, number, offset) in table.items():
        if number not in GGML_QUANT_SIZES:
            raise cursor.fail(f"{name[:80]} has the unknown type {number}")
        kind = GGMLQuantizationType(number)
        block, size = GGML_QUANT_SIZES[kind]
        if not shape or 0 in shape or shape[-1] % block or offset % alignment:
            raise cursor.fail(f"{name[:80]} cannot have the shape {shape} in {kind.name} at {offset}")
        start = base + offset
        tensors[name] = Stored(number, kind.name, shape, start, start + math.prod(shape) // block * size)
    end, last = base, ""
    for name, tensor in sorted(tensors.items(), key=lambda item: item[1].start):
        if tensor.end > len(cursor.data):
            raise cursor.fail(f"it ends within {name[:80]}")
        if tensor.start < end:
            raise cursor.fail(f"{name[:80]} lies over {last[:80]}")
        end, last = tensor.end, name
    return tensors
