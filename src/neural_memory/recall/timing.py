"""Which memories fit the time a question asks about?

A period ("last week", "in May") is one of the calendar; an event ("before the 2.0 release") is looked up: its moment
is that of the memory whose words match it best. The time is evidence, not a filter: people date things loosely, so a
memory within it counts more, one outside it less.
"""

from __future__ import annotations

from collections.abc import Collection

from neural_memory.model import Memory
from neural_memory.recall import words
from neural_memory.store import memories
from neural_memory.store.sqlite import Connection
from neural_memory.text.analyse import ask
from neural_memory.text.lazily import later
from neural_memory.text.stop import CALENDAR
from neural_memory.text.times import Period, When

WITHIN, OUTSIDE = 1.25, 0.8
"""What a score is multiplied by when a memory is from the time that is asked about, and when it is not."""
_WORD = later(r"[a-z]+|\d+")
SAME_EVENT = 0.25
"""The words' score from which on a memory is taken to be about the event."""


def period(connection: Connection, when: When) -> Period | None:
    """The time a question asks about; None when it names an event that no memory tells of."""
    if when.period is not None:
        return when.period
    if when.before and (moment := _moment(connection, when.before)):
        return Period(None, moment)
    if when.after and (moment := _moment(connection, when.after)):
        return Period(moment, None)
    return None


def factor(asked: Period, timestamp: str) -> float:
    """What the score of a memory of this moment is multiplied by."""
    return WITHIN if contains(asked, timestamp) else OUTSIDE


def contains(asked: Period, timestamp: str) -> bool:
    """Is this moment within the period?"""
    return (asked.since is None or asked.since <= timestamp) and (asked.until is None or timestamp <= asked.until)


def dates(question: str, rest: str) -> frozenset[str]:
    """The years, months and days of the week in a question's time words. rest: the question without those."""
    told = set(_WORD.findall(question.lower())) - set(_WORD.findall(rest.lower()))
    return frozenset(word for word in told if word in CALENDAR or (len(word) == 4 and word.isdigit()))


def fits(asked: Period, dates: Collection[str], memory: Memory) -> bool:
    """Is this memory from the time that is asked about, or does it speak of it?"""
    return contains(asked, memory.timestamp) or not set(_WORD.findall(memory.content.lower())).isdisjoint(dates)


def _moment(connection: Connection, event: str) -> str | None:
    """When an event was: the timestamp of the memory that tells of it."""
    asked = words.weigh(connection, ask(event))
    scores = words.scores(connection, asked, words.candidates(connection, asked), {}).scores
    best = max(scores, key=lambda row: (scores[row], row), default=None)
    if best is None or scores[best] < SAME_EVENT:
        return None
    return memories.by_seqs(connection, [best])[best].timestamp
