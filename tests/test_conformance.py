"""Can the server's core carry all that the protocol allows, beyond what our own tools use?  The official client asks.

The server under test is ours with the fixtures of the official conformance suite beside our tools; the suite itself
needs Node and a bridge from HTTP to stdio, and is run as a harness (CONTRIBUTING.md).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp_types import CreateMessageResult, ElicitResult, ListRootsResult, Root, TextContent

SERVER = Path(__file__).with_name("conformance_server.py")
ERAS = pytest.mark.parametrize("era", ["legacy", "auto"])


async def sampled(_context: object, _params: object) -> CreateMessageResult:
    return CreateMessageResult(role="assistant", content=TextContent(type="text", text="Paris"), model="m")


async def elicited(_context: object, _params: object) -> ElicitResult:
    return ElicitResult(action="accept", content={"name": "Ada", "color": "blue", "ok": True, "context": "all"})


async def rooted(_context: object) -> ListRootsResult:
    return ListRootsResult(roots=[Root(uri="file:///work", name="work")])  # type: ignore[arg-type]


def talk(home: Path, era: str, session: Any) -> Any:
    """What `session` gets out of one connection of a client that can be asked everything."""

    async def connected() -> Any:
        program = StdioServerParameters(
            command=sys.executable, args=[str(SERVER)], env={"NEURAL_MEMORY_HOME": str(home)}
        )
        with Path(os.devnull).open("w") as nowhere:
            async with Client(
                stdio_client(program, errlog=nowhere),
                mode=era,
                elicitation_callback=elicited,
                sampling_callback=sampled,
                list_roots_callback=rooted,
                read_timeout_seconds=60,
            ) as client:
                return await session(client)

    return anyio.run(connected)


@ERAS
@pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")
@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        ("test_simple_text", "This is a simple text response for testing."),
        ("test_input_required_result_elicitation", "Hello, Ada!"),
        ("test_input_required_result_sampling", "Paris"),
        ("test_input_required_result_list_roots", "file:///work"),
        ("test_input_required_result_request_state", "state-ok"),
        ("test_input_required_result_multiple_inputs", "Paris"),
        ("test_input_required_result_multi_round", "Ada likes blue"),
    ],
)
def test_questions_in_the_middle_of_a_call_are_answered(tmp_path: Path, era: str, tool: str, expected: str) -> None:
    """One or several, of each kind, in one round or more, with a state that is kept between them."""

    async def session(client: Client) -> str:
        return str((await client.call_tool(tool, {})).content)

    assert expected in talk(tmp_path, era, session)


@ERAS
def test_a_prompt_may_ask_too(tmp_path: Path, era: str) -> None:
    """Not only tools."""

    async def session(client: Client) -> str:
        return str((await client.get_prompt("test_input_required_result_prompt")).messages)

    assert "Use this: all" in talk(tmp_path, era, session)


@ERAS
def test_progress_is_told_while_a_call_runs(tmp_path: Path, era: str) -> None:
    """In order, and before the result."""
    seen: list[float] = []

    async def told(progress: float, _total: float | None, _message: str | None) -> None:
        seen.append(progress)

    async def session(client: Client) -> None:
        await client.call_tool("test_tool_with_progress", {}, progress_callback=told)

    talk(tmp_path, era, session)
    assert seen == [0, 50, 100]


@ERAS
def test_our_own_tools_stand_beside_them(tmp_path: Path, era: str) -> None:
    """It is the product's server: what it does, it does here as well."""

    async def session(client: Client) -> str:
        await client.call_tool("remember", {"content": "Redis keeps the sessions"})
        return str((await client.call_tool("recall", {"query": "sessions"})).content)

    assert "Redis" in talk(tmp_path, era, session)
