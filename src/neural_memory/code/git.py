"""What can only git tell?  How many commits have touched something; asked briefly, and trusting no repository.

A repository's own configuration can name programs (hooks, a file-system monitor, a pager, filters, a signature checker,
a transport to fetch what is missing). Each way to start one is closed; a repository that git does not trust
(`safe.directory`) stays untrusted. Whatever goes wrong, there is no answer, and that is fine.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from neural_memory.code.tree import WorkTree

PATIENCE = 1.0
"""Seconds that git is given."""
MOST = 1_000_000
"""Bytes that are taken of its answer."""

_SAFELY = (
    "--no-pager", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "log.showSignature=false",
    "-c", "protocol.allow=never", "-c", "diff.external=", "-c", "core.sshCommand=false", "-c", "core.gitProxy=",
    "-c", "credential.helper=", "-c", "maintenance.auto=false", "-c", "gc.auto=0", "-c", "submodule.recurse=false",
)  # fmt: skip
_QUIETLY = {
    "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_LITERAL_PATHSPECS": "1", "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_REPLACE_OBJECTS": "1", "LC_ALL": "C",
}  # fmt: skip


def commits_since(tree: WorkTree, commit: str, paths: Sequence[str]) -> dict[str, int]:
    """path -> how many commits have touched it since `commit`; empty when git cannot tell."""
    said = _ask(
        tree, "log", "--format=%x01", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv",
        "--max-count=1000", f"{commit}..HEAD", "--", *paths,
    )  # fmt: skip
    if said is None:
        return {}
    counted = dict.fromkeys(paths, 0)
    for each in said.split("\x01")[1:]:
        for path in {name.strip("\n") for name in each.split("\0")} & counted.keys():
            counted[path] += 1
    return counted


def absent(tree: WorkTree, commit: str, symbols: Sequence[str]) -> set[str]:
    """Those of these symbols that stood in the code at `commit` and stand nowhere in it now."""
    gone = set(symbols) - _standing(tree, symbols)
    return gone & _standing(tree, sorted(gone), commit) if gone else set()


def _standing(tree: WorkTree, symbols: Sequence[str], commit: str | None = None) -> set[str]:
    """Those that are found as whole words in the tracked files, or in those of a commit."""
    wanted = [option for symbol in symbols for option in ("-e", symbol)]
    at = [commit] if commit else []
    said = _ask(tree, "grep", "-w", "-F", "-o", "-h", "--no-textconv", "--no-color", *wanted, *at, "--")
    return set((said or "").splitlines()) & set(symbols)


def _ask(tree: WorkTree, *arguments: str) -> str | None:
    """git's answer; None when it fails, is not there, or takes too long."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603 - a list of arguments, no shell
            ["git", *_SAFELY, *arguments],  # noqa: S607 - git is where the user has it
            cwd=tree.root,
            env={**kept, **_QUIETLY},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout[:MOST].decode("utf-8", "replace") if done.returncode == 0 else None
