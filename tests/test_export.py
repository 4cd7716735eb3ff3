"""What is exported as JSON Lines comes back as it was, and the file is written so that nothing is lost."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_memory import Brain
from neural_memory.errors import InputError
from neural_memory.model import KINDS
from neural_memory.store import carried

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
WORDS = st.lists(
    st.sampled_from("payment service PAYMENT_API_KEY depends on redis replaced by postgres the is v2.1".split()),
    min_size=1,
    max_size=20,
).map(" ".join)
CONTENT = st.one_of(WORDS, TEXT).filter(lambda text: text.strip())
TAGS = st.lists(st.sampled_from(["redis", "API", "log in", "日本"]), max_size=3)
DEED = st.one_of(
    st.tuples(st.just("remember"), CONTENT, TAGS, st.sampled_from(KINDS), st.sampled_from([None, "shop", "web"])),
    st.tuples(st.just("replace"), st.integers(0, 9), CONTENT),
    st.tuples(st.just("revise"), st.integers(0, 9), CONTENT, TAGS),
    st.tuples(st.just("forget"), st.integers(0, 9)),
    st.tuples(st.just("undo")),
    st.tuples(st.just("recall"), WORDS),
)


def everything(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All that a file says, with terms in place of the numbers that its neurons have."""
    term = "(SELECT term FROM neurons WHERE id = {})"
    ids = "(SELECT json_group_array({}) FROM json_each({}))"
    named = [ids.format(term.format("value"), part) for part in ("path", "branches")]
    with closing(sqlite3.connect(path)) as plain:
        queries = {
            "memories": "SELECT * FROM memories ORDER BY seq",
            "usage": "SELECT * FROM usage ORDER BY memory",
            "neurons": "SELECT term, name, kind, memories FROM neurons ORDER BY term",
            "synapses": f"SELECT {term.format('source')} a, {term.format('target')} b, strength FROM synapses "
            "ORDER BY a, b",
            "relations": f"SELECT {term.format('source')} a, {term.format('target')} b, type, strength FROM relations "
            "ORDER BY a, b, type",
            "fibers": f"SELECT memory, {named[0]}, {named[1]}, json_array_length(relations) FROM fibers ORDER BY 1",
            "full_text": "SELECT rowid, terms FROM full_text ORDER BY rowid",
            "tallies": "SELECT * FROM tallies ORDER BY name",
            "ids": "SELECT * FROM memory_ids ORDER BY id",
            "digests": "SELECT * FROM digests ORDER BY memory",
            **{table: f"SELECT * FROM {table} ORDER BY 1, 2" for table in carried.CARRIED},
        }
        return {name: plain.execute(sql).fetchall() for name, sql in queries.items()}


def do(brain: Brain, deed: tuple[Any, ...]) -> None:
    """One deed; on which memory says its number."""
    name, *rest = deed
    there = brain.audit(limit=None).memories
    if name == "remember":
        content, tags, kind, project = rest
        brain.remember(content, tags=tags, kind=kind, project=project)
    elif name == "recall":
        brain.recall(rest[0])
    elif name == "undo":
        brain.undo()
    elif there:
        id = there[rest[0] % len(there)].id
        if name == "replace":
            brain.remember(rest[1], replaces=id)
        elif name == "revise":
            brain.revise(id, content=rest[1], tags=rest[2])
        else:
            brain.forget([id])


def quiet(folder: Path) -> Path:
    """A file in a home without a model."""
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text('{"embedder": "none"}')
    return folder / "memory.db"


