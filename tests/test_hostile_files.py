"""What can a memory file do to whoever opens it?  Nothing: files and configurations that were made to harm."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from neural_memory import Brain
from neural_memory.errors import NeuralMemoryError
from neural_memory.store import guard, migrations

FACT = "The staging host is harbor-7"


@pytest.fixture
def victim(path: Path) -> Path:
    """A memory file with something in it, closed."""
    with Brain.open(path) as brain:
        brain.remember(FACT)
        brain.recall("staging")
    return path


def tamper(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def contents(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT content FROM memories ORDER BY seq")]


TRIGGERS = {
    "that deletes": "CREATE TRIGGER t AFTER INSERT ON journal BEGIN DELETE FROM memories; END",
    "on reading along": "CREATE TRIGGER t AFTER DELETE ON unlinked BEGIN UPDATE memories SET content = 'x'; END",
    "with an odd name": 'CREATE TRIGGER "a""; --\n" AFTER INSERT ON memories BEGIN DELETE FROM memories; END',
    "that fills the disk": """CREATE TRIGGER t AFTER INSERT ON memories BEGIN INSERT INTO tallies
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'x' || i, 1 FROM n; END""",
    "that writes into the full text": """CREATE TRIGGER t AFTER INSERT ON memories BEGIN
        UPDATE full_text_data SET block = zeroblob(100); END""",
    "that grows a value": """CREATE TRIGGER t AFTER INSERT ON memories BEGIN
        UPDATE memories SET content = hex(zeroblob(500000000)); END""",
}


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_trigger_of_others_is_refused_and_not_run(victim: Path, trigger: str) -> None:
    """A file with a trigger that is not ours is not used at all; the error names it, on one line."""
    tamper(victim, TRIGGERS[trigger])
    with pytest.raises(NeuralMemoryError, match=r"did not make.*trigger ") as refused, Brain.open(victim) as brain:
        brain.remember("anything else")
    assert str(refused.value).isprintable()
    assert contents(victim) == [FACT]


def test_a_trigger_of_ours_with_another_body_is_refused(victim: Path) -> None:
    """A trigger is not ours because it has our name."""
    tamper(
        victim,
        "DROP TRIGGER memories_inserted",
        "CREATE TRIGGER memories_inserted AFTER INSERT ON memories BEGIN DELETE FROM memories; END",
    )
    with pytest.raises(NeuralMemoryError, match="trigger memories_inserted"):
        Brain.open(victim)


def test_a_trigger_that_comes_while_we_are_running_is_noticed(victim: Path) -> None:
    """Somebody else's change of the schema is looked at before the next use; once it is gone, work goes on."""
    with Brain.open(victim) as brain:
        tamper(victim, TRIGGERS["that deletes"])
        for attempt in (lambda: brain.remember("anything"), lambda: brain.recall("staging")):
            with pytest.raises(NeuralMemoryError, match="trigger t"):
                attempt()
        tamper(victim, "DROP TRIGGER t")
        assert brain.recall("staging host")[0].memory.content == FACT


def test_a_trigger_in_a_file_of_the_first_schema_is_refused_before_anything_is_changed(tmp_path: Path) -> None:
    """Upgrading writes; a trigger must not be run by that either."""
    path = tmp_path / "memory.db"
    path.write_bytes((Path(__file__).parent / "fixtures" / "schema-1.db").read_bytes())
    tamper(path, "CREATE TRIGGER t AFTER INSERT ON migrations BEGIN DELETE FROM memories; END")
    before = path.read_bytes()
    with pytest.raises(NeuralMemoryError, match="trigger t"):
        Brain.open(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["memories", "full_text_data", "Tallies"])
def test_a_view_in_the_place_of_a_table_is_refused(victim: Path, name: str) -> None:
    """What is read and written must be a table; a view could compute anything."""
    with closing(sqlite3.connect(victim)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_schema WHERE lower(name) = lower(?)", (name,))
        connection.execute(
            "INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('view', ?, ?, 0, ?)",
            (name, name, f"CREATE VIEW {name} AS SELECT 1 AS name, 2 AS value"),
        )
        connection.commit()
    with pytest.raises(NeuralMemoryError), Brain.open(victim) as brain:
        brain.remember("anything else")
        brain.recall("staging")


def test_a_view_of_ones_own_is_left_alone(victim: Path) -> None:
    """A view that somebody made for looking in is never read by us, so it may stay."""
    tamper(victim, "CREATE VIEW mine AS SELECT content FROM memories")
    with Brain.open(victim) as brain:
        assert brain.recall("staging host")


def test_the_schema_can_run_nothing_that_has_side_effects(victim: Path) -> None:
    """Functions with side effects are closed to the schema, nothing can be attached, no value can grow huge."""
    with Brain.open(victim) as brain, brain._file.read() as connection:
        assert connection.execute("PRAGMA trusted_schema").fetchone()[0] == 0
        assert connection.execute("PRAGMA cell_size_check").fetchone()[0] == 1
        with pytest.raises(sqlite3.Error):
            connection.execute("ATTACH ':memory:' AS other")
        with pytest.raises(sqlite3.Error):
            connection.execute("SELECT length(hex(zeroblob(100000000)))")
        with pytest.raises(sqlite3.Error):
            connection.execute("SELECT load_extension('x')")
        if sys.version_info >= (3, 12):
            assert connection.getconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE)


