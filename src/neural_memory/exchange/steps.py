"""In which order of steps do memories go out, and come in?  What `Brain.export` and `Brain.import_from` do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

from neural_memory import handmade, remember, secrecy
from neural_memory.errors import BusyError, InputError, ReadOnlyError
from neural_memory.exchange import folder, formats, jsonl, markdown, writing
from neural_memory.exchange.intake import Intake, Plan
from neural_memory.exchange.items import Refused
from neural_memory.exchange.source import Source
from neural_memory.linked_file import LinkedFile
from neural_memory.outcomes import Exported, Imported
from neural_memory.store import carried, journal, memories
from neural_memory.store.selection import Selection
from neural_memory.values import replace

FORMS = ("jsonl", "markdown", "sharing")
Progress = Callable[[int, int], None]
Odd = tuple[tuple[str, str, bool], ...]


def write_file(
    file: LinkedFile, target: Path, selection: Selection, *, history: bool, force: bool, progress: Progress | None
) -> Exported:
    """Our own format, into a new file or ("-") to standard output."""
    with ExitStack() as stack:
        look, odd = stack.enter_context(_put_right(file, selection))
        if str(target) == "-":
            out = stack.enter_context(writing.spooled(writing.stdout(), file.database.path.parent))
        else:
            out = stack.enter_context(writing.new_file(target, force=force))
        done = jsonl.write(look, selection, out, journal=history, at=remember.now(), progress=progress)
    return Exported(done, str(target), odd=odd)


@contextmanager
def _put_right(file: LinkedFile, selection: Selection) -> Iterator[tuple[carried.Look, Odd]]:
    """How to look at what goes out, and what of it is not in the file so, which could not be changed just now."""
    with file.aside() as copy:
        if copy is None:
            yield file.read, ()
            return
        with file.database.read() as connection:
            known = {entry.entry for entry in journal.mended(connection)}
        going = set(carried.chosen(copy, selection))
        entries = [entry for entry in journal.mended(copy) if entry.entry not in known]
        rows = memories.known_ids(copy, [entry.memory for entry in entries])
        odd = [(entry.memory, handmade.mended(entry)) for entry in entries if rows[entry.memory] in going]
        told = [(id, handmade.told(odds), any(one.guessed for one in odds)) for id, odds in odd]
        yield lambda: nullcontext(copy), tuple(sorted(told, key=lambda one: (not one[2], one[0])))


def write_folder(
    file: LinkedFile, target: Path, selection: Selection, *, sharing: bool, force: bool, progress: Progress | None
) -> Exported:
    """A folder of Markdown files, and what state they are in now."""
    if sharing and selection == Selection():
        raise InputError("say what is to be shared: a project, a tag or a kind; what is for everywhere is often yours")
    with _put_right(file, selection) as (look, odd):
        with look() as connection:
            chosen = carried.chosen(connection, selection)
        told, states, gone = folder.export(look, chosen, target, sharing=sharing, force=force, progress=progress)
    try:
        with file.write() as connection:
            place = markdown.place(target)
            carried.note_exchanged(connection, place, states)
            carried.drop_exchanged(connection, place, gone)
    except (ReadOnlyError, BusyError):
        return replace(told, odd=odd, unnoted=True)
    return replace(told, odd=odd)


def take_in(
    file: LinkedFile,
    path: Path,
    format: str | None,
    wanted: Plan,
    restore: bool | None,
    session: str | None,
    rejected: Callable[[str], None] | None,
    progress: Progress | None,
) -> Imported:
    """Recognise a source and import it. wanted: the plan, as far as the caller knows it."""
    if format is not None and format not in formats.FORMATS:
        raise InputError(f"there is no format {format!r}; there are {', '.join(formats.FORMATS)}")
    source = Source(path)
    name = format or formats.recognised(source)
    head = jsonl.header(source) if name == "jsonl" else {}
    plan = _planned(file, source, name, wanted, restore)
    intake = Intake(file, plan, session)
    if rejected is not None:
        intake.rejected = _raw(rejected)
    tell = None if progress is None else lambda done: progress(done, source.expected(done))
    intake.take(formats.FORMATS[name].read(source), tell)
    if name == "markdown" and source.is_folder:
        intake.miss(plan.place)
    if plan.restore and not plan.dry_run and isinstance(head.get("last_row"), int):
        with file.write() as connection:
            carried.skip_rows(connection, min(head["last_row"], 1 << 48))
    return intake.report(name, str(path))


def _planned(file: LinkedFile, source: Source, name: str, wanted: Plan, restore: bool | None) -> Plan:
    """How to take in a source of this format."""
    if restore and name != "jsonl":
        raise InputError(f"only an export of our own can be restored, and this is {name}; leave --restore out")
    with file.read() as connection:
        empty = not memories.any_at_all(connection)
    back = name == "jsonl" and (empty if restore is None else restore)
    above = source.path if source.is_folder else source.path.parent
    return replace(
        wanted,
        source=f"import:{name}",
        place=markdown.place(above) if name == "markdown" else name,
        restore=back,
        keep_source=formats.FORMATS[name].ours,
        secrets=secrecy.KEEP if back else wanted.secrets,
    )


def _raw(rejected: Callable[[str], None]) -> Callable[[Refused], None]:
    return lambda refused: rejected(refused.raw) if refused.raw else None
