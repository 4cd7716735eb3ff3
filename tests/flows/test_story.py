"""The story the product exists for, played by the official SDK's client against the installed command.

Each `say` is a session of its own: a new client, a new server process, the same home.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp_types import TextContent

from neural_memory import Brain

AUTH = "our API uses Bearer token authentication with 1-hour expiry"
INSIGHT = (
    "the payment service fails if the amount field has more than 2 decimal places. "
    "We need to round to 2 decimals before sending to the API."
)
DECISION = (
    "we decided to use PostgreSQL for the main database and Redis for caching. "
    "The session store uses Redis with TTL of 24 hours."
)
PREFERENCE = (
    "I prefer functional programming style with immutable patterns. Always use spread operators instead of mutations."
)
ADMIN = "The admin panel uses a separate auth flow."
ENDPOINT = "Payment service endpoint is https://api.payments.example.com"
KEY = "Payment service API key is in environment variable PAYMENT_API_KEY"
RATE = "Payment service has rate limit of 100 requests per minute"
ALL = (AUTH, INSIGHT, DECISION, PREFERENCE, ADMIN, ENDPOINT, KEY, RATE)

Call = tuple[str, dict[str, Any]]
COMMAND = [sys.executable, "-m", "neural_memory", "--mcp"]


def say(home: Path, *calls: Call, mode: str = "auto", command: list[str] = COMMAND) -> list[str]:
    """One session: start a server, make these calls one after the other, end. Returns the answers."""

    async def session() -> list[str]:
        program = StdioServerParameters(
            command=command[0], args=command[1:], env={"NEURAL_MEMORY_HOME": str(home), "HOME": str(home.parent)}
        )
        answers = []
        with Path(os.devnull).open("w") as nowhere:
            async with Client(stdio_client(program, errlog=nowhere), mode=mode, read_timeout_seconds=60) as client:
                for tool, arguments in calls:
                    result = await client.call_tool(tool, arguments)
                    [content] = result.content
                    assert isinstance(content, TextContent)
                    assert not result.is_error, content.text
                    answers.append(content.text)
        return answers

    return anyio.run(session)


def remember(content: str, **more: Any) -> Call:
    return "remember", {"content": content, **more}


def recall(query: str) -> Call:
    return "recall", {"query": query}


def ids(answer: str) -> list[str]:
    """The ids an answer names, in order."""
    return re.findall(r"\[(mem_\w+)\]", answer)


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that was taught everything of the story, a session for each memory. Only to be looked at."""
    home = tmp_path_factory.mktemp("taught") / ".neural-memory"
    for content in (*ALL[:4], f"{ADMIN} Tags: authentication, admin, security", *ALL[5:]):
        [answer] = say(home, remember(content))
        assert answer.startswith("Stored [mem_")
    return home


@pytest.fixture
def own(taught: Path, tmp_path: Path) -> Path:
    """A copy of that home, to be changed."""
    return Path(shutil.copytree(taught, tmp_path / ".neural-memory"))


@pytest.mark.parametrize(("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
def test_what_is_stored_comes_back_in_a_new_session(tmp_path: Path, mode: str, version: str) -> None:
    """In both eras of the protocol: stored in one session, answered in the next."""

    async def negotiated() -> str:
        program = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env={"NEURAL_MEMORY_HOME": str(tmp_path)})
        async with Client(program, mode=mode) as client:
            return client.protocol_version

    assert anyio.run(negotiated) == version
    [stored] = say(tmp_path, remember(AUTH), mode=mode)
    assert stored.startswith("Stored")
    [answer] = say(tmp_path, recall("What do you know about our authentication?"), mode=mode)
    assert AUTH in answer
    assert ids(answer) == ids(stored)


@pytest.mark.parametrize(
    "command",
    [[sys.executable, "-m", "neural_memory"], [str(Path(sys.executable).with_name("neural-memory"))]],
    ids=["module", "script"],
)
def test_a_configuration_without_args_serves_just_the_same(tmp_path: Path, command: list[str]) -> None:
    """The classic mistake, no `args` in the client's configuration: the server speaks MCP and what it stores lasts."""
    if not Path(command[0]).exists():
        pytest.skip("the command is not installed beside this Python")
    [stored] = say(tmp_path, remember(AUTH), command=command)
    assert stored.startswith("Stored")
    [answer] = say(tmp_path, recall("authentication"), command=command)
    assert AUTH in answer
    with Brain.open(tmp_path / "memory.db") as brain:
        assert [m.content for m in brain.audit().memories] == [AUTH]


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_on_a_terminal_the_command_explains_itself(tmp_path: Path) -> None:
    """Without arguments on a terminal: an explanation with the configuration to copy, and no waiting for input."""
    master, terminal = os.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "neural_memory"],
            stdin=terminal,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "NEURAL_MEMORY_HOME": str(tmp_path)},
        )
    finally:
        os.close(master)
        os.close(terminal)
    assert done.returncode == 0, done.stderr
    assert "--mcp" in done.stdout
    assert "Traceback" not in done.stderr


