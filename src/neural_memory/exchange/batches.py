"""How much of an import is one transaction?"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from neural_memory.exchange.items import Item, Read, Refused

BATCH, CHARACTERS = 5_000, 2_000_000
"""Most memories of one transaction, and about the most text: it is held in memory, and others wait for so long."""


def batch(source: Iterator[Read]) -> list[Read]:
    """The next ones, as many as one transaction takes."""
    found: list[Read] = []
    characters = 0
    for one in islice(source, BATCH):
        found.append(one)
        if isinstance(one, Item):
            characters += len(str(one.given.get("content")))
        elif isinstance(one, Refused):
            characters += len(one.raw)
        if characters > CHARACTERS:
            break
    return found


@contextmanager
def uncollected() -> Iterator[None]:
    """Python does not look for unreachable cycles meanwhile: in what a batch fills memory with there are none, and
    looking at all of it again and again is a tenth of an import.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
