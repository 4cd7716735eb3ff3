"""When is this question about?

"What did we decide last week?" has two parts: what to look for, and when. `when` reads the second one as a period of
time, or as an event that lies before or after ("since the migration"). It knows English and nothing else, and it
would rather miss a time than invent one: "may I", "march through" and "the last argument" are no times.

How it works: one regular expression finds what looks like a time (`_RULES`: a pattern and a reader each), `_sure`
throws out what only looks like one, the reader turns its words into a stretch of time, and the word in front of it
("since", "before", "in") says which side of the stretch is meant. Inside, a stretch is half open: [start, end).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from neural_memory.text.calendar import Stretch, floor, shift, unit_of
from neural_memory.text.lazily import later
from neural_memory.text.stop import STOP
from neural_memory.text.timely import may_tell_time
from neural_memory.values import dataclass

MAX_READ = 5_000
"""What is read of a question, in characters."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` to `until`, ISO 8601 in UTC to the second, both included; None: open on that side."""

    since: str | None
    until: str | None


@dataclass(frozen=True, slots=True)
class When:
    """period: the time asked about; before, after: an event that is no date; rest: what else there is to search for."""

    period: Period | None
    before: str | None
    after: str | None
    rest: str


Open = tuple[datetime | None, datetime | None]
Reader = Callable[[tuple[str, ...], datetime], Stretch | None]

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DAYS = "mon tue wed thu fri sat sun".split()
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}  # by their first month
_NUMBERS = dict(
    zip("one two three four five six seven eight nine ten eleven twelve".split(), range(1, 13), strict=True)
)
_NUMBERS |= {"couple": 2, "few": 3, "several": 4}
_THIRDS = {"early": 0, "start": 0, "beginning": 0, "mid": 1, "middle": 1, "late": 2, "end": 2}
_VAGUE = {"recently": 30, "lately": 30, "other": 14}  # days; "other": the other day
# Around "ago": so many days, for minutes and hours so many minutes.
_WIDTH = {"minute": 10, "hour": 60, "day": 1, "week": 4, "sprint": 4, "month": 15, "quarter": 30, "year": 90}

_YEAR = r"20\d\d"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
# "Sun" is a company
_WEEKDAY = r"(?:mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs|rsday)?|fri(?:day)?|saturday|sunday)"
_COUNT = rf"(?:\d{{1,3}}|an?|{'|'.join(w for w in _NUMBERS)}|a +few|(?:a +)?couple +of)"
_UNIT = r"(?:minute|hour|day|week|month|quarter|year|sprint)"
_LAST = r"(?<=the )last +(?:week|month|year)"  # "last month" is July, "in the last month" is since mid-July
_PART = r"(?:(?:early|mid|late)(?: +in)?[ -]+|(?:start|beginning|middle|end) +of +|earlier +)?"
_OF_YEAR = rf"(?:,? +(?:of +)?(?:{_YEAR}|(?:this|last) +year))"
_NTH = r"\d{1,2}(?:st|nd|rd|th)?"
_HOURS = r"(?: +(?:morning|afternoon|evening|night))?"

_LEAD = (
    r"(?:(?:(?:ever|shortly|just|right|soon|sometime|directly|immediately|back|even|already) +)?"
    r"(?P<lead>since|before|after|until|till|by|as +of|between|from|and|to|in|on|during|within|over|for|at|around"
    r"|throughout) +)?(?:the +)?"
)
_START, _END = r"\b(?<![\w\x80-\U0010ffff./:@#$+-])", r"(?:'s|’s)?(?![\w\x80-\U0010ffff]|[-./:@=]\w)"
_SIDED = frozenset("since before after until till during around throughout between in".split()) | {"as of"}

_PAST = later(r"\b(?:did|was|were|had|went|broke|chose|wrote|said|made|got|came|ran|fell|[a-z]{2,}ed)\b", re.I)
_PRESENT = later(r"\b(?:is|are|be|being|do|does|gets?|must|should|can|could|will|would|shall|how to)\b", re.I)
_DID = later(r"\b(?:did|was|were|had|went)\b", re.I)
_AHEAD = later(r"\b(?:should|will|would|shall)\b", re.I)
_NOW = later(r"\b(?:now|currently|nowadays)\b", re.I)
_AFTER_MONTH_NAME = later(r" +(?:about|and|on|for|with|to|of|from)\b| *[^\s\w]| *$", re.I)
_A_PERSON = later(r" +(?:[a-z]{2,}ed|left|took|said|came|went|wrote|and +i)\b", re.I)  # "after April joined"
_AMOUNT = later(r" +(?!(?:was|is|does|this|as|has|its|us)\b)(?:[a-z]+s|mb|kb|gb|px)\b", re.I)  # "in 2048 bits"
_SPRING = later(r" +(?:boot|security|data|mvc|cloud|batch|framework|beans?|back|through|over|into)\b", re.I)
_SUPERLATIVE = later(r"\b(?:least|most|more) +$", re.I)
_NO_DAY = later(r"\b(?:every|each|next|black|good|a|the|of|by|called|named|is|are|am) *$", re.I)


