"""What of a conversation is worth keeping?  Decisions, the user's corrections, causes that took long to find.

Only what is said outright counts: a sentence that asks, supposes, hedges, speaks of this moment alone or is taken back
later is none. What is missed can still be stored by saying so; what is suggested wrongly costs somebody's time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from neural_memory.text.analyse import analyse, leads_on
from neural_memory.text.lazily import later
from neural_memory.text.wishes import is_synthetic
from neural_memory.values import dataclass

DECISION, CORRECTION, PREFERENCE, CAUSE = "decision", "correction", "preference", "cause"
LONG_SEARCH = 4
"""Tool calls of a turn from which on the cause it found was hard to find."""
_SHORTEST, _LONGEST = 20, 320
_TELLING = 3  # terms a sentence must have to be understood by itself


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said at once. calls: how many tools the assistant had used by then since the user's last words."""

    by_user: bool
    text: str
    at: str | None = None
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Worth:
    """what: one of the four; sentence: as it was said; content: without what only led up to it."""

    what: str
    sentence: str
    content: str
    at: str | None


_USER = (
    (
        DECISION,
        r"\b(?:we|the\s+team|team)\s*(?:'ve|have|has)?\s*(?:just\s+|now\s+|finally\s+)?(?:decided|agreed|chose"
        r"|chosen|settled)\b"
        r"|\bdecision\s*:|\bit(?:'s|\s+is|\s+was)\s+(?:been\s+)?decided\b|\bfrom\s+now\s+on\b"
        r"|\bgoing\s+forward\b|\bfrom\s+here\s+on\b"
        r"|\bwe\s*(?:'ll|will|are\s+going\s+to|'re\s+going\s+to|are)\s+(?:go(?:ing)?\s+with"
        r"|stick(?:ing)?\s+(?:with|to)|standardi[sz]\w+\s+on"
        r"|switch(?:ing)?\s+to|mov(?:e|ing)\s+to|adopt(?:ing)?|keep(?:ing)?\s+using)\b"
        r"|\blet'?s\s+(?:go\s+with|stick\s+(?:with|to)|standardi[sz]e\s+on|settle\s+on|adopt)\b"
        r"|\b(?:i|we)\s*(?:'ve|have)?\s*decided\s+(?:to|on|against|that|not\s+to)\b",
    ),
    (
        CORRECTION,
        r"\A(?:no|nope|wrong|not\s+quite|actually|wait)\b[,.!:—–-]*\s+(?:actually[, ]+)?(?:we|our|it|the|that"
        r"|this|they|there|don't|do\s+not|never"
        r"|use|in\s+this|production|staging|[A-Z`]\w+)\b"
        r"|\bthat(?:'s|\s+is)\s+(?:wrong|not\s+(?:right|true|correct|how))\b|\bI\s+(?:already\s+)?told\s+you\b"
        r"|\bwe\s+(?:don't|do\s+not|never|no\s+longer)\s+(?:use|have|support|commit|merge|deploy|mock|allow|want"
        r"|run|write|touch|edit)\b"
        r"|\b(?:it|this|that|(?:the|our)\s+\w+(?:\s+\w+)?)\s+(?:is|are|should\s+be|must\s+be|lives?|runs?"
        r"|belongs?)\b[^.?!]*,?\s+not\s+"
        r"(?:the|a|an|in|on|at|from|with|\d|`|[A-Za-z])"
        r"|\buse\s+\S+(?:\s+\S+){0,4}\s*,?\s+(?:instead\s+of|rather\s+than|not)\s+\S+",
    ),
    (
        PREFERENCE,
        r"\bI\s+(?:really\s+|strongly\s+|generally\s+|always\s+|much\s+)?(?:prefer|dislike|hate|like\s+it\s+when)\b"
        r"|\A(?:please\s+)?(?:always|never)\s+\w+|\bmy\s+preference\b|\bI\s+(?:always\s+"
        r"|never\s+)want\b.*\b(?:always|never|every)\b"
        r"|\bstop\s+(?:adding|using|writing|creating|putting|asking)\b|\bplease\s+(?:always|never|don't\s+ever)\b"
        r"|\b(?:in\s+this|in\s+our|across\s+the)\s+(?:project|repo|repository|code\s*base"
        r"|team)\s*,?\s+(?:we\s+)?(?:always|never|use|all)\b",
    ),
)
_ASSISTANT = (
    (
        CAUSE,
        r"\broot\s+cause\s+(?:was|is|turned\s+out|of\b)|\b(?:was|were|is|are)\s+(?:actually\s+)?caused\s+by\b"
        r"|\bturn(?:s|ed)\s+out\s+(?:that|to\s+be)\b"
        r"|\bthe\s+(?:real\s+|actual\s+|underlying\s+)?(?:bug|issue|problem|failure|culprit|reason|crash|flake"
        r"|flakiness|leak|deadlock|cause)"
        r"\s+(?:was|is)\s+(?!fixed|resolved|gone|solved|that\s+you|with\s+your)"
        r"|\b(?:failed|fails|hung|crashed|broke|timed\s+out)\s+because\b|\bthe\s+fix\s+(?:was|is)\s+to\b"
        r"|\bhappen(?:s|ed)\s+because\b",
    ),
)
_RULES = {
    True: [(what, later(rule, re.I | re.M)) for what, rule in _USER],
    False: [(what, later(rule, re.I | re.M)) for what, rule in _ASSISTANT],
}
_OPEN = later(  # asks, supposes, hedges, is undecided
    r"\?|\b(?:maybe|perhaps|possibly|probably|likely|might|may\s+be|could\s+be|seems?|suspect|guess|wonder"
    r"|not\s+sure|unsure|assum\w+|hypothe\w+"
    r"|apparently|i\s+think|i\s+believe|my\s+(?:theory|hunch|guess)|looks\s+like|appears)\b"
    r"|\b(?:what|how)\s+if\b|\A\s*(?:and\s+|but\s+|so\s+)?(?:if|suppose|imagine|assuming|unless|should|could"
    r"|would|can|shall|do|does|did|is|are|was|were|why|how|what|which|when"
    r"|where|who)\b|\b(?:have\s*n't|has\s*n't|had\s*n't|not|never|yet\s+to|need\s+to|to\s+be"
    r"|still)\s+(?:yet\s+)?(?:been\s+)?decided?\b|\bundecided\b"
    r"|\b(?:before|until|once|when|after)\s+(?:we|you|i|the\s+team)\s*(?:'ve|have)?\s+decided?\b|\blet\s+me\b"
    r"|\bi(?:'ll|\s+will)\s+(?:check|look|see|verify|investigate)"
    r"|\bto\s+(?:see|check|verify|find\s+out)\s+(?:if|whether)\b|\bnot\s+caused\s+by\b|\b(?:is"
    r"|was)\s+not\s+the\b|\bruled?\s+out\b|\bas\s+if\b",
    re.I,
)
_PASSING = later(  # holds for this moment only
    r"\b(?:for\s+now|right\s+now|just\s+(?:this\s+once|for\s+(?:this|now|today))|this\s+(?:time|once)"
    r"|temporar\w+|for\s+the\s+moment|today|tonight|tomorrow|this\s+(?:week|morning|afternoon)"
    r"|in\s+this\s+(?:file|function|line|test|method|class|commit|pr|branch|component|loop|case|example|snippet"
    r"|script|message|paragraph|section|regex|query)|on\s+line\s+\d+"
    r"|this\s+(?:file|function|line|test|method|class|commit|pr|branch|variable|one)\b|(?:the|that)\s+(?:second"
    r"|first|last|third)\s+(?:one|option|line|paragraph)"
    r"|\bhere\b|quick\s+(?:hack|fix|test)|for\s+the\s+demo|as\s+a\s+(?:hack|workaround|stopgap)|until\s+(?:then"
    r"|monday|friday))\b",
    re.I,
)
_OTHERS = later(  # somebody else's words
    r"\b(?:they|he|she|customers?|clients?|users?|the\s+(?:docs?|documentation|article|blog|readme|ticket|error"
    r"|log|output|test|spec|vendor|other\s+team)|stack\s*overflow|google"
    r"|according\s+to|once\s+upon|in\s+my\s+(?:last|previous|old)\s+(?:job|company|team)|at\s+my\s+(?:last"
    r"|previous|old))\s*"
    r"(?:have|has|had|'ve)?\s*(?:say|says|said|claims?|decided|agreed|prefer|wrote|mentions?|recommends?"
    r"|suggests?|always|chose|:|,|\w*\s+(?:decided|said|agreed))",
    re.I,
)
_TAKEN_BACK = later(
    r"\b(?:scratch\s+that|never\s*mind(?!\s+(?:the|about|your)\b)|forget\s+(?:that|it|what\s+i\s+said)"
    r"|ignore\s+(?:that|my\s+last)|changed?\s+my\s+mind|on\s+second\s+thou?ght|i\s+was\s+wrong"
    r"|my\s+mistake|just\s+kidding|jk\b|i\s+take\s+that\s+back|revert\s+that\s+decision|disregard)\b",
    re.I,
)
_NOT_IT = later(
    r"\A\W*(?:no+\b|nope|that(?:'s|\s+is|\s+was)\s*(?:not|n't)|that\s+(?:didn't|did\s+not|isn't)|wrong"
    r"|still\s+(?:fail|broken|the\s+same|hap|crash|see|there|not)"
    r"|(?:it|the\s+\w+)\s+still\b|not\s+(?:it|fixed)|didn't\s+(?:help|work|fix)|same\s+(?:error|problem|issue))",
    re.I,
)
_LEAD = later(
    r"\A(?:(?:no|nope|wrong|wait|actually|ok|okay|yes|yeah|right|so|and|but|also|well|please|hmm+|great|good"
    r"|perfect|thanks|fyi|btw|by\s+the\s+way|for\s+the\s+record"
    r"|that(?:'s|\s+is)\s+(?:wrong|not\s+(?:right|true|correct))|I\s+(?:already\s+)?told\s+you)(?:[,.!:;—–]+"
    r"|\s+-)?\s+(?:that\s+)?)+",
    re.I,
)
_CODE = later(r"```.*?(?:```|\Z)", re.DOTALL)
_PASTED = later(
    r"^\s*(?:>|\||[+-]{1,3}\s|\d{4}-\d\d-\d\d[T ]|\[?\d\d:\d\d|at\s+\S+\(|File \"|Traceback|(?:ERROR|WARN|INFO"
    r"|DEBUG|FAIL)\b|\$\s|#{1,6}\s|\w+Error:).*$",
    re.M,
)
_QUOTE = later(r"[\"“][^\"”\n]{25,}[\"”]")
_REFERS = later(
    r"\A(?:it|this|that|these|those|he|she|they)\b(?!\s+(?:repo|repository|project|code\s*base|service|team|app"
    r"|api)\b)",
    re.I,
)
_END = later(r"(?<=[.!?])[\"')]*\s+(?=[A-Z`\"'(]|\d|we\b|i\b)|\n+\s*(?:[-*•]\s+|\d+[.)]\s+)?|(?<=;)\s+")


