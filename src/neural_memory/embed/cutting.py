"""How is a long text cut, so that each part fits into the model and makes sense by itself?

A part ends where a line or a sentence ends if it can, and the next one begins a little earlier, so that what stands at
a border is seen whole by one of the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

MOST_PIECES = 200  # word pieces in a chunk; the model reads 254
OVERLAP = 30  # word pieces that a chunk may share with the one before it
MOST_CHUNKS = 64  # about 50,000 characters of English

BORDER = re.compile(r"\n+|(?<=[.!?;])\s+|(?<=[。！？])")


class Span(NamedTuple):
    """A stretch of the text, and how many word pieces it has."""

    start: int
    end: int
    pieces: int


def split(
    text: str,
    count: Callable[[str], int],
    most_pieces: int = MOST_PIECES,
    overlap: int = OVERLAP,
    most_chunks: int = MOST_CHUNKS,
) -> list[str]:
    """The chunks of a text, from its beginning; at least one. `count` says how many word pieces a text has.

    What lies behind the last chunk is left out: it can still be found by its words.
    """
    if count(text) <= most_pieces:
        return [text]
    spans = sentences(text, count, most_pieces)
    chunks: list[str] = []
    first = 0
    while first < len(spans) and len(chunks) < most_chunks:
        end = fitting(spans, first, most_pieces)
        chunks.append(text[spans[first].start : spans[end - 1].end].strip())
        first = end if end == len(spans) else max(first + 1, step_back(spans, end, overlap))
    return chunks


def fitting(spans: list[Span], first: int, most_pieces: int) -> int:
    """The end (exclusive) of the longest run of spans from `first` that fits; one span always does."""
    end, total = first + 1, spans[first].pieces
    while end < len(spans) and total + spans[end].pieces <= most_pieces:
        total += spans[end].pieces
        end += 1
    return end


def step_back(spans: list[Span], end: int, overlap: int) -> int:
    """Where the next chunk begins: before `end` by as many spans as the overlap has room for."""
    room = overlap - spans[end - 1].pieces
    while room >= 0:
        end -= 1
        room -= spans[end - 1].pieces
    return end


def sentences(text: str, count: Callable[[str], int], most_pieces: int) -> list[Span]:
    """The text's sentences and lines as spans, none with more than `most_pieces` and none empty."""
    borders = [0, *(match.end() for match in BORDER.finditer(text)), len(text)]
    spans: list[Span] = []
    for start, end in pairwise(borders):
        spans += halves(text, start, end, count, most_pieces)
    return spans


def halves(text: str, start: int, end: int, count: Callable[[str], int], most_pieces: int) -> list[Span]:
    """A stretch as one span if it fits; otherwise its two halves, cut at a blank behind the middle if one is near."""
    pieces = count(text[start:end])
    if pieces <= most_pieces or end - start < 2:
        return [Span(start, end, pieces)] if pieces else []
    middle = (start + end) // 2
    blank = text.find(" ", middle, end - 1)
    cut = blank + 1 if blank >= 0 and blank < (middle + end) // 2 else middle
    return [
        *halves(text, start, cut, count, most_pieces),
        *halves(text, cut, end, count, most_pieces),
    ]
