"""What is the answer to a hook that needs the memory?  From the client's fields to hook JSON, by way of the Brain.

Both doors come here: the running server, for clients that let hooks call its tools, and the command.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neural_memory.brain import Brain
from neural_memory.hooks import ending, prompt, stop
from neural_memory.hooks.sessions import Session
from neural_memory.project import detect, workplace

Json = dict[str, Any]
PATIENCE = 0  # a prompt never waits for the model: where that is not in memory, it is answered by words


def answer(event: str, given: Mapping[str, Any]) -> Json:
    """Answer a hook in a process of its own."""
    source = str(given.get("client") or "hook")[:50]
    session = str(given.get("session_id") or "") or None
    folder = str(given.get("cwd") or "") or None
    with Brain.open(source=source, session=session, project=detect(folder), code=workplace(folder)) as brain:
        return answer_with(brain, event, given)


def answer_with(brain: Brain, event: str, given: Mapping[str, Any]) -> Json:
    """Answer a hook with an open Brain. given: the client's own fields; all of them are texts, or not there."""
    session = Session(str(brain.path.parent), _text(given, "session_id"))
    patience, brain.patience = brain.patience, PATIENCE
    try:
        if event == "prompt":
            return prompt.answer(brain, session, _text(given, "prompt"))
        if event == "stop":
            return stop.answer(brain, session, already=_text(given, "stop_hook_active").lower() == "true")
        return ending.answer(brain, session, _text(given, "transcript_path"))
    finally:
        brain.patience = patience


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)
