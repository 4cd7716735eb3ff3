"""How is another program's SQLite file read without trusting it, and without touching it?

Read-only and as it lies there (``immutable``), nothing of its schema trusted, only ordinary tables, values of bounded
size, a bounded time for each step. Where changes wait in a write-ahead log beside it, a private copy of both is read,
for `immutable` would not see them; so with a journal that is to be rolled back.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import quote

from neural_memory.errors import InputError
from neural_memory.store.guard import Cautious, harden

MAGIC = b"SQLite format 3\x00"
MAX_VALUE = 4_000_000
MAX_COPY = 2_000_000_000
_STEPS = 200_000_000
"""Steps of SQLite's machine until the first row, and between two; about ten seconds."""


class Joined(NamedTuple):
    """A table with what belongs to its rows. tables: others -> on what they meet; columns: name -> table.column."""

    table: str
    tables: Mapping[str, str]
    columns: Mapping[str, str]


class Foreign:
    """A database of another program. tables: its ordinary tables with their columns."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection, self._path = connection, path
        with self._clear_errors():
            names = connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' LIMIT 500"
            ).fetchall()
            self.tables = {name: self._columns(name) for (name,) in names if isinstance(name, str)}

    def _columns(self, table: str) -> tuple[str, ...]:
        found = self._connection.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()
        return tuple(str(name) for (name,) in found)

    def has(self, table: str, *columns: str) -> bool:
        """Is there such a table, with these columns?"""
        return table in self.tables and set(columns) <= set(self.tables[table])

    def count(self, table: str) -> int:
        """About how many rows a table has, for a bar; 0 when that cannot be said."""
        try:
            found = self._connection.execute(f"SELECT max(rowid) FROM {_named(table)}").fetchone()[0]  # noqa: S608
        except sqlite3.Error:
            return 0
        return found if isinstance(found, int) and found > 0 else 0

    def rows(self, table: str, columns: Sequence[str], order: str = "rowid") -> Iterator[dict[str, Any]]:
        """The rows of a table; columns that it has not are None. Bytes are no text, and None, too."""
        there = [name for name in columns if name in self.tables[table]]
        sql = f"SELECT {', '.join(map(_named, there))} FROM {_named(table)} ORDER BY {order}"  # noqa: S608
        with self._clear_errors():
            for row in self._connection.execute(sql):
                values = {name: None if isinstance(v, bytes) else v for name, v in zip(there, row, strict=True)}
                yield {name: values.get(name) for name in columns}

    def joined(self, wanted: Joined) -> Iterator[dict[str, Any]]:
        """The rows of a table with columns of others; what this file has not is None."""
        tables = [name for name in wanted.tables if name in self.tables]
        met = "".join(f" LEFT JOIN {name} ON {wanted.tables[name]}" for name in tables)
        there = {name: column for name, column in wanted.columns.items() if self.has(*column.split("."))}
        sql = f"SELECT {', '.join(there.values())} FROM {wanted.table}{met} ORDER BY {wanted.table}.rowid"  # noqa: S608
        with self._clear_errors():
            for row in self._connection.execute(sql):
                values = {name: None if isinstance(v, bytes) else v for name, v in zip(there, row, strict=True)}
                yield {name: values.get(name) for name in wanted.columns}

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as problem:
            raise InputError(f"{self._path} cannot be read: {problem}; nothing of the rest was imported") from problem


@contextmanager
def opened(path: Path) -> Iterator[Foreign]:
    """The database at `path`, for reading."""
    with ExitStack() as stack:
        mode = "mode=ro&immutable=1"
        if logs := [log for end in ("-wal", "-journal") if _waits(log := path.with_name(f"{path.name}{end}"))]:
            folder = stack.enter_context(TemporaryDirectory(prefix="neural-memory-"))
            path, mode = _copied(path, logs, Path(folder)), "mode=rw"  # of the copy: its log has to be worked in
        uri = f"file:{quote(str(path.absolute()))}?{mode}"
        try:
            connection = stack.enter_context(
                closing(sqlite3.connect(uri, uri=True, isolation_level=None, factory=Cautious))
            )
            connection.text_factory = lambda data: data.decode("utf-8", "replace")
            harden(connection)
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE)
            connection.execute("PRAGMA query_only = ON")
            connection.set_progress_handler(_patience(), 1_000_000)
            foreign = Foreign(connection, path)
        except sqlite3.Error as problem:
            raise InputError(f"{path} cannot be read as an SQLite database: {problem}") from problem
        yield foreign


def _waits(log: Path) -> bool:
    """Is there something in this file that belongs into the database?"""
    return log.is_file() and not log.is_symlink() and log.stat().st_size > 0


def _copied(path: Path, logs: Sequence[Path], folder: Path) -> Path:
    """The database and its logs, side by side in a folder of our own."""
    if sum(file.stat().st_size for file in (path, *logs)) > MAX_COPY:
        raise InputError(
            f"{path} is in use and too large to be copied; stop the program that has it open, and try again"
        )
    for file in (path, *logs):
        shutil.copyfile(file, folder / file.name)
    return folder / path.name


def _patience() -> Any:
    """Stops a statement that computes without end."""
    left = [_STEPS // 1_000_000]

    def step() -> int:
        left[0] -= 1
        return left[0] < 0

    return step


def _named(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
