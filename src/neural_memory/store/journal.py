"""What was done, by whom, and how is it taken back?

Each change is an entry that keeps what was there *before*; what came after it is what the next entry of the same memory
was before, or, after the last one, the present row in `memories`. Where a memory only got other values, the entry keeps
just those: ``{"seq": 7, "was": {"tags": ["api"]}}``. ``{}`` stands where something was erased. What is no memory's
own is a note: ``{"note": {"pair": ["mem_…", "mem_…"]}}``; a project's entry stands under ``project:NAME``.

The entries of one call share a `step` (the number of the first of them). An entry whose `undone` is set has been taken
back by that step, or, with 0, cannot be any more.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence

from neural_memory.model import Memory
from neural_memory.store.entry import ERASED, MENDED, PROJECT, WINDOW, Author, Entry, entry_of, packed, restored
from neural_memory.store.memories import itself

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Span = tuple[str, int, int | None]
"""(memory, first entry, last entry) in its journal; None: to the end."""
_OF_MEMORIES = f"memory NOT LIKE '{PROJECT}%'"


def record(
    connection: sqlite3.Connection,
    action: str,
    memory: str,
    author: Author,
    at: str,
    *,
    before: tuple[int, Memory] | None = None,
    after: Memory | None = None,
    into: str | None = None,
    note: Mapping[str, Any] | None = None,
    step: int | None = None,
    final: bool = False,
) -> int:
    """Write an entry and return its step.

    after: what the memory is now, when it only got other values; then just those it had are kept. final: it can never
    be undone.
    """
    added = connection.execute(
        "INSERT INTO journal (step, at, action, memory, before, source, session, undone) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            step or 0,
            at,
            action,
            memory,
            packed(before, after, into, note),
            author.source,
            author.session,
            0 if final else None,
        ),
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


def record_restored(
    connection: sqlite3.Connection, rows: Mapping[str, int], author: Author, at: str, step: int | None
) -> int | None:
    """Write an entry for each of these memories (id: row) that came back; returns their step.

    Where the journal says that it was there already, its history came along, and goes on through this entry.
    """
    there = _living(connection, rows)
    step = record_new(connection, "import", [id for id in rows if id not in there], author, at, step)
    for id in there:
        added = connection.execute(
            "INSERT INTO journal (step, at, action, memory, before, source, session) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (step or 0, at, "import", id, restored(rows[id]), author.source, author.session),
        )
        if step is None:
            step = int(added.lastrowid or 0)
            connection.execute("UPDATE journal SET step = entry WHERE entry = ?", (step,))
    return step


def _living(connection: sqlite3.Connection, memories: Iterable[str]) -> list[str]:
    """Those of these memories that were there after the last change the journal knows of."""
    last = "SELECT max(entry) FROM journal WHERE memory IN (SELECT value FROM json_each(?1)) GROUP BY memory"
    return [e.memory for e in _entries(connection, f"entry IN ({last})", json.dumps(list(memories))) if not e.ended]


# -- steps -----------------------------------------------------------------------------------------


def last_step(
    connection: sqlite3.Connection, session: str | None, since: str = "", *, undos: bool = False
) -> list[Entry]:
    """All entries of the last step of which something can be taken back, the latest first; with a session, of its last.

    since: not of one that is older; undos: of the last one that took something back itself.
    """
    row = connection.execute(
        "SELECT step FROM journal WHERE undone IS NULL AND (?1 IS NULL OR session = ?1) AND at >= ?2 "
        "AND (action = 'undo') = ?3 ORDER BY entry DESC LIMIT 1",
        (session, since, undos),
    ).fetchone()
    return of_step(connection, row[0]) if row else []


def of_step(connection: sqlite3.Connection, step: int) -> list[Entry]:
    """All entries of a step, the latest first."""
    return _entries(connection, "entry >= ?1 AND step = ?1", step)


def first_of_step(connection: sqlite3.Connection, step: int) -> Entry:
    """The entry a step begins with."""
    sql = _select("step = ? AND entry = (SELECT min(entry) FROM journal WHERE step = ?1)")
    return entry_of(*connection.execute(sql, (step,)).fetchone())


def taken_back_by(connection: sqlite3.Connection, step: int) -> list[Entry]:
    """The entries that the undo with this number took back."""
    return _entries(connection, "undone = ?1 AND entry < ?1", step)


def later_than(connection: sqlite3.Connection, entries: Sequence[Entry]) -> Entry | None:
    """The first change of one of these memories since then, by another step, that still stands.

    What was taken back since stands no more, and neither does the undo that did it, unless what is asked about is
    itself an undo: then a later one changed what it had left.
    """
    since = {e.memory: e.entry for e in entries}
    others = "" if entries[0].action == "undo" else " AND action <> 'undo'"
    which = f"undone IS NULL AND step <> ?{others} AND memory IN (SELECT value FROM json_each(?))"  # noqa: S608
    sql = _select(f"entry > ? AND {which}")
    rest = connection.execute(sql, (min(since.values()), entries[0].step, json.dumps(list(since))))
    later = [e for e in (entry_of(*row) for row in rest) if e.entry > since[e.memory] and not e.restored]
    return later[-1] if later else None


def call(connection: sqlite3.Connection, old: str, new: str) -> None:
    """A memory has another id from now on, and its past is found by that."""
    connection.execute(
        "UPDATE journal SET memory = ?2, before = CASE WHEN json_valid(before) AND json_extract(before, '$.id') = ?1 "
        "THEN json_set(before, '$.id', ?2) ELSE before END WHERE memory = ?1",
        (old, new),
    )


def mark_undone(connection: sqlite3.Connection, step: int, by: int) -> None:
    connection.execute(
        "UPDATE journal SET undone = ? WHERE entry >= ? AND step = ? AND undone IS NULL", (by, step, step)
    )


def mark_standing(connection: sqlite3.Connection, undo: int) -> None:
    """What this undo took back stands again; what was erased since cannot be taken back a second time."""
    connection.execute(
        f"UPDATE journal SET undone = CASE WHEN before = '{ERASED}' THEN 0 END WHERE undone = ?1 AND entry < ?1",  # noqa: S608
        (undo,),
    )


def ended_for_good(connection: sqlite3.Connection, session: str | None) -> str | None:
    """What the last change (of this session) was, if it was for good: forgetting so, or taking out a secret."""
    row = connection.execute(
        "SELECT action, undone FROM journal WHERE ?1 IS NULL OR session = ?1 ORDER BY entry DESC LIMIT 1", (session,)
    ).fetchone()
    if row is None or row[0] not in ("forget for good", "revise") or row[1] != 0:
        return None
    return "to take out a secret" if row[0] == "revise" else "to forget for good"


def changed_after(connection: sqlite3.Connection, session: str | None, entry: int) -> Entry | None:
    """The last change (of this session) after that entry which neither took something back nor did it again."""
    where = "entry > ?1 AND action NOT IN ('undo', 'redo') AND (?2 IS NULL OR session = ?2)"
    row = connection.execute(f"{_select(where)} LIMIT 1", (entry, session)).fetchone()
    return entry_of(*row) if row else None


def has_acted(connection: sqlite3.Connection, session: str) -> bool:
    """Did this session ever change anything, undone or not?"""
    return connection.execute("SELECT 1 FROM journal WHERE session = ? LIMIT 1", (session,)).fetchone() is not None


def undoable(connection: sqlite3.Connection, since: str = "") -> int:
    found: int = connection.execute(
        "SELECT count(DISTINCT step) FROM journal WHERE undone IS NULL AND action <> 'undo' AND at >= ?", (since,)
    ).fetchone()[0]
    return found


def latest(connection: sqlite3.Connection, limit: int, before: int | None) -> list[tuple[int, int]]:
    """(step, how many memories it changed) of the last steps, the latest first; before: only those below this one."""
    return connection.execute(
        f"SELECT step, count(DISTINCT CASE WHEN {_OF_MEMORIES} THEN memory END) FROM journal "  # noqa: S608
        "WHERE ?2 IS NULL OR step < ?2 GROUP BY step ORDER BY step DESC LIMIT ?1",
        (limit, before),
    ).fetchall()


# -- what was once ------------------------------------------------------------------------------------


def of_memory(connection: sqlite3.Connection, memory: str) -> list[Entry]:
    """Every change of one memory, the latest first."""
    return _entries(connection, "memory = ?1", memory)


def forgotten(connection: sqlite3.Connection, memories: Iterable[str]) -> set[str]:
    """Those of these ids that were forgotten last, and not brought back since."""
    rows = connection.execute(
        "SELECT memory, action, max(entry) FROM journal "
        "WHERE memory IN (SELECT value FROM json_each(?)) GROUP BY memory",
        (json.dumps(list(memories)),),
    )
    return {memory for memory, action, _ in rows if action in ("forget", "forget for good")}


def befores(connection: sqlite3.Connection, memories: Iterable[str]) -> list[Memory]:
    """What memories were before each of their changes, as far as that is kept, the latest first.

    The journal has no index by memory, so all are looked for in one pass.
    """
    ids = list(dict.fromkeys(memories))
    present: dict[str, Memory | None] = {id: (itself(connection, id) or (0, None))[1] for id in ids}
    found = []
    for entry in _entries(connection, "memory IN (SELECT value FROM json_each(?))", json.dumps(ids)):
        before = present[entry.memory] = entry.state(present[entry.memory])
        if before is not None:
            found.append(before)
    return found


def mended(connection: sqlite3.Connection) -> list[Entry]:
    """The entries of memories that are here, were written by hand and had to be put right, and not changed since."""
    last = "SELECT max(entry) FROM journal WHERE action <> 'import' OR before IS NULL GROUP BY memory"
    where = f"action = 'mend' AND memory IN (SELECT id FROM memory_ids) AND entry IN ({last}) AND ?1"  # noqa: S608
    return [entry for entry in _entries(connection, where, 1) if MENDED in entry.note]


def last_known(connection: sqlite3.Connection, memory: str) -> Memory | None:
    """What a forgotten memory was at last, as long as that is kept."""
    return next((e.before for e in of_memory(connection, memory) if e.before is not None), None)


def since(connection: sqlite3.Connection, moment: str) -> Iterator[Entry]:
    """Every change after this moment, the latest first."""
    row = connection.execute("SELECT coalesce(max(entry), 0) FROM journal WHERE at <= ?", (moment,)).fetchone()
    return (entry_of(*found) for found in connection.execute(_select("entry > ?1"), row))


def mentioned(connection: sqlite3.Connection, ids: Iterable[str]) -> set[str]:
    """Those of these memories that the journal knows."""
    found = connection.execute(
        "SELECT DISTINCT memory FROM journal WHERE memory IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
    )
    return {row[0] for row in found}


# -- erasing ---------------------------------------------------------------------------------------


def erase(connection: sqlite3.Connection, memories: Sequence[str]) -> None:
    """Drop what the journal knows of these memories' contents."""
    connection.execute(
        f"UPDATE journal SET before = {_ERASE}, undone = coalesce(undone, 0) "  # noqa: S608 - our own words
        "WHERE memory IN (SELECT value FROM json_each(?))",
        (json.dumps(memories),),
    )


