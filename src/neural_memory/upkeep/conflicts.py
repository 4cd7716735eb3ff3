"""What contradicts what?  Memories that say otherwise of the same thing, found when one of them is stored.

Candidates come from the full text: whatever shares the subject of a claim, or names what rivals its value. The
likeliest of them are read and compared claim by claim (`text/contradictions.py`). What is found is kept as a pair of
rows, so that recall and the audit only have to look it up; before a pair is shown it is compared once more, for either
memory may have been revised, replaced or forgotten since. Rows that came in bulk wait in `unexamined` for a quiet
moment.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache

from neural_memory.deferred import deferred
from neural_memory.errors import StoreError
from neural_memory.linked_file import SHORTLY, LinkedFile
from neural_memory.model import Memory
from neural_memory.remember import Fresh, now
from neural_memory.store import beside, conflicts, memories, network
from neural_memory.store.sqlite import Connection
from neural_memory.text.terms import terms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neural_memory import results
    from neural_memory.results import Conflict
    from neural_memory.text import claims as claiming
    from neural_memory.text import contradictions, rivals
    from neural_memory.text.claims import Claim, Word
else:
    (results,) = deferred("neural_memory", "results")
    claiming, contradictions, rivals = deferred("neural_memory.text", "claims", "contradictions", "rivals")

PER_CLAIM, READ, CLAIMS = 32, 12, 6
"""Rows looked up for a claim, memories read and compared, and claims of a memory that are looked after."""
NEAR = 0.4
"""The share of a claim's terms that a memory must have to be read."""
MOST = 3
"""Contradictions named when a memory is stored; one settles them one by one."""
PORTION = 32
"""Rows examined between two looks at the clock."""
KEPT = 512
"""Texts whose claims are kept in memory: those near what is stored now are near what is stored next. About 2 MB."""


def find(connection: Connection, seq: int, memory: Memory, fresh: Iterable[Fresh] = ()) -> list[tuple[int, Conflict]]:
    """(row, conflict) of the current memories that contradict this one, `MOST` at most.

    fresh: what was stored just now and may not be linked yet.
    """
    mine = claiming.claims(memory.content)
    if not mine:
        return []
    found: list[tuple[int, Conflict]] = []
    settled = beside.of(connection, memory.id)
    for row, other in _candidates(connection, seq, memory, mine, list(fresh)):
        if other.id in settled or not _meet(memory, other):
            continue
        theirs = _claims(other.content[: claiming.MAX_READ])
        newer_first = (memory.timestamp, seq) >= (other.timestamp, row)
        said = contradictions.contradiction(theirs, mine) if newer_first else contradictions.contradiction(mine, theirs)
        if said is not None:
            older, newer = (other, memory) if newer_first else (memory, other)
            found.append((row, results.Conflict(newer, older, said.was, said.now)))
            if len(found) == MOST:
                break
    return found


@lru_cache(maxsize=KEPT)
def _claims(text: str) -> list[Claim]:
    return claiming.claims(text)


def pair(seq: int, memory: Memory, found: tuple[int, Conflict]) -> tuple[int, int]:
    """(newer, older) as rows."""
    row, conflict = found
    return (seq, row) if conflict.newer.id == memory.id else (row, seq)


def _meet(one: Memory, other: Memory) -> bool:
    """Are both held to be true, and of the same project?"""
    if one.replaced_by or other.replaced_by or one.id == other.id or one.expired(at := now()) or other.expired(at):
        return False
    return one.project == other.project or one.project is None or other.project is None


def _candidates(
    connection: Connection, seq: int, memory: Memory, mine: Sequence[Claim], fresh: Sequence[Fresh]
) -> Iterator[tuple[int, Memory]]:
    """The memories that most likely say something of the same thing, the likeliest first."""
    sayings = [_Saying(claim, memory.content) for claim in mine[:CLAIMS]]
    every = {term for saying in sayings for term in (*saying.about, *saying.said, *saying.instead)}
    known = network.document_frequencies(connection, list(every))
    total = memories.tallies(connection)[0] + 2
    weights = {term: math.log(total / (1 + known.get(term, 0))) + 0.1 for term in every}
    queries = {query for saying in sayings for query in saying.queries(known)}
    rows = {row for query in queries for row in memories.matching(connection, query, PER_CLAIM)}
    rows.discard(seq)
    texts = {row: frozenset(text.split()) for row, text in memories.term_texts(connection, rows).items()}
    texts |= {one.seq: one.terms for one in fresh if one.seq != seq}
    likely = {
        row: sum(weights[term] for term in there & weights.keys())
        for row, there in texts.items()
        if any(saying.may_meet(there) for saying in sayings)
    }
    best = sorted(likely, key=lambda row: (-likely[row], -row))[:READ]
    found = memories.by_seqs(connection, best)
    yield from ((row, found[row]) for row in best if row in found)


