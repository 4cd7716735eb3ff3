"""What happens when something is stored: what is kept, recognised, refused, and told back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_memory import Brain, answers
from neural_memory.errors import InputError, NotFoundError
from neural_memory.model import KINDS, MAX_CONTENT


def test_a_memory_has_what_it_was_given_and_sensible_defaults(brain: Brain) -> None:
    """Everything given comes back by the id, and what was not given has its default."""
    plain = brain.remember("The port is 8080")
    given = brain.remember(
        "API uses Bearer tokens",
        tags=["authentication", "api"],
        importance=0.7,
        kind="decision",
        project="shop",
        timestamp="2026-03-25T10:30:00Z",
        source="import:notes",
    )
    assert brain.get(plain.id).importance == 0.5
    assert brain.get(plain.id).tags == ()
    assert brain.get(plain.id).kind == "fact"
    assert brain.get(plain.id).project is None
    memory = brain.get(given.id)
    assert (memory.tags, memory.importance, memory.kind) == (("authentication", "api"), 0.7, "decision")
    assert (memory.project, memory.timestamp, memory.source) == ("shop", "2026-03-25T10:30:00Z", "import:notes")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300).filter(str.strip))
def test_content_is_kept_to_the_letter(tmp_path_factory: pytest.TempPathFactory, content: str) -> None:
    """Any text at all, control characters and emoji included, comes back as it was (unless it ends in tags)."""
    if "tag" in content.lower() or "label" in content.lower():
        return
    with Brain.open(tmp_path_factory.mktemp("any") / "memory.db") as brain:
        assert brain.get(brain.remember(content).id).content == content


@pytest.mark.parametrize(
    "content",
    [
        "\x00begins with NUL",
        "a\x00b",
        "line\r\nline\u2028line",
        "\ufeffmark",
        "🎉",
        "'; DROP TABLE memories; --",
        '"*"',
    ],
)
def test_odd_characters_are_kept(brain: Brain, content: str) -> None:
    """Characters that trip up databases are stored, listed and forgotten like any others."""
    stored = brain.remember(content)
    assert brain.get(stored.id).content == content
    assert [m.content for m in brain.audit().memories] == [content]
    assert brain.forget([stored.id]).memories[0].content == content
    brain.undo()
    assert brain.get(stored.id).content == content


def test_the_longest_content_is_kept_whole_and_found(brain: Brain) -> None:
    """100,000 characters are stored to the last one; one more is refused."""
    text = ("word " * (MAX_CONTENT // 5))[:-9] + " hindmost"
    assert len(text) == MAX_CONTENT
    stored = brain.remember(text)
    assert brain.get(stored.id).content == text
    assert [hit.memory.id for hit in brain.recall("hindmost")] == [stored.id]


HALF = "half \ud83d of a character"
WRONG: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"content": 123}, ("content", "123", "text")),
    ({"content": None}, ("content", "None", "text")),
    ({"content": b"bytes"}, ("content", "text")),
    ({"content": ""}, ("content", "blank")),
    ({"content": " \n\t "}, ("content", "blank")),
    ({"content": "x" * (MAX_CONTENT + 1)}, ("100,001", "100,000", "split")),
    ({"content": HALF}, ("content", "U+D83D", "position 5", "valid Unicode")),
    ({"tags": "api"}, ("tags", "'api'", "list")),
    ({"tags": 7}, ("tags", "7", "list")),
    ({"tags": [7]}, ("tags", "7", "text")),
    ({"tags": [f"t{i}" for i in range(51)]}, ("51", "50")),
    ({"tags": ["x" * 65]}, ("65", "64")),
    ({"tags": ["a\x07b"]}, ("tag", "cannot be shown")),
    ({"tags": [HALF]}, ("tags", "U+D83D")),
    ({"importance": 1.4}, ("importance", "1.4", "between 0", "1")),
    ({"importance": -0.01}, ("importance", "-0.01", "between 0")),
    ({"importance": float("nan")}, ("importance", "nan", "between 0")),
    ({"importance": True}, ("importance", "True", "number")),
    ({"importance": "0.5"}, ("importance", "'0.5'", "number")),
    ({"kind": "rumour"}, ("kind", "'rumour'", "fact", "reference")),
    ({"kind": ["fact"]}, ("kind", "fact")),
    ({"project": ""}, ("project", "blank")),
    ({"project": 3}, ("project", "3", "text")),
    ({"project": "p" * 201}, ("project", "201", "200")),
    ({"project": "two\nlines"}, ("project", "cannot be shown")),
    ({"timestamp": "yesterday"}, ("timestamp", "'yesterday'", "2026-03-25")),
    ({"timestamp": 1774434600}, ("timestamp", "1774434600", "text")),
    ({"timestamp": "2026-02-30"}, ("timestamp", "'2026-02-30'", "ISO")),
    ({"replaces": "abc"}, ("'abc'", "mem_")),
    ({"replaces": 5}, ("id", "5", "text")),
    ({"source": ""}, ("source", "blank")),
]


@pytest.mark.parametrize(("arguments", "told"), WRONG, ids=lambda value: str(value)[:40])
def test_what_cannot_be_used_is_refused_and_nothing_written(
    brain: Brain, arguments: dict[str, Any], told: tuple[str, ...]
) -> None:
    """The message names the value and the limit; the file stays as it was."""
    before = brain.path.read_bytes()
    with pytest.raises(InputError) as refused:
        brain.remember(**{"content": "fine", **arguments})
    for part in told:
        assert part in str(refused.value)
    assert len(str(refused.value)) < 400
    assert str(refused.value).isprintable()
    assert brain.path.read_bytes() == before


def test_a_replacement_of_nothing_stores_nothing(brain: Brain) -> None:
    """`replaces` with an unknown id is an error, and the new memory is not left behind."""
    with pytest.raises(NotFoundError, match="mem_unknown"):
        brain.remember("new fact", replaces="mem_unknown")
    assert brain.audit().total == 0


@pytest.mark.parametrize(
    ("text", "content", "tags"),
    [
        ("The flow is separate. Tags: authentication, admin", "The flow is separate.", ("authentication", "admin")),
        ("The flow is separate\ntags: #Auth, two words", "The flow is separate", ("Auth", "two words")),
        ("The flow is separate. Labels: one", "The flow is separate.", ("one",)),
        ("流程是分开的。 Tags: 认证，管理", "流程是分开的。", ("认证", "管理")),
        ("Tags: are a nuisance", "Tags: are a nuisance", ()),
        ("Tags: a, b", "Tags: a, b", ()),
        ("HTML has tags: they nest and need closing, or so the standard always said", None, ()),
        ("The tags of release 1 are v1.0 and v1.1", None, ()),
    ],
)
def test_closing_tags_are_recognised_and_prose_is_left_alone(
    brain: Brain, text: str, content: str | None, tags: tuple[str, ...]
) -> None:
    """A list after "Tags:" at the very end becomes tags; a sentence with that word stays a sentence."""
    stored = brain.remember(text)
    assert stored.content == (content or text)
    assert stored.tags == tags


@pytest.mark.parametrize(
    "content",
    [
        "Sanitize these HTML tags: script, iframe",
        "We deploy with two image tags: latest, stable",
        "Every k8s pod must carry labels: app, team",
        "Images are built nightly. We deploy with two image tags: latest, stable",
    ],
)
def test_prose_that_ends_in_a_list_of_tags_is_kept_to_the_letter(brain: Brain, content: str) -> None:
    """Only a list that stands by itself is taken off; the end of a sentence is what was said."""
    stored = brain.remember(content)
    assert (stored.content, stored.tags) == (content, ())
    assert brain.get(stored.id).content == content
    last = content.rpartition(" ")[2]
    assert [hit.memory.id for hit in brain.recall(last)] == [stored.id]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (", ".join(f"t{i}" for i in range(51)), "51 tags"),
        ("fine, be\x07ll", "cannot be shown"),
        ("fine, zero\u200bwidth", "cannot be shown"),
    ],
)
def test_written_tags_are_held_to_the_same_rules_as_given_ones(brain: Brain, written: str, told: str) -> None:
    """Too many of them, or some that cannot be shown, are refused, and nothing is stored."""
    with pytest.raises(InputError, match=told):
        brain.remember(f"The flow is separate. Tags: {written}")
    assert brain.audit().total == 0


@pytest.mark.parametrize(
    "content",
    ["0123456789abcdef" * 6_250, f"first{' ' * 99_980}last", "a." * 50_000, "a" * 40_000 + "://"],
    ids=["hexadecimal", "blanks", "dots", "scheme"],
)
def test_long_monotonous_texts_are_kept_and_found(brain: Brain, content: str) -> None:
    """Nothing in them makes anybody wait: they are stored, found by a tag and by the letter, and go again."""
    stored = brain.remember(content, tags=["endless"])
    other = brain.remember("Payment keys rotate")
    assert brain.get(stored.id).content == content
    assert [hit.memory.id for hit in brain.recall("endless")] == [stored.id]
    assert brain.audit(mentions=content[-1_000:]).total == 1
    assert brain.audit(about="endless").total == 1
    assert other.id in [hit.memory.id for hit in brain.recall("payment keys")]
    brain.recall(content[:10_000])
    brain.forget([stored.id])
    assert brain.recall("endless") == []


def test_given_and_written_tags_come_together_once(brain: Brain) -> None:
    """Tags of the argument come first, those of the text after them, and no tag twice in another case."""
    stored = brain.remember("Flow. Tags: api, Security", tags=["API", "  #two   words "])
    assert stored.tags == ("API", "two words", "Security")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("We decided to use PostgreSQL for the main database", "decision"),
        ("I prefer functional programming style", "preference"),
        ("Always use spread operators instead of mutations", "preference"),
        ("The payment service fails if the amount has 3 decimals", "insight"),
        ("Root cause of the outage: an expired certificate", "insight"),
        ("The naming convention for branches is feature/x", "pattern"),
        ("The endpoint is https://api.example.com", "reference"),
        ("The port is 8080", "fact"),
    ],
)
def test_the_kind_is_recognised_from_how_it_is_said(brain: Brain, content: str, kind: str) -> None:
    """Decisions, preferences, insights, patterns and references are told from plain facts."""
    assert brain.remember(content).kind == kind


WISHES = """
I prefer tabs. | I really like small commits | I'd rather have one long file than ten | My favourite theme is Solarized
I want answers short, with the command first | I want your explanations in German | User prefers dark mode
Never use mocks in integration tests | Please never use emojis in commit messages | Always run the linter first
Please write comments in British English | Please keep replies brief | Please don't add docstrings to tests
No semicolons in TypeScript, please | Don't use abbreviations | Prefer composition over inheritance
Use pnpm instead of npm | I hate wildcard imports | I usually prefer early returns | We prefer squash merges
Small functions are best: never use flags as arguments | I would prefer tables
Tabs are fine, but never use smart quotes
"""
FACTS = """
Rashid prefers phone calls before ten | The workers do not use the cache | Mobile clients never use the v1 API
The importer will always use the oldest row | The driver prefers IPv6 where both are there | We don't use Redis any more
I want the export button on the left | Old phones always use polling | The scheduler favours short jobs
Customers like the new invoices | No backups ran on Sunday | Please see the runbook at docs/deploy.md
The CLI and the server never use the same port | She prefers the old layout | It is fine to use two clusters
Ask Ines before you change the fares | Use of the sandbox ends in May | Our tests use testcontainers
The API does not use cookies | Billing does not prefer any card | The cache is used by the two workers
"""


@pytest.mark.parametrize("content", [text.strip() for text in WISHES.replace("\n", "|").split("|") if text.strip()])
def test_how_somebody_wants_to_work_is_a_preference(brain: Brain, content: str) -> None:
    """It holds in every project, so it is told by the person who says it, or as an order."""
    assert brain.remember(content).kind == "preference"


@pytest.mark.parametrize("content", [text.strip() for text in FACTS.replace("\n", "|").split("|") if text.strip()])
def test_what_others_prefer_and_what_programs_do_is_none(brain: Brain, content: str) -> None:
    """A fact of one project, which would be told in all others."""
    assert brain.remember(content).kind != "preference"


@pytest.mark.parametrize("kind", KINDS)
def test_a_given_kind_wins(brain: Brain, kind: str) -> None:
    """What the caller says it is, it is."""
    assert brain.remember("We decided to use PostgreSQL", kind=kind).kind == kind


def test_ids_are_distinct_and_stable(brain: Brain) -> None:
    """Every memory has an id of its own, and it stays through revising, forgetting and undoing."""
    stored = [brain.remember(f"fact number {i}") for i in range(50)]
    assert len({m.id for m in stored}) == 50
    one = stored[7]
    brain.revise(one.id, content="quite another text")
    brain.forget([one.id])
    brain.undo()
    assert brain.get(one.id).content == "quite another text"


def test_the_same_text_is_not_stored_twice(brain: Brain) -> None:
    """Line ends, blanks and the first capital aside, the same text strengthens what is there: new tags, the higher
    importance.
    """
    first = brain.remember("Tokens of the API are Bearer tokens", tags=["auth"], importance=0.4)
    again = brain.remember("tokens of the API are  Bearer tokens\r\n", tags=["security"], importance=0.8)
    lower = brain.remember("Tokens of the API are Bearer tokens", importance=0.1)
    assert first.created
    assert not again.created
    assert not lower.created
    assert {first.id, again.id, lower.id} == {first.id}
    assert brain.audit().total == 1
    memory = brain.get(first.id)
    assert memory.content == "Tokens of the API are Bearer tokens"
    assert memory.tags == ("auth", "security")
    assert memory.importance == 0.8
    assert [hit.memory.id for hit in brain.recall("security")] == [first.id]


NEARLY = [
    ("The verbose flag of the deploy tool is -v", "The verbose flag of the deploy tool is -V"),
    ("Config:\n```\nserver:\n  port: 80\n```", "Config:\n```\nserver:\nport: 80\n```"),
    ("The default of hosts is []", "The default of hosts is ()"),
    ("-v", "-V"),
]


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize(("text", "other"), NEARLY)
def test_what_differs_in_a_letter_or_a_sign_is_stored_and_its_neighbour_named(
    brain: Brain, text: str, other: str, together: bool
) -> None:
    """Case, indentation and brackets can be all that matters; merged, both are said, and neither comes twice."""
    if together:
        assert brain.remember_many([text, other, text]) == 2
        first, second = sorted(brain.audit().memories, key=lambda memory: memory.content != text)
    else:
        first, second = brain.remember(text), brain.remember(other)
        assert second.created
        assert first.id in {memory.id for memory in (*second.similar, *second.duplicates)}
    assert not brain.remember(text).created
    assert not brain.remember(other).created
    assert [brain.get(memory.id).content for memory in (first, second)] == [text, other]
    whole = brain.merge([first.id, second.id]).content
    assert text in whole
    assert other.removeprefix("Config:\n") in whole


def test_the_same_text_in_two_projects_is_two_memories(brain: Brain) -> None:
    """What holds in one project need not hold in the other."""
    here = brain.remember("Deploys happen on Fridays", project="shop")
    there = brain.remember("Deploys happen on Fridays", project="bank")
    everywhere = brain.remember("Deploys happen on Fridays")
    assert len({here.id, there.id, everywhere.id}) == 3


def test_an_old_near_duplicate_is_named_though_many_newer_memories_have_its_words(brain: Brain) -> None:
    """What shares most words is looked for, not what was stored last."""
    old = brain.remember("The billing job rotates invoices nightly through the ledger gateway")
    words = ("billing", "rotates", "invoices", "nightly", "ledger", "gateway")
    brain.remember_many(f"Entry {number} of the {words[number % 6]} plan" for number in range(600))
    again = brain.remember("The billing job rotates all invoices nightly through the ledger gateway")
    assert [memory.id for memory in again.similar] == [old.id]


def test_a_near_duplicate_is_stored_and_named(brain: Brain) -> None:
    """Nearly the same text is another memory, and the answer shows the one it resembles."""
    first = brain.remember("Payment service has rate limit of 100 requests per minute")
    other = brain.remember("The office plants need water on Mondays")
    second = brain.remember("Payment service has rate limit of 250 requests per minute")
    assert second.created
    assert [m.id for m in second.similar] == [first.id]
    assert brain.remember("Completely unrelated gardening advice").similar == ()
    assert other.similar == ()


def test_a_replaced_memory_is_kept_but_no_longer_recalled(brain: Brain) -> None:
    """`replaces` puts the new fact in the old one's place; the old one says by what it was replaced."""
    old = brain.remember("Deploys happen on Fridays", project="shop")
    new = brain.remember("Deploys happen on Tuesdays", replaces=old.id, project="shop")
    assert new.replaced is not None
    assert new.replaced.id == old.id
    assert brain.get(old.id).replaced_by == new.id
    assert [hit.memory.id for hit in brain.recall("when do deploys happen?")] == [new.id]
    assert old.id not in [hit.memory.id for hit in brain.recall("Fridays")]
    assert {m.id for m in brain.audit().memories} == {old.id, new.id}
    assert all(m.id != old.id for m in brain.remember("Deploys happen on Thursdays", project="shop").similar)


