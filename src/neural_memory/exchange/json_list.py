"""Which memories does a JSON document hold?  Exports of mem0 and mcp-memory-service, and lists of objects in general.

The document is read element by element, so that its size does not matter; what an element means is found by the names
of its fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from neural_memory import spelling
from neural_memory.exchange.items import MAX_LINE, MAX_RAW, Item, Read, Refused, Remark, mapping, parsed
from neural_memory.exchange.source import Source

_LISTS = (b'"memories"', b'"results"', b'"data"', b'"items"', b'"documents"')
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},]', re.S)
_PIECE = 1 << 18
_OVER = f"a text in it is longer than {MAX_LINE:,} bytes, and nothing behind it was read"

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
TITLES = ("title", "heading", "subject")
KNOWN = {*CONTENT, *TAGS, *DATES, *KINDS, *PROJECTS, *IDS, *WEIGHTS, *TITLES, "expiration_date", "expires_at"}
"""Every name that says something."""


def looks_like(head: bytes) -> str | None:
    """ "mem0", "mcp-memory-service" or "json", by what an export begins with."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] not in (b"{", b"["):
        return None
    if start[:1] == b"[" and start[1:].lstrip()[:1] == b'"':
        return "json"
    if b'"export_metadata"' in start or (b'"content_hash"' in start and b'"memory_type"' in start):
        return "mcp-memory-service"
    if b'"memory"' in start and (b'"hash"' in start or b'"user_id"' in start or b'"results"' in start):
        return "mem0"
    return "json" if any(f'"{name}"'.encode() in start.lower() for name in CONTENT) else None


def holds_list(line: bytes) -> bool:
    """Is this object no memory, but a document with a list of them?"""
    try:
        values = mapping(line)
    except ValueError:
        return False
    return any(isinstance(values.get(name.decode().strip('"')), list) for name in _LISTS)


def read(source: Source, mark: str = "") -> Iterator[Read]:
    """The elements of the first list of memories in the document, or the objects of a file with one a line."""
    for where, value in elements(source):
        yield from [value] if isinstance(value, Refused) else _taken(where, value, mark)


def _taken(where: str, value: Any, mark: str) -> Iterator[Read]:
    """An object as a memory-to-be; a text alone is the content of one."""
    try:
        if not isinstance(value, (str, dict)):
            raise ValueError("it is no JSON object and no text")
        yield from taken(where, {"content": value} if isinstance(value, str) else value, mark)
    except ValueError as problem:
        yield Refused(where, str(problem), json.dumps(value, ensure_ascii=False)[:MAX_RAW])


def elements(source: Source, names: tuple[bytes, ...] = _LISTS) -> Iterator[tuple[str, Any]]:
    """(where, value) of the elements of a document's first list by one of these names; values that are `Refused`."""
    with source.open() as file:
        document = _Document(file, source, names)
        for number, data in document.elements():
            yield f"item {number}", _value(f"item {number}", data)
        if document.trouble:
            yield "", Refused("the end", document.trouble)
        elif not document.found:
            yield "", Refused("the document", "no list of memories was found in it")


def _value(where: str, data: bytes | None) -> Any:
    if data is None:
        return Refused(where, f"it is longer than {MAX_LINE:,} bytes")
    try:
        return parsed(data)
    except ValueError as problem:
        return Refused(where, str(problem), data[:MAX_RAW].decode("utf-8", "replace"))


def read_lines(source: Source, mark: str = "") -> Iterator[Read]:
    """A JSON object a line."""
    for line in source.lines():
        if isinstance(line, Refused):
            yield line
            continue
        number, data = line
        if data.strip():
            try:
                yield from taken(f"line {number}", mapping(data), mark)
            except ValueError as problem:
                yield Refused(f"line {number}", str(problem), data[:MAX_RAW].decode("utf-8", "replace"))


def taken(where: str, values: Mapping[str, Any], mark: str = "") -> Iterator[Read]:
    """A memory-to-be; of a date that cannot be understood it is told."""
    given = understood(values, mark)
    yield Item(where, given)
    stated = next((value for name, value in values.items() if str(name).strip().lower() in DATES and value), None)
    if stated is not None and "timestamp" not in given:
        yield Remark("undated", where, f"{str(stated)[:60]!r}")


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
    title = next((flat[n] for n in TITLES if isinstance(flat.get(n), str)), "")
    given = {
        "content": headed(title, content),
        "tags": spelling.tags(first(TAGS)) or None,
        "timestamp": next((found for name in DATES if (found := spelling.moment(every.get(name)))), None),
        "kind": spelling.kind(first(KINDS)),
        "project": spelling.line(first(PROJECTS)),
        "importance": spelling.importance(first(WEIGHTS)),
        "id": spelling.id_of(next((flat[name] for name in IDS if flat.get(name)), None), mark),
        "valid_until": spelling.moment(every.get("expiration_date") or every.get("expires_at")),
    }
    return {name: value for name, value in given.items() if value is not None}


def headed(heading: str, text: str) -> str:
    """The text with its heading before it, unless it says that itself."""
    heading = heading.strip(" :\r\n\t")
    if not heading or heading.casefold() in text[:200].casefold():
        return text
    return f"{heading}\n\n{text}" if "\n" in text else f"{heading}: {text}"


# -- a large document in small pieces ------------------------------------------------------------------


class _Document:
    """A JSON document being read. buffer: bytes not done with; place: where in it we are.

    found: was there a list of memories? trouble: why it ended before its end, or went on behind it.
    """

    def __init__(self, file: BinaryIO, source: Source, names: tuple[bytes, ...]) -> None:
        self._file, self._source, self._names = file, source, names
        self.found, self.trouble = False, ""
        self._buffer, self._place, self._start = b"", 0, 0
        self._over = False

    def elements(self) -> Iterator[tuple[int, bytes | None]]:
        """(number, bytes) of the elements of the first list of memories; None for what is too long."""
        inside = self._find_list()
        if not self.found:
            self.trouble = _OVER if self._over else ""
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
                    self.trouble = (
                        "" if inside or self._is_over() else "behind the list there is more, which was not read"
                    )
                    return
        self.trouble = _OVER if self._over else "the document was cut off: what is missing was not read"

    def _is_over(self) -> bool:
        """Is there nothing but blanks behind the place where we are?"""
        while not self._buffer[self._place :].strip():
            self._start = self._place = len(self._buffer)
            if not self._more():
                return True
        return False

    def _find_list(self) -> bool:
        """Go behind the bracket of the list: the document itself, or the first one under a known name, inside of it."""
        depth, last = 0, b""
        while token := self._token():
            self._start = self._place
            if token == b"[" and (depth == 0 or (depth <= 2 and last in self._names)):
                self.found = True
                return depth > 0
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
