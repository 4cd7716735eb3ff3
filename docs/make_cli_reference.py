"""Write docs/cli.md from `--help`; with --check, only say whether it is up to date (exit code 1: it is not)."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from neural_memory.cli.main import NAME, cli

PAGE = Path(__file__).with_name("cli.md")
HEAD = """\
# The command line

Written from `neural-memory --help` by `docs/make_cli_reference.py`: change the help, then run that.

Every command takes `--json` and then prints one JSON document. Exit codes: 0 done; 1 nothing found; 2 wrong usage;
3 the memory file cannot be used; 130 stopped with Ctrl-C. Errors are one line on standard error. On a terminal answers
are tables (`NO_COLOR` is honoured), in a pipe plain text in the words assistants get. Of a long memory both
show the beginning, and the command that shows all of it; `show`, `history` and `--json` are never cut.
"""


def page() -> str:
    sections = [HEAD, _section(NAME, cli)]
    sections += [_section(f"{NAME} {name}", command) for name, command in cli.commands.items()]
    return "\n".join(sections)


def _section(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path, terminal_width=90, **command.context_settings)
    context.help_option_names = ["-h", "--help"]
    lines = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    return f"## {path}\n\n```text\n{lines}\n```\n"


def main(arguments: list[str]) -> int:
    if "--check" not in arguments:
        PAGE.write_text(page(), encoding="utf-8", newline="\n")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    print(f"{PAGE} is not what --help says; run: python {__file__}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
