"""How does a text become a memory?  check -> analyse -> link -> one transaction."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from neural_memory import check
from neural_memory.errors import InputError
from neural_memory.model import Memory, Neuron
from neural_memory.store import journal, memories, network
from neural_memory.store.journal import Author
from neural_memory.text.analyse import analyse
from neural_memory.text.kinds import kind_of
from neural_memory.text.tags import distinct, split_trailing_tags

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no letter is mistaken for another
NEARLY_SAME = 0.6
"""Share of terms two memories have in common to be called nearly the same."""
_GIVEN = ("content", "tags", "importance", "kind", "project", "timestamp")
CATCH_UP = 2_000
"""Most rows changed by another program that one call links again."""


def prepare(
    content: object,
    *,
    tags: object = (),
    importance: object = None,
    kind: object = None,
    project: object = None,
    timestamp: object = None,
    author: Author,
) -> Memory:
    """A memory out of checked arguments; nothing is stored yet."""
    text, brought = split_trailing_tags(check.content(content))
    given = check.tags(tags)
    return Memory(
        id=new_id(),
        content=text,
        timestamp=now() if timestamp is None else check.moment("timestamp", timestamp),
        importance=0.5 if importance is None else check.importance(importance),
        tags=distinct((*given, *brought)),
        kind=kind_of(text) if kind is None else check.kind(kind),
        project=None if project is None else check.name("project", project),
        source=author.source,
        session=author.session,
    )


def prepare_item(item: object, position: int, author: Author) -> Memory:
    """One item of a bulk store, a text or a mapping; errors say which one it was."""
    given = {"content": item} if isinstance(item, str) else item
    try:
        if not isinstance(given, Mapping):
            raise InputError("it must be a text, or a mapping with a content")
        if unknown := [key for key in given if key not in _GIVEN]:
            raise InputError(f"{unknown[0]!r} is unknown; the keys are {', '.join(_GIVEN)}")
        return prepare(**{"content": None, **given}, author=author)
    except InputError as problem:
        raise InputError(f"item {position}: {problem}") from None


def new_id() -> str:
    """A fresh id: 10 characters of 32 (50 random bits; the table refuses a repetition)."""
    return "mem_" + "".join(_ALPHABET[byte & 31] for byte in os.urandom(10))


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def days_ago(days: float) -> str:
    """The moment so many days back."""
    try:
        return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        return "0000-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Linked:
    """A memory in its place. terms: as indexed; path: its most telling neurons first, counted before it came."""

    memory: Memory
    seq: int
    terms: tuple[str, ...]
    path: tuple[Neuron, ...]


def add(connection: sqlite3.Connection, memory: Memory) -> Linked:
    """Write a new memory: row, full text, network."""
    while memories.by_id(connection, memory.id):
        memory = replace(memory, id=new_id())
    return link(connection, memories.insert(connection, memory), memory)


def link(connection: sqlite3.Connection, seq: int, memory: Memory) -> Linked:
    """Connect a row to the full text and the network."""
    analysis = analyse(memory.content, memory.tags, memory.kind)
    memories.index_terms(connection, seq, analysis.terms)
    total, _ = memories.tallies(connection)
    path = network.add_fiber(connection, seq, analysis.concepts, total, digest(memory))
    memories.mark_linked(connection, seq)
    return Linked(memory, seq, analysis.terms, tuple(path))


def unlink(connection: sqlite3.Connection, seq: int) -> None:
    """Take a row out of the full text and the network, whatever became of the row itself."""
    network.remove_fiber(connection, seq, memories.unindex_terms(connection, seq))


def remove(connection: sqlite3.Connection, seq: int) -> None:
    """Delete a row and everything that was derived from it."""
    unlink(connection, seq)
    memories.delete(connection, seq)
    memories.mark_linked(connection, seq)


def relink(connection: sqlite3.Connection, seq: int, memory: Memory) -> None:
    """Write a row's new values and connect it anew."""
    unlink(connection, seq)
    memories.overwrite(connection, seq, memory)
    link(connection, seq, memory)


def catch_up(connection: sqlite3.Connection) -> None:
    """Link what another program (plain sqlite3, say) added, changed or deleted."""
    changed = memories.unlinked(connection, CATCH_UP)
    present = memories.by_seqs(connection, changed)
    for seq in changed:
        unlink(connection, seq)
        if seq in present:
            link(connection, seq, present[seq])
        memories.mark_linked(connection, seq)


def digest(memory: Memory) -> int:
    """A number that memories with the same words in the same project share, whatever their spacing and case."""
    text = f"{memory.project or ''}\0{' '.join(memory.content.split()).casefold()}"
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


def same_text(connection: sqlite3.Connection, memory: Memory) -> tuple[int, Memory] | None:
    """The current memory that already says exactly this."""
    found = memories.by_seqs(connection, network.same_digest(connection, digest(memory)))
    same = [(seq, m) for seq, m in found.items() if m.replaced_by is None and digest(m) == digest(memory)]
    return min(same) if same else None


def strengthen(connection: sqlite3.Connection, same: tuple[int, Memory], memory: Memory, author: Author) -> Memory:
    """The same text came again: what is there gains the new tags and the higher importance."""
    seq, before = same
    tags = distinct((*before.tags, *memory.tags))
    after = replace(before, tags=tags, importance=max(before.importance, memory.importance))
    revise(connection, seq, before, after, author)
    return after


def revise(connection: sqlite3.Connection, seq: int, before: Memory, after: Memory, author: Author) -> None:
    """Give a memory other values, and note what it was."""
    if after != before:
        relink(connection, seq, after)
        journal.record(connection, "revise", before.id, author, now(), before=(seq, before))


def give_way(
    connection: sqlite3.Connection, old: tuple[int, Memory], new_id: str, author: Author, step: int | None
) -> None:
    """`old` was replaced: it stays in the file, but is not recalled."""
    memories.overwrite(connection, old[0], replace(old[1], replaced_by=new_id))
    memories.mark_linked(connection, old[0])  # its words did not change
    journal.record(connection, "replace", old[1].id, author, now(), before=old, step=step)


def similar(connection: sqlite3.Connection, new: Linked) -> list[Memory]:
    """Other current memories that have most of their terms in common with this one, the closest first (at most 3)."""
    rarest = sorted((n for n in new.path if n.memories > 0), key=lambda n: n.memories)[:6]
    if not rarest:
        return []
    rows = memories.matching(connection, memories.any_of(n.term for n in rarest), 64)
    mine = set(new.terms)
    shares = {
        row: len(mine & set(theirs)) / len(mine | set(theirs))
        for row, theirs in memories.terms_of(connection, [r for r in rows if r != new.seq]).items()
    }
    close = sorted((row for row, share in shares.items() if share >= NEARLY_SAME), key=lambda row: -shares[row])[:3]
    found = memories.by_seqs(connection, close)
    return [found[row] for row in close if row in found and found[row].replaced_by is None]


def suggest_tags(concepts: Iterable[Neuron], close: Iterable[Memory]) -> tuple[str, ...]:
    """Tags that would fit a memory that has none: those in use that it names, those of its neighbours, its names."""
    concepts = list(concepts)
    in_use = [n.name for n in concepts if n.kind == "tag"]
    neighbours = [tag for m in close for tag in m.tags]
    plain = [n for n in concepts if n.kind != "tag" and n.name.isalpha() and 2 < len(n.name) < 20]
    names = [n.name.lower() for n in sorted(plain, key=lambda n: (n.kind != "entity", -n.memories))]
    return distinct((*in_use, *neighbours, *names))[:4]
