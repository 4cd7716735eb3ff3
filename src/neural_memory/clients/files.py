"""How is somebody else's file read and written without harm?

Read as bytes; written beside itself and renamed, with its mode, after a look whether it still is what was read. A link
(dotfiles are often links) is followed, not replaced. What was there is kept beside it, dated.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from neural_memory.clients.errors import BrokenFileError, BusyFileError, FileProblem

BOM = b"\xef\xbb\xbf"
LARGEST = 64 * 1024 * 1024  # bytes
LOCK_WAIT = 3.0  # seconds that another program may hold its file
LOCK_STALE = 10.0  # seconds after which a lock that nobody renews was left behind
_BACKUP = re.compile(r"\.(\d{8}-\d{6})(?:-(\d+))?\.backup")


def read(path: Path, within: Path | None = None) -> bytes | None:
    """What is in the file; None when there is none. FileProblem when it cannot be read.

    within: the project it belongs to; a repository may hold links to anywhere, and those are not followed.
    """
    if within is not None and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(within)):
        raise FileProblem(f"it is a link that leads out of the project, to {os.path.realpath(path)}")
    try:
        if path.is_dir():
            raise FileProblem("it is a folder")
        if path.stat().st_size > LARGEST:
            raise FileProblem(f"it is larger than {LARGEST:,} bytes")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileProblem(f"it cannot be read: {error.strerror}") from None


def text_of(data: bytes | None) -> str:
    """The text without a byte order mark. BrokenFileError when it is not UTF-8."""
    raw = (data or b"").removeprefix(BOM)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise BrokenFileError(f"byte {raw[error.start]:#04x} is not UTF-8 text", line, column) from None


def bytes_of(text: str, like: bytes | None) -> bytes:
    """The text as bytes, with a byte order mark where there was one."""
    return (BOM if (like or b"").startswith(BOM) else b"") + text.encode("utf-8")


def line_end(text: str) -> str:
    """How this text ends its lines: as its first one does."""
    return "\r\n" if text[: text.find("\n") + 1].endswith("\r\n") else "\n"


def backups(path: Path) -> list[Path]:
    """The copies we kept of this file, the newest first."""
    found: list[tuple[str, int, Path]] = []
    with contextlib.suppress(OSError):
        for other in path.parent.iterdir():
            dated = _BACKUP.fullmatch(other.name.removeprefix(path.name)) if other.name.startswith(path.name) else None
            if dated:
                found.append((dated[1], int(dated[2] or 0), other))
    return [copy for _, _, copy in sorted(found, reverse=True)]


def keep(path: Path, data: bytes) -> Path:
    """Keep what was there beside the file, with its mode."""
    dated = f"{path.name}.{datetime.now():%Y%m%d-%H%M%S}"
    for number in range(1000):
        copy = path.with_name(f"{dated}{f'-{number}' if number else ''}.backup")
        try:
            handle = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        except FileExistsError:
            continue
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        with contextlib.suppress(OSError):
            copy.chmod(path.stat().st_mode & 0o777)
        return copy
    raise FileProblem(f"there are too many copies of today beside it: {dated}…")


def write(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Put the data in place, all or nothing. mode: of a new file."""
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        mode = target.stat().st_mode & 0o7777
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file as Claude Code does: a folder of the same name with `.lock`, renewed while it is held."""
    lock = path.with_name(path.name + ".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    _take(lock)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            lock.rmdir()


def _take(lock: Path) -> None:
    until = time.monotonic() + LOCK_WAIT
    while True:
        try:
            return lock.mkdir()
        except FileExistsError:
            with contextlib.suppress(OSError):
                if time.time() - lock.stat().st_mtime > LOCK_STALE:
                    lock.rmdir()
                    continue
        if time.monotonic() > until:
            raise BusyFileError("another program is writing it; try again in a moment")
        time.sleep(0.02)
