"""How is a memory server spoken to, whatever its tools are called?

An adapter, a small JSON file in peers/, says it:

    name            of the server
    registry        pypi or npm, and the package in it: for its version and its size
    package
    folder          the name of the directory that holds its installation, below --installed
    install         the commands that put it there, run by hand ({folder} is that directory, {installed} the one above,
                    {benchmarks} this one)
    command         how it is started; {python} is this Python, {home} an empty directory of its own
    environment     variables it needs; HOME is {home} for all of them, and they are started in it
    before          a command that is run in {home} first
    model           where below {home} it looks for a model that it would otherwise download ({models} is where
                    peers/minilm.py put it)
    store, recall   {"tool", "arguments"}: {text}, {id} and {timestamp} of a document and {question} are filled in
    delete          wherever they stand in the arguments; {stored} is what was stored, as `stored` finds it
    stored          a pattern whose group is the id in the reply to `store`; without it {id} is as good
    refused         a pattern for replies to `store` that say in good order that nothing was stored
    hits            how to see which documents a reply holds: {"by": "text", "characters": 90} looks for the beginning
                    of each text, letters and digits only; {"by": "marker"} appends " (doc 17)" to each text and looks
                    for that
    ask             "words": the server looks for its query as a piece of text, and is asked for each telling word of a
                    question by itself, as an assistant would; what a rarer word finds counts for more
    settle_seconds  how long the server may work on what was stored before it is asked; less when it is idle (Linux)
    remark          what a reader of the figures has to know
    unmeasured      why there are no figures of it

Documents are ranked in the order in which they first occur in the reply.
"""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from retrieval import content

HERE = Path(__file__).resolve().parent
PATIENCE = 120.0
"""Seconds a reply may take."""
IDLE = 3.0
"""Seconds without any CPU after which a server has done what it does in the background."""
PARTING = 10.0
"""Seconds a server has to end by itself once its input is closed."""
LONGEST_PREFIX = 2_000
TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100

Json = dict[str, Any]


class RefusalError(Exception):
    """The server says that it did not do it."""


def adapter(path: Path, installed: Path) -> Json:
    """An adapter with the places of this machine filled in."""
    found: Json = json.loads(path.read_text())
    folder = installed / found["folder"] if "folder" in found else None
    places = {
        "python": sys.executable,
        "folder": str(folder),
        "installed": str(installed),
        "models": str(installed / "models"),
        "benchmarks": str(HERE),
    }
    return {**filled(found, places), "folder": folder}


def filled(template: Any, values: dict[str, str]) -> Any:
    """The template with {names} replaced, wherever they stand; other braces are left as they are."""
    if isinstance(template, str):
        return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), template)
    if isinstance(template, list):
        return [filled(part, values) for part in template]
    if isinstance(template, dict):
        return {name: filled(part, values) for name, part in template.items()}
    return template


