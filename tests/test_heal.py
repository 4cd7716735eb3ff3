"""A damaged file says so when it is opened, is mended from its memories, and is itself kept; a sound one never is."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_memory import Brain
from neural_memory.errors import BusyError, DamagedError, HealedError, StoreError

Plain = Callable[[str], list[tuple[Any, ...]]]
Start = Callable[..., "subprocess.Popen[str]"]
PAGE = 4_096
NUMBER = 120

posix = pytest.mark.skipif(os.name != "posix", reason="an open file cannot be replaced there")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a file with memories, one of them revised and one forgotten, all linked."""
    path = tmp_path_factory.mktemp("whole") / "memory.db"
    with Brain.open(path) as brain:
        brain.remember_many(f"note {i}: " + " ".join(f"word{i * 7 % 90 + k}" for k in range(30)) for i in range(NUMBER))
        revised = brain.remember("The gateway speaks SOAP")
        brain.revise(revised.id, content="The gateway speaks GraphQL")
        brain.forget([brain.remember("Forgotten quetzalcoatl settings").id])
        brain.recall("gateway")
    return path.read_bytes()


def put(path: Path, data: bytes) -> None:
    """Place a file as if it had been lying there for long."""
    path.write_bytes(data)
    os.utime(path, (1_700_000_000, 1_700_000_000))


def damaged_files(path: Path) -> list[Path]:
    return sorted(path.parent.glob("memory-*-damaged*.db"))


def sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as plain:
        return plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def zeroed(data: bytes, page: int) -> bytes:
    return data[: (page - 1) * PAGE] + bytes(PAGE) + data[page * PAGE :]


def root(data: bytes, table: str, folder: Path) -> int:
    """The first page of a table."""
    copy = folder / "look.db"
    copy.write_bytes(data)
    with closing(sqlite3.connect(copy)) as plain:
        page = plain.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()[0]
    copy.unlink()
    return int(page)


@pytest.mark.parametrize(
    "table", ["neurons", "synapses", "fibers", "memory_ids", "full_text_data", "digests", "packs", "tallies", "vectors"]
)
def test_damage_to_what_is_derived_loses_nothing(path: Path, whole: bytes, tmp_path: Path, table: str) -> None:
    """Every memory is saved and found again, and the user is told; the damaged file keeps its bytes, 0600."""
    data = zeroed(whole, root(whole, table, tmp_path))
    put(path, data)
    with Brain.open(path) as brain:
        [notice] = brain.notices()
        assert "was damaged" in notice
        assert f"{NUMBER + 1} memories were saved, all there were" in notice
        assert brain.audit().total == NUMBER + 1
        assert brain.recall("GraphQL gateway")[0].memory.content == "The gateway speaks GraphQL"
        assert brain.recall("quetzalcoatl") == []
        assert brain.remember("stored afterwards").created
        assert brain.notices() == []
    [kept] = damaged_files(path)
    assert str(kept) in notice
    assert kept.read_bytes() == data
    if os.name == "posix":
        assert stat.S_IMODE(kept.stat().st_mode) == stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sound(path)
    assert sorted(p.name for p in path.parent.iterdir()) == sorted([kept.name, "memory.db"])


def test_undo_works_after_a_repair(path: Path, whole: bytes, tmp_path: Path) -> None:
    """The journal is saved, too: what was forgotten before can be brought back."""
    put(path, zeroed(whole, root(whole, "neurons", tmp_path)))
    with Brain.open(path) as brain:
        brain.undo()
        assert brain.recall("quetzalcoatl")[0].memory.content == "Forgotten quetzalcoatl settings"


def test_a_lost_root_of_the_memories_loses_none(path: Path, whole: bytes, tmp_path: Path) -> None:
    """The pages below it are read one by one; what was forgotten stays forgotten."""
    put(path, zeroed(whole, root(whole, "memories", tmp_path)))
    with Brain.open(path) as brain:
        assert brain.audit().total == NUMBER + 1
        assert "quetzalcoatl" not in str(brain.audit(limit=None))
        assert brain.recall("GraphQL")


def test_a_lost_first_page_loses_no_memory(path: Path, whole: bytes) -> None:
    """Without it SQLite sees no database at all; the rows are found by their shape."""
    put(path, zeroed(whole, 1))
    with Brain.open(path) as brain:
        assert brain.audit().total == NUMBER + 1
        assert "as far as its pages can be read" in brain.notices()[0]


