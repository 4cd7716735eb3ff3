"""Correcting in place, and taking steps back: one's own, in order, and never over somebody else's work."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_memory import Brain, answers
from neural_memory.errors import InputError, NotFoundError
from neural_memory.model import Memory


def test_revising_changes_only_what_is_given(brain: Brain) -> None:
    """The id, the date and whatever was not named stay as they are."""
    stored = brain.remember("Port is 80", tags=["net"], importance=0.3, project="shop", timestamp="2025-01-01")
    after = brain.revise(stored.id, content="Port is 443")
    assert Memory(**{field.name: getattr(after, field.name) for field in fields(Memory)}) == brain.get(stored.id)
    assert (after.content, after.tags, after.importance) == ("Port is 443", ("net",), 0.3)
    assert (after.project, after.timestamp, after.kind) == ("shop", "2025-01-01T00:00:00Z", "fact")
    assert brain.revise(stored.id, tags=["a", "A", "b"]).tags == ("a", "b")
    assert brain.revise(stored.id, tags=[]).tags == ()
    assert brain.revise(stored.id, importance=1).importance == 1.0
    assert brain.revise(stored.id, kind="reference").kind == "reference"
    assert brain.revise(stored.id, project="").project is None
    assert brain.revise(stored.id, project="bank").project == "bank"


def test_a_revised_memory_is_found_by_its_new_words_only(brain: Brain) -> None:
    """Old words and tags lead nowhere, new ones find it."""
    stored = brain.remember("The gateway speaks SOAP", tags=["legacy"])
    brain.revise(stored.id, content="The gateway speaks GraphQL", tags=["modern"])
    assert brain.recall("SOAP") == []
    assert brain.recall("legacy") == []
    for question in ("GraphQL", "modern", "gateway"):
        assert [hit.memory.id for hit in brain.recall(question)] == [stored.id]


def test_revising_to_what_it_is_already_is_no_step(brain: Brain) -> None:
    """Nothing changes, so there is nothing more to undo."""
    stored = brain.remember("Port is 80", tags=["net"])
    brain.revise(stored.id, content="Port is 80", tags=["net"])
    assert brain.stats().undoable == 1


WRONG: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({}, ("nothing to revise", "content")),
    ({"content": ""}, ("content", "blank")),
    ({"content": 5}, ("content", "5")),
    ({"tags": "net"}, ("tags", "list")),
    ({"importance": 2}, ("importance", "2", "between 0")),
    ({"kind": "rumour"}, ("kind", "'rumour'")),
    ({"project": "  "}, ("project", "blank")),
    ({"id": "abc", "content": "x"}, ("'abc'", "mem_")),
    ({"id": None, "content": "x"}, ("id", "None")),
]


@pytest.mark.parametrize(("arguments", "told"), WRONG, ids=lambda value: str(value)[:40])
def test_what_cannot_be_used_is_refused_and_changes_nothing(
    brain: Brain, arguments: dict[str, Any], told: tuple[str, ...]
) -> None:
    """The message says what is wrong, and the file stays as it was."""
    stored = brain.remember("Port is 80")
    before = brain.path.read_bytes()
    with pytest.raises(InputError) as refused:
        brain.revise(**{"id": stored.id, **arguments})
    for part in told:
        assert part in str(refused.value)
    assert brain.path.read_bytes() == before


def test_an_unknown_id_cannot_be_revised(brain: Brain) -> None:
    """The message names the id and where ids are shown."""
    with pytest.raises(NotFoundError, match=r"mem_unknown.*[Rr]ecall"):
        brain.revise("mem_unknown", content="x")


@pytest.mark.parametrize("steps", [0, -1, 101, True, 1.0, "1", None])
def test_a_number_of_steps_that_makes_no_sense_is_refused(brain: Brain, steps: Any) -> None:
    """From 1 to 100, and nothing is undone otherwise."""
    brain.remember("kept")
    with pytest.raises(InputError, match="steps"):
        brain.undo(steps)
    assert brain.audit().total == 1


def test_steps_are_taken_back_latest_first(brain: Brain) -> None:
    """Remember, revise, forget come back in the opposite order, each as it had been."""
    one = brain.remember("one")
    two = brain.remember("two")
    brain.revise(one.id, content="one, revised")
    brain.forget([two.id])
    assert [step.action for step in brain.undo(2)] == ["forget", "revise"]
    assert brain.get(one.id).content == "one"
    assert brain.get(two.id).content == "two"
    assert [step.action for step in brain.undo(100)] == ["remember", "remember"]
    assert brain.audit().total == 0
    assert brain.undo() == []


def test_what_was_taken_back_says_what_when_and_by_whom(path: Path, opened: Callable[..., Brain]) -> None:
    """An undone step tells its action, its memories, its time and its author."""
    brain = opened(source="claude-code")
    stored = brain.remember("one", timestamp="2020-01-01")
    [step] = brain.undo()
    assert (step.action, step.source) == ("remember", "claude-code")
    assert [m.id for m in step.memories] == [stored.id]
    assert step.at >= "2026"


def test_storing_the_same_again_is_undone_as_a_change(brain: Brain) -> None:
    """Tags that came with the same text a second time go, the memory stays."""
    stored = brain.remember("API uses Bearer tokens", tags=["auth"])
    brain.remember("API uses Bearer tokens", tags=["security"])
    brain.undo()
    assert brain.get(stored.id).tags == ("auth",)


def test_steps_survive_closing_and_opening(path: Path) -> None:
    """A slip of yesterday can be undone today."""
    with Brain.open(path) as brain:
        stored = brain.remember("one")
        brain.forget([stored.id])
    with Brain.open(path) as brain:
        assert [m.id for m in brain.undo()[0].memories] == [stored.id]
        assert brain.get(stored.id).content == "one"


def test_a_change_by_somebody_else_since_is_not_overwritten(opened: Callable[..., Brain]) -> None:
    """Undo is refused when the memory was changed by another session meanwhile, and says by whom."""
    mine, theirs = opened(source="mine", session="a"), opened(source="theirs", session="b")
    stored = mine.remember("Port is 80")
    theirs.revise(stored.id, content="Port is 443")
    with pytest.raises(InputError, match=rf"{stored.id}.*theirs.*nothing was undone"):
        mine.undo()
    assert mine.get(stored.id).content == "Port is 443"
    theirs.undo()
    mine.undo()
    assert mine.audit().total == 0


def test_a_refused_undo_of_several_steps_undoes_none(opened: Callable[..., Brain]) -> None:
    """When one of the steps cannot be taken back, the message "nothing was undone" is true for all of them."""
    mine, theirs = opened(source="mine", session="a"), opened(source="theirs", session="b")
    first = mine.remember("Port is 80")
    second = mine.remember("Host is local")
    theirs.revise(first.id, content="Port is 443")
    with pytest.raises(InputError, match="nothing was undone"):
        mine.undo(2)
    assert mine.get(second.id).content == "Host is local"


def test_two_sessions_do_not_undo_each_others_steps(opened: Callable[..., Brain]) -> None:
    """Each takes back its own last step, whatever the other did after it."""
    mine, theirs = opened(session="a"), opened(session="b")
    one = mine.remember("one")
    two = theirs.remember("two")
    three = mine.remember("three")
    four = theirs.remember("four")
    assert [m.id for m in mine.undo()[0].memories] == [three.id]
    assert [m.id for m in theirs.undo()[0].memories] == [four.id]
    assert [m.id for m in mine.undo()[0].memories] == [one.id]
    assert [m.id for m in theirs.undo()[0].memories] == [two.id]


def test_a_hand_edit_since_is_not_overwritten_silently(brain: Brain, plain: Callable[[str], Any]) -> None:
    """A memory that was deleted by hand can be left alone by undo: taking back its storing changes nothing else."""
    stored = brain.remember("one")
    kept = brain.remember("two")
    plain(f"DELETE FROM memories WHERE id = '{stored.id}'")
    brain.undo(2)
    assert brain.audit().total == 0
    assert kept.id not in [m.id for m in brain.audit().memories]


def test_old_steps_expire_with_what_they_kept(home: Path, plain_at: Callable[[Path, str], Any]) -> None:
    """After `undo_days` a forgotten memory cannot be brought back, and its text is out of the file."""
    with Brain.open() as brain:
        stored = brain.remember("Zanzibarkey opens the vault")
        brain.forget([stored.id])
    (home / "config.json").write_text(json.dumps({"undo_days": 7}))
    plain_at(home / "memory.db", "UPDATE journal SET at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-6 days')")
    with Brain.open() as brain:
        brain.remember("within the days")
        assert b"Zanzibarkey" in brain.path.read_bytes()
    plain_at(home / "memory.db", "UPDATE journal SET at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-8 days')")
    with Brain.open() as brain:
        brain.remember("a change, so that the journal is swept")
        assert b"Zanzibarkey" not in brain.path.read_bytes()
        brain.undo(100)
        assert brain.recall("zanzibarkey") == []


def test_steps_that_are_too_old_are_left_alone(path: Path, plain: Callable[[str], Any]) -> None:
    """After `undo_days` undo takes back the newer steps only, and never removes an old memory in their place."""
    with Brain.open(path) as brain:
        old = brain.remember("Port is 80")
        brain.revise(old.id, content="Port is 443")
        brain.remember_many(["Host is local", "Host is far"])
    plain("UPDATE journal SET at = '2020-01-01T00:00:00Z'")
    with Brain.open(path) as brain:
        assert brain.undo() == []
        kept = brain.audit().memories
        new = brain.remember("Protocol is HTTP")
        [step] = brain.undo(100)
        assert [m.id for m in step.memories] == [new.id]
        assert brain.undo() == []
        assert brain.audit().memories == kept
        assert brain.recall("port 443")[0].memory.id == old.id


def test_what_another_session_stored_as_well_is_not_taken_back(opened: Callable[..., Brain]) -> None:
    """Who was told "already stored" does not lose it to the undo of who stored it first."""
    mine, theirs = opened(source="mine", session="s1"), opened(source="theirs", session="s2")
    stored = mine.remember("The gateway speaks GraphQL")
    assert theirs.remember("The gateway speaks GraphQL").id == stored.id
    with pytest.raises(InputError, match=rf"{stored.id}.*theirs.*nothing was undone"):
        mine.undo()
    for asked in (mine, theirs):
        assert [hit.memory.id for hit in asked.recall("GraphQL")] == [stored.id]
    theirs.undo()
    assert [hit.memory.id for hit in theirs.recall("GraphQL")] == [stored.id]
    mine.undo()
    assert mine.audit().total == 0


def test_a_session_with_nothing_left_leaves_the_others_alone(opened: Callable[..., Brain]) -> None:
    """Once its own steps are all taken back, another undo takes back nothing."""
    mine, theirs = opened(session="s1"), opened(session="s2")
    mine.remember("one")
    two = theirs.remember("two")
    assert len(mine.undo(100)) == 1
    assert mine.undo() == []
    assert mine.undo(100) == []
    assert [m.id for m in theirs.audit().memories] == [two.id]


def test_storing_the_same_again_in_the_place_of_another_is_one_step(brain: Brain) -> None:
    """New tags and the replacement came with one call, and go with one undo."""
    same, other = brain.remember("Port is 443", tags=["net"]), brain.remember("Port is 80")
    there = brain.audit().memories
    stored = brain.remember("Port is 443", tags=["tls"], replaces=other.id)
    assert (stored.id, stored.created, stored.tags) == (same.id, False, ("net", "tls"))
    assert brain.get(other.id).replaced_by == same.id
    assert brain.stats().undoable == 3
    assert len(brain.undo()) == 1
    assert brain.audit().memories == there
    assert brain.stats().undoable == 2


@pytest.mark.parametrize("chunk", [1, 2, 200])
def test_many_with_some_that_are_there_already_are_one_step(brain: Brain, chunk: int) -> None:
    """Texts that are known, or come twice in the same call, do not break it up."""
    brain.remember("known", tags=["old"])
    there = brain.audit().memories
    items = [{"content": "known", "tags": ["first"]}, "one", "one", {"content": "known", "tags": ["new"]}, "two"]
    assert brain.remember_many(items, chunk=chunk) == 2
    assert brain.stats().undoable == 2
    assert len(brain.undo()) == 1
    assert brain.audit().memories == there


def test_what_was_replaced_by_something_gone_for_good_comes_back_current(brain: Brain) -> None:
    """Undo brings back the older memory, and no longer in the shadow of one that does not exist."""
    older = brain.remember("The gateway speaks SOAP")
    newer = brain.remember("The gateway speaks GraphQL", replaces=older.id)
    brain.forget([older.id])
    brain.forget([newer.id], for_good=True)
    [step] = brain.undo(2)
    assert (step.action, [m.id for m in step.memories]) == ("forget", [older.id])
    assert brain.get(older.id).replaced_by is None
    assert [hit.memory.id for hit in brain.recall("gateway")] == [older.id]


def test_a_session_that_did_nothing_deletes_nothing_of_others(path: Path) -> None:
    """It may bring back what another session deleted, but its undo does not remove what another stored."""
    with Brain.open(path, session="one") as one, Brain.open(path, session="two") as two:
        stored = one.remember("The vault is in the cellar")
        with pytest.raises(InputError, match="this session changed nothing"):
            two.undo()
        assert two.get(stored.id).content == stored.content
        one.forget([stored.id])
        [step] = two.undo()
        assert step.action == "forget"
        assert two.get(stored.id).content == stored.content


Deed = st.tuples(st.sampled_from(["remember", "revise", "forget", "replace", "again", "many"]), st.integers(0, 20))


@given(st.lists(Deed, min_size=1, max_size=10))
@settings(max_examples=25)
def test_undoing_everything_restores_every_state_on_the_way(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[tuple[str, int]]
) -> None:
    """After any sequence of changes, each undo gives exactly the memories there were before that change."""
    with Brain.open(tmp_path_factory.mktemp("undo") / "memory.db") as brain:
        states = [brain.audit(limit=None).memories]
        for number, (what, which) in enumerate(deeds):
            there = brain.audit(limit=None).memories
            if what == "remember" or not there:
                brain.remember(f"note {number}", tags=[f"t{which}"])
            elif what == "revise":
                brain.revise(there[which % len(there)].id, content=f"revised {number}")
            elif what == "forget":
                brain.forget([m.id for m in there[: 1 + which % 3]])
            elif what == "replace":
                brain.remember(f"newer {number}", replaces=there[which % len(there)].id)
            elif what == "again":
                brain.remember(f"note {number}", tags=["again"])
            else:
                brain.remember_many(f"many {number} {i}" for i in range(1 + which % 4))
            states.append(brain.audit(limit=None).memories)
        for expected in reversed(states[:-1]):
            [_] = brain.undo()
            assert brain.audit(limit=None).memories == expected
        assert brain.undo() == []
        found = brain.stats()
        assert (found.neurons, found.synapses, found.fibers) == (0, 0, 0)


def test_undoing_a_replacement_tells_what_holds_again(brain: Brain) -> None:
    """And doing it again, what is replaced again."""
    old = brain.remember("The staging host is harbor-6")
    brain.remember("The staging host is harbor-7", replaces=old.id)
    (undone,) = brain.undo()
    assert [memory.id for memory in undone.back] == [old.id]
    assert f"What had been replaced holds again:\n1. [{old.id}]" in answers.undone([undone])
    assert "Replaced again:" in answers.undone(brain.redo())


def test_a_change_after_an_undo_ends_what_could_be_done_again(brain: Brain) -> None:
    """An undo then takes back that change, and nothing that was deleted comes between."""
    lasers = brain.remember("Alpha is about lasers")
    brain.forget([lasers.id])
    brain.undo()
    mirrors = brain.remember("Beta is about mirrors")
    with pytest.raises(InputError, match=r"nothing to do again: step \d+ \(remember, .* came after the last undo"):
        brain.redo()
    assert {memory.id for memory in brain.audit().memories} == {lasers.id, mirrors.id}
    assert [step.memories[0].id for step in brain.undo()] == [mirrors.id]


def test_an_undo_takes_back_what_was_just_done_again(brain: Brain) -> None:
    """Undo, redo, undo: the memory is there again."""
    stored = brain.remember("Alpha is about lasers")
    brain.forget([stored.id])
    brain.undo()
    brain.redo()
    assert brain.audit().total == 0
    brain.undo()
    assert [memory.id for memory in brain.audit().memories] == [stored.id]


def test_a_secret_that_was_taken_out_is_no_step_that_undo_passes_over(brain: Brain) -> None:
    """The step before it is taken back only by one who says so."""
    secret = brain.remember("The password=Elbphilharmonie2024 is for the wifi", secrets="keep")
    other = brain.remember("An innocent fact about bicycles")
    brain.revise(secret.id, secrets="redact")
    with pytest.raises(InputError, match="the last change was to take out a secret, which cannot be undone"):
        brain.undo()
    assert brain.get(other.id).content == other.content
    assert [step.memories[0].id for step in brain.undo(2)] == [other.id]