def test_undoing_a_replacement_restores_what_was_replaced(brain: Brain) -> None:
    """One undo takes the new memory away and puts the old one back in force."""
    old = brain.remember("Deploys happen on Fridays")
    new = brain.remember("Deploys happen on Tuesdays", replaces=old.id)
    brain.undo()
    assert [hit.memory.id for hit in brain.recall("when do deploys happen?")] == [old.id]
    assert brain.get(old.id).replaced_by is None
    with pytest.raises(NotFoundError):
        brain.get(new.id)


def test_a_replacement_may_say_the_same_text(brain: Brain) -> None:
    """Replacing a memory by its own text with another date makes a new one in its place."""
    old = brain.remember("The certificate was renewed", timestamp="2025-01-01")
    new = brain.remember("The certificate was renewed", replaces=old.id)
    assert new.created
    assert new.id != old.id
    assert brain.get(old.id).replaced_by == new.id
    assert brain.remember("The certificate was renewed").id == new.id


def test_tags_are_suggested_for_what_has_none(brain: Brain) -> None:
    """Tags in use that a text names are proposed for it; with tags given nothing is proposed."""
    brain.remember("Tokens expire after an hour", tags=["authentication"])
    assert "authentication" in brain.remember("The authentication service runs on port 9000").suggested_tags
    assert brain.remember("Authentication needs a cookie", tags=["cookies"]).suggested_tags == ()


