"""What can be saved out of a damaged file?  Row by row, whatever can be read of what cannot be derived again.

Memories come first. Where their own page cannot be read, the journal may hold how a memory was before its last change,
and the full text the words it was found by; both are marked with the tag ``recovered``. What was forgotten is not
brought back.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any

from neural_memory.store import carve, soundness
from neural_memory.store.entry import readable
from neural_memory.values import dataclass

RECOVERED = "recovered"
_LATER = {"pinned": 0, "trust": "stored"}
"""What a row of an earlier schema has in columns that came later and must have a value."""
_MOST_TRIED = 2_000_000  # rows of an unreadable stretch that are looked for one by one
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Salvaged:
    """memories: whole ones; older: as they were before their last change; words: only the words they were found by;
    lost: ids (or row numbers) of those of which nothing is left; unknown: rows of which nothing tells what they were;
    blind: the file was read page by page only, so that nobody knows what is missing.
    """

    memories: int
    older: int = 0
    words: int = 0
    lost: tuple[str, ...] = ()
    unknown: int = 0
    blind: bool = False

    def __str__(self) -> str:
        """How many were saved and what was lost, in words."""
        parts = []
        if self.older:
            parts.append(f"{self.older:,} as they were before their last change")
        if self.words:
            parts.append(f"of {self.words:,} only the words they were found by")
        if self.lost:
            more = f" and {len(self.lost) - 10:,} more" if len(self.lost) > 10 else ""
            parts.append(f"{len(self.lost):,} lost ({', '.join(self.lost[:10])}{more})")
        if self.unknown:
            parts.append(f"up to {self.unknown:,} more cannot be read")
        number = "1 memory was saved" if self.memories == 1 else f"{self.memories:,} memories were saved"
        if parts:
            return f"{number}; {'; '.join(parts)}"
        return f"{number}, {'as far as its pages can be read' if self.blind else 'all there were'}"

    @property
    def anything(self) -> int:
        return self.memories + self.older + self.words


def salvage(old: sqlite3.Connection | None, new: sqlite3.Connection, raw: IO[bytes]) -> Salvaged:
    """Copy what can be read into `new`, a fresh file of ours, in one transaction.

    old: None when SQLite cannot read the file at all; raw: the same file, to read by hand.
    """
    new.execute("BEGIN IMMEDIATE")
    new.text_factory = bytes  # nothing may fail on bytes that are no text
    if old is None:
        saved = Salvaged(_carved(new, raw, None), blind=True)
    else:
        old.text_factory = bytes
        found = {table: _copy(old, new, table) for table in _kept_tables(new)}
        whole, gaps = found["memories"]
        saved = Salvaged(whole)
        if gaps is None:
            saved = Salvaged(_carved(new, raw, ([range(1, sys.maxsize)], _journal(new)[1])), blind=True)
        elif gaps:
            whole += _carved(new, raw, (gaps, _journal(new)[1]))
            saved = _from_elsewhere(old, new, whole, gaps)
        _never_twice(old, new)
    new.execute("COMMIT")
    return saved


def _kept_tables(new: sqlite3.Connection) -> list[str]:
    """What cannot be derived, `memories` first."""
    names = [name.decode() for (name,) in new.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    derived = (*soundness.DERIVED, "looked_through", "migrations", "sqlite_")
    return sorted((n for n in names if not n.startswith((*derived, "full_text"))), key=lambda n: (n != "memories", n))


def _copy(old: sqlite3.Connection, new: sqlite3.Connection, table: str) -> tuple[int, list[range] | None]:
    """(how many rows of a table were saved, stretches of row numbers that cannot be read, None: the table is lost)."""
    columns = _columns(new, table)
    try:
        there = _columns(old, table)
    except sqlite3.DatabaseError:
        there = {}
    shared = [column for column in columns if column in there]
    if not shared:
        return 0, None
    key = next((column for column, kind in columns.items() if kind == "rowid"), None)
    insert = (
        f"INSERT OR IGNORE INTO {table} ({', '.join(shared)}) "  # noqa: S608 - names out of our own schema
        f"VALUES ({', '.join('?' * len(shared))})"
    )
    saved, gaps = 0, []
    for row in _rows(old, table, shared, key):
        if isinstance(row, range):
            gaps.append(row)
            continue
        try:
            saved += new.execute(insert, [_sane(value) for value in row]).rowcount
        except sqlite3.Error:  # what was read is no such row
            continue
    return saved, gaps


def _columns(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """column -> "rowid" for the number of the row, else "value"."""
    rows = connection.execute(f"PRAGMA table_info({table})").fetchall()
    keys = [row for row in rows if row[5]]
    only = keys[0][1] if len(keys) == 1 and keys[0][2].upper() == b"INTEGER" else None
    return {row[1].decode("utf-8", "replace"): "rowid" if row[1] == only else "value" for row in rows}


def _sane(value: Any) -> Any:
    """Text came as bytes; real bytes cannot be told from it here, and nothing we keep is bytes on purpose."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _rows(old: sqlite3.Connection, table: str, columns: list[str], key: str | None) -> Iterator[Row | range]:
    """The readable rows, from both ends towards what cannot be read, and within that one by one."""
    select = f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608
    if key is None:
        yield from _until_damage(old, select)
        return
    at = columns.index(key)
    last = None
    try:
        for row in old.execute(f"{select} ORDER BY {key}"):
            last = row[at]
            yield row
    except sqlite3.DatabaseError as problem:
        if not soundness.is_damage(problem):
            raise
    else:
        return
    behind = [row for row in _until_damage(old, f"{select} ORDER BY {key} DESC") if last is None or row[at] > last]
    yield from reversed(behind)
    yield from _between(old, table, select, key, last, behind[-1][at] if behind else None)


