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
    secrets_option,
    settling,
    split_tags,
    tag_option,
    text_from,
)


@click.command()
@click.argument("id", metavar="ID")
@click.option("--content", metavar="TEXT", help='The new text; "-" stands for standard input.')
@tag_option("The new tags, instead of all it had (-t '' leaves none).")
@importance_option("How much it matters now, from 0 (trivia) to 1 (vital).")
@kind_option("What it is.")
@project_option('The project it belongs to; "." is the one you are in, "everywhere" none.')
@click.option("--until", "valid_until", metavar="WHEN", help="Until when it holds; '' for no end.")
@click.option("--pin/--unpin", "pinned", default=None, help="It does not fade with time, or does again.")
@secrets_option
@json_option
def revise(id: str, tags: tuple[str, ...], secrets: str | None, as_json: bool, **changes: Any) -> None:
    """Correct a memory. What is not given stays as it is, and so does the id; "undo" takes it back.

    A memory that came by import or was captured is confirmed by it. With --secrets redact and nothing else, the
    passwords and keys in it are taken out for good.

    \b
    Examples:
      neural-memory revise mem_7k2m9x4qda --content "Bearer tokens expire after 30 minutes"
      neural-memory revise mem_7k2m9x4qda --importance 0.9 -t auth,security
      neural-memory revise mem_7k2m9x4qda --until "end of the sprint"
      neural-memory revise mem_7k2m9x4qda --secrets redact
    """
    if tags:
        changes["tags"] = split_tags(tags)
    if changes["content"] == "-":
        changes["content"] = text_from(("-",))
    with open_brain() as brain:
        result = settling(lambda policy: brain.revise(id, secrets=policy, **changes), secrets)
    look.answer(
        result, as_json=as_json, text=lambda: answers.revised(result), drawn=lambda: look.tables().memory(result)
    )
