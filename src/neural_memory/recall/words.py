"""Which memories have the question's words?

Ranked by BM25 (Robertson and Zaragoza, 2009) with k1 = 0.75 and b = 0.4, which suit short texts (Anserini's baselines
have 0.9 and 0.4), and divided by the most the question's terms could reach. So a score says how much of the question
is answered, also for terms that no memory has, and can be compared across questions. A word that a memory lacks may be
answered by another of its subject, at a discount (`text/kin.py`).

Cost is bounded by looking up the rarest terms first: they decide who is a candidate, common terms only order them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set

from neural_memory.store import memories, network
from neural_memory.store.sqlite import Connection
from neural_memory.text.analyse import leads_on, names_kind
from neural_memory.text.kin import kin_of, name
from neural_memory.values import dataclass, field

K1, B = 0.75, 0.4
BACKGROUND = 25
"""Memories a store is taken to have beside its own: in a store of three, a word that two of them have is not common."""
PLAINLY = 0.7
"""What a word of every subject ("work", "use") is worth beside a telling one."""
KIN_POSTINGS = 1_000
"""How many rows are looked up for the words that answer for one of the question's."""
POSTINGS = 3_000
"""Rows looked up for the rare terms together; the next more common term is then used for ordering only."""
LONGEST = 5.0
"""Times the average length beyond which a memory is not held to be longer: one word of a very long note still
finds it.
"""
KIN_WITHIN = 10_000
"""Characters of a memory's terms in which kin is looked for, to bound the cost of very long ones."""
RESCORED = 120
"""Candidates whose exact score is computed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, weighed. words: term -> the word it was asked by; weights: how telling each term is in this store;
    frequencies: how many memories have it (terms that none has are left out); average: terms of a memory;
    kin: term -> the terms that answer for it and that memories have, each with its worth; phrases: the same for
    phrases."""

    words: dict[str, str]
    weights: dict[str, float]
    frequencies: dict[str, int]
    average: float
    kin: dict[str, dict[str, float]]
    phrases: dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Words:
    """scores: row -> 0 to 1; matched: row -> the question's words it has; missing: row -> the terms it has not;
    akin: row -> the share of the question that words of the same subjects answer."""

    scores: dict[int, float] = field(default_factory=dict)
    matched: dict[int, tuple[str, ...]] = field(default_factory=dict)
    missing: dict[int, tuple[str, ...]] = field(default_factory=dict)
    akin: dict[int, float] = field(default_factory=dict)


def weigh(connection: Connection, wanted: dict[str, str], question: str = "") -> Asked:
    """How telling each wanted term (term -> the word it was asked by) is.

    question: the words themselves, for what belongs to them; without it, nothing does.
    """
    total, length = memories.tallies(connection)
    families = {term: others for term, others in kin_of(question).items() if term in wanted}
    every = {*wanted, *(part for others in families.values() for other in others for part in other.split())}
    known = network.document_frequencies(connection, list(every))
    frequencies = {term: known[term] for term in wanted if term in known}

    def weight(term: str) -> float:
        plain = 1.0 if leads_on(term) or names_kind(term) else PLAINLY
        return _idf(known.get(term, 0), total + BACKGROUND) * plain

    weights = {term: weight(term) for term in wanted}
    kin: dict[str, dict[str, float]] = {}
    phrases: dict[str, dict[str, float]] = {}
    for term, others in families.items():
        if frequencies.get(term, 0) > RESCORED:
            continue  # enough memories have the word itself
        for other, worth in others.items():
            if (parts := other.split()) and all(part in known for part in parts):
                there = phrases if len(parts) > 1 else kin
                there.setdefault(term, {})[other] = worth * min(1.0, max(map(weight, parts)) / weights[term])
    return Asked(wanted, weights, frequencies, length / max(1, total), kin, phrases)


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
    if not asked.frequencies and not asked.kin and not asked.phrases:
        return []
    must = [memories.any_of([term]) for term in required]
    coarse = _candidates(connection, asked.frequencies, asked.weights, must) if asked.frequencies else {}
    for term in {*asked.kin, *asked.phrases}:
        others = {**asked.kin.get(term, {}), **asked.phrases.get(term, {})}
        best = max(others.values()) * asked.weights[term]
        for row in memories.matching(connection, " AND ".join([memories.any_of(others), *must]), KIN_POSTINGS):
            coarse[row] = coarse.get(row, 0.0) + best
    if allowed is not None:
        passed = allowed(coarse)
        coarse = {seq: score for seq, score in coarse.items() if seq in passed}
    if len(coarse) > RESCORED:
        border = sorted(coarse.values())[-RESCORED]
        coarse = {seq: score for seq, score in coarse.items() if score >= border}
    return sorted(coarse, key=lambda seq: (coarse[seq], seq), reverse=True)[:RESCORED]


