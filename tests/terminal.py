"""What does a command send to a terminal?  A real pseudo-terminal, and a process at its other end."""

from __future__ import annotations

import os
import subprocess
import sys


def on_a_terminal(*arguments: str, typed: str = "", **environment: str) -> str:
    """What the command sends to a terminal."""
    import pty

    ours, theirs = pty.openpty()
    surroundings = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", **environment}
    started = subprocess.Popen(
        [sys.executable, "-m", "neural_memory", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=surroundings,
        close_fds=True,
    )
    os.close(theirs)
    os.write(ours, typed.encode())
    seen = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # Linux says so when the other side is gone
            break
        if not piece:
            break
        seen += piece
    os.close(ours)
    assert started.wait(60) is not None
    return seen.decode()
