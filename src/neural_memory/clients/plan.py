"""What would change in which file, and how is it done?  Plan first, look, then apply.

A plan is made from what the file holds now. Taking what is ours out gives back the very bytes from before where putting
it in was the only change since (see `parts`). As long as a kept copy and what is ours make up the file, no other is
kept.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from neural_memory.clients import entry as entries
from neural_memory.clients import files, jsonc, toml
from neural_memory.clients.errors import BusyFileError, FileProblem
from neural_memory.clients.parts import Part, before
from neural_memory.clients.table import NAME, Client, Machine
from neural_memory.values import dataclass, replace

Scope = Literal["user", "local", "project"]

Act = Literal["add", "update", "replace", "remove", "nothing", "problem"]


@dataclass(frozen=True, slots=True)
class Change:
    """What would be done to one file.

    act:      add our part, update it, replace what somebody else has under our name, remove it, or nothing
    before:   the file's bytes now; None: there is no file
    after:    the file's bytes then; None: no file
    what:     which part of it, in words
    old:      our part as it stands there (None: it does not)
    note:     why nothing has to be done, where that is not plain
    problem:  why nothing can be done, with what to do
    locks:    the client locks this file when it writes it
    mode:     of a new file
    restored: the copy kept earlier that comes back as it is
    kept:     where the bytes from before are kept, or those from before anything of ours came, once it is done
    parts:    what of ours the file may hold
    again:    plans it anew
    """

    clients: tuple[str, ...]
    file: Path
    act: Act
    before: bytes | None = None
    after: bytes | None = None
    what: str = ""
    old: Any = None
    note: str | None = None
    problem: str | None = None
    locks: bool = False
    mode: int = 0o600
    restored: Path | None = None
    kept: Path | None = None
    parts: tuple[Part, ...] = ()
    again: Callable[[], Change] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the entry of one client goes. project: whose shared file it is; None: the user's own."""

    client: Client
    file: Path
    path: tuple[str, ...]
    project: Path | None = None

    @property
    def is_shared(self) -> bool:
        """Whether others have this file on their machines, too."""
        return self.project is not None

    def get(self, text: str) -> Any:
        """Our entry in this text, or None."""
        if self.file.suffix == ".toml":
            return toml.get(text, self.path)
        return jsonc.get(text, self.path, comments=self.client.comments)

    def put(self, text: str, old: Any, new: dict[str, Any]) -> str:
        """The text with our entry: what differs is changed, what the user added to it stays."""
        if self.file.suffix == ".toml":
            return toml.put(text, self.path, new)
        if old is None or not entries.is_ours(old):
            return jsonc.put(text, self.path, new, comments=self.client.comments)
        for key, value in new.items():
            if old.get(key) != value:
                text = jsonc.put(text, (*self.path, key), value, comments=self.client.comments)
        return text

    def drop(self, text: str) -> str:
        """The text without our entry."""
        if self.file.suffix == ".toml":
            return toml.drop(text, self.path)
        return jsonc.drop(text, self.path, comments=self.client.comments)

    def ours(self, text: str) -> Any:
        """The entry in this text, if it is ours."""
        found = self.get(text)
        return found if entries.is_ours(found) else None

    @property
    def part(self) -> Part:
        """The entry as one of the things of ours in its file."""
        return Part(self.ours, lambda text, mine: self.put(text, None, mine), self.drop)


def place(client: Client, machine: Machine, scope: Scope, folder: Path) -> Place | None:
    """Where this client reads its servers in this scope; None when it has no such place.

    folder: the project, for the scopes local and project.
    """
    if scope == "project":
        if client.project is None:
            return None
        return Place(client, folder / client.project, (*client.key_path, NAME), project=folder)
    if scope == "local":
        if client.key != "claude-code":
            return None
        return Place(client, client.file(machine), ("projects", str(repository(folder)), *client.key_path, NAME))
    return Place(client, client.file(machine), (*client.key_path, NAME))


