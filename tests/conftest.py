"""What tests share: a memory file of their own, a home of their own, real processes."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from neural_memory import Brain, Memory, Recollection

# Each example writes to a real file with real fsyncs, so a deadline would only measure the disk.
settings.register_profile(
    "files", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("files")


@pytest.fixture(autouse=True)
def no_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests run inside a repository, ours; they work in a project only if they say so."""
    monkeypatch.setenv("NEURAL_MEMORY_PROJECT", "none")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the memory file of this test is (it is made by whoever opens it first)."""
    return tmp_path / "memory.db"


@pytest.fixture
def brain(path: Path) -> Iterator[Brain]:
    """An open brain on an empty file."""
    with Brain.open(path) as opened:
        yield opened


@pytest.fixture
def opened(path: Path) -> Iterator[Callable[..., Brain]]:
    """Opens further brains on the same file; all of them are closed at the end."""
    with ExitStack() as stack:

        def another(**who: str) -> Brain:
            return stack.enter_context(Brain.open(path, **who))

        yield another


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that does not exist yet, in force for this process and those it starts."""
    folder = tmp_path / "home" / ".neural-memory"
    monkeypatch.setenv("NEURAL_MEMORY_HOME", str(folder))
    return folder


@pytest.fixture
def python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a Python process that runs a script; whatever is left of it at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(script: str, *arguments: object, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", script, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, **environment},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def talk() -> Callable[..., list[str]]:
    """Starts a server with these variables, calls tools one after the other, and gives back what each said."""

    def calls(environment: dict[str, str], *wanted: tuple[str, dict[str, Any]]) -> list[str]:
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "tests", "version": "1"}}
        requests: list[tuple[str, dict[str, Any]]] = [("initialize", hello)]
        requests += [("tools/call", {"name": name, "arguments": arguments}) for name, arguments in wanted]
        command = [sys.executable, "-m", "neural_memory", "--mcp"]
        pipe = subprocess.PIPE
        said = []
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, env={**os.environ, **environment}) as server:
            assert server.stdin
            assert server.stdout
            for id, (method, params) in enumerate(requests):
                message = {"jsonrpc": "2.0", "id": id, "method": method, "params": params}
                server.stdin.write(json.dumps(message).encode() + b"\n")
                server.stdin.flush()
                said.append(json.loads(server.stdout.readline())["result"])
            server.stdin.close()
            server.wait(30)
        return [result["content"][0]["text"] for result in said[1:]]

    return calls


@pytest.fixture
def said() -> Callable[[Iterable[Recollection | Memory]], list[str]]:
    """The contents of hits or memories, in their order."""
    return lambda found: [hit.memory.content if isinstance(hit, Recollection) else hit.content for hit in found]


@pytest.fixture
def days_ago() -> Callable[[float], str]:
    """A timestamp so many days back."""
    return lambda days: (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def plain_at() -> Callable[[Path, str], list[tuple[Any, ...]]]:
    """Runs SQL in a file over a fresh connection of the standard library that knows nothing of us."""

    def run(file: Path, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(file)) as connection, connection:
            return connection.execute(sql).fetchall()

    return run


@pytest.fixture
def plain(path: Path, plain_at: Callable[[Path, str], list[tuple[Any, ...]]]) -> Callable[[str], list[tuple[Any, ...]]]:
    """The same, in this test's memory file."""
    return lambda sql: plain_at(path, sql)
