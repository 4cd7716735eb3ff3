"""Which memories have the question's words?

Ranked by BM25 (Robertson and Zaragoza, 2009) with k1 = 0.9 and b = 0.4, which suit short texts (as in Anserini's
baselines), and divided by the most the question's terms could reach. So a score says how much of the question is
answered, also for terms that no memory has, and can be compared across questions.

Cost is bounded by looking up the rarest terms first: they decide who is a candidate, common terms only order them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest

from neural_memory.store import memories, network
from neural_memory.store.sqlite import Connection

K1, B = 0.9, 0.4
BACKGROUND = 25
"""Memories a store is taken to have beside its own: in a store of three, a word that two of them have is not common."""
POSTINGS = 5_000
"""Rows looked up for the rare terms together; the next more common term is then used for ordering only."""
LONGEST = 5.0
"""Times the average length beyond which a memory is not held to be longer: one word of a very long note still
finds it.
"""
RESCORED = 120
"""Candidates whose exact score is computed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, weighed. words: term -> the word it was asked by; weights: how telling each term is in this store;
    frequencies: how many memories have it (terms that none has are left out); average: terms of a memory."""

    words: dict[str, str]
    weights: dict[str, float]
    frequencies: dict[str, int]
    average: float


@dataclass(frozen=True, slots=True)
class Words:
    """scores: row -> 0 to 1; matched: row -> the question's words it has."""

    scores: dict[int, float] = field(default_factory=dict)
    matched: dict[int, tuple[str, ...]] = field(default_factory=dict)


def weigh(connection: Connection, wanted: dict[str, str]) -> Asked:
    """How telling each wanted term (term -> the word it was asked by) is."""
    total, length = memories.tallies(connection)
    frequencies = network.document_frequencies(connection, list(wanted))
    weights = {term: _idf(frequencies.get(term, 0), total + BACKGROUND) for term in wanted}
    return Asked(wanted, weights, frequencies, length / max(1, total))


def candidates(
    connection: Connection,
    asked: Asked,
    *,
    required: Iterable[str] = (),
    allowed: Callable[[Iterable[int]], set[int]] | None = None,
) -> list[int]:
    """The `RESCORED` rows whose terms promise most.

    required: terms each of them must have (the terms of wanted tags); allowed: keeps those rows that pass other
    filters.
    """
    if not asked.frequencies:
        return []
    coarse = _candidates(connection, asked.frequencies, asked.weights, [memories.any_of([term]) for term in required])
    if allowed is not None:
        passed = allowed(coarse)
        coarse = {seq: score for seq, score in coarse.items() if seq in passed}
    return nlargest(RESCORED, coarse, key=lambda seq: (coarse[seq], seq))


def scores(connection: Connection, asked: Asked, rows: Iterable[int], pending: Mapping[int, Sequence[str]]) -> Words:
    """The exact scores of these rows; a row with none of the terms scores 0.

    pending: the terms of rows that are not in the full text yet.
    """
    rows = list(rows)
    texts = memories.term_texts(connection, rows)
    texts |= {row: " ".join(pending[row]) for row in rows if row in pending}
    most = sum(asked.weights.values()) * (K1 + 1)
    needles = [(term, f" {term} ") for term in asked.words]
    found = Words()
    for row, text in texts.items():
        padded = f" {text} "
        has = [(term, needle) for term, needle in needles if needle in padded]
        found.scores[row] = _score(asked, padded, has) / most if has else 0.0
        found.matched[row] = tuple(asked.words[term] for term, _ in has)
    return found


def _score(asked: Asked, padded: str, has: list[tuple[str, str]]) -> float:
    """BM25 of one row, given its terms between blanks and those of the question that are among them."""
    length = padded.count(" ") - 1
    norm = K1 * (1 - B + B * min(LONGEST, length / max(1.0, asked.average)))
    score = 0.0
    for term, needle in has:
        times = padded.count(needle)
        if needle + needle[1:] in padded:  # twice in a row, sharing the blank between them
            times = padded.split().count(term)
        score += asked.weights[term] * times * (K1 + 1) / (times + norm)
    return score


def _candidates(
    connection: Connection,
    frequencies: dict[str, int],
    weights: dict[str, float],
    required: list[str],
) -> dict[int, float]:
    """Rows by the summed weight of the terms they have."""
    rare, common = _split(frequencies)
    found: dict[int, float] = defaultdict(float)

    def look_up(expression: str, weight: float, limit: int = -1) -> None:
        for seq in memories.matching(connection, " AND ".join([expression, *required]), limit):
            found[seq] += weight

    for term in rare:
        look_up(memories.any_of([term]), weights[term])
    if not rare:  # only common words: what has the two rarest of them, and the newest of the rarest
        first = common[0]
        if len(common) > 1:
            pair = memories.both(memories.any_of([first]), memories.any_of([common[1]]))
            look_up(pair, weights[common[1]], POSTINGS)
        look_up(memories.any_of([first]), weights[first], POSTINGS)
        rare, common = [first], common[2:]
    if len(found) > RESCORED:
        for term in common[:2]:
            look_up(memories.both(memories.any_of(rare), memories.any_of([term])), weights[term], POSTINGS)
    return found


def _split(frequencies: dict[str, int]) -> tuple[list[str], list[str]]:
    """The rarest terms whose rows add up to `POSTINGS` at most, and the others; each rarest first."""
    ordered = sorted(frequencies, key=lambda term: frequencies[term])
    budget = POSTINGS
    for position, term in enumerate(ordered):
        budget -= frequencies[term]
        if budget < 0:
            return ordered[:position], ordered[position:]
    return ordered, []


def _idf(frequency: int, total: int) -> float:
    """Robertson-Sparck Jones weight, kept positive as in Lucene."""
    return (
        math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))
        if total > frequency
        else math.log(1 + 0.5 / (frequency + 0.5))
    )
