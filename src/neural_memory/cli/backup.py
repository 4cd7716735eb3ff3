"""`backup` and `restore`: a consistent copy while servers run, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from neural_memory import answers
from neural_memory.cli import look
from neural_memory.cli.options import json_option, open_brain

if TYPE_CHECKING:
    from neural_memory.outcomes import Restored


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[DIR]")
@click.option("--keep", type=int, metavar="N", help="Keep the newest N backups in DIR, and remove older ones.")
@json_option
def backup(folder: Path | None, keep: int | None, as_json: bool) -> None:
    """Copy the memory file, safely at any time.

    Writes a complete, checked copy into DIR, also while assistants are storing, and prints its path. Without DIR
    it goes into "backups" beside the memory file. --keep removes only what this command made.

    \b
    Examples:
      neural-memory backup
      neural-memory backup ~/backups --keep 14
    """
    with open_brain() as brain, look.progress("Copying", None) as step:
        path = brain.backup(folder, keep=keep, progress=step)
    look.answer({"path": str(path)}, as_json=as_json, text=lambda: str(path))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", "-y", is_flag=True, help="Do not ask (needed in a pipe).")
@json_option
@click.pass_context
def restore(ctx: click.Context, file: Path, yes: bool, as_json: bool) -> None:
    """Bring a backup back.

    FILE is looked through first, and stays where it is: a copy of it takes the memory file's place. What was there is
    kept in "backups" and can be restored in turn. Assistants may go on running.

    \b
    Examples:
      neural-memory restore ~/.neural-memory/backups/memory-20260131-120000.db
      neural-memory restore ~/backups/memory-20260131-120000.db --yes
    """
    from neural_memory.brain import Brain

    if file.exists() and not yes and not look.can_ask():
        raise click.UsageError("in a pipe, restore needs --yes: it puts another file in the memory file's place", ctx)

    def confirm(plan: Restored) -> bool:
        if yes:
            return True
        click.echo(look.visible(answers.restoring(plan)))
        return click.confirm("Restore it?", default=False)

    done = Brain.restore(file, confirm=confirm)
    if done is None:
        click.echo("Nothing was changed.")
        return
    look.answer(done, as_json=as_json, text=lambda: answers.restored(done))
