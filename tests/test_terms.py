"""What a text is about: any text can be analysed, terms keep their promises, and a text is found by its own words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from neural_memory import Brain
from neural_memory.text import kinds
from neural_memory.text.analyse import analyse, ask
from neural_memory.text.kinds import kind_of
from neural_memory.text.tags import split_trailing_tags, tag_term
from neural_memory.text.terms import MAX_QUESTION_TERMS, MAX_TERM, question_terms, stem, terms

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
PIECES = st.sampled_from(
    (
        "payment PAYMENT_API_KEY getUserId src/auth/login.py v1.2 C++ C# https://x.io/a?b=c#d user@host std::map "
        "İstanbul don't O’Neil e.g. 3.14 1,000 -- --flag a.b.c ./run.sh 支付服务 ベアラ 결제 ชำระ café ﬁ ½ x² ¨ ¯ 🎉 "
        "... .. . / :: @ # _ __init__"
    ).split()
)
DEVELOPERS = st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=12).map(" ".join)

SIGNS = sorted({word for _, signs in kinds._SIGNS for word in re.findall(r"[a-z']+", signs)}) + (
    "prefers|preferences|favour|favor|turns|times out|fails|crashes|lives|instead of|went with|x/y|a.b|https://x".split(
        "|"
    )
)


def allowed(term: str) -> bool:
    """Letters, digits, the marks that belong to letters, and what identifiers are made of."""
    return all(c.isalnum() or c in "_.-/:@#+" or unicodedata.category(c)[0] in "LMN" for c in term)


@given(st.one_of(ANY, DEVELOPERS))
@settings(max_examples=400)
def test_every_term_keeps_its_promises(text: str) -> None:
    """Whatever the text: no error, and each term is 1 to 64 of the allowed characters in lower case."""
    for term in terms(text):
        assert 1 <= len(term.text) <= MAX_TERM
        assert allowed(term.text), term
        assert term.text == term.text.lower()
        assert term.name
        assert term.kind in ("word", "entity")


@given(DEVELOPERS, st.lists(st.one_of(PIECES, st.text(min_size=1, max_size=8).filter(str.isprintable)), max_size=4))
@settings(max_examples=300)
@example("deploy", ["🎉 🎊"])
@example("deploy", ['"'])
def test_every_term_of_an_analysis_can_be_kept_in_a_line(text: str, tags: list[str]) -> None:
    """The terms of a text with its tags, joined by blanks, come back as the same terms."""
    found = analyse(text, tags)
    assert " ".join(found.terms).split() == list(found.terms)
    assert {c.text for c in found.concepts} == set(found.terms)
    assert len(found.concepts) == len(set(found.terms))


@given(DEVELOPERS)
@settings(max_examples=200)
def test_a_question_looks_for_what_the_same_text_would_be_indexed_by(text: str) -> None:
    """Every term of a question is a term of the same words stored as a memory."""
    stored = set(analyse(text).terms)
    assert set(ask(text)) <= stored
    assert len(question_terms(text)) <= MAX_QUESTION_TERMS


@given(st.lists(st.sampled_from(SIGNS), max_size=8).map(" ".join))
@settings(max_examples=500)
def test_no_kind_is_missed_for_want_of_a_cue(text: str) -> None:
    """The words that are looked for first spare most texts the signs of a kind, and change nothing."""
    said = next((kind for kind, sign, _ in kinds._RULES if sign.search(text)), "fact")
    assert kind_of(text) == kind_of(text.upper()) == said


@given(ANY)
@settings(max_examples=200)
def test_nothing_in_the_analysis_raises(text: str) -> None:
    """Kinds, closing tags and tag terms work on any text, and taking tags off never loses content."""
    kind_of(text)
    content, tags = split_trailing_tags(text)
    assert text.startswith(content)
    assert tags or content == text
    assert tag_term(text) or not text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("edit", "edition"),
        ("import", "important"),
        ("object", "objective"),
        ("position", "positive"),
        ("execute", "executive"),
    ],
)
def test_words_that_only_begin_alike_are_told_apart(one: str, other: str) -> None:
    """The stemmer would make one of them."""
    assert stem(one) != stem(other)


def test_a_note_on_editing_has_nothing_to_do_with_an_edition(brain: Brain) -> None:
    """Neither is it linked to that, nor do the connections of one show the other."""
    brain.remember("The community edition of the tracker lacks SSO")
    assert "edit" in brain.remember("do not edit files below dist by hand").linked
    assert [m.content[:13] for m in brain.connections("edition").memories] == ["The community"]
    assert [m.content[:11] for m in brain.connections("edit").memories] == ["do not edit"]


@given(st.text("abcdefghijklmnopqrstuvwxyzäéñøçž", max_size=40))
@settings(max_examples=300)
def test_stemming_is_the_same_for_every_writing_of_a_word(word: str) -> None:
    """Composed or decomposed, a word has one stem."""
    composed, decomposed = unicodedata.normalize("NFC", word), unicodedata.normalize("NFD", word)
    assert [t.text for t in terms(composed)] == [t.text for t in terms(decomposed)]
    assert len(stem(word)) <= MAX_TERM


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PAYMENT_API_KEY", {"payment_api_key", "payment", "api", "key"}),
        ("getUserId", {"getuserid", "get", "user", "id"}),
        ("HTTPServer2", {"httpserver2", "http", "server"}),
        ("src/auth/login.py", {"src/auth/login.py", "login.py", "src", "login", "py"}),
        ("v1.2", {"1.2", "v1.2"}),
        ("C++", {"c++"}),
        ("https://api.example.com/v1/users?id=3", {"api.example.com", "user"}),
        ("payments", {"payment"}),
        ("Café", {"cafe"}),
        ("支付服务", {"支付", "付服", "服务", "支"}),
        ("don't", set()),
        ("the of and", set()),
    ],
)
def test_names_are_cut_as_developers_read_them(text: str, expected: set[str]) -> None:
    """Identifiers are terms whole and in parts, words by their stems; function words are none."""
    found = {t.text for t in terms(text)}
    assert expected <= found
    assert expected or not found


@given(st.text(max_size=3000))
@settings(max_examples=30)
def test_long_words_are_found_by_their_beginning(text: str) -> None:
    """Terms are cut to 64 characters, in texts and in questions alike."""
    word = "x" * 500 + "".join(c for c in text if c.isalnum())[:100]
    assert set(ask(word)) <= set(analyse(word).terms)


WORD = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)
NAME = st.lists(st.text("abcXYZ019", min_size=1, max_size=5), min_size=2, max_size=4).flatmap(
    lambda parts: st.sampled_from(["_", ".", "/", "-", "::", "@"]).map(lambda sign: sign.join(parts))
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file for many examples; each example takes away what it brought."""
    path = tmp_path_factory.mktemp("words") / "memory.db"
    with Brain.open(path) as brain:
        brain.remember("The office plants need water on Mondays")
    return path


