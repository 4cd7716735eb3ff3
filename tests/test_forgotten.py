"""Forgotten means forgotten: for thirty days it can be brought back, then no word of it is in any file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from neural_memory import Brain
from neural_memory.upkeep.suggest import Noticed

Days = Callable[[float], str]
WORDS = ("QuuxFrobnicator", "zanzibarish", "Wombatron/GlumphMod", "vexillology", "Übergrößenträger")


def found_in(home: Path, words: tuple[str, ...] = WORDS) -> list[str]:
    """Which of the words are in which file, free pages and whatever else included, in any spelling."""
    files = [path for path in home.rglob("*") if path.is_file()]
    return [
        f"{path.name}: {word}"
        for path in files
        for word in words
        if word.lower().encode() in path.read_bytes().lower() or word.encode() in path.read_bytes()
    ]


def age(path: Path, when: str) -> None:
    """Everything that was done so far was done then."""
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("UPDATE journal SET at = ?", (when,))


def sweep(path: Path) -> None:
    """What the first change of a process does beside."""
    with Brain.open(path) as brain:
        brain.remember("Something else altogether")
        brain.settle()


@pytest.fixture
def home(path: Path) -> Path:
    """The directory of this test's file."""
    return path.parent


def store(brain: Brain) -> str:
    """A memory with all the words, revised once, among others; returns its id."""
    brain.remember_many(f"Payment note {i} about refunds" for i in range(50))
    stored = brain.remember(f"The {WORDS[0]} speaks {WORDS[1]}", tags=[WORDS[3]])
    brain.recall(WORDS[1])
    brain.revise(stored.id, content=f"The {WORDS[0]} needs {WORDS[2]} and {WORDS[4]}")
    brain.recall(WORDS[0])
    return stored.id


def test_what_is_forgotten_is_out_of_every_answer_but_can_come_back(path: Path, home: Path) -> None:
    """Within thirty days: no recall, audit, overview, network or figure knows it; undo does."""
    with Brain.open(path) as brain:
        id = store(brain)
        brain.forget([id])
        for word in WORDS:
            assert brain.recall(word) == []
            assert brain.audit(about=word).total == brain.audit(mentions=word).total == 0
            assert brain.connections(word).neurons == ()
        assert WORDS[3] not in brain.overview().tags
    age(path, "2999-01-01T00:00:00Z")
    sweep(path)
    with Brain.open(path) as brain:
        brain.undo(2)
        assert brain.get(id).content == f"The {WORDS[0]} needs {WORDS[2]} and {WORDS[4]}"
        assert brain.recall(WORDS[0])[0].memory.id == id


def test_after_thirty_days_no_word_of_it_is_in_any_file(path: Path, home: Path, days_ago: Days) -> None:
    """Neither of what it said last nor of what it said before: rows, full text, network, journal, free pages."""
    with Brain.open(path) as brain:
        id = store(brain)
        brain.forget([id])
    assert found_in(home)
    age(path, days_ago(29))
    sweep(path)
    assert found_in(home)
    age(path, days_ago(31))
    sweep(path)
    assert found_in(home) == []
    with Brain.open(path) as brain:
        assert id not in str(brain.undo(100))
        assert brain.audit(about="refunds").total <= 50


def test_what_a_living_memory_once_said_stays(path: Path, home: Path, days_ago: Days) -> None:
    """Only what was forgotten expires: a revision can be looked up and taken back however old it is."""
    with Brain.open(path) as brain:
        living = brain.remember("The gateway speaks SOAP")
        brain.revise(living.id, content="The gateway speaks GraphQL")
        gone = brain.remember(f"The {WORDS[0]} speaks {WORDS[1]}")
        brain.forget([gone.id])
    age(path, days_ago(400))
    sweep(path)
    assert found_in(home) == []
    assert found_in(home, ("speaks SOAP",))
    with Brain.open(path) as brain:
        assert "speaks SOAP" in str(brain.history(living.id))
        assert brain.get(living.id).content == "The gateway speaks GraphQL"


