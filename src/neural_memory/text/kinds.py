"""What kind of memory is this text?  Recognised by how people say it; `fact` when nothing tells."""

from __future__ import annotations

import re

from neural_memory.text.lazily import later

# Where somebody tells how to work: "Never use mocks", and not "the mobile clients never use version 1".
_TOLD = r"(?:\A|[.!?;:\n]\s*|\bplease\s+|\bbut\s+|\band\s+)"
_WORK = r"(you|your|answers?|repl(y|ies)|responses?|explanations?|code|comments?|commits?|tests?|names?|types?|docs?)"
# In this order: a text that both prefers and decides was written down as a preference.
_SIGNS = (
    (
        "preference",
        r"\b(i|we|user)\s+((really|strongly|much|usually|generally)\s+)?(prefers?|likes?|favou?rs?|dislikes?|hates?)\b"
        r"|\bmy\s+(preference|favou?rite)|\bi('d|\s+would)\s+(rather|prefer)\b"
        rf"|\bi\s+want\s+((all|the|my)\s+)?{_WORK}\b|\bi\s+(always|never|don't|do\s+not)\s+use\b"
        rf"|{_TOLD}(always|never|don't|do\s+not)\s+use\b|{_TOLD}prefer\s+\w+|\A(always|never)\b"
        r"|\Ause\s+.*\binstead\s+of\b|\Aplease\s+(always|never|don't|do\s+not|use|write|keep|answer|avoid|prefer)\b"
        r"|\Ano\s+[^.]*\bplease\W*\Z",
    ),
    (
        "decision",
        r"\b(we|i|team)\s+(have\s+)?(decided|chose|picked|agreed|settled|opted|went\s+with)\b|\bdecision\b"
        r"|\bdecided\s+(to|on|against)\b|\bwe\s+(will|'ll)\s+use\b|\binstead\s+of\b.*\bbecause\b",
    ),
    (
        "insight",
        r"\b(root\s+cause|turns?\s+out|insight|lesson|learned\s+that|gotcha|caused\s+by|workaround|fixed\s+by)\b"
        r"|\bthe\s+(bug|fix|problem|issue)\s+(is|was)\b|\bruns?\s+out\s+of\s+memory\b"
        r"|\b(fails?|breaks?|crash(es)?|hangs?|times?\s+out)\s+(if|when|because|on|unless|with)\b",
    ),
    ("pattern", r"\b(pattern|convention|style\s+guide|naming\s+scheme|boilerplate|template)\b"),
    (
        "reference",
        r"\b(is|are|lives?|located|stored|found|documented)\s+(at|in|under)\s+\S*[/._]\S*|\bendpoint\s+is\b"
        r"|\b(endpoint|url|link|dashboard|runbook)\b.*://",
    ),
)
# A text with none of these words cannot match the signs of a kind: nearly every text is spared most of them.
_CUES = {
    "preference": "prefer prefers like likes favor favors favour favours dislike dislikes hate hates my use always "
    "never i please rather",
    "decision": "decided chose picked agreed settled opted went decision use instead",
    "insight": "root turn turns insight lesson learned gotcha caused workaround fixed bug fix problem issue run runs "
    "fail fails break breaks crash crashes hang hangs time times",
    "pattern": "pattern convention style naming boilerplate template",
    "reference": "at in under endpoint url link dashboard runbook",
}
_WORD = re.compile("[a-z]+")
_RULES = tuple((kind, later(pattern, re.I | re.S), frozenset(_CUES[kind].split())) for kind, pattern in _SIGNS)


def kind_of(text: str) -> str:
    """One of `model.KINDS`.

    >>> kind_of("We decided to use PostgreSQL"), kind_of("I prefer pure functions"), kind_of("The port is 8080")
    ('decision', 'preference', 'fact')
    """
    head = text[:2000]
    words = frozenset(_WORD.findall(head.casefold()))
    return next((kind for kind, rule, cues in _RULES if not cues.isdisjoint(words) and rule.search(head)), "fact")
