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
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from neural_memory.text.stop import STOP

MAX_READ = 5_000
"""What is read of a question, in characters."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` to `until`, ISO 8601 in UTC to the second, both included; None: open on that side."""

    since: str | None
    until: str | None


@dataclass(frozen=True, slots=True)
class When:
    """period: the time asked about; before, after: an event that is no date; rest: the question without time words
    (the whole question when nothing to search for would be left).
    """

    period: Period | None
    before: str | None
    after: str | None
    rest: str


Stretch = tuple[datetime, datetime]

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DAYS = "mon tue wed thu fri sat sun".split()
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}  # by their first month
_NUMBERS = {word: n for n, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())}
_NUMBERS |= {"a": 1, "an": 1, "couple": 2, "few": 3, "several": 4}
_THIRDS = {"early": 0, "start": 0, "beginning": 0, "mid": 1, "middle": 1, "late": 2, "end": 2}
_VAGUE = {"recently": 30, "lately": 30, "other": 14}  # days; "other": the other day
_WIDTH = {"day": 1, "week": 4, "fortnight": 4, "sprint": 4, "month": 15, "quarter": 30, "year": 90}  # days around "ago"

_YEAR = r"20\d\d"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs|rsday)?|fri(?:day)?|saturday|sunday)"  # "Sun" is a company
)
_COUNT = rf"(?:\d{{1,3}}|an?|{'|'.join(w for w in _NUMBERS if len(w) > 2)}|(?:a +)?few|several|(?:a +)?couple(?: +of)?)"
_UNIT = r"(?:day|week|fortnight|month|quarter|year|sprint)"
_PART = r"(?:(?:early|mid|late)(?: +in)?[ -]+|(?:start|beginning|middle|end) +of +|earlier +)?"
_OF_YEAR = rf"(?:,? +(?:of +)?(?:{_YEAR}|(?:this|last) +year))"
_ORDINAL = r"\d{1,2}(?:st|nd|rd|th)?"

_LEAD = (
    r"(?:(?:(?:ever|shortly|just|right|soon|sometime|directly|immediately|back|even|already) +)?"
    r"(?P<lead>since|before|after|until|till|by|as +of|between|from|and|to|in|on|during|within|over|for|at|around"
    r"|throughout) +)?(?:the +)?"
)
_START, _END = r"(?<![\w\x80-\U0010ffff./:@#$+-])", r"(?:'s|’s)?(?![\w\x80-\U0010ffff]|[-./:@=]\w)"
_SIDED = frozenset("since before after until till during around throughout between in".split()) | {"as of"}

_PAST = re.compile(r"\b(?:did|was|were|had|went|broke|chose|wrote|said|made|got|came|ran|fell|[a-z]{2,}ed)\b", re.I)
_PRESENT = re.compile(r"\b(?:is|are|be|being|do|does|gets?|must|should|can|could|will|would|shall|how to)\b", re.I)
_DID = re.compile(r"\b(?:did|was|were|had|went)\b", re.I)
_NOW = re.compile(r"\b(?:now|currently|nowadays)\b", re.I)
_AFTER_MONTH_NAME = re.compile(r" +(?:about|and|on|for|with|to|of|from)\b| *[^\s\w]| *$", re.I)
_A_PERSON = re.compile(r" +(?:[a-z]{2,}ed|left|took|said|came|went|wrote|and +i)\b", re.I)  # "after April joined"
_AMOUNT = re.compile(r" +(?!(?:was|is|does|this|as|has|its|us)\b)(?:[a-z]+s|mb|kb|gb|px)\b", re.I)  # "in 2048 bits"
_SPRING = re.compile(r" +(?:boot|security|data|mvc|cloud|batch|framework|beans?|webflux|back|through|over|into)\b", re.I)
_NO_DAY = re.compile(r"\b(?:every|each|next|black|good|a|the|of|by|called|named|is|are|am) *$", re.I)


