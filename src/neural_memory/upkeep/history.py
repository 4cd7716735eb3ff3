"""What became of a memory, what changed lately, and what was known at some time?  Read back from the journal."""

from __future__ import annotations

from collections.abc import Iterable

from neural_memory.changes import Change, History, Step
from neural_memory.errors import NotFoundError
from neural_memory.model import Memory
from neural_memory.store import journal, memories
from neural_memory.store.entry import MENDED, Entry
from neural_memory.store.near_ids import meant
from neural_memory.store.sqlite import Connection


def history(connection: Connection, id: str) -> History:
    """Every change of the memory that answers to this id, the first one first."""
    answering, own = memories.by_id(connection, id), memories.answering(connection, id)
    changes = _changes(journal.of_memory(connection, own), answering[1] if answering else None)
    if own != id:  # merged into it: first its own way, then that of the memory it is part of now
        before = journal.of_memory(connection, id)
        changes = [c for c in changes if not before or c.step >= before[0].step]
        changes = _changes(before, None) + changes
    if not answering and not changes:
        hint = f"{meant(connection, id)}recall or audit show the ids"
        raise NotFoundError(f"there is no memory {id}, and none is known to have been; {hint}")
    return History(id, answering[1] if answering else None, tuple(changes))


def _changes(entries: Iterable[Entry], present: Memory | None) -> list[Change]:
    """The changes of one memory, the first one first, given its entries, the latest first."""
    found = []
    for entry in entries:
        before = entry.state(present)
        kept = entry.kept and not (entry.was is not None and present is None)
        found.append(_change(entry, before, present, kept))
        present = before
    return found[::-1]


def _change(entry: Entry, before: Memory | None, after: Memory | None, kept: bool) -> Change:
    mended = tuple((field, was, became) for field, was, became, _ in entry.note.get(MENDED, ()))
    return Change(
        *(entry.step, entry.at, entry.action, entry.source, entry.session, before, after, kept, bool(entry.undone)),
        mended=mended,
    )


def log(connection: Connection, limit: int, before: int | None) -> list[Step]:
    """The last steps, the latest first."""
    return [_step(connection, step, number) for step, number in journal.latest(connection, limit, before)]


def _step(connection: Connection, step: int, number: int) -> Step:
    first = journal.first_of_step(connection, step)
    present = memories.by_id(connection, first.memory)
    return Step(
        *(step, first.at, first.action, first.source, first.session, number),
        first=present[1] if present else journal.last_known(connection, first.memory),
        undone=bool(first.undone),
        undoable=first.undone is None,
        renamed=tuple(first.note["renamed"]) if "renamed" in first.note else None,
    )


def changed_since(connection: Connection, moment: str) -> dict[str, tuple[int, Memory] | None]:
    """What memories that were changed after `moment` were then, with their rows; None: not there, or not kept."""
    entries = list(journal.since(connection, moment))
    partly = {entry.memory for entry in entries if entry.was is not None}
    rows = memories.known_ids(connection, partly)
    then: dict[str, Memory | None] = {m.id: m for m in memories.by_seqs(connection, rows.values()).values()}
    seqs: dict[str, int] = dict(rows)
    for entry in entries:
        then[entry.memory] = entry.state(then.get(entry.memory))
        if entry.seq is not None:
            seqs[entry.memory] = entry.seq
    changed = {entry.memory for entry in entries}
    return {id: (seqs[id], memory) if id in seqs and (memory := then[id]) else None for id in changed}
