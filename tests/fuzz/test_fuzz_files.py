"""Can any file be opened, imported or read as configuration?  Sound ones, with some of their bytes changed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from neural_memory import Brain, settings
from neural_memory.errors import NeuralMemoryError

Fuzz = Callable[[st.SearchStrategy[Any], Callable[[Any], None]], None]
SAMPLES = Path(__file__).parents[1] / "fixtures" / "exchange"
GRAPH = (
    '{"type":"entity","name":"billing","entityType":"service","observations":["uses PostgreSQL","port 8443"]}\n'
    '{"type":"relation","from":"billing","to":"mail","relationType":"calls"}\n'
)
OBJECTS = [
    {
        "id": "1",
        "memory": "Likes black tea",
        "created_at": "2024-07-26T10:29:36-07:00",
        "metadata": {"a": 1},
        "categories": ["x"],
    },
    {"content": "The queue is RabbitMQ", "tags": "queue,infra", "created_at": 1700000000.5, "memory_type": "note"},
]
NOTE = """\
---
title: Login
tags: [auth, api]
---
# Login

- [decision] Tokens last an hour #auth
- relates_to [[API]]

Text.
"""

Changes = list[tuple[int, bytes, int]]
CHANGES: st.SearchStrategy[Changes] = st.lists(
    st.tuples(
        st.integers(0, 1 << 20),
        st.binary(max_size=4)
        | st.sampled_from(
            [
                b"\0",
                b"\xff",
                b'"',
                b"{",
                b"[" * 50,
                b"]",
                b",",
                b"\n",
                b"\\ud800",
                b"1e999",
                b"null",
                b"9" * 400,
                b"../",
            ]
        ),
        st.integers(0, 8),
    ),
    max_size=6,
)


def changed(data: bytes, changes: Changes) -> bytes:
    """The bytes with some put in the place of others."""
    for where, new, gone in changes:
        place = where % (len(data) + 1)
        data = data[:place] + new + data[place + gone :]
    return data


def sources(folder: Path) -> dict[str, bytes]:
    """A sound file of each kind."""
    with Brain.open(folder / "made" / "memory.db") as brain:
        brain.remember("The billing service uses PostgreSQL", tags=["db"])
        brain.revise(brain.remember("Port is 8443").id, importance=0.9)
        brain.recall("billing")
        brain.export(folder / "made" / "memories.jsonl")
    found = {
        "memories.jsonl": (folder / "made" / "memories.jsonl").read_bytes(),
        "memory.jsonl": GRAPH.encode(),
        "objects.json": json.dumps(OBJECTS).encode(),
        "wrapped.json": json.dumps({"memories": OBJECTS, "results": OBJECTS}).encode(),
        "table.csv": b'content,tags,importance,created_at\nRedis is the cache,a;b,0.5,2026-01-01\n"two\nlines",,,\n',
        "note.md": NOTE.encode(),
    }
    for sample in SAMPLES.glob("*.sql"):
        path = folder / "made" / f"{sample.stem}.db"
        with closing(sqlite3.connect(path)) as plain:
            plain.executescript(sample.read_text("utf-8"))
        found[path.name] = path.read_bytes()
    return found


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return sources(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Path]:
    """A fresh folder a time, so that no file is in the way of another."""
    folder = tmp_path / "places"
    folder.mkdir()
    yield folder


KINDS = ("memories.jsonl", "memory.jsonl", "objects.json", "wrapped.json", "table.csv", "note.md",
         "mcp-memory-service.db", "mem0-history.db", "claude-mem.db", "other-neural-memory.db")  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_any_source_is_imported_or_refused(
    fuzz: Fuzz, scratch: Brain, sound: dict[str, bytes], places: Path, kind: str
) -> None:
    """A damaged source of any kind: a report or one of our errors, and the memory is as sound as before."""
    if kind not in sound:
        pytest.skip("there is no sample of this kind")

    def check(drawn: tuple[Changes, bool]) -> None:
        changes, dry = drawn
        file = places / kind
        file.write_bytes(changed(sound[kind], changes))
        try:
            told = scratch.import_from(file, dry_run=dry)
            str(told)
        except NeuralMemoryError as error:
            assert len(str(error)) < 2_000
        assert scratch.audit(limit=1).total >= 20

    fuzz(st.tuples(CHANGES, st.booleans()), check)
    with closing(sqlite3.connect(scratch.path)) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_any_file_is_opened_mended_or_refused(fuzz: Fuzz, scratch: Brain, places: Path) -> None:
    """A memory file with changed bytes: it is used, mended or refused in words, and asking it never breaks anything."""
    scratch.settle()
    whole = scratch.path.read_bytes()

    def check(changes: Changes) -> None:
        folder = places / "home"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        (folder / "config.json").write_text('{"embedder": "none"}')
        data = bytearray(whole)
        for where, new, _ in changes:  # written over, so that pages stay where they are
            place = where % (len(data) - len(new))
            data[place : place + len(new)] = new
        (folder / "memory.db").write_bytes(data)
        try:
            with Brain.open(folder / "memory.db") as brain:
                brain.recall("payment service")
                brain.audit(about="port")
                brain.connections("payment")
                brain.remember("one more")
        except NeuralMemoryError as error:
            assert len(str(error)) < 2_000

    fuzz(CHANGES, check)


def test_any_configuration_is_read_or_ignored(fuzz: Fuzz, tmp_path: Path) -> None:
    """Settings that can be used, and warnings short enough to be shown; never an error."""
    values = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())
    objects = st.dictionaries(st.sampled_from([*settings.SETTINGS]) | st.text(), values)

    def check(data: bytes) -> None:
        (tmp_path / "config.json").write_bytes(data)
        found = settings.load(tmp_path)
        assert all(len(warning) < 2_000 for warning in found.warnings)

    fuzz(objects.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass")) | st.binary(), check)
