"""What waits for a person's word?  Suggestions: seen, but not stored, and not recalled before somebody accepts them.

One that was accepted or dismissed stays as a row, so that the same is not suggested twice.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

OPEN, ACCEPTED, DISMISSED = "open", "accepted", "dismissed"
_COLUMNS = "id, content, sentence, reason, kind, tags, project, source, session, at, state, memory"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that was noticed and looks worth keeping; it waits for somebody's word and is not recalled before.

    id:       e.g. ``sug_7k2m9x4qda``
    content:  what would be stored
    sentence: what it came from, as it was said or written
    reason:   why it was noticed
    kind, tags, project, source, session: as a memory would have them
    at:       when it was said
    state:    "open", "accepted" or "dismissed"
    memory:   the memory it became
    """

    id: str
    content: str
    sentence: str
    reason: str
    kind: str
    tags: tuple[str, ...]
    project: str | None
    source: str
    session: str | None
    at: str
    state: str = "open"
    memory: str | None = None


def add(connection: sqlite3.Connection, new: Suggestion) -> None:
    marks = ", ".join("?" * len(_COLUMNS.split(",")))
    tags = json.dumps(new.tags, ensure_ascii=False)
    connection.execute(
        f"INSERT INTO suggestions ({_COLUMNS}) VALUES ({marks})",  # noqa: S608 - our own column names
        (
            *(new.id, new.content, new.sentence, new.reason, new.kind, tags),
            *(new.project, new.source, new.session, new.at, new.state, new.memory),
        ),
    )


def having(connection: sqlite3.Connection, state: str | None = OPEN) -> list[Suggestion]:
    """Those in this state (None: in any), the oldest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM suggestions WHERE ?1 IS NULL OR state = ?1 ORDER BY at, id",  # noqa: S608
        (state,),
    )
    return [_suggestion(row) for row in rows]


def by_id(connection: sqlite3.Connection, id: str) -> Suggestion | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM suggestions WHERE id = ?", (id,)).fetchone()  # noqa: S608
    return _suggestion(row) if row else None


def settle(connection: sqlite3.Connection, ids: Iterable[str], state: str, memory: str | None = None) -> None:
    """Note what became of suggestions. memory: the id that one was stored under."""
    connection.executemany(
        "UPDATE suggestions SET state = ?, memory = ? WHERE id = ?", [(state, memory, id) for id in ids]
    )


def drop_saying(connection: sqlite3.Connection, texts: Iterable[str]) -> None:
    """Drop what says something of these texts, which are gone for good; of what was decided on, also what holds one."""
    gone = {_plain(text) for text in texts}
    said = [(one, (_plain(one.content), _plain(one.sentence))) for one in having(connection, None)] if gone else []
    going = [
        (one.id,)
        for one, both in said
        if any(mine in text or (one.state != OPEN and text in mine) for mine in both for text in gone)
    ]
    connection.executemany("DELETE FROM suggestions WHERE id = ?", going)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".!")


def _suggestion(row: tuple[object, ...]) -> Suggestion:
    values = [None if value is None else str(value) for value in row]
    try:
        tags = json.loads(values[5] or "[]")
    except (ValueError, RecursionError):
        tags = []
    values[5:6] = [tuple(map(str, tags)) if isinstance(tags, list) else ()]  # type: ignore[list-item]
    return Suggestion(*values)  # type: ignore[arg-type]
