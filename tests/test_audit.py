"""An audit is complete and its numbers are true; a page leads to the next one while memories come and go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_memory import Brain
from neural_memory.errors import InputError

Said = Callable[..., list[str]]


def test_without_conditions_everything_is_listed_newest_first(brain: Brain) -> None:
    """All memories, replaced ones included, ordered by their time."""
    times = ["2026-01-02", "2024-05-05", "2026-01-01", "2025-12-31T23:59:59Z"]
    for time in times:
        brain.remember(f"written on {time}", timestamp=time)
    old = brain.remember("old", timestamp="2020-01-01")
    brain.remember("new", timestamp="2020-01-02", replaces=old.id)
    listed = [m.timestamp for m in brain.audit().memories]
    assert listed == sorted(listed, reverse=True)
    assert len(listed) == 6


def test_an_audit_is_complete_where_a_recall_shows_the_best(brain: Brain) -> None:
    """All of 250 matches are counted and reached, not the top ten."""
    brain.remember_many([*(f"API rule {i}" for i in range(250)), *(f"kitchen rule {i}" for i in range(50))])
    page = brain.audit(about="the API")
    assert page.total == 250
    assert page.partly == 0
    assert len(page.memories) == 100
    assert len(brain.audit(about="the API", limit=None).memories) == 250


def test_a_topic_is_found_inside_names_and_what_is_partly_about_it_comes_after(brain: Brain, said: Said) -> None:
    """ "payment API" lists what has both first, then what has one of them, and says how many those are."""
    brain.remember("Payment API key is in the vault", timestamp="2020-01-01")
    brain.remember("Set PAYMENT_API_KEY before the start", timestamp="2020-01-02")
    brain.remember("The API is rate limited", timestamp="2026-01-01")
    brain.remember("Payments close at noon", timestamp="2026-01-02")
    brain.remember("The office has plants")
    page = brain.audit(about="payment API")
    assert (page.total, page.partly) == (4, 2)
    assert said(page.memories) == [
        "Set PAYMENT_API_KEY before the start",
        "Payment API key is in the vault",
        "Payments close at noon",
        "The API is rate limited",
    ]


def test_mentions_are_to_the_letter_but_not_to_the_case(brain: Brain, said: Said) -> None:
    """Wherever the text occurs, also within words, also with letters beyond ASCII; symbols are no wildcards."""
    for text in (
        "TEMPORARY fix",
        "contemporary art",
        "a temp file",
        "100% sure",
        "100 percent",
        "STRASSE",
        "Größe",
        "a_b",
    ):
        brain.remember(text)

    def mentioning(text: str) -> set[str]:
        return set(said(brain.audit(mentions=text).memories))

    assert mentioning("temporary") == {"TEMPORARY fix", "contemporary art"}
    assert mentioning("100%") == {"100% sure"}
    assert mentioning("GRÖSSE") == {"Größe"}
    assert mentioning("größe") == {"Größe"}
    assert mentioning("a_b") == {"a_b"}
    assert mentioning("_") == {"a_b"}


def test_conditions_must_all_hold(brain: Brain, said: Said, days_ago: Callable[[float], str]) -> None:
    """Topic, words, tags, kind, project and age narrow together."""
    brain.remember("API key old", tags=["ops"], kind="fact", project="shop", timestamp=days_ago(90))
    brain.remember("API key new", tags=["ops"], kind="fact", project="shop")
    brain.remember("API key other", tags=["dev"], kind="decision", timestamp=days_ago(90))

    def listed(**conditions: Any) -> set[str]:
        return {text.removeprefix("API key ") for text in said(brain.audit(**conditions).memories)}

    assert listed(older_than_days=60) == {"old", "other"}
    assert listed(newer_than_days=60) == {"new"}
    assert listed(kind="decision") == {"other"}
    assert listed(project="shop") == {"old", "new"}
    assert listed(tags=["OPS"], older_than_days=60) == {"old"}
    assert listed(about="API", mentions="key o", project="shop") == {"old"}
    assert listed(older_than_days=60, newer_than_days=30) == set()
    assert listed(older_than_days=0.5, newer_than_days=365_000) == {"old", "other"}


def test_ages_are_exact_at_their_edges(brain: Brain, days_ago: Callable[[float], str]) -> None:
    """59.9 days are not older than 60, 60.1 are."""
    young = brain.remember("young", timestamp=days_ago(59.9))
    old = brain.remember("old", timestamp=days_ago(60.1))
    assert [m.id for m in brain.audit(older_than_days=60).memories] == [old.id]
    assert [m.id for m in brain.audit(newer_than_days=60).memories] == [young.id]


@pytest.mark.parametrize("conditions", [{}, {"about": "note common"}], ids=["all", "about"])
def test_pages_follow_each_other_without_gap_or_repetition(brain: Brain, conditions: dict[str, Any]) -> None:
    """Page by page gives the same list as all at once, with positions that count on."""
    brain.remember_many(
        {"content": f"note {i}{' common' if i % 3 else ''}", "timestamp": f"2026-01-{1 + i % 9:02}"} for i in range(53)
    )
    whole = [m.id for m in brain.audit(limit=None, **conditions).memories]
    paged: list[str] = []
    cursor = None
    while True:
        page = brain.audit(limit=7, cursor=cursor, **conditions)
        assert page.total == 53
        assert page.start == len(paged) + 1
        paged += [m.id for m in page.memories]
        cursor = page.cursor
        if cursor is None:
            break
    assert paged == whole
    assert len(set(paged)) == 53


@given(st.lists(st.tuples(st.sampled_from(["add", "forget", "old", "turn"]), st.integers(0, 30)), max_size=25))
@settings(max_examples=15)
def test_pages_stay_right_while_memories_come_and_go(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[str, int]]
) -> None:
    """Whatever is stored or deleted between pages: what was there throughout is shown exactly once."""
    with Brain.open(tmp_path_factory.mktemp("pages") / "memory.db") as brain:
        brain.remember_many({"content": f"note {i}", "timestamp": f"2026-01-{1 + i % 28:02}"} for i in range(20))
        throughout = {m.id for m in brain.audit(limit=None).memories}
        page = brain.audit(limit=4)
        shown = [m.id for m in page.memories]
        for number, (event, which) in enumerate(events):
            if event == "add":
                brain.remember(f"added {number}")
            elif event == "old":
                brain.remember(f"added {number}", timestamp=f"2026-01-{1 + which % 28:02}")
            elif event == "forget":
                victims = sorted(throughout)
                if victims:
                    victim = victims[which % len(victims)]
                    brain.forget([victim])
                    throughout.discard(victim)
            elif page.cursor:
                page = brain.audit(limit=4, cursor=page.cursor)
                shown += [m.id for m in page.memories]
        while page.cursor:
            page = brain.audit(limit=4, cursor=page.cursor)
            shown += [m.id for m in page.memories]
        assert len(shown) == len(set(shown))
        assert throughout <= set(shown)


def test_the_page_after_the_last_is_empty_and_says_so(brain: Brain) -> None:
    """A cursor whose followers were all deleted gives an empty page, not the first one again."""
    stored = [brain.remember(f"note {i}", timestamp=f"2026-01-0{9 - i}") for i in range(4)]
    page = brain.audit(limit=2)
    assert page.cursor
    brain.forget([m.id for m in stored[2:]])
    after = brain.audit(limit=2, cursor=page.cursor)
    assert (after.memories, after.total, after.start, after.cursor) == ((), 2, 0, None)


def test_nothing_matches(brain: Brain) -> None:
    """An empty audit has a total of nought and no cursor."""
    brain.remember("The office coffee machine is broken")
    page = brain.audit(about="zebra")
    assert (page.memories, page.total, page.partly, page.start, page.cursor) == ((), 0, 0, 0, None)


@given(st.text(min_size=1, max_size=20).filter(str.strip))
@settings(max_examples=60)
def test_no_condition_is_syntax(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Any text can be a topic or a mention; what says it to the letter is among the matches."""
    if any("\ud800" <= c <= "\udfff" for c in text):
        return
    with Brain.open(tmp_path_factory.mktemp("audit") / "memory.db") as brain:
        stored = brain.remember(f"before {text} after")
        assert stored.id in [m.id for m in brain.audit(mentions=text).memories]
        assert stored.id in [m.id for m in brain.audit(about=text).memories]


