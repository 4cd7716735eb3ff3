"""How do other hands, and other tools, spell a date, a list of tags, a kind, an importance, an id?"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

from neural_memory import check
from neural_memory.errors import InputError
from neural_memory.model import KINDS
from neural_memory.text.tags import MAX_TAG, distinct, tidy

_KINDS = {
    "preference": "instruction boundary rule user preferences guideline constraint",
    "decision": "architecture architecture_decision adr choice decisions",
    "insight": "learning learned lesson discovery bugfix error bug gotcha debugging root_cause insights finding",
    "pattern": "workflow convention procedure how-to howto practice technique method schema patterns",
    "reference": "link resource url doc docs documentation location endpoint references",
    "fact": "note information info context general facts observation change feature",
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in (kind, *words.split())}
_SLASHED = re.compile(r"(\d\d?)/(\d\d?)/\d{4}\Z")
_DAY_OR_MONTH = ("%d/%m/%Y", "%m/%d/%Y")
"""Told apart by the number that is no month; where both could be one, nobody knows."""
_PLAIN_NUMBER = re.compile(r"\d{9,16}(?:\.\d+)?\Z")


def moment(value: Any) -> str | None:
    """A date or time in any usual form, as ISO 8601 UTC to the second; None when it is none."""
    if isinstance(value, bool) or value in (None, ""):
        return None
    if isinstance(value, str) and _PLAIN_NUMBER.match(value.strip()):
        value = float(value)
    if isinstance(value, (int, float)):
        return _from_epoch(value)
    text = str(value).strip()
    for form in (text, text.replace("/", "-"), text[:19], text[:10]):
        try:
            return check.moment("date", form)
        except InputError:
            continue
    slashed = _SLASHED.match(text)
    either = slashed is not None and slashed[1] != slashed[2] and max(int(slashed[1]), int(slashed[2])) <= 12
    for pattern in ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d.%m.%Y", *(() if either else _DAY_OR_MONTH)):
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        except ValueError:
            continue
    return None


def _from_epoch(number: float) -> str | None:
    """Seconds, milliseconds or microseconds since 1970; None for what is no such number."""
    for scale in (1, 1_000, 1_000_000):
        if 1e8 * scale <= number < 1e10 * scale:  # so compared, an integer of hundreds of digits is no trouble
            return datetime.fromtimestamp(number / scale, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return None


def tags(value: Any) -> tuple[str, ...]:
    """Tags from a list, a JSON list in a text, or a text with commas; what cannot be a tag is left out."""
    if isinstance(value, str):
        text = value.strip()
        found: list[Any] = []
        if text.startswith("["):
            try:
                loaded = json.loads(text)
                found = loaded if isinstance(loaded, list) else []
            except (ValueError, RecursionError):
                found = re.split(r"[,;]", text.strip("[]"))
        else:
            found = re.split(r"[,;|]", text) if re.search(r"[,;|]", text) else text.split() if "#" in text else [text]
    else:
        found = list(value) if isinstance(value, (list, tuple)) else []
    names = (
        tidy("".join(c if c.isprintable() else " " for c in str(tag)[:200]))[:MAX_TAG].strip()
        for tag in found
        if _plain(tag)
    )
    return distinct(name for name in names if name)[: check.MAX_TAGS]


def _plain(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def kind(value: Any) -> str | None:
    """What another tool calls a kind, type or category, in our words; None when it says nothing to us."""
    return _KIND_OF.get(str(value).strip().lower().replace(" ", "_")) if _plain(value) else None


def importance(value: Any) -> float | None:
    """0 to 1; what is given from 1 to 10 or to 100 is taken as a share of that."""
    if isinstance(value, str):
        words = {"low": 0.3, "medium": 0.5, "normal": 0.5, "high": 0.8, "critical": 1.0}
        if value.strip().lower() in words:
            return words[value.strip().lower()]
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 100:
        return None
    return float(value) if value <= 1 else round(value / (10 if value <= 10 else 100), 3)


def line(value: Any) -> str | None:
    """One short line, such as the name of a project; None when there is none."""
    if not _plain(value):
        return None
    text = " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())
    return text[:200] or None


def id_of(value: Any, mark: str = "") -> str | None:
    """An id of ours that keeps another tool's id readable: "mem_" and that, as far as it fits."""
    if not _plain(value) or not str(value).strip():
        return None
    text = f"{mark}{str(value).strip()}"
    if re.fullmatch(r"[0-9a-f]{40,}", text):  # a hash: its beginning tells it apart
        return f"mem_{text[:16]}"
    if re.fullmatch(r"[0-9A-Za-z_-]{1,64}", text):
        return f"mem_{text}"
    return f"mem_{hashlib.blake2b(text.encode('utf-8', 'replace'), digest_size=8).hexdigest()}"


assert set(_KIND_OF.values()) == set(KINDS)  # noqa: S101 - both tables are ours
