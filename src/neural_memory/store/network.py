"""The network around the memories: neurons, synapses, fibers.

A fiber is the memory's path through its most telling neurons, in the order of its text, and `branches` are the other
neurons it touches. Neighbours on the path (next, and next but one) share a synapse, whose `strength` is the number of
memories that run along it, and taking a memory away takes away exactly what it brought.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise

from neural_memory.model import Neuron, Synapse
from neural_memory.text.analyse import leads_on
from neural_memory.text.terms import ENTITY, WORD, Term

MAX_PATH = 10
"""Most neurons on a fiber's path; each further one costs about 70 bytes of synapses."""
MAX_BRANCHES = 36
"""Most neurons a fiber touches beside its path."""

_NEURON = "n.id, n.term, n.name, n.kind, n.memories"


def document_frequencies(connection: sqlite3.Connection, terms: Sequence[str]) -> dict[str, int]:
    """How many memories have each term; terms that none has are left out."""
    return dict(
        connection.execute(
            "SELECT n.term, n.memories FROM neuron_terms t JOIN neurons n ON n.id = t.neuron "
            "WHERE t.term IN (SELECT value FROM json_each(?)) AND n.memories > 0",
            (json.dumps(terms),),
        ).fetchall()
    )


# -- linking and unlinking one memory --------------------------------------------------------------


def most_telling(connection: sqlite3.Connection, concepts: Sequence[Term], total: int) -> list[Neuron]:
    """The neurons a memory's path will run through, the most telling first; those it would grow have the id 0."""
    known = by_terms(connection, [c.text for c in concepts])
    neurons = [known.get(c.text) or Neuron(0, c.text, c.name, c.kind, 0) for c in concepts]
    return sorted(neurons, key=lambda n: -_telling(n, total))[:MAX_PATH]


def add_fiber(
    connection: sqlite3.Connection,
    seq: int,
    concepts: Sequence[Term],
    total: int,
    relations: Sequence[tuple[str, str, str]] = (),
) -> None:
    """Run a memory through the network.

    concepts: distinct terms in the order of the text; total: how many memories there are; relations: (source, type,
    target) that the text states, by their terms.
    """
    neurons = _strengthen_neurons(connection, concepts)
    by_telling = sorted(neurons, key=lambda n: -_telling(n, total))
    telling = {n.id for n in by_telling[:MAX_PATH]}
    path = [n.id for n in neurons if n.id in telling]
    branches = [n.id for n in by_telling[MAX_PATH : MAX_PATH + MAX_BRANCHES]]
    ids = {n.term: n.id for n in neurons}
    stated = [(ids[a], type, ids[b]) for a, type, b in relations if a in ids and b in ids]
    connection.execute(
        "INSERT OR REPLACE INTO fibers (memory, path, branches, relations) VALUES (?, ?, ?, ?)",
        (seq, _packed(path), _packed(branches), json.dumps(stated, ensure_ascii=False)),
    )
    connection.executemany(
        "INSERT INTO synapses (source, target, type) VALUES (?, ?, ?) "
        "ON CONFLICT (source, target, type) DO UPDATE SET strength = strength + 1",
        _joints(path) + _both_ends(stated),
    )


def remove_fiber(connection: sqlite3.Connection, seq: int, terms: Iterable[str]) -> None:
    """Take a memory out of the network again. terms: all its terms, as they were indexed."""
    row = connection.execute("SELECT path, relations FROM fibers WHERE memory = ?", (seq,)).fetchone()
    if row is not None:
        fired = _joints(json.loads(row[0])) + _both_ends(json.loads(row[1]))
        which = "WHERE source = ? AND target = ? AND type = ?"
        connection.executemany(f"UPDATE synapses SET strength = strength - 1 {which}", fired)  # noqa: S608
        connection.executemany(f"DELETE FROM synapses {which} AND strength <= 0", fired)  # noqa: S608
        connection.execute("DELETE FROM fibers WHERE memory = ?", (seq,))
    ids = [(neuron.id,) for neuron in by_terms(connection, list(set(terms))).values()]
    connection.executemany("UPDATE neurons SET memories = memories - 1 WHERE id = ?", ids)
    connection.executemany("DELETE FROM neurons WHERE id = ? AND memories <= 0", ids)


def demote(connection: sqlite3.Connection, term: str, *, still_tag: bool) -> None:
    """A tag that no memory has any more is a word again."""
    if not still_tag:
        connection.execute(
            "UPDATE neurons SET kind = ? WHERE kind = 'tag' AND id = (SELECT neuron FROM neuron_terms WHERE term = ?)",
            (WORD, term),
        )


def _strengthen_neurons(connection: sqlite3.Connection, concepts: Sequence[Term]) -> list[Neuron]:
    """The neurons of `concepts` in their order, each counted once more; new ones are grown."""
    known = by_terms(connection, [c.text for c in concepts])
    fresh = [c for c in concepts if c.text not in known]
    first = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM neurons").fetchone()[0] if fresh else 0
    grown = {c.text: Neuron(first + i, c.text, c.name, c.kind, 0) for i, c in enumerate(fresh)}
    connection.executemany(
        "INSERT INTO neurons (id, term, name, kind, memories) VALUES (?, ?, ?, ?, 1)",
        [(n.id, n.term, n.name, n.kind) for n in grown.values()],
    )
    connection.executemany("UPDATE neurons SET memories = memories + 1 WHERE id = ?", [(n.id,) for n in known.values()])
    promoted = [(c.kind, c.name, known[c.text].id) for c in concepts if c.text in known and _better(c, known[c.text])]
    connection.executemany("UPDATE neurons SET kind = ?, name = ? WHERE id = ?", promoted)
    return [known.get(c.text) or grown[c.text] for c in concepts]


