"""`show`, `connections`, `stats`: one memory in full, what it is tied to, and how large it all is."""

from __future__ import annotations

import click

from neural_memory import answers
from neural_memory.cli import look
from neural_memory.cli.options import json_option, open_brain


@click.command()
@click.argument("id", metavar="ID")
@json_option
def show(id: str, as_json: bool) -> None:
    """Show one memory in full. Exit code 1: there is none with that id.

    \b
    Examples:
      neural-memory show mem_7k2m9x4qda
      neural-memory show mem_7k2m9x4qda --json
    """
    with open_brain() as brain:
        found = brain.get(id)
        hit = brain.recall(found.id)[0]
    look.answer(
        found,
        as_json=as_json,
        whole=True,
        text=lambda: answers.recalled(found.id, [hit]),
        drawn=lambda: look.tables().memory(found, answers.standing(hit, answers.WHOLE), whole=True),
    )


@click.command()
@click.argument("of", nargs=-1, required=True, metavar="OF...")
@click.option("--limit", type=int, default=12, show_default=True, metavar="N", help="At most so many synapses.")
@json_option
@click.pass_context
def connections(ctx: click.Context, of: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Show what a concept or a memory is tied to in the network.

    OF is a word or a name, or the id of a memory. Exit code 1: nothing is tied to it.

    \b
    Examples:
      neural-memory connections payment
      neural-memory connections mem_7k2m9x4qda
    """
    with open_brain() as brain:
        found = brain.connections(" ".join(of), limit=limit)
    is_known = bool(found.neurons or found.memories)
    look.answer(
        found,
        as_json=as_json,
        text=lambda: answers.connections(found, look.COMMANDS),
        drawn=(lambda: look.tables().connections(found)) if is_known else None,
    )
    ctx.exit(0 if is_known else 1)


@click.command()
@json_option
def stats(as_json: bool) -> None:
    """Show figures about the file and the network.

    \b
    Examples:
      neural-memory stats
      neural-memory stats --json
    """
    with open_brain() as brain:
        figures = brain.stats()
    look.answer(
        figures, as_json=as_json, text=lambda: answers.stats(figures), drawn=lambda: look.tables().stats(figures)
    )
