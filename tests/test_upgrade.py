"""A file that an earlier release made keeps everything, and the old file is kept as well."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from neural_memory import Brain
from neural_memory.errors import StoreError

FIXTURES = Path(__file__).parent / "fixtures"
"""One file for each released schema, made by that release."""


@pytest.fixture
def old(path: Path) -> Path:
    """A file of the first release, where the memory file is looked for."""
    shutil.copyfile(FIXTURES / "schema-1.db", path)
    return path


def rows(path: Path) -> list[tuple[object, ...]]:
    """The rows as any program sees them."""
    with closing(sqlite3.connect(path)) as plain:
        return plain.execute("SELECT id, content, timestamp, importance, tags, replaced_by FROM memories").fetchall()


def test_an_old_file_keeps_every_row(old: Path) -> None:
    """The rows are the same before and after, and the new fields have their defaults."""
    before = rows(old)
    with Brain.open(old) as brain:
        found = brain.audit(limit=None).memories
    assert rows(old) == before
    assert {(m.valid_until, m.pinned, m.trust, m.anchors) for m in found} == {(None, False, "stored", ())}


def test_an_old_file_is_kept_beside(old: Path) -> None:
    """Before anything is changed a copy goes into backups, and it is still of the old schema."""
    before = rows(old)
    with Brain.open(old):
        pass
    (kept,) = (old.parent / "backups").iterdir()
    assert kept.name.endswith("-schema-1.db")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert rows(kept) == before
    with closing(sqlite3.connect(kept)) as plain:
        assert plain.execute("PRAGMA user_version").fetchone() == (1,)


def test_without_a_place_for_the_copy_nothing_is_changed(old: Path) -> None:
    """The error says that it is the copy of an upgrade, and where; with the place mended the same file opens."""
    before = old.read_bytes()
    backups = old.parent / "backups"
    backups.touch()
    with pytest.raises(StoreError, match=r"earlier version .* cannot be written to .*backups: File exists; make that"):
        Brain.open(old).__enter__().audit()
    assert old.read_bytes() == before
    backups.unlink()
    with Brain.open(old) as brain:
        assert brain.audit().total


def test_what_an_old_file_remembers_is_found(old: Path) -> None:
    """Recall, what was replaced, what was forgotten and can be undone: as if nothing had happened."""
    with Brain.open(old, source="claude-code", session="first") as brain:
        assert "Bearer" in brain.recall("how does login work?")[0].memory.content
        assert not any("harbor-6" in hit.memory.content for hit in brain.recall("staging host"))
        assert "old-checkout" not in str(brain.recall("old-checkout feature flag"))
        brain.undo(3)  # two stores, then the forgetting
        assert (
            brain.recall("old-checkout feature flag")[0].memory.content == "Temporary feature flag old-checkout is on"
        )


def test_the_network_of_an_old_file_is_the_same_in_the_new_schema(old: Path) -> None:
    """Every synapse as strong as it was, from both ends, and what texts stated told apart from what only meets."""
    with closing(sqlite3.connect(old)) as plain, plain:
        (one, name), (other, _) = plain.execute("SELECT id, name FROM neurons LIMIT 2").fetchall()
        stated = [(one, other, "depends on", 3), (other, one, "← depends on", 3)]
        plain.executemany("INSERT INTO synapses (source, target, type, strength) VALUES (?, ?, ?, ?)", stated)
        before = plain.execute("SELECT source, target, strength FROM synapses WHERE type = 'with'").fetchall()
    with Brain.open(old) as brain:
        assert brain.stats().synapses == len(before) / 2 + 1
        assert "depends on" in {synapse.type for synapse in brain.connections(name, limit=100).synapses}
    with closing(sqlite3.connect(old)) as plain:
        assert plain.execute("SELECT source, target, strength FROM synapses").fetchall() == before
        assert plain.execute("SELECT source, target, type, strength FROM relations").fetchall() == stated


def test_what_an_old_file_has_under_another_stem_is_linked_anew(old: Path) -> None:
    """The first release took "edition" for a form of "edit"; now it is found by itself."""
    with closing(sqlite3.connect(old)) as plain, plain:
        plain.execute("UPDATE memories SET content = 'The nightly job needs the community edition' WHERE seq = 9")
        plain.execute("UPDATE full_text SET terms = 'nightli job need communiti edit op' WHERE rowid = 9")
        plain.execute("DELETE FROM unlinked WHERE memory = 9")
    with Brain.open(old) as brain:
        [hit, *_] = brain.recall("which edition?")
        assert hit.memory.content.endswith("edition")
        assert hit.reason == "words: edition"


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM neurons WHERE id = (SELECT source FROM synapses LIMIT 1)",
        "DELETE FROM neurons WHERE id = (SELECT target FROM synapses ORDER BY target DESC LIMIT 1)",
        "UPDATE fibers SET path = 'nonsense' WHERE memory = (SELECT min(memory) FROM fibers)",
        "INSERT INTO memories (id, content, replaced_by) SELECT id, content, replaced_by FROM memories "
        "WHERE replaced_by IS NOT NULL",
    ],
)
def test_an_old_file_that_another_program_took_apart_is_brought_up_to_date(old: Path, change: str) -> None:
    """Concepts are gone that synapses lead to, a path is none, a row is there twice: what is derived is made anew."""
    with closing(sqlite3.connect(old)) as plain, plain:
        plain.execute(change)
    before = rows(old)
    with Brain.open(old) as brain:
        assert "Bearer" in brain.recall("how does login work?")[0].memory.content
    with closing(sqlite3.connect(old)) as plain:
        ends = "source NOT IN (SELECT id FROM neurons) OR target NOT IN (SELECT id FROM neurons)"
        assert plain.execute(f"SELECT count(*) FROM synapses WHERE {ends}").fetchone() == (0,)
        assert plain.execute("SELECT count(*) FROM fibers").fetchone() == (len(before),)
    assert [row[1:] for row in rows(old)] == [row[1:] for row in before]  # the second of an id gets one of its own
    assert (schema(old), sound(old)) == (2, True)


def test_a_new_file_needs_no_copy(path: Path) -> None:
    """Where there was nothing, nothing is kept."""
    with Brain.open(path) as brain:
        brain.remember("The first thing")
    assert not (path.parent / "backups").exists()


# -- several at once, and with trouble on the way ----------------------------------------------------------------------

Start = Callable[..., "subprocess.Popen[str]"]


def kept_copies(path: Path) -> list[Path]:
    """The copies of the old file that upgrades kept."""
    return sorted((path.parent / "backups").glob("*-schema-1*.db"))


def schema(path: Path) -> int:
    with closing(sqlite3.connect(path)) as plain:
        return int(plain.execute("PRAGMA user_version").fetchone()[0])


def sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as plain:
        return plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_four_servers_at_once_bring_a_file_up_to_date(old: Path) -> None:
    """Every row exactly once, one kept copy that is still of the old schema and opens, and each server answers."""
    before = rows(old)
    lines = (
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": ASK},
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "neural_memory", "--mcp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "NEURAL_MEMORY_HOME": str(old.parent)},
        )
        for _ in range(4)
    ]
    try:
        for server in started:
            assert server.stdin is not None
            server.stdin.write("".join(json.dumps(line) + "\n" for line in lines))
            server.stdin.flush()
        answers = []
        for server in started:
            assert server.stdout is not None
            replies = [json.loads(server.stdout.readline()) for _ in range(2)]
            answers.append(replies[1]["result"])
    finally:
        for server in started:
            server.communicate()
    for answer in answers:
        assert answer["isError"] is False, answer
        assert "Bearer" in answer["content"][0]["text"]
    assert Counter(rows(old)) == Counter(before)
    assert (schema(old), sound(old)) == (2, True)
    [kept] = kept_copies(old)
    assert (rows(kept), schema(kept), sound(kept)) == (before, 1, True)
    with Brain.open(kept) as brain:
        assert brain.audit().total == len(before)


HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
ASK = {"name": "recall", "arguments": {"query": "how does login work?"}}

KILLED = """
import os, signal, sys
from neural_memory.store import migrations
from neural_memory import Brain
def die(connection):
    if sys.argv[2] == "after":
        migrations.m002_upkeep(connection)
        connection.execute("PRAGMA cache_spill = 1")
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("UPDATE memories SET trust = 'half-way'")
    os.kill(os.getpid(), signal.SIGKILL)
