"""Which relations does a text state?

"The parser depends on libxml2" says more than that two words stand near each other. `relations` finds such
statements by the phrases people write them with, and takes on either side the most telling term near the phrase:
a name (an identifier, a path, a proper name) before a plain word, the head of the subject before what follows it.
Active and passive come out alike: "Vitest replaces Jest" and "Jest was replaced by Vitest" are one relation.

A wrong relation misleads, a missing one does not: questions, plans, conditions, denials and subjects that are only
pronouns state nothing here.
"""

from __future__ import annotations

import re
import unicodedata

from neural_memory.text.analyse import leads_on
from neural_memory.text.lazily import later
from neural_memory.text.stop import STOP
from neural_memory.text.terms import ENTITY, Term, terms
from neural_memory.values import dataclass

MAX_READ, MAX_RELATIONS = 5_000, 4
"""What is read of a text, in characters, and how many relations are taken from it."""

DECIDED, FIXED, CAUSED = "decided because", "fixed by", "caused by"
REPLACED, DEPENDS, PART, OWNED = "replaced by", "depends on", "part of", "owned by"


@dataclass(frozen=True, slots=True)
class Relation:
    """`source` is, say, "replaced by" `target`; both are terms of the text."""

    source: str
    type: str
    target: str


# A phrase is looked for in a sentence of lower-case words, one blank between them, "|" for , : ( ) and dashes. What
# stands before it (or in its group `a`) and after it (or in `b`) are the sides; `turned`: the source is on the right.
_BE = r"(?:is|are|was|were|been|being|got|gets)(?: (?:now|finally|later|then|already|also|mostly|only|partly))?"
_THE = r"(?=the |our |its |a |an |all |every |#?\d|[\w./-]*[._/:][\w./-]*\w)"
_PHRASES: tuple[tuple[str, bool, str], ...] = (
    (REPLACED, False, r"(?:replaced|swapped) (?!by |with )(?P<a>[^|]{2,60}?) (?:with|by) (?P<b>.+)"),
    (REPLACED, False, rf"(?:{_BE} )?(?:replaced|superseded) (?:by|with) (?P<b>.+)"),
    (REPLACED, True, r"(?:replaces|supersedes|superseded|replaced) (?!every |each |when |again )(?P<b>.+)"),
    (REPLACED, True, r"(?:use|uses|using|used) (?P<a>[^|]{2,40}?) instead of (?P<b>.+)"),
    (
        REPLACED,
        False,
        r"(?:moved|switched|migrated)(?: [^|]{2,40}?)? from (?P<a>[^|]{2,40}?) to (?P<b>.+)",
    ),
    (
        REPLACED,
        False,
        r"no longer (?:(?:use|uses|on|in|with|run|runs|done by|done with) ){0,2}"
        r"(?P<a>[^|]{2,40}?)(?: \|)? but (?P<b>.+)",
    ),
    (
        DECIDED,
        False,
        r"(?:decided|chose|picked|opted|settled|went with)(?: (?:on|for|to \w+))?(?: from .{2,30}? to)? "
        r"(?P<a>.{2,120}?) because(?: of)? (?P<b>.+)",
    ),
    (FIXED, False, rf"(?:{_BE} )?(?:fixed|solved|resolved) by (?P<b>.+)"),
    (FIXED, True, rf"(?:fixes|fixed|resolves|solves) {_THE}(?P<b>.+)"),
    (CAUSED, False, rf"(?:{_BE} )?caused by (?P<b>.+)"),
    (CAUSED, True, r"(?:causes|caused) (?!by |of |for |are |is |were )(?P<b>.+)"),
    (CAUSED, True, r"(?<=s )cause (?!by |of |for |are |is |were )(?P<b>.+)"),
    (DEPENDS, False, r"(?:depends|depend|depended|relies|rely|relied) on (?P<b>.+)"),
    (DEPENDS, False, r"(?:requires|needs) (?!to |that |some |more |time |help )(?!\S+ing )(?P<b>.+)"),
    (PART, False, r"(?:is|are|was|were|became|forms?) (?:a |now )?part of (?P<b>.+)"),
    (PART, False, r"belongs? to (?P<b>.+)"),
    (PART, False, r"lives? in (?P<b>.+)"),
    (OWNED, False, rf"(?:{_BE} )?(?:owned|maintained) by (?P<b>.+)"),
    (OWNED, True, r"(?:owns|maintains) (?=the |our |\S*[._/])(?P<b>.+)"),
)
_CUE = later(
    r"\b(?:replace[sd]|supersede[sd]|swapped|instead of|from|no longer|because|fixe[sd]|solve[sd]|resolve[sd]|caused?"
    r"|causes|depend|depends|depended|rel(?:y|ies|ied) on|requires|needs|part of|belongs?|lives?|owned|owns|maintain)",
    re.I,
)
_SIGNS = {  # a sentence without one of these has no phrase of that type
    REPLACED: ("replace", "supersede", "swapped", "instead of", "from ", "no longer"),
    DECIDED: ("because",),
    FIXED: ("fixe", "solve"),
    CAUSED: ("cause",),
    DEPENDS: ("depend", "relie", "rely", "requires", "needs"),
    PART: ("part of", "belong", "live"),
    OWNED: ("own", "maintain"),
}
_FIND = tuple((kind, turned, later(rf"(?<!\S){pattern}")) for kind, turned, pattern in _PHRASES)

