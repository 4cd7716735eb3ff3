"""Does the server speak both eras, and survive whatever is sent?  A real process, raw JSON lines."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from neural_memory import __version__

Json = dict[str, Any]
MODERN = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
}


class Client:
    """One server process and the lines that go to and fro."""

    def __init__(self, home: Path, *arguments: str) -> None:
        command = [sys.executable, "-W", "error", "-m", "neural_memory", *arguments]
        environment = {**os.environ, "HOME": str(home), "USERPROFILE": str(home)}
        environment.pop("NEURAL_MEMORY_HOME", None)
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
        self.count = 0

    def send(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def read(self) -> Json:
        assert self.process.stdout
        reply = json.loads(self.process.stdout.readline())
        assert reply["jsonrpc"] == "2.0"
        return dict(reply)

    def exchange(self, data: bytes) -> Json:
        """Send this line, read one line."""
        self.send(data + b"\n")
        return self.read()

    def ask(self, method: str, params: object = None, *, modern: bool = False) -> Json:
        self.count += 1
        if modern:
            params = {"_meta": META, **(params if isinstance(params, dict) else {})}
        message = {"jsonrpc": "2.0", "id": self.count, "method": method, "params": params}
        reply = self.exchange(json.dumps(message).encode())
        assert reply["id"] == self.count
        return reply

    def call(self, tool: str, **arguments: object) -> Json:
        result = self.ask("tools/call", {"name": tool, "arguments": arguments})["result"]
        return dict(result)

    def end(self) -> tuple[bytes, bytes, int]:
        """Close stdin; what came out until the process ended."""
        out, err = self.process.communicate(timeout=60)
        return out, err, self.process.returncode


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with_args = Client(tmp_path, "--mcp")
    yield with_args
    with_args.process.kill()
    with_args.process.communicate()


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
def test_initialize_answers_in_the_version_that_was_asked_for(client: Client, version: str) -> None:
    """Each legacy revision is spoken."""
    result = client.ask("initialize", {"protocolVersion": version, "capabilities": {}})["result"]
    assert result["protocolVersion"] == version
    assert result["serverInfo"] == {"name": "neural-memory", "title": "Neural Memory", "version": __version__}
    assert result["capabilities"] == {"tools": {}, "prompts": {}, "resources": {}, "completions": {}}
    assert 0 < len(result["instructions"]) < 2_048


@pytest.mark.parametrize("version", ["1999-01-01", MODERN, None, 5])
def test_initialize_offers_the_newest_legacy_version_instead_of_an_unknown_one(client: Client, version: object) -> None:
    """A client that asks for something else learns what we speak."""
    assert client.ask("initialize", {"protocolVersion": version})["result"]["protocolVersion"] == "2025-11-25"


def test_no_arguments_on_a_pipe_serves_too(tmp_path: Path) -> None:
    """A configuration that forgot `args` works."""
    client = Client(tmp_path)
    assert client.ask("initialize", {})["result"]["serverInfo"]["name"] == "neural-memory"
    assert client.end()[2] == 0


def test_requests_before_initialize_are_answered(client: Client) -> None:
    """The handshake is not a gate."""
    assert client.ask("ping")["result"] == {}
    assert len(client.ask("tools/list")["result"]["tools"]) == 7


def test_discover_answers_a_modern_client(client: Client) -> None:
    """The current revision's first question gets versions, capabilities and how long they hold."""
    result = client.ask("server/discover", modern=True)["result"]
    assert result["supportedVersions"] == [MODERN]
    assert result["capabilities"] == {"tools": {}, "prompts": {}, "resources": {}, "completions": {}}
    assert result["resultType"] == "complete"
    assert result["ttlMs"] > 0
    assert result["cacheScope"] == "public"
    assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["version"] == __version__


def test_modern_lists_say_how_long_they_hold_and_legacy_ones_do_not(client: Client) -> None:
    """The same list goes out in the dress of each era."""
    modern = client.ask("tools/list", modern=True)["result"]
    assert modern["resultType"] == "complete"
    assert "ttlMs" in modern
    assert client.ask("tools/list")["result"] == {"tools": modern["tools"]}


