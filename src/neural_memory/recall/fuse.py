"""One ranking out of all the evidence, with the reason for every hit, and the decision to stay silent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from neural_memory.recall.spread import Reached

ANSWERS = 0.12
"""A direct hit must answer at least this much of the question; below it, silence is the truer answer."""
ASSOCIATION = 0.5
"""What activation counts beside a direct score: what belongs to an answer is worth less than the answer."""
RELATED = 0.012
"""Activation that is worth mentioning at all."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """row: of the memory; reached: how association got there, when it did."""

    row: int
    score: float
    direct: bool
    reached: Reached | None = None


def fuse(words: Mapping[int, float], reached: Mapping[int, Reached]) -> list[Candidate]:
    """All hits, best first; empty when nothing answers the question.

    words: row -> 0 to 1; reached: what association found from the best of them.
    """
    if not words or max(words.values()) < ANSWERS:
        return []
    found = []
    for row in words.keys() | reached.keys():
        direct = words.get(row, 0.0)
        led = reached.get(row)
        gain = ASSOCIATION * led.activation if led else 0.0
        if direct >= ANSWERS or gain >= RELATED:
            found.append(Candidate(row, direct + gain, direct >= ANSWERS, led))
    return sorted(found, key=lambda c: (-c.score, -c.row))


def seeds(words: Mapping[int, float], most: int) -> dict[int, float]:
    """The hits that association starts from, each with how sure it is."""
    best = sorted(words, key=lambda row: (-words[row], -row))[:most]
    return {row: min(1.0, words[row] / 0.55) for row in best if words[row] >= ANSWERS}
