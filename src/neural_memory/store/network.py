"""The network around the memories: neurons, synapses, fibers.

A fiber is the memory's path through its most telling neurons, in the order of its text, and `branches` are the other
neurons it touches. Neighbours on the path (next, and next but one) share a synapse, whose `strength` is the number of
memories that run along it, and taking a memory away takes away exactly what it brought.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise

from neural_memory.model import Neuron, Synapse
from neural_memory.text.analyse import leads_on
from neural_memory.text.terms import ENTITY, WORD, Term
from neural_memory.values import dataclass

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


# -- linking and unlinking memories ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Way:
    """How a memory runs through the network, by terms.

    relations: (source, type, target) that its text states; path, branches: what its fiber runs through, when that is
    known from elsewhere; by default the most telling of its concepts.
    """

    relations: Sequence[tuple[str, str, str]] = ()
    path: Sequence[str] | None = None
    branches: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Strand:
    """A memory about to be linked. concepts: its distinct terms in the order of the text."""

    memory: int
    concepts: Sequence[Term]
    way: Way = Way()


def most_telling(connection: sqlite3.Connection, concepts: Sequence[Term]) -> list[Neuron]:
    """The neurons a memory's path will run through, the most telling first; those it would grow have the id 0."""
    known = by_terms(connection, [c.text for c in concepts])
    neurons = [known.get(c.text) or Neuron(0, c.text, c.name, c.kind, 0) for c in concepts]
    return sorted(neurons, key=lambda n: -_telling(n))[:MAX_PATH]


def add_fibers(connection: sqlite3.Connection, strands: Sequence[Strand]) -> None:
    """Run memories through the network, one after the other; what they bring is written together, each row once.

    The network is the same whether they come in one call or in several.
    """
    cells = _cells(connection, strands)
    fibers: list[tuple[int, str, str, str]] = []
    met: Counter[int] = Counter()
    said: Counter[tuple[int, int, str]] = Counter()
    for strand in strands:
        path, branches = _way(strand, cells)
        ids = {c.text: cells[c.text].id for c in strand.concepts}
        stated = [(ids[a], type, ids[b]) for a, type, b in strand.way.relations if a in ids and b in ids]
        fibers.append(
            (
                strand.memory,
                _packed(path),
                _packed(branches),
                json.dumps(stated, ensure_ascii=False) if stated else "[]",
            )
        )
        met.update(_joints(path))
        said.update(_both_ends(stated))
        for concept in strand.concepts:
            cells[concept.text].count(concept)
    _write_cells(connection, cells.values())
    connection.executemany(
        "INSERT OR REPLACE INTO fibers (memory, path, branches, relations) VALUES (?, ?, ?, ?)", fibers
    )
    connection.executemany(
        "INSERT INTO synapses (source, target, strength) VALUES (?, ?, ?) "
        "ON CONFLICT (source, target) DO UPDATE SET strength = strength + excluded.strength",
        _fired(met),
    )
    connection.executemany(
        "INSERT INTO relations (source, target, type, strength) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (source, target, type) DO UPDATE SET strength = strength + excluded.strength",
        [(*ends, times) for ends, times in sorted(said.items())],
    )


def remove_fibers(connection: sqlite3.Connection, terms: Mapping[int, Iterable[str]]) -> None:
    """Take memories out of the network again. terms: row -> all its terms, as they were indexed."""
    rows = connection.execute(
        "SELECT memory, path, relations FROM fibers WHERE memory IN (SELECT value FROM json_each(?))",
        (json.dumps(list(terms)),),
    ).fetchall()
    met: Counter[int] = Counter()
    said: Counter[tuple[int, int, str]] = Counter()
    for _, path, relations in rows:
        met.update(_joints(json.loads(path)))
        said.update(_both_ends(json.loads(relations)))
    _weaken(connection, "synapses", "source = ?2 AND target = ?3", [(n, a, b) for a, b, n in _fired(met)])
    stated = [(times, *ends) for ends, times in sorted(said.items())]
    _weaken(connection, "relations", "source = ?2 AND target = ?3 AND type = ?4", stated)
    connection.executemany("DELETE FROM fibers WHERE memory = ?", [(row[0],) for row in rows])
    fewer = Counter(term for each in terms.values() for term in set(each))
    known = sorted((n.id, fewer[n.term]) for n in by_terms(connection, list(fewer)).values())
    connection.executemany("UPDATE neurons SET memories = memories - ?2 WHERE id = ?1", known)
    connection.executemany("DELETE FROM neurons WHERE id = ? AND memories <= 0", [(id,) for id, _ in known])


