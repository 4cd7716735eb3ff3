"""What does a change of a configuration look like?  Its lines with one around them, secrets of others left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

WIDEST = 160  # characters of a line; a file may be one long line
_SECRET = re.compile(
    r"""((?:key|token|secret|passw|auth|credential|bearer|cookie)[^\s"'=:]*["']?\s*[:=]\s*["'])[^"']+(?=["'])""",
    re.IGNORECASE,
)


def lines(before: bytes, after: bytes) -> Iterator[tuple[str, str]]:
    """(sign, line): "+" comes, "-" goes, " " stays beside it, "…" stands for what is far from any change."""
    old, new = (data.decode("utf-8", "replace").lstrip("\ufeff").splitlines() for data in (before, after))
    seen = 0
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(1):
        if group[0][1] > seen or seen:
            yield "…", ""
        for kind, from_old, to_old, from_new, to_new in group:
            if kind == "equal":
                yield from ((" ", _short(line)) for line in old[from_old:to_old])
            else:
                going, coming = old[from_old:to_old], new[from_new:to_new]
                yield from (("-", _short(line, coming)) for line in going)
                yield from (("+", _short(line, going)) for line in coming)
            seen = to_old
    if 0 < seen < len(old):
        yield "…", ""


def _short(line: str, others: list[str] | None = None) -> str:
    """The line without the values of what reads like a secret; of a very long one, the part that differs."""
    line = _SECRET.sub(r"\1…", line)
    if len(line) <= WIDEST:
        return line
    start = 0
    for other in others or []:
        known = next((at for at, (a, b) in enumerate(zip(line, other, strict=False)) if a != b), 0)
        start = max(start, known - WIDEST // 4)
    end = start + WIDEST
    return ("…" if start else "") + line[start:end] + ("…" if end < len(line) else "")
