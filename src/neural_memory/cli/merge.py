"""`merge` and `both-hold`: make one memory of several that say the same, or say that they do not."""

from __future__ import annotations

import click

from neural_memory import answers
from neural_memory.cli import look
from neural_memory.cli.options import json_option, open_brain


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID ID...")
@json_option
def merge(ids: tuple[str, ...], as_json: bool) -> None:
    """Make one memory of several. Nothing they say is lost.

    The first ID stays and gets every sentence and tag of the others; their ids go on answering with it. "undo" takes it
    apart again. "audit --duplicates" shows what says the same.

    \b
    Examples:
      neural-memory merge mem_7k2m9x4qda mem_4c8h1p6znt
    """
    with open_brain() as brain:
        result = brain.merge(ids)
    look.answer(
        result,
        as_json=as_json,
        text=lambda: answers.merged(result),
        drawn=lambda: look.tables().merged(result),
    )


@click.command("both-hold")
@click.argument("ids", nargs=-1, required=True, metavar="ID ID...")
@json_option
def both_hold(ids: tuple[str, ...], as_json: bool) -> None:
    """Say that memories neither contradict nor repeat each other.

    What was told of them ("audit --contradictory", "audit --duplicates") is not told again until one of them is
    revised. "undo" takes it back.

    \b
    Examples:
      neural-memory both-hold mem_7k2m9x4qda mem_4c8h1p6znt
    """
    with open_brain() as brain:
        held = brain.both_hold(ids)
    look.answer(held, as_json=as_json, text=lambda: answers.held(held), drawn=lambda: look.tables().memories(held))
