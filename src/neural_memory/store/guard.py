"""What may a memory file do to whoever opens it?  Hold numbers, and run nothing: a file can come from anywhere.

A database brings SQL along that runs when others use it: triggers, and expressions in its tables. SQLite's own
measures go first (sqlite.org/security.html): functions with side effects are closed to the schema, nothing can be
attached, no value can grow huge, and where Python lets us (3.12), the file cannot touch what SQLite keeps for itself.
Then what is left is looked at: of the triggers, only those that we made may be there.
"""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path

from neural_memory.errors import ForeignSchemaError
from neural_memory.store import migrations
from neural_memory.store.cautious import Cautious, bound, harden

__all__ = ["Cautious", "bound", "check_schema", "harden", "refuse_foreign", "schema_version"]

_Schema = dict[tuple[str, str], str | None]

_SHOWN = 3


def check_schema(connection: sqlite3.Connection, path: Path) -> int:
    """Refuse a file of ours whose schema would do something of its own when it is used; returns `schema_version`."""
    connection.execute("BEGIN")  # the steps that were run and the schema, of one moment
    try:
        seen = schema_version(connection)
        steps = connection.execute("PRAGMA user_version").fetchone()[0]
        found = _schema(connection)
    finally:
        connection.execute("ROLLBACK")
    _refuse_odd(found, steps, path)
    return seen


def refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """The same for a damaged file that is about to be read for what can be saved; inside its transaction."""
    try:
        found = _schema(connection)
        steps = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError:  # no schema to be read: then none of it is used either
        return
    _refuse_odd(found, steps, path)


def _refuse_odd(found: _Schema, steps: int, path: Path) -> None:
    if 0 < steps <= len(migrations.STEPS) and found and (odd := _odd(found, expected(steps))):
        named = ", ".join(ascii(each)[1:-1][:80] for each in odd[:_SHOWN])
        more = f" and {len(odd) - _SHOWN} more" if len(odd) > _SHOWN else ""
        raise ForeignSchemaError(
            f"{path} brings along what neural-memory did not make and what would run by itself: {named}{more}. "
            "If you did not put that there, do not trust the file; if you did, drop it with sqlite3. "
            "It was left untouched"
        )


def _odd(found: _Schema, ours: _Schema) -> list[str]:
    """What is there and does not belong: other triggers, and tables of ours that are something else."""
    odd = [
        f"{kind} {name}" for (kind, name), sql in found.items() if kind == "trigger" and ours.get((kind, name)) != sql
    ]
    for kind, name in ours:
        if kind != "table":
            continue
        odd += [f"{other} {name}" for other in ("view", "index") if (other, name) in found]
        sql = found.get((kind, name))
        if sql is not None and (_is_virtual(sql) or _is_virtual(ours[kind, name])) and sql != ours[kind, name]:
            odd.append(f"virtual table {name}")
    return odd


def schema_version(connection: sqlite3.Connection) -> int:
    """A number that changes with the schema, whoever changes it."""
    return int(connection.execute("PRAGMA schema_version").fetchone()[0])


def _schema(connection: sqlite3.Connection) -> _Schema:
    """(kind, name) -> SQL of everything that is defined; a name is one of ours however it is written."""
    rows = connection.execute("SELECT type, lower(name), sql FROM sqlite_schema").fetchall()
    return {(kind, name): sql for kind, name, sql in rows}


def _is_virtual(sql: str | None) -> bool:
    return sql is not None and sql.lstrip().upper().startswith("CREATE VIRTUAL")


class _Told:
    """Stands for a connection, and only takes down what it is told."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def execute(self, statement: str) -> None:
        self.statements.append(statement.strip())


@cache
def expected(steps: int) -> _Schema:
    """The schema as these steps make it, read off their statements: making it would take every start three
    milliseconds. SQLite keeps statements as they are written; a test holds this against a file that is made.
    """
    told = _Told()
    for step in migrations.STEPS[:steps]:
        step(told)  # type: ignore[arg-type]
    schema: _Schema = {}
    for statement in told.statements:
        verb, *words = statement.split(None, 4)
        if verb == "CREATE" and words[0] == "VIRTUAL":
            schema["table", words[2]] = statement
            schema |= {("table", f"{words[2]}_{part}"): "CREATE TABLE" for part in ("data", "idx", "content", "config")}
        elif verb == "CREATE":
            schema[words[0].lower(), words[1]] = statement
        elif verb == "DROP":
            del schema["table", words[1]]
    return schema