@given(words=st.lists(st.one_of(WORD, NAME, PIECES), min_size=1, max_size=6))
@settings(max_examples=120)
def test_a_memory_is_found_by_each_of_its_own_words(shared: Path, words: list[str]) -> None:
    """Words of any script and names of any make: each, asked alone, brings the memory it stands in."""
    with Brain.open(shared) as brain:
        stored = brain.remember(" ".join(words))
        try:
            for word in words:
                assert stored.id in [hit.memory.id for hit in brain.recall(word)], word
                assert stored.id in [m.id for m in brain.audit(about=word).memories], word
        finally:
            brain.forget([stored.id])


def test_the_stemmer_comes_without_thirty_other_languages(python: Callable[..., Any], tmp_path: Path) -> None:
    """Importing our terms imports one stemmer; who imports the package itself still gets all of it."""
    script = (
        "import sys; from neural_memory.text.terms import stem; assert stem('payments') == 'payment'\n"
        "loaded = [m for m in sys.modules if m.startswith('snowballstemmer.') and m.endswith('_stemmer')]\n"
        "assert loaded == ['snowballstemmer.english_stemmer'], loaded\n"
        "import snowballstemmer; assert 'german' in snowballstemmer.algorithms()\n"
        "assert snowballstemmer.stemmer('english').stemWord('payments') == 'payment'\n"
        "print('good')\n"
    )
    printed, errors = python(script, tmp_path).communicate(timeout=60)
    assert (printed.strip(), errors) == ("good", "")
