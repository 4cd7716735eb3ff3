"""Which secrets does the form of a text give away?  Private keys, URLs with a password, headers, commands, pairs."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from neural_memory.text.lazily import later
from neural_memory.text.secrets.values import UNIT, Secret, bare, is_placeholder, like_password, like_random

_BEGIN = later(r"-----BEGIN ((?:[A-Z0-9]+ ){0,3})PRIVATE KEY( BLOCK)?-----")
_KEY_START = later(r"(?:\\[nr]|\s){1,8}(?:MI[IGH]|b3BlbnNza|lQ)[A-Za-z0-9+/=]{0,80}")  # how a coded key begins
_KEY_BODY = later(r"(?:\\[nr]|[\sA-Za-z0-9+/=:,>|\"\\-]){40,20000}")


def private_keys(text: str) -> Iterator[Secret]:
    """Private keys, with their lines."""
    end = 0
    for begin in _BEGIN.finditer(text):
        if begin.start() < end:
            continue
        close = text.find("-----", begin.end(), begin.end() + 20_000)
        body = text[begin.end() : close if close >= 0 else begin.end() + 20_000]
        inside = _KEY_BODY.match(body)
        if not inside or not re.search(r"[A-Za-z0-9+/]{30}", inside[0]):
            inside = _KEY_START.match(body)
        if not inside:
            continue
        if close >= 0:
            last = text.find("-----", close + 5, close + 80) if text.startswith("-----END ", close) else -1
            end = last + 5 if last >= 0 else close
        else:
            end = begin.end() + inside.end()
        yield Secret("private key", begin.start(), end)


_URL = later(r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,30}://([^\s/:@\"'<>]{0,100}):([^\s/\"'<>]{1,200})@(?=[\w.\[-])", re.I)
_QUERY = later(r"[?&;](?:sig|signature|x-amz-signature|x-goog-signature)=([\w%+/=.~-]{30,700})", re.I)


def urls(text: str) -> Iterator[Secret]:
    """Passwords and signatures inside URLs."""
    if "://" not in text and "sig" not in text.lower():
        return
    for found in _URL.finditer(text):
        if not is_placeholder(found[2]) and found[2] != found[1] and not set(found[2]) <= set("*x.•"):
            yield Secret("password in a URL", found.start(2), found.end(2))
    for found in _QUERY.finditer(text):
        if like_random(found[1]):
            yield Secret("signature in a URL", found.start(1), found.end(1))


_BEARER = later(r"\b(?:bearer|token)\s{1,3}([\w.~+/=-]{16,4000})", re.I)
_BASIC = later(r"\bbasic\s{1,3}([A-Za-z0-9+/]{8,400}={0,2})(?![\w+/=])", re.I)


def headers(text: str) -> Iterator[Secret]:
    """What an authorization header carries."""
    for found in _BEARER.finditer(text):
        if like_random(found[1]):
            yield Secret("bearer token", found.start(1), found.end(1))
    for found in _BASIC.finditer(text):
        if _holds_user_and_password(found[1]):
            yield Secret("basic credentials", found.start(1), found.end(1))


def _holds_user_and_password(coded: str) -> bool:
    try:
        plain = base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return False
    user, colon, password = plain.partition(":")
    return bool(colon and user and password and plain.isprintable() and not is_placeholder(password))


_COMMANDS = (
    later(r"\bcurl\b[^\n|;]{0,200}?\s(?:-u|--user)[\s=]?[\"']?[\w.@+-]{1,60}:([^\s\"']{4,200})"),
    later(r"\bsshpass\s+-p\s*[\"']?([^\s\"']{4,200})"),
    later(r"\b(?:docker|podman|helm|az|oc|twine|nuget)\s[^\n|;]{0,120}?\s-p[\s=]?[\"']?([^\s\"']{4,200})"),
    later(r"\b(?:mysql|mysqldump|mysqladmin|mariadb)\s[^\n|;]{0,120}?-p[\"']?([^\s\"']{4,200})"),
    later(r"\bhtpasswd\s+-\w*b\w*\s+\S{1,200}\s+\S{1,100}\s+[\"']?([^\s\"']{4,200})"),
    later(r"/user:\S{1,100}\s+[\"']?([^\s\"'/]{4,200})", re.I),
)


def commands(text: str) -> Iterator[Secret]:
    """Passwords given to a program on its command line."""
    for command in _COMMANDS:
        for found in command.finditer(text):
            if like_password(found[1]):
                yield Secret("password", found.start(1), found.end(1))


_PAIR = later(
    r"\b(?:credentials?|creds|log ?-?ins?|logon|sign ?in|account)\b"
    r"(?: (?:for|of|to|is|are|as|with|on|in)\b|:| =|[^\S\n]+[\w-]{1,30}){0,6}[^\S\n]{1,3}"
    r"[\"'`(]?([\w.@+-]{2,60})(?::|[^\S\n]?/[^\S\n]?|[^\S\n]\|[^\S\n])[\"'`]?(\S{5,100})",
    re.I,
)


def pairs(text: str) -> Iterator[Secret]:
    """`login is admin / …`, `credentials: deploy:…`."""
    for found in _PAIR.finditer(text):
        value = bare(found[2])
        if like_password(value) and not UNIT.match(value) and "/" not in value:
            yield Secret("password", found.start(2), found.start(2) + len(value))
