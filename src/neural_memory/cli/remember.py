"""`remember`: store one text, or every line of many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from neural_memory import answers
from neural_memory.cli import look
from neural_memory.cli.options import (
    decode,
    everywhere_option,
    importance_option,
    json_option,
    kind_option,
    open_brain,
    project_of,
    project_option,
    secrets_option,
    settling,
    split_tags,
    tag_option,
    text_from,
)
from neural_memory.errors import InputError
from neural_memory.model import SecretFound

Lines = list[tuple[int, tuple[str, ...]]]
"""The number of a line, and what was found in it."""


@click.command()
@click.argument("content", nargs=-1, metavar="CONTENT...")
@tag_option("A tag for it.")
@importance_option("How much it matters, from 0 (trivia) to 1 (vital). [default: 0.5]")
@kind_option("What it is. [default: recognised from the text]")
@project_option("The project it belongs to. [default: the one you are in; of a preference: every project]")
@everywhere_option
@click.option(
    "--replaces", metavar="ID", help="The memory this one takes the place of; that one is kept, not recalled."
)
@click.option("--until", "valid_until", metavar="WHEN", help='Until when it holds: 2026-12-31, Friday, "two weeks".')
@click.option("--pin", "pinned", is_flag=True, help="It does not fade with time.")
@click.option("--lines", is_flag=True, help="Store every line as a memory of its own; CONTENT names files then.")
@secrets_option
@json_option
def remember(
    content: tuple[str, ...],
    tags: tuple[str, ...],
    project: str | None,
    everywhere: bool,
    replaces: str | None,
    lines: bool,
    secrets: str | None,
    as_json: bool,
    **about: Any,
) -> None:
    """Store something worth keeping.

    CONTENT is the text, with or without quotes; "-" or a pipe stands for standard input. A text that begins
    with a dash goes after "--". Tags may also stand at the end of the text: "... Tags: auth, admin".
    What is given as words can be seen in the list of processes for a moment, and stays in the history of your shell;
    standard input is the private way. A password or key in the text is asked about first.

    \b
    Examples:
      neural-memory remember our API uses Bearer tokens with 1-hour expiry -t auth,api
      neural-memory remember "We decided on PostgreSQL; Redis is the cache" --kind decision
      neural-memory remember - < private-note.txt
      git log -1 --format=%B | neural-memory remember -t release
      neural-memory remember "main is frozen" --until "end of the week"
      neural-memory remember --lines notes.txt
    """
    about |= {"tags": split_tags(tags), "project": project_of(project, everywhere)}
    if lines:
        if replaces is not None:
            raise click.UsageError("--replaces names one memory and --lines stores many; use one of the two")
        _remember_lines(content, {**about, "secrets": secrets}, as_json=as_json)
        return
    text = text_from(content)
    with open_brain(create=True) as brain:
        result = settling(lambda policy: brain.remember(text, replaces=replaces, secrets=policy, **about), secrets)

    look.answer(
        result,
        as_json=as_json,
        text=lambda: answers.remembered(result, look.COMMANDS),
        drawn=lambda: look.tables().remembered(result),
    )


def _remember_lines(files: tuple[str, ...], about: dict[str, Any], *, as_json: bool) -> None:
    secrets = about.pop("secrets")
    numbered = [(number, line.strip()) for number, line in enumerate(_read(files).splitlines(), 1) if line.strip()]
    given = {name: value for name, value in about.items() if value is not None}
    told: list[SecretFound] = []
    with open_brain(create=True) as brain, look.progress("Storing", len(numbered)) as step:
        stored = brain.remember_many(
            [{"content": text, **given} for _, text in numbered],
            progress=lambda done: step(done, None),
            secrets=secrets,
            on_secret=told.append,
        )
    held = [(numbered[one.position - 1][0], one.what) for one in told if not one.stored]
    redacted = [(numbered[one.position - 1][0], one.what) for one in told if one.stored]
    result = {
        "stored": stored,
        "lines": len(numbered),
        "held_back": [{"line": line, "what": what} for line, what in held],
        "redacted": [{"line": line, "what": what} for line, what in redacted],
    }
    known = len(numbered) - len(held) - stored
    look.answer(result, as_json=as_json, text=lambda: _told(stored, known, held, redacted))
    if held:
        click.get_current_context().exit(2)


def _told(stored: int, known: int, held: Lines, redacted: Lines) -> str:
    first = f"Stored {answers.count(stored, 'memory')}"
    first += f"; {answers.count(known, 'line')} known already." if known else "."
    lines = [first, *(f"Line {line} was stored without {', '.join(what)}." for line, what in redacted)]
    lines += [f"Line {line} was not stored: there is {', '.join(what)}." for line, what in held]
    if held:
        lines.append("--secrets redact puts a note in its place, --secrets keep stores it as it is.")
    return "\n".join(lines)


def _read(files: tuple[str, ...]) -> str:
    if not files:
        return text_from(("-",))
    return "\n".join(text_from(("-",)) if name == "-" else _read_file(Path(name)) for name in files)


def _read_file(path: Path) -> str:
    try:
        return decode(path.read_bytes(), str(path))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; --lines takes the names of text files") from None
