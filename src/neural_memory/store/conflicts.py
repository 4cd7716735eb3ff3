"""Which rows contradict each other, which wait to be examined for that, and which took the place of which?

All of it can be found again from `memories`, and nothing here holds a word of a memory.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping


def expect(connection: sqlite3.Connection, rows: Iterable[int]) -> None:
    """These rows are new or changed: they wait to be examined."""
    connection.executemany("INSERT OR IGNORE INTO unexamined (memory) VALUES (?)", [(row,) for row in rows])


def unexamined(connection: sqlite3.Connection, most: int) -> list[int]:
    """Rows that wait to be examined, the newest first."""
    rows = connection.execute("SELECT memory FROM unexamined ORDER BY memory DESC LIMIT ?", (most,))
    return [row[0] for row in rows]


def waiting(connection: sqlite3.Connection) -> int:
    """How many rows wait to be examined."""
    return int(connection.execute("SELECT count(*) FROM unexamined").fetchone()[0])


def examined(connection: sqlite3.Connection, rows: Iterable[int]) -> None:
    """These rows need not be examined any more."""
    connection.executemany("DELETE FROM unexamined WHERE memory = ?", [(row,) for row in rows])


def examined_as(connection: sqlite3.Connection, texts: Mapping[int, str]) -> None:
    """These rows were examined with these texts, and need it no more while they say the same."""
    connection.executemany(
        "DELETE FROM unexamined WHERE memory = ?1 AND ?2 = (SELECT content FROM memories WHERE seq = ?1)",
        list(texts.items()),
    )


def note(connection: sqlite3.Connection, pairs: Iterable[tuple[int, int]]) -> None:
    """(newer, older) rows contradict each other."""
    connection.executemany("INSERT OR IGNORE INTO conflicts (newer, older) VALUES (?, ?)", list(pairs))


def count(connection: sqlite3.Connection) -> int:
    """How many current memories are at odds with an older one, as far as they were examined."""
    found: int = connection.execute(
        "SELECT count(DISTINCT c.newer) FROM conflicts c "
        "JOIN memories a ON a.seq = c.older JOIN memories b ON b.seq = c.newer "
        "WHERE a.replaced_by IS NULL AND b.replaced_by IS NULL"
    ).fetchone()[0]
    return found


def drop(connection: sqlite3.Connection, pairs: Iterable[tuple[int, int]]) -> None:
    """These do not, or not any more."""
    connection.executemany("DELETE FROM conflicts WHERE newer = ? AND older = ?", list(pairs))


def forget(connection: sqlite3.Connection, rows: Iterable[int]) -> None:
    """These rows are gone, or say something else now."""
    connection.execute(
        "DELETE FROM conflicts WHERE older IN (SELECT value FROM json_each(?1)) "
        "OR newer IN (SELECT value FROM json_each(?1))",
        (json.dumps(list(rows)),),
    )


def pairs(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    """All (newer, older) rows that were found to contradict each other and are both current, the newest first."""
    return connection.execute(
        "SELECT c.newer, c.older FROM conflicts c "
        "JOIN memories n ON n.seq = c.newer JOIN memories o ON o.seq = c.older "
        "WHERE n.replaced_by IS NULL AND o.replaced_by IS NULL ORDER BY c.newer DESC, c.older DESC"
    ).fetchall()


def pairs_among(connection: sqlite3.Connection, rows: Iterable[int]) -> list[tuple[int, int]]:
    """(newer, older) where one of these rows is the older one."""
    return connection.execute(
        "SELECT newer, older FROM conflicts WHERE older IN (SELECT value FROM json_each(?)) ORDER BY newer",
        (json.dumps(list(rows)),),
    ).fetchall()


def replaced(connection: sqlite3.Connection, ids: Iterable[str]) -> list[tuple[str, str]]:
    """(current, old) ids of what these memories took the place of."""
    return connection.execute(
        "SELECT current, old FROM replacements WHERE current IN (SELECT value FROM json_each(?)) ORDER BY current, old",
        (json.dumps(list(ids)),),
    ).fetchall()
