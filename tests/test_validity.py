"""How long something holds: until a date or words, expired, pinned; and how slowly the rest fades."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from neural_memory import Brain, answers
from neural_memory.answers.pieces import until
from neural_memory.errors import InputError
from neural_memory.model import Memory
from neural_memory.recall.fuse import FADES, fading
from neural_memory.text.until import moment, suggested

SUNDAY = "2026-11-22T10:00:00Z"


@pytest.mark.parametrize(
    ("words", "end"),
    [
        ("2026-12-31", "2026-12-31"),
        ("until 2026-12-31", "2026-12-31"),
        ("2026-12", "2026-12-31"),
        ("until the end of the sprint", "2026-12-06"),
        ("end of the month", "2026-11-30"),
        ("until end of next week", "2026-11-29"),
        ("for two weeks", "2026-12-06"),
        ("a couple of weeks", "2026-12-06"),
        ("half a year", "2027-05-23"),
        ("tomorrow", "2026-11-23"),
        ("until Friday", "2026-11-27"),
        ("Sunday", "2026-11-29"),
        ("31 December", "2026-12-31"),
        ("January", "2027-01-31"),
        ("Feb 28, 2028", "2028-02-28"),
        ("Q4", "2026-12-31"),
        ("the 15th", "2026-12-15"),
        ("2027", "2027-12-31"),
    ],
)
def test_an_end_is_given_as_a_date_or_in_words(words: str, end: str) -> None:
    """A named day, week or month is part of it, to its last second."""
    assert moment(words, SUNDAY) == f"{end}T23:59:59Z"


@pytest.mark.parametrize(
    "words", ["yesterday", "2020-01-01", "2.0", "success", "30 February", "the next release", "", "0 days"]
)
def test_what_is_no_time_to_come_is_not_taken_for_one(words: str) -> None:
    """Neither the past nor other words."""
    assert moment(words, SUNDAY) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The main branch is frozen until Friday.", "until Friday"),
        ("Use the old endpoint until the end of the month, then switch", "until the end of the month"),
        ("Ada covers support for the next two weeks.", "for the next two weeks"),
        ("The trial licence expires on 3 January 2027", "expires on 3 January 2027"),
    ],
)
def test_an_end_that_a_text_names_is_suggested(text: str, words: str) -> None:
    """With the words that name it."""
    found = suggested(text, SUNDAY)
    assert found is not None
    assert found[0] == words


@pytest.mark.parametrize(
    "text",
    [
        "The worker retries until success",
        "Until 2.0 the config was YAML",
        "Until 2024 we used MySQL",
        "Backups are kept for 30 days",
        "Invitations are valid for 7 days",
        "Wait until it is done",
    ],
)
def test_other_ends_are_not_suggested(text: str) -> None:
    """Durations of things, versions, conditions, and what is past."""
    assert suggested(text, SUNDAY) is None


def test_an_answer_says_that_the_end_of_a_sprint_is_a_guess(brain: Brain) -> None:
    """Given or suggested, when stored or revised; a day of the calendar is none."""
    given = brain.remember("The main branch is frozen", valid_until="end of the sprint")
    suggested = brain.remember("Ben covers support until the end of the sprint")
    revised = brain.revise(given.id, valid_until="two sprints")
    plain = brain.remember("The beta is frozen", valid_until="end of the month")
    assert [one.guessed for one in (given, suggested, revised, plain)] == [True, True, True, False]
    for told in (answers.remembered(given), answers.remembered(suggested), answers.revised(revised)):
        assert "is a guess: nobody told when a sprint ends" in told
    assert 'revise it with valid_until="YYYY-MM-DD"' in answers.remembered(given)
    assert "guess" not in answers.remembered(plain) + answers.revised(brain.revise(given.id, valid_until="Friday"))


def ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_storing_suggests_the_end_but_does_not_set_it(brain: Brain) -> None:
    """It is the reader's to decide."""
    stored = brain.remember("The main branch is frozen until the end of the month")
    assert stored.valid_until is None
    assert 'It says "until the end of the month": revise it with valid_until=' in answers.remembered(stored)
    given = brain.remember("The staging branch is frozen until Friday", valid_until="Friday")
    assert given.suggested_until is None
    assert "valid until " in answers.remembered(given)


def test_what_expired_is_not_recalled_as_current(brain: Brain) -> None:
    """It is left out, or shown with the days since and behind what holds; it is never deleted by itself."""
    over = brain.remember("The release is frozen by Ada", valid_until=ago(3), importance=1.0)
    holds = brain.remember("The release is frozen by Ben, who is on duty", valid_until="two weeks", importance=0.1)
    assert [hit.memory.id for hit in brain.recall("who froze the release?")] == [holds.id]
    hits = brain.recall("who froze the release?", expired=True)
    assert [(hit.memory.id, hit.expired) for hit in hits] == [(holds.id, False), (over.id, True)]
    assert "expired 3 days ago" in answers.recalled("release", hits)
    assert brain.get(over.id).content == over.content


