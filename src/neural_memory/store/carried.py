"""Which rows of the file travel with an export, and how do they come back?

`CARRIED` are the tables that say something of their own, beside the memories; everything else can be derived again from
the memories and their fibers, or is of this file only. A test holds that each table is named on one side or the other.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from neural_memory.model import Memory
from neural_memory.store import memories
from neural_memory.store.network import Way
from neural_memory.store.selection import Selection, select

CARRIED = ("journal", "aliases", "both_hold", "projects", "suggestions", "exchanged")
DERIVED = (
    *("migrations", "memory_ids", "unlinked", "full_text", "tallies", "neurons", "neuron_terms", "synapses", "fibers"),
    *("digests", "rows_by_digest", "models", "vectors", "embedded", "unembedded", "packs", "memories", "usage"),
    *("relations", "looked_through", "conflicts", "unexamined", "replacements", "twins"),
)
_PAGE = 500
Look = Callable[[], AbstractContextManager[sqlite3.Connection]]
"""Opens a transaction that reads, as `LinkedFile.read` does."""


def chosen(connection: sqlite3.Connection, selection: Selection) -> list[int]:
    """The rows that match, in the order they were stored."""
    if selection == Selection():
        return [row[0] for row in connection.execute("SELECT seq FROM memories ORDER BY seq")]
    return sorted(seq for _, seq in select(connection, selection))


def slices(rows: Sequence[int]) -> Iterator[Sequence[int]]:
    """Some hundred rows at a time.

    Each is read in a transaction of its own: who stores something meanwhile waits for a page, not for the whole, which
    can take longer than anybody waits.
    """
    for start in range(0, len(rows), _PAGE):
        yield rows[start : start + _PAGE]


def page(connection: sqlite3.Connection, rows: Iterable[int]) -> dict[int, Memory]:
    """These memories by row, in the order they were stored."""
    return dict(sorted(memories.by_seqs(connection, rows).items()))


def ways(connection: sqlite3.Connection, rows: Iterable[int]) -> dict[int, Way]:
    """How memories run through the network, by terms."""
    found = connection.execute(
        "SELECT memory, path, branches, relations FROM fibers WHERE memory IN (SELECT value FROM json_each(?))",
        (json.dumps(list(rows)),),
    ).fetchall()
    fibers = [(row, *(json.loads(part) for part in parts)) for row, *parts in found]
    ids = {
        id
        for _, path, branches, stated in fibers
        for id in (*path, *branches, *(e for a, _, b in stated for e in (a, b)))
    }
    known = dict(
        connection.execute(
            "SELECT id, term FROM neurons WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
        ).fetchall()
    )
    return {
        row: Way(
            [(known[a], type, known[b]) for a, type, b in stated if a in known and b in known],
            [known[id] for id in path if id in known],
            [known[id] for id in branches if id in known],
        )
        for row, path, branches, stated in fibers
    }


def usage(connection: sqlite3.Connection, rows: Iterable[int]) -> dict[int, tuple[int, str | None]]:
    """How often these memories were recalled, and when last."""
    found = connection.execute(
        "SELECT memory, recalled, last_recalled FROM usage WHERE memory IN (SELECT value FROM json_each(?))",
        (json.dumps(list(rows)),),
    )
    return {row: (recalled, last) for row, recalled, last in found}


def put_usage(connection: sqlite3.Connection, used: Mapping[int, tuple[int, str | None]]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO usage (memory, recalled, last_recalled) VALUES (?, ?, ?)",
        [(row, recalled, last) for row, (recalled, last) in used.items()],
    )


def _ours(table: str) -> str:
    """Its name, for SQL."""
    return CARRIED[CARRIED.index(table)]


def rows(connection: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    """Every row of a table of `CARRIED`, with its columns."""
    found = connection.execute(f"SELECT * FROM {_ours(table)}")  # noqa: S608
    names = [column[0] for column in found.description]
    for row in found:
        yield dict(zip(names, row, strict=True))


def count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {_ours(table)}").fetchone()[0])  # noqa: S608


def put_rows(connection: sqlite3.Connection, table: str, given: Sequence[Mapping[str, Any]]) -> int:
    """Add rows that are not there yet; columns that this schema does not know are left out. Returns how many came."""
    known = [row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]
    before = connection.total_changes
    for names in dict.fromkeys(tuple(name for name in known if name in row) for row in given):
        marks = ", ".join("?" * len(names))
        sql = f"INSERT OR IGNORE INTO {_ours(table)} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
        alike = [row for row in given if tuple(name for name in known if name in row) == names]
        connection.executemany(sql, [[row[name] for name in names] for row in alike])
    return connection.total_changes - before


def is_another_journal(connection: sqlite3.Connection, given: Sequence[Mapping[str, Any]]) -> bool:
    """Do other changes stand here under the numbers of these entries?"""
    numbers = json.dumps([row.get("entry") for row in given])
    found = connection.execute(
        "SELECT entry, at, action, memory FROM journal WHERE entry IN (SELECT value FROM json_each(?))", (numbers,)
    )
    here = {row[0]: row[1:] for row in found}
    mine = ((row.get("entry"), (row.get("at"), row.get("action"), row.get("memory"))) for row in given)
    return any(here.get(entry, said) != said for entry, said in mine)


def neurons(connection: sqlite3.Connection) -> Iterator[tuple[str, str, str]]:
    """(term, name, kind) of every neuron: which of its spellings it goes by depends on the history of the file."""
    yield from connection.execute("SELECT term, name, kind FROM neurons ORDER BY id")


def name_neurons(connection: sqlite3.Connection, named: Iterable[tuple[str, str, str]]) -> None:
    """Let neurons go by these names and kinds, (term, name, kind), where there are such neurons."""
    connection.executemany(
        "UPDATE neurons SET name = ?2, kind = ?3 WHERE id = (SELECT neuron FROM neuron_terms WHERE term = ?1) "
        "AND (name <> ?2 OR kind <> ?3)",
        named,
    )


def last_row(connection: sqlite3.Connection) -> int:
    """The last row number that was ever used for a memory."""
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'memories'").fetchone()
    return int(found[0]) if found else 0


def skip_rows(connection: sqlite3.Connection, last: int) -> None:
    """Use no row number up to `last` any more."""
    connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'memories'", (last,))


# -- what was exchanged, in which state ----------------------------------------------------------------


def exchanged(connection: sqlite3.Connection, place: str, ids: Iterable[str]) -> dict[str, str]:
    """The state in which memories last came from, or went to, a place."""
    found = connection.execute(
        "SELECT memory, state FROM exchanged WHERE place = ? AND memory IN (SELECT value FROM json_each(?))",
        (place, json.dumps(list(ids))),
    )
    return dict(found.fetchall())


def all_exchanged(connection: sqlite3.Connection, place: str) -> list[str]:
    """The ids of all memories that were exchanged with a place and still are here."""
    found = connection.execute(
        "SELECT e.memory FROM exchanged e JOIN memory_ids m ON m.id = e.memory WHERE e.place = ? ORDER BY 1", (place,)
    )
    return [row[0] for row in found]


def drop_exchanged(connection: sqlite3.Connection, place: str, ids: Iterable[str]) -> None:
    connection.executemany("DELETE FROM exchanged WHERE place = ? AND memory = ?", [(place, id) for id in ids])


def note_exchanged(connection: sqlite3.Connection, place: str, states: Mapping[str, str]) -> None:
    connection.executemany(
        "INSERT INTO exchanged (place, memory, state) VALUES (?, ?, ?) "
        "ON CONFLICT (place, memory) DO UPDATE SET state = excluded.state WHERE state <> excluded.state",
        [(place, id, state) for id, state in states.items()],
    )
