"""What do the notes of basic-memory hold?  Observations and relations, which become memories, and the text around them.

    - [decision] PostgreSQL is the main database #db (after the outage)
    - depends_on [[Payment Service]]

A note is known by its front matter: `permalink`, beside `title` and `type`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from neural_memory import spelling
from neural_memory.errors import InputError
from neural_memory.exchange import front_matter, notes
from neural_memory.exchange.items import Item, Read, Refused
from neural_memory.exchange.markdown import MAX_FILES, MAX_SIZE
from neural_memory.exchange.source import Source, files

_OBSERVATION = re.compile(r"\s*[-*]\s+\[([^\[\]()]{1,60})\]\s+(.+)\Z")
_TASK = re.compile(r"[ xX/>?!-]\Z|\d{1,3}:\d\d")
_RELATION = re.compile(
    r"\s*[-*]\s+(?:\"([^\"]{1,100})\"|([^\[\]]{0,100}?))\s*\[\[([^\[\]]{1,200})\]\]\s*(\(.*\))?\s*\Z"
)
_CLOSING_TAGS = re.compile(r"(?:\s+#[\w/-]+)+(?=\s*(?:\([^()]*\))?\s*\Z)")
_LONGEST = 2_000
_OWN_HEADINGS = re.compile(r"#{1,6}\s+(?:observations|relations)\s*\Z", re.I)


def is_note(text: str) -> bool:
    """Has it a permalink in its front matter?"""
    values, _ = front_matter.split(text)
    return isinstance(values.get("permalink"), str)


def read(source: Source) -> Iterator[Read]:
    """Every note in the folder, or the one file."""
    folder = source.path if source.is_folder else source.path.parent
    found = list(files(folder, (".md",), MAX_FILES)) if source.is_folder else [source.path]
    source.size = len(found)
    for source.done, path in enumerate(found, 1):
        where = path.relative_to(folder).as_posix()
        try:
            one = Source(path, within=folder if source.is_folder else None)
            values, body = front_matter.split(one.text(MAX_SIZE))
        except (ValueError, InputError) as problem:
            yield Refused(where, str(problem))
            continue
        yield from _note(where, path, values, body, spelling.moment(one.modified))


def _note(where: str, path: Path, values: Mapping[str, Any], body: str, when: str | None) -> Iterator[Read]:
    title = spelling.line(values.get("title")) or path.stem
    common = notes.about({name: value for name, value in values.items() if name not in ("type", "kind")})
    rest: list[str] = []
    count = 0
    for line in body.splitlines():
        read = _observation(where, line, title, common, when) or _relation(where, line, title, common, when)
        if read is not None:
            count += 1
            yield read
        elif not _OWN_HEADINGS.match(line):
            rest.append(line)
    text = "\n".join(rest).strip()
    if re.sub(r"\A#\s+.*", "", text).strip():
        yield from notes.pieces(where, text, common, when)
    elif not count:
        yield Refused(where, "it holds no text", body[:2_000])


def _observation(where: str, line: str, title: str, common: Mapping[str, Any], when: str | None) -> Item | None:
    found = _OBSERVATION.match(line)
    if not found or not found[1].strip() or _TASK.match(found[1]):
        return None
    category, text = found[1].strip(), found[2].strip()
    tags = spelling.tags([*common.get("tags", ()), *notes.inline_tags(text), title])
    said = _CLOSING_TAGS.sub("", text).strip() or text if len(text) <= _LONGEST else text
    given = {**common, "content": _about(title, said), "tags": tags, "kind": spelling.kind(category)}
    if given["kind"] is None:
        given["tags"] = spelling.tags([*tags, category])
    return Item(where, given, when)


def _relation(where: str, line: str, title: str, common: Mapping[str, Any], when: str | None) -> Item | None:
    found = _RELATION.match(line) if len(line) <= _LONGEST else None
    if not found:
        return None
    verb = (found[1] or found[2] or "relates to").strip(" -:").replace("_", " ") or "relates to"
    end = found[3].split("|")[0].strip()
    text = f"{title} {verb} {end}" + (f" {found[4]}" if found[4] else "")
    return Item(where, {**common, "content": text, "tags": spelling.tags([*common.get("tags", ()), title, end])}, when)


def _about(title: str, text: str) -> str:
    return text if title.casefold() in text.casefold() else f"{title}: {text}"
