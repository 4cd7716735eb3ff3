"""`projects` and `move`: which projects there are, what they are called, and what belongs to them."""

from __future__ import annotations

from dataclasses import asdict

import click

from neural_memory import answers
from neural_memory.cli import look
from neural_memory.cli.options import json_option, open_brain


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def projects(ctx: click.Context, as_json: bool) -> None:
    """List the projects that memories belong to.

    The project is found by itself: from the git repository you are in (all clones and work trees of one are one
    project), or a folder that looks like one. NEURAL_MEMORY_PROJECT names it otherwise; "none" switches it off.

    \b
    Examples:
      neural-memory projects
      neural-memory projects rename shop web-shop
    """
    if ctx.invoked_subcommand is not None:
        return
    with open_brain() as brain:
        found = brain.projects()
    look.answer(
        {"projects": [asdict(one) for one in found]},
        as_json=as_json,
        text=lambda: answers.projects(found),
        drawn=(lambda: look.tables().projects(found)) if found else None,
    )


@projects.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--merge", is_flag=True, help="NEW may be a project already: the two become one.")
@json_option
def rename(old: str, new: str, merge: bool, as_json: bool) -> None:
    """Call a project something else, in all its memories. The old name is still understood; "undo" takes it back.

    \b
    Examples:
      neural-memory projects rename shop web-shop
      neural-memory projects rename . web-shop
      neural-memory projects rename shop-old shop --merge
    """
    with open_brain() as brain:
        number = brain.rename_project(old, new, merge=merge)
    result = {"project": new, "memories": number}
    look.answer(result, as_json=as_json, text=lambda: answers.renamed(old, new, number))


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--to", required=True, metavar="PROJECT", help='The project; "." is this one, "everywhere" none.')
@json_option
def move(ids: tuple[str, ...], to: str, as_json: bool) -> None:
    """Give memories to another project, or to every one. "undo" takes it back.

    \b
    Examples:
      neural-memory move mem_7k2m9x4qda --to shop
      neural-memory move mem_7k2m9x4qda mem_2b8d5fghjk --to everywhere
    """
    with open_brain() as brain:
        moved = brain.move(ids, to)
    look.answer(
        moved,
        as_json=as_json,
        text=lambda: answers.moved(moved, moved[0].project),
        drawn=lambda: look.tables().moved(moved),
    )
