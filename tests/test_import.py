"""What other tools remember comes in: recognised, told of line by line, never twice, and never at any price."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neural_memory import Brain
from neural_memory.errors import InputError
from neural_memory.exchange.formats import FORMATS

GRAPH = """\
{"type":"entity","name":"payments","entityType":"service","observations":["payments rounds to two decimals","is slow"]}
{"type":"entity","name":"stripe","entityType":"vendor","observations":[]}
{"type":"relation","from":"payments","to":"stripe","relationType":"depends_on"}
"""


def contents(brain: Brain) -> set[str]:
    return {memory.content for memory in brain.audit(limit=None).memories}


def test_the_graph_of_server_memory_becomes_memories(brain: Brain, tmp_path: Path) -> None:
    """Each observation and relation is one, with names and types as tags, and association goes along them."""
    (tmp_path / "memory.jsonl").write_text(GRAPH)
    told = brain.import_from(tmp_path / "memory.jsonl")
    assert (told.format, told.new) == ("server-memory", 4)
    found = {memory.content: memory for memory in brain.audit().memories}
    assert set(found) == {
        "payments rounds to two decimals", "payments: is slow", "stripe: vendor", "payments depends on stripe",
    }  # fmt: skip
    slow = found["payments: is slow"]
    assert (slow.tags, slow.source, slow.trust) == (("payments", "service"), "import:server-memory", "imported")
    assert [s.type for s in brain.connections("stripe").synapses if s.type != "with"] == ["← depends on"]


def test_the_columns_of_a_csv_file_are_guessed(brain: Brain, tmp_path: Path) -> None:
    """Content, tags, date, project, kind and importance, whatever parts the columns."""
    (tmp_path / "notes.csv").write_text(
        "\ufeffDate;Text;Labels;Project;Type;Priority\n"
        '2024-02-03;"Deploys run at\n""noon""";ops, deploy;shop;decision;8\n'
        ";Redis is the cache;;;;\n"
        "2024-02-03;;nothing;;;\n",
        "utf-8",
    )
    told = brain.import_from(tmp_path / "notes.csv")
    assert (told.format, told.new, told.refused) == ("csv", 2, 1)
    assert told.named["refused"][0][0] == "line 5"
    noon = next(m for m in brain.audit().memories if m.content.startswith("Deploys"))
    assert noon.content == 'Deploys run at\n"noon"'
    assert (noon.timestamp, noon.tags, noon.project) == ("2024-02-03T00:00:00Z", ("ops", "deploy"), "shop")
    assert (noon.kind, noon.importance) == ("decision", 0.8)


def test_a_quote_that_is_never_closed_costs_only_its_line(brain: Brain, tmp_path: Path) -> None:
    """The lines behind it come in."""
    (tmp_path / "x.csv").write_text('content\nfirst\n"second\n' + "".join(f"line {n}\n" for n in range(14_900)))
    told = brain.import_from(tmp_path / "x.csv", dry_run=True)
    assert (told.new, told.refused) == (14_901, 1)


def test_an_export_of_mem0_keeps_ids_and_times(brain: Brain, tmp_path: Path) -> None:
    """As `get_all` gives it; the id stays readable, what expires expires."""
    results = [
        {"id": "892db2ae-06d9-49e5-8b3e-585ef9b85b8c", "memory": "Likes tea", "hash": "1a", "user_id": "u",
         "metadata": {"category": "preference"}, "created_at": "2024-07-26T10:29:36.630547-07:00", "updated_at": None},
        {"id": "27f1a2b3-06d9-49e5-8b3e-585ef9b85b8c", "memory": "Sprint 12 ends soon", "hash": "1b", "user_id": "u",
         "created_at": "2024-07-26T10:29:36Z", "expiration_date": "2024-08-01"},
    ]  # fmt: skip
    (tmp_path / "x.json").write_text(json.dumps({"results": results, "relations": []}, indent=1))
    assert brain.import_from(tmp_path / "x.json").format == "mem0"
    tea = brain.get("mem_892db2ae-06d9-49e5-8b3e-585ef9b85b8c")
    assert (tea.content, tea.kind, tea.timestamp) == ("Likes tea", "preference", "2024-07-26T17:29:36Z")
    assert brain.get("mem_27f1a2b3-06d9-49e5-8b3e-585ef9b85b8c").valid_until == "2024-08-01T00:00:00Z"


def test_an_export_of_mcp_memory_service_is_read(brain: Brain, tmp_path: Path) -> None:
    """Times as seconds, the type as kind, its hash shortened to an id."""
    entry = {"content": "Retries need jitter", "content_hash": "ab" * 32, "tags": ["retries"], "metadata": {}}
    entry |= {"created_at": 1700000000.5, "updated_at": 1700000000.5, "memory_type": "learning", "store": "default"}
    (tmp_path / "x.json").write_text(json.dumps({"export_metadata": {"filter_tags": []}, "memories": [entry]}))
    assert brain.import_from(tmp_path / "x.json").format == "mcp-memory-service"
    found = brain.get("mem_" + "ab" * 8)
    assert (found.kind, found.timestamp, found.tags) == ("insight", "2023-11-14T22:13:20Z", ("retries",))