def test_a_tag_no_memory_has_any_more_is_a_plain_word_again(brain: Brain, tmp_path: Path) -> None:
    """When the last memory with a tag is gone, later memories are linked and tagged as if it had never been there."""
    later = ("Any port will do for tests", "The harbour port of Rotterdam has lanterns and a Lighthouse")
    tagged = brain.remember("The gateway listens on 9000", tags=["port"])
    brain.remember(later[0])
    brain.forget([tagged.id])
    brain.stats()
    after = brain.remember(later[1])
    with Brain.open(tmp_path / "never.db") as never:
        never.remember(later[0])
        never.stats()
        expected = never.remember(later[1])
    assert after.linked == expected.linked
    assert after.suggested_tags == expected.suggested_tags


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("2026-03-25", "2026-03-25T00:00:00Z"),
        ("2026-03-25T12:30:00+02:00", "2026-03-25T10:30:00Z"),
        ("2026-03-25 10:30", "2026-03-25T10:30:00Z"),
        ("2026-03-25T10:30:00.999Z", "2026-03-25T10:30:00Z"),
        ("0042-01-01", "0042-01-01T00:00:00Z"),
    ],
)
def test_timestamps_are_kept_in_utc(brain: Brain, given_: str, kept: str) -> None:
    """Any ISO 8601 time becomes UTC to the second, so that they sort as text."""
    assert brain.remember("then", timestamp=given_).timestamp == kept


