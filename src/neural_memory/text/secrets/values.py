"""Does this value look like a password, or like something drawn at random?

A variable's name, a placeholder, a path, an expression of a program, a technical term and an ordinary word do not.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from neural_memory.text.lazily import later


class Secret(NamedTuple):
    """kind: what it is called, "GitHub token"; start, end: where it stands in the text."""

    kind: str
    start: int
    end: int


# Expressions here are matched from the beginning of a value, and none repeats a repeat: a value may be long.
_PLACEHOLDER = later(
    r"[$<{(\[%&|]|--[a-z]|[\\/](?!\S*=\Z)|!(?:vault|secret|env|env_var|ref|sub|include)\b|enc\[|op://|vault:|arn:|https?://|file:|[~.][\\/]|[a-z]:\\|@microsoft|"
    r"(?=.{0,80}(?:example|placeholder|redacted|x{6}|\*{3}|•{3}|\.{3}|…|[<>]|\$\{|\{\{))|"
    r"(?=.{0,30}\Z)(?=.*(?:your|change_?-?me|replace|dummy|insert|xxxx|todo|some[-_]|_here\b))|"
    r"(?=.{0,30}\Z)(?=.*my[-_]?(?:secret|token|pass|key))|"
    r"\W{0,3}[a-z]{2,}(?:_[a-z]+)*=\W{0,3}(?:[a-z_]*|\d+)\W{0,3}\Z|"  # an argument: stream=True
    r"[a-z]+(?:_[a-z]+)+\Z",  # a name: trust_password
    re.I,
)
_NOT_VALUES = frozenset(
    """
    none null nil undefined true false yes no on off string str text bool int integer number object any bytes
    varchar required optional empty missing unknown unset default disabled enabled hidden masked secret secrets
    password passwords passwd pass passphrase token tokens key keys apikey bearer basic plain plaintext encrypted
    hashed cleartext prompt ask see read same test todo tbd random generated rotated env environment vault keychain
    keyring login auth user admin value foo bar baz not the a an in from via with for is and or only never always
    must should can will invalid valid wrong correct expired refresh access session field column header cookie file
    path name id pwd stored kept set
    """.split()
)
_TECHNICAL = later(
    r"(?:sha-?\d+\w*|md5\w*|[rheps]s(?:256|384|512)|ed25519\w*|x25519|x509|aes-?\d*\w*|rsa-?\d*|utf-?\d+|base\d+\w*|"
    r"(?:string|boolean|float|int)!|argon2\w*|bcrypt\w*|scrypt\w*|pbkdf2\w*|oauth-?2?\w*|2-factor|1password\S*|k8s|i18n|l10n|a11y|s3|ec2|rfc-?\d+|"
    r"cve-[\d-]+|http[s12]+|ipv[46]|p(?:256|384|521)|web3|mp[34]|python[23]|[a-z]{2}-[a-z]+-\d|v\d+\w{0,5}|"
    r"v?\d+(?:\.\w+)+|\d+(?:[-/:.]\d+)*(?:[a-z]{1,2}|-?(?:bit|byte|char|day|hour|minute|month|week|year|digit)\w*)?|"
    r"[a-z]+)",
    re.I,
)
_EXPRESSION = later(
    r"[A-Za-z_][\w-]*(?:(?:\.|::|->|\?\.)[A-Za-z_]\w*)+[\[(;,]?\Z|"  # process.env.KEY
    r"[A-Za-z_][\w.]*[(\[]|"  # getpass(…, os.environ["KEY"]
    r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z|"  # PAYMENT_API_KEY
    r"[A-Z]?[a-z0-9_.@-]*(?:/[A-Z]?[a-z0-9_.@-]+)+/?\Z"  # prod/billing/db
)
_CAMEL = later(r"[a-z]*(?:[A-Z]{1,4}\d?[a-z]{2,}\d{0,5})+[A-Z]{0,4}")
_UUID = later(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.I)
_CHANGE = later(r"\d[A-Za-z]|[A-Za-z]\d|[a-z][A-Z]|[A-Z][A-Z][a-z]")
SYMBOL = later(r"[!@#$%^&*?+=~|]")


def is_placeholder(value: str) -> bool:
    """Whether this stands for a value, or is none."""
    plain = value.strip("\"'`").lower()
    return (
        len(set(plain)) < 3
        or plain in _NOT_VALUES
        or bool(_PLACEHOLDER.match(value) or _EXPRESSION.match(value))
        or (len(plain) < 12 and plain.rstrip("0123456789!") in ("password", "passwd", "secret", "token", "key", "user"))
    )


def like_password(value: str) -> bool:
    """Letters with digits or symbols between them, as nobody writes a word."""
    if not 5 <= len(value) <= 200 or is_placeholder(value) or _TECHNICAL.fullmatch(value):
        return False
    letter = any(character.isalpha() for character in value)
    digit = any(character.isdigit() for character in value)
    marked = digit or SYMBOL.search(value.strip("?*_~")) is not None
    return (letter and marked) or _changes_case(value)


def _changes_case(value: str) -> bool:
    """Whether capitals stand where neither names nor sentences have them."""
    humps = len(re.findall(r"[A-Z](?=[a-z])|[a-z](?=[A-Z]{2})", value))
    return len(value) >= 8 and humps >= 3 and value.isalnum() and not _CAMEL.fullmatch(value)


def like_random(value: str, least: int = 16) -> bool:
    """Drawn from an alphabet, not written: one long run of letters and digits, or of all kinds of letters."""
    if (
        not least <= len(value) <= 4_000
        or is_placeholder(value)
        or (not value.isalpha() and _TECHNICAL.fullmatch(value))
    ):
        return False
    if _UUID.fullmatch(value):
        return True
    longest = max(re.split(r"[-_./:,;]+", value), key=len)
    if len(longest) < min(least, 12):
        return False
    digits = sum(character.isdigit() for character in longest)
    if digits == len(longest) or (digits == 0 and not _changes_case(longest)):
        return False
    return not _CAMEL.fullmatch(longest) and len(set(longest)) >= 8 and len(_CHANGE.findall(longest)) >= 3


_UUID = later(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.I)


UNIT = later(r"\d+[a-z]*\Z", re.I)
"""A number and what it counts: 90, 24h."""


def bare(value: str) -> str:
    """Without what closes a sentence or a bracket."""
    return value.rstrip(".,:;)]}>\"'`”’»…")
