"""How do memories get out of this file, and others into it?

The formats are imported by the first call: a server that only remembers and recalls never needs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from neural_memory import check
from neural_memory.brain.opened import Opened
from neural_memory.deferred import deferred
from neural_memory.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from neural_memory import outcomes, secrecy
else:
    outcomes, secrecy = deferred("neural_memory", "outcomes", "secrecy")


class Exchanging(Opened):
    """export, import_from."""

    def export(
        self,
        target: str | Path,
        *,
        tags: Iterable[str] = (),
        kind: str | None = None,
        project: str | None = None,
        form: str = "jsonl",
        journal: bool = True,
        force: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> outcomes.Exported:
        """Write memories so that `import_from` reads them back.

        target: a file, or "-" for standard output; tags, kind, project: only what has all of these;
        form: "jsonl", one new file (0600) without loss; "markdown", a folder of readable files, one a memory, with
        front matter and links; "sharing", such a folder for others, in git say: only what was chosen, nothing with a
        secret in it, no links that change by themselves;
        journal: with the history of changes, too (jsonl, without filters); force: take the place of an existing file
        once the new one is whole, or write over files that were changed in the folder; progress: called with (memories
        done, memories in all).
        """
        selection = self._selection(None, tags, kind, project, None, None)
        if form not in ("jsonl", "markdown", "sharing"):
            raise InputError(f"form is {form!r}; it must be jsonl, markdown or sharing")
        if project is not None:
            with self._file.read() as connection:
                selection = self._within(connection, selection)
        from neural_memory.exchange import steps

        path = Path(target).expanduser()
        with_what: dict[str, Any] = {"force": force, "progress": progress}
        if form == "jsonl":
            return steps.write_file(self._file, path, selection, history=journal, **with_what)
        return steps.write_folder(self._file, path, selection, sharing=form == "sharing", **with_what)

    def import_from(
        self,
        source: str | Path,
        *,
        format: str | None = None,
        project: str | None = None,
        tags: Iterable[str] = (),
        dry_run: bool = False,
        restore: bool | None = None,
        theirs: bool | Iterable[str] = False,
        secrets: str | None = None,
        rejected: Callable[[str], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> outcomes.Imported:
        """Take in what another file, folder or tool remembers; all of it is one step for `undo`.

        format: a name of `exchange.formats.FORMATS`, by default recognised; project: for what states none; tags: for
        everything, in addition; dry_run: only say what would happen; restore: bring an export of our own back as it
        was, with trust, usage, journal and network (by default where nothing is stored yet); theirs: take over what
        changed on both sides or was forgotten here, all of it or only these ids; secrets: "ask" (what holds one is held
        back), "redact" or "keep"; rejected: called with each line that could not be used, as it stood; progress: called
        with (read, about how many in all).

        What cannot be used is counted and named, and does not keep the rest from being stored. Run again after an
        interruption, it goes on: nothing is stored twice.
        """
        check.flag("dry_run", dry_run)
        policy = secrecy.policy(secrets, self.settings.secrets)
        about: dict[str, Any] = {"tags": check.tags(tags)}
        if project is not None:
            named = check.name("project", project)
            with self._file.read() as connection:
                self._told += self._news(connection, [named])
                about["project"] = self._meant(connection, named)
        from neural_memory.exchange import steps
        from neural_memory.exchange.intake import Plan

        wanted = Plan(
            secrets=policy,
            theirs=theirs if isinstance(theirs, bool) else frozenset(check.ids(theirs)),
            dry_run=dry_run,
            about={field: value for field, value in about.items() if value},
        )
        path = Path(source).expanduser()
        return steps.take_in(self._file, path, format, wanted, restore, self.session, rejected, progress)
