"""How is a pair settled that was wrongly taken for a contradiction or a repetition?  Both hold, and that is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from neural_memory.errors import InputError
from neural_memory.model import Memory
from neural_memory.remember import now
from neural_memory.store import beside, conflicts, journal, memories, twins
from neural_memory.store.entry import Author
from neural_memory.store.sqlite import Connection


def both_hold(connection: Connection, ids: Iterable[str], author: Author) -> list[Memory]:
    """Let each of these hold beside the others, as one step; until one of them says something else."""
    found = dict(memories.existing(connection, id) for id in ids)
    if len(found) < 2:
        raise InputError("that is one memory; give the ids of at least two that both hold")
    whole = [memory.id for memory in found.values()]
    known = beside.pairs(connection)
    if all(pair in known for pair in combinations(whole, 2)):
        return list(found.values())
    step: int | None = None
    at = now()
    for one in found.items():
        note = {"pair": whole} if step is None else None
        step = journal.record(
            connection, "both hold", one[1].id, author, at, before=one, after=one[1], note=note, step=step
        )
    settle(connection, whole)
    return list(found.values())


def settle(connection: Connection, ids: Sequence[str]) -> None:
    """Note that these hold beside each other, and forget what was found otherwise."""
    beside.add(connection, combinations(ids, 2))
    rows = sorted(memories.known_ids(connection, ids).values())
    conflicts.drop(connection, [pair[::-1] for pair in combinations(rows, 2)] + list(combinations(rows, 2)))
    twins.part(connection, combinations(rows, 2))


def compare_again(connection: Connection, ids: Sequence[str]) -> None:
    """The other way round: what is at odds in them is found again."""
    beside.drop(connection, combinations(ids, 2))
    conflicts.expect(connection, memories.known_ids(connection, ids).values())
