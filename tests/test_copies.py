"""What is gone for good may still be in copies of the file: are they named, and do they go when somebody says so?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from neural_memory import Brain
from neural_memory.errors import InputError

WORD = "QuuxFrobnicator"
Talk = Callable[..., list[str]]
Start = Callable[..., "subprocess.Popen[str]"]


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    started = [sys.executable, "-m", "neural_memory", *arguments]
    return subprocess.run(started, input="", capture_output=True, text=True, timeout=60)


def holding(home: Path) -> list[str]:
    """The files of the home with the word in them."""
    return sorted(file.name for file in home.rglob("*") if file.is_file() and WORD.encode() in file.read_bytes())


@pytest.fixture
def copied(home: Path) -> dict[str, Path]:
    """A home with a memory, and copies from before it, with it, and with what it was before it was revised."""
    with Brain.open() as brain:
        brain.remember("The gateway listens on port 8443")
        before = brain.backup()
        id = brain.remember(f"The {WORD} is the acquisition", timestamp="2026-01-01").id
        with_it = brain.backup()
        brain.revise(id, content="The acquisition has another name")
        once = brain.backup()
    damaged = home / "memory-20260101-120000-damaged.db"
    damaged.write_bytes(with_it.read_bytes()[: with_it.stat().st_size - 5000])
    return {"id": Path(id), "before": before, "with": with_it, "once": once, "damaged": damaged}


def test_copies_that_hold_what_is_gone_for_good_are_named_and_kept(copied: dict[str, Path], home: Path) -> None:
    """Those that have it as a memory, in the journal, or somewhere in a damaged file; not those that never had it."""
    with Brain.open() as brain:
        gone = brain.forget([str(copied["id"])], for_good=True)
        assert set(gone.copies) == {str(copied[name]) for name in ("with", "once", "damaged")}
        assert not gone.copies_deleted
        assert brain.forget(mentions="gateway").copies == ()
    assert all(copied[name].exists() for name in ("before", "with", "once", "damaged"))


def test_with_the_copies_it_is_in_no_file(copied: dict[str, Path], home: Path) -> None:
    """In one go; a copy that never held it stays, and so does what others put there."""
    (home / "backups" / "memory-notes.txt").write_text(WORD)
    copied["damaged"].with_name(f"{copied['damaged'].name}-journal").write_text(WORD)
    with Brain.open() as brain:
        gone = brain.forget([str(copied["id"])], for_good=True, copies=True)
    assert gone.copies_deleted
    assert holding(home) == ["memory-notes.txt"]
    assert copied["before"].exists()


def test_copies_can_go_later_by_one_command(copied: dict[str, Path], home: Path) -> None:
    """The answer names the command; it asks first, can be tried dry, and finds nothing the second time."""
    said = command("forget", str(copied["id"]), "--for-good", "--yes").stdout
    assert "3 copies of the file, made before, hold it still" in said
    assert "neural-memory forget --copies" in said
    refused = command("forget", "--copies")
    assert (refused.returncode, "3 copies" in refused.stderr) == (2, True)
    assert str(copied["with"]) in command("forget", "--copies", "--dry-run").stdout
    assert copied["with"].exists()
    assert json.loads(command("forget", "--copies", "--yes", "--json").stdout)["copies_deleted"] is True
    assert holding(home) == []
    assert "No copy" in command("forget", "--copies").stdout


def test_a_living_memory_costs_no_copy(copied: dict[str, Path]) -> None:
    """What was forgotten undoably, or never, is no reason to delete a backup; without for_good it is refused."""
    with Brain.open() as brain:
        brain.forget([str(copied["id"])])
        assert brain.forget(copies=True).copies == ()
        with pytest.raises(InputError, match="for_good"):
            brain.forget(mentions="gateway", copies=True)


def test_the_assistant_hears_of_copies(copied: dict[str, Path], talk: Talk) -> None:
    """So that it does not tell its user that nothing is left."""
    (said,) = talk({}, ("forget", {"ids": [str(copied["id"])], "for_good": True}))
    assert str(copied["with"]) in said
    assert "forget --copies" in said


def test_copies_with_a_secret_are_named_when_it_is_taken_out(home: Path) -> None:
    """A copy from before holds the secret still."""
    with Brain.open() as brain:
        id = brain.remember(f"The admin password is {WORD}!7", secrets="keep").id
        old = brain.backup()
        assert brain.revise(id, secrets="redact").copies == (str(old),)
        new = brain.backup()
    assert holding(home) == [old.name]
    assert new.exists()


KILLED = """
import os, sys
from neural_memory import Brain
if sys.argv[1] == "restore":
    Brain.restore(sys.argv[2], confirm=lambda plan: os._exit(9))
