"""Which relations a text states: common phrases in both directions, and nothing where nothing is stated."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_memory.text.analyse import analyse
from neural_memory.text.relations import MAX_RELATIONS, relations

STATED = (
    ("We decided to use PostgreSQL because of transactions", "postgresql", "decided because", "transact"),
    ("We chose plain CSS because the bundle was too large", "css", "decided because", "bundl"),
    ("The team decided to drop the queue because messages were lost.", "queue", "decided because", "messag"),
    ("We picked Meilisearch because typos found nothing", "meilisearch", "decided because", "typo"),
    ("I went with SQLAlchemy because of its migrations", "sqlalchemi", "decided because", "migrat"),
    ("The login timeout was fixed by raising the limit in db/pool.py", "timeout", "fixed by", "db/pool.py"),
    ("The deadlock is fixed by a retry in PaymentService", "deadlock", "fixed by", "paymentservic"),
    ("parser.py fixes the crash on empty lines", "crash", "fixed by", "parser.py"),
    ("Commit a1b2c3d fixed the overflow", "overflow", "fixed by", "a1b2c3d"),
    ("The crash in the parser was caused by a missing index.", "crash", "caused by", "index"),
    ("Stale caches caused the outage on Tuesday", "outag", "caused by", "cach"),
    ("Long queries cause timeouts", "timeout", "caused by", "queri"),
    ("The flicker is caused by useEffect", "flicker", "caused by", "useeffect"),
    ("Jest was replaced by Vitest", "jest", "replaced by", "vitest"),
    ("Vitest replaces Jest", "jest", "replaced by", "vitest"),
    ("Redis has been replaced with Valkey", "redi", "replaced by", "valkey"),
    ("Felix replaced the spinner with Skeleton.", "spinner", "replaced by", "skeleton"),
    ("Use pnpm instead of npm in this repo", "npm", "replaced by", "pnpm"),
    ("Moved frontend tests from Jest to Vitest, four times quicker.", "jest", "replaced by", "vitest"),
    ("Search moved from PostgreSQL to Meilisearch, because typos found nothing.", "postgresql", "replaced by",
     "meilisearch"),
    ("We switched from Travis to Jenkins", "travi", "replaced by", "jenkin"),
    ("We no longer use Travis but Jenkins", "travi", "replaced by", "jenkin"),
    ("api_v2 supersedes api_v1", "api_v1", "replaced by", "api_v2"),
    ("The parser depends on libxml2", "parser", "depends on", "libxml2"),
    ("PaymentService relies on STRIPE_API_KEY", "paymentservic", "depends on", "stripe_api_key"),
    ("The exporter requires a Kafka broker", "export", "depends on", "kafka"),
    ("After the upgrade, the worker needs libpq.so", "worker", "depends on", "libpq.so"),
    ("The cart lives in src/cart/store.ts", "cart", "part of", "src/cart/store.ts"),
    ("The scheduler is part of BillingService", "schedul", "part of", "billingservic"),
    ("login.py belongs to the authentication module", "login.py", "part of", "modul"),
    ("The payments API is owned by the platform team", "api", "owned by", "platform"),
    ("The search team owns the crawler", "crawler", "owned by", "search"),
    ("Carmen maintains the crawler", "crawler", "owned by", "carmen"),
    ("The dashboard is maintained by Carmen", "dashboard", "owned by", "carmen"),
)  # fmt: skip

TRAPS = """
    Does the parser depend on libxml2?
    Who owns the crawler?
    What was caused by the cache?
    The crash is not caused by Redis
    The crash wasn't caused by Redis
    The parser no longer depends on libxml2
    Nothing depends on libxml2
    We should replace Jest with Vitest
    Jest will be replaced by Vitest
    Jest could be replaced by Vitest
    Jest may have been replaced by Vitest
    We want Jest to be replaced by Vitest
    If the parser depends on libxml2, install it
    Check whether the parser depends on libxml2
    It was replaced by Vitest
    This depends on that
    That depends on Redis
    It needs Redis
    The bug fixes the team made are in the changelog
    Hot fixes the night before
    Only fixes are merged from now on
    Possible causes are listed in the runbook
    The causes of the crash
    The login was fixed by Friday
    The login was fixed by hand
    The outage was caused by accident
    The launch was moved from September to October
    The meeting moved from Monday to Tuesday
    Numbers moved from 10 to 20
    Carmen lives in Berlin
    This is part of the plan
    As part of the migration
    Redis maintains the order of keys
    The pool maintains backward compatibility
    The client needs to reconnect
    The release needs more time
    The endpoint requires that callers retry
    The form requires restarting the worker
    We decided against Redis because of its licence
    We have not decided on Redis because of its licence
    Because of Redis
    The cache and, therefore, depends on
    depends on
    Redis depends on Redis
    Redis was replaced by redis
    Instead of the cache
    Files from the server to the client
    The weather is nice and the port is 8080
    We use tabs
    INC-2291 was caused by the pool
    Flutter was chosen for the driver because two people asked
    The pins are replaced every month
    Every component needs a story
    Accounts are rotated weekly by a scheduled pipeline owned by security
    Raising it to 5 caused the storm
    Use it instead