def erase_between(connection: sqlite3.Connection, memory: str, first: int, last: int | None) -> None:
    """Drop what the journal knows of a memory's contents from one entry to another (None: to the end)."""
    connection.execute(
        f"UPDATE journal SET before = {_ERASE}, undone = coalesce(undone, 0) "  # noqa: S608 - our own words
        "WHERE memory = ?1 AND entry >= ?2 AND (?3 IS NULL OR entry <= ?3)",
        (memory, first, last),
    )


_ERASE = f"CASE WHEN before IS NULL THEN NULL ELSE '{ERASED}' END"


def mixed(connection: sqlite3.Connection, memories: Iterable[str]) -> set[Span]:
    """Where the journal of others may hold what these memories said: while they were merged, and, as a merged one can
    be merged again, while those were in their turn.
    """
    merges = connection.execute(
        "WITH undos AS (SELECT step, max(entry) AS last FROM journal WHERE action = 'undo' GROUP BY step) "
        "SELECT j.entry, j.step, j.memory, u.last FROM journal j LEFT JOIN undos u ON u.step = j.undone "
        "WHERE j.action = 'merge'"
    ).fetchall()
    of_step: dict[int, list[Span]] = {}
    steps: dict[str, list[tuple[int, int]]] = {}
    for entry, step, memory, end in merges:
        of_step.setdefault(step, []).append((memory, entry, end))
        steps.setdefault(memory, []).append((entry, step))
    reached: set[Span] = {(memory, 0, None) for memory in memories}
    waiting = list(reached)
    while waiting:
        memory, first, last = waiting.pop()
        mine = [step for entry, step in steps.get(memory, ()) if first <= entry and (last is None or entry <= last)]
        others = {part for step in mine for part in of_step[step] if part[0] != memory} - reached
        reached |= others
        waiting += others
    return {span for span in reached if span[1]}


