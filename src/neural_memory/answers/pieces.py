"""How is what a memory says put into a text?  Quoted, on one line, and cut to what fits.

What a memory says is data and must never pass for part of the answer: it stands in double quotes, on one
line, with everything escaped that could close the quotes, start a line or hide from the eye. An answer
stays within BUDGET characters (clients cut longer ones off): contents are shortened until it does, and it
says so where it happens.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from neural_memory.model import Memory


class Ways:
    """How the reader does what an answer proposes: an assistant with arguments of its tools, unless told otherwise.

    {old}: an id; {new}: one or more, both as `written`; {day}: a date. A plain class, since the start of a session has
    no time to import dataclasses.
    """

    audit: str = "audit"
    both: str = "revise(id={old}, both_hold=[{new}])"
    begin: str = "begin with remember"
    correct: str = "revise or forget it"
    end: str = 'revise it with valid_until="{day}" to let it end then'
    here: str = 'revise(id={old}, project=".") keeps it to this one.'
    merge: str = "revise(id={old}, merge=[{new}])"
    redact: str = 'revise(id={old}, secrets="redact") takes it out for good'
    replace: str = "remember the same content with replaces={old}"
    settle: str = (
        "remember the newer content with replaces=the older id, or forget the wrong one; if both hold, "
        "revise(id=the one, both_hold=[the other])"
    )

    def __init__(self, **others: str) -> None:
        """others: what is said otherwise."""
        for deed, words in others.items():
            if deed not in Ways.__annotations__:
                raise TypeError(f"there is no way to {deed!r}; there are {', '.join(Ways.__annotations__)}")
            setattr(self, deed, words)

    def to(self, deed: str, old: str = "", *new: str, day: str = "") -> str:
        """The words for a deed with these ids."""
        return str(getattr(self, deed)).format(old=self.written(old), new=self.written(*new), day=day)

    def written(self, *ids: str) -> str:
        """Ids as the reader has to write them."""
        return ", ".join(f'"{escaped(id)}"' for id in ids)


ASSISTANT = Ways()

BUDGET = 9_500
LONG = 2_000  # how much of a content a line shows where there is room for every line
_ROOM: ContextVar[int | None] = ContextVar("room", default=None)  # None: the answer is cut to the budget
_SHOWN_BY: ContextVar[str] = ContextVar("shown by", default='recall "{}"')
CUTS = (600, 400, 250, 150, 100)  # how much of a content a line shows: the most that fits the budget
WHOLE = 90_000  # how much of a single memory is shown that was asked for by its id

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_UNSAFE = re.compile(
    '["\\\\'  # what ends a quotation
    "\x00-\x1f\x7f-\x9f\u2028\u2029"  # control characters, and what ends a line
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff"
    "\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # what is not seen
    "\u202a-\u202e"  # what turns the direction of the text around it
    "\ud800-\udfff]"  # what is no character
)
_ID = re.compile(r"[A-Za-z0-9_-]{1,70}")
_MOMENT = re.compile(r"[0-9: -]*")
_PLAIN = re.compile(r"(?=.{0,40}\Z)[\w./#+@-]+(?::[\w./#+@-]+)*(?: [\w./#+@-]+){0,2}")  # no sentence, no heading


def escaped(text: str) -> str:
    """The text with nothing in it that could leave its quotes or its line."""
    return _UNSAFE.sub(lambda found: _escape(found[0]), text)


def _escape(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if code > 0xFFFF:  # as JSON does: two halves
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"


def quoted(text: str, cut: int | None = None) -> str:
    """The text in double quotes; with `cut`, at most about that many characters of it."""
    safe = escaped(text if cut is None else text[:cut])
    if cut is None or (len(text) <= cut and len(safe) <= cut):
        return f'"{safe}"'
    kept, room = [], cut
    for character in text[:cut]:
        piece = escaped(character)
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return f'"{"".join(kept)}" …'


def name(text: str) -> str:
    """A tag, project or other name: as it is when it is plain, quoted when it could be taken for more."""
    safe = quoted(text, 80)
    return text if _PLAIN.fullmatch(text) and safe == f'"{text}"' else safe


def identity(id: str) -> str:
    """An id in a line: as it is, quoted when it was not made by us and could be taken for more."""
    return id if _ID.fullmatch(id) else quoted(id, 80)


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 memory`, `2 memories`, `1,234 memories`."""
    if many is None:
        many = one[:-1] + "ies" if one.endswith("y") else one + "s"
    return f"{number:,} {one if number == 1 else many}"


