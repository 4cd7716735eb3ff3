"""Which memories fit the time a question asks about?

A period ("last week", "in May") is one of the calendar; an event ("before the 2.0 release") is looked up: its moment
is that of the memory whose words match it best. The time is evidence, not a filter: people date things loosely, so a
memory within it, or one that speaks of a day within it, counts more, one outside it less.
"""

from __future__ import annotations

from collections.abc import Collection

from neural_memory.model import Memory
from neural_memory.recall import words
from neural_memory.store import memories
from neural_memory.store.selection import Selection, select
from neural_memory.store.sqlite import Connection
from neural_memory.text.analyse import ask
from neural_memory.text.dates import MONTHS, Days, dates
from neural_memory.text.lazily import later
from neural_memory.text.stop import CALENDAR
from neural_memory.text.terms import stem
from neural_memory.text.times import Period, When

WITHIN, OUTSIDE = 1.25, 0.8
"""What a score is multiplied by when a memory is from the time that is asked about, and when it is not."""
_WORD = later(r"[a-z]+|\d+")
MOST_SPEAKING = 500
"""Memories that have the name or the number of a month, and are asked whether they speak of the time."""
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


def factor(asked: Period, words: Collection[str], memory: Memory) -> float:
    """What the score of a memory is multiplied by. words: see `time_words`."""
    return WITHIN if fits(asked, words, memory) else OUTSIDE


def contains(asked: Period, timestamp: str) -> bool:
    """Is this moment within the period?"""
    return (asked.since is None or asked.since <= timestamp) and (asked.until is None or timestamp <= asked.until)


def time_words(question: str, rest: str) -> frozenset[str]:
    """Days of the week, seasons and years in a question's time words, which a memory may repeat; not the year of a
    month, for a memory that has just the year is hardly about the month. rest: the question without those.
    """
    months = frozenset(MONTHS)
    told = set(_WORD.findall(question.lower())) - set(_WORD.findall(rest.lower()))
    years = {word for word in told if len(word) == 4 and word.isdigit()}
    return frozenset((told & CALENDAR) - months | (years if told.isdisjoint(months) else set()))


def fits(asked: Period, words: Collection[str], memory: Memory) -> bool:
    """Is this memory from the time that is asked about, or does it speak of it?"""
    return (
        contains(asked, memory.timestamp)
        or not set(_WORD.findall(memory.content.lower())).isdisjoint(words)
        or speaks_of(asked, memory)
    )


def speaks_of(asked: Period, memory: Memory) -> bool:
    """Does a memory name a day, a month or a year within the period?  One of which the period is a part is too wide.

    Of a date without a year one of those it may be is enough; for "since" and "before", all of them must fit.
    """
    enough = any if asked.since and asked.until else all
    return any(
        enough(_within(asked, days) for days in each) for each in dates(memory.content, memory.timestamp) if each
    )


def _within(asked: Period, days: Days) -> bool:
    return all(contains(asked, f"{day}T12:00:00Z") for day in days)


def speaking(connection: Connection, asked: Period, selection: Selection) -> list[int]:
    """The rows of memories that name a day or a month within the period, the newest first."""
    months = _months(asked)
    if not months:
        return []
    said = [f"{year} {month:02}" for year, month in months]
    names = [MONTHS[month - 1] for _, month in months]
    named = [*map(stem, names), *(name[:3] for name in names)]
    rows = memories.matching(connection, memories.any_of([*said, *named]), MOST_SPEAKING)
    there = memories.by_seqs(connection, rows)
    return [row for _, row in select(connection, selection, [r for r, m in there.items() if speaks_of(asked, m)])]


def _months(asked: Period) -> list[tuple[int, int]]:
    """(year, month) of the months that a period touches; none of one that is open, or longer than a year."""
    if asked.since is None or asked.until is None:
        return []
    first, last = (int(end[:4]) * 12 + int(end[5:7]) - 1 for end in (asked.since, asked.until))
    return [(month // 12, month % 12 + 1) for month in range(first, last + 1)] if last - first < 12 else []


def _moment(connection: Connection, event: str) -> str | None:
    """When an event was: the timestamp of the memory that tells of it."""
    asked = words.weigh(connection, ask(event))
    scores = words.scores(connection, asked, words.candidates(connection, asked), {}).scores
    best = max(scores, key=lambda row: (scores[row], row), default=None)
    if best is None or scores[best] < SAME_EVENT:
        return None
    return memories.by_seqs(connection, [best])[best].timestamp
