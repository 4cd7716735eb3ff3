"""`import claude`: what Claude Code remembers by itself, as suggestions to review. Its files stay as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neural_memory.answers import count, quoted
from neural_memory.cli import look
from neural_memory.cli.options import open_brain

if TYPE_CHECKING:
    from neural_memory.upkeep.suggest import LeftOut

NAME = "claude"
SOURCE = "import:claude-code"
_ALL = 1_000_000


def run(*, transcripts: bool, dry_run: bool, as_json: bool) -> None:
    """Read all of it, keep what is new as suggestions, and say how to go on."""
    from neural_memory.exchange import claude

    left_out: list[LeftOut] = []
    unread: dict[str, str] = {}
    with open_brain(create=True) as brain, look.progress("Reading", None) as step:
        found = list(claude.noticed(Path.cwd(), transcripts=transcripts, progress=step, unread=unread))
        new = brain.suggest(found, most=_ALL, waiting=_ALL, source=SOURCE, dry_run=dry_run, on_left_out=left_out.append)
        waiting = len(brain.suggestions())
    figures = {"found": len(found), "new": len(new), "waiting": waiting}
    value: dict[str, Any] = {**figures, "left_out": [_plain(one) for one in left_out], "unread": unread}
    look.answer(value, as_json=as_json, text=lambda: _said(figures, left_out, unread, dry_run=dry_run))
    if unread:
        click.get_current_context().exit(1)


def _said(figures: dict[str, int], left_out: Sequence[LeftOut], unread: dict[str, str], *, dry_run: bool) -> str:
    if not figures["found"] and not unread:
        return f"Nothing was found in {_where()} and in this project; nothing was changed."
    found = f"Found {count(figures['found'], 'note')} of Claude Code"
    new = count(figures["new"], "new suggestion")
    if dry_run:
        head = f"{found}; {new} would be made of it, and nothing was kept yet."
    else:
        head = f"{found}; {new}. Nothing is stored yet: neural-memory review ({figures['waiting']:,} waiting)."
    not_read = [f"Could not be read: {count(len(unread), 'file')}."] if unread else []
    not_read += [f"  {quoted(path, 200)[1:-1]}: {why}" for path, why in unread.items()]
    return "\n".join([head, *_left_out(left_out), *not_read])


def _left_out(left_out: Sequence[LeftOut]) -> list[str]:
    """What was left out, counted; those for which somebody has to do something each by itself."""
    from neural_memory.upkeep.suggest import LONG, SECRET

    if not left_out:
        return []
    counted = Counter(one.why for one in left_out).items()
    lines = [f"Left out: {', '.join(f'{number:,} {why}' for why, number in counted)}."]
    held = [one for one in left_out if one.why in (SECRET, LONG)]
    if held:
        lines.append("Store these yourself if they belong here, without the secret, or in parts:")
        lines += [f"  {_one(one)}" for one in held]
    return lines


def _one(one: LeftOut) -> str:
    about = ", ".join(one.secrets) or one.why
    return f"{one.noticed.reason}: {quoted(_without(one.noticed.sentence), 90)} ({about})"


def _without(text: str) -> str:
    """The text without the secrets in it."""
    from neural_memory.text import secrets

    return secrets.redacted(text, secrets.find(text))


def _plain(one: LeftOut) -> dict[str, Any]:
    sentence = _without(one.noticed.sentence)
    return {"where": one.noticed.reason, "sentence": sentence, "why": one.why, "secrets": list(one.secrets)}


def _where() -> str:
    from neural_memory.exchange.claude import config_folder

    return click.format_filename(config_folder())
