"""Does this text hold a password, a key or a token itself?  And what does it say without it?

Three ways lead to one: the public formats (`formats`), texts whose form gives it away, such as a URL with a password or
a private key (`forms`), and values that a name stands before: `API_KEY=…`, "the admin password is …" (`names`). A value
must look like one (`values`), or be a plain word where only a password stands (`plain`). What merely looks random, a
hash or a UUID, is none unless something says that it is secret.

Every step looks at a bounded stretch of text, so the time grows with the length of the text and no faster.
"""

from __future__ import annotations

from collections.abc import Iterable

from neural_memory.text.secrets.formats import aws_secrets, formats
from neural_memory.text.secrets.forms import commands, headers, pairs, private_keys, urls
from neural_memory.text.secrets.names import named
from neural_memory.text.secrets.values import Secret

__all__ = ["Secret", "find", "hint", "redacted"]

_SEARCHES = (private_keys, formats, aws_secrets, urls, headers, commands, pairs, named)  # the surest first


def find(text: str) -> tuple[Secret, ...]:
    """The secrets in this text, in their order; they do not overlap.

    >>> [(s.kind, s.start, s.end) for s in find("The admin password is hunter2!, do not tell.")]
    [('password', 22, 30)]
    """
    found: list[Secret] = []
    taken = bytearray(len(text))
    for search in _SEARCHES:
        for secret in search(text):
            if not any(taken[secret.start : secret.end]):
                taken[secret.start : secret.end] = b"\1" * (secret.end - secret.start)
                found.append(secret)
    return tuple(sorted(found, key=lambda secret: secret.start))


def redacted(text: str, secrets: Iterable[Secret]) -> str:
    """The text with what each secret is called in its place.

    >>> redacted("pw hunter2!", [Secret("password", 3, 11)])
    'pw [redacted: password]'
    """
    pieces, end = [], 0
    for secret in sorted(secrets, key=lambda each: each.start):
        pieces += [text[end : secret.start], f"[redacted: {secret.kind}]"]
        end = secret.end
    return "".join([*pieces, text[end:]])


def hint(text: str, secret: Secret) -> str:
    """Enough of a secret to know which one is meant: its first four characters, of a short one fewer."""
    value = text[secret.start : secret.end]
    return value[: min(4, len(value) // 4)] + "…"
