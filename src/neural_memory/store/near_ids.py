"""Which memory may have been meant by an id that none has?  One that was typed, with a letter wrong."""

from __future__ import annotations

import sqlite3

LIKE_ENOUGH = 0.8
"""How alike two ids are to be (as difflib counts: twice the common letters by all)."""
_SHORTEST = 9
"""Letters from which on a third of an id tells something."""


def meant(connection: sqlite3.Connection, id: str) -> str:
    """ "did you mean mem_…? " or nothing."""
    if not _SHORTEST <= len(id) <= 100:
        return ""
    from difflib import get_close_matches  # only for a slip

    name = id.lower().removeprefix("mem_")
    size = max(2, len(name) // 3)
    parts = (name[:size], name[size:-size], name[-size:])  # one slip, two letters exchanged included, leaves one whole
    rows = connection.execute(
        "SELECT id FROM memory_ids WHERE instr(id, ?1) OR (?2 <> '' AND instr(id, ?2)) OR instr(id, ?3) LIMIT 1000",
        parts,
    )
    near = get_close_matches(id.lower(), [str(row[0]) for row in rows], n=1, cutoff=LIKE_ENOUGH)
    return f"did you mean {near[0]}? " if near else ""
