"""How well do questions find what answers them?

    python benchmarks/retrieval.py CASES.json.gz [MORE ...] [--json results/retrieval.json] [--questions N]

A file of cases is gzip JSON: {"dataset", "stores": [{"name", "docs": [{id, text, timestamp?, speaker?, session?,
tags?}], "queries": [{id, text, gold: [doc ids], category?, timestamp?}]}]}. Each store becomes a brain of its own
in a temporary directory; each question is one `Brain.recall`. Printed per dataset, and per category: recall@5 and
@10 (the share of the gold documents in the first k), hit@5 (any), all@5 (every one), MRR and nDCG@10, each with a
95% bootstrap interval. Questions of the category "adversarial" have no answer and are left out.
"""

from __future__ import annotations

import argparse
import gzip
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
Measures = dict[str, float]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="+", type=Path, help="files of cases")
    parser.add_argument("--json", type=Path, help="also write the table here")
    parser.add_argument("--questions", type=int, help="at most so many questions a dataset (for a quick look)")
    parser.add_argument("--keep", type=Path, help="keep the brains here and use them again")
    options = parser.parse_args()
    table = {}
    for path in options.cases:
        name, found, seconds = run(path, options.questions, options.keep)
        table[name] = {category: summary(measures) for category, measures in found.items()}
        show(name, table[name], seconds)
    if options.json:
        options.json.write_text(json.dumps(table, indent=2) + "\n")
    return 0


def run(path: Path, most: int | None, keep: Path | None) -> tuple[str, dict[str, list[Measures]], float]:
    """Every question of a file: category -> what was measured; and the CPU seconds of the questions."""
    data = path.read_bytes()
    cases = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
    found: dict[str, list[Measures]] = defaultdict(list)
    spent = 0.0
    for store in cases["stores"]:
        with opened(keep, cases["dataset"], store["name"]) as brain:
            answers = fill(brain, store["docs"])
            for query in store["queries"]:
                category = str(query.get("category") or "")
                if category == "adversarial" or (most is not None and len(found["all"]) >= most):
                    continue
                start = time.process_time()
                hits = brain.recall(query["text"], limit=DEPTH)
                spent += time.process_time() - start
                ranked = [doc for hit in hits for doc in answers[hit.memory.content]][:DEPTH]
                measured = measure(ranked, set(map(str, query["gold"])))
                found["all"].append(measured)
                if category:
                    found[category].append(measured)
    return cases["dataset"], dict(found), spent


@contextmanager
def opened(keep: Path | None, dataset: str, store: str) -> Iterator[Brain]:
    """A brain for a store: a temporary one, or one that is kept so that the next run need not embed again."""
    if keep is None:
        with tempfile.TemporaryDirectory() as folder, Brain.open(Path(folder) / "memory.db") as brain:
            yield brain
    else:
        with Brain.open(keep / f"{dataset}-{store}.db".replace("/", "_")) as brain:
            yield brain


def fill(brain: Brain, docs: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Store the documents; which documents a text stands for."""
    answers: dict[str, list[str]] = defaultdict(list)

    def items() -> Iterator[dict[str, Any]]:
        for doc in docs:
            text = f"{doc['speaker']}: {doc['text']}" if doc.get("speaker") else doc["text"]
            text = text[:100_000]
            answers[text].append(str(doc["id"]))
            item: dict[str, Any] = {"content": text, "kind": "fact"}
            if doc.get("timestamp"):
                item["timestamp"] = doc["timestamp"]
            if doc.get("tags"):
                item["tags"] = doc["tags"]
            yield item

    stored = list(items())
    if brain.stats().memories == 0:
        brain.remember_many(stored, chunk=1000)
    return answers


def measure(ranked: list[str], gold: set[str]) -> Measures:
    """All measures of one ranking."""
    places = [place for place, doc in enumerate(ranked, 1) if doc in gold]
    gain = sum(1 / math.log2(place + 1) for place in places)
    ideal = sum(1 / math.log2(place + 1) for place in range(1, min(len(gold), DEPTH) + 1))
    return {
        "R@5": sum(place <= 5 for place in places) / len(gold),
        "R@10": len(places) / len(gold),
        "hit@5": float(any(place <= 5 for place in places)),
        "all@5": float(sum(place <= 5 for place in places) == len(gold)),
        "MRR": 1 / places[0] if places else 0.0,
        "nDCG@10": gain / ideal if ideal else 0.0,
    }


def summary(measured: list[Measures]) -> dict[str, Any]:
    """Means in percent, each with its bootstrap interval."""
    result: dict[str, Any] = {"questions": len(measured)}
    for name in measured[0]:
        values = [m[name] for m in measured]
        low, high = bootstrap(values, lambda sample: sum(sample) / len(sample))
        result[name] = [round(100 * x, 1) for x in (sum(values) / len(values), low, high)]
    return result


def bootstrap(values: list[float], statistic: Callable[[list[float]], float], rounds: int = 500) -> tuple[float, float]:
    """A 95% interval by resampling the questions."""
    chance = random.Random(7)
    drawn = sorted(statistic(chance.choices(values, k=len(values))) for _ in range(rounds))
    return drawn[int(0.025 * rounds)], drawn[int(0.975 * rounds)]


def show(name: str, table: dict[str, dict[str, Any]], seconds: float) -> None:
    total = table["all"]["questions"]
    print(f"\n{name}: {total} questions, {1000 * seconds / total:.1f} ms of CPU each")
    measures = [m for m in table["all"] if m != "questions"]
    print(f"{'':24}{'n':>5}" + "".join(f"{m:>18}" for m in measures))
    for category, row in table.items():
        cells = "".join(f"{row[m][0]:>7.1f} ({row[m][1]:.0f}-{row[m][2]:.0f})".rjust(18) for m in measures)
        print(f"{category:24}{row['questions']:>5}{cells}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
