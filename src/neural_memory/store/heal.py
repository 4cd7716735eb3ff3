"""How does a damaged file become a sound one?  What can be saved goes into a fresh one, and back.

Only what is damaged for certain is touched: under locks that keep every other process out, after the file has been left
alone for a second (a `cp` over it may still be at work), and after SQLite has said once more that it is not sound. The
damaged file is kept beside in a copy, byte for byte. If nothing can be saved, nothing is changed.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import IO

from neural_memory import place
from neural_memory.errors import BusyError, DamagedError
from neural_memory.store import guard, migrations, soundness, swap
from neural_memory.store.backup import backups, free_name
from neural_memory.store.salvage import Salvaged, salvage
from neural_memory.values import dataclass

QUIET = 1.0
"""Seconds that a file has to be left alone before it is believed to be damaged."""
_LONGEST_WAIT = 30.0


@dataclass(frozen=True, slots=True)
class Healed:
    """kept: where the damaged file is now."""

    path: Path
    kept: Path
    saved: Salvaged
    damage: str

    def __str__(self) -> str:
        """What happened, in words for whoever uses the memory."""
        return (
            f"{self.path.name} was damaged ({self.damage}) and has been mended: {self.saved}. "
            f"The damaged file is kept as {self.kept}"
        )


def heal(path: Path, patience: float = 30.0, *, wait: bool = True) -> Healed | None:
    """Mend the file if it is damaged; None when it is sound (or was mended by somebody else meanwhile).

    wait: until it was left alone for a moment; not for a file that nobody else knows of.
    Raises DamagedError when nothing can be saved; then nothing was changed.
    """
    path = path.resolve()
    with swap.alone(path, patience):
        if wait and _is_sound(path):  # somebody else was quicker
            return None
        if wait:
            _wait_until_left_alone(path)
        with swap.locked(path, patience) as held:
            old = held.connection
            if old is not None:
                guard.refuse_foreign(old, path)
            found = _damage(old)
            if found is None:
                return None
            seen = path.stat()
            fresh = path.with_name(f".{path.name}.mending")
            fresh.unlink(missing_ok=True)
            try:
                saved = _save(old, held.raw, fresh)
                if not saved.anything:
                    raise DamagedError(_hopeless(path, found))
                now = path.stat()
                if (now.st_mtime_ns, now.st_size) != (seen.st_mtime_ns, seen.st_size):
                    raise BusyError(f"{path} is being written by another program; try again when it is done")
                kept = free_name(path.parent, "-damaged")
                swap.take_place(held, fresh, kept)
            finally:
                for end in ("", "-journal"):
                    with suppress(OSError):
                        fresh.with_name(fresh.name + end).unlink()
    return Healed(path, kept, saved, found)


def _damage(old: sqlite3.Connection | None) -> str | None:
    if old is None:
        return "its first page is not that of a database"
    old.execute("PRAGMA writable_schema = OFF")  # asked as everybody asks it
    try:
        return soundness.damage(old)
    finally:
        old.execute("PRAGMA writable_schema = ON")


def _is_sound(path: Path) -> bool:
    """As far as one look tells, through SQLite and without a lock that keeps anybody waiting."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None, factory=guard.Cautious)) as connection:
            guard.harden(connection)
            return soundness.damage(connection) is None
    except sqlite3.Error:
        return False


def _save(old: sqlite3.Connection | None, raw: IO[bytes], fresh: Path) -> Salvaged:
    """Make the file that will take the damaged one's place, whole and on the disk."""
    os.close(place.create(fresh))
    with closing(sqlite3.connect(fresh, isolation_level=None, factory=guard.Cautious)) as new:
        new.execute("PRAGMA synchronous = EXTRA")
        new.execute("PRAGMA trusted_schema = OFF")
        migrations.bring_up_to_date(new, fresh)
        try:
            saved = salvage(old, new, raw)
        except (ValueError, TypeError, LookupError, AttributeError) as odd:  # what can be read is of a shape of its own
            raise DamagedError(f"what can be read of it cannot be used ({odd!r:.100}); nothing was changed") from odd
        new.text_factory = str
        if found := soundness.damage(new, thorough=True):
            raise DamagedError(f"what was saved is not sound ({found}); nothing was changed")
    return saved


def _wait_until_left_alone(path: Path) -> None:
    deadline = time.monotonic() + _LONGEST_WAIT
    while time.monotonic() < deadline:
        try:
            since = time.time() - path.stat().st_mtime
        except OSError:
            return
        if not 0 <= since < QUIET:
            return
        time.sleep(min(0.1, QUIET - since))
    raise BusyError(f"{path} is being written by another program; try again when it is done")


def _hopeless(path: Path, damage: str) -> str:
    return (
        f"{path} is damaged or not a memory database ({damage}), and nothing could be saved from it; it was left "
        f"untouched. What is left to do: {what_is_left(path)}"
    )


def what_is_left(path: Path) -> str:
    """What to do where nothing can be saved: the newest backup beside it by its name, or what else there may be."""
    if found := backups(path.parent / "backups"):
        return f"bring the newest backup back (neural-memory restore {found[0]})"
    return (
        "bring a backup back (neural-memory restore FILE); without one, move the file away, and import what an export "
        "holds (neural-memory import FILE)"
    )
