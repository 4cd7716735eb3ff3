"""How does a memory go away?  What was chosen goes in one transaction, undoably, or for good."""

from __future__ import annotations

import sqlite3

from neural_memory.errors import NotFoundError
from neural_memory.model import Memory
from neural_memory.remember import now, remove
from neural_memory.store import journal, memories
from neural_memory.store.journal import Author
from neural_memory.store.selection import Selection, select


def chosen(connection: sqlite3.Connection, ids: list[str], selection: Selection) -> list[tuple[int, Memory]]:
    """(row, memory) of each of `ids`, or, without ids, of all that match; an unknown id is an error."""
    if not ids:
        rows = [seq for _, seq in select(connection, selection)]
        found = memories.by_seqs(connection, rows)
        return [(seq, found[seq]) for seq in rows]
    known = [(id, memories.by_id(connection, id)) for id in ids]
    if unknown := [id for id, memory in known if memory is None]:
        raise NotFoundError(
            f"there is no memory {', '.join(unknown[:5])}; nothing was deleted. Recall or audit show the ids that exist"
        )
    return [memory for _, memory in known if memory is not None]


def remove_all(
    connection: sqlite3.Connection, memories_: list[tuple[int, Memory]], author: Author, *, for_good: bool
) -> None:
    """Delete them as one step. for_good: also from the journal and from the full text's old segments."""
    at = now()
    step: int | None = None
    for seq, memory in memories_:
        remove(connection, seq)
        if for_good:
            journal.erase(connection, memory.id)
            step = journal.record(connection, "forget for good", memory.id, author, at, step=step, final=True)
        else:
            step = journal.record(connection, "forget", memory.id, author, at, before=(seq, memory), step=step)
    if for_good and memories_:
        memories.scrub_full_text(connection)