def test_an_unsupported_modern_version_is_told_what_is_supported(client: Client) -> None:
    """-32022 names what was requested and what there is."""
    meta = {**META, "io.modelcontextprotocol/protocolVersion": "1999-01-01"}
    error = client.ask("tools/list", {"_meta": meta}, modern=True)["error"]
    assert error["code"] == -32022
    assert error["data"] == {"supported": [MODERN], "requested": "1999-01-01"}


@pytest.mark.parametrize("key", ["clientCapabilities", "protocolVersion"])
def test_discover_without_a_required_key_is_refused(client: Client, key: str) -> None:
    """Both required keys of a modern request are required."""
    meta = {name: value for name, value in META.items() if not name.endswith(key)}
    assert client.ask("server/discover", {"_meta": meta}, modern=True)["error"]["code"] == -32602


@pytest.mark.parametrize(
    "method",
    [
        "no/such",
        "ping",
        "initialize",
        "resources/subscribe",
        "subscriptions/listen",
        "logging/setLevel",
    ],
)
def test_what_the_modern_era_does_not_have_is_not_found(client: Client, method: str) -> None:
    """Undeclared and bygone methods get -32601."""
    assert client.ask(method, modern=True)["error"]["code"] == -32601


def test_the_tools_are_fully_described_and_small(client: Client) -> None:
    """Every tool and argument says what it is for; all of it costs less than 8,000 bytes."""
    tools = client.ask("tools/list")["result"]["tools"]
    assert len(json.dumps(tools)) < 8_000
    assert [tool["name"] for tool in tools] == [
        "remember",
        "recall",
        "audit",
        "forget",
        "revise",
        "undo",
        "connections",
    ]
    for tool in tools:
        assert tool["title"]
        assert tool["description"]
        assert tool["inputSchema"]["additionalProperties"] is False
        assert all(argument["description"] for argument in tool["inputSchema"]["properties"].values())
        assert set(tool["annotations"]) == {
            "readOnlyHint",
            "destructiveHint",
            "idempotentHint",
            "openWorldHint",
        }
        assert tool["annotations"]["openWorldHint"] is False


@pytest.mark.parametrize(
    ("data", "code", "id"),
    [
        (b"hello", -32700, None),
        (b'{"jsonrpc":"2.0","id":1,"method":', -32700, None),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"\xff"}}', -32700, None),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":NaN}}', -32700, None),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":-Infinity}}', -32700, None),
        (b'{"jsonrpc":"2.0","id":' + b"9" * 5_000 + b',"method":"ping"}', -32700, None),
        (b"[" * 100_000 + b"]" * 100_000, -32700, None),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, -32700, None),
        (b"\x00\x00", -32700, None),
        (b"x" * 17_000_000, -32700, None),
        (b"[]", -32600, None),
        (b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600, None),
        (b"42", -32600, None),
        (b"null", -32600, None),
        (b'"x"', -32600, None),
        (b"{}", -32600, None),
        (b'{"jsonrpc":"2.0","id":1}', -32600, 1),
        (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600, 1),
        (b'{"id":1,"method":"ping"}', -32600, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":5}', -32600, 1),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":1e999,"method":"ping"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}', -32602, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":5}', -32602, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}', -32602, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nope"}}', -32602, 1),
        (
            b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"recall","arguments":[]}}',
            -32602,
            1,
        ),
        (b'{"jsonrpc":"2.0","id":1,"method":"\\ud800"}', -32601, 1),
        (b'{"jsonrpc":"2.0","id":"\\ud800","method":"no/such"}', -32601, "\ud800"),
    ],
    ids=lambda value: repr(value[:60]) if isinstance(value, bytes) else None,
)
def test_whatever_is_sent_is_answered_with_an_error_and_survived(
    client: Client, data: bytes, code: int, id: object
) -> None:
    """No message kills the server, and none that has an id goes unanswered."""
    reply = client.exchange(data)
    assert reply["error"]["code"] == code
    assert reply["id"] == id
    assert client.ask("ping")["result"] == {}


