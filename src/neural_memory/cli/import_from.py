"""`import`: take in what another file or tool remembers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from neural_memory import answers
from neural_memory.cli import import_claude, look
from neural_memory.cli.options import json_option, open_brain, project_option, split_tags, tag_option
from neural_memory.errors import InputError
from neural_memory.values import replace

STDIN = "standard input"
NAMES = (
    "jsonl", "markdown", "server-memory", "mcp-memory-service", "mem0", "claude-mem", "other-neural-memory",
    "basic-memory", "notes", "json", "csv",
)  # fmt: skip


@click.command("import")
@click.argument("source", type=click.Path(path_type=Path), metavar="SOURCE")
@click.option("--from", "format", type=click.Choice(NAMES), help="What it is. [default: recognised]")
@project_option("The project of what states none. [default: every project]")
@tag_option("A tag for all of it, in addition to its own.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option(
    "--restore", is_flag=True, help="Bring an export back as it was, history included. [default: into an empty memory]"
)
@click.option("--theirs", is_flag=True, help="Take over what changed on both sides, or was forgotten here.")
@click.option("--take", multiple=True, metavar="ID", help="The same for this memory only. Repeat it for more.")
@click.option(
    "--secrets", type=click.Choice(("redact", "keep")),
    help="A password or key in a text: store a note in its place, or store it as it is. [default: held back]",
)  # fmt: skip
@click.option("--transcripts", is_flag=True, help="Of claude: its records of sessions, too.")
@click.option("--rejected", type=click.Path(path_type=Path), metavar="FILE", help="Write what could not be used here.")
@json_option
def import_from(
    source: Path,
    restore: bool,
    transcripts: bool,
    rejected: Path | None,
    as_json: bool,
    tags: tuple[str, ...],
    take: tuple[str, ...],
    **given: Any,
) -> None:
    """Take in what another file or tool remembers.

    SOURCE may be an export of neural-memory, a file or a folder ("-" is standard input); the file or database of the
    official server-memory, mcp-memory-service, mem0, claude-mem, or the other package of this name; a folder of
    basic-memory or of plain notes; JSON or CSV. Which of them is recognised. What is there already is not stored
    twice, so an interrupted import is finished by running it again. "undo" takes all of it back. Exit code 1:
    something could not be used.

    "claude" reads what Claude Code remembers by itself (CLAUDE.md, rules, its memory files) into suggestions for
    "review"; nothing of that is changed, and nothing is stored before you accept it.

    \b
    Examples:
      neural-memory import memories.jsonl
      neural-memory import memory.jsonl --dry-run
      gunzip -c memories.jsonl.gz | neural-memory import -
      neural-memory import ~/.claude-mem
      neural-memory import ~/notes --project shop -t notes
      neural-memory import claude --transcripts
      neural-memory import docs/memories --take mem_7k2m9x4qda
    """
    if str(source) == import_claude.NAME and not source.exists():
        import_claude.run(transcripts=transcripts, dry_run=given["dry_run"], as_json=as_json)
        return
    if transcripts:
        raise click.UsageError("--transcripts goes with claude: neural-memory import claude --transcripts")
    given["tags"] = split_tags(tags)
    given["theirs"] = given["theirs"] or take or False
    with (
        _placed(source) as path, _lines(rejected) as put, open_brain(create=True) as brain,
        look.progress("Importing", None) as step,
    ):  # fmt: skip
        try:
            result = brain.import_from(path, restore=restore or None, rejected=put, progress=step, **given)
        except KeyboardInterrupt:
            click.echo("Stopped. What was imported so far stays; run the same command again to go on.", err=True)
            raise
    result = replace(result, path=STDIN) if str(source) == "-" else result
    look.answer(
        result,
        as_json=as_json,
        text=lambda: answers.imported(result),
        drawn=lambda: look.tables().imported(result),
    )
    if result.refused:
        click.get_current_context().exit(1)


@contextmanager
def _placed(source: Path) -> Iterator[Path]:
    """Where to read from; standard input is put into a private file first, for it is looked at more than once."""
    if str(source) != "-":
        yield source
        return
    import shutil
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="neural-memory-") as folder:  # 0700
        path = Path(folder, STDIN)
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        try:
            yield path
        except InputError as problem:
            raise InputError(str(problem).replace(str(path), STDIN)) from None


@contextmanager
def _lines(path: Path | None) -> Iterator[Callable[[str], None] | None]:
    """Puts texts into a new file, one after the other."""
    if path is None:
        yield None
        return
    from neural_memory.exchange import writing

    with writing.new_file(path, force=None) as file:

        def put(text: str) -> None:
            file.write(text.encode("utf-8", "backslashreplace") + b"\n")

        yield put