def when(question: str, asked: str) -> When | None:
    """The time `question`, asked at the moment `asked` (ISO 8601), is about; None when it names no time.

    >>> when("which bug did we fix last week?", "2025-05-19T09:00:00Z")
    ... # doctest: +NORMALIZE_WHITESPACE
    When(period=Period(since='2025-05-12T00:00:00Z', until='2025-05-18T23:59:59Z'), before=None, after=None,
         rest='which bug did we fix?')
    """
    text = question[:MAX_READ]
    try:
        times = _times(text, _moment(asked))
    except (ValueError, OverflowError):  # a moment at the very edge of the calendar
        times = []
    event = _event(text, [(start, end) for start, end, _ in times])
    if not times and event is None:
        return None
    taken = [(start, end) for start, end, _ in times]
    before = after = None
    if event is not None:
        taken.append(event.span())
        before, after = _sides(event)
    return When(_together([period for _, _, period in times]), before, after, _rest(question, taken))


# --- finding -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """One time in the question: where it stands, the word in front, the rule it follows, and its words."""

    start: int
    end: int
    lead: str
    rule: str
    words: tuple[str, ...]
    sure: bool

    def read(self, moment: datetime) -> Stretch | None:
        try:
            return _RULES[self.rule][1](self.words, moment)
        except (ValueError, OverflowError):  # 30 February
            return None


Open = tuple[datetime | None, datetime | None]


def _times(text: str, moment: datetime) -> list[tuple[int, int, Open]]:
    """Each time the text names: where it stands, and the stretch it means."""
    if _NOW.search(text):  # the present state is asked for, whatever the season
        return []
    found = [_found(match, text) for match in _TIME.finditer(text)]
    times: list[tuple[int, int, Open]] = []
    skip = False
    for one, following in zip(found, [*found[1:], None], strict=True):
        if skip:
            skip = False
        elif following is not None and _is_range(one, following, text):
            skip = True
            if stretch := _range(one, following, moment):
                times.append((one.start, following.end, stretch))
        elif one.sure and one.lead not in ("and", "to", "between") and (stretch := one.read(moment)):
            times.append((one.start, one.end, _side(one.lead, stretch)))
    return times


def _found(match: re.Match[str], text: str) -> _Found:
    rule = str(match.lastgroup)
    lead = " ".join((match["lead"] or "").lower().split())
    words = tuple(re.findall(r"[a-z]+|\d+", match[rule].lower()))
    return _Found(*match.span(), lead, rule, words, _sure(rule, lead, words, match, text))


def _is_range(one: _Found, other: _Found, text: str) -> bool:
    """between X and Y, from X to Y, in X and Y."""
    if text[one.end : other.start].strip():
        return False
    if one.lead in ("between", "from"):
        return other.lead in ("and", "to", "until", "till")
    return one.lead in ("in", "during", "on") and other.lead == "and" and one.rule == other.rule and one.sure


def _range(one: _Found, other: _Found, moment: datetime) -> Open | None:
    last = other.read(moment)
    first = one.read(moment)
    if last and first and first[0] >= last[1]:  # between November and January: the November before that January
        first = one.read(last[1] - timedelta(seconds=1))
    return (first[0], last[1]) if first and last and first[0] < last[1] else None


def _side(lead: str, stretch: Stretch) -> Open:
    """Which part of time the word in front means."""
    start, end = stretch
    if lead == "since":
        return start, None
    if lead == "after":
        return end, None
    if lead == "before":
        return None, start
    if lead in ("until", "till", "by", "as of"):
        return None, end
    return start, end


def _together(times: list[Open]) -> Period | None:
    """What all the times have in common; the first of them when they have nothing."""
    if not times:
        return None
    since = max((start for start, _ in times if start is not None), default=None)
    until = min((end for _, end in times if end is not None), default=None)
    if since is not None and until is not None and since >= until:
        since, until = times[0]
    return Period(_iso(since), _iso(until - timedelta(seconds=1) if until else None))


# --- doubt -------------------------------------------------------------------------------------------------------


