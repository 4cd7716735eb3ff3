"""How well do questions find what answers them?

    python benchmarks/retrieval.py CASES.json.gz [MORE ...] [--json results/retrieval.json] [--questions N] [--keep DIR]

A file of cases is JSON (gzip with .gz): {"dataset", "stores": [{"name", "docs": [{id, text, timestamp?, speaker?,
session?, tags?}], "queries": [{id, text, gold: [doc ids], category?, timestamp?, distance?}]}]}. Each store becomes a
brain of its own in a temporary directory; each question is one `Brain.recall`. Printed per dataset, and per category,
with 95% bootstrap intervals:

    R@5, R@10       the share of the gold documents in the first 5 and 10
    hit@5           at least one of them in the first 5
    all@5           every one of them in the first 5
    MRR, nDCG@10    how far up they are
    silent          the questions that were answered with nothing: right without gold, wrong with it

A document without a text cannot be stored, and so never be found; how many there are is said. Questions without gold
(off-topic ones, for which nothing is stored) count for `silent` alone. Those of the category "adversarial" are left
out: whether they have an answer is a matter of judgement. The timestamp of a question, the moment it is asked at, is
passed on.

With --keep the brains stay in DIR, and the next run need not embed again. Empty it after a change of how memories are
analysed or embedded.
"""

from __future__ import annotations

import argparse
import gzip
import inspect
import json
import math
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from neural_memory import Brain

DEPTH = 10
ALL = "all"
Measures = dict[str, float]
TAKES_MOMENT = "at" in inspect.signature(Brain.recall).parameters


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="+", type=Path, help="files of cases")
    parser.add_argument("--json", type=Path, help="also write the table here")
    parser.add_argument("--questions", type=int, help="at most so many questions a dataset (for a quick look)")
    parser.add_argument("--keep", type=Path, help="keep the brains here and use them again")
    options = parser.parse_args()
    table = {}
    for path in options.cases:
        name, found, each = run(path, options.questions, options.keep)
        table[name] = {category: summary(measures) for category, measures in found.items()}
        show(name, table[name], each)
    if options.json:
        options.json.write_text(json.dumps(table, indent=2) + "\n")
    return 0


def run(path: Path, most: int | None, keep: Path | None) -> tuple[str, dict[str, list[Measures]], float]:
    """Every question of a file: category -> what was measured; and the CPU milliseconds of a question."""
    cases = load(path, most)
    found: dict[str, list[Measures]] = defaultdict(list)
    spent, asked = 0.0, 0
    for store in cases["stores"]:
        with opened(keep, cases["dataset"], store["name"]) as brain:
            answers = fill(brain, store["docs"])
            for query in store["queries"]:
                start = time.process_time()
                hits = ask(brain, query)
                spent += time.process_time() - start
                asked += 1
                ranked = [doc for hit in hits for doc in answers[hit]][:DEPTH]
                for category in categories(query):
                    found[category].append(measure(ranked, gold(query)))
    return cases["dataset"], dict(found), 1000 * spent / max(1, asked)


