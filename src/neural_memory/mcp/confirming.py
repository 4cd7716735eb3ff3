"""When is the user asked before something happens, and what?

A deletion by conditions may take more than anybody thought of. Where the client can show a form, the user sees what
would go and says yes or no; where it cannot, the assistant has dry_run, and its instructions to look first.
"""

from __future__ import annotations

from neural_memory.mcp import words
from neural_memory.mcp.asking import Questions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from neural_memory.mcp.asking import Call
    from neural_memory.model import Memory

    Json = dict[str, Any]

SEVERAL = 3  # memories that may go by conditions without asking
SHOWN = 10  # memories that the question lists

_ANSWERS = ("accept", "decline", "cancel")


class Declined(Exception):  # noqa: N818 - its message is an answer
    """The user was asked and did not agree."""


def forget(call: Call, arguments: Json) -> Json:
    """The arguments to go on with; where the user had to be asked, exactly the memories that were agreed to."""
    if arguments.get("ids") or arguments.get("dry_run") or not call.can_ask_the_user():
        return arguments
    chosen = call.memory().forget(**{**arguments, "dry_run": True}).memories
    if len(chosen) <= SEVERAL:
        return arguments
    for_good = bool(arguments.get("for_good"))
    shown = _digest(chosen)
    action = call.answers.get("delete", {}).get("action")
    if action not in _ANSWERS or call.state != shown:  # not answered, or something else matches by now
        raise Questions({"delete": _question(chosen, for_good)}, state=shown)
    if action != "accept":
        raise Declined(words.DECLINED if action == "decline" else words.DISMISSED)
    return {"ids": [memory.id for memory in chosen], "for_good": for_good}


def _question(chosen: tuple[Memory, ...], for_good: bool) -> Json:
    from neural_memory import answers

    lines = [f"- {memory.timestamp[:10]} {answers.quoted(memory.content, 100)}" for memory in chosen[:SHOWN]]
    if len(chosen) > SHOWN:
        lines.append(f"… and {len(chosen) - SHOWN} more")
    count = answers.count(len(chosen), "memory")
    head = f"Wipe {count} for good? There is no way back." if for_good else f"Delete {count}? Undo brings them back."
    form = {"type": "object", "properties": {}}  # nothing to fill in: accept is the answer
    return {"method": "elicitation/create", "params": {"message": "\n".join([head, *lines]), "requestedSchema": form}}


def _digest(chosen: tuple[Memory, ...]) -> str:
    from hashlib import sha256

    return sha256("\n".join(memory.id for memory in chosen).encode()).hexdigest()
