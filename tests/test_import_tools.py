"""The files of other tools, as those tools write them: databases that nobody trusts, and notes that people wrote."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from neural_memory import Brain, Memory
from neural_memory.errors import InputError

SAMPLES = Path(__file__).parent / "fixtures" / "exchange"


@pytest.fixture
def database(tmp_path: Path) -> Callable[[str], Path]:
    """A database made of a sample."""

    def made(name: str) -> Path:
        path = tmp_path / f"{name}.db"
        with closing(sqlite3.connect(path)) as plain:
            plain.executescript((SAMPLES / f"{name}.sql").read_text("utf-8"))
        return path

    return made


def found(brain: Brain) -> dict[str, Memory]:
    return {memory.content: memory for memory in brain.audit(limit=None).memories}


def test_the_database_of_mcp_memory_service(brain: Brain, database: Callable[[str], Path]) -> None:
    """Tags in both ways it writes them, times, types, what it weighs; not what was deleted."""
    told = brain.import_from(database("mcp-memory-service"))
    assert (told.format, told.new) == ("mcp-memory-service", 2)
    jitter, queue = found(brain)["Retries need jitter"], found(brain)["The queue is RabbitMQ"]
    assert (jitter.id, jitter.kind, jitter.importance) == ("mem_" + "a" * 16, "insight", 0.8)
    assert (jitter.tags, jitter.timestamp) == (("retries", "http"), "2023-11-14T22:13:20Z")
    assert (queue.tags, queue.trust) == (("queue", "infra"), "imported")


def test_the_history_of_mem0(brain: Brain, database: Callable[[str], Path]) -> None:
    """The last state of each memory, at the time it was first said; not what it deleted."""
    told = brain.import_from(database("mem0-history"))
    assert (told.format, told.new) == ("mem0", 2)
    assert set(found(brain)) == {"Likes black tea", "Works on the shop"}
    assert found(brain)["Likes black tea"].timestamp == "2024-07-26T17:29:36Z"


def test_the_database_of_claude_mem(brain: Brain, database: Callable[[str], Path]) -> None:
    """Observations with title, narrative and facts, also of its first version, and what a session learned."""
    told = brain.import_from(database("claude-mem"))
    assert (told.format, told.new) == ("claude-mem", 3)
    memory = brain.get("mem_claude-mem-1")
    assert memory.content == (
        "Rounded amounts: The payment call failed on amounts with three decimals."
        "\n- The API rejects more than 2 decimals\n- Round before sending"
    )
    assert (memory.kind, memory.project, memory.tags) == ("insight", "shop", ("gotcha", "payments"))
    assert memory.timestamp == "2026-02-01T10:05:00Z"
    assert "Amounts are decimals, never floats" in found(brain)


def test_the_other_package_of_this_name(brain: Brain, database: Callable[[str], Path]) -> None:
    """A memory it keeps twice comes once, with type, priority, project and expiry."""
    told = brain.import_from(database("other-neural-memory"))
    assert (told.format, told.read, told.new) == ("other-neural-memory", 2, 2)
    memory = found(brain)["We decided to use PostgreSQL for the main database"]
    assert (memory.kind, memory.importance, memory.project) == ("decision", 0.7, "shop")
    assert memory.valid_until is not None
    assert "db" in memory.tags


def test_a_tools_own_folder_will_do(brain: Brain, database: Callable[[str], Path], tmp_path: Path) -> None:
    """~/.claude-mem, ~/.mem0 and ~/.neuralmemory: the database in it is found; and twice is once."""
    home = tmp_path / ".neuralmemory" / "brains"
    home.mkdir(parents=True)
    database("other-neural-memory").rename(home / "default.db")
    assert brain.import_from(home.parent).new == 2
    told = brain.import_from(home.parent)
    assert (told.new, told.revised, told.known) == (0, 0, 2)


def test_several_brains_are_named(brain: Brain, database: Callable[[str], Path], tmp_path: Path) -> None:
    """Which of them is meant, nobody can guess."""
    home = tmp_path / ".neuralmemory" / "brains"
    home.mkdir(parents=True)
    (home / "work.db").write_bytes(database("other-neural-memory").read_bytes())
    (home / "default.db").write_bytes((home / "work.db").read_bytes())
    with pytest.raises(InputError, match=r"one by one: .*default\.db, .*work\.db"):
        brain.import_from(home.parent)


def test_what_waits_in_a_write_ahead_log_comes_too(brain: Brain, tmp_path: Path) -> None:
    """While the tool has it open; nothing is written beside its file."""
    path = tmp_path / "used.db"
    with closing(sqlite3.connect(path)) as tool:
        tool.execute("PRAGMA journal_mode = WAL")
        tool.executescript((SAMPLES / "mcp-memory-service.sql").read_text("utf-8"))
        before = {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.name.startswith("used")}
        assert brain.import_from(path).new == 2
        assert {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.name.startswith("used")} == before


def test_a_foreign_file_is_not_touched(brain: Brain, database: Callable[[str], Path], tmp_path: Path) -> None:
    """Not a byte of it, and no file comes to lie beside it."""
    path = database("claude-mem")
    before, names = path.read_bytes(), sorted(file.name for file in tmp_path.iterdir())
    path.chmod(0o400)
    brain.import_from(path)
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == names


HOSTILE = {
    "a view in place of a table": "CREATE VIEW memories AS WITH RECURSIVE t(content_hash, content) AS "
    "(SELECT 'x', 'y' UNION ALL SELECT content_hash, content FROM t) SELECT * FROM t",
    "a table that computes": "CREATE TABLE memories (content_hash TEXT, deleted_at REAL, "
    "content TEXT AS (hex(zeroblob(20000000)))); INSERT INTO memories VALUES ('a', NULL)",
    "a huge text": "CREATE TABLE memories (content_hash TEXT, content TEXT); "
    "INSERT INTO memories VALUES ('a', hex(zeroblob(40000000)))",
    "bytes and numbers for texts": "CREATE TABLE memories (content_hash, content, created_at, tags); "
    "INSERT INTO memories VALUES (1, x'00ff', 'never', 12), (x'00', 17, -1, x'00'), (NULL, NULL, NULL, NULL)",
    "no table at all": "CREATE TABLE t (x)",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_database_costs_little(
    brain: Brain, tmp_path: Path, python: Callable[..., subprocess.Popen[str]], name: str
) -> None:
    """Under two seconds of CPU and 100 MB, with an error or a report, and nothing of it is stored."""
    path = tmp_path / "hostile.db"
    with closing(sqlite3.connect(path)) as plain:
        plain.executescript(HOSTILE[name])
    script = Path(__file__).with_name("test_import.py").read_text().split('RUN = """')[1].split('"""')[0]
    process = python(script, brain.path, path)
    out, err = process.communicate()
    assert process.returncode == 0, err
    cpu, megabytes = map(float, out.split())
    assert cpu < 2, err
    assert megabytes < 100, err
    assert brain.stats().memories == 0


def test_pickled_points_are_not_opened(brain: Brain, tmp_path: Path) -> None:
    """A local Qdrant holds Python objects, which could run code; the way that works is named."""
    with closing(sqlite3.connect(tmp_path / "storage.sqlite")) as plain:
        plain.execute("CREATE TABLE points (id TEXT PRIMARY KEY, point BLOB)")
    with pytest.raises(InputError, match=r"could run code.*history\.db"):
        brain.import_from(tmp_path / "storage.sqlite")


def test_a_damaged_database_gives_what_it_has(brain: Brain, tmp_path: Path) -> None:
    """What could be read is stored, and the report says that the rest could not."""
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("CREATE TABLE memories (content_hash TEXT, content TEXT)")
        many = [(f"{n:05x}" * 13, f"fact number {n} " + "x" * 200) for n in range(5_000)]
        plain.executemany("INSERT INTO memories VALUES (?, ?)", many)
        plain.commit()
    data = bytearray(path.read_bytes())
    data[800_000:1_000_000] = b"\xff" * 200_000
    path.write_bytes(data)
    told = brain.import_from(path)
    assert 0 < told.new < 5_000
    assert told.named["refused"][0][0] == "the rest"


# -- notes ---------------------------------------------------------------------------------------------

NOTES = """\
---
tags: [shop]
created: 2024-05-01
---
# Shop

