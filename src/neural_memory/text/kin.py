"""Which words belong together in every developer's head?

The small model that recall by meaning uses does not know that PostgreSQL is a database, or that a login has to do
with bearer tokens. `trade.txt` does: each of its lines tells of a subject its names, examples, and what goes along
with it. A question for one of these words looks, at a discount, for the others: for a name it finds the other names and
the examples, for an example the subject, but never another example, for who asks about Kafka wants no answer about
RabbitMQ.

`trade.json` is the same with the words' stems, made by `scripts/make_kin.py`, and read at the first question.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

from neural_memory.text.lazily import later
from neural_memory.text.stop import STOP
from neural_memory.text.terms import stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SAME, EXAMPLE, SUBJECT, COMPANY = 0.8, 0.8, 0.3, 0.3
"""What it is worth beside the word itself: another name for a name, an example for its subject, the subject for an
example, and what goes along, either way."""
LONGEST_PHRASE, EXAMPLES = 4, 1
_WORD = later(r"[^\W_]+")


class Trade:
    """The subjects, and where each word stands in them; read as texts, for a question needs few of them."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._subjects: list[str] = table["subjects"]
        self._places: dict[str, str] = table["places"]
        self.words: dict[str, str] = table["words"]

    def __len__(self) -> int:
        return len(self._subjects)

    def __contains__(self, word: str) -> bool:
        return word in self._places

    def subject(self, number: int) -> list[list[str]]:
        """The stems of its names, its examples and its company."""
        return [part.split(",") if part else [] for part in self._subjects[number].split("|")]

    def places(self, word: str) -> list[tuple[int, int]]:
        """(subject, part of it) wherever a word or phrase (stems) stands."""
        return [divmod(int(place), 3) for place in self._places.get(word, "").split()]

    def kin(self, asked: str) -> dict[str, float]:
        """What answers for this word or phrase (stems) -> how well."""
        found: dict[str, float] = {}
        for number, part in self.places(asked):
            names, examples, company = self.subject(number)
            answers = ((names, SAME), (examples, EXAMPLE), (company, COMPANY))
            for stems, worth in (answers, ((names, SUBJECT),), ((names, COMPANY),))[part]:
                for other in stems:
                    if worth > found.get(other, 0.0) and other != asked:
                        found[other] = worth
        return found


@functools.cache
def trade() -> Trade:
    """The table, read once."""
    return Trade(json.loads(Path(__file__).with_name("trade.json").read_text("utf-8")))


def kin_of(question: str) -> dict[str, dict[str, float]]:
    """term of the question -> what answers for it -> how well (0 to 1).

    The words of a phrase ("pull request") are answered for together, and no longer one by one.
    """
    known = trade()
    stems = [word if word in STOP else stem(word) for word in _WORD.findall(question.lower())]
    found: dict[str, dict[str, float]] = {}
    start = 0
    while start < len(stems):
        for length in range(min(LONGEST_PHRASE, len(stems) - start), 0, -1):
            others = known.kin(" ".join(stems[start : start + length]))
            if others:
                for term in stems[start : start + length]:
                    found[term] = {told: worth for other, worth in others.items() if (told := _told(other))}
                start += length - 1
                break
        start += 1
    return found


TOPICS, SURE = 2, 1.4
"""Subjects that a text is said to be about at most, and how much of one has to be in it: a name or an example, and
something that goes along."""
_NO_TOPICS = frozenset(("number", "preference", "decision", "functional", "bottleneck"))
"""Subjects that texts speak of without being about them."""


def topics(text: str) -> list[str]:
    """The subjects of the trade that a text is most about, by their names: "PostgreSQL" is about databases."""
    known = trade()
    stems = [word if word in STOP else stem(word) for word in _WORD.findall(text.lower())]
    phrases = {" ".join(stems[i : i + length]) for length in (1, 2, 3) for i in range(len(stems) - length + 1)}
    worth: dict[int, float] = {}
    direct = set()
    for phrase in phrases - STOP:
        for number, part in known.places(phrase):
            worth[number] = worth.get(number, 0.0) + (1.0, 1.0, 0.45)[part]
            direct.update([number] if part <= EXAMPLES else [])
    names = {number: name(known.subject(number)[0][0]) for number in direct if worth[number] >= SURE}
    best = sorted(names, key=lambda number: (-worth[number], number))
    return [names[number].replace(" ", "-") for number in best if names[number] not in _NO_TOPICS][:TOPICS]


def is_name(term: str) -> bool:
    """Is this word (a stem) an example of a subject and nothing else, like a product: Kafka, pytest?"""
    places = trade().places(term)
    return bool(places) and all(part == EXAMPLES for _, part in places)


def name(stems: str) -> str:
    """How a word or phrase that answers reads well."""
    return trade().words.get(stems, stems)


def _told(stems: str) -> str:
    """A phrase as it stands among a memory's terms; "" when function words are what makes it one ("sign in")."""
    if " " not in stems:
        return stems
    words = [word for word in stems.split() if word not in STOP]
    return " ".join(words) if len(words) > 1 or stems == " ".join(words) else ""
