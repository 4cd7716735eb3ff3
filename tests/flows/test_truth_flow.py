"""A memory that stays true, played against the installed command: in a work tree, over MCP and at a terminal's pipe."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

Call = tuple[str, dict[str, Any]]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A repository with one file."""
    root = tmp_path / "shop"
    root.mkdir()
    (root / "login.py").write_text("def check(token): ...\n")
    git(root, "init", "-q")
    commit(root)
    return root


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Work")


def environment(work: Path) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if k not in ("CLAUDE_PROJECT_DIR", "NEURAL_MEMORY_PROJECT")}
    home = work.parent / "home" / ".neural-memory"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "config.json").write_text('{"embedder": "none"}')
    return {**inherited, "NEURAL_MEMORY_HOME": str(home)}


def say(work: Path, *calls: Call) -> list[str]:
    """One session of a server that works in the repository: the answers to these calls."""
    lines: list[dict[str, Any]] = [
        {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-06-18",
         "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
    ]  # fmt: skip
    for number, (name, arguments) in enumerate(calls, 1):
        params = {"name": name, "arguments": arguments}
        lines.append({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params})
    answers = []
    with subprocess.Popen(
        [sys.executable, "-m", "neural_memory", "--mcp"], cwd=work, env=environment(work), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as server:  # fmt: skip
        assert server.stdin is not None
        assert server.stdout is not None
        for line in lines:
            server.stdin.write(json.dumps(line) + "\n")
            server.stdin.flush()
            if "id" in line:
                answers.append(json.loads(server.stdout.readline())["result"])
        server.stdin.close()
    return [answer["content"][0]["text"] for answer in answers[1:]]


def run(work: Path, *arguments: str) -> str:
    """What the command says."""
    done = subprocess.run(
        [sys.executable, "-m", "neural_memory", *arguments], cwd=work, env=environment(work), timeout=120,
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_a_contradiction_is_told_and_settled_over_mcp(work: Path) -> None:
    """Stored, named with the way to settle it, listed, settled as the answer says, and told by what remained."""
    first, second, pairs = say(
        work,
        ("remember", {"content": "payments is owned by Priya"}),
        ("remember", {"content": "payments is now owned by Omar, not Priya"}),
        ("audit", {"contradictory": True}),
    )
    old = re.findall(r"mem_\w+", first)[0]
    assert f'remember the same content with replaces="{old}"' in second
    assert "1 pair" in pairs
    settled, asked, pairs = say(
        work,
        ("remember", {"content": "payments is now owned by Omar, not Priya", "replaces": old}),
        ("recall", {"query": "who owns payments?"}),
        ("audit", {"contradictory": True}),
    )
    assert "takes the place of" in settled
    assert f'replaces {old} ("payments is owned by Priya")' in asked
    assert asked.count("[mem_") == 1
    assert pairs.startswith("No memories contradict each other.")
    assert "replaces " + old in run(work, "show", re.findall(r"mem_\w+", settled)[0])


def test_what_has_an_end_is_marked_when_it_is_over(work: Path) -> None:
    """Given in words over MCP and as a date at the terminal; listed as a reminder, and pinned memories say so."""
    stored, suggested = say(
        work,
        ("remember", {"content": "Deploys need two approvals", "valid_until": "end of the month", "pinned": True}),
        ("remember", {"content": "The staging database is frozen until Friday"}),
    )
    assert re.search(r"valid until 20\d\d-\d\d-\d\d · pinned", stored)
    assert "revise it with valid_until=" in suggested
    run(work, "remember", "The licence server is down", "--until", "2025-01-31")
    assert re.search(r"expired [\d,]+ days ago", say(work, ("recall", {"query": "licence server"}))[0])
    listed = say(work, ("audit", {"expired": True}))[0]
    assert "The licence server is down" in listed
    assert "1 in all" in listed
    assert "give a date such as" in run(work, "remember", "x y", "--until", "the next release")


def test_code_that_changed_is_told_in_every_door(work: Path) -> None:
    """Anchored by the server in the repository; then said by recall and audit, over MCP and at the terminal."""
    say(work, ("remember", {"content": "check in login.py verifies the Bearer token"}))
    (work / "login.py").write_text("def check(token): return True\n")
    commit(work)
    told = "login.py changed in 1 commit since"
    recalled, suspect = say(work, ("recall", {"query": "Bearer token"}), ("audit", {"suspect": True}))
    assert told in recalled
    assert told in suspect
    assert told in run(work, "recall", "Bearer token")
    assert told in run(work, "audit", "--suspect")
    assert json.loads(run(work, "audit", "--suspect", "--json"))["suspect"].popitem()[1] == [told]
