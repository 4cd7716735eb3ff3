"""Which values does a name stand before that says they are secret?  `API_KEY=…`, "the admin password is …"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from neural_memory.text.lazily import later
from neural_memory.text.secrets.plain import plain_password
from neural_memory.text.secrets.values import SYMBOL, UNIT, Secret, bare, is_placeholder, like_password, like_random

PASSWORD, TOKEN, PIN = "password", "secret value", "PIN"
_NAMES = later(
    r"pass(?:words?|wd|phrase|code|wort)?|passwörte?r?|kennwort|contraseña|mot de passe|senha|pwd|pw|pin|"
    r"(?:api|access|secret|private|signing|encryption|master|auth|account|service|deploy|license|licence|shared|app|"
    r"client|webhook|cookie|session|user|admin|admin api|insert|ingest|integration)"
    r"[ _.-]?(?:api[ _.-]?)?(?:key|token|secret)(?:[_ -]?base)?|"
    r"secret[ _-]?access[ _-]?key|secret|token|apikey|credentials?|[a-z]{3,20} key(?= is [a-z0-9])"
)
_QUALIFIER = later(  # "password FOR THE VPN is", "password (temporary):"
    r"(?:[^\S\n](?:for|of|to|on|in|at|user)\b[^.;:=\n\"]{1,60}?|[^\S\n]\([^)\n]{1,40}\))"
    r"(?=[^\S\n]?[:=]|[^\S\n](?:is|was)\b)"
)
_ASSIGN = later(r"[\"'`\])]{0,3}[^\S\n]{0,4}(?:=>|:=|\?=|==?|:|<<<)[^\S\n]{0,4}")
_IS = later(
    r"[\"'`)]?[^\S\n]{1,2}(?:is|was|are|lautet|ist|es)"
    r"(?:[^\S\n](?:still|now|currently|simply|just|set to))?:?[^\S\n:]{1,3}"
)
_QUOTED = later(r"([\"'`“‘«])([^\n\"'`”’»]{1,300})[\"'`”’»]")
_BARE = later(r"[^\s\"'`,;]{1,4000}")
_SPACE = later(r"[^\S\n]{1,3}")


def named(text: str) -> Iterator[Secret]:
    """Values with a telling name before them."""
    lowered = _lowered(text)
    for name in _NAMES.finditer(lowered):
        kind = _kind(name[0])
        if not _whole_name(text, name.start(), name.end(), kind):
            continue
        if secret := _value(text, name.start(), name.end(), kind):
            yield secret


def _lowered(text: str) -> str:
    """In small letters, each still in its place (a few letters of other scripts become two)."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


def _kind(name: str) -> str:
    if name == "pin":
        return PIN
    word = re.split(r"[ _.-]", name)[-1]
    if name.startswith(("pass", "pw", "kennw", "contra", "mot", "senha")) or word.startswith("pass"):
        return PASSWORD
    return {"key": "key", "token": "token", "secret": "secret", "credential": PASSWORD}.get(word, TOKEN)


def _whole_name(text: str, start: int, end: int, kind: str) -> bool:
    """Whether the name ends here and does not begin within a word: DB_PASSWORD and dbPassword, not "bypass"."""
    if end < len(text) and (text[end].isalpha() or text[end] in "_-"):
        return False
    if text.rfind("[redacted: ", max(0, start - 40), start) >= 0 and text[end : end + 1] in " ]":
        return False
    if start == 0 or not text[start - 1].isalpha():
        return start == 0 or text[start - 1] not in ":/"  # a part of an ARN or a path
    before, first = text[start - 1], text[start]
    if before.islower() and first.isupper():
        return True
    return end - start > 6 and kind in (PASSWORD, "token", "secret") and before.isupper() == first.isupper()


def _value(text: str, start: int, end: int, kind: str) -> Secret | None:
    """The value that the name from here to there is given, if it is one."""
    place = end
    if qualifier := _QUALIFIER.match(text, place):
        place = qualifier.end()
    for link, judge in ((_ASSIGN, _assigned), (_IS, _said)):
        if found := link.match(text, place):
            return _judged(text, (start, end), found.end(), kind, judge, found[0])
    if place == end and (space := _SPACE.match(text, place)):
        return _judged(text, (start, end), space.end(), kind, _beside, " ")
    return None


def _judged(
    text: str,
    name: tuple[int, int],
    start: int,
    kind: str,
    judge: Callable[[str, str, bool, str], bool],
    link: str,
) -> Secret | None:
    if quoted := _QUOTED.match(text, start):
        value, begin, is_quoted = quoted[2], quoted.start(2), True
    elif word := _BARE.match(text, start):
        value, begin, is_quoted = bare(word[0]), start, False
    else:
        return None
    if not judge(value, kind, is_quoted, link):
        said = judge is _said and " ist" not in link
        if kind != PASSWORD or not (said or link.strip(" \"'`])") in (":", "=")):
            return None
        value = plain_password(text, name, value, begin, said=said, quoted=is_quoted)
        if not value or is_placeholder(value):
            return None
    return Secret("password" if kind == PASSWORD else kind, begin, begin + len(value))


def _assigned(value: str, kind: str, quoted: bool, link: str) -> bool:
    """After `=` or `:`."""
    if " " in value and not (quoted and kind == PASSWORD and SYMBOL.search(value)):
        return False
    if kind == PASSWORD:
        tight = "=" in link and " " not in link
        word = tight and 6 <= len(value) <= 64 and not is_placeholder(value) and not UNIT.match(value)
        return like_password(value) or word or (value.isdigit() and 6 <= len(value) <= 12)
    if kind == PIN:
        return value.isdigit() and 4 <= len(value) <= 8 and link.strip() == ":"
    if kind == "secret" and like_password(value) and len(value) >= 8 and not value.isalpha():
        return True
    return like_random(value, 12 if quoted or "=" in link else 16)


def _said(value: str, kind: str, quoted: bool, _link: str) -> bool:
    """After "is"."""
    if " " in value:
        return False
    if kind == PASSWORD:
        word = quoted and 5 <= len(value) <= 64 and not is_placeholder(value)
        return like_password(value) or word or (value.isdigit() and 6 <= len(value) <= 12)
    if kind == PIN:
        return value.isdigit() and 4 <= len(value) <= 8
    return like_random(value)


def _beside(value: str, kind: str, quoted: bool, _link: str) -> bool:
    """Right after the name."""
    if " " in value:
        return False
    if kind == PASSWORD:
        return (
            like_password(value)
            and len(value) >= 6
            and (quoted or not value[0].isdigit() or bool(SYMBOL.search(value)))
        )
    return kind != PIN and like_random(value, 20)
