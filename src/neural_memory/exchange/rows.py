"""Which rows of an export's other tables can be taken in?  Those that this program could have written itself.

An export is a file like any other: whoever made it may have written into it what would stop each later change.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from neural_memory import check
from neural_memory.errors import InputError
from neural_memory.model import KINDS, MAX_CONTENT
from neural_memory.store import entry

_LARGEST = 1 << 48
_SHORT = 2_000
"""Most characters of a place, a digest, the name of a client or a session."""


def checked(table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A row as it can be stored; the first value that cannot be used is an `InputError`."""
    row = dict(values)
    for name, usable in _COLUMNS[table].items():
        try:
            row[name] = usable(row.get(name))
        except InputError:
            shown = ascii(row.get(name))
            shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
            raise InputError(f"{name} is {shown}, which is no {name} in {table.replace('_', ' ')}") from None
    if table == "journal":
        _whole_entry(row)
    return row


def _whole_entry(row: Mapping[str, Any]) -> None:
    """Its parts must belong together, too."""
    kept = entry.readable(row["before"])
    if kept is None:
        raise InputError("what was there before the change cannot be read")
    for values in (kept, kept.get("was", {})):
        if "content" in values:
            check.content(values["content"], as_it_is=True)
    if kept.get("id", row["memory"]) != row["memory"]:
        raise InputError(f"the entry is of {row['memory']}, and what it keeps of another memory")
    if row["step"] > row["entry"]:
        raise InputError(f"step {row['step']} is none that entry {row['entry']} can be a part of")


def _text(value: Any, most: int = _SHORT) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise InputError(f"it must be a text of at most {most:,} characters")
    return value


def _number(value: Any) -> int:
    if type(value) is not int or not 0 < value < _LARGEST:
        raise InputError(f"it must be a whole number from 1 to {_LARGEST - 1:,}")
    return value


def _one_of(values: tuple[str, ...]) -> Callable[[Any], str]:
    def among(value: Any) -> str:
        if value not in values:
            raise InputError(f"it must be one of {', '.join(values)}")
        return str(value)

    return among


def _or_none(usable: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else usable(value)


def _at(value: Any) -> str:
    return check.moment("at", value)


def _project(value: Any) -> str:
    return check.name("project", value)


def _subject(value: Any) -> str:
    """A memory's id, or a project where one was renamed."""
    if isinstance(value, str) and value.startswith(entry.PROJECT):
        return entry.PROJECT + _project(value.removeprefix(entry.PROJECT))
    return check.memory_id(value)


def _undone(value: Any) -> int:
    return 0 if value == 0 else _number(value)


def _long_text(value: Any) -> str:
    return _text(value, MAX_CONTENT)


def _list(value: Any) -> str:
    """A column that holds a JSON list."""
    try:
        found = json.loads("[]" if value is None else _long_text(value))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(one, (str, int)) for one in found):
        raise InputError("it must be a list")
    return json.dumps(found, ensure_ascii=False)


_ID = check.memory_id
_COLUMNS: dict[str, dict[str, Callable[[Any], Any]]] = {
    "journal": {
        "entry": _number,
        "step": _number,
        "at": _at,
        "action": _one_of(entry.ACTIONS),
        "memory": _subject,
        "before": _or_none(lambda value: _text(value, 8 * MAX_CONTENT)),
        "source": _text,
        "session": _or_none(_text),
        "undone": _or_none(_undone),
    },
    "aliases": {"id": check.known_id, "memory": _ID},
    "both_hold": {"one": _ID, "other": _ID},
    "projects": {"place": _text, "project": _text},
    "suggestions": {
        "id": _text,
        "content": _long_text,
        "sentence": _long_text,
        "reason": _text,
        "kind": _one_of(KINDS),
        "tags": _list,
        "project": _or_none(_project),
        "source": _text,
        "session": _or_none(_text),
        "at": _text,
        "state": _one_of(("open", "accepted", "dismissed")),
        "memory": _or_none(_ID),
        "marks": _list,
    },
    "exchanged": {"place": _text, "memory": _ID, "state": _text},
}
