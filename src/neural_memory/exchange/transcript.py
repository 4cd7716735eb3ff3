"""What was said in a session?  Out of the client's own record: JSON Lines that grow while the session lasts.

    Claude Code   {"type": "user" or "assistant", "message": {"content": …}, "timestamp": …}
    Codex         {"type": "response_item", "payload": {"type": "message", "role": …, "content": …}, "timestamp": …}
    Gemini        {"type": "user" or "gemini", "content": …, "toolCalls": …, "timestamp": …}

`content` is a text or a list of blocks. Tool results, what hooks and the client put in, side conversations and
summaries are none of the user's words.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from neural_memory import bounded
from neural_memory.text.wishes import typed
from neural_memory.text.worth import Turn

Json = dict[str, Any]

MOST = 32 * 1024 * 1024  # bytes at the end of a record that are looked at
_TEXTS = ("text", "input_text", "output_text")
_ROLLOUT = len("rollout-2026-01-31T12-00-00-")
_CALLS = ("function_call", "custom_tool_call", "local_shell_call")


class _Said(NamedTuple):
    """A line of a record: who says what, and how many tools are called with it."""

    by_user: bool
    texts: list[str]
    calls: int


def is_record(path: Path, session: str) -> bool:
    """Is this where a client keeps what was said in this session? Links are followed before that is said.

    Claude Code names the file after the session; Codex puts ``rollout-`` and the time before that.
    """
    places = (("CLAUDE_CONFIG_DIR", "~/.claude", "projects", 0), ("CODEX_HOME", "~/.codex", "sessions", _ROLLOUT))
    try:
        found = path.expanduser().resolve()
        before = next(
            length
            for name, usual, folder, length in places
            if found.is_relative_to((Path(os.environ.get(name) or usual).expanduser() / folder).resolve())
        )
    except (OSError, ValueError, RuntimeError, StopIteration):
        return False
    return bool(session) and found.name[before:] == f"{session}.jsonl"


def turns(path: Path) -> list[Turn]:
    """The turns of a session, in order; lines that cannot be read are left out."""
    found: list[Turn] = []
    calls = 0
    for line in _lines(path):
        if (said := _of_claude(line) or _of_codex(line) or _of_gemini(line)) is None:
            continue
        calls += said.calls
        if text := "\n".join(said.texts).strip():
            if said.by_user:
                calls = 0
            found.append(Turn(said.by_user, text, _moment(line.get("timestamp")), calls))
    return found


def _lines(path: Path) -> Iterator[Json]:
    with bounded.opened(path) as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - MOST))
        for line in file:
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict):
                yield found


def _of_claude(line: Json) -> _Said | None:
    message = line.get("message")
    if line.get("type") not in ("user", "assistant") or not isinstance(message, dict):
        return None
    if line.get("isSidechain") or line.get("isMeta") or line.get("isCompactSummary"):
        return None
    blocks = _blocks(message.get("content"))
    return _Said(line["type"] == "user", _texts(blocks), sum(block.get("type") == "tool_use" for block in blocks))


def _of_codex(line: Json) -> _Said | None:
    item = line.get("payload")
    if line.get("type") != "response_item" or not isinstance(item, dict):
        return None
    if item.get("type") in _CALLS:
        return _Said(False, [], 1)
    if item.get("type") != "message" or item.get("role") not in ("user", "assistant"):
        return None
    by_user = item["role"] == "user"
    texts = _texts(_blocks(item.get("content")))
    return _Said(by_user, [typed(text) for text in texts] if by_user else texts, 0)


def _of_gemini(line: Json) -> _Said | None:
    if line.get("type") not in ("user", "gemini") or "content" not in line:
        return None
    by_user = line["type"] == "user"
    texts = _texts(_blocks(line["content"]))
    called = line.get("toolCalls")
    said = [typed(text) for text in texts] if by_user else texts
    return _Said(by_user, said, len(called) if isinstance(called, list) else 0)


def _blocks(content: object) -> list[Json]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def _texts(blocks: list[Json]) -> list[str]:
    """The texts of a message; Gemini's blocks say no type."""
    return [str(block["text"]) for block in blocks if block.get("type", "text") in _TEXTS and "text" in block]


def _moment(value: object) -> str | None:
    """A timestamp to the second, as memories have them."""
    text = str(value or "")
    return f"{text[:19]}Z" if len(text) >= 19 and text[10:11] == "T" and text.endswith("Z") else None
