"""Files as people have them: in other encodings, cut off, with the wrong columns. All of it is read, or told of."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_memory import Brain
from neural_memory.errors import InputError
from neural_memory.exchange.source import Source
from neural_memory.outcomes import Imported

TABLE = 'content,tags,created_at\nThe café closes at nine,"food, time",2026-03-01\nÜber uns steht nichts,about,\n'
GRAPH = {
    "entities": [{"name": "payments", "entityType": "service", "observations": ["rounds to cents", 5]}],
    "relations": [{"from": "payments", "to": "stripe", "relationType": "depends_on"}],
}
ENTITY = '{"type":"entity","name":"Café","entityType":"x","observations":["Café is open"]}\n'
LONG = {"content": "x" * 5_000_000}
OBJECTS = [{"content": "The café is open"}, {"content": "The gate is shut"}]


@pytest.fixture
def taken(brain: Brain, tmp_path: Path) -> Callable[..., tuple[Imported, set[str]]]:
    """What is told of a file with this content, and what it left in the memory."""

    def take(name: str, content: str | bytes, format: str | None = None) -> tuple[Imported, set[str]]:
        path = tmp_path / "in" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        told = brain.import_from(path, format=format)
        return told, {memory.content for memory in brain.audit(limit=None).memories}

    return take


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    ("name", "content", "read"),
    [
        ("table.csv", TABLE, {"The café closes at nine", "Über uns steht nichts"}),
        ("list.json", json.dumps(OBJECTS, ensure_ascii=False, indent=1), {"The café is open", "The gate is shut"}),
        ("lines.jsonl", '{"text": "Café"}\n{"text": "Gate"}\n', {"Café", "Gate"}),
        ("memory.json", ENTITY, {"Café is open"}),
        ("notes.md", "# Café\n\n- open at nine\n- shut at five\n", {"Café: open at nine", "Café: shut at five"}),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)  # fmt: skip
@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_a_text_is_read_in_whichever_unicode_it_is(
    taken: Callable[..., tuple[Imported, set[str]]], name: str, content: str, read: set[str], encoding: str, ends: str
) -> None:
    """With a mark at its beginning, as Windows writes it, and with either kind of line end."""
    mark = "\ufeff" if encoding.endswith("e") else ""
    told, found = taken(name, (mark + content).replace("\n", ends).encode(encoding))
    assert (found, told.refused) == (read, 0)


@given(st.text(st.characters(exclude_characters="\ufeff"), min_size=1), st.booleans())
@settings(max_examples=100)
def test_utf_16_is_read_to_the_letter(tmp_path_factory: pytest.TempPathFactory, text: str, cut: bool) -> None:
    """Whatever is in it; half a character at the end is refused as what is no UTF-8."""
    path = tmp_path_factory.mktemp("texts") / "x"
    path.write_bytes(text.encode("utf-16", "surrogatepass") + b"x" * cut)
    if cut:
        with pytest.raises(ValueError, match="it is not UTF-8"):
            Source(path).text(10_000, nul=True)
    else:
        assert Source(path).text(10_000, nul=True) == text


def test_an_export_through_powershell_comes_back(tmp_path: Path) -> None:
    """Which writes what a command prints as UTF-16."""
    with Brain.open(tmp_path / "a.db") as brain:
        brain.remember("The café closes at nine", tags=["food"])
        brain.export(tmp_path / "x.jsonl")
        before = brain.audit().memories
    text = (tmp_path / "x.jsonl").read_text("utf-8").replace("\n", "\r\n")
    (tmp_path / "y.jsonl").write_bytes(text.encode("utf-16"))
    with Brain.open(tmp_path / "b.db") as other:
        assert other.import_from(tmp_path / "y.jsonl").refused == 0
        assert other.audit().memories == before


def test_what_is_in_no_unicode_is_told_with_what_helps(taken: Callable[..., tuple[Imported, set[str]]]) -> None:
    """Line by line; the lines that can be read come in."""
    told, found = taken("table.csv", (TABLE + "Plain line,,\n").encode("latin-1"))
    assert found == {"Plain line"}
    assert told.named["refused"] == (
        ("line 2", "it is not UTF-8 (Latin-1?): save it as UTF-8"),
        ("line 3", "it is not UTF-8 (Latin-1?): save it as UTF-8"),
    )


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("x.csv", "", "x.csv is empty"),
        ("x.json", "\ufeff \n\n", "x.json is empty"),
        ("x.json", "[]", "is JSON, and in it is no text by a usual name"),
        ("x.json", '[{"foo": 1}]', "is JSON, and in it is no text by a usual name"),
        ("x.gz", gzip.compress(b"[]"), "is compressed; unpack it on the way: gunzip -c FILE"),
        ("x.csv", TABLE.encode("utf-16-be"), "x.csv is not UTF-8 .UTF-16 without its mark"),
        ("x.csv", "foo,bar\n1,2\n", "has the columns foo, bar, and none by a usual name for a text"),
        ("x.tsv", "The gate opens\ta\n", "has the columns the gate opens, a, and none by a usual name"),
        ("x.csv", "content,Content\na,b\n", "has two columns called content"),
    ],
)
def test_what_cannot_be_read_at_all_says_why(
    taken: Callable[..., tuple[Imported, set[str]]], name: str, content: str | bytes, match: str
) -> None:
    """In words that lead on; nothing is stored."""
    with pytest.raises(InputError, match=match):
        taken(name, content)


@pytest.mark.parametrize(
    ("content", "read", "trouble"),
    [
        (json.dumps(OBJECTS)[:-20], {"The café is open"}, "the document was cut off: what is missing was not read"),
        (json.dumps(OBJECTS) + "\n[1]", {"The café is open", "The gate is shut"}, "behind the list there is more"),
        (json.dumps([OBJECTS[0], LONG, OBJECTS[1]]), {"The café is open"}, "is longer than 4,000,000"),
        (json.dumps([LONG, OBJECTS[1]]), set(), "is longer than 4,000,000"),
    ],
    ids=["cut off", "goes on", "too long", "too long at once"],
)  # fmt: skip
def test_a_document_that_cannot_be_read_to_its_end_says_so(
    taken: Callable[..., tuple[Imported, set[str]]], content: str, read: set[str], trouble: str
) -> None:
    """What came before is stored; nothing is left out without a word."""
    told, found = taken("x.json", content, "json")
    assert found == read
    assert told.named["refused"][-1][0] == "the end"
    assert trouble in told.named["refused"][-1][1]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"memories": OBJECTS}),
        json.dumps({"meta": {"n": 2}, "data": OBJECTS}, indent=2),
        json.dumps([one["content"] for one in OBJECTS]),
        json.dumps(OBJECTS) + "\n \n",
    ],
    ids=["on one line", "in lines", "texts alone", "blanks behind"],
)
def test_a_list_of_memories_is_found_however_it_is_written(
    taken: Callable[..., tuple[Imported, set[str]]], content: str
) -> None:
    """In one line or many, of objects or of texts."""
    told, found = taken("x.json", content)
    assert (found, told.refused) == ({"The café is open", "The gate is shut"}, 0)


@pytest.mark.parametrize("indent", [None, 2])
def test_what_read_graph_answers_is_read(taken: Callable[..., tuple[Imported, set[str]]], indent: int | None) -> None:
    """The official server's memory as its own tool gives it."""
    told, found = taken("graph.json", json.dumps(GRAPH, indent=indent))
    assert told.format == "server-memory"
    assert found == {"payments: rounds to cents", "payments depends on stripe"}
    assert told.named["refused"] == (("entity 1, observation 2", "it is no text"),)


