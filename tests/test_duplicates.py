"""Looking for all duplicates of a store finds the same pairs as comparing everything with everything."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_memory import Brain
from neural_memory.store import network
from neural_memory.upkeep import nearness, sharing

WORDS = "gateway invoice ledger cursor beacon Kafka pytest session7 mirror harbour parser Zürich".split()
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8, unique=True).map(" ".join)


@settings(max_examples=25)
@given(said=st.lists(texts, min_size=2, max_size=40, unique=True), portion=st.sampled_from([3, 1 << 13]))
def test_all_pairs_that_share_most_of_their_neurons_are_found(
    tmp_path_factory: pytest.TempPathFactory, said: list[str], portion: int
) -> None:
    """Whatever is looked up and ruled out on the way, what is left is the definition."""
    path = tmp_path_factory.mktemp("shared") / "memory.db"
    (path.parent / "config.json").write_text('{"embedder": "none"}')
    with Brain.open(path) as brain, pytest.MonkeyPatch.context() as patched:
        patched.setattr(sharing, "PORTION", portion)
        brain.remember_many(said)
        with closing(sqlite3.connect(path)) as plain:
            found = sharing.pairs(plain)
            sets = {row: set(ids) for row, ids in network.touched(plain)}
            telling = network.telling_ids(plain)
    wanted = set()
    for older, newer in combinations(sorted(row for row, ids in sets.items() if len(ids) >= sharing.LEAST), 2):
        one, other = sets[older], sets[newer]
        names_of_its_own = (one - other) & telling and (other - one) & telling
        if len(one & other) >= sharing.SHARED * len(one | other) and not names_of_its_own:
            wanted.add((older, newer))
    assert found == wanted


def test_a_neuron_of_a_crowd_brings_only_the_first_together(tmp_path: Path) -> None:
    """Two hundred memories that share their words are paired up to the crowd that a neuron brings together."""
    (tmp_path / "config.json").write_text('{"embedder": "none"}')
    with Brain.open(tmp_path / "memory.db") as brain:
        brain.remember_many([f"gateway invoice ledger cursor beacon {'x' * n}" for n in range(2, 202)])
    with closing(sqlite3.connect(tmp_path / "memory.db")) as plain:
        found = sharing.pairs(plain)
    assert len(found) == sharing.CROWD * (sharing.CROWD + 1) // 2


def test_vectors_that_lie_close_are_found_with_their_cosine(tmp_path: Path) -> None:
    """Of vectors in clusters of every width, those pairs whose cosine is at least so much; memories of several chunks
    are left out.
    """
    chance = np.random.default_rng(2)
    centres = chance.normal(size=(60, 384))
    vectors = np.concatenate([centres + width * chance.normal(size=centres.shape) for width in (0.1, 0.2, 0.3, 0.5)])
    numbers = np.round(127 * vectors / np.abs(vectors).max(1, keepdims=True)).astype(np.int8)
    path = tmp_path / "memory.db"
    Brain.open(path).close()
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("INSERT INTO models (id, name, dimension, current) VALUES (1, 'clusters', 384, 1)")
        rows = [(id, id // 2 if id > 230 else id, 1, bytes(4) + each.tobytes()) for id, each in enumerate(numbers, 1)]
        plain.executemany("INSERT INTO vectors (id, memory, model, vector) VALUES (?, ?, ?, ?)", rows)
        found = nearness.close_pairs(plain, 0.88)
    once = {memory: np.frombuffer(vector[4:], np.int8) for id, memory, _, vector in rows if id <= 114}
    once |= {memory: np.frombuffer(vector[4:], np.int8) for id, memory, _, vector in rows if 120 < id <= 230}
    length = {memory: float(np.linalg.norm(vector.astype(float))) for memory, vector in once.items()}
    cosines = {
        (a, b): float(once[a].astype(float) @ once[b].astype(float)) / (length[a] * length[b])
        for a, b in combinations(sorted(once), 2)
    }
    wanted = {pair: cosine for pair, cosine in cosines.items() if cosine >= 0.88}
    assert len(wanted) > 100
    compared = {pair: cosine for pair, cosine in found.items() if pair in cosines}
    assert compared == pytest.approx({pair: wanted[pair] for pair in compared}, abs=1e-5)
    assert {pair for pair, cosine in wanted.items() if cosine >= 0.95} <= compared.keys()
    assert len(compared) > 0.9 * len(wanted)  # of those that just reach it, a few meet in no stretch
