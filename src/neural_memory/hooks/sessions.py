"""What was a session told already, and what does it still owe?  A small file for each session, for its user alone.

It lies in `sessions` in the home, holds ids of memories but nothing they say, and goes after a month. Losing it
costs nothing but a repetition. Standard library only, and little of it: this is read at the start of each session.
"""

from __future__ import annotations

import json
import os
import time

from neural_memory import bounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FOLDER = "sessions"
_LARGEST = 1_000_000  # bytes
KEPT = 30 * 86_400  # seconds
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def home() -> str:
    """The home, as `settings.home` has it, without what that imports."""
    if override := os.environ.get("NEURAL_MEMORY_HOME"):
        return os.path.abspath(os.path.expanduser(override))
    return os.path.join(os.path.expanduser("~"), ".neural-memory")


class Session:
    """shown: ids of memories that it was told of; started: it was told at its start; owes: how far the journal was when
    the user wanted something stored (None: nothing is owed); read: how much of its record was looked through.
    """

    __slots__ = ("_path", "owes", "read", "shown", "started")

    def __init__(self, folder: str, id: str) -> None:
        name = "".join(letter for letter in id if letter in _PLAIN)[:100]
        self._path = os.path.join(folder, FOLDER, f"{name}.json") if name else ""
        kept = _kept(self._path)
        shown, owes, read = kept.get("shown"), kept.get("owes"), kept.get("read")
        self.shown: list[str] = [id for id in shown if isinstance(id, str)] if isinstance(shown, list) else []
        self.started = kept.get("started") is True
        self.owes = owes if isinstance(owes, int) else None
        self.read = read if isinstance(read, int) else 0

    def save(self) -> None:
        """Write it down, if that is possible: whoever cannot write is told some things twice."""
        if not self._path:
            return
        values = {"started": self.started, "shown": self.shown, "owes": self.owes, "read": self.read}
        beside = f"{self._path}.{os.getpid()}"
        try:
            _make_folder(os.path.dirname(self._path))
            handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(values, file)
            os.replace(beside, self._path)
        except OSError:
            return


def _kept(path: str) -> dict[str, Any]:
    try:
        found = json.loads(bounded.whole(path, _LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _make_folder(folder: str) -> None:
    """The folder of the sessions; when a new one begins, those of long ago go."""
    if not os.path.isdir(folder):
        os.mkdir(folder, 0o700)
    before = time.time() - KEPT
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_mtime < before:
                os.unlink(entry.path)
