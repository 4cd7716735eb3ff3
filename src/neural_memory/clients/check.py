"""Is each client configured, and does what it would start really start, answer, and how fast?

The configured command is started as the client would start it and asked what a client asks first: who are you, and
which tools do you have. Nothing is stored and no memory file is touched by that. What a project's shared file names is
started only when it is the plain command: the file may come from anybody.
"""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from shutil import which
from typing import Any

from neural_memory import __version__
from neural_memory.clients import entry as entries
from neural_memory.clients import files, instructions, plugin
from neural_memory.clients.errors import FileProblem
from neural_memory.clients.plan import Place, Scope, place
from neural_memory.clients.table import CLIENTS, NAME, Client, Machine
from neural_memory.values import dataclass, replace

PATIENCE = 10.0  # seconds for each answer; clients give up at about the same time
SLOW = 2_000  # milliseconds to the first answer; Claude Code waits about two seconds for its first question

_SCOPES: tuple[Scope, ...] = ("user", "local", "project")
_HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "neural-memory check", "version": __version__},
}


@dataclass(frozen=True, slots=True)
class Answered:
    """What a started command said. ms: from its start to its first answer, in wall-clock milliseconds."""

    ms: int
    server: str
    version: str
    tools: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found out about one client in one place.

    by_plugin: it is not this file but our plugin that brings the server
    command:  what its configuration starts; () when it is not configured
    answered: what that said; None when it was not started or did not answer
    problem:  what is wrong
    advice:   what to do about it, or what could be better
    """

    client: str
    title: str
    scope: Scope
    file: Path
    is_installed: bool
    is_configured: bool = False
    by_plugin: bool = False
    command: tuple[str, ...] = ()
    answered: Answered | None = None
    problem: str | None = None
    advice: str | None = None

    @property
    def is_well(self) -> bool:
        """Configured and answering, or not there at all."""
        return self.problem is None and (self.is_configured or not self.is_installed)


def check_all(machine: Machine, folder: Path) -> list[Checked]:
    """Every client, for all projects of the user, and the places in the project `folder` that name us."""
    found = []
    for client in CLIENTS.values():
        places: dict[tuple[Path, tuple[str, ...]], tuple[Place, Scope]] = {}
        for scope in _SCOPES:
            if where := place(client, machine, scope, folder):
                places.setdefault((where.file, where.path), (where, scope))
        checked = [check(where, scope, machine, folder) for where, scope in places.values()]
        elsewhere = [one for one in checked[1:] if one.is_configured or (one.problem and one.scope != "local")]
        if checked[0].is_configured or checked[0].problem or not elsewhere:
            found.append(checked[0])
        found += elsewhere
    return found


def check(where: Place, scope: Scope, machine: Machine, folder: Path) -> Checked:
    """One client in one place: its configuration is read, and what it names is started. folder: the project."""
    client = where.client
    begun = Checked(client.key, client.title, scope, where.file, client.is_installed(machine))
    try:
        data = files.read(where.file, where.project)
        entry = where.get(files.text_of(data)) if data is not None else None
    except FileProblem as problem:
        return replace(begun, problem=str(problem), advice=f"mend {where.file} by hand; it was left as it is")
    options = {"user": "", "local": " --scope local", "project": " --project"}[scope]
    if plugin.brings_us(client, machine, folder):
        if entry is not None:
            return _beside_plugin(begun, entry, f"{client.key}{options} --remove")
        if scope == "user":
            begun = replace(begun, is_configured=True, by_plugin=True)
            return _tried(begun, plugin.ENTRY, machine, None, f"install it where the PATH leads: pip install {NAME}")
    if entry is None:
        return replace(begun, advice=_missing(client, machine) if begun.is_installed else None)
    again = f"run: neural-memory setup {client.key}{options}"
    return _tried(replace(begun, is_configured=True), entry, machine, where.project, again)


def _missing(client: Client, machine: Machine) -> str:
    """What to do about an installed client that does not start us; its instructions may count on us all the same."""
    run = f"neural-memory setup {client.key}"
    file = instructions.for_user(client.key, machine)
    if file is None or not instructions.stands_in(file):
        return f"run: {run}"
    return f"{file} tells it to use a server that is not set up; run: {run}, or take them out: {run} --remove"


def _beside_plugin(checked: Checked, entry: Any, remove: str) -> Checked:
    """An entry where the plugin is switched on."""
    command, arguments, _ = _parts(entry)
    problem, leads_to = plugin.beside([command, *arguments])
    advice = f"{leads_to}; take one out: neural-memory setup {remove} (or claude plugin disable {NAME})"
    return replace(checked, is_configured=True, command=(command, *arguments), problem=problem, advice=advice)


def _tried(checked: Checked, entry: Any, machine: Machine, project: Path | None, again: str) -> Checked:
    """again: what to do when it does not start or answer as it should."""
    command, arguments, given = _parts(entry)
    if not command:
        return replace(checked, problem="the entry names no command", advice=again)
    checked = replace(checked, command=(command, *arguments))
    if entry.get("disabled") is True or entry.get("enabled") is False:
        return replace(checked, problem="the entry is switched off", advice=f"switch it on in {checked.file}")
    if "${" in "".join(checked.command):
        return replace(checked, advice="its command holds variables that only the client fills in; it was not started")
    is_plain = command == NAME and arguments in ([], entries.ARGS) and not given.keys() - {entries.HOME_VARIABLE}
    if project and not is_plain:  # a repository that was cloned may name anything here, and nobody has approved of it
        return replace(checked, advice="a shared file names a command of its own; look at it. It was not started")
    program = which(command, path=machine.env.get("PATH", ""))
    if program is None or (project and _is_inside(Path(program), project)):
        return replace(checked, problem=f"there is no command {command}", advice=again)
    try:
        answered = ask([program, *arguments], {**machine.env, **given})
    except (OSError, NoAnswer) as problem:
        return replace(checked, problem=str(problem), advice=again)
    return replace(checked, answered=answered, advice=_advice(answered, program, again))


def _is_inside(program: Path, project: Path) -> bool:
    """Whether the program lies in the project, and is not this very installation."""
    found, own = program.absolute().resolve(), entries.script()
    return found.is_relative_to(project.resolve()) and (own is None or found != own.resolve())


def _parts(entry: Any) -> tuple[str, list[str], dict[str, str]]:
    """Command, arguments and variables of an entry, as far as they are what they should be."""
    if not isinstance(entry, dict):
        return "", [], {}
    command, arguments, given = (entry.get(key) for key in ("command", "args", "env"))
    return (
        command if isinstance(command, str) else "",
        [str(word) for word in arguments] if isinstance(arguments, list) else [],
        {str(key): str(value) for key, value in given.items()} if isinstance(given, dict) else {},
    )


def _advice(answered: Answered, program: str, again: str) -> str | None:
    if answered.server != "neural-memory":
        return f"another server stands under our name: {answered.server}; to replace it, {again}"
    if entries.is_shim(program):
        return f"it starts through a version manager's shim, which is slow; {again}"
    if answered.version != __version__:
        return f"it starts version {answered.version}, this is {__version__}; {again}"
    if answered.ms > SLOW:
        return f"it took {answered.ms / 1000:.1f} s to answer; some clients give up after two"
    return None


class NoAnswer(Exception):  # noqa: N818 - its message says what happened
    """The command did not behave as a server."""


def ask(command: list[str], env: Mapping[str, str]) -> Answered:
    """Start the command, greet it, ask for its tools, end it."""
    begun = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - what the user's own configuration names
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(env)
    )
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    errors: list[bytes] = []
    takers = ((process.stdout, lines.put), (process.stderr, errors.append))
    readers = [threading.Thread(target=_pump, args=taker, daemon=True) for taker in takers]
    for reader in readers:
        reader.start()
    try:
        hello = _exchange(process, lines, 1, "initialize", _HELLO)
        ms = round((time.monotonic() - begun) * 1000)
        _say(process, {"jsonrpc": "2.0", "method": "notifications/initialized"})
        tools = _exchange(process, lines, 2, "tools/list", {})
    except NoAnswer as problem:
        _end(process, readers)
        said = b"".join(errors).decode("utf-8", "replace").strip().splitlines()
        raise NoAnswer(f"{problem}{f': {said[-1][:200]}' if said else ''}") from None
    finally:
        _end(process, readers)
    info = hello.get("serverInfo") or {}
    names = tuple(str(tool.get("name")) for tool in tools.get("tools") or [])
    return Answered(ms, str(info.get("name")), str(info.get("version")), names)


def _pump(stream: Any, take: Any) -> None:
    for line in stream:
        take(line)
    take(b"")


def _say(process: subprocess.Popen[bytes], message: dict[str, Any]) -> None:
    """Send a line. One that has ended takes none, but what it said before is still to be read."""
    with contextlib.suppress(OSError):
        if process.stdin:
            process.stdin.write(json.dumps(message).encode() + b"\n")
            process.stdin.flush()


def _exchange(
    process: subprocess.Popen[bytes], lines: queue.SimpleQueue[bytes], id: int, method: str, params: dict[str, Any]
) -> dict[str, Any]:
    """The result of one request; whatever else the server says meanwhile is passed over."""
    _say(process, {"jsonrpc": "2.0", "id": id, "method": method, "params": params})
    until = time.monotonic() + PATIENCE
    while True:
        try:
            line = lines.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            raise NoAnswer(f"it did not answer {method} within {PATIENCE:g} s") from None
        if not line:
            raise NoAnswer("it ended without an answer")
        try:
            reply = json.loads(line)
        except ValueError:
            raise NoAnswer(f"it speaks something else than MCP: {line[:60]!r}") from None
        if isinstance(reply, dict) and reply.get("id") == id:
            if isinstance(reply.get("result"), dict):
                return dict(reply["result"])
            raise NoAnswer(f"it refused {method}")


def _end(process: subprocess.Popen[bytes], readers: list[threading.Thread]) -> None:
    """Close its stdin, which ends a server; if it does not end, end it."""
    if process.stdin:
        with contextlib.suppress(OSError):
            process.stdin.close()
    try:
        process.wait(2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for reader, stream in zip(readers, (process.stdout, process.stderr), strict=True):
        reader.join(1)  # longer only where a child of it still holds the pipe
        if stream and not reader.is_alive():
            stream.close()
