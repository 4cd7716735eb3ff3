"""What does a session need to know at its start?  One quick look into the file, which changes and imports nothing.

The rows come as plain values with the fields of `model.Memory`: that module would double the time a session waits. How
much is read is bounded, however large the file is.
"""

from __future__ import annotations

import json
import sqlite3

from neural_memory.project import Found
from neural_memory.store.cautious import harden
from neural_memory.store.projects import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NEWEST = 1_500
"""So many of the newest rows are looked at; of older ones, preferences, decisions and what is used most."""
LEAST = 0.15
"""Importance below which a memory is not brought up unasked."""
_OLDER = 100
_OF_A_KIND = 40  # more of them never fit
_CONTENT = 700
_KINDS = '"prefer" OR "decis"'  # what `analyse` makes of the kinds' names
_SCHEMA = 2
_STRANGE = "SELECT count(*) FROM sqlite_schema WHERE type = 'view'"  # we make none; triggers rest while we only read
_STEPS, _PATIENCE = 100_000, 20
"""After so many steps of SQLite's, so many times, it is given up; a look takes a few hundred thousand."""
_COLUMNS = (
    f"id, substr(content, 1, {_CONTENT}), timestamp, importance, tags, kind, project, source, replaced_by, pinned, "
    "trust, length(content), worth"
)
_CURRENT = "replaced_by IS NULL AND (valid_until IS NULL OR valid_until > :now)"
# How much a memory deserves to be told: what is pinned, important, of this project, recent (half after 45 days) and
# recalled often. In SQL, because making Python objects of thousands of rows takes ten times as long.
_WORTH = """
importance + 0.5 * 45 / (45 + max(0, coalesce(julianday(:now) - julianday(timestamp), 36500)))
+ 0.4 * min(1, coalesce(recalled, 0) / 20.0) + 2 * (pinned <> 0) + 0.3 * (project IS NOT NULL)
- 0.3 * (trust <> 'stored')
"""
_BEST = f"""
WITH mine AS (
    SELECT seq, {_WORTH} AS worth, CASE WHEN kind IN ('preference', 'decision') THEN kind ELSE '' END AS of
    FROM (SELECT seq FROM memories WHERE seq > :newest UNION SELECT value FROM json_each(:older))
    JOIN memories USING (seq)
    LEFT JOIN usage ON memory = seq
    WHERE {_CURRENT} AND (project IS NULL OR project = :project) AND importance >= {LEAST}
),
best AS (SELECT seq, worth, row_number() OVER (PARTITION BY of ORDER BY worth DESC, seq DESC) AS place FROM mine)
SELECT {_COLUMNS} FROM best JOIN memories USING (seq) WHERE place <= {_OF_A_KIND} ORDER BY worth DESC, seq DESC
"""  # noqa: S608 - our own names and numbers


class Row:
    """A memory, as far as a line about it needs it; length: of its whole content; worth: how much it should be told."""

    __slots__ = (
        *("id", "content", "timestamp", "importance", "tags", "kind", "project", "source", "session", "replaced_by"),
        *("valid_until", "pinned", "trust", "anchors", "length", "worth"),
    )

    def __init__(self, values: tuple[Any, ...]) -> None:
        (self.id, self.content, self.timestamp, self.importance, tags, self.kind, self.project) = values[:7]
        (self.source, self.replaced_by, self.pinned, self.trust, self.length, self.worth) = values[7:]
        self.session, self.valid_until, self.anchors = None, None, ()
        self.tags = _tags(tags)


class Glance:
    """project: what it is called; rows: what may be worth telling, the worthiest first; total: how many there
    are for it; suggestions, expired: how many wait for a word, and how many hold no longer.
    """

    __slots__ = ("expired", "project", "rows", "suggestions", "total")

    def __init__(self, project: str | None, rows: list[Row], total: int, suggestions: int, expired: int) -> None:
        self.project = project
        self.rows = rows
        self.total = total
        self.suggestions = suggestions
        self.expired = expired


def glance(path: str, found: Found | None, now: str) -> Glance | None:
    """A look at the file; None when there is none, or none that can be read right now. now: ISO 8601, UTC."""
    uri = "file:" + path.replace("%", "%25").replace("?", "%3f").replace("#", "%23") + "?mode=ro"
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=0.2, isolation_level=None)
    except sqlite3.Error:
        return None
    try:
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        harden(connection)
        if connection.execute("PRAGMA user_version").fetchone()[0] < _SCHEMA:
            return None
        connection.execute("BEGIN")
        left = iter(range(_PATIENCE))
        connection.set_progress_handler(lambda: next(left, None) is None, _STEPS)
        if _count(connection, _STRANGE, {}):
            return None
        return _look(connection, found, now)
    except (sqlite3.Error, ValueError, TypeError):
        return None
    finally:
        connection.close()


def _look(connection: sqlite3.Connection, found: Found | None, now: str) -> Glance:
    project = name_of(connection, found) if found else None
    last = connection.execute("SELECT max(seq) FROM memories").fetchone()[0] or 0
    newest = last - NEWEST
    older = _older(connection, newest) if newest > 0 else []
    values = {"now": now, "project": project, "newest": newest, "older": json.dumps(older)}
    mine = f"seq > :newest AND {_CURRENT} AND (project IS NULL OR project = :project)"
    return Glance(
        project,
        [Row(row) for row in connection.execute(_BEST, values)],
        _count(connection, f"SELECT count(*) FROM memories WHERE {mine}", values) if newest <= 0 else last,  # noqa: S608
        _count(connection, "SELECT count(*) FROM suggestions WHERE state = 'open'", {}),
        _count(
            connection,
            "SELECT count(*) FROM memories WHERE seq > :newest AND replaced_by IS NULL AND valid_until <= :now",
            values,
        ),
    )


def _older(connection: sqlite3.Connection, before: int) -> list[int]:
    """Older rows that may matter: what is recalled most, preferences and decisions."""
    sql = "SELECT memory FROM usage WHERE memory <= ? ORDER BY recalled DESC LIMIT ?"
    return [row[0] for row in connection.execute(sql, (before, _OLDER))] + _of_kinds(connection, before)


def _of_kinds(connection: sqlite3.Connection, before: int) -> list[int]:
    rows = connection.execute(
        "SELECT rowid FROM full_text WHERE full_text MATCH ? AND rowid <= ? ORDER BY rowid DESC LIMIT ?",
        (_KINDS, before, _OLDER),
    )
    return [row[0] for row in rows]


def _count(connection: sqlite3.Connection, sql: str, values: dict[str, Any]) -> int:
    return int(connection.execute(sql, values).fetchone()[0])


def _tags(text: object) -> tuple[str, ...]:
    try:
        found = json.loads(str(text))
    except (ValueError, RecursionError):
        return ()
    return tuple(map(str, found)) if isinstance(found, list) else ()
