"""Which vectors of the whole store lie close to each other?

Comparing all with all would take hours at a hundred thousand. Two vectors with a cosine of 0.9 have codes that agree in
86 of 100 bits, and so nearly always wholly in one of 27 stretches of 14 bits: what shares a stretch is compared.
"""

from __future__ import annotations

from typing import Any

from neural_memory.store import vectors
from neural_memory.store.sqlite import Connection

STRETCH = 14
"""Bits of a stretch."""
CROWD = 64
"""Vectors that share a stretch with more others than this are compared with their neighbours in it only."""


def close_pairs(connection: Connection, least: float) -> dict[tuple[int, int], float]:
    """(older, newer) rows -> cosine, for memories of one vector whose cosine is at least so much."""
    import numpy as np

    model = vectors.current_model(connection)
    if model is None:
        return {}
    rows, bits, codes = _codes(connection, model)
    if len(rows) < 2:
        return {}
    apart = int(bits.shape[1] * np.arccos(min(1.0, least)) / np.pi * 1.35)  # codes tell angles only roughly
    powers = 1 << np.arange(STRETCH, dtype=np.int32)
    near: set[tuple[int, int]] = set()
    for start in range(0, bits.shape[1] - STRETCH + 1, STRETCH):
        for left, right in _meeting(bits[:, start : start + STRETCH] @ powers):
            differ = np.bitwise_count(codes[left] ^ codes[right]).sum(1, dtype=np.uint16)
            for a, b in zip(rows[left[differ <= apart]].tolist(), rows[right[differ <= apart]].tolist(), strict=True):
                near.add((a, b) if a < b else (b, a))
    return _cosines(connection, model, near, least)


def _codes(connection: Connection, model: int) -> tuple[Any, Any, Any]:
    """(rows, the bits of their codes, the same as words of 64 bits) of all memories that have just one vector."""
    import numpy as np

    found = vectors.single(connection, model)
    if not found:
        return np.empty(0, np.int64), np.empty((0, 0), np.bool_), np.empty((0, 1), np.uint64)
    bits = np.frombuffer(b"".join(vector for _, vector in found), np.int8).reshape(len(found), -1)[:, 4:] > 0
    packed = np.packbits(bits, axis=1)
    packed = np.pad(packed, ((0, 0), (0, -packed.shape[1] % 8)))
    return np.array([row for row, _ in found], np.int64), bits, np.ascontiguousarray(packed).view(np.uint64)


def _meeting(stretch: Any) -> Any:
    """Pairs of places, as two arrays, that hold the same number: of each run, every pair up to `CROWD` apart."""
    import numpy as np

    order = np.argsort(stretch, kind="stable")
    ordered = stretch[order]
    for step in range(1, min(CROWD, len(order))):
        same = ordered[step:] == ordered[:-step]
        if not same.any():
            return
        yield order[:-step][same], order[step:][same]


def _cosines(
    connection: Connection, model: int, near: set[tuple[int, int]], least: float
) -> dict[tuple[int, int], float]:
    import numpy as np

    wanted = {row for pair in near for row in pair}
    found = {row: vector for _, row, vector in vectors.of_memories(connection, wanted, model)}
    close = {}
    for a, b in near:
        if a in found and b in found:
            one, other = (np.frombuffer(found[row][4:], np.int8).astype(np.float32) for row in (a, b))
            cosine = float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other) or 1))
            if cosine >= least:
                close[a, b] = cosine
    return close
