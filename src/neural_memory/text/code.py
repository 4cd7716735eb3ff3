"""Which code does a text name?  Paths, file names, symbols, commits and branches, as far as their form tells.

Whether there is such a file or branch only the work tree knows (`code/`); what is named here is what to look for.
"""

from __future__ import annotations

from neural_memory.text.lazily import later
from neural_memory.text.stop import STOP
from neural_memory.values import dataclass

MAX_READ, MOST = 20_000, 12
"""What is read of a text, in characters, and how many names of each kind are taken from it."""

_CHUNK = later(r"[^\s\"'`<>()\[\]{},;|*“”‘’]+(?:\(\))?")
_FILE = later(r"(?:[\w.@+-]+/)*[\w@+-][\w.@+-]*\.[A-Za-z][\w+-]{0,9}$|(?:[\w.@+-]+/)+[\w.@+-]+/?$")
_LINE = later(r":\d+(?:[:-]\d+)?$|#L\d+(?:-L\d+)?$")
_COMMIT = later(r"[0-9a-f]{7,40}$")
_SYMBOL = later(
    r"[A-Za-z_]\w*(?:(?:\.|::)[A-Za-z_]\w*)*\(\)$|[a-z][a-z0-9]*(?:_[a-z0-9]+)+$|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$"
    r"|[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+$|[a-z][a-z0-9]*(?:[A-Z][a-z0-9]+)+$"
)
_BRANCH = (later(r"\bbranch(?:es)? +[\"'`]?([\w./@+-]+)"), later(r"([\w./@+-]+)[\"'`]? +branch\b"))


@dataclass(frozen=True, slots=True)
class Named:
    """files: paths and file names; symbols: names of functions, classes and constants; commits: the beginnings of their
    hashes; branches: what is called a branch, or could be one.
    """

    files: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()


def named(content: str) -> Named:
    """What a text names.

    >>> named("parse_amount() in src/money.py:12 rounds since 3fa9c01 on branch fix/cents")
    ... # doctest: +NORMALIZE_WHITESPACE
    Named(files=('src/money.py', 'fix/cents'), symbols=('parse_amount',), commits=('3fa9c01',),
          branches=('fix/cents',))
    """
    head = content[:MAX_READ]
    found: dict[str, dict[str, None]] = {"files": {}, "symbols": {}, "commits": {}, "branches": {}}
    for match in _CHUNK.finditer(head):
        chunk = match[0].removeprefix("./").strip(":!?=").rstrip(".:!?=")
        if "://" in chunk or len(chunk) > 200 or len(chunk) < 3:
            continue
        bare = _LINE.sub("", chunk)
        if _FILE.match(bare) and not bare.replace(".", "").isdigit():
            found["files"].setdefault(bare.rstrip("/"))
        elif _COMMIT.match(bare) and any(c.isdigit() for c in bare) and not bare.isdigit():
            found["commits"].setdefault(bare)
        elif _SYMBOL.match(bare):
            found["symbols"].setdefault(bare.removesuffix("()"))
    for pattern in _BRANCH:
        for match in pattern.finditer(head):
            if (name := match[1].strip(".")).lower() not in STOP:
                found["branches"].setdefault(name)
    return Named(**{kind: tuple(names)[:MOST] for kind, names in found.items()})
