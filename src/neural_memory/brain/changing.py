"""How is what is stored corrected, deleted and brought back?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from neural_memory import check, remember
from neural_memory.brain.opened import Opened
from neural_memory.deferred import deferred
from neural_memory.errors import InputError
from neural_memory.model import STORED, Memory
from neural_memory.project import EVERYWHERE
from neural_memory.store import journal, memories
from neural_memory.store.selection import Selection
from neural_memory.values import fields, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from neural_memory import changes, forget, results, secrecy
    from neural_memory.results import Revised
    from neural_memory.store import copies as copying
    from neural_memory.text import until
    from neural_memory.upkeep import undo
else:
    changes, forget, results, secrecy = deferred("neural_memory", "changes", "forget", "results", "secrecy")
    (copying,) = deferred("neural_memory.store", "copies")
    (until,) = deferred("neural_memory.text", "until")
    (undo,) = deferred("neural_memory.upkeep", "undo")


class Changing(Opened):
    """forget, revise, undo, redo."""

    def forget(
        self,
        ids: Iterable[str] = (),
        *,
        mentions: str | None = None,
        tags: Iterable[str] = (),
        project: str | None = None,
        older_than_days: float | None = None,
        expired: bool = False,
        dry_run: bool = False,
        for_good: bool = False,
        copies: bool = False,
    ) -> changes.Forgotten:
        """Delete memories: those with these `ids`, or all that match every one of the other conditions.

        Undoable for `undo_days` (30); with for_good nothing of them stays in the file and there is no undo. dry_run
        only says which. An unknown id raises `NotFoundError`, no condition at all raises `InputError`; then nothing was
        deleted. project: its name, "everywhere" (those of no project) or "." (the present one);
        expired: what held until a time that is over.

        What goes for good may still be in copies that were made of the file; those in ``backups`` and beside it are
        named in ``copies``. copies: delete them, each as a whole; without ids and conditions, all that hold anything
        that is gone for good.
        """
        check.flag("dry_run", dry_run)
        check.flag("for_good", for_good)
        wanted = check.ids(ids)
        selection = self._selection(mentions, tags, None, project, older_than_days, None)
        if check.flag("expired", expired):
            selection = replace(selection, expired_at=remember.now())
        filtered = selection != Selection()
        if check.flag("copies", copies) and not wanted and not filtered:
            return self._forget_copies(dry_run=dry_run)
        if copies and not for_good:
            raise InputError("copies are deleted of what goes for good only; say for_good as well")
        if bool(wanted) == filtered:
            raise InputError(
                "give either ids, or a filter (mentions, tags, project, older_than_days, expired)"
                + ("; not both" if filtered else ": an empty filter would delete everything")
            )
        with self._file.read() if dry_run else self._file.write() as connection:
            selection = self._within(connection, selection)
            chosen = forget.chosen(connection, wanted, selection, also_forgotten=for_good)
            gone = [memory.id for _, memory in chosen]
            if not dry_run:
                gone = forget.remove_all(connection, chosen, self._author(), for_good=for_good)
        found = copying.holding(self.path, gone) if for_good else []
        result = changes.Forgotten(tuple(memory for _, memory in chosen), dry_run, for_good, tuple(map(str, found)))
        return self._without(result) if copies and not dry_run else result

    def _forget_copies(self, *, dry_run: bool) -> changes.Forgotten:
        """Copies that hold anything that is gone for good go, too."""
        with self._file.read() as connection:
            gone = journal.gone_for_good(connection)
        result = changes.Forgotten((), dry_run, True, tuple(map(str, copying.holding(self.path, gone))))
        return result if dry_run else self._without(result)

    @staticmethod
    def _without(result: changes.Forgotten) -> changes.Forgotten:
        copying.delete(map(Path, result.copies))
        return replace(result, copies_deleted=bool(result.copies))

    def revise(
        self,
        id: str,
        *,
        content: str | None = None,
        tags: Iterable[str] | None = None,
        importance: float | None = None,
        kind: str | None = None,
        project: str | None = None,
        valid_until: str | None = None,
        pinned: bool | None = None,
        secrets: str | None = None,
    ) -> Revised:
        """Change a memory in place; its id and timestamp stay. tags replace the old ones; project: its name,
        "everywhere" or "." (the present one); valid_until: "" for until further notice, else a date or words, as in
        `remember`. A memory that came by import or capture is confirmed by it: from then on it counts as stored.

        secrets: as in `remember`, for a password, key or token in what is given. With nothing else given, "redact"
        takes the secrets out of what is stored, for good: what the memory was before cannot be brought back.
        """
        key = check.known_id(id)
        wanted: dict[str, Any] = {}
        if content is not None:
            wanted["content"] = check.content(content)
        if tags is not None:
            wanted["tags"] = check.tags(tags)
        if importance is not None:
            wanted["importance"] = check.importance(importance)
        if kind is not None:
            wanted["kind"] = check.kind(kind)
        if project is not None:
            wanted["project"] = check.name("project", project) if project != "" else EVERYWHERE
        if valid_until is not None:
            wanted["valid_until"] = check.until("valid_until", valid_until, remember.now()) if valid_until else None
        if pinned is not None:
            wanted["pinned"] = check.flag("pinned", pinned)
        policy = secrecy.policy(secrets, self.settings.secrets)
        with self._file.write() as connection:
            seq, before = memories.existing(connection, key)
            if not wanted and secrets == secrecy.REDACT:
                after = secrecy.without(before)
                taken_out = secrecy.found_ever(before, journal.befores(connection, [before.id]))
                forget.take_out(connection, seq, before, after, self._author())
                held = tuple(map(str, copying.holding(self.path, [key], before.content)))
                return replace(_revised(after, before, taken_out), copies=held)
            if not wanted and before.trust == STORED:
                raise InputError(
                    "nothing to revise; give content, tags, importance, kind, project, valid_until or pinned"
                )
            news = self._news(connection, [wanted.get("project")])
            if project is not None:
                wanted["project"] = self._meant(connection, wanted["project"], learning=True) or None
            new = {name: value for name, value in wanted.items() if name in ("content", "tags", "project")}
            checked, taken_out = secrecy.settled(replace(_EMPTY, **new), policy)
            after = replace(before, **wanted | {name: getattr(checked, name) for name in new}, trust=STORED)
            after = self._anchored(after) if content is not None else after
            remember.revise(connection, seq, before, after, self._author())
            against = self._against(connection, seq, after) if content is not None else ()
            once = tuple(what for what in secrecy.found(before) if what not in secrecy.found(after))
        self._told += news
        guessed = bool(valid_until) and until.is_guess(str(valid_until))
        return replace(_revised(after, before, taken_out), contradicts=against, once=once, guessed=guessed)

    def undo(self, steps: int = 1, *, step: int | None = None) -> list[changes.Undone]:
        """Take back the last `steps` changes (1 to 100), the latest first; fewer come back when there are no more.

        All of it is one transaction. A brain with a session takes back its own changes only, so that two windows do not
        undo each other's; a session that changed nothing takes back the last ones of all. Changes older than
        `undo_days` are left alone.

        step: take back this one instead, whoever's and however old; `log` and `history` show the numbers. What was
        changed since is not overwritten: `InputError`, and nothing was undone.
        """
        check.count("steps", steps, 100)
        with self._file.write() as connection:
            if step is not None:
                return [
                    undo.undo_step(connection, check.count("step", step, check.LARGEST), self._author(), remember.now())
                ]
            return undo.undo_last(connection, steps, self._author(), remember.now(), self._undo_since())

    def redo(self, steps: int = 1) -> list[changes.Undone]:
        """Do again what the last `steps` undos took back (1 to 100), the latest first.

        Raises `InputError` when something else was changed since.
        """
        check.count("steps", steps, 100)
        with self._file.write() as connection:
            return undo.redo_last(connection, steps, self._author(), remember.now(), self._undo_since())


_EMPTY = Memory(id="", content="", timestamp="")


def _revised(after: Memory, before: Memory, taken_out: tuple[str, ...]) -> Revised:
    values = {field.name: getattr(after, field.name) for field in fields(Memory)}
    return results.Revised(**values, redacted=taken_out, confirmed=before.trust != after.trust)