@pytest.mark.parametrize("lines", ['{"text":"one"}\n{"text":"two"}\n', '[{"note":"one"},{"note":"two"}]'])
def test_other_json_is_understood_by_its_names(brain: Brain, tmp_path: Path, lines: str) -> None:
    """A list, or an object a line, with a text under a usual name."""
    (tmp_path / "x.json").write_text(lines)
    assert brain.import_from(tmp_path / "x.json").format == "json"
    assert contents(brain) == {"one", "two"}


def test_a_second_import_stores_nothing_twice(brain: Brain, tmp_path: Path) -> None:
    """Neither by id nor by text; a dry run says so beforehand and changes nothing."""
    (tmp_path / "memory.jsonl").write_text(GRAPH + GRAPH)
    brain.remember("payments: is slow")
    brain.settle()
    before = brain.path.read_bytes()
    dry = brain.import_from(tmp_path / "memory.jsonl", dry_run=True)
    assert brain.path.read_bytes() == before
    real = brain.import_from(tmp_path / "memory.jsonl")
    assert (dry.new, dry.known) == (real.new, real.known) == (3, 5)
    assert brain.import_from(tmp_path / "memory.jsonl").new == 0
    assert brain.stats().memories == 4


def test_bad_lines_are_told_and_the_good_ones_stored(brain: Brain, tmp_path: Path) -> None:
    """Each with its line and why; what stood there can be kept."""
    rejected: list[str] = []
    (tmp_path / "x.jsonl").write_text(GRAPH + '{"type":"entity"\n{"type":"entity","name":"","observations":[]}\n[1]\n')
    told = brain.import_from(tmp_path / "x.jsonl", rejected=rejected.append)
    assert told.new == 4
    assert [where for where, _ in told.named["refused"]] == ["line 4", "line 5", "line 6"]
    assert rejected == ['{"type":"entity"', '{"type":"entity","name":"","observations":[]}', "[1]"]


def test_secrets_are_held_back(brain: Brain, tmp_path: Path) -> None:
    """Named by their kind, not by their value; on request stored without them."""
    secret = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
    (tmp_path / "x.csv").write_text(f"content\nthe token is {secret}\nRedis is the cache\n")
    told = brain.import_from(tmp_path / "x.csv")
    assert (told.new, told.held) == (1, 1)
    assert secret not in str(told)
    told = brain.import_from(tmp_path / "x.csv", secrets="redact")
    assert (told.new, told.redacted) == (1, 1)
    assert secret.encode() not in brain.path.read_bytes()


def test_an_import_is_one_step(brain: Brain, tmp_path: Path) -> None:
    """Also when it took several transactions, revised something and strengthened something else."""
    brain.remember("fact number 7")
    (tmp_path / "x.csv").write_text("content,tags\n" + "".join(f"fact number {n},many\n" for n in range(6_000)))
    told = brain.import_from(tmp_path / "x.csv")
    assert (told.new, told.known) == (5_999, 1)
    brain.undo()
    assert [(m.content, m.tags) for m in brain.audit().memories] == [("fact number 7", ())]


def test_an_import_that_was_killed_is_finished_by_the_next(
    brain: Brain, tmp_path: Path, python: Callable[..., subprocess.Popen[str]]
) -> None:
    """What was acknowledged stays, and nothing comes twice."""
    (tmp_path / "x.csv").write_text("content\n" + "".join(f"fact number {n}\n" for n in range(12_000)))
    script = """
import sys
from neural_memory import Brain
with Brain.open(sys.argv[1]) as brain:
    brain.import_from(sys.argv[2], progress=lambda done, of: print(done, flush=True))
"""
    process = python(script, brain.path, tmp_path / "x.csv")
    assert process.stdout is not None
    assert int(process.stdout.readline()) == 5_000
    process.send_signal(signal.SIGKILL)
    process.wait()
    stored = brain.stats().memories
    assert 5_000 <= stored < 12_000
    told = brain.import_from(tmp_path / "x.csv")
    assert (told.new, told.known) == (12_000 - stored, stored)
    assert brain.stats().memories == 12_000


# -- hostile sources -----------------------------------------------------------------------------------

