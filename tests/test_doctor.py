"""Doctor says what is not well and what to do, in a line each, mends what it can, and leaves a healthy home alone."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from neural_memory import Brain
from neural_memory.cli.main import run
from neural_memory.doctor import examine
from neural_memory.doctor.surroundings import NETWORK, _file_system
from neural_memory.outcomes import Diagnosis

PAGE = 4_096


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with some memories, a user without clients, and our command alone on PATH."""
    folder = tmp_path / "home"
    monkeypatch.setenv("NEURAL_MEMORY_HOME", str(folder))
    (tmp_path / "user").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.chdir(tmp_path)
    with Brain.open() as brain:
        brain.remember_many(f"Payment note {i} about refunds" for i in range(30))
    return folder


def found(name: str) -> Diagnosis:
    """The one diagnosis of this name."""
    [diagnosis] = [each for each in examine() if each.name == name]
    return diagnosis


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = run(["doctor", *arguments])
    return code, capsys.readouterr().out


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_a_healthy_home_is_ok_and_left_alone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0, each line says ok, nothing is written, with --repair neither."""
    before = snapshot(home)
    for arguments in ((), ("--repair",)):
        code, out = said(capsys, *arguments)
        assert code == 0, out
        assert {line.split()[0] for line in out.splitlines()} == {"ok"}
        assert snapshot(home) == before
    for word in ("integrity", "index", "schema", "permissions", "disk", "model", "command", "backups", "30 memories"):
        assert word in out


def test_json_has_every_finding(capsys: pytest.CaptureFixture[str]) -> None:
    """Name, state, finding, advice, and whether it can be repaired."""
    code, out = said(capsys, "--json")
    told = json.loads(out)
    assert code == 0
    assert {frozenset(each) for each in told["findings"]} == {
        frozenset({"name", "state", "finding", "advice", "repairable"})
    }
    assert told["repaired"] == []


def test_a_damaged_file_is_found_and_mended_only_when_asked(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Doctor alone changes nothing; --repair saves the memories and keeps the damaged file."""
    path = home / "memory.db"
    data = bytearray(path.read_bytes())
    with closing(sqlite3.connect(path)) as plain:
        page = plain.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'synapses'").fetchone()[0]
    data[(page - 1) * PAGE : page * PAGE] = bytes(PAGE)
    path.write_bytes(data)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    code, out = said(capsys)
    assert code == 1
    assert "BAD   integrity" in out and "doctor --repair" in out
    assert path.read_bytes() == bytes(data)
    code, out = said(capsys, "--repair")
    assert code == 0
    assert "30 memories were saved, all there were" in out
    assert [kept.read_bytes() for kept in home.glob("memory-*-damaged.db")] == [bytes(data)]


def break_index(statement: str) -> Any:
    return pytest.param(statement, id=statement.split(" SET")[0].lower()[:40])


@pytest.mark.parametrize(
    "statement",
    [
        break_index("DELETE FROM fibers WHERE memory = 3"),
        break_index("DELETE FROM digests"),
        break_index("DELETE FROM memory_ids"),
        break_index("DELETE FROM full_text WHERE rowid = 2"),
        break_index("DELETE FROM neuron_terms"),
        break_index("DELETE FROM embedded WHERE memory = 3"),
        break_index("DELETE FROM vectors WHERE memory = 5"),
        break_index("UPDATE tallies SET value = 7 WHERE name = 'memories'"),
        break_index("INSERT INTO fibers (memory, path) VALUES (999, '[1]')"),
        break_index("INSERT INTO vectors (memory, model, vector) VALUES (999, 1, x'00')"),
        break_index("INSERT INTO full_text (rowid, terms) VALUES (999, 'ghost')"),
        break_index("UPDATE full_text_content SET c0 = 'ghost words' WHERE id = 5"),
        break_index("UPDATE fibers SET path = '[4711]' WHERE memory = 4"),
    ],
)
def test_derived_tables_that_disagree_are_made_anew(
    home: Path, capsys: pytest.CaptureFixture[str], statement: str
) -> None:
    """Whatever contradicts the rows is named, and after a repair everything is found again."""
    with closing(sqlite3.connect(home / "memory.db")) as plain, plain:
        plain.execute(statement)
    assert found("index").state == "bad"
    code, out = said(capsys, "--repair")
    assert code == 0, out
    assert "linked 30 memories anew" in out
    with Brain.open() as brain:
        assert brain.audit(about="refunds").total == 30
        assert brain.stats().fibers == 30
        assert len(brain.recall("payment refunds", limit=50)) == 30


