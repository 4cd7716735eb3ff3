"""Which vectors of the whole store lie close to each other?

Comparing all with all would take hours at a hundred thousand. Two vectors with a cosine of 0.9 have codes that agree in
86 of 100 bits, and so nearly always wholly in one of 27 stretches of 14 bits: what shares a stretch is compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from neural_memory.deferred import deferred
from neural_memory.store import vectors
from neural_memory.store.sqlite import Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neural_memory.recall import codes as coding
else:
    (coding,) = deferred("neural_memory.recall", "codes")

STRETCH = 14
"""Bits of a stretch."""
CROWD = 64
"""Vectors that share a stretch with more others than this are compared with their neighbours in it only."""

PORTION = 1 << 14
"""Pairs whose cosines are computed at a time."""


def close_pairs(connection: Connection, least: float) -> dict[tuple[int, int], float]:
    """(older, newer) rows -> cosine, for memories of one vector whose cosine is at least so much."""
    import numpy as np

    model = vectors.current_model(connection)
    found = vectors.single(connection, model) if model is not None else []
    if len(found) < 2:
        return {}
    numbers = np.frombuffer(b"".join(vector for _, vector in found), np.int8).reshape(len(found), -1)[:, 4:]
    bits = numbers > 0
    words = np.ascontiguousarray(coding.codes([vector for _, vector in found]).T)
    apart = int(bits.shape[1] * np.arccos(min(1.0, least)) / np.pi * 1.35)  # codes tell angles only roughly
    powers = 1 << np.arange(STRETCH, dtype=np.int32)
    near = np.empty(0, np.int64)
    for start in range(0, bits.shape[1] - STRETCH + 1, STRETCH):
        near = _distinct([near, *_meeting(bits[:, start : start + STRETCH] @ powers, words, apart)])
    rows = [row for row, _ in found]
    return {(rows[one], rows[other]): how for one, other, how in _cosines(numbers, near, least)}


def _meeting(stretch: Any, words: Any, apart: int) -> Iterator[Any]:
    """Pairs of places that hold the same number in this stretch and differ in so many bits at most; of each run, every
    pair up to `CROWD` apart. A pair is one number: the smaller place times how many there are, plus the larger.
    """
    import numpy as np

    order = np.argsort(stretch, kind="stable")
    ordered, codes = stretch[order], words.take(order, axis=1)
    for step in range(1, min(CROWD, len(order))):
        same = ordered[step:] == ordered[:-step]
        if not same.any():
            return
        differ = np.zeros(len(same), np.uint16)
        for word in codes:  # side by side, as they lie: faster than only those that meet, taken from everywhere
            differ += np.bitwise_count(word[step:] ^ word[:-step])
        at = np.flatnonzero(same & (differ <= apart))
        left, right = order[at], order[at + step]
        yield np.minimum(left, right) * len(order) + np.maximum(left, right)


def _distinct(numbers: list[Any]) -> Any:
    """Each of these numbers once, in order. (`np.unique` hashes them, and for numbers like these takes far longer.)"""
    import numpy as np

    ordered = np.sort(np.concatenate(numbers))
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


def _cosines(numbers: Any, near: Any, least: float) -> Iterator[tuple[int, int, float]]:
    """(place, place, cosine) of these pairs, as far as that is at least so much."""
    import numpy as np

    lengths = np.sqrt(np.einsum("ij,ij->i", numbers, numbers, dtype=np.float32))
    for start in range(0, len(near), PORTION):
        one, other = np.divmod(near[start : start + PORTION], len(numbers))
        products = np.einsum("ij,ij->i", numbers[one], numbers[other], dtype=np.float32)  # whole numbers, so exact
        cosines = products / np.maximum(lengths[one] * lengths[other], 1)
        at = np.flatnonzero(cosines >= least)
        yield from zip(one[at].tolist(), other[at].tolist(), cosines[at].tolist(), strict=True)