@given(st.lists(DEED, min_size=1, max_size=14))
@settings(max_examples=40)
def test_an_export_comes_back_without_loss(deeds: list[tuple[Any, ...]]) -> None:
    """Ids, all fields, replaced ones, rows, usage, history and every strength of the network are the same again."""
    with tempfile.TemporaryDirectory() as folder:
        here, there, file = quiet(Path(folder, "a")), quiet(Path(folder, "b")), Path(folder, "all.jsonl")
        with Brain.open(here) as brain:
            for deed in deeds:
                do(brain, deed)
            brain.settle()
            brain.stats()
            brain.export(file)
        with Brain.open(there) as brain:
            told = brain.import_from(file)
        before, after = everything(here), everything(there)
        step = [entry for entry in after["journal"] if entry[3] == "import"]
        after["journal"] = [entry for entry in after["journal"] if entry[3] != "import"]
        assert (told.new, told.refused) == (len(before["memories"]), 0)
        assert len(step) == told.new
        assert after == before


def test_a_restored_memory_tells_its_past_and_takes_old_steps_back(tmp_path: Path, plain_at: Any) -> None:
    """History, audits of a day and undo by number go on through the restore; undoing that takes the memories out."""
    with Brain.open(quiet(tmp_path / "a")) as brain:
        one = brain.remember("The queue is RabbitMQ")
        brain.revise(one.id, content="The queue is Kafka")
        step = brain.log()[0].step
        brain.forget([brain.remember("Soon forgotten").id])
        for entry, day in ((1, 1), (2, 3), (3, 5), (4, 7)):
            plain_at(brain.path, f"UPDATE journal SET at = '2026-01-0{day}T12:00:00Z' WHERE entry = {entry}")
        brain.export(tmp_path / "x.jsonl")
        told = brain.history(one.id).changes
    with Brain.open(quiet(tmp_path / "b")) as brain:
        brain.import_from(tmp_path / "x.jsonl")
        *same, restore = brain.history(one.id).changes
        assert same == list(told)
        assert restore.before == restore.after == brain.get(one.id)
        known = [[m.content for m in brain.audit(as_of=f"2026-01-0{day}").memories] for day in (2, 4, 6)]
        assert known[:2] == [["The queue is RabbitMQ"], ["The queue is Kafka"]]
        assert sorted(known[2]) == ["Soon forgotten", "The queue is Kafka"]
        brain.undo(step=step)
        assert brain.get(one.id).content == "The queue is RabbitMQ"
        brain.redo()
        brain.undo(step=restore.step)
        assert brain.audit().total == 0
        brain.redo()
        assert brain.get(one.id).content == "The queue is Kafka"


