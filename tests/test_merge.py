"""Memories that say the same become one: nothing they say is lost, both ids answer, and one step takes it apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_memory import Brain, Memory
from neural_memory.errors import InputError, NotFoundError
from neural_memory.text.sentences import gist, joined, sentences

Plain = Callable[[str], list[tuple[Any, ...]]]


def everything(brain: Brain) -> tuple[Memory, ...]:
    return brain.audit(limit=None).memories


def network(plain: Plain) -> list[Any]:
    terms = "(SELECT json_group_array(n.term) FROM json_each(path) p JOIN neurons n ON n.id = p.value)"
    return [
        plain(f"SELECT memory, {terms} FROM fibers ORDER BY 1"),
        plain("SELECT term, memories FROM neurons ORDER BY 1"),
        *(
            plain(
                f"SELECT a.term, b.term, {columns} JOIN neurons a ON a.id = source "
                "JOIN neurons b ON b.id = target ORDER BY 1, 2, 3"
            )
            for columns in ("strength FROM synapses", "type, strength FROM relations")
        ),
        plain("SELECT rowid, terms FROM full_text ORDER BY 1"),
        plain("SELECT id, seq FROM memory_ids ORDER BY 1"),
        plain("SELECT * FROM aliases"),
    ]


def test_a_merged_memory_keeps_every_sentence_tag_and_the_strongest_of_the_rest(brain: Brain) -> None:
    """The first id, all sentences once, all tags, the highest importance, the earliest date; pinned if one is."""
    one = brain.remember(
        "The API uses Bearer tokens. They expire after an hour.", tags=["api"], importance=0.3, timestamp="2026-02-01"
    )
    two = brain.remember(
        "Tokens are checked by the gateway. the API uses  Bearer tokens.",
        tags=["Auth", "API"],
        importance=0.8,
        timestamp="2026-03-01",
        kind="decision",
    )
    merged = brain.merge([one.id, two.id])
    assert merged.content == (
        "The API uses Bearer tokens. They expire after an hour. Tokens are checked by the gateway."
    )
    assert (merged.id, merged.tags, merged.importance) == (one.id, ("api", "Auth"), 0.8)
    assert (merged.timestamp, merged.kind) == ("2026-02-01T00:00:00Z", "decision")
    assert [part.id for part in merged.parts] == [one.id, two.id]
    assert everything(brain) == (brain.get(one.id),)


def test_both_ids_go_on_answering(brain: Brain) -> None:
    """Everything that takes an id reaches the merged memory by the old one, also after further merges."""
    one, two, three = brain.remember("Port is 80"), brain.remember("Host is local"), brain.remember("Protocol is HTTP")
    brain.merge([one.id, two.id])
    brain.merge([three.id, one.id])
    whole = brain.get(three.id)
    assert sorted(whole.content.splitlines()) == ["Host is local", "Port is 80", "Protocol is HTTP"]
    for id in (one.id, two.id):
        assert brain.get(id) == whole
        assert brain.recall(id)[0].memory == whole
        assert brain.connections(id).neurons
        assert brain.history(id).memory == whole
        assert brain.history(id).changes[0].action == "remember"
    assert brain.revise(two.id, importance=0.9).id == three.id
    assert [m.id for m in brain.forget([two.id, one.id]).memories] == [three.id]
    with pytest.raises(NotFoundError):
        brain.get(two.id)
    brain.undo()
    assert brain.get(two.id).id == three.id


def test_a_merge_is_one_step_and_is_taken_apart_again(brain: Brain, plain: Plain) -> None:
    """Undo gives back each memory as it was, and its id to itself; redo merges them once more."""
    ids = [brain.remember(f"rule {i} of the house", tags=[f"t{i}"]).id for i in range(3)]
    brain.recall("house")
    before, net = everything(brain), network(plain)
    merged = brain.merge(ids)
    whole = everything(brain)
    [undone] = brain.undo()
    assert (undone.action, {m.id for m in undone.memories}) == ("merge", set(ids))
    assert everything(brain) == before
    assert network(plain) == net
    brain.redo()
    assert everything(brain) == whole
    assert brain.get(ids[2]).id == merged.id


def test_what_was_replaced_by_a_part_is_replaced_by_the_whole(brain: Brain) -> None:
    """And again by the part alone when the merge is taken back."""
    old = brain.remember("The gateway speaks SOAP")
    new = brain.remember("The gateway speaks GraphQL", replaces=old.id)
    kept = brain.remember("GraphQL it is, at the gateway")
    brain.merge([kept.id, new.id])
    assert brain.get(old.id).replaced_by == kept.id
    brain.undo()
    assert brain.get(old.id).replaced_by == new.id


def test_forgetting_a_merged_memory_for_good_erases_its_parts_too(brain: Brain) -> None:
    """Nothing of what it was made of stays in the file, nor of what a merge that was taken apart had mixed in."""
    one, two = brain.remember("Zanzibarkey opens the vault"), brain.remember("The vault is in Timbuktown")
    brain.merge([one.id, two.id])
    brain.forget([two.id], for_good=True)
    assert everything(brain) == ()
    for word in (b"Zanzibarkey", b"Timbuktown"):
        assert word not in brain.path.read_bytes()

    one, two = brain.remember("Zanzibarkey opens the vault"), brain.remember("The vault is in Timbuktown")
    brain.merge([one.id, two.id])
    brain.undo()
    brain.forget([two.id], for_good=True)
    assert [m.content for m in everything(brain)] == ["Zanzibarkey opens the vault"]
    assert b"Timbuktown" not in brain.path.read_bytes()


def test_a_text_that_was_merged_twice_over_goes_for_good_with_its_memory(brain: Brain) -> None:
    """A merged memory was merged again and both were taken apart: the third one's history does not keep it either."""
    one, two = brain.remember("Zanzibarkey opens the vault"), brain.remember("The vault is in Timbuktown")
    three = brain.remember("Invoices are archived by Nadia")
    brain.merge([one.id, two.id])
    brain.merge([three.id, one.id])
    brain.undo(2)
    brain.revise(three.id, content="Invoices are archived by Ines")
    brain.forget([two.id], for_good=True)
    assert b"Timbuktown" not in brain.path.read_bytes()
    brain.undo(2)  # the forgetting is one of them
    assert brain.get(three.id).content == "Invoices are archived by Nadia"


