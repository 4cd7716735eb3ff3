"""Which project does what belong to, and how is that changed?"""

from __future__ import annotations

from collections.abc import Iterable

from neural_memory import check, remember
from neural_memory.brain.opened import Opened
from neural_memory.deferred import deferred
from neural_memory.errors import InputError, NotFoundError
from neural_memory.model import Memory
from neural_memory.project import EVERYWHERE
from neural_memory.store import journal, memories, projects
from neural_memory.store.entry import PROJECT
from neural_memory.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neural_memory import results
    from neural_memory.results import Project
    from neural_memory.upkeep import bulk
else:
    (results,) = deferred("neural_memory", "results")
    (bulk,) = deferred("neural_memory.upkeep", "bulk")


class Belonging(Opened):
    """project, projects, move, rename_project."""

    @property
    def project(self) -> str | None:
        """What the project is called that is being worked on; None when there is none."""
        with self._file.read() as connection:
            return self._here(connection)

    def projects(self) -> list[Project]:
        """Every project that has memories or is known by a place, the one with the newest memory first."""
        with self._file.read() as connection:
            counts, places, here = projects.counts(connection), projects.places(connection), self._here(connection)
        names = {name for name in counts if name is not None} | places.keys() | ({here} if here else set())
        found = []
        for name in names:
            number, newest = counts.get(name, (0, None))
            found.append(results.Project(name, number, newest, tuple(places.get(name, ())), name == here))
        return sorted(sorted(found, key=lambda each: each.name), key=lambda each: each.newest or "", reverse=True)

    def move(self, ids: Iterable[str], to: str) -> list[Memory]:
        """Give memories to another project, as one step; they come back as they are now.

        to: a project's name, "everywhere" or "." (the present one). An unknown id raises `NotFoundError`; then nothing
        was moved.
        """
        wanted = check.ids(ids)
        name = check.name("to", to)
        if not wanted:
            raise InputError("there is nothing to move; give the ids of memories")
        step: int | None = None
        moved = []
        with self._file.write() as connection:
            news = self._news(connection, [name])
            goal = self._meant(connection, name, learning=True) or None
            for seq, before in [memories.existing(connection, id) for id in wanted]:
                after = replace(before, project=goal)
                if after != before:
                    remember.relink(connection, seq, after)
                    step = journal.record(
                        connection, "revise", before.id, self._author(), remember.now(), before=(seq, before), step=step
                    )
                moved.append(after)
        self._told += news
        return moved

    def rename_project(self, old: str, new: str, *, merge: bool = False) -> int:
        """Call a project something else, here and in all its memories; returns how many they are.

        merge: `new` may be a project already, and then the two are one. The old name is still understood afterwards.
        One step for `undo`, which also takes a merge apart again.
        """
        name = check.name("new", new)
        if name.casefold() in (EVERYWHERE, "."):
            raise InputError(f"{name!r} cannot be a project's name; choose another one")
        with self._file.write() as connection:
            present = self._meant(connection, check.name("old", old), learning=True)
            known = projects.names(connection)
            if present not in known:
                like = projects.like(old, known)
                hint = f"did you mean {like!r}?" if like else "`neural-memory projects` shows those there are"
                raise NotFoundError(f"there is no project {old!r}; {hint}")
            if name in known and name != present and not merge:
                raise InputError(f"there is a project {name!r} already; say that the two are to be merged (--merge)")
            rows = projects.rows_of(connection, present)
            merged = name in known and name != present
            note = {"renamed": [present, name], "places": projects.rename(connection, present, name), "merged": merged}
            author = self._author()
            step = journal.record(connection, "rename", f"{PROJECT}{present}", author, remember.now(), note=note)
            there = memories.by_seqs(connection, rows)
            bulk.apply(connection, there, lambda memory: replace(memory, project=name), author, "rename", step=step)
        return len(rows)
