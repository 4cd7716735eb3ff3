"""The rows of `memories`, their full text, and the tallies that ranking needs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from neural_memory import check
from neural_memory.errors import NotFoundError
from neural_memory.model import Memory
from neural_memory.store.anchors import anchors, kept_anchors
from neural_memory.store.near_ids import meant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_COLUMNS = (
    "id, content, timestamp, importance, tags, kind, project, source, session, replaced_by, "
    "valid_until, pinned, trust, anchors"
)
_FIELDS = len(_COLUMNS.split(","))


def from_row(row: Sequence[Any]) -> Memory:
    """A row of `_COLUMNS` as a value. Rows may have been edited by hand: odd lists become empty, odd bytes text."""
    row = [value.decode("utf-8", "replace") if isinstance(value, bytes) else value for value in row[:_FIELDS]]
    row[4] = tuple(str(tag) for tag in _list(row[4]))
    row[11] = bool(row[11])
    row[13] = anchors(_list(row[13])) if row[13] else ()
    return Memory(*row)


def _list(text: object) -> list[Any]:
    """A JSON list, or an empty one."""
    try:
        found = json.loads(str(text))
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


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
        m.valid_until,
        int(m.pinned),
        m.trust,
        json.dumps(kept_anchors(m), ensure_ascii=False) if m.anchors else None,
    )


def insert(connection: sqlite3.Connection, memory: Memory, seq: int | None = None) -> int:
    """Add a row; its `seq` (the row number, never used twice) comes back."""
    marks = ", ".join("?" * (_FIELDS + 1))
    added = connection.execute(
        f"INSERT INTO memories ({_COLUMNS}, seq) VALUES ({marks})",  # noqa: S608 - our own column names
        (*to_row(memory), seq),
    )
    return int(added.lastrowid or 0)


def insert_all(
    connection: sqlite3.Connection, memories: Sequence[Memory], numbers: Sequence[int] | None = None
) -> dict[int, Memory]:
    """Add rows, in one go; comes back by row. Ids have to be new, and the transaction a writing one.

    numbers: those the rows get; they must be larger than any that was used.
    """
    sql = "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'memories'), 0), coalesce(max(seq), 0))"
    first = connection.execute(f"{sql} + 1 FROM memories").fetchone()[0]
    rows = dict(zip(numbers or range(first, first + len(memories)), memories, strict=True))
    insert_into(connection, "memories", rows)
    return rows


def insert_into(connection: sqlite3.Connection, table: str, rows: Mapping[int, Memory]) -> None:
    """Add rows with these numbers to a table that is shaped like `memories`."""
    marks = ", ".join("?" * (_FIELDS + 1))
    connection.executemany(
        f"INSERT INTO {table} ({_COLUMNS}, seq) VALUES ({marks})",  # noqa: S608 - our own names
        [(*to_row(memory), seq) for seq, memory in rows.items()],
    )


def overwrite(connection: sqlite3.Connection, rows: Mapping[int, Memory]) -> None:
    """Give rows other values; their ids and numbers stay."""
    connection.executemany(
        "UPDATE memories SET content = ?, timestamp = ?, importance = ?, tags = ?, kind = ?, project = ?, source = ?, "
        "session = ?, replaced_by = ?, valid_until = ?, pinned = ?, trust = ?, anchors = ? WHERE seq = ?",
        [(*to_row(memory)[1:], seq) for seq, memory in rows.items()],
    )


def any_at_all(connection: sqlite3.Connection) -> bool:
    """Is there a memory?"""
    return connection.execute("SELECT 1 FROM memories").fetchone() is not None


def set_replaced_by(connection: sqlite3.Connection, seq: int, id: str | None) -> None:
    """Say which memory took a row's place; its text, and so its links, stay."""
    waits = connection.execute("SELECT 1 FROM unlinked WHERE memory = ?", (seq,)).fetchone()
    connection.execute("UPDATE memories SET replaced_by = ? WHERE seq = ?", (id, seq))
    if not waits:
        mark_linked(connection, [seq])