WRONG: list[tuple[Callable[[Brain], list[str]], str]] = [
    (lambda brain: [brain.remember("one").id], "one memory"),
    (lambda brain: [brain.remember("one").id] * 2, "one memory"),
    (lambda brain: [brain.remember("one").id, "mem_unknown"], "mem_unknown"),
    (lambda brain: [brain.remember("one", project="a").id, brain.remember("two", project="b").id], "'a' and 'b'"),
    (lambda brain: [brain.remember("x" * 60_000).id, brain.remember("y" * 60_000).id], "120,001 characters"),
]


@pytest.mark.parametrize(("ids", "told"), WRONG)
def test_what_cannot_be_merged_is_refused_and_stays(brain: Brain, ids: Callable[[Brain], list[str]], told: str) -> None:
    """The message says what is in the way."""
    wanted = ids(brain)
    before = everything(brain)
    with pytest.raises(InputError, match=told):
        brain.merge(wanted)
    assert everything(brain) == before


def test_what_holds_everywhere_still_does_after_a_merge(brain: Brain) -> None:
    """A project's memory and one of no project become one of no project; an end only stays where all parts have one."""
    one, two = brain.remember("Port is 80", project="shop"), brain.remember("Host is local")
    assert brain.merge([one.id, two.id]).project is None


@pytest.mark.parametrize(
    ("texts", "whole"),
    [
        (["Port is 80", "Host is local"], "Port is 80\nHost is local"),
        (["Port is 80.", "Host is local"], "Port is 80. Host is local"),
        (["Port is 80. Host is local.", "host is local!"], "Port is 80. Host is local."),
        (["Trace with -t.", "Trace with -T."], "Trace with -t. Trace with -T."),
        (["The default is [].", "The default is ()."], "The default is []. The default is ()."),
        (["Is it on?", "Is it on."], "Is it on? Is it on."),
        (["- one\n- two", "* two\n* three"], "- one\n- two\n* three"),
        (["Run:\n```\nmake\n```", "Run:\n```\nmake all\n```"], "Run:\n```\nmake\n```\n```\nmake all\n```"),
        (["same", "same"], "same"),
        (["Not this one.", "This one."], "Not this one. This one."),
    ],
)
def test_texts_are_joined_without_saying_anything_twice(texts: list[str], whole: str) -> None:
    """Lists stay lists, blocks of code stay whole, and what differs in a word is another sentence."""
    assert joined(texts) == whole


@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=4))
def test_no_sentence_is_lost(texts: list[str]) -> None:
    """Whatever the texts are, each sentence of each of them is in the whole."""
    said = {gist(sentence) for sentence in sentences(joined(texts))}
    for text in texts:
        assert {gist(sentence) for sentence in sentences(text)} <= said | {""}


Part = st.tuples(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4), st.floats(0, 1), st.booleans())


@given(st.lists(Part, min_size=2, max_size=5), st.data())
@settings(max_examples=20)
def test_merge_and_undo_is_as_if_nothing_had_happened(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[list[str], float, bool]], data: st.DataObject
) -> None:
    """Memories, ids and network are the same; and by its number the merge is undone after other work as well."""
    with Brain.open(tmp_path_factory.mktemp("merge") / "memory.db") as brain:
        ids = [
            brain.remember(". ".join(f"fact {w}" for w in words), tags=words[:2], importance=weight).id
            for words, weight, _ in parts
        ]
        ids = list(dict.fromkeys(ids))
        if len(ids) < 2:
            return
        chosen = data.draw(st.lists(st.sampled_from(ids), min_size=2, unique=True))
        before, stats = everything(brain), brain.stats()
        merged = brain.merge(chosen)
        for part in merged.parts:
            assert set(part.tags) <= set(merged.tags)
            assert merged.importance >= part.importance
            assert merged.timestamp <= part.timestamp
        step = brain.log(1)[0].step
        other = brain.remember("something else in between")
        brain.undo(step=step)
        brain.forget([other.id])
        assert everything(brain) == before
        after = brain.stats()
        assert (after.neurons, after.synapses, after.fibers) == (stats.neurons, stats.synapses, stats.fibers)


