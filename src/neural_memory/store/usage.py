"""How often was a memory recalled, and when last?"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable


def of_rows(connection: sqlite3.Connection, seqs: Iterable[int]) -> dict[int, tuple[int, str]]:
    """row -> how often it was recalled, and when last; rows that never were are left out."""
    rows = connection.execute(
        "SELECT memory, recalled, coalesce(last_recalled, '') FROM usage "
        "WHERE memory IN (SELECT value FROM json_each(?))",
        (json.dumps(list(seqs)),),
    )
    return {row[0]: (row[1], str(row[2])) for row in rows}


def add(connection: sqlite3.Connection, recalled: dict[int, int], at: str) -> None:
    """Count recalls. `recalled`: row -> how many times since the last call."""
    connection.executemany(
        "INSERT INTO usage (memory, recalled, last_recalled) SELECT seq, ?, ? FROM memories WHERE seq = ? "
        "ON CONFLICT (memory) DO UPDATE SET "
        "recalled = recalled + excluded.recalled, last_recalled = excluded.last_recalled",
        [(times, at, seq) for seq, times in recalled.items()],
    )


def inherit(connection: sqlite3.Connection, heir: int, seqs: Iterable[int]) -> None:
    """Let a row be as often recalled as it and these rows together."""
    connection.execute(
        "INSERT INTO usage (memory, recalled, last_recalled) SELECT ?1, sum(recalled), max(last_recalled) FROM usage "
        "WHERE memory IN (SELECT value FROM json_each(?2)) HAVING count(*) > 0 "
        "ON CONFLICT (memory) DO UPDATE SET recalled = recalled + excluded.recalled, "
        "last_recalled = max(coalesce(last_recalled, ''), coalesce(excluded.last_recalled, ''))",
        (heir, json.dumps(list(seqs))),
    )
