"""How fast do memories come in and go out?

    python benchmarks/exchange.py [SIZE] [--save]              by default 100000

Memories of about 200 characters (corpus.py), without vectors: the model makes those later, in the background. What an
import has stored is linked in the same transaction, so it can be recalled by words and by association at once. Each
step is a process of its own; told are memories a second of its CPU and by the clock, and the most memory it held.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from corpus import Corpus
from measuring import save, say

SIZE = 100_000

STEPS = {
    "import of a CSV file": ("csv", "brain.import_from('x.csv')"),
    "export to JSON Lines": ("csv", "brain.export('x.jsonl')"),
    "restore of that export": ("restored", "brain.import_from('x.jsonl')"),
    "import of it once more": ("restored", "brain.import_from('x.jsonl')"),
    "export to Markdown files": ("csv", "brain.export('files', form='markdown')"),
    "import of them where they came from": ("csv", "brain.import_from('files')"),
    "import of them elsewhere": ("files", "brain.import_from('files')"),
    "undo of the restore": ("restored", "brain.undo()"),
}

PROCESS = """
import json, resource, sys, time
from neural_memory import Brain
from neural_memory.exchange import steps
with Brain.open(sys.argv[1]) as brain:
    brain.stats()
    start = time.perf_counter(), time.process_time()
    {deed}
    end = time.perf_counter(), time.process_time()
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    there = brain.stats().memories
    print(json.dumps({{"wall": end[0] - start[0], "cpu": end[1] - start[1], "mb": held, "there": there}}))
"""


def measure(size: int = SIZE) -> dict[str, Any]:
    """Every step with `size` memories."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with (folder / "x.csv").open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["content", "tags"])
            rows.writerows([text, "imported"] for text in Corpus(5).memories(size))
        for name, (home, deed) in STEPS.items():
            found[name] = _step(folder, home, deed, size)
            one = found[name]
            say(f"{name:36} {one['per_cpu_second']:7,}/s of CPU {one['per_second']:7,}/s {one['mb']:6.0f} MB")
        bytes_each = round((folder / "x.jsonl").stat().st_size / size)
    return {"memories": size, "steps": found, "bytes_each": bytes_each}


def _step(folder: Path, home: str, deed: str, size: int) -> dict[str, Any]:
    (folder / home).mkdir(exist_ok=True)
    (folder / home / "config.json").write_text('{"embedder": "none"}')
    script = PROCESS.format(deed=deed)
    command = [sys.executable, "-c", script, folder / home / "memory.db"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    found = json.loads(done.stdout)
    assert found["there"] == (0 if "undo" in deed else size), found
    return {
        "per_cpu_second": round(size / found["cpu"]),
        "per_second": round(size / found["wall"]),
        "mb": round(found["mb"], 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", nargs="?", type=int, default=SIZE)
    parser.add_argument("--save", action="store_true", help="write results/exchange.json")
    options = parser.parse_args()
    figures = measure(options.size)
    if options.save:
        save("exchange", figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