@pytest.mark.parametrize(
    "data",
    [
        b"\n\r\n   \n",
        b'{"jsonrpc":"2.0","method":"notifications/zzz"}\n',
        b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}\n',
        b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":[]}}\n',
        b'{"jsonrpc":"2.0","id":77,"result":{}}\n',
    ],
)
def test_what_wants_no_reply_gets_none(client: Client, data: bytes) -> None:
    """Blank lines, notifications and stray answers are passed over."""
    client.send(data)
    assert client.ask("ping")["result"] == {}


@pytest.mark.parametrize("id", ["abc", "é🧠", 1.5, -3, 2**70])
def test_ids_come_back_as_they_were(client: Client, id: object) -> None:
    """Strings and numbers are echoed to the letter."""
    assert client.exchange(json.dumps({"jsonrpc": "2.0", "id": id, "method": "ping"}).encode())["id"] == id


def test_a_byte_order_mark_and_crlf_do_no_harm(client: Client) -> None:
    """Windows' ways of writing a line are understood."""
    assert client.exchange(b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"ping"}\r')["result"] == {}


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("remember", {}, "remember needs content"),
        ("remember", {"content": None}, "remember needs content"),
        ("remember", {"content": 5}, 'content is 5; it must be a text, like "payments".'),
        ("remember", {"content": "x", "tags": "api"}, 'tags is "api"; it must be a list of texts'),
        (
            "remember",
            {"content": "x", "text": "y"},
            'remember has no argument "text"; it knows content, tags',
        ),
        ("recall", {"query": "x", "limit": 1.5}, "limit is 1.5; it must be a whole number, like 5."),
        ("recall", {"query": "x", "limit": True}, "limit is true; it must be a whole number, like 5."),
        ("forget", {"ids": ["mem_x"], "for_good": "yes"}, 'for_good is "yes"; it must be true or false.'),
        ("audit", {"older_than_days": "60"}, 'older_than_days is "60"; it must be a number, like 0.5.'),
    ],
)
def test_a_wrong_argument_is_answered_with_how_to_do_it_right(
    client: Client, tool: str, arguments: Json, said: str
) -> None:
    """The text names the argument, what it was and what it must be; nothing is opened or created for it."""
    result = client.call(tool, **arguments)
    assert result["isError"] is True
    assert result["content"][0]["text"].startswith(said)


def text(result: Json) -> str:
    """What the assistant reads of a call that went well."""
    assert result["isError"] is False, result
    assert "structuredContent" not in result
    return str(result["content"][0]["text"])


def test_a_memory_is_stored_recalled_revised_forgotten_and_brought_back(client: Client) -> None:
    """The seven tools, each reading what the others did."""
    stored = text(client.call("remember", content="API uses Bearer tokens with 1-hour expiry", tags=["auth"]))
    assert stored.startswith("Stored [mem_")
    id = stored[stored.index("mem_") : stored.index("]")]
    assert id in text(client.call("recall", query="Bearer tokens", limit=5.0))
    assert "1 memory" in text(client.call("audit"))
    assert "1 in all, 1 to 1 shown" in text(client.call("audit", mentions="Bearer"))
    assert "2-hour" in text(client.call("revise", id=id, content="API uses Bearer tokens with 2-hour expiry"))
    assert "Neurons:" in text(client.call("connections", of=id))
    assert id in text(client.call("forget", ids=[id]))
    assert text(client.call("recall", query="Bearer tokens")).startswith("Nothing is stored about")
    assert id in text(client.call("undo"))
    assert id in text(client.call("recall", query="Bearer tokens"))


def test_half_a_character_in_a_question_does_not_hide_the_answer(client: Client) -> None:
    """A question with a cut-off emoji is searched for what is left of it."""
    client.call("remember", content="The deploy script is tools/ship.sh")
    assert "ship.sh" in text(client.call("recall", query="deploy script \ud83d"))


