"""How does one file take another's place, while other processes may have it open?

Whoever wants to do that holds two locks: one file beside the memory file, so that only one does it at a time, and the
memory file's own, so that nobody is in the middle of a change. What was there keeps its bytes under another name, and
at each moment there is a whole file at the path. A process that waited for the old file's lock finds after its commit
that the path is another file now, and says so instead of claiming (`Database.write`).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from neural_memory import place
from neural_memory.errors import BusyError, StoreError
from neural_memory.store import guard

Identity = tuple[int, int]


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
        with contextlib.closing(sqlite3.connect(lock, timeout=patience, isolation_level=None)) as held:
            try:
                held.execute("PRAGMA journal_mode = MEMORY")
                held.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as problem:
                if getattr(problem, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
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


@contextlib.contextmanager
def locked(path: Path, patience: float) -> Iterator[sqlite3.Connection | None]:
    """Keep everybody out of the file; None when it is not even a database, so that nobody can be in it."""
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
    try:
        guard.bound(connection)
        connection.execute("PRAGMA writable_schema = ON")  # so that a damaged schema or a lost end can be read past
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        try:
            connection.execute("PRAGMA journal_mode = MEMORY")  # nothing of ours beside a file that will be kept
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as problem:
            primary = getattr(problem, "sqlite_errorcode", 0) & 0xFF
            if primary == sqlite3.SQLITE_BUSY:
                raise BusyError(f"{path} is locked by another process; nothing was changed, try again") from problem
            if primary not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise
            connection.close()
            yield None
        else:
            yield connection
    finally:
        connection.close()


def take_place(path: Path, new: Path, kept: Path) -> None:
    """Put `new` at `path`, and what was there at `kept`, byte for byte. Both are in use by nobody but us."""
    _step_aside(path, kept)
    try:
        os.link(path, kept)
    except FileNotFoundError:  # there was nothing
        pass
    except OSError:  # a file system without a second name for a file
        with os.fdopen(place.create(kept), "wb") as copy, path.open("rb") as old:
            shutil.copyfileobj(old, copy)
            copy.flush()
            os.fsync(copy.fileno())
    place.narrow(kept)
    try:
        new.replace(path)
    except PermissionError as problem:  # Windows, while anybody has it open
        kept.unlink(missing_ok=True)
        raise StoreError(f"{path} is in use by another program; close the assistants that use it first") from problem
    _flush_names(path.parent)


def _step_aside(path: Path, kept: Path) -> None:
    """A journal belongs to the old file. Left behind, it would be played back into the new one."""
    for end in ("-journal", "-wal", "-shm"):
        beside = path.with_name(path.name + end)
        if beside.exists():
            beside.rename(kept.with_name(kept.name + end))


def _flush_names(folder: Path) -> None:
    """Make renames survive a power cut."""
    if not place.POSIX:
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
