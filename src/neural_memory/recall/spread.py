"""What belongs to what was found?  Spreading activation over the network (Collins and Loftus, 1975), pure and bounded.

The best hits are the seeds. Each passes its activation on to the neurons of its fiber that the question did *not* name,
the rare ones more than the common ones, and each of those neurons passes it on to the other memories that run through
it, shared among them. A second, weaker round follows from the best of what was reached, so that "payment" leads to a
token and the token to its expiry.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from neural_memory.model import Neuron
from neural_memory.text.analyse import leads_on
from neural_memory.values import dataclass

SEEDS = 5
"""Hits that pass activation on."""
NEURONS_PER_SEED = 8
"""The rarest neurons of a seed's fiber that carry it."""
FAN_OUT = 60
"""A neuron that more memories than this run through says too little to lead anywhere."""
WORD = 0.5
"""What a plain word carries beside a name or a tag."""
FEW, COMMON = 4, 0.25
"""In a small store a neuron leads on when so few memories run through it, or at most this share of all."""
LEAST = 0.015
"""Activation that is not passed on: what it could add to a score changes no order worth having."""
DECAY = 0.5
"""What the second round is worth beside the first."""


@dataclass(frozen=True, slots=True)
class Reached:
    """activation: 0 to 1; via: the neuron that brought most of it; seed: the row it came from."""

    activation: float
    via: Neuron
    seed: int


def spread(
    seeds: Mapping[int, float],
    named: frozenset[str],
    total: int,
    neurons_of: Callable[[Sequence[int]], Mapping[int, Sequence[Neuron]]],
    memories_of: Callable[[Neuron], Sequence[int]],
) -> dict[int, Reached]:
    """Rows reached from `seeds` (row -> how sure it is, 0 to 1), the seeds themselves included when others lead to
    them.

    named: terms of the question; total: how many memories there are; the functions look into the network.
    """
    reached = _one_round(seeds, named, total, neurons_of, memories_of)
    first = {row: r.activation * DECAY for row, r in reached.items() if row not in seeds}
    best = dict(sorted(first.items(), key=lambda item: -item[1])[:SEEDS])
    for row, further in _one_round(best, named, total, neurons_of, memories_of).items():
        if row not in seeds and (row not in reached or further.activation > reached[row].activation):
            reached[row] = further
    return reached


def _one_round(
    seeds: Mapping[int, float],
    named: frozenset[str],
    total: int,
    neurons_of: Callable[[Sequence[int]], Mapping[int, Sequence[Neuron]]],
    memories_of: Callable[[Neuron], Sequence[int]],
) -> dict[int, Reached]:
    paths = neurons_of(list(seeds))
    passed: dict[int, float] = {}
    strongest: dict[int, tuple[float, Neuron, int]] = {}
    known: dict[int, Sequence[int]] = {}
    for seed, sure in seeds.items():
        for neuron, share in _carriers(paths.get(seed, ()), named, total):
            gain = sure * share
            if gain < LEAST:
                break  # they come best first
            if neuron.id not in known:
                known[neuron.id] = memories_of(neuron)
            for row in known[neuron.id]:
                if row == seed:
                    continue
                passed[row] = 1 - (1 - passed.get(row, 0.0)) * (1 - gain)  # several weak paths add up, never past 1
                if row not in strongest or gain > strongest[row][0]:
                    strongest[row] = (gain, neuron, seed)
    return {row: Reached(activation, *strongest[row][1:]) for row, activation in passed.items()}


def _carriers(fiber: Sequence[Neuron], named: frozenset[str], total: int) -> list[tuple[Neuron, float]]:
    """The neurons that carry a seed's activation on, each with its share (0 to 1)."""
    most = min(FAN_OUT, max(FEW, COMMON * total))
    fit = [n for n in fiber if n.term not in named and 2 <= n.memories <= most and leads_on(n.term)]
    shares = [(n, _share(n, total)) for n in fit]
    return sorted(shares, key=lambda pair: -pair[1])[:NEURONS_PER_SEED]


def _share(neuron: Neuron, total: int) -> float:
    """How much of a seed's activation goes over this neuron: its rarity in this store, less when it fans out."""
    rarity = math.log((total + 1) / neuron.memories) / math.log(total + 1) if total > 1 else 0.0
    kind = 1.0 if neuron.kind != "word" else WORD
    return max(0.0, rarity) * kind / math.sqrt(neuron.memories)
