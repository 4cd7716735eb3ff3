"""Which memories stand on the pages of a file whose tree no longer leads to them?  Read page by page, without SQLite.

When a page in the middle of a table's tree is lost, the pages below it are still there. A page that holds rows of a
table says so in its first byte, and the rows of `memories` are told from others by their shape: how many values they
have, and of which types. (The format: https://sqlite.org/fileformat2.html, sections 1.6 and 2.1.)
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import IO, Any

_LEAF = 0x0D
_PAGE_SIZES = {512 << n for n in range(8)}
_COLUMNS, _NUMBER = 11, 10
"""Values of a row in the first schema (later ones have more), and which of them is the row's number."""
_TIME = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}  # serial type -> bytes


class _NotARow(Exception):  # noqa: N818 - not an error
    """What stands there is something else, or damaged."""


def memories(file: IO[bytes]) -> Iterator[tuple[int, list[Any]]]:
    """(row number, values in the order of the columns) of what looks like a row of `memories`, wherever it stands."""
    file.seek(0)
    size = int.from_bytes(file.read(18)[16:18], "big")
    size = 65_536 if size == 1 else size
    if size not in _PAGE_SIZES:  # the first page is lost; ours have the usual size
        size = 4_096
    number = 1
    while True:
        file.seek(number * size)  # the first page never holds rows of ours
        page = file.read(size)
        if len(page) < size:
            return
        number += 1
        if page[0] == _LEAF:
            yield from _rows(file, page)


def _rows(file: IO[bytes], page: bytes) -> Iterator[tuple[int, list[Any]]]:
    count = int.from_bytes(page[3:5], "big")
    for at in range(8, min(8 + 2 * count, len(page) - 1), 2):
        try:
            row, payload = _cell(file, page, int.from_bytes(page[at : at + 2], "big"))
            values = _record(payload)
        except (_NotARow, IndexError, struct.error, UnicodeDecodeError):
            continue
        if _is_memory(values):
            yield row, values


def _cell(file: IO[bytes], page: bytes, at: int) -> tuple[int, bytes]:
    """(row number, the whole record) of a cell; a long record goes on in a chain of other pages."""
    length, at = _varint(page, at)
    row, at = _varint(page, at)
    usable = len(page)
    most, least = usable - 35, (usable - 12) * 32 // 255 - 23
    local = length
    if length > most:
        local = least + (length - least) % (usable - 4)
        local = local if local <= most else least
    payload = page[at : at + local]
    following = int.from_bytes(page[at + local : at + local + 4], "big") if local < length else 0
    parts, have = [payload], len(payload)
    while have < length:
        if not following or have > 10_000_000:
            raise _NotARow
        file.seek((following - 1) * usable)
        more = file.read(usable)
        if len(more) < usable:
            raise _NotARow
        following = int.from_bytes(more[:4], "big")
        parts.append(more[4 : 4 + length - have])
        have += len(parts[-1])
    return row, b"".join(parts)


def _record(payload: bytes) -> list[Any]:
    head, at = _varint(payload, 0)
    types = []
    while at < head:
        kind, at = _varint(payload, at)
        types.append(kind)
    if len(types) < _COLUMNS or at != head:
        raise _NotARow
    values = []
    for kind in types:
        value, at = _value(payload, at, kind)
        values.append(value)
    if at != len(payload):
        raise _NotARow
    return values


def _value(payload: bytes, at: int, kind: int) -> tuple[Any, int]:
    if kind in (0, 8, 9):
        return {0: None, 8: 0, 9: 1}[kind], at
    if kind in _NUMBERS:
        end = at + _NUMBERS[kind]
        return int.from_bytes(payload[at:end], "big", signed=True), end
    if kind == 7:
        return struct.unpack(">d", payload[at : at + 8])[0], at + 8
    if kind < 12:
        raise _NotARow
    end = at + (kind - 12) // 2
    return (payload[at:end].decode() if kind % 2 else payload[at:end]), end


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for count in range(9):
        byte = data[at]
        at += 1
        if count == 8:
            return (value << 8) | byte, at
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            break
    return value, at


def _is_memory(values: list[Any]) -> bool:
    id, content, timestamp, importance, tags, kind, *_ = values
    return (
        all(isinstance(text, str) for text in (id, content, timestamp, tags, kind))
        and isinstance(importance, int | float)
        and values[_NUMBER] is None
        and bool(_TIME.match(timestamp))
        and tags.startswith("[")
    )
