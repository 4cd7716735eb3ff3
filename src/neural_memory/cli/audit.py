"""`audit` and `list`: what is stored? All of it, not a top ten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from neural_memory import answers
from neural_memory.cli import look
from neural_memory.cli.options import (
    json_option,
    kind_option,
    open_brain,
    project_option,
    split_tags,
    tag_option,
)


def _filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options `audit` and `list` share, in the order of their help."""
    for option in reversed(
        (
            click.option("--about", metavar="TOPIC", help="What has to do with this topic."),
            click.option("--mentions", metavar="TEXT", help="What contains this text to the letter."),
            tag_option("Only with this tag."),
            kind_option("Only of this kind."),
            project_option('Only of this project; "." is the one you are in, "everywhere" what belongs to none.'),
            click.option(
                "--older-than", "older_than_days", type=float, metavar="DAYS", help="Older than so many days."
            ),
            click.option(
                "--newer-than", "newer_than_days", type=float, metavar="DAYS", help="Newer than so many days."
            ),
            click.option("--as-of", metavar="DATE", help='As it was known then: 2026-03-25, 2026-10, "3 weeks ago".'),
            click.option("--expired", is_flag=True, default=None, help="Only what held until a time that is over."),
            click.option(
                "--suspect", is_flag=True, default=None, help="Only what speaks of code here that changed or is gone."
            ),
            click.option("--untagged", is_flag=True, default=None, help="Only what has no tag."),
            click.option("--never-recalled", is_flag=True, default=None, help="Only what no question ever found."),
            click.option("--old", is_flag=True, help="Only what is older than a year; the same as --older-than 365."),
            click.option("--oversized", is_flag=True, default=None, help="Only what has more than 2,000 characters."),
            click.option("--limit", type=int, metavar="N", help="At most so many. [default: 100, with a filter]"),
            click.option("--all", "everything", is_flag=True, help="All of them, however many."),
            json_option,
            click.pass_context,
        )
    ):
        command = option(command)
    return command


_PAGE = 100
CALLS = {
    "expired": ("neural-memory audit --expired", "then forget ID, or revise ID --until DATE"),
    "contradictory": (
        "neural-memory audit --contradictory",
        "then remember TEXT --replaces ID, forget ID, or both-hold ID ID",
    ),
    "suspect": ("neural-memory audit --suspect", "then revise ID --content TEXT"),
    "duplicate": ("neural-memory audit --duplicates", "then merge ID ID"),
    "untagged": ("neural-memory audit --untagged", "then revise ID -t TAG"),
    "never recalled": ("neural-memory audit --never-recalled", "then forget ID what is noise"),
    "old": ("neural-memory audit --old", "then forget ID what no longer holds"),
    "oversized": ("neural-memory audit --oversized", "then split it: remember TEXT, revise ID --content TEXT"),
}
"""By concern: the command that lists it, and what settles it."""


@click.command()
@click.option("--secrets", is_flag=True, help="Alone: the memories with a password or key in them, and the way out.")
@_filters
@click.option("--contradictory", is_flag=True, help="Alone: pairs of memories that contradict each other.")
@click.option("--duplicates", is_flag=True, help="Alone: groups of memories that say the same, and how to merge them.")
def audit(ctx: click.Context, /, secrets: bool, contradictory: bool, duplicates: bool, **given: Any) -> None:
    """Look through everything stored, completely.

    Without a filter: the state of it on one screen, and which audits list what could do with a look. With filters (all
    must hold): every memory that matches, newest first; for a topic, what lies near it in meaning comes last. Exit code
    1: nothing matches.

    \b
    Examples:
      neural-memory audit
      neural-memory audit --about "the API"
      neural-memory audit --older-than 60 --all
      neural-memory audit --tag auth --json
      neural-memory audit --secrets
      neural-memory audit --contradictory
    """
    if contradictory:
        _contradictory(ctx, {**given, "secrets": secrets})
        return
    if secrets:
        _secrets(ctx, given)
        return
    if duplicates:
        _duplicates(ctx, given)
        return
    _answer(ctx, overview_if_unfiltered=True, **given)


def _secrets(ctx: click.Context, given: dict[str, Any]) -> None:
    if any(value for name, value in given.items() if name != "as_json"):
        raise click.UsageError("--secrets stands alone", ctx)
    with open_brain() as brain, look.progress("Looking", None) as step:
        exposed = brain.find_secrets(progress=step)
    look.answer(exposed, as_json=given["as_json"], text=lambda: answers.secrets_found(exposed, look.COMMANDS))
    ctx.exit(0 if exposed else 1)


def _duplicates(ctx: click.Context, given: dict[str, Any]) -> None:
    if any(value for name, value in given.items() if name != "as_json"):
        raise click.UsageError("--duplicates stands alone", ctx)
    with open_brain() as brain, look.progress("Comparing", None) as step:
        groups = brain.duplicates(progress=step)
    look.answer(
        groups,
        as_json=given["as_json"],
        text=lambda: answers.duplicates(groups, look.COMMANDS),
        drawn=(lambda: look.tables().duplicates(groups)) if groups else None,
    )
    ctx.exit(0 if groups else 1)


@click.command("list")
@_filters
def list_memories(ctx: click.Context, /, **given: Any) -> None:
    """List every memory, or those that match.

    Like audit, but without a filter it lists them all; with one, the first 100 unless --all is given.

    \b
    Examples:
      neural-memory list
      neural-memory list --newer-than 7
      neural-memory list --json | jq '.memories[].content'
    """
    _answer(ctx, overview_if_unfiltered=False, **given)


def _contradictory(ctx: click.Context, given: dict[str, Any]) -> None:
    as_json = given.pop("as_json")
    if any(value not in (None, (), False) for value in given.values()):
        raise click.UsageError("--contradictory lists every pair; of the other options it takes --json only", ctx)
    with open_brain() as brain:
        found = brain.contradictions()
    look.answer(
        found,
        as_json=as_json,
        text=lambda: answers.contradictory(found, look.COMMANDS),
        drawn=(lambda: look.tables().contradictory(found)) if found.conflicts else None,
    )
    ctx.exit(0 if found.conflicts else 1)


def _answer(
    ctx: click.Context,
    *,
    overview_if_unfiltered: bool,
    as_json: bool,
    tags: tuple[str, ...],
    limit: int | None,
    everything: bool,
    old: bool,
    **filters: Any,
) -> None:
    if everything and limit is not None:
        raise click.UsageError(f"--all and --limit {limit} contradict each other; use one of the two", ctx)
    filters["tags"] = split_tags(tags)
    if old:
        filters["older_than_days"] = max(365, filters["older_than_days"] or 0)
    given = {name: value for name, value in filters.items() if value is not None}
    unfiltered = not any(value not in (None, []) for value in filters.values())
    if unfiltered and overview_if_unfiltered and limit is None and not everything:
        with open_brain() as brain:
            whole = brain.overview()
        look.answer(
            whole,
            as_json=as_json,
            text=lambda: answers.overview(whole, CALLS, look.COMMANDS),
            drawn=(lambda: look.report().overview(whole, CALLS)) if whole.memories else None,
        )
        return
    if limit is None and not everything and not unfiltered:
        limit = _PAGE
    with open_brain() as brain:
        page = brain.audit(limit=limit, **given)
    asked = answers.conditions(**given)
    look.answer(
        page,
        as_json=as_json,
        text=lambda: answers.audited(
            page, asked, "--all shows every one.", more="There are more: ", ways=look.COMMANDS
        ),
        drawn=(lambda: look.tables().audit(page)) if page.memories else None,
    )
    ctx.exit(0 if page.total or unfiltered else 1)
