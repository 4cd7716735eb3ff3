"""How does what was read become memories?  In batches, each one transaction, and all of it one step for `undo`.

What is there already is recognised: by its id, or by its text. A memory with a known id that reads differently was
changed on one side or the other, and `exchanged` knows the state it last came or went in: what changed over there only
is taken over, what changed here only is kept, and what changed on both sides is left as it is here and reported.
An import that is interrupted is finished by running it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from neural_memory import check, remember, remember_many, secrecy
from neural_memory.errors import InputError
from neural_memory.exchange import batches
from neural_memory.exchange.items import MAX_ITEMS, Item, Read, Refused, Remark, Row
from neural_memory.exchange.sameness import state
from neural_memory.linked_file import LinkedFile
from neural_memory.model import Memory
from neural_memory.outcomes import Imported
from neural_memory.spelling import line
from neural_memory.store import carried, journal, memories
from neural_memory.store.entry import Author
from neural_memory.store.sqlite import Connection
from neural_memory.text.kinds import kind_of
from neural_memory.values import dataclass, replace

NEAR = 1_000
"""New memories of one import that are compared with what is stored, for being nearly the same (2 ms each)."""
_LABELS = 10_000
MOST_NAMED = 500
"""Most lines of each kind that a report names; all of them are counted."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to take things in.

    source: of what says of itself no other ("import:mem0"); place: where it comes from, for `exchanged`;
    restore: our own export comes back as it was, trust, usage, journal and network included;
    theirs: what changed on both sides, or was forgotten here, is taken over: all of it, or these ids;
    keep_source: sources that are stated are kept; secrets: one of `secrecy.POLICIES`; about: values for every memory
    that does not state them
    """

    source: str = "import"
    place: str = ""
    restore: bool = False
    theirs: bool | frozenset[str] = False
    keep_source: bool = False
    secrets: str = secrecy.ASK
    dry_run: bool = False
    about: Mapping[str, Any] | None = None


class Intake:
    """One import while it runs. `Report` is what is told of it."""

    def __init__(self, file: LinkedFile, plan: Plan, session: str | None) -> None:
        self._file, self._plan = file, plan
        self._author = Author(plan.source, session)
        self._at = remember.now()
        self.step: int | None = None
        self.counts = dict.fromkeys(("read", "new", "known", "older", "left_out"), 0)
        self.named: dict[str, list[tuple[str, str]]] = {}
        self._seen: set[int] = set()  # ids, and in a dry run texts, by their hashes
        self._clean: set[tuple[str | None, ...]] = set()  # tags and projects without a secret
        self._near = 0
        self._foreign = False  # its journal is of another file than the one that is here
        self.rejected: Callable[[Refused], None] | None = None

    # -- telling -------------------------------------------------------------------------------------------

    def note(self, what: str, where: str, text: str) -> None:
        """Count something, and name it while there is room."""
        self.counts[what] = self.counts.get(what, 0) + 1
        named = self.named.setdefault(what, [])
        if len(named) < MOST_NAMED:
            named.append((where, text))

    def report(self, format: str, path: str) -> Imported:
        """What has happened so far."""
        named = {what: tuple(each) for what, each in self.named.items()}
        return Imported(format, path, dry_run=self._plan.dry_run, named=named, **self.counts)

    def miss(self, place: str) -> None:
        """Note what was exchanged with a place before, is still here, and did not come this time."""
        with self._file.read() as connection:
            for id in carried.all_exchanged(connection, place):
                if hash(id) not in self._seen:
                    self.note("missing", id, "its file is gone")

    def refuse(self, refused: Refused) -> None:
        self.note("refused", refused.where, refused.reason)
        if self.rejected is not None:
            self.rejected(refused)

    # -- the run -------------------------------------------------------------------------------------------

    def take(self, reads: Iterable[Read], progress: Callable[[int], None] | None = None) -> None:
        """Take in everything; progress is called after each transaction with how many were read."""
        source = iter(reads)
        while self._take_batch(source):
            if progress is not None:
                progress(self.counts["read"])
            if self.counts["read"] >= MAX_ITEMS:
                if next(source, None) is not None:
                    self.note("refused", "the rest", f"one import takes {MAX_ITEMS:,} memories: split the source")
                break
        if not self._plan.dry_run and self.counts["new"]:
            with self._transaction() as connection:
                memories.clear_dangling(connection)

    def _take_batch(self, source: Iterator[Read]) -> bool:
        """Take in as many as one transaction takes; False when there are no more."""
        with batches.uncollected():
            batch = batches.batch(source)
            items = list(self._usable(batch))
            rows = [one for one in batch if isinstance(one, Row)]
            if items or rows:
                with self._transaction() as connection:
                    self._carry(connection, [row for row in rows if row.table == "journal"])
                    self._store(connection, items)
                    self._carry(connection, [row for row in rows if row.table != "journal"])
            return bool(batch)

    def _transaction(self) -> AbstractContextManager[Connection]:
        return self._file.read() if self._plan.dry_run else self._file.write()

    def _usable(self, batch: list[Read]) -> Iterator[tuple[Item, dict[str, Any]]]:
        """The items whose fields can be used; the others are noted."""
        for one in batch:
            if isinstance(one, Refused):
                self.refuse(one)
            elif isinstance(one, Remark):
                self.note(one.what, one.where, one.text)
            elif isinstance(one, Item):
                self.counts["read"] += 1
                try:
                    given = checked(with_defaults(one.given, self._plan.about), as_it_is=self._plan.restore)
                except InputError as problem:
                    self.refuse(Refused(one.where, str(problem), str(one.given.get("content", ""))))
                    continue
                if self._again(given.get("id")):
                    self.refuse(Refused(one.where, f"{given['id']} came before in the same source", given["content"]))
                else:
                    yield one, given

    def _again(self, id: str | None) -> bool:
        if id is None:
            return False
        if hash(id) in self._seen:
            return True
        self._seen.add(hash(id))
        return False

    def _may(self, where: str, given: dict[str, Any], here: Mapping[str, tuple[int, Memory]]) -> bool:
        """Can it be stored? What is here already to the letter was let in before."""
        known = here.get(given.get("id", ""))
        return (known is not None and known[1].content == given["content"]) or self._without_secrets(where, given)

    def _without_secrets(self, where: str, given: dict[str, Any]) -> bool:
        """Can it be stored? Not with a secret in it, unless that was said."""
        texts = {name: given[name] for name in ("content", "tags", "project") if given.get(name)}
        if (labels := (*given.get("tags", ()), given.get("project"))) in self._clean:
            texts = {"content": given["content"]}  # the same labels again and again: they are looked at once
        memory = Memory(id="", timestamp="", **texts)
        if self._plan.secrets == secrecy.KEEP or not (what := secrecy.found(memory)):
            if len(self._clean) < _LABELS:
                self._clean.add(labels)
            return True
        if self._plan.secrets == secrecy.REDACT:
            clean = secrecy.without(memory)
            given |= {name: getattr(clean, name) for name in texts}
            self.note("redacted", where, secrecy.listed(what))
            return True
        self.note("held", where, secrecy.listed(what))
        return False

    # -- one batch ---------------------------------------------------------------------------------------

    def _store(self, connection: Connection, items: list[tuple[Item, dict[str, Any]]]) -> None:
        ids = [given["id"] for _, given in items if "id" in given]
        here = present(connection, ids)
        gone = self._forgotten(connection, set(ids) - here.keys())
        items = [(item, given) for item, given in items if self._wanted(item, given, gone)]
        items = [(item, given) for item, given in items if self._may(item.where, given, here)]
        fresh: list[tuple[Item, Memory]] = []
        for item, given in items:
            known = here.get(given.get("id", ""))
            if known is None:
                fresh.append((item, self._new(item, given)))
        self._meet(connection, [(item, given) for item, given in items if given.get("id") in here], here)
        self._add(connection, fresh)

    def _forgotten(self, connection: Connection, missing: set[str]) -> set[str]:
        """What is not here because somebody forgot it; a whole export comes back as it was, and so may theirs."""
        missing = {id for id in missing if not self._takes(id)}
        if not missing or self._plan.restore:
            return set()
        return journal.forgotten(connection, missing)

    def _takes(self, *ids: object) -> bool:
        """Is what they have to be taken over, whatever became of it here? ids: by which it may have been named."""
        theirs = self._plan.theirs
        return theirs if isinstance(theirs, bool) else not theirs.isdisjoint(ids)

    def _wanted(self, item: Item, given: dict[str, Any], gone: set[str]) -> bool:
        if given.get("id") not in gone:
            return True
        self.note("forgotten", item.where, given["id"])
        return False

    def _new(self, item: Item, given: dict[str, Any]) -> Memory:
        """What is not there yet, with what it does not state."""
        plan = self._plan
        values = {"id": remember.new_id(), "timestamp": item.when or self._at, "kind": None, **given}
        values["kind"] = values["kind"] or kind_of(given["content"])
        if not plan.restore:
            values |= {"trust": "imported", "session": None}
        if "source" not in values or not (plan.keep_source or plan.restore):
            values["source"] = plan.source
        return Memory(**values)

    def _meet(
        self,
        connection: Connection,
        items: list[tuple[Item, dict[str, Any]]],
        here: Mapping[str, tuple[int, Memory]],
    ) -> None:
        """What is known by its id: the same, changed over there, changed here, or both."""
        last = carried.exchanged(connection, self._plan.place, [memory.id for _, memory in here.values()])
        states: dict[str, str] = {}
        for item, given in items:
            row, mine = here[given["id"]]
            theirs = theirs_of(mine, given, whole=item.whole)
            was, now, then = state(mine), state(theirs), last.get(mine.id)
            merged = given["id"] != mine.id and theirs.content == mine.content
            if was == now or merged:
                self.counts["known"] += 1
                states |= {} if merged else {mine.id: now}
            elif was == then or self._takes(mine.id, given["id"]):
                self.note("revised", item.where, mine.id)
                self._revise(connection, (row, mine), theirs)
                states[mine.id] = now
            elif now == then or (then is None and self._was(connection, mine.id, now)):
                self.counts["older"] += 1
            else:
                self.note("conflicts", item.where, mine.id)
        if not self._plan.dry_run:
            carried.note_exchanged(connection, self._plan.place, states)

    def _revise(self, connection: Connection, mine: tuple[int, Memory], theirs: Memory) -> None:
        if self._plan.dry_run:
            return
        remember.relink(connection, mine[0], theirs)
        self.step = journal.record(
            connection, "import", mine[1].id, self._author, self._at, before=mine, after=theirs, step=self.step
        )

    def _was(self, connection: Connection, id: str, now: str) -> bool:
        """Did this memory once read so, as far as the journal knows?"""
        return any(state(before) == now for before in journal.befores(connection, [id]))

    def _add(self, connection: Connection, fresh: list[tuple[Item, Memory]]) -> None:
        """Write what is new, but for texts that are there already."""
        if not self._plan.restore:
            fresh = list(self._unlike(connection, fresh))
        if self._plan.dry_run:
            self.counts["new"] += len(fresh)
            return
        restored = self._plan.restore and all(item.row for item, _ in fresh)
        rows = [item.row or 0 for item, _ in fresh] if restored else None
        if rows and carried.last_row(connection) >= min(rows):
            rows = None
        ways = {memory.id: item.way for item, memory in fresh if item.way is not None}
        added = remember_many.add(connection, [memory for _, memory in fresh], ways, rows)
        self.counts["new"] += len(added)
        came = {memory.id: row for row, memory in added.items()}
        if self._plan.restore and not self._foreign:
            self.step = journal.record_restored(connection, came, self._author, self._at, self.step)
        else:
            self.step = journal.record_new(connection, "import", list(came), self._author, self._at, self.step)
        stable = {m.id: state(m) for (item, _), m in zip(fresh, added.values(), strict=True) if "id" in item.given}
        carried.note_exchanged(connection, self._plan.place, {} if self._plan.restore else stable)
        if self._plan.restore:
            used = {row: item.used for row, (item, _) in zip(added, fresh, strict=True) if item.used}
            carried.put_usage(connection, used)

    def _unlike(self, connection: Connection, fresh: list[tuple[Item, Memory]]) -> Iterator[tuple[Item, Memory]]:
        """Those whose text is not stored; the others only bring tags and importance along."""
        wordings = [remember.wording(memory) for _, memory in fresh]
        same = remember.same_texts(connection, [memory for _, memory in fresh])
        first: dict[int, int] = {}
        kept: list[tuple[Item, Memory]] = []
        for mine, (item, memory) in zip(wordings, fresh, strict=True):
            if memory.replaced_by is not None:
                kept.append((item, memory))
            elif mine in same:
                self.counts["known"] += 1
                same[mine] = same[mine][0], self._strengthen(connection, same[mine], memory, item)
            elif mine in first:
                self.counts["known"] += 1
                kept[first[mine]] = kept[first[mine]][0], remember_many.both(kept[first[mine]][1], memory)
            elif self._plan.dry_run and mine in self._seen:
                self.counts["known"] += 1
            else:
                first[mine] = len(kept)
                kept.append((item, memory))
        if self._plan.dry_run:
            self._seen.update(first)
        for item, memory in kept:
            self._compare(connection, item, memory)
        yield from kept

    def _strengthen(self, connection: Connection, same: tuple[int, Memory], again: Memory, item: Item) -> Memory:
        """The same text came again. When it came under an id, that id answers with the memory that is here."""
        row, mine = same
        after = remember_many.both(mine, again)
        if self._plan.dry_run:
            return after
        if after != mine:
            remember.relink(connection, row, after)
            self.step = journal.record(
                connection, "import", mine.id, self._author, self._at, before=same, after=after, step=self.step
            )
        if "id" in item.given:
            carried.put_rows(connection, "aliases", [{"id": again.id, "memory": mine.id}])
        return after

    def _compare(self, connection: Connection, item: Item, memory: Memory) -> None:
        """Is something stored that says nearly the same? Asked for the first thousand only."""
        if self._near >= NEAR:
            return
        self._near += 1
        close = remember.similar(connection, remember.sighted(connection, 0, memory), ())
        if close:
            self.note("near", item.where, close[0].id)

    def _carry(self, connection: Connection, rows: list[Row]) -> None:
        """The other tables of an export: all of them when it is restored, else only ids that answer for others."""
        for table in dict.fromkeys(row.table for row in rows):
            mine = [row.values for row in rows if row.table == table]
            if table == "aliases":
                mine = self._leading(connection, [row for row in rows if row.table == table])
            wanted = self._plan.restore or table == "aliases"
            if table == "journal" and wanted:  # steps of two files must not become one
                self._foreign = self._foreign or carried.is_another_journal(connection, mine)
                wanted = not self._foreign
            self.counts["left_out"] += 0 if wanted else len(mine)
            if self._plan.dry_run or not wanted:
                continue
            if table == "neurons":
                carried.name_neurons(connection, [(r["term"], r["name"], r["kind"]) for r in mine])
            else:
                self.counts["left_out"] += len(mine) - carried.put_rows(connection, table, mine)

    def _leading(self, connection: Connection, rows: list[Row]) -> list[Mapping[str, Any]]:
        """Those ids that may answer for another memory: a memory that is here answers for itself."""
        living = memories.known_ids(connection, [row.values["id"] for row in rows])
        for row in rows:
            if row.values["id"] in living:
                self.refuse(Refused(row.where, f"{row.values['id']} is a memory here, and answers for itself"))
        return [row.values for row in rows if row.values["id"] not in living]


_MUTABLE = (
    *("content", "timestamp", "importance", "tags", "kind", "project", "replaced_by", "valid_until", "pinned"),
    "anchors",
)


def theirs_of(mine: Memory, given: Mapping[str, Any], *, whole: bool) -> Memory:
    """A memory that is here, as it reads over there. whole: what is not stated there is not there."""
    stated = {name: value for name, value in given.items() if name in _MUTABLE}
    return replace(mine, **(_NOTHING | stated if whole else stated))


_NOTHING = {"tags": (), "project": None, "replaced_by": None, "valid_until": None, "pinned": False, "anchors": ()}


def present(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[int, Memory]]:
    """Of these ids, those that are in use or answer for another memory: with its row and the memory."""
    rows = memories.known_ids(connection, ids)
    others = memories.aliases(connection, [id for id in ids if id not in rows])
    targets = memories.known_ids(connection, others.values())
    rows |= {id: targets[other] for id, other in others.items() if other in targets}
    found = memories.by_seqs(connection, rows.values())
    return {id: (row, found[row]) for id, row in rows.items() if row in found}


def with_defaults(given: Mapping[str, Any], about: Mapping[str, Any] | None) -> dict[str, Any]:
    """What an item states, with values for what it does not; tags come in addition."""
    values = {**(about or {}), **{name: value for name, value in given.items() if value is not None}}
    if about and about.get("tags"):
        values["tags"] = (*(given.get("tags") or ()), *about["tags"])
    return values


def checked(given: Mapping[str, Any], *, as_it_is: bool = False) -> dict[str, Any]:
    """Fields that can be stored; the first one that cannot is an `InputError`. as_it_is: also a text that only somebody
    who wrote it by hand could store, blank or too long.
    """
    values = {name: value for name, value in given.items() if value is not None}
    values["content"] = check.content(values.get("content"), as_it_is=as_it_is)
    for name, how in _CHECKS.items():
        if values.get(name) is not None:
            values[name] = how(values[name])
    return values


def _pinned(value: object) -> bool:
    return check.flag("pinned", value)


def _trust(value: object) -> str:
    if value not in ("stored", "imported", "captured"):
        raise InputError(f"trust is {str(value)[:40]!r}; it must be stored, imported or captured")
    return str(value)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "id": check.memory_id,
    "timestamp": lambda value: check.moment("timestamp", value),
    "importance": check.importance,
    "tags": check.tags,
    "kind": check.kind,
    "project": lambda value: check.name("project", value),
    "source": lambda value: line(value) or "import",
    "session": line,
    "replaced_by": check.memory_id,
    "valid_until": lambda value: check.moment("valid_until", value),
    "pinned": _pinned,
    "trust": _trust,
}
