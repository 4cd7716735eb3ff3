"""`revise`: correct a memory; its id stays."""

from __future__ import annotations

from typing import Any

import click

from neural_memory import answers
from neural_memory.cli import look
from neural_memory.cli.options import (
    importance_option,
    json_option,
    kind_option,
    open_brain,
    project_option,
    split_tags,
    tag_option,
)


@click.command()
@click.argument("id", metavar="ID")
@click.option("--content", metavar="TEXT", help="The new text.")
@tag_option("The new tags, instead of all it had (-t '' leaves none).")
@importance_option("How much it matters now, from 0 (trivia) to 1 (vital).")
@kind_option("What it is.")
@project_option("The project it belongs to.")
@json_option
def revise(id: str, tags: tuple[str, ...], as_json: bool, **changes: Any) -> None:
    """Correct a memory. What is not given stays as it is, and so does the id; "undo" takes it back.

    \b
    Examples:
      neural-memory revise mem_7k2m9x4qda --content "Bearer tokens expire after 30 minutes"
      neural-memory revise mem_7k2m9x4qda --importance 0.9 -t auth,security
    """
    if tags:
        changes["tags"] = split_tags(tags)
    if all(value is None for value in changes.values()):
        raise click.UsageError("nothing to change; give --content, --tag, --importance, --kind or --project")
    with open_brain() as brain:
        result = brain.revise(id, **changes)
    look.answer(
        result, as_json=as_json, text=lambda: answers.revised(result), drawn=lambda: look.tables().memory(result)
    )
