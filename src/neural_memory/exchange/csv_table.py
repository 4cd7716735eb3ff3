"""Which memories does a CSV file hold?  The first line names the columns; the rest is guessed."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from neural_memory.exchange import json_list
from neural_memory.exchange.items import MAX_RAW, Item, Read, Refused
from neural_memory.exchange.source import Source

_LONGEST = 150_000
"""Most characters of one cell; a memory has at most 100,000, so what is longer lacks a closing quote."""
_GIFTS = 50


def delimiter(head: bytes) -> str | None:
    """What parts the columns, if the first line names one that holds a text; None when this is no such table."""
    first = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace").strip("\r")
    for mark in ",;\t|":
        names = [name.strip().strip('"').lower() for name in first.split(mark)]
        if any(name in json_list.CONTENT for name in names) and all(len(name) <= 40 for name in names):
            return mark
    return None


def read(source: Source) -> Iterator[Read]:
    """The rows below the header."""
    mark = delimiter(source.head()) or ","
    csv.field_size_limit(_LONGEST)
    lines, names = _Lines(source), None
    while not lines.ended:
        for row in _rows(lines, mark):
            yield from lines.pending()
            if isinstance(row, Refused):
                yield row
            elif names is None:
                names = [name.strip().lower() for name in row]
            elif any(cell.strip() for cell in row):
                yield _row(f"line {lines.first}", names, row)
    yield from lines.pending()


def _rows(lines: _Lines, mark: str) -> Iterator[list[str] | Refused]:
    """The rows up to one with a quote that is never closed; behind its first line one can begin anew."""
    reader = csv.reader(lines, delimiter=mark)
    while True:
        lines.begin()
        try:
            row = next(reader, None)
        except csv.Error as problem:
            yield lines.give_back(str(problem))
            return
        if row is None:
            return
        if len(lines.record) > 1 and sum(line.count('"') for line in lines.record) % 2:
            yield lines.give_back("a quote is not closed")
            return
        yield row


def _row(where: str, names: list[str], row: list[str]) -> Read:
    values = {name: cell for name, cell in zip(names, row, strict=False) if name and cell.strip()}
    try:
        return Item(where, json_list.understood(values, "csv-"))
    except ValueError as problem:
        return Refused(where, str(problem), ",".join(row)[:MAX_RAW])


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
                self._refused.append(Refused(f"line {number}", "it is not UTF-8", raw))
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
