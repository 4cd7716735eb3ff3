"""Which project is known by which place?  A project has one name here, however many clones it has and where they are.

A place is what `project.detect` reads off the disk ("remote:github.com/acme/shop", "folder:/home/me/notes"). A project
that was renamed leaves its old name behind as a place of its own ("name:…"), so that it is still understood.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

from neural_memory.project import Found


def name_of(connection: sqlite3.Connection, found: Found) -> str:
    """What this project is called here, or would be."""
    known = _known(connection, (*found.places, *found.also))
    named = next((known[place] for place in (*found.places, *found.also) if place in known), None)
    return named or (spelled(connection, found.names[0]) if not found.places else _free(connection, found))


def learn(connection: sqlite3.Connection, found: Found) -> str:
    """The same, and from now on it is known by each of its places."""
    name = name_of(connection, found)
    if found.places and len(_known(connection, found.places)) < len(found.places):
        connection.executemany(
            "INSERT OR IGNORE INTO projects (place, project) VALUES (?, ?)", [(place, name) for place in found.places]
        )
    return name


def spelled(connection: sqlite3.Connection, name: str) -> str:
    """The project that is meant by a name: as it is written here, and as it is called by now."""
    row = connection.execute(
        "SELECT project FROM projects WHERE place = ? OR project = ? COLLATE NOCASE ORDER BY project = ? DESC LIMIT 1",
        (_former(name), name, name),
    ).fetchone()
    return str(row[0]) if row else name


def known(connection: sqlite3.Connection, name: str) -> bool:
    """Whether a project of this name has memories or is known by a place.

    The newest memories are looked at first: no index says which project has which, and one in use has some among them.
    """
    by_place = connection.execute("SELECT 1 FROM projects WHERE project = ? LIMIT 1", (name,)).fetchone()
    newest = "SELECT 1 FROM memories WHERE project = ? ORDER BY seq DESC LIMIT 1"
    return by_place is not None or connection.execute(newest, (name,)).fetchone() is not None


def names(connection: sqlite3.Connection) -> list[str]:
    """What there is, the one with the newest memory first."""
    found: dict[str, str] = dict.fromkeys(places(connection), "")
    found |= {name: newest or "" for name, (_, newest) in counts(connection).items() if name is not None}
    return sorted(sorted(found), key=lambda name: found[name], reverse=True)


def like(name: str, names: Iterable[str]) -> str | None:
    """The project that may have been meant by a name that none has."""
    from difflib import get_close_matches  # only for a slip

    plain = {one.casefold(): one for one in names}
    parts = (one for one in plain if name.casefold() in one.split("/"))
    near = next(parts, None) or next(iter(get_close_matches(name.casefold(), plain, n=1)), None)
    return None if near is None else plain[near]


def places(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """project -> the places it is known by."""
    found: dict[str, list[str]] = {}
    for place, name in connection.execute("SELECT place, project FROM projects ORDER BY project, place"):
        found.setdefault(name, []).append(place)
    return found


def rename(connection: sqlite3.Connection, old: str, new: str) -> list[list[str]]:
    """All places of one project lead to the other name from now on, and so does the old name.

    What comes back is what `call_again` needs to take that back.
    """
    before = connection.execute(
        "SELECT place, project FROM projects WHERE project = ? OR place IN (?, ?) ORDER BY place",
        (old, _former(old), _former(new)),
    ).fetchall()
    connection.execute("UPDATE projects SET project = ? WHERE project = ?", (new, old))
    connection.execute("DELETE FROM projects WHERE place = ?", (_former(new),))
    connection.execute("INSERT OR REPLACE INTO projects (place, project) VALUES (?, ?)", (_former(old), new))
    return [list(row) for row in before]


def call_again(connection: sqlite3.Connection, old: str, places: Iterable[Sequence[str]], whole: str | None) -> None:
    """The places lead where they led before a project was renamed. whole: its new name, when all that is called so is
    that project, and what it was learned by since goes with it.
    """
    if whole is not None:
        connection.execute("UPDATE projects SET project = ? WHERE project = ?", (old, whole))
    connection.execute("DELETE FROM projects WHERE place = ?", (_former(old),))
    connection.executemany("INSERT OR REPLACE INTO projects (place, project) VALUES (?, ?)", places)


def others(connection: sqlite3.Connection, name: str, places: Iterable[Sequence[str]]) -> list[str]:
    """Where another project lives that is called so by now: places that lead there, and are none of these."""
    mine = {place for place, _ in places}
    found = connection.execute("SELECT place FROM projects WHERE project = ? ORDER BY place", (name,))
    return [place for (place,) in found if place not in mine and not place.startswith("name:")]


def rows_of(connection: sqlite3.Connection, name: str) -> list[int]:
    """The rows of a project's memories."""
    return [row[0] for row in connection.execute("SELECT seq FROM memories WHERE project = ? ORDER BY seq", (name,))]


def counts(connection: sqlite3.Connection) -> dict[str | None, tuple[int, str | None]]:
    """project -> (how many memories, when the newest was stored); None is everywhere."""
    rows = connection.execute("SELECT project, count(*), max(timestamp) FROM memories GROUP BY project")
    return {name: (number, newest) for name, number, newest in rows}


def _known(connection: sqlite3.Connection, places: Iterable[str]) -> dict[str, str]:
    rows = connection.execute(
        "SELECT place, project FROM projects WHERE place IN (SELECT value FROM json_each(?))",
        (json.dumps(list(places)),),
    )
    return dict(rows.fetchall())


def _free(connection: sqlite3.Connection, found: Found) -> str:
    """The plainest name that no other project has."""
    taken = {str(row[0]).casefold() for row in connection.execute("SELECT DISTINCT project FROM projects")}
    numbered = (f"{found.names[0]} {number}" for number in range(2, len(taken) + 3))
    return next(name for name in (*found.names, *numbered) if name.casefold() not in taken)


def _former(name: str) -> str:
    return f"name:{name.casefold()}"
