"""From a question to its hits: words and meaning, then association, one ranking, the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from neural_memory.model import STORED, Memory, Neuron, Recollection
from neural_memory.recall import fuse, silence, spread, timing, whole, words
from neural_memory.recall.meaning import Meaning, best_of
from neural_memory.recall.words import Words
from neural_memory.store import memories, network, usage
from neural_memory.store.selection import Selection, select
from neural_memory.store.sqlite import Connection
from neural_memory.text.analyse import ask, asks_what_happened, kind_asked, kind_term, leads_on, tells
from neural_memory.text.phrasing import asks_for_all, is_heading
from neural_memory.text.tags import tag_term
from neural_memory.text.times import Period, when
from neural_memory.values import dataclass, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FURTHER = 40
"""Memories that only association brought whose own scores are looked at."""
NEAR = 80
"""Memories nearest in meaning that are candidates."""
SPEAKERS = 30
"""Best hits that lend some of their score to their neighbours in a session."""
TOPIC = 2.0
"""What lying near the question itself counts beside lying where its answers do: in long texts, and in texts of another
kind than the notes that this was learned from, the question knows better.
"""
LOOKED_AT = 40
"""The nearest memories that are asked whether they answer."""
IMPORTANCE = 0.1
"""How much importance moves a score: 1.0 adds this share, 0.0 takes it away. Enough to order equals, not to
outdo words.
"""
TELLING = 1.6
"""The weight from which on a word of every subject tells something: every tenth memory has it, or fewer."""
UNCONFIRMED = 0.95
"""What the score of a memory counts that nobody stored on purpose (imported, or captured by a hook) and nobody has
confirmed: less than its equal, little enough that a better answer stays in front.
"""


@dataclass(frozen=True, slots=True)
class Sense:
    """A question's meaning: where it lies, and what can tell what lies near it."""

    meaning: Meaning
    topic: Any  # float32 of unit length: where the question itself lies
    answers: Any  # where its answers lie
    vector: Any  # between the two: what is nearest to it is looked at


def sense(meaning: Meaning, question: str) -> Sense:
    """What a question means; `ModelError` without a model."""
    topic = meaning.vector(question)
    answers = meaning.toward_answers(topic)
    between = answers + TOPIC * topic
    return Sense(meaning, topic, answers, between / (between @ between) ** 0.5)


def recall(
    connection: Connection,
    question: str,
    limit: int,
    selection: Selection,
    sense: Sense | None,
    pending: Mapping[int, tuple[str, ...]],
    now: str,
    current: str | None = None,
    here: str | None = None,
) -> list[tuple[int, Recollection]]:
    """(row, hit), best first. Reads only: a question changes nothing that later questions are answered from.

    current: the moment at which hits must still hold; None for those whose time is over as well.
    sense: None when there is no meaning (yet); then words and association answer alone.
    pending: row -> terms of memories that are not linked yet; they are found by their words. now: when it is asked.
    here: the present project.
    """
    timely = replace(selection, valid_at=current)
    if asks_for_all(question):
        return whole.hits(connection, here, limit, timely)
    time = when(question, now)
    asked_period = timing.period(connection, time) if time else None
    rest = time.rest if time and asked_period else question
    wanted = ask(rest)
    if asked_period is not None and (rest == question or asks_what_happened(rest)):
        return _of_the_time(connection, asked_period, limit, timely, kind_asked(wanted), here)
    if not wanted:
        return _literal(connection, question, limit, timely)
    narrowed = selection != Selection(or_everywhere=True, current_only=True)

    def allowed(rows: Iterable[int]) -> set[int]:
        return {row for _, row in select(connection, selection, rows)}

    fit = allowed if narrowed else None
    asked = words.weigh(connection, wanted, rest)
    named = words.candidates(connection, asked, required=map(tag_term, selection.tags), allowed=fit)
    near = sense.meaning.search(connection, sense.vector, fit) if sense else {}
    waiting = [row for row, terms in pending.items() if not asked.words.keys().isdisjoint(terms)]
    found = words.scores(connection, asked, {*named, *best_of(near, max(NEAR, limit)), *waiting}, pending)
    cosines = _cosines(connection, sense, near, found.scores)
    weights = fuse.balance(found.scores, cosines)
    scores = fuse.direct(found.scores, cosines, weights)
    heading = is_heading(question)
    doubtful = not _answers(connection, sense, asked, found, cosines, scores)
    if doubtful:
        if asked_period is not None and not any(map(tells, wanted)):
            return _of_the_time(connection, asked_period, limit, timely, kind_asked(wanted), here)
        if not heading or silence.names_unknown(asked):
            return []
        scores = {row: score for row, score in scores.items() if _has_word(asked, found, row)}
    reached = {} if doubtful else _associate(connection, asked, scores)
    further = words.scores(connection, asked, _strongest(reached, scores), pending)
    scores |= fuse.direct(further.scores, _cosines(connection, sense, near, further.scores), weights)
    found.matched.update(further.matched)
    candidates = fuse.fuse(_with_company(connection, scores), reached, sense is not None)[: 4 * limit + 20]
    rows = memories.by_seqs(connection, [c.row for c in candidates])
    passed = allowed(rows) if narrowed else {row for row, m in rows.items() if m.replaced_by is None}
    passed = {row for row in passed if current is None or not rows[row].expired(current)}
    if heading:
        candidates = [_labelled(c, rows.get(c.row), asked) for c in candidates]
    told = timing.time_words(question, rest)
    if asked_period is not None:
        candidates = [
            replace(c, score=c.score * timing.factor(asked_period, told, rows[c.row]))
            for c in candidates
            if c.row in rows
        ]
    used = usage.of_rows(connection, passed)
    hits = [
        _hit(c, rows[c.row], found, reached, fuse.fading(rows[c.row], used.get(c.row), now), now)
        for c in candidates
        if c.row in passed
    ]
    ordered = sorted(hits, key=lambda hit: (-hit[1].score, -hit[0]))[:limit]
    if doubtful or silence.names_unknown(asked):
        ordered = [(row, replace(hit, confidence=fuse.less_sure(hit.confidence, doubtful))) for row, hit in ordered]
    if asked_period is None:
        return ordered
    return [(row, replace(hit, in_time=timing.fits(asked_period, told, hit.memory))) for row, hit in ordered]


