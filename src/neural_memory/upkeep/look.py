"""What does the network look like around something?  And how large has it become?"""

from __future__ import annotations

from pathlib import Path

from neural_memory.model import Connections, Memory, Neuron, Stats
from neural_memory.store import journal, memories, network, vectors
from neural_memory.store.sqlite import SQLITE_VERSION, Connection
from neural_memory.text.terms import question_terms
from neural_memory.text.terms import terms as words

NEURONS = 6
"""Most neurons a concept is taken to mean."""
LOOKED_AT = 200
"""Neurons with its letters that are asked whether it is one of their words."""
MEMORIES = 10
"""Most memories shown around them."""


def connections(connection: Connection, of: str, memory: tuple[int, Memory] | None, limit: int) -> Connections:
    """The neighbourhood of a concept, or of a memory when `of` is its id."""
    if memory is not None:
        seq = memory[0]
        neurons = network.fiber_neurons(connection, [seq]).get(seq, [])
        around = [m for m in _memories(connection, _rare(neurons), MEMORIES + 1) if m.id != memory[1].id]
    else:
        neurons = _meant(connection, of)
        around = _memories(connection, neurons, MEMORIES)
    synapses = [s for n in neurons for s in network.synapses_of(connection, n, limit)]
    ids = {n.id for n in neurons}
    outward = [s for s in synapses if memory is not None or s.target.id not in ids] or synapses
    outward.sort(key=lambda s: -s.weight)
    return Connections(of, tuple(neurons), tuple(outward[:limit]), tuple(around[:MEMORIES]))


def _meant(connection: Connection, of: str) -> list[Neuron]:
    """The neurons a concept means: its own terms first, then names that contain them."""
    terms = list(question_terms(of))
    exact = network.by_terms(connection, terms)
    found = [exact[t] for t in terms if t in exact]
    for term in terms if len(terms) == 1 else []:
        holding = network.containing(connection, term, LOOKED_AT)
        found += [n for n in holding if n.id not in {f.id for f in found} and _has(n.name, term)]
    return found[:NEURONS]


def _has(name: str, term: str) -> bool:
    """Is the term a word of this name, and not merely letters of it ("sign" in "design")?"""
    return any(part.text == term for part in words(name))


def _rare(neurons: list[Neuron]) -> list[Neuron]:
    shared = [n for n in neurons if n.memories > 1]
    return sorted(shared, key=lambda n: n.memories)[:NEURONS]


def _memories(connection: Connection, neurons: list[Neuron], most: int) -> list[Memory]:
    """Memories that run through the neurons, those through most of them first, then the newest."""
    times: dict[int, int] = {}
    for neuron in neurons:
        for row in memories.matching(connection, memories.any_of([neuron.term]), 200):
            times[row] = times.get(row, 0) + 1
    best = sorted(times, key=lambda row: (-times[row], -row))[:most]
    found = memories.by_seqs(connection, best)
    return [found[row] for row in best if row in found]


def stats(connection: Connection, path: Path, meaning: str, warnings: tuple[str, ...], undo_since: str) -> Stats:
    """Figures about the file and the network. undo_since: what is older than that, `undo` leaves alone."""
    total, replaced, oldest, newest = connection.execute(
        "SELECT count(*), count(replaced_by), min(timestamp), max(timestamp) FROM memories"
    ).fetchone()
    neurons, synapses, fibers = network.counts(connection)
    embedded, unembedded = vectors.counts(connection)
    return Stats(
        path=str(path),
        memories=total,
        replaced=replaced,
        neurons=neurons,
        synapses=synapses,
        fibers=fibers,
        file_bytes=path.stat().st_size,
        schema=connection.execute("PRAGMA user_version").fetchone()[0],
        sqlite=SQLITE_VERSION,
        oldest=oldest,
        newest=newest,
        undoable=journal.undoable(connection, undo_since),
        embedded=embedded,
        unembedded=unembedded,
        meaning=meaning,
        warnings=warnings,
    )
