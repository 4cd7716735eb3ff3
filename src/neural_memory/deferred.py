"""When is a module imported that few processes need?  At the first use of one of its names.

    if TYPE_CHECKING:
        from neural_memory.upkeep import bulk, merge
    else:
        bulk, merge = deferred("neural_memory.upkeep", "bulk", "merge")

A question is answered by a few modules of many, and each import costs a start a few milliseconds.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Module:
    """Stands for a module until one of its names is asked for."""

    def __init__(self, name: str) -> None:
        self._module = name

    def __getattr__(self, name: str) -> Any:
        found = getattr(import_module(self._module), name)
        setattr(self, name, found)
        return found


def deferred(package: str, *names: str) -> tuple[Any, ...]:
    """These modules of a package, each imported at its first use."""
    return tuple(_Module(f"{package}.{name}") for name in names)
