"""`doctor`: what is not well, and what to do about it, a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from neural_memory.cli import look
from neural_memory.cli.options import json_option
from neural_memory.values import replace

if TYPE_CHECKING:
    from neural_memory.clients.check import Checked
    from neural_memory.outcomes import Diagnosis

_LOOKS = {"ok": ("ok", "green"), "warn": ("warn", "yellow"), "bad": ("BAD", "red")}
_WIDTH = 16
_NOT_DONE = "not done: "


@click.command()
@click.option("--repair", is_flag=True, help="Mend what can be mended by itself; nothing is thrown away.")
@json_option
@click.pass_context
def doctor(ctx: click.Context, repair: bool, as_json: bool) -> None:
    """Examine the memory: is it sound, private, in a good place?

    A line for each thing that was looked at, and what to do where something is wrong. Exit code 1: something is.

    \b
    Examples:
      neural-memory doctor
      neural-memory doctor --repair
      neural-memory doctor --json
    """
    with look.progress("Examining", None):
        found = _examine()
    repaired: dict[str, str] = {}
    if repair and any(each.repair for each in found):
        repaired = {each.name: _repaired(each) for each in found if each.repair}
        found = [_tried(each) if each.name in repaired else each for each in _examine()]
    if as_json:
        told = [f"{name}: {result}" for name, result in repaired.items()]
        click.echo(look.to_json({"findings": [_plain(each) for each in found], "repaired": told}))
    else:
        for name, result in repaired.items():
            click.echo(look.visible(f"{'Repair of' if result.startswith(_NOT_DONE) else 'Repaired'} {name}: {result}"))
        for each in found:
            click.echo(_line(each))
    ctx.exit(1 if any(each.state != "ok" for each in found) else 0)


def _examine() -> list[Diagnosis]:
    from neural_memory.clients.check import check_all
    from neural_memory.clients.table import this_machine
    from neural_memory.doctor import examine

    clients = check_all(this_machine(), Path.cwd())
    found = examine()
    if _all_in_full(clients):
        found = [_harmless(each) if each.name == "command" else each for each in found]
    return [*found, *_clients(clients)]


def _all_in_full(clients: Iterable[Checked]) -> bool:
    """Are there clients that are set up, and does each start the command by its whole path?"""
    configured = [one.command for one in clients if one.is_configured]
    return bool(configured) and all(command and Path(command[0]).is_absolute() for command in configured)


def _harmless(command: Diagnosis) -> Diagnosis:
    """What PATH leads to, where no client asks it."""
    if command.state == "ok":
        return command
    return replace(
        command, state="ok", finding=f"{command.finding}; every client set up here names it in full", advice=""
    )


def _clients(checked: Iterable[Checked]) -> Iterator[Diagnosis]:
    """Whether each client that is set up starts us, and we answer."""
    from neural_memory.outcomes import Diagnosis

    for one in checked:
        place = "by the plugin" if one.by_plugin else one.file
        if one.problem:
            finding = f"{one.problem} ({place})"
        elif one.answered:
            finding = f"answers in {one.answered.ms} ms ({place})"
        elif one.is_configured or one.is_installed:
            finding = f"{'set up' if one.is_configured else 'not set up'} ({one.file})"
        else:
            continue
        yield Diagnosis(one.title, "warn" if one.problem else "ok", finding, one.advice or "")


def _repaired(diagnosis: Diagnosis) -> str:
    from neural_memory.errors import NeuralMemoryError

    try:
        return diagnosis.repair() if diagnosis.repair else ""
    except (NeuralMemoryError, OSError) as problem:
        return f"{_NOT_DONE}{problem}"


def _tried(diagnosis: Diagnosis) -> Diagnosis:
    """What is still so after its repair was tried is not sent there again."""
    return replace(diagnosis, advice=diagnosis.otherwise or diagnosis.advice)


def _plain(diagnosis: Diagnosis) -> dict[str, object]:
    return {
        "name": diagnosis.name,
        "state": diagnosis.state,
        "finding": diagnosis.finding,
        "advice": diagnosis.advice,
        "repairable": diagnosis.repair is not None,
    }


def _line(diagnosis: Diagnosis) -> str:
    word, colour = _LOOKS[diagnosis.state]
    told = look.visible(" ".join(diagnosis.finding.split()))
    advice = look.visible(" ".join(diagnosis.advice.split()))
    state = click.style(f"{word:<4}", fg=colour, bold=diagnosis.state != "ok") if look.styled() else f"{word:<4}"
    return f"{state}  {diagnosis.name:<{_WIDTH}}{told}" + (f" -> {advice}" if advice else "")
