"""One connection to the memory file: opened safely, checked before each use, written in whole transactions.

The choices, each measured (ARCHITECTURE.md): a rollback journal with ``synchronous=EXTRA``, so that the one file is
always complete and an acknowledged memory survives a power cut; no application functions in the schema, so that plain
``sqlite3`` can read and write it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from neural_memory import place
from neural_memory.errors import (
    BusyError,
    DamagedError,
    FullError,
    HealedError,
    NewerSchemaError,
    ReadOnlyError,
    StoreError,
)
from neural_memory.store import guard, migrations, soundness
from neural_memory.store.swap import identity as _identity

Connection = sqlite3.Connection
"""So that others can name the type without importing sqlite3."""
SQLITE_VERSION = sqlite3.sqlite_version


_TIMES = 3
"""How often a file is mended before it is given up."""
_RELINKED = "{path} was out of step with itself (a copy made during a change?); {count:,} memories are linked anew"


class _Unsound(Exception):  # noqa: N818 - its message is what SQLite found
    """The file that was opened is damaged."""


class Database:
    """A connection with a lifetime. It belongs to the thread that opened it.

    Every use goes through `read` or `write`; both notice when the file was removed, replaced or repaired in the
    meantime and open it anew, so that a long-running server never talks to a file that is no longer there.
    """

    def __init__(self, path: Path, *, busy_timeout: float = 30.0) -> None:
        self.path = path
        self.busy_timeout = busy_timeout
        self.notices: list[str] = []  # what happened to the file that its user should hear of
        self.opened = 0  # how often a file was opened; what was read from an earlier one may not hold any more
        self._connection: sqlite3.Connection | None = None
        self._shape: int | None = None  # the version of its schema that was found harmless
        self._identity: tuple[int, int] | None = None  # device and inode of the file we have open

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A consistent look at the file."""
        with self._clear_errors():
            connection = self._unchanged()
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def write(self, patience: float | None = None) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on the disk when the block ends, or none of it ever was.

        patience: seconds to wait for another writer, when the usual busy timeout is too long.
        """
        with self._clear_errors():
            connection = self._unchanged()
            # COMMIT waits for readers, so a short patience has to hold until then.
            connection.execute(
                f"PRAGMA busy_timeout = {int(1000 * (self.busy_timeout if patience is None else patience))}"
            )
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                connection.execute(f"PRAGMA busy_timeout = {int(1000 * self.busy_timeout)}")
            if _identity(self.path) != self._identity:
                self.close()
                raise StoreError(
                    f"{self.path} was removed or replaced while this was being written, so it is not kept; try again"
                )

    @contextlib.contextmanager
    def aside(self) -> Iterator[sqlite3.Connection]:
        """All of the file as it is now, in a nameless database that can be changed and is gone afterwards."""
        nameless = contextlib.closing(sqlite3.connect("", isolation_level=None, factory=guard.Cautious))
        with self._clear_errors(), nameless as copy:
            with self.read() as connection:
                connection.backup(copy)
            copy.text_factory = _decoded
            guard.harden(copy)
            yield copy

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._identity = None

    def open(self) -> None:
        """Open the file now, creating or upgrading it where needed."""
        with self._clear_errors():
            self._current()

    def _current(self) -> sqlite3.Connection:
        if self._connection is not None and _identity(self.path) != self._identity:
            self.close()
        if self._connection is None:
            self._connection = self._connect_healed()
            self.opened += 1
            self._identity = _identity(self.path)
        return self._connection

    def _unchanged(self) -> sqlite3.Connection:
        """The connection; opened anew if somebody changed the schema since, as a repair or a restore does, too."""
        connection = self._current()
        if guard.schema_version(connection) != self._shape:
            self.close()
            connection = self._current()
        return connection

    def _connect_healed(self) -> sqlite3.Connection:
        """A connection to a sound file; one that is damaged is mended first."""
        found: Exception | None = None
        for _ in range(_TIMES):  # what was found sound may be written over by a `cp` that is still at work
            try:
                return self._connect()
            except sqlite3.DatabaseError as problem:
                if not soundness.is_damage(problem):
                    raise
                found = problem
            except _Unsound as problem:
                found = problem
            self._heal(found)
        raise DamagedError(f"{self.path} is damaged again and again ({found}); is it being written by another program?")

    def _heal(self, problem: Exception) -> bool:
        """Mend the file; False when it turns out to be sound. What was done is told in `notices`."""
        from neural_memory.store import heal

        try:
            healed = heal.heal(self.path, self.busy_timeout)
        except (sqlite3.Error, OSError) as obstacle:
            raise DamagedError(
                f"{self.path} is damaged ({problem}) and could not be mended: {obstacle}; it was left untouched"
            ) from problem
        if healed is not None:
            self.notices.append(str(healed))
        return healed is not None

    def _connect(self) -> sqlite3.Connection:
        self._create_private_file()
        connection = sqlite3.connect(self.path, timeout=self.busy_timeout, isolation_level=None, factory=guard.Cautious)
        connection.text_factory = _decoded
        try:
            # First: the schema and every setting below read the file, and must wait for a writer like everything else.
            connection.execute(f"PRAGMA busy_timeout = {int(self.busy_timeout * 1000)}")
            guard.harden(connection)
            for setting in (
                "foreign_keys = ON",
                "secure_delete = ON",
                "synchronous = EXTRA",
                "temp_store = MEMORY",  # nothing of a memory may reach a temporary file
                "cache_size = -16000",
            ):
                connection.execute(f"PRAGMA {setting}")
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "delete":
                connection.execute("PRAGMA journal_mode = DELETE")
            guard.check_schema(connection, self.path)
            if migrations.is_old(connection) and (damage := soundness.damage(connection, thorough=True)):
                raise _Unsound(damage)
            migrations.bring_up_to_date(connection, self.path)
            damage, relinked = soundness.look_through(connection, _identity(self.path), self.path.stat().st_mtime)
            if damage:
                raise _Unsound(damage)
            if relinked:
                self.notices.append(_RELINKED.format(path=self.path, count=relinked))
            connection.execute(f"PRAGMA busy_timeout = {int(self.busy_timeout * 1000)}")
            self._shape = guard.schema_version(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _create_private_file(self) -> None:
        """Make a missing file, for its owner's eyes only whatever the umask; SQLite gives its journal the same mode.

        Only ever *creates*: opening and closing an existing database by hand would drop SQLite's own locks on it.
        """
        if self.path.exists():
            return
        with contextlib.suppress(FileExistsError):
            os.close(place.create(self.path))

    @contextlib.contextmanager
    def _clear_errors(self) -> Iterator[None]:
        """Say what is wrong with the file in words, and start afresh next time."""
        try:
            yield
        except (sqlite3.Error, OSError) as problem:
            if soundness.is_damage(problem):
                self._heal_in_use(problem)
            error = self.explain(problem)
            if not isinstance(error, BusyError):
                with contextlib.suppress(sqlite3.Error):
                    self.close()
            raise error from problem
        except (DamagedError, NewerSchemaError):
            self.close()
            raise

    def _heal_in_use(self, problem: BaseException) -> None:
        """The file turned out to be damaged in the middle of something: mend it, and have that asked again."""
        with contextlib.suppress(sqlite3.Error):
            self.close()
        if isinstance(problem, sqlite3.DatabaseError) and problem.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            return
        known = len(self.notices)
        if not self._heal(RuntimeError(str(problem))):
            try:
                count = self._link_anew()
            except (sqlite3.Error, _Unsound) as obstacle:
                raise DamagedError(
                    f"{self.path} is damaged ({problem}; {obstacle}); it was left untouched"
                ) from problem
            if not count:
                raise StoreError(f"{self.path} could not be read at that moment ({problem}); try again") from problem
            self.notices.append(_RELINKED.format(path=self.path, count=count))
        told = " ".join(self.notices[known:])
        del self.notices[known:]
        raise HealedError(f"{told}. This call was not done: try it again") from problem

    def _link_anew(self) -> int:
        """Where the derived tables of a sound file contradict each other, empty them; how many memories wait then."""
        with contextlib.closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            count = soundness.start_over(connection) if soundness.disagreements(connection) else 0
            connection.execute("COMMIT")
        return count

    def explain(self, problem: sqlite3.Error | OSError) -> StoreError:
        """The same trouble in words a person can act on."""
        text = problem.strerror or str(problem) if isinstance(problem, OSError) else str(problem)
        if isinstance(problem, OSError):
            if isinstance(problem, (PermissionError, FileNotFoundError, NotADirectoryError)) or problem.errno == 30:
                return ReadOnlyError(f"{self.path} cannot be written: {text}; check its permissions and its disk")
            return StoreError(f"{self.path} cannot be used: {text}")
        code = getattr(problem, "sqlite_errorcode", None)
        primary = (code or 0) & 0xFF
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return BusyError(
                f"{self.path} was locked by another process for longer than we wait; nothing was changed, try again"
            )
        if primary == sqlite3.SQLITE_FULL:
            return FullError(f"there is no room left to write {self.path} (disk full); nothing was changed")
        if primary == sqlite3.SQLITE_IOERR:
            return FullError(
                f"{self.path} could not be written or read: {text} (is the disk full, or a size limit reached?); "
                "nothing was changed"
            )
        if primary in (
            sqlite3.SQLITE_READONLY,
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_PERM,
            sqlite3.SQLITE_AUTH,
        ):
            if self.path.is_dir():
                return DamagedError(f"{self.path} is a directory; move it away so that the memory file can be made")
            return ReadOnlyError(
                f"{self.path} cannot be written ({text}); check the permissions of the file and its directory, "
                "and that its disk is not read-only"
            )
        if primary in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return DamagedError(
                f"{self.path} is damaged or not a memory database ({text}); it was left untouched. "
                "Move it away or put a backup in its place"
            )
        return StoreError(f"{self.path} cannot be used: {text}")


def _decoded(data: bytes) -> str:
    """Text as it was stored; bytes that somebody put there by hand and that are no text are marked, not fatal."""
    return data.decode("utf-8", "replace")
