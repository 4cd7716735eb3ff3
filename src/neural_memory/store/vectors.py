"""The vectors of the memories, and the codes by which they are found.

A vector is kept as whole numbers from -127 to 127 and one scale (`pack`), which costs a hundredth of a percent of
accuracy. Its code is the sign of each number, one bit each: the codes of all vectors are compared with a question's in
one sweep, and only the best of them are looked at as vectors. Codes are packed `PER_PACK` to a row, so that a fresh
process reads a hundred thousand of them in milliseconds.

`unembedded` lists the memories that wait for a vector. Vectors of different models are never compared.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

PER_PACK = 2_048
ENTRY_HEAD = 8
"""Bytes before each code in a pack: the vector's id and the memory's row, 4 bytes each, little-endian."""


def model_id(connection: sqlite3.Connection, name: str, dimension: int) -> int | None:
    """The number of a model in this file; None when nothing was embedded by it yet."""
    row = connection.execute("SELECT id FROM models WHERE name = ? AND dimension = ?", (name, dimension)).fetchone()
    return int(row[0]) if row else None


def use_model(connection: sqlite3.Connection, name: str, dimension: int) -> int:
    """The number of the model that is used from now on. When it is another one, every memory waits to be embedded."""
    known = model_id(connection, name, dimension)
    if known is None:
        added = connection.execute("INSERT INTO models (name, dimension) VALUES (?, ?)", (name, dimension))
        known = int(added.lastrowid or 0)
    current = connection.execute("SELECT id FROM models WHERE current").fetchone()
    if current is None or current[0] != known:
        connection.execute("UPDATE models SET current = (id = ?)", (known,))
        connection.execute(
            "INSERT OR IGNORE INTO unembedded (memory) SELECT seq FROM memories "
            "WHERE typeof(content) = 'text' AND seq NOT IN (SELECT memory FROM embedded WHERE model = ?)",
            (known,),
        )
    return known


def another_model(connection: sqlite3.Connection, name: str, dimension: int) -> bool:
    """Is there something to embed, and the model in use not this one?"""
    current = connection.execute("SELECT name, dimension FROM models WHERE current").fetchone()
    if current is not None:
        return bool(current != (name, dimension))
    return connection.execute("SELECT 1 FROM memories WHERE typeof(content) = 'text'").fetchone() is not None


def waiting(connection: sqlite3.Connection, most: int) -> list[tuple[int, str]]:
    """(row, content) of memories that wait for a vector, the newest first."""
    return connection.execute(
        "SELECT m.seq, m.content FROM unembedded u JOIN memories m ON m.seq = u.memory "
        "WHERE typeof(m.content) = 'text' ORDER BY u.memory DESC LIMIT ?",
        (most,),
    ).fetchall()


def still(connection: sqlite3.Connection, memory: int, content: str) -> bool:
    """Has this row still this content?"""
    row = connection.execute("SELECT content FROM memories WHERE seq = ?", (memory,)).fetchone()
    return row is not None and row[0] == content


def put(connection: sqlite3.Connection, memory: int, model: int, packed: Sequence[bytes]) -> None:
    """Store the vectors of one memory (one a chunk), in place of those it has."""
    drop(connection, memory)
    sql = "INSERT INTO vectors (memory, model, vector) VALUES (?, ?, ?)"
    ids = [connection.execute(sql, (memory, model, vector)).lastrowid for vector in packed]
    connection.execute(
        "INSERT INTO embedded (memory, model, vectors) VALUES (?, ?, ?)", (memory, model, json.dumps(ids))
    )
    connection.execute("DELETE FROM unembedded WHERE memory = ?", (memory,))


def expect(connection: sqlite3.Connection, memories: Iterable[int]) -> None:
    """Those of these memories that have no vectors, of whatever model, wait for them; bytes that are no text do not."""
    connection.execute(
        "INSERT OR IGNORE INTO unembedded (memory) SELECT m.seq FROM json_each(?) i JOIN memories m ON m.seq = i.value "
        "WHERE typeof(m.content) = 'text' AND m.seq NOT IN (SELECT memory FROM embedded)",
        (json.dumps(list(memories)),),
    )


def drop(connection: sqlite3.Connection, memory: int) -> None:
    """Remove a memory's vectors and codes, wherever they are."""
    connection.execute("DELETE FROM unembedded WHERE memory = ?", (memory,))
    row = connection.execute("SELECT model, vectors FROM embedded WHERE memory = ?", (memory,)).fetchone()
    if row is None:
        return
    for id in json.loads(row[1]):
        connection.execute("DELETE FROM vectors WHERE id = ?", (id,))
        _erase_code(connection, row[0], id)
    connection.execute("DELETE FROM embedded WHERE memory = ?", (memory,))


