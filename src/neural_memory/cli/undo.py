"""`undo` and `redo`: take steps back after a slip, and do them again after all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from neural_memory import answers
from neural_memory.cli import look
from neural_memory.cli.options import json_option, open_brain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neural_memory.brain import Brain
    from neural_memory.changes import Step, Undone

MANY = 10
"""From so many memories on, `undo` asks first."""


@click.command()
@click.argument("steps", type=int, default=1, metavar="[STEPS]")
@click.option("--step", type=int, metavar="NUMBER", help="Take back this one step; log and history show the numbers.")
@click.option("--yes", "-y", is_flag=True, help=f"Do not ask before {MANY} memories or more change.")
@json_option
@click.pass_context
def undo(ctx: click.Context, steps: int, step: int | None, yes: bool, as_json: bool) -> None:
    """Take back the last step, the last STEPS, or any one.

    A step is one call that stored, forgot, revised or merged something. What was changed since is not overwritten. On a
    terminal it asks before many memories change. Exit code 1: there is nothing to undo.

    \b
    Examples:
      neural-memory undo
      neural-memory undo 3
      neural-memory log
      neural-memory undo --step 123
    """
    if step is not None and ctx.get_parameter_source("steps") is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError(f"STEPS counts from the last one and --step {step} names one; use one of the two", ctx)
    with open_brain() as brain:
        if not (yes or as_json) and look.can_ask() and not _agreed(brain, steps, step):
            click.echo("Nothing was undone.")
            return
        taken_back = brain.undo(steps, step=step)
    _show(taken_back, as_json)


def _agreed(brain: Brain, steps: int, step: int | None) -> bool:
    """Say how many memories would change, if they are many, and ask."""
    coming = _coming(brain, steps, step)
    number = sum(one.memories for one in coming)
    if number < MANY:
        return True
    for one in coming:
        click.echo(look.visible(f"step {one.step}: {answers.told(one, 120)}"))
    return click.confirm(f"Take back what changed {answers.count(number, 'memory')}?", default=False)


def _coming(brain: Brain, steps: int, step: int | None) -> Sequence[Step]:
    """The steps that would be taken back, as far as the log of the last thousand shows them."""
    found = brain.log(1_000) if step is None else brain.log(1, before=step + 1)
    if step is not None:
        return found
    return [one for one in found if one.undoable and one.action != "undo"][: max(0, steps)]


@click.command()
@click.argument("steps", type=int, default=1, metavar="[STEPS]")
@json_option
def redo(steps: int, as_json: bool) -> None:
    """Do again what undo took back, the last or last STEPS. Exit code 1: there is nothing to do again.

    \b
    Examples:
      neural-memory redo
    """
    with open_brain() as brain:
        done = brain.redo(steps)
    _show(done, as_json, nothing="There is nothing to do again.")


def _show(steps: Sequence[Undone], as_json: bool, nothing: str = "") -> None:
    look.answer(
        steps,
        as_json=as_json,
        text=lambda: answers.undone(steps) if steps or not nothing else nothing,
        drawn=(lambda: look.past().undone(steps)) if steps else None,
    )
    click.get_current_context().exit(0 if steps else 1)