def _cosines(
    connection: Connection, sense: Sense | None, near: Mapping[int, float], rows: Iterable[int]
) -> Mapping[int, float] | None:
    """The cosines of these rows, those of `near` included; None without meaning."""
    if sense is None:
        return None
    missing = [row for row in rows if row not in near]
    return {**near, **sense.meaning.cosines(connection, sense.vector, missing)}


def _strongest(reached: Mapping[int, spread.Reached], known: Mapping[int, float]) -> list[int]:
    """The rows that association brought and nothing else did, as many as can matter."""
    new = [row for row in reached if row not in known]
    return sorted(new, key=lambda row: -reached[row].activation)[:FURTHER]


def _answers(
    connection: Connection,
    sense: Sense | None,
    asked: words.Asked,
    found: Words,
    cosines: Mapping[int, float] | None,
    scores: Mapping[int, float],
) -> bool:
    """Does anything answer the question? scores: how well each row does by itself."""
    if sense is None or cosines is None:
        return silence.answers_by_words(found)
    best = max(scores, key=lambda row: (scores[row], row), default=None)
    nearest = list(best_of(cosines, LOOKED_AT))
    topic = sense.meaning.cosines(connection, sense.topic, nearest)
    learned = sense.answers is not sense.topic
    answering = sense.meaning.cosines(connection, sense.answers, nearest) if learned else topic
    there = silence.signs(asked, found, max(answering.values(), default=0.0), topic, best)
    return silence.answers(there, silence.LEARNED if learned else silence.UNLEARNED)


def _has_word(asked: words.Asked, found: Words, row: int) -> bool:
    """Has a memory a telling word of the question, and not only one of its subject? A word of every subject ("team")
    is one where few memories have it.
    """
    said = set(found.matched.get(row, ()))
    return any(
        word in said and (leads_on(term) or asked.weights[term] >= TELLING) for term, word in asked.words.items()
    )


def _labelled(candidate: fuse.Candidate, memory: Memory | None, asked: words.Asked) -> fuse.Candidate:
    """A candidate, worth up to twice as much when the heading, or as much of it, is what somebody filed the memory
    under: a tag of it, or its kind.
    """
    if memory is None:
        return candidate
    labels = {*map(tag_term, memory.tags), kind_term(memory.kind)}
    weights = [asked.weights[term] for term in asked.words if term in labels]
    return replace(candidate, score=candidate.score * (1 + sum(weights) / sum(asked.weights.values())))