def clear_away(connection: sqlite3.Connection, model: int) -> None:
    """Once no memory has vectors of another model any more, drop the packs of the others: all in them is blank."""
    others = connection.execute("SELECT 1 FROM packs WHERE model != ? LIMIT 1", (model,)).fetchone()
    if others and connection.execute("SELECT 1 FROM embedded WHERE model != ? LIMIT 1", (model,)).fetchone() is None:
        connection.execute("DELETE FROM packs WHERE model != ?", (model,))


def _erase_code(connection: sqlite3.Connection, model: int, id: int) -> None:
    """Blank a packed code in place: row 0 belongs to no memory."""
    pack = connection.execute(
        "SELECT first, packed FROM packs WHERE model = ? AND first <= ? AND last >= ?", (model, id, id)
    ).fetchone()
    if pack is None:
        return
    first, packed = pack
    size = len(packed) // max(1, _entries(connection, first))
    for start in range(0, len(packed), size):
        if int.from_bytes(packed[start : start + 4], "little") == id:
            with connection.blobopen("packs", "packed", first) as blob:
                blob.seek(start + 4)
                blob.write(bytes(size - 4))
            return


def _entries(connection: sqlite3.Connection, first: int) -> int:
    count: int = connection.execute("SELECT entries FROM packs WHERE first = ?", (first,)).fetchone()[0]
    return count


def by_ids(connection: sqlite3.Connection, ids: Iterable[int]) -> list[tuple[int, int, bytes]]:
    """(id, row, vector) of these vectors; those that are gone are left out."""
    return connection.execute(
        "SELECT id, memory, vector FROM vectors WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
    ).fetchall()


def of_memories(connection: sqlite3.Connection, rows: Iterable[int], model: int) -> list[tuple[int, int, bytes]]:
    """(id, row, vector) of all vectors of these memories."""
    return connection.execute(
        "SELECT v.id, v.memory, v.vector FROM embedded e, json_each(e.vectors) i JOIN vectors v ON v.id = i.value "
        "WHERE e.model = ? AND e.memory IN (SELECT value FROM json_each(?))",
        (model, json.dumps(list(rows))),
    ).fetchall()


def blob(connection: sqlite3.Connection, id: int) -> bytes | None:
    """One vector as it is stored."""
    row = connection.execute("SELECT vector FROM vectors WHERE id = ?", (id,)).fetchone()
    return bytes(row[0]) if row else None


def last_id(connection: sqlite3.Connection) -> int:
    """The id of the newest vector."""
    found: int = connection.execute("SELECT coalesce(max(id), 0) FROM vectors").fetchone()[0]
    return found


def packs(connection: sqlite3.Connection, model: int, after: int) -> list[tuple[int, int, bytes]]:
    """(entries, last id, packed codes) of the packs that hold vectors behind `after`."""
    return connection.execute(
        "SELECT entries, last, packed FROM packs WHERE model = ? AND last > ? ORDER BY first", (model, after)
    ).fetchall()


def newer(connection: sqlite3.Connection, model: int, after: int) -> list[tuple[int, int, bytes]]:
    """(id, row, vector) of the vectors behind `after`."""
    return connection.execute(
        "SELECT id, memory, vector FROM vectors WHERE id > ? AND model = ? ORDER BY id", (after, model)
    ).fetchall()


def last_packed(connection: sqlite3.Connection, model: int) -> int:
    found: int = connection.execute("SELECT coalesce(max(last), 0) FROM packs WHERE model = ?", (model,)).fetchone()[0]
    return found


def add_pack(connection: sqlite3.Connection, model: int, first: int, last: int, entries: int, packed: bytes) -> None:
    """Store the codes of the vectors first to last."""
    connection.execute(
        "INSERT INTO packs (first, last, model, entries, packed) VALUES (?, ?, ?, ?, ?)",
        (first, last, model, entries, packed),
    )


def counts(connection: sqlite3.Connection) -> tuple[int, int]:
    """(memories that have vectors of the model in use, memories that wait)."""
    sql = (
        "SELECT (SELECT count(*) FROM embedded WHERE model = (SELECT id FROM models WHERE current)), "
        "(SELECT count(*) FROM unembedded)"
    )
    found: tuple[int, int] = connection.execute(sql).fetchone()
    return found


def current_model(connection: sqlite3.Connection) -> int | None:
    """The number of the model in use; None when nothing is embedded yet."""
    row = connection.execute("SELECT id FROM models WHERE current").fetchone()
    return int(row[0]) if row else None


def single(connection: sqlite3.Connection, model: int) -> list[tuple[int, bytes]]:
    """(row, vector) of all memories that one vector holds wholly, by row."""
    return connection.execute(
        "SELECT memory, vector FROM vectors WHERE model = ? GROUP BY memory HAVING count(*) = 1 ORDER BY memory",
        (model,),
    ).fetchall()
