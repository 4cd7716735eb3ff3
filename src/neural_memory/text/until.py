"""Until when does something hold?  "until the end of the sprint", "for two weeks", "2026-12-31", as a moment to come.

`moment` reads what somebody gave as the end; `suggested` looks whether a text itself names one ("the freeze holds until
Friday"). Both look ahead, while `times.py` reads what a question asks about and mostly looks back. A day, a week or a
month that is named is still part of the time: until Friday is to the last second of it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from neural_memory.text.calendar import floor, shift, unit_of
from neural_memory.text.lazily import later

MAX_READ = 2_000
"""What is read of a text, in characters."""

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DAYS = "mon tue wed thu fri sat sun".split()
_NUMBERS = dict(
    zip("one two three four five six seven eight nine ten eleven twelve".split(), range(1, 13), strict=True)
) | {"a": 1, "an": 1, "few": 3, "couple": 2, "half": 0.5}

_UNIT = r"(?P<unit>day|week|month|quarter|year|sprint|hour)"
_COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(_NUMBERS)})(?: +few| +couple)?(?: +of| +an?)?"
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,? +(?P<year>20\d\d))?"
_PATTERNS = tuple(
    later(rf"(?:the +)?{pattern}(?![\w-])", re.I)
    for pattern in (
        r"(?P<iso>20\d\d-\d\d-\d\d)(?:[T ](?P<time>\d\d:\d\d(?::\d\d)?)(?P<zone>Z|[+-]\d\d:\d\d)?)?",
        r"(?P<iso>20\d\d-\d\d)",
        rf"(?:end +of +)?(?:the +)?(?P<which>this|next|current|coming)? *{_UNIT}(?<!hour)",
        rf"(?:for +|in +|within +|another +)?(?:the +next +|next +|coming +)?(?:a +)?{_COUNT} +{_UNIT}s?",
        r"(?P<near>today|tonight|tomorrow)",
        r"(?:end +of +)?(?P<ahead>next +|this +)?(?P<weekday>mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|satur|sun)(?:day)?",
        rf"(?:end +of +)?{_MONTH} +{_DAY}{_YEAR}",
        rf"(?:end +of +)?{_DAY} +(?:of +)?{_MONTH}{_YEAR}",
        rf"(?:end +of +)?{_MONTH}{_YEAR}",
        rf"(?:end +of +)?q(?P<quarter>[1-4]){_YEAR}",
        r"(?P<nth>\d{1,2})(?:st|nd|rd|th)",
        r"(?:end +of +)?(?P<only>20\d\d)",
    )
)
_SPRINT = later(r"\bsprints?\b", re.I)
_LEAD = later(r"(?:(?:only +)?(?:valid +)?(?:until|till|through|by|up +to)|expires?(?: +on| +in)?) +", re.I)
_SAID = later(
    r"\b(?:until|till|through(?= +(?:20|the +end|[A-Z]))|expir(?:es|ing)(?: +on| +in)?|for(?= +the +next +))"
    r" +(?:and +including +)?(?=(?P<rest>[^.;!?\n]{2,60}))",
    re.I,
)


def moment(text: str, asked: str) -> str | None:
    """The last moment of what `text`, said at the moment `asked` (ISO 8601), names; None when it names no time to come.

    >>> moment("until the end of the month", "2026-11-22T10:00:00Z"), moment("for two weeks", "2026-11-22T10:00:00Z")
    ('2026-11-30T23:59:59Z', '2026-12-06T23:59:59Z')
    """
    bare = _LEAD.sub("", text.strip().rstrip("."), count=1)
    end = _read(bare, _at(asked), whole=True)
    return None if end is None or end <= _at(asked) else _iso(end)


def suggested(content: str, asked: str) -> tuple[str, str] | None:
    """(the words, the last moment) of an end that a text itself names, if it lies ahead.

    >>> suggested("The main branch is frozen until Friday.", "2026-11-22T10:00:00Z")
    ('until Friday', '2026-11-27T23:59:59Z')
    """
    now = _at(asked)
    for match in _SAID.finditer(content[:MAX_READ]):
        found = next((m for m in (p.match(match["rest"]) for p in _PATTERNS) if m), None)
        end = _read(match["rest"], now, whole=False)
        if found is not None and end is not None and end > now:
            return f"{match[0].strip()} {found[0]}", _iso(end)
    return None


def is_guess(words: str) -> bool:
    """Is the end that these words name only a guess?  Nobody told when the sprints of a team end."""
    return _SPRINT.search(words) is not None


def _at(asked: str) -> datetime:
    found = datetime.fromisoformat(asked)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _read(text: str, now: datetime, *, whole: bool) -> datetime | None:
    """The end that the beginning of a text (with `whole`: all of it) names."""
    for pattern in _PATTERNS:
        match = pattern.fullmatch(text) if whole else pattern.match(text)
        if match:
            try:
                return _end(match.groupdict(), now)
            except (ValueError, OverflowError):  # 30 February
                return None
    return None


def _end(said: dict[str, str | None], now: datetime) -> datetime | None:
    if said.get("iso"):
        return _iso_end(said)
    if said.get("count"):
        return _span(said, now)
    if unit := said.get("unit"):
        return _end_of_unit(unit.lower(), now, further=said.get("which") in ("next", "coming"))
    if near := said.get("near"):
        return _last(now + timedelta(days=near.lower() == "tomorrow"), "day")
    if weekday := said.get("weekday"):
        ahead = (_DAYS.index(weekday[:3].lower()) - now.weekday() - 1) % 7 + 1  # on a Friday, "Friday" is the next one
        return _last(now + timedelta(days=ahead), "day")
    if month := said.get("month"):
        return _in_year(_MONTHS.index(month[:3].lower()) + 1, said, now)
    if quarter := said.get("quarter"):
        return _in_year(3 * int(quarter), said, now)
    if nth := said.get("nth"):
        day = floor(now, "day").replace(day=int(nth))
        return _last(day if day >= floor(now, "day") else shift(day, "month", 1), "day")
    return _last(datetime(int(said["only"] or 0), 1, 1, tzinfo=UTC), "year")


def _iso_end(said: dict[str, str | None]) -> datetime:
    text = str(said["iso"])
    if said.get("time"):
        return _at(f"{text}T{said['time']}{said.get('zone') or '+00:00'}".replace("Z", "+00:00"))
    if len(text) == 7:
        return _last(datetime.fromisoformat(f"{text}-01").replace(tzinfo=UTC), "month")
    return _last(datetime.fromisoformat(text).replace(tzinfo=UTC), "day")


def _span(said: dict[str, str | None], now: datetime) -> datetime | None:
    count, unit = str(said["count"]).lower(), str(said["unit"]).lower()
    number = _NUMBERS.get(count) or int(count)
    if not number:
        return None
    if number < 1:  # "half a year"
        days = {"day": 1, "week": 7, "sprint": 14, "month": 30, "quarter": 91, "year": 365}.get(unit, 1)
        return _last(now + timedelta(days=days * number), "day")
    end = shift(now, unit, int(number))
    return end if unit == "hour" else _last(end, "day")


def _end_of_unit(unit: str, now: datetime, further: bool) -> datetime:
    if unit == "sprint":  # nobody told when it began: two weeks from now
        return _last(shift(now, "sprint", 1 + further), "day")
    return _last(shift(floor(now, unit), unit, int(further)), unit)


def _in_year(month: int, said: dict[str, str | None], now: datetime) -> datetime:
    """The last moment of a month, or of a day of it, in the year that is named or in the next one to come."""
    day, unit = (int(said["day"] or 0), "day") if said.get("day") else (1, "month")
    year = int(said["year"] or 0) if said.get("year") else now.year
    end = _last(datetime(year, month, day, tzinfo=UTC), unit)
    if not said.get("year") and end < now:
        end = _last(datetime(year + 1, month, day, tzinfo=UTC), unit)
    return end


def _last(moment: datetime, unit: str) -> datetime:
    """The last second of the day, week, month, … that a moment lies in."""
    return unit_of(moment, unit)[1] - timedelta(seconds=1)