WRONG: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"about": ""}, ("about", "blank")),
    ({"about": 5}, ("about", "5", "text")),
    ({"mentions": "  "}, ("mentions", "blank")),
    ({"tags": "ops"}, ("tags", "list")),
    ({"kind": "rumour"}, ("kind", "'rumour'", "fact")),
    ({"project": ""}, ("project", "blank")),
    ({"older_than_days": 0}, ("older_than_days", "0", "more than 0")),
    ({"older_than_days": -3}, ("older_than_days", "-3")),
    ({"older_than_days": "60"}, ("older_than_days", "'60'", "number")),
    ({"newer_than_days": float("nan")}, ("newer_than_days", "nan")),
    ({"newer_than_days": float("inf")}, ("newer_than_days", "inf")),
    ({"newer_than_days": True}, ("newer_than_days", "True")),
    ({"limit": 0}, ("limit", "0")),
    ({"limit": 1.5}, ("limit", "1.5")),
    ({"cursor": "nonsense"}, ("cursor", "nonsense", "first page")),
    ({"cursor": "[1]"}, ("cursor", "[1]")),
    ({"cursor": '{"a": 1}'}, ("cursor",)),
    ({"cursor": "[" * 5000}, ("cursor",)),
    ({"cursor": '[0, "x", 1e999]'}, ("cursor",)),
]


