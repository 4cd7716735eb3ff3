"""Whatever is done in whatever order, by several processes, through kills, copies, restores: a simple model is right.

The model is a dict of what is remembered and a list of what can be undone. A profile makes it longer:

    NEURAL_MEMORY_WORKLOAD=long pytest tests/test_workload.py
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from neural_memory import Brain
from neural_memory.store.examine import examine

LONG = os.environ.get("NEURAL_MEMORY_WORKLOAD") == "long"
EXAMPLES, STEPS = (300, 80) if LONG else (20, 50)
SUBJECTS = st.sampled_from(
    ["The payment service", "Our PostgreSQL schema", "login.py", "the deploy to staging", "PAYMENT_API_KEY", "Redis"]
)
SAYS = st.sampled_from(
    ["depends on", "was replaced by", "fails because of", "is kept in", "has to do with", "retries", "was decided for"]
)
CHANCE = st.integers(0, 1_000)
LETTERS = "bcdfghjklmnpqrtv"


def word(number: int) -> str:
    """A word that occurs in one text only, and that no stemmer changes."""
    return "zq" + "".join(LETTERS[int(digit, 16)] for digit in f"{number:04x}") + "x"


@dataclass
class Model:
    """What should be so. steps: what each undo would do, the last one last: id -> what it was (None: not there)."""

    memories: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)  # id -> the word that only its present text has
    steps: list[dict[str, tuple[str, str] | None]] = field(default_factory=list)
    final: bool = False  # was the last change of this session for good?

    def copy(self) -> Model:
        return Model(dict(self.memories), dict(self.words), [dict(step) for step in self.steps], self.final)

    def put(self, id: str, content: str, own: str) -> None:
        self.memories[id], self.words[id] = content, own

    def drop(self, id: str) -> None:
        del self.memories[id], self.words[id]

    def did(self, step: dict[str, tuple[str, str] | None]) -> None:
        self.steps.append(step)
        self.final = False

    def state(self, id: str) -> tuple[str, str] | None:
        return (self.memories[id], self.words[id]) if id in self.memories else None


class Server:
    """A real server on a pipe, as a client starts it."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "neural_memory", "--mcp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "NEURAL_MEMORY_HOME": str(home)},
        )
        self.number = 0
        client = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "other", "version": "1"}}
        self.send("initialize", client)
        self.answer()

    def send(self, method: str, params: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.number += 1
        line = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": params}
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()

    def call(self, tool: str, **arguments: Any) -> None:
        self.send("tools/call", {"name": tool, "arguments": arguments})

    def answer(self) -> str:
        """The text of the next answer; an error fails the test."""
        assert self.process.stdout is not None
        result = json.loads(self.process.stdout.readline())["result"]
        assert not result.get("isError"), result
        return str(result.get("content", [{}])[0].get("text", ""))

    def end(self, *, kill: bool = False) -> None:
        if kill:
            self.process.kill()
        self.process.communicate()


class Workload(RuleBasedStateMachine):
    """One home, this process as one client of it, a server as another."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.home = Path(self.folder.name) / "home"
        self.home.mkdir(mode=0o700)
        (self.home / "config.json").write_text('{"embedder": "none"}')
        self.path = self.home / "memory.db"
        self.brain = self.opened()
        self.server: Server | None = None
        self.model = Model()
        self.made = 0
        self.gone: set[str] = set()  # words that may be in no file any more
        self.backup: tuple[Path, Model] | None = None

    def opened(self) -> Brain:
        return Brain.open(self.path, source="model", session="this-window")

    def other(self) -> Server:
        self.server = self.server or Server(self.home)
        return self.server

    def text(self, subject: str, says: str) -> tuple[str, str]:
        """A new text, and the word that only it has."""
        self.made += 1
        own = word(self.made)
        return f"{subject} {says} {own}", own

    def some(self, chance: int, most: int = 1) -> list[str]:
        """At most so many memories, in the order they came; none when there is none.

        By plain numbers: which ids there are differs from run to run, and what hypothesis draws must not.
        """
        present = list(self.model.memories)
        places = [(chance + 7 * n) % len(present) for n in range(1 + chance % most)] if present else []
        return [present[place] for place in dict.fromkeys(places)]

    # -- changes

    @rule(subject=SUBJECTS, says=SAYS, tags=st.lists(st.sampled_from(["auth", "api", "infra"]), max_size=2))
    def remember(self, subject: str, says: str, tags: list[str]) -> None:
        text, own = self.text(subject, says)
        stored = self.brain.remember(text, tags=tags)
        assert stored.created
        self.model.put(stored.id, text, own)
        self.model.did({stored.id: None})

    @rule(chance=CHANCE)
    def remember_the_same(self, chance: int) -> None:
        for id in self.some(chance):
            again = self.brain.remember(f"{self.model.memories[id]}\r\n")
            assert (again.id, again.created) == (id, False)
            self.model.did({id: self.model.state(id)})

    @rule(subject=SUBJECTS, says=SAYS, number=st.integers(1, 12))
    def remember_many(self, subject: str, says: str, number: int) -> None:
        texts = [self.text(subject, says) for _ in range(number)]
        assert self.brain.remember_many((text for text, _ in texts), chunk=5) == number
        known = {m.content: m.id for m in self.brain.audit(limit=None).memories}
        for text, own in texts:
            self.model.put(known[text], text, own)
        self.model.did({known[text]: None for text, _ in texts})

    @rule(chance=CHANCE, subject=SUBJECTS, says=SAYS)
    def revise(self, chance: int, subject: str, says: str) -> None:
        for id in self.some(chance):
            text, own = self.text(subject, says)
            before = self.model.state(id)
            self.brain.revise(id, content=text)
            self.model.put(id, text, own)
            self.model.did({id: before})

    @rule(chance=CHANCE)
    def forget(self, chance: int) -> None:
        if not (ids := self.some(chance, 3)):
            return
        assert len(self.brain.forget(ids).memories) == len(ids)
        self.model.did({id: self.model.state(id) for id in ids})
        for id in ids:
            self.model.drop(id)

    @rule(chance=CHANCE)
    def forget_for_good(self, chance: int) -> None:
        if not (ids := self.some(chance, 2)):
            return
        texts = {self.model.words[id] for id in ids}
        texts |= {was[1] for step in self.model.steps for id, was in step.items() if id in ids and was}
        self.brain.forget(ids, for_good=True)
        for id in ids:
            self.model.drop(id)
        steps = [{id: was for id, was in step.items() if id not in ids} for step in self.model.steps]
        self.model.steps = [step for step in steps if step]
        self.model.final = True
        self.gone |= texts
        self.nothing_is_left_of(texts)

    @rule()
    def undo(self) -> None:
        if self.model.final or not self.model.steps:
            return
        [undone] = self.brain.undo()
        step = self.model.steps.pop()
        for id, was in step.items():
            if was is None:
                self.model.drop(id)
            else:
                self.model.put(id, *was)
        assert {m.id for m in undone.memories} == set(step)

    # -- other processes

    @rule(subject=SUBJECTS, says=SAYS, number=st.integers(1, 3))
    def another_process_writes(self, subject: str, says: str, number: int) -> None:
        for text, own in [self.text(subject, says) for _ in range(number)]:
            self.other().call("remember", content=text)
            answer = self.other().answer()
            id = answer[answer.index("mem_") :][:14]
            self.model.put(id, text, own)

    @rule(chance=CHANCE)
    def another_process_recalls(self, chance: int) -> None:
        for id in self.some(chance):
            self.other().call("recall", query=self.model.words[id])
            assert id in self.other().answer()

    @rule(subject=SUBJECTS, says=SAYS, number=st.integers(1, 5), heard=st.integers(0, 5))
    def another_process_is_killed_while_it_writes(self, subject: str, says: str, number: int, heard: int) -> None:
        """What it acknowledged is there; what it did not may be."""
        texts = [self.text(subject, says) for _ in range(number)]
        server = self.other()
        for text, _ in texts:
            server.call("remember", content=text)
        acknowledged = [server.answer() for _ in texts[:heard]]
        server.end(kill=True)
        self.server = None
        there = {m.content: m.id for m in self.brain.audit(limit=None).memories}
        assert {text for text, _ in texts[: len(acknowledged)]} <= there.keys()
        for text, own in texts:
            if text in there:
                self.model.put(there[text], text, own)

    # -- the file

    @rule()
    def restart(self) -> None:
        self.brain.close()
        self.brain = self.opened()

    @rule()
    def the_server_restarts(self) -> None:
        if self.server:
            self.server.end()
        self.server = None

    @rule()
    def copy_and_open_the_copy(self) -> None:
        """A plain copy, with nobody writing, has everything."""
        copy = Path(self.folder.name) / "copies" / "memory.db"
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(self.path, copy)
        with Brain.open(copy) as brain:
            assert brain.notices() == []
            self.agrees(brain)
        shutil.rmtree(copy.parent)

    @rule()
    def back_up(self) -> None:
        if self.backup:
            self.backup[0].unlink()
        self.backup = (self.brain.backup(Path(self.folder.name) / "backups"), self.model.copy())

    @rule()
    def restore(self) -> None:
        """What was then is now, for everybody who has the file open."""
        if self.backup is None:
            return
        done = Brain.restore(self.backup[0], self.path)
        assert done and done.kept
        Path(done.kept).unlink()
        self.model = self.backup[1].copy()
        self.gone -= set(self.model.words.values())
        self.gone -= {was[1] for step in self.model.steps for was in step.values() if was}

    # -- what must be so

    @invariant()
    def the_model_is_right(self) -> None:
        self.agrees(self.brain)

    @rule(chance=CHANCE)
    def recall(self, chance: int) -> None:
        """By its own word each memory is found, directly, and nothing comes that is not there or reads otherwise."""
        for id in self.some(chance):
            hits = self.brain.recall(self.model.words[id])
            assert [hit.memory.id for hit in hits if hit.direct] == [id]
            assert all(self.model.memories[hit.memory.id] == hit.memory.content for hit in hits)

    @rule(chance=CHANCE)
    def recall_what_is_not_there(self, chance: int) -> None:
        own = word(1 + chance % max(1, self.made))
        if own not in self.model.words.values():
            assert self.brain.audit(mentions=own).total == 0
            assert self.brain.recall(own) == []

    def agrees(self, brain: Brain) -> None:
        page = brain.audit(limit=None)
        assert page.total == len(self.model.memories)
        assert {m.id: m.content for m in page.memories} == self.model.memories

    def nothing_is_left_of(self, words: set[str]) -> None:
        """No file of the home has any of them."""
        for path in self.home.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                assert not [own for own in words if own.encode() in data], path.name

    def teardown(self) -> None:
        with contextlib.ExitStack() as stack:
            stack.callback(self.folder.cleanup)
            if self.server:
                stack.callback(self.server.end)
            self.brain.settle()
            self.agrees(self.brain)
            self.brain.close()
            found = examine(self.path)
            assert (found.damage, found.astray, found.disagreements) == (None, 0, ())
            self.nothing_is_left_of(self.gone)
            with closing(sqlite3.connect(self.path)) as plain:
                assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


TestWorkload = pytest.mark.slow(Workload.TestCase)
TestWorkload.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
