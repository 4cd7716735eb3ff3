"""Which formats are understood, and which of them is this?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from neural_memory.errors import InputError
from neural_memory.exchange import basic_memory, csv_table, databases, json_list, jsonl, markdown, notes, server_memory
from neural_memory.exchange.items import Read
from neural_memory.exchange.source import Source, files


class Format(NamedTuple):
    """title: for people; read: its reader; ours: it states ids and sources of our own."""

    title: str
    read: Callable[[Source], Iterator[Read]]
    ours: bool = False


def _json(source: Source) -> Iterator[Read]:
    """A list of objects, or one object a line."""
    first = source.head().removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0].strip()
    if first.startswith(b"{") and first.endswith(b"}") and not json_list.holds_list(first):
        return json_list.read_lines(source)
    return json_list.read(source)


def _either(
    database: Callable[[Source], Iterator[Read]], document: Callable[[Source], Iterator[Read]]
) -> Callable[[Source], Iterator[Read]]:
    """For a tool whose memories come as its database or as an export."""
    stored = databases.to_the_end(database)
    return lambda source: stored(source) if databases.is_database(source) else document(source)


FORMATS: dict[str, Format] = {
    "jsonl": Format("an export of neural-memory", jsonl.read, ours=True),
    "markdown": Format("a folder of Markdown files that neural-memory exported", markdown.read, ours=True),
    "server-memory": Format("the official server-memory's JSON Lines", server_memory.read),
    "mcp-memory-service": Format(
        "mcp-memory-service's database or JSON export", _either(databases.memory_service, json_list.read)
    ),
    "mem0": Format("mem0's history.db, or an export as JSON", _either(databases.mem0_history, json_list.read)),
    "claude-mem": Format("claude-mem's database", databases.to_the_end(databases.claude_mem)),
    "other-neural-memory": Format(
        "the database of the other package of this name", databases.to_the_end(databases.other_neural_memory)
    ),
    "basic-memory": Format("a folder of basic-memory's notes", basic_memory.read),
    "notes": Format("Markdown or text files, a bullet, section or paragraph a memory", notes.read),
    "json": Format("a list of JSON objects, or one a line", _json),
    "csv": Format("a CSV file with a header", csv_table.read),
}


def recognised(source: Source) -> str:
    """The name of the format; an error that names them all when it is none of them."""
    if source.is_folder:
        return _of_folder(source)
    head = source.head()
    if databases.is_database(source):
        return databases.recognised(source)
    if jsonl.looks_like(head):
        return "jsonl"
    if server_memory.looks_like(head):
        return "server-memory"
    if found := json_list.looks_like(head):
        return found
    ending = source.path.suffix.lower()
    if ending not in notes.ENDINGS and (csv_table.delimiter(head) or (head.strip() and ending in csv_table.ENDINGS)):
        return "csv"
    if ending in notes.ENDINGS:
        return "basic-memory" if basic_memory.is_note(head.decode("utf-8", "replace")) else "notes"
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise InputError(f"{source.path} is empty")
    if head.startswith(b"\x1f\x8b"):
        raise InputError(f"{source.path} is compressed; unpack it on the way: gunzip -c FILE | neural-memory import -")
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        usual = ", ".join(json_list.CONTENT[:5])
        raise InputError(f"{source.path} is JSON, and in it is no text by a usual name ({usual}, …) to be remembered")
    raise InputError(
        f"{source.path} is in no format that is recognised; if it is one of {', '.join(FORMATS)}, say so with --from"
    )


def _of_folder(source: Source) -> str:
    """Of a folder: one of ours, or that of a tool, whose database is read then."""
    if markdown.mark_of(source.path):
        return "markdown"
    if found := databases.inside(source.path):
        source.turn_to(found)
        return databases.recognised(source)
    return _of_notes(source.path)


def _of_notes(folder: Path) -> str:
    """Whose notes these are, by the first some of them."""
    some = list(islice(files(folder, notes.ENDINGS, markdown.MAX_FILES), 50))
    for path in some:
        if basic_memory.is_note(Source(path, within=folder).head().decode("utf-8", "replace")):
            return "basic-memory"
    if some:
        return "notes"
    raise InputError(f"{folder} holds no Markdown or text files, and no database that is recognised")
