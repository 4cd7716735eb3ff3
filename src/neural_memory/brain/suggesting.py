"""What was noticed and waits for somebody's word?  And was anything stored since?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from neural_memory import check
from neural_memory.brain.storing import Storing
from neural_memory.deferred import deferred
from neural_memory.errors import InputError, NotFoundError
from neural_memory.store import journal
from neural_memory.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neural_memory import results
    from neural_memory.results import Remembered
    from neural_memory.store import suggestions
    from neural_memory.store.suggestions import Suggestion
    from neural_memory.upkeep import suggest as suggesting
    from neural_memory.upkeep.suggest import LeftOut, Noticed
else:
    (results,) = deferred("neural_memory", "results")
    (suggestions,) = deferred("neural_memory.store", "suggestions")
    (suggesting,) = deferred("neural_memory.upkeep", "suggest")


class Suggesting(Storing):
    """suggest, suggestions, accept, dismiss."""

    def suggest(
        self,
        noticed: Sequence[Noticed],
        *,
        most: int = 5,
        waiting: int | None = None,
        source: str | None = None,
        dry_run: bool = False,
        on_left_out: Callable[[LeftOut], None] | None = None,
    ) -> list[Suggestion]:
        """Keep what looks worth storing for somebody to decide on; what is stored or was suggested before is left out.

        most: how many at once; waiting: how many may be open in all. Nothing of it is recalled before it is accepted.
        What holds a password or a key is not kept at all. source: overrides the brain's own. dry_run: keep nothing,
        only say what would be suggested. on_left_out: is told what is not suggested, and why.
        """
        new, left_out = self._suggested(
            noticed, most, suggesting.WAITING if waiting is None else waiting, source, dry_run=dry_run
        )
        if on_left_out is not None:
            for one in left_out:
                on_left_out(one)
        return new

    def _suggested(
        self, noticed: Sequence[Noticed], most: int, waiting: int, source: str | None, *, dry_run: bool
    ) -> tuple[list[Suggestion], list[LeftOut]]:
        if dry_run:
            with self._file.read() as connection:
                return suggesting.suggest(connection, noticed, self._author(), most, waiting=waiting, keep=False)
        with self._file.write() as connection:
            placed = [replace(one, project=self._placed(connection, _as_memory(one)).project) for one in noticed]
            author = replace(self._author(), source=check.name("source", source)) if source else self._author()
            return suggesting.suggest(connection, placed, author, most, waiting=waiting)

    def suggestions(self) -> list[Suggestion]:
        """What waits for a decision, the oldest first."""
        with self._file.read() as connection:
            return suggestions.having(connection)

    def accept(
        self,
        id: str,
        *,
        content: str | None = None,
        tags: Iterable[str] = (),
        importance: float | None = None,
        kind: str | None = None,
        project: str | None = None,
        replaces: str | None = None,
        secrets: str | None = None,
    ) -> Remembered:
        """Store what was suggested, as it is or with these changes; from then on it is a memory like any other."""
        with self._file.read() as connection:
            found = suggestions.by_id(connection, check.phrase("suggestion", id))
        if found is None:
            raise NotFoundError(f"there is no suggestion {id}; audit or `neural-memory review` show those there are")
        if found.state != suggestions.OPEN:
            raise InputError(f"suggestion {id} was {found.state} already")
        stored = self.remember(
            found.content if content is None else content,
            tags=tuple(tags) or found.tags,
            importance=importance,
            kind=found.kind if kind is None else kind,
            project=(found.project or "everywhere") if project is None else project,
            timestamp=found.at,
            replaces=replaces,
            source=found.source if ":" in found.source else None,
            secrets=secrets,
        )
        with self._file.write() as connection:
            suggesting.settle(connection, found, suggestions.ACCEPTED, stored.id)
        return stored

    def dismiss(self, ids: Iterable[str]) -> list[Suggestion]:
        """Turn suggestions down: they do not come again, and no word of them is kept; those that were open come back.

        An unknown id raises `NotFoundError`, and nothing is done.
        """
        with self._file.write() as connection:
            found = [(id, suggestions.by_id(connection, id)) for id in ids]
            if unknown := [id for id, one in found if one is None]:
                raise NotFoundError(f"there is no suggestion {unknown[0]}; nothing was dismissed")
            dismissed = [one for _, one in found if one is not None and one.state == suggestions.OPEN]
            suggesting.dismiss(connection, dismissed, self._author())
        return dismissed

    def last_change(self) -> int:
        """A number that grows with each change of the memory."""
        with self._file.database.read() as connection:
            return journal.last_entry(connection)

    def changed_since(self, number: int) -> bool:
        """Whether this session (or somebody without one) stored or changed a memory since `last_change` said so."""
        with self._file.database.read() as connection:
            return journal.acted_since(connection, number, self.session)


def _as_memory(one: Noticed) -> Remembered:
    return results.Remembered(id="", content=one.content, timestamp="", kind=one.kind, project=one.project)
