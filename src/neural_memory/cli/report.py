"""How does the state of the store fit on one screen?  What there is side by side, and below it what needs a look."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from neural_memory.answers import concern, count
from neural_memory.cli.tables import counted, said
from neural_memory.model import Overview


def overview(whole: Overview, calls: Mapping[str, tuple[str, str]]) -> RenderableType:
    """calls: by concern, the command that lists it and what settles it."""
    span = f"from {(whole.oldest or '')[:10]} to {(whole.newest or '')[:10]}"
    head = Text.assemble((count(whole.memories, "memory"), "bold"), said("  " + span, "dim"))
    if whole.replaced:
        head.append(f"  {whole.replaced:,} of them replaced, kept but not recalled", "dim")
    parts: list[RenderableType] = [head]
    if whole.project:
        here = count(whole.projects.get(whole.project, 0), "memory")
        parts.append(said(f"this project is {whole.project}, with {here} of its own", "dim"))
    parts.append(_sides(whole))
    if whole.concerns:
        parts += [
            Text(),
            Text.assemble(("worth a look", "bold"), ("  with neural-memory …", "dim")),
            _concerns(whole, calls),
        ]
    return Group(*parts)


_TWO_ABREAST = 76
"""From this many columns on two lists of counts stand side by side, and what settles a concern beside it."""


def _is_narrow() -> bool:
    return shutil.get_terminal_size().columns < _TWO_ABREAST


def _sides(whole: Overview) -> Table:
    named = {"kinds": whole.kinds, "ages": whole.ages, "projects": whole.projects, "tags": whole.tags}
    lists = [counted(name, counts) for name, counts in named.items() if counts]
    abreast = 1 if _is_narrow() else 2
    table = Table.grid(padding=(1, 4, 0, 0))
    for start in range(0, len(lists), abreast):
        table.add_row(*lists[start : start + abreast])
    return table


def _concerns(whole: Overview, calls: Mapping[str, tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True, style="yellow")
    table.add_column(no_wrap=True)
    table.add_column(style="cyan", no_wrap=True)
    if not (narrow := _is_narrow()):
        table.add_column(style="dim", overflow="fold")
    for one in whole.concerns:
        number, what = concern(whole, one)
        call, settle = calls[one]
        row = (number.replace("at least", "≥"), what, call.removeprefix("neural-memory "), settle)
        table.add_row(*(row[:3] if narrow else row))
    return table
