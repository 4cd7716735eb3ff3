"""Several processes at one file, and processes that die: every acknowledged memory is there exactly once."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import IO

import anyio
import pytest
from mcp import Client, StdioServerParameters

from neural_memory import Brain

Start = Callable[..., "subprocess.Popen[str]"]

# Waits for a line on stdin, so that all of them begin together; prints each id once it is acknowledged.
STORE = """
import sys
from neural_memory import Brain
name, number = sys.argv[1], int(sys.argv[2])
path = sys.argv[3] if len(sys.argv) > 3 else None
if path:
    brain = Brain.open(path, source=name)
print("ready", flush=True)
sys.stdin.readline()
if not path:
    brain = Brain.open(source=name)
for i in range(number):
    print(brain.remember(f"worker {name} learned fact number {i}").id, flush=True)
brain.close()
"""

FOREVER = """
import itertools, sys
from neural_memory import Brain
with Brain.open(sys.argv[1]) as brain:
    for i in itertools.count():
        print(brain.remember(f"round {sys.argv[2]} fact {i} with tags", tags=["kill", f"t{i}"]).id, flush=True)
"""


def out(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout
    return process.stdout


def begin_together(processes: list[subprocess.Popen[str]]) -> list[list[str]]:
    """Let processes that are ready go on; returns what each printed."""
    for process in processes:
        assert out(process).readline() == "ready\n", process.communicate()[1]
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    printed = []
    for process in processes:
        text, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        assert errors == ""
        printed.append(text.split())
    return printed


def assert_sound(path: Path) -> None:
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert (
            plain.execute("SELECT count(*) FROM full_text").fetchone()
            == plain.execute("SELECT count(*) FROM memories").fetchone()
        )


@pytest.mark.parametrize(("processes", "each"), [(2, 30), (4, 15)])
def test_processes_that_store_at_once_lose_and_double_nothing(
    path: Path, python: Start, processes: int, each: int
) -> None:
    """Every acknowledged memory of every process is in the file exactly once, and all see all."""
    with Brain.open(path) as brain:
        started = [python(STORE, f"w{i}", each, path) for i in range(processes)]
        ids = [id for printed in begin_together(started) for id in printed]
        assert len(ids) == len(set(ids)) == processes * each
        listed = brain.audit(limit=None).memories
        assert Counter(m.id for m in listed) == Counter(ids)
        assert len({m.content for m in listed}) == processes * each
        assert {m.source for m in listed} == {f"w{i}" for i in range(processes)}
        for i in range(processes):
            assert brain.recall(f"worker w{i} fact")[0].memory.source == f"w{i}"
    assert_sound(path)


def test_the_same_text_from_many_processes_is_stored_once(path: Path, python: Start) -> None:
    """Recognising a duplicate and storing it is one step, whoever else is at it."""
    script = STORE.replace("worker {name} learned", "everybody learned")
    Brain.open(path).close()
    printed = begin_together([python(script, f"w{i}", 5, path) for i in range(4)])
    assert all(ids == printed[0] for ids in printed)
    with Brain.open(path) as brain:
        assert brain.audit().total == 5


def test_the_first_start_of_six_at_once_works_for_all_of_them(home: Path, python: Start) -> None:
    """On an empty home: every process opens, stores and is answered; the home is as one process makes it."""
    printed = begin_together([python(STORE, f"w{i}", 2) for i in range(6)])
    with Brain.open() as brain:
        assert {m.id for m in brain.audit().memories} == {id for ids in printed for id in ids}
        assert brain.audit().total == 12
    assert sorted(p.name for p in home.iterdir()) == ["config.json", "memory.db"]
    assert json.loads((home / "config.json").read_text())["recall_limit"] == 10
    assert_sound(home / "memory.db")


def test_two_open_brains_see_each_others_changes_at_once(path: Path, opened: Callable[..., Brain]) -> None:
    """Stored, revised and forgotten in one window: the other one's next answer has it."""
    one, two = opened(), opened()
    stored = one.remember("The gateway speaks SOAP")
    assert two.recall("soap")[0].memory.id == stored.id
    two.revise(stored.id, content="The gateway speaks GraphQL")
    assert one.recall("soap") == []
    assert one.recall("graphql")[0].memory.id == stored.id
    one.forget([stored.id])
    assert two.recall("graphql") == []
    assert two.audit().total == 0


def test_the_same_text_in_two_windows_is_recognised(opened: Callable[..., Brain]) -> None:
    """What the other window stored a moment ago is not stored again, and what is nearly the same is named."""
    one, two = opened(), opened()
    one.remember("Plants need water")
    two.remember("Releases are cut from main")
    first = one.remember("Payment service has rate limit of 100 requests per minute")
    again = two.remember("payment service has  rate limit of 100 requests per minute")
    assert (again.created, again.id) == (False, first.id)
    second = one.remember("Payment service has a timeout of 30 seconds for refunds")
    nearly = two.remember("Payment service has a timeout of 45 seconds for refunds")
    assert [m.id for m in nearly.similar] == [second.id]


