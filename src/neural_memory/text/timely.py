"""Could a text tell of a time at all?  Most do not, and need not be read closely for it."""

from __future__ import annotations

_TELLING = frozenset(
    """
    today tonight morning afternoon evening night yesterday recently lately minute minutes hour hours day days week
    weeks month months quarter quarters year years sprint sprints spring summer autumn fall winter
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri
    before after since until till
    """.split()
)
"""One of these, a year or a quarter ("Q3") is in every time and in every event that `times` knows."""

_QUARTERS = ("q1", "q2", "q3", "q4")


def may_tell_time(text: str) -> bool:
    """Has it any word that a time needs?"""
    words = "".join(c if c.isalnum() else " " for c in text.lower()).split()
    return any(word in _TELLING or word[0] == "2" or word[:2] in _QUARTERS for word in words)
