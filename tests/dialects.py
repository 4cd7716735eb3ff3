"""How do clients speak with their models?  What a request says, and how an answer is written, for each of them.

Messages    Claude Code    POST /v1/messages
Responses   Codex          POST /v1/responses
Contents    Gemini         POST /v1beta/models/NAME:generateContent and :streamGenerateContent
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

Json = dict[str, Any]
STREAM = "text/event-stream"


class Call(NamedTuple):
    """A tool to be called. Codex has its tools in namespaces: those are named namespace/tool."""

    tool: str
    arguments: Json


class Part(NamedTuple):
    """A piece of a conversation. what: user (whatever stands in its place, too), assistant, call or result."""

    what: str
    text: str = ""
    id: str = ""


class Dialect(Protocol):
    """What a stand-in has to understand and to say."""

    def parts(self, body: Json) -> Iterator[Part]:
        """The conversation of a request, in order."""

    def answer(self, body: Json, call: Call | None, number: int) -> tuple[str, bytes]:
        """Content type and bytes of an answer: this call, or "done"."""


def spoken(path: str) -> Dialect | None:
    """The dialect of this address."""
    if "enerateContent" in path:
        return Contents(streams="stream" in path)
    return Responses() if "/responses" in path else Messages() if "/messages" in path else None


class Messages:
    """The Messages API."""

    def parts(self, body: Json) -> Iterator[Part]:
        for message in body.get("messages", []):
            by = "user" if message["role"] == "user" else "assistant"
            for block in _blocks(message.get("content")):
                if block.get("type") == "text":
                    yield Part(by, block["text"])
                elif block.get("type") == "tool_use":
                    yield Part("call", id=block["id"])
                elif block.get("type") == "tool_result":
                    text = "\n".join(str(part.get("text", "")) for part in _blocks(block.get("content")))
                    yield Part("result", text, block["tool_use_id"])

    def answer(self, body: Json, call: Call | None, number: int) -> tuple[str, bytes]:
        block: Json = {"type": "text", "text": "done"}
        if call:
            block = {"type": "tool_use", "id": f"toolu_{number:04}", "name": call.tool, "input": call.arguments}
        reason = "tool_use" if call else "end_turn"
        message = {"id": f"msg_{number:04}", "type": "message", "role": "assistant", "content": []}
        message |= {"model": body.get("model"), "stop_reason": None, "stop_sequence": None}
        message["usage"] = {"input_tokens": 1, "output_tokens": 1}
        if not body.get("stream"):
            return "application/json", json.dumps({**message, "content": [block], "stop_reason": reason}).encode()
        empty, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": "done"}
        if call:
            empty = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(call.arguments)}
        end = {"stop_reason": reason, "stop_sequence": None}
        return STREAM, _events(
            {"type": "message_start", "message": message},
            {"type": "content_block_start", "index": 0, "content_block": empty},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": end, "usage": {"output_tokens": 1}},
            {"type": "message_stop"},
        )


class Responses:
    """The Responses API. It is told a size of the context that grows with it, so that Codex knows when to compact."""

    def parts(self, body: Json) -> Iterator[Part]:
        for item in body.get("input", []):
            if item.get("type") == "message":
                by = "assistant" if item["role"] == "assistant" else "user" if item["role"] == "user" else "client"
                yield Part(by, "\n".join(str(block.get("text", "")) for block in _blocks(item.get("content"))))
            elif item.get("type") == "function_call":
                yield Part("call", id=item["call_id"])
            elif item.get("type") == "function_call_output":
                text = "\n".join(str(block.get("text", "")) for block in _blocks(item.get("output")))
                yield Part("result", text, item["call_id"])

    def answer(self, body: Json, call: Call | None, number: int) -> tuple[str, bytes]:
        said = [{"type": "output_text", "text": "done"}]
        item: Json = {"type": "message", "id": f"msg_{number}", "role": "assistant", "content": said}
        if call:
            place, _, name = call.tool.rpartition("/")
            item = {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}", "name": name}
            item |= {"arguments": json.dumps(call.arguments), **({"namespace": place} if place else {})}
        size = len(json.dumps(body["input"])) // 4
        usage = {"input_tokens": size, "output_tokens": 1, "total_tokens": size + 1}
        return STREAM, _events(
            {"type": "response.created", "response": {"id": f"r{number}"}},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {"type": "response.completed", "response": {"id": f"r{number}", "usage": usage}},
        )


class Contents:
    """The API of Gemini."""

    def __init__(self, *, streams: bool) -> None:
        self.streams = streams

    def parts(self, body: Json) -> Iterator[Part]:
        for place, content in enumerate(body.get("contents", [])):
            by = "user" if content.get("role") == "user" else "assistant"
            for part in content["parts"]:
                if "functionCall" in part:
                    yield Part("call")
                elif answered := part.get("functionResponse"):
                    yield Part("result", str(answered["response"].get("output", answered["response"])), str(place))
                else:
                    yield Part(by, part.get("text", ""))

    def answer(self, body: Json, call: Call | None, number: int) -> tuple[str, bytes]:
        part = {"functionCall": {"name": call.tool, "args": call.arguments}} if call else {"text": "done"}
        content = {"role": "model", "parts": [part]}
        usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
        whole = {"candidates": [{"index": 0, "content": content, "finishReason": "STOP"}], "usageMetadata": usage}
        if not self.streams:
            return "application/json", json.dumps(whole).encode()
        return STREAM, f"data: {json.dumps(whole)}\n\n".encode()


def _events(*events: Json) -> bytes:
    return b"".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events)


def _blocks(content: object) -> Iterable[Json]:
    """The blocks of a message; a bare text is one."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