def _between(
    old: sqlite3.Connection, table: str, select: str, key: str, last: int | None, next_one: int | None
) -> Iterator[Row | range]:
    """What can be read of the rows after `last` and before `next_one`."""
    start = 1 if last is None else last + 1
    end = _highest(old, table) + 1 if next_one is None else next_one
    missing: list[int] = []
    for number in range(start, min(end, start + _MOST_TRIED)):
        try:
            found = old.execute(f"{select} WHERE {key} = ?", (number,)).fetchone()
        except sqlite3.DatabaseError:
            missing.append(number)
        else:
            if found is not None:
                yield found
    if missing:
        yield from _stretches(missing)


def _stretches(numbers: list[int]) -> Iterator[range]:
    start = before = numbers[0]
    for number in [*numbers[1:], -1]:
        if number != before + 1:
            yield range(start, before + 1)
            start = number
        before = number


def _until_damage(old: sqlite3.Connection, sql: str) -> Iterator[Row]:
    try:
        yield from old.execute(sql)
    except sqlite3.DatabaseError as problem:
        if not (soundness.is_damage(problem) or problem.sqlite_errorcode == sqlite3.SQLITE_ERROR):  # no such table
            raise


def _highest(old: sqlite3.Connection, table: str) -> int:
    """The highest row number that was ever used, as far as anything tells."""
    numbers = [0]
    for sql in (
        f"SELECT seq FROM sqlite_sequence WHERE name = '{table}'",  # noqa: S608
        *(("SELECT max(memory) FROM digests", "SELECT max(memory) FROM fibers") if table == "memories" else ()),
    ):
        numbers += [row[0] for row in _until_damage(old, sql) if isinstance(row[0], int)]
    return max(numbers)


def _never_twice(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """A row number that was used once is not used again."""
    for table in ("memories", "journal"):
        used = _highest(old, table)
        present = new.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        if present is None:
            new.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, used))
        elif present[0] < used:
            new.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (used, table))


# -- of what cannot be read ----------------------------------------------------------------------------------------