def replaced_by(connection: sqlite3.Connection, ids: Iterable[str]) -> list[tuple[int, Memory]]:
    """(row, memory) of everything whose place one of these memories took."""
    rows = connection.execute(
        f"SELECT {_COLUMNS}, seq FROM memories WHERE replaced_by IN (SELECT value FROM json_each(?))",  # noqa: S608
        (json.dumps(list(ids)),),
    )
    return [(row[-1], from_row(row)) for row in rows]


def clear_dangling(connection: sqlite3.Connection) -> None:
    """What was replaced by a memory that is gone is current again."""
    if connection.execute(
        "SELECT 1 FROM replacements WHERE current NOT IN (SELECT id FROM memory_ids) LIMIT 1"
    ).fetchone():
        connection.execute(
            "UPDATE memories SET replaced_by = NULL "
            "WHERE replaced_by IS NOT NULL AND replaced_by NOT IN (SELECT id FROM memories)"
        )


def delete(connection: sqlite3.Connection, seqs: Iterable[int]) -> None:
    gone = [(seq,) for seq in seqs]
    connection.executemany("DELETE FROM memories WHERE seq = ?", gone)
    connection.executemany("DELETE FROM usage WHERE memory = ?", gone)


def by_id(connection: sqlite3.Connection, text: str) -> tuple[int, Memory] | None:
    """The row and the memory whose id this is; for every door: what is exactly an id of a memory is that memory.

    Its ids are its own, one that it was given by hand, and those of memories that were merged into it; each also in the
    brackets or quotes in which answers show it.
    """
    return _led_to(connection, text)[1]


def answering(connection: sqlite3.Connection, text: str) -> str:
    """The own id of the memory that an id leads to, also when that memory is gone."""
    return _led_to(connection, text)[0]


def _led_to(connection: sqlite3.Connection, text: str) -> tuple[str, tuple[int, Memory] | None]:
    id = text
    for id in dict.fromkeys((text, check.bare(text))):
        met: set[str] = set()
        while id not in met:
            if found := itself(connection, id):
                return id, found
            met.add(id)
            row = connection.execute("SELECT memory FROM aliases WHERE id = ?", (id,)).fetchone()
            id = row[0] if row else id
    return id, None


def itself(connection: sqlite3.Connection, id: str) -> tuple[int, Memory] | None:
    """The row and the memory whose own id this is, whether it is linked already or not."""
    for rows in ("SELECT seq FROM memory_ids WHERE id = ?1", "SELECT memory FROM unlinked"):
        sql = f"SELECT {_COLUMNS}, seq FROM memories WHERE id = ?1 AND seq IN ({rows})"  # noqa: S608
        if row := connection.execute(sql, (id,)).fetchone():
            return row[-1], from_row(row)
    return None


def row_of(connection: sqlite3.Connection, id: str) -> int:
    """The row of the memory that answers to this id."""
    return existing(connection, id)[0]


def register(connection: sqlite3.Connection, ids: Sequence[tuple[str, int]]) -> list[int]:
    """Make rows known by their ids, (id, row); those whose id another row has come back.

    An id that lives answers for itself, whatever it answered for before.
    """
    connection.executemany("INSERT OR IGNORE INTO memory_ids (id, seq) VALUES (?, ?)", ids)
    drop_aliases(connection, [id for id, _ in ids])
    owners = known_ids(connection, [id for id, _ in ids])
    return [seq for id, seq in ids if owners.get(id) != seq]


def known_ids(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, int]:
    """Those of `ids` that are in use, with their rows; what waits to be linked is not looked at."""
    found = connection.execute(
        "SELECT id, seq FROM memory_ids WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
    )
    return dict(found.fetchall())


def aliases(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, str]:
    """Those of `ids` that answer for another memory, with the id of that."""
    found = connection.execute(
        "SELECT id, memory FROM aliases WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
    )
    return dict(found.fetchall())


def ids_from(connection: sqlite3.Connection, prefix: str, limit: int) -> tuple[list[str], int]:
    """The first ids that begin so, and how many there are in all."""
    last = prefix + "\U0010ffff"
    where = "FROM memory_ids WHERE id >= ? AND id < ?"
    found = connection.execute(f"SELECT id {where} ORDER BY id LIMIT ?", (prefix, last, limit)).fetchall()
    total: int = connection.execute(f"SELECT count(*) {where}", (prefix, last)).fetchone()[0]
    return [row[0] for row in found], total


