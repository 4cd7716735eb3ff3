"""The built-in embedder: all-MiniLM-L6-v2 in 8 bits, from the package's own files, on one thread.

The files are checked against the SHA-256 in `model/model.json` each time they are read: a damaged model would not fail,
it would quietly find the wrong memories. `scripts/build_model.py` made them and says how.

One text runs at a time. Eight at once would gain a fifth for texts of ten tokens and nothing from fifty on, and cost
tens of megabytes for the intermediate results; one at a time, a vector also never depends on its neighbours.
"""

from __future__ import annotations

import functools
import gc
import hashlib
import json
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neural_memory.embed.asking import ASKING, read_turn, toward_answers
from neural_memory.embed.runtime import load_onnxruntime
from neural_memory.embed.wordpiece import WordPiece
from neural_memory.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDER = Path(__file__).parent / "model"
READ_AT_ONCE = 1 << 20  # bytes
REPAIR = "reinstall it with: pip install --force-reinstall --no-deps neural-memory"


class MiniLM:
    """The model in `folder`, loaded at the first `embed` and safe to share between threads."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self.record = read_record(folder)
        model = self.record["files"][self.record["model"]]
        self.name = f"{self.record['name']}@{model['sha256'][:8]}"
        self.dimension: int = self.record["dimension"]
        self.session: Any = None
        self.turn: Any = None  # float32 [384, 384], see `asking`
        self.wordpiece: WordPiece | None = None
        self.used = time.monotonic()
        self.lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One vector of unit length for each text, [texts, 384]; only the first 254 word pieces of a text count."""
        with self.lock:
            session, wordpiece = self.ready()
            import numpy as np

            vectors = np.empty((len(texts), self.dimension), np.float32)
            for row, text in enumerate(texts):
                ids = np.array([wordpiece.encode(text, self.record["longest"])], np.int64)
                (found,) = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
                vectors[row] = found[0]
            self.used = time.monotonic()
        return vectors

    def toward_answers(self, question: NDArray[np.float32]) -> NDArray[np.float32]:
        """The vector of a question, turned to where its answers lie (unit length), see `asking`."""
        with self.lock:  # another thread may unload the model at any moment
            if self.turn is None:
                self.turn = read_turn(checked_file(self.folder, self.record, ASKING))
            turn = self.turn
        return toward_answers(question, turn)

    def load(self) -> None:
        """Read the model now, so that the first `embed` need not: for a thread that has nothing else to do."""
        with self.lock:
            self.ready()

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory."""
        return self.session is not None

    def unload(self) -> None:
        """Give the model's memory (about 40 MB) back to the system; the next `embed` loads it again."""
        with self.lock:
            self.session = self.wordpiece = self.turn = None
            tokenizer.cache_clear()
        gc.collect()
        trim_heap()

    def unload_if_idle(self, seconds: float) -> bool:
        """Unload when nothing was embedded for so long; whether it did."""
        if not self.loaded or time.monotonic() - self.used < seconds:
            return False
        self.unload()
        return True

    close = unload

    def ready(self) -> tuple[Any, WordPiece]:
        """The session and the tokenizer, read if need be. The caller holds the lock."""
        if self.session is None or self.wordpiece is None:
            self.wordpiece = tokenizer(self.folder)
            self.session = open_session(checked_file(self.folder, self.record, self.record["model"]))
            self.used = time.monotonic()
        return self.session, self.wordpiece


def count_pieces(text: str) -> int:
    """How many word pieces the built-in model sees in a text."""
    return len(tokenizer(FOLDER).pieces(text))


@functools.lru_cache(maxsize=1)
def tokenizer(folder: Path) -> WordPiece:
    """The tokenizer, which `MiniLM` and `count_pieces` share: 30,522 words are worth keeping once."""
    record = read_record(folder)
    return WordPiece(
        checked_file(folder, record, "vocab.txt").read_text("utf-8"),
        checked_file(folder, record, "characters.json").read_text("ascii"),
    )


def read_record(folder: Path) -> Any:
    """model.json, as `scripts/build_model.py` wrote it."""
    try:
        return json.loads((folder / "model.json").read_text("ascii"))
    except (OSError, ValueError) as problem:
        raise ModelError(f"the embedding model in {folder} cannot be read ({problem}); {REPAIR}") from problem


def checked_file(folder: Path, record: Any, name: str) -> Path:
    """The path of a file whose content is what model.json says it is.

    It is hashed piece by piece and then opened again by onnxruntime: its 24 MB in one bytes object would stay in memory
    beside the session's own copy.
    """
    path, digest = folder / name, hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            while piece := file.read(READ_AT_ONCE):
                digest.update(piece)
    except OSError as problem:
        raise ModelError(f"the embedding model cannot be read ({problem}); {REPAIR}") from problem
    if (expected := record["files"][name]["sha256"]) != digest.hexdigest():
        raise ModelError(
            f"the embedding model is damaged: {path} has SHA-256 {digest.hexdigest()}, not {expected}; {REPAIR}"
        )
    return path


def open_session(model: Path) -> Any:
    """An onnxruntime session that is quick to open and small in memory."""
    try:
        onnxruntime = load_onnxruntime()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # The arena and the memory patterns keep what the longest text needed; plain malloc gives it back.
        options.enable_cpu_mem_arena = options.enable_mem_pattern = False
        # The graph was built as it should run; looking for improvements costs time and finds none.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 3  # errors: a server's stderr is not for its warnings
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as problem:  # a foreign library: whatever it raises, recall by words must go on
        raise ModelError(
            f"onnxruntime cannot run the embedding model ({type(problem).__name__}: {problem})"
        ) from problem


def trim_heap() -> None:
    """Have the C library return free memory to the system, where it has a call for that (glibc)."""
    if sys.platform == "linux":
        import ctypes

        libc = ctypes.CDLL(None)
        if hasattr(libc, "malloc_trim"):
            libc.malloc_trim(0)
