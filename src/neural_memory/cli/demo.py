"""`demo`: the whole story in a throw-away home, live. Every answer printed is what the brain returned just now."""

from __future__ import annotations

import re
import shutil
import tempfile
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neural_memory import answers
from neural_memory.cli import look
from neural_memory.cli.options import json_option
from neural_memory.cli.welcome import PLUG_IN, PLUG_IN_OTHERS

if TYPE_CHECKING:
    from neural_memory.brain import Brain
    from neural_memory.model import Connections, Memory

PROJECT = (
    "our API uses Bearer token authentication with 1-hour expiry",
    "we decided to use PostgreSQL for the main database and Redis for caching. "
    "The session store uses Redis with TTL of 24 hours.",
    "I prefer functional programming style with immutable patterns. Always use spread operators instead of mutations.",
)
TAGGED = "The admin panel uses a separate auth flow. Tags: authentication, admin, security"
PAYMENTS = (
    "Payment service endpoint is https://api.payments.example.com",
    "Payment service API key is in environment variable PAYMENT_API_KEY",
    "Payment service has rate limit of 100 requests per minute",
    "the payment service fails if the amount field has more than 2 decimal places. "
    "We need to round to 2 decimals before sending to the API.",
)
QUESTIONS = (
    "What do you know about our authentication?",
    "Which database do we use?",
    "What are my coding preferences?",
)
SQL = "SELECT * FROM memories LIMIT 5"
GONE = "admin panel"
_COLUMNS, _CELL = 5, 26  # so much of the rows fits a terminal of 80 columns


@click.command()
@click.option("--keep", is_flag=True, help="Keep the throw-away home and print where it is.")
@json_option
def demo(keep: bool, as_json: bool) -> None:
    """Tell the whole story, live, in a throw-away home.

    Your own memories are neither read nor touched.

    \b
    Examples:
      neural-memory demo
      neural-memory demo --keep
    """
    folder = Path(tempfile.mkdtemp(prefix="neural-memory-demo-"))
    stage = Stage(silent=as_json)
    try:
        play(stage, folder / "memory.db")
        stage.tell(f"The throw-away home is {folder}" + ("; it is kept." if keep else "; it is removed now."))
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    if as_json:
        click.echo(look.to_json({"home": str(folder) if keep else None, "scenes": stage.scenes}))


class Stage:
    """Where the story is told: titles, what is said to the memory, what it answers. Keeps all of it for --json."""

    def __init__(self, *, silent: bool) -> None:
        self.scenes: list[dict[str, Any]] = []
        self._silent = silent
        self._drawn = look.console() if look.on_terminal() and not silent else None

    def scene(self, title: str, about: str) -> None:
        self.scenes.append({"title": title, "about": about, "steps": []})
        self._print("")
        self._print(f"{len(self.scenes)}. {title}", "bold cyan")
        self.tell(about)

    def tell(self, text: str) -> None:
        for line in text.splitlines():
            self._print(line)

    def ask(self, words: str, result: object, lines: Iterable[str]) -> None:
        """What was asked for, and the answer: `result` for programs, `lines` for readers."""
        self.scenes[-1]["steps"].append({"asked": words, "answer": result})
        self._print(f"  > {words}", "bold")
        for line in lines:
            self._print(f"    {line}", "magenta" if line.startswith("   ") else "green")

    def _print(self, text: str, style: str = "") -> None:
        if self._drawn is not None:
            for line in _wrapped(text, self._drawn.width):
                self._drawn.print(look.tables().said(line, style), soft_wrap=True)
        elif not self._silent:
            click.echo(look.visible(text))


def _wrapped(text: str, width: int) -> list[str]:
    """Lines that fit, the later ones as far in as the first one's words."""
    words = text.lstrip(" ")
    bullet = re.match(r"> |\d+\. ", words)
    indent = " " * (len(text) - len(words) + (len(bullet.group()) if bullet else 0))
    return textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False) or [""]


def play(stage: Stage, file: Path) -> None:
    """The scenes in order; between storing and asking the memory is really closed and opened again."""
    from neural_memory.brain import Brain

    stage.scene(
        "The problem",
        "You taught your assistant the project for hours. Tomorrow's session knows nothing of it.\n"
        "Here is a memory that lasts, played live: nothing below is canned.",
    )
    with Brain.open(file, source="demo") as brain:
        _store(stage, brain)
    with Brain.open(file, source="demo") as brain:
        _ask(stage, brain)
        _associate(stage, brain)
        _audit(stage, brain)
        _forget(stage, brain)
    _look_inside(stage, file)
    stage.scene("Plug it in", "No account, no key, no network. For every assistant on this machine:")
    stage.tell(f"  {PLUG_IN}\nOr by hand, in a client's MCP configuration:")
    for line in PLUG_IN_OTHERS:
        stage.tell(f"  {line}")


