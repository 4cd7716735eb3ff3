"""How does one file take another's place, while other processes may have it open?

Not by a new file under the old name: a process that waits for the old one's lock would find the new one's journal, take
it for what a crash left of its own, and play it back. So the new content is written into the file that is there, in one
transaction of SQLite's, and whoever waited goes on with what is there then. A copy of what was there is kept.

Whoever does that holds two locks: one beside the file, so that only one does it at a time, and the file's own. What is
not even a database has no lock: it gets the first bytes of one before, which make it a damaged database. Somebody may
have opened it and not read it yet, so that it must not be replaced by name either, unless there is no other way.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from neural_memory import place
from neural_memory.errors import BusyError, StoreError
from neural_memory.store.cautious import Cautious, bound
from neural_memory.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

Identity = tuple[int, int]
_HEADER, _SOON = 100, 5.0
"""Bytes that make a file a database; seconds to wait for whoever looks into it at that moment."""
_JOURNALS = ("-journal", "-wal")


def identity(path: Path) -> Identity | None:
    """Device and inode of what is at this path now; None when nothing is."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextlib.contextmanager
def alone(path: Path, patience: float) -> Iterator[None]:
    """Be the only one who puts another file in this one's place. SQLite does the waiting, the same on each system.

    patience: seconds to wait for somebody else who does.
    """
    lock = path.with_name(path.name + "-mending")
    while True:
        with contextlib.suppress(FileExistsError):
            os.close(place.create(lock))
        before = identity(lock)
        with contextlib.closing(
            sqlite3.connect(lock, timeout=patience, isolation_level=None, factory=Cautious)
        ) as held:
            try:
                held.execute("PRAGMA journal_mode = MEMORY")
                held.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as problem:
                if problem.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                    raise BusyError(f"{path} is being mended or restored by another process; try again") from problem
                raise
            if before is None or identity(lock) != before:  # whoever had it removed it at the end
                continue
            try:
                yield
            finally:
                with contextlib.suppress(OSError):
                    lock.unlink()
            return


@dataclass(frozen=True, slots=True)
class Held:
    """A file that nobody else can be in. connection: None when it is no database; raw: its bytes, to read by hand."""

    path: Path
    connection: sqlite3.Connection | None
    raw: IO[bytes]


@contextlib.contextmanager
def locked(path: Path, patience: float) -> Iterator[Held]:
    """Keep everybody out of the file, in one transaction and behind it."""
    # Closing a handle of the file would drop SQLite's locks on it: so this one is opened first and closed last.
    with path.open("rb") as raw:
        connection = sqlite3.connect(path, timeout=patience, isolation_level=None, factory=Cautious)
        try:
            bound(connection)
            connection.execute("PRAGMA writable_schema = ON")  # so that a damaged schema or a lost end can be read past
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            try:
                connection.execute("BEGIN EXCLUSIVE")
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # from now on, behind the transaction as well
            except sqlite3.DatabaseError as problem:
                primary = problem.sqlite_errorcode & 0xFF
                if primary == sqlite3.SQLITE_BUSY:
                    raise BusyError(f"{path} is locked by another process; nothing was changed, try again") from problem
                if primary not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                    raise
                connection.close()
                yield Held(path, None, raw)
            else:
                yield Held(path, connection, raw)
        finally:
            connection.close()


def make_room(path: Path, kept: Path) -> None:
    """Where no file is, put an empty one, so that there is one to lock: somebody else may be making theirs.

    Of a file that was moved away its journal may still be there. SQLite clears that away as soon as it meets it beside
    an empty file; a copy of it goes beside `kept`, since the file that was moved away is not whole without.
    """
    if path.exists() and path.stat().st_size:
        return
    for end in _JOURNALS:
        with contextlib.suppress(FileNotFoundError), path.with_name(path.name + end).open("rb") as journal:
            _keep(journal, kept.with_name(kept.name + end))
    with contextlib.suppress(FileExistsError):
        os.close(place.create(path))


def take_place(held: Held, new: Path, kept: Path) -> Path | None:
    """Give the file the content of `new`, and keep a copy of what it was, byte for byte.

    Returns where that copy is: `kept`, or None when the file was empty.
    """
    if was_there := os.fstat(held.raw.fileno()).st_size > 0:
        _keep(held.raw, kept)
    place.narrow(held.path)
    if held.connection is None:
        _set_aside(held.path, kept)
        try:
            with _made_a_database(held.path, new) as connection:
                _write(connection, new)
        except (OSError, sqlite3.Error):
            _rename(held.path, new, kept)
    else:
        try:
            _write(held.connection, new)
        except sqlite3.Error as problem:
            kept.unlink(missing_ok=True)
            raise StoreError(f"{held.path} could not be written ({problem}); nothing was changed") from problem
    return kept if was_there else None


def _write(connection: sqlite3.Connection, new: Path) -> None:
    """Write the content of `new` in one transaction. connection: with the exclusive lock, in a transaction."""
    connection.execute("ROLLBACK")  # the lock stays
    connection.execute("PRAGMA synchronous = EXTRA")
    with contextlib.closing(sqlite3.connect(new, isolation_level=None)) as source:
        source.backup(connection)


@contextlib.contextmanager
def _made_a_database(path: Path, new: Path) -> Iterator[sqlite3.Connection]:
    """The file with the first bytes of a database, locked. Should we end here, it is a damaged one like any other."""
    with new.open("rb") as source:
        header = source.read(_HEADER)
    with path.open("r+b", buffering=0) as raw:  # closed last, as in `locked`
        raw.write(header)
        os.fsync(raw.fileno())
        connection = sqlite3.connect(path, timeout=_SOON, isolation_level=None, factory=Cautious)
        try:
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            yield connection
        finally:
            connection.close()


def _keep(raw: IO[bytes], kept: Path) -> None:
    from shutil import copyfileobj  # imports every compression there is

    place.make_folder(kept.parent)
    raw.seek(0)
    with os.fdopen(place.create(kept), "wb") as copy:
        copyfileobj(raw, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())


def _set_aside(path: Path, kept: Path) -> None:
    """A journal belongs to what was no database: left behind, it would be played back into what comes."""
    for end in (*_JOURNALS, "-shm"):
        beside = path.with_name(path.name + end)
        if beside.exists():
            beside.rename(kept.with_name(kept.name + end))


def _rename(path: Path, new: Path, kept: Path) -> None:
    try:
        new.replace(path)
    except PermissionError as problem:  # Windows, while anybody has it open
        kept.unlink(missing_ok=True)
        raise StoreError(f"{path} is in use by another program; close what uses it first") from problem
    _flush_names(path.parent)


def _flush_names(folder: Path) -> None:
    """Make renames survive a power cut."""
    if not place.POSIX:
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
