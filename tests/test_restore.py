"""Backups are kept in number, and come back: looked through first, and what they replace is kept."""

from __future__ import annotations

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
from neural_memory.errors import BusyError, DamagedError, InputError, NewerSchemaError
from neural_memory.outcomes import Restored

PlainAt = Callable[[Path, str], list[tuple[Any, ...]]]
Start = Callable[..., "subprocess.Popen[str]"]


def contents(path: Path) -> list[str]:
    """What a file remembers, as any program sees it."""
    with closing(sqlite3.connect(path)) as plain:
        return [content for (content,) in plain.execute("SELECT content FROM memories ORDER BY seq")]


@pytest.fixture
def saved(path: Path) -> Path:
    """A backup of two memories, beside a file that has a third."""
    with Brain.open(path) as brain:
        brain.remember("Deploys happen on Fridays")
        brain.remember("API uses Bearer tokens")
        backup = brain.backup(path.parent / "elsewhere")
        brain.remember("stored after the backup")
    return backup


# -- how many are kept -------------------------------------------------------------------------------------------------


def test_only_the_newest_backups_are_kept(brain: Brain, tmp_path: Path) -> None:
    """As many as asked for, the one just made among them."""
    folder = tmp_path / "backups"
    made = [brain.backup(folder) for _ in range(4)]
    last = brain.backup(folder, keep=2)
    assert sorted(folder.iterdir()) == sorted([made[-1], last])
    assert brain.backup(folder, keep=1).exists()
    assert len(list(folder.iterdir())) == 1


def test_nothing_else_is_removed_with_old_backups(brain: Brain, tmp_path: Path) -> None:
    """Other files, files of other names, foreign databases, links and directories with such a name stay."""
    folder = tmp_path / "backups"
    brain.remember("anything")
    own = brain.backup(folder)
    others = {
        folder / "memory-20200101-000000.txt": b"notes",
        folder / "memory-20200101-000001.db": b"not a database",
        folder / "notes.db": own.read_bytes(),
        folder / "memory-20200101-000002-schema-1.db": own.read_bytes(),
        folder / "memory-20200101-000003-before-restore.db": own.read_bytes(),
        folder / "memory-20200101-000004.db": own.read_bytes()[:-4096],
    }
    for path, data in others.items():
        path.write_bytes(data)
    with closing(sqlite3.connect(folder / "memory-20200101-000005.db")) as foreign:
        foreign.execute("CREATE TABLE recipes (name TEXT)")
    (folder / "memory-20200101-000006.db").symlink_to(own)
    (folder / "memory-20200101-000007.db").mkdir()
    before = {path.name for path in folder.iterdir()}
    kept = brain.backup(folder, keep=1)
    assert {path.name for path in folder.iterdir()} == (before - {own.name}) | {kept.name}


@pytest.mark.parametrize("keep", [0, -1, 10_001, True])
def test_a_number_of_backups_that_makes_no_sense_is_refused(brain: Brain, tmp_path: Path, keep: int) -> None:
    """Before anything is copied."""
    with pytest.raises(InputError, match="keep is"):
        brain.backup(tmp_path / "backups", keep=keep)
    assert not (tmp_path / "backups").exists()


# -- the way back ------------------------------------------------------------------------------------------------------


def test_a_backup_comes_back(path: Path, saved: Path) -> None:
    """What was there is kept and says where; the backup itself stays as it is."""
    before = saved.read_bytes()
    done = Brain.restore(saved, path)
    assert done is not None
    assert (done.memories, done.replaced) == (2, 3)
    assert done.kept is not None
    assert Path(done.kept).parent == path.parent / "backups"
    assert contents(Path(done.kept))[-1] == "stored after the backup"
    assert saved.read_bytes() == before
    with Brain.open(path) as brain:
        assert [m.content for m in brain.audit().memories] == contents(path)[::-1]
        assert brain.recall("which tokens?")[0].memory.content == "API uses Bearer tokens"
        assert not any("after the backup" in hit.memory.content for hit in brain.recall("stored after the backup"))


def test_a_restore_can_be_taken_back(path: Path, saved: Path) -> None:
    """By restoring what it replaced; nothing is lost on the way."""
    first = Brain.restore(saved, path)
    assert first is not None and first.kept is not None
    second = Brain.restore(first.kept, path)
    assert second is not None and second.kept is not None
    assert contents(path)[-1] == "stored after the backup"
    assert len(contents(Path(second.kept))) == 2


def test_files_are_private_and_nothing_is_left_over(path: Path, saved: Path) -> None:
    """0600 for the restored file and the kept one, whatever the backup had; no temporary file stays."""
    saved.chmod(0o644)
    done = Brain.restore(saved, path)
    assert done is not None and done.kept is not None
    if os.name == "posix":
        assert {stat.S_IMODE(Path(p).stat().st_mode) for p in (done.kept, path)} == {0o600}
    assert sorted(p.name for p in path.parent.iterdir()) == ["backups", "elsewhere", "memory.db"]


