"""What does a session need to know at its start?  One quick look into the file, which changes and imports nothing.

The rows come as plain values with the fields of `model.Memory`: that module would double the time a session waits. How
much is read is bounded, however large the file is.
"""

from __future__ import annotations

import json
import sqlite3

from neural_memory.project import Found
from neural_memory.store.projects import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NEWEST = 3_000
"""So many of the newest rows are looked at; of older ones, preferences, decisions and what is used most."""
_OLDER = 300
_CONTENT = 700
_KINDS = '"prefer" OR "decis"'  # what `analyse` makes of the kinds' names
_SCHEMA = 2
_COLUMNS = (
    f"seq, id, substr(content, 1, {_CONTENT}), timestamp, importance, tags, kind, project, source, replaced_by, "
    "pinned, trust, length(content)"
)
_CURRENT = "replaced_by IS NULL AND (valid_until IS NULL OR valid_until > ?)"


class Row:
    """A memory, as far as a line about it needs it; recalled: how often."""

    __slots__ = (
        *("id", "content", "timestamp", "importance", "tags", "kind", "project", "source", "session", "replaced_by"),
        *("valid_until", "pinned", "trust", "anchors", "recalled", "length"),
    )

    def __init__(self, values: tuple[Any, ...], recalled: int) -> None:
        (_, self.id, self.content, self.timestamp, self.importance, tags, self.kind, self.project, self.source) = (
            values[:9]
        )
        (self.replaced_by, self.pinned, self.trust, self.length) = values[9:]
        self.session, self.valid_until, self.anchors = None, None, ()
        self.tags = _tags(tags)
        self.recalled = recalled


class Glance:
    """project: what it is called; rows: what may be worth telling; total: how many memories there are for it;
    suggestions, expired: how many wait for a word, and how many hold no longer.
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
        connection.execute("PRAGMA trusted_schema = OFF")
        if connection.execute("PRAGMA user_version").fetchone()[0] < _SCHEMA:
            return None
        connection.execute("BEGIN")
        return _look(connection, found, now)
    except (sqlite3.Error, ValueError, TypeError):
        return None
    finally:
        connection.close()


def _look(connection: sqlite3.Connection, found: Found | None, now: str) -> Glance:
    project = name_of(connection, found) if found else None
    last = connection.execute("SELECT max(seq) FROM memories").fetchone()[0] or 0
    usage = dict(connection.execute("SELECT memory, recalled FROM usage ORDER BY recalled DESC LIMIT ?", (NEWEST,)))
    mine = f"{_CURRENT} AND (project IS NULL OR project = ?)"
    values = connection.execute(
        f"SELECT {_COLUMNS} FROM memories WHERE seq > ? AND {mine}",  # noqa: S608
        (last - NEWEST, now, project),
    ).fetchall()
    if last > NEWEST:
        older = [row for row in list(usage)[:_OLDER] if row <= last - NEWEST] + _of_kinds(connection, last - NEWEST)
        values += connection.execute(
            f"SELECT {_COLUMNS} FROM memories WHERE seq IN (SELECT value FROM json_each(?)) AND {mine}",  # noqa: S608
            (json.dumps(older), now, project),
        ).fetchall()
    return Glance(
        project,
        [Row(row, usage.get(row[0], 0)) for row in values],
        len(values) if last <= NEWEST else last,
        _count(connection, "SELECT count(*) FROM suggestions WHERE state = 'open'"),
        _count(
            connection,
            "SELECT count(*) FROM memories WHERE seq > ? AND replaced_by IS NULL AND valid_until <= ?",
            (last - NEWEST, now),
        ),
    )


def _of_kinds(connection: sqlite3.Connection, before: int) -> list[int]:
    rows = connection.execute(
        "SELECT rowid FROM full_text WHERE full_text MATCH ? AND rowid <= ? ORDER BY rowid DESC LIMIT ?",
        (_KINDS, before, _OLDER),
    )
    return [row[0] for row in rows]


def _count(connection: sqlite3.Connection, sql: str, values: tuple[object, ...] = ()) -> int:
    return int(connection.execute(sql, values).fetchone()[0])


def _tags(text: object) -> tuple[str, ...]:
    try:
        found = json.loads(str(text))
    except (ValueError, RecursionError):
        return ()
    return tuple(map(str, found)) if isinstance(found, list) else ()
