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
    if arguments[:1] == ["--mcp"] or (not arguments and not os.isatty(0)):
        from neural_memory.mcp.stdio import serve

        if arguments[1:]:
            print(f"neural-memory: --mcp takes no further arguments; ignored: {arguments[1:]}", file=sys.stderr)
        return serve()

    if arguments[:1] == ["hook"] and not {"-h", "--help"}.intersection(arguments):
        from neural_memory.hooks.command import run as run_hook

        os._exit(run_hook(arguments[1:]))  # at once: taking the interpreter down tidily costs a fifth of all this

    from neural_memory.cli.main import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
