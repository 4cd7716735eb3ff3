"""How is something asked?  In a sentence, by a heading, or for all there is."""

from __future__ import annotations

import re

from neural_memory.text.lazily import later

_SENTENCE = frozenset(
    """
    what who whom whose which when where why how do does did don't is isn't are was were am be been can could should
    shall would will may might must has have had i you we they he she it me us my your our this that these those there
    tell show give list find explain please let's if because what's where's who's how's when's
    """.split()
)
"""Words by which a question, a request or a statement is known; a heading has none of them."""
LONGEST = 4
"""Words of a heading at most."""
_PROJECT = frozenset("project projects repo repository codebase code base workspace app application product".split())
_KNOWN = frozenset("know known remember remembered stored saved noted memory memories everything anything".split())
_FRAME = frozenset(
    """
    what's all about of on in for to with the a an and or so far up ok okay hi hello already currently right now
    overview summary summarize summarise describe introduction intro introduce background context gist brief briefly
    short quick general information info details facts notes whole entire current learn learned something thing things
    store see recall have got get do go happening remind
    """.split()
)
_POINTS = frozenset("this that these those it".split())
"""Words for something that was spoken of: not for all there is."""
_THIS = later(
    r"\b(?:this|the|our|my|current) (?:\w+ )?"
    r"(?:project|repo|repository|codebase|code base|workspace|app|application|product)\b"
    r"|\bproject (?:overview|summary|context|background|introduction|info|information|description)\b",
    re.I,
)
_WORD = later(r"[\w']+")


def is_heading(question: str) -> bool:
    """Is this a few words for a subject ("VPN software", "capacity of ferries"), and neither question nor sentence?

    >>> [is_heading(text) for text in ("team roster", "who is in the team?", "we moved to Mollie")]
    [True, False, False]
    """
    words = _words(question)
    return 0 < len(words) <= LONGEST and "?" not in question and _SENTENCE.isdisjoint(words)


def asks_for_all(question: str) -> bool:
    """Does this ask for all there is, of the project or at all, and for nothing of it in particular?

    >>> [asks_for_all(text) for text in ("What do you know about this project?", "what is the project's license?")]
    [True, False]
    """
    words = set(_words(question))
    if not words or words - _SENTENCE - _FRAME - _PROJECT - _KNOWN:
        return False
    if _THIS.search(question):
        return True
    return len(words) > 1 and words.isdisjoint(_PROJECT | _POINTS) and not words.isdisjoint(_KNOWN)


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text.replace("’", "'"))]