def test_an_expression_cannot_grow_without_bounds(victim: Path) -> None:
    """An expression in a table is held to the largest value; the error is ours, quick, and nothing is stored."""
    tamper(victim, "CREATE INDEX grown ON journal (hex(zeroblob(900000000 + 0 * entry))) WHERE entry > 10")
    started = time.thread_time()
    with Brain.open(victim) as brain, pytest.raises(NeuralMemoryError):
        for number in range(20):
            brain.remember(f"anything else {number}")
    assert time.thread_time() - started < 5
    assert len(contents(victim)) < 21


@pytest.mark.skipif(os.name != "posix", reason="files with holes are made by truncate")
def test_a_huge_file_with_a_hole_costs_nothing(victim: Path) -> None:
    """Four gigabytes of nothing behind a sound database are neither read nor copied."""
    os.truncate(victim, 4 << 30)
    started = time.thread_time()
    try:
        with Brain.open(victim) as brain:
            brain.recall("staging host")
    except NeuralMemoryError:
        pass  # refused is fine, too; what counts is the cost
    assert time.thread_time() - started < 5


@pytest.mark.parametrize("beside", ["-wal", "-journal", "-shm"])
@pytest.mark.parametrize("filled", ["noise", "other"])
def test_odd_files_beside_the_database_change_nothing(victim: Path, tmp_path: Path, beside: str, filled: str) -> None:
    """A write-ahead log or a journal that does not belong to the file is not taken for a part of it."""
    before = contents(victim)
    other = tmp_path / "other" / "memory.db"
    with Brain.open(other) as brain:
        brain.remember("somebody else's")
    data = os.urandom(20_000) if filled == "noise" else other.read_bytes()
    victim.with_name(victim.name + beside).write_bytes(data)
    with Brain.open(victim) as brain:
        assert brain.recall("staging host")[0].memory.content == FACT
        brain.remember("another one")
    assert contents(victim) == [*before, "another one"]


@pytest.mark.parametrize("offset", [8, 14, 20])
def test_a_schema_that_is_no_text_is_damage_like_any_other(victim: Path, offset: int) -> None:
    """SQLite quotes a schema in its message, and bytes that are no text in it make no other error of that."""
    whole = victim.read_bytes()
    for place in [found.start() for found in re.finditer(rb"CREATE (?:TABLE|TRIGGER|VIRTUAL)", whole)][::4]:
        data = bytearray(whole)
        data[place + offset] = 0x80
        victim.write_bytes(data)
        with suppress(NeuralMemoryError), Brain.open(victim) as brain:
            brain.recall("staging host")
        for file in victim.parent.glob("memory*"):
            file.unlink()


# ---- config.json

CONFIGS = {
    "no JSON": b"{",
    "a list": b"[1, 2]",
    "a number of many digits": b'{"recall_limit": ' + b"9" * 5_000 + b"}",
    "deep": b"[" * 50_000 + b"]" * 50_000,
    "too large": b'{"a": "' + b"x" * 200_000 + b'"}',
    "not UTF-8": b'{"recall_limit": "\xff"}',
    "many entries": b"{" + b",".join(b'"k%d": 1' % number for number in range(5_000)) + b"}",
    "an odd name": b'{"\\u001b[2J\\n' + b"n" * 5_000 + b'": 1}',
    "other types": b'{"recall_limit": true, "undo_days": "30", "busy_timeout_seconds": 1e99, "secrets": []}',
    "null": b"null",
    "zeros": b"\0" * 100,
    "NaN": b'{"recall_limit": NaN}',
}


@pytest.mark.parametrize("config", CONFIGS)
def test_any_configuration_is_survived(path: Path, config: str) -> None:
    """Whatever config.json holds: the defaults hold, a few short lines say what is ignored, and the file stays."""
    file = path.parent / "config.json"
    file.write_bytes(CONFIGS[config])
    started = time.thread_time()
    with Brain.open(path) as brain:
        assert brain.remember("it works").created
        assert brain.settings.recall_limit == 10
        assert brain.settings.secrets == "ask"
        warnings = brain.stats().warnings
    assert 1 <= len(warnings) <= 11
    assert all(len(warning) < 600 and warning.isprintable() for warning in warnings)
    assert file.read_bytes() == CONFIGS[config]
    assert time.thread_time() - started < 2


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices as files are POSIX")
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_a_configuration_that_is_no_file_keeps_nobody_waiting(path: Path, kind: str) -> None:
    """A pipe that nobody writes to, or a device that never ends, is not read."""
    file = path.parent / "config.json"
    if kind == "pipe":
        os.mkfifo(file, 0o600)
    elif kind == "device":
        file.symlink_to("/dev/zero")
    else:
        file.mkdir()
    with Brain.open(path) as brain:
        assert brain.remember("it works").created
        assert brain.stats().warnings


@pytest.mark.parametrize("steps", range(1, len(migrations.STEPS) + 1))
def test_what_is_expected_of_a_schema_is_what_its_steps_make(steps: int) -> None:
    """It is read off the statements: every trigger to the letter, every table, and what is virtual."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as plain:
        for step in migrations.STEPS[:steps]:
            step(plain)
        made = plain.execute("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'").fetchall()

    def telling(kind: str, sql: str) -> str:
        return sql if kind == "trigger" or "VIRTUAL" in sql else ""

    expected = guard.expected(steps)
    assert {(kind, name): telling(kind, sql) for kind, name, sql in made} == {
        (kind, name): telling(kind, str(sql)) for (kind, name), sql in expected.items()
    }