def test_an_audit_lists_what_expired(brain: Brain) -> None:
    """As a reminder, counted, and together with other conditions."""
    over = brain.remember("Ada is on holiday", valid_until=ago(1), tags=["team"])
    brain.remember("Ben is on holiday", valid_until="tomorrow", tags=["team"])
    brain.remember("The office closes at six")
    assert [memory.id for memory in brain.audit(expired=True).memories] == [over.id]
    assert brain.audit(expired=True, tags=["team"]).total == 1
    assert brain.audit(expired=True, mentions="Ben").total == 0
    assert brain.audit().total == 3


def test_what_expired_is_forgotten_together_when_somebody_says_so(brain: Brain) -> None:
    """A condition like the others; nothing goes by itself."""
    over = brain.remember("Ada is on holiday", valid_until=ago(1))
    brain.remember("Ben is on holiday", valid_until="tomorrow")
    assert [memory.id for memory in brain.forget(expired=True, dry_run=True).memories] == [over.id]
    assert [memory.id for memory in brain.forget(expired=True).memories] == [over.id]
    assert brain.audit().total == 1
    brain.undo()
    assert brain.audit(expired=True).total == 1


def test_an_end_can_be_changed_taken_away_and_undone(brain: Brain) -> None:
    """By revising; and saying it again without an end makes it hold again."""
    stored = brain.remember("Deploys need two approvals", valid_until=ago(1))
    assert brain.recall("deploys") == []
    assert brain.revise(stored.id, valid_until="end of the year").valid_until is not None
    assert len(brain.recall("deploys")) == 1
    assert brain.revise(stored.id, valid_until="").valid_until is None
    brain.revise(stored.id, valid_until=ago(1))
    brain.undo()
    assert brain.get(stored.id).valid_until is None
    brain.revise(stored.id, valid_until=ago(1))
    assert brain.remember("Deploys need two approvals").valid_until is None


def test_an_end_that_cannot_be_understood_is_an_error(brain: Brain) -> None:
    """The error names the value and says what would do."""
    with pytest.raises(InputError, match=r"the next release.*2026-12-31"):
        brain.remember("Old API stays", valid_until="the next release")
    assert brain.audit().total == 0


def memory(**given: Any) -> Memory:
    return Memory(**{"id": "mem_a", "content": "x", "timestamp": "2022-01-01T00:00:00Z", **given})


def test_only_what_is_old_unused_and_unimportant_fades_and_only_a_little() -> None:
    """At most four in a hundred; use, importance and a pin hold it up."""
    faded = fading(memory(importance=0.0), None, SUNDAY)
    assert faded == pytest.approx(1 - FADES)
    assert faded < fading(memory(importance=0.0), (10, "2022-02-01T00:00:00Z"), SUNDAY) < 1
    assert faded < fading(memory(importance=0.5), None, SUNDAY) < 1
    for held in ({"pinned": True}, {"importance": 1.0}, {"timestamp": "2026-10-01T00:00:00Z"}, {"timestamp": "soon"}):
        assert fading(memory(**held), None, SUNDAY) == 1
    assert fading(memory(), (1, "2026-11-01T00:00:00Z"), SUNDAY) == 1


def test_a_pinned_memory_stands_before_its_faded_equal(
    brain: Brain, days_ago: Callable[[float], str], said: Callable[..., list[str]]
) -> None:
    """Of two old memories that answer alike, the pinned one comes first."""
    brain.remember("Logs of the shop are shipped with Vector", timestamp=days_ago(900), pinned=True)
    brain.remember("Logs of the bank are shipped with Vector", timestamp=days_ago(900))
    hits = brain.recall("how are logs shipped?")
    assert said(hits)[0].startswith("Logs of the shop")
    assert [hit.faded for hit in hits] == [0.0, FADES / 2]


def test_what_replaces_a_pinned_memory_is_pinned(brain: Brain) -> None:
    """A rule that stands out goes on standing out when it is brought up to date; undo brings the old one back."""
    old = brain.remember("Releases are cut on Tuesdays", pinned=True)
    new = brain.remember("Releases are cut on Thursdays", replaces=old.id)
    assert new.pinned
    assert brain.get(new.id).pinned
    brain.undo()
    assert brain.get(old.id).pinned


def test_what_ended_yesterday_did_not_expire_today() -> None:
    """Days are those of the calendar, also in the first hours after midnight."""
    now = datetime.now(UTC)
    for days, said in ((0, "expired today"), (1, "expired 1 day ago"), (2, "expired 2 days ago")):
        end = (now - timedelta(days=days)).strftime("%Y-%m-%d") + ("T00:00:00Z" if days == 0 else "T23:59:59Z")
        assert until(end) == said
