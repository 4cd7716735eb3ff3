"""The journal tells what became of a memory, what was known at some time, and takes back any step by its number."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_memory import Brain, Memory, answers
from neural_memory.changes import Step
from neural_memory.errors import InputError, NotFoundError

Plain = Callable[[str], list[tuple[Any, ...]]]


def everything(brain: Brain) -> tuple[Memory, ...]:
    return brain.audit(limit=None).memories


def test_a_history_tells_every_state_with_date_author_and_what_changed(opened: Callable[..., Brain]) -> None:
    """From the first text to the last, in order; the last state is what the memory is now."""
    one, two = opened(source="claude-code", session="s1"), opened(source="cursor")
    stored = one.remember("Port is 80", tags=["net"])
    two.revise(stored.id, content="Port is 443")
    one.revise(stored.id, importance=0.9, tags=["net", "tls"])
    past = two.history(stored.id)
    assert [change.action for change in past.changes] == ["remember", "revise", "revise"]
    assert [change.source for change in past.changes] == ["claude-code", "cursor", "claude-code"]
    assert [change.after and change.after.content for change in past.changes] == ["Port is 80"] + ["Port is 443"] * 2
    assert [change.before and change.before.tags for change in past.changes] == [None, ("net",), ("net",)]
    assert past.changes[-1].after == past.memory == one.get(stored.id)
    assert past.changes[0].session == "s1"
    assert all(change.at >= "2026" for change in past.changes)


def test_a_forgotten_memory_still_has_its_history(brain: Brain) -> None:
    """As long as it can be brought back; after forgetting for good nothing of it is told."""
    stored = brain.remember("Zanzibarkey is in the cellar")
    brain.revise(stored.id, content="Zanzibarkey is in the attic")
    brain.forget([stored.id])
    past = brain.history(stored.id)
    assert past.memory is None
    assert past.changes[-1].before
    assert past.changes[-1].before.content == "Zanzibarkey is in the attic"
    brain.forget([stored.id], for_good=True)
    past = brain.history(stored.id)
    assert [change.kept for change in past.changes] == [True, False, False, False]
    assert not any(change.after or change.before for change in past.changes)
    assert b"Zanzibarkey" not in brain.path.read_bytes()


def test_an_unknown_id_has_no_history(brain: Brain) -> None:
    """The message says where ids are shown."""
    with pytest.raises(NotFoundError, match=r"mem_unknown.*audit"):
        brain.history("mem_unknown")


def test_the_log_names_the_last_steps_and_their_numbers(brain: Brain) -> None:
    """The latest first, with how many memories each changed; earlier ones are a page further."""
    brain.remember_many(f"rule {i}" for i in range(5))
    one = brain.remember("Port is 80")
    brain.revise(one.id, content="Port is 443")
    brain.undo()
    steps = brain.log()
    assert [(s.action, s.memories, s.undone) for s in steps] == [
        ("undo", 1, False),
        ("revise", 1, True),
        ("remember", 1, False),
        ("remember", 5, False),
    ]
    assert steps[1].first == brain.get(one.id)
    assert brain.log(2, before=steps[1].step) == steps[2:]
    assert brain.log(1) == steps[:1]


def test_one_step_is_taken_back_by_its_number(brain: Brain) -> None:
    """Whatever came after it stays, unless it changed the same memory."""
    one, two = brain.remember("Port is 80"), brain.remember("Host is local")
    brain.forget([one.id])
    brain.revise(two.id, content="Host is far")
    step = next(s.step for s in brain.log() if s.action == "forget")
    [undone] = brain.undo(step=step)
    assert (undone.action, undone.step) == ("forget", step)
    assert brain.get(one.id).content == "Port is 80"
    assert brain.get(two.id).content == "Host is far"
    with pytest.raises(InputError, match=f"step {step}.*taken back already"):
        brain.undo(step=step)


LEAKED = "The CI password is hunter2Xy9!abc and lives in the vault"


def test_undoing_a_step_leaves_alone_what_was_erased_of_it(brain: Brain) -> None:
    """What is left as it is, because nobody knows any more what it was, is named; nothing of it is deleted."""
    one = brain.remember("The staging server is in Frankfurt", tags=["infra"])
    two = brain.remember(LEAKED, tags=["infra"], secrets="keep")
    brain.rename_tags(["infra"], "ops")
    step = brain.log()[0].step
    clean = brain.revise(two.id, secrets="redact")
    [undone] = brain.undo(step=step)
    assert ([memory.id for memory in undone.memories], undone.left) == ([one.id], (two.id,))
    assert f"{two.id} stays as it is" in answers.undone([undone])
    assert (brain.get(one.id).tags, brain.get(two.id).tags) == (("infra",), ("ops",))
    assert brain.get(two.id).content == clean.content
    brain.redo()
    assert [memory.tags for memory in everything(brain)] == [("ops",), ("ops",)]


def test_undoing_a_replacement_keeps_what_was_replaced_though_its_past_was_erased(brain: Brain) -> None:
    """It holds again, without the secret that was taken out of it."""
    old = brain.remember(LEAKED, secrets="keep")
    new = brain.remember("The CI password is read from the vault by the runner", replaces=old.id)
    clean = brain.revise(old.id, secrets="redact")
    step = next(s.step for s in brain.log() if s.action == "remember" and s.first and s.first.id == new.id)
    brain.undo(step=step)
    assert [(memory.content, memory.replaced_by) for memory in everything(brain)] == [(clean.content, None)]


def test_what_was_erased_while_a_step_was_undone_is_not_lost_by_doing_it_again(brain: Brain) -> None:
    """A step that stands again takes back only what is still known."""
    one = brain.remember("The staging server is in Frankfurt", tags=["infra"])
    two = brain.remember(LEAKED, tags=["infra"], secrets="keep")
    brain.rename_tags(["infra"], "ops")
    brain.undo()
    undoing = brain.log()[0].step
    brain.revise(two.id, secrets="redact")
    brain.undo(step=undoing)
    brain.undo()
    assert {memory.id: memory.tags for memory in everything(brain)} == {one.id: ("infra",), two.id: ("infra",)}


def test_a_step_is_not_taken_back_over_a_later_change(brain: Brain) -> None:
    """The message names the later change and its number; once that is taken back, it goes."""
    one = brain.remember("Port is 80")
    brain.revise(one.id, content="Port is 443")
    brain.revise(one.id, content="Port is 8443")
    last, middle, first = (s.step for s in brain.log())
    with pytest.raises(InputError, match=rf"{one.id} was changed since.*step {last}.*nothing was undone"):
        brain.undo(step=middle)
    brain.undo(step=last)
    brain.undo(step=middle)
    assert brain.get(one.id).content == "Port is 80"
    brain.undo(step=first)
    assert everything(brain) == ()


@pytest.mark.parametrize("step", [0, -1, True, "1", 1.5])
def test_a_number_that_can_be_no_step_is_refused(brain: Brain, step: Any) -> None:
    """Steps are numbered from 1."""
    with pytest.raises(InputError, match="step"):
        brain.undo(step=step)
    with pytest.raises(InputError, match=r"no step 7.*log"):
        brain.undo(step=7)


def test_what_was_undone_can_be_done_again(brain: Brain) -> None:
    """Redo takes the last undo back, one after the other, and what it did can be undone again."""
    one = brain.remember("Port is 80", tags=["net"])
    brain.revise(one.id, content="Port is 443")
    brain.forget([one.id])
    states = [everything(brain)]
    for _ in range(3):
        brain.undo()
        states.append(everything(brain))
    for state in reversed(states[:-1]):
        [done] = brain.redo()
        assert done.again
        assert everything(brain) == state
    assert brain.redo() == []
    assert [step.action for step in brain.undo(3)] == ["forget", "revise", "remember"]


def test_an_old_change_is_no_longer_the_last_one_but_can_be_taken_back_by_its_number(path: Path, plain: Plain) -> None:
    """After `undo_days` undo leaves a living memory's revisions alone; they stay as its history."""
    with Brain.open(path) as brain:
        stored = brain.remember("Port is 80")
        brain.revise(stored.id, content="Port is 443")
    plain("UPDATE journal SET at = '2020-01-01T00:00:00Z'")
    with Brain.open(path) as brain:
        brain.remember("a change, so that the journal is swept")
        past = brain.history(stored.id)
        assert [c.after and c.after.content for c in past.changes] == ["Port is 80", "Port is 443"]
        assert len(brain.undo(100)) == 1
        brain.undo(step=past.changes[-1].step)
        assert brain.get(stored.id).content == "Port is 80"


