"""Does Claude Code have our plugin, which brings a server of its own and hooks that call that one?

An entry of ours beside it is one too many. With the same command Claude Code starts only the entry, and the hooks call
a server that is not there; with another one (a whole path, say) two servers run, and every tool is there twice.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from neural_memory.clients.table import NAME, Client, Machine

ENTRY: dict[str, Any] = {"command": NAME, "args": ["--mcp"]}
"""What the plugin starts."""


def brings_us(client: Client, machine: Machine, folder: Path) -> bool:
    """Whether the plugin is switched on in this client, for all projects or for the one in `folder`."""
    if client.key != "claude-code":
        return False
    config = client.folder(machine)
    by_user = _said(config / "settings.json")
    here = _said(folder / ".claude" / "settings.json") | _said(folder / ".claude" / "settings.local.json")
    on = [name for name, is_on in (by_user | here).items() if is_on is True and name.partition("@")[0] == NAME]
    return any(name in by_user or _is_installed(config, name, folder) for name in on)


def beside(command: list[str]) -> tuple[str, str]:
    """What is wrong with an entry of this command beside the plugin, and what that leads to."""
    if command == [ENTRY["command"], *ENTRY["args"]]:
        return "it takes the place of the plugin's server", "the plugin's hooks call a server that is not started"
    return "the plugin brings a server, too", "two servers run, and every tool is there twice"


def _said(file: Path) -> dict[str, Any]:
    """Which plugins a settings file switches on or off; {} when it says nothing, or nothing that can be read."""
    found = _read(file).get("enabledPlugins")
    return found if isinstance(found, dict) else {}


def _is_installed(config: Path, name: str, folder: Path) -> bool:
    """Whether it was installed, for every project or this one: a project's file may only wish for it."""
    plugins = _read(config / "plugins" / "installed_plugins.json").get("plugins")
    entries = plugins.get(name) if isinstance(plugins, dict) else None
    places = [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    return any(one.get("scope") == "user" or one.get("projectPath") == str(folder) for one in places)


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