def when(question: str, asked: str) -> When | None:
    """The time `question`, asked at the moment `asked` (ISO 8601), is about; None when it names no time.

    >>> when("which bug did we fix last week?", "2025-05-19T09:00:00Z")
    ... # doctest: +NORMALIZE_WHITESPACE
    When(period=Period(since='2025-05-12T00:00:00Z', until='2025-05-18T23:59:59Z'), before=None, after=None,
         rest='which bug did we fix?')
    """
    if not may_tell_time(text := question[:MAX_READ]):
        return None
    moment = datetime.fromisoformat(asked).replace(microsecond=0)
    times = _times(text, moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))
    taken = [(start, end) for start, end, _ in times]
    event = _event(text, taken)
    before = after = None
    if event:
        taken.append(event.span())
        what = event["what"].rstrip(" .")
        before, after = (what, None) if event["side"].lower() in ("before", "until", "till") else (None, what)
    if not taken:
        return None
    return When(_together([period for _, _, period in times]), before, after, _rest(question, taken))


def moment_of(words: str, asked: str, side: str) -> str | None:
    """The moment from which on ("since") or up to which ("until") a time in words reaches; None: it is no time.

    "Three weeks ago" is that day here, where a question means some days around it.

    >>> moment_of("3 weeks ago", "2025-05-19T09:00:00Z", "since"), moment_of("soon", "2025-05-19T09:00:00Z", "since")
    ('2025-04-28T00:00:00Z', None)
    """
    if words.casefold() == "now":
        return asked
    asking = f"{side} {words}"
    found = when(asking, asked)
    if found is None or found.period is None or found.rest != asking or found.before or found.after:
        return None
    around = when(words, asked) if words.casefold().endswith(" ago") else None
    if around and around.period and around.period.since and around.period.until:
        first, last = (datetime.fromisoformat(end) for end in (around.period.since, around.period.until))
        middle = (first + (last - first + timedelta(seconds=1)) / 2).replace(microsecond=0)
        if last - first < timedelta(hours=12):
            return _iso(middle)
        day = floor(middle, "day")
        return _iso(day if side == "since" else day + timedelta(days=1, seconds=-1))
    return found.period.since if side == "since" else found.period.until


@dataclass(frozen=True, slots=True)
class _Found:
    """One time in the question: where it stands, the word in front, the rule it follows, and its words."""

    start: int
    end: int
    lead: str
    rule: str
    words: tuple[str, ...]
    sure: bool


def _times(text: str, moment: datetime) -> list[tuple[int, int, Open]]:
    """Each time the text names: where it stands, and the stretch it means."""
    if _NOW.search(text):  # the present state is asked for, whatever the season
        return []
    found = []
    for match in _TIME.finditer(text):
        rule, lead = str(match.lastgroup), " ".join((match["lead"] or "").lower().split())
        words = tuple(re.findall(r"[a-z]+|\d+", match[rule].lower()))
        found.append(_Found(*match.span(), lead, rule, words, _sure(rule, lead, words, match, text)))
    times: list[tuple[int, int, Open]] = []
    skip = False
    for one, following in zip(found, [*found[1:], None], strict=False):
        if skip:
            skip = False
        elif following is not None and _is_range(one, following, text):
            skip = True
            if stretch := _range(one, following, moment):
                times.append((one.start, following.end, stretch))
        elif one.sure and one.lead not in ("and", "to", "between") and (stretch := _read(one, moment)):
            times.append((one.start, one.end, _side(one.lead, stretch)))
    return times


def _read(one: _Found, moment: datetime) -> Stretch | None:
    try:
        return _RULES[one.rule][1](one.words, moment)
    except (ValueError, OverflowError):  # 30 February
        return None


