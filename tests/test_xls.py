"""The reader of .xls files, on files that are written here byte by byte."""

import struct

import numpy as np
import pytest

from utils.errors import CourseError
from utils.xls import MAGIC, numbers

SIZE = 512


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def begin(kind: int) -> bytes:
    return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 0))


def packed(value: float, hundredth: bool = False) -> int:
    """A number in 32 bits: a whole one as such, another as the front half of a float."""
    if value == int(value):
        return ((int(value) << 2) & 0xFFFFFFFF) | 2 | hundredth
    return (struct.unpack("<Q", struct.pack("<d", value))[0] >> 32) & 0xFFFFFFFC | hundredth


def many(row: int, column: int, *codes: int) -> bytes:
    cells = b"".join(struct.pack("<HI", 15, code) for code in codes)
    return record(0xBD, struct.pack("<HH", row, column) + cells + struct.pack("<H", column + len(codes) - 1))


def sheet(*cells: bytes) -> bytes:
    return begin(0x10) + b"".join(cells) + record(0x0A, b"")


def entry(name: str, kind: int, start: int, length: int) -> bytes:
    """128 bytes of the file's own folder."""
    text = name.encode("utf-16-le")
    head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1)
    return head.ljust(116, b"\0") + struct.pack("<IIQ", start, length, 0)[:12]


def xls(*sheets: bytes, backwards: bool = False) -> bytes:
    """A whole file. Sector 0: the table, 1: the folder, then the workbook's, in any order, for the table links them."""
    book = (begin(0x5) + record(0x0A, b"") + b"".join(sheets)).ljust(9 * SIZE, b"\0")
    places = list(range(2, 2 + len(book) // SIZE))
    if backwards:
        places.reverse()
    table = [0xFFFFFFFF] * (SIZE // 4)
    table[0], table[1] = 0xFFFFFFFD, 0xFFFFFFFE
    for here, following in zip(places, [*places[1:], 0xFFFFFFFE], strict=True):
        table[here] = following
    sectors = {0: struct.pack(f"<{SIZE // 4}I", *table)}
    sectors[1] = (entry("Root Entry", 5, 0, 0) + entry("Workbook", 2, places[0], len(book))).ljust(
        SIZE, b"\0"
    )
    sectors |= {place: book[n * SIZE : (n + 1) * SIZE] for n, place in enumerate(places)}
    header = bytearray(MAGIC.ljust(SIZE, b"\0"))
    struct.pack_into("<HH", header, 30, 9, 6)
    struct.pack_into("<II", header, 44, 1, 1)
    struct.pack_into("<109I", header, 76, 0, *[0xFFFFFFFF] * 108)
    return bytes(header) + b"".join(sectors[n] for n in sorted(sectors))


CELLS = (
    many(1, 0, packed(7), packed(-3), packed(0.5), packed(1234, hundredth=True)),
    record(0x27E, struct.pack("<HHHI", 2, 3, 15, packed(-2.25))),
    record(0x203, struct.pack("<HHHd", 3, 1, 15, 0.1)),
    record(0xFD, struct.pack("<HHHI", 0, 0, 15, 4)),  # a text
)
WANTED = [
    [np.nan, np.nan, np.nan, np.nan],
    [7, -3, 0.5, 12.34],
    [np.nan, np.nan, np.nan, -2.25],
    [np.nan, 0.1, np.nan, np.nan],
]


@pytest.mark.parametrize("backwards", [False, True])
def test_every_kind_of_number_is_read_from_the_first_sheet_alone(backwards):
    second = sheet(many(0, 0, packed(99)))
    found = numbers(xls(sheet(*CELLS), second, backwards=backwards))
    np.testing.assert_array_equal(found, WANTED)


def test_what_is_no_table_gets_one_sentence():
    good = xls(sheet(*CELLS))
    loop = bytearray(good)
    struct.pack_into("<I", loop, SIZE + 4 * 3, 2)  # sector 3 leads back to sector 2
    odd, big = bytearray(good), bytearray(good)
    struct.pack_into("<H", odd, 30, 60)  # sectors of 2**60 bytes
    struct.pack_into("<I", big, 72, 1)  # more of the table lies outside of the header
    unnamed = good.replace("Workbook".encode("utf-16-le"), "Workbuch".encode("utf-16-le"))
    for raw, sentence in (
        (b"PK\x03\x04", "is no .xls file"),
        (b"", "is no .xls file"),
        (good[:600], "damaged"),
        (bytes(loop), "damaged .a chain of sectors without an end"),
        (bytes(odd), "damaged .sectors of an impossible size"),
        (bytes(big), "larger than 7 MB"),
        (good.replace(struct.pack("<I", 9 * SIZE), struct.pack("<I", 9)), "damaged .a workbook shorter"),
        (xls(sheet(many(65535, 65000, packed(1)))), "damaged .a cell in column 65001"),
        (unnamed, "no workbook"),
        (xls(sheet(CELLS[3])), "holds no numbers"),
    ):
        with pytest.raises(CourseError, match=sentence):
            numbers(raw)
