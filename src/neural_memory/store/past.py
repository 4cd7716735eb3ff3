"""Since when is something known here?  What came with an import may have a history of its own, or none."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

_GONE = ("forget", "forget for good", "merge", "undo", "redo")
"""Changes after which a memory may not have been there."""


def first(connection: sqlite3.Connection) -> str | None:
    """When the first change was made that is recorded here."""
    row = connection.execute("SELECT min(at) FROM journal").fetchone()
    return None if row[0] is None else str(row[0])


def lived_before(connection: sqlite3.Connection, entries: Mapping[str, int]) -> set[str]:
    """Those of these memories that were there already before the entry that brought them: their history came along."""
    rows = connection.execute(
        "SELECT j.memory, j.action, max(j.entry) FROM journal j JOIN json_each(?) e ON e.key = j.memory "
        "WHERE j.entry < e.value GROUP BY j.memory",
        (json.dumps(entries),),
    )
    return {memory for memory, action, _ in rows if action not in _GONE}
