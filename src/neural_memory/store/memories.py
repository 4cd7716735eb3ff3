"""The rows of `memories`, their full text, and the tallies that ranking needs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from neural_memory.errors import NotFoundError
from neural_memory.model import Memory

_COLUMNS = "id, content, timestamp, importance, tags, kind, project, source, session, replaced_by"
_FIELDS = len(_COLUMNS.split(","))


def from_row(row: Sequence[Any]) -> Memory:
    """A row of `_COLUMNS` as a value. Rows may have been edited by hand: odd tags become none, odd bytes text."""
    row = [value.decode("utf-8", "replace") if isinstance(value, bytes) else value for value in row]
    try:
        tags = json.loads(str(row[4]))
    except (ValueError, RecursionError):
        tags = []
    named = tuple(str(t) for t in tags) if isinstance(tags, list) else ()
    id, content, timestamp, importance, _, kind, project, source, session, replaced_by = row[:_FIELDS]
    return Memory(id, content, timestamp, importance, named, kind, project, source, session, replaced_by)


def to_row(memory: Memory) -> tuple[object, ...]:
    m = memory
    tags = json.dumps(m.tags, ensure_ascii=False)
    return (
        m.id,
        m.content,
        m.timestamp,
        m.importance,
        tags,
        m.kind,
        m.project,
        m.source,
        m.session,
        m.replaced_by,
    )


def insert(connection: sqlite3.Connection, memory: Memory, seq: int | None = None) -> int:
    """Add a row; its `seq` (the row number, never used twice) comes back."""
    marks = ", ".join("?" * (_FIELDS + 1))
    added = connection.execute(
        f"INSERT INTO memories ({_COLUMNS}, seq) VALUES ({marks})",  # noqa: S608 - our own column names
        (*to_row(memory), seq),
    )
    return int(added.lastrowid or 0)


def overwrite(connection: sqlite3.Connection, seq: int, memory: Memory) -> None:
    """Give a row other values; its id and seq stay."""
    connection.execute(
        "UPDATE memories SET content = ?, timestamp = ?, importance = ?, tags = ?, kind = ?, project = ?, source = ?, "
        "session = ?, replaced_by = ? WHERE seq = ?",
        (*to_row(memory)[1:], seq),
    )


def set_replaced_by(connection: sqlite3.Connection, seq: int, id: str | None) -> None:
    """Say which memory took a row's place; its text, and so its links, stay."""
    connection.execute("UPDATE memories SET replaced_by = ? WHERE seq = ?", (id, seq))


def replaced_by(connection: sqlite3.Connection, ids: Iterable[str]) -> list[tuple[int, Memory]]:
    """(row, memory) of everything whose place one of these memories took."""
    rows = connection.execute(
        f"SELECT {_COLUMNS}, seq FROM memories WHERE replaced_by IN (SELECT value FROM json_each(?))",  # noqa: S608
        (json.dumps(list(ids)),),
    )
    return [(row[-1], from_row(row)) for row in rows]


def clear_dangling(connection: sqlite3.Connection) -> None:
    """What was replaced by a memory that is gone is current again."""
    connection.execute(
        "UPDATE memories SET replaced_by = NULL "
        "WHERE replaced_by IS NOT NULL AND replaced_by NOT IN (SELECT id FROM memories)"
    )


def delete(connection: sqlite3.Connection, seq: int) -> None:
    connection.execute("DELETE FROM memories WHERE seq = ?", (seq,))
    connection.execute("DELETE FROM usage WHERE memory = ?", (seq,))


def by_id(connection: sqlite3.Connection, id: str) -> tuple[int, Memory] | None:
    """The row and the memory with this id, whether it is linked already or not."""
    for rows in ("SELECT seq FROM memory_ids WHERE id = ?1", "SELECT memory FROM unlinked"):
        sql = f"SELECT {_COLUMNS}, seq FROM memories WHERE id = ?1 AND seq IN ({rows})"  # noqa: S608
        if row := connection.execute(sql, (id,)).fetchone():
            return row[-1], from_row(row)
    return None


def register(connection: sqlite3.Connection, seq: int, id: str) -> bool:
    """Make a row known by its id; False when another row has it."""
    connection.execute("INSERT OR IGNORE INTO memory_ids (id, seq) VALUES (?, ?)", (id, seq))
    owner = connection.execute("SELECT seq FROM memory_ids WHERE id = ?", (id,)).fetchone()
    return bool(owner[0] == seq)


def rename(connection: sqlite3.Connection, seq: int, id: str) -> None:
    """Give a row another id."""
    connection.execute("UPDATE memories SET id = ? WHERE seq = ?", (id, seq))
    register(connection, seq, id)


def sessions(connection: sqlite3.Connection, seqs: Iterable[int]) -> dict[int, str]:
    """The sessions in which these rows were stored; rows that were stored without one are left out."""
    rows = connection.execute(
        "SELECT seq, session FROM memories WHERE seq IN (SELECT value FROM json_each(?)) AND session IS NOT NULL",
        (json.dumps(list(seqs)),),
    )
    return dict(rows.fetchall())


def existing(connection: sqlite3.Connection, id: str) -> tuple[int, Memory]:
    """Like `by_id`, but a missing one is an error."""
    if (found := by_id(connection, id)) is None:
        raise NotFoundError(f"there is no memory {id}; recall or audit show the ids that exist")
    return found


