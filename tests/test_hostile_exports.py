"""An export that somebody made by hand, or changed, cannot stop what is done after it was imported."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from neural_memory import Brain
from neural_memory.errors import InputError

Plain = Callable[[str], list[tuple[Any, ...]]]
ID = "mem_aaaaaaaaaa"
ENTRY = {
    "type": "journal",
    "entry": 1,
    "step": 1,
    "at": "2020-01-01T00:00:00Z",
    "action": "forget",
    "memory": "mem_zzzzzzzzzz",
    "source": "s",
}
MEMORY = {"type": "memory", "id": ID, "content": "Hello there, shop", "timestamp": "2026-01-01T00:00:00Z"}
DEEP = "[" * 100_000


def export(folder: Path, *lines: dict[str, Any]) -> Path:
    """A file that is a whole export with these lines."""
    rows = [{"format": "neural-memory", "version": 1, "memories": 1, "whole": True, "last_row": 1}, *lines]
    file = folder / "export.jsonl"
    file.write_text("\n".join(map(json.dumps, [*rows, {"type": "end", "lines": len(rows)}])))
    return file


def use(path: Path, id: str = ID) -> None:
    """Everything that reads the journal, each in a process that has not written yet."""
    deeds: tuple[Callable[[Brain], object], ...] = (
        lambda brain: brain.remember("Something new"),
        lambda brain: brain.recall("hello shop"),
        lambda brain: brain.log(),
        lambda brain: brain.history(id),
        lambda brain: brain.audit(as_of="2026-01-02"),
        lambda brain: brain.find_secrets(),
        lambda brain: brain.undo(),
    )
    for deed in deeds:
        with Brain.open(path) as brain:
            deed(brain)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"before": "nonsense"}, "cannot be read"),
        ({"before": "[1, 2, 3]"}, "cannot be read"),
        ({"before": DEEP}, "cannot be read"),
        ({"before": '{"content": "without the rest"}'}, "cannot be read"),
        ({"before": '{"was": [1]}', "memory": ID}, "cannot be read"),
        ({"before": '{"was": {"tags": 1}}', "memory": ID}, "cannot be read"),
        ({"before": '{"note": {"renamed": ["a", "b"]}}'}, "cannot be read"),
        ({"before": '{"id": "mem_other00000", "content": "x", "timestamp": "2020-01-01T00:00:00Z"}'}, "another memory"),
        ({"entry": 2**63 - 1, "step": 2**63 - 1}, "entry is 9223372036854775807"),
        ({"entry": 0}, "entry is 0"),
        ({"step": 2}, "step 2"),
        ({"action": "explode"}, "action is 'explode'"),
        ({"at": "soon"}, "at is 'soon'"),
        ({"memory": "\u001b[2J"}, "memory is"),
        ({"type": "aliases", "id": "\u001b[2J", "memory": ID}, "id is"),
        ({"type": "both_hold", "one": 1, "other": ID}, "one is 1"),
        ({"type": "suggestions", "id": "s", "content": "c", "tags": "{"}, "is"),
    ],
    ids=lambda value: None if isinstance(value, str) else str(value)[:60],
)
def test_a_row_that_we_could_not_have_written_is_refused_by_its_line(
    tmp_path: Path, path: Path, row: dict[str, Any], reason: str
) -> None:
    """The others come in, and everything goes on working."""
    with Brain.open(path) as brain:
        told = brain.import_from(export(tmp_path, ENTRY | row, MEMORY))
    [(where, why)] = told.named["refused"]
    assert (told.new, told.refused, where) == (1, 1, "line 2")
    assert reason in why
    use(path)


@pytest.mark.parametrize("before", ["nonsense", "[1]", '{"content": "x"}', '{"seq": "x"}', DEEP], ids=lambda v: v[:20])
def test_an_entry_that_cannot_be_read_disturbs_nothing_else(path: Path, before: str) -> None:
    """Its past is not known any more, and is said to be so; what was forgotten long ago goes all the same."""
    with Brain.open(path) as brain:
        memory, gone = brain.remember("Hello there, shop"), brain.remember("The old port is 80")
        brain.revise(memory.id, content="Hello there, big shop")
        step = brain.log()[0].step
        brain.forget([gone.id])
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("UPDATE journal SET before = ? WHERE before IS NOT NULL", (before,))
        plain.execute("UPDATE journal SET at = '2020-01-01T00:00:00Z'")
        plain.commit()
    use(path, memory.id)
    with Brain.open(path) as brain:
        assert [(change.action, change.kept) for change in brain.history(memory.id).changes] == [
            ("remember", True),
            ("revise", False),
        ]
        with pytest.raises(InputError, match="not known any more; nothing was undone"):
            brain.undo(step=step)
        assert brain.get(memory.id).content == "Hello there, big shop"


def test_a_damaged_file_is_mended_though_its_journal_cannot_be_read(path: Path) -> None:
    """Every memory is saved from its own page; what was forgotten stays so."""
    with Brain.open(path) as brain:
        brain.remember_many(f"note {i}: " + " ".join(f"word{i * 7 % 90 + k}" for k in range(30)) for i in range(60))
        revised = brain.remember("The gateway speaks SOAP")
        brain.revise(revised.id, content="The gateway speaks GraphQL")
        brain.forget([brain.remember("Forgotten quetzalcoatl settings").id])
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("""UPDATE journal SET before = replace(before, '{"seq', '["seq') WHERE before IS NOT NULL""")
        plain.commit()
        root = plain.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'memories'").fetchone()[0]
        size = plain.execute("PRAGMA page_size").fetchone()[0]
    data = path.read_bytes()
    path.write_bytes(data[: (root - 1) * size] + bytes(size) + data[root * size :])
    os.utime(path, (1_700_000_000, 1_700_000_000))
    with Brain.open(path) as brain:
        assert brain.audit().total == 61
        assert "quetzalcoatl" not in str(brain.audit(limit=None))


def test_an_imported_id_leads_nowhere_while_it_is_a_memory_here(tmp_path: Path, path: Path) -> None:
    """Forgetting for good what it was said to lead to leaves the memory's history whole."""
    with Brain.open(path) as brain:
        mine = brain.remember("The database is Postgres")
        brain.revise(mine.id, content="The database is Postgres 16")
        told = brain.import_from(export(tmp_path, {"type": "aliases", "id": mine.id, "memory": ID}, MEMORY))
        assert (told.new, told.refused) == (1, 1)
        brain.forget([ID], for_good=True)
        assert [change.kept for change in brain.history(mine.id).changes] == [True, True]


def test_an_id_that_comes_back_answers_for_itself_again(tmp_path: Path, path: Path) -> None:
    """It led to the same text under another id meanwhile; forgetting that one for good leaves its history whole."""
    with Brain.open(path) as brain:
        old = brain.remember("The queue is RabbitMQ")
        brain.revise(old.id, importance=0.9)
        brain.export(tmp_path / "x.jsonl")
        brain.forget([old.id])
        step = brain.log()[0].step
        new = brain.remember("The queue is RabbitMQ")
        brain.import_from(tmp_path / "x.jsonl", theirs=True, restore=False)
        brain.undo(step=step)
        brain.forget([new.id], for_good=True)
        assert brain.get(old.id).importance == 0.9
        assert all(change.kept for change in brain.history(old.id).changes)
