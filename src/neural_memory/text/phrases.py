"""How is a statement said?  Turns of phrase are brought to one form before `claims.py` reads them.

"no longer" and "isn't … any more" become "not"; "owns X" becomes "X is owned by"; "replaced A with B", "switched from A
to B", "A is deprecated" and "B instead of A" become marks around what is over and what is new. Reasons are cut off:
they say why, not what.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from neural_memory.text.lazily import later

OVER, GONE, NEW, WITH = "⊘", "⊖", "⊕", "⊗"
"""Marks: what follows is over; what stands before is over; what follows is new; said of the subject before."""

_BE = r"(?:is|are|was|were|has been|have been|had been|got|gets|been)(?: now| finally| officially| already)?"
_STAGES = "production|prod|staging|stage|development|dev|test|testing|qa|canary|preview|sandbox|demo"
_REWRITE: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = tuple(
    (tuple(cues.split("|")), later(pattern, re.I), to)
    for cues, pattern, to in (
        ("’", r"’", "'"),
        ("cannot", r"\bcannot\b", "can not"),
        ("n't", r"\b(\w+?)n't\b", r"\1 not"),
        ("no longer", r"\bno longer\b", "not"),
        ("any", r"\b(?:any ?more|any longer)\b", ""),
        ("not only", r"\bnot only\b", "also"),
        (" out", r"\btim(?:es|ed|e) out\b", "timeout"),
        (
            "at most|up to|more than|max",
            r"\b(?:at most|up to|no more than|not more than|(?:a )?max(?:imum)? of)\b",
            "limit",
        ),
        ("at least|less than|min", r"\b(?:at least|no less than|(?:a )?min(?:imum)? of)\b", "minimum"),
        ("by default", r"\bby default\b", "default"),
        (
            " on",
            r"\b(is|are|was|turned|switched|set to) on(?= (?:default|in all|for all|everywhere)\b|$)",
            r"\1 enabled",
        ),
        (" off", r"\b(is|are|was|be|turned|switched|set to)(?: now| currently| still)? off\b", r"\1 disabled"),
        ("be on", r"\bbe on(?= (?:in|for)\b)", "be enabled"),
        (
            " on",
            r"\b(is|are|was|turned|switched|set to)(?: now| currently| still)? on"
            rf"(?= (?:in|on) (?:the |our |all )?(?:{_STAGES})\b)",
            r"\1 enabled",
        ),
        (
            "allow|permit|accept|tolerate",
            r"\b(?:allows?|permits?|accepts?|tolerates?)(?: only| just)?(?: limit)? (?=\d[\d,._]* ?[a-z-]+(?: ?/|"
            r" (?:per|an?|each|every)\b))",
            "has limit ",
        ),
        ("in charge", r"\bin charge of\b", "responsible for"),
        ("instead of|rather than", r"\b(?:instead of|rather than)\b", OVER),
        ("prefer", r"\bprefer(?:s|red)? ([^,;.]{2,40}?) (?:over|to)\b", rf"prefer \1 {OVER}"),
        ("replaced|superseded", rf"\b{_BE} (?:replaced|superseded) (?:by|with)\b", f"{GONE} {NEW}"),
        ("renamed", rf"\b{_BE} renamed(?: to)?\b", f"{GONE} {NEW}"),
        (
            "replaced|swapped|renamed",
            r"\b(?:replaced|swapped|renamed) ([^,;.]{2,50}?) (?:with|by|to|for|into) ",
            rf"{OVER} \1 {NEW} ",
        ),
        ("replace|supersede", r"\b(?:replaces|supersedes|replaced)\b", OVER),
        (
            " from ",
            r"\b(?:(?:is|are|was|were|has|have|had|been) )*(?:switched|moved|migrated|changed|converted|went|ported)"
            r"((?: (?:the|our) [^,;.]{2,30}?)?)(?: over)? from ([^,;.]{2,50}?) (?:to|into) ",
            rf"\1 {OVER} \2 {NEW} ",
        ),
        ("moved to|relocated to", r"\b(?:has |have |was |were |is |are )?(?:moved|relocated) to\b", "is in"),
        (
            "gone|retired|removed|dropped|deprecated|obsolete|discontinued|abandoned|decommissioned|sunset|switched off"
            "|shut down|no more",
            rf"\b{_BE} (?:gone|retired|removed|dropped|deprecated|obsolete|discontinued|abandoned|decommissioned|sunset"
            r"|switched off|shut down|no more)\b",
            GONE,
        ),
        (
            "dropped|removed|retired|abandoned|got rid|gave up|stopped|ditched|moved",
            r"\b(?:we|i|they|team) (?:have |has )?(?:dropped|removed|retired|abandoned|got rid of|gave up|stopped using"
            r"|ditched|moved away from|moved off)\b",
            OVER,
        ),
        ("not ", r",? (?:and |but )?not (?:by|in|on|to|with|at|from|for) ", f" {OVER} "),
        ("not ", r", (?:and |but )?not (?!to\b)", f" {OVER} "),
    )
)
"""(cues, pattern, what to write): without one of its cues, in lower case, a pattern cannot match, and is not tried."""
_OWNS = later(
    r"^(?P<who>(?:the |our )?[\w'-]+(?: [\w'-]+){0,2}?) (?:(?:now|has|have|currently|also) )*"
    r"(?:owns?|maintains?|took over|taken over|takes over|is (?:now )?responsible for|takes care of|looks after"
    r"|is (?:now )?the (?:new )?(?:owner|maintainer) of) (?P<what>.+?)(?: from (?P<before>[\w' -]+))?$",
    re.I,
)
_ROLE = later(
    r"^(?P<who>[A-Z][\w-]+(?: [A-Z][\w-]+)?) is (?:now )?(?P<what>(?:the|our) (?:[\w-]+ ){0,3}?"
    r"(?:lead|owner|maintainer|contact|manager|reviewer|admin|head|architect|cto|on-call)\b.*)$"
)
_LEADS = later(
    r"^(?P<who>[A-Z][\w-]+(?: [A-Z][\w-]+)?) (?:(?:now|currently) )?(?:leads|heads|is (?:now )?leading)"
    r" (?P<what>(?:the|our) (?:[\w-]+ ){1,3}(?:team|squad|group|guild|chapter|department|project))(?P<rest>.*)$"
)
_NEEDED = later(
    r"^(?P<what>(?:[\w.#+-]+ )?(?P<product>[\w.#+-]+)) (?:version )?v?(?P<number>\d+(?:\.\d+){0,3})(?:\.x|\+)?"
    r"(?: (?:or|and) (?:newer|later|higher|above|up))? (?:is|are) (?:(?:now|currently|always) )?"
    r"(?:required|needed|mandatory|the minimum(?: version)?)\b(?P<rest>.*)$",
    re.I,
)
_VERSIONED = frozenset(
    """
    ansible android angular bash bazel bun c# c++ cassandra chrome clang clojure cmake cpython cuda cudnn dart deno
    debian django docker dotnet .net elasticsearch elixir erlang esbuild eslint fastapi firefox flask flutter gcc git
    glibc go golang gradle grafana haskell helm hibernate ios java jdk jest jre julia jvm k3s kafka kotlin
    kubernetes laravel linux llvm lua macos mariadb maven mongodb mypy mysql next.js nginx node node.js nodejs npm numpy
    openjdk openssl pandas perl php pip playwright pnpm podman poetry postgres postgresql prometheus protobuf protoc
    pytest python pytorch r rails react redis redux ruby rust rustc safari sbt scala sdk spark spring sqlite swift
    tensorflow terraform tls tomcat typescript ubuntu vite vue webpack windows xcode yarn zig
    """.split()
)
"""What comes in versions of which one is required; of rooms, forms and steps several can be."""
_HANDLES = later(r"^(?P<who>[A-Z][\w-]+) (?P<verb>handle|manage|review|approve|sign)s (?P<what>.+)$")
_USED = later(r"^(?P<what>\S+(?: \S+){0,2}) (?:is|are) used (?:for|in|by) (?P<where>.+)$", re.I)
_SENTENCE = later(r"(?<=[.!?;])[\"')\]]*\s+|\s*[\n\r;]+\s*|\s+[-–—]+\s+|\s*[()\[\]]+\s*")
_REASON = later(
    r",?\s(?:because|since|so that|as of|in order|which|after (?:the|we|a)\b|when we|to avoid|to keep)\b.*", re.I
)
_SINCE = later(r"^(?:since|as of|starting|from)\s+[\w-]+(?:\s+20\d\d|\s+on)?,?\s+(?=the\b|we\b|our\b|all\b)", re.I)
_COLON = later(r":\s+(?=.*\b(?:is|are|was|were|will|has|have|must|use)\b)")
_GOES_ON = later(
    r"\S+ (?:for|in|with|on) |(?:\S+ ){0,3}(?:is|are|was|were|has|have|will|must|use|uses|runs?|lives?|expires?|⊘|⊖)\b"
)


def sentences(text: str) -> Iterator[str]:
    """The sentences that can claim something; questions claim nothing."""
    for sentence in _SENTENCE.split(text):
        if sentence and not sentence.rstrip().endswith("?"):
            yield sentence.strip(" .!\"'*-•#")


def plain(sentence: str) -> str:
    """The sentence without its reasons, its turns of phrase in one form."""
    sentence = _REASON.sub("", _SINCE.sub("", sentence, count=1))
    lower = sentence.lower()
    for cues, pattern, to in _REWRITE:
        if any(cue in lower for cue in cues):
            sentence = pattern.sub(to, sentence)
            lower = sentence.lower()
    return sentence


def clauses_of(sentence: str) -> Iterator[str]:
    """The parts of a sentence that claim by themselves."""
    for part in re.split(r",\s+", sentence):
        for clause in _COLON.split(part, maxsplit=1):
            for one in _split(re.sub(r":\s+", " : ", clause)):
                yield _owned(one)


def _split(clause: str) -> Iterator[str]:
    """Cut where "and" or "with" goes on to another claim: "uses Redis with a TTL of 24 hours"."""
    words = clause.split()
    for place, word in enumerate(words):
        rest = " ".join(words[place + 1 :])
        if place > 1 and word in ("and", "but") and _GOES_ON.match(rest):
            yield " ".join(words[:place])
            yield from _split(rest)
            return
        if place > 1 and word == "with" and re.match(r"(?:[a-z]+ ){0,4}\d", rest, re.I):
            yield " ".join(words[:place])
            yield from _split(f"{WITH} {rest}")
            return
    yield clause


def _owned(clause: str) -> str:
    """Who owns something, or has a role, said of that."""
    if role := _ROLE.match(clause):
        return f"{role['what']} is {role['who']}"
    if leads := _LEADS.match(clause):
        return f"the lead of {leads['what']} is {leads['who']}{leads['rest']}"
    if (needed := _NEEDED.match(clause)) and needed["product"].lower() in _VERSIONED:
        return f"{needed['what']} required : {needed['number']}{needed['rest']}"
    if handles := _HANDLES.match(clause):
        return f"{handles['what']} is {handles['verb'].rstrip('e')}ed by {handles['who']}"
    if (used := _USED.match(clause)) and " not" not in clause:
        return f"{used['where']} uses {used['what']}"
    match = _OWNS.match(clause)
    if not match:
        return clause
    before = f" {OVER} {match['before']}" if match["before"] else ""
    return f"{match['what']} is owned by {match['who']}{before}"
