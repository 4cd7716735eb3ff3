"""`export`: memories to a file of JSON Lines, without loss, or to a folder of Markdown files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from neural_memory import answers
from neural_memory.cli import look
from neural_memory.cli.options import json_option, kind_option, open_brain, project_option, split_tags, tag_option


@click.command()
@click.argument("target", type=click.Path(path_type=Path, allow_dash=True), metavar="TARGET")
@click.option("--markdown", is_flag=True, help="Into a folder of readable files, one a memory.")
@click.option("--for-sharing", is_flag=True, help="Into such a folder for others, in git say; needs a filter.")
@project_option('Only of this project; "." is the one you are in, "everywhere" what belongs to none.')
@tag_option("Only with this tag.")
@kind_option("Only of this kind.")
@click.option("--no-journal", is_flag=True, help="Leave out the history of changes.")
@click.option("--force", is_flag=True, help="Take the place of a file that is there, once the new one is whole.")
@json_option
def export(
    target: Path, markdown: bool, for_sharing: bool, no_journal: bool, force: bool, as_json: bool, **given: Any
) -> None:
    """Write memories to a file or folder that "import" reads back.

    Without options TARGET is a file of JSON Lines with everything: ids, texts, replaced memories, history, use, and
    the network's strengths; "-" writes to standard output. With filters only what has all of them is written,
    without history. The file is yours alone (0600), and no existing one is written over without --force. Exit code 1:
    rows written by hand stand in a memory file that cannot be changed, and what they mean had to be guessed; each is
    named.

    --markdown makes a folder of Markdown files with front matter and links, as Obsidian shows them. Edit them,
    and "import" takes over what you changed. --for-sharing makes such a folder for a team: nothing with a secret
    in it, nothing of your sessions, names and order that stay, so that git shows what changed.

    \b
    Examples:
      neural-memory export memories.jsonl
      neural-memory export shop.jsonl --project shop --tag api
      neural-memory export - | gzip > memories.jsonl.gz
      neural-memory export --markdown ~/notes/memories
      neural-memory export --project shop --for-sharing docs/memories
    """
    if markdown and for_sharing:
        raise click.UsageError("--markdown and --for-sharing are two ways to export; use one of them")
    given |= {
        "tags": split_tags(given["tags"]),
        "form": "sharing" if for_sharing else "markdown" if markdown else "jsonl",
    }
    with open_brain() as brain, look.progress("Exporting", None) as step:
        result = brain.export(target, journal=not no_journal, force=force, progress=step, **given)
    if str(target) != "-":
        look.answer(result, as_json=as_json, text=lambda: answers.exported(result))
    else:
        for line in answers.exported(result).splitlines()[1:]:
            look.note(line)
    if any(guess for _, _, guess in result.odd):
        click.get_current_context().exit(1)