def load(path: Path, most: int | None = None) -> dict[str, Any]:
    """A file of cases, without the questions that are left out; at most so many questions, evenly taken."""
    data = path.read_bytes()
    cases: dict[str, Any] = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
    for store in cases["stores"]:
        store["queries"] = [query for query in store["queries"] if query.get("category") != "adversarial"]
    everything = [id(query) for store in cases["stores"] for query in store["queries"]]
    if most is not None and most < len(everything):
        kept = {everything[i * len(everything) // most] for i in range(most)}
        for store in cases["stores"]:
            store["queries"] = [query for query in store["queries"] if id(query) in kept]
    cases["stores"] = [store for store in cases["stores"] if store["queries"]]
    empty = 0
    for store in cases["stores"]:
        told = [doc for doc in store["docs"] if str(doc.get("text") or "").strip()]
        empty += len(store["docs"]) - len(told)
        store["docs"] = told
    if empty:
        print(f"{cases['dataset']}: {empty} documents have no text")
    return cases


def gold(query: dict[str, Any]) -> set[str]:
    return set(map(str, query["gold"]))


def categories(query: dict[str, Any]) -> list[str]:
    """Where the measures of a question count."""
    category = str(query.get("category") or "")
    wide = [ALL, category] if category else [ALL]
    return [*wide, f"{category}, {query['distance']}"] if query.get("distance") else wide


def ask(brain: Brain, query: dict[str, Any]) -> list[str]:
    """The contents that are found, best first."""
    moment = {"at": query["timestamp"]} if TAKES_MOMENT and query.get("timestamp") else {}
    return [hit.memory.content for hit in brain.recall(query["text"], limit=DEPTH, **moment)]


@contextmanager
def opened(keep: Path | None, dataset: str, store: str) -> Iterator[Brain]:
    """A brain for a store: a temporary one, or one that is kept so that the next run need not embed again."""
    if keep is None:
        with tempfile.TemporaryDirectory() as folder, Brain.open(Path(folder) / "memory.db") as brain:
            yield brain
    else:
        with Brain.open(keep / f"{dataset}-{store}.db".replace("/", "_")) as brain:
            yield brain


def content(doc: dict[str, Any]) -> str:
    """What is stored of a document."""
    text = f"{doc['speaker']}: {doc['text']}" if doc.get("speaker") else doc["text"]
    return str(text)[:100_000]


def fill(brain: Brain, docs: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Store the documents; which documents a text stands for."""
    answers: dict[str, list[str]] = defaultdict(list)
    items: list[dict[str, Any]] = []
    for doc in docs:
        text = content(doc)
        answers[text].append(str(doc["id"]))
        more = {name: doc[name] for name in ("timestamp", "session", "tags") if doc.get(name)}
        items.append({"content": text, "kind": "fact", **more})
    if brain.stats().memories == 0:
        brain.remember_many(items, chunk=1000, secrets="keep")  # what looks like a secret here is none
    brain.embed_waiting()
    return answers


def measure(ranked: list[str], gold: set[str]) -> Measures:
    """All measures of one ranking; without gold, only whether it is empty."""
    if not gold:
        return {"silent": float(not ranked)}
    places = [place for place, doc in enumerate(ranked, 1) if doc in gold]
    first5 = sum(place <= 5 for place in places)
    gain = sum(1 / math.log2(place + 1) for place in places)
    ideal = sum(1 / math.log2(place + 1) for place in range(1, min(len(gold), DEPTH) + 1))
    return {
        "R@5": first5 / len(gold),
        "R@10": len(places) / len(gold),
        "hit@5": float(first5 > 0),
        "all@5": float(first5 == len(gold)),
        "MRR": 1 / places[0] if places else 0.0,
        "nDCG@10": gain / ideal if ideal else 0.0,
        "silent": float(not ranked),
    }


def summary(measured: list[Measures]) -> dict[str, Any]:
    """Means in percent, each with its bootstrap interval, and how many questions. In a mixed company `silent` is that
    of the questions with gold.
    """
    answerable = [m for m in measured if len(m) > 1] or measured
    result: dict[str, Any] = {"questions": len(answerable)}
    for name in answerable[0]:
        values = [m[name] for m in answerable]
        low, high = bootstrap(values, lambda sample: sum(sample) / len(sample))
        result[name] = [round(100 * x, 1) for x in (sum(values) / len(values), low, high)]
    return result


def bootstrap(values: list[float], statistic: Callable[[list[float]], float], rounds: int = 500) -> tuple[float, float]:
    """A 95% interval by resampling the questions."""
    chance = random.Random(7)
    drawn = sorted(statistic(chance.choices(values, k=len(values))) for _ in range(rounds))
    return drawn[int(0.025 * rounds)], drawn[int(0.975 * rounds)]


def show(name: str, table: dict[str, dict[str, Any]], each: float, what: str = "of CPU for") -> None:
    print(f"\n{name}: {each:.1f} ms {what} each question")
    measures = [m for m in table[ALL] if m != "questions"]
    print(f"{'':24}{'n':>5}" + "".join(f"{m:>18}" for m in measures))
    for category, row in table.items():
        cells = "".join(_cell(row.get(m)).rjust(18) for m in measures)
        print(f"{category:24}{row['questions']:>5}{cells}")
    sys.stdout.flush()


def _cell(interval: list[float] | None) -> str:
    return "{:.1f} ({:.0f}-{:.0f})".format(*interval) if interval else ""


if __name__ == "__main__":
    sys.exit(main())
