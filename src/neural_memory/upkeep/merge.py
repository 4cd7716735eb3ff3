"""How do several memories become one?  Every sentence stays, each id goes on answering, one step takes it back."""

from __future__ import annotations

from collections.abc import Sequence

from neural_memory import check
from neural_memory.errors import InputError
from neural_memory.model import MAX_CONTENT, TRUST, Memory
from neural_memory.remember import now, relink, remove_all
from neural_memory.store import journal, memories
from neural_memory.store.entry import Author
from neural_memory.store.sqlite import Connection
from neural_memory.text.sentences import joined
from neural_memory.text.tags import distinct
from neural_memory.values import replace

Row = tuple[int, Memory]


def merge(connection: Connection, ids: Sequence[str], author: Author) -> tuple[Memory, list[Memory]]:
    """Make one memory of all that these ids name, under the first one's id; returns it and what it was made of."""
    found = list(dict.fromkeys(memories.existing(connection, id)[0] for id in ids))
    by_row = memories.by_seqs(connection, found)
    (seq, kept), *parts = [(row, by_row[row]) for row in found]
    if not parts:
        raise InputError(f"{', '.join(ids)}: that is one memory; give the ids of at least two to merge")
    after = combined([kept, *(memory for _, memory in parts)])
    pointing = [(row, m) for row, m in memories.replaced_by(connection, [m.id for _, m in parts]) if row not in by_row]
    remove_all(connection, dict(parts), usage_to=seq)
    relink(connection, seq, after)
    step = journal.record(connection, "merge", kept.id, author, at := now(), before=(seq, kept), after=after)
    for part in parts:
        memories.add_alias(connection, part[1].id, kept.id)
        journal.record(connection, "merge", part[1].id, author, at, before=part, into=kept.id, step=step)
    for row, older in pointing:
        memories.set_replaced_by(connection, row, kept.id)
        current = replace(older, replaced_by=kept.id)
        journal.record(connection, "replace", older.id, author, at, before=(row, older), after=current, step=step)
    return after, [kept, *(memory for _, memory in parts)]


def combined(parts: Sequence[Memory]) -> Memory:
    """One memory that says what all of them say. The first gives its id, source and session."""
    first = parts[0]
    content = joined([m.content for m in sorted(parts, key=lambda m: m.timestamp)])
    if len(content) > MAX_CONTENT:
        raise InputError(f"together they have {len(content):,} characters; the limit is {MAX_CONTENT:,}: merge fewer")
    tags = distinct(tag for memory in parts for tag in memory.tags)
    if len(tags) > check.MAX_TAGS:
        raise InputError(f"together they have {len(tags)} tags; the limit is {check.MAX_TAGS}: take some away first")
    ends = [memory.valid_until for memory in parts]
    return replace(
        first,
        content=content,
        tags=tags,
        timestamp=min(memory.timestamp for memory in parts),
        importance=max(memory.importance for memory in parts),
        kind=next((memory.kind for memory in parts if memory.kind != "fact"), first.kind),
        project=_project(parts),
        replaced_by=_replaced_by(parts),
        valid_until=None if None in ends else max(end for end in ends if end is not None),
        pinned=any(memory.pinned for memory in parts),
        trust=max((memory.trust for memory in parts), key=_doubt),
        anchors=tuple(dict.fromkeys(anchor for memory in parts for anchor in memory.anchors)),
    )


def _doubt(trust: str) -> int:
    """The more doubtful, the higher: a merged text is no surer than the least sure of what it says."""
    return TRUST.index(trust) if trust in TRUST else len(TRUST)


def _project(parts: Sequence[Memory]) -> str | None:
    """Where the whole holds: in their project, or everywhere when a part of it does."""
    named = {memory.project for memory in parts}
    if len(named - {None}) > 1:
        names = " and ".join(sorted(repr(name) for name in named if name is not None)[:3])
        raise InputError(f"they belong to the projects {names}; move them to one project before you merge them")
    return None if None in named else parts[0].project


def _replaced_by(parts: Sequence[Memory]) -> str | None:
    """What took the place of the whole: the same as of each part, or nothing; one that replaced another part stays."""
    ids = {memory.id for memory in parts}
    by = {memory.replaced_by for memory in parts if memory.replaced_by not in ids}
    if len(by) > 1:
        old = next(memory for memory in parts if memory.replaced_by and memory.replaced_by not in ids)
        raise InputError(f"{old.id} was replaced by {old.replaced_by}; merge memories that hold now, or that one")
    return by.pop() if by else None