def test_a_column_that_says_nothing_is_told(taken: Callable[..., tuple[Imported, set[str]]]) -> None:
    """A title stands before its text; Excel's first line is understood."""
    told, found = taken("x.csv", "sep=;\nTitle;Body;Colour\nGate;It is open;red\n;It is shut;\n")
    assert found == {"Gate: It is open", "It is shut"}
    assert told.named["unread"] == (("column colour", "its name says nothing that a memory has"),)
    assert (told.unread, told.refused) == (1, 0)


def test_standard_input_is_a_source(home: Path) -> None:
    """What is unpacked on the way, say; a name that is taken is said without an option that there is not."""
    home.mkdir(mode=0o700, parents=True)
    (home / "config.json").write_text('{"embedder": "none"}')
    command = [sys.executable, "-m", "neural_memory", "import", "-", "--rejected", str(home.parent / "left")]
    done = subprocess.run(command, input=TABLE.encode("utf-16"), capture_output=True, timeout=60)
    assert (done.returncode, done.stdout.decode().splitlines()[0]) == (
        0,
        "Stored 2 memories from standard input (csv, 2 read).",
    )
    done = subprocess.run(command[:-2], input=b"", capture_output=True, timeout=60)
    assert (done.returncode, done.stderr.decode()) == (2, "Error: standard input is empty\n")
    again = subprocess.run(command, input=b"", capture_output=True, timeout=60)
    assert again.stderr.decode().endswith("left exists already; choose another name\n")


def test_a_date_that_nobody_understands_is_told(brain: Brain, tmp_path: Path) -> None:
    """Where the day and the month can be told apart they are; no date is made up without a word."""
    rows = "One,25/03/2026\nTwo,03/25/2026\nThree,05/05/2026\nFour,03/04/2026\nFive,soon\n"
    (tmp_path / "x.csv").write_text("content,date\n" + rows)
    told = brain.import_from(tmp_path / "x.csv")
    dates = {memory.content: memory.timestamp[:10] for memory in brain.audit().memories}
    assert {dates["One"], dates["Two"]} == {"2026-03-25"}
    assert dates["Three"] == "2026-05-05"
    assert told.named["undated"] == (("line 5", "'03/04/2026'"), ("line 6", "'soon'"))
    assert (told.undated, told.new, told.refused) == (2, 5, 0)


def test_what_else_lies_in_a_folder_of_notes_is_told(brain: Brain, tmp_path: Path) -> None:
    """It may hold memories, but is not guessed at."""
    (tmp_path / "notes" / "more").mkdir(parents=True)
    (tmp_path / "notes" / "a.md").write_text("The gate is open\n")
    (tmp_path / "notes" / "more" / "b.csv").write_text("content\nThe gate is shut\n")
    (tmp_path / "notes" / "c.png").write_bytes(b"\x89PNG")
    told = brain.import_from(tmp_path / "notes")
    assert (told.new, told.named["unread"]) == (1, (("more/b.csv", "import it by itself"),))


def test_lines_that_end_as_on_an_old_mac_are_told(taken: Callable[..., tuple[Imported, set[str]]]) -> None:
    """In words, not in those of a library."""
    told, found = taken("x.csv", TABLE.replace("\n", "\r"))
    assert found == set()
    assert told.named["refused"][0][1] == "its lines end as those of old Macs: save it with line feeds"
