"""How is one change kept in the journal, and read again?

What an entry keeps is a JSON object. One that another program, a defect of the disk or an export that somebody made by
hand left unreadable is an entry of which nothing is kept: it disturbs neither its neighbours nor what is done next.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from neural_memory.model import Memory
from neural_memory.store.anchors import anchors, kept_anchors
from neural_memory.values import dataclass, fields, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PROJECT = "project:"
"""What stands before a project's name where otherwise a memory's id is."""
_NEW = ("remember", "import", "review", "undo", "redo")
"""Actions by which a memory can come to be; with every other one it was there before."""
ACTIONS = (*_NEW, "revise", "replace", "merge", "retag", "rename", "both hold", "mend", "forget", "forget for good")
_FIELDS = {field.name: field.default for field in fields(Memory)}
ERASED = "{}"
"""What stands for what an entry kept and must not keep any more."""


MENDED = "mended"
"""The note of what a row written by hand held that could not be used: [field, was, became, "guessed" or ""] each."""
WINDOW = "window-"
"""How a session is called that a server made up because its client names none: what one window did is its own."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who does it: the client's name, and its session or, where the client names none, that of the window."""

    source: str
    session: str | None = None

    @property
    def conversation(self) -> str | None:
        """The session when it is one conversation, as the client says; a window may be open for weeks."""
        return None if self.session is None or self.session.startswith(WINDOW) else self.session


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one memory.

    before: None when the memory did not exist, when only `was` is kept, or when nothing is (`kept` is False then)
    was:    those of its values that the change replaced
    into:   the memory it was merged into
    seq:    its row
    note:   what else was done: "pair" (ids that both hold), "renamed" (a project's old and new name) with "places" and
            "merged", `MENDED`, or "restored" (it came back with its history)
    """

    entry: int
    step: int
    at: str
    action: str
    memory: str
    before: Memory | None
    was: Mapping[str, Any] | None
    seq: int | None
    into: str | None
    kept: bool
    source: str
    session: str | None
    undone: int | None
    note: Mapping[str, Any]

    @property
    def restored(self) -> bool:
        """Did it bring a memory back together with its history?"""
        return self.note.get("restored") is True

    @property
    def ended(self) -> bool:
        """Was the memory gone after it?"""
        if self.action in ("merge", "undo", "redo"):
            return self.before is not None or not self.kept
        return self.action in ("forget", "forget for good")

    def state(self, after: Memory | None) -> Memory | None:
        """What the memory was before this change, given what it was after it."""
        return replace(after, **self.was) if self.was is not None and after is not None else self.before


def entry_of(
    entry: int,
    step: int,
    at: str,
    action: str,
    memory: str,
    before: str | None,
    source: str,
    session: str | None,
    undone: int | None,
) -> Entry:
    """A row of the journal."""
    found = readable(before)
    kept = found or {}
    was = _values(kept["was"]) if "was" in kept else None
    whole = Memory(**_values(kept)) if "content" in kept else None
    return Entry(
        *(entry, step, at, action, memory, whole, was),
        seq=kept.get("seq"),
        into=kept.get("into"),
        kept=found is not None and before != ERASED and (before is not None or action in _NEW),
        source=source,
        session=session,
        undone=undone,
        note=kept.get("note", {}),
    )


def readable(before: str | None) -> dict[str, Any] | None:
    """What an entry keeps, each part of it of its type; None: that cannot be read."""
    if not before:
        return {}
    try:
        kept = json.loads(before)
    except (ValueError, TypeError, RecursionError):
        return None
    if not _fit(kept, _PARTS) or not _fit(kept.get("was", {}), _PARTS):
        return None
    return kept if "content" not in kept or {"id", "timestamp"} <= kept.keys() else None


def _fit(values: Any, parts: Mapping[str, Callable[[Any], bool]]) -> bool:
    return isinstance(values, dict) and all(fits(values[name]) for name, fits in parts.items() if name in values)


def restored(seq: int) -> str:
    """What the entry of a memory keeps that came back with its history: it is what it was."""
    return json.dumps({"seq": seq, "was": {}, "note": {"restored": True}})


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_text_or_none(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _are_two(value: Any) -> bool:
    return _are_texts(value) and len(value) == 2


def _is_note(value: Any) -> bool:
    return _fit(value, _OF_NOTES) and ("renamed" in value) == ("places" in value)


_OF_NOTES: dict[str, Callable[[Any], bool]] = {
    "pair": _are_two,
    "renamed": _are_two,
    "restored": lambda value: value is True,
    MENDED: lambda value: isinstance(value, list) and all(_are_texts(one) and len(one) == 4 for one in value),
    "merged": lambda value: type(value) is bool,
    "places": lambda value: isinstance(value, list) and all(map(_are_two, value)),
}
_PARTS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("id", "content", "timestamp", "kind", "source", "trust", "into"), _is_text),
    **dict.fromkeys(("project", "session", "replaced_by", "valid_until"), _is_text_or_none),
    "importance": lambda value: type(value) in (int, float) and 0 <= value <= 1,
    "tags": _are_texts,
    "pinned": lambda value: type(value) is bool,
    "anchors": lambda value: isinstance(value, list),
    "seq": lambda value: type(value) is int and 0 < value < 1 << 48,
    "note": _is_note,
}


def packed(
    before: tuple[int, Memory] | None, after: Memory | None, into: str | None, note: Mapping[str, Any] | None
) -> str | None:
    """What an entry keeps of a memory: all that is not as it mostly is, or only what became something else."""
    if before is None:
        return None if note is None else json.dumps({"note": note}, ensure_ascii=False)
    seq, memory = before
    if after is None:
        names = {name for name, usual in _FIELDS.items() if getattr(memory, name) != usual}
        kept = {"seq": seq, **_plain(memory, names), **({"into": into} if into else {})}
    else:
        names = {name for name in _FIELDS if getattr(memory, name) != getattr(after, name)}
        kept = {"seq": seq, "was": _plain(memory, names)}
    if note is not None:
        kept["note"] = note
    return json.dumps(kept, ensure_ascii=False)


def _plain(memory: Memory, names: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(memory, name) for name in _FIELDS if name in names}
    return values | ({"anchors": kept_anchors(memory)} if "anchors" in values else {})


def _values(kept: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry keeps, as the values of a memory."""
    values = {name: value for name, value in kept.items() if name in _FIELDS}
    if "tags" in values:
        values["tags"] = tuple(values["tags"])
    if "anchors" in values:
        values["anchors"] = anchors(values["anchors"])
    return values
