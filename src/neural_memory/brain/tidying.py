"""How is what is stored brought into order?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import fields

from neural_memory import check
from neural_memory.brain.opened import Opened
from neural_memory.changes import Merged, Twins
from neural_memory.errors import StoreError
from neural_memory.model import Memory
from neural_memory.store import twins
from neural_memory.upkeep import duplicates, merge


class Tidying(Opened):
    """merge, duplicates."""

    def merge(self, ids: Iterable[str]) -> Merged:
        """Make one memory of several, as one step that `undo` takes back.

        It has the first one's id, every sentence of all of them (those that say the same in the same words once), all
        tags, the highest importance and the earliest timestamp; it is pinned if one of them is. The other ids go on
        answering with it. Memories of different projects raise `InputError`.
        """
        wanted = check.ids(ids)
        with self._file.write() as connection:
            after, parts = merge.merge(connection, wanted, self._author())
        return Merged(**{field.name: getattr(after, field.name) for field in fields(Memory)}, parts=tuple(parts))

    def duplicates(self, *, progress: Callable[[int, int], None] | None = None) -> list[Twins]:
        """All groups of memories that say the same, found in the whole store, the largest group first.

        By their words, and by meaning as far as they have vectors. Texts that differ in a number, a name or a denial
        are not called the same. progress: called with (pairs compared, pairs in all).
        """
        with self._file.read() as connection:
            found = duplicates.groups(connection, progress)
            pairs = duplicates.pairs(connection, found)
        with suppress(StoreError), self._file.write() as connection:
            twins.note(connection, pairs)
        return found