_UNSURE = later(
    r"(?<!\S)(?:not|never|cannot|nobody|nothing|neither|without|if|whether|unless|should|would|could|may|might|must|will"
    r"|shall|can|maybe|perhaps|probably|possibly|wants?|wanted|plans?|planned|suggest(?:s|ed)?|consider(?:s|ed)?|to be"
    r"|against|hardly|seems?|rumou?r|who|what|which|how|why|\S+n['’]t)(?!\S)"
)
_CUT_LEFT = later(
    r".*(?<!\S)(?:\||and|but|that|which|who|so|because|while|when|as|since|after|before|then|also|says?|said|found)(?!\S)"
)
_CUT_RIGHT = later(
    r"(?<!\S)(?:\||and|or|but|that|which|who|so|because|while|when|as|since|after|before|until|if|instead|rather|over|unless)"
    r"(?!\S)"
)
_NO_NOUN = later(r"(?:bug|hot|security|quick|small|only|these|those|some|possible|many|other|minor|all|more|of|with)$")
_LEAD_IN = later(r"(?:the )?(?:decision|by \w+|today|yesterday|finally|now|currently|note|bug|fyi|update) ")
_JOINS = frozenset("in of on at for from with during to under inside within behind into by via per about".split())
# "fixed by Friday", "replaced by hand", "part of the job", "caused by accident", "moved from May to June"
_NO_END = frozenset(
    """
    accident anyone anybody april august chance days december default design everyone everybody february friday hand
    january job july june line lines march may midnight mistake monday monthly morning noon november october one
    people plan problem root saturday september someone somebody stuff sunday thing things thursday today tomorrow
    tonight tuesday wednesday week weeks yesterday hours minutes month months ones none nothing something everything two
    three four five
    """.split()
)
_NUMBERED = frozenset("pr mr commit patch ticket pull gb mb kb ms".split())  # "PR #42": the telling part is the number
_NO_NAME = later(r"^[a-z]+-[a-z]+(?:ed|en|ing)\W*$|^[A-Z]+-\d+\W*$")  # hand-written, INC-42
_BULLET = later(r"\n(?=\s*(?:\n|[-*•#>]|\d+[.)]|[A-Z]))")
_SENTENCE = later(r"(?<=[.!?;])[\"')\]”’»]*\s+|\n{2,}")
_CHUNK_EDGES = "\"'`“”‘’«»()[]{}<>,;:!?*|~^=…·•."


