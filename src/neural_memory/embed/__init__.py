"""Where does a text lie in meaning-space?

`open_embedder` is the one door. The built-in model runs on this machine and needs nothing but the package; the others
are optional and off until a setting names them:

    built-in                        all-MiniLM-L6-v2, shipped inside the package
    none                            no vectors: recall goes by words and association
    fastembed:<model>               an ONNX model that fastembed knows
    sentence-transformers:<model>   a PyTorch model, by its name or its folder
    openai:<url>#<model>            whatever answers POST <url>/embeddings; without a URL, Ollama on this machine

Opening is cheap: no model is read, and neither NumPy nor onnxruntime imported, before the first `embed`.
"""

from __future__ import annotations

from collections.abc import Sequence

from neural_memory.errors import InputError, ModelError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    import numpy as np
    from numpy.typing import NDArray
else:
    Protocol = object

__all__ = ["BUILT_IN", "SETTINGS", "Embedder", "Nothing", "chunks", "open_embedder", "rarity"]

BUILT_IN = "built-in"
SETTINGS = f"{BUILT_IN}, none, fastembed:<model>, sentence-transformers:<model>, openai:<url>#<model>"


class Embedder(Protocol):
    """Turns texts into vectors; the cosine of two is their likeness in meaning."""

    @property
    def name(self) -> str:
        """Which model made a vector. Vectors of different names must not be compared."""

    @property
    def dimension(self) -> int:
        """Numbers in a vector. An optional embedder may have to ask its model."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One vector of unit length for each text, [texts, dimension]; `ModelError` when the model cannot be used."""

    def close(self) -> None:
        """Give the memory back. The next `embed` loads the model again."""


class Nothing:
    """The embedder that is switched off: it says so whenever it is asked."""

    name = "none"
    dimension = 0

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Refuse."""
        raise ModelError("the embedder is set to none, so recall goes by words and association")

    def close(self) -> None:
        """Nothing is open."""


def open_embedder(setting: str = BUILT_IN) -> Embedder:
    """The embedder a setting names.

    `InputError` when there is no such embedder, `MissingExtraError` when its library is not installed.
    """
    kind, _, model = setting.partition(":")
    if setting == BUILT_IN:
        from neural_memory.embed.minilm import MiniLM

        return MiniLM()
    if setting == "none":
        return Nothing()
    if kind == "openai" and model:
        from neural_memory.embed.openai import OpenAICompatible

        return OpenAICompatible(model)
    if kind in ("fastembed", "sentence-transformers") and model:
        from neural_memory.embed.others import FastEmbed, SentenceTransformers

        return FastEmbed(model) if kind == "fastembed" else SentenceTransformers(model)
    raise InputError(f"the embedder {setting!r} is not known; it must be one of: {SETTINGS}")


def chunks(text: str) -> list[str]:
    """A text in parts short enough for a model to read whole; a short text is its own only part.

    The parts are measured in the built-in model's word pieces whichever embedder they are for: other models' pieces are
    of about the same size.
    """
    from neural_memory.embed.cutting import split
    from neural_memory.embed.minilm import count_pieces

    return split(text, count_pieces)


def rarity(word: str) -> float:
    """How rare a word is in English, from 0 (the commonest) to 1 (not among the built-in model's 30,522 pieces)."""
    from neural_memory.embed.minilm import FOLDER, tokenizer

    return tokenizer(FOLDER).rarity(word)