def worth_keeping(turns: Sequence[Turn]) -> list[Worth]:
    """What of a conversation is worth suggesting, in its order."""
    found: list[tuple[int, Worth]] = []
    for place, turn in enumerate(turns):
        if turn.by_user and is_synthetic(turn.text):
            continue
        if turn.by_user and _TAKEN_BACK.search(turn.text):
            found = _without_latest(found, turns, place)
        if turn.by_user and _NOT_IT.match(turn.text):
            found = [(where, one) for where, one in found if one.what != CAUSE or not _just_before(turns, where, place)]
        if not turn.by_user and turn.calls < LONG_SEARCH:
            continue
        found += [(place, one) for one in _in_turn(turn)]
    return [one for _, one in found]


def _in_turn(turn: Turn) -> Iterable[Worth]:
    plain = _QUOTE.sub(" ", _PASTED.sub("", _CODE.sub("\n", turn.text))).replace("’", "'")
    sentences = [sentence.strip(" \t-*•") for sentence in _END.split(plain)]
    taken = [bool(_TAKEN_BACK.search(sentence)) for sentence in sentences]
    for place, sentence in enumerate(sentences):
        if any(taken[place : place + 3]):
            continue
        if (what := _says(sentence, by_user=turn.by_user)) is not None:
            content = _content(sentence)
            if content and _stands_alone(content):
                yield Worth(what, sentence, content, turn.at)


