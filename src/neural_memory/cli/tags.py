"""`tags`: which there are, and one spelling for those that mean the same."""

from __future__ import annotations

from typing import Any

import click

from neural_memory import answers
from neural_memory.cli import look
from neural_memory.cli.options import json_option, open_brain


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def tags(ctx: click.Context, as_json: bool) -> None:
    """List all tags, and give several spellings one name.

    \b
    Examples:
      neural-memory tags
      neural-memory tags rename auth authentication
      neural-memory tags merge payment pay --into payments
    """
    if ctx.invoked_subcommand is not None:
        return
    with open_brain() as brain:
        counts, alike = brain.tags(), brain.tag_spellings()
    lines = [f"{number:>7,}  {answers.name(tag)}" for tag, number in counts.items()] or ["No memory has a tag."]
    if alike:
        lines.append("Spelled in several ways:")
        lines += [f"  neural-memory tags merge {_quoted(group[1:])} --into {_quoted(group[:1])}" for group in alike]
    look.answer({"tags": counts, "alike": alike}, as_json=as_json, text=lambda: "\n".join(lines))


def _quoted(tags: tuple[str, ...]) -> str:
    import shlex

    return " ".join(shlex.quote(tag) for tag in tags)


@tags.command("rename")
@click.argument("old")
@click.argument("new")
@json_option
@click.pass_context
def rename(ctx: click.Context, old: str, new: str, as_json: bool) -> None:
    """Call a tag something else in every memory; "undo" takes it back.

    \b
    Examples:
      neural-memory tags rename auth authentication
    """
    _retag(ctx, (old,), new, as_json)


@tags.command("merge")
@click.argument("old", nargs=-1, required=True, metavar="TAG...")
@click.option("--into", "new", required=True, metavar="TAG", help="The tag they all become.")
@json_option
@click.pass_context
def merge(ctx: click.Context, old: tuple[str, ...], new: str, as_json: bool) -> None:
    """Make one tag of several in every memory; "undo" takes it back.

    \b
    Examples:
      neural-memory tags merge payment pay --into payments
    """
    _retag(ctx, old, new, as_json)


def _retag(ctx: click.Context, old: tuple[str, ...], new: str, as_json: bool) -> None:
    with open_brain() as brain, look.progress("Renaming", None) as step:
        changed = brain.rename_tags(old, new, progress=step)
    told: dict[str, Any] = {"memories": len(changed), "tag": new}
    text = f"{answers.count(len(changed), 'memory')} now tagged {answers.name(new)}; neural-memory undo takes it back."
    so_already = " in another spelling" if new in old else ""
    nothing = f"No memory is tagged {', '.join(map(answers.name, old))}{so_already}; nothing was changed."
    look.answer(told, as_json=as_json, text=lambda: text if changed else nothing)
    ctx.exit(0 if changed else 1)
