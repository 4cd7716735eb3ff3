"""How do many texts become memories at once?  Rows, network and journal of a whole batch are written together.

What comes out is what `remember` would have made of them, one by one: only the writing is shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from neural_memory import remember
from neural_memory.model import Memory
from neural_memory.store import journal, memories
from neural_memory.store.entry import Author
from neural_memory.store.network import Way
from neural_memory.store.sqlite import Connection
from neural_memory.text.tags import distinct
from neural_memory.values import replace


def store(connection: Connection, batch: Sequence[Memory], author: Author, step: int | None) -> tuple[int, int | None]:
    """Store and link a batch in one transaction; returns how many were new, and the step they belong to.

    Texts that are stored already are strengthened, as are those that come twice.
    """
    wordings = [remember.wording(memory) for memory in batch]
    same = remember.same_texts(connection, batch)
    new: dict[int, Memory] = {}
    for mine, memory in zip(wordings, batch, strict=True):
        if mine in same:
            kept, step = remember.strengthen(connection, same[mine], memory, author, step)
            same[mine] = same[mine][0], kept
        elif mine in new:
            new[mine] = both(new[mine], memory)
        else:
            new[mine] = memory
    added = add(connection, list(new.values()))
    step = journal.record_new(connection, "remember", [m.id for m in added.values()], author, remember.now(), step)
    return len(added), step


def add(
    connection: Connection,
    new: Iterable[Memory],
    ways: Mapping[str, Way] | None = None,
    numbers: Sequence[int] | None = None,
) -> dict[int, Memory]:
    """Write new memories and link them; by row. An id that is taken becomes another.

    ways: by id, how some of them ran through the network they come from; numbers: the rows they get.
    """
    wanted = list(new)
    taken = set(memories.known_ids(connection, [memory.id for memory in wanted]))
    free = []
    for memory in wanted:
        free.append(replace(memory, id=remember.new_id()) if memory.id in taken else memory)
        taken.add(memory.id)
    rows = memories.insert_all(connection, free, numbers)
    known = {seq: ways[m.id] for seq, m in rows.items() if m.id in ways} if ways else None
    remember.link_all(connection, rows, known)
    return rows


def both(first: Memory, again: Memory) -> Memory:
    """The same text twice: all tags, the higher importance."""
    tags = distinct((*first.tags, *again.tags))
    return replace(first, tags=tags, importance=max(first.importance, again.importance))
