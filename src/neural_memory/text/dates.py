"""Which days does a text speak of?  "An outage on September 3", "2026-09-14", "in May 2025", "yesterday".

`times.py` reads when a question is about; this reads what a memory tells of, so that one that was written in November
answers what happened in September. Only what is plainly a date counts: a month by its name, and a year or a month alone
where a word in front says that it is a time. A date without a year may be the last or the next one, seen from when the
text was written.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta

from neural_memory.text.lazily import later

MAX_READ = 2_000
"""What is read of a text, in characters."""

MONTHS = tuple("january february march april may june july august september october november december".split())
_MONTHS = tuple(month[:3] for month in MONTHS)
_MONTH = (
    r"(?P<month>[Jj]anuary|[Ff]ebruary|March|[Aa]pril|May|[Jj]une|[Jj]uly|[Aa]ugust|[Ss]eptember|[Oo]ctober|[Nn]ovember"
    r"|[Dd]ecember|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?\b(?![.:]\d)"
_YEAR = r"(?P<year>(?:19|20)\d\d)\b"
_LEAD = (
    r"\b(?:[Ii]n|[Ss]ince|[Oo]f|[Ff]rom|[Uu]ntil|[Dd]uring|[Bb]y|[Bb]efore|[Aa]fter|[Ll]ast|[Tt]his|[Ee]arly|[Ll]ate"
    r"|mid)[ -]+"
)
_ISO = later(r"(?<![\w.-])(?P<year>(?:19|20)\d\d)-(?P<number>0[1-9]|1[0-2])(?:-(?P<day>[0-3]\d))?(?![\d-]|\.\d)")
_ONLY_YEAR = later(rf"{_LEAD}{_YEAR}(?![\w.:/-]| [a-z]+s\b)")  # not "in 2048 bits"
_OF_MONTHS = tuple(
    later(pattern)
    for pattern in (
        rf"\b{_MONTH} {_DAY}(?:,? {_YEAR})?",
        rf"\b{_DAY} (?:of )?{_MONTH}(?:,? {_YEAR})?",
        rf"\b{_MONTH},? {_YEAR}",
        rf"{_LEAD}{_MONTH}(?![\w-]| [0-3]?\d\b)",
    )
)

_YESTERDAY = later(r"\b(?:[Yy]esterday|[Ll]ast night)\b")

Days = tuple[str, str]
"""The first and the last day, as ISO dates."""


def dates(text: str, written: str) -> Iterator[tuple[Days, ...]]:
    """The days, months and years that a text, written at a moment (ISO 8601), names; each as what it may be.

    >>> list(dates("The outage of 2026-09-03 and that in May", "2026-11-10T10:00:00Z"))
    [(('2026-09-03', '2026-09-03'),), (('2026-05-01', '2026-05-31'), ('2027-05-01', '2027-05-31'))]
    """
    text = text[:MAX_READ]
    lower = text.lower()
    dated = "20" in text or "19" in text
    named = any(month in lower for month in _MONTHS)
    taken: list[tuple[int, int]] = []
    for pattern in (*((_ISO,) if dated else ()), *(_OF_MONTHS if named else ()), *((_ONLY_YEAR,) if dated else ())):
        for match in pattern.finditer(text):
            if all(end <= match.start() or match.end() <= start for start, end in taken):  # once in "3 March 2025"
                taken.append(match.span())
                yield tuple(_days(match, written))
    if _YESTERDAY.search(text):
        with suppress(ValueError):
            before = (date.fromisoformat(written[:10]) - timedelta(days=1)).isoformat()
            yield ((before, before),)


def _days(match: re.Match[str], written: str) -> Iterator[Days]:
    said = match.groupdict()
    month = int(said.get("number") or 0)
    if not month and said.get("month"):
        month = 1 + _MONTHS.index(said["month"][:3].lower())
    day = int(said.get("day") or 0)
    years = [int(said["year"])] if said.get("year") else _years(month, day or 1, written)
    for year in years:
        with suppress(ValueError):  # 30 February
            first = date(year, month or 1, day or 1)
            last = first if day else date(year, month or 12, monthrange(year, month or 12)[1])
            yield first.isoformat(), last.isoformat()


def _years(month: int, day: int, written: str) -> tuple[int, int]:
    """The years in which this day last came, and comes next."""
    over = f"{month:02}-{day:02}" <= written[5:10]
    year = int(written[:4]) if written[:4].isdigit() else 1
    return (year, year + 1) if over else (year - 1, year)
