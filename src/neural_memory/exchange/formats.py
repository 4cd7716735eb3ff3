"""Which formats are understood, and which of them is this?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from neural_memory.errors import InputError
from neural_memory.exchange import csv_table, json_list, jsonl, markdown, server_memory
from neural_memory.exchange.items import Read
from neural_memory.exchange.source import Source


class Format(NamedTuple):
    """title: for people; read: its reader; ours: it states ids and sources of our own."""

    title: str
    read: Callable[[Source], Iterator[Read]]
    ours: bool = False


def _json(source: Source) -> Iterator[Read]:
    """A list of objects, or one object a line."""
    first = source.head().lstrip().split(b"\n", 1)[0].strip()
    if first.startswith(b"{") and first.endswith(b"}"):
        return json_list.read_lines(source)
    return json_list.read(source)


FORMATS: dict[str, Format] = {
    "jsonl": Format("an export of neural-memory", jsonl.read, ours=True),
    "markdown": Format("a folder of Markdown files that neural-memory exported", markdown.read, ours=True),
    "server-memory": Format("the official server-memory's JSON Lines", server_memory.read),
    "mcp-memory-service": Format("an export or database of mcp-memory-service", json_list.read),
    "mem0": Format("an export or the local history of mem0", json_list.read),
    "json": Format("a list of JSON objects, or one a line", _json),
    "csv": Format("a CSV file with a header", csv_table.read),
}


def recognised(source: Source) -> str:
    """The name of the format; an error that names them all when it is none of them."""
    if source.is_folder:
        return _of_folder(source)
    head = source.head()
    if jsonl.looks_like(head):
        return "jsonl"
    if server_memory.looks_like(head):
        return "server-memory"
    if found := json_list.looks_like(head):
        return found
    if csv_table.delimiter(head):
        return "csv"
    raise InputError(
        f"{source.path} is in no format that is recognised; if it is one of {', '.join(FORMATS)}, say so with --from"
    )


def _of_folder(source: Source) -> str:
    if markdown.mark_of(source.path):
        return "markdown"
    raise InputError(f"{source.path} holds nothing that is recognised")