def expired(connection: sqlite3.Connection, before: str) -> list[str]:
    """The memories that were forgotten before then, did not come back, and of which something is still kept.

    What a living memory once was is its history, and stays.
    """
    kept = connection.execute(
        f"SELECT DISTINCT memory FROM journal WHERE at < ? AND length(before) > 2 AND {_OF_MEMORIES}",  # noqa: S608
        (before,),
    ).fetchall()
    if not kept:
        return []
    gone = connection.execute(
        "SELECT memory FROM journal WHERE memory IN (SELECT value FROM json_each(?1)) "
        "AND memory NOT IN (SELECT id FROM memory_ids) GROUP BY memory HAVING max(at) < ?2",
        (json.dumps([row[0] for row in kept]), before),
    ).fetchall()
    alive = _alive_elsewhere(connection, [row[0] for row in gone])
    return [row[0] for row in gone if row[0] not in alive]


def gone_for_good(connection: sqlite3.Connection) -> list[str]:
    """The memories that were forgotten, and of which nothing is kept any more."""
    found = connection.execute(
        "SELECT memory FROM journal WHERE memory NOT IN (SELECT id FROM memory_ids UNION SELECT id FROM aliases) "
        "GROUP BY memory HAVING max(coalesce(length(before), 0)) <= 2 AND max(action LIKE 'forget%')"
    )
    return [row[0] for row in found]


