"""A stand-in for the model behind Claude Code: on this machine, it does what the prompt says, and notes what it read.

A line `CALL tool {arguments}` of the latest prompt becomes a call of that tool, one a turn; then it says "done".
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


class StandIn:
    """read: the requests for an answer, in order; each is what the model would have read."""

    def __init__(self) -> None:
        self.read: list[Json] = []
        self.url = ""

    def texts(self) -> str:
        """Everything that was read in the conversation itself: the messages of the longest request with tools."""
        asked = [body for body in self.read if body.get("tools")]
        longest = max(asked, key=lambda body: len(json.dumps(body["messages"])), default={"messages": []})
        return "\n".join(_texts(longest["messages"]))

    def results(self) -> list[str]:
        """What the tools answered, in order."""
        found: dict[str, str] = {}
        for body in self.read:
            for message in body.get("messages", []):
                for block in _blocks(message):
                    if block.get("type") == "tool_result":
                        found[block["tool_use_id"]] = "\n".join(_texts([{"content": block.get("content") or ""}]))
        return list(found.values())

    def answer(self, body: Json) -> tuple[list[Json], str]:
        """The blocks of the next answer, and why it ends."""
        calls: list[tuple[str, Json]] = []
        done = 0
        for message in body.get("messages", []):
            if message["role"] == "user":
                lines = [line.split(" ", 2) for text in _texts([message]) for line in text.splitlines()]
                if wanted := [(line[1], json.loads(line[2])) for line in lines if line[0] == "CALL" and len(line) == 3]:
                    calls, done = wanted, 0
            else:
                done += sum(block.get("type") == "tool_use" for block in _blocks(message))
        if body.get("tools") and done < len(calls):
            name, arguments = calls[done]
            return [
                {"type": "tool_use", "id": f"toolu_{len(self.read):04}", "name": name, "input": arguments}
            ], "tool_use"
        return [{"type": "text", "text": "done"}], "end_turn"


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """A stand-in that listens until the block ends."""
    model = StandIn()

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self._send(b"", "text/plain")

        def do_GET(self) -> None:
            self._send(b"{}", "application/json")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
            if "count_tokens" in self.path:
                self._send(b'{"input_tokens": 1}', "application/json")
                return
            model.read.append(body)
            blocks, reason = model.answer(body)
            message = {"id": f"msg_{len(model.read):04}", "type": "message", "role": "assistant", "content": []}
            message |= {"model": body.get("model"), "stop_reason": None, "stop_sequence": None}
            message["usage"] = {"input_tokens": 1, "output_tokens": 1}
            if body.get("stream"):
                self._send(b"".join(_events(message, blocks, reason)), "text/event-stream")
            else:
                whole = {**message, "content": blocks, "stop_reason": reason}
                self._send(json.dumps(whole).encode(), "application/json")

        def _send(self, data: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    model.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _events(message: Json, blocks: list[Json], reason: str) -> Iterator[bytes]:
    """An answer, as it is streamed."""
    events: list[Json] = [{"type": "message_start", "message": message}]
    for index, block in enumerate(blocks):
        if block["type"] == "text":
            empty, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": block["text"]}
        else:
            empty = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        events.append({"type": "content_block_start", "index": index, "content_block": empty})
        events.append({"type": "content_block_delta", "index": index, "delta": delta})
        events.append({"type": "content_block_stop", "index": index})
    end = {"stop_reason": reason, "stop_sequence": None}
    events.append({"type": "message_delta", "delta": end, "usage": {"output_tokens": 1}})
    events.append({"type": "message_stop"})
    for event in events:
        yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def _blocks(message: Json) -> list[Json]:
    content = message.get("content")
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def _texts(messages: list[Json]) -> list[str]:
    """The texts of messages; of tools' results, too."""
    found = []
    for message in messages:
        if isinstance(message.get("content"), str):
            found.append(message["content"])
        for block in _blocks(message):
            if block.get("type") == "text":
                found.append(block["text"])
            elif block.get("type") == "tool_result":
                found += _texts([{"content": block.get("content") or ""}])
    return found