def test_an_audit_as_of_a_day_shows_what_was_known_then(path: Path, plain: Plain) -> None:
    """Also what was changed or forgotten since, and not what came later; conditions hold as things were then."""
    with Brain.open(path) as brain:
        port = brain.remember("Port is 80", tags=["net"], timestamp="2026-01-01")
        host = brain.remember("Host is local", timestamp="2026-01-01")
        plain("UPDATE journal SET at = '2026-01-01T00:00:00Z'")
        brain.revise(port.id, content="Port is 443", tags=["tls"])
        plain("UPDATE journal SET at = '2026-02-01T00:00:00Z' WHERE at > '2026-02'")
        brain.forget([host.id])
        brain.remember("Protocol is HTTP")

        def then(date: str, **conditions: Any) -> list[str]:
            return sorted(m.content for m in brain.audit(as_of=date, **conditions).memories)

        assert then("2025-12-31") == []
        assert then("2026-01-15") == ["Host is local", "Port is 80"]
        assert then("2026-02-01") == ["Host is local", "Port is 443"]
        assert then("2026-01-15", about="port") == ["Port is 80"]
        assert then("2026-01-15", mentions="443") == then("2026-01-15", tags=["tls"]) == []
        assert then("2026-01-15", tags=["net"]) == ["Port is 80"]
        brain.forget([host.id], for_good=True)
        assert then("2026-01-15") == ["Port is 80"]


