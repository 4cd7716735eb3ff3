"""What a question finds: words, names whole and in parts, every script, association; and when it stays silent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from neural_memory import Brain
from neural_memory.errors import InputError

Said = Callable[..., list[str]]

NOISE = (
    "The office plants need water on Mondays",
    "Releases are cut from the main branch",
    "Unit tests run under a minute",
    "The colour palette follows the brand book",
)

FOUND_BY: list[tuple[str, tuple[str, ...]]] = [
    ("The key is in PAYMENT_API_KEY", ("PAYMENT_API_KEY", "payment_api_key", "payment", "api key", "payments")),
    ("Call getUserId before anything else", ("getUserId", "getuserid", "user id", "user")),
    ("Login lives in src/auth/login.py", ("src/auth/login.py", "login.py", "auth login", "login")),
    ("We pinned the client to v1.2", ("v1.2", "1.2")),
    ("We pinned numpy==2.1.0 for good", ("numpy", "2.1.0")),
    ("Docs are at https://docs.example.com/guide/start", ("https://docs.example.com/guide/start", "docs.example.com")),
    ("Uploads raise ConnectionResetError at night", ("ConnectionResetError", "connection reset")),
    ("It fails with java.lang.NullPointerException", ("NullPointerException", "java.lang.NullPointerException")),
    ("The renderer is written in C++", ("C++", "c++")),
    ("The plugin is written in C#", ("C#",)),
    ("The service is written in Node.js", ("node.js", "Node.js")),
    ("Ask support@example.com for access", ("support@example.com",)),
    ("Run deploy --dry-run first", ("dry-run", "--dry-run", "dry run")),
    ("The namespace is std::chrono", ("std::chrono", "chrono")),
    ("Disk quota exceeded: errno 122", ("errno 122", "quota")),
    ("The function is called parse_header()", ("parse_header()", "parse_header", "header parse")),
    ("Die Straßenbahn fährt über München", ("München", "munchen", "straßenbahn")),
    ("Le café est fermé", ("café", "cafe", "ferme")),
    ("Платёжный сервис падает ночью", ("сервис", "Сервис", "платёжный")),
    ("支付服务在金额超过两位小数时失败", ("支付服务", "金额", "支付")),
    ("認証にはベアラートークンを使う", ("認証", "トークン", "ベアラートークン")),
    ("결제 서비스는 소수점 두 자리까지만 허용한다", ("결제", "서비스")),
    ("บริการชำระเงินล้มเหลว", ("ชำระเงิน", "บริการ")),
    ("שירות התשלומים נופל בלילה", ("התשלומים",)),
    ("خدمة الدفع تفشل ليلا", ("الدفع",)),
    ("भुगतान सेवा विफल होती है", ("भुगतान",)),
    ("Η υπηρεσία πληρωμών αποτυγχάνει", ("πληρωμών",)),
    ("Ship it 🎉 on Friday", ("🎉", "ship")),
]


@pytest.mark.parametrize(("content", "questions"), FOUND_BY, ids=[content[:30] for content, _ in FOUND_BY])
def test_names_and_words_are_found_whole_and_in_parts(brain: Brain, content: str, questions: tuple[str, ...]) -> None:
    """Identifiers, paths, versions, URLs and words of every script find their memory, and it comes first."""
    for noise in NOISE:
        brain.remember(noise)
    stored = brain.remember(content)
    for question in questions:
        hits = brain.recall(question)
        assert hits, question
        assert hits[0].memory.id == stored.id, question
        assert hits[0].direct, question


def test_word_forms_do_not_matter(brain: Brain) -> None:
    """ "payments" finds "payment", "expires" finds "expiry dates expired", and "auth" finds "authentication"."""
    payment = brain.remember("The payment gateway is slow")
    expired = brain.remember("The certificate expired")
    auth = brain.remember("authentication goes through the proxy")
    assert brain.recall("payments")[0].memory.id == payment.id
    assert brain.recall("what expires?")[0].memory.id == expired.id
    assert brain.recall("auth")[0].memory.id == auth.id


def test_a_long_memory_is_found_by_any_word_it_has(brain: Brain) -> None:
    """A memory much longer than the others is found by one telling word, as short ones are."""
    for i in range(100):
        brain.remember(f"short note {i}")
    text = " ".join(f"sentence{i} speaks of item{i}" for i in range(1000))
    stored = brain.remember(f"{text} and the quetzalcoatl setting {text}")
    assert [hit.memory.id for hit in brain.recall("quetzalcoatl")] == [stored.id]
    assert brain.recall("What do you know about the quetzalcoatl setting?")[0].memory.id == stored.id


def test_hits_say_why_and_come_in_order(brain: Brain) -> None:
    """Every hit has a score from 0 to 1, a reason, and a place by its score."""
    for text in ("payment key", "payment service endpoint", "the payment service has a rate limit", *NOISE):
        brain.remember(text)
    hits = brain.recall("payment service limit")
    assert hits[0].memory.content == "the payment service has a rate limit"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        assert 0 < hit.score <= 1
        assert hit.reason
        assert hit.direct == (hit.path == ())
    assert "payment" in hits[0].reason


def test_importance_orders_equals(brain: Brain) -> None:
    """Of two memories that answer alike, the more important one comes first."""
    brain.remember("the gateway alpha restarts", importance=0.1)
    vital = brain.remember("the gateway omega restarts", importance=1.0)
    brain.remember("the gateway gamma restarts", importance=0.2)
    assert brain.recall("gateway restarts")[0].memory.id == vital.id


def test_association_brings_what_shares_no_word_and_tells_the_way(brain: Brain, said: Said) -> None:
    """What belongs to an answer comes after it, marked as related, with the concepts that led there."""
    for noise in NOISE:
        brain.remember(noise)
    first = brain.remember("Payments go through the PelicanDesk")
    second = brain.remember("PelicanDesk secrets rotate every 90 days")
    hits = brain.recall("payments")
    assert [hit.memory.id for hit in hits] == [first.id, second.id]
    direct, related = hits
    assert direct.direct
    assert not related.direct
    assert related.path[-1] == "PelicanDesk"
    assert related.reason == "via " + " → ".join(related.path)
    assert related.score < direct.score


def test_memories_that_are_alike_do_not_lift_each_other_over_the_answer(brain: Brain) -> None:
    """However much good hits have in common, association puts none of them before the best direct hit."""
    for noise in (*NOISE, *(f"{thing} is on loan until noon" for thing in ("Lamp", "Chair", "Easel", "Tent", "Boat"))):
        brain.remember(noise)
    answer = brain.remember("Refund payments expire")
    alike = [
        brain.remember("Refund payments in QuartzBooks carry LedgerNote and TallyMark"),
        brain.remember("Refund payments by LedgerNote reach QuartzBooks and TallyMark"),
        brain.remember("Refund payments of TallyMark, LedgerNote and QuartzBooks"),
    ]
    found = [hit.memory.id for hit in brain.recall("refund payments")]
    assert found[0] == answer.id
    assert set(found[1:4]) == {memory.id for memory in alike}


def test_an_id_shows_its_memory_even_when_it_was_replaced(brain: Brain) -> None:
    """A query that is an id gives that memory, with blanks, brackets or quotes around it too."""
    old = brain.remember("Deploys happen on Fridays")
    brain.remember("Deploys happen on Tuesdays", replaces=old.id)
    for query in (old.id, f" {old.id}\n", f"[{old.id}]", f'"{old.id}"', f"`{old.id}`"):
        [hit] = brain.recall(query)
        assert hit.memory.id == old.id
    assert brain.recall("mem_0000000000") == []


QUESTIONS_ABOUT_NOTHING = (
    "What do you know about our Kubernetes cluster?",
    "zebra",
    "Who won the chess tournament?",
    "支付",
    "mem_0000000000",
    "KUBECONFIG_PATH",
    "🦓",
    '"',
    "*",
    "NEAR(a b)",
    "memories:x",
    "what do you know about that?",
    "() AND OR NOT",
    "\x00",
)


@pytest.mark.parametrize("question", QUESTIONS_ABOUT_NOTHING)
def test_a_question_about_something_never_stored_finds_nothing(brain: Brain, question: str) -> None:
    """Silence is the true answer when nothing fits; operators and symbols are no syntax."""
    assert brain.recall(question) == []
    for text in (*NOISE, "API uses Bearer tokens with 1-hour expiry", "We decided to use PostgreSQL"):
        brain.remember(text)
    assert brain.recall(question) == []


@pytest.mark.parametrize(
    "question",
    ["pre-edit", "GB/s", "v2.21", "a:b", "C++ OR", 'say "payment"', "payment*", "^payment", "{payment}", "'"],
)
def test_no_question_is_taken_for_search_syntax(brain: Brain, question: str) -> None:
    """Whatever characters a question has, it is answered by its words and never by an error."""
    brain.remember("payment of 3 GB/s, see pre-edit v2.21 and C++, a:b, it's 'so'")
    assert len(brain.recall(question)) == 1


def test_limit_is_the_most_that_comes_back(brain: Brain) -> None:
    """By default ten; any number from 1 to 100 when told."""
    brain.remember_many(f"deploy note number {i}" for i in range(120))
    assert len(brain.recall("deploy note")) == 10
    assert len(brain.recall("deploy note", limit=1)) == 1
    assert len(brain.recall("deploy note", limit=100)) == 100


def test_filters_narrow_what_comes_back(brain: Brain, said: Said) -> None:
    """Tags must all be there, a project brings its own and what holds everywhere, dates include their ends."""
    brain.remember("deploy alpha", tags=["Ops", "night"], timestamp="2026-01-10")
    brain.remember("deploy beta", tags=["ops"], project="shop", timestamp="2026-02-10T12:00:00Z")
    brain.remember("deploy gamma", project="bank", timestamp="2026-03-10")

    def found(**narrowed: Any) -> set[str]:
        return {text.removeprefix("deploy ") for text in said(brain.recall("deploy", **narrowed))}

    assert found() == {"alpha", "beta", "gamma"}
    assert found(tags=["OPS"]) == {"alpha", "beta"}
    assert found(tags=["ops", "night"]) == {"alpha"}
    assert found(tags=["day"]) == set()
    assert found(project="shop") == {"alpha", "beta"}
    assert found(since="2026-02-10") == {"beta", "gamma"}
    assert found(until="2026-02-10") == {"alpha", "beta"}
    assert found(until="2026-02-10T11:59:59Z") == {"alpha"}
    assert found(since="2026-02-01", until="2026-02-28", project="shop", tags=["ops"]) == {"beta"}


def test_filters_hold_for_association_too(brain: Brain) -> None:
    """A related memory outside the conditions is not brought along."""
    brain.remember("Payments go through the PelicanDesk", project="shop")
    brain.remember("PelicanDesk secrets rotate every 90 days", project="bank")
    assert [hit.memory.project for hit in brain.recall("payments", project="shop")] == ["shop"]


def test_a_rare_match_is_found_behind_filters_among_many(brain: Brain) -> None:
    """A filter looks at all memories, not at the best of the unfiltered ones."""
    brain.remember_many({"content": f"deploy deploy {i}", "importance": 1.0, "project": "y"} for i in range(300))
    wanted = brain.remember(
        "a rather long remark that happens to say deploy somewhere in it", tags=["ops"], project="x"
    )
    assert [hit.memory.id for hit in brain.recall("deploy", tags=["ops"])] == [wanted.id]
    brain.revise(wanted.id, tags=[])
    assert [hit.memory.id for hit in brain.recall("deploy", project="x", since="2000-01-01")] == [wanted.id]


PRINTABLE = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)


@given(st.lists(PRINTABLE, min_size=1, max_size=3).map(" ".join).filter(lambda tag: tag.strip("# ")))
@example('"')
@example("!!!")
@example("🎉 🎊")
@settings(max_examples=60)
def test_any_tag_can_be_asked_for(tmp_path_factory: pytest.TempPathFactory, tag: str) -> None:
    """Whatever characters a tag has, it narrows recall and audit to its memory."""
    with Brain.open(tmp_path_factory.mktemp("tags") / "memory.db") as brain:
        tagged = brain.remember("deploy with a tag", tags=[tag])
        brain.remember("deploy without one")
        assert [hit.memory.id for hit in brain.recall("deploy", tags=[tag])] == [tagged.id]
        assert [m.id for m in brain.audit(tags=[tag]).memories] == [tagged.id]


WRONG: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"query": ""}, ("query", "blank", "audit")),
    ({"query": 5}, ("query", "5", "text")),
    ({"query": "\ud800"}, ("query", "U+D800")),
    ({"limit": 0}, ("limit", "0", "1 to 100")),
    ({"limit": 101}, ("limit", "101", "100")),
    ({"limit": True}, ("limit", "True", "whole number")),
    ({"limit": 2.5}, ("limit", "2.5", "whole number")),
    ({"tags": "ops"}, ("tags", "'ops'", "list")),
    ({"project": " "}, ("project", "blank")),
    ({"since": "soon"}, ("since", "'soon'", "2026-03-25")),
    ({"until": 2026}, ("until", "2026", "text")),
]


@pytest.mark.parametrize(("arguments", "told"), WRONG, ids=lambda value: str(value)[:40])
def test_what_cannot_be_used_is_refused(brain: Brain, arguments: dict[str, Any], told: tuple[str, ...]) -> None:
    """The message names the value, the limit and what to do instead."""
    with pytest.raises(InputError) as refused:
        brain.recall(**{"query": "fine", **arguments})
    for part in told:
        assert part in str(refused.value)


def test_a_very_long_question_is_answered(brain: Brain) -> None:
    """A pasted log of any length is a question, too."""
    brain.remember("ConnectionResetError comes from the proxy")
    assert brain.recall("ConnectionResetError " + "stack frame " * 50_000)


WORDS = "payment key service tokens expiry database redis login zebra PAYMENT_API_KEY deploy 支付 what the".split()
FIXED = ("payment", "What do you know about payments?", "which database?", "login", "zebra", "tokens expiry")


@given(
    st.lists(st.one_of(st.lists(st.sampled_from(WORDS), min_size=1).map(" ".join), st.text(min_size=1)), max_size=50)
)
@settings(max_examples=15)
def test_asking_never_changes_a_later_answer(tmp_path_factory: pytest.TempPathFactory, others: list[str]) -> None:
    """A fixed set of questions is answered alike before and after any fifty others, also after closing and opening."""
    path = tmp_path_factory.mktemp("asking") / "memory.db"
    with Brain.open(path) as brain:
        brain.remember_many(
            (
                "Payment service endpoint is https://api.payments.example.com",
                "Payment service API key is in environment variable PAYMENT_API_KEY",
                "API uses Bearer tokens with 1-hour expiry",
                "We decided to use PostgreSQL for the main database and Redis for caching",
                "The login page sets a session cookie in Redis",
                *NOISE,
            )
        )
        before = [brain.recall(question) for question in FIXED]
        for question in filter(str.strip, others):
            brain.recall(question)
        assert [brain.recall(question) for question in FIXED] == before
        figures = brain.stats()
    with Brain.open(path) as brain:
        brain.remember("unrelated: gardening"), brain.undo()
        assert [brain.recall(question) for question in FIXED] == before
        assert (brain.stats().neurons, brain.stats().synapses) == (figures.neurons, figures.synapses)
