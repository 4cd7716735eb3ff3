"""One ranking out of all the evidence, with the reason for every hit.

A direct score is share x words + (1 - share) x cosine, each measured against the best of its kind: for one question
BM25 tells its candidates well apart and the cosines hardly, for another it is the other way round. The best match of
either kind keeps its own height, so that a score still says how *good* a hit is, which ranks would throw away. The
words' share is `WORDS` when their best match covers the question and stands out, and less when hardly a word of the
question is known, or many memories have the same words: what few or common words match, they match by accident.
Association is added on top: it can lift what was found, and bring what was not, but never before the best of what
answers by itself. The constants were tuned on the development halves that docs/benchmarks.md names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from heapq import nlargest

from neural_memory.model import Memory
from neural_memory.recall.spread import Reached
from neural_memory.values import dataclass

WORDS = 0.45
"""The share of the words in a direct score, at most."""
CLEAR = 0.4
"""How far, as a share of itself, the words' best score must be ahead of the next for them to have their full share."""
COVERED = 0.25
"""The words' score of the best match from which on they have their full share."""
NEARBY = 0.25
"""The nearest cosine from which on meaning has its full share."""
ASSOCIATION = 0.35
"""What full activation is worth beside them: what belongs to an answer is worth less than the answer."""
LIFTS = 0.9
"""The part of the way up to the best direct hit that association lifts at most. Where all memories are about the same
things they lead to each other, and those that are alike would else lift each other over the one that answers.
"""
COMPANY = 0.13
"""The share of its score that a hit lends to what was said right before and after it in the same session."""
NEXT = 9
"""How many are next."""
FITS, FITS_BY_WORDS, BESIDE = 0.12, 0.06, 0.35
"""The least for a hit beside the best one: in itself, and as a share of the best."""
RELATED, RELATED_BESIDE = 0.02, 0.06
"""What association must bring to be worth mentioning: in itself, and as a share of the best score."""
CROWD = 10
"""The place from which on hits are the crowd that a seed has to stand out of."""
SEED = 0.65
"""The share of the best score that a seed must have."""
SURE = 1.5
"""The power that how sure a seed is is raised to."""
FULL = 0.55
"""The direct score of a sure hit, which as a seed passes all of its activation on."""
FADES, FRESH, FADED = 0.04, 90, 730
"""The most that age takes away, from so many days without use on, and all of it after so many: it orders equals."""
EXPIRED = 0.5
"""What is left of the score of a memory whose time is over."""
STRONG, GOOD = 0.45, 0.26
"""Scores from which on a hit is called strong, or good; below it is weak."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """row: of the memory; reached: how association got there, when it did."""

    row: int
    score: float
    direct: bool
    reached: Reached | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What a words' score and a cosine of 1 are worth for one question."""

    words: float
    meaning: float


def balance(words: Mapping[int, float], cosines: Mapping[int, float] | None) -> Balance:
    """How much words and meaning count for this question.

    words, cosines: row -> how well its words match, and its meaning. What is best in both scores the same as if the
    two were just added by their shares.
    """
    if cosines is None:
        return Balance(1.0, 0.0)
    said = max(words.values(), default=0.0)
    near = max((cosines[row] for row in words if row in cosines), default=0.0)
    if said <= 0 or near <= 0:
        return Balance(0.0, 1.0) if near > 0 else Balance(1.0, 0.0)
    clear = ahead(words.values(), 0.0) / said
    share = WORDS * min(1.0, said / COVERED) * min(1.0, clear / CLEAR)
    share /= share + (1 - share) * min(1.0, near / NEARBY)
    best = share * said + (1 - share) * near
    return Balance(best * share / said, best * (1 - share) / near)


def ahead(values: Iterable[float], elsewhere: float) -> float:
    """How far the best of some values is ahead of the mean of the next `NEXT`. elsewhere: one that is not there."""
    best = nlargest(NEXT + 1, values)
    following = [*best[1:], *[elsewhere] * NEXT][:NEXT]
    return best[0] - sum(following) / NEXT if best else 0.0


def direct(words: Mapping[int, float], cosines: Mapping[int, float] | None, weights: Balance) -> dict[int, float]:
    """row -> how well it answers by itself. A row without a vector yet is judged by its words alone."""
    if cosines is None:
        return dict(words)
    return {
        row: weights.words * score + weights.meaning * max(0.0, cosines[row]) if row in cosines else score
        for row, score in words.items()
    }


def seeds(scores: Mapping[int, float], most: int) -> dict[int, float]:
    """The hits that association starts from, each with how sure it is (0 to 1): how far it stands out of the crowd.

    Raised to a power, so that a guess among equals leads hardly anywhere.
    """
    best = sorted(scores, key=lambda row: (-scores[row], -row))
    crowd = scores[best[CROWD]] if len(best) > CROWD else 0.0
    if crowd >= FULL:
        return {}
    least = SEED * scores[best[0]] if best else 0.0
    sure = {row: min(1.0, (scores[row] - crowd) / (FULL - crowd)) for row in best[:most] if scores[row] >= least}
    return {row: share**SURE for row, share in sure.items() if share > 0}


def fuse(scores: Mapping[int, float], reached: Mapping[int, Reached], meaning: bool) -> list[Candidate]:
    """All hits, best first.

    scores: what `direct` gave; reached: what association found from the best of them; meaning: were there cosines?
    """
    best = max(scores.values(), default=0.0)
    fits = max(FITS if meaning else FITS_BY_WORDS, BESIDE * best)
    related = max(RELATED, RELATED_BESIDE * best)
    found = []
    for row in scores.keys() | reached.keys():
        score = scores.get(row, 0.0)
        led = reached.get(row)
        gain = _lift(led.activation, score, best) if led else 0.0
        if score >= fits or gain >= related:
            found.append(Candidate(row, score + gain, score >= fits, led))
    return sorted(found, key=lambda c: (-c.score, -c.row))


def _lift(activation: float, score: float, best: float) -> float:
    """What association adds to a score. It is for what does not answer by itself: the nearer a hit is to the best one,
    the less it is lifted.
    """
    near = min(1.0, score / best) if best > 0 else 0.0
    return min(ASSOCIATION * activation * (1 - near**2), LIFTS * (best - score))


def fading(memory: Memory, used: tuple[int, str] | None, now: str) -> float:
    """What age leaves of a hit's score, from 1 down to 1 - `FADES`.

    The more a memory matters and the more often it was recalled, the less is taken; what is pinned does not fade.
    used: how often it was recalled, and when last.
    """
    times, last = used or (0, "")
    idle = 0 if memory.pinned else _days(max(str(memory.timestamp), last), now) - FRESH
    if idle <= 0:
        return 1.0
    share = min(1.0, idle / (FADED - FRESH)) / (1 + times / 10)
    return 1 - FADES * share * (1 - memory.importance)


def _days(then: str, now: str) -> int:
    """Whole days between two ISO 8601 dates; 0 for what is no date (a row may have been edited by hand)."""
    try:
        return (datetime.fromisoformat(now[:10]) - datetime.fromisoformat(then[:10])).days
    except ValueError:
        return 0


def less_sure(confidence: str, guess: bool) -> str:
    """How sure a hit still is when the question names what no memory has; guess: it is a guess in any case."""
    return "good" if confidence == "strong" and not guess else "weak"


def confidence(score: float) -> str:
    """A score in a word."""
    return "strong" if score >= STRONG else "good" if score >= GOOD else "weak"
