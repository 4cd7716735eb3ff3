"""Which tags does a text bring along?  And how is a tag spelled?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from neural_memory.text.lazily import later
from neural_memory.text.terms import terms

MAX_TAG = 64
"""Longest tag, in characters."""

# On a line of its own, or after the end of a sentence: "these HTML tags: script, iframe" is prose.
_TRAILING = later(r"(?:^|\n|(?<=[.;!?)。！？；])) {0,4}(?:tags?|labels?) ?: ?(?P<list>[^\n:;!?]{1,400})$", re.I)
_END = 450
"""Characters at the end of a text in which a list of tags is looked for."""


def split_trailing_tags(text: str) -> tuple[str, tuple[str, ...]]:
    """Take a closing ``Tags: a, b`` off the text; the text comes back to the letter when there is none.

    >>> split_trailing_tags("The admin panel has its own auth flow. Tags: authentication, admin")
    ('The admin panel has its own auth flow.', ('authentication', 'admin'))
    """
    end = len(text.rstrip())
    start = max(0, end - _END)
    found = _TRAILING.search(text, start, end)
    if not found or (found.start() == start > 0 and text[start] != "\n"):
        return text, ()
    names = tuple(tidy(name) for name in re.split(r"[,，、]", found["list"].rstrip(" .")))
    before = text[: found.start()].rstrip()
    # A sentence that happens to begin with "Tags:" is not a list: its items would be long, or the text would be empty.
    if not before or not all(name and len(name) <= MAX_TAG and len(name.split()) <= 4 for name in names):
        return text, ()
    return before, distinct(names)


def tidy(tag: str) -> str:
    """The spelling a tag is kept in: no blanks around, no leading #, inner blanks single."""
    return " ".join(tag.strip().lstrip("#").split())


def distinct(tags: Iterable[str]) -> tuple[str, ...]:
    """`tags` in order, each once; the first spelling of letters stays ("API" and "api" are one tag)."""
    kept: dict[str, str] = {}
    for tag in tags:
        kept.setdefault(tag.casefold(), tag)
    return tuple(kept.values())


@lru_cache(maxsize=1 << 12)
def tag_term(tag: str) -> str:
    """The term a tag is found by: that of the word, or its words joined.

    >>> tag_term("payments"), tag_term("rate limiting")
    ('payment', 'rate_limit')
    """
    parts = list(dict.fromkeys(t.text for t in terms(tag)))
    return "_".join(parts or ["tag", *(f"{ord(c):x}" for c in tag)])[:MAX_TAG]  # a tag of symbols: by their numbers
