"""What did somebody mean who wrote a row by hand?  Each value that nothing here can use gets a form that can be used.

Any program may write into `memories`. What it wrote is put right when the row is linked: `understood` says how, one
column at a time, and the journal keeps what stood there ("mend", which `history` and `doctor` tell of).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from neural_memory import check
from neural_memory.deferred import deferred
from neural_memory.errors import InputError
from neural_memory.model import TRUST, Anchor, Memory
from neural_memory.store import journal, memories
from neural_memory.store.anchors import anchors
from neural_memory.store.entry import MENDED, Author, Entry
from neural_memory.store.sqlite import Connection
from neural_memory.values import dataclass, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neural_memory import spelling
    from neural_memory.text import kinds
else:
    (spelling,) = deferred("neural_memory", "spelling")
    (kinds,) = deferred("neural_memory.text", "kinds")

AUTHOR = Author("neural-memory")
NO_TEXT = "(no text)"
_SHOWN = 200
_HAND = "sqlite3"


@dataclass(frozen=True, slots=True)
class Odd:
    """A value that was put right: of which field, what it was and became (cut), and whether that is a guess."""

    field: str
    was: str
    became: str
    guessed: bool


def understood(values: Mapping[str, Any], at: str) -> tuple[dict[str, Any], list[Odd]]:
    """The values of a memory as they can be used, and what had to be changed for that.

    values: fields of `Memory`, lists also as JSON; at: the moment for what has none.
    """
    usable, odd = dict(values), []
    for name, (fits, meant) in _FIELDS.items():
        if name not in values:
            continue
        given = values[name]
        try:
            usable[name], differs = fits(given)
            if not differs:
                continue
            guessed = False
        except InputError:
            usable[name], guessed = meant(given, usable, at)
        odd.append(Odd(name, _shown(given), _shown(usable[name]), guessed))
    word = str(values.get("kind", ""))
    if any(one.field == "kind" for one in odd) and spelling.kind(word) is None and "tags" in usable:
        usable["tags"] = spelling.tags([*usable["tags"], word])  # a kind of one's own still tells something
    return usable, odd


# -- one field at a time: is it fit to be used, and if not, what was meant (and is that a guess)? -------------------


def _id(value: Any) -> tuple[str, bool]:
    return check.memory_id(value), False


def _meant_id(value: Any, values: Mapping[str, Any], at: str) -> tuple[str, bool]:
    return spelling.id_of(_text(value)) or "", False


def _content(value: Any) -> tuple[str, bool]:
    if not isinstance(value, str):
        raise InputError("it is no text")
    return value, False


def _meant_content(value: Any, values: Mapping[str, Any], at: str) -> tuple[str, bool]:
    return _text(value) or NO_TEXT, True


def _timestamp(value: Any) -> tuple[str, bool]:
    return _same(check.moment("timestamp", value), value)


def _meant_timestamp(value: Any, values: Mapping[str, Any], at: str) -> tuple[str, bool]:
    text = _text(value)
    if found := spelling.moment(text):
        return found, False
    try:
        return check.since("timestamp", text, at), False
    except InputError:
        return at, True


def _until(value: Any) -> tuple[str | None, bool]:
    return (None, False) if value is None else _same(check.last_moment("valid_until", value), value)


def _meant_until(value: Any, values: Mapping[str, Any], at: str) -> tuple[str | None, bool]:
    text = _text(value)
    try:
        return check.until("valid_until", text, at), False
    except InputError:
        found = spelling.moment(text)
        return found, found is None and bool(text.strip())


def _tags(value: Any) -> tuple[tuple[str, ...], bool]:
    found = tuple(_list(value))
    if not all(isinstance(one, str) for one in found):
        raise InputError("not all of them are texts")
    return _same(check.tags(found), found)


def _meant_tags(value: Any, values: Mapping[str, Any], at: str) -> tuple[tuple[str, ...], bool]:
    given = value if isinstance(value, (list, tuple)) else _text(value)
    found = spelling.tags(given)
    try:
        stated: list[Any] | None = _list(given)
    except InputError:
        stated = None
    blank = stated is None and str(given).strip() in ("", "null", "{}")
    return (() if blank else found), not blank and (len(found) < len(stated) if stated is not None else not found)


def _kind(value: Any) -> tuple[str, bool]:
    return check.kind(value), False


def _meant_kind(value: Any, values: Mapping[str, Any], at: str) -> tuple[str, bool]:
    return spelling.kind(_text(value)) or kinds.kind_of(str(values.get("content", ""))), False


def _line(value: Any) -> tuple[str | None, bool]:
    return (None, False) if value is None else _same(check.name("it", value), value)


def _meant_line(value: Any, values: Mapping[str, Any], at: str) -> tuple[str | None, bool]:
    return spelling.line(_text(value)), False


def _meant_source(value: Any, values: Mapping[str, Any], at: str) -> tuple[str, bool]:
    return spelling.line(_text(value)) or _HAND, False


def _place_taker(value: Any) -> tuple[str | None, bool]:
    if value is not None and not isinstance(value, str):
        raise InputError("it is no text")
    return value, False


def _meant_place_taker(value: Any, values: Mapping[str, Any], at: str) -> tuple[str | None, bool]:
    return _text(value), False


def _trust(value: Any) -> tuple[str, bool]:
    if value not in TRUST:
        raise InputError("it is none of those")
    return str(value), False


def _meant_trust(value: Any, values: Mapping[str, Any], at: str) -> tuple[str, bool]:
    return "stored", False


def _anchors(value: Any) -> tuple[tuple[Anchor, ...], bool]:
    if value is None or (isinstance(value, tuple) and all(isinstance(one, Anchor) for one in value)):
        return value or (), False
    given = _list(value)
    found = anchors(given)
    if not given or len(found) != len(given):
        raise InputError("not all of them are anchors")
    return found, False


def _meant_anchors(value: Any, values: Mapping[str, Any], at: str) -> tuple[tuple[Anchor, ...], bool]:
    try:
        return anchors(_list(_text(value) if isinstance(value, bytes) else value)), True
    except InputError:
        return (), True


_Fits = Callable[[Any], tuple[Any, bool]]
_Meant = Callable[[Any, Mapping[str, Any], str], tuple[Any, bool]]
# The text comes first: what kind of memory it is, may have to be told by it.
_FIELDS: dict[str, tuple[_Fits, _Meant]] = {
    "id": (_id, _meant_id),
    "content": (_content, _meant_content),
    "timestamp": (_timestamp, _meant_timestamp),
    "tags": (_tags, _meant_tags),
    "kind": (_kind, _meant_kind),
    "project": (_line, _meant_line),
    "source": (_line, _meant_source),
    "session": (_line, _meant_line),
    "replaced_by": (_place_taker, _meant_place_taker),
    "valid_until": (_until, _meant_until),
    "trust": (_trust, _meant_trust),
    "anchors": (_anchors, _meant_anchors),
}


def _same(found: Any, given: Any) -> tuple[Any, bool]:
    """A usable value, and whether it is spelled otherwise than what was given."""
    return found, found != given


def _list(value: Any) -> list[Any]:
    """A list, or what is one as JSON."""
    if isinstance(value, (list, tuple)):
        return list(value)
    try:
        found = json.loads(value)
    except (ValueError, TypeError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise InputError("it is no list")
    return found


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def _shown(value: Any) -> str:
    """A value in a few words, for whoever looks later."""
    if isinstance(value, bytes):
        return f"{len(value):,} bytes, x'{value[: _SHOWN // 2].hex()}'"
    if isinstance(value, (list, tuple)):
        value = json.dumps([one if isinstance(one, str) else str(one) for one in value], ensure_ascii=False)
    text = "none" if value is None else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


# -- rows of the file -----------------------------------------------------------------------------------------------


def put_right(
    connection: Connection, rows: Mapping[int, tuple[Any, ...]], at: str, new_id: Callable[[], str]
) -> dict[int, Memory]:
    """The memories of rows that are about to be linked; what cannot be used is written anew, and the journal told.

    rows: as `memories.raw` gives them.
    """
    found = {row: memories.from_row(values) for row, values in rows.items()}
    odd: dict[int, list[Odd]] = {}
    for row, values in rows.items():
        usable, odds = understood(memories.named(values), at)
        if odds:
            found[row], odd[row] = Memory(**usable | {"pinned": bool(usable["pinned"])}), odds
    _name_anew(connection, rows, found, odd, new_id)
    _lead_on(connection, found, odd)
    memories.overwrite(connection, {row: found[row] for row in odd})
    step: int | None = None
    for row, odds in odd.items():
        step = journal.record(
            *(connection, "mend", found[row].id, AUTHOR, at),
            before=(row, found[row]),
            after=found[row],
            note={MENDED: [[one.field, one.was, one.became, "guessed" * one.guessed] for one in odds]},
            step=step,
            final=True,
        )
    return found


def _name_anew(
    connection: Connection,
    rows: Mapping[int, tuple[Any, ...]],
    found: dict[int, Memory],
    odd: dict[int, list[Odd]],
    new_id: Callable[[], str],
) -> None:
    """Rows whose id cannot be used, or is another's, get one; the one they came with answers for them."""
    owners = memories.known_ids(connection, [memory.id for memory in found.values()])
    for row, memory in found.items():
        asked = _text(memories.named(rows[row])["id"])
        while not memory.id or owners.setdefault(memory.id, row) != row:
            memory = replace(memory, id=new_id())
        if memory.id == asked:
            continue
        if not any(one.field == "id" for one in odd.get(row, ())):
            odd.setdefault(row, []).append(Odd("id", _shown(asked), memory.id, guessed=False))
        memories.rename(connection, row, memory.id)
        found[row] = memory
        if asked not in owners and check.answers(asked) and not memories.aliases(connection, [asked]):
            journal.call(connection, asked, memory.id)
            memories.add_alias(connection, asked, memory.id)


