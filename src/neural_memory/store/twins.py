"""Which rows were found to say the same?  Noted when the newer one was stored, or the whole store was looked through.

Nothing here holds a word of a memory, and all of it can be found again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable


def note(connection: sqlite3.Connection, pairs: Iterable[tuple[int, int]]) -> None:
    """(older, newer) rows say the same."""
    connection.executemany("INSERT OR IGNORE INTO twins (older, newer) VALUES (?, ?)", list(pairs))


def count(connection: sqlite3.Connection) -> int:
    """How many current memories are known to say the same as an older one: a lower bound."""
    found: int = connection.execute(
        "SELECT count(DISTINCT t.newer) FROM twins t "
        "JOIN memories a ON a.seq = t.older JOIN memories b ON b.seq = t.newer "
        "WHERE a.replaced_by IS NULL AND b.replaced_by IS NULL"
    ).fetchone()[0]
    return found


def part(connection: sqlite3.Connection, pairs: Iterable[tuple[int, int]]) -> None:
    """These (older, newer) rows do not say the same."""
    connection.executemany("DELETE FROM twins WHERE older = ? AND newer = ?", list(pairs))


def drop(connection: sqlite3.Connection, rows: Iterable[int]) -> None:
    """These rows are gone, or say something else now."""
    connection.executemany("DELETE FROM twins WHERE older = ?1 OR newer = ?1", [(row,) for row in rows])
