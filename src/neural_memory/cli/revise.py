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
from neural_memory.model import KINDS


@click.command()
@click.argument("ids", nargs=-1, metavar="ID...")
@click.option("--content", metavar="TEXT", help='The new text; "-" stands for standard input.')
@tag_option("The new tags, instead of all it had (-t '' leaves none).")
@importance_option("How much it matters now, from 0 (trivia) to 1 (vital).")
@kind_option("What it is.")
@project_option('The project it belongs to; "." is the one you are in, "everywhere" none.')
@click.option("--until", "valid_until", metavar="WHEN", help="Until when it holds; '' for no end.")
@click.option("--pin/--unpin", "pinned", default=None, help="It does not fade with time, or does again.")
@click.option("--mentions", metavar="TEXT", help="With --kind: all that contain this text to the letter.")
@click.option("--of-kind", type=click.Choice(KINDS), help="With --kind: all that are of this kind now.")
@secrets_option
@json_option
@click.pass_context
def revise(
    ctx: click.Context,
    /,
    ids: tuple[str, ...],
    tags: tuple[str, ...],
    mentions: str | None,
    of_kind: str | None,
    secrets: str | None,
    as_json: bool,
    **changes: Any,
) -> None:
    """Correct a memory. What is not given stays as it is, and so does the id; "undo" takes it back.

    Several memories, or all that match --mentions and --of-kind, are given another --kind as one step.

    A memory that came by import or was captured is confirmed by it. With --secrets redact and nothing else, the
    passwords and keys in it are taken out for good.

    \b
    Examples:
      neural-memory revise mem_7k2m9x4qda --content "Bearer tokens expire after 30 minutes"
      neural-memory revise mem_7k2m9x4qda --importance 0.9 -t auth,security
      neural-memory revise mem_7k2m9x4qda --until "end of the sprint"
      neural-memory revise mem_7k2m9x4qda --secrets redact
      neural-memory revise --mentions "root cause" --of-kind fact --kind insight
    """
    if tags:
        changes["tags"] = split_tags(tags)
    if changes["content"] == "-":
        changes["content"] = text_from(("-",))
    if mentions is not None or of_kind is not None or len(ids) != 1:
        _revise_kinds(ctx, ids, mentions, of_kind, as_json, {**changes, "secrets": secrets})
        return
    with open_brain() as brain:
        result = settling(lambda policy: brain.revise(ids[0], secrets=policy, **changes), secrets)
    look.answer(
        result,
        as_json=as_json,
        text=lambda: answers.revised(result, look.COMMANDS),
        drawn=lambda: look.tables().revised(result),
    )


def _revise_kinds(
    ctx: click.Context,
    ids: tuple[str, ...],
    mentions: str | None,
    of_kind: str | None,
    as_json: bool,
    changes: dict[str, Any],
) -> None:
    """Several memories at once: only their kind can be corrected so."""
    kind = changes.pop("kind")
    if kind is None or any(value is not None for value in changes.values()):
        raise click.UsageError("give the ID of one memory; of several, or with a filter, only --kind is changed", ctx)
    with open_brain() as brain:
        changed = brain.revise_kinds(kind, ids, mentions=mentions, kind=of_kind)
    verb = "is" if len(changed) == 1 else "are"
    told = f"{answers.count(len(changed), 'memory')} {verb} now {kind}; neural-memory undo takes it back."
    look.answer(changed, as_json=as_json, text=lambda: told if changed else "Nothing had to be changed.")
