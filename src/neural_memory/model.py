"""What are the things called?  Immutable values, no I/O: they travel from the disk to every door unchanged."""

from __future__ import annotations

from dataclasses import dataclass, field

KINDS = ("fact", "decision", "insight", "preference", "pattern", "reference")
"""What a memory can be. `fact` is the default; the others are recognised from the text or given."""

MAX_CONTENT = 100_000
"""Longest content of one memory, in characters."""

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
class Remembered(Memory):
    """What `Brain.remember` answers: the memory, and what the network made of it.

    created:        False when the same text was there already (it was strengthened instead)
    linked:         names of the neurons its fiber runs through, the most telling first
    similar:        memories that say nearly the same
    duplicates:     those of `similar` that say the same: `Brain.merge` makes one of them
    suggested_tags: tags that would fit and were not given
    replaced:       the memory this one took the place of
    redacted:       the secrets that were taken out before it was stored, in words
    contradicts:    current memories that say otherwise of the same thing
    suggested_until: (words, moment) of an end that the text itself names ("until Friday"), when none was given
    """

    created: bool = True
    linked: tuple[str, ...] = ()
    similar: tuple[Memory, ...] = ()
    suggested_tags: tuple[str, ...] = ()
    replaced: Memory | None = None
    redacted: tuple[str, ...] = ()
    duplicates: tuple[Memory, ...] = ()
    contradicts: tuple[Conflict, ...] = ()
    suggested_until: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two current memories that cannot both hold.

    was, now: what they say, in their words (``8080`` and ``9090``); one of them is "" where the other only denies it
    """

    newer: Memory
    older: Memory
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Contradictions:
    """The pairs of current memories found to contradict each other, the newest first.

    unexamined: how many memories, stored in bulk or by another program, still wait to be looked at
    total:      how many pairs there are
    """

    conflicts: tuple[Conflict, ...]
    unexamined: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Revised(Memory):
    """What `Brain.revise` answers: the memory as it is now.

    redacted:  the secrets that were taken out of it, in words
    confirmed: whether it had come by import or capture, and counts as stored from now on
    contradicts: current memories that say otherwise of the same thing as its new text
    copies:    paths of the copies beside the file that hold it as it was before a secret was taken out
    """

    redacted: tuple[str, ...] = ()
    confirmed: bool = False
    contradicts: tuple[Conflict, ...] = ()
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SecretFound:
    """One text of many, or one memory, that holds a secret.

    position: its place in what was given, counted from 1; of a memory that is stored: 0
    what:     what was found and where, without the secret
    stored:   whether it was stored (without the secret), or held back
    memory:   the memory that holds it, when it is stored: without the secret
    """

    position: int
    what: tuple[str, ...]
    stored: bool
    memory: Memory | None = None


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
    reason: why it is here, in words: ``words: payment, service`` or ``via payment → bearer tokens``
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


@dataclass(frozen=True, slots=True)
class Audit:
    """One page of a complete audit.

    memories: this page, newest first (for `about`: what is wholly about it first, then what is partly, then what
              lies near it in meaning, the nearest first)
    total:    how many match in all
    partly:   how many of `total` match the topic only in part (0 unless `about` was given)
    start:    position of the first one of this page, counted from 1 (0 when there is none)
    cursor:   pass it back for the next page; None on the last
    perhaps:  how many come after those of `total` because they lie near the topic in meaning without a word of it
    border:   how near (cosine, 0 to 1) the last of those lies; what is farther is not listed
    suspect:  id -> what became of the code a memory of this page speaks of, when that was asked for
    """

    memories: tuple[Memory, ...]
    total: int
    partly: int = 0
    start: int = 0
    cursor: str | None = None
    perhaps: int = 0
    border: float = 0.0
    suspect: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Overview:
    """What is in the store, counted. Each dict is ordered, largest first (`ages`: youngest first)."""

    memories: int
    replaced: int
    kinds: dict[str, int] = field(default_factory=dict)
    projects: dict[str, int] = field(default_factory=dict)  # "" is everywhere
    tags: dict[str, int] = field(default_factory=dict)
    ages: dict[str, int] = field(default_factory=dict)  # "last 7 days", "8 to 30 days", …
    untagged: int = 0
    never_recalled: int = 0
    oldest: str | None = None
    newest: str | None = None
    project: str | None = None  # the one that is being worked on
    concerns: dict[str, int] = field(default_factory=dict)  # "expired", "duplicate", "old", … -> how many memories are
    at_least: tuple[str, ...] = ()  # which of `concerns` are counted only as far as they are known without searching


@dataclass(frozen=True, slots=True)
class Project:
    """A project that memories belong to.

    newest: when its newest memory is from; places: what it is known by ("remote:github.com/acme/shop", …);
    present: whether it is the one that is being worked on
    """

    name: str
    memories: int
    newest: str | None
    places: tuple[str, ...] = ()
    present: bool = False


@dataclass(frozen=True, slots=True)
class Connections:
    """The neighbourhood of a concept or a memory in the network.

    of:       what was asked for
    neurons:  the neurons that answer to it (for a memory: its fiber)
    synapses: from those to their neighbours, strongest first
    memories: the memories that run through `neurons`, most telling first
    """

    of: str
    neurons: tuple[Neuron, ...]
    synapses: tuple[Synapse, ...]
    memories: tuple[Memory, ...]


@dataclass(frozen=True, slots=True)
class Stats:
    """Figures about the file and the network."""

    path: str
    memories: int
    replaced: int
    neurons: int
    synapses: int
    fibers: int
    file_bytes: int
    schema: int
    sqlite: str
    oldest: str | None
    newest: str | None
    undoable: int  # steps that `undo` can take back
    embedded: int  # memories that recall finds by meaning
    unembedded: int  # memories that wait for that
    meaning: str  # the embedding model, or why there is none
    warnings: tuple[str, ...] = ()  # what of the configuration is ignored
