"""Is a plain copy of the file a backup, also while servers write?

    python benchmarks/copies.py [--copies 400] [--save]

Servers store memories over MCP, one of them is asked questions in between (which links what was stored), and all the
while the file is copied as `cp` does it. Each copy is checked with plain SQLite: is it sound, and does it hold every
memory that was acknowledged before the copying began? Those that are not are opened with the product, and checked once
more after it has mended them.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from measuring import Child, save, say

COPIES = 400
FIRST = 300
"""Memories that are there before the copying begins."""
SUBJECTS = ("The payment service", "Our PostgreSQL schema", "The deploy to staging", "login.py", "The Redis cache")
HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "copies", "version": "1"}}
LOADS = {
    "two servers store, resting up to 20 ms, and one is asked": (2, 0.02),
    "two servers store without a rest, and one is asked": (2, 0.0),
    "four servers store without a rest, and one is asked": (4, 0.0),
}


def measure(copies: int = COPIES) -> dict[str, Any]:
    """What became of so many copies under each load."""
    return {"loads": {name: _under(servers, rest, copies) for name, (servers, rest) in LOADS.items()}}


class Server:
    """A server on a pipe."""

    def __init__(self, home: Path) -> None:
        self._child = Child(["neural-memory", "--mcp"], home)
        self._number = 0
        self._ask("initialize", HELLO)

    def _ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        return self._child.ask({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})

    def call(self, tool: str, **arguments: Any) -> None:
        answer = self._ask("tools/call", {"name": tool, "arguments": arguments})
        assert not answer["isError"], answer

    def end(self) -> None:
        self._child.end()


def _under(servers: int, rest: float, copies: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        stored: list[str] = []
        started = time.monotonic()
        with _load(home, servers, rest, stored):
            while len(stored) < FIRST:
                time.sleep(0.05)
            begun, before = time.monotonic(), len(stored)
            found = [_copied(home, set(stored)) for _ in range(copies)]
            pace = (len(stored) - before) / (time.monotonic() - begun)
        say(f"{servers} servers, rest {rest} s: {copies} copies in {time.monotonic() - started:.0f} s")
    return {
        "copies": copies,
        "stores_per_second": round(pace, 1),
        "unsound": sum(not sound for sound, _, _ in found),
        "incomplete": sum(not complete for _, complete, _ in found),
        "lost_after_mending": sum(lost for _, _, lost in found),
    }


@contextmanager
def _load(home: Path, servers: int, rest: float, stored: list[str]) -> Iterator[None]:
    """Servers at work, as long as this lasts. stored: gets each text once it is acknowledged."""
    stop = threading.Event()
    running = [Server(home) for _ in range(servers + 1)]

    def write(number: int) -> None:
        chance = random.Random(number)
        count = 0
        while not stop.is_set():
            count += 1
            text = f"{chance.choice(SUBJECTS)} has to do with number{number}x{count} of the list"
            running[number].call("remember", content=text)
            stored.append(text)
            time.sleep(rest * chance.random())

    def ask() -> None:
        while not stop.is_set():
            running[-1].call("recall", query="what do we know about payments?")
            time.sleep(0.1)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(servers)]
    threads.append(threading.Thread(target=ask))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        for server in running:
            server.end()


def _copied(home: Path, acknowledged: set[str]) -> tuple[bool, bool, int]:
    """(sound, complete, how many memories are missing after the product mended it) of one copy."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "memory.db"
        shutil.copyfile(home / "neural-memory" / "memory.db", copy)
        sound, there = _looked_at(copy)
        complete = acknowledged <= there
        if sound and complete:
            return True, True, 0
        from neural_memory import Brain

        with Brain.open(copy) as brain:
            there = {memory.content for memory in brain.audit(limit=None).memories}
        return sound, complete, len(acknowledged - there)


def _looked_at(copy: Path) -> tuple[bool, set[str]]:
    """Is it sound, and what does it hold?"""
    try:
        with closing(sqlite3.connect(copy)) as plain:
            there = {content for (content,) in plain.execute("SELECT content FROM memories")}
            return plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)], there
    except sqlite3.DatabaseError:
        return False, set()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--copies", type=int, default=COPIES)
    parser.add_argument("--save", action="store_true", help="write results/copies.json")
    options = parser.parse_args()
    figures = measure(options.copies)
    for name, each in figures["loads"].items():
        say(f"{name}: {each}")
    if options.save:
        save("copies", figures)
