"""Is the user asked before many memories go?  The official client in both eras, and raw lines for what it hides."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client as SdkClient
from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp_types import ElicitResult, TextContent

from neural_memory import Brain
from test_protocol import META, Client

COMMAND = [sys.executable, "-m", "neural_memory", "--mcp"]
ERAS = pytest.mark.parametrize("era", ["legacy", "auto"])
BY_TAG = {"tags": ["old"]}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six memories, five of them tagged."""
    folder = tmp_path / ".neural-memory"
    monkeypatch.setenv("NEURAL_MEMORY_HOME", str(folder))
    with Brain.open() as brain:
        for number in range(5):
            brain.remember(f"The deprecated endpoint v1/{number} answers with 410", tags=["old"])
        brain.remember("Redis keeps the sessions")
    return folder


def stored() -> int:
    with Brain.open() as brain:
        return brain.audit().total


def ask(home: Path, era: str, action: str | None, **arguments: object) -> tuple[str, list[str]]:
    """One `forget`, by a user who answers every question with this action; the answer, and what was asked."""
    asked: list[str] = []

    async def answer(_context: object, params: Any) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action=action)  # type: ignore[arg-type]

    async def session() -> str:
        program = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env={"NEURAL_MEMORY_HOME": str(home)})
        callback = answer if action else None
        with Path(os.devnull).open("w") as nowhere:
            async with SdkClient(
                stdio_client(program, errlog=nowhere), mode=era, elicitation_callback=callback, read_timeout_seconds=60
            ) as client:
                result = await client.call_tool("forget", arguments)
        assert not result.is_error
        [content] = result.content
        assert isinstance(content, TextContent)
        return content.text

    return anyio.run(session), asked


@ERAS
def test_many_go_only_when_the_user_agrees(home: Path, era: str) -> None:
    """The question lists them; yes deletes exactly those, no and nothing delete none."""
    for action in ("decline", "cancel"):
        text, asked = ask(home, era, action, **BY_TAG)
        assert text.startswith("Nothing was deleted")
        assert asked[0].startswith("Delete 5 memories? Undo brings them back.\n- 20")
        assert asked[0].count("The deprecated endpoint v1/") == 5
        assert stored() == 6
    text, asked = ask(home, era, "accept", **BY_TAG)
    assert text.startswith("Forgot 5 memories")
    assert len(asked) == 1
    assert stored() == 1


@ERAS
def test_for_good_is_said_in_the_question(home: Path, era: str) -> None:
    """There is no way back from that."""
    text, [asked] = ask(home, era, "accept", for_good=True, **BY_TAG)
    assert asked.startswith("Wipe 5 memories for good? There is no way back.")
    assert "for good" in text


@ERAS
def test_nobody_is_asked_about_a_few_or_about_named_ones(home: Path, era: str) -> None:
    """Up to three by conditions, any number by their ids, and what is only shown."""
    assert ask(home, era, "decline", dry_run=True, **BY_TAG)[0].startswith("Would forget 5")
    assert ask(home, era, "decline", mentions="Redis")[0].startswith("Forgot 1 memory")
    with Brain.open() as brain:
        ids = [memory.id for memory in brain.audit(tags=["old"]).memories]
    text, asked = ask(home, era, "decline", ids=ids)
    assert (text.splitlines()[0], asked) == ("Forgot 5 memories:", [])


@ERAS
def test_a_client_that_cannot_ask_deletes_as_told(home: Path, era: str) -> None:
    """The plain way: what goes is named, and undo brings it back."""
    text, _ = ask(home, era, None, **BY_TAG)
    assert text.startswith("Forgot 5 memories")
    assert "Undo" in text


# ---- between the lines


@pytest.fixture
def client(tmp_path: Path) -> Any:
    """A raw client whose home is that of the memories."""
    raw = Client(tmp_path, "--mcp")
    yield raw
    raw.process.kill()
    raw.process.communicate()


def hello(client: Client, elicitation: object) -> None:
    capabilities = {} if elicitation is None else {"elicitation": elicitation}
    client.ask("initialize", {"protocolVersion": "2025-06-18", "capabilities": capabilities, "clientInfo": {}})