def _store(stage: Stage, brain: Brain) -> None:
    stage.scene("Storing", "You say it once. Its kind, its tags and its links to what is known come by themselves.")
    for text in (*PROJECT, TAGGED, *PAYMENTS):
        result = brain.remember(text)
        tags = f", tagged {', '.join(result.tags)}" if result.tags else ""
        told = f"Stored {result.id} as a {result.kind}{tags}; linked to {', '.join(result.linked[:5])}"
        stage.ask(f"Store this: {text}", result, [told.replace("a insight", "an insight")])


def _ask(stage: Stage, brain: Brain) -> None:
    stage.scene("The next day", "The memory was closed and opened again: a new session, and it still knows.")
    for question in QUESTIONS:
        _recall(stage, brain, question, limit=2)


def _recall(stage: Stage, brain: Brain, question: str, limit: int) -> None:
    found = brain.recall(question, limit=limit)
    lines = answers.recalled(question, found).splitlines()[:1] if not found else []
    for place, hit in enumerate(found, 1):
        lines.append(f"{place}. {hit.memory.content}")
        if hit.path:
            lines.append(f"   related, via {' → '.join(hit.path)}")
    stage.ask(question, found, lines)


def _associate(stage: Stage, brain: Brain) -> None:
    stage.scene(
        "What belongs to it",
        "As in a brain, a memory leads to others; what came so says by which path.",
    )
    _recall(stage, brain, "What do you know about payments?", limit=10)
    found = brain.connections("payment", limit=8)
    stage.ask("Show the connections of payment", found, _strands(found))
    stage.tell("And what was never stored is not made up:")
    _recall(stage, brain, "What is our vacation policy?", limit=10)


def _strands(found: Connections) -> Iterator[str]:
    """One line for each neuron: where it leads, and how strongly."""
    for neuron in found.neurons:
        ends = [f"{each.target.name} {each.weight:.2f}" for each in found.synapses if each.source == neuron]
        if ends:
            yield f"{neuron.name} ({answers.count(neuron.memories, 'memory')}) → {', '.join(ends)}"


def _audit(stage: Stage, brain: Brain) -> None:
    stage.scene("Keeping it true", "An audit is complete, not a top ten.")
    page = brain.audit(about="the API", limit=None)
    stage.ask("Show me all memories about the API", page, _counted("in all", page.memories))


def _counted(what: str, memories: Sequence[Memory]) -> list[str]:
    head = f"{answers.count(len(memories), 'memory')} {what}:"
    return [head, *(f"{place}. {memory.content}" for place, memory in enumerate(memories, 1))]


def _forget(stage: Stage, brain: Brain) -> None:
    stage.scene("Forgetting", "What goes is named. A slip can be undone; on request it leaves the file for good.")
    forgotten = brain.forget(mentions=GONE)
    stage.ask(f"Forget what mentions {GONE!r}", forgotten, _counted("forgotten", forgotten.memories))
    _recall(stage, brain, f"What about the {GONE}?", limit=1)
    undone = brain.undo()
    for step in undone:
        stage.ask("Undo that", undone, _counted(f"back ({step.action} undone)", step.memories))
    wiped = brain.forget(mentions=GONE, for_good=True)
    stage.ask(f"Forget it for good: {GONE!r}", wiped, _counted("wiped from the file", wiped.memories))


def _look_inside(stage: Stage, file: Path) -> None:
    import sqlite3  # the user's own look, with nothing of ours in between

    stage.scene("A look into the file", "Plain SQLite: any tool reads it, and a copy of it is a complete backup.")
    connection = sqlite3.connect(file)
    try:
        cursor = connection.execute(SQL)
        columns = [name for name, *_ in cursor.description]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor]
    finally:
        connection.close()
    stage.ask(f'sqlite3 -header memory.db "{SQL};"', rows, [_row(columns), *(_row(row.values()) for row in rows)])
    # every connection is closed: only now may the bytes be read past SQLite
    is_there = GONE.encode() in file.read_bytes().lower()
    answer = "Yes." if is_there else "No, nowhere in its bytes."
    stage.ask(f"Is {GONE!r} still in the file?", is_there, [answer])


def _row(values: Iterable[object]) -> str:
    """As sqlite3 prints it, with long texts and the columns to the right cut off to fit a terminal."""
    cells = ["" if value is None else str(value) for value in values]
    shown = [cell if len(cell) <= _CELL else f"{cell[: _CELL - 1]}…" for cell in cells[:_COLUMNS]]
    return "|".join(shown + ["…"] * (len(cells) > _COLUMNS))
