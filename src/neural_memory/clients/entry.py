"""What is written into a configuration: which command starts this very installation, and how is it spelled?

A client starts the command often, and pays each time for what stands before it: a shim of pyenv or asdf is a shell
script that costs eight times our own start. So the real script is named, by its whole path; programs that are started
from a menu have another PATH anyway.
"""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from neural_memory.clients.table import NAME, Client
from neural_memory.errors import InputError

Entry = dict[str, Any]

ARGS = ["--mcp"]
HOME_VARIABLE = "NEURAL_MEMORY_HOME"
SHIMS = re.compile(r"[/\\](?:\.?pyenv|\.?asdf|mise|rtx)(?:[/\\][^/\\]+)*[/\\]shims[/\\]", re.IGNORECASE)
# uvx, and pipx run in its newer and older places
_PASSING = re.compile(
    r"[/\\]uv[/\\](?:cache[/\\])?(?:archive|environments)-v\d+[/\\]"
    r"|[/\\]\.?cache[/\\]pipx[/\\]|[/\\]pipx[/\\]\.cache[/\\]"
)


def installed_command() -> list[str]:
    """How to start this installation: its script, or else its Python with `-m`.

    InputError when it lives in an environment that a tool throws away again (uvx, pipx run).
    """
    own = script()
    command = [str(own), *ARGS] if own else [sys.executable, "-m", "neural_memory", *ARGS]
    if _PASSING.search(command[0]):
        raise InputError(
            f"this runs from an environment that will be thrown away ({command[0]}); install it to stay, with "
            f"`uv tool install {NAME}` or `pipx install {NAME}`, and run `{NAME} setup` again"
        )
    return command


def script() -> Path | None:
    """The console script of this installation, as its own records say, or where this Python puts scripts."""
    name = f"{NAME}.exe" if os.name == "nt" else NAME
    candidates = [Path(sysconfig.get_path("scripts")) / name]
    try:
        files = metadata.distribution(NAME).files or []
    except metadata.PackageNotFoundError:
        files = []
    candidates[:0] = [Path(os.path.normpath(file.locate())) for file in files if file.name == name]
    started = Path(sys.argv[0]).absolute()
    if started.name == name:
        candidates.append(started)
    usable = (path for path in candidates if os.access(path, os.X_OK) and path.is_file())
    return next((path for path in usable if not is_shim(path)), None)


def is_shim(command: str | os.PathLike[str]) -> bool:
    """Whether this path is a version manager's stand-in for the real script."""
    return bool(SHIMS.search(os.fspath(command)))


def made(client: Client, command: list[str], env: Mapping[str, str]) -> Entry:
    """The entry for this client. NEURAL_MEMORY_HOME goes along when it is set: clients hand on few variables."""
    entry: Entry = {"type": "stdio"} if client.typed else {}
    entry |= {"command": command[0], "args": command[1:]}
    if env.get(HOME_VARIABLE):
        entry["env"] = {HOME_VARIABLE: str(Path(env[HOME_VARIABLE]).expanduser().absolute())}
    return entry


def shared(client: Client) -> Entry:
    """The entry for a project's file, which others have on their machines too: the bare command."""
    return made(client, [NAME, *ARGS], {})


def is_ours(entry: object) -> bool:
    """Whether an entry that stands there starts some installation of this program."""
    if not isinstance(entry, dict) or not isinstance(entry.get("command"), str):
        return False
    words = [entry["command"], *(word for word in entry.get("args") or [] if isinstance(word, str))]
    name = re.split(r"[/\\]", words[0])[-1].removesuffix(".exe")
    return name == NAME or words[1:3] == ["-m", "neural_memory"] or NAME in words[1:]


def merged(old: object, new: Entry) -> Entry:
    """The new entry with what the user added to the old one: other variables, timeouts, trust."""
    if not is_ours(old) or not isinstance(old, dict):
        return new
    env = {**(old["env"] if isinstance(old.get("env"), dict) else {}), **new.get("env", {})}
    return {**old, **new, **({"env": env} if env or "env" in old else {})}


def same(old: object, new: Entry) -> bool:
    """Whether the entry that stands there already does what the new one would."""
    return isinstance(old, dict) and merged(old, new) == old
