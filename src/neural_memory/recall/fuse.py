"""One ranking out of all the evidence, with the reason for every hit, and the decision to stay silent.

score = share x words + (1 - share) x cosine keeps how *good* a match is; reciprocal ranks throw that away. The share
of the words is `WORDS` when the best match covers the question, and less when hardly a word of the question is known:
what few words then match, match by accident. Association is added on top: it can lift what was found, and bring what
was not. The constants were tuned on the development halves that docs/benchmarks.md names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from neural_memory.recall.spread import Reached

WORDS = 0.5
"""The share of the words in a direct score, at most."""
COVERED = 0.25
"""The words' score of the best match from which on they have their full share."""
ASSOCIATION = 0.35
"""What full activation is worth beside them: what belongs to an answer is worth less than the answer."""
COMPANY = 0.15
"""The share of its score that a hit lends to what was said right before and after it in the same session."""
ANSWERS, ANSWERS_BY_WORDS = 0.31, 0.15
"""The least that the best hit must show (its score or its cosine; without meaning its words): below it, silence."""
SAID = 0.2
"""The words' score that answers by itself, however far the meaning seems."""
UNKNOWN_NAME = 0.08
"""How much more it must show when the question names something that no memory has ever named."""
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
STRONG, GOOD = 0.45, 0.3
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


def silent(words: Mapping[int, float], cosines: Mapping[int, float] | None, unknown_name: bool) -> bool:
    """Does nothing answer the question? unknown_name: it names something that no memory names."""
    said = max(words.values(), default=0.0)
    if cosines is None:
        return said < ANSWERS_BY_WORDS
    more = UNKNOWN_NAME if unknown_name else 0.0
    if said >= SAID + more:
        return False
    best = max(direct(words, cosines, words_share(words)).values(), default=0.0)
    nearest = max(cosines.values(), default=0.0)
    return max(best, nearest) < ANSWERS + more


def fuse(scores: Mapping[int, float], reached: Mapping[int, Reached], meaning: bool) -> list[Candidate]:
    """All hits, best first.

    scores: what `direct` gave; reached: what association found from the best of them; meaning: were there cosines?
    """
    fits = max(FITS if meaning else FITS_BY_WORDS, BESIDE * max(scores.values(), default=0.0))
    related = max(RELATED, RELATED_BESIDE * max(scores.values(), default=0.0))
    found = []
    for row in scores.keys() | reached.keys():
        score = scores.get(row, 0.0)
        led = reached.get(row)
        gain = ASSOCIATION * led.activation if led else 0.0
        if score >= fits or gain >= related:
            found.append(Candidate(row, score + gain, score >= fits, led))
    return sorted(found, key=lambda c: (-c.score, -c.row))


def confidence(score: float) -> str:
    """A score in a word."""
    return "strong" if score >= STRONG else "good" if score >= GOOD else "weak"
