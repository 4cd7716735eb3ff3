"""`merge`: make one memory of several that say the same."""

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
