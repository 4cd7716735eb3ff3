"""How is a file read that somebody else may have made?  Only if it is a plain one, never waiting, and so much at most.

A pipe would keep us waiting and a device never ends. Read at the start of each session: nothing is imported that costs.
"""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    Path = str | os.PathLike[str]

_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))


def opened(path: Path) -> BinaryIO:
    """The file, to be closed by whoever asks. Raises OSError, and ValueError for what is no ordinary file."""
    handle = os.open(path, _FLAGS)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ValueError("it is no ordinary file")
    return os.fdopen(handle, "rb")


def whole(path: Path, most: int) -> bytes:
    """All of a file of at most `most` bytes; raises as `opened`, and ValueError for a larger one."""
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        found = file.read(most + 1)
    if len(found) > most:
        raise ValueError(f"it has {size:,} bytes; the limit is {most:,}")
    return found


def beginning(path: Path, most: int) -> bytes:
    """The first bytes of a file; none where nothing can be read."""
    try:
        with opened(path) as file:
            return file.read(most)
    except (OSError, ValueError):
        return b""


def text(path: Path, most: int) -> str:
    """The same as text."""
    return beginning(path, most).decode("utf-8", "replace")


def line(path: Path, most: int = 4_096) -> str:
    """What a file of one line says: a name or a path, up to what neither can hold."""
    return text(path, most).partition("\n")[0].partition("\0")[0].strip()
