"""When a question is about: times are read as people mean them, and words that only look like times are left alone."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from neural_memory import check
from neural_memory.errors import InputError
from neural_memory.text.times import When, when

ASKED = "2025-08-20T10:00:00Z"  # a Wednesday

TIMES = (
    # question, since, until: a bare date stands for its first or its last second
    ("what did we change today?", "2025-08-20", "2025-08-20"),
    ("what broke this morning?", "2025-08-20", "2025-08-20"),
    ("what did we note yesterday about the launch", "2025-08-19", "2025-08-19"),
    ("what was said the day before yesterday?", "2025-08-18", "2025-08-18"),
    ("who deployed last night", "2025-08-19", "2025-08-19"),
    ("what did we decide on Monday?", "2025-08-18", "2025-08-18"),
    ("what happened on Wednesday?", "2025-08-20", "2025-08-20"),
    ("what happened last Wednesday?", "2025-08-13", "2025-08-13"),
    ("what was merged Friday?", "2025-08-15", "2025-08-15"),
    ("what did we merge on Thursday last week?", "2025-08-14", "2025-08-14"),
    ("the notes since Monday", "2025-08-18", None),
    ("which bug did we fix last week?", "2025-08-11", "2025-08-17"),
    ("what did we do this week", "2025-08-18", "2025-08-24"),
    ("the incident of the previous month", "2025-07-01", "2025-07-31"),
    ("decisions of this month", "2025-08-01", "2025-08-31"),
    ("what was planned last quarter", "2025-04-01", "2025-06-30"),
    ("goals of this year", "2025-01-01", "2025-12-31"),
    ("which database did we use last year", "2024-01-01", "2024-12-31"),
    ("what did we finish last sprint", "2025-07-23T10:00:00Z", "2025-08-06T10:00:00Z"),
    ("what failed in the past 24 hours", "2025-08-19T10:00:00Z", ASKED),
    ("errors in the last month", "2025-07-20T10:00:00Z", ASKED),
    ("errors over the past week", "2025-08-13T10:00:00Z", ASKED),
    ("errors over the last 3 days", "2025-08-17T10:00:00Z", ASKED),
    ("insights from the past two weeks", "2025-08-06T10:00:00Z", ASKED),
    ("decisions in the last six months", "2025-02-20T10:00:00Z", ASKED),
    ("what was fixed an hour ago?", "2025-08-20T08:00:00Z", "2025-08-20T09:59:59Z"),
    ("what broke three days ago", "2025-08-16", "2025-08-18"),
    ("what did we choose a week ago", "2025-08-09", "2025-08-17"),
    ("what was it a couple of weeks ago", "2025-08-02", "2025-08-10"),
    ("the outage a few days ago", "2025-08-16", "2025-08-18"),
    ("what was decided about search two months ago", "2025-06-05", "2025-07-05"),
    ("which framework was it one year ago", "2024-05-22", "2024-11-18"),
    ("what did we learn recently about caching", "2025-07-21T10:00:00Z", ASKED),
    ("bugs we met lately", "2025-07-21T10:00:00Z", ASKED),
    ("what did we decide about hosting in March?", "2025-03-01", "2025-03-31"),
    ("what happened in September", "2024-09-01", "2024-09-30"),
    ("what happened in August", "2025-08-01", "2025-08-31"),
    ("the plan in May 2024", "2024-05-01", "2024-05-31"),
    ("the plan of May last year", "2024-05-01", "2024-05-31"),
    ("what did we write last May", "2025-05-01", "2025-05-31"),
    ("what did we write last August", "2024-08-01", "2024-08-31"),
    ("what did we learn in mid-December?", "2024-12-11", "2024-12-21"),
    ("incidents of early May", "2025-05-01", "2025-05-11"),
    ("incidents in late February 2024", "2024-02-20", "2024-02-29"),
    ("what did we use at the end of May 2024", "2024-05-21", "2024-05-31"),
    ("what was the goal at the start of the year", "2025-01-01", "2025-05-02"),
    ("architecture in 2024", "2024-01-01", "2024-12-31"),
    ("architecture before 2024", None, "2023-12-31"),
    ("targets in Q3 2024", "2024-07-01", "2024-09-30"),
    ("targets in Q4", "2024-10-01", "2024-12-31"),
    ("what changed on 2025-05-03", "2025-05-03", "2025-05-03"),
    ("what changed on May 3rd", "2025-05-03", "2025-05-03"),
    ("what changed on 3 May 2024", "2024-05-03", "2024-05-03"),
    ("what changed on the 3rd of May, 2024?", "2024-05-03", "2024-05-03"),
    ("what changed on 29 February", "2024-02-29", "2024-02-29"),
    ("who was leading the frontend before May", None, "2025-04-30"),
    ("what did we change after March 5", "2025-03-06", None),
    ("decisions since 2025-05-03", "2025-05-03", None),
    ("what was used until June", None, "2025-06-30"),
    ("when was the release planned for, as of January", None, "2025-01-31"),
    ("what broke between May and July", "2025-05-01", "2025-07-31"),
    ("what broke between November and January", "2024-11-01", "2025-01-31"),
    ("notes from 2025-01-03 to 2025-02-01", "2025-01-03", "2025-02-01"),
    ("what did we do in May and June?", "2025-05-01", "2025-06-30"),
    ("what did we decide in spring?", "2025-03-01", "2025-05-31"),
    ("what did we try last summer", "2024-06-01", "2024-08-31"),
    ("what did we try after the winter", "2025-03-01", None),
    ("hosting in the fall of 2024", "2024-09-01", "2024-11-30"),
    ("this year, in March, what broke", "2025-03-01", "2025-03-31"),
    ("what was yesterday's decision", "2025-08-19", "2025-08-19"),
)

TRAPS = """
    may I see the retry policy?
    May we deploy without review?
    the worker may 3 times retry
    may the cache be stale before a restart
    how do we march through the tree
    which second argument does fetch take?
    what is the last resort when the queue is full
    what is the last argument of connect
    which items are in order?
    what changed in version 2025.1
    how do we handle dates
    which service listens on port 2025?
    how is Mongo configured
    why do we use Mongo in production
    how does login work today?
    do we deploy on Friday?
    is support open from Monday to Friday
    what happens every Monday
    who uses Monday.com
    least recently used cache eviction
    which files were most recently used
    how do we get today's date in the parser
    the limit is in 2048 bits
    which requests came in 2024 bytes
    backup-2025-05-03.sql
    what is in src/2025-05-03/notes.md
    beans in Spring Boot
    which beans are in Spring
    does it fall back to polling
    what did April say about the parser
    who asked June for access
    what does the August theme look like
    which hook runs before the commit
    what must be done before the release
    what is called after the request
    do we validate before saving to disk
    what happens after the build
    wait until the element is visible
    since the API is slow, what is cached?
    before we start, what is the plan
    how long is a sprint
    how many days are in a week
    retry after 30 seconds
    the token expires after 24 hours
    keep the last 30 days of logs
    the last week of the contract
    weekly report format
    sum of the monthly totals
    the year column in the table
    how is a quarter computed
    one minute timeout
    last but not least
    past tense in commit messages
    what is the previous version
    this is the current state
    where are we hosted now, after the summer?
    autumnal colour theme
    the Sun JDK on Linux
    what is Black Friday mode
    on May 45
    version 2024 of the API
    Q3
    decode the marching cubes table
    Wednesday
    what is next week
    what do we do tomorrow
    two weeks notice
    five days of work
    the decade view
    satellite images
    what should I plant in March?
    thursdays
