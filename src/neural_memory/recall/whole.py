"""What is there to know of a project as a whole?  What it is, then what is pinned and decided, then the newest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from neural_memory.model import Memory, Recollection
from neural_memory.store import memories
from neural_memory.store.selection import Selection, select
from neural_memory.store.sqlite import Connection
from neural_memory.text.tags import tag_term
from neural_memory.values import replace

NEWEST, NAMING = 300, 500
"""Memories that are looked at: the newest, and those that have the project's name."""
SHARES = {"what": 0.2, "pinned": 0.3, "decided": 0.3}
"""How much of the room each of these has, at most."""
SURE = 0.3
"""The score of the first; each further one has a little less."""


def hits(connection: Connection, here: str | None, limit: int, selection: Selection) -> list[tuple[int, Recollection]]:
    """(row, hit) of what is worth knowing first, of the project `here` and what is for everywhere, or of all there is.

    limit: as many hits at most.
    """
    if here is not None and selection.project is None:
        selection = replace(selection, project=here, or_everywhere=True)
    newest = [row for _, row in select(connection, selection)[:NEWEST]]
    decided = [row for _, row in select(connection, replace(selection, kind="decision"))[:limit]]
    named = _having(connection, selection.project, selection)
    rows = memories.by_seqs(connection, {*newest, *decided, *named})
    found = list(_ordered([*newest, *decided, *named], rows, selection.project, limit))[:limit]
    return [
        (row, Recollection(rows[row], round(SURE - 0.0003 * place, 4), True, "of the whole", confidence="good"))
        for place, row in enumerate(found)
    ]


def _having(connection: Connection, project: str | None, selection: Selection) -> list[int]:
    """Memories with the project's name, the oldest first: an introduction comes early."""
    if not project:
        return []
    having = memories.matching(connection, memories.any_of([tag_term(project)]), NAMING)
    return [row for _, row in reversed(select(connection, selection, having))]


def _ordered(rows: list[int], there: Mapping[int, Memory], project: str | None, limit: int) -> Iterator[int]:
    """Each row once, in the order of what is worth knowing."""
    present = [row for row in dict.fromkeys(rows) if row in there]
    parts = {
        "what": [row for row in present if _tells_what(there[row].content, project)],
        "pinned": [row for row in present if there[row].pinned],
        "decided": [row for row in present if there[row].kind == "decision"],
    }
    given: dict[int, None] = {}
    for part, share in SHARES.items():
        given |= dict.fromkeys(parts[part][: max(1, round(share * limit))])
    at_home = sorted(present, key=lambda row: project is not None and there[row].project is None)
    yield from given
    yield from (row for row in at_home if row not in given)


def _tells_what(content: str, project: str | None) -> bool:
    """Does a text begin by saying what the project is?"""
    names = r"(?:this|the|our) (?:project|repo(?:sitory)?|product|app(?:lication)?|codebase)"
    if project:
        names += f"|(?:the )?{re.escape(project)}"
    return bool(
        re.match(rf"\W*(?:{names})(?: \([^)]*\)|,[^,]*,)? (?:is|are) (?:an?|the|our|my|about|for)\b", content, re.I)
    )
