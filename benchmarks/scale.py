"""Does it stay fast as it grows?

    python benchmarks/scale.py [SIZES ...] [--save]            by default 1000 10000 100000
    python benchmarks/scale.py --million [--save]              a file of a million memories (half an hour, 2 GB of disk)

For each size a file is filled with that many memories of about 200 characters (corpus.py), with the source and
session a real client gives. Then, in CPU milliseconds of this process: storing one more, storing many, questions
of several kinds, a complete account of what is stored and of what concerns a topic, forgetting for good, and
opening the file and asking in a fresh process (which includes the start of Python). Also the size of the file for
each memory.

Up to 10,000 memories are embedded by the built-in model. Embedding takes a hundredth of a second each, so larger
files get generated vectors: those of 500 memories, each time with other noise, stored as the model's own would be.
Everything else about those files is real, and so is all that is measured in them.

What came in bulk waits to be held against the rest for contradictions, in quiet moments. That is measured on a few
hundred memories; then nothing waits any more, for a million would take most of an hour.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from corpus import Corpus
from measuring import Child, percentile, save, say, spread
from neural_memory import Brain

SIZES = (1_000, 10_000, 100_000)
MILLION = 1_000_000
EMBEDDED = 10_000
"""The most memories that are embedded by the model itself."""
SOURCE, SESSION = "claude-code", "3f2c8a54-6f0e-4d0b-9a57-1c1f5d0e7b42"
SINGLE, ASKED, AUDITS, FORGOTTEN, FRESH = 200, 100, 15, 7, 7
SAMPLE, NOISE = 500, 0.6
BULK = 300
QUIET = 16
"""Quiet moments in which what came in bulk is examined."""

QUESTIONS: dict[str, Callable[[Corpus], str]] = {
    "8 common words": lambda corpus: corpus.question(8, 0),
    "3 common words and a name": lambda corpus: corpus.question(3, 1),
    "2 names": lambda corpus: corpus.question(0, 2),
    "1 common word": lambda corpus: corpus.question(1, 0),
    "no word that is stored": lambda corpus: f"what is {_unknown(corpus.random)} {_unknown(corpus.random)}?",
}

FRESH_PROCESS = """
import json, sys, time
from neural_memory import Brain
brain = Brain.open(sys.argv[1], source="claude-code")
if sys.argv[3] == "at once":
    brain.patience = 0
start = time.perf_counter(), time.thread_time(), time.process_time()
hits = brain.recall(sys.argv[2])
end = time.perf_counter(), time.thread_time(), time.process_time()
names = "recall_wall_ms", "recall_thread_ms", "recall_process_ms"
found = {name: 1000 * (b - a) for name, a, b in zip(names, start, end)}
found |= {"thread_ms": 1000 * end[1], "cpu_ms": 1000 * end[2]}
print(json.dumps(found), flush=True)
sys.stdin.read()
"""

MEMORY_PROCESS = """
import sys
from pathlib import Path
from neural_memory import Brain
brain = Brain.open(sys.argv[1], source="claude-code")
brain.remember_many(Path(sys.argv[2]).read_text().splitlines())
brain.recall(sys.argv[3])
print("embedded", flush=True)
sys.stdin.readline()
brain.rest(0)
print("rested", flush=True)
sys.stdin.read()
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--million", action="store_true", help="one file of a million memories, and nothing else")
    parser.add_argument("--save", action="store_true", help="write results/scale.json (or million.json)")
    options = parser.parse_args()
    if options.million:
        name, figures = "million", {"sizes": [_measure(MILLION)]}
    else:
        name, figures = "scale", measure(options.sizes)
    if options.save:
        save(name, figures)
    return 0


def measure(sizes: Iterable[int]) -> dict[str, Any]:
    return {"meaning": _meaning(), "sizes": [_measure(size) for size in sizes]}


def _measure(size: int) -> dict[str, Any]:
    """All figures of one size."""
    say(f"scale: {size:,} memories")
    corpus = Corpus()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "memory.db"
        figures = _fill(path, corpus, size)
        say(f"  filled: {figures}")
        figures["examined_ms"] = _examine(path)
        figures |= _use(path, corpus)
    for name, figure in figures.items():
        say(f"  {name}: {figure}")
    return figures