def test_lost_rows_are_saved_from_elsewhere_or_named(path: Path, whole: bytes, tmp_path: Path) -> None:
    """A page of rows is gone: the journal and the full text give what they have, marked as recovered."""
    copy = tmp_path / "look.db"
    copy.write_bytes(whole)
    with closing(sqlite3.connect(copy)) as plain:
        before = dict(plain.execute("SELECT id, content FROM memories"))
    copy.unlink()
    leaves = [n for n in range(2, len(whole) // PAGE) if whole[(n - 1) * PAGE] == 0x0D]
    page = next(n for n in leaves if b'["' not in whole[(n - 1) * PAGE : n * PAGE] and b"note 5:" in _page(whole, n))
    put(path, zeroed(whole, page))
    with Brain.open(path) as brain:
        [notice] = brain.notices()
        found = {m.id: m for m in brain.audit(limit=None).memories}
    recovered = {id for id, m in found.items() if "recovered" in m.tags}
    assert recovered
    assert "only the words they were found by" in notice
    assert found.keys() == before.keys()
    assert all(found[id].content == text for id, text in before.items() if id not in recovered)
    assert all("word" in found[id].content for id in recovered)


def _page(data: bytes, number: int) -> bytes:
    return data[(number - 1) * PAGE : number * PAGE]


@pytest.mark.parametrize("share", [0.5, 0.7, 0.9])
def test_a_cut_off_file_gives_what_it_has(path: Path, whole: bytes, share: float) -> None:
    """What is on its pages is saved, and what may be missing is told."""
    data = whole[: int(len(whole) * share)]
    put(path, data)
    with Brain.open(path) as brain:
        [notice] = brain.notices()
        total = brain.audit().total
        assert total > 0
        assert "all there were" not in notice or total == NUMBER + 1
    assert damaged_files(path)[0].read_bytes() == data


@pytest.mark.parametrize("ruin", ["cut", "overwritten"])
def test_a_small_file_whose_schema_is_hit_is_saved(path: Path, ruin: str) -> None:
    """The pages that say which tables there are may be among the ruined ones."""
    with Brain.open(path) as brain:
        for i in range(5):
            brain.remember(f"memory {i} about kubernetes and redis")
    data = path.read_bytes()
    third = len(data) // 3
    noise = random.Random(7).randbytes(third)  # noqa: S311 - a test has to be repeatable
    put(path, data[: len(data) // 2] if ruin == "cut" else data[:third] + noise + data[2 * third :])
    with Brain.open(path) as brain:
        assert "was damaged" in brain.notices()[0]
        assert brain.audit().total == 5
        assert len(brain.recall("kubernetes")) == 5


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), pages=st.integers(1, 12), noise=st.booleans())
def test_whatever_pages_are_ruined_nothing_is_made_up(
    whole: bytes, tmp_path_factory: pytest.TempPathFactory, seed: int, pages: int, noise: bool
) -> None:
    """The outcome is a sound file with true memories only, or a refusal that leaves the file as it was."""
    chance = random.Random(seed)  # noqa: S311 - a test has to be repeatable
    data = bytearray(whole)
    for _ in range(pages):
        at = chance.randrange(len(data) // PAGE) * PAGE
        data[at : at + PAGE] = chance.randbytes(PAGE) if noise else bytes(PAGE)
    path = tmp_path_factory.mktemp("ruined") / "memory.db"
    put(path, bytes(data))
    try:
        with Brain.open(path) as brain:
            found = [m for m in brain.audit(limit=None).memories if "recovered" not in m.tags]
            brain.recall("gateway")
            brain.remember("stored afterwards")
    except DamagedError:
        assert path.read_bytes() == bytes(data)
        return
    assert sound(path)
    texts = {m.content for m in found}
    assert all(re.match(r"note \d+: word|The gateway speaks GraphQL", text) for text in texts)
    assert "quetzalcoatl" not in str(texts)


# -- who is told ---------------------------------------------------------------------------------------------------


def test_the_assistant_is_told_in_its_answer(
    path: Path, whole: bytes, tmp_path: Path, talk: Callable[..., list[str]]
) -> None:
    """Under the answer to the first call, with the number and the place; the second answer is as always."""
    put(path, zeroed(whole, root(whole, "neurons", tmp_path)))
    first, second = talk(
        {"NEURAL_MEMORY_HOME": str(path.parent)},
        ("recall", {"query": "GraphQL gateway"}),
        ("recall", {"query": "GraphQL gateway"}),
    )
    assert "The gateway speaks GraphQL" in first
    assert "Tell the user: memory.db was damaged (" in first
    assert f"{NUMBER + 1} memories were saved" in first
    assert str(damaged_files(path)[0]) in first
    assert "damaged" not in second


def test_the_person_is_told_on_standard_error(path: Path, whole: bytes, tmp_path: Path) -> None:
    """And the answer on standard output is as always, so that a script can go on."""
    put(path, zeroed(whole, root(whole, "neurons", tmp_path)))
    done = subprocess.run(
        [sys.executable, "-m", "neural_memory", "recall", "GraphQL", "gateway", "--json"],
        capture_output=True,
        text=True,
        env={**os.environ, "NEURAL_MEMORY_HOME": str(path.parent)},
        timeout=120,
        check=True,
    )
    assert done.stderr.startswith("Note: memory.db was damaged")
    assert done.stdout.lstrip().startswith(("[", "{"))


# -- when it is noticed --------------------------------------------------------------------------------------------


def test_a_copy_that_lags_in_places_is_set_right(brain: Brain, path: Path, plain: Plain, tmp_path: Path) -> None:
    """Pages from before a change beside those from after it, sound for SQLite: the links are made anew."""
    brain.remember_many(f"Payment note {i} about refunds" for i in range(20))
    brain.recall("payment")
    brain.close()
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    with closing(sqlite3.connect(copy, isolation_level=None)) as torn:
        torn.execute("DROP TRIGGER memories_inserted")  # a row whose note to be linked is on a page from before
        torn.execute("INSERT INTO memories (id, content) VALUES ('mem_torn', 'Quetzalcoatl settings')")
        torn.execute("DELETE FROM fibers WHERE memory = 3")
        torn.execute("DELETE FROM digests WHERE memory = 4")
    with Brain.open(copy) as other:
        assert "linked anew" in other.notices()[0]
        assert other.recall("quetzalcoatl")[0].memory.id == "mem_torn"
        assert other.stats().fibers == 21
        assert other.audit(about="refunds").total == 20
    with Brain.open(copy) as other:
        assert other.notices() == []
    assert damaged_files(copy) == []


def test_damage_that_turns_up_in_use_is_mended(path: Path, whole: bytes, tmp_path: Path) -> None:
    """The call says that it was not done and why; the next one works, and nothing is lost."""
    put(path, whole)
    with Brain.open(path) as brain:
        assert brain.audit().total == NUMBER + 1
        with path.open("r+b") as file:  # in place, as a failing disk or a careless program does
            for table in ("memories", "neuron_terms"):
                file.seek((root(whole, table, tmp_path) - 1) * PAGE)
                file.write(bytes(PAGE))
            for place in (24, 92):  # the counter by which SQLite sees that the file was changed
                file.seek(place)
                file.write((10_000).to_bytes(4, "big"))
        os.utime(path, (1_700_000_000, 1_700_000_000))
        with pytest.raises(HealedError, match="try it again") as told:
            brain.remember("not stored, and told so")
        assert f"{NUMBER + 1} memories were saved" in str(told.value)
        assert brain.audit().total == NUMBER + 1
        assert brain.recall("GraphQL")
        assert brain.remember("stored afterwards").created
    assert len(damaged_files(path)) == 1


def test_a_large_file_that_was_copied_over_is_looked_through(path: Path, tmp_path: Path) -> None:
    """The copy was made of the file itself and is torn: noticed when it is opened, not by a wrong answer."""
    with Brain.open(path) as brain:
        brain.remember_many(f"Payment note {i} about refunds" for i in range(300))
        brain.settle()
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("CREATE TABLE padding AS SELECT zeroblob(5000000)")
    with Brain.open(path) as brain:
        assert brain.audit().total == 300
    torn = zeroed(path.read_bytes(), root(path.read_bytes(), "fibers", tmp_path))
    with path.open("r+b") as file:
        file.write(torn)
    later = path.stat().st_mtime + 3_600
    os.utime(path, (later, later))
    with Brain.open(path) as brain:
        assert "300 memories were saved" in brain.notices()[0]
        assert brain.recall("refunds of note 7")
    with Brain.open(path) as brain:
        assert brain.notices() == []


def test_a_full_text_that_contradicts_itself_is_made_anew(path: Path, whole: bytes, tmp_path: Path) -> None:
    """What only FTS5 notices, in a file that is sound otherwise, is mended without another file."""
    put(path, whole)
    with Brain.open(path) as brain:
        brain.audit()
        with closing(sqlite3.connect(path)) as plain, plain:
            plain.execute("UPDATE full_text_data SET block = x'00' WHERE id > 1000")
        with pytest.raises(HealedError, match="linked anew"):
            brain.recall("GraphQL gateway")
        hits = brain.recall("GraphQL gateway")
        assert hits[0].memory.content == "The gateway speaks GraphQL"
    assert damaged_files(path) == []


def test_a_sound_file_is_never_touched(path: Path, whole: bytes) -> None:
    """Opened again and again, copied, asked: no repair, no copy, no notice."""
    put(path, whole)
    for _ in range(3):
        with Brain.open(path) as brain:
            brain.recall("gateway")
            assert brain.notices() == []
    assert [p.name for p in path.parent.iterdir()] == ["memory.db"]


def test_a_locked_file_is_not_taken_for_a_damaged_one(path: Path, whole: bytes, tmp_path: Path) -> None:
    """While somebody holds it, nothing is mended: the call says that it is busy."""
    data = zeroed(whole, root(whole, "neurons", tmp_path))
    put(path, data)
    (path.parent / "config.json").write_text('{"busy_timeout_seconds": 1}')
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BusyError), Brain.open(path):
            pass
        assert damaged_files(path) == []
        other.execute("ROLLBACK")
    assert path.read_bytes() == data
    with Brain.open(path) as brain:
        assert brain.audit().total == NUMBER + 1


def test_a_file_that_is_being_copied_over_is_waited_for(path: Path, whole: bytes) -> None:
    """Half of a `cp` is no damage: when the rest has come, the file is used as it is."""
    half = len(whole) // 2 // PAGE * PAGE
    path.write_bytes(whole[:half])
    copying = subprocess.Popen(
        [sys.executable, "-c", COPY_ON, str(path), str(half)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert copying.stdin is not None and copying.stdout is not None
    copying.stdin.write(whole[half:])
    copying.stdin.close()
    assert copying.stdout.readline() == b"begun\n"
    with Brain.open(path) as brain:
        assert brain.audit().total == NUMBER + 1
        assert brain.notices() == []
    assert copying.wait(timeout=30) == 0
    copying.stdout.close()
    assert damaged_files(path) == []


COPY_ON = """
import sys, time
rest = sys.stdin.buffer.read()
with open(sys.argv[1], "r+b", buffering=0) as file:
    file.seek(int(sys.argv[2]))
    print("begun", flush=True)
    for start in range(0, len(rest), 1 + len(rest) // 8):
        time.sleep(0.1)  # a slow disk
        file.write(rest[start : start + 1 + len(rest) // 8])
"""


def test_what_is_not_ours_is_left_alone(path: Path) -> None:
    """Garbage, however long, is refused and not a byte of it or beside it changes."""
    for data in (os.urandom(50 * PAGE), b"SQLite format 3\0" + os.urandom(20 * PAGE), b"\r" * 30 * PAGE):
        put(path, data)
        with pytest.raises(DamagedError, match="untouched"), Brain.open(path):
            pass
        assert path.read_bytes() == data
        assert [p.name for p in path.parent.iterdir()] == ["memory.db"]


OPEN = """
import sys
from neural_memory import Brain
print("ready", flush=True)
sys.stdin.readline()
with Brain.open(sys.argv[1], source=sys.argv[2]) as brain:
    print(brain.remember(f"stored by {sys.argv[2]}").id, brain.audit().total, len(brain.notices()), flush=True)
"""


@posix
def test_several_processes_mend_a_file_once(path: Path, whole: bytes, tmp_path: Path, python: Start) -> None:
    """All of them get on, one damaged file is kept, and what each stored is there exactly once."""
    for round_, page in enumerate((root(whole, "neurons", tmp_path), 1)):
        for kept in damaged_files(path):
            kept.unlink()
        put(path, zeroed(whole, page))
        started = [python(OPEN, path, f"server{i}") for i in range(4)]
        for process in started:
            assert process.stdout is not None and process.stdin is not None
            assert process.stdout.readline() == "ready\n"
        for process in started:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        ids = []
        for process in started:
            out, errors = process.communicate(timeout=120)
            assert process.returncode == 0, errors
            ids.append(out.split()[0])
        assert len(damaged_files(path)) == 1, round_
        with closing(sqlite3.connect(path)) as plain:
            stored = [id for (id,) in plain.execute("SELECT id FROM memories WHERE content LIKE 'stored by%'")]
            assert sorted(stored) == sorted(ids)
            assert plain.execute("SELECT count(*) FROM memories").fetchone() == (NUMBER + 5,)
        assert sound(path)


@posix
def test_who_opened_what_was_no_database_does_not_spoil_what_comes(path: Path, whole: bytes) -> None:
    """It was opened before it was mended and is read after: nobody's journal is taken for what a crash left."""
    put(path, zeroed(whole, 1))
    with closing(sqlite3.connect(path, timeout=0)) as early:
        with Brain.open(path) as brain:
            number = brain.audit().total
        with closing(sqlite3.connect(path, isolation_level=None)) as writer:
            writer.execute("PRAGMA cache_size = 1")
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("UPDATE memories SET importance = 0.9")
            with suppress(sqlite3.OperationalError):  # locked, as it should be
                early.execute("SELECT count(*) FROM memories").fetchone()
            writer.execute("COMMIT")
        assert early.execute("SELECT count(*) FROM memories WHERE importance = 0.9").fetchone() == (number,)
    assert sound(path)


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only for the superuser")
def test_a_damaged_file_where_nothing_can_be_written_is_told(path: Path, whole: bytes, tmp_path: Path) -> None:
    """It cannot be mended there, and says so."""
    put(path, zeroed(whole, root(whole, "neurons", tmp_path)))
    path.parent.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="damaged"), Brain.open(path):
            pass
    finally:
        path.parent.chmod(0o700)