def test_many_are_stored_in_one_go(brain: Brain, said: Callable[..., list[str]]) -> None:
    """Texts and mappings, from a generator, counted as they go; what is there already is not counted as new."""
    brain.remember("fact 3")
    done: list[int] = []
    items = (f"fact {i}" if i % 2 else {"content": f"fact {i}", "tags": ["even"]} for i in range(25))
    assert brain.remember_many(items, chunk=10, progress=done.append) == 24
    assert done == [10, 20, 25]
    assert sorted(said(brain.audit(limit=None).memories)) == sorted(f"fact {i}" for i in range(25))
    assert brain.audit(tags=["even"]).total == 13


def test_one_undo_takes_back_a_whole_import(brain: Brain) -> None:
    """Many stored in one call are one step, however many transactions it took."""
    kept = brain.remember("kept")
    brain.remember_many((f"fact {i}" for i in range(30)), chunk=7)
    [undone] = brain.undo()
    assert len(undone.memories) == 30
    assert [m.id for m in brain.audit().memories] == [kept.id]


def test_a_bad_item_names_its_place_and_keeps_what_came_before(brain: Brain) -> None:
    """The message says which item; the chunks before it stay, its own chunk is not written."""
    items: list[Any] = [f"fact {i}" for i in range(7)]
    items[5] = {"content": "bad", "importance": 2}
    with pytest.raises(InputError, match=r"item 6: importance is 2"):
        brain.remember_many(items, chunk=3)
    assert brain.audit().total == 3
    for bad in ({"text": "x"}, 7, None, {"content": None}):
        with pytest.raises(InputError, match="item 1"):
            brain.remember_many([bad])
    for chunk in (0, 10_001, True, "5"):
        with pytest.raises(InputError, match="chunk"):
            brain.remember_many(["fine"], chunk=chunk)
    assert brain.audit().total == 3


