"""What of all that was noticed is worth suggesting?  Little: nothing known, nothing suggested before, no secret."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from neural_memory.remember import now
from neural_memory.store import journal, memories, suggestions
from neural_memory.store.entry import Author
from neural_memory.store.sqlite import Connection
from neural_memory.store.suggestions import DISMISSED, Suggestion
from neural_memory.text import secrets
from neural_memory.text.analyse import analyse, leads_on
from neural_memory.text.worth import CAUSE, CORRECTION, DECISION, PREFERENCE, Worth
from neural_memory.values import dataclass

SAID = 0.7
"""The share of the shorter text's terms that two have in common when they say the same."""
LONGER = 1.5
"""How much longer a text may be than one that it has nearly all of, and still say the same."""
FEWEST = 3
"""Terms that two texts must have in common at least for that."""
LONGEST = 4_000
"""Characters of a suggestion at most: what is longer is a document, and no memory."""
WAITING = 60
"""So many open suggestions, and nothing more is added: whoever does not look at them needs no others."""
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_KINDS = {DECISION: "decision", PREFERENCE: "preference", CAUSE: "insight", CORRECTION: "fact"}
_REASONS = {
    DECISION: "a decision of yours",
    PREFERENCE: "a preference of yours",
    CORRECTION: "you corrected the assistant",
    CAUSE: "a cause that took long to find",
}


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something that may be worth keeping: how it would be stored, the sentence it came from, and why.

    at: when it was said (None: now); tags: for it
    """

    content: str
    sentence: str
    reason: str
    kind: str = "fact"
    at: str | None = None
    tags: tuple[str, ...] = ()
    project: str | None = None


def from_worth(one: Worth, project: str | None = None) -> Noticed:
    """What was found in a conversation, as it would be suggested."""
    return Noticed(one.content, one.sentence, _REASONS[one.what], _KINDS[one.what], one.at, project=project)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was noticed and not suggested.

    why: one of the texts below; secrets: their kinds, where it is because of them
    """

    noticed: Noticed
    why: str
    secrets: tuple[str, ...] = ()


SECRET, LONG, EMPTY = "with a secret in it", f"longer than {LONGEST:,} characters", "saying nothing by itself"
STORED, WAITS, DECIDED = "already stored", "already waiting for review", "accepted or dismissed before"
FULL = "more than fit"


def suggest(
    connection: Connection,
    noticed: Sequence[Noticed],
    author: Author,
    most: int,
    *,
    waiting: int = WAITING,
    keep: bool = True,
) -> tuple[list[Suggestion], list[LeftOut]]:
    """Keep what is new as suggestions, at most so many: these, and what was left out.

    waiting: how many may be open in all; keep: False to only say what would be suggested.
    """
    known = [_terms(each.content) for each in suggestions.having(connection)]
    settled = suggestions.kept_marks(connection)
    room = min(most, waiting - len(known))
    added: list[Suggestion] = []
    left_out: list[LeftOut] = []
    for one in noticed:
        terms = _terms(one.content)
        kinds = tuple(sorted({found.kind for text in (one.content, one.sentence) for found in secrets.find(text)}))
        why = SECRET if kinds else _why_not(connection, one, terms, known, settled)
        if why or len(added) >= room:
            left_out.append(LeftOut(one, why or FULL, kinds))
            continue
        new = _suggestion(one, author)
        if keep:
            suggestions.add(connection, new)
        known.append(terms)
        added.append(new)
    return added, left_out


def _why_not(
    connection: Connection,
    one: Noticed,
    terms: frozenset[str],
    known: Sequence[frozenset[str]],
    settled: Mapping[str, frozenset[int]],
) -> str:
    """Why it is not to be suggested; "" when it is."""
    if len(one.content) > LONGEST or not terms:
        return LONG if terms else EMPTY
    if any(_same(terms, other) for other in known):
        return WAITS
    if _had(settled, terms):
        return DECIDED
    return STORED if _is_stored(connection, terms) else ""


def _suggestion(one: Noticed, author: Author) -> Suggestion:
    return Suggestion(
        id=_new_id(),
        content=one.content,
        sentence=one.sentence,
        reason=one.reason,
        kind=one.kind,
        tags=one.tags,
        project=one.project,
        source=author.source,
        session=author.session,
        at=one.at or now(),
    )


def settle(connection: Connection, settled: Suggestion, state: str, memory: str | None = None) -> None:
    """Note what became of a suggestion; its words go, and it does not come again."""
    suggestions.settle(connection, settled.id, state, suggestions.marks(settled.id, _terms(settled.content)), memory)


def dismiss(connection: Connection, going: Iterable[Suggestion], author: Author) -> None:
    """Turn suggestions down, as one step; there is no way back, since no word of them is kept."""
    step: int | None = None
    for one in going:
        settle(connection, one, DISMISSED)
        step = journal.record(connection, "dismiss", one.id, author, now(), step=step, final=True)


def drop_saying(connection: Connection, texts: Iterable[str]) -> None:
    """Drop what says something of these texts, which are gone for good, and what is left of what said the same."""
    gone = {_plain(text): _terms(text) for text in texts}
    if not gone:
        return
    said = [(one.id, text) for one in suggestions.having(connection) for text in (one.content, one.sentence)]
    going = [id for id, text in said if any(_plain(text) in whole for whole in gone)]
    settled = suggestions.kept_marks(connection)
    going += [id for terms in gone.values() for id in _had(settled, terms)]
    suggestions.drop(connection, going)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".!")


def _had(settled: Mapping[str, frozenset[int]], terms: frozenset[str]) -> list[str]:
    """Which of the suggestions that were decided on said what has these terms? settled: their marks."""
    return [id for id, marks in settled.items() if _same(suggestions.marks(id, terms), marks)]


def _terms(text: str) -> frozenset[str]:
    return frozenset(term for term in analyse(text).terms if leads_on(term))


def _same(mine: frozenset[object], theirs: frozenset[object]) -> bool:
    """Do the other terms say what mine say? A text that says more than the other is not the same."""
    common = len(mine & theirs)
    least = min(len(mine), len(theirs))
    if not least or common < min(FEWEST, least) or common < SAID * least:
        return False
    return common >= SAID * len(mine) or len(mine) <= LONGER * len(theirs)


def _is_stored(connection: Connection, terms: frozenset[str]) -> bool:
    """Does a memory, current or replaced, say that already?"""
    rows = memories.matching(connection, memories.any_of(sorted(terms)), 2_000)
    return any(_same(terms, _telling(text.split())) for text in memories.term_texts(connection, rows).values())


def _telling(terms: Iterable[str]) -> frozenset[str]:
    return frozenset(term for term in terms if leads_on(term))


def _new_id() -> str:
    return "sug_" + "".join(_ALPHABET[byte & 31] for byte in os.urandom(10))