def test_tags_at_the_end_of_the_text_become_tags(taught: Path) -> None:
    """ "Tags: authentication, admin, security" is taken off the content and kept as three tags."""
    with closing(sqlite3.connect(taught / "memory.db")) as plain:
        rows = plain.execute("SELECT content, tags FROM memories WHERE content LIKE '%admin panel%'").fetchall()
    assert rows == [(ADMIN, '["authentication", "admin", "security"]')]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What do you know about our authentication?", AUTH),
        ("What do you know about our authentication?", ADMIN),
        ("What do you know about our database schema?", DECISION),
        ("which database?", DECISION),
        ("What debugging insights do we have about the payment service?", INSIGHT),
        ("What are my coding preferences?", PREFERENCE),
        ("PAYMENT_API_KEY", KEY),
        ("https://api.payments.example.com", ENDPOINT),
    ],
)
def test_the_questions_of_the_story_are_answered(taught: Path, question: str, expected: str) -> None:
    """Each question brings the memory it is about."""
    [answer] = say(taught, recall(question))
    assert expected in answer


def test_the_best_answer_comes_first(taught: Path) -> None:
    """What a question is really about is the first line of its answer."""
    questions = {
        "What debugging insights do we have about the payment service?": INSIGHT,
        "What are my coding preferences?": PREFERENCE,
        "What do you know about our database schema?": DECISION,
    }
    answers = say(taught, *(recall(question) for question in questions))
    for answer, expected in zip(answers, questions.values(), strict=True):
        assert expected in answer.splitlines()[1], answer


def test_asking_about_payments_brings_all_that_belongs_to_them(taught: Path) -> None:
    """Endpoint, key, rate limit and the debugging insight all come with one question."""
    [answer] = say(taught, recall("What do you know about payments?"))
    for expected in (ENDPOINT, KEY, RATE, INSIGHT):
        assert expected in answer
    assert PREFERENCE not in answer


def test_association_leads_on_over_what_memories_share(taught: Path, tmp_path: Path) -> None:
    """A question finds what shares no word with it, over a memory that belongs to both, and says by which way."""
    home = tmp_path / "home"
    say(home, remember("Payments go through the PelicanDesk"), remember("PelicanDesk secrets rotate every 90 days"))
    [answer] = say(home, recall("payments"))
    related = answer.split("Related:")[1]
    assert "rotate every 90 days" in related
    assert "via " in related
    assert "→" in related


def test_a_question_about_something_never_stored_says_so(taught: Path) -> None:
    """No guesses: the answer is that nothing is stored about it."""
    answers = say(taught, recall("What do you know about our Kubernetes cluster?"), recall("zebra husbandry"))
    for answer in answers:
        assert answer.startswith("Nothing is stored about")
        assert ids(answer) == []


def test_asking_changes_no_answer(taught: Path) -> None:
    """The same questions get the same answers after many others were asked, in the same session and in a new one."""
    questions = [recall("What do you know about payments?"), recall("which database?"), recall("nothing of the kind")]
    others = [recall(f"{word} {number}?") for number, word in enumerate(("payment", "redis", "zebra", "spread") * 3)]
    answers = say(taught, *questions, *others, *questions)
    assert answers[:3] == answers[-3:]
    assert say(taught, *questions) == answers[:3]