def test_what_was_linked_is_told(brain: Brain) -> None:
    """The answer names the concepts the memory was connected by, readable ones."""
    stored = brain.remember("Payment service API key is in environment variable PAYMENT_API_KEY")
    assert "PAYMENT_API_KEY" in stored.linked
    assert all(name == name.strip() and name for name in stored.linked)


def test_the_file_holds_tags_as_json_that_reads_well(brain: Brain) -> None:
    """Tags are a JSON list, letters of other scripts unescaped, so that plain SQLite shows them."""
    brain.remember("Zahlungen", tags=["größe", "支付"])
    with closing(sqlite3.connect(brain.path)) as plain:
        [(tags,)] = plain.execute("SELECT tags FROM memories").fetchall()
    assert "支付" in tags
    assert json.loads(tags) == ["größe", "支付"]


@pytest.mark.parametrize("said", ["Store this:", "Please remember this decision:", "Store this debugging insight:"])
def test_a_request_to_store_is_not_stored_along(brain: Brain, said: str) -> None:
    """It is left out, and that is told; the same text with and without it is one memory."""
    stored = brain.remember(f"{said} The staging host is harbor-6")
    assert (stored.content, stored.preface) == ("The staging host is harbor-6", said)
    assert "Left out" in answers.remembered(stored)
    assert brain.remember("The staging host is harbor-6").created is False


@pytest.mark.parametrize(
    "said",
    ["Remember for all projects:", "For all my projects:", "Please store this for every project:", "Everywhere:"],
)
def test_what_is_said_to_hold_in_every_project_does(path: Path, said: str) -> None:
    """Also where one is being worked on; a project that is named is meant."""
    with Brain.open(path, project="shop") as brain:
        stored = brain.remember(f"{said} our company VPN is at vpn.acme.example")
        assert (stored.content, stored.project) == ("our company VPN is at vpn.acme.example", None)
        assert f'and says that it holds in every project: "{said}"' in answers.remembered(stored)
        assert brain.remember(f"{said} the printer is on floor 3", project="shop").project == "shop"
        assert brain.remember("For all projects we use one VPN").project == "shop"


@pytest.mark.parametrize(
    "text",
    ["Store: opening hours are in hours.yml", "Remember that this: works", "Store this", "Save the receipts: always"],
)
def test_what_may_be_meant_is_stored_to_the_letter(brain: Brain, text: str) -> None:
    """Only an unmistakable request is left out."""
    stored = brain.remember(text)
    assert (stored.content, stored.preface) == (text, "")
