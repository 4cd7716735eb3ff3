"""Where does a day, a week, a sprint, a month begin and end?  In UTC; weeks start on Monday, a sprint has two."""

from __future__ import annotations

from datetime import datetime, timedelta

Stretch = tuple[datetime, datetime]
"""From its first moment to the first one after it."""


def floor(moment: datetime, unit: str) -> datetime:
    """The first moment of the calendar unit `moment` lies in; weeks start on Monday."""
    day = moment.replace(hour=0, minute=0, second=0)
    if unit == "week":
        return day - timedelta(days=day.weekday())
    months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    return day.replace(day=1, month=(day.month - 1) // months * months + 1) if months else day


def shift(moment: datetime, unit: str, count: int) -> datetime:
    """`count` units later; a month later than 31 January is the last of February."""
    if unit in ("minute", "hour"):
        return moment + timedelta(**{f"{unit}s": count})
    if days := {"day": 1, "week": 7, "sprint": 14}.get(unit):
        return moment + timedelta(days=days * count)
    months = moment.year * 12 + moment.month - 1 + count * {"month": 1, "quarter": 3, "year": 12}[unit]
    first = moment.replace(year=months // 12, month=months % 12 + 1, day=1)
    last_day = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(moment.day, last_day.day))


def unit_of(moment: datetime, unit: str, count: int = 0) -> Stretch:
    """The whole unit that `moment` lies in, or the one `count` units away."""
    start = shift(floor(moment, unit), unit, count)
    return start, shift(start, unit, 1)
