"""Rows that a person writes with plain sqlite3, whatever is in them, become memories like any other, or are told of."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_memory import Brain, answers
from neural_memory.errors import InputError
from neural_memory.model import KINDS, Memory
from neural_memory.remember import now

Plain = Callable[[str], list[tuple[Any, ...]]]


def quiet(folder: Path) -> Path:
    """A file in a home without a model."""
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "config.json").write_text('{"embedder": "none"}')
    return folder / "memory.db"


def command(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line, in this home."""
    return subprocess.run(
        [sys.executable, "-m", "neural_memory", *arguments],
        env={**os.environ, "NEURAL_MEMORY_HOME": str(home), "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def only(brain: Brain) -> Memory:
    [memory] = brain.audit().memories
    return memory


@pytest.mark.parametrize(
    ("columns", "values", "meant"),
    [
        ("timestamp", "'2026/11/20 10:00'", {"timestamp": "2026-11-20T10:00:00Z"}),
        ("timestamp", "'2026-11-20 10:00:00'", {"timestamp": "2026-11-20T10:00:00Z"}),
        ("timestamp", "'20 Nov 2026'", {"timestamp": "2026-11-20T00:00:00Z"}),
        ("timestamp", "1763632800", {"timestamp": "2025-11-20T10:00:00Z"}),
        ("kind", "'todo'", {"kind": "fact", "tags": ("todo",)}),
        ("kind", "'ADR'", {"kind": "decision", "tags": ()}),
        ("tags", "'not json'", {"tags": ("not json",)}),
        ("tags", "'auth, api'", {"tags": ("auth", "api")}),
        ("tags", "'[1, \"two\"]'", {"tags": ("1", "two")}),
        ("project", "'  shop  '", {"project": "shop"}),
        ("project", "''", {"project": None}),
        ("valid_until", "'2027-05-03'", {"valid_until": "2027-05-03T23:59:59Z"}),
        ("trust", "'me'", {"trust": "stored"}),
        ("source", "x'00'", {"source": "sqlite3"}),
        ("replaced_by", "'mem_nowhere'", {"replaced_by": None}),
    ],
    ids=str,
)
def test_what_is_written_by_hand_is_understood(
    brain: Brain, plain: Plain, columns: str, values: str, meant: dict[str, Any]
) -> None:
    """The usual ways to write a date, tags and the like mean what they say; in the file it stands as we write it."""
    brain.stats()
    plain(f"INSERT INTO memories (content, {columns}) VALUES ('Call Omar about the pelican', {values})")
    memory = only(brain)
    assert {name: getattr(memory, name) for name in meant} == meant
    assert [hit.memory for hit in brain.recall("pelican")] == [memory]
    [change] = brain.history(memory.id).changes
    assert (change.action, change.mended[0][0]) == ("mend", columns)
    assert "put right" in answers.history(brain.history(memory.id))


def test_what_nobody_can_understand_is_guessed_and_told(home: Path, plain_at: Any) -> None:
    """Doctor names the row before and after, what stood there, and how to correct it; corrected, it is silent."""
    with Brain.open(home / "memory.db") as brain:
        brain.stats()
    (home / "config.json").write_text('{"embedder": "none"}')
    plain_at(home / "memory.db", "INSERT INTO memories (id, content, timestamp) VALUES ('mem_x', 'Tea', 'gestern')")
    before = command(home, "doctor")
    assert "row 1, written by hand, becomes with the next question: timestamp 'gestern'" in before.stdout
    assert before.returncode == 1
    assert command(home, "list").returncode == 0
    after = command(home, "doctor").stdout
    assert "mem_x was written by hand, and what could not be used replaced: timestamp 'gestern'" in after
    assert "UPDATE memories SET timestamp = '2026-03-25T10:30:00Z' WHERE id = 'mem_x'" in after
    plain_at(home / "memory.db", "UPDATE memories SET timestamp = '2026-03-25T10:30:00Z' WHERE id = 'mem_x'")
    assert "gestern" not in command(home, "doctor").stdout
    plain_at(home / "memory.db", "INSERT INTO memories (id, content) VALUES ('mem_y', '   ')")
    assert "mem_y holds nothing but blanks" in command(home, "doctor").stdout
    plain_at(home / "memory.db", "INSERT INTO memories (id, content) VALUES ('x; rm y', ' ')")
    assert "revise 'x; rm y' --content" in command(home, "doctor").stdout  # a command that is pasted does no more


@pytest.mark.parametrize("id", ["note 1", 'it\'s "q"', "42", "x" * 150, "日本", "MEM_1", "-x", "a/b", "mem_a b"])
def test_a_memory_with_an_id_made_by_hand_answers_to_it(brain: Brain, plain_at: Any, id: str) -> None:
    """It gets an id like any other, and can be shown, revised, forgotten and brought back by either."""
    brain.stats()
    quoted = id.replace("'", "''")
    plain_at(brain.path, f"INSERT INTO memories (id, content) VALUES ('{quoted}', 'The gate is open')")
    memory = only(brain)
    assert memory.id.startswith("mem_")
    assert brain.get(id) == memory
    assert brain.revise(id, importance=0.9).id == memory.id
    assert brain.history(id).memory == brain.get(memory.id)
    assert [gone.id for gone in brain.forget([id]).memories] == [memory.id]
    brain.undo()
    assert brain.get(id).importance == 0.9
    assert (brain.recall(id)[0].memory, brain.recall(id)[0].reason) == (brain.get(id), "this id")
    assert brain.connections(id).neurons == brain.connections(memory.id).neurons != ()
    with pytest.raises(InputError, match="is not a memory id"):
        brain.get("another name")


def test_an_id_made_by_hand_leads_to_the_memory_at_every_door(home: Path, plain_at: Any, talk: Any) -> None:
    """An assistant and a person at a terminal name it as it was written: all that an id is good for works by it."""
    home.mkdir(mode=0o700, parents=True)
    (home / "config.json").write_text('{"embedder": "none"}')
    assert command(home, "remember", "The harbour closes at night").returncode == 0
    plain_at(home / "memory.db", "INSERT INTO memories (id, content) VALUES ('note-1', 'The gate is open at noon')")
    shown = '[mem_note-1] "The gate is open at noon"'
    for asked in (["show"], ["recall"], ["forget", "--dry-run"], ["revise", "--importance", "0.9"], ["history"]):
        done = command(home, *asked, "note-1")
        assert (shown in done.stdout, done.returncode, done.stderr) == (True, 0, ""), asked
    assert "gate" in command(home, "connections", "note-1").stdout
    said = talk(
        {"NEURAL_MEMORY_HOME": str(home)},
        ("recall", {"query": "note-1"}),
        ("recall", {"query": "[mem_note-1]"}),
        ("connections", {"of": "note-1"}),
        ("audit", {"history": "note-1"}),
        ("revise", {"id": "note-1", "tags": ["gate"]}),
        ("forget", {"ids": ["note-1"]}),
        ("audit", {"history": "note-1"}),
        ("undo", {}),
        ("remember", {"content": "The gate is open from ten on", "replaces": "note-1"}),
    )
    assert [text.startswith(shown) for text in said[:2]] == [True, True]
    assert "gate" in said[2].split("\n")[1]
    assert [shown in text for text in said[3:]] == [True, True, True, False, True, True]
    assert said[6].startswith("4 changes of note-1")


def test_an_id_that_is_also_a_word_hides_nothing(brain: Brain, plain: Plain) -> None:
    """The memory that has it comes first, then what else answers; an id as we make them is that memory alone."""
    brain.remember("Auth is by bearer tokens")
    plain("INSERT INTO memories (id, content) VALUES ('auth', 'The harbour closes at night')")
    hits = brain.recall("auth")
    assert [hit.memory.content for hit in hits] == ["The harbour closes at night", "Auth is by bearer tokens"]
    assert [hit.reason == "this id" for hit in hits] == [True, False]
    assert len(brain.recall("auth", limit=1)) == 1
    assert [hit.memory for hit in brain.recall(hits[0].memory.id)] == [hits[0].memory]


def test_an_id_is_understood_in_the_brackets_it_is_shown_in(brain: Brain) -> None:
    """Copied out of an answer it names the memory wherever an id does."""
    memory = brain.get(brain.remember("The gate is open").id)
    for shown in (f"[{memory.id}]", f"`{memory.id}`", f'"{memory.id}"'):
        assert brain.get(shown) == memory
        assert brain.history(shown).memory == memory
    assert brain.forget([f"[{memory.id}]"]).memories == (memory,)


def test_what_was_forgotten_is_known_by_the_id_it_was_given(brain: Brain, plain: Plain) -> None:
    """Its history is told, and it can be taken out of the file for good, by the name that its writer knows."""
    brain.stats()
    plain("INSERT INTO memories (id, content) VALUES ('note-1', 'The gate is open')")
    brain.forget(["note-1"])
    assert [change.action for change in brain.history("note-1").changes] == ["mend", "forget"]
    assert [gone.content for gone in brain.forget(["note-1"], for_good=True).memories] == ["The gate is open"]
    assert b"note-1" not in brain.path.read_bytes().replace(b"mem_note-1", b"")
    with pytest.raises(InputError, match="there is no memory note-1"):
        brain.history("note-1")


def test_a_row_that_cannot_be_put_right_yet_is_shown_by_its_id(home: Path, plain_at: Any) -> None:
    """While somebody else writes, say."""
    home.mkdir(mode=0o700, parents=True)
    (home / "config.json").write_text('{"embedder": "none", "busy_timeout_seconds": 1}')
    assert command(home, "remember", "The harbour closes at night").returncode == 0
    plain_at(home / "memory.db", "INSERT INTO memories (id, content) VALUES ('note-1', 'The gate is open')")
    with closing(sqlite3.connect(home / "memory.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        done = command(home, "show", "note-1")
    assert ('"The gate is open"' in done.stdout, done.returncode) == (True, 0), done.stderr


def test_ids_that_differ_in_case_only_are_two(brain: Brain, plain: Plain) -> None:
    """Each is found and forgotten by its own; and of two rows with one id the second gets another."""
    brain.stats()
    plain("INSERT INTO memories (id, content) VALUES ('Note', 'One gate'), ('note', 'Two gates'), ('note', 'Three')")
    assert (brain.get("Note").content, brain.get("note").content) == ("One gate", "Two gates")
    brain.forget(["note"])
    assert sorted(m.content for m in brain.audit().memories) == ["One gate", "Three"]


def test_what_replaces_each_other_in_a_circle_is_not_lost(brain: Brain, plain: Plain) -> None:
    """One of them is current; what was replaced by a row that is deleted is current, too."""
    brain.stats()
    plain(
        "INSERT INTO memories (id, content, replaced_by) VALUES ('mem_a', 'Gate a', 'mem_b'), "
        "('mem_b', 'Gate b', 'mem_a'), ('mem_c', 'Gate c', 'mem_c')"
    )
    assert {hit.memory.id for hit in brain.recall("gate")} == {"mem_a", "mem_c"}
    plain("DELETE FROM memories WHERE id = 'mem_a'")
    assert {hit.memory.id for hit in brain.recall("gate")} == {"mem_b", "mem_c"}


def test_a_column_changed_by_hand_is_put_right_as_well(brain: Brain, plain: Plain) -> None:
    """Also the columns by which nothing is linked; what is rightly spelled causes no entry in the journal."""
    memory = brain.remember("The gate is open")
    plain("UPDATE memories SET timestamp = '2026-03-25T10:30:00Z', importance = 0.9")
    assert len(brain.history(memory.id).changes) == 1
    plain("UPDATE memories SET timestamp = '2026/03/25', valid_until = 'tomorrow', replaced_by = 'mem_gone'")
    found = brain.get(memory.id)
    assert (found.timestamp, found.replaced_by) == ("2026-03-25T00:00:00Z", None)
    assert found.valid_until is not None and found.valid_until > now()
    assert [change.action for change in brain.history(memory.id).changes] == ["remember", "mend"]


def test_an_import_that_leaves_something_out_ends_with_1(home: Path, tmp_path: Path) -> None:
    """What could not be used is named, the rest is stored, and a script can tell."""
    lines = [{"content": "Tea at four"}, {"content": "", "id": "mem_x"}]
    (tmp_path / "x.json").write_text(json.dumps(lines))
    done = command(home, "import", str(tmp_path / "x.json"))
    assert ("Stored 1 memory" in done.stdout, "1 could not be used" in done.stdout) == (True, True)
    assert done.returncode == 1


def test_rows_written_before_they_were_put_right_come_out_of_an_old_export(tmp_path: Path) -> None:
    """A date as somebody wrote it by hand is understood when an export is restored."""
    rows = [
        {"format": "neural-memory", "version": 1},
        {"type": "memory", "id": "mem_a", "content": "Tea", "timestamp": "2026/11/20 10:00", "kind": "todo"},
    ]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, [*rows, {"type": "end", "lines": 2}])))
    with Brain.open(quiet(tmp_path / "home")) as brain:
        assert brain.import_from(tmp_path / "x.jsonl").refused == 0
        assert only(brain).timestamp == "2026-11-20T10:00:00Z"


# -- a file that cannot be changed ---------------------------------------------------------------------------------

BY_HAND = (
    "INSERT INTO memories (id, content, timestamp, tags, project, replaced_by) VALUES "
    "('note-1', 'The gate is open', '2026/11/20 10:00', 'gate, harbour', 'shop', NULL), "
    "('mem_b', 'The gate is shut', 'gestern', '[]', NULL, 'note-1'), (x'00ff', x'fe74', '2026-11-20', '[]', NULL, NULL)"
)


@pytest.fixture
def locked(home: Path, plain_at: Any) -> Iterator[Path]:
    """A home whose file has rows written by hand, and another process that keeps it."""
    home.mkdir(mode=0o700, parents=True)
    (home / "config.json").write_text('{"embedder": "none", "busy_timeout_seconds": 1}')
    assert command(home, "remember", "The harbour closes at night").returncode == 0
    plain_at(home / "memory.db", BY_HAND)
    with closing(sqlite3.connect(home / "memory.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield home


def test_what_is_exported_is_put_right_where_the_file_cannot_be(locked: Path, plain_at: Any, tmp_path: Path) -> None:
    """As if it could be changed; each row is told of, the guesses first, and exit code 1 says that there are some."""
    done = command(locked, "export", str(tmp_path / "x.jsonl"))
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert lines[1].endswith("as the memory file cannot be changed now: 3 memories.")
    assert [line.endswith("(a guess)") for line in lines[2:]] == [True, True, False]
    assert "timestamp 'gestern' → 20" in done.stdout
    assert plain_at(locked / "memory.db", "SELECT count(*) FROM unlinked") == [(3,)]
    there = quiet(tmp_path / "there")
    with Brain.open(there) as brain:
        told = brain.import_from(tmp_path / "x.jsonl")
        assert (told.new, told.refused, told.left_out) == (4, 0, 0)
        assert brain.get("note-1").tags == ("gate", "harbour")
        assert brain.get("mem_b").replaced_by == brain.get("note-1").id
        assert [change.action for change in brain.history("mem_b").changes] == ["mend", "import"]


def test_only_what_goes_out_is_told(locked: Path, tmp_path: Path) -> None:
    """What was only spelled in another way is no reason for an exit code; with `-` the rest is told on stderr."""
    done = command(locked, "export", "-", "--project", "shop")
    assert (done.returncode, done.stdout.count('"type":"memory"')) == (0, 1)
    assert "mem_note-1: id 'note-1' → mem_note-1; timestamp" in done.stderr
    assert "gestern" not in done.stderr
    done = command(locked, "export", str(tmp_path / "x.jsonl"), "--project", "shop", "--json")
    assert [one[::2] for one in json.loads(done.stdout)["odd"]] == [["mem_note-1", False]]


def test_a_folder_is_written_though_the_file_cannot_note_it(locked: Path, tmp_path: Path) -> None:
    """It says what follows from that; the files are whole, and what is odd in the file is right in them."""
    done = command(locked, "export", "--markdown", str(tmp_path / "notes"))
    assert (done.returncode, done.stderr) == (1, "")
    assert "so it does not know of these files" in done.stdout
    with Brain.open(quiet(tmp_path / "there")) as brain:
        told = brain.import_from(tmp_path / "notes")
        assert (told.new, told.refused) == (4, 0)
        assert brain.get("mem_note-1").timestamp == "2026-11-20T10:00:00Z"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only for the superuser")
def test_a_read_only_home_is_exported_and_examined(home: Path, plain_at: Any, tmp_path: Path) -> None:
    """To standard output as well, for which something has to lie somewhere in between; doctor says what it is."""
    home.mkdir(mode=0o700, parents=True)
    (home / "config.json").write_text('{"embedder": "none"}')
    assert command(home, "remember", "The harbour closes at night").returncode == 0
    plain_at(home / "memory.db", BY_HAND)
    (home / "memory.db").chmod(0o400)
    home.chmod(0o500)
    try:
        assert command(home, "export", "-").stdout.count('"type":"memory"') == 4
        found = command(home, "doctor").stdout
        assert "ok    integrity" in found
        assert "cannot be written: questions are answered, and nothing can be stored" in found
    finally:
        home.chmod(0o700)


# -- whatever stands there ---------------------------------------------------------------------------------------

ODD = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.binary(max_size=12),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.sampled_from(
        ["", " ", "[]", "{}", '["a"]', "null", "mem_a", "mem_b", "a", "a\x00b", "2026-02-30", "2026/11/20 10:00"]
    ),
    st.sampled_from(["2026-11-20T10:00:00Z", "9999-12-31T23:59:59+23:00", "0000-00-00", "yesterday", "x" * 300]),
    st.sampled_from(KINDS),
)
COLUMNS = ("id", "content", "timestamp", "importance", "tags", "kind", "project", "source", "session", "replaced_by")
COLUMNS += ("valid_until", "pinned", "trust", "anchors")
ROW = st.dictionaries(st.sampled_from(COLUMNS), ODD, max_size=6)


def written(path: Path, rows: list[dict[str, Any]], change: dict[str, Any]) -> None:
    """Write what SQLite takes of these rows, and change all of them."""
    with closing(sqlite3.connect(path)) as plain:
        for row in rows:
            row = {"content": "pelican gate", **row}
            try:
                marks = ", ".join("?" * len(row))
                plain.execute(f"INSERT INTO memories ({', '.join(row)}) VALUES ({marks})", list(row.values()))
            except (sqlite3.IntegrityError, OverflowError):
                continue
        for column, value in change.items():
            try:
                plain.execute(f"UPDATE memories SET {column} = ?", (value,))
            except sqlite3.IntegrityError:
                continue
        plain.commit()


def exported(brain: Brain, file: Path) -> list[dict[str, Any]]:
    """The lines of an export without those that tell when it was made, and of the import it may have come by."""
    brain.export(file)
    lines = [json.loads(line) for line in file.read_text("utf-8").split("\n") if line]
    return [
        line
        for line in lines
        if "format" not in line
        and line["type"] != "end"
        and (line["type"], line.get("action")) != ("journal", "import")
    ]


@given(st.lists(ROW, min_size=1, max_size=5), ROW)
@settings(max_examples=60)
def test_whatever_is_written_by_hand_is_usable_and_is_never_lost(
    rows: list[dict[str, Any]], change: dict[str, Any]
) -> None:
    """Every door works on it, each row is a memory that can be named and forgotten, and an export brings all back."""
    with tempfile.TemporaryDirectory() as folder:
        here, there = quiet(Path(folder, "a")), quiet(Path(folder, "b"))
        with Brain.open(here) as brain:
            brain.remember("The gate of the pelican is open", project="shop")
        written(here, rows, {})
        with Brain.open(here) as brain:
            brain.stats()
        written(here, [], {name: value for name, value in change.items() if name != "id"})
        with Brain.open(here) as brain:
            brain.recall("pelican gate")
            found = brain.audit(limit=None).memories
            with closing(sqlite3.connect(here)) as plain:
                assert len(found) == plain.execute("SELECT count(*) FROM memories").fetchone()[0]
                assert plain.execute("SELECT count(*) FROM unlinked").fetchone()[0] == 0
            assert len({memory.id for memory in found}) == len(found)
            for look in (brain.stats, brain.overview, brain.log, brain.contradictions, brain.find_secrets):
                look()
            for memory in found:
                assert brain.get(memory.id) == memory
                assert memory.kind in KINDS
                answers.history(brain.history(memory.id))
            lines = exported(brain, Path(folder, "one.jsonl"))
            with Brain.open(there) as other:
                told = other.import_from(Path(folder, "one.jsonl"))
                assert (told.new, told.refused, told.left_out) == (len(found), 0, 0)
                assert sorted(map(repr, other.audit(limit=None).memories)) == sorted(map(repr, found))
                assert exported(other, Path(folder, "two.jsonl")) == lines
            assert len(brain.forget([memory.id for memory in found]).memories) == len(found)
            brain.undo()
            assert len(brain.audit(limit=None).memories) == len(found)