@dataclass(frozen=True, slots=True)
class _Sentence:
    """`line`: its words in lower case, with "|" for punctuation; `chunks`: what each word of it was."""

    line: str
    chunks: tuple[str, ...]

    def at(self, position: int) -> int:
        """The number of the word that begins at or after a position in the line."""
        return self.line.count(" ", 0, position)


def relations(content: str) -> list[Relation]:
    """The relations a text states, in the order of their sentences, four at most.

    >>> [(r.source, r.type, r.target) for r in relations("Jest was replaced by Vitest. The parser depends on libxml2.")]
    [('jest', 'replaced by', 'vitest'), ('parser', 'depends on', 'libxml2')]
    """
    if "\x1b" in content or not _CUE.search(content, 0, MAX_READ):  # coloured output of a program is no statement
        return []
    found: dict[Relation, None] = {}
    for sentence in _sentences(content):
        for relation in _stated(sentence):
            found.setdefault(relation)
            if len(found) == MAX_RELATIONS:
                return list(found)
    return list(found)


def _sentences(content: str) -> list[_Sentence]:
    """The sentences that can state something: those with a cue, and no questions."""
    head = content if len(content) <= MAX_READ else content[:MAX_READ].rpartition(" ")[0]
    head = unicodedata.normalize("NFKC", head)
    lines = (part for line in _BULLET.split(head) for part in _SENTENCE.split(line))
    return [_sentence(part) for part in lines if _CUE.search(part) and not part.rstrip(" \"')").endswith("?")]


def _sentence(text: str) -> _Sentence:
    words: list[str] = []
    chunks: list[str] = []
    for chunk in text.split():
        bare = chunk.strip(_CHUNK_EDGES)
        written = bare.isalnum() or any(c.isalnum() for c in bare)
        if chunk[0] in "([{" or not written:
            words.append("|")
            chunks.append("")
        if written:
            words.append(bare.lower().replace("|", "¦"))
            chunks.append(chunk)
            if chunk[-1] in ",:;)]}" or chunk.endswith(("),", ").")):
                words.append("|")
                chunks.append("")
    return _Sentence(" ".join(words), tuple(chunks))


def _stated(sentence: _Sentence) -> list[Relation]:
    """At most one relation of each type: that of the first phrase that has two ends."""
    found: dict[str, Relation] = {}
    seen: set[str] = set()
    absent = {kind for kind, signs in _SIGNS.items() if not any(sign in sentence.line for sign in signs)}
    for kind, turned, phrase in _FIND:
        if kind in absent or kind in seen or (match := phrase.search(sentence.line)) is None:
            continue
        seen.add(kind)  # a later phrase of this type would read the same words another way round
        if _is_unsure(match, sentence.line):
            continue
        left, right = _sides(match, sentence, kind)
        if left and right and left.text != right.text and _fits(kind, turned, match, sentence.line, left, right):
            found[kind] = Relation(*((right.text, kind, left.text) if turned else (left.text, kind, right.text)))
    return list(found.values())


def _is_unsure(match: re.Match[str], line: str) -> bool:
    """Is it denied, planned, asked, or only possible?"""
    before = line[: match.start()]
    clause = before[before.rfind("|") + 1 :]
    inside = line[match.start() : match.start("b")]
    return bool(_UNSURE.search(clause) or _UNSURE.search(inside)) or "no longer" in clause or line.startswith("if ")


def _sides(match: re.Match[str], sentence: _Sentence, kind: str) -> tuple[Term | None, Term | None]:
    if "a" in match.re.groupindex:
        left = _right_end(match.start("a"), match.end("a"), sentence, kind)
    else:
        left = _left_end(match.start(), sentence)
    return left, _right_end(match.start("b"), match.end("b"), sentence, kind, clause="because " in match[0])


