"""How many of the suggestions that a session leaves are worth keeping?  Sessions written by hand, half of them traps.

    python benchmarks/suggestions.py            on all of cases/transcripts.txt
    python benchmarks/suggestions.py --show     and what was wrong
    python benchmarks/suggestions.py --save     write results/suggestions.json

Each session is written as a client's record, looked through as at its end, and what it leaves in the memory as
suggestions is compared with what was marked. The rules were tuned on one half of the sessions only.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from measuring import save, say

CASES = Path(__file__).parent / "cases" / "transcripts.txt"


class Session(NamedTuple):
    """turns: (is it the user's?, tool calls, sentences with their marks)."""

    name: str
    half: str
    turns: list[tuple[bool, int, list[tuple[str, str]]]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", action="store_true", help="show what was wrong")
    parser.add_argument("--save", action="store_true", help="write results/suggestions.json")
    options = parser.parse_args()
    figures = measure(show=options.show)
    if options.save:
        save("suggestions", figures)
    return 0


def measure(*, show: bool = False) -> dict[str, Any]:
    """By half of the sessions: how many sentences of each mark there are, and how many of them are suggested."""
    figures: dict[str, Any] = {}
    for session in sessions(CASES.read_text("utf-8")):
        suggested = _suggested(session)
        half = figures.setdefault(
            session.half, dict.fromkeys(("sessions", "worth", "traps", "others", "found", "wrong", "suggested"), 0)
        )
        half["sessions"] += 1
        half["suggested"] += len(suggested)
        for mark, sentence in (each for _, _, sentences in session.turns for each in sentences):
            half[{"+": "worth", "-": "traps", ".": "others"}[mark]] += 1
            is_suggested = any(sentence in one or one in sentence for one in suggested)
            half["found"] += mark == "+" and is_suggested
            half["wrong"] += mark != "+" and is_suggested
            if show and is_suggested != (mark == "+"):
                say(f"  {session.name}: {'missed' if mark == '+' else 'WRONG '} {sentence}")
    for name, half in figures.items():
        half["precision"] = round(half["found"] / max(1, half["found"] + half["wrong"]), 3)
        half["recall"] = round(half["found"] / max(1, half["worth"]), 3)
        say(f"{name}: {half}")
    return figures


def sessions(text: str) -> Iterator[Session]:
    """The sessions of a file of cases."""
    found: Session | None = None
    for line in text.splitlines():
        if line.startswith("== "):
            if found:
                yield found
            name, half = line[3:].removesuffix(")").split(" (")
            found = Session(name, half, [])
        elif found and line[:2].strip() in ("U", "A"):
            found.turns.append((line[0] == "U", int(line[2:] or 0), []))
        elif found and line.strip():
            found.turns[-1][2].append((line[0], line[2:]))
    if found:
        yield found


def _suggested(session: Session) -> list[str]:
    """The sentences that are suggested when this session ends, in an empty memory."""
    from neural_memory import Brain
    from neural_memory.hooks.answering import answer_with

    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "session.jsonl"
        record.write_text("".join(json.dumps(line) + "\n" for line in recorded(session)), "utf-8")
        with Brain.open(Path(folder) / "memory.db") as brain:
            answer_with(brain, "session-end", {"session_id": session.name, "transcript_path": str(record)})
            return [one.sentence for one in brain.suggestions()]


def recorded(session: Session) -> Iterator[dict[str, Any]]:
    """The session as Claude Code records it."""
    for number, (by_user, calls, sentences) in enumerate(session.turns):
        text = "\n".join(sentence for _, sentence in sentences)
        at = f"2026-11-01T10:{number:02}:00.000Z"
        for call in range(calls):
            use = {"type": "tool_use", "id": f"t{number}-{call}", "name": "Bash", "input": {}}
            result = {"type": "tool_result", "tool_use_id": use["id"], "content": "we decided: the root cause was x"}
            yield {"type": "assistant", "timestamp": at, "message": {"role": "assistant", "content": [use]}}
            yield {"type": "user", "timestamp": at, "message": {"role": "user", "content": [result]}}
        role = "user" if by_user else "assistant"
        content: Any = text if by_user else [{"type": "text", "text": text}]
        yield {"type": role, "timestamp": at, "message": {"role": role, "content": content}}


if __name__ == "__main__":
    sys.exit(main())
