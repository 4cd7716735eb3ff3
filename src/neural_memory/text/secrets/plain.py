"""Is a plain word a password?  "my password is swordfish", but not "the password is required".

A word alone tells nothing, its place does: where a value stands and the clause ends behind it. What is said *about*
passwords stands there as well, so the states, places, types and variables that passwords have are listed; most states
are known by how they end. English only, and "passwords" in the plural are a subject, no name of a value.
"""

from __future__ import annotations

import re

from neural_memory.text.lazily import later

_NAME = later(r"(?:password|passwd|passphrase|passcode|pwd|pw)\Z", re.I)
_ABOUT = later(
    r"(?:\b(?:reset|forg[eo]t|forgotten|lost|wrong|invalid|bad|incorrect|missing|change|update|confirm|repeat|enter|type|"
    r"choose|no|without|weak|strong|hash|hashed)(?: (?:the|a|your|my|this|their))?|\{[^}\n]{0,200}?)[^\S\n]?\Z",
    re.I,
)
_WORD = later(r"[^\W\d_]{4,30}\Z")
_CHAIN = later(r"[a-z]{3,15}(?:-[a-z]{2,15}){2,7}\Z")
_PHRASE = later(r"[a-z]{2,15}(?: [a-z]{2,15}){1,7}(?=[.,;!?)]*(?:\s*\Z|\n))")
_ENDS = r"[.,;!?)\]}]*(?:\s*\Z|[^\S\n]*\n)|[.,;!?)\]}]+\s|[^\S\n]{1,3}(?:[-–—(]|for\b"
_ENDS_ASSIGNED = later(rf"{_ENDS})", re.I)
_ENDS_SAID = later(rf"{_ENDS}|(?:and|but|until|till|on|at|since|last|as of)\b)", re.I)
_STATE = later(
    r".*(?:ed|ing|able|ible|ful|less|tive|tion|sion|ical|ous|onal|ial|atic|eric|ually|iously|antly|ently)\Z|.{3,}(?<!f)ly\Z",
    re.I,
)
_SAID_OF_ONE = frozenset(
    """
    about above absent active again alike alive alone already also alternate always another arbitrary away awful
    back bare basic before behind below best better beyond binary blank both brief broken canonical changes chosen
    clear coming common complete complex compulsory confidential consistent constant correct correctly cryptic
    current cut dead deep different done down dynamic early easy elsewhere enough entire equal essential even
    everywhere exact exempt expires external extra fails fake fast final fine first five fixed flaky forgotten four
    free fresh frozen fully garbage generic given global gone good great guest half hard here hers high identical
    illegal immutable important inactive incorrect independent initial insecure inside internal irrelevant itself
    just known last late later legacy like live local long longer lost lower lowercase machine mandatory manual many
    master matches merely mine minimum missing more most moved much mutable native necessary needed never next nine
    none nonsense normal nothing nowhere null nullable obligatory obscure obsolete obvious offline okay older once
    online only open optional other ours out outdated over own pairs part past perfect permanent personal poor
    present pretty primary private proper public quite random rare rather ready real recent redundant relevant
    removed required resets reusable right rotten safe same secondary secret secure separate seven several shall
    short shorter shown similar simple single slow some somewhere soon special split stale standard static still
    stolen strong stronger stuck such super sure taken temporary theirs then there these this those three thus tight
    tiny today together tomorrow tonight tough trivial twelve twice typo ugly unclear under unique universal unknown
    unsafe unset until uppercase useless usual vague valid very vital void vulnerable weak weaker weekly well what
    where which whole wide wiped without works worse worst worth written wrong years yesterday yours
    """.split()
)
_KEPT_SO = frozenset(
    """
    account admin agent amount answer anything argon args argument array attempt attribute auth authentication
    authenticator bcrypt bitwarden blob body bool boolean byte bytes call candidate char chars check choose cipher
    ciphertext class client code column command comment complexity config constants content cookie copy creds custom
    dashlane data database date decoy dict digest digit digits doppler email entry enum error event everybody
    everyone expiration expiry expression fallback feature fernet field file filler form format function guess
    handler hash hashes header history html infisical info input item java json keepass keepassxc keeper kerberos
    keychain keyring kwargs label lastpass ldap length letter letters line link list login look lookup mail
    management manager manually map message method minimum model module name names nobody nodes noise nonce nordpass
    note notes number oauth object okta omitted option options output page param parameter params passage passbolt
    passkey passwort payload phishing piece plain plaintext policy post problem prompt prompts property props proton
    question raw recovery reference regex request required requirement requirements reset response result roboform
    rotate rule rules salt salts saml schema script scrypt search section security select self send sent session
    setting settings shell size socket sops source standard state statement step store strength string strings style
    subject support symbol sync system target task template test text thing ticket time todo topic type unicode
    union upper user username value values variable vault verification version view wait warning word words yaml
    """.split()
)
_SMALL = frozenset(
    """
    about after all already also always an and any are as at be been before being but by can could do each every for
    four from had has have her his how if in into is it its least less may might more most must my never new no not
    of off on one only onto or our out over per set shall should so still than that the their then these this those
    to too two under until up us very via was we were what when where which while who why will with without would
    yet you your
    """.split()
)


def plain_password(text: str, name: tuple[int, int], value: str, begin: int, *, said: bool, quoted: bool) -> str:
    """The password, if a plain word (or a passphrase of several) stands here as one; else "".

    name: from where to where what it is called stands; value: the word; begin: where it begins. said: after "is", else
    after a colon. quoted: with its quotes, which end it.
    """
    if not _NAME.search(text[name[0] : name[1]]) or _ABOUT.search(text[max(0, name[0] - 220) : name[0]]):
        return ""
    called = text[name[0] : name[1]].lower()
    several = (said and quoted) or ("phrase" in called and not quoted)
    if several and (phrase := _phrase(value if quoted else text[begin : begin + 200], 2 if quoted else 4)):
        return phrase
    if said and called.endswith("pwd"):  # the working directory
        return ""
    if not (_is_word(value) or _is_chain(value)):
        return ""
    ends = quoted or (_ENDS_SAID if said else _ENDS_ASSIGNED).match(text, begin + len(value))
    return value if ends else ""


def _phrase(text: str, least: int) -> str:
    """The words at the beginning of a text up to the end of the line, as nobody begins a sentence: no small word."""
    found = _PHRASE.match(text)
    words = found[0].split() if found else []
    speaks = (_SMALL | _KEPT_SO) & set(words) or any(map(_STATE.match, words))
    return found[0] if found and len(words) >= least and not speaks else ""


def _is_word(value: str) -> bool:
    """A word in letters of one size, or with a capital first, that says nothing of a password."""
    low = value.lower()
    written = value in (low, low.capitalize()) or (value.isupper() and len(value) > 6)
    return bool(_WORD.match(value)) and written and not _says_something(low)


def _is_chain(value: str) -> bool:
    """Three words or more with hyphens between them: correct-horse-battery."""
    return bool(_CHAIN.match(value)) and not _SMALL & set(value.split("-")) and not _STATE.match(value)


def _says_something(word: str) -> bool:
    """Whether this word says what a password is, or where it is, rather than being one."""
    return bool(_STATE.match(word)) or word in _SAID_OF_ONE or word in _KEPT_SO
