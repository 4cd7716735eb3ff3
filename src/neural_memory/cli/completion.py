"""`completion`: teach the shell our commands and options."""

from __future__ import annotations

import re

import click
from click.shell_completion import ShellComplete, get_completion_class

from neural_memory.cli import look
from neural_memory.cli.options import json_option

_SET_UP = {
    "bash": "echo 'eval \"$(neural-memory completion bash)\"' >> ~/.bashrc",
    "zsh": "echo 'eval \"$(neural-memory completion zsh)\"' >> ~/.zshrc",
    "fish": "neural-memory completion fish > ~/.config/fish/completions/neural-memory.fish",
}


@click.command()
@click.argument("shell", required=False, type=click.Choice(tuple(_SET_UP)), metavar="[bash|zsh|fish]")
@json_option
@click.pass_context
def completion(ctx: click.Context, shell: str | None, as_json: bool) -> None:
    """Complete commands and options in your shell.

    Prints the script for a shell; without one, how to set it up.

    \b
    Examples:
      neural-memory completion
      eval "$(neural-memory completion bash)"
    """
    if shell is None:
        lines = [f"{name:6}{command}" for name, command in _SET_UP.items()]
        told = "\n".join(["Run the line for your shell once, then open a new terminal:", "", *lines])
        look.answer(_SET_UP, as_json=as_json, text=lambda: told)
        return
    script = _script(ctx.find_root().command, shell)
    look.answer({"shell": shell, "script": script}, as_json=as_json, text=lambda: script)


def _script(cli: click.Command, shell: str) -> str:
    """Click's script, except that it starts us with an argument.

    The shells complete with stdin at /dev/null, and a start without arguments on anything but a terminal serves MCP.
    """
    kind = get_completion_class(shell)
    if kind is None:  # our three are click's own
        raise click.UsageError(f"there is no completion for {shell}")
    source = ShellComplete.source(kind(cli, {}, "neural-memory", "_NEURAL_MEMORY_COMPLETE"))
    return re.sub(rf"(={shell}_complete (?:\$1|neural-memory))", r"\1 --help", source)
