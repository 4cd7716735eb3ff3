"""`import claude`: what Claude Code remembers by itself, as suggestions to review. Its files stay as they are."""

from __future__ import annotations

from pathlib import Path

import click

from neural_memory.answers import count
from neural_memory.cli import look
from neural_memory.cli.options import open_brain

NAME = "claude"
SOURCE = "import:claude-code"
_ALL = 1_000_000


def run(*, transcripts: bool, dry_run: bool, as_json: bool) -> None:
    """Read all of it, keep what is new as suggestions, and say how to go on."""
    from neural_memory.exchange import claude

    with open_brain(create=True) as brain, look.progress("Reading", None) as step:
        found = list(claude.noticed(Path.cwd(), transcripts=transcripts, progress=step))
        if dry_run:
            new, waiting = [], len(brain.suggestions())
        else:
            new = brain.suggest(found, most=_ALL, waiting=_ALL, source=SOURCE)
            waiting = len(brain.suggestions())
    figures = {"found": len(found), "new": len(new), "waiting": waiting}
    look.answer(figures, as_json=as_json, text=lambda: _said(figures, dry_run=dry_run))


def _said(figures: dict[str, int], *, dry_run: bool) -> str:
    notes = count(figures["found"], "note")
    if not figures["found"]:
        return f"Nothing was found in {_where()} and in this project; nothing was changed."
    if dry_run:
        return f"Found {notes} of Claude Code; nothing was suggested yet."
    told = f"Found {notes} of Claude Code; {count(figures['new'], 'new suggestion')}"
    told += ", the others are known already, say nothing by themselves or hold a secret" * (
        figures["new"] < figures["found"]
    )
    return f"{told}. Nothing is stored yet: neural-memory review ({figures['waiting']:,} waiting)."


def _where() -> str:
    from neural_memory.exchange.claude import config_folder

    return click.format_filename(config_folder())