class Reader:
    """Sees which documents a reply holds."""

    def __init__(self, hits: Json, docs: Sequence[Json]) -> None:
        """texts: what is to be stored for each document."""
        self._ids = [str(doc["id"]) for doc in docs]
        self.texts = [content(doc) for doc in docs]
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
    """A memory server: its process, and its tools as the adapter names them. In a `with` block it has been greeted."""

    def __init__(self, adapter: Json, home: Path) -> None:
        self._adapter, self._home = adapter, home
        adapter = filled(adapter, {"home": str(home)})
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment = {**inherited, "HOME": str(home), **adapter.get("environment", {})}
        _prepare(adapter, home, environment)
        self._process = subprocess.Popen(
            adapter["command"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=home,
            env=environment,
            start_new_session=True,
        )
        self._lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self._last = 0
        self.tools: list[Json] = []
        self.end_cpu_ms = 0.0
        """The CPU it took in its life, its helpers with it; known at its end."""

    def __enter__(self) -> Server:
        try:
            return self._greet()
        except BaseException:
            self.end()
            raise

    def __exit__(self, *_: object) -> None:
        self.end()

    def _greet(self) -> Server:
        client = {"name": "benchmark", "version": "1"}
        self._ask("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client})
        self._tell({"jsonrpc": "2.0", "method": "notifications/initialized"})
        self.tools = self._ask("tools/list", {})["tools"]
        offered = {tool["name"] for tool in self.tools}
        for part in ("store", "recall"):
            tool = self._adapter[part]["tool"]
            assert tool in offered, f"the server has no tool {tool}, but {', '.join(sorted(offered))}"
        return self

    def store(self, text: str, doc: Json) -> str:
        """What to name the memory by. Raises RefusalError."""
        named = str(doc["id"])
        reply = self._call("store", {"text": text, "id": named, "timestamp": str(doc.get("timestamp") or "")})
        pattern = self._adapter.get("refused")
        if pattern and re.search(pattern, reply):
            raise RefusalError(reply[:500])
        found = re.search(self._adapter["stored"], reply) if "stored" in self._adapter else None
        return found[1] if found else named

    def recall(self, question: str) -> str:
        return self._call("recall", {"question": question})

    def delete(self, stored: str) -> str:
        return self._call("delete", {"stored": stored})

    def settle(self) -> None:
        """Wait for work in the background to end."""
        end = time.monotonic() + self._adapter.get("settle_seconds", 0)
        before, since = self.cpu_seconds(), time.monotonic()
        while time.monotonic() < end:
            time.sleep(0.2)
            now = self.cpu_seconds()
            if now != before:
                before, since = now, time.monotonic()
            elif time.monotonic() - since > IDLE:
                return

    def cpu_seconds(self) -> float:
        """What it and its helpers took so far (Linux; elsewhere 0)."""
        return sum(map(_cpu_of, family(self._home)))

    def held_mb(self) -> float:
        """The memory that it and its helpers hold now (Linux; elsewhere 0)."""
        return sum(map(_held_by, family(self._home)))

    def end(self, *, gently: bool = False) -> None:
        """Stop it and every process it left behind; gently: by closing its input first, as clients do."""
        if self._process.returncode is not None:
            return
        if gently and self._process.stdin:
            self._process.stdin.close()
        until = time.monotonic() + PARTING
        while gently and time.monotonic() < until and self._lines_open():
            time.sleep(0.02)
        helpers = [pid for pid in family(self._home) if pid != self._process.pid and _group(pid) == self._process.pid]
        beside = sum(map(_cpu_of, helpers))
        _kill(self._process.pid)  # not kill(), which may collect it, and its usage with it
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self.end_cpu_ms = 1000 * (usage.ru_utime + usage.ru_stime + beside)
        for pid in helpers:
            _kill(pid)
        for each in (self._process.stdin, self._process.stdout):
            if each:
                each.close()

    def _lines_open(self) -> bool:
        """Whether the server still has its output open."""
        return not self._lines.queue or bool(self._lines.queue[-1])

    def _call(self, part: str, values: dict[str, str]) -> str:
        tool = self._adapter[part]
        arguments = filled(tool["arguments"], values)
        result = self._ask("tools/call", {"name": tool["tool"], "arguments": arguments})
        text = "\n".join(str(item.get("text", "")) for item in result.get("content", ()))
        if result.get("isError"):
            raise RefusalError(f"{tool['tool']} failed: {text[:500]}")
        return text

    def _ask(self, method: str, params: Json) -> Json:
        """The result of a request. What the server asks meanwhile is declined."""
        self._last += 1
        self._tell({"jsonrpc": "2.0", "id": self._last, "method": method, "params": params})
        while True:
            message = json.loads(self._line())
            if "method" in message:
                self._decline(message)
            elif message.get("id") == self._last:
                if "result" not in message:
                    raise RefusalError(str(message.get("error", {}).get("message", message)))
                return dict(message["result"])

    def _decline(self, message: Json) -> None:
        if "id" not in message:
            return
        error = {"error": {"code": -32601, "message": "not offered"}}
        self._tell(
            {"jsonrpc": "2.0", "id": message["id"], **({"result": {}} if message["method"] == "ping" else error)}
        )

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


def _prepare(adapter: Json, home: Path, environment: dict[str, str]) -> None:
    """Put into an empty home what the server expects there."""
    if any(home.iterdir()):
        return
    if "before" in adapter:
        subprocess.run(adapter["before"], cwd=home, env=environment, check=True, stdout=subprocess.DEVNULL)
    if "model" in adapter:
        at = home / adapter["model"]["at"]
        at.parent.mkdir(parents=True)
        at.symlink_to(adapter["model"]["from"], target_is_directory=True)


# -- processes (Linux; nothing of it is known elsewhere) --------------------------------------------------------------


def family(home: Path) -> list[int]:
    """Every process whose HOME is this directory, whoever started it."""
    mark = f"HOME={home}".encode()
    return [pid for pid in _pids() if mark in _environment(pid).split(b"\0")]


def stop_family(home: Path) -> None:
    """End whatever a server left behind: some leave a process of their own."""
    for pid in family(home):
        _kill(pid)


def _pids() -> Iterator[int]:
    proc = Path("/proc")
    return (int(entry.name) for entry in (proc.iterdir() if proc.exists() else ()) if entry.name.isdigit())


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def _fields(pid: int) -> list[str]:
    """What /proc/PID/stat says after the name: from the third field on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _cpu_of(pid: int) -> float:
    """Seconds, those of its children that ended with it."""
    return sum(map(int, _fields(pid)[11:15])) / TICK


def _group(pid: int) -> int:
    return int((_fields(pid) or ["", "", "0"])[2])


def _held_by(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:"))


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
