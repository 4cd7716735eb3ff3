"""Our own JSON Lines: everything the file holds that cannot be derived again, a line each.

The first line is a header with the format's version, the last one says how many lines there were, so that a file that
was cut off is known as such. Between them, each with a `type`: `journal` and the other tables of `carried`, `memory`
with its fiber (from which neurons and synapses come back as strong as they were), and `neuron` with the name it goes
by. Vectors are left out: the model makes them again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from neural_memory import spelling
from neural_memory.errors import InputError
from neural_memory.exchange.items import MAX_RAW, Item, Read, Refused, Row, mapping
from neural_memory.exchange.rows import checked
from neural_memory.exchange.source import Source
from neural_memory.model import KINDS, MAX_CONTENT, Memory
from neural_memory.store import carried
from neural_memory.store.anchors import anchors, kept_anchors
from neural_memory.store.network import MAX_BRANCHES, MAX_PATH, Way
from neural_memory.store.selection import Selection
from neural_memory.store.sqlite import Connection
from neural_memory.values import fields

FORMAT, VERSION = "neural-memory", 1
_FIELDS = tuple(f.name for f in fields(Memory))


# -- out -----------------------------------------------------------------------------------------------


def write(
    look: carried.Look,
    selection: Selection,
    out: BinaryIO,
    *,
    journal: bool,
    at: str,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write what was chosen; returns how many memories. Without a choice the other tables come along."""
    whole = selection == Selection()
    tables = [name for name in carried.CARRIED if whole and (journal or name != "journal")]
    with look() as connection:
        chosen = carried.chosen(connection, selection)
        header = {
            "format": FORMAT,
            "version": VERSION,
            "exported": at,
            "memories": len(chosen),
            "whole": whole,
            "last_row": carried.last_row(connection) if whole else 0,
            "counts": {name: carried.count(connection, name) for name in tables},
        }
        lines = _put(out, [header])
        for name in tables:
            lines += _put(out, ({"type": name, **row} for row in carried.rows(connection, name)))
    done = 0
    for rows in carried.slices(chosen):
        with look() as connection:
            page = list(_memory_lines(connection, carried.page(connection, rows)))
        done += _put(out, page)
        if progress is not None:
            progress(done, len(chosen))
    lines += done
    if whole:
        with look() as connection:
            named = carried.neurons(connection)
            lines += _put(out, ({"type": "neuron", "term": t, "name": n, "kind": k} for t, n, k in named))
    _put(out, [{"type": "end", "lines": lines}])
    return done


def _put(out: BinaryIO, values: Any) -> int:
    """Write values as lines; returns how many."""
    count = 0
    for value in values:
        out.write(_encode(value).encode("utf-8", "backslashreplace") + b"\n")
        count += 1
    return count


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _memory_lines(connection: Connection, page: Mapping[int, Memory]) -> Iterator[dict[str, Any]]:
    ways, used = carried.ways(connection, page), carried.usage(connection, page)
    for row, memory in page.items():
        line: dict[str, Any] = {"type": "memory"}
        line |= {name: value for name in _FIELDS if (value := getattr(memory, name)) not in (None, ())}
        if memory.anchors:
            line["anchors"] = kept_anchors(memory)
        line["row"] = row
        if row in ways:
            way = ways[row]
            line["fiber"] = [way.path, way.branches, way.relations]
        if row in used:
            line["used"] = used[row]
        yield line


# -- in ------------------------------------------------------------------------------------------------


def looks_like(head: bytes) -> bool:
    """Is this the beginning of such a file?"""
    first = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0]
    return first.startswith(b"{") and b'"format"' in first and b'"neural-memory"' in first


