"""Does anything here reach for a network?  Server and commands, cut off from every network and watched by strace."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neural_memory.cli.main import GROUPS
from neural_memory.hooks.command import EVENTS
from neural_memory.mcp import words

CONTENT = "Zanzibar-7351 is the staging host, reached over the Quillfeather tunnel"
INTERNET = re.compile(r"AF_INET|AF_INET6|AF_PACKET|SOCK_RAW")


def _works(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


ALONE = ("unshare", "-rn") if _works("unshare", "-rn", "true") else ()
WATCHED = bool(shutil.which("strace")) and _works("strace", "-f", "-o", os.devnull, "true")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="network namespaces and strace are Linux"),
    pytest.mark.skipif(not (ALONE or WATCHED), reason="neither unshare -rn nor strace may be used here"),
]


class Watched:
    """Runs the product cut off from every network, and keeps what it asked the kernel for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.user = folder / "user"
        self.user.mkdir()
        self._traces = 0

    def start(self, *arguments: str, program: tuple[str, ...] = ("-m", "neural_memory")) -> subprocess.Popen[bytes]:
        command = [*ALONE]
        if WATCHED:
            self._traces += 1
            trace = ("trace=network,execve", "-s", "4096", "-o", str(self.folder / f"trace-{self._traces}"))
            command += ["strace", "-f", "-qq", "-e", *trace]
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "CLAUDE_"))}
        environment |= {
            "NEURAL_MEMORY_HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "HOME": str(self.user),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [*command, sys.executable, *program, *arguments],
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env=environment,
            cwd=self.user,
        )

    def run(self, *arguments: str, given: str = "") -> tuple[str, str]:
        process = self.start(*arguments)
        out, err = process.communicate(given.encode(), timeout=120)
        return out.decode(), err.decode()

    def traced(self) -> str:
        return "\n".join(file.read_text("utf-8", "replace") for file in self.folder.glob("trace-*"))

    def asked_for_internet(self) -> list[str]:
        return [line for line in self.traced().splitlines() if INTERNET.search(line)]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    yield Watched(tmp_path)


@pytest.mark.skipif(not WATCHED, reason="strace may not be used here")
def test_the_watch_itself_sees_an_attempt(watched: Watched) -> None:
    """A connection that somebody tries is in the trace, and fails."""
    attempt = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    process = watched.start(program=("-c", attempt))
    assert process.communicate(timeout=60)[1]
    assert any("connect(" in line for line in watched.asked_for_internet())


def test_no_tool_of_the_server_reaches_for_a_network(watched: Watched) -> None:
    """Every tool, prompt, resource and completion in one session, the model included: no socket of the internet."""
    process = watched.start("--mcp")
    arguments: dict[str, dict[str, Any]] = {
        "remember": {"content": CONTENT, "tags": ["hosts"]},
        "recall": {"query": "which host is for staging?"},
        "audit": {"about": "host"},
        "forget": {"mentions": "nothing like this", "dry_run": True},
        "revise": {"id": "mem_0000000000", "importance": 0.5},
        "connections": {"of": "host"},
        "undo": {},
    }
    for tool in words.TOOLS:
        arguments.setdefault(tool["name"], {})
    requests = [("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x"}})]
    requests += [("tools/call", {"name": name, "arguments": given}) for name, given in arguments.items()]
    requests += [("tools/call", {"name": "recall", "arguments": {"query": "where do we deploy?"}})] * 2
    requests += [(method, {}) for method in ("tools/list", "prompts/list", "resources/list")]
    requests += [("prompts/get", {"name": "recall"}), ("resources/read", {"uri": "memory://stats"})]
    lines = [
        json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        for number, (method, params) in enumerate(requests)
    ]
    out, err = process.communicate("\n".join(lines).encode() + b"\n", timeout=120)
    replies = [json.loads(line) for line in out.splitlines()]
    assert len(replies) == len(requests)
    assert "built-in" in json.dumps(replies[-1]) or "MiniLM" in json.dumps(replies[-1])
    assert watched.asked_for_internet() == []
    assert b"Zanzibar" not in err and b"Quillfeather" not in err


