"""The optional embedders that run in this process: fastembed and sentence-transformers.

Both fetch a model they do not have yet from its publisher; naming one in the settings is how a user allows that.
"""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from neural_memory.embed.runtime import load_onnxruntime
from neural_memory.errors import MissingExtraError, ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Local:
    """What the two have in common: a model that is loaded when needed, and vectors brought to unit length."""

    def __init__(self, kind: str, model: str, load: Callable[[], Callable[[list[str]], Any]]) -> None:
        self.name = f"{kind}:{model}"
        self.load = load
        self.run: Callable[[list[str]], Any] | None = None

    @functools.cached_property
    def dimension(self) -> int:
        """Asked of the model, with one word."""
        return int(self.vectors(["dimension"]).shape[1])

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One vector of unit length for each text, [texts, dimension]."""
        if not texts:
            import numpy as np

            return np.empty((0, self.dimension), np.float32)
        return self.vectors(list(texts))

    def vectors(self, texts: list[str]) -> NDArray[np.float32]:
        """What the library makes of at least one text; whatever it raises becomes a `ModelError`."""
        try:
            if self.run is None:
                self.run = self.load()
            return unit_length(self.run(texts))
        except Exception as problem:  # a foreign library: whatever it raises, recall by words must go on
            raise ModelError(f"{self.name} cannot embed ({type(problem).__name__}: {problem})") from problem

    def close(self) -> None:
        """Drop the model."""
        self.run = None


class FastEmbed(Local):
    """A model of fastembed's list, by its name, such as "BAAI/bge-small-en-v1.5"."""

    def __init__(self, model: str) -> None:
        load_onnxruntime_quietly()
        library = optional("fastembed", "fastembed")

        def load() -> Callable[[list[str]], Any]:
            embedding = library.TextEmbedding(model_name=model, threads=1)
            return lambda texts: list(embedding.embed(texts))

        super().__init__("fastembed", model, load)


class SentenceTransformers(Local):
    """A model of sentence-transformers, by its name on the hub or its folder on disk."""

    def __init__(self, model: str) -> None:
        library = optional("sentence_transformers", "sentence-transformers")

        def load() -> Callable[[list[str]], Any]:
            transformer = library.SentenceTransformer(model)
            return lambda texts: transformer.encode(texts, show_progress_bar=False, convert_to_numpy=True)

        super().__init__("sentence-transformers", model, load)


def optional(module: str, extra: str) -> ModuleType:
    """A library that may not be installed. Both of these would otherwise report their use to the model hub."""
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    try:
        return importlib.import_module(module)
    except ImportError as problem:
        raise MissingExtraError(f"the embedder {extra}", extra) from problem


def load_onnxruntime_quietly() -> None:
    """Import onnxruntime our way before fastembed does it its own; without it fastembed is missing as well."""
    try:
        load_onnxruntime()
    except ImportError as problem:
        raise MissingExtraError("the embedder fastembed", "fastembed") from problem


def unit_length(vectors: Any) -> NDArray[np.float32]:
    """Rows scaled to length 1, [texts, dimension]; a row without direction or with a NaN is an error."""
    import numpy as np

    rows: NDArray[np.float32] = np.asarray(vectors, np.float32)
    if rows.ndim != 2:
        raise ValueError(f"the vectors have shape {rows.shape}, not [texts, dimension]")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and lengths.all()):
        raise ValueError("a vector is zero or not finite")
    unit: NDArray[np.float32] = rows / lengths
    return unit
