"""Which objects are in the packs of a repository?  Looked up in their indexes on the disk, a few pages of each.

An index (gitformat-pack, version 2) is a table of how many names begin with at most each byte, then the names in order.
It may be large, or only say that it is: nothing of it is kept, and no more is read than it takes to halve it.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from itertools import islice

from neural_memory import bounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

MOST = 1_000
"""Packs that are looked into; git itself makes one of them from about fifty on."""
_MAGIC = b"\xfftOc\0\0\0\2"
_NAMES = len(_MAGIC) + 256 * 4
_BYTES = 20


def beginning(folder: str, start: str) -> Iterator[str]:
    """The names of objects that begin so, at most two of each pack. start: from two hexadecimal digits on."""
    try:
        with os.scandir(folder) as entries:
            paths = list(islice((entry.path for entry in entries if entry.name.endswith(".idx")), MOST))
    except OSError:
        return
    for path in paths:
        try:
            with bounded.opened(path) as index:
                yield from _in_pack(index, start)
        except (OSError, ValueError, IndexError):  # gone since, no file, or cut off while it was read
            continue


def _in_pack(index: BinaryIO, start: str) -> Iterator[str]:
    if _at(index, 0, len(_MAGIC)) != _MAGIC:
        return
    first = int(start[:2], 16)
    low = _count(index, first - 1)
    high = min(_count(index, first), (os.fstat(index.fileno()).st_size - _NAMES) // _BYTES)
    place = bisect_left(range(high), start, low, key=lambda place: _names(index, place, 1)[0]) if low < high else high
    yield from (name for name in _names(index, place, min(2, high - place)) if name.startswith(start))


def _count(index: BinaryIO, byte: int) -> int:
    """How many names begin with this byte or a lower one."""
    return int.from_bytes(_at(index, len(_MAGIC) + 4 * byte, 4)) if byte >= 0 else 0


def _names(index: BinaryIO, place: int, number: int) -> list[str]:
    data = _at(index, _NAMES + _BYTES * place, _BYTES * number) if number > 0 else b""
    return [data[at : at + _BYTES].hex() for at in range(0, len(data), _BYTES)]


def _at(index: BinaryIO, place: int, number: int) -> bytes:
    index.seek(place)
    return index.read(number)