@pytest.mark.skipif(os.name != "posix", reason="files have no such modes there")
def test_files_that_others_can_read_are_found_and_closed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The home, the database, the configuration, backups; what is not ours in there is left alone."""
    with Brain.open() as brain:
        brain.backup()
    (home / "notes.txt").write_text("not ours")
    opened = [home, home / "memory.db", home / "config.json", home / "backups", *home.glob("backups/*")]
    for path in opened:
        path.chmod(0o755)
    (home / "notes.txt").chmod(0o644)
    assert found("permissions").state == "warn"
    assert said(capsys, "--repair")[0] == 0
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in opened} == {0}
    assert stat.S_IMODE((home / "notes.txt").stat().st_mode) == 0o644


@pytest.mark.skipif(os.name != "posix", reason="files have no such modes there")
def test_a_home_that_would_be_refused_is_told(home: Path) -> None:
    """With the command that mends it."""
    home.chmod(0o777)
    diagnosis = found("place")
    assert diagnosis.state == "bad"
    assert f"chmod 700 {home}" in diagnosis.advice


def test_a_configuration_that_is_ignored_is_told(home: Path) -> None:
    """What of it, and why."""
    (home / "config.json").write_text('{"recall_limit": "many"}')
    diagnosis = found("configuration")
    assert diagnosis.state == "warn"
    assert "recall_limit must be" in diagnosis.finding


def test_a_file_of_a_newer_version_is_told(home: Path) -> None:
    """With the command that upgrades; it is not called damaged."""
    with closing(sqlite3.connect(home / "memory.db")) as plain:
        plain.execute("PRAGMA user_version = 999")
    assert found("schema").state == "bad"
    assert "pip install -U" in found("schema").advice
    assert not [each for each in examine() if each.name == "integrity"]


def test_a_file_of_another_program_is_told(home: Path) -> None:
    """And not touched by a repair."""
    (home / "memory.db").unlink()
    with closing(sqlite3.connect(home / "memory.db")) as plain:
        plain.execute("CREATE TABLE recipes (name TEXT)")
    before = (home / "memory.db").read_bytes()
    assert "another program" in found("integrity").finding
    assert run(["doctor", "--repair"]) == 1
    assert (home / "memory.db").read_bytes() == before


def test_what_was_never_finished_is_told_and_removed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only what we began, and only after an hour: it may be at work."""
    (home / "backups").mkdir(mode=0o700)
    for name in (".memory.db.mending", "memory.db-mending", "backups/memory-20260101-000000.unfinished"):
        (home / name).touch(mode=0o600)
        os.utime(home / name, (1_700_000_000, 1_700_000_000))
    fresh = home / "backups" / "memory-20260101-000001.unfinished"
    fresh.touch(mode=0o600)
    assert "3 files" in said(capsys, "--repair")[1]
    assert fresh.exists()
    assert sorted(path.name for path in home.iterdir()) == ["backups", "config.json", "memory.db"]


