"""`history` and `log`: what became of one memory, and what changed lately."""

from __future__ import annotations

import click

from neural_memory import answers
from neural_memory.cli import look
from neural_memory.cli.options import json_option, open_brain


@click.command()
@click.argument("id", metavar="ID")
@json_option
def history(id: str, as_json: bool) -> None:
    """Show every state of a memory: when, by whom, which words.

    Also of one that was forgotten, as long as it can be brought back, or merged into another. Exit code 1: nothing is
    known of that id.

    \b
    Examples:
      neural-memory history mem_7k2m9x4qda
    """
    with open_brain() as brain:
        found = brain.history(id)
    look.answer(
        found,
        as_json=as_json,
        whole=True,
        text=lambda: answers.history(found),
        drawn=(lambda: look.past().history(found)) if found.changes else None,
    )


@click.command()
@click.option("--limit", type=int, default=20, show_default=True, metavar="N", help="At most so many steps.")
@click.option("--before", type=int, metavar="NUMBER", help="Only those before this step: the next page.")
@json_option
def log(limit: int, before: int | None, as_json: bool) -> None:
    """Show the last changes, with numbers for "undo --step".

    \b
    Examples:
      neural-memory log
      neural-memory log --limit 100
    """
    with open_brain() as brain:
        steps = brain.log(limit, before=before)
    look.answer(
        steps,
        as_json=as_json,
        text=lambda: answers.log(steps, undo="neural-memory undo --step {}"),
        drawn=(lambda: look.past().log(steps)) if steps else None,
    )
