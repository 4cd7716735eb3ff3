"""Do two texts say the same in nearly the same words?

Better to miss a pair than to name two different facts the same: texts that differ in a number, a name or a small word
that turns the sense ("not", "before", "off") are never alike, however many words they share.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from neural_memory.text.terms import ENTITY, Term, terms

SAME = 0.7
"""Share of terms (Jaccard) from which on two texts say the same."""
_IN_ORDER = 0.65
"""Share of terms that must also come in the same order: who calls whom is not the same either way round."""
_DENIES = frozenset("not no nor never none neither cannot without unless except only".split())
_OPPOSITES = tuple(
    pair.split("/")
    for pair in "before/after above/below over/under up/down on/off with/without more/less enable/disable "
    "enabled/disabled allow/deny allowed/forbidden always/never start/stop add/remove first/last min/max "
    "minimum/maximum least/most increase/decrease import/export read/write".split()
)
_VALUE = 2
"""Most words of a value."""
_ANY_WORD = re.compile(r"[\w./:@#+-]*\w")
_WORD = re.compile(r"[^\W\d_]+(?:['’]t\b)?")


def likeness(one: str, other: str) -> float:
    """How much of what two texts say is the same: 0 to 1, and 0 when something in them differs that matters."""
    return 0.0 if _turned(one, other) else _likeness(terms(one), terms(other))


def _likeness(mine: Sequence[Term], theirs: Sequence[Term]) -> float:
    found = _shared(mine, theirs)
    if found < SAME or differ(mine, theirs):
        return 0.0
    order = SequenceMatcher(None, [t.text for t in mine], [t.text for t in theirs], autojunk=False)
    return found if order.ratio() >= _IN_ORDER else 0.0


def _shared(mine: Iterable[Term], theirs: Iterable[Term]) -> float:
    """The share of distinct terms that two texts have in common (Jaccard)."""
    ours, others = {t.text for t in mine}, {t.text for t in theirs}
    return len(ours & others) / len(ours | others) if ours and others else 0.0


def differ(mine: Iterable[Term], theirs: Iterable[Term]) -> bool:
    """Does each name a number or a name that the other does not?"""
    ours, others = _telling(mine), _telling(theirs)
    return bool(ours - others and others - ours)


def apart(one: str, other: str) -> bool:
    """Is there something in two texts that tells them apart whatever else they say?

    The same words in another order do, too: whether they mean the same then, nothing here can tell.
    """
    mine, theirs = terms(one), terms(other)
    return (
        _turned(one, other) or differ(mine, theirs) or (_shared(mine, theirs) >= SAME and not _likeness(mine, theirs))
    )


def same_but_for_a_value(one: str, other: str) -> bool:
    """Do two texts say the same of something, but for one value: "rebuilt nightly", "rebuilt weekly"?

    Such lie closer together than the same in other words, since all the rest of them is the same.
    """
    mine, theirs = ([word.casefold() for word in _ANY_WORD.findall(text)] for text in (one, other))
    steps = SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes()
    replaced = [(b - a, d - c) for kind, a, b, c, d in steps if kind == "replace"]
    return len(replaced) == 1 and max(replaced[0]) <= _VALUE


def _telling(found: Iterable[Term]) -> set[str]:
    return {t.text for t in found if t.kind == ENTITY or any(c.isdigit() for c in t.text)}


def _turned(one: str, other: str) -> bool:
    """Does one of them deny something, or say the opposite in a single word?"""
    ours, others = _words(one), _words(other)
    if bool(ours & _DENIES) != bool(others & _DENIES):
        return True
    mine, theirs = ours - others, others - ours
    return any((a in mine and b in theirs) or (b in mine and a in theirs) for a, b in _OPPOSITES)


def _words(text: str) -> set[str]:
    """The words of a text; every n't is a not."""
    words = (word.casefold() for word in _WORD.findall(text))
    return {"not" if word.endswith(("'t", "’t")) else word for word in words}
