"""How does a Markdown file say what it is about?  The front matter between two lines of dashes, as Obsidian shows it.

Written is plain YAML that every reader understands: scalars, and lists of scalars. Read is a little more of it, as
people and other tools write it; what is deeper is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

MAX_HEAD = 100_000
"""Most characters of a front matter."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*\Z")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")
_WORDS = frozenset("true false null yes no on off y n".split())
_KEY = re.compile(r"([A-Za-z0-9_][A-Za-z0-9_ .-]{0,60}):(?:[ \t]+(.*))?\Z")
_ITEM = re.compile(r"\s*-(?:\s+(.*))?\Z")
_BLOCKS = frozenset(("|", ">", "|-", ">-", "|+", ">+"))
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?\Z")


def joined(values: Mapping[str, Any], body: str) -> str:
    """A file of these values, in the order of their names, and this text."""
    lines = ["---"]
    for name in sorted(values):
        value = values[name]
        if isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value):
            lines += [f"{name}:", *(f"  - {_scalar(each)}" for each in value)]
        else:
            lines.append(f"{name}: {_scalar(value)}")
    return "\n".join([*lines, "---", "", body, ""])


def _scalar(value: Any) -> str:
    if isinstance(value, str) and (_MOMENT.match(value) or (_PLAIN.match(value) and value.lower() not in _WORDS)):
        return value
    return json.dumps(value, ensure_ascii=False)  # which is YAML as well


def split(text: str) -> tuple[dict[str, Any], str]:
    """(values by their names in lower case, the text below); no values when there is no front matter."""
    start = re.match(r"---[ \t]*\r?\n", text)
    end = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.M).search(text, start.end(), MAX_HEAD) if start else None
    if start is None or end is None:
        return {}, text
    line_end = "\r\n" if start[0].endswith("\r\n") else "\n"  # a \r before another one belongs to the text
    body = text[end.end() :].removeprefix(line_end).removesuffix(line_end)
    return _values(text[start.end() : end.start()].splitlines()), body


def _values(lines: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    place = 0
    while place < len(lines):
        key = _KEY.match(lines[place])
        place += 1
        if not key:
            continue
        name, rest = key[1].strip().lower(), (key[2] or "").strip()
        if rest and rest not in _BLOCKS:
            found[name] = _value(rest)
            continue
        below = place
        while below < len(lines) and (not lines[below].strip() or lines[below][0] in " \t" or _is_item(lines[below])):
            below += 1
        if rest:
            found[name] = ("\n" if rest[0] == "|" else " ").join(line.strip() for line in lines[place:below]).strip()
        else:
            items = [item for line in lines[place:below] if (item := _ITEM.match(line))]
            found[name] = [_value((item[1] or "").strip()) for item in items] if items else None
        place = below
    return found


def _is_item(line: str) -> bool:
    return line.startswith(("- ", "-\t")) or line == "-"


def _value(text: str) -> Any:
    """One value: a list in brackets, a quoted text, a number, true or false, or a bare text."""
    if text[:1] in '["' or text[:1] == "{":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass
    if text[:1] == "[" and text.endswith("]"):
        return [_value(part.strip()) for part in text[1:-1].split(",") if part.strip()]
    if text[:1] == "'" and text.endswith("'") and len(text) > 1:
        return text[1:-1].replace("''", "'")
    bare = text.split(" #", 1)[0].rstrip()
    if bare.lower() in ("true", "false"):
        return bare.lower() == "true"
    if bare.lower() in ("", "null", "~"):
        return None
    if _NUMBER.match(bare):
        return float(bare) if "." in bare else int(bare)
    return bare