def test_pages_of_a_past_audit_follow_each_other(path: Path, plain: Plain) -> None:
    """What is there still and what is gone since are listed together, in the order of their dates."""
    with Brain.open(path) as brain:
        brain.remember_many({"content": f"rule {i}", "timestamp": f"2026-01-{i:02}"} for i in range(1, 10))
        plain("UPDATE journal SET at = '2026-01-31T00:00:00Z'")
        brain.forget([m.id for m in everything(brain)[::2]])
        seen, cursor = [], None
        while True:
            page = brain.audit(as_of="2026-01-31", limit=2, cursor=cursor)
            assert page.total == 9
            seen += [m.content for m in page.memories]
            if (cursor := page.cursor) is None:
                break
        assert seen == [f"rule {i}" for i in range(9, 0, -1)]


def test_rows_that_were_added_by_hand_are_known_from_their_date_on(path: Path, plain: Plain) -> None:
    """No entry says when they came, so their own date does."""
    with Brain.open(path) as brain:
        brain.remember("first", timestamp="2026-01-01")
        plain("INSERT INTO memories (content, timestamp) VALUES ('by hand', '2026-03-01T00:00:00Z')")
        plain("UPDATE journal SET at = '2026-01-01T00:00:00Z'")
        assert [m.content for m in brain.audit(as_of="2026-02-01").memories] == ["first"]
        assert len(brain.audit(as_of="2026-03-01").memories) == 2


def test_a_revision_keeps_only_what_it_replaced(brain: Brain, plain: Plain) -> None:
    """A long text is not written again for a new tag, nor that a text was told once more."""
    stored = brain.remember("a long story " * 1_000)
    brain.revise(stored.id, tags=["story"])
    brain.remember("a long story " * 1_000)
    kept = [row[0] for row in plain("SELECT coalesce(length(before), 0) FROM journal")]
    assert len(kept) == 3
    assert max(kept) < 60


Deed = st.tuples(
    st.sampled_from(["remember", "revise", "retag", "forget", "replace", "again", "many", "undo", "redo", "step"]),
    st.integers(0, 20),
)


def do(brain: Brain, number: int, what: str, which: int) -> None:
    there = everything(brain)
    if what == "undo":
        brain.undo(1 + which % 2)
    elif what == "redo":
        with suppress(InputError):  # something was changed since the last undo
            brain.redo()
    elif what == "step" and (steps := brain.log()):
        take_back(brain, steps[which % len(steps)])
    elif what == "remember" or not there:
        brain.remember(f"note {number}", tags=[f"t{which}"])
    elif what == "revise":
        brain.revise(there[which % len(there)].id, content=f"revised {number}", importance=which / 20)
    elif what == "retag":
        brain.revise(there[which % len(there)].id, tags=[f"r{which}"])
    elif what == "forget":
        brain.forget([m.id for m in there[: 1 + which % 3]])
    elif what == "replace":
        brain.remember(f"newer {number}", replaces=there[which % len(there)].id)
    elif what == "again":
        brain.remember(there[which % len(there)].content, tags=["again"])
    else:
        brain.remember_many(f"many {number} {i}" for i in range(1 + which % 4))


