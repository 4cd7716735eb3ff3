"""What was said in a session?  Out of the client's own record: JSON Lines that grow while the session lasts.

Claude Code writes one object a line: `type` user or assistant, `message.content` a text or a list of blocks,
`timestamp`. Tool results, what hooks put in, side conversations and summaries are none of the user's words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neural_memory.text.worth import Turn

MOST = 32 * 1024 * 1024  # bytes at the end of a record that are looked at


def turns(path: Path) -> list[Turn]:
    """The turns of a session, in order; lines that cannot be read are left out."""
    found: list[Turn] = []
    calls = 0
    for line in _lines(path):
        if line.get("isSidechain") or line.get("isMeta") or line.get("isCompactSummary"):
            continue
        message = line.get("message")
        if line.get("type") not in ("user", "assistant") or not isinstance(message, dict):
            continue
        by_user = line["type"] == "user"
        texts, used = _said(message.get("content"))
        calls += used
        if text := "\n".join(texts).strip():
            if by_user:
                calls = 0
            found.append(Turn(by_user, text, _moment(line.get("timestamp")), calls))
    return found


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - MOST))
        for line in file:
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict):
                yield found


def _said(content: object) -> tuple[list[str], int]:
    """The texts of a message, and how many tools it calls."""
    if isinstance(content, str):
        return [content], 0
    blocks = [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
    texts = [str(block.get("text", "")) for block in blocks if block.get("type") == "text"]
    return texts, sum(block.get("type") == "tool_use" for block in blocks)


def _moment(value: object) -> str | None:
    """A timestamp to the second, as memories have them."""
    text = str(value or "")
    return f"{text[:19]}Z" if len(text) >= 19 and text[10:11] == "T" and text.endswith("Z") else None