CLIENTS = ("claude-code", "cursor", "codex", "gemini", "vscode", "windsurf", "zed", "claude-desktop")
COMMANDS = (
    "setup --yes " + " ".join(CLIENTS),
    "setup --instructions --yes claude-code codex",
    "setup --check",
    "doctor",
    "doctor --repair",
    "completion bash",
    "audit",
    "audit --about host",
    "audit --duplicates",
    "audit --contradictory",
    "audit --secrets",
    "audit --suspect",
    "list",
    "show ID",
    "history ID",
    "log",
    "stats",
    "connections host",
    "tags",
    "tags rename hosts machines",
    "revise ID --importance 0.9",
    "move ID --to shop",
    "projects",
    "projects rename shop store",
    "export all.jsonl",
    "export --markdown folder",
    "export --project store --for-sharing shared",
    "import all.jsonl --dry-run",
    "import all.jsonl",
    "import folder",
    "import notes",
    "import table.csv",
    "import server-memory.jsonl",
    "import claude --transcripts",
    "review",
    "review --dismiss-all",
    "both-hold ID OTHER",
    "merge ID OTHER",
    "undo",
    "redo",
    "backup saved",
    "restore saved/FILE --yes",
    "forget --mentions Zanzibar --yes",
    "forget OTHER --for-good --yes",
    "forget --copies --yes",
    "setup --remove --yes " + " ".join(CLIENTS),
    "demo",
)
"""Every command there is. ID, OTHER: of memories; FILE: what a backup made."""


def test_no_command_reaches_for_a_network(watched: Watched) -> None:
    """Every command, setup, doctor, imports and exports among them: no socket of the internet, and all of it works."""
    ids = [
        json.loads(watched.run("remember", "-", "--json", given=text)[0])["id"] for text in (CONTENT, "Quay 9 is ours")
    ]
    out, _ = watched.run("recall", "which host is for staging?")
    assert "Zanzibar" in out
    notes = watched.user / "notes"
    notes.mkdir()
    (notes / "one.md").write_text("# Billing\n\nInvoices are rounded half up.\n")
    (watched.user / "table.csv").write_text("content,tags\nThe gateway listens on port 8443,net\n")
    entity = {"type": "entity", "name": "harbor", "entityType": "host", "observations": ["is the staging host"]}
    (watched.user / "server-memory.jsonl").write_text(json.dumps(entity) + "\n")
    (watched.user / ".claude").mkdir()
    (watched.user / ".claude" / "CLAUDE.md").write_text("- Always use pnpm in this repository, never npm.\n")
    for line in COMMANDS:
        saved = next((file.name for file in (watched.user / "saved").glob("*.db")), "FILE")
        words_ = line.replace("OTHER", ids[1]).replace("ID", ids[0]).replace("FILE", saved).split()
        _, err = watched.run(*words_)
        assert "Traceback" not in err and "Usage:" not in err, (line, err)
    assert watched.asked_for_internet() == []
    done = {line.split()[0] for line in COMMANDS} | {"remember", "recall"}
    assert done == {command.name for commands in GROUPS.values() for command in commands}


def test_no_hook_reaches_for_a_network(watched: Watched) -> None:
    """From the start of a session to its end, with a record to look through."""
    record = watched.user / "session.jsonl"
    said = {"role": "user", "content": "No, we use pnpm in this repository, not npm."}
    record.write_text(json.dumps({"type": "user", "timestamp": "2026-11-01T10:00:00.000Z", "message": said}) + "\n")
    watched.run("remember", "-", given=CONTENT)
    given = {"session_id": "s", "source": "startup", "transcript_path": str(record), "prompt": "the staging host?"}
    for event in EVENTS:
        out, err = watched.run("hook", event, *(["--now"] if event == "session-end" else []), given=json.dumps(given))
        assert isinstance(json.loads(out or "{}"), dict), (event, err)  # before a compaction it says nothing
    assert "pnpm" in watched.run("review")[0]
    assert watched.asked_for_internet() == []


def test_what_a_memory_says_is_in_the_file_alone(watched: Watched) -> None:
    """Not in another file of the home, not in a temporary one, not on stderr, and in no argument of any process."""
    _, err = watched.run("remember", "-", given=CONTENT)
    _, err2 = watched.run("recall", "which host is for staging?")
    _, err3 = watched.run("remember", "-", "--kind", "fact", given=f"{CONTENT} still")
    assert "Zanzibar" not in err + err2 + err3
    files = (file for file in watched.folder.rglob("*") if file.is_file() and not file.name.startswith("trace"))
    holding = [file.relative_to(watched.folder).as_posix() for file in files if b"Zanzibar" in file.read_bytes()]
    assert holding == ["home/memory.db"]
    assert list(watched.temporary.rglob("*")) == []
    assert "Zanzibar" not in "\n".join(line for line in watched.traced().splitlines() if "execve(" in line)
