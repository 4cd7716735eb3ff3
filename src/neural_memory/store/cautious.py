"""How is a connection made to a file that may come from anywhere?  Limited, and without what a schema could use."""

from __future__ import annotations

import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 64_000_000,  # bytes of a value; ours have far below one million
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 10,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_DEFENSIVE = ("SQLITE_DBCONFIG_DEFENSIVE", True), ("SQLITE_DBCONFIG_TRUSTED_SCHEMA", False)


class Cautious(sqlite3.Connection):
    """A connection that names damage as damage also where SQLite's own message about it is no text.

    The message can quote a schema whose bytes were changed, and Python fails to read it.
    """

    def execute(self, *statement: Any) -> sqlite3.Cursor:
        """As ever."""
        try:
            return super().execute(*statement)
        except UnicodeDecodeError:
            raise _unreadable() from None

    def executemany(self, *statement: Any) -> sqlite3.Cursor:
        """As ever."""
        try:
            return super().executemany(*statement)
        except UnicodeDecodeError:
            raise _unreadable() from None


def _unreadable() -> sqlite3.DatabaseError:
    problem = sqlite3.DatabaseError("malformed database schema")
    problem.sqlite_errorcode, problem.sqlite_errorname = sqlite3.SQLITE_CORRUPT, "SQLITE_CORRUPT"
    return problem


def harden(connection: sqlite3.Connection) -> None:
    """Close what a hostile file could use; before anything else is asked of the connection."""
    bound(connection)
    if hasattr(connection, "setconfig"):  # from Python 3.12 on
        for name, value in _DEFENSIVE:
            connection.setconfig(getattr(sqlite3, name), value)
    for setting in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
        connection.execute(f"PRAGMA {setting}")


def bound(connection: sqlite3.Connection) -> None:
    """Only the limits: for mending, which has to get at what defensive mode keeps closed."""
    for limit, most in LIMITS.items():
        connection.setlimit(limit, most)
