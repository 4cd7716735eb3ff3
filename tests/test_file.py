"""The file is an ordinary SQLite database in an ordinary place: others may write it, and trouble with it is told."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from neural_memory import Brain
from neural_memory.errors import (
    BusyError,
    DamagedError,
    InputError,
    NewerSchemaError,
    NotFoundError,
    ReadOnlyError,
    StoreError,
)
from neural_memory.settings import SETTINGS
from neural_memory.store.migrations import STEPS

Plain = Callable[[str], list[tuple[Any, ...]]]
PlainAt = Callable[[Path, str], list[tuple[Any, ...]]]

# -- written by other programs -------------------------------------------------------------------------------------


def test_a_row_added_by_hand_is_a_memory_like_any_other(brain: Brain, plain: Plain) -> None:
    """Content alone is enough: it gets an id, a date, and is found, linked, listed and counted."""
    brain.remember("Payments go through the PelicanDesk")
    plain("INSERT INTO memories (content) VALUES ('PelicanDesk secrets rotate every 90 days')")
    [hit] = brain.recall("secrets rotate")[:1]
    assert hit.memory.content == "PelicanDesk secrets rotate every 90 days"
    assert hit.memory.id.startswith("mem_")
    assert hit.memory.source == "sqlite3"
    assert [h.direct for h in brain.recall("payments")] == [True, False]
    assert brain.audit(about="PelicanDesk").total == 2
    assert brain.stats().fibers == 2
    assert brain.get(hit.memory.id) == hit.memory
    assert not brain.remember("PelicanDesk secrets rotate every 90 days").created


def test_a_row_changed_by_hand_is_found_by_its_new_words_only(brain: Brain, plain: Plain) -> None:
    """An update of content or tags with plain SQLite reaches the next question."""
    stored = brain.remember("The gateway speaks SOAP", tags=["legacy"])
    plain("UPDATE memories SET content = 'The gateway speaks GraphQL', tags = '[\"modern\"]'")
    assert brain.recall("SOAP") == []
    assert brain.recall("legacy") == []
    for question in ("GraphQL", "modern"):
        assert [hit.memory.id for hit in brain.recall(question)] == [stored.id]
    assert [m.id for m in brain.audit(tags=["modern"]).memories] == [stored.id]


def test_a_row_deleted_by_hand_is_gone(brain: Brain, plain: Plain) -> None:
    """It is not recalled, not counted, and its words lead nowhere."""
    stored = brain.remember("Quetzalcoatl settings")
    brain.remember("Plants need water")
    plain(f"DELETE FROM memories WHERE id = '{stored.id}'")
    assert brain.recall("quetzalcoatl") == []
    assert brain.connections("quetzalcoatl").neurons == ()
    assert brain.audit().total == 1
    assert brain.stats().fibers == 1
    with pytest.raises(NotFoundError):
        brain.get(stored.id)


def test_the_project_changed_by_hand_is_in_force(brain: Brain, plain: Plain) -> None:
    """Also for recognising the same text again."""
    stored = brain.remember("Deploys happen on Fridays", project="shop")
    plain("UPDATE memories SET project = 'bank'")
    with pytest.raises(InputError, match="no project 'shop'"):
        brain.recall("deploys", project="shop")
    again = brain.remember("Deploys happen on Fridays", project="bank")
    assert not again.created
    assert again.id == stored.id


def test_a_row_added_by_hand_with_an_id_in_use_gets_one_of_its_own(brain: Brain, plain: Plain) -> None:
    """The memory that had the id keeps it, and the new one can be named and deleted by itself."""
    stored = brain.remember("Payment keys rotate")
    brain.recall("payment")
    plain(f"INSERT INTO memories (id, content) VALUES ('{stored.id}', 'Plants need water')")
    listed = brain.audit().memories
    assert len({m.id for m in listed}) == 2
    assert brain.get(stored.id).content == "Payment keys rotate"
    [other] = [m for m in listed if m.id != stored.id]
    brain.forget([other.id])
    assert [m.content for m in brain.audit().memories] == ["Payment keys rotate"]


def test_an_id_changed_by_hand_is_the_id(brain: Brain, plain: Plain) -> None:
    """The memory is known by its new id and no longer by its old one."""
    stored = brain.remember("Payment keys rotate")
    plain("UPDATE memories SET id = 'mem_mine'")
    assert brain.get("mem_mine").content == "Payment keys rotate"
    with pytest.raises(NotFoundError):
        brain.get(stored.id)
    assert brain.forget(["mem_mine"]).memories


@pytest.mark.parametrize(
    "tags", ["auth, api", "", "{}", "17", "null", '["a", 5, null, {"b": 1}]', '"auth"', "[", "['a']"]
)
def test_tags_that_are_no_json_list_stop_nothing(brain: Brain, plain: Plain, tags: str) -> None:
    """A row with odd tags is found, listed and counted, with and without filters, and can be changed."""
    stored = brain.remember("Payment keys rotate")
    brain.remember("Payment limits", tags=["auth"])
    plain(f"UPDATE memories SET tags = '{tags.replace(chr(39), chr(39) * 2)}' WHERE id = '{stored.id}'")
    assert len(brain.recall("payment")) == 2
    assert "Payment limits" in [hit.memory.content for hit in brain.recall("payment", tags=["auth"])]
    assert "Payment limits" in [m.content for m in brain.audit(tags=["auth"]).memories]
    assert brain.overview().memories == 2
    assert brain.forget(tags=["auth"], dry_run=True).memories
    assert brain.revise(stored.id, tags=["fine"]).tags == ("fine",)


@pytest.mark.parametrize("value", ["x'00ff10'", "CAST(x'ff41fe' AS TEXT)", "12345", "3.5", "'a' || char(0) || 'b'"])
def test_content_of_an_odd_type_stops_nothing(brain: Brain, plain: Plain, value: str) -> None:
    """A row that holds a number, bytes or broken text spoils no other memory and can be deleted by its id."""
    brain.remember("Payment keys rotate")
    plain(f"INSERT INTO memories (id, content) VALUES ('mem_odd', {value})")
    assert brain.recall("payment")[0].memory.content == "Payment keys rotate"
    assert brain.audit().total == 2
    assert brain.audit(mentions="keys").total == 1
    assert brain.remember("Another fact").created
    brain.forget(["mem_odd"])
    assert brain.audit().total == 2


def test_thousands_of_rows_added_by_hand_are_all_there_at_once(brain: Brain, plain: Plain) -> None:
    """An audit right after a bulk insert is complete, and the last row is found."""
    plain(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) "
        "INSERT INTO memories (content) SELECT 'bulk number' || i || ' of the list' FROM n"
    )
    assert brain.audit(about="the list").total == 2500
    assert brain.recall("number2500")


@pytest.mark.parametrize("column", ["kind", "project", "source", "timestamp"])
def test_bytes_in_any_column_stop_nothing(brain: Brain, plain: Plain, column: str) -> None:
    """A row with bytes where a text belongs spoils no other memory and can be deleted by its id."""
    stored = brain.remember("Payment keys rotate", project="shop", tags=["auth"])
    plain(f"INSERT INTO memories (id, content, {column}) VALUES ('mem_odd', 'Payment oddity', x'00ff10fe')")
    assert_all_else_works(brain, stored.id)


@pytest.mark.parametrize("tags", ["[" * 100_000 + "]" * 100_000, "[" * 100_000, "[[1],null,{}]"], ids=len)
def test_nested_tags_stop_nothing(brain: Brain, plain: Plain, tags: str) -> None:
    """However deep: such a row spoils no other memory and can be deleted by its id."""
    stored = brain.remember("Payment keys rotate", project="shop", tags=["auth"])
    plain(f"INSERT INTO memories (id, content, tags) VALUES ('mem_odd', 'Payment oddity', '{tags}')")
    assert_all_else_works(brain, stored.id)


def assert_all_else_works(brain: Brain, id: str) -> None:
    """Beside the row `mem_odd` everything is found, listed, counted and shown; and it can be forgotten."""
    assert id in [hit.memory.id for hit in brain.recall("payment keys")]
    assert id in [hit.memory.id for hit in brain.recall("payment", tags=["auth"], project="shop", since="2020-01-01")]
    assert brain.audit().total == 2
    assert brain.audit(about="payment").total == 2
    assert [m.id for m in brain.audit(tags=["auth"], kind="fact", project="shop").memories] == [id]
    found = brain.overview()
    assert found.memories == 2
    assert dict(found.tags)["auth"] == 1
    assert brain.connections("payment")
    assert brain.connections(id)
    assert brain.connections("mem_odd")
    assert [m.id for m in brain.forget(["mem_odd"]).memories] == ["mem_odd"]
    assert [m.id for m in brain.audit().memories] == [id]
    brain.undo()
    assert brain.audit().total == 2


def test_more_rows_than_are_linked_at_a_time_are_all_there_at_once(brain: Brain, plain: Plain) -> None:
    """The first audit counts all 6,000, and the first question finds the newest."""
    plain(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000) "
        "INSERT INTO memories (content) SELECT 'bulk number' || i || ' of the list' FROM n"
    )
    assert brain.audit(about="the list").total == 6000
    assert brain.recall("number6000")[0].memory.content == "bulk number6000 of the list"


def test_an_audit_counts_what_cannot_be_linked_now(path: Path, plain: Plain) -> None:
    """While another program holds the file, memories that wait to be linked are counted by their terms all the same."""
    (path.parent / "config.json").write_text('{"busy_timeout_seconds": 1}')
    with Brain.open(path) as brain:
        brain.remember("The list of ports")
        assert brain.audit(about="list").total == 1
        brain.remember("The list of hosts")
        plain("INSERT INTO memories (content) VALUES ('The list of keys'), ('Something else')")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert brain.audit(about="list").total == 3
            assert [m.content for m in brain.audit(about="keys").memories] == ["The list of keys"]
            assert brain.audit().total == 4
            other.execute("ROLLBACK")
        assert brain.audit(about="list").total == 3


def test_a_question_beside_a_long_look_is_answered_with_what_is_there(path: Path, opened: Callable[..., Brain]) -> None:
    """Another program sits in a read transaction, so nothing can be linked; what waits is found all the same."""
    brain = opened()
    linked = brain.remember("Payment keys rotate")
    assert brain.recall("payment")
    waiting = brain.remember("Payment limits are strict")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        assert other.execute("SELECT count(*) FROM memories").fetchall() == [(2,)]
        for asked in (brain, opened()):
            assert {hit.memory.id for hit in asked.recall("payment")} == {linked.id, waiting.id}
        other.execute("ROLLBACK")
    assert {hit.memory.id for hit in brain.recall("payment")} == {linked.id, waiting.id}


def test_hand_edits_while_nobody_had_the_file_open_are_noticed(path: Path, plain: Plain) -> None:
    """What changed between two sessions is linked when the next one begins."""
    with Brain.open(path) as brain:
        brain.remember("Quetzalcoatl settings")
    plain("UPDATE memories SET content = 'Zanzibar settings'")
    plain("INSERT INTO memories (content) VALUES ('Rotterdam settings')")
    with Brain.open(path) as brain:
        assert brain.recall("quetzalcoatl") == []
        assert len(brain.recall("zanzibar")) == 1
        assert len(brain.recall("rotterdam")) == 1


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="the sqlite3 program is not installed")
def test_the_sqlite3_program_reads_and_writes(brain: Brain) -> None:
    """The ordinary tool works in both directions while the file is open here."""

    def shell(sql: str) -> str:
        done = subprocess.run(["sqlite3", brain.path, sql], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    stored = brain.remember("API uses Bearer tokens", tags=["auth"])
    assert f"{stored.id}|API uses Bearer tokens|" in shell("SELECT * FROM memories LIMIT 5;")
    shell("INSERT INTO memories (content, tags) VALUES ('Quetzalcoatl settings', '[\"gods\"]');")
    assert brain.recall("gods")[0].memory.content == "Quetzalcoatl settings"
    shell(f"UPDATE memories SET content = 'Zanzibar' WHERE id = '{stored.id}';")
    assert brain.recall("zanzibar")[0].memory.id == stored.id
    shell("DELETE FROM memories;")
    assert brain.recall("gods") == []
    assert "ok" in shell("PRAGMA integrity_check;")


def test_any_program_can_check_the_file(brain: Brain, plain: Plain) -> None:
    """Integrity, foreign keys and the full-text index are sound for a connection that knows nothing of us."""
    for i in range(30):
        brain.remember(f"Payment note {i}", tags=[f"t{i}"])
    brain.forget(mentions="note 1")
    assert plain("PRAGMA integrity_check") == [("ok",)]
    assert plain("PRAGMA foreign_key_check") == []
    plain("INSERT INTO full_text (full_text) VALUES ('integrity-check')")


# -- the place -----------------------------------------------------------------------------------------------------


def test_the_home_is_made_with_a_configuration_that_shows_what_can_be_set(home: Path) -> None:
    """Home, config.json and memory.db appear at the first opening, readable by their owner only."""
    before = os.umask(0)
    try:
        with Brain.open() as brain:
            assert brain.path == home / "memory.db"
    finally:
        os.umask(before)
    assert set(json.loads((home / "config.json").read_text())) == set(SETTINGS)
    assert sorted(p.name for p in home.iterdir()) == ["config.json", "memory.db"]
    if os.name == "posix":
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert {stat.S_IMODE(p.stat().st_mode) for p in home.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{not json", "config.json is ignored"),
        ("[1, 2]", "one JSON object"),
        ('{"colour": "red"}', "'colour' is unknown"),
        ('{"recall_limit": "many"}', "recall_limit must be a whole number from 1 to 100"),
        ('{"recall_limit": true}', "recall_limit must be"),
        ('{"recall_limit": 0}', "recall_limit must be"),
        ("\ufeff\x00", "config.json is ignored"),
        ("[" * 100_000, "config.json is ignored"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_configuration_that_cannot_be_used_is_ignored_with_a_warning(home: Path, text: str, told: str) -> None:
    """The defaults hold, the warning says why, and the file is left as it is."""
    home.mkdir(parents=True)
    (home / "config.json").write_text(text, encoding="utf-8")
    with Brain.open() as brain:
        assert brain.settings.recall_limit == 10
        [warning] = brain.settings.warnings
        assert told in warning
        brain.remember("works all the same")
        assert brain.recall("works")
    assert (home / "config.json").read_text(encoding="utf-8") == text


def test_what_is_configured_holds(home: Path) -> None:
    """One good setting is in force beside a bad one."""
    home.mkdir(parents=True)
    (home / "config.json").write_text('{"recall_limit": 3, "undo_days": -1}')
    with Brain.open() as brain:
        brain.remember_many(f"deploy note {i}" for i in range(9))
        assert len(brain.recall("deploy")) == 3
        assert brain.settings.undo_days == 30
        assert len(brain.settings.warnings) == 1


def test_the_steps_that_made_the_schema_are_recorded(brain: Brain, plain: Plain) -> None:
    """Each migration is noted once by its name, and the version counts them; opening again adds nothing."""
    with Brain.open(brain.path):
        pass
    names = [name for (name,) in plain("SELECT name FROM migrations ORDER BY name")]
    assert names == sorted(step.__name__ for step in STEPS)
    assert plain("PRAGMA user_version") == [(len(STEPS),)]
    assert brain.stats().schema == len(STEPS)


def test_an_empty_file_becomes_a_memory(path: Path) -> None:
    """A file of no bytes, made by touch or by an interrupted first start, is used."""
    path.touch()
    with Brain.open(path) as brain:
        brain.remember("works")
        assert brain.recall("works")


def test_the_promises_about_the_disk_are_in_force(brain: Brain, plain: Plain) -> None:
    """On every connection: full syncs, erased deletes, a rollback journal, patience with other writers."""

    def pragma(name: str) -> Any:
        with brain._file.database.read() as connection:
            return connection.execute(f"PRAGMA {name}").fetchone()[0]

    def check() -> None:
        assert pragma("journal_mode") == "delete"
        assert pragma("synchronous") == 3
        assert pragma("secure_delete") == 1
        assert pragma("busy_timeout") == 30_000
        assert pragma("trusted_schema") == 0
        assert pragma("foreign_keys") == 1

    check()
    brain._file.database.close()
    check()
    assert plain("PRAGMA journal_mode") == [("delete",)]


def test_a_file_left_in_wal_mode_comes_back_to_one_file(path: Path, plain: Plain) -> None:
    """Another program may have switched the journal; the next opening switches it back and loses nothing."""
    with Brain.open(path) as brain:
        brain.remember("one")
    assert plain("PRAGMA journal_mode = WAL") == [("wal",)]
    plain("INSERT INTO memories (content) VALUES ('two')")
    with Brain.open(path) as brain:
        assert brain.audit().total == 2
        brain.remember("three")
        assert [p.name for p in path.parent.iterdir()] == ["memory.db"]


# -- trouble -------------------------------------------------------------------------------------------------------


def refused(path: Path, error: type[StoreError]) -> str:
    """Opening and using this path fails with this error; the message comes back."""
    with pytest.raises(error) as told, Brain.open(path) as brain:
        brain.remember("anything")
    return str(told.value)


def test_a_text_file_in_its_place_is_left_alone(path: Path) -> None:
    """The error names the file and what to do; not a byte is changed."""
    path.write_bytes(b"my diary, which is not a database\n" * 200)
    before = path.read_bytes()
    message = refused(path, DamagedError)
    assert str(path) in message
    assert "untouched" in message
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_database_of_another_program_is_left_alone(path: Path, plain: Plain) -> None:
    """A foreign SQLite file is neither read as memories nor given our tables."""
    plain("CREATE TABLE recipes (name TEXT)")
    before = path.read_bytes()
    message = refused(path, DamagedError)
    assert "another program" in message
    assert path.read_bytes() == before


def test_a_foreign_database_with_a_table_called_memories_is_left_alone(path: Path, plain: Plain) -> None:
    """The name of a table does not make it ours."""
    plain("CREATE TABLE memories (id INTEGER, content TEXT)")
    plain("PRAGMA user_version = 1")
    before = path.read_bytes()
    assert "another program" in refused(path, DamagedError)
    assert path.read_bytes() == before


def test_a_file_of_a_newer_version_is_left_alone(path: Path, plain: Plain) -> None:
    """The message says that and how to upgrade; nothing is changed, nothing is read wrongly."""
    with Brain.open(path) as brain:
        brain.remember("one")
    plain("PRAGMA user_version = 999999")
    before = path.read_bytes()
    message = refused(path, NewerSchemaError)
    assert "999999" in message
    assert "upgrade" in message
    assert path.read_bytes() == before


def test_a_damaged_file_is_told_and_left_alone(path: Path) -> None:
    """Garbage in the middle of the pages: an error in words, the bytes as they were."""
    with Brain.open(path) as brain:
        brain.remember_many(f"note {i} " + "x" * 500 for i in range(200))
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xde\xad\xbe\xef" * ((len(whole) - 4196) // 4) + whole[-4096:])
    before = path.read_bytes()
    message = refused(path, DamagedError)
    assert "damaged" in message
    assert path.read_bytes() == before


def test_a_cut_off_file_is_told(path: Path) -> None:
    """A half copy is not taken for a whole one without a word: it is refused, or mended and told."""
    with Brain.open(path) as brain:
        brain.remember_many(f"note {i} " + "x" * 500 for i in range(200))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    try:
        with Brain.open(path) as brain:
            [notice] = brain.notices()
    except DamagedError:
        return
    assert "was damaged" in notice
    assert "all there were" not in notice


def test_a_directory_in_its_place_is_told(path: Path) -> None:
    """The message says that it is a directory."""
    path.mkdir()
    assert "directory" in refused(path, StoreError)
    assert list(path.iterdir()) == []


def test_a_home_below_a_file_is_told(tmp_path: Path) -> None:
    """A file where the home should be: an error in words, the file stays."""
    (tmp_path / "home").write_text("a file")
    assert str(tmp_path / "home") in refused(tmp_path / "home" / "memory.db", StoreError)
    assert (tmp_path / "home").read_text() == "a file"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only for the superuser")
def test_a_read_only_file_can_be_asked_but_not_changed(path: Path) -> None:
    """Questions and audits are answered; storing says that the file cannot be written."""
    with Brain.open(path) as brain:
        brain.remember("API uses Bearer tokens")
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        with Brain.open(path) as brain:
            assert brain.recall("bearer")
            assert brain.audit().total == 1
            with pytest.raises(ReadOnlyError, match="cannot be written"):
                brain.remember("anything")
            assert brain.recall("bearer")
    finally:
        path.parent.chmod(0o700)


def test_a_file_locked_for_too_long_is_told_and_works_again_later(home: Path) -> None:
    """While another process keeps the file, asking works and storing fails in words; afterwards all is well."""
    home.mkdir(parents=True)
    (home / "config.json").write_text('{"busy_timeout_seconds": 1}')
    with Brain.open() as brain:
        brain.remember("API uses Bearer tokens")
        with closing(sqlite3.connect(brain.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(BusyError, match="locked by another process"):
                brain.remember("anything")
            assert brain.recall("bearer")
            other.execute("ROLLBACK")
        assert brain.audit().total == 1
        brain.remember("anything")
        assert brain.audit().total == 2


def test_a_file_removed_while_open_is_noticed(brain: Brain) -> None:
    """What is stored after the file was removed is in the new file at its place, not in one nobody can find."""
    brain.remember("in the old file")
    brain.path.unlink()
    stored = brain.remember("in the new file")
    assert brain.path.exists()
    with Brain.open(brain.path) as other:
        assert [m.id for m in other.audit().memories] == [stored.id]
    assert [m.id for m in brain.audit().memories] == [stored.id]


def test_a_file_put_back_while_open_is_used(brain: Brain, tmp_path: Path) -> None:
    """A backup moved or copied over the open file is what is answered from next."""
    brain.remember("API uses Bearer tokens")
    shutil.copy(brain.path, tmp_path / "backup.db")
    brain.remember("stored after the backup")
    shutil.copy(tmp_path / "backup.db", tmp_path / "moved.db")
    (tmp_path / "moved.db").replace(brain.path)
    assert [m.content for m in brain.audit().memories] == ["API uses Bearer tokens"]
    brain.remember("stored after the move")
    shutil.copy(tmp_path / "backup.db", brain.path)
    assert [m.content for m in brain.audit().memories] == ["API uses Bearer tokens"]
    assert brain.recall("stored after") == []
    brain.remember("stored after the copy")
    assert brain.audit().total == 2


def test_a_file_removed_in_the_middle_of_a_change_fails_the_change(brain: Brain) -> None:
    """What went into a removed file is not acknowledged."""

    def items() -> Any:
        yield "first"
        brain.path.unlink()
        yield "second"

    # The generator runs while the transaction is prepared or open; either the new file has both or the call fails.
    try:
        brain.remember_many(items(), chunk=10)
    except StoreError:
        return
    assert brain.audit().total == 2


REFUSAL = "CREATE INDEX full ON {table} (abs(-9223372036854775807 - 1 + 0 * {key})) WHERE {new}"
"""An index whose expression cannot be computed for a new row: the write fails as it does on a full disk."""


@pytest.mark.parametrize(
    ("table", "key", "new"),
    [("journal", "entry", "action = 'revise'"), ("fibers", "memory", "path <> '{}'"), ("neurons", "id", "id > 1")],
)
def test_a_failed_step_changes_nothing(brain: Brain, plain: Plain, table: str, key: str, new: str) -> None:
    """When the disk refuses in the middle of a change, all of the change is missing, and afterwards all is well."""
    stored = brain.remember("one")
    brain.stats()
    ((path,),) = plain("SELECT path FROM fibers")
    plain(REFUSAL.format(table=table, key=key, new=new.format(path)))
    with pytest.raises(StoreError):
        brain.revise(stored.id, content="quite another text")
    assert [m.content for m in brain.audit().memories] == ["one"]
    plain("DROP INDEX full")
    assert brain.recall("one")[0].memory.id == stored.id
    brain.remember("two")
    assert brain.audit().total == 2
    assert brain.recall("two")[0].memory.content == "two"


def test_a_store_that_fails_stores_nothing(brain: Brain, plain: Plain) -> None:
    """No memory without its journal entry: what could not be undone is not there."""
    plain(REFUSAL.format(table="journal", key="entry", new="entry > 0"))
    with pytest.raises(StoreError):
        brain.remember("one")
    assert brain.audit().total == 0
    plain("DROP INDEX full")
    assert brain.remember("one").created


def test_the_home_can_be_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`NEURAL_MEMORY_HOME` moves the home, with a tilde, too; without it the home is ~/.neural-memory."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("NEURAL_MEMORY_HOME", "~/elsewhere")
    with Brain.open() as brain:
        assert brain.path == tmp_path / "elsewhere" / "memory.db"
    monkeypatch.delenv("NEURAL_MEMORY_HOME")
    with Brain.open() as brain:
        assert brain.path == tmp_path / ".neural-memory" / "memory.db"


# -- backups -------------------------------------------------------------------------------------------------------


def test_the_products_own_backup_is_complete_and_private(brain: Brain, tmp_path: Path) -> None:
    """A dated copy, 0600, checked, and openable as a memory of its own; twice in a second gives two."""
    brain.remember("API uses Bearer tokens")
    pages: list[tuple[int, int]] = []
    first = brain.backup(tmp_path / "backups", progress=lambda done, total: pages.append((done, total)))
    second = brain.backup(tmp_path / "backups")
    assert first != second
    assert pages[-1][0] == pages[-1][1]
    if os.name == "posix":
        assert stat.S_IMODE(first.stat().st_mode) == 0o600
    with Brain.open(first) as copy:
        assert copy.audit().memories == brain.audit().memories
        assert copy.recall("bearer")
    assert {p.suffix for p in (tmp_path / "backups").iterdir()} == {".db"}


def test_a_brain_refuses_nonsense_paths_in_words(tmp_path: Path) -> None:
    """An id that is none is told as such, whatever the file."""
    with Brain.open(tmp_path / "deep" / "er" / "memory.db") as brain, pytest.raises(InputError, match="mem_"):
        brain.get("7")


def test_a_closed_brain_answers_no_more(path: Path) -> None:
    """Every deed says so, nothing is opened behind the caller's back; closing twice is no harm."""
    brain = Brain.open(path)
    memory = brain.remember("The port is 8080")
    brain.close()
    brain.close()
    path.unlink()
    deeds: list[Callable[[], object]] = [
        lambda: brain.recall("port"),
        lambda: brain.audit(),
        lambda: brain.get(memory.id),
        lambda: brain.remember("The host is harbor"),
        lambda: brain.forget([memory.id]),
        lambda: brain.stats(),
        lambda: brain.undo(),
        lambda: brain.last_change(),
    ]
    for deed in deeds:
        with pytest.raises(InputError, match="was closed; open it again"):
            deed()
    assert not path.exists()
