"""A memory that lasts: local, private, associative.

    from neural_memory import Brain

    with Brain.open() as brain:
        brain.remember("API uses Bearer tokens with 1-hour expiry", tags=["auth"])
        for hit in brain.recall("how does login work?"):
            print(hit.memory.content, hit.reason)

Nothing is imported until it is asked for: the command answers a client's handshake before it needs any of this.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing's own constant would cost the import of typing at every start
if TYPE_CHECKING:
    from neural_memory.brain import Brain
    from neural_memory.errors import NeuralMemoryError
    from neural_memory.model import Fiber, Memory, Neuron, Recollection, Synapse

__version__ = "0.2.0"

__all__ = [
    "Brain",
    "Fiber",
    "Memory",
    "NeuralMemoryError",
    "Neuron",
    "Recollection",
    "Synapse",
    "__version__",
]

_HOMES = {"Brain": "neural_memory.brain", "NeuralMemoryError": "neural_memory.errors"}


def __getattr__(name: str) -> object:
    if name in __all__:
        from importlib import import_module

        return getattr(import_module(_HOMES.get(name, "neural_memory.model")), name)
    raise AttributeError(f"module 'neural_memory' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
