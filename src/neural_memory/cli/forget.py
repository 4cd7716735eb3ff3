"""`forget`: take memories away, see them first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from neural_memory import answers
from neural_memory.cli import look
from neural_memory.cli.options import json_option, open_brain, project_option, split_tags, tag_option

if TYPE_CHECKING:
    from neural_memory.changes import Forgotten


@click.command()
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option("--mentions", metavar="TEXT", help="What contains this text to the letter.")
@tag_option("Only with this tag.")
@project_option('Only of this project; "." is the one you are in, "everywhere" what belongs to none.')
@click.option("--older-than", "older_than_days", type=float, metavar="DAYS", help="Older than so many days.")
@click.option("--expired", is_flag=True, default=None, help="What held until a time that is over.")
@click.option("--dry-run", is_flag=True, help="Only show what would go.")
@click.option("--for-good", is_flag=True, help="Wipe it from the file as well; it cannot be brought back.")
@click.option("--copies", is_flag=True, help="Delete the backups and other copies beside the file that hold it, too.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask (needed in a pipe for filters and for --for-good).")
@json_option
def forget(
    ids: tuple[str, ...], dry_run: bool, for_good: bool, copies: bool, yes: bool, as_json: bool, **given: Any
) -> None:
    """Forget memories by id, or all that match every filter given.

    "undo" brings them back, unless they went for good. With a filter, or for good, it shows on a terminal what
    would go and asks first; in a pipe it needs --yes. Backups made before hold what went for good still: they are
    named, and --copies deletes them, by itself those that hold anything that is gone for good. Exit code 1: nothing
    matches.

    \b
    Examples:
      neural-memory forget mem_7k2m9x4qda
      neural-memory forget --mentions temporary --older-than 30 --dry-run
      neural-memory forget --tag v1-api --yes
      neural-memory forget --expired
      neural-memory forget mem_7k2m9x4qda --for-good
      neural-memory forget --copies --dry-run
    """
    given["tags"] = split_tags(given["tags"])
    given = {name: value for name, value in given.items() if value is not None}
    by_filter = any(value not in (None, []) for value in given.values())
    if copies and not ids and not by_filter:
        _forget_copies(dry_run, yes, as_json)
        return
    if not ids and not by_filter:
        options = "--mentions, --tag, --project, --older-than or --expired"
        raise click.UsageError(
            f"give either ids, or a filter ({options}): no filter would mean everything", click.get_current_context()
        )
    must_ask = not (yes or dry_run) and (by_filter or for_good)
    with open_brain() as brain:
        if must_ask:
            chosen = brain.forget(ids, dry_run=True, for_good=for_good, copies=copies, **given)
            if not chosen.memories:
                _show(chosen, as_json)
                return
            if not _agreed(chosen, as_json):
                click.echo("Nothing was forgotten.")
                return
            # exactly what was shown, whatever was stored meanwhile
            result = brain.forget([memory.id for memory in chosen.memories], for_good=for_good, copies=copies)
        else:
            result = brain.forget(ids, dry_run=dry_run, for_good=for_good, copies=copies, **given)
    if must_ask:
        click.echo(f"Forgot {answers.count(len(result.memories), 'memory')}.")  # they were listed a moment ago
        if told := answers.copies(result):
            click.echo(told)
        return
    _show(result, as_json)


def _forget_copies(dry_run: bool, yes: bool, as_json: bool) -> None:
    """The copies that hold what is gone for good."""
    with open_brain() as brain:
        found = brain.forget(copies=True, dry_run=True)
        if found.copies and not dry_run:
            number = answers.count(len(found.copies), "copy")
            if not yes and (as_json or not look.can_ask()):
                raise click.UsageError(
                    f"this would delete {number} and nobody can be asked here; add --yes to do it or --dry-run to see "
                    "which",
                    click.get_current_context(),
                )
            if not yes:
                click.echo("\n".join(map(look.visible, found.copies)))
            if not (yes or click.confirm(f"Delete {number} as a whole? This cannot be undone.", default=False)):
                click.echo("Nothing was deleted.")
                return
            found = brain.forget(copies=True)
    told = answers.copies(found) or "No copy beside the file holds anything that is gone for good."
    look.answer(found, as_json=as_json, text=lambda: told)


def _agreed(chosen: Forgotten, as_json: bool) -> bool:
    """Show what would go and ask; where nobody can answer, say how to go on."""
    count = answers.count(len(chosen.memories), "memory")
    if as_json or not look.can_ask():
        raise click.UsageError(
            f"this would forget {count}{' for good' if chosen.for_good else ''} and nobody can be asked here; "
            "add --yes to do it or --dry-run to see what would go",
            click.get_current_context(),
        )
    look.console().print(look.tables().memories(chosen.memories))
    if chosen.for_good:
        return click.confirm(f"Wipe {count} from the file for good? This cannot be undone.", default=False)
    return click.confirm(f"Forget {count}? It can be undone.", default=False)


def _show(result: Forgotten, as_json: bool) -> None:
    """The answer, and the end where nothing was found."""
    look.answer(
        result,
        as_json=as_json,
        text=lambda: answers.forgotten(result, undo="neural-memory undo"),
        drawn=(lambda: look.tables().forgotten(result)) if result.memories else None,
    )
    if not result.memories and not result.copies:
        click.get_current_context().exit(1)