def test_each_table_travels_or_is_derived(brain: Brain, plain: Any) -> None:
    """Whoever adds a table says which of the two it is."""
    tables = {name for (name,) in plain("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    tables = {name for name in tables if not name.startswith(("full_text_", "sqlite_"))}
    assert tables == {*carried.CARRIED, *carried.DERIVED}


def test_the_other_tables_travel(tmp_path: Path, plain_at: Any) -> None:
    """Ids that answer for others, where projects live, suggestions, and with whom what was exchanged."""
    with Brain.open(quiet(tmp_path / "a")) as brain:
        memory = brain.remember("Redis is the cache")
        rows = {
            "aliases": ("mem_old", memory.id),
            "both_hold": (memory.id, "mem_other"),
            "projects": ("root:/home/me/shop", "shop"),
            "suggestions": (
                "s1",
                "a",
                "b",
                "c",
                "fact",
                "[]",
                None,
                "cli",
                None,
                "2026-01-01T00:00:00Z",
                "open",
                None,
                "[]",
            ),
            "exchanged": ("folder:x", memory.id, "12ab"),
        }
        for table, row in rows.items():
            marks = ", ".join("NULL" if value is None else f"'{value}'" for value in row)
            plain_at(brain.path, f"INSERT INTO {table} VALUES ({marks})")
        brain.export(tmp_path / "x.jsonl")
    with Brain.open(quiet(tmp_path / "b")) as brain:
        brain.import_from(tmp_path / "x.jsonl")
        assert brain.get("mem_old").id == memory.id
        for table, row in rows.items():
            assert row in plain_at(brain.path, f"SELECT * FROM {table}")


def test_a_word_as_long_as_a_memory_comes_back(tmp_path: Path) -> None:
    """A concept is named as it is written, however long that is."""
    with Brain.open(tmp_path / "a.db") as brain:
        brain.remember("x" * 100_000)
        brain.remember("The blob is at https://example.com/" + "path/" * 800)
        brain.export(tmp_path / "all.jsonl")
    with Brain.open(tmp_path / "b.db") as other:
        told = other.import_from(tmp_path / "all.jsonl")
        assert (told.new, told.refused, told.named) == (2, 0, {})


def test_undo_takes_a_restored_export_back(tmp_path: Path) -> None:
    """The import is one step; the history that came with it is not touched by that."""
    with Brain.open(quiet(tmp_path / "a")) as brain:
        old = brain.remember("Redis is the cache")
        brain.remember("Postgres is the database")
        brain.remember("Valkey is the cache", replaces=old.id)
        brain.export(tmp_path / "x.jsonl")
    with Brain.open(quiet(tmp_path / "b")) as brain:
        brain.import_from(tmp_path / "x.jsonl")
        assert [step.action for step in brain.undo()] == ["import"]
        assert brain.stats().memories == 0


def test_the_file_is_private_and_nothing_is_written_over(brain: Brain, tmp_path: Path) -> None:
    """0600, never over an existing file or through a link; with force the new file takes its place."""
    target = tmp_path / "out.jsonl"
    brain.remember("one")
    brain.export(target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    first = target.read_bytes()
    brain.remember("two")
    with pytest.raises(InputError, match="--force"):
        brain.export(target)
    assert target.read_bytes() == first
    link, victim = tmp_path / "link.jsonl", tmp_path / "victim"
    victim.write_text("mine")
    link.symlink_to(victim)
    with pytest.raises(InputError, match="exists"):
        brain.export(link)
    dangling = tmp_path / "dangling.jsonl"
    dangling.symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="exists"):
        brain.export(dangling)
    brain.export(target, force=True)
    assert target.read_bytes() != first
    assert victim.read_text() == "mine"
    assert not list(tmp_path.glob(".*unfinished"))


def test_a_full_disk_leaves_the_old_file(brain: Brain) -> None:
    """What could not be written whole does not take a name."""
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    brain.remember("one")
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        process = subprocess.run(
            [sys.executable, "-m", "neural_memory", "export", "-"],
            stdout=full,
            stderr=subprocess.PIPE,
            env={**os.environ, "NEURAL_MEMORY_HOME": str(brain.path.parent)},
            check=False,
        )
    assert process.returncode != 0


def test_filters_choose_and_leave_the_history_out(brain: Brain, tmp_path: Path) -> None:
    """Only what has all of project, tag and kind; a part of a memory has no history of its own."""
    kept = brain.remember("The shop uses Redis", tags=["db"], project="shop")
    brain.remember("The web uses nothing", tags=["db"], project="web")
    brain.remember("The shop is blue", project="shop")
    assert brain.export(tmp_path / "x.jsonl", project="shop", tags=["DB"]).memories == 1
    lines = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines if line.get("type") == "memory"] == [kept.id]
    assert {line.get("type") for line in lines} == {None, "memory", "end"}


def test_the_same_text_under_another_id_answers_to_both(brain: Brain, tmp_path: Path) -> None:
    """An export of a colleague brings what is here already: one memory, two ids, and nothing twice ever after."""
    mine = brain.remember("The API uses port 8080")
    with Brain.open(quiet(tmp_path / "a")) as other:
        theirs = other.remember("The API uses port 8080", tags=["api"])
        other.export(tmp_path / "x.jsonl")
    told = brain.import_from(tmp_path / "x.jsonl")
    assert (told.new, told.known) == (0, 1)
    assert brain.get(theirs.id).id == mine.id
    assert brain.get(mine.id).tags == ("api",)
    assert brain.import_from(tmp_path / "x.jsonl").known == 1


def test_what_changed_here_since_is_not_turned_back(brain: Brain, tmp_path: Path) -> None:
    """An old export changes nothing that was revised after it; a memory of another store is marked as imported."""
    memory = brain.remember("The API uses port 8080")
    brain.export(tmp_path / "old.jsonl")
    brain.revise(memory.id, content="The API uses port 9090")
    told = brain.import_from(tmp_path / "old.jsonl")
    assert (told.older, told.conflicts, told.revised) == (1, 0, 0)
    assert brain.get(memory.id).content == "The API uses port 9090"
    with Brain.open(quiet(tmp_path / "a")) as other:
        other.remember("Deploys run at noon")
        other.export(tmp_path / "other.jsonl")
    brain.import_from(tmp_path / "other.jsonl")
    (deploys,) = [m for m in brain.audit().memories if m.content.startswith("Deploys")]
    assert (deploys.trust, deploys.source) == ("imported", "python")


def test_a_newer_format_is_refused(brain: Brain, tmp_path: Path) -> None:
    """With the way out."""
    file = tmp_path / "x.jsonl"
    file.write_text('{"format":"neural-memory","version":99}\n')
    with pytest.raises(InputError, match="upgrade"):
        brain.import_from(file)


def test_a_file_that_was_cut_off_is_known_as_such(brain: Brain, tmp_path: Path) -> None:
    """What is there comes in, and the report says that the end is missing."""
    with Brain.open(quiet(tmp_path / "a")) as other:
        other.remember_many([f"fact number {n}" for n in range(20)])
        other.export(tmp_path / "x.jsonl", journal=False)
    lines = (tmp_path / "x.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "cut.jsonl").write_bytes(b"".join(lines[:12]) + lines[12][:30])
    told = brain.import_from(tmp_path / "cut.jsonl")
    assert told.new == 11
    assert [where for where, _ in told.named["refused"]] == ["line 13", "the end"]


@pytest.mark.parametrize("form", ["jsonl", "markdown"])
def test_others_store_while_an_export_is_under_way(brain: Brain, tmp_path: Path, form: str) -> None:
    """A long export holds nobody up: between two pages others write, and what was chosen is exported all the same."""
    brain.remember_many([f"fact number {n}" for n in range(1_200)])
    with Brain.open(brain.path) as other:

        def store(done: int, of: int) -> None:
            assert of == 1_200
            other.remember(f"stored when {done} were written")

        told = brain.export(tmp_path / "out", form=form, progress=store)
        assert told.memories == 1_200
        assert other.stats().memories == 1_203


def test_what_is_forgotten_for_good_leaves_no_digest(brain: Brain, plain: Any, tmp_path: Path) -> None:
    """A digest of a short text can be guessed; so the states that were exchanged go with it."""
    memory = brain.remember("The PIN of the door is four digits")
    brain.export(tmp_path / "md", form="markdown")
    assert plain("SELECT memory FROM exchanged") == [(memory.id,)]
    brain.forget([memory.id], for_good=True)
    assert plain("SELECT memory FROM exchanged") == []


def test_restoring_beside_other_memories_leaves_their_history_alone(tmp_path: Path) -> None:
    """Two histories count from one each: the steps of the file that is there stay its own, and can be undone."""
    with Brain.open(tmp_path / "a" / "memory.db") as one:
        one.remember("The gateway listens on port 8443")
        one.remember_many(f"bulk item {i}" for i in range(6))
        one.export(tmp_path / "one.jsonl")
    with Brain.open(tmp_path / "b" / "memory.db") as two:
        mine = [two.remember(f"another memory {i}") for i in range(2)]
        told = two.import_from(tmp_path / "one.jsonl", restore=True)
        assert (told.new, told.left_out) == (7, 7)
        assert [(step.step, step.memories) for step in two.log()] == [(3, 7), (2, 1), (1, 1)]
        assert [m.id for m in two.undo(step=2).pop().memories] == [mine[1].id]
