"""The one door to this package: what is a memory, or a question, about?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from neural_memory.text.stop import ASKING
from neural_memory.text.tags import tag_term
from neural_memory.text.terms import ENTITY, WORD, Term, question_terms, stem, terms

TAG = "tag"
_RANK = {WORD: 0, ENTITY: 1, TAG: 2}  # a concept that is ever a tag is a tag

# The word a kind is asked by is a term of each memory of that kind: "my preferences" finds every preference.
_KIND_TERMS = {k: Term(stem(k), k) for k in ("decision", "insight", "preference", "pattern", "reference")}


@dataclass(frozen=True, slots=True)
class Analysis:
    """terms: every occurrence, in order; concepts: the distinct ones, in order of first occurrence, best kind kept."""

    terms: tuple[str, ...]
    concepts: tuple[Term, ...]


def analyse(content: str, tags: Iterable[str] = (), kind: str = "fact") -> Analysis:
    """What a memory is about: the terms of its text, then those of its tags and its kind."""
    found = terms(content)
    for tag in tags:
        words = terms(tag)
        if len(words) != 1:
            found.extend(words)
        found.append(Term(tag_term(tag), tag, TAG))
    if kind in _KIND_TERMS and all(t.text != _KIND_TERMS[kind].text for t in found):
        found.append(_KIND_TERMS[kind])
    concepts: dict[str, Term] = {}
    for term in found:
        known = concepts.get(term.text)
        if known is None or _RANK[term.kind] > _RANK[known.kind]:
            concepts[term.text] = term  # a dict keeps the place of the first occurrence
    return Analysis(tuple(t.text for t in found), tuple(concepts.values()))


def ask(question: str) -> list[str]:
    """The terms to look for; words that only frame a question count only when there is nothing else."""
    wanted = question_terms(question)
    framing = {stem(word) for word in ASKING}
    return [t for t in wanted if t not in framing] or wanted