def _is_range(one: _Found, other: _Found, text: str) -> bool:
    """between X and Y, from X to Y, in X and Y."""
    if text[one.end : other.start].strip() or (one.rule == "weekday" and not _PAST.search(text)):
        return False
    if one.lead in ("between", "from"):
        return other.lead in ("and", "to", "until", "till")
    return one.lead in ("in", "during", "on") and other.lead == "and" and one.rule == other.rule and one.sure


def _range(one: _Found, other: _Found, moment: datetime) -> Open | None:
    last = _read(other, moment)
    first = _read(one, moment)
    if last and first and first[0] >= last[1]:  # between November and January: the November before that January
        first = _read(one, last[1] - timedelta(seconds=1))
    return (first[0], last[1]) if first and last and first[0] < last[1] else None


def _side(lead: str, stretch: Stretch) -> Open:
    """Which part of time the word in front means."""
    start, end = stretch
    until: Open = (None, end)
    sides = {"since": (start, None), "after": (end, None), "before": (None, start)}
    return sides.get(lead) or (until if lead in ("until", "till", "by", "as of") else stretch)


def _together(times: list[Open]) -> Period | None:
    """What all the times have in common; the first of them when they have nothing."""
    if not times:
        return None
    since = max((start for start, _ in times if start is not None), default=None)
    until = min((end for _, end in times if end is not None), default=None)
    if since is not None and until is not None and since >= until:
        since, until = times[0]
    return Period(_iso(since), _iso(until - timedelta(seconds=1) if until else None))


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def _sure(rule: str, lead: str, words: tuple[str, ...], match: re.Match[str], text: str) -> bool:
    """Is it a time, and not something that looks like one?"""
    after, capital = text[match.end() :], any(c.isupper() for c in match[rule])
    if rule in ("named", "rolling") and re.match(r" +of\b", after):
        return False  # the last 30 days of logs, the last week of the contract
    if rule in ("ago", "rolling", "yesterday"):
        return True
    if rule in ("today", "weekday") and _PRESENT.search(text) and not _PAST.search(text):
        return False  # "how does it work today", "do we deploy on Friday": a habit
    if _AHEAD.search(text) and not _PAST.search(text):
        return False  # "what should I plant in March?"
    dated = len(words) > 1 and (words[-1] == "year" or re.fullmatch(_YEAR, words[-1]) is not None)
    told = dated or (len(words) > 1 and not words[0].isdigit())  # "late May", "last spring", "Q3 2025"
    match rule:
        case "today":
            return True
        case "weekday":
            return _sure_weekday(lead, words, capital, text[: match.start()], after)
        case "vague":
            return not (_SUPERLATIVE.search(text[: match.start()]) or after.startswith(" used"))
        case "named":
            return words[-2] != "the" or (bool(_PAST.search(text)) and words[0] in _THIRDS)
        case "iso":
            return bool(lead)
        case "year":
            return (lead in _SIDED or words[0] in _THIRDS or lead in ("from", "and", "to")) and not _AMOUNT.match(after)
        case "quarter":
            return (dated or lead in _SIDED) and not after.startswith(" of the")
        case "season":
            framework = words[0] in ("spring", "fall") and not (match[rule].islower() and _PAST.search(text))
            return not _SPRING.match(after) and (told or (lead in _SIDED and not framework))
    return _sure_month(lead, words, told, capital, match, after)


def _sure_weekday(lead: str, words: tuple[str, ...], capital: bool, before: str, after: str) -> bool:
    if not capital and any(word in _DAYS for word in words):  # "wed" and "fri" are days with a capital only
        return False
    if lead in ("on", "since", "before", "after", "until", "till") or {"last", "this"} & {*words}:
        return True
    return not lead and not after.strip(" ?.!") and bool(_PAST.search(before)) and not _NO_DAY.search(before)


def _sure_month(lead: str, words: tuple[str, ...], told: bool, capital: bool, match: re.Match[str], after: str) -> bool:
    """A month, or a day of a month. April and June are people too, may and march are verbs."""
    if _A_PERSON.match(after):
        return False
    if match.lastgroup != "month":
        bare_verb = match.start() == 0 and words[0] == "may" and len(words) == 2  # "May 3 processes write?"
        return (bool(lead) or capital) and not bare_verb
    if capital and told:
        return True
    if lead not in _SIDED or match[0].endswith(("'s", "’s")):
        return False
    if words[-1][:3] not in _MONTHS:  # it has a year
        return True
    return (capital or words[0] not in ("may", "march", "mar", "dec", "sep")) or bool(_AFTER_MONTH_NAME.match(after))


