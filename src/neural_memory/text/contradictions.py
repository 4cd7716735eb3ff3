"""Do two texts contradict each other?

They do when they say the same of the same thing, and only the value differs ("… listens on port 8080" / "… 9090"), when
one denies what the other says ("we use X" / "we no longer use X"), or when one says that what the other uses is over
("switched from Jest to Vitest"). Two claims are laid beside each other: what they share is what both are about; what
only one has must be the value, else they are about different things (another service, another environment, another
purpose). A false alarm costs trust, a missed one costs little: when in doubt there is no contradiction.
"""

from __future__ import annotations

from collections.abc import Sequence

from neural_memory.text.claims import CLOCK, DATE, DAY, NAME, NUMBER, PLACE, WORD, Claim, Word
from neural_memory.text.rivals import known, rivals
from neural_memory.text.terms import stem
from neural_memory.values import dataclass

MOST_APART = 10
"""Claims that differ in more words are about different things."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """was, now: what the two say, in their words; now is "" when the newer one only denies it."""

    was: str
    now: str


def _stems(words: str) -> frozenset[str]:
    return frozenset(map(stem, words.split()))


_GENERIC = _stems(
    "service server system application app team project main primary component module tool version value setting our "
    "current currently job"
)
"""Words that may stand on one side only: "payments" is "the payment service"."""
_CONTAINERS = _stems(
    "repository repo team squad group guild role channel branch queue topic bucket region namespace table directory "
    "folder package cluster"
)
_ONE_VALUE = _stems(
    "default prefer format language type key unit licence license level role mode name branch region channel currency "
    "locale colour color strategy encoding owner lead"
)
"""What has one value at a time, however plain the word for it is."""
_MEASURED = {"data": _stems("size"), "/min": _stems("rate")}
"""What an amount of this unit says by itself: a limit of 60 requests a minute is a rate limit."""
_PLATFORMS = _stems("windows linux macos ios android chrome firefox safari edge ubuntu debian")
_FIRM = frozenset("is by as called named".split())
_STANDING = frozenset("in to at on under".split())


def contradiction(older: Sequence[Claim], newer: Sequence[Claim]) -> Contradiction | None:
    """What `newer` says otherwise than `older`; another value before a mere denial.

    >>> contradiction(claims("The port is 80."), claims("The port is 81 now."))
    Contradiction(was='80', now='81')
    """
    found = [one for before in older for after in newer if (one := _compared(before, after))]
    return max(found, key=lambda one: bool(one.was and one.now), default=None)


def _compared(before: Claim, after: Claim) -> Contradiction | None:
    if before.holds and after.holds:
        return None if before.adds or after.adds else _other_value(before, after)
    if before.holds and _denies(after, before):
        return Contradiction(_spelled(before, after), "")
    if after.holds and _denies(before, after):
        return Contradiction("", _spelled(after, before))
    return None


def _spelled(said: Claim, denial: Claim) -> str:
    keys = denial.over or denial.keys
    return " ".join(w.text for w in said.words if w.key in keys)


def _denies(denial: Claim, said: Claim) -> bool:
    """Is what `said` says among what `denial` denies?  The denial must be as general or more so."""
    mine = denial.keys - _GENERIC
    if not mine or not mine <= said.keys or (said.adds and not denial.over):
        return False
    if len(denial.keys if denial.over else mine) == 1:  # "we dropped passport" / "the library is passport"
        return len(said.words) <= 6 and any(w.said and w.by and w.key in mine and _is_a_thing(w) for w in said.words)
    if "prefer" in denial.keys and not said.keys <= denial.keys:  # "spaces in Python" is not "tabs over spaces"
        return False
    if denial.over:
        return any(w.said and w.key in denial.over for w in said.words)
    places = [place for place, w in enumerate(said.words) if w.key in denial.keys]
    return places[-1] - places[0] + 1 == len(places) and len(said.words) - len(places) <= 3


def _is_a_thing(word: Word) -> bool:
    """Does a word name something that can be in use or not?"""
    return word.sort in (NAME, PLACE) or known(word.key)


def _other_value(before: Claim, after: Claim) -> Contradiction | None:
    """Do both say the same of the same thing, but for the value?"""
    shared = (before.keys & after.keys) - _GENERIC
    old = [w for w in before.words if w.key not in after.keys]
    new = [w for w in after.words if w.key not in before.keys]
    if not old or not new or len(old) + len(new) > MOST_APART:
        return None
    for judge in (_amounts, _moments, _answers):
        if judge(before, after, old, new, shared):
            return Contradiction(*(" ".join(w.text for w in side if w.said) for side in (old, new)))
    return None


def _alike(old: Sequence[Word], new: Sequence[Word], also: frozenset[str] = frozenset()) -> bool:
    """Are both about the same thing?  old, new: what only one of them has, without the value."""
    if old and new:
        return False
    return all(w.key in _GENERIC or w.key in also for w in (*old, *new))


def _rest(words: Sequence[Word], sort: str, unit: str = "") -> list[Word]:
    return [w for w in words if not (w.said and w.sort == sort and w.unit == unit)]


def _amounts(before: Claim, after: Claim, old: list[Word], new: list[Word], shared: frozenset[str]) -> bool:
    """Another number of the same unit."""
    for word in old:
        if word.sort != NUMBER or not word.said or not shared:
            continue
        mine = [w for w in old if w.sort == NUMBER and w.unit == word.unit and w.said]
        theirs = [w for w in new if w.sort == NUMBER and w.unit == word.unit and w.said]
        if (
            len(mine) != 1
            or len(theirs) != 1
            or not _alike(
                _rest(old, NUMBER, word.unit),
                _rest(new, NUMBER, word.unit),
                before.loose | after.loose | _said_by(word),
            )
        ):
            continue
        one, other = f"{mine[0].key}.", f"{theirs[0].key}."
        if word.unit or not (one.startswith(other) or other.startswith(one)):  # 1.29.4 is a 1.29
            return True
    return False


def _said_by(amount: Word) -> frozenset[str]:
    """The words for what an amount measures, which need not be there."""
    return next((words for unit, words in _MEASURED.items() if amount.unit.endswith(unit)), frozenset())


def _moments(before: Claim, after: Claim, old: list[Word], new: list[Word], shared: frozenset[str]) -> bool:
    """Another time of day, day of the week or date."""
    for sort in (CLOCK, DAY, DATE):
        if any(w.said and w.sort == sort for w in old) and any(w.said and w.sort == sort for w in new):
            return bool(shared) and _alike(_rest(old, sort), _rest(new, sort))
    return False


def _answers(before: Claim, after: Claim, old: list[Word], new: list[Word], shared: frozenset[str]) -> bool:
    """Another name, place or word where only one can be."""
    was, now = [w for w in old if w.said], [w for w in new if w.said]
    if not was or not now or before.several or after.several:
        return False
    if found := _excluding(was, now):
        one, other, names = found
        chosen = (before.decided or one.by == "use") and (after.decided or other.by == "use")
        if not shared and not chosen:
            return False
        return _alike(
            [w for w in old if w.by != one.by or not w.said], [w for w in new if w.by != other.by or not w.said], names
        )
    around = _alike([w for w in old if not w.said], [w for w in new if not w.said])
    if not around or not shared or len({w.by for w in was}) > 1 or len({w.by for w in now}) > 1:
        return False
    return _one_value(before, after, was, now, shared)


def _excluding(was: list[Word], now: list[Word]) -> tuple[Word, Word, frozenset[str]] | None:
    """Two answers to one question, and the words that name the question, when there are such."""
    for one in was:
        for other in now:
            names = rivals(one.unit or one.key, other.unit or other.key)
            if names is not None:
                return one, other, names
    return None


def _one_value(before: Claim, after: Claim, was: list[Word], now: list[Word], shared: frozenset[str]) -> bool:
    """Can only one of the two be true?"""
    one, other = was[0], now[0]
    if all(w.sort == PLACE for w in (*was, *now)):
        return len(was) == len(now) == 1 and not (one.key.startswith(other.key) or other.key.startswith(one.key))
    if len(was) > 3 or len(now) > 3 or any(w.key in _PLATFORMS for w in (*was, *now)):
        return False
    if len(was) == len(now) == 1 and _numbered(one, other):
        return True
    named = any(w.sort == NAME for w in was) and any(w.sort == NAME for w in now)
    if "owner" in shared and named:
        return True
    if before.decided and after.decided and named:
        return True
    if one.by != other.by:
        return False
    if one.by in ("as", "called"):
        return True
    if one.by in _STANDING and any(w.by == "use" and w.key in shared for w in before.words):
        return False  # where something is used, it may be used elsewhere too
    if (one.by in _FIRM or one.by in _STANDING) and named:
        return not any(w.sort == WORD and w.key in _CONTAINERS for w in (*was, *now))
    if one.by in _FIRM and shared & _ONE_VALUE:
        return True
    return bool(one.by) and _held(before, one) is not None and _held(before, one) == _held(after, other)


def _held(claim: Claim, value: Word) -> str | None:
    """The kind of thing a value stands beside: *role* viewer, the platform *team*."""
    at = claim.words.index(value)
    beside = [*claim.words[max(0, at - 1) : at], *claim.words[at + 1 : at + 2]]
    return next((w.key for w in beside if w.said and w.by == value.by and w.key in _CONTAINERS), None)


def _numbered(one: Word, other: Word) -> bool:
    """Do they differ in their digits only (rabbit-02, rabbit-05)?"""
    letters = ["".join("#" if c.isdigit() else c for c in w.key).replace("##", "#") for w in (one, other)]
    return letters[0] == letters[1] and "#" in letters[0]
