"""Many memories at once: what comes out is what storing them one by one would have made."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from neural_memory import Brain

WORDS = st.sampled_from(
    "payment service PAYMENT_API_KEY depends on redis replaced by postgres Redis login.py the is v2.1 token".split()
)
TEXTS = st.lists(WORDS, min_size=1, max_size=30).map(" ".join)
ITEMS = st.lists(
    st.fixed_dictionaries(
        {"content": TEXTS, "tags": st.lists(st.sampled_from(["redis", "API", "log in"]), max_size=2)}
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda item: item["content"].casefold(),
)


def network(path: Path) -> list[list[tuple[Any, ...]]]:
    """Everything that linking made, with names in place of numbers that only this file knows."""
    with closing(sqlite3.connect(path)) as plain:
        tables = (
            "SELECT content, tags, importance, kind FROM memories ORDER BY seq",
            "SELECT id, term, name, kind, memories FROM neurons ORDER BY id",
            "SELECT source, target, strength FROM synapses ORDER BY 1, 2",
            "SELECT source, target, type, strength FROM relations ORDER BY 1, 2, 3",
            "SELECT memory, path, branches, relations FROM fibers ORDER BY memory",
            "SELECT rowid, terms FROM full_text ORDER BY rowid",
            "SELECT name, value FROM tallies ORDER BY name",
            "SELECT memory FROM unlinked",
            "SELECT memory, digest FROM digests ORDER BY memory",
        )
        return [plain.execute(sql).fetchall() for sql in tables]


def made_by(items: Sequence[dict[str, Any]], chunk: int | None) -> list[list[tuple[Any, ...]]]:
    """The network after storing `items` in chunks, or one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "memory.db")
        Path(folder, "config.json").write_text('{"embedder": "none"}')
        with Brain.open(path) as brain:
            if chunk is not None:
                brain.remember_many(items, chunk=chunk)
            for item in items if chunk is None else ():
                brain.remember(**item)
                brain.settle()
        return network(path)


@given(ITEMS, st.integers(1, 6))
@settings(max_examples=40)
def test_many_at_once_make_the_network_that_one_by_one_make(items: list[dict[str, Any]], chunk: int) -> None:
    """Whatever the size of the batches: the same neurons, synapses, fibers, full text and tallies, row for row."""
    assert made_by(items, chunk) == made_by(items, None)
