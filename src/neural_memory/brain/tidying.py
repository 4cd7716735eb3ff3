"""How is what is stored brought into order?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from neural_memory import check
from neural_memory.brain.opened import Opened
from neural_memory.deferred import deferred
from neural_memory.errors import InputError, StoreError
from neural_memory.model import Memory
from neural_memory.store import memories
from neural_memory.store.selection import Selection, select
from neural_memory.values import fields, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neural_memory import changes, secrecy
    from neural_memory.store import twins
    from neural_memory.upkeep import both, bulk, duplicates, merge, overview
else:
    changes, secrecy = deferred("neural_memory", "changes", "secrecy")
    (twins,) = deferred("neural_memory.store", "twins")
    both, bulk, duplicates, merge, overview = deferred(
        "neural_memory.upkeep", "both", "bulk", "duplicates", "merge", "overview"
    )


class Tidying(Opened):
    """merge, both_hold, duplicates, tags, tag_spellings, rename_tags, revise_kinds."""

    def merge(self, ids: Iterable[str]) -> changes.Merged:
        """Make one memory of several, as one step that `undo` takes back.

        It has the first one's id, every sentence of all of them (those that say the same in the same words once), all
        tags, the highest importance and the earliest timestamp; it is pinned if one of them is. The other ids go on
        answering with it. Memories of different projects raise `InputError`.
        """
        wanted = check.ids(ids)
        with self._file.write() as connection:
            after, parts = merge.merge(connection, wanted, self._author())
        return changes.Merged(
            **{field.name: getattr(after, field.name) for field in fields(Memory)}, parts=tuple(parts)
        )

    def both_hold(self, ids: Iterable[str]) -> list[Memory]:
        """Say that memories which look as if they contradicted or repeated each other all hold; they come back.

        It is not told of them again, until one of them says something else. One step, which `undo` takes back.
        """
        wanted = check.ids(ids)
        with self._file.write() as connection:
            return both.both_hold(connection, wanted, self._author())

    def duplicates(self, *, progress: Callable[[int, int], None] | None = None) -> list[changes.Twins]:
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

    def tags(self) -> dict[str, int]:
        """Every tag and how many memories have it, the most used first; upper and lower case are one."""
        with self._file.read() as connection:
            return overview.overview(connection).tags

    def tag_spellings(self) -> list[tuple[str, ...]]:
        """Groups of tags that are one, spelled in several ways; of each the most used spelling first."""
        return bulk.spellings(self.tags())

    def rename_tags(
        self, old: Iterable[str], new: str, *, progress: Callable[[int, int], None] | None = None
    ) -> list[Memory]:
        """Give every memory with one of these tags `new` instead, as one step; those that changed come back.

        A name that holds a password, key or token raises `SecretError`, unless the setting `secrets` lets it pass.
        progress: called with (memories done, memories in all).
        """
        [name] = check.tags([new]) or [""]
        going = check.tags(old)
        if not name or not going:
            raise InputError("a tag is blank; give the tags there are and the one they become")
        checked, _ = secrecy.settled(Memory(id="", content="", timestamp="", tags=(name,)), self.settings.secrets)
        [name] = checked.tags
        with self._file.write() as connection:
            chosen = bulk.tagged(connection, going)
            return bulk.apply(connection, chosen, bulk.retag(going, name), self._author(), "retag", progress)

    def revise_kinds(
        self,
        to: str,
        ids: Iterable[str] = (),
        *,
        mentions: str | None = None,
        tags: Iterable[str] = (),
        kind: str | None = None,
        project: str | None = None,
    ) -> list[Memory]:
        """Make these memories, or all that match every condition, of kind `to`, as one step; those that changed come
        back. kind: only those that are of this one now.
        """
        goal, wanted = check.kind(to), check.ids(ids)
        selection = self._selection(mentions, tags, kind, project, None, None)
        if bool(wanted) == (selection != Selection()):
            raise InputError("give either ids, or conditions (mentions, tags, kind, project)")
        with self._file.write() as connection:
            if wanted:
                chosen = dict(memories.existing(connection, id) for id in wanted)
            else:
                rows = [seq for _, seq in select(connection, self._within(connection, selection))]
                chosen = memories.by_seqs(connection, rows)
            return bulk.apply(connection, chosen, lambda memory: replace(memory, kind=goal), self._author(), "revise")