def header(source: Source) -> dict[str, Any]:
    """The first line; a version that is not known yet is refused."""
    first = next(iter(source.lines()), None)
    source.done = 0
    try:
        found = mapping(first[1]) if isinstance(first, tuple) else {}
    except ValueError:
        found = {}
    if found.get("format") != FORMAT:
        raise InputError(f"{source.path} does not begin as an export of neural-memory; say what it is with --from")
    if not isinstance(found.get("version"), int) or found["version"] > VERSION:
        raise InputError(
            f"{source.path} has version {found.get('version')!r} of the export format, this neural-memory knows "
            f"{VERSION}: upgrade with `pip install -U neural-memory`"
        )
    return found


def read(source: Source) -> Iterator[Read]:
    """What the lines say."""
    seen, ended = 0, False
    for line in source.lines():
        if isinstance(line, Refused):
            yield line
            continue
        number, data = line
        if number == 1 or not data.strip():
            seen += number == 1
            continue
        try:
            values = mapping(data)
            if values.get("type") == "end":
                ended = values.get("lines") == seen
                continue
            yield _one(f"line {number}", values)
        except ValueError as problem:
            yield Refused(f"line {number}", str(problem), data[:MAX_RAW].decode("utf-8", "replace"))
        seen += 1
    if not ended:
        yield Refused("the end", "the file was cut off, or lines are missing: it has not as many as it says")


def _one(where: str, values: dict[str, Any]) -> Read:
    """One line as what it is."""
    kind = values.pop("type", None)
    if kind in carried.CARRIED:
        return Row(where, kind, checked(kind, _scalars(values)))
    if kind == "neuron":
        return Row(where, "neurons", {name: _text(values.get(name), name, most) for name, most in _NEURON.items()})
    if kind != "memory":
        raise ValueError(f"its type {str(kind)[:40]!r} is unknown")
    given = {name: values[name] for name in _FIELDS if name in values}
    if given.get("kind") not in KINDS:  # somebody wrote it by hand: the text tells
        given.pop("kind", None)
    for name in ("timestamp", "valid_until"):  # exports of before rows written by hand were put right
        given |= {name: spelling.moment(given[name]) or given[name]} if given.get(name) else {}
    if "anchors" in given:
        given["anchors"] = anchors(given["anchors"])
    return Item(where, given, None, True, _way(values.get("fiber")), _row(values.get("row")), _used(values.get("used")))


def _scalars(values: dict[str, Any]) -> dict[str, Any]:
    """Only what a column can hold."""
    for name, value in values.items():
        if not isinstance(value, (str, int, float, type(None))) or (isinstance(value, int) and abs(value) >= 1 << 63):
            raise ValueError(f"{name[:40]!r} is no text and no number")
    return values


_NEURON = {"term": 1_000, "name": 8 * MAX_CONTENT, "kind": 1_000}
"""Most characters of each; a concept is named as it is written, be it a word that fills a memory."""


def _text(value: Any, name: str, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise ValueError(f"{name} must be a text of at most {most:,} characters")
    return value


def _row(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 48 else None


def _used(value: Any) -> tuple[int, str | None] | None:
    if not (isinstance(value, list) and len(value) == 2 and isinstance(value[0], int) and 0 <= value[0] < 1 << 48):
        return None
    return value[0], value[1] if isinstance(value[1], str) and len(value[1]) <= 40 else None


def _way(value: Any) -> Way | None:
    """A fiber: [path, branches, relations], by terms; what has another shape is linked anew."""
    if not (isinstance(value, list) and len(value) == 3 and all(isinstance(part, list) for part in value)):
        return None
    path, branches, stated = value
    relations = [tuple(r) for r in stated if isinstance(r, list) and len(r) == 3 and all(isinstance(e, str) for e in r)]
    if (
        len(path) > MAX_PATH
        or len(branches) > MAX_BRANCHES
        or len(stated) > 20
        or any(len(r[1]) > 40 for r in relations)
    ):
        return None
    terms = [*path, *branches]
    if not all(isinstance(term, str) for term in terms) or len(set(terms)) < len(terms):
        return None
    return Way(relations, path, branches)