def _says(sentence: str, *, by_user: bool) -> str | None:
    if not _SHORTEST <= len(sentence) <= _LONGEST:
        return None
    bare = _LEAD.sub("", sentence)
    if _OPEN.search(sentence) or _OPEN.search(bare) or _PASSING.search(sentence) or _OTHERS.search(sentence):
        return None
    return next((what for what, rule in _RULES[by_user] if rule.search(sentence)), None)


def _content(sentence: str) -> str:
    content = _LEAD.sub("", sentence).strip()
    return content[:1].upper() + content[1:]


def _stands_alone(content: str) -> bool:
    """Does it say what it is about, so that somebody who was not there understands it?"""
    telling = {term for term in analyse(content).terms if leads_on(term)}
    return len(telling) >= _TELLING and not _REFERS.match(content)


def _without_latest(found: list[tuple[int, Worth]], turns: Sequence[Turn], place: int) -> list[tuple[int, Worth]]:
    """Without what the user said last before this turn."""
    before = [where for where in range(place) if turns[where].by_user and not is_synthetic(turns[where].text)]
    return [(where, one) for where, one in found if not before or where < before[-1]]


def _just_before(turns: Sequence[Turn], where: int, place: int) -> bool:
    """Is there no other word of the user between the two?"""
    return not any(turns[between].by_user for between in range(where + 1, place))
