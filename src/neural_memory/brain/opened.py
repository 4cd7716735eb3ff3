"""What does every part of the Brain stand on?  The open file, the model of meaning, who writes, and the end of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

from neural_memory import check, place, remember, settings
from neural_memory.deferred import deferred
from neural_memory.errors import InputError, NoFileError
from neural_memory.linked_file import LinkedFile
from neural_memory.model import Memory
from neural_memory.project import EVERYWHERE, Found, detect
from neural_memory.recall.meaning import Meaning
from neural_memory.store import conflicts as noted
from neural_memory.store import memories, projects
from neural_memory.store.entry import Author
from neural_memory.store.selection import Selection
from neural_memory.store.sqlite import Connection
from neural_memory.upkeep import conflicts
from neural_memory.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, Self

    from neural_memory.code import anchors
    from neural_memory.results import Conflict
else:
    (anchors,) = deferred("neural_memory.code", "anchors")

AT_ONCE, BRIEFLY = 64, 0.5
"""Most waiting memories that a question embeds before it is answered, and about how many seconds it may take."""
PRESENT = "."
"""As an argument: the project that is being worked on."""
_NAMED = 10  # projects that an error names


class Opened:
    """An open memory file and what is needed to use it; `Brain` is this with its deeds."""

    def __init__(
        self,
        path: Path,
        *,
        source: str = "python",
        session: str | None = None,
        project: Found | str | None = None,
        code: str | Path | None = None,
    ) -> None:
        """Use `Brain.open`. source, session: who is writing (the client's name and its session)."""
        self.path = path
        self.source = source
        self.session = session
        self.settings = settings.load(path.parent)
        if project == PRESENT:
            project = detect()
        self._found = Found((check.name("project", project),)) if isinstance(project, str) else project
        self._told = list(self.settings.warnings)
        self._code = anchors.Code(code) if code is not None and self.settings.anchors else None
        self.patience: float | None = None  # seconds a question waits for the model to load; None: until it is there
        self._meaning = Meaning(self.settings.embedder)
        self._file = LinkedFile(
            path,
            busy_timeout=self.settings.busy_timeout_seconds,
            undo_days=self.settings.undo_days,
            when_linked=self._meaning.keep_lately,
        )

    @classmethod
    def open(
        cls,
        path: str | Path | None = None,
        *,
        source: str = "python",
        session: str | None = None,
        project: Found | str | None = None,
        code: str | Path | None = None,
        create: bool = True,
    ) -> Self:
        """Open the memory file, making it where there is none.

        path: of the database file; by default ``memory.db`` in the home (``~/.neural-memory`` or
        ``NEURAL_MEMORY_HOME``), and then a home that others could use is refused with `UnsafePlaceError`. project:
        what is being worked on, by name, as `project.detect` found it, or "." for the project of the working directory:
        memories are stored for it unless told otherwise, and recall prefers them. Without one, every memory is for
        everywhere. code: the folder that is being worked in: memories that name what lies in its git work tree are
        anchored to that. create: False for who only wants to look; `NoFileError` where there is nothing, and nothing is
        made.
        """
        file = Path(path).expanduser() if path is not None else settings.home() / "memory.db"
        if path is None:
            place.check_home(file.parent)
        if not create and not (file.exists() or file.is_symlink()):
            raise NoFileError(
                f"there is no memory in {file.parent}, and none was made: store something first "
                "(neural-memory remember TEXT), or check --home and "
                "NEURAL_MEMORY_HOME"
            )
        brain = cls(file, source=source, session=session, project=project, code=code)
        brain._make_home(is_home=path is None)
        brain._file.database.open()
        return brain

    def notices(self) -> list[str]:
        """What the user should hear of beside the answers, once: what of config.json is ignored, that the file was
        damaged and mended, that a project is new.
        """
        told = [*self._file.database.notices, *self._told]
        self._file.database.notices.clear()
        self._told.clear()
        return told

    def close(self) -> None:
        """Let go of the file; what waits to be linked is linked if nobody is in the way. From then on every other call
        raises `InputError`; a second `close` does nothing.
        """
        if not isinstance(self._file, _Closed):
            self._file.close()
            self._file = _Closed()  # type: ignore[assignment]

    def settle(self) -> bool:
        """Link what was stored, embed some of it and look whether it contradicts what is there, if nobody is in the
        way; False when there was nothing to do.

        Happens by itself before questions and at the end; a server calls it, again and again, while its client is
        quiet. A model that is not loaded is not loaded for this, only for a question that had to go without it.
        """
        self._meaning.make_up()
        linked = self._file.settle()
        examined = conflicts.examine_some(self._file)
        return bool(self._meaning.loaded and self._embed(AT_ONCE)) or linked or examined

    def rest(self, seconds: float) -> None:
        """Give the model's memory back if no question came for so long; the next one loads it again."""
        self._meaning.rest(seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def embed_waiting(self, most: int | None = None, *, progress: Callable[[int], None] | None = None) -> int:
        """Give memories that wait for it their place in meaning-space, the newest first; returns how many.

        most: None for all; progress: called with the number done so far. Happens by itself in small portions; call it
        after a bulk import or a change of the embedder. Without a usable model nothing is done.
        """
        if not self._meaning.wait(self.patience):
            return 0
        return self._meaning.embed_waiting(self._file, most, progress)

    # -- steps that several deeds share

    def _embed(self, most: int) -> int:
        """Embed some of what waits, for half a second or so."""
        return self._meaning.embed_waiting(self._file, most, None, BRIEFLY)

    def _here(self, connection: Connection, *, learning: bool = False) -> str | None:
        """What the project is called that is being worked on. learning: it is to be known again by its places."""
        if self._found is None or not self.settings.projects:
            return None
        return (projects.learn if learning else projects.name_of)(connection, self._found)

    def _placed(self, connection: Connection, memory: Memory) -> Memory:
        """A new memory in the project it belongs to: the one it names, or the present one; preferences everywhere."""
        if memory.project is not None:
            return replace(memory, project=self._meant(connection, memory.project, learning=True) or None)
        if memory.kind == "preference":
            return memory
        return replace(memory, project=self._here(connection, learning=True))

    def _placed_all(self, connection: Connection, new: Iterable[Memory]) -> list[Memory]:
        """The same for many: what a name means is looked up once, whatever its case."""
        meant: dict[str, str | None] = {}
        placed = []
        for memory in new:
            key = (memory.project or "").casefold()
            if memory.project is None or key not in meant:
                memory = self._placed(connection, memory)
                if key:
                    meant[key] = memory.project
            else:
                memory = replace(memory, project=meant[key])
            placed.append(memory)
        return placed

    def _meant(self, connection: Connection, project: str, *, learning: bool = False) -> str:
        """The project that an argument means, spelled as it is here; "" for everywhere, "." for the present one."""
        if project.casefold() in ("", EVERYWHERE):
            return ""
        if project != PRESENT:
            name = projects.spelled(connection, project)
            if not projects.known(connection, name):
                name = next((one for one in projects.names(connection) if one.casefold() == name.casefold()), name)
            self._tell_apart(connection, project, name)
            return name
        if (here := self._here(connection, learning=learning)) is None:
            raise InputError('project is ".", but no project is known here; give its name')
        return here

    def _tell_apart(self, connection: Connection, named: str, meant: str) -> None:
        """Two folders may have one name: who works in the other one hears which project its name stands for."""
        plain = self._found.names[0] if self._found else ""
        if named.casefold() != plain.casefold() or (here := self._here(connection)) in (None, meant):
            return
        notice = f"{meant!r} is another project than the one that is worked on now, which is called {here!r} (or '.')"
        if notice not in self._told:
            self._told.append(notice)

    def _within(self, connection: Connection, selection: Selection, *, ever: bool = False) -> Selection:
        """With the project that is meant. ever: one of the past may be; `_must_be` is for when nothing came of it."""
        if selection.project is None:
            return selection
        meant = replace(selection, project=self._meant(connection, selection.project))
        if not ever:
            self._must_be(connection, meant.project)
        return meant

    def _must_be(self, connection: Connection, project: str | None) -> None:
        """Raises `InputError` when there is no such project; project: as `_meant` spells it."""
        if project and self._is_new(connection, project):
            there = projects.names(connection)
            if not there:
                raise InputError(f"there is no project {project!r}; no memory belongs to a project yet")
            like = projects.like(project, there)
            hint = f"did you mean {like!r}? " if like else ""
            others = [one for one in there if one != like]
            if others:
                more = f" and {len(others) - _NAMED:,} more" if len(others) > _NAMED else ""
                verb = "There is" if len(others) == 1 else "There are"
                hint += f"{verb}{' also' if like else ''} {', '.join(map(repr, others[:_NAMED]))}{more}"
            raise InputError(f"there is no project {project!r}; {hint[0].lower()}{hint[1:].rstrip()}")

    def _is_new(self, connection: Connection, project: str) -> bool:
        return not projects.known(connection, project) and project != self._here(connection)

    def _news(self, connection: Connection, projects_named: Iterable[str | None]) -> list[str]:
        """What is to be told, once it is stored, of projects that do not exist yet; each as the caller named it."""
        told = []
        for named in {name for name in projects_named if name and name != PRESENT}:
            project = self._meant(connection, named)
            if project and self._is_new(connection, project):
                like = projects.like(project, projects.names(connection))
                meant = f"; if {like!r} was meant, move it there" if like else ""
                told.append(f"{project!r} is a new project{meant}")
        return told

    def _anchored(self, memory: Memory) -> Memory:
        """A memory that is being stored, anchored to the code it names."""
        return replace(memory, anchors=self._code.anchors(memory.content)) if self._code else memory

    def _against(
        self, connection: Connection, seq: int, memory: Memory, old: tuple[int, Memory] | None = None
    ) -> tuple[Conflict, ...]:
        """What contradicts a memory, but for the one it takes the place of; noted for recall and the audit."""
        found = conflicts.find(connection, seq, memory, self._file.fresh)
        found = [one for one in found if old is None or one[0] != old[0]]
        noted.note(connection, [conflicts.pair(seq, memory, one) for one in found])
        return tuple(conflict for _, conflict in found)

    def _author(self) -> Author:
        return Author(self.source, self.session)

    def _undo_since(self) -> str:
        """The moment before which steps are old: `undo` reaches them by their numbers only."""
        return remember.days_ago(self.settings.undo_days)

    def _make_home(self, *, is_home: bool) -> None:
        try:
            if is_home:
                settings.make_home(self.path.parent)
                place.narrow(self.path)
            else:
                place.make_folder(self.path.parent)
        except OSError as problem:
            if self.path.exists():  # a home that cannot be written can still be read
                return
            raise self._file.database.explain(problem) from problem

    def _named(self, connection: Connection, text: str) -> tuple[int, Memory] | None:
        """The memory whose id this text is."""
        return memories.by_id(connection, text.strip()) if check.answers(text.strip()) else None

    def _selection(
        self,
        mentions: str | None,
        tags: Iterable[str],
        kind: str | None,
        project: str | None,
        older_than_days: float | None,
        newer_than_days: float | None,
    ) -> Selection:
        return Selection(
            mentions=None if mentions is None else check.phrase("mentions", mentions),
            tags=check.tags(tags),
            kind=None if kind is None else check.kind(kind),
            project=None if project is None else check.name("project", project),
            before=None
            if older_than_days is None
            else remember.days_ago(check.days("older_than_days", older_than_days)),
            after=None
            if newer_than_days is None
            else remember.days_ago(check.days("newer_than_days", newer_than_days)),
        )


class _Closed:
    """In the place of a file that was let go of."""

    def __getattr__(self, name: str) -> NoReturn:
        raise InputError("this memory was closed; open it again with Brain.open()")
