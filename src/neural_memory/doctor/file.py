"""Is the memory file well?  Its pages, its derived tables, its schema, its vectors, and what lies beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from neural_memory import remember
from neural_memory.doctor.patient import Patient
from neural_memory.linked_file import LinkedFile
from neural_memory.outcomes import Diagnosis
from neural_memory.store import backup, memories, soundness
from neural_memory.store.examine import NEWEST_SCHEMA
from neural_memory.store.heal import heal, what_is_left
from neural_memory.store.sqlite import SQLITE_VERSION

HOUR, DAY = 3_600, 86_400


def integrity(patient: Patient) -> Iterator[Diagnosis]:
    """Every page and every index, as SQLite checks them."""
    if not patient.is_there:
        if patient.path.exists():
            yield Diagnosis("integrity", "bad", f"{patient.path} is not a file", "move it away")
        else:
            yield Diagnosis("integrity", "ok", f"there is no memory in {patient.home} yet")
        return
    found = patient.examined
    if found.busy:
        yield Diagnosis("integrity", "warn", "another process keeps the file locked", "run doctor again in a moment")
    elif found.unreadable:
        yield Diagnosis("integrity", "bad", f"cannot be read: {found.unreadable}", "check its permissions and its disk")
    elif found.hopeless:
        finding = f"{found.damage}, and no memory can be made out in it"
        yield Diagnosis("integrity", "bad", finding, what_is_left(patient.path))
    elif found.damage:
        advice = "doctor --repair saves what can be read, and keeps the damaged file"
        yield Diagnosis(
            "integrity",
            "bad",
            f"damaged: {found.damage}",
            advice,
            lambda: _heal(patient.path),
            what_is_left(patient.path),
        )
    elif not found.ours:
        yield Diagnosis(
            "integrity", "bad", "a database of another program", "move it away, or set NEURAL_MEMORY_HOME elsewhere"
        )
    elif patient.readable and found.schema <= NEWEST_SCHEMA:
        yield Diagnosis("integrity", "ok", f"sound; {_count(found.memories, 'memory', 'memories')}")


def _heal(path: Path) -> str:
    healed = heal(path)
    return "the file is sound" if healed is None else str(healed)


def index(patient: Patient) -> Iterator[Diagnosis]:
    """The derived tables against the rows they are derived from."""
    if not patient.readable or patient.examined.schema != NEWEST_SCHEMA:
        return
    found = patient.examined
    wrong = list(found.disagreements)
    if found.astray:
        wrong.insert(0, _count(found.astray, "row", "rows") + " out of step with memories")
    if wrong:
        advice = "doctor --repair links all memories anew"
        yield Diagnosis("index", "bad", "; ".join(wrong), advice, lambda: _link_anew(patient))
    elif found.waiting:
        waiting = _count(found.waiting, "memory waits", "memories wait")
        yield Diagnosis("index", "ok", f"agrees with the memories; {waiting} to be linked before the next question")
    else:
        yield Diagnosis("index", "ok", "agrees with the memories")


def _link_anew(patient: Patient) -> str:
    file = LinkedFile(
        patient.path, busy_timeout=patient.settings.busy_timeout_seconds, undo_days=patient.settings.undo_days
    )
    try:
        with file.database.write() as connection:
            count = soundness.start_over(connection, vectors=bool(soundness.disagreeing_vectors(connection)))
        while True:
            with file.database.write() as connection:
                if not memories.unlinked(connection, 1):
                    return f"linked {_count(count, 'memory', 'memories')} anew"
                remember.catch_up(connection)
    finally:
        file.close()


def schema(patient: Patient) -> Iterator[Diagnosis]:
    """Which steps the file has seen."""
    if not patient.readable:
        return
    number = patient.examined.schema
    if number > NEWEST_SCHEMA:
        finding = f"schema {number}, of a newer neural-memory (this one knows {NEWEST_SCHEMA})"
        yield Diagnosis("schema", "bad", finding, "pip install -U neural-memory")
    elif number < NEWEST_SCHEMA:
        yield Diagnosis("schema", "ok", f"schema {number}; the next use brings it to {NEWEST_SCHEMA}, keeping a copy")
    else:
        yield Diagnosis("schema", "ok", f"schema {number}, SQLite {SQLITE_VERSION}")


def meaning(patient: Patient) -> Iterator[Diagnosis]:
    """How many memories can be found by meaning."""
    if not patient.readable or patient.examined.schema != NEWEST_SCHEMA:
        return
    found = patient.examined
    if patient.settings.embedder == "none":
        yield Diagnosis("meaning", "ok", "the embedder is set to none: recall goes by words and association")
    elif found.unembedded:
        finding = f"{found.unembedded:,} of {_count(found.memories, 'memory', 'memories')} without a vector yet"
        yield Diagnosis("meaning", "ok", f"{finding}; they get theirs while questions are asked")
    else:
        yield Diagnosis("meaning", "ok", f"{_count(found.embedded, 'memory has its vector', 'memories have vectors')}")


def leftovers(patient: Patient) -> Iterator[Diagnosis]:
    """Journals, unfinished copies and damaged files beside the memory file."""
    for end in ("-journal", "-wal", "-shm"):
        beside = patient.path.with_name(patient.path.name + end)
        if beside.exists() and not patient.path.exists():
            finding = f"{beside.name} is there, but memory.db is not"
            yield Diagnosis("leftovers", "bad", finding, "put memory.db back beside it before anything is stored")
        elif beside.exists() and end == "-wal":
            yield Diagnosis("leftovers", "warn", f"{beside.name}: another program switched the journal", "use it once")
    if unfinished := _unfinished(patient.home):
        names = ", ".join(path.name for path in unfinished)
        yield Diagnosis(
            "leftovers",
            "warn",
            f"unfinished files of an interrupted backup or repair: {names}",
            "doctor --repair removes them",
            lambda: _remove(unfinished),
        )
    if kept := sorted(patient.home.glob("memory-*-damaged*.db")):
        finding = f"{_count(len(kept), 'damaged file', 'damaged files')} kept, the newest {kept[-1].name}"
        yield Diagnosis("leftovers", "ok", finding, "remove them when nothing of them is missed")


def _unfinished(home: Path) -> list[Path]:
    """What we began and never finished, an hour ago or longer."""
    patterns = (".memory.db.mending*", ".memory.db.restoring-*", "memory.db-mending", "backups/memory-*.unfinished")
    found = [path for pattern in patterns for path in home.glob(pattern)]
    return [path for path in found if path.is_file() and time.time() - path.stat().st_mtime > HOUR]


def _remove(paths: list[Path]) -> str:
    for path in paths:
        path.unlink(missing_ok=True)
    return f"removed {_count(len(paths), 'file', 'files')}"


def backups(patient: Patient) -> Iterator[Diagnosis]:
    """How old the newest backup in the home is; a user may well keep them elsewhere."""
    if not patient.is_there:
        return
    found = backup.backups(patient.home / "backups")
    if not found:
        yield Diagnosis("backups", "ok", f"none in {patient.home / 'backups'}", "neural-memory backup makes one")
        return
    days = int((datetime.now() - datetime.fromtimestamp(found[0].stat().st_mtime)).total_seconds() // DAY)
    age = "of today" if days == 0 else f"{_count(days, 'day', 'days')} old"
    yield Diagnosis("backups", "ok", f"{len(found):,} in {found[0].parent}, the newest {age}")


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
