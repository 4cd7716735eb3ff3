"""How is a step taken back?  From the journal: what was there before comes back, with its id; what was new goes."""

from __future__ import annotations

from collections import Counter

from neural_memory.errors import InputError
from neural_memory.model import Memory, Undone
from neural_memory.remember import link, relink, remove, remove_all
from neural_memory.store import journal, memories
from neural_memory.store.journal import Author, Entry
from neural_memory.store.sqlite import Connection


def undo_last(connection: Connection, steps: int, author: Author, at: str) -> list[Undone]:
    """Take back the last `steps` steps, the latest first; fewer when there are no more.

    One's own session comes first: two windows must not take back each other's work. A session that did nothing yet
    takes back the last steps of all.
    """
    mine = author.session if author.session and journal.has_acted(connection, author.session) else None
    if journal.ended_for_good(connection, mine):
        steps -= 1  # that was a step, too
        if not steps:
            raise InputError(
                "the last change was to forget for good, which cannot be undone; "
                "with 2 steps the change before it is taken back"
            )
    if author.session and mine is None:
        _refuse_to_remove(journal.last_step(connection, None))
    undone: list[Undone] = []
    while len(undone) < steps and (entries := journal.last_step(connection, mine)):
        undone.append(_undo(connection, entries, author, at))
    return undone


def _refuse_to_remove(entries: list[Entry]) -> None:
    """A session that did nothing may bring back what others deleted, but not delete what others stored."""
    if entries and entries[-1].action == "remember":
        last = entries[-1]
        raise InputError(
            f"this session changed nothing, and the last change of all was to store {last.memory} ({last.source}, "
            f"{last.at}); nothing was undone. To delete it, forget it by its id"
        )


def _undo(connection: Connection, entries: list[Entry], author: Author, at: str) -> Undone:
    """Take back one step, given its entries, the latest first."""
    if later := journal.later_than(connection, entries):
        raise InputError(
            f"{later.memory} was changed since by {later.source} ({later.action}, {later.at}); "
            "nothing was undone: revise or forget it instead"
        )
    first = entries[-1]
    step: int | None = None
    touched: list[Memory] = []
    gone = _remove_new(connection, entries)
    for entry in entries:
        memory, was = (
            (gone[entry.memory][1], gone[entry.memory]) if entry.memory in gone else _take_back(connection, entry)
        )
        step = journal.record(connection, "undo", entry.memory, author, at, before=was, step=step, final=True)
        if memory is not None and entry.action != "replace":
            touched.append(memory)
    journal.mark_undone(connection, first.step, step or 0)
    memories.clear_dangling(connection)
    return Undone(first.action, tuple(reversed(touched)), first.at, first.source)


def _remove_new(connection: Connection, entries: list[Entry]) -> dict[str, tuple[int, Memory]]:
    """Remove what the step brought and did not change after that, all at once; by id, what the table held."""
    times = Counter(entry.memory for entry in entries)
    new = [entry.memory for entry in entries if entry.before is None and times[entry.memory] == 1]
    rows = memories.by_seqs(connection, memories.known_ids(connection, new).values())
    remove_all(connection, rows)
    return {memory.id: (row, memory) for row, memory in rows.items()}


def _take_back(connection: Connection, entry: Entry) -> tuple[Memory | None, tuple[int, Memory] | None]:
    """Undo one entry. Returns the memory it was about, and what the table held until now."""
    present = memories.by_id(connection, entry.memory)
    if entry.before is None:  # it had been new
        if present:
            remove(connection, *present)
        return (present[1] if present else None), present
    if present:
        relink(connection, present[0], entry.before)
    else:
        seq = memories.insert(connection, entry.before, entry.seq)
        link(connection, seq, entry.before)
    return entry.before, present
