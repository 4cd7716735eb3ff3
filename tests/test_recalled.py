"""What a reader is told of a recall: how sure a hit is, and whether it is from the time that was asked about."""

from __future__ import annotations

import pytest

from neural_memory import Brain, answers

NOTES = (
    "Caching goes through Redis with a time to live of an hour",
    "The office plants are watered on Fridays",
    "Invoices are numbered by year and month",
    "Anna keeps the keys of the server room",
    "Paper for the printer lies in the cellar",
)


def told(brain: Brain, question: str) -> str:
    return answers.recalled(question, brain.recall(question, at="2026-03-25T12:00:00Z"))


def test_weak_hits_stand_under_a_heading_of_their_own(brain: Brain) -> None:
    """What answers well comes first; what only may is set apart, in the same numbering."""
    for note in NOTES:
        brain.remember(note)
    question = "keys to the office and the server room"
    assert [hit.confidence for hit in brain.recall(question)] == ["strong", "weak"]
    sure, perhaps = told(brain, question).split("Perhaps:\n")
    assert NOTES[3] in sure
    assert perhaps.startswith("2. ")
    assert NOTES[1] in perhaps


@pytest.mark.parametrize("question", ["what about caching in 2019?", "what about caching last week?"])
def test_an_answer_says_when_nothing_is_from_the_time_that_was_asked_about(brain: Brain, question: str) -> None:
    """Hits from other times are shown, after the word that none is from then."""
    for note in NOTES:
        brain.remember(note, timestamp="2026-01-07T10:00:00Z")
    first = told(brain, question).splitlines()[0]
    assert first.startswith(f'Nothing is stored from that time for "{question}"; from other times 1 memory')
    assert [hit.in_time for hit in brain.recall(question, at="2026-03-25T12:00:00Z")] == [False]


def test_a_memory_of_that_time_or_about_it_is_simply_found(brain: Brain) -> None:
    """By when it was stored, or because it speaks of then; without a time in the question nothing is said of times."""
    for note in NOTES:
        brain.remember(note, timestamp="2026-01-07T10:00:00Z")
    assert told(brain, "what about caching in 2026?").startswith("Found ")
    brain.remember("In 2019 caching was done by Memcached", timestamp="2026-01-08T10:00:00Z")
    assert told(brain, "what about caching in 2019?").startswith("Found ")
    assert all(hit.in_time is None for hit in brain.recall("what about caching?"))
