"""Which clients are there, where do they keep their configuration, and in which form?

One entry of `CLIENTS` a client; everything else in this package works from it. Paths are made from a `Machine`, so the
same table says where things are on Linux, macOS and Windows.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import which
from typing import Literal

from neural_memory.values import dataclass

NAME = "neural-memory"  # under which we stand in every configuration

System = Literal["linux", "macos", "windows"]


@dataclass(frozen=True, slots=True)
class Machine:
    """The surroundings that paths depend on."""

    system: System
    home: Path
    env: Mapping[str, str]

    def config(self, linux: str, macos: str, windows: str) -> Path:
        """A folder of an application: below ~/.config, ~/Library/Application Support or %APPDATA%."""
        if self.system == "macos":
            return self.home / "Library" / "Application Support" / macos
        if self.system == "windows":
            return Path(self.env.get("APPDATA") or self.home / "AppData" / "Roaming") / windows
        return Path(self.env.get("XDG_CONFIG_HOME") or self.home / ".config") / linux

    def has(self, *commands: str) -> bool:
        """Whether one of these commands can be started."""
        return any(which(command, path=self.env.get("PATH", "")) for command in commands)


def this_machine() -> Machine:
    """The one we run on."""
    system: System = "windows" if os.name == "nt" else "macos" if sys.platform == "darwin" else "linux"
    return Machine(system, Path.home(), os.environ)


@dataclass(frozen=True, slots=True)
class Client:
    """One client.

    key:        how the user names it
    file:       its configuration for all projects of this user
    key_path:   the table of servers in that file
    project:    its shared configuration inside a project; None: it has none
    commands:   what it is started with, if that is on the PATH
    folder:     a folder it makes for itself
    typed:      an entry says `"type": "stdio"`
    comments:   its JSON may hold comments and trailing commas
    """

    key: str
    title: str
    file: Callable[[Machine], Path]
    key_path: tuple[str, ...]
    folder: Callable[[Machine], Path]
    commands: tuple[str, ...] = ()
    project: str | None = None
    typed: bool = False
    comments: bool = True

    def is_installed(self, machine: Machine) -> bool:
        """Whether there is a trace of it: its command, its folder or its configuration."""
        return self.folder(machine).is_dir() or self.file(machine).exists() or machine.has(*self.commands)


def _claude(machine: Machine) -> Path:
    return Path(machine.env.get("CLAUDE_CONFIG_DIR") or machine.home / ".claude")


def _claude_file(machine: Machine) -> Path:
    return Path(machine.env.get("CLAUDE_CONFIG_DIR") or machine.home) / ".claude.json"


def _codex(machine: Machine) -> Path:
    return Path(machine.env.get("CODEX_HOME") or machine.home / ".codex")


def _gemini(machine: Machine) -> Path:
    return Path(machine.env.get("GEMINI_CLI_HOME") or machine.home) / ".gemini"


def _windsurf(machine: Machine) -> Path:
    return machine.home / ".codeium" / "windsurf"


def _vscode(machine: Machine) -> Path:
    return machine.config("Code", "Code", "Code") / "User"


def _zed(machine: Machine) -> Path:
    # Also on macOS below ~/.config.
    return machine.home / ".config" / "zed" if machine.system == "macos" else machine.config("zed", "zed", "Zed")


def _desktop(machine: Machine) -> Path:
    """As a packaged application (MSIX, the usual one on Windows) it sees a folder of its own in place of %APPDATA%."""
    if machine.system == "windows":
        local = Path(machine.env.get("LOCALAPPDATA") or machine.home / "AppData" / "Local")
        packaged = sorted((local / "Packages").glob("Claude_*/LocalCache/Roaming/Claude"))
        in_use = [folder for folder in packaged if (folder / "claude_desktop_config.json").exists()]
        if packaged:
            return (in_use or packaged)[0]
    return machine.config("Claude", "Claude", "Claude")


CLIENTS: dict[str, Client] = {
    client.key: client
    for client in (
        Client(
            "claude-code",
            "Claude Code",
            _claude_file,
            ("mcpServers",),
            _claude,
            commands=("claude",),
            project=".mcp.json",
            typed=True,
            comments=False,
        ),
        Client(
            "claude-desktop",
            "Claude Desktop",
            lambda machine: _desktop(machine) / "claude_desktop_config.json",
            ("mcpServers",),
            _desktop,
            comments=False,
        ),
        Client(
            "cursor",
            "Cursor",
            lambda machine: machine.home / ".cursor" / "mcp.json",
            ("mcpServers",),
            lambda machine: machine.home / ".cursor",
            commands=("cursor", "cursor-agent"),
            project=".cursor/mcp.json",
        ),
        Client(
            "vscode",
            "VS Code",
            lambda machine: _vscode(machine) / "mcp.json",
            ("servers",),
            _vscode,
            commands=("code",),
            project=".vscode/mcp.json",
            typed=True,
        ),
        Client(
            "codex",
            "Codex CLI",
            lambda machine: _codex(machine) / "config.toml",
            ("mcp_servers",),
            _codex,
            commands=("codex",),
            project=".codex/config.toml",
        ),
        Client(
            "gemini",
            "Gemini CLI",
            lambda machine: _gemini(machine) / "settings.json",
            ("mcpServers",),
            _gemini,
            commands=("gemini",),
            project=".gemini/settings.json",
        ),
        Client(
            "windsurf",
            "Windsurf",
            lambda machine: _windsurf(machine) / "mcp_config.json",
            ("mcpServers",),
            _windsurf,
            commands=("windsurf",),
        ),
        Client(
            "zed",
            "Zed",
            lambda machine: _zed(machine) / "settings.json",
            ("context_servers",),
            _zed,
            commands=("zed", "zeditor"),
            project=".zed/settings.json",
        ),
    )
}