@pytest.mark.parametrize(("conditions", "told"), WRONG, ids=lambda value: str(value)[:40])
def test_what_cannot_be_used_is_refused(brain: Brain, conditions: dict[str, Any], told: tuple[str, ...]) -> None:
    """The message names the value and how to do it right."""
    with pytest.raises(InputError) as refused:
        brain.audit(**conditions)
    for part in told:
        assert part in str(refused.value)


def test_the_overview_counts_everything(brain: Brain, days_ago: Callable[[float], str]) -> None:
    """Kinds, projects, tags and ages add up to what is stored."""
    brain.remember("We decided on Redis", tags=["db", "cache"], project="shop", timestamp=days_ago(3))
    brain.remember("The port is 8080", tags=["DB"], timestamp=days_ago(20))
    old = brain.remember("The port is 80", timestamp=days_ago(500))
    brain.remember("The port is 443", replaces=old.id)
    found = brain.overview()
    assert (found.memories, found.replaced, found.untagged) == (4, 1, 2)
    assert found.kinds == {"fact": 3, "decision": 1}
    assert found.projects == {"": 3, "shop": 1}
    assert {tag.lower(): number for tag, number in found.tags.items()} == {"db": 2, "cache": 1}
    assert sum(found.ages.values()) == 4
    assert found.ages == {"last 7 days": 2, "8 to 30 days": 1, "older than a year": 1}
    assert found.oldest == old.timestamp


def test_the_overview_of_nothing_is_empty(brain: Brain) -> None:
    """An empty store has an overview, too."""
    found = brain.overview()
    assert (found.memories, found.ages, found.tags, found.oldest) == (0, {}, {}, None)


def test_recalls_are_counted_over_sessions(path: Any) -> None:
    """What was recalled is no longer "never recalled" after the next change or the end of the session."""
    with Brain.open(path) as brain:
        brain.remember("API uses Bearer tokens")
        brain.remember("Plants need water")
        brain.recall("bearer")
    with Brain.open(path) as brain:
        assert brain.overview().never_recalled == 1
