"""In which state is the store, in numbers?  One screen: what there is, and what could do with a look.

Two scans of the rows give all that is counted exactly. What would have to be compared or looked up elsewhere (what says
the same, contradicts, or speaks of code that changed) is counted as far as it is known already, and is a lower bound.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterable

from neural_memory.code.anchors import Code
from neural_memory.model import Overview
from neural_memory.remember import days_ago, now
from neural_memory.store import conflicts, memories, twins
from neural_memory.store.selection import OVERSIZED
from neural_memory.store.sqlite import Connection

AGES = (("last 7 days", 7), ("8 to 30 days", 30), ("31 to 60 days", 60), ("61 to 365 days", 365))
OLD = 365
"""Days after which a memory is old enough to ask whether it still holds."""
SUSPECTS = 200
"""Newest memories with anchors that are held against the code."""


def overview(connection: Connection, code: Code | None = None) -> Overview:
    """Everything counted. code: what is being worked on."""
    whole = _scanned(connection)
    kinds, projects, tags, untagged = _grouped(connection)
    unrecalled = whole.total - int(
        connection.execute("SELECT count(*) FROM usage WHERE memory IN (SELECT seq FROM memories)").fetchone()[0]
    )
    concerns = {
        "expired": whole.expired,
        "contradictory": conflicts.count(connection),
        "suspect": _suspect(connection, code) if whole.anchored else 0,
        "duplicate": twins.count(connection),
        "untagged": untagged,
        "never recalled": unrecalled,
        "old": whole.older[-1],
        "oversized": whole.oversized,
    }
    waiting = conflicts.waiting(connection)
    return Overview(
        memories=whole.total,
        replaced=whole.replaced,
        kinds=kinds,
        projects=projects,
        tags=tags,
        ages=_ages(whole.total, whole.older),
        untagged=untagged,
        never_recalled=unrecalled,
        oldest=whole.oldest,
        newest=whole.newest,
        concerns={name: number for name, number in concerns.items() if number},
        at_least=("duplicate", "suspect", *(("contradictory",) if waiting else ())),
    )


class _Scanned:
    """What one scan of all rows adds up."""

    def __init__(self, row: tuple[object, ...]) -> None:
        self.oldest, self.newest = (None if value is None else str(value) for value in row[:2])
        numbers = [int(str(value or 0)) for value in row[2:]]
        self.total, self.replaced, self.oversized, self.expired, self.anchored = numbers[:5]
        self.older = numbers[5:]  # than each of AGES


def _scanned(connection: Connection) -> _Scanned:
    older = ", ".join("sum(timestamp < ?)" for _ in AGES)
    row = connection.execute(
        "SELECT CAST(min(timestamp) AS TEXT), CAST(max(timestamp) AS TEXT), count(*), count(replaced_by), "  # noqa: S608
        "sum(length(content) > ?), sum(valid_until < ? AND replaced_by IS NULL), "
        f"sum(anchors IS NOT NULL AND replaced_by IS NULL), {older} FROM memories",
        (OVERSIZED, now(), *(days_ago(days) for _, days in AGES)),
    ).fetchone()
    return _Scanned(row)


def _grouped(connection: Connection) -> tuple[dict[str, int], dict[str, int], dict[str, int], int]:
    """(kinds, projects, tags, how many have no tag); a tag counts in whatever case, and reads as it mostly does."""
    kinds, projects, tags, spelled = Counter[str](), Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    untagged = 0
    rows = connection.execute("SELECT kind, project, tags, count(*) FROM memories GROUP BY kind, project, tags")
    for kind, project, listed, number in rows:
        kinds[str(kind)] += number
        projects[str(project or "")] += number
        found = _tags(listed)
        untagged += 0 if found else number
        for tag in found:
            tags[tag.casefold()] += number
            spelled[tag.casefold(), tag] += number
    names = {folded: tag for (folded, tag), _ in reversed(spelled.most_common())}
    return _ordered(kinds), _ordered(projects), {names[tag]: n for tag, n in _ordered(tags).items()}, untagged


def _tags(listed: object) -> list[str]:
    try:
        found = json.loads(listed) if isinstance(listed, str) else []
    except (ValueError, RecursionError):
        return []
    return [tag for tag in found if isinstance(tag, str)] if isinstance(found, list) else []


def _ordered(counted: Counter[str]) -> dict[str, int]:
    """The largest first, equals by name."""
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _ages(total: int, older: Iterable[int]) -> dict[str, int]:
    """How many memories are how old."""
    borders = [total, *older]
    names = [*(name for name, _ in AGES), "older than a year"]
    counted = [more - fewer for more, fewer in itertools.pairwise([*borders, 0])]
    return {name: number for name, number in zip(names, counted, strict=True) if number}


def _suspect(connection: Connection, code: Code | None) -> int:
    """How many of the newest speak of code that changed or is gone, as far as a quick look tells."""
    newest = memories.anchored(connection, SUSPECTS) if code else {}
    return len(code.suspect({row: memory.anchors for row, memory in newest.items()})) if code else 0
