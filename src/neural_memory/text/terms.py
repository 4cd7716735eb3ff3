"""Which terms does a text consist of?

A term is the form by which texts meet: the stem of a word ("payments" and "payment" are both ``payment``), or an
identifier kept whole *and* in its parts, as developers name things: ``PAYMENT_API_KEY`` is ``payment_api_key`` and
``payment``, ``api``, ``key``; ``getUserId`` is ``getuserid`` and ``get``, ``user``, ``id``; ``src/auth/login.py`` is
itself, ``login.py`` and its words. Scripts that are written without spaces are cut into overlapping pairs of
characters, the usual way to search them without a dictionary. Terms consist of letters, digits and ``_ . - / : @ #
+`` only, and are at most 64 characters long.
"""

from __future__ import annotations

import importlib.util
import itertools
import re
import sys
import unicodedata
from functools import lru_cache

from neural_memory.text.lazily import later
from neural_memory.text.stop import STOP
from neural_memory.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_TERM = 64
"""Longest term, in characters; what is longer is found by its beginning."""

MAX_QUESTION, MAX_QUESTION_TERMS = 20_000, 64
"""What is read of a question: so many characters, and so many distinct terms."""

WORD, ENTITY = "word", "entity"

# Short forms that developers use as if they were the word. Both sides of a search pass through this table.
SHORT_FORMS = {
    "args": "arguments", "auth": "authentication", "authn": "authentication", "authz": "authorization",
    "config": "configuration", "configs": "configuration", "cfg": "configuration", "conf": "configuration",
    "db": "database", "dbs": "databases", "deps": "dependencies", "dev": "development", "devs": "developers",
    "dir": "directory", "dirs": "directories", "doc": "documentation", "docs": "documentation", "env": "environment",
    "envs": "environments", "k8s": "kubernetes", "lib": "library", "libs": "libraries", "msg": "message",
    "param": "parameter", "params": "parameters", "postgres": "postgresql", "pg": "postgresql", "prod": "production",
    "psql": "postgresql", "pw": "password", "pwd": "password", "repo": "repository", "repos": "repositories",
    "js": "javascript", "ts": "typescript", "spec": "specification", "specs": "specifications", "vars": "variables",
    "config_file": "configuration",
}  # fmt: skip

# What the stemmer throws together though it has nothing to do with each other: "edition" with "edit", and so on.
_APART = {
    form: family[0]
    for family in (
        ("edition", "editions"), ("important", "importance", "importantly"), ("executive", "executives"),
        ("objective", "objectives"), ("positive", "positives", "positively"),
    )
    for form in family
}  # fmt: skip

