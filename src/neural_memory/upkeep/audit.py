"""What is stored?  Complete lists, counted truthfully, as it is now or as it was known at some time."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from neural_memory.errors import InputError
from neural_memory.model import Audit, Memory
from neural_memory.remember import unlinked_terms
from neural_memory.store import journal, memories
from neural_memory.store.selection import Selection, select, set_aside
from neural_memory.store.sqlite import Connection
from neural_memory.text.analyse import analyse, ask
from neural_memory.upkeep.history import changed_since

WHOLLY, PARTLY, PERHAPS = 0, 1, 2
"""How far a memory is about a topic: all of its words, some of them, or none but it lies near in meaning."""

NEAREST, NEAR = 20, 0.35
"""Memories near a topic in meaning that are listed at most, and the cosine from which on they are."""


class Place(NamedTuple):
    """Where a memory stands in an audit; cursors are places, so that pages stay right while memories come and go."""

    tier: int
    timestamp: str
    seq: int
    near: float = 0.0

    def key(self) -> tuple[int, float, tuple[int, ...], int]:
        """Sorts what is wholly about the topic first, what is near in meaning last (nearest first), then the newest."""
        return self.tier, -self.near, tuple(-ord(c) for c in self.timestamp), -self.seq


class Found(NamedTuple):
    """All places of an audit, and those memories that are not in the file as they are listed."""

    places: list[Place]
    once: Mapping[int, Memory] = {}


def audit(
    connection: Connection,
    selection: Selection,
    about: str | None,
    near: Mapping[int, float],
    limit: int | None,
    cursor: str | None,
    as_of: str | None = None,
) -> Audit:
    """The page after `cursor` of all that match `selection` and, when given, the topic `about`.

    near: row -> cosine of what lies near the topic in meaning; as_of: the moment whose knowledge is asked for.
    """
    found = _now(connection, selection, about, near) if as_of is None else _then(connection, selection, about, as_of)
    places = found.places
    start = _after(places, cursor)
    end = len(places) if limit is None else min(len(places), start + limit)
    page = places[start:end]
    rows = {**memories.by_seqs(connection, [p.seq for p in page if p.seq not in found.once]), **found.once}
    perhaps = [place for place in places if place.tier == PERHAPS]
    return Audit(
        memories=tuple(rows[p.seq] for p in page),
        total=len(places) - len(perhaps),
        partly=sum(place.tier == PARTLY for place in places),
        start=start + 1 if page else 0,
        cursor=_cursor(page[-1]) if page and end < len(places) else None,
        perhaps=len(perhaps),
        border=min((place.near for place in perhaps), default=0.0),
    )


def _now(connection: Connection, selection: Selection, about: str | None, near: Mapping[int, float]) -> Found:
    if about is None:
        return Found([Place(WHOLLY, *found) for found in select(connection, selection)])
    whole, part = _about(connection, about)
    others = sorted((row for row in near if row not in part and row not in whole), key=lambda row: -near[row])
    tiers = ((WHOLLY, whole), (PARTLY, part - whole), (PERHAPS, others[:NEAREST]))
    return Found(_places(connection, selection, tiers, near))


def _places(
    connection: Connection,
    selection: Selection,
    tiers: Iterable[tuple[int, Collection[int]]],
    near: Mapping[int, float],
    table: str = "memories",
) -> list[Place]:
    """Every match of these rows, tier after tier."""
    found = [
        Place(tier, str(timestamp), seq, near[seq] if tier == PERHAPS else 0.0)
        for tier, rows in tiers
        for timestamp, seq in select(connection, selection, rows, table=table)
    ]
    return sorted(found, key=Place.key)


def _about(connection: Connection, topic: str) -> tuple[set[int], set[int]]:
    """Rows that are wholly about a topic (all its terms, or its very words) and rows that share a term with it."""
    wanted = ask(topic)
    said = {seq for _, seq in select(connection, Selection(mentions=topic))}
    waiting = {row: set(terms) for row, terms in unlinked_terms(connection).items()}
    if not wanted:
        return said, said
    whole = memories.matching(connection, " AND ".join(memories.any_of([t]) for t in wanted))
    part = memories.matching(connection, memories.any_of(wanted))
    whole += [row for row, terms in waiting.items() if terms.issuperset(wanted)]
    part += [row for row, terms in waiting.items() if not terms.isdisjoint(wanted)]
    return said | set(whole), said | set(part)


def _then(connection: Connection, selection: Selection, about: str | None, moment: str) -> Found:
    """What was known at a moment: what did not change since, and what did as it was then."""
    changed = changed_since(connection, moment)
    once = dict(filter(None, changed.values()))
    moved = {*memories.known_ids(connection, changed).values(), *_unrecorded(connection, moment, changed)}
    still = [place for place in _now(connection, selection, about, {}).places if place.seq not in moved]
    table = set_aside(connection, once)
    tiers = ((WHOLLY, once.keys()),) if about is None else _tiers(connection, once, about, table)
    past = _places(connection, selection, tiers, {}, table)
    return Found(sorted(still + past, key=Place.key), once)


def _unrecorded(connection: Connection, moment: str, changed: Collection[str]) -> list[int]:
    """Rows that are dated later than a moment, and of which nothing says that they were there before it."""
    later = [(t, seq) for t, seq in select(connection, Selection(after=moment)) if t > moment]
    rows = {
        seq: m.id for seq, m in memories.by_seqs(connection, [seq for _, seq in later]).items() if m.id not in changed
    }
    recorded = journal.mentioned(connection, rows.values())
    return [seq for seq, id in rows.items() if id not in recorded]


def _tiers(
    connection: Connection, once: Mapping[int, Memory], about: str, table: str
) -> tuple[tuple[int, set[int]], tuple[int, set[int]]]:
    """How far memories as they once were are about a topic."""
    wanted = ask(about).keys()
    whole = {seq for _, seq in select(connection, Selection(mentions=about), table=table)}
    terms = {seq: set(analyse(m.content, m.tags, m.kind).terms) for seq, m in once.items()} if wanted else {}
    whole |= {seq for seq, those in terms.items() if those >= wanted}
    part = {seq for seq, those in terms.items() if those & wanted}
    return (WHOLLY, whole), (PARTLY, part - whole)


def _after(places: list[Place], cursor: str | None) -> int:
    """The index of the first place after the cursor."""
    if cursor is None:
        return 0
    try:
        tier, timestamp, seq, *near = json.loads(cursor)
        last = Place(int(tier), str(timestamp), int(seq), float(near[0]) if near else 0.0).key()
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise InputError(
            f"cursor {ascii(cursor[:40])[:60]} is not one an audit gave; leave it out to start at the first page"
        ) from None
    return next((i for i, place in enumerate(places) if place.key() > last), len(places))


def _cursor(place: Place) -> str:
    kept = (place.tier, place.timestamp, place.seq, *([place.near] if place.near else []))
    return json.dumps(kept, separators=(",", ":"))
