"""Does the comparison with other memory servers measure what it says?  With our own server, and a careless one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
NOTES = [
    "The payments service may send at most 100 requests a minute.",
    "Backups of the orders database run at three in the morning.",
    "Ada reviews every change of the login page.",
    "Feature flags live in flags.yaml and nowhere else.",
    "The staging cluster is rebuilt every Sunday.",
    "Invoices are numbered without gaps, by law.",
]
CARELESS = """
import json, os, sys
path = os.path.join(os.environ["HOME"], "notes.json")
notes = json.load(open(path)) if os.path.exists(path) else []
print("hello, I am no JSON")
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    told = asked.get("params", {}).get("arguments", {})
    name = asked.get("params", {}).get("name")
    text = "nothing"
    if asked["method"] == "tools/list":
        result = {"tools": [{"name": name} for name in ("store", "recall", "delete")]}
    elif asked["method"] == "initialize":
        result = {}
    else:
        if name == "store":
            notes += [told["text"]] if "Sunday" not in told["text"] else []
        elif name == "delete":
            open(path + ".old", "w").write(json.dumps(notes))
            notes = [note for note in notes if told["what"] not in note]
        else:
            text = json.dumps([note for note in notes if told["question"] in note])
        new = f"{path}.{os.getpid()}"
        with open(new, "w") as file:
            file.write(json.dumps(notes))
        os.replace(new, path)
        result = {"content": [{"type": "text", "text": text}], "isError": told.get("text", "").startswith("bad")}
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}), flush=True)
"""


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The modules of the benchmark, by name."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")

    def module(name: str) -> ModuleType:
        return __import__(name)

    return module


@pytest.fixture
def ours(benchmarks: Any) -> dict[str, Any]:
    found: dict[str, Any] = benchmarks("peer_server").adapter(BENCHMARKS / "peers" / "neural-memory.json", Path("none"))
    return {**found, "settle_seconds": 0}


@pytest.fixture
def careless(tmp_path: Path) -> dict[str, Any]:
    """A server that keeps all notes in one file, written anew by whoever is last, with the state before beside it; and
    nothing about Sundays, which it does not say."""
    script = tmp_path / "careless.py"
    script.write_text(CARELESS)
    return {
        "name": "careless",
        "folder": None,
        "command": [sys.executable, str(script)],
        "store": {"tool": "store", "arguments": {"text": "{text}"}},
        "recall": {"tool": "recall", "arguments": {"question": "{question}"}},
        "delete": {"tool": "delete", "arguments": {"what": "codename"}},
        "hits": {"by": "text", "characters": 90},
        "ask": "words",
    }


def cases(folder: Path) -> Path:
    docs = [{"id": f"d{number}", "text": note} for number, note in enumerate(NOTES)]
    queries = [
        {"id": "q1", "text": "how many requests may payments send?", "gold": ["d0"], "category": "direct"},
        {"id": "q2", "text": "who reviews the login page", "gold": ["d2"], "category": "direct"},
        {"id": "q3", "text": "recipes for onion soup", "gold": [], "category": "off-topic"},
    ]
    path = folder / "cases.json"
    path.write_text(json.dumps({"dataset": "small", "stores": [{"name": "s", "docs": docs, "queries": queries}]}))
    return path


def test_questions_are_answered_through_the_tools_of_a_server(
    benchmarks: Any, ours: dict[str, Any], tmp_path: Path
) -> None:
    """Our own server finds what it was told, is silent about the rest, and what that took is known."""
    found = benchmarks("peers").answers(ours, [cases(tmp_path)])
    table = found["datasets"]["small"]
    assert table["direct"]["hit@5"] == 100
    assert table["off-topic"]["silent"] == 100
    assert found["refused"] == found["failed"] == 0
    if sys.platform == "linux":
        assert found["held_mb"] > 0


def test_a_server_that_looks_for_words_is_asked_word_by_word(
    benchmarks: Any, careless: dict[str, Any], tmp_path: Path
) -> None:
    """Its answers to the telling words of a question are one ranking; what it cannot take is counted, not fatal."""
    found = benchmarks("peers").answers(careless, [cases(tmp_path)])
    assert found["datasets"]["small"]["direct"]["hit@5"] == 100
    assert found["datasets"]["small"]["off-topic"]["silent"] == 100
    peers = benchmarks("peers")
    assert peers.words("How is the login page reviewed?") == ["login", "page", "reviewed"]
    assert peers.words("数据库在哪里") == ["数据库在哪里"]
    assert peers.merged([["a", "b"], ["b"], ["c", "a", "b"]]) == ["b", "a", "c"]


def test_our_servers_on_one_home_lose_nothing(benchmarks: Any, ours: dict[str, Any]) -> None:
    """What two servers acknowledged at the same time is all there afterwards."""
    kept = benchmarks("peer_costs").together(ours, NOTES, writers=2, each=3)
    assert kept == {"writers": 2, "offered": 6, "acknowledged": 6, "found": 6}


def test_what_a_server_loses_is_seen(benchmarks: Any, careless: dict[str, Any]) -> None:
    """Notes that were acknowledged and are not there afterwards count as lost, refused ones do not."""
    notes = ["bad one", "bad two", *NOTES[2:]]
    kept = benchmarks("peer_costs").together(careless, notes, writers=2, each=3)
    assert (kept["offered"], kept["acknowledged"]) == (6, 4)
    assert kept["found"] < 4
    assert "store failed" in kept["refusal"]


def test_what_is_deleted_is_gone_from_the_files_of_our_server_and_not_of_a_careless_one(
    benchmarks: Any, ours: dict[str, Any], careless: dict[str, Any]
) -> None:
    """The name of each file that still holds the words of a deleted memory is told."""
    costs = benchmarks("peer_costs")
    assert costs.deleted(ours, NOTES[:2]) == {
        "tool": "forget",
        "recalled_before": True,
        "recalled": False,
        "files": [],
    }
    left = costs.deleted(careless, NOTES[:2])
    assert (left["recalled_before"], left["recalled"], left["files"]) == (True, False, ["notes.json.old"])


def test_the_start_of_a_server_is_put_beside_doing_nothing(benchmarks: Any, ours: dict[str, Any]) -> None:
    """CPU of both, the tools that are listed, and the version of what is measured are known."""
    costs = benchmarks("peer_costs")
    start = costs.start(ours, rounds=1)
    assert start["cpu_ms"] > start["bare_ms"] > 0
    assert start["tools"] == 7
    assert costs.version(ours)


def test_every_adapter_says_how_to_speak_to_its_server(benchmarks: Any, tmp_path: Path) -> None:
    """Tools, a way to see hits, a remark for the reader, and how the server is installed, in a folder of its own."""
    for path in (BENCHMARKS / "peers").glob("*.json"):
        adapter = benchmarks("peer_server").adapter(path, tmp_path)
        assert {"name", "registry", "package", "command", "store", "recall", "hits"} <= adapter.keys(), path.name
        assert adapter.get("remark") or adapter.get("unmeasured"), path.name
        assert path.stem == "neural-memory" or str(tmp_path) in " ".join(adapter["install"]), path.name
