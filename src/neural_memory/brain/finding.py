"""How is something found again, and seen whole?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from neural_memory import check, remember
from neural_memory.brain.opened import AT_ONCE, Opened
from neural_memory.deferred import deferred
from neural_memory.errors import NeuralMemoryError
from neural_memory.linked_file import SHORTLY
from neural_memory.model import BY_ID, Memory, Recollection
from neural_memory.recall import answer, elsewhere
from neural_memory.store import journal, memories, past
from neural_memory.store.selection import Selection, select
from neural_memory.store.sqlite import Connection
from neural_memory.upkeep import conflicts, standing
from neural_memory.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neural_memory import results, secrecy
    from neural_memory.results import Audit, Connections, Contradictions, Overview, SecretFound, Stats
    from neural_memory.upkeep import audit as auditing
    from neural_memory.upkeep import look
    from neural_memory.upkeep import overview as overviews
else:
    results, secrecy = deferred("neural_memory", "results", "secrecy")
    auditing, look, overviews = deferred("neural_memory.upkeep", "audit", "look", "overview")

_SCANNED_AT_ONCE = 1_000
ELSEWHERE = 3
"""So many times the hits that are asked for are looked at when some of them may belong to other projects."""


class Finding(Opened):
    """recall, get, audit, find_secrets, overview, connections, stats."""

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
        expired: bool = False,
    ) -> list[Recollection]:
        """What is known about a question or a topic, best first; an empty list when nothing fits.

        limit: 1 to 100, by default the setting recall_limit (10); tags: all of them must be there; project: only this
        one and what is for everywhere (without it, the present project's and what is for everywhere are
        preferred); since, until: dates or words ("last week", "2026-10"), both included. A query that is exactly an
        id gives that memory; one that was made by hand may be a word as well, and then the rest comes after it.
        at: when it is asked, by default now ("last week" in the question is understood from there).
        expired: also what held until a time that is over, marked so and at half its score.
        Hits with ``direct`` False came by association; a hit that a newer memory contradicts names that one (``newer``)
        and stands behind it. Asking changes nothing that later answers depend on; only, what is recalled fades later.
        """
        text = check.query(query)
        most = self.settings.recall_limit if limit is None else check.count("limit", limit, 100)
        selection = Selection(
            tags=check.tags(tags),
            project=None if project is None else check.name("project", project),
            or_everywhere=True,
            after=None if since is None else check.since("since", since, remember.now()),
            before=None if until is None else check.up_to("until", until, remember.now()),
            current_only=True,
        )
        now = remember.now() if at is None else check.moment("at", at)
        current = None if check.flag("expired", expired) else now
        sense = self._sense(text)
        with self._file.read(SHORTLY) as connection:
            self._meaning.look_at(self._file.database.opened)
            named = self._hit_named(connection, text, now)
            if named and check.is_ours(text):
                return [hit for _, hit in named]
            pending = remember.unlinked_terms(connection)
            here = self._here(connection) if project is None else None
            among = most if here is None else ELSEWHERE * most
            within = self._within(connection, selection)
            hits = answer.recall(connection, text, among, within, sense, pending, now, current, here)
            hits = standing.weighed(connection, elsewhere.weighed(hits, here, text)[:most], now, self._code)
            hits = [*named, *(hit for hit in hits if hit[0] not in dict(named))][:most]
        self._file.recalled.update(row for row, _ in hits)
        return [hit for _, hit in hits]

    def get(self, id: str) -> Memory:
        """The memory with this id; `NotFoundError` when there is none."""
        with self._file.read() as connection:
            return memories.existing(connection, check.known_id(id))[1]

    def ids(self, prefix: str, *, limit: int = 100) -> tuple[list[str], int]:
        """The first ids that begin with a text, and how many there are in all; no memory is read for it."""
        most = check.count("limit", limit, 10_000)
        with self._file.read() as connection:
            return memories.ids_from(connection, check.phrase("prefix", prefix), most)

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
        as_of: str | None = None,
        expired: bool = False,
        suspect: bool = False,
        untagged: bool = False,
        never_recalled: bool = False,
        oversized: bool = False,
        limit: int | None = 100,
        cursor: str | None = None,
    ) -> Audit:
        """Every memory that matches all of the conditions, counted truthfully, newest first; without one, all of them.

        about: a topic, matched by its terms wherever they occur (also inside names such as PAYMENT_API_KEY); mentions:
        text that must occur to the letter, upper and lower case alike; as_of: a date, a time or words ("yesterday", "3
        weeks ago"): what was known then, also what was changed or forgotten since, as long as that is kept; expired:
        only what held until a time that is over; suspect: only what speaks of code in the present work tree that has
        changed since or is gone (what became of it comes in ``suspect``); untagged, never_recalled, oversized (more
        than 2,000 characters): only what is; limit: the size of a page, None for all; cursor: from the page before.
        After what has the words of a topic comes what lies near it in meaning, as far as a model is there (``perhaps``,
        with its ``border``).
        """
        selection = replace(
            self._selection(mentions, tags, kind, project, older_than_days, newer_than_days),
            untagged=check.flag("untagged", untagged),
            never_recalled=check.flag("never_recalled", never_recalled),
            oversized=check.flag("oversized", oversized),
        )
        if check.flag("expired", expired):
            selection = replace(selection, expired_at=remember.now())
        topic = None if about is None else check.phrase("about", about)
        size = None if limit is None else check.count("limit", limit, 1_000_000)
        place = None if cursor is None else check.phrase("cursor", cursor)
        moment = None if as_of is None else check.past("as_of", as_of, remember.now())
        wanted = check.flag("suspect", suspect)
        sense = self._sense(topic) if topic is not None and moment is None else None
        with self._file.read() as connection:
            near = self._near(connection, sense)
            doubts = standing.doubts(connection, self._code) if wanted else {}
            selection = replace(selection, only=tuple(doubts)) if wanted else selection
            selection = self._within(connection, selection, ever=moment is not None)
            page = auditing.audit(connection, selection, topic, near, size, place, moment)
            if not page.total:
                self._must_be(connection, selection.project)
            first = None if moment is None else past.first(connection)
        if moment is not None and first is not None and moment < first:
            page = replace(page, recorded=first)
        told = {memory.id: what for memory, what in doubts.values()}
        return replace(page, suspect={m.id: told[m.id] for m in page.memories if m.id in told})

    def find_secrets(self, *, progress: Callable[[int, int], None] | None = None) -> list[SecretFound]:
        """The stored memories in which a password, key or token is recognised, or was before a change, newest first.

        progress: called with (memories looked at, memories in all). `revise` with secrets="redact" takes them out.
        """
        exposed: list[SecretFound] = []
        with self._file.read() as connection:
            rows = [seq for _, seq in select(connection, Selection())]
            for start in range(0, len(rows), _SCANNED_AT_ONCE):
                page = memories.by_seqs(connection, rows[start : start + _SCANNED_AT_ONCE]).values()
                once: dict[str, list[Memory]] = {memory.id: [] for memory in page}
                for before in journal.befores(connection, once):
                    once[before.id].append(before)
                having = ((memory, what) for memory in page if (what := secrecy.found_ever(memory, once[memory.id])))
                exposed += [results.SecretFound(0, what, True, secrecy.without(memory)) for memory, what in having]
                if progress is not None:
                    progress(min(start + _SCANNED_AT_ONCE, len(rows)), len(rows))
        return exposed

    def contradictions(self, *, limit: int = 1_000, patience: float = 1.0) -> Contradictions:
        """The pairs of current memories that contradict each other, the newest first: all of them, up to `limit`.

        patience: about how many seconds may be spent on memories that came in bulk and were not looked at yet; how many
        still wait comes with the answer.
        """
        waiting = conflicts.examine(self._file, patience)
        with self._file.read() as connection:
            found, settled, more = conflicts.listed(connection, check.count("limit", limit, 1_000_000))
        if settled:
            conflicts.tidy(self._file, settled)
        return results.Contradictions(tuple(found), waiting, len(found) + more)

    def overview(self) -> Overview:
        """What is stored, counted by kind, project, tag and age, and how much of it could do with a look."""
        with self._file.read() as connection:
            return replace(overviews.overview(connection, self._code), project=self._here(connection))

    def connections(self, of: str, *, limit: int = 12) -> Connections:
        """The neighbourhood of a concept (a word) or of a memory (its id) in the network; at most `limit` synapses."""
        text = check.phrase("of", of)
        most = check.count("limit", limit, 200)
        with self._file.read() as connection:
            return look.connections(connection, text, self._named(connection, text), most)

    def stats(self) -> Stats:
        """Figures about the file and the network, and what of config.json is ignored."""
        self._told = [one for one in self._told if one not in self.settings.warnings]
        with self._file.read() as connection:
            return look.stats(connection, self.path, self._meaning.state, self.settings.warnings, self._undo_since())

    def _hit_named(self, connection: Connection, text: str, now: str) -> list[standing.Hit]:
        """The memory whose id the question is, if it is one."""
        if (known := self._named(connection, text)) is None:
            return []
        return standing.told(connection, [(known[0], Recollection(known[1], 1.0, True, BY_ID))], now, self._code)

    def _near(self, connection: Connection, sense: answer.Sense | None) -> dict[int, float]:
        """row -> cosine of the memories that lie nearest to a topic; none when meaning is not there."""
        if sense is None:
            return {}
        self._meaning.look_at(self._file.database.opened)
        found = self._meaning.search(connection, sense.topic, None)
        return {row: round(cosine, 3) for row, cosine in found.items() if cosine >= auditing.NEAR}

    def _sense(self, question: str) -> answer.Sense | None:
        """The question's meaning, after the newest memories got theirs; None when the model is not there."""
        if check.is_ours(question) or not self._meaning.wait(self.patience):
            return None
        if self.patience != 0:
            with suppress(NeuralMemoryError):  # another process writes, say: the newest memories wait a little longer
                self._embed(AT_ONCE)
        with suppress(NeuralMemoryError):
            return answer.sense(self._meaning, question)
        return None
