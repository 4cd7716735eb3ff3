"""Which memories lie near the question in meaning?

`Meaning` owns the embedder and, for the sweep over all vectors, their codes. It has two lives: until the model is
loaded (in a thread, once somebody asks) it knows nothing and says so; afterwards `search` takes a few milliseconds.
NumPy is imported with the model, never before.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from neural_memory.deferred import deferred
from neural_memory.embed import Embedder, chunks, open_embedder
from neural_memory.errors import ModelError, NeuralMemoryError
from neural_memory.linked_file import SHORTLY, LinkedFile
from neural_memory.store import soundness, vectors
from neural_memory.store.sqlite import Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neural_memory.recall import codes as coding
    from neural_memory.recall.codes import Codes

    Vector = NDArray[np.float32]
else:
    (coding,) = deferred("neural_memory.recall", "codes")

NEAREST = 250
"""Vectors whose codes are nearest that are compared as vectors: they hold 99.6% of the true first ten."""
LONG = 10_000
"""Characters from which on memories are embedded one at a time."""
PORTION = 16
"""Memories that are embedded between two looks at the file."""
AT_ONCE = 0.0001
"""Seconds: as good as none, but the model is sent for."""
RETRY = 60.0
"""Seconds after which a question tries again to load a model that could not be loaded: a server may be up by now."""


class Meaning:
    """The embedder of one brain, and the codes of the vectors in its file."""

    def __init__(self, setting: str) -> None:
        """setting: as in `embed.open_embedder`. Nothing is loaded yet."""
        self.setting = setting
        self.problem: str | None = None  # why there is no meaning, in words
        self._embedder: Embedder | None = None
        self._loading: threading.Thread | None = None
        self._ready = threading.Event()
        self._failed = 0.0  # when loading last failed
        self._missed = False  # did a question go without the model, because it was not there?
        self._model: int | None = None
        self._codes: Codes | None = None
        self._last_vector: bytes | None = None
        self._lately: dict[str, list[bytes]] = {}  # packed vectors of what is being stored, which will wait for them
        self._claimed = False  # did this process make its model the file's?
        self._opened = 0  # see `look_at`
        self._last = 0  # id of the newest vector in `_codes`

    # -- the model

    def wait(self, seconds: float | None) -> bool:
        """Load the model if that was not begun, and wait so long for it (None: as long as it takes; 0: not at all, and
        nothing is begun before `make_up`). Is it there?

        When that failed, it is tried again after a minute.
        """
        if seconds == 0:
            self._missed = self._missed or not self.loaded
            return self.loaded
        failed = self._ready.is_set() and self.problem is not None and self.setting != "none"
        if self._loading is None or (failed and time.monotonic() - self._failed >= RETRY):
            self._ready.clear()
            self._loading = threading.Thread(target=self._load, name="load model", daemon=True)
            self._loading.start()
        self._ready.wait(seconds)
        return self.usable

    def make_up(self) -> None:
        """Load the model in the background if a question that could not wait had to go without it."""
        if not self._missed:
            return
        self._missed = False
        if self.usable:  # it was there once and gave its memory back
            self._loading = threading.Thread(target=self._load_again, name="load model", daemon=True)
            self._loading.start()
        else:
            self.wait(AT_ONCE)

    def _load_again(self) -> None:
        with suppress(NeuralMemoryError):  # the next question that waits for it will meet it
            self.vector("warm")

    @property
    def state(self) -> str:
        """Where meaning comes from, or why there is none, in a few words."""
        if self.setting == "none":
            return "none (the embedder is set to none)"
        if self._embedder is not None:
            return self._embedder.name
        problem = self.problem or self._foreseen()
        return f"none ({problem})" if problem else f"{self.setting} (not loaded yet)"

    def _foreseen(self) -> str | None:
        """Why the embedder will not be usable, as far as that is known without loading it."""
        try:
            open_embedder(self.setting).close()
        except Exception as problem:  # noqa: BLE001 - told, like in `_load`
            return str(problem)
        return None

    @property
    def embedder(self) -> Embedder:
        """The embedder, once `wait` said it is there."""
        if self._embedder is None:
            raise ModelError(self.problem or "the embedding model is not loaded yet")
        return self._embedder

    @property
    def usable(self) -> bool:
        """Is the model loaded and sound?"""
        return self._ready.is_set() and self.problem is None

    def _load(self) -> None:
        try:
            embedder = open_embedder(self.setting)
            found = embedder.embed(["warm"])[0]
            if hasattr(embedder, "toward_answers"):
                embedder.toward_answers(found)
            self._embedder, self.problem = embedder, None
        except NeuralMemoryError as problem:
            self.problem = str(problem)
        except Exception as problem:  # noqa: BLE001 - the edge of a thread: whatever a setting or a library causes is told
            self.problem = f"the embedder {self.setting} cannot be used: {type(problem).__name__}: {problem}"
        finally:
            self._failed = time.monotonic()
            self._ready.set()

    @property
    def loaded(self) -> bool:
        """Is the model in memory now?"""
        return self.usable and bool(getattr(self._embedder, "loaded", True))

    def rest(self, seconds: float) -> None:
        """Give the model's memory back when it was not used for so long; the next question loads it again."""
        if self._embedder is not None and hasattr(self._embedder, "unload_if_idle"):
            self._embedder.unload_if_idle(seconds)

    def look_at(self, opened: int) -> None:
        """Say how often the file was opened: when it was opened anew, nothing that was read from the old one holds."""
        if opened != self._opened:
            self._opened = opened
            self._model = self._codes = None
            self._last = 0

    # -- storing

    def embed_waiting(
        self,
        file: LinkedFile,
        most: int | None,
        progress: Callable[[int], None] | None,
        seconds: float | None = None,
    ) -> int:
        """Embed the memories that wait, the newest first, in portions; returns how many (see `Brain.embed_waiting`).

        seconds: stop after the portion in which this time is over.
        """
        start = time.monotonic()
        self._make_current(file)
        done = 0
        while most is None or done < most:
            with file.read(SHORTLY) as connection:
                waiting = vectors.waiting(connection, PORTION if most is None else min(PORTION, most - done))
            if not waiting or (seconds is not None and time.monotonic() - start > seconds):
                break
            if sum(len(content) for _, content in waiting) > LONG:
                waiting = waiting[:1]
            found = self.embed([content for _, content in waiting])
            with file.write(SHORTLY) as connection:
                self.keep(connection, waiting, found)
            done += len(waiting)
            if progress is not None:
                progress(done)
        return done

    def _make_current(self, file: LinkedFile) -> None:
        """When the file's vectors are of another model, have all memories wait for this one."""
        with file.read(SHORTLY) as connection:
            due = vectors.another_model(connection, self.embedder.name, self.embedder.dimension)
        # Only once: two windows with different settings must not embed everything anew in turns.
        if due and not self._claimed:
            self._claimed = True
            with file.write(SHORTLY) as connection:
                vectors.use_model(connection, self.embedder.name, self.embedder.dimension)

    def embed(self, texts: Iterable[str]) -> list[list[bytes]]:
        """The packed vectors of each text, one for each of its chunks."""
        given = list(texts)
        known = {text: self._lately.pop(text) for text in set(given) & self._lately.keys()}
        parts = [[] if text in known else chunks(text) for text in given]
        found: Iterable[Vector] = self.embedder.embed([chunk for part in parts for chunk in part]) if any(parts) else ()
        packed = iter([_pack(vector) for vector in found])
        return [known.get(text) or [next(packed) for _ in part] for text, part in zip(given, parts, strict=True)]

    def lies(self, text: str) -> Vector | None:
        """Where a text lies that is about to be stored; None without a model in memory, or when it is long.

        It is embedded only once: `keep_lately` and `embed` take what was found here.
        """
        if not self.loaded or len(parts := chunks(text)) != 1:
            return None
        found: Vector = self.embedder.embed(parts)[0]
        if len(self._lately) >= PORTION:
            self._lately.clear()
        self._lately[text] = [_pack(found)]
        return found

    def keep_lately(self, connection: Connection) -> None:
        """Store the vectors of what `lies` looked at, in the transaction that links it: that saves one of its own."""
        if not self._lately or self._embedder is None:
            return
        model = vectors.current_model(connection)
        if model is None or model != vectors.model_id(connection, self._embedder.name, self._embedder.dimension):
            return  # `embed_waiting` knows what to do about that
        there = [(row, content) for row, content in vectors.waiting(connection, PORTION) if content in self._lately]
        self.keep(connection, there, [self._lately[content] for _, content in there])
        self._lately.clear()

    def keep(self, connection: Connection, texts: Sequence[tuple[int, str]], found: Sequence[list[bytes]]) -> None:
        """Store what `embed` found for these (row, content), inside a write transaction.

        A memory that was changed meanwhile goes on waiting.
        """
        model = vectors.use_model(connection, self.embedder.name, self.embedder.dimension)
        for (row, content), packed in zip(texts, found, strict=True):
            if vectors.still(connection, row, content):
                vectors.put(connection, row, model, packed)
        vectors.clear_away(connection, model)
        self._pack(connection, model)
        soundness.touch(connection)

    def _pack(self, connection: Connection, model: int) -> None:
        """Pack the codes of vectors that came since, as soon as there are enough for a pack."""
        import numpy as np

        after = vectors.last_packed(connection, model)
        if vectors.last_id(connection) - after < vectors.PER_PACK:
            return
        rows = vectors.newer(connection, model, after)
        for start in range(0, len(rows) - vectors.PER_PACK + 1, vectors.PER_PACK):
            part = rows[start : start + vectors.PER_PACK]
            heads = np.array([row[:2] for row in part], "<u4").view(np.uint8).reshape(len(part), vectors.ENTRY_HEAD)
            packed = np.hstack([heads, coding.codes([row[2] for row in part]).view(np.uint8)]).tobytes()
            vectors.add_pack(connection, model, part[0][0], part[-1][0], len(part), packed)

    # -- looking

    def vector(self, text: str) -> Vector:
        """Where a question lies (unit length)."""
        found: Vector = self.embedder.embed([text])[0]
        return found

    def toward_answers(self, question: Vector) -> Vector:
        """Where the answers to a question lie; with a model that has not learned that, where the question does."""
        learned = getattr(self.embedder, "toward_answers", None)
        return question if learned is None else learned(question)

    def search(
        self,
        connection: Connection,
        question: Vector,
        allowed: Callable[[Iterable[int]], set[int]] | None,
        least: float | None = None,
    ) -> dict[int, float]:
        """row -> cosine of its nearest chunk, for the memories whose codes are nearest to the question's.

        least: leave out those that cannot have so large a cosine.
        """
        self._catch_up(connection)
        if not self._codes:
            return {}
        wanted = coding.code(question)
        while True:
            ids = self._codes.nearest(wanted, NEAREST, allowed, least)
            rows = vectors.by_ids(connection, ids)
            gone = set(ids) - {row[0] for row in rows}
            if not gone:
                return _cosines(question, rows)
            self._codes.drop(gone)  # forgotten since; they must not hide what is left

    def cosines(self, connection: Connection, question: Vector, rows: Iterable[int]) -> dict[int, float]:
        """row -> cosine of its nearest chunk, for these memories; those without a vector are left out."""
        if self._model is None:
            return {}
        return _cosines(question, vectors.of_memories(connection, rows, self._model))

    def _catch_up(self, connection: Connection) -> None:
        """Read the codes of vectors that came since the last question, also from other processes."""
        import numpy as np

        if self._model is None:
            self._model = vectors.model_id(connection, self.embedder.name, self.embedder.dimension)
            if self._model is None:
                return
        if self._last and vectors.blob(connection, self._last) != self._last_vector:
            self._codes = None  # a backup was copied over the file, or the newest one was forgotten
            self._last = 0
        if vectors.last_id(connection) <= self._last:
            return
        new = []
        for entries, last, packed in vectors.packs(connection, self._model, self._last):
            table = np.frombuffer(packed, np.uint8).reshape(entries, -1)
            head = np.ascontiguousarray(table[:, : vectors.ENTRY_HEAD]).view("<u4")
            kept = (head[:, 1] > 0) & (head[:, 0] > self._last)
            new.append((head[kept], np.ascontiguousarray(table[kept, vectors.ENTRY_HEAD :]).view(np.uint64)))
            self._last = max(self._last, last)
        if tail := vectors.newer(connection, self._model, self._last):
            new.append((np.array([row[:2] for row in tail], "<u4"), coding.codes([row[2] for row in tail])))
            self._last = tail[-1][0]
        self._last_vector = vectors.blob(connection, self._last)
        if new:
            self._codes = self._codes or coding.Codes(new[0][1].shape[1])
            self._codes.add(new)


# -- one vector


def _pack(vector: Vector) -> bytes:
    """A vector as 4 bytes of scale and one byte a number."""
    import numpy as np

    scale = np.float32(max(float(np.abs(vector).max()), 1e-9) / 127)
    return scale.tobytes() + np.round(vector / scale).astype(np.int8).tobytes()


def _cosines(question: Vector, rows: list[tuple[int, int, bytes]]) -> dict[int, float]:
    """row -> the largest cosine among its vectors."""
    import numpy as np

    if not rows:
        return {}
    packed = np.frombuffer(b"".join(row[2] for row in rows), np.uint8).reshape(len(rows), -1)
    scales = np.ascontiguousarray(packed[:, :4]).view(np.float32)[:, 0]
    likeness = (packed[:, 4:].view(np.int8).astype(np.float32) @ question) * scales
    best: dict[int, float] = {}
    for (_, memory, _), cosine in zip(rows, likeness.tolist(), strict=True):
        if cosine > best.get(memory, -1.0):
            best[memory] = cosine
    return best


def best_of(cosines: Mapping[int, float], most: int) -> dict[int, float]:
    """The nearest `most` of them."""
    return dict(sorted(cosines.items(), key=lambda item: -item[1])[:most])
