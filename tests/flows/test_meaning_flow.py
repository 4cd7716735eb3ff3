"""Recall by meaning through the installed command: each `say` is a new client and a new server on the same home."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp_types import TextContent

MUSIC = "Tom plays the violin and the cello"
TRAVEL = "We fly to Mallorca every July"
PETS = "Our neighbour keeps three cats and a dog"
QUESTION = "musical instruments"

Call = tuple[str, dict[str, Any]]
COMMAND = [sys.executable, "-m", "neural_memory", "--mcp"]
# Ends by its first socket, and by the first file that it writes outside of its home.
GUARDED = """
import os, sys
home = os.path.realpath(os.environ["NEURAL_MEMORY_HOME"])
def guard(event, arguments):
    if event.startswith("socket."):
        os._exit(9)
    if event == "open" and isinstance(arguments[0], str) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        if not os.path.realpath(arguments[0]).startswith((home, "/dev/")):
            os._exit(8)
sys.addaudithook(guard)
sys.dont_write_bytecode = True
sys.argv = ["neural-memory", "--mcp"]
from neural_memory.__main__ import main
main()
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Where the home will be; what the server writes to stderr stands beside it."""
    return tmp_path / ".neural-memory"


def say(home: Path, *calls: Call, command: list[str] = COMMAND) -> list[str]:
    """One session: start a server, make these calls one after the other, end. Its stderr must stay empty."""

    async def session(errors: Any) -> list[str]:
        program = StdioServerParameters(
            command=command[0], args=command[1:], env={"NEURAL_MEMORY_HOME": str(home), "HOME": str(home.parent)}
        )
        answers = []
        async with Client(stdio_client(program, errlog=errors), read_timeout_seconds=60) as client:
            for tool, arguments in calls:
                result = await client.call_tool(tool, arguments)
                [content] = result.content
                assert isinstance(content, TextContent)
                assert not result.is_error, content.text
                answers.append(content.text)
        return answers

    log = home.parent / "stderr.txt"
    with log.open("w") as errors:
        answers = anyio.run(session, errors)
    assert log.read_text() == ""
    return answers


def remember(content: str) -> Call:
    return "remember", {"content": content}


def recall(query: str) -> Call:
    return "recall", {"query": query}


def teach(home: Path) -> None:
    for answer in say(home, *map(remember, (MUSIC, TRAVEL, PETS))):
        assert answer.startswith("Stored [mem_")


def test_the_first_question_of_a_new_server_is_answered_by_meaning(own: Path) -> None:
    """Stored in one session, found in the next by a question that shares no word with it."""
    teach(own)
    [answer] = say(own, recall(QUESTION))
    assert MUSIC in answer
    assert TRAVEL not in answer
    assert PETS not in answer
    with closing(sqlite3.connect(own / "memory.db")) as plain:
        assert plain.execute("SELECT count(*) FROM vectors").fetchone() == (3,)
        assert plain.execute("SELECT count(*) FROM unembedded").fetchone() == (0,)


def test_what_was_just_stored_is_found_by_meaning_in_the_same_session(own: Path) -> None:
    """Store, ask, store, ask: each question knows all that came before it."""
    answers = say(own, remember(PETS), recall(QUESTION), remember(MUSIC), recall(QUESTION), recall("pets at home"))
    assert answers[1].startswith("Nothing is stored about")
    assert MUSIC in answers[3]
    assert PETS in answers[4]


def test_what_was_changed_in_one_session_is_found_by_its_new_meaning_in_the_next(own: Path) -> None:
    """Revise, forget and undo reach the meaning over a restart."""
    [stored] = say(own, remember(MUSIC))
    id = stored.split("[")[1].split("]")[0]
    say(own, recall(QUESTION), ("revise", {"id": id, "content": PETS}))
    music, pets = say(own, recall(QUESTION), recall("pets at home"))
    assert music.startswith("Nothing is stored about")
    assert PETS in pets
    say(own, ("forget", {"ids": [id]}))
    gone, _, back = say(own, recall("pets at home"), ("undo", {}), recall("pets at home"))
    assert gone.startswith("Nothing is stored about")
    assert PETS in back


def test_a_question_about_something_never_stored_says_so(own: Path) -> None:
    """The nearest memory is no answer when it is far."""
    teach(own)
    for answer in say(own, recall("What do you know about our Kubernetes cluster?"), recall("zebra husbandry")):
        assert answer.startswith("Nothing is stored about")


def test_meaning_leaves_nothing_in_the_home_but_the_two_files(own: Path) -> None:
    """No model cache, no log, no journal; and nothing in the user's own home either."""
    teach(own)
    say(own, recall(QUESTION), ("forget", {"mentions": "violin"}), ("undo", {}), recall(QUESTION))
    assert sorted(file.name for file in own.iterdir()) == ["config.json", "memory.db"]
    assert sorted(file.name for file in own.parent.iterdir()) == [".neural-memory", "stderr.txt"]


@pytest.mark.skipif(os.name != "posix", reason="the guard knows POSIX paths")
def test_meaning_opens_no_socket_and_writes_nowhere_else(own: Path) -> None:
    """A server that would be ended by its first socket, or its first file elsewhere, answers by meaning."""
    command = [sys.executable, "-c", GUARDED]
    _, answer = say(own, remember(MUSIC), recall(QUESTION), command=command)
    assert MUSIC in answer


def test_with_the_embedder_off_the_server_answers_by_words(own: Path) -> None:
    """{"embedder": "none"} or one that nobody knows: words find, meaning does not, and nothing is said on stderr."""
    own.mkdir(mode=0o700)
    for setting in ("none", "bert"):
        (own / "config.json").write_text(f'{{"embedder": "{setting}"}}')
        _, words, meaning = say(own, remember(MUSIC), recall("violin cello"), recall(QUESTION))
        assert MUSIC in words
        assert meaning.startswith("Nothing is stored about")
