"""What does meaning cost: time and memory of the built-in embedding model?

    python benchmarks/embed.py [--rounds 9] [--save]

Each round is a fresh process: it imports NumPy and onnxruntime, checks the files' hashes, loads the model, embeds a
first question, then questions, memories and chunks of long memories, one at a time and in a batch, and unloads the
model. CPU milliseconds of that process on one thread, medians over the rounds; MB of resident memory, the largest of
the rounds (Linux). "First vector" is everything from the start of Python on.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from typing import Any

from measuring import percentile, save, say

ROUND = """
import json, random, time
from pathlib import Path

clock = time.process_time
found = {"python": clock()}

def resident():
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024

def timed(name, work):
    start = clock()
    value = work()
    found[name] = clock() - start
    return value

from neural_memory.embed import open_embedder
from neural_memory.embed.minilm import checked_file, tokenizer
from neural_memory.embed.runtime import load_onnxruntime

model = open_embedder()
timed("imports", load_onnxruntime)
memory = {"libraries": resident()}
timed("hash", lambda: checked_file(model.folder, model.record, model.record["model"]))
timed("tokenizer", lambda: tokenizer(model.folder))
timed("load", model.load)  # hashes once more, so that is taken off again
found["load"] -= found["hash"]
timed("first question", lambda: model.embed(["which database do we use for the billing service?"]))
found["first vector"] = clock() - found["hash"]
memory["loaded"] = resident()

pick = random.Random(1)
words = [word for word in tokenizer(model.folder).ids if word.isalpha() and word.isascii() and len(word) > 2]
def texts(count, tokens):
    return [" ".join(pick.choices(words, k=tokens - 2)) for _ in range(count)]

def each(name, count, tokens):
    spent = []
    for text in texts(count, tokens):
        start = clock()
        model.embed([text])
        spent.append(clock() - start)
    found[name] = sorted(spent)[count // 2]

each("question (10 tokens)", 60, 10)
each("memory (50 tokens)", 60, 50)
each("chunk (200 tokens)", 20, 200)
many = texts(100, 50)
timed("100 memories", lambda: model.embed(many))
memory["after 240 texts"] = resident()
model.unload()
memory["unloaded"] = resident()
print(json.dumps({"cpu_ms": {name: 1000 * value for name, value in found.items()}, "mb": memory}))
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--save", action="store_true", help="write results/embed.json")
    options = parser.parse_args()
    figures = measure(options.rounds)
    if options.save:
        save("embed", figures)
    return 0


def measure(rounds: int) -> dict[str, Any]:
    """Run the rounds, show the table, return the figures."""
    from neural_memory.embed.minilm import MiniLM

    found = [_round() for _ in range(rounds)]
    cpu = {name: round(percentile([one["cpu_ms"][name] for one in found], 0.5), 2) for name in found[0]["cpu_ms"]}
    memory = {name: round(max(one["mb"][name] for one in found), 1) for name in found[0]["mb"]}
    model = MiniLM()
    for name, value in cpu.items():
        say(f"{name:24} {value:9.2f} ms CPU")
    for name, value in memory.items():
        say(f"memory, {name:16} {value:9.1f} MB")
    return {
        "model": model.name,
        "file_bytes": model.record["files"][model.record["model"]]["bytes"],
        "accuracy": model.record["accuracy"],
        "rounds": rounds,
        "cpu_ms": cpu,
        "mb": memory,
    }


def _round() -> Any:
    """One fresh process: cpu_ms and mb, by name."""
    run = subprocess.run([sys.executable, "-c", ROUND], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


if __name__ == "__main__":
    sys.exit(main())
