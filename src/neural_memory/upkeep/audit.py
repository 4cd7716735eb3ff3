"""What is stored?  Complete lists, counted truthfully, and the overview on one screen."""

from __future__ import annotations

import itertools
import json
from typing import NamedTuple

from neural_memory.errors import InputError
from neural_memory.model import Audit, Overview
from neural_memory.remember import days_ago, unlinked_terms
from neural_memory.store import memories
from neural_memory.store.selection import TAGS, Selection, select
from neural_memory.store.sqlite import Connection
from neural_memory.text.analyse import ask

AGES = (("last 7 days", 7), ("8 to 30 days", 30), ("31 to 60 days", 60), ("61 to 365 days", 365))


class Place(NamedTuple):
    """Where a memory stands in an audit; cursors are places, so that pages stay right while memories come and go."""

    partly: bool
    timestamp: str
    seq: int

    def key(self) -> tuple[bool, tuple[int, ...], int]:
        """Sorts what is wholly about the topic first, then the newest."""
        return self.partly, tuple(-ord(c) for c in self.timestamp), -self.seq


def audit(
    connection: Connection,
    selection: Selection,
    about: str | None,
    limit: int | None,
    cursor: str | None,
) -> Audit:
    """The page after `cursor` of all that match `selection` and, when given, the topic `about`."""
    if about is None:
        places = [Place(False, *found) for found in select(connection, selection)]
    else:
        whole, part = _about(connection, about)
        places = [Place(False, *found) for found in select(connection, selection, whole)]
        places += [Place(True, *found) for found in select(connection, selection, part - whole)]
    start = _after(places, cursor)
    end = len(places) if limit is None else min(len(places), start + limit)
    page = places[start:end]
    rows = memories.by_seqs(connection, [p.seq for p in page])
    return Audit(
        memories=tuple(rows[p.seq] for p in page),
        total=len(places),
        partly=sum(p.partly for p in places),
        start=start + 1 if page else 0,
        cursor=_cursor(page[-1]) if page and end < len(places) else None,
    )


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


def _after(places: list[Place], cursor: str | None) -> int:
    """The index of the first place after the cursor."""
    if cursor is None:
        return 0
    try:
        partly, timestamp, seq = json.loads(cursor)
        last = Place(bool(partly), str(timestamp), int(seq)).key()
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise InputError(
            f"cursor {cursor[:40]!r} is not one an audit gave; leave it out to start at the first page"
        ) from None
    return next((i for i, place in enumerate(places) if place.key() > last), len(places))


def _cursor(place: Place) -> str:
    return json.dumps([int(place.partly), place.timestamp, place.seq], separators=(",", ":"))


def overview(connection: Connection) -> Overview:
    """Everything counted."""

    def counted(sql: str) -> dict[str, int]:
        return dict(connection.execute(sql).fetchall())

    def number(sql: str) -> int:
        return int(connection.execute(sql).fetchone()[0])

    oldest, newest = connection.execute("SELECT min(timestamp), max(timestamp) FROM memories").fetchone()
    return Overview(
        memories=number("SELECT count(*) FROM memories"),
        replaced=number("SELECT count(*) FROM memories WHERE replaced_by IS NOT NULL"),
        kinds=counted("SELECT kind, count(*) c FROM memories GROUP BY kind ORDER BY c DESC, kind"),
        projects=counted(
            "SELECT coalesce(project, ''), count(*) c FROM memories GROUP BY project ORDER BY c DESC, project"
        ),
        tags=counted(
            f"SELECT t.value, count(*) c FROM memories m, json_each({TAGS}) t WHERE t.type = 'text' "  # noqa: S608
            "GROUP BY lower(t.value) ORDER BY c DESC, t.value"
        ),
        ages=_ages(connection),
        untagged=number(f"SELECT count(*) FROM memories m WHERE json_array_length({TAGS}) = 0"),  # noqa: S608
        never_recalled=number("SELECT count(*) FROM memories WHERE seq NOT IN (SELECT memory FROM usage)"),
        oldest=oldest,
        newest=newest,
    )


def _ages(connection: Connection) -> dict[str, int]:
    """How many memories are how old."""
    counted: dict[str, int] = {}
    older = _older(connection, AGES[0][1])
    counted[AGES[0][0]] = int(connection.execute("SELECT count(*) FROM memories").fetchone()[0]) - older
    for (_, days), (name, further) in itertools.pairwise(AGES):
        counted[name] = _older(connection, days) - _older(connection, further)
    counted["older than a year"] = _older(connection, AGES[-1][1])
    return {name: count for name, count in counted.items() if count}


def _older(connection: Connection, days: int) -> int:
    return int(connection.execute("SELECT count(*) FROM memories WHERE timestamp < ?", (days_ago(days),)).fetchone()[0])
