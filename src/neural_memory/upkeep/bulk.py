"""How is one thing corrected in many memories at once?  Tags renamed, kinds changed: as one step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from neural_memory.model import Memory
from neural_memory.remember import now, relink_all
from neural_memory.store import journal, memories
from neural_memory.store.entry import Author
from neural_memory.store.selection import Selection, select
from neural_memory.store.sqlite import Connection
from neural_memory.text.tags import distinct, tag_term
from neural_memory.values import replace

AT_ONCE = 500


def retag(old: Iterable[str], new: str) -> Callable[[Memory], Memory]:
    """The change that gives a memory `new` in the place of the first of its tags that is among `old`."""
    going = {tag.casefold() for tag in old}

    def change(memory: Memory) -> Memory:
        return replace(memory, tags=distinct(new if tag.casefold() in going else tag for tag in memory.tags))

    return change


def tagged(connection: Connection, tags: Iterable[str]) -> dict[int, Memory]:
    """Every memory with at least one of these tags, in whatever case."""
    rows = {seq for tag in tags for _, seq in select(connection, Selection(tags=(tag,)))}
    return memories.by_seqs(connection, rows)


def apply(
    connection: Connection,
    chosen: Mapping[int, Memory],
    change: Callable[[Memory], Memory],
    author: Author,
    action: str,
    progress: Callable[[int, int], None] | None = None,
    step: int | None = None,
) -> list[Memory]:
    """Change all of these as one step; returns those that became different, as they are now.

    step: that of which it is a part
    """
    after = {seq: change(memory) for seq, memory in sorted(chosen.items())}
    changed = {seq: memory for seq, memory in after.items() if memory != chosen[seq]}
    rows = list(changed)
    for start in range(0, len(rows), AT_ONCE):
        part = {seq: changed[seq] for seq in rows[start : start + AT_ONCE]}
        relink_all(connection, part)
        for seq, memory in part.items():
            was = (seq, chosen[seq])
            step = journal.record(connection, action, memory.id, author, now(), before=was, after=memory, step=step)
        if progress is not None:
            progress(start + len(part), len(rows))
    return list(changed.values())


def spellings(counts: Mapping[str, int]) -> list[tuple[str, ...]]:
    """Tags that are one, spelled in several ways ("payment" and "payments"); of each the most used spelling first."""
    alike: dict[str, list[str]] = defaultdict(list)
    for tag in counts:
        alike[tag_term(tag.replace("-", " ").replace("_", " "))].append(tag)
    groups = [sorted(group, key=lambda tag: (-counts[tag], tag)) for group in alike.values() if len(group) > 1]
    return [tuple(group) for group in sorted(groups, key=lambda group: -counts[group[0]])]
