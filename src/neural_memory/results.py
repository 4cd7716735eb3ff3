"""What do the deeds of a Brain answer, if more than memories?  Immutable values, no I/O, like those of `model`."""

from __future__ import annotations

from neural_memory.model import Memory, Neuron, Synapse
from neural_memory.values import dataclass, field


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
    guessed:        the end that was given, or is suggested, is that of a sprint, of which nobody told when it is
    preface:        what was left out at its beginning, since it only asked to store it ("Store this:")
    everywhere:     the preface says that it holds in every project
    spread:         it holds in every project, as preferences do, though one is being worked on and nobody said so
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
    guessed: bool = False
    preface: str = ""
    spread: bool = False
    everywhere: bool = False


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
    once:      the secrets that it holds no more, in words, and that its history still holds
    guessed:   the end that was given is that of a sprint, of which nobody told when it is
    """

    redacted: tuple[str, ...] = ()
    confirmed: bool = False
    contradicts: tuple[Conflict, ...] = ()
    copies: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    guessed: bool = False


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
    recorded: since when changes are recorded here, when what was known before that was asked for
    """

    memories: tuple[Memory, ...]
    total: int
    partly: int = 0
    start: int = 0
    cursor: str | None = None
    perhaps: int = 0
    border: float = 0.0
    suspect: dict[str, tuple[str, ...]] = field(default_factory=dict)
    recorded: str | None = None


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
