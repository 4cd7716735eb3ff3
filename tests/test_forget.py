"""What is deleted is exactly what was meant, is gone from every answer, and comes back whole when it was a slip."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_memory import Brain
from neural_memory.errors import InputError, NotFoundError

Said = Callable[..., list[str]]


def test_forgetting_by_id_takes_exactly_those(brain: Brain) -> None:
    """The memories with the ids go, each named once; the others stay."""
    stored = [brain.remember(f"note {i}") for i in range(6)]
    gone = brain.forget([stored[1].id, stored[4].id, stored[1].id])
    assert [m.id for m in gone.memories] == [stored[1].id, stored[4].id]
    assert {m.id for m in brain.audit().memories} == {stored[i].id for i in (0, 2, 3, 5)}


def test_the_forgotten_is_in_no_answer(brain: Brain) -> None:
    """Neither recall, nor audit, nor association, nor its id lead to it any more."""
    kept = brain.remember("Payments go through the StripeGateway")
    gone = brain.remember("StripeGateway secrets rotate every 90 days", tags=["rotation"])
    brain.recall("secrets")
    brain.forget([gone.id])
    for question in ("secrets", "rotation", "payments", "StripeGateway", gone.id):
        assert gone.id not in [hit.memory.id for hit in brain.recall(question)]
    assert [m.id for m in brain.audit(about="StripeGateway").memories] == [kept.id]
    assert gone.id not in [m.id for m in brain.connections("StripeGateway").memories]
    assert brain.connections("rotation").neurons == ()
    with pytest.raises(NotFoundError):
        brain.get(gone.id)


def test_conditions_take_exactly_what_matches_all_of_them(brain: Brain, days_ago: Callable[[float], str]) -> None:
    """Words, tags and age together: nothing that misses one of them goes."""
    goes = brain.remember("temporary a", tags=["Ops"], timestamp=days_ago(31))
    brain.remember("temporary b", tags=["ops"], timestamp=days_ago(29))
    brain.remember("temporary c", tags=["dev"], timestamp=days_ago(31))
    brain.remember("lasting d", tags=["ops"], timestamp=days_ago(31))
    conditions: dict[str, Any] = {"mentions": "TEMPORARY", "tags": ["OPS"], "older_than_days": 30}
    would = brain.forget(**conditions, dry_run=True)
    assert would.dry_run
    assert [m.id for m in would.memories] == [goes.id]
    assert brain.audit().total == 4
    assert [m.id for m in brain.forget(**conditions).memories] == [goes.id]
    assert brain.audit().total == 3
    assert brain.forget(**conditions).memories == ()


def test_symbols_in_a_condition_match_themselves_only(brain: Brain) -> None:
    """Percent signs, underscores, stars and quotes are no wildcards: a deletion by "%" spares what has none."""
    for text in ("100 % sure", "snake_case", "a * b", 'said "so"', "plain"):
        brain.remember(text)
    for symbol in ("%", "_", "*", '"'):
        assert len(brain.forget(mentions=symbol).memories) == 1
    assert [m.content for m in brain.audit().memories] == ["plain"]


def test_an_unknown_id_deletes_nothing(brain: Brain) -> None:
    """One wrong id among right ones: the message names it and everything stays."""
    stored = brain.remember("note")
    with pytest.raises(NotFoundError, match=r"mem_unknown.*nothing was deleted"):
        brain.forget([stored.id, "mem_unknown"])
    assert brain.get(stored.id)
    brain.forget([stored.id])
    with pytest.raises(NotFoundError, match=stored.id):
        brain.forget([stored.id])


WRONG: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({}, ("ids", "filter", "delete everything")),
    ({"ids": []}, ("ids", "delete everything")),
    ({"tags": []}, ("delete everything",)),
    ({"ids": ["mem_a"], "mentions": "x"}, ("not both",)),
    ({"ids": "mem_abc"}, ("ids", "list")),
    ({"ids": ["abc"]}, ("abc", "nothing was deleted")),
    ({"ids": [3]}, ("id", "3")),
    ({"mentions": ""}, ("mentions", "blank")),
    ({"mentions": "   "}, ("mentions", "blank")),
    ({"older_than_days": 0}, ("older_than_days", "0")),
    ({"older_than_days": -1}, ("older_than_days", "-1")),
    ({"older_than_days": float("inf")}, ("older_than_days", "inf")),
    ({"mentions": "note", "dry_run": "no"}, ("dry_run", "'no'", "true or false")),
    ({"mentions": "note", "for_good": 1}, ("for_good", "1", "true or false")),
]


@pytest.mark.parametrize(("arguments", "told"), WRONG, ids=lambda value: str(value)[:40])
def test_what_cannot_be_used_is_refused_and_deletes_nothing(
    brain: Brain, arguments: dict[str, Any], told: tuple[str, ...]
) -> None:
    """The message says what is wrong, and the file stays as it was."""
    brain.remember("note")
    before = brain.path.read_bytes()
    with pytest.raises(InputError) as refused:
        brain.forget(**arguments)
    for part in told:
        assert part in str(refused.value)
    assert brain.path.read_bytes() == before


def test_a_slip_is_undone_completely(brain: Brain) -> None:
    """After undo everything is as before: ids, tags, importance, dates, and every answer."""
    brain.remember("Payment keys rotate", tags=["ops"], importance=0.9, project="shop", timestamp="2025-01-01")
    brain.remember("Payment limits are low", tags=["ops"])
    brain.remember("Plants need water")
    memories, hits = brain.audit().memories, brain.recall("payment")
    assert len(brain.forget(tags=["ops"]).memories) == 2
    [undone] = brain.undo()
    assert undone.action == "forget"
    assert len(undone.memories) == 2
    assert brain.audit().memories == memories
    assert brain.recall("payment") == hits


def test_deleting_for_good_cannot_be_undone(brain: Brain) -> None:
    """There is nothing left to bring back, and no innocent memory goes instead: undo says so."""
    first = brain.remember("kept for now")
    doomed = brain.remember("Zanzibarkey")
    gone = brain.forget([doomed.id], for_good=True)
    assert gone.for_good
    with pytest.raises(InputError, match="cannot be undone; with 2 steps"):
        brain.undo()
    assert brain.get(first.id).content == "kept for now"
    [undone] = brain.undo(2)
    assert [m.id for m in undone.memories] == [first.id]
    assert brain.undo() == []


RARE = ["Zanzibarkey", "Quuxfrobnicate", "Wednesnight", "Xylokarpathos", "Yggdrasilbark"]
Steps = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(["again", "forget", "revise", "recall", "undo"])), max_size=8
)


@given(Steps, st.integers(0, 4))
@settings(max_examples=25)
def test_for_good_leaves_not_a_byte_in_the_file(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str]], doomed: int
) -> None:
    """Whatever happened to a memory before: after `for_good` none of its words is in any file, also not in a copy."""
    home = tmp_path_factory.mktemp("good")
    with Brain.open(home / "memory.db") as brain:
        ids = [brain.remember(f"the {word} of note {i}", tags=[f"{word}-tag"]).id for i, word in enumerate(RARE)]
        for which, what in steps:
            present = brain.audit(mentions=f"note {which}").total > 0
            if what == "again" and present:
                brain.remember(f"the {RARE[which]} of note {which}", tags=["more"])
            elif what == "forget" and present:
                brain.forget([ids[which]])
            elif what == "revise" and present:
                brain.revise(ids[which], content=f"revised {RARE[which]}s of note {which}")
            elif what == "recall":
                brain.recall(RARE[which])
            elif what == "undo":
                brain.undo()
        while brain.audit(mentions=f"note {doomed}").total == 0:
            brain.undo() or brain.remember(f"the {RARE[doomed]} of note {doomed}")
        brain.forget([m.id for m in brain.audit(mentions=f"note {doomed}").memories], for_good=True)
        for file in home.iterdir():
            assert RARE[doomed][:8].lower().encode() not in file.read_bytes().lower(), file.name
        assert brain.recall(RARE[doomed]) == []


def test_for_good_reaches_what_is_only_in_the_journal(brain: Brain) -> None:
    """A memory that was forgotten with undo can still be erased for good, and a revised one with all its versions."""
    revised = brain.remember("Quuxfrobnicate is the first version")
    brain.revise(revised.id, content="second version")
    brain.forget([revised.id], for_good=True)
    assert b"quuxfrob" not in brain.path.read_bytes().lower()
    forgotten = brain.remember("Zanzibarkey opens the vault")
    brain.forget([forgotten.id])
    brain.forget([forgotten.id], for_good=True)
    assert b"zanzibar" not in brain.path.read_bytes().lower()
    assert forgotten.id not in [m.id for step in brain.undo(100) for m in step.memories]


def test_for_good_erases_what_an_undone_storing_left(brain: Brain) -> None:
    """A storing that was taken back can be erased for good by its id, too."""
    stored = brain.remember("Zanzibarkey opens the vault")
    brain.undo()
    brain.forget([stored.id], for_good=True)
    assert b"zanzibar" not in brain.path.read_bytes().lower()


def test_deleting_everything_one_by_one_empties_the_network(brain: Brain) -> None:
    """When the last memory is gone, no neuron, synapse or fiber is left."""
    stored = [brain.remember(f"Payment {word} key {i}", tags=[word]) for i, word in enumerate(RARE)]
    for memory in stored:
        brain.forget([memory.id])
    found = brain.stats()
    assert (found.memories, found.neurons, found.synapses, found.fibers) == (0, 0, 0, 0)


def test_deleting_the_newer_one_brings_the_replaced_one_back_in_force(brain: Brain) -> None:
    """What a deleted memory had replaced is not hidden behind something that is not there."""
    old = brain.remember("Deploys happen on Fridays")
    new = brain.remember("Deploys happen on Tuesdays", replaces=old.id)
    brain.forget([new.id])
    assert [hit.memory.id for hit in brain.recall("when do deploys happen?")] == [old.id]


def test_row_numbers_and_ids_are_never_used_again(path: Path) -> None:
    """A new memory does not take the row of a deleted one, so that nothing old can point to it."""
    with Brain.open(path) as brain:
        last = [brain.remember(f"note {i}") for i in range(3)][-1]
        brain.forget([last.id], for_good=True)
        brain.remember("next")
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("SELECT max(seq) FROM memories").fetchone()[0] == 4
