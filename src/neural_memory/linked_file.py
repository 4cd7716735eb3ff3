"""The memory file as the Brain uses it: what was stored gets linked in time, and small duties ride along with changes.

append   adds a memory and as good as nothing else, so that the commit is small (see remember.py)
write    changes memories; what waits is linked first
read     looks; what waits is linked before, if nobody is in the way
settle   links what waits while nobody asks
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from neural_memory import remember
from neural_memory.deferred import deferred
from neural_memory.errors import BusyError, StoreError
from neural_memory.remember import Fresh
from neural_memory.store import conflicts, memories, usage
from neural_memory.store.sqlite import Connection, Database

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neural_memory import forget
else:
    (forget,) = deferred("neural_memory", "forget")

DAY = 86_400.0
SHORTLY = 0.25
"""Seconds that a question may wait for a writer before it is answered from what is linked already."""


class LinkedFile:
    """One open memory file, in one thread.

    fresh: what was stored since the last linking, here or, as far as known, by other processes.
    compared: row -> text of what was held against the rest for contradictions when it was stored here.
    recalled: row -> how often it was recalled since the last change; written along with the next one.
    when_linked: called in the transaction that links what waited.
    """

    def __init__(
        self,
        path: Path,
        *,
        busy_timeout: float,
        undo_days: float,
        when_linked: Callable[[Connection], None] | None = None,
    ) -> None:
        self.database = Database(path, busy_timeout=busy_timeout)
        self.fresh: list[Fresh] = []
        self.compared: dict[int, str] = {}
        self.recalled: Counter[int] = Counter()
        self._undo_days = undo_days
        self._when_linked = when_linked
        self._unsettled = False  # is there something for `settle` to do?
        self._sweeping = False
        self._swept_at: float | None = None  # when this process last looked for steps that are too old to be undone

    def close(self) -> None:
        """Let go of the file; what waits can wait for the next one who opens it."""
        with suppress(StoreError):
            self.settle()
        self.database.close()

    def settle(self) -> bool:
        """Link what was stored and write what was counted, if nobody is in the way; was there something to do?"""
        if not (self._unsettled or self.recalled):
            return False
        with suppress(BusyError), self.write(SHORTLY):
            pass
        return True

    @contextmanager
    def append(self) -> Iterator[Connection]:
        """A transaction that adds a memory, and nothing else unless too many wait to be linked."""
        with self.database.write() as connection:
            waiting = memories.unlinked(connection, remember.BACKLOG)
            # The first time, too: what another process left behind may be the same text.
            tidied = self._swept_at is None or len(waiting) == remember.BACKLOG
            if tidied:
                self._tidy(connection)
            else:
                self._look_around(connection, waiting)
            known = list(self.fresh)
            yield connection
        if tidied:
            self._tidied(known)
        self._unsettled = True

    @contextmanager
    def write(self, patience: float | None = None) -> Iterator[Connection]:
        """A transaction that changes memories. patience: seconds to wait for another writer, if not as usual."""
        with self.database.write(patience) as connection:
            self._tidy(connection)
            waiting = bool(memories.unlinked(connection, 1))
            yield connection
        self._tidied(self.fresh)
        self._unsettled = waiting

    @contextmanager
    def read(self, patience: float | None = None) -> Iterator[Connection]:
        """A consistent look, after linking what waits for it; what cannot be linked now is in `unlinked`."""
        with suppress(StoreError):
            while self._is_behind():
                with self.write(patience):
                    pass
        with self.database.read() as connection:
            yield connection

    @contextmanager
    def aside(self) -> Iterator[Connection | None]:
        """Where what waits cannot be linked now: a copy of all there is, in which it is. None where nothing waits."""
        with self.read() as connection:
            waits = bool(memories.unlinked(connection, 1))
        if not waits:
            yield None
            return
        with self.database.aside() as copy:
            while memories.unlinked(copy, 1):
                copy.execute("BEGIN")
                remember.catch_up(copy)
                copy.execute("COMMIT")
            yield copy

    def _is_behind(self) -> bool:
        with self.database.read() as connection:
            return bool(memories.unlinked(connection, 1))

    def _look_around(self, connection: Connection, waiting: list[int]) -> None:
        """Learn what other processes stored since: it may be what is about to be stored here."""
        known = {fresh.seq for fresh in self.fresh}
        others = memories.by_seqs(connection, [seq for seq in waiting if seq not in known])
        self.fresh += [remember.glance(seq, memory) for seq, memory in others.items()]

    def _tidy(self, connection: Connection) -> None:
        """The small duties that ride along with a change."""
        remember.catch_up(connection)
        if self._when_linked is not None:
            self._when_linked(connection)
        conflicts.examined_as(connection, self.compared)
        usage.add(connection, dict(self.recalled), remember.now())
        due = self._swept_at is None or time.monotonic() - self._swept_at > DAY
        self._sweeping = due and not memories.unlinked(connection, 1)
        if self._sweeping:
            forget.expire(connection, remember.days_ago(self._undo_days))

    def _tidied(self, linked: list[Fresh]) -> None:
        """It is on the disk: none of it needs to be done again."""
        gone = {fresh.seq for fresh in linked}
        self.fresh = [fresh for fresh in self.fresh if fresh.seq not in gone]
        self.compared = {row: text for row, text in self.compared.items() if row not in gone}
        self.recalled.clear()
        if self._sweeping:
            self._swept_at = time.monotonic()
