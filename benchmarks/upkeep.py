"""What does it cost to keep a large memory true?

    python benchmarks/upkeep.py [SIZE] [--save]                by default 100000

A file of that many memories of about 200 characters (corpus.py) with generated vectors (scale.py), a few hundred of
which say on which port a service listens. In CPU milliseconds of this process: storing what is new, what contradicts a
stored memory and what says the same as one (with the share that was noticed); the overview of the audit; all duplicates
and all contradictions of the store; forgetting thousands, and erasing them a month later; and, in a git work tree of
2,000 files, what anchors to code cost: storing a memory that names a file, asking for one, listing all whose file has
changed since.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import scale
from corpus import Corpus
from measuring import save, say, spread
from neural_memory import Brain

SIZE = 100_000
PORTS, EACH, ROUNDS = 300, 100, 7
FORGOTTEN = 3_000
FILES, CHANGED, ANCHORED = 2_000, 50, 200
GIT = ("git", "-c", "user.name=benchmark", "-c", "user.email=benchmark@example.com", "-c", "commit.gpgsign=false")


def measure(size: int = SIZE) -> dict[str, Any]:
    """All figures, with so many memories."""
    say(f"upkeep: {size:,} memories")
    corpus = Corpus()
    ports = _ports(corpus)
    figures: dict[str, Any] = {"memories": size}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "memory.db"
        texts = list(corpus.memories(size - len(ports)))
        with scale.without_meaning(path.parent), Brain.open(path) as brain:
            brain.remember_many([*texts, *ports])
        scale.embed(path, size)
        with _plain(path) as plain:
            plain("DELETE FROM unexamined")  # scale.py measures what that costs each
        for part in (_stored, _listed, _forgotten):
            figures |= part(path, corpus, texts, ports)
        figures |= _anchored(path, corpus, Path(folder) / "shop")
    for name, figure in figures.items():
        say(f"  {name}: {figure}")
    return figures


def _ports(corpus: Corpus) -> list[str]:
    """Facts that another value contradicts."""
    names = list(dict.fromkeys(corpus.names))[:PORTS]
    return [f"The {name} service listens on port {2_000 + place}." for place, name in enumerate(names)]


# -- storing


def _stored(path: Path, corpus: Corpus, texts: list[str], ports: list[str]) -> dict[str, Any]:
    """One more memory: new, contradicting, the same; and new again once the model is there."""
    again = [f"{text.removesuffix('.')}, as ever." for text in texts[1_000 : 1_000 + EACH]]
    with Brain.open(path) as brain:
        found = {
            "new": _remembered(brain, corpus.memories(EACH), lambda stored: False),
            "contradicting": _remembered(
                brain, [text.replace("port 2", "port 5") for text in ports[:EACH]], lambda stored: stored.contradicts
            ),
            "the same": _remembered(brain, again, lambda stored: stored.duplicates),
        }
        brain.recall("load the model")
        brain.embed_waiting()
        found["new, with the model"] = _remembered(brain, corpus.memories(EACH), lambda stored: False)
    return {"remember": found}


def _remembered(brain: Brain, texts: Iterable[str], noticed: Callable[[Any], Any]) -> dict[str, Any]:
    runs = []
    for text in texts:
        runs.append(scale.cpu(brain.remember, text))
        brain.settle()
    share = sum(bool(noticed(stored)) for _, stored in runs) / len(runs)
    return {"ms": spread([milliseconds for milliseconds, _ in runs]), "noticed": round(share, 3)}


# -- looking through it all


def _listed(path: Path, corpus: Corpus, texts: list[str], ports: list[str]) -> dict[str, Any]:
    with Brain.open(path) as brain:
        overview = spread([scale.cpu(brain.overview)[0] for _ in range(ROUNDS)])
        conflicts, pairs = scale.cpu(brain.contradictions)
        duplicates, groups = scale.cpu(brain.duplicates)
    return {
        "overview_ms": overview,
        "contradictions": {"ms": round(conflicts), "found": pairs.total},
        "duplicates": {"ms": round(duplicates), "found": len(groups)},
    }


def _forgotten(path: Path, corpus: Corpus, texts: list[str], ports: list[str]) -> dict[str, Any]:
    """Thousands forgotten as one step; what a change costs that erases them when they are old enough."""
    with Brain.open(path) as brain:
        ids = [memory.id for memory in brain.audit(limit=FORGOTTEN).memories]
        gone, _ = scale.cpu(brain.forget, ids)
        brain.settle()
    with _plain(path) as plain:
        plain("UPDATE journal SET at = '2020-01-01T00:00:00Z'")
    with Brain.open(path) as brain:
        erased, _ = scale.cpu(brain.remember, corpus.memory())
    return {"forget": {"memories": len(ids), "ms": round(gone), "erased_later_ms": round(erased)}}


@contextmanager
def _plain(path: Path) -> Iterator[Callable[[str], Any]]:
    """The file as any program sees it."""
    with closing(sqlite3.connect(path)) as connection, connection:
        yield connection.execute


# -- code


def _anchored(path: Path, corpus: Corpus, root: Path) -> dict[str, Any]:
    """What it costs more in a work tree; nothing where there is no git."""
    if (names := _work_tree(root)) is None:
        say("skipped: anchors to code (git)")
        return {}
    texts = [f"{corpus.short()} See {name}." for name in names[:ANCHORED]]
    others = [f"{corpus.short()} See {name}." for name in names[ANCHORED : 2 * ANCHORED]]
    questions = [f"what about {name}?" for name in names[:EACH]]
    with Brain.open(path) as outside:
        without = _remembered(outside, others, lambda stored: stored.anchors)
        asked = _asked(outside, questions)
    with Brain.open(path, code=root) as inside:
        within = _remembered(inside, texts, lambda stored: stored.anchors)
        for name in names[:CHANGED]:
            (root / name).write_text("changed\n")
        _git(root, "commit", "-qam", "change")
        asked_within = _asked(inside, questions)
        suspect, listed = scale.cpu(lambda: inside.audit(suspect=True))
        overview = spread([scale.cpu(inside.overview)[0] for _ in range(ROUNDS)])
    return {
        "anchors": {
            "files": len(names),
            "remember_ms": {"outside": without["ms"], "inside": within["ms"]},
            "anchored": within["noticed"],
            "recall_ms": {"outside": asked, "inside": asked_within},
            "suspect": {"ms": round(suspect, 1), "found": listed.total, "changed": CHANGED},
            "overview_ms": overview,
        }
    }


def _asked(brain: Brain, questions: Iterable[str]) -> dict[str, float]:
    brain.recall("load the model")
    return spread([scale.cpu(brain.recall, question)[0] for question in questions])


def _work_tree(root: Path) -> list[str] | None:
    """A repository of many files; their names."""
    names = [f"src/part{place % 40}/module_{place}.py" for place in range(FILES)]
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"VALUE = {name!r}\n")
    try:
        for step in (("init", "-q"), ("add", "."), ("commit", "-qm", "first")):
            _git(root, *step)
    except OSError:
        return None
    return names


def _git(root: Path, *arguments: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run([*GIT, *arguments], cwd=root, env=kept | own, check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", nargs="?", type=int, default=SIZE)
    parser.add_argument("--save", action="store_true", help="write results/upkeep.json")
    options = parser.parse_args()
    figures = measure(options.size)
    if options.save:
        save("upkeep", figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
