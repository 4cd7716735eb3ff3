"""A home, a project and a command of their own, in which a real client is run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from neural_memory import Brain

ROOT = Path(__file__).parent.parent
LONGEST = 180  # seconds; the clients are large programs
_OTHERS = ("CLAUDE", "ANTHROPIC", "NEURAL", "CODEX", "OPENAI", "GEMINI", "GOOGLE", "XDG")


class World:
    """home: what the client takes for the user's; work: the project `shop`, a repository; `neural-memory` is on the
    PATH, and nothing of the surroundings speaks of a client."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.work = folder / "shop"
        scripts = folder / "bin"
        for each in (self.home, self.work, scripts):
            each.mkdir()
        (self.work / ".git").mkdir()
        (self.work / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
        (self.work / ".git" / "config").write_text('[remote "origin"]\n\turl = git@github.com:acme/shop.git\n')
        script = scripts / "neural-memory"
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m neural_memory "$@"\n')
        script.chmod(0o755)
        clean = {key: value for key, value in os.environ.items() if not key.startswith(_OTHERS)}
        path = f"{scripts}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**clean, "HOME": str(self.home), "PATH": path, "NO_COLOR": "1"}

    def start(self, *command: str, **more: str) -> str:
        """What a command printed that ended well."""
        done = subprocess.run(
            command,
            cwd=self.work,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LONGEST,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def memory(self) -> Brain:
        return Brain.open(self.home / ".neural-memory" / "memory.db")

    def settle(self, record: Path) -> None:
        """End the looking-through of a session's record here and now, in case its own process is not there yet."""
        given = {"session_id": record.stem, "transcript_path": str(record), "cwd": str(self.work)}
        command = [sys.executable, "-m", "neural_memory", "hook", "session-end", "--now"]
        subprocess.run(
            command, input=json.dumps(given), text=True, env=self.environment, check=True, capture_output=True
        )
