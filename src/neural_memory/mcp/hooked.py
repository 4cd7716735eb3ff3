"""What does a client's hook hear that calls the running server?  A tool that is in no list, since no model calls it.

Its answer is always valid hook JSON: when something fails, an empty one, so that nobody's prompt is held up. Before a
compaction it is no text at all: whatever a hook says there is taken for instructions to who writes the summary.

An assistant that knows of it could call it, too, and is not trusted with naming files: the only one that is read is the
record that Claude Code or Codex keeps of the session that is named.
"""

from __future__ import annotations

import json
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from neural_memory.mcp.asking import Call

    Json = dict[str, Any]

NAME = "hook"
_EVENTS = {"UserPromptSubmit": "prompt", "Stop": "stop", "PreCompact": "pre-compact"}


def answer(arguments: Json, call: Call) -> str:
    """The answer to the hook of this event, as JSON."""
    event = _EVENTS.get(str(arguments.get("event")))
    if event is None:
        return "{}"
    try:
        from neural_memory.hooks.answering import answer_with

        if event == "pre-compact" and not _may_be_read(arguments):
            return ""
        said = answer_with(call.memory(), event, arguments)
        return json.dumps(said, ensure_ascii=False) if event != "pre-compact" else ""
    except Exception as error:  # noqa: BLE001 - a door: the prompt must get through whatever is wrong here
        print(f"neural-memory hook: {type(error).__name__}", file=sys.stderr)
        return "{}" if event != "pre-compact" else ""


def _may_be_read(arguments: Json) -> bool:
    from pathlib import Path

    from neural_memory.exchange.transcript import is_record

    return is_record(Path(str(arguments.get("transcript_path"))), str(arguments.get("session_id")))
