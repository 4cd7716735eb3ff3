"""Does a text begin with the words by which somebody asked to store it?  "Store this:" is no part of what is stored."""

from __future__ import annotations

from neural_memory.text.lazily import later

_PREFACE = later(
    r"\s*(?:please\s+)?(?:store|remember|save|note|memori[sz]e)\s+(?:down\s+)?(?:this|the\s+following)"
    r"(?:\s+(?:debugging|architecture|architectural|design|code|coding|project|team|important|new))?"
    r"(?:\s+(?:insight|decision|fact|preference|pattern|convention|note|finding|lesson|rule|detail|memory))?"
    r"\s*:\s+(?=\S)",
    2,  # re.IGNORECASE
)


_SCOPE = r"(?:for|in|across)\s+(?:all|every|each)\s+(?:of\s+)?(?:(?:my|our|the)\s+)?projects?"
_EVERYWHERE = later(
    r"\s*(?:(?:please\s+)?(?:store|remember|save|note|memori[sz]e)\s+(?:down\s+)?(?:(?:this|it|that|the\s+following)\s+)?)?"
    rf"(?:{_SCOPE}|everywhere)\s*:\s+(?=\S)",
    2,  # re.IGNORECASE
)


def is_for_everywhere(preface: str) -> bool:
    """Does what asks to store say that it holds in every project?"""
    return bool(preface) and _EVERYWHERE.match(f"{preface} …") is not None


def split_preface(text: str) -> tuple[str, str]:
    """(preface, the rest): only an unmistakable request is one; "Remember that …" may be part of what is said.

    >>> split_preface("Store this debugging insight: amounts are rounded")
    ('Store this debugging insight:', 'amounts are rounded')
    >>> split_preface("Remember for all projects: the VPN is at vpn.acme.example")[0]
    'Remember for all projects:'
    >>> split_preface("Store: opening hours are in hours.yml")[0]
    ''
    """
    found = _PREFACE.match(text[:200]) or _EVERYWHERE.match(text[:200])
    return (found[0].strip(), text[found.end() :]) if found else ("", text)