def test_the_plan_is_shown_before_anything_happens(path: Path, saved: Path) -> None:
    """Who says no keeps everything as it was."""
    before = path.read_bytes()
    plans: list[Restored] = []

    def no(plan: Restored) -> bool:
        plans.append(plan)
        return False

    assert Brain.restore(saved, path, confirm=no) is None
    [plan] = plans
    assert (plan.memories, plan.replaced, plan.kept, plan.mended) == (2, 3, None, None)
    assert path.read_bytes() == before
    assert sorted(p.name for p in path.parent.iterdir()) == ["elsewhere", "memory.db"]


def test_a_backup_comes_back_where_there_is_nothing(tmp_path: Path, saved: Path) -> None:
    """On a new machine: the home is made, and nothing needs to be kept."""
    target = tmp_path / "new" / "home" / "memory.db"
    done = Brain.restore(saved, target)
    assert done is not None
    assert (done.replaced, done.kept) == (None, None)
    assert len(contents(target)) == 2


def test_a_backup_takes_the_place_of_what_cannot_be_read(path: Path, saved: Path) -> None:
    """Whatever stands there is kept byte for byte."""
    path.write_bytes(b"garbage" * 3000)
    done = Brain.restore(saved, path)
    assert done is not None and done.kept is not None
    assert done.replaced is None
    assert Path(done.kept).read_bytes() == b"garbage" * 3000
    assert len(contents(path)) == 2


def test_a_journal_left_by_a_crash_does_not_reach_the_restored_file(path: Path, saved: Path) -> None:
    """It belongs to the file that was there: played back into that one, or kept beside it."""
    path.write_bytes(b"garbage" * 3000)
    journal = path.with_name("memory.db-journal")
    journal.write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(5000))
    done = Brain.restore(saved, path)
    assert done is not None and done.kept is not None
    assert not journal.exists()
    assert len(contents(path)) == 2


CRASH = """
import os, sqlite3, sys
plain = sqlite3.connect(sys.argv[1], isolation_level=None)
plain.execute("PRAGMA cache_size = 5")
plain.execute("BEGIN IMMEDIATE")
plain.execute("UPDATE memories SET content = content || ' half of a change'")
os._exit(9)
"""


@pytest.mark.parametrize("left", ["missing", "empty"])
def test_a_journal_left_by_a_file_that_was_moved_away_does_not_reach_the_restored_one(
    path: Path, python: Start, left: str
) -> None:
    """It is kept, since the file that was moved away is not whole without it: both together are what was there."""
    with Brain.open(path) as brain:
        brain.remember_many([f"Ticket {number} is about the subject of its own" for number in range(300)])
        backup = brain.backup(path.parent / "elsewhere")
        brain.remember_many([f"Later note {number} on another theme" for number in range(300)])
    assert python(CRASH, path).wait() == 9
    away = path.rename(path.with_name("away.db"))
    journal = path.with_name("memory.db-journal").read_bytes()
    assert journal
    if left == "empty":
        path.touch()
    done = Brain.restore(backup, path)
    assert done is not None
    assert (done.kept, done.memories) == (None, 300)
    assert not path.with_name("memory.db-journal").exists()
    [kept] = (path.parent / "backups").iterdir()
    assert kept.name.endswith("-before-restore.db-journal")
    assert kept.read_bytes() == journal
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert [content for content in contents(path) if content.startswith("Later")] == []
    kept.rename(away.with_name("away.db-journal"))
    assert len([content for content in contents(away) if content.startswith("Later")]) == 300
    assert not any("half of a change" in content for content in contents(away))


MEANWHILE = """
import os, subprocess, sys
from neural_memory import Brain
backup, target = sys.argv[1:]
stored = []
def meanwhile(event, arguments):
    touched = event in ("os.rename", "os.link") and os.fspath(arguments[1]) == target
    made = event == "open" and arguments[0] == target and arguments[2] & os.O_CREAT
    if (touched or made) and not stored:
        stored.append(True)
        script = "import sys; from neural_memory import Brain; Brain.open(sys.argv[1]).remember('acknowledged')"
        subprocess.run([sys.executable, "-c", script, target], check=True)
sys.addaudithook(meanwhile)
done = Brain.restore(backup, target)
print(stored, done.kept)
"""