def _fits(kind: str, turned: bool, match: re.Match[str], line: str, left: Term, right: Term) -> bool:
    """What only one phrase asks for."""
    before = line[: match.start()].rstrip()
    verb = match[0].partition(" ")[0]
    if turned and "a" not in match.re.groupindex and _NO_NOUN.search(before):
        return False  # "the bug fixes the team made", "possible causes"
    if verb in ("needs", "requires"):  # "every page needs a title" is advice
        return ENTITY in (left.kind, right.kind)
    if verb.endswith("ed") and not turned and "a" not in match.re.groupindex and verb != "depended":
        return len(before[_clause_start(before) :].split()) <= 4  # "..., run by a job owned by Y": whose is the job?
    if verb in ("live", "lives"):  # people live in cities, code lives in files
        return any(c in "._/" for c in left.text + right.text)
    if verb in ("owns", "maintains"):  # "the pool maintains the order" is what it does, "the platform team" owns
        owner = before[_clause_start(before) :].split()
        person = len(owner) <= 2 and owner[0] not in ("the", "a", "an")
        return person or owner[-1] in ("team", "squad", "group", "guild")
    return True


def _clause_start(before: str) -> int:
    """Where the last clause of the text before a phrase begins."""
    cut = _CUT_LEFT.match(before)
    start = cut.end() + 1 if cut else 0
    lead_in = _LEAD_IN.match(before, start)
    return lead_in.end() if lead_in and lead_in.end() < len(before) else start


def _left_end(position: int, sentence: _Sentence) -> Term | None:
    """The subject: the nearest name of the clause, else the head of its first noun ("a *crash* in the parser")."""
    start = _clause_start(sentence.line[:position].rstrip())
    opening = sentence.line[start:position].split()
    if not opening or (len(opening) > 1 and opening[0].endswith("ing")):  # "raising it to 5 caused ..."
        return None
    first, last = sentence.at(start), sentence.at(position)
    return _end(first, last, sentence)


def _right_end(start: int, stop: int, sentence: _Sentence, kind: str, clause: bool = False) -> Term | None:
    """The object: a name near the phrase, else the head of the first noun; in a clause of its own, its subject."""
    cut = _CUT_RIGHT.search(sentence.line, start, stop)
    if cut and cut.start() == start:
        return None
    first, last = sentence.at(start), sentence.at(cut.start()) if cut else sentence.at(stop) + 1
    words = sentence.line.split(" ")
    if words[first].endswith("ing") and last - first > 1 and words[first + 1] not in _JOINS:
        first += 1  # by *adding an* index
    return _end(first, min(last, first + 7), sentence, 1 if clause else 2)


def _end(first: int, last: int, sentence: _Sentence, run: int = 3) -> Term | None:
    """The most telling term of the words `first` to `last`: the first name among the nouns, else the first noun's head.

    A noun is a run of words without stop words; of a long one only the first words count, for a verb may follow.
    """
    words = sentence.line.split(" ")
    head: Term | None = None
    length, named = 0, False
    for number in range(first, min(last, len(words))):
        word = words[number]
        if word in _NO_END or word.isdigit():
            if head is None:
                return None
            break
        if word in STOP or word in _JOINS or word == "|":
            length = run if named else 0  # "the order of keys" is about an order
            continue
        named = True
        term = _telling(sentence.chunks[number], number == 0)
        if term is not None and term.kind == ENTITY:
            return term
        if term is not None and length < run:
            head, length = term, length + 1
    return head


def _telling(chunk: str, opens: bool) -> Term | None:
    """The term of one chunk that says most: a name before a word, the whole before its parts.

    A capital means a name, but not in the first word of a sentence.
    """
    if _NO_NAME.search(chunk):
        return None
    found = [t for t in terms(chunk if opens else f"a {chunk}") if leads_on(t.text) and t.text not in _NUMBERED]
    return next((t for t in found if t.kind == ENTITY), found[-1] if found else None)
