"""Which memories does a JSON document hold?  Exports of mem0 and mcp-memory-service, and lists of objects in general.

The document is read element by element, so that its size does not matter; what an element means is found by the names
of its fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from neural_memory import spelling
from neural_memory.exchange.items import MAX_LINE, MAX_RAW, Item, Read, Refused, mapping
from neural_memory.exchange.source import Source

_LISTS = (b'"memories"', b'"results"', b'"data"', b'"items"', b'"documents"')
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},]', re.S)
_PIECE = 1 << 18

CONTENT = (
    "content",
    "memory",
    "text",
    "data",
    "note",
    "fact",
    "observation",
    "body",
    "value",
    "message",
    "description",
)
TAGS = ("tags", "tag", "labels", "keywords", "categories", "topics", "concepts")
DATES = ("created_at_iso", "created_at", "timestamp", "created", "date", "createdat", "datetime", "time", "updated_at")
KINDS = ("memory_type", "kind", "type", "category")
PROJECTS = ("project", "namespace", "workspace", "repository", "repo", "app_id")
IDS = ("id", "memory_id", "uuid", "content_hash", "key")
WEIGHTS = ("importance", "importance_score", "priority", "weight")


def looks_like(head: bytes) -> str | None:
    """ "mem0", "mcp-memory-service" or "json", by what an export begins with."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] not in (b"{", b"["):
        return None
    if b'"export_metadata"' in start or (b'"content_hash"' in start and b'"memory_type"' in start):
        return "mcp-memory-service"
    if b'"memory"' in start and (b'"hash"' in start or b'"user_id"' in start or b'"results"' in start):
        return "mem0"
    return "json" if any(f'"{name}"'.encode() in start.lower() for name in CONTENT) else None


def read(source: Source, mark: str = "") -> Iterator[Read]:
    """The elements of the first list of memories in the document, or the objects of a file with one a line."""
    count = 0
    for number, data in _elements(source):
        count += 1
        where = f"item {number}"
        if data is None:
            yield Refused(where, f"it is longer than {MAX_LINE:,} bytes")
            continue
        try:
            yield Item(where, understood(mapping(data), mark))
        except ValueError as problem:
            yield Refused(where, str(problem), data[:MAX_RAW].decode("utf-8", "replace"))
    if not count:
        yield Refused("the document", "no list of memories was found in it")


def read_lines(source: Source, mark: str = "") -> Iterator[Read]:
    """A JSON object a line."""
    for line in source.lines():
        if isinstance(line, Refused):
            yield line
            continue
        number, data = line
        if data.strip():
            try:
                yield Item(f"line {number}", understood(mapping(data), mark))
            except ValueError as problem:
                yield Refused(f"line {number}", str(problem), data[:MAX_RAW].decode("utf-8", "replace"))


def understood(values: Mapping[str, Any], mark: str = "") -> dict[str, Any]:
    """The fields of a memory, found by their usual names; metadata inside is looked at, too."""
    inner = values.get("metadata")
    flat = {str(name).strip().lower(): value for name, value in values.items()}
    deeper = {str(name).strip().lower(): value for name, value in inner.items()} if isinstance(inner, Mapping) else {}
    every = {**deeper, **{name: value for name, value in flat.items() if value not in (None, "")}}

    def first(names: tuple[str, ...]) -> Any:
        return next((every[name] for name in names if every.get(name) not in (None, "", [])), None)

    content = next((flat[n] for n in CONTENT if isinstance(flat.get(n), str) and flat[n].strip()), None)
    if content is None:
        raise ValueError("it has no text (under content, memory, text or another usual name)")
    given = {
        "content": content,
        "tags": spelling.tags(first(TAGS)) or None,
        "timestamp": next((found for name in DATES if (found := spelling.moment(every.get(name)))), None),
        "kind": spelling.kind(first(KINDS)),
        "project": spelling.line(first(PROJECTS)),
        "importance": spelling.importance(first(WEIGHTS)),
        "id": spelling.id_of(next((flat[name] for name in IDS if flat.get(name)), None), mark),
        "valid_until": spelling.moment(every.get("expiration_date") or every.get("expires_at")),
    }
    return {name: value for name, value in given.items() if value is not None}


# -- a large document in small pieces ------------------------------------------------------------------


def _elements(source: Source) -> Iterator[tuple[int, bytes | None]]:
    """(number, bytes) of the elements of the first list of memories; None for what is too long."""
    with source.open() as file:
        yield from _Document(file, source).elements()


class _Document:
    """A JSON document being read. buffer: bytes not done with; place: where in it we are."""

    def __init__(self, file: BinaryIO, source: Source) -> None:
        self._file, self._source = file, source
        self._buffer, self._place, self._start = b"", 0, 0
        self._over = False

    def elements(self) -> Iterator[tuple[int, bytes | None]]:
        if not self._find_list():
            return
        number, depth, self._start = 0, 0, self._place
        too_long = False
        while token := self._token():
            if self._place - self._start > MAX_LINE:
                too_long = True
                self._start = self._place
            if token in (b"[", b"{"):
                depth += 1
            elif depth and token in (b"]", b"}"):
                depth -= 1
            elif depth == 0 and token in (b",", b"]"):
                element = self._buffer[self._start : self._place - 1].strip()
                if element or too_long:
                    number += 1
                    yield number, None if too_long else element
                too_long, self._start = False, self._place
                if token == b"]":
                    return

    def _find_list(self) -> bool:
        """Go behind the bracket of the list: the document itself, or the first one under a known name."""
        depth, last = 0, b""
        while token := self._token():
            self._start = self._place
            if token == b"[" and (depth == 0 or (depth <= 2 and last in _LISTS)):
                return True
            depth += (token in (b"[", b"{")) - (token in (b"]", b"}"))
            last = token
        return False

    def _token(self) -> bytes | None:
        """The next string or bracket; None at the end, and where a string never ends."""
        while True:
            found = _TOKEN.search(self._buffer, self._place)
            if found:
                self._place = found.end()
                return found[0] if found[0][:1] != b'"' or len(found[0]) < 20 else b'""'
            self._place = self._unfinished()
            if self._over or not self._more():
                return None

    def _unfinished(self) -> int:
        """Where to go on looking once there is more: at a string that has begun, else at the end."""
        begun = self._buffer.find(b'"', self._place)
        return begun if begun >= 0 else len(self._buffer)

    def _more(self) -> bool:
        """Read on, and let go of what is done with."""
        if len(self._buffer) - self._place > MAX_LINE:
            self._over = True  # a string that is too long to be held; where it ends cannot be known
            return False
        piece = self._file.read(_PIECE)
        self._source.done += len(piece)
        keep = self._start if self._place - self._start <= MAX_LINE else self._place
        self._buffer = self._buffer[keep:] + piece
        self._place -= keep
        self._start = max(0, self._start - keep)
        return bool(piece)