def test_the_neighbour_that_says_the_same_is_named_when_storing(brain: Brain) -> None:
    """Texts that differ in a number, a name or a denial are near, but not the same."""
    first = brain.remember("The payment service has a rate limit of 100 requests per minute")
    again = brain.remember("Payment service rate limit: 100 requests a minute")
    assert [m.id for m in again.duplicates] == [first.id]
    assert again.created
    for other in (
        "The payment service has a rate limit of 500 requests per minute",
        "The payment service has no rate limit of 100 requests per minute",
        "The PayPal service has a rate limit of 100 requests per minute",
    ):
        assert brain.remember(other).duplicates == ()


def test_the_neighbour_that_says_the_same_in_other_words_is_named_when_the_model_is_there(brain: Brain) -> None:
    """Once a question has brought the model; with another value in it, or for what it replaces: not."""
    first = brain.remember("Bearer tokens for the API expire after an hour")
    assert brain.remember("Deployments happen on Tuesdays only").duplicates == ()
    brain.recall("how do we log in?")
    again = brain.remember("API uses Bearer tokens with one hour expiry")
    assert [memory.id for memory in again.duplicates] == [first.id]
    assert brain.remember("The search index is rebuilt nightly").created
    brain.recall("the search index")
    assert brain.remember("The search index is rebuilt weekly").duplicates == ()
    deploying = brain.remember("Deploying is done on Tuesdays and on no other day")
    assert [memory.content for memory in deploying.duplicates] == ["Deployments happen on Tuesdays only"]
    moved = brain.remember("API tokens of the Bearer kind have one hour until they expire", replaces=again.id)
    assert again.id not in [memory.id for memory in moved.duplicates]
    brain.embed_waiting()
    assert brain.stats().unembedded == 0
    assert brain.recall("bearer token")[0].memory.id in (first.id, moved.id)


SAME = [
    ("The staging server runs on port 8443 behind nginx", "Staging server runs behind nginx on port 8443"),
    ("We keep the feature flags of the shop in LaunchDarkly", "Feature flags of the shop live in LaunchDarkly"),
    ("Uploads are limited to 20 MB per file", "Uploads are limited to 20 MB a file"),
]
OTHER = [
    ("Run the database migrations before each deploy", "Run the database migrations after each deploy"),
    ("Uploads are limited to 20 MB per file", "Uploads are limited to 50 MB per file"),
    ("The worker calls the billing gateway for refunds", "The billing gateway calls the worker for refunds"),
    ("Feature flags are enabled in staging by default", "Feature flags are disabled in staging by default"),
]


def test_duplicates_are_found_in_the_whole_store_however_they_came(brain: Brain) -> None:
    """Groups with the oldest first; what only looks alike is in none of them."""
    brain.remember_many(text for pair in SAME + OTHER for text in pair)
    brain.remember_many(f"noise {i} about subject {i % 7} and thing {i * 31}" for i in range(200))
    groups = [{memory.content for memory in group.memories} for group in brain.duplicates()]
    for pair in SAME:
        assert set(pair) in groups
    for one, other in OTHER:
        assert not any({one, other} <= group for group in groups)
    assert len(groups) == len(SAME)
    assert brain.overview().memories == len(everything(brain))


def test_duplicates_of_other_projects_and_replaced_ones_are_left_alone(brain: Brain) -> None:
    """They could not be merged, or do not hold any more."""
    brain.remember("Uploads are limited to 20 MB per file", project="shop")
    brain.remember("Uploads are limited to 20 MB a file", project="bank")
    old = brain.remember("The session store of the shop is Redis")
    brain.remember("The session store of the shop is Redis now", replaces=old.id)
    assert brain.duplicates() == []


def test_the_same_in_other_words_is_found_by_meaning(brain: Brain) -> None:
    """Where the memories have vectors."""
    one = brain.remember("API uses Bearer tokens with 1-hour expiry")
    two = brain.remember("Our API authenticates with bearer tokens that expire after 1 hour")
    brain.remember("API uses Bearer tokens with 2-hour expiry")
    brain.remember("The queue retries failed jobs")
    brain.remember("The queue drops failed jobs")
    assert brain.duplicates() == []
    brain.embed_waiting()
    [group] = brain.duplicates()
    assert [m.id for m in group.memories] == [one.id, two.id]
    assert group.likeness >= 0.9
    assert replace(group.memories[0], id="x") == replace(brain.get(one.id), id="x")
