"""How is the file itself kept safe?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from neural_memory.brain.opened import Opened
from neural_memory.store import backup


class Keeping(Opened):
    """backup."""

    def backup(self, folder: str | Path | None = None, *, progress: Callable[[int, int], None] | None = None) -> Path:
        """Make a consistent, checked copy (0600, dated name) in `folder`, by default ``backups`` in the home.

        progress: called with (pages done, pages in all).
        """
        target = Path(folder).expanduser() if folder is not None else self.path.parent / "backups"
        with self._file.read() as connection:
            return backup.back_up(connection, target, progress)
