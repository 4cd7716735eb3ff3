"""Whole sessions of the real Codex and Gemini command lines with our hooks, offline: a stand-in answers for the model.

They run where the programs are on the PATH (npm install @openai/codex @google/gemini-cli). No account, no network.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from neural_memory.hooks import words
from stand_in import StandIn, standing_in
from world import ROOT, World

pytestmark = pytest.mark.slow

CODEX = """
model = "stand-in"
model_provider = "here"
approval_policy = "never"

[model_providers.here]
name = "here"
base_url = "{url}/v1"
wire_api = "responses"
"""
GEMINI = {
    "security": {"auth": {"selectedType": "gemini-api-key"}},
    "general": {"enableAutoUpdate": False},
    "privacy": {"usageStatisticsEnabled": False},
}


class Codex(World):
    """Set up by `setup codex`, with and without `--hooks`."""

    tools = "mcp__neural_memory/"
    records = ".codex/sessions/**/*.jsonl"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.config = self.home / ".codex" / "config.toml"
        self.config.parent.mkdir()
        self.start("neural-memory", "setup", "codex", "--yes")
        self.server = self.config.read_text()
        self.start("neural-memory", "setup", "codex", "--hooks", "--yes")

    def session(self, prompt: str, *, resumed: bool = False, settings: str = "") -> StandIn:
        """What the model read in a session with one prompt, or in the last one that goes on."""
        with standing_in() as model:
            self.config.write_text(settings + CODEX.format(url=model.url) + self.server)
            how = ("resume", "--last") if resumed else ()
            flags = ("--skip-git-repo-check", "--dangerously-bypass-hook-trust")
            self.start("codex", "exec", *flags, *how, prompt)
        return model


class Gemini(World):
    """With the extension in `integrations/gemini` linked."""

    tools = "mcp_neural-memory_"
    records = ".gemini/tmp/*/chats/*.jsonl"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.environment |= {"GEMINI_CLI_TRUST_WORKSPACE": "true", "GEMINI_API_KEY": "no-key-is-needed"}
        settings = self.home / ".gemini" / "settings.json"
        settings.parent.mkdir()
        settings.write_text(json.dumps(GEMINI))
        self.plug_in()

    def plug_in(self) -> None:
        self.start("gemini", "extensions", "link", str(ROOT / "integrations" / "gemini"), "--consent")

    def session(self, prompt: str, *, resumed: bool = False) -> StandIn:
        """What the model read in a session with one prompt, or in the last one that goes on."""
        how = ("--resume", "latest") if resumed else ()
        with standing_in() as model:
            flags = ("--yolo", "--model", "gemini-2.5-flash", *how)  # a model of its own choice it would ask for first
            self.start("gemini", *flags, "--prompt", prompt, GOOGLE_GEMINI_BASE_URL=model.url)
        return model


class PlainGemini(Gemini):
    """Set up by `setup gemini`, with and without `--hooks`."""

    def plug_in(self) -> None:
        self.start("neural-memory", "setup", "gemini", "--yes")
        self.start("neural-memory", "setup", "gemini", "--hooks", "--yes")


@pytest.fixture(params=[Codex, Gemini, PlainGemini])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Codex | Gemini]:
    name = request.param.__name__.lower().removeprefix("plain")
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    yield request.param(tmp_path)


def call(client: Codex | Gemini, tool: str, **arguments: object) -> str:
    return f"CALL {client.tools}{tool} {json.dumps(arguments)}"


def test_what_one_session_stores_the_next_one_knows(client: Codex | Gemini) -> None:
    """Stored on request, told at the next start without asking, recalled when asked; told once when it goes on."""
    fact = "Our API uses Bearer token authentication with 1-hour expiry"
    stored = client.session(f"Store this: {fact}\n{call(client, 'remember', content=fact)}")
    assert words.STORE in stored.texts()
    assert words.NOT_STORED not in stored.texts()
    assert "project shop" in stored.results()[0]
    with client.memory() as brain:
        (memory,) = brain.audit().memories
    asked = client.session(f"What do you know about our authentication?\n{call(client, 'recall', query='login')}")
    assert asked.texts().count(words.OPENING) == 1
    assert "Bearer token" in asked.results()[0]
    again = client.session("and how long is that?", resumed=True).texts()
    assert "What do you know about our authentication?" in again
    assert again.count(words.OPENING) == 1
    assert again.count(f'- [{memory.id}] "') == 1


def test_what_fits_a_prompt_comes_along(client: Codex | Gemini) -> None:
    """The memory that surely fits, and nothing where nothing does."""
    (client.home / ".neural-memory").mkdir(mode=0o700)
    (client.home / ".neural-memory" / "config.json").write_text('{"session_tokens": 0}')
    with client.memory() as brain:
        id = brain.remember("The payment service times out after 30 seconds because of the fraud check").id
    text = client.session("Why does the payment service time out after 30 seconds?").texts()
    assert words.AT_PROMPT in text
    assert f"[{id}]" in text
    assert words.OPENING not in client.session("ok, continue").texts()


def test_a_wish_to_store_cannot_be_missed(client: Codex | Gemini) -> None:
    """The assistant that does not store hears of it at the end of its turn, once, and the session ends."""
    told = client.session("Remember that we deploy on Tuesdays")
    assert told.texts().count(words.STORE) == 1
    turns = [told.told(body) for body in told.read if body.get("tools")]
    assert [words.NOT_STORED in turn for turn in turns] == [False, True]


def test_the_end_of_a_session_suggests_and_stores_nothing(client: Codex | Gemini) -> None:
    """A correction becomes a suggestion; nothing that the client or our hooks put in does; the next start says so."""
    client.session("No, we use pnpm in this repository, not npm.")
    for record in client.home.glob(client.records):
        client.settle(record)
    with client.memory() as brain:
        (one,) = brain.suggestions()
        assert one.content == "We use pnpm in this repository, not npm."
        assert one.project == "shop"
        assert brain.stats().memories == 0
    assert words.ONE_SUGGESTION in client.session("hello there").texts()


def test_codex_is_told_again_after_a_compaction(tmp_path: Path) -> None:
    """The session is looked through before it; then what went with the conversation is told anew."""
    if not shutil.which("codex"):
        pytest.skip("codex is not installed")
    client = Codex(tmp_path)
    with client.memory() as brain:
        id = brain.remember("We decided to use PostgreSQL for orders").id
    config = client.home / ".neural-memory" / "config.json"
    config.write_text('{"suggestions": false}')  # so that the end of this process suggests nothing
    client.session("No, we use pnpm in this repository, not npm.")
    config.write_text("{}")
    compacted = client.session("and now?", resumed=True, settings="model_auto_compact_token_limit = 10\n")
    summary, after = map(compacted.told, compacted.read)
    assert summary.count(f"[{id}]") == after.count(f"[{id}]") == 1
    assert words.ONE_SUGGESTION in after  # it was there before the start after the compaction