def rename(connection: sqlite3.Connection, seq: int, id: str) -> None:
    """Give a row another id."""
    connection.execute("UPDATE memories SET id = ? WHERE seq = ?", (id, seq))
    register(connection, [(id, seq)])


def add_alias(connection: sqlite3.Connection, id: str, memory: str) -> None:
    """Let an id that was merged into another memory go on answering."""
    connection.execute("INSERT OR REPLACE INTO aliases (id, memory) VALUES (?, ?)", (id, memory))


def drop_aliases(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    """These ids are memories of their own again, or answer no more."""
    connection.executemany("DELETE FROM aliases WHERE id = ?", [(id,) for id in ids])


def drop_traces(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    """What once suggested these memories says the same as they did; what was exchanged holds digests of it."""
    for table, column in (
        ("suggestions", "memory"),
        ("exchanged", "memory"),
        ("both_hold", "one"),
        ("both_hold", "other"),
    ):
        connection.execute(
            f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))",  # noqa: S608 - ours
            (json.dumps(list(ids)),),
        )


def aliases_of(connection: sqlite3.Connection, ids: Iterable[str]) -> list[str]:
    """Every id that leads to one of these memories, however many merges ago; one that lives leads to itself."""
    found = connection.execute(
        "WITH RECURSIVE dead (id, memory) AS "
        "(SELECT id, memory FROM aliases WHERE id NOT IN (SELECT id FROM memory_ids)), "
        "merged (id) AS (SELECT id FROM dead WHERE memory IN (SELECT value FROM json_each(?)) "
        "UNION SELECT d.id FROM dead d JOIN merged m ON d.memory = m.id) SELECT id FROM merged",
        (json.dumps(list(ids)),),
    )
    return [row[0] for row in found]


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
        check.memory_id(id)
        raise NotFoundError(f"there is no memory {id}; {meant(connection, id)}recall or audit show the ids that exist")
    return found


def by_seqs(connection: sqlite3.Connection, seqs: Iterable[int]) -> dict[int, Memory]:
    """The memories of these rows; rows that are gone are left out."""
    return {row[-1]: from_row(row) for row in _rows(connection, seqs)}


def raw(connection: sqlite3.Connection, seqs: Iterable[int]) -> dict[int, tuple[Any, ...]]:
    """These rows as they stand in the file, for `from_row` and `named`."""
    return {row[-1]: row[:_FIELDS] for row in _rows(connection, seqs)}


def named(row: Sequence[Any]) -> dict[str, Any]:
    """The values of such a row, by the fields of a memory that they are to be."""
    return dict(zip(_COLUMNS.split(", "), row, strict=True))


def _rows(connection: sqlite3.Connection, seqs: Iterable[int]) -> Iterable[tuple[Any, ...]]:
    return connection.execute(
        f"SELECT {_COLUMNS}, seq FROM memories WHERE seq IN (SELECT value FROM json_each(?))",  # noqa: S608
        (json.dumps(list(seqs)),),
    )


def anchored(connection: sqlite3.Connection, most: int = -1) -> dict[int, Memory]:
    """The current memories that are anchored to code, the newest first; most: only so many."""
    rows = connection.execute(
        f"SELECT {_COLUMNS}, seq FROM memories WHERE anchors IS NOT NULL AND replaced_by IS NULL "  # noqa: S608
        "ORDER BY seq DESC LIMIT ?",
        (most,),
    )
    return {row[-1]: from_row(row) for row in rows}


# -- full text ---------------------------------------------------------------------------------------------------------


def index_terms(connection: sqlite3.Connection, found: Sequence[tuple[int, Sequence[str]]]) -> None:
    """Make rows findable by their terms: (row, all occurrences in order)."""
    connection.executemany(
        "INSERT INTO full_text (rowid, terms) VALUES (?, ?)", [(seq, " ".join(terms)) for seq, terms in found]
    )
    _tally(connection, len(found), sum(len(terms) for _, terms in found))