def test_an_audit_about_the_api_shows_all_of_it(taught: Path) -> None:
    """ "Show me all memories about the API" lists every memory that says API, also inside PAYMENT_API_KEY."""
    api, database = say(taught, ("audit", {"about": "the API"}), ("audit", {"about": "the database"}))
    expected = {text for text in ALL if "api" in text.lower()}
    assert len(expected) == 4
    assert {text for text in ALL if text in api} == expected
    assert "4 in all" in api
    assert {text for text in ALL if text in database} == {DECISION}
    assert "1 in all" in database


def test_an_audit_by_age_shows_what_is_older_and_nothing_else(own: Path, days_ago: Callable[[float], str]) -> None:
    """ "Which memories are older than 60 days?" """
    with Brain.open(own / "memory.db") as brain:
        for days in (59, 61, 400):
            brain.remember(f"release notes written {days} days back", timestamp=days_ago(days))
    [answer] = say(own, ("audit", {"older_than_days": 60}))
    assert "2 in all" in answer
    assert "written 61 days" in answer
    assert "written 400 days" in answer
    assert len(ids(answer)) == 2


def test_one_memory_is_deleted_by_its_id(own: Path) -> None:
    """ "Delete the memory about the old API endpoint": named, counted, never recalled again; undo brings it back."""
    old = "The old API endpoint is https://legacy.example.com/soap"
    [stored] = say(own, remember(old))
    [found] = say(own, ("audit", {"about": "old API endpoint"}))
    target = ids(found)[0]
    assert target == ids(stored)[0]
    [gone] = say(own, ("forget", {"ids": [target]}))
    assert "Forgot 1 memory" in gone
    assert old in gone
    for answer in say(own, recall("old API endpoint"), recall(old), ("audit", {"mentions": "legacy.example.com"})):
        assert target not in answer
    [back] = say(own, ("undo", {}))
    assert old in back
    [answer] = say(own, recall("old API endpoint"))
    assert target in ids(answer)


def test_memories_about_a_topic_are_deleted_by_what_an_audit_shows(own: Path) -> None:
    """ "Delete memories about the deprecated v1 API": the audit's whole matches go, everything else stays."""
    doomed = ("The deprecated v1 API needs XML bodies", "Clients of the deprecated v1 API send a session cookie")
    say(own, *map(remember, doomed))
    [found] = say(own, ("audit", {"about": "deprecated v1 API"}))
    whole = found.split("Partly about it:")[0]
    assert {text for text in doomed if text in whole} == set(doomed)
    assert len(ids(whole)) == 2
    [gone] = say(own, ("forget", {"ids": ids(whole)}))
    assert "Forgot 2 memories" in gone
    [left] = say(own, ("audit", {"limit": 100}))
    assert len(ids(left)) == len(ALL)


def test_old_temporary_memories_are_deleted_exactly(own: Path, days_ago: Callable[[float], str]) -> None:
    """ "Delete memories older than 30 days that mention 'temporary'": both conditions must hold."""
    with Brain.open(own / "memory.db") as brain:
        goes = brain.remember("TEMPORARY token for the staging run", timestamp=days_ago(31))
        also = brain.remember("a temporary workaround in the parser", timestamp=days_ago(300))
        fresh = brain.remember("temporary flag for the beta", timestamp=days_ago(29))
        other = brain.remember("a lasting rule of the parser", timestamp=days_ago(300))
    condition = {"mentions": "temporary", "older_than_days": 30}
    would, gone, left = say(
        own, ("forget", {**condition, "dry_run": True}), ("forget", condition), ("audit", {"limit": 100})
    )
    assert "Would forget 2 memories" in would
    assert "Forgot 2 memories" in gone
    assert set(ids(would)) == set(ids(gone)) == {goes.id, also.id}
    assert {fresh.id, other.id} <= set(ids(left))
    assert not {goes.id, also.id} & set(ids(left))


