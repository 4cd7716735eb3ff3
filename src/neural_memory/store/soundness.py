"""Is the file sound, and do its parts agree?  And how are the derived parts brought to agree again?

A plain `cp` that overlaps with a change may have some pages from before and some from after it. So a file that is not
the one that was last looked through (a copy, a restored one), one that was written to long after the last change it
knows of (a copy over the file itself), and any small file, is looked through when it is opened; the newest rows of any
file are. The look costs about 4 ms a megabyte.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import suppress

from neural_memory.store.swap import Identity

SMALL = 4_000_000
"""Bytes up to which a file is looked through at each opening."""
_NEWEST = 200
_LATER = 600.0
"""Seconds between the last change a file knows of and the last time it was written to that are nothing to wonder at."""
_MOST_TOLD = 20

# What is made from `memories` and can be made again. Everything else is kept when a file is mended.
DERIVED = (
    "memory_ids", "unlinked", "full_text", "tallies", "neurons", "neuron_terms", "synapses", "relations", "fibers",
    "digests", "rows_by_digest", "models", "vectors", "embedded", "unembedded", "packs",
    "conflicts", "unexamined", "replacements",
)  # fmt: skip
_MEANING = ("models", "vectors", "embedded", "unembedded", "packs")

# Rows of `memories` that are neither linked nor waiting for it, and the other way round, table by table.
_UNLINKED = (
    "SELECT seq FROM memories WHERE seq NOT IN (SELECT memory FROM digests)",
    "SELECT seq FROM memories WHERE seq NOT IN (SELECT memory FROM fibers)",
    "SELECT seq FROM memories WHERE seq NOT IN (SELECT rowid FROM full_text)",
    "SELECT seq FROM memories WHERE seq NOT IN (SELECT seq FROM memory_ids)",
    "SELECT memory FROM digests WHERE memory NOT IN (SELECT seq FROM memories)",
    "SELECT memory FROM fibers WHERE memory NOT IN (SELECT seq FROM memories)",
    "SELECT rowid FROM full_text WHERE rowid NOT IN (SELECT seq FROM memories)",
    "SELECT seq FROM memory_ids WHERE seq NOT IN (SELECT seq FROM memories)",
    "SELECT memory FROM embedded WHERE memory NOT IN (SELECT seq FROM memories)",
    "SELECT seq FROM memories WHERE typeof(content) = 'text' AND seq NOT IN (SELECT memory FROM embedded) "
    "AND seq NOT IN (SELECT memory FROM unembedded)",
)
_LINKED = (
    "SELECT memory FROM digests",
    "SELECT memory FROM fibers",
    "SELECT rowid FROM full_text",
    "SELECT seq FROM memory_ids",
    "SELECT memory FROM embedded WHERE memory NOT IN (SELECT seq FROM memories)",
)
_LATELY = (
    f"SELECT seq FROM (SELECT seq FROM memories ORDER BY seq DESC LIMIT {_NEWEST}) "  # noqa: S608 - a number of ours
    "WHERE seq NOT IN (SELECT memory FROM digests)"
)
# What linking again cannot bring to agree, because it counts on what is there.
_NETWORK = {
    "the tally of memories": "SELECT (SELECT value FROM tallies WHERE name = 'memories') "
    "IS NOT (SELECT count(*) FROM full_text)",
    "concepts without a look-up entry": "SELECT count(*) FROM neurons "
    "WHERE id IS NOT (SELECT neuron FROM neuron_terms t WHERE t.term = neurons.term)",
    "look-up entries without a concept": "SELECT count(*) FROM neuron_terms "
    "WHERE neuron NOT IN (SELECT id FROM neurons)",
    "synapses without a neuron": "SELECT count(*) FROM synapses "
    "WHERE source NOT IN (SELECT id FROM neurons) OR target NOT IN (SELECT id FROM neurons)",
    "relations without a neuron": "SELECT count(*) FROM relations "
    "WHERE source NOT IN (SELECT id FROM neurons) OR target NOT IN (SELECT id FROM neurons)",
    "fibers through neurons that are gone": "SELECT count(*) FROM fibers f WHERE EXISTS "
    "(SELECT 1 FROM json_each(f.path) p WHERE p.value NOT IN (SELECT id FROM neurons))",
}
_VECTORS = {
    "vectors of no memory": "SELECT count(*) FROM vectors WHERE memory NOT IN (SELECT memory FROM embedded)",
    "memories without their vectors": "SELECT count(*) FROM embedded e WHERE EXISTS "
    "(SELECT 1 FROM json_each(e.vectors) v WHERE v.value NOT IN (SELECT id FROM vectors))",
}


def damage(connection: sqlite3.Connection, *, thorough: bool = False) -> str | None:
    """What SQLite finds wrong with the file, in its words; None when it is sound.

    thorough: every page and every index; otherwise the pages only. Errors that are no damage (locked, I/O) are raised.
    """
    try:
        rows = connection.execute(f"PRAGMA {'integrity' if thorough else 'quick'}_check({_MOST_TOLD})").fetchall()
    except sqlite3.DatabaseError as problem:
        if not is_damage(problem):
            raise
        return str(problem)
    # From 3.44 on SQLite asks the full text as well; what contradicts there can be derived again.
    told = [line for (row,) in rows for line in str(row).splitlines()]
    told = [line for line in told if line != "ok" and not line.startswith("***") and "fts5" not in line.lower()]
    return told[0] if told else None


def is_damage(problem: BaseException) -> bool:
    """Does this error say that the file itself is not sound?"""
    primary = getattr(problem, "sqlite_errorcode", 0) & 0xFF
    return isinstance(problem, sqlite3.DatabaseError) and primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def look_through(
    connection: sqlite3.Connection, identity: Identity | None, written: float = 0.0
) -> tuple[str | None, int]:
    """On opening: (damage, rows whose parts did not agree and that now wait to be linked again).

    written: when the file was last written to, in seconds since 1970.
    """
    marked = connection.execute("SELECT file FROM looked_through").fetchall()
    known = identity is not None and marked == [(_named(identity),)] and written <= _last_change(connection) + _LATER
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    large = pages * connection.execute("PRAGMA page_size").fetchone()[0] > SMALL
    if not (known and large) and (found := damage(connection)):
        return found, 0
    astray = _rows(connection, (_LATELY,) if known and large else _UNLINKED)
    if not astray and known:
        return None, 0
    # Not if the file cannot be written, or others are writing just now: whoever opens it next looks again.
    with suppress(sqlite3.OperationalError):
        return None, _note(connection, identity)
    return None, 0


def _last_change(connection: sqlite3.Connection) -> float:
    """The last change that the file itself knows of, in seconds since 1970."""
    found = connection.execute(
        "SELECT max(CAST(strftime('%s', at) AS INTEGER)) FROM (SELECT max(at) AS at FROM looked_through "
        "UNION ALL SELECT at FROM (SELECT at FROM journal ORDER BY entry DESC LIMIT 1))"
    ).fetchone()[0]
    return float(found or 0)


def touch(connection: sqlite3.Connection) -> None:
    """What is changed without an entry in the journal is written down as a change once in a while."""
    connection.execute("UPDATE looked_through SET at = datetime('now') WHERE at < datetime('now', '-5 minutes')")


def _note(connection: sqlite3.Connection, identity: Identity | None) -> int:
    """Set right what is out of step, and remember that this file was looked through."""
    connection.execute("PRAGMA busy_timeout = 250")
    connection.execute("BEGIN IMMEDIATE")
    try:
        count = set_right(connection)
        if identity is not None:
            connection.execute("DELETE FROM looked_through")
            connection.execute("INSERT INTO looked_through (file, at) VALUES (?, datetime('now'))", (_named(identity),))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return count


def _named(identity: Identity) -> str:
    device, inode = identity
    return f"device {device}, inode {inode}"


# -- the derived tables --------------------------------------------------------------------------------------------


def out_of_step(connection: sqlite3.Connection) -> set[int]:
    """Rows that are linked nowhere and do not wait for it, and links of rows that are gone."""
    return _rows(connection, _UNLINKED)


def _broken(connection: sqlite3.Connection, queries: dict[str, str]) -> list[str]:
    return [what for what, query in queries.items() if connection.execute(query).fetchone()[0]]


def _rows(connection: sqlite3.Connection, queries: Iterable[str]) -> set[int]:
    waiting = {row[0] for row in connection.execute("SELECT memory FROM unlinked")}
    return {row[0] for query in queries for row in connection.execute(query)} - waiting


def disagreements(connection: sqlite3.Connection, *, full_text: bool = True) -> list[str]:
    """What of the derived tables contradicts another, in words.

    full_text: also whether its index holds what its rows say; only inside a write transaction.
    """
    found = _broken(connection, _NETWORK | _VECTORS)
    if not full_text:
        return found
    try:
        connection.execute("INSERT INTO full_text (full_text) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as problem:
        if not is_damage(problem):
            raise
        found.append("the index of the full text")
    return found


def disagreeing_vectors(connection: sqlite3.Connection) -> list[str]:
    """What of the vectors contradicts the rest, in words."""
    return _broken(connection, _VECTORS)


def set_right(connection: sqlite3.Connection) -> int:
    """Have what is out of step linked again; returns how many rows that are.

    Where rows are linked in some places only, counts cannot be trusted, and all are linked anew.
    """
    astray = out_of_step(connection)
    if not astray:
        return 0
    if astray & {row[0] for query in _LINKED for row in connection.execute(query)}:
        return start_over(connection, vectors=bool(disagreeing_vectors(connection)))
    connection.executemany("INSERT OR IGNORE INTO unlinked (memory) VALUES (?)", [(row,) for row in astray])
    return len(astray)


def start_over(connection: sqlite3.Connection, *, vectors: bool = True) -> int:
    """Empty everything derived and have all memories linked again; returns how many.

    vectors: those as well, which takes longest to make again.
    """
    for table in DERIVED:
        if table == "full_text" or (table in _MEANING and not vectors):
            continue
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table names
    (schema,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'full_text'").fetchone()
    connection.execute("DROP TABLE full_text")  # deleting its rows would first have to read what may be wrong
    connection.execute(schema)
    connection.execute("INSERT INTO tallies (name, value) VALUES ('memories', 0), ('terms', 0)")
    connection.execute("INSERT INTO unlinked (memory) SELECT seq FROM memories")
    connection.execute(
        "INSERT OR IGNORE INTO replacements (current, old) "
        "SELECT replaced_by, id FROM memories WHERE replaced_by IS NOT NULL"
    )
    return int(connection.execute("SELECT count(*) FROM unlinked").fetchone()[0])
