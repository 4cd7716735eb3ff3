"""The state of the store on one screen: what there is, counted truly, and what could do with a look."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from neural_memory import Brain, answers
from neural_memory.cli.audit import CALLS
from neural_memory.cli.main import cli

Said = Callable[..., list[str]]
Plain = Callable[[str], list[tuple[Any, ...]]]


def test_every_concern_is_counted_and_its_audit_lists_just_that_many(
    brain: Brain, said: Said, days_ago: Callable[[float], str]
) -> None:
    """Untagged, never recalled, old, oversized, expired, said twice, at odds: the numbers are those of the lists."""
    brain.remember("The office has plants", tags=["office"])
    brain.remember("x " * 1_500, tags=["long"])
    brain.remember("Old times", timestamp=days_ago(400))
    brain.remember("The sale ends", tags=["shop"], valid_until="2020-01-01")
    brain.remember("Payment service has a rate limit of 100 requests per minute", tags=["pay"])
    brain.remember("The payment service rate limit is 100 requests a minute", tags=["pay"])
    brain.recall("plants")
    brain.remember("The staging port is 8080", tags=["net"])
    brain.remember("The staging port is 9090", tags=["net"])
    whole = brain.overview()
    assert whole.memories == 8
    assert whole.concerns["untagged"] == brain.audit(untagged=True).total == 1
    assert whole.concerns["old"] == brain.audit(older_than_days=365).total == 1
    assert whole.concerns["oversized"] == brain.audit(oversized=True).total == 1
    assert whole.concerns["expired"] == brain.audit(expired=True).total == 1
    assert whole.concerns["never recalled"] == brain.audit(never_recalled=True).total
    assert "The office has plants" not in said(brain.audit(never_recalled=True, limit=None).memories)
    assert whole.concerns["duplicate"] == len(brain.duplicates()) == 1
    assert whole.concerns["contradictory"] == len(brain.contradictions().conflicts) == 1
    assert "duplicate" in whole.at_least


def test_what_is_settled_is_no_concern_any_more(brain: Brain) -> None:
    """Merged, replaced or revised: the next overview does not name it."""
    one = brain.remember("Payment service has a rate limit of 100 requests per minute", tags=["pay"])
    two = brain.remember("The payment service rate limit is 100 requests a minute", tags=["pay"])
    assert brain.overview().concerns["duplicate"] == 1
    brain.merge([one.id, two.id])
    assert "duplicate" not in brain.overview().concerns
    brain.undo()
    brain.revise(two.id, content="Something else altogether")
    assert "duplicate" not in brain.overview().concerns


def test_tags_count_in_whatever_case_and_read_as_they_mostly_do(brain: Brain, plain: Plain) -> None:
    """And rows that somebody edited by hand do not break the numbers: what they have for tags counts as tags."""
    for number, tag in enumerate(("API", "api", "API", "Auth")):
        brain.remember(f"fact {number}", tags=[tag], timestamp="2026-01-01")
    plain("INSERT INTO memories (content, tags) VALUES ('by hand', 'no json'), ('too', '{\"a\": 1}')")
    whole = brain.overview()
    assert whole.tags == {"API": 3, "Auth": 1, "no json": 1, '{"a": 1}': 1}
    assert (whole.memories, whole.untagged) == (6, 0)
    assert sum(whole.ages.values()) == 6


def test_the_report_names_the_command_for_each_concern(home: Path) -> None:
    """Each line says how many, which audit lists them and what settles it; those audits exist."""
    runner = CliRunner()
    assert runner.invoke(cli, ["remember", "The office has plants"]).exit_code == 0
    told = runner.invoke(cli, ["audit"]).output
    assert "- 1 without tags: neural-memory audit --untagged lists them; then revise ID -t TAG" in told
    for call, _ in CALLS.values():
        assert runner.invoke(cli, call.split()[1:]).exit_code in (0, 1)
    whole = json.loads(runner.invoke(cli, ["audit", "--json"]).output)
    assert whole["concerns"] == {"untagged": 1, "never recalled": 1}


def test_an_assistant_is_told_the_calls(brain: Brain) -> None:
    """In the words of the tool."""
    brain.remember("The office has plants")
    assert 'audit(only="untagged")' in answers.overview(brain.overview())


def test_what_lies_near_a_topic_in_meaning_comes_last_with_its_border(brain: Brain, said: Said) -> None:
    """All that has its words is counted; what has none of them stands under a heading of its own, not cut silently."""
    brain.remember("How login works is written in the wiki")
    brain.remember("Our API uses Bearer token authentication with 1-hour expiry")
    brain.remember("Users sign in with their e-mail address and a password")
    brain.remember("The office coffee machine is broken")
    page = brain.audit(about="login")
    assert page.total == 1
    assert page.perhaps >= 1
    assert said(page.memories)[0] == "How login works is written in the wiki"
    assert "Users sign in with their e-mail address and a password" in said(page.memories)[1:]
    assert "The office coffee machine is broken" not in said(page.memories)
    text = answers.audited(page)
    assert f"1 in all and {page.perhaps} perhaps" in text
    assert f"Perhaps about it, near in meaning (the nearest first, down to {page.border:.2f}):" in text
    seen, cursor = [], None
    while True:
        part = brain.audit(about="login", limit=1, cursor=cursor)
        seen += said(part.memories)
        if (cursor := part.cursor) is None:
            break
    assert seen == said(page.memories)


@pytest.mark.parametrize("wrong", ["sized", "", "old"])
def test_an_unknown_concern_is_refused(brain: Brain, wrong: str) -> None:
    """The message lists what there is."""
    from neural_memory.mcp import tools

    with pytest.raises(tools.WrongArguments, match="untagged, never recalled, oversized or duplicates"):
        tools._DEEDS["audit"](brain, only=wrong)


def test_errors_name_the_flag_that_was_given(home: Path) -> None:
    """A person typed --older-than, not an argument of Python."""
    runner = CliRunner()
    for typed, flag in (
        (["audit", "--older-than", "0"], "--older-than is 0.0"),
        (["audit", "--as-of", "soon"], "--as-of is 'soon'"),
        (["list", "--limit", "0"], "--limit is 0"),
        (["remember", "x", "--importance", "2"], "--importance is 2.0"),
    ):
        assert runner.invoke(cli, ["remember", "fact"]).exit_code == 0
        assert flag in _told(typed)


def _told(typed: list[str]) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "neural_memory", *typed], capture_output=True, text=True, check=False, stdin=-3
    )
    assert ran.returncode == 2
    return ran.stderr


@pytest.mark.parametrize("order", [["--home", "{}", "--mcp"], ["--mcp", "--home", "{}"], ["--home={}", "--mcp"]])
def test_the_server_starts_wherever_mcp_stands_among_the_options(tmp_path: Path, order: list[str]) -> None:
    """And keeps its memory in the home that is named."""
    folder = tmp_path / "elsewhere"
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18"}}
    store = {"name": "remember", "arguments": {"content": "The office has plants"}}
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": store}
    with subprocess.Popen(
        [sys.executable, "-m", "neural_memory", *(part.format(folder) for part in order)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdin
        assert server.stdout
        for message in (hello, call):
            server.stdin.write(json.dumps(message) + "\n")
            server.stdin.flush()
            answer = server.stdout.readline()
        assert "Stored" in answer
        server.stdin.close()
        assert server.stdout.read() == ""
    assert (folder / "memory.db").exists()


def test_ids_are_completed_without_reading_memories(brain: Brain) -> None:
    """Those that begin so, in order, and how many there are."""
    ids = sorted(brain.remember(f"fact {i}").id for i in range(5))
    assert brain.ids("mem_", limit=2) == (ids[:2], 5)
    assert brain.ids(ids[3][:9]) == ([ids[3]], 1)
    assert brain.ids("mem_zzzzzzzzzzz") == ([], 0)
