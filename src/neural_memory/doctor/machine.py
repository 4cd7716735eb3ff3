"""Is the machine set up for it?  Who has the file open, the model, the configuration, the command, SQLite."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from neural_memory.doctor.patient import Patient
from neural_memory.errors import NeuralMemoryError
from neural_memory.outcomes import Diagnosis
from neural_memory.store.sqlite import SQLITE_VERSION

COMMAND = "neural-memory"
OLDEST_SQLITE = (3, 40)
"""The oldest SQLite the tests are run with."""


def users(patient: Patient) -> Iterator[Diagnosis]:
    """Which processes have the file open now; other programs may hold locks for long."""
    if not patient.is_there or not Path("/proc/self/fd").exists():
        return
    ours: list[str] = []
    others: list[str] = []
    for pid, words in _holding(patient.path):
        of_ours = any(word.endswith(COMMAND) or "neural_memory" in word for word in words[:4])
        (ours if of_ours else others).append(f"{Path(words[0]).name if words else '?'} ({pid})")
    if others:
        finding = f"open in other programs: {', '.join(others)}"
        yield Diagnosis("processes", "warn", finding, "close them when you are done: they may keep changes waiting")
    number = {0: "no server has", 1: "1 process of ours has"}.get(len(ours), f"{len(ours)} processes of ours have")
    yield Diagnosis("processes", "ok", f"{number} the file open")


def _holding(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(pid, command line) of every process but this one that has the file open, as far as we may look."""
    wanted = path.stat()
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            if any(_is(handle, wanted) for handle in (process / "fd").iterdir()):
                line = (process / "cmdline").read_bytes().decode("utf-8", "replace")
                yield int(process.name), [word for word in line.split("\0") if word]
        except OSError:  # another user's, or gone meanwhile
            continue


def _is(handle: Path, wanted: os.stat_result) -> bool:
    try:
        found = handle.stat()
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino)


def model(patient: Patient) -> Iterator[Diagnosis]:
    """Are the files of the built-in model what was shipped, byte for byte?"""
    if patient.settings.embedder != "built-in":
        return
    from neural_memory.embed import minilm

    try:
        record = minilm.read_record(minilm.FOLDER)
        for name in record["files"]:
            minilm.checked_file(minilm.FOLDER, record, name)
    except NeuralMemoryError as problem:
        yield Diagnosis("model", "bad", str(problem), "pip install --force-reinstall neural-memory")
    else:
        yield Diagnosis("model", "ok", f"{record['name']}, as shipped (SHA-256)")


def configuration(patient: Patient) -> Iterator[Diagnosis]:
    """What of config.json is ignored, and why."""
    for warning in patient.settings.warnings:
        yield Diagnosis("configuration", "warn", warning, f"correct {patient.home / 'config.json'}")


def command(_patient: Patient) -> Iterator[Diagnosis]:
    """Which `neural-memory` would a client start by its name?"""
    found = _installs()
    if not found:
        finding = f"{COMMAND} is not on PATH, so nothing can start it by its name"
        yield Diagnosis("command", "warn", finding, f"name it in full in their configuration: {_own_command()}")
        return
    if len(found) > 1:
        finding = f"{len(found)} installs on PATH: {', '.join(map(str, found))}"
        yield Diagnosis("command", "warn", finding, "clients start the first one; uninstall the others")
    elif _own_command().exists() and found[0].resolve() != _own_command().resolve():
        finding = f"PATH leads to {found[0]}, but this is {_own_command()}"
        yield Diagnosis("command", "warn", finding, "keep one of them, or name it in full in clients' configurations")
    else:
        yield Diagnosis("command", "ok", str(found[0]))


def _installs() -> list[Path]:
    """Every different `neural-memory` on PATH, in its order."""
    found: dict[Path, Path] = {}
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if folder and (name := shutil.which(COMMAND, path=folder)):
            found.setdefault(Path(name).resolve(), Path(name))
    return list(found.values())


def _own_command() -> Path:
    """Where the command of this very install is."""
    return Path(sys.executable).parent / (f"{COMMAND}.exe" if os.name == "nt" else COMMAND)


def sqlite(_patient: Patient) -> Iterator[Diagnosis]:
    """Is SQLite one that the tests are run with?"""
    if tuple(map(int, SQLITE_VERSION.split(".")[:2])) < OLDEST_SQLITE:
        finding = f"SQLite {SQLITE_VERSION} is older than what is tested (3.40)"
        yield Diagnosis("SQLite", "warn", finding, "use a newer Python: it brings a newer SQLite")
