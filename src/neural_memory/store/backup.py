"""A consistent copy of the file, checked before it gets its name."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from neural_memory.errors import DamagedError, StoreError

_PAGES_A_STEP = 2_000  # 8 MB between two calls of `progress`


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
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = _free_name(folder, mark)
        unfinished = target.with_suffix(".unfinished")
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
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
            verdict = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if verdict != "ok":
            raise DamagedError(
                f"the copy is not sound ({verdict}), so it was not kept; the memory file itself may be damaged"
            )
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def _free_name(folder: Path, mark: str) -> Path:
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    for extra in ("", *(f"-{n}" for n in range(2, 1000))):
        path = folder / f"memory-{stamp}{mark}{extra}.db"
        if not path.exists():
            return path
    raise FileExistsError(folder)
