"""What contradicts what: found on storing, told, listed, settled by replacing; and never where there is nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_memory import Brain, answers
from neural_memory.errors import InputError
from neural_memory.text.amounts import amount
from neural_memory.text.claims import claims
from neural_memory.text.contradictions import contradiction

CASES = Path(__file__).parent.parent / "benchmarks" / "cases"
PAIRS: list[dict[str, Any]] = json.loads((CASES / "pairs" / "contradictions.json").read_text("utf-8"))["pairs"]


def found(older: str, newer: str) -> bool:
    return contradiction(claims(older), claims(newer)) is not None


@pytest.mark.parametrize("half", ["development", "held-out"])
def test_hardly_a_pair_is_called_a_contradiction_wrongly(half: str) -> None:
    """On the labelled pairs at most 1 in 33 alarms is false, and most contradictions are found."""
    pairs = [p for p in PAIRS if p["half"] == half]
    called = [p["contradicts"] for p in pairs if found(p["older"], p["newer"])]
    assert sum(called) / len(called) >= 0.97
    assert sum(called) / sum(p["contradicts"] for p in pairs) >= 0.8


def test_notes_of_a_team_do_not_contradict_each_other() -> None:
    """Among all pairs of the hand-written notes, where hardly anything changes, next to nothing is called so."""
    alarms = 0
    for path in CASES.glob("*.json"):
        for store in json.loads(path.read_text("utf-8"))["stores"]:
            said = [claims(doc["text"]) for doc in store["docs"]]
            alarms += sum(contradiction(one, other) is not None for one, other in combinations(said, 2))
    assert alarms <= 5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("24 hours", "1 day"),
        ("one minute", "60 seconds"),
        ("1,000 requests per minute", "1000 requests/min"),
        ("every hour", "hourly"),
        ("15-minute", "15 minutes"),
        ("2 GB", "2000 MB"),
    ],
)
def test_equal_amounts_are_equal_however_they_are_written(one: str, other: str) -> None:
    """Units are brought to one scale."""
    first, second = amount(one.lower().split(), 0), amount(other.lower().split(), 0)
    assert first is not None
    assert second is not None
    assert first[:2] == second[:2]


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_two_texts_can_be_compared(one: str, other: str) -> None:
    """Whatever is stored: no error, and a text does not contradict itself unless it does so within."""
    contradiction(claims(one), claims(other))
    assert len(claims(one)) <= 16


# -- in the memory


def test_storing_names_the_older_memory_it_contradicts_and_how_to_replace_it(brain: Brain) -> None:
    """The answer has its id, both values, and the call that settles it."""
    old = brain.remember("payments is owned by Priya")
    brain.remember("payments is written in Kotlin")
    new = brain.remember("payments is now owned by Omar, not Priya")
    [conflict] = new.contradicts
    assert (conflict.older.id, conflict.newer.id) == (old.id, new.id)
    assert (conflict.was, conflict.now) == ("Priya", "Omar")
    told = answers.remembered(new)
    assert '"Priya" → "Omar"' in told
    assert f'replaces="{old.id}"' in told


def test_a_newer_decision_on_the_same_question_is_noticed(brain: Brain) -> None:
    """ "We decided on MySQL" gives way to PostgreSQL for the main database, but Redis for caching adds to it."""
    old = brain.remember("We decided on MySQL")
    assert brain.remember("We use Redis for caching").contradicts == ()
    new = brain.remember("We decided to use PostgreSQL for the main database and Redis for caching.")
    assert [conflict.older.id for conflict in new.contradicts] == [old.id]


def test_other_projects_are_other_worlds(brain: Brain) -> None:
    """The same sentence with another value in another project is no contradiction; one that holds everywhere is."""
    brain.remember("The default branch is main", project="shop")
    assert brain.remember("The default branch is trunk", project="bank").contradicts == ()
    assert len(brain.remember("The default branch is develop").contradicts) == 2


SAME_QUESTION = [
    ("Node 18 is required", "Node 20 is required"),
    ("Python 3.11 or newer is required for the build", "Python 3.12+ is now required for the build"),
    ("Java 17 is the minimum", "Java 21 is the minimum version"),
    (
        "Rate limit for public tracking API is 60 requests per minute per API key",
        "The public tracking API allows 120 requests per minute per API key",
    ),
    ("The geocoder permits 10 requests per second", "The geocoder accepts only 5 requests per second"),
    ("Upload size limit is 50 MB for documents", "Documents may be up to 80 MB when uploaded"),
    ("Feature flag FAST_CHECKOUT is off in production", "Feature flag FAST_CHECKOUT is on in production"),
    ("The new-nav flag is switched on in staging", "The new-nav flag is now off in staging"),
    ("Omar leads the signing team", "Lena is the lead of the signing team since November"),
]
OTHER_QUESTION = [
    ("Node 18 is required", "Node 20 is supported"),
    ("Node 18 is required for the frontend", "Node 20 is required for the backend"),
    ("Terraform 1.5 is required", "Terraform 1.5.7 is required"),
    ("Form 27 is required", "Form 28 is required"),
    ("The API allows 60 requests per minute per key", "The API allows 600 requests per minute per organisation"),
    ("Rate limit of the API is 60 requests per minute", "The API peaked at 120 requests per minute"),
    ("The upload limit is 50 MB", "The request body size limit is 80 MB"),
    ("Feature flag FAST_CHECKOUT is off in production", "Feature flag FAST_CHECKOUT is on in staging"),
    ("Omar leads the signing team", "Lena leads the billing team"),
    ("Omar leads the signing team", "Lena is a member of the signing team"),
]


@pytest.mark.parametrize(("one", "other"), SAME_QUESTION)
def test_everyday_ways_to_say_a_value_are_laid_beside_each_other(brain: Brain, one: str, other: str) -> None:
    """A version that is required, a rate that is allowed, a flag that is on, who leads: whichever is said first."""
    old = brain.remember(one)
    [conflict] = brain.remember(other).contradicts
    assert conflict.older.id == old.id
    assert found(other, one)


@pytest.mark.parametrize(("one", "other"), OTHER_QUESTION)
def test_what_only_looks_like_the_same_question_is_left_alone(brain: Brain, one: str, other: str) -> None:
    """Another purpose, scope, place or thing; a finer version; several that can be."""
    brain.remember(one)
    assert brain.remember(other).contradicts == ()
    assert not found(other, one)


def test_what_was_redacted_is_no_value(brain: Brain) -> None:
    """Nobody knows what stood there: notes with a secret taken out of them do not contradict each other by it."""
    for note in (
        "Stripe key is [redacted: Stripe key]",
        "The database password is [redacted: AWS access key]",
        "Deploy with token=[redacted: GitLab token], port 80",
        "Deploy token is [redacted: GitHub token] and rotates every 30 days",
    ):
        assert brain.remember(note).contradicts == ()
    [conflict] = brain.remember("Deploy token is [redacted: GitLab token] and rotates every 90 days").contradicts
    assert (conflict.was, conflict.now) == ("every 30 days", "every 90 days")


def test_replacing_settles_it(brain: Brain, said: Callable[..., list[str]]) -> None:
    """The same text again with `replaces`: the old one is not recalled any more, and the new one says so."""
    old = brain.remember("The gateway listens on port 8080.")
    new = brain.remember("The gateway listens on port 9090 now.")
    assert len(brain.contradictions().conflicts) == 1
    settled = brain.remember("The gateway listens on port 9090 now.", replaces=old.id)
    assert (settled.id, settled.created, settled.contradicts) == (new.id, False, ())
    assert brain.contradictions().conflicts == ()
    [hit] = brain.recall("which port does the gateway listen on?")
    assert [memory.id for memory in hit.replaces] == [old.id]
    assert f'replaces {old.id} ("The gateway listens on port 8080.")' in answers.recalled("port", [hit])
    assert brain.get(old.id).replaced_by == new.id


def test_recall_puts_the_newer_first_and_marks_the_older(brain: Brain) -> None:
    """Both are there until somebody settles it, but the older one names what says otherwise."""
    old = brain.remember("The payment service has a rate limit of 100 requests per minute", importance=1.0)
    new = brain.remember("The payment service has a rate limit of 250 requests per minute", importance=0.1)
    hits = brain.recall("What is the rate limit of the payment service?")
    assert [hit.memory.id for hit in hits] == [new.id, old.id]
    assert [hit.newer for hit in hits] == [None, new.id]
    assert f"newer: {new.id} says otherwise" in answers.recalled("rate limit", hits)


def test_what_came_in_bulk_is_looked_at_in_a_quiet_moment_or_for_the_audit(brain: Brain) -> None:
    """Imports are not slowed down; the list of contradictions is complete all the same."""
    brain.remember_many(
        ["Backups are kept for 30 days.", "Backups are kept for 90 days.", "The wiki is at wiki.example.org"]
    )
    listed = brain.contradictions()
    assert [(c.older.content, c.newer.content) for c in listed.conflicts] == [
        ("Backups are kept for 30 days.", "Backups are kept for 90 days.")
    ]
    assert listed.unexamined == 0
    while brain.settle():
        pass
    assert brain.contradictions() == listed


def test_what_was_compared_when_it_was_stored_is_not_compared_again(
    brain: Brain, plain: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    """Linking it leaves nothing to be examined, unless it says something else by then."""
    brain.remember("Backups are kept for 30 days.")
    changed = brain.remember("Backups are kept in Frankfurt.")
    plain("UPDATE memories SET content = 'Backups are kept for 90 days.' WHERE seq = 2")
    brain.recall("something")  # links both
    assert plain("SELECT memory FROM unexamined") == [(2,)]
    (pair,) = brain.contradictions().conflicts
    assert pair.newer.id == changed.id


@pytest.mark.parametrize("change", ["revise", "forget", "undo", "sqlite"])
def test_a_pair_that_no_longer_contradicts_is_not_listed(
    brain: Brain, plain: Callable[[str], list[tuple[Any, ...]]], change: str
) -> None:
    """Whatever became of either: what is listed was compared with what is there now."""
    brain.remember("The stand-up is at 9:30.")
    new = brain.remember("The stand-up is at 10:15.")
    if change == "revise":
        brain.revise(new.id, content="The retrospective is at 10:15.")
    elif change == "forget":
        brain.forget([new.id])
    elif change == "undo":
        brain.undo()
    else:
        plain(f"UPDATE memories SET content = 'The retrospective is at 10:15.' WHERE id = '{new.id}'")
    assert brain.contradictions().conflicts == ()
    [hit, *_] = brain.recall("when is the stand-up?")
    assert hit.newer is None


def test_a_revision_that_contradicts_is_listed(brain: Brain) -> None:
    """What a memory says after it was revised counts."""
    first = brain.remember("Uploads are limited to 10 MB.")
    second = brain.remember("Downloads are limited to 10 GB.")
    revised = brain.revise(second.id, content="Uploads are limited to 50 MB.")
    assert [conflict.older.id for conflict in revised.contradicts] == [first.id]
    assert "It contradicts an older memory" in answers.revised(revised)
    [conflict] = brain.contradictions().conflicts
    assert (conflict.older.id, conflict.newer.id) == (first.id, second.id)


def test_a_pair_that_both_hold_is_not_told_again(brain: Brain) -> None:
    """Neither by the audit nor by recall, nor when one of them is stored again; others are; a revision is new."""
    brain.remember("The stand-up is at 9:30.")
    new = brain.remember("The stand-up is at 10:15.")
    old = new.contradicts[0].older
    assert "both_hold" in answers.remembered(new)
    assert [memory.id for memory in brain.both_hold([new.id, old.id])] == [new.id, old.id]
    assert brain.both_hold([old.id, new.id])
    assert [step.action for step in brain.log()].count("both hold") == 1
    assert brain.contradictions().conflicts == ()
    assert brain.remember("The stand-up is at 10:15.").contradicts == ()
    assert all(hit.newer is None for hit in brain.recall("when is the stand-up?"))
    assert len(brain.remember("The stand-up is at 11:00.").contradicts) == 2
    brain.undo()
    brain.undo()  # the strengthening
    assert brain.undo()[0].action == "both hold"
    assert len(brain.contradictions().conflicts) == 1
    brain.redo()
    assert brain.contradictions().conflicts == ()
    assert [one.older.id for one in brain.revise(new.id, content="The stand-up is at 12:15.").contradicts] == [old.id]
    with pytest.raises(InputError, match="at least two"):
        brain.both_hold([old.id])


def test_a_repetition_that_is_none_is_not_listed_again(brain: Brain) -> None:
    """What says the same in other words, and what lies close in meaning; forgotten for good, nothing is left of it."""
    first = brain.remember("The nightly backup of the ledger runs at two in the morning")
    second = brain.remember("The ledger's nightly backup runs at two in the morning")
    assert len(brain.duplicates()) == 1
    brain.both_hold([first.id, second.id])
    assert brain.duplicates() == []
    assert brain.overview().concerns.get("duplicate", 0) == 0
    brain.forget([second.id], for_good=True)
    assert "both hold" in [change.action for change in brain.history(first.id).changes]


def test_a_memory_of_an_earlier_time_does_not_pass_for_the_newer_one(brain: Brain) -> None:
    """Which is older is a matter of their dates, not of when they were stored."""
    now = brain.remember("The importer is owned by Omar.", timestamp="2026-03-01")
    before = brain.remember("The importer is owned by Priya.", timestamp="2025-03-01")
    [conflict] = before.contradicts
    assert (conflict.older.id, conflict.newer.id) == (before.id, now.id)
    assert "contradicts a newer memory" in answers.remembered(before)


def test_undoing_a_replacement_forgets_that_something_was_replaced(brain: Brain) -> None:
    """The old memory is current again and nothing says it was replaced."""
    old = brain.remember("The licence is Apache-2.0.")
    brain.remember("The licence is MIT.", replaces=old.id)
    brain.undo()
    [hit] = brain.recall("licence")
    assert (hit.memory.id, hit.replaces) == (old.id, ())


def test_both_doors_can_say_that_both_hold(home: Path, talk: Callable[..., list[str]]) -> None:
    """The assistant by an argument of revise, a person by a command of its own."""
    with Brain.open() as brain:
        ids = [brain.remember(f"The stand-up is at {time}.").id for time in ("9:30", "10:15", "11:45")]
    told, wrong, left = talk(
        {},
        ("revise", {"id": ids[0], "both_hold": [ids[1]]}),
        ("revise", {"id": ids[0], "both_hold": [ids[1]], "kind": "fact"}),
        ("audit", {"contradictory": True}),
    )
    assert "not told of as contradictions" in told
    assert "stands alone" in wrong
    assert "2 pairs" in left and "both_hold" in left
    command = [sys.executable, "-m", "neural_memory", "both-hold", *ids]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert all(id in done.stdout for id in ids)
    with Brain.open() as brain:
        assert brain.contradictions().conflicts == ()
