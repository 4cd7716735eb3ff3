"""What does it cost until an assistant's client hears from the server?

    python benchmarks/startup.py [--rounds 21] [--save]

Every open window of an editor starts a server of its own, most of them are never asked anything, and some clients
give up on a slow one. Measured: the CPU from the start of the process to the first reply, to `initialize` (older
clients) and to `server/discover` (newer ones); and the memory held after a handshake, the list of tools and one
stored memory. Beside it: `python -c pass`, which no Python program can beat, and a server with a single tool made
with the official SDK, `mcp`.

The rounds are interleaved (A B C, A B C, ...), so that a busy moment meets all of them. Each server is killed as
soon as its reply was read.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from measuring import Child, percentile, save, say

BARE = "python -c pass"
MODULE = "python -m neural_memory --mcp"
SCRIPT = "neural-memory --mcp"
SDK = "MCPServer of the official SDK"

SDK_SERVER = '''
from mcp.server import MCPServer

server = MCPServer("notes")
notes: list[str] = []

@server.tool()
def remember(content: str) -> str:
    """Store a text."""
    notes.append(content)
    return "stored"

server.run()
'''

CLIENT = {"name": "benchmark", "version": "1"}
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": CLIENT,
}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": CLIENT},
}
DISCOVER = {"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": META}}
FIRST = {"initialize": INITIALIZE, "server/discover": DISCOVER}
LIST_TOOLS = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
MEMORY = "The deploy to staging uses blue/green switching; roll back with scripts/rollback.sh within ten minutes."


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--save", action="store_true", help="write results/startup.json")
    options = parser.parse_args()
    figures = measure(options.rounds)
    if options.save:
        save("startup", figures)
    return 0


def measure(rounds: int) -> dict[str, Any]:
    """Every command, `rounds` times, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        servers = _servers(home)
        say(f"start-up: {rounds} rounds of {', '.join([BARE, *servers])}")
        replies = _replies(servers, home, rounds)
        memory = {name: _memory(command, home / f"memory{i}") for i, (name, command) in enumerate(servers.items())}
    figures = {"rounds": rounds, "first_reply": replies, "memory_mb": memory}
    _show(figures)
    return figures


def _servers(home: Path) -> dict[str, list[str | Path]]:
    servers: dict[str, list[str | Path]] = {MODULE: [sys.executable, "-m", "neural_memory", "--mcp"]}
    beside = str(Path(sys.executable).parent)
    if script := shutil.which("neural-memory", path=beside) or shutil.which("neural-memory"):
        servers[SCRIPT] = [script, "--mcp"]
    else:
        say("skipped: the console script neural-memory is not installed")
    if find_spec("mcp"):
        file = home / "sdk_server.py"
        file.write_text(SDK_SERVER)
        servers[SDK] = [sys.executable, file]
    else:
        say("skipped: the server made with the official SDK (pip install 'mcp>=2.3,<3')")
    return servers


def _replies(servers: dict[str, list[str | Path]], home: Path, rounds: int) -> list[dict[str, Any]]:
    """For each command and first request: the medians, and every round."""
    costs: dict[tuple[str, str], list[dict[str, float]]] = {}
    for _ in range(rounds + 1):
        costs.setdefault((BARE, ""), []).append(Child([sys.executable, "-c", "pass"], home).end(kill=False))
        for request, message in FIRST.items():
            for name, command in servers.items():
                child = Child(command, home)
                child.ask(message)
                costs.setdefault((name, request), []).append(child.end())
    return [_row(name, request, runs[1:]) for (name, request), runs in costs.items()]  # the first wrote the .pyc files


def _row(name: str, request: str, runs: list[dict[str, float]]) -> dict[str, Any]:
    cpu = [run["cpu_ms"] for run in runs]
    wall = [run["wall_ms"] for run in runs]
    return {
        "command": name,
        "request": request,
        "cpu_ms": percentile(cpu, 0.5),
        "wall_ms": percentile(wall, 0.5),
        "cpu_ms_rounds": cpu,
    }


def _memory(command: list[str | Path], home: Path) -> dict[str, float | None]:
    """Peak memory after the handshake and the list of tools, after one memory, and (if it can) after one recall."""
    home.mkdir()
    child = Child(command, home)
    child.ask(INITIALIZE)
    child.tell({"jsonrpc": "2.0", "method": "notifications/initialized"})
    tools = {tool["name"] for tool in child.ask(LIST_TOOLS)["tools"]}
    held = {"listed": child.peak_mb()}
    child.ask(_call("remember", {"content": MEMORY}))
    held["remembered"] = child.peak_mb()
    if "recall" in tools:
        child.ask(_call("recall", {"query": "how do we roll back a deploy?"}))
        held["recalled"] = child.peak_mb()
    child.end()
    return held


def _call(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": tool, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def _show(figures: dict[str, Any]) -> None:
    bare = figures["first_reply"][0]["cpu_ms"]
    for row in figures["first_reply"]:
        ratio = row["cpu_ms"] / bare
        say(f"  {row['command']:32}{row['request']:18}{row['cpu_ms']:>8.1f} ms CPU {ratio:>6.1f} x bare Python")
    for name, held in figures["memory_mb"].items():
        say(f"  {name:32}" + "  ".join(f"{when} {mb} MB" for when, mb in held.items()))


if __name__ == "__main__":
    sys.exit(main())
