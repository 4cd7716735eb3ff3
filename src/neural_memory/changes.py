"""What did a change do?  Immutable values, no I/O: what the deeds that change something answer."""

from __future__ import annotations

from neural_memory.model import Memory
from neural_memory.values import dataclass


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What `Brain.forget` removed (or, with dry_run, would remove).

    copies: paths of the copies beside the file that (may) still hold it, when it goes for good
    copies_deleted: whether they were deleted as well
    """

    memories: tuple[Memory, ...]
    dry_run: bool = False
    for_good: bool = False
    copies: tuple[str, ...] = ()
    copies_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Undone:
    """One step that was taken back, or, when that was taken back in its turn, stands again.

    action:   what had been done: "remember", "forget", "revise", "merge", …
    memories: the memories as they are after undoing (those that are gone then: as they were)
    at:       when it had been done
    source:   by whom
    step:     its number
    again:    it was taken back before, and stands again now
    renamed:  the old and the new name of the project that was renamed
    back:     what had been replaced, and holds again (or, when it stands again: is replaced again)
    left:     ids of what the step had changed as well and that stays as it is: what it was before was erased
    """

    action: str
    memories: tuple[Memory, ...]
    at: str
    source: str
    step: int = 0
    again: bool = False
    renamed: tuple[str, str] | None = None
    back: tuple[Memory, ...] = ()
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one memory.

    step:   its number, for `Brain.undo`
    at:     when; source: by whom; session: in which session
    action: what was done: "remember", "revise", "replace", "merge", "forget", "undo", …
    before, after: the memory then; None: it was not there, or it is not known any more (`kept` is False)
    undone: it was taken back since
    mended: (field, was, became) of what a row written by hand held that could not be used
    """

    step: int
    at: str
    action: str
    source: str
    session: str | None
    before: Memory | None
    after: Memory | None
    kept: bool = True
    undone: bool = False
    mended: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """What became of one memory: every change, the first one first, and what it is now (None: forgotten).

    id: the memory's, or one that was merged into it; then its own changes come first
    """

    id: str
    memory: Memory | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One call that changed something.

    step, at, action, source, session: as in `Change`
    memories: how many it changed; first: the first of them, as it is now or was at last (None: not kept any more)
    undone: it was taken back since; undoable: it can be taken back
    renamed: the old and the new name of the project that was renamed
    """

    step: int
    at: str
    action: str
    source: str
    session: str | None
    memories: int
    first: Memory | None
    undone: bool = False
    undoable: bool = True
    renamed: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Twins:
    """Memories that say the same, the oldest first.

    likeness: of those that are least alike, 0 to 1: the share of words they have in common, or the cosine of meaning
    """

    memories: tuple[Memory, ...]
    likeness: float


@dataclass(frozen=True, slots=True)
class Merged(Memory):
    """What `Brain.merge` made: the one memory, under the id of the first.

    parts: what it was made of, as they were; their ids go on answering with this memory
    """

    parts: tuple[Memory, ...] = ()
