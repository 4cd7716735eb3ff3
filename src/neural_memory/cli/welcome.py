"""What does a bare `neural-memory` say on a terminal?  What it is, how to plug it in, what to try first."""

from __future__ import annotations

from pathlib import Path

import click

from neural_memory import __version__
from neural_memory.cli import look

PLUG_IN = "neural-memory setup"
PLUG_IN_OTHERS = (
    '{ "mcpServers": { "neural-memory":',
    '    { "command": "neural-memory", "args": ["--mcp"] } } }',
)

_WELCOME = """\
neural-memory {version}: a memory that lasts, for AI coding assistants.
It stays on this machine, in one file, and finds what belongs together.

Plug it into the assistants on this machine (Claude Code, Cursor, VS Code, Codex, Gemini, …)
  {plug_in}

By hand: put this into a client's MCP configuration
{others}

Or use it from here
  neural-memory remember our API uses Bearer tokens with 1-hour expiry
  neural-memory recall how does login work
  neural-memory audit --about "the API"
  neural-memory forget --mentions temporary --older-than 30
  neural-memory demo            the whole story, live, in a throw-away home

Your memories live in {file}, nowhere else.
All commands: neural-memory --help
"""


def welcome() -> None:
    text = _WELCOME.format(
        version=__version__,
        plug_in=PLUG_IN,
        others="\n".join(f"  {line}" for line in PLUG_IN_OTHERS),
        file=tilde(_memory_file()),
    )
    for line in text.splitlines():
        is_title = not line.startswith((" ", "It ", "Your ", "All "))
        click.echo(click.style(line, bold=True) if line and is_title and look.may_style() else line)


def _memory_file() -> Path:
    from neural_memory.settings import home

    return Path(home()) / "memory.db"


def tilde(path: Path) -> str:
    """`path` as one would type it."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)