def _better(concept: Term, known: Neuron) -> bool:
    """A word that turns out to be a name or a tag is kept as that."""
    return (known.kind == WORD and concept.kind != WORD) or (
        known.kind == ENTITY and concept.kind not in (WORD, ENTITY)
    )


def _telling(neuron: Neuron, total: int) -> float:
    """How much a neuron says about a memory: rare ones and names more, words of every subject less."""
    rarity = math.log((total + 2) / (neuron.memories + 1))
    named = 1.0 if neuron.kind != WORD else 0.0
    slight = 0.0 if leads_on(neuron.term) else 2.0
    return rarity + named - slight


def _joints(path: Sequence[int]) -> list[tuple[int, int, str]]:
    """The synapses a path runs along: between each neuron and the next and the next but one, from both ends."""
    pairs = list(chain(pairwise(path), zip(path, path[2:], strict=False)))
    return [(a, b, "with") for a, b in pairs] + [(b, a, "with") for a, b in pairs]


def _both_ends(relations: Iterable[tuple[int, str, int]]) -> list[tuple[int, int, str]]:
    """The synapses of stated relations, from both ends; seen from the target, the type points back."""
    found = [(a, b, type) for a, type, b in relations]
    return found + [(b, a, f"← {type}") for a, b, type in found]


def _packed(ids: Sequence[int]) -> str:
    return json.dumps(ids, separators=(",", ":"))


# -- looking ---------------------------------------------------------------------------------------


def fiber_neurons(connection: sqlite3.Connection, seqs: Iterable[int]) -> dict[int, list[Neuron]]:
    """The neurons each memory touches: its path first, then its branches."""
    rows = connection.execute(
        "SELECT memory, path, branches FROM fibers WHERE memory IN (SELECT value FROM json_each(?))",
        (json.dumps(list(seqs)),),
    )
    touched = {seq: json.loads(path) + json.loads(branches) for seq, path, branches in rows}
    known = by_ids(connection, {id for ids in touched.values() for id in ids})
    return {seq: [known[id] for id in ids if id in known] for seq, ids in touched.items()}


def by_ids(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Neuron]:
    rows = connection.execute(
        f"SELECT {_NEURON} FROM neurons n WHERE n.id IN (SELECT value FROM json_each(?))",  # noqa: S608
        (json.dumps(list(ids)),),
    )
    return {row[0]: Neuron(*row) for row in rows}


def by_terms(connection: sqlite3.Connection, terms: Sequence[str]) -> dict[str, Neuron]:
    rows = connection.execute(
        f"SELECT {_NEURON} FROM neuron_terms t JOIN neurons n ON n.id = t.neuron "  # noqa: S608
        "WHERE t.term IN (SELECT value FROM json_each(?))",
        (json.dumps(terms),),
    )
    return {row[1]: Neuron(*row) for row in rows}


def containing(connection: sqlite3.Connection, part: str, limit: int) -> list[Neuron]:
    """Neurons whose term holds `part`, the most used first: "payment" also leads to ``payment_api_key``."""
    rows = connection.execute(
        f"SELECT {_NEURON} FROM neurons n WHERE instr(n.term, ?) ORDER BY n.memories DESC, n.id LIMIT ?",  # noqa: S608
        (part, limit),
    )
    return [Neuron(*row) for row in rows]


def synapses_of(connection: sqlite3.Connection, neuron: Neuron, limit: int) -> list[Synapse]:
    """The synapses of one neuron, the heaviest first.

    weight = strength / sqrt(memories of both ends), the cosine of the two sets of memories: 1 when they always meet.
    """
    rows = connection.execute(
        f"""
        SELECT {_NEURON}, s.type, s.strength
        FROM synapses s JOIN neurons n ON n.id = s.target WHERE s.source = :id
        ORDER BY s.strength * s.strength / max(1, n.memories) DESC, s.strength DESC, n.id LIMIT :limit
        """,  # noqa: S608
        {"id": neuron.id, "limit": limit},
    )
    return [Synapse(neuron, (other := Neuron(*row[:5])), row[5], _weight(row[6], neuron, other)) for row in rows]


def _weight(strength: float, one: Neuron, other: Neuron) -> float:
    return round(min(1.0, strength / math.sqrt(max(1, one.memories) * max(1, other.memories))), 3)


def counts(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """(neurons, synapses, fibers); a synapse is stored from both of its ends."""
    sql = "SELECT (SELECT count(*) FROM neurons), (SELECT count(*) / 2 FROM synapses), (SELECT count(*) FROM fibers)"
    found: tuple[int, int, int] = connection.execute(sql).fetchone()
    return found