def send(client: Client, **message: object) -> None:
    client.send(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


FORGET = {"name": "forget", "arguments": BY_TAG}


def test_other_calls_go_on_while_a_person_thinks(client: Client) -> None:
    """Nobody waits for the user but the call that needs the answer."""
    hello(client, {})
    send(client, id=70, method="tools/call", params=FORGET)
    question = client.read()
    assert question["method"] == "elicitation/create"
    assert "Redis" in str(client.call("recall", query="Redis sessions"))
    send(client, id=question["id"], result={"action": "accept"})
    reply = client.read()
    assert reply["id"] == 70
    assert "Forgot 5" in str(reply)


def test_a_cancelled_call_deletes_nothing(client: Client) -> None:
    """Also when the answer comes all the same; answers to what was never asked are passed over."""
    hello(client, {"form": {}})
    send(client, id=70, method="tools/call", params=FORGET)
    question = client.read()
    send(client, method="notifications/cancelled", params={"requestId": 70})
    for id in (question["id"], "neural-memory-99", 5, None):
        send(client, id=id, result={"action": "accept"})
    assert "5" in str(client.call("audit", tags=["old"]))
    assert stored() == 6


def test_an_answer_that_is_an_error_is_no_yes(client: Client) -> None:
    """A client that fails to ask has not asked."""
    hello(client, {})
    send(client, id=70, method="tools/call", params=FORGET)
    send(client, id=client.read()["id"], error={"code": -32603, "message": "no window"})
    assert "Nothing was deleted" in str(client.read())


def test_what_was_not_shown_is_asked_again(client: Client) -> None:
    """Something that matches was stored while the user looked at the list."""
    hello(client, {})
    send(client, id=70, method="tools/call", params=FORGET)
    first = client.read()
    client.call("remember", content="v1 is gone for all partners", tags=["old"])
    send(client, id=first["id"], result={"action": "accept"})
    second = client.read()
    assert second["params"]["message"].startswith("Delete 6 memories?")
    send(client, id=second["id"], result={"action": "accept", "content": {}})
    assert "Forgot 6" in str(client.read())


@pytest.mark.parametrize("elicitation", [None, {"url": {}}, "yes"])
def test_a_client_without_forms_is_not_asked(client: Client, elicitation: object) -> None:
    """Only what was declared is used."""
    hello(client, elicitation)
    assert "Forgot 5" in str(client.call("forget", **BY_TAG))


def modern(client: Client, params: Any, **more: object) -> Any:
    meta = {**META, "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}}}
    return client.ask("tools/call", {**params, **more, "_meta": meta})


def test_the_state_between_two_rounds_cannot_be_forged(client: Client) -> None:
    """Changed on the way, made for another request, or of another kind: refused, and nothing goes."""
    asked = modern(client, FORGET)["result"]
    assert asked["resultType"] == "input_required"
    state = asked["requestState"]
    yes = {"delete": {"action": "accept"}}
    other = {"name": "forget", "arguments": {"mentions": "e"}}
    for params, given in ((FORGET, state + "x"), (FORGET, "x"), (FORGET, 7), (FORGET, ""), (other, state)):
        reply = modern(client, params, inputResponses=yes, requestState=given)
        assert reply["error"]["code"] == -32602, given
    for answers in (None, {}, {"other": {"action": "accept"}}, {"delete": {}}, {"delete": {"action": ["accept"]}}):
        reply = modern(client, FORGET, inputResponses=answers, requestState=state)
        assert reply["result"]["resultType"] == "input_required", "it asks again"
    for answers in ("yes", {"delete": "accept"}, [yes]):
        assert modern(client, FORGET, inputResponses=answers, requestState=state)["error"]["code"] == -32602
    assert modern(client, FORGET, inputResponses=yes)["result"]["resultType"] == "input_required"
    assert stored() == 6
    done = modern(client, FORGET, inputResponses={**yes, "more": {}}, requestState=state)["result"]
    assert done["resultType"] == "complete"
    assert "Forgot 5" in str(done)