@pytest.mark.parametrize("round_", range(3))
def test_a_process_killed_while_storing_loses_nothing_acknowledged(path: Path, python: Start, round_: int) -> None:
    """After `kill -9` in the middle of storing, what was acknowledged is there, whole, linked and found."""
    acknowledged: list[str] = []
    for attempt in range(3):
        process = python(FOREVER, path, attempt)
        acknowledged += [out(process).readline().strip() for _ in range(1 + 7 * round_ + attempt)]
        process.kill()
        acknowledged += out(process).read().split()
        process.wait()
        with Brain.open(path) as brain:
            there = {m.id: m for m in brain.audit(limit=None).memories}
            missing = [id for id in acknowledged if len(id) == 14 and id not in there]
            assert missing == []
            assert len(there) <= len(acknowledged) + attempt + 1
            assert all(m.tags[0] == "kill" for m in there.values())
            assert brain.stats().fibers == len(there)
            assert brain.recall(f"round {attempt} fact")
    assert_sound(path)


def test_a_killed_import_leaves_whole_chunks_only(path: Path, python: Start) -> None:
    """Of an import that was killed, what was reported as done is there."""
    process = python(
        "import sys\n"
        "from neural_memory import Brain\n"
        "with Brain.open(sys.argv[1]) as brain:\n"
        "    brain.remember_many((f'fact {i}' for i in range(10**9)), chunk=20,"
        " progress=lambda done: print(done, flush=True))",
        path,
    )
    for _ in range(3):
        done = int(out(process).readline())
    process.kill()
    done = max([done, *map(int, out(process).read().split("\n")[:-1])])
    process.wait()
    with Brain.open(path) as brain:
        total = brain.audit().total
        assert total >= done
        assert total % 20 == 0
        assert brain.recall(f"fact {done - 1}")


def test_a_writer_waits_for_another_process(path: Path, python: Start) -> None:
    """A store that meets a lock is done when the lock goes, not refused."""
    Brain.open(path).close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    writer = python(STORE, "w", 1, path)
    assert writer.stdin
    assert out(writer).readline() == "ready\n"
    writer.stdin.write("\n")
    writer.stdin.flush()
    for _ in range(100):  # plenty of looks at a file that must not change while it is held
        assert holder.execute("SELECT count(*) FROM memories").fetchone() == (0,)
    holder.execute("COMMIT")
    holder.close()
    text, errors = writer.communicate(timeout=60)
    assert writer.returncode == 0, errors
    with Brain.open(path) as brain:
        assert [m.id for m in brain.audit().memories] == text.split()


def test_two_servers_at_one_home_lose_and_double_nothing(tmp_path: Path) -> None:
    """Two clients with a server each, storing at once: all calls succeed and both recall everything."""

    async def both() -> list[str]:
        program = StdioServerParameters(
            command=sys.executable, args=["-m", "neural_memory", "--mcp"], env={"NEURAL_MEMORY_HOME": str(tmp_path)}
        )
        answers: list[str] = []

        async def store(client: Client, name: str, number: int) -> None:
            result = await client.call_tool("remember", {"content": f"server {name} learned number {number}"})
            assert not result.is_error, result
            answers.append(str(result.content[0]))

        async with Client(program) as one, Client(program) as two:
            async with anyio.create_task_group() as tasks:
                for number in range(15):
                    tasks.start_soon(store, one, "one", number)
                    tasks.start_soon(store, two, "two", number)
            for client in (one, two):
                result = await client.call_tool("audit", {"about": "learned number"})
                assert "30 in all" in str(result.content[0])
        return answers

    answers = anyio.run(both)
    assert len(answers) == 30
    assert all("Stored" in answer for answer in answers)
    with Brain.open(tmp_path / "memory.db") as brain:
        assert brain.audit().total == 30
    assert_sound(tmp_path / "memory.db")


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
def test_a_killed_server_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    """The client's "stored" is true even when the server is killed right after it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "neural_memory", "--mcp"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "NEURAL_MEMORY_HOME": str(tmp_path)},
    )
    assert process.stdin
    assert process.stdout

    def ask(number: int, method: str, params: dict[str, object]) -> str:
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        process.stdin.write(json.dumps(message).encode() + b"\n")  # type: ignore[union-attr]
        process.stdin.flush()  # type: ignore[union-attr]
        return process.stdout.readline().decode()  # type: ignore[union-attr]

    info = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    ask(1, "initialize", info)
    try:
        for number in range(2, 7):
            call = {"name": "remember", "arguments": {"content": f"acknowledged {number}"}}
            assert "Stored" in ask(number, "tools/call", call)
    finally:
        process.kill()
        process.communicate()
    with Brain.open(tmp_path / "memory.db") as brain:
        assert brain.audit().total == 5
        assert brain.recall("acknowledged 6")
