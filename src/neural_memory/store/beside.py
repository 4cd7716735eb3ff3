"""Which memories hold beside each other, although they look as if they contradicted or repeated each other?

Somebody said so. Each pair stands here from both ends, by ids, and travels with an export: nothing else tells it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

Pair = tuple[str, str]


def add(connection: sqlite3.Connection, pairs: Iterable[Pair]) -> None:
    connection.executemany("INSERT OR IGNORE INTO both_hold (one, other) VALUES (?, ?)", _both_ways(pairs))


def drop(connection: sqlite3.Connection, pairs: Iterable[Pair]) -> None:
    """They are to be compared again."""
    connection.executemany("DELETE FROM both_hold WHERE one = ? AND other = ?", _both_ways(pairs))


def drop_all_of(connection: sqlite3.Connection, rows: Iterable[int]) -> None:
    """These rows say something else now, so that nothing is known of what holds beside them."""
    ids = "(SELECT id FROM memories WHERE seq IN (SELECT value FROM json_each(?1)))"
    connection.execute(
        f"DELETE FROM both_hold WHERE one IN {ids} OR other IN {ids}",  # noqa: S608 - our own words
        (json.dumps(list(rows)),),
    )


def of(connection: sqlite3.Connection, id: str) -> set[str]:
    """The memories that hold beside this one."""
    return {row[0] for row in connection.execute("SELECT other FROM both_hold WHERE one = ?", (id,))}


def pairs(connection: sqlite3.Connection) -> set[Pair]:
    """Every pair, from both ends."""
    return set(connection.execute("SELECT one, other FROM both_hold").fetchall())


def _both_ways(pairs: Iterable[Pair]) -> list[Pair]:
    return [way for one, other in pairs for way in ((one, other), (other, one))]