def _lead_on(connection: Connection, found: dict[int, Memory], odd: dict[int, list[Odd]]) -> None:
    """What was replaced by nothing that is here, or in a circle by itself, is current."""
    own = {memory.id: memory.replaced_by for memory in found.values()}
    for row, memory in found.items():
        if memory.replaced_by is None:
            continue
        goal: str | None = memory.replaced_by
        if memory.replaced_by not in own:
            known = memories.by_id(connection, memory.replaced_by)
            goal = known[1].id if known else None
        if goal is not None and _circles(connection, memory.id, goal, own):
            goal = None
        if goal != memory.replaced_by:
            odd.setdefault(row, []).append(Odd("replaced_by", _shown(memory.replaced_by), _shown(goal), goal is None))
            found[row] = replace(memory, replaced_by=goal)
            own[memory.id] = goal


def _circles(connection: Connection, start: str, goal: str | None, own: Mapping[str, str | None]) -> bool:
    """Does the way from one replacement to the next come back to where it began?"""
    met: set[str] = set()
    while goal is not None and goal not in met:
        if goal == start:
            return True
        met.add(goal)
        if goal in own:
            goal = own[goal]
        else:
            known = memories.by_id(connection, goal)
            goal = known[1].replaced_by if known else None
    return False


def mended(entry: Entry) -> list[Odd]:
    """What such an entry of the journal tells of."""
    return [Odd(field, was, became, bool(guess)) for field, was, became, guess in entry.note[MENDED]]


def stands(odd: Odd, row: tuple[Any, ...]) -> bool:
    """Does this row still hold what the value became?"""
    return _shown(memories.named(row)[odd.field]) == odd.became


def told(odds: Iterable[Odd]) -> str:
    """`timestamp 'soon' → 2026-11-23T10:00:00Z`, for one line."""
    return "; ".join(f"{one.field} {one.was!r} → {one.became}" for one in odds)
