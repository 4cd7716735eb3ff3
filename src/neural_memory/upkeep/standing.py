"""Does what was found still hold?  Hits that are out of date say so, and stand behind what took their place.

A memory that a newer one contradicts yields its place to that one and names it; one whose time is over is marked. What
replaced another says what, and one that speaks of code says what became of that. All of it is looked up for the few
rows of an answer, by key.
"""

from __future__ import annotations

from collections.abc import Sequence

from neural_memory.model import Memory, Recollection
from neural_memory.store import conflicts, memories
from neural_memory.store.sqlite import Connection
from neural_memory.upkeep.conflicts import newer_of
from neural_memory.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neural_memory.code.anchors import Code

OUTDATED = 0.8
"""What is left of a hit's score when a newer memory says otherwise; it never stands before that one."""

Hit = tuple[int, Recollection]


def weighed(connection: Connection, hits: Sequence[Hit], now: str, code: Code | None = None) -> list[Hit]:
    """(row, hit) with what is known about their standing, in the order that follows from it."""
    marked = told(connection, hits, now, code)
    every = {hit.memory.id: hit for _, hit in marked}
    ordered = [(row, replace(hit, score=_yielding(hit, every))) for row, hit in marked]
    return sorted(ordered, key=lambda one: -one[1].score)  # stable: equals stay as they were


def _yielding(hit: Recollection, every: dict[str, Recollection]) -> float:
    if hit.newer is None:
        return hit.score
    newer = every.get(hit.newer)
    if hit.in_time and not (newer and newer.in_time):  # asked of a time, what held then is the answer
        return hit.score
    return round(min(OUTDATED * hit.score, (newer.score if newer else 1.0) - 0.0001), 4)


def told(connection: Connection, hits: Sequence[Hit], now: str, code: Code | None = None) -> list[Hit]:
    """The same hits, in their order, with what is known about their standing. code: what is being worked on."""
    there = {row: hit.memory for row, hit in hits}
    newer = newer_of(connection, there)
    doubts = code.suspect({row: memory.anchors for row, memory in there.items()}) if code else {}
    replaced = _replaced(connection, [memory.id for memory in there.values()])
    return [
        (
            row,
            replace(
                hit,
                newer=newer[row].id if row in newer else None,
                expired=hit.memory.expired(now),
                replaces=replaced.get(hit.memory.id, ()),
                suspect=doubts.get(row, ()),
            ),
        )
        for row, hit in hits
    ]


def doubts(connection: Connection, code: Code | None) -> dict[int, tuple[Memory, tuple[str, ...]]]:
    """row -> (memory, what became of the code it speaks of), for all current ones; git is asked as often as needed."""
    if code is None:
        return {}
    anchored = memories.anchored(connection)
    found = code.suspect({row: memory.anchors for row, memory in anchored.items()}, thoroughly=True)
    return {row: (anchored[row], what) for row, what in found.items()}


def _replaced(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[Memory, ...]]:
    """id -> the memories it took the place of."""
    pairs = conflicts.replaced(connection, ids)
    found: dict[str, tuple[Memory, ...]] = {}
    for current, old in pairs:
        if known := memories.by_id(connection, old):
            found[current] = (*found.get(current, ()), known[1])
    return found
