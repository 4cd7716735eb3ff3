"""The sweep over the codes of vectors finds what comparing them one by one finds."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from neural_memory.recall import codes as coding
from neural_memory.recall.codes import Codes


def one_by_one(rows: Iterable[tuple[int, int, tuple[int, ...]]], code: tuple[int, ...], most: int) -> list[int]:
    """The ids of the nearest, by definition."""
    apart = sorted((sum((a ^ b).bit_count() for a, b in zip(c, code, strict=True)), id) for id, _, c in rows)
    return [id for _, id in apart[:most]]


words = st.tuples(*[st.integers(0, 7) | st.integers(0, 2**64 - 1)] * 2)


@given(
    parts=st.lists(st.lists(words, min_size=1, max_size=9), min_size=1, max_size=9),
    code=words,
    most=st.integers(1, 12),
    gone=st.sets(st.integers(1, 40)),
    fitting=st.none() | st.sets(st.integers(101, 140)),
)
def test_the_nearest_are_those_that_differ_in_the_fewest_bits(
    parts: list[list[tuple[int, ...]]],
    code: tuple[int, ...],
    most: int,
    gone: set[int],
    fitting: set[int] | None,
) -> None:
    """In whatever portions they came, whichever were forgotten, and also of some memories only; of equals the older."""
    known = Codes(2)
    rows: list[tuple[int, int, tuple[int, ...]]] = []
    for part in parts:
        new = [(len(rows) + n, 100 + len(rows) + n, each) for n, each in enumerate(part, 1)]
        known.add([(np.array([row[:2] for row in new], "<u4"), np.array(part, np.uint64))])
        rows += new
    known.drop(gone)
    left = [row for row in rows if row[0] not in gone]
    assert len(known) == len(left)
    fit = [row for row in left if fitting is None or row[1] in fitting]
    allowed = None if fitting is None else lambda these: set(these) & fitting
    assert known.nearest(np.array(code, np.uint64), most, allowed) == one_by_one(fit, code, most)


def test_more_than_one_portion_of_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a portion of the sweep ends does not matter."""
    chance = np.random.default_rng(3)
    many = chance.integers(0, 2**63, (1_000, 6), np.uint64)
    ids = np.stack([np.arange(1, 1_001), np.arange(1, 1_001)], 1).astype("<u4")
    found = []
    for portion in (1 << 16, 7, 1_000, 999):
        monkeypatch.setattr(coding, "SWEEP", portion)
        known = Codes(6)
        known.add([(ids[:500], many[:500]), (ids[500:], many[500:])])
        found.append(known.nearest(many[3], 20))
    assert found[0][0] == 4
    assert found == [found[0]] * 4


def test_who_only_wants_what_is_as_good_as_the_same_gets_all_of_it() -> None:
    """Of thousands of vectors with a cosine of 0.88 none is left out for its code; most of the others are."""
    chance = np.random.default_rng(4)

    def unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
        return found

    wanted = unit(chance.normal(size=384))
    others = chance.normal(size=(8_000, 384))
    aside = unit(others - np.outer(others @ wanted, wanted))
    near = 0.88 * wanted + (1 - 0.88**2) ** 0.5 * aside[:4_000]
    every = np.concatenate([near, aside[4_000:]])
    assert np.allclose(every @ wanted, [0.88] * 4_000 + [0.0] * 4_000)
    numbers = np.round(every * 127 / np.abs(every).max()).astype(np.int8)
    packed = [bytes(4) + each.tobytes() for each in numbers]
    known = Codes(6)
    ids = np.stack([np.arange(8_000), np.arange(8_000)], 1).astype("<u4")
    known.add([(ids, coding.codes(packed))])
    found = known.nearest(coding.code(wanted.astype(np.float32)), 8_000, least=0.88)
    assert set(range(4_000)) <= set(found)
    assert len(found) < 4_100
