"""What does a bare `neural-memory` say on a terminal?  What it is, how to plug it in, what to try first."""

from __future__ import annotations

import os
from pathlib import Path

import click

from neural_memory import __version__

PLUG_IN_CLAUDE_CODE = "claude mcp add -s user neural-memory -- neural-memory --mcp"
PLUG_IN_OTHERS = (
    '{ "mcpServers": { "neural-memory":',
    '    { "command": "neural-memory", "args": ["--mcp"] } } }',
)

_WELCOME = """\
neural-memory {version}: a memory that lasts, for AI coding assistants.
It stays on this machine, in one file, and finds what belongs together.

Plug it into Claude Code
  {claude_code}

Other clients: put this into their MCP configuration
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
        claude_code=PLUG_IN_CLAUDE_CODE,
        others="\n".join(f"  {line}" for line in PLUG_IN_OTHERS),
        file=_tilde(_memory_file()),
    )
    for line in text.splitlines():
        is_title = not line.startswith((" ", "It ", "Your ", "All "))
        click.echo(click.style(line, bold=True) if line and is_title and _styled() else line)


def _memory_file() -> Path:
    from neural_memory.settings import home

    return Path(home()) / "memory.db"


def _tilde(path: Path) -> str:
    """`path` as one would type it."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)


def _styled() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