def _sure(rule: str, lead: str, words: tuple[str, ...], match: re.Match[str], text: str) -> bool:
    """Is it a time, and not something that looks like one?"""
    after, capital = text[match.end() :], any(c.isupper() for c in match[rule])
    if re.match(r" +of\b", after) and rule in ("named", "rolling"):  # the last 30 days of logs, the last week of the year
        return False
    if rule in ("ago", "rolling"):
        return True
    if rule in ("today", "weekday") and _PRESENT.search(text) and not _PAST.search(text):
        return False  # "how does it work today", "do we deploy on Friday": a habit
    dated = len(words) > 1 and (words[-1] == "year" or re.fullmatch(_YEAR, words[-1]) is not None)
    told = dated or (len(words) > 1 and not words[0].isdigit())  # "late May", "last spring", "Q3 2025"
    match rule:
        case "weekday":
            return _sure_weekday(lead, words, capital, text[: match.start()], after)
        case "vague":
            return not re.search(r"\b(?:least|most|more) +$", text[: match.start()]) and not re.match(r" +used\b", after)
        case "named":
            return words[-2] != "the" or (bool(_PAST.search(text)) and words[0] in _THIRDS)
        case "iso":
            return bool(lead)
        case "year":
            return (lead in _SIDED or words[0] in _THIRDS or lead in ("from", "and", "to")) and not _AMOUNT.match(after)
        case "quarter":
            return (dated or lead in _SIDED) and not after.startswith(" of the")
        case "season":
            return _sure_season(lead, words, told, match[rule], after, text)
    return _sure_month(lead, words, told, capital, match, after)


def _sure_weekday(lead: str, words: tuple[str, ...], capital: bool, before: str, after: str) -> bool:
    if not capital and any(word in _DAYS for word in words):  # "wed" and "fri" are days with a capital only
        return False
    if lead in ("on", "since", "before", "after", "until", "till") or words[0] in ("last", "this"):
        return True
    return not lead and not after.strip(" ?.!") and bool(_PAST.search(before)) and not _NO_DAY.search(before)


def _sure_season(lead: str, words: tuple[str, ...], told: bool, spelled: str, after: str, text: str) -> bool:
    if _SPRING.match(after) or not (told or lead in _SIDED):
        return False
    # Spring is a framework as well, and "fall" a verb.
    return told or words[0] not in ("spring", "fall") or (spelled.islower() and bool(_PAST.search(text)))


def _sure_month(
    lead: str, words: tuple[str, ...], told: bool, capital: bool, match: re.Match[str], after: str
) -> bool:
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


# --- events ------------------------------------------------------------------------------------------------------

_EVENT = re.compile(
    rf"{_START}(?:(?:ever|shortly|just|right|soon|long|directly|immediately) +)?(?P<side>before|after|since|until|till) +"
    r"(?P<what>(?:the|our|that|my|their) +[^\s,;:?!()]+(?: +[^\s,;:?!()]+){0,5}|(?:we|they|i) +[a-z]+ed\b[^,;:?!()]{0,60}"
    r"|v?\d+\.[\w.]+|[a-z]{3,}ing +[^,;:?!()]{1,60}|(?:version|release|migration|launch|upgrade|refactoring)\b"
    r"(?: +[^\s,;:?!()]+){0,4})",
    re.I | re.A,
)
_CLAUSE = re.compile(r" (?:and|but|or|did|do|does|is|are|was|were|has|have|had|can|will|should|must|runs?|how|what)\b.*", re.I)
_RUNS = re.compile(r"\b(?:runs?|ran|running|called|executed|happens?|comes?|waits?|waited|directly|hours|days|weeks) *$", re.I)


def _event(text: str, taken: list[tuple[int, int]]) -> re.Match[str] | None:
    """The first event the question is about the time before or after of.

    What comes before or after something is mostly an order of steps ("which hook runs before the commit"); it is a
    time when the question looks back ("what broke after the upgrade").
    """
    for match in _EVENT.finditer(text):
        head = text[: match.start()]
        if any(start < match.end() and match.start() < end for start, end in taken) or not head.strip():
            continue
        if _CLAUSE.search(match["what"]) or _RUNS.search(head):
            continue
        looks_back = _PAST.search(head) and (_DID.search(head) or not _PRESENT.search(head))
        since = match["side"].lower() == "since" and not match["what"].lower().startswith(("we ", "they ", "i "))
        if looks_back or since:
            return match
    return None


def _sides(event: re.Match[str]) -> tuple[str | None, str | None]:
    what = event["what"].rstrip(" .")
    return (what, None) if event["side"].lower() in ("before", "until", "till") else (None, what)


