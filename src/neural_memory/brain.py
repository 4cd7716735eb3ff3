"""The front door: everything a door of the product (MCP, command line, Python) does, and the order of its steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from neural_memory import check, forget, remember, remember_many, settings
from neural_memory.errors import InputError, NeuralMemoryError
from neural_memory.linked_file import SHORTLY, LinkedFile
from neural_memory.model import (
    Audit,
    Connections,
    Forgotten,
    Memory,
    Overview,
    Recollection,
    Remembered,
    Stats,
    Undone,
)
from neural_memory.recall import answer
from neural_memory.recall.meaning import Meaning
from neural_memory.store import backup, journal, memories
from neural_memory.store.journal import Author
from neural_memory.store.selection import Selection
from neural_memory.store.sqlite import Connection
from neural_memory.upkeep import audit as auditing
from neural_memory.upkeep import look
from neural_memory.upkeep.undo import undo_last

AT_ONCE, BRIEFLY = 64, 0.5
"""Most waiting memories that a question embeds before it is answered, and about how many seconds it may take."""


class Brain:
    """One open memory file.

        with Brain.open() as brain:
            brain.remember("API uses Bearer tokens with 1-hour expiry", tags=["auth"])
            hits = brain.recall("how does login work?")

    Each change is one transaction and is on the disk when the call returns. Several brains, in several processes, may
    have the same file open. A Brain belongs to the thread that opened it. All methods check their arguments: what
    cannot be used raises `InputError`, a file that cannot be used raises a `StoreError`, and then nothing was changed.
    """

    def __init__(self, path: Path, *, source: str = "python", session: str | None = None) -> None:
        """Use `Brain.open`. source, session: who is writing (the client's name and its session)."""
        self.path = path
        self.source = source
        self.session = session
        self.settings = settings.load(path.parent)
        self.patience: float | None = None  # seconds a question waits for the model to load; None: until it is there
        self._file = LinkedFile(
            path, busy_timeout=self.settings.busy_timeout_seconds, undo_days=self.settings.undo_days
        )
        self._meaning = Meaning(self.settings.embedder)

    @classmethod
    def open(cls, path: str | Path | None = None, *, source: str = "python", session: str | None = None) -> Self:
        """Open the memory file, making it where there is none.

        path: of the database file; by default ``memory.db`` in the home (``~/.neural-memory`` or
        ``NEURAL_MEMORY_HOME``).
        """
        file = Path(path).expanduser() if path is not None else settings.home() / "memory.db"
        brain = cls(file, source=source, session=session)
        brain._make_home(is_home=path is None)
        brain._file.database.open()
        return brain

    def close(self) -> None:
        """Let go of the file; what waits to be linked is linked if nobody is in the way."""
        self._file.close()

    def settle(self) -> bool:
        """Link what was stored and embed some of it, if nobody is in the way; False when there was nothing to do.

        Happens by itself before questions and at the end; a server calls it, again and again, while its client is
        quiet. A model that is not loaded is not loaded for this.
        """
        linked = self._file.settle()
        return bool(self._meaning.loaded and self._embed(AT_ONCE)) or linked

    def rest(self, seconds: float) -> None:
        """Give the model's memory back if no question came for so long; the next one loads it again."""
        self._meaning.rest(seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- storing -----------------------------------------------------------------------------------

    def remember(
        self,
        content: str,
        *,
        tags: Iterable[str] = (),
        importance: float | None = None,
        kind: str | None = None,
        project: str | None = None,
        timestamp: str | None = None,
        replaces: str | None = None,
        source: str | None = None,
    ) -> Remembered:
        """Store one memory and link it into the network.

        content: 1 to 100,000 characters, kept to the letter (a closing ``Tags: a, b`` becomes tags);
        tags: at most 50; importance: 0 to 1 (0.5); kind: one of `model.KINDS`, by default recognised from the text;
        project: None means everywhere; timestamp: ISO 8601, by default now; replaces: id of a memory this one takes the
        place of; source: overrides the brain's own.

        The same text in the same project is not stored twice: the memory that is there gets the new tags and the higher
        importance, and ``created`` is False.
        """
        author = Author(self.source if source is None else check.name("source", source), self.session)
        memory = remember.prepare(
            content, tags=tags, importance=importance, kind=kind, project=project, timestamp=timestamp, author=author

        )  # fmt: skip
        old_id = None if replaces is None else check.memory_id(replaces)
        with self._file.append() as connection:
            old = None if old_id is None else memories.existing(connection, old_id)
            same = remember.same_text(connection, memory, self._file.fresh)
            if same and (old is None or old[0] != same[0]):
                kept, step = remember.strengthen(connection, same, memory, author)
                stored = _remembered(kept, created=False)
            else:
                new = remember.add(connection, memory)
                step = journal.record(connection, "remember", new.memory.id, author, remember.now())
                close = remember.similar(connection, new, self._file.fresh)
                self._file.fresh.append(new)
                stored = _remembered(
                    new.memory,
                    linked=tuple(n.name for n in new.path),
                    similar=tuple(m for m in close if m.id != old_id),
                    suggested_tags=() if new.memory.tags else remember.suggest_tags(new, close, self._file.fresh),
                )
            if old is not None:
                remember.give_way(connection, old, stored.id, author, step)
                stored = replace(stored, replaced=old[1])
        return stored

    def remember_many(
        self,
        items: Iterable[str | Mapping[str, Any]],
        *,
        progress: Callable[[int], None] | None = None,
        chunk: int = 200,
    ) -> int:
        """Store many memories, one transaction for each `chunk` of them; returns how many were new.

        items: texts, or mappings with content, tags, importance, kind, project, timestamp, session; a generator is
        read as it is needed. progress: called after each transaction with the number of items done so far.
        The whole call is one step for `undo`. A bad item raises `InputError`; the chunks before it are kept.
        """
        check.count("chunk", chunk, 10_000)
        source = iter(items)
        author = Author(self.source, self.session)
        done = added = 0
        step: int | None = None
        while batch := [
            remember.prepare_item(item, done + i, author) for i, item in enumerate(islice(source, chunk), 1)
        ]:
            with self._file.write() as connection:
                new, step = remember_many.store(connection, batch, author, step)
            added += new
            with suppress(NeuralMemoryError):  # stored is stored; what has no vector yet waits for one
                self.embed_waiting(len(batch))
            done += len(batch)
            if progress is not None:
                progress(done)
        return added

    # -- finding -----------------------------------------------------------------------------------

    def recall(
        self,
        query: str,
        *,
        limit: int | None = None,
        tags: Iterable[str] = (),
        project: str | None = None,
        since: str | None = None,
        until: str | None = None,
        at: str | None = None,
    ) -> list[Recollection]:
        """What is known about a question or a topic, best first; an empty list when nothing fits.

        limit: 1 to 100, by default the setting recall_limit (10); tags: all of them must be there; project: only this
        one and what is for everywhere; since, until: ISO dates, both included. A query that is an id gives that memory.
        at: when it is asked, by default now ("last week" in the question is understood from there).
        Hits with ``direct`` False came by association. Asking changes nothing that later answers depend on.
        """
        text = check.query(query)
        most = self.settings.recall_limit if limit is None else check.count("limit", limit, 100)
        selection = Selection(
            tags=check.tags(tags),
            project=None if project is None else check.name("project", project),
            or_everywhere=True,
            after=None if since is None else check.moment("since", since),
            before=None if until is None else check.last_moment("until", until),
            current_only=True,
        )
        now = remember.now() if at is None else check.moment("at", at)
        sense = self._sense(text)
        with self._file.read(SHORTLY) as connection:
            self._meaning.look_at(self._file.database.opened)
            if (known := self._named_by_id(connection, text)) is not None:
                return [Recollection(known[1], 1.0, True, "this id")]
            pending = remember.unlinked_terms(connection)
            hits = answer.recall(connection, text, most, selection, sense, pending, now)
        self._file.recalled.update(row for row, _ in hits)
        return [hit for _, hit in hits]

    def embed_waiting(self, most: int | None = None, *, progress: Callable[[int], None] | None = None) -> int:
        """Give memories that wait for it their place in meaning-space, the newest first; returns how many.

        most: None for all; progress: called with the number done so far. Happens by itself in small portions; call it
        after a bulk import or a change of the embedder. Without a usable model nothing is done.
        """
        if not self._meaning.wait(self.patience):
            return 0
        return self._meaning.embed_waiting(self._file, most, progress)

    def get(self, id: str) -> Memory:
        """The memory with this id; `NotFoundError` when there is none."""
        with self._file.read() as connection:
            return memories.existing(connection, check.memory_id(id))[1]

    def audit(
        self,
        *,
        about: str | None = None,
        mentions: str | None = None,
        tags: Iterable[str] = (),
        kind: str | None = None,
        project: str | None = None,
        older_than_days: float | None = None,
        newer_than_days: float | None = None,
        limit: int | None = 100,
        cursor: str | None = None,
    ) -> Audit:
        """Every memory that matches all of the conditions, counted truthfully, newest first; without one, all of them.

        about: a topic, matched by its terms wherever they occur (also inside names such as PAYMENT_API_KEY);
        mentions: text that must occur to the letter, upper and lower case alike; limit: the size of a page, None for
        all; cursor: from the page before.
        """
        selection = self._selection(mentions, tags, kind, project, older_than_days, newer_than_days)
        topic = None if about is None else check.phrase("about", about)
        size = None if limit is None else check.count("limit", limit, 1_000_000)
        place = None if cursor is None else check.phrase("cursor", cursor)
        with self._file.read() as connection:
            return auditing.audit(connection, selection, topic, size, place)

    def overview(self) -> Overview:
        """What is stored, counted by kind, project, tag and age."""
        with self._file.read() as connection:
            return auditing.overview(connection)

    def connections(self, of: str, *, limit: int = 12) -> Connections:
        """The neighbourhood of a concept (a word) or of a memory (its id) in the network; at most `limit` synapses."""
        text = check.phrase("of", of)
        most = check.count("limit", limit, 200)
        with self._file.read() as connection:
            return look.connections(connection, text, self._named_by_id(connection, text), most)

    def stats(self) -> Stats:
        """Figures about the file and the network."""
        with self._file.read() as connection:
            return look.stats(connection, self.path, self._meaning.state, self.settings.warnings)

    # -- changing ----------------------------------------------------------------------------------

    def forget(
        self,
        ids: Iterable[str] = (),
        *,
        mentions: str | None = None,
        tags: Iterable[str] = (),
        older_than_days: float | None = None,
        dry_run: bool = False,
        for_good: bool = False,
    ) -> Forgotten:
        """Delete memories: those with these `ids`, or all that match every one of the other conditions.

        Undoable for `undo_days` (30); with for_good nothing of them stays in the file and there is no undo. dry_run
        only says which. An unknown id raises `NotFoundError`, no condition at all raises `InputError`; then nothing was
        deleted.
        """
        check.flag("dry_run", dry_run)
        check.flag("for_good", for_good)
        wanted = check.ids(ids)
        selection = self._selection(mentions, tags, None, None, older_than_days, None)
        filtered = selection != Selection()
        if bool(wanted) == filtered:
            raise InputError(
                "give either ids, or a filter (mentions, tags, older_than_days)"
                + ("; not both" if filtered else ": an empty filter would delete everything")
            )
        with self._file.read() if dry_run else self._file.write() as connection:
            chosen = forget.chosen(connection, wanted, selection, also_forgotten=for_good)
            if not dry_run:
                forget.remove_all(connection, chosen, self._author(), for_good=for_good)
        return Forgotten(tuple(memory for _, memory in chosen), dry_run, for_good)

    def revise(
        self,
        id: str,
        *,
        content: str | None = None,
        tags: Iterable[str] | None = None,
        importance: float | None = None,
        kind: str | None = None,
        project: str | None = None,
    ) -> Memory:
        """Change a memory in place; its id and timestamp stay. tags replace the old ones; project "" means
        everywhere.
        """
        key = check.memory_id(id)
        changes: dict[str, Any] = {}
        if content is not None:
            changes["content"] = check.content(content)
        if tags is not None:
            changes["tags"] = check.tags(tags)
        if importance is not None:
            changes["importance"] = check.importance(importance)
        if kind is not None:
            changes["kind"] = check.kind(kind)
        if project is not None:
            changes["project"] = check.name("project", project) if project != "" else None
        if not changes:
            raise InputError("nothing to revise; give content, tags, importance, kind or project")
        with self._file.write() as connection:
            seq, before = memories.existing(connection, key)
            after = replace(before, **changes)
            remember.revise(connection, seq, before, after, self._author())
        return after

    def undo(self, steps: int = 1) -> list[Undone]:
        """Take back the last `steps` changes (1 to 100), the latest first; fewer come back when there are no more.

        All of it is one transaction. A brain with a session takes back its own changes only, so that two windows do not
        undo each other's; a session that changed nothing takes back the last ones of all.
        """
        check.count("steps", steps, 100)
        with self._file.write() as connection:
            return undo_last(connection, steps, self._author(), remember.now())

    def backup(self, folder: str | Path | None = None, *, progress: Callable[[int, int], None] | None = None) -> Path:
        """Make a consistent, checked copy (0600, dated name) in `folder`, by default ``backups`` in the home.

        progress: called with (pages done, pages in all).
        """
        target = Path(folder).expanduser() if folder is not None else self.path.parent / "backups"
        with self._file.read() as connection:
            return backup.back_up(connection, target, progress)

    # -- steps -------------------------------------------------------------------------------------

    def _sense(self, question: str) -> answer.Sense | None:
        """The question's meaning, after the newest memories got theirs; None when the model is not there."""
        if question.startswith("mem_") or not self._meaning.wait(self.patience):
            return None
        with suppress(NeuralMemoryError):  # another process writes, say: the newest memories wait a little longer
            self._embed(AT_ONCE)
        with suppress(NeuralMemoryError):
            return answer.Sense(self._meaning, self._meaning.vector(question))
        return None

    def _embed(self, most: int) -> int:
        """Embed some of what waits, for half a second or so."""
        return self._meaning.embed_waiting(self._file, most, None, BRIEFLY)

    def _author(self) -> Author:
        return Author(self.source, self.session)

    def _make_home(self, *, is_home: bool) -> None:
        try:
            if is_home:
                settings.make_home(self.path.parent)
            else:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as problem:
            if self.path.exists():  # a home that cannot be written can still be read
                return
            raise self._file.database.explain(problem) from problem

    def _named_by_id(self, connection: Connection, text: str) -> tuple[int, Memory] | None:
        """The memory whose id this text is."""
        bare = text.strip().strip("[]\"'`")
        return memories.by_id(connection, bare) if bare.startswith("mem_") else None

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


def _remembered(memory: Memory, **more: Any) -> Remembered:
    return Remembered(**{f.name: getattr(memory, f.name) for f in fields(Memory)}, **more)