The shop runs on Kubernetes.

## Deploy
- run `make release` #ops
- then wait
  for the pods
- [x] announce it

## Database

Postgres 15 is the main database.

```sql
# no heading

- no bullet
```
"""


def test_notes_are_cut_where_people_cut_them(brain: Brain, tmp_path: Path) -> None:
    """A bullet or a short section each, said with its heading; code stays whole; tags and dates from above."""
    (tmp_path / "shop.md").write_text(NOTES)
    told = brain.import_from(tmp_path / "shop.md")
    assert told.format == "notes"
    assert set(found(brain)) == {
        "The shop runs on Kubernetes.",
        "Deploy: run `make release` #ops",
        "Deploy\n\nthen wait\nfor the pods",
        "Deploy: announce it",
        "Postgres 15 is the main database.\n\n```sql\n# no heading\n\n- no bullet\n```",
    }
    release = found(brain)["Deploy: run `make release` #ops"]
    assert (release.tags, release.timestamp) == (("shop", "ops"), "2024-05-01T00:00:00Z")
    assert brain.import_from(tmp_path / "shop.md").known == 5


def test_long_sections_are_cut_between_paragraphs(brain: Brain, tmp_path: Path) -> None:
    """Nothing is lost between them, and each says its heading."""
    paragraphs = [f"Paragraph {n} " + "word " * 100 for n in range(12)]
    (tmp_path / "long.md").write_text("# Long\n\n" + "\n\n".join(paragraphs))
    assert brain.import_from(tmp_path / "long.md").new == 6
    whole = "\n".join(found(brain))
    assert all(f"Paragraph {n} " in whole for n in range(12))
    assert all(content.startswith("Long\n\n") for content in found(brain))


COFFEE = """\
---
title: Payment Service
type: note
permalink: payments/payment-service
tags:
- payments
---

