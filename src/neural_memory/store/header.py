"""What do the first hundred bytes of a SQLite file say, before SQLite is asked?

Only for files that nobody has open through SQLite in this process: closing a handle of one's own would drop its locks.
"""

from __future__ import annotations

from pathlib import Path

from neural_memory.values import dataclass

APPLICATION_ID = 0x4E4D656D  # "NMem"
_MAGIC = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class Header:
    """ours: it bears our mark; whole: it is as long as it says; schema: how many of our steps it has seen."""

    ours: bool
    whole: bool
    schema: int


def read(path: Path) -> Header | None:
    """None when it is no SQLite file. Raises OSError when it cannot be read."""
    with path.open("rb") as file:
        head = file.read(100)
        size = file.seek(0, 2)
    if len(head) < 100 or not head.startswith(_MAGIC):
        return None

    def number(start: int, end: int) -> int:
        return int.from_bytes(head[start:end], "big")

    page = 65_536 if number(16, 18) == 1 else number(16, 18)
    return Header(number(68, 72) == APPLICATION_ID, size == number(28, 32) * page, number(60, 64))