def test_history_is_safe_while_memories_wait_to_be_linked(path: Path, home: Path, days_ago: Days) -> None:
    """Right after a repair hardly a memory is linked; none of them counts as forgotten for that."""
    with Brain.open(path) as brain:
        living = brain.remember("The gateway speaks SOAP")
        brain.revise(living.id, content="The gateway speaks GraphQL")
        brain.remember_many(f"Payment note {i}" for i in range(2_500))
    age(path, days_ago(400))
    with closing(sqlite3.connect(path)) as plain, plain:
        for table in ("memory_ids", "digests", "fibers", "full_text", "neurons", "neuron_terms", "synapses"):
            plain.execute(f"DELETE FROM {table}")
        plain.execute("UPDATE tallies SET value = 0")
        plain.execute("INSERT OR IGNORE INTO unlinked SELECT seq FROM memories WHERE seq <> 1")
        plain.execute("INSERT INTO unlinked VALUES (1) ON CONFLICT DO NOTHING")
    with Brain.open(path) as brain:
        brain.remember("the first change of this process")
    assert found_in(home, ("speaks SOAP",))


@pytest.mark.parametrize("expiry", [False, True], ids=["for good", "after thirty days"])
def test_a_shared_word_is_spelled_as_those_who_are_left_spell_it(
    path: Path, home: Path, days_ago: Days, expiry: bool
) -> None:
    """The neuron lives on in the other memory; the spelling of the one that is gone does not."""
    with Brain.open(path) as brain:
        gone = brain.remember("ZanZiBarKey opens the VaultOfZed", tags=["PayMents"])
        brain.recall("vault")
        brain.remember("the zanzibarkey is kept by payments, not by vaultofzed")
        brain.recall("vault")
        assert found_in(home, ("anything",)) == []
        brain.forget([gone.id], for_good=not expiry)
    if expiry:
        age(path, days_ago(31))
        sweep(path)
    data = path.read_bytes()
    assert [word for word in (b"ZanZiBarKey", b"VaultOfZed", b"PayMents") if word in data] == []
    with Brain.open(path) as brain:
        assert {n.name for n in brain.connections("zanzibarkey").neurons} == {"zanzibarkey"}
        assert brain.recall("zanzibarkey")


def test_for_good_leaves_nothing_of_any_version(path: Path, home: Path) -> None:
    """At once: what it says, what it said before it was revised, its tags, what suggested it."""
    with Brain.open(path) as brain:
        id = store(brain)
        with brain._file.write() as connection:
            connection.execute(
                "INSERT INTO suggestions (id, content, sentence, reason, source, at, memory) "
                "VALUES ('sug_1', ?, ?, 'a decision', 'hook', '2026-01-01T00:00:00Z', ?)",
                (f"The {WORDS[0]}", f"He said {WORDS[1]}", id),
            )
        assert found_in(home)
        brain.forget([id], for_good=True)
        assert found_in(home) == []
        brain.backup()
    assert found_in(home) == []


def test_after_thirty_days_what_a_merge_had_mixed_in_is_gone_too(path: Path, home: Path, days_ago: Days) -> None:
    """It was merged with another, taken out again and forgotten; what the other became since can still be undone."""
    with Brain.open(path) as brain:
        kept = brain.remember("The gateway listens on port 8443")
        gone = brain.remember(f"{WORDS[0]} is the name of the acquisition")
        brain.merge([kept.id, gone.id])
        brain.undo()
        brain.forget([gone.id])
    age(path, days_ago(40))
    with Brain.open(path) as brain:
        brain.revise(kept.id, content="The gateway listens on port 9443")
    sweep(path)
    assert found_in(home, WORDS[:1]) == []
    with Brain.open(path) as brain:
        brain.undo(2)
        assert brain.get(kept.id).content == "The gateway listens on port 8443"


@pytest.mark.parametrize("for_good", [True, False])
def test_a_dismissed_suggestion_does_not_keep_what_was_forgotten(
    path: Path, home: Path, days_ago: Days, for_good: bool
) -> None:
    """It was turned down, stored by a call after all, and forgotten; what says something else still waits."""
    said = f"We decided to call the acquisition {WORDS[0]} from now on."
    other = "We decided to use Postgres for the orders because of its locks."
    with Brain.open(path) as brain:
        first, second = brain.suggest([Noticed(text, text, "a decision of yours") for text in (said, other)])
        brain.dismiss([first.id])
        brain.forget([brain.remember(said).id], for_good=for_good)
    age(path, days_ago(40))
    sweep(path)
    assert found_in(home, WORDS[:1]) == []
    with Brain.open(path) as brain:
        assert [one.id for one in brain.suggestions()] == [second.id]
