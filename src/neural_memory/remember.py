"""How does a text become a memory?  check -> analyse -> one transaction, and then its place in the network.

Storing only appends: the row and its journal entry. That keeps the commit small, so that it is quick, and so that
a plain copy of the file that is made at the same moment is sound. Linking (id, full text, neurons, synapses, fiber) is
derived from the row and comes right after: before the next question is answered, when the client is quiet, or when many
wait. Until then the row stands in `unlinked`, also across a crash.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from neural_memory import check
from neural_memory.deferred import deferred
from neural_memory.errors import InputError
from neural_memory.model import Memory, Neuron
from neural_memory.store import beside, conflicts, journal, memories, network, soundness, twins, usage, vectors
from neural_memory.store.entry import Author
from neural_memory.store.network import Strand, Way
from neural_memory.store.selection import Selection, select
from neural_memory.store.sqlite import Connection
from neural_memory.text.analyse import analyse, leads_on
from neural_memory.text.stop import CALENDAR
from neural_memory.text.tags import distinct, split_trailing_tags, tag_term
from neural_memory.values import dataclass, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from neural_memory import handmade
    from neural_memory.text import kinds, sentences
    from neural_memory.text import relations as stated
else:
    (handmade,) = deferred("neural_memory", "handmade")
    kinds, sentences, stated = deferred("neural_memory.text", "kinds", "sentences", "relations")

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no letter is mistaken for another
NEARLY_SAME = 0.6
"""Share of terms two memories have in common to be called nearly the same."""
_GIVEN = ("content", "tags", "importance", "kind", "project", "timestamp", "session", "valid_until", "pinned")
BACKLOG = 1_000
"""Most memories that wait to be linked; the next store links them first."""


def prepare(
    content: object,
    *,
    tags: object = (),
    importance: object = None,
    kind: object = None,
    project: object = None,
    timestamp: object = None,
    valid_until: object = None,
    pinned: object = False,
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
        tags=check.tags((*given, *brought)),
        kind=kinds.kind_of(text) if kind is None else check.kind(kind),
        project=None if project is None else check.name("project", project),
        source=author.source,
        session=author.conversation,
        valid_until=None if valid_until is None else check.until("valid_until", valid_until, now()),
        pinned=check.flag("pinned", pinned),
    )


def prepare_item(item: object, position: int, author: Author) -> Memory:
    """One item of a bulk store, a text or a mapping; errors say which one it was."""
    given = {"content": item} if isinstance(item, str) else item
    try:
        if not isinstance(given, Mapping):
            raise InputError("it must be a text, or a mapping with a content")
        if unknown := [key for key in given if key not in _GIVEN]:
            raise InputError(f"{unknown[0]!r} is unknown; the keys are {', '.join(_GIVEN)}")
        arguments: dict[str, Any] = {"content": None, **given}
        session = arguments.pop("session", None)
        if session is not None:
            author = Author(author.source, check.name("session", session))
        return prepare(**arguments, author=author)
    except InputError as problem:
        raise InputError(f"item {position}: {problem}") from None


def new_id() -> str:
    """A fresh id: 10 characters of 32 (50 random bits; `add` looks whether it is taken)."""
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
class Fresh:
    """A memory that was stored just now. terms: distinct; path: its most telling neurons first, counted without it."""

    memory: Memory
    seq: int
    digest: int
    terms: frozenset[str]
    path: tuple[Neuron, ...]


def add(connection: Connection, memory: Memory) -> Fresh:
    """Write a new memory; `catch_up` links it. What comes back says how it will be linked."""
    while memories.by_id(connection, memory.id):
        memory = replace(memory, id=new_id())
    return sighted(connection, memories.insert(connection, memory), memory)


def sighted(connection: Connection, seq: int, memory: Memory) -> Fresh:
    """A memory and where in the network it will be linked; seq 0: it has no row yet."""
    analysis = analyse(memory.content, memory.tags, memory.kind)
    path = network.most_telling(connection, analysis.concepts)
    return Fresh(memory, seq, digest(memory), frozenset(analysis.terms), tuple(path))


def glance(seq: int, memory: Memory) -> Fresh:
    """A memory that another process stored and nobody linked yet, as far as duplicates go."""
    analysis = analyse(memory.content, memory.tags, memory.kind)
    return Fresh(memory, seq, digest(memory), frozenset(analysis.terms), ())


def link(connection: Connection, seq: int, memory: Memory) -> None:
    """Connect a row to the full text and the network, and make it known by its id."""
    link_all(connection, {seq: memory})


def link_all(connection: Connection, rows: Mapping[int, Memory], known: Mapping[int, Way] | None = None) -> None:
    """Connect rows, in their order; the network is the same as if each had been linked by itself.

    known: the ways of fibers that come from elsewhere (an export), by row.
    """
    taken = memories.register(connection, [(memory.id, seq) for seq, memory in rows.items()])
    for seq in taken:  # a row added by hand took an id that is in use
        memories.rename(connection, seq, new_id())
    found = {seq: analyse(m.content, m.tags, m.kind) for seq, m in rows.items()}
    memories.index_terms(connection, [(seq, analysis.terms) for seq, analysis in found.items()])
    memories.note_digests(connection, [(seq, digest(memory)) for seq, memory in rows.items()])
    network.add_fibers(connection, [Strand(seq, a.concepts, _way(seq, rows[seq], known)) for seq, a in found.items()])
    memories.mark_linked(connection, rows)
    vectors.expect(connection, rows)
    conflicts.expect(connection, rows)


def _way(seq: int, memory: Memory, known: Mapping[int, Way] | None) -> Way:
    """How a memory runs through the network: what its text states, or, when it comes with its way, just so."""
    if known and seq in known:
        return known[seq]
    return Way(tuple((r.source, r.type, r.target) for r in stated.relations(memory.content)))


def unlink(connection: Connection, seq: int, *, tags: Iterable[str] = (), same_content: bool = False) -> None:
    """Take a row out of all that was derived from it, whatever became of the row itself.

    tags: those it had, when known; same_content: its vectors are still true, and stay.
    """
    unlink_all(connection, [seq], tags=tags, same_content=same_content)


def unlink_all(
    connection: Connection, seqs: Sequence[int], *, tags: Iterable[str] = (), same_content: bool = False
) -> None:
    """Take rows out of all that was derived from them; the arguments are those of `unlink`."""
    if not same_content:
        for seq in seqs:
            vectors.drop(connection, seq)
        conflicts.forget(connection, seqs)
    memories.drop_digests(connection, seqs)
    terms = memories.unindex_terms(connection, seqs)
    network.remove_fibers(connection, {seq: terms.get(seq, []) for seq in seqs})
    for tag in network.tag_neurons(connection, {tag_term(tag): tag for tag in tags}):
        network.demote(connection, tag_term(tag), still_tag=bool(_tagged(connection, tag)))


def _tagged(connection: Connection, tag: str) -> list[tuple[str, int]]:
    """Memories that have a tag, of those that could."""
    could = memories.matching(connection, memories.any_of([tag_term(tag)]), 500)
    return select(connection, Selection(tags=(tag,)), could)


def remove(connection: Connection, seq: int, memory: Memory) -> None:
    """Delete a row and everything that was derived from it."""
    remove_all(connection, {seq: memory})


def remove_all(connection: Connection, rows: Mapping[int, Memory], usage_to: int | None = None) -> None:
    """Delete rows and everything that was derived from them. usage_to: the row that inherits their usage."""
    if usage_to is not None:
        usage.inherit(connection, usage_to, rows)
    going = list(rows)
    for start in range(0, len(going), BACKLOG):  # what was derived from them is held in memory meanwhile
        some = going[start : start + BACKLOG]
        memories.delete(connection, some)
        unlink_all(connection, some, tags=[tag for row in some for tag in rows[row].tags])
        memories.mark_linked(connection, some)


def relink(connection: Connection, seq: int, memory: Memory) -> None:
    """Write a row's new values and connect it anew."""
    relink_all(connection, {seq: memory})