def _fill(path: Path, corpus: Corpus, size: int) -> dict[str, Any]:
    """Store so many memories, and give them their vectors."""
    with without_meaning(path.parent), Brain.open(path, source=SOURCE, session=SESSION) as brain:
        bulk = _bulk(brain, list(corpus.memories(size)))
    bulk["file_bytes_without_vectors"] = round(path.stat().st_size / size)
    vectors = embed(path, size)
    bulk["file_bytes_per_memory"] = round(path.stat().st_size / size)
    return {"memories": size, "bulk": bulk, "vectors": vectors}


def _examine(path: Path) -> float:
    """What it costs to look for contradictions of one memory that came in bulk; then none waits for that any more."""
    with closing(sqlite3.connect(path)) as plain, Brain.open(path, source=SOURCE, session=SESSION) as brain:
        waiting = "SELECT count(*) FROM unexamined"
        (before,) = plain.execute(waiting).fetchone()
        milliseconds = sum(cpu(brain.settle)[0] for _ in range(QUIET))
        (after,) = plain.execute(waiting).fetchone()
        with plain:
            plain.execute("DELETE FROM unexamined")
    return round(milliseconds / (before - after), 2)


def _use(path: Path, corpus: Corpus) -> dict[str, Any]:
    """What the calls cost in a file that is filled."""
    figures: dict[str, Any] = {}
    with Brain.open(path, source=SOURCE, session=SESSION) as brain:
        figures["remember_ms"] = _remember(brain, corpus)
        figures["settled_ms"] = _settle(brain, corpus)
        figures["first_question"] = {"cpu_ms": round(cpu(brain.recall, corpus.question(3, 1))[0], 1)}
        figures["embedded_ms"] = _settle(brain, corpus)
        figures["recall_ms"] = {kind: _recall(brain, corpus, make) for kind, make in QUESTIONS.items()}
        figures["overview_ms"] = spread([cpu(brain.overview)[0] for _ in range(AUDITS)])
        figures["audit_about_ms"] = _audit(brain, corpus)
        figures["forget_for_good_ms"] = _forget(brain, corpus)
    figures["fresh_process"] = {how: _fresh(path, corpus, how) for how in ("with the model", "at once")}
    return figures


# -- filling


@contextmanager
def without_meaning(home: Path) -> Iterator[None]:
    """Brains that are opened here now have no embedding model."""
    config = home / "config.json"
    config.write_text(json.dumps({"embedder": "none"}))
    yield
    config.unlink()


def _bulk(brain: Brain, texts: list[str]) -> dict[str, float]:
    """Storing and linking them all, without meaning."""
    milliseconds, added = cpu(lambda: brain.remember_many(texts))
    assert added == len(texts), "the corpus repeats itself"
    return {
        "ms_per_memory": round(milliseconds / added, 3),
        "memories_per_cpu_second": round(1000 * added / milliseconds),
        "characters_per_memory": round(sum(map(len, texts)) / added),
    }


def embed(path: Path, size: int) -> dict[str, Any]:
    """Give every memory its vector."""
    real = size <= EMBEDDED
    texts = list(Corpus(seed=2).memories(SAMPLE))
    with Brain.open(path) as brain:
        if real:
            brain.recall(texts[0])  # loads the model and embeds a few
            milliseconds, embedded = cpu(brain.embed_waiting)
        else:
            with _generated(texts):
                milliseconds, embedded = cpu(brain.embed_waiting)
        assert brain.stats().memories == size
        assert brain.embed_waiting() == 0
    return {"by": "the model" if real else "generated", "ms_per_memory": round(milliseconds / max(1, embedded), 3)}


@contextmanager
def _generated(texts: Sequence[str]) -> Iterator[None]:
    """The built-in model answers with the vectors of `texts` plus noise, and at once."""
    import numpy as np

    from neural_memory.embed.minilm import MiniLM
    from neural_memory.recall import meaning

    centres = MiniLM().embed(texts)
    chance = np.random.default_rng(1)

    def embed(model: MiniLM, batch: Sequence[str]) -> Any:
        noise = chance.normal(0, NOISE / model.dimension**0.5, (len(batch), model.dimension))
        vectors = centres[chance.integers(len(centres), size=len(batch))] + noise
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    with (
        patch.object(MiniLM, "embed", embed),
        patch.object(meaning, "PORTION", 2_000),
        patch.object(meaning, "LONG", 10_000_000),  # or they would be stored one by one
        patch.object(meaning, "chunks", lambda text: [text]),
    ):
        yield


# -- the parts of a size


def _remember(brain: Brain, corpus: Corpus) -> dict[str, float]:
    return spread([cpu(brain.remember, text)[0] for text in corpus.memories(SINGLE)])


