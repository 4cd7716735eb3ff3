"""How is the file itself kept safe?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from neural_memory import check, place, settings
from neural_memory.brain.opened import Opened
from neural_memory.deferred import deferred
from neural_memory.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neural_memory import outcomes
    from neural_memory.store import backup, restore
else:
    (outcomes,) = deferred("neural_memory", "outcomes")
    backup, restore = deferred("neural_memory.store", "backup", "restore")


class Keeping(Opened):
    """backup, restore."""

    def backup(
        self,
        folder: str | Path | None = None,
        *,
        keep: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Path:
        """Make a consistent, checked copy (0600, dated name) in `folder`, by default ``backups`` in the home.

        keep: 1 to 10,000; afterwards only so many of such copies stay there, the newest (other files are never
        touched). progress: called with (pages done, pages in all).
        """
        target = Path(folder).expanduser() if folder is not None else self.path.parent / "backups"
        most = None if keep is None else check.count("keep", keep, 10_000)
        with self._file.read() as connection:
            made = backup.back_up(connection, target, progress)
        if most is not None:
            backup.thin_out(target, most, made)
        return made

    @staticmethod
    def restore(
        file: str | Path,
        path: str | Path | None = None,
        *,
        confirm: Callable[[outcomes.Restored], bool] | None = None,
        patience: float = 30.0,
    ) -> outcomes.Restored | None:
        """Put a copy of a backup in the memory file's place, also while servers run; they notice.

        file: any readable memory file; it is looked through first, and mended in the copy if need be. path: of the
        memory file, by default the one in the home. What was there is kept in ``backups`` and can be restored in turn.
        confirm: asked with what would be done; when it says no, nothing is changed and None comes back.
        """
        target = Path(path).expanduser() if path is not None else settings.home() / "memory.db"
        if path is None:
            place.check_home(target.parent)
        with restore.prepare(Path(file).expanduser(), target) as prepared:
            there, brings = restore.content(target), prepared.content
            plan = outcomes.Restored(
                str(prepared.source),
                str(target),
                brings.memories,
                brings.newest,
                replaced=None if there is None else there.memories,
                mended=prepared.mended,
            )
            if confirm is not None and not confirm(plan):
                return None
            if path is None:
                settings.make_home(target.parent)
            kept = restore.take_over(prepared, target, patience)
        return replace(plan, kept=None if kept is None else str(kept))