def unindex_terms(connection: sqlite3.Connection, seqs: Iterable[int]) -> dict[int, list[str]]:
    """Undo `index_terms`; the terms that were indexed come back."""
    terms = {seq: text.split() for seq, text in term_texts(connection, seqs).items()}
    connection.executemany("DELETE FROM full_text WHERE rowid = ?", [(seq,) for seq in terms])
    if terms:
        _tally(connection, -len(terms), -sum(map(len, terms.values())))
    return terms


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
    """The full-text expression for rows with at least one of `terms`, or with all words of one that has blanks; every
    term is quoted, so no text is syntax.
    """
    quoted = ([f'"{part}"' for part in term.replace('"', '""').split(" ")] for term in terms)
    return "(" + " OR ".join(parts[0] if len(parts) == 1 else f"({' AND '.join(parts)})" for parts in quoted) + ")"


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


def note_digests(connection: sqlite3.Connection, digests: Sequence[tuple[int, int]]) -> None:
    """Keep the numbers that equal texts share, (row, digest) (see `remember.digest`)."""
    connection.executemany("INSERT OR REPLACE INTO digests (memory, digest) VALUES (?, ?)", digests)
    connection.executemany("INSERT OR IGNORE INTO rows_by_digest (memory, digest) VALUES (?, ?)", digests)


def digests(connection: sqlite3.Connection, seqs: Iterable[int]) -> dict[int, int]:
    """row -> the digest that is kept of it."""
    found = connection.execute(
        "SELECT memory, digest FROM digests WHERE memory IN (SELECT value FROM json_each(?))", (json.dumps(list(seqs)),)
    )
    return dict(found.fetchall())


def drop_digests(connection: sqlite3.Connection, seqs: Sequence[int]) -> None:
    known = connection.execute(
        "SELECT digest, memory FROM digests WHERE memory IN (SELECT value FROM json_each(?))", (json.dumps(seqs),)
    ).fetchall()
    connection.executemany("DELETE FROM rows_by_digest WHERE digest = ? AND memory = ?", known)
    connection.executemany("DELETE FROM digests WHERE memory = ?", [(seq,) for _, seq in known])


def same_digests(connection: sqlite3.Connection, digests: Iterable[int]) -> list[int]:
    """Rows whose text has one of these digests."""
    found = connection.execute(
        "SELECT memory FROM rows_by_digest WHERE digest IN (SELECT value FROM json_each(?))",
        (json.dumps(list(digests)),),
    )
    return [row[0] for row in found]


def same_rows(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    """(older, newer) rows that have a digest in common."""
    return connection.execute(
        "SELECT o.first, r.memory FROM rows_by_digest r JOIN (SELECT digest, min(memory) first FROM rows_by_digest "
        "GROUP BY digest HAVING count(*) > 1) o ON o.digest = r.digest WHERE r.memory <> o.first"
    ).fetchall()


def current_rows(connection: sqlite3.Connection) -> set[int]:
    """The rows of all memories that nothing took the place of."""
    return {row[0] for row in connection.execute("SELECT seq FROM memories WHERE replaced_by IS NULL")}


# -- waiting to be linked -----------------------------------------------------------------------


def unlinked(connection: sqlite3.Connection, limit: int) -> list[int]:
    """Rows that were stored, or added, changed or deleted by another program, and wait to be linked."""
    return [row[0] for row in connection.execute("SELECT memory FROM unlinked LIMIT ?", (limit,))]


def derived_from(connection: sqlite3.Connection, seqs: Iterable[int]) -> list[int]:
    """Those of these rows from which something was derived already."""
    rows = json.dumps(list(seqs))
    tables = (("fibers", "memory"), ("digests", "memory"), ("embedded", "memory"), ("full_text", "rowid"))
    sql = " UNION ".join(f"SELECT {row} FROM {table} WHERE {row} IN asked" for table, row in tables)  # noqa: S608
    found = connection.execute(f"WITH asked AS (SELECT value FROM json_each(?)) {sql}", (rows,))  # noqa: S608
    return [row[0] for row in found]


def mark_linked(connection: sqlite3.Connection, seqs: Iterable[int]) -> None:
    connection.executemany("DELETE FROM unlinked WHERE memory = ?", [(seq,) for seq in seqs])