def relink_all(connection: Connection, rows: Mapping[int, Memory]) -> None:
    """Write new values of rows and connect anew those that are found or linked by what changed."""
    before = memories.by_seqs(connection, rows)
    waiting = set(memories.unlinked(connection, 2 * BACKLOG))
    memories.overwrite(connection, rows)
    moved = {seq: m for seq, m in rows.items() if _linked_by(before[seq]) != _linked_by(m)}
    same = [seq for seq in moved if before[seq].content == moved[seq].content]
    other = [seq for seq in moved if before[seq].content != moved[seq].content]
    unlink_all(connection, same, same_content=True)
    unlink_all(connection, other, tags=[tag for seq in moved for tag in before[seq].tags])
    twins.drop(connection, other)
    beside.drop_all_of(connection, other)
    link_all(connection, moved)
    memories.mark_linked(connection, rows.keys() - moved.keys() - waiting)


def _linked_by(memory: Memory) -> tuple[object, ...]:
    """What a memory's place in the full text, the digests and the network is derived from."""
    return memory.content, memory.tags, memory.kind, memory.project


def catch_up(connection: Connection) -> None:
    """Link what was stored, and what another program (plain sqlite3, say) added, changed or deleted."""
    changed = memories.unlinked(connection, 2 * BACKLOG)
    if not changed:
        return
    present = handmade.put_right(connection, memories.raw(connection, changed), now(), new_id)
    derived = memories.derived_from(connection, changed)
    digests = memories.digests(connection, derived)
    same = [seq for seq in derived if seq in present and digests.get(seq) == digest(present[seq])]
    unlink_all(connection, same, same_content=True)
    unlink_all(connection, [seq for seq in derived if seq not in same])
    link_all(connection, {seq: present[seq] for seq in changed if seq in present})
    gone = [seq for seq in changed if seq not in present]
    memories.delete(connection, gone)
    if gone:
        memories.clear_dangling(connection)
    memories.mark_linked(connection, changed)
    soundness.touch(connection)


