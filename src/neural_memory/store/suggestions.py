"""What waits for a person's word?  Suggestions: seen, but not stored, and not recalled before somebody accepts them.

One that was accepted or dismissed stays as a row without its words, so that the same is not suggested twice: what is
kept are marks, two bytes for each term, which say whether another text has the same terms and not what they are.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable

from neural_memory.values import dataclass

OPEN, ACCEPTED, DISMISSED = "open", "accepted", "dismissed"
_COLUMNS = "id, content, sentence, reason, kind, tags, project, source, session, at, state, memory"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that was noticed and looks worth keeping; it waits for somebody's word and is not recalled before.

    id:       e.g. ``sug_7k2m9x4qda``
    content:  what would be stored; empty once it was decided on
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


def marks(id: str, terms: Iterable[str]) -> frozenset[int]:
    """What is kept of the terms of this suggestion: two bytes of a digest of each, another one in each suggestion."""
    return frozenset(
        int.from_bytes(hashlib.blake2b(term.encode(), digest_size=2, key=id.encode()[:64]).digest(), "big")
        for term in terms
    )


def kept_marks(connection: sqlite3.Connection) -> dict[str, frozenset[int]]:
    """id -> marks of all that were decided on."""
    rows = connection.execute("SELECT id, marks FROM suggestions WHERE state <> ?", (OPEN,)).fetchall()
    return {id: frozenset(mark for mark in _list(kept) if isinstance(mark, int)) for id, kept in rows}


def settle(
    connection: sqlite3.Connection, id: str, state: str, kept: frozenset[int], memory: str | None = None
) -> None:
    """Note what became of a suggestion, whose words go. kept: its marks; memory: the id it was stored under."""
    connection.execute(
        "UPDATE suggestions SET state = ?, memory = ?, marks = ?, content = '', sentence = '', tags = '[]' "
        "WHERE id = ?",
        (state, memory, json.dumps(sorted(kept)), id),
    )


def drop(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Keep nothing of these."""
    connection.executemany("DELETE FROM suggestions WHERE id = ?", [(id,) for id in ids])


def _suggestion(row: tuple[object, ...]) -> Suggestion:
    values = [None if value is None else str(value) for value in row]
    values[5] = tuple(map(str, _list(values[5])))  # type: ignore[call-overload]
    return Suggestion(*values)  # type: ignore[arg-type]


def _list(text: str | None) -> list[object]:
    try:
        found = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []
