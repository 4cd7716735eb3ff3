"""What does a memory server cost, and does it keep what it said it kept and lose what it said it lost?  (for peers.py)

start       CPU from the start of the process to its replies to `initialize` and `tools/list`, in a home that was
            used before, beside a bare `python -c pass` or `node -e 0`; the tools it lists; the memory it then holds
together    several servers on one home store at the same time, as the windows of an editor do: what was acknowledged,
            and what of it is there afterwards. There means: a new server brings it up when asked for its own text,
            or its words are anywhere in the files of the home; so nothing is called lost that is merely ranked low
deleted     a memory is deleted with the server's own tool, and the server ended as clients end it: does another one
            still bring it up, and which files still hold its bytes?
size        of what was installed, without pip and without what Python compiles by itself
"""

from __future__ import annotations

import json
import os
import queue
import re
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from measuring import percentile
from peer_server import Json, RefusalError, Server, stop_family

ROUNDS = 7
WRITERS, EACH = 4, 25
DOOMED = "quokkavelt"
"""A word that is nowhere else: what is deleted."""
INSTALLER = re.compile(r"^(pip|setuptools|_distutils_hack|distutils-precedence|pkg_resources|wheel)\b")


@contextmanager
def a_home() -> Iterator[Path]:
    """An empty directory; whatever still runs in it at the end is stopped."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        home = Path(name).resolve()
        try:
            yield home
        finally:
            stop_family(home)


def start(adapter: Json, rounds: int = ROUNDS) -> dict[str, Any]:
    """Medians of interleaved rounds; the first start, which may set something up, does not count."""
    ours: list[float] = []
    bare: list[float] = []
    held: list[float] = []
    with a_home() as home:
        for number in range(rounds + 1):
            with Server(adapter, home) as server:
                held.append(server.held_mb())
                tools = server.tools
            stop_family(home)
            if number:
                ours.append(server.end_cpu_ms)
                bare.append(_cpu_ms(bare_command(adapter)))
    cpu, without = percentile(ours, 0.5), percentile(bare, 0.5)
    return {
        "cpu_ms": round(cpu, 1),
        "bare": "node -e 0" if adapter.get("registry") == "npm" else "python -c pass",
        "bare_ms": round(without, 1),
        "ratio": round(cpu / without, 1),
        "held_mb": round(percentile(held, 0.5), 1),
        "tools": len(tools),
        "tools_bytes": len(json.dumps(tools, separators=(",", ":"), ensure_ascii=False).encode()),
    }


def together(adapter: Json, texts: list[str], writers: int = WRITERS, each: int = EACH) -> dict[str, Any]:
    """Counts: memories that were offered to the servers, acknowledged by them, and found afterwards; and one of the
    reasons given for what was not acknowledged."""
    told: dict[str, str] = {}
    why: list[str] = []
    with a_home() as home:
        with Server(adapter, home) as server:  # the home is set up by one
            server.recall("anything")
            server.end(gently=True)
        threads = [
            threading.Thread(target=_write, args=(adapter, home, number, texts[number::writers][:each], told, why))
            for number in range(writers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = _found(adapter, home, told)
    counts = {"writers": writers, "offered": writers * each, "acknowledged": len(told), "found": found}
    return {**counts, "refusal": why[0]} if why else counts


def _write(adapter: Json, home: Path, number: int, texts: list[str], told: dict[str, str], why: list[str]) -> None:
    """One of the servers: what it acknowledges is noted, each with a word of its own."""
    try:
        with Server(adapter, home) as server:
            for place, text in enumerate(texts):
                word = f"kestrel{number}x{place}"
                try:
                    server.store(f"{text} ({word})", {"id": word})
                except RefusalError as reason:
                    why.append(" ".join(str(reason).split())[:200])
                    continue
                told[word] = text
            server.end(gently=True)
    except (AssertionError, RefusalError, OSError, queue.Empty) as reason:  # what it acknowledged before counts
        why.append(str(reason)[:200] or "no reply")


def _found(adapter: Json, home: Path, told: dict[str, str]) -> int:
    missing = set(told)
    with Server(adapter, home) as server:
        for word, text in told.items():
            if word in server.recall(f"{text} ({word})"):
                missing.discard(word)
        server.end(gently=True)
    if missing:
        everything = b"".join(path.read_bytes() for path in files(home))
        missing = {word for word in missing if word.encode() not in everything}
    return len(told) - len(missing)


def deleted(adapter: Json, texts: list[str]) -> dict[str, Any]:
    """recalled: it is still brought up; files: those that still hold it."""
    if "delete" not in adapter:
        return {"tool": None}
    with a_home() as home:
        with Server(adapter, home) as server:
            for number, text in enumerate(texts):
                server.store(text, {"id": f"other{number}"})
            stored = server.store(f"The maintenance codename of the billing cluster is {DOOMED}.", {"id": "doomed"})
            server.settle()
            before = _mentions(server, adapter)
            server.delete(stored)
            server.settle()
            server.end(gently=True)
        with Server(adapter, home) as server:
            after = _mentions(server, adapter)
            server.end(gently=True)
        holding = sorted({path.name for path in files(home) if DOOMED.encode() in path.read_bytes().lower()})
    return {"tool": adapter["delete"]["tool"], "recalled_before": before, "recalled": after, "files": holding}


def _mentions(server: Server, adapter: Json) -> bool:
    """Asked without the word itself: a server may keep questions."""
    question = "maintenance" if adapter.get("ask") == "words" else "What is the maintenance codename?"
    return DOOMED in server.recall(question).lower()


def size_mb(adapter: Json) -> float | None:
    folder = root(adapter)
    if folder is None:
        return None
    return round(sum(_sizes(folder)) / 1e6, 1)


def _sizes(folder: Path) -> Iterator[int]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [f for f in folders if f != "__pycache__" and not (Path(parent) == folder and INSTALLER.match(f))]
        yield from ((Path(parent) / name).lstat().st_size for name in names)


def version(adapter: Json) -> str | None:
    """Of the package, as it is installed."""
    folder = root(adapter)
    if folder is None:
        return None
    if adapter["registry"] == "npm":
        told = (folder / adapter["package"] / "package.json").read_text()
        return str(json.loads(told)["version"])
    name = adapter["package"].replace("-", "_")
    return next(
        (path.name.removesuffix(".dist-info").split("-")[1] for path in folder.glob(f"{name}-*.dist-info")), None
    )


def root(adapter: Json) -> Path | None:
    """Where the packages are: node_modules or site-packages; None where nothing is installed."""
    folder = adapter.get("folder")
    if folder is None:
        return Path(sysconfig.get_paths()["purelib"])
    pattern = "node_modules" if adapter["registry"] == "npm" else "lib/python*/site-packages"
    return next(iter(folder.glob(pattern)), None)


def bare_command(adapter: Json) -> list[str]:
    """The language that the server is written in, doing nothing."""
    if adapter.get("registry") == "npm":
        return ["node", "-e", "0"]
    folder = adapter.get("folder")
    return [f"{folder}/bin/python" if folder else sys.executable, "-c", "pass"]


def files(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and not path.is_symlink()]


def _cpu_ms(command: list[str]) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return 1000 * (usage.ru_utime + usage.ru_stime)