def _with_company(connection: Connection, scores: dict[int, float]) -> dict[int, float]:
    """The scores, with what the best hits lend to what was said right before and after them in the same session."""
    best = sorted(scores, key=lambda row: -scores[row])[:SPEAKERS]
    near = memories.sessions(connection, {row + step for row in best for step in (-1, 0, 1)})
    lent = dict(scores)
    for row in best:
        for neighbour in (row - 1, row + 1):
            if row in near and near.get(neighbour) == near[row] and neighbour in scores:
                lent[neighbour] += fuse.COMPANY * scores[row]
    return lent


def _associate(connection: Connection, asked: words.Asked, scores: Mapping[int, float]) -> Mapping[int, spread.Reached]:
    """What the best direct hits lead to."""
    seeds = fuse.seeds(scores, spread.SEEDS)
    if not seeds:
        return {}

    def memories_of(neuron: Neuron) -> Sequence[int]:
        return memories.matching(connection, memories.any_of([neuron.term]), spread.FAN_OUT)

    total, _ = memories.tallies(connection)
    named = frozenset(asked.words)
    return spread.spread(seeds, named, total, lambda rows: network.fiber_neurons(connection, rows), memories_of)


def _hit(
    candidate: fuse.Candidate,
    memory: Memory,
    found: Words,
    reached: Mapping[int, spread.Reached],
    fading: float,
    now: str,
) -> tuple[int, Recollection]:
    score = min(1.0, fading * candidate.score * (1 + IMPORTANCE * (2 * memory.importance - 1)))
    score *= 1 if memory.trust == STORED else UNCONFIRMED
    score *= fuse.EXPIRED if memory.expired(now) else 1
    faded = round(1 - fading, 4)
    sure = fuse.confidence(score)
    if candidate.direct or candidate.reached is None:
        matched = found.matched.get(candidate.row, ())
        reason = "words: " + ", ".join(matched) if matched else "meaning"
        return candidate.row, Recollection(memory, round(score, 4), True, reason, confidence=sure, faded=faded)
    path = _path(candidate.reached, found, reached)
    return candidate.row, Recollection(
        memory, round(score, 4), False, "via " + " → ".join(path), path, sure, faded=faded
    )


def _path(led: spread.Reached, found: Words, reached: Mapping[int, spread.Reached]) -> tuple[str, ...]:
    """The names that led to a hit: a word of the question, then the neurons in between."""
    before = reached.get(led.seed)
    if before is not None and not found.matched.get(led.seed):
        return (*_path(before, found, {}), led.via.name)
    return (*found.matched.get(led.seed, ())[:1], led.via.name)


def _of_the_time(
    connection: Connection, asked: Period, limit: int, selection: Selection, kind: str | None, here: str | None
) -> list[tuple[int, Recollection]]:
    """A question about nothing but a time ("what happened last week?"): what speaks of it, then the newest memories of
    it, those of the present project first. kind: which ones are asked for ("what did we decide …?"); the others come
    after them, as a guess.
    """
    both = replace(
        selection,
        after=max(filter(None, (selection.after, asked.since)), default=None),
        before=min(filter(None, (selection.before, asked.until)), default=None),
    )
    of_then = [row for _, row in select(connection, both)]
    if here is not None and selection.project is None:
        own = {row for _, row in select(connection, replace(both, project=here))}
        of_then.sort(key=lambda row: row not in own)
    found = list(dict.fromkeys((*timing.speaking(connection, asked, selection)[: limit // 2], *of_then)))
    if kind is not None and (wanted := {row for _, row in select(connection, replace(selection, kind=kind), found)}):
        found.sort(key=lambda row: row not in wanted)
    else:
        wanted = set(found)
    rows = memories.by_seqs(connection, found[:limit])
    return [
        (row, Recollection(rows[row], score, True, "of that time", confidence=sure, in_time=True))
        for place, row in enumerate(found[:limit])
        for sure, score in [("good", 0.3 - 0.0003 * place) if row in wanted else ("weak", 0.2 - 0.0003 * place)]
    ]


def _literal(connection: Connection, question: str, limit: int, selection: Selection) -> list[tuple[int, Recollection]]:
    """A question without any word (an emoji, an operator): memories with these very characters."""
    text = question.strip()
    found = select(connection, replace(selection, mentions=text))[:limit] if len(text) <= 200 else []
    rows = memories.by_seqs(connection, [row for _, row in found])
    return [(row, Recollection(rows[row], 0.5, True, "has these very characters")) for _, row in found]