def repository(folder: Path) -> Path:
    """How Claude Code names a project: the root of the repository, of the main one where this is a worktree."""
    folder = folder.resolve()
    for above in (folder, *folder.parents):
        marker = above / ".git"
        if marker.is_dir():
            return above
        if marker.is_file():
            with contextlib.suppress(OSError, UnicodeDecodeError):
                kept = Path(marker.read_text("utf-8").removeprefix("gitdir:").strip())
                if kept.parent.name == "worktrees" and kept.parent.parent.name == ".git":
                    return kept.parent.parent.parent.resolve()
            return above
    return folder


# ---- entries


def add(where: Place, new: dict[str, Any], beside: Sequence[Part] = ()) -> Change:
    """The change that makes this client start the server as `new` says. beside: what else of ours its file may hold."""
    parts = (where.part, *beside)

    def planned() -> Change:
        change = _begun(where, parts)
        try:
            data = files.read(where.file, where.project)
            text = files.text_of(data)
            old = where.get(text)
            if entries.same(old, new):
                return replace(change, act="nothing", before=data, after=data, old=old)
            after = files.bytes_of(where.put(text, old, entries.merged(old, new)), data)
        except FileProblem as problem:
            return replace(change, act="problem", problem=str(problem))
        act: Act = "add" if old is None else "update" if entries.is_ours(old) else "replace"
        return replace(change, act=act, before=data, after=after, old=old)

    return replace(planned(), again=planned)


def remove(where: Place, beside: Sequence[Part] = ()) -> Change:
    """The change that takes our entry out again, and what else of ours its file may hold."""
    parts = (where.part, *beside)

    def planned() -> Change:
        change = _begun(where, parts)
        try:
            data = files.read(where.file, where.project)
            text = files.text_of(data)
            old = where.get(text)
            if old is None:
                return replace(change, act="nothing", before=data, after=data)
            if not entries.is_ours(old):
                problem = f"another server has the name {NAME} there; take it out by hand if it is to go"
                return replace(change, act="problem", before=data, after=data, old=old, problem=problem)
            return without(replace(change, before=data, old=old), parts)
        except FileProblem as problem:
            return replace(change, act="problem", problem=str(problem))

    return replace(planned(), again=planned)


def _begun(where: Place, parts: tuple[Part, ...]) -> Change:
    return Change(
        clients=(where.client.key,),
        file=where.file,
        act="nothing",
        what=" › ".join(where.path),
        locks=where.client.key == "claude-code" and not where.is_shared,
        mode=0o644 if where.is_shared else 0o600,
        parts=parts,
    )


def without(change: Change, going: Sequence[Part]) -> Change:
    """The change that takes these parts out of what the file holds now: the file from before, if that is known."""
    if found := before(change.file, change.before, change.parts, going):
        restored = found.copy if found.is_whole else None
        return replace(change, act="remove", after=found.data, restored=restored)
    text = files.text_of(change.before)
    for part in going:
        text = part.drop(text) if part.get(text) else text
    return replace(change, act="remove", after=files.bytes_of(text, change.before))


# ---- doing it


def apply(change: Change) -> Change:
    """Do it, if the file still is what it was when it was planned; the change with `kept`, or with a problem."""
    try:
        with files.locked(change.file) if change.locks else contextlib.nullcontext():
            return _applied(change)
    except FileProblem as problem:
        return replace(change, act="problem", problem=str(problem))
    except OSError as error:
        return replace(change, act="problem", problem=f"it cannot be written: {error.strerror or error}")


def _applied(change: Change) -> Change:
    if files.read(change.file) != change.before:
        again = change.again() if change.again else change
        if again.act == "nothing":  # two names of one file, and it is done
            return replace(again, act=change.act)
        if (again.act, again.old) != (change.act, change.old) or files.read(change.file) != again.before:
            raise BusyFileError("it has changed since it was looked at; run the command again")
        change = again
    if change.after is None:
        Path(os.path.realpath(change.file)).unlink()
        return change
    kept = None
    if change.before is not None and change.restored is None:
        known = before(change.file, change.before, change.parts)
        kept = known.copy if known else files.keep(change.file, change.before)
    files.write(change.file, change.after, mode=change.mode)
    if change.restored:
        change.restored.unlink()
    return replace(change, kept=kept)
