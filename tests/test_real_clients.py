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
INTEGRATIONS = Path(__file__).parent.parent / "integrations"
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
    with Codex(tmp_path) as codex:
        servers = {server["name"]: server for server in codex.ask("mcpServerStatus/list")["data"]}
    assert "recall" in servers["neural-memory"]["tools"]
    setup(run, "codex", "--remove")
    listed = run("codex", "mcp", "list")
    assert "neural-memory" not in listed
    assert "other" in listed


class Codex:
    """Codex's own server for editors: it starts ours and calls it, without a model."""

    def __init__(self, folder: Path, action: str = "cancel") -> None:
        environment = {**os.environ, "HOME": str(folder / "home")}
        environment.pop("CODEX_HOME", None)
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            ["codex", "app-server"],
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=folder / "work",
        )
        self.action = action  # what its user answers to every question
        self.asked: list[str] = []
        self.count = 0

    def __enter__(self) -> Codex:
        self.ask("initialize", clientInfo={"name": "tests", "title": "tests", "version": "1"})
        self.send(method="initialized")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def send(self, **message: object) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def ask(self, method: str, **params: object) -> Any:
        assert self.process.stdout
        self.count += 1
        self.send(id=self.count, method=method, params=params)
        for message in map(json.loads, self.process.stdout):
            if message.get("method") == "mcpServer/elicitation/request":
                self.asked.append(message["params"]["message"])
                self.send(id=message["id"], result={"action": self.action, "content": {}})
            elif message.get("id") == self.count:
                return message["result"]
        raise AssertionError(f"Codex ended before it answered {method}")

    def call(self, tool: str, **arguments: object) -> str:
        """A new session in which this tool is called."""
        thread = self.ask("thread/start")["thread"]["id"]
        called = self.ask(
            "mcpServer/tool/call", threadId=thread, server="neural-memory", tool=tool, arguments=arguments
        )
        return str(called["content"][0]["text"])


@needs("codex")
@pytest.mark.slow
def test_codex_stores_in_one_session_and_recalls_in_the_next(run: Run, tmp_path: Path) -> None:
    """And its user is asked before many memories go."""
    setup(run, "codex")
    with Codex(tmp_path, "decline") as codex:
        for number in range(4):
            codex.call("remember", content=f"The deprecated endpoint v1/{number} answers with 410", tags=["old"])
        assert codex.call("forget", tags=["old"]).startswith("Nothing was deleted")
    with Codex(tmp_path, "accept") as codex:
        assert "v1/3 answers with 410" in codex.call("recall", query="what does the deprecated endpoint answer?")
        assert codex.call("forget", tags=["old"]).startswith("Forgot 4 memories")
        assert codex.asked[0].startswith("Delete 4 memories? Undo brings them back.")
        assert "Nothing is stored" in codex.call("recall", query="what does the deprecated endpoint answer?")


@needs("gemini")
@pytest.mark.slow
def test_gemini_connects(run: Run) -> None:
    """For the user and for a project it trusts."""
    setup(run, "gemini")
    assert "✓ neural-memory" in run("gemini", "mcp", "list")
    setup(run, "gemini", "--remove")
    assert "No MCP servers configured" in run("gemini", "mcp", "list")


@needs("codex")
@pytest.mark.slow
def test_codex_reads_our_hooks(run: Run, tmp_path: Path) -> None:
    """The file for its hooks is understood: five of them, without a warning."""
    (tmp_path / "home" / ".codex").mkdir()
    shutil.copy(INTEGRATIONS / "codex" / "hooks.json", tmp_path / "home" / ".codex")
    with Codex(tmp_path) as codex:
        (found,) = codex.ask("hooks/list", cwds=[str(tmp_path / "work")])["data"]
    events = sorted(hook["eventName"] for hook in found["hooks"])
    assert events == ["preCompact", "sessionEnd", "sessionStart", "stop", "userPromptSubmit"]
    assert (found["warnings"], found["errors"]) == ([], [])


@needs("gemini")
@pytest.mark.slow
def test_gemini_takes_our_extension(run: Run) -> None:
    """It is valid, is linked, and brings the server along."""
    assert "successfully validated" in run("gemini", "extensions", "validate", str(INTEGRATIONS / "gemini"))
    run("gemini", "extensions", "link", str(INTEGRATIONS / "gemini"), "--consent")
    assert "neural-memory (0.2.0)" in run("gemini", "extensions", "list")
