"""The one door to this package: what is a memory, or a question, about?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from neural_memory.text.lazily import later
from neural_memory.text.stop import ASKING, HAPPENED, PLAIN
from neural_memory.text.tags import tag_term
from neural_memory.text.terms import ENTITY, WORD, Term, question_terms, stem, terms
from neural_memory.values import dataclass

TAG = "tag"
_ABOUT = later(r"\b(?:about|regarding|concerning) +\w", re.I)
_RANK = {WORD: 0, ENTITY: 1, TAG: 2}  # a concept that is ever a tag is a tag

# The word a kind is asked by is a term of each memory of that kind: "my preferences" finds every preference.
_KIND_TERMS = {k: Term(stem(k), k) for k in ("decision", "insight", "preference", "pattern", "reference")}
_KIND_NAMES = frozenset(term.text for term in _KIND_TERMS.values())
_KINDS_BY_TERM = {term.text: kind for kind, term in _KIND_TERMS.items()} | dict.fromkeys(
    ("decid", "agre", "choos", "chose", "chosen", "conclud", "settl"), "decision"
)


@dataclass(frozen=True, slots=True)
class Analysis:
    """terms: every occurrence, in order; concepts: the distinct ones, in order of first occurrence, best kind kept."""

    terms: tuple[str, ...]
    concepts: tuple[Term, ...]


def analyse(content: str, tags: Iterable[str] = (), kind: str = "fact") -> Analysis:
    """What a memory is about: the terms of its text, then those of its tags and its kind."""
    found = terms(content)
    for tag in tags:
        found.extend(_of_tag(tag))
    if kind in _KIND_TERMS and all(t.text != _KIND_TERMS[kind].text for t in found):
        found.append(_KIND_TERMS[kind])
    concepts: dict[str, Term] = {}
    for term in found:
        known = concepts.get(term.text)
        if known is None or _RANK[term.kind] > _RANK[known.kind]:
            concepts[term.text] = term  # a dict keeps the place of the first occurrence
    return Analysis(tuple(t.text for t in found), tuple(concepts.values()))


@lru_cache(maxsize=1 << 12)
def _of_tag(tag: str) -> tuple[Term, ...]:
    """The terms of a tag: its words, when it has several, and the tag itself."""
    words = terms(tag)
    return (*(words if len(words) != 1 else ()), Term(tag_term(tag), tag, TAG))


def ask(question: str) -> dict[str, str]:
    """The terms to look for, each with the word it was asked by; framing words count only when there is
    nothing else.
    """
    wanted = question_terms(question)
    return {term: word for term, word in wanted.items() if term not in ASKING} or wanted


def tells(term: str) -> bool:
    """Does a question with this term ask about something, not only when or whether something was said?"""
    return leads_on(term) and term not in ASKING


def asks_what_happened(question: str) -> bool:
    """Is a question, without its time, about nothing but what was then?  What follows "about" is a subject."""
    return not _ABOUT.search(question) and HAPPENED.issuperset(question_terms(question))


def kind_asked(wanted: Iterable[str]) -> str | None:
    """The kind of memory that these terms of a question ask for ("which *decisions*", "what did we *decide*")."""
    return next((_KINDS_BY_TERM[term] for term in wanted if term in _KINDS_BY_TERM), None)


def kind_term(kind: str) -> str | None:
    """The term that memories of a kind have; None for facts, which are nothing in particular."""
    return _KIND_TERMS[kind].text if kind in _KIND_TERMS else None


def names_kind(term: str) -> bool:
    """Is this what a kind of memory is asked by ("insights", "decisions")?"""
    return term in _KIND_NAMES


def leads_on(term: str) -> bool:
    """Can association go on from this concept? Not from numbers, single letters and words of every subject."""
    return term not in PLAIN and len(term) > 1 and not term.replace(".", "").isdigit()