def _rest(question: str, taken: list[tuple[int, int]]) -> str:
    """The question without the time words, if there is still something to search for."""
    rest = question
    for start, end in sorted(taken, reverse=True):
        rest = f"{rest[:start]} {rest[end:]}"
    rest = " ".join(rest.split())
    rest = re.sub(r"[, ]+([?.!])", r"\1", rest)
    rest = re.sub(r" ,", ",", rest).strip(" ,")
    telling = any(word not in STOP for word in re.findall(r"[^\W_]+", rest[:MAX_READ].lower()))
    return rest if telling else question


# --- reading: from words to a stretch of time --------------------------------------------------------------------


def _moment(asked: str) -> datetime:
    moment = datetime.fromisoformat(asked)
    return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)).replace(microsecond=0)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.replace(tzinfo=None).isoformat() + "Z"


def _floor(moment: datetime, unit: str) -> datetime:
    """The first moment of the calendar unit `moment` lies in; weeks start on Monday."""
    day = moment.replace(hour=0, minute=0, second=0)
    match unit:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1)
        case "year":
            return day.replace(day=1, month=1)
    return day


def _shift(moment: datetime, unit: str, count: int) -> datetime:
    """`count` units later; a month later than 31 January is the last of February."""
    if unit in ("minute", "hour"):
        return moment + timedelta(**{f"{unit}s": count})
    if days := {"day": 1, "week": 7, "fortnight": 14, "sprint": 14}.get(unit):
        return moment + timedelta(days=days * count)
    months = moment.year * 12 + moment.month - 1 + count * {"month": 1, "quarter": 3, "year": 12}[unit]
    first = moment.replace(year=months // 12, month=months % 12 + 1, day=1)
    last_day = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(moment.day, last_day.day))


def _calendar(moment: datetime, unit: str, count: int = 0) -> Stretch:
    """The whole unit that `moment` lies in, or the one `count` units away."""
    start = _shift(_floor(moment, unit), unit, count)
    return start, _shift(start, unit, 1)


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


def _latest(moment: datetime, in_year: Callable[[int], Stretch]) -> Stretch | None:
    """The latest one that has begun at `moment`."""
    for year in range(moment.year, moment.year - 8, -1):  # 29 February is up to eight years away
        try:
            stretch = in_year(year)
        except ValueError:
            continue
        if stretch[0] <= moment:
            return stretch
    return None


def _yearly(words: tuple[str, ...], moment: datetime, in_year: Callable[[int], Stretch]) -> Stretch | None:
    """What comes every year: in the year the words name, else the latest; "last": the one before any going on."""
    if re.fullmatch(_YEAR, words[-1]) and len(words) > 1:
        return in_year(int(words[-1]))
    if words[-1] == "year":
        return in_year(moment.year - (words[-2] == "last"))
    found = _latest(moment, in_year)
    if found and "last" in words and found[1] > moment:
        return _latest(found[0] - timedelta(seconds=1), in_year)
    return found


def _count(words: tuple[str, ...]) -> int:
    return next((int(w) if w.isdigit() else _NUMBERS[w] for w in words if w.isdigit() or w in _NUMBERS and w != "a"), 1)


def _first(year: int, month: int) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC)