def _weaken(connection: sqlite3.Connection, table: str, which: str, rows: Sequence[tuple[int | str, ...]]) -> None:
    """Take this much strength, the first of each row, from what the rest of it names; what has none left goes."""
    connection.executemany(f"UPDATE {table} SET strength = strength - ?1 WHERE {which}", rows)  # noqa: S608
    connection.executemany(f"DELETE FROM {table} WHERE {which} AND strength <= 0", rows)  # noqa: S608


def tag_neurons(connection: sqlite3.Connection, tags: Mapping[str, str]) -> list[str]:
    """Those of `tags`, given by their terms, that are known as tags."""
    known = by_terms(connection, list(tags))
    return [tag for term, tag in tags.items() if term in known and known[term].kind == "tag"]


def rename(connection: sqlite3.Connection, neuron: int, name: str) -> None:
    """Spell a neuron otherwise; what it is found by stays."""
    connection.execute("UPDATE neurons SET name = ? WHERE id = ?", (name, neuron))


def demote(connection: sqlite3.Connection, term: str, *, still_tag: bool) -> None:
    """A tag that no memory has any more is a word again."""
    if not still_tag:
        connection.execute(
            "UPDATE neurons SET kind = ? WHERE kind = 'tag' AND id = (SELECT neuron FROM neuron_terms WHERE term = ?)",
            (WORD, term),
        )


class _Cell:
    """A neuron while memories run through it. stored: is there a row yet?"""

    __slots__ = ("id", "kind", "memories", "name", "stored", "term", "worth")

    def __init__(self, neuron: Neuron, *, stored: bool) -> None:
        self.id, self.term, self.name = neuron.id, neuron.term, neuron.name
        self.kind, self.memories, self.stored = neuron.kind, neuron.memories, stored
        self.worth = _worth(self.term, self.kind)

    def count(self, concept: Term) -> None:
        """One more memory runs through it; a word that turns out to be a name or a tag is kept as that."""
        self.memories += 1
        if concept.kind != self.kind and _FIRMNESS.get(concept.kind, 0) > _FIRMNESS.get(self.kind, 0):
            self.kind, self.name = concept.kind, concept.name
            self.worth = _worth(self.term, self.kind)

    def telling(self) -> float:
        """See `_telling`."""
        return self.worth - math.log(self.memories + 1)


_FIRMNESS = {WORD: 0, ENTITY: 1, "tag": 2}


def _cells(connection: sqlite3.Connection, strands: Sequence[Strand]) -> dict[str, _Cell]:
    """The neurons of all these memories by their terms, those that will be grown numbered in the order they come."""
    known = by_terms(connection, list({concept.text for strand in strands for concept in strand.concepts}))
    cells = {term: _Cell(neuron, stored=True) for term, neuron in known.items()}
    number = connection.execute("SELECT coalesce(max(id), 0) FROM neurons").fetchone()[0]
    for strand in strands:
        for concept in strand.concepts:
            if concept.text not in cells:
                number += 1
                neuron = Neuron(number, concept.text, concept.name, concept.kind, 0)
                cells[concept.text] = _Cell(neuron, stored=False)
    return cells


def _way(strand: Strand, cells: Mapping[str, _Cell]) -> tuple[list[int], list[int]]:
    """(path, branches) of a memory by the numbers of their neurons."""
    touched = [cells[concept.text] for concept in strand.concepts]
    way = strand.way
    if way.path is not None and {*way.path, *way.branches} <= {cell.term for cell in touched}:
        return [cells[term].id for term in way.path], [cells[term].id for term in way.branches]
    by_telling = sorted(touched, key=lambda cell: -cell.telling())
    telling = {cell.id for cell in by_telling[:MAX_PATH]}
    path = [cell.id for cell in touched if cell.id in telling]
    return path, [cell.id for cell in by_telling[MAX_PATH : MAX_PATH + MAX_BRANCHES]]


