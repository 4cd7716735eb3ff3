"""One ranking out of all the evidence, with the reason for every hit, and the decision to stay silent.

score = share x words + (1 - share) x cosine keeps how *good* a match is; reciprocal ranks throw that away. The share
of the words is `WORDS` when the best match covers the question, and less when hardly a word of the question is known:
what few words then match, match by accident. Association is added on top: it can lift what was found, and bring what
was not, but never before the best of what answers by itself. The constants were tuned on the development halves that
docs/benchmarks.md names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest

from neural_memory.model import Memory
from neural_memory.recall.spread import Reached

WORDS = 0.5
"""The share of the words in a direct score, at most."""
COVERED = 0.25
"""The words' score of the best match from which on they have their full share."""
ASSOCIATION = 0.35
"""What full activation is worth beside them: what belongs to an answer is worth less than the answer."""
LIFTS = 0.9
"""The part of the way up to the best direct hit that association lifts at most. Where all memories are about the same
things they lead to each other, and those that are alike would else lift each other over the one that answers.
"""
COMPANY = 0.15
"""The share of its score that a hit lends to what was said right before and after it in the same session."""
ANSWERS, ANSWERS_BY_WORDS = 0.28, 0.15
"""The evidence that there must be for an answer (without meaning: the words' score); below it, silence."""
NEAREST, AHEAD, SAID, AKIN = 0.64, 0.73, 0.4, 0.3
"""What evidence is made of: the nearest memory's cosine, how far it is ahead of the next nine, the best words' score,
the share of the question that other words of its subjects answer in the best hit ..."""
UNKNOWN_NAME, LACKING, MOST_LACKING = 0.05, 0.39, 0.25
"""... and what is taken away: when the question names something that no memory has ever named, and for the part of the
question that the best hit lacks, up to a most.
"""
PLAINLY_SAID = 0.33
"""The words' score that answers by itself, however far the meaning seems."""
NEXT, ELSEWHERE = 9, 0.1
"""How many are next, and how near a memory would be that a small store does not have."""
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


def words_share(words: Mapping[int, float]) -> float:
    """How much the words count for this question, from 0 to `WORDS`. words: row -> how well its words match."""
    return WORDS * min(1.0, max(words.values(), default=0.0) / COVERED)


def direct(words: Mapping[int, float], cosines: Mapping[int, float] | None, share: float) -> dict[int, float]:
    """row -> how well it answers by itself. A row without a vector yet is judged by its words alone."""
    if cosines is None:
        return dict(words)
    return {
        row: share * score + (1 - share) * max(0.0, cosines[row]) if row in cosines else score
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


def evidence(cosines: Mapping[int, float], said: float, akin: float, unknown_name: bool, lacking: float) -> float:
    """How likely it is that anything answers the question: from below 0 to about 1, see `ANSWERS`.

    The weights are those of a logistic regression over answerable questions and unanswerable ones in the same
    vocabulary. said: the best words' score; akin: the share of the question that other words of its subjects answer
    in the best hit; unknown_name: does it name something that no memory names? lacking: the largest share of it that
    is one word which the best hit lacks, times how rare that word is.
    """
    best = nlargest(NEXT + 1, cosines.values())
    following = [*best[1:], *[ELSEWHERE] * NEXT][:NEXT]
    nearest = best[0] if best else 0.0
    shown = NEAREST * nearest + AHEAD * (nearest - sum(following) / NEXT) + SAID * said + AKIN * akin
    return shown - UNKNOWN_NAME * unknown_name - LACKING * min(lacking, MOST_LACKING)


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
        gain = min(ASSOCIATION * led.activation, LIFTS * (best - score)) if led else 0.0
        if score >= fits or gain >= related:
            found.append(Candidate(row, score + gain, score >= fits, led))
    return sorted(found, key=lambda c: (-c.score, -c.row))


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


def confidence(score: float) -> str:
    """A score in a word."""
    return "strong" if score >= STRONG else "good" if score >= GOOD else "weak"
