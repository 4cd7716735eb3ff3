"""How many secrets are recognised, how many ordinary texts are taken for one, and what does looking cost?

    python benchmarks/credentials.py [--draws 20] [--save]

The samples are those of the tests (tests/fixtures/secrets): developers' sentences with and without a secret, whose
values are drawn anew each time in the formats that issuers document. Half of them, "held out", was written before the
detector and never tuned on.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measuring import percentile, save, say

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import secret_samples

HALVES = {"development": "development", "held out": "held_out"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--save", action="store_true", help="write results/credentials.json")
    options = parser.parse_args()
    figures = measure(options.draws)
    if options.save:
        save("credentials", figures)
    return 0


def measure(draws: int) -> dict[str, Any]:
    from neural_memory.text.secrets import find

    halves = {name: _half(half, draws, find) for name, half in HALVES.items()}
    times = sorted(_microseconds(sample.text, find) for sample in secret_samples.read("development"))
    long = ("The API key is in PAYMENT_API_KEY, the password in the vault; see the runbook. " * 1_300)[:100_000]
    cost = {"median": percentile(times, 0.5), "p95": percentile(times, 0.95), "long": _microseconds(long, find)}
    for name, half in halves.items():
        say(
            f"{name:12} found {half['found']:.1%} of {half['secrets']}, "
            f"false alarms {half['false']:.2%} of {half['ordinary']}"
        )
    say(
        f"CPU: median {cost['median']:.0f} µs, p95 {cost['p95']:.0f} µs; 100,000 characters {cost['long'] / 1e3:.0f} ms"
    )
    return {"draws": draws, "halves": halves, "cpu_us": cost}


def _half(half: str, draws: int, find: Callable[[str], object]) -> dict[str, float]:
    drawn = [sample for seed in range(1, draws + 1) for sample in secret_samples.read(half, seed)]
    hits = [bool(find(sample.text)) for sample in drawn if sample.secret]
    alarms = [bool(find(sample.text)) for sample in drawn if not sample.secret]
    return {
        "secrets": len(hits) // draws,
        "found": sum(hits) / len(hits),
        "ordinary": len(alarms) // draws,
        "false": sum(alarms) / len(alarms),
    }


def _microseconds(text: str, find: Callable[[str], object]) -> float:
    rounds = max(1, 2_000 // len(text))
    started = time.process_time()
    for _ in range(rounds):
        find(text)
    return (time.process_time() - started) / rounds * 1e6


if __name__ == "__main__":
    sys.exit(main())
