"""Does anything answer the question, or is silence the answer?

What says much or lies very near answers by itself. What is left is doubtful, and decided by a weighed sum of a few
signs: how near a memory is to where the answers lie, what of the question the memories have, and what the best hit
lacks. The weights are those of a logistic regression over answerable questions and unanswerable ones in the same
vocabulary, which `benchmarks/evidence.py` makes again.
"""

from __future__ import annotations

from collections.abc import Mapping

from neural_memory.embed import rarity
from neural_memory.recall.fuse import ahead
from neural_memory.recall.words import Asked, Words
from neural_memory.text.kin import SUBJECT, is_name
from neural_memory.text.stop import CALENDAR
from neural_memory.values import dataclass

ANSWERS, ANSWERS_BY_WORDS = 0.0, 0.15
"""The evidence that there must be for an answer (without meaning: the words' score); below it, silence."""
PLAINLY_SAID, PLAINLY_NEAR = 0.3, 0.45
"""The words' score, and the cosine to the question itself, that answer by themselves."""
APART, APART_NEAR = 0.22, 0.32
"""How far the nearest memory must be ahead of the next, and how near the question, to answer by itself. With 0.25 for
0.22 a topic of few words ("pets at home") misses the one long text about it in a store of two.
"""
CROWD = 0.31
"""How near the memories next to the nearest must be to the question on average to answer by themselves: the store is
about just that, where no single one can stand out.
"""
MOST_LACKING = 0.5
"""The share of a question from which on it makes no difference what else is lacking: a paraphrase lacks every word."""
ELSEWHERE = 0.1
"""How near a memory would be that a small store does not have."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What each sign of `Signs` weighs, and where the sum starts from."""

    nearest: float
    said: float
    akin: float
    unknown_name: float
    lacking: float
    start: float


LEARNED = Weights(nearest=1.73, said=0.12, akin=0.36, unknown_name=-0.16, lacking=-0.18, start=-0.305)
"""With a model that has learned where the answers to a question lie."""
UNLEARNED = Weights(nearest=1.0, said=0.09, akin=0.35, unknown_name=-0.2, lacking=-0.24, start=-0.247)
"""With a model that only knows where the question lies."""


@dataclass(frozen=True, slots=True)
class Signs:
    """nearest: the best cosine to where the answers lie; topic, crowd: the best cosine to the question itself, and the
    mean of the next; said: the best words' score; akin: the share of the question that other words of its subjects
    answer in the best hit; unknown_name: does it name something that no memory names? lacking: the share of the
    question that the best hit lacks, each word as far as it is rare in English, up to a most.
    """

    nearest: float
    topic: float
    crowd: float
    said: float
    akin: float
    unknown_name: bool
    lacking: float


def signs(asked: Asked, found: Words, nearest: float, topic: Mapping[int, float], best: int | None) -> Signs:
    """What speaks for an answer, and against. topic: row -> cosine to the question; best: the row of the hit that
    answers best by itself."""
    missing = found.missing.get(best, ()) if best is not None else tuple(asked.words)
    total = sum(asked.weights.values()) or 1.0
    most = max(topic.values(), default=0.0)
    return Signs(
        nearest,
        most,
        most - ahead(topic.values(), ELSEWHERE),
        max(found.scores.values(), default=0.0),
        found.akin.get(best, 0.0) if best is not None else 0.0,
        names_unknown(asked),
        min(MOST_LACKING, sum(asked.weights[term] / total * rarity(asked.words[term]) for term in missing)),
    )


def plain(there: Signs) -> bool:
    """Is there an answer without a doubt?"""
    if there.said >= PLAINLY_SAID or there.topic >= PLAINLY_NEAR or there.crowd >= CROWD:
        return True
    return there.topic >= APART_NEAR and there.topic - there.crowd >= APART


def evidence(there: Signs, weights: Weights) -> float:
    """How much a doubtful question seems to be answered, see `ANSWERS`."""
    near = weights.start + weights.nearest * there.nearest
    shown = weights.said * there.said + weights.akin * there.akin
    return near + shown + weights.unknown_name * there.unknown_name + weights.lacking * there.lacking


def answers(there: Signs, weights: Weights) -> bool:
    """Is there an answer?"""
    return plain(there) or evidence(there, weights) >= ANSWERS


def answers_by_words(found: Words) -> bool:
    """Is there an answer, when nothing is known of meaning?"""
    return max(found.scores.values(), default=0.0) >= ANSWERS_BY_WORDS


def names_unknown(asked: Asked) -> bool:
    """Does the question name something (a proper name, an identifier) that no memory has, by that name or another?"""
    unknown = (
        (term, word)
        for term, word in asked.words.items()
        if term not in asked.frequencies and not any(worth > SUBJECT for worth in asked.kin.get(term, {}).values())
    )
    return any(
        word != word.lower() or not word.isalpha() or is_name(term)
        for term, word in unknown
        if len(word) > 1 and word.lower() not in CALENDAR
    )
