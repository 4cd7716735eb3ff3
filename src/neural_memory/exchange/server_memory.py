"""What does the official server-memory keep?  A line for each entity with its observations, and for each relation.

    {"type": "entity", "name": "payments", "entityType": "service", "observations": ["needs two decimals"]}
    {"type": "relation", "from": "payments", "to": "stripe", "relationType": "depends_on"}

Each observation and each relation becomes a memory; names and types become tags, by which they stay together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from neural_memory import spelling
from neural_memory.exchange import json_list
from neural_memory.exchange.items import MAX_RAW, Item, Read, Refused, mapping
from neural_memory.exchange.source import Source

_GRAPH = re.compile(rb'\s*\{\s*"(?:entities|relations)"\s*:\s*\[')


def looks_like(head: bytes) -> bool:
    """Is the first line an entity or a relation, or is it what the tool `read_graph` answers?"""
    if _is_graph(head):
        return True
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0]
    return (b'"entity"' in first and b'"name"' in first) or (b'"relation"' in first and b'"relationType"' in first)


def read(source: Source) -> Iterator[Read]:
    """The observations and relations."""
    if _is_graph(source.head()):
        yield from _graph(source)
        return
    for line in source.lines():
        if isinstance(line, Refused):
            yield line
            continue
        number, data = line
        if not data.strip():
            continue
        where = f"line {number}"
        try:
            values = mapping(data)
            yield from _relation(where, values) if values.get("type") == "relation" else _entity(where, values)
        except ValueError as problem:
            yield Refused(where, str(problem), data[:MAX_RAW].decode("utf-8", "replace"))


def _is_graph(head: bytes) -> bool:
    """One object with the entities and the relations in two lists."""
    return bool(_GRAPH.match(head.removeprefix(b"\xef\xbb\xbf")))


def _graph(source: Source) -> Iterator[Read]:
    for name, type, read in (("entities", "entity", _entity), ("relations", "relation", _relation)):
        for where, value in json_list.elements(source, (f'"{name}"'.encode(),)):
            if isinstance(value, Refused):
                yield value
                continue
            try:
                if not isinstance(value, dict):
                    raise ValueError("it is no JSON object")
                yield from read(where.replace("item", type), {"type": type, **value})
            except ValueError as problem:
                yield Refused(where.replace("item", type), str(problem), json.dumps(value)[:MAX_RAW])


def _entity(where: str, values: dict[str, Any]) -> Iterator[Read]:
    name, type, observations = values.get("name"), values.get("entityType"), values.get("observations")
    if values.get("type") != "entity" or not isinstance(name, str) or not name.strip():
        raise ValueError("it is neither an entity with a name nor a relation")
    if not isinstance(observations, list):
        raise ValueError("its observations are no list")
    tags = spelling.tags([name, type])
    if not observations:
        yield Item(where, {"content": f"{name}: {type or 'something that is known by name only'}", "tags": tags})
    for number, observation in enumerate(observations, 1):
        place = f"{where}, observation {number}"
        if not isinstance(observation, str) or not observation.strip():
            yield Refused(place, "it is no text", str(observation)[:MAX_RAW])
            continue
        named = name.casefold() in observation.casefold()
        yield Item(place, {"content": observation if named else f"{name}: {observation}", "tags": tags})


def _relation(where: str, values: dict[str, Any]) -> Iterator[Read]:
    ends = [values.get(end) for end in ("from", "relationType", "to")]
    if not all(isinstance(end, str) and end.strip() for end in ends):
        raise ValueError("a relation needs from, to and relationType")
    start, verb, end = (str(each).strip() for each in ends)
    yield Item(where, {"content": f"{start} {verb.replace('_', ' ')} {end}", "tags": spelling.tags([start, end])})