# Payment Service

Some prose about it.

## Observations
- [decision] PostgreSQL is the main database #db (after the outage)
- [gotcha] Amounts of the payment service are rounded
- [ ] a task

## Relations
- depends_on [[Stripe]]
- [[Ledger]]
"""


def test_the_notes_of_basic_memory(brain: Brain, tmp_path: Path) -> None:
    """Observations with their category as kind, relations as sentences, and the prose."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "payment-service.md").write_text(COFFEE)
    told = brain.import_from(tmp_path / "notes")
    assert (told.format, told.refused) == ("basic-memory", 0)
    kinds = {content: memory.kind for content, memory in found(brain).items()}
    assert kinds["Payment Service: PostgreSQL is the main database (after the outage)"] == "decision"
    assert kinds["Amounts of the payment service are rounded"] == "insight"
    assert {"Payment Service depends on Stripe", "Payment Service relates to Ledger"} <= set(kinds)
    assert any("Some prose about it." in content for content in kinds)
    assert brain.connections("stripe").synapses


LONG = 900_000
NASTY = {
    "spaces in a heading": "# a" + " " * LONG + "b",
    "hashes": "# " + "a #" * (LONG // 3),
    "backquotes": "`" * LONG,
    "fences": "```\n" * (LONG // 4),
    "dashes": "- " * (LONG // 2) + "x",
    "tags": "- [x y] " + " #a" * (LONG // 3),
    "links": "---\npermalink: a\n---\n- " + "a " * (LONG // 2) + "[[x",
    "a front matter of spaces": "---\na: b" + " " * 90_000 + "c # d\n---\nx",
    "brackets in a front matter": "---\na: " + "[" * 90_000 + "\n---\nx",
}


@pytest.mark.parametrize("name", NASTY)
def test_nasty_notes_cost_little(
    brain: Brain, tmp_path: Path, python: Callable[..., subprocess.Popen[str]], name: str
) -> None:
    """No pattern runs away, whatever stands in a file."""
    (tmp_path / "x.md").write_text(NASTY[name])
    script = Path(__file__).with_name("test_import.py").read_text().split('RUN = """')[1].split('"""')[0]
    out, err = python(script, brain.path, tmp_path / "x.md").communicate()
    cpu, megabytes = map(float, out.split())
    assert cpu < 2, err
    assert megabytes < 100, err


def test_the_command_says_what_it_took_a_folder_for(home: Path, tmp_path: Path) -> None:
    """And what of it could not be used, by file and line."""
    (tmp_path / "a.md").write_text("# Deploy\n- at noon\n")
    (tmp_path / "empty.md").write_text("---\na: b\n---\n")
    done: Any = subprocess.run(
        [sys.executable, "-m", "neural_memory", "import", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert "(notes, 1 read)" in done.stdout
    assert "empty.md: it holds no text" in done.stdout


def test_a_database_whose_schema_is_no_text_is_refused(brain: Brain, database: Callable[[str], Path]) -> None:
    """What SQLite then says cannot be read itself; it is an error of ours all the same."""
    path = database("mem0-history")
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE", b"CREATE T\x80BLE"))
    with pytest.raises(InputError, match="cannot be read"):
        brain.import_from(path, format="mem0")
