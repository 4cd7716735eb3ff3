"""Which memories match exactly?  For audits and deletions, which must be complete and leave nothing to ranking."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping

from neural_memory.model import Memory
from neural_memory.store.memories import insert_into
from neural_memory.values import dataclass

TAGS = "CASE WHEN json_valid(m.tags) THEN CASE WHEN json_type(m.tags) = 'array' THEN m.tags ELSE '[]' END ELSE '[]' END"
"""The tags of a row `m` in SQL; a list also when somebody wrote something else there by hand."""

OVERSIZED = 2_000
"""Characters from which on a memory is more than one fact, and is better split."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Conditions that must all hold; None or empty: no condition.

    mentions: text that must occur in the content, upper and lower case alike
    tags: tags that must all be there, upper and lower case alike
    project: its name; "": those that belong to no project
    valid_at, expired_at: moments, ISO 8601 UTC
    after, before: bounds of the timestamp, ISO 8601 UTC, both included
    """

    mentions: str | None = None
    tags: tuple[str, ...] = ()
    kind: str | None = None
    project: str | None = None
    after: str | None = None
    before: str | None = None
    or_everywhere: bool = False  # with a project: also what belongs to no project
    current_only: bool = False  # leave out what was replaced
    valid_at: str | None = None  # leave out what had expired by then
    expired_at: str | None = None  # only what had
    only: tuple[int, ...] | None = None  # only these rows
    untagged: bool = False  # only what has no tag
    never_recalled: bool = False  # only what no question ever found
    oversized: bool = False  # only what has more than OVERSIZED characters

    def where(self) -> tuple[str, list[object]]:
        """The condition in SQL, and its parameters."""
        parts: list[str] = []
        values: list[object] = []
        project = "(m.project = ? OR m.project IS NULL)" if self.or_everywhere else "m.project = ?"
        plain = (("m.kind = ?", self.kind), (project, self.project or None), ("m.timestamp >= ?", self.after))
        if self.project == "":
            parts.append("m.project IS NULL")
        for part, value in (*plain, ("m.timestamp <= ?", self.before)):
            if value is not None:
                parts.append(part)
                values.append(value)
        for tag in self.tags:
            parts.append(f"EXISTS (SELECT 1 FROM json_each({TAGS}) t WHERE casefold(t.value) = casefold(?))")  # noqa: S608
            values.append(tag)
        if self.mentions is not None:
            fold = "lower" if self.mentions.isascii() else "casefold"  # lower() knows ASCII only, and is much faster
            parts.append(f"instr({fold}(m.content), {fold}(?))")
            values.append(self.mentions)
        if self.current_only:
            parts.append("m.replaced_by IS NULL")
        if self.valid_at is not None:
            parts.append("(m.valid_until IS NULL OR m.valid_until >= ?)")
            values.append(self.valid_at)
        if self.only is not None:
            parts.append("m.seq IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(self.only))
        if self.expired_at is not None:
            parts.append("m.valid_until < ?")
            values.append(self.expired_at)
        if self.untagged:
            parts.append(f"json_array_length({TAGS}) = 0")
        if self.never_recalled:
            parts.append("m.seq NOT IN (SELECT memory FROM usage)")
        if self.oversized:
            parts.append(f"length(m.content) > {OVERSIZED}")
        return " AND ".join(parts) or "1", values


def select(
    connection: sqlite3.Connection,
    selection: Selection,
    within: Iterable[int] | None = None,
    *,
    table: str = "memories",
) -> list[tuple[str, int]]:
    """(timestamp, row) of every match, newest first. within: only these rows; table: see `set_aside`."""
    where, values = selection.where()
    if within is not None:
        where += " AND m.seq IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(list(within)))
    connection.create_function(
        "casefold", 1, _casefold, deterministic=True
    )  # for this query; the schema never calls it
    rows = connection.execute(
        f"SELECT CAST(m.timestamp AS TEXT), m.seq FROM {table} m WHERE {where} ORDER BY m.timestamp DESC, m.seq DESC",  # noqa: S608
        values,
    )
    return rows.fetchall()


def set_aside(connection: sqlite3.Connection, rows: Mapping[int, Memory]) -> str:
    """Put memories as they once were where `select` can look through them: a table in memory, its name comes back."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS once AS SELECT * FROM memories WHERE 0")
    connection.execute("DELETE FROM once")
    insert_into(connection, "once", rows)
    return "once"


def _casefold(value: object) -> str:
    return str(value).casefold()
