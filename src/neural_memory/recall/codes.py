"""Which of very many vectors lie nearest?  The signs of their numbers tell, one bit each, compared in one plain sweep.

The first words of all codes lie side by side, then all second ones: so compared, a processor takes several at once, and
a hundred thousand codes take a third of a millisecond, a sixth of what they take one by one. Only who has a model in
memory imports this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.uint32]
"""[vectors, 2]: the vector's id, the memory's row."""
Words = NDArray[np.uint64]

TRIED = 2_000
"""Vectors held against other conditions first, before all of them are."""
SWEEP = 1 << 16
"""Codes compared at a time, to bound the memory it takes."""
SPARE = 16
"""One of so many places is left free when there is no room for more, so that one more vector does not move them all."""
ROUGHLY = 1.7
"""How many times further apart than their angle says two codes can be: six times the usual deviation, at a cosine of
0.88 and 384 numbers."""


class Codes:
    """The codes of many vectors, in the order in which they came."""

    def __init__(self, words: int) -> None:
        """words: of 64 bits, in a code."""
        self._count = 0
        self._ids: Ids = np.empty((0, 2), np.uint32)
        self._words: Words = np.empty((words, 0), np.uint64)

    def __len__(self) -> int:
        return self._count

    def add(self, parts: Sequence[tuple[Ids, Words]]) -> None:
        """More of them, in parts: (ids, codes), codes as [vectors, words]."""
        end = self._count + sum(len(ids) for ids, _ in parts)
        if end > len(self._ids):
            room = end + end // SPARE
            more_ids, more_words = np.empty((room, 2), np.uint32), np.empty((len(self._words), room), np.uint64)
            more_ids[: self._count] = self._ids[: self._count]
            more_words[:, : self._count] = self._words[:, : self._count]
            self._ids, self._words = more_ids, more_words
        for ids, codes in parts:
            start, self._count = self._count, self._count + len(ids)
            self._ids[start : self._count] = ids
            self._words[:, start : self._count] = codes.T

    def drop(self, gone: Iterable[int]) -> None:
        """Leave these vectors (ids) out from now on."""
        kept = ~np.isin(self._ids[: self._count, 0], np.fromiter(gone, np.uint32))
        ids, words = self._ids[: self._count][kept], self._words[:, : self._count][:, kept]
        self._count, self._ids, self._words = len(ids), ids, np.ascontiguousarray(words)

    def nearest(
        self,
        code: Words,
        most: int,
        allowed: Callable[[Iterable[int]], set[int]] | None = None,
        least: float | None = None,
    ) -> list[int]:
        """Ids of the vectors whose codes differ from this one in the fewest bits, nearest first; of equals the older.

        allowed: which of these rows fit; least: only those that can have a cosine of at least so much.
        """
        ids, apart = self._ids[: self._count], self._apart(code)
        if least is not None:
            bits = 64 * len(self._words) * float(np.arccos(least)) / np.pi
            near = apart <= ROUGHLY * bits
            ids, apart = ids[near], apart[near]
        if allowed is None:
            return list(_first(apart, ids, most)[:, 0].tolist())
        for tried in (TRIED, len(ids)):  # usually enough of the nearest pass
            some = _first(apart, ids, tried)
            passed = np.fromiter(allowed(set(some[:, 1].tolist())), np.uint32)
            fit = some[np.isin(some[:, 1], passed)]
            if len(fit) >= most or tried == len(ids):
                break
        return list(fit[:most, 0].tolist())

    def _apart(self, code: Words) -> NDArray[np.uint16]:
        """In how many bits each one differs."""
        apart = np.zeros(self._count, np.uint16)
        for start in range(0, self._count, SWEEP):
            part = apart[start : start + SWEEP]
            for mine, theirs in zip(code, self._words, strict=True):
                part += np.bitwise_count(theirs[start : start + len(part)] ^ mine)
        return apart


def _first(apart: NDArray[np.uint16], ids: Ids, most: int) -> Ids:
    """The `ids` that are least apart, nearest first; of equals the older ones."""
    if len(apart) > most:
        border = np.partition(apart, most)[most]
        near = apart <= border
        apart, ids = apart[near], ids[near]
    return ids[np.lexsort((ids[:, 0], apart))][:most]


def code(vector: NDArray[np.float32]) -> Words:
    """The signs of a vector's numbers, 64 to a word."""
    bits = np.packbits(vector > 0)
    return np.concatenate([bits, np.zeros(-len(bits) % 8, np.uint8)]).view(np.uint64)


def codes(packed: list[bytes]) -> Words:
    """The codes of packed vectors, [vectors, words]."""
    numbers = np.frombuffer(b"".join(packed), np.int8).reshape(len(packed), -1)[:, 4:]
    bits = np.packbits(numbers > 0, axis=1)
    return np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8))).view(np.uint64)