def test_a_window_takes_back_its_own_work_only(client: Client, tmp_path: Path) -> None:
    """Two servers on one file, and clients that name no session: what the other one stored stays."""
    client.call("remember", content="The turbine blades are made of steel")
    client.call("forget", mentions="turbine blades")
    other = Client(tmp_path, "--mcp")
    assert "Stored" in text(other.call("remember", content="The coffee beans come from Ethiopia"))
    assert "turbine blades" in text(client.call("undo"))
    assert "coffee beans" in text(client.call("recall", query="Where do the coffee beans come from?"))
    assert "turbine blades" in text(client.call("recall", query="What are the turbine blades made of?"))
    other.end()


def test_an_empty_filter_deletes_nothing(client: Client) -> None:
    """`forget` without ids or conditions is refused."""
    assert client.call("forget")["isError"] is True
    assert client.call("forget", ids=[])["isError"] is True
    said = client.call("forget")["content"][0]["text"]
    assert "(mentions, tags, project, older_than_days)" in said, "what the tool knows, no more"
    both = client.call("forget", ids=["mem_x"], mentions="x")["content"][0]["text"]
    assert both.endswith("leave out mentions.")


def test_the_client_that_stored_a_memory_is_named(client: Client) -> None:
    """The source of a step is the name the client gave itself."""
    client.ask("initialize", {"clientInfo": {"name": "some-editor", "version": "1"}})
    client.call("remember", content="The staging host is blue.example.com")
    assert "by some-editor" in text(client.call("undo"))


def test_a_long_audit_is_paged_within_the_budget_and_loses_nothing(client: Client) -> None:
    """Following the cursor that each page gives shows every memory once."""
    for number in range(60):
        client.call("remember", content=f"Note {number} about the ledger: " + f"word{number} " * 100)
    arguments: Json = {"mentions": "ledger"}
    seen: list[str] = []
    while True:
        page = text(client.call("audit", **arguments))
        assert len(page) < 10_000
        assert "60 in all" in page
        seen += [line.split("[")[1].split("]")[0] for line in page.splitlines() if ". [mem_" in line]
        if "Next page: audit(" not in page:
            break
        arguments["cursor"] = json.loads(page[page.index("cursor=") + len("cursor=") : page.rindex(")")])
    assert len(seen) == len(set(seen)) == 60


@contextmanager
def locked(client: Client, home: Path) -> Iterator[sqlite3.Connection]:
    """The memory file, in the hands of another program."""
    client.call("remember", content="The cache is Redis")
    with closing(sqlite3.connect(home / ".neural-memory" / "memory.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield other


STORE = {"name": "remember", "arguments": {"content": "The queue is RabbitMQ"}}


def request(id: str, params: Json) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}).encode() + b"\n"


def test_a_cancelled_call_that_has_not_begun_is_dropped(client: Client, tmp_path: Path) -> None:
    """It is not done and not answered; the calls around it are."""
    with locked(client, tmp_path) as other:
        client.send(request("first", STORE))
        client.send(request("second", {"name": "undo", "arguments": {}}))
        client.send(b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"second"}}\n')
        assert client.ask("ping")["result"] == {}  # protocol requests do not wait for the file
        other.execute("ROLLBACK")
    assert client.read()["id"] == "first"
    assert "RabbitMQ" in text(client.call("recall", query="queue"))


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_a_signal_does_not_wait_for_a_locked_file(client: Client, tmp_path: Path) -> None:
    """A call that waits for another program is given up, unanswered."""
    with locked(client, tmp_path):
        client.send(request("first", STORE))
        client.ask("ping")
        client.process.send_signal(signal.SIGTERM)
        assert client.end() == (b"", b"", 0)


def test_the_end_of_input_does_not_wait_for_a_locked_file(client: Client, tmp_path: Path) -> None:
    """A call that gets no further after EOF is given up, and stderr says so."""
    with locked(client, tmp_path):
        client.send(request("first", STORE))
        out, err, code = client.end()
    assert (out, code) == (b"", 0)
    assert b"ended before every call was done" in err


