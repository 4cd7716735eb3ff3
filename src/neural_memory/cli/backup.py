"""`backup`: a consistent copy, also while servers run."""

from __future__ import annotations

from pathlib import Path

import click

from neural_memory.cli import look
from neural_memory.cli.options import json_option, open_brain


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[DIR]")
@json_option
def backup(folder: Path | None, as_json: bool) -> None:
    """Copy the memory file, safely at any time.

    Writes a complete, consistent copy into DIR, also while assistants are storing, and prints its path. Without DIR
    it goes into "backups" beside the memory file.

    \b
    Examples:
      neural-memory backup
      neural-memory backup ~/backups
    """
    with open_brain() as brain, look.progress("Copying", None) as step:
        path = brain.backup(folder, progress=step)
    look.answer({"path": str(path)}, as_json=as_json, text=lambda: str(path))
