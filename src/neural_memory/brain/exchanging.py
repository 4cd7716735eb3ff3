"""How do memories get out of this file, and others into it?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from neural_memory import check, remember, secrecy
from neural_memory.brain.opened import Opened
from neural_memory.errors import InputError
from neural_memory.exchange import formats, jsonl, markdown, writing
from neural_memory.exchange.folder import export as to_folder
from neural_memory.exchange.intake import Intake, Plan
from neural_memory.exchange.items import Refused
from neural_memory.exchange.source import Source
from neural_memory.outcomes import Exported, Imported
from neural_memory.store import carried, memories
from neural_memory.store.selection import Selection


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
    ) -> Exported:
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
        if form != "jsonl":
            return self._export_folder(Path(target).expanduser(), selection, form == "sharing", force, progress)
        with ExitStack() as stack:
            path = Path(target).expanduser()
            if str(target) == "-":
                out = stack.enter_context(writing.spooled(writing.stdout(), self.path.parent))
            else:
                out = stack.enter_context(writing.new_file(path, force=force))
            connection = stack.enter_context(self._file.read())
            chosen = carried.chosen(connection, selection)
            whole = selection == Selection()
            done = jsonl.write(
                connection, chosen, out, whole=whole, journal=journal, at=remember.now(), progress=progress
            )
        return Exported(done, str(target))

    def _export_folder(
        self,
        folder: Path,
        selection: Selection,
        sharing: bool,
        force: bool,
        progress: Callable[[int, int], None] | None,
    ) -> Exported:
        if sharing and selection == Selection():
            raise InputError(
                "say what is to be shared: a project, a tag or a kind; what is for everywhere is often yours"
            )
        with self._file.read() as connection:
            chosen = carried.chosen(connection, selection)
            told, states, gone = to_folder(connection, chosen, folder, sharing=sharing, force=force, progress=progress)
        with self._file.write() as connection:
            place = markdown.place(folder)
            carried.note_exchanged(connection, place, states)
            carried.drop_exchanged(connection, place, gone)
        return told

    def import_from(
        self,
        source: str | Path,
        *,
        format: str | None = None,
        project: str | None = None,
        tags: Iterable[str] = (),
        dry_run: bool = False,
        restore: bool | None = None,
        theirs: bool = False,
        secrets: str | None = None,
        rejected: Callable[[str], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Imported:
        """Take in what another file, folder or tool remembers; all of it is one step for `undo`.

        format: a name of `exchange.formats.FORMATS`, by default recognised; project: for what states none; tags: for
        everything, in addition; dry_run: only say what would happen; restore: bring an export of our own back as it
        was, with trust, usage, journal and network (by default where nothing is stored yet); theirs: take over what
        changed on both sides; secrets: "ask" (what holds one is held back), "redact" or "keep"; rejected: called
        with each line that could not be used, as it stood; progress: called with (read, about how many in all).

        What cannot be used is counted and named, and does not keep the rest from being stored. Run again after an
        interruption, it goes on: nothing is stored twice.
        """
        check.flag("dry_run", dry_run)
        policy = secrecy.policy(secrets, self.settings.secrets)
        if format is not None and format not in formats.FORMATS:
            raise InputError(f"there is no format {format!r}; there are {', '.join(formats.FORMATS)}")
        read = Source(Path(source).expanduser())
        name = format or formats.recognised(read)
        about = {"tags": check.tags(tags), "project": None if project is None else check.name("project", project)}
        head = jsonl.header(read) if name == "jsonl" else {}
        plan = self._plan(read, name, restore, theirs, policy, dry_run, about)
        intake = Intake(self._file, plan, self.session)
        if rejected is not None:
            intake.rejected = _raw(rejected)
        tell = None if progress is None else lambda done: progress(done, read.expected(done))
        intake.take(formats.FORMATS[name].read(read), tell)
        if name == "markdown" and read.is_folder:
            intake.miss(plan.place)
        if plan.restore and not dry_run and isinstance(head.get("last_row"), int):
            with self._file.write() as connection:
                carried.skip_rows(connection, min(head["last_row"], 1 << 48))
        return intake.report(name, str(source))

    def _plan(
        self,
        read: Source,
        name: str,
        restore: bool | None,
        theirs: bool,
        secrets: str,
        dry_run: bool,
        about: Mapping[str, Any],
    ) -> Plan:
        if restore and name != "jsonl":
            raise InputError(f"only an export of our own can be restored, and this is {name}; leave --restore out")
        with self._file.read() as connection:
            empty = not memories.any_at_all(connection)
        back = name == "jsonl" and (empty if restore is None else restore)
        return Plan(
            source=f"import:{name}",
            place=markdown.place(read.path if read.is_folder else read.path.parent) if name == "markdown" else name,
            restore=back,
            theirs=theirs,
            keep_source=formats.FORMATS[name].ours,
            secrets=secrecy.KEEP if back else secrets,
            dry_run=dry_run,
            about={field: value for field, value in about.items() if value},
        )


def _raw(rejected: Callable[[str], None]) -> Callable[[Refused], None]:
    return lambda refused: rejected(refused.raw) if refused.raw else None
