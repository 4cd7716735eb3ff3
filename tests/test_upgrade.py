"""A file that an earlier release made keeps everything, and the old file is kept as well."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from neural_memory import Brain

FIXTURES = Path(__file__).parent / "fixtures"
"""One file for each released schema, made by that release."""


@pytest.fixture
def old(path: Path) -> Path:
    """A file of the first release, where the memory file is looked for."""
    shutil.copyfile(FIXTURES / "schema-1.db", path)
    return path


def rows(path: Path) -> list[tuple[object, ...]]:
    """The rows as any program sees them."""
    with closing(sqlite3.connect(path)) as plain:
        return plain.execute("SELECT id, content, timestamp, importance, tags, replaced_by FROM memories").fetchall()


def test_an_old_file_keeps_every_row(old: Path) -> None:
    """The rows are the same before and after, and the new fields have their defaults."""
    before = rows(old)
    with Brain.open(old) as brain:
        found = brain.audit(limit=None).memories
    assert rows(old) == before
    assert {(m.valid_until, m.pinned, m.trust, m.anchors) for m in found} == {(None, False, "stored", ())}


def test_an_old_file_is_kept_beside(old: Path) -> None:
    """Before anything is changed a copy goes into backups, and it is still of the old schema."""
    before = rows(old)
    with Brain.open(old):
        pass
    (kept,) = (old.parent / "backups").iterdir()
    assert kept.name.endswith("-schema-1.db")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert rows(kept) == before
    with closing(sqlite3.connect(kept)) as plain:
        assert plain.execute("PRAGMA user_version").fetchone() == (1,)


def test_what_an_old_file_remembers_is_found(old: Path) -> None:
    """Recall, what was replaced, what was forgotten and can be undone: as if nothing had happened."""
    with Brain.open(old, source="claude-code", session="first") as brain:
        assert "Bearer" in brain.recall("how does login work?")[0].memory.content
        assert not any("harbor-6" in hit.memory.content for hit in brain.recall("staging host"))
        assert "old-checkout" not in str(brain.recall("old-checkout feature flag"))
        brain.undo(3)  # two stores, then the forgetting
        assert (
            brain.recall("old-checkout feature flag")[0].memory.content == "Temporary feature flag old-checkout is on"
        )


def test_a_new_file_needs_no_copy(path: Path) -> None:
    """Where there was nothing, nothing is kept."""
    with Brain.open(path) as brain:
        brain.remember("The first thing")
    assert not (path.parent / "backups").exists()
