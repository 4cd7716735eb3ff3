"""`export`: memories to a file of JSON Lines, without loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from neural_memory import answers
from neural_memory.cli import look
from neural_memory.cli.options import json_option, kind_option, open_brain, project_option, split_tags, tag_option


@click.command()
@click.argument("target", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE")
@project_option("Only of this project.")
@tag_option("Only with this tag.")
@kind_option("Only of this kind.")
@click.option("--no-journal", is_flag=True, help="Leave out the history of changes.")
@click.option("--force", is_flag=True, help="Take the place of a file that is there, once the new one is whole.")
@json_option
def export(target: Path, no_journal: bool, force: bool, as_json: bool, **given: Any) -> None:
    """Write memories to a file that "import" reads back without loss.

    FILE is JSON Lines: ids, texts, replaced memories, history, use, and the network's strengths; "-" writes to
    standard output. With filters only what has all of them is written, without history. The file is yours alone
    (0600), and no existing one is written over without --force.

    \b
    Examples:
      neural-memory export memories.jsonl
      neural-memory export shop.jsonl --project shop --tag api
      neural-memory export - | gzip > memories.jsonl.gz
    """
    given["tags"] = split_tags(given["tags"])
    with open_brain() as brain, look.progress("Exporting", None) as step:
        result = brain.export(target, journal=not no_journal, force=force, progress=step, **given)
    if str(target) != "-":
        look.answer(result, as_json=as_json, text=lambda: answers.exported(result))
