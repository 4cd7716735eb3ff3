"""What was done, by whom, and how is it taken back?

Each change is an entry that keeps what was there *before*; the present is in `memories`. The entries of one call
share a `step` (the number of the first of them). An entry whose `undone` is set has been taken back, or cannot be any
more.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from neural_memory.model import Memory
from neural_memory.store.memories import anchors, kept_anchors

_FIELDS = {field.name: field.default for field in fields(Memory)}


@dataclass(frozen=True, slots=True)
class Author:
    """Who does it: the client's name and, when it has one, its session."""

    source: str
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one memory. before: None when the memory did not exist; seq: its row."""

    entry: int
    step: int
    at: str
    action: str
    memory: str
    before: Memory | None
    seq: int | None
    source: str


def record(
    connection: sqlite3.Connection,
    action: str,
    memory: str,
    author: Author,
    at: str,
    *,
    before: tuple[int, Memory] | None = None,
    step: int | None = None,
    final: bool = False,
) -> int:
    """Write an entry and return its step. final: it can never be undone."""
    kept = json.dumps({"seq": before[0], **_kept(before[1])}, ensure_ascii=False) if before else None
    added = connection.execute(
        "INSERT INTO journal (step, at, action, memory, before, source, session, undone) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (step or 0, at, action, memory, kept, author.source, author.session, 0 if final else None),
    )
    entry = int(added.lastrowid or 0)
    if step is None:
        connection.execute("UPDATE journal SET step = entry WHERE entry = ?", (entry,))
    return step or entry


def record_new(
    connection: sqlite3.Connection, action: str, ids: Sequence[str], author: Author, at: str, step: int | None = None
) -> int | None:
    """Write an entry for each of many memories that are new; returns their step (None: there was nothing)."""
    if ids and step is None:
        step = record(connection, action, ids[0], author, at)
        ids = ids[1:]
    connection.executemany(
        "INSERT INTO journal (step, at, action, memory, source, session) VALUES (?, ?, ?, ?, ?, ?)",
        [(step, at, action, id, author.source, author.session) for id in ids],
    )
    return step


def last_step(connection: sqlite3.Connection, session: str | None) -> list[Entry]:
    """The entries of the last step that can be taken back, the latest first; with a session, of that session's last."""
    row = connection.execute(
        "SELECT step FROM journal WHERE undone IS NULL AND (?1 IS NULL OR session = ?1) ORDER BY entry DESC LIMIT 1",
        (session,),
    ).fetchone()
    return _entries(connection, "entry >= ?1 AND step = ?1 AND undone IS NULL", row[0]) if row else []


def later_than(connection: sqlite3.Connection, entries: Sequence[Entry]) -> Entry | None:
    """The first change of one of these memories since then, by another step, that still stands."""
    since = {e.memory: e.entry for e in entries}
    rest = _entries(connection, "entry > ?1 AND undone IS NULL", min(since.values()))
    later = [e for e in rest if e.step != entries[0].step and e.entry > since.get(e.memory, e.entry)]
    return later[-1] if later else None


def mark_undone(connection: sqlite3.Connection, step: int, by: int) -> None:
    connection.execute(
        "UPDATE journal SET undone = ? WHERE entry >= ? AND step = ? AND undone IS NULL", (by, step, step)
    )


def last_known(connection: sqlite3.Connection, memory: str) -> Memory | None:
    """What a memory was when it was last changed or forgotten, as long as that is kept."""
    kept = _entries(connection, "memory = ?1 AND before IS NOT NULL", memory)
    return kept[0].before if kept else None


def befores(connection: sqlite3.Connection, memory: str) -> list[Memory]:
    """What a memory was before each of its changes, as far as that is kept, the latest first."""
    return [e.before for e in _entries(connection, "memory = ?1 AND before IS NOT NULL", memory) if e.before]


def erase(connection: sqlite3.Connection, memories: Sequence[str]) -> None:
    """Drop what the journal knows of these memories' contents."""
    connection.execute(
        "UPDATE journal SET before = NULL, undone = coalesce(undone, 0) "
        "WHERE memory IN (SELECT value FROM json_each(?))",
        (json.dumps(memories),),
    )


def ended_for_good(connection: sqlite3.Connection, session: str | None) -> bool:
    """Was the last change (of this session) to forget for good?"""
    row = connection.execute(
        "SELECT action FROM journal WHERE ?1 IS NULL OR session = ?1 ORDER BY entry DESC LIMIT 1", (session,)
    ).fetchone()
    return row is not None and row[0] == "forget for good"


def has_acted(connection: sqlite3.Connection, session: str) -> bool:
    """Did this session ever change anything, undone or not?"""
    return connection.execute("SELECT 1 FROM journal WHERE session = ? LIMIT 1", (session,)).fetchone() is not None


def expire(connection: sqlite3.Connection, before: str) -> None:
    """Steps older than `before` cannot be undone any more; what they kept is erased."""
    connection.execute(
        "UPDATE journal SET before = NULL, undone = coalesce(undone, 0) "
        "WHERE at < ? AND (before IS NOT NULL OR undone IS NULL)",
        (before,),
    )


def undoable(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("SELECT count(DISTINCT step) FROM journal WHERE undone IS NULL").fetchone()[0]
    return found


def _entries(connection: sqlite3.Connection, where: str, value: object) -> list[Entry]:
    rows = connection.execute(
        f"SELECT entry, step, at, action, memory, before, source FROM journal WHERE {where} ORDER BY entry DESC",  # noqa: S608
        (value,),
    )
    return [_entry(*row) for row in rows]


def _entry(entry: int, step: int, at: str, action: str, memory: str, before: str | None, source: str) -> Entry:
    kept = json.loads(before) if before else {}
    return Entry(entry, step, at, action, memory, _memory(kept) if kept else None, kept.get("seq"), source)


def _kept(memory: Memory) -> dict[str, Any]:
    """What an entry keeps of a memory: all that is not as it mostly is."""
    values = {name: getattr(memory, name) for name, usual in _FIELDS.items() if getattr(memory, name) != usual}
    return values | ({"anchors": kept_anchors(memory)} if memory.anchors else {})


def _memory(kept: dict[str, Any]) -> Memory:
    """The memory that an entry keeps."""
    values = {name: value for name, value in kept.items() if name in _FIELDS}
    return Memory(**{**values, "tags": tuple(kept.get("tags", ())), "anchors": anchors(kept.get("anchors", ()))})
