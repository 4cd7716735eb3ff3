"""Which memories does a CSV file hold?  The first line names the columns; the rest is guessed."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from neural_memory.errors import InputError
from neural_memory.exchange import json_list
from neural_memory.exchange.items import MAX_RAW, NOT_UTF8, Read, Refused, Remark
from neural_memory.exchange.source import Source

_LONGEST = 150_000
"""Most characters of one cell; a memory has at most 100,000, so what is longer lacks a closing quote."""
_GIFTS = 50


_SEPARATOR = re.compile(r"sep=(.)\Z", re.I)
"""A first line as Excel writes and reads it."""
ENDINGS = (".csv", ".tsv")


def delimiter(head: bytes) -> str | None:
    """What parts the columns, if the first line names one that holds a text; None when this is no such table."""
    lines = head.removeprefix(b"\xef\xbb\xbf")[:_LONGEST].decode("utf-8", "replace").splitlines()
    first, *more = lines or [""]
    if more and (said := _SEPARATOR.match(first.strip())):
        return said[1]
    for mark in ",;\t|":
        names = [name.strip().strip('"').lower() for name in first.split(mark)]
        if any(name in json_list.CONTENT for name in names) and all(len(name) <= 40 for name in names):
            return mark
    return None


def read(source: Source) -> Iterator[Read]:
    """The rows below the header."""
    mark = delimiter(source.head()) or ("\t" if source.path.suffix.lower() == ".tsv" else ",")
    csv.field_size_limit(_LONGEST)
    lines = _Lines(source)
    names: list[str] | None = None
    while not lines.ended:
        for row in _rows(lines, mark):
            yield from lines.pending()
            if isinstance(row, Refused):
                yield row
            elif names is None:
                if not _SEPARATOR.match(mark.join(row).strip()):
                    names = [name.strip().lower() for name in row]
                    yield from _columns(source, names)
            elif any(cell.strip() for cell in row):
                yield from _row(f"line {lines.first}", names, row)
    yield from lines.pending()


def _columns(source: Source, names: list[str]) -> Iterator[Read]:
    """The header: it must name a text, each thing once; what it names that nobody knows is told."""
    if any("\0" in name for name in names):
        raise InputError(f"{source.path} is not UTF-8 (UTF-16 without its mark?): save it as UTF-8")
    shown = ", ".join(name[:40] for name in names[:8])
    if not any(name in json_list.CONTENT for name in names):
        raise InputError(
            f"{source.path} has the columns {shown}, and none by a usual name for a text: call the one that holds it "
            "content, in the first line"
        )
    for name in dict.fromkeys(name for name in names if name in json_list.KNOWN and names.count(name) > 1):
        raise InputError(f"{source.path} has two columns called {name}; give one of them another name")
    for name in names:
        if name and name not in json_list.KNOWN:
            yield Remark("unread", f"column {name[:40]}", "its name says nothing that a memory has")


def _rows(lines: _Lines, mark: str) -> Iterator[list[str] | Refused]:
    """The rows up to one with a quote that is never closed; behind its first line one can begin anew."""
    reader = csv.reader(lines, delimiter=mark)
    while True:
        lines.begin()
        try:
            row = next(reader, None)
        except csv.Error as problem:
            old = "new-line character" in str(problem)
            yield lines.give_back(
                "its lines end as those of old Macs: save it with line feeds" if old else str(problem)
            )
            return
        if row is None:
            return
        if len(lines.record) > 1 and sum(line.count('"') for line in lines.record) % 2:
            yield lines.give_back("a quote is not closed")
            return
        yield row


def _row(where: str, names: list[str], row: list[str]) -> Iterator[Read]:
    values = {name: cell for name, cell in zip(names, row, strict=False) if name and cell.strip()}
    try:
        yield from json_list.taken(where, values, "csv-")
    except ValueError as problem:
        yield Refused(where, str(problem), ",".join(row)[:MAX_RAW])


class _Lines:
    """The lines of a source as csv wants them.

    record: those of the row that is being read; first: the number of its first one; ended: there are no more.
    """

    def __init__(self, source: Source) -> None:
        self._lines = source.lines()
        self._again: list[tuple[int, str]] = []  # given back, the last one first
        self._refused: list[Refused] = []
        self._record: list[tuple[int, str]] = []
        self._gifts = 0
        self.ended = False

    @property
    def record(self) -> list[str]:
        return [line for _, line in self._record]

    @property
    def first(self) -> int:
        return self._record[0][0] if self._record else 0

    def begin(self) -> None:
        """A row begins."""
        self._record = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._again:
            self._record.append(self._again.pop())
            return self._record[-1][1]
        for line in self._lines:
            if isinstance(line, Refused):
                self._refused.append(line)
                continue
            number, data = line
            try:
                self._record.append((number, data.decode("utf-8") + "\n"))
                return self._record[-1][1]
            except UnicodeDecodeError:
                raw = data[:MAX_RAW].decode("utf-8", "replace")
                self._refused.append(Refused(f"line {number}", NOT_UTF8, raw))
        self.ended = True
        raise StopIteration

    def give_back(self, why: str) -> Refused:
        """Refuse the first line of the row, and read the others again; not too often, for that costs."""
        number, raw = self._record[0] if self._record else (0, "")
        self._gifts += 1
        if self._gifts <= _GIFTS:
            self._again += reversed(self._record[1:])
            self.ended = False
        elif len(self._record) > 1:
            why += f"; it swallowed the lines up to {self._record[-1][0]}"
        return Refused(f"line {number}", why, raw[:MAX_RAW])

    def pending(self) -> Iterator[Refused]:
        """What was refused since the last time."""
        yield from self._refused
        self._refused.clear()