def by_seqs(connection: sqlite3.Connection, seqs: Iterable[int]) -> dict[int, Memory]:
    """The memories of these rows; rows that are gone are left out."""
    rows = connection.execute(
        f"SELECT {_COLUMNS}, seq FROM memories WHERE seq IN (SELECT value FROM json_each(?))",  # noqa: S608
        (json.dumps(list(seqs)),),
    )
    return {row[-1]: from_row(row) for row in rows}


# -- full text ---------------------------------------------------------------------------------------------------------


def index_terms(connection: sqlite3.Connection, seq: int, terms: Sequence[str]) -> None:
    """Make a row findable by `terms` (all occurrences, in order)."""
    connection.execute("INSERT INTO full_text (rowid, terms) VALUES (?, ?)", (seq, " ".join(terms)))
    _tally(connection, 1, len(terms))


def unindex_terms(connection: sqlite3.Connection, seq: int) -> list[str]:
    """Undo `index_terms`; the terms that were indexed come back."""
    row = connection.execute("SELECT terms FROM full_text WHERE rowid = ?", (seq,)).fetchone()
    if row is None:
        return []
    connection.execute("DELETE FROM full_text WHERE rowid = ?", (seq,))
    terms = row[0].split()
    _tally(connection, -1, -len(terms))
    return list(terms)


def term_texts(connection: sqlite3.Connection, seqs: Iterable[int]) -> dict[int, str]:
    """The indexed terms of these rows, in order, with blanks between them."""
    rows = connection.execute(
        "SELECT rowid, terms FROM full_text WHERE rowid IN (SELECT value FROM json_each(?))", (json.dumps(list(seqs)),)
    )
    return dict(rows.fetchall())


def matching(connection: sqlite3.Connection, expression: str, limit: int = -1) -> list[int]:
    """Rows that match a full-text expression (see `any_of`, `both`); with a limit, the newest ones."""
    order = "" if limit < 0 else " ORDER BY rowid DESC LIMIT ?"
    parameters = (expression,) if limit < 0 else (expression, limit)
    sql = f"SELECT rowid FROM full_text WHERE full_text MATCH ?{order}"  # noqa: S608
    return [row[0] for row in connection.execute(sql, parameters)]


def any_of(terms: Iterable[str]) -> str:
    """The full-text expression for rows with at least one of `terms`; every term is quoted, so no text is syntax."""
    return "(" + " OR ".join('"' + term.replace('"', '""') + '"' for term in terms) + ")"


def both(left: str, right: str) -> str:
    return f"{left} AND {right}"


def tallies(connection: sqlite3.Connection) -> tuple[int, int]:
    """(how many memories are indexed, how many terms they have together)."""
    found = dict(connection.execute("SELECT name, value FROM tallies"))
    return int(found.get("memories", 0)), int(found.get("terms", 0))


def _tally(connection: sqlite3.Connection, memories: int, terms: int) -> None:
    connection.executemany(
        "UPDATE tallies SET value = value + ? WHERE name = ?", ((memories, "memories"), (terms, "terms"))
    )


def scrub_full_text(connection: sqlite3.Connection) -> None:
    """Rewrite the full-text index so that no word of a deleted row is left in it.

    ``optimize`` works on every SQLite since 3.9; the ``secure-delete`` option of 3.42 would make the file unreadable
    for older ones.
    """
    connection.execute("INSERT INTO full_text (full_text) VALUES ('optimize')")


# -- the same text again


def note_digest(connection: sqlite3.Connection, seq: int, digest: int) -> None:
    """Keep the number that equal texts share (see `remember.digest`)."""
    connection.execute("INSERT OR REPLACE INTO digests (memory, digest) VALUES (?, ?)", (seq, digest))
    connection.execute("INSERT OR IGNORE INTO rows_by_digest (digest, memory) VALUES (?, ?)", (digest, seq))


def drop_digest(connection: sqlite3.Connection, seq: int) -> None:
    for (digest,) in connection.execute("SELECT digest FROM digests WHERE memory = ?", (seq,)).fetchall():
        connection.execute("DELETE FROM rows_by_digest WHERE digest = ? AND memory = ?", (digest, seq))
    connection.execute("DELETE FROM digests WHERE memory = ?", (seq,))


def same_digest(connection: sqlite3.Connection, digest: int) -> list[int]:
    """Rows whose text has this digest."""
    return [row[0] for row in connection.execute("SELECT memory FROM rows_by_digest WHERE digest = ?", (digest,))]


# -- waiting to be linked -----------------------------------------------------------------------


def unlinked(connection: sqlite3.Connection, limit: int) -> list[int]:
    """Rows that were stored, or added, changed or deleted by another program, and wait to be linked."""
    return [row[0] for row in connection.execute("SELECT memory FROM unlinked LIMIT ?", (limit,))]


def mark_linked(connection: sqlite3.Connection, seq: int) -> None:
    connection.execute("DELETE FROM unlinked WHERE memory = ?", (seq,))


# -- usage -----------------------------------------------------------------------------------------


def add_usage(connection: sqlite3.Connection, recalled: dict[int, int], at: str) -> None:
    """Count recalls. `recalled`: row -> how many times since the last call."""
    connection.executemany(
        "INSERT INTO usage (memory, recalled, last_recalled) SELECT seq, ?, ? FROM memories WHERE seq = ? "
        "ON CONFLICT (memory) DO UPDATE SET "
        "recalled = recalled + excluded.recalled, last_recalled = excluded.last_recalled",
        [(times, at, seq) for seq, times in recalled.items()],
    )
