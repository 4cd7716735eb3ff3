"""What are the things called?  Immutable values, no I/O: they travel from the disk to every door unchanged."""

from __future__ import annotations

from neural_memory.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neural_memory.results import Audit as Audit
    from neural_memory.results import Conflict as Conflict
    from neural_memory.results import Connections as Connections
    from neural_memory.results import Contradictions as Contradictions
    from neural_memory.results import Overview as Overview
    from neural_memory.results import Project as Project
    from neural_memory.results import Remembered as Remembered
    from neural_memory.results import Revised as Revised
    from neural_memory.results import SecretFound as SecretFound
    from neural_memory.results import Stats as Stats

KINDS = ("fact", "decision", "insight", "preference", "pattern", "reference")
"""What a memory can be. `fact` is the default; the others are recognised from the text or given."""

MAX_CONTENT = 100_000
"""Longest content of one memory, in characters."""

BY_ID = "this id"
"""The reason of a hit whose id was asked for."""

STORED, IMPORTED, CAPTURED = TRUST = ("stored", "imported", "captured")
"""How a memory came to be: by somebody's explicit call, out of another tool's data, or noticed by a hook."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place in a code base that a memory speaks of, as it was when the memory was stored.

    kind:   "file", "symbol", "commit" or "branch"
    name:   the path within the work tree, or the name
    commit: what was checked out then
    digest: of the content then, when it has one
    """

    kind: str
    name: str
    commit: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """One thing to keep.

    id:          stable for life, e.g. ``mem_7k2m9x4qda``
    content:     the text, to the letter (1 to 100,000 characters)
    timestamp:   when it was so or was said, ISO 8601 in UTC to the second, e.g. ``2026-03-25T10:30:00Z``
    importance:  0 (trivia) to 1 (vital)
    tags:        as given, in order
    kind:        one of `KINDS`
    project:     the project it belongs to, or None: everywhere
    source:      who wrote it: a client's name (``claude-code``), ``cli``, ``python``, ``import:…``
    session:     the client's session, when it says so
    replaced_by: id of the memory that took its place; a replaced memory is kept but not recalled
    valid_until: until when it holds (ISO 8601, UTC), or None: until further notice
    pinned:      a pinned memory does not fade
    trust:       one of `TRUST`
    anchors:     the code it speaks of
    """

    id: str
    content: str
    timestamp: str
    importance: float = 0.5
    tags: tuple[str, ...] = ()
    kind: str = "fact"
    project: str | None = None
    source: str = "python"
    session: str | None = None
    replaced_by: str | None = None
    valid_until: str | None = None
    pinned: bool = False
    trust: str = "stored"
    anchors: tuple[Anchor, ...] = ()

    def expired(self, at: str) -> bool:
        """Is the time over until which it holds?  at: ISO 8601 in UTC."""
        return self.valid_until is not None and str(self.valid_until) < at


@dataclass(frozen=True, slots=True)
class Neuron:
    """A concept. `name` reads well ("authentication"); `term` is the form texts are matched by ("authent")."""

    id: int
    term: str
    name: str
    kind: str  # "word", "entity" (an identifier, path, URL, error name, proper name) or "tag"
    memories: int  # how many memories run through it


@dataclass(frozen=True, slots=True)
class Synapse:
    """A typed, weighted association between two neurons.

    type:   "with" (met in the same memories) or a relation the text states
    weight: 0 to 1, how strongly the one leads to the other
    """

    source: Neuron
    target: Neuron
    type: str
    weight: float


@dataclass(frozen=True, slots=True)
class Fiber:
    """The path a memory takes through its neurons, in the order of its text."""

    memory: str  # id
    path: tuple[Neuron, ...]


@dataclass(frozen=True, slots=True)
class Recollection:
    """One hit of a recall.

    score:  0 to 1, fused from words (and meaning), association and importance; hits come in its order
    direct: False when it came by association
    reason: why it is here, in words: ``words: payment, service``, ``via payment → bearer tokens`` or `BY_ID`
    path:   for an associated hit, the names that led there
    confidence: the score in a word: "strong", "good" or "weak"
    newer:      id of a newer memory that says otherwise; this one may not hold any more
    expired:    True when it held until a time that is over
    replaces:   what it took the place of
    suspect:    what became of the code it speaks of: ``src/auth/login.py changed in 3 commits since``
    in_time:    is it from the time that the question asks about? None when it asks about none
    faded:      the share of its score that age has taken, from 0 to 0.04
    """

    memory: Memory
    score: float
    direct: bool
    reason: str
    path: tuple[str, ...] = ()
    confidence: str = "strong"
    newer: str | None = None
    expired: bool = False
    replaces: tuple[Memory, ...] = ()
    suspect: tuple[str, ...] = ()
    in_time: bool | None = None
    faded: float = 0.0


def __getattr__(name: str) -> object:
    """What `results` holds is found here as well, and imported when it is asked for: each class costs half a
    millisecond, and a question needs none of those.
    """
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from neural_memory import results

    return getattr(results, name)
