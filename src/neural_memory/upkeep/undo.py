"""How is a step taken back?  From the journal: what was there before comes back, with its id; what was new goes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from neural_memory.changes import Undone
from neural_memory.errors import InputError
from neural_memory.model import Memory
from neural_memory.remember import link_all, relink_all, remove_all
from neural_memory.store import journal, memories, projects
from neural_memory.store.entry import Author, Entry
from neural_memory.store.sqlite import Connection
from neural_memory.upkeep import both
from neural_memory.values import replace

State = tuple[int | None, Memory | None]
"""(row, memory) as it is or was; no memory: it was not there."""


def undo_last(connection: Connection, steps: int, author: Author, at: str, since: str) -> list[Undone]:
    """Take back the last `steps` steps, the latest first; fewer when there are no more, and none from before `since`.

    One's own session comes first: two windows must not take back each other's work. A session that did nothing yet
    takes back the last steps of all.
    """
    mine = _mine(connection, author)
    if what := journal.ended_for_good(connection, mine):
        steps -= 1  # that was a step, too
        if not steps:
            raise InputError(
                f"the last change was {what}, which cannot be undone; with 2 steps the change before it is taken back"
            )
    if author.session and mine is None:
        _refuse_to_remove(journal.last_step(connection, None, since))
    undone: list[Undone] = []
    while len(undone) < steps and (entries := journal.last_step(connection, mine, since)):
        undone.append(_undo(connection, entries, author, at))
    return undone


def undo_step(connection: Connection, step: int, author: Author, at: str) -> Undone:
    """Take back one step, whoever's and however long ago, unless something that it changed was changed since."""
    entries = journal.of_step(connection, step)
    if not entries:
        raise InputError(f"there is no step {step}; the log of changes shows their numbers")
    if not any(entry.undone is None for entry in entries):
        first = next((entry for entry in reversed(entries) if entry.undone), entries[-1])
        if first.undone:
            raise InputError(f"step {step} ({first.action}, {first.at}) was taken back already, by step {first.undone}")
        instead = "; the step that was done again keeps its number, take that one back" * (first.action == "redo")
        raise InputError(f"step {step} ({first.action}, {first.at}) cannot be taken back; nothing was undone{instead}")
    return _undo(connection, entries, author, at)


def redo_last(connection: Connection, steps: int, author: Author, at: str, since: str) -> list[Undone]:
    """Do again what the last `steps` undos took back, the latest first, and nothing of undos before `since`.

    As everywhere, whatever is changed after an undo is the end of that: an undo takes back the latest step, and that
    must be the one which was done again last.
    """
    mine = _mine(connection, author)
    done: list[Undone] = []
    while len(done) < steps and (entries := journal.last_step(connection, mine, since, undos=True)):
        if not done and (later := journal.changed_after(connection, mine, entries[0].entry)):
            raise InputError(
                f"there is nothing to do again: step {later.step} ({later.action}, {later.at}) came after the last "
                "undo; do what was taken back anew instead"
            )
        done.append(_undo(connection, entries, author, at))
    return done


def _mine(connection: Connection, author: Author) -> str | None:
    """The session whose steps are meant, if it ever did something."""
    return author.session if author.session and journal.has_acted(connection, author.session) else None


def _refuse_to_remove(entries: list[Entry]) -> None:
    """A session that did nothing may bring back what others deleted, but not delete what others stored."""
    if entries and entries[-1].action == "remember":
        last = entries[-1]
        raise InputError(
            f"this session changed nothing, and the last change of all was to store {last.memory} ({last.source}, "
            f"{last.at}); nothing was undone. To delete it, forget it by its id"
        )


def _undo(connection: Connection, whole: list[Entry], author: Author, at: str) -> Undone:
    """Take back one step, given all its entries, the latest first; what was erased of it stays as it is."""
    entries = [entry for entry in whole if entry.undone is None]
    first = entries[-1]
    if later := journal.later_than(connection, entries):
        raise InputError(
            f"{later.memory} was changed since by {later.source} ({later.action}, {later.at}, step {later.step}); "
            "nothing was undone: take that back first, or revise or forget it instead"
        )
    now: dict[str, State] = {
        entry.memory: memories.itself(connection, entry.memory) or (None, None) for entry in reversed(entries)
    }
    then = _earlier(entries, now)
    again = first.action == "undo"
    taken_back = journal.taken_back_by(connection, first.step) if again else entries
    for id, row, present, earlier in _stored_since(connection, taken_back, now, again=again):
        now[id], then[id] = (row, present), (row, earlier)
    then = {id: _at_home(connection, state) if now[id][1] is None else state for id, state in then.items()}
    rows = _apply(connection, now, then)
    step: int | None = None
    for id, (_, memory) in now.items():
        was = (rows[id], memory) if memory is not None else None
        step = journal.record(
            connection,
            "redo" if again else "undo",
            id,
            author,
            at,
            before=was,
            after=then[id][1],
            step=step,
            final=again,
        )
    journal.mark_undone(connection, first.step, step or 0)
    _rejoin(connection, taken_back, again=again)
    _call_again(connection, taken_back, again=again)
    for pair in (entry.note["pair"] for entry in taken_back if "pair" in entry.note):
        (both.settle if again else both.compare_again)(connection, pair)
    if again:
        journal.mark_standing(connection, first.step)
    memories.clear_dangling(connection)
    left = dict.fromkeys(entry.memory for entry in reversed(whole) if entry.undone == 0)
    staying = tuple(id for id in left if id not in now and memories.itself(connection, id))
    return replace(_told(taken_back, now, then, again=again), left=staying)


