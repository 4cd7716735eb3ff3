"""The WordPiece tokenizer sees the same tokens as the `tokenizers` library, whichever Python runs it.

The proof against the library runs where it is installed (pip install tokenizers). fixtures/wordpiece.json holds what
the library answered, for everywhere else; `python tests/test_wordpiece.py` writes it anew.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from neural_memory.embed.minilm import FOLDER, tokenizer
from neural_memory.embed.wordpiece import CLS, LONGEST_WORD, SEP, UNK

FIXTURE = Path(__file__).parent / "fixtures" / "wordpiece.json"

ODD = [
    "",
    " \t\r\n",
    "Hello, World!",
    "Café CRÈME brûlée: naïve façade, Ångström, İstanbul, ΣΊΣΥΦΟΣ, straße",
    "get_user_by_id(userId: int) -> Optional[User]  # TODO(#42)",
    "https://example.com/a/b?q=1&r=%20#frag user@example.org 127.0.0.1:8080",
    "C:\\Users\\me\\file.txt /usr/local/lib/python3.12/site-packages",
    "東京は日本の首都です。中文字符和English混合。한국어 텍스트 조각",
    "👩‍👩‍👧‍👦 🇩🇪 👍🏽 ✓ → ≠ €50 ½ ² ﬁ ℓ №",
    "zero​width soft­hyphen bom﻿ nul\x00 bell\x07 vt\x0b ff\x0c nel\x85 ls\u2028 ps\u2029 nbsp\xa0 thin\u2009",
    "replacement � private  unassigned ͸ noncharacter \U0001ffff",
    "[CLS] [SEP] [MASK] [PAD] [UNK] ##ing",
    "a" * 100 + " " + "b" * 101 + " " + "é" * 100,
    "unaffable antidisestablishmentarianism kubernetes pytest-xdist",
    "e\u0301 e\u0300\u0323 \u0301 a\u0301\u0301\u0301 \u0e01\u0e33 \u0915\u094d\u0937",
    "don't can't 'quoted' \"double\" `code` ~!@#$%^&*()_+-=[]{}|;:,.<>/?",
    "ǅungla ŉ ﬀ ﬃ Ⅷ ① Ａｂｃ １２３ ｱｲｳ",
    "العربية עברית हिन्दी ไทย ქართული Ελληνικά Русский",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𠀀𪜀𫝀𫠠𬺰 豈更 丽",
]

ALPHABETS: list[Callable[[random.Random], str]] = [
    lambda r: chr(r.randrange(0x20, 0x7F)),
    lambda r: chr(r.randrange(0x80, 0x250)),
    lambda r: chr(r.randrange(0x250, 0x600)),
    lambda r: chr(r.randrange(0x300, 0x370)),  # combining marks
    lambda r: chr(r.randrange(0x600, 0x2000)),
    lambda r: chr(r.randrange(0x2000, 0x3100)),  # punctuation, symbols, spaces
    lambda r: chr(r.randrange(0x3040, 0xA000)),
    lambda r: chr(r.randrange(0xAC00, 0xD7A4)),  # Hangul
    lambda r: chr(r.randrange(0xE000, 0x10000)),
    lambda r: chr(r.randrange(0x1F000, 0x1FB00)),  # emoji
    lambda r: chr(r.randrange(0x10000, 0x110000)),
    lambda r: chr(r.randrange(0x00, 0x20)),
    lambda r: r.choice(" \t\n    "),
]


def corpus(count: int, seed: int) -> Iterator[str]:
    """Texts of developers and of nobody: words, code, URLs, and characters of every kind in every mixture."""
    r = random.Random(seed)  # noqa: S311 - the same texts each time, not secrets
    words = [piece.removeprefix("##") for piece in tokenizer(FOLDER).ids]
    for _ in range(count):
        kind = r.random()
        if kind < 0.25:
            yield " ".join(
                r.choice([str.lower, str.upper, str.title])(r.choice(words)) for _ in range(r.randint(1, 30))
            )
        elif kind < 0.4:
            yield "".join(r.choice(words) + r.choice(["", "_", ".", "/", "::", "(", ")", " ", "-"]) for _ in range(12))
        elif kind < 0.5:
            yield f"https://{r.choice(words)}.com/{r.choice(words)}?{r.choice(words)}={r.random()}#{r.getrandbits(64):x}"
        elif kind < 0.55:
            yield r.choice(words) * r.randint(1, 60)
        elif kind < 0.65:
            yield "".join(r.choice(ODD) for _ in range(3))
        else:
            alphabets = r.sample(ALPHABETS, r.randint(1, 5))
            yield "".join(r.choice(alphabets)(r) for _ in range(r.randint(1, 80)))


def every_character() -> Iterator[str]:
    """Each code point between two letters; surrogates are no characters."""
    for code_point in range(sys.maxunicode + 1):
        if not 0xD800 <= code_point < 0xE000:
            yield f"a{chr(code_point)}b"


def fingerprint() -> str:
    """A hash over the tokens of every character."""
    wordpiece = tokenizer(FOLDER)
    digest = hashlib.sha256()
    for text in every_character():
        digest.update(str(wordpiece.longest_matches(text.translate(wordpiece.folding))).encode())
        digest.update(str(len(text.translate(wordpiece.folding).split())).encode())
    return digest.hexdigest()


def reference() -> Any:
    """The library's BERT tokenizer with the vocabulary of the built-in model."""
    tokenizers = pytest.importorskip("tokenizers")
    rules = {"unk_token": "[UNK]", "max_input_chars_per_word": LONGEST_WORD}
    model = tokenizers.models.WordPiece(tokenizer(FOLDER).ids, **rules)
    made = tokenizers.Tokenizer(model)
    made.normalizer = tokenizers.normalizers.BertNormalizer()
    made.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    return made


