"""Where does an import read from?  A file, a folder or standard input, looked at with care: nothing else is opened.

A path that a person names may be a link; what lies in a folder is followed nowhere. Devices, pipes and sockets are
refused before a byte is read, and no line is held that is longer than the limit.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from neural_memory.errors import InputError
from neural_memory.exchange import utf16
from neural_memory.exchange.items import MAX_FILE, MAX_LINE, NOT_UTF8, Refused
from neural_memory.exchange.writing import NOFOLLOW

HEAD = 1 << 16
NUL = "it is not a text (it holds a NUL byte)"
_PIECE = 1 << 20
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Source:
    """What is imported. done, size: bytes read so far, and in all (0: not known)."""

    def __init__(self, path: Path, *, within: Path | None = None) -> None:
        """within: the folder this file was found in; then it may not be a link."""
        self.path = path
        self.done = 0
        self._link = NOFOLLOW if within is not None else 0
        self.is_folder = within is None and path.is_dir()
        found = self._look()
        self.size = 0 if self.is_folder else found.st_size
        self.modified = found.st_mtime

    def turn_to(self, file: Path) -> None:
        """Read this file of the folder instead."""
        self.__init__(file)  # type: ignore[misc]

    def _look(self) -> os.stat_result:
        try:
            found = self.path.stat(follow_symlinks=not self._link)
        except OSError as problem:
            raise InputError(f"{self.path} cannot be read: {problem.strerror or problem}") from None
        if self.is_folder:
            return found
        if not stat.S_ISREG(found.st_mode):
            raise InputError(f"{self.path} is no ordinary file; give a file or a folder of files")
        if found.st_size > MAX_FILE:
            raise InputError(f"{self.path} has {found.st_size:,} bytes; the limit is {MAX_FILE:,}: split it")
        return found

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The bytes, from the start; opened so that not even a pipe put there meanwhile could make us wait."""
        self._look()
        try:
            handle = os.open(self.path, os.O_RDONLY | _AT_ONCE | self._link)
        except OSError as problem:
            raise InputError(f"{self.path} cannot be read: {problem.strerror or problem}") from None
        with os.fdopen(handle, "rb") as file:
            assert isinstance(file, BufferedReader)  # noqa: S101 - so the mode says
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise InputError(f"{self.path} is no ordinary file; give a file or a folder of files")
            yield utf16.as_utf8(file) if file.peek(2)[:2] in utf16.MARKS else file

    def expected(self, done: int) -> int:
        """About how many there will be, when `done` are read by now: by the share of the bytes."""
        share = min(1.0, self.done / self.size) if self.size else 1.0
        return max(done, round(done / share)) if share else done

    def head(self) -> bytes:
        """The first 64 KB."""
        with self.open() as file:
            return file.read(HEAD)

    def lines(self) -> Iterator[tuple[int, bytes] | Refused]:
        """(number, line without its end); a line that is too long is skipped without being held."""
        with self.open() as file:
            number = 0
            while line := file.readline(MAX_LINE + 1):
                number += 1
                self.done += len(line)
                if len(line) > MAX_LINE and not line.endswith(b"\n"):
                    yield Refused(
                        f"line {number}", f"it is longer than {MAX_LINE:,} bytes", line[:200].decode("utf-8", "replace")
                    )
                    self._skip_line(file)
                    continue
                yield number, line.rstrip(b"\r\n") if number > 1 else line.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n")

    def _skip_line(self, file: BinaryIO) -> None:
        while piece := file.readline(_PIECE):
            self.done += len(piece)
            if piece.endswith(b"\n"):
                return

    def text(self, most: int, *, nul: bool = False) -> str:
        """The whole of a small file as text; `ValueError` says what is wrong with it. nul: it may hold NULs."""
        with self.open() as file:
            data = file.read(most + 1)
        self.done += len(data)
        if len(data) > most:
            raise ValueError(f"it is longer than {most:,} bytes")
        if b"\x00" in data and not nul:
            raise ValueError(NUL)
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ValueError(NOT_UTF8) from None


def files(folder: Path, endings: tuple[str, ...], most: int) -> Iterator[Path]:
    """Ordinary files below a folder, in the order of their names; hidden ones and links are left out."""
    found = 0
    for place, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if name.startswith(".") or not name.lower().endswith(endings) or path.is_symlink() or not path.is_file():
                continue
            found += 1
            if found > most:
                raise InputError(f"{folder} holds more than {most:,} files; import its folders one by one")
            yield path
