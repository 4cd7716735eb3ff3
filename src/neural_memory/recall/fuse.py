"""One ranking out of all the evidence, with the reason for every hit, and the decision to stay silent.

score = 0.6 x words + 0.4 x cosine keeps how *good* a match is, which reciprocal ranks throw away (on LoCoMo it finds 9
points more in the first ten). Association is added on top: it can lift what was found, and bring what was not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from neural_memory.recall.spread import Reached

WORDS, MEANING = 0.6, 0.4
"""What a full match of words and a cosine of 1 are worth."""
ASSOCIATION = 0.5
"""What full activation is worth beside them: what belongs to an answer is worth less than the answer."""
ANSWERS, ANSWERS_BY_WORDS = 0.17, 0.12
"""The least a question's best hit must score, with meaning and without; below it, silence is the truer answer."""
FITS, FITS_BY_WORDS = 0.10, 0.06
"""The least for a hit beside the best one."""
RELATED = 0.012
"""Activation that is worth mentioning at all."""
FULL = 0.55
"""The direct score of a sure hit, which as a seed passes all of its activation on."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """row: of the memory; reached: how association got there, when it did."""

    row: int
    score: float
    direct: bool
    reached: Reached | None = None


def direct(words: Mapping[int, float], cosines: Mapping[int, float] | None) -> dict[int, float]:
    """row -> how well it answers by itself. A row without a vector yet is judged by its words alone."""
    if cosines is None:
        return dict(words)
    return {
        row: WORDS * score + MEANING * max(0.0, cosines[row]) if row in cosines else score
        for row, score in words.items()
    }


def seeds(scores: Mapping[int, float], most: int, meaning: bool) -> dict[int, float]:
    """The hits that association starts from, each with how sure it is."""
    best = sorted(scores, key=lambda row: (-scores[row], -row))[:most]
    least = ANSWERS if meaning else ANSWERS_BY_WORDS
    return {row: min(1.0, scores[row] / FULL) for row in best if scores[row] >= least}


def fuse(scores: Mapping[int, float], reached: Mapping[int, Reached], meaning: bool) -> list[Candidate]:
    """All hits, best first; empty when nothing answers the question.

    scores: what `direct` gave; reached: what association found from the best of them; meaning: were there cosines?
    """
    least, fits = (ANSWERS, FITS) if meaning else (ANSWERS_BY_WORDS, FITS_BY_WORDS)
    if not scores or max(scores.values()) < least:
        return []
    found = []
    for row in scores.keys() | reached.keys():
        score = scores.get(row, 0.0)
        led = reached.get(row)
        gain = ASSOCIATION * led.activation if led else 0.0
        if score >= fits or gain >= RELATED:
            found.append(Candidate(row, score + gain, score >= fits, led))
    return sorted(found, key=lambda c: (-c.score, -c.row))
