"""What do hooks cost a session, and what do they bring?  CPU, milliseconds, tokens, and how often they speak in vain.

    python benchmarks/hooks.py            the whole, about three minutes
    python benchmarks/hooks.py --save     write results/hooks.json

Install without -e: an editable installation slows each start. Tokens are counted as characters / 3.3, as the start of
a session counts them, and are somewhat more than what models count.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import retrieval
import suggestions
from corpus import Corpus
from measuring import Child, percentile, save, say, spread

CASES = Path(__file__).parent / "cases"
SIZES = (100, 10_000)
STARTS = 15  # servers that are asked a first prompt
CHARACTERS = 3.3
HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "benchmark", "version": "1"}}
INITIALIZE = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": HELLO}
FIRST_WORDS = ("I prefer ", "We decided on ", "", "", "", "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--save", action="store_true", help="write results/hooks.json")
    options = parser.parse_args()
    figures = measure(options.rounds)
    if options.save:
        save("hooks", figures)
    return 0


def measure(rounds: int) -> dict[str, Any]:
    """The start of a session, prompts, and suggestions."""
    return {
        "rounds": rounds,
        "start": [_start(size, rounds) for size in SIZES],
        "prompt": _prompts(),
        "suggestions": suggestions.measure(),
    }


# ---- the start


def _start(size: int, rounds: int) -> dict[str, Any]:
    """CPU of the command and of bare Python, in turn, and what the session is told."""
    corpus = Corpus()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _fill(folder, [FIRST_WORDS[n % 6] + text for n, text in enumerate(corpus.memories(size))])
        script = shutil.which("neural-memory", path=str(Path(sys.executable).parent)) or shutil.which("neural-memory")
        assert script, "the console script neural-memory is not installed"
        bare, ours, text = [], [], ""
        for number in range(rounds + 1):
            bare.append(Child([sys.executable, "-c", "pass"], folder).end(kill=False)["cpu_ms"])
            child = Child([script, "hook", "session-start"], folder)
            child.tell({"session_id": f"s{number}", "source": "startup", "cwd": str(folder)})
            child.close_input()
            answer = json.loads(child.line())
            text = answer.get("hookSpecificOutput", {}).get("additionalContext", "")
            ours.append(child.end(kill=False)["cpu_ms"])
        ratios = [mine / other for mine, other in zip(ours[1:], bare[1:], strict=True)]  # the first wrote .pyc files
    figures = {
        "memories": size,
        "cpu_ms": percentile(ours[1:], 0.5),
        "bare_ms": percentile(bare[1:], 0.5),
        "ratio": round(statistics.median(ratios), 2),
        "tokens": round(len(text) / CHARACTERS),
    }
    say(f"start: {figures}")
    return figures


def _fill(folder: Path, texts: Sequence[str]) -> None:
    from neural_memory import Brain

    home = folder / "neural-memory"
    home.mkdir(mode=0o700)
    (home / "config.json").write_text('{"embedder": "none"}')  # vectors are nothing that the start looks at
    with Brain.open(home / "memory.db") as brain:
        brain.remember_many(texts)


# ---- prompts


def _prompts() -> dict[str, Any]:
    """Real-looking memories; questions that belong to one of them, and prompts that belong to none."""
    data = retrieval.load(CASES / "developer.json")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "neural-memory").mkdir(mode=0o700)
        said: dict[str, list[tuple[str, set[str]]]] = {"fitting": []}
        from neural_memory import Brain

        with Brain.open(folder / "neural-memory" / "memory.db") as brain:
            for store in data["stores"]:
                retrieval.fill(brain, store["docs"])
                contents = {doc["id"]: retrieval.content(doc) for doc in store["docs"]}
                for query in store["queries"]:
                    right = {contents[id] for id in retrieval.gold(query) if id in contents}
                    said["fitting"].append((query["text"], right))
            brain.embed_waiting()
            memories = brain.stats().memories
        lines = (CASES / "prompts.txt").read_text("utf-8").splitlines()
        said["work"] = [(line, set()) for line in lines if line and not line.startswith("#")]
        firsts = [_first(folder, number) for number in range(STARTS)]
        figures: dict[str, Any] = {"memories": memories, "first_ms": {**spread(firsts), "max": round(max(firsts), 1)}}
        child = _server(folder)
        child.ask(_call("recall", {"query": "anything"}))  # by now the model is loaded
        times: list[float] = []
        for kind, prompts in said.items():
            figures[kind] = _of_kind(child, prompts, times)
        child.end()
    figures["ms"] = {**spread(times), "max": round(max(times), 1)}
    say(f"prompts: {figures}")
    return figures


def _server(folder: Path) -> Child:
    child = Child([sys.executable, "-m", "neural_memory", "--mcp"], folder)
    child.ask(INITIALIZE)
    return child


def _first(folder: Path, number: int) -> float:
    """Milliseconds of the first prompt of a server, asked right after its handshake."""
    child = _server(folder)
    took, _ = _ask(child, "Why does the search index fall behind the catalogue?", -number)
    child.end()
    return took


def _of_kind(child: Child, prompts: list[tuple[str, set[str]]], times: list[float]) -> dict[str, Any]:
    """How many prompts bring something up, how often the right thing, and how many tokens that takes."""
    spoke = right = 0
    tokens: list[float] = []
    for number, (prompt, answers) in enumerate(prompts):
        took, text = _ask(child, prompt, 1000 * len(times) + number)
        times.append(took)
        if text:
            spoke += 1
            tokens.append(len(text) / CHARACTERS)
            right += any(_opening(answer) in text for answer in answers)
    return {
        "prompts": len(prompts),
        "spoke": spoke,
        "right": right,
        "tokens": round(statistics.median(tokens)) if tokens else 0,
    }


def _opening(content: str) -> str:
    return json.dumps(content[:60], ensure_ascii=False)[1:-1]


def _ask(child: Child, prompt: str, number: int) -> tuple[float, str]:
    """Milliseconds by the clock until the running server has answered a prompt, and what it said."""
    given = {"event": "UserPromptSubmit", "session_id": f"s{number}", "prompt": prompt}
    begin = time.perf_counter()
    result = child.ask(_call("hook", given))
    took = 1000 * (time.perf_counter() - begin)
    answer = json.loads(result["content"][0]["text"])
    return took, answer.get("hookSpecificOutput", {}).get("additionalContext", "")


def _call(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": tool, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


if __name__ == "__main__":
    sys.exit(main())
