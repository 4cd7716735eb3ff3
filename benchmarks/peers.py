"""How well do other memory servers find what answers a question?

    python benchmarks/peers.py peers/neural-memory.json CASES.json [MORE ...] [--questions N] [--stores N] [--json FILE]

Puts any memory server that speaks MCP over stdio beside this one: the documents of a file of cases (see retrieval.py)
are stored and the questions asked through the server's own tools, and the measures are the same. What a server's tools
are called is said by an adapter, a small JSON file:

    name            of the server
    command         how it is started; {python} is this Python
    environment     variables it needs; {home} is an empty directory of its own
    store, recall   {"tool", "arguments"}: {text}, {id} and {timestamp} of a document and {question} are filled in
                    wherever they stand in the arguments
    hits            how to see which documents a reply holds: {"by": "text", "characters": 90} looks for the beginning
                    of each text, letters and digits only; {"by": "marker"} appends " (doc 17)" to each text and looks
                    for that
    settle_seconds  how long the server may work on what was stored before it is asked; less when it is idle (Linux)

Documents are ranked in the order in which they first occur in the reply. Each store gets a server of its own, with an
empty home. A server that needs a language model, a key or a download gets it from its own environment and command; this
file fetches nothing. Waiting for a server that embeds in the background is asked for by a first question that does not
count.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import retrieval
from measuring import say
from retrieval import DEPTH, Measures

PATIENCE = 300.0
"""Seconds a reply may take."""
IDLE = 3.0
"""Seconds without any CPU after which a server has done what it does in the background."""
LONGEST_PREFIX = 2_000

Json = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("adapter", type=Path, help="how to speak to the server")
    parser.add_argument("cases", nargs="+", type=Path, help="files of cases")
    parser.add_argument("--questions", type=int, help="at most so many questions a dataset")
    parser.add_argument("--stores", type=int, help="at most so many stores a dataset")
    parser.add_argument("--json", type=Path, help="also write the table here")
    options = parser.parse_args()
    adapter = json.loads(options.adapter.read_text())
    table = {}
    for path in options.cases:
        name, found, each = run(adapter, path, options.questions, options.stores)
        table[name] = {category: retrieval.summary(measures) for category, measures in found.items()}
        say(f"\n{adapter['name']}")
        retrieval.show(name, table[name], each, "until the reply to")
    if options.json:
        options.json.write_text(json.dumps({"server": adapter["name"], "datasets": table}, indent=1) + "\n")
    return 0


def run(
    adapter: Json, path: Path, questions: int | None, stores: int | None
) -> tuple[str, dict[str, list[Measures]], float]:
    """category -> what was measured; and the milliseconds until a reply."""
    cases = retrieval.load(path, questions)
    found: dict[str, list[Measures]] = defaultdict(list)
    spent, asked = 0.0, 0
    for store in cases["stores"][:stores]:
        with tempfile.TemporaryDirectory() as home, Server(adapter, Path(home)) as server:
            reader = Reader(adapter["hits"], store["docs"])
            for number, doc in enumerate(store["docs"]):
                server.store(reader.texts[number], doc)
            server.settle(store["queries"][0]["text"])
            for query in store["queries"]:
                start = time.perf_counter()
                reply = server.recall(query["text"])
                spent += time.perf_counter() - start
                asked += 1
                ranked = reader.ranked(reply)[:DEPTH]
                for category in retrieval.categories(query):
                    found[category].append(retrieval.measure(ranked, retrieval.gold(query)))
    return cases["dataset"], dict(found), 1000 * spent / max(1, asked)


class Reader:
    """Sees which documents a reply holds."""

    def __init__(self, hits: Json, docs: Sequence[Json]) -> None:
        """texts: what is to be stored for each document."""
        self._ids = [str(doc["id"]) for doc in docs]
        self.texts = [retrieval.content(doc) for doc in docs]
        self._marked = hits["by"] == "marker"
        if self._marked:
            self.texts = [f"{text} (doc {number})" for number, text in enumerate(self.texts)]
        self._beginnings = _beginnings([_plain(text) for text in self.texts], hits.get("characters", 90))

    def ranked(self, reply: str) -> list[str]:
        """Ids in the order in which the documents first occur."""
        if self._marked:
            numbers = dict.fromkeys(int(number) for number in re.findall(r"\(doc (\d+)\)", reply))
            return [self._ids[number] for number in numbers if number < len(self._ids)]
        plain = _plain(_unescaped(reply))
        places = [(plain.find(beginning), number) for number, beginning in enumerate(self._beginnings)]
        return [self._ids[number] for place, number in sorted(places) if place >= 0]


def _beginnings(plain: list[str], characters: int) -> list[str]:
    """The first characters of each text, more where another text begins with them, too."""
    lengths = [characters] * len(plain)
    while True:
        groups: dict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(plain):
            groups[text[: lengths[number]]].append(number)
        unclear = [
            number
            for beginning, group in groups.items()
            if len({plain[number] for number in group}) > 1
            for number in group
            if len(plain[number]) > len(beginning) and lengths[number] < LONGEST_PREFIX
        ]
        if not unclear:
            return [text[:length] for text, length in zip(plain, lengths, strict=True)]
        for number in unclear:
            lengths[number] *= 2


def _plain(text: str) -> str:
    """Letters and digits: servers quote, escape and lay out texts in ways of their own."""
    return "".join(c for c in text.casefold() if c.isalnum())


def _unescaped(reply: str) -> str:
    """Without the letters of JSON's escapes."""
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), re.sub(r'\\[nrtbf"/]', " ", reply))