""".strip().splitlines()

EVENTS = (
    ("what went wrong with payments shortly before the 2.0 release?", "the 2.0 release", None),
    ("which crash turned up after the 1.0 release?", None, "the 1.0 release"),
    ("what changed since the migration", None, "the migration"),
    ("what did we use before switching to Vite?", "switching to Vite", None),
    ("which runner did we have until the upgrade", "the upgrade", None),
    ("what broke after we moved to Kubernetes?", None, "we moved to Kubernetes"),
)


def read(question: str, asked: str = ASKED) -> When:
    """The time of a question that has one."""
    found = when(question, asked)
    assert found is not None, question
    return found


@pytest.mark.parametrize(("question", "since", "until"), TIMES, ids=[q for q, _, _ in TIMES])
def test_a_time_is_read_as_it_is_meant(question: str, since: str | None, until: str | None) -> None:
    """Relative to the moment of asking; weeks start on Monday, a month without a year is the latest one."""
    period = read(question).period
    assert period is not None
    expected_since = f"{since}T00:00:00Z" if since and "T" not in since else since
    expected_until = f"{until}T23:59:59Z" if until and "T" not in until else until
    assert (period.since, period.until) == (expected_since, expected_until)


@pytest.mark.parametrize("question", [trap.strip() for trap in TRAPS])
def test_what_only_looks_like_a_time_is_none(question: str) -> None:
    """When unsure, there is no time: the whole question is searched for."""
    assert when(question, ASKED) is None


@pytest.mark.parametrize(("question", "before", "after"), EVENTS)
def test_an_event_that_is_no_date_is_kept_as_words(question: str, before: str | None, after: str | None) -> None:
    """Whoever knows when the event was can turn it into a period."""
    found = read(question)
    assert (found.period, found.before, found.after) == (None, before, after)
    assert (before or after or "") not in found.rest


def test_the_rest_is_what_to_search_for() -> None:
    """Without the time words, with its punctuation; the whole question when only stop words would be left."""
    assert read("what did we decide about hosting in March?").rest == "what did we decide about hosting?"
    assert read("who, last week, fixed the parser?").rest == "who fixed the parser?"
    assert read("the report was missing in January, why?").rest == "the report was missing, why?"
    assert read("what was there last week?").rest == "what was there last week?"


def test_the_moment_of_asking_may_carry_any_offset() -> None:
    """A period is in UTC, whatever the clock of the one who asks."""
    period = read("what did we note yesterday", "2025-08-20T01:00:00+02:00").period
    assert period is not None and period.since == "2025-08-18T00:00:00Z"


def test_a_time_out_of_the_calendar_is_none() -> None:
    """No such day, and no such year."""
    assert when("what changed on February 30", ASKED) is None
    assert when("what broke 999 years ago", "0900-01-01T00:00:00Z") is None


WORDS = st.sampled_from(
    "since before after until between and from to in on the last this past of may May march March Monday friday 3 29 "
    "30rd 2024 2025-05-03 2025-13-99 Q3 ago weeks days year month a couple few recently spring fall early mid- end "
    "today's , ? yesterday release migration we moved İ ſunday K".split()
)
MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(lambda m: m.isoformat(timespec="seconds") + "Z")


@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=14).map(" ".join)), MOMENTS)
@settings(max_examples=600)
@example("late last year", "0001-01-01T00:00:00Z")
@example("since this year", "9999-12-31T23:59:59Z")
def test_any_question_at_any_moment_is_read(question: str, asked: str) -> None:
    """Never an error; a period begins before it ends; and something is left to search for."""
    found = when(question, asked)
    if found is None:
        return
    assert found.rest.strip()
    assert found.period or found.before or found.after
    if found.period and found.period.since and found.period.until:
        assert found.period.since <= found.period.until


@pytest.mark.parametrize(
    "piece", ["in the last ", "between the end of ", "3 ", " ", "before the x ", ",  ?", "a couple "]
)
def test_a_long_text_is_read_in_bounded_time(piece: str) -> None:
    """Only the beginning counts, and no repetition makes it slow."""
    when(piece * (100_000 // len(piece)), ASKED)
    assert when("x " * 3000 + "yesterday", ASKED) is None


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("yesterday", "2026-11-21T00:00:00Z", "2026-11-21T23:59:59Z"),
        ("last week", "2026-11-09T00:00:00Z", "2026-11-15T23:59:59Z"),
        ("2026-10", "2026-10-01T00:00:00Z", "2026-10-31T23:59:59Z"),
        ("October", "2026-10-01T00:00:00Z", "2026-10-31T23:59:59Z"),
        ("3 weeks ago", "2026-11-01T00:00:00Z", "2026-11-01T23:59:59Z"),
        ("two days ago", "2026-11-20T00:00:00Z", "2026-11-20T23:59:59Z"),
        ("an hour ago", "2026-11-22T09:00:00Z", "2026-11-22T09:00:00Z"),
        ("monday", "2026-11-16T00:00:00Z", "2026-11-16T23:59:59Z"),
        ("2025", "2025-01-01T00:00:00Z", "2025-12-31T23:59:59Z"),
        ("now", "2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"),
        ("2026-10-05", "2026-10-05T00:00:00Z", "2026-10-05T23:59:59Z"),
        ("2026-10-05T12:00:00+02:00", "2026-10-05T10:00:00Z", "2026-10-05T10:00:00Z"),
    ],
)
def test_a_time_that_somebody_types_is_a_date_or_words(typed: str, first: str, last: str) -> None:
    """From when on, and up to when, both included; "ago" is exact here."""
    asked = "2026-11-22T10:00:00Z"
    assert (check.since("since", typed, asked), check.up_to("until", typed, asked)) == (first, last)


@pytest.mark.parametrize("typed", ["soon", "last week about caching", "before the release", ""])
def test_what_is_no_time_is_told(typed: str) -> None:
    """With examples of what would be one; nothing is guessed from a part of it."""
    with pytest.raises(InputError, match="last week"):
        check.since("since", typed, "2026-11-22T10:00:00Z")
