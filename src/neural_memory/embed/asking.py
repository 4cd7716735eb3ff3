"""Where do the answers to a question lie?

The embedding model brings together texts that mean the same. A question and the note that answers it do not quite, and
another question about the same subject lies as near. So a question's vector is turned by a matrix that was learned from
notes and questions: unit(q + q W). What is stored keeps its vector. `scripts/fit_asking.py` fits the matrix and says
how.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ASKING = "asking.npy"
"""The matrix, a file beside the model, [384, 384]."""


def toward_answers(question: NDArray[np.float32], turn: NDArray[np.float32]) -> NDArray[np.float32]:
    """A question's vector (unit length) of the built-in model, turned to where its answers lie (unit length)."""
    import numpy as np

    turned = question + question @ turn
    unit: NDArray[np.float32] = turned / np.linalg.norm(turned)
    return unit


def read_turn(file: Path) -> NDArray[np.float32]:
    """The matrix of a file."""
    import numpy as np

    matrix: NDArray[np.float32] = np.load(file).astype(np.float32)
    return matrix
