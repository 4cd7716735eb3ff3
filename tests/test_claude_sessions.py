"""Whole sessions of the real Claude Code with the plugin installed, offline: a stand-in answers for the model.

They run where the client is: NEURAL_MEMORY_CLAUDE names the program, else `claude` is looked for on the PATH
(npm install @anthropic-ai/claude-code). No account and no network is needed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from neural_memory.hooks import words
from stand_in import StandIn, standing_in
from world import ROOT, World

CLAUDE = os.environ.get("NEURAL_MEMORY_CLAUDE") or shutil.which("claude")
TOOL = "mcp__plugin_neural-memory_neural-memory__"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CLAUDE, reason="Claude Code is not installed (set NEURAL_MEMORY_CLAUDE to the program)"),
]


class Told(NamedTuple):
    """What a session came to. said: what the client printed; model: what the model read."""

    said: str
    model: StandIn


class Client(World):
    """Claude Code in a home of its own, in a project of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.environment |= {
            "DISABLE_AUTOUPDATER": "1",
            "DISABLE_TELEMETRY": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "ANTHROPIC_API_KEY": "no-key-is-needed",
        }

    def run(self, *arguments: str, **more: str) -> str:
        return self.start(str(CLAUDE), *arguments, **more)

    def session(self, prompt: str, *arguments: str) -> Told:
        """One session with one prompt."""
        with standing_in() as model:
            said = self.run("-p", prompt, "--allowedTools", f"{TOOL}*", *arguments, ANTHROPIC_BASE_URL=model.url)
        return Told(said, model)

    def settle_last(self) -> None:
        """Look through the record of the only session now."""
        (record,) = (self.home / ".claude" / "projects").glob("*/*.jsonl")
        self.settle(record)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """With the plugin installed."""
    made = Client(tmp_path)
    made.run("plugin", "marketplace", "add", str(ROOT))
    made.run("plugin", "install", "neural-memory@neural-memory")
    yield made


def call(tool: str, **arguments: object) -> str:
    return f"CALL {TOOL}{tool} {json.dumps(arguments)}"