""".strip().splitlines()


@pytest.mark.parametrize(("text", "source", "kind", "target"), STATED, ids=[s[0] for s in STATED])
def test_a_statement_is_read_in_one_direction(text: str, source: str, kind: str, target: str) -> None:
    """Active and passive come out alike, and each end is the most telling term near the phrase."""
    assert [(r.source, r.type, r.target) for r in relations(text) if r.type == kind] == [(source, kind, target)]


@pytest.mark.parametrize("text", [trap.strip() for trap in TRAPS])
def test_what_states_nothing_gives_nothing(text: str) -> None:
    """Questions, plans, conditions, denials, pronouns, dates and figures of speech."""
    assert relations(text) == []


def test_a_text_gives_a_few_relations_in_its_order() -> None:
    """Sentence by sentence, each relation once, four at most."""
    text = (
        "Jest was replaced by Vitest. Vitest replaces Jest.\n- The parser depends on libxml2.\n- Ruth owns the crawler"
    )
    assert [r.type for r in relations(text)] == ["replaced by", "depends on", "owned by"]
    names = "alpha beta gamma delta epsilon zeta".split()
    assert len(relations(" ".join(f"{name} depends on Redis." for name in names))) == MAX_RELATIONS


WORDS = st.sampled_from(
    "Redis parser.py Vitest libxml2 the a cache was is depends on replaced by with fixed fixes caused causes because "
    "of we decided to use instead moved from owns maintained lives in part , . ( ) | - \n C++ https://x.io/a?b fixing "
    "don't src/a.py, (Kafka) 支付服务 é̂ ﬁ ½ x² \x1b[31m İ team needs requires no longer but".split(" ")
)


@given(st.one_of(st.text(max_size=120), st.lists(WORDS, max_size=20).map(" ".join)))
@settings(max_examples=600)
def test_both_ends_are_terms_of_the_text(text: str) -> None:
    """Whatever the text: no error, no relation of a term with itself, and every end is found by analysing the text."""
    known = set(analyse(text).terms)
    found = relations(text)
    assert len(found) <= MAX_RELATIONS
    for relation in found:
        assert relation.source != relation.target
        assert {relation.source, relation.target} <= known


@pytest.mark.parametrize(
    "piece",
    ["x caused by y ", "moved from a to ", "replaced a ", " caused by", "caused", ", ", "use x ", "owns the a. "],
)
def test_a_long_text_is_read_in_bounded_time(piece: str) -> None:
    """Only the beginning counts, and no repetition makes it slow."""
    assert len(relations(piece * (100_000 // len(piece)))) <= MAX_RELATIONS
    assert relations("x " * 3000 + "Jest was replaced by Vitest") == []