def test_what_is_stored_while_the_restored_file_gets_its_name_is_kept(
    tmp_path: Path, saved: Path, python: Start
) -> None:
    """A server may make the missing file at the last moment; what it acknowledged is kept like any other."""
    target = tmp_path / "new" / "memory.db"
    process = python(MEANWHILE, saved, target)
    said, wrong = process.communicate(timeout=60)
    assert process.returncode == 0, wrong
    happened, kept = said.split(maxsplit=1)
    assert happened == "[True]"
    assert contents(Path(kept.strip())) == ["acknowledged"]
    assert len(contents(target)) == 2


def test_open_servers_use_the_restored_file(path: Path, saved: Path) -> None:
    """From their next call on; what they store then is in it."""
    with Brain.open(path) as server:
        assert server.audit().total == 3
        Brain.restore(saved, path)
        assert server.audit().total == 2
        server.remember("stored after the restore")
        assert contents(path)[-1] == "stored after the restore"


WRITE = """
import sys
from neural_memory import Brain
from neural_memory.errors import StoreError
brain = Brain.open(sys.argv[1], source="writer")
print("ready", flush=True)
for i in range(60):
    try:
        stored = brain.remember(f"written while restoring {i}")
    except StoreError:
        continue
    print(stored.id, flush=True)
"""


def test_nothing_acknowledged_is_lost_while_others_write(path: Path, saved: Path, python: Start) -> None:
    """Each memory is in the restored file or in one that was kept."""
    writer = python(WRITE, path)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    kept = []
    for _ in range(3):
        done = Brain.restore(saved, path)
        assert done is not None and done.kept is not None
        kept.append(Path(done.kept))
    acknowledged = writer.communicate(timeout=60)[0].split()
    assert writer.returncode == 0
    there: set[str] = set()
    for file in (path, *kept):
        with closing(sqlite3.connect(file)) as plain:
            assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            there |= {id for (id,) in plain.execute("SELECT id FROM memories")}
    assert set(acknowledged) <= there


def test_a_file_held_by_another_program_is_not_replaced(path: Path, saved: Path) -> None:
    """It waits, then says so; nothing is changed."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BusyError):
            Brain.restore(saved, path, patience=0.1)
        other.execute("ROLLBACK")
    assert len(contents(path)) == 3


# -- what is refused ---------------------------------------------------------------------------------------------------


def test_what_is_no_backup_is_refused(path: Path, saved: Path, tmp_path: Path, plain_at: PlainAt) -> None:
    """Text, garbage, another program's file, a newer schema, a directory, nothing, a pipe, itself: all is untouched."""
    before = path.read_bytes()
    plain_at(tmp_path / "foreign.db", "CREATE TABLE recipes (name TEXT)")
    shutil.copy(saved, tmp_path / "newer.db")
    plain_at(tmp_path / "newer.db", "PRAGMA user_version = 999")
    (tmp_path / "notes.txt").write_text("my diary\n" * 500)
    (tmp_path / "garbage.db").write_bytes(os.urandom(20_000))
    (tmp_path / "empty.db").touch()
    pipes = []
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        pipes = [("pipe", InputError, "is not a file")]
    for name, error, told in (
        ("notes.txt", DamagedError, "damaged or not a memory file"),
        ("garbage.db", DamagedError, "damaged or not a memory file"),
        ("empty.db", InputError, "is empty"),
        ("foreign.db", DamagedError, "another program"),
        ("newer.db", NewerSchemaError, "999"),
        ("", InputError, "is not a file"),
        *pipes,
        ("no/such.db", InputError, "cannot be read"),
        ("memory.db", InputError, "is the memory file itself"),
    ):
        with pytest.raises(error, match=told):
            Brain.restore(tmp_path / name, path)
        assert path.read_bytes() == before
    assert not (tmp_path / "backups").exists()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_a_damaged_backup_is_mended_in_the_copy(path: Path, saved: Path) -> None:
    """What can be saved comes back, the plan says so, and the backup is left as it is."""
    with Brain.open(path) as brain:
        brain.remember_many(f"note {i} " + "x" * 300 for i in range(200))
        big = brain.backup(path.parent / "elsewhere")
    data = bytearray(big.read_bytes())
    data[20 * 4096 : 22 * 4096] = bytes(2 * 4096)
    big.write_bytes(data)
    done = Brain.restore(big, path)
    assert done is not None
    assert done.mended is not None and "saved" in done.mended
    assert done.memories > 100
    assert big.read_bytes() == bytes(data)
    with Brain.open(path) as brain:
        assert brain.audit().total == done.memories


def test_a_backup_of_an_earlier_release_is_brought_up_to_date(path: Path, saved: Path) -> None:
    """At the next use, as any such file."""
    old = Path(__file__).parent / "fixtures" / "schema-1.db"
    done = Brain.restore(old, path)
    assert done is not None
    with Brain.open(path) as brain:
        assert brain.audit().total == done.memories
