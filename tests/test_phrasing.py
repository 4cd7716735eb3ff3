"""What is asked by a heading, or for all there is, is answered as such."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from neural_memory import Brain

NOTES = (
    "To get a shell in production one needs the VPN (WireGuard), then kubectl exec",
    "We replaced the row lock on sailings by a capacity ledger with SERIALIZABLE transactions",
    "Marguerite Okoro does design and owns the Figma library",
    "The outbox relay publishes to ledger over NATS; subject names begin with the name of the service",
    "Post mortem of the outage on 2 November: 47 minutes without bookings, a certificate had run out",
    "Gift vouchers are valid for three years",
    "I prefer table-driven tests, with the name of the case as first field",
    "We decided to move from Redis to Valkey because of the licence",
    "Kelpie is a booking and boarding platform for the island ferries",
    "Winter timetable starts on 2 November and has 14 departures a day",
    "Integration tests use testcontainers",
    "On call rotates on Wednesdays at 10:00",
    "Translations are in Weblate; Ines approves them",
    "The boarding pass is a signed QR code of 118 bytes",
)
TAGS = {1: ["architecture"], 3: ["architecture"], 4: ["incident"]}


@pytest.fixture
def kelpie(path: Path) -> Iterator[Brain]:
    """A brain at work in the project Kelpie."""
    with Brain.open(path, project="kelpie") as opened:
        for place, note in enumerate(NOTES):
            opened.remember(note, tags=TAGS.get(place, []))
        yield opened


@pytest.mark.parametrize("heading", ["VPN software", "capacity of sailings", "incident history", "voucher rules"])
def test_a_heading_finds_what_has_one_of_its_words(kelpie: Brain, heading: str) -> None:
    """Nobody who looks for "VPN software" is told that nothing is stored, when a note speaks of the VPN."""
    words = {word.lower().rstrip("s") for word in heading.split()}
    hits = kelpie.recall(heading)
    assert hits
    memory = hits[0].memory
    assert any(word in f"{memory.content} {memory.tags}".lower() for word in words)


def test_a_guess_by_one_word_of_a_heading_is_told_as_one(kelpie: Brain) -> None:
    """It has a word, not the answer."""
    assert {hit.confidence for hit in kelpie.recall("VPN software")} == {"weak"}


@pytest.mark.parametrize(
    "asked", ["guitar chords", "Tableau VPN", "which software draws the VPN diagrams?", "sourdough hydration"]
)
def test_a_heading_of_something_else_meets_silence(kelpie: Brain, asked: str) -> None:
    """As does one that names what nobody stored, and a question of which only one word is known."""
    assert kelpie.recall(asked) == []


def test_what_somebody_labelled_so_comes_before_what_only_speaks_of_it(kelpie: Brain) -> None:
    """A tag or a kind is what somebody filed a memory under."""
    assert {hit.memory.content for hit in kelpie.recall("architecture")[:2]} == {NOTES[1], NOTES[3]}
    assert kelpie.recall("incident history")[0].memory.content == NOTES[4]
    assert kelpie.recall("test preferences")[0].memory.content == NOTES[6]


@pytest.mark.parametrize(
    "asked",
    [
        "What do you know about this project?",
        "what is this project about",
        "Tell me about the project!",
        "project overview",
        "Summarize the current project, please",
        "What do you remember?",
        "what's stored in memory",
    ],
)
def test_who_asks_for_all_is_told_what_the_project_is_first(kelpie: Brain, asked: str) -> None:
    """The question that `setup` proposes: what it is, what was decided, then the newest."""
    contents = [hit.memory.content for hit in kelpie.recall(asked)]
    assert contents[:2] == [NOTES[8], NOTES[7]]
    assert len(contents) == 10


def test_all_of_a_project_is_not_that_of_another(kelpie: Brain, path: Path) -> None:
    """What holds everywhere comes after what is of this project; a pinned note comes early."""
    with Brain.open(path, project="orchid") as other:
        other.remember("Orchid is an inventory system for three flower shops")
        other.remember("Cut flowers arrive on Mondays", pinned=True)
        other.remember("Stock is counted every evening")
        contents = [hit.memory.content for hit in other.recall("What do you know about this project?")]
    assert contents == [
        "Orchid is an inventory system for three flower shops",
        "Cut flowers arrive on Mondays",
        "Stock is counted every evening",
        NOTES[6],
    ]


@pytest.mark.parametrize("asked", ["what is the project's licence?", "what do you know about vouchers?"])
def test_who_asks_for_something_of_the_project_is_told_that(kelpie: Brain, asked: str) -> None:
    """Only a question that names nothing else is for all there is."""
    hits = kelpie.recall(asked)
    assert all(hit.reason != "of the whole" for hit in hits)


def test_all_there_is_of_nothing_is_nothing(path: Path) -> None:
    """An empty memory."""
    with Brain.open(path, project="new") as brain:
        assert brain.recall("What do you know about this project?") == []


def test_what_answers_about_a_name_that_nobody_stored_is_told_as_a_guess(kelpie: Brain) -> None:
    """The vessel of the note is another one."""
    kelpie.remember("The vessel MV Guillemot has 186 lane metres and 240 passenger places")
    assert kelpie.recall("how many lane metres does MV Guillemot have?")[0].confidence == "strong"
    assert kelpie.recall("how many lane metres does MV Razorbill have?")[0].confidence != "strong"
