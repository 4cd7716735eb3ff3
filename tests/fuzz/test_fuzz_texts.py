"""Can any text be analysed?  Terms, times, relations, kinds, claims, secrets and tokens of whatever is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from neural_memory import answers, secrecy
from neural_memory.embed.cutting import sentences
from neural_memory.embed.minilm import tokenizer
from neural_memory.model import Memory
from neural_memory.text import secrets
from neural_memory.text.analyse import analyse, ask
from neural_memory.text.claims import claims
from neural_memory.text.contradictions import contradiction
from neural_memory.text.kinds import kind_of
from neural_memory.text.relations import relations
from neural_memory.text.tags import split_trailing_tags
from neural_memory.text.times import when
from neural_memory.text.until import moment, suggested

Fuzz = Callable[[st.SearchStrategy[Any], Callable[[Any], None]], None]
NOW = "2026-03-25T10:30:00Z"
PIECES = """\
password|is|:|=|token|API|key|for|the|login|/|://|@|"|ghp_|eyJ|.|-|a|A1|é|İ|$|because|of|replaced by|\
depends on|last|week|in|May|before|2.0|release|until|2026-03-25|next|Friday|不|支付|。|👍|\\|,|;|(|)|\
Tags:|#|we|decided|to|use|not|never|no longer|PostgreSQL|MySQL|instead|from|1|99|%|_|__|camelCase|\
snake_case|http://x.y/z|\u202e|\u0300|\ufb01|ß|ſ|K""".split("|")
TEXT = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
    | st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join)
    | st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
)


def test_any_text_is_analysed(fuzz: Fuzz) -> None:
    """Terms, the question's terms, tags, kind, relations and times of any text; the text itself is never lost."""

    def check(text: str) -> None:
        analysis = analyse(text, [text[:64]], kind_of(text))
        assert {term.text for term in analysis.concepts} <= set(analysis.terms)
        ask(text)
        relations(text)
        when(text, NOW)
        content, tags = split_trailing_tags(text)
        assert text.startswith(content) or not tags

    fuzz(TEXT, check)


def test_any_text_makes_claims_that_can_be_compared(fuzz: Fuzz) -> None:
    """Claims, contradictions and until-when of any two texts; a text does not contradict itself."""

    def check(pair: tuple[str, str]) -> None:
        one, other = map(claims, pair)
        contradiction(one, other)
        suggested(pair[0], NOW)
        moment(pair[1], NOW)

    fuzz(st.tuples(TEXT, TEXT), check)


def test_any_text_is_searched_for_secrets(fuzz: Fuzz) -> None:
    """What is found lies in the text, apart from each other; redacted once, a text is clean of what was found."""

    def check(text: str) -> None:
        found = secrets.find(text)
        end = 0
        for secret in found:
            assert end <= secret.start < secret.end <= len(text)
            end = secret.end
        memory = Memory(id="", content=text, timestamp=NOW, tags=(text[:64],), project=text[:100] or None)
        clean = secrecy.without(memory)
        assert (clean == memory) == (not secrecy.found(memory))

    fuzz(TEXT, check)


def test_any_text_is_cut_into_tokens_and_chunks(fuzz: Fuzz) -> None:
    """The model's tokens of any text, and chunks that cover all that is in it."""
    from pathlib import Path

    import neural_memory.embed

    words = tokenizer(Path(neural_memory.embed.__file__).parent / "model")

    def check(text: str) -> None:
        assert len(words.encode(text, 512)) <= 512
        for span in sentences(text, len, 40):
            assert 0 <= span.start <= span.end <= len(text)

    fuzz(TEXT, check)


def test_any_text_stays_in_its_line(fuzz: Fuzz) -> None:
    """However odd a memory, its line is one line that can be written as UTF-8."""

    def check(pair: tuple[str, str]) -> None:
        one, other = pair
        memory = Memory(
            id=other, content=one, timestamp=other, tags=(one, other), kind=other, project=one, source=other, trust=one
        )
        shown = answers.line(memory)
        assert shown.splitlines() == [shown]
        shown.encode("utf-8")

    fuzz(st.tuples(st.text(st.characters(exclude_categories=())), TEXT), check)
