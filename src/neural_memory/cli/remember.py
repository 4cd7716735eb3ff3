"""`remember`: store one text, or every line of many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from neural_memory import answers
from neural_memory.cli import look
from neural_memory.cli.options import (
    decode,
    importance_option,
    json_option,
    kind_option,
    open_brain,
    project_option,
    split_tags,
    tag_option,
    text_from,
)
from neural_memory.errors import InputError


@click.command()
@click.argument("content", nargs=-1, metavar="CONTENT...")
@tag_option("A tag for it.")
@importance_option("How much it matters, from 0 (trivia) to 1 (vital). [default: 0.5]")
@kind_option("What it is. [default: recognised from the text]")
@project_option("The project it belongs to. [default: every project]")
@click.option(
    "--replaces", metavar="ID", help="The memory this one takes the place of; that one is kept, not recalled."
)
@click.option("--lines", is_flag=True, help="Store every line as a memory of its own; CONTENT names files then.")
@json_option
def remember(
    content: tuple[str, ...],
    tags: tuple[str, ...],
    replaces: str | None,
    lines: bool,
    as_json: bool,
    **about: Any,
) -> None:
    """Store something worth keeping.

    CONTENT is the text, with or without quotes; "-" or a pipe stands for standard input. A text that begins
    with a dash goes after "--". Tags may also stand at the end of the text: "... Tags: auth, admin".

    \b
    Examples:
      neural-memory remember our API uses Bearer tokens with 1-hour expiry -t auth,api
      neural-memory remember "We decided on PostgreSQL; Redis is the cache" --kind decision
      git log -1 --format=%B | neural-memory remember -t release
      neural-memory remember --lines notes.txt
    """
    about["tags"] = split_tags(tags)
    if lines:
        if replaces is not None:
            raise click.UsageError("--replaces names one memory and --lines stores many; use one of the two")
        _remember_lines(content, about, as_json=as_json)
        return
    text = text_from(content)
    with open_brain() as brain:
        result = brain.remember(text, replaces=replaces, **about)

    look.answer(
        result,
        as_json=as_json,
        text=lambda: answers.remembered(result),
        drawn=lambda: look.tables().remembered(result),
    )


def _remember_lines(files: tuple[str, ...], about: dict[str, Any], *, as_json: bool) -> None:
    texts = [line.strip() for line in _read(files).splitlines() if line.strip()]
    given = {name: value for name, value in about.items() if value is not None}
    with open_brain() as brain, look.progress("Storing", len(texts)) as step:
        stored = brain.remember_many(
            [{"content": text, **given} for text in texts], progress=lambda done: step(done, None)
        )
    known = len(texts) - stored
    told = f"Stored {answers.count(stored, 'memory')}"
    told += f"; {answers.count(known, 'line')} known already." if known else "."
    look.answer({"stored": stored, "lines": len(texts)}, as_json=as_json, text=lambda: told)


def _read(files: tuple[str, ...]) -> str:
    if not files:
        return text_from(("-",))
    return "\n".join(text_from(("-",)) if name == "-" else _read_file(Path(name)) for name in files)


def _read_file(path: Path) -> str:
    try:
        return decode(path.read_bytes(), str(path))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; --lines takes the names of text files") from None
