"""How does a memory look as a Markdown file?  A file each, front matter above the text, names that stay.

The folder has a mark, `.neural-memory.json`, that tells it from others: by it both sides know in which state a memory
last went or came. A file without an id is a memory of its own, known by its name.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from neural_memory import spelling
from neural_memory.errors import InputError
from neural_memory.exchange import front_matter
from neural_memory.exchange.items import MAX_RAW, Item, Read, Refused
from neural_memory.exchange.source import NUL, Source, files
from neural_memory.exchange.writing import put_file
from neural_memory.model import KINDS, Memory
from neural_memory.store.anchors import anchors, kept_anchors

MARK = ".neural-memory.json"
FORMAT, VERSION = "neural-memory folder", 1
MAX_FILES = 200_000
MAX_SIZE = 1_000_000
_ID = re.compile(r"mem_[0-9A-Za-z_-]{1,64}\Z")


# -- the folder ----------------------------------------------------------------------------------------


def mark_of(folder: Path) -> str | None:
    """What the folder is told apart by; None when it is none of ours."""
    path = folder / MARK
    if not path.is_file() or path.is_symlink() or path.stat().st_size > 10_000:
        return None
    try:
        found = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError):
        raise InputError(f"{path} is damaged; restore it, or remove it to take the folder as plain notes") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        return None
    if not isinstance(found.get("version"), int) or found["version"] > VERSION:
        raise InputError(f"{folder} was written by a newer neural-memory: upgrade with `pip install -U neural-memory`")
    return spelling.line(found.get("folder"))


def place(folder: Path) -> str:
    """The name under which `exchanged` knows this folder."""
    return f"folder:{mark_of(folder) or folder.name}"


def prepare(folder: Path, *, force: bool) -> str:
    """Make the folder, or take one that is ours, and return its `place`. force: also one that holds other things."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError(f"{folder} is no folder; name one that exists or can be made")
    foreign = folder.is_dir() and mark_of(folder) is None
    if foreign and not force and any(not path.name.startswith(".") for path in folder.iterdir()):
        raise InputError(f"{folder} holds other files; name an empty folder, or add to it with --force")
    folder.mkdir(parents=True, exist_ok=True)
    if mark_of(folder) is None:
        mark = {"folder": secrets.token_hex(6), "format": FORMAT, "version": VERSION}
        put_file(folder / MARK, (json.dumps(mark, indent=1, sort_keys=True) + "\n").encode())
    return place(folder)


def present(folder: Path) -> Iterator[tuple[str, Path]]:
    """(id, file) of every memory in the folder."""
    for path in files(folder, (".md",), MAX_FILES):
        try:
            values, _ = front_matter.split(Source(path, within=folder).text(MAX_SIZE, nul=True))
        except (ValueError, InputError):
            continue
        yield _id(values, path.relative_to(folder), place(folder)), path


def name(memory: Memory) -> str:
    """A name for a new file: its first words and its id."""
    words = re.findall(r"[a-z0-9]+", memory.content[:200].lower())
    slug = "-".join(words)[:48].rsplit("-", 1)[0] if len("-".join(words)) > 48 else "-".join(words)
    id = memory.id.removeprefix("mem_") if _ID.match(memory.id) else _digest(memory.id)
    return f"{slug or 'memory'}-{id}.md"


def sub_folder(memory: Memory) -> str:
    """Where among the others it lies: with its project."""
    words = re.findall(r"[^\W_]+", (memory.project or "everywhere").lower())
    return "-".join(words)[:60] or f"project-{_digest(memory.project or '')}"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=5).hexdigest()


# -- one file ------------------------------------------------------------------------------------------


def written(memory: Memory, related: tuple[str, ...] = ()) -> bytes:
    """The file of a memory. What is only of this person (session, use) is left out; related: names of other files."""
    values: dict[str, Any] = {
        "id": memory.id,
        "importance": memory.importance,
        "kind": memory.kind,
        "source": memory.source,
        "timestamp": memory.timestamp,
    }
    more = {
        "anchors": kept_anchors(memory),
        "pinned": memory.pinned,
        "project": memory.project,
        "related": [f"[[{name}]]" for name in related],
        "replaced_by": memory.replaced_by,
        "tags": list(memory.tags),
        "valid_until": memory.valid_until,
    }
    values |= {name: value for name, value in more.items() if value}
    return front_matter.joined(values, memory.content).encode("utf-8", "backslashreplace")


def read(source: Source) -> Iterator[Read]:
    """The memories in a folder of ours, or in one file of it."""
    folder = source.path if source.is_folder else source.path.parent
    found = list(files(folder, (".md",), MAX_FILES)) if source.is_folder else [source.path]
    source.size = len(found)
    here = place(folder)
    for source.done, path in enumerate(found, 1):
        yield read_file(path, folder, here)


def read_file(path: Path, folder: Path, here: str) -> Item | Refused:
    """One file as a memory-to-be."""
    where = path.relative_to(folder)
    try:
        source = Source(path, within=folder)
        text = source.text(MAX_SIZE, nul=True)
    except (ValueError, InputError) as problem:
        return Refused(str(where), str(problem))
    values, body = front_matter.split(text)
    if "\0" in text and "id" not in values:  # what we wrote holds what was stored, to the letter
        return Refused(str(where), NUL)
    if not body.strip():
        return Refused(str(where), "it holds no text", text[:MAX_RAW])
    given = understood(values)
    given |= {"id": _id(values, where, here), "content": body}
    return Item(str(where), given, spelling.moment(source.modified), whole="id" in values)


def understood(values: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a memory from a front matter: ours as they are, others by their usual names."""
    given: dict[str, Any] = {
        "tags": spelling.tags(values.get("tags") or values.get("tag")) if "tags" in values or "tag" in values else None,
        "timestamp": next((m for key in _DATES if (m := spelling.moment(values.get(key)))), None),
        "importance": spelling.importance(values.get("importance")),
        "kind": values.get("kind")
        if values.get("kind") in KINDS
        else spelling.kind(values.get("kind") or values.get("type")),
        "project": spelling.line(values.get("project")),
        "source": spelling.line(values.get("source")),
        "valid_until": spelling.moment(values.get("valid_until")),
        "replaced_by": values.get("replaced_by"),
        "pinned": values.get("pinned") if isinstance(values.get("pinned"), bool) else None,
    }
    if values.get("anchors"):
        given["anchors"] = anchors(values["anchors"])
    return {name: value for name, value in given.items() if value is not None}


_DATES = ("timestamp", "created", "date", "created_at")


def _id(values: Mapping[str, Any], where: Path, here: str) -> str:
    """Its id; without one, always the same for the same file."""
    id = values.get("id")
    return id if isinstance(id, str) and _ID.match(id) else f"mem_{_digest(f'{here}/{where.as_posix()}')}"
