"""Which hooks does a client take besides the server, where, and how do ours get into that file and out of it?

Claude Code's come with the plugin. Codex and Gemini have a table of events, each with a list of groups; ours is one
group of each, and everything else in the file stays as it is. `integrations/` holds the same, to be put there by hand.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neural_memory.clients import files, jsonc
from neural_memory.clients.entry import HOME_VARIABLE
from neural_memory.clients.errors import FileProblem, UnfitFileError
from neural_memory.clients.parts import Part
from neural_memory.clients.plan import Act, Change, without
from neural_memory.clients.table import CLIENTS, NAME, Machine
from neural_memory.values import replace

Json = dict[str, Any]

_TABLE = "hooks"
_OURS = re.compile(rf"(?:{NAME}(?:\.exe)?|-m neural_memory)[\"']? hook [a-z]")
_FILES = {"codex": "hooks.json", "gemini": "settings.json"}


def file_of(client: str, machine: Machine) -> Path | None:
    """The file with this client's hooks for all projects; None when it takes none of ours."""
    name = _FILES.get(client)
    return CLIENTS[client].folder(machine) / name if name else None


def handlers(client: str, command: Sequence[str] = (NAME,), env: Mapping[str, str] | None = None) -> dict[str, Json]:
    """event -> our hook. command: what starts this installation, without arguments."""

    def run(event: str, timeout: int) -> Json:
        return {"type": "command", "command": _line([*command, "hook", *event.split()], env or {}), "timeout": timeout}

    def call(event: str, *fields: str) -> Json:
        given = {"event": event, **{field: f"${{{field}}}" for field in ("session_id", *fields)}}
        return {"type": "mcp_tool", "server": NAME, "tool": "hook", "input": given, "timeout": 5}

    if client == "gemini":  # milliseconds; the start comes with the first prompt, because Gemini keeps that
        events = {"BeforeAgent": "prompt --with-start", "AfterAgent": "stop", "SessionEnd": "session-end"}
        return {event: run(called, 10_000) for event, called in events.items()}
    return {  # seconds; Codex gives the end of a session three
        "SessionStart": run("session-start", 10),
        "UserPromptSubmit": call("UserPromptSubmit", "prompt"),
        "Stop": call("Stop", "stop_hook_active"),
        "PreCompact": call("PreCompact", "transcript_path"),
        "SessionEnd": run("session-end", 3),
    }


def _line(words: list[str], env: Mapping[str, str]) -> str:
    """A command as the client's shell takes it, with the home where that is not the usual one."""
    if os.name == "nt":
        return subprocess.list2cmdline(words)
    home = env.get(HOME_VARIABLE)
    before = [f"{HOME_VARIABLE}={shlex.quote(str(Path(home).expanduser().absolute()))}"] if home else []
    return " ".join([*before, shlex.join(words)])


def put(text: str, wanted: Mapping[str, Json]) -> str:
    """The text with these hooks of ours, each a group of its own at the beginning, and no others of ours."""
    for event, handler in wanted.items():
        group = {"hooks": [handler]}
        if _ours_in(_groups(text, event)) != [group]:
            text = jsonc.begin_list(_without(text, event), (_TABLE, event), group)
    return text


def drop(text: str) -> str:
    """The text without our hooks, and without what holds nothing any more."""
    for event in _events(text):
        text = _without(text, event)
    return jsonc.drop(text, (_TABLE,)) if jsonc.get(text, (_TABLE,)) == {} else text


def _without(text: str, event: str) -> str:
    for group in _ours_in(_groups(text, event)):
        text = jsonc.drop_item(text, (_TABLE, event), group)
    return text


def change(client: str, file: Path, wanted: Mapping[str, Json] | None, beside: Sequence[Part] = ()) -> Change:
    """What would be done to this client's file with hooks. wanted: None to take ours out; beside: what else of ours it
    may hold, which stays.
    """
    begun = Change((client,), file, "nothing", what=_TABLE, parts=(PART, *beside))

    def planned() -> Change:
        try:
            data = files.read(file)
            text = files.text_of(data)
            ours = _ours(text)
            if wanted is None:
                found = replace(begun, before=data, after=data, old=ours or None)
                return without(found, [PART]) if ours else found
            result = put(text, wanted)
        except FileProblem as problem:
            return replace(begun, act="problem", problem=str(problem))
        act: Act = "nothing" if result == text else "update" if ours else "add"
        after = data if act == "nothing" else files.bytes_of(result, data)
        return replace(begun, act=act, before=data, after=after, old=ours or None)

    return replace(planned(), again=planned)


def _ours(text: str) -> dict[str, Json]:
    """event -> the hook of ours that it has."""
    found = {event: _ours_in(_groups(text, event)) for event in _events(text)}
    return {event: groups[0]["hooks"][0] for event, groups in found.items() if groups}


PART = Part(_ours, put, drop)
"""The hooks as one of the things of ours in their file."""


def _events(text: str) -> list[str]:
    table = jsonc.get(text, (_TABLE,))
    if table is not None and not isinstance(table, dict):
        raise UnfitFileError(f"{_TABLE} should hold an object in braces")
    return [event for event, groups in (table or {}).items() if isinstance(groups, list)]


def _groups(text: str, event: str) -> list[Any]:
    found = jsonc.get(text, (_TABLE, event))
    if found is not None and not isinstance(found, list):
        raise UnfitFileError(f"{_TABLE} › {event} should hold a list in brackets")
    return found or []


def _ours_in(groups: list[Any]) -> list[Any]:
    """The groups with nothing but a hook of ours."""
    return [group for group in groups if isinstance(group, dict) and _is_ours(group.get("hooks"))]


def _is_ours(hooks: object) -> bool:
    if not isinstance(hooks, list) or len(hooks) != 1 or not isinstance(hooks[0], dict):
        return False
    hook = hooks[0]
    if hook.get("type") == "mcp_tool":
        return hook.get("server") == NAME and hook.get("tool") == "hook"
    return isinstance(hook.get("command"), str) and bool(_OURS.search(hook["command"]))
