"""Who is examined?  A home, its memory file and its settings; what several checks need is looked at once."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from neural_memory.settings import Settings
from neural_memory.store.examine import Examined, examine


class Patient:
    """A home under examination."""

    def __init__(self, home: Path, settings: Settings) -> None:
        self.home = home
        self.settings = settings
        self.path = home / "memory.db"

    @property
    def is_there(self) -> bool:
        """Is there a memory file?"""
        return self.path.is_file()

    @cached_property
    def examined(self) -> Examined:
        """What the memory file itself says; looked at once, since all of it is read."""
        return examine(self.path)

    @property
    def readable(self) -> bool:
        """Could the memory file be read and is it a sound one of ours that this version knows?"""
        found = self.examined
        return self.is_there and not (found.damage or found.unreadable or found.busy) and found.ours
