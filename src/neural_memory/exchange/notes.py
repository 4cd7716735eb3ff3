"""Which memories do plain notes hold?  A bullet, a short section or a paragraph each, with its heading said first.

A fact out of its place must still say what it is about: "Deploy: run `make release`". Fenced code is never cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neural_memory import spelling
from neural_memory.errors import InputError
from neural_memory.exchange import front_matter
from neural_memory.exchange.items import MAX_RAW, Item, Read, Refused, Remark
from neural_memory.exchange.json_list import headed
from neural_memory.exchange.markdown import MAX_FILES, MAX_SIZE, understood
from neural_memory.exchange.source import Source, files

ENDINGS = (".md", ".markdown", ".mdx", ".txt")
OTHERS = (".json", ".jsonl", ".csv", ".tsv", ".db", ".sqlite")
WHOLE = 1_500
"""Longest section, in characters, that is one memory; a longer one is cut between its paragraphs."""

_SHORT = 500
"""Longest line that is looked at for being a heading or a rule."""

_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.+?)\s*#*\s*\Z")
_BULLET = re.compile(r"(\s*)(?:[-*+]|\d{1,4}[.)])\s+(?:\[[ xX/>-]\]\s+)?(.*)\Z")
_FENCE = re.compile(r"\s*(```|~~~)")
_TAG = re.compile(r"(?<![\w&/#])#([^\W\d_][\w/-]{1,60})")
_RULE = re.compile(r"\s*(?:[-*_]\s*){3,}\Z")


@dataclass(slots=True)
class Section:
    """A heading ("" above the first) with the blocks below it; each (first line's number, text, is it a bullet?)."""

    heading: str
    line: int
    blocks: list[tuple[int, str, bool]] = field(default_factory=list)


def read(source: Source) -> Iterator[Read]:
    """The memories of one file, or of every one in a folder."""
    if not source.is_folder:
        yield from read_file(source.path, source.path.parent, source.path.suffix.lower() == ".txt")
        return
    found = list(files(source.path, ENDINGS, MAX_FILES))
    source.size = len(found)
    for source.done, path in enumerate(found, 1):
        yield from read_file(path, source.path, path.suffix.lower() == ".txt", within=source.path)
    yield from _left(source.path)


def read_file(path: Path, folder: Path, plain: bool, within: Path | None = None) -> Iterator[Read]:
    """One file. plain: without headings and front matter."""
    where = path.relative_to(folder).as_posix()
    try:
        source = Source(path, within=within)
        text = source.text(MAX_SIZE)
    except (ValueError, InputError) as problem:
        yield Refused(where, str(problem))
        return
    values, body = ({}, text) if plain else front_matter.split(text)
    skipped = text[: len(text) - len(body.rstrip("\r\n"))].count("\n") if values else 0
    yield from pieces(where, body, about(values), spelling.moment(source.modified), max(0, skipped))


def about(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the front matter says of every memory below it."""
    return {
        name: value for name, value in understood(values).items() if name not in ("source", "replaced_by", "anchors")
    }


def pieces(where: str, body: str, common: Mapping[str, Any], when: str | None, skipped: int = 0) -> Iterator[Read]:
    """The memories of a text. skipped: lines above it in its file."""
    empty = True
    for section in sections(body):
        for number, text in _memories(section):
            empty = False
            tags = (*common.get("tags", ()), *inline_tags(text))
            given = {**common, "content": text, "tags": spelling.tags(tags)}
            yield Item(f"{where}:{number + skipped}", given, when)
    if empty:
        yield Refused(where, "it holds no text", body[:MAX_RAW])


def inline_tags(text: str) -> list[str]:
    """Tags in the text itself, as #this, outside of code."""
    return _TAG.findall(re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.S))[:20]


def sections(body: str) -> Iterator[Section]:
    """The sections of a text in their order, with their blocks."""
    block: list[str] = []
    section, start, bullet, fence = Section("", 1), 1, False, ""

    def close() -> None:
        if text := "\n".join(block).strip():
            section.blocks.append((start, text, bullet))
        block.clear()

    for number, line in enumerate(body.splitlines(), 1):
        if mark := _FENCE.match(line):
            fence = "" if fence == mark[1] else fence or mark[1]
        elif fence:
            pass
        elif len(line) <= _SHORT and (heading := _HEADING.match(line)):
            close()
            if section.blocks:
                yield section
            section, bullet, start = Section(heading[2], number), False, number + 1
            continue
        elif (found := _BULLET.match(line)) and (len(found[1]) < 2 or not bullet):
            close()
            bullet, start = True, number
            block.append(found[2])
            continue
        elif (blank := not line.strip()) or _is_rule(line):
            if not (blank and bullet):
                close()
                bullet, start = False, number + 1
            elif block and block[-1]:
                block.append("")
            continue
        elif bullet and block and not block[-1] and not line[:1].isspace():
            close()  # a paragraph after a list
            bullet, start = False, number
        if not block:
            start = number
        block.append(line.strip() if bullet and not fence else line.rstrip())
    close()
    if section.blocks:
        yield section


def _is_rule(line: str) -> bool:
    """A line between parts: ---, * * *."""
    return len(line) <= _SHORT and bool(_RULE.match(line))


def _memories(section: Section) -> Iterator[tuple[int, str]]:
    """The memories of a section: its bullets, or all of it when it is short, or its paragraphs by some."""
    if all(bullet for _, _, bullet in section.blocks):
        for number, text, _ in section.blocks:
            yield number, headed(section.heading, text)
        return
    for number, text in _gathered(section.blocks):
        yield number, headed(section.heading, text)


def _gathered(blocks: Iterable[tuple[int, str, bool]]) -> Iterator[tuple[int, str]]:
    """Blocks joined as long as they are short together."""
    parts: list[str] = []
    first = length = 0
    for number, text, bullet in blocks:
        if parts and length + len(text) > WHOLE:
            yield first, "\n\n".join(parts)
            parts, length = [], 0
        first = first if parts else number
        parts.append(f"- {text}" if bullet else text)
        length += len(text)
    if parts:
        yield first, "\n\n".join(parts)


def _left(folder: Path) -> Iterator[Read]:
    """Files of other kinds in it, which may hold memories, too."""
    for path in files(folder, OTHERS, MAX_FILES):
        yield Remark("unread", path.relative_to(folder).as_posix(), "import it by itself")
