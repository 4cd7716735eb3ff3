"""`review`: what was noticed in sessions, one after the other: keep it or not?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from neural_memory import answers
from neural_memory.cli import look
from neural_memory.cli.options import json_option, open_brain

if TYPE_CHECKING:
    from neural_memory.brain import Brain
    from neural_memory.store.suggestions import Suggestion

_ASK = "Keep it? [y]es, [n]o, [e]dit, [s]kip, [q]uit"


@click.command()
@click.option("--accept", "accepted", multiple=True, metavar="ID", help="Store this one. Repeat it for more.")
@click.option("--dismiss", "dismissed", multiple=True, metavar="ID", help="Turn this one down for good.")
@click.option("--accept-all", is_flag=True, help="Store all of them.")
@click.option("--dismiss-all", is_flag=True, help="Turn all of them down.")
@json_option
@click.pass_context
def review(
    ctx: click.Context,
    accepted: tuple[str, ...],
    dismissed: tuple[str, ...],
    accept_all: bool,
    dismiss_all: bool,
    as_json: bool,
) -> None:
    """Decide on what sessions suggest to keep.

    What was noticed in sessions and imports is not stored before somebody says so. On a terminal it asks about each; in
    a pipe, or with --json, it lists them. Exit code 1: there is nothing to review.

    \b
    Examples:
      neural-memory review
      neural-memory review --accept sug_7k2m9x4qda --dismiss sug_2b8d5fghjk
      neural-memory review --dismiss-all
    """
    if accept_all and dismiss_all:
        raise click.UsageError("--accept-all and --dismiss-all contradict each other; use one of the two")
    with open_brain() as brain:
        waiting = brain.suggestions()
        if accept_all or dismiss_all:
            ids = tuple(one.id for one in waiting)
            accepted, dismissed = (ids, ()) if accept_all else ((), ids)
        if accepted or dismissed:
            _settle(brain, accepted, dismissed, as_json=as_json)
        elif waiting and look.can_ask() and not as_json:
            _ask(brain, waiting)
        else:
            how = ("neural-memory review --accept ID", "neural-memory review --dismiss ID") if waiting else ()
            text = answers.suggestions(waiting) + (f"\nKeep one: {how[0]}. Turn down: {how[1]}." if how else "")
            look.answer({"suggestions": waiting}, as_json=as_json, text=lambda: text)
    ctx.exit(0 if waiting else 1)


def _settle(brain: Brain, accepted: tuple[str, ...], dismissed: tuple[str, ...], *, as_json: bool) -> None:
    stored = [brain.accept(id) for id in accepted]
    gone = brain.dismiss(dismissed) if dismissed else []
    said = [answers.remembered(one).splitlines()[0] for one in stored]
    said += [answers.dismissed(gone)] if gone else []
    look.answer({"accepted": stored, "dismissed": gone}, as_json=as_json, text=lambda: "\n".join(said))


def _ask(brain: Brain, waiting: list[Suggestion]) -> None:
    for number, one in enumerate(waiting, 1):
        click.echo(look.visible(f"\n{number} of {len(waiting)}  {one.content}"))
        where = f", project {one.project}" if one.project else ", everywhere"
        click.echo(look.visible(f"  {one.kind}, {one.at[:10]}{where}: {one.reason}"))
        if one.sentence != one.content:
            click.echo(look.visible(f"  said: {one.sentence}"))
        choice = click.prompt(_ASK, type=click.Choice(["y", "n", "e", "s", "q"]), default="s", show_choices=False)
        if choice == "q":
            return
        if choice == "n":
            brain.dismiss([one.id])
        elif choice in ("y", "e"):
            text = click.prompt("Text", default=one.content) if choice == "e" else None
            click.echo(look.visible(answers.remembered(brain.accept(one.id, content=text)).splitlines()[0]))
