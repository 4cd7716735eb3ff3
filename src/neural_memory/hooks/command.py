"""What does `neural-memory hook EVENT` do?  Reads the client's JSON, answers with hook JSON, and never fails.

Whatever goes wrong is one line on standard error and an empty answer: somebody wants to work. The work of an ending
session is done by a process of its own, since clients give such hooks hardly any time.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

EVENTS = ("session-start", "prompt", "stop", "pre-compact", "session-end")
MOST = 16 * 1024 * 1024  # bytes of input that are read


def run(arguments: list[str]) -> int:
    """Answer one hook; the exit code is 0 unless there is no such event."""
    event = arguments[0] if arguments else ""
    if event not in EVENTS:
        print(f"neural-memory hook: there is no event {event!r}; the events are {', '.join(EVENTS)}", file=sys.stderr)
        return 2
    try:
        given = json.loads(sys.stdin.buffer.read(MOST) or b"{}")
        given = given if isinstance(given, dict) else {}
        begun = _begun(given) if event == "prompt" and "--with-start" in arguments else {}
        answer = _together(begun, _answer(event, given, now="--now" in arguments))
        if "hookSpecificOutput" in answer and isinstance(given.get("hook_event_name"), str):
            answer["hookSpecificOutput"]["hookEventName"] = given["hook_event_name"]  # clients differ in what they say
    except Exception as error:  # noqa: BLE001 - a door: a hook must not stand in anybody's way
        print(f"neural-memory hook {event}: {type(error).__name__}", file=sys.stderr)
        answer = {}
    if event != "pre-compact":  # what a hook says there is taken for instructions to who writes the summary
        with contextlib.suppress(OSError):  # nobody listens any more
            print(json.dumps(answer), flush=True)
    return 0


def _answer(event: str, given: Json, *, now: bool) -> Json:
    if event == "session-start":
        from neural_memory.hooks.start import session_start

        return session_start(given)
    if event == "session-end" and not now:
        _later(given)
        return {}
    if _needs_nothing(event, given):
        return {}
    from neural_memory.hooks.answering import answer

    return answer(event, given)


def _needs_nothing(event: str, given: Json) -> bool:
    """Is it plain without the memory that there is nothing to say? Most of the time, and opening it takes a while."""
    if event == "stop":
        from neural_memory.hooks.sessions import Session, home

        return Session(home(), str(given.get("session_id") or "")).owes is None
    if event == "prompt":
        from neural_memory.text.wishes import asks_nothing

        return asks_nothing(str(given.get("prompt") or ""))
    return False


def _begun(given: Json) -> Json:
    """What a session should know from its start on, at its first prompt.

    For clients that do not keep what they hear at the start: Gemini forgets it, and the prompt that came with it,
    when a session is resumed.
    """
    from neural_memory.hooks.start import at_first_prompt

    return at_first_prompt(given)


def _together(first: Json, second: Json) -> Json:
    """Both contexts, in this order."""
    if not first or not second:
        return first or second
    told = [each["hookSpecificOutput"]["additionalContext"] for each in (first, second)]
    first["hookSpecificOutput"]["additionalContext"] = "\n\n".join(told)
    return first


def _later(given: Json) -> None:
    """Do it in a process that outlives the client."""
    import subprocess

    command = [sys.executable, "-m", "neural_memory", "hook", "session-end", "--now"]
    process = subprocess.Popen(  # noqa: S603 - ourselves
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=os.path.expanduser("~"),
    )
    if process.stdin:
        process.stdin.write(json.dumps(given).encode())
        process.stdin.close()
