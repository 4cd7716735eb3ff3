"""Does anything answer the question, or is silence the answer?

What says much or lies very near answers by itself, and what does neither at all is no answer. What is left is doubtful,
and decided by a weighed sum of a few
signs: how far the nearest memory is ahead of the next, what of the question the memories have, and what the best hit
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
PLAINLY_SAID, PLAINLY_NEAR = 0.33, 0.43
"""The words' score, and the cosine, that answer by themselves."""
CROWD = 0.31
"""How near the memories next to the nearest must be on average to answer by themselves: the store is about just that,
where no single one can stand out.
"""
FAINT = 0.3
"""What words and cosine together must reach in any case."""
AHEAD, SAID, AKIN, UNKNOWN_NAME, LACKING, NOTHING = 1.01, 0.46, 0.29, -0.22, -0.26, -0.08
"""What evidence is made of, see `Signs`, each with its weight; and where it starts from."""
MOST_LACKING = 0.5
"""The share of a question from which on it makes no difference what else is lacking: a paraphrase lacks every word."""
ELSEWHERE = 0.1
"""How near a memory would be that a small store does not have."""


@dataclass(frozen=True, slots=True)
class Signs:
    """nearest: the best cosine; ahead: how far it is ahead of the next; said: the best words' score; akin: the share of
    the question that other words of its subjects answer in the best hit; unknown_name: does it name something that no
    memory names? lacking: the share of the question that the best hit lacks, each word as far as it is rare in English,
    up to a most.
    """

    nearest: float
    ahead: float
    said: float
    akin: float
    unknown_name: bool
    lacking: float


def signs(asked: Asked, found: Words, cosines: Mapping[int, float], best: int | None) -> Signs:
    """What speaks for an answer, and against. best: the row of the hit that answers best by itself."""
    missing = found.missing.get(best, ()) if best is not None else tuple(asked.words)
    total = sum(asked.weights.values()) or 1.0
    return Signs(
        max(cosines.values(), default=0.0),
        ahead(cosines.values(), ELSEWHERE),
        max(found.scores.values(), default=0.0),
        found.akin.get(best, 0.0) if best is not None else 0.0,
        names_unknown(asked),
        min(MOST_LACKING, sum(asked.weights[term] / total * rarity(asked.words[term]) for term in missing)),
    )


def plain(there: Signs) -> bool:
    """Is there an answer without a doubt?"""
    crowd = there.nearest - there.ahead
    return there.said >= PLAINLY_SAID or there.nearest >= PLAINLY_NEAR or crowd >= CROWD


def evidence(there: Signs) -> float:
    """How much a doubtful question seems to be answered, see `ANSWERS`."""
    shown = AHEAD * there.ahead + SAID * there.said + AKIN * there.akin
    return NOTHING + shown + UNKNOWN_NAME * there.unknown_name + LACKING * there.lacking


def answers(there: Signs) -> bool:
    """Is there an answer?"""
    return plain(there) or (there.nearest + there.said >= FAINT and evidence(there) >= ANSWERS)


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
