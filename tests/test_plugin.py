"""Do the files that clients install fit the program?  Without any client: versions, events, names of tools."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neural_memory import __version__
from neural_memory.hooks.command import EVENTS
from neural_memory.mcp import hooked
from neural_memory.mcp.words import TOOLS

ROOT = Path(__file__).parent.parent
PLUGIN = ROOT / "plugin"
HOOKS = (PLUGIN / "hooks", ROOT / "integrations" / "codex", ROOT / "integrations" / "gemini" / "hooks")


def read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8")))


def hooks(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for event, groups in read(folder / "hooks.json")["hooks"].items():
        for group in groups:
            yield from ((event, each) for each in group["hooks"])


def test_they_are_of_this_version() -> None:
    """The plugin and the extension say the version of the package; the marketplace leads to the plugin."""
    assert read(PLUGIN / ".claude-plugin" / "plugin.json")["version"] == __version__
    assert read(ROOT / "integrations" / "gemini" / "gemini-extension.json")["version"] == __version__
    (listed,) = read(ROOT / ".claude-plugin" / "marketplace.json")["plugins"]
    assert (ROOT / listed["source"] / ".claude-plugin" / "plugin.json").is_file()


def test_every_hook_calls_something_that_is_there() -> None:
    """Commands name events of `neural-memory hook`; calls of the server name its hidden tool and its events."""
    for folder in HOOKS:
        for event, hook in hooks(folder):
            if hook["type"] == "command":
                (called,) = re.findall(r"neural-memory hook ([\w-]+)", hook["command"])
                assert called in EVENTS
            else:
                server = "plugin:neural-memory:neural-memory" if folder.parent == PLUGIN else "neural-memory"
                assert (hook["server"], hook["tool"]) == (server, hooked.NAME)
                assert hook["input"]["event"] == event
                assert event in hooked._EVENTS


def test_commands_and_the_agent_name_tools_that_are_there() -> None:
    """Each tool they may use exists, and the agent may use none that changes anything."""
    changing = {tool["name"] for tool in TOOLS if not tool["annotations"]["readOnlyHint"]}
    known = {tool["name"] for tool in TOOLS}
    for file in (*PLUGIN.glob("commands/*.md"), *PLUGIN.glob("agents/*.md")):
        text = file.read_text("utf-8")
        used = set(re.findall(r"mcp__plugin_neural-memory_neural-memory__(\w+)", text))
        assert used
        assert used <= known
        if file.parent.name == "agents":
            assert not used & changing
        else:
            assert "$ARGUMENTS" in text


def test_the_hidden_tool_is_hidden() -> None:
    """Only hooks call it: it is in no list."""
    assert hooked.NAME not in {tool["name"] for tool in TOOLS}