def _earlier(entries: Sequence[Entry], now: dict[str, State]) -> dict[str, State]:
    """What the memories of a step were before it."""
    then = dict(now)
    for entry in entries:
        if not entry.kept:
            raise InputError(f"what {entry.memory} was before is not known any more; nothing was undone")
        row, after = then[entry.memory]
        if entry.was is not None and after is None:
            raise InputError(
                f"{entry.memory} is not there any more, though nothing here deleted it; nothing was undone"
            )
        then[entry.memory] = (row or entry.seq, None if entry.restored else entry.state(after))
    return then


def _apply(connection: Connection, now: dict[str, State], then: dict[str, State]) -> dict[str, int]:
    """Bring memories to an earlier state; returns the rows they have, or had."""
    remove_all(connection, {row: m for id, (row, m) in now.items() if m and row and then[id][1] is None})
    back = {id: m for id, (_, m) in then.items() if m is not None and now[id][1] is None}
    rows = {id: memories.insert(connection, memory, then[id][0]) for id, memory in back.items()}
    link_all(connection, {rows[id]: memory for id, memory in back.items()})
    changed = {row: then[id][1] for id, (row, m) in now.items() if row and m and then[id][1] != m}
    relink_all(connection, {row: memory for row, memory in changed.items() if memory is not None})
    return {id: row for id, (row, _) in now.items() if row} | rows


def _rejoin(connection: Connection, entries: Sequence[Entry], *, again: bool) -> None:
    """What a merge had put together answers for itself again (or, `again`, does not any more)."""
    merged = [entry for entry in entries if entry.into is not None]
    if not again:
        memories.drop_aliases(connection, [entry.memory for entry in merged])
    for entry in merged if again else []:
        memories.add_alias(connection, entry.memory, entry.into or "")


def _at_home(connection: Connection, state: State) -> State:
    """A memory that comes back, in its project as that is called by now."""
    row, memory = state
    if memory is None or memory.project is None:
        return state
    return row, replace(memory, project=projects.spelled(connection, memory.project))


def _stored_since(
    connection: Connection, entries: Sequence[Entry], known: Collection[str], *, again: bool
) -> Iterator[tuple[str, int, Memory, Memory]]:
    """(id, row, as it is, as it is to be) of what was stored in a project after it was renamed: it goes with it.

    In a merge of two projects nobody can tell whose it is, and it stays. known: ids of the step itself; again: the
    project gets the new name again.
    """
    for entry in entries:
        if "renamed" not in entry.note:
            continue
        old, new = entry.note["renamed"]
        if not again and old != new and (others := projects.others(connection, old, entry.note["places"])):
            raise InputError(
                f"another project is called {old!r} by now ({others[0]}), and the two would become one; nothing was "
                "undone. Rename that one first"
            )
        if not _is_merged(entry):
            here, there = (old, new) if again else (new, old)
            for row, memory in memories.by_seqs(connection, projects.rows_of(connection, here)).items():
                if memory.id not in known:
                    yield memory.id, row, memory, replace(memory, project=there)


def _is_merged(entry: Entry) -> bool:
    """Did two projects become one?"""
    new = entry.note["renamed"][1]
    return bool(entry.note.get("merged", any(project == new for _, project in entry.note["places"])))


def _call_again(connection: Connection, entries: Sequence[Entry], *, again: bool) -> None:
    """A project that was renamed is known by its places as before (or, `again`, as it was renamed)."""
    for entry in entries:
        if "renamed" not in entry.note:
            continue
        old, new = entry.note["renamed"]
        if again:
            projects.rename(connection, old, new)
        else:
            projects.call_again(connection, old, entry.note["places"], None if _is_merged(entry) else new)


def _told(entries: Sequence[Entry], now: dict[str, State], then: dict[str, State], *, again: bool) -> Undone:
    """What became of a step; of what is gone, how it was."""
    first = entries[-1]
    ids = dict.fromkeys(e.memory for e in reversed(entries) if e.action != "replace")
    found = [then[id][1] or now[id][1] for id in ids if id in then]
    renamed = next((tuple(e.note["renamed"]) for e in entries if "renamed" in e.note), None)
    there = tuple(m for m in found if m is not None)
    put_aside = dict.fromkeys(e.memory for e in reversed(entries) if e.action == "replace")
    back = tuple(m for id in put_aside if id in then and (m := then[id][1]) is not None)
    return Undone(first.action, there, first.at, first.source, first.step, again, renamed, back)
