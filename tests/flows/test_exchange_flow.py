"""A story at the terminal: memories leave one machine, and reach another, a team and a folder of notes."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path


def test_memories_travel(tmp_path: Path) -> None:
    """Exported, restored elsewhere, edited as notes, shared with a colleague, undone: each with the command alone."""

    def run(home: str, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "neural_memory", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "NEURAL_MEMORY_HOME": str(tmp_path / home)},
        )
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    run("ann", "remember", "The API uses Bearer tokens with 1-hour expiry", "-t", "auth", "--project", "shop")
    run("ann", "remember", "I prefer tabs", "--project", "mine")
    assert "Exported 2 memories" in run("ann", "export", "all.jsonl")
    assert stat.S_IMODE((tmp_path / "all.jsonl").stat().st_mode) == 0o600
    assert "exists already" in run("ann", "export", "all.jsonl", code=2)
    assert run("ann", "export", "-").splitlines()[0].startswith('{"format":"neural-memory","version":1')

    assert "Stored 2 memories" in run("new machine", "import", "all.jsonl")
    assert "Bearer tokens" in run("new machine", "recall", "Bearer tokens", "--project", "shop")

    assert "Exported 2 memories" in run("ann", "export", "--markdown", "notes")
    (note,) = (tmp_path / "notes").rglob("the-api-*.md")
    note.write_text(note.read_text().replace("1-hour", "2-hour"))
    assert "1 revised" in run("ann", "import", "notes")
    assert "2-hour" in run("ann", "recall", "Bearer tokens", "--project", "shop")
    assert "Took back" in run("ann", "undo")

    assert "what is to be shared" in run("ann", "export", "--for-sharing", "repo", code=2)
    assert "Exported 1 memory" in run("ann", "export", "--project", "shop", "--for-sharing", "repo")
    assert "Would store 1 memory" in run("bob", "import", "repo", "--dry-run")
    assert "Stored 1 memory" in run("bob", "import", "repo")
    assert "1 known already" in run("bob", "import", "repo")
    assert "tabs" not in run("bob", "list")
