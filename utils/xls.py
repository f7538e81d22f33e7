"""The numbers in an Excel file of the kind written until 2007 (.xls), without a package.

Such a file is a small file system of its own (sectors, chained by a table), and in it a stream of records, "Workbook".
Only numbers are read: no texts, dates as days, no results of formulas. Sources: Microsoft, [MS-CFB] and [MS-XLS].
"""

import struct
from collections.abc import Iterator

import numpy as np

from utils.errors import CourseError

MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
IN_HEADER = 109  # places for sectors of the table in the header; a file above 7 MB has more elsewhere
LAST = 0xFFFFFFFA  # and above: no sector, but the end of a chain
SECTORS = {9: 512, 12: 4096}  # the two sizes that exist, by the header's exponent
SHORT = 4096  # bytes; a shorter stream lies elsewhere, in sectors of 64 bytes, which nobody's table needs
WIDE = 256  # columns of a sheet at most; its rows are counted in 16 bits
BEGIN, END, MANY, ONE, FLOAT = 0x809, 0x0A, 0xBD, 0x27E, 0x203  # kinds of record
SHEET = 0x10
PACKED = np.dtype([("style", "<u2"), ("number", "<u4")])


def numbers(raw: bytes) -> np.ndarray:
    """The first sheet of an .xls file's bytes, float64 (rows, columns), nan where a cell holds no number."""
    try:
        cells = list(_cells(_records(_workbook(raw))))
    except (struct.error, IndexError, ValueError) as error:
        raise CourseError(f"This .xls file is damaged ({error}).") from error
    if not cells:
        raise CourseError("The first sheet of this .xls file holds no numbers.")
    height = 1 + max(row for row, _, _ in cells)
    width = max(column + len(values) for _, column, values in cells)
    if width > WIDE:
        raise CourseError(f"This .xls file is damaged (a cell in column {width}).")
    table = np.full((height, width), np.nan)
    for row, column, values in cells:
        table[row, column : column + len(values)] = values
    return table


def _workbook(raw: bytes) -> bytes:
    """The stream of records out of the file's own file system."""
    if raw[:8] != MAGIC:
        raise CourseError("This is no .xls file; .xlsx is another format.")
    exponent, elsewhere = struct.unpack_from("<H", raw, 30)[0], struct.unpack_from("<I", raw, 72)[0]
    if exponent not in SECTORS:
        raise ValueError("sectors of an impossible size")
    if elsewhere:
        raise CourseError("This .xls file is larger than 7 MB; the reader takes smaller ones.")
    size = SECTORS[exponent]
    places = struct.unpack_from(f"<{IN_HEADER}I", raw, 76)
    # sector 0 comes after the header, which is one sector long
    table = [
        n
        for place in places
        if place < LAST
        for n in struct.unpack_from(f"<{size // 4}I", raw, (place + 1) * size)
    ]
    folder = _stream(raw, struct.unpack_from("<I", raw, 48)[0], table, size)
    for at in range(0, len(folder), 128):
        length = struct.unpack_from("<H", folder, at + 64)[0]
        if folder[at : at + max(length - 2, 0)].decode("utf-16-le") == "Workbook":
            start, long = struct.unpack_from("<II", folder, at + 116)
            if long < SHORT:
                raise ValueError("a workbook shorter than any")
            return _stream(raw, start, table, size)[:long]
    raise CourseError("There is no workbook in this .xls file.")


def _stream(raw: bytes, sector: int, table: list[int], size: int) -> bytes:
    """The sectors of a chain, one after the other."""
    parts: list[bytes] = []
    while sector < LAST:
        if len(parts) * size > len(raw):
            raise ValueError("a chain of sectors without an end")
        parts.append(raw[(sector + 1) * size : (sector + 2) * size])
        sector = table[sector]
    return b"".join(parts)


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each record of the first sheet."""
    at, inside = 0, False
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4 : at + 4 + length]
        at += 4 + length
        if kind == BEGIN and struct.unpack_from("<H", body, 2)[0] == SHEET:
            inside = True
        elif kind == END and inside:
            return
        elif inside:
            yield kind, body


def _cells(records: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, int, np.ndarray]]:
    """Row, first column and values, for each run of numbers."""
    for kind, body in records:
        if kind not in (MANY, ONE, FLOAT):
            continue
        row, column = struct.unpack_from("<HH", body)
        if kind == FLOAT:
            yield row, column, np.array(struct.unpack_from("<d", body, 6))
        else:
            packed = np.frombuffer(body[4 : 4 + (len(body) - 4) // 6 * 6], PACKED)["number"]
            yield row, column, _unpacked(packed)


def _unpacked(packed: np.ndarray) -> np.ndarray:
    """Numbers of 30 bits: the front of a float, or a whole number; the last two bits say which, and whether to divide by 100."""
    front = (packed.astype("<u8") & 0xFFFFFFFC) << 32
    value = np.where(packed & 2, packed.view("<i4") >> 2, front.view("<f8"))
    return np.where(packed & 1, value / 100, value)
