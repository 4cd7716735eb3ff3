"""A stand-in for the model behind a client: on this machine, it does what the prompt says, and notes what it read.

A line `CALL tool {arguments}` of the latest prompt becomes a call of that tool, one a turn; then it says "done". It
understands the languages that Claude Code, Codex and Gemini speak with their models (`dialects.py`).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import dialects
from dialects import Call, Dialect

Json = dict[str, Any]


class StandIn:
    """read: the requests for an answer, in order; each is what the model would have read."""

    def __init__(self) -> None:
        self.read: list[Json] = []
        self.asked: list[tuple[Dialect, Json]] = []
        self.url = ""

    def texts(self) -> str:
        """Everything that was read in the conversation itself: the messages of the longest request with tools."""
        return max((self.told(body) for body in self.read if body.get("tools")), key=len, default="")

    def told(self, body: Json) -> str:
        """What a request says to the model, calls aside."""
        dialect = next(dialect for dialect, one in self.asked if one is body)
        return "\n".join(part.text for part in dialect.parts(body))

    def results(self) -> list[str]:
        """What the tools answered, in order."""
        found: dict[str, str] = {}
        for dialect, body in self.asked:
            found |= {part.id: part.text for part in dialect.parts(body) if part.what == "result"}
        return list(found.values())

    def answer(self, dialect: Dialect, body: Json) -> tuple[str, bytes]:
        """The next answer, with its content type."""
        self.read.append(body)
        self.asked.append((dialect, body))
        call = self._next(dialect, body) if body.get("tools") else None
        return dialect.answer(body, call, len(self.read))

    def _next(self, dialect: Dialect, body: Json) -> Call | None:
        """The first of the calls that the latest prompt wants which was not made yet."""
        wanted: list[Call] = []
        done = 0
        for part in dialect.parts(body):
            if part.what == "user" and (calls := _calls(part.text)):
                wanted, done = calls, 0
            done += part.what == "call"
        return wanted[done] if done < len(wanted) else None


def _calls(text: str) -> list[Call]:
    lines = [line.split(" ", 2) for line in text.splitlines()]
    return [Call(line[1], json.loads(line[2])) for line in lines if line[0] == "CALL" and len(line) == 3]


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """A stand-in that listens until the block ends."""
    model = StandIn()

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self._send("text/plain", b"")

        def do_GET(self) -> None:
            self._send("application/json", b'{"models": []}')

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
            if "count_tokens" in self.path or "countTokens" in self.path:
                self._send("application/json", b'{"input_tokens": 1, "totalTokens": 1}')
            elif dialect := dialects.spoken(self.path):
                self._send(*model.answer(dialect, body))
            else:
                self._send("application/json", b"{}", 404)

        def _send(self, kind: str, data: bytes, code: int = 200) -> None:
            self.send_response(code)
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
