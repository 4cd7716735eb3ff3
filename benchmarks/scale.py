"""Does it stay fast as it grows?

    python benchmarks/scale.py [SIZES ...] [--save]            by default 1000 10000 100000

For each size a file is filled with that many memories of about 200 characters (corpus.py), with the source and
session a real client gives. Then, in CPU milliseconds of this process: storing one more, storing many, questions
of several kinds, a complete account of what is stored and of what concerns a topic, forgetting for good, and
opening the file and asking in a fresh process (which includes the start of Python). Also the size of the file for
each memory.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from corpus import Corpus
from measuring import Child, percentile, save, say, spread
from neural_memory import Brain

SIZES = (1_000, 10_000, 100_000)
SOURCE, SESSION = "claude-code", "3f2c8a54-6f0e-4d0b-9a57-1c1f5d0e7b42"
SINGLE, ASKED, AUDITS, FORGOTTEN, FRESH = 200, 100, 15, 7, 7

QUESTIONS: dict[str, Callable[[Corpus], str]] = {
    "8 common words": lambda corpus: corpus.question(8, 0),
    "3 common words and a name": lambda corpus: corpus.question(3, 1),
    "2 names": lambda corpus: corpus.question(0, 2),
    "1 common word": lambda corpus: corpus.question(1, 0),
    "nothing to find": lambda corpus: f"what is {_unknown(corpus.random)} {_unknown(corpus.random)}?",
}

FRESH_PROCESS = """
import sys
from neural_memory import Brain
brain = Brain.open(sys.argv[1], source="claude-code")
print(len(brain.recall(sys.argv[2])), flush=True)
sys.stdin.read()
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--save", action="store_true", help="write results/scale.json")
    options = parser.parse_args()
    figures = measure(options.sizes)
    if options.save:
        save("scale", figures)
    return 0


def measure(sizes: Iterable[int]) -> dict[str, Any]:
    return {"sizes": [_measure(size) for size in sizes]}


def _measure(size: int) -> dict[str, Any]:
    """All figures of one size."""
    say(f"scale: {size:,} memories")
    corpus = Corpus()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "memory.db"
        figures: dict[str, Any] = {"memories": size}
        with Brain.open(path, source=SOURCE, session=SESSION) as brain:
            figures["bulk"] = _bulk(brain, path, list(corpus.memories(size)))
        with Brain.open(path, source=SOURCE, session=SESSION) as brain:
            figures["remember_ms"] = _remember(brain, corpus)
            figures["settled_ms"] = _settle(brain, corpus)
            figures["recall_ms"] = {kind: _recall(brain, corpus, make) for kind, make in QUESTIONS.items()}
            figures["overview_ms"] = spread([_cpu(brain.overview)[0] for _ in range(AUDITS)])
            figures["audit_about_ms"] = _audit(brain, corpus)
            figures["forget_for_good_ms"] = _forget(brain, corpus)
        figures["fresh_process"] = _fresh(path, corpus)
    for name, figure in figures.items():
        say(f"  {name}: {figure}")
    return figures


def _bulk(brain: Brain, path: Path, texts: list[str]) -> dict[str, float]:
    milliseconds, added = _cpu(lambda: brain.remember_many(texts))
    assert added == len(texts), "the corpus repeats itself"
    return {
        "ms_per_memory": round(milliseconds / added, 3),
        "memories_per_cpu_second": round(1000 * added / milliseconds),
        "characters_per_memory": round(sum(map(len, texts)) / added),
        "file_bytes_per_memory": round(path.stat().st_size / added),
    }


def _remember(brain: Brain, corpus: Corpus) -> dict[str, float]:
    return spread([_cpu(brain.remember, text)[0] for text in corpus.memories(SINGLE)])


def _settle(brain: Brain, corpus: Corpus) -> dict[str, float]:
    """A memory stored, and linked as soon as the assistant is quiet: what one costs in all."""

    def both(text: str) -> None:
        brain.remember(text)
        brain.settle()

    both(corpus.memory())  # what waited from before
    return spread([_cpu(both, text)[0] for text in corpus.memories(SINGLE)])


def _recall(brain: Brain, corpus: Corpus, make: Callable[[Corpus], str]) -> dict[str, float]:
    runs = [_cpu(brain.recall, make(corpus)) for _ in range(ASKED)]
    hits = sum(len(found) for _, found in runs) / len(runs)
    return {**spread([milliseconds for milliseconds, _ in runs]), "hits": round(hits, 1)}


def _audit(brain: Brain, corpus: Corpus) -> dict[str, float]:
    """Topics of two common words: about the most there can be to list."""
    topics = [corpus.question(2, 0).removeprefix("why does the ").rstrip("?") for _ in range(AUDITS)]
    runs = [_cpu(lambda topic=topic: brain.audit(about=topic)) for topic in topics]
    total = percentile([audit.total for _, audit in runs], 0.5)
    return {**spread([milliseconds for milliseconds, _ in runs]), "found_p50": total}


def _forget(brain: Brain, corpus: Corpus) -> dict[str, float]:
    ids = [hit.memory.id for hit in brain.recall(corpus.question(2, 0), limit=FORGOTTEN)]
    return spread([_cpu(lambda id=id: brain.forget([id], for_good=True))[0] for id in ids])


def _fresh(path: Path, corpus: Corpus) -> dict[str, Any]:
    """Start Python, open the file, answer one question."""
    costs, peaks = [], []
    for _ in range(FRESH):
        child = Child([sys.executable, "-c", FRESH_PROCESS, path, corpus.question(3, 1)], path.parent)
        assert child.line().strip().isdigit(), "the fresh process failed"
        peaks.append(child.peak_mb() or 0.0)
        costs.append(child.end()["cpu_ms"])
    return {"cpu_ms": spread(costs), "peak_mb": max(peaks) or None}


def _cpu(call: Callable[..., Any], *arguments: Any) -> tuple[float, Any]:
    """(milliseconds of CPU, the result)."""
    start = time.process_time()
    result = call(*arguments)
    return 1000 * (time.process_time() - start), result


def _unknown(chance: random.Random) -> str:
    """A word that no memory has: the corpus spells its names without these letters."""
    return "".join(chance.choices("wxyjq", k=7))


if __name__ == "__main__":
    sys.exit(main())