HOSTILE: dict[str, Callable[[], bytes]] = {
    "a line of 100 MB": lambda: b'{"type":"entity","name":"x","observations":["' + b"a" * 100_000_000 + b'"]}\n',
    "a million nested arrays": lambda: b'{"type":"entity","name":"x","observations":' + b"[" * 1_000_000,
    "a million keys": lambda: (
        b'{"type":"entity","name":"x",' + b",".join(b'"%d":1' % n for n in range(1_000_000)) + b"}"
    ),
    "a JSON text that never ends": lambda: b'[{"memory":"' + b"a" * 50_000_000,
    "nested objects in a document": lambda: b'{"results":[' + b'{"memory":' * 500_000,
    "nothing but brackets": lambda: b"[" * 3_000_000,
    "NUL bytes": lambda: b'{"type":"entity","name":"x","observations":["a\x00b"]}\n' + b"\x00" * 1_000_000,
    "a CSV of quotes": lambda: b"content\n" + b'"\n' * 500_000,
    "an export with a fiber of the wrong shape": lambda: (
        b'{"format":"neural-memory","version":1}\n'
        b'{"type":"memory","id":"mem_x","content":"x","fiber":[[["a"]],{},1],"used":["x",[]],"row":-1,"anchors":[[1,2,3,4,5]]}\n'
    ),
}

RUN = """
import resource, sys, time
from neural_memory import Brain
from neural_memory.errors import NeuralMemoryError
with Brain.open(sys.argv[1]) as brain:
    brain.stats()
    (sys.argv[2:3] == ["warm"]) and sys.exit()
    import neural_memory.exchange.intake, neural_memory.exchange.formats
    held, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    try:
        told = brain.import_from(sys.argv[2])
        print(told.new, file=sys.stderr)
    except NeuralMemoryError as error:
        print(str(error)[:200], file=sys.stderr)
    print(time.process_time() - start, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held) / 1024)
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_source_costs_little(
    brain: Brain, tmp_path: Path, python: Callable[..., subprocess.Popen[str]], name: str
) -> None:
    """Under two seconds of CPU and 100 MB, and no memory is made of it (but of a fiber's wrong shape: the memory)."""
    file = tmp_path / "hostile"
    file.write_bytes(HOSTILE[name]())
    process = python(RUN, brain.path, file)
    out, err = process.communicate()
    assert process.returncode == 0, err
    cpu, megabytes = map(float, out.split())
    assert cpu < 2, err
    assert megabytes < 100, err
    assert len(contents(brain)) == (1 if "fiber" in name else 0)
    assert not brain.recall("x") or "fiber" in name


def test_only_ordinary_files_are_read(brain: Brain, tmp_path: Path) -> None:
    """No device, no pipe: nothing that never ends or waits for somebody."""
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (Path("/dev/zero"), tmp_path / "pipe.csv", tmp_path / "nothing.csv"):
        with pytest.raises(InputError):
            brain.import_from(path)


def test_an_id_that_comes_twice_is_refused(brain: Brain, tmp_path: Path) -> None:
    """The first one counts."""
    with Brain.open(tmp_path / "b.db") as other:
        other.remember("first")
        other.export(tmp_path / "x.jsonl", journal=False)
    lines = (tmp_path / "x.jsonl").read_text().splitlines(keepends=True)
    again = [line.replace("first", "second") if '"memory"' in line else line for line in lines]
    (tmp_path / "x.jsonl").write_text("".join([*lines[:2], *again[1:]]))
    told = brain.import_from(tmp_path / "x.jsonl")
    assert told.new == 1
    assert "came before" in told.named["refused"][0][1]
    assert contents(brain) == {"first"}


def test_what_no_format_fits_is_refused_with_their_names(brain: Brain, tmp_path: Path) -> None:
    """And with the way to say which it is."""
    (tmp_path / "x.bin").write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match=r"server-memory.*--from"):
        brain.import_from(tmp_path / "x.bin")
    with pytest.raises(InputError, match="there is no format"):
        brain.import_from(tmp_path / "x.bin", format="nonsense")


def test_the_command_takes_in_and_tells(home: Path, tmp_path: Path) -> None:
    """As a person uses it: recognised, counted, undone; the same words for --from as there are formats."""
    from neural_memory.cli.import_from import NAMES

    assert set(NAMES) == set(FORMATS)
    (tmp_path / "memory.jsonl").write_text(GRAPH + "{bad\n")

    def run(*words: str) -> Any:
        return subprocess.run(
            [sys.executable, "-m", "neural_memory", *words], capture_output=True, text=True, check=False, env=os.environ
        )

    done = run("import", str(tmp_path / "memory.jsonl"), "--rejected", str(tmp_path / "bad"))
    assert done.stdout.startswith("Stored 4 memories from")
    assert "line 4" in done.stdout
    assert (tmp_path / "bad").read_text() == "{bad\n"
    assert json.loads(run("import", str(tmp_path / "memory.jsonl"), "--json").stdout)["known"] == 4
    assert "import of 4 memories" in run("undo").stdout


@pytest.mark.parametrize("date", ["9" * 400, "-1", "1e999", "true", "[]", '"9999-99-99"', '"\\u0000"', "1e300"])
def test_a_date_that_is_none_keeps_nothing_from_being_imported(brain: Brain, tmp_path: Path, date: str) -> None:
    """A memory whose date cannot be used comes in without it."""
    (tmp_path / "x.json").write_text(f'[{{"content": "Redis is the cache", "created_at": {date}}}]')
    assert brain.import_from(tmp_path / "x.json").read == 1
