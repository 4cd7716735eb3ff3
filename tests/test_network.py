"""A law: whatever was done, the network is the one that belongs to the memories there are, no more and no less."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle as Collection
from hypothesis.stateful import RuleBasedStateMachine, consumes, initialize, multiple, rule

from neural_memory import Brain
from neural_memory.errors import InputError, NotFoundError
from neural_memory.model import KINDS
from neural_memory.text.analyse import analyse


def check_network(path: Path) -> None:
    """The law, looked up with plain SQLite once somebody has asked something (questions link what waits)."""
    with closing(sqlite3.connect(path)) as plain:

        def pairs(sql: str) -> list[tuple[Any, Any]]:
            return plain.execute(sql).fetchall()

        memories = plain.execute("SELECT seq, id, content, tags, kind FROM memories").fetchall()
        indexed = dict(pairs("SELECT rowid, terms FROM full_text"))
        paths = {row: json.loads(path) for row, path in pairs("SELECT memory, path FROM fibers")}
        branches = {row: json.loads(ids) for row, ids in pairs("SELECT memory, branches FROM fibers")}
        terms = dict(pairs("SELECT id, term FROM neurons"))
        counts = dict(pairs("SELECT term, memories FROM neurons"))
        relations = {row: json.loads(stated) for row, stated in pairs("SELECT memory, relations FROM fibers")}
        ends = plain.execute(
            "SELECT source, target, 'with' AS type, strength FROM synapses "
            "UNION ALL SELECT source, target, type, strength FROM relations"
        )
        synapses = {(a, b, type): n for a, b, type, n in ends}
        tallies = dict(pairs("SELECT name, value FROM tallies"))
        assert pairs("SELECT memory FROM unlinked") == []
        assert pairs("PRAGMA integrity_check") == [("ok",)]
        plain.execute("INSERT INTO full_text (full_text) VALUES ('integrity-check')")
        for table in ("usage", "vectors", "digests"):
            assert pairs(f"SELECT memory FROM {table} WHERE memory NOT IN (SELECT seq FROM memories)") == []

        # The tables that stand for indexes say what their tables say.
        assert sorted(pairs("SELECT seq, id FROM memory_ids")) == sorted((seq, id) for seq, id, *_ in memories)
        assert sorted(pairs("SELECT neuron, term FROM neuron_terms")) == sorted(terms.items())
        digests = sorted(pairs("SELECT digest, memory FROM digests"))
        assert sorted(pairs("SELECT digest, memory FROM rows_by_digest")) == digests
        assert len(digests) == len(memories)

    # Each memory has one full-text row and one fiber, and they are what its text analyses to now.
    assert set(indexed) == set(paths) == {seq for seq, *_ in memories}
    for seq, _, content, tags, kind in memories:
        expected = analyse(content, json.loads(tags), kind)
        assert indexed[seq].split() == list(expected.terms)
        touched = [terms[id] for id in paths[seq] + branches[seq]]
        assert len(touched) == len(set(touched))
        assert set(touched) <= {c.text for c in expected.concepts}
        order = [c.text for c in expected.concepts]
        on_path = [terms[id] for id in paths[seq]]
        assert on_path == sorted(on_path, key=order.index)

    # A neuron counts the memories that have its term, and there is none without a memory.
    assert counts == dict(Counter(term for line in indexed.values() for term in set(line.split())))

    # A synapse is as strong as the number of fibers that run along it, next to each other or with one in between.
    along: Counter[tuple[int, int, str]] = Counter()
    for path_ in paths.values():
        for one, other in [*pairwise(path_), *zip(path_, path_[2:], strict=False)]:
            along.update([(one, other, "with"), (other, one, "with")])
    for stated in relations.values():
        for one, type, other in stated:
            along.update([(one, other, type), (other, one, f"← {type}")])
    assert synapses == dict(along)

    assert tallies == {"memories": len(indexed), "terms": sum(len(line.split()) for line in indexed.values())}


VOCABULARY = (
    "payment Payments service PAYMENT_API_KEY Redis redis database src/auth/login.py getUserId v1.2 https://x.io/a the "
    "支付服务 ชำระ café C++ 🎉 ¨ ½ token tokens port"
).split()
CONTENT = st.one_of(
    st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=8).map(" ".join),
    st.lists(st.sampled_from(VOCABULARY), min_size=15, max_size=80).map(" ".join),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=40),
).filter(str.strip)
TAG = st.one_of(
    st.sampled_from(["payments", "Port", "rate limiting", "src/auth", "the", "🎉", "🎉 🎊", '"', "!!", "C++"]),
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8),
)
TAGS = st.lists(TAG, max_size=3)


class Network(RuleBasedStateMachine):
    """Anything that can happen to a file, in any order; the law is checked after each step."""

    ids = Collection("ids")

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "memory.db"
        self.brain = Brain.open(self.path)
        self.other = Brain.open(self.path, session="other")

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.brain.close()
            self.other.close()
            shutil.rmtree(self.folder)

    def law(self) -> None:
        self.brain.stats()  # catches up with edits by hand
        check_network(self.path)

    def by_hand(self, sql: str, *values: object) -> None:
        with closing(sqlite3.connect(self.path)) as plain, plain:
            plain.execute(sql, values)

    @rule(target=ids, content=CONTENT, tags=TAGS, kind=st.sampled_from([None, *KINDS]), later=st.booleans())
    def remember(self, content: str, tags: list[str], kind: str | None, later: bool) -> str:
        stored = self.brain.remember(content, tags=tags, kind=kind)
        assert self.other.get(stored.id).content == stored.content
        if not later:  # otherwise the next step meets a memory that waits to be linked
            self.law()
        return stored.id

    @rule(target=ids, contents=st.lists(CONTENT, min_size=1, max_size=5))
    def remember_many(self, contents: list[str]) -> object:
        self.brain.remember_many(contents, chunk=2)
        self.law()
        return multiple(*(m.id for m in self.brain.audit(limit=5).memories))

    @rule(target=ids, content=CONTENT, old=ids)
    def replace(self, content: str, old: str) -> object:
        try:
            stored = self.other.remember(content, replaces=old)
        except NotFoundError:
            return multiple()
        assert self.brain.get(stored.id).content == stored.content
        assert self.brain.get(old).replaced_by == stored.id
        self.law()
        return stored.id

    @rule(id=ids, content=st.none() | CONTENT, tags=st.none() | TAGS, kind=st.none() | st.sampled_from(KINDS))
    def revise(self, id: str, content: str | None, tags: list[str] | None, kind: str | None) -> None:
        try:
            self.brain.revise(id, content=content, tags=tags, kind=kind)
        except InputError:
            return
        self.law()

    @rule(id=ids, for_good=st.booleans())
    def forget(self, id: str, for_good: bool) -> None:
        try:
            self.other.forget([id], for_good=for_good)
        except NotFoundError:
            return
        self.law()

    @rule(steps=st.integers(1, 4), other=st.booleans())
    def undo(self, steps: int, other: bool) -> None:
        with suppress(InputError):  # somebody else changed it since
            (self.other if other else self.brain).undo(steps)
        self.law()

    @rule(question=CONTENT)
    def recall(self, question: str) -> None:
        self.brain.recall(question)
        self.law()

    @rule(content=CONTENT, tags=TAGS)
    def add_by_hand(self, content: str, tags: list[str]) -> None:
        self.by_hand("INSERT INTO memories (content, tags) VALUES (?, ?)", content, json.dumps(tags))
        self.law()

    @rule(id=ids, content=CONTENT, later=st.booleans())
    def change_by_hand(self, id: str, content: str, later: bool) -> None:
        self.by_hand("UPDATE memories SET content = ? WHERE id = ?", content, id)
        if not later:  # otherwise the next step meets a change that waits to be linked
            self.law()

    @rule(id=consumes(ids), later=st.booleans())
    def delete_by_hand(self, id: str, later: bool) -> None:
        self.by_hand("DELETE FROM memories WHERE id = ?", id)
        if not later:
            self.law()

    @rule()
    def close_and_open(self) -> None:
        self.brain.close()
        self.brain = Brain.open(self.path)
        self.law()


TestNetwork = Network.TestCase
TestNetwork.settings = settings(max_examples=25, stateful_step_count=20)


def test_tags_of_symbols_leave_no_neuron_behind(brain: Brain) -> None:
    """A tag of several words without a letter comes and goes like any other."""
    stored = brain.remember("deploy", tags=["🎉 🎊", '"', "¨"])
    brain.stats()
    check_network(brain.path)
    brain.forget([stored.id])
    assert brain.stats().neurons == 0
    check_network(brain.path)


def test_a_text_of_accents_alone_leaves_no_neuron_behind(brain: Brain) -> None:
    """What normalises to no letter at all is no term."""
    stored = brain.remember("¨ ¯ payment")
    brain.stats()
    check_network(brain.path)
    brain.forget([stored.id])
    assert brain.stats().neurons == 0


def test_a_row_deleted_by_hand_leaves_no_count_of_its_recalls(path: Path) -> None:
    """What was derived from a row or noted about it goes with it."""
    with Brain.open(path) as brain:
        brain.remember("payment")
        brain.recall("payment")
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("DELETE FROM memories")
    with Brain.open(path) as brain:
        brain.stats()
        check_network(path)
