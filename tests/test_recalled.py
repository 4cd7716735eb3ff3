"""What a reader is told of a recall: how sure a hit is, and whether it is from the time that was asked about."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from neural_memory import Brain, answers

README = Path(__file__).parent.parent / "README.md"

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


# -- questions about a time

WEEK = {
    "The tracking worker leaks a connection for each retry": "2026-11-17T10:00:00Z",
    "We decided to put the label templates into the core package": "2026-11-19T10:00:00Z",
    "Signing keys are rotated by ops each quarter": "2026-11-20T10:00:00Z",
}
BEFORE = {
    "Store uploads below /srv/uploads; work on them happens at night": "2026-10-02T10:00:00Z",
    "An incident: learning rates were changed without a note": "2026-10-05T10:00:00Z",
}
MONDAY = "2026-11-23T07:00:00Z"


@pytest.fixture
def diary(brain: Brain) -> Brain:
    """Three memories of last week, two of a month before."""
    for text, moment in {**WEEK, **BEFORE}.items():
        brain.remember(text, timestamp=moment)
    return brain


@pytest.mark.parametrize(
    "question",
    [
        "what happened last week?",
        "what did we learn last week?",
        "what have we learned in the last 10 days",
        "what did we do in November?",
        "what did the team work on last week?",
        "what did we store last week?",
        "what was noted or changed last week?",
        "anything new since 2026-11-16?",
        "summarize this month",
        "last week?",
    ],
)
def test_a_question_of_nothing_but_a_time_gets_all_that_is_of_it(diary: Brain, question: str) -> None:
    """However it is asked what was then: the verbs of such a question are no subject, and nothing else comes."""
    hits = diary.recall(question, at=MONDAY)
    assert [hit.memory.content for hit in hits] == list(WEEK)[::-1]
    assert all(hit.in_time and hit.confidence == "good" for hit in hits)


@pytest.mark.parametrize("question", ["what did we decide last week?", "the decisions of last week"])
def test_who_asks_for_a_kind_of_a_time_gets_that_kind_first(diary: Brain, question: str) -> None:
    """The rest of that time stands below, as a guess."""
    first, *others = diary.recall(question, at=MONDAY)
    assert (first.memory.kind, first.confidence) == ("decision", "good")
    assert {hit.confidence for hit in others} == {"weak"}
    assert len(others) == 2


def test_a_subject_is_still_looked_for_within_a_time(diary: Brain) -> None:
    """And what is not from then is told apart."""
    diary.remember("Signing keys were made by hand", timestamp="2026-09-01T10:00:00Z")
    hits = diary.recall("what did we learn about signing keys last week?", at=MONDAY)
    assert [(hit.memory.timestamp[:7], hit.in_time) for hit in hits[:2]] == [("2026-11", True), ("2026-09", False)]
    first, second = answers.recalled("signing", hits).splitlines()[1:3]
    assert "from another time" not in first
    assert second.endswith("from another time")


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("The outage of 2026-09-14: an expired certificate", True),
        ("The outage on September 3: an expired certificate", True),
        ("The outage of Sep 14th, 2026: an expired certificate", True),
        ("The outage in September: an expired certificate", True),
        ("The outage of 2025-09-14: an expired certificate", False),
        ("The outage of 3 September 2025: an expired certificate", False),
        ("The outage of 2026-10-14: an expired certificate", False),
        ("The outage of 2026: an expired certificate", False),
        ("An expired certificate may have caused the outage of build 9", False),
        ("The outage of build 2026-09-14.3: an expired certificate", False),
    ],
)
def test_a_memory_that_names_a_day_of_the_time_speaks_of_it(brain: Brain, text: str, fits: bool) -> None:
    """Whenever it was stored, and however the day is written; the same month of another year is another time."""
    brain.remember(text, timestamp="2026-11-10T10:00:00Z")
    brain.remember("Certificates are renewed by certbot", timestamp="2026-11-11T10:00:00Z")
    for question in ("what caused the outage in September?", "what expired in September 2026?"):
        [best, *_] = brain.recall(question, at=MONDAY)
        assert (best.memory.content, best.in_time) == (text, fits)
    happened = [hit.memory.content for hit in brain.recall("what happened in September?", at=MONDAY)]
    assert happened == ([text] if fits else [])


def test_of_two_alike_the_one_that_names_the_day_comes_first(brain: Brain) -> None:
    """The date in a text counts as when it was stored does, "yesterday" too; a year must not be there."""
    brain.remember("Yesterday the ledger was out, its disk was full", timestamp="2026-10-02T10:00:00Z")
    brain.remember("On 14 August the ledger was out, the certificate expired", timestamp="2026-11-11T10:00:00Z")
    for question, first in (("why was the ledger out on October 1?", "disk"), ("why was it out in August?", "expired")):
        best, *others = brain.recall(question, at=MONDAY)
        assert best.in_time
        assert first in best.memory.content
        assert not any(hit.in_time for hit in others)


def test_what_held_at_the_time_that_is_asked_about_stands_before_what_holds_now(brain: Brain) -> None:
    """The newer memory says otherwise, and the older one is the answer."""
    limit = "The payment service has a rate limit of {} requests per minute"
    old = brain.remember(limit.format(100), timestamp="2026-09-20T10:00:00Z")
    new = brain.remember(limit.format(250), timestamp="2026-11-20T10:00:00Z")
    hits = brain.recall("what was the rate limit of the payment service in September?", at=MONDAY)
    assert [(hit.memory.id, hit.newer) for hit in hits] == [(old.id, new.id), (new.id, None)]
    assert [hit.memory.id for hit in brain.recall("what is the rate limit?", at=MONDAY)] == [new.id, old.id]


# -- what the README shows

FACTS = (
    "Payment service endpoint is https://api.payments.example.com",
    "Payment service API key is in environment variable PAYMENT_API_KEY",
    "Payment service has rate limit of 100 requests per minute",
    "The payment service fails if the amount field has more than 2 decimal places. "
    "We need to round to 2 decimals before sending to the API.",
    "Our API uses Bearer token authentication with 1-hour expiry",
)


def test_the_readme_shows_what_recall_answers(brain: Brain) -> None:
    """Its five facts, in the order, with the heading and the path that it prints; ids and dates are left out there."""
    for fact in FACTS:
        brain.remember(fact)
    question = "What do you know about payments?"
    lines = answers.recalled(question, brain.recall(question)).splitlines()
    given = [re.sub(r"\[\S+\] |(?<=\") \((?!stored)[^()]*\)", "", line) for line in lines]
    shown = re.findall(r"^    (Found 5 .*|\d\. \".*|Related:)$", README.read_text("utf-8"), re.M)
    assert len(shown) == len(given) == 7
    for there, here in zip(shown, given, strict=True):
        assert here.startswith(there.removesuffix(' …"'))


def test_the_readme_asks_for_what_has_no_word_in_common(brain: Brain) -> None:
    """A login has to do with bearer tokens, and PostgreSQL is a database: both are answered, not guessed at."""
    for fact in FACTS:
        brain.remember(fact)
    [login, *_] = brain.recall("How does login work?")
    assert (login.memory.content, login.confidence) == (FACTS[-1], "good")
    decided = brain.remember("We decided to use PostgreSQL for the main database and Redis for caching.")
    [database, *_] = brain.recall("which database?")
    assert database.memory.id == decided.id
    assert database.confidence != "weak"
