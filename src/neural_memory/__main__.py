"""Which door does the command open?  `--mcp` the one for assistants, `hook` the one for
their clients' hooks, everything else the one for people.

A client's configuration that forgot `args` starts us with no arguments and a pipe for stdin: that serves
MCP too, so that no client can ever talk to a program that does not answer.
"""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command `neural-memory`; the result is its exit code."""
    arguments = sys.argv[1:]
    if _serves(arguments) or (not arguments and not os.isatty(0)):
        from neural_memory.mcp.stdio import serve

        if ignored := _take_home([argument for argument in arguments if argument != "--mcp"]):
            print(f"neural-memory: --mcp takes only --home with it; ignored: {ignored}", file=sys.stderr)
        return serve()

    if arguments[:1] == ["hook"] and not {"-h", "--help"}.intersection(arguments):
        from neural_memory.hooks.command import run as run_hook

        os._exit(run_hook(arguments[1:]))  # at once: taking the interpreter down tidily costs a fifth of all this

    from neural_memory.cli.main import run

    return run(arguments)


def _serves(arguments: list[str]) -> bool:
    """Does `--mcp` stand first, or behind options only? After a command it is one of its words."""
    rest = iter(arguments)
    for argument in rest:
        if argument == "--mcp":
            return True
        if argument == "--home":
            next(rest, None)
        elif not argument.startswith("--") or argument == "--":
            break
    return False


def _take_home(arguments: list[str]) -> list[str]:
    """Put `--home DIR` in force; returns the rest."""
    rest, left = iter(arguments), []
    for argument in rest:
        if argument == "--home" or argument.startswith("--home="):
            folder = argument[7:] if "=" in argument else next(rest, "")
            if folder:
                os.environ["NEURAL_MEMORY_HOME"] = folder
        else:
            left.append(argument)
    return left


if __name__ == "__main__":
    sys.exit(main())
