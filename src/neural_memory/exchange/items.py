"""What is read from a source before it is a memory?  And which of it is too much to be read at all?

A reader yields an `Item` for each memory, a `Row` for what else our own export holds, and a `Refused` for what it
cannot use; it never stops at the first bad line. The limits keep a hostile file from costing more than it is worth.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from neural_memory.store.network import Way

MAX_LINE = 4_000_000
"""Longest line, or element of a JSON list, in bytes: a memory of 100,000 characters, each escaped, fits three times."""
MAX_MEMBERS = 200_000
"""Most members of one JSON value; each costs some hundred bytes once it is read."""
MAX_ITEMS = 1_000_000
"""Most memories from one source."""
MAX_FILE = 4_000_000_000
"""Largest file, in bytes."""


@dataclass(frozen=True, slots=True)
class Item:
    """One memory-to-be.

    where: for a person: "line 12", "auth/login.md"; given: fields of `Memory`, unchecked, only those the source states;
    when: its time if it is new and states none; whole: what it does not state, it has not (else: that is not known);
    way, row, used: from our own export: its fiber, its row number, (times recalled, when last)
    """

    where: str
    given: Mapping[str, Any]
    when: str | None = None
    whole: bool = False
    way: Way | None = None
    row: int | None = None
    used: tuple[int, str | None] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of one of the tables that our own export holds beside the memories."""

    where: str
    table: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """What cannot be used, and why. raw: as it stands in the source, cut after `MAX_RAW` characters."""

    where: str
    reason: str
    raw: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to be told that keeps nothing from being stored. what: the field of `Imported` it counts in."""

    what: str
    where: str
    text: str


MAX_RAW = 200_000
NOT_UTF8 = "it is not UTF-8 (Latin-1?): save it as UTF-8"

Read = Item | Row | Refused | Remark


def parsed(text: bytes) -> Any:
    """A JSON value of bounded size; `ValueError` says in words what is wrong with it."""
    if text.count(b":") + text.count(b",") > MAX_MEMBERS:
        raise ValueError(f"it has more than {MAX_MEMBERS:,} members")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError(NOT_UTF8) from None
    except ValueError as problem:
        raise ValueError(f"it is not valid JSON ({problem})") from None


def mapping(text: bytes) -> dict[str, Any]:
    """A JSON object of bounded size."""
    value = parsed(text)
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")
    return value
