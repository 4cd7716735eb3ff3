"""Which memories of the whole store share most of what they are about?

Comparing all with all would take hours at a hundred thousand. Of two sets that have a share s in common, at least two
are among the n - s·n + 2 rarest of each: only those are looked up to find all others. Most of the pairs that meet so
are ruled out by a sketch of each, in which every neuron sets one of 256 bits: a bit that only one of the two has stands
for something that they do not share.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence

from neural_memory.store import memories, network
from neural_memory.store.sqlite import Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Pair = tuple[int, int]
"""(older, newer) rows."""
SHARED = 0.55
"""Share of neurons from which on two memories are compared as texts; tags and kinds are among them, so it is lower."""
CROWD = 100
"""A neuron that is among the rarest of more memories than this says too little to bring two of them together."""
SKETCH = 256
"""Bits of a sketch."""
LEAST = 3
"""Neurons that a memory must have to be compared so."""
PORTION = 1 << 13
"""Memories whose meetings are counted at a time."""


def pairs(connection: Connection) -> set[Pair]:
    """Pairs of current rows that share most of their neurons, and do not each name something of their own."""
    current = memories.current_rows(connection)
    sets = {row: frozenset(ids) for row, ids in network.touched(connection) if row in current}
    rows = sorted(row for row, mine in sets.items() if len(mine) >= LEAST)
    every = [sets[row] for row in rows]
    telling = network.telling_ids(connection)
    found = _met(every, network.rarity(connection))
    return {(rows[one], rows[other]) for one, other in found if _share(every[one], every[other], telling)}


def _met(every: Sequence[frozenset[int]], rarity: Mapping[int, float]) -> Iterator[Pair]:
    """Places of the sets that have enough of their rarest in common to have enough in all."""
    import numpy as np

    order = rarity.__getitem__
    looked_up, owners = array("q"), array("q")
    for place, mine in enumerate(every):
        rarest = sorted(mine, key=order)[: len(mine) - math.ceil(SHARED * len(mine)) + 2]
        looked_up.extend(rarest)
        owners.extend([place] * len(rarest))
    neurons, places = np.frombuffer(looked_up, np.int64), np.frombuffer(owners, np.int64)
    by_neuron = np.argsort(neurons, kind="stable")
    neurons, places = neurons[by_neuron], places[by_neuron]
    heard = _numbered(neurons) <= CROWD
    neurons, places = neurons[heard], places[heard]
    sizes, sketches = np.array([len(mine) for mine in every]), _sketches(every)
    for start in range(0, len(every), PORTION):
        one, other = _meetings(neurons, places, start, len(every))
        mine, theirs = sketches[one], sketches[other]
        at_most = np.minimum(sizes[one] - _bits(mine & ~theirs), sizes[other] - _bits(theirs & ~mine))
        enough = at_most * (1 + SHARED) >= SHARED * (sizes[one] + sizes[other]) - 1e-6
        yield from zip(one[enough].tolist(), other[enough].tolist(), strict=True)


def _meetings(neurons: Any, places: Any, start: int, count: int) -> tuple[Any, Any]:
    """(place, later place) of those that share at least two, for the sets of one portion, as two arrays.

    neurons, places: what the sets are looked up by, ordered by both.
    """
    import numpy as np

    at = np.flatnonzero((places >= start) & (places < start + PORTION))
    met, step = [np.empty(0, np.int64)], 1
    while len(at):
        at = at[at + step < len(neurons)]
        at = at[neurons[at] == neurons[at + step]]
        met.append(places[at] * count + places[at + step])
        step += 1
    pairs = np.sort(np.concatenate(met))
    one, other = np.divmod(pairs[_numbered(pairs) == 1], count)
    return one, other


def _numbered(ordered: Any) -> Any:
    """Of each number how many like it stand before it."""
    import numpy as np

    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(ordered) else ordered
    return np.arange(len(ordered)) - np.repeat(first, np.diff(np.append(first, len(ordered))))


def _sketches(every: Sequence[frozenset[int]]) -> Any:
    """The sketch of each set, as words of 64 bits."""
    import numpy as np

    made = [np.empty((0, SKETCH // 64), np.uint64)]
    for start in range(0, len(every), PORTION):
        some = every[start : start + PORTION]
        bits = np.zeros((len(some), SKETCH), np.bool_)
        neurons = np.fromiter((id for mine in some for id in mine), np.int64)
        bits[np.repeat(np.arange(len(some)), [len(mine) for mine in some]), neurons % SKETCH] = True
        made.append(np.packbits(bits, axis=1).view(np.uint64))
    return np.concatenate(made)


def _bits(words: Any) -> Any:
    """How many bits are set in each."""
    import numpy as np

    return np.bitwise_count(words).sum(1, dtype=np.int64)


def _share(mine: frozenset[int], theirs: frozenset[int], telling: set[int]) -> bool:
    """Have they enough in common, and does not each name something of its own?"""
    shared = len(mine & theirs)
    if shared < SHARED * (len(mine) + len(theirs) - shared):
        return False
    return not ((mine - theirs) & telling and (theirs - mine) & telling)
