"""What of ours stands in somebody's file, and what was the file before it came there?

A file may hold several things of ours (Gemini's holds the server and the hooks). Which kept copy it was made from is
recognised by putting them into that copy again, in any order: then it is the same to the byte, or somebody else changed
something since.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

from neural_memory.clients import files
from neural_memory.clients.errors import FileProblem
from neural_memory.values import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One thing of ours that a file may hold.

    get: it, as it stands in a text, or nothing; put: the text with it; drop: the text without it
    """

    get: Callable[[str], Any]
    put: Callable[[str, Any], str]
    drop: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Before:
    """What the file was before parts of ours came.

    copy: the kept one, None: there was no file; data: its bytes, with the parts that stay; is_whole: it needs none
    """

    copy: Path | None
    data: bytes | None
    is_whole: bool


def before(file: Path, data: bytes | None, parts: Sequence[Part], going: Collection[Part] = ()) -> Before | None:
    """What the file was that now holds `data`, without the parts that are `going`; None where that is not known."""
    text = files.text_of(data)
    there = [(part, mine) for part in parts if (mine := part.get(text))]
    for copy in (*files.backups(file), None):
        with contextlib.suppress(FileProblem):
            kept = None if copy is None else files.read(copy)
            start = files.text_of(kept)
            came = [(part, mine) for part, mine in there if part.get(start) != mine]
            none_there = copy is None and not came  # an empty file is not none
            if none_there or any(part.get(start) for part in going):
                continue
            if all(made != data for made in _made(start, kept, came)):
                continue
            stay = [one for one in came if one[0] not in going]
            return Before(copy, next(_made(start, kept, stay)) if stay else kept, is_whole=not stay)
    return None


def _made(text: str, like: bytes | None, came: Sequence[tuple[Part, Any]]) -> Iterator[bytes]:
    """The bytes with these parts put in, in every order."""
    for order in permutations(came):
        result = text
        for part, mine in order:
            result = part.put(result, mine)
        yield files.bytes_of(result, like)
