"""How much of a memory is shown to a person, and where the rest is."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from neural_memory import Brain
from terminal import on_a_terminal

LONG = "The runbook of the gateway\n" + "step of the runbook\n" * 4_800 + "thelastword"
needs_pty = pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX")


@pytest.fixture(autouse=True)
def ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A home of its own with a very long memory, one of many lines and a short one."""
    monkeypatch.setenv("NEURAL_MEMORY_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    with Brain.open() as brain:
        texts = (LONG, "\n".join(f"gateway {n}" for n in range(30)), "The gateway listens on port 8443")
        yield [brain.remember(text).id for text in texts]


def piped(*arguments: str) -> str:
    started = [sys.executable, "-m", "neural_memory", *arguments]
    return subprocess.run(started, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout


@needs_pty
@pytest.mark.parametrize("asked", [("list",), ("recall", "gateway"), ("audit", "--mentions", "gateway")])
def test_one_long_memory_does_not_flood_the_terminal(ids: list[str], asked: tuple[str, ...]) -> None:
    """Its beginning is shown, how long it is, and the command that shows all of it; short ones are whole."""
    seen = on_a_terminal(*asked, COLUMNS="120", NO_COLOR="1")
    assert len(seen) < 8_000
    assert "thelastword" not in seen
    assert f"{len(LONG):,} characters: neural-memory show {ids[0]}" in " ".join(seen.split())
    assert f"neural-memory show {ids[1]}" in " ".join(seen.split()), "thirty lines are cut, too"
    assert f"show {ids[2]}" not in seen


@pytest.mark.parametrize("asked", [("list",), ("recall", "gateway"), ("audit", "--mentions", "gateway")])
def test_one_long_memory_does_not_flood_a_pipe(ids: list[str], asked: tuple[str, ...]) -> None:
    """As at a terminal, only that more of it is shown; as JSON nothing is cut."""
    out = piped(*asked)
    assert len(out) < 8_000
    assert f"[{len(LONG):,} characters; neural-memory show {ids[0]} shows all of it]" in out
    assert "gateway 29" in out
    found = json.loads(piped(*asked, "--json"))
    memories = found["memories"] if isinstance(found, dict) else [hit["memory"] for hit in found]
    assert LONG in [memory["content"] for memory in memories]


@needs_pty
def test_who_asks_for_one_memory_sees_all_of_it(ids: list[str]) -> None:
    """`show` and the history of one are never cut."""
    assert "thelastword" in on_a_terminal("show", ids[0])
    for asked in (("show", ids[0]), ("recall", ids[0])):
        assert piped(*asked).count("step of the runbook") == 4_800
    assert "gateway 29" in piped("history", ids[1])


@needs_pty
def test_stats_say_the_same_on_a_terminal_as_in_a_pipe(tmp_path: Path) -> None:
    """What meaning comes from, how many memories wait for it, and what of the configuration is ignored."""
    (tmp_path / "home" / "config.json").write_text('{"recall_limit": "many"}')
    seen, said = " ".join(on_a_terminal("stats", COLUMNS="160", NO_COLOR="1").split()), piped("stats")
    meaning = said.split("meaning: ")[1].split(";")[0]
    assert f"meaning {meaning}" in seen
    assert "waiting" in seen
    warning = said.split("warning: ")[1].split("\n")[0]
    assert f"warning: {warning}" in seen


@needs_pty
def test_lists_of_several_projects_say_which(ids: list[str]) -> None:
    """Under the memories that belong to one; where all are of one project, or of none, nothing is said of it."""
    assert "project" not in on_a_terminal("list", NO_COLOR="1")
    assert "Moved 1 memory to project shop" in on_a_terminal("move", ids[2], "--to", "shop", NO_COLOR="1")
    for asked in (("list",), ("recall", "gateway")):
        assert on_a_terminal(*asked, NO_COLOR="1").count("project shop") == 1
    assert "project shop" not in on_a_terminal("list", "--project", "shop", NO_COLOR="1")


@needs_pty
def test_an_import_that_changed_nothing_offers_no_undo(tmp_path: Path) -> None:
    """It would take back what was done before."""
    piped("export", str(tmp_path / "all.jsonl"))
    seen = on_a_terminal("import", str(tmp_path / "all.jsonl"), NO_COLOR="1")
    assert "Nothing was changed." in seen
    assert "undo" not in seen


def test_a_revision_of_nothing_is_told_its_options(ids: list[str]) -> None:
    """As they are typed."""
    started = [sys.executable, "-m", "neural_memory", "revise", ids[0]]
    done = subprocess.run(started, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 2
    assert "give --content, --tag, --importance, --kind, --project, --until or --pin" in done.stderr


@needs_pty
def test_an_overview_breaks_no_word_on_a_narrow_terminal(ids: list[str]) -> None:
    """Its lists stand one below the other there, side by side on a wide one."""
    narrow, wide = (on_a_terminal("audit", COLUMNS=columns, NO_COLOR="1") for columns in ("50", "100"))
    for word in ("last 7 days", "every project", "audit --untagged"):
        assert word in narrow
        assert word in wide
    assert any("kinds" in line and "ages" in line for line in wide.splitlines())
    assert not any("kinds" in line and "ages" in line for line in narrow.splitlines())


@needs_pty
@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("what about the gateway in May 2019?", "Nothing is stored from that time"),
        ("which port does Zorbax listen on?", "Nothing stored clearly answers"),
    ],
)
def test_a_terminal_says_first_what_a_pipe_says_first(question: str, said: str) -> None:
    """That what follows is from another time, or only a guess; before a sure find nothing needs to be said."""
    first = piped("recall", question).splitlines()[0].split(" (stored notes")[0]
    assert first.startswith(said)
    seen = " ".join(on_a_terminal("recall", question, COLUMNS="200", NO_COLOR="1").split())
    assert first in seen
    assert "Nothing" not in on_a_terminal("recall", "which port does the gateway listen on?", NO_COLOR="1")
