"""`recall`: what is known about something?"""

from __future__ import annotations

from typing import Any

import click

from neural_memory import answers
from neural_memory.cli import look
from neural_memory.cli.options import (
    json_option,
    open_brain,
    project_option,
    split_tags,
    tag_option,
    text_from,
)


@click.command()
@click.argument("query", nargs=-1, required=True, metavar="QUERY...")
@click.option("--limit", type=int, metavar="N", help="At most so many, up to 100. [default: 10]")
@tag_option("Only memories with this tag.")
@project_option(
    'Only memories of this project, and those of every project; "." is the one you are in. '
    "[default: all, with the present project's first]"
)
@click.option("--all-projects", is_flag=True, help="Do not prefer the project you are in.")
@click.option("--since", metavar="WHEN", help='Only from then on: 2026-03-01, "last week".')
@click.option("--until", metavar="WHEN", help="Only up to then: 2026-03-31, yesterday.")
@json_option
@click.pass_context
def recall(ctx: click.Context, /, query: tuple[str, ...], all_projects: bool, as_json: bool, **given: Any) -> None:
    """Ask what is known, and what belongs to it.

    Finds by words, by meaning and by association, and says why each memory came; "-" reads the question from standard
    input. Exit code 1: nothing is known.

    \b
    Examples:
      neural-memory recall how does login work
      neural-memory recall payments --limit 3
      neural-memory recall "which database?" --json
    """
    question = text_from(query)
    given["tags"] = split_tags(given["tags"])
    with open_brain(in_project=not all_projects) as brain:
        found = brain.recall(question, expired=True, **given)

    narrowed = bool(given["tags"] or given["project"] or given["since"] or given["until"])
    look.answer(
        found,
        as_json=as_json,
        text=lambda: answers.recalled(question, found, narrowed=narrowed, ways=look.COMMANDS),
        drawn=(lambda: look.tables().hits(found, answers.doubt(question, found))) if found else None,
    )
    ctx.exit(0 if found else 1)
