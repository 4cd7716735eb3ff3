"""Words of the trade that belong together: which of them answer for which, and that recall finds by them."""

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_memory import Brain
from neural_memory.text.kin import SAME, kin_of, trade
from neural_memory.text.terms import stem

SCRIPT = Path(__file__).parent.parent / "scripts" / "make_kin.py"


def test_the_table_is_what_its_text_gives() -> None:
    """trade.json is made of trade.txt by the script, as both stand in the repository."""
    module = importlib.util.spec_from_file_location("make_kin", SCRIPT)
    assert module is not None
    assert module.loader is not None
    made = importlib.util.module_from_spec(module)
    module.loader.exec_module(made)
    assert made.TABLE.read_text("utf-8") == made.table(made.SOURCE.read_text("utf-8"))


def test_no_line_repeats_itself() -> None:
    """A word stands once in a line: as a name, as an example, or as company."""
    for number in range(len(trade())):
        words = [word for part in trade().subject(number) for word in part]
        assert len(words) == len(set(words)), (number, sorted(w for w in words if words.count(w) > 1))


@pytest.mark.parametrize(
    ("question", "content"),
    [
        ("which database?", "We decided on PostgreSQL 15 with row level security"),
        ("how does login work?", "API uses Bearer tokens with 1-hour expiry"),
        ("which linter?", "Ruff checks the code at each commit"),
        ("who approves a pull request?", "Merges need the review of Anna"),
        ("who helps newcomers with onboarding", "Each new hire gets a buddy for a fortnight"),
        ("where are our dashboards", "Grafana runs on the host vesta"),
    ],
)
def test_a_question_for_a_subject_finds_its_examples_and_other_names(brain: Brain, question: str, content: str) -> None:
    """Asked by one word, answered by another of the trade; the reason names both."""
    brain.remember(content)
    brain.remember("The summer party is on the roof")
    [hit] = brain.recall(question)
    assert hit.memory.content == content
    assert " ~ " in hit.reason


def test_an_example_does_not_answer_for_another(brain: Brain) -> None:
    """Who asks about Kafka wants no answer about RabbitMQ, nor one about Redis who asks about Memcached."""
    brain.remember("RabbitMQ listens on port 5672")
    brain.remember("Redis evicts the least recently used")
    assert brain.recall("Kafka") == []
    assert brain.recall("memcached") == []
    assert stem("rabbitmq") not in kin_of("Kafka")[stem("kafka")]
    assert stem("kafka") in kin_of("which queue")[stem("queue")]


def test_the_words_of_a_phrase_are_answered_for_together() -> None:
    """ "pull request" has its own kin; what a request is elsewhere has nothing to do with it."""
    phrase, alone = kin_of("who looks at a pull request"), kin_of("how long does a request take")
    assert stem("review") in phrase[stem("request")]
    assert stem("review") not in alone.get(stem("request"), {})


def test_the_word_itself_is_better_than_one_of_its_kin(brain: Brain) -> None:
    """An exact match comes before one by kin, even when it is older."""
    exact = brain.remember("The database is on host nova")
    kin = brain.remember("The PostgreSQL is on host luna")
    brain.remember("Lunch is at noon")
    assert [hit.memory.id for hit in brain.recall("database host")][:2] == [exact.id, kin.id]


@given(st.text(max_size=200))
def test_any_question_has_kin_of_its_own_words_only(question: str) -> None:
    """Whatever is asked: no error, no word that answers for itself, and no more than a name is worth."""
    for term, others in kin_of(question).items():
        assert term not in others
        assert all(0 < worth <= SAME for worth in others.values())
