"""What does `neural-memory …` run?  The command group, the options of all commands, exit codes and error lines.

0    done                             2    wrong usage: what was given cannot be used
1    nothing was found                3    the memory file cannot be used
130  stopped with Ctrl-C
"""

from __future__ import annotations

import os
import re
import signal
import sys
from difflib import get_close_matches
from io import TextIOWrapper
from pathlib import Path

import click

from neural_memory import __version__
from neural_memory.cli import look
from neural_memory.cli.audit import audit, list_memories
from neural_memory.cli.backup import backup, restore
from neural_memory.cli.completion import completion
from neural_memory.cli.demo import demo
from neural_memory.cli.doctor import doctor
from neural_memory.cli.export import export
from neural_memory.cli.forget import forget
from neural_memory.cli.history import history, log
from neural_memory.cli.import_from import import_from
from neural_memory.cli.merge import both_hold, merge
from neural_memory.cli.projects import move, projects
from neural_memory.cli.recall import recall
from neural_memory.cli.remember import remember
from neural_memory.cli.review import review
from neural_memory.cli.revise import revise
from neural_memory.cli.setup import setup
from neural_memory.cli.show import connections, show, stats
from neural_memory.cli.tags import tags
from neural_memory.cli.undo import redo, undo
from neural_memory.cli.welcome import welcome
from neural_memory.errors import NeuralMemoryError, NotFoundError, StoreError

NAME = "neural-memory"
NOTHING_FOUND, UNWRITTEN, WRONG_USAGE, STORE_UNUSABLE, INTERRUPTED = 1, 1, 2, 3, 130

GROUPS: dict[str, tuple[click.Command, ...]] = {
    "Begin": (setup, demo),
    "Store and ask": (remember, recall, review),
    "Look": (audit, list_memories, show, connections, history, log, stats),
    "Change": (revise, merge, both_hold, tags, forget, undo, redo),
    "Projects": (projects, move),
    "Exchange and keep": (export, import_from, backup, restore),
    "Care": (doctor, completion),
}
"""Every command under its heading in --help, in the order a newcomer needs them."""