def test_a_file_that_cannot_be_opened_is_said_and_tried_again(client: Client, tmp_path: Path) -> None:
    """The reason comes back as the call's result; once the file is well, the next call works."""
    database = tmp_path / ".neural-memory" / "memory.db"
    database.parent.mkdir()
    database.write_bytes(b"this is not a database, " * 100)
    result = client.call("recall", query="queue")
    assert result["isError"] is True
    assert "memory.db" in result["content"][0]["text"]
    database.unlink()
    assert text(client.call("remember", content="The queue is RabbitMQ")).startswith("Stored")


def test_calls_in_a_file_are_all_answered(tmp_path: Path) -> None:
    """People pipe requests in: the end of input does not cut off what is queued."""
    lines = [
        json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "remember"}})
        for number in range(20)
    ]
    client = Client(tmp_path, "--mcp")
    client.send("\n".join(lines).encode())  # and no newline at the end
    out, _, code = client.end()
    assert [json.loads(line)["id"] for line in out.splitlines()] == list(range(20))
    assert code == 0


def test_what_a_library_prints_is_not_sent_to_the_client() -> None:
    """It goes to stderr; a client that found it between the replies would give up."""
    code = "import os; from neural_memory.mcp import stdio; out = stdio.take_stdout(); print(1); os.write(out, b'{}')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"{}", b"1\n")


def test_without_stdout_it_ends_at_once(tmp_path: Path) -> None:
    """And says why, before anything is opened that would get its number."""
    command = [sys.executable, "-m", "neural_memory", "--mcp"]
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *command],
        env={**os.environ, "HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    assert done.returncode == 1
    assert b"stdout cannot be used" in done.stderr


def test_the_end_of_input_is_the_end(client: Client) -> None:
    """EOF ends the server quietly, also in the middle of a line."""
    client.ask("initialize", {})
    client.send(b'{"jsonrpc":"2.0","id":5,"meth')
    out, err, code = client.end()
    assert json.loads(out)["error"]["code"] == -32700
    assert (err, code) == (b"", 0)


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_it_quietly(client: Client, name: str) -> None:
    """No traceback, exit code 0."""
    client.ask("initialize", {})
    client.process.send_signal(getattr(signal, name))
    out, err, code = client.end()
    assert (out, err, code) == (b"", b"", 0)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs an adopted process to look at")
def test_it_does_not_outlive_its_parent(tmp_path: Path) -> None:
    """When a wrapper dies and somebody else still holds stdin open, the server ends by itself."""
    wrapper = (
        "import subprocess, sys\n"
        "server = subprocess.Popen([sys.executable, '-m', 'neural_memory', '--mcp'], stdin=0, stdout=1)\n"
        "server.wait()\n"
    )
    pipe = subprocess.PIPE
    environment = {**os.environ, "HOME": str(tmp_path)}
    process = subprocess.Popen([sys.executable, "-c", wrapper], stdin=pipe, stdout=pipe, env=environment)
    assert process.stdin
    assert process.stdout
    process.stdin.write(b'{"jsonrpc":"2.0","id":1,"method":"initialize"}\n')
    process.stdin.flush()
    assert process.stdout.readline()
    process.kill()
    process.wait()
    assert process.stdout.read() == b""  # EOF: the server, the last one to hold the other end, is gone
    process.stdin.close()
    process.stdout.close()


def test_the_first_reply_needs_nothing_heavy(tmp_path: Path) -> None:
    """Nothing is imported on the way to the first reply that the reply does not need."""
    code = (
        "import sys; before = set(sys.modules); import neural_memory.__main__, neural_memory.mcp.stdio;"
        "print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, env=None, check=False)
    if run.returncode:  # not installed: only PYTHONPATH knows the package, which -I ignores
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    heavy = {"typing", "dataclasses", "pathlib", "argparse", "sqlite3", "logging", "asyncio", "click", "rich"}
    assert not heavy & set(run.stdout.decode().split())