def unlinked_terms(connection: Connection) -> dict[int, tuple[str, ...]]:
    """row -> terms of memories that could not be linked yet (the file is locked, or cannot be written)."""
    found = memories.by_seqs(connection, memories.unlinked(connection, BACKLOG))
    return {seq: analyse(m.content, m.tags, m.kind).terms for seq, m in found.items()}


def digest(memory: Memory) -> int:
    """A number that memories with the same words in the same project share, whatever their spacing and case."""
    return _number(memory, " ".join(memory.content.split()).casefold())


def wording(memory: Memory) -> int:
    """A number that memories with the same text in the same project share, whatever their line ends; one line also
    whatever its blanks and its first capital.

    All else counts: a flag -v is not a flag -V, and indentation may be what matters.
    """
    text = memory.content.replace("\r\n", "\n").replace("\r", "\n").strip()
    return _number(memory, text if "\n" in text else sentences.plainly(text))


def _number(memory: Memory, text: str) -> int:
    import hashlib  # brings OpenSSL along, which a question does not need

    said = f"{memory.project or ''}\0{text}".encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(said, digest_size=8).digest(), "big", signed=True)


def same_text(connection: Connection, memory: Memory, fresh: Iterable[Fresh] = ()) -> tuple[int, Memory] | None:
    """The current memory that already says exactly this. fresh: what may not be linked yet."""
    mine = digest(memory)
    rows = [other.seq for other in fresh if other.digest == mine]
    return same_texts(connection, [memory], rows).get(wording(memory))


def same_texts(
    connection: Connection, texts: Iterable[Memory], rows: Iterable[int] = ()
) -> dict[int, tuple[int, Memory]]:
    """By wording, the oldest current memory that says just what one of `texts` does. rows: of further ones that may."""
    wanted = {wording(memory): digest(memory) for memory in texts}
    found = memories.by_seqs(connection, {*memories.same_digests(connection, set(wanted.values())), *rows})
    same: dict[int, tuple[int, Memory]] = {}
    for seq, memory in sorted(found.items()):
        if memory.replaced_by is None and (mine := wording(memory)) in wanted:
            same.setdefault(mine, (seq, memory))
    return same


def strengthen(
    connection: Connection, same: tuple[int, Memory], memory: Memory, author: Author, step: int | None = None
) -> tuple[Memory, int]:
    """The same text came again: what is there gains the new tags and the higher importance. Returns it and the step.

    Said again without an end, it holds again after its time was over; and it speaks of the code as it is now.
    It is noted even when nothing changes: who was told "already stored" must not lose it to the undo of who stored it.
    """
    seq, before = same
    tags = distinct((*before.tags, *memory.tags))
    until = memory.valid_until or (None if before.expired(now()) else before.valid_until)
    importance = max(before.importance, memory.importance)
    after = replace(
        before,
        tags=tags,
        importance=importance,
        valid_until=until,
        pinned=before.pinned or memory.pinned,
        anchors=memory.anchors or before.anchors,
    )
    if after != before:
        relink(connection, seq, after)
    return after, journal.record(connection, "revise", before.id, author, now(), before=same, after=after, step=step)


