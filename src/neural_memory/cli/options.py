"""What was given?  The options several commands share, text from words or from a pipe, and the memory to ask."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import click

from neural_memory.errors import InputError
from neural_memory.model import KINDS

if TYPE_CHECKING:
    from neural_memory.brain import Brain

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")


def project_option(text: str) -> Decorator:
    return click.option("--project", metavar="NAME", help=text)


def kind_option(text: str) -> Decorator:
    return click.option("--kind", type=click.Choice(KINDS), help=text)


def tag_option(text: str) -> Decorator:
    return click.option(
        "--tag",
        "-t",
        "tags",
        multiple=True,
        metavar="TAG",
        help=f"{text} Repeat it, or separate with commas.",
    )


def importance_option(text: str) -> Decorator:
    return click.option("--importance", type=float, metavar="0..1", help=text)


def split_tags(tags: Iterable[str]) -> list[str]:
    """`-t a,b -t c` is three tags; an empty one is none."""
    return [tag.strip() for given in tags for tag in given.split(",") if tag.strip()]


def open_brain() -> Brain:
    """The user's memory, imported only now so that `--help` stays quick."""
    from neural_memory.brain import Brain

    return Brain.open(source="cli")


def text_from(words: tuple[str, ...]) -> str:
    """The words as one text; `-`, or no words at the end of a pipe, means standard input."""
    if words and words != ("-",):
        return " ".join(words)
    if not words and sys.stdin.isatty():
        raise click.UsageError('there is nothing to store; give the text, as in: neural-memory remember "..."')
    return decode(sys.stdin.buffer.read(), "standard input").rstrip("\r\n")


def decode(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{where} is not UTF-8 text (byte {data[error.start]:#04x} at position {error.start}); "
            "convert it to UTF-8 first"
        ) from None
