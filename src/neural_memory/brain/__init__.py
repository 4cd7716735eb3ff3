"""The front door: everything a door of the product (MCP, command line, Python) does, and the order of its steps."""

from __future__ import annotations

from neural_memory.brain.belonging import Belonging
from neural_memory.brain.changing import Changing
from neural_memory.brain.exchanging import Exchanging
from neural_memory.brain.finding import Finding
from neural_memory.brain.keeping import Keeping
from neural_memory.brain.past import Past
from neural_memory.brain.suggesting import Suggesting
from neural_memory.brain.tidying import Tidying

__all__ = ["Brain"]


class Brain(Suggesting, Finding, Changing, Past, Tidying, Belonging, Keeping, Exchanging):
    """One open memory file.

        with Brain.open() as brain:
            brain.remember("API uses Bearer tokens with 1-hour expiry", tags=["auth"])
            hits = brain.recall("how does login work?")

    Each change is one transaction and is on the disk when the call returns. Several brains, in several processes, may
    have the same file open. A Brain belongs to the thread that opened it. All methods check their arguments: what
    cannot be used raises `InputError`, a file that cannot be used raises a `StoreError`, and then nothing was changed.
    """