def line(memory: Memory, cut: int | None = CUTS[0]) -> str:
    """One memory on one line: `[mem_…] "its content" (2026-03-25 · importance 0.7 · tags: api · by claude-code)`."""
    shown = quoted(memory.content, cut)
    if cut is not None and shown.endswith("…"):
        total = f"{len(memory.content):,} characters"
        rest = (
            "this is the beginning" if cut >= WHOLE else f"{_SHOWN_BY.get().format(escaped(memory.id))} shows all of it"
        )
        shown += f" [{total}; {rest}]"
    return f"[{identity(memory.id)}] {shown} ({facts(memory)})"


def facts(memory: Memory) -> str:
    facts = [name(memory.kind)] if memory.kind != "fact" else []
    facts += [name(memory.timestamp[:10]), f"importance {memory.importance:.2g}"]
    if memory.tags:
        facts.append(f"tags: {names(memory.tags, 8)}")
    if memory.project:
        facts.append(f"project {name(memory.project)}")
    facts.append(f"by {name(memory.source)}")
    if memory.trust != "stored":
        facts.append(f"{name(memory.trust)}: not confirmed")
    if memory.replaced_by:
        facts.append(f"replaced by {identity(memory.replaced_by)}")
    if memory.valid_until:
        facts.append(until(str(memory.valid_until)))
    if memory.pinned:
        facts.append("pinned")
    return " · ".join(facts)


def moment(at: str) -> str:
    """A time to the minute: `2026-03-25 10:30`."""
    shown = at[:16].replace("T", " ")
    return shown if _MOMENT.fullmatch(shown) else quoted(shown)


def until(moment: str) -> str:
    """`valid until 2026-12-31`, or `expired 3 days ago`."""
    try:
        now, end = datetime.now(UTC), datetime.fromisoformat(moment).replace(tzinfo=UTC)
    except ValueError:  # a row may have been edited by hand
        return f"valid until {name(moment)}"
    if now <= end:
        return f"valid until {moment[:10] if moment.endswith('T23:59:59Z') else moment[:16].replace('T', ' ') + ' UTC'}"
    days = (now.date() - end.date()).days
    return f"expired {count(days, 'day', 'days')} ago" if days else "expired today"


def names(names: Sequence[str], most: int) -> str:
    listed = ", ".join(name(one) for one in names[:most])
    return listed + (f" and {len(names) - most:,} more" if len(names) > most else "")


def numbered(memories: Iterable[Memory], cut: int, first: int = 1) -> list[str]:
    return [f"{number}. {line(memory, cut)}" for number, memory in enumerate(memories, first)]


def fitted(draw: Callable[[int], list[str]], shorten: bool = True) -> str:
    """The lines with the longest cut that keeps them within the budget. If none does: the first lines that
    fit, or all of them unless `shorten`."""
    if (room := _ROOM.get()) is not None:
        return "\n".join(draw(room))
    lines: list[str] = []
    for cut in CUTS:
        lines = draw(cut)
        if _length(lines) <= BUDGET:
            return "\n".join(lines)
    length, every = _length(lines), len(lines)
    while shorten and length > BUDGET - 100:
        length -= len(lines.pop()) + 1
        shorten = len(lines) > 1
    left = every - len(lines)
    return "\n".join(lines + ([f"… and {count(left, 'more line')} that did not fit here."] if left else []))


@contextmanager
def unlimited(cut: int, shown_by: str) -> Iterator[None]:
    """For a reader that takes every line, a pipe say. cut: how much of a content one line shows; shown_by: how the
    reader sees all of one, with {} for its id."""
    before = _ROOM.set(cut), _SHOWN_BY.set(shown_by)
    try:
        yield
    finally:
        _ROOM.reset(before[0])
        _SHOWN_BY.reset(before[1])


def alone() -> int | None:
    """How much is shown of a memory that was asked for by its id: all of it, as far as the reader takes that."""
    return WHOLE if _ROOM.get() is None else None


def _length(lines: list[str]) -> int:
    return sum(map(len, lines)) + len(lines)
