"""From a question to its hits: words, then association, one ranking, the rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from neural_memory.model import Memory, Neuron, Recollection
from neural_memory.recall import fuse, spread, words
from neural_memory.recall.words import Words
from neural_memory.store import memories, network
from neural_memory.store.selection import Selection, select
from neural_memory.text.analyse import ask
from neural_memory.text.tags import tag_term

IMPORTANCE = 0.1
"""How much importance moves a score: 1.0 adds this share, 0.0 takes it away. Enough to order equals, not to
outdo words.
"""


def recall(
    connection: sqlite3.Connection, question: str, limit: int, selection: Selection
) -> list[tuple[int, Recollection]]:
    """(row, hit), best first. Reads only: a question changes nothing that later questions are answered from."""
    wanted = ask(question)
    if not wanted:
        return _literal(connection, question, limit, selection)
    narrowed = selection != Selection(or_everywhere=True, current_only=True)

    def allowed(rows: Iterable[int]) -> set[int]:
        return {row for _, row in select(connection, selection, rows)}

    required = [tag_term(tag) for tag in selection.tags]
    found = words.search(connection, wanted, required=required, allowed=allowed if narrowed else None)
    reached = _associate(connection, found)
    candidates = fuse.fuse(found.scores, reached)[: 4 * limit + 20]
    rows = memories.by_seqs(connection, [c.row for c in candidates])
    fit = allowed(rows) if narrowed else {row for row, m in rows.items() if m.replaced_by is None}
    hits = [_hit(c, rows[c.row], found, reached) for c in candidates if c.row in fit]
    ordered = sorted(hits, key=lambda hit: (-hit[1].score, -hit[0]))
    return ordered[:limit]


def _associate(connection: sqlite3.Connection, found: Words) -> Mapping[int, spread.Reached]:
    """What the best direct hits lead to."""
    seeds = fuse.seeds(found.scores, spread.SEEDS)
    if not seeds:
        return {}

    def memories_of(neuron: Neuron) -> Sequence[int]:
        return memories.matching(connection, memories.any_of([neuron.term]), spread.FAN_OUT)

    total, _ = memories.tallies(connection)
    return spread.spread(seeds, found.named, total, lambda rows: network.fiber_neurons(connection, rows), memories_of)


def _hit(
    candidate: fuse.Candidate,
    memory: Memory,
    found: Words,
    reached: Mapping[int, spread.Reached],
) -> tuple[int, Recollection]:
    score = min(1.0, candidate.score * (1 + IMPORTANCE * (2 * memory.importance - 1)))
    if candidate.direct or candidate.reached is None:
        matched = found.matched.get(candidate.row, ())
        return candidate.row, Recollection(memory, round(score, 4), True, "words: " + ", ".join(matched))
    path = _path(candidate.reached, found, reached)
    return candidate.row, Recollection(memory, round(score, 4), False, "via " + " → ".join(path), path)


def _path(led: spread.Reached, found: Words, reached: Mapping[int, spread.Reached]) -> tuple[str, ...]:
    """The names that led to a hit: a word of the question, then the neurons in between."""
    before = reached.get(led.seed)
    if led.seed not in found.matched and before is not None:
        return (*_path(before, found, {}), led.via.name)
    return (*found.matched.get(led.seed, ())[:1], led.via.name)


def _literal(
    connection: sqlite3.Connection, question: str, limit: int, selection: Selection
) -> list[tuple[int, Recollection]]:
    """A question without any word (an emoji, an operator): memories with these very characters."""
    text = question.strip()
    found = select(connection, replace(selection, mentions=text))[:limit] if len(text) <= 200 else []
    rows = memories.by_seqs(connection, [row for _, row in found])
    return [(row, Recollection(rows[row], 0.5, True, "has these very characters")) for _, row in found]