def revise(connection: Connection, seq: int, before: Memory, after: Memory, author: Author) -> None:
    """Give a memory other values, and note what it was."""
    if after != before:
        relink(connection, seq, after)
        journal.record(connection, "revise", before.id, author, now(), before=(seq, before), after=after)


def give_way(connection: Connection, old: tuple[int, Memory], new_id: str, author: Author, step: int | None) -> None:
    """`old` was replaced: it stays in the file, but is not recalled."""
    memories.set_replaced_by(connection, old[0], new_id)
    after = replace(old[1], replaced_by=new_id)
    journal.record(connection, "replace", old[1].id, author, now(), before=old, after=after, step=step)


def similar(connection: Connection, new: Fresh, fresh: Iterable[Fresh]) -> list[Memory]:
    """Other current memories that have most of their terms in common with this one, the closest first (at most 3).

    fresh: what was stored just now and may not be linked yet.
    """
    rows = _sharing(connection, sorted((n for n in new.path if n.memories > 0), key=lambda n: n.memories)[:6])
    others = {row: frozenset(text.split()) for row, text in memories.term_texts(connection, rows).items()}
    others |= {other.seq: other.terms for other in fresh}
    shares = {row: _share(new.terms, terms) for row, terms in others.items()}
    shares |= dict.fromkeys(memories.same_digests(connection, {new.digest}), 1.0)
    shares |= {other.seq: 1.0 for other in fresh if other.digest == new.digest}
    shares.pop(new.seq, None)
    close = sorted((row for row, share in shares.items() if share >= NEARLY_SAME), key=lambda row: -shares[row])[:3]
    found = memories.by_seqs(connection, close)
    return [found[row] for row in close if row in found and found[row].replaced_by is None]


def _sharing(connection: Connection, rarest: Sequence[Neuron]) -> list[int]:
    """Memories with two of these, or with one that few have: what says the same has, however old it is."""
    few = sum(1 for total in accumulate(n.memories for n in rarest) if total <= 32)
    terms = [n.term for n in rarest]
    wanted = [memories.any_of([term]) for term in terms[:few]]
    wanted += [  # each term is looked up once for all that come after it
        f"({memories.both(memories.any_of([terms[at]]), memories.any_of(terms[at + 1 :]))})"
        for at in range(few, len(terms) - 1)
    ]
    wanted = wanted or [memories.any_of([term]) for term in terms]
    return memories.matching(connection, " OR ".join(wanted), 64) if wanted else []


def _share(mine: frozenset[str], theirs: frozenset[str]) -> float:
    """How much two sets of terms have in common: 0 nothing, 1 everything (Jaccard)."""
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0


def suggest_tags(
    new: Fresh, close: Iterable[Memory], fresh: Iterable[Fresh], topics: Iterable[str] = ()
) -> tuple[str, ...]:
    """Tags that would fit a memory that has none: those in use that it names, those of its neighbours, its names, and
    what it is about (topics).
    """
    concepts = new.path
    in_use = [n.name for n in concepts if n.kind == "tag"]
    in_use += [tag for other in fresh for tag in other.memory.tags if tag_term(tag) in new.terms]
    neighbours = [tag for m in close for tag in m.tags]
    named = [n.name.lower() for n in concepts if n.kind == "entity" and n.name.isalpha() and 2 < len(n.name) < 20]
    names = [name for name in named if not {name, name.removesuffix("s")} & CALENDAR]  # "Tuesdays" is no topic
    shared = [n.name for n in concepts if n.kind == "word" and n.memories > 1 and leads_on(n.term) and n.name.isalpha()]
    by_term: dict[str, str] = {}  # one spelling of each: that of a tag in use, if there is one
    for tag in (*in_use, *neighbours, *names, *topics, *sorted(shared, key=len, reverse=True)):
        by_term.setdefault(tag_term(tag.replace("-", " ").replace("_", " ")), tag)
    return tuple(by_term.values())[:4]
