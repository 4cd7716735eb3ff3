"""Since when is something known here?  What came with an import may have a history of its own, or none."""

from __future__ import annotations

import sqlite3


def first(connection: sqlite3.Connection) -> str | None:
    """When the first change was made that is recorded here."""
    row = connection.execute("SELECT min(at) FROM journal").fetchone()
    return None if row[0] is None else str(row[0])
