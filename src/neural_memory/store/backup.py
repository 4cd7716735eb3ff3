"""A consistent copy of the file, checked before it gets its name; and which older copies may go."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from neural_memory import place
from neural_memory.errors import DamagedError, StoreError
from neural_memory.store import header, soundness
from neural_memory.text.lazily import later

_PAGES_A_STEP = 2_000  # 8 MB between two calls of `progress`
_NAME = later(r"memory-(\d{8}-\d{6})(?:-(\d{1,3}))?\.db")


def back_up(
    connection: sqlite3.Connection,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
    *,
    mark: str = "",
) -> Path:
    """Copy the open file to ``folder/memory-YYYYMMDD-HHMMSS.db`` (0600), as it stands at this moment.

    connection: inside a transaction, so that no other writer changes the file meanwhile.
    progress: called with (pages done, pages in all). mark: added to the name.
    """
    try:
        place.make_folder(folder)
        target = free_name(folder, mark)
        unfinished = target.with_suffix(".unfinished")
        os.close(place.create(unfinished))
    except OSError as problem:
        raise StoreError(
            f"the backup cannot be written to {folder}: {problem.strerror or problem}; choose another directory"
        ) from problem
    try:
        with closing(sqlite3.connect(unfinished, isolation_level=None)) as copy:

            def step(_status: int, remaining: int, total: int) -> None:
                if progress is not None:
                    progress(total - remaining, total)

            connection.backup(copy, pages=_PAGES_A_STEP, progress=step)
            found = soundness.damage(copy, thorough=True)
        if found:
            raise DamagedError(
                f"the copy is not sound ({found}), so it was not kept; the memory file itself may be damaged: "
                "neural-memory doctor"
            )
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def backups(folder: Path) -> list[Path]:
    """The backups in a directory that `back_up` made, the newest first; whatever else is there is not among them."""
    try:
        named = [(_NAME.fullmatch(path.name), path) for path in folder.iterdir()]
    except OSError:
        return []
    found = [(name[1], int(name[2] or 1), path) for name, path in named if name and _is_ours(path)]
    return [path for _, _, path in sorted(found, reverse=True)]


def thin_out(folder: Path, keep: int, newest: Path) -> list[Path]:
    """Remove the oldest backups of `back_up` beyond the newest `keep`, of which `newest` is one; those that went."""
    gone = []
    for path in [path for path in backups(folder) if path.name != newest.name][max(1, keep) - 1 :]:
        try:
            path.unlink()
        except OSError as problem:
            raise StoreError(f"{path} cannot be removed: {problem.strerror or problem}") from problem
        gone.append(path)
    return gone


def _is_ours(path: Path) -> bool:
    """A plain file of this user that is a whole SQLite file with our mark: as `back_up` left it."""
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or (place.POSIX and found.st_uid != os.geteuid()):
            return False
        head = header.read(path)
    except OSError:
        return False
    return head is not None and head.ours and head.whole


def free_name(folder: Path, mark: str = "") -> Path:
    """A path in `folder` that is not taken: the time, the mark, and from the second of a second on a number."""
    start = f"memory-{datetime.now().strftime('%Y%m%d-%H%M%S')}{mark}"
    taken = [path.stem.removeprefix(start) for path in folder.glob(f"{start}*.db")]
    last = max((1 if not rest else int(rest[1:]) for rest in taken if re.fullmatch(r"(-\d{1,3})?", rest)), default=0)
    return folder / (f"{start}-{last + 1}.db" if last else f"{start}.db")
