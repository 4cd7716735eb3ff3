"""What does a text claim?

"The payment service has a rate limit of 100 requests per minute" claims 100 a minute of {payment, service, rate,
limit}.
`claims` takes a text apart into such statements, clause by clause, as far as plain English for developers goes: the
telling words of each, which of them can be the value (what stands behind the verb: a number with its unit, a time, a
place, a name), whether it is denied, and what it says is over ("switched from Jest to Vitest", "X is deprecated").
Nothing is judged here; `contradictions.py` compares two claims.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from neural_memory.text.amounts import amount
from neural_memory.text.lazily import later
from neural_memory.text.phrases import GONE, NEW, OVER, WITH, clauses_of, plain, sentences
from neural_memory.text.rivals import known
from neural_memory.text.stop import STOP
from neural_memory.text.terms import stem

MAX_READ, MAX_CLAIMS = 3_000, 16
"""What is read of a text, in characters, and how many claims are taken from it."""
MAX_WORDS = 12
"""A claim of more telling words is a story, and too much for what is known of English here."""

WORD, NAME, PLACE, NUMBER, CLOCK, DAY, DATE = "word", "name", "place", "number", "clock", "day", "date"
MEASURES = (NUMBER, CLOCK, DAY, DATE)
"""Values of which another one shares no term: they do not count as what two texts must have in common."""


@dataclass(frozen=True, slots=True)
class Word:
    """One telling word of a claim.

    key: what it is compared by; text: as it was written; sort: WORD, NAME, PLACE, NUMBER, CLOCK, DAY or DATE;
    said: does it stand behind the verb, where values stand? by: what governs it ("is", "by", "in", "use"); unit: of a
    number, only those of one unit can be compared
    """

    key: str
    text: str
    sort: str
    said: bool
    by: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """words: in the order of the text; holds: False for what is denied; over: keys of what is said to be over;
    loose: keys of what it may be about as well; adds: it adds to a list ("also"); several: its value is a list;
    decided: a choice was made; keys: those of its words.
    """

    words: tuple[Word, ...]
    holds: bool = True
    over: frozenset[str] = frozenset()
    loose: frozenset[str] = frozenset()
    adds: bool = False
    several: bool = False
    decided: bool = False
    keys: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", frozenset(word.key for word in self.words))


_COPULA = frozenset("is are was were be been being : = →".split()) | {NEW}
_USE = frozenset("use uses used using run runs running ran".split())
_DECIDED = frozenset("decided decide decision chose chosen choose picked settled agreed opted".split())
_MODAL = frozenset("has have had having will must can may should shall do does did could would need needs ca wo might "
                   "get gets got".split())  # fmt: skip
_LIGHT = _COPULA | _USE | _DECIDED | _MODAL | frozenset(
    "live lives listen listens expose exposes exposed go goes went hold holds take takes allow allows stay stays sit "
    "sits work works happen happens require requires called named going based belong belongs".split()
)  # fmt: skip
"""Verbs that say nothing by themselves: "listens on 80" and "runs on 80" claim the same."""
_VERBS = _LIGHT | frozenset(
    """
    accept accepts become becomes began begin begins break breaks call calls closes contain contains covers depends
    equals expire expires fail fails gives handle handles include includes keep keeps lasts like likes load loads made
    makes means opens owns passes points prefer reads refuses rejects renew respects returns sends starts stops stores
    supports target targets timeout took writes
    """.split()
)
VERBS = _VERBS
_PREPOSITIONS = frozenset("by as in to at on with for from under over per of after before until into within".split())
_PERSONS = frozenset("we i they you he she not let's".split())
_PRONOUNS = frozenset("it this that these those".split())
_DENY = frozenset("not no never nobody nothing avoid avoids".split())
_ADD = frozenset("also too additionally another besides plus include includes including joined moreover among".split())
_NEUTRAL = frozenset(
    """
    now currently still already again later officially finally recently today meanwhile moved upgraded raised increased
    reduced lowered changed bumped pinned set configured switched migrated found located kindly please always presently
    exactly roughly about around only just really actually
    """.split()
)
_OPPOSITES = {
    "disabled": "enabled", "off": "on", "optional": "required", "forbidden": "allowed", "prohibited": "allowed",
    "private": "public", "inactive": "active", "unsupported": "supported", "deactivated": "enabled",
    "asynchronous": "synchronous", "async": "synchronous", "mutable": "immutable", "closed": "open",
}  # fmt: skip
"""word -> what it denies"""
_SAME = {
    "owned": "owner", "own": "owner", "owns": "owner", "maintained": "owner", "maintains": "owner",
    "maintainer": "owner", "belongs": "owner", "responsible": "owner", "maximum": "limit", "max": "limit",
    "limited": "limit", "capped": "limit", "cap": "limit", "allowed": "limit", "min": "minimum",
    "expire": "ttl", "expires": "ttl", "expiry": "ttl", "expiration": "ttl", "lifetime": "ttl", "preferred": "prefer",
    "rewritten": "written", "sync": "synchronous", "activated": "enabled", "mandatory": "required",
}  # fmt: skip
_LABELS = frozenset("pr mr error step room ticket http issue incident rfc line chapter phase".split())
_MONTH = later(
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)$"
)
_WEEKDAY = later(r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?$")
_KEPT = frozenset("else other others except".split())
"""Function words that tell statements apart."""
_EDGES = "\"'`“”‘’«»<>,;!?*|~^…·•"
_PLACE = later(r"[a-z][a-z0-9+.-]*://.|~?/[\w.%~-]|[\w.%~-]+[/\\]|\.{1,2}/.|%\w+%|#[a-z]", re.I)
_DOTTED = later(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.[a-z]{2,}$", re.I)
_CLOCK = later(r"(\d{1,2}):(\d\d)$")
_NTH = later(r"(\d{1,2})(?:st|nd|rd|th)$")
_ISO = later(r"20\d\d-\d\d(?:-\d\d)?$")
_REDACTED = later(r"\[redacted: [^\]\n]*\]")


def claims(text: str) -> list[Claim]:
    """What a text claims, in its order.

    >>> [(w.key, w.sort) for w in claims("The gateway listens on port 8080.")[0].words]
    [('gateway', 'word'), ('port', 'word'), ('8080', 'number')]
    """
    found: list[Claim] = []
    subject: tuple[Word, ...] = ()
    for sentence in sentences(_REDACTED.sub("", text[:MAX_READ])):  # nobody knows what stood there
        for clause in clauses_of(plain(sentence)):
            for claim in _of_clause(clause, subject):
                found.append(claim)
                subject = claim.words if any(not w.said for w in claim.words) else subject
        if len(found) >= MAX_CLAIMS:
            break
    return [claim for claim in found[:MAX_CLAIMS] if len(claim.words) <= MAX_WORDS]


def _of_clause(clause: str, subject: Sequence[Word]) -> Iterator[Claim]:
    """The claims of one clause: what it says, and what it says is over.

    subject: the words of the clause before; "it" stands for its subject, and a "with …" belongs to it.
    """
    chunks = clause.split()
    lower = [chunk.strip(_EDGES + ".").lower() for chunk in chunks]
    if not any(lower) or (len(lower) > 1 and lower[0].endswith("ed") and lower[1] in _PREPOSITIONS):
        return  # "Fixed in 2.1": of what?
    parts = _parts(_words(chunks, lower), lower)
    said, over, new = parts["said"], parts[OVER], parts[NEW]
    loose: frozenset[str] = frozenset()
    if lower[0] == WITH:  # "… authentication with 1-hour expiry": of the subject, or of what is said of it
        said = [*(w for w in subject if not w.said), *said]
        loose = frozenset(w.key for w in subject if w.said)
    elif len(lower) > 1 and lower[0] in _PRONOUNS:
        said = [*(w for w in subject if not w.said), *said]
    several = "and" in lower or "or" in lower
    adds = not _ADD.isdisjoint(lower) or clause.endswith("as well")
    if GONE in lower:  # what stands before is over; what follows "by" takes its place
        over, said = _head(said)
    if over:
        yield Claim((*_around(said, lower), *over), False, frozenset(w.key for w in over))
    denied = not _DENY.isdisjoint(lower) or ("against" in lower and not _DECIDED.isdisjoint(lower))
    holds = denied == (not _OPPOSITES.keys().isdisjoint(lower))
    if not holds and _verb(lower) is None:  # "so no numbers in it"
        return
    if said and (GONE not in lower or new):
        yield Claim(
            (*said, *new), holds, loose=loose, adds=adds, several=several, decided=not _DECIDED.isdisjoint(lower)
        )


def _parts(words: list[tuple[int, Word]], lower: list[str]) -> dict[str, list[Word]]:
    """The words, shared out to what is said, what is over (behind ⊘) and what is new (behind ⊕)."""
    parts: dict[str, list[Word]] = {"said": [], OVER: [], NEW: []}
    for at, word in words:
        zone = "said"
        for before in reversed(range(at)):
            if lower[before] in (OVER, NEW):
                zone = lower[before]
                break
            if lower[before] in _PREPOSITIONS and lower[before] != "of":
                break
        parts[zone].append(word)
    return parts


def _around(said: list[Word], lower: list[str]) -> list[Word]:
    """What is said around what is over, without the value that took its place ("in *Linear* instead of Jira")."""
    if OVER in lower and said and said[-1].said and NEW not in lower:
        return [w for w in said if not (w.said and w.by == said[-1].by)]
    return said


def _head(said: list[Word]) -> tuple[list[Word], list[Word]]:
    """What "is gone" is said of: the words before it; the rest is where ("… from the frontend")."""
    return [w for w in said if not w.said], [w for w in said if w.said]


def _words(chunks: list[str], lower: list[str]) -> list[tuple[int, Word]]:
    """The telling words of a clause, each with its place in it."""
    verb = _verb(lower)
    found: list[tuple[int, Word]] = []
    by, at = "", 0
    while at < len(lower):
        said = at > verb if verb is not None else bool(found)
        read = _measure(chunks, lower, at, said, by) or _moment(chunks, at, said, by)
        if read is not None:
            word, further = read
            if word.sort == NUMBER and (not (said or word.unit) or (found and found[-1][1].key in _LABELS)):
                word = replace(word, sort=WORD)  # "PR 812", "2.0 has …": it only says which one
            found.append((at, word))
            at = further
            continue
        by = _governs(lower[at], at == verb, by)
        if (plain_word := _word(chunks[at], lower[at], said, by, opens=at == 0)) is not None:
            found.append((at, plain_word))
        at += 1
    return found


def _governs(bare: str, is_verb: bool, by: str) -> str:
    """What governs the words from here on."""
    if bare in _COPULA:
        return "is"
    if bare in _USE or bare in _DECIDED:
        return "use"
    if bare in ("called", "named"):
        return "called"
    if bare in _PREPOSITIONS and bare != "of":
        return bare
    return bare if is_verb or bare in (OVER, GONE, "get", "gets") else by


def _measure(chunks: list[str], lower: list[str], at: int, said: bool, by: str) -> tuple[Word, int] | None:
    """An amount at this word, and where the text goes on."""
    measured = amount(lower, at) if lower[at] else None
    if measured is None:
        return None
    text = " ".join(chunk.strip(_EDGES + ".") for chunk in chunks[at : at + measured.used])
    return Word(measured.key, text, NUMBER, said, by, measured.unit), at + measured.used


def _verb(lower: list[str]) -> int | None:
    """Where the verb of a clause is, as far as can be told without a dictionary."""
    for place, word in enumerate(lower):
        if word in _COPULA or word in _MODAL or word == GONE:
            return place
    for place, word in enumerate(lower):
        if word in _VERBS or (place and lower[place - 1] in _PERSONS and word not in STOP):
            return place
    return 0 if lower[0] == WITH or lower[0] in ("always", "never") else None


def _moment(chunks: list[str], at: int, said: bool, by: str) -> tuple[Word, int] | None:
    """A time of day, a day of the week or a date at this word, and where the text goes on."""
    text = chunks[at].strip(_EDGES + ".")
    if not (text[:1].isdigit() or text[:1].isupper()):  # most words: every form begins so
        return None
    following = chunks[at + 1].strip(_EDGES + ".") if at + 1 < len(chunks) else ""
    if clock := _CLOCK.match(text):
        zone = following.upper() in ("UTC", "CET", "AM", "PM")
        key = f"{int(clock[1])}:{clock[2]}{following.lower() if zone else ''}"
        return Word(key, text, CLOCK, said, by), at + 1 + zone
    if _WEEKDAY.match(text.lower()) and text[0].isupper():
        return Word(text.lower().removesuffix("s"), text, DAY, said, by), at + 1
    if _MONTH.match(text):
        day = _NTH.match(following) or re.match(r"(\d{1,2})$", following)
        return Word(f"{text[:3].lower()}{f' {day[1]}' if day else ''}", text, DATE, said, by), at + 1 + bool(day)
    day = _NTH.match(text) or re.match(r"(\d{1,2})$", text)
    if day and _MONTH.match(following):
        return Word(f"{following[:3].lower()} {day[1]}", f"{text} {following}", DATE, said, by), at + 2
    if _ISO.match(text) or _NTH.match(text):
        return Word(text, text, DATE, said, by), at + 1
    return None


@lru_cache(maxsize=2048)  # texts that are compared with each other have most words in common
def _word(chunk: str, bare: str, said: bool, by: str, opens: bool) -> Word | None:
    """A word that tells something; None for function words and verbs that say nothing by themselves."""
    bare = bare.removesuffix("'s").removesuffix("s'")
    if not bare or not (bare.isalnum() or any(c.isalnum() for c in bare)) or bare in _NEUTRAL:
        return None
    if bare in _LIGHT and (opens or chunk != "Go"):
        return None
    text = chunk.strip(_EDGES + ".(){}[]").removesuffix("'s")
    letters = text.isalpha()  # most words: no pattern of a place or an identifier needs to be tried
    if not letters and (_PLACE.match(text) or (_DOTTED.match(text) and not known(text.lower()))):
        return Word(text.lower().rstrip("/"), text, PLACE, said, by)
    if bare in _OPPOSITES or bare in _SAME:
        return Word(stem(_SAME.get(bare) or _OPPOSITES[bare]), text, WORD, said, by)
    if bare in _KEPT:
        return Word(bare, text, WORD, said, by)
    if bare in STOP or bare in _PREPOSITIONS or bare in _DENY or bare in _ADD or bare == "against":
        return None
    named = (text[:1].isupper() and not opens) or not letters or (text != text.lower() and not text.istitle())
    key = bare if not bare.isalpha() and not bare.replace("-", "").isalpha() else stem(bare)
    return Word(
        key, text, NAME if (named and "-" not in text[1:]) or (not letters and _coded(text)) else WORD, said, by
    )


def _coded(text: str) -> bool:
    """Is it written like an identifier (db-a, rabbit-02, SHOP_12), not like a word?"""
    return "_" in text or any(c.isdigit() for c in text) or (text[:1].isupper() and "-" in text)