migrations.STEPS = (migrations.STEPS[0], die)
Brain.open(sys.argv[1])
"""


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_upgrade_that_is_killed_is_done_the_next_time(old: Path, python: Start, moment: str) -> None:
    """Half of it is never seen: the old file is as it was, and the next one who opens it starts over."""
    before = rows(old)
    process = python(KILLED, old, moment)
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert (rows(old), schema(old), sound(old)) == (before, 1, True)
    with Brain.open(old) as brain:
        assert {m.trust for m in brain.audit(limit=None).memories} == {"stored"}
        assert brain.recall("how does login work?")
    assert (rows(old), schema(old), sound(old)) == (before, 2, True)
    for kept in kept_copies(old):
        assert (rows(kept), schema(kept), sound(kept)) == (before, 1, True)


FULL = """
import resource, signal, sys
from neural_memory import Brain
from neural_memory.errors import StoreError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    Brain.open(sys.argv[1])
except StoreError as problem:
    print(type(problem).__name__, problem)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on the size of files")
@pytest.mark.parametrize("room", [-8192, 0], ids=["not for the copy", "not for the change"])
def test_an_upgrade_without_room_changes_nothing(old: Path, python: Start, room: int) -> None:
    """It says so; the old file is as it was, nothing unfinished stays, and with room again all is well."""
    before, data = rows(old), old.read_bytes()
    process = python(FULL, old, len(data) + room)
    told = process.communicate(timeout=60)[0]
    assert process.returncode == 0
    assert told.startswith("FullError"), told
    assert old.read_bytes() == data
    assert not [path for path in old.parent.rglob("*") if path.name.endswith((".unfinished", "-journal"))]
    with Brain.open(old) as brain:
        assert brain.audit().total == len(before)
    assert (rows(old), sound(old)) == (before, True)


def test_an_old_file_that_is_damaged_is_mended_and_brought_up_to_date(old: Path) -> None:
    """Both at once: what can be saved is in the new schema, and the damaged file is kept."""
    before = {row[0]: row for row in rows(old)}
    with closing(sqlite3.connect(old)) as plain:
        page = plain.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'synapses'").fetchone()[0]
    data = bytearray(old.read_bytes())
    data[(page - 1) * 4096 : page * 4096] = bytes(4096)
    old.write_bytes(data)
    os.utime(old, (1_700_000_000, 1_700_000_000))
    with Brain.open(old) as brain:
        assert "all there were" in brain.notices()[0]
        assert "Bearer" in brain.recall("how does login work?")[0].memory.content
    assert {row[0]: row for row in rows(old)} == before
    assert schema(old) == 2
    assert [kept.read_bytes() for kept in old.parent.glob("*-damaged.db")] == [bytes(data)]
