"""What came of carrying memories out and in, of a restored backup, of an examination?  Values, as in `model.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Exported:
    """What `Brain.export` wrote.

    memories: how many; path: where ("-" for standard output); held: (id, kinds of secret) of what was not written
    because of a secret in it; removed: files of a folder whose memories were forgotten here; kept: files that were
    changed there and not imported yet, and so were not written over; odd: (id, what was put right, is any of it a
    guess) of rows written by hand that stand in the file as they were, because it cannot be changed now; unnoted: for
    the same reason it does not know what went into the folder
    """

    memories: int
    path: str
    held: tuple[tuple[str, str], ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    odd: tuple[tuple[str, str, bool], ...] = ()
    unnoted: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """What `Brain.import_from` found in a source, and what became of it (or, with dry_run, would).

    format:   what the source was taken for
    read:     memories in it that could be read
    new:      stored; known: there already; revised: changed over there, and taken over
    older:    changed here since it was exchanged; kept as it is here
    conflicts: changed on both sides; kept as it is here
    held:     not stored because of a secret in it; redacted: stored without the secret
    forgotten: forgotten here since; not stored again
    near:     stored, but nearly the same as something that was there
    refused:  could not be used
    missing:  in the folder before, and not any more; kept here
    left_out: lines of an export that are not taken over into a memory in use (its journal, say)
    undated:  their date could not be understood; they got the time of the import
    unread:   columns, and files of a folder, that were not taken over
    named:    for each of these words the first 500: (where in the source, why or which)
    """

    format: str
    path: str
    read: int = 0
    new: int = 0
    known: int = 0
    revised: int = 0
    older: int = 0
    conflicts: int = 0
    forgotten: int = 0
    held: int = 0
    redacted: int = 0
    near: int = 0
    refused: int = 0
    missing: int = 0
    left_out: int = 0
    undated: int = 0
    unread: int = 0
    dry_run: bool = False
    named: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that took the memory file's place, or, before that, what it would bring.

    source, path: the backup, and the memory file; memories, newest: how many it holds, and the newest's timestamp
    replaced:     how many memories the file that was there holds; None when there was none, or it cannot be read
    kept:         where that file is now
    mended:       what had to be mended in the copy of the backup, in words
    """

    source: str
    path: str
    memories: int
    newest: str | None
    replaced: int | None = None
    kept: str | None = None
    mended: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What one check of `doctor` found.

    name:    what was looked at, in a word or two: "integrity", "permissions"
    state:   "ok", "warn" (it works, but should not stay so) or "bad" (memories are, or may get, lost or seen)
    finding: what is so, in one line
    advice:  what to do about it, in one line; empty when there is nothing to do
    repair:  does it, and returns what it did in one line; None when only the user can
    otherwise: what to do when that was tried and did not help
    """

    name: str
    state: str
    finding: str
    advice: str = ""
    repair: Callable[[], str] | None = field(default=None, compare=False)
    otherwise: str = ""
