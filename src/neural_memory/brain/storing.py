"""How does something get into the memory?"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import islice

from neural_memory import check, remember
from neural_memory.brain.opened import Opened
from neural_memory.deferred import deferred
from neural_memory.errors import NeuralMemoryError
from neural_memory.model import Memory
from neural_memory.project import EVERYWHERE
from neural_memory.remember import Fresh
from neural_memory.store import journal, memories
from neural_memory.store.entry import Author
from neural_memory.store.sqlite import Connection
from neural_memory.values import fields, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from neural_memory import remember_many, results, secrecy
    from neural_memory.results import Conflict, Remembered, SecretFound
    from neural_memory.store import twins
    from neural_memory.text import kin, kinds, preface, until
    from neural_memory.upkeep import duplicates
else:
    remember_many, results, secrecy = deferred("neural_memory", "remember_many", "results", "secrecy")
    (twins,) = deferred("neural_memory.store", "twins")
    kin, kinds, preface, until = deferred("neural_memory.text", "kin", "kinds", "preface", "until")
    (duplicates,) = deferred("neural_memory.upkeep", "duplicates")


class Storing(Opened):
    """remember, remember_many."""

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
        valid_until: str | None = None,
        pinned: bool = False,
        secrets: str | None = None,
    ) -> Remembered:
        """Store one memory and link it into the network.

        content: 1 to 100,000 characters, kept to the letter (but for an opening ``Store this:``; a closing
        ``Tags: a, b`` becomes tags);
        tags: at most 50; importance: 0 to 1 (0.5); kind: one of `model.KINDS`, by default recognised from the text;
        project: its name, "everywhere", or None: the present one (see `open`), everywhere for a preference; timestamp:
        ISO 8601, by default now; replaces: id of a memory this one takes the place of; source: overrides the brain's
        own; valid_until: when it ends to hold, an ISO date or words ("Friday", "end of the sprint", "two weeks"), by
        default never; pinned: it does not fade, nor does what replaces it; secrets: what to do when there is a
        password, key or token in it: "ask" (nothing is stored, and a `SecretError` says what was found), "redact" or
        "keep", by default the setting.

        The same text in the same project is not stored twice: the memory that is there gets the new tags and the higher
        importance, and ``created`` is False. What contradicts it is named in ``contradicts`` and left as it is.
        """
        author = Author(self.source if source is None else check.name("source", source), self.session)
        said, bare = preface.split_preface(content) if isinstance(content, str) else ("", content)
        everywhere = project is None and preface.is_for_everywhere(said)
        if said and kind is None and (told := kinds.kind_of(content)) != "fact":
            kind = told  # "Store this debugging insight:" tells it
        memory = remember.prepare(
            bare,
            tags=tags,
            importance=importance,
            kind=kind,
            project=EVERYWHERE if everywhere else project,
            timestamp=timestamp,
            valid_until=valid_until,
            pinned=pinned,
            author=author,
        )
        memory, taken_out = secrecy.settled(memory, secrecy.policy(secrets, self.settings.secrets))
        memory = self._anchored(memory)
        old_id = None if replaces is None else check.known_id(replaces)
        lies = self._lies(memory.content)
        topics = [] if memory.tags else kin.topics(memory.content)
        with self._file.append() as connection:
            news = self._news(connection, [project])
            memory = self._placed(connection, memory)
            spread = (
                memory.project is None and project is None and not everywhere and self._here(connection) is not None
            )
            old = None if old_id is None else memories.existing(connection, old_id)
            if old is not None and old[1].pinned:  # what takes its place stands out as it did
                memory = replace(memory, pinned=True)
            same = remember.same_text(connection, memory, self._file.fresh)
            if same and (old is None or old[0] != same[0]):
                kept, step = remember.strengthen(connection, same, memory, author)
                against = self._against(connection, same[0], kept, old)
                stored = _remembered(kept, created=False, contradicts=against, redacted=taken_out)
            else:
                new = remember.add(connection, memory)
                step = journal.record(connection, "remember", new.memory.id, author, remember.now())
                close = remember.similar(connection, new, self._file.fresh)
                against = self._against(connection, new.seq, new.memory, old)
                self._file.fresh.append(new)
                self._file.compared[new.seq] = new.memory.content
                stored = _remembered(
                    new.memory,
                    linked=tuple(n.name for n in new.path),
                    similar=tuple(m for m in close if m.id != old_id),
                    duplicates=self._twins(connection, new, close, lies, {old_id, *_named(against)}),
                    redacted=taken_out,
                    contradicts=against,
                    suggested_tags=()
                    if new.memory.tags
                    else remember.suggest_tags(new, close, self._file.fresh, topics),
                )
            if old is not None:
                remember.give_way(connection, old, stored.id, author, step)
                stored = replace(stored, replaced=old[1])
        self._told += news
        end = None if stored.valid_until else until.suggested(stored.content, remember.now())
        guessed = until.is_guess(valid_until or (end[0] if end else ""))
        return replace(stored, suggested_until=end, guessed=guessed, preface=said, spread=spread, everywhere=everywhere)

    def _lies(self, content: str) -> Any:
        """Where a new memory lies in meaning, if that is to be had at once."""
        with suppress(NeuralMemoryError):
            return self._meaning.lies(content)
        return None

    def _twins(
        self, connection: Connection, new: Fresh, close: Sequence[Memory], lies: Any, aside: Container[str | None]
    ) -> tuple[Memory, ...]:
        """Those that say the same as a new memory; noted for the overview.

        close: in words; lies: where it lies in meaning, None when that is not known; aside: ids that are settled
        otherwise.
        """
        near: dict[str, float] = {}
        if lies is not None:
            self._meaning.look_at(self._file.database.opened)
            found = self._meaning.search(connection, lies, None, duplicates.NEAR)
            rows = {row: how for row, how in found.items() if how >= duplicates.NEAR}
            there = memories.by_seqs(connection, rows)
            near = {memory.id: rows[row] for row, memory in there.items()}
            close = [*close, *(memory for memory in there.values() if memory not in close)]
        same = duplicates.same(new.memory, [memory for memory in close if memory.id not in aside], near)
        twins.note(connection, [(memories.row_of(connection, memory.id), new.seq) for memory in same])
        return same

    def remember_many(
        self,
        items: Iterable[str | Mapping[str, Any]],
        *,
        progress: Callable[[int], None] | None = None,
        chunk: int = 200,
        secrets: str | None = None,
        on_secret: Callable[[SecretFound], None] | None = None,
    ) -> int:
        """Store many memories, one transaction for each `chunk` of them; returns how many were new.

        items: texts, or mappings with content, tags, importance, kind, project, timestamp, session; a generator is
        read as it is needed. progress: called after each transaction with the number of items done so far.
        The whole call is one step for `undo`. A bad item raises `InputError`; the chunks before it are kept.
        secrets: as in `remember`; with "ask", items with a secret are held back and all others are stored. on_secret:
        is told of each that was held back or redacted; without it, items that were held back raise a `SecretError`
        at the end.
        """
        sieve = secrecy.Sieve(secrecy.policy(secrets, self.settings.secrets), on_secret)
        check.count("chunk", chunk, 10_000)
        source = iter(items)
        author = Author(self.source, self.session)
        done = added = 0
        step: int | None = None
        while batch := [
            remember.prepare_item(item, done + i, author) for i, item in enumerate(islice(source, chunk), 1)
        ]:
            with self._file.write() as connection:
                passed = sieve.passed(batch, done)
                news = self._news(connection, (memory.project for memory in passed))
                fitting = self._placed_all(connection, passed)
                new, step = remember_many.store(connection, fitting, author, step)
            added += new
            self._told += news
            with suppress(NeuralMemoryError):  # stored is stored; what has no vector yet waits for one
                self.embed_waiting(len(batch))
            done += len(batch)
            if progress is not None:
                progress(done)
        sieve.report()
        return added


def _named(against: Iterable[Conflict]) -> set[str]:
    return {memory.id for conflict in against for memory in (conflict.older, conflict.newer)}


def _remembered(memory: Memory, **more: Any) -> Remembered:
    return results.Remembered(**{f.name: getattr(memory, f.name) for f in fields(Memory)}, **more)