@pytest.mark.parametrize(("text", "ids"), json.loads(FIXTURE.read_text("ascii"))["texts"] if FIXTURE.exists() else [])
def test_recorded_texts_have_the_tokens_the_library_gave_them(text: str, ids: list[int]) -> None:
    """Each text of the fixture is cut as `tokenizers` cut it."""
    assert tokenizer(FOLDER).pieces(text) == ids


@pytest.mark.slow
def test_every_character_is_treated_alike_by_every_python() -> None:
    """The tokens of all 1.1 million code points do not depend on the Unicode tables of the running Python."""
    assert fingerprint() == json.loads(FIXTURE.read_text("ascii"))["every_character"]


@pytest.mark.slow
def test_generated_texts_are_cut_as_the_library_cuts_them() -> None:
    """30,000 generated texts, the odd ones among them, have the library's tokens."""
    library = reference()
    for text in [*ODD, *corpus(30_000, seed=11)]:
        assert tokenizer(FOLDER).pieces(text) == library.encode(text).ids, repr(text)


@pytest.mark.slow
def test_every_character_is_cut_as_the_library_cuts_it() -> None:
    """No code point between two letters is treated differently from the library."""
    library, texts = reference(), list(every_character())
    for first in range(0, len(texts), 10_000):
        part = texts[first : first + 10_000]
        for text, expected in zip(part, library.encode_batch(part), strict=True):
            assert tokenizer(FOLDER).pieces(text) == expected.ids, repr(text)


def test_an_encoded_text_is_framed_and_truncated() -> None:
    """[CLS] and [SEP] stand around the pieces, and the end of a long text is left out."""
    assert tokenizer(FOLDER).encode("hello", 256) == [CLS, 7592, SEP]
    ids = tokenizer(FOLDER).encode("hello " * 500, 256)
    assert len(ids) == 256
    assert ids[0] == CLS
    assert ids[-1] == SEP


def test_a_written_special_token_is_ordinary_text() -> None:
    """Somebody's "[SEP]" does not become the model's own separator."""
    assert SEP not in tokenizer(FOLDER).pieces("before [SEP] after")


def test_a_word_nobody_could_know_is_one_unknown_token() -> None:
    """A word longer than 100 characters is [UNK], however it is made up."""
    assert tokenizer(FOLDER).pieces("ab" * LONGEST_WORD) == [UNK]


def test_broken_unicode_does_no_harm() -> None:
    """A lone surrogate, which no UTF-8 text can hold but a Python string can, is an unknown word."""
    assert tokenizer(FOLDER).pieces("bad \ud800 text") == [2919, UNK, 3793]


def test_the_cache_of_words_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words are remembered up to a limit and correctly cut behind it."""
    wordpiece = tokenizer.__wrapped__(FOLDER)  # one of our own: the shared one has seen other words
    monkeypatch.setattr("neural_memory.embed.wordpiece.CACHED_WORDS", 3)
    expected = [wordpiece.pieces(str(number)) for number in range(50)]
    assert [wordpiece.pieces(str(number)) for number in range(50)] == expected
    assert len(wordpiece.known) <= 3


if __name__ == "__main__":
    library = reference()
    recorded = [[text, library.encode(text).ids] for text in [*ODD, *corpus(120, seed=7)]]
    FIXTURE.write_text(
        json.dumps({"texts": recorded, "every_character": fingerprint()}, indent=None) + "\n", encoding="ascii"
    )