_EVENT = later(
    rf"{_START}(?:(?:shortly|just|right|soon|long|directly|immediately) +)?(?P<side>before|after|since|until|till) +"
    r"(?P<what>(?:the|our|that|my|their)(?: +[^\s,;:?!()]+){1,6}|(?:we|they|i) +[a-z]+ed\b[^,;:?!()]{0,60}"
    r"|v?\d+\.[\w.]+|[a-z]{3,}ing +[^,;:?!()]{1,60}|(?:version|release|migration|launch|upgrade|refactoring)\b"
    r"(?: +[^\s,;:?!()]+){0,4})",
    re.I | re.A,
)
_CLAUSE = later(r" (?:and|but|or|did|does?|is|are|was|were|has|have|had|can|will|should|must|runs?|how)\b", re.I)
_RUNS = later(r"\b(?:runs?|ran|running|called|executed|happens?|comes?|wait(?:s|ed)?|hours|days|weeks) *$", re.I)


def _event(text: str, taken: list[tuple[int, int]]) -> re.Match[str] | None:
    """The first event the question is about the time before or after of.

    What comes before or after something is mostly an order of steps ("which hook runs before the commit"); it is a
    time when the question looks back ("what broke after the upgrade").
    """
    for match in _EVENT.finditer(text):
        head = text[max(match.start() - 300, 0) : match.start()]
        if any(start < match.end() and match.start() < end for start, end in taken) or not head.strip():
            continue
        if _CLAUSE.search(match["what"]) or _RUNS.search(head):
            continue
        looks_back = _PAST.search(head) and (_DID.search(head) or not _PRESENT.search(head))
        since = match["side"].lower() == "since" and not match["what"].lower().startswith(("we ", "they ", "i "))
        if looks_back or since:
            return match
    return None


def _rest(question: str, taken: list[tuple[int, int]]) -> str:
    """The question without the time words, if there is still something to search for."""
    rest = question
    for start, end in sorted(taken, reverse=True):
        left, right = rest[:start].rstrip(), rest[end:].lstrip()
        rest = f"{left[:-1]} {right[1:].lstrip()}" if left[-1:] == right[:1] == "," else f"{left} {right}"
    rest = re.sub(r",? {1,3}([?.!,])", r"\1", rest).strip(" ,")
    telling = any(word not in STOP for word in re.findall(r"[^\W_]+", rest[:MAX_READ].lower()))
    return rest if telling else question


