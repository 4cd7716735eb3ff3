"""What can be said about a memory file without changing it?  For `doctor`, which looks before anything is mended."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from neural_memory.model import MAX_CONTENT
from neural_memory.store import carve, guard, header, journal, memories, migrations, soundness
from neural_memory.store.entry import Entry
from neural_memory.values import dataclass, field

_LOOKED_AT = 500
NEWEST_SCHEMA = len(migrations.STEPS)


@dataclass(frozen=True, slots=True)
class Examined:
    """What one look at the file found.

    damage, unreadable: in SQLite's words, or None; ours, schema: whose it is, and how many of our steps it has seen;
    astray: rows that are linked nowhere although they do not wait for it, and links of rows that are gone;
    disagreements: what else of the derived tables contradicts another, in words; waiting: rows to be linked;
    embedded, unembedded: memories with a vector, and those that wait for one; busy: another process held it;
    hopeless: damaged, and not a row of it can be read or made out;
    unlinked: the first rows that wait, as they stand in the file; mended: (entry, row) of what was written by hand, had
    to be put right and was not changed since; unfit: (id, characters, 0: only blanks) of texts that are none or long
    """

    damage: str | None = None
    hopeless: bool = False
    unreadable: str | None = None
    ours: bool = True
    schema: int = 0
    memories: int = 0
    astray: int = 0
    disagreements: tuple[str, ...] = field(default=())
    waiting: int = 0
    embedded: int = 0
    unembedded: int = 0
    busy: bool = False
    unlinked: Mapping[int, tuple[Any, ...]] = field(default_factory=dict)
    mended: tuple[tuple[Entry, tuple[Any, ...]], ...] = ()
    unfit: tuple[tuple[str, int], ...] = ()


def examine(path: Path) -> Examined:
    """Look at all of the file."""
    try:
        with closing(_opened(path)) as connection:
            return _examined(connection)
    except sqlite3.DatabaseError as problem:
        if problem.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return Examined(busy=True)
        if not soundness.is_damage(problem):
            return Examined(unreadable=str(problem))
        return Examined(damage=str(problem), hopeless=_hopeless(path))


def _hopeless(path: Path) -> bool:
    """Would mending it find nothing at all?"""
    with path.open("rb") as file:
        if next(carve.memories(file), None) is not None:
            return False
    try:
        with closing(_opened(path)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            return not any(_has_a_row(connection, str(name)) for (name,) in tables)
    except sqlite3.DatabaseError:
        return True


def _has_a_row(connection: sqlite3.Connection, table: str) -> bool:
    with suppress(sqlite3.DatabaseError):
        name = table.replace('"', '""')
        return connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() is not None  # noqa: S608 - quoted
    return False


def _opened(path: Path) -> sqlite3.Connection:
    """Never makes a file; a journal that a crash left is played back, as whoever opens it next would do."""
    uri = path.absolute().as_uri()
    try:
        connection = sqlite3.connect(
            f"{uri}?mode=rw", uri=True, timeout=5, isolation_level=None, factory=guard.Cautious
        )
        guard.harden(connection)
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError as problem:
        if problem.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
        connection = sqlite3.connect(
            f"{uri}?mode=ro", uri=True, timeout=5, isolation_level=None, factory=guard.Cautious
        )
        guard.harden(connection)
    return connection


def _examined(connection: sqlite3.Connection) -> Examined:
    def number(sql: str) -> int:
        return int(connection.execute(sql).fetchone()[0])

    schema, ours = number("PRAGMA user_version"), number("PRAGMA application_id") == header.APPLICATION_ID
    if not ours or schema > NEWEST_SCHEMA:
        return Examined(ours=ours, schema=schema)
    if damage := soundness.damage(connection, thorough=True):
        return Examined(damage=damage, schema=schema)
    return Examined(
        schema=schema,
        memories=number("SELECT count(*) FROM memories"),
        astray=len(soundness.out_of_step(connection)),
        disagreements=_disagreements(connection),
        waiting=number("SELECT count(*) FROM unlinked"),
        embedded=number("SELECT count(*) FROM embedded WHERE model = (SELECT id FROM models WHERE current)"),
        unembedded=number("SELECT count(*) FROM unembedded"),
        **(_written_by_hand(connection) if schema == NEWEST_SCHEMA else {}),
    )


def _written_by_hand(connection: sqlite3.Connection) -> dict[str, Any]:
    unfit = connection.execute(
        "SELECT id, CASE WHEN trim(content, ?1) = '' THEN 0 ELSE length(content) END FROM memories "
        "WHERE trim(content, ?1) = '' OR length(content) > ?2 ORDER BY seq",
        (" \t\r\n", MAX_CONTENT),
    )
    mended = [(entry, memories.known_ids(connection, [entry.memory])) for entry in journal.mended(connection)]
    rows = memories.raw(connection, [row for _, known in mended for row in known.values()])
    return {
        "unlinked": memories.raw(connection, memories.unlinked(connection, _LOOKED_AT)),
        "mended": tuple((entry, rows[known[entry.memory]]) for entry, known in mended),
        "unfit": tuple((str(id), int(length)) for id, length in unfit),
    }


def _disagreements(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The index of the full text can only be checked inside a change; nothing of it is kept."""
    with suppress(sqlite3.OperationalError):  # it cannot be written, or somebody else does just now
        connection.execute("BEGIN IMMEDIATE")
    try:
        return tuple(soundness.disagreements(connection, full_text=connection.in_transaction))
    except sqlite3.OperationalError:  # where nothing can be written a change can begin, but comes to nothing
        return tuple(soundness.disagreements(connection, full_text=False))
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
