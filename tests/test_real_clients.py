"""Do the clients themselves find, start and understand what `setup` wrote?  The real programs, where there are any.

Each has a home of its own; none needs an account or a network for this. To have them: npm install
@anthropic-ai/claude-code @openai/codex @google/gemini-cli, and their folder on the PATH.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., str]
LONGEST = 120  # seconds; these programs are large


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a program in a fresh home and an empty folder; what it printed."""
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "GEMINI_CLI_HOME", "NEURAL_MEMORY_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    quiet = {
        "DISABLE_AUTOUPDATER": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "GEMINI_CLI_TRUST_WORKSPACE": "true",
        "NO_COLOR": "1",
    }
    environment = {**os.environ, **quiet, "HOME": str(tmp_path / "home"), "USERPROFILE": str(tmp_path / "home")}

    def start(*command: str) -> str:
        result = subprocess.run(
            command,
            cwd=tmp_path / "work",
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LONGEST,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout + result.stderr

    return start


def needs(command: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not shutil.which(command), reason=f"{command} is not installed")


def setup(run: Run, *arguments: str) -> str:
    return run(sys.executable, "-m", "neural_memory", "setup", "--yes", *arguments)


@needs("claude")
@pytest.mark.slow
def test_claude_code_connects(run: Run, tmp_path: Path) -> None:
    """In each scope; a shared file it wants approved first; afterwards there is nothing left."""
    for scope in ("user", "local"):
        setup(run, "claude-code", "--scope", scope)
        assert "✔ Connected" in run("claude", "mcp", "list")
        assert f"{scope.capitalize()} config" in run("claude", "mcp", "get", "neural-memory")
        setup(run, "claude-code", "--scope", scope, "--remove")
        assert "No MCP servers configured" in run("claude", "mcp", "list")
    setup(run, "claude-code", "--project")
    assert "neural-memory: neural-memory --mcp" in run("claude", "mcp", "list")
    setup(run, "claude-code", "--project", "--remove")
    assert not (tmp_path / "work" / ".mcp.json").exists()


@needs("claude")
@pytest.mark.slow
def test_claude_code_and_setup_find_each_others_entries(run: Run) -> None:
    """What the client's own command added is found and replaced; what setup added its own command removes."""
    run("claude", "mcp", "add", "-s", "user", "other", "--", "other")
    run("claude", "mcp", "add", "-s", "user", "neural-memory", "--", "/old/neural-memory", "--mcp")
    assert "brought up to date" in setup(run, "claude-code")
    assert "neural-memory: " in run("claude", "mcp", "list")
    run("claude", "mcp", "remove", "-s", "user", "neural-memory")
    assert "nothing to take out" in setup(run, "--remove")
    assert "other" in run("claude", "mcp", "list")


@needs("codex")
@pytest.mark.slow
def test_codex_connects(run: Run, tmp_path: Path) -> None:
    """Its list shows the server, and its own client starts it and reads the tools."""
    run("codex", "mcp", "add", "other", "--", "other")
    setup(run, "codex")
    assert "enabled: true" in run("codex", "mcp", "get", "neural-memory")
    assert "recall" in codex_sees(tmp_path)["neural-memory"]["tools"]
    setup(run, "codex", "--remove")
    listed = run("codex", "mcp", "list")
    assert "neural-memory" not in listed
    assert "other" in listed


def codex_sees(folder: Path) -> dict[str, Any]:
    """What Codex finds out about its servers when it starts them."""
    environment = {**os.environ, "HOME": str(folder / "home")}
    environment.pop("CODEX_HOME", None)
    pipe = subprocess.PIPE
    with subprocess.Popen(
        ["codex", "app-server"],
        stdin=pipe,
        stdout=pipe,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=folder / "work",
    ) as process:
        assert process.stdin
        assert process.stdout
        hello = {"clientInfo": {"name": "tests", "title": "tests", "version": "1"}}
        for message in (
            {"id": 1, "method": "initialize", "params": hello},
            {"method": "initialized"},
            {"id": 2, "method": "mcpServerStatus/list", "params": {}},
        ):
            process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()
        try:
            replies = map(json.loads, process.stdout)
            found = next(reply for reply in replies if reply.get("id") == 2)
        finally:
            process.kill()
    return {server["name"]: server for server in found["result"]["data"]}


@needs("gemini")
@pytest.mark.slow
def test_gemini_connects(run: Run) -> None:
    """For the user and for a project it trusts."""
    setup(run, "gemini")
    assert "✓ neural-memory" in run("gemini", "mcp", "list")
    setup(run, "gemini", "--remove")
    assert "No MCP servers configured" in run("gemini", "mcp", "list")