else:
    Brain.open().backup(progress=lambda done, total: os._exit(9))
"""


def test_what_a_killed_process_left_counts_as_a_copy(copied: dict[str, Path], home: Path, python: Start) -> None:
    """The copy that a restore looks through, a backup that is not done, a mending, a journal that was set aside."""
    assert python(KILLED, "restore", copied["with"]).wait(30) == 9
    assert python(KILLED, "backup").wait(30) == 9
    for name in (".memory.db.mending", "memory-20260101-120000-damaged.db-journal"):
        (home / name).write_text(WORD)
    assert len(list(home.glob(".memory.db.restoring-*"))) == len(list((home / "backups").glob("*.unfinished"))) == 1
    left = {file for file in holding(home) if file not in {path.name for path in copied.values()}}
    with Brain.open() as brain:
        gone = brain.forget([str(copied["id"])], for_good=True)
        assert left - {"memory.db"} <= {Path(name).name for name in gone.copies}
        brain.forget(copies=True)
    assert holding(home) == []
    assert (home / "memory.db").exists()


def test_a_memory_file_called_like_a_copy_is_none(tmp_path: Path) -> None:
    """The file that is open is not among its copies, whatever its name."""
    with Brain.open(tmp_path / "memory-2.db") as brain:
        id = brain.remember("The gateway listens on port 8443").id
        brain.remember("Deploys happen on Fridays")
        assert brain.forget([id], for_good=True, copies=True).copies == ()
    assert (tmp_path / "memory-2.db").exists()


@pytest.mark.skipif(os.name == "nt", reason="signals that end a process politely")
@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP"])
def test_a_restore_that_is_ended_at_its_question_leaves_nothing(
    copied: dict[str, Path], home: Path, number: str
) -> None:
    """The window is closed, or the process is told to end: the copy that it looked through goes with it."""
    import pty

    ours, theirs = pty.openpty()
    started = [sys.executable, "-m", "neural_memory", "restore", str(copied["with"])]
    with subprocess.Popen(started, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        said = b""
        while b"Restore it?" not in said:
            said += os.read(ours, 4096)
        assert list(home.glob(".memory.db.restoring-*"))
        for _ in range(30):  # one that comes between the question and the reading of the answer is seen with the next
            process.send_signal(getattr(signal, number))
            with suppress(subprocess.TimeoutExpired):
                process.wait(1)
                break
        else:
            process.kill()
        assert process.wait(30) == 128 + getattr(signal, number)
    os.close(ours)
    assert not list(home.glob(".memory.db*"))


def test_links_and_odd_files_are_left_alone(home: Path, tmp_path: Path, plain_at: Callable[..., Any]) -> None:
    """A link among the copies is not followed; an empty file holds nothing."""
    with Brain.open() as brain:
        id = brain.remember(f"The {WORD} is here").id
        elsewhere = brain.backup(tmp_path / "elsewhere")
        (home / "backups").mkdir(mode=0o700)
        (home / "backups" / "memory-20260101-120000.db").symlink_to(elsewhere)
        (home / "backups" / "memory-20260102-120000.db").touch()
        assert brain.forget([id], for_good=True, copies=True).copies == ()
    assert elsewhere.exists()
