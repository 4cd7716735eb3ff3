"""How is it told what changed?"""

from __future__ import annotations

from neural_memory import check
from neural_memory.brain.opened import Opened
from neural_memory.deferred import deferred

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neural_memory.changes import History, Step
    from neural_memory.upkeep import history
else:
    (history,) = deferred("neural_memory.upkeep", "history")


class Past(Opened):
    """history, log."""

    def history(self, id: str) -> History:
        """Every change of a memory, the first one first; `NotFoundError` when nothing is known of the id.

        The id may be that of a forgotten memory (for `undo_days`), or of one that was merged into another.
        """
        key = check.known_id(id)
        with self._file.read() as connection:
            return history.history(connection, key)

    def log(self, limit: int = 20, *, before: int | None = None) -> list[Step]:
        """The last changes, the latest first, each with the number by which `undo` takes it back.

        limit: 1 to 1,000; before: only those below this number, for the next page.
        """
        most = check.count("limit", limit, 1_000)
        first = None if before is None else check.count("before", before, check.LARGEST)
        with self._file.read() as connection:
            return history.log(connection, most, first)