def _today(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    return _calendar(moment, "day")


def _yesterday(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    return _calendar(moment, "day", -2 if "before" in words else -1)


def _named(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    which, unit = words[-2:]
    back = -1 if which in ("last", "previous", "past") else 0
    if unit in ("sprint", "fortnight"):
        return _shift(moment, unit, back - 1), _shift(moment, unit, back) + timedelta(seconds=1)
    return _third(words, _calendar(moment, unit, back))


def _rolling(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    count = _count(words[1:])
    return _shift(moment, words[-1].rstrip("s"), -count), moment + timedelta(seconds=1)


def _ago(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    unit = words[-2].rstrip("s")
    point = _shift(moment, unit, -_count(words[:-2]))
    if unit in ("minute", "hour"):
        width = timedelta(minutes=10) if unit == "minute" else timedelta(hours=1)
        return point - width, point + width
    days = timedelta(days=_WIDTH[unit])
    return _floor(point - days, "day"), _shift(_floor(point + days, "day"), "day", 1)


def _vague(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    return moment - timedelta(days=_VAGUE[words[0]]), moment + timedelta(seconds=1)


def _date(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    numbers = [int(w) for w in words if w.isdigit()]
    month = next(_MONTHS.index(w[:3]) + 1 for w in words if w[:3] in _MONTHS)
    return _yearly(words, moment, lambda year: _calendar(datetime(year, month, numbers[0], tzinfo=UTC), "day"))


def _iso_date(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    year, month, day = (*(int(w) for w in words), 1)[:3]
    return _calendar(datetime(year, month, day, tzinfo=UTC), "day" if len(words) == 3 else "month")


def _month(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    month = next(_MONTHS.index(w[:3]) + 1 for w in words if w[:3] in _MONTHS)
    found = _yearly(words, moment, lambda year: _calendar(_first(year, month), "month"))
    return found and _third(words, found)


def _year(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    year = int(words[-1])
    return _third(words, _calendar(_first(year, 1), "year")) if year <= moment.year + 1 else None


def _quarter(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    at = words.index("q")
    month = int(words[at + 1]) * 3 - 2
    year = words if re.fullmatch(r"20\d\d|year", words[-1]) else words[:at] or ("q",)
    found = _yearly(year, moment, lambda year: _calendar(_first(year, month), "quarter"))
    return found and _third(words, found)


def _season(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    month = next(_SEASONS[w] for w in words if w in _SEASONS)

    def in_year(year: int) -> Stretch:
        return _first(year, month), _shift(_first(year, month), "month", 3)

    found = _yearly(words, moment, in_year)
    if found and found[0] > moment:  # asked in spring, "winter 2025" is the one that began in 2024
        found = in_year(found[0].year - 1) if month == 12 else found
    return found and _third(words, found)


def _weekday(words: tuple[str, ...], moment: datetime) -> Stretch | None:
    day = next(_DAYS.index(w[:3]) for w in words if w[:3] in _DAYS)
    week, today = _floor(moment, "week"), _floor(moment, "day")
    if words[-1] == "week":
        return _calendar(week + timedelta(days=day - 7 * (words[-2] == "last")), "day")
    found = week + timedelta(days=day)
    if found > today or (words[0] == "last" and found == today):
        found -= timedelta(days=7)
    return _calendar(found, "day")


_RULES: dict[str, tuple[str, Callable[[tuple[str, ...], datetime], Stretch | None]]] = {
    "today": (r"today|tonight|this +(?:morning|afternoon|evening)", _today),
    "yesterday": (r"(?:day +before +)?yesterday(?: +(?:morning|afternoon|evening|night))?|last +night", _yesterday),
    "rolling": (rf"(?:last|past|previous) +{_COUNT} +(?:hours?|minutes?|{_UNIT}s?)|(?:last|past) +hour", _rolling),
    "ago": (rf"{_COUNT} +(?:hours?|minutes?|{_UNIT}s?) +ago", _ago),
    "named": (rf"{_PART}(?:this|last|previous|current|past|the) +(?:week|month|quarter|year|sprint|fortnight)", _named),
    "vague": (r"recently|lately|other +day", _vague),
    "iso": (r"20\d\d-\d\d(?:-\d\d)?", _iso_date),
    "date": (rf"{_MONTH} +{_ORDINAL}{_OF_YEAR}?|{_ORDINAL} +(?:of +)?{_MONTH}{_OF_YEAR}?", _date),
    "month": (rf"{_PART}(?:(?:last|this) +)?{_MONTH}{_OF_YEAR}?", _month),
    "quarter": (rf"{_PART}(?:last +)?q[1-4]{_OF_YEAR}?", _quarter),
    "season": (rf"{_PART}(?:the +)?(?:(?:last|this) +)?(?:{'|'.join(_SEASONS)}){_OF_YEAR}?", _season),
    "weekday": (
        rf"(?:(?:last|this) +)?{_WEEKDAY}(?: +(?:morning|afternoon|evening|night))?(?: +(?:of +)?(?:last|this) +week)?",
        _weekday,
    ),
    "year": (rf"{_PART}{_YEAR}", _year),
}
_TIME = re.compile(
    f"{_START}{_LEAD}(?:{'|'.join(f'(?P<{rule}>{pattern})' for rule, (pattern, _) in _RULES.items())}){_END}",
    re.I | re.A,
)
