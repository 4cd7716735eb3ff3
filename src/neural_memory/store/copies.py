"""Which copies of the memory file that we made ourselves still hold what is gone from it for good?

Backups, what a restore replaced, what an upgrade kept, what was damaged, and what is left of these when a process is
killed: in ``backups`` and beside the file. They are looked into and not changed; what goes is a whole file, on the
user's word.
"""

from __future__ import annotations

import json
import mmap
import sqlite3
import stat
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from pathlib import Path

from neural_memory.errors import StoreError
from neural_memory.store import guard

_MOST_SOUGHT = 1_000
"""Ids that are looked for in the bytes of a file that SQLite cannot read; with more it is taken to hold one."""


def beside(path: Path) -> list[Path]:
    """The copies of this file that are where we put them, the oldest first; links are left alone."""
    homes = dict.fromkeys((path.parent.resolve(), path.resolve().parent))  # a link stands in one, the file in the other
    names = {path.name, path.resolve().name}
    found = {
        file
        for home in homes
        for folder in (home, home / "backups")
        for pattern in ("memory-*.db", *_pieces(names))
        for file in folder.glob(pattern)
        if not file.name.startswith(tuple(names))
    }
    return sorted((file for file in found if stat.S_ISREG(file.lstat().st_mode)), key=lambda file: file.name)


def _pieces(names: Iterable[str]) -> Iterator[str]:
    """What a process that was killed leaves behind, and journals that were set aside: how such files are called."""
    yield from ("memory-*.unfinished*", "memory-*.db-journal", "memory-*.db-wal", "memory-*.db-shm")
    for name in names:
        yield from (f".{name}.mending*", f".{name}.restoring-*", f"..{name}.restoring-*")


def holding(path: Path, ids: Collection[str], content: str | None = None) -> list[Path]:
    """Those of the copies that hold something of these memories, or, with `content`, that hold one of them as that."""
    return [copy for copy in beside(path) if ids and _holds(copy, ids, content)]


def delete(copies: Iterable[Path]) -> None:
    """Remove these files, and what was kept with them."""
    for copy in copies:
        try:
            for end in ("-journal", "-wal", "-shm", ""):
                copy.with_name(copy.name + end).unlink(missing_ok=True)
        except OSError as problem:
            raise StoreError(f"{copy} cannot be removed: {problem.strerror or problem}; delete it by hand") from problem


def _holds(copy: Path, ids: Collection[str], content: str | None) -> bool:
    if copy.suffix != ".db":  # a piece of a file may have a text without the id that it belongs to
        return copy.stat().st_size > 0
    if "-damaged" not in copy.name:  # there SQLite may miss what the bytes still hold
        try:
            with closing(_opened(copy)) as connection:
                return _has(connection, ids, content)
        except sqlite3.Error:
            pass
    return _names(copy, ids)


def _opened(copy: Path) -> sqlite3.Connection:
    """Nobody else uses a copy, and nothing is written beside it."""
    uri = f"{copy.absolute().as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, factory=guard.Cautious)
    guard.harden(connection)
    return connection


def _has(connection: sqlite3.Connection, ids: Collection[str], content: str | None) -> bool:
    sought = json.dumps(list(ids))
    these = "id IN (SELECT value FROM json_each(?1))"
    rows = (
        f"SELECT 1 FROM memories WHERE (seq IN (SELECT seq FROM memory_ids WHERE {these}) "  # noqa: S608 - our own words
        f"OR (seq IN (SELECT memory FROM unlinked) AND {these})) AND (?2 IS NULL OR content = ?2) LIMIT 1"
    )
    if connection.execute(rows, (sought, content)).fetchone():
        return True
    kept = "SELECT 1 FROM journal WHERE length(before) > 2 AND memory IN (SELECT value FROM json_each(?)) LIMIT 1"
    return content is None and connection.execute(kept, (sought,)).fetchone() is not None


def _names(copy: Path, ids: Collection[str]) -> bool:
    """Does the file name one of them anywhere? Who cannot tell says that it does."""
    if len(ids) > _MOST_SOUGHT:
        return True
    try:
        with copy.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return any(content.find(id.encode()) >= 0 for id in ids)
    except (OSError, ValueError):  # an empty file cannot be mapped
        return copy.stat().st_size > 0