class Server:
    """A memory server: its process, and its tools as the adapter names them."""

    def __init__(self, adapter: Json, home: Path) -> None:
        self._adapter = adapter
        names = {"python": sys.executable, "home": str(home)}
        command = _filled(adapter["command"], names)
        environment = {**os.environ, **_filled(adapter.get("environment", {}), names)}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=home,
            env=environment,
        )
        self._lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self._last = 0

    def __enter__(self) -> Server:
        client = {"name": "benchmark", "version": "1"}
        self._ask("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client})
        self._tell({"jsonrpc": "2.0", "method": "notifications/initialized"})
        offered = {tool["name"] for tool in self._ask("tools/list", {})["tools"]}
        for part in ("store", "recall"):
            tool = self._adapter[part]["tool"]
            assert tool in offered, f"the server has no tool {tool}, but {', '.join(sorted(offered))}"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def store(self, text: str, doc: Json) -> None:
        self._call("store", {"text": text, "id": str(doc["id"]), "timestamp": str(doc.get("timestamp") or "")})

    def recall(self, question: str) -> str:
        return self._call("recall", {"question": question})

    def settle(self, question: str) -> None:
        """Ask once, so that whatever is loaded late is loaded, and wait for work in the background to end."""
        self.recall(question)
        end = time.monotonic() + self._adapter.get("settle_seconds", 0)
        before, since = self._ticks(), time.monotonic()
        while time.monotonic() < end:
            time.sleep(0.2)
            now = self._ticks()
            if now is None or now != before:
                before, since = now, time.monotonic()
            elif time.monotonic() - since > IDLE:
                return

    def _call(self, part: str, values: dict[str, str]) -> str:
        tool = self._adapter[part]
        arguments = _filled(tool["arguments"], values)
        result = self._ask("tools/call", {"name": tool["tool"], "arguments": arguments})
        text = "\n".join(str(item.get("text", "")) for item in result.get("content", ()))
        assert not result.get("isError"), f"{tool['tool']} failed: {text[:500]}"
        return text

    def _ask(self, method: str, params: Json) -> Json:
        """The result of a request. What the server asks meanwhile is declined."""
        self._last += 1
        self._tell({"jsonrpc": "2.0", "id": self._last, "method": method, "params": params})
        while True:
            message = json.loads(self._line())
            if "method" in message:
                if message["method"] == "ping":
                    self._tell({"jsonrpc": "2.0", "id": message["id"], "result": {}})
                elif "id" in message:
                    error = {"code": -32601, "message": "not offered"}
                    self._tell({"jsonrpc": "2.0", "id": message["id"], "error": error})
            elif message.get("id") == self._last:
                assert "result" in message, f"{method} failed: {message}"
                return dict(message["result"])

    def _tell(self, message: Json) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        pipe.write(json.dumps(message).encode() + b"\n")
        pipe.flush()

    def _line(self) -> bytes:
        line = self._lines.get(timeout=PATIENCE)
        assert line, "the server ended"
        return line

    def _read(self) -> None:
        """The server's lines; a last empty one says that it ended."""
        pipe: IO[bytes] | None = self._process.stdout
        assert pipe is not None
        for line in pipe:
            if line.strip().startswith(b"{"):  # some servers greet in plain text
                self._lines.put(line)
        self._lines.put(b"")

    def _ticks(self) -> int | None:
        """The CPU it has taken so far; None where that cannot be told (anything but Linux)."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return int(fields[11]) + int(fields[12])


def _filled(template: Any, values: dict[str, str]) -> Any:
    """The template with {names} replaced, wherever they stand; other braces are left as they are."""
    if isinstance(template, str):
        return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), template)
    if isinstance(template, list):
        return [_filled(part, values) for part in template]
    if isinstance(template, dict):
        return {name: _filled(part, values) for name, part in template.items()}
    return template


if __name__ == "__main__":
    sys.exit(main())