_TERMINAL = later(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)")  # colours and the like
_CHUNK = later(r"\S+")
_URL = later(r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,30}://[^\s<>\"'`]+", re.I)
_EDGES = "\"'`“”‘’«»()[]{}<>,;:!?*|~^=…·•。、，：；！？（）「」『』【】"  # punctuation around a chunk, not part of it
_VERSION = later(r"v?(\d+(?:\.\d+)+(?:[-+][0-9a-z.]+)?)$", re.I)
_ASSIGNED = later(r"-?[=<>]+|[!~:]=+")
_PLUS = later(r"([a-z])(\+\+|#)$", re.I)  # C++, C#, F#
# Vowel signs and accents are no letters to `re`, but belong to their words (Arabic, Hebrew, Indic scripts, Thai, ...).
_LETTER = r"(?:[^\W_]|[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u109f\u1780-\u17ff])"
_WORDS = later(rf"{_LETTER}+(?:['’][^\W_]{{1,2}}(?![^\W_]))?")
_CAMEL = later(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\x00-\x7f]+")
_EVERY_HOST = frozenset("www com org net io html".split())
_FORBIDDEN = later(r"[^\w.\-/:@#+]")
# Scripts written without spaces between words: Han, kana, Hangul, Thai, Lao, Khmer, Burmese, Tibetan.
_UNSPACED = later(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_HAN = later("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def _english() -> Any:
    """The English stemmer, without what its package imports along with it: thirty other languages, 15 ms of CPU."""
    package, spec = "snowballstemmer", importlib.util.find_spec("snowballstemmer")
    if package in sys.modules or spec is None:
        return importlib.import_module(f"{package}.english_stemmer").EnglishStemmer()
    alone = sys.modules[package] = importlib.util.module_from_spec(spec)  # a package whose own code did not run
    try:
        return importlib.import_module(f"{package}.english_stemmer").EnglishStemmer()
    finally:
        if sys.modules.get(package) is alone:
            del sys.modules[package]  # who imports it gets the whole


_stemmer = _english()


@dataclass(frozen=True, slots=True)
class Term:
    """One occurrence. `text` is the matching form, `name` reads well, `kind` is "word" or "entity"."""

    text: str
    name: str
    kind: str = WORD


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """The matching form of one lower-case word.

    >>> stem("payments"), stem("expires"), stem("db"), stem("café")
    ('payment', 'expir', 'databas', 'cafe')
    """
    word = SHORT_FORMS.get(word, word)
    if (apart := _APART.get(word)) is not None:
        return apart
    if not word.isascii():
        folded = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
        if not folded.isascii():
            return word[:MAX_TERM]
        word = folded
    if len(word) > 32 or word.isdigit():
        return word[:MAX_TERM]
    return str(_stemmer.stemWord(word))


def terms(text: str) -> list[Term]:
    """All terms of `text` in order, repetitions included, stop words left out.

    >>> [t.text for t in terms("The payment service reads PAYMENT_API_KEY")]
    ['payment', 'servic', 'read', 'payment_api_key', 'payment', 'api', 'key']
    """
    found: list[Term] = []
    start_of_sentence = True
    if "\x1b" in text:
        text = _TERMINAL.sub(" ", text)
    for match in _CHUNK.finditer(unicodedata.normalize("NFKC", text)):
        chunk = match[0]
        if chunk.isalpha() and chunk.isascii():  # nearly every chunk: a plain word
            found.extend(_plain(chunk, start_of_sentence))
            start_of_sentence = False
            continue
        _chunk_terms(chunk, start_of_sentence, found)
        start_of_sentence = chunk[-1] in ".!?:…。" or chunk in ("-", "*", "•")
    return [term for term in found if term.text]


def _chunk_terms(chunk: str, start_of_sentence: bool, found: list[Term]) -> None:
    """Append the terms of one run of non-blank characters."""
    bare = chunk.strip(_EDGES)
    if not bare.endswith("..."):
        bare = bare.rstrip(".")
    if bare.isascii() and bare.isalpha():
        found.extend(_plain(bare, start_of_sentence))
        return
    if "://" in chunk and (url := _URL.search(chunk)):
        _url(url[0].rstrip(".,;:!?)]}'\""), found)
        return
    if len(sides := [side for side in _ASSIGNED.split(bare) if side]) > 1:  # numpy==2.1.0, x=5, a->b
        for side in sides:
            _chunk_terms(side, start_of_sentence, found)
        return
    if version := _VERSION.match(bare):
        found.append(Term(version[1].lower()[:MAX_TERM], bare, ENTITY))
        if bare[0] in "vV":
            found.append(Term(bare.lower()[:MAX_TERM], bare))
        return
    if plus := _PLUS.match(bare):
        found.append(Term(plus[0].lower(), plus[0], ENTITY))
        return
    bare = bare.removesuffix("()").strip("\"'`.,;:()[]{}-=")
    if _is_compound(bare):
        found.append(Term(_clean(bare), bare, ENTITY))
        if "/" in bare and "." in (last := bare.rsplit("/", 1)[-1]) and last != bare:
            found.append(Term(_clean(last), last, ENTITY))
        bare = bare if bare[1:] != bare[1:].upper() else bare.lower()  # the words of PAYMENT_API_KEY are no names
        start_of_sentence = True
    _words(bare, start_of_sentence, found)


@lru_cache(maxsize=1 << 14)
def _plain(word: str, start_of_sentence: bool) -> tuple[Term, ...]:
    """The terms of one run of letters; the same words come again and again."""
    found: list[Term] = []
    _word(word, start_of_sentence, found)
    return tuple(found)


def _url(url: str, found: list[Term]) -> None:
    """A URL: its host and the whole of it are entities, its parts are words."""
    rest = url.split("://", 1)[1]
    host = rest.split("/", 1)[0].rsplit("@", 1)[-1]
    if "/" in rest.rstrip("/"):
        found.append(Term(_clean(rest.rstrip("/")), url, ENTITY))
    if host:
        found.append(Term(_clean(host), host, ENTITY))
    for match in _WORDS.finditer(rest.lower()):
        if match[0] not in _EVERY_HOST:
            _word(match[0], True, found)


def _is_compound(chunk: str) -> bool:
    """Is this a name made of several parts: an identifier, a path, a dotted name, an address?"""
    if len(chunk) > MAX_TERM * 2 or not any(c.isalpha() for c in chunk):
        return False
    if "_" in chunk.strip("_") or "@" in chunk[1:-1] or "::" in chunk:
        return True
    if "/" in chunk.strip("/"):
        return chunk[0] in "/~." or chunk.count("/") > 1 or "." in chunk
    return "." in chunk.strip(".") and chunk.isascii() and " " not in chunk


def _words(chunk: str, start_of_sentence: bool, found: list[Term]) -> None:
    for match in _WORDS.finditer(chunk):
        _word(match[0], start_of_sentence, found)
        start_of_sentence = False


def _word(word: str, start_of_sentence: bool, found: list[Term]) -> None:
    """One run of letters and digits: a word, a camel-case name, or a run of an unspaced script."""
    if not word.isascii() and _UNSPACED.search(word):
        _unspaced(word, found)
        return
    if "'" in word or "’" in word:
        word = re.split("['’]", word, maxsplit=1)[0]
    if not word:
        return
    lower = word.lower()
    if lower in STOP:
        return
    parts = _CAMEL.findall(word) if not (word.islower() or word[1:].islower() or word.isupper()) else [word]
    if len(parts) > 1:
        found.append(Term(stem(lower), word, ENTITY))
        found.extend(
            Term(stem(part.lower()), part.lower())
            for part in parts
            if len(part) > 1 and part.lower() not in STOP and not (part.isdigit() and len(word) > 12)
        )
    else:
        named = word[0].isupper() and (not start_of_sentence or (len(word) > 1 and word.isupper()))
        found.append(Term(stem(lower), word if named else lower, ENTITY if named else WORD))


def _unspaced(run: str, found: list[Term]) -> None:
    """Overlapping pairs; single Han characters too, for they are words of their own."""
    position = 0
    for match in _UNSPACED.finditer(run):
        if before := run[position : match.start()]:
            _word(before, True, found)
        position = match.end()
        part = match[0]
        if len(part) == 1:
            found.append(Term(part, part))
        for left, right in itertools.pairwise(part):
            found.append(Term(left + right, left + right))
        if len(part) > 1:
            found.extend(Term(c, c) for c in part if _HAN.match(c))
    if after := run[position:]:
        _word(after, True, found)


def question_terms(question: str) -> dict[str, str]:
    """The distinct terms a question looks for, in order, each with the word it was asked by.

    A run of Han characters is looked for by its pairs only, a single one by itself.
    """
    wanted: dict[str, str] = {}
    for term in terms(question[:MAX_QUESTION]):
        wanted.setdefault(term.text, term.name)
        if len(wanted) >= MAX_QUESTION_TERMS:
            break
    pairs = "".join(t for t in wanted if len(t) == 2 and _UNSPACED.fullmatch(t))
    return {t: name for t, name in wanted.items() if not (len(t) == 1 and t in pairs)}


def _clean(name: str) -> str:
    return _FORBIDDEN.sub("_", name.lower())[:MAX_TERM].strip("_./:-") or "_"