def _third(words: tuple[str, ...], stretch: Stretch) -> Stretch:
    """Its early, middle or late third, in whole days, when the words say so."""
    which = _THIRDS.get(words[0])
    if which is None:
        return stretch
    start, end = stretch
    days = (end - start).days
    third = timedelta(days=-(-days // 3))
    middle = timedelta(days=days // 3)
    return ((start, start + third), (start + middle, end - middle), (end - third, end))[which]


def _yearly(words: tuple[str, ...], moment: datetime, in_year: Callable[[int], Stretch]) -> Stretch | None:
    """What comes every year: in the year the words name, else the latest; "last": the one before any going on."""
    if re.fullmatch(_YEAR, words[-1]) and len(words) > 1:
        return in_year(int(words[-1]))
    if words[-1] == "year":
        return in_year(moment.year - (words[-2] == "last"))
    for year in range(moment.year, moment.year - 9, -1):  # 29 February is up to eight years away
        with suppress(ValueError):
            start, end = in_year(year)
            if start <= moment and not ("last" in words and end > moment):
                return start, end
    return None


def _number(words: tuple[str, ...]) -> int:
    return next((_NUMBERS.get(w) or int(w) for w in words if w in _NUMBERS or w.isdigit()), 1)  # 1: "a week"


def _day(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    return unit_of(moment, "day", -2 if "before" in words else -1 if {"yesterday", "last"} & {*words} else 0)


def _named(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    which, unit = words[-2:]
    back = -1 if which in ("last", "previous", "past") else 0
    if unit == "sprint":
        return shift(moment, unit, back - 1), shift(moment, unit, back) + timedelta(seconds=1)
    return _third(words, unit_of(moment, unit, back))


def _rolling(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    if words[0] in _VAGUE:
        return moment - timedelta(days=_VAGUE[words[0]]), moment + timedelta(seconds=1)
    return shift(moment, words[-1].rstrip("s"), -_number(words)), moment + timedelta(seconds=1)


def _ago(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    unit = words[-2].rstrip("s")
    point = shift(moment, unit, -_number(words))
    if unit in ("minute", "hour"):
        return shift(point, "minute", -_WIDTH[unit]), shift(point, "minute", _WIDTH[unit])
    days = timedelta(days=_WIDTH[unit])
    return floor(point - days, "day"), shift(floor(point + days, "day"), "day", 1)


def _numeric(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    """2025, 2025-05 or 2025-05-03."""
    numbers = [int(w) for w in words if w.isdigit()]
    year, month, day = (*numbers, 1, 1)[:3]
    stretch = unit_of(datetime(year, month, day, tzinfo=UTC), ("year", "month", "day")[len(numbers) - 1])
    return _third(words, stretch) if year <= moment.year + 1 else None


def _month(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    """A month, or with a number a day of it."""
    month = next(_MONTHS.index(w[:3]) + 1 for w in words if w[:3] in _MONTHS)
    day = next((int(w) for w in words if w.isdigit() and len(w) < 3), None)
    first, unit = (1, "month") if day is None else (day, "day")
    found = _yearly(words, moment, lambda year: unit_of(datetime(year, month, first, tzinfo=UTC), unit))
    return found and _third(words, found)


def _quarter(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    at = words.index("q")
    month = int(words[at + 1]) * 3 - 2
    year = words if re.fullmatch(r"20\d\d|year", words[-1]) else words[:at] or ("q",)
    found = _yearly(year, moment, lambda year: unit_of(datetime(year, month, 1, tzinfo=UTC), "quarter"))
    return found and _third(words, found)


def _season(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    month = next(_SEASONS[w] for w in words if w in _SEASONS)
    start = datetime(2000, month, 1, tzinfo=UTC)
    found = _yearly(words, moment, lambda y: (start.replace(year=y), shift(start.replace(year=y), "month", 3)))
    if found and found[0] > moment and month == 12:  # asked in spring, "winter 2025" is the one that began in 2024
        found = shift(found[0], "year", -1), shift(found[1], "year", -1)
    return found and _third(words, found)


def _weekday(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    day = next(_DAYS.index(w[:3]) for w in words if w[:3] in _DAYS)
    week, today = floor(moment, "week"), floor(moment, "day")
    if words[-1] == "week":
        return unit_of(week + timedelta(days=day - 7 * (words[-2] == "last")), "day")
    found = week + timedelta(days=day)
    if found > today or (words[0] == "last" and found == today):
        found -= timedelta(days=7)
    return unit_of(found, "day")


_RULES: dict[str, tuple[str, Reader]] = {
    "today": (r"today|tonight|this +(?:morning|afternoon|evening)", _day),
    "yesterday": (rf"(?:day +before +)?yesterday{_HOURS}|last +night", _day),
    "rolling": (rf"(?:last|past|previous) +{_COUNT} +{_UNIT}s?|past +{_UNIT}|last +hour|{_LAST}", _rolling),
    "ago": (rf"{_COUNT} +{_UNIT}s? +ago", _ago),
    "named": (rf"{_PART}(?:this|last|previous|current|past|the) +(?:week|month|quarter|year|sprint)", _named),
    "vague": (r"recently|lately|other +day", _rolling),
    "iso": (r"20\d\d-\d\d(?:-\d\d)?", _numeric),
    "date": (rf"{_MONTH} +{_NTH}{_OF_YEAR}?|{_NTH} +(?:of +)?{_MONTH}{_OF_YEAR}?", _month),
    "month": (rf"{_PART}(?:(?:last|this) +)?{_MONTH}{_OF_YEAR}?", _month),
    "quarter": (rf"{_PART}(?:last +)?q[1-4]{_OF_YEAR}?", _quarter),
    "season": (rf"{_PART}(?:the +)?(?:(?:last|this) +)?(?:{'|'.join(_SEASONS)}){_OF_YEAR}?", _season),
    "weekday": (rf"(?:(?:last|this) +)?{_WEEKDAY}{_HOURS}(?: +(?:of +)?(?:last|this) +week)?", _weekday),
    "year": (rf"{_PART}{_YEAR}", _numeric),
}
_TIME = later(  # no time begins with one of these letters: twice as quick
    f"{_START}(?![ghkvxz_]){_LEAD}(?:{'|'.join(f'(?P<{name}>{rule[0]})' for name, rule in _RULES.items())}){_END}",
    re.I | re.A,
)
