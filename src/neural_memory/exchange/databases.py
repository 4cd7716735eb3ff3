"""What do other tools keep in their SQLite files?  One function a tool; a file is known by its tables.

mcp-memory-service    memories(content_hash, content, tags, memory_type, metadata, created_at …)
mem0                  history(memory_id, new_memory, event, …): the last state of each memory
claude-mem            observations(title, subtitle, narrative, facts, concepts, …), session_summaries(learned, …)
the other             brains, fibers, neurons, typed_memories: the package on PyPI that is called neural-memory, too,
  neural-memory       in ~/.neuralmemory/brains
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from neural_memory import spelling
from neural_memory.errors import InputError
from neural_memory.exchange.items import Item, Read, Refused
from neural_memory.exchange.json_list import understood
from neural_memory.exchange.source import Source
from neural_memory.store.foreign import MAGIC, Foreign, Joined, opened

_OF_TABLES = (
    ("claude-mem", "observations", ("memory_session_id", "created_at_epoch")),
    ("other-neural-memory", "fibers", ("anchor_neuron_id", "brain_id")),
    ("mcp-memory-service", "memories", ("content_hash", "content")),
    ("mem0", "history", ("memory_id", "new_memory", "event")),
)
_POINTS = (
    "the vectors and texts of a local Qdrant, as pickled Python objects, which are not opened: they could run code"
)


def is_database(source: Source) -> bool:
    return source.head()[:16] == MAGIC


def recognised(source: Source) -> str:
    """Whose database this is."""
    with opened(source.path) as foreign:
        for name, table, columns in _OF_TABLES:
            if foreign.has(table, *columns):
                return name
        if foreign.has("points", "point"):
            raise InputError(f"{source.path} holds {_POINTS}. Import mem0's history.db, or an export of `get_all`")
        if foreign.has("memories", "content", "seq"):
            raise InputError(f"{source.path} is a memory of our own; export it with --home, and import that")
        tables = ", ".join(list(foreign.tables)[:8]) or "none"
    raise InputError(f"{source.path} is a database that is not recognised (its tables: {tables})")


def to_the_end(read: Callable[[Source], Iterator[Read]]) -> Callable[[Source], Iterator[Read]]:
    """A reader that tells of damage in the middle of a file as of a bad line; what came before it stays."""

    def reading(source: Source) -> Iterator[Read]:
        begun = False
        try:
            for one in read(source):
                begun = True
                yield one
        except InputError as problem:
            if not begun:
                raise
            yield Refused("the rest", str(problem))

    return reading


@contextmanager
def _rows(source: Source, table: str) -> Iterator[Foreign]:
    """The database, with how much of it there is to read."""
    with opened(source.path) as foreign:
        if table not in foreign.tables:
            raise InputError(f"{source.path} has no table {table}; leave --from out to have it recognised")
        source.size, source.done = foreign.count(table), 0
        yield foreign


# -- mcp-memory-service ----------------------------------------------------------------------------------


def memory_service(source: Source) -> Iterator[Read]:
    """Rows of `memories` that were not deleted."""
    names = ("content_hash", "content", "tags", "memory_type", "metadata", "created_at", "created_at_iso", "deleted_at")
    with _rows(source, "memories") as foreign:
        for source.done, row in enumerate(foreign.rows("memories", names), 1):
            if row["deleted_at"] is None:
                yield _item(f"row {source.done}", {**row, "metadata": _object(row["metadata"])})


def _item(where: str, values: dict[str, Any], mark: str = "") -> Read:
    try:
        return Item(where, understood(values, mark))
    except ValueError as problem:
        return Refused(where, str(problem), json.dumps(values, ensure_ascii=False, default=str)[:2_000])


def _object(text: Any) -> dict[str, Any]:
    found = _json(text)
    return found if isinstance(found, dict) else {}


def _json(text: Any) -> Any:
    if not isinstance(text, str):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _texts(text: Any) -> list[str]:
    """A JSON list of texts."""
    found = _json(text)
    return [each for each in found if isinstance(each, str) and each.strip()] if isinstance(found, list) else []


# -- mem0 ------------------------------------------------------------------------------------------------


def mem0_history(source: Source) -> Iterator[Read]:
    """What the history says each memory was at last, unless it was deleted."""
    names = ("memory_id", "new_memory", "event", "created_at", "updated_at", "is_deleted")
    last: dict[str, tuple[str, int, str | None, str | None]] = {}
    with _rows(source, "history") as foreign:
        for source.done, row in enumerate(foreign.rows("history", names), 1):
            id = row["memory_id"]
            if not isinstance(id, str):
                yield Refused(f"row {source.done}", "it has no memory_id")
            elif row["event"] == "DELETE" or row["is_deleted"] or not isinstance(row["new_memory"], str):
                last.pop(id, None)
            else:
                first = last[id][2] if id in last else None
                when = first or spelling.moment(row["created_at"]) or spelling.moment(row["updated_at"])
                last[id] = row["new_memory"], source.done, when, id
    for id, (text, number, when, _) in last.items():
        given = {"content": text, "id": spelling.id_of(id), "timestamp": when}
        yield Item(f"row {number}", {name: value for name, value in given.items() if value is not None})


# -- claude-mem ------------------------------------------------------------------------------------------

_OBSERVED = (
    "id",
    "project",
    "type",
    "text",
    "title",
    "subtitle",
    "narrative",
    "facts",
    "concepts",
    "created_at",
    "created_at_epoch",
)
_SUMMED = ("id", "project", "request", "learned", "completed", "next_steps", "created_at", "created_at_epoch")


def claude_mem(source: Source) -> Iterator[Read]:
    """Each observation a memory: title, narrative and facts, concepts as tags; and what a session learned."""
    with _rows(source, "observations") as foreign:
        for source.done, row in enumerate(foreign.rows("observations", _OBSERVED), 1):
            parts = [row["title"], row["narrative"] or row["text"] or row["subtitle"]]
            facts = _texts(row["facts"])
            text = ": ".join(part.strip() for part in parts if isinstance(part, str) and part.strip())
            text += "".join(f"\n- {fact}" for fact in facts)
            yield _observed(f"observation {row['id']}", row, text, "claude-mem-", _texts(row["concepts"]))
        if "session_summaries" in foreign.tables:
            for row in foreign.rows("session_summaries", _SUMMED):
                learned = row["learned"] if isinstance(row["learned"], str) else ""
                if learned.strip():
                    yield _observed(f"summary {row['id']}", row, learned.strip(), "claude-mem-s", [])


def _observed(where: str, row: dict[str, Any], text: str, mark: str, concepts: list[str]) -> Read:
    if not text.strip():
        return Refused(where, "it has no text")
    given = {
        "content": text,
        "tags": spelling.tags(concepts) or None,
        "kind": spelling.kind(row.get("type")) or ("insight" if mark.endswith("s") else None),
        "project": spelling.line(row["project"]),
        "timestamp": spelling.moment(row["created_at_epoch"]) or spelling.moment(row["created_at"]),
        "id": spelling.id_of(row["id"], mark),
    }
    return Item(where, {name: value for name, value in given.items() if value is not None})


# -- the other neural-memory -----------------------------------------------------------------------------


def other_neural_memory(source: Source) -> Iterator[Read]:
    """Each fiber a memory: the text of its anchor (or its summary), tags, type, priority, expiry and project."""
    with _rows(source, "fibers") as foreign:
        for source.done, row in enumerate(foreign.joined(_FIBERS), 1):
            metadata = _object(row["metadata"])
            if metadata.get("_column"):  # the same memory once more, for its own search
                continue
            text = metadata.get("content") or row["anchor"] or row["summary"]
            if not isinstance(text, str) or not text.strip():
                yield Refused(f"fiber {row['id']}", "it has no text")
                continue
            said = spelling.tags([*_texts(row["stated_tags"]), *_texts(row["agent_tags"])])
            given = {
                "content": text,
                "tags": said or spelling.tags(_texts(row["tags"])) or None,
                "kind": spelling.kind(row["memory_type"]),
                "importance": _priority(row["priority"]),
                "project": spelling.line(row["project"]),
                "valid_until": spelling.moment(row["expires_at"]),
                "timestamp": spelling.moment(row["created_at"]),
                "pinned": True if row["pinned"] else None,
                "id": spelling.id_of(row["id"]),
            }
            yield Item(f"fiber {row['id']}", {name: value for name, value in given.items() if value is not None})


_FIBERS = Joined(
    "fibers",
    {"typed_memories": "typed_memories.brain_id = fibers.brain_id AND typed_memories.fiber_id = fibers.id",
     "neurons": "neurons.brain_id = fibers.brain_id AND neurons.id = fibers.anchor_neuron_id",
     "projects": "projects.brain_id = fibers.brain_id AND projects.id = typed_memories.project_id"},
    {"id": "fibers.id", "summary": "fibers.summary", "tags": "fibers.tags", "agent_tags": "fibers.agent_tags",
     "metadata": "fibers.metadata", "created_at": "fibers.created_at", "pinned": "fibers.pinned",
     "anchor": "neurons.content", "memory_type": "typed_memories.memory_type", "project": "projects.name",
     "priority": "typed_memories.priority", "expires_at": "typed_memories.expires_at",
     "stated_tags": "typed_memories.tags"},
)  # fmt: skip


def _priority(value: Any) -> float | None:
    """0 to 10, as a share of 10; 5 is what everything has."""
    return value / 10 if isinstance(value, int) and 0 <= value <= 10 else None


# -- folders that hold one -------------------------------------------------------------------------------


def inside(folder: Path) -> Path | None:
    """The database in a tool's own folder: ~/.claude-mem, ~/.mem0, ~/.neuralmemory."""
    for name in ("claude-mem.db", "history.db", "sqlite_vec.db"):
        if (folder / name).is_file():
            return folder / name
    brains = sorted(folder.glob("brains/*.db")) or sorted(folder.glob("*.db"))
    if len(brains) > 1:
        names = ", ".join(str(path) for path in brains[:8])
        raise InputError(f"{folder} holds several databases; import them one by one: {names}")
    return brains[0] if brains else None
