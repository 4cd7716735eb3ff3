"""What was given?  The options several commands share, text from words or from a pipe, and the memory to ask."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from neural_memory.cli import look
from neural_memory.errors import InputError, SecretError
from neural_memory.model import KINDS
from neural_memory.project import EVERYWHERE, detect, workplace

if TYPE_CHECKING:
    from neural_memory.brain import Brain

Result = TypeVar("Result")
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


secrets_option = click.option(
    "--secrets",
    type=click.Choice(("redact", "keep")),
    help="A password or key in it: store a note in its place, or store it as it is. [default: ask]",
)


class Beginning(click.Choice[str]):
    """One of some answers; its first letters are enough."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        begun = [str(one) for one in self.choices if str(value) and str(one).startswith(str(value).strip().lower())]
        return super().convert(begun[0] if len(begun) == 1 else value, param, ctx)


def settling(store: Callable[[str | None], Result], secrets: str | None) -> Result:
    """Store something; if there is a secret in it, ask on a terminal what to do, and say elsewhere what to give."""

    try:
        return store(secrets)
    except SecretError as error:
        ways = "--secrets redact puts a note in its place, --secrets keep stores it as it is"
        if not look.can_ask():
            raise SecretError(f"not stored: there is {error.what}; {ways}", error.what) from None
        click.echo(look.visible(f"There is {error.what}."))
        answer = click.prompt("Store it?", type=Beginning(("redact", "keep", "no"), case_sensitive=False), default="no")
        if answer == "no":
            raise SecretError("not stored", error.what) from None
        return store(answer)


def split_tags(tags: Iterable[str]) -> list[str]:
    """`-t a,b -t c` is three tags; an empty one is none."""
    return [tag.strip() for given in tags for tag in given.split(",") if tag.strip()]


everywhere_option = click.option(
    "--everywhere", is_flag=True, help="It holds in every project; the same as --project everywhere."
)


def project_of(project: str | None, everywhere: bool) -> str | None:
    """What `--project` and `--everywhere` say together."""
    if everywhere and project is not None:
        raise click.UsageError(f"--everywhere and --project {project} contradict each other; use one of the two")
    return EVERYWHERE if everywhere else project


@contextmanager
def open_brain(*, create: bool = False, in_project: bool = True) -> Iterator[Brain]:
    """The user's memory, imported only now so that `--help` stays quick; what happened to its file is told at the end.

    create: make it where there is none; a command that only looks or changes what is there does not.
    in_project: the present one counts.
    """
    from neural_memory.brain import Brain

    project = detect() if in_project else None
    with Brain.open(source="cli", project=project, code=workplace(), create=create) as brain:
        try:
            yield brain
        finally:
            for notice in brain.notices():
                look.note(notice)


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