def _carved(new: sqlite3.Connection, raw: IO[bytes], where: tuple[list[range], set[str]] | None) -> int:
    """Store the memories that stand somewhere in the file, and that the tree no longer leads to; how many.

    where: the stretches of row numbers they may come from, and the ids of what was forgotten; None: wherever.
    """
    columns = list(_columns(new, "memories"))
    marks = ", ".join("?" * len(columns))
    count = 0
    for seq, values in carve.memories(raw):
        if where is not None and (values[0] in where[1] or not any(seq in gap for gap in where[0])):
            continue
        row = [values[i] if i < len(values) else _LATER.get(column) for i, column in enumerate(columns)]
        row[columns.index("seq")] = seq
        with suppress(sqlite3.Error):
            sql = f"INSERT OR IGNORE INTO memories ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
            count += new.execute(sql, row[: len(columns)]).rowcount
    return count


def _from_elsewhere(old: sqlite3.Connection, new: sqlite3.Connection, whole: int, gaps: list[range]) -> Salvaged:
    """What the journal and the full text still know of memories whose rows cannot be read."""
    present = {row[0] for row in new.execute("SELECT seq FROM memories")}
    ids = {seq: id.decode("utf-8", "replace") for id, seq in _until_damage(old, "SELECT id, seq FROM memory_ids")}
    known = set(ids) | {row[0] for row in _until_damage(old, "SELECT memory FROM digests")}
    missing = sorted(seq for seq in known - present if any(seq in gap for gap in gaps))
    before, gone = _journal(new)
    older = words = forgotten = 0
    lost = []
    for seq in missing:
        id = ids.get(seq)
        if id in gone:
            forgotten += 1
        elif "content" in (kept := before.get(id or "", {})) and _insert(new, seq, id, kept):
            older += 1
        elif (text := _words(old, seq)) and _insert(new, seq, id, {"content": text}):
            words += 1
        else:
            lost.append(id or f"row {seq}")
    named = len(missing) + sum(seq in gap for gap in gaps for seq in present)
    return Salvaged(whole, older, words, tuple(lost), max(0, sum(map(len, gaps)) - named))


def _journal(new: sqlite3.Connection) -> tuple[dict[str, dict[str, Any]], set[str]]:
    """id -> what it was before its last change; ids whose last change was to be forgotten."""
    before: dict[str, dict[str, Any]] = {}
    gone = set()
    for action, memory, kept in new.execute("SELECT action, memory, before FROM journal ORDER BY entry"):
        id = memory.decode("utf-8", "replace")
        gone.discard(id)
        found = readable(_sane(kept)) or {}
        if action.startswith(b"forget") or "into" in found:
            gone.add(id)
        if found:
            before[id] = {**before.get(id, {}), **found.pop("was", {}), **found}
    return before, gone


def _words(old: sqlite3.Connection, seq: int) -> str | None:
    found = next(_until_damage(old, f"SELECT c0 FROM full_text_content WHERE id = {int(seq)}"), None)  # noqa: S608
    text = found[0].decode("utf-8", "replace").strip() if found and isinstance(found[0], bytes) else ""
    return f"What is left of a damaged memory, the words it was found by: {text}"[:100_000] if text else None


def _insert(new: sqlite3.Connection, seq: int, id: str | None, kept: dict[str, Any]) -> bool:
    """Store what was saved of a memory, marked as such."""
    columns = [c for c in _columns(new, "memories") if c in kept and c not in ("seq", "id", "tags", "anchors")]
    tags = json.dumps([*kept.get("tags", ()), RECOVERED], ensure_ascii=False)
    values = {**{c: kept[c] for c in columns}, "seq": seq, "tags": tags, **({"id": id} if id else {})}
    sql = f"INSERT INTO memories ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"  # noqa: S608
    try:
        new.execute(sql, list(values.values()))
    except sqlite3.Error:
        return False
    return True
