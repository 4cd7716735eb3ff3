"""Whatever a client sends, is there a reply that is one, and does the server stay up?  The door, without its pipe."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from neural_memory import Brain
from neural_memory.mcp import protocol, words
from neural_memory.mcp.jsonrpc import Refusal, line, parse

Fuzz = Callable[[st.SearchStrategy[Any], Callable[[Any], None]], None]
TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
ODD = st.sampled_from(
    ["", " ", "mem_0000000000", "\0", "\ud800", "'\"--", "*", "2026-03-25", "last week", "redact", "a" * 5_000]
)
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | ODD
JSON = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)
KINDS = {
    "string": TEXT | ODD,
    "integer": st.integers(-5, 200) | st.integers(),
    "number": st.floats() | st.integers(-5, 5),
    "boolean": st.booleans(),
    "array": st.lists(TEXT | ODD, max_size=4),
    "object": st.dictionaries(TEXT, SCALAR, max_size=3),
}
METHODS = [
    *protocol.OURS.at_once,
    *protocol.OURS.errands,
    "initialize",
    "ping",
    "server/discover",
    "notifications/cancelled",
]


def _arguments(tool: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Mostly what the definition asks for, sometimes anything."""
    known = tool["inputSchema"]["properties"]
    fields = {
        name: KINDS[kind] | JSON if isinstance(kind := of.get("type"), str) else JSON for name, of in known.items()
    }
    return st.fixed_dictionaries({}, optional=fields) | st.dictionaries(TEXT, JSON, max_size=3)


CALLS = st.one_of(
    [st.fixed_dictionaries({"name": st.just(tool["name"]), "arguments": _arguments(tool)}) for tool in words.TOOLS]
)
PARAMS = (
    CALLS
    | JSON
    | st.fixed_dictionaries({"uri": st.sampled_from(["memory://overview", "memory://project/"]) | TEXT})
    | st.fixed_dictionaries({"name": st.sampled_from(["recall", "audit"]) | TEXT, "arguments": JSON})
    | st.fixed_dictionaries({"ref": JSON, "argument": JSON})
)
META = {
    protocol.VERSION: "2026-07-28",
    protocol.CAPABILITIES: {},
    protocol.CLIENT: {"name": "fuzz", "version": "1"},
}
MESSAGES = st.fixed_dictionaries(
    {
        "jsonrpc": st.just("2.0"),
        "id": st.integers(0, 9) | SCALAR,
        "method": st.sampled_from(METHODS) | TEXT,
        "params": PARAMS,
    }
)


def _modern(message: dict[str, Any]) -> dict[str, Any]:
    params = message["params"]
    return {**message, "params": {**params, "_meta": META}} if isinstance(params, dict) else message


def test_any_line_is_parsed_or_refused(fuzz: Fuzz) -> None:
    """Bytes are a value or a refusal, never anything else."""

    def check(data: bytes) -> None:
        try:
            parse(data)
        except Refusal as refusal:
            json.loads(line(refusal.reply(None)))

    texts = JSON.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))
    fuzz(st.binary(max_size=300) | texts | st.tuples(texts, st.binary(max_size=5)).map(b"".join), check)


def test_any_message_has_a_reply_that_is_one(fuzz: Fuzz, scratch: Brain) -> None:
    """Each request is answered with a result or an error, as one line of JSON; nothing unforeseen happens inside."""
    talk = protocol.Conversation()

    def check(message: object) -> None:
        heard = talk.hear(message)
        if isinstance(heard, protocol.Errand):
            talk.begin(heard)
            replies = talk.do(heard, lambda: scratch)
        else:
            replies = [] if heard is None else [heard]
        for reply in replies:
            read = json.loads(line(reply))
            assert read["jsonrpc"] == "2.0"
            assert ("result" in read) + ("error" in read) + ("method" in read) == 1
            assert "Internal error" not in json.dumps(read)

    fuzz(MESSAGES | MESSAGES.map(_modern) | JSON, check)