def take_back(brain: Brain, step: Step) -> None:
    """Take back a step if nothing is in the way; the memories it did not touch are as they were."""
    before = {m.id: m for m in everything(brain)}
    try:
        [undone] = brain.undo(step=step.step)
    except InputError:
        assert {m.id: m for m in everything(brain)} == before
        return
    if not undone.again:
        brain.redo()
        assert {m.id: m for m in everything(brain)} == before
        brain.undo(step=step.step)


@given(st.lists(Deed, min_size=1, max_size=12))
@settings(max_examples=25)
def test_every_past_state_is_what_an_audit_shows_of_it(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[tuple[str, int]]
) -> None:
    """As of now is now, as of each earlier moment what was there then, and a history ends with the present."""
    path = tmp_path_factory.mktemp("history") / "memory.db"
    (path.parent / "config.json").write_text('{"undo_days": 3650}')
    with Brain.open(path) as brain:
        states = []
        for number, deed in enumerate(deeds):
            do(brain, number, *deed)
            with closing(sqlite3.connect(path)) as plain, plain:
                plain.execute(
                    "UPDATE journal SET at = ? WHERE at NOT LIKE '2024-%'", (f"2024-01-01T00:00:{number:02}Z",)
                )
            states.append(everything(brain))
        assert brain.audit(limit=None, as_of="now") == brain.audit(limit=None)
        for number, state in enumerate(states):
            assert brain.audit(limit=None, as_of=f"2024-01-01T00:00:{number:02}Z").memories == state
        for memory in everything(brain):
            past = brain.history(memory.id)
            assert past.memory == past.changes[-1].after == memory
            for one, next in zip(past.changes, past.changes[1:], strict=False):
                assert one.after == next.before


def test_what_will_be_known_is_not_told(brain: Brain) -> None:
    """An audit as of a time to come is refused; today is a time that has begun."""
    brain.remember("The gateway listens on port 8443")
    for ahead in ("2099-01-01", "2099-01-01T10:00:00Z"):
        with pytest.raises(InputError, match="still to come"):
            brain.audit(as_of=ahead)
    assert brain.audit(as_of="today").total == 1


def test_what_came_with_its_history_was_known_before_it_came(
    tmp_path: Path, days_ago: Callable[[float], str], plain_at: Callable[..., Any]
) -> None:
    """A restored export is as of last week what it was there; what has no history counts from when it came, and that
    is told.
    """
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with Brain.open(tmp_path / "a" / "memory.db") as brain:
        kept = brain.remember("The gateway listens on port 8443")
        gone = brain.remember("The gateway is written in Go")
        brain.forget([gone.id])
        plain_at(brain.path, f"UPDATE journal SET at = '{days_ago(20)}' WHERE action = 'remember'")
        plain_at(brain.path, f"UPDATE journal SET at = '{days_ago(10)}' WHERE action = 'forget'")
    with Brain.open(tmp_path / "a" / "memory.db") as brain:
        brain.export(tmp_path / "all.jsonl")
        brain.export(tmp_path / "plain.jsonl", journal=False)
    with Brain.open(tmp_path / "b" / "memory.db") as brain:
        brain.import_from(tmp_path / "all.jsonl")
        assert [m.id for m in brain.audit(as_of="5 days ago").memories] == [kept.id]
        assert {m.id for m in brain.audit(as_of="15 days ago").memories} == {kept.id, gone.id}
        assert brain.audit(as_of="30 days ago").total == 0
    with Brain.open(tmp_path / "memory.db") as brain:
        brain.import_from(tmp_path / "plain.jsonl")
        page = brain.audit(as_of="15 days ago")
        assert (page.total, page.recorded is None) == (0, False)
        assert "what was imported counts from when it came" in answers.audited(page)
        assert brain.audit(as_of="now").total == 1
