"""The network can be looked at: what a concept or a memory is connected with, and how strongly."""

from __future__ import annotations

from typing import Any

import pytest

from neural_memory import Brain
from neural_memory.errors import InputError


@pytest.fixture
def taught(brain: Brain) -> Brain:
    """A brain with a few memories that share concepts."""
    brain.remember("The payment API uses Bearer tokens", tags=["payments"])
    brain.remember("Bearer tokens of the payment API expire after an hour")
    brain.remember("PAYMENT_API_KEY is rotated by ops")
    brain.remember("Plants need water")
    return brain


def test_a_concept_shows_its_neuron_neighbours_and_memories(taught: Brain) -> None:
    """Its neuron with how many memories run through it, its synapses by weight, its memories."""
    found = taught.connections("payment")
    assert found.of == "payment"
    assert found.neurons[0].term == "payment"
    assert found.neurons[0].memories == 3
    assert len(found.memories) == 3
    assert "Plants need water" not in [m.content for m in found.memories]
    names = {s.target.name.lower() for s in found.synapses}
    assert names & {"bearer", "tokens", "token"}
    weights = [s.weight for s in found.synapses]
    assert weights == sorted(weights, reverse=True)
    assert all(0 < weight <= 1 for weight in weights)


def test_a_concept_leads_to_the_names_that_contain_it(taught: Brain) -> None:
    """ "payment" also means PAYMENT_API_KEY."""
    assert "PAYMENT_API_KEY" in [n.name for n in taught.connections("payment").neurons]


def test_letters_of_another_word_are_no_part_of_a_name(brain: Brain) -> None:
    """ "signing" means the signing key, not the design; a file that is called so is meant."""
    brain.remember("Signing of releases is done by Lena, see SIGN_KEY and src/sign/keys.py")
    brain.remember("The design of the start page is by Omar")
    found = brain.connections("signing")
    names = {n.name for n in found.neurons}
    assert names >= {"SIGN_KEY", "src/sign/keys.py"}
    assert "design" not in names
    assert all("start page" not in memory.content for memory in found.memories)


def test_a_memory_shows_its_fiber_and_its_neighbours(taught: Brain) -> None:
    """Of an id: the neurons it runs through, and other memories that share them, not itself."""
    memory = taught.audit(mentions="expire").memories[0]
    found = taught.connections(memory.id)
    assert {"payment", "bearer", "token"} <= {n.term for n in found.neurons}
    assert memory.id not in [m.id for m in found.memories]
    assert "The payment API uses Bearer tokens" in [m.content for m in found.memories]
    assert found.synapses


def test_what_always_meets_is_connected_more_strongly(brain: Brain) -> None:
    """Two concepts that come together every time weigh more than two that met once among many."""
    for i in range(6):
        brain.remember(f"Redis caches sessions {i}")
    brain.remember("Redis on the Raspberry")
    for i in range(6):
        brain.remember(f"Raspberry jam recipe {i}")
    weights = {s.target.term: s.weight for s in brain.connections("redis", limit=50).synapses}
    assert weights["cach"] > weights["raspberri"]


def test_the_limit_is_the_most_synapses_that_come_back(taught: Brain) -> None:
    """Twelve by default, fewer or more when told."""
    assert len(taught.connections("payment", limit=2).synapses) == 2
    assert len(taught.connections("payment").synapses) <= 12


def test_something_never_stored_has_no_connections(taught: Brain) -> None:
    """Nothing is made up, and looking does not grow a neuron."""
    before = taught.stats()
    found = taught.connections("zebra")
    assert (found.neurons, found.synapses, found.memories) == ((), (), ())
    assert taught.connections("mem_0000000000").memories == ()
    assert taught.connections("???").neurons == ()
    assert taught.stats() == before


WRONG: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"of": ""}, ("of", "blank")),
    ({"of": 5}, ("of", "5", "text")),
    ({"of": "\udfff"}, ("of", "U+DFFF")),
    ({"limit": 0}, ("limit", "0")),
    ({"limit": 201}, ("limit", "201", "200")),
    ({"limit": "5"}, ("limit", "'5'")),
]


@pytest.mark.parametrize(("arguments", "told"), WRONG, ids=lambda value: str(value)[:40])
def test_what_cannot_be_used_is_refused(brain: Brain, arguments: dict[str, Any], told: tuple[str, ...]) -> None:
    """The message names the value and the limit."""
    with pytest.raises(InputError) as refused:
        brain.connections(**{"of": "payment", **arguments})
    for part in told:
        assert part in str(refused.value)


def test_the_figures_are_true(taught: Brain) -> None:
    """Stats count what is there, and the size is that of the file."""
    found = taught.stats()
    assert (found.memories, found.fibers, found.replaced) == (4, 4, 0)
    assert found.neurons > 8
    assert found.synapses > found.memories
    assert found.undoable == 4
    assert found.file_bytes == taught.path.stat().st_size
    assert found.path == str(taught.path)
