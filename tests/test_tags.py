"""Tags get one spelling, and kinds are corrected, in the whole store, as one step."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_memory import Brain, Memory
from neural_memory.cli.main import cli
from neural_memory.errors import InputError, SecretError


def everything(brain: Brain) -> tuple[Memory, ...]:
    return brain.audit(limit=None).memories


def test_a_tag_is_renamed_in_every_memory_as_one_step(brain: Brain) -> None:
    """In whatever case it was, once in each memory, found by its new name only; undo takes it back."""
    one = brain.remember("fact one", tags=["Auth", "api"])
    two = brain.remember("fact two", tags=["auth", "login"])
    three = brain.remember("fact three", tags=["api"])
    before = everything(brain)
    changed = brain.rename_tags(["auth", "login"], "authentication")
    assert {m.id for m in changed} == {one.id, two.id}
    assert brain.get(one.id).tags == ("authentication", "api")
    assert brain.get(two.id).tags == ("authentication",)
    assert brain.get(three.id).tags == ("api",)
    assert brain.audit(tags=["auth"]).total == 0
    [undone] = brain.undo()
    assert (undone.action, len(undone.memories)) == ("retag", 2)
    assert everything(brain) == before


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c"]), max_size=3, unique=True), min_size=1, max_size=6))
@settings(max_examples=15)
def test_renaming_there_and_back_is_as_if_nothing_had_happened(
    tmp_path_factory: pytest.TempPathFactory, tagged: list[list[str]]
) -> None:
    """As long as the new name was not in use."""
    with Brain.open(tmp_path_factory.mktemp("tags") / "memory.db") as brain:
        for number, tags in enumerate(tagged):
            brain.remember(f"fact {number}", tags=tags)
        before = everything(brain)
        brain.rename_tags(["a"], "z")
        assert "a" not in brain.tags()
        brain.rename_tags(["z"], "a")
        assert everything(brain) == before


def test_tags_are_counted_and_their_spellings_brought_together(brain: Brain) -> None:
    """Plural, hyphens and case make no tag of their own."""
    for number, tag in enumerate(["payments", "payment", "payments", "rate-limit", "rate limit", "rate limit", "api"]):
        brain.remember(f"fact {number}", tags=[tag])
    assert next(iter(brain.tags().items())) == ("payments", 2)
    assert set(brain.tag_spellings()) == {("payments", "payment"), ("rate limit", "rate-limit")}


def test_kinds_are_corrected_in_bulk(brain: Brain) -> None:
    """By ids or by conditions, as one step."""
    for number in range(3):
        brain.remember(f"ADR {number}: tables have a key", kind="fact")
    other = brain.remember("The port is 80")
    assert len(brain.revise_kinds("decision", mentions="ADR", kind="fact")) == 3
    assert brain.audit(kind="decision").total == 3
    assert brain.get(other.id).kind == "fact"
    assert len(brain.undo()[0].memories) == 3
    assert brain.revise_kinds("reference", [other.id])[0].kind == "reference"
    with pytest.raises(InputError, match="either ids, or conditions"):
        brain.revise_kinds("decision")


def test_tags_at_a_terminal(home: Path) -> None:
    """List, proposal, merge and undo."""
    run = CliRunner()
    run.invoke(cli, ["remember", "fact one", "-t", "payments"])
    run.invoke(cli, ["remember", "fact two", "-t", "payment"])
    told = run.invoke(cli, ["tags"]).output
    assert "neural-memory tags merge payments --into payment" in told
    assert "1 memory now tagged payment" in run.invoke(cli, ["tags", "merge", "payments", "--into", "payment"]).output
    assert run.invoke(cli, ["tags", "rename", "nothing", "x"]).exit_code == 1
    assert "tagged as before" in run.invoke(cli, ["undo"]).output
    assert (
        "2 memories are now decision" in run.invoke(cli, ["revise", "--mentions", "fact", "--kind", "decision"]).output
    )
    assert run.invoke(cli, ["revise", "--mentions", "fact", "--content", "x"]).exit_code == 2


def test_a_day_of_the_week_is_no_tag(brain: Brain) -> None:
    """Names are suggested as tags; those of days and months are none."""
    suggested = brain.remember("Deploys go through Spinnaker on Tuesdays in March").suggested_tags
    assert suggested == ("spinnaker", "deploy")


def test_suggested_tags_come_in_one_spelling_that_of_a_tag_in_use(brain: Brain) -> None:
    """Neither plural nor hyphen brings the same tag twice."""
    brain.remember("Payments are settled at noon by the gateway", tags=["payments", "rate-limit"])
    brain.remember("The payment gateway has a rate limit for payments", tags=["payment", "rate limit"])
    suggested = brain.remember("The gateway for payments keeps a rate limit for each payment").suggested_tags
    assert len({tag.replace("-", " ").removesuffix("s") for tag in suggested}) == len(suggested)
    assert suggested[0] in brain.tags()


def test_a_tag_does_not_become_a_secret(brain: Brain) -> None:
    """A new name that is a key is held back as it is when a memory is stored with it, and nothing is changed."""
    stored = brain.remember("The gateway listens on port 8443", tags=["infra"])
    with pytest.raises(SecretError, match="Not stored"):
        brain.rename_tags(["infra"], "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8")
    assert brain.get(stored.id).tags == ("infra",)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("We decided to keep orders in PostgreSQL, one schema for each tenant", "database"),
        ("Use pnpm, not npm, in this repository", "package-manager"),
        ("The nightly cron job reindexes the catalogue", "cron"),
        ("Maria owns the invoices of the billing module", "invoice"),
    ],
)
def test_what_a_memory_is_about_is_suggested_as_a_tag(brain: Brain, text: str, tag: str) -> None:
    """Also when no word of it is stored yet and it names nothing: the subjects of the trade are known."""
    assert tag in brain.remember(text).suggested_tags


def test_a_memory_about_no_subject_gets_no_tag_from_one(brain: Brain) -> None:
    """One word that happens to belong to a subject is not enough."""
    assert brain.remember("The colour of the logo is a warm grey").suggested_tags == ()
