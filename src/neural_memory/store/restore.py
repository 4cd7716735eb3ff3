"""How does a backup come back?  It is copied and looked through first; what it replaces is kept."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from neural_memory import place
from neural_memory.errors import DamagedError, InputError, NewerSchemaError, StoreError
from neural_memory.store import guard, header, heal, migrations, soundness, swap
from neural_memory.store.backup import free_name
from neural_memory.values import dataclass

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds. newest: the timestamp of its newest memory; schema: of the file, before any upgrade."""

    memories: int
    newest: str | None
    schema: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked copy beside the memory file, ready to take its place. mended: what had to be mended in it, in words."""

    source: Path
    copy: Path
    content: Content
    mended: str | None = None


@contextmanager
def prepare(source: Path, path: Path) -> Iterator[Prepared]:
    """Copy `source` beside `path` and look through the copy; it is removed at the end if it did not take the place.

    Raises InputError when there is no such file or it is the memory file itself, DamagedError when it is not a memory
    file or nothing can be saved of it, NewerSchemaError when a newer version made it.
    """
    _check_source(source, path)
    copy = path.with_name(f".{path.name}.restoring-{os.getpid()}")
    with suppress(OSError):
        copy.unlink()
    try:
        yield _prepared(source, copy)
    finally:
        for left in path.parent.glob(f"{copy.name}*"):
            left.unlink(missing_ok=True)


def _prepared(source: Path, copy: Path) -> Prepared:
    try:
        place.make_folder(copy.parent)
        os.close(place.create(copy))
        _copy(source, copy)
        mended = _mend(source, copy)
        return Prepared(source, copy, _content(source, copy), mended)
    except sqlite3.Error as problem:
        raise DamagedError(f"{source} cannot be restored: {problem}; nothing was changed") from problem
    except OSError as problem:
        raise StoreError(f"{source} cannot be copied to {copy.parent}: {problem.strerror or problem}") from problem


def take_over(prepared: Prepared, path: Path, patience: float) -> Path | None:
    """Put the checked copy in the memory file's place; returns where what was there is kept now.

    Open servers notice, and use the restored file from their next call on.
    """
    path = path.resolve()
    try:
        with swap.alone(path, patience):
            kept = free_name(path.parent / "backups", "-before-restore")
            swap.make_room(path, kept)
            with swap.locked(path, patience) as held:
                return swap.take_place(held, prepared.copy, kept)
    except (sqlite3.Error, OSError) as problem:
        raise StoreError(f"{path} cannot be replaced: {problem}; nothing was changed") from problem


def content(path: Path) -> Content | None:
    """What the file at `path` holds now; None when that cannot be told."""
    try:
        if not path.exists():
            return None
        with closing(_reading(path)) as connection:
            return _counted(connection)
    except sqlite3.Error:
        return None


def _check_source(source: Path, path: Path) -> None:
    try:
        found = source.stat()
    except OSError as problem:
        raise InputError(f"{source} cannot be read: {problem.strerror or problem}") from None
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{source} is not a file; name the backup itself, such as backups/memory-20260131-120000.db")
    if found.st_size == 0:
        raise InputError(f"{source} is empty")
    if swap.identity(source) == swap.identity(path):
        raise InputError(f"{source} is the memory file itself; name the backup that is to take its place")


def _copy(source: Path, copy: Path) -> None:
    """Copy through SQLite, so that a file that is in use comes whole; what SQLite cannot read, byte by byte."""
    try:
        with (
            closing(_reading(source)) as old,
            closing(sqlite3.connect(copy, isolation_level=None, factory=guard.Cautious)) as new,
        ):
            old.execute("BEGIN")
            old.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            old.backup(new)
    except sqlite3.Error:
        with source.open("rb") as old_file, copy.open("wb") as new_file:
            while chunk := old_file.read(_CHUNK):
                new_file.write(chunk)
            new_file.flush()
            os.fsync(new_file.fileno())


def _reading(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5, isolation_level=None, factory=guard.Cautious
    )
    guard.harden(connection)
    return connection


def _mend(source: Path, copy: Path) -> str | None:
    """Look through the copy and mend it if it is damaged; what was done, in words."""
    head = header.read(copy)
    if head is not None and not head.ours:
        raise DamagedError(f"{source} is a database of another program; nothing was changed")
    if head is not None and head.schema > len(migrations.STEPS):
        raise NewerSchemaError(
            f"{source} was written by a newer neural-memory (schema {head.schema}, this one knows "
            f"{len(migrations.STEPS)}); upgrade with `pip install -U neural-memory`. Nothing was changed"
        )
    with closing(sqlite3.connect(copy, isolation_level=None, factory=guard.Cautious)) as connection:
        guard.harden(connection)
        found = soundness.damage(connection, thorough=True)
        if found is None:
            guard.check_schema(connection, source)
            return None
    try:
        healed = heal.heal(copy, wait=False)
    except DamagedError:
        raise DamagedError(
            f"{source} is damaged or not a memory file ({found}), and nothing can be saved from it; nothing was changed"
        ) from None
    if healed is None:
        return None
    healed.kept.unlink(missing_ok=True)  # the source itself is still where it was
    return str(healed.saved)


def _content(source: Path, copy: Path) -> Content:
    with closing(_reading(copy)) as connection:
        if connection.execute("PRAGMA application_id").fetchone()[0] != header.APPLICATION_ID:
            raise DamagedError(f"{source} is not a memory file; nothing was changed")
        return _counted(connection)


def _counted(connection: sqlite3.Connection) -> Content:
    number, newest = connection.execute("SELECT count(*), max(timestamp) FROM memories").fetchone()
    return Content(number, newest, connection.execute("PRAGMA user_version").fetchone()[0])