def test_a_synchronised_folder_is_told(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name, or by what its program leaves in it."""
    for folder, mark in ((tmp_path / "Dropbox" / "memory", None), (tmp_path / "shared" / "memory", ".stfolder")):
        folder.mkdir(parents=True, mode=0o700)
        if mark:
            (folder.parent / mark).mkdir()
        monkeypatch.setenv("NEURAL_MEMORY_HOME", str(folder))
        assert found("cloud").state == "warn"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")
def test_who_has_the_file_open_is_told(home: Path) -> None:
    """A server of ours is counted; another program is a warning with its name and number."""
    assert "no server" in found("processes").finding
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; f = open(sys.argv[1]); print('open', flush=True); input()",
            home / "memory.db",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        [warning] = [each for each in examine() if each.name == "processes" and each.state == "warn"]
        assert f"({holder.pid})" in warning.finding
    finally:
        holder.communicate("\n")


def test_two_installs_on_the_path_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And none at all is, too: a client could not start it by its name."""
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(shutil.which("true") or sys.executable, other / "neural-memory")
    monkeypatch.setenv("PATH", f"{other}{os.pathsep}{os.environ['PATH']}")
    assert "2 installs" in found("command").finding
    monkeypatch.setenv("PATH", str(other))
    assert "PATH leads to" in found("command").finding
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "not on PATH" in found("command").finding


def test_path_is_no_trouble_where_every_client_names_the_command_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `setup` wrote starts without PATH; one entry by the bare name needs it again."""
    user = tmp_path / "user"
    (user / ".cursor").mkdir()
    whole = str(Path(sys.executable).parent / "neural-memory")
    entry = {"mcpServers": {"neural-memory": {"command": whole, "args": ["--mcp"]}}}
    (user / ".cursor" / "mcp.json").write_text(json.dumps(entry))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    [line] = [line for line in said(capsys)[1].splitlines() if line.split()[1] == "command"]
    assert line.startswith("ok") and "names it in full" in line
    entry["mcpServers"]["neural-memory"]["command"] = "neural-memory"
    (user / ".cursor" / "mcp.json").write_text(json.dumps(entry))
    [line] = [line for line in said(capsys)[1].splitlines() if line.split()[1] == "command"]
    assert line.startswith("warn")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")
def test_the_kind_of_disk_is_known() -> None:
    """Of directories on different mounts; none of these is a network's."""
    assert _file_system(Path("/proc")) == "proc"
    assert _file_system(Path("/")) not in {None, *NETWORK}


def test_what_is_no_database_is_not_offered_for_repair(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no memory can be made out, a backup is the way; where rows still stand there, repair is."""
    whole = (home / "memory.db").read_bytes()
    (home / "memory.db").write_bytes(b"my shopping list: milk, bread\n" * 400)
    diagnosis = found("integrity")
    assert (diagnosis.state, diagnosis.repair) == ("bad", None)
    assert "restore FILE" in diagnosis.advice
    assert "Repaired integrity" not in said(capsys, "--repair")[1]
    (home / "memory.db").write_bytes(b"\0" * PAGE + whole[PAGE:])
    assert found("integrity").repair is not None


def test_after_a_repair_that_failed_another_way_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the schema can be read but no memory, it is told at once; never is the repair advised that just failed."""
    path = home / "memory.db"
    whole = path.read_bytes()
    path.write_bytes(whole[:PAGE] + b"\x55" * (len(whole) - PAGE))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    diagnosis = found("integrity")
    assert (diagnosis.state, diagnosis.repair) == ("bad", None)
    assert "restore FILE" in diagnosis.advice
    (home / "backups").mkdir(0o700)
    backup = home / "backups" / "memory-20260131-120000.db"
    backup.write_bytes(whole)
    for told in (found("integrity").advice, said(capsys, "--repair")[1]):
        assert f"neural-memory restore {backup}" in told
        assert "doctor --repair saves" not in told


def test_a_repair_that_fails_is_not_advised_again(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """There is something to read in the file, and yet it cannot be mended: the ways that are left are named."""
    path = home / "memory.db"
    data = bytearray(path.read_bytes())
    with closing(sqlite3.connect(path)) as plain:
        page = plain.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'synapses'").fetchone()[0]
    data[(page - 1) * PAGE : page * PAGE] = bytes(PAGE)
    path.write_bytes(data)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    (home / ".memory.db.mending").mkdir()  # where the mended file would be made
    code, out = said(capsys, "--repair")
    assert code == 1
    assert "Repair of integrity: not done: " in out
    [line] = [line for line in out.splitlines() if line.startswith("BAD   integrity")]
    assert "doctor --repair" not in line
    assert "restore FILE" in line


def test_names_stand_apart_from_what_was_found(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also the longest one."""
    (Path(os.environ["HOME"]) / ".config" / "Claude").mkdir(parents=True)
    assert "Claude Desktop  not set up" in said(capsys)[1]
