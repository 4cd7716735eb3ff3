"""How do memories get into a folder of Markdown files, and stay the same files from one export to the next?

A file that was edited in the folder and not imported yet is left alone and named: nobody's words are written over. The
file of a memory that was forgotten here goes, if nobody touched it there. What else lies in the folder stays.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from neural_memory import secrecy
from neural_memory.errors import InputError
from neural_memory.exchange import markdown
from neural_memory.exchange.intake import checked, theirs_of
from neural_memory.exchange.items import Item
from neural_memory.exchange.sameness import state
from neural_memory.exchange.writing import put_file
from neural_memory.model import Memory
from neural_memory.outcomes import Exported
from neural_memory.store import carried, memories
from neural_memory.store.network import MAX_PATH
from neural_memory.store.sqlite import Connection

RELATED = 5
"""Most other memories a file links to."""
MOST_RELATED = 50_000
"""Beyond so many memories no links are looked for: finding them holds all fibers in memory."""
_SHARED_BY = 20


def export(
    look: carried.Look,
    chosen: Sequence[int],
    folder: Path,
    *,
    sharing: bool,
    force: bool,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Exported, dict[str, str], list[str]]:
    """Write these rows; returns what is told of it, the states to note in `exchanged`, and the ids to drop from it.

    sharing: for others: flat, no texts with secrets, no links that change with every new neighbour.
    """
    place = markdown.prepare(folder, force=force)
    there = dict(markdown.present(folder))
    names = _names(look, chosen, folder, there, sharing=sharing)
    related = {} if sharing or len(chosen) > MOST_RELATED else _related(look, chosen)
    states: dict[str, str] = {}
    held, kept, done = [], [], 0
    for rows in carried.slices(chosen):
        with look() as connection:
            page = carried.page(connection, rows)
            last = carried.exchanged(connection, place, [memory.id for memory in page.values()])
        for row, memory in page.items():
            done += 1
            if sharing and (what := secrecy.found(memory)):
                held.append((memory.id, secrecy.listed(what)))
                continue
            if (path := names.get(row)) is None:  # brought back a moment ago
                continue
            links = tuple(names[other].stem for other in related.get(row, ()) if other in names)
            if not force and _edited(path, folder, place, memory, last.get(memory.id)):
                kept.append(str(path.relative_to(folder)))
                continue
            _write(path, folder, markdown.written(memory, links))
            states[memory.id] = state(memory)
        if progress is not None:
            progress(done, len(chosen))
    with look() as connection:
        removed, gone = _sweep(connection, there, folder, place)
    told = Exported(len(states), str(folder), tuple(held), tuple(removed), tuple(kept))
    return told, states, gone


def _names(
    look: carried.Look, chosen: Sequence[int], folder: Path, there: Mapping[str, Path], *, sharing: bool
) -> dict[int, Path]:
    """The file of each row: the one it has, or a new one."""
    names: dict[int, Path] = {}
    for rows in carried.slices(chosen):
        with look() as connection:
            page = carried.page(connection, rows)
        for row, memory in page.items():
            parent = folder if sharing else folder / markdown.sub_folder(memory)
            names[row] = there.get(memory.id) or parent / markdown.name(memory)
    return names


def _write(path: Path, folder: Path, data: bytes) -> None:
    """Put a file there, unless it is there already, to the byte."""
    if path.parent != folder:
        path.parent.mkdir(exist_ok=True)
        if path.parent.is_symlink():
            raise InputError(f"{path.parent} is a link to elsewhere; remove it, or name another folder")
    if path.is_symlink() or not path.is_file() or path.stat().st_size != len(data) or path.read_bytes() != data:
        put_file(path, data)


def _edited(path: Path, folder: Path, place: str, memory: Memory, last: str | None) -> bool:
    """Did somebody change the file since it was last written or read, to something that is not here?"""
    if not path.is_file() or path.is_symlink():
        return False
    found = markdown.read_file(path, folder, place)
    if not isinstance(found, Item):
        return False
    theirs = _state(memory, found)
    return theirs is None or theirs not in (last, state(memory))


def _state(memory: Memory, found: Item) -> str | None:
    """How a memory reads in the folder; None when it cannot be used there."""
    try:
        return state(theirs_of(memory, checked(found.given), whole=found.whole))
    except InputError:
        return None


def _sweep(connection: Connection, there: Mapping[str, Path], folder: Path, place: str) -> tuple[list[str], list[str]]:
    """Remove the files of memories that were forgotten here and not touched there; (files, ids)."""
    last = carried.exchanged(connection, place, there)
    known = {*memories.known_ids(connection, there), *memories.aliases(connection, there)}
    removed, gone = [], []
    for id in sorted(set(last) - known):
        found = markdown.read_file(there[id], folder, place)
        if isinstance(found, Item) and _state(Memory(id, "", ""), found) == last[id]:
            there[id].unlink(missing_ok=True)
            removed.append(str(there[id].relative_to(folder)))
            gone.append(id)
    return removed, gone


def _related(look: carried.Look, chosen: Sequence[int]) -> dict[int, list[int]]:
    """The memories that share the rarest concepts with each, most first."""
    paths: dict[int, Sequence[str]] = {}
    for rows in carried.slices(chosen):
        with look() as connection:
            found = carried.ways(connection, rows)
        paths |= {row: (way.path or ())[:MAX_PATH] for row, way in found.items()}
    through: defaultdict[str, list[int]] = defaultdict(list)
    for row, path in paths.items():
        for term in path:
            through[term].append(row)
    return {row: _closest(row, path, through) for row, path in paths.items()}


def _closest(row: int, path: Iterable[str], through: Mapping[str, list[int]]) -> list[int]:
    shares: Counter[int] = Counter()
    weights: defaultdict[int, float] = defaultdict(float)
    for term in path:
        if 2 <= len(through[term]) <= _SHARED_BY:
            for other in through[term]:
                shares[other] += 1
                weights[other] += 1 / len(through[term])
    close = [other for other in shares if other != row and (shares[other] >= 2 or weights[other] >= 0.2)]
    return sorted(close, key=lambda other: (-weights[other], other))[:RELATED]
