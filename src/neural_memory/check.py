"""Can these arguments be used?  Every error names the value, the limit and the next step."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from neural_memory.errors import InputError
from neural_memory.model import KINDS, MAX_CONTENT
from neural_memory.text.lazily import later
from neural_memory.text.tags import MAX_TAG, distinct, tidy

MAX_TAGS = 50
LONGEST_QUERY = 50_000
"""Characters of a question that are looked at."""
LONGEST_ID = 200
LARGEST = 2**62
"""More than any number that counts something here."""
_ID = later(r"mem_[0-9A-Za-z_-]{1,64}\Z")
_DATE_ONLY = later(r"\d{4}-?\d\d-?\d\d\Z")
_FARTHEST_AHEAD = timedelta(hours=14)  # of UTC


def content(value: object, *, as_it_is: bool = False) -> str:
    """The text of a memory, unchanged. as_it_is: also what only a row written by hand can hold, blank or too long."""
    text = _text("content", value)
    if as_it_is and text:
        return text
    if not text.strip():
        raise InputError("content is blank; say what to remember in at least one word")
    if len(text) > MAX_CONTENT:
        raise InputError(
            f"content has {len(text):,} characters; the limit is {MAX_CONTENT:,}: split it into several memories"
        )
    return text


def query(value: object) -> str:
    """A question; of a very long one the beginning counts, so that any text is a search, and a quick one."""
    text = _text("query", value)
    if not text.strip():
        raise InputError("query is blank; ask in words, or use audit to list what is stored")
    return text if len(text) <= LONGEST_QUERY else text.lstrip()[:LONGEST_QUERY]


def phrase(name: str, value: object) -> str:
    """A non-blank text to look for."""
    text = _text(name, value)
    if not text.strip():
        raise InputError(f"{name} is blank; give a word or leave it out")
    return text.strip()


def memory_id(value: object) -> str:
    text = _text("id", value).strip()
    if not _ID.match(text):
        raise InputError(
            f"{_shown(value)} is not a memory id; an id looks like mem_7k2m9x4qda (recall and audit show them)"
        )
    return text


def known_id(value: object) -> str:
    """What may be the id of a memory that is here: also one that a row written by hand came with."""
    text = _text("id", value).strip()
    return text if answers(text) else memory_id(value)


def answers(id: str) -> bool:
    """Is this a text that somebody can name a memory by?"""
    return 0 < len(id) <= LONGEST_ID and id.isprintable() and id == id.strip()


def bare(id: str) -> str:
    """An id without the brackets or quotes in which answers show it."""
    return id.strip(" \t\r\n[]\"'`")


def is_ours(text: str) -> bool:
    """Is this a text that only an id is: one as we make them?"""
    return bool(_ID.match(bare(text)))


def ids(value: object) -> list[str]:
    return list(dict.fromkeys(known_id(v) for v in _list("ids", value)))


def importance(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f"importance is {_shown(value)}; it must be a number between 0 and 1")
    if not 0 <= value <= 1:
        raise InputError(f"importance is {value}; it must be between 0 (trivia) and 1 (vital)")
    return float(value)


def kind(value: object) -> str:
    if value not in KINDS:
        raise InputError(f"kind is {_shown(value)}; it must be one of {', '.join(KINDS)}")
    return str(value)


def tags(value: object) -> tuple[str, ...]:
    found = distinct(filter(None, (tidy(_text("tags", v)) for v in _list("tags", value))))
    if len(found) > MAX_TAGS:
        raise InputError(f"there are {len(found)} tags; the limit is {MAX_TAGS}: keep the telling ones")
    for tag in found:
        if len(tag) > MAX_TAG:
            raise InputError(f"the tag {_shown(tag)} has {len(tag)} characters; the limit is {MAX_TAG}")
        if not tag.isprintable():
            raise InputError(f"the tag {_shown(tag)} holds characters that cannot be shown; use letters and digits")
    return found


def name(what: str, value: object) -> str:
    """A project or a source: one short line."""
    text = phrase(what, value)
    if len(text) > 200:
        raise InputError(f"{what} has {len(text)} characters; the limit is 200")
    if not text.isprintable():
        raise InputError(f"{what} {_shown(text)} holds characters that cannot be shown; use letters and digits")
    return text


def moment(what: str, value: object) -> str:
    """An ISO 8601 date or time, as UTC to the second; a bare date is its first moment.

    >>> moment("since", "2026-03-25"), moment("since", "2026-03-25T12:30:00+02:00")
    ('2026-03-25T00:00:00Z', '2026-03-25T10:30:00Z')
    """
    text = _text(what, value).strip()
    try:
        found = datetime.fromisoformat(text)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        return (
            found.strftime("%Y-%m-%dT%H:%M:%SZ")
            if found.year >= 1000
            else f"{found.year:04}" + found.strftime("-%m-%dT%H:%M:%SZ")
        )
    except (ValueError, OverflowError):
        raise InputError(
            f"{what} is {_shown(value)}; give an ISO date or time such as 2026-03-25 or 2026-03-25T10:30:00Z"
        ) from None


def last_moment(what: str, value: object) -> str:
    """Like `moment`, but a bare date means its last moment: "until May 3" includes May 3."""
    start = moment(what, value)
    return start[:11] + "23:59:59Z" if _DATE_ONLY.match(str(value).strip()) else start


def since(what: str, value: object, at: str) -> str:
    """The first moment of a time that somebody typed at the moment `at`: an ISO date or time, or words for a past time.

    >>> since("since", "last week", "2026-11-22T10:00:00Z"), since("since", "2026-10", "2026-11-22T10:00:00Z")
    ('2026-11-09T00:00:00Z', '2026-10-01T00:00:00Z')
    """
    return _typed(what, value, at, "since")


def up_to(what: str, value: object, at: str) -> str:
    """The last moment of such a time.

    >>> up_to("until", "3 weeks ago", "2026-11-22T10:00:00Z"), up_to("until", "2026-10-05", "2026-11-22T10:00:00Z")
    ('2026-11-01T23:59:59Z', '2026-10-05T23:59:59Z')
    """
    return _typed(what, value, at, "until")


def past(what: str, value: object, at: str) -> str:
    """The last moment of such a time, which must have begun, be it in the time zone that is farthest ahead."""
    found, now = up_to(what, value, at), datetime.fromisoformat(at)
    if datetime.fromisoformat(since(what, value, at)) > now + _FARTHEST_AHEAD:
        raise InputError(f"{what} is {_shown(value)}, which is still to come; it must be a time that has begun")
    return found


def _typed(what: str, value: object, at: str, side: str) -> str:
    try:
        return (moment if side == "since" else last_moment)(what, value)
    except InputError:
        from neural_memory.text.times import moment_of  # many patterns, rarely needed

        if not isinstance(value, str):
            raise
        if found := moment_of(value.strip()[:200], at, side):
            return found
        raise InputError(
            f"{what} is {_shown(value)}; give a date or time such as 2026-03-25, 2026-10 or 2026-03-25T10:30:00Z, or "
            "words: yesterday, last week, 3 weeks ago"
        ) from None


def until(what: str, value: object, at: str) -> str:
    """The end of a time, as UTC to the second: a date (its last moment), or words, understood from the moment `at`.

    >>> until("valid_until", "end of the month", "2026-11-22T10:00:00Z")
    '2026-11-30T23:59:59Z'
    """
    from neural_memory.text.until import moment as coming  # many patterns, rarely needed

    text = _text(what, value).strip()
    if found := coming(text[:200], at):
        return found
    try:
        return last_moment(what, text)
    except InputError:
        raise InputError(
            f"{what} is {_shown(value)}; give a date such as 2026-12-31, or words for a time to come such as "
            "'Friday', 'end of the month' or 'two weeks'"
        ) from None


def days(what: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise InputError(f"{what} is {_shown(value)}; it must be a number of days")
    if not 0 < value <= 365_000:
        raise InputError(f"{what} is {_shown(value)}; it must be more than 0 days and at most 365,000")
    return float(value)


def count(what: str, value: object, largest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{what} is {_shown(value)}; it must be a whole number from 1 to {largest:,}")
    if not 1 <= value <= largest:
        raise InputError(f"{what} is {_shown(value)}; it must be from 1 to {largest:,}")
    return value


def flag(what: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{what} is {_shown(value)}; it must be true or false")
    return value


def _text(what: str, value: object) -> str:
    if not isinstance(value, str):
        raise InputError(f"{what} is {_shown(value)}; it must be text")
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as problem:
            raise InputError(
                f"{what} holds half a character (the lone surrogate U+{ord(value[problem.start]):04X} at position "
                f"{problem.start}); send valid Unicode"
            ) from None
    return value


def _list(what: str, value: object) -> list[object]:
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise InputError(f'{what} is {_shown(value)}; it must be a list of texts, such as ["api", "auth"]')
    return list(value)


def _shown(value: object) -> str:
    """The value as it goes into an error message: short, and safe to print."""
    try:
        text = ascii(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits
        return f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."
