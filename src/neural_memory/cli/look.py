"""How does an answer look?  Drawn on a terminal, plain text in a pipe, JSON on request: decided here, once.

What is in a memory is data, never an instruction to the terminal: control characters are shown, not sent.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

import click

from neural_memory.answers.pieces import LONG, WHOLE, Ways, escaped, unlimited

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


class _Commands(Ways):
    """Command lines: an id of ours as it is, any other so that a shell takes it for nothing but a word."""

    def written(self, *ids: str) -> str:
        return " ".join(shlex.quote(escaped(id)) for id in ids)


SHOW = "neural-memory show {}"
"""What shows all of a memory that is cut elsewhere."""
COMMANDS = _Commands(
    audit="neural-memory audit",
    both="neural-memory both-hold {old} {new}",
    begin="begin with neural-memory remember TEXT",
    correct="neural-memory revise ID --content TEXT, or neural-memory forget ID",
    end="neural-memory revise {old} --until {day} lets it end then",
    here="neural-memory move {old} --to . keeps it to this one.",
    merge="neural-memory merge {old} {new}",
    redact="neural-memory revise {old} --secrets redact",
    replace='neural-memory remember "the same text again" --replaces {old} puts it aside',
    settle='neural-memory remember "the newer text again" --replaces OLDER-ID, or neural-memory forget ID; '
    "if both hold, neural-memory both-hold ID ID",
)
"""How a person at a terminal does what an answer proposes."""

# C0 without tab and newline, DEL and C1 steer a terminal; bidirectional overrides make text read as what it is not;
# a lone surrogate cannot be written at all; what is not seen could hide a text from whoever reads it (the two joiners
# of Persian, Indic scripts and emoji stay).
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def visible(text: str) -> str:
    """`text` with everything that would steer the terminal spelled out.

    >>> print(visible("red \\x1b[31malert"))
    red \\x1b[31malert
    """
    return _UNPRINTABLE.sub(_escape, text.replace("\r\n", "\n"))


def on_terminal() -> bool:
    return sys.stdout.isatty()


def may_style() -> bool:
    """Whether bold and colour are wanted."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def console(*, stderr: bool = False) -> Console:
    """Rich honours TERM and COLUMNS; with NO_COLOR we drop bold and dim as well, so that no escape code is left."""
    from rich.console import Console

    plain = bool(os.environ.get("NO_COLOR"))
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, **_NO_STYLES if plain else {})


_NO_STYLES: dict[str, Any] = {"color_system": None}


def tables() -> Any:
    """The drawings, imported only when a terminal will show them: rich costs more than all the rest."""
    from neural_memory.cli import tables

    return tables


def past() -> Any:
    """The drawings of what changed."""
    from neural_memory.cli import past

    return past


def report() -> Any:
    """The drawing of the overview, imported as late."""
    from neural_memory.cli import report

    return report


def answer(
    result: object,
    *,
    as_json: bool,
    text: Callable[[], str],
    drawn: Callable[[], RenderableType] | None = None,
    whole: bool = False,
) -> None:
    """Show `result`: as JSON if asked to, `drawn` on a terminal, else as `text`, the words assistants get too.

    whole: it is about one memory, which is not cut.
    """
    if as_json:
        click.echo(to_json(result))
    elif drawn is not None and on_terminal():
        console().print(drawn())
    else:
        with unlimited(WHOLE if whole else LONG, SHOW):
            click.echo(visible(text()))


def to_json(result: object) -> str:
    """One document; the characters JSON would pass on although a terminal acts on them are escaped as well."""
    text = json.dumps(_plain(result), ensure_ascii=False, indent=2)
    return _UNPRINTABLE.sub(lambda match: json.dumps(match.group())[1:-1], text)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value


def complain(message: str) -> None:
    """One clear line on stderr."""
    click.echo(visible(f"Error: {' '.join(message.split())}"), err=True)


def styled() -> bool:
    """Whether colours are wanted: not in a pipe (click sees to that), with NO_COLOR or on a dumb terminal."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def note(message: str) -> None:
    """One line on stderr about something that went well, but should be known."""
    click.echo(visible(f"Note: {' '.join(message.split())}"), err=True)


def can_ask() -> bool:
    """Whether somebody sits there who can read a question and answer it."""
    return sys.stdin.isatty() and sys.stdout.isatty()


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int, int | None], None]]:
    """A bar on stderr while something longer runs: call with (done, total). Silent unless stderr is a terminal."""
    if not sys.stderr.isatty():
        yield _silent
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)

        def step(done: int, of: int | None) -> None:
            bar.update(task, completed=done, total=of or total)

        yield step


def _silent(_done: int, _of: int | None) -> None:
    """Nobody watches."""