def test_the_plugin_is_valid() -> None:
    """By the client's own, strict measure."""
    for folder in ("plugin", "."):
        done = subprocess.run(
            [str(CLAUDE), "plugin", "validate", "--strict", str(ROOT / folder)], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout


def test_the_plugin_installs_and_goes(client: Client) -> None:
    """Its server connects; once it is uninstalled, nothing of it is left in the client."""
    assert "enabled" in client.run("plugin", "list")
    assert re.search(r"plugin:neural-memory:neural-memory: .*✔ Connected", client.run("mcp", "list"))
    client.run("plugin", "uninstall", "neural-memory@neural-memory")
    assert "neural-memory@neural-memory" not in client.run("plugin", "list")
    assert "neural-memory" not in client.run("mcp", "list")


def test_what_one_session_stores_the_next_one_knows(client: Client) -> None:
    """Stored on request, for the project; told at the next start without asking; recalled when asked."""
    stored = client.session(
        "Store this: our API uses Bearer token authentication with 1-hour expiry\n"
        + call("remember", content="Our API uses Bearer token authentication with 1-hour expiry")
    )
    assert words.STORE in stored.model.texts()
    assert words.NOT_STORED not in stored.model.texts()
    assert "project shop" in stored.model.results()[0]
    with client.memory() as brain:
        (memory,) = brain.audit().memories
        assert memory.source == "claude-code"
        assert memory.session
    asked = client.session("What do you know about our authentication?\n" + call("recall", query="authentication"))
    assert words.OPENING in asked.model.texts()
    assert f"[{memory.id}]" in asked.model.texts()
    assert "Bearer token" in asked.model.results()[0]


def test_what_fits_a_prompt_comes_along_once(client: Client) -> None:
    """In a running session, at a prompt; what the start told already does not come again; chatter brings nothing."""
    (client.home / ".neural-memory").mkdir(mode=0o700)
    (client.home / ".neural-memory" / "config.json").write_text('{"session_tokens": 0}')
    with client.memory() as brain:
        id = brain.remember("The payment service times out after 30 seconds because of the fraud check").id
    fits = "Why does the payment service time out after 30 seconds?"
    text = client.session(fits).model.texts()
    assert words.AT_PROMPT in text
    assert f"[{id}]" in text
    assert words.OPENING not in client.session("ok, continue").model.texts()
    (client.home / ".neural-memory" / "config.json").write_text("{}")
    text = client.session(fits).model.texts()
    assert text.count(f"[{id}]") == 1
    assert words.AT_PROMPT not in text


def test_a_wish_to_store_cannot_be_missed(client: Client) -> None:
    """The assistant that does not store hears of it at the end of its turn, once, and the session ends."""
    told = client.session("Remember that we deploy on Tuesdays")
    assert told.model.texts().count(words.STORE) == 1
    turns = [json.dumps(body["messages"]) for body in told.model.read if body.get("tools")]
    assert [words.NOT_STORED in turn for turn in turns] == [False, True]
    assert "done" in told.said


def test_deleting_and_taking_it_back(client: Client) -> None:
    """Across sessions: found, deleted by its id, gone; and brought back."""
    client.session(call("remember", content="The old API endpoint is https://v1.example.com"))
    with client.memory() as brain:
        (memory,) = brain.audit().memories
    gone = client.session("Delete the memory about the old API endpoint.\n" + call("forget", ids=[memory.id]))
    assert "Forgot 1 memory" in gone.model.results()[0]
    asked = client.session(call("recall", query="old API endpoint"))
    assert "Nothing is stored about" in asked.model.results()[0]
    assert memory.id not in asked.model.texts().replace(asked.model.results()[0], "")
    back = client.session(call("undo"))
    assert "stored again" in back.model.results()[0]
    assert "v1.example.com" in client.session(call("recall", query="old API endpoint")).model.results()[0]


def test_the_end_of_a_session_suggests_and_stores_nothing(client: Client) -> None:
    """A correction becomes a suggestion; the next session hears that one waits."""
    client.session("No, we use pnpm in this repository, not npm.")
    client.settle_last()
    with client.memory() as brain:
        (one,) = brain.suggestions()
        assert one.content == "We use pnpm in this repository, not npm."
        assert one.project == "shop"
        assert brain.stats().memories == 0
    assert words.ONE_SUGGESTION in client.session("hello there").model.texts()


def test_a_resumed_session_is_told_once(client: Client) -> None:
    """Its conversation has it already."""
    client.session(call("remember", content="We decided to use PostgreSQL for orders"))
    first = client.session("hello", "--output-format", "json")
    id = json.loads(first.said)["session_id"]
    assert first.model.texts().count(words.OPENING) == 1
    resumed = client.session("and now?", "--resume", id)
    assert resumed.model.texts().count(words.OPENING) == 1
    forked = client.session("and now?", "--resume", id, "--fork-session")
    assert forked.model.texts().count(words.OPENING) == 1


def test_a_compaction_is_looked_through_first_and_told_again_after(client: Client) -> None:
    """What was corrected becomes a suggestion, the summary gets no instructions of ours, and what the start told, which
    went with the conversation, is told anew, once, and not again when the session is resumed."""
    client.session(call("remember", content="We decided to use PostgreSQL for orders"))
    with client.memory() as brain:
        (memory,) = brain.audit().memories
    settings = client.home / ".neural-memory" / "config.json"
    settings.write_text('{"suggestions": false}')  # so that the end of this process suggests nothing
    first = client.session("No, we use pnpm in this repository, not npm.", "--output-format", "json")
    id = json.loads(first.said)["session_id"]
    assert first.model.texts().count(f"[{memory.id}]") == 1
    settings.write_text("{}")
    compacted = client.session("/compact", "--resume", id)
    assert any("summary" in compacted.model.told(body) for body in compacted.model.read)
    assert not any("Additional Instructions" in compacted.model.told(body) for body in compacted.model.read)
    resumed = client.session("and now?", "--resume", id).model.texts()
    assert words.ONE_SUGGESTION in resumed  # it was there before the start after the compaction
    assert resumed.count(f"[{memory.id}]") == 1
    assert client.session("and now?", "--resume", id).model.texts().count(f"[{memory.id}]") == 1


def test_a_missing_command_is_said_and_nothing_is_blocked(client: Client) -> None:
    """Without neural-memory on the PATH the session works, and somebody is told what is missing."""
    client.environment["PATH"] = "/usr/bin:/bin"
    told = client.session("hello")
    assert "done" in told.said


def test_commands_with_free_text(client: Client) -> None:
    """/neural-memory:remember passes on all that was typed, and waits for the tool it names."""
    text = client.session("/neural-memory:recall how does login work, and why?").model.texts()
    assert "how does login work, and why?" in text
    assert words.STORE not in text