def _write_cells(connection: sqlite3.Connection, cells: Iterable[_Cell]) -> None:
    """Grow the new neurons, and write what became of the others."""
    rows = sorted((cell.id, cell.term, cell.name, cell.kind, cell.memories, cell.stored) for cell in cells)
    connection.executemany(
        "INSERT INTO neurons (id, term, name, kind, memories) VALUES (?, ?, ?, ?, ?)",
        [row[:5] for row in rows if not row[5]],
    )
    connection.executemany(
        "UPDATE neurons SET name = ?, kind = ?, memories = ? WHERE id = ?",
        [(name, kind, memories, id) for id, _, name, kind, memories, stored in rows if stored],
    )


def _worth(term: str, kind: str) -> float:
    """How much a concept says, apart from how rare it is: names more, words of every subject less."""
    return (1.0 if kind != WORD else 0.0) - (0.0 if leads_on(term) else 2.0)


def _telling(neuron: Neuron) -> float:
    """How much a neuron says about a memory: rare ones and names more."""
    return _worth(neuron.term, neuron.kind) - math.log(neuron.memories + 1)


def _joints(path: Sequence[int]) -> list[int]:
    """The synapses a path runs along: between each neuron and the next and the next but one.

    Each stands for both of its ends, as one number with the smaller neuron in its upper half: so many are counted.
    """
    pairs = chain(pairwise(path), zip(path, path[2:], strict=False))
    return [a << _HALF | b if a < b else b << _HALF | a for a, b in pairs]


_HALF = 32


def _fired(met: Mapping[int, int]) -> list[tuple[int, int, int]]:
    """(source, target, how often) of synapses from both ends, in the order of their table."""
    low = (1 << _HALF) - 1
    both = sorted([*met.items(), *(((pair & low) << _HALF | pair >> _HALF, times) for pair, times in met.items())])
    return [(pair >> _HALF, pair & low, times) for pair, times in both]


def _both_ends(relations: Iterable[tuple[int, str, int]]) -> list[tuple[int, int, str]]:
    """Stated relations from both ends; seen from the target, the type points back."""
    found = [(a, b, type) for a, type, b in relations]
    return found + [(b, a, f"← {type}") for a, b, type in found]


def _packed(ids: Sequence[int]) -> str:
    return f"[{','.join(map(str, ids))}]"


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
        FROM (
            SELECT target, 'with' AS type, strength FROM synapses WHERE source = :id
            UNION ALL SELECT target, type, strength FROM relations WHERE source = :id
        ) s JOIN neurons n ON n.id = s.target
        ORDER BY s.strength * s.strength / max(1, n.memories) DESC, s.strength DESC, n.id LIMIT :limit
        """,  # noqa: S608
        {"id": neuron.id, "limit": limit},
    )
    return [Synapse(neuron, (other := Neuron(*row[:5])), row[5], _weight(row[6], neuron, other)) for row in rows]


def _weight(strength: float, one: Neuron, other: Neuron) -> float:
    return round(min(1.0, strength / math.sqrt(max(1, one.memories) * max(1, other.memories))), 3)


def touched(connection: sqlite3.Connection) -> Iterator[tuple[int, list[int]]]:
    """(row, ids of the neurons it touches) of every memory."""
    found = connection.execute("SELECT memory, path, branches FROM fibers")
    while some := found.fetchmany(1_000):  # one reading for all of them: most of what it costs is the calls
        ids = json.loads(f"[{','.join(f'{path},{branches}' for _, path, branches in some)}]")
        yield from (
            (row, path + branches) for (row, _, _), path, branches in zip(some, ids[::2], ids[1::2], strict=True)
        )


def rarity(connection: sqlite3.Connection) -> defaultdict[int, float]:
    """By id, how many memories run through each neuron; no two are equally rare, so that there is one order of them."""
    found = connection.execute("SELECT id, memories + id * 1e-9 FROM neurons")
    return defaultdict(float, found.fetchall())


def telling_ids(connection: sqlite3.Connection) -> set[int]:
    """The neurons that are names or hold a number: texts that differ in one do not say the same."""
    found = connection.execute("SELECT id FROM neurons WHERE kind = 'entity' OR term GLOB '*[0-9]*'")
    return {row[0] for row in found}


def counts(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """(neurons, synapses, fibers); a synapse is stored from both of its ends."""
    synapses = "(SELECT count(*) FROM synapses) + (SELECT count(*) FROM relations)"
    sql = f"SELECT (SELECT count(*) FROM neurons), ({synapses}) / 2, (SELECT count(*) FROM fibers)"  # noqa: S608
    found: tuple[int, int, int] = connection.execute(sql).fetchone()
    return found