def test_what_is_forgotten_for_good_is_in_no_file_any_more(own: Path) -> None:
    """On request nothing of it stays: no byte of its words in any file of the home, and no undo."""
    content = "The Zanzibarkey rotates through Quuxfrobnicate every Wednesnight"
    words = (b"zanzibarkey", b"quuxfrobnicate", b"wednesnight", b"zanzibar", b"quuxfrob")
    [stored] = say(own, remember(content, tags=["zanzibarkey"]))
    assert any(words[0] in file.read_bytes().lower() for file in own.iterdir())
    say(own, recall("zanzibarkey"), ("revise", {"id": ids(stored)[0], "importance": 0.9}))
    [gone] = say(own, ("forget", {"ids": ids(stored), "for_good": True}))
    assert "cannot be undone" in gone
    for file in own.rglob("*"):
        for word in words:
            assert word not in file.read_bytes().lower(), file.name
    log, answer = say(own, ("audit", {"history": "all"}), recall("zanzibarkey"))
    assert content not in log
    assert answer.startswith("Nothing is stored about")


def test_plain_sqlite_shows_the_memories_in_readable_columns(taught: Path) -> None:
    """`SELECT * FROM memories LIMIT 5` works in any SQLite and begins with what a memory is."""
    with closing(sqlite3.connect(taught / "memory.db")) as plain:
        cursor = plain.execute("SELECT * FROM memories LIMIT 5")
        columns = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
    assert columns[:5] == ["id", "content", "timestamp", "importance", "tags"]
    assert columns[5:11] == ["kind", "project", "source", "session", "replaced_by", "seq"]
    assert columns[11:] == ["valid_until", "pinned", "trust", "anchors"]
    assert [row[1] for row in rows] == list(ALL[:5])
    for row in rows:
        assert re.fullmatch(r"mem_[0-9a-z]{10}", row[0])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row[2])
        assert 0 <= row[3] <= 1
        assert row[4].startswith("[")


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_the_home_is_for_its_owner_only(tmp_path: Path) -> None:
    """The home has mode 0700 and the files in it 0600, also under a generous umask; there are exactly two of them."""
    home = tmp_path / ".neural-memory"
    before = os.umask(0)
    try:
        say(home, remember(AUTH))
    finally:
        os.umask(before)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert sorted(file.name for file in home.iterdir()) == ["config.json", "memory.db"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in home.iterdir()} == {0o600}


def test_a_plain_copy_is_a_complete_backup_while_a_server_runs(own: Path, tmp_path: Path) -> None:
    """`cp memory.db elsewhere`, with a server in the middle of a session, gives a whole memory."""

    async def copied_meanwhile() -> str:
        program = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env={"NEURAL_MEMORY_HOME": str(own)})
        async with Client(program) as client:
            await client.call_tool("remember", {"content": "stored just before the copy"})
            (tmp_path / "elsewhere").mkdir()
            shutil.copy(own / "memory.db", tmp_path / "elsewhere" / "memory.db")
            result = await client.call_tool("remember", {"content": "stored after the copy"})
        return str(result.is_error)

    assert anyio.run(copied_meanwhile) == "False"
    with Brain.open(tmp_path / "elsewhere" / "memory.db") as copy:
        assert {m.content for m in copy.audit(limit=None).memories} == {*ALL, "stored just before the copy"}
        assert any(hit.memory.content == AUTH for hit in copy.recall("authentication"))
        with closing(sqlite3.connect(copy.path)) as plain:
            assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_no_socket_is_ever_opened(tmp_path: Path) -> None:
    """A server that would be ended by its first socket goes through a whole session."""
    guard = (
        "import sys, os\n"
        "sys.addaudithook(lambda event, _: os._exit(9) if event.startswith('socket.') else None)\n"
        "sys.argv = ['neural-memory', '--mcp']\n"
        "from neural_memory.__main__ import main\n"
        "main()"
    )
    answers = say(
        tmp_path,
        remember(AUTH),
        recall("how does login work?"),
        ("audit", {}),
        ("connections", {"of": "authentication"}),
        ("forget", {"mentions": "Bearer"}),
        ("undo", {}),
        command=[sys.executable, "-c", guard],
    )
    assert len(answers) == 6


def test_a_preference_is_stored_once_and_holds_in_every_project(own: Path) -> None:
    """A memory without a project comes back when asking for one project, and storing it again does not double it."""
    again, answer, audit = say(
        own,
        remember(PREFERENCE),
        ("recall", {"query": "What are my coding preferences?", "project": "."}),
        ("audit", {"mentions": "spread operators"}),
    )
    assert again.startswith("Already stored")
    assert PREFERENCE in answer
    assert "1 in all" in audit