def scores(connection: Connection, asked: Asked, rows: Iterable[int], pending: Mapping[int, Sequence[str]]) -> Words:
    """The exact scores of these rows; a row with none of the terms scores 0.

    pending: the terms of rows that are not in the full text yet.
    """
    rows = list(rows)
    texts = memories.term_texts(connection, rows)
    texts |= {row: " ".join(pending[row]) for row in rows if row in pending}
    total = sum(asked.weights.values())
    terms = [_Term(asked, term, word) for term, word in asked.words.items()]
    found = Words()
    for row, text in texts.items():
        score, akin, found.matched[row], found.missing[row] = _score(terms, asked.average, f" {text} ")
        found.scores[row], found.akin[row] = (score / total / (K1 + 1), akin / total) if total else (0.0, 0.0)
    return found


class _Term:
    """A term of the question and what is to be known of it for each row, looked up once."""

    __slots__ = ("kin", "needle", "phrases", "term", "twice", "weight", "word")

    def __init__(self, asked: Asked, term: str, word: str) -> None:
        self.term, self.word, self.weight = term, word, asked.weights[term]
        self.needle, self.twice = f" {term} ", f" {term} {term} "
        self.kin, self.phrases = asked.kin.get(term, {}), asked.phrases.get(term, {})


def _score(
    terms: Iterable[_Term], average: float, padded: str
) -> tuple[float, float, tuple[str, ...], tuple[str, ...]]:
    """Of one row, given its terms between blanks: BM25, the weight of what kin answers, the question's words that it
    has, and the terms that it lacks.
    """
    length = padded.count(" ") - 1
    norm = K1 * (1 - B + B * min(LONGEST, length / max(1.0, average)))
    score = akin = 0.0
    matched, missing = [], []
    told: Set[str] | None = None
    for one in terms:
        if one.needle in padded:
            times = _times(padded, one.term, one.needle, one.twice)
            score += one.weight * times * (K1 + 1) / (times + norm)
            matched.append(one.word)
            continue
        if one.kin and told is None:
            told = frozenset(padded[:KIN_WITHIN].split())
        if not (one.kin or one.phrases) or (best := _kin(one, padded, told or frozenset())) is None:
            missing.append(one.term)
            continue
        worth, there = best
        matched.append(f"{one.word} ~ {name(there)}")
        akin += worth * one.weight
        times = _times(padded, there, f" {there} ", f" {there} {there} ")
        score += worth * one.weight * times * (K1 + 1) / (times + norm)
    return score, akin, tuple(matched), tuple(missing)


def _kin(one: _Term, padded: str, told: Set[str]) -> tuple[float, str] | None:
    """(worth, other): what answers best for a term among terms between blanks. told: the same terms, as a set."""
    found = [(worth, other) for other, worth in one.phrases.items() if f" {other} " in padded]
    if one.kin:
        found += [(one.kin[other], other) for other in one.kin.keys() & told]
    return max(found, default=None)


def _times(padded: str, term: str, needle: str, twice: str) -> int:
    """How often a term occurs among terms between blanks; twice in a row they share the blank between them."""
    return padded.split().count(term) if twice in padded else padded.count(needle)


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
