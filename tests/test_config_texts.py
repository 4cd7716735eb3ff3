"""Is one entry of a JSON or TOML file changed, and everything else left to the byte?  Laws, on generated files."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_memory.clients import instructions, jsonc, toml, words
from neural_memory.clients.errors import BrokenFileError, UnfitFileError

PATH = ("mcpServers", "neural-memory")
TABLE = ("mcp_servers", "neural-memory")
ENTRY = {"command": "/opt/a b/neural-memory", "args": ["--mcp"], "env": {"NEURAL_MEMORY_HOME": "/home/ü"}}

# ---- JSON with comments, written in every way a person might

names = st.sampled_from(["a", "mcpServers", "other", 'q"uote', "ü", "//", ""])
texts = st.text('ab/*"\\{},é\u2028', max_size=6)
plain_values = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(-9, 9), texts)


@st.composite
def blanks(draw: st.DrawFn, end: str) -> str:
    """What may stand between two tokens."""
    pieces = ["", " ", "\t", end, f'// a, b }} " /*{end}', "/* { ,\n */", f"{end}{end}"]
    return "".join(draw(st.lists(st.sampled_from(pieces), max_size=2)))


@st.composite
def written(draw: st.DrawFn, end: str, depth: int = 0) -> tuple[str, Any]:
    """A value and one way to write it."""
    kind = draw(st.sampled_from(["plain", "object", "object", "list"])) if depth < 3 else "plain"
    if kind == "plain":
        value = draw(plain_values)
        return json.dumps(value, ensure_ascii=draw(st.booleans())), value
    gap = lambda: draw(blanks(end))  # noqa: E731
    items = []
    members: dict[str, Any] = {}
    values: list[Any] = []
    for name in draw(st.lists(names, max_size=3, unique=True)):
        text, value = draw(written(end, depth + 1))
        members[name] = value
        values.append(value)
        items.append(f"{json.dumps(name)}{gap()}:{gap()}{text}" if kind == "object" else text)
    body = ",".join(f"{gap()}{item}{gap()}" for item in items)
    trailing = f",{gap()}" if items and draw(st.booleans()) else ""
    open_, close = "{}" if kind == "object" else "[]"
    return f"{open_}{gap()}{body}{trailing}{close}", members if kind == "object" else values


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A whole file whose root is an object."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text, value = draw(written(end).filter(lambda pair: isinstance(pair[1], dict)))
    return draw(blanks(end)) + text + draw(blanks(end)), value


@given(documents())
def test_any_json_with_comments_is_read_as_it_was_meant(document: tuple[str, dict[str, Any]]) -> None:
    """Comments, trailing commas and line ends do not change what a file says."""
    text, value = document
    read = jsonc.read(text)
    assert read is not None
    assert read.plain == value


@given(documents())
def test_an_entry_is_added_and_nothing_else_changes(document: tuple[str, dict[str, Any]]) -> None:
    """The file says what it said before, and our entry; not a byte of it is gone; removed, it says the same again."""
    text, value = document
    servers = value.get("mcpServers", {})
    if not isinstance(servers, dict):
        with pytest.raises(UnfitFileError):
            jsonc.put(text, PATH, ENTRY)
        return
    after = jsonc.put(text, PATH, ENTRY)
    assert jsonc.get(after, ()) == {**value, "mcpServers": {**servers, "neural-memory": ENTRY}}
    kept = iter(after)
    assert all(letter in kept for letter in text if not letter.isspace()), "the old text, in its order, is in the new"
    assert jsonc.put(after, PATH, ENTRY) == after or jsonc.get(after, PATH) == ENTRY
    again = jsonc.drop(after, PATH)
    assert jsonc.get(again, ()) == {**value, "mcpServers": servers}
    if servers:
        assert again == text


@given(documents(), st.sampled_from(["\n", "\r\n"]))
def test_an_entry_in_the_middle_goes_without_a_trace(document: tuple[str, dict[str, Any]], end: str) -> None:
    """Wherever it stands, taking it out leaves sound JSON with the same other members."""
    text, value = document
    for place in range(3):
        members = [f'"before": {text}', f'"after": [1, {text}]']
        members.insert(place, '"neural-memory": {"command": "x"}')
        for gap in (f",{end}  ", ", "):
            whole = "{" + gap[1:] + gap.join(members) + end + "}"
            assert jsonc.get(jsonc.drop(whole, ("neural-memory",)), ()) == {"before": value, "after": [1, value]}


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ('{"a": 1,\n "b" 2}', 2, 6, "colon"),
        ('{\n  "a": 1\n  "b": 2\n}', 3, 3, "comma"),
        ('{"a": tru}', 1, 7, "value"),
        ('{"a": "x\n"}', 1, 9, "control character"),
        ('{"a": 1', 1, 8, "ends in the middle"),
        ('{"a":', 1, 6, "ends in the middle"),
        ("[1,", 1, 4, "ends in the middle"),
        ("{} {}", 1, 4, "follows"),
        ("{'a': 1}", 1, 2, "double quotes"),
        ("[" * 100_000, 1, 1, "deep"),
    ],
)
def test_broken_json_is_reported_with_its_place(text: str, line: int, column: int, reason: str) -> None:
    """Line and column count from 1, and the reason is in words."""
    with pytest.raises(BrokenFileError, match=reason) as caught:
        jsonc.read(text)
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize("text", ['{"a": 1} // c', '{"a": 1,}', '{"a": [1,]}', "/* c */ {}"])
def test_a_client_without_comments_is_told_of_them(text: str) -> None:
    """Its own reader would fail on them as well."""
    assert jsonc.read(text) is not None
    with pytest.raises(BrokenFileError, match="does not read"):
        jsonc.read(text, comments=False)


def test_the_last_of_two_equal_names_counts() -> None:
    """As for every reader of JSON; taking the entry out takes both out."""
    text = '{"neural-memory": 1, "x": 2, "neural-memory": 3}'
    assert jsonc.get(text, ("neural-memory",)) == 3
    assert jsonc.drop(text, ("neural-memory",)) == '{ "x": 2}'


def test_the_indentation_of_the_file_is_kept() -> None:
    """A file indented with tabs and CRLF gets an entry with tabs and CRLF, after the comment of the last line."""
    text = '{\r\n\t"mcpServers": {\r\n\t\t"x": {} // mine\r\n\t}\r\n}\r\n'
    assert jsonc.put(text, PATH, {"command": "c", "args": ["--mcp"]}) == (
        '{\r\n\t"mcpServers": {\r\n\t\t"x": {}, // mine\r\n\t\t"neural-memory": {\r\n\t\t\t"command": "c",\r\n'
        '\t\t\t"args": ["--mcp"]\r\n\t\t}\r\n\t}\r\n}\r\n'
    )


# ---- TOML

toml_lines = st.lists(
    st.sampled_from(
        [
            "# a comment, [mcp_servers.neural-memory]",
            "",
            'model = "x" # why',
            'text = """\n[mcp_servers.neural-memory]\ncommand = "no"\n"""',
            "many = [\n  1, # one\n  2,\n]",
            "[table]",
            "[[list]]",
            "[mcp_servers.other]",
            'command = "x"',
            '["quoted = name"]',
            "\"a = b\" = 'c'",
            "[mcp_servers.other.env]",
            'TOKEN = "\u2028 \\u00e9"',
            "mcp_servers.dotted.command = 'x'",
            "[mcp_servers]",
            "inline = { command = 'x', args = [] }",
        ]
    ),
    max_size=8,
)


@given(toml_lines, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_a_table_is_added_to_toml_and_comes_out_to_the_byte(lines: list[str], end: str, ends: bool) -> None:
    """What a sound file said stays; adding appends; taking it out gives the file from before."""
    text = end.join(line.replace("\n", end) for line in lines) + (end if ends else "")
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        with pytest.raises(BrokenFileError, match="line"):
            toml.put(text, TABLE, ENTRY)
        return
    after = toml.put(text, TABLE, ENTRY)
    assert tomllib.loads(after) == {**before, TABLE[0]: {**before.get(TABLE[0], {}), TABLE[1]: ENTRY}}
    assert after.startswith(text)
    assert toml.drop(after, TABLE) == text
    newer = {**ENTRY, "command": "/new"}
    changed = toml.put(after + f"{end}# theirs{end}[z]{end}", TABLE, newer)
    assert tomllib.loads(changed)["mcp_servers"]["neural-memory"] == newer
    assert changed == (after + f"{end}# theirs{end}[z]{end}").replace(ENTRY["command"], "/new")


def test_a_table_keeps_its_comments_when_a_value_changes() -> None:
    """Only the line of the value is written anew."""
    text = (
        '[mcp_servers.neural-memory] # memory\n# where\ncommand = "/old" # old\n'
        'args = [\n  "--mcp",\n]\n\n# next\n[b]\n'
    )
    new = {"command": "/new", "args": ["--mcp"], "env": {"A": "b"}}
    assert toml.put(text, TABLE, new) == text.replace('"/old"', '"/new"').replace(
        "# memory\n", '# memory\nenv = { A = "b" }\n'
    )
    assert toml.drop(text, TABLE) == "\n# next\n[b]\n"


@pytest.mark.parametrize(
    "text",
    [
        '[mcp_servers]\nneural-memory = { command = "x" }\nother = { command = "y" }\n',
        '[mcp_servers]\n"neural-memory".command = "x"\nother.command = "y"\n',
        'mcp_servers.neural-memory.command = "x"\nmcp_servers.other.command = "y"\n',
        '[mcp_servers."neural-memory"]\ncommand = "x"\n[mcp_servers.neural-memory.env]\nA = "b"\n'
        '[mcp_servers.other]\ncommand="y"\n',
    ],
)
def test_every_spelling_of_a_table_is_understood(text: str) -> None:
    """Inline, dotted or quoted: it can be changed and taken out."""
    assert toml.get(text, TABLE)["command"] == "x"
    assert tomllib.loads(toml.drop(text, TABLE)) == {"mcp_servers": {"other": {"command": "y"}}}
    assert tomllib.loads(toml.put(text, TABLE, ENTRY))["mcp_servers"]["neural-memory"] == ENTRY


def test_toml_that_cannot_be_changed_safely_is_left_alone() -> None:
    """A table of servers in one line cannot be added to."""
    with pytest.raises(UnfitFileError, match="by hand"):
        toml.put('mcp_servers = { other = { command = "x" } }\n', TABLE, ENTRY)


# ---- instruction blocks


@given(st.text("a#\n\r -<!>é", max_size=30), st.text("a#\n\r -<!>é", min_size=1, max_size=30))
def test_a_block_goes_in_and_out_without_a_trace(text: str, more: str) -> None:
    """What stood there stays, before it and after it; an old block is changed in its place."""
    text = text.replace("\r", "\r\n")
    after = instructions.put(text)
    assert after.startswith(text)
    assert words.BLOCK in after.replace("\r\n", "\n")
    assert instructions.put(after) == after
    assert instructions.drop(after) == text
    longer = after + more
    assert instructions.drop(longer).startswith(text)
    assert instructions.drop(longer).endswith(more.lstrip("\r\n"))
    old = longer.replace("MCP server", "old server")
    assert instructions.put(old) == longer


@pytest.mark.parametrize("text", [words.BEGIN, f"{words.END}\n{words.BEGIN}", f"{words.BLOCK}\n{words.BLOCK}"])
def test_markers_that_make_no_pair_are_left_to_the_user(text: str) -> None:
    """Nobody guesses what stands between them."""
    with pytest.raises(UnfitFileError, match="by hand"):
        instructions.put(text)
