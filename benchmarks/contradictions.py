"""Are contradictions recognised, and nothing else?

    python benchmarks/contradictions.py                  shows the figures, and what was called wrongly or missed
    python benchmarks/contradictions.py --save           also writes benchmarks/results/contradictions.json

Over the labelled pairs of cases/pairs/contradictions.json: the older text of each is stored among all others, then the
newer one. Precision: the share of alarms that are right; recall: the share of contradictions found. And over all pairs
of notes within each store of cases/*.json, which hardly ever contradict each other: how many are called so. Only the
development half was looked at while the rules were written, and only its misses are shown; `--all` shows the others.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

from measuring import save, say
from neural_memory import Brain
from neural_memory.text.claims import claims
from neural_memory.text.contradictions import contradiction

CASES = Path(__file__).parent / "cases"
HALVES = ("development", "held-out")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--all", action="store_true", help="show what is wrong in the held-out half, too")
    options = parser.parse_args()
    figures = measure(everything=options.all)
    if options.save:
        save("contradictions", figures)
    return 0


def measure(*, everything: bool = False) -> dict[str, Any]:
    """Precision and recall of both halves, and false alarms among notes that do not contradict each other."""
    pairs = json.loads((CASES / "pairs" / "contradictions.json").read_text("utf-8"))["pairs"]
    halves = {}
    for half in HALVES:
        halves[half] = _half([p for p in pairs if p["half"] == half], show=everything or half == HALVES[0])
        say(f"{half}: {halves[half]}")
    notes = _notes()
    say(f"among notes of one store: {notes}")
    return {"halves": halves, "notes": notes}


def _half(pairs: list[dict[str, Any]], *, show: bool) -> dict[str, Any]:
    right = wrong = missed = 0
    misses: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, Brain.open(Path(folder) / "memory.db") as brain:
        brain.remember_many([{"content": p["older"], "project": p["id"]} for p in pairs])
        for pair in pairs:
            called = bool(brain.remember(pair["newer"], project=pair["id"]).contradicts)
            right += called and pair["contradicts"]
            wrong += called and not pair["contradicts"]
            missed += not called and pair["contradicts"]
            if called != pair["contradicts"]:
                misses[pair["category"]] += 1
                if show:
                    say(f"  {'called wrongly' if called else 'missed'}: {pair['older']} | {pair['newer']}")
    return {
        "pairs": len(pairs),
        "contradictions": right + missed,
        "traps": len(pairs) - right - missed,
        "false_alarms": wrong,
        "precision": round(100 * right / (right + wrong), 1),
        "recall": round(100 * right / (right + missed), 1),
        "wrong_by_category": dict(misses),
    }


def _notes() -> dict[str, Any]:
    pairs = alarms = memories = 0
    spent = 0.0
    for path in sorted(CASES.glob("*.json")):
        for store in json.loads(path.read_text("utf-8"))["stores"]:
            start = time.process_time()
            said = [claims(doc["text"]) for doc in store["docs"]]
            spent += time.process_time() - start
            memories += len(said)
            for one, other in combinations(said, 2):
                pairs += 1
                alarms += contradiction(one, other) is not None
    return {"memories": memories, "pairs": pairs, "alarms": alarms, "ms_to_read_one": round(1000 * spent / memories, 3)}


if __name__ == "__main__":
    sys.exit(main())