def _alive_elsewhere(connection: sqlite3.Connection, ids: Sequence[str]) -> set[str]:
    """Those of these ids whose text lives on in the memory they were merged into."""
    found = connection.execute(
        "WITH RECURSIVE way (id, memory) AS "
        "(SELECT id, memory FROM aliases WHERE id IN (SELECT value FROM json_each(?)) "
        "UNION SELECT w.id, a.memory FROM way w JOIN aliases a ON a.id = w.memory) "
        "SELECT w.id FROM way w JOIN memory_ids m ON m.id = w.memory",
        (json.dumps(ids),),
    )
    return {row[0] for row in found}


# -- reading ------------------------------------------------------------------------------


def _select(where: str) -> str:
    return (
        "SELECT entry, step, at, action, memory, before, source, session, undone FROM journal "  # noqa: S608
        f"WHERE {where} ORDER BY entry DESC"
    )


def _entries(connection: sqlite3.Connection, where: str, value: object) -> list[Entry]:
    return [entry_of(*row) for row in connection.execute(_select(where), (value,))]


def last_entry(connection: sqlite3.Connection) -> int:
    """The number of the last entry that was ever written."""
    row = connection.execute("SELECT max(entry) FROM journal").fetchone()
    return int(row[0] or 0)


def acted_since(connection: sqlite3.Connection, entry: int, session: str | None) -> bool:
    """Did this session, or somebody whose session is not known, do anything after that entry?"""
    row = connection.execute(
        "SELECT 1 FROM journal WHERE entry > ?1 "
        "AND (?2 IS NULL OR session IS NULL OR session = ?2 OR substr(session, 1, ?3) = ?4) LIMIT 1",
        (entry, session, len(WINDOW), WINDOW),
    ).fetchone()
    return row is not None
