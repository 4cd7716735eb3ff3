"""How does a file get written so that nothing is lost?  Beside its place, private, whole; then it takes its name.

An existing file is never written over unless that was asked for, and then only by the finished one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from neural_memory.errors import InputError, StoreError

_PIECE = 1 << 20
NOFOLLOW: int = getattr(os, "O_NOFOLLOW", 0)  # not every system has all of these
_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | NOFOLLOW | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


@contextmanager
def new_file(target: Path, *, force: bool | None = False) -> Iterator[BinaryIO]:
    """A file (0600) that appears at `target` when the block ends well. force: in place of what is there; None: there is
    no way to say so.
    """
    if target.is_dir():
        raise InputError(f"{target} is a folder; name a file in it, or use --markdown to export into a folder")
    if not force and (target.exists() or target.is_symlink()):
        raise _taken(target, force)
    unfinished = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.unfinished")
    try:
        handle = os.open(unfinished, _NEW, 0o600)
    except OSError as problem:
        raise InputError(
            f"{target} cannot be written: {problem.strerror or problem}; choose another place"
        ) from problem
    try:
        with os.fdopen(handle, "wb", buffering=_PIECE) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if force:
            unfinished.replace(target)
        else:
            _name(unfinished, target, force)
    except OSError as problem:
        raise StoreError(f"{target} could not be written: {problem.strerror or problem}; it was not kept") from problem
    finally:
        unfinished.unlink(missing_ok=True)


def _name(unfinished: Path, target: Path, force: bool | None) -> None:
    try:
        os.link(unfinished, target)  # fails when somebody was quicker; a rename would replace theirs
    except FileExistsError:
        raise _taken(target, force) from None
    except OSError:  # a file system without links
        if target.exists() or target.is_symlink():
            raise _taken(target, force) from None
        unfinished.rename(target)


def _taken(target: Path, force: bool | None) -> InputError:
    other = "" if force is None else ", or replace it with --force"
    return InputError(f"{target} exists already; choose another name{other}")


@contextmanager
def spooled(out: BinaryIO, folder: Path) -> Iterator[BinaryIO]:
    """Everything first, then out: a slow reader of `out` must not keep the memory file locked.

    folder: where the nameless file in between lies; where it cannot be written, that of the system for such files.
    """
    with _nameless(folder) as file:
        yield file
        file.seek(0)
        try:
            while piece := file.read(_PIECE):
                out.write(piece)
            out.flush()
        except BrokenPipeError:
            raise  # whoever read it has seen enough
        except OSError as problem:
            raise StoreError(f"standard output could not be written: {problem.strerror or problem}") from problem


def _nameless(folder: Path) -> BinaryIO:
    for place in (folder, None):
        with contextlib.suppress(OSError):
            return TemporaryFile(dir=place)
    raise StoreError(f"neither {folder} nor the system's folder for temporary files can be written; export to a file")


def stdout() -> BinaryIO:
    """Standard output, for bytes."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    return sys.stdout.buffer


def put_file(path: Path, data: bytes) -> None:
    """Write a file of a folder (0600), in place of the one that is there; it is never seen half-written."""
    unfinished = path.with_name(f".{secrets.token_hex(6)}.unfinished")
    try:
        handle = os.open(unfinished, _NEW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        unfinished.replace(path)
    except OSError as problem:
        unfinished.unlink(missing_ok=True)
        raise StoreError(f"{path} could not be written: {problem.strerror or problem}") from problem
