"""How does a memory go away?  What was chosen goes in one transaction, undoably, or for good."""

from __future__ import annotations

from collections.abc import Iterable

from neural_memory import secrecy
from neural_memory.errors import InputError, NotFoundError
from neural_memory.model import Memory
from neural_memory.remember import now, relink, remove
from neural_memory.store import journal, memories, network
from neural_memory.store.entry import Author
from neural_memory.store.near_ids import meant
from neural_memory.store.selection import Selection, select
from neural_memory.store.sqlite import Connection
from neural_memory.text.analyse import analyse
from neural_memory.upkeep.suggest import drop_saying
from neural_memory.values import replace

_LOOKED_AT = 3
"""Memories that are asked how they spell a concept."""
Chosen = list[tuple[int | None, Memory]]
"""(row, memory); the row is None for what was forgotten before and is only in the journal."""


def chosen(connection: Connection, ids: list[str], selection: Selection, *, also_forgotten: bool) -> Chosen:
    """Each of `ids`, or, without ids, all that match; an unknown id is an error.

    also_forgotten: ids may also name what was forgotten already, and can still be undone.
    """
    if not ids:
        rows = [seq for _, seq in select(connection, selection)]
        found = memories.by_seqs(connection, rows)
        return [(seq, found[seq]) for seq in rows]
    known: Chosen = []
    unknown = []
    for id in ids:
        if present := memories.by_id(connection, id):
            known += [present] if present not in known else []
        elif also_forgotten and (kept := journal.last_known(connection, memories.answering(connection, id))):
            known.append((None, kept))
        else:
            unknown.append(id)
    if unknown:
        raise NotFoundError(
            f"there is no memory {', '.join(unknown[:5])}; nothing was deleted. "
            f"{meant(connection, unknown[0]).replace('did', 'Did', 1)}Recall or audit show the ids that exist"
        )
    return known


def take_out(connection: Connection, seq: int, before: Memory, after: Memory, author: Author) -> None:
    """Give a memory a text without what must not be there, for good: no journal and no index knows it any more.

    It may be there no more, and still be kept as what the memory once said.
    """
    if after == before and not any(map(secrecy.found, journal.befores(connection, [before.id]))):
        raise InputError(f"{before.id} holds no secret that is recognised; nothing was changed")
    _erase(connection, [before.id])
    relink(connection, seq, after)
    journal.record(connection, "revise", before.id, author, now(), final=True)
    memories.scrub_full_text(connection)


def expire(connection: Connection, before: str) -> int:
    """What was forgotten before then, and did not come back, is gone for good; returns how many memories that are.

    Only while nothing waits to be linked: what is not linked cannot be told from what is gone.
    """
    ids = journal.expired(connection, before)
    if ids:
        texts = journal.befores(connection, ids)
        _erase_all(connection, ids)
        drop_saying(connection, [memory.content for memory in texts])
        _respell(connection, texts)
        memories.scrub_full_text(connection)
    return len(ids)


def remove_all(connection: Connection, going: Chosen, author: Author, *, for_good: bool) -> list[str]:
    """Delete them as one step. for_good: also from the journal and from the full text's old segments; then every id
    that they or what was merged into them ever had comes back.

    A memory whose place one of them had taken is current again.
    """
    at = now()
    step: int | None = None
    texts = [memory for _, memory in going]
    family: list[str] = []
    if for_good:
        texts += journal.befores(connection, [memory.id for _, memory in going])
        family = _erase(connection, [memory.id for _, memory in going])
        memories.drop_aliases(connection, family)
    for seq, memory in going:
        if seq is not None:
            remove(connection, seq, memory)
        if for_good:
            step = journal.record(connection, "forget for good", memory.id, author, at, step=step, final=True)
        elif seq is not None:
            step = journal.record(connection, "forget", memory.id, author, at, before=(seq, memory), step=step)
    for seq, memory in memories.replaced_by(connection, [memory.id for _, memory in going]):
        memories.set_replaced_by(connection, seq, None)
        current = replace(memory, replaced_by=None)
        step = journal.record(
            connection, "replace", memory.id, author, at, before=(seq, memory), after=current, step=step, final=for_good
        )
    if for_good and going:
        drop_saying(connection, [memory.content for memory in texts])
        _respell(connection, texts)
        memories.scrub_full_text(connection)
    return family


def _respell(connection: Connection, gone: Iterable[Memory]) -> None:
    """A neuron that other memories share may be spelled as a text that is gone had it: then as they have it."""
    spelled = {(c.text, c.name) for m in gone for c in analyse(m.content, m.tags, m.kind).concepts}
    known = network.by_terms(connection, list({term for term, _ in spelled}))
    doubtful = [neuron for neuron in known.values() if (neuron.term, neuron.name) in spelled]
    rows = {n.term: memories.matching(connection, memories.any_of([n.term]), _LOOKED_AT) for n in doubtful}
    present = memories.by_seqs(connection, {row for found in rows.values() for row in found})
    names = {row: {c.text: c.name for c in analyse(m.content, m.tags, m.kind).concepts} for row, m in present.items()}
    for neuron in doubtful:
        others = [names[row][neuron.term] for row in rows[neuron.term] if neuron.term in names.get(row, ())]
        if neuron.name not in others:
            network.rename(connection, neuron.id, others[0] if others else neuron.term)


def _erase(connection: Connection, ids: list[str]) -> list[str]:
    """Nothing of these memories may stay in the journal: neither of them nor of what they were merged from.

    Where such a merge was taken back, what the others read while it lasted goes as well. Returns all their ids.
    """
    family = [*ids, *memories.aliases_of(connection, ids)]
    _erase_all(connection, family)
    return family


def _erase_all(connection: Connection, ids: list[str]) -> None:
    for other, first, last in journal.mixed(connection, ids):
        journal.erase_between(connection, other, first, last)
    journal.erase(connection, ids)
    memories.drop_traces(connection, ids)