def _settle(brain: Brain, corpus: Corpus) -> dict[str, float]:
    """A memory stored, and linked (and embedded, once the model is loaded) as soon as the assistant is quiet: what one
    costs in all.
    """

    def both(text: str) -> None:
        brain.remember(text)
        brain.settle()

    both(corpus.memory())  # what waited from before
    while brain.settle():
        pass
    return spread([cpu(both, text)[0] for text in corpus.memories(SINGLE)])


def _recall(brain: Brain, corpus: Corpus, make: Callable[[Corpus], str]) -> dict[str, float]:
    runs = [cpu(brain.recall, make(corpus)) for _ in range(ASKED)]
    hits = sum(len(found) for _, found in runs) / len(runs)
    return {**spread([milliseconds for milliseconds, _ in runs]), "hits": round(hits, 1)}


def _audit(brain: Brain, corpus: Corpus) -> dict[str, float]:
    """Topics of two common words: about the most there can be to list."""
    topics = [corpus.question(2, 0).removeprefix("why does the ").rstrip("?") for _ in range(AUDITS)]
    runs = [cpu(lambda topic=topic: brain.audit(about=topic)) for topic in topics]
    total = percentile([audit.total for _, audit in runs], 0.5)
    return {**spread([milliseconds for milliseconds, _ in runs]), "found_p50": total}


def _forget(brain: Brain, corpus: Corpus) -> dict[str, float]:
    ids = [hit.memory.id for hit in brain.recall(corpus.question(2, 0), limit=FORGOTTEN)]
    return spread([cpu(lambda id=id: brain.forget([id], for_good=True))[0] for id in ids])


def _fresh(path: Path, corpus: Corpus, how: str) -> dict[str, Any]:
    """Start Python, open the file, answer one question: with the model, or at once, when nobody waits for it.

    cpu_ms: of the process from the start of Python until the answer; thread_ms: of the thread that answers; recall_...:
    of the call alone.
    """
    runs, peaks = [], []
    for _ in range(FRESH):
        child = Child([sys.executable, "-c", FRESH_PROCESS, path, corpus.question(3, 1), how], path.parent)
        runs.append(json.loads(child.line()))
        peaks.append(child.peak_mb() or 0.0)
        child.end()
    return {**{name: spread([run[name] for run in runs]) for name in runs[0]}, "peak_mb": max(peaks) or None}


# -- what does not depend on the size


def _meaning() -> dict[str, Any]:
    """Storing many with their vectors, and the memory it takes."""
    say("scale: meaning")
    corpus = Corpus()
    texts = {"short": [corpus.short() for _ in range(BULK)], "200 characters": list(corpus.memories(BULK))}
    figures: dict[str, Any] = {"bulk": {}}
    with tempfile.TemporaryDirectory() as folder:
        with Brain.open(Path(folder) / "bulk.db") as brain:
            brain.remember(corpus.memory())
            brain.recall("load the model")
            for name, many in texts.items():
                milliseconds, added = cpu(brain.remember_many, many)
                assert added == BULK
                assert brain.embed_waiting() == 0
                figures["bulk"][name] = {
                    "characters_per_memory": round(sum(map(len, many)) / BULK),
                    "ms_per_memory": round(milliseconds / BULK, 2),
                    "memories_per_cpu_second": round(1000 * BULK / milliseconds),
                }
        home = Path(folder)
        (home / "texts").write_text("\n".join(corpus.memories(200)))
        command = [sys.executable, "-c", MEMORY_PROCESS, home / "memory.db", home / "texts", corpus.question(3, 1)]
        child = Child(command, home)
        assert child.line().strip() == b"embedded"
        figures["peak_mb"] = child.peak_mb()
        child.tell({})
        assert child.line().strip() == b"rested"
        figures["rested_mb"] = child.held_mb()
        child.end()
    for name, figure in figures.items():
        say(f"  {name}: {figure}")
    return figures


def cpu(call: Callable[..., Any], *arguments: Any) -> tuple[float, Any]:
    """(milliseconds of CPU, the result)."""
    start = time.process_time()
    result = call(*arguments)
    return 1000 * (time.process_time() - start), result


def _unknown(chance: random.Random) -> str:
    """A word that no memory has: the corpus spells its names without these letters."""
    return "".join(chance.choices("wxyjq", k=7))


if __name__ == "__main__":
    sys.exit(main())