class Commands(click.Group):
    """The commands under their headings, and the nearest name for a mistyped one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, self.commands))
        for heading, commands in GROUPS.items():
            room = formatter.width - 6 - width
            rows = [(f"{command.name:<{width}}", command.get_short_help_str(room)) for command in commands]
            with formatter.section(heading):
                formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in self.commands and not name.startswith("-") and not ctx.resilient_parsing:
            near = get_close_matches(name, self.commands, n=1)
            hints = [f"did you mean {near[0]}?"] if near else []
            if len(args) > 2 or not near:
                hints.append(f'to ask, type: {NAME} recall "{" ".join(args)}"')
            raise click.UsageError(f"there is no command {name!r}; {' Or, '.join(hints)}", ctx)
        return super().resolve_command(ctx, args)


def _set_home(ctx: click.Context, _param: click.Parameter, home: str | None) -> None:
    """`--home` is NEURAL_MEMORY_HOME for as long as this command runs."""
    if home is None or ctx.resilient_parsing:
        return
    before = os.environ.get("NEURAL_MEMORY_HOME")
    os.environ["NEURAL_MEMORY_HOME"] = str(Path(home).expanduser().absolute())

    def restore() -> None:
        if before is None:
            os.environ.pop("NEURAL_MEMORY_HOME", None)
        else:
            os.environ["NEURAL_MEMORY_HOME"] = before

    ctx.call_on_close(restore)


@click.group(
    name=NAME,
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--home",
    metavar="DIR",
    callback=_set_home,
    expose_value=False,
    is_eager=True,
    help="Keep the memory in this directory, for this call; the same as NEURAL_MEMORY_HOME. "
    "[default: ~/.neural-memory]",
)
@click.option("--mcp", is_flag=True, help="Serve MCP on stdin and stdout: what a client's configuration starts.")
@click.version_option(__version__, prog_name=NAME, help="Print the version.")
@click.pass_context
def cli(ctx: click.Context, mcp: bool) -> None:
    """A lasting, local, private, associative memory for AI coding assistants.

    Everything stays in one SQLite file on this machine. Words may be given without quotes.

    \b
    Examples:
      neural-memory remember our API uses Bearer tokens with 1-hour expiry -t auth
      neural-memory recall how does login work
      neural-memory setup
      neural-memory demo
    """
    if mcp:
        raise click.UsageError("--mcp stands alone, first: neural-memory --mcp (set NEURAL_MEMORY_HOME for the home)")
    if ctx.invoked_subcommand is None:
        welcome()


for _commands in GROUPS.values():
    for _command in _commands:
        cli.add_command(_command)


def run(argv: list[str] | None = None) -> int:
    """Run one command line and return its exit code; never a traceback for something foreseen."""
    _never_fail_on_a_character()
    _end_tidily()
    try:
        code = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except BrokenPipeError:
        _hush_stdout()
        return 0
    except OSError as error:
        if error.filename is not None:  # not of a stream: what failed is a file of ours
            raise
        _hush_stdout()
        return _complain(f"the output could not be written: {error.strerror or error}", UNWRITTEN)
    return code


def _run(argv: list[str]) -> int:
    if argv[:1] == ["help"] and (len(argv) < 3 or argv[1] in cli.commands):
        argv = [*argv[1:], "--help"]
    try:
        result = cli.main(argv, prog_name=NAME, standalone_mode=False)
    except click.UsageError as error:
        return _complain_about_usage(error)
    except click.ClickException as error:
        return _complain(error.format_message(), WRONG_USAGE)
    except NotFoundError as error:
        return _complain(str(error), NOTHING_FOUND)
    except StoreError as error:
        return _complain(str(error), STORE_UNUSABLE)
    except NeuralMemoryError as error:
        return _complain(_in_flags(str(error)), WRONG_USAGE)
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except SystemExit as end:  # click leaves so after a broken pipe (1) and after completing a word (0)
        return 0 if end.code == 1 else int(end.code or 0)
    return result if isinstance(result, int) else 0


def _complain(message: str, code: int) -> int:
    look.complain(message)
    return code


_FLAGS = {
    "older_than_days": "--older-than",
    "newer_than_days": "--newer-than",
    "as_of": "--as-of",
    "valid_until": "--until",
    "dry_run": "--dry-run",
    "for_good": "--for-good",
}
"""What the arguments of the Brain are called here."""
_NOTHING_TO_REVISE = re.compile(r"give content, tags, importance, kind, project, \S+ or pinned")
_OPTION = re.compile(r"\A(about|importance|kind|limit|mentions|project|since|step|until) (?=is |has |holds )")


def _in_flags(message: str) -> str:
    """An error of the Brain in the words of the command line."""
    message = re.sub(rf"(?<![\w-])({'|'.join(_FLAGS)})\b", lambda found: _FLAGS[found[1]], message)
    message = _NOTHING_TO_REVISE.sub(
        "give --content, --tag, --importance, --kind, --project, --until or --pin", message
    )
    return _OPTION.sub(r"--\1 ", message)


def _complain_about_usage(error: click.UsageError) -> int:
    if isinstance(error, click.NoSuchOption):  # the dashes they share make no two options alike
        like = {name.lstrip("-"): name for name in error.possibilities or ()}
        near = [like[name] for name in get_close_matches(error.option_name.lstrip("-"), like)]
        error = click.NoSuchOption(error.option_name, possibilities=near, ctx=error.ctx)
    message = error.format_message()
    message += "" if message.endswith((".", "?")) else "."
    where = error.ctx.command_path if error.ctx else NAME
    return _complain(f"{message} See: {where} --help", WRONG_USAGE)


def _never_fail_on_a_character() -> None:
    """A pipe that is not UTF-8 (Windows) shows what it cannot encode as an escape instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _end_tidily() -> None:
    """Closing the window, or asking the process to end, clears away what is half done as Ctrl-C does."""

    def end(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):  # whoever started us with nohup wants us to go on
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, end)


def _hush_stdout() -> None:
    """Nobody takes what is left (the reader went away, as `head` does); Python would complain once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
