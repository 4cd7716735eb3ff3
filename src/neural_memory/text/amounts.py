"""How much does a text say?  Numbers with their units, in a form by which equal amounts are equal.

"24 hours", "1 day" and "one day" are the same 86,400 seconds; "100 requests per minute" and "100 req/min" the same
rate. A number without a unit, or a version ("8080", "3.11", "v2"), stays as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from neural_memory.text.stop import STOP
from neural_memory.text.terms import stem


class Amount(NamedTuple):
    """key: equal for equal amounts; unit: only amounts of one unit can be compared; used: how many words it took."""

    key: str
    unit: str
    used: int


_SECONDS = {"ms": 0.001, "millisecond": 0.001, "s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600,
            "hr": 3600, "hour": 3600, "d": 86400, "day": 86400, "night": 86400, "week": 604800, "month": 2629800,
            "quarter": 7889400, "year": 31557600, "sprint": 1209600}  # fmt: skip
_BYTES = {"byte": 1, "b": 1, "kb": 1e3, "kib": 1024, "mb": 1e6, "mib": 1024**2, "gb": 1e9, "gib": 1024**3,
          "tb": 1e12, "tib": 1024**4}  # fmt: skip
_ADVERBS = {"hourly": 3600, "daily": 86400, "nightly": 86400, "weekly": 604800, "monthly": 2629800,
            "quarterly": 7889400, "yearly": 31557600, "annually": 31557600}  # fmt: skip
_SHORT = {"req": "request", "reqs": "request", "rps": "request", "rpm": "request", "conns": "connect"}
_SPELLED = dict(
    zip("one two three four five six seven eight nine ten eleven twelve".split(), range(1, 13), strict=True)
)
_NUMBER = re.compile(r"[~<>≈±+]*(\d{1,3}(?:[,_']\d{3})+|\d+)(\.\d+)?-?([a-z%]+)?(?:/([a-z]+))?$", re.I)
_VERSION = re.compile(r"v?(\d+(?:\.\d+){1,3}(?:[-+][\w.]+)?|(?<=v)\d+)$", re.I)


def amount(words: Sequence[str], at: int) -> Amount | None:
    """The amount that begins at word `at` (bare lower-case words), if there is one.

    >>> amount("24 hours".split(), 0) == amount(["1-day"], 0)._replace(used=2)
    True
    """
    word = words[at]
    if word in _ADVERBS:
        return Amount(f"every {_ADVERBS[word]:g}", "interval", 1)
    if word == "every" and at + 1 < len(words):
        every = amount(words, at + 1)
        if every and every.unit == "duration":
            return Amount(f"every {every.key.split()[0]}", "interval", 1 + every.used)
        single = _scaled(1.0, words[at + 1])
        return Amount(f"every {single[0].split()[0]}", "interval", 2) if single and single[1] == "duration" else None
    if version := _VERSION.match(word):
        if "." in version[1] and version[1].count(".") == 1 and _unit_after(words, at) and word[0] not in "vV":
            return _with_unit(float(re.match(r"\d+\.\d+", version[1])[0]), words, at)  # type: ignore[index]
        return Amount(version[1].lower(), "", 1)
    if word in _SPELLED and (_unit_after(words, at) or (at and at == len(words) - 1)):
        return _with_unit(float(_SPELLED[word]), words, at)
    if number := _NUMBER.match(word):
        size = float(re.sub(r"[,_']", "", number[1]) + (number[2] or ""))
        if number[3] is None:
            return _with_unit(size, words, at)
        if _scaled(size, number[3]) is None and len(number[3]) < 3:
            return None  # "12th", "2fa"
        return _per(_counted(size, number[3]), words, at + 1, 1, number[4])
    return None


def _unit_after(words: Sequence[str], at: int) -> bool:
    following = words[at + 1] if at + 1 < len(words) else ""
    return following in _SECONDS or (following.isalpha() and following not in STOP)


def _with_unit(size: float, words: Sequence[str], at: int) -> Amount:
    """A number with the noun behind it as its unit; without one when there is none."""
    if not _unit_after(words, at):
        if at + 1 < len(words) and words[at + 1] == "%":
            return Amount(f"{size:g} %", "%", 2)
        slashed = re.match(r"([a-z]+)/([a-z]+)$", words[at + 1]) if at + 1 < len(words) else None
        if slashed:
            return _per(_counted(size, slashed[1]), words, at + 2, 2, slashed[2])
        return _per((f"{size:g}", ""), words, at + 1, 1, None)
    return _per(_counted(size, words[at + 1]), words, at + 2, 2, None)


def _counted(size: float, noun: str) -> tuple[str, str]:
    """(key, unit) of so many of whatever it is."""
    unit = stem(_SHORT.get(noun, noun))
    return _scaled(size, noun) or (f"{size:g} {unit}", unit)


def _scaled(size: float, noun: str) -> tuple[str, str] | None:
    """(key, unit) of a time, a size of data or a share."""
    if noun in ("%", "percent"):
        return f"{size:g} %", "%"
    for table, unit in ((_SECONDS, "duration"), (_BYTES, "data")):
        factor = table.get(noun) or table.get(noun.removesuffix("s"))
        if factor:
            return f"{size * factor:g} {unit}", unit
    if noun in ("rps", "rpm"):
        return f"{size * (60 if noun == 'rps' else 1):g} {stem('request')}/min", f"{stem('request')}/min"
    return None


def _per(base: tuple[str, str], words: Sequence[str], at: int, used: int, slashed: str | None) -> Amount:
    """A rate, if "per minute" or the like follows."""
    key, unit = base
    noun = slashed
    if noun is None and at + 1 < len(words) and words[at] in ("per", "a", "an", "each", "every"):
        noun, used = words[at + 1], used + 2
        if words[at] in ("a", "an", "each", "every") and not _SECONDS.get(noun):
            return Amount(key, unit, used - 2)
    seconds = _SECONDS.get(noun or "")
    if noun and seconds:
        size, _, what = key.partition(" ")
        return Amount(f"{float(size) * 60 / seconds:g} {what}/min", f"{what}/min", used)
    return Amount(key, unit, used if noun is None else used - (0 if slashed else 2))
