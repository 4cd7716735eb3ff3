"""Which memories say the same?

One new memory is compared with those that share its rarest words (`remember.similar`). The whole store is looked
through without comparing everything with everything: texts that share most of their words share some of their rarest
ones, and vectors that lie close agree in some stretch of their codes. Whatever meets so is a candidate, and only the
comparison of the texts decides (`text/alike.py`). Nothing is merged here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from neural_memory.changes import Twins
from neural_memory.model import Memory
from neural_memory.store import beside, memories
from neural_memory.store.sqlite import Connection
from neural_memory.text.alike import apart, likeness, same_but_for_a_value
from neural_memory.upkeep import nearness, sharing
from neural_memory.upkeep.sharing import Pair

NEAR = 0.88
"""Cosine from which on two texts in other words are taken to say the same, when nothing in them tells them apart."""
PORTION = 2_000


def same(memory: Memory, others: Iterable[Memory], near: Mapping[str, float] | None = None) -> tuple[Memory, ...]:
    """Those of these memories that say the same as this one.

    near: id -> cosine, for those that lie near it in meaning; the others must say it in nearly the same words.
    """
    cosines = near or {}
    return tuple(
        other
        for other in others
        if _meet(memory, other) and _alike(memory.content, other.content, cosines.get(other.id, 0.0))
    )


def _alike(one: str, other: str, cosine: float) -> float:
    """How much two texts say the same; 0 when they do not, or when that is not sure."""
    found = likeness(one, other)
    if found or cosine < NEAR or apart(one, other) or same_but_for_a_value(one, other):
        return found
    return cosine


def _meet(one: Memory, other: Memory) -> bool:
    """Could the two be merged: do both hold, in places that overlap?"""
    if one.id == other.id or one.replaced_by or other.replaced_by:
        return False
    return one.project == other.project or one.project is None or other.project is None


def groups(connection: Connection, progress: Callable[[int, int], None] | None = None) -> list[Twins]:
    """All groups of memories that say the same, the largest first; within each, the oldest first."""
    close: dict[Pair, float] = dict.fromkeys(memories.same_rows(connection), 1.0)
    close |= dict.fromkeys(sharing.pairs(connection), 0.0)
    close |= nearness.close_pairs(connection, NEAR)
    alike: dict[int, dict[int, float]] = defaultdict(dict)
    for (older, newer), how in _compared(connection, close, progress):
        alike[older][newer] = alike[newer][older] = how
    return _gathered(connection, alike)


def pairs(connection: Connection, found: Iterable[Twins]) -> list[Pair]:
    """The groups as rows: the oldest one with each of the others."""
    ids = [[memory.id for memory in group.memories] for group in found]
    rows = memories.known_ids(connection, [id for group in ids for id in group])
    return [(rows[first], rows[id]) for first, *others in ids for id in others if first in rows and id in rows]


def _compared(
    connection: Connection, close: Mapping[Pair, float], progress: Callable[[int, int], None] | None
) -> Iterator[tuple[Pair, float]]:
    """Those of these pairs that say the same, and how much so. close: the cosine, where that brought them together."""
    pairs = sorted(close)
    settled = beside.pairs(connection)
    for start in range(0, len(pairs), PORTION):
        part = pairs[start : start + PORTION]
        found = memories.by_seqs(connection, {row for pair in part for row in pair})
        for pair in part:
            one, other = found.get(pair[0]), found.get(pair[1])
            if one is None or other is None or not _meet(one, other) or (one.id, other.id) in settled:
                continue
            if how := _alike(one.content, other.content, close[pair]):
                yield pair, how
        if progress is not None:
            progress(min(start + PORTION, len(pairs)), len(pairs))


def _gathered(connection: Connection, alike: Mapping[int, Mapping[int, float]]) -> list[Twins]:
    """Groups around those that have most likes; each memory is in one only, so that no chain of likenesses grows."""
    taken: set[int] = set()
    gathered: list[tuple[list[int], float]] = []
    for row in sorted(alike, key=lambda row: (-len(alike[row]), row)):
        if row not in taken and (others := alike[row].keys() - taken):
            taken |= {row, *others}
            gathered.append((sorted({row, *others}), min(alike[row][other] for other in others)))
    rows = memories.by_seqs(connection, taken)
    found = [Twins(tuple(rows[row] for row in group), round(how, 2)) for group, how in gathered]
    return sorted(found, key=lambda group: (-len(group.memories), -group.likeness))