class _Saying:
    """A claim as the full text knows it. about: its subject; said: its value; instead: what rivals that."""

    def __init__(self, claim: Claim, text: str) -> None:
        written = [w for w in claim.words if w.text in text]  # not what a turn of phrase was brought to
        self.about = _terms(w for w in written if not w.said)
        self.said = _terms(w for w in written if w.said and w.sort not in claiming.MEASURES)
        self.instead = [rival for w in claim.words if w.said for rival in rivals.all_rivals(w.key)]
        self._words = frozenset(self.about), frozenset(self.said)
        self._least = NEAR * (len(self.about) + len(self.said))

    def queries(self, known: Mapping[str, int]) -> Iterator[str]:
        """Expressions for memories that may say otherwise."""
        about = sorted((t for t in self.about if t in known), key=lambda term: known[term])[:3]
        said = sorted((t for t in self.said if t in known), key=lambda term: known[term])
        instead = [t for t in self.instead if t in known]
        if about and known[about[0]] <= PER_CLAIM:  # all that speak of it are few enough
            yield memories.any_of(about[:1])
        elif about:
            yield " AND ".join(memories.any_of([t]) for t in about)
            if said or instead:
                yield memories.both(memories.any_of(about[:1]), memories.any_of([*said, *instead]))
        elif said or instead:
            yield memories.any_of([*said[:3], *instead])

    def may_meet(self, there: frozenset[str]) -> bool:
        """Do these terms of a memory have enough in common with the claim?"""
        shared = sum(len(words & there) for words in self._words)
        return shared + (not there.isdisjoint(self.instead)) >= self._least


def _terms(words: Iterable[Word]) -> list[str]:
    return list(dict.fromkeys(t.text for word in words for t in terms(word.text)))


# -- the pairs that were found


def examine(file: LinkedFile, seconds: float, progress: Callable[[int], None] | None = None) -> int:
    """Look for contradictions of what waits for that, the newest first, for so long; how many still wait.

    Reading and comparing hold no lock; what was found is written in short transactions.
    """
    until = time.monotonic() + seconds
    done = 0
    with suppress(StoreError):  # somebody else writes: it can wait
        while True:
            with file.database.read() as connection:
                rows = conflicts.unexamined(connection, PORTION)
                there = memories.by_seqs(connection, rows)
                pairs = [
                    pair(row, memory, found) for row, memory in there.items() for found in find(connection, row, memory)
                ]
            if not rows:
                return 0
            with file.database.write(SHORTLY) as connection:
                conflicts.note(connection, pairs)
                still = memories.by_seqs(connection, rows)
                conflicts.examined(connection, [row for row in rows if still.get(row) == there.get(row)])
            done += len(rows)
            if progress is not None:
                progress(done)
            if time.monotonic() > until:
                break
    with file.database.read() as connection:
        return conflicts.waiting(connection)


def examine_some(file: LinkedFile) -> bool:
    """Examine one portion; was there any?"""
    with file.database.read() as connection:
        there = bool(conflicts.unexamined(connection, 1))
    if there:
        examine(file, 0.0)
    return there


def listed(connection: Connection, most: int) -> tuple[list[Conflict], list[tuple[int, int]], int]:
    """The newest pairs that contradict each other, the pairs (as rows) that no longer do, and how many more there are.

    most: pairs that are compared once more; for the others what was found counts.
    """
    every = conflicts.pairs(connection)
    pairs = every[:most]
    there = memories.by_seqs(connection, {row for both in pairs for row in both})
    found: list[Conflict] = []
    settled: list[tuple[int, int]] = []
    for newer, older in pairs:
        conflict = _compared(there.get(newer), there.get(older))
        if conflict is None:
            settled.append((newer, older))
        else:
            found.append(conflict)
    return found, settled, len(every) - len(pairs)


def tidy(file: LinkedFile, settled: Iterable[tuple[int, int]]) -> None:
    """Let go of pairs that do not contradict each other any more, if nobody is in the way."""
    with suppress(StoreError), file.database.write(SHORTLY) as connection:
        conflicts.drop(connection, settled)


def _compared(newer: Memory | None, older: Memory | None) -> Conflict | None:
    """The contradiction of two memories, if there still is one."""
    if newer is None or older is None or not _meet(newer, older):
        return None
    said = contradictions.contradiction(claiming.claims(older.content), claiming.claims(newer.content))
    return results.Conflict(newer, older, said.was, said.now) if said else None


def newer_of(connection: Connection, found: Mapping[int, Memory]) -> dict[int, Memory]:
    """row -> the newest current memory that says otherwise, for those of these rows that have one."""
    pairs = conflicts.pairs_among(connection, found)
    there = memories.by_seqs(connection, {newer for newer, _ in pairs}) if pairs else {}
    newest: dict[int, Memory] = {}
    for newer, older in pairs:
        conflict = _compared(there.get(newer), found[older])
        if conflict is not None:
            newest[older] = conflict.newer
    return newest
