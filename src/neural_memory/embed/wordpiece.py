"""Which tokens does BERT's uncased WordPiece vocabulary see in a text?

Written here and not taken from the `tokenizers` library, because that library depends on huggingface_hub and with it
on an HTTP client: a memory that promises to stay on this machine should not install one. `tests/test_wordpiece.py`
holds the two equal on generated texts and on every Unicode code point.

The ids must not change from one Python to the next, or an old vector and a new one would no longer be comparable. So
what a character *is* (removed, accent, punctuation) comes from `model/characters.json`, frozen when the model was
built, and not from the Unicode tables of the running Python.
"""

from __future__ import annotations

import json
import math
import unicodedata
from bisect import bisect_right

CLS, SEP, UNK = 101, 102, 100
COMMON = 2_000  # the id from which on words are no longer of the commonest: the vocabulary begins with those
LONGEST_WORD = 100  # characters; BERT gives a longer word up as [UNK]
CACHED_WORDS = 20_000  # about 3 MB when full

IDEOGRAPHS = (
    *(0x3400, 0x4DC0, 0x4E00, 0xA000, 0xF900, 0xFB00, 0x20000, 0x2A6E0, 0x2A700, 0x2B740),
    *(0x2B740, 0x2B820, 0x2B920, 0x2CEB0, 0x2F800, 0x2FA20),
)
"""Where a Chinese character stands for a word: start, end (exclusive), start, end, ... as BERT has it. One block
starts at 2B920 and not at 2B820, a slip in the library that everyone's vectors have in them."""


def within(bounds: tuple[int, ...], code_point: int) -> bool:
    """Whether a code point lies in one of the half-open ranges `start, end, start, end, ...` (ascending)."""
    return bisect_right(bounds, code_point) % 2 == 1


class Folding(dict[int, str]):
    """For `str.translate`: what one character becomes, worked out at its first appearance and then remembered."""

    def __init__(self, characters: str) -> None:
        super().__init__()
        tables = json.loads(characters)
        self.removed: tuple[int, ...] = tuple(tables["removed"])
        self.marks: tuple[int, ...] = tuple(tables["marks"])
        self.punctuation: tuple[int, ...] = tuple(tables["punctuation"])

    def __missing__(self, code_point: int) -> str:
        self[code_point] = folded = self.fold(code_point)
        return folded

    def fold(self, code_point: int) -> str:
        """Nothing, a space, or the lower-case letters without accents; a character that is a word by itself gets spaces
        around it."""
        character = chr(code_point)
        if within(self.removed, code_point):
            return ""
        if character.isspace():
            return " "
        plain = (c for c in unicodedata.normalize("NFD", character) if not within(self.marks, ord(c)))
        folded = "".join(c.lower() for c in plain)
        if within(IDEOGRAPHS, code_point):
            return f" {folded} "
        return "".join(f" {c} " if within(self.punctuation, ord(c)) else c for c in folded)


class WordPiece:
    """Texts to token ids, from the text of `vocab.txt` (one piece a line; the line number is its id) and of
    `characters.json`.

    A special token that is written out in a text, such as "[SEP]", is ordinary text: what somebody remembers must
    not be able to steer the model.
    """

    def __init__(self, vocabulary: str, characters: str) -> None:
        self.ids = {piece: number for number, piece in enumerate(vocabulary.rstrip("\n").split("\n"))}
        self.folding = Folding(characters)
        self.known: dict[str, tuple[int, ...]] = {}

    def pieces(self, text: str) -> list[int]:
        """The ids of a text's word pieces, without [CLS] and [SEP]."""
        found: list[int] = []
        for word in text.translate(self.folding).split():
            found += self.known.get(word) or self.word(word)
        return found

    def encode(self, text: str, longest: int) -> list[int]:
        """[CLS], the word pieces, [SEP]: at most `longest` ids, the end of the text left out."""
        return [CLS, *self.pieces(text)[: longest - 2], SEP]

    def word(self, word: str) -> tuple[int, ...]:
        """One word's ids, remembered for its next appearance."""
        if len(self.known) >= CACHED_WORDS:
            self.known.clear()
        self.known[word] = ids = self.longest_matches(word)
        return ids

    def longest_matches(self, word: str) -> tuple[int, ...]:
        """From left to right always the longest piece in the vocabulary; [UNK] for the whole word when none fits."""
        if len(word) > LONGEST_WORD:
            return (UNK,)
        ids: list[int] = []
        start, prefix = 0, ""
        while start < len(word):
            for end in range(len(word), start, -1):
                number = self.ids.get(prefix + word[start:end])
                if number is not None:
                    ids.append(number)
                    break
            else:
                return (UNK,)
            start, prefix = end, "##"
        return tuple(ids)

    def rarity(self, word: str) -> float:
        """How rare a word is in English: 0 for the commonest, 1 for what is no word of the vocabulary.

        The vocabulary is in order of frequency, which falls about as one over the place.
        """
        place = self.ids.get(word.lower(), len(self.ids))
        return max(0.0, math.log(place / COMMON) / math.log(len(self.ids) / COMMON)) if place else 0.0
